/* plan_steps.c -- the steps of every node in their order, and the slots they work on
 *
 * SPDX-License-Identifier: MIT
 *
 * Nodes go segment by segment: before all passes, pass 1, after it, pass 2, ..., and at the very
 * end the steps that write into a parameter's own memory. */
#include "plan.h"

typedef struct {
    df__plan *plan;
    df__place_of *of;
    int segment;                 /* whose steps are made */
} maker;

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

/* ---- the slots of sources -------------------------------------------------------------------- */

static int constant_slot(df__plan *plan, const df_node *x, const double *v, int64_t n)
{
    df_type real = plan->g->real;
    int slot = df__plan_slot(plan, DF_CONSTANT, x, real, n);
    void *data = slot < 0 ? NULL : df__plan_get(plan, (size_t)n * df__type_size(real) + 128);
    if (!data)
        return -1;
    plan->slot[slot].data = (void *)(((uintptr_t)data + 63) / 64 * 64);
    df__convert(n, plan->slot[slot].data, real, 1, v, DF_FLOAT64, 1);
    return slot;
}

/* Of an input, a parameter or a state; a stage for what an input's array may have to be copied
 * to. */
static int leaf_slot(df__plan *plan, const df_node *x)
{
    bool over = df__has_m(x->dims), input = x->op == &df__op_input;
    df_type type = x->type == plan->g->real ? x->type : DF_INT64;
    int64_t count = df__per_example(x->dims);
    int slot = df__plan_slot(plan, DF_OUTSIDE, x, type, count);
    int stage =
        slot < 0 || !input ? -1 : df__plan_slot(plan, over ? DF_TILE : DF_GLOBAL, x, type, count);
    if (slot < 0 || (input && stage < 0))
        return -1;
    if (stage >= 0)
        plan->slot[stage].output = true;
    plan->input[plan->n_inputs++] = (df__plan_input){ x->twin, slot, stage, over };
    return slot;
}

static int source_slot(df__plan *plan, const df_node *x)
{
    if (x->op == &df__op_number)
        return constant_slot(plan, x, x->attr.f, 1);
    if (x->op == &df__op_const)
        return constant_slot(plan, x, x->number, df__elements(x->dims, 1));
    if (x->op != &df__op_examples)
        return leaf_slot(plan, x);
    int slot = df__plan_slot(plan, DF_GLOBAL, x, plan->g->real, 1);
    if (slot >= 0)
        plan->slot[slot].output = true;
    plan->per_example = true;
    return plan->examples = slot;
}

/* ---- operands -------------------------------------------------------------------------------- */

static const df_node *base_of(const df_node *x)
{
    while (df__is_view_of_all(x))
        x = x->x[0];
    return x;
}

static int slot_of(maker *k, const df_node *x)
{
    df__place_of *p = &k->of[base_of(x)->id];
    if (p->slot < 0 && base_of(x)->op->kind == DF_SOURCE)
        p->slot = source_slot(k->plan, base_of(x));
    return p->slot;
}

/* A new slot for y's value: per example if y is, of all examples if it is computed once for all. */
static int value_slot(maker *k, const df_node *y)
{
    bool over = df__has_m(y->dims);
    df__place place = !over ? DF_GLOBAL : k->of[y->id].whole ? DF_BATCH : DF_TILE;
    df_type type = y->type == k->plan->g->real ? y->type : DF_INT64;
    return df__plan_slot(k->plan, place, y, type, df__per_example(y->dims));
}

static bool is_wide_number(const df_node *x)
{
    return x->op == &df__op_number && !df__is_scalar(x->dims);
}

/* The shape that x has in memory: a number of any shape is one element. */
static df_dims dims_of(const df_node *x)
{
    return is_wide_number(base_of(x)) ? df_shape(1) : x->dims;
}

/* x repeated to that shape, in a slot of that place. */
static int stretched(maker *k, const df_node *x, df_dims to, df__place place)
{
    df__plan *plan = k->plan;
    int from = slot_of(k, x);
    int slot =
        from < 0 ? -1 : df__plan_slot(plan, place, x, plan->slot[from].type, df__per_example(to));
    return slot >= 0 && df__step_stretch(plan, x, to, slot, dims_of(x), from) ? slot : -1;
}

/* The slot of x with all its elements in memory; what a pass makes for itself is of one thread. */
static int full_slot(maker *k, const df_node *x)
{
    if (is_wide_number(base_of(x)))
        return stretched(k, base_of(x), base_of(x)->dims,
                         k->plan->segment[k->segment].pass
                             ? df__has_m(x->dims) ? DF_TILE : DF_SCRATCH
                             : DF_GLOBAL);
    return slot_of(k, x);
}

