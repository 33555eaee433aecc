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
    .latex = "\\max_{%x}(%0)",
    .kind = DF_REDUCE, .arity = 1,     .shape = df_shape_reduce,
    .reduce = DF_BOTH(largest),        .d = { dx },
};
const df_op df__op_min_axis = {
    .abi = DF_OP, .name = "min_axis",  .numpy = "np.min(%0, axis=%x, keepdims=True)",
    .latex = "\\min_{%x}(%0)",
    .kind = DF_REDUCE, .arity = 1,     .shape = df_shape_reduce,
    .reduce = DF_BOTH(smallest),       .d = { dx },
};

static df_node *extremum(const df_op *op, const char *call, df_node *x, int axis)
{
    int64_t axes = df__axis(call, x, axis);
    if (!axes)
        return NULL;
    return df__long_axes(x, axes) ? df_apply(op, &x, 1, &(df_attr){ .i = { axes } }) : x;
}

df_node *df_max_axis(df_node *x, int axis)
{
    return extremum(&df__op_max_axis, "max_axis", x, axis);
}

df_node *df_min_axis(df_node *x, int axis)
{
    return extremum(&df__op_min_axis, "min_axis", x, axis);
}
