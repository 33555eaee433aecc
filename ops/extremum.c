/* extremum.c -- the largest and the smallest along axes
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = max of x over the axes in attr.i[0]
 *     dx = dy where x = y, in equal shares if several are, else 0
 *
 * A NaN among them gives NaN. */
#include "ops.h"

DF_REDUCE(largest, y, x, y = (x > y) | (x != x) ? x : y;)
DF_REDUCE(smallest, y, x, y = (x < y) | (x != x) ? x : y;)

static df_node *dx(const df_at *at)
{
    df_node *hit = df_equal(at->x[0], at->y);
    df_node *ties = df_axes_sum(hit, at->attr->i[0], at->attr->i[1]);
    return df_where(hit, df_div(at->dy, ties), df_num_like(at->y, 0));
}

const df_op df__op_max_axis = {
    .abi = DF_OP, .name = "max_axis",  .numpy = "np.max(%0, axis=%x, keepdims=True)",
    .latex = "\\max_{%x}(%0)",         .print = df__reduction_text,
    .kind = DF_REDUCE, .arity = 1,     .shape = df_shape_reduce,
    .reduce = DF_BOTH(largest),        .d = { dx },
    .read = "np.max(%0)",
};
const df_op df__op_min_axis = {
    .abi = DF_OP, .name = "min_axis",  .numpy = "np.min(%0, axis=%x, keepdims=True)",
    .latex = "\\min_{%x}(%0)",         .print = df__reduction_text,
    .kind = DF_REDUCE, .arity = 1,     .shape = df_shape_reduce,
    .reduce = DF_BOTH(smallest),       .d = { dx },
    .read = "np.min(%0)",
};

/* Over sizes of 1 alone x stays as it is. */
static df_node *extremum(const df_op *op, const char *call, df_node *x, int n, const int *axes)
{
    int64_t set = df__axes(call, x, n, axes);
    if (!set)
        return NULL;
    return df__long_axes(x, set) ? df__reduce(op, x, set, false) : x;
}

static df_node *of_all(const df_op *op, df_node *x)
{
    df_dims s = df_shape_of(x);
    return !x || df__is_scalar(s) ? x : df__reduce(op, x, ((int64_t)1 << s.rank) - 1, true);
}

df_node *df_max_axis(df_node *x, int axis)
{
    return extremum(&df__op_max_axis, "max_axis", x, 1, &axis);
}

df_node *df_min_axis(df_node *x, int axis)
{
    return extremum(&df__op_min_axis, "min_axis", x, 1, &axis);
}

df_node *df_max_axes(df_node *x, int n, const int *axes)
{
    return extremum(&df__op_max_axis, "max_axes", x, n, axes);
}

df_node *df_min_axes(df_node *x, int n, const int *axes)
{
    return extremum(&df__op_min_axis, "min_axes", x, n, axes);
}

df_node *df_max_all(df_node *x) { return of_all(&df__op_max_axis, x); }
df_node *df_min_all(df_node *x) { return of_all(&df__op_min_axis, x); }
