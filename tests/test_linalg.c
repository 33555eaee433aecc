/* test_linalg.c -- small matrices: known factors, NumPy, what is refused, what is read again
 *
 * SPDX-License-Identifier: MIT
 *
 * Derivatives by differences are in test_derivatives.c. */
#include "numpy.h"
#include "same.h"

/* ---- NumPy runs what is printed -------------------------------------------------------------- */

static df_dims dims_of(const char *shape)
{
    df_dims s = { .rank = (int)strlen(shape) };
    for (int j = 0; j < s.rank; j++)
        s.size[j] = shape[j] == 'm' ? DF_M : shape[j] - '0';
    return s;
}

/* Matrices that are far from singular: A + 4 I, the diagonal where it is in A. */
static df_node *regular(df_node *A)
{
    df_dims s = df_shape_of(A), one = { .rank = s.rank };
    int64_t n = 0, last = 0;
    for (int j = 0; j < s.rank; j++)
        if (s.size[j] != DF_M)
            last = s.size[j];
    double v[64] = { 0 };
    for (int j = s.rank - 1, axes = 0; j >= 0; j--)
        one.size[j] = s.size[j] == DF_M || axes++ > 1 ? 1 : last;
    for (n = 0; n < last * last; n += last + 1)
        v[n] = 4;
    return df_add(A, df_const(df_graph_of(A), one, v, last * last));
}

static df_node *cholesky(df_node *A, df_node *B) { (void)B; return df_cholesky(regular(A)); }
static df_node *inverse(df_node *A, df_node *B) { (void)B; return df_inverse(regular(A)); }
static df_node *det(df_node *A, df_node *B) { (void)B; return df_det(regular(A)); }
static df_node *logdet(df_node *A, df_node *B) { (void)B; return df_logdet(df_neg(regular(A))); }
static df_node *trace(df_node *A, df_node *B) { (void)B; return df_trace(df_square(A)); }
static df_node *solve(df_node *A, df_node *B) { return df_solve(regular(A), B); }
static df_node *lower(df_node *A, df_node *B)
{
    return df_triangular_solve(regular(A), B, false, false);
}
static df_node *lower_t(df_node *A, df_node *B)
{
    return df_triangular_solve(regular(A), B, false, true);
}
static df_node *upper(df_node *A, df_node *B)
{
    return df_triangular_solve(regular(A), B, true, false);
}
static df_node *upper_t(df_node *A, df_node *B)
{
    return df_triangular_solve(regular(A), B, true, true);
}
static df_node *low(df_node *A, df_node *B) { (void)B; return df_triangle(A, 0.5, false); }
static df_node *high(df_node *A, df_node *B) { (void)B; return df_triangle(A, 2, true); }
static df_node *sums(df_node *A, df_node *B) { (void)B; return df_einsum("abc->ca", A, NULL); }
static df_node *turned(df_node *A, df_node *B) { (void)B; return df_einsum("abc -> bca", A, NULL); }
static df_node *all(df_node *A, df_node *B) { (void)B; return df_einsum("abc->", A, NULL); }
static df_node *product(df_node *A, df_node *B) { return df_einsum("eij,ejk->eik", A, B); }
static df_node *summed(df_node *A, df_node *B) { return df_einsum("eij,ejk->ik", A, B); }
static df_node *number(df_node *A, df_node *B) { return df_einsum("eij,ejk->", A, B); }

