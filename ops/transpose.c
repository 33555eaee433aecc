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
    for (int j = 0; j < s->y.rank; j++) {
        if (from[j] < 0 || from[j] >= s->y.rank || seen >> from[j] & 1)
            return df_refuse(s, DF_BAD_CALL, "the axes are no permutation");
        seen |= 1 << from[j];
        s->y.size[j] = s->x[0].size[from[j]];
    }
    return DF_OK;
}

static void view(const df_node *y, int axis[DF_RANK])
{
    for (int j = 0; j < DF_RANK; j++)
        axis[j] = df_attr_of(y)->axes[0][j];
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
    .linear = 1,
    .level = DF_AT_POWER,              .shape = shape,          .view = view,    .d = { dx },
};

static df_node *permuted(df_node *x, const int8_t from[DF_RANK])
{
    df_attr attr = { 0 };
    memcpy(attr.axes[0], from, DF_RANK);
    return df_apply(&df__op_transpose, &x, 1, &attr);
}

df_node *df_transpose(df_node *x)
{
    int8_t from[DF_RANK] = { 0 };
    int rank = df_shape_of(x).rank;
    for (int j = 0; j < rank; j++)
        from[j] = (int8_t)(rank - 1 - j);
    return permuted(x, from);
}
