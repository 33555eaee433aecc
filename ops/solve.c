/* solve.c -- linear equations, inverses and determinants
 *
 * SPDX-License-Identifier: MIT
 *
 *     solve:     A Y = B                   dB = A^-T dY,  dA = -dB Y^T
 *     inverse:   Y = A^-1                  dA = -Y^T dY Y^T
 *     logdet:    log |det A|               dA = dy A^-T
 *     det:                                 dA = dy det A A^-T
 *
 * By P A = L U with the largest pivot of each column (Golub and Van Loan, algorithm 3.4.1), in the
 * kernel's scratch: the factors, and behind them for each column the row that was swapped up. */
#include "matrix.h"

enum { LINES = 16 };             /* columns of a matrix that is turned, at a time */

static int64_t refuse(df_block *b, int64_t column, int64_t example)
{
    snprintf(b->why, sizeof b->why, "the matrix is singular: no pivot in column %lld",
             (long long)column);
    return example;
}

#define KERNELS(T, t) \
    DF__SUBSTITUTE(T, t) \
    DF__INLINE bool finite_##t(int64_t n, const T *a) \
    { \
        T sum = 0; \
        _Pragma("omp simd reduction(+ : sum)") \
        for (int64_t i = 0; i < n; i++) \
            sum += a[i] * 0; \
        return sum == 0; \
    } \
    DF__INLINE void turn_##t(int64_t n, const T *a, T *to) \
    { \
        for (int64_t at = 0; at < n; at += LINES) \
            for (int64_t i = 0; i < n; i++) \
                for (int64_t j = at; j < n && j < at + LINES; j++) \
                    to[j * n + i] = a[i * n + j]; \
    } \
    /* The factors of a, *turned: with rows and columns exchanged; -1, or the first column \
     * without a pivot. Whatever is NaN stays so, which not every LAPACK keeps to. */ \
    DF__INLINE int64_t factor_##t(int64_t n, const T *from, T *a, bool *turned) \
    { \
        T *swap = a + n * n; \
        *turned = n >= DF__PIVOTS_LARGE && finite_##t(n * n, from); \
        if (*turned) { \
            turn_##t(n, from, a); \
            return df__factor_##t(n, a, swap); \
        } \
        memcpy(a, from, (size_t)(n * n) * sizeof *a); \
        int64_t singular = -1; \
        for (int64_t k = 0; k < n; k++) { \
            int64_t top = k; \
            for (int64_t i = k + 1; i < n; i++) \
                top = ABS(a[i * n + k]) > ABS(a[top * n + k]) ? i : top; \
            swap[k] = (T)top; \
            for (int64_t j = 0; j < n && top != k; j++) { \
                T was = a[k * n + j]; \
                a[k * n + j] = a[top * n + j]; \
                a[top * n + j] = was; \
            } \
            if (a[k * n + k] == 0) { \
                singular = singular < 0 ? k : singular; \
                continue; \
            } \
            for (int64_t i = k + 1; i < n; i++) { \
                T f = a[i * n + k] /= a[k * n + k], *to = a + i * n + k + 1; \
                const T *from = a + k * n + k + 1; \
                DF__LOOP(n - k - 1) to[i_] -= f * from[i_]; \
            } \
        } \
        return singular; \
    } \
    /* y (n x k) becomes A^-1 y. */ \
    DF__INLINE void solve_factored_##t(int64_t n, int64_t k, const T *lu, bool turned, T *y) \
    { \
        const T *swap = lu + n * n; \
        for (int64_t i = 0; i < n; i++) \
            for (int64_t j = 0, top = (int64_t)swap[i]; j < k && top != i; j++) { \
                T was = y[i * k + j]; \
                y[i * k + j] = y[top * k + j]; \
                y[top * k + j] = was; \
            } \
        if (df__triangle_large(n, k)) { \
            df__triangle_##t(n, k, lu, turned, turned, true, y); \
            df__triangle_##t(n, k, lu, !turned, turned, false, y); \
            return; \
        } \
        substitute_##t(n, k, lu, turned ? 1 : n, turned ? n : 1, false, true, y); \
        substitute_##t(n, k, lu, turned ? 1 : n, turned ? n : 1, true, false, y); \
    } \
    DF_CLONES static int64_t solve_##t(df_block *b) \
    { \
        df__matrices of = df__matrices_of(b->x_dims[0]), right = df__matrices_of(b->x_dims[1]); \
        int64_t n = of.rows, size = n * right.cols; \
        T *lu = b->scratch; \
        bool turned = false; \
        for (int64_t k = 0; k < b->rows * of.count; k++) { \
            const T *from = (const T *)b->x[1] + (right.m ? k : k % of.count) * size; \
            T *to = (T *)b->y + k * size; \
            if (of.m || k < of.count || of.count > 1) { \
                int64_t at = of.m ? k : k % of.count; \
                int64_t column = factor_##t(n, (const T *)b->x[0] + at * n * n, lu, &turned); \
                if (column >= 0) \
                    return refuse(b, column, k / of.count); \
            } \
            memcpy(to, from, (size_t)size * sizeof *to); \
            solve_factored_##t(n, right.cols, lu, turned, to); \
        } \
        return -1; \
    } \
    DF_CLONES static int64_t inverse_##t(df_block *b) \
    { \
        df__matrices of = df__matrices_of(b->x_dims[0]); \
        int64_t n = of.rows; \
        T *lu = b->scratch; \
        bool turned = false; \
        for (int64_t k = 0; k < b->rows * of.count; k++) { \
            T *to = (T *)b->y + k * n * n; \
            int64_t column = factor_##t(n, (const T *)b->x[0] + k * n * n, lu, &turned); \
            if (column >= 0) \
                return refuse(b, column, k / of.count); \
            memset(to, 0, (size_t)(n * n) * sizeof *to); \
            for (int64_t i = 0; i < n; i++) \
                to[i * n + i] = 1; \
            solve_factored_##t(n, n, lu, turned, to); \
        } \
        return -1; \
    } \
    /* The product of the pivots, its sign turned by each swap; or the sum of their logs. */ \
    DF__INLINE void determinants_##t(df_block *b, bool logs) \
    { \
        df__matrices of = df__matrices_of(b->x_dims[0]); \
        int64_t n = of.rows; \
        T *lu = b->scratch; \
        bool turned = false; \
        for (int64_t k = 0; k < b->rows * of.count; k++) { \
            T y = logs ? 0 : 1; \
            factor_##t(n, (const T *)b->x[0] + k * n * n, lu, &turned); \
            for (int64_t i = 0; i < n; i++) { \
                T d = lu[i * n + i]; \
                y = logs ? y + LOG(ABS(d)) : (int64_t)lu[n * n + i] != i ? -y * d : y * d; \
            } \
            ((T *)b->y)[k] = y; \
        } \
    } \
    DF_CLONES static int64_t det_##t(df_block *b) { return determinants_##t(b, false), -1; } \
    DF_CLONES static int64_t logdet_##t(df_block *b) { return determinants_##t(b, true), -1; }
