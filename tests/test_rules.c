/* test_rules.c -- the table of rewriting rules: each fires, keeps the value, and what is no rule is
 * kept
 *
 * SPDX-License-Identifier: MIT
 *
 * A rule is tested by being in the table: its left side is built of inputs, simplified, and must
 * have fired; both sides are calculated at random and at extreme values. */
#include "board.h"
#include "comma.h"
#include <math.h>

enum { ROWS_OF_X = 3, COLUMNS = 4, N = ROWS_OF_X * COLUMNS, M = 5 };

static df_dims shape_of(char letter)
{
    (void)letter;
    return df_shape(ROWS_OF_X, COLUMNS);
}

static void new_board(board *b) { make_board(b, M, shape_of); }

/* What a condition asks of a letter: a value that is not negative, or a one_hot along axis 0. */
static void meet_conditions(board *b, const char *rule)
{
    const char *only = strstr(rule, "  if ");
    if (!only)
        return;
    const char *hot = strstr(only, "onehot("), *above = strstr(only, ">=");
    if (hot) {
        int i = hot[strlen("onehot(")] - 'a';
        df_node *label = df_input_of(b->g, "label", DF_INT32, df_shape(1, COLUMNS));
        b->e.x[b->e.n] = label;
        b->e.v[b->e.n++] = b->v['m' - 'a'];
        for (int k = 0; k < COLUMNS; k++)
            b->v['m' - 'a'][k] = k % ROWS_OF_X;
        b->letter[i] = df_one_hot(label, ROWS_OF_X);
    }
    if (above)
        b->letter[above[-2] - 'a'] = df_exp(b->letter[above[-2] - 'a']);
}

/* The sides of a rule. */
static void sides(const char *rule, char before[256], char after[256])
{
    const char *arrow = strstr(rule, " -> "), *end = strstr(rule, "  if ");
    ck_assert_ptr_nonnull(arrow);
    snprintf(before, 256, "%.*s", (int)(arrow - rule), rule);
    arrow += strlen(" -> ");
    snprintf(after, 256, "%.*s", (int)(end ? end - arrow : (long)strlen(arrow)), arrow);
}

/* Of what is huge only that it stays finite. */
enum { ANY, POSITIVE, EXTREME, HUGE, KINDS };

static void sample(board *b, int kind)
{
    static const double extreme[] = {
        0, 1, -1, 40, -40, 1000, -1000, 1e-30, 0.5, 1e-8, 1e30, -1e30
    };
    double n_extreme = COUNT(extreme) - (kind < HUGE ? 2 : 0);
    for (int i = 0; i < LETTERS; i++)
        for (int k = 0; k < N && i != 'm' - 'a'; k++)
            b->v[i][k] = kind == ANY        ? (uniform(0, 1) < 0.1 ? 0 : uniform(-3, 3))
                         : kind == POSITIVE ? uniform(0.05, 3)
                                            : extreme[(int)uniform(0, n_extreme)];
}

/* Where x is a finite number, y is that. Counts such places. */
static int same_where_finite(const board *b, const df_node *x, const df_node *y, double within,
                             const char *what)
{
    double *u = evaluate(&b->e, x), *v = evaluate(&b->e, y);
    int64_t n = df__elements(x->dims, M), n_v = df__elements(y->dims, M);
    int finite = 0;
    for (int64_t i = 0; i < n; i++) {
        double a = u[i], c = v[i % n_v], scale = fmax(1, fmax(fabs(a), fabs(c)));
        if (!isfinite(a))
            continue;
        finite++;
        ck_assert_msg(isfinite(c) && fabs(a - c) <= within * scale, "%s: %.17g became %.17g", what,
                      a, c);
    }
    free(u);
    free(v);
    return finite;
}

static const double tolerance[KINDS] = { 1e-9, 1e-9, 1e-6, INFINITY };

static bool fired(const df__copy *copy, const char *rule)
{
    for (int i = 0; i < copy->trace.n; i++)
        if (strcmp(copy->trace.rule[i], rule) == 0)
            return true;
    return false;
}

