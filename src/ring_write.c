/* ring_write.c -- polynomials as nodes: how the ring's results are written, and what that costs
 *
 * SPDX-License-Identifier: MIT
 *
 * The same code tries and makes. In a trial a node that is not there is a value without one, so
 * that trials leave no trace in the graph; what lives already costs nothing. Numbers come first,
 * then single numbers, then arrays; divisors one by one, as their product may overflow. */
#include "polynomial.h"

enum { NONE = -1, VALUES = 160 };

typedef struct {
    df_node *x;                  /* NULL: in a trial, not there */
    const df_op *op;
    double k;                    /* a number, an exponent */
    int of[2];                   /* operands as values */
    df_dims dims;
    int size;                    /* names and signs if it were printed */
} value;

typedef struct {
    df__scratch *s;
    const df_op *const *algebra;
    bool trial;
    uint64_t used;               /* near nodes */
    int64_t cost;                /* of the others */
    value v[VALUES];
    int n;
} writer;

/* ---- values ---------------------------------------------------------------------------------- */

/* Adds a value, whose cost counts then, once. whole: with all that is below it. NONE: no room, or
 * no memory. */
static int add_value(writer *w, value v, bool free, bool whole)
{
    if (w->n == VALUES)
        w->s->too_big = true;
    else if (!w->trial && !v.x)
        w->s->no_memory = true;
    if (w->s->too_big || w->s->no_memory)
        return NONE;
    const df__near *near = v.x ? df__near_of(w->s, v.x) : NULL;
    if (near)
        w->used |= whole ? near->below : (uint64_t)1 << (near - w->s->near);
    else if (!free && !(v.x && df__living(v.x)))
        w->cost += df__node_cost(v.op, v.k, v.dims);
    if (near && whole)
        v.size = near->size;
    w->v[w->n] = v;
    return w->n++;
}

static int leaf(writer *w, df_node *x)
{
    for (int i = 0; i < w->n; i++)
        if (w->v[i].x == x)
            return i;
    value v = { .x = x, .op = x->op, .k = x->attr.f[0], .of = { NONE, NONE }, .dims = x->dims,
                .size = df__size(x, DF__PRINTED) };
    return add_value(w, v, false, true);
}

static int number(writer *w, double c)
{
    df_dims dims = df_shape(1);
    for (int i = 0; i < w->n; i++)
        if (w->v[i].op->algebra == DF_NUMBER && w->v[i].k == c &&
            df__dims_equal(w->v[i].dims, dims))
            return i;
    df_attr attr = { .f = { c } };
    value v = { .op = &df__op_number, .k = c, .of = { NONE, NONE }, .dims = dims, .size = 1 };
    v.x = w->trial ? df__find(w->s->g, v.op, NULL, 0, &attr, dims) : df_num(w->s->g, c);
    return add_value(w, v, true, false);
}

/* The node of that op and these operands, in either order if that is all the same; NULL if there
 * is none. */
static df_node *find(const writer *w, const df_op *op, double k, int a, int b, df_dims dims)
{
    df_node *x[2] = { w->v[a].x, b >= 0 ? w->v[b].x : NULL };
    if (!x[0] || (b >= 0 && !x[1]))
        return NULL;
    df_attr attr = { .f = { k } };
    df_node *found = df__find(w->s->g, op, x, b >= 0 ? 2 : 1, &attr, dims);
    if (b < 0 || !op->commutes || (found && df__living(found)))
        return found;
    df_node *other = df__find(w->s->g, op, (df_node *[]){ x[1], x[0] }, 2, &attr, dims);
    return other && (!found || df__living(other)) ? other : found;
}

