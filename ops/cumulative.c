/* cumulative.c -- running sums along an axis
 *
 * SPDX-License-Identifier: MIT
 *
 *     y[k] = x[0] + ... + x[k] along axis attr.i[0]
 *     dx = the running sum of dy from the other end */
#include "ops.h"

#define KERNELS(T, t) \
    static int64_t cumsum_##t(df_block *b) \
    { \
        int64_t outer, len, inner; \
        df_axis_of_block(b->y_dims, b->rows, (int)b->attr->i[0], &outer, &len, &inner); \
        const T *x = b->x[0]; \
        T *y = b->y; \
        for (int64_t o = 0; o < outer; o++, x += len * inner, y += len * inner) { \
            memcpy(y, x, (size_t)inner * sizeof *y); \
            for (int64_t k = inner; k < len * inner; k++) \
                y[k] = y[k - inner] + x[k]; \
        } \
        return -1; \
    }
KERNELS(float, f32)
KERNELS(double, f64)

static df_status shape(df_shaping *s)
{
    int64_t axis = s->attr->i[0];
    s->y = s->x[0];
    if (axis < 0 || axis >= s->y.rank)
        return df_refuse(s, DF_BAD_SHAPE, "there is no axis %lld", (long long)axis);
    if (s->y.size[axis] == DF_M)
        return df_refuse(s, DF_BAD_SHAPE, "axis %d is m, whose examples have no order in a graph: "
                         "give a sequence an axis of its own", (int)axis);
    return DF_OK;
}

static df_node *dx(const df_at *at)
{
    int axis = (int)at->attr->i[0];
    return df_flip(df_cumsum(df_flip(at->dy, axis), axis), axis);
}

const df_op df__op_cumsum = {
    .abi = DF_OP, .name = "cumsum", .numpy = "np.cumsum(%0, axis=%n)",
    .latex = "\\operatorname{cumsum}\\left(%0\\right)",
    .kind = DF_OPAQUE, .arity = 1,  .linear = 1,
    .shape = shape,                 .block = DF_BOTH(cumsum),  .d = { dx },
};

df_node *df_cumsum(df_node *x, int axis)
{
    int at = df__axis_of(df__axis("cumsum", x, axis));
    return at < 0 ? NULL : df_apply(&df__op_cumsum, &x, 1, &(df_attr){ .i = { at } });
}
