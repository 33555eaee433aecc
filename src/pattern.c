/* pattern.c -- rules as text, read into patterns
 *
 * SPDX-License-Identifier: MIT
 *
 *     exp(x)*sigmoid(-x) -> sigmoid(x)            a - b, a*b, x**2, -x, op names with operands
 *     abs(x) -> x  if x >= 0                      also: x > 0, single, onehot(x)
 *
 * A letter stands for any node; m is the number of examples. All recursion here is as deep as a
 * rule's text. */
#include "rules.h"
#include <ctype.h>
#include <stdlib.h>

enum { OPS_HASHED = 128 };

struct df__rule_set {
    df_graph *g;                 /* whose memory it is */
    df__op_rules *ops[OPS_HASHED];
    const df_op *algebra[DF_NUMBER + 1];
};

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct {
    df__rule_set *set;
    const char *at;
    int seen[DF__LETTERS];       /* how often each letter stood in what was read */
} reader;

static df__pattern *read_sum(reader *r);

static bool take(reader *r, const char *token)
{
    while (*r->at == ' ')
        r->at++;
    size_t n = strlen(token);
    if (strncmp(r->at, token, n) != 0)
        return false;
    r->at += n;
    return true;
}

/* NULL: an operand is missing, or no memory. */
static df__pattern *make(reader *r, const df_op *op, df__pattern *a, df__pattern *b)
{
    if (!op || !a || (op->arity == 2 && !b))
        return NULL;
    df__pattern *p = df__graph_get(r->set->g, sizeof *p);
    if (p)
        *p = (df__pattern){ .op = op, .x = { a, b } };
    return p;
}

/* The number that stands there, whatever the program's locale; false: none does. */
static bool take_number(reader *r, double *v)
{
    char *end;
    locale_t was = df__locale_begin();
    *v = strtod(r->at, &end);
    df__locale_end(was);
    bool any = end != r->at;
    r->at = end;
    return any;
}

static df__pattern *read_number(reader *r, double sign)
{
    df__pattern *p = df__graph_get(r->set->g, sizeof *p);
    double v;
    if (!p || !take_number(r, &v))
        return NULL;
    *p = (df__pattern){ .op = &df__op_number, .number = sign * v };
    return p;
}

static const df_op *op_named(const df__rule_set *set, const char *name, size_t n)
{
    const df_op *op = df__op_named(name, n);
    for (int i = 0; !op && i < OPS_HASHED; i++)
        for (const df__op_rules *o = set->ops[i]; !op && o; o = o->next)
            if (strlen(o->op->name) == n && strncmp(o->op->name, name, n) == 0)
                op = o->op;
    return op;
}

static df__pattern *read_call(reader *r, const char *name, size_t n)
{
    const df_op *op = op_named(r->set, name, n);
    df__pattern *p = op && op->arity > 0 ? df__graph_get(r->set->g, sizeof *p) : NULL;
    if (!p)
        return NULL;
    p->op = op;
    for (int i = 0; i < op->arity; i++)
        if ((i > 0 && !take(r, ",")) || !(p->x[i] = read_sum(r)))
            return NULL;
    return take(r, ")") ? p : NULL;
}

/* A letter, a call, a number or a bracket. */
static df__pattern *read_one(reader *r)
{
    if (take(r, "(")) {
        df__pattern *p = read_sum(r);
        return p && take(r, ")") ? p : NULL;
    }
    if (!isalpha((unsigned char)*r->at))
        return read_number(r, 1);
    const char *name = r->at;
    while (isalnum((unsigned char)*r->at) || *r->at == '_')
        r->at++;
    size_t n = (size_t)(r->at - name);
    if (take(r, "("))
        return read_call(r, name, n);
    bool letter = n == 1 && islower((unsigned char)*name);
    df__pattern *p = letter ? df__graph_get(r->set->g, sizeof *p) : NULL;
    if (!p)
        return NULL;
    p->letter = *name - 'a';
    if (*name == 'm')
        p->op = &df__op_examples;
    else
        r->seen[p->letter]++;
    return p;
}

/* -x, -2, x**2: the sign binds weaker than the power. */
static df__pattern *read_factor(reader *r)
{
    if (take(r, "-")) {
        if (isdigit((unsigned char)*r->at))
            return read_number(r, -1);
        return make(r, r->set->algebra[DF_NEGATIVE], read_factor(r), NULL);
    }
    df__pattern *p = read_one(r);
    if (p && take(r, "**")) {
        df__pattern *k = read_number(r, take(r, "-") ? -1 : 1);
        p = k ? make(r, r->set->algebra[DF_POWER], p, NULL) : NULL;
        if (p)
            p->number = k->number;
    }
    return p;
}

static df__pattern *read_product(reader *r)
{
    df__pattern *p = read_factor(r);
    while (p)
        if (take(r, "*"))
            p = make(r, r->set->algebra[DF_PRODUCT], p, read_factor(r));
        else if (take(r, "/"))
            p = make(r, r->set->algebra[DF_QUOTIENT], p, read_factor(r));
        else
            break;
    return p;
}

static df__pattern *read_sum(reader *r)
{
    take(r, "");
    df__pattern *p = read_product(r);
    while (p && strncmp(r->at, "->", 2) != 0)
        if (take(r, "+"))
            p = make(r, r->set->algebra[DF_SUM], p, read_product(r));
        else if (take(r, "-"))
            p = make(r, r->set->algebra[DF_DIFFERENCE], p, read_product(r));
        else
            break;
    return p;
}

