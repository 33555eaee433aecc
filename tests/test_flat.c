/* test_flat.c -- each example's own gradient, and all parameters as one vector
 *
 * SPDX-License-Identifier: MIT */
#include "calculus.h"
#include "scarce.h"

/* ---- each example's own ------------------------------------------------------------------- */

/* L of a small network whose weights are there once per example: in columns (.. x m), in rows (m x
 * ..). */
typedef struct { df_graph *g; df_node *X, *Y, *W, *b, *Wi, *bi, *L, *plain; } own;

static own new_own(df_type real, bool in_rows)
{
    own k = { .g = df_graph_new(real) };
    k.W = df_param(k.g, "W", in_rows ? df_shape(3, 2) : df_shape(2, 3));
    k.b = df_param(k.g, "b", df_shape(2));
    if (in_rows) {
        k.X = df_input(k.g, "X", df_shape(DF_M, 1, 3));
        k.Y = df_input(k.g, "Y", df_shape(DF_M, 2));
        k.Wi = df_each(k.W, 0), k.bi = df_each(k.b, 0);
        df_node *Z = df_sum_axis(df_matmul(k.X, k.Wi), 1);
        k.L = df_sum_axis(
            df_square(df_sub(df_tanh(df_add(df_reshape(Z, df_shape(DF_M, 2)), k.bi)), k.Y)), 1);
    } else {
        k.X = df_input(k.g, "X", df_shape(1, 3, DF_M));
        k.Y = df_input(k.g, "Y", df_shape(2, DF_M));
        k.Wi = df_each(k.W, -1), k.bi = df_each(k.b, 1);
        df_node *Z = df_reshape(df_sum_axis(df_mul(k.Wi, k.X), 1), df_shape(2, DF_M));
        k.L = df_sum_axis(df_square(df_sub(df_tanh(df_add(Z, k.bi)), k.Y)), 0);
    }
    ck_assert_msg(k.L != NULL, "%s", df_graph_error(k.g));
    return k;
}

START_TEST(the_derivative_by_a_value_once_per_example_is_each_ones_own)
{
    own k = new_own(_i / 2 ? DF_FLOAT64 : DF_FLOAT32, _i % 2);
    df_node *y[] = { df_d(k.L, k.Wi), df_d(k.L, k.bi) },
            *all[] = { df_d(k.L, k.W), df_d(k.L, k.b) };
    ck_assert_msg(y[0] && y[1], "%s", df_graph_error(k.g));
    ck_assert(df__dims_equal(y[0]->dims, k.Wi->dims) && df__dims_equal(y[1]->dims, k.bi->dims));
    given *v = some_values(k.g);
    df_program *p = compiled(k.g, y, 2, NULL), *q = compiled(k.g, all, 2, NULL);
    ck_assert_int_eq(p->plan->n_passes, 1);
    double **r = run_given(p, v, y, 2), **sum = run_given(q, v, all, 2), got[2][6] = { { 0 } };
    for (int i = 0; i < M; i++) {
        double **one = run_part(q, v, all, 2, i, 1);     /* this example alone */
        check_close("dW", y[0], r[0] + 6 * i, one[0], 6, tolerance(k.g->real));
        check_close("db", y[1], r[1] + 2 * i, one[1], 2, tolerance(k.g->real));
        for (int j = 0; j < 6; j++)
            got[0][j] += r[0][6 * i + j];
        run_free(one, 2);
    }
    check_close("their sum", all[0], got[0], sum[0], 6, tolerance(k.g->real));
    prints(k.bi, "np.broadcast_to(b");
    run_free(r, 2), run_free(sum, 2);
    given_free(v);
    df_graph_free(k.g);
}
END_TEST

/* As in differentially private training: every example's gradient is scaled down to a length of at
 * most C, then they are summed up, in one pass. The sum is a product from the left with these
 * factors. */
