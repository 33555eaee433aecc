/* test_parse.c -- text becomes the graph that it says; errors name their place
 *
 * SPDX-License-Identifier: MIT */
#include "comma.h"
#include "parsed.h"
#include "printed.h"
#include "scarce.h"

/* ---- the same as calls ----------------------------------------------------------------------- */

/* An expression of the leaves. */
static df_node *value(df_graph *g, const char *expression)
{
    static int k;
    char text[1024];
    if (!df_find(g, "a"))
        parsed(g, leaves);
    snprintf(text, sizeof text, "y%d = %s\n", k++, expression);
    return parsed(g, text);
}

/* Both are written, and are one node. */
static const struct { const char *written, *means; } alike[] = {
    { "a + b * c", "add(a, mul(b, c))" },
    { "a * b + c", "add(mul(a, b), c)" },
    { "a - b - c", "sub(sub(a, b), c)" },
    { "a - (b - c)", "sub(a, sub(b, c))" },
    { "a / b / c", "div(div(a, b), c)" },
    { "a / b * c", "mul(div(a, b), c)" },
    { "W * V @ a", "matmul(mul(W, V), a)" },
    { "-a**2", "neg(pow(a, 2))" },
    { "(-a)**2", "pow(neg(a), 2)" },
    { "-a * b", "neg(mul(a, b))" },
    { "(-a) * b", "mul(neg(a), b)" },
    { "a * -b * c", "mul(mul(a, neg(b)), c)" },
    { "a - -b", "sub(a, neg(b))" },
    { "a + -b * c", "add(a, neg(mul(b, c)))" },
    { "-2 * a", "scale(a, -2)" },
    { "-2**2 * a", "neg(scale(a, 4))" },
    { "- 2 * a", "scale(a, -2)" },
    { "2e-1 * a", "scale(a, 0.2)" },
    { ".5 * a", "scale(a, 0.5)" },
    { "a**-1", "pow(a, -1)" },
    { "1/s * a", "mul(pow(s, -1), a)" },
    { "1 / s * a", "mul(div(1, s), a)" },
    { "a < b + c", "less(a, add(b, c))" },
    { "1.0 * (a < b)", "less(a, b)" },
    { "a > b", "less(b, a)" },
    { "a >= b", "less_equal(b, a)" },
    { "a == b", "equal(a, b)" },
    { "(a < b) | (b < c) & (a < c)",
      "logical_or(less(a, b), logical_and(less(b, c), less(a, c)))" },
    { "~(a < b)", "logical_not(less(a, b))" },
    { "i == 2", "equal(float(i), 2)" },
    { "a.T", "transpose(a)" },
    { "(a + b).T", "transpose(add(a, b))" },
    { "a.T.T", "transpose(transpose(a))" },
    { "np.tanh(a)", "tanh(a)" },
    { "max(a, b)", "np.maximum(a, b)" },
    { "maximum(a, b)", "np.maximum(a, b)" },
    { "sum(a)", "np.sum(a)" },
    { "sum(a, axis=0)", "np.sum(a, axis=0, keepdims=True)" },
    { "sum(a, 0)", "sum_axis(a, 0)" },
    { "sum(a, axis=-1)", "sum(a, axis=1)" },
    { "sum(a, axis=(0, 1))", "sum(a, axis=(1, 0))" },
    { "max(a, axis=0)", "max_axis(a, 0)" },
    { "mean(a)", "1/m * 0.5 * sum(a)" },
    { "mean(a, axis=1)", "mean_examples(a)" },
    { "np.mean(a, axis=0, keepdims=True)", "mean_axis(a, 0)" },
    { "softmax(a, axis=0)", "softmax(a, 0)" },
    { "softmax(axis=0, z=a)", "softmax(a, 0)" },
    { "softmax(a, axis=1)",
      "np.exp(a - max(a, axis=1)) / sum(np.exp(a - max(a, axis=1)), axis=1)" },
    { "leaky_relu(a, slope=0.1)", "leaky_relu(a, 0.1)" },
    { "square(a)", "a**2" },
    { "np.einsum('ab,cb->ac', W, V)", "W @ V.T" },
    { "np.einsum('ab,ac->bc', W, V)", "W.T @ V" },
    { "np.zeros((2, 1)) + p", "np.full((2, 1), 0) + p" },
    { "np.ones(1)", "1" },
    { "np.array([1, -2]).reshape(2, 1) + p", "p + np.array([1, -2]).reshape((2, 1))" },
    { "T[:, :, 1:3]", "slice(T, 2, 1, 2)" },
    { "W[1]", "take(W, 0, 1)" },
    { "W[-1, 0:1]", "slice(take(W, 0, 2), 0, 0, 1)" },
    { "W[::-1]", "flip(W, 0)" },
    { "W[2::-2, :]", "slice_step(W, 0, 2, 2, -2)" },
    { "W[..., 0]", "take(W, 1, 0)" },
    { "W[:, None]", "expand(W, 1)" },
    { "W[i]", "embed(W, i)" },
    { "np.pad(W, ((0, 0), (1, 2)))", "pad(W, 1, 1, 2)" },
    { "np.concatenate((a, b), axis=0) + 1", "1 + np.concatenate([a, b], axis=0)" },
    { "a.reshape(1, 2, m)", "reshape(a, (1, 2, m))" },
    { "one_hot(i, 3)", "1.0 * (i[..., None] == np.arange(3))" },
    { "one_hot(j, 3)", "j == np.arange(3).reshape(-1, 1)" },
    { "i.astype(float)", "float(i)" },
    { "np.inf * a", "a * np.inf" },
    { "zeros((2, 1)) + p", "np.zeros((2, 1)) + p" },
    { "where(a < b, a, b)", "np.where(1.0 * (a < b), a, b)" },
    { "(a\n  + # more\n  b)", "a + b" },
};