/* x > 0, x >= 0, single, onehot(y) */
static bool read_condition(reader *r, df__condition *c)
{
    if (take(r, "single")) {
        *c = (df__condition){ .what = DF__SINGLE };
        return true;
    }
    bool one_hot = take(r, "onehot(");
    take(r, "");
    c->letter = *r->at++ - 'a';
    if (c->letter < 0 || c->letter >= DF__LETTERS)
        return false;
    c->what = one_hot ? DF__ONE_HOT : take(r, ">=") ? DF__AT_LEAST : DF__ABOVE;
    if (one_hot)
        return take(r, ")");
    if (c->what == DF__ABOVE && !take(r, ">"))
        return false;
    return take_number(r, &c->than);
}

static void mark_signs(df__pattern *p, const reader *r)
{
    const df__pattern *x = p->x[0];
    p->any_sign = p->op && p->op->algebra == DF_NEGATIVE && !x->op && r->seen[x->letter] > 1;
    for (int i = 0; i < DF_ARITY && p->x[i]; i++)
        mark_signs(p->x[i], r);
}

static bool read_rule(reader *r, df__rule *to)
{
    to->before = read_sum(r);
    if (!to->before || !to->before->op)
        return false;
    mark_signs(to->before, r);
    for (int i = 0; i < DF_ARITY && to->before->x[i]; i++)
        if (to->before->x[i]->op && !to->before->x[i]->any_sign)
            to->needs |= df__op_bit(to->before->x[i]->op);
    to->after = take(r, "->") ? read_sum(r) : NULL;
    if (!to->after)
        return false;
    bool more = take(r, "if");
    while (more && to->n_only < DF__CONDITIONS) {
        if (!read_condition(r, &to->only[to->n_only++]))
            return false;
        more = take(r, "and");
    }
    take(r, "");
    return *r->at == 0;
}

/* ---- the set of rules ------------------------------------------------------------------------ */

static df__op_rules **find_op(df__rule_set *set, const df_op *op)
{
    df__op_rules **at = &set->ops[((uintptr_t)op >> 4) % OPS_HASHED];
    while (*at && (*at)->op != op)
        at = &(*at)->next;
    return at;
}

/* Adds the rule to those of the op it begins with; false: no memory, or no rule. */
static bool add_rule(df__rule_set *set, unsigned phase, const char *text)
{
    reader r = { .set = set, .at = text };
    df__rule *made = df__graph_get(set->g, sizeof *made);
    if (!made)
        return false;
    made->phase = phase;
    made->text = text;
    df__op_rules *of = read_rule(&r, made) ? *find_op(set, made->before->op) : NULL;
    if (!of) {
        df__error(set->g, DF_BAD_VALUE, "this is no rule: %s", text);
        return false;
    }
    of->phases |= phase;
    *of->end = made;
    of->end = &made->next;
    return true;
}

/* An op that is met for the first time brings its own rules: a line each, "late: a -> b", stable
 * if not said. */
static df__op_rules *add_op(df__rule_set *set, const df_op *op, bool its_rules)
{
    static const struct { const char *word; unsigned phase;
    } phases[] = {
        { "canonical:", DF_CANONICAL },
        { "stable:", DF_STABLE },
        { "late:", DF_LATE },
        { "", DF_STABLE },
    };
    df__op_rules **at = find_op(set, op), *of = *at ? *at : df__graph_get(set->g, sizeof *of);
    if (!of)
        return NULL;
    if (!*at) {
        of->op = op;
        of->end = &of->first;
        for (const df__hook *h = df__hooks; h->apply; h++)
            of->hooks |= h->kinds >> op->kind & 1 ? h->phase : 0;
        *at = of;
    }
    for (const char *line = its_rules ? op->rules : NULL; line && *line; line += *line == '\n') {
        size_t n = strcspn(line, "\n");
        char *text = df__graph_get(set->g, n + 1);
        reader r = { .set = set, .at = text };
        int k = 0;
        if (!text)
            return NULL;
        memcpy(text, line, n);
        while (!take(&r, phases[k].word))
            k++;
        take(&r, "");
        if (!add_rule(set, phases[k].phase, r.at))
            return NULL;
        line += n;
    }
    return of;
}

df__rule_set *df__rules_for(df_graph *g)
{
    if (g->rules)
        return g->rules;
    df__rule_set *set = df__graph_get(g, sizeof *set);
    if (!set)
        return NULL;
    set->g = g;
    for (int i = 0; df__ops[i]; i++) {
        const df_op *op = df__ops[i];
        if (!set->algebra[op->algebra])
            set->algebra[op->algebra] = op;
        if (!add_op(set, op, false))
            return NULL;
    }
    for (int i = 0; df__rules[i].text; i++)
        if (!add_rule(set, df__rules[i].phase, df__rules[i].text))
            return NULL;
    for (int i = 0; df__ops[i]; i++)
        if (!add_op(set, df__ops[i], true))
            return NULL;
    return g->rules = set;
}

const df_op *const *df__algebra(df_graph *g)
{
    df__rule_set *set = df__rules_for(g);
    return set ? set->algebra : NULL;
}

const df__op_rules *df__rules_of(df__rule_set *set, const df_op *op)
{
    const df__op_rules *of = *find_op(set, op);
    return of ? of : add_op(set, op, true);
}

df__pattern *df__read_pattern(df__rule_set *set, const char *text, int seen[DF__LETTERS])
{
    reader r = { .set = set, .at = text };
    df__pattern *p = read_sum(&r);
    memcpy(seen, r.seen, sizeof r.seen);
    return *r.at == 0 ? p : NULL;
}
