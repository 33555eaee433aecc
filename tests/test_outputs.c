/* test_outputs.c -- what comes out of a run: outputs of every kind, updates, checks that hold them
 * back
 *
 * SPDX-License-Identifier: MIT */
#include "cases.h"
#include <pthread.h>

static df_program *built(df_graph *g, df_node *const *y, int n)
{
    return compiled(g, y, n, NULL);
}
#define PROGRAM(g, ...) built(g, DF__LIST(__VA_ARGS__), DF__COUNT(__VA_ARGS__))

static void run(df_program *p)
{
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
}

static double value_of(const df_node *p)
{
    double v = NAN;
    ck_assert(df_get(p, &v, 1));
    return v;
}

static df_node *number_param(df_graph *g, const char *name, double v)
{
    df_node *p = df_param(g, name, df_shape(1));
    ck_assert(df_set(p, &v, 1));
    return p;
}

/* ---- outputs ----------------------------------------------------------------------------- */

START_TEST(outputs_may_be_inputs_parameters_numbers_views_and_zeros)
{
    df_graph *g = df_graph_new(_i ? DF_FLOAT64 : DF_FLOAT32);
    df_node *X = df_input(g, "X", df_shape(2, DF_M)), *C = df_input(g, "C", df_shape(2, 3));
    df_node *W = df_param(g, "W", df_shape(2, 3)), *s = df_state(g, "s", df_shape(1)),
            *k = df_num(g, 7);
    const double numbers[] = { 1, 2, 3, 4, 5, 6 };
    df_node *c = df_const(g, df_shape(2, 3), numbers, 6), *o = df_zeros(g, df_shape(2, 2)),
            *m = df_examples(g);
    df_node *Z = df_zeros(g, df_shape(3, DF_M)), *T = df_transpose(X), *Wt = df_transpose(W),
            *Ct = df_transpose(C);
    df_node *y[] = { X, C, W, s, k, c, o, m, Z, T, Wt, Ct, X, W, Z };
    enum { N = COUNT(y), DISTINCT = 12 };
    dice d = { 1, 0 };
    given *v = given_new(g, 37, &d, -1, 1);
    df_program *p = compiled(g, y, N, &(df_options){ .cache_bytes = 1 });
    double **r = run_given(p, v, y, DISTINCT);
    for (int i = 0; i < DISTINCT; i++) {
        double *e = expected(v, y[i]);
        check_bits("output", y[i], r[i], e, elements_of(y[i], 37));
        free(e);
    }
    run_free(r, DISTINCT);
    given_free(v);
    df_graph_free(g);
}
END_TEST

START_TEST(a_program_of_what_is_there_already_has_no_pass)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *k = df_num(g, 0.5), *w = number_param(g, "w", 4), *two = df_scale(w, 2);
    df_program *p = PROGRAM(g, k, w, two);
    ck_assert_int_eq(p->plan->n_passes, 0);
    run(p);
    ck_assert(df_value(p, k) == 0.5 && df_value(p, w) == 4 && df_value(p, two) == 8);
    df_graph_free(g);
}
END_TEST

START_TEST(values_that_are_the_same_for_all_examples_still_need_an_m_which_any_input_tells)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *y[] = { df_zeros(g, df_shape(2, DF_M)), df_sum(df_zeros(g, df_shape(2, DF_M))),
                     df_examples(g) };
    df_node *X = df_input(g, "X", df_shape(DF_M));
    df_program *p = built(g, &y[_i], 1);
    float to[8] = { 1, 1, 1, 1, 1, 1, 1, 1 }, x[3];
    ck_assert(_i > 0 || df_bind_out(p, y[0], to, 8));
    ck_assert(!df_run(p) && df_program_status(p) == DF_UNBOUND);
    ck_assert_str_eq(df_program_error(p), "run: m is not known: no input that carries it is bound");
    df_program *q = df_program_clone(p);
    ck_assert(df_bind(q, X, x, 3));
    run(q);
    ck_assert(_i == 0 || df_value(q, y[_i]) == (_i == 1 ? 0 : 3));
    ck_assert(_i > 0 || (to[5] == 0 && to[6] == 1));
    ck_assert(df_bind_same(p, q));
    run(df_program_clone(p));
    df_graph_free(g);
}
END_TEST

