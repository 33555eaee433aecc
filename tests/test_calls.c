/* test_calls.c -- every call of dfoo.h can be written in a text, and what it makes reads back
 *
 * SPDX-License-Identifier: MIT */
#include "read_back.h"

/* A row for each call, with what it is a call of; more where it prints in more than one way. */
static const char *const rows[] = {
    "num(2.5)",
    "zeros((2, 1)) + p",
    "uniform((2, m)) * a",
    "normal((m, 2)) * R",
    "examples()",
    "add(a, b)",
    "sub(a, b)",
    "mul(a, b)",
    "div(a, b)",
    "max(a, b)",
    "min(a, b)",
    "less(a, b)",
    "equal(a, b)",
    "equal(i, 3)",
    "less_equal(a, b)",
    "greater(a, b)",
    "greater_equal(a, b)",
    "not_equal(a, b)",
    "logical_and(a, b)",
    "logical_or(a, b)",
    "logical_not(a)",
    "is_nan(a)",
    "is_finite(a)",
    "where(less(a, b), a, b)",
    "scale(a, -0.5)",
    "offset(a, c=-3)",
    "pow(a, 3)",
    "pow(a, -1)",
    "power(a, b)",
    "reciprocal(a)",
    "rsqrt(a)",
    "hypot(a, b)",
    "remainder(a, b)",
    "square(a)",
    "neg(a)",
    "abs(a)",
    "sqrt(a)",
    "sign(a)",
    "floor(a)",
    "ceil(a)",
    "round(a)",
    "clip(a, low=0.1, high=2)",
    "exp(a)",
    "log(a)",
    "log1p(a)",
    "exp2(a)",
    "expm1(a)",
    "log2(a)",
    "log10(a)",
    "sin(a)",
    "cos(a)",
    "tan(a)",
    "asin(a)",
    "acos(a)",
    "atan(a)",
    "atan2(a, b)",
    "sinh(a)",
    "cosh(a)",
    "asinh(a)",
    "acosh(a)",
    "atanh(a)",
    "erf(a)",
    "erfc(a)",
    "lgamma(a)",
    "digamma(a)",
    "polygamma(a, 2)",
    "xlogy(a, b)",
    "sigmoid(a)",
    "tanh(a)",
    "relu(a)",
    "leaky_relu(a, slope=0.1)",
    "softplus(a)",
    "elu(a, 0.5)",
    "selu(a)",
    "celu(a, 2)",
    "silu(a)",
    "gelu(a)",
    "gelu_tanh(a)",
    "mish(a)",
    "softsign(a)",
    "hard_sigmoid(a)",
    "hard_swish(a)",
    "log_sigmoid(a)",
    "float(i)",
    "sum(a)",
    "mean(a)",
    "sum_axis(a, 0)",
    "mean_axis(a, axis=-1)",
    "max_axis(a, 0)",
    "min_axis(a, 1)",
    "logsumexp_axis(a, 0)",
    "sum_examples(a)",
    "mean_examples(a)",
    "sum_axes(T, (0, 2))",
    "sum_axes(T, axes=1)",
    "mean_axes(T, axes=(0, -1))",
    "max_axes(T, (1, 2))",
    "min_axes(T, (0, 1, 2))",
    "max_all(a)",
    "min_all(a)",
    "logsumexp(a)",
    "logsumexp_axes(T, (0, 1))",
    "variance(a)",
    "variance_axis(a, 1)",
    "variance_axes(T, (0, 1))",
    "prod(a)",
    "prod_axis(a, 0)",
    "prod_axes(T, (0, 2))",
    "norm(a)",
    "norm_axis(a, 0)",
    "norm_axes(T, (0, 2))",
    "count(a)",
    "count_axis(a, 1)",
    "count_axes(T, (0, 1))",
    "any(a)",
    "any_axis(a, 0)",
    "any_axes(T, (0, 1))",
    "all(a)",
    "all_axis(a, 1)",
    "all_axes(T, (0, 1))",
    "cumsum(a, 0)",
    "dot(W, V)",
    "softmax(a, axis=0)",
    "log_softmax(a, 0)",
    "matmul(W, a)",
    "add_bias(a, p)",
    "outer(p, p)",
    "einsum('ab,cb->ac', W, V)",
    "einsum('ab,cb->', W, V)",
    "einsum('z,ab->ba', s, W)",
    "einsum('z,abc->cab', s, K)",
    "cholesky(matmul(Q, transpose(Q)))",
    "cholesky(B)",
    "solve(Q, a)",
    "solve(B, p)",
    "inverse(Q)",
    "inverse(B)",
    "det(Q)",
    "det(B)",
    "logdet(B)",
    "trace(Q)",
    "trace(B)",
    "triangular_solve(Q, a, upper=True, transposed=False)",
    "triangular_solve(B, a, False, True)",
    "transpose(W)",
    "transpose(T)",
    "convolve(I, K)",
    "convolve(I, K, 2, 1)",
    "convolve(I, K, stride=2, padding=1, dilation=2, groups=1)",
    "convolve(moveaxis(I, 0, 2), K, padding=1)",
    "convolve_transposed(I, K, stride=2, extra=1)",
    "convolve_transposed(I, K, 2, 0, 1, 1, 0)",
    "convolve_transposed(moveaxis(I, 0, 2), K, 2, 0, 1, 1, 0)",
    "max_pool(I, 2, 2)",
    "max_pool(I, size=3, stride=1, padding=1)",
    "max_pool(expand(I, 2), 1, 1)",
    "mean_pool(moveaxis(I, 0, 2), 2, 1, 0)",
    "stop(a)",
    "each(p, 1)",
    "transpose_axes(T, (2, 0, 1))",
    "moveaxis(T, from=1, to=0)",
    "reshape(T, (2, m, 3, 1))",
    "flatten(T)",
    "expand(a, 0)",
    "take(T, axis=2, i=1)",
    "slice(T, 2, first=1, n=2)",
    "slice_step(T, 2, 2, 2, -1)",
    "flip(a, 0)",
    "split(a, 0, 2, 1)",
    "tile(a, 0, 3)",
    "pad(a, 0, before=1, after=2)",
    "unslice(a, 0, first=1, step=2, size=5)",
    "concat(0, a, b)",
    "concat(0, a, b, c, a, b)",
    "concat(axis=0, x=(a, b, c))",
    "stack(0, a, b, c)",
    "stack(axis=1, x=[a, b])",
    "diag(Q)",
    "diag_matrix(sum(Q, axis=0)[0])",
    "tril(Q, -1)",
    "triu(Q, k=0)",
    "embed(W, i)",
    "scatter_rows(R, i, 5)",
    "gather(a, k, axis=0)",
    "scatter(a, k, 0, 4)",
    "argmax_axis(a, 0)",
    "argmin_axis(a, 0)",
    "argsort(a, 0)",
    "argsort(-a, 0)",
    "sort(a, 0)",
    "top_k(a, 0, 1)",
    "top_k(a, axis=0, k=2)",
    "bernoulli(0.25, (2, m))",
    "dropout(a, 0.5)",
    "layer_norm(a, 0, 0.1)",
    "rms_norm(a, 0, eps=0.1)",
    "group_norm(I, 1, groups=2, eps=0.1)",
    "batch_norm(a, axis=0, eps=1e-5)",
    "batch_norm_running(a, 0, 0.1, 'bn')",
    "batch_norm_update(a, axis=0, keep=0.9, name=\"bn\")",
    "attention(T, T, T)",
    "attention_masked(moveaxis(T, 1, 0), moveaxis(T, 1, 0), moveaxis(T, 1, 0), Q)",
    "lstm_c(a, zeros((1, m)), zeros((1, m)), L2, L1, L3)",
    "lstm_h(a, zeros((1, m)), zeros((1, m)), L2, L1, L3)",
    "gru(a, zeros((1, m)), G2, G1, G3, G3)",
    "one_hot(i, classes=4)",
    "one_hot(j, 4)",
    "cross_entropy(sigmoid(a), b)",
    "sigmoid_cross_entropy(a, b)",
    "softmax_cross_entropy(a, b, 0)",
    "softmax_cross_entropy(a, j, axis=0)",
    "squared_error(a, b)",
    "absolute_error(a, b)",
    "huber(a, b, 0.5)",
    "hinge(a, b)",
    "poisson(a, b)",
    "kl_divergence(a, b)",
    "cosine_similarity(a, b, 0)",
    "cosine_loss(a, b, 0)",
    "smooth_labels(b, 0, 0.1)",
    "l1(W)",
    "l2(W)",
    "cost(sum(a, axis=0))",
    "d(sum(tanh(W @ a)), W)",
    "d(sum(convolve(I, K)), K)",
    "d(sum(square(convolve(I, K, 2))), I)",
    "d(sum(max_pool(I, 2, 2)), I)",
    "d(sum(log_softmax(a, 0) * b), a)",
    "d(sum(square(solve(Q, a))), Q)",
    "d(sum(cholesky(Q)), Q)",
    "d(sum(square(top_k(a, 0, 1))), a)",
    "d(sum(einsum('ab,cb->', W, V)**2), W)",
    "vjp(W @ a, W, V @ b)",
    "jvp(tanh(W @ a), a, b)",
    "d_flat(sum(tanh(W @ a)))",
    "jacobian(sum(tanh(W), axis=1), W)",
    "hessian(sum(tanh(p)), p)",
};

