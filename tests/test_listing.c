/* test_listing.c -- which equations a listing has, in which order, and what they are called
 *
 * SPDX-License-Identifier: MIT */
#include "printed.h"

START_TEST(what_is_used_twice_gets_a_name_that_is_free)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_input(g, "t1", df_shape(3)), *e = df_exp(x);
    char *text = PRINT(DF_NUMPY, df_name(df_add(df_tanh(e), df_sqrt(e)), "y"));
    ck_assert_str_eq(text, "t1_2 = np.exp(t1)\ny = np.tanh(t1_2) + np.sqrt(t1_2)\n");
    free(text);
    df_graph_free(g);
}
END_TEST

START_TEST(a_second_name_is_a_line)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_input(g, "x", df_shape(3));
    df_node *y = df_name(df_name(df_exp(x), "y"), "u");
    char *text = PRINT(DF_NUMPY, df_name(df_tanh(df_name(df_offset(y, 0), "v")), "z"));
    ck_assert_str_eq(text, "y = np.exp(x)\nu = y\nv = y\nz = np.tanh(y)\n");
    free(text);
    df_graph_free(g);
}
END_TEST

START_TEST(only_what_is_needed_is_printed)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_input(g, "x", df_shape(3));
    df_node *y = df_name(df_exp(x), "y");
    df_name(df_tanh(y), "z");
    char *text = PRINT(DF_NUMPY, y, x);
    ck_assert_str_eq(text, "y = np.exp(x)\n");
    free(text);
    df_graph_free(g);
}
END_TEST

START_TEST(a_derivative_that_is_data_or_a_number_has_its_line)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_input(g, "x", df_shape(3));
    df_node *w = df_param(g, "w", df_shape(3)), *b = df_param(g, "b", df_shape(3));
    df_node *J = df_name(df_sum(df_mul(w, x)), "J");
    char *text = PRINT(DF_NUMPY, df_d(J, w), df_d(J, b));
    ck_assert_str_eq(text, "dw = x\ndb = np.full((3,), 0)\n");
    free(text);
    df_graph_free(g);
}
END_TEST

START_TEST(a_listing_begins_with_what_its_names_mean)
{
    model n = small();
    char *text = PRINT(DF_NUMPY, n.J, df_d(n.J, n.W));
    ck_assert_str_eq(text, "# J = 1/m * sum of L;  dZ: of each example's L;  dW: of J\n"
                           "Z = W @ X\n"
                           "A = sigmoid(Z)\n"
                           "L = sigmoid_cross_entropy(Z, Y)\n"
                           "J = 1/m * np.sum(L)\n"
                           "dZ = A - Y\n"
                           "dW = 1/m * (dZ @ X.T)\n");
    free(text);
    text = PRINT(DF_NUMPY, n.J);
    ck_assert_ptr_null(strchr(text, '#'));
    free(text);
    df_graph_free(n.g);
}
END_TEST

/* Linear regression: x (m x 3), the loss without a name; named: the cost has one. */
static model linear(bool named)
{
    model n = { .g = df_graph_new(DF_FLOAT64) };
    n.X = df_input(n.g, "x", df_shape(DF_M, 3));
    n.Y = df_input(n.g, "y", df_shape(DF_M, 1));
    n.W = df_param(n.g, "w", df_shape(3, 1));
    n.Z = df_name(df_matmul(n.X, n.W), "p");
    n.J = df_cost(df_squared_error(n.Z, n.Y));
    if (named)
        df_name(n.J, "J");
    return n;
}

START_TEST(an_adjoint_that_is_used_twice_has_its_name_and_a_residual_has_none)
{
    model n = linear(true);
    df_node *b = df_param(n.g, "b", df_shape(1, 1)), *p = df_name(df_add(n.Z, b), "q");
    df_node *J = df_name(df_cost(df_squared_error(p, n.Y)), "J1");
    char *text = PRINT(DF_NUMPY, J, df_d(J, n.W), df_d(J, b));
    ck_assert_str_eq(text, "# dq: of each example's loss;  dw, db: of J1, their mean\n"
                           "p = x @ w\n"
                           "q = p + b\n"
                           "J1 = 1/m * np.sum((q - y)**2)\n"
                           "dq = 2 * (q - y)\n"
                           "dw = 1/m * (x.T @ dq)\n"
                           "db = 1/m * np.sum(dq, axis=0, keepdims=True)\n");
    free(text);
    df_graph_free(n.g);
}
END_TEST

