/* test_large_matrices.c -- linear algebra on both sides of the sizes from which on LAPACK does it
 *
 * SPDX-License-Identifier: MIT */
#include "check.h"
#include <dfoo.h>
#include <math.h>

enum { MOST = 200, SIDES = 70, MANY = 3 };
static double A[MANY][MOST * MOST], L[MANY][MOST * MOST], B[MANY][MOST * SIDES];
static double Y[MANY][MOST * MOST], want[MANY][MOST * SIDES];

/* Whole numbers: A, of which the columns need exchanging, L of a diagonal that dominates; A = L L^T
 * for `squares`; what solves A Y = B. */
static void whole_numbers(int n, int k, bool squares)
{
    for (int e = 0; e < MANY; e++) {
        for (int i = 0; i < n * n; i++) {
            int r = i / n, c = i % n, at = (r + 7 + e) % n;
            L[e][i] = r == c ? n + r % 3 : c < r ? (r * 5 + c * 3 + e) % 3 - 1 : 0;
            A[e][i] = at == c ? 2 * n + c % 5 : (r * 7 + c * 11 + r * c + e) % 5 - 2;
        }
        for (int i = 0; i < n * k; i++)
            want[e][i] = (i * 13 + e) % 9 - 4;
        for (int i = 0; squares && i < n * n; i++) {
            A[e][i] = 0;
            for (int j = 0; j < n; j++)
                A[e][i] += L[e][i / n * n + j] * L[e][i % n * n + j];
        }
    }
}

/* B = T want, T of L or A, or its transpose. */
static void right_sides(int n, int k, double (*T)[MOST * MOST], bool transposed)
{
    for (int e = 0; e < MANY; e++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j < k; j++) {
                double sum = 0;
                for (int l = 0; l < n; l++)
                    sum += T[e][transposed ? l * n + i : i * n + l] * want[e][l * k + j];
                B[e][i * k + j] = sum;
            }
}

/* The values of one program of X (n x n) and R (n x k), an example after the other, in Y. */
static void values(df_type real, df_node *(*f)(df_node *, df_node *), int n, int k,
                   double (*T)[MOST * MOST], int threads)
{
    df_graph *g = df_graph_new(real);
    df_node *X = df_input_of(g, "X", DF_FLOAT64, df_shape(DF_M, n, n)),
            *R = df_input_of(g, "R", DF_FLOAT64, df_shape(DF_M, n, k)), *y = f(X, R);
    df_program *p = df_compile_list(g, &y, 1,
                                    &(df_options){ .threads = threads, .cache_bytes = 1 });
    ck_assert_msg(p != NULL, "%s", df_graph_error(g));
    df_array a = { T, DF_FLOAT64, df_shape(MANY, n, n), { MOST * MOST, n, 1 } },
             b = { B, DF_FLOAT64, df_shape(MANY, n, k), { MOST * SIDES, k, 1 } }, to = a;
    to.data = Y;
    to.dims = df_shape_of(y), to.dims.size[0] = MANY;
    to.stride[1] = to.dims.rank > 1 ? to.dims.size[2] : 1;
    ck_assert(df_bind_array(p, X, &a) && df_bind_array(p, R, &b) && df_bind_out_array(p, y, &to));
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
    df_graph_free(g);
}

static df_node *plain_solve(df_node *X, df_node *R) { return df_solve(X, R); }
static df_node *times_inverse(df_node *X, df_node *R) { return df_matmul(df_inverse(X), R); }
static df_node *plain_lower(df_node *X, df_node *R)
{
    return df_triangular_solve(X, R, false, false);
}
static df_node *lower_turned(df_node *X, df_node *R)
{
    return df_triangular_solve(X, R, false, true);
}
static df_node *plain_upper(df_node *X, df_node *R)
{
    return df_triangular_solve(df_transpose_axes(X, 3, (int[]){ 0, 2, 1 }), R, true, false);
}
static df_node *upper_turned(df_node *X, df_node *R)
{
    return df_triangular_solve(df_transpose_axes(X, 3, (int[]){ 0, 2, 1 }), R, true, true);
}
static df_node *plain_cholesky(df_node *X, df_node *R) { (void)R; return df_cholesky(X); }
static df_node *plain_inverse(df_node *X, df_node *R) { (void)R; return df_inverse(X); }
static df_node *plain_logdet(df_node *X, df_node *R) { (void)R; return df_logdet(X); }
static df_node *plain_det(df_node *X, df_node *R)
{
    (void)R;
    return df_det(df_scale(X, 1.0 / (double)df_shape_of(X).size[1]));
}

static const struct {
    const char *what;
    df_node *(*f)(df_node *, df_node *);
    bool triangle, transposed;
} solvers[] = {
    { "solve", plain_solve, false, false },
    { "inverse", times_inverse, false, false },
    { "lower", plain_lower, true, false },
    { "lower transposed", lower_turned, true, true },
    { "upper", plain_upper, true, true },
    { "upper transposed", upper_turned, true, false },
};

/* On both sides of the sizes from which on LAPACK works. */
static const int sizes[] = { 14, 17, 19, 40, 79, 80, 86, 95, 96, 97, 137 };
static const int sides[] = { 1, 3, SIDES };

