/* print_names.c -- what the nodes of a listing are called
 *
 * SPDX-License-Identifier: MIT
 *
 * The user's names come first; then those of derivatives, looked up by cost and node: dZ1 is the
 * adjoint of Z1, of each example's loss if Z1 is per example and the cost a mean; dJ_dZ1 is then
 * the derivative in the strict sense. Where a listing has derivatives of several costs, their
 * names say which: dJD_dZ1; that of dW, which is a derivative itself, by W is ddW_dW. A cost that
 * has no name gets one and a line where these names speak of it. */
#include "print.h"
#include <stdlib.h>

/* ---- names in use ---------------------------------------------------------------------------- */

/* Ops' names and keywords are no user's names, but a letter d in front makes some. */
static bool is_taken(const df__printing *p, const char *name)
{
    for (df__taken *t = p->taken[df__hash_text(name) & (uint64_t)(p->n_taken - 1)]; t; t = t->next)
        if (strcmp(t->name, name) == 0)
            return true;
    return df__op_named(name, strlen(name)) || strcmp(name, "def") == 0 || strcmp(name, "del") == 0;
}

/* Dots of the library's own names are no part of a name in Python. */
static char *with_room(df__printing *p, const char *name, size_t more)
{
    char *text = df__print_get(p, strlen(name) + more + 1);
    if (text)
        strcpy(text, name);
    for (char *c = text; c && *c; c++)
        if (*c == '.')
            *c = '_';
    return text;
}

const char *df__print_take(df__printing *p, const char *name)
{
    enum { ROOM = 24 };
    char *text = with_room(p, name, ROOM);
    df__taken *t = df__print_get(p, sizeof *t);
    if (!text || !t)
        return NULL;
    size_t n = strlen(text);
    for (int64_t k = 2; is_taken(p, text); k++)
        snprintf(text + n, ROOM, "_%lld", (long long)k);
    df__taken **to = &p->taken[df__hash_text(text) & (uint64_t)(p->n_taken - 1)];
    *t = (df__taken){ text, *to };
    *to = t;
    return text;
}

static bool take_second(df__printing *p, df__second_name **list, df_node *y, const char *name)
{
    df__second_name *s = df__print_get(p, sizeof *s);
    name = s ? df__print_take(p, name) : NULL;
    if (!name)
        return false;
    *s = (df__second_name){ name, y, NULL };
    while (*list)
        list = &(*list)->next;
    *list = s;
    return true;
}

/* ---- the user's names ------------------------------------------------------------------------ */

/* By node, its first name first. */
static int by_node(const void *a, const void *b)
{
    const df__alias *s = a, *t = b;
    if (s->x != t->x)
        return s->x->id < t->x->id ? -1 : 1;
    int first = (t->name == t->x->name) - (s->name == s->x->name);
    return first ? first : strcmp(s->name, t->name);
}

df_node *df__print_image(const df__printing *p, const df_node *u)
{
    df_node *y = u->id < p->copy.n_of ? p->copy.of[u->id] : NULL;
    return y || p->raw || !u->canonical || u->canonical == u ? y : df__print_image(p, u->canonical);
}

static bool list_names(df__printing *p)
{
    df_graph *g = p->from;
    p->name = df__print_get(p, (size_t)g->n_names * sizeof *p->name);
    for (int64_t b = 0; p->name && b < g->n_name_buckets; b++)
        for (const df__alias *a = g->names[b]; a; a = a->next)
            if (df__print_image(p, a->x))
                p->name[p->n_names++] = *a;
    if (p->name)
        qsort(p->name, (size_t)p->n_names, sizeof *p->name, by_node);
    return p->name != NULL;
}

static bool give_users_names(df__printing *p)
{
    for (int64_t i = 0; i < p->n_names; i++) {
        df_node *y = df__print_image(p, p->name[i].x);
        df__entry *e = &p->at[y->id];
        bool fine = e->name ? take_second(p, &e->second, y, p->name[i].name)
                            : (e->name = df__print_take(p, p->name[i].name)) != NULL;
        if (!fine)
            return false;
    }
    return true;
}

/* ---- whose derivatives ----------------------------------------------------------------------- */

/* The k-th derivative that node u of the user's graph is, of those a name can be made of. */
static bool derivative(const df__printing *p, const df_node *u, int *k, df__derivative_of *is)
{
    while (df__is_derivative(u, (*k)++, is))
        if (is->raw == p->raw && is->x->name &&
            (!is->adjoint || df__dims_equal(u->dims, is->x->dims)))
            return true;
    return false;
}

/* Whether df_d gave it. */
static bool is_given(const df__printing *p, const df_node *u)
{
    df__derivative_of is;
    for (int k = 0; df__is_derivative(u, k, &is); k++)
        if (is.raw == p->raw && !is.adjoint)
            return true;
    return false;
}

/* An expression that happens to be a derivative too is none: of what was not asked for itself,
 * those are that a derivation made and df_d gave; and all that these need. */
