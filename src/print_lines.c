/* print_lines.c -- which nodes of a listing get an equation of their own, and in which order
 *
 * SPDX-License-Identifier: MIT
 *
 * What is asked for, named or used several times has a line; all else is written where it is
 * used, as long as the expression stays short. So an expression is bounded in nodes, and writing
 * it may recur. */
#include "print.h"

enum { NODES = 14, WIDTH = 84, SMALL = 12 };

/* ---- what is needed, and by what ------------------------------------------------------------- */

void df__print_count(df__printing *p)
{
    df_graph *g = p->copy.g;
    for (int i = 0; i < p->n; i++) {
        df__entry *e = &p->at[p->copy.image[i]->id];
        e->needed = e->asked = true;
    }
    for (int64_t id = g->n_nodes - 1; id >= 0; id--)
        for (int i = 0; p->at[id].needed && i < g->node[id]->n; i++) {
            df__entry *x = &p->at[g->node[id]->x[i]->id];
            x->needed = true;
            x->user = g->node[id];
            x->uses++;
        }
}

/* Forward: images of nodes that no derivative went into, and what they need. */
static bool mark_forward(df__printing *p)
{
    bool *backward = df__print_get(p, (size_t)p->copy.n_of * sizeof *backward);
    for (int64_t id = 0; backward && id < p->copy.n_of; id++) {
        const df_node *u = p->from->node[id];
        backward[id] = u->derived || u->op->kind == DF_UPDATE;
        for (int i = 0; i < u->n; i++)
            backward[id] = backward[id] || backward[u->x[i]->id];
        if (p->copy.of[id] && !backward[id])
            p->at[p->copy.of[id]->id].forward = true;
    }
    for (int64_t id = p->copy.g->n_nodes - 1; id >= 0; id--)
        for (int i = 0; p->at[id].forward && i < p->copy.g->node[id]->n; i++)
            p->at[p->copy.g->node[id]->x[i]->id].forward = true;
    return backward != NULL;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static bool is_data(const df_node *y)
{
    return y->op == &df__op_input || y->op == &df__op_param || y->op == &df__op_state;
}

bool df__print_by_name(const df__printing *p, const df_node *y)
{
    return p->at[y->id].line || is_data(y);
}

/* How many names it is arithmetic of, if of nothing else but numbers; else 99. */
static int names_in(const df__printing *p, const df_node *y)
{
    int names = 0;
    for (int i = 0; i < y->n; i++) {
        names += df__print_by_name(p, y->x[i]);
        if (y->x[i]->op->kind != DF_SOURCE && !df__print_by_name(p, y->x[i]))
            return 99;
    }
    return y->op->algebra != DF_ATOM ? names : 99;
}

/* 1/m, 1 - A1, A1**2 read better than a name for them, and so does p - y, in two places. */
static bool is_short(const df__printing *p, const df_node *y)
{
    int names = names_in(p, y);
    return names <= 1 || (names == 2 && y->op->algebra == DF_DIFFERENCE && p->at[y->id].uses <= 2);
}

static bool is_view_of_name(const df__printing *p, const df_node *y)
{
    return y->op->kind == DF_VIEW && y->n == 1 && df__print_by_name(p, y->x[0]);
}

/* A derivative that one elementwise equation of its shape uses is written there: dA1 in that of
 * dZ1. As derived, each has its line. */
static bool derivative_has_line(const df__printing *p, const df__entry *e, const df_node *y)
{
    return p->raw || e->is.x->op->kind == DF_SOURCE || e->uses != 1 ||
           e->user->op->kind != DF_MAP || !df__dims_equal(e->user->dims, y->dims);
}

static bool has_line(const df__printing *p, const df_node *y)
{
    const df__entry *e = &p->at[y->id];
    if (is_data(y) || y->op->kind == DF_UPDATE)
        return false;
    if (e->asked || y->op == &df__op_const || (e->name && !e->is.J))
        return true;
    if (y->op->kind == DF_SOURCE)
        return false;
    if (e->name && derivative_has_line(p, e, y) && names_in(p, y) > 0)
        return true;
    return e->uses > 1 && !is_short(p, y) && !is_view_of_name(p, y);
}

/* Of the operands written inline the widest, if that is worth a name. */
static df__entry *widest(const df__printing *p, const df_node *y)
{
    df__entry *wide = NULL;
    for (int i = 0; i < y->n; i++) {
        df__entry *x = &p->at[y->x[i]->id];
        bool inlined = !df__print_by_name(p, y->x[i]) && y->op != &df__op_group;
        if (inlined && x->width > SMALL && (!wide || x->width > wide->width))
            wide = x;
    }
    return wide;
}

static void measure(df__printing *p, const df_node *y)
{
    char text[DF_TEXT];
    df__entry *e = &p->at[y->id];
    df__print_template(y, DF_NUMPY, text);
    e->nodes = 1;
    e->width = (int)(text[0] ? strlen(text) : strlen(y->op->name));
    for (int i = 0; i < y->n; i++) {
        const df__entry *x = &p->at[y->x[i]->id];
        bool by_name = df__print_by_name(p, y->x[i]);
        e->nodes += by_name ? 0 : x->nodes;
        e->width += by_name ? x->name ? (int)strlen(x->name) : 2 : x->width;
    }
}

/* Operands first, so that each is as long as it will be when its user is looked at. */
static void choose_lines(df__printing *p)
{
    for (int64_t id = 0; id < p->copy.g->n_nodes; id++) {
        df_node *y = p->copy.g->node[id];
        df__entry *e = &p->at[id], *wide;
        if (!e->needed)
            continue;
        measure(p, y);
        for (int i = 0; y->n > DF_ARITY && y->op != &df__op_group && i < y->n; i++)
            p->at[y->x[i]->id].line = !is_data(y->x[i]);
        while ((e->nodes > NODES || e->width > WIDTH) && (wide = widest(p, y))) {
            wide->line = true;
            measure(p, y);
        }
        e->line = has_line(p, y);
    }
}

/* ---- updates --------------------------------------------------------------------------------- */

static bool reads_target(const df__printing *p, const df_node *y, const df_node *own)
{
    if (p->at[y->id].line)
        return false;
    if (p->at[y->id].target && y != own)
        return true;
    for (int i = 0; i < y->n; i++)
        if (reads_target(p, y->x[i], own))
            return true;
    return false;
}

/* All new values come from old ones: a value that reads what another update assigns to is
 * computed before. */
static void part_updates(df__printing *p)
{
    for (int64_t id = 0; id < p->copy.g->n_nodes; id++) {
        const df_node *y = p->copy.g->node[id];
        if (p->at[id].needed && y->op == &df__op_update)
            p->at[y->x[0]->id].target = true;
    }
    for (int64_t id = 0; id < p->copy.g->n_nodes; id++) {
        const df_node *y = p->copy.g->node[id];
        if (!p->at[id].needed || y->op != &df__op_update || is_data(y->x[1]))
            continue;
        if (reads_target(p, y->x[1], y->x[0]))
            p->at[y->x[1]->id].line = true;
    }
}

/* ---- order ----------------------------------------------------------------------------------- */

static bool append(df__printing *p, df__lines *to, const char *name, df_node *y, bool second)
{
    df__line *l = df__print_get(p, sizeof *l);
    if (!l)
        return false;
    *l = (df__line){ name, y, second, NULL };
    *to->end = l;
    to->end = &l->next;
    return true;
}

static bool append_seconds(df__printing *p, const df__second_name *s)
{
    for (; s; s = s->next)
        if (!append(p, &p->lines, s->name, s->y, true))
            return false;
    return true;
}

/* A value that is itself data which another update assigns to is kept under a second name. */
static bool append_update(df__printing *p, df_node *y)
{
    const char *name = NULL;
    df_node *value = y->x[1];
    if (is_data(value) && p->at[value->id].target && value != y->x[0]) {
        name = df__print_take(p, p->at[value->id].name);
        if (!name || !append(p, &p->lines, name, value, true))
            return false;
    }
    return append(p, &p->updates, name, y, false);
}

/* A node whose operands all have their lines. */
static bool leave(df__printing *p, df_node *y)
{
    const df__entry *e = &p->at[y->id];
    if (y->op == &df__op_update && !append_update(p, y))
        return false;
    return (!e->line || append(p, &p->lines, NULL, y, false)) && append_seconds(p, e->second);
}

typedef struct { df_node *y; int next; } step;

/* y's equation and before it all those that it needs and that do not stand yet; the stack is as
 * deep as the graph. */
static bool visit(df__printing *p, df_node *y, step *stack)
{
    int64_t n = 0;
    if (!p->at[y->id].visited)
        stack[n++] = (step){ y, 0 };
    p->at[y->id].visited = true;
    while (n > 0) {
        step *top = &stack[n - 1];
        if (top->next == top->y->n) {
            n--;
            if (!leave(p, top->y))
                return false;
            continue;
        }
        df_node *x = top->y->x[top->next++];
        if (!p->at[x->id].visited)
            stack[n++] = (step){ x, 0 };
        p->at[x->id].visited = true;
    }
    return true;
}

/* What the user named, in that order, then what was asked for. */
static bool order_lines(df__printing *p)
{
    step *stack = df__print_get(p, (size_t)p->copy.g->n_nodes * sizeof *stack);
    if (!stack)
        return false;
    p->lines.end = &p->lines.first;
    p->updates.end = &p->updates.first;
    for (int64_t i = 0; i < p->n_names; i++) {
        df_node *y = df__print_image(p, p->name[i].x);
        if (p->at[y->id].needed && p->at[y->id].forward && !visit(p, y, stack))
            return false;
    }
    for (int i = 0; i < p->n; i++)
        if (!visit(p, p->copy.image[i], stack) || !append_seconds(p, p->asked[i]))
            return false;
    return true;
}

/* t1, t2, ... in the order of lines. */
static bool name_lines(df__printing *p)
{
    char text[24];
    int64_t k = 0;
    for (df__line *l = p->lines.first; l; l = l->next) {
        df__entry *e = &p->at[l->y->id];
        if (!e->name) {
            snprintf(text, sizeof text, "t%lld", (long long)++k);
            e->name = df__print_take(p, text);
        }
        if (!e->name)
            return false;
        l->name = l->name ? l->name : e->name;
    }
    return true;
}

bool df__print_lines(df__printing *p)
{
    if (!mark_forward(p))
        return false;
    choose_lines(p);
    part_updates(p);
    return order_lines(p) && name_lines(p);
}