KERNELS(float, f32)
KERNELS(double, f64)

static int64_t scratch(const df_node *y)
{
    int64_t n = df__matrices_of(df_shape_of(df_operand(y, 0))).rows;
    return n * n + n;
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static df_status shape_square(df_shaping *s)
{
    s->y = s->x[0];
    return df__check_matrices(s, 0, true);
}

static df_status shape_number(df_shaping *s)
{
    df_status status = df__check_matrices(s, 0, true);
    if (status == DF_OK)
        s->y = df__without_last(s->x[0], 2);
    return status;
}

/* ---- derivatives ----------------------------------------------------------------------------- */

static df_node *solved(df_node *A, df_node *B, const df_attr *attr)
{
    return df_apply(&df__op_solve, (df_node *[]){ A, B }, 2, attr);
}

static df_node *back(const df_at *at)
{
    return solved(df__matrix_transpose(at->x[0]), at->dy, NULL);
}

static df_node *solve_dA(const df_at *at)
{
    return df_neg(df__matrix_product(back(at), false, at->y, true, df_shape_of(at->x[0])));
}

static df_node *solve_dB(const df_at *at)
{
    return df__sum_to(back(at), df_shape_of(at->x[1]));
}

static df_node *inverse_dA(const df_at *at)
{
    df_dims s = df_shape_of(at->y);
    df_node *left = df__matrix_product(at->y, true, at->dy, false, s);
    return df_neg(df__matrix_product(left, false, at->y, true, s));
}

/* dy, one number for each matrix, times A^-T. */
static df_node *times_inverse(const df_at *at, df_node *dy)
{
    df_dims s = df_shape_of(dy);
    df_node *each = df__is_scalar(s) ? dy : df_reshape(dy, df__with_ones(s, 2));
    if (s.rank == 1 && s.size[0] == DF_M && df_m_axis(df_shape_of(at->x[0])) > 0)
        each = df_reshape(dy, df_shape(1, 1, DF_M));
    return df_mul(each, df__matrix_transpose(df_inverse(at->x[0])));
}

static df_node *logdet_dA(const df_at *at) { return times_inverse(at, at->dy); }
static df_node *det_dA(const df_at *at) { return times_inverse(at, df_mul(at->dy, at->y)); }

/* ---- ops ------------------------------------------------------------------------------------- */

static int solve_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    return df__matrix_text(y, how, "np.linalg.solve(%0, %1)",
                           "\\left(%0\\right)^{-1} \\left(%1\\right)", text);
}

