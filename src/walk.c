/* walk.c -- the forward graph of a derivation: which nodes J depends on, and who uses them
 *
 * SPDX-License-Identifier: MIT */
#include "walk.h"

static void mark_cone(df__walk *w, const df_node *root, unsigned char bit)
{
    w->mark[root->id] |= bit;
    for (int64_t id = root->id; id >= 0; id--)
        if (w->mark[id] & bit)
            for (int i = 0; i < w->g->node[id]->n; i++)
                w->mark[w->g->node[id]->x[i]->id] |= bit;
}

/* Parameters vary; in a graph that has none behind J, its inputs do. */
static void mark_varying(df__walk *w)
{
    const df_op *leaf[] = { &df__op_param, &df__op_input };
    for (int k = 0; k < 2 && !df__has(w, w->root, VARIES); k++)
        for (int64_t id = 0; id < w->n; id++) {
            const df_node *y = w->g->node[id];
            bool varies = y->op == leaf[k];
            for (int i = 0; i < y->n; i++)
                if (df__has(w, y->x[i], VARIES) && y->op->d[i % DF_ARITY] != df_d_zero)
                    varies = true;
            if (varies && y->type == w->g->real && (w->mark[id] & CONE))
                w->mark[id] |= VARIES;
        }
}

/* A node that uses another twice counts once: its contributions come together. */
static bool first_use(const df_node *y, int i)
{
    for (int k = 0; k < i; k++)
        if (y->x[k] == y->x[i])
            return false;
    return true;
}

static void list_users(df__walk *w)
{
    int64_t *at = w->first_user;
    for (int64_t id = 0; id < w->n; id++)
        for (int i = 0; (w->mark[id] & CONE) && i < w->g->node[id]->n; i++)
            at[w->g->node[id]->x[i]->id + 1] += first_use(w->g->node[id], i);
    for (int64_t id = 0; id < w->n; id++)
        at[id + 1] += at[id];
    int64_t total = at[w->n];
    /* From the end, so that each list ends up ascending. */
    for (int64_t id = w->n - 1; id >= 0; id--)
        for (int i = 0; (w->mark[id] & CONE) && i < w->g->node[id]->n; i++)
            if (first_use(w->g->node[id], i))
                w->user[--at[w->g->node[id]->x[i]->id + 1]] = id;
    /* Now at[id + 1] is where the users of id begin; the last node's list ends where those of all
     * end. */
    memmove(at, at + 1, (size_t)w->n * sizeof *at);
    at[w->n] = total;
}

static int64_t count_edges(const df__walk *w)
{
    int64_t edges = 0;
    for (int64_t id = 0; id < w->n; id++)
        if (w->mark[id] & CONE)
            edges += w->g->node[id]->n;
    return edges;
}

/* Tables for ids up to the root; false: no memory. */
static bool prepare(df__walk *w)
{
    df_graph *g = w->g;
    size_t n = (size_t)w->n;
    w->adjoint = df__graph_get(g, n * sizeof *w->adjoint);
    w->mark = df__graph_get(g, n);
    w->first_user = df__graph_get(g, (n + 2) * sizeof *w->first_user);
    if (!w->adjoint || !w->mark || !w->first_user)
        return false;
    mark_cone(w, w->J, WRITTEN);
    mark_cone(w, w->root, CONE);
    mark_varying(w);
    w->user = df__graph_get(g, (size_t)count_edges(w) * sizeof *w->user);
    if (w->user)
        list_users(w);
    return w->user != NULL;
}

void df__walk_enter(const df__walk *w)
{
    df_graph *g = w->g;
    if (g->walking == w)
        return;
    g->walking = w;
    g->stamp++;
    for (int64_t id = 0; id < w->n; id++)
        if (w->mark[id] & CONE)
            g->node[id]->alive = g->stamp;
}

static df__walk *find_walk(const df_graph *g, const df_node *J, const df_node *seed,
                           const df_node *pin, bool raw)
{
    for (df__walk *w = g->walks; w; w = w->next)
        if (w->J == J && w->seed == seed && w->pin == pin && w->raw == raw)
            return w;
    return NULL;
}

df__walk *df__walk_for(df_node *J, df_node *seed, const df_node *pin, bool raw)
{
    df_graph *g = J->g;
    df__walk *w = find_walk(g, J, seed, pin, raw);
    if (w)
        return w;
    w = df__graph_get(g, sizeof *w);
    df_node *root = raw ? J : df__canonical(J, pin);
    if (!w || !root)
        return NULL;
    *w = (df__walk){ .g = g, .J = J, .root = root, .seed = seed, .pin = pin, .raw = raw,
                    .n = (root->id > J->id ? root->id : J->id) + 1 };
    if (!prepare(w))
        return NULL;
    w->next = g->walks;
    g->walks = w;
    return w;
}
