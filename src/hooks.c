/* hooks.c -- rules that text cannot express: shapes, axes, signs wherever they stand
 *
 * SPDX-License-Identifier: MIT */
#include "rules.h"

/* ---- what a hook may look into --------------------------------------------------------------- */

static bool is(const df_graph *g, const df_node *x, df_algebra a)
{
    return x->op->algebra == a && x != g->pin;
}

static bool is_op(const df_graph *g, const df_node *x, const df_op *op)
{
    return x->op == op && x != g->pin;
}

/* ---- broadcasts ------------------------------------------------------------------------------ */

/* Elementwise operands stretch by themselves; what is computed before stretching is smaller. */
static df_node *stretch_late(df_graph *g, df_node *y)
{
    df_node *x[DF_ARITY];
    bool any = false;
    for (int i = 0; i < y->n; i++) {
        bool stretched = is_op(g, y->x[i], &df__op_broadcast);
        x[i] = stretched ? y->x[i]->x[0] : y->x[i];
        any = any || stretched;
    }
    return any ? df_apply(y->op, x, y->n, &y->attr) : NULL;
}

static df_node *stretch_once(df_graph *g, df_node *y)
{
    if (y->op != &df__op_broadcast)
        return NULL;
    if (df__dims_equal(y->dims, y->x[0]->dims))
        return y->x[0];
    return is_op(g, y->x[0], &df__op_broadcast) ? df_broadcast(y->x[0]->x[0], y->dims) : NULL;
}

static df_node *times(df_node *count, int64_t size)
{
    df_node *n = size == DF_M ? df_examples(count->g) : df_num(count->g, (double)size);
    return df_mul(count, n);
}

/* Along an axis that x was stretched over, the sum is a count. */
static df_node *sum_stretched(df_graph *g, df_node *y)
{
    if (y->op != &df__op_sum || !is_op(g, y->x[0], &df__op_broadcast))
        return NULL;
    const df_node *wide = y->x[0];
    df_node *x = wide->x[0], *count = df_num(g, 1);
    bool number = df__is_scalar(x->dims);
    int64_t rest = 0;
    for (int j = 0; count && j < wide->dims.rank; j++)
        if (y->attr.i[0] >> j & 1) {
            if (number || (x->dims.size[j] == 1 && wide->dims.size[j] != 1))
                count = times(count, wide->dims.size[j]);
            else
                rest |= (int64_t)1 << j;
        }
    if (df__is_number_of(count, 1))
        return NULL;
    if (!number && (rest || y->attr.i[1]))
        x = df_axes_sum(x, y->attr.i[1] ? ((int64_t)1 << wide->dims.rank) - 1 : rest, y->attr.i[1]);
    return df_mul(count, x);
}

static df_node *sum_of_one(df_graph *g, df_node *y)
{
    (void)g;
    return y->op == &df__op_sum && df__dims_equal(y->dims, y->x[0]->dims) ? y->x[0] : NULL;
}

/* ---- transposes: outward, so that what they hide from each other meets ----------------------- */

static df_node *transposed(df_node *x, const int8_t axes[DF_RANK])
{
    df_attr attr = { 0 };
    memcpy(attr.axes[0], axes, sizeof attr.axes[0]);
    return df__is_scalar(x->dims) ? x : df_apply(&df__op_transpose, &x, 1, &attr);
}

static df_node *transpose_once(df_graph *g, df_node *y)
{
    if (y->op != &df__op_transpose)
        return NULL;
    const int8_t *axes = y->attr.axes[0];
    df_node *x = y->x[0];
    bool moves = false;
    for (int j = 0; j < y->dims.rank; j++)
        moves = moves || axes[j] != j;
    if (!moves)
        return x;
    if (!is_op(g, x, &df__op_transpose))
        return NULL;
    int8_t both[DF_RANK] = { 0 };
    for (int j = 0; j < y->dims.rank; j++)
        both[j] = x->attr.axes[0][axes[j]];
    return transposed(x->x[0], both);
}

/* Data, a parameter or a number, or such a one transposed. */
static bool is_leaf(const df_graph *g, const df_node *x)
{
    if (is_op(g, x, &df__op_transpose))
        x = x->x[0];
    return x->op->kind == DF_SOURCE;
}

enum { LIGHT = 3 };

/* Leaves and maps of them, like 1 - Y: these may be computed once more, transposed. */
static bool is_light(const df_graph *g, const df_node *x, int depth)
{
    if (is_leaf(g, x))
        return true;
    bool light = depth > 0 && x->op->kind == DF_MAP && x != g->pin;
    for (int i = 0; light && i < x->n; i++)
        light = is_light(g, x->x[i], depth - 1);
    return light;
}