/* For steps of cells, of one unit. */
static const char more[] = "param L2 (4, 2)\nparam L1 (4, 1)\nparam L3 (4, 1)\n"
                           "param G2 (3, 2)\nparam G1 (3, 1)\nparam G3 (3, 1)\n";

static df_node *made(df_graph *g, const char *call)
{
    char text[300];
    df__derivative_of is;
    snprintf(text, sizeof text, "y = %s\n", call);
    df_node *y = parsed(g, text);
    return df__is_derivative(y, 0, &is) ? df_offset(y, 0.5) : y; /* not to be printed as dW */
}

START_TEST(what_a_call_makes_reads_back_node_for_node)
{
    df_graph *g = df_graph_new(_i & 1 ? DF_FLOAT32 : DF_FLOAT64);
    parsed(g, leaves);
    parsed(g, more);
    df_node *y = made(g, rows[_i]);
    round_trip(rows[_i], g, &y, 1);
    df_graph_free(g);
}
END_TEST

START_TEST(each_op_of_the_list_is_in_a_row)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    parsed(g, leaves);
    parsed(g, more);
    for (size_t k = 0; k < COUNT(rows); k++) {
        char text[300];
        snprintf(text, sizeof text, "y%d = %s\n", (int)k, rows[k]);
        parsed(g, text);
    }
    parsed(g, "y = np.array([1, 2])\n");
    for (int k = 0; df__ops[k]; k++) {
        bool there = false;
        for (int64_t id = 0; id < g->n_nodes && !there; id++)
            there = g->node[id]->op == df__ops[k];
        ck_assert_msg(there, "no row in tests/test_calls.c has the op %s", df__ops[k]->name);
    }
    df_graph_free(g);
}
END_TEST

