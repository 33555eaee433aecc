/* test_random_ops.c -- random values inside graphs: what they depend on, and how they are spread
 *
 * SPDX-License-Identifier: MIT */
#include "check.h"
#include "df.h"
#include "plan.h"
#include <math.h>

enum { N = 3, MOST = 1000 };

/* A graph with random values per example and global ones, and an input that says how many examples
 * there are. */
typedef struct {
    df_graph *g;
    df_node *X, *of_examples[4], *global[2], *step;
    df_program *p;
    double x[MOST], value[4][N * MOST], all[2][N];
} net;

static void build(net *n, df_type real, const df_options *o)
{
    n->g = df_graph_new(real);
    n->X = df_input_of(n->g, "X", DF_FLOAT64, df_shape(1, DF_M));
    n->of_examples[0] = df_uniform(n->g, df_shape(N, DF_M));
    n->of_examples[1] = df_normal(n->g, df_shape(DF_M, N));
    n->of_examples[2] = df_bernoulli(n->g, 0.3, df_shape(N, DF_M));
    n->of_examples[3] = df_dropout(df_add(n->X, df_zeros(n->g, df_shape(N, 1))), 0.25);
    n->global[0] = df_uniform(n->g, df_shape(N, 1));
    n->global[1] = df_normal(n->g, df_shape(N, 1));
    df_node *W = df_param(n->g, "W", df_shape(1)), *mean = df_mean(n->of_examples[1]);
    ck_assert(df_init_fill(W, 0));
    n->step = df_update(W, df_add(W, mean));
    df_node *all[] = { n->of_examples[0], n->of_examples[1], n->of_examples[2], n->of_examples[3],
                       n->global[0], n->global[1], n->step };
    n->p = df_compile_list(n->g, all, o && o->check_finite ? 7 : 6, o);
    ck_assert_msg(n->p != NULL, "%s", df_graph_error(n->g));
    n->p->plan->work = 1e9;                  /* threads share it, however little there is to do */
    for (int i = 0; i < MOST; i++)
        n->x[i] = 1;
    ck_assert(df_bind(n->p, n->X, n->x, MOST));
}

/* On examples first .. first + m - 1, or those listed. */
static void run(net *n, int64_t first, int64_t m, const int64_t *which)
{
    for (int k = 0; k < 4; k++)
        ck_assert(df_bind_out(n->p, n->of_examples[k], n->value[k], N * m));
    ck_assert_msg(which ? df_run_pick(n->p, which, m) : df_run_range(n->p, first, m), "%s",
                  df_program_error(n->p));
    for (int k = 0; k < 2; k++)
        ck_assert(df_fetch(n->p, n->global[k], n->all[k], N));
}

static const df_options updating = { .check_finite = true };

START_TEST(any_threads_and_any_tiles_give_the_same_bits)
{
    static const int threads[] = { 1, 2, 3, 7 };
    static const size_t bytes[] = { 0, 1, 1000, 20000, 1 << 24 };
    df_type real = _i ? DF_FLOAT64 : DF_FLOAT32;
    static net one, other;
    build(&one, real, &(df_options){ .threads = 1 });
    run(&one, 0, MOST, NULL);
    for (size_t i = 0; i < COUNT(threads) * COUNT(bytes); i++) {
        build(&other, real, &(df_options){ .threads = threads[i % COUNT(threads)],
                                           .cache_bytes = bytes[i / COUNT(threads)] });
        run(&other, 0, MOST, NULL);
        ck_assert_mem_eq(one.value, other.value, sizeof one.value);
        ck_assert_mem_eq(one.all, other.all, sizeof one.all);
        df_graph_free(other.g);
    }
    df_graph_free(one.g);
}
END_TEST

START_TEST(an_example_has_its_values_however_a_run_chooses_it)
{
    static const int64_t which[] = { 999, 0, 17, 500, 17, 3, 4, 5 };
    static net all, n;
    build(&all, DF_FLOAT64, NULL);
    build(&n, DF_FLOAT64, &(df_options){ .cache_bytes = 1 });
    run(&all, 0, MOST, NULL);
    run(&n, 123, 300, NULL);
    for (int k = 0; k < 4; k++)
        ck_assert_mem_eq(n.value[k], all.value[k] + N * 123, N * 300 * sizeof(double));
    ck_assert_mem_eq(n.all, all.all, sizeof n.all);
    run(&n, 0, COUNT(which), which);
    for (size_t i = 0; i < COUNT(which); i++)
        for (int k = 0; k < 4; k++)
            ck_assert_mem_eq(n.value[k] + N * i, all.value[k] + N * which[i], N * sizeof(double));
    ck_assert_mem_eq(n.all, all.all, sizeof n.all);
    df_graph_free(all.g);
    df_graph_free(n.g);
}
END_TEST

