/* print_equations.c -- a listing of equations, NumPy or LaTeX
 *
 * SPDX-License-Identifier: MIT */
#include "print.h"

enum { SHOWN = 6 };              /* names in the line that says what they are */

static const char *comment(const df__printing *p)
{
    return p->how == DF_LATEX ? "%" : "#";
}

/* ---- what the names of derivatives mean ------------------------------------------------------ */

df_node *df__print_scale(const df__printing *p, const df_node *J)
{
    for (const df__walk *w = p->from->walks; w; w = w->next)
        if (w->J == J && w->raw == p->raw && w->scaled)
            return w->scale;
    return NULL;
}

static bool is_one_by_m(const df_node *s)
{
    return s->op->algebra == DF_POWER && s->attr.f[0] == -1 && s->x[0]->op == &df__op_examples;
}

/* L if J is 1/m times the sum of L. */
static const df_node *loss_of(const df_node *J)
{
    if (J->op->algebra != DF_PRODUCT || !is_one_by_m(J->x[0]) || J->x[1]->op != &df__op_sum)
        return NULL;
    return J->x[1]->x[0];
}

/* The names, in the order of lines, of derivatives of J: those per example, or the others.
 * False: there are none. */
static bool put_names(df__printing *p, const df_node *J, bool per_example, const char *before)
{
    int n = 0;
    for (const df__line *l = p->lines.first; l; l = l->next) {
        const df__entry *e = &p->at[l->y->id];
        if (l->second || e->strict || e->is.J != J || df__has_m(e->is.x->dims) != per_example)
            continue;
        if (n < SHOWN)
            df__text_put(&p->out, "%s%s", n ? ", " : before, l->name);
        n++;
    }
    df__text_add(&p->out, n > SHOWN ? ", ..." : "");
    return n > 0;
}

/* # J = 1/m * sum of L;  dZ2, dZ1: of each example's L;  dW2, db2: of J
 * # dZ2, dZ1: of each example's loss;  dW2, db2: of J, their mean
 * # dZ2, dZ1: of J without its factor 1/m;  dW2, db2: of J */
static void put_meaning(df__printing *p, const df__cost_of *c)
{
    const df_node *J = c->J, *s = df__print_scale(p, J), *L = loss_of(J);
    bool named = L && L->name;
    const char *name = c->defined || named ? c->name : "the cost", *gap = ";  ";
    int64_t start = p->out.n;
    char first[DF_TEXT] = "";
    if (!s)
        return;
    df__text_put(&p->out, "%s ", comment(p));
    if (named)
        snprintf(first, sizeof first, "%.100s = 1/m * sum of %.100s%s", name, L->name, gap);
    if (put_names(p, J, true, first)) {
        const char *of = L ? ": of each example's %s" : is_one_by_m(s) ?
                         ": of %s without its factor 1/m" :
                         ": of %s without the factor common to all examples";
        df__text_put(&p->out, of, named ? L->name : L ? "loss" : name);
        if (put_names(p, J, false, gap))
            df__text_put(&p->out, L && !named ? ": of %s, their mean" : ": of %s", name);
        df__text_add(&p->out, "\n");
    } else if (!p->out.failed) {
        p->out.n = start;
    }
}

/* ---- prelude --------------------------------------------------------------------------------- */

typedef struct seen { const char *prelude; struct seen *next; } seen;

static bool is_new(df__printing *p, seen **list, const char *prelude)
{
    for (const seen *s = *list; s; s = s->next)
        if (s->prelude == prelude)
            return false;
    seen *s = df__print_get(p, sizeof *s);
    p->out.failed = p->out.failed || !s;
    if (s) {
        *s = (seen){ prelude, *list };
        *list = s;
    }
    return s != NULL;
}

/* Each function once; an op that several share has one text. */
static void put_functions(df__printing *p)
{
    const df_graph *g = p->copy.g;
    seen *list = NULL;
    for (int64_t id = 0; id < g->n_nodes; id++) {
        const char *prelude = p->at[id].needed ? g->node[id]->op->prelude : NULL;
        if (prelude && is_new(p, &list, prelude))
            df__text_put(&p->out, "%s\n", prelude);
    }
}