/* Sums and products in another order are as good here. */
static bool alike_nodes(const df_node *x, const df_node *y)
{
    if (x == y || (x->op == &df__op_const && y->op == x->op && x->number[1] == y->number[1]))
        return true;
    if (x->op != y->op || x->n != y->n || memcmp(&x->attr, &y->attr, sizeof x->attr) != 0)
        return false;
    bool same = x->n > 0, turned = x->op->commutes;
    for (int i = 0; i < x->n; i++) {
        same = same && alike_nodes(x->x[i], y->x[i]);
        turned = turned && alike_nodes(x->x[i], y->x[x->n - 1 - i]);
    }
    return same || turned;
}

START_TEST(an_expression_is_what_python_reads)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = value(g, alike[_i].written), *y = value(g, alike[_i].means);
    ck_assert_msg(alike_nodes(x, y), "%s is not %s", alike[_i].written, alike[_i].means);
    df_graph_free(g);
}
END_TEST

/* ---- models ---------------------------------------------------------------------------------- */

static const char lecture[] =
    "# the lecture's network\n"
    "input X (2, m)\n"
    "input Y (1, m)\n"
    "param W1 (4, 2)\n"
    "param b1 (4, 1)\n\n"
    "param W2 (1, 4)   # one unit\n"
    "param b2 (1, 1)\r\n"
    "Z1 = W1 @ X + b1\n"
    "A1 = tanh(Z1)\n"
    "Z2 = (W2 @ A1 +\n"
    "      b2)\n"
    "A2 = sigmoid(Z2)\n"
    "L = cross_entropy(A2, Y)\n"
    "J = mean(L)";

START_TEST(a_model_is_what_the_calls_make)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *J = parsed(g, lecture);
    df_node *X = df_find(g, "X"), *W1 = df_find(g, "W1"), *W2 = df_find(g, "W2");
    df_node *Z1 = df_add_bias(df_matmul(W1, X), df_find(g, "b1")), *A1 = df_tanh(Z1);
    df_node *A2 = df_sigmoid(df_add_bias(df_matmul(W2, A1), df_find(g, "b2")));
    int64_t before = g->n_nodes;
    ck_assert_ptr_eq(J, df_cost(df_cross_entropy(A2, df_find(g, "Y"))));
    ck_assert_ptr_eq(df_find(g, "A1"), A1);
    ck_assert_str_eq(df_name_of(J), "J");
    ck_assert_int_eq(df_params(g, NULL, 0), 4);
    ck_assert_int_eq(g->n_nodes, before);
    df_graph_free(g);
}
END_TEST

START_TEST(a_second_text_goes_on_with_the_names_of_the_first)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    parsed(g, "input x (3, m)\nparam w (3, 1)\ny = w.T @ x\n");
    df_node *J = parsed(g, "J = mean(y**2)\n"), *dw = parsed(g, "dw = d(J, w)\n");
    ck_assert_ptr_eq(dw, df_d(J, df_find(g, "w")));
    ck_assert_ptr_eq(parsed(g, "# declarations alone\nparam v (2)\n"), df_find(g, "v"));
    df_graph_free(g);
}
END_TEST