/* How many elements of a and b are the same. */
static int common(const double *a, const double *b, int n)
{
    int same = 0;
    for (int i = 0; i < n; i++)
        same += a[i] == b[i];
    return same;
}

START_TEST(runs_that_update_change_the_values_and_others_repeat_them)
{
    static net n, was;
    build(&n, DF_FLOAT64, NULL);
    run(&n, 0, MOST, NULL);
    was = n;
    run(&n, 0, MOST, NULL);
    ck_assert_mem_eq(n.value, was.value, sizeof n.value);
    df_graph_free(n.g);
    build(&n, DF_FLOAT64, &updating);
    run(&n, 0, MOST, NULL);
    ck_assert_mem_eq(n.value, was.value, sizeof n.value);
    for (int k = 0; k < 3; k++) {
        was = n;
        run(&n, 0, MOST, NULL);
        ck_assert_int_eq(common(n.value[0], was.value[0], N * MOST), 0);
        ck_assert_int_eq(common(n.value[1], was.value[1], N * MOST), 0);
        ck_assert_int_eq(common(n.all[0], was.all[0], N) + common(n.all[1], was.all[1], N), 0);
    }
    was = n;
    ck_assert(!df_run_range(n.p, 0, MOST + 1));      /* what fails does not count */
    df_program *same = df_compile(n.g, n.global[0]);
    ck_assert(df_run(same));
    ck_assert(df_fetch(same, n.global[0], n.all[0], N));
    run(&n, 0, MOST, NULL);
    ck_assert_int_eq(common(n.all[0], was.all[0], N), 0);
    df_graph_free(n.g);
}
END_TEST

START_TEST(two_calls_have_nothing_in_common)
{
    static double u[2][N * MOST], v[MOST];
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(DF_M)), *y[2];
    for (int k = 0; k < 2; k++)
        y[k] = df_uniform(g, df_shape(N, DF_M));
    df_program *p = df_compile(g, y[0], y[1], df_sum(X));
    ck_assert_msg(p && df_bind(p, X, v, MOST), "%s", df_graph_error(g));
    for (int k = 0; k < 2; k++)
        ck_assert(df_bind_out(p, y[k], u[k], N * MOST));
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
    ck_assert_int_eq(common(u[0], u[1], N * MOST), 0);
    df_graph_free(g);
}
END_TEST

START_TEST(two_seeds_and_two_elements_have_nothing_in_common)
{
    static net n, other;
    static double seen[N * MOST];
    build(&n, DF_FLOAT64, NULL);
    run(&n, 0, MOST, NULL);
    build(&other, DF_FLOAT64, NULL);
    df_seed(other.g, 1);
    run(&other, 0, MOST, NULL);
    ck_assert_int_eq(common(n.value[0], other.value[0], N * MOST), 0);
    ck_assert_int_eq(common(n.value[1], other.value[1], N * MOST), 0);
    df_seed(other.g, 0);
    run(&other, 0, MOST, NULL);
    ck_assert_mem_eq(n.value, other.value, sizeof n.value);
    memcpy(seen, n.value[0], sizeof seen);
    for (int i = 0; i < N * MOST; i++)
        for (int j = 0; j < i; j++)
            ck_assert(seen[i] != seen[j]);
    ck_assert(df_uniform(n.g, df_shape(1)) != df_uniform(n.g, df_shape(1)));
    ck_assert(df_dropout(n.X, 0.5) != df_dropout(n.X, 0.5));
    df_graph_free(n.g);
    df_graph_free(other.g);
}
END_TEST

/* ---- how they are spread --------------------------------------------------------------------- */