START_TEST(each_examples_gradient_can_be_clipped)
{
    const double C = 0.5;
    own k = new_own(DF_FLOAT64, true);
    df_node *G[] = { df_d(k.L, k.Wi), df_d(k.L, k.bi) };
    df_node *length = df_sqrt(df_add(df_sum_axis(df_reshape(df_square(G[0]), df_shape(DF_M, 6)), 1),
                                     df_sum_axis(df_square(G[1]), 1)));
    df_node *factor = df_min(df_div(df_num(k.g, C), length), df_num(k.g, 1));
    df_node *y[] = { df_vjp(k.L, k.W, factor), df_vjp(k.L, k.b, factor), length };
    given *v = some_values(k.g);
    df_program *p = compiled(k.g, y, 3, NULL);
    ck_assert_int_eq(p->plan->n_passes, 1);
    double **r = run_given(p, v, y, 3), sum[8] = { 0 };
    df_node *one[] = { df_d(k.L, k.W), df_d(k.L, k.b) };
    df_program *q = compiled(k.g, one, 2, NULL);
    for (int i = 0; i < M; i++) {
        double **d = run_part(q, v, one, 2, i, 1);
        double norm = sqrt(inner(d[0], d[0], 6) + inner(d[1], d[1], 2)),
               by = norm > C ? C / norm : 1;
        check_close("length", length, &r[2][i], &norm, 1, 1e-12);
        for (int j = 0; j < 8; j++)
            sum[j] += by * (j < 6 ? d[0][j] : d[1][j - 6]);
        run_free(d, 2);
    }
    check_close("clipped dW", y[0], r[0], sum, 6, 1e-12);
    check_close("clipped db", y[1], r[1], sum + 6, 2, 1e-12);
    run_free(r, 3);
    given_free(v);
    df_graph_free(k.g);
}
END_TEST

START_TEST(lengths_of_own_gradients_can_be_differentiated)
{
    own k = new_own(DF_FLOAT64, _i);
    df_node *u = df_input(k.g, "u", df_shape_of(k.W)), *t = df_input(k.g, "t", df_shape_of(k.b));
    df_node *J = df_mean(df_square(df_d(k.L, k.Wi)));
    given *v = some_values(k.g);
    gradient_is_right("by W", v, J, k.W, u);
    gradient_is_right("by b", v, J, k.b, t);
    given_free(v);
    df_graph_free(k.g);
}
END_TEST

/* ---- all parameters as one vector --------------------------------------------------------- */

/* W, b, U, c of the network, and one that J does not depend on. */
enum { FLAT = 12 + 4 + 4 + 1 + 3 };

static net new_flat(df_type real)
{
    net k = new_net(real, false);
    df_param(k.g, "unused", df_shape(3));
    return k;
}

START_TEST(the_flat_gradient_has_all_parameters_in_order)
{
    net k = new_flat(_i ? DF_FLOAT64 : DF_FLOAT32);
    df_node *y[] = { df_d_flat(k.J), df_d(k.J, k.W), df_d(k.J, k.b), df_d(k.J, k.U),
                     df_d(k.J, k.c) };
    ck_assert_msg(y[0] != NULL, "%s", df_graph_error(k.g));
    ck_assert_int_eq(df_flat_size(k.g), FLAT);
    ck_assert(df__dims_equal(y[0]->dims, df_shape(FLAT)));
    given *v = some_values(k.g);
    df_program *p = compiled(k.g, y, 5, NULL);
    double **r = run_given(p, v, y, 5);
    check_bits("W", y[0], r[0], r[1], 12);
    check_bits("b", y[0], r[0] + 12, r[2], 4);
    check_bits("U", y[0], r[0] + 16, r[3], 4);
    check_bits("c", y[0], r[0] + 20, r[4], 1);
    check_bits("unused", y[0], r[0] + 21, (double[]){ 0, 0, 0 }, 3);
    run_free(r, 5);
    given_free(v);
    df_graph_free(k.g);
}
END_TEST

