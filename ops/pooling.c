/* pooling.c -- the elements of sliding windows as an axis, and what is made of them
 *
 * SPDX-License-Identifier: MIT
 *
 *     windows:      y[c, q, i, j] = x[c, i stride + a - padding, j stride + b - padding],
 *                   q = (a, b) in a window, fill where that is outside      dx = windows_sum of dy
 *     windows_sum:  each element back to its place, added up                dx = windows of dy
 *
 * A pool is a maximum or a mean over that axis, so its derivatives are those of maximum and mean.
 * attr.i: stride, padding; attr.f: fill, size. */
#include "window.h"

enum { FILL, SIZE };             /* in attr.f */

df__windows df__windows_of(df_dims x, int64_t h, int64_t w, int64_t stride, int64_t padding,
                           int64_t dilation)
{
    int rank = x.rank - (df_m_axis(x) >= 0);
    df__windows of = {
        .h = { 1, 1, 1, 1, 0, 1 },
        .w = { x.size[df__matrix_axis(x, 0)], w, 0, stride, padding, dilation },
        .channels = x.size[df__matrix_axis(x, rank - 1)],
    };
    if (rank == 3)
        of.h = (df__slide){ x.size[df__matrix_axis(x, 1)], h, 0, stride, padding, dilation };
    for (df__slide *s = &of.h; s <= &of.w; s++)
        s->places = df__places(s->size, s->window, s->stride, s->padding, s->dilation);
    return of;
}

df_status df__check_image(df_shaping *s, int k, int rank)
{
    df_dims x = s->x[k];
    int m = df_m_axis(x), is = x.rank - (m >= 0);
    if (rank ? is != rank : is != 2 && is != 3)
        return df_refuse(s, DF_BAD_SHAPE, "operand %d must be %s", k + 1,
                         rank == 2   ? "(channels x width)"
                         : rank == 3 ? "(channels x height x width)"
                                     : "(channels x width) or (channels x height x width)");
    if (m > 0 && m < x.rank - 1)
        return df_refuse(s, DF_BAD_SHAPE,
                         "m stands between other axes: it must be the first or last");
    return DF_OK;
}

df_status df__check_slide(df_shaping *s, int64_t dilation)
{
    int64_t stride = s->attr->i[STRIDE], padding = s->attr->i[PADDING];
    if (stride < 1 || padding < 0 || dilation < 1 || stride > INT32_MAX || padding > INT32_MAX ||
        dilation > INT32_MAX)
        return df_refuse(s, DF_BAD_VALUE, "a stride of %lld, padding of %lld, dilation of %lld",
                         (long long)stride, (long long)padding, (long long)dilation);
    return DF_OK;
}

/* ---- kernels --------------------------------------------------------------------------------- */

static df__windows pools_of(df_dims x, const df_attr *attr)
{
    int64_t size = (int64_t)attr->f[SIZE];
    return df__windows_of(x, size, size, attr->i[STRIDE], attr->i[PADDING], 1);
}

#define KERNELS(T, t) \
    DF__PATCHES(T, t) \
    DF_CLONES static int64_t windows_##t(df_block *b) \
    { \
        df__windows of = pools_of(b->x_dims[0], b->attr); \
        int64_t one = df__per_example(b->x_dims[0]), all = df__per_example(b->y_dims); \
        int64_t places = of.h.places * of.w.places; \
        for (int64_t r = 0; r < b->rows; r++) \
            patches_##t(&of, 0, of.h.places, (const T *)b->x[0] + r * one, (T)b->attr->f[FILL], \
                        (T *)b->y + r * all, places, 1); \
        return -1; \
    } \
    DF_CLONES static int64_t windows_sum_##t(df_block *b) \
    { \
        df__windows of = pools_of(b->y_dims, b->attr); \
        int64_t one = df__per_example(b->y_dims), all = df__per_example(b->x_dims[0]); \
        int64_t places = of.h.places * of.w.places; \
        memset(b->y, 0, (size_t)(b->rows * one) * sizeof(T)); \
        for (int64_t r = 0; r < b->rows; r++) \
            gather_##t(&of, 0, of.h.places, (const T *)b->x[0] + r * all, places, \
                       (T *)b->y + r * one); \
        return -1; \
    }
