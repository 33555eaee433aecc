/* test_lecture.c -- logistic regression and the two-layer network: the equations that a textbook prints
 *
 * SPDX-License-Identifier: MIT
 *
 * Nothing of it knows the network: the same graph under other names, as rows, for one example or with another
 * activation gives the same in its own terms. */
#include "check.h"
#include <dfoo.h>
#include <math.h>

typedef struct { const char *X, *Y, *W1, *b1, *W2, *b2, *Z1, *A1, *Z2, *A2, *L, *J; } naming;
typedef struct { df_graph *g; df_node *X, *Y, *W1, *b1, *W2, *b2, *Z1, *A1, *Z2, *A2, *L, *J; } net;
typedef df_node *activation(df_node *);

static const naming lecture = { "X", "Y", "W1", "b1", "W2", "b2", "Z1", "A1", "Z2", "A2", "L", "J" };
static const naming small = { "x", "y", "W1", "b1", "W2", "b2", "z1", "a1", "z2", "a2", "L", "J" };
static const naming others = { "data", "truth", "U", "c", "V", "d", "h", "s", "q", "p", "loss", "cost" };

/* X (m x n) with X W^T if rows; m may be a number. */
static df_node *layer(df_node *W, df_node *X, df_node *b, bool rows)
{
    return df_add_bias(rows ? df_matmul(X, df_transpose(W)) : df_matmul(W, X), b);
}

static net two_layer(activation *g1, int64_t m, bool rows, const naming *as)
{
    net n = { .g = df_graph_new(DF_FLOAT64) };
    n.X = df_input(n.g, as->X, rows ? df_shape(m, 3) : df_shape(3, m));
    n.Y = df_input(n.g, as->Y, rows ? df_shape(m, 1) : df_shape(1, m));
    n.W1 = df_param(n.g, as->W1, df_shape(4, 3));
    n.b1 = df_param(n.g, as->b1, rows ? df_shape(1, 4) : df_shape(4, 1));
    n.W2 = df_param(n.g, as->W2, df_shape(1, 4));
    n.b2 = df_param(n.g, as->b2, df_shape(1, 1));
    n.Z1 = df_name(layer(n.W1, n.X, n.b1, rows), as->Z1);
    n.A1 = df_name(g1(n.Z1), as->A1);
    n.Z2 = df_name(layer(n.W2, n.A1, n.b2, rows), as->Z2);
    n.A2 = df_name(df_sigmoid(n.Z2), as->A2);
    n.L = df_name(df_cross_entropy(n.A2, n.Y), as->L);
    n.J = m == DF_M ? df_name(df_cost(n.L), as->J) : n.L;
    ck_assert_msg(df_graph_status(n.g) == DF_OK, "%s", df_graph_error(n.g));
    return n;
}

/* The text that df_print writes of these; ends with a newline. */
static char *printed(int how, df_node *const *what, int n)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    bool done = df_print_list(f, how, what, n);
    fclose(f);
    ck_assert_msg(done, "%s", df_graph_error(df_graph_of(what[0])));
    return text;
}

static bool has_line(const char *text, const char *line)
{
    size_t n = strlen(line);
    for (const char *at = text; (at = strstr(at, line)); at++)
        if ((at == text || at[-1] == '\n') && (at[n] == '\n' || at[n] == 0))
            return true;
    return false;
}

/* lines: separated by newlines; each must be a line of text. */
static void expect(const char *text, const char *lines)
{
    char line[256];
    while (*lines) {
        size_t n = strcspn(lines, "\n");
        snprintf(line, sizeof line, "%.*s", (int)n, lines);
        ck_assert_msg(has_line(text, line), "no line `%s` in:\n%s", line, text);
        lines += n + (lines[n] == '\n');
    }
}

static void expect_gradients(const net *n, int how, const char *lines)
{
    df_node *d[] = { df_d(n->J, n->W1), df_d(n->J, n->b1), df_d(n->J, n->W2), df_d(n->J, n->b2) };
    char *text = printed(how, d, 4);
    expect(text, lines);
    free(text);
    df_graph_free(n->g);
}

static df_node *leaky(df_node *x) { return df_leaky_relu(x, 0.01); }