/* Many values of one call, in order of their example and element. */
static double *draw(df_graph *g, df_node *y, df_node *X, int64_t m)
{
    int64_t n = m * df__per_example(df_shape_of(y));
    double *v = malloc((size_t)n * sizeof *v);
    df_program *p = df_compile(g, y, df_mean(X));
    ck_assert_msg(p != NULL, "%s", df_graph_error(g));
    double *x = calloc((size_t)m, sizeof *x);
    ck_assert(df_bind(p, X, x, m) && df_bind_out(p, y, v, n));
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
    free(x);
    return v;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double uniform_below(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }
static double normal_below(double x) { return erfc(-x / sqrt(2)) / 2; }

/* Largest distance between the share of values below x and the probability, times root n: above 2
 * in one case of 1500 (Kolmogorov 1933). Sorts v. */
static double kolmogorov(double *v, int64_t n, double (*below)(double))
{
    double most = 0;
    qsort(v, (size_t)n, sizeof *v, ascending);
    for (int64_t i = 0; i < n; i++) {
        double p = below(v[i]);
        double before = (double)i / (double)n - p, with = (double)(i + 1) / (double)n - p;
        most = fmax(most, fmax(fabs(before), fabs(with)));
    }
    return most * sqrt((double)n);
}

/* Deviations from 0 of the correlation with the value `lag` behind, in its standard deviations. */
static double correlation(const double *v, int64_t n, int64_t lag)
{
    double mean = 0, all = 0, with = 0;
    for (int64_t i = 0; i < n; i++)
        mean += v[i] / (double)n;
    for (int64_t i = 0; i < n; i++)
        all += (v[i] - mean) * (v[i] - mean);
    for (int64_t i = 0; i + lag < n; i++)
        with += (v[i] - mean) * (v[i + lag] - mean);
    return fabs(with / all) * sqrt((double)n);
}

static df_node *(*const kinds[])(df_graph *, df_dims) = { df_uniform, df_normal };

START_TEST(values_are_spread_as_promised)
{
    enum { EXAMPLES = 20000, EACH = 5 };
    bool normal = _i & 1;
    df_graph *g = df_graph_new(_i & 2 ? DF_FLOAT64 : DF_FLOAT32);
    df_seed(g, (uint64_t)(_i / 4));
    df_node *X = df_input_of(g, "X", DF_FLOAT64, df_shape(DF_M));
    double *v = draw(g, kinds[normal](g, df_shape(EACH, DF_M)), X, EXAMPLES);
    for (int64_t lag = 1; lag <= 2 * EACH; lag++)
        ck_assert_double_lt(correlation(v, EXAMPLES * EACH, lag), 4);
    ck_assert_double_lt(kolmogorov(v, EXAMPLES * EACH, normal ? normal_below : uniform_below), 2);
    ck_assert(normal || (v[0] > 0 && v[EXAMPLES * EACH - 1] < 1));
    free(v);
    df_graph_free(g);
}
END_TEST

START_TEST(successive_runs_are_independent)
{
    enum { RUNS = 4000 };
    static double v[RUNS];
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *W = df_param(g, "W", df_shape(1)), *u = df_uniform(g, df_shape(1));
    df_program *p = df_compile(g, u, df_update(W, u));
    ck_assert(p && df_init_fill(W, 0));
    for (int i = 0; i < RUNS; i++) {
        ck_assert(df_run(p));
        v[i] = df_value(p, u);
    }
    ck_assert_double_lt(correlation(v, RUNS, 1), 4);
    ck_assert_double_lt(correlation(v, RUNS, 2), 4);
    ck_assert_double_lt(kolmogorov(v, RUNS, uniform_below), 2);
    df_graph_free(g);
}
END_TEST

static const double shares[] = { 0, 0.001, 0.1, 0.5, 0.9, 1 };

START_TEST(bernoulli_is_1_as_often_as_asked_for)
{
    enum { EXAMPLES = 100000 };
    double p = shares[_i], ones = 0;
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *X = df_input_of(g, "X", DF_FLOAT64, df_shape(DF_M));
    double *v = draw(g, df_bernoulli(g, p, df_shape(1, DF_M)), X, EXAMPLES);
    for (int i = 0; i < EXAMPLES; i++) {
        ck_assert(v[i] == 0 || v[i] == 1);
        ones += v[i];
    }
    ck_assert_double_le(fabs(ones - p * EXAMPLES), 4 * sqrt(p * (1 - p) * EXAMPLES));
    free(v);
    df_graph_free(g);
}
END_TEST

/* ---- dropout --------------------------------------------------------------------------------- */

START_TEST(dropout_keeps_the_mean_and_derives_through_its_own_mask)
{
    enum { EXAMPLES = 5000 };
    static double x[N * EXAMPLES], y[N * EXAMPLES], again[N * EXAMPLES], d[N * EXAMPLES];
    df_graph *g = df_graph_new(_i ? DF_FLOAT64 : DF_FLOAT32);
    df_node *X = df_input_of(g, "X", DF_FLOAT64, df_shape(N, DF_M));
    df_node *D = df_dropout(df_tanh(X), 0.4), *twice = df_neg(D);
    df_node *dx = df_d(df_sum(df_mul(D, df_num(g, 3))), X);
    df_program *p = df_compile_list(g, (df_node *[]){ D, twice, dx }, 3,
                                    &(df_options){ .cache_bytes = 1, .threads = 2 });
    ck_assert_msg(p != NULL, "%s", df_graph_error(g));
    for (int i = 0; i < N * EXAMPLES; i++)
        x[i] = 0.5;
    ck_assert(df_bind(p, X, x, N * EXAMPLES) && df_bind_out(p, D, y, N * EXAMPLES));
    ck_assert(df_bind_out(p, twice, again, N * EXAMPLES) && df_bind_out(p, dx, d, N * EXAMPLES));
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
    double kept = 0, want = tanh(0.5) / 0.6, slope = 3 * (1 - tanh(0.5) * tanh(0.5)) / 0.6;
    for (int i = 0; i < N * EXAMPLES; i++) {
        bool is = y[i] != 0;
        kept += is;
        ck_assert_double_eq_tol(y[i], is ? want : 0, 1e-6);
        ck_assert_double_eq(again[i], -y[i]);
        ck_assert_double_eq_tol(d[i], is ? slope : 0, 1e-5);
    }
    ck_assert_double_le(fabs(kept - 0.6 * N * EXAMPLES), 4 * sqrt(0.24 * N * EXAMPLES));
    df_graph_free(g);
}
END_TEST

START_TEST(dropout_lets_nothing_through_of_what_it_drops)
{
    enum { EXAMPLES = 64 };
    static double x[EXAMPLES], y[EXAMPLES], d[EXAMPLES];
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(1, DF_M)), *D = df_dropout(X, 0.5);
    df_node *dx = df_d(df_sum(df_square(D)), X);
    ck_assert_ptr_eq(df_dropout(X, 0), X);
    df_program *p = df_compile(g, D, dx);
    for (int i = 0; i < EXAMPLES; i++)
        x[i] = i % 2 ? NAN : INFINITY;
    ck_assert(df_bind(p, X, x, EXAMPLES) && df_bind_out(p, D, y, EXAMPLES));
    ck_assert(df_bind_out(p, dx, d, EXAMPLES) && df_run(p));
    int dropped = 0;
    for (int i = 0; i < EXAMPLES; i++) {
        ck_assert(isfinite(y[i]) == (y[i] == 0) && isfinite(d[i]) == (d[i] == 0));
        dropped += y[i] == 0;
    }
    ck_assert(dropped > 16 && dropped < 48);
    df_graph_free(g);
}
END_TEST

