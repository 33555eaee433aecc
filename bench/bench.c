/* bench/bench.c -- times dfoo beside the same networks written by hand over the same OpenBLAS
 *
 * SPDX-License-Identifier: MIT
 *
 * Loss and all gradients, and the whole step of gradient descent. Both sides run by turns in one
 * process, in batches of a few milliseconds; minimum and median are over the batches. Their
 * numbers are compared first. */
#include "by_hand.h"
#include <cblas.h>
#include <dfoo.h>
#include <getopt.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCHES = 4096, PARAMS = 4 };

typedef struct {
    const char *name;
    int in, hidden, out;
    int64_t m;
    int threads; /* also timed with up to so many */
    float (*by_hand)(const by_hand *n);
} workload;

static const workload workloads[] = {
    { "2-4-1 m=1", 2, 4, 1, 1, 1, by_hand_2_4_1 },
    { "2-4-1 m=32", 2, 4, 1, 32, 1, by_hand_2_4_1 },
    { "2-4-1 m=400", 2, 4, 1, 400, 1, by_hand_2_4_1 },
    { "30-16-1 m=32", 30, 16, 1, 32, 1, by_hand_30_16_1 },
    { "30-16-1 m=1000000", 30, 16, 1, 1000000, 2, by_hand_30_16_1 },
    { "784-128-10 m=128", 784, 128, 10, 128, 2, by_hand_784_128_10 },
};

/* Both sides of one workload. p, d: what by_hand knows as W1, b1, W2, b2 and their gradients;
 * start: p before the first step. */
typedef struct {
    const workload *w;
    by_hand hand;
    float *p[PARAMS], *start[PARAMS], *d[PARAMS];
    int64_t count[PARAMS];
    df_graph *g;
    df_node *J, *node[PARAMS], *dnode[PARAMS];
    df_program *program;
} sides;

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* In (-1, 1); the same numbers in every run of the program. */
static float noise(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (float)((double)(*state >> 33) / 1073741824.0 - 1);
}

/* n random floats within `scale`, on a cache line of their own. */
static float *floats(int64_t n, double scale, uint64_t *state)
{
    float *v = aligned_alloc(64, ((size_t)n * sizeof *v + 127) / 64 * 64);
    if (!v)
        fail("data", "no memory");
    for (int64_t i = 0; i < n; i++)
        v[i] = (float)scale * noise(state);
    return v;
}

/* Labels that the inputs tell something about, so that gradients are more than rounding noise. */
static void make_data(by_hand *n, const workload *w, uint64_t *state)
{
    float *x = floats(w->m * w->in, 1, state), *y = floats(w->m, 0, state);
    int32_t *label = (int32_t *)floats(w->m, 0, state);
    for (int64_t e = 0; e < w->m; e++) {
        y[e] = x[e * w->in] + x[e * w->in + 1] + 0.5f * noise(state) > 0;
        label[e] = (int32_t)((x[e * w->in] + 1) / 2 * (float)w->out * 0.999f);
    }
    n->x = x, n->y = y, n->label = label;
}

static void make_hand(sides *s, uint64_t *state)
{
    const workload *w = s->w;
    by_hand *n = &s->hand;
    *n = (by_hand){ .m = w->m };
    make_data(n, w, state);
    double scale[PARAMS] = { sqrt(3.0 / w->in), 0.1, sqrt(3.0 / w->hidden), 0.1 };
    int64_t count[PARAMS] = { w->hidden * w->in, w->hidden, w->out * w->hidden, w->out };
    for (int i = 0; i < PARAMS; i++) {
        s->count[i] = count[i];
        s->p[i] = floats(count[i], scale[i], state);
        s->start[i] = floats(count[i], 0, state);
        memcpy(s->start[i], s->p[i], (size_t)count[i] * sizeof(float));
        s->d[i] = floats(count[i], 0, state);
    }
    n->W1 = s->p[0], n->b1 = s->p[1], n->W2 = s->p[2], n->b2 = s->p[3];
    n->dW1 = s->d[0], n->db1 = s->d[1], n->dW2 = s->d[2], n->db2 = s->d[3];
    n->scratch = floats(w->out > 1 ? by_hand_scratch(w->m) : 0, 0, state);
}

