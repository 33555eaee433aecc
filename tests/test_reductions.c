/* test_reductions.c -- reductions against loops over indices, for every set of axes
 *
 * SPDX-License-Identifier: MIT */
#include "graphs.h"

/* What a reduction of n values is. */
static double sum(const double *x, int64_t n)
{
    double s = 0;
    for (int64_t k = 0; k < n; k++)
        s += x[k];
    return s;
}

static double mean(const double *x, int64_t n) { return sum(x, n) / (double)n; }

static double variance(const double *x, int64_t n)
{
    double mu = mean(x, n), s = 0;
    for (int64_t k = 0; k < n; k++)
        s += (x[k] - mu) * (x[k] - mu);
    return s / (double)n;
}

static double prod(const double *x, int64_t n)
{
    double p = 1;
    for (int64_t k = 0; k < n; k++)
        p *= x[k];
    return p;
}

static double largest(const double *x, int64_t n)
{
    double y = x[0];
    for (int64_t k = 1; k < n; k++)
        y = x[k] > y ? x[k] : y;
    return y;
}

static double smallest(const double *x, int64_t n)
{
    double y = x[0];
    for (int64_t k = 1; k < n; k++)
        y = x[k] < y ? x[k] : y;
    return y;
}

static double logsumexp(const double *x, int64_t n)
{
    double s = 0;
    for (int64_t k = 0; k < n; k++)
        s += exp(x[k]);
    return log(s);
}

static double norm(const double *x, int64_t n)
{
    double s = 0;
    for (int64_t k = 0; k < n; k++)
        s += x[k] * x[k];
    return sqrt(s);
}

static double count(const double *x, int64_t n)
{
    double c = 0;
    for (int64_t k = 0; k < n; k++)
        c += x[k] != 0;
    return c;
}

static double any(const double *x, int64_t n) { return count(x, n) > 0; }
static double all(const double *x, int64_t n) { return count(x, n) == (double)n; }

static const struct {
    const char *name;
    df_node *(*of_all)(df_node *), *(*along)(df_node *, int),
        *(*over)(df_node *, int, const int *);
    double (*want)(const double *, int64_t);
} reductions[] = {
    { "sum", df_sum, df_sum_axis, df_sum_axes, sum },
    { "mean", df_mean, df_mean_axis, df_mean_axes, mean },
    { "variance", df_variance, df_variance_axis, df_variance_axes, variance },
    { "prod", df_prod, df_prod_axis, df_prod_axes, prod },
    { "max", df_max_all, df_max_axis, df_max_axes, largest },
    { "min", df_min_all, df_min_axis, df_min_axes, smallest },
    { "logsumexp", df_logsumexp, df_logsumexp_axis, df_logsumexp_axes, logsumexp },
    { "norm", df_norm, df_norm_axis, df_norm_axes, norm },
    { "count", df_count, df_count_axis, df_count_axes, count },
    { "any", df_any, df_any_axis, df_any_axes, any },
    { "all", df_all, df_all_axis, df_all_axes, all },
};

enum { M = 7 };

/* The reduction of x, in C order, over a set of axes: y in C order. */
static void reduce(const evaluation *e, const df_node *x, const double *v, int64_t axes, df_dims to,
                   double (*want)(const double *, int64_t), double *y)
{
    int64_t n = ev_elements(e, x->dims), index[DF_RANK];
    double *row = malloc((size_t)n * sizeof *row);
    for (int64_t at = 0; at < ev_elements(e, to); at++) {
        int64_t k = 0;
        for (int64_t i = 0; i < n; i++) {
            ev_index(e, x->dims, i, index);
            for (int j = 0; j < x->dims.rank; j++)
                index[j] = axes >> j & 1 ? 0 : index[j];
            if (ev_place(e, to, index) == at)
                row[k++] = v[i];
        }
        y[at] = want(row, k);
    }
    free(row);
}

/* y of the library, C order, beside the loops. */
static void compare(given *v, df_node *x, df_node *y, int64_t axes, int r, const df_options *o)
{
    ck_assert_msg(y != NULL, "%s: %s", reductions[r].name, df_graph_error(x->g));
    df_dims to = x->dims;
    for (int j = 0; j < to.rank; j++)
        to.size[j] = axes >> j & 1 ? 1 : to.size[j];
    df_program *p = compiled(x->g, &y, 1, o);
    double **got = run_given(p, v, &y, 1);
    int64_t n = ev_elements(&v->e, to);
    ck_assert(ev_elements(&v->e, y->dims) == n);
    double *is = malloc((size_t)n * sizeof *is), *want = malloc((size_t)n * sizeof *want);
    ev_by_example(&v->e, y->dims, got[0], is, true);
    reduce(&v->e, x, v->c_order[0], axes, to, reductions[r].want, want);
    check_close(reductions[r].name, y, is, want, n, x->g->real == DF_FLOAT64 ? 1e-13 : 1e-5);
    free(is);
    free(want);
    run_free(got, 1);
    df_program_free(p);
}

