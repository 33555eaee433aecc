/* convolution.c -- convolution of lines and images, and its two transposes
 *
 * SPDX-License-Identifier: MIT
 *
 *     convolve:              y[o,p] = sum over q of K[o,q] x[q,p]
 *     convolve_transposed:   x[q,p] collects K[o,q] y[o,p] over o
 *     convolve_kernel:       K[o,q] = sum over p and the examples of y[o,p] x[q,p]
 *
 * with x[q,p] the element of x that q, one of the kernel's (channel, row, column), meets at place
 * p: window.h. All three are one sum of products K y x with one factor left out, so the derivative
 * of each by its operands is the other two. The kernel's derivative adds up over the examples block
 * by block; what it needs is no more than a block.
 *
 * Each is a matrix product over a strip of rows, whose x[q,p] are first laid out as a matrix in the
 * kernel's scratch: few enough to stay in cache. Dumoulin and Visin, A guide to convolution
 * arithmetic for deep learning, arXiv:1603.07285, 2016. */
#include "window.h"

enum { DILATION, GROUPS };       /* in attr.f */
enum { STRIP = 16384 };          /* numbers of a strip, about */

/* One group: `out` channels from those of `of`; q: elements of the kernel for each of them. */
typedef struct { df__windows of; int64_t groups, out, q, places, strip; } layout;

static layout layout_of(df_dims x, df_dims K, const df_attr *attr)
{
    layout l = { .groups = (int64_t)attr->f[GROUPS] };
    int64_t h = K.rank == 4 ? K.size[2] : 1, w = K.size[K.rank - 1];
    l.of = df__windows_of(x, h, w, attr->i[STRIDE], attr->i[PADDING], (int64_t)attr->f[DILATION]);
    l.of.channels = K.size[1];
    l.out = K.size[0] / l.groups;
    l.q = K.size[1] * h * w;
    l.places = l.of.h.places * l.of.w.places;
    l.strip = l.places ? STRIP / (l.q * l.of.w.places) : 1;
    l.strip = l.strip < 1 ? 1 : l.strip > l.of.h.places ? l.of.h.places : l.strip;
    return l;
}

/* ---- kernels --------------------------------------------------------------------------------- */

/* c (m x n, rows c_row apart) += a b; element (i, k) of a is a[i by_row + k by_column]. In pieces
 * of ROWS x WIDTH, which stay in registers. */
enum { ROWS = 4, WIDTH = 32 };
typedef struct { int64_t m, n, k, by_row, by_column, b_row, c_row; } product;

