/* matrix.c -- arrays of small matrices: which axes they have, their products, their printed form
 *
 * SPDX-License-Identifier: MIT */
#include "matrix.h"
#include <string.h>

int df__matrix_axis(df_dims s, int back)
{
    for (int j = s.rank - 1; j >= 0; j--)
        if (s.size[j] != DF_M && back-- == 0)
            return j;
    return -1;
}

df__matrices df__matrices_of(df_dims s)
{
    df__matrices of = { .m = df_m_axis(s) >= 0, .count = 1 };
    int row = df__matrix_axis(s, 1), column = df__matrix_axis(s, 0);
    of.rows = row < 0 ? 1 : s.size[row];
    of.cols = column < 0 ? 1 : s.size[column];
    for (int j = 0; j < s.rank; j++)
        if (j != row && j != column && s.size[j] != DF_M)
            of.count *= s.size[j];
    return of;
}

df_status df__check_matrices(df_shaping *s, int k, bool square)
{
    df_dims x = s->x[k];
    int m = df_m_axis(x), row = df__matrix_axis(x, 1), column = df__matrix_axis(x, 0);
    if (row < 0)
        return df_refuse(s, DF_BAD_SHAPE, "operand %d is no matrix", k + 1);
    if (m > 0 && m < x.rank - 1)
        return df_refuse(s, DF_BAD_SHAPE,
                         "m stands between other axes: it must be the first or last");
    if (square && x.size[row] != x.size[column])
        return df_refuse(s, DF_BAD_SHAPE, "a matrix of %lld x %lld is not square",
                         (long long)x.size[row], (long long)x.size[column]);
    return DF_OK;
}

/* m stays where it is, before or behind the matrices. */
df_dims df__with_ones(df_dims s, int n)
{
    bool last = df_m_axis(s) == s.rank - 1 && s.rank > 1;
    for (; n > 0; n--) {
        s.size[s.rank++] = last ? DF_M : 1;
        if (last)
            s.size[s.rank - 2] = 1;
    }
    return s;
}

/* A single number where nothing is left. */
df_dims df__without_last(df_dims s, int n)
{
    for (; n > 0; n--) {
        int at = df__matrix_axis(s, 0);
        memmove(s.size + at, s.size + at + 1, (size_t)(s.rank - at - 1) * sizeof *s.size);
        s.rank--;
    }
    return s.rank ? s : df_shape(1);
}

df_node *df__matrix_transpose(df_node *x)
{
    df_dims s = df_shape_of(x);
    int row = df__matrix_axis(s, 1), column = df__matrix_axis(s, 0);
    df_attr attr = { 0 };
    for (int j = 0; j < s.rank; j++)
        attr.axes[0][j] = (int8_t)(j == row ? column : j == column ? row : j);
    return df_apply(&df__op_transpose, &x, 1, &attr);
}

/* Letters of a product: one for each axis of matrices, m, and what comes before them. */
enum { ROW = 1, COLUMN, INNER, EXAMPLE, BATCH };

static void letter(int8_t of[DF_RANK], df_dims s, int row, int column)
{
    int batch = BATCH, at_row = df__matrix_axis(s, 1), at_column = df__matrix_axis(s, 0);
    for (int j = 0; j < s.rank; j++)
        of[j] = (int8_t)(s.size[j] == DF_M ? EXAMPLE : j == at_row ? row
                         : j == at_column ? column : batch++);
}

df_node *df__matrix_product(df_node *a, bool turn_a, df_node *b, bool turn_b, df_dims like)
{
    int8_t of_a[DF_RANK] = { 0 }, of_b[DF_RANK] = { 0 }, of_y[DF_RANK] = { 0 };
    letter(of_a, df_shape_of(a), turn_a ? INNER : ROW, turn_a ? ROW : INNER);
    letter(of_b, df_shape_of(b), turn_b ? COLUMN : INNER, turn_b ? INNER : COLUMN);
    letter(of_y, like, ROW, COLUMN);
    return df_contract(a, b, of_a, of_b, of_y, like.rank);
}

df_node *df__sum_to(df_node *v, df_dims to)
{
    int m = df_m_axis(df_shape_of(v));
    if (!v || m < 0 || df_m_axis(to) >= 0)
        return v;
    return df_reshape(df_axes_sum(v, (int64_t)1 << m, false), to);
}

