/* test_print.c -- expressions as NumPy and LaTeX text, pictures, and what fails
 *
 * SPDX-License-Identifier: MIT
 *
 * The left sides are written as rules are and built as they stand; DF_RAW prints them without
 * simplification. */
#include "comma.h"
#include "printed.h"
#include <math.h>

/* a, b, c, x, y, z are arrays, s and t numbers. */
static df_node *built(df_graph *g, const char *text)
{
    df_node *letter[26] = { NULL };
    for (const char *c = "abcxyz"; *c; c++)
        letter[*c - 'a'] = df_input(g, (char[]){ *c, 0 }, df_shape(2, DF_M));
    letter['s' - 'a'] = df_input(g, "s", df_shape(1));
    letter['t' - 'a'] = df_input(g, "t", df_shape(1));
    df_node *y = df_name(df__from_text(g, text, letter, 1), "r");
    ck_assert_msg(y != NULL, "%s: %s", text, df_graph_error(g));
    return y;
}

/* ---- brackets -------------------------------------------------------------------------------- */

/* NULL: printed as written. */
static const struct { const char *written, *printed; } numpy[] = {
    { "a + b + c", NULL },
    { "a + (b + c)", NULL },
    { "a - (b - c)", NULL },
    { "a - b - c", NULL },
    { "(a - b) - c", "a - b - c" },
    { "a*b*c", "a * b * c" },
    { "a*(b*c)", "a * (b * c)" },
    { "a/(b*c)", "a / (b * c)" },
    { "a/b*c", "a / b * c" },
    { "a/b/c", "(a / b) / c" },
    { "a*(b/c)", "a * (b / c)" },
    { "(a + b)*c", "(a + b) * c" },
    { "a*b + c", "a * b + c" },
    { "a*(b + c)", "a * (b + c)" },
    { "-a", NULL },
    { "-a*b", "(-a) * b" },
    { "-(-2*a)", "-(-2 * a)" },
    { "-(2*a)", "-(2 * a)" },
    { "-(a*b)", "-a * b" },
    { "-(a/b) + c", "-a / b + c" },
    { "-(a + b)", NULL },
    { "-(-a)", NULL },
    { "-(-(a/b))", "-(-a / b)" },
    { "a - (-b)", NULL },
    { "a + (-b)", NULL },
    { "a*(-b)", "a * -b" },
    { "a*(-(b*c))", "a * (-b * c)" },
    { "a**2", NULL },
    { "-a**2", NULL },
    { "(-a)**2", NULL },
    { "(a**2)**3", NULL },
    { "(a*b)**2", "(a * b)**2" },
    { "exp(a)**2", "np.exp(a)**2" },
    { "exp(a + b)", "np.exp(a + b)" },
    { "s**-1*a", "1/s * a" },
    { "a*s**-1", "a * (1/s)" },
    { "(a + b)**-1", "1/(a + b)" },
    { "(a*b)**-1", "1/(a * b)" },
    { "a**-2", NULL },
    { "2*a", "2 * a" },
    { "-2*a", "-2 * a" },
    { "a + -2", "a - 2" },
    { "less(a, b)", "1.0 * (a < b)" },
    { "less(a + b, c)", "1.0 * (a + b < c)" },
    { "less(less(a, b), c)", "1.0 * ((a < b) < c)" },
    { "where(less(a, b), a, less(b, c))", "np.where(a < b, a, 1.0 * (b < c))" },
    { "where(a, b, c)", "np.where(a, b, c)" },
    { "c*less(a, b)", "c * (1.0 * (a < b))" },
    { "max(a, b - c)", "np.maximum(a, b - c)" },
    { "sum(a)", "np.sum(a, axis=0, keepdims=True)" },
    { "sum(a + b)*c", "np.sum(a + b, axis=0, keepdims=True) * c" },
    { "xlogy(a, b)", NULL },
    { "sigmoid(-a)", NULL },
    { "m**-1*a", "1/m * a" },
    { "s/m*a", "s / m * a" },
    { "2*(s/(2*m))*a", "2 * (s / (2 * m)) * a" },
    { "tanh(1 - a)*(1 - a)", "np.tanh(1 - a) * (1 - a)" },
};