#define CONVOLVE \
    "1:5: expected convolve(x, K, stride, padding, dilation, groups) or " \
    "convolve(x, y, stride=count, padding=count, dilation=number, groups=number)"

/* Not as a call takes it. */
static const struct { const char *call, *message; } wrong[] = {
    { "convolve(I)", CONVOLVE },
    { "convolve(I, K, 1, stride=1)", CONVOLVE },
    { "convolve(I, K, 1, 0, 1, 1, 1)", CONVOLVE },
    { "convolve(I, K, stride=-1)", "1:5: convolve: I (m x 2 x 6), K (2 x 2 x 3): a stride of -1, "
                               "padding of 0, dilation of 1" },
    { "max_pool(I, 2)", "1:5: expected max_pool(x, size, stride, padding)" },
    { "max_pool(I, 2, 2, 0, 0)", "1:5: expected max_pool(x, size, stride, padding)" },
    { "concat(0)", "1:5: expected concat(axis, x)" },
    { "concat(0, a, axis=0)", "1:5: expected concat(axis, x)" },
    { "concat(0, (a, b), c)", "1:5: expected concat(axis, x)" },
    { "concat(0, [])", "1:5: expected concat(axis, x)" },
    { "stack(0, x=[a, q])", "1:20: there is nothing called 'q'" },
    { "sum_axes(T, ())", "1:5: expected sum_axes(x, axes)" },
    { "sum_axes(T, (0, 1, 2, 0, 1, 2, 0, 1, 2))", "1:5: expected sum_axes(x, axes)" },
    { "sum_axes(T, (0, 1.5))", "1:5: expected sum_axes(x, axes)" },
    { "batch_norm_running(a, 0, 0.1, bn)",
      "1:5: expected batch_norm_running(x, axis, eps, name)" },
    { "parse('y = a')", "1:5: there is no function 'parse'" },
    { "update(p, p)", "1:5: there is no function 'update'" },
};

