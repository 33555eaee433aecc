/* test_optimise.c -- gradient descent and Adam, against the same steps written out in C
 *
 * SPDX-License-Identifier: MIT */
#include "check.h"
#include "df.h"
#include "scarce.h"
#include <math.h>

/* J = sum of c (p - a)^2 / 2 over W (2 x 3) and b (2 x 1), so that dp = c (p - a). */
enum { N = 8, STEPS = 7 };
static const double c[N] = { 1, 2, 0.5, 4, 1, 3, 0.25, 1.5 };
static const double a[N] = { 0.5, -1, 2, 0.25, -3, 1, 0, 4 };
static const double start[N] = { 0.1, 0.7, -0.3, 0.9, 0.2, -0.8, 1.1, 0.4 };

typedef struct { df_graph *g; df_node *W, *b, *J; } bowl;

static df_node *half_square(df_node *p, const double *c_of, const double *a_of, int64_t n)
{
    df_dims s = df_shape_of(p);
    df_node *c_node = df_const(df_graph_of(p), s, c_of, n);
    df_node *a_node = df_const(df_graph_of(p), s, a_of, n);
    return df_scale(df_sum(df_mul(c_node, df_square(df_sub(p, a_node)))), 0.5);
}

static bowl new_bowl(df_type real, const df_memory *mem)
{
    bowl w = { .g = df_graph_new_in(real, mem) };
    w.W = df_param(w.g, "W", df_shape(2, 3));
    w.b = df_param(w.g, "b", df_shape(2, 1));
    w.J = df_name(df_add(half_square(w.W, c, a, 6), half_square(w.b, c + 6, a + 6, 2)), "J");
    return w;
}

static void run_steps(df_graph *g, df_program *p, int steps)
{
    ck_assert_msg(p != NULL, "%s", df_graph_error(g));
    for (int i = 0; i < steps; i++)
        ck_assert_msg(df_run(p), "%s", df_program_error(p));
}

/* ---- the same by hand ------------------------------------------------------------------------ */

static void by_hand(bool adam, double rate, const df_optimiser *o, double p[N])
{
    double m[N] = { 0 }, v[N] = { 0 };
    for (int t = 1; t <= STEPS; t++) {
        double d[N], norm = 0;
        for (int i = 0; i < N; i++) {
            d[i] = c[i] * (p[i] - a[i]);
            norm += d[i] * d[i];
        }
        norm = sqrt(norm);
        for (int i = 0; i < N; i++) {
            double step, old = p[i], root;
            if (o->clip_norm > 0 && norm > o->clip_norm)
                d[i] *= o->clip_norm / norm;
            m[i] = adam ? o->beta1 * m[i] + (1 - o->beta1) * d[i] : o->momentum * m[i] + d[i];
            v[i] = o->beta2 * v[i] + (1 - o->beta2) * d[i] * d[i];
            root = sqrt(v[i] / (1 - pow(o->beta2, t)));
            step = adam ? m[i] / (1 - pow(o->beta1, t)) / (root + o->epsilon) : m[i];
            p[i] = old - rate * step - rate * o->decay * old;
        }
    }
}

static const struct { bool adam; double rate; df_optimiser o; } runs[] = {
    { false, 0.1, DF_OPTIMISER },
    { false, 0.1, { .momentum = 0.9 } },
    { false, 0.1, { .decay = 0.5 } },
    { false, 0.1, { .momentum = 0.5, .decay = 0.25, .clip_norm = 2 } },
    { false, 0.1, { .clip_norm = 1 } },
    { false, 0.1, { .clip_norm = 1e6 } },
    { true, 0.01, DF_OPTIMISER },
    { true, 0.3, { .beta1 = 0.5, .beta2 = 0.75, .epsilon = 0.1 } },
    { true, 0.01, { .beta1 = 0, .beta2 = 0.999, .epsilon = 1e-8 } },
    { true, 0.01, { .beta1 = 0.9, .beta2 = 0, .epsilon = 1e-8 } },
    { true, 0.01, { .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .decay = 0.5, .clip_norm = 1 } },
};