START_TEST(numpy_text_has_the_brackets_that_it_needs)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    char wanted[256];
    const char *right = numpy[_i].printed ? numpy[_i].printed : numpy[_i].written;
    snprintf(wanted, sizeof wanted, "r = %s\n", right);
    char *text = PRINT(DF_NUMPY | DF_RAW, built(g, numpy[_i].written));
    ck_assert_str_eq(text, wanted);
    free(text);
    df_graph_free(g);
}
END_TEST

static const struct { const char *written, *printed; } latex[] = {
    { "a*b", "a \\odot b" },
    { "s*a", "s \\, a" },
    { "s*a*b", "s \\, a \\odot b" },
    { "s*(a*b)", "s \\, a \\odot b" },
    { "(a + b)*c", "(a + b) \\odot c" },
    { "a*(b*c)", "a \\odot (b \\odot c)" },
    { "a*2", "a \\cdot 2" },
    { "a/b", "\\frac{a}{b}" },
    { "(a + b)/(a - b)", "\\frac{a + b}{a - b}" },
    { "a*(b/c)", "a \\odot \\frac{b}{c}" },
    { "(a/b)**2", "\\left(\\frac{a}{b}\\right)^{2}" },
    { "-(a/b) + c", "-\\frac{a}{b} + c" },
    { "a*(-b)", "a \\odot (-b)" },
    { "a + (-b)", "a + (-b)" },
    { "a + -2", "a - 2" },
    { "a + -2*b", "a + (-2 \\, b)" },
    { "1 - a**2", "1 - a^{2}" },
    { "tanh(a)**2", "(\\tanh(a))^{2}" },
    { "m**-1*a", "\\frac{1}{m} \\, a" },
    { "sqrt(a + b)", "\\sqrt{a + b}" },
    { "where(less(a, b), a, c)", "\\operatorname{where}(a < b, a, c)" },
    { "sum(a)", "\\sum_{\\text{axis }0} a" },
    { "sum(a)*c", "\\left(\\sum_{\\text{axis }0} a\\right) \\odot c" },
    { "s*sum(a)*c", "\\left(s \\, \\sum_{\\text{axis }0} a\\right) \\odot c" },
    { "c*sum(a) + b", "c \\odot \\sum_{\\text{axis }0} a + b" },
    { "sum(a*b)*c", "\\sum_{\\text{axis }0}\\left(a \\odot b\\right) \\odot c" },
    { "0.00001*a", "1 \\cdot 10^{-5} \\, a" },
    { "tanh(a/b)", "\\tanh\\left(\\frac{a}{b}\\right)" },
    { "where(a, b/c, c)", "\\operatorname{where}\\left(a, \\frac{b}{c}, c\\right)" },
};

START_TEST(latex_reads_as_a_textbook_does)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    char wanted[256];
    snprintf(wanted, sizeof wanted, "\\begin{align*}\nr &= %s\n\\end{align*}\n",
             latex[_i].printed);
    char *text = PRINT(DF_LATEX | DF_RAW, built(g, latex[_i].written));
    ck_assert_str_eq(text, wanted);
    free(text);
    df_graph_free(g);
}
END_TEST

static const char *const latex_names[][2] = {
    { "Z1", "Z^{[1]}" }, { "W12", "W^{[12]}" }, { "dZ1", "dZ^{[1]}" }, { "da", "da" },
    { "cost", "\\mathit{cost}" }, { "my_net2", "\\mathit{my\\_net}^{[2]}" },
    { "t1", "t_1" }, { "t12", "t_{12}" }, { "W_2", "W_2" }, { "W1_2", "\\mathit{W1}_2" },
    { "mu", "\\mu" }, { "dmu", "d\\mu" }, { "delta", "\\delta" },
    { "ddelta", "d\\delta" }, { "d_1", "d_1" },
    { "dJ_dZ1", "\\frac{dJ}{dZ^{[1]}}" }, { "ddW1_dW1", "\\frac{ddW^{[1]}}{dW^{[1]}}" },
    { "data_dim", "\\mathit{data\\_dim}" },
};

