/* match.c -- rules found in a graph, and applied
 *
 * SPDX-License-Identifier: MIT
 *
 * The same letter stands for the same node. -x on the left matches any node, whose negative x then
 * is, if x stands there once more; otherwise a negation as written. Ops along an axis have one axis
 * throughout a rule. All recursion here is as deep as a rule's text. */
#include "rules.h"

enum { INNER = 16 };

/* ---- finding --------------------------------------------------------------------------------- */

typedef struct {
    df_graph *g;
    const df__rule *r;
    const df_node *root;
    struct { df_node *x; bool minus; } is[DF__LETTERS];
    const df_node *inner[INNER]; /* nodes below the root that the text spells out */
    int n_inner;
    int64_t axes, to_number;     /* of the ops along an axis; -1: none yet */
    bool waits;                  /* a rule would fit, had its nodes fewer users */
} match;

/* What is still to be found where. */
typedef struct todo { const df__pattern *p; df_node *y; const struct todo *next; } todo;

static bool fits(match *m, const todo *t);

static bool along_an_axis(const df_op *op)
{
    return op->kind == DF_REDUCE || op->kind == DF_OPAQUE;
}

/* a - b and b - a, 2*x and -2*x, 3 and -3 */
static bool opposite(const df_node *a, const df_node *b)
{
    double u, v;
    if (df__is_number(a, &u))
        return df__is_number(b, &v) && u == -v;
    if (a->op != b->op)
        return false;
    if (a->op->algebra == DF_DIFFERENCE)
        return a->x[0] == b->x[1] && a->x[1] == b->x[0];
    for (int i = 0; a->op->algebra == DF_PRODUCT && i < 4; i++)
        if (a->x[i & 1] == b->x[i >> 1] && df__is_number(a->x[!(i & 1)], &u) &&
            df__is_number(b->x[!(i >> 1)], &v) && u == -v)
            return true;
    return false;
}

/* Letters hold nodes without their negations, so that -x and x find each other. */
static bool bind(match *m, int letter, df_node *y, bool minus, const todo *next)
{
    while (y->op->algebra == DF_NEGATIVE && y != m->g->pin) {
        y = y->x[0];
        minus = !minus;
    }
    if (m->is[letter].x) {
        bool same_sign = m->is[letter].minus == minus;
        return (same_sign ? m->is[letter].x == y : opposite(m->is[letter].x, y)) && fits(m, next);
    }
    m->is[letter].x = y;
    m->is[letter].minus = minus;
    if (fits(m, next))
        return true;
    m->is[letter].x = NULL;
    return false;
}

static bool same_axes(match *m, const df_node *y)
{
    if (!along_an_axis(y->op))
        return true;
    bool reduces = y->op->kind == DF_REDUCE;
    if ((m->axes >= 0 && m->axes != y->attr.i[0]) ||
        (reduces && m->to_number >= 0 && m->to_number != y->attr.i[1]))
        return false;
    m->axes = y->attr.i[0];
    if (reduces)
        m->to_number = y->attr.i[1];
    return true;
}

/* The operands in their order, or in any if that is all the same. */
static bool fits_operands(match *m, const df__pattern *p, const df_node *y, const todo *next)
{
    todo list[DF_ARITY];
    int n = y->n;
    for (int swapped = 0; swapped <= (n == 2 && y->op->commutes); swapped++) {
        for (int i = 0; i < n; i++)
            list[i] = (todo){ p->x[i], y->x[swapped ? 1 - i : i], i + 1 < n ? &list[i + 1] : next };
        if (fits(m, n ? list : next))
            return true;
    }
    return false;
}

static double lowest(const df_node *x)
{
    double v;
    if (df__is_number(x, &v))
        return v;
    if (x->op->algebra == DF_POWER && x->attr.f[0] == 2)
        return 0;
    const double *range = x->op->range;
    return range[0] != 0 || range[1] != 0 ? range[0] : -INFINITY;
}

