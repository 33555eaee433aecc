/* cholesky.c -- triangular matrices: Cholesky factors, and equations with them
 *
 * SPDX-License-Identifier: MIT
 *
 *     cholesky:          L L^T = A, L lower; of A the lower triangle is read
 *                        dA = phi(S + S^T), S = L^-T phi(L^T dL) L^-1
 *     triangular_solve:  T Y = B, T the triangle of L that is named, or its transpose
 *                        dB = T^-T dY, dL = that triangle of -dB Y^T, or of -Y dB^T
 *     triangle:          the lower or upper triangle, its diagonal times attr.f[0], elsewhere 0
 *
 * phi is the lower triangle with half the diagonal. So dA is the derivative by the numbers that are
 * read, 0 above the diagonal; where A was made symmetric, what made it gets both halves.
 * Murray, Differentiation of the Cholesky decomposition, arXiv:1602.07527, 2016. */
#include "matrix.h"

enum { UPPER, TRANSPOSED };      /* in attr.i */

/* ---- kernels --------------------------------------------------------------------------------- */

static int64_t refuse(df_block *b, const char *why, int64_t i, double v, int64_t example)
{
    snprintf(b->why, sizeof b->why, "the matrix is %s: element (%lld, %lld) of its %s is %g", why,
             (long long)i, (long long)i, *why == 's' ? "diagonal" : "factor, squared,", v);
    return example;
}

#define KERNELS(T, t) \
    DF__SUBSTITUTE(T, t) \
    DF__INLINE T dot_##t(int64_t n, const T *a, const T *b) \
    { \
        T sum = 0; \
        _Pragma("omp simd reduction(+ : sum)") \
        for (int64_t k = 0; k < n; k++) \
            sum += a[k] * b[k]; \
        return sum; \
    } \
    /* The lower triangle of a, factored in place; *bad as below. */ \
    DF__INLINE int64_t factor_large_##t(int64_t n, const T *a, T *l, double *bad) \
    { \
        for (int64_t i = 0; i < n; i++) \
            for (int64_t j = 0; j < n; j++) \
                l[i * n + j] = j <= i ? a[i * n + j] : 0; \
        int64_t i = df__cholesky_##t(n, l); \
        *bad = i < 0 ? 0 : a[i * n + i] - dot_##t(i, l + i * n, l + i * n); \
        return i; \
    } \
    /* Row by row; -1, or the row whose diagonal has no root, which is in *bad. */ \
    DF__INLINE int64_t factor_##t(int64_t n, const T *a, T *l, double *bad) \
    { \
        if (n >= DF__CHOLESKY_LARGE) \
            return factor_large_##t(n, a, l, bad); \
        for (int64_t i = 0; i < n; i++) { \
            for (int64_t j = 0; j < i; j++) \
                l[i * n + j] = (a[i * n + j] - dot_##t(j, l + i * n, l + j * n)) / l[j * n + j]; \
            T d = a[i * n + i] - dot_##t(i, l + i * n, l + i * n); \
            *bad = d; \
            if (!(d > 0)) \
                return i; \
            l[i * n + i] = SQRT(d); \
            for (int64_t j = i + 1; j < n; j++) \
                l[i * n + j] = 0; \
        } \
        return -1; \
    } \
    DF_CLONES static int64_t cholesky_##t(df_block *b) \
    { \
        df__matrices of = df__matrices_of(b->x_dims[0]); \
        int64_t n = of.rows, size = n * n; \
        double v; \
        for (int64_t k = 0; k < b->rows * of.count; k++) { \
            int64_t i = factor_##t(n, (const T *)b->x[0] + k * size, (T *)b->y + k * size, &v); \
            if (i >= 0) \
                return refuse(b, "not positive definite", i, v, k / of.count); \
        } \
        return -1; \
    } \
    DF_CLONES static int64_t triangular_solve_##t(df_block *b) \
    { \
        df__matrices of = df__matrices_of(b->x_dims[0]), right = df__matrices_of(b->x_dims[1]); \
        bool turned = b->attr->i[TRANSPOSED], upper = (b->attr->i[UPPER] != 0) != turned; \
        int64_t n = of.rows, size = n * right.cols; \
        for (int64_t k = 0; k < b->rows * of.count; k++) { \
            const T *l = (const T *)b->x[0] + (of.m ? k : k % of.count) * n * n; \
            const T *from = (const T *)b->x[1] + (right.m ? k : k % of.count) * size; \
            T *to = (T *)b->y + k * size; \
            for (int64_t i = 0; i < n; i++) \
                if (l[i * n + i] == 0) \
                    return refuse(b, "singular", i, 0, k / of.count); \
            memcpy(to, from, (size_t)size * sizeof *to); \
            if (df__triangle_large(n, right.cols)) \
                df__triangle_##t(n, right.cols, l, upper != turned, turned, false, to); \
            else \
                substitute_##t(n, right.cols, l, turned ? 1 : n, turned ? n : 1, upper, false, \
                               to); \
        } \
        return -1; \
    } \
    static int64_t triangle_##t(df_block *b) \
    { \
        df__matrices of = df__matrices_of(b->x_dims[0]); \
        int64_t n = of.rows; \
        for (int64_t k = 0; k < b->rows * of.count * n; k++) { \
            int64_t i = k % n, first = b->attr->i[UPPER] ? i + 1 : 0, end = first ? n : i; \
            const T *x = (const T *)b->x[0] + k * n; \
            T *y = (T *)b->y + k * n; \
            for (int64_t j = 0; j < n; j++) \
                y[j] = j >= first && j < end ? x[j] : 0; \
            y[i] = (T)b->attr->f[0] * x[i]; \
        } \
        return -1; \
    }
