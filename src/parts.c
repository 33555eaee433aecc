/* parts.c -- the adjoint of an array that is used in parts: the parts' adjoints, one behind another
 *
 * SPDX-License-Identifier: MIT
 *
 * Each slice alone would give an array of x's size that is 0 but for its part; of n slices that is
 * n arrays to be added up. In a layer no two parts overlap, so that it is one concatenation, with
 * zeros where no part is; there are as many layers as parts lie above one another. So the work is
 * that of the parts' own sizes. */
#include "walk.h"
#include <stdlib.h>

enum { AXIS, FIRST, STEP, COUNT };               /* of a slice: its attr.i */

/* What takes place `first` to `first` + n - 1 of an axis, and its adjoint. */
typedef struct { df_node *dy; int axis; int64_t first, n; } part;

static part part_of(const df_node *y, df_node *dy)
{
    const int64_t *i = y->attr.i;
    part p = { .dy = df_broadcast(dy, y->dims), .axis = (int)i[AXIS], .first = i[FIRST],
               .n = i[COUNT] };
    if (p.n > 1 && i[STEP] < 0) {
        p.first -= p.n - 1;
        p.dy = df_flip(p.dy, p.axis);
    }
    return p;
}

static int by_place(const void *a, const void *b)
{
    const part *p = a, *q = b;
    if (p->axis != q->axis)
        return (p->axis > q->axis) - (p->axis < q->axis);
    return p->first != q->first ? (p->first > q->first) - (p->first < q->first)
                                : (p->n > q->n) - (p->n < q->n);
}

/* A layer of parts, in order and apart: list has room for a gap before each of them. */
static df_node *layer_of(const df_node *x, const part *p, int64_t n, df_node **list)
{
    int axis = p[0].axis;
    int64_t end = p[0].first, k = 0;
    for (int64_t i = 0; i < n; i++) {
        df_dims gap = x->dims;
        gap.size[axis] = p[i].first - end;
        if (gap.size[axis] > 0)
            list[k++] = df_zeros(x->g, gap);
        list[k++] = p[i].dy;
        end = p[i].first + p[i].n;
    }
    df_node *all = df_concat_list(axis, list, (int)k);
    if (p[0].first > 0 || end < x->dims.size[axis])
        all = df_unslice(all, axis, p[0].first, 1, x->dims.size[axis]);
    return all;
}

/* Moves the first layer of n parts to the front, the others in their order behind it, by way of
 * rest; gives how many it has. */
static int64_t take_layer(part *p, int64_t n, part *rest)
{
    int64_t taken = 0, left = 0, end = 0;
    for (int64_t i = 0; i < n; i++)
        if (p[i].axis == p[0].axis && p[i].first >= end) {
            end = p[i].first + p[i].n;
            p[taken++] = p[i];
        } else
            rest[left++] = p[i];
    memcpy(p + taken, rest, (size_t)left * sizeof *p);
    return taken;
}

static df_node *sum_of_layers(const df_node *x, part *p, int64_t n, part *rest, df_node **list)
{
    df_node *sum = NULL;
    qsort(p, (size_t)n, sizeof *p, by_place);
    while (n > 0) {
        int64_t taken = take_layer(p, n, rest);
        df_node *layer = layer_of(x, p, taken, list);
        sum = sum ? df_add(sum, layer) : layer;
        p += taken;
        n -= taken;
    }
    return sum;
}

bool df__is_part(const df__walk *w, int64_t user)
{
    const df_node *y = w->g->node[user];
    const int64_t *i = y->attr.i;
    return !w->raw && w->adjoint[user] && y->op == &df__op_slice &&
           (i[STEP] == 1 || i[STEP] == -1 || i[COUNT] == 1);
}

int64_t df__count_parts(const df__walk *w, const df_node *x)
{
    int64_t n = 0;
    for (int64_t k = w->first_user[x->id]; k < w->first_user[x->id + 1]; k++)
        n += df__is_part(w, w->user[k]);
    return n;
}

df_node *df__adjoint_of_parts(const df__walk *w, const df_node *x, int64_t n)
{
    df_graph *g = w->g;
    size_t bytes[2] = { 2 * (size_t)n * sizeof(part), 2 * (size_t)n * sizeof(df_node *) };
    part *p = df__get(&g->mem, bytes[0]);
    df_node **list = df__get(&g->mem, bytes[1]), *sum = NULL;
    if (p && list) {
        part *at = p;
        for (int64_t k = w->first_user[x->id]; k < w->first_user[x->id + 1]; k++)
            if (df__is_part(w, w->user[k]))
                *at++ = part_of(g->node[w->user[k]], w->adjoint[w->user[k]]);
        sum = sum_of_layers(x, p, n, p + n, list);
    } else
        df__error(g, DF_NO_MEMORY, "no memory");
    df__put(&g->mem, p, bytes[0]);
    df__put(&g->mem, list, bytes[1]);
    return sum;
}