#define KERNELS(T, t) \
    DF__PATCHES(T, t) \
    DF__INLINE void piece_##t(int64_t rows, int64_t width, const product *p, const T *a, \
                              const T *b, T *c) \
    { \
        T sum[ROWS][WIDTH]; \
        for (int64_t r = 0; r < rows; r++) \
            DF__LOOP(width) sum[r][i_] = c[r * p->c_row + i_]; \
        for (int64_t k = 0; k < p->k; k++) \
            for (int64_t r = 0; r < rows; r++) { \
                T f = a[r * p->by_row + k * p->by_column]; \
                DF__LOOP(width) sum[r][i_] += f * b[k * p->b_row + i_]; \
            } \
        for (int64_t r = 0; r < rows; r++) \
            DF__LOOP(width) c[r * p->c_row + i_] = sum[r][i_]; \
    } \
    DF__INLINE void multiply_##t(const product *p, const T *a, const T *b, T *c) \
    { \
        for (int64_t j = 0; j < p->n; j += WIDTH) \
            for (int64_t i = 0; i < p->m; i += ROWS) { \
                int64_t rows = p->m - i < ROWS ? p->m - i : ROWS; \
                int64_t width = p->n - j < WIDTH ? p->n - j : WIDTH; \
                const T *from = a + i * p->by_row; \
                T *to = c + i * p->c_row + j; \
                if (rows == ROWS && width == WIDTH) \
                    piece_##t(ROWS, WIDTH, p, from, b + j, to); \
                else \
                    piece_##t(rows, width, p, from, b + j, to); \
            } \
    } \
    DF__INLINE void forward_##t(const layout *l, int64_t first, int64_t rows, const T *x, \
                                const T *K, T *col, T *y) \
    { \
        int64_t n = rows * l->of.w.places; \
        patches_##t(&l->of, first, rows, x, 0, col, n, 1); \
        multiply_##t(&(product){ l->out, n, l->q, l->q, 1, n, l->places }, K, col, \
                     y + first * l->of.w.places); \
    } \
    DF__INLINE void backward_##t(const layout *l, int64_t first, int64_t rows, const T *y, \
                                 const T *K, T *col, T *x) \
    { \
        int64_t n = rows * l->of.w.places; \
        memset(col, 0, (size_t)(n * l->q) * sizeof *col); \
        multiply_##t(&(product){ l->q, n, l->out, 1, l->q, l->places, n }, K, \
                     y + first * l->of.w.places, col); \
        gather_##t(&l->of, first, rows, col, n, x); \
    } \
    DF__INLINE void kernel_##t(const layout *l, int64_t first, int64_t rows, const T *x, \
                               const T *y, T *col, T *K) \
    { \
        int64_t n = rows * l->of.w.places; \
        patches_##t(&l->of, first, rows, x, 0, col, 1, l->q); \
        multiply_##t(&(product){ l->out, l->q, n, l->places, 1, l->q, l->q }, \
                     y + first * l->of.w.places, col, K); \
    } \
    /* Of each example and group, strip by strip: which of the three, and its x, K and y. */ \
    DF__INLINE void each_##t(const df_block *b, int which, df_dims dx, const T *x, df_dims dK, \
                             const T *K, const T *y) \
    { \
        layout l = layout_of(dx, dK, b->attr); \
        int64_t size = l.of.channels * l.of.h.size * l.of.w.size; \
        for (int64_t r = 0; r < b->rows * l.groups; r++) { \
            const T *x_r = x + r * size, *K_r = K + r % l.groups * l.out * l.q; \
            const T *y_r = y + r * l.out * l.places; \
            for (int64_t at = 0; at < l.of.h.places; at += l.strip) { \
                int64_t left = l.of.h.places - at, rows = left < l.strip ? left : l.strip; \
                if (which == 0) \
                    forward_##t(&l, at, rows, x_r, K_r, b->scratch, (T *)y_r); \
                else if (which == 1) \
                    backward_##t(&l, at, rows, y_r, K_r, b->scratch, (T *)x_r); \
                else \
                    kernel_##t(&l, at, rows, x_r, y_r, b->scratch, (T *)K_r); \
            } \
        } \
    } \
    DF_CLONES static int64_t convolve_##t(df_block *b) \
    { \
        memset(b->y, 0, (size_t)(b->rows * df__per_example(b->y_dims)) * sizeof(T)); \
        each_##t(b, 0, b->x_dims[0], b->x[0], b->x_dims[1], b->x[1], b->y); \
        return -1; \
    } \
    DF_CLONES static int64_t convolve_transposed_##t(df_block *b) \
    { \
        memset(b->y, 0, (size_t)(b->rows * df__per_example(b->y_dims)) * sizeof(T)); \
        each_##t(b, 1, b->y_dims, b->y, b->x_dims[1], b->x[1], b->x[0]); \
        return -1; \
    } \
    DF_CLONES static int64_t convolve_kernel_##t(df_block *b) \
    { \
        each_##t(b, 2, b->x_dims[0], b->x[0], b->y_dims, b->y, b->x[1]); \
        return -1; \
    }
KERNELS(float, f32)
KERNELS(double, f64)

static int64_t room(const df_node *x, const df_node *K, const df_node *y)
{
    layout l = layout_of(df_shape_of(x), df_shape_of(K), df_attr_of(y));
    return l.q * l.of.w.places * l.strip;
}

static int64_t x_room(const df_node *y) { return room(df_operand(y, 0), df_operand(y, 1), y); }
static int64_t transposed_room(const df_node *y) { return room(y, df_operand(y, 1), y); }
static int64_t kernel_room(const df_node *y) { return room(df_operand(y, 0), y, y); }

