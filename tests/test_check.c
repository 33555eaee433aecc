/* test_check.c -- df_check_derivatives: right ones pass, wrong ones are found, kinks are told apart
 *
 * SPDX-License-Identifier: MIT */
#include "check.h"
#include "plan.h"
#include "scarce.h"
#include <math.h>

enum { M = 6 };

/* ---- ops of a user's, right and wrong ----------------------------------------------------- */

DF_MAP1(soft, y, x, y = TANH(x);)

static df_node *soft_right(const df_at *at)
{
    return df_mul(at->dy, df_one_minus(df_square(at->y)));
}
static df_node *soft_wrong(const df_at *at) { return df_scale(soft_right(at), 1.001); }
static df_node *soft_nan(const df_at *at)
{
    return df_mul(at->dy, df_log(df_neg(df_square(at->y))));
}

#define SOFT(title, rule) \
    { .abi = DF_OP, .name = title, .kind = DF_MAP, .arity = 1, .shape = df_shape_same, \
      .map = DF_BOTH(soft), .d = { rule } }
static const df_op right_op = SOFT("soft", soft_right);
static const df_op wrong_op = SOFT("soft_wrong", soft_wrong);
static const df_op nan_op = SOFT("soft_nan", soft_nan);
static const df_op none_op = SOFT("soft_none", NULL);

/* a b + a; its derivative by b is half of what it should be for the last element of a row. */
DF_MAP2(twofold, y, a, b, y = a * b + a;)
static df_node *by_a(const df_at *at) { return df_mul(at->dy, df_offset(at->x[1], 1)); }
static df_node *by_b(const df_at *at)
{
    df_node *keep = df_const(at->g, df_shape(1, 3), (double[]){ 1, 1, 0.5 }, 3);
    return df_mul(df_mul(at->dy, at->x[0]), keep);
}
static const df_op twofold = {
    .abi = DF_OP, .name = "twofold", .kind = DF_MAP, .arity = 2, .shape = df_shape_stretch,
    .map = DF_BOTH(twofold), .d = { by_a, by_b },
};

/* ---- one graph ---------------------------------------------------------------------------- */

typedef struct {
    df_graph *g;
    df_node *X, *t, *W, *b, *s, *J;
    df_program *p;
    float x[4 * M], w[12], bias[3];
    int32_t labels[M];
} board;

static void new_board(board *k, df_type real, const df_memory *mem)
{
    *k = (board){ .g = df_graph_new_in(real, mem) };
    k->X = df_input(k->g, "X", df_shape(DF_M, 4));
    k->t = df_input_of(k->g, "t", DF_INT32, df_shape(DF_M, 1));
    k->W = df_param(k->g, "W", df_shape(4, 3));
    k->b = df_param(k->g, "b", df_shape(1, 3));
    k->s = df_state(k->g, "s", df_shape(1, 4));
    for (int i = 0; i < 4 * M; i++)
        k->x[i] = (float)sin(3.7 * i + 1);
    for (int i = 0; i < 12; i++)
        k->w[i] = (float)cos(2.3 * i);
    for (int i = 0; i < M; i++)
        k->labels[i] = i % 3;
}

static void set(df_node *x, const float *v, int n)
{
    double wide[16];
    for (int i = 0; i < n; i++)
        wide[i] = v[i];
    ck_assert(df_set(x, wide, n));
}

static df_check checked(board *k, df_node *J)
{
    df_check found = { .worst = -1 };
    k->J = J;
    k->p = df_compile(k->g, J);
    ck_assert_msg(k->p != NULL, "%s", df_graph_error(k->g));
    if (!k->W->leaf->has_value)
        set(k->W, k->w, 12);
    if (!k->b->leaf->has_value)
        set(k->b, k->bias, 3);
    ck_assert(df_bind(k->p, k->X, k->x, 4 * M) && df_bind(k->p, k->t, k->labels, M));
    ck_assert_msg(df_check_derivatives(k->p, J, &found), "%s", df_program_error(k->p));
    return found;
}