static int inverse_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    return df__matrix_text(y, how, "np.linalg.inv(%0)", "\\left(%0\\right)^{-1}", text);
}

static int det_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    return df__matrix_text(y, how, "np.linalg.det(%0)", "\\det\\left(%0\\right)", text);
}

static int logdet_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    return df__matrix_text(y, how, "logdet(%0)", "\\log\\left|\\det\\left(%0\\right)\\right|",
                           text);
}

const df_op df__op_solve = {
    .abi = DF_OP, .name = "solve",   .print = solve_text,   .kind = DF_OPAQUE, .arity = 2,
    .linear = 2,
    .cost = 20, .blas = true,        .read = DF__READ2("np.linalg.solve", ""), .scratch = scratch,
    .shape = df__shape_solve,        .block = DF_BOTH(solve),   .d = { solve_dA, solve_dB },
};
const df_op df__op_inverse = {
    .abi = DF_OP, .name = "inverse", .print = inverse_text, .kind = DF_OPAQUE, .arity = 1,
    .cost = 20, .blas = true,        .read = DF__READ1("np.linalg.inv", ""), .scratch = scratch,
    .shape = shape_square,           .block = DF_BOTH(inverse), .d = { inverse_dA },
};
const df_op df__op_det = {
    .abi = DF_OP, .name = "det",     .print = det_text,     .kind = DF_OPAQUE, .arity = 1,
    .cost = 20, .blas = true,        .read = DF__READ1("np.linalg.det", ""), .scratch = scratch,
    .shape = shape_number,           .block = DF_BOTH(det),     .d = { det_dA },
};
const df_op df__op_logdet = {
    .abi = DF_OP, .name = "logdet",  .print = logdet_text,  .kind = DF_OPAQUE, .arity = 1,
    .prelude = "def logdet(A):\n    return np.linalg.slogdet(A)[1]\n",
    .cost = 20, .blas = true,        .read = DF__READ1("logdet", ""),        .scratch = scratch,
    .shape = shape_number,           .block = DF_BOTH(logdet),  .d = { logdet_dA },
};

df_node *df_solve(df_node *A, df_node *B)
{
    return df__solve_columns(A, B, solved, NULL);
}

df_node *df_inverse(df_node *A) { return df_apply1(&df__op_inverse, A); }
df_node *df_det(df_node *A) { return df_apply1(&df__op_det, A); }
df_node *df_logdet(df_node *A) { return df_apply1(&df__op_logdet, A); }

/* Of one matrix a single number. */
df_node *df_trace(df_node *A)
{
    int m = df_m_axis(df_shape_of(A));
    df_node *d = df_diag(m > 0 ? df_moveaxis(A, m, 0) : A);
    df_dims s = df_shape_of(d);
    if (!d || s.rank == 1)
        return df_sum(d);
    d = df_reshape(df_sum_axis(d, -1), df__without_last(s, 1));
    return m > 0 && s.rank > 2 ? df_moveaxis(d, 0, -1) : d;
}
