/* train.c -- fits the parameters of a model to a table
 *
 * SPDX-License-Identifier: MIT */
#include "tool.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- data ------------------------------------------------------------------------------------ */

/* Of each input, example after example: floats in the graph's type, or labels. */
typedef struct { void **data; int n; int64_t m; } examples;

static double cell(const table *t, int64_t row, int column)
{
    int64_t at = row * t->a.stride[0] + column * t->a.stride[1];
    return t->a.type == DF_FLOAT64 ? ((double *)t->a.data)[at] : (double)((float *)t->a.data)[at];
}

/* To mean 0 and deviation 1; what is constant, to 0. */
static void standardise(const table *t, int column, int64_t m, double *mean, double *deviation)
{
    double square = 0;
    *mean = 0;
    for (int64_t i = 0; i < m; i++)
        *mean += cell(t, i, column) / (double)m;
    for (int64_t i = 0; i < m; i++)
        square += pow(cell(t, i, column) - *mean, 2) / (double)m;
    *deviation = square > 0 ? sqrt(square) : 1;
}

static bool write_cell(void *to, int64_t at, double v, df_type type, const char *name, int64_t row)
{
    if (type == DF_FLOAT64)
        ((double *)to)[at] = v;
    else if (type == DF_FLOAT32)
        ((float *)to)[at] = (float)v;
    else if (v == rint(v) && fabs(v) < 9e15)
        ((int64_t *)to)[at] = (int64_t)v;
    else
        return complain("%s: row %lld: %g is no whole number", name, (long long)row + 1, v);
    return true;
}

static bool fill(void *to, const table *t, const int *which, int64_t n, const named *input,
                 bool scaled)
{
    df_type type = df_type_of(input->x);
    for (int64_t k = 0; k < n; k++) {
        double mean = 0, deviation = 1;
        if (scaled)
            standardise(t, which[k], t->a.dims.size[0], &mean, &deviation);
        for (int64_t i = 0; i < t->a.dims.size[0]; i++) {
            double v = (cell(t, i, which[k]) - mean) / deviation;
            if (!write_cell(to, i * n + k, v, type, input->name, i))
                return false;
        }
    }
    return true;
}

static bool is_scaled(const options *o, const char *name)
{
    for (int k = 0; k < o->n_standardise; k++)
        if (strcmp(o->standardise[k], name) == 0)
            return true;
    return false;
}

/* One input's data from its columns; NULL: complained. */
static void *gather(const options *o, const table *t, const named *input)
{
    df_dims s = df_shape_of(input->x);
    int64_t n = elements(s, 1);
    if (!has_m(s))
        return complain("%s is the same for every example: write it as an equation, %s = 1",
                        input->name, input->name), NULL;
    int *which = malloc((size_t)n * sizeof *which);
    void *to = malloc((size_t)(n * t->a.dims.size[0]) * sizeof(double));
    bool good = which && to ? table_columns(t, o, input, n, which) &&
                              fill(to, t, which, n, input, is_scaled(o, input->name))
                            : complain("no memory");
    free(which);
    if (good)
        return to;
    free(to);
    return NULL;
}

static void free_examples(examples *e)
{
    for (int i = 0; e->data && i < e->n; i++)
        free(e->data[i]);
    free(e->data);
}

static bool read_examples(model *m, const options *o, examples *e)
{
    table t = { .n = 0 };
    bool good = table_read(m, o->train, &t);
    *e = (examples){ calloc((size_t)m->n + 1, sizeof *e->data), m->n, good ? t.a.dims.size[0] : 0 };
    good = good && (e->data || complain("no memory"));
    for (int i = 0; good && i < m->n; i++)
        if (strcmp(m->list[i].kind, "input") == 0)
            good = (e->data[i] = gather(o, &t, &m->list[i])) != NULL;
    table_free(&t);
    return good;
}

static bool bind(const model *m, df_program *p, const examples *e)
{
    for (int i = 0; i < m->n; i++) {
        df_node *x = m->list[i].x;
        int64_t n = e->data[i] ? elements(df_shape_of(x), e->m) : 0;
        df_type type = df_type_of(x);
        bool bound = !e->data[i] ? true : type == DF_FLOAT64 ? df_bind_f64(p, x, e->data[i], n)
                   : type == DF_FLOAT32 ? df_bind_f32(p, x, e->data[i], n)
                                        : df_bind_i64(p, x, e->data[i], n);
        if (!bound)
            return complain_program(p);
    }
    return true;
}

/* ---- training -------------------------------------------------------------------------------- */