/* ---- shapes ---------------------------------------------------------------------------------- */

static df_status check_kernel(df_shaping *s, df_dims K)
{
    double dilation = s->attr->f[DILATION], groups = s->attr->f[GROUPS];
    if (df_m_axis(K) >= 0)
        return df_refuse(s, DF_BAD_SHAPE, "a kernel is the same for all examples, without m");
    if (K.rank != 3 && K.rank != 4)
        return df_refuse(s, DF_BAD_SHAPE,
                         "a kernel is (out x in x width) or (out x in x height x width)");
    if (!(groups >= 1) || groups > (double)K.size[0] || K.size[0] % (int64_t)groups != 0)
        return df_refuse(s, DF_BAD_VALUE, "%lld channels in %g groups", (long long)K.size[0],
                         groups);
    if (K.size[2] > INT32_MAX || K.size[K.rank - 1] > INT32_MAX)
        return df_refuse(s, DF_BAD_SHAPE, "such a kernel is too large");
    return df__check_slide(s, dilation >= 1 && dilation <= INT32_MAX ? (int64_t)dilation : 0);
}

/* What comes of an image x and K: in *y, x's axes with those of y. */
static df_status convolved(df_shaping *s, df_dims x, df_dims K, df_dims *y)
{
    int64_t in = K.size[1] * (int64_t)s->attr->f[GROUPS];
    df__windows of = layout_of(x, K, s->attr).of;
    int channel = df_m_axis(x) == 0;
    if (x.size[channel] != in)
        return df_refuse(s, DF_BAD_SHAPE, "the input has %lld channels, the kernel is for %lld",
                         (long long)x.size[channel], (long long)in);
    if (of.h.places < 1 || of.w.places < 1)
        return df_refuse(s, DF_BAD_SHAPE, "the kernel is larger than the input");
    *y = x;
    y->size[channel] = K.size[0];
    y->size[df__matrix_axis(x, 0)] = of.w.places;
    if (K.rank == 4)
        y->size[df__matrix_axis(x, 1)] = of.h.places;
    return DF_OK;
}

static df_status shape(df_shaping *s)
{
    df_status status = check_kernel(s, s->x[1]);
    if (status == DF_OK)
        status = df__check_image(s, 0, s->x[1].rank - 1);
    return status == DF_OK ? convolved(s, s->x[0], s->x[1], &s->y) : status;
}

/* An array of that shape, convolved with K, has the shape y. */
static df_status check_result(df_shaping *s, df_dims x, df_dims K, df_dims y)
{
    df_dims want;
    char is[DF_TEXT], wanted[DF_TEXT];
    df_status status = convolved(s, x, K, &want);
    if (status == DF_OK && !df__dims_equal(want, y))
        return df_refuse(s, DF_BAD_SHAPE, "the convolution of such an input is %.64s, not %.64s",
                         df__dims_text(want, wanted, sizeof wanted),
                         df__dims_text(y, is, sizeof is));
    return status;
}

/* s->y is what is asked for. */
static df_status shape_transposed(df_shaping *s)
{
    const df_dims *x = s->x;
    df_status status = check_kernel(s, x[1]);
    if (status == DF_OK)
        status = df__check_image(s, 0, x[1].rank - 1);
    s->x = &s->y;
    if (status == DF_OK)
        status = df__check_image(s, 0, x[1].rank - 1);
    s->x = x;
    return status == DF_OK ? check_result(s, s->y, x[1], x[0]) : status;
}

static df_status shape_kernel(df_shaping *s)
{
    df_status status = check_kernel(s, s->y);
    for (int k = 0; k < 2 && status == DF_OK; k++)
        status = df__check_image(s, k, s->y.rank - 1);
    return status == DF_OK ? check_result(s, s->x[0], s->y, s->x[1]) : status;
}

/* ---- derivatives ----------------------------------------------------------------------------- */

static df_node *transposed(df_node *y, df_node *K, df_dims x, const df_attr *attr)
{
    return df__make(df_graph_of(K), &df__op_convolve_transposed, (df_node *[]){ y, K }, 2, attr,
                    &x);
}

