/* parse_special.c -- printed forms that are more than an op and its attributes
 *
 * SPDX-License-Identifier: MIT
 *
 * Products with transposes, einsum, parts: what ops print by code of their own. Also what dfoo.h
 * composes, as NumPy calls it. Arrays of numbers and order: parse_arrays.c. */
#include "parse.h"
#include "../ops/ops.h"

/* ---- powers and means ------------------------------------------------------------------------ */

static df_node *reciprocal(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)p, (void)m;
    return df_pow(x[0], -1);
}

static df_node *square(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)p, (void)m;
    return df_square(x[0]);
}

static df_node *negative(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)p, (void)m;
    return df_neg(x[0]);
}

static df_node *mean(df__parser *p, const df__match *m, df_node *const *x)
{
    df_node *y = x[0];
    (void)p;
    if (m->n_axes < 0)
        return df_mean(y);
    for (int k = 0; k < m->n_axes; k++)
        y = df_mean_axis(y, (int)m->axis[k]);
    return y;
}

/* ---- comparisons, as Python writes them too -------------------------------------------------- */

static df_node *more(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)p, (void)m;
    return df_less(x[1], x[0]);
}

static df_node *not_less(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)p, (void)m;
    return df_less_equal(x[1], x[0]);
}

static df_node *both(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)p, (void)m;
    return df_logical_and(x[0], x[1]);
}

static df_node *either(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)p, (void)m;
    return df_logical_or(x[0], x[1]);
}

static df_node *negated(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)p, (void)m;
    return df_logical_not(x[0]);
}

/* ---- products -------------------------------------------------------------------------------- */

static df_node *transposed(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)p, (void)m;
    return df_transpose(x[0]);
}

static df_node *moved(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)p;
    return df_moveaxis(x[0], (int)m->i[0], (int)m->i[1]);
}

/* A.T @ B as one contraction: the letters are turned, not the array. */
static df_node *product(df_node *a, df_node *b, bool turn_a, bool turn_b)
{
    enum { ROW = 1, INNER, COLUMN };
    df_dims s = df_shape_of(a), t = df_shape_of(b);
    if (s.rank != 2 || t.rank != 2 || s.size[turn_a ? 0 : 1] != t.size[turn_b ? 1 : 0])
        return df_matmul(turn_a ? df_transpose(a) : a, turn_b ? df_transpose(b) : b);
    return df_contract(a, b, turn_a ? (int8_t[]){ INNER, ROW } : (int8_t[]){ ROW, INNER },
                       turn_b ? (int8_t[]){ COLUMN, INNER } : (int8_t[]){ INNER, COLUMN },
                       (int8_t[]){ ROW, COLUMN }, 2);
}

static df_node *turned_left(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)p, (void)m;
    return product(x[0], x[1], true, false);
}

static df_node *turned_right(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)p, (void)m;
    return product(x[0], x[1], false, true);
}

static df_node *turned_both(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)p, (void)m;
    return product(x[0], x[1], true, true);
}

/* ---- einsum ---------------------------------------------------------------------------------- */

/* The letters of operands and result as numbers from 1; n[k]: how many. */
typedef struct { int8_t of[3][DF_RANK]; int n[3]; } letters;

/* "ab,cb->ac"; false: it is not that, for so many operands. */
static bool read_letters(const df__tree *t, int operands, letters *l)
{
    int k = 0;
    *l = (letters){ .n = { 0 } };
    for (const char *c = t->at + 1; c < t->at + t->n - 1; c++)
        if (*c == ',' && ++k < operands)
            continue;
        else if (*c == '-' && c[1] == '>' && k == operands - 1)
            k = 2, c++;
        else if (*c >= 'a' && *c <= 'z' && l->n[k] < DF_RANK)
            l->of[k][l->n[k]++] = (int8_t)(*c - 'a' + 1);
        else if (*c != ' ')
            return false;
    return k == 2;
}

/* [:, None]: sizes of 1 among the result's axes, each a letter of its own. False: it is not so. */
static bool add_none(const df__parser *p, int32_t index, letters *l)
{
    int8_t of[DF_RANK], fresh = 'z' - 'a' + 2;
    int n = 0, from = 0;
    for (int32_t x = p->trees.tree[index].first; x; x = p->trees.tree[x].next) {
        const df__tree *t = &p->trees.tree[x];
        bool none = df__word_is(t->at, t->n, "None"), all = t->kind == DF__COLON && !t->first;
        if ((!none && !all) || n == DF_RANK || (all && from == l->n[2]))
            return false;
        of[n++] = none ? fresh++ : l->of[2][from++];
    }
    while (from < l->n[2] && n < DF_RANK)        /* as if ':' stood for the rest */
        of[n++] = l->of[2][from++];
    memcpy(l->of[2], of, (size_t)n);
    l->n[2] = n;
    return from > 0 || n > 0;
}

