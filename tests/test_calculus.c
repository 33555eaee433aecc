/* test_calculus.c -- products with the Jacobian, Hessians, and what derivatives take as given
 *
 * SPDX-License-Identifier: MIT
 *
 * The truth comes from differences, or was worked out by hand. */
#include "calculus.h"

/* ---- products with the Jacobian ----------------------------------------------------------- */

static const struct { const char *y, *x;
} pairs[] = {
    { "Z", "W" }, { "Z", "b" },  { "Z", "X" },  { "A", "W" },  { "A", "b" }, { "A", "c" },
    { "A", "X" }, { "L", "W" },  { "L", "U" },  { "L", "X" },  { "J", "W" }, { "J", "c" },
    { "J", "X" }, { "dW", "W" }, { "dW", "b" }, { "dX", "U" }, { "W", "W" }, { "U", "W" },
};
enum { PAIRS = 2 * (int)COUNT(pairs) };

static df_node *named(const net *k, const char *name)
{
    return !strcmp(name, "Z")    ? k->Z
           : !strcmp(name, "A")  ? k->A
           : !strcmp(name, "L")  ? k->L
           : !strcmp(name, "J")  ? k->J
           : !strcmp(name, "dW") ? df_d(k->J, k->W)
           : !strcmp(name, "dX") ? df_d(k->J, k->X)
                                 : df_find(k->g, name);
}

/* Pair i / 2, in columns or rows; v goes with y, u with x. */
static net new_pair(df_type real, int i, df_node **y, df_node **x)
{
    net k = new_net(real, i % 2);
    *y = named(&k, pairs[i / 2].y);
    *x = named(&k, pairs[i / 2].x);
    k.v = df_input(k.g, "v", df_shape_of(*y));
    k.u = df_input(k.g, "u", df_shape_of(*x));
    return k;
}

START_TEST(products_from_both_sides_agree_with_differences_and_each_other)
{
    df_node *y, *x;
    net k = new_pair(DF_FLOAT64, _i, &y, &x);
    df_node *left = df_vjp(y, x, k.v), *right = df_jvp(y, x, k.u);
    ck_assert_msg(left && right, "%s", df_graph_error(k.g));
    ck_assert(df__dims_equal(left->dims, x->dims) && df__dims_equal(right->dims, y->dims));
    given *v = some_values(k.g);
    double *l = values_of(v, left), *r = values_of(v, right), *measured = differences(v, y, x, k.u);
    check_close("jvp", right, r, measured, elements_of(y, M), 1e-6);
    double a = inner(v->by_example[leaf_of(v, k.v)], r, elements_of(y, M));
    double b = inner(l, v->by_example[leaf_of(v, k.u)], elements_of(x, M));
    check_close("<v, J u> and <J^T v, u>", left, &a, &b, 1, 1e-12);
    free(l), free(r), free(measured);
    given_free(v);
    df_graph_free(k.g);
}
END_TEST

START_TEST(products_in_float_are_those_in_double)
{
    double *r[2][2];
    df_node *y, *x;
    int64_t n[2];
    for (int wide = 0; wide < 2; wide++) {
        net k = new_pair(wide ? DF_FLOAT64 : DF_FLOAT32, _i, &y, &x);
        df_node *left = df_vjp(y, x, k.v), *right = df_jvp(y, x, k.u);
        given *v = some_values(k.g);
        r[wide][0] = values_of(v, left), r[wide][1] = values_of(v, right);
        n[0] = elements_of(x, M), n[1] = elements_of(y, M);
        given_free(v);
        df_graph_free(k.g);
    }
    for (int side = 0; side < 2; side++)
        check_close("float", NULL, r[0][side], r[1][side], n[side], 3e-5);
    free(r[0][0]), free(r[0][1]), free(r[1][0]), free(r[1][1]);
}
END_TEST

START_TEST(products_can_be_differentiated_again)
{
    df_node *y, *x;
    net k = new_pair(DF_FLOAT64, _i, &y, &x);
    df_node *left = df_sum(df_tanh(df_vjp(y, x, k.v))), *right = df_sum(df_tanh(df_jvp(y, x, k.u)));
    df_node *w = df_input(k.g, "w", df_shape_of(y)), *t = df_input(k.g, "t", df_shape_of(x));
    given *v = some_values(k.g);
    gradient_is_right("vjp by x", v, left, x, t);
    gradient_is_right("vjp by v", v, left, k.v, w);
    gradient_is_right("jvp by x", v, right, x, t);
    gradient_is_right("jvp by v", v, right, k.u, t);
    given_free(v);
    df_graph_free(k.g);
}
END_TEST