START_TEST(equations_of_all_sizes_have_the_solution_they_were_made_of)
{
    int n = sizes[_i];
    for (int k = 0; k < (int)COUNT(sides); k++)
        for (int s = 0; s < 2 * (int)COUNT(solvers); s++) {
            df_type real = s % 2 ? DF_FLOAT64 : DF_FLOAT32;
            double (*T)[MOST * MOST] = solvers[s / 2].triangle ? L : A;
            whole_numbers(n, sides[k], false);
            right_sides(n, sides[k], T, solvers[s / 2].transposed);
            values(real, solvers[s / 2].f, n, sides[k], T, 1);
            for (int e = 0; e < MANY; e++)
                for (int i = 0; i < n * sides[k]; i++)
                    ck_assert_msg(fabs(Y[e][i] - want[e][i]) < (s % 2 ? 1e-12 : 2e-4),
                                  "%s, %d rows, %d sides: %g, not %g", solvers[s / 2].what, n,
                                  sides[k], Y[e][i], want[e][i]);
        }
}
END_TEST

/* Rows shifted by s turn the sign of a determinant s (n - s) times. */
START_TEST(factors_of_all_sizes_are_those_they_were_made_of)
{
    int n = sizes[_i];
    whole_numbers(n, 1, true);
    values(_i % 2 ? DF_FLOAT64 : DF_FLOAT32, plain_cholesky, n, 1, A, 1);
    for (int e = 0; e < MANY; e++)
        for (int i = 0; i < n * n; i++)
            ck_assert_double_eq_tol(Y[e][i], L[e][i], _i % 2 ? 1e-12 : 1e-4);
    for (int e = 0; e < MANY; e++)
        for (int i = 0; i < n * n; i++)
            A[e][(i / n + e) % n * n + i % n] = L[e][i];
    values(DF_FLOAT32, plain_logdet, n, 1, A, 1);
    for (int e = 0; e < MANY; e++) {
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += __builtin_log(L[e][i * n + i]);
        ck_assert_double_eq_tol(Y[e][0] / sum, 1, 1e-6);
    }
    values(DF_FLOAT64, plain_det, n, 1, A, 1);
    for (int e = 0; e < MANY; e++) {
        double product = e * (n - e) % 2 ? -1 : 1;
        for (int i = 0; i < n; i++)
            product *= L[e][i * n + i] / n;
        ck_assert_double_eq_tol(Y[e][0] / product, 1, 1e-12);
    }
}
END_TEST

START_TEST(large_matrices_have_the_same_bits_for_any_number_of_threads)
{
    static double one[MANY][MOST * MOST];
    static df_node *(*const f[])(df_node *, df_node *) = { plain_cholesky, plain_inverse,
                                                           plain_solve, plain_lower };
    whole_numbers(MOST - 1, SIDES, true);
    right_sides(MOST - 1, SIDES, A, false);
    values(DF_FLOAT32, f[_i], MOST - 1, SIDES, A, 1);
    memcpy(one, Y, sizeof Y);
    values(DF_FLOAT32, f[_i], MOST - 1, SIDES, A, 3);
    ck_assert_mem_eq(one, Y, sizeof Y);
}
END_TEST

/* Also where LAPACKs differ: with a first column that is not a number. */
START_TEST(what_is_not_a_number_stays_so_in_large_matrices)
{
    df_type real = _i ? DF_FLOAT64 : DF_FLOAT32;
    for (int column = 0; column < 2; column++) {
        whole_numbers(120, 1, false);
        for (int i = 0; i < 120 && column == 0; i++)
            A[1][120 * i] = NAN;
        if (column == 1)
            A[1][120 * 50 + 1] = NAN;
        values(real, plain_inverse, 120, 1, A, 1);
        for (int e = 0; e < MANY; e++)
            for (int i = 0; i < 120 * 120; i++)
                ck_assert_msg(isnan(Y[e][i]) == (e == 1), "element %d of example %d is %g", i, e,
                              Y[e][i]);
    }
}
END_TEST

/* A column of zeros, and an element of the diagonal that is too small or no number. */
static const struct {
    df_node *(*f)(df_node *);
    int at;
    double bad;
    const char *says;
} refused[] = {
    { df_inverse, -1, 0, "the matrix is singular: no pivot in column 77" },
    { df_cholesky, 77, -1, "element (77, 77) of its factor, squared, is -2" },
    { df_cholesky, 77, NAN, "element (77, 77) of its factor, squared, is nan" },
    { df_cholesky, 0, 0, "element (0, 0) of its factor, squared, is 0" },
};

START_TEST(a_bad_large_matrix_is_named_by_its_example)
{
    enum { N = 120 };
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(DF_M, N, N)), *J = df_sum(refused[_i].f(X));
    df_program *p = df_compile(g, J);
    static double a[2][N][N];
    for (int e = 0; e < 2; e++)
        for (int i = 0; i < N; i++)
            a[e][i][i] = 4;
    a[1][77][3] = 2;                                     /* -1 - (2 / 2)^2 is -2 */
    int at = refused[_i].at;
    a[1][at < 0 ? 77 : at][at < 0 ? 77 : at] = refused[_i].bad;
    ck_assert(df_bind(p, X, &a[0][0][0], 2 * N * N) && !df_run(p));
    ck_assert_msg(strstr(df_program_error(p), refused[_i].says) &&
                      strstr(df_program_error(p), "example 1"),
                  "%s", df_program_error(p));
    df_graph_free(g);
}
END_TEST

TESTS(
    ROWS(equations_of_all_sizes_have_the_solution_they_were_made_of, COUNT(sizes)),
    ROWS(factors_of_all_sizes_are_those_they_were_made_of, COUNT(sizes)),
    ROWS(large_matrices_have_the_same_bits_for_any_number_of_threads, 4),
    ROWS(what_is_not_a_number_stays_so_in_large_matrices, 2),
    ROWS(a_bad_large_matrix_is_named_by_its_example, COUNT(refused)),
)