static const struct { activation *g1; bool rows; const naming *as; const char *lines; } gradients[] = {
    { df_tanh, false, &lecture,
      "dZ2 = A2 - Y\n"
      "dW2 = 1/m * (dZ2 @ A1.T)\n"
      "db2 = 1/m * np.sum(dZ2, axis=1, keepdims=True)\n"
      "dZ1 = W2.T @ dZ2 * (1 - A1**2)\n"
      "dW1 = 1/m * (dZ1 @ X.T)\n"
      "db1 = 1/m * np.sum(dZ1, axis=1, keepdims=True)" },
    { df_tanh, false, &others,
      "dq = p - truth\n"
      "dV = 1/m * (dq @ s.T)\n"
      "dd = 1/m * np.sum(dq, axis=1, keepdims=True)\n"
      "dh = V.T @ dq * (1 - s**2)\n"
      "dU = 1/m * (dh @ data.T)\n"
      "dc = 1/m * np.sum(dh, axis=1, keepdims=True)" },
    { df_tanh, true, &lecture,
      "dZ2 = A2 - Y\n"
      "dW2 = 1/m * (dZ2.T @ A1)\n"
      "db2 = 1/m * np.sum(dZ2, axis=0, keepdims=True)\n"
      "dZ1 = dZ2 @ W2 * (1 - A1**2)\n"
      "dW1 = 1/m * (dZ1.T @ X)\n"
      "db1 = 1/m * np.sum(dZ1, axis=0, keepdims=True)" },
    { df_sigmoid, false, &lecture, "dZ2 = A2 - Y\ndZ1 = W2.T @ dZ2 * (A1 * (1 - A1))" },
    { df_relu, false, &lecture, "dZ2 = A2 - Y\ndZ1 = np.where(0 < Z1, W2.T @ dZ2, 0)" },
    { leaky, false, &lecture, "dZ2 = A2 - Y" },
    { df_softplus, false, &lecture, "dZ2 = A2 - Y\ndZ1 = W2.T @ dZ2 * sigmoid(Z1)" },
};

START_TEST(gradients_print_as_in_the_lecture)
{
    net n = two_layer(gradients[_i].g1, DF_M, gradients[_i].rows, gradients[_i].as);
    expect_gradients(&n, DF_NUMPY, gradients[_i].lines);
}
END_TEST

START_TEST(gradients_of_one_example_have_no_sums)
{
    net n = two_layer(df_tanh, 1, false, &small);
    expect_gradients(&n, DF_NUMPY,
                     "dz2 = a2 - y\n"
                     "dW2 = dz2 @ a1.T\n"
                     "db2 = dz2\n"
                     "dz1 = W2.T @ dz2 * (1 - a1**2)\n"
                     "dW1 = dz1 @ x.T\n"
                     "db1 = dz1");
}
END_TEST

START_TEST(the_derivation_prints_node_by_node_before_simplification)
{
    net n = two_layer(df_tanh, 1, false, &small);
    df_node *d[] = { df_d(n.L, n.A2), df_d(n.L, n.Z2), df_d(n.L, n.W2), df_d(n.L, n.b2),
                     df_d(n.L, n.A1), df_d(n.L, n.Z1), df_d(n.L, n.W1), df_d(n.L, n.b1) };
    char *text = printed(DF_NUMPY | DF_RAW, d, 8);
    expect(text,
           "da2 = -y / a2 + (1 - y) / (1 - a2)\n"
           "dz2 = da2 * (a2 * (1 - a2))\n"
           "dW2 = dz2 @ a1.T\n"
           "db2 = dz2\n"
           "da1 = W2.T @ dz2\n"
           "dz1 = da1 * (1 - a1**2)\n"
           "dW1 = dz1 @ x.T\n"
           "db1 = dz1");
    free(text);
    df_graph_free(n.g);
}
END_TEST

START_TEST(a_derivative_by_a_probability_stays_what_it_is_beside_the_others)
{
    net n = two_layer(df_tanh, DF_M, false, &lecture);
    df_node *d[] = { df_d(n.L, n.A2), df_d(n.L, n.Z2) };
    char *text = printed(DF_NUMPY, d, 2);
    expect(text, "dZ2 = A2 - Y");
    ck_assert_ptr_nonnull(strstr(text, "/ A2"));
    free(text);
    df_graph_free(n.g);
}
END_TEST

START_TEST(every_node_has_a_derivative_of_its_own_shape)
{
    net n = two_layer(df_tanh, DF_M, _i == 1, &lecture);
    df_node *all[] = { n.X, n.Y, n.W1, n.b1, n.W2, n.b2, n.Z1, n.A1, n.Z2, n.A2, n.L, n.J };
    for (size_t i = 0; i < COUNT(all); i++) {
        df_dims a = df_shape_of(all[i]), b = df_shape_of(df_d(n.J, all[i]));
        ck_assert_int_eq(a.rank, b.rank);
        for (int k = 0; k < a.rank; k++)
            ck_assert_int_eq(a.size[k], b.size[k]);
    }
    df_graph_free(n.g);
}
END_TEST