static void mark_derivatives(df__printing *p)
{
    const df_graph *g = p->copy.g;
    for (int i = 0; i < p->n; i++)
        p->at[p->copy.image[i]->id].derivative |= is_given(p, p->what[i]);
    for (int64_t id = 0; id < p->copy.n_of; id++) {
        const df_node *u = p->from->node[id], *y = p->copy.of[id];
        if (y && u->derived && p->at[y->id].needed)
            p->at[y->id].derivative |= is_given(p, u);
    }
    for (int64_t id = g->n_nodes - 1; id >= 0; id--)
        for (int i = 0; p->at[id].derivative && i < g->node[id]->n; i++)
            p->at[g->node[id]->x[i]->id].derivative = true;
}

/* Which of the costs; -1: none. */
static int cost_of(const df__printing *p, const df_node *J)
{
    for (int i = 0; i < p->n_costs; i++)
        if (p->cost[i].J == J)
            return i;
    return -1;
}

/* Adds the first cost of u's derivatives if none of them is listed. asked: of those that df_d
 * gave; only: where there is no choice. */
static void add_cost(df__printing *p, const df_node *u, bool asked, bool only)
{
    df__derivative_of is;
    df_node *J = NULL;
    bool several = false;
    for (int k = 0; derivative(p, u, &k, &is);) {
        if (asked && is.adjoint)
            continue;
        if (cost_of(p, is.J) >= 0)
            return;
        several = several || (J && J != is.J);
        J = J ? J : is.J;
    }
    if (J && !(only && several) && p->n_costs < DF__COSTS)
        p->cost[p->n_costs++] = (df__cost_of){ .J = J };
}

/* Whether a node of the graph, or a cost before, has that name. */
static bool is_named(const df__printing *p, const char *name)
{
    for (int i = 0; i < p->n_costs; i++)
        if (p->cost[i].name && strcmp(p->cost[i].name, name) == 0)
            return true;
    return df_find(p->from, name) != NULL;
}

/* Its name; of those that have none J, J2, ... */
static bool name_cost(df__printing *p, df__cost_of *c)
{
    char text[24] = "J";
    for (int k = 2; !c->J->name && is_named(p, text); k++)
        snprintf(text, sizeof text, "J%d", k);
    c->name = with_room(p, c->J->name ? c->J->name : text, 0);
    c->defined = c->J->name != NULL;
    return c->name != NULL;
}

/* Whether a cost without a name is itself a derivative, of a cost that is then listed as well. */
static bool is_derivative(df__printing *p, const df_node *J)
{
    df__derivative_of is;
    if (J->name || !J->derived)
        return false;
    for (int k = 0; derivative(p, J, &k, &is);)
        if (!is.adjoint) {
            add_cost(p, J, true, false);
            return true;
        }
    return false;
}

static int by_age(const void *a, const void *b)
{
    const df__cost_of *s = a, *t = b;
    return (s->J->id > t->J->id) - (s->J->id < t->J->id);
}

/* Those of what was asked for come first, before what these need. */
static bool find_costs(df__printing *p)
{
    for (int i = 0; i < p->n; i++)
        add_cost(p, p->what[i], true, true);
    for (int i = 0; i < p->n; i++)
        add_cost(p, p->what[i], true, false);
    for (int64_t id = p->copy.n_of - 1; id >= 0; id--)
        if (p->copy.of[id] && p->copy.of[id]->op->kind != DF_SOURCE &&
            p->at[p->copy.of[id]->id].derivative)
            add_cost(p, p->from->node[id], false, false);
    for (int i = 0; i < p->n_costs; i++)
        p->cost[i].derivative = is_derivative(p, p->cost[i].J);
    qsort(p->cost, (size_t)p->n_costs, sizeof *p->cost, by_age);
    for (int i = 0; i < p->n_costs; i++)
        if (!p->cost[i].derivative && !name_cost(p, &p->cost[i]))
            return false;
    return true;
}

/* Whether there is one cost alone, but for derivatives of it. */
static bool is_only_cost(const df__printing *p, const df__cost_of *c)
{
    int n = 0;
    for (int i = 0; i < p->n_costs; i++)
        n += !p->cost[i].derivative;
    return n <= 1 && !c->derivative;
}

/* ---- names of derivatives -------------------------------------------------------------------- */

/* Whether this is the derivative with the scale in it, which is another node than the adjoint. */
static bool is_strict(const df__printing *p, const df_node *u, const df__derivative_of *is)
{
    df__derivative_of other;
    if (is->adjoint || !df__has_m(is->x->dims) || !df__print_scale(p, is->J))
        return false;
    for (int k = 0; derivative(p, u, &k, &other);)
        if (other.adjoint && other.J == is->J && other.x == is->x)
            return false;
    return true;
}

/* "dZ1", "dJ_dZ1"; NULL: no memory. */
static const char *name_of(df__printing *p, const df_node *u, const df__derivative_of *is)
{
    const df__cost_of *c = &p->cost[cost_of(p, is->J)];
    const char *J = c->name, *x = is->x->name;
    char *text = df__print_get(p, strlen(J) + strlen(x) + 4);
    if (text && is_only_cost(p, c) && !is_strict(p, u, is))
        sprintf(text, "d%s", x);
    else if (text)
        sprintf(text, "d%s_d%s", J, x);
    return text;
}

