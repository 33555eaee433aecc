/* edge.c -- one step back: what the adjoint of a node gives to one of its operands
 *
 * SPDX-License-Identifier: MIT
 *
 * The op's own derivative, with stretching undone and the walk's scale put in or left out. */
#include "walk.h"

df_node *df__simple(const df__walk *w, df_node *v)
{
    return v && !w->raw ? df__ring_form(w->g, v) : v;
}

df_node *df__fit(df_node *v, df_dims to)
{
    return v && !df__dims_equal(v->dims, to) ? df_broadcast(v, to) : v;
}

/* How many times an axis of that size repeats, times the count so far. */
static df_node *times_size(df_graph *g, df_node *count, int64_t size)
{
    df_node *n = size == DF_M ? df_examples(g) : df_num(g, (double)size);
    return count ? df_mul(count, n) : n;
}

/* Where an operand of shape x was stretched to y, its derivative is the sum over the stretched
 * axes of v, which is of y's shape or stretches to it itself: along such an axis the sum is a
 * count. */
static df_node *undo_stretch(df_node *v, df_dims y, df_dims x)
{
    if (!v || df__dims_equal(x, y))
        return v;
    bool to_number = df__is_scalar(x), number = df__is_scalar(v->dims);
    int64_t axes = 0;
    df_node *count = NULL;
    for (int j = 0; j < y.rank; j++) {
        if (y.size[j] == 1 || (!to_number && x.size[j] != 1))
            continue;
        if (number || v->dims.size[j] == 1)
            count = times_size(v->g, count, y.size[j]);
        else
            axes |= (int64_t)1 << j;
    }
    if (to_number)
        axes = ((int64_t)1 << y.rank) - 1;
    df_node *sum = number ? v : df_axes_sum(v, axes, to_number);
    return count ? df_mul(count, sum) : sum;
}

/* A derivative is a number of this graph, of y's shape or x's, or what stretches to one of them. */
static bool is_derivative(df_graph *g, const df_node *v, const df_node *y, int i)
{
    const char *why = NULL;
    char text[DF_TEXT];
    if (!v)
        why = "it is NULL";
    else if (v->g != g)
        why = "it belongs to another graph";
    else if (v->type != g->real || v->op->kind == DF_UPDATE)
        why = "it is no number";
    else if (!df__stretches(v->dims, y->dims) && !df__stretches(v->dims, y->x[i]->dims))
        why = df__dims_text(v->dims, text, sizeof text);
    if (why)
        df_fail(g, DF_BAD_CALL, "d: %s: its derivative by operand %d is wrong: %s", y->op->name,
                i + 1, why);
    return !why;
}

df_node *df__edge(const df__walk *w, df_node *y, int i)
{
    const df_op *op = y->op;
    df_node *x = y->x[i], *dy = w->adjoint[y->id];
    df_derivative *d = i < DF_ARITY ? op->d[i] : NULL;
    if (!d) {
        char text[DF_TEXT];
        return df_fail(w->g, DF_BAD_CALL, "d: %s has no derivative by its operand %d, %s", op->name,
                       i + 1, df_describe(x, text, sizeof text));
    }
    if (w->scale && !df__has_m(y->dims) && df__has_m(x->dims))
        dy = df__ring_form(w->g, df_div(dy, w->scale));
    if (dy && op->kind != DF_MAP)
        dy = df__fit(dy, y->dims);
    if (!dy)
        return NULL;
    df_node *v = d(&(df_at){ .g = w->g, .y = y, .dy = dy, .x = y->x, .attr = &y->attr });
    if (!is_derivative(w->g, v, y, i))
        return NULL;
    if (op->kind == DF_MAP)
        v = undo_stretch(df__simple(w, v), y->dims, x->dims);
    if (v && w->scale && df__has_m(y->dims) && !df__has_m(x->dims))
        v = df_mul(w->scale, v);
    return df__simple(w, v);
}