/* What the result lacks is summed first, then a contraction with 1 turns the axes. */
static df_node *einsum_one(df__parser *p, df_node *x, const letters *l)
{
    int64_t axes = 0;
    for (int j = 0; j < l->n[0]; j++)
        if (df__letter(l->of[2], l->of[0][j]) < 0)
            axes |= (int64_t)1 << j;
    axes = df__long_axes(x, axes);
    if (axes)
        x = df_apply(&df__op_sum, &x, 1, &(df_attr){ .i = { axes } });
    return df_contract(x, df_num(p->g, 1), l->of[0], (int8_t[]){ 'z' }, l->of[2], l->n[2]);
}

static df_node *indexed(df__parser *p, const df__match *m, df_node *const *x);

/* Of one array or two; an index behind it may add axes of size 1, or take a part. */
static df_node *einsum(df__parser *p, const df__match *m, df_node *const *x)
{
    letters l;
    int n = x[1] ? 2 : 1;
    if (!read_letters(&p->trees.tree[m->text], n, &l))
        return df_fail(p->g, DF_BAD_CALL, "einsum: expected letters such as 'ab,bc->ac'");
    if (m->index && !add_none(p, m->index, &l)) {
        df__match whole = *m;                        /* what comes of it has its part taken */
        whole.index = 0;
        df_node *y = einsum(p, &whole, x);
        return y ? indexed(p, m, &y) : NULL;
    }
    if (l.n[2] == 0)
        l.of[2][l.n[2]++] = 'z' - 'a' + 2;
    for (int k = 0; k < n; k++)
        if (df_shape_of(x[k]).rank != l.n[k])
            return df_fail(p->g, DF_BAD_SHAPE, "einsum: %d letters for an array of %d dimensions",
                           l.n[k], df_shape_of(x[k]).rank);
    return n == 1 ? einsum_one(p, x[0], &l)
                  : df_contract(x[0], x[1], l.of[0], l.of[1], l.of[2], l.n[2]);
}

/* np.multiply(s, W) is a contraction with a single number, s * W a product of numbers. */
static df_node *multiplied(df__parser *p, const df__match *m, df_node *const *x)
{
    static const int8_t of[DF_RANK] = { 1, 2, 3, 4, 5, 6, 7, 8 }, alone[] = { 9 };
    bool left = df__is_scalar(df_shape_of(x[0])), right = df__is_scalar(df_shape_of(x[1]));
    (void)p, (void)m;
    if (!left && !right)
        return df_mul(x[0], x[1]);
    return df_contract(x[0], x[1], left ? alone : of, left ? of : alone, of,
                       df_shape_of(x[left]).rank);
}

static df_node *multiplied_einsum(df__parser *p, const df__match *m, df_node *const *x)
{
    letters l;
    bool read = read_letters(&p->trees.tree[m->text], 1, &l) &&
                (!m->index || add_none(p, m->index, &l)) && l.n[0] == df_shape_of(x[1]).rank;
    if (!read || !df__is_scalar(df_shape_of(x[0])))
        return df_fail(p->g, DF_BAD_CALL,
                       "multiply: expected a number and letters such as 'ab->ba'");
    if (l.n[2] == 0)
        l.of[2][l.n[2]++] = 'z' - 'a' + 2;
    return df_contract(x[0], x[1], (int8_t[]){ 'z' }, l.of[0], l.of[2], l.n[2]);
}

/* ---- parts ----------------------------------------------------------------------------------- */

/* A bound of a slice; none: what it is if it is left out. */
static bool bound(const df__parser *p, int32_t tree, int64_t size, int64_t none, int64_t *v)
{
    const df__tree *t = &p->trees.tree[tree];
    int n;
    *v = none;
    if (!tree || (t->kind == DF__NAME && t->n == 0))
        return true;
    if (t->kind != DF__FIGURE || !df__integers(p, tree, v, &n, 1))
        return false;
    *v += *v < 0 && size > 0 ? size : 0;
    return true;
}