/* Simplifies y; the rule must have fired, and the value must be kept at all kinds of values. */
static void check_simplified(board *b, df_node *y, const char *rule)
{
    df__copy copy;
    ck_assert(df__simplify(b->g, &y, 1, false, &copy));
    ck_assert_msg(fired(&copy, rule), "`%s` did not fire", rule);
    for (int kind = 0; kind < KINDS; kind++)
        for (int k = 0; k < rounds(20); k++) {
            sample(b, kind);
            same_where_finite(b, y, copy.image[0], tolerance[kind], rule);
        }
    df__copy_free(&copy);
}

/* The n-th rule: of the table, then those that ops bring, a line each, without their phase. False:
 * there is none. */
static bool rule_at(int n, char rule[256])
{
    for (int i = 0; df__rules[i].text; i++)
        if (n-- == 0)
            return snprintf(rule, 256, "%s", df__rules[i].text) > 0;
    for (int i = 0; df__ops[i]; i++)
        for (const char *line = df__ops[i]->rules; line && *line; line = strchr(line, '\n') + 1)
            if (n-- == 0) {
                const char *colon = strchr(line, ':'), *end = strchr(line, '\n');
                line = colon && colon < end ? colon + 2 : line;
                return snprintf(rule, 256, "%.*s", (int)(end - line), line) > 0;
            }
    return false;
}

static int n_rules(void)
{
    char rule[256];
    int n = 0;
    while (rule_at(n, rule))
        n++;
    return n;
}

START_TEST(every_rule_fires_and_keeps_the_value)
{
    char rule[256], before[256], after[256];
    board b;
    new_board(&b);
    ck_assert(rule_at(_i, rule));
    meet_conditions(&b, rule);
    sides(rule, before, after);
    df_node *y = build(&b, before), *r = build(&b, after);
    int finite = 0;
    for (int kind = 0; kind < KINDS; kind++)
        for (int k = 0; k < rounds(20); k++) {
            sample(&b, kind);
            finite += same_where_finite(&b, y, r, tolerance[kind], rule);
        }
    ck_assert_msg(finite > 0, "%s: nowhere finite", rule);
    check_simplified(&b, y, rule);
    df_graph_free(b.g);
}
END_TEST

/* ---- hooks ----------------------------------------------------------------------------------- */

static df_node *row(board *b) { return df_sum_axis(b->letter[0], 0); }
static df_node *wide(board *b) { return df_broadcast(row(b), df_shape(3, 4)); }
static df_node *letter(board *b, char c) { return b->letter[c - 'a']; }

static df_node *map_of_broadcast(board *b) { return df_exp(wide(b)); }
static df_node *broadcast_twice(board *b)
{
    return df_matmul(
        df_broadcast(df_broadcast(df_sum_axis(row(b), 1), df_shape(1, 4)), df_shape(3, 4)),
        df_transpose(letter(b, 'x')));
}
static df_node *sum_of_broadcast(board *b) { return df_sum(wide(b)); }
static df_node *sum_of_nothing(board *b)
{
    df_node *x = row(b);
    return df_apply(&df__op_sum, &x, 1, &(df_attr){ .i = { 1 } });
}
static df_node *transposed_twice(board *b)
{
    return df_exp(df_transpose(df_transpose(letter(b, 'x'))));
}
static df_node *map_of_transpose(board *b) { return df_exp(df_transpose(df_tanh(letter(b, 'x')))); }
static df_node *sum_of_transpose(board *b)
{
    return df_sum_axis(df_transpose(df_tanh(letter(b, 'x'))), 0);
}
static df_node *product_of_transpose(board *b)
{
    return df_matmul(df_transpose(letter(b, 'x')), letter(b, 'y'));
}
static df_node *slice_of_broadcast(board *b) { return df_slice(wide(b), 0, 1, 2); }
static df_node *slice_of_sigmoid(board *b)
{
    return df_slice(df_sigmoid(letter(b, 'x')), 0, 1, 2);
}
static df_node *log_of_concat(board *b)
{
    return df_log(df_concat(1, df_sigmoid(letter(b, 'x')), letter(b, 'y')));
}
static df_node *product_of_negative(board *b)
{
    return df_mul(df_neg(letter(b, 'x')), letter(b, 'y'));
}
static df_node *twice_half(board *b)
{
    return df_scale(df_div(letter(b, 'x'), df_num(b->g, 2)), 2);
}
static df_node *sum_of_negative(board *b) { return df_sum_axis(df_neg(letter(b, 'x')), 0); }
static df_node *reshaped_twice(board *b)
{
    return df_exp(df_reshape(df_reshape(letter(b, 'x'), df_shape(2, 6)), df_shape(4, 3)));
}
static df_node *flipped_twice(board *b) { return df_exp(df_flip(df_flip(letter(b, 'x'), 1), 1)); }
static df_node *put_and_taken(board *b)
{
    return df_exp(df_slice(df_pad(letter(b, 'x'), 1, 2, 1), 1, 2, 4));
}
static df_node *joined(board *b) { return df_concat(0, letter(b, 'x'), df_tanh(letter(b, 'y'))); }
static df_node *part_of_joined(board *b) { return df_exp(df_slice_step(joined(b), 0, 5, 2, -1)); }
static df_node *sum_of_joined(board *b) { return df_exp(df_sum_axis(joined(b), 0)); }

