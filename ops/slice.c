/* slice.c -- a part of an axis, and its counterpart, which puts it back among zeros
 *
 * SPDX-License-Identifier: MIT
 *
 *     slice:   y[k] = x[first + k step], k < n              dx = dy placed among zeros
 *     unslice: y[first + k step] = x[k], elsewhere 0        dx = the slice of dy
 *
 * along axis attr.i[0]; attr.i[1] is first, attr.i[2] step, attr.i[3] the size of y there. A step
 * may be negative: a flip is a slice. */
#include "ops.h"

enum { AXIS, FIRST, STEP, COUNT };

/* Place after place from `first` on lies in 0 .. size - 1; else why says what is wrong. */
static df_status shape_within(df_shaping *s, int64_t size, int64_t n, const char *what)
{
    const int64_t *i = s->attr->i;
    int64_t last;
    if (i[STEP] == 0 || n < 1)
        return df_refuse(s, DF_BAD_VALUE, i[STEP] ? "of no elements" : "the step is 0");
    if (__builtin_mul_overflow(n - 1, i[STEP], &last) ||
        __builtin_add_overflow(last, i[FIRST], &last))
        last = -1;
    if (i[FIRST] >= 0 && i[FIRST] < size && last >= 0 && last < size)
        return DF_OK;
    if (i[STEP] == 1)
        return df_refuse(s, DF_BAD_VALUE, "%lld from %lld on: axis %d%s has %lld", (long long)n,
                         (long long)i[FIRST], (int)i[AXIS], what, (long long)size);
    return df_refuse(s, DF_BAD_VALUE, "%lld from %lld on by steps of %lld: axis %d%s has %lld",
                     (long long)n, (long long)i[FIRST], (long long)i[STEP], (int)i[AXIS], what,
                     (long long)size);
}

static df_status shape_axis(df_shaping *s)
{
    int64_t axis = s->attr->i[AXIS];
    s->y = s->x[0];
    s->y_type = s->x_type[0];
    if (axis < 0 || axis >= s->y.rank)
        return df_refuse(s, DF_BAD_SHAPE, "there is no axis %lld", (long long)axis);
    if (s->y.size[axis] == DF_M)
        return df_refuse(s, DF_BAD_SHAPE, "axis %d is m, whose examples have no place in a graph: "
                         "df_run_range and df_run_pick choose among them", (int)axis);
    return DF_OK;
}

static df_status shape_slice(df_shaping *s)
{
    df_status status = shape_axis(s);
    if (status != DF_OK)
        return status;
    int64_t *size = &s->y.size[s->attr->i[AXIS]], n = s->attr->i[COUNT];
    status = shape_within(s, *size, n, "");
    *size = n;
    return status;
}

static df_status shape_unslice(df_shaping *s)
{
    df_status status = shape_axis(s);
    if (status != DF_OK)
        return status;
    int64_t *size = &s->y.size[s->attr->i[AXIS]], n = *size;
    *size = s->attr->i[COUNT];
    return shape_within(s, *size, n, " of the result");
}

static void view(const df_node *y, df_view *v)
{
    const int64_t *i = df_attr_of(y)->i;
    df_block_strides(df_shape_of(df_operand(y, 0)), v->stride);
    v->offset = i[FIRST] * v->stride[i[AXIS]];
    v->stride[i[AXIS]] *= i[STEP];
}

#define KERNELS(T, t) \
    static int64_t unslice_##t(df_block *b) \
    { \
        const int64_t *i = b->attr->i; \
        int64_t outer, size, inner, n = b->x_dims[0].size[i[AXIS]]; \
        df_axis_of_block(b->y_dims, b->rows, (int)i[AXIS], &outer, &size, &inner); \
        const T *x = b->x[0]; \
        T *y = b->y; \
        memset(y, 0, (size_t)(outer * size * inner) * sizeof *y); \
        for (int64_t o = 0; o < outer; o++, y += size * inner) \
            for (int64_t k = 0; k < n; k++, x += inner) \
                memcpy(y + (i[FIRST] + k * i[STEP]) * inner, x, (size_t)inner * sizeof *x); \
        return -1; \
    }
KERNELS(float, f32)
KERNELS(double, f64)

static df_node *apply(const df_op *op, df_node *x, int64_t axis, int64_t first, int64_t step,
                      int64_t n)
{
    return df_apply(op, &x, 1, &(df_attr){ .i = { axis, first, step, n } });
}

static df_node *slice_dx(const df_at *at)
{
    const int64_t *i = at->attr->i;
    return apply(&df__op_unslice, at->dy, i[AXIS], i[FIRST], i[STEP],
                 df_shape_of(at->x[0]).size[i[AXIS]]);
}

static df_node *unslice_dx(const df_at *at)
{
    const int64_t *i = at->attr->i;
    return apply(&df__op_slice, at->dy, i[AXIS], i[FIRST], i[STEP],
                 df_shape_of(at->x[0]).size[i[AXIS]]);
}

/* first:stop:step; a stop before the first element is left out. */
static int range_text(const int64_t *i, char *text, size_t size)
{
    int64_t stop = i[FIRST] + (i[COUNT] - 1) * i[STEP] + (i[STEP] > 0 ? 1 : -1);
    int at = snprintf(text, size, "%lld:", (long long)i[FIRST]);
    if (stop >= 0)
        at += snprintf(text + at, size - (size_t)at, "%lld", (long long)stop);
    if (i[STEP] != 1)
        at += snprintf(text + at, size - (size_t)at, ":%lld", (long long)i[STEP]);
    return at;
}