/* The slot of x for all examples at once. */
static int batch_slot(maker *k, const df_node *x)
{
    const df_node *base = base_of(x);
    if (is_wide_number(base))
        return stretched(k, base, base->dims, DF_BATCH);
    return k->of[base->id].batch >= 0 ? k->of[base->id].batch : slot_of(k, base);
}

/* Rows shorter than this are repeated into a full operand first: a call for each would cost
 * more. */
enum { SHORT = 64 };

/* Operand i of a map, of these dims: stretched to y where the two do not lie the same way. */
static int map_operand(maker *k, const df_node *y, int i, const df__nest *nest, df_dims *dims)
{
    bool flat = df__is_scalar(*dims) || df__dims_equal(*dims, y->dims);
    if (flat || nest->n == 1 || nest->loop[nest->n - 1].size >= SHORT)
        return slot_of(k, y->x[i]);
    *dims = y->dims;
    return stretched(k, y->x[i], y->dims, df__has_m(y->dims) ? DF_TILE : DF_GLOBAL);
}

/* ---- the steps of one node ------------------------------------------------------------------- */

static bool make_map(maker *k, const df_node *y, int slot)
{
    df_dims dims[DF_ARITY];
    int x[DF_ARITY];
    df__nest nest;
    for (int i = 0; i < y->n; i++)
        dims[i] = dims_of(y->x[i]);
    df__nest_stretch(&nest, y->dims, dims, y->n);
    for (int i = 0; i < y->n; i++)
        if ((x[i] = map_operand(k, y, i, &nest, &dims[i])) < 0)
            return false;
    df__nest_stretch(&nest, y->dims, dims, y->n);
    return df__step_map(k->plan, y, slot, x, &nest);
}

static bool make_product(maker *k, const df_node *y, int slot)
{
    const df__place_of *p = &k->of[y->id];
    const df_node *c = p->product ? p->product : y;
    int ab[2] = { full_slot(k, c->x[0]), full_slot(k, c->x[1]) };
    int alpha = p->alpha ? slot_of(k, p->alpha) : -1, bias = p->bias ? slot_of(k, p->bias) : -1;
    if (ab[0] < 0 || ab[1] < 0 || (p->alpha && alpha < 0) || (p->bias && bias < 0))
        return false;
    return df__step_product(k->plan, c, slot, ab, alpha, bias,
                            p->bias ? dims_of(p->bias) : df_shape(1));
}

static bool make_block(maker *k, const df_node *y, int slot)
{
    int x[DF_ARITY];
    for (int i = 0; i < y->n; i++) {
        bool batch = k->of[y->id].whole && df__has_m(y->x[i]->dims);
        x[i] = batch ? batch_slot(k, y->x[i]) : full_slot(k, y->x[i]);
        if (x[i] < 0)
            return false;
    }
    return df__step_block(k->plan, y, slot, x);
}

static bool make_steps(maker *k, const df_node *y, int slot)
{
    if (k->of[y->id].product || y->op->kind == DF_CONTRACT)
        return make_product(k, y, slot);
    if (y->op->kind == DF_MAP)
        return make_map(k, y, slot);
    if (y->op->kind == DF_OPAQUE)
        return make_block(k, y, slot);
    int x = full_slot(k, y->x[0]);
    if (x < 0)
        return false;
    return y->op->kind == DF_REDUCE ? df__step_reduce(k->plan, y, slot, x)
                                    : df__step_view(k->plan, y, slot, x);
}

/* Copies x, of one tile, to where it is kept for all examples. */
static bool keep_batch(maker *k, const df_node *x)
{
    int slot = slot_of(k, x);
    if (slot < 0)
        return false;
    df_type type = k->plan->slot[slot].type;
    int batch = k->of[x->id].batch =
        df__plan_slot(k->plan, DF_BATCH, x, type, df__per_example(x->dims));
    return batch >= 0 && df__step_copy(k->plan, x, batch, slot);
}