START_TEST(latex_writes_names_as_a_textbook_does)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_input(g, latex_names[_i][0], df_shape(3));
    char *text = PRINT(DF_LATEX, df_name(df_neg(x), "y")), wanted[64];
    snprintf(wanted, sizeof wanted, "y &= -%s\n", latex_names[_i][1]);
    ck_assert_msg(strstr(text, wanted) != NULL, "%s", text);
    free(text);
    df_graph_free(g);
}
END_TEST

/* What stands above a name does so beside the layer's number, or brackets keep it off. */
START_TEST(latex_has_one_superscript_at_a_name)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *A = df_input(g, "A1", df_shape(2, DF_M)), *B = df_input(g, "B", df_shape(2, DF_M));
    df_node *C = df_input(g, "C1", df_shape(2, 2)), *D = df_input(g, "dx", df_shape(2, 2));
    char *text = PRINT(DF_LATEX, df_name(df_matmul(A, df_transpose(A)), "x"),
                       df_name(df_matmul(B, df_transpose(B)), "y"),
                       df_name(df_square(A), "z"), df_name(df_sum_examples(A), "s"),
                       df_name(df_transpose(df_tanh(A)), "r"),
                       df_name(df_solve(C, C), "q"), df_name(df_matmul(C, D), "p"),
                       df_name(df_matmul(df_transpose(D), C), "o"));
    ck_assert_str_eq(text, "\\begin{align*}\n"
                           "x &= A^{[1]} A^{[1]T} \\\\\n"
                           "y &= B B^{T} \\\\\n"
                           "z &= (A^{[1]})^{2} \\\\\n"
                           "s &= \\sum_{i=1}^{m} A^{[1](i)} \\\\\n"
                           "r &= (\\tanh(A^{[1]}))^{T} \\\\\n"
                           "q &= (C^{[1]})^{-1} C^{[1]} \\\\\n"
                           "p &= C^{[1]} \\, dx \\\\\n"
                           "o &= dx^{T} \\, C^{[1]}\n"
                           "\\end{align*}\n");
    free(text);
    df_graph_free(g);
}
END_TEST

START_TEST(latex_sums_over_examples_by_their_index)
{
    model n = small();
    char *text = PRINT(DF_LATEX, n.J);
    const char *wanted = "J &= \\frac{1}{m} \\, \\sum_{i=1}^{m} L^{(i)}\n";
    ck_assert_msg(strstr(text, wanted) != NULL, "%s", text);
    free(text);
    df_graph_free(n.g);
}
END_TEST

START_TEST(latex_sums_over_everything_without_a_subscript)
{
    model n = small();
    char *text = PRINT(DF_LATEX, df_name(df_sum(n.X), "s"), df_name(df_sum(n.Y), "t"));
    ck_assert_str_eq(text, "\\begin{align*}\n"
                           "s &= \\sum X \\\\\n"
                           "t &= \\sum_{i=1}^{m} Y^{(i)}\n"
                           "\\end{align*}\n");
    free(text);
    df_graph_free(n.g);
}
END_TEST

START_TEST(what_latex_leaves_out_leaves_the_brackets)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *a = df_input(g, "a", df_shape(1, 2)), *b = df_input(g, "b", df_shape(1, 2));
    df_node *c = df_input(g, "c", df_shape(3, 2));
    df_node *y = df_mul(c, df_broadcast(df_add(a, b), df_shape(3, 2)));
    char *text = PRINT(DF_LATEX | DF_RAW, df_name(y, "y"));
    ck_assert_msg(strstr(text, "y &= c \\odot (a + b)\n") != NULL, "%s", text);
    free(text);
    df_graph_free(g);
}
END_TEST

/* ---- numbers --------------------------------------------------------------------------------- */

static const struct { double v; df_type real; const char *text; } numbers[] = {
    { 0, DF_FLOAT64, "0" },
    { -0.0, DF_FLOAT64, "-0.0" },
    { 1, DF_FLOAT64, "1" },
    { -100, DF_FLOAT64, "-100" },
    { 0.1, DF_FLOAT64, "0.1" },
    { 0.1, DF_FLOAT32, "0.1" },
    { 1.0 / 3, DF_FLOAT32, "0.33333334" },
    { 1.0 / 3, DF_FLOAT64, "0.3333333333333333" },
    { 0.1 + 0.2, DF_FLOAT64, "0.30000000000000004" },
    { 1e-8, DF_FLOAT64, "1e-08" },
    { 123456789, DF_FLOAT64, "123456789" },
    { 1e300, DF_FLOAT64, "1e+300" },
    { 5e-324, DF_FLOAT64, "5e-324" },
    { INFINITY, DF_FLOAT64, "np.inf" },
    { -INFINITY, DF_FLOAT64, "-np.inf" },
    { NAN, DF_FLOAT64, "np.nan" },
};