START_TEST(a_loss_that_is_no_plain_mean_says_what_its_names_lack)
{
    model n = small();
    df_node *J = df_add(n.J, df_sum(df_square(n.W)));
    char *text = PRINT(DF_NUMPY, df_d(J, n.W));
    const char *wanted = "# dZ: of the cost without its factor 1/m;  dW: of the cost\n";
    ck_assert_msg(strncmp(text, wanted, strlen(wanted)) == 0, "%s", text);
    free(text);
    text = PRINT(DF_NUMPY, J, df_d(J, n.W));
    wanted = "# dZ: of J2 without its factor 1/m;  dW: of J2\n";
    ck_assert_msg(strncmp(text, wanted, strlen(wanted)) == 0, "%s", text);
    ck_assert_msg(strstr(text, "\nJ2 = J + np.sum(W**2)\n") != NULL, "%s", text);
    free(text);
    df_graph_free(n.g);
}
END_TEST

START_TEST(a_derivative_of_a_derivative_is_named_by_it)
{
    model n = linear(_i > 0);
    df_node *d = df_d(n.J, n.W);
    char *text = PRINT(DF_NUMPY, df_d(d, n.W));
    ck_assert_msg(strstr(text, "\ndw = 2 / m * (x.T @ (p - y))\nddw_dw = ") != NULL, "%s", text);
    free(text);
    text = PRINT(DF_NUMPY, d, df_d(df_sum(df_square(d)), n.W));
    ck_assert_msg(strstr(text, "\ndJ_dw = ") && strstr(text, "\nJ2 = np.sum(dJ_dw**2)\n") &&
                  strstr(text, "\ndJ2_dw = ") && !!strstr(text, "\nJ = 1/m * ") == (_i == 0),
                  "%s", text);
    free(text);
    df_graph_free(n.g);
}
END_TEST

START_TEST(an_expression_that_equals_a_derivative_is_none)
{
    model n = small();
    df_node *dW = df_d(n.J, n.W), *error = df_sub(n.A, n.Y);
    char *text = PRINT(DF_NUMPY, error, df_abs(error));
    ck_assert_msg(strstr(text, "\nt1 = A - Y\nt2 = np.abs(t1)\n") != NULL, "%s", text);
    ck_assert_ptr_null(strchr(text, '#'));
    free(text);
    text = PRINT(DF_NUMPY, error, dW);
    ck_assert_msg(strstr(text, "\ndZ = A - Y\n") != NULL, "%s", text);
    free(text);
    df_graph_free(n.g);
}
END_TEST

START_TEST(the_strict_derivative_says_so)
{
    model n = small();
    char *text = PRINT(DF_NUMPY, df_d(n.J, n.W), df_d(n.J, n.Z));
    ck_assert_msg(strstr(text, "\ndJ_dZ = 1/m * dZ\n") != NULL, "%s", text);
    free(text);
    text = PRINT(DF_NUMPY, df_d(n.L, n.Z));
    ck_assert_msg(strstr(text, "\ndZ = ") != NULL && !strchr(text, '#'), "%s", text);
    free(text);
    df_graph_free(n.g);
}
END_TEST

START_TEST(names_say_the_cost_where_there_are_two)
{
    model n = small();
    df_node *R = df_name(df_sum(df_square(n.W)), "R");
    char *text = PRINT(DF_NUMPY, df_d(n.J, n.W), df_d(R, n.W));
    ck_assert_msg(strstr(text, "\ndJ_dW = 1/m * (dJ_dZ @ X.T)\n") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "\ndR_dW = 2 * W\n") != NULL, "%s", text);
    free(text);
    df_graph_free(n.g);
}
END_TEST