/* What is calculated for y: nodes of a kind. */
static int count_kind(df_node *y, df_kind kind)
{
    df__copy copy;
    int n = 0;
    ck_assert(df__simplify(y->g, &y, 1, false, &copy));
    unsigned char *needed = calloc((size_t)copy.g->n_nodes, 1);
    needed[copy.image[0]->id] = 1;
    for (int64_t id = copy.g->n_nodes - 1; id >= 0; id--) {
        const df_node *x = copy.g->node[id];
        n += needed[id] && x->op->kind == kind;
        for (int i = 0; needed[id] && i < x->n; i++)
            needed[x->x[i]->id] = 1;
    }
    free(needed);
    df__copy_free(&copy);
    return n;
}

/* y = W_3 tanh(W_2 tanh(W_1 x)): three products for the values, and one more each for how they
 * change. By the first sweep's own cost there would be three or six on top. */
START_TEST(a_product_from_the_right_costs_one_more_of_each_product)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *x = df_input(g, "x", df_shape(4, DF_M)), *u = df_input(g, "u", df_shape(4, DF_M)),
            *y = x;
    for (int i = 0; i < 3; i++)
        y = df_matmul(df_param(g, (char[]){ 'W', (char)('1' + i), 0 }, df_shape(4, 4)),
                      i ? df_tanh(y) : y);
    df_node *r = df_jvp(y, x, u);
    ck_assert_int_eq(count_kind(y, DF_CONTRACT), 3);
    ck_assert_int_eq(count_kind(r, DF_CONTRACT), 5);     /* y itself is not among what is needed */
    df_program *p = df_compile(g, y, r);
    ck_assert_int_eq(p->plan->n_inputs, 5);
    ck_assert_int_eq(p->plan->n_passes, 1);
    df_graph_free(g);
}
END_TEST

START_TEST(a_product_of_a_long_chain_costs_a_few_nodes_for_each)
{
    enum { STEPS = 300 };
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_input(g, "x", df_shape(DF_M)), *u = df_input(g, "u", df_shape(DF_M)), *y = x;
    for (int i = 0; i < STEPS; i++)
        y = i % 2 ? df_tanh(y) : df_mul(y, x);
    df_node *r = df_jvp(y, x, u);
    int n = count_kind(r, DF_MAP);
    ck_assert_msg(n <= 6 * STEPS, "%d nodes", n);
    df_graph_free(g);
}
END_TEST

START_TEST(a_cost_along_a_direction_is_one_number_with_its_mean)
{
    net k = new_net(DF_FLOAT64, false);
    df_node *u = df_input(k.g, "u", df_shape(4, 3)), *r = df_jvp(k.J, k.W, u);
    ck_assert(df__is_scalar(r->dims));
    ck_assert_ptr_eq(df_vjp(k.J, k.W, df_num(k.g, 1)), df_d(k.J, k.W));
    df_graph_free(k.g);
}
END_TEST

/* ---- Hessians ----------------------------------------------------------------------------- */

START_TEST(a_hessian_vector_product_of_several_matrices_takes_one_pass)
{
    net k = new_net(DF_FLOAT64, _i);
    df_node *p[] = { k.W, k.b, k.U, k.c }, *along[4], *s = NULL, *h[4], *d[4];
    for (int i = 0; i < 4; i++) {
        along[i] = df_input(k.g, (char[]){ 'v', (char)('1' + i), 0 }, df_shape_of(p[i]));
        d[i] = df_d(k.J, p[i]);
        df_node *term = df_dot(d[i], along[i]);
        s = s ? df_add(s, term) : term;
    }
    for (int i = 0; i < 4; i++)
        h[i] = df_d(s, p[i]);
    given *v = some_values(k.g);
    df_program *q = compiled(k.g, h, 4, NULL);
    ck_assert_int_eq(q->plan->n_passes, 1);
    double **r = run_given(q, v, h, 4);
    for (int i = 0; i < 4; i++) {
        int64_t n = elements_of(p[i], M);
        double *sum = calloc((size_t)n, sizeof *sum);
        for (int j = 0; j < 4; j++) {
            double *part = differences(v, d[i], p[j], along[j]);
            for (int64_t e = 0; e < n; e++)
                sum[e] += part[e];
            free(part);
        }
        check_close("H v", h[i], r[i], sum, n, 1e-6);
        free(sum);
    }
    run_free(r, 4);
    given_free(v);
    df_graph_free(k.g);
}
END_TEST