KERNELS(float, f32)
KERNELS(double, f64)

/* ---- shapes ---------------------------------------------------------------------------------- */

static df_status shape_square(df_shaping *s)
{
    s->y = s->x[0];
    return df__check_matrices(s, 0, true);
}

/* Also of solve: as B; where that has no m but A has, m is where it is in A. */
df_status df__shape_solve(df_shaping *s)
{
    df_status status = df__check_matrices(s, 0, true);
    if (status == DF_OK)
        status = df__check_matrices(s, 1, false);
    if (status != DF_OK)
        return status;
    df_dims a = s->x[0], b = s->x[1];
    int m = df_m_axis(a), rank_a = a.rank - (m >= 0), rank_b = b.rank - (df_m_axis(b) >= 0);
    bool fit = rank_a == rank_b && a.size[df__matrix_axis(a, 1)] == b.size[df__matrix_axis(b, 1)];
    for (int j = 2; fit && j < rank_a; j++)
        fit = a.size[df__matrix_axis(a, j)] == b.size[df__matrix_axis(b, j)];
    if (!fit)
        return df_refuse(s, DF_BAD_SHAPE,
                         "the matrices do not fit: wanted (n x n) and (n x k), with "
                         "the same leading axes");
    s->y = b;
    if (df_m_axis(b) >= 0 || m < 0)
        return DF_OK;
    if (m == 0)
        memmove(s->y.size + 1, s->y.size, (size_t)b.rank * sizeof *b.size);
    s->y.size[m == 0 ? 0 : b.rank] = DF_M;
    s->y.rank++;
    return DF_OK;
}

/* ---- derivatives ----------------------------------------------------------------------------- */

static df_node *solved(df_node *L, df_node *B, int64_t upper, int64_t transposed)
{
    return df_apply(&df__op_triangular_solve, (df_node *[]){ L, B }, 2,
                    &(df_attr){ .i = { upper != 0, transposed != 0 } });
}

static df_node *cholesky_dA(const df_at *at)
{
    df_node *L = at->y;
    df_node *P = df__matrix_product(L, true, at->dy, false, df_shape_of(L));
    P = df_triangle(P, 0.5, false);
    df_node *R = solved(L, df__matrix_transpose(solved(L, P, 0, 1)), 0, 1);
    return df_triangle(df_add(R, df__matrix_transpose(R)), 0.5, false);
}

/* T^-T dY, of y's shape. */
static df_node *back(const df_at *at)
{
    return solved(at->x[0], at->dy, at->attr->i[UPPER], !at->attr->i[TRANSPOSED]);
}

static df_node *solve_dL(const df_at *at)
{
    bool turned = at->attr->i[TRANSPOSED];
    df_node *left = turned ? at->y : back(at), *right = turned ? back(at) : at->y;
    df_node *d = df__matrix_product(left, false, right, true, df_shape_of(at->x[0]));
    return df_neg(df_triangle(d, 1, at->attr->i[UPPER]));
}