START_TEST(a_flat_hessian_vector_product_is_the_difference_of_flat_gradients)
{
    net k = new_flat(DF_FLOAT64);
    df_node *along = df_input(k.g, "along", df_shape(FLAT)), *d = df_d_flat(k.J);
    df_node *h = df_d_flat(df_dot(d, along));
    given *v = some_values(k.g);
    double *r = values_of(v, h), x[FLAT], at[FLAT], up[FLAT], down[FLAT];
    const double *u = v->by_example[leaf_of(v, along)];
    df_program *p = compiled(k.g, &d, 1, NULL);
    given_bind(p, v, 0, M);
    ck_assert(df_flat_get(k.g, x, FLAT));
    for (int sign = -1; sign <= 1; sign += 2) {
        for (int i = 0; i < FLAT; i++)
            at[i] = x[i] + sign * 1e-4 * u[i];
        ck_assert_msg(df_bind_flat(p, at, FLAT) && df_run(p), "%s", df_program_error(p));
        ck_assert(df_fetch(p, d, sign < 0 ? down : up, FLAT));
    }
    for (int i = 0; i < FLAT; i++)
        up[i] = (up[i] - down[i]) / 2e-4;
    check_close("H v", h, r, up, FLAT, 1e-6);
    free(r);
    given_free(v);
    df_graph_free(k.g);
}
END_TEST

START_TEST(an_objective_gives_the_cost_and_its_gradient_and_leaves_parameters_alone)
{
    net k = new_flat(_i ? DF_FLOAT64 : DF_FLOAT32);
    df_node *d = df_d_flat(k.J);
    df_program *p = df_compile(k.g, k.J, d);
    given *v = some_values(k.g);
    given_bind(p, v, 0, M);
    double x[FLAT], y[FLAT], grad[FLAT], want[FLAT], after[FLAT];
    ck_assert(df_flat_get(k.g, x, FLAT));
    ck_assert(df_run(p) && df_fetch(p, d, want, FLAT));
    double J = df_value(p, k.J);
    for (int i = 0; i < FLAT; i++)
        y[i] = 0.25 * x[i];
    double at_y = df_objective(FLAT, y, grad, p);
    ck_assert_msg(isfinite(at_y) && at_y != J, "%s", df_program_error(p));
    ck_assert_double_eq(df_objective(FLAT, x, NULL, p), J);
    ck_assert_double_eq(df_objective(FLAT, x, grad, p), J);
    check_bits("gradient", d, grad, want, FLAT);
    ck_assert(df_flat_get(k.g, after, FLAT));
    check_bits("parameters", NULL, after, x, FLAT);
    given_free(v);
    df_graph_free(k.g);
}
END_TEST

/* The vector is copied: it may go, and so may the program that a clone was made of. */
START_TEST(clones_keep_the_vector_they_were_made_with)
{
    net k = new_flat(_i ? DF_FLOAT64 : DF_FLOAT32);
    df_program *p = df_compile(k.g, k.J), *q;
    given *v = some_values(k.g);
    given_bind(p, v, 0, M);
    double x[FLAT];
    for (int i = 0; i < FLAT; i++)
        x[i] = 0.01 * i;
    ck_assert(df_bind_flat(p, x, FLAT) && df_run(p));
    double J = df_value(p, k.J);
    memset(x, 0, sizeof x);
    q = df_program_clone(p);
    ck_assert(df_bind_flat(p, x, FLAT) && df_run(p));
    ck_assert(df_value(p, k.J) != J);
    df_program_free(p);
    ck_assert_msg(df_run(q), "%s", df_program_error(q));
    ck_assert_double_eq(df_value(q, k.J), J);
    given_free(v);
    df_graph_free(k.g);
}
END_TEST

/* ---- errors ----------------------------------------------------------------------------- */

typedef struct { net k; df_program *p, *J, *L; double x[FLAT], grad[FLAT]; } running;

static bool F0(running *r) { return df_bind_flat(r->p, r->x, FLAT - 1); }
static bool F1(running *r) { return df_bind_flat(r->p, NULL, FLAT); }
static bool F2(running *r) { return !isnan(df_objective(FLAT + 1, r->x, NULL, r->p)); }
static bool F3(running *r) { return !isnan(df_objective(FLAT, NULL, NULL, r->p)); }
static bool F4(running *r) { return !isnan(df_objective(FLAT, r->x, r->grad, r->p = r->J)); }
static bool F5(running *r) { return !isnan(df_objective(FLAT, r->x, NULL, r->p = r->L)); }
static bool F6(running *r) { return !isnan(df_objective(FLAT, r->x, r->grad, r->p)); }