/* Rosenbrock's function: the Hessian at (-1.2, 1) is ((1330, 480), (480, 200)). */
START_TEST(a_hessian_is_that_of_the_textbook)
{
    df_graph *g = df_graph_new(_i ? DF_FLOAT64 : DF_FLOAT32);
    df_node *x = df_param(g, "x", df_shape(2));
    df_node *a = df_slice(x, 0, 0, 1), *b = df_slice(x, 0, 1, 1);
    df_node *J = df_add(df_scale(df_square(df_sub(b, df_square(a))), 100),
                        df_square(df_offset(df_neg(a), 1)));
    df_node *H = df_hessian(J, x);
    ck_assert_msg(H != NULL, "%s", df_graph_error(g));
    double v[4], want[] = { 1330, 480, 480, 200 };
    ck_assert(df_set(x, (double[]){ -1.2, 1 }, 2));
    df_program *p = df_compile(g, H);
    ck_assert_msg(p && df_run(p) && df_fetch(p, H, v, 4), "%s", df_program_error(p));
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq_tol(v[i], want[i], _i ? 1e-9 : 1e-3);
    df_graph_free(g);
}
END_TEST

/* y = (x0 x1, sin x1, x0^2, x0) of two numbers, by columns; and of its first element alone, by
 * rows. */
START_TEST(a_jacobian_has_a_row_for_each_element_of_y)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_param(g, "x", df_shape(1, 2));
    df_node *a = df_slice(x, 1, 0, 1), *b = df_slice(x, 1, 1, 1);
    df_node *y = df_concat(0, df_mul(a, b), df_sin(b), df_square(a), a);
    df_node *K = df_jacobian(y, x), *one = df_jacobian(df_mul(a, b), x), *self = df_jacobian(x, x);
    ck_assert_msg(K && one && self, "%s", df_graph_error(g));
    double v[8], want[] = { 5, 3, 0, cos(5), 6, 0, 1, 0 }, row[2], unit[4];
    ck_assert(df_set(x, (double[]){ 3, 5 }, 2));
    df_program *p = df_compile(g, K, one, self);
    ck_assert_msg(p && df_run(p), "%s", df_program_error(p));
    ck_assert(df_fetch(p, K, v, 8) && df_fetch(p, one, row, 2) && df_fetch(p, self, unit, 4));
    for (int i = 0; i < 8; i++)
        ck_assert_double_eq_tol(v[i], want[i], 1e-15);
    ck_assert(row[0] == 5 && row[1] == 3);
    ck_assert(unit[0] == 1 && unit[1] == 0 && unit[2] == 0 && unit[3] == 1);
    df_graph_free(g);
}
END_TEST

START_TEST(jacobians_and_hessians_can_be_differentiated_again)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_param(g, "x", df_shape(3)), *u = df_input(g, "u", df_shape(3));
    df_node *C = df_input(g, "C", df_shape(4, 3));
    df_node *y = df_tanh(df_matmul(C, df_reshape(x, df_shape(3, 1))));
    df_node *J = df_sum(df_tanh(df_jacobian(y, x))),
            *H = df_sum(df_tanh(df_hessian(df_sum(df_exp(y)), x)));
    given *v = some_values(g);
    gradient_is_right("jacobian", v, J, x, u);
    gradient_is_right("hessian", v, H, x, u);
    given_free(v);
    df_graph_free(g);
}
END_TEST

/* ---- values that derivatives take as given ------------------------------------------------ */

START_TEST(what_is_stopped_has_its_value_and_no_derivative)
{
    df_graph *g = df_graph_new(_i ? DF_FLOAT64 : DF_FLOAT32);
    df_node *x = df_input(g, "x", df_shape(2, DF_M)), *s = df_stop(df_square(x));
    df_node *y = df_mul(x, s), *d = df_d(y, x), *dd = df_d(d, x);
    given *v = some_values(g);
    double *a = values_of(v, s), *b = values_of(v, df_square(x)), *c = values_of(v, d);
    check_bits("stop", s, a, b, 2 * M);
    check_bits("d(x stop(x^2))", d, c, b, 2 * M);
    free(a), free(b), free(c);
    double zero;
    ck_assert(df__is_number(dd, &zero) || (dd->op == &df__op_number && dd->attr.f[0] == 0));
    prints(y, "stop(x**2)");
    df_program *p = df_compile(g, y), *q = df_compile(g, df_mul(x, df_square(x)));
    ck_assert_int_eq(p->plan->n_steps, 2);
    ck_assert_int_le(q->plan->n_steps, 2);
    given_free(v);
    df_graph_free(g);
}
END_TEST