static const struct { const char *hook; df_node *(*build)(board *b); } hooks[] = {
    { "f(broadcast(x)) -> broadcast(f(x))", map_of_broadcast },
    { "broadcast(broadcast(x)) -> broadcast(x)", broadcast_twice },
    { "sum(broadcast(x)) -> count*x", sum_of_broadcast },
    { "sum(x) -> x over sizes of 1", sum_of_nothing },
    { "transpose(transpose(x)) -> transpose(x)", transposed_twice },
    { "f(transpose(x)) -> transpose(f(x))", map_of_transpose },
    { "sum(transpose(x)) -> transpose(sum(x))", sum_of_transpose },
    { "transpose(a) @ b -> a.T @ b", product_of_transpose },
    { "slice(broadcast(x)) -> broadcast(slice(x))", slice_of_broadcast },
    { "slice(f(x)) -> f(slice(x))", slice_of_sigmoid },
    { "f(concat(x)) -> concat(f(x))", log_of_concat },
    { "(-a)*b -> -(a*b)", product_of_negative },
    { "2*(x/2) -> x", twice_half },
    { "sum(-x) -> -sum(x)", sum_of_negative },
    { "reshape(reshape(x)) -> reshape(x)", reshaped_twice },
    { "slice(slice(x)) -> slice(x)", flipped_twice },
    { "slice(unslice(x)) -> x", put_and_taken },
    { "slice(concat(a, b)) -> slice(a)", part_of_joined },
    { "sum(concat(a, b)) -> sum(a) + sum(b)", sum_of_joined },
};

START_TEST(every_hook_has_a_line)
{
    ck_assert_str_eq(df__hooks[_i].text, hooks[_i].hook);
    ck_assert(_i + 1 < (int)COUNT(hooks) || !df__hooks[_i + 1].apply);
    board b;
    new_board(&b);
    check_simplified(&b, hooks[_i].build(&b), hooks[_i].hook);
    df_graph_free(b.g);
}
END_TEST

/* ---- what is no rule ------------------------------------------------------------------------- */

#define INF INFINITY

static const struct { const char *text; double x, y, z, is; } kept[] = {
    { "x*0", INF, 0, 0, NAN },
    { "x - x", INF, 0, 0, NAN },
    { "(x + y) - x", 1e30, 1, 0, 0 },
    { "((x + y) - x) - y", 1e17, 9, 0, 7 },
    { "x/x", 0, 0, 0, NAN },
    { "equal(x, x)", NAN, 0, 0, 0 },
    { "(x + y) + z", 1, -1, 1e-30, 1e-30 },
    { "x + (y + z)", 1, -1, 1e-30, 0 },
    { "x*y + x*z", 0.5, 1.5e308, 1.5e308, 1.5e308 },
    { "x/y", 5, 49, 0, 5.0 / 49 },
    { "exp(log(x))", -1, 0, 0, NAN },
    { "sqrt(x)**2", -1, 0, 0, NAN },
    { "log(x**2)", -1, 0, 0, 0 },
    { "log(x*y)", -1, -1, 0, 0 },
    { "exp(x)*exp(y)", 1000, -1000, 0, NAN },
    { "sqrt(x)*sqrt(y)", 0x1p1022, 0x1p1022, 0, 0x1p1022 },
    { "log(1 + x)", 1e-17, 0, 0, 0 },
    { "x**0.5", -INF, 0, 0, INF },
    { "sigmoid(x)*sigmoid(-x)", 40, 0, 0, 4.248354255291589e-18 },
    { "where(x, 1, 0)", 2, 0, 0, 1 },
    { "(x*y)*z", 1e200, 1e200, 1e-200, INF },
    { "x*(y*z)", 1e200, 1e200, 1e-200, 1e200 },
};