/* On a terminal a line that is written again and again, in a log ten lines. */
static void progress(const char *J, long epoch, long epochs, double cost)
{
    static struct timespec last;
    struct timespec now;
    bool end = epoch == epochs;
    if (isatty(STDERR_FILENO)) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        double passed = (double)(now.tv_sec - last.tv_sec) +
                        1e-9 * (double)(now.tv_nsec - last.tv_nsec);
        if (passed < 0.05 && !end)
            return;
        last = now;
        fprintf(stderr, "\repoch %ld of %ld: %s = %-12.6g%s", epoch, epochs, J, cost,
                end ? "\n" : "");
    } else if (end || epoch % ((epochs + 9) / 10) == 0) {
        fprintf(stderr, "epoch %ld of %ld: %s = %.6g\n", epoch, epochs, J, cost);
    }
}

/* The mean cost of the batches of an epoch; NaN: a run failed. */
static double epoch(df_program *p, df_node *J, int64_t *which, int64_t m, int64_t batch,
                    uint64_t seed)
{
    double sum = 0;
    if (batch >= m)
        return df_run(p) ? df_value(p, J) : NAN;
    df_permutation(which, m, seed);
    for (int64_t at = 0; at < m; at += batch) {
        int64_t n = m - at < batch ? m - at : batch;
        if (!df_run_pick(p, which + at, n))
            return NAN;
        sum += df_value(p, J) * (double)n;
    }
    return sum / (double)m;
}

static bool train(const model *m, const options *o, df_program *p, const examples *e)
{
    int64_t *which = malloc((size_t)e->m * sizeof *which), batch = o->batch ? o->batch : e->m;
    bool good = which || complain("no memory");
    for (long i = 1; good && i <= o->epochs; i++) {
        uint64_t seed = (uint64_t)o->seed + (uint64_t)i * 0x9e3779b97f4a7c15u;
        double cost = epoch(p, m->J, which, e->m, batch, seed);
        good = df_program_status(p) == DF_OK || complain("epoch %ld: %s", i, df_program_error(p));
        if (good)
            progress(df_name_of(m->J), i, o->epochs, cost);
    }
    free(which);
    return good;
}

static df_node *update(const model *m, const options *o)
{
    df_optimiser how = DF_OPTIMISER;
    df_node *rate = df_num(m->g, o->rate);
    how.momentum = o->optimiser == MOMENTUM ? 0.9 : 0;
    if (o->by) {
        how.params = m->by;
        how.n_params = m->n_by;
    }
    return o->optimiser == ADAM ? df_adam(m->J, rate, &how) : df_sgd(m->J, rate, &how);
}

/* ---- results --------------------------------------------------------------------------------- */

/* With the digits that it takes to read it back. */
static void print_number(double v, bool wide)
{
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (wide ? strtod(text, NULL) == v : strtof(text, NULL) == (float)v)
            break;
    }
    fputs(text, stdout);
}

/* As NumPy reads it. */
static bool print_parameter(const model *m, const named *p, bool wide)
{
    df_dims s = df_shape_of(p->x);
    int64_t n = elements(s, 1);
    double *v = malloc((size_t)n * sizeof *v);
    if (!v || !df_get(p->x, v, n))
        return free(v), v ? complain_graph(m) : complain("no memory");
    printf("%s = np.array([", p->name);
    for (int64_t i = 0; i < n; i++) {
        fputs(i == 0 ? "" : i % 6 ? ", " : ",\n    ", stdout);
        print_number(v[i], wide);
    }
    printf("]).reshape(");
    for (int j = 0; j < s.rank; j++)
        printf("%s%lld", j ? ", " : "", (long long)s.size[j]);
    printf("%s)\n", s.rank == 1 ? "," : "");
    free(v);
    return true;
}

static bool print_results(const model *m, const options *o, const examples *e)
{
    df_options how = compile_options(o);
    df_program *p = df_compile_list(m->g, &m->J, 1, &how);
    if (!p || !bind(m, p, e) || !df_run(p))
        return p ? complain_program(p) : complain_graph(m);
    printf("# %s = %.9g\n", df_name_of(m->J), df_value(p, m->J));
    for (int i = 0; i < m->n; i++)
        if (strcmp(m->list[i].kind, "param") == 0 && !print_parameter(m, &m->list[i], o->wide))
            return false;
    return true;
}

/* What the file lacks, a new layer or another optimiser's state, begins as without a file. */
static bool begin(const model *m, const options *o)
{
    bool good = !o->load || df_load(m->g, o->load, DF_WHAT_IS_THERE);
    return good && df_init(m->g);
}

bool train_model(model *m, const options *o)
{
    examples e;
    df_options how = compile_options(o);
    how.check_finite = true;
    bool good = read_examples(m, o, &e);
    df_node *y[] = { m->J, good ? update(m, o) : NULL };
    df_program *p = y[1] && begin(m, o) ? df_compile_list(m->g, y, 2, &how) : NULL;
    if (good && !p)
        good = complain_graph(m);
    good = good && bind(m, p, &e) && train(m, o, p, &e) && print_results(m, o, &e);
    if (good && o->save && !df_save(m->g, o->save))
        good = complain_graph(m);
    df_program_free(p);
    free_examples(&e);
    return good;
}
