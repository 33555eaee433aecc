/* reductions.c -- products, norms, variances and counts over axes
 *
 * SPDX-License-Identifier: MIT
 *
 *     prod:      y = product of x over the axes in attr.i[0]
 *                dx = dy times the product of the others, which is right where some are 0
 *     norm:      y = square root of the sum of x^2, without overflow;   dx = dy x / y, 0 at y = 0
 *     variance:  the mean of (x - mean of x)^2, never the difference of two large means
 *
 * The product of the others before a place, and behind it, comes of log2 n steps of slices (Hillis
 * and Steele 1986): no division, so that derivatives of any order are right. Over the examples,
 * which cannot be sliced, zeros are counted instead; there the second derivative between two
 * examples is that of the formula for the first, which is 0 where another factor is 0. */
#include "ops.h"

DF_REDUCE(prod, y, x, y = y * x;)
DF_REDUCE(hypotenuse, y, x, y = HYPOT(y, x);)

/* A single value is its own root of a sum of squares but for the sign. */
#define NORM(T, t) \
    static void norm_##t(int64_t outer, int64_t len, int64_t inner, bool fresh, void *y, \
                         const void *x) \
    { \
        hypotenuse_##t(outer, len, inner, fresh, y, x); \
        DF__LOOP(outer * inner) ((T *)y)[i_] = ABS(((T *)y)[i_]); \
    }
NORM(float, f32)
NORM(double, f64)

/* ---- the product of the others --------------------------------------------------------------- */

/* x moved by k places along the axis, backward if up; what comes in is 1. */
static df_node *shifted(df_node *x, int axis, int64_t k, bool up)
{
    df_dims s = df_shape_of(x);
    int64_t n = s.size[axis];
    s.size[axis] = k;
    df_node *ones = df_broadcast(df_num_like(x, 1), s);
    df_node *rest = df_slice(x, axis, up ? k : 0, n - k);
    return df_concat_list(axis, up ? (df_node *[]){ rest, ones } : (df_node *[]){ ones, rest }, 2);
}

/* For each place the product of all before it, or of all behind it. */
static df_node *product_beside(df_node *x, int axis, bool behind)
{
    int64_t n = df_shape_of(x).size[axis];
    df_node *y = shifted(x, axis, 1, behind);
    for (int64_t k = 1; k < n - 1; k *= 2)
        y = df_mul(y, shifted(y, axis, k, behind));
    return y;
}

static df_node *product_of_other_examples(df_node *x, int axis)
{
    df_node *o = df_num_like(x, 0), *one = df_num_like(x, 1);
    df_node *zero = df_equal(x, o), *zeros = df_sum_axis(zero, axis);
    df_node *rest = df_where(zero, one, x), *all = df_prod_axis(rest, axis);
    return df_where(zero, df_where(df_equal(zeros, one), all, o),
                    df_where(df_equal(zeros, o), df_div(all, rest), o));
}

static df_node *product_of_others(df_node *x, int axis)
{
    if (df_shape_of(x).size[axis] == DF_M)
        return product_of_other_examples(x, axis);
    return df_mul(product_beside(x, axis, false), product_beside(x, axis, true));
}

/* Axis by axis: of the others along the first; those along the second of what the first leaves. */
static df_node *prod_dx(const df_at *at)
{
    df_node *x = at->x[0], *factor[DF_RANK], *dx = at->dy;
    int64_t axes = df__long_axes(x, at->attr->i[0]);
    int n = 0;
    for (int j = 0; j < df_shape_of(at->x[0]).rank; j++)
        if (axes >> j & 1) {
            factor[n++] = product_of_others(x, j);
            x = df_prod_axis(x, j);
        }
    while (n-- > 0)
        dx = df_mul(dx, factor[n]);
    return dx;
}

static df_node *norm_dx(const df_at *at)
{
    df_node *root = df_where(df_equal(at->y, df_num_like(at->y, 0)), df_num_like(at->y, 1), at->y);
    return df_mul(at->dy, df_div(at->x[0], root));
}

