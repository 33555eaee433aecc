/* calculus.c -- derivatives put together from df_d's: products with the Jacobian from both sides,
 * and the Jacobian itself
 *
 * SPDX-License-Identifier: MIT
 *
 * A product from the left, v^T dy/dx, is a reverse sweep that begins with v in place of 1. It is
 * linear in v, so its derivative by v along w is the product from the right, dy/dx w: a second
 * sweep, over the first, in which v occurs no more (Townsend, A new trick for calculating Jacobian
 * vector products, 2017). */
#include "df.h"

/* A direction: of the shape of what it belongs to. */
static bool goes_with(const char *call, const df_node *v, const char *name, const df_node *x)
{
    char a[DF_TEXT], b[DF_TEXT];
    df_graph *g = x->g;
    if (!v)
        return df_fail(g, DF_BAD_CALL, "%s: v is NULL", call) != NULL;
    if (v->g != g)
        return df_fail(g, DF_BAD_CALL, "%s: v is of another graph", call) != NULL;
    df_describe(v, a, sizeof a);
    df_describe(x, b, sizeof b);
    if (v->type != g->real || v->op->kind == DF_UPDATE)
        return df_fail(g, DF_BAD_TYPE, "%s: v, %s, is no number", call, a) != NULL;
    if (!df__dims_equal(v->dims, x->dims))
        return df_fail(g, DF_BAD_SHAPE, "%s: v, %s, has not the shape of %s, %s", call, a, name,
                       b) != NULL;
    return true;
}

/* A v of 1 is what df_d begins with, and its answer has a name. */
static df_node *from_left(df_node *y, df_node *x, df_node *v)
{
    return df__is_number_of(v, 1) ? df__derive(y, x, false) : df__derive_seeded(y, x, v);
}

df_node *df_vjp(df_node *y, df_node *x, df_node *v)
{
    bool ok = df__can_derive("vjp", "y", y, x) && goes_with("vjp", v, "y", y);
    return ok ? from_left(y, x, v) : NULL;
}

/* ---- products from the right ----------------------------------------------------------------- */

/* Whether y depends on u; -1: no memory. Only what is younger than u can. */
static int depends_on(const df_node *y, const df_node *u)
{
    df_graph *g = y->g;
    int64_t n = y->id - u->id + 1;
    if (n < 1)
        return 0;
    unsigned char *on = df__get(&g->mem, (size_t)n);
    if (!on)
        return df_fail(g, DF_NO_MEMORY, "no memory") ? 1 : -1;
    memset(on, 0, (size_t)n);
    on[0] = 1;
    for (int64_t k = 1; k < n; k++)
        for (int i = 0; i < g->node[u->id + k]->n; i++) {
            int64_t x = g->node[u->id + k]->x[i]->id - u->id;
            on[k] |= x >= 0 && on[x];
        }
    int depends = on[n - 1];
    df__put(&g->mem, on, (size_t)n);
    return depends;
}

/* v^T dy/dx for a v that stands for any: an input that nothing which is asked for will need. */
typedef struct { df_node *u, *left; } linear;

static linear left_of_any(df_node *y, df_node *x)
{
    linear l = { .u = df__make(y->g, &df__op_input, NULL, 0, NULL, &y->dims) };
    if (l.u)
        l.left = df__derive_seeded(y, x, l.u);
    return l;
}

static df_node *from_right(const char *call, linear l, df_node *v)
{
    df_node *r = l.left ? df__derive_seeded(l.left, l.u, v) : NULL;
    int depends = r ? depends_on(r, l.u) : -1;
    if (depends > 0)
        df_fail(r->g, DF_BAD_CALL, "%s: the derivative of an op on the way is not linear in its dy",
                call);
    return depends == 0 ? r : NULL;
}

df_node *df_jvp(df_node *y, df_node *x, df_node *v)
{
    bool ok = df__can_derive("jvp", "y", y, x) && goes_with("jvp", v, "x", x);
    return ok ? from_right("jvp", left_of_any(y, x), v) : NULL;
}

/* ---- all parameters -------------------------------------------------------------------------- */

