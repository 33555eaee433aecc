/* test_random.c -- properties of graphs made at random: values and derivatives, for any tile and
 * any threads
 *
 * SPDX-License-Identifier: MIT
 *
 * A failure prints the sources and the equations of what failed, and the message its seed. */
#include "graphs.h"

enum { NODES = 60 };
typedef struct { df_graph *g; dice d; df_node *x[NODES]; int n; } maker;

static void keep(maker *k, df_node *y)
{
    df_graph_forgive(k->g);
    if (y && k->n < NODES && df_shape_of(y).rank <= 3)
        k->x[k->n++] = y;
}

static df_node *any(maker *k)
{
    return k->x[roll(&k->d, (uint64_t)k->n)];
}

/* Bounded, so that long chains stay within range. */
static df_node *elementwise(maker *k, df_node *a, df_node *b)
{
    switch (roll(&k->d, 14)) {
    case 0: return df_tanh(a);
    case 1: return df_sigmoid(a);
    case 2: return df_softplus(a);
    case 3: return df_square(df_tanh(a));
    case 4: return df_sqrt(df_offset(df_square(a), 1));
    case 5: return df_div(a, df_offset(df_square(b), 1));
    case 6: return df_add(a, b);
    case 7: return df_sub(a, b);
    case 8: return df_mul(df_tanh(a), b);
    case 9: return df_log(df_offset(df_square(a), 0.5));
    case 10: return df_exp(df_neg(df_square(a)));
    case 11: return df_scale(a, -0.5);
    case 12: return df_mul(a, df_one_minus(df_sigmoid(a)));
    default: return df_where(df_less(df_num(k->g, 5), a), df_num(k->g, 5), a);
    }
}

static df_node *other(maker *k, df_node *a, df_node *b)
{
    int axis = (int)roll(&k->d, (uint64_t)df_shape_of(a).rank);
    switch (roll(&k->d, 11)) {
    case 0: case 1: case 2: return df_tanh(df_matmul(a, b));
    case 3: return df_transpose(a);
    case 4: return df_mean_examples(a);
    case 5: return df_scale(df_sum_axis(a, axis), 0.1);
    case 6: return df_mean_axis(a, axis);
    case 7: return df_softmax(a, axis);
    case 8: return df_logsumexp_axis(a, axis);
    case 9: return df_mean(df_mul(df_tanh(a), df_tanh(a)));
    default: return df_add_bias(a, b);
    }
}

static maker new_maker(uint64_t seed, df_type real)
{
    maker k = { .g = df_graph_new(real), .d = { seed, 0 } };
    keep(&k, df_input(k.g, "X", df_shape(3, DF_M)));
    keep(&k, df_input(k.g, "R", df_shape(DF_M, 2)));
    keep(&k, df_input(k.g, "T", df_shape(2, DF_M, 3)));
    keep(&k, df_param(k.g, "W", df_shape(2, 3)));
    keep(&k, df_param(k.g, "V", df_shape(3, 3)));
    keep(&k, df_param(k.g, "b", df_shape(3, 1)));
    keep(&k, df_param(k.g, "c", df_shape(1, 2)));
    keep(&k, df_param(k.g, "s", df_shape(1)));
    for (int i = 0; i < 60; i++) {
        df_node *a = any(&k), *b = any(&k);
        keep(&k, roll(&k.d, 2) ? elementwise(&k, a, b) : other(&k, a, b));
    }
    return k;
}

/* The mean of all that came out last. */
static df_node *cost_of(maker *k)
{
    df_node *J = df_mean(df_tanh(k->x[k->n - 1]));
    for (int i = 2; i < 7; i++)
        J = df_add(J, df_mean(df_tanh(k->x[k->n - i])));
    ck_assert_msg(J != NULL, "seed %llu: %s", (unsigned long long)k->d.seed, df_graph_error(k->g));
    return J;
}

static void labelled(char text[64], const char *what, const maker *k)
{
    snprintf(text, 64, "seed %llu, %s", (unsigned long long)k->d.seed, what);
}

/* ---- values ------------------------------------------------------------------------------ */

