/* plan_steps.c -- the steps of every node in their order, and the slots they work on
 *
 * SPDX-License-Identifier: MIT
 *
 * Nodes go segment by segment: before all passes, pass 1, after it, pass 2, ..., and at the very
 * end the steps that write into a parameter's own memory. */
#include "plan.h"

void *df__plan_get(df__plan *plan, size_t bytes)
{
    void *p = df__arena_get(&plan->arena, bytes);
    if (!p)
        df__error(plan->g, DF_NO_MEMORY, "no memory");
    return p;
}

int df__plan_slot(df__plan *plan, df__place place, const df_node *node, df_type type, int64_t count)
{
    if (!df__grow(&plan->g->mem, &plan->slot, &plan->slot_cap, plan->n_slots + 1,
                  sizeof *plan->slot)) {
        df__error(plan->g, DF_NO_MEMORY, "no memory");
        return -1;
    }
    plan->slot[plan->n_slots] =
        (df__slot){ .place = place, .node = node, .type = type, .count = count, .first = -1 };
    return (int)plan->n_slots++;
}

df__step *df__plan_step(df__plan *plan, const df_node *node, int y)
{
    if (!df__grow(&plan->g->mem, &plan->step, &plan->step_cap, plan->n_steps + 1,
                  sizeof *plan->step)) {
        df__error(plan->g, DF_NO_MEMORY, "no memory");
        return NULL;
    }
    df__step *s = &plan->step[plan->n_steps++];
    *s = (df__step){ .node = node, .y = y, .x = { -1, -1, -1, -1 }, .scratch = -1 };
    return s;
}

/* ---- the steps of one node ------------------------------------------------------------------- */

/* Rows shorter than this are repeated into a full operand first: a call for each would cost
 * more. */
enum { SHORT = 64 };

/* Operand x of a map, of these dims: stretched to y where the two do not lie the same way. */
static int map_operand(df__maker *k, const df_node *y, const df_node *x, const df__nest *nest,
                       df_dims *dims)
{
    bool flat = df__is_scalar(*dims) || df__dims_equal(*dims, y->dims);
    if (flat || nest->n == 1 || nest->loop[nest->n - 1].size >= SHORT)
        return df__slot_of(k, x);
    *dims = y->dims;
    return df__repeated(k, x, y->dims, df__has_m(y->dims) ? DF_TILE : DF_GLOBAL);
}

static bool make_map(df__maker *k, const df_node *y, int slot)
{
    const df_node *from[DF_ARITY];
    df_dims dims[DF_ARITY];
    int x[DF_ARITY], n = df__operands(&k->of[y->id], y, from);
    df__nest nest;
    for (int i = 0; i < n; i++)
        dims[i] = df__dims_of(from[i]);
    df__nest_stretch(&nest, y->dims, dims, n);
    for (int i = 0; i < n; i++)
        if ((x[i] = map_operand(k, y, from[i], &nest, &dims[i])) < 0)
            return false;
    df__nest_stretch(&nest, y->dims, dims, n);
    return df__step_map(k->plan, y, k->of[y->id].fused, slot, x, &nest);
}

static bool make_product(df__maker *k, const df_node *y, int slot)
{
    const df__place_of *p = &k->of[y->id];
    const df_node *c = p->product ? p->product : y;
    int ab[2] = { df__full_slot(k, c->x[0]), df__full_slot(k, c->x[1]) };
    int alpha = p->alpha ? df__slot_of(k, p->alpha) : -1,
        bias = p->bias ? df__slot_of(k, p->bias) : -1;
    if (ab[0] < 0 || ab[1] < 0 || (p->alpha && alpha < 0) || (p->bias && bias < 0))
        return false;
    return df__step_product(k->plan, c, slot, ab, alpha, bias,
                            p->bias ? df__dims_of(p->bias) : df_shape(1));
}

static bool make_sum(df__maker *k, const df_node *y, int slot)
{
    const df__place_of *p = &k->of[y->id];
    const df_node *c = p->product ? p->product : y;
    int x = df__full_slot(k, c->x[0]), alpha = p->alpha ? df__slot_of(k, p->alpha) : -1;
    return x >= 0 && (!p->alpha || alpha >= 0) && df__step_reduce(k->plan, c, slot, x, alpha);
}

