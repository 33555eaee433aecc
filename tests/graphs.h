/* graphs.h -- values for the leaves of any graph, runs of any outputs, and graphs made at random
 *
 * SPDX-License-Identifier: MIT
 *
 *     df_graph *g = ...;
 *     given *v = given_new(g, 100, &dice, -1, 1);
 *     df_program *p = compiled(g, y, n, &options);
 *     double **r = run_given(p, v, y, n);            r[i]: y[i], example after example
 *     check_close(...); run_free(r, n); given_free(v); */
#ifndef DFOO_TESTS_GRAPHS_H
#define DFOO_TESTS_GRAPHS_H
#include "evaluate.h"
#include "plan.h"
#include <math.h>

/* ---- dice -------------------------------------------------------------------------------- */

typedef struct { uint64_t seed, n; } dice;

static uint64_t roll(dice *d, uint64_t sides)
{
    return (uint64_t)(df__uniform(d->seed, 0, d->n++) * (double)sides);
}

static double between(dice *d, double low, double high)
{
    return (float)(low + (high - low) * df__uniform(d->seed, 0, d->n++));
}

/* ---- values of the leaves ---------------------------------------------------------------- */

/* Of each leaf of a graph: as doubles in C order of its shape, and as the engine wants it. */
typedef struct {
    df_graph *g;
    evaluation e;
    double *c_order[EV_LEAVES];
    void *by_example[EV_LEAVES];
} given;

static void *in_type_of(const df_node *x, const double *v, int64_t n)
{
    bool wide = x->type == DF_FLOAT64, whole = x->type >= DF_UINT8;
    char *p = malloc((size_t)n *
                     (whole ? sizeof(int64_t) : df__type_size(x->type))); /* not a byte more */
    for (int64_t i = 0; i < n; i++)
        if (whole)
            ((int64_t *)(void *)p)[i] = (int64_t)v[i];
        else if (wide)
            ((double *)(void *)p)[i] = v[i];
        else
            ((float *)(void *)p)[i] = (float)v[i];
    return p;
}

/* Leaf k of v is x, of these values example by example, which are freed; c_order is there. */
static void give(given *v, int k, df_node *x, double *by_example, int64_t n)
{
    v->by_example[k] = in_type_of(x, by_example, n);
    if (x->leaf)
        ck_assert(df_set(x, by_example, n));
    free(by_example);
    v->e.x[k] = x;
    v->e.v[k] = v->c_order[k];
}

/* Integers are classes 0, 1, 2. */
__attribute__((unused)) static given *given_new(df_graph *g, int64_t m, dice *d, double low,
                                                double high)
{
    given *v = calloc(1, sizeof *v);
    v->g = g;
    v->e.m = m;
    for (int64_t id = 0; id < g->n_nodes; id++) {
        df_node *x = g->node[id];
        if (x->op != &df__op_input && !x->leaf)
            continue;
        int64_t n = ev_elements(&v->e, x->dims);
        int k = v->e.n++;
        ck_assert_int_lt(k, EV_LEAVES);
        double *by_example = malloc((size_t)n * sizeof *by_example);
        v->c_order[k] = malloc((size_t)n * sizeof **v->c_order);
        for (int64_t i = 0; i < n; i++)
            v->c_order[k][i] = x->type >= DF_UINT8 ? (double)roll(d, 3) : between(d, low, high);
        ev_by_example(&v->e, x->dims, v->c_order[k], by_example, false);
        give(v, k, x, by_example, n);
    }
    return v;
}

__attribute__((unused)) static void given_free(given *v)
{
    for (int k = 0; k < v->e.n; k++) {
        free(v->c_order[k]);
        free(v->by_example[k]);
    }
    free(v);
}

/* Inputs are bound from example `first` on, m of them. */
static void given_bind(df_program *p, const given *v, int64_t first, int64_t m)
{
    for (int k = 0; k < v->e.n; k++) {
        df_node *x = (df_node *)v->e.x[k];
        if (x->leaf)
            continue;
        bool over = df__has_m(x->dims);
        int64_t one = df__per_example(x->dims), n = over ? one * m : one,
                from = over ? one * first : 0;
        bool good = x->type == DF_FLOAT64 ? df_bind_f64(p, x, (double *)v->by_example[k] + from, n)
                    : x->type == DF_FLOAT32
                        ? df_bind_f32(p, x, (float *)v->by_example[k] + from, n)
                        : df_bind_i64(p, x, (int64_t *)v->by_example[k] + from, n);
        ck_assert_msg(good, "%s", df_program_error(p));
    }
}