static bool make_node(maker *k, const df_node *y)
{
    df__place_of *p = &k->of[y->id];
    bool source = y->op->kind == DF_SOURCE;
    if (p->absorbed || y->op->kind == DF_UPDATE || df__is_view_of_all(y))
        return true;
    if (!source) {
        p->slot = value_slot(k, y);
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
static bool writes_in_place(maker *k, const df_node *update)
{
    const df_node *leaf = update->x[0], *v = update->x[1];
    const df__place_of *p = &k->of[v->id];
    if (v->op->kind != DF_MAP || p->users != 1 || p->body || p->product || p->absorbed ||
        df__segment_of(p) != k->plan->n_segments - 2)
        return false;
    for (int i = 0; i < v->n; i++)
        if (v->x[i] != leaf && (df__is_view_of_all(v->x[i]) || k->of[v->x[i]->id].written))
            return false;
    k->of[leaf->id].written = true;
    return true;
}

/* Both sides see the values from before the run: another parameter's memory is copied first. */
static bool make_update(maker *k, const df_node *update)
{
    const df_node *leaf = update->x[0], *v = update->x[1];
    df__plan *plan = k->plan;
    int to = slot_of(k, leaf), from = full_slot(k, v);
    if (to < 0 || from < 0)
        return false;
    if (plan->slot[from].place == DF_OUTSIDE && from != to) {
        int copy = value_slot(k, base_of(v));
        if (copy < 0 || !df__step_copy(plan, v, copy, from))
            return false;
        from = copy;
    }
    plan->slot[from].output = true;
    plan->update[plan->n_updates++] = (df__plan_update){ leaf->twin, to, from };
    return true;
}

static bool make_updates(maker *k, bool in_place)
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
        int slot = slot_of(k, u->x[0]);
        if (slot < 0 || !make_steps(k, u->x[1], slot))
            return false;
        k->plan->update[k->plan->n_updates++] = (df__plan_update){ u->x[0]->twin, slot, slot };
    }
    return true;
}

/* ---- outputs --------------------------------------------------------------------------------- */

/* What is fetched is from before the update, so a parameter is copied; and so is an input, whose
 * array may be where another output goes. */
static bool make_output(maker *k, df_node *node, const df_node *image)
{
    df__plan *plan = k->plan;
    bool over = df__has_m(image->dims);
    int slot = full_slot(k, image);
    if (slot >= 0 &&
        (over ? plan->slot[slot].place == DF_OUTSIDE : plan->slot[slot].place != DF_GLOBAL)) {
        int copy = value_slot(k, image);
        if (copy < 0 || !df__step_copy(plan, image, copy, slot))
            return false;
        slot = copy;
    }
    if (slot < 0)
        return false;
    plan->slot[slot].output = plan->slot[slot].output || !over;
    plan->output[plan->n_outputs++] = (df__plan_output){ node, image, slot, over };
    return true;
}

/* Per-example outputs are stored by the segment that computes them, the others are ready after the
 * last pass. */
static bool is_ready_in(const maker *k, const df_node *image)
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

static bool make_outputs(maker *k, df_node *const *what)
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
static void sort_nodes(const maker *k, int64_t *start, const df_node **order)
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

static bool make_segments(maker *k, df_node *const *what, const int64_t *start,
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
static void choose_in_place(maker *k)
{
    const df_graph *g = k->plan->copy.g;
    for (int64_t id = 0; id < g->n_nodes; id++)
        if (k->of[id].needed && g->node[id]->op == &df__op_update &&
            writes_in_place(k, g->node[id])) {
            k->of[id].written = true;
            k->of[g->node[id]->x[1]->id].absorbed = true;
        }
}

bool df__plan_steps(df__plan *plan, df__place_of *of, df_node *const *what, bool check_finite)
{
    maker k = { .plan = plan, .of = of };
    int64_t n = 0, total = plan->copy.g->n_nodes;
    for (int64_t id = 0; id < total; id++) {
        n += of[id].needed;
        plan->per_example =
            plan->per_example || (of[id].needed && df__has_m(plan->copy.g->node[id]->dims));
    }
    const df_node **order = df__plan_get(plan, (size_t)n * sizeof *order);
    int64_t *start = df__plan_get(plan, (size_t)(plan->n_segments + 2) * sizeof *start);
    plan->input = df__plan_get(plan, (size_t)n * sizeof *plan->input);
    plan->update = df__plan_get(plan, (size_t)n * sizeof *plan->update);
    plan->output = df__plan_get(plan, (size_t)plan->copy.n * sizeof *plan->output);
    if (!order || !start || !plan->input || !plan->update || !plan->output)
        return false;
    if (!check_finite)
        choose_in_place(&k);
    sort_nodes(&k, start, order);
    return make_segments(&k, what, start, order, n);
}