START_TEST(an_output_is_used_inside_too)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(2, DF_M)), *A = df_tanh(X), *B = df_square(A),
            *S = df_sum(B);
    df_node *y[] = { A, B, S, df_mul(S, A) };
    dice d = { 2, 0 };
    given *v = given_new(g, 50, &d, -1, 1);
    df_program *p = compiled(g, y, 4, &(df_options){ .cache_bytes = 1 });
    double **r = run_given(p, v, y, 4);
    for (int i = 0; i < 4; i++) {
        double *e = expected(v, y[i]);
        check_close("output", y[i], r[i], e, elements_of(y[i], 50), 1e-13);
        free(e);
    }
    run_free(r, 4);
    given_free(v);
    df_graph_free(g);
}
END_TEST

START_TEST(outputs_may_exchange_the_arrays_of_inputs)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *X = df_input(g, "X", df_shape(DF_M)), *Y = df_input(g, "Y", df_shape(DF_M)),
            *Z = df_add(X, Y);
    df_program *p = PROGRAM(g, X, Y, Z);
    float x[100], y[100], z[100];
    for (int i = 0; i < 100; i++)
        x[i] = (float)i, y[i] = (float)(1000 + i);
    ck_assert(df_bind(p, X, x, 100) && df_bind(p, Y, y, 100));
    ck_assert(df_bind_out(p, X, y, 100) && df_bind_out(p, Y, x, 100) && df_bind_out(p, Z, z, 100));
    run(p);
    for (int i = 0; i < 100; i++)
        ck_assert(x[i] == (float)(1000 + i) && y[i] == (float)i && z[i] == (float)(1000 + 2 * i));
    df_graph_free(g);
}
END_TEST

START_TEST(a_value_is_nan_unless_the_last_run_gave_it)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *X = df_input(g, "X", df_shape(2, DF_M)), *J = df_mean(X), *S = df_sum_examples(X),
            *other = df_sum(X);
    df_program *p = PROGRAM(g, J, S);
    const float x[] = { 1, 2, 3, 6 };
    double v[2];
    ck_assert(isnan(df_value(NULL, J)) && isnan(df_value(p, NULL)) && isnan(df_value(p, J)));
    ck_assert(!df_run(p) && isnan(df_value(p, J)));
    ck_assert(df_bind(p, X, x, 4) && isnan(df_value(p, J)));
    run(p);
    ck_assert(df_value(p, J) == 3 && isnan(df_value(p, S)) && isnan(df_value(p, other)) &&
              isnan(df_value(p, X)));
    ck_assert(df_fetch(p, S, v, 2) && v[0] == 4 && v[1] == 8);
    ck_assert(!df_fetch(p, S, v, 1) && !df_fetch(p, S, NULL, 2) && !df_fetch(p, other, v, 1) &&
              !df_fetch(NULL, J, v, 1));
    ck_assert(!df_run_range(p, 1, 2) && isnan(df_value(p, J)) && !df_fetch(p, S, v, 2));
    run(p);
    ck_assert(!df_bind(p, X, x, 3) && df_value(p, J) == 3);
    ck_assert(!df_run(p) && isnan(df_value(p, J)));
    df_graph_free(g);
}
END_TEST

/* ---- integers ---------------------------------------------------------------------------- */

static const df_type integer_types[] = { DF_FLOAT32, DF_FLOAT64, DF_UINT8, DF_INT32, DF_INT64 };

static double element(const void *v, df_type type, int64_t i)
{
    return type == DF_FLOAT32   ? (double)((const float *)v)[i]
           : type == DF_FLOAT64 ? ((const double *)v)[i]
           : type == DF_UINT8   ? ((const uint8_t *)v)[i]
           : type == DF_INT32   ? ((const int32_t *)v)[i]
                                : (double)((const int64_t *)v)[i];
}

