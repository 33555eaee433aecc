/* test_functions.c -- how accurate elementwise ops and what is made of them are, against 60 digits
 *
 * SPDX-License-Identifier: MIT */
#include "check.h"
#include "df.h"
#include <float.h>
#include <math.h>
#include "functions.h"

/* ---- kernels ------------------------------------------------------------------------------- */

/* Units in the last place that an op may be off, if not 4 in float and 2 in double. */
static const struct { const char *op; double ulps[2]; } bounds[] = {
    { "exp", { 4, 3 } }, { "sin", { 4, 4 } }, { "cos", { 4, 4 } }, { "tan", { 4, 4 } },
    { "asin", { 4, 3 } }, { "erf", { 4, 3 } }, { "expm1", { 4, 3 } }, { "lgamma", { 4, 4 } },
    { "polygamma", { 1, 8 } }, { "sigmoid", { 4, 3 } }, { "softplus", { 4, 3 } },
    { "floor", { 0, 0 } }, { "ceil", { 0, 0 } }, { "round", { 0, 0 } }, { "sign", { 0, 0 } },
    { "abs", { 0, 0 } }, { "clip", { 0, 0 } }, { "sqrt", { 0.5, 0.5 } },
};

static double bound(const char *op, bool wide)
{
    for (size_t i = 0; i < COUNT(bounds); i++)
        if (strcmp(bounds[i].op, op) == 0)
            return bounds[i].ulps[wide];
    return wide ? 2 : 4;
}

enum { COPIES = 83 };            /* whole vectors of every width, and a rest */

/* The kernel of that row on equal elements; false: an operand does not fit the type. */
static bool run(int row, bool wide, double y[COPIES])
{
    const df_op *op = df__op_named(kernels[row].op, strlen(kernels[row].op));
    ck_assert_ptr_nonnull(op);
    double x[2] = { kernels[row].a, kernels[row].b };
    float x32[2][COPIES], y32[COPIES];
    double x64[2][COPIES];
    for (int i = 0; i < 2 * COPIES; i++) {
        x64[i / COPIES][i % COPIES] = x[i / COPIES];
        x32[i / COPIES][i % COPIES] = (float)x[i / COPIES];
    }
    if (!wide && ((float)x[0] != x[0] || (float)x[1] != x[1]))
        return false;
    df_attr attr = { .f = { kernels[row].k, kernels[row].l }, .i = { (int64_t)kernels[row].k } };
    const void *const from32[] = { x32[0], x32[1] }, *const from64[] = { x64[0], x64[1] };
    op->map[wide](COPIES, wide ? (void *)y : y32, wide ? from64 : from32, (int64_t[]){ 1, 1 },
                  &attr);
    for (int i = 0; i < COPIES && !wide; i++)
        y[i] = y32[i];
    return true;
}

/* How far y is from the truth, in units in the last place of a float or double. */
static double off(double y, long double truth, bool wide)
{
    int e;
    if (fabsl(truth) > (wide ? DBL_MAX : FLT_MAX))
        return isinf(y) && (y > 0) == (truth > 0) ? 0 : INFINITY;
    if (isnan(y))
        return INFINITY;
    frexpl(truth, &e);
    e = e - (wide ? DBL_MANT_DIG : FLT_MANT_DIG);
    int least = wide ? DBL_MIN_EXP - DBL_MANT_DIG : FLT_MIN_EXP - FLT_MANT_DIG;
    return (double)fabsl(ldexpl((long double)y - truth, -(e > least ? e : least)));
}

static void is_accurate(int row, bool wide)
{
    double y[COPIES];
    if (!run(row, wide, y))
        return;
    for (int i = 0; i < COPIES; i++) {
        double ulps = off(y[i], kernels[row].y, wide);
        ck_assert_msg(ulps <= bound(kernels[row].op, wide) + 0.001, /* digits of the table */
                      "%s(%.17g, %.17g), element %d, in %s: %.17g, not %.20Lg, is off by %.2f ulp",
                      kernels[row].op, kernels[row].a, kernels[row].b, i,
                      wide ? "double" : "float", y[i], kernels[row].y, ulps);
    }
}

/* A row of this test is an op: the rows of the table from its first on. */
static int first_row(int n)
{
    int row = 0;
    for (; row < (int)COUNT(kernels); row++)
        if (row == 0 || strcmp(kernels[row].op, kernels[row - 1].op) != 0)
            if (n-- == 0)
                break;
    return row;
}