/* y: NONE for a negation or a power. */
static int apply(writer *w, df_algebra a, double k, int x, int y)
{
    bool unary = a == DF_NEGATIVE || a == DF_POWER;
    if (x < 0 || (y < 0 && !unary))
        return NONE;
    const df_op *op = w->algebra[a];
    for (int i = 0; i < w->n; i++)
        if (w->v[i].op == op && w->v[i].k == k && w->v[i].of[0] == x && w->v[i].of[1] == y)
            return i;
    const value *p = &w->v[x], *q = unary ? NULL : &w->v[y];
    value v = { .op = op, .k = k, .of = { x, y },
                .dims = q ? df__joint_dims(p->dims, q->dims) : p->dims,
                .size = 1 + p->size + (q ? q->size : a == DF_POWER) };
    v.x = find(w, op, k, x, y, v.dims);
    if (!w->trial && !v.x)
        v.x = df_apply(op, (df_node *[]){ p->x, q ? q->x : NULL }, q ? 2 : 1,
                       &(df_attr){ .f = { k } });
    else if (!w->trial)
        v.x = df__settle(v.x);
    return add_value(w, v, q && df__costs_nothing(op, &p->dims, p->op, &q->dims, q->op), false);
}

/* ---- atoms ----------------------------------------------------------------------------------- */

static int write_term(writer *w, const df__term *t, bool *minus, bool signs);
static int write_sum(writer *w, const df__poly *p, bool *minus);

/* The operand of a linear op, of what has become of it, in the shape that it must have; in a trial
 * NULL if there is none. */
static df_node *linear_operand(writer *w, const df__atom *a, int i, int *at)
{
    df_node *like = a->node->x[i];
    bool minus = false;
    *at = a->of[i] ? write_term(w, a->of[i], &minus, true) : leaf(w, like);
    if (*at >= 0 && minus)
        *at = apply(w, DF_NEGATIVE, 0, *at, NONE);
    df_node *x = *at >= 0 ? w->v[*at].x : NULL;
    if (!x || df__dims_equal(x->dims, like->dims))
        return x;
    return w->trial ? df__find(w->s->g, &df__op_broadcast, &x, 1, &(df_attr){ 0 }, like->dims)
                    : df_broadcast(x, like->dims);
}

static int write_linear(writer *w, const df__atom *a)
{
    df_node *x[2] = { NULL, NULL }, *like = a->node;
    value v = { .op = like->op, .of = { NONE, NONE }, .dims = like->dims, .size = 1 };
    bool known = true;
    for (int i = 0; i < like->n; i++) {
        x[i] = linear_operand(w, a, i, &v.of[i]);
        if (v.of[i] < 0)
            return NONE;
        v.size += w->v[v.of[i]].size;
        known = known && x[i];
    }
    if (!w->trial)
        v.x = x[0] && (like->n < 2 || x[1])
                  ? df__make(w->s->g, like->op, x, like->n, &like->attr, &like->dims) : NULL;
    else if (known)
        v.x = df__find(w->s->g, like->op, x, like->n, &like->attr, like->dims);
    for (int i = 0; v.x && i < w->n; i++)
        if (w->v[i].x == v.x)
            return i;
    return add_value(w, v, false, false);
}

static int write_atom(writer *w, int atom, bool *minus)
{
    const df__atom *a = &w->s->atom[atom];
    if (a->of[0] || a->of[1])
        return write_linear(w, a);
    if (a->node)
        return leaf(w, a->node);
    for (int i = 0; i < 2; i++)
        if (a->is[i]) {
            *minus = *minus != (i == 1);
            return leaf(w, a->is[i]);
        }
    return write_sum(w, a->sum, minus);
}

/* ---- products -------------------------------------------------------------------------------- */

/* product / v^power; where there is no product, 1 / that. */
static int over(writer *w, int product, int v, int power)
{
    if (product < 0 && df__is_scalar(w->v[v].dims) && power-- > 0)
        product = apply(w, DF_POWER, -1, v, NONE);
    if (product < 0)
        product = number(w, 1);
    for (; power > 0 && product >= 0; power--)
        product = apply(w, DF_QUOTIENT, 0, product, v);
    return product;
}