static const struct {
    bool (*call)(running *);
    df_status status;
    const char *text;
} run_errors[] = {
    { F0, DF_BAD_CALL, "bind_flat: the parameters have 24 elements, not 23" },
    { F1, DF_BAD_CALL, "bind_flat: the array is NULL" },
    { F2, DF_BAD_CALL, "objective: the parameters have 24 elements, not 25" },
    { F3, DF_BAD_CALL, "objective: the array is NULL" },
    { F4, DF_BAD_CALL, "objective: the second output is not the gradient: df_d_flat of the first" },
    { F5, DF_BAD_CALL, "objective: the first output is not one number" },
    { F6, DF_UNBOUND, "run: X is not bound: df_bind" },
};

START_TEST(a_wrong_vector_or_program_is_refused)
{
    running r = { .k = new_flat(DF_FLOAT32) };
    r.p = df_compile(r.k.g, r.k.J, df_d_flat(r.k.J));
    r.J = df_compile(r.k.g, r.k.J);
    r.L = df_compile(r.k.g, r.k.L);
    ck_assert(!run_errors[_i].call(&r));
    ck_assert_str_eq(df_program_error(r.p), run_errors[_i].text);
    ck_assert_int_eq(df_program_status(r.p), run_errors[_i].status);
    ck_assert(isnan(df_objective(FLAT, r.x, NULL, NULL)));
    ck_assert(!df_bind_flat(NULL, r.x, FLAT));
    df_graph_free(r.k.g);
}
END_TEST

START_TEST(no_memory_is_an_error_and_nothing_is_lost)
{
    long n = 1;
    for (bool failed = true; failed; n++) {
        scarce s = { 0 };
        df_memory mem = scarce_memory(&s);
        df_graph *g = df_graph_new_in(DF_FLOAT32, &mem);
        df_node *w = df_param(g, "w", df_shape(3)), *v = df_input(g, "v", df_shape(3));
        df_param(g, "more", df_shape(100000));
        df_node *y = df_tanh(df_mul(w, v));
        df_program *p = df_compile(g, df_sum(y));
        double x[3] = { 1, 2, 3 }, *all = calloc(100003, sizeof *all);
        ck_assert(p && df_bind(p, v, x, 3));
        s.left = n, s.failed = false;
        bool built = df_jvp(y, w, v) && df_d_flat(df_sum(y)) && df_hessian(df_sum(y), w);
        bool ran = built && df_bind_flat(p, all, 100003) && df_program_clone(p) != NULL;
        failed = s.failed;
        s.left = 0;
        ck_assert_msg(ran || failed, "%s", df_graph_error(g));
        ck_assert(!failed || df_graph_status(g) == DF_NO_MEMORY ||
                  df_program_status(p) == DF_NO_MEMORY);
        free(all);
        df_graph_free(g);
        ck_assert_int_eq(s.blocks, 0);
    }
    ck_assert_int_gt(n, 8);
}
END_TEST

TESTS(
    ROWS(the_derivative_by_a_value_once_per_example_is_each_ones_own, 4),
    TEST(each_examples_gradient_can_be_clipped),
    ROWS(lengths_of_own_gradients_can_be_differentiated, 2),
    ROWS(the_flat_gradient_has_all_parameters_in_order, 2),
    TEST(a_flat_hessian_vector_product_is_the_difference_of_flat_gradients),
    ROWS(an_objective_gives_the_cost_and_its_gradient_and_leaves_parameters_alone, 2),
    ROWS(clones_keep_the_vector_they_were_made_with, 2),
    ROWS(a_wrong_vector_or_program_is_refused, COUNT(run_errors)),
    TEST(no_memory_is_an_error_and_nothing_is_lost),
)