static const char *const shapes[] = {
    "5", "m", "34", "3m", "m3", "234", "2m3", "m23", "23m", "2m32", "1m1",
};

static df_dims dims_of(const char *shape)
{
    df_dims s = { .rank = (int)strlen(shape) };
    for (int j = 0; j < s.rank; j++)
        s.size[j] = shape[j] == 'm' ? DF_M : shape[j] - '0';
    return s;
}

/* Each set of axes, once from the front and once from the end. */
START_TEST(every_set_of_axes_is_reduced_as_loops_do)
{
    int r = _i % (int)COUNT(reductions);
    df_dims dims = dims_of(shapes[_i / (int)COUNT(reductions)]);
    for (int64_t axes = 1; axes < (int64_t)1 << dims.rank; axes++) {
        dice d = { .seed = (uint64_t)axes };
        df_graph *g = df_graph_new(axes & 1 ? DF_FLOAT64 : DF_FLOAT32);
        df_node *x = df_input(g, "x", dims);
        int list[DF_RANK], n = 0;
        for (int j = 0; j < dims.rank; j++)
            if (axes >> j & 1)
                list[n++] = j == df_m_axis(dims) ? (int)DF_M : axes & 2 ? j : j - dims.rank;
        given *v = given_new(g, M, &d, -2, 2);
        int64_t size = ev_elements(&v->e, dims);
        for (int64_t k = 0; k < size && r >= 8; k++) /* some zeros */
            v->c_order[0][k] = floor(v->c_order[0][k] * (axes & 1 ? 0.5 : 1));
        double *by_example = malloc((size_t)size * sizeof *by_example);
        ev_by_example(&v->e, dims, v->c_order[0], by_example, false);
        free(v->by_example[0]);
        v->by_example[0] = in_type_of(x, by_example, size);
        free(by_example);
        df_options small = { .cache_bytes = 1 };
        compare(v, x, reductions[r].over(x, n, list), axes, r, NULL);
        compare(v, x, reductions[r].over(x, n, list), axes, r, &small);
        if (n == 1)
            compare(v, x, reductions[r].along(x, list[0]), axes, r, NULL);
        if (n == dims.rank)
            compare(v, x, reductions[r].of_all(x), axes, r, &small);
        given_free(v);
        df_graph_free(g);
    }
}
END_TEST

/* ---- many examples --------------------------------------------------------------------------- */

enum { MANY = 4000 };

static df_node *over_m(df_node *x, int k)
{
    static df_node *(*const f[])(df_node *, int) = {
        df_variance_axis, df_norm_axis, df_logsumexp_axis, df_max_axis
    };
    return f[k](x, DF_M);
}

/* In several chunks: the same bits with any threads, the digits that float has. */
START_TEST(accumulations_over_many_examples_keep_their_digits)
{
    static const struct { float mean, spread; double tol; } data[] = {
        { 100, 0.01F, 2e-3 }, { 0, 1e30F, 1e-5 }, { 0, 90, 1e-6 }, { 5, 1, 0 }
    };
    static float x[MANY];
    float got[3];
    double top = 0;
    for (int k = 0; k < MANY; k++) {
        x[k] = data[_i].mean + data[_i].spread * (float)sin(k * 0.7);
        top = fabs(x[k]) > top ? fabs(x[k]) : top;
    }
    double want = 0, mu = 0;
    for (int k = 0; k < MANY; k++)
        mu += x[k] / (double)MANY;
    for (int k = 0; k < MANY; k++)
        want += _i == 0 ? (x[k] - mu) * (x[k] - mu) / MANY : _i == 1 ? x[k] / top * (x[k] / top)
                                                                      : exp(x[k] - top);
    want = _i == 0 ? want : _i == 1 ? top * sqrt(want) : _i == 2 ? top + log(want) : top;
    for (int threads = 1; threads <= 3; threads++) {
        df_graph *g = df_graph_new(DF_FLOAT32);
        df_node *X = df_input(g, "X", df_shape(DF_M)), *y = over_m(X, _i);
        df_options o = { .threads = threads, .cache_bytes = 1000 };
        df_program *p = compiled(g, &y, 1, &o);
        double v;
        ck_assert(df_bind(p, X, x, MANY) && df_run(p) && df_fetch(p, y, &v, 1));
        ck_assert_msg(fabs(v - want) <= data[_i].tol * fabs(want), "%.9g, not %.9g", v, want);
        got[threads - 1] = (float)v;
        df_graph_free(g);
    }
    ck_assert(got[0] == got[1] && got[0] == got[2]);
}
END_TEST

/* ---- derivatives at special places ----------------------------------------------------------- */

