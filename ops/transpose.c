/* transpose.c -- axes in another order
 *
 * SPDX-License-Identifier: MIT
 *
 *     axis j of y is axis attr.axes[0][j] of x;      dx = dy with the axes put back */
#include "ops.h"

static df_status shape(df_shaping *s)
{
    const int8_t *from = s->attr->axes[0];
    int seen = 0;
    s->y = s->x[0];
    s->y_type = s->x_type[0];
    for (int j = 0; j < s->y.rank; j++) {
        if (from[j] < 0 || from[j] >= s->y.rank || seen >> from[j] & 1)
            return df_refuse(s, DF_BAD_CALL, "the axes are no permutation");
        seen |= 1 << from[j];
        s->y.size[j] = s->x[0].size[from[j]];
    }
    return DF_OK;
}

static void view(const df_node *y, df_view *v)
{
    int64_t of_x[DF_RANK];
    df_block_strides(df_shape_of(df_operand(y, 0)), of_x);
    for (int j = 0; j < df_shape_of(y).rank; j++)
        v->stride[j] = of_x[df_attr_of(y)->axes[0][j]];
}

static df_node *permuted(df_node *x, const int8_t from[DF_RANK]);

static df_node *dx(const df_at *at)
{
    int8_t back[DF_RANK] = { 0 };
    for (int j = 0; j < df_shape_of(at->y).rank; j++)
        back[at->attr->axes[0][j]] = (int8_t)j;
    return permuted(at->dy, back);
}

/* x.T reverses all axes. */
static int transpose_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    const int8_t *from = df_attr_of(y)->axes[0];
    int rank = df_shape_of(y).rank, at;
    bool reversed = true;
    for (int j = 0; j < rank; j++)
        reversed = reversed && from[j] == rank - 1 - j;
    if (reversed || how != DF_NUMPY) {
        snprintf(text, DF_TEXT, how == DF_NUMPY ? "%%0.T" : "%%0^{\\top}");
        return DF_AT_POWER;
    }
    at = snprintf(text, DF_TEXT, "np.transpose(%%0, (");
    for (int j = 0; j < rank; j++)
        at += snprintf(text + at, (size_t)(DF_TEXT - at), "%d%s", from[j],
                       j + 1 < rank ? ", " : "))");
    return 0;
}

const df_op df__op_transpose = {
    .abi = DF_OP, .name = "transpose", .print = transpose_text, .kind = DF_VIEW, .arity = 1,
    .linear = 1,                       .takes_integers = true,
    .level = DF_AT_POWER,              .shape = shape,          .view = view,    .d = { dx },
    .read = "np.transpose(%0, %p)",
};

static df_node *permuted(df_node *x, const int8_t from[DF_RANK])
{
    df_attr attr = { 0 };
    memcpy(attr.axes[0], from, DF_RANK);
    return df_apply(&df__op_transpose, &x, 1, &attr);
}

df_node *df_transpose_axes(df_node *x, int n, const int *axes)
{
    int8_t from[DF_RANK] = { 0 };
    int rank = df_shape_of(x).rank;
    char text[DF_TEXT];
    if (x && (n != rank || !axes))
        return df_fail(df_graph_of(x), DF_BAD_CALL, "transpose_axes: %s: %d axes given",
                       df_describe(x, text, sizeof text), n);
    for (int j = 0; j < rank; j++) {
        int axis = axes[j] < 0 ? axes[j] + rank : axes[j];
        from[j] = (int8_t)(axis < 0 || axis >= rank ? -1 : axis);
    }
    return permuted(x, from);
}

/* The other axes keep their order. */
df_node *df_moveaxis(df_node *x, int from, int to)
{
    int8_t axes[DF_RANK] = { 0 };
    int rank = df_shape_of(x).rank;
    int a = df__axis_of(df__axis("moveaxis", x, from));
    int b = a < 0 ? -1 : df__axis_of(df__axis("moveaxis", x, to));
    if (a < 0 || b < 0)
        return NULL;
    for (int j = 0, next = 0; j < rank; j++, next++) {
        next += next == a;
        axes[j] = (int8_t)(j == b ? a : next);
        next -= j == b;
    }
    return a == b ? x : permuted(x, axes);
}

df_node *df_transpose(df_node *x)
{
    int8_t from[DF_RANK] = { 0 };
    int rank = df_shape_of(x).rank;
    for (int j = 0; j < rank; j++)
        from[j] = (int8_t)(rank - 1 - j);
    return permuted(x, from);
}
