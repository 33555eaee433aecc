/* step_reduce.c -- reductions: the op's own kernel, once for each group of axes side by side
 *
 * SPDX-License-Identifier: MIT
 *
 * The innermost group goes first, so that what is left is small. A group that m belongs to is
 * the last: the reduction over a tile is combined with what the tiles of the chunk before it
 * have given. */
#include "kernels.h"
#include "plan.h"

typedef struct {
    int64_t outer, len, inner;
    enum { ROWS_NOWHERE, ROWS_OUTER, ROWS_LEN } rows;
    bool accumulates;
    void (*sums)(const df__gemm *m); /* for rows of examples */
} group;

/* The result of all tiles of a chunk is multiplied once, at its last. */
static void scale(const df__step *s, const df__tile *t, int64_t n)
{
    if (s->node->g->real == DF_FLOAT64)
        for (int64_t i = 0; i < n; i++)
            ((double *)t->at[s->y])[i] *= *(const double *)t->at[s->x[1]];
    else
        for (int64_t i = 0; i < n; i++)
            ((float *)t->at[s->y])[i] *= *(const float *)t->at[s->x[1]];
}

static void run(const df__step *s, df__tile *t)
{
    const group *r = s->how;
    int64_t outer = r->rows == ROWS_OUTER ? r->outer * t->rows : r->outer;
    int64_t len = r->rows == ROWS_LEN ? r->len * t->rows : r->len;
    s->node->op->reduce[s->node->g->real == DF_FLOAT64](
        outer, len, r->inner, !r->accumulates || t->fresh, t->at[s->y], t->at[s->x[0]]);
    if (s->x[1] >= 0 && (t->last || !r->accumulates))
        scale(s, t, outer * r->inner);
}

/* Over the examples: a row of them for each element. */
static void reduce_rows(const df__step *s, const df__tile *t)
{
    const group *r = s->how;
    bool wide = s->node->g->real == DF_FLOAT64;
    size_t size = wide ? sizeof(double) : sizeof(float);
    const char *x = t->at[s->x[0]];
    for (int64_t k = 0; k < r->len; k++)
        for (int64_t i = 0; i < r->inner; i++, x += (size_t)t->width * size)
            s->node->op->reduce[wide](1, t->rows, 1, t->fresh && k == 0,
                                      (char *)t->at[s->y] + (size_t)i * size, x);
}

static void run_by_element(const df__step *s, df__tile *t)
{
    const group *r = s->how;
    bool over = r->rows == ROWS_OUTER; /* along rows of examples */
    if (over)
        s->node->op->reduce[s->node->g->real == DF_FLOAT64](
            r->outer, r->len, r->inner * t->width, true, t->at[s->y], t->at[s->x[0]]);
    else
        reduce_rows(s, t);
    if (s->x[1] >= 0 && (t->last || over))
        scale(s, t, over ? r->outer * r->inner * t->width : r->inner);
}

/* Sums of rows of examples: products with ones. */
static void run_sums(const df__step *s, df__tile *t)
{
    const group *r = s->how;
    bool wide = s->node->g->real == DF_FLOAT64;
    df__gemm m = { .r = r->inner, .c = 1, .k = t->rows, .a = t->at[s->x[0]], .y = t->at[s->y],
                   .a_r = t->width, .a_k = 1, .b_k = 1, .y_r = 1, .add = !t->fresh,
                   .alpha = s->x[1] < 0 ? 1
                            : wide      ? *(const double *)t->at[s->x[1]]
                                        : *(const float *)t->at[s->x[1]] };
    for (int64_t k = 0; k < r->len; k++, m.add = true) {
        r->sums(&m);
        m.a = (const char *)m.a + r->inner * t->width * (wide ? 8 : 4);
    }
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

static bool add_step(df__plan *plan, const df_node *node, int y, int x, int alpha, const group *r)
{
    df__step *s = df__plan_step(plan, node, y);
    group *how = s ? df__plan_get(plan, sizeof *how) : NULL;
    if (!how)
        return false;
    *how = *r;
    s->run = run;
    s->name = node->op->name;
    s->n = 2;
    s->x[0] = x;
    s->x[1] = alpha;
    s->how = how;
    return true;
}

bool df__step_reduce(df__plan *plan, const df_node *node, int y, int x, int alpha)
{
    axis a[DF_RANK];
    int n = list_axes(node, a), begin, end;
    bool left = innermost(a, n, &begin, &end);
    if (!left && alpha < 0 && node->op->linear)      /* of one element a norm is the size */
        return df__step_copy(plan, node, y, x);
    if (!left) /* a reduction over axes of size 1 */
        return add_step(plan, node, y, x, alpha,
                        &(group){ df__per_example(node->dims), 1, 1,
                                  df__has_m(node->dims) ? ROWS_OUTER : ROWS_NOWHERE, false, NULL });
    while (left) {
        group r = { 1, 1, 1, ROWS_NOWHERE, false,
                    df__best_kernels()->dots[plan->g->real == DF_FLOAT64] };
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
        if (to < 0 || !add_step(plan, node, to, x, left ? -1 : alpha, &r))
            return false;
        x = to;
    }
    return true;
}

bool df__reduce_by_element(df__plan *plan, const df__step *s, df__step *to)
{
    const group *r = s->how;
    (void)plan;
    to->run = r->rows == ROWS_LEN && s->node->op->linear ? run_sums : run_by_element;
    return s->run == run && (r->rows == ROWS_OUTER || (r->rows == ROWS_LEN && r->outer == 1));
}
