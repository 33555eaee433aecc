/* test_init.c -- initial values: which parameters get which, and that nothing else decides
 *
 * SPDX-License-Identifier: MIT */
#define DF_NO_HERE
#include "check.h"
#include <dfoo.h>
#include <math.h>

/* ---- distributions --------------------------------------------------------------------------- */

typedef struct { bool glorot; double wanted[6]; } values;

/* W1 (2 x 3), seed 5: from the published generator, written in Python. */
static const values known[] = {
    { true, { 0.3970071962233852, -0.24098827450202864, -0.838014877187556, 0.9593793642373143,
              -0.6706395692037903, 0.37173033828609725 } },
    { false, { 0.5365188036234133, 1.0540827532320676, 1.6169928929559496, -0.2548269695801714,
               -1.0347013918619956, 0.5793992708028827 } },
};

START_TEST(values_are_those_of_seed_and_name)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_seed(g, 5);
    df_node *W = df_param(g, "W1", df_shape(2, 3));
    double v[6];
    ck_assert((known[_i].glorot ? df_init_glorot(W) : df_init_he(W)) && df_get(W, v, 6));
    for (int i = 0; i < 6; i++)
        ck_assert_double_eq_tol(v[i], known[_i].wanted[i], 1e-14);
    df_graph_free(g);
}
END_TEST

static bool normal(df_node *p) { return df_init_normal(p, 3, 0.5); }
static bool uniform(df_node *p) { return df_init_uniform(p, -1, 3); }
static bool same(df_node *p) { return df_init_fill(p, 0.75); }

/* W is (300 x 2 x 50): 100 in, 300 out. limit: no value may be further from the mean. */
static const struct { bool (*init)(df_node *); double mean, sd, limit; } recipes[] = {
    { df_init_glorot, 0, 0.0707106781186548, 0.122474487139159 }, /* sqrt(6 / 400), by sqrt 3 */
    { df_init_he, 0, 0.141421356237310, 1.3 },                    /* sqrt(2 / 100) */
    { normal, 3, 0.5, 4.5 },
    { uniform, 1, 1.15470053837925, 2 },                          /* 4 / sqrt(12) */
    { same, 0.75, 0, 0 },
};

START_TEST(mean_deviation_and_limits_are_those_of_the_formula)
{
    enum { N = 300 * 2 * 50 };
    df_graph *g = df_graph_new(_i % 2 ? DF_FLOAT64 : DF_FLOAT32);
    df_node *W = df_param(g, "W", df_shape(300, 2, 50));
    static double v[N];
    double mean = 0, square = 0, wanted = recipes[_i / 2].mean, sd = recipes[_i / 2].sd;
    ck_assert(recipes[_i / 2].init(W) && df_get(W, v, N));
    for (int i = 0; i < N; i++) {
        mean += v[i] / N;
        square += pow(v[i] - wanted, 2) / N;
        ck_assert(fabs(v[i] - wanted) <= recipes[_i / 2].limit * (1 + 1e-7));
    }
    ck_assert_double_le(fabs(mean - wanted), 5 * sd / sqrt(N) + 1e-12);
    ck_assert_double_le(fabs(square - sd * sd), 5 * sqrt(2. / N) * sd * sd + 1e-12);
    df_graph_free(g);
}
END_TEST

/* ---- df_init --------------------------------------------------------------------------------- */

static df_node *layer(df_node *W, df_node *X, df_node *b, bool rows)
{
    return df_add_bias(rows ? df_matmul(X, df_transpose(W)) : df_matmul(W, X), b);
}

/* The lecture's network with `hidden` units and `in` inputs; initialised before or after its
 * derivatives are built. */
static df_graph *lecture(bool rows, int64_t in, int64_t hidden, bool derive_first)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", rows ? df_shape(DF_M, in) : df_shape(in, DF_M));
    df_node *Y = df_input(g, "Y", rows ? df_shape(DF_M, 1) : df_shape(1, DF_M));
    df_node *W1 = df_param(g, "W1", df_shape(hidden, in));
    df_node *b1 = df_param(g, "b1", rows ? df_shape(1, hidden) : df_shape(hidden, 1));
    df_node *W2 = df_param(g, "W2", df_shape(1, hidden));
    df_node *b2 = df_param(g, "b2", df_shape(1, 1));
    df_node *A1 = df_tanh(layer(W1, X, b1, rows));
    df_node *J = df_name(df_cost(df_cross_entropy(df_sigmoid(layer(W2, A1, b2, rows)), Y)), "J");
    if (derive_first)
        df_adam(J, df_num(g, 1), NULL);
    ck_assert_msg(df_init(g), "%s", df_graph_error(g));
    return g;
}

