/* step_block.c -- opaque ops: their own kernel over a block of examples, which may refuse one
 *
 * SPDX-License-Identifier: MIT */
#include "plan.h"

static void run(const df__step *s, df__tile *t)
{
    const df_node *y = s->node;
    df_block b = { .rows = s->rows ? t->rows : 1, .n = y->n, .y = t->at[s->y], .y_dims = y->dims,
                   .y_type = y->type == y->g->real ? y->type : DF_INT64, .attr = &y->attr,
                   .which = t->which, .first = t->first, .seed = t->seed, .run = t->run,
                   .scratch = s->scratch < 0 ? NULL : t->at[s->scratch] };
    for (int i = 0; i < y->n; i++) {
        b.x[i] = t->at[s->x[i]];
        b.x_dims[i] = y->x[i]->dims;
    }
    if (y->op->adds_up && t->fresh)
        memset(b.y, 0, (size_t)df__per_example(y->dims) * df__type_size(y->type));
    int64_t bad = y->op->block[y->g->real == DF_FLOAT64](&b);
    bad = bad < b.rows ? bad : b.rows - 1;
    if (bad >= 0 && (t->bad < 0 || bad < t->bad)) {
        t->bad = bad;
        memcpy(t->why, b.why, sizeof t->why);
        t->why[sizeof t->why - 1] = 0;
        t->why_node = y;
    }
}

bool df__step_block(df__plan *plan, const df_node *node, int y, const int *x)
{
    int64_t room = node->op->scratch ? node->op->scratch(node) : 0;
    if (room < 0 || room > INT64_MAX / 16) {
        df__error(plan->g, DF_BAD_CALL, "op %s: its .scratch is %lld numbers", node->op->name,
                  (long long)room);
        return false;
    }
    int scratch = node->op->scratch ? df__plan_slot(plan, DF_SCRATCH, node, node->type, room) : -1;
    df__step *s = scratch >= 0 || !node->op->scratch ? df__plan_step(plan, node, y) : NULL;
    if (!s)
        return false;
    plan->blas = plan->blas || node->op->blas;
    s->run = run;
    s->scratch = scratch;
    s->name = node->op->name;
    s->n = node->n;
    for (int i = 0; i < node->n; i++) {
        s->x[i] = x[i];
        s->rows = s->rows || df__has_m(node->x[i]->dims);
    }
    s->rows = s->rows || df__has_m(node->dims);
    return true;
}
