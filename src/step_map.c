/* step_map.c -- elementwise steps: the op's own kernel, over a whole tile or row by row
 *
 * SPDX-License-Identifier: MIT
 *
 * Slots of the workspace are padded to whole vectors, so a kernel over them may run on a few
 * elements more and needs no tail. What is not the workspace's is never touched past its end. */
#include "plan.h"

static void run_flat(const df__step *s, df__tile *t)
{
    const void *x[DF_ARITY];
    for (int i = 0; i < s->n; i++)
        x[i] = t->at[s->x[i]];
    int64_t n = s->rows ? s->count * t->rows : s->count;
    s->kernel((n + s->lanes - 1) & -s->lanes, t->at[s->y], x, s->step, &s->node->attr);
}

/* The rows of a tile that lies by element are whole vectors. */
static void run_by_element(const df__step *s, df__tile *t)
{
    const void *x[DF_ARITY];
    for (int i = 0; i < s->n; i++)
        x[i] = t->at[s->x[i]];
    s->kernel(s->count * t->width, t->at[s->y], x, s->step, &s->node->attr);
}

/* The kernel goes along the innermost loop. */
static void run_rows(const df__step *s, df__tile *t)
{
    const df__nest *nest = s->how;
    int last = nest->n - 1;
    int64_t at[DF_RANK] = { 0 }, n = df__loop_size(nest, last, t->rows);
    int size[DF_ARITY + 1];
    char *p[DF_ARITY + 1] = { t->at[s->y] };
    size[0] = (int)df__type_size(s->node->g->real);
    for (int k = 0; k < s->n; k++) {
        size[k + 1] = size[0];
        p[k + 1] = t->at[s->x[k]];
    }
    do
        s->kernel(n, p[0], (const void *const *)(p + 1), s->step, &s->node->attr);
    while (df__nest_next(nest, t->rows, at, p, s->n, size));
}

/* An operand that steps, and y, are padded in the workspace; a single number runs as one. */
static bool is_padded(const df__plan *plan, const df__step *s)
{
    bool padded = plan->slot[s->y].place != DF_OUTSIDE && (s->count != 1 || s->rows);
    for (int i = 0; i < s->n; i++)
        padded = padded && !(s->step[i] && plan->slot[s->x[i]].place == DF_OUTSIDE);
    return padded;
}

bool df__step_map(df__plan *plan, const df_node *node, const df__peephole *fused, int y,
                  const int *x, const df__nest *nest)
{
    bool wide = plan->g->real == DF_FLOAT64, flat = nest->n == 1;
    df__step *s = df__plan_step(plan, node, y);
    df__nest *how = s && !flat ? df__plan_get(plan, sizeof *how) : NULL;
    if (!s || (!flat && !how))
        return false;
    s->run = flat ? run_flat : run_rows;
    s->name = fused ? fused->name : node->op->name;
    s->kernel = fused ? fused->kernel[wide] : node->op->map[wide];
    s->n = fused ? fused->n : node->n;
    s->count = nest->loop[0].size;
    s->rows = nest->loop[0].rows;
    for (int i = 0; i < s->n; i++) {
        s->x[i] = x[i];
        s->step[i] = nest->loop[nest->n - 1].stride[i + 1];
    }
    s->lanes = flat && is_padded(plan, s) ? 64 / (int64_t)df__type_size(plan->g->real) : 1;
    if (how)
        *how = *nest;
    s->how = how;
    return true;
}

bool df__map_by_element(df__plan *plan, const df__step *s, df__step *to)
{
    for (int i = 0; i < s->n; i++)
        if (s->step[i] && plan->slot[s->x[i]].count != s->count)
            return false;
    to->run = run_by_element;
    return s->rows && s->run == run_flat;
}
