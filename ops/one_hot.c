/* one_hot.c -- integers made numbers: a class as zeros with a one in its place, or as it is
 *
 * SPDX-License-Identifier: MIT
 *
 *     one_hot:   y is 1 where the index along axis attr.i[1] equals the label, else 0;
 *                attr.i[0] is the number of classes
 *     float:     y = i
 *
 * Neither has a derivative. */
#include "ops.h"

/* Both precisions of both kernels; the label of an element of y is the one at its place with the
 * axis left out. */
#define KERNELS(T, t) \
    static int64_t one_hot_##t(df_block *b) \
    { \
        int64_t outer, classes, inner; \
        df_axis_of_block(b->y_dims, b->rows, (int)b->attr->i[1], &outer, &classes, &inner); \
        T *y = b->y; \
        memset(y, 0, (size_t)(outer * classes * inner) * sizeof *y); \
        for (int64_t r = 0; r < outer * inner; r++) { \
            int64_t label = ((const int64_t *)b->x[0])[r]; \
            if (label < 0 || label >= classes) \
                return refuse_label(b, r / (outer * inner / b->rows), label, classes); \
            y[(r / inner * classes + label) * inner + r % inner] = 1; \
        } \
        return -1; \
    } \
    static int64_t float_##t(df_block *b) \
    { \
        int64_t outer, len, inner; \
        df_axis_of_block(b->x_dims[0], b->rows, 0, &outer, &len, &inner); \
        int64_t n = df_m_axis(b->x_dims[0]) == 0 ? b->rows * inner : outer * len * inner; \
        for (int64_t k = 0; k < n; k++) \
            ((T *)b->y)[k] = (T)((const int64_t *)b->x[0])[k]; \
        return -1; \
    }

static int64_t refuse_label(df_block *b, int64_t example, int64_t label, int64_t classes)
{
    snprintf(b->why, sizeof b->why, "label %lld is not in 0 .. %lld", (long long)label,
             (long long)classes - 1);
    return example;
}

KERNELS(float, f32)
KERNELS(double, f64)

/* The classes take the place of a size of 1, or are a new last axis. */
static df_status shape(df_shaping *s)
{
    int64_t classes = s->attr->i[0], axis = s->attr->i[1];
    s->y = s->x[0];
    if (s->x_type[0] < DF_UINT8)
        return df_refuse(s, DF_BAD_TYPE, "labels are integers: df_input_of declares such data");
    if (classes < 1)
        return df_refuse(s, DF_BAD_VALUE, "the number of classes is %lld", (long long)classes);
    if (axis < 0 || axis > s->y.rank || axis >= DF_RANK ||
        (axis < s->y.rank && s->y.size[axis] != 1))
        return df_refuse(s, DF_BAD_SHAPE, "labels are (m), (1 x m) or (m x 1)");
    if (axis == s->y.rank)
        s->y.rank++;
    s->y.size[axis] = classes;
    return DF_OK;
}

static int one_hot_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    df_dims from = df_shape_of(df_operand(y, 0));
    int axis = (int)df_attr_of(y)->i[1], rank = df_shape_of(y).rank;
    if (how != DF_NUMPY) {
        snprintf(text, DF_TEXT, "\\operatorname{onehot}(%%0)");
        return 0;
    }
    int at = snprintf(text, DF_TEXT, "1.0 * (%%0%s == np.arange(%%n)",
                      from.rank < rank ? "[..., None]" : "");
    if (axis + 1 < rank)
        at += snprintf(text + at, (size_t)(DF_TEXT - at), ".reshape(-1");
    for (int j = axis + 1; j < rank; j++)
        at += snprintf(text + at, (size_t)(DF_TEXT - at), ", 1");
    snprintf(text + at, (size_t)(DF_TEXT - at), axis + 1 < rank ? "))" : ")");
    return DF_AT_PRODUCT;
}

const df_op df__op_one_hot = {
    .abi = DF_OP, .name = "one_hot", .print = one_hot_text, .level = DF_AT_PRODUCT,
    .kind = DF_OPAQUE, .arity = 1,   .takes_integers = true,
    .shape = shape,                  .block = DF_BOTH(one_hot), .d = { df_d_zero },
};
const df_op df__op_float = {
    .abi = DF_OP, .name = "float",   .numpy = "%0.astype(float)", .latex = "%0",
    .level = DF_AT_POWER,
    .kind = DF_OPAQUE, .arity = 1,   .takes_integers = true,
    .shape = df_shape_same,          .block = DF_BOTH(float),   .d = { df_d_zero },
};

df_node *df__one_hot_along(df_node *labels, int axis, int64_t classes)
{
    return df_apply(&df__op_one_hot, &labels, 1, &(df_attr){ .i = { classes, axis } });
}

bool df__is_one_hot_along(const df_node *x, int axis)
{
    return df_op_of(x) == &df__op_one_hot && df_attr_of(x)->i[1] == axis;
}

df_node *df_one_hot(df_node *i, int64_t classes)
{
    df_dims s = df_shape_of(i);
    int axis = s.rank == 1 ? 1 : s.rank != 2 ? -1 : s.size[0] == 1 ? 0 : 1;
    return df__one_hot_along(i, axis, classes);
}

/* What is a number already stays. */
df_node *df_float(df_node *i)
{
    return i && df_type_of(i) >= DF_UINT8 ? df_apply1(&df__op_float, i) : i;
}
