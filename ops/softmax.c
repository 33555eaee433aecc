/* softmax.c -- softmax, the logarithm of its denominator, and its cross-entropy, along an axis
 *
 * SPDX-License-Identifier: MIT
 *
 *     softmax:                 y = e^z / sum e^z            dz = y (dy - sum dy y)
 *     logsumexp:               y = log sum e^z              dz = dy softmax(z)
 *     softmax_cross_entropy:   l = -sum y log softmax(z)    dz = dl (softmax(z) sum y - y)
 *                                                           dy = dl (logsumexp(z) - z)
 *     of classes as integers:  y is one_hot of them, and sum y is 1
 *
 * With M the largest z of a row, log sum e^z is M + log1p of the sum of the other e^(z - M): no
 * power exceeds 1, and a small loss keeps its digits. attr.i[0] is the set of the axis. */
#include "ops.h"

/* ---- kernels --------------------------------------------------------------------------------- */

/* A block as n rows along the axis: value a of row r is at FROM(r) + a * inner. */
typedef struct { int64_t n, len, inner; } rows;

static rows rows_of(const df_block *b)
{
    int64_t outer;
    rows r;
    df_axis_of_block(b->x_dims[0], b->rows, df__axis_of(b->attr->i[0]), &outer, &r.len, &r.inner);
    r.n = outer * r.inner;
    return r;
}

#define FROM(r) ((r) / of.inner * of.len * of.inner + (r) % of.inner)

/* Exponentials are taken of several rows at once, in one long loop that becomes vectors. */
enum { ROWS = 64, ROOM = 1024 };

static int64_t refuse_label(df_block *b, rows of, int64_t r, int64_t label)
{
    snprintf(b->why, sizeof b->why, "label %lld is not in 0 .. %lld", (long long)label,
             (long long)of.len - 1);
    return r / (of.n / b->rows);
}

#define KERNELS(T, t) \
    DF__INLINE T top_##t(const T *z, rows of) \
    { \
        T top = z[0]; \
        for (int64_t a = 1; a < of.len; a++) \
            top = z[a * of.inner] > top ? z[a * of.inner] : top; \
        return top; \
    } \
    DF__INLINE T sum_##t(const T *e, int64_t n) \
    { \
        double sum = 0; \
        for (int64_t a = 0; a < n; a++) \
            sum += e[a]; \
        return (T)sum; \
    } \
    /* Of up to ROWS rows from r on: the top, and log of the sum of e^(z - top), to which what \
     * equals the top, infinite or not, gives 1. Returns how many rows. */ \
    DF__INLINE int64_t log_sums_##t(const T *x, rows of, int64_t r, T top[ROWS], T log_sum[ROWS]) \
    { \
        int64_t n = of.len < ROOM ? ROOM / of.len : 1; \
        n = n > ROWS ? ROWS : n; \
        n = n > of.n - r ? of.n - r : n; \
        for (int64_t i = 0; i < n; i++) { \
            top[i] = top_##t(x + FROM(r + i), of); \
            log_sum[i] = -1; \
        } \
        double rest[ROWS] = { 0 }; \
        for (int64_t from = 0, w; from < of.len; from += w) { \
            T e[ROOM]; \
            w = of.len - from < ROOM ? of.len - from : ROOM; \
            for (int64_t i = 0; i < n; i++) { \
                const T *z = x + FROM(r + i) + from * of.inner; \
                for (int64_t a = 0; a < w; a++) { \
                    bool is_top = z[a * of.inner] == top[i]; \
                    e[i * w + a] = is_top ? -(T)HUGE_VAL : z[a * of.inner] - top[i]; \
                    log_sum[i] += is_top; \
                } \
            } \
            DF__LOOP(n * w) e[i_] = EXP(e[i_]); \
            for (int64_t i = 0; i < n; i++) \
                rest[i] += sum_##t(e + i * w, w); \
        } \
        for (int64_t i = 0; i < n; i++) \
            log_sum[i] = LOG1P((T)(log_sum[i] + rest[i])); \
        return n; \
    } \
    DF__INLINE T expected_##t(const T *z, const T *y, rows of, T top, T log_sum) \
    { \
        double loss = 0, total = 0; \
        for (int64_t a = 0; a < of.len; a++) { \
            T p = y[a * of.inner]; \
            loss += p == 0 ? 0 : p * (top - z[a * of.inner]); \
            total += p; \
        } \
        return (T)(loss + total * log_sum); \
    } \
    DF_CLONES static int64_t softmax_##t(df_block *b) \
    { \
        rows of = rows_of(b); \
        T *y = b->y; \
        for (int64_t r = 0; r < of.n; r++) { \
            const T *z = (const T *)b->x[0] + FROM(r); \
            T top = top_##t(z, of); \
            for (int64_t a = 0; a < of.len; a++) \
                y[FROM(r) + a * of.inner] = z[a * of.inner] - top; \
        } \
        DF__LOOP(of.n * of.len) y[i_] = EXP(y[i_]); \
        for (int64_t r = 0; r < of.n; r++) { \
            double sum = 0; \
            for (int64_t a = 0; a < of.len; a++) \
                sum += y[FROM(r) + a * of.inner]; \
            for (int64_t a = 0; a < of.len; a++) \
                y[FROM(r) + a * of.inner] /= (T)sum; \
        } \
        return -1; \
    } \
    DF_CLONES static int64_t logsumexp_##t(df_block *b) \
    { \
        rows of = rows_of(b); \
        T top[ROWS], log_sum[ROWS]; \
        for (int64_t r = 0, n; r < of.n; r += n) { \
            n = log_sums_##t(b->x[0], of, r, top, log_sum); \
            for (int64_t i = 0; i < n; i++) \
                ((T *)b->y)[r + i] = top[i] + log_sum[i]; \
        } \
        return -1; \
    } \
    DF_CLONES static int64_t cross_entropy_##t(df_block *b) \
    { \
        rows of = rows_of(b); \
        bool labels = b->x_dims[1].size[df__axis_of(b->attr->i[0])] == 1; \
        T top[ROWS], log_sum[ROWS]; \
        for (int64_t r = 0, n; r < of.n; r += n) { \
            n = log_sums_##t(b->x[0], of, r, top, log_sum); \
            for (int64_t i = 0; i < n; i++) { \
                const T *z = (const T *)b->x[0] + FROM(r + i), *y = b->x[1]; \
                int64_t label = labels ? ((const int64_t *)b->x[1])[r + i] : 0; \
                if (label < 0 || label >= of.len) \
                    return refuse_label(b, of, r + i, label); \
                T loss = labels ? (top[i] - z[label * of.inner]) + log_sum[i] \
                                : expected_##t(z, y + FROM(r + i), of, top[i], log_sum[i]); \
                ((T *)b->y)[r + i] = loss; \
            } \
        } \
        return -1; \
    }