static int count_ops(void)
{
    int n = 0;
    while (first_row(n) < (int)COUNT(kernels))
        n++;
    return n;
}

START_TEST(each_kernel_is_within_its_bound_in_both_precisions)
{
    for (int row = first_row(_i); row < first_row(_i + 1); row++) {
        is_accurate(row, false);
        is_accurate(row, true);
    }
}
END_TEST

/* ---- where an operand or the result is not finite ------------------------------------------ */

#define INF HUGE_VAL
static const struct { const char *op; double a, b, y; } ends[] = {
    { "exp2", INF, 0, INF },     { "exp2", -INF, 0, 0 },      { "exp2", NAN, 0, NAN },
    { "exp2", 2000, 0, INF },    { "exp2", -2000, 0, 0 },     { "expm1", INF, 0, INF },
    { "expm1", -INF, 0, -1 },    { "expm1", NAN, 0, NAN },    { "expm1", -0.0, 0, 0 },
    { "log2", 0, 0, -INF },      { "log2", -1, 0, NAN },      { "log2", INF, 0, INF },
    { "log10", 0, 0, -INF },     { "log10", -1, 0, NAN },     { "log10", INF, 0, INF },
    { "sin", INF, 0, NAN },      { "cos", INF, 0, NAN },      { "tan", INF, 0, NAN },
    { "sin", NAN, 0, NAN },      { "cos", NAN, 0, NAN },      { "tan", NAN, 0, NAN },
    { "sin", 0, 0, 0 },          { "cos", 0, 0, 1 },          { "tan", 0, 0, 0 },
    { "asin", 1.5, 0, NAN },     { "acos", -1.5, 0, NAN },    { "acos", 1, 0, 0 },
    { "atan", NAN, 0, NAN },     { "asin", NAN, 0, NAN },     { "acos", NAN, 0, NAN },
    { "sinh", INF, 0, INF },     { "sinh", -INF, 0, -INF },   { "sinh", 2000, 0, INF },
    { "cosh", -INF, 0, INF },    { "cosh", 2000, 0, INF },    { "cosh", NAN, 0, NAN },
    { "asinh", -INF, 0, -INF },  { "acosh", 0.5, 0, NAN },    { "acosh", INF, 0, INF },
    { "acosh", 1, 0, 0 },        { "atanh", 1, 0, INF },      { "atanh", -1, 0, -INF },
    { "atanh", 2, 0, NAN },      { "asinh", NAN, 0, NAN },    { "atanh", NAN, 0, NAN },
    { "erf", INF, 0, 1 },        { "erf", -INF, 0, -1 },      { "erf", NAN, 0, NAN },
    { "erfc", INF, 0, 0 },       { "erfc", -INF, 0, 2 },      { "erfc", NAN, 0, NAN },
    { "lgamma", 0, 0, INF },     { "lgamma", -3, 0, INF },    { "lgamma", INF, 0, INF },
    { "lgamma", NAN, 0, NAN },   { "polygamma", 0, 0, -INF }, { "polygamma", -2, 0, NAN },
    { "polygamma", INF, 0, INF }, { "polygamma", NAN, 0, NAN }, { "polygamma", -INF, 0, NAN },
    { "floor", INF, 0, INF },    { "ceil", -INF, 0, -INF },   { "round", NAN, 0, NAN },
    { "sign", -0.0, 0, 0 },      { "sign", -INF, 0, -1 },     { "sign", NAN, 0, NAN },
    { "clip", NAN, 0, NAN },     { "clip", INF, 0, 0 },       { "elu", NAN, 0, NAN },
    { "elu", 2000, 0, 2000 },    { "elu", INF, 0, INF },      { "softsign", NAN, 0, NAN },
    { "hypot", INF, 0, INF },    { "hypot", 0, 0, 0 },        { "hypot", NAN, 0, NAN },
    { "atan2", 0, 0, 0 },        { "atan2", NAN, 1, NAN },    { "power", 0, -1, INF },
    { "power", NAN, 0, 1 },      { "power", -2, 0.5, NAN },   { "power", 2, 5000, INF },
    { "remainder", 1, 0, NAN },  { "remainder", INF, 1, NAN }, { "remainder", -6, 3, 0 },
    { "less_equal", 1, 1, 1 },   { "less_equal", NAN, 1, 0 }, { "less_equal", 2, 1, 0 },
    { "not_equal", 1, 1, 0 },    { "not_equal", NAN, NAN, 1 }, { "not_equal", 1, 2, 1 },
    { "logical_and", 1, 2, 1 },  { "logical_and", 1, 0, 0 },  { "logical_and", NAN, 1, 1 },
    { "logical_or", 0, 2, 1 },   { "logical_or", 0, 0, 0 },   { "logical_or", NAN, 0, 1 },
    { "huber", NAN, 1, NAN },
};