START_TEST(what_a_call_does_not_take_is_an_error)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    char text[300];
    parsed(g, leaves);
    snprintf(text, sizeof text, "y = %s\n", wrong[_i].call);
    ck_assert_ptr_null(df_parse(g, text));
    ck_assert_str_eq(df_graph_error(g), wrong[_i].message);
    df_graph_free(g);
}
END_TEST

START_TEST(running_averages_are_those_of_the_first_text)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    parsed(g, "input x (2, m)\nstep = batch_norm_update(x, 0, 0.9, 'bn')\n");
    df_node *y = parsed(g, "y = batch_norm_running(x, 0, 0.1, 'bn')\n");
    ck_assert_ptr_eq(y, df_batch_norm_running(df_find(g, "x"), 0, 0.1, "bn"));
    ck_assert_ptr_null(df_parse(g, "input z (3, m)\ny = batch_norm_running(z, 0, 0.1, 'bn')\n"));
    ck_assert_str_eq(df_graph_error(g), "2:5: batch_norm_running: bn.mean (2 x 1) is not of the "
                                        "shape (3 x 1)");
    ck_assert_ptr_null(df_find(g, "z"));
    df_graph_free(g);
}
END_TEST

/* df_concat_list is written concat. */
static bool has_row(const char *name)
{
    size_t n = strlen(name), list = strlen("_list");
    n -= n > list && strcmp(name + n - list, "_list") == 0 ? list : 0;
    for (size_t k = 0; k < COUNT(rows); k++)
        if (strncmp(rows[k], name, n) == 0 && rows[k][n] == '(')
            return true;
    return false;
}

#include <dfoo/here.h>             /* the list of them */

START_TEST(each_call_of_the_header_has_a_row)
{
#define NAME(id, call, letters, names, arguments) #call,
    static const char *const calls[] = { DF__CALLS(NAME) };
#undef NAME
    for (size_t k = 0; k < COUNT(calls); k++)
        ck_assert_msg(has_row(calls[k] + 3), "no row for %s in tests/test_calls.c", calls[k]);
}
END_TEST

TESTS(
    ROWS(what_a_call_makes_reads_back_node_for_node, COUNT(rows)),
    TEST(each_call_of_the_header_has_a_row),
    TEST(each_op_of_the_list_is_in_a_row),
    ROWS(what_a_call_does_not_take_is_an_error, COUNT(wrong)),
    TEST(running_averages_are_those_of_the_first_text),
)