/* ---- text and errors ------------------------------------------------------------------------- */

START_TEST(numpy_runs_what_is_printed)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(3, DF_M)), *D = df_name(df_dropout(X, 0.2), "D");
    df_node *Z = df_name(df_normal(g, df_shape(DF_M, 2)), "Z");
    df_node *B = df_name(df_bernoulli(g, 0.5, df_shape(4)), "B");
    df_node *J = df_name(df_mean(df_square(D)), "J"), *dX = df_name(df_d(J, X), "slope");
    FILE *python = popen("/usr/bin/python3 -W ignore -", "w");
    fprintf(python, "import numpy as np\nX = np.ones((3, 1000))\n");
    ck_assert(df_print(python, DF_NUMPY | DF_PRELUDE, Z, B, J, dX));
    fprintf(python, "assert Z.shape == (1000, 2) and D.shape == (3, 1000) and B.shape == (4,)\n"
                    "assert set(np.unique(D)) == {0, 1.25} and set(B) <= {0, 1}\n"
                    "assert np.all((slope == 0) == (D == 0))\n");
    ck_assert_int_eq(pclose(python), 0);
    df_graph_free(g);
}
END_TEST

static const struct { double p; const char *says; } wrong[] = {
    { -0.1, "bernoulli: -0.1 is no probability" },
    { 1.5, "bernoulli: 1.5 is no probability" },
    { NAN, "bernoulli: nan is no probability" },
    { 1, "dropout: a rate of 1 is not in 0 .. 1" },
    { -1, "dropout: a rate of -1 is not in 0 .. 1" },
};

START_TEST(what_is_no_probability_is_refused)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_input(g, "x", df_shape(DF_M));
    bool bernoulli = wrong[_i].says[0] == 'b';
    double p = wrong[_i].p;
    ck_assert_ptr_null(bernoulli ? df_bernoulli(g, p, df_shape(2)) : df_dropout(x, p));
    ck_assert_msg(strstr(df_graph_error(g), wrong[_i].says) != NULL, "%s", df_graph_error(g));
    ck_assert_ptr_null(df_dropout(NULL, 0.5));
    ck_assert_ptr_null(df_uniform(NULL, df_shape(2)));
    df_graph_free(g);
}
END_TEST

TESTS(
    ROWS(any_threads_and_any_tiles_give_the_same_bits, 2),
    TEST(an_example_has_its_values_however_a_run_chooses_it),
    TEST(runs_that_update_change_the_values_and_others_repeat_them),
    TEST(two_calls_have_nothing_in_common),
    TEST(two_seeds_and_two_elements_have_nothing_in_common),
    ROWS(values_are_spread_as_promised, 16),
    TEST(successive_runs_are_independent),
    ROWS(bernoulli_is_1_as_often_as_asked_for, COUNT(shares)),
    ROWS(dropout_keeps_the_mean_and_derives_through_its_own_mask, 2),
    TEST(dropout_lets_nothing_through_of_what_it_drops),
    TEST_IF(numpy_runs_what_is_printed, have("/usr/bin/python3 -c 'import numpy'")),
    ROWS(what_is_no_probability_is_refused, COUNT(wrong)),
)
