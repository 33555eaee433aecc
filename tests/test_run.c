/* test_run.c -- runs: whatever m, tiles, chunks and threads, the numbers are those of a slow
 * evaluation
 *
 * SPDX-License-Identifier: MIT */
#include "cases.h"
#include <cblas.h>

START_TEST(any_m_gives_what_a_slow_evaluation_gives)
{
    df_node *y[OUTPUTS];
    int n;
    base k = new_case(_i, y, &n);
    df_program *p = compiled(k.g, y, n, &(df_options){ .cache_bytes = 1 });
    int64_t t = p->plan->tile;
    const int64_t ms[] = { 1, 15, 16, 17, t - 1, t, t + 1, 3 * t - 1, 10 * t, 70 * t + 5 };
    dice d = { 1, 0 };
    for (int i = 0; i < (int)COUNT(ms); i++) {
        given *v = given_new(k.g, ms[i], &d, -2, 2);
        double **r = run_given(p, v, y, n);
        for (int j = 0; j < n; j++) {
            double *e = expected(v, y[j]);
            check_close(table[_i / 2].name, y[j], r[j], e, elements_of(y[j], ms[i]),
                        10 * tolerance(k.g->real));
            free(e);
        }
        run_free(r, n);
        given_free(v);
    }
    df_graph_free(k.g);
}
END_TEST

START_TEST(any_tile_width_gives_the_same)
{
    df_node *y[OUTPUTS];
    int n;
    base k = new_case(_i, y, &n);
    dice d = { 2, 0 };
    given *v = given_new(k.g, 1234, &d, -2, 2);
    double **first = NULL;
    for (size_t cache = 1; cache < (size_t)1 << 40; cache *= 1 << 6) {
        df_program *p = compiled(k.g, y, n, &(df_options){ .cache_bytes = cache, .threads = 1 });
        double **r = run_given(p, v, y, n);
        for (int j = 0; first && j < n; j++)
            check_close(table[_i / 2].name, y[j], r[j], first[j], elements_of(y[j], 1234),
                        10 * tolerance(k.g->real));
        if (first)
            run_free(r, n);
        else
            first = r;
    }
    run_free(first, n);
    given_free(v);
    df_graph_free(k.g);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    const int threads[] = { 1, 2, 3, 7 };
    df_node *y[OUTPUTS];
    int n;
    base k = new_case(_i, y, &n);
    dice d = { 3, 0 };
    given *v = given_new(k.g, 3001, &d, -2, 2);
    double **first = NULL;
    for (int i = 0; i < (int)COUNT(threads); i++) {
        df_program *p = compiled(k.g, y, n,
                                 &(df_options){ .threads = threads[i], .cache_bytes = 1 });
        ck_assert_int_gt(df__choose_cut(p->plan, 3001).chunks, 7);
        ck_assert_int_eq(df__threads_for(p, 3001), threads[i]);
        for (int again = 0; again < 3; again++) {
            double **r = run_given(p, v, y, n);
            for (int j = 0; first && j < n; j++)
                check_bits(table[_i / 2].name, y[j], r[j], first[j], elements_of(y[j], 3001));
            if (first)
                run_free(r, n);
            else
                first = r;
        }
    }
    run_free(first, n);
    given_free(v);
    df_graph_free(k.g);
}
END_TEST

/* ---- which examples ---------------------------------------------------------------------- */

enum { ALL = 200, FIRST = 33, SOME = 77 };

/* The examples first .. of v, in the order of which. */
static given *picked(const given *v, const int64_t *which, int64_t m)
{
    given *w = calloc(1, sizeof *w);
    *w = *v;
    w->e.m = m;
    for (int k = 0; k < v->e.n; k++) {
        df_dims s = v->e.x[k]->dims;
        size_t one = (size_t)df__per_example(s) * df__type_size(v->e.x[k]->type);
        bool over = df__has_m(s);
        w->c_order[k] = NULL;
        w->by_example[k] = malloc(one * (size_t)(over ? m : 1));
        for (int64_t i = 0; i < (over ? m : 1); i++)
            memcpy((char *)w->by_example[k] + (size_t)i * one,
                   (char *)v->by_example[k] + (over ? (size_t)which[i] * one : 0), one);
    }
    return w;
}

static void check_same(df_program *p, df_node *const *y, int n, int64_t m, bool good, double **r,
                       double **want)
{
    ck_assert_msg(good, "%s", df_program_error(p));
    fetch_rest(p, y, n, r);
    for (int j = 0; j < n; j++)
        check_bits("examples", y[j], r[j], want[j], elements_of(y[j], m));
    run_free(r, n);
    run_free(want, n);
}