START_TEST(steps_are_those_of_the_papers)
{
    bool small = _i % 2, adam = runs[_i / 2].adam;
    const df_optimiser *o = &runs[_i / 2].o;
    double p[N], got[N], rate = runs[_i / 2].rate;
    bowl w = new_bowl(small ? DF_FLOAT32 : DF_FLOAT64, NULL);
    ck_assert(df_flat_set(w.g, start, N));
    df_node *update = (adam ? df_adam : df_sgd)(w.J, df_num(w.g, rate), o);
    run_steps(w.g, df_compile(w.g, w.J, update), STEPS);
    memcpy(p, start, sizeof p);
    by_hand(adam, rate, o, p);
    ck_assert(df_flat_get(w.g, got, N));
    for (int i = 0; i < N; i++)
        ck_assert_double_eq_tol(got[i], p[i], (small ? 2e-6 : 4e-15) * (1 + fabs(p[i])));
    df_graph_free(w.g);
}
END_TEST

/* 1 - 0.999^t loses half the digits of a float if it is written as it stands. */
START_TEST(the_first_step_of_adam_is_the_rate_to_the_last_digits)
{
    bowl w = new_bowl(DF_FLOAT32, NULL);
    double p[N];
    ck_assert(df_flat_set(w.g, (double[N]){ 0 }, N));
    df_optimiser o = { .beta1 = 0.9, .beta2 = 0.99999 };
    df_node *update = df_adam(w.J, df_num(w.g, 0.01), &o);
    run_steps(w.g, df_compile(w.g, update), 1);
    ck_assert(df_flat_get(w.g, p, N));
    for (int i = 0; i < N; i++)
        if (a[i] != 0)
            ck_assert_double_eq_tol(fabs(p[i]), 0.01, 0.01 * 5e-7);
    df_graph_free(w.g);
}
END_TEST

START_TEST(the_rate_may_change_from_run_to_run)
{
    bowl w = new_bowl(DF_FLOAT64, NULL);
    double rate = 0.5, p[N];
    df_node *r = df_input(w.g, "rate", df_shape(1));
    ck_assert(df_flat_set(w.g, start, N));
    df_program *step = df_compile(w.g, df_sgd(w.J, r, NULL));
    ck_assert_msg(step && df_bind(step, r, &rate, 1), "%s", df_graph_error(w.g));
    run_steps(w.g, step, 1);
    rate = 0.25;
    run_steps(w.g, step, 1);
    ck_assert(df_flat_get(w.g, p, N));
    for (int i = 0; i < N; i++) {
        double one = start[i] - 0.5 * c[i] * (start[i] - a[i]);
        ck_assert_double_eq_tol(p[i], one - 0.25 * c[i] * (one - a[i]), 1e-14);
    }
    df_graph_free(w.g);
}
END_TEST

START_TEST(clipping_is_safe_where_every_gradient_is_0)
{
    bowl w = new_bowl(_i ? DF_FLOAT32 : DF_FLOAT64, NULL);
    double p[N];
    ck_assert(df_flat_set(w.g, a, N));
    df_node *update = df_sgd(w.J, df_num(w.g, 1), &(df_optimiser){ .clip_norm = 1 });
    run_steps(w.g, df_compile(w.g, update), 3);
    ck_assert(df_flat_get(w.g, p, N));
    for (int i = 0; i < N; i++)
        ck_assert(p[i] == a[i]);
    df_graph_free(w.g);
}
END_TEST

/* ---- states ---------------------------------------------------------------------------------- */

static int count_states(const df_graph *g)
{
    int n = 0;
    for (int64_t i = 0; i < g->n_nodes; i++)
        n += g->node[i]->op == &df__op_state;
    return n;
}

