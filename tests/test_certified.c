/* test_certified.c -- each rewriting rule against many digits: it loses no accuracy
 *
 * SPDX-License-Identifier: MIT
 *
 * Both sides are calculated in float and in double, with the ops' own kernels and nothing else of
 * the engine, at places where tests/certify.py knows the left side to 40 digits.
 * `DFOO_REPORT=1 tests/test_certified` lists the worst errors before and after, in units of the
 * last place. */
#include "check.h"
#include "df.h"
#include <float.h>
#include <math.h>

typedef struct { const char *rule, *letters; const double *x; const long double *y, *s; } certified;
#include "certified.h"

/* What a rule may cost: so many ulps of the result, and what as many of the operands do to it. */
enum { LOSS = 2 };

/* ---- rules ----------------------------------------------------------------------------------- */

typedef struct { char text[256]; bool canonical; } rule;

/* The n-th rule: of the table, then those that ops bring. False: there is none. */
static bool rule_at(int n, rule *r)
{
    for (int i = 0; df__rules[i].text; i++)
        if (n-- == 0) {
            r->canonical = df__rules[i].phase == DF_CANONICAL;
            return snprintf(r->text, sizeof r->text, "%s", df__rules[i].text) > 0;
        }
    for (int i = 0; df__ops[i]; i++)
        for (const char *line = df__ops[i]->rules; line && *line; line = strchr(line, '\n') + 1)
            if (n-- == 0) {
                const char *colon = strchr(line, ':'), *end = strchr(line, '\n');
                r->canonical = strncmp(line, "canonical:", 10) == 0;
                line = colon && colon < end ? colon + 2 : line;
                return snprintf(r->text, sizeof r->text, "%.*s", (int)(end - line), line) > 0;
            }
    return false;
}

static int n_rules(void)
{
    rule r;
    int n = 0;
    while (rule_at(n, &r))
        n++;
    return n;
}

static const certified *entry_of(const char *text)
{
    for (size_t i = 0; i < COUNT(table); i++)
        if (strcmp(table[i].rule, text) == 0)
            return &table[i];
    return NULL;
}

/* ---- calculating ----------------------------------------------------------------------------- */

typedef struct { bool wide; union { float f[LENGTH]; double d[LENGTH]; }; } value;

static double number(const value *v, int64_t i) { return v->wide ? v->d[i] : (double)v->f[i]; }

static void put(value *v, int64_t i, double x)
{
    if (v->wide)
        v->d[i] = x;
    else
        v->f[i] = (float)x;
}

static void source(const certified *c, int place, const df_node *y, value *to)
{
    const char *letter = strchr(c->letters, y->name ? y->name[0] : '?');
    int letters = (int)strlen(c->letters), at = letter ? (int)(letter - c->letters) : 0;
    for (int i = 0; i < LENGTH; i++)
        put(to, i, y->op == &df__op_number     ? y->attr.f[0]
                   : y->op == &df__op_examples ? EXAMPLES
                   : !letter                   ? 0
                                               : c->x[(place * letters + at) * LENGTH + i]);
}

static void apply(const df_node *y, value *v, value *to)
{
    df_block b = { .rows = 1, .n = y->n, .y = to->d, .y_dims = y->dims, .attr = &y->attr };
    const void *x[DF_ARITY];
    int64_t step[DF_ARITY];
    for (int i = 0; i < y->n; i++) {
        b.x[i] = x[i] = v[y->x[i]->id].d;
        b.x_dims[i] = y->x[i]->dims;
        step[i] = df__elements(y->x[i]->dims, 1) > 1;
    }
    if (y->op->kind == DF_MAP)
        y->op->map[to->wide](df__elements(y->dims, 1), to->d, x, step, &y->attr);
    else if (y->op->kind == DF_REDUCE)
        y->op->reduce[to->wide](1, LENGTH, 1, true, to->d, x[0]);
    else if (y->op->kind == DF_OPAQUE)
        ck_assert_int_eq(y->op->block[to->wide](&b), -1);
    else
        ck_abort_msg("%s: no kernel to call", y->op->name);
}