static df_node *solve_dB(const df_at *at)
{
    return df__sum_to(back(at), df_shape_of(at->x[1]));
}

static df_node *triangle_dx(const df_at *at)
{
    return df_triangle(at->dy, at->attr->f[0], at->attr->i[UPPER]);
}

/* ---- ops ------------------------------------------------------------------------------------- */

static int cholesky_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    return df__matrix_text(y, how, "np.linalg.cholesky(%0)", "\\operatorname{chol}(%0)", text);
}

static int solve_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    static const char *const latex[] = {
        "\\operatorname{tril}(%0)^{-1} \\left(%1\\right)",
        "\\operatorname{tril}(%0)^{-T} \\left(%1\\right)",
        "\\operatorname{triu}(%0)^{-1} \\left(%1\\right)",
        "\\operatorname{triu}(%0)^{-T} \\left(%1\\right)",
    };
    const int64_t *i = df_attr_of(y)->i;
    return df__matrix_text(y, how, "triangular_solve(%0, %1, %n, %j)",
                           latex[2 * (i[UPPER] != 0) + (i[TRANSPOSED] != 0)], text);
}

static int triangle_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    return df__matrix_text(y, how, "triangle(%0, %k, %n)",
                           df_attr_of(y)->i[UPPER] ? "\\operatorname{triu}_{%k}(%0)"
                                                   : "\\operatorname{tril}_{%k}(%0)",
                           text);
}

const df_op df__op_cholesky = {
    .abi = DF_OP, .name = "cholesky", .print = cholesky_text, .kind = DF_OPAQUE, .arity = 1,
    .cost = 20, .blas = true,         .read = DF__READ1("np.linalg.cholesky", ""),
    .shape = shape_square,            .block = DF_BOTH(cholesky), .d = { cholesky_dA },
};
const df_op df__op_triangular_solve = {
    .abi = DF_OP, .name = "triangular_solve", .print = solve_text, .kind = DF_OPAQUE, .arity = 2,
    .linear = 2,                      .cost = 20, .blas = true,
    .prelude = "def triangular_solve(L, B, upper, transposed):\n"
               "    T = np.triu(L) if upper else np.tril(L)\n"
               "    return np.linalg.solve(np.swapaxes(T, -1, -2) if transposed else T, B)\n",
    .read = DF__READ2("triangular_solve", ", %n, %j"),
    .shape = df__shape_solve,         .block = DF_BOTH(triangular_solve),
    .d = { solve_dL, solve_dB },
};
const df_op df__op_triangle = {
    .abi = DF_OP, .name = "triangle", .print = triangle_text, .kind = DF_OPAQUE, .arity = 1,
    .linear = 1,
    .prelude = "def triangle(A, k, upper):\n"
               "    rest = np.triu(A, 1) if upper else np.tril(A, -1)\n"
               "    return rest + k * A * np.eye(A.shape[-1])\n",
    .read = DF__READ1("triangle", ", %k, %n"),
    .shape = shape_square,            .block = DF_BOTH(triangle), .d = { triangle_dx },
};

df_node *df_triangle(df_node *A, double diagonal, bool upper)
{
    return df_apply(&df__op_triangle, &A, 1, &(df_attr){ .f = { diagonal }, .i = { upper } });
}

df_node *df_cholesky(df_node *A)
{
    return df_apply1(&df__op_cholesky, A);
}

/* Of one right side (n), one per example: a column, (n x 1), and back. */
df_node *df__solve_columns(df_node *A, df_node *B, df__solver *solve, const df_attr *attr)
{
    df_dims s = df_shape_of(B);
    if (!B || s.rank - (df_m_axis(s) >= 0) != 1)
        return solve(A, B, attr);
    df_node *y = solve(A, df_reshape(B, df__with_ones(s, 1)), attr);
    return y ? df_reshape(y, df__without_last(df_shape_of(y), 1)) : NULL;
}

static df_node *apply(df_node *L, df_node *B, const df_attr *attr)
{
    return df_apply(&df__op_triangular_solve, (df_node *[]){ L, B }, 2, attr);
}

df_node *df_triangular_solve(df_node *L, df_node *B, bool upper, bool transposed)
{
    return df__solve_columns(L, B, apply, &(df_attr){ .i = { upper, transposed } });
}