static void check_random(df_graph *g, const char *name, int64_t n, bool random)
{
    double v[64];
    ck_assert_msg(df_get(df_find(g, name), v, n), "%s", df_graph_error(g));
    for (int64_t i = 0; i < n; i++)
        ck_assert_msg((v[i] != 0) == random, "%s: element %d is %g", name, (int)i, v[i]);
    for (int64_t i = 1; random && i < n; i++)
        ck_assert(v[i] != v[i - 1]);
}

static const struct { int64_t in, hidden; } nets[] = { { 2, 4 }, { 1, 4 }, { 2, 1 }, { 1, 1 } };

START_TEST(weights_are_random_and_biases_zero_whatever_their_shapes)
{
    int64_t in = nets[_i / 4].in, hidden = nets[_i / 4].hidden;
    df_graph *g = lecture(_i & 1, in, hidden, _i & 2);
    check_random(g, "W1", in * hidden, true);
    check_random(g, "b1", hidden, false);
    check_random(g, "W2", hidden, true);
    check_random(g, "b2", 1, false);
    df_graph_free(g);
}
END_TEST

START_TEST(a_column_used_through_its_transpose_is_a_weight)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *x = df_input(g, "x", df_shape(3, DF_M));
    df_node *w = df_param(g, "w", df_shape(3, 1)), *b = df_param(g, "b", df_shape(1, 1));
    df_add_bias(df_matmul(df_transpose(w), x), b);
    df_param(g, "row", df_shape(1, 5));              /* not used yet: nobody knows */
    df_node *E = df_param(g, "E", df_shape(2, 2));   /* no row or column */
    df_sum(df_square(E));
    ck_assert(df_init(g));
    check_random(g, "w", 3, true);
    check_random(g, "b", 1, false);
    check_random(g, "row", 5, true);
    check_random(g, "E", 4, true);
    df_graph_free(g);
}
END_TEST

START_TEST(only_parameters_without_a_value_get_one)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *a = df_param(g, "a", df_shape(2, 2)), *b = df_param(g, "b", df_shape(2, 2));
    df_node *c = df_param(g, "c", df_shape(2, 2)), *s = df_state(g, "s", df_shape(2, 2));
    double v[4] = { 1, 2, 3, 4 }, first[4], w[4];
    ck_assert(df_set(a, v, 4) && df_init_fill(b, 0) && df_init(g));
    ck_assert(df_get(a, w, 4) && memcmp(w, v, sizeof v) == 0);
    check_random(g, "b", 4, false);
    check_random(g, "c", 4, true);
    ck_assert(df_get(s, w, 4) && w[0] == 0 && w[3] == 0);
    ck_assert(df_get(c, first, 4));
    df_seed(g, 99);
    ck_assert(df_init(g) && df_get(c, w, 4) && memcmp(w, first, sizeof w) == 0);
    df_graph_free(g);
}
END_TEST

START_TEST(values_do_not_depend_on_the_order_of_creation)
{
    static const char *const name[] = { "A", "B", "C" };
    double v[2][3][4];
    for (int k = 0; k < 2; k++) {
        df_graph *g = df_graph_new(DF_FLOAT64);
        for (int i = 0; i < 3; i++)
            df_param(g, name[k ? 2 - i : i], df_shape(2, 2));
        if (k)
            df_param(g, "D", df_shape(2, 2));
        ck_assert(df_init(g));
        for (int i = 0; i < 3; i++)
            ck_assert(df_get(df_find(g, name[i]), v[k][i], 4));
        df_graph_free(g);
    }
    ck_assert_mem_eq(v[0], v[1], sizeof v[0]);
    ck_assert_mem_ne(v[0][0], v[0][1], sizeof v[0][0]);
}
END_TEST

START_TEST(each_seed_gives_other_values)
{
    double v[2][4];
    for (int k = 0; k < 2; k++) {
        df_graph *g = df_graph_new(DF_FLOAT64);
        df_seed(g, (uint64_t)k << 40);
        df_node *W = df_param(g, "W", df_shape(2, 2));
        ck_assert(df_init(g) && df_get(W, v[k], 4));
        df_graph_free(g);
    }
    for (int i = 0; i < 4; i++)
        ck_assert(v[0][i] != v[1][i]);
}
END_TEST