START_TEST(what_is_not_finite_comes_out_as_it_should)
{
    const df_op *op = df__op_named(ends[_i].op, strlen(ends[_i].op));
    for (int wide = 0; wide < 2; wide++) {
        float x32[2][COPIES], y32[COPIES];
        double x64[2][COPIES], y64[COPIES];
        for (int i = 0; i < COPIES; i++) {
            x32[0][i] = (float)(x64[0][i] = ends[_i].a);
            x32[1][i] = (float)(x64[1][i] = ends[_i].b);
        }
        const void *const from32[] = { x32[0], x32[1] }, *const from64[] = { x64[0], x64[1] };
        op->map[wide](COPIES, wide ? (void *)y64 : y32, wide ? from64 : from32,
                      (int64_t[]){ 1, 1 }, &(df_attr){ 0 });
        for (int i = 0; i < COPIES; i++) {
            double y = wide ? y64[i] : (double)y32[i];
            ck_assert_msg(isnan(ends[_i].y) ? isnan(y) : y == ends[_i].y,
                          "%s(%g, %g), element %d, in %s: %g, not %g", ends[_i].op, ends[_i].a,
                          ends[_i].b, i, wide ? "double" : "float", y, ends[_i].y);
        }
    }
}
END_TEST

/* ---- compositions, with their derivatives -------------------------------------------------- */

typedef df_node *call(df_node *a, df_node *b);

#define ONE(name, of) static df_node *name(df_node *a, df_node *b) { (void)b; return of; }
ONE(selu, df_selu(a))
ONE(celu, df_celu(a, 1.5))
ONE(elu, df_elu(a, 0.75))
ONE(silu, df_silu(a))
ONE(gelu, df_gelu(a))
ONE(gelu_tanh, df_gelu_tanh(a))
ONE(mish, df_mish(a))
ONE(softsign, df_softsign(a))
ONE(hard_sigmoid, df_hard_sigmoid(a))
ONE(hard_swish, df_hard_swish(a))
ONE(log_sigmoid, df_log_sigmoid(a))
ONE(reciprocal, df_reciprocal(a))
ONE(rsqrt, df_rsqrt(a))
ONE(digamma, df_digamma(a))
static df_node *huber(df_node *a, df_node *b) { return df_huber(a, b, 0.75); }
static df_node *poisson_of_exp(df_node *a, df_node *b) { return df_poisson(df_exp(a), b); }
static df_node *kl_of_sigmoid(df_node *a, df_node *b)
{
    return df_kl_divergence(a, df_sigmoid(b));
}

/* Errors are measured against |truth| + least: 0 where every digit counts. */
static const struct { const char *name; call *f; double least_y, least_d; } calls[] = {
    { "selu", selu, 0, 0 },                 { "celu", celu, 0, 1 },
    { "elu", elu, 0, 0 },                   { "silu", silu, 0, 1 },
    { "gelu", gelu, 1, 1 },                 { "gelu_tanh", gelu_tanh, 1, 1 },
    { "mish", mish, 0, 1 },                 { "softsign", softsign, 0, 0 },
    { "hard_sigmoid", hard_sigmoid, 0, 0 }, { "hard_swish", hard_swish, 0, 0 },
    { "log_sigmoid", log_sigmoid, 0, 0 },   { "reciprocal", reciprocal, 0, 0 },
    { "rsqrt", rsqrt, 0, 0 },               { "digamma", digamma, 0, 0 },
    { "absolute_error", df_absolute_error, 0, 0 },
    { "huber", huber, 0, 0 },               { "hinge", df_hinge, 0, 0 },
    { "poisson", df_poisson, 0, 1 },        { "poisson_of_exp", poisson_of_exp, 1, 0 },
    { "kl_divergence", df_kl_divergence, 1, 1 },
    { "kl_of_sigmoid", kl_of_sigmoid, 1, 1 },
};

