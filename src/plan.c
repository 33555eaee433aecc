/* plan.c -- from nodes to a plan: what is needed, in which pass, by which steps, in which slots
 *
 * SPDX-License-Identifier: MIT */
#include "plan.h"

/* ---- what cannot be planned ------------------------------------------------------------------ */

static bool outputs_ok(df_graph *g, df_node *const *outputs, int n)
{
    for (int i = 0; i < n; i++)
        if (!outputs[i] || outputs[i]->g != g) {
            df__error(g, DF_BAD_CALL, "compile: output %d %s", i + 1,
                      outputs[i] ? "is of another graph" : "is NULL");
            return false;
        }
    if (n < 1)
        df__error(g, DF_BAD_CALL, "compile: no outputs");
    return n >= 1;
}

/* Two new values for one parameter would be a guess. */
static bool updates_ok(df_graph *g, const df__copy *copy, df__place_of *of)
{
    for (int64_t id = 0; id < copy->g->n_nodes; id++) {
        const df_node *u = copy->g->node[id];
        if (!of[id].needed || u->op != &df__op_update)
            continue;
        if (of[u->x[0]->id].updated) {
            df__error(g, DF_BAD_CALL, "compile: two updates of %s", df_name_of(u->x[0]->twin));
            return false;
        }
        of[u->x[0]->id].updated = true;
    }
    return true;
}

static bool place_leaves(df_graph *g, const df__plan *plan)
{
    for (int64_t i = 0; i < plan->n_inputs; i++)
        if (plan->input[i].leaf->leaf && !df__leaf_place(g, plan->input[i].leaf)) {
            df__error(g, DF_NO_MEMORY, "no memory");
            return false;
        }
    return true;
}

/* ---- the stages ------------------------------------------------------------------------------ */

static bool lay_out(df__plan *plan, df__place_of *of, df_node *const *outputs, const df_options *o)
{
    plan->n_passes = df__plan_passes(&plan->copy, of);
    plan->n_segments = 2 * plan->n_passes + 2;
    plan->segment = df__plan_get(plan, (size_t)plan->n_segments * sizeof *plan->segment);
    return plan->segment && updates_ok(plan->g, &plan->copy, of) &&
           df__plan_steps(plan, of, outputs, o->check_finite) && df__plan_slots(plan, o) &&
           df__plan_by_element(plan) && place_leaves(plan->g, plan);
}

df__plan *df__plan_make(df_graph *g, df_node *const *outputs, int n, const df_options *o)
{
    if (!outputs_ok(g, outputs, n))
        return NULL;
    df__plan *plan = df__get(&g->mem, sizeof *plan);
    if (!plan) {
        df__error(g, DF_NO_MEMORY, "no memory");
        return NULL;
    }
    *plan = (df__plan){ .g = g, .arena = { .from = &g->mem }, .users = 1, .examples = -1 };
    bool ok = df__simplify(g, outputs, n, false, &plan->copy);
    size_t bytes = ok ? (size_t)plan->copy.g->n_nodes * sizeof(df__place_of) : 0;
    df__place_of *of = ok ? df__get(&g->mem, bytes) : NULL;
    if (ok && !of)
        df__error(g, DF_NO_MEMORY, "no memory");
    if (of)
        memset(of, 0, bytes);
    ok = of && lay_out(plan, of, outputs, o);
    df__put(&g->mem, of, bytes);
    if (ok)
        return plan;
    df__plan_end(plan);
    return NULL;
}

void df__plan_end(df__plan *plan)
{
    if (--plan->users > 0)
        return;
    const df_memory *mem = &plan->g->mem;
    df__copy_free(&plan->copy);
    df__put(mem, plan->slot, (size_t)plan->slot_cap * sizeof *plan->slot);
    df__put(mem, plan->step, (size_t)plan->step_cap * sizeof *plan->step);
    df__arena_free(&plan->arena);
    df__put(mem, plan, sizeof *plan);
}