START_TEST(a_number_is_the_shortest_text_that_reads_back)
{
    df_graph *g = df_graph_new(numbers[_i].real);
    char wanted[64];
    snprintf(wanted, sizeof wanted, "t1 = %s\n", numbers[_i].text);
    char *text = PRINT(DF_NUMPY, df_num(g, numbers[_i].v));
    ck_assert_str_eq(text, wanted);
    free(text);
    df_graph_free(g);
}
END_TEST

START_TEST(a_decimal_comma_of_the_program_changes_nothing)
{
    use_decimal_comma();
    locale_t before = uselocale((locale_t)0);
    df_graph *g = df_graph_new(DF_FLOAT64);
    char *text = PRINT(DF_NUMPY, df_num(g, 0.5));
    ck_assert_str_eq(text, "t1 = 0.5\n");
    ck_assert(uselocale((locale_t)0) == before);
    free(text);
    df_graph_free(g);
}
END_TEST

START_TEST(constant_arrays_print_their_elements)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *c = df_const(g, df_shape(2, 2), (double[]){ 1, 0.5, -2, 1e-9 }, 4);
    char *text = PRINT(DF_NUMPY, df_name(df_exp(c), "y"), df_name(df_zeros(g, df_shape(3)), "z"));
    ck_assert_str_eq(text, "t1 = np.array([1, 0.5, -2, 1e-09]).reshape(2, 2)\n"
                           "y = np.exp(t1)\n"
                           "z = np.full((3,), 0)\n");
    free(text);
    df_graph_free(g);
}
END_TEST

/* ---- size ------------------------------------------------------------------------------------ */

START_TEST(a_chain_of_a_hundred_thousand_prints_in_short_lines)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_input(g, "x", df_shape(3)), *y = x;
    for (int i = 0; i < 100000; i++)
        y = df_sub(x, df_exp(y));
    char *text = PRINT(DF_NUMPY | DF_RAW, df_name(y, "y"));
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        ck_assert_int_le((int)strcspn(line, "\n"), 110);
    free(text);
    df_graph_free(g);
}
END_TEST

/* ---- pictures -------------------------------------------------------------------------------- */

START_TEST(a_picture_tells_the_parts_apart)
{
    model n = small();
    char *text = PRINT(DF_DOT, n.J, df_sgd(n.J, df_num(n.g, 0.5), NULL));
    static const char *const wanted[] = {
        "digraph dfoo {\n", "cluster_forward", "cluster_backward", "cluster_update",
        "label=\"X\\ninput\\n(3 x m)\"", "label=\"A\\nsigmoid\\n(1 x m)\"",
        "label=\"dW\\nmul\\n(1 x 3)\"",
        "label=\"W\\nupdate\"", "\n}\n",
    };
    for (size_t i = 0; i < COUNT(wanted); i++)
        ck_assert_msg(strstr(text, wanted[i]) != NULL, "no %s in:\n%s", wanted[i], text);
    free(text);
    df_graph_free(n.g);
}
END_TEST

START_TEST(graphviz_draws_the_picture)
{
    model n = small();
    FILE *dot = popen("dot -Tsvg >/dev/null 2>&1", "w");
    ck_assert(df_print(dot, DF_DOT | DF_WHY, n.J, df_sgd(n.J, df_num(n.g, 0.5), NULL)));
    ck_assert_int_eq(pclose(dot), 0);
    df_graph_free(n.g);
}
END_TEST

/* ---- failures -------------------------------------------------------------------------------- */

START_TEST(a_file_that_takes_nothing_is_reported_even_if_it_is_buffered)
{
    model n = small();
    FILE *full = fopen("/dev/full", "w");
    setvbuf(full, NULL, _i ? _IOFBF : _IONBF, _i ? 1 << 16 : 0);
    ck_assert(!df_print(full, DF_NUMPY, n.J));
    ck_assert_str_eq(df_graph_error(n.g), "print: the file cannot be written");
    ck_assert_int_eq(df_graph_status(n.g), DF_OK);
    fclose(full);
    df_graph_free(n.g);
}
END_TEST