static df_node *kernel(df_node *x, df_node *y, df_dims K, const df_attr *attr)
{
    return df__make(df_graph_of(x), &df__op_convolve_kernel, (df_node *[]){ x, y }, 2, attr, &K);
}

static df_node *convolved_with(df_node *x, df_node *K, const df_attr *attr)
{
    return df_apply(&df__op_convolve, (df_node *[]){ x, K }, 2, attr);
}

static df_node *convolve_dx(const df_at *at)
{
    return transposed(at->dy, at->x[1], df_shape_of(at->x[0]), at->attr);
}

static df_node *convolve_dK(const df_at *at)
{
    return kernel(at->x[0], at->dy, df_shape_of(at->x[1]), at->attr);
}

static df_node *transposed_dy(const df_at *at)
{
    return convolved_with(at->dy, at->x[1], at->attr);
}

static df_node *transposed_dK(const df_at *at)
{
    return kernel(at->dy, at->x[0], df_shape_of(at->x[1]), at->attr);
}

static df_node *kernel_dx(const df_at *at)
{
    return transposed(at->x[1], at->dy, df_shape_of(at->x[0]), at->attr);
}

static df_node *kernel_dy(const df_at *at)
{
    return convolved_with(at->x[0], at->dy, at->attr);
}

/* ---- ops ------------------------------------------------------------------------------------- */

#define ARGUMENTS "stride=%n, padding=%j, dilation=%k, groups=%l"

static int convolve_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    return df__matrix_text(y, how, "convolve(%0, %1, " ARGUMENTS ")", "%1 * %0", text);
}

static int transposed_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    bool last = df_m_axis(df_shape_of(y)) > 0;
    return df__matrix_text(y, how,
                           last ? "convolve_transposed(%0, %1, np.roll(%s, 1), " ARGUMENTS ")"
                                : "convolve_transposed(%0, %1, %s, " ARGUMENTS ")",
                           "%1 *^{\\top} %0", text);
}

static int kernel_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    return df__matrix_text(y, how, "convolve_kernel(%0, %1, %s, " ARGUMENTS ")",
                           "%1 *_{K} %0", text);
}

static const char prelude[] =
    "def convolve_at(x, y, K, stride, padding, dilation, groups):\n"
    "    d = K.ndim - 2\n"
    "    x = np.pad(x, [(0, 0)] * (x.ndim - d) + [(padding, padding)] * d)\n"
    "    out = K.shape[0] // groups\n"
    "    for o, *q in np.ndindex(K.shape):\n"
    "        window = tuple(slice(dilation * a, dilation * a + stride * (n - 1) + 1, stride)\n"
    "                       for a, n in zip(q[1:], y.shape[y.ndim - d:]))\n"
    "        c = o // out * K.shape[1] + q[0]\n"
    "        yield (o, *q), (..., c) + window, (..., o) + (slice(None),) * d, x\n"
    "def convolve(x, K, stride, padding, dilation, groups):\n"
    "    d = K.ndim - 2\n"
    "    size = [(n + 2 * padding - dilation * (k - 1) - 1) // stride + 1\n"
    "            for n, k in zip(x.shape[x.ndim - d:], K.shape[2:])]\n"
    "    y = np.zeros([*x.shape[:-1 - d], K.shape[0], *size])\n"
    "    for k, i, j, x in convolve_at(x, y, K, stride, padding, dilation, groups):\n"
    "        y[j] += K[k] * x[i]\n"
    "    return y\n"
    "def convolve_transposed(y, K, shape, stride, padding, dilation, groups):\n"
    "    d = K.ndim - 2\n"
    "    x = np.zeros(shape)\n"
    "    for k, i, j, x in convolve_at(x, y, K, stride, padding, dilation, groups):\n"
    "        x[i] += K[k] * y[j]\n"
    "    return x[(...,) + tuple(slice(padding, padding + n) for n in shape[-d:])]\n"
    "def convolve_kernel(x, y, shape, stride, padding, dilation, groups):\n"
    "    K = np.zeros(shape)\n"
    "    for k, i, j, x in convolve_at(x, y, K, stride, padding, dilation, groups):\n"
    "        K[k] = np.sum(x[i] * y[j])\n"
    "    return K\n";