/* ---- ops ------------------------------------------------------------------------------------- */

/* Of all elements np.prod(x), which is one number, as y is. */
int df__reduction_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    const df_op *op = df_op_of(y);
    const char *axes = ", axis=%x, keepdims=True";
    snprintf(text, DF_TEXT, "%s", how == DF_NUMPY ? op->numpy : op->latex);
    char *at = df_attr_of(y)->i[1] ? strstr(text, axes) : NULL;
    if (at)
        memmove(at, at + strlen(axes), strlen(at + strlen(axes)) + 1);
    return 0;
}

const df_op df__op_prod = {
    .abi = DF_OP, .name = "prod",  .numpy = "np.prod(%0, axis=%x, keepdims=True)",
    .latex = "\\prod_{%x}\\left(%0\\right)",                  .print = df__reduction_text,
    .kind = DF_REDUCE, .arity = 1, .shape = df_shape_reduce,
    .reduce = DF_BOTH(prod),       .d = { prod_dx },
    .read = "np.prod(%0)",
};
const df_op df__op_norm = {
    .abi = DF_OP, .name = "norm",  .numpy = "norm(%0, axis=%x, keepdims=True)",
    .latex = "\\left\\|%0\\right\\|_{%x}",                     .print = df__reduction_text,
    .prelude = "def norm(x, axis=None, keepdims=False):\n"
               "    top = np.max(np.abs(x), axis=axis, keepdims=True)\n"
               "    top = np.where(top == 0, 1, top)\n"
               "    y = np.sqrt(np.sum((x / top)**2, axis=axis, keepdims=True)) * top\n"
               "    return y if keepdims else y.reshape(1)\n",
    .kind = DF_REDUCE, .arity = 1, .shape = df_shape_reduce,  .cost = 10,
    .reduce = DF_BOTH(norm),       .d = { norm_dx },
    .read = "norm(%0)",
};

/* ---- calls ----------------------------------------------------------------------------------- */

/* The reduction of x over a set of axes; everything: to one number. */
typedef df_node *reduction(df_node *x, int64_t axes, bool everything);

df_node *df__reduce(const df_op *op, df_node *x, int64_t axes, bool everything)
{
    return df_apply(op, &x, 1, &(df_attr){ .i = { axes, everything } });
}

int64_t df__axes(const char *call, df_node *x, int n, const int *axes)
{
    int64_t set = 0;
    char text[DF_TEXT];
    if (x && (n < 1 || !axes))
        df_fail(df_graph_of(x), DF_BAD_CALL, "%s: %s: %d axes given", call,
                df_describe(x, text, sizeof text), n);
    for (int k = 0; axes && k < n; k++) {
        int64_t one = df__axis(call, x, axes[k]);
        if (one & set)
            df_fail(df_graph_of(x), DF_BAD_CALL, "%s: %s: axis %d is given twice", call,
                    df_describe(x, text, sizeof text), axes[k]);
        if (!one || one & set)
            return 0;
        set |= one;
    }
    return set;
}

static df_node *over(const char *call, reduction *f, df_node *x, int n, const int *axes)
{
    int64_t set = df__is_value(call, x) ? df__axes(call, x, n, axes) : 0;
    return set ? f(x, set, false) : NULL;
}

static df_node *all_of(const char *call, reduction *f, df_node *x)
{
    return df__is_value(call, x) ? f(x, ((int64_t)1 << df_shape_of(x).rank) - 1, true) : NULL;
}

/* Over sizes of 1 alone x stays as it is. */
static df_node *prod_over(df_node *x, int64_t axes, bool everything)
{
    if (everything ? df__is_scalar(df_shape_of(x)) : !df__long_axes(x, axes))
        return x;
    return df__reduce(&df__op_prod, x, axes, everything);
}

static df_node *norm_over(df_node *x, int64_t axes, bool everything)
{
    if (everything ? df__is_scalar(df_shape_of(x)) : !df__long_axes(x, axes))
        return df_abs(x);
    return df__reduce(&df__op_norm, x, axes, everything);
}