static df_node *transpose_light(df_graph *g, df_node *x, const int8_t axes[DF_RANK])
{
    if (is_leaf(g, x))
        return transposed(x, axes);
    df_node *of[DF_ARITY];
    for (int i = 0; i < x->n; i++)
        if (!(of[i] = transpose_light(g, x->x[i], axes)))
            return NULL;
    return df_apply(x->op, of, x->n, &x->attr);
}

/* The transpose, of what is no leaf, that y's operand i is; or NULL. */
static const df_node *transpose_at(const df_graph *g, const df_node *y, int i)
{
    const df_node *x = y->x[i];
    return is_op(g, x, &df__op_transpose) && !is_leaf(g, x) ? x : NULL;
}

static bool same_axes(const df_node *a, const df_node *b)
{
    return memcmp(a->attr.axes, b->attr.axes, sizeof a->attr.axes) == 0;
}

static df_node *transpose_after(df_graph *g, df_node *y)
{
    const df_node *t = NULL, *other;
    for (int i = 0; i < y->n && !t; i++)
        t = transpose_at(g, y, i);
    if (!t)
        return NULL;
    int8_t back[DF_RANK] = { 0 };
    for (int j = 0; j < t->dims.rank; j++)
        back[t->attr.axes[0][j]] = (int8_t)j;
    for (int i = 0; i < y->n; i++)
        if (!((other = transpose_at(g, y, i)) ? same_axes(other, t) : is_light(g, y->x[i], LIGHT)))
            return NULL;
    df_node *x[DF_ARITY];
    for (int i = 0; i < y->n; i++)
        x[i] = transpose_at(g, y, i) ? y->x[i]->x[0] : transpose_light(g, y->x[i], back);
    df_node *made = df_apply(y->op, x, y->n, &y->attr);
    return made ? transposed(made, t->attr.axes[0]) : NULL;
}

/* A reduction of a transpose reduces other axes; where all go, the order is nothing. */
static df_node *reduce_transposed(df_graph *g, df_node *y)
{
    df_node *t = y->x[0];
    if (!is_op(g, t, &df__op_transpose))
        return NULL;
    df_attr attr = y->attr;
    attr.i[0] = 0;
    for (int j = 0; j < t->dims.rank; j++)
        if (y->attr.i[0] >> j & 1)
            attr.i[0] |= (int64_t)1 << t->attr.axes[0][j];
    df_node *made = df_apply(y->op, t->x, 1, &attr);
    return made ? transposed(made, t->attr.axes[0]) : NULL;
}

/* A contraction finds its operands' axes by letters, in any order. */
static df_node *contract_transposed(df_graph *g, df_node *y)
{
    df_attr attr = y->attr;
    df_node *x[2] = { y->x[0], y->x[1] };
    for (int i = 0; i < 2; i++) {
        if (!is_op(g, x[i], &df__op_transpose))
            continue;
        for (int j = 0; j < x[i]->dims.rank; j++)
            attr.axes[i][x[i]->attr.axes[0][j]] = y->attr.axes[i][j];
        x[i] = x[i]->x[0];
    }
    return x[0] != y->x[0] || x[1] != y->x[1] ? df_apply(y->op, x, 2, &attr) : NULL;
}

/* ---- parts: maps of what saturates go to where its cures are seen ---------------------------- */

/* So many maps may stand above what saturates: y*log(1 - a) has three. */
enum { CURED = 3 };

/* A map into a range, like a sigmoid, or at most a few maps of one. */
static bool saturates(const df_graph *g, const df_node *x, int depth)
{
    if (x->op->kind != DF_MAP || x == g->pin)
        return false;
    bool does = x->op->range[0] != 0 || x->op->range[1] != 0;
    for (int i = 0; !does && depth > 0 && i < x->n; i++)
        does = saturates(g, x->x[i], depth - 1);
    return does;
}

/* x, or the part of it that a slice of y takes, where x stretches to y; of what is light that of
 * its leaves, so that 1 - Y in parts is made of the parts of Y. */
