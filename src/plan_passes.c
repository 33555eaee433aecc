/* plan_passes.c -- which pass over the examples computes what, and what one step does for several
 *
 * SPDX-License-Identifier: MIT
 *
 * A pass is one loop over the examples. Per-example values and what accumulates over them fill
 * it; what needs an accumulation waits for the end of its pass. So a value's pass is one more
 * than the longest chain of accumulations that are fed back to the examples. A per-example value
 * is computed in the first pass that needs it. */
#include "plan.h"
#include <limits.h>

int df__segment_of(const df__place_of *p)
{
    return p->body ? 2 * p->pass - 1 : 2 * p->pass;
}

static void mark_needed(const df__copy *copy, df__place_of *of)
{
    const df_graph *g = copy->g;
    for (int i = 0; i < copy->n; i++) {
        of[copy->image[i]->id].needed = true;
        of[copy->image[i]->id].users++;
    }
    for (int64_t id = g->n_nodes - 1; id >= 0; id--)
        for (int i = 0; of[id].needed && i < g->node[id]->n; i++) {
            of[g->node[id]->x[i]->id].needed = true;
            of[g->node[id]->x[i]->id].users++;
        }
}

/* ---- passes ---------------------------------------------------------------------------------- */

/* The first pass in which a step that goes over the examples can read x. */
static int readable_in(const df_node *x, const df__place_of *of)
{
    const df__place_of *p = &of[x->id];
    return p->body && df__has_m(x->dims) ? p->pass : p->pass + 1;
}

static void place(const df_node *y, df__place_of *of)
{
    df__place_of *p = &of[y->id];
    bool over = false;
    int in = 1, after = 0;
    for (int i = 0; i < y->n; i++) {
        const df_node *x = y->x[i];
        over = over || df__has_m(x->dims);
        in = readable_in(x, of) > in ? readable_in(x, of) : in;
        after = of[x->id].pass > after ? of[x->id].pass : after;
    }
    bool updates = y->op->kind == DF_UPDATE;
    p->whole = over && (y->op->whole_batch ||
                        (y->op->kind == DF_OPAQUE && !df__has_m(y->dims) && !y->op->adds_up));
    p->body = (over || df__has_m(y->dims)) && !p->whole && !updates;
    if (y->op->kind == DF_SOURCE) {
        p->body = y->op == &df__op_input && df__has_m(y->dims);
        after = 0;
    }
    p->pass = p->body ? in : after;
    for (int i = 0; p->whole && i < y->n; i++) {
        const df_node *x = y->x[i];
        while (df__is_view_of_all(x))
            x = x->x[0];
        of[x->id].keep = true;
    }
}

/* ---- one step for several nodes -------------------------------------------------------------- */

static bool accumulates(const df_node *y, const df__place_of *of)
{
    return of[y->id].body && !df__has_m(y->dims);
}

/* A sum, or a product, that y alone uses, as it is. */
static bool takes_factor(const df_node *x, const df_node *y, const df__place_of *of)
{
    bool sum = x->op->kind == DF_REDUCE && x->op->linear;
    return (x->op->kind == DF_CONTRACT || sum) && of[x->id].users == 1 &&
           df__dims_equal(x->dims, y->dims);
}

/* A product that y alone uses, as it is. */
static bool is_free_product(const df_node *x, const df_node *y, const df__place_of *of)
{
    const df_node *c = of[x->id].product ? of[x->id].product : x;
    return c->op->kind == DF_CONTRACT && of[x->id].users == 1 &&
           df__dims_equal(x->dims, y->dims);
}

/* y = alpha * product: the factor is BLAS's alpha, if it is known before the pass. */
static bool absorb_factor(const df_node *y, df__place_of *of)
{
    for (int i = 0; i < 2; i++) {
        const df_node *s = y->x[i], *c = y->x[1 - i];
        if (!df__is_scalar(s->dims) || !takes_factor(c, y, of) || s == c)
            continue;
        int latest = of[c->id].body ? of[c->id].pass - 1 : of[c->id].pass;
        if (of[s->id].pass > latest)
            continue;
        of[c->id].absorbed = true;
        of[y->id].product = c;
        of[y->id].alpha = s;
        of[y->id].body = of[c->id].body;
        of[y->id].pass = of[c->id].pass;
        return true;
    }
    return false;
}

/* y = product + bias: what is smaller than y is repeated into it, and the product added. */
static void absorb_bias(const df_node *y, df__place_of *of)
{
    for (int i = 0; i < 2; i++) {
        const df_node *c = y->x[i], *bias = y->x[1 - i];
        const df__place_of *p = &of[c->id];
        if (!is_free_product(c, y, of) || p->bias || accumulates(c, of) ||
            df__dims_equal(bias->dims, y->dims))
            continue;
        if (p->body != of[y->id].body || p->pass != of[y->id].pass)
            continue;
        of[y->id].product = p->product ? p->product : c;
        of[y->id].alpha = p->alpha;
        of[y->id].bias = bias;
        of[c->id].absorbed = true;
        return;
    }
}

static void absorb(const df_node *y, df__place_of *of)
{
    if (y->op->kind != DF_MAP || y->n != 2)
        return;
    if (y->op->algebra == DF_PRODUCT)
        absorb_factor(y, of);
    if (y->op->algebra == DF_SUM)
        absorb_bias(y, of);
    if (!of[y->id].product)
        df__fuse(y, of, false);
}

/* ---- later is better ------------------------------------------------------------------------- */

/* Moves what no earlier pass needs to the first one that does: so fewer values live across
 * passes. */
static void sink(const df__copy *copy, df__place_of *of)
{
    const df_graph *g = copy->g;
    for (int64_t id = 0; id < g->n_nodes; id++)
        of[id].used = INT_MAX;
    for (int i = 0; i < copy->n; i++)
        of[copy->image[i]->id].used = of[copy->image[i]->id].pass;
    for (int64_t id = g->n_nodes - 1; id >= 0; id--) {
        df__place_of *p = &of[id];
        const df_node *y = g->node[id];
        if (!p->needed)
            continue;
        if (p->body && df__has_m(y->dims) && y->n > 0 && p->used != INT_MAX)
            p->pass = p->used > p->pass ? p->used : p->pass;
        for (int i = 0; i < y->n; i++) {
            df__place_of *x = &of[y->x[i]->id];
            x->used = p->pass < x->used ? p->pass : x->used;
        }
    }
}

int df__plan_passes(const df__copy *copy, df__place_of *of)
{
    const df_graph *g = copy->g;
    int passes = 0;
    mark_needed(copy, of);
    for (int64_t id = 0; id < g->n_nodes; id++) {
        of[id].slot = of[id].batch = -1;
        if (!of[id].needed)
            continue;
        place(g->node[id], of);
        if (!copy->from->step_by_node)
            absorb(g->node[id], of);
    }
    sink(copy, of);
    for (int i = 0; i < copy->n; i++)
        if (df__has_m(copy->image[i]->dims))
            passes = 1;
    for (int64_t id = 0; id < g->n_nodes; id++)
        if (of[id].needed && of[id].pass > passes)
            passes = of[id].pass;
    return passes;
}