static void is_near(const char *what, int row, double got, double truth, double least, bool wide)
{
    double eps = wide ? DBL_EPSILON : FLT_EPSILON, tiny = wide ? DBL_MIN : FLT_MIN;
    ck_assert_msg(fabs(got - truth) <= 8 * eps * (fabs(truth) + least) + tiny,
                  "%s of %s(%g, %g) in %s: %.17g, not %.17g", what, made[row].of, made[row].a,
                  made[row].b, wide ? "double" : "float", got, truth);
}

static void check_made(int row, int k, bool wide)
{
    df_graph *g = df_graph_new(wide ? DF_FLOAT64 : DF_FLOAT32);
    df_node *a = df_input_of(g, "a", DF_FLOAT64, df_shape(1));
    df_node *b = df_input_of(g, "b", DF_FLOAT64, df_shape(1));
    df_node *y = calls[k].f(a, b), *da = df_d(y, a), *db = df_d(y, b), *all = df_add(a, b);
    df_node *d2 = df_d(da, a), *d3 = df_d(d2, a);
    df_program *p = df_compile(g, y, da, db, d2, d3, all);
    ck_assert_msg(p != NULL, "%s: %s", made[row].of, df_graph_error(g));
    ck_assert(df_bind(p, a, &made[row].a, 1) && df_bind(p, b, &made[row].b, 1));
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
    is_near("value", row, df_value(p, y), made[row].y, calls[k].least_y, wide);
    is_near("da", row, df_value(p, da), made[row].da, calls[k].least_d, wide);
    is_near("db", row, df_value(p, db), made[row].db, calls[k].least_d, wide);
    ck_assert_msg(isfinite(df_value(p, d2)) && isfinite(df_value(p, d3)),
                  "%s(%g, %g) in %s: derivatives of order 2 and 3 are %g and %g", made[row].of,
                  made[row].a, made[row].b, wide ? "double" : "float", df_value(p, d2),
                  df_value(p, d3));
    df_graph_free(g);
}

START_TEST(what_is_made_of_ops_is_right_near_and_far_and_so_are_its_derivatives)
{
    int rows = 0;
    for (int row = 0; row < (int)COUNT(made); row++)
        if (strcmp(made[row].of, calls[_i].name) == 0) {
            check_made(row, _i, false);
            check_made(row, _i, true);
            rows++;
        }
    ck_assert_int_gt(rows, 0);
}
END_TEST

/* ---- comparisons, logic, penalties, directions --------------------------------------------- */

ONE(logical_not, df_logical_not(a))
ONE(is_nan, df_is_nan(a))
ONE(is_finite, df_is_finite(a))
ONE(l1, df_l1(a))
ONE(l2, df_l2(a))
static df_node *cosine(df_node *a, df_node *b) { return df_cosine_similarity(a, b, 0); }
static df_node *cosine_loss(df_node *a, df_node *b) { return df_cosine_loss(a, b, 0); }
ONE(smooth, df_smooth_labels(a, 0, 0.25))

/* Of a (2) and b (2); y has one or two elements; derivatives of the sum of y by a. */
static const struct { call *f; double a[2], b[2], y[2], da[2]; int n; } small[] = {
    { df_greater, { 1, 2 }, { 1, 1 }, { 0, 1 }, { 0, 0 }, 2 },
    { df_greater_equal, { 1, NAN }, { 1, 1 }, { 1, 0 }, { 0, 0 }, 2 },
    { df_less_equal, { 1, 2 }, { 1, 1 }, { 1, 0 }, { 0, 0 }, 2 },
    { df_not_equal, { 1, 2 }, { 1, 1 }, { 0, 1 }, { 0, 0 }, 2 },
    { df_logical_and, { 1, 0 }, { -1, 1 }, { 1, 0 }, { 0, 0 }, 2 },
    { df_logical_or, { 1, 0 }, { 0, 0 }, { 1, 0 }, { 0, 0 }, 2 },
    { logical_not, { 0, -3 }, { 0, 0 }, { 1, 0 }, { 0, 0 }, 2 },
    { is_nan, { NAN, INF }, { 0, 0 }, { 1, 0 }, { 0, 0 }, 2 },
    { is_finite, { NAN, INF }, { 0, 0 }, { 0, 0 }, { 0, 0 }, 2 },
    { is_finite, { 1e38, -INF }, { 0, 0 }, { 1, 0 }, { 0, 0 }, 2 },
    { l1, { -3, 0 }, { 0, 0 }, { 3 }, { -1, 0 }, 1 },
    { l2, { -3, 4 }, { 0, 0 }, { 25 }, { -6, 8 }, 1 },
    { cosine, { 3, 4 }, { 4, 3 }, { 0.96 }, { 0.0448, -0.0336 }, 1 },
    { cosine, { 0, 0 }, { 4, 3 }, { 0 }, { 0.8, 0.6 }, 1 },
    { cosine, { 3, 4 }, { 0, 0 }, { 0 }, { 0, 0 }, 1 },
    { cosine_loss, { 5, 0 }, { -2, 0 }, { 2 }, { 0, 0 }, 1 },
    { smooth, { 1, 0 }, { 0, 0 }, { 0.875, 0.125 }, { 0.75, 0.75 }, 2 },
};

