/* test_graph.c -- nodes, names, products as text, the table of ops
 *
 * SPDX-License-Identifier: MIT */
#include "check.h"
#include "../ops/ops.h"
#include "df.h"
#include <math.h>

static df_graph *g;
static df_node *x, *y, *w;

/* A new graph in place of that of the test before. */
static void start(void)
{
    df_graph_free(g);
    g = df_graph_new(DF_FLOAT64);
    x = df_input(g, "x", df_shape(3, DF_M));
    y = df_input(g, "y", df_shape(3, DF_M));
    w = df_param(g, "w", df_shape(4, 3));
}

/* ---- one value, one node --------------------------------------------------------------------- */

START_TEST(equal_calls_make_one_node)
{
    start();
    ck_assert_ptr_eq(df_tanh(df_matmul(w, x)), df_tanh(df_matmul(w, x)));
    ck_assert_ptr_eq(df_num(g, 2), df_num(g, 2));
    ck_assert_ptr_eq(df_examples(g), df_examples(g));
    ck_assert_ptr_eq(df_pow(x, 3), df_pow(x, 3));
    ck_assert_ptr_eq(df_square(x), df_pow(x, 2));
    ck_assert_ptr_eq(df_sum_axis(x, 1), df_sum_axis(x, -1));
    ck_assert_ptr_eq(df_zeros(g, df_shape(2, 2)), df_zeros(g, df_shape(2, 2)));
    ck_assert_ptr_eq(df_sum_examples(x), df_sum_axis(x, 1));
}
END_TEST

START_TEST(calls_that_differ_make_two)
{
    start();
    double v[] = { 1, 2 };
    ck_assert_ptr_ne(df_add(x, y), df_add(y, x));
    ck_assert_ptr_ne(df_pow(x, 3), df_pow(x, 4));
    ck_assert_ptr_ne(df_leaky_relu(x, 0.1), df_leaky_relu(x, 0.2));
    ck_assert_ptr_ne(df_sum_axis(x, 0), df_sum_axis(x, 1));
    ck_assert_ptr_ne(df_num(g, 0), df_num(g, -0.0));
    ck_assert_ptr_ne(df_zeros(g, df_shape(2, 2)), df_zeros(g, df_shape(2, 3)));
    ck_assert_ptr_ne(df_const(g, df_shape(2), v, 2), df_const(g, df_shape(2), v, 2));
}
END_TEST

START_TEST(data_and_parameters_are_never_one)
{
    start();
    ck_assert_ptr_ne(x, y);
    ck_assert_ptr_ne(df_param(g, "a", df_shape(2)), df_param(g, "b", df_shape(2)));
    ck_assert_ptr_ne(df_state(g, "c", df_shape(2)), df_state(g, "d", df_shape(2)));
    ck_assert_ptr_ne(df_tanh(x), df_tanh(y));
}
END_TEST

START_TEST(many_nodes_are_all_found_again)
{
    start();
    df_node *made[3000];
    for (int i = 0; i < 3000; i++)
        made[i] = df_offset(x, i);
    int64_t n = g->n_nodes;
    for (int i = 0; i < 3000; i++)
        ck_assert_ptr_eq(df_offset(x, i), made[i]);
    ck_assert_int_eq(g->n_nodes, n);
}
END_TEST

START_TEST(operands_are_older_than_their_node)
{
    start();
    df_d(df_cost(df_sum_axis(df_square(df_tanh(df_matmul(w, x))), 0)), w);
    for (int64_t i = 0; i < g->n_nodes; i++)
        for (int k = 0; k < g->node[i]->n; k++)
            ck_assert_int_lt(g->node[i]->x[k]->id, i);
}
END_TEST

/* ---- numbers --------------------------------------------------------------------------------- */

START_TEST(what_is_made_of_numbers_is_a_number)
{
    double v;
    start();
    const struct { df_node *x; double is; } table[] = {
        { df_add(df_num(g, 1), df_num(g, 2)), 3 },     { df_div(df_num(g, 1), df_num(g, 4)), 0.25 },
        { df_scale(df_num(g, 3), -2), -6 },            { df_pow(df_num(g, 2), 10), 1024 },
        { df_pow(df_num(g, 2), -2), 0.25 },            { df_sqrt(df_num(g, 9)), 3 },
        { df_exp(df_num(g, 0)), 1 },                   { df_xlogy(df_num(g, 0), df_num(g, 0)), 0 },
        { df_where(df_num(g, 0), df_num(g, 1), df_num(g, 2)), 2 },
        { df_max(df_num(g, 1), df_num(g, 2)), 2 },     { df_min(df_num(g, 1), df_num(g, 2)), 1 },
        { df_sigmoid(df_num(g, 0)), 0.5 },             { df_relu(df_num(g, -1)), 0 },
        { df_less(df_num(g, 1), df_num(g, 2)), 1 },    { df_log(df_num(g, 0)), -INFINITY },
        { df_sum(df_num(g, 7)), 7 },                   { df_mean(df_num(g, 7)), 7 },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        ck_assert_msg(df__is_number(table[i].x, &v), "row %zu is no number", i);
        ck_assert_double_eq(v, table[i].is);
    }
}
END_TEST