/* A one_hot whose classes lie along the axis of the match. */
static bool is_one_hot(const match *m, const df_node *y)
{
    if (y->op != &df__op_one_hot || m->axes < 0)
        return false;
    for (int j = 0; j < y->dims.rank; j++) {
        bool classes = y->dims.rank > y->x[0]->dims.rank ? j == y->dims.rank - 1
                                                         : y->dims.size[j] != y->x[0]->dims.size[j];
        if (classes != (m->axes >> j & 1))
            return false;
    }
    return true;
}

static bool holds(match *m, const df__condition *c)
{
    const df_node *x = m->is[c->letter].x;
    double v;
    if (c->what == DF__SINGLE) {
        for (int i = 0; i < m->n_inner; i++)
            if (m->inner[i]->users > 1) {
                m->waits = true;
                return false;
            }
        return true;
    }
    if (!x || m->is[c->letter].minus)
        return false;
    if (c->what == DF__ONE_HOT)
        return is_one_hot(m, x);
    bool closed = df__is_number(x, &v) || x->op->algebra == DF_POWER;
    return c->what == DF__ABOVE && closed ? lowest(x) > c->than : lowest(x) >= c->than;
}

static bool fits(match *m, const todo *t)
{
    if (!t) {
        for (int i = 0; i < m->r->n_only; i++)
            if (!holds(m, &m->r->only[i]))
                return false;
        return true;
    }
    const df__pattern *p = t->p;
    df_node *y = t->y;
    if (!p->op)
        return bind(m, p->letter, y, false, t->next);
    if (p->any_sign)
        return bind(m, p->x[0]->letter, y, true, t->next);
    if (p->op == &df__op_number)
        return df__is_number_of(y, p->number) && fits(m, t->next);
    if (y->op != p->op || y == m->g->pin ||
        (p->op->algebra == DF_POWER && y->attr.f[0] != p->number))
        return false;
    int n_inner = m->n_inner;
    int64_t axes = m->axes, to_number = m->to_number;
    if (y != m->root && m->n_inner < INNER)
        m->inner[m->n_inner++] = y;
    if (same_axes(m, y) && fits_operands(m, p, y, t->next))
        return true;
    m->n_inner = n_inner;
    m->axes = axes;
    m->to_number = to_number;
    return false;
}

/* ---- building -------------------------------------------------------------------------------- */

static df_node *build(match *m, const df__pattern *p)
{
    bool minus = p->op && p->op->algebra == DF_NEGATIVE && !p->x[0]->op;
    int letter = minus ? p->x[0]->letter : p->letter;
    if (!p->op || minus) {
        df_node *x = m->is[letter].x;
        return m->is[letter].minus != minus ? df_neg(x) : x;
    }
    if (p->op == &df__op_number)
        return df_num(m->g, p->number);
    if (p->op == &df__op_examples)
        return df_examples(m->g);
    df_node *x[DF_ARITY] = { 0 };
    for (int i = 0; i < p->op->arity; i++)
        if (!(x[i] = build(m, p->x[i])))
            return NULL;
    df_attr attr = { .f = { p->op->algebra == DF_POWER ? p->number : 0 } };
    if (along_an_axis(p->op)) {
        bool reduces = p->op->kind == DF_REDUCE;
        bool one = m->axes > 0 && (m->axes & (m->axes - 1)) == 0;
        if (!reduces && !one)
            return NULL;
        attr.i[0] = m->axes;
        attr.i[1] = reduces && m->to_number > 0;
    }
    return df_apply(p->op, x, p->op->arity, &attr);
}

df_node *df__from_text(df_graph *g, const char *text, df_node *const letter[26], int64_t axes)
{
    df__rule_set *set = df__rules_for(g);
    int seen[DF__LETTERS];
    const df__pattern *p = set ? df__read_pattern(set, text, seen) : NULL;
    match m = { .g = g, .axes = axes };
    for (int i = 0; p && i < DF__LETTERS; i++) {
        m.is[i].x = letter[i];
        if (seen[i] && !letter[i])
            p = NULL;
    }
    return p ? build(&m, p) : NULL;
}

