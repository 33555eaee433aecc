/* test_extremes.c -- cost and derivatives at extreme logits, ready-made and by hand, against 1000 digits
 *
 * SPDX-License-Identifier: MIT */
#include "check.h"
#include "extremes.h"
#include <dfoo.h>
#include <float.h>
#include <math.h>

enum { COLUMN, ROW, TRANSPOSED, LAYOUTS, NB = COUNT(binary), NC = COUNT(classes), MOST = 3 * NC };

/* ---- ways to write the losses ---------------------------------------------------------------------- */

static df_node *one_minus(df_node *x)
{
    return df_offset(df_neg(x), 1);
}

static df_node *by_hand(df_node *a, df_node *y)
{
    return df_neg(df_add(df_mul(y, df_log(a)), df_mul(one_minus(y), df_log(one_minus(a)))));
}

static df_node *ready(df_node *z, df_node *y) { return df_cross_entropy(df_sigmoid(z), y); }
static df_node *of_logits(df_node *z, df_node *y) { return df_sigmoid_cross_entropy(z, y); }
static df_node *hand_loss(df_node *z, df_node *y) { return by_hand(df_sigmoid(z), y); }

static df_node *hand_both(df_node *z, df_node *y)
{
    return by_hand(df_div(df_num(df_graph_of(z), 1), df_offset(df_exp(df_neg(z)), 1)), y);
}

static df_node *hand_ratio(df_node *z, df_node *y)
{
    return by_hand(df_div(df_exp(z), df_offset(df_exp(z), 1)), y);
}

static df_node *hand_tanh(df_node *z, df_node *y)
{
    return by_hand(df_scale(df_offset(df_tanh(df_scale(z, 0.5)), 1), 0.5), y);
}

static df_node *two_terms(df_node *z, df_node *y)
{
    df_node *a = df_sigmoid(z), *one = df_num(df_graph_of(z), 1);
    return df_sub(df_mul(df_neg(y), df_log(a)), df_mul(df_sub(one, y), df_log(df_sub(one, a))));
}

typedef struct { const char *what; df_node *(*loss)(df_node *z, df_node *y); } binary_way;
static const binary_way binary_ways[] = {
    { "cross_entropy(sigmoid(z), y)", ready }, { "sigmoid_cross_entropy(z, y)", of_logits },
    { "-(y log a + (1-y) log(1-a))", hand_loss }, { "the same, a = 1/(1+exp(-z))", hand_both },
    { "the same, a = exp(z)/(1+exp(z))", hand_ratio }, { "the same, a = (1+tanh(z/2))/2", hand_tanh },
    { "-y log a - (1-y) log(1-a)", two_terms },
};

static df_node *hand_log(df_node *a, df_node *y, int axis) { return df_neg(df_sum_axis(df_mul(y, df_log(a)), axis)); }
static df_node *softmax_hand(df_node *z, df_node *y, int axis) { return hand_log(df_softmax(z, axis), y, axis); }
static df_node *softmax_ready(df_node *z, df_node *y, int axis) { return df_softmax_cross_entropy(z, y, axis); }

static df_node *softmax_both(df_node *z, df_node *y, int axis)
{
    return hand_log(df_div(df_exp(z), df_sum_axis(df_exp(z), axis)), y, axis);
}

static df_node *softmax_shifted(df_node *z, df_node *y, int axis)
{
    df_node *e = df_exp(df_sub(z, df_max_axis(z, axis)));
    return hand_log(df_div(e, df_sum_axis(e, axis)), y, axis);
}

static df_node *by_logsumexp(df_node *z, df_node *y, int axis)
{
    return df_neg(df_sum_axis(df_mul(y, df_sub(z, df_logsumexp_axis(z, axis))), axis));
}

typedef struct { const char *what; df_node *(*loss)(df_node *z, df_node *y, int axis); } class_way;
static const class_way class_ways[] = {
    { "softmax_cross_entropy", softmax_ready }, { "-sum(y log softmax(z))", softmax_hand },
    { "the same, softmax by exp", softmax_both }, { "the same, less the maximum", softmax_shifted },
    { "-sum(y (z - logsumexp(z)))", by_logsumexp },
};

/* ---- running one of them ---------------------------------------------------------------------------- */

typedef struct { df_graph *g; df_node *z, *y, *loss, *cost; double *zs, *ys; int m, k; } model;

/* Runs [loss, dz of each example's loss, J]; floats and doubles come back as doubles. */
static void run(model *s, df_type real, double *loss, double *dz, double *J)
{
    df_node *d = df_d(s->loss, s->z);
    df_program *p = df_compile(s->g, s->loss, d, s->cost);
    ck_assert_msg(p != NULL, "%s", df_graph_error(s->g));
    float zf[MOST], yf[MOST], lf[MOST], df[MOST];
    int n = s->m * s->k;
    for (int i = 0; i < n; i++)
        zf[i] = (float)s->zs[i], yf[i] = (float)s->ys[i];
    if (real == DF_FLOAT32) {
        ck_assert(df_bind(p, s->z, zf, n) && df_bind(p, s->y, yf, n));
        ck_assert(df_bind_out(p, s->loss, lf, s->m) && df_bind_out(p, d, df, n));
    } else {
        ck_assert(df_bind(p, s->z, s->zs, n) && df_bind(p, s->y, s->ys, n));
        ck_assert(df_bind_out(p, s->loss, loss, s->m) && df_bind_out(p, d, dz, n));
    }
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
    for (int i = 0; real == DF_FLOAT32 && i < n; i++) {
        dz[i] = df[i];
        if (i < s->m)
            loss[i] = lf[i];
    }
    *J = df_value(p, s->cost);
}