START_TEST(names_that_a_letter_makes_into_a_word_are_avoided)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *w = df_param(g, "el", df_shape(1));
    char *text = PRINT(DF_NUMPY, df_d(df_name(df_exp(w), "J"), w));
    ck_assert_str_eq(text, "J = np.exp(el)\ndel_2 = J\n");
    free(text);
    df_graph_free(g);
}
END_TEST

START_TEST(updates_come_last_and_read_what_was_before)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *v = df_state(g, "v", df_shape(2)), *w = df_param(g, "w", df_shape(2));
    df_node *both = df_group(df_update(v, df_add(v, w)), df_update(w, df_sub(w, v)));
    char *text = PRINT(DF_NUMPY, both);
    ck_assert_str_eq(text, "t1 = v + w\nt2 = w - v\nv = t1\nw = t2\n");
    free(text);
    text = PRINT(DF_NUMPY, df_group(df_update(v, w), df_update(w, v)));
    ck_assert_str_eq(text, "w_2 = w\nv_2 = v\nv = w_2\nw = v_2\n");
    free(text);
    text = PRINT(DF_LATEX, df_update(w, df_scale(w, 0.5)), df_name(df_exp(w), "y"));
    ck_assert_str_eq(text, "\\begin{align*}\n"
                           "y &= e^{w} \\\\\n"
                           "w &\\leftarrow 0.5 \\, w\n"
                           "\\end{align*}\n");
    free(text);
    df_graph_free(g);
}
END_TEST

START_TEST(the_rules_that_fired_are_comments)
{
    model n = small();
    df_node *y = df_name(df_offset(n.A, 0), "y");
    char *text = PRINT(DF_NUMPY | DF_WHY, y);
    ck_assert_msg(strstr(text, "\n# x + 0 -> x\n") != NULL, "%s", text);
    free(text);
    text = PRINT(DF_NUMPY | DF_WHY, n.A);
    ck_assert_str_eq(text, "Z = W @ X\nA = sigmoid(Z)\n# no rule fired\n");
    free(text);
    df_graph_free(n.g);
}
END_TEST

START_TEST(the_prelude_has_the_functions_and_the_data)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(DF_M, 3));
    df_node *y = df_sigmoid(df_tanh(df_softplus(df_tanh(df_softplus(X)))));
    char *text = PRINT(DF_NUMPY | DF_PRELUDE, df_name(y, "y"));
    ck_assert_msg(strncmp(text, "import numpy as np\n", 19) == 0, "%s", text);
    const char *def = strstr(text, "\ndef softplus(x):\n");
    ck_assert(def && !strstr(def + 2, "def softplus") && strstr(text, "\ndef sigmoid(z):\n"));
    ck_assert(strstr(text, "\n# X (m x 3): input\nm = X.shape[0]\n"));
    free(text);
    df_graph_free(g);
}
END_TEST

TESTS(
    TEST(what_is_used_twice_gets_a_name_that_is_free),
    TEST(a_second_name_is_a_line),
    TEST(only_what_is_needed_is_printed),
    TEST(a_derivative_that_is_data_or_a_number_has_its_line),
    TEST(a_listing_begins_with_what_its_names_mean),
    TEST(an_adjoint_that_is_used_twice_has_its_name_and_a_residual_has_none),
    TEST(a_loss_that_is_no_plain_mean_says_what_its_names_lack),
    ROWS(a_derivative_of_a_derivative_is_named_by_it, 2),
    TEST(an_expression_that_equals_a_derivative_is_none),
    TEST(the_strict_derivative_says_so),
    TEST(names_say_the_cost_where_there_are_two),
    TEST(names_that_a_letter_makes_into_a_word_are_avoided),
    TEST(updates_come_last_and_read_what_was_before),
    TEST(the_rules_that_fired_are_comments),
    TEST(the_prelude_has_the_functions_and_the_data),
)
