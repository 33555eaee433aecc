/* step_reduce.c -- reductions: the op's own kernel, once for each group of axes side by side
 *
 * SPDX-License-Identifier: MIT
 *
 * The innermost group goes first, so that what is left is small. A group that m belongs to is
 * the last: the reduction over a tile is combined with what the tiles of the chunk before it
 * have given. */
#include "plan.h"

typedef struct {
    int64_t outer, len, inner;
    enum { ROWS_NOWHERE, ROWS_OUTER, ROWS_LEN } rows;
    bool accumulates;
} group;

static void run(const df__step *s, df__tile *t)
{
    const group *r = s->how;
    int64_t outer = r->rows == ROWS_OUTER ? r->outer * t->rows : r->outer;
    int64_t len = r->rows == ROWS_LEN ? r->len * t->rows : r->len;
    s->node->op->reduce[s->node->g->real == DF_FLOAT64](
        outer, len, r->inner, !r->accumulates || t->fresh, t->at[s->y], t->at[s->x[0]]);
}

/* One axis of the block, from the outermost. */
typedef struct { int64_t size; bool rows, reduced; } axis;

static int list_axes(const df_node *y, axis *a)
{
    df_dims x = y->x[0]->dims;
    int m = df_m_axis(x), n = 0;
    for (int i = m < 0 ? 0 : -1; i < x.rank; i++) {
        int j = i < 0 ? m : i;
        if ((i >= 0 && j == m) || x.size[j] == 1)
            continue;
        a[n++] = (axis){ j == m ? 1 : x.size[j], j == m, y->attr.i[1] || (y->attr.i[0] >> j & 1) };
    }
    return n;
}

/* The innermost run of axes to reduce, begin .. end - 1; false: none is left. */
static bool innermost(const axis *a, int n, int *begin, int *end)
{
    for (*end = n; *end > 0 && !a[*end - 1].reduced; (*end)--)
        ;
    for (*begin = *end; *begin > 0 && a[*begin - 1].reduced; (*begin)--)
        ;
    return *end > 0;
}

static bool add_step(df__plan *plan, const df_node *node, int y, int x, const group *r)
{
    df__step *s = df__plan_step(plan, node, y);
    group *how = s ? df__plan_get(plan, sizeof *how) : NULL;
    if (!how)
        return false;
    *how = *r;
    s->run = run;
    s->name = node->op->name;
    s->n = 1;
    s->x[0] = x;
    s->how = how;
    return true;
}

bool df__step_reduce(df__plan *plan, const df_node *node, int y, int x)
{
    axis a[DF_RANK];
    int n = list_axes(node, a), begin, end;
    bool left = innermost(a, n, &begin, &end);
    if (!left)
        return df__step_copy(plan, node, y, x);
    while (left) {
        group r = { 1, 1, 1, ROWS_NOWHERE, false };
        bool rows = false;
        for (int i = 0; i < n; i++) {
            *(i < begin ? &r.outer : i < end ? &r.len : &r.inner) *= a[i].size;
            rows = rows || a[i].rows;
            if (a[i].rows)
                r.rows = i < begin ? ROWS_OUTER : ROWS_LEN;
        }
        r.accumulates = r.rows == ROWS_LEN;
        memmove(a + begin, a + end, (size_t)(n - end) * sizeof *a);
        n -= end - begin;
        left = innermost(a, n, &begin, &end);
        int to = left ? df__plan_slot(plan, rows ? DF_TILE : DF_GLOBAL, node, node->type,
                                      r.outer * r.inner)
                      : y;
        if (to < 0 || !add_step(plan, node, to, x, &r))
            return false;
        x = to;
    }
    return true;
}