START_TEST(bad_calls_are_reported)
{
    model n = small(), other = small();
    ck_assert(!df_print(stdout, 3, n.J));
    ck_assert_str_eq(df_graph_error(n.g), "print: no such format: 3");
    ck_assert(!df_print(NULL, DF_NUMPY, n.J));
    ck_assert_str_eq(df_graph_error(n.g), "print: no file");
    ck_assert(!df_print(stdout, DF_NUMPY, n.J, other.J));
    ck_assert_str_eq(df_graph_error(n.g), "print: node 2 of 2 belongs to another graph");
    ck_assert(!df_print(stdout, DF_NUMPY, n.J, NULL));
    ck_assert_str_eq(df_graph_error(n.g), "print: node 2 of 2 is NULL");
    ck_assert(!df_print_list(stdout, DF_NUMPY, &n.J, 0));
    ck_assert(!df_print_list(stdout, DF_NUMPY, NULL, 1));
    ck_assert(!df_print(stdout, DF_NUMPY, n.J, df_add(n.X, n.W)));
    ck_assert_msg(strstr(df_graph_error(n.g), "add: X (3 x m)") != NULL, "%s", df_graph_error(n.g));
    df_graph_free(n.g);
    df_graph_free(other.g);
}
END_TEST

/* Gives `left` times, then no more. */
static int left;
static void *get(void *user, size_t bytes, size_t align)
{
    (void)user;
    return left-- > 0 ? aligned_alloc(align, (bytes + align - 1) / align * align) : NULL;
}
static void put(void *user, void *p, size_t bytes)
{
    (void)user, (void)bytes;
    free(p);
}

START_TEST(without_memory_nothing_is_printed_and_nothing_breaks)
{
    df_memory memory = { get, put, NULL };
    for (int n = 0, done = 0; !done; n++) {
        left = 1 << 20;
        df_graph *g = df_graph_new_in(DF_FLOAT64, &memory);
        df_node *X = df_input(g, "X", df_shape(3, DF_M)), *W = df_param(g, "W", df_shape(1, 3));
        df_node *J = df_name(df_cost(df_square(df_name(df_matmul(W, X), "Z"))), "J");
        df_node *what[] = { J, df_d(J, W) };
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);
        left = n;
        done = df_print_list(f, DF_NUMPY | DF_PRELUDE | (_i ? DF_RAW : 0), what, 2);
        left = 1 << 20;
        fclose(f);
        ck_assert_msg(done || size == 0, "%s", text);
        if (!done)
            ck_assert_msg(strstr(df_graph_error(g), "no memory") != NULL, "%s", df_graph_error(g));
        ck_assert_int_eq(df_graph_status(g), DF_OK);
        free(text);
        df_graph_free(g);
    }
}
END_TEST

TESTS(
    ROWS(numpy_text_has_the_brackets_that_it_needs, COUNT(numpy)),
    ROWS(latex_reads_as_a_textbook_does, COUNT(latex)),
    ROWS(latex_writes_names_as_a_textbook_does, COUNT(latex_names)),
    TEST(latex_has_one_superscript_at_a_name),
    TEST(latex_sums_over_examples_by_their_index),
    TEST(latex_sums_over_everything_without_a_subscript),
    TEST(what_latex_leaves_out_leaves_the_brackets),
    ROWS(a_number_is_the_shortest_text_that_reads_back, COUNT(numbers)),
    TEST_IF(a_decimal_comma_of_the_program_changes_nothing, HAVE_COMMA),
    TEST(constant_arrays_print_their_elements),
    TEST(a_chain_of_a_hundred_thousand_prints_in_short_lines),
    TEST(a_picture_tells_the_parts_apart),
    TEST_IF(graphviz_draws_the_picture, have("dot -V")),
    ROWS(a_file_that_takes_nothing_is_reported_even_if_it_is_buffered,
         have("test -e /dev/full") ? 2 : 0),
    TEST(bad_calls_are_reported),
    ROWS(without_memory_nothing_is_printed_and_nothing_breaks, 2),
)
