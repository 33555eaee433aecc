/* same.h -- whether two graphs are the same, node for node
 *
 * SPDX-License-Identifier: MIT
 *
 * Leaves are the same by name. x + -2 is x - 2: so it is printed. A contraction is the same
 * whichever operand comes first, if it is of an array turned instead of with letters turned (both
 * are printed as A.T @ B), and whatever the letters of its axes of size 1. */
#ifndef DFOO_TESTS_SAME_H
#define DFOO_TESTS_SAME_H
#include "df.h"
#include <math.h>
#include <stdlib.h>

/* image[id]: the node of the other graph that is this one. */
typedef struct { df_node **image; const df_node *a, *b; bool small; } sameness;

static bool same_node(sameness *s, const df_node *a, const df_node *b);

/* NaN is NaN, and 0 is not -0; in float what differs only as a double is the same. */
static bool same_number(const sameness *s, double a, double b)
{
    if (s->small)
        a = (float)a, b = (float)b;
    return (isnan(a) && isnan(b)) || (a == b && signbit(a) == signbit(b));
}

typedef struct { const df_node *x[2]; int8_t of[3][DF_RANK]; } contraction;

static contraction contraction_of(const df_node *y, bool swapped)
{
    contraction c;
    memcpy(c.of[2], y->attr.axes[2], DF_RANK);
    for (int k = 0; k < 2; k++) {
        int from = swapped ? 1 - k : k;
        c.x[k] = y->x[from];
        memcpy(c.of[k], y->attr.axes[from], DF_RANK);
        while (c.x[k]->op == &df__op_transpose) {
            int8_t turned[DF_RANK] = { 0 };
            for (int j = 0; j < c.x[k]->dims.rank; j++)
                turned[c.x[k]->attr.axes[0][j]] = c.of[k][j];
            memcpy(c.of[k], turned, DF_RANK);
            c.x[k] = c.x[k]->x[0];
        }
    }
    int8_t number[128] = { 0 }, n = 0;
    for (int k = 0; k < 3; k++)
        for (int j = 0; j < DF_RANK && c.of[k][j]; j++) {
            int8_t *to = &number[(int)c.of[k][j]];
            int64_t size = (k < 2 ? c.x[k] : y)->dims.size[j];
            *to = *to || size == 1 ? *to : ++n;
            c.of[k][j] = size == 1 ? 127 : *to;
        }
    return c;
}

static bool same_contraction(sameness *s, const df_node *a, const df_node *b)
{
    contraction c = contraction_of(a, false);
    for (int swapped = 0; swapped < 2; swapped++) {
        contraction d = contraction_of(b, swapped);
        if (memcmp(c.of, d.of, sizeof c.of) == 0 && same_node(s, c.x[0], d.x[0]) &&
            same_node(s, c.x[1], d.x[1]))
            return true;
    }
    return false;
}

static bool same_source(const sameness *s, const df_node *a, const df_node *b)
{
    for (int64_t i = 0; a->number && i < df__elements(a->dims, 1); i++)
        if (!same_number(s, a->number[i], b->number[i]))
            return false;
    bool named = a->op == &df__op_input || a->op == &df__op_param || a->op == &df__op_state;
    const char *x = df_name_of(a), *y = df_name_of(b);
    for (; named && *x && (*x == *y || (*x == '.' && *y == '_')); x++)
        y++;
    return !named || (!*x && !*y);
}

/* x + -2 and x - 2 */
static bool same_offset(sameness *s, const df_node *a, const df_node *b)
{
    double c, d;
    bool alike = a->op == &df__op_add && b->op == &df__op_sub && df__dims_equal(a->dims, b->dims) &&
                 a->x[1]->op == &df__op_number && b->x[1]->op == &df__op_number &&
                 df__dims_equal(a->x[1]->dims, b->x[1]->dims);
    if (!alike)
        return false;
    c = a->x[1]->attr.f[0];
    d = b->x[1]->attr.f[0];
    return same_number(s, c, -d) && same_node(s, a->x[0], b->x[0]);
}

static bool compare_nodes(sameness *s, const df_node *a, const df_node *b)
{
    if (same_offset(s, a, b))
        return true;
    if (a->op != b->op || a->n != b->n || a->type != b->type || !df__dims_equal(a->dims, b->dims))
        return false;
    if (a->op == &df__op_contract)
        return same_contraction(s, a, b);
    /* Random nodes have a stream of their own each, in i. */
    bool stream = a->op == &df__op_uniform || a->op == &df__op_normal;
    for (int k = 0; k < 2; k++)
        if (!same_number(s, a->attr.f[k], b->attr.f[k]))
            return false;
    if (!stream && memcmp(a->attr.i, b->attr.i, sizeof a->attr.i) != 0)
        return false;
    if (memcmp(a->attr.axes, b->attr.axes, sizeof a->attr.axes) != 0 || !same_source(s, a, b))
        return false;
    for (int i = 0; i < a->n; i++)
        if (!same_node(s, a->x[i], b->x[i]))
            return false;
    return true;
}

/* s->a, s->b: the first pair that differs. */
static bool same_node(sameness *s, const df_node *a, const df_node *b)
{
    if (s->image[a->id])
        return s->image[a->id] == b;
    if (!compare_nodes(s, a, b)) {
        if (!s->a)
            s->a = a, s->b = b;
        return false;
    }
    s->image[a->id] = (df_node *)b;
    return true;
}

__attribute__((unused)) static bool same_graph(df_node *const *a, df_node *const *b, int n,
                                               char why[2 * DF_TEXT])
{
    sameness s = { .small = a[0]->g->real == DF_FLOAT32 };
    s.image = calloc((size_t)a[0]->g->n_nodes, sizeof *s.image);
    bool same = true;
    for (int i = 0; i < n && same; i++)
        same = same_node(&s, a[i], b[i]);
    char x[DF_TEXT], y[DF_TEXT];
    if (!same)
        snprintf(why, 2 * DF_TEXT, "%s of %s is %s of %s", df_describe(s.a, x, sizeof x),
                 s.a->op->name, df_describe(s.b, y, sizeof y), s.b->op->name);
    free(s.image);
    return same;
}

/* The declarations of a graph's leaves, names as printed. */
__attribute__((unused)) static void write_declarations(FILE *f, const df_graph *g)
{
    static const char *const types[] = { "", "float32", "float64", "uint8", "int32", "int64" };
    for (int64_t id = 0; id < g->n_nodes; id++) {
        const df_node *x = g->node[id];
        bool leaf = x->op == &df__op_input || x->op == &df__op_param || x->op == &df__op_state;
        if (!leaf || !x->name)
            continue;
        fprintf(f, "%s ", x->op->name);
        for (const char *c = x->name; *c; c++)
            fputc(*c == '.' ? '_' : *c, f);
        fprintf(f, " (");
        for (int j = 0; j < x->dims.rank; j++)
            if (x->dims.size[j] == DF_M)
                fprintf(f, "m, ");
            else
                fprintf(f, "%lld, ", (long long)x->dims.size[j]);
        fprintf(f, ") %s\n", x->type != g->real ? types[x->type] : "");
    }
}
#endif