KERNELS(float, f32)
KERNELS(double, f64)

/* ---- shapes ---------------------------------------------------------------------------------- */

static df_status shape(df_shaping *s)
{
    int axis = df__axis_of(s->attr->i[0]);
    s->y = s->x[0];
    if (axis < 0 || axis >= s->y.rank || s->attr->i[0] != (int64_t)1 << axis)
        return df_refuse(s, DF_BAD_CALL, "needs one axis");
    if (s->y.size[axis] == DF_M)
        return df_refuse(s, DF_BAD_SHAPE, "axis %d holds the examples, not classes", axis);
    if (s->y.size[axis] == 1)
        return df_refuse(s, DF_BAD_SHAPE, "over axis %d, of size 1, softmax is always 1", axis);
    return DF_OK;
}

static df_status shape_reduced(df_shaping *s)
{
    df_status status = shape(s);
    if (status == DF_OK)
        s->y.size[df__axis_of(s->attr->i[0])] = 1;
    return status;
}

static df_status shape_loss(df_shaping *s)
{
    bool labels = s->x_type[1] >= DF_UINT8;
    char text[DF_TEXT];
    df_status status = shape_reduced(s);
    if (status == DF_OK && s->x_type[0] >= DF_UINT8)
        return df_refuse(s, DF_BAD_TYPE, "the logits are integers");
    df_dims want = labels ? s->y : s->x[0];
    if (status == DF_OK && !df__dims_equal(s->x[1], want))
        return df_refuse(s, DF_BAD_SHAPE, "%s must be %s",
                         labels ? "integer labels" : "probabilities",
                         df__dims_text(want, text, sizeof text));
    return status;
}

/* ---- derivatives ----------------------------------------------------------------------------- */

static df_node *along(const df_op *op, df_node *x, int64_t axes)
{
    return df_apply(op, &x, 1, &(df_attr){ .i = { axes } });
}

static df_node *softmax_dz(const df_at *at)
{
    df_node *inner = df_axes_sum(df_mul(at->dy, at->y), at->attr->i[0], false);
    return df_mul(at->y, df_sub(at->dy, inner));
}

static df_node *logsumexp_dz(const df_at *at)
{
    return df_mul(at->dy, along(&df__op_softmax, at->x[0], at->attr->i[0]));
}