static const struct { bool adam; df_optimiser o; int states; const char *names[5]; } made[] = {
    { false, DF_OPTIMISER, 0, { NULL } },
    { false, { .momentum = 0.9 }, 2, { "J.sgd.W.v", "J.sgd.b.v" } },
    { true, DF_OPTIMISER, 5,
      { "J.adam.t", "J.adam.W.m", "J.adam.W.v", "J.adam.b.m", "J.adam.b.v" } },
};

START_TEST(states_have_names_and_are_made_once)
{
    bowl w = new_bowl(DF_FLOAT64, NULL);
    df_node *rate = df_num(w.g, 0.1);
    df_node *first = (made[_i].adam ? df_adam : df_sgd)(w.J, rate, &made[_i].o);
    ck_assert_msg(first != NULL, "%s", df_graph_error(w.g));
    ck_assert_int_eq(count_states(w.g), made[_i].states);
    for (int i = 0; i < made[_i].states; i++) {
        df_node *s = df_find(w.g, made[_i].names[i]);
        ck_assert_msg(s && df_op_of(s) == &df__op_state, "no %s", made[_i].names[i]);
    }
    ck_assert((made[_i].adam ? df_adam : df_sgd)(w.J, rate, &made[_i].o) == first);
    ck_assert((made[_i].adam ? df_adam : df_sgd)(w.J, df_num(w.g, 1), &made[_i].o) != first);
    ck_assert_int_eq(count_states(w.g), made[_i].states);
    df_graph_free(w.g);
}
END_TEST

START_TEST(states_hold_what_the_formulas_say)
{
    bowl w = new_bowl(DF_FLOAT64, NULL);
    double v[6], t;
    ck_assert(df_flat_set(w.g, start, N));
    run_steps(w.g, df_compile(w.g, df_adam(w.J, df_num(w.g, 0), NULL)), 3);
    ck_assert(df_get(df_find(w.g, "J.adam.t"), &t, 1) && t == 3);
    ck_assert(df_get(df_find(w.g, "J.adam.W.m"), v, 6));
    for (int i = 0; i < 6; i++)
        ck_assert_double_eq_tol(v[i], c[i] * (start[i] - a[i]) * (1 - pow(0.9, 3)), 1e-14);
    ck_assert(df_get(df_find(w.g, "J.adam.W.v"), v, 6));
    for (int i = 0; i < 6; i++) {
        double d = c[i] * (start[i] - a[i]);
        ck_assert_double_eq_tol(v[i], d * d * (1 - pow(0.999, 3)), 1e-14);
    }
    df_graph_free(w.g);
}
END_TEST

START_TEST(costs_without_a_name_do_not_share_states)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *W = df_param(g, "W", df_shape(2)), *rate = df_num(g, 0.1);
    df_node *J1 = df_sum(df_square(W)), *J2 = df_sum(df_exp(W));
    df_optimiser o = { .momentum = 0.5 };
    ck_assert(df_sgd(J1, rate, &o) && df_find(g, "cost.sgd.W.v") && df_sgd(J1, rate, &o));
    ck_assert(df_sgd(J2, rate, NULL) && !df_sgd(J2, rate, &o));
    ck_assert_ptr_nonnull(strstr(df_graph_error(g),
                                 "sgd: cost.sgd.W.v belongs to another cost: name this one"));
    df_graph_forgive(g);
    ck_assert(df_sgd(df_name(J2, "J2"), rate, &o) && df_find(g, "J2.sgd.W.v"));
    df_graph_free(g);
}
END_TEST

/* ---- which parameters ------------------------------------------------------------------------ */

START_TEST(what_is_not_behind_the_cost_or_not_listed_stays)
{
    bowl w = new_bowl(DF_FLOAT64, NULL);
    df_node *other = df_param(w.g, "other", df_shape(2));
    df_optimiser o = DF_OPTIMISER;
    o.decay = 0.5;
    if (_i) {
        o.params = &w.b;
        o.n_params = 1;
    }
    double v[N + 2], p[N + 2];
    memcpy(v, start, sizeof start);
    v[N] = v[N + 1] = 5;
    ck_assert(df_flat_set(w.g, v, N + 2));
    run_steps(w.g, df_compile(w.g, df_sgd(w.J, df_num(w.g, 0.1), &o)), 1);
    ck_assert(df_flat_get(w.g, p, N + 2));
    for (int i = 0; i < N + 2; i++)
        ck_assert((p[i] == v[i]) == (i >= N || (_i && i < 6)));
    ck_assert(df_get(other, p, 2));
    df_graph_free(w.g);
}
END_TEST