/* X (3 x m): what is the largest, what the order; labels as they were bound, and turned. */
START_TEST(outputs_may_be_integers_in_arrays_of_every_type)
{
    enum { M = 300 };
    df_type type = integer_types[_i / 2];
    df_graph *g = df_graph_new(_i % 2 ? DF_FLOAT64 : DF_FLOAT32);
    df_node *X = df_input_of(g, "X", DF_FLOAT64, df_shape(3, DF_M));
    df_node *t = df_input_of(g, "t", DF_INT32, df_shape(2, DF_M));
    df_node *y[] = { df_argmax_axis(X, 0), df_argsort(X, 0), t, df_transpose(t),
                     df_argmin_axis(X, 0) };
    static const int each[] = { 1, 3, 2, 2, 1 };
    static double x[M][3], out[5][M * 3];
    static int32_t labels[M][2];
    for (int i = 0; i < M; i++) {
        for (int j = 0; j < 3; j++)
            x[i][j] = (i * 5 + j * 7) % 11 + 0.01 * j;
        labels[i][0] = i % 256, labels[i][1] = 255 - i % 200;
    }
    df_program *p = compiled(g, y, 5, &(df_options){ .cache_bytes = 1, .threads = 2,
                                                     .check_finite = true });
    ck_assert(df_bind(p, X, &x[0][0], M * 3) && df_bind(p, t, &labels[0][0], M * 2));
    for (int k = 0; k < 5; k++) {
        df_array to = { out[k], type, df_shape_of(y[k]), { 0 } };
        df_block_strides(to.dims, to.stride);
        to.dims.size[df_m_axis(to.dims)] = M;
        ck_assert_msg(df_bind_out_array(p, y[k], &to), "%s", df_program_error(p));
    }
    run(p);
    for (int i = 0; i < M; i++) {
        double is[5][3];
        for (int k = 0; k < 5; k++)
            for (int j = 0; j < each[k]; j++)
                is[k][j] = element(out[k], type, i * each[k] + j);
        const double *s = is[1];
        ck_assert(x[i][(int)s[0]] < x[i][(int)s[1]] && x[i][(int)s[1]] < x[i][(int)s[2]]);
        ck_assert(is[0][0] == s[2] && is[4][0] == s[0]);
        for (int j = 0; j < 2; j++)
            ck_assert(is[2][j] == labels[i][j] && is[3][j] == labels[i][j]);
    }
    df_graph_free(g);
}
END_TEST

START_TEST(integers_without_m_are_fetched_as_doubles)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *W = df_param(g, "W", df_shape(2, 3));
    df_node *t = df_input_of(g, "t", DF_INT64, df_shape(2));
    df_node *a = df_argmax_axis(W, 1), *b = df_take(t, 0, 1);
    df_program *p = PROGRAM(g, a, t, b);
    const int64_t labels[] = { -3, 1LL << 40 };
    double v[2];
    ck_assert(df_set(W, (double[]){ 1, 5, 2, 9, 3, 4 }, 6) && df_bind(p, t, labels, 2));
    run(p);
    ck_assert(df_fetch(p, a, v, 2) && v[0] == 1 && v[1] == 0);
    ck_assert(df_fetch(p, t, v, 2) && v[0] == -3 && v[1] == 1099511627776);
    df_graph_free(g);
}
END_TEST

/* The ends of each type, and the next numbers. */
static const struct { df_type type; int64_t v; bool fits; } ends[] = {
    { DF_UINT8, 255, true },        { DF_UINT8, 256, false },
    { DF_UINT8, 0, true },          { DF_UINT8, -1, false },
    { DF_INT32, INT32_MAX, true },  { DF_INT32, INT32_MAX + 1LL, false },
    { DF_INT32, INT32_MIN, true },  { DF_INT32, INT32_MIN - 1LL, false },
    { DF_INT64, INT64_MIN, true },  { DF_FLOAT32, 1LL << 40, true },
};

START_TEST(an_integer_that_has_no_place_in_its_array_fails_the_run)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *t = df_input_of(g, "t", DF_INT64, df_shape(DF_M)), *w = number_param(g, "w", 1);
    df_program *p = PROGRAM(g, t, df_update(w, df_num(g, 2)));
    int64_t labels[] = { 7, ends[_i].v, 8 }, out[3];
    df_array to = { out, ends[_i].type, df_shape(3), { 1 } };
    ck_assert(df_bind(p, t, labels, 3) && df_bind_out_array(p, t, &to));
    ck_assert(df_run(p) == ends[_i].fits);
    ck_assert(value_of(w) == (ends[_i].fits ? 2 : 1));
    if (ends[_i].fits)
        ck_assert(element(out, to.type, 1) == (double)ends[_i].v);
    else
        ck_assert_str_eq(df_program_error(p),
                         "run: an integer is too large for the array of an output");
    df_graph_free(g);
}
END_TEST