/* ---- rewriting ------------------------------------------------------------------------------- */

/* y's shape is what a rule must give: what is smaller stretches. */
static df_node *fit_shape(df_node *r, const df_node *y)
{
    if (!r || r == y || r->type != y->type)
        return NULL;
    if (df__dims_equal(r->dims, y->dims))
        return r;
    return df__stretches(r->dims, y->dims) ? df_broadcast(r, y->dims) : NULL;
}

/* Tries a hook or, if NULL, builds what was matched. A trial that fails leaves no error behind,
 * but for no memory. */
static df_node *attempt(df_graph *g, df_node *y, const df__hook *hook, match *m)
{
    df_status status = g->status;
    void (*on_error)(void *, df_status, const char *) = g->on_error;
    char error[sizeof g->error];
    if (status != DF_OK)
        memcpy(error, g->error, sizeof error);
    g->status = DF_OK;
    g->on_error = NULL;
    df_node *r = fit_shape(hook ? hook->apply(g, y) : build(m, m->r->after), y);
    bool no_memory = g->status == DF_NO_MEMORY;
    g->status = status;
    g->on_error = on_error;
    if (status != DF_OK)
        memcpy(g->error, error, sizeof error);
    if (no_memory)
        df__error(g, DF_NO_MEMORY, "no memory");
    return no_memory ? NULL : r ? r : y;
}

static void note(df__fired *trace, const char *text)
{
    if (!trace)
        return;
    for (int i = 0; i < trace->n; i++)
        if (trace->rule[i] == text)
            return;
    if (trace->n < (int)(sizeof trace->rule / sizeof *trace->rule))
        trace->rule[trace->n++] = text;
}

static df_node *by_hook(df_graph *g, df_node *y, unsigned phases, df__fired *trace)
{
    for (const df__hook *h = df__hooks; h->apply; h++) {
        if (!(h->phase & phases) || !(h->kinds >> y->op->kind & 1))
            continue;
        df_node *r = attempt(g, y, h, NULL);
        if (r != y) {
            note(trace, h->text);
            return r;
        }
    }
    return y;
}

/* The rules that begin with y's op, in their order; waits: what no rule fits may fit one later. */
static df_node *by_rule(df_graph *g, df_node *y, const df__op_rules *of, unsigned phases,
                        df__fired *trace, bool *waits)
{
    uint64_t has = 0;
    for (int i = 0; i < y->n && y->n <= DF_ARITY; i++)
        has |= df__op_bit(y->x[i]->op);
    for (const df__rule *rule = of->first; rule; rule = rule->next) {
        if (!(rule->phase & phases) || (rule->needs & ~has))
            continue;
        match m = { .g = g, .r = rule, .root = y, .axes = -1, .to_number = -1 };
        bool does = fits(&m, &(todo){ rule->before, y, NULL });
        df_node *r = does ? attempt(g, y, NULL, &m) : y;
        if (r != y) {
            note(trace, rule->text);
            return r;
        }
        *waits = *waits || m.waits;
    }
    return y;
}

/* What has been tried in vain is not tried again: what a rule looks at never changes, but for the
 * users that a node has in a copy, and what is pinned. */
df_node *df__rewrite(df_graph *g, df_node *y, unsigned phases, df__fired *trace)
{
    unsigned open = g->pin ? phases : phases & ~y->settled;
    bool waits = false;
    if (!open)
        return y;
    df__rule_set *set = df__rules_for(g);
    const df__op_rules *of = set ? df__rules_of(set, y->op) : NULL;
    if (!of)
        return NULL;
    df_node *r = of->hooks & open ? by_hook(g, y, open, trace) : y;
    if (r == y && of->phases & open)
        r = by_rule(g, y, of, open, trace, &waits);
    if (r == y && !g->pin && !waits)
        y->settled |= (unsigned char)open;
    return r;
}