START_TEST(an_equation_of_a_parameter_is_an_update)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *y = parsed(g, "param w (2)\nstate t (1)\nparam v (2)\n"
                           "t = t + 1\nv = w\nw = w - 0.1 * t\n");
    df_node *t = df_find(g, "t"), *w = df_find(g, "w"), *one = df_num(g, 1);
    df_node *more = df_add(t, one);              /* read after its equation: the new value */
    ck_assert_ptr_eq(y, df_group(df_update(t, more), df_update(df_find(g, "v"), w),
                                 df_update(w, df_sub(w, df_scale(more, 0.1)))));
    df_graph_free(g);
}
END_TEST

START_TEST(a_listing_with_its_prelude_is_read)
{
    df_graph *g = df_graph_new(DF_FLOAT64), *h = df_graph_new(DF_FLOAT64);
    df_node *J = parsed(g, lecture);
    df_node *dW1 = df_d(J, df_find(g, "W1")), *db1 = df_d(J, df_find(g, "b1"));
    char *text = NULL, *listing = PRINT(DF_NUMPY | DF_PRELUDE, J, dW1, db1), why[2 * DF_TEXT] = "";
    size_t size;
    FILE *f = open_memstream(&text, &size);
    write_declarations(f, g);
    fputs(listing, f);
    fclose(f);
    parsed(h, text);
    df_node *is[] = { df_find(h, "J"), df_find(h, "dW1"), df_find(h, "db1") };
    df__copy copy;
    ck_assert(df__simplify(g, (df_node *[]){ J, dW1, db1 }, 3, false, &copy));
    ck_assert_msg(same_graph(copy.image, is, 3, why), "%s\n%s", why, text);
    df__copy_free(&copy);
    free(text);
    free(listing);
    df_graph_free(g);
    df_graph_free(h);
}
END_TEST

START_TEST(a_decimal_comma_of_the_program_changes_no_number)
{
    use_decimal_comma();
    locale_t before = uselocale((locale_t)0);
    df_graph *g = df_graph_new(DF_FLOAT64);
    ck_assert_double_eq(value(g, "0.5")->attr.f[0], 0.5);
    ck_assert(uselocale((locale_t)0) == before);
    df_graph_free(g);
}
END_TEST

/* ---- errors ---------------------------------------------------------------------------------- */