static bool make_block(df__maker *k, const df_node *y, int slot)
{
    int x[DF_ARITY];
    for (int i = 0; i < y->n; i++) {
        bool batch = k->of[y->id].whole && df__has_m(y->x[i]->dims);
        x[i] = batch ? df__batch_slot(k, y->x[i]) : df__full_slot(k, y->x[i]);
        if (x[i] < 0)
            return false;
    }
    return df__step_block(k->plan, y, slot, x);
}

static bool make_steps(df__maker *k, const df_node *y, int slot)
{
    const df_node *c = k->of[y->id].product ? k->of[y->id].product : y;
    if (c->op->kind == DF_CONTRACT)
        return make_product(k, y, slot);
    if (c->op->kind == DF_REDUCE)
        return make_sum(k, y, slot);
    if (y->op->kind == DF_MAP)
        return make_map(k, y, slot);
    if (y->op->kind == DF_OPAQUE)
        return make_block(k, y, slot);
    int x = df__full_slot(k, y->x[0]);
    if (x < 0)
        return false;
    return df__step_view(k->plan, y, slot, x);
}

/* Copies x, of one tile, to where it is kept for all examples. */
static bool keep_batch(df__maker *k, const df_node *x)
{
    int slot = df__slot_of(k, x);
    if (slot < 0)
        return false;
    df_type type = k->plan->slot[slot].type;
    int batch = k->of[x->id].batch =
        df__plan_slot(k->plan, DF_BATCH, x, type, df__per_example(x->dims));
    return batch >= 0 && df__step_copy(k->plan, x, batch, slot);
}

static bool make_node(df__maker *k, const df_node *y)
{
    df__place_of *p = &k->of[y->id];
    bool source = y->op->kind == DF_SOURCE;
    if (p->absorbed || y->op->kind == DF_UPDATE || df__is_view_of_all(y))
        return true;
    if (!source) {
        p->slot = df__value_slot(k, y);
        if (p->slot < 0)
            return false;
        k->plan->slot[p->slot].accumulates = p->body && !df__has_m(y->dims);
        if (!make_steps(k, y, p->slot))
            return false;
    }
    return !p->keep || !p->body || keep_batch(k, y);
}

/* ---- updates --------------------------------------------------------------------------------- */

/* A map at the end that this update alone uses may write into the parameter itself. In the last
 * segment, where these maps stand, none may read what one before it has written. */
static bool writes_in_place(df__maker *k, const df_node *update)
{
    const df_node *leaf = update->x[0], *v = update->x[1], *x[DF_ARITY];
    const df__place_of *p = &k->of[v->id];
    if (v->op->kind == DF_MAP && !p->fused && !p->product && !k->plan->g->step_by_node)
        df__fuse(v, k->of, true);
    if (v->op->kind != DF_MAP || p->users != 1 || p->body || p->product || p->absorbed ||
        df__segment_of(p) != k->plan->n_segments - 2)
        return false;
    for (int i = 0, n = df__operands(p, v, x); i < n; i++)
        if (x[i] != leaf && (df__is_view_of_all(x[i]) || k->of[x[i]->id].written))
            return false;
    k->of[leaf->id].written = true;
    return true;
}

/* Both sides see the values from before the run: another parameter's memory is copied first. */
static bool make_update(df__maker *k, const df_node *update)
{
    const df_node *leaf = update->x[0], *v = update->x[1];
    df__plan *plan = k->plan;
    int to = df__slot_of(k, leaf), from = df__full_slot(k, v);
    if (to < 0 || from < 0)
        return false;
    if (plan->slot[from].place == DF_OUTSIDE && from != to) {
        int copy = df__value_slot(k, df__base_of(v));
        if (copy < 0 || !df__step_copy(plan, v, copy, from))
            return false;
        from = copy;
    }
    plan->slot[from].output = true;
    plan->update[plan->n_updates++] = (df__plan_update){ leaf->twin, to, from };
    return true;
}

