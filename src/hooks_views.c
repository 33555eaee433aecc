/* hooks_views.c -- rules of views: those that undo or go on from one another
 *
 * SPDX-License-Identifier: MIT */
#include "rules.h"

enum { AXIS, FIRST, STEP, COUNT };               /* of a slice: its attr.i */

static bool is_op(const df_graph *g, const df_node *x, const df_op *op)
{
    return x->op == op && x != g->pin;
}

df_node *df__reshape_once(df_graph *g, df_node *y)
{
    df_node *x = y->x[0];
    if (y->op != &df__op_reshape)
        return NULL;
    if (df__dims_equal(y->dims, x->dims))
        return x;
    return is_op(g, x, &df__op_reshape) ? df_reshape(x->x[0], y->dims) : NULL;
}

df_node *df__slice_once(df_graph *g, df_node *y)
{
    df_node *x = y->x[0];
    const int64_t *i = y->attr.i, *k = x->attr.i;
    if (y->op != &df__op_slice)
        return NULL;
    if (i[FIRST] == 0 && i[STEP] == 1 && i[COUNT] == x->dims.size[i[AXIS]])
        return x;
    if (!is_op(g, x, &df__op_slice) || i[AXIS] != k[AXIS])
        return NULL;
    return df_slice_step(x->x[0], (int)i[AXIS], k[FIRST] + i[FIRST] * k[STEP], i[COUNT],
                         i[STEP] * k[STEP]);
}

df_node *df__slice_of_unslice(df_graph *g, df_node *y)
{
    df_node *x = y->x[0];
    const int64_t *i = y->attr.i, *k = x->attr.i;
    bool undoes = y->op == &df__op_slice && is_op(g, x, &df__op_unslice) && i[AXIS] == k[AXIS] &&
                  i[FIRST] == k[FIRST] && i[STEP] == k[STEP];
    return undoes && df__dims_equal(y->dims, x->x[0]->dims) ? x->x[0] : NULL;
}

/* Where all of it lies in one of the parts. */
df_node *df__slice_of_concat(df_graph *g, df_node *y)
{
    const df_node *x = y->x[0];
    const int64_t *i = y->attr.i;
    if (y->op != &df__op_slice || !is_op(g, x, &df__op_concat) || i[AXIS] != x->attr.i[0])
        return NULL;
    int64_t first = i[FIRST], last = first + (i[COUNT] - 1) * i[STEP];
    for (int k = 0; k < x->n; k++) {
        int64_t size = x->x[k]->dims.size[i[AXIS]];
        if (first >= 0 && first < size && last >= 0 && last < size)
            return df_slice_step(x->x[k], (int)i[AXIS], first, i[COUNT], i[STEP]);
        first -= size;
        last -= size;
    }
    return NULL;
}

df_node *df__sum_of_concat(df_graph *g, df_node *y)
{
    const df_node *x = y->x[0];
    if (y->op != &df__op_sum || !is_op(g, x, &df__op_concat) || !(y->attr.i[0] >> x->attr.i[0] & 1))
        return NULL;
    df_node *sum = NULL;
    for (int k = 0; k < x->n; k++) {
        df_node *one = df_axes_sum(x->x[k], y->attr.i[0], y->attr.i[1]);
        sum = sum ? df_add(sum, one) : one;
    }
    return sum;
}