df_node *df_d_flat(df_node *J)
{
    df_graph *g = J ? J->g : NULL;
    int n = g ? df_params(g, NULL, 0) : 0;
    if (!g || !df__can_derive("d_flat", "J", J, J))
        return NULL;
    if (n == 0)
        return df_fail(g, DF_BAD_CALL, "d_flat: the graph has no parameters");
    size_t bytes = (size_t)n * sizeof(df_node *);
    df_node **list = df__get(&g->mem, bytes), *flat = NULL;
    if (!list)
        return df_fail(g, DF_NO_MEMORY, "no memory");
    df_params(g, list, n);
    bool ok = true;
    for (int i = 0; ok && i < n; i++) {
        df_dims all = df_shape(df__elements(list[i]->dims, 1));
        ok = (list[i] = df_reshape(df__derive(J, list[i], false), all)) != NULL;
    }
    if (ok)
        flat = df_concat_list(0, list, n);
    df__put(&g->mem, list, bytes);
    return flat;
}

/* ---- matrices of derivatives ----------------------------------------------------------------- */

/* 1 at element i, 0 elsewhere. NULL: no memory. */
static df_node *unit(const df_node *x, int64_t i)
{
    df_graph *g = x->g;
    int64_t n = df__elements(x->dims, 1);
    double *v = df__get(&g->mem, (size_t)n * sizeof *v);
    if (!v)
        return df_fail(g, DF_NO_MEMORY, "no memory");
    memset(v, 0, (size_t)n * sizeof *v);
    v[i] = 1;
    df_node *e = n == 1 ? df__make(g, &df__op_number, NULL, 0, &(df_attr){ .f = { 1 } }, &x->dims)
                        : df_const(g, x->dims, v, n);
    df__put(&g->mem, v, (size_t)n * sizeof *v);
    return e;
}

/* Lists the rows of dy/dx, or its columns. False: the graph has the error. */
static bool list_lines(df_node *y, df_node *x, bool columns, int64_t n, int64_t length,
                       df_node **line)
{
    linear any = { 0 };
    if (columns && !(any = left_of_any(y, x)).left)
        return false;
    for (int64_t i = 0; i < n; i++) {
        df_node *e = unit(columns ? x : y, i);
        df_node *d = !e ? NULL : columns ? from_right("jacobian", any, e) : from_left(y, x, e);
        line[i] = df_reshape(d, columns ? df_shape(length, 1) : df_shape(1, length));
        if (!line[i])
            return false;
    }
    return true;
}

static df_node *jacobian(df_node *y, df_node *x)
{
    df_graph *g = y->g;
    int64_t rows = df__elements(y->dims, 1), columns = df__elements(x->dims, 1);
    bool by_column = columns < rows;
    int64_t n = by_column ? columns : rows, length = by_column ? rows : columns;
    size_t bytes = (size_t)n * sizeof(df_node *);
    df_node **line = n <= INT32_MAX ? df__get(&g->mem, bytes) : NULL, *all = NULL;
    if (!line)
        return df_fail(g, DF_NO_MEMORY, "no memory");
    if (list_lines(y, x, by_column, n, length, line))
        all = df_concat_list(by_column, line, (int)n);
    df__put(&g->mem, line, bytes);
    return all;
}

static bool without_m(const char *call, const df_node *x)
{
    char text[DF_TEXT];
    if (!df__has_m(x->dims))
        return true;
    return df_fail(x->g, DF_BAD_SHAPE,
                   "%s: %s has m: df_each, df_vjp and df_jvp give what is each example's own", call,
                   df_describe(x, text, sizeof text)) != NULL;
}

df_node *df_jacobian(df_node *y, df_node *x)
{
    bool ok = df__can_derive("jacobian", "y", y, x) && without_m("jacobian", y) &&
              without_m("jacobian", x);
    return ok ? jacobian(y, x) : NULL;
}

df_node *df_hessian(df_node *J, df_node *x)
{
    char text[DF_TEXT];
    if (!df__can_derive("hessian", "J", J, x) || !without_m("hessian", J) ||
        !without_m("hessian", x))
        return NULL;
    if (df__elements(J->dims, 1) != 1)
        return df_fail(J->g, DF_BAD_SHAPE, "hessian: %s is more than one number",
                       df_describe(J, text, sizeof text));
    df_node *d = df__derive(J, x, false);
    return d ? jacobian(d, x) : NULL;
}
