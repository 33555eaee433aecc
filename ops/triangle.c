/* triangle.c -- parts of the matrices that the last two axes are: triangles, the diagonal
 *
 * SPDX-License-Identifier: MIT
 *
 *     tril, triu:  y = x at and below, or above, the diagonal attr.i[0] places right of the main
 *                  one, elsewhere 0;                dx = the same part of dy
 *     diag:        y[.., k] = x[.., k, k];          dx = dy on the diagonal of zeros */
#include "ops.h"

#define KERNELS(T, t) \
    DF__INLINE int64_t part_##t(df_block *b, bool upper) \
    { \
        int rank = b->y_dims.rank; \
        int64_t k = b->attr->i[0], outer, p, q = b->y_dims.size[rank - 1], one; \
        df_axis_of_block(b->y_dims, b->rows, rank - 2, &outer, &p, &one); \
        const T *x = b->x[0]; \
        T *y = b->y; \
        for (int64_t r = 0; r < outer * p; r++) \
            for (int64_t j = 0; j < q; j++, x++, y++) { \
                bool keep = upper ? j - r % p >= k : j - r % p <= k; \
                *y = keep ? *x : 0; \
            } \
        return -1; \
    } \
    static int64_t tril_##t(df_block *b) { return part_##t(b, false); } \
    static int64_t triu_##t(df_block *b) { return part_##t(b, true); }
KERNELS(float, f32)
KERNELS(double, f64)

static df_status shape(df_shaping *s)
{
    s->y = s->x[0];
    int m = df_m_axis(s->y);
    if (s->y.rank < 2)
        return df_refuse(s, DF_BAD_SHAPE, "a matrix has two axes");
    if (m >= s->y.rank - 2)
        return df_refuse(s, DF_BAD_SHAPE, "the last two axes are the matrix, and axis %d is m: "
                         "df_moveaxis moves it to the front", m);
    if (s->attr->i[0] < INT32_MIN || s->attr->i[0] > INT32_MAX)
        return df_refuse(s, DF_BAD_VALUE, "there is no diagonal %lld", (long long)s->attr->i[0]);
    return DF_OK;
}

static df_status shape_diag(df_shaping *s)
{
    df_status status = shape(s);
    s->y_type = s->x_type[0];
    if (status == DF_OK && s->y.size[s->y.rank - 1] != s->y.size[s->y.rank - 2])
        return df_refuse(s, DF_BAD_SHAPE, "the last two sizes differ");
    s->y.rank--;
    return status;
}

static void view_diag(const df_node *y, df_view *v)
{
    int last = df_shape_of(y).rank - 1;
    int64_t of_x[DF_RANK];
    df_block_strides(df_shape_of(df_operand(y, 0)), of_x);
    memcpy(v->stride, of_x, sizeof of_x);
    v->stride[last] += of_x[last + 1];
}

static df_node *same_part(const df_at *at)
{
    return df_apply(df_op_of(at->y), (df_node *[]){ at->dy }, 1, at->attr);
}

static df_node *diag_dx(const df_at *at) { return df_diag_matrix(at->dy); }

const df_op df__op_tril = {
    .abi = DF_OP, .name = "tril",  .numpy = "np.tril(%0, %n)",
    .latex = "\\operatorname{tril}_{%n}\\left(%0\\right)",
    .kind = DF_OPAQUE, .arity = 1, .linear = 1,
    .shape = shape,                .block = DF_BOTH(tril),     .d = { same_part },
};
const df_op df__op_triu = {
    .abi = DF_OP, .name = "triu",  .numpy = "np.triu(%0, %n)",
    .latex = "\\operatorname{triu}_{%n}\\left(%0\\right)",
    .kind = DF_OPAQUE, .arity = 1, .linear = 1,
    .shape = shape,                .block = DF_BOTH(triu),     .d = { same_part },
};
const df_op df__op_diag = {
    .abi = DF_OP, .name = "diag",  .numpy = "np.diagonal(%0, axis1=-2, axis2=-1)",
    .latex = "\\operatorname{diag}\\left(%0\\right)",
    .kind = DF_VIEW, .arity = 1,   .linear = 1,                .takes_integers = true,
    .shape = shape_diag,           .view = view_diag,          .d = { diag_dx },
};

static df_node *part(const df_op *op, df_node *x, int64_t k)
{
    return df_apply(op, &x, 1, &(df_attr){ .i = { k } });
}

df_node *df_tril(df_node *x, int64_t k) { return part(&df__op_tril, x, k); }
df_node *df_triu(df_node *x, int64_t k) { return part(&df__op_triu, x, k); }
df_node *df_diag(df_node *x) { return df_apply1(&df__op_diag, x); }

/* In a row of n * n the diagonal is every n + 1-th place. */
df_node *df_diag_matrix(df_node *x)
{
    df_dims s = df_shape_of(x);
    int last = s.rank - 1;
    int64_t n = x ? s.size[last] : 0;
    char text[DF_TEXT];
    if (!x)
        return NULL;
    const char *why = n == DF_M ? "the last axis is m: df_moveaxis moves it to the front"
                      : s.rank == DF_RANK ? "it has 8 axes"
                      : n > INT32_MAX     ? "more elements than memory can hold" : NULL;
    if (why)
        return df_fail(df_graph_of(x), DF_BAD_SHAPE, "diag_matrix: %s: %s",
                       df_describe(x, text, sizeof text), why);
    s.size[s.rank++] = n;
    return df_reshape(df_unslice(x, last, 0, n + 1, n * n), s);
}
