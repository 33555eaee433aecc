/* matrix.h -- what the ops on small matrices share: where they lie, how they print, substitution
 *
 * SPDX-License-Identifier: MIT
 *
 * An array without its m, if it has one, is a matrix, or several along leading axes:
 * (n x k), (m x n x k), (n x k x m), (b x n x k), ... So m stands first or last.
 *
 * Small matrices, of which there is often one per example, go through loops of our own, as calls of
 * LAPACK cost more than the work; large ones through LAPACK, which OpenBLAS carries. It takes
 * columns for rows: it sees each array transposed. */
#ifndef DF_MATRIX_H
#define DF_MATRIX_H
#include "ops.h"

/* Rows from which on LAPACK is faster, in float and double, by times of both for n = 4 .. 512 and
 * 1, 4, 16 and 64 right sides (x86-64-v4, OpenBLAS 0.3.21 on one thread). P A = L U: 96 .. 192;
 * L L^T: 8, and three times as fast at 24; of triangles the loops gain with the right sides, which
 * lie side by side: 12 with one of them, 24 with 16, 64 .. 96 with more. */
enum { DF__PIVOTS_LARGE = 96, DF__CHOLESKY_LARGE = 16, DF__TRIANGLES_LARGE = 16, DF__SIDES = 64 };
/* A triangle of n rows with k right sides is; LAPACK counts in int. */
static inline bool df__triangle_large(int64_t n, int64_t k)
{
    return n >= DF__TRIANGLES_LARGE + (k < DF__SIDES ? k : DF__SIDES) && k <= INT32_MAX;
}

/* The matrices of one example, or of an array without m: `count` of rows x cols. */
typedef struct { bool m; int64_t count, rows, cols; } df__matrices;
df__matrices df__matrices_of(df_dims s);
/* The last axis but m, the last but one (back = 1), ...; -1: there is none. */
int df__matrix_axis(df_dims s, int back);
/* Operand k is such an array, of square matrices if asked for. */
df_status df__check_matrices(df_shaping *s, int k, bool square);
/* s with n more axes of size 1 at the matrices' end, or without the last n. */
df_dims df__with_ones(df_dims s, int n);
df_dims df__without_last(df_dims s, int n);

df_node *df__matrix_transpose(df_node *x);
/* a b, each turned or not, of the shape `like`; where that has no m, the sum over the examples. */
df_node *df__matrix_product(df_node *a, bool turn_a, df_node *b, bool turn_b, df_dims like);
/* v as `to`: where that has no m, the sum over the examples. */
df_node *df__sum_to(df_node *v, df_dims to);

/* The shape rule of equations A Y = B; B as a column where it is one right side (cholesky.c). */
df_shape_rule df__shape_solve;
typedef df_node *df__solver(df_node *A, df_node *B, const df_attr *attr);
df_node *df__solve_columns(df_node *A, df_node *B, df__solver *solve, const df_attr *attr);

/* The form with %0 and %1 as they are where m comes first; where it comes last, NumPy sees it moved
 * to the front, and back in the result. A right side without m beside a left one with it is
 * %1[None], as NumPy before 2.0 takes a matrix of one axis less for vectors. */
int df__matrix_text(const df_node *y, df_format how, const char *numpy, const char *latex,
                    char text[DF_TEXT]);
#define DF__FIRST(x) "np.moveaxis(" x ", -1, 0)"
#define DF__LAST(x) "np.moveaxis(" x ", 0, -1)"
/* All that df__matrix_text may print, to be read again. */
#define DF__READ1(name, more) \
    name "(%0" more ")\n" name "(" DF__FIRST("%0") more ")\n" \
    DF__LAST(name "(" DF__FIRST("%0") more ")")
#define DF__READ2(name, more) \
    name "(%0, %1" more ")\n" \
    name "(" DF__FIRST("%0") ", %1" more ")\n" \
    name "(%0, %1[None]" more ")\n" \
    DF__LAST(name "(" DF__FIRST("%0") ", %1[None]" more ")") "\n" \
    DF__LAST(name "(%0, " DF__FIRST("%1") more ")") "\n" \
    DF__LAST(name "(" DF__FIRST("%0") ", " DF__FIRST("%1") more ")")

/* By LAPACK. T^-1 b of b (n x k), as substitute_ below, where `turned` says that T is a transpose.
 * factor: of rows and columns exchanged, in place, and which row was swapped up for each column,
 * from 0; the first column without a pivot, or -1. cholesky: of what is in the lower triangle; the
 * row that has no root, or -1. */
#define DF__LAPACK(T, t) \
    void df__triangle_##t(int64_t n, int64_t k, const T *a, bool upper, bool turned, bool unit, \
                          T *b); \
    int64_t df__factor_##t(int64_t n, T *a, T *swap); \
    int64_t df__cholesky_##t(int64_t n, T *a);
DF__LAPACK(float, f32)
DF__LAPACK(double, f64)

/* The matrix at p, by distances of rows and columns: swapped, it is the transpose. */
#define DF__AT(i, j) a[(i) * by_row + (j) * by_column]

/* b (n x k) becomes T^-1 b, of the triangle T of a; unit: its diagonal is 1. */
#define DF__SUBSTITUTE(T, t) \
    DF__INLINE void substitute_##t(int64_t n, int64_t k, const T *a, int64_t by_row, \
                                   int64_t by_column, bool upper, bool unit, T *b) \
    { \
        for (int64_t done = 0; done < n; done++) { \
            int64_t i = upper ? n - 1 - done : done, first = upper ? i + 1 : 0; \
            T *to = b + i * k; \
            for (int64_t j = first; j < first + done; j++) { \
                T f = DF__AT(i, j); \
                const T *from = b + j * k; \
                DF__LOOP(k) to[i_] -= f * from[i_]; \
            } \
            T d = unit ? 1 : DF__AT(i, i); \
            DF__LOOP(k) to[i_] /= d; \
        } \
    }
#endif