static df_node *net(board *k, const df_op *op)
{
    return df_apply1(op, df_add_bias(df_matmul(df_add(k->X, k->s), k->W), k->b));
}

/* ---- right -------------------------------------------------------------------------------- */

static df_node *R0(board *k)
{
    return df_cost(df_softmax_cross_entropy(net(k, &right_op), k->t, 1));
}
static df_node *R1(board *k) { return df_sum(net(k, &right_op)); }
static df_node *R2(board *k) { return net(k, &right_op); }               /* per example: its sum */
static df_node *R3(board *k) { return df_mean(df_square(df_d(R0(k), k->W))); }
static df_node *R4(board *k) { return df_sum(df_mul(df_stop(k->W), df_exp(k->W))); }
static df_node *R5(board *k) { return df_mean(df_relu(net(k, &right_op))); }
static df_node *R6(board *k)
{
    return df_sum(df_square(k->X));
} /* by inputs: no parameters */
static df_node *R7(board *k) { return df_sum(df_log(df_offset(df_square(k->W), 1e-4))); }
static df_node *R8(board *k) { return df_num(k->g, 3); }
static df_node *R9(board *k) { return df_sum(df_sub(k->W, k->W)); }
static df_node *R10(board *k)
{
    return df_mean(df_logsumexp_axis(df_scale(net(k, &right_op), 50), 1));
}
static df_node *R11(board *k) { return df_offset(df_scale(R1(k), 1e-6), 1e6); } /* mostly noise */

static df_node *(*const right[])(board *) = { R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10, R11 };
enum { RIGHT = 2 * (int)COUNT(right) };

START_TEST(right_derivatives_pass)
{
    board k;
    new_board(&k, _i % 2 ? DF_FLOAT64 : DF_FLOAT32, NULL);
    df_check found = checked(&k, right[_i / 2](&k));
    ck_assert_msg(found.right && found.worst < 1e-6, "by %g", found.worst);
    ck_assert_ptr_null(found.at);
    ck_assert_ptr_null(found.kink);
    df_graph_free(k.g);
}
END_TEST

/* ---- wrong -------------------------------------------------------------------------------- */

/* One op of a hundred is wrong by 0.1 %: in a chain, and among the terms of a sum. */
START_TEST(a_small_fault_in_one_op_of_a_hundred_is_found)
{
    board k;
    bool chain = _i % 2;
    new_board(&k, _i / 2 ? DF_FLOAT64 : DF_FLOAT32, NULL);
    df_node *y = k.W, *sum = df_sum(k.W), *bad = NULL, *below = NULL;
    for (int i = 0; i < 100; i++) {
        df_node *x = chain ? df_scale(y, 1.01) : df_scale(k.W, 0.5 + 0.01 * i);
        y = df_apply1(i == 37 ? &wrong_op : &right_op, x);
        sum = df_add(sum, df_sum(y));
        if (i == 37)
            bad = y, below = x;
    }
    df_check found = checked(&k, chain ? df_sum(df_square(y)) : sum);
    ck_assert(!found.right && found.worst > 1e-6);
    ck_assert_ptr_eq(found.at, bad);
    ck_assert_ptr_eq(found.by, below);
    ck_assert(found.index >= 0 && found.index < 12);
    double by = found.derived / found.measured;
    ck_assert_msg(fabs(by - (chain ? 1.001 : by)) < 1e-6 && fabs(by - 1) > 1e-7, "%.12g", by);
    df_graph_free(k.g);
}
END_TEST

START_TEST(the_wrong_operand_and_element_are_named)
{
    board k;
    new_board(&k, DF_FLOAT32, NULL);
    df_node *a = df_tanh(k.W), *b = df_exp(df_sum_axis(k.W, 0));
    df_node *y = df_apply2(&twofold, a, b);
    df_check found = checked(&k, df_sum(df_square(y)));
    ck_assert(!found.right);
    ck_assert_ptr_eq(found.at, y);
    ck_assert_ptr_eq(found.by, b);
    ck_assert_int_eq(found.index, 2);
    ck_assert_double_eq_tol(found.derived / found.measured, 0.5, 1e-6);
    df_graph_free(k.g);
}
END_TEST