/* X[:, 2:5] */
static int slice_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    const int64_t *i = df_attr_of(y)->i;
    int at = snprintf(text, DF_TEXT, how == DF_NUMPY ? "%%0[" : "\\left[%%0\\right]_{");
    for (int j = 0; j < i[AXIS]; j++)
        at += snprintf(text + at, (size_t)(DF_TEXT - at), ":, ");
    at += range_text(i, text + at, (size_t)(DF_TEXT - at));
    snprintf(text + at, (size_t)(DF_TEXT - at), how == DF_NUMPY ? "]" : "}");
    return how == DF_NUMPY ? 0 : DF_AT_POWER;
}

/* np.pad(X, ((0, 0), (1, 2))); with other steps a function of the prelude. */
static int unslice_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    const int64_t *i = df_attr_of(y)->i;
    int64_t n = df_shape_of(df_operand(y, 0)).size[i[AXIS]];
    int rank = df_shape_of(y).rank, at;
    if (how != DF_NUMPY || i[STEP] != 1) {
        snprintf(text, DF_TEXT, how == DF_NUMPY ? "unslice(%%0, %lld, %lld, %lld, %lld)"
                 : "\\operatorname{unslice}\\left(%%0, %lld, %lld, %lld, %lld\\right)",
                 (long long)i[AXIS], (long long)i[FIRST], (long long)i[STEP], (long long)i[COUNT]);
        return 0;
    }
    at = snprintf(text, DF_TEXT, "np.pad(%%0, (");
    for (int j = 0; j < rank; j++) {
        bool here = j == i[AXIS];
        at += snprintf(text + at, (size_t)(DF_TEXT - at), "(%lld, %lld)%s",
                       here ? (long long)i[FIRST] : 0,
                       here ? (long long)(i[COUNT] - i[FIRST] - n) : 0,
                       j + 1 < rank ? ", " : rank > 1 ? "))" : ",))");
    }
    return 0;
}

const df_op df__op_slice = {
    .abi = DF_OP, .name = "slice", .print = slice_text, .kind = DF_VIEW, .arity = 1, .linear = 1,
    .takes_integers = true,
    .shape = shape_slice,          .view = view,        .d = { slice_dx },
};
const df_op df__op_unslice = {
    .abi = DF_OP, .name = "unslice", .print = unslice_text, .kind = DF_OPAQUE, .arity = 1,
    .linear = 1,
    .prelude = "def unslice(x, axis, first, step, n):\n"
               "    y = np.zeros(x.shape[:axis] + (n,) + x.shape[axis + 1:])\n"
               "    at = first + step * np.arange(x.shape[axis])\n"
               "    y[(slice(None),) * axis + (at,)] = x\n"
               "    return y\n",
    .shape = shape_unslice,          .block = DF_BOTH(unslice), .d = { unslice_dx },
};

/* ---- calls ----------------------------------------------------------------------------------- */

/* All of an axis in its order is x itself. */
df_node *df__slice(const char *call, df_node *x, int axis, int64_t first, int64_t n, int64_t step)
{
    int at = df__axis_of(df__axis(call, x, axis));
    if (at < 0)
        return NULL;
    bool all = first == 0 && step == 1 && n == df_shape_of(x).size[at];
    return all ? x : apply(&df__op_slice, x, at, first, step, n);
}

df_node *df_slice(df_node *x, int axis, int64_t first, int64_t n)
{
    return df__slice("slice", x, axis, first, n, 1);
}

df_node *df_slice_step(df_node *x, int axis, int64_t first, int64_t n, int64_t step)
{
    return df__slice("slice_step", x, axis, first, n, step);
}

df_node *df_flip(df_node *x, int axis)
{
    int at = df__axis_of(df__axis("flip", x, axis));
    char text[DF_TEXT];
    if (at < 0)
        return NULL;
    int64_t n = df_shape_of(x).size[at];
    if (n == DF_M)
        return df_fail(df_graph_of(x), DF_BAD_SHAPE,
                       "flip: %s: axis %d is m, whose examples have no order in a graph: "
                       "df_run_pick takes them in any", df_describe(x, text, sizeof text), at);
    return n == 1 ? x : df__slice("flip", x, at, n - 1, n, -1);
}

df_node *df_split(df_node *x, int axis, int64_t parts, int64_t i)
{
    int at = df__axis_of(df__axis("split", x, axis));
    int64_t size = at < 0 ? 0 : df_shape_of(x).size[at];
    char text[DF_TEXT];
    if (at < 0)
        return NULL;
    if (size == DF_M)
        return df__slice("split", x, at, 0, 1, 1);
    if (parts < 1 || size % parts != 0 || i < 0 || i >= parts)
        return df_fail(df_graph_of(x), DF_BAD_VALUE, "split: %s: part %lld of %lld of axis %d",
                       df_describe(x, text, sizeof text), (long long)i, (long long)parts, at);
    return df__slice("split", x, at, i * (size / parts), size / parts, 1);
}

df_node *df_unslice(df_node *x, int axis, int64_t first, int64_t step, int64_t size)
{
    int at = df__axis_of(df__axis("unslice", x, axis));
    return at < 0 ? NULL : apply(&df__op_unslice, x, at, first, step, size);
}

df_node *df_pad(df_node *x, int axis, int64_t before, int64_t after)
{
    int at = df__axis_of(df__axis("pad", x, axis));
    int64_t n = at < 0 ? 0 : df_shape_of(x).size[at];
    char text[DF_TEXT];
    if (at < 0)
        return NULL;
    if (before < 0 || after < 0 || before > INT32_MAX || after > INT32_MAX)
        return df_fail(df_graph_of(x), DF_BAD_VALUE, "pad: %s: %lld before and %lld behind axis %d",
                       df_describe(x, text, sizeof text), (long long)before, (long long)after, at);
    return before + after == 0 && n != DF_M ? x : df_unslice(x, at, before, 1, before + n + after);
}