static bool make_updates(df__maker *k, bool in_place)
{
    const df_graph *g = k->plan->copy.g;
    for (int64_t id = 0; id < g->n_nodes; id++) {
        const df_node *u = g->node[id];
        if (!k->of[id].needed || u->op != &df__op_update || k->of[id].written != in_place)
            continue;
        if (!in_place && !make_update(k, u))
            return false;
        if (!in_place)
            continue;
        int slot = df__slot_of(k, u->x[0]);
        if (slot < 0 || !make_steps(k, u->x[1], slot))
            return false;
        k->plan->update[k->plan->n_updates++] = (df__plan_update){ u->x[0]->twin, slot, slot };
    }
    return true;
}

/* ---- outputs --------------------------------------------------------------------------------- */

/* What is fetched is from before the update, so a parameter is copied; and so is an input, whose
 * array may be where another output goes. */
static bool make_output(df__maker *k, df_node *node, const df_node *image)
{
    df__plan *plan = k->plan;
    bool over = df__has_m(image->dims);
    int slot = df__full_slot(k, image);
    if (slot >= 0 &&
        (over ? plan->slot[slot].place == DF_OUTSIDE : plan->slot[slot].place != DF_GLOBAL)) {
        int copy = df__value_slot(k, image);
        if (copy < 0 || !df__step_copy(plan, image, copy, slot))
            return false;
        slot = copy;
    }
    if (slot < 0)
        return false;
    plan->slot[slot].output = plan->slot[slot].output || !over;
    plan->stores = plan->stores || over;
    plan->output[plan->n_outputs++] = (df__plan_output){ node, image, slot, over };
    return true;
}

/* Per-example outputs are stored by the segment that computes them, the others are ready after the
 * last pass. */
static bool is_ready_in(const df__maker *k, const df_node *image)
{
    if (!df__has_m(image->dims))
        return k->segment == k->plan->n_segments - 2;
    const df__place_of *p = &k->of[image->id];
    return (p->pass > 0 ? df__segment_of(p) : 1) == k->segment;
}

/* A node may be listed twice. */
static bool is_output(const df__plan *plan, const df_node *node)
{
    for (int64_t i = 0; i < plan->n_outputs; i++)
        if (plan->output[i].node == node)
            return true;
    return false;
}

static bool make_outputs(df__maker *k, df_node *const *what)
{
    df__segment *seg = &k->plan->segment[k->segment];
    int64_t first = k->plan->n_outputs;
    for (int i = 0; i < k->plan->copy.n; i++) {
        const df_node *image = k->plan->copy.image[i];
        if (image->op->kind == DF_UPDATE || !is_ready_in(k, image) || is_output(k->plan, what[i]))
            continue;
        if (!make_output(k, what[i], image))
            return false;
    }
    seg->stores =
        df__plan_get(k->plan, (size_t)(k->plan->n_outputs - first + 1) * sizeof *seg->stores);
    for (int64_t i = first; seg->stores && i < k->plan->n_outputs; i++)
        if (k->plan->output[i].per_example)
            seg->stores[seg->n_stores++] = (int)i;
    return seg->stores != NULL;
}

/* ---- all ------------------------------------------------------------------------------------- */

/* The needed nodes, by segment; start[i] is where those of segment i begin. */
static void sort_nodes(const df__maker *k, int64_t *start, const df_node **order)
{
    const df_graph *g = k->plan->copy.g;
    for (int64_t id = 0; id < g->n_nodes; id++)
        if (k->of[id].needed)
            start[df__segment_of(&k->of[id]) + 1]++;
    for (int i = 0; i < k->plan->n_segments; i++)
        start[i + 1] += start[i];
    for (int64_t id = g->n_nodes - 1; id >= 0; id--)
        if (k->of[id].needed)
            order[--start[df__segment_of(&k->of[id]) + 1]] = g->node[id];
    /* Now start[i + 1] is where segment i begins. */
    memmove(start, start + 1, (size_t)k->plan->n_segments * sizeof *start);
    start[k->plan->n_segments] = 0;
}