static df_node *part_of(const df_graph *g, df_node *x, const df_node *y, const df_attr *slice)
{
    df_node *of[DF_ARITY];
    if (df__is_scalar(x->dims) || x->dims.size[slice->i[0]] != y->dims.size[slice->i[0]])
        return x;
    if (is_leaf(g, x) || !is_light(g, x, LIGHT))
        return df_apply(&df__op_slice, &x, 1, slice);
    for (int i = 0; i < x->n; i++)
        if (!(of[i] = part_of(g, x->x[i], x, slice)))
            return NULL;
    return df_apply(x->op, of, x->n, &x->attr);
}

/* What is stretched is sliced before that. */
static df_node *slice_stretched(df_graph *g, df_node *y)
{
    const df_node *wide = y->x[0];
    if (y->op != &df__op_slice || !is_op(g, wide, &df__op_broadcast))
        return NULL;
    df_node *x = part_of(g, wide->x[0], wide, &y->attr);
    return x ? df_broadcast(x, y->dims) : NULL;
}

static df_node *slice_before(df_graph *g, df_node *y)
{
    if (y->op != &df__op_slice || !saturates(g, y->x[0], 0))
        return NULL;
    const df_node *f = y->x[0];
    df_node *x[DF_ARITY];
    for (int i = 0; i < f->n; i++)
        if (!(x[i] = part_of(g, f->x[i], f, &y->attr)))
            return NULL;
    return df_apply(f->op, x, f->n, &f->attr);
}

/* The same sizes along the same axis. */
static bool same_parts(const df_node *a, const df_node *b)
{
    int64_t axis = a->attr.i[0];
    bool same = a->op == b->op && a->n == b->n && axis == b->attr.i[0];
    for (int k = 0; same && k < a->n; k++)
        same = a->x[k]->dims.size[axis] == b->x[k]->dims.size[axis];
    return same;
}

/* What y is for part k of a concatenation c: of its operands the parts, or slices where that is
 * light. */
static df_node *map_of_part(df_graph *g, const df_node *y, const df_node *c, int k)
{
    df_attr slice = { .i = { c->attr.i[0], 0, 1, c->x[k]->dims.size[c->attr.i[0]] } };
    df_node *x[DF_ARITY];
    for (int j = 0; j < k; j++)
        slice.i[1] += c->x[j]->dims.size[slice.i[0]];
    for (int i = 0; i < y->n; i++) {
        bool parts = same_parts(c, y->x[i]) && y->x[i] != g->pin;
        if (!parts && !is_light(g, y->x[i], LIGHT))
            return NULL;
        x[i] = parts ? y->x[i]->x[k] : part_of(g, y->x[i], y, &slice);
        if (!x[i])
            return NULL;
    }
    return df_apply(y->op, x, y->n, &y->attr);
}

static df_node *concat_after(df_graph *g, df_node *y)
{
    const df_node *c = NULL;
    for (int i = 0; i < y->n && !c; i++)
        c = is_op(g, y->x[i], &df__op_concat) ? y->x[i] : NULL;
    bool any = false;
    for (int k = 0; c && k < c->n; k++)
        any = any || saturates(g, c->x[k], CURED);
    if (!any || !df__dims_equal(c->dims, y->dims))
        return NULL;
    df_node *of[DF_ARITY];
    for (int k = 0; k < c->n; k++)
        if (!(of[k] = map_of_part(g, y, c, k)))
            return NULL;
    return df_apply(c->op, of, c->n, &c->attr);
}

/* ---- signs and numbers ----------------------------------------------------------------------- */

/* x if y is written as -x: a negation, a negative number, or a quotient of such a one;
 * else NULL. */
static df_node *without_sign(df_graph *g, df_node *y)
{
    double v;
    if (df__is_number(y, &v))
        return v < 0 ? df_num(g, -v) : NULL;
    if (is(g, y, DF_NEGATIVE))
        return y->x[0];
    if (!is(g, y, DF_QUOTIENT) && !is(g, y, DF_PRODUCT))
        return NULL;
    bool number = df__is_number(y->x[0], &v) && v < 0;
    if (!number && !(is(g, y, DF_QUOTIENT) && is(g, y->x[0], DF_NEGATIVE)))
        return NULL;
    df_node *x = number ? df_num(g, -v) : y->x[0]->x[0];
    return x ? df_apply2(y->op, x, y->x[1]) : NULL;
}

