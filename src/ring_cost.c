/* ring_cost.c -- what a node costs the ring, and how long it would be in print
 *
 * SPDX-License-Identifier: MIT
 *
 * The first decides between equal forms, the second between those of one cost. */
#include "polynomial.h"

enum { UNIT = 400, SINGLE = 100 };

int64_t df__node_cost(const df_op *op, double k, df_dims dims)
{
    double cost = op->cost ? op->cost : 1;
    if (op->kind == DF_SOURCE || op->kind == DF_VIEW)
        return 0;
    if (op->kind == DF_CONTRACT)
        cost = 50;
    if (op->algebra == DF_POWER && k == 2)
        cost = 1;
    return df__is_scalar(dims) ? UNIT / SINGLE : llround(cost * UNIT);
}

int df__size(const df_node *x, int depth)
{
    int size = x->op->kind == DF_VIEW ? 0 : x->op->algebra == DF_POWER ? 2 : 1;
    for (int i = 0; depth > 0 && i < x->n; i++)
        size += df__size(x->x[i], depth - 1);
    return size ? size : 1;
}

bool df__takes_numbers(const df_op *op)
{
    return op->kind == DF_REDUCE || op->kind == DF_CONTRACT;
}

bool df__costs_nothing(const df_op *op, const df_dims *a, const df_op *a_op, const df_dims *b,
                       const df_op *b_op)
{
    return op->algebra == DF_PRODUCT &&
           ((df__is_scalar(*a) && df__takes_numbers(b_op)) ||
            (df__is_scalar(*b) && df__takes_numbers(a_op)));
}

const df__near *df__near_of(const df__scratch *s, const df_node *x)
{
    for (int i = 0; i < s->n_near; i++)
        if (s->near[i].x == x)
            return &s->near[i];
    return NULL;
}
