/* parse_arrays.c -- printed forms of numbers, of lists of arrays, and of what has an order
 *
 * SPDX-License-Identifier: MIT */
#include "parse.h"
#include "../ops/ops.h"

/* ---- numbers --------------------------------------------------------------------------------- */

static df_node *filled(df__parser *p, const df_dims *s, double v)
{
    const char *why;
    if (!df__dims_ok(*s, &why))
        return df_fail(p->g, DF_BAD_SHAPE, "%s", why);
    return df__make(p->g, &df__op_number, NULL, 0, &(df_attr){ .f = { v } }, s);
}

static df_node *full(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)x;
    return filled(p, &m->dims, m->f[0]);
}

static df_node *zeros(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)x;
    return filled(p, &m->dims, 0);
}

static df_node *ones(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)x;
    return filled(p, &m->dims, 1);
}

static df_node *uniform(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)x;
    return df_uniform(p->g, m->dims);
}

static df_node *normal(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)x;
    return df_normal(p->g, m->dims);
}

/* How many numbers the list has; -1: not all are. */
static int64_t read_numbers(const df__parser *p, int32_t list, double *to)
{
    int64_t n = 0;
    double v;
    for (int32_t x = p->trees.tree[list].first; x; x = p->trees.tree[x].next, n++) {
        if (!df__constant(&p->trees.tree[x], &v))
            return -1;
        if (to)
            to[n] = v;
    }
    return n;
}

/* A list, of one dimension or reshaped. */
static df_node *array(df__parser *p, const df__match *m, df_node *const *x)
{
    int64_t n = read_numbers(p, m->list, NULL);
    (void)x;
    if (n <= 0)
        return df_fail(p->g, DF_BAD_CALL, "array: expected a list of numbers: "
                       "np.array([1, 2]).reshape(1, 2)");
    double *v = df__get(&p->g->mem, (size_t)n * sizeof *v);
    if (!v)
        return df_fail(p->g, DF_NO_MEMORY, "no memory");
    read_numbers(p, m->list, v);
    df_node *y = df_const(p->g, m->dims.rank ? m->dims : df_dims_of(1, &n), v, n);
    df__put(&p->g->mem, v, (size_t)n * sizeof *v);
    return y;
}

/* ---- lists of arrays ------------------------------------------------------------------------- */

static df_node *joined(df__parser *p, const df__match *m,
                       df_node *join(int axis, df_node *const *x, int n))
{
    int n = 0;
    for (int32_t k = p->trees.tree[m->list].first; k; k = p->trees.tree[k].next)
        n++;
    size_t bytes = (size_t)n * sizeof(df_node *);
    df_node **x = df__get(&p->g->mem, bytes), *y = NULL;
    if (!x)
        return df_fail(p->g, DF_NO_MEMORY, "no memory");
    if (df__build_nodes(p, m->list, x, n))
        y = join((int)m->i[0], x, n);
    df__put(&p->g->mem, x, bytes);
    return y;
}

static df_node *concatenated(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)x;
    return joined(p, m, df_concat_list);
}

static df_node *stacked(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)x;
    return joined(p, m, df_stack_list);
}

/* ---- order ----------------------------------------------------------------------------------- */

/* The first indices, all if there is no number of them, along an axis that is named twice. */
static df_node *sorted(df__parser *p, const df__match *m, df_node *x, bool down)
{
    int64_t axis = df__axis("argsort", x, (int)m->i[0]);
    bool again = m->n_axes == 1 && df__axis("take", x, (int)m->axis[0]) == axis;
    if (axis && m->n_axes >= 0 && !again)
        return df_fail(p->g, DF_BAD_CALL, "take: expected the axis of argsort");
    df_attr attr = { .i = { axis ? df__axis_of(axis) : 0, down, m->i[1] } };
    return axis ? df_apply(&df__op_argsort, &x, 1, &attr) : NULL;
}

static df_node *ascending(df__parser *p, const df__match *m, df_node *const *x)
{
    return sorted(p, m, x[0], false);
}

static df_node *descending(df__parser *p, const df__match *m, df_node *const *x)
{
    return sorted(p, m, x[0], true);
}

/* ---- one-hot --------------------------------------------------------------------------------- */

/* The classes lie along the axis that is -1 in reshape(-1, 1), or the last. */
static df_node *one_hot(df__parser *p, const df__match *m, df_node *const *x)
{
    int after = m->dims.rank ? m->dims.rank - 1 : 0, axis = df_shape_of(x[0]).rank - 1 - after;
    for (int j = 0; j < m->dims.rank; j++)
        if (m->dims.size[j] != (j ? 1 : -1))
            return df_fail(p->g, DF_BAD_CALL, "expected reshape(-1, 1): classes along one axis");
    if (axis < 0)
        return df_fail(p->g, DF_BAD_SHAPE, "reshape has more axes than the labels");
    return df__one_hot_along(x[0], axis, m->i[0]);
}

static df_node *one_hot_behind(df__parser *p, const df__match *m, df_node *const *x)
{
    (void)p;
    return df__one_hot_along(x[0], df_shape_of(x[0]).rank, m->i[0]);
}

#define ARGSORT(x) "np.argsort(" x ", axis=%n, kind='stable')"
#define FIRST(x) "np.take(" x ", np.arange(%j), axis=%x)"

const df__special df__array_forms[] = {
    { "np.full(%s, %k)", full },
    { "np.zeros(%s)", zeros },
    { "np.ones(%s)", ones },
    { "np.random.uniform(size=%s)", uniform },
    { "np.random.normal(size=%s)", normal },
    { "np.array(%a)", array },
    { "np.array(%a).reshape(%s)", array },
    { "1.0 * (%0 == np.arange(%n))", one_hot },
    { "1.0 * (%0 == np.arange(%n).reshape(%s))", one_hot },
    { "1.0 * (%0[..., None] == np.arange(%n))", one_hot_behind },
    { "const(%s, %a)", array },
    { "np.concatenate(%a, axis=%n)", concatenated },
    { "np.stack(%a, axis=%n)", stacked },
    { ARGSORT("%0"), ascending },
    { ARGSORT("np.negative(%0)"), descending },
    { FIRST(ARGSORT("%0")), ascending },
    { FIRST(ARGSORT("np.negative(%0)")), descending },
    { NULL, NULL },
};