/* The values of y at a place; of a single number LENGTH times that. */
static value calculate(const certified *c, int place, const df_node *y, bool wide)
{
    value *v = calloc((size_t)y->id + 1, sizeof *v);
    for (int64_t id = 0; id <= y->id; id++) {
        const df_node *at = y->g->node[id];
        v[id].wide = wide;
        if (at->op->kind == DF_SOURCE)
            source(c, place, at, &v[id]);
        else
            apply(at, v, &v[id]);
    }
    value r = v[y->id];
    for (int i = 1; i < LENGTH && df__elements(y->dims, 1) == 1; i++)
        put(&r, i, number(&r, 0));
    free(v);
    return r;
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* The unit of the last place of a true number. */
static long double unit_of(long double truth, bool wide)
{
    int e, bits = wide ? DBL_MANT_DIG : FLT_MANT_DIG, least = wide ? DBL_MIN_EXP : FLT_MIN_EXP;
    frexpl(truth, &e);
    return ldexpl(1, (truth == 0 || e < least ? least : e) - bits);
}

/* In such units; of what is too large for the type: 0, if it is infinite. */
static double error_of(double v, long double truth, bool wide)
{
    if (fabsl(truth) > (wide ? (long double)DBL_MAX : (long double)FLT_MAX))
        return isinf(v) && (v < 0) == (truth < 0) ? 0 : INFINITY;
    return isfinite(v) ? (double)(fabsl((long double)v - truth) / unit_of(truth, wide)) : INFINITY;
}

static double allowed(double before, const certified *c, int at, bool wide)
{
    long double moves = ldexpl(c->s[at], wide ? -DBL_MANT_DIG : -FLT_MANT_DIG);
    return before + LOSS * (1 + (double)(moves / unit_of(c->y[at], wide)));
}

/* A side of a rule, alone in a graph of its own, with letters as inputs. */
static df_node *side(const rule *r, bool after)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *letter[26];
    char text[256];
    const char *arrow = strstr(r->text, " -> "), *only = strstr(r->text, "  if ");
    for (int i = 0; i < 26; i++) {
        char name[] = { (char)('a' + i), 0 };
        letter[i] = name[0] == 'm' ? NULL : df_input(g, name, df_shape(LENGTH, 1));
    }
    ck_assert_ptr_nonnull(arrow);
    int n = !after ? (int)(arrow - r->text) : only ? (int)(only - arrow - 4) : (int)sizeof text;
    snprintf(text, sizeof text, "%.*s", n, after ? arrow + 4 : r->text);
    df_node *y = df__from_text(g, text, letter, 1);
    ck_assert_msg(y, "%s: %s", text, df_graph_error(g));
    return y;
}

static void compare(const rule *r, const certified *c, bool wide)
{
    df_node *side_of[2] = { side(r, false), side(r, true) };
    double worst[2] = { 0, 0 };
    for (int at = 0; at < PLACES * LENGTH; at++) {
        double error[2], v[2];
        if (isnan(c->y[at]))
            continue;
        for (int k = 0; k < 2; k++) {
            value all = calculate(c, at / LENGTH, side_of[k], wide);
            v[k] = number(&all, at % LENGTH);
            error[k] = error_of(v[k], c->y[at], wide);
            worst[k] = fmax(worst[k], error[k]);
        }
        ck_assert_msg(error[1] <= allowed(error[0], c, at, wide),
                      "%s, %s, place %d: %.17g is %.3Lg: %g ulp off, and %g before", r->text,
                      wide ? "double" : "float", at, v[1], c->y[at], error[1], error[0]);
    }
    if (getenv("DFOO_REPORT"))
        printf("%-6s %10.3g -> %-10.3g %s\n", wide ? "double" : "float", worst[0], worst[1],
               r->text);
    for (int k = 0; k < 2; k++)
        df_graph_free(side_of[k]->g);
}

START_TEST(no_rule_loses_accuracy)
{
    rule r;
    ck_assert(rule_at(_i, &r));
    const certified *c = entry_of(r.text);
    ck_assert_msg(c, "%s: not in certified.h; tests/certify.py writes it", r.text);
    compare(&r, c, false);
    compare(&r, c, true);
}
END_TEST

START_TEST(the_table_has_no_rule_that_is_gone)
{
    rule r;
    bool there = false;
    for (int n = 0; !there && rule_at(n, &r); n++)
        there = strcmp(r.text, table[_i].rule) == 0;
    ck_assert_msg(there, "%s: no such rule", table[_i].rule);
}
END_TEST

TESTS(
    ROWS(no_rule_loses_accuracy, n_rules()),
    ROWS(the_table_has_no_rule_that_is_gone, COUNT(table)),
)
