/* evaluate.h -- the values of a graph in double, node by node: slow, and with nothing of the engine
 * but kernels
 *
 * SPDX-License-Identifier: MIT
 *
 * Arrays are in C order of their shape, wherever m stands in it. */
#ifndef DFOO_TESTS_EVALUATE_H
#define DFOO_TESTS_EVALUATE_H
#include "check.h"
#include "df.h"
#include <math.h>

enum { EV_LEAVES = 32 };

/* Values of the leaves; m; whether each value is rounded to float. */
typedef struct {
    const df_node *x[EV_LEAVES];
    const double *v[EV_LEAVES];
    int n;
    int64_t m;
    bool round;
} evaluation;

static int64_t ev_size(const evaluation *e, df_dims s, int axis)
{
    return s.size[axis] == DF_M ? e->m : s.size[axis];
}

static int64_t ev_elements(const evaluation *e, df_dims s)
{
    return df__elements(s, e->m);
}

/* The place in C order, and back. */
static void ev_index(const evaluation *e, df_dims s, int64_t at, int64_t index[DF_RANK])
{
    for (int j = s.rank - 1; j >= 0; j--) {
        index[j] = at % ev_size(e, s, j);
        at /= ev_size(e, s, j);
    }
}

/* Of an array that stretches: along sizes of 1 the index is 0. */
static int64_t ev_place(const evaluation *e, df_dims s, const int64_t index[DF_RANK])
{
    int64_t at = 0;
    for (int j = 0; j < s.rank; j++)
        at = at * ev_size(e, s, j) + (ev_size(e, s, j) == 1 ? 0 : index[j]);
    return at;
}

static void ev_source(const evaluation *e, const df_node *y, double *const *v, double *to)
{
    (void)v;
    const df_node *leaf = y->twin ? y->twin : y;
    const double *from = y->number;
    for (int i = 0; i < e->n; i++)
        if (e->x[i] == leaf)
            from = e->v[i];
    for (int64_t i = 0; i < ev_elements(e, y->dims); i++)
        to[i] = y->op == &df__op_number     ? y->attr.f[0]
                : y->op == &df__op_examples ? (double)e->m
                                            : from[i];
}

static void ev_map(const evaluation *e, const df_node *y, double *const *v, double *to)
{
    int64_t index[DF_RANK], step[DF_ARITY] = { 0 };
    for (int64_t at = 0; at < ev_elements(e, y->dims); at++) {
        double x[DF_ARITY];
        const void *p[DF_ARITY];
        ev_index(e, y->dims, at, index);
        for (int i = 0; i < y->n; i++) {
            x[i] = v[y->x[i]->id]
                    [df__is_scalar(y->x[i]->dims) ? 0 : ev_place(e, y->x[i]->dims, index)];
            p[i] = &x[i];
        }
        y->op->map[1](1, &to[at], p, step, &y->attr);
    }
}

static void ev_reduce(const evaluation *e, const df_node *y, double *const *v, double *to)
{
    const df_node *x = y->x[0];
    int64_t index[DF_RANK], n = ev_elements(e, y->dims), *fresh = calloc((size_t)n, sizeof *fresh);
    for (int64_t at = 0; at < ev_elements(e, x->dims); at++) {
        ev_index(e, x->dims, at, index);
        int64_t place = y->attr.i[1] ? 0 : ev_place(e, y->dims, index);
        y->op->reduce[1](1, 1, 1, !fresh[place], &to[place], &v[x->id][at]);
        fresh[place] = 1;
    }
    free(fresh);
}

/* All letters run over all their values; products go where the result's letters say. */
static void ev_contract(const evaluation *e, const df_node *y, double *const *v, double *to)
{
    const df_node *x[3] = { y->x[0], y->x[1], y };
    int64_t size[3 * DF_RANK + 1], at[3 * DF_RANK + 1] = { 0 }, index[DF_RANK];
    int letters = 0;
    for (int k = 0; k < 3; k++)
        for (int j = 0; j < x[k]->dims.rank; j++) {
            int letter = y->attr.axes[k][j];
            size[letter] = ev_size(e, x[k]->dims, j);
            letters = letter > letters ? letter : letters;
        }
    memset(to, 0, (size_t)ev_elements(e, y->dims) * sizeof *to);
    for (int l = 1; l <= letters;) {
        int64_t place[3];
        for (int k = 0; k < 3; k++) {
            for (int j = 0; j < x[k]->dims.rank; j++)
                index[j] = at[y->attr.axes[k][j]];
            place[k] = ev_place(e, x[k]->dims, index);
        }
        to[place[2]] += v[x[0]->id][place[0]] * v[x[1]->id][place[1]];
        for (l = 1; l <= letters && ++at[l] == size[l]; l++)
            at[l] = 0;
    }
}