static const struct {
    const char *what;
    df_node *(*f)(df_node *, df_node *);
    const char *A, *B;
} calls[] = {
    { "cholesky", cholesky, "33", "" },
    { "cholesky of each", cholesky, "33m", "" },
    { "cholesky of each two", cholesky, "m233", "" },
    { "cholesky, m last", cholesky, "233m", "" },
    { "inverse", inverse, "33", "" },
    { "inverse of each", inverse, "m33", "" },
    { "inverse, m last", inverse, "33m", "" },
    { "inverse of each two", inverse, "222m", "" },
    { "det", det, "33", "" },
    { "det of each", det, "33m", "" },
    { "det of each two", det, "m222", "" },
    { "det, m last", det, "222m", "" },
    { "logdet", logdet, "33", "" },
    { "logdet of each", logdet, "m33", "" },
    { "logdet, m last", logdet, "22m", "" },
    { "trace", trace, "33", "" },
    { "trace of each", trace, "m33", "" },
    { "trace, m last", trace, "33m", "" },
    { "trace of each two", trace, "222m", "" },
    { "solve", solve, "33", "32" },
    { "solve for each", solve, "33", "32m" },
    { "solve a vector", solve, "33", "3" },
    { "solve columns", solve, "33", "3m" },
    { "solve rows", solve, "33", "m3" },
    { "solve each", solve, "33m", "3m" },
    { "solve each, m first", solve, "m33", "m32" },
    { "solve both ways", solve, "m33", "32m" },
    { "solve the same", solve, "33m", "32" },
    { "solve the same, m first", solve, "m33", "3" },
    { "solve two each", solve, "m222", "m221" },
    { "lower", lower, "33", "32" },
    { "lower transposed", lower_t, "33", "m3" },
    { "upper", upper, "33m", "32m" },
    { "upper transposed", upper_t, "m33", "31" },
    { "lower triangle", low, "33m", "" },
    { "upper triangle", high, "m33", "" },
    { "einsum sums", sums, "23m", "" },
    { "einsum turns", turned, "2m3", "" },
    { "einsum to one", all, "m23", "" },
    { "einsum product", product, "m23", "m32" },
    { "einsum summed", summed, "m23", "m32" },
    { "einsum number", number, "323", "332" },
    { "outer", df_outer, "2", "3" },
    { "outer of each", df_outer, "2m", "3m" },
    { "outer, m first", df_outer, "m2", "m3" },
    { "outer of one for all", df_outer, "2", "m3" },
};

/* y, and the derivatives of the sum of its squares. */
static void build(net *n, int k)
{
    *n = (net){ .g = df_graph_new(DF_FLOAT64) };
    df_node *A = input(n, "A", dims_of(calls[k].A));
    df_node *B = calls[k].B[0] ? input(n, "B", dims_of(calls[k].B)) : NULL;
    df_node *y = calls[k].f(A, B);
    ask(n, y);
    df_node *J = df_sum(df_square(y));
    ask(n, df_d(J, A));
    if (B)
        ask(n, df_d(J, B));
}

START_TEST(printed_equations_of_matrices_run_in_numpy)
{
    begin();
    for (int k = 0; k < (int)COUNT(calls); k++) {
        net n;
        build(&n, k);
        test(&n, calls[k].what, 0, NULL, 5000);
        df_graph_free(n.g);
    }
    end();
}
END_TEST

/* ---- what is printed reads back -------------------------------------------------------------- */

START_TEST(printed_equations_of_matrices_read_back)
{
    static net n;
    df_node *is[OUTPUTS];
    char *text = NULL, name[16], why[2 * DF_TEXT] = "";
    size_t size;
    build(&n, _i);
    n.n_out = 1;
    for (int i = 0; i < n.n_out; i++) {
        snprintf(name, sizeof name, "out%d", i);
        df_name(n.out[i], name);
    }
    FILE *f = open_memstream(&text, &size);
    write_declarations(f, n.g);
    ck_assert(df_print_list(f, DF_NUMPY | DF_RAW, n.out, n.n_out));
    fclose(f);
    df_graph *h = df_graph_new(DF_FLOAT64);
    ck_assert_msg(df_parse(h, text) != NULL, "%s in:\n%s", df_graph_error(h), text);
    for (int i = 0; i < n.n_out; i++) {
        snprintf(name, sizeof name, "out%d", i);
        is[i] = df_find(h, name);
        ck_assert_msg(is[i] != NULL, "no %s in:\n%s", name, text);
    }
    ck_assert_msg(same_graph(n.out, is, n.n_out, why), "%s in:\n%s", why, text);
    free(text);
    df_graph_free(h);
    df_graph_free(n.g);
}
END_TEST

/* ---- values ---------------------------------------------------------------------------------- */