/* A factor taken out of it would get a derivative: y = w sum(stop(w x)) has that of its first w
 * alone. */
START_TEST(no_factor_leaves_what_is_stopped)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *w = df_param(g, "w", df_shape(1)), *x = df_input(g, "x", df_shape(2, DF_M));
    df_node *s = df_stop(df_mul(w, x)), *d = df_d(df_sum(df_mul(df_mul(w, w), s)), w),
            *dd = df_d(d, w);
    given *v = some_values(g);
    double *a = values_of(v, dd), *b = values_of(v, df_scale(df_sum(s), 2));
    check_close("d^2 (w^2 stop(w x))", dd, a, b, 1, 1e-13);
    free(a), free(b);
    given_free(v);
    df_graph_free(g);
}
END_TEST

/* ---- errors ------------------------------------------------------------------------------- */

typedef struct { net k; df_graph *h; df_node *other, *labels, *step, *wide, *bent; } wrong;

static df_node *E0(const wrong *w) { return df_vjp(NULL, w->k.W, w->k.A); }
static df_node *E1(const wrong *w) { return df_vjp(w->k.A, NULL, w->k.A); }
static df_node *E2(const wrong *w) { return df_vjp(w->k.A, w->k.W, NULL); }
static df_node *E3(const wrong *w) { return df_vjp(w->k.A, w->other, w->k.A); }
static df_node *E4(const wrong *w) { return df_vjp(w->k.A, w->k.W, w->other); }
static df_node *E5(const wrong *w) { return df_vjp(w->k.A, w->k.W, w->k.W); }
static df_node *E6(const wrong *w) { return df_vjp(w->k.A, w->k.W, w->labels); }
static df_node *E7(const wrong *w) { return df_vjp(w->labels, w->k.W, w->labels); }
static df_node *E8(const wrong *w) { return df_vjp(w->k.A, w->step, w->k.A); }
static df_node *E9(const wrong *w) { return df_jvp(w->k.A, w->k.W, w->k.A); }
static df_node *E10(const wrong *w) { return df_jvp(NULL, w->k.W, w->k.W); }
static df_node *E11(const wrong *w) { return df_jvp(w->k.A, w->k.W, NULL); }
static df_node *E12(const wrong *w) { return df_d_flat(w->labels); }
static df_node *E13(const wrong *w) { return df_d_flat(w->other); }
static df_node *E14(const wrong *w) { return df_jacobian(w->k.A, w->k.W); }
static df_node *E15(const wrong *w) { return df_jacobian(w->k.J, w->k.X); }
static df_node *E16(const wrong *w) { return df_jacobian(w->k.J, NULL); }
static df_node *E17(const wrong *w) { return df_hessian(w->k.W, w->k.W); }
static df_node *E18(const wrong *w) { return df_hessian(w->k.L, w->k.W); }
static df_node *E19(const wrong *w) { return df_hessian(NULL, w->k.W); }
static df_node *E20(const wrong *w) { return df_each(w->k.X, 0); }
static df_node *E21(const wrong *w) { return df_each(w->k.W, 3); }
static df_node *E22(const wrong *w) { return df_each(w->wide, 0); }
static df_node *E23(const wrong *w) { return df_stop(w->labels); }
static df_node *E24(const wrong *w) { return df_jvp(w->bent, w->k.W, w->k.W); }

/* Whose derivative uses dy twice. */
static df_node *twice(const df_at *at) { return df_mul(at->dy, at->dy); }
#define SAME(name, T) \
    static void name(int64_t n, void *y, const void *const *x, const int64_t *step, \
                     const df_attr *a) \
    { \
        (void)a; \
        for (int64_t i = 0; i < n; i++) \
            ((T *)y)[i] = ((const T *)x[0])[i * step[0]]; \
    }
SAME(same_f32, float)
SAME(same_f64, double)
static const df_op not_linear = {
    .abi = DF_OP, .name = "not_linear", .kind = DF_MAP, .arity = 1, .shape = df_shape_same,
    .map = DF_BOTH(same), .d = { twice },
};