/* Some nodes along the way, and the cost. */
static int outputs_of(maker *k, df_node **y)
{
    y[0] = cost_of(k);
    y[1] = k->x[k->n - 1];
    y[2] = k->x[k->n - 5];
    y[3] = k->x[k->n / 2];
    return 4;
}

START_TEST(values_are_those_of_the_slow_evaluation)
{
    const int64_t ms[] = { 1, 2, 16, 33, 100 };
    for (int i = 0; i < rounds(100); i++) {
        df_node *y[4];
        char text[64];
        maker k = new_maker((uint64_t)i, _i ? DF_FLOAT64 : DF_FLOAT32);
        int n = outputs_of(&k, y);
        int64_t m = ms[i % (int)COUNT(ms)];
        given *v = given_new(k.g, m, &k.d, -1, 1);
        df_program *p = compiled(k.g, y, n, &(df_options){ .cache_bytes = 1 });
        double **r = run_given(p, v, y, n);
        labelled(text, "value", &k);
        for (int j = 0; j < n; j++) {
            double *e = expected(v, y[j]);
            check_close(text, y[j], r[j], e, elements_of(y[j], m), 20 * tolerance(k.g->real));
            free(e);
        }
        run_free(r, n);
        given_free(v);
        df_graph_free(k.g);
    }
}
END_TEST

START_TEST(tiles_change_rounding_and_threads_nothing)
{
    const df_options how[] = { { .threads = 1, .cache_bytes = 1 },
                               { .threads = 2, .cache_bytes = 1 },
                               { .threads = 5, .cache_bytes = 1 },
                               { .threads = 1, .cache_bytes = 20000 },
                               { .threads = 2, .cache_bytes = (size_t)1 << 30 } };
    for (int i = 0; i < rounds(40); i++) {
        df_node *y[7];
        char text[64];
        double **first = NULL;
        maker k = new_maker(1000 + (uint64_t)i, _i ? DF_FLOAT64 : DF_FLOAT32);
        int n = outputs_of(&k, y);
        y[n++] = df_d(y[0], k.x[0]), y[n++] = df_d(y[0], k.x[3]), y[n++] = df_d(y[0], k.x[5]);
        given *v = given_new(k.g, 211, &k.d, -1, 1);
        labelled(text, "tiles", &k);
        for (int o = 0; o < (int)COUNT(how); o++) {
            df_program *p = compiled(k.g, y, n, &how[o]);
            double **r = run_given(p, v, y, n);
            for (int j = 0; first && j < n; j++)
                if (how[o].cache_bytes == 1)
                    check_bits(text, y[j], r[j], first[j], elements_of(y[j], 211));
                else
                    check_close(text, y[j], r[j], first[j], elements_of(y[j], 211),
                                20 * tolerance(k.g->real));
            if (first)
                run_free(r, n);
            else
                first = r;
        }
        run_free(first, n);
        given_free(v);
        df_graph_free(k.g);
    }
}
END_TEST

/* ---- derivatives ------------------------------------------------------------------------- */

START_TEST(simplified_derivatives_are_those_as_derived)
{
    for (int i = 0; i < rounds(60); i++) {
        df_node *y[8];
        char text[64];
        maker k = new_maker(2000 + (uint64_t)i, DF_FLOAT64);
        df_node *J = cost_of(&k);
        for (int j = 0; j < 8; j++)
            y[j] = df_d(J, k.x[j]);
        given *v = given_new(k.g, 20, &k.d, -1, 1);
        df_program *p = compiled(k.g, y, 8, &(df_options){ .cache_bytes = 1 });
        double **r = run_given(p, v, y, 8);
        labelled(text, "derivative", &k);
        for (int j = 0; j < 8; j++) {
            double *e = expected(v, df__derive(J, k.x[j], true));
            check_close(text, y[j], r[j], e, elements_of(y[j], 20), 1e-10);
            free(e);
        }
        run_free(r, 8);
        given_free(v);
        df_graph_free(k.g);
    }
}
END_TEST

/* J at the leaf's values + h u. */
static double moved(df_program *p, df_node *J, df_node *w, const double *at, const double *u,
                    double h)
{
    double to[16];
    int64_t n = w->leaf->n;
    for (int64_t i = 0; i < n; i++)
        to[i] = at[i] + h * u[i];
    ck_assert(df_set(w, to, n) && df_run(p) && df_set(w, at, n));
    return df_value(p, J);
}

