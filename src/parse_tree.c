/* parse_tree.c -- an expression as a tree, by Python's precedence
 *
 * SPDX-License-Identifier: MIT
 *
 *     a < b    |    &    + -    * / @    -x ~x    x**k    f(x) x.T x[:, None]
 *
 * A minus before a product is of the whole product, which is the same number, bit for bit; before a
 * number it belongs to that. Recursion is bounded by the depth of nesting: chains are loops, and
 * what has become deep by them is built at once. */
#include "parse.h"
#include <math.h>
#include <stdlib.h>

enum { NESTED = 200, STEPS = 450, DEEP = 64 };
enum { COMPARED = 1, OR, AND, SUM, PRODUCT, SINGLE };

/* ---- trees ----------------------------------------------------------------------------------- */

static int32_t add_tree(df__parser *p, df__tree t)
{
    df__trees *to = p->to;
    if (to->n == 0)
        to->n = 1;
    if (!df__grow(&p->g->mem, &to->tree, &to->cap, to->n + 1, sizeof t)) {
        df__error(p->g, DF_NO_MEMORY, "no memory");
        p->failed = true;
        return 0;
    }
    to->tree[to->n] = t;
    return (int32_t)to->n++;
}

static int32_t add_leaf(df__parser *p, df__tree_kind kind, const df__token *t)
{
    return add_tree(p, (df__tree){ .kind = kind, .sign = t->sign, .at = t->at, .n = t->n });
}

/* Of parts chained by `next`; a tree that has become deep is made a node where it can be. */
static int32_t add_above(df__parser *p, df__tree t, int32_t first)
{
    t.first = first;
    for (int32_t x = first; x; x = p->to->tree[x].next)
        if (p->to->tree[x].depth >= t.depth)
            t.depth = (int16_t)(p->to->tree[x].depth + 1);
    int32_t y = add_tree(p, t);
    if (y && t.depth > DEEP && df__tree_is_op(p, y) && !df__build_tree(p, y))
        return 0;
    return y;
}

static int32_t add_binary(df__parser *p, df__token sign, bool tight, int32_t a, int32_t b)
{
    p->to->tree[a].next = b;
    return add_above(p, (df__tree){ .kind = DF__BINARY, .sign = sign.sign, .tight = tight,
                                   .at = sign.at, .n = sign.n }, a);
}

/* Text from a place to what was read last, without the blanks behind. */
static df__tree piece(df__tree_kind kind, const char *from, const char *to)
{
    return (df__tree){ .kind = kind, .at = from, .n = to - from };
}

/* Goes one level down: into brackets, behind a minus, into an exponent. False: too many. */
static bool enter(df__parser *p)
{
    if (++p->depth > NESTED)
        return df__parse_fail(p, DF_BAD_CALL, p->t.at, "expression nested more than %d deep",
                              NESTED);
    return true;
}

/* ---- what stands in brackets ----------------------------------------------------------------- */

/* A bound of a slice, which may be left out: a name without letters. */
static int32_t bound(df__parser *p)
{
    bool none = df__is_sign(p, ':') || df__is_sign(p, ',') || df__is_sign(p, ']');
    return none ? add_tree(p, piece(DF__NAME, p->t.at, p->t.at)) : df__expression(p, 0);
}

/* :, a:b, a:b:c, ... or an expression. */
static int32_t index_item(df__parser *p)
{
    df__token t = p->t;
    if (df__is_sign(p, DF__DOTS)) {
        df__next(p);
        return add_leaf(p, DF__COLON, &t);
    }
    int32_t first = bound(p), last = first;
    if (!first || !df__is_sign(p, ':'))
        return first;
    while (df__take(p, ':')) {
        int32_t x = bound(p);
        if (!x)
            return 0;
        p->to->tree[last].next = x;
        last = x;
    }
    bool all = p->to->tree[last].n == 0 && p->to->tree[first].next == last &&
               p->to->tree[first].n == 0;
    df__tree colon = { .kind = DF__COLON, .sign = ':', .at = t.at, .n = 1 };
    return add_above(p, colon, all ? 0 : first);
}

/* axis=1, or an expression. */
static int32_t argument(df__parser *p)
{
    df__token name = p->t;
    const char *at = p->at;
    if (name.kind != DF__WORD)
        return df__expression(p, 0);
    df__next(p);
    if (!df__take(p, '=')) {
        p->t = name;
        p->at = at;
        return df__expression(p, 0);
    }
    int32_t value = df__expression(p, 0);
    return value ? add_above(p, piece(DF__KEYWORD, name.at, name.at + name.n), value) : 0;
}