KERNELS(float, f32)
KERNELS(double, f64)

/* ---- shapes ---------------------------------------------------------------------------------- */

/* The shape of windows of x; false: they do not fit. */
static bool windows_shape(df_dims x, const df_attr *attr, df_dims *y)
{
    df__windows of = pools_of(x, attr);
    int first = df_m_axis(x) == 0;
    if (of.h.places < 1 || of.w.places < 1)
        return false;
    *y = x;
    memmove(y->size + first + 2, y->size + first + 1,
            (size_t)(x.rank - first - 1) * sizeof *y->size);
    y->rank++;
    y->size[first + 1] = of.h.window * of.w.window;
    y->size[df__matrix_axis(*y, 0)] = of.w.places;
    if (x.rank - (df_m_axis(x) >= 0) == 3)
        y->size[df__matrix_axis(*y, 1)] = of.h.places;
    return true;
}

static df_status check_size(df_shaping *s)
{
    double size = s->attr->f[SIZE];
    if (!(size >= 1 && size <= INT16_MAX && size == (double)(int64_t)size))
        return df_refuse(s, DF_BAD_VALUE, "windows of size %g", size);
    df_status status = df__check_slide(s, 1);
    if (status == DF_OK && (double)s->attr->i[PADDING] >= size)
        return df_refuse(s, DF_BAD_VALUE, "a padding of %lld makes windows of size %g empty",
                         (long long)s->attr->i[PADDING], size);
    return status;
}

static df_status shape(df_shaping *s)
{
    df_status status = df__check_image(s, 0, 0);
    if (status == DF_OK)
        status = check_size(s);
    if (status == DF_OK && !windows_shape(s->x[0], s->attr, &s->y))
        return df_refuse(s, DF_BAD_SHAPE, "windows of size %g are larger than the image",
                         s->attr->f[SIZE]);
    return status;
}

/* s->y is what is asked for: the image. */
static df_status shape_sum(df_shaping *s)
{
    const df_dims *x = s->x;
    df_dims want;
    s->x = &s->y;
    df_status status = df__check_image(s, 0, 0);
    s->x = x;
    if (status == DF_OK)
        status = check_size(s);
    if (status == DF_OK &&
        (!windows_shape(s->y, s->attr, &want) || !df__dims_equal(want, x[0])))
        return df_refuse(s, DF_BAD_SHAPE, "these are not the windows of such an image");
    return status;
}

/* ---- ops ------------------------------------------------------------------------------------- */

static df_node *windows_dx(const df_at *at)
{
    df_dims s = df_shape_of(at->x[0]);
    df_attr attr = *at->attr;
    attr.f[FILL] = 0;
    return df__make(at->g, &df__op_windows_sum, &at->dy, 1, &attr, &s);
}

static df_node *sum_dx(const df_at *at)
{
    return df_apply(&df__op_windows, &at->dy, 1, at->attr);
}

/* The size of a window, for each axis it slides along. */
#define ARGUMENTS(size) "size=" size ", stride=%n, padding=%j"
#define LINE ARGUMENTS("(%l,)")
#define IMAGE ARGUMENTS("(%l, %l)")

static int windows_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    df_dims x = df_shape_of(df_operand(y, 0));
    bool image = x.rank - (df_m_axis(x) >= 0) == 3;
    return df__matrix_text(y, how, image ? "windows(%0, " IMAGE ", fill=%k)"
                                         : "windows(%0, " LINE ", fill=%k)",
                           "\\operatorname{windows}_{%l}(%0)", text);
}

static int sum_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    df_dims s = df_shape_of(y);
    int m = df_m_axis(s);
    bool image = s.rank - (m >= 0) == 3;
    char form[DF_TEXT];
    snprintf(form, sizeof form, "windows_sum(%%0, %s, %s)", m > 0 ? "np.roll(%s, 1)" : "%s",
             image ? IMAGE : LINE);
    return df__matrix_text(y, how, form, "\\operatorname{windows}_{%l}^{\\top}(%0)", text);
}