/* a:b:c along an axis. */
static df_node *ranged(df__parser *p, df_node *x, int axis, const df__tree *range)
{
    int64_t size = df_shape_of(x).size[axis], first, stop, step = 1;
    int32_t to = p->trees.tree[range->first].next, by = p->trees.tree[to].next;
    bool good = bound(p, by, 0, 1, &step) && step != 0 &&
                bound(p, range->first, size, step > 0 ? 0 : size - 1, &first) &&
                bound(p, to, size, step > 0 ? size : -1, &stop);
    if (!good)
        return df_fail(p->g, DF_BAD_CALL, "expected first:stop or first:stop:step, numbers");
    int64_t n = step > 0 ? (stop - first + step - 1) / step : (first - stop - step - 1) / -step;
    return df_slice_step(x, axis, first, n, step);
}

/* One item of an index, at *axis, which goes on behind it. */
static df_node *item(df__parser *p, df_node *x, int32_t tree, int *axis, int left)
{
    const df__tree *t = &p->trees.tree[tree];
    int64_t i;
    bool number = t->kind == DF__FIGURE && bound(p, tree, 0, 0, &i);
    if (df__word_is(t->at, t->n, "None"))
        return df_expand(x, (*axis)++);
    if (t->kind == DF__COLON && t->sign == DF__DOTS) {
        *axis = df_shape_of(x).rank - left;
        return x;
    }
    if (*axis < 0 || *axis >= df_shape_of(x).rank)
        return df_fail(p->g, DF_BAD_SHAPE, "there is no axis %d to index", *axis);
    if (number)
        return df_take(x, *axis, i < 0 ? i + df_shape_of(x).size[*axis] : i);
    if (t->kind != DF__COLON)
        return df_fail(p->g, DF_BAD_CALL, "expected first:stop, a number, ':', None or '...'");
    return t->first ? ranged(p, x, (*axis)++, t) : ((*axis)++, x);
}

/* x[1:3, :, None], or x[i], rows by integers. */
static df_node *indexed(df__parser *p, const df__match *m, df_node *const *x)
{
    int32_t first = p->trees.tree[m->index].first;
    const df__tree *t = &p->trees.tree[first];
    bool plain = t->kind == DF__COLON || t->kind == DF__FIGURE || df__word_is(t->at, t->n, "None");
    df_node *y = x[0];
    int axis = 0, left = 0;
    if (!plain && !t->next) {
        df_node *rows = df__build_tree(p, first);
        return rows ? df_embed(y, rows) : NULL;
    }
    for (int32_t k = t->next; k; k = p->trees.tree[k].next)
        left += !df__word_is(p->trees.tree[k].at, p->trees.tree[k].n, "None");
    for (; y && first; first = p->trees.tree[first].next)
        y = item(p, y, first, &axis, left);
    return y;
}

/* ((0, 0), (1, 2)): before and behind each axis. */
static df_node *padded(df__parser *p, const df__match *m, df_node *const *x)
{
    df_node *y = x[0];
    int axis = 0;
    for (int32_t k = p->trees.tree[m->list].first; y && k; k = p->trees.tree[k].next, axis++) {
        int64_t room[2];
        int n = 0;
        if (!df__integers(p, k, room, &n, 2) || n != 2)
            return df_fail(p->g, DF_BAD_CALL, "pad: expected two numbers for each axis");
        if (room[0] || room[1])
            y = df_pad(y, axis, room[0], room[1]);
    }
    return y;
}

const df__special df__specials[] = {
    { "1/%0", reciprocal },
    { "np.square(%0)", square },
    { "np.negative(%0)", negative },
    { "np.mean(%0)", mean },
    { "np.mean(%0, axis=%x, keepdims=True)", mean },
    { "1.0 * (%0 > %1)", more },
    { "1.0 * (%0 >= %1)", not_less },
    { "1.0 * (%0 & %1)", both },
    { "1.0 * (%0 | %1)", either },
    { "1.0 * (~%0)", negated },
    { "%0.T", transposed },
    { "np.transpose(%0)", transposed },
    { "np.moveaxis(%0, %n, %j)", moved },
    { "%0.T @ %1", turned_left },
    { "%0 @ %1.T", turned_right },
    { "%0.T @ %1.T", turned_both },
    { "np.einsum(%t, %0)", einsum },
    { "np.einsum(%t, %0)[%i]", einsum },
    { "np.einsum(%t, %0, %1)", einsum },
    { "np.einsum(%t, %0, %1)[%i]", einsum },
    { "np.multiply(%0, %1)", multiplied },
    { "np.multiply(%0, np.einsum(%t, %1))", multiplied_einsum },
    { "np.multiply(%0, np.einsum(%t, %1)[%i])", multiplied_einsum },
    { "%0[%i]", indexed },
    { "np.pad(%0, %a)", padded },
    { NULL, NULL },
};