/* Items to the closing bracket, which may be none; gives the first, *n: how many, *comma: one is
 * last. False: failed. */
static bool items(df__parser *p, char close, int32_t (*item)(df__parser *), int32_t *first, int *n,
                  bool *comma)
{
    int32_t last = 0;
    *first = *n = 0;
    *comma = false;
    if (!enter(p))
        return false;
    while (!df__is_sign(p, close)) {
        if (*n && !*comma)
            return df__expected(p, close == ')' ? "',' or ')'" : "',' or ']'");
        int32_t x = item(p);
        if (!x)
            return false;
        if (last)
            p->to->tree[last].next = x;
        else
            *first = x;
        last = x;
        ++*n;
        *comma = df__take(p, ',');
    }
    p->depth--;
    return true;
}

static int32_t any_expression(df__parser *p)
{
    return df__expression(p, 0);
}

/* (x) is x, unless a list is wanted; (x,) and [x] are lists. */
static int32_t bracket(df__parser *p, bool list)
{
    const char *from = p->t.at;
    char close = p->t.sign == '(' ? ')' : ']';
    int32_t first;
    int n;
    bool comma;
    df__take(p, p->t.sign);
    if (!items(p, close, any_expression, &first, &n, &comma))
        return 0;
    int32_t y = n == 1 && !comma && close == ')' && !list ? first
              : add_above(p, piece(DF__LIST, from, p->t.at + 1), first);
    df__take(p, close);
    return y;
}

int32_t df__tuple(df__parser *p)
{
    return bracket(p, true);
}

/* ---- words and numbers ----------------------------------------------------------------------- */

static int32_t number(df__parser *p)
{
    df__tree t = piece(DF__FIGURE, p->t.at, p->at);
    t.v = strtod(t.at, NULL);
    if (isinf(t.v)) {
        char shown[40];
        df__parse_fail(p, DF_BAD_VALUE, t.at, "%s is too large", df__shown(t.at, t.n, shown));
        return 0;
    }
    df__next(p);
    return add_tree(p, t);
}

/* np.exp is one name, np.inf a number. */
static int32_t word(df__parser *p)
{
    static const struct { const char *name; double v; } constants[] = {
        { "np.inf", HUGE_VAL }, { "np.nan", NAN }, { "np.pi", M_PI }, { "np.e", M_E },
    };
    df__tree t = piece(DF__NAME, p->t.at, p->at);
    bool numpy = df__word_is(t.at, t.n, "np");
    df__next(p);
    if (numpy && df__take(p, '.')) {
        if (p->t.kind != DF__WORD)
            return df__expected(p, "a function's name after 'np.'");
        t.n = p->t.at + p->t.n - t.at;
        df__next(p);
    }
    for (size_t k = 0; k < sizeof constants / sizeof *constants; k++)
        if (df__word_is(t.at, t.n, constants[k].name)) {
            t.kind = DF__FIGURE;
            t.v = constants[k].v;
        }
    return add_tree(p, t);
}

/* A name, a number, a text, a place of a form, or something in brackets. */
static int32_t single(df__parser *p)
{
    int32_t y;
    switch (p->t.kind) {
    case DF__WORD:
        return word(p);
    case DF__FIGURES:
        return number(p);
    case DF__QUOTED:
    case DF__PLACE:
        y = add_leaf(p, p->t.kind == DF__PLACE ? DF__HOLE : DF__STRING, &p->t);
        df__next(p);
        return y;
    default:
        if (df__is_sign(p, '(') || df__is_sign(p, '['))
            return bracket(p, false);
        return df__expected(p, "a name, a number or '('");
    }
}

/* ---- what stands behind ---------------------------------------------------------------------- */

/* f(x, axis=0): the function is the first part, the arguments follow. */
static int32_t call(df__parser *p, int32_t function)
{
    df__tree t = piece(DF__CALL, p->to->tree[function].at, p->t.at);
    int32_t first;
    int n;
    bool comma;
    df__take(p, '(');
    if (!items(p, ')', argument, &first, &n, &comma))
        return 0;
    p->to->tree[function].next = first;
    df__take(p, ')');
    return add_above(p, t, function);
}