START_TEST(small_ones_by_hand)
{
    double y[2], d[2];
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *a = df_input(g, "a", df_shape(2)), *b = df_input(g, "b", df_shape(2));
    df_node *f = small[_i].f(a, b), *da = df_d(f, a);
    df_program *p = df_compile(g, f, da, df_add(a, b));
    ck_assert_msg(p != NULL, "%s", df_graph_error(g));
    ck_assert(df_bind(p, a, small[_i].a, 2) && df_bind(p, b, small[_i].b, 2));
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
    ck_assert(df_fetch(p, f, y, small[_i].n) && df_fetch(p, da, d, 2));
    for (int i = 0; i < 2; i++) {
        ck_assert(i >= small[_i].n || fabs(y[i] - small[_i].y[i]) <= 1e-15);
        ck_assert_msg(fabs(d[i] - small[_i].da[i]) <= 1e-15, "da[%d] = %.17g", i, d[i]);
    }
    df_graph_free(g);
}
END_TEST

/* ---- numbers that make no sense ------------------------------------------------------------ */

ONE(bad_clip, df_clip(a, 2, 1))
ONE(nan_clip, df_clip(a, NAN, 1))
ONE(bad_celu, df_celu(a, 0))
ONE(bad_huber, df_huber(a, a, -1))
ONE(low_polygamma, df_polygamma(a, -1))
ONE(high_polygamma, df_polygamma(a, 101))
ONE(bad_smooth, df_smooth_labels(a, 0, 1.5))
ONE(smooth_m, df_smooth_labels(a, 1, 0.1))
ONE(no_axis, df_cosine_similarity(a, a, 2))

static const struct { call *f; const char *message; } bad[] = {
    { bad_clip, "clip: low is above high" },
    { nan_clip, "clip: low is above high" },
    { bad_celu, "celu: k is not above 0" },
    { bad_huber, "huber: k is not above 0" },
    { low_polygamma, "polygamma: a (2 x m): its order is 0 to 100" },
    { high_polygamma, "polygamma: a (2 x m): its order is 0 to 100" },
    { bad_smooth, "smooth_labels: a (2 x m): the part of all classes is not 0 to 1" },
    { smooth_m, "smooth_labels: a (2 x m): its axis is m, which has no classes" },
    { no_axis, "cosine_similarity: a (2 x m) has no axis 2" },
};

START_TEST(bad_numbers_are_refused_with_the_reason)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *a = df_input(g, "a", df_shape(2, DF_M));
    ck_assert_ptr_null(bad[_i].f(a, NULL));
    ck_assert_msg(strcmp(df_graph_error(g), bad[_i].message) == 0, "%s", df_graph_error(g));
    df_graph_free(g);
}
END_TEST

START_TEST(of_no_operand_there_is_nothing)
{
    for (size_t i = 0; i < COUNT(calls); i++)
        ck_assert_ptr_null(calls[i].f(NULL, NULL));
    for (size_t i = 0; i < COUNT(small); i++)
        ck_assert_ptr_null(small[i].f(NULL, NULL));
}
END_TEST

TESTS(
    ROWS(each_kernel_is_within_its_bound_in_both_precisions, count_ops()),
    ROWS(what_is_not_finite_comes_out_as_it_should, COUNT(ends)),
    ROWS(what_is_made_of_ops_is_right_near_and_far_and_so_are_its_derivatives, COUNT(calls)),
    ROWS(small_ones_by_hand, COUNT(small)),
    ROWS(bad_numbers_are_refused_with_the_reason, COUNT(bad)),
    TEST(of_no_operand_there_is_nothing),
)