static df_node *loss_dz(const df_at *at)
{
    df_node *z = at->x[0], *y = at->x[1], *p = along(&df__op_softmax, z, at->attr->i[0]);
    int axis = df__axis_of(at->attr->i[0]);
    if (df_type_of(y) != df_type_of(z))
        y = df__one_hot_along(y, axis, df_shape_of(z).size[axis]);
    else if (!df__is_one_hot_along(y, axis))
        p = df_mul(p, df_axes_sum(y, at->attr->i[0], false));
    return df_mul(at->dy, df_sub(p, y));
}

static df_node *loss_dy(const df_at *at)
{
    return df_mul(at->dy, df_sub(along(&df__op_logsumexp, at->x[0], at->attr->i[0]), at->x[0]));
}

/* ---- ops ------------------------------------------------------------------------------------- */

const df_op df__op_softmax = {
    .abi = DF_OP, .name = "softmax",
    .numpy = "softmax(%0, axis=%x)",    .latex = "\\operatorname{softmax}(%0)",
    .prelude = "def softmax(z, axis):\n"
               "    e = np.exp(z - np.max(z, axis=axis, keepdims=True))\n"
               "    return e / np.sum(e, axis=axis, keepdims=True)\n",
    .kind = DF_OPAQUE, .arity = 1,      .range = { 0, 1 },         .cost = 12,
    .shape = shape,                     .block = DF_BOTH(softmax), .d = { softmax_dz },
};
const df_op df__op_logsumexp = {
    .abi = DF_OP, .name = "logsumexp",
    .numpy = "logsumexp(%0, axis=%x)",  .latex = "\\log \\sum_{%x} e^{%0}",
    .prelude = "def logsumexp(z, axis):\n"
               "    top = np.max(z, axis=axis, keepdims=True)\n"
               "    return top + np.log(np.sum(np.exp(z - top), axis=axis, keepdims=True))\n",
    .kind = DF_OPAQUE, .arity = 1,      .cost = 12,
    .shape = shape_reduced,             .block = DF_BOTH(logsumexp), .d = { logsumexp_dz },
};
const df_op df__op_softmax_cross_entropy = {
    .abi = DF_OP, .name = "softmax_cross_entropy",
    .numpy = "softmax_cross_entropy(%0, %1, axis=%x)",
    .latex = "\\operatorname{CE}(\\operatorname{softmax}(%0), %1)",
    .prelude = "def softmax_cross_entropy(z, y, axis):\n"
               "    s = z - np.max(z, axis=axis, keepdims=True)\n"
               "    loss = np.log(np.sum(np.exp(s), axis=axis, keepdims=True)) - s\n"
               "    if np.issubdtype(y.dtype, np.integer):\n"
               "        return np.take_along_axis(loss, y.astype(int), axis)\n"
               "    return np.sum(y * loss, axis=axis, keepdims=True)\n",
    .kind = DF_OPAQUE, .arity = 2,      .cost = 14,                .takes_integers = true,
    .shape = shape_loss,                .block = DF_BOTH(cross_entropy), .d = { loss_dz, loss_dy },
};

/* Over the examples both are accumulations that every example needs back. */
static df_node *over_examples(df_node *z, int axis, bool log_sum)
{
    df_node *top = df_max_axis(z, axis), *e = df_exp(df_sub(z, top)), *sum = df_sum_axis(e, axis);
    return log_sum ? df_add(top, df_log(sum)) : df_div(e, sum);
}

df_node *df_softmax(df_node *z, int axis)
{
    int64_t axes = df__axis("softmax", z, axis);
    if (!axes)
        return NULL;
    bool examples = df__axis_of(axes) == df_m_axis(df_shape_of(z));
    return examples ? over_examples(z, axis, false) : along(&df__op_softmax, z, axes);
}

/* The forms that rules know. */
df_node *df_log_softmax(df_node *z, int axis) { return df_sub(z, df_logsumexp_axis(z, axis)); }

df_node *df_logsumexp_axis(df_node *z, int axis)
{
    int64_t axes = df__axis("logsumexp_axis", z, axis);
    if (!axes || !df__long_axes(z, axes))
        return axes ? z : NULL;
    bool examples = df__axis_of(axes) == df_m_axis(df_shape_of(z));
    return examples ? over_examples(z, axis, true) : along(&df__op_logsumexp, z, axes);
}

df_node *df_softmax_cross_entropy(df_node *z, df_node *y, int axis)
{
    int64_t axes = df__axis("softmax_cross_entropy", z ? z : y, axis);
    df_node *x[] = { z, y };
    return axes ? df_apply(&df__op_softmax_cross_entropy, x, 2, &(df_attr){ .i = { axes } }) : NULL;
}