START_TEST(what_only_looks_like_a_rule_is_kept)
{
    board b;
    df__copy copy;
    new_board(&b);
    df_node *y = build(&b, kept[_i].text);
    for (int k = 0; k < N; k++) {
        b.v['x' - 'a'][k] = kept[_i].x;
        b.v['y' - 'a'][k] = kept[_i].y;
        b.v['z' - 'a'][k] = kept[_i].z;
    }
    ck_assert(df__simplify(b.g, &y, 1, false, &copy));
    double *v = evaluate(&b.e, copy.image[0]), is = kept[_i].is;
    ck_assert_msg(isnan(is) ? isnan(v[0]) : v[0] == is, "%s: %.17g, not %.17g", kept[_i].text, v[0],
                  is);
    free(v);
    df__copy_free(&copy);
    df_graph_free(b.g);
}
END_TEST

/* The derivative by the letter at that place, of what must not be taken for something else. */
static const struct { const char *text; double x, is; } slopes[] = {
    { "max(x, 0)", 0, 0.5 },
    { "relu(x)", 0, 0 },
    { "abs(x)", 0, 0 },
    { "sqrt(x**2)", 0, 0 },
    { "x*log(x)", 1, 1 },
    { "2*sigmoid(2*x) - 1", 0, 1 },
};

START_TEST(derivatives_at_kinks_are_those_of_the_op)
{
    board b;
    new_board(&b);
    for (int k = 0; k < N; k++)
        b.v['x' - 'a'][k] = slopes[_i].x;
    df_node *d = df_d(build(&b, slopes[_i].text), letter(&b, 'x'));
    double *v = evaluate(&b.e, d);
    ck_assert_msg(v[0] == slopes[_i].is, "%s: %g, not %g", slopes[_i].text, v[0], slopes[_i].is);
    free(v);
    df_graph_free(b.g);
}
END_TEST

/* ---- text ------------------------------------------------------------------------------------ */

static const char *const no_expressions[] = {
    "", "x +", "(x", "exp(x", "exp(x, y)", "where(x, y)", "X", "xy", "nosuch(x)", "x**y", "x y",
    "1e", "x -> y",
};

START_TEST(what_is_no_expression_is_refused)
{
    board b;
    new_board(&b);
    ck_assert_ptr_null(df__from_text(b.g, no_expressions[_i], b.letter, 1));
    df_graph_free(b.g);
}
END_TEST

START_TEST(a_decimal_comma_in_the_locale_changes_no_rule)
{
    board b;
    use_decimal_comma();
    new_board(&b);
    df_node *y = build(&b, "0.5*(1 + tanh(0.25*x))");
    ck_assert_int_eq(y->op->algebra, DF_PRODUCT);
    ck_assert(df__is_number_of(y->x[0], 0.5));
    check_simplified(&b, y, "0.5*(1 + tanh(x)) -> sigmoid(2*x)");
    df_graph_free(b.g);
}
END_TEST

TESTS(
    ROWS(every_rule_fires_and_keeps_the_value, n_rules()),
    ROWS(every_hook_has_a_line, COUNT(hooks)),
    ROWS(what_only_looks_like_a_rule_is_kept, COUNT(kept)),
    ROWS(derivatives_at_kinks_are_those_of_the_op, COUNT(slopes)),
    ROWS(what_is_no_expression_is_refused, COUNT(no_expressions)),
    TEST_IF(a_decimal_comma_in_the_locale_changes_no_rule, HAVE_COMMA),
)
