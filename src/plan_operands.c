/* plan_operands.c -- the slots that steps read: of sources, of other nodes, of values repeated
 *
 * SPDX-License-Identifier: MIT */
#include "plan.h"

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
    plan->input[plan->n_inputs++] =
        (df__plan_input){ x->twin, slot, stage, over, count * (int64_t)df__type_size(type) };
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

const df_node *df__base_of(const df_node *x)
{
    while (df__is_view_of_all(x))
        x = x->x[0];
    return x;
}

int df__slot_of(df__maker *k, const df_node *x)
{
    df__place_of *p = &k->of[df__base_of(x)->id];
    if (p->slot < 0 && df__base_of(x)->op->kind == DF_SOURCE)
        p->slot = source_slot(k->plan, df__base_of(x));
    return p->slot;
}

/* A new slot for y's value: per example if y is, of all examples if it is computed once for all. */
int df__value_slot(df__maker *k, const df_node *y)
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
df_dims df__dims_of(const df_node *x)
{
    return is_wide_number(df__base_of(x)) ? df_shape(1) : x->dims;
}

/* x repeated to that shape, in a slot of that place. */
int df__repeated(df__maker *k, const df_node *x, df_dims to, df__place place)
{
    df__plan *plan = k->plan;
    int from = df__slot_of(k, x);
    int slot =
        from < 0 ? -1 : df__plan_slot(plan, place, x, plan->slot[from].type, df__per_example(to));
    return slot >= 0 && df__step_stretch(plan, x, to, slot, df__dims_of(x), from) ? slot : -1;
}

/* The slot of x with all its elements in memory; what a pass makes for itself is of one thread. */
int df__full_slot(df__maker *k, const df_node *x)
{
    if (is_wide_number(df__base_of(x)))
        return df__repeated(k, df__base_of(x), df__base_of(x)->dims,
                         k->plan->segment[k->segment].pass
                             ? df__has_m(x->dims) ? DF_TILE : DF_SCRATCH
                             : DF_GLOBAL);
    return df__slot_of(k, x);
}

/* The slot of x for all examples at once. */
int df__batch_slot(df__maker *k, const df_node *x)
{
    const df_node *base = df__base_of(x);
    if (is_wide_number(base))
        return df__repeated(k, base, base->dims, DF_BATCH);
    return k->of[base->id].batch >= 0 ? k->of[base->id].batch : df__slot_of(k, base);
}