static void free_hand(sides *s)
{
    free((void *)s->hand.x), free((void *)s->hand.y), free((void *)s->hand.label);
    free(s->hand.scratch);
    for (int i = 0; i < PARAMS; i++)
        free(s->p[i]), free(s->start[i]), free(s->d[i]);
}

/* The same network as a graph, from the same parameters; a step if rate is not 0, else J and its
 * gradients. */
static void make_dfoo(sides *s, int threads, double rate)
{
    const workload *w = s->w;
    df_graph *g = s->g = df_graph_new(DF_FLOAT32);
    df_node *X = df_input(g, "X", df_shape(w->in, DF_M));
    df_node *Y = df_input_of(g, "Y", w->out > 1 ? DF_INT32 : DF_FLOAT32, df_shape(1, DF_M));
    df_node *W1 = df_param(g, "W1", df_shape(w->hidden, w->in));
    df_node *b1 = df_param(g, "b1", df_shape(w->hidden, 1));
    df_node *W2 = df_param(g, "W2", df_shape(w->out, w->hidden));
    df_node *b2 = df_param(g, "b2", df_shape(w->out, 1));
    df_node *A1 = df_tanh(df_add_bias(df_matmul(W1, X), b1));
    df_node *Z2 = df_add_bias(df_matmul(W2, A1), b2);
    df_node *L = w->out > 1 ? df_softmax_cross_entropy(Z2, Y, 0) :
                              df_cross_entropy(df_sigmoid(Z2), Y);
    df_node *J = s->J = df_cost(L);
    df_node *outputs[1 + PARAMS] = { J, df_sgd(J, df_num(g, rate), NULL) };
    memcpy(s->node, (df_node *[]){ W1, b1, W2, b2 }, sizeof s->node);
    for (int i = 0; i < PARAMS && rate == 0; i++)
        s->dnode[i] = outputs[1 + i] = df_d(J, s->node[i]);
    df_options o = { .threads = threads };
    df_program *p = s->program = df_compile_list(g, outputs, rate == 0 ? 1 + PARAMS : 2, &o);
    if (!p)
        fail(w->name, df_graph_error(g));
    for (int i = 0; i < PARAMS; i++) {
        double *v = malloc((size_t)s->count[i] * sizeof *v);
        for (int64_t k = 0; v && k < s->count[i]; k++)
            v[k] = s->p[i][k];
        if (!v || !df_set(s->node[i], v, s->count[i]))
            fail(w->name, v ? df_graph_error(g) : "no memory");
        free(v);
    }
    bool labels = w->out > 1 ? df_bind(p, Y, s->hand.label, w->m) : df_bind(p, Y, s->hand.y, w->m);
    if (!df_bind(p, X, s->hand.x, w->m * w->in) || !labels)
        fail(w->name, df_program_error(p));
}

static void run_dfoo(sides *s)
{
    if (!df_run(s->program))
        fail(s->w->name, df_program_error(s->program));
}

/* After a run of both from the same start: how far the i-th gradients, or the changes of the i-th
 * parameters, are apart, relative to the largest element. */
static double apart(const sides *s, int i)
{
    int64_t n = s->count[i];
    bool step = s->hand.rate != 0;
    double worst = 0, top = 1e-30, *v = malloc((size_t)n * sizeof *v);
    if (!v)
        fail(s->w->name, "no memory");
    if (!(step ? df_get(s->node[i], v, n) : df_fetch(s->program, s->dnode[i], v, n)))
        fail(s->w->name, "no result");
    for (int64_t k = 0; k < n; k++) {
        double start = step ? s->start[i][k] : 0, hand = (step ? s->p[i][k] : s->d[i][k]) - start;
        double d = fabs(v[k] - start - hand);
        worst = d > worst || isnan(d) ? d : worst;
        top = fmax(top, fabs(hand));
    }
    free(v);
    return worst / top;
}