const df_op df__op_convolve = {
    .abi = DF_OP, .name = "convolve", .print = convolve_text, .prelude = prelude, .kind = DF_OPAQUE,
    .arity = 2,                       .linear = 3,            .cost = 20,
    .read = "convolve(%0, %1, " ARGUMENTS ")\n"
            DF__LAST("convolve(" DF__FIRST("%0") ", %1, " ARGUMENTS ")"),
    .shape = shape,                   .block = DF_BOTH(convolve), .scratch = x_room,
    .d = { convolve_dx, convolve_dK },
};
const df_op df__op_convolve_transposed = {
    .abi = DF_OP, .name = "convolve_transposed", .print = transposed_text, .prelude = prelude,
    .kind = DF_OPAQUE, .arity = 2,    .linear = 3,            .cost = 20,
    .read = "convolve_transposed(%0, %1, %s, " ARGUMENTS ")\n"
            DF__LAST("convolve_transposed(" DF__FIRST("%0") ", %1, np.roll(%s, 1), " ARGUMENTS ")"),
    .shape = shape_transposed,        .block = DF_BOTH(convolve_transposed),
    .scratch = transposed_room,       .d = { transposed_dy, transposed_dK },
};
const df_op df__op_convolve_kernel = {
    .abi = DF_OP, .name = "convolve_kernel", .print = kernel_text, .prelude = prelude,
    .kind = DF_OPAQUE, .arity = 2,    .linear = 3,            .cost = 20, .adds_up = true,
    .read = "convolve_kernel(%0, %1, %s, " ARGUMENTS ")\n"
            "convolve_kernel(" DF__FIRST("%0") ", " DF__FIRST("%1") ", %s, " ARGUMENTS ")",
    .shape = shape_kernel,            .block = DF_BOTH(convolve_kernel), .scratch = kernel_room,
    .d = { kernel_dx, kernel_dy },
};

/* ---- calls ----------------------------------------------------------------------------------- */

static df_attr attr_of(df_window w)
{
    return (df_attr){ .i = { w.stride ? w.stride : 1, w.padding },
                      .f = { (double)(w.dilation ? w.dilation : 1),
                             (double)(w.groups ? w.groups : 1) } };
}

df_node *df_convolve(df_node *x, df_node *K, df_window w)
{
    df_attr attr = attr_of(w);
    return convolved_with(x, K, &attr);
}

df_node *df_convolve_transposed(df_node *y, df_node *K, df_window w, int64_t extra)
{
    df_dims x = df_shape_of(y), of = df_shape_of(K);
    df_attr attr = attr_of(w);
    int spatial = of.rank - 2, channel = df_m_axis(x) == 0;
    if (!df__together("convolve_transposed", y, K))
        return NULL;
    if (extra < 0 || extra >= attr.i[STRIDE] || attr.i[STRIDE] > INT32_MAX)
        return df__refuse_two("convolve_transposed", y, ",", K,
                              "extra must be less than the stride");
    for (int j = 0; j < spatial && df__matrix_axis(x, j) >= 0; j++) {
        int64_t *size = &x.size[df__matrix_axis(x, j)], span;
        if (__builtin_mul_overflow(*size - 1, attr.i[STRIDE], size) ||
            __builtin_mul_overflow(of.size[of.rank - 1 - j] - 1, (int64_t)attr.f[DILATION],
                                   &span) ||
            __builtin_add_overflow(*size, span + 1 + extra - 2 * attr.i[PADDING], size))
            *size = 0;
    }
    if (of.rank > 1 && channel < x.rank)
        x.size[channel] = of.size[1] * (int64_t)attr.f[GROUPS];
    return transposed(y, K, x, &attr);
}

df_node *df_convolve_kernel(df_node *x, df_node *y, df_dims K, df_window w)
{
    df_attr attr = attr_of(w);
    return df__together("convolve_kernel", x, y) ? kernel(x, y, K, &attr) : NULL;
}