START_TEST(a_range_and_a_pick_are_a_run_of_those_examples_alone)
{
    df_node *y[OUTPUTS];
    int n;
    base k = new_case(_i, y, &n);
    dice d = { 4, 0 };
    int64_t all[ALL], some[SOME], twice[2 * ALL];
    for (int i = 0; i < ALL; i++)
        all[i] = i;
    for (int i = 0; i < SOME; i++)
        some[i] = (int64_t)roll(&d, ALL);
    for (int i = 0; i < 2 * ALL; i++)
        twice[i] = i % 3 ? i / 2 : ALL - 1 - i / 2;
    given *v = given_new(k.g, ALL, &d, -2, 2), *w = picked(v, some, SOME),
          *u = picked(v, twice, 2 * ALL);
    const df_options o = { .cache_bytes = 1, .threads = 2 };
    df_program *p = compiled(k.g, y, n, &o), *q = compiled(k.g, y, n, &o);
    given_bind(p, v, 0, ALL);
    double **r = places_new(p, y, n, ALL);
    check_same(p, y, n, ALL, df_run_pick(p, all, ALL), r, run_given(q, v, y, n));
    r = places_new(p, y, n, ALL);
    check_same(p, y, n, ALL, df_run_range(p, 0, ALL), r, run_given(q, v, y, n));
    r = places_new(p, y, n, SOME);
    check_same(p, y, n, SOME, df_run_range(p, FIRST, SOME), r, run_part(q, v, y, n, FIRST, SOME));
    r = places_new(p, y, n, SOME);
    check_same(p, y, n, SOME, df_run_pick(p, some, SOME), r, run_given(q, w, y, n));
    r = places_new(p, y, n, 2 * ALL);
    check_same(p, y, n, 2 * ALL, df_run_pick(p, twice, 2 * ALL), r, run_given(q, u, y, n));
    given_free(v);
    given_free(w);
    given_free(u);
    df_graph_free(k.g);
}
END_TEST

START_TEST(sums_of_two_parts_add_up_to_the_sum_of_the_whole)
{
    df_node *y[OUTPUTS];
    int n;
    base k = new_case(2 + _i, y, &n);
    dice d = { 5, 0 };
    given *v = given_new(k.g, ALL, &d, -2, 2);
    df_program *p = compiled(k.g, y, n, NULL);
    double **all = run_given(p, v, y, n), **a = run_part(p, v, y, n, 0, FIRST);
    double **b = run_part(p, v, y, n, FIRST, ALL - FIRST);
    for (int j = 0; j < n; j++) {
        int64_t size = elements_of(y[j], 1);
        for (int64_t i = 0; i < size && !df__has_m(y[j]->dims); i++)
            a[j][i] += b[j][i];
        if (!df__has_m(y[j]->dims))
            check_close("parts", y[j], a[j], all[j], size, tolerance(k.g->real));
    }
    run_free(all, n);
    run_free(a, n);
    run_free(b, n);
    given_free(v);
    df_graph_free(k.g);
}
END_TEST

START_TEST(blas_is_called_by_two_threads_only_if_it_has_locks)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *X = df_input(g, "X", df_shape(256, DF_M)), *W = df_param(g, "W", df_shape(256, 256));
    df_node *large = df_mean(df_square(df_matmul(W, X))), *none = df_mean(df_exp(X));
    int of_large = openblas_get_parallel() != 0 ? 2 : 1;
    const df_options o = { .threads = 2 };
    ck_assert_int_eq(df__threads_for(compiled(g, &large, 1, &o), 10000), of_large);
    ck_assert_int_eq(df__threads_for(compiled(g, &none, 1, &o), 10000), 2);
    df_graph_free(g);
}
END_TEST

/* ---- bad values -------------------------------------------------------------------------- */

enum { MANY = 3000 };