/* The factor to put beside a number. */
static int first_factor(const writer *w, const df__term *t, const int *v)
{
    for (int i = 0; i < t->n; i++)
        if (t->f[i].power == 1 && df__takes_numbers(w->v[v[i]].op))
            return i;
    return 0;
}

/* Multiplies the product by what is, or is no, single number, and divides it. */
static int write_factors(writer *w, const df__term *t, const int *v, bool single, int product)
{
    int first = product < 0 || single ? 0 : first_factor(w, t, v);
    for (int at = 0; at < t->n; at++) {
        int i = at == 0 ? first : at <= first ? at - 1 : at, k = t->f[i].power;
        if (df__is_scalar(w->v[v[i]].dims) != single || k <= 0)
            continue;
        int power = k == 1 ? v[i] : apply(w, DF_POWER, k, v[i], NONE);
        product = product < 0 ? power : apply(w, DF_PRODUCT, 0, product, power);
    }
    for (int i = 0; i < t->n; i++)
        if (df__is_scalar(w->v[v[i]].dims) == single && t->f[i].power < 0)
            product = over(w, product, v[i], -t->f[i].power);
    return product;
}

/* How many terms of c p have a number that costs something. */
static int odd_numbers(const writer *w, const df__poly *p, double c)
{
    int n = 0;
    for (int i = 0; i < p->n; i++) {
        bool odd = fabs(p->t[i].c * c) != 1;
        for (int j = 0; odd && j < p->t[i].n; j++) {
            const df_node *x = w->s->atom[p->t[i].f[j].atom].node;
            odd = !x || !df__takes_numbers(x->op);
        }
        n += odd;
    }
    return n;
}

/* The one sum in t that its number goes into, as 1/3 into 3 a - b; NONE: it stays in front. */
static int sum_to_scale(const writer *w, const df__term *t)
{
    int at = NONE;
    for (int i = 0; i < t->n; i++)
        if (w->s->atom[t->f[i].atom].sum) {
            if (at >= 0 || t->f[i].power != 1)
                return NONE;
            at = i;
        }
    const df__atom *a = at < 0 ? NULL : &w->s->atom[t->f[at].atom];
    bool better = a && !a->is[0] && !a->is[1] &&
                  odd_numbers(w, a->sum, t->c) < odd_numbers(w, a->sum, 1) + (fabs(t->c) != 1);
    return better ? at : NONE;
}

static int write_scaled_sum(writer *w, const df__poly *p, double c, bool *minus)
{
    df__poly scaled = *p;
    for (int i = 0; i < p->n; i++)
        scaled.t[i].c *= c;
    return write_sum(w, &scaled, minus);
}

/* Quotients of two factors that live are taken as they are, t's powers without them: the place of
 * a dividend is left to the quotient. */
static void use_living_quotients(writer *w, df__term *t, int *v)
{
    for (int i = 0; i < t->n; i++)
        for (int j = 0; j < t->n && t->f[i].power == 1; j++) {
            df_dims dims = df__joint_dims(w->v[v[i]].dims, w->v[v[j]].dims);
            df_node *x = t->f[j].power < 0
                             ? find(w, w->algebra[DF_QUOTIENT], 0, v[i], v[j], dims) : NULL;
            int at = x && df__living(x) ? leaf(w, x) : NONE;
            if (at < 0)
                continue;
            v[i] = at;
            t->f[j].power++;
        }
}

/* The sign comes and goes in *minus: what can take it in does. signs: a number in front may. */
static int write_term(writer *w, const df__term *t, bool *minus, bool signs)
{
    int v[DF__FACTORS];
    double c = fabs(t->c);
    df__term left = *t;
    int scaled = sum_to_scale(w, t);
    *minus = *minus != (t->c < 0);
    for (int i = 0; i < t->n; i++) {
        bool odd = t->f[i].power & 1, sign = odd && *minus;
        v[i] = i == scaled ? write_scaled_sum(w, w->s->atom[t->f[i].atom].sum, c, &sign)
                           : write_atom(w, t->f[i].atom, &sign);
        if (v[i] < 0)
            return NONE;
        if (odd)
            *minus = sign;
    }
    c = scaled < 0 ? c : 1;
    if (signs && *minus && (c != 1 || t->n == 0)) {
        c = -c;
        *minus = false;
    }
    use_living_quotients(w, &left, v);
    int product = c != 1 || t->n == 0 ? number(w, c) : NONE;
    product = write_factors(w, &left, v, true, product);
    return write_factors(w, &left, v, false, product);
}

