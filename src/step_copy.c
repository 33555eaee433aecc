/* step_copy.c -- elements taken as they are: copies, repetitions, axes in another order
 *
 * SPDX-License-Identifier: MIT */
#include "plan.h"

/* ---- run ------------------------------------------------------------------------------------- */

static char *operand(const df__step *s, const df__tile *t)
{
    return (char *)t->at[s->x[0]] + ((const df__nest *)s->how)->offset * s->size;
}

static void run_plain(const df__step *s, df__tile *t)
{
    int64_t n = s->rows ? s->count * t->rows : s->count;
    const char *x = operand(s, t);
    if (t->at[s->y] != x)
        memcpy(t->at[s->y], x, (size_t)n * (size_t)s->size);
}

/* One block after another of itself: what is there already is copied, twice as much each time. */
static void run_repeat(const df__step *s, df__tile *t)
{
    const df__nest *nest = s->how;
    char *y = t->at[s->y];
    size_t one = (size_t)nest->loop[1].size * (size_t)s->size;
    size_t all = one * (size_t)df__loop_size(nest, 0, t->rows), done = one;
    memcpy(y, operand(s, t), one);
    for (size_t n; done < all; done += n) {
        n = done < all - done ? done : all - done;
        memcpy(y + done, y, n);
    }
}

static void copy_4(int64_t n, uint32_t *y, int64_t by_y, const uint32_t *x, int64_t by_x)
{
    for (int64_t i = 0; i < n; i++)
        y[i * by_y] = x[i * by_x];
}

static void copy_8(int64_t n, uint64_t *y, int64_t by_y, const uint64_t *x, int64_t by_x)
{
    for (int64_t i = 0; i < n; i++)
        y[i * by_y] = x[i * by_x];
}

static void run_loops(const df__step *s, df__tile *t)
{
    const df__nest *nest = s->how;
    int last = nest->n - 1;
    int64_t at[DF_RANK] = { 0 }, n = df__loop_size(nest, last, t->rows);
    const int64_t *by = nest->loop[last].stride;
    const int size[] = { s->size, s->size };
    char *p[] = { t->at[s->y], operand(s, t) };
    do
        if (s->size == 4)
            copy_4(n, (uint32_t *)p[0], by[0], (const uint32_t *)p[1], by[1]);
        else
            copy_8(n, (uint64_t *)p[0], by[0], (const uint64_t *)p[1], by[1]);
    while (df__nest_next(nest, t->rows, at, p, 1, size));
}

/* ---- layout ---------------------------------------------------------------------------------- */

/* The run function of a nest of copies. */
static void (*run_for(const df__nest *nest))(const df__step *s, df__tile *t)
{
    int last = nest->n - 1;
    if (last == 0 && nest->loop[0].stride[1] == 1)
        return run_plain;
    if (last == 1 && nest->loop[0].stride[1] == 0 && nest->loop[1].stride[1] == 1)
        return run_repeat;
    return run_loops;
}

static bool add_step(df__plan *plan, const char *name, const df_node *node, int y, int x,
                     const df__nest *nest)
{
    df__step *s = df__plan_step(plan, node, y);
    df__nest *how = s ? df__plan_get(plan, sizeof *how) : NULL;
    if (!how)
        return false;
    *how = *nest;
    s->run = run_for(nest);
    s->name = name;
    s->n = 1;
    s->x[0] = x;
    s->count = nest->loop[0].size;
    s->rows = nest->loop[0].rows;
    s->size = (int)df__type_size(plan->slot[x].type);
    s->how = how;
    return true;
}

bool df__step_stretch(df__plan *plan, const df_node *node, df_dims to, int y, df_dims from, int x)
{
    df__nest nest;
    df__nest_stretch(&nest, to, &from, 1);
    return add_step(plan, "repeat", node, y, x, &nest);
}

bool df__step_copy(df__plan *plan, const df_node *node, int y, int x)
{
    df__nest nest = { .n = 1, .loop = { { plan->slot[x].count, df__has_m(node->dims),
                                         { 1, 1 } } } };
    return add_step(plan, "copy", node, y, x, &nest);
}

static void nest_of_view(df__nest *nest, const df_node *y)
{
    df_view v = { 0 };
    y->op->view(y, &v);
    df__nest_of(nest, y->dims, &v.stride, 1);
    nest->offset = v.offset;
}

bool df__step_view(df__plan *plan, const df_node *node, int y, int x)
{
    df__nest nest;
    nest_of_view(&nest, node);
    return add_step(plan, node->op->name, node, y, x, &nest);
}

bool df__is_view_of_all(const df_node *y)
{
    df__nest nest;
    if (y->op->kind != DF_VIEW || df__per_example(y->dims) != df__per_example(y->x[0]->dims))
        return false;
    nest_of_view(&nest, y);
    return nest.offset == 0 && nest.n == 1 &&
           (nest.loop[0].stride[1] == 1 || (nest.loop[0].size == 1 && !nest.loop[0].rows));
}