static const char prelude[] =
    "def windows_at(shape, size, stride):\n"
    "    places = [(n - k) // stride + 1 for n, k in zip(shape, size)]\n"
    "    for q in np.ndindex(*size):\n"
    "        yield (...,) + tuple(slice(a, a + stride * (n - 1) + 1, stride)\n"
    "                             for a, n in zip(q, places))\n"
    "def windows(x, size, stride, padding, fill):\n"
    "    d = len(size)\n"
    "    room = [(0, 0)] * (x.ndim - d) + [(padding, padding)] * d\n"
    "    x = np.pad(x * 1.0, room, constant_values=fill)\n"
    "    at = windows_at(x.shape[-d:], size, stride)\n"
    "    return np.stack([x[i] for i in at], axis=x.ndim - d)\n"
    "def windows_sum(y, shape, size, stride, padding):\n"
    "    d = len(size)\n"
    "    inner = [n + 2 * padding for n in shape[-d:]]\n"
    "    x = np.zeros([*shape[:-d], *inner])\n"
    "    for k, i in enumerate(windows_at(inner, size, stride)):\n"
    "        x[i] += np.take(y, k, axis=-1 - d)\n"
    "    return x[(...,) + tuple(slice(padding, n - padding) for n in inner)]\n";

#define READ_SUM(sizes) \
    "windows_sum(%0, %s, " sizes ")\n" \
    DF__LAST("windows_sum(" DF__FIRST("%0") ", np.roll(%s, 1), " sizes ")")

const df_op df__op_windows = {
    .abi = DF_OP, .name = "windows", .print = windows_text, .prelude = prelude,
    .kind = DF_OPAQUE, .arity = 1,
    .read = DF__READ1("windows", ", " LINE ", fill=%k") "\n"
            DF__READ1("windows", ", " IMAGE ", fill=%k"),
    .shape = shape,                  .block = DF_BOTH(windows), .d = { windows_dx },
};
const df_op df__op_windows_sum = {
    .abi = DF_OP, .name = "windows_sum", .print = sum_text, .prelude = prelude, .kind = DF_OPAQUE,
    .arity = 1,                      .linear = 1,
    .read = READ_SUM(LINE) "\n" READ_SUM(IMAGE),
    .shape = shape_sum,              .block = DF_BOTH(windows_sum), .d = { sum_dx },
};

df_node *df_windows(df_node *x, int64_t size, int64_t stride, int64_t padding, double fill)
{
    df_attr attr = { .i = { stride, padding }, .f = { fill, (double)size } };
    return df_apply(&df__op_windows, &x, 1, &attr);
}

df_node *df_windows_sum(df_node *y, df_dims image, int64_t size, int64_t stride, int64_t padding)
{
    df_attr attr = { .i = { stride, padding }, .f = { 0, (double)size } };
    return y ? df__make(df_graph_of(y), &df__op_windows_sum, &y, 1, &attr, &image) : NULL;
}

/* The axis of a window's elements, behind the channels, goes. */
static df_node *pooled(df_node *windows, df_node *reduce(df_node *, int))
{
    df_dims s = df_shape_of(windows);
    int axis = df_m_axis(s) == 0 ? 2 : 1;
    df_node *y = windows ? reduce(windows, axis) : NULL;
    if (!y)
        return NULL;
    memmove(s.size + axis, s.size + axis + 1, (size_t)(s.rank - axis - 1) * sizeof *s.size);
    s.rank--;
    return df_reshape(y, s);
}

df_node *df_max_pool(df_node *x, int64_t size, int64_t stride, int64_t padding)
{
    return pooled(df_windows(x, size, stride, padding, padding ? -HUGE_VAL : 0), df_max_axis);
}

df_node *df_mean_pool(df_node *x, int64_t size, int64_t stride, int64_t padding)
{
    return pooled(df_windows(x, size, stride, padding, 0), df_mean_axis);
}
