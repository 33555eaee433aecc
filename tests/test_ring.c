/* test_ring.c -- sums and products: what they become, that the value is kept, and that bounds hold
 *
 * SPDX-License-Identifier: MIT */
#include "board.h"
#include <math.h>

enum { COLUMNS = 4, M = 3 };

/* a to r (1 x m), s and t single numbers, u to z (2 x m). */
static df_dims shape_of(char letter)
{
    return letter < 's' ? df_shape(1, DF_M) : letter < 'u' ? df_shape(1) : df_shape(2, DF_M);
}

static void new_board(board *b) { make_board(b, M, shape_of); }

/* The last line that is printed of y, without its newline. */
static void print_last(const df_node *y, char text[512])
{
    char *all = NULL;
    size_t size;
    FILE *f = open_memstream(&all, &size);
    ck_assert(df_print_list(f, DF_NUMPY, &(df_node *){ (df_node *)y }, 1));
    fclose(f);
    all[size - 1] = 0;
    const char *last = strrchr(all, '\n');
    snprintf(text, 512, "%s", last ? last + 1 : all);
    free(all);
}

static void same_values(const board *b, const df_node *x, const df_node *y, const char *what)
{
    double *u = evaluate(&b->e, x), *v = evaluate(&b->e, y);
    ck_assert(df__dims_equal(x->dims, y->dims));
    for (int64_t i = 0; i < df__elements(x->dims, M); i++)
        ck_assert_msg(fabs(u[i] - v[i]) <= 1e-12 * fmax(1, fabs(u[i])),
                      "%s: %.17g became %.17g", what, u[i], v[i]);
    free(u);
    free(v);
}

/* As if the derivation of some J were at work that has all nodes made so far in its
 * forward graph. */
static void begin_derivation(df_graph *g)
{
    g->stamp++;
    for (int64_t id = 0; id < g->n_nodes; id++)
        g->node[id]->alive = g->stamp;
    g->deriving = true;
}

/* Printed as the left side of `< z`. forward: nodes that live, or NULL; before becomes after, as
 * printed. */
static const struct { const char *forward, *before, *after; } table[] = {
    /* cancelling */
    { NULL, "a*b/a", "b" },
    { NULL, "a/b/(a/c)", "c / b" },
    { NULL, "x*y/(x*u)", "y / u" },
    { NULL, "a**3/a", "a**2" },
    { NULL, "a - a", "0" },
    { NULL, "a/a", "1" },
    { NULL, "a + b - a", "b" },
    { NULL, "(a - b)/(b - a)", "-1" },
    { NULL, "c*(1 - a)/(a - 1)", "-c" },
    { NULL, "(2*a - 2*b)/(b - a)", "-2" },
    { NULL, "(a*b - a*c)/(b - c)", "a" },
    { NULL, "(0.5/a)*(2*b)", "b / a" },
    /* collecting */
    { NULL, "a + a", "2 * a" },
    { NULL, "a + a + a", "3 * a" },
    { NULL, "a*b + a*c", "a * (b + c)" },
    { NULL, "2*a + 2*b", "2 * (a + b)" },
    { NULL, "a*b - b*a", "0" },
    { NULL, "-(a - b)", "b - a" },
    { NULL, "-(-a - b)", "a + b" },
    { NULL, "(-a)*(-b)", "a * b" },
    { NULL, "a*a", "a**2" },
    { NULL, "3*(a/2)*4", "6 * a" },
    /* brackets: opened only where something cancels, the degree falls or terms merge */
    { NULL, "(1 - b)*a - b*(1 - a)", "a - b" },
    { "1 - a", "a*(1 - a)*((1 - b)/(1 - a) - b/a)", "a - b" },
    { "1 - a", "((1 - b)/(1 - a) - b/a)*(a*(1 - a))", "a - b" },
    { NULL, "(a - 1)*a*(b/a - (b - 1)/(a - 1))", "a - b" },
    { NULL, "(a + b)*(a - b)", "(a + b) * (a - b)" },
    { NULL, "a*(1 - a)", "a * (1 - a)" },
    { NULL, "(1 - a)*b", "(1 - a) * b" },
    { "a**2", "a*(1 - a)", "a * (1 - a)" },
    { "a**2 - b**2", "(a + b)*(a - b)", "(a + b) * (a - b)" },
    { "a*b", "(1 - a)*b", "(1 - a) * b" },
    { NULL, "(a + b) - (a - b)", "2 * b" },
    { NULL, "a*(b + c) - a*b", "a * c" },
    /* what lives stays and costs nothing */
    { "a/b", "(a/b)*c", "a / b * c" },
    { "1 - a", "(a - 1)*b", "-(1 - a) * b" },
    { "a - b", "c*(b - a)", "-c * (a - b)" },
    { "a*b", "c*(a*b) + d*(a*b)", "a * b * (c + d)" },
    /* shapes */
    { NULL, "x*a/x", "a" },
    { NULL, "s*x*t", "s * t * x" },
    { NULL, "x*(a/x)*b", "a * b" },
    /* inside of sums */
    { NULL, "sum(s*x)", "s * np.sum(x, axis=0, keepdims=True)" },
    { NULL, "sum(a*x)", "np.sum(a * x, axis=0, keepdims=True)" },
    { NULL, "sum(x*(-(y/x)))", "-np.sum(y, axis=0, keepdims=True)" },
    { NULL, "x*(sum(x*(y/x)) - y/x)", "x * np.sum(y, axis=0, keepdims=True) - y" },
    { NULL, "sum(a*x/x)", "a * 2" },
    /* divisors go one by one */
    { NULL, "a/b/b", "(a / b) / b" },
};