/* ---- names and questions --------------------------------------------------------------------- */

START_TEST(a_node_has_a_first_name_and_aliases)
{
    start();
    df_node *z = df_matmul(w, x);
    ck_assert_str_eq(df_name_of(z), "");
    ck_assert_ptr_eq(df_name(z, "Z"), z);
    ck_assert_ptr_eq(df_name(z, "alias"), z);
    ck_assert_ptr_eq(df_name(z, "Z"), z);
    ck_assert_str_eq(df_name_of(z), "Z");
    ck_assert_ptr_eq(df_find(g, "Z"), z);
    ck_assert_ptr_eq(df_find(g, "alias"), z);
    ck_assert_ptr_eq(df_find(g, "w"), w);
    ck_assert_ptr_null(df_find(g, "nobody"));
    ck_assert_int_eq(df_graph_status(g), DF_OK);
    ck_assert_str_eq(df_name_of(NULL), "");
}
END_TEST

START_TEST(names_are_copied)
{
    char name[] = "abc";
    start();
    df_name(df_tanh(x), name);
    name[0] = 'z';
    ck_assert_ptr_eq(df_find(g, "abc"), df_tanh(x));
}
END_TEST

START_TEST(parameters_are_listed_in_order_of_creation)
{
    df_node *list[2] = { NULL, NULL };
    start();
    df_node *b = df_param(g, "b", df_shape(4, 1));
    df_state(g, "s", df_shape(1));
    df_node *c = df_param(g, "c", df_shape(1));
    ck_assert_int_eq(df_params(g, list, 2), 3);
    ck_assert_ptr_eq(list[0], w);
    ck_assert_ptr_eq(list[1], b);
    ck_assert_int_eq(df_params(g, NULL, 0), 3);
    ck_assert_int_eq(df_params(NULL, NULL, 0), 0);
    ck_assert_ptr_ne(c, b);
}
END_TEST

START_TEST(a_node_tells_its_shape_and_graph)
{
    start();
    ck_assert_ptr_eq(df_graph_of(x), g);
    ck_assert_int_eq(df_shape_of(x).rank, 2);
    ck_assert_int_eq(df_shape_of(x).size[1], DF_M);
    ck_assert_int_eq(df_shape_of(NULL).rank, 0);
    ck_assert_ptr_null(df_graph_of(NULL));
}
END_TEST

START_TEST(a_single_number_is_its_own_sum_and_a_float_its_own_float)
{
    start();
    df_node *one = df_input(g, "one", df_shape(1));
    df_node *narrow = df_input(g, "narrow", df_shape(1, DF_M));
    ck_assert_ptr_eq(df_sum(one), one);
    ck_assert_ptr_eq(df_sum_axis(narrow, 0), narrow);
    ck_assert_ptr_eq(df_max_axis(narrow, 0), narrow);
    ck_assert_ptr_eq(df_logsumexp_axis(narrow, 0), narrow);
    ck_assert_ptr_eq(df_float(x), x);
}
END_TEST

/* ---- products as text ------------------------------------------------------------------------ */

/* a, b and the result as letters; sizes: a 2, b 3, ...; p, q, r are 1. */
static const struct { const char *a, *b, *y, *numpy, *latex; } products[] = {
    { "ab", "bc", "ac", "%0 @ %1", "%0 %1" },
    { "ab", "bc", "ca", "%1.T @ %0.T", "%1^{\\top} %0^{\\top}" },
    { "am", "bm", "ab", "%0 @ %1.T", "%0 %1^{\\top}" },
    { "ma", "mb", "ab", "%0.T @ %1", "%0^{\\top} %1" },
    { "am", "bm", "ba", "%1 @ %0.T", "%1 %0^{\\top}" },
    { "ab", "am", "bm", "%0.T @ %1", "%0^{\\top} %1" },
    { "ma", "ab", "mb", "%0 @ %1", "%0 %1" },
    { "ab", "ma", "mb", "%1 @ %0", "%1 %0" },
    { "ab", "b", "a", "%0 @ %1", "%0 %1" },
    { "b", "ab", "a", "%1 @ %0", "%1 %0" },
    { "ab", "a", "b", "%1 @ %0", "%1 %0" },
    { "ap", "pb", "ab", "%0 @ %1", "%0 %1" },
    { "pa", "pb", "ab", "%0.T @ %1", "%0^{\\top} %1" },
    { "ap", "bq", "ab", "%0 @ %1.T", "%0 %1^{\\top}" },
    { "mab", "bc", "mac", "%0 @ %1", "%0 %1" },
    { "mab", "cb", "mac", "%0 @ %1.T", "%0 %1^{\\top}" },
    { "mab", "mbc", "mac", "%0 @ %1", "%0 %1" },
    { "pab", "mbc", "mac", "%0 @ %1", "%0 %1" },
    { "mab", "mac", "bc", "np.einsum('abc,abd->cd', %0, %1)",
      "\\operatorname{einsum}_{\\texttt{abc,abd->cd}}(%0, %1)" },
    { "mab", "mac", "qbc", "np.einsum('abc,abd->cd', %0, %1)[None, :, :]", NULL },
    { "ab", "ab", "ab", "np.einsum('ab,ab->ab', %0, %1)", NULL },
    { "ab", "ab", "r", "np.einsum('ab,ab->', %0, %1)", NULL },
    { "a", "b", "ab", "np.einsum('a,b->ab', %0, %1)", NULL },
    { "p", "ab", "ab", "np.multiply(%0, %1)", "%0 \\cdot %1" },
    { "ab", "p", "ba", "np.multiply(%1, %0.T)", "%1 \\cdot %0^{\\top}" },
};