START_TEST(floats_go_to_no_array_of_integers)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *X = df_input(g, "X", df_shape(DF_M)), *y = df_tanh(X);
    df_node *t = df_input_of(g, "t", DF_INT32, df_shape(DF_M));
    df_program *p = PROGRAM(g, y, t);
    int32_t i32[4];
    int64_t i64[4];
    ck_assert(!df_bind_out(p, y, i32, 4) && df_program_status(p) == DF_BAD_TYPE);
    ck_assert_msg(strstr(df_program_error(p), "tanh (m) holds floats, the array integers"),
                  "%s", df_program_error(p));
    ck_assert(!df_bind_out(p, y, i64, 4) && df_bind_out(p, t, i32, 4) && df_bind_out(p, t, i64, 4));
    df_graph_free(g);
}
END_TEST

/* ---- updates ----------------------------------------------------------------------------- */

START_TEST(right_sides_see_the_values_from_before_the_run)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *p = number_param(g, "p", 1), *q = number_param(g, "q", 2),
            *r = number_param(g, "r", 3);
    df_node *v = df_state(g, "v", df_shape(1)), *n = df_state(g, "n", df_shape(1));
    df_node *moved = df_add(df_scale(v, 0.5), p);
    df_program *exchange = PROGRAM(g, df_update(p, q), df_update(q, p), p, q);
    run(exchange);
    ck_assert(value_of(p) == 2 && value_of(q) == 1 && df_value(exchange, p) == 1 &&
              df_value(exchange, q) == 2);
    df_program *turn = PROGRAM(g, df_update(p, df_scale(q, 10)), df_update(q, df_scale(r, 10)),
                               df_update(r, df_scale(p, 10)));
    run(turn);
    ck_assert(value_of(p) == 10 && value_of(q) == 30 && value_of(r) == 20);
    df_program *momentum = PROGRAM(g, df_update(v, moved), df_update(p, df_sub(p, moved)),
                                   df_update(n, df_offset(n, 1)), p, v);
    run(momentum);
    ck_assert(value_of(v) == 10 && value_of(p) == 0 && df_value(momentum, p) == 10 &&
              df_value(momentum, v) == 0);
    run(momentum);
    ck_assert(value_of(v) == 5 && value_of(p) == -5 && value_of(n) == 2);
    df_graph_free(g);
}
END_TEST

/* Every pattern of three updates, each with one of eight right sides, against the same in C. */
START_TEST(any_three_updates_assign_together)
{
    for (int code = 0; code < 8 * 8 * 8; code += 1 + _i) {
        df_graph *g = df_graph_new(DF_FLOAT64);
        const char *names[] = { "p", "q", "r" };
        const double old[] = { 2, 3, 5 };
        double now[3];
        df_node *leaf[3], *what[6];
        for (int i = 0; i < 3; i++)
            leaf[i] = number_param(g, names[i], old[i]);
        for (int i = 0, rest = code; i < 3; i++, rest /= 8) {
            int a = rest % 3, b = (rest / 2) % 3;
            double x = old[a], y = old[b];
            df_node *const X = leaf[a], *const Y = leaf[b];
            const double value[] = { x, x + y, x * y, x - 1, 7, x + x * y, 0, y };
            df_node *const right[] = { X,
                                       df_add(X, Y),
                                       df_mul(X, Y),
                                       df_offset(X, -1),
                                       df_num(g, 7),
                                       df_add(X, df_mul(X, Y)),
                                       df_num(g, 0),
                                       Y };
            now[i] = value[rest % 8];
            what[i] = df_update(leaf[i], right[rest % 8]);
            what[3 + i] = leaf[i];
        }
        df_program *p = compiled(g, what, 6, &(df_options){ .check_finite = _i });
        run(p);
        for (int i = 0; i < 3; i++)
            ck_assert_msg(value_of(leaf[i]) == now[i] && df_value(p, leaf[i]) == old[i],
                          "code %d: %s is %g, not %g", code, names[i], value_of(leaf[i]), now[i]);
        df_graph_free(g);
    }
}
END_TEST