START_TEST(sums_and_products_become)
{
    board b;
    char text[512], what[600];
    new_board(&b);
    if (table[_i].forward)
        build(&b, table[_i].forward);
    begin_derivation(b.g);
    df_node *before = build(&b, table[_i].before);
    b.g->simplifying = true;
    df_node *after = df__ring_form(b.g, before);
    b.g->simplifying = b.g->deriving = false;
    same_values(&b, before, after, table[_i].before);
    print_last(df_name(df_less(after, b.letter['z' - 'a']), "result"), text);
    snprintf(what, sizeof what, "result = 1.0 * (%s < z)", table[_i].after);
    ck_assert_msg(strcmp(text, what) == 0, "%s: %s, not %s", table[_i].before, text, what);
    ck_assert_ptr_eq(df__ring_form(b.g, before), after);
    df_graph_free(b.g);
}
END_TEST

/* ---- bounds and independence ----------------------------------------------------------------- */

/* Made of n letters and op by op, in a derivation of its own; then through the ring. */
static df_node *through_the_ring(board *b, df_node *(*grow)(board *b, df_node *y, int i), int n)
{
    begin_derivation(b->g);
    df_node *before = grow(b, b->letter[0], 0);
    for (int i = 1; i < n; i++)
        before = grow(b, before, i);
    df_node *after = df__ring_form(b->g, before);
    ck_assert_ptr_nonnull(after);
    b->g->deriving = false;
    same_values(b, before, after, "a big one");
    return after;
}

static df_node *letter(const board *b, int i) { return b->letter[i % 12]; }
static df_node *add_next(board *b, df_node *y, int i) { return df_add(y, letter(b, i)); }
static df_node *times_next(board *b, df_node *y, int i) { return df_mul(y, letter(b, i)); }
static df_node *over_next(board *b, df_node *y, int i)
{
    return df_div(letter(b, i), df_offset(y, 1));
}
static df_node *bracket(board *b, df_node *y, int i)
{
    return df_mul(y, df_add(letter(b, i), letter(b, i + 5)));
}
static df_node *nest(board *b, df_node *y, int i)
{
    return df_add(df_mul(y, letter(b, i)), letter(b, i + 3));
}
static df_node *add_itself(board *b, df_node *y, int i) { (void)b, (void)i; return df_add(y, y); }
static df_node *times_itself(board *b, df_node *y, int i)
{
    (void)b;
    return i < 6 ? df_mul(y, y) : df_neg(df_neg(y));
}
static df_node *add_exp(board *b, df_node *y, int i)
{
    return df_add(y, df_exp(df_scale(letter(b, i), i)));
}
static df_node *wide_product(board *b, df_node *y, int i)
{
    return df_mul(y, df_exp(df_scale(letter(b, i), i % 7)));
}

static df_node *(*const big[])(board *b, df_node *y, int i) = {
    add_next, times_next, over_next, bracket, nest, add_itself, times_itself, add_exp, wide_product,
};

START_TEST(what_is_too_big_for_the_ring_keeps_its_value)
{
    static const int sizes[] = { 2, 5, 9, 17, 25, 41, 100 };
    for (size_t k = 0; k < COUNT(sizes); k++) {
        board b;
        new_board(&b);
        through_the_ring(&b, big[_i], sizes[k]);
        df_graph_free(b.g);
    }
}
END_TEST

START_TEST(a_coefficient_beyond_all_numbers_makes_no_infinity)
{
    board b;
    new_board(&b);
    begin_derivation(b.g);
    df_node *y = df_scale(df_scale(b.letter[0], 1e300), 1e300), *z = df_scale(y, 1e-300);
    ck_assert_ptr_eq(df__ring_form(b.g, y), y);
    double *v = evaluate(&b.e, df__ring_form(b.g, z));
    ck_assert(v[0] > 1e299);
    free(v);
    df_graph_free(b.g);
}
END_TEST

/* What another part of the program has built is nothing to this derivation. */
START_TEST(nodes_that_do_not_live_make_nothing_cheaper)
{
    char text[2][512];
    for (int with = 0; with < 2; with++) {
        board b;
        new_board(&b);
        if (with)
            build(&b, "a**2 - b**2"), build(&b, "a**2"), build(&b, "b**2"), build(&b, "(a + b)*c");
        df_node *J = df_sum(build(&b, "(a + b)*(a - b)*c"));
        print_last(df_d(J, b.letter[2]), text[with]);
        df_graph_free(b.g);
    }
    ck_assert_str_eq(text[0], text[1]);
}
END_TEST

START_TEST(a_shared_adjoint_is_left_as_it_is)
{
    board b;
    new_board(&b);
    begin_derivation(b.g);
    df_node *shared = build(&b, "a*b");
    shared->shared = true;
    df_node *y = df_div(shared, b.letter[0]);
    ck_assert_ptr_eq(df__ring_form(b.g, y), y);
    shared->shared = false;
    b.g->stamp++;
    ck_assert_ptr_ne(df__ring_form(b.g, y), y);
    df_graph_free(b.g);
}
END_TEST

TESTS(
    ROWS(sums_and_products_become, COUNT(table)),
    ROWS(what_is_too_big_for_the_ring_keeps_its_value, COUNT(big)),
    TEST(a_coefficient_beyond_all_numbers_makes_no_infinity),
    TEST(nodes_that_do_not_live_make_nothing_cheaper),
    TEST(a_shared_adjoint_is_left_as_it_is),
)