/* ---- sums ------------------------------------------------------------------------------------ */

/* The one of a - b and b - a that lives; NONE: neither. */
static int living_difference(writer *w, const int *v, const bool *sign, bool *minus)
{
    df_dims dims = df__joint_dims(w->v[v[0]].dims, w->v[v[1]].dims);
    for (int i = 0; i < 2; i++) {
        df_node *x = find(w, w->algebra[DF_DIFFERENCE], 0, v[i], v[1 - i], dims);
        if (x && df__living(x)) {
            *minus = sign[i];
            return leaf(w, x);
        }
    }
    return NONE;
}

/* A sum that has terms of both signs takes the sign in. The first positive term comes first. */
static int write_sum(writer *w, const df__poly *p, bool *minus)
{
    int v[DF__TERMS], first = NONE;
    bool sign[DF__TERMS];
    for (int i = p->n - 1; i >= 0; i--) {
        sign[i] = *minus;
        v[i] = write_term(w, &p->t[i], &sign[i], false);
        if (v[i] < 0)
            return NONE;
        first = sign[i] ? first : i;
    }
    int sum = p->n == 2 && sign[0] != sign[1] ? living_difference(w, v, sign, minus) : NONE;
    if (sum >= 0)
        return sum;
    *minus = first < 0;
    first = first < 0 ? 0 : first;
    sum = v[first];
    for (int i = 0; i < p->n && sum >= 0; i++)
        if (i != first)
            sum = apply(w, sign[i] == sign[first] ? DF_SUM : DF_DIFFERENCE, 0, sum, v[i]);
    return sum;
}

/* ---- all ------------------------------------------------------------------------------------- */

static int write_poly(writer *w, const df__poly *p, bool factored)
{
    bool minus = false;
    int y;
    if (p->n == 0)
        return number(w, 0);
    if (factored || p->n == 1) {
        df__term t = df__as_term(w->s, p, NULL);
        y = w->s->too_big ? NONE : write_term(w, &t, &minus, true);
    } else
        y = write_sum(w, p, &minus);
    return minus ? apply(w, DF_NEGATIVE, 0, y, NONE) : y;
}

static writer *new_writer(df__scratch *s, bool trial)
{
    writer *w = df__arena_room(&s->arena, sizeof *w);
    const df_op *const *algebra = df__algebra(s->g);
    if (!w || !algebra) {
        s->no_memory = true;
        return NULL;
    }
    w->s = s;
    w->algebra = algebra;
    w->trial = trial;
    w->used = 0;
    w->cost = w->n = 0;
    return w;
}

bool df__try(df__scratch *s, const df__poly *p, bool factored, df__price *price)
{
    writer *w = new_writer(s, true);
    s->too_big = false;
    int y = w ? write_poly(w, p, factored) : NONE;
    bool ok = y >= 0 && !s->too_big;
    s->too_big = false;
    if (!ok)
        return false;
    df_algebra a = w->v[y].op->algebra;
    *price = (df__price){ w->cost, a == DF_SUM || a == DF_DIFFERENCE, w->v[y].size };
    for (int i = 0; i < s->n_near; i++)
        if (w->used >> i & 1)
            price->cost += s->near[i].cost;
    return true;
}

df_node *df__write(df__scratch *s, const df__poly *p, bool factored)
{
    writer *w = new_writer(s, false);
    int y = w ? write_poly(w, p, factored) : NONE;
    return y >= 0 ? w->v[y].x : NULL;
}