/* Per example: elements count example after example. */
START_TEST(a_wrong_op_over_the_examples_is_found)
{
    board k;
    new_board(&k, DF_FLOAT32, NULL);
    df_node *Z = df_add_bias(df_matmul(k.X, k.W), k.b), *y = df_apply1(&wrong_op, Z);
    df_check found = checked(&k, df_mean(df_square(df_sigmoid(y))));
    ck_assert(!found.right);
    ck_assert_ptr_eq(found.at, y);
    ck_assert_ptr_eq(found.by, Z);
    ck_assert(found.index >= 0 && found.index < 3 * M);
    ck_assert_double_eq_tol(found.derived / found.measured, 1.001, 1e-6);
    df_graph_free(k.g);
}
END_TEST

/* Of two the one nearer to J; the parameter itself may be the operand. */
START_TEST(the_wrong_one_nearest_to_the_cost_is_named)
{
    board k;
    new_board(&k, DF_FLOAT64, NULL);
    df_node *first = df_apply1(&wrong_op, k.W), *second = df_apply1(&wrong_op, df_sin(first));
    df_check found = checked(&k, df_sum(second));
    ck_assert_ptr_eq(found.at, second);
    found = checked(&k, df_sum(first));
    ck_assert_ptr_eq(found.at, first);
    ck_assert_ptr_eq(found.by, k.W);
    df_graph_free(k.g);
}
END_TEST

START_TEST(a_derivative_that_is_no_number_is_wrong)
{
    board k;
    new_board(&k, DF_FLOAT64, NULL);
    df_node *y = df_apply1(&nan_op, k.W);
    df_check found = checked(&k, df_sum(y));
    ck_assert(!found.right && isnan(found.derived) && isfinite(found.measured));
    ck_assert_ptr_eq(found.at, y);
    df_graph_free(k.g);
}
END_TEST

/* ---- kinks -------------------------------------------------------------------------------- */

static df_node *K0(df_node *x) { return df_relu(x); }
static df_node *K1(df_node *x) { return df_abs(x); }
static df_node *K2(df_node *x) { return df_max(x, df_zeros(x->g, x->dims)); }
static df_node *K3(df_node *x) { return df_clip(x, 0, 2); }

static df_node *(*const kinks[])(df_node *) = { K0, K1, K2, K3 };

START_TEST(a_kink_is_told_and_is_no_fault)
{
    board k;
    new_board(&k, _i % 2 ? DF_FLOAT64 : DF_FLOAT32, NULL);
    k.w[7] = 0;
    df_node *y = kinks[_i / 2](k.W);
    df_check found = checked(&k, df_sum(df_exp(df_sin(y))));
    ck_assert_msg(found.right, "%g", found.worst);
    ck_assert_ptr_eq(found.kink, y);
    ck_assert_int_eq(found.kink_index, 7);
    ck_assert_ptr_null(found.at);
    df_graph_free(k.g);
}
END_TEST

START_TEST(a_fault_beside_a_kink_is_found)
{
    board k;
    new_board(&k, DF_FLOAT64, NULL);
    k.w[7] = 0;
    df_node *bad = df_apply1(&wrong_op, k.b), *y = df_relu(k.W);
    k.bias[1] = 0.3f;
    df_check found = checked(&k, df_add(df_sum(df_exp(y)), df_sum(bad)));
    ck_assert(!found.right);
    ck_assert_ptr_eq(found.at, bad);
    ck_assert_ptr_eq(found.kink, y);
    df_graph_free(k.g);
}
END_TEST

/* ---- all stays as it is ------------------------------------------------------------------- */