START_TEST(a_long_chain_of_views_needs_no_deep_stack)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *w = df_param(g, "w", df_shape(2, 1)), *y = df_param(g, "v", df_shape(2, 1));
    for (int i = 0; i < 200001; i++)
        y = df_transpose(y);
    df_matmul(y, w);
    ck_assert_msg(df_init(g), "%s", df_graph_error(g));
    check_random(g, "w", 2, true);
    check_random(g, "v", 2, true);
    df_graph_free(g);
}
END_TEST

/* ---- bad calls ------------------------------------------------------------------------------- */

static bool fill_nan(df_node *p) { return df_init_fill(p, NAN); }
static bool fill_large(df_node *p) { return df_init_fill(p, 1e39); }
static bool normal_nan(df_node *p) { return df_init_normal(p, NAN, 1); }
static bool normal_negative(df_node *p) { return df_init_normal(p, 0, -1); }
static bool normal_wide(df_node *p) { return df_init_normal(p, 0, 1e38); }
static bool uniform_nan(df_node *p) { return df_init_uniform(p, 0, NAN); }
static bool uniform_back(df_node *p) { return df_init_uniform(p, 1, 0.5); }
static bool uniform_wide(df_node *p) { return df_init_uniform(p, -INFINITY, 0); }

static const struct { bool (*init)(df_node *); const char *node, *message; } bad[] = {
    { fill_nan, "W", "init_fill: W: not every value would be finite" },
    { fill_large, "W", "init_fill: W: not every value would be finite" },
    { normal_nan, "W", "init_normal: W: not every value would be finite" },
    { normal_negative, "W", "init_normal: W: the deviation is negative" },
    { normal_wide, "W", "init_normal: W: not every value would be finite" },
    { uniform_nan, "W", "init_uniform: W: not every value would be finite" },
    { uniform_back, "W", "init_uniform: W: low is above high" },
    { uniform_wide, "W", "init_uniform: W: not every value would be finite" },
    { df_init_glorot, "X", "init_glorot: X (2 x m) is neither a parameter nor a state" },
    { df_init_he, "X", "init_he: X (2 x m) is neither a parameter nor a state" },
    { uniform, "X", "init_uniform: X (2 x m) is neither a parameter nor a state" },
};

START_TEST(a_bad_call_changes_nothing_and_says_why)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *W = df_param(g, "W", df_shape(2, 2));
    double v[4];
    df_input(g, "X", df_shape(2, DF_M));
    ck_assert(!bad[_i].init(df_find(g, bad[_i].node)));
    ck_assert_str_eq(df_graph_error(g), bad[_i].message);
    ck_assert(df_graph_status(g) == DF_OK && !df_get(W, v, 4));
    ck_assert(!bad[_i].init(NULL) && !df_init(NULL));
    df_graph_free(g);
}
END_TEST

START_TEST(what_just_fits_a_float_is_allowed)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *W = df_param(g, "W", df_shape(2, 2)), *s = df_state(g, "s", df_shape(2));
    double v[4];
    ck_assert(df_init_uniform(W, -3.4e38, 3.4e38) && df_get(W, v, 4));
    for (int i = 0; i < 4; i++)
        ck_assert(isfinite(v[i]));
    ck_assert(df_init_fill(s, 1) && df_get(s, v, 2) && v[1] == 1);
    df_graph_free(g);
    g = df_graph_new(DF_FLOAT64);
    ck_assert(!df_init_uniform(df_param(g, "W", df_shape(2)), -1e308, 1e308));
    ck_assert(df_init(g) && df_init(g));
    df_graph_free(g);
    g = df_graph_new(DF_FLOAT64);
    ck_assert(df_init(g));                           /* nothing to do */
    df_graph_free(g);
}
END_TEST

TESTS(
    ROWS(values_are_those_of_seed_and_name, COUNT(known)),
    ROWS(mean_deviation_and_limits_are_those_of_the_formula, 2 * COUNT(recipes)),
    ROWS(weights_are_random_and_biases_zero_whatever_their_shapes, 4 * COUNT(nets)),
    TEST(a_column_used_through_its_transpose_is_a_weight),
    TEST(only_parameters_without_a_value_get_one),
    TEST(values_do_not_depend_on_the_order_of_creation),
    TEST(each_seed_gives_other_values),
    TEST(a_long_chain_of_views_needs_no_deep_stack),
    ROWS(a_bad_call_changes_nothing_and_says_why, COUNT(bad)),
    TEST(what_just_fits_a_float_is_allowed),
)