static df_node *mean_over(df_node *x, int64_t axes, bool everything)
{
    return everything ? df_mean(x) : df__mean_over(x, axes);
}

static df_node *variance_over(df_node *x, int64_t axes, bool everything)
{
    return mean_over(df_square(df_sub(x, mean_over(x, axes, everything))), axes, everything);
}

static df_node *count_over(df_node *x, int64_t axes, bool everything)
{
    return df__sum_over(df_not_equal(x, df_num_like(x, 0)), axes, everything);
}

static df_node *any_over(df_node *x, int64_t axes, bool everything)
{
    return df_not_equal(count_over(x, axes, everything), df_num_like(x, 0));
}

static df_node *all_over(df_node *x, int64_t axes, bool everything)
{
    df_node *o = df_num_like(x, 0);
    return df_equal(df__sum_over(df_equal(x, o), axes, everything), o);
}

/* Of the other axes first, so that what goes over the examples is small. */
static df_node *logsumexp_over(df_node *x, int64_t axes, bool everything)
{
    df_dims s = df_shape_of(x);
    int m = df_m_axis(s);
    for (int j = 0; j < s.rank; j++)
        if (axes >> j & 1 && j != m)
            x = df_logsumexp_axis(x, j);
    if (m >= 0 && axes >> m & 1)
        x = df_logsumexp_axis(x, m);
    return everything ? df_sum(x) : x;
}

df_node *df_sum_axes(df_node *x, int n, const int *axes)
{
    return over("sum_axes", df__sum_over, x, n, axes);
}

df_node *df_mean_axes(df_node *x, int n, const int *axes)
{
    return over("mean_axes", mean_over, x, n, axes);
}

df_node *df_prod(df_node *x) { return all_of("prod", prod_over, x); }
df_node *df_prod_axis(df_node *x, int axis) { return over("prod_axis", prod_over, x, 1, &axis); }
df_node *df_prod_axes(df_node *x, int n, const int *axes)
{
    return over("prod_axes", prod_over, x, n, axes);
}

df_node *df_norm(df_node *x) { return all_of("norm", norm_over, x); }
df_node *df_norm_axis(df_node *x, int axis) { return over("norm_axis", norm_over, x, 1, &axis); }
df_node *df_norm_axes(df_node *x, int n, const int *axes)
{
    return over("norm_axes", norm_over, x, n, axes);
}

df_node *df_variance(df_node *x) { return all_of("variance", variance_over, x); }
df_node *df_variance_axis(df_node *x, int axis)
{
    return over("variance_axis", variance_over, x, 1, &axis);
}
df_node *df_variance_axes(df_node *x, int n, const int *axes)
{
    return over("variance_axes", variance_over, x, n, axes);
}

df_node *df_count(df_node *x) { return all_of("count", count_over, x); }
df_node *df_count_axis(df_node *x, int axis) { return over("count_axis", count_over, x, 1, &axis); }
df_node *df_count_axes(df_node *x, int n, const int *axes)
{
    return over("count_axes", count_over, x, n, axes);
}

df_node *df_any(df_node *x) { return all_of("any", any_over, x); }
df_node *df_any_axis(df_node *x, int axis) { return over("any_axis", any_over, x, 1, &axis); }
df_node *df_any_axes(df_node *x, int n, const int *axes)
{
    return over("any_axes", any_over, x, n, axes);
}

df_node *df_all(df_node *x) { return all_of("all", all_over, x); }
df_node *df_all_axis(df_node *x, int axis) { return over("all_axis", all_over, x, 1, &axis); }
df_node *df_all_axes(df_node *x, int n, const int *axes)
{
    return over("all_axes", all_over, x, n, axes);
}

df_node *df_logsumexp(df_node *x) { return all_of("logsumexp", logsumexp_over, x); }
df_node *df_logsumexp_axes(df_node *x, int n, const int *axes)
{
    return over("logsumexp_axes", logsumexp_over, x, n, axes);
}