START_TEST(the_first_bad_label_is_named_and_nothing_is_assigned)
{
    const int threads[] = { 1, 2, 3, 7 };
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *X = df_input(g, "X", df_shape(4, DF_M)),
            *t = df_input_of(g, "t", DF_INT32, df_shape(1, DF_M));
    df_node *u = df_input_of(g, "u", DF_INT32, df_shape(1, DF_M)),
            *W = df_param(g, "W", df_shape(4, 4));
    df_node *Z = df_matmul(W, X), *L = df_softmax_cross_entropy(Z, t, 0), *H = df_one_hot(u, 5);
    df_node *J = df_add(df_cost(L), df_mean(H)), *step = df_sgd(J, df_num(g, 1), NULL);
    static float x[4 * MANY];
    static int32_t labels[MANY], others[MANY];
    double before[16], after[16];
    ck_assert(df_init(g) && df_get(W, before, 16));
    for (int i = 0; i < MANY; i++)
        x[4 * i] = 1, labels[i] = i % 4, others[i] = i % 5;
    labels[2999] = 4, labels[1701] = -1, labels[1707] = 9, others[1700] = 5, others[2000] = -7;
    for (int i = 0; i < (int)COUNT(threads); i++) {
        df_options o = { .threads = threads[i], .cache_bytes = 1 };
        df_program *p = compiled(g, (df_node *[]){ J, step }, 2, &o);
        ck_assert(df_bind(p, X, x, 4 * MANY) && df_bind(p, t, labels, MANY) &&
                  df_bind(p, u, others, MANY));
        ck_assert(!df_run(p) && df_program_status(p) == DF_BAD_VALUE);
        ck_assert_str_eq(df_program_error(p),
                         "run: one_hot: example 1700: label 5 is not in 0 .. 4");
        ck_assert(isnan(df_value(p, J)));
        ck_assert(!df_run_range(p, 1701, 100));
        ck_assert_str_eq(df_program_error(p),
                         "run: softmax_cross_entropy: example 1701: label -1 is not in 0 .. 3");
        const int64_t which[] = { 5, 2000, 1707 };
        ck_assert(!df_run_pick(p, which, 3));
        ck_assert_str_eq(df_program_error(p),
                         "run: one_hot: example 2000: label -7 is not in 0 .. 4");
        ck_assert(df_get(W, after, 16) && !memcmp(before, after, sizeof before));
        ck_assert(df_run_range(p, 100, 100) && df_program_status(p) == DF_OK &&
                  isfinite(df_value(p, J)));
        ck_assert_str_eq(df_program_error(p), "");
        ck_assert(df_get(W, after, 16) && memcmp(before, after, sizeof before) &&
                  df_set(W, before, 16));
    }
    df_graph_free(g);
}
END_TEST

START_TEST(a_bad_label_without_examples_is_named_without_one)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *t = df_input_of(g, "t", DF_UINT8, df_shape(3)), *H = df_one_hot(t, 2);
    df_program *p = df_compile(g, H);
    ck_assert(df_bind(p, t, ((const uint8_t[]){ 0, 1, 2 }), 3) && !df_run(p));
    ck_assert_str_eq(df_program_error(p), "run: one_hot: label 2 is not in 0 .. 1");
    df_graph_free(g);
}
END_TEST

/* mean(X) e^w and m: 1/m holds for an m, e^w until w changes; with w alone, and with both. */
START_TEST(what_stands_before_the_passes_is_of_this_run)
{
    static const struct { double w; int64_t m; } runs[] = { { 0, 4 }, { 1, 4 }, { 1, 3 },
                                                            { 2, 4 } };
    static const double x[] = { 1, 2, 3, 6 }, mean[] = { 0, 1, 1.5, 2, 3 };
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(1, DF_M)), *w = df_param(g, "w", df_shape(1));
    df_node *e = df_exp(w), *J = df_mean(df_mul(X, e));
    df_node *count = df_mul(df_examples(g), df_num(g, 2));
    df_node *y[] = { J, e, count };
    for (int with_w = 0; with_w < 2; with_w++) {
        df_node *M = df_mean(X), *all[] = { M, count };
        df_program *p = with_w ? compiled(g, y, 3, NULL) : compiled(g, all, 2, NULL);
        ck_assert(df_bind_f64(p, X, x, 4));
        for (size_t i = 0; i < COUNT(runs); i++) {
            double scale = with_w ? exp(runs[i].w) : 1;
            ck_assert(df_set(w, &runs[i].w, 1) && df_run_range(p, 0, runs[i].m));
            ck_assert_double_eq_tol(df_value(p, with_w ? J : M), mean[runs[i].m] * scale, 1e-14);
            ck_assert_double_eq(df_value(p, count), 2 * (double)runs[i].m);
        }
    }
    df_graph_free(g);
}
END_TEST

TESTS(
    TEST(what_stands_before_the_passes_is_of_this_run),
    ROWS(any_m_gives_what_a_slow_evaluation_gives, 2 * CASES),
    ROWS(any_tile_width_gives_the_same, 2 * CASES),
    TEST(blas_is_called_by_two_threads_only_if_it_has_locks),
    ROWS(any_number_of_threads_gives_the_same_bits, 2 * CASES),
    ROWS(a_range_and_a_pick_are_a_run_of_those_examples_alone, 2 * CASES),
    ROWS(sums_of_two_parts_add_up_to_the_sum_of_the_whole, 2),
    TEST(the_first_bad_label_is_named_and_nothing_is_assigned),
    TEST(a_bad_label_without_examples_is_named_without_one),
)