/* Between C order and example after example. */
static void ev_by_example(const evaluation *e, df_dims s, const double *from, double *to, bool back)
{
    int64_t index[DF_RANK], n = ev_elements(e, s), one = n / (df__has_m(s) ? e->m : 1);
    int m = df_m_axis(s);
    for (int64_t at = 0; at < n; at++) {
        ev_index(e, s, at, index);
        int64_t place = 0;
        for (int j = 0; j < s.rank; j++)
            place = j == m ? place : place * s.size[j] + index[j];
        place += m >= 0 ? index[m] * one : 0;
        to[back ? at : place] = from[back ? place : at];
    }
}

static void ev_view(const evaluation *e, const df_node *y, double *const *v, double *to)
{
    const df_node *x = y->x[0];
    int64_t index[DF_RANK], n = ev_elements(e, x->dims);
    double *block = malloc((size_t)n * sizeof *block);
    df_view view = { 0 };
    ev_by_example(e, x->dims, v[x->id], block, false);
    bool inside = true;
    y->op->view(y, &view);
    for (int64_t at = 0; at < ev_elements(e, y->dims); at++) {
        int64_t place = view.offset;
        ev_index(e, y->dims, at, index);
        for (int j = 0; j < y->dims.rank; j++)
            place += index[j] * view.stride[j];
        inside = inside && place >= 0 && place < n;
        to[at] = inside ? block[place] : NAN;
    }
    ck_assert(inside);
    free(block);
}

/* No numbers where it fails. */
static void ev_opaque(const evaluation *e, const df_node *y, double *const *v, double *to)
{
    df_block b = {
        .rows = df__has_m(y->dims) ? e->m : 1, .n = y->n, .y_dims = y->dims, .attr = &y->attr,
        .y_type = y->type == y->g->real ? DF_FLOAT64 : DF_INT64,
    };
    double *x[DF_ARITY], *made = calloc((size_t)ev_elements(e, y->dims), sizeof *made);
    for (int i = 0; i < y->n; i++) {
        int64_t n = ev_elements(e, y->x[i]->dims);
        x[i] = malloc((size_t)n * sizeof *x[i]);
        ev_by_example(e, y->x[i]->dims, v[y->x[i]->id], x[i], false);
        for (int64_t k = 0; y->x[i]->type != y->g->real && k < n; k++)
            ((int64_t *)x[i])[k] = (int64_t)x[i][k];
        b.x[i] = x[i];
        b.x_dims[i] = y->x[i]->dims;
        b.rows = df__has_m(y->x[i]->dims) ? e->m : b.rows;
    }
    b.y = made;
    b.scratch = y->op->scratch ? malloc((size_t)y->op->scratch(y) * sizeof(double)) : NULL;
    bool good = y->op->block[1](&b) == -1;
    free(b.scratch);
    for (int64_t k = 0; y->type != y->g->real && k < ev_elements(e, y->dims); k++)
        made[k] = (double)((int64_t *)b.y)[k];
    ev_by_example(e, y->dims, made, to, true);
    for (int64_t k = 0; !good && k < ev_elements(e, y->dims); k++)
        to[k] = NAN;
    for (int i = 0; i < y->n; i++)
        free(x[i]);
    free(made);
}

/* The values of one node, to where v has them, from those of its operands. */
static void ev_node(const evaluation *e, const df_node *y, double *const *v)
{
    static void (*const by_kind[])(const evaluation *, const df_node *, double *const *,
                                   double *) = {
        [DF_SOURCE] = ev_source, [DF_MAP] = ev_map,   [DF_REDUCE] = ev_reduce,
        [DF_CONTRACT] = ev_contract, [DF_VIEW] = ev_view, [DF_OPAQUE] = ev_opaque,
    };
    by_kind[y->op->kind](e, y, v, v[y->id]);
    for (int64_t i = 0; e->round && i < ev_elements(e, y->dims); i++)
        v[y->id][i] = (float)v[y->id][i];
}

/* The values of y, to be freed. */
__attribute__((unused)) static double *evaluate(const evaluation *e, const df_node *y)
{
    const df_graph *g = y->g;
    double **v = calloc((size_t)y->id + 1, sizeof *v);
    v[y->id] = malloc((size_t)ev_elements(e, y->dims) * sizeof **v);
    for (int64_t id = y->id; id >= 0; id--)
        for (int i = 0; v[id] && i < g->node[id]->n; i++)
            if (!v[g->node[id]->x[i]->id])
                v[g->node[id]->x[i]->id] =
                    malloc((size_t)ev_elements(e, g->node[id]->x[i]->dims) * sizeof **v);
    for (int64_t id = 0; id <= y->id; id++)
        if (v[id])
            ev_node(e, g->node[id], v);
    double *result = v[y->id];
    for (int64_t id = 0; id < y->id; id++)
        free(v[id]);
    free(v);
    return result;
}
#endif