/* By Richardson's extrapolation of central differences. */
static double slope(df_program *p, df_node *J, df_node *w, const double *at, const double *u)
{
    double h = 1e-3, d[2];
    for (int k = 0; k < 2; k++, h /= 2)
        d[k] = (moved(p, J, w, at, u, h) - moved(p, J, w, at, u, -h)) / (2 * h);
    return (4 * d[1] - d[0]) / 3;
}

START_TEST(derivatives_are_what_differences_give)
{
    for (int i = 0; i < rounds(60); i++) {
        maker k = new_maker(3000 + (uint64_t)i, DF_FLOAT64);
        df_node *J = cost_of(&k), *y[6] = { J };
        for (int j = 1; j < 6; j++)
            y[j] = df_d(J, k.x[j + 2]);
        given *v = given_new(k.g, 10, &k.d, -1, 1);
        df_program *p = compiled(k.g, y, 6, NULL), *q = compiled(k.g, &J, 1, NULL);
        double **r = run_given(p, v, y, 6);
        given_bind(q, v, 0, 10);
        for (int j = 1; j < 6; j++) {
            df_node *w = k.x[j + 2];
            double u[16], at[16], along = 0;
            ck_assert(df_get(w, at, w->leaf->n));
            for (int64_t e = 0; e < w->leaf->n; e++) {
                u[e] = between(&k.d, -1, 1);
                along += u[e] * r[j][e];
            }
            double by_differences = slope(q, J, w, at, u);
            if (!(fabs(by_differences - along) <= 1e-7 * (1 + fabs(along)))) {
                print_graph("J", J);
                ck_abort_msg("seed %llu: along %s it is %.12g, not %.12g",
                             (unsigned long long)k.d.seed, df_name_of(w), along, by_differences);
            }
        }
        run_free(r, 6);
        given_free(v);
        df_graph_free(k.g);
    }
}
END_TEST

/* <v, J u> = <J^T v, u>: J^T v is the derivative of <y, v>, and J u that of <J^T v, u> by v. */
START_TEST(forward_and_reverse_agree)
{
    for (int i = 0; i < rounds(40); i++) {
        maker k = new_maker(4000 + (uint64_t)i, DF_FLOAT64);
        df_node *x = k.x[3 + i % 5], *y = k.x[k.n - 1 - i % 3];
        for (int j = k.n - 1; j > 7 && df__has_m(df_shape_of(y)); j--)
            y = k.x[j];
        if (df__has_m(df_shape_of(y)))
            y = df_mean(y);
        df_node *w = df_param(k.g, "w", df_shape_of(y)), *u = df_param(k.g, "u", df_shape_of(x));
        df_node *back = df_d(df_dot(df_tanh(y), w), x), *inner = df_dot(back, u),
                *forth = df_d(inner, w);
        df_node *out[] = { inner, df_dot(forth, w), forth };
        given *v = given_new(k.g, 12, &k.d, -1, 1);
        df_program *p = compiled(k.g, out, 3, &(df_options){ .cache_bytes = 1 });
        double **r = run_given(p, v, out, 3), *e = expected(v, forth), scale = 0;
        char text[64];
        labelled(text, "J u", &k);
        check_close(text, forth, r[2], e, elements_of(forth, 12), 1e-11);
        for (int64_t j = 0; j < elements_of(forth, 12); j++)
            scale += fabs(r[2][j]);
        ck_assert_msg(fabs(r[0][0] - r[1][0]) <= 1e-11 * (1 + scale), "seed %llu: %.15g and %.15g",
                      (unsigned long long)k.d.seed, r[0][0], r[1][0]);
        free(e);
        run_free(r, 3);
        given_free(v);
        df_graph_free(k.g);
    }
}
END_TEST

TESTS(
    ROWS(values_are_those_of_the_slow_evaluation, 2),
    ROWS(tiles_change_rounding_and_threads_nothing, 2),
    TEST(simplified_derivatives_are_those_as_derived),
    TEST(derivatives_are_what_differences_give),
    TEST(forward_and_reverse_agree),
)