/* ---- bad calls ------------------------------------------------------------------------------- */

/* Names of nodes, or "" for NULL, "far" for one of another graph. */
static const struct { bool adam; const char *J, *rate, *params[2]; df_optimiser o; df_status status;
                      const char *message; } bad[] = {
    { false, "J", "", { NULL }, DF_OPTIMISER, DF_BAD_CALL, "sgd: the rate is NULL" },
    { true, "J", "far", { NULL }, DF_OPTIMISER, DF_BAD_CALL,
      "adam: the rate belongs to another graph" },
    { false, "J", "W", { NULL }, DF_OPTIMISER, DF_BAD_SHAPE,
      "sgd: the rate is one number (1), not W (2 x 3)" },
    { false, "L", "rate", { NULL }, DF_OPTIMISER, DF_BAD_SHAPE,
      "sgd: the cost is one number (1), not L (1 x m): df_cost makes it one" },
    { true, "W", "rate", { NULL }, DF_OPTIMISER, DF_BAD_SHAPE,
      "adam: the cost is one number (1), not W (2 x 3): df_cost makes it one" },
    { false, "rate", "rate", { NULL }, DF_OPTIMISER, DF_BAD_CALL,
      "sgd: the cost depends on no parameter" },
    { false, "J", "rate", { NULL }, { .momentum = 1 }, DF_BAD_VALUE,
      "sgd: momentum must be at least 0 and below 1" },
    { false, "J", "rate", { NULL }, { .momentum = -0.1 }, DF_BAD_VALUE,
      "sgd: momentum must be at least 0 and below 1" },
    { true, "J", "rate", { NULL }, { .beta1 = 1 }, DF_BAD_VALUE,
      "adam: beta1 must be at least 0 and below 1" },
    { true, "J", "rate", { NULL }, { .beta2 = 1.5 }, DF_BAD_VALUE,
      "adam: beta2 must be at least 0 and below 1" },
    { true, "J", "rate", { NULL }, { .epsilon = -1 }, DF_BAD_VALUE,
      "adam: epsilon must be at least 0 and finite" },
    { true, "J", "rate", { NULL }, { .decay = INFINITY }, DF_BAD_VALUE,
      "adam: decay must be at least 0 and finite" },
    { false, "J", "rate", { NULL }, { .clip_norm = NAN }, DF_BAD_VALUE,
      "sgd: clip_norm must be at least 0 and finite" },
    { false, "J", "rate", { "W", "W" }, { .n_params = 2 }, DF_BAD_CALL, "sgd: W is listed twice" },
    { false, "J", "rate", { "W", "" }, { .n_params = 2 }, DF_BAD_CALL, "sgd: parameter 2 is NULL" },
    { false, "J", "rate", { "far" }, { .n_params = 1 }, DF_BAD_CALL,
      "sgd: parameter 1 belongs to another graph" },
    { false, "J", "rate", { "L" }, { .n_params = 1 }, DF_BAD_CALL,
      "sgd: L (1 x m) is no parameter" },
    { false, "J", "rate", { "W" }, { .n_params = 0 }, DF_BAD_CALL,
      "sgd: params and n_params go together" },
    { false, "J", "rate", { NULL }, { .n_params = 2 }, DF_BAD_CALL,
      "sgd: params and n_params go together" },
};

static df_node *named(const bowl *w, const bowl *other, const char *name)
{
    return strcmp(name, "far") == 0 ? other->b : df_find(w->g, name);
}