static const struct { const char *text, *message; } errors[] = {
    { "", "1:1: expected an equation, found the end of the text" },
    { "# nothing\n\n", "3:1: expected an equation, found the end of the text" },
    { "y = )", "1:5: expected a name, a number or '(', found ')'" },
    { "y = a b", "1:7: expected the end of the line, found 'b'" },
    { "y = (a", "1:7: expected ',' or ')', found the end of the text" },
    { "y = (a +\n b", "2:3: expected ',' or ')', found the end of the text" },
    { "y a", "1:3: expected '=' or a declaration: input, param, state, found 'a'" },
    { "y = ", "1:5: expected a name, a number or '(', found the end of the text" },
    { "y =\na", "1:4: expected a name, a number or '(', found the end of the line" },
    { "3 = a", "1:1: expected a name, found '3'" },
    { "input (2, m)", "1:7: expected a name, found '('" },
    { "input X", "1:8: expected a shape such as (4, 2) or (2, m), found the end of the text" },
    { "input X 2", "1:9: expected a shape such as (4, 2) or (2, m), found '2'" },
    { "input X (2, k)", "1:9: expected a shape of one to 8 sizes, numbers or m" },
    { "input X (2.5)", "1:9: expected a shape of one to 8 sizes, numbers or m" },
    { "input X ()", "1:9: expected a shape of one to 8 sizes, numbers or m" },
    { "input X (0, m)", "1:7: input X (0 x m): each size is at least 1, or DF_M" },
    { "input X (m, m)", "1:7: input X (m x m): DF_M stands at most once in a shape" },
    { "input X (2, m) int16",
      "1:16: expected int32, int64, uint8, float32 or float64, found 'int16'" },
    { "param S (2, m)", "1:7: param S (2 x m): the same for every example, so without DF_M" },
    { "input a (2)", "1:7: a is there already" },
    { "input exp (2)", "1:7: name 'exp': taken by printed equations; choose another" },
    { "a = b", "1:1: a (2 x m) is there already" },
    { "exp = a", "1:1: name 'exp': taken by printed equations; choose another" },
    { "p = p\np = p", "2:1: p has an update already" },
    { "y = q + a", "1:5: there is nothing called 'q'" },
    { "y = foo(a)", "1:5: there is no function 'foo'" },
    { "y = np.foo(a)", "1:5: there is no function 'np.foo'" },
    { "y = np.tanh(a, b)", "1:5: expected np.tanh(x)" },
    { "y = tanh(a, b)", "1:5: expected tanh(x) or np.tanh(x)" },
    { "y = softmax(a)", "1:5: expected softmax(z, axis) or softmax(x, axis=a)" },
    { "y = softmax(a, axis=9)", "1:5: softmax: a (2 x m) has no axis 9" },
    { "y = np.sum(a, axis=0)", "1:5: expected np.sum(x, axis=a, keepdims=True)" },
    { "y = a.shape", "1:7: there is no attribute '.shape'" },
    { "y = a**b", "1:6: expected a number as the exponent" },
    { "y = [a]", "1:5: '[a]' cannot stand here" },
    { "y = tanh([a])", "1:5: expected tanh(x) or np.tanh(x)" },
    { "y = a < b < c", "1:11: expected one comparison, not a chain of them: brackets, found '<'" },
    { "y = 1x", "1:5: expected a name, a number or '(', found '1x'" },
    { "y = 0x10", "1:5: expected a name, a number or '(', found '0x10'" },
    { "y = 1.2.3", "1:5: expected a name, a number or '(', found '1.2.3'" },
    { "y = ['\xC3\xA9', q", "1:12: expected ',' or ']', found the end of the text" },
    { "y = softmax(a, z=a)", "1:5: expected softmax(z, axis) or softmax(x, axis=a)" },
    { "y = 1e999", "1:5: 1e999 is too large" },
    { "y = a $ b", "1:7: expected the end of the line, found '$'" },
    { "y = 'a", "1:5: expected a name, a number or '(', found ''a'" },
    { "z = a\ny = W @ a + c",
      "2:11: add: matmul (3 x m) + c (2 x m): sizes 3 and 2 of dimension 0 differ" },
    { "y = W @ T", "1:7: matmul: W (3 x 2) @ T (2 x m x 3): inner dimensions 2 and m differ" },
    { "\xC3\xA9 = a", "1:1: expected a name, found '\xC3\xA9'" },
    { "y = a # \xC3\xA9\xC3\xA9\nz = a + \xC3\xA9",
      "2:9: expected a name, a number or '(', found '\xC3\xA9'" },
    { "y = np.einsum('ab', a, b)", "1:5: einsum: expected letters such as 'ab,bc->ac'" },
    { "y = W.reshape(4, 2)", "1:7: reshape: W (3 x 2): (3 x 2) has 6 elements, (4 x 2) has 8" },
    { "y = W[0:9]", "1:6: slice: W (3 x 2): 9 from 0 on: axis 0 has 3" },
    { "y = W[:, :, 0]", "1:6: there is no axis 2 to index" },
    { "y = W[a:b]", "1:6: expected first:stop or first:stop:step, numbers" },
    { "y = zeros()", "1:5: expected zeros(s) or np.zeros((2, m))" },
    { "y = np.array([a])",
      "1:5: array: expected a list of numbers: np.array([1, 2]).reshape(1, 2)" },
};

START_TEST(an_error_names_line_column_and_what_was_expected)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    parsed(g, leaves);
    ck_assert_ptr_null(df_parse(g, errors[_i].text));
    ck_assert_str_eq(df_graph_error(g), errors[_i].message);
    df_graph_free(g);
}
END_TEST

START_TEST(a_text_with_an_error_leaves_nothing_behind)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    parsed(g, "input x (3, m)\n");
    int64_t nodes = g->n_nodes, names = g->n_names;
    ck_assert_ptr_null(df_parse(g, "param w (3, 1)\ny = w.T @ x\nz = y + q\n"));
    ck_assert_str_eq(df_graph_error(g), "3:9: there is nothing called 'q'");
    ck_assert_int_eq(g->n_nodes, nodes);
    ck_assert_int_eq(g->n_names, names);
    ck_assert_ptr_null(df_parse(g, "y = x"));    /* the error stays */
    df_graph_forgive(g);
    parsed(g, "param w (3, 1)\ny = w.T @ x\nz = y + 1\n");
    df_graph_free(g);
}
END_TEST

static void keep_message(void *user, df_status s, const char *text)
{
    (void)s;
    strcat(user, text);
}

START_TEST(the_place_of_the_call_comes_first_and_who_asked_is_told_once)
{
    char told[DF_TEXT] = "";
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_graph_on_error(g, keep_message, told);
    df__enter("net.c", 31);
    df__leave(df_parse(g, "\n y = q"));
    ck_assert_str_eq(told, "net.c:31: 2:6: there is nothing called 'q'");
    ck_assert_str_eq(df_graph_error(g), told);
    df_graph_forgive(g);
    df_sum(df_sub(df_zeros(g, df_shape(2)), df_zeros(g, df_shape(3))));
    ck_assert_msg(strncmp(df_graph_error(g), "sub: ", 5) == 0, "%s", df_graph_error(g));
    df_graph_free(g);
}
END_TEST