static df_node *operand(const char *name, const char *letters, int8_t of[DF_RANK])
{
    df_dims s = { .rank = (int)strlen(letters) };
    for (int j = 0; j < s.rank && j < DF_RANK; j++) {
        char c = letters[j];
        of[j] = (int8_t)(c - 'a' + 1);
        s.size[j] = c == 'm' ? DF_M : c >= 'p' ? 1 : c - 'a' + 2;
    }
    return name ? df_input(g, name, s) : NULL;
}

START_TEST(a_contraction_prints_as_a_product_where_it_is_one)
{
    int8_t of[3][DF_RANK] = { { 0 } };
    char text[DF_TEXT];
    start();
    df_node *a = operand("a", products[_i].a, of[0]), *b = operand("b", products[_i].b, of[1]);
    operand(NULL, products[_i].y, of[2]);
    df_node *made = df_contract(a, b, of[0], of[1], of[2], (int)strlen(products[_i].y));
    ck_assert_msg(made != NULL, "%s", df_graph_error(g));
    df__contract_text(made, DF_NUMPY, text);
    ck_assert_str_eq(text, products[_i].numpy);
    df__contract_text(made, DF_LATEX, text);
    if (products[_i].latex)
        ck_assert_str_eq(text, products[_i].latex);
}
END_TEST

/* ---- the table of ops ------------------------------------------------------------------------ */

static int count_ops(void)
{
    int n = 0;
    while (df__ops[n])
        n++;
    return n;
}

START_TEST(each_op_has_what_its_kind_needs)
{
    const df_op *op = df__ops[_i];
    bool in_derivatives = op->kind == DF_SOURCE || op->kind == DF_UPDATE;
    ck_assert_int_eq(op->abi, DF_OP);
    ck_assert_ptr_eq(df__op_named(op->name, strlen(op->name)), op);
    ck_assert_ptr_nonnull(op->shape);
    ck_assert_int_eq(op->kind == DF_MAP, op->map[0] && op->map[1]);
    ck_assert_int_eq(op->kind == DF_REDUCE, op->reduce[0] && op->reduce[1]);
    ck_assert_int_eq(op->kind == DF_OPAQUE, op->block[0] && op->block[1]);
    ck_assert_int_eq(op->kind == DF_VIEW, op->view != NULL);
    ck_assert_int_le(op->arity, DF_ARITY);
    for (int i = 0; i < op->arity && !in_derivatives; i++)
        ck_assert_msg(op->d[i] != NULL, "%s has no derivative by operand %d", op->name, i);
    ck_assert_int_eq(op->test[0] < op->test[1], op->test[0] != op->test[1]);
    ck_assert_msg(!op->prelude || strncmp(op->prelude, "def ", 4) == 0,
                  "the prelude of %s defines nothing", op->name);
}
END_TEST

TESTS(
    TEST(equal_calls_make_one_node),
    TEST(calls_that_differ_make_two),
    TEST(data_and_parameters_are_never_one),
    TEST(many_nodes_are_all_found_again),
    TEST(operands_are_older_than_their_node),
    TEST(what_is_made_of_numbers_is_a_number),
    TEST(a_node_has_a_first_name_and_aliases),
    TEST(names_are_copied),
    TEST(parameters_are_listed_in_order_of_creation),
    TEST(a_node_tells_its_shape_and_graph),
    TEST(a_single_number_is_its_own_sum_and_a_float_its_own_float),
    ROWS(a_contraction_prints_as_a_product_where_it_is_one, COUNT(products)),
    ROWS(each_op_has_what_its_kind_needs, count_ops()),
)