static bool agree(sides *s)
{
    double J = s->w->by_hand(&s->hand);
    run_dfoo(s);
    double worst = fabs(df_value(s->program, s->J) / J - 1);
    for (int i = 0; i < PARAMS; i++) {
        double d = apart(s, i);
        worst = d > worst || isnan(d) ? d : worst;
    }
    if (!(worst <= 1e-4))
        fprintf(stderr, "bench: %s: results differ by %.3g of the largest\n", s->w->name, worst);
    return worst <= 1e-4;
}

static double time_hand(sides *s, int64_t runs)
{
    double start = now();
    for (int64_t i = 0; i < runs; i++)
        s->w->by_hand(&s->hand);
    return (now() - start) / (double)runs;
}

static double time_dfoo(sides *s, int64_t runs)
{
    double start = now();
    for (int64_t i = 0; i < runs; i++)
        run_dfoo(s);
    return (now() - start) / (double)runs;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* By turns for `seconds`. to: minimum and median in microseconds, by hand, then dfoo. */
static void measure(sides *s, double seconds, double to[4])
{
    static double t[2][BATCHES];
    int64_t runs = 1;
    while (time_hand(s, runs) * (double)runs < 1e-3)
        runs *= 2;
    int n = 0;
    double start = now();
    while (n < BATCHES && (n < 5 || now() - start < seconds)) {
        t[0][n] = time_hand(s, runs);
        t[1][n++] = time_dfoo(s, runs);
    }
    for (int i = 0; i < 2; i++) {
        qsort(t[i], (size_t)n, sizeof(double), ascending);
        to[2 * i] = t[i][0] * 1e6, to[2 * i + 1] = t[i][n / 2] * 1e6;
    }
}

/* One line of the table. */
static bool line(const workload *w, int threads, bool step, double seconds)
{
    sides s = { .w = w };
    uint64_t state = 1;
    double to[4];
    make_hand(&s, &state);
    s.hand.threads = threads;
    s.hand.rate = step ? 0.1f : 0;
    omp_set_num_threads(threads); /* which also keeps OpenBLAS to one thread where there is one */
    make_dfoo(&s, threads, step ? 0.1 : 0);
    bool good = agree(&s);
    measure(&s, seconds, to);
    printf("%-18s %-9s %7d %11.4g %11.4g %11.4g %11.4g %7.2f %7.2f\n", w->name,
           step ? "step" : "gradients", threads, to[0], to[1], to[2], to[3], to[2] / to[0],
           to[3] / to[1]);
    fflush(stdout);
    df_graph_free(s.g);
    free_hand(&s);
    return good;
}

static const char help[] =
    "usage: bench [options]\n"
    "  --only NAME   only the workloads whose name contains NAME, as 30-16-1 or m=32\n"
    "  --quick       0.1 s for each line instead of 1 s\n"
    "  --help        this text\n";

int main(int argc, char **argv)
{
    static const struct option options[] = { { "only", required_argument, NULL, 'o' },
                                             { "quick", no_argument, NULL, 'q' },
                                             { "help", no_argument, NULL, 'h' }, { 0 } };
    const char *only = "";
    double seconds = 1;
    bool good = true;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (c == 'h')
            return fputs(help, stdout), 0;
        else if (c == 'o')
            only = optarg;
        else if (c == 'q')
            seconds = 0.1;
        else
            return fputs(help, stderr), 2;
    if (optind < argc)
        return fprintf(stderr, "bench: %s: not an option\n%s", argv[optind], help), 2;
    printf("%s, %s; microseconds a run\n", openblas_get_corename(), openblas_get_config());
    fputs(by_hand_caveat(), stdout);
    printf("%-18s %-9s %7s %23s %23s %15s\n", "", "", "", "by hand", "dfoo", "ratio");
    printf("%-18s %-9s %7s %11s %11s %11s %11s %7s %7s\n", "workload", "", "threads", "min",
           "median", "min", "median", "min", "median");
    int lines = 0;
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++) {
        const workload *w = &workloads[i];
        for (int threads = 1; strstr(w->name, only) && threads <= w->threads; threads++)
            for (int step = 0; step < 2; step++, lines++)
                good &= line(w, threads, step, seconds);
    }
    if (!lines)
        fail(only, "no workload has this in its name");
    return !good;
}