/* ---- size ------------------------------------------------------------------------------------ */

/* before, n times; middle; after, n times. */
static char *repeated(const char *before, const char *middle, const char *after, int n)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    fputs("input a (2, m)\ny = ", f);
    for (int i = 0; i < n; i++)
        fputs(before, f);
    fputs(middle, f);
    for (int i = 0; i < n; i++)
        fputs(after, f);
    fclose(f);
    return text;
}

static const struct { const char *before, *after; int n; bool fine; } nested[] = {
    { "(", ")", 190, true },           { "(", ")", 5000, false },
    { "np.tanh(", ")", 190, true },    { "np.tanh(", ")", 100000, false },
    { "-", "", 190, true },            { "-", "", 100000, false },
    { "a + (", ")", 190, true },       { "a**(", ")", 100000, false },
    { "tanh(-(1 - ", "))", 60, true }, { "[", "]", 100000, false },
    { "", " + a", 100000, true },      { "", " * 2", 100000, true },
    { "", ".T", 100000, true },        { "", " @ a", 100000, false },
    { "max(a, ", ")", 190, true },     { "", "**2", 100000, false },
};

START_TEST(what_is_nested_is_bounded_and_what_is_chained_is_not)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    char *text = repeated(nested[_i].before, "a", nested[_i].after, nested[_i].n);
    df_node *y = df_parse(g, text);
    ck_assert_msg((y != NULL) == nested[_i].fine, "%s", df_graph_error(g));
    free(text);
    df_graph_free(g);
}
END_TEST

START_TEST(too_deep_is_an_error_with_its_place)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    char *text = repeated("(", "a", ")", 300);
    ck_assert_ptr_null(df_parse(g, text));
    ck_assert_str_eq(df_graph_error(g), "2:206: expression nested more than 200 deep");
    free(text);
    df_graph_free(g);
}
END_TEST

START_TEST(a_file_of_many_equations)
{
    enum { N = 100000 };
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    fprintf(f, "input x0 (2, m)\n");
    for (int i = 1; i <= N; i++)
        fprintf(f, "x%d = np.tanh(x%d) * %d.5 + x%d\n", i, i - 1, i % 7, i / 2);
    fclose(f);
    df_graph *g = df_graph_new(DF_FLOAT32);
    parsed(g, text);
    ck_assert_int_ge(g->n_nodes, 3 * N);
    free(text);
    df_graph_free(g);
}
END_TEST

/* ---- memory ---------------------------------------------------------------------------------- */

START_TEST(each_allocation_may_fail)
{
    for (long n = 1;; n++) {
        scarce s = { 0 };
        df_memory mem = scarce_memory(&s);
        df_graph *g = df_graph_new_in(DF_FLOAT64, &mem);
        s.left = n;
        df_node *y = df_parse(g, lecture);
        bool failed = s.failed;
        ck_assert_msg(failed == !y, "allocation %ld", n);
        if (failed)
            ck_assert_msg(df_graph_status(g) == DF_NO_MEMORY, "allocation %ld: %s", n,
                          df_graph_error(g));
        df_graph_free(g);
        ck_assert_int_eq(s.blocks, 0);
        ck_assert_int_eq(s.bytes, 0);
        if (!failed)
            break;
    }
}
END_TEST

TESTS(
    ROWS(an_expression_is_what_python_reads, COUNT(alike)),
    TEST(a_model_is_what_the_calls_make),
    TEST(a_second_text_goes_on_with_the_names_of_the_first),
    TEST(an_equation_of_a_parameter_is_an_update),
    TEST(a_listing_with_its_prelude_is_read),
    TEST_IF(a_decimal_comma_of_the_program_changes_no_number, HAVE_COMMA),
    ROWS(an_error_names_line_column_and_what_was_expected, COUNT(errors)),
    TEST(a_text_with_an_error_leaves_nothing_behind),
    TEST(the_place_of_the_call_comes_first_and_who_asked_is_told_once),
    ROWS(what_is_nested_is_bounded_and_what_is_chained_is_not, COUNT(nested)),
    TEST(too_deep_is_an_error_with_its_place),
    TEST(a_file_of_many_equations),
    TEST(each_allocation_may_fail),
)