static int32_t attribute(df__parser *p, int32_t x)
{
    df__take(p, '.');
    if (p->t.kind != DF__WORD)
        return df__expected(p, "a name after '.'");
    df__tree t = piece(DF__ATTRIBUTE, p->t.at, p->at);
    df__next(p);
    return add_above(p, t, x);
}

/* x[...]: the array is the first part, the list of its indices the second. */
static int32_t indexed(df__parser *p, int32_t x)
{
    df__tree t = piece(DF__INDEX, p->t.at, p->at);
    int32_t first;
    int n;
    bool comma;
    df__take(p, '[');
    if (!items(p, ']', index_item, &first, &n, &comma))
        return 0;
    if (n == 0)
        return df__expected(p, "an index");
    int32_t list = add_above(p, piece(DF__LIST, t.at, p->t.at + 1), first);
    df__take(p, ']');
    if (!list)
        return 0;
    p->to->tree[x].next = list;
    return add_above(p, t, x);
}

static int32_t with_ending(df__parser *p)
{
    int32_t x = single(p);
    while (x && (df__is_sign(p, '(') || df__is_sign(p, '.') || df__is_sign(p, '[')))
        x = df__is_sign(p, '(') ? call(p, x) : df__is_sign(p, '.') ? attribute(p, x)
                                             : indexed(p, x);
    return x;
}

/* ---- operators ------------------------------------------------------------------------------- */

static int32_t unary(df__parser *p);

static int32_t power(df__parser *p)
{
    int32_t x = with_ending(p);
    if (!x || !df__is_sign(p, DF__TO_THE))
        return x;
    df__token sign = p->t;
    if (!enter(p))
        return 0;
    df__next(p);
    int32_t k = unary(p);
    p->depth--;
    return k ? add_binary(p, sign, true, x, k) : 0;
}

/* A number takes the minus before it as its own; 0: it is no number. */
static int32_t negative_number(df__parser *p, df__token sign, int32_t x)
{
    df__tree *t = &p->to->tree[x];
    if (t->kind != DF__FIGURE || sign.sign != '-')
        return 0;
    t->v = -t->v;
    t->n += t->at - sign.at;
    t->at = sign.at;
    return x;
}

static int32_t add_unary(df__parser *p, df__token sign, int32_t x)
{
    int32_t y = negative_number(p, sign, x);
    return y ? y : add_above(p, (df__tree){ .kind = DF__UNARY, .sign = sign.sign, .at = sign.at,
                                           .n = sign.n }, x);
}

static int32_t unary(df__parser *p)
{
    df__token sign = p->t;
    if (!df__is_sign(p, '-') && !df__is_sign(p, '~'))
        return power(p);
    if (!enter(p))
        return 0;
    df__next(p);
    int32_t x = unary(p);
    p->depth--;
    return x ? add_unary(p, sign, x) : 0;
}

static int level_of(const df__parser *p)
{
    if (p->t.kind != DF__SIGN)
        return 0;
    switch (p->t.sign) {
    case '<': case '>': case DF__NOT_MORE: case DF__NOT_LESS: case DF__EQUAL: case DF__UNEQUAL:
        return COMPARED;
    case '|': return OR;
    case '&': return AND;
    case '+': case '-': return SUM;
    case '*': case '/': case '@': return PRODUCT;
    default: return 0;
    }
}

/* x and the operators that follow, as far as they bind at least so strongly. */
static int32_t chain(df__parser *p, int32_t x, int least)
{
    bool compared = false;
    for (int level; x && (level = level_of(p)) >= least && level; ) {
        df__token sign = p->t;
        if (compared && level == COMPARED)
            return df__expected(p, "one comparison, not a chain of them: brackets");
        compared = level == COMPARED;
        df__next(p);
        bool tight = !sign.blank && !p->t.blank;
        int32_t y = df__expression(p, level + 1);
        x = y ? add_binary(p, sign, tight, x, y) : 0;
    }
    return x;
}

int32_t df__expression(df__parser *p, int least)
{
    df__token sign = p->t;
    int32_t x = 0;
    if (++p->steps > STEPS)
        return df__parse_fail(p, DF_BAD_CALL, sign.at, "expression nested too deep");
    if (least > PRODUCT || !df__is_sign(p, '-')) {
        x = unary(p);
    } else {
        df__next(p);
        int32_t y = unary(p);
        if (y && !(x = negative_number(p, sign, y)) && (y = chain(p, y, PRODUCT)))
            x = add_unary(p, sign, y);
    }
    x = x ? chain(p, x, least) : 0;
    p->steps--;
    return x;
}
