/* step_block.c -- opaque ops: their own kernel over a block of examples, which may refuse one
 *
 * SPDX-License-Identifier: MIT */
#include "plan.h"

static void run(const df_step *s, df_tile *t)
{
    const df_node *y = s->node;
    df_block b = { .rows = s->rows ? t->rows : 1, .n = y->n, .y = t->at[s->y], .y_dims = y->dims, .attr = &y->attr };
    for (int i = 0; i < y->n; i++) {
        b.x[i] = t->at[s->x[i]];
        b.x_dims[i] = y->x[i]->dims;
    }
    int64_t bad = y->op->block[y->g->real == DF_FLOAT64](&b);
    if (bad >= 0 && (t->bad < 0 || bad < t->bad)) {
        t->bad = bad;
        memcpy(t->why, b.why, sizeof t->why);
        t->why_node = y;
    }
}

bool df__step_block(df_plan *plan, const df_node *node, int y, const int *x)
{
    df_step *s = df__plan_step(plan, node, y);
    if (!s)
        return false;
    s->run = run;
    s->name = node->op->name;
    s->n = node->n;
    for (int i = 0; i < node->n; i++) {
        s->x[i] = x[i];
        s->rows = s->rows || df__has_m(node->x[i]->dims);
    }
    s->rows = s->rows || df__has_m(node->dims);
    return true;
}