/* ---- runs -------------------------------------------------------------------------------- */

static int64_t elements_of(const df_node *y, int64_t m)
{
    return df__per_example(y->dims) * (df__has_m(y->dims) ? m : 1);
}

/* forced: however little there is to do, threads share it. */
__attribute__((unused)) static df_program *compiled(df_graph *g, df_node *const *y, int n,
                                                    const df_options *o)
{
    df_program *p = df_compile_list(g, y, n, o);
    ck_assert_msg(p != NULL, "%s", df_graph_error(g));
    if (o && o->threads > 1)
        p->plan->work = 1e9;
    return p;
}

/* Places for outputs that carry m, as doubles. */
static double **places_new(df_program *p, df_node *const *y, int n, int64_t m)
{
    double **r = calloc((size_t)n, sizeof *r);
    for (int i = 0; i < n; i++) {
        int64_t size = elements_of(y[i], m);
        r[i] = malloc((size_t)size * sizeof **r);
        if (df__has_m(y[i]->dims))
            ck_assert_msg(df_bind_out_f64(p, y[i], r[i], size), "%s", df_program_error(p));
    }
    return r;
}

static void fetch_rest(df_program *p, df_node *const *y, int n, double **r)
{
    for (int i = 0; i < n; i++)
        if (!df__has_m(y[i]->dims))
            ck_assert(df_fetch(p, y[i], r[i], df__per_example(y[i]->dims)));
}

/* On examples first .. first + m - 1 of what is given, bound by themselves. */
static double **run_part(df_program *p, const given *v, df_node *const *y, int n, int64_t first,
                         int64_t m)
{
    given_bind(p, v, first, m);
    double **r = places_new(p, y, n, m);
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
    fetch_rest(p, y, n, r);
    return r;
}

__attribute__((unused)) static double **run_given(df_program *p, const given *v, df_node *const *y,
                                                  int n)
{
    return run_part(p, v, y, n, 0, v->e.m);
}

__attribute__((unused)) static void run_free(double **r, int n)
{
    for (int i = 0; i < n; i++)
        free(r[i]);
    free(r);
}

/* The same by the slow evaluation. */
__attribute__((unused)) static double *expected(const given *v, const df_node *y)
{
    double *c_order = evaluate(&v->e, y);
    double *r = malloc((size_t)ev_elements(&v->e, y->dims) * sizeof *r);
    ev_by_example(&v->e, y->dims, c_order, r, false);
    free(c_order);
    return r;
}

/* ---- comparisons ------------------------------------------------------------------------- */

static void print_graph(const char *what, df_node *y)
{
    char text[DF_TEXT];
    printf("%s:\n", what);
    for (int64_t id = 0; y && id <= y->id; id++)
        if (y->g->node[id]->op->kind == DF_SOURCE)
            printf("# %s\n", df_describe(y->g->node[id], text, sizeof text));
    fflush(stdout);
    if (y && df_print(stdout, DF_NUMPY | DF_RAW, y))
        fflush(stdout);
}

/* Within tol of the largest element. */
__attribute__((unused)) static void check_close(const char *what, df_node *y, const double *a,
                                                const double *b, int64_t n, double tol)
{
    double most = 0.2;
    for (int64_t i = 0; i < n; i++)
        most = fabs(b[i]) > most ? fabs(b[i]) : most;
    for (int64_t i = 0; i < n; i++)
        if (!(fabs(a[i] - b[i]) <= tol * most)) {
            print_graph(what, y);
            ck_abort_msg("%s: element %lld is %.17g, not %.17g", what, (long long)i, a[i], b[i]);
        }
}

__attribute__((unused)) static void check_bits(const char *what, df_node *y, const double *a,
                                               const double *b, int64_t n)
{
    if (memcmp(a, b, (size_t)n * sizeof *a) == 0)
        return;
    print_graph(what, y);
    for (int64_t i = 0; i < n; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0)
            ck_abort_msg("%s: element %lld is %a, not %a", what, (long long)i, a[i], b[i]);
}

__attribute__((unused)) static double tolerance(df_type real)
{
    return real == DF_FLOAT64 ? 1e-12 : 3e-5;
}
#endif