START_TEST(each_bad_value_is_refused_with_its_name)
{
    bowl w = new_bowl(DF_FLOAT64, NULL), other = new_bowl(DF_FLOAT64, NULL);
    df_name(df_num(w.g, 0.1), "rate");
    df_name(df_scale(df_input(w.g, "x", df_shape(1, DF_M)), 2), "L");
    df_node *list[2] = { NULL };
    df_optimiser o = bad[_i].o;
    for (int i = 0; i < 2 && bad[_i].params[i]; i++)
        list[i] = named(&w, &other, bad[_i].params[i]);
    if (bad[_i].params[0])
        o.params = list;
    df_node *J = named(&w, &other, bad[_i].J), *rate = named(&w, &other, bad[_i].rate);
    ck_assert(!(bad[_i].adam ? (df_adam)(J, rate, &o) : (df_sgd)(J, rate, &o)));
    ck_assert_str_eq(df_graph_error(w.g), bad[_i].message);
    ck_assert_int_eq(df_graph_status(w.g), bad[_i].status);
    ck_assert(!(df_sgd)(NULL, rate, NULL) && !(df_adam)(NULL, NULL, NULL));
    df_graph_free(w.g);
    df_graph_free(other.g);
}
END_TEST

START_TEST(a_cost_of_shape_1_x_1_will_do)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_input(g, "x", df_shape(2, 1)), *w = df_param(g, "w", df_shape(1, 2));
    df_node *y = df_squared_error(df_matmul(w, x), df_zeros(g, df_shape(1, 1)));
    double data[] = { 1, -2 }, v[] = { 0.5, 0.25 };
    ck_assert(df_set(w, v, 2));
    df_program *p = df_compile(g, df_sgd(df_cost(y), df_num(g, 0.5), NULL));
    ck_assert_msg(p && df_bind(p, x, data, 2), "%s", df_graph_error(g));
    v[0] = v[1] = 1;
    ck_assert(df_set(w, v, 2));
    run_steps(g, p, 1);                              /* z = -1, dw = 2 z x */
    ck_assert(df_get(w, v, 2) && v[0] == 2 && v[1] == -1);
    df_graph_free(g);
}
END_TEST

START_TEST(without_memory_there_is_a_clean_error_and_a_second_try_works)
{
    df_optimiser o = DF_OPTIMISER;
    o.clip_norm = o.decay = 1;
    for (int n = 1;; n++) {
        scarce s = { 0 };
        df_memory mem = scarce_memory(&s);
        bowl w = new_bowl(DF_FLOAT64, &mem);
        df_node *rate = df_num(w.g, 0.1), *update;
        s.left = n;
        update = _i ? df_adam(w.J, rate, &o) : df_sgd(w.J, rate, &o);
        ck_assert((update != NULL) == !s.failed);
        ck_assert(df_graph_status(w.g) == (s.failed ? DF_NO_MEMORY : DF_OK));
        s.left = 0;
        df_graph_forgive(w.g);
        ck_assert((_i ? df_adam : df_sgd)(w.J, rate, &o) != NULL);
        df_graph_free(w.g);
        ck_assert(s.blocks == 0 && s.bytes == 0);
        if (!s.failed)
            break;
        ck_assert_int_lt(n, 1000);
    }
}
END_TEST

TESTS(
    ROWS(steps_are_those_of_the_papers, 2 * COUNT(runs)),
    TEST(the_first_step_of_adam_is_the_rate_to_the_last_digits),
    TEST(the_rate_may_change_from_run_to_run),
    ROWS(clipping_is_safe_where_every_gradient_is_0, 2),
    ROWS(states_have_names_and_are_made_once, COUNT(made)),
    TEST(states_hold_what_the_formulas_say),
    TEST(costs_without_a_name_do_not_share_states),
    ROWS(what_is_not_behind_the_cost_or_not_listed_stays, 2),
    ROWS(each_bad_value_is_refused_with_its_name, COUNT(bad)),
    TEST(a_cost_of_shape_1_x_1_will_do),
    ROWS(without_memory_there_is_a_clean_error_and_a_second_try_works, 2),
)