/* L of whole numbers, so that A = L L^T is exact, and so is its factor. */
START_TEST(known_factors_come_out_exactly)
{
    enum { N = 9, EXAMPLES = 3 };
    static double A[EXAMPLES][N][N], L[EXAMPLES][N][N], y[EXAMPLES][N][N], log[EXAMPLES],
        det[EXAMPLES];
    for (int e = 0; e < EXAMPLES; e++) {
        for (int i = 0; i < N; i++)
            for (int j = 0; j <= i; j++)
                L[e][i][j] = i == j ? 1 << (i + e) % 3 : (i * 5 + j * 3 + e) % 7 - 3;
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                A[e][i][j] = j > i ? 1e300 : 0;          /* never read */
                for (int k = 0; k < N && j <= i; k++)
                    A[e][i][j] += L[e][i][k] * L[e][j][k];
            }
    }
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(DF_M, N, N)), *C = df_cholesky(X), *D = df_det(C);
    df_node *G = df_logdet(C);
    df_program *p = df_compile(g, C, D, G);
    ck_assert(df_bind(p, X, &A[0][0][0], EXAMPLES * N * N));
    ck_assert(df_bind_out(p, C, &y[0][0][0], EXAMPLES * N * N));
    ck_assert(df_bind_out(p, D, det, EXAMPLES) && df_bind_out(p, G, log, EXAMPLES));
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
    ck_assert_mem_eq(y, L, sizeof y);
    for (int e = 0; e < EXAMPLES; e++) {
        double want = 1;
        for (int i = 0; i < N; i++)
            want *= L[e][i][i];
        ck_assert_double_eq_tol(det[e] / want, 1, 1e-14);
        ck_assert_double_eq_tol(log[e], __builtin_log(want), 1e-14);
    }
    df_graph_free(g);
}
END_TEST

/* The inverse of Hilbert's matrix has whole numbers: (-1)^(i+j) (i+j-1) times four binomials. Its
 * condition for n = 6 is 1.5e7; for n = 5 it is 4.8e5. */
START_TEST(hilberts_matrix_is_inverted)
{
    static const double inverse[5][5] = {
        { 25, -300, 1050, -1400, 630 },
        { -300, 4800, -18900, 26880, -12600 },
        { 1050, -18900, 79380, -117600, 56700 },
        { -1400, 26880, -117600, 179200, -88200 },
        { 630, -12600, 56700, -88200, 44100 },
    };
    double H[5][5], Y[5][5], S[5];
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 5; j++)
            H[i][j] = 1.0 / (i + j + 1);
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(5, 5)), *I = df_inverse(X);
    df_node *s = df_solve(X, df_sum_axis(X, 1)), *D = df_det(X);
    df_program *p = df_compile(g, I, s, D);
    ck_assert(df_bind(p, X, &H[0][0], 25));
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
    ck_assert(df_fetch(p, I, &Y[0][0], 25) && df_fetch(p, s, S, 5));
    for (int i = 0; i < 25; i++)
        ck_assert_double_eq_tol((&Y[0][0])[i] / (&inverse[0][0])[i], 1, 1e-10);
    for (int i = 0; i < 5; i++)
        ck_assert_double_eq_tol(S[i], 1, 1e-10);
    ck_assert_double_eq_tol(df_value(p, D) * 266716800000.0, 1, 1e-10);
    df_graph_free(g);
}
END_TEST

/* ---- what a run refuses ---------------------------------------------------------------------- */

typedef df_node *of_matrix(df_node *);
static df_node *below_2(df_node *A)
{
    return df_triangular_solve(A, df_const(df_graph_of(A), df_shape(2), (double[]){ 1, 1 }, 2),
                               false, false);
}

static const struct { of_matrix *f; double bad[4]; const char *says; } refused[] = {
    { df_inverse, { 1, 2, 2, 4 }, "the matrix is singular: no pivot in column 1" },
    { df_inverse, { 0, 0, 0, 4 }, "the matrix is singular: no pivot in column 0" },
    { df_cholesky, { 1, 2, 2, 1 },
      "the matrix is not positive definite: element (1, 1) of its factor, squared, is -3" },
    { df_cholesky, { 0, 0, 0, 1 },
      "the matrix is not positive definite: element (0, 0) of its factor, squared, is 0" },
    { below_2, { 1, 7, 2, 0 }, "the matrix is singular: element (1, 1) of its diagonal is 0" },
};

START_TEST(a_bad_matrix_is_named_by_its_example)
{
    double A[6][4];
    for (int e = 0; e < 6; e++)
        memcpy(A[e], e == 4 ? refused[_i].bad : (double[]){ 3, 1, 1, 3 }, sizeof A[e]);
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(DF_M, 2, 2)), *J = df_sum(refused[_i].f(X));
    df_program *p = df_compile(g, J);
    ck_assert_msg(p != NULL, "%s", df_graph_error(g));
    ck_assert(df_bind(p, X, &A[0][0], 24));
    ck_assert(!df_run(p));
    ck_assert_msg(strstr(df_program_error(p), refused[_i].says) &&
                      strstr(df_program_error(p), "example 4"),
                  "%s", df_program_error(p));
    df_graph_free(g);
}
END_TEST