START_TEST(two_updates_of_one_target_are_an_error)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *w = number_param(g, "w", 1), *a = df_update(w, df_num(g, 2)),
            *b = df_update(w, df_num(g, 3));
    ck_assert(PROGRAM(g, a, a) != NULL);
    ck_assert(df_compile(g, a, df_group(b)) == NULL && df_graph_status(g) == DF_BAD_CALL);
    ck_assert(strstr(df_graph_error(g), "compile: two updates of w") != NULL);
    df_graph_free(g);
}
END_TEST

START_TEST(steps_of_training_by_tiles_are_those_of_a_whole_batch)
{
    df_graph *g = df_graph_new(_i ? DF_FLOAT64 : DF_FLOAT32);
    df_node *X = df_input(g, "X", df_shape(3, DF_M)), *Y = df_input(g, "Y", df_shape(2, DF_M));
    df_node *W = df_param(g, "W", df_shape(2, 3)), *b = df_param(g, "b", df_shape(2, 1));
    df_node *J = df_mean(df_squared_error(df_add_bias(df_matmul(W, X), b), Y)),
            *step = df_sgd(J, df_num(g, 0.125), NULL);
    df_node *y[] = { J, step, df_d(J, W), df_d(J, b) };
    dice d = { 3, 0 };
    given *v = given_new(g, 333, &d, -1, 1);
    df_program *p = compiled(g, y, 4,
                             &(df_options){ .cache_bytes = 1, .threads = 2, .check_finite = _i });
    given_bind(p, v, 0, 333);
    for (int i = 0; i < 3; i++) {
        double w[6], c[2], dw[6], dc[2], w2[6], c2[2];
        ck_assert(df_get(W, w, 6) && df_get(b, c, 2));
        run(p);
        ck_assert(df_fetch(p, y[2], dw, 6) && df_fetch(p, y[3], dc, 2) && df_get(W, w2, 6) &&
                  df_get(b, c2, 2));
        for (int j = 0; j < 6; j++)
            w[j] -= 0.125 * dw[j];
        for (int j = 0; j < 2; j++)
            c[j] -= 0.125 * dc[j];
        check_close("W", step, w2, w, 6, tolerance(g->real));
        check_close("b", step, c2, c, 2, tolerance(g->real));
    }
    given_free(v);
    df_graph_free(g);
}
END_TEST

/* ---- results that are not finite --------------------------------------------------------- */

START_TEST(with_check_finite_nothing_is_assigned_where_a_result_is_not)
{
    static const char *const message[] = { "run: the new value of w is not finite",
                                           "run: J is not finite", "run: an output is not finite" };
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *X = df_input(g, "X", df_shape(DF_M)), *w = number_param(g, "w", 1),
            *n = df_state(g, "n", df_shape(1));
    df_node *J = df_name(df_sum(df_log(X)), "J"), *A = df_log(X);
    df_node *w_up = df_update(w, df_add(w, df_sum(df_log(X)))),
            *n_up = df_update(n, df_offset(n, 1));
    df_node *good = df_update(w, df_num(g, 2));
    df_node *lists[][3] = { { w_up, n_up, n }, { J, good, n_up }, { A, good, n_up } };
    df_program *p = compiled(g, lists[_i], 3,
                             &(df_options){ .check_finite = true, .cache_bytes = 1 });
    float x[100], to[100];
    for (int i = 0; i < 100; i++)
        x[i] = 1;
    x[71] = 0;
    ck_assert(df_bind(p, X, x, 100) && (_i < 2 || df_bind_out(p, A, to, 100)));
    ck_assert(!df_run(p) && df_program_status(p) == DF_NOT_FINITE);
    ck_assert_str_eq(df_program_error(p), message[_i]);
    ck_assert(value_of(w) == 1 && value_of(n) == 0 && isnan(df_value(p, n)));
    x[71] = 1;
    run(p);
    ck_assert(value_of(w) == (_i ? 2 : 1) && value_of(n) == 1);
    df_graph_free(g);
}
END_TEST

/* ---- programs beside each other ---------------------------------------------------------- */

typedef struct { df_program *p; const given *v; df_node *const *y; int n; double **r; } job;

static void *work(void *of)
{
    job *j = of;
    for (int i = 0; i < 20; i++) {
        if (j->r)
            run_free(j->r, j->n);
        j->r = run_given(j->p, j->v, j->y, j->n);
    }
    return NULL;
}