START_TEST(latex_prints_the_same_equations)
{
    net n = two_layer(df_tanh, DF_M, false, &lecture);
    df_node *d[] = { df_d(n.J, n.W1), df_d(n.J, n.W2) };
    char *text = printed(DF_LATEX, d, 2);
    ck_assert_ptr_nonnull(strstr(text, "\\frac{1}{m}"));
    ck_assert_ptr_nonnull(strstr(text, "dZ^{[2]} &= A^{[2]} - Y"));
    ck_assert_ptr_nonnull(strstr(text, "dZ^{[2]} A^{[1]T}"));
    free(text);
    df_graph_free(n.g);
}
END_TEST

START_TEST(weight_decay_and_a_weighted_mean_keep_their_factor_at_the_sums)
{
    net n = two_layer(df_tanh, DF_M, false, &lecture);
    df_node *lam = df_input(n.g, "lam", df_shape(1)), *w = df_input(n.g, "w", df_shape(1, DF_M));
    df_node *half = df_div(lam, df_scale(df_examples(n.g), 2));
    df_node *J2 = df_name(df_add(n.J, df_mul(half, df_sum(df_square(n.W1)))), "J2");
    df_node *J3 = df_name(df_div(df_sum(df_mul(w, n.L)), df_sum(w)), "J3");
    char *text = printed(DF_NUMPY, (df_node *[]){ df_d(J2, n.W1) }, 1);
    expect(text, "dZ2 = A2 - Y");
    ck_assert_msg(strstr(text, "dW1 = 1/m * (dZ1 @ X.T) + lam / m * W1") != NULL, "%s", text);
    free(text);
    text = printed(DF_NUMPY, (df_node *[]){ df_d(J3, n.W2) }, 1);
    ck_assert_msg(strstr(text, "dZ2 = w * (A2 - Y)") != NULL, "%s", text);
    free(text);
    df_graph_free(n.g);
}
END_TEST

START_TEST(an_all_zero_start_keeps_the_hidden_units_identical)
{
    net n = two_layer(df_tanh, DF_M, false, &lecture);
    bool zero = _i == 0;
    double x[20][3], y[20], w[12];
    for (int i = 0; i < 20; i++) {
        for (int k = 0; k < 3; k++)
            x[i][k] = sin(i * 3 + k + 1);
        y[i] = x[i][0] * x[i][1] > 0;
    }
    if (zero)
        ck_assert(df_init_fill(n.W1, 0) && df_init_fill(n.W2, 0));
    ck_assert(df_init(n.g));
    df_program *p = df_compile(n.g, n.J, df_sgd(n.J, df_num(n.g, 1), NULL));
    ck_assert_msg(p != NULL, "%s", df_graph_error(n.g));
    ck_assert(df_bind(p, n.X, &x[0][0], 60) && df_bind(p, n.Y, y, 20));
    for (int i = 0; i < 50; i++)
        ck_assert_msg(df_run(p), "%s", df_program_error(p));
    ck_assert(df_get(n.W1, w, 12));
    int same = 0;
    for (int k = 3; k < 12; k++)
        same += w[k] == w[k % 3];
    ck_assert_msg(zero ? same == 9 : same == 0, "%d of 9 weights equal those of the first unit", same);
    df_graph_free(n.g);
}
END_TEST

START_TEST(logistic_regression_prints_da_dz_dw_db)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_input(g, "x", df_shape(3, 1)), *y = df_input(g, "y", df_shape(1, 1));
    df_node *w = df_param(g, "w", df_shape(3, 1)), *b = df_param(g, "b", df_shape(1, 1));
    df_node *z = df_name(df_add(df_matmul(df_transpose(w), x), b), "z"), *a = df_name(df_sigmoid(z), "a");
    df_node *L = df_name(df_cross_entropy(a, y), "L");
    df_node *d[] = { df_d(L, a), df_d(L, z), df_d(L, w), df_d(L, b) };
    char *text = printed(DF_NUMPY | DF_RAW, d, 4);
    expect(text, "da = -y / a + (1 - y) / (1 - a)\ndz = da * (a * (1 - a))");
    free(text);
    text = printed(DF_NUMPY, d + 1, 3);
    expect(text, "dz = a - y\ndw = x @ dz.T\ndb = dz");
    free(text);
    df_graph_free(g);
}
END_TEST

TESTS(
    ROWS(gradients_print_as_in_the_lecture, COUNT(gradients)),
    TEST(gradients_of_one_example_have_no_sums),
    TEST(the_derivation_prints_node_by_node_before_simplification),
    TEST(a_derivative_by_a_probability_stays_what_it_is_beside_the_others),
    ROWS(every_node_has_a_derivative_of_its_own_shape, 2),
    TEST(latex_prints_the_same_equations),
    TEST(weight_decay_and_a_weighted_mean_keep_their_factor_at_the_sums),
    ROWS(an_all_zero_start_keeps_the_hidden_units_identical, 2),
    TEST(logistic_regression_prints_da_dz_dw_db),
)
