/* broadcast.c -- an array stretched to a shape: a size of 1 repeats, a number goes everywhere
 *
 * SPDX-License-Identifier: MIT
 *
 *     dx = the sum of dy over what repeats */
#include "ops.h"

static df_status shape(df_shaping *s)
{
    char text[DF_TEXT];
    s->y_type = s->x_type[0];
    if (df__stretches(s->x[0], s->y))
        return DF_OK;
    return df_refuse(s, DF_BAD_SHAPE, "does not stretch to %s",
                     df__dims_text(s->y, text, sizeof text));
}

static void view(const df_node *y, df_view *v)
{
    df_dims to = df_shape_of(y), from = df_shape_of(df_operand(y, 0));
    df_block_strides(from, v->stride);
    for (int j = 0; j < to.rank; j++)
        if (df__is_scalar(from) || from.size[j] != to.size[j])
            v->stride[j] = 0;
}

static df_node *dx(const df_at *at)
{
    df_dims to = df_shape_of(at->y), from = df_shape_of(at->x[0]);
    int64_t axes = 0;
    for (int j = 0; j < to.rank; j++)
        if (df__is_scalar(from) || from.size[j] != to.size[j])
            axes |= (int64_t)1 << j;
    return df_axes_sum(at->dy, axes, df__is_scalar(from));
}

/* np.broadcast_to(b, (4, m)) */
static int broadcast_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    df_dims to = df_shape_of(y);
    int at = snprintf(text, DF_TEXT, how == DF_NUMPY ? "np.broadcast_to(%%0, (" : "%%0");
    for (int j = 0; j < to.rank && how == DF_NUMPY; j++)
        if (to.size[j] == DF_M)
            at += snprintf(text + at, (size_t)(DF_TEXT - at), "m, ");
        else
            at += snprintf(text + at, (size_t)(DF_TEXT - at), "%lld, ", (long long)to.size[j]);
    if (how == DF_NUMPY)
        snprintf(text + at - (to.rank > 1 ? 2 : 1), (size_t)(DF_TEXT - at), "))");
    return 0;
}

const df_op df__op_broadcast = {
    .abi = DF_OP, .name = "broadcast", .print = broadcast_text, .kind = DF_VIEW, .arity = 1,
    .linear = 1,                       .takes_integers = true,
    .shape = shape,                    .view = view,            .d = { dx },
    .read = "np.broadcast_to(%0, %s)",
};

df_node *df_broadcast(df_node *x, df_dims to)
{
    if (!x || df__dims_equal(df_shape_of(x), to))
        return x;
    return df__make(df_graph_of(x), &df__op_broadcast, &x, 1, NULL, &to);
}
