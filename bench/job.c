/* bench/job.c -- both sides of a workload: arrays, graph, program, and whether they agree
 *
 * SPDX-License-Identifier: MIT */
#include "bench.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void fail(const char *what, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(1);
}

static double read_clock(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double now(void) { return read_clock(CLOCK_MONOTONIC); }
double busy(void) { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

double job_noise(job *j)
{
    j->noise = j->noise * 6364136223846793005u + 1442695040888963407u;
    return (double)(j->noise >> 33) / 1073741824.0 - 1;
}

/* The rest of the last cache line and one more belong to it, so that whole vectors may be read. */
void *job_memory(job *j, int64_t bytes)
{
    size_t size = ((size_t)bytes + 191) / 64 * 64;
    double start = busy();
    void *p = j->pieces < (int)(sizeof j->memory / sizeof *j->memory) ? aligned_alloc(64, size) :
                                                                         NULL;
    if (!p)
        fail(j->row->name, "no memory");
    memset(p, 0, size);
    j->memory[j->pieces++] = p;
    j->data_seconds += busy() - start;
    return p;
}

/* ---- arrays ---------------------------------------------------------------------------------- */
static int64_t bytes_of(df_type t) { return t == DF_FLOAT64 ? 8 : 4; }

static void put(void *v, df_type t, int64_t i, double x)
{
    if (t == DF_FLOAT64)
        ((double *)v)[i] = x;
    else if (t == DF_FLOAT32)
        ((float *)v)[i] = (float)x;
    else
        ((int32_t *)v)[i] = (int32_t)x;
}

static double at(const void *v, df_type t, int64_t i)
{
    return t == DF_FLOAT64 ? ((const double *)v)[i] : ((const float *)v)[i];
}

static void *random_values(job *j, const array *a, double scale)
{
    void *v = job_memory(j, a->count * bytes_of(a->type));
    double start = busy();
    for (int64_t i = 0; scale > 0 && i < a->count; i++)
        put(v, a->type, i, scale * job_noise(j));
    j->data_seconds += busy() - start;
    return v;
}

static array *add(job *j, df_node *x, df_type type, bool input, double scale)
{
    if (!x || j->n == ARRAYS)
        fail(j->row->name, x ? "too many arrays" : df_graph_error(j->g));
    array *a = &j->a[j->n++];
    *a = (array){ .node = x, .dims = df_shape_of(x), .type = type, .input = input, .count = 1 };
    for (int i = 0; i < a->dims.rank; i++)
        a->count *= a->dims.size[i] == DF_M ? j->m : a->dims.size[i];
    a->v = random_values(j, a, scale);
    a->wanted = !input;
    if (j->task == HESSIAN)
        a->direction = random_values(j, a, 1);
    if (!input) {
        a->d = job_memory(j, a->count * bytes_of(type));
        a->start = job_memory(j, a->count * bytes_of(type));
        memcpy(a->start, a->v, (size_t)(a->count * bytes_of(type)));
    }
    return a;
}

array *job_array(job *j, const df_node *x)
{
    for (int i = 0; i < j->n; i++)
        if (j->a[i].node == x)
            return &j->a[i];
    fail(j->row->name, "no such array");
}

df_node *job_input(job *j, const char *name, df_dims dims, double scale)
{
    return add(j, df_input(j->g, name, dims), j->row->what->real, true, scale)->node;
}

df_node *job_param(job *j, const char *name, df_dims dims, double scale)
{
    return add(j, df_param(j->g, name, dims), j->row->what->real, false, scale)->node;
}

df_node *job_labels(job *j, const char *name, df_dims dims, df_type type, int classes,
                    const df_node *of)
{
    const array *x = job_array(j, of);
    array *a = add(j, df_input_of(j->g, name, type, dims), type, true, 0);
    int64_t step = x->count / a->count;
    for (int64_t e = 0; e < a->count; e++) {
        double v = 0.8 * at(x->v, x->type, e * step) + 0.199 * job_noise(j);
        put(a->v, type, e, floor((v + 1) / 2 * classes));
    }
    return a->node;
}

/* ---- the program ----------------------------------------------------------------------------- */
/* The Hessian times the directions, from the gradients. */
static void second_derivatives(job *j)
{
    df_node *sum = NULL;
    for (int i = 0; i < j->n; i++) {
        array *a = &j->a[i];
        if (!a->wanted)
            continue;
        char name[32];
        snprintf(name, sizeof name, "v_%s", df_name_of(a->node));
        a->vector = df_input(j->g, name, a->dims);
        df_node *dot = df_dot(a->dnode, a->vector);
        sum = sum ? df_add(sum, dot) : dot;
    }
    for (int i = 0; i < j->n; i++)
        if (j->a[i].wanted)
            j->a[i].dnode = df_d(sum, j->a[i].node);
}

static bool bind(df_program *p, df_node *x, df_type t, const void *v, int64_t n)
{
    return t == DF_FLOAT64 ? df_bind_f64(p, x, v, n) :
           t == DF_FLOAT32 ? df_bind_f32(p, x, v, n) :
                             df_bind_i32(p, x, v, n);
}

static bool give(job *j, array *a)
{
    if (a->input && !bind(j->program, a->node, a->type, a->v, a->count))
        return false;
    if (a->vector && !bind(j->program, a->vector, a->type, a->direction, a->count))
        return false;
    if (!a->input) {
        void *to = a->type == DF_FLOAT64 ? (void *)df_data_f64(a->node) :
                                           (void *)df_data_f32(a->node);
        memcpy(to, a->start, (size_t)(a->count * bytes_of(a->type)));
        return true;
    }
    a->out = a->wanted ? job_memory(j, a->count * bytes_of(a->type)) : NULL;
    return !a->wanted || (a->type == DF_FLOAT64 ?
                              df_bind_out_f64(j->program, a->dnode, a->out, a->count) :
                              df_bind_out_f32(j->program, a->dnode, a->out, a->count));
}

void job_compile(job *j)
{
    df_node *out[1 + ARRAYS] = { j->J };
    int n = j->task != HESSIAN;
    double start = busy();
    for (int i = 0; i < j->n; i++)
        if (j->a[i].wanted && (j->task == GRADIENTS || j->task == HESSIAN))
            j->a[i].dnode = df_d(j->J, j->a[i].node);
    if (j->task == HESSIAN)
        second_derivatives(j);
    for (int i = 0; i < j->n; i++)
        if (j->a[i].wanted && j->a[i].dnode)
            out[n++] = j->a[i].dnode;
    j->seconds[1] = busy() - start;
    if (j->task == STEP)
        out[n++] = df_sgd(j->J, df_num(j->g, j->rate), NULL);
    j->program = df_compile_list(j->g, out, n, &(df_options){ .threads = j->threads });
    if (!j->program)
        fail(j->row->name, df_graph_error(j->g));
    j->seconds[2] = busy() - start - j->seconds[1];
    for (int i = 0; i < j->n; i++)
        if (!give(j, &j->a[i]))
            fail(j->row->name, df_program_error(j->program));
}

void job_build(job *j, const row *r, int threads)
{
    *j = (job){ .row = r, .m = r->m, .task = r->task, .threads = threads, .noise = 1 };
    j->rate = r->task == STEP ? 0.1 : 0;
    double start = busy();
    j->g = df_graph_new(r->what->real);
    r->what->build(j);
    j->seconds[0] = busy() - start - j->data_seconds;
}

void job_open(job *j, const row *r, int threads)
{
    job_build(j, r, threads);
    job_compile(j);
}

void job_close(job *j)
{
    df_graph_free(j->g);
    for (int i = 0; i < j->pieces; i++)
        free(j->memory[i]);
}

/* ---- agreement ------------------------------------------------------------------------------- */
/* The i-th derivative; of a step: by how much the array has changed. */
static void results(job *j, array *a, double *hand, double *dfoo)
{
    bool got = a->out              ? true :
               j->task == STEP     ? df_get(a->node, dfoo, a->count) :
                                     df_fetch(j->program, a->dnode, dfoo, a->count);
    if (!got)
        fail(j->row->name, "no result");
    for (int64_t i = 0; i < a->count; i++) {
        double start = j->task == STEP ? at(a->start, a->type, i) : 0;
        hand[i] = at(j->task == STEP ? a->v : a->d, a->type, i) - start;
        dfoo[i] = (a->out ? at(a->out, a->type, i) : dfoo[i]) - start;
    }
}

static double array_apart(job *j, array *a)
{
    double worst = 0, top = 1e-30, *v = malloc((size_t)a->count * 2 * sizeof *v);
    if (!v)
        fail(j->row->name, "no memory");
    results(j, a, v, v + a->count);
    for (int64_t i = 0; i < a->count; i++) {
        double d = fabs(v[i] - v[a->count + i]);
        worst = d > worst || isnan(d) ? d : worst;
        top = fmax(top, fabs(v[i]));
    }
    free(v);
    return worst / top;
}

double job_apart(job *j)
{
    double J = j->row->what->by_hand(j->own), worst = 0;
    if (!df_run(j->program))
        fail(j->row->name, df_program_error(j->program));
    if (j->task != HESSIAN)
        worst = fabs(df_value(j->program, j->J) / J - 1);
    for (int i = 0; i < j->n && j->task != VALUE; i++)
        if (j->a[i].wanted) {
            double d = array_apart(j, &j->a[i]);
            worst = d > worst || isnan(d) ? d : worst;
        }
    return worst;
}