START_TEST(clones_run_side_by_side)
{
    enum { CLONES = 4 };
    df_node *y[OUTPUTS];
    int n;
    base k = new_case(_i, y, &n);
    dice d = { 4, 0 };
    given *v = given_new(k.g, 300, &d, -1, 1);
    df_program *p = compiled(k.g, y, n, &(df_options){ .cache_bytes = 1, .threads = 1 + _i % 3 });
    double **one = run_given(p, v, y, n);
    pthread_t thread[CLONES];
    job jobs[CLONES];
    for (int i = 0; i < CLONES; i++)
        jobs[i] = (job){ df_program_clone(p), v, y, n, NULL };
    for (int i = 0; i < CLONES; i++)
        ck_assert(pthread_create(&thread[i], NULL, work, &jobs[i]) == 0);
    for (int i = 0; i < CLONES; i++) {
        pthread_join(thread[i], NULL);
        for (int j = 0; j < n; j++)
            check_bits("clone", y[j], jobs[i].r[j], one[j], elements_of(y[j], 300));
        run_free(jobs[i].r, n);
    }
    run_free(one, n);
    given_free(v);
    df_graph_free(k.g);
}
END_TEST

START_TEST(a_clone_has_the_binds_and_outlives_the_program)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *X = df_input(g, "X", df_shape(DF_M)), *S = df_sum(X), *A = df_tanh(X);
    float x[1000], to[1000] = { 0 };
    for (int i = 0; i < 1000; i++)
        x[i] = 1;
    df_program *p = PROGRAM(g, S, A);
    ck_assert(df_bind(p, X, x, 1000) && df_bind_out(p, A, to, 1000));
    df_program *q = df_program_clone(p);
    df_program_free(p);
    run(q);
    ck_assert(df_value(q, S) == 1000 && to[999] == tanhf(1));
    ck_assert(df_program_clone(NULL) == NULL);
    df_graph_free(g);
}
END_TEST

static void *whole_life(void *of)
{
    job *j = of;
    for (int i = 0; i < 5; i++) {
        df_node *y[OUTPUTS];
        int n;
        base k = new_case(i, y, &n);
        dice d = { 5, 0 };
        given *v = given_new(k.g, 100, &d, -1, 1);
        df_program *p = compiled(k.g, y, n, &(df_options){ .cache_bytes = 1, .threads = 2 });
        double **r = run_given(p, v, y, n);
        if (i == j->n && !j->r)
            j->r = r;
        else
            run_free(r, n);
        given_free(v);
        df_graph_free(k.g);
    }
    return NULL;
}

START_TEST(two_graphs_live_in_two_threads)
{
    job jobs[2] = { { .n = 0 }, { .n = 0 } };
    pthread_t thread[2];
    for (int i = 0; i < 2; i++)
        ck_assert(pthread_create(&thread[i], NULL, whole_life, &jobs[i]) == 0);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    check_bits("graph", NULL, jobs[0].r[1], jobs[1].r[1], 6);
    run_free(jobs[0].r, 4);
    run_free(jobs[1].r, 4);
}
END_TEST

TESTS(
    ROWS(outputs_may_be_inputs_parameters_numbers_views_and_zeros, 2),
    TEST(a_program_of_what_is_there_already_has_no_pass),
    ROWS(values_that_are_the_same_for_all_examples_still_need_an_m_which_any_input_tells, 3),
    TEST(an_output_is_used_inside_too),
    TEST(outputs_may_exchange_the_arrays_of_inputs),
    TEST(a_value_is_nan_unless_the_last_run_gave_it),
    ROWS(outputs_may_be_integers_in_arrays_of_every_type, 2 * COUNT(integer_types)),
    TEST(integers_without_m_are_fetched_as_doubles),
    ROWS(an_integer_that_has_no_place_in_its_array_fails_the_run, COUNT(ends)),
    TEST(floats_go_to_no_array_of_integers),
    TEST(right_sides_see_the_values_from_before_the_run),
    ROWS(any_three_updates_assign_together, 2),
    TEST(two_updates_of_one_target_are_an_error),
    ROWS(steps_of_training_by_tiles_are_those_of_a_whole_batch, 2),
    ROWS(with_check_finite_nothing_is_assigned_where_a_result_is_not, 3),
    ROWS(clones_run_side_by_side, 2 * CASES),
    TEST(a_clone_has_the_binds_and_outlives_the_program),
    TEST(two_graphs_live_in_two_threads),
)