START_TEST(a_check_leaves_program_and_parameters_as_they_were)
{
    board k;
    new_board(&k, DF_FLOAT32, NULL);
    df_node *J = R0(&k);
    double before[12], after[12], bound[12] = { 0.5 };
    float own[12];
    for (int i = 0; i < 12; i++)
        own[i] = (float)(bound[i] = 0.1 * i - 0.4);
    checked(&k, J);
    ck_assert(df_run(k.p) && df_get(k.W, before, 12));
    double value = df_value(k.p, J);
    int64_t nodes = k.g->n_nodes;
    df_check found;
    ck_assert(df_bind(k.p, k.W, own, 12));                   /* for this program only */
    ck_assert(df_check_derivatives(k.p, J, &found) && found.right);
    ck_assert_double_eq(df_value(k.p, J), value);
    ck_assert_int_eq(k.g->n_nodes, nodes);
    ck_assert(df_get(k.W, after, 12) && !memcmp(before, after, sizeof before));
    ck_assert(df_run(k.p));
    double of_own = df_value(k.p, J);
    ck_assert(df_set(k.W, bound, 12));
    df_program *q = df_compile(k.g, J);
    ck_assert(df_bind_same(q, k.p) && df_run(q) && df_value(q, J) == of_own);
    df_graph_free(k.g);
}
END_TEST

START_TEST(what_is_bound_is_what_is_checked)
{
    board k;
    new_board(&k, DF_FLOAT32, NULL);
    df_node *y = df_apply1(&wrong_op, k.b);
    k.bias[2] = 0.25f;
    float other[] = { 0, 0, 0.5f };
    df_node *J = df_sum(df_mul(y, df_const(k.g, df_shape(1, 3), (double[]){ 0, 0, 1 }, 3)));
    df_check found = checked(&k, J);
    ck_assert_double_eq_tol(found.measured, 1 - pow(tanh(0.25), 2), 1e-8);
    ck_assert(df_bind(k.p, k.b, other, 3) && df_check_derivatives(k.p, J, &found));
    ck_assert_double_eq_tol(found.measured, 1 - pow(tanh(0.5), 2), 1e-8);
    df_graph_free(k.g);
}
END_TEST

/* ---- errors ------------------------------------------------------------------------------- */

typedef struct {
    board k;
    df_graph *h;
    df_node *J, *other, *none;
    df_program *p, *q;
    df_check found;
} wrong;

static bool E0(wrong *w) { return df_check_derivatives(w->p, NULL, &w->found); }
static bool E1(wrong *w) { return df_check_derivatives(w->p, w->J, NULL); }
static bool E2(wrong *w) { return df_check_derivatives(w->p, w->other, &w->found); }
static bool E3(wrong *w) { return df_check_derivatives(w->p, w->k.t, &w->found); }
static bool E4(wrong *w) { return df_check_derivatives(w->p, w->J, &w->found); }
static bool E5(wrong *w)
{
    set(w->k.W, w->k.w, 12), set(w->k.b, w->k.bias, 3);
    return df_check_derivatives(w->p, df_sum(df_mul(w->k.X, df_sum(w->k.W))), &w->found);
}
static bool E6(wrong *w)
{
    set(w->k.W, w->k.w, 12), set(w->k.b, w->k.bias, 3);
    return df_check_derivatives(w->p, w->none, &w->found);
}
static bool E7(wrong *w)
{
    set(w->k.W, w->k.w, 12), set(w->k.b, w->k.bias, 3);
    w->k.labels[2] = 9;
    return df_bind(w->p, w->k.X, w->k.x, 4 * M) && df_bind(w->p, w->k.t, w->k.labels, M) &&
           df_check_derivatives(w->p, w->J, &w->found);
}
static bool E8(wrong *w)
{
    return df_bind(w->p, w->k.X, w->k.x, 4 * (M - 1)) && df_bind(w->p, w->k.t, w->k.labels, M) &&
           df_check_derivatives(w->p, w->J, &w->found);
}
static bool E9(wrong *w) { return df_check_derivatives(NULL, w->J, &w->found); }