/* (-a)*(-b) -> a*b, (-a)*b -> -(a*b), a/(-b) -> -(a/b); (-a)/b and -2*a stay as they are. */
static df_node *signs_out(df_graph *g, df_node *y)
{
    if (y->op->algebra != DF_PRODUCT && y->op->algebra != DF_QUOTIENT)
        return NULL;
    bool minus[2] = { is(g, y->x[0], DF_NEGATIVE), is(g, y->x[1], DF_NEGATIVE) };
    if (!minus[0] && !minus[1])
        return NULL;
    df_node *a = without_sign(g, y->x[0]), *b = without_sign(g, y->x[1]);
    if (a && b)
        return df_apply2(y->op, a, b);
    if (a && y->op->algebra == DF_QUOTIENT)
        return NULL;
    df_node *made = a ? df_apply2(y->op, a, y->x[1]) : df_apply2(y->op, y->x[0], b);
    return made ? df_neg(made) : NULL;
}

static df_node *negate_after(df_graph *g, df_node *y)
{
    if (!(y->op->linear & 1) || !is(g, y->x[0], DF_NEGATIVE))
        return NULL;
    df_node *made = df_apply(y->op, y->x[0]->x, 1, &y->attr);
    return made ? df_neg(made) : NULL;
}

/* x if y is k*x or x/(1/k) with k a power of two, by which every product is exact; else NULL. */
static df_node *without_power_of_two(const df_graph *g, const df_node *y, double *k)
{
    int e, at = -1;
    if (is(g, y, DF_QUOTIENT) && df__is_number(y->x[1], k))
        at = 1;
    for (int i = 0; i < 2 && is(g, y, DF_PRODUCT) && at < 0; i++)
        if (df__is_number(y->x[i], k))
            at = i;
    if (at < 0 || fabs(frexp(*k, &e)) != 0.5 || e < -60 || e > 60)
        return NULL;
    *k = is(g, y, DF_QUOTIENT) ? 1 / *k : *k;
    return y->x[1 - at];
}

static df_node *powers_of_two(df_graph *g, df_node *y)
{
    double k, l;
    const df_node *inner = without_power_of_two(g, y, &k);
    df_node *x = inner ? without_power_of_two(g, inner, &l) : NULL;
    return x ? df_mul(df_num(g, k * l), x) : NULL;
}

#define KIND(k) (1u << (k))

const df__hook df__hooks[] = {
    { DF_CANONICAL, KIND(DF_MAP), "f(broadcast(x)) -> broadcast(f(x))", stretch_late },
    { DF_CANONICAL, KIND(DF_VIEW), "broadcast(broadcast(x)) -> broadcast(x)", stretch_once },
    { DF_CANONICAL, KIND(DF_REDUCE), "sum(broadcast(x)) -> count*x", sum_stretched },
    { DF_CANONICAL, KIND(DF_REDUCE), "sum(x) -> x over sizes of 1", sum_of_one },
    { DF_CANONICAL, KIND(DF_VIEW), "transpose(transpose(x)) -> transpose(x)", transpose_once },
    { DF_CANONICAL, KIND(DF_MAP), "f(transpose(x)) -> transpose(f(x))", transpose_after },
    { DF_CANONICAL, KIND(DF_REDUCE), "sum(transpose(x)) -> transpose(sum(x))", reduce_transposed },
    { DF_CANONICAL, KIND(DF_CONTRACT), "transpose(a) @ b -> a.T @ b", contract_transposed },
    { DF_CANONICAL, KIND(DF_VIEW), "slice(broadcast(x)) -> broadcast(slice(x))", slice_stretched },
    { DF_CANONICAL, KIND(DF_VIEW), "slice(f(x)) -> f(slice(x))", slice_before },
    { DF_CANONICAL, KIND(DF_MAP), "f(concat(x)) -> concat(f(x))", concat_after },
    { DF_CANONICAL, KIND(DF_MAP), "(-a)*b -> -(a*b)", signs_out },
    { DF_CANONICAL, KIND(DF_MAP), "2*(x/2) -> x", powers_of_two },
    { DF_STABLE, KIND(DF_REDUCE), "sum(-x) -> -sum(x)", negate_after },
    { DF_CANONICAL, KIND(DF_VIEW), "reshape(reshape(x)) -> reshape(x)", df__reshape_once },
    { DF_CANONICAL, KIND(DF_VIEW), "slice(slice(x)) -> slice(x)", df__slice_once },
    { DF_CANONICAL, KIND(DF_VIEW), "slice(unslice(x)) -> x", df__slice_of_unslice },
    { DF_CANONICAL, KIND(DF_VIEW), "slice(concat(a, b)) -> slice(a)", df__slice_of_concat },
    { DF_CANONICAL, KIND(DF_REDUCE), "sum(concat(a, b)) -> sum(a) + sum(b)", df__sum_of_concat },
    { 0, 0, NULL, NULL }
};