/* Of several names the one of the youngest x: that of Z1 rather than that of the bias in it. */
static bool better(const df__derivative_of *a, const df__derivative_of *b)
{
    return !b->J || a->x->id > b->x->id;
}

/* Gives a node without a name that of the derivative it is, if it is one. */
static bool name_derivative(df__printing *p, const df_node *u)
{
    df_node *y = p->copy.of[u->id];
    df__entry *e = &p->at[y->id];
    df__derivative_of is, best = { 0 };
    if (e->name || !e->derivative || (y->op->kind == DF_SOURCE && !e->asked))
        return true;
    for (int k = 0; derivative(p, u, &k, &is);) {
        int i = cost_of(p, is.J);
        if (i >= 0 && p->cost[i].name && better(&is, &best))
            best = is;
    }
    if (!best.J)
        return true;
    const char *name = name_of(p, u, &best);
    e->is = best;
    e->strict = is_strict(p, u, &best);
    e->name = name ? df__print_take(p, name) : NULL;
    return e->name != NULL;
}

/* What a node that was asked for is the derivative of: all names that its first one does not
 * say. */
static bool name_asked(df__printing *p, int i)
{
    const df_node *u = p->what[i];
    df_node *y = p->copy.image[i];
    df__entry *e = &p->at[y->id];
    df__derivative_of is;
    if (u->derived && u->name)
        return true;
    for (int k = 0; derivative(p, u, &k, &is);) {
        int c = cost_of(p, is.J);
        if (is.adjoint || c < 0 || !p->cost[c].name || (e->is.x == is.x && e->is.J == is.J))
            continue;
        const char *name = name_of(p, u, &is);
        if (!name || !take_second(p, &p->asked[i], y, name))
            return false;
    }
    return true;
}

/* Each node once, however often it was asked for. */
static bool name_all_asked(df__printing *p)
{
    bool *seen = df__print_get(p, (size_t)p->copy.n_of * sizeof *seen);
    for (int i = 0; seen && i < p->n; i++) {
        if (!seen[p->what[i]->id] && !name_asked(p, i))
            return false;
        seen[p->what[i]->id] = true;
    }
    return seen != NULL;
}

/* Costs that are derivatives are called as these are, the older first; else as other costs. */
static bool name_derived_costs(df__printing *p)
{
    for (int i = 0; i < p->n_costs; i++) {
        df__cost_of *c = &p->cost[i];
        df_node *y = p->copy.of[c->J->id];
        if (!c->derivative)
            continue;
        if (y && !name_derivative(p, c->J))
            return false;
        c->name = y ? p->at[y->id].name : NULL;
        c->defined = c->name != NULL;
        if (!c->name && !name_cost(p, c))
            return false;
    }
    return true;
}

/* Whether some name speaks of this cost. */
static bool is_spoken_of(const df__printing *p, const df__cost_of *c)
{
    bool strict = false;
    for (int64_t id = 0; id < p->copy.g->n_nodes; id++)
        strict = strict || (p->at[id].is.J == c->J && p->at[id].strict);
    return strict || !is_only_cost(p, c);
}

/* A cost without a name gets its own if it has a line or should have one. */
static bool define_costs(df__printing *p)
{
    for (int i = 0; i < p->n_costs; i++) {
        df__cost_of *c = &p->cost[i];
        df_node *y = p->copy.of[c->J->id];
        df__entry *e = y && y->op->kind != DF_SOURCE ? &p->at[y->id] : NULL;
        if (c->defined || !(is_spoken_of(p, c) || (e && e->asked)))
            continue;
        c->undefined = !y;
        c->defined = e && !e->name;
        if (c->defined && !(e->name = df__print_take(p, c->name)))
            return false;
    }
    return true;
}

static bool name_derivatives(df__printing *p)
{
    mark_derivatives(p);
    if (!find_costs(p) || !name_derived_costs(p))
        return false;
    for (int i = 0; i < p->n; i++)
        if (!name_derivative(p, p->what[i]))
            return false;
    for (int64_t id = 0; id < p->copy.n_of; id++)
        if (p->copy.of[id] && !name_derivative(p, p->from->node[id]))
            return false;
    return name_all_asked(p) && define_costs(p);
}

bool df__print_names(df__printing *p)
{
    p->n_costs = 0, p->n_names = 0;
    p->n_taken = 64;
    while (p->n_taken < p->from->n_names + p->copy.g->n_nodes)
        p->n_taken *= 2;
    p->taken = df__print_get(p, (size_t)p->n_taken * sizeof *p->taken);
    p->asked = df__print_get(p, (size_t)p->n * sizeof *p->asked);
    return p->taken && p->asked && list_names(p) && give_users_names(p) && name_derivatives(p);
}
