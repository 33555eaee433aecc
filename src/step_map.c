/* step_map.c -- elementwise steps: the op's own kernel, over a whole tile or row by row
 *
 * SPDX-License-Identifier: MIT
 *
 * Slots of the workspace are padded to whole vectors, so a kernel over them may run on a few elements more and needs
 * no tail. What is not the workspace's is never touched past its end. */
#include "plan.h"

static int type_of(const df_node *y)
{
    return y->g->real == DF_FLOAT64;
}

static int64_t whole_vectors(const df_step *s, int64_t n)
{
    int64_t lanes = 64 / (int64_t)df__type_size(s->node->g->real);
    return s->exact ? n : (n + lanes - 1) / lanes * lanes;
}

static void run_flat(const df_step *s, df_tile *t)
{
    const void *x[DF_ARITY];
    int64_t step[DF_ARITY];
    for (int i = 0; i < s->n; i++) {
        x[i] = t->at[s->x[i]];
        step[i] = s->steps >> i & 1;
    }
    int64_t n = s->rows ? s->count * t->rows : s->count;
    s->node->op->map[type_of(s->node)](whole_vectors(s, n), t->at[s->y], x, step, &s->node->attr);
}

/* The kernel goes along the innermost loop. */
static void run_rows(const df_step *s, df_tile *t)
{
    const df_nest *nest = s->how;
    int last = nest->n - 1;
    int64_t at[DF_RANK] = { 0 }, step[DF_ARITY], n = df__loop_size(nest, last, t->rows);
    int size[DF_ARITY + 1];
    char *p[DF_ARITY + 1] = { t->at[s->y] };
    size[0] = (int)df__type_size(s->node->g->real);
    for (int k = 0; k < s->n; k++) {
        size[k + 1] = size[0];
        p[k + 1] = t->at[s->x[k]];
        step[k] = nest->loop[last].stride[k + 1];
    }
    do
        s->node->op->map[type_of(s->node)](n, p[0], (const void *const *)(p + 1), step, &s->node->attr);
    while (df__nest_next(nest, t->rows, at, p, s->n, size));
}

bool df__step_map(df_plan *plan, const df_node *node, int y, const int *x, const df_nest *nest)
{
    df_step *s = df__plan_step(plan, node, y);
    if (!s)
        return false;
    *s = (df_step){ .run = nest->n == 1 ? run_flat : run_rows, .name = node->op->name, .node = node, .y = y,
                    .n = node->n, .count = nest->loop[0].size, .rows = nest->loop[0].rows };
    s->exact = plan->slot[y].place == DF_OUTSIDE || (s->count == 1 && !s->rows);
    for (int i = 0; i < DF_ARITY; i++) {
        s->x[i] = i < node->n ? x[i] : -1;
        if (i < node->n && nest->loop[0].stride[i + 1] != 0) {
            s->steps |= 1u << i;
            s->exact = s->exact || plan->slot[x[i]].place == DF_OUTSIDE;
        }
    }
    if (nest->n == 1)
        return true;
    df_nest *copy = df__plan_get(plan, sizeof *copy);
    if (copy)
        *copy = *nest;
    s->how = copy;
    return copy != NULL;
}