static bool m_is_last(const df_node *x)
{
    df_dims s = df_shape_of(x);
    return s.rank > 1 && df_m_axis(s) == s.rank - 1;
}

int df__matrix_text(const df_node *y, df_format how, const char *numpy, const char *latex,
                    char text[DF_TEXT])
{
    bool last = how == DF_NUMPY && m_is_last(y);
    const char *form = how == DF_NUMPY ? numpy : latex;
    bool solves = how == DF_NUMPY && df_op_of(y)->shape == df__shape_solve &&
                  df_m_axis(df_shape_of(df_operand(y, 0))) >= 0 &&
                  df_m_axis(df_shape_of(df_operand(y, 1))) < 0;
    int at = snprintf(text, DF_TEXT, last ? "np.moveaxis(" : "");
    for (; *form && at < DF_TEXT - 32; form++) {
        bool operand = form[0] == '%' && (form[1] == '0' || form[1] == '1');
        if (!operand) {
            text[at++] = *form;
            continue;
        }
        form++;
        bool moved = how == DF_NUMPY && m_is_last(df_operand(y, *form - '0'));
        at += snprintf(text + at, (size_t)(DF_TEXT - at),
                       moved ? "np.moveaxis(%%%c, -1, 0)" : "%%%c", *form);
        if (solves && *form == '1')
            at += snprintf(text + at, (size_t)(DF_TEXT - at), "[None]");
    }
    snprintf(text + at, (size_t)(DF_TEXT - at), last ? ", 0, -1)" : "");
    return 0;
}

/* ---- LAPACK ---------------------------------------------------------------------------------- */

/* Declared here, as not every OpenBLAS comes with lapacke.h. The lengths of texts, which come last,
 * are what gfortran adds. */
#define LAPACK(T, t, x) \
    void x##trsm_(const char *side, const char *uplo, const char *trans, const char *diag, \
                  const int *m, const int *n, const T *alpha, const T *a, const int *by_a, T *b, \
                  const int *by_b, size_t, size_t, size_t, size_t); \
    void x##trsv_(const char *uplo, const char *trans, const char *diag, const int *n, const T *a, \
                  const int *by_a, T *b, const int *by_b, size_t, size_t, size_t); \
    void x##getrf_(const int *m, const int *n, T *a, const int *by_a, int *swap, int *info); \
    void x##potrf_(const char *uplo, const int *n, T *a, const int *by_a, int *info, size_t); \
    void df__triangle_##t(int64_t n, int64_t k, const T *a, bool upper, bool turned, bool unit, \
                          T *b) \
    { \
        const int rows = (int)n, columns = (int)k, one = 1; \
        const T alpha = 1; \
        const char *uplo = upper ? "L" : "U", *diag = unit ? "U" : "N"; \
        if (k == 1) \
            x##trsv_(uplo, turned ? "N" : "T", diag, &rows, a, &rows, b, &one, 1, 1, 1); \
        else \
            x##trsm_("R", uplo, turned ? "T" : "N", diag, &columns, &rows, &alpha, a, &rows, b, \
                     &columns, 1, 1, 1, 1); \
    } \
    int64_t df__factor_##t(int64_t n, T *a, T *swap) \
    { \
        const int rows = (int)n; \
        int info = 0; \
        x##getrf_(&rows, &rows, a, &rows, (int *)(void *)swap, &info); \
        for (int64_t i = n - 1; i >= 0; i--) { /* from the end: numbers may be wider than int */ \
            int row; \
            memcpy(&row, (const char *)swap + (size_t)i * sizeof row, sizeof row); \
            swap[i] = (T)(row - 1); \
        } \
        return info - 1; \
    } \
    int64_t df__cholesky_##t(int64_t n, T *a) \
    { \
        const int rows = (int)n; \
        int info = 0; \
        x##potrf_("U", &rows, a, &rows, &info, 1); \
        for (int64_t i = 0; i < (info ? info - 1 : n); i++) /* NaN may have passed */ \
            if (!(a[i * n + i] > 0)) \
                return i; \
        return info - 1; \
    }
LAPACK(float, f32, s)
LAPACK(double, f64, d)