static bool close_to(double got, double truth, double relative, double floor)
{
    return fabs(got - truth) <= relative * fabs(truth) + floor;
}

/* z and y as (1 x m), (m x 1), or z as (m x 1) and then transposed. */
static df_node *start(model *s, df_type real, int layout, int k)
{
    s->g = df_graph_new(real);
    s->k = k;
    df_dims across = df_shape(k, DF_M), down = df_shape(DF_M, k);
    s->z = df_input(s->g, "z", layout == COLUMN ? across : down);
    s->y = df_input(s->g, "y", layout == ROW ? down : across);
    return layout == TRANSPOSED ? df_transpose(s->z) : s->z;
}

START_TEST(binary_cross_entropy_is_finite_and_right_at_extremes)
{
    int way = _i / (2 * LAYOUTS), layout = _i / 2 % LAYOUTS;
    df_type real = _i % 2 ? DF_FLOAT64 : DF_FLOAT32;
    double eps = real == DF_FLOAT32 ? FLT_EPSILON : DBL_EPSILON, tiny = real == DF_FLOAT32 ? FLT_MIN : DBL_MIN;
    double zs[NB], ys[NB], loss[NB], dz[NB], J, mean = 0;
    for (int i = 0; i < NB; i++)
        zs[i] = binary[i].z, ys[i] = binary[i].y, mean += binary[i].loss / NB;
    model s = { .zs = zs, .ys = ys, .m = NB };
    df_node *z = start(&s, real, layout, 1);
    s.loss = binary_ways[way].loss(z, s.y);
    s.cost = df_cost(s.loss);
    run(&s, real, loss, dz, &J);
    for (int i = 0; i < NB; i++) {
        double largest = fmax(fmax(binary[i].dz + binary[i].y, binary[i].y), fabs(binary[i].dz));
        ck_assert_msg(close_to(loss[i], binary[i].loss, real == DF_FLOAT32 ? 1e-6 : 1e-14, tiny),
                      "%s, layout %d: loss at z = %g, y = %g is %.17g, not %.17g", binary_ways[way].what, layout, zs[i],
                      ys[i], loss[i], binary[i].loss);
        ck_assert_msg(fabs(dz[i] - binary[i].dz) <= 2 * eps * largest + tiny,
                      "%s, layout %d: dz at z = %g, y = %g is %.17g, not %.17g", binary_ways[way].what, layout, zs[i],
                      ys[i], dz[i], binary[i].dz);
    }
    ck_assert_double_eq_tol(J, mean, (real == DF_FLOAT32 ? 1e-6 : 1e-14) * mean);
    df_graph_free(s.g);
}
END_TEST

START_TEST(softmax_cross_entropy_is_finite_and_right_at_extremes)
{
    int way = _i / (2 * LAYOUTS), layout = _i / 2 % LAYOUTS;
    df_type real = _i % 2 ? DF_FLOAT64 : DF_FLOAT32;
    double eps = real == DF_FLOAT32 ? FLT_EPSILON : DBL_EPSILON, tiny = real == DF_FLOAT32 ? FLT_MIN : DBL_MIN;
    double zs[MOST], ys[MOST], loss[NC], dz[MOST], J;
    for (int i = 0; i < MOST; i++)
        zs[i] = classes[i / 3].z[i % 3], ys[i] = classes[i / 3].y[i % 3];
    model s = { .zs = zs, .ys = ys, .m = NC };
    df_node *z = start(&s, real, layout, 3);
    s.loss = class_ways[way].loss(z, s.y, layout == ROW ? 1 : 0);
    s.cost = df_cost(s.loss);
    run(&s, real, loss, dz, &J);
    for (int i = 0; i < NC; i++) {
        double span = fmax(fabs(zs[3 * i]), fmax(fabs(zs[3 * i + 1]), fabs(zs[3 * i + 2])));
        ck_assert_msg(close_to(loss[i], classes[i].loss, real == DF_FLOAT32 ? 1e-6 : 1e-14, 2 * eps * span + tiny),
                      "%s, layout %d: loss %d is %.17g, not %.17g", class_ways[way].what, layout, i, loss[i],
                      classes[i].loss);
        for (int c = 0; c < 3; c++)
            ck_assert_msg(fabs(dz[3 * i + c] - classes[i].dz[c]) <= 3 * eps,
                          "%s, layout %d: dz[%d][%d] is %.17g, not %.17g", class_ways[way].what, layout, i, c,
                          dz[3 * i + c], classes[i].dz[c]);
    }
    ck_assert(isfinite(J));
    df_graph_free(s.g);
}
END_TEST

TESTS(
    ROWS(binary_cross_entropy_is_finite_and_right_at_extremes, COUNT(binary_ways) * LAYOUTS * 2),
    ROWS(softmax_cross_entropy_is_finite_and_right_at_extremes, COUNT(class_ways) * LAYOUTS * 2),
)
