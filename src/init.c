/* init.c -- initial values of parameters and states
 *
 * SPDX-License-Identifier: MIT
 *
 * A value depends on the graph's seed, the leaf's name and the element's index alone: it is the
 * same whatever else the graph has, and in whatever order it was built. */
#include "df.h"
#include <float.h>
#include <math.h>

/* Each element is base + spread draw(...); without a draw, base. */
typedef double draw(uint64_t seed, uint64_t stream, uint64_t index);
typedef struct { double base, spread; draw *draw; } recipe;

static void fill(df_node *p, recipe r)
{
    uint64_t seed = p->g->seed, stream = df__hash_text(p->name);
    for (int64_t i = 0; i < p->leaf->n; i++) {
        double v = r.draw ? r.spread * r.draw(seed, stream, (uint64_t)i) : 0;
        df__leaf_write(p->leaf, i, r.base + v);
    }
    p->leaf->has_value = true;
}

/* limit: no element will exceed it in size. wrong: what is wrong with the arguments, or NULL. */
static bool init(df_node *p, const char *call, recipe r, double limit, const char *wrong)
{
    if (!df__leaf_check(p, call))
        return false;
    if (!(limit <= (p->leaf->type == DF_FLOAT32 ? FLT_MAX : DBL_MAX)))
        wrong = "not every value would be finite";
    if (wrong)
        return df__report(p->g, DF_BAD_VALUE, "%s: %.64s: %s", call, p->name, wrong);
    if (!df__leaf_place(p->g, p))
        return df__report(p->g, DF_NO_MEMORY, "no memory");
    fill(p, r);
    return true;
}

/* W is (out x in); without a second axis, one output; all axes after the first are summed. */
static double fan_out(const df_node *p)
{
    return p->dims.rank > 1 ? (double)p->dims.size[0] : 1;
}

static double fan_in(const df_node *p)
{
    return (double)p->leaf->n / fan_out(p);
}

static recipe within(double low, double high)
{
    return (recipe){ low, high - low, df__uniform };
}

static recipe glorot(const df_node *p)
{
    double limit = sqrt(6 / (fan_in(p) + fan_out(p)));
    return within(-limit, limit);
}

bool df_init_fill(df_node *p, double value)
{
    return init(p, "init_fill", (recipe){ value, 0, NULL }, fabs(value), NULL);
}

bool df_init_glorot(df_node *p)
{
    return df__leaf_check(p, "init_glorot") && init(p, "init_glorot", glorot(p), 0, NULL);
}

bool df_init_he(df_node *p)
{
    return df__leaf_check(p, "init_he") &&
           init(p, "init_he", (recipe){ 0, sqrt(2 / fan_in(p)), df__normal }, 0, NULL);
}

bool df_init_normal(df_node *p, double mean, double sd)
{
    double limit = fabs(mean) + 9 * fabs(sd);
    return init(p, "init_normal", (recipe){ mean, sd, df__normal }, limit,
                sd < 0 ? "the deviation is negative" : NULL);
}

bool df_init_uniform(df_node *p, double low, double high)
{
    double limit = isfinite(high - low) ? fmax(fabs(low), fabs(high)) : HUGE_VAL;
    return init(p, "init_uniform", within(low, high), limit,
                low > high ? "low is above high" : NULL);
}

/* ---- whatever has no value yet --------------------------------------------------------------- */

enum { USED = 1, PRODUCT = 2 };

/* By id: whether a node is used, and whether a matrix product uses it, or views of it. */
static void mark_uses(const df_graph *g, unsigned char *mark)
{
    for (int64_t id = g->n_nodes - 1; id >= 0; id--) {
        const df_node *y = g->node[id];
        bool view = y->op->kind == DF_VIEW && (mark[id] & PRODUCT);
        int use = y->op->kind == DF_CONTRACT || view ? USED | PRODUCT : USED;
        for (int i = 0; i < y->n; i++)
            mark[y->x[i]->id] |= (unsigned char)use;
    }
}

/* A row, a column or a number that is used, and by no matrix product; so W2 (1 x 4) is none. */
static bool is_bias(const df_node *p, unsigned char mark)
{
    int long_axes = 0;
    for (int j = 0; j < p->dims.rank; j++)
        long_axes += p->dims.size[j] > 1;
    return mark == USED && long_axes <= 1;
}

static bool is_waiting(const df_node *p)
{
    return p->op == &df__op_param && !p->leaf->has_value;
}

static bool place_all(df_graph *g)
{
    for (int64_t id = 0; id < g->n_nodes; id++)
        if (is_waiting(g->node[id]) && !df__leaf_place(g, g->node[id]))
            return false;
    return true;
}

bool df_init(df_graph *g)
{
    if (!g)
        return false;
    unsigned char *mark = df__get(&g->mem, (size_t)g->n_nodes);
    if (!mark || !place_all(g)) {
        df__put(&g->mem, mark, (size_t)g->n_nodes);
        return df__report(g, DF_NO_MEMORY, "no memory");
    }
    memset(mark, 0, (size_t)g->n_nodes);
    mark_uses(g, mark);
    for (int64_t id = 0; id < g->n_nodes; id++)
        if (is_waiting(g->node[id]))
            fill(g->node[id], is_bias(g->node[id], mark[id]) ? (recipe){ 0 } : glorot(g->node[id]));
    df__put(&g->mem, mark, (size_t)g->n_nodes);
    return true;
}