static const struct { bool (*call)(wrong *); df_status status; const char *text; } errors[] = {
    { E0, DF_BAD_CALL, "check_derivatives: J is NULL" },
    { E1, DF_BAD_CALL, "check_derivatives: result is NULL" },
    { E2, DF_BAD_CALL, "check_derivatives: other (1) belongs to another graph" },
    { E3, DF_BAD_TYPE, "check_derivatives: t (m x 1) is no number to differentiate" },
    { E4, DF_UNBOUND, "check_derivatives: W has no value: df_init or df_set" },
    { E5, DF_UNBOUND, "check_derivatives: X is not bound: df_bind" },
    { E6, DF_BAD_CALL, "d: soft_none has no derivative by its operand 1, W (4 x 3)" },
    { E7, DF_BAD_VALUE, "example 2: label 9 is not in 0 .. 2" },
    { E8, DF_BAD_SHAPE, "check_derivatives: inputs of 5 and of 6 examples are bound" },
    { E9, DF_OK, "" },
};

START_TEST(a_check_that_cannot_be_done_says_why)
{
    wrong w = { .h = df_graph_new(DF_FLOAT32), .found = { .worst = -1 } };
    new_board(&w.k, DF_FLOAT32, NULL);
    w.other = df_input(w.h, "other", df_shape(1));
    w.none = df_sum(df_apply1(&none_op, w.k.W));
    w.J = R0(&w.k);
    w.p = df_compile(w.k.g, w.J);
    ck_assert(!errors[_i].call(&w));
    ck_assert_msg(strstr(df_program_error(w.p), errors[_i].text), "%s", df_program_error(w.p));
    ck_assert_int_eq(df_program_status(w.p), errors[_i].status);
    ck_assert(w.found.worst == -1);
    ck_assert_int_eq(df_graph_status(w.k.g), DF_OK);
    df_graph_free(w.k.g), df_graph_free(w.h);
}
END_TEST

START_TEST(no_memory_is_an_error_and_nothing_is_lost)
{
    bool failed = true;
    for (long n = 1; failed; n += n < 20 ? 1 : 1 + n / 8) {
        scarce s = { 0 };
        df_memory mem = scarce_memory(&s);
        board k;
        new_board(&k, DF_FLOAT32, &mem);
        df_node *J = df_sum(df_apply1(&wrong_op, df_relu(k.W)));
        k.w[7] = 0;
        df_check found = checked(&k, J), again = { .worst = -1 };
        s.left = n, s.failed = false;
        bool ran = df_check_derivatives(k.p, J, &again);
        failed = s.failed;
        s.left = 0;
        ck_assert(ran || failed);
        ck_assert_int_eq(df_program_status(k.p), ran ? DF_OK : DF_NO_MEMORY);
        ck_assert(!ran || (again.at == found.at && again.kink == found.kink));
        df_graph_free(k.g);
        ck_assert_int_eq(s.blocks, 0);
    }
}
END_TEST

TESTS(
    ROWS(right_derivatives_pass, RIGHT),
    ROWS(a_small_fault_in_one_op_of_a_hundred_is_found, 4),
    TEST(the_wrong_operand_and_element_are_named),
    TEST(a_wrong_op_over_the_examples_is_found),
    TEST(the_wrong_one_nearest_to_the_cost_is_named),
    TEST(a_derivative_that_is_no_number_is_wrong),
    ROWS(a_kink_is_told_and_is_no_fault, 8),
    TEST(a_fault_beside_a_kink_is_found),
    TEST(a_check_leaves_program_and_parameters_as_they_were),
    TEST(what_is_bound_is_what_is_checked),
    ROWS(a_check_that_cannot_be_done_says_why, COUNT(errors)),
    TEST(no_memory_is_an_error_and_nothing_is_lost),
)