static bool make_segments(df__maker *k, df_node *const *what, const int64_t *start,
                          const df_node **order, int64_t n)
{
    df__plan *plan = k->plan;
    int last = plan->n_segments - 1;
    for (k->segment = 0; k->segment <= last; k->segment++) {
        int i = k->segment;
        df__segment *seg = &plan->segment[i];
        seg->begin = plan->n_steps;
        seg->pass = i % 2 == 1 && i < last;
        for (int64_t j = start[i]; j < (i < last ? start[i + 1] : n); j++)
            if (!make_node(k, order[j]))
                return false;
        if (!make_outputs(k, what) || (i == last - 1 && !make_updates(k, false)) ||
            (i == last && !make_updates(k, true)))
            return false;
        seg->end = plan->n_steps;
    }
    return true;
}

/* Which updates write in place: their value's map is theirs alone. */
static void choose_in_place(df__maker *k)
{
    const df_graph *g = k->plan->copy.g;
    for (int64_t id = 0; id < g->n_nodes; id++)
        if (k->of[id].needed && g->node[id]->op == &df__op_update &&
            writes_in_place(k, g->node[id])) {
            k->of[id].written = true;
            k->of[g->node[id]->x[1]->id].absorbed = true;
        }
}

/* Room for what nodes become, at once: about a slot and a step each. Gives the number of nodes; -1:
 * no memory. */
static int64_t make_room(df__plan *plan, const df__place_of *of)
{
    int64_t n = 0, sources = 0, updates = 0;
    for (int64_t id = 0; id < plan->copy.g->n_nodes; id++) {
        const df_node *y = plan->copy.g->node[id];
        if (!of[id].needed)
            continue;
        n++;
        sources += y->op->kind == DF_SOURCE;
        updates += y->op == &df__op_update;
        plan->per_example = plan->per_example || df__has_m(y->dims);
    }
    plan->input = df__plan_get(plan, (size_t)sources * sizeof *plan->input);
    plan->update = df__plan_get(plan, (size_t)updates * sizeof *plan->update);
    plan->output = df__plan_get(plan, (size_t)plan->copy.n * sizeof *plan->output);
    if (!plan->input || !plan->update || !plan->output)
        return -1;
    const df_memory *mem = &plan->g->mem;
    if (df__grow(mem, &plan->slot, &plan->slot_cap, n + n / 8, sizeof *plan->slot) &&
        df__grow(mem, &plan->step, &plan->step_cap, n + n / 8, sizeof *plan->step))
        return n;
    df__error(plan->g, DF_NO_MEMORY, "no memory");
    return -1;
}

/* Of steps before all passes: reads m, numbers and others of these. */
static bool is_fixed(const df__plan *plan, const df__step *s)
{
    bool fixed = s->node->op->kind != DF_OPAQUE;
    for (int j = 0; j < s->n; j++)
        fixed = fixed && (s->x[j] < 0 || plan->slot[s->x[j]].place != DF_OUTSIDE);
    return fixed;
}

/* If all are, they give the same in every run of an m, and their values stay. */
static void find_fixed(df__plan *plan)
{
    const df__segment *seg = &plan->segment[0];
    plan->fixed = true;
    for (int64_t k = seg->begin; k < seg->end; k++)
        plan->fixed = plan->fixed && is_fixed(plan, &plan->step[k]);
    for (int64_t k = seg->begin; plan->fixed && k < seg->end; k++)
        plan->slot[plan->step[k].y].output = true;
}

bool df__plan_steps(df__plan *plan, df__place_of *of, df_node *const *what, bool check_finite)
{
    df__maker k = { .plan = plan, .of = of };
    int64_t n = make_room(plan, of);
    if (n < 0)
        return false;
    const df_node **order = df__plan_get(plan, (size_t)n * sizeof *order);
    int64_t *start = df__plan_get(plan, (size_t)(plan->n_segments + 2) * sizeof *start);
    if (!order || !start)
        return false;
    if (!check_finite)
        choose_in_place(&k);
    sort_nodes(&k, start, order);
    if (!make_segments(&k, what, start, order, n))
        return false;
    find_fixed(plan);
    return true;
}