/* An input that tells m, if there is one: one that is needed rather than another. */
static const df_node *input_with_m(const df__printing *p)
{
    const df_node *found = NULL;
    for (int64_t id = p->copy.n_of - 1; id >= 0; id--) {
        const df_node *u = p->from->node[id];
        bool better = !found || p->copy.of[id] || !p->copy.of[found->id];
        if (u->op == &df__op_input && df__has_m(u->dims) && better)
            found = u;
    }
    return found;
}

static void put_data(df__printing *p)
{
    const df_node *with_m = input_with_m(p);
    char text[DF_TEXT];
    for (int64_t id = 0; id < p->copy.n_of; id++) {
        const df_node *u = p->from->node[id], *y = p->copy.of[id];
        bool data = u->op == &df__op_input || u->op == &df__op_param || u->op == &df__op_state;
        if (data && (y || u == with_m))
            df__text_put(&p->out, "# %s %s: %s\n", y ? p->at[y->id].name : u->name,
                         df__dims_text(u->dims, text, sizeof text), u->op->name);
    }
    if (with_m)
        df__text_put(&p->out, "m = %s.shape[%d]\n", with_m->name, df_m_axis(with_m->dims));
}

static void put_prelude(df__printing *p)
{
    df__text_add(&p->out, "import numpy as np\n\n");
    put_functions(p);
    put_data(p);
    df__text_add(&p->out, "\n");
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void put_line(df__printing *p, const df__line *l)
{
    bool latex = p->how == DF_LATEX;
    df__print_name(p, l->name);
    df__text_add(&p->out, latex ? " &= " : " = ");
    if (l->second)
        df__print_name(p, p->at[l->y->id].name);
    else
        df__print_expression(p, l->y);
    df__text_add(&p->out, latex ? " \\\\\n" : "\n");
}

/* l->name: the old value's, if that is what is assigned. */
static void put_update(df__printing *p, const df__line *l)
{
    bool latex = p->how == DF_LATEX;
    df__print_name(p, p->at[l->y->x[0]->id].name);
    df__text_add(&p->out, latex ? " &\\leftarrow " : " = ");
    if (l->name)
        df__print_name(p, l->name);
    else if (df__print_by_name(p, l->y->x[1]))
        df__print_name(p, p->at[l->y->x[1]->id].name);
    else
        df__print_expression(p, l->y->x[1]);
    df__text_add(&p->out, latex ? " \\\\\n" : "\n");
}

/* The last line has no line break behind it. */
static void end_align(df__printing *p)
{
    static const char line_break[] = " \\\\\n";
    if ((p->lines.first || p->updates.first) && !p->out.failed) {
        p->out.n -= (int64_t)strlen(line_break);
        df__text_add(&p->out, "\n");
    }
    df__text_add(&p->out, "\\end{align*}\n");
}

void df__print_why(df__printing *p, const char *comment)
{
    for (int i = 0; p->why && i < p->copy.trace.n; i++)
        df__text_put(&p->out, "%s %s\n", comment, p->copy.trace.rule[i]);
    if (p->why && p->copy.trace.n == 0)
        df__text_put(&p->out, "%s no rule fired\n", comment);
}

void df__print_equations(df__printing *p)
{
    if (p->prelude && p->how == DF_NUMPY)
        put_prelude(p);
    for (int i = 0; i < p->n_costs; i++)
        put_meaning(p, &p->cost[i]);
    df__text_add(&p->out, p->how == DF_LATEX ? "\\begin{align*}\n" : "");
    for (const df__line *l = p->lines.first; l; l = l->next)
        put_line(p, l);
    for (const df__line *l = p->updates.first; l; l = l->next)
        put_update(p, l);
    if (p->how == DF_LATEX)
        end_align(p);
    df__print_why(p, comment(p));
}
