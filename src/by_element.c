/* by_element.c -- a second set of steps for tiles that lie element by element
 *
 * SPDX-License-Identifier: MIT
 *
 * Values of a tile lie example after example, as in memory elsewhere. Where an example has fewer of
 * them than a vector has lanes, products over them waste what is left. So narrow networks have
 * their steps a second time, for tiles turned round: each element of all examples side by side, in
 * rows of the tile's width. Slots and the order of steps are the same; only the loops differ. A
 * value of one number an example lies the same both ways. All steps of a plan's passes can work so,
 * or none does. */
#include "plan.h"

/* A product of at most so many weights gains; measured with n-h-1 networks, of which 16-8 and 30-8
 * run as fast either way. */
enum { NARROW = 128 };

/* Of a slot of an example's values: there is more than one, so that it matters how they lie. */
static bool is_wide_value(const df__plan *plan, int slot)
{
    const df__slot *s = &plan->slot[slot];
    return s->count > 1 && (s->place == DF_TILE || s->place == DF_BATCH ||
                            (s->place == DF_OUTSIDE && df__has_m(s->node->dims)));
}

/* No value of more than one number an example takes part. */
static bool is_as_it_was(const df__plan *plan, const df__step *s)
{
    bool wide = is_wide_value(plan, s->y);
    for (int i = 0; i < s->n; i++)
        wide = wide || (s->x[i] >= 0 && is_wide_value(plan, s->x[i]));
    return !wide;
}

static bool lies_by_element(df__plan *plan, const df__step *s, df__step *to)
{
    *to = *s;
    if (is_as_it_was(plan, s))
        return true;
    switch (s->node->op->kind) {
    case DF_MAP:
        return df__map_by_element(plan, s, to);
    case DF_REDUCE:
        return df__reduce_by_element(plan, s, to);
    case DF_CONTRACT:
        return df__product_by_element(plan, s, to);
    default:
        return false;
    }
}

/* The most numbers that an input has for an example. */
static int64_t widest_input(const df__plan *plan)
{
    int64_t widest = 0;
    for (int64_t i = 0; i < plan->n_inputs; i++) {
        const df__slot *s = &plan->slot[plan->input[i].slot];
        if (plan->input[i].per_example && s->count > widest)
            widest = s->count;
    }
    return widest;
}

/* There are products, all narrow; an input is turned to be used more than once, or has too few
 * numbers for a vector (30-1 takes 1.5 times as long by element); what is stored or kept for all
 * examples lies as it must there. */
static bool is_worth_it(const df__plan *plan)
{
    double most = 0;
    for (int64_t i = 0; i < plan->n_slots; i++)
        if (plan->slot[i].place == DF_BATCH)
            return false;
    for (int64_t i = 0; i < plan->n_outputs; i++)
        if (plan->output[i].per_example && plan->slot[plan->output[i].slot].count > 1)
            return false;
    for (int i = 0; i < plan->n_segments; i++)
        for (int64_t k = plan->segment[i].begin; plan->segment[i].pass && k < plan->segment[i].end;
             k++)
            most = plan->step[k].work > most ? plan->step[k].work : most;
    int64_t widest = widest_input(plan);
    return most > 0 && most <= 2 * NARROW && (widest < DF__LANES || most > 2 * (double)widest);
}

/* Room of a tile's examples where an input is put together before it is turned round; only where
 * it does not lie so in the user's array. */
static bool make_room(df__plan *plan)
{
    int64_t bytes = 0;
    for (int64_t i = 0; i < plan->n_inputs; i++) {
        const df__slot *s = &plan->slot[plan->input[i].slot];
        int64_t of_one = s->count * (int64_t)df__type_size(s->type);
        if (plan->input[i].per_example && s->count > 1 && of_one > bytes)
            bytes = of_one;
    }
    plan->turning = df__plan_slot(plan, DF_TILE, plan->step->node, DF_INT64, (bytes + 7) / 8);
    if (plan->turning < 0)
        return false;
    plan->slot[plan->turning].offset = plan->tile_bytes;
    plan->slot[plan->turning].behind = plan->tile_slots++;
    plan->tile_bytes += bytes;
    return true;
}

bool df__plan_by_element(df__plan *plan)
{
    if (plan->g->step_by_node || !is_worth_it(plan))
        return true;
    df__step *to = df__plan_get(plan, (size_t)plan->n_steps * sizeof *to);
    bool can = to != NULL;
    for (int i = 0; can && i < plan->n_segments; i++)
        for (int64_t k = plan->segment[i].begin;
             can && plan->segment[i].pass && k < plan->segment[i].end; k++)
            can = lies_by_element(plan, &plan->step[k], &to[k]);
    if (can && make_room(plan))
        plan->by_element = to;
    return plan->g->status == DF_OK;
}