/* As NumPy has it: log 0, and no error. */
START_TEST(the_determinant_of_a_singular_matrix_is_0)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *A = df_const(g, df_shape(2, 2), (double[]){ 1, 2, 2, 4 }, 4), *D = df_det(A),
            *L = df_logdet(A);
    df_program *p = df_compile(g, D, L);
    ck_assert(df_run(p));
    ck_assert_double_eq(df_value(p, D), 0);
    ck_assert_double_eq(df_value(p, L), -INFINITY);
    df_graph_free(g);
}
END_TEST

/* ---- what a graph refuses -------------------------------------------------------------------- */

static df_node *chol(df_node *A, df_node *B) { (void)B; return df_cholesky(A); }
static df_node *dot_letters(df_node *A, df_node *B) { return df_einsum("ij,kl->ij", A, B); }
static df_node *no_arrow(df_node *A, df_node *B) { return df_einsum("ij,jk", A, B); }
static df_node *twice(df_node *A, df_node *B) { (void)B; return df_einsum("ii->i", A, NULL); }
static df_node *unknown(df_node *A, df_node *B) { return df_einsum("ij,jk->iz", A, B); }
static df_node *dots(df_node *A, df_node *B) { return df_einsum("...j,jk->...k", A, B); }
static df_node *three(df_node *A, df_node *B) { return df_einsum("ij,jk,kl->il", A, B); }
static df_node *m_by_m(df_node *A, df_node *B) { return df_einsum("ij,ik->jk", A, B); }
static df_node *no_letters(df_node *A, df_node *B) { return df_einsum(NULL, A, B); }

static const struct { df_node *(*f)(df_node *, df_node *); const char *A, *B, *says;
} wrong[] = {
    { chol, "23", "1", "cholesky: A (2 x 3): a matrix of 2 x 3 is not square" },
    { chol, "3m", "1", "cholesky: A (3 x m): operand 1 is no matrix" },
    { chol, "3m3", "1",
      "cholesky: A (3 x m x 3): m stands between other axes: it must be the first or last" },
    { df_solve, "33", "23",
      "solve: A (3 x 3), B (2 x 3): the matrices do not fit: wanted (n x n) and (n x k), "
      "with the same leading axes" },
    { df_solve, "233", "332",
      "solve: A (2 x 3 x 3), B (3 x 3 x 2): the matrices do not fit: wanted (n x n) and "
      "(n x k), with the same leading axes" },
    { dot_letters, "33", "3",
      "einsum: 'ij,kl->ij': A (3 x 3), B (3): an array has another number of dimensions "
      "than letters" },
    { no_arrow, "33", "33",
      "einsum: 'ij,jk': A (3 x 3), B (3 x 3): '->' and the letters of the result are missing" },
    { twice, "33", "1",
      "einsum: 'ii->i': A (3 x 3): a letter stands twice in one array: df_diag takes a diagonal" },
    { unknown, "33", "33",
      "einsum: 'ij,jk->iz': A (3 x 3), B (3 x 3): a letter of the result is in no array" },
    { dots, "33", "33",
      "einsum: '...j,jk->...k': A (3 x 3), B (3 x 3): expected letters, ',' and '->'" },
    { three, "33", "33",
      "einsum: 'ij,jk,kl->il': A (3 x 3), B (3 x 3): the letters are of another number of arrays" },
    { no_letters, "33", "33", "einsum: '': A (3 x 3), B (3 x 3): the letters are NULL" },
    { m_by_m, "3m", "3m", "m x m" },
};

START_TEST(a_shape_that_does_not_fit_is_refused)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *A = df_input(g, "A", dims_of(wrong[_i].A)),
            *B = df_input(g, "B", dims_of(wrong[_i].B));
    ck_assert_ptr_null(wrong[_i].f(A, B));
    ck_assert_msg(strstr(df_graph_error(g), wrong[_i].says), "%s", df_graph_error(g));
    ck_assert_ptr_null(wrong[_i].f(NULL, NULL));
    df_graph_free(g);
}
END_TEST

#define NUMPY have("/usr/bin/python3 -c 'import numpy'")

TESTS(
    TEST_IF(printed_equations_of_matrices_run_in_numpy, NUMPY),
    ROWS(printed_equations_of_matrices_read_back, COUNT(calls)),
    TEST(known_factors_come_out_exactly),
    TEST(hilberts_matrix_is_inverted),
    ROWS(a_bad_matrix_is_named_by_its_example, COUNT(refused)),
    TEST(the_determinant_of_a_singular_matrix_is_0),
    ROWS(a_shape_that_does_not_fit_is_refused, COUNT(wrong)),
)
