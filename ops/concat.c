/* concat.c -- arrays one behind another along an axis
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = x0, x1, ... along axis attr.i[0];      dx_k = the slice of dy that x_k is
 *
 * A node has up to four operands; longer lists are concatenations of concatenations. */
#include "ops.h"

/* Of operand k of n, that it goes with the first. */
static df_status shape_next(df_shaping *s, int k, int64_t axis)
{
    df_dims x = s->x[k];
    char a[DF_TEXT], b[DF_TEXT];
    bool same = x.rank == s->x[0].rank;
    for (int j = 0; same && j < x.rank; j++)
        same = j == axis || x.size[j] == s->x[0].size[j];
    if (!same)
        return df_refuse(s, DF_BAD_SHAPE, "%.64s and %.64s differ beside axis %d",
                         df__dims_text(s->x[0], a, sizeof a), df__dims_text(x, b, sizeof b),
                         (int)axis);
    if (s->x_type[k] != s->x_type[0])
        return df_refuse(s, DF_BAD_TYPE, "numbers and integers: df_float makes them alike");
    if (__builtin_add_overflow(s->y.size[axis], x.size[axis], &s->y.size[axis]))
        return df_refuse(s, DF_BAD_SHAPE, "more elements than memory can hold");
    return DF_OK;
}

static df_status shape(df_shaping *s)
{
    int64_t *axis = &s->attr->i[0];
    s->y = s->x[0];
    s->y_type = s->x_type[0];
    *axis += *axis < 0 ? s->y.rank : 0;
    if (*axis < 0 || *axis >= s->y.rank)
        return df_refuse(s, DF_BAD_SHAPE, "there is no such axis");
    if (s->y.size[*axis] == DF_M)
        return df_refuse(s, DF_BAD_SHAPE, "axis %d is m, of which a graph has one: "
                         "bind one array that holds all examples", (int)*axis);
    df_status status = DF_OK;
    for (int k = 1; k < s->n && status == DF_OK; k++)
        status = shape_next(s, k, *axis);
    return status;
}

/* Bytes are copied, so that integers are as good as numbers. */
static int64_t concat(df_block *b)
{
    int64_t outer, all, len, inner;
    size_t size = b->y_type == DF_FLOAT32 ? sizeof(float) : sizeof(double);
    int axis = (int)b->attr->i[0];
    df_axis_of_block(b->y_dims, b->rows, axis, &outer, &all, &inner);
    char *y = b->y;
    for (int k = 0; k < b->n; k++) {
        const char *x = b->x[k];
        df_axis_of_block(b->x_dims[k], b->rows, axis, &outer, &len, &inner);
        size_t run = (size_t)(len * inner) * size;
        for (int64_t o = 0; o < outer; o++)
            memcpy(y + (size_t)(o * all * inner) * size, x + (size_t)o * run, run);
        y += run;
    }
    return -1;
}

/* What dy holds of operand k. */
static df_node *part(const df_at *at, int k)
{
    int axis = (int)at->attr->i[0];
    int64_t first = 0;
    for (int j = 0; j < k; j++)
        first += df_shape_of(at->x[j]).size[axis];
    return df_slice(at->dy, axis, first, df_shape_of(at->x[k]).size[axis]);
}

static df_node *d0(const df_at *at) { return part(at, 0); }
static df_node *d1(const df_at *at) { return part(at, 1); }
static df_node *d2(const df_at *at) { return part(at, 2); }
static df_node *d3(const df_at *at) { return part(at, 3); }

static int concat_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    int axis = (int)df_attr_of(y)->i[0], n = df_operands(y);
    int at = snprintf(text, DF_TEXT, how == DF_NUMPY ? "np.concatenate((" : "\\left[");
    for (int k = 0; k < n; k++)
        at += snprintf(text + at, (size_t)(DF_TEXT - at), "%s%%%d", k ? ", " : "", k);
    snprintf(text + at, (size_t)(DF_TEXT - at),
             how == DF_NUMPY ? "), axis=%d)" : "\\right]_{\\text{axis }%d}", axis);
    return 0;
}

const df_op df__op_concat = {
    .abi = DF_OP, .name = "concat", .print = concat_text, .kind = DF_OPAQUE, .arity = -1,
    .takes_integers = true,
    .shape = shape,                 .block = { concat, concat }, .d = { d0, d1, d2, d3 },
    .read = "np.concatenate((%0, %1), axis=%n)\nnp.concatenate((%0, %1, %2), axis=%n)\n"
            "np.concatenate((%0, %1, %2, %3), axis=%n)",
};

/* The depth is the logarithm of n. */
df_node *df_concat_list(int axis, df_node *const *x, int n)
{
    df_node *part[DF_ARITY];
    int parts = 0, each = (n + DF_ARITY - 1) / DF_ARITY;
    if (n <= 1)
        return n == 1 ? x[0] : NULL;
    if (n <= DF_ARITY)
        return df_apply(&df__op_concat, x, n, &(df_attr){ .i = { axis } });
    for (int at = 0; at < n; at += each)
        part[parts++] = df_concat_list(axis, x + at, n - at < each ? n - at : each);
    return df_concat_list(axis, part, parts);
}

/* Each with a new axis there. */
df_node *df_stack_list(int axis, df_node *const *x, int n)
{
    df_node *part[DF_ARITY];
    int parts = 0, each = n > DF_ARITY ? (n + DF_ARITY - 1) / DF_ARITY : 1;
    df_dims s = n > 0 ? df_shape_of(x[0]) : (df_dims){ 0 };
    if (n <= 1)
        return n == 1 ? df_expand(x[0], axis) : NULL;
    int at = axis < 0 ? axis + s.rank + 1 : axis;
    for (int k = 0; k < n; k += each)
        part[parts++] = df_stack_list(at, x + k, n - k < each ? n - k : each);
    return df_concat_list(at, part, parts);
}
