/* check.c -- gradients against central differences, at random values
 *
 * SPDX-License-Identifier: MIT
 *
 * In double; of each parameter up to MOST elements, by Richardson's extrapolation. */
#include "tool.h"
#include <math.h>
#include <stdlib.h>

enum { EXAMPLES = 7, MOST = 200 };
static const double tolerance = 1e-6;

/* ---- values ---------------------------------------------------------------------------------- */

/* Splitmix64 (Steele, Lea and Flood 2014), as a number in (0.1, 0.9): fit for logarithms,
 * probabilities and quotients. */
static double draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return 0.1 + 0.8 * (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

/* Memory of an input; labels are 0 or 1. */
typedef struct { double *v; int64_t *labels; } values;

static bool bind(df_program *p, df_node *x, values *v, uint64_t *state)
{
    int64_t n = elements(df_shape_of(x), EXAMPLES);
    v->v = malloc((size_t)n * sizeof *v->v);
    v->labels = malloc((size_t)n * sizeof *v->labels);
    if (!v->v || !v->labels)
        return complain("no memory");
    for (int64_t i = 0; i < n; i++) {
        v->v[i] = draw(state);
        v->labels[i] = v->v[i] > 0.5;
    }
    bool bound = df_type_of(x) >= DF_UINT8 ? df_bind_i64(p, x, v->labels, n)
                                           : df_bind_f64(p, x, v->v, n);
    return bound || complain_program(p);
}

/* Parameters and states get values of either sign. */
static bool set(model *m, df_node *x, uint64_t *state)
{
    int64_t n = elements(df_shape_of(x), 1);
    double *v = malloc((size_t)n * sizeof *v);
    for (int64_t i = 0; v && i < n; i++)
        v[i] = 2 * draw(state) - 1;
    bool good = v && df_set(x, v, n);
    free(v);
    return good || complain_graph(m);
}

/* ---- one parameter --------------------------------------------------------------------------- */

/* J with element i at v + h. */
static double moved(df_program *p, df_node *J, df_node *x, double *at, int64_t n, int64_t i,
                    double h)
{
    double v = at[i];
    at[i] = v + h;
    bool good = df_set(x, at, n) && df_run(p);
    at[i] = v;
    return good ? df_value(p, J) : NAN;
}

static double slope(df_program *p, df_node *J, df_node *x, double *at, int64_t n, int64_t i)
{
    double h = 1e-3, d[2];
    for (int k = 0; k < 2; k++, h /= 2)
        d[k] = (moved(p, J, x, at, n, i, h) - moved(p, J, x, at, n, i, -h)) / (2 * h);
    return (4 * d[1] - d[0]) / 3;
}

typedef struct { double error, derived, measured; int64_t index; } worst;

/* Relative to the largest of this parameter's derivatives. */
static worst compare(df_program *p, df_node *J, df_node *x, const double *d, double *at, int64_t n)
{
    worst w = { 0, d[0], d[0], 0 };
    double largest = 1e-3 * fabs(df_value(p, J));
    for (int64_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(d[i]));
    for (int64_t k = 0; k < n && k < MOST; k++) {
        int64_t i = n <= MOST ? k : k * (n / MOST);
        double by_differences = slope(p, J, x, at, n, i);
        double error = fabs(by_differences - d[i]) / largest;
        if (!(error <= w.error) && by_differences != d[i])
            w = (worst){ error, d[i], by_differences, i };
    }
    return w;
}

/* False: it could not be done; *good: so far all derivatives are right. */
static bool check_one(model *m, df_program *p, df_node *x, df_node *dx, bool *good)
{
    int64_t n = elements(df_shape_of(x), 1);
    double *d = malloc((size_t)n * sizeof *d), *at = malloc((size_t)n * sizeof *at);
    bool done = d && at ? df_get(x, at, n) && df_run(p) && df_fetch(p, dx, d, n)
                        : complain("no memory");
    if (done) {
        worst w = compare(p, m->J, x, d, at, n);
        bool fine = w.error <= tolerance;
        printf("%-12s worst relative error %.1e", df_name_of(x), w.error);
        if (!fine)
            printf(" at element %lld: derived %.10g, measured %.10g", (long long)w.index, w.derived,
                   w.measured);
        printf("\n");
        *good = *good && fine;
        done = df_set(x, at, n);
    } else if (d && at) {
        complain("%s%s", df_program_error(p), df_graph_error(m->g));
    }
    free(d);
    free(at);
    return done;
}

/* ---- all ------------------------------------------------------------------------------------- */

static bool prepare(model *m, df_program *p, values *v, uint64_t *state)
{
    for (int i = 0; i < m->n; i++) {
        df_node *x = m->list[i].x;
        char kind = *m->list[i].kind;
        if (kind == 'i' ? !bind(p, x, &v[i], state) : kind != '=' && !set(m, x, state))
            return false;
    }
    return true;
}

static bool are_parameters(const model *m)
{
    for (int i = 0; i < m->n_by; i++)
        for (int k = 0; k < m->n; k++)
            if (m->list[k].x == m->by[i] && *m->list[k].kind != 'p')
                return complain("--check: %s is no parameter", m->list[k].name);
    return true;
}

bool check_gradients(model *m, const options *o)
{
    df_options how = compile_options(o);
    uint64_t state = (uint64_t)o->seed;
    df_node *y[m->n_by + 1];
    y[0] = m->J;
    for (int i = 0; i < m->n_by; i++)
        y[i + 1] = m->d[i];
    if (!are_parameters(m))
        return false;
    df_program *p = df_compile_list(m->g, y, m->n_by + 1, &how);
    values *v = calloc((size_t)m->n + 1, sizeof *v);
    bool good = true, done = v != NULL;
    if (!p || !v)
        return free(v), p ? complain("no memory") : complain_graph(m);
    done = prepare(m, p, v, &state);
    for (int i = 0; done && i < m->n_by; i++)
        done = check_one(m, p, m->by[i], m->d[i], &good);
    df_program_free(p);
    for (int i = 0; i < m->n; i++) {
        free(v[i].v);
        free(v[i].labels);
    }
    free(v);
    if (done && !good)
        complain("a derivative is not what differences give");
    return done && good;
}