typedef df_node *reduction(df_node *x);
static df_node *prod_rows(df_node *x) { return df_prod_axis(x, 1); }
static df_node *norm_rows(df_node *x) { return df_norm_axis(x, 1); }
static df_node *prod_m(df_node *x) { return df_prod_axis(x, DF_M); }
static df_node *norm_m(df_node *x) { return df_norm_axis(x, DF_M); }
static df_node *count_rows(df_node *x) { return df_mul(df_count_axis(x, 1), x); }
static df_node *sort_rows(df_node *x)
{
    const double weight[] = { 1, 10, 100 };
    return df_mul(df_sort(x, 1), df_const(df_graph_of(x), df_shape(1, 3), weight, 3));
}

/* Of the sum of y by each of the elements of a row of 3, of 3 examples if by_m. */
static const struct { reduction *f; bool by_m; double x[3], d[3]; } places[] = {
    { prod_rows, false, { 2, 0, 5 }, { 0, 10, 0 } },
    { prod_rows, false, { 0, 0, 5 }, { 0, 0, 0 } },
    { prod_rows, false, { 2, -3, 5 }, { -15, 10, -6 } },
    { prod_m, true, { 2, 0, 5 }, { 0, 10, 0 } },
    { prod_m, true, { 0, 0, 5 }, { 0, 0, 0 } },
    { prod_m, true, { 2, -3, 5 }, { -15, 10, -6 } },
    { norm_rows, false, { 0, 0, 0 }, { 0, 0, 0 } },
    { norm_rows, false, { 3e200, 0, 4e200 }, { 0.6, 0, 0.8 } },
    { norm_m, true, { 0, 0, 0 }, { 0, 0, 0 } },
    { norm_m, true, { -3e200, 0, 4e200 }, { -0.6, 0, 0.8 } },
    { count_rows, false, { 0, 2, 3 }, { 2, 2, 2 } },
    { sort_rows, false, { 5, 2, 3 }, { 100, 1, 10 } },
    { sort_rows, false, { 2, 2, 2 }, { 1, 10, 100 } },
};

START_TEST(derivatives_are_right_at_zeros_and_ties)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_input(g, "x", places[_i].by_m ? df_shape(DF_M, 1) : df_shape(DF_M, 3));
    df_node *d = df_d(df_sum(places[_i].f(x)), x);
    df_program *p = df_compile(g, d);
    double got[3];
    ck_assert_msg(p != NULL, "%s", df_graph_error(g));
    ck_assert(df_bind(p, x, places[_i].x, 3) && df_bind_out(p, d, got, 3));
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
    for (int k = 0; k < 3; k++)
        ck_assert_double_eq_tol(got[k], places[_i].d[k], 1e-14);
    df_graph_free(g);
}
END_TEST

/* d2y/dx0 dx1 of x0 x1 x2 is x2, also where all are 0. */
START_TEST(second_derivatives_of_products_are_right_at_zeros)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_input(g, "x", df_shape(4));
    df_node *d = df_d(df_prod(x), x), *dd = df_d(df_take(d, 0, 0), x);
    df_program *p = df_compile(g, dd);
    double at[] = { 0, 0, 5, 7 }, got[4];
    ck_assert_msg(p != NULL, "%s", df_graph_error(g));
    ck_assert(df_bind(p, x, at, 4) && df_run(p) && df_fetch(p, dd, got, 4));
    ck_assert_double_eq(got[0], 0);
    ck_assert_double_eq(got[1], 35);
    ck_assert_double_eq(got[2], 0);
    ck_assert_double_eq(got[3], 0);
    df_graph_free(g);
}
END_TEST

START_TEST(the_norm_over_one_example_has_no_sign)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_input(g, "x", df_shape(DF_M)), *y = df_norm(x);
    df_program *p = df_compile(g, y);
    ck_assert(p && df_bind(p, x, &(double){ -3 }, 1) && df_run(p));
    ck_assert_double_eq(df_value(p, y), 3);
    df_graph_free(g);
}
END_TEST

START_TEST(integers_are_counted_too)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *i = df_input_of(g, "i", DF_INT32, df_shape(DF_M, 2));
    df_node *n = df_count(i), *some = df_any_axis(i, DF_M), *each = df_all_axis(i, 0);
    df_program *p = df_compile(g, n, some, each);
    int32_t at[] = { 0, 3, 0, 1, 0, -2 };
    double v[2];
    ck_assert_msg(p != NULL, "%s", df_graph_error(g));
    ck_assert(df_bind(p, i, at, 6) && df_run(p));
    ck_assert_double_eq(df_value(p, n), 3);
    ck_assert(df_fetch(p, some, v, 2) && v[0] == 0 && v[1] == 1);
    ck_assert(df_fetch(p, each, v, 2) && v[0] == 0 && v[1] == 1);
    df_graph_free(g);
}
END_TEST

TESTS(
    ROWS(every_set_of_axes_is_reduced_as_loops_do, COUNT(shapes) * COUNT(reductions)),
    ROWS(accumulations_over_many_examples_keep_their_digits, 4),
    ROWS(derivatives_are_right_at_zeros_and_ties, COUNT(places)),
    TEST(second_derivatives_of_products_are_right_at_zeros),
    TEST(the_norm_over_one_example_has_no_sign),
    TEST(integers_are_counted_too),
)