static const struct {
    df_node *(*call)(const wrong *);
    df_status status;
    const char *text;
} errors[] = {
    { E0, DF_BAD_CALL, "vjp: y is NULL" },
    { E1, DF_BAD_CALL, "vjp: x is NULL" },
    { E2, DF_BAD_CALL, "vjp: v is NULL" },
    { E3, DF_BAD_CALL, "vjp: y and x are of two graphs" },
    { E4, DF_BAD_CALL, "vjp: v is of another graph" },
    { E5, DF_BAD_SHAPE, "vjp: v, W (4 x 3), has not the shape of y, sigmoid (1 x m)" },
    { E6, DF_BAD_TYPE, "vjp: v, labels (1 x m), is no number" },
    { E7, DF_BAD_TYPE, "vjp: labels (1 x m) is no number to differentiate" },
    { E8, DF_BAD_TYPE, "vjp: update (4 x 3) is no number to differentiate" },
    { E9, DF_BAD_SHAPE, "jvp: v, sigmoid (1 x m), has not the shape of x, W (4 x 3)" },
    { E10, DF_BAD_CALL, "jvp: y is NULL" },
    { E11, DF_BAD_CALL, "jvp: v is NULL" },
    { E12, DF_BAD_TYPE, "d_flat: labels (1 x m) is no number to differentiate" },
    { E13, DF_BAD_CALL, "d_flat: the graph has no parameters" },
    { E14, DF_BAD_SHAPE,
      "jacobian: sigmoid (1 x m) has m: df_each, df_vjp and df_jvp give what is each example's "
      "own" },
    { E15, DF_BAD_SHAPE,
      "jacobian: X (3 x m) has m: df_each, df_vjp and df_jvp give what is each example's own" },
    { E16, DF_BAD_CALL, "jacobian: x is NULL" },
    { E17, DF_BAD_SHAPE, "hessian: W (4 x 3) is more than one number" },
    { E18, DF_BAD_SHAPE,
      "hessian: cross_entropy (1 x m) has m: df_each, df_vjp and df_jvp give what is each "
      "example's own" },
    { E19, DF_BAD_CALL, "hessian: J is NULL" },
    { E20, DF_BAD_SHAPE, "each: X (3 x m) is there for each example already" },
    { E21, DF_BAD_SHAPE, "expand: W (4 x 3): no new axis can be at 3" },
    { E22, DF_BAD_SHAPE, "expand: wide (1 x 1 x 1 x 1 x 1 x 1 x 1 x 1): no new axis can be at 0" },
    { E23, DF_BAD_TYPE,
      "stop: labels (1 x m) holds integers: df_float makes them numbers to calculate with" },
    { E24, DF_BAD_CALL, "jvp: the derivative of an op on the way is not linear in its dy" },
};

START_TEST(a_wrong_call_says_what_is_wrong)
{
    wrong w = { .k = new_net(DF_FLOAT32, false), .h = df_graph_new(DF_FLOAT32) };
    w.other = df_input(w.h, "other", df_shape(1));
    w.labels = df_input_of(w.k.g, "labels", DF_INT32, df_shape(1, DF_M));
    w.step = df_update(w.k.W, df_zeros(w.k.g, df_shape(4, 3)));
    w.wide = df_input(w.k.g, "wide", df_shape(1, 1, 1, 1, 1, 1, 1, 1));
    w.bent = df_apply1(&not_linear, w.k.W);
    ck_assert_ptr_null(errors[_i].call(&w));
    df_graph *g = df_graph_status(w.h) == DF_OK ? w.k.g : w.h;
    ck_assert_str_eq(df_graph_error(g), errors[_i].text);
    ck_assert_int_eq(df_graph_status(g), errors[_i].status);
    df_graph_free(w.k.g), df_graph_free(w.h);
}
END_TEST

TESTS(
    ROWS(products_from_both_sides_agree_with_differences_and_each_other, PAIRS),
    ROWS(products_in_float_are_those_in_double, PAIRS),
    ROWS(products_can_be_differentiated_again, PAIRS),
    TEST(a_product_from_the_right_costs_one_more_of_each_product),
    TEST(a_product_of_a_long_chain_costs_a_few_nodes_for_each),
    TEST(a_cost_along_a_direction_is_one_number_with_its_mean),
    ROWS(a_hessian_vector_product_of_several_matrices_takes_one_pass, 2),
    ROWS(a_hessian_is_that_of_the_textbook, 2),
    TEST(a_jacobian_has_a_row_for_each_element_of_y),
    TEST(jacobians_and_hessians_can_be_differentiated_again),
    ROWS(what_is_stopped_has_its_value_and_no_derivative, 2),
    TEST(no_factor_leaves_what_is_stopped),
    ROWS(a_wrong_call_says_what_is_wrong, COUNT(errors)),
)
