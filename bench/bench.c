/* bench/bench.c -- times dfoo beside the same computation written by hand over the same OpenBLAS
 *
 * SPDX-License-Identifier: MIT
 *
 * The table of workloads, and the lines that are printed of them. The numbers of both sides are
 * compared first. */
#include "bench.h"
#include <cblas.h>
#include <getopt.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#ifndef DATA_DIR
#define DATA_DIR "examples/data"
#endif

static const row rows[] = {
    { "W1", &net_2_4_1, 1, GRADIENTS, 1, 3.3 },
    { "W1", &net_2_4_1, 1, STEP, 1, 3.3 },
    { "W1", &net_2_4_1, 32, GRADIENTS, 1, 1.15 },
    { "W1", &net_2_4_1, 32, STEP, 1, 1.15 },
    { "W1", &net_2_4_1, 400, GRADIENTS, 1, 1.15 },
    { "W1", &net_2_4_1, 400, STEP, 1, 1.15 },
    { "W2", &logistic, 569, GRADIENTS, 1, 1.15 },
    { "W2", &logistic, 569, STEP, 1, 1.15 },
    { "W3", &net_30_16_1, 32, GRADIENTS, 1, 1.1 },
    { "W3", &net_30_16_1, 32, STEP, 1, 1.1 },
    { "W3", &net_30_16_1, 1000000, GRADIENTS, 2, 1.15 },
    { "W4", &net_64_32_10, 64, GRADIENTS, 2, 1.1 },
    { "W4", &net_64_32_10, 64, STEP, 2, 1.1 },
    { "W5", &net_784_128_10, 128, GRADIENTS, 2, 1.03 },
    { "W5", &net_784_128_10, 128, STEP, 2, 1.03 },
    { "W6", &net_large, 256, GRADIENTS, 2, 1.03 },
    { "W7", &net_deep, 32, GRADIENTS, 1, 1.1 },
    { "W8", &elementwise, 100000, GRADIENTS, 2, 1.1 },
    { "W9", &gmm_10, 1000, GRADIENTS, 2, 1.3 },
    { "W9", &gmm_32, 1000, GRADIENTS, 2, 1.3 },
    { "W9", &lstm, 1024, VALUE, 1, 0 },
    { "W9", &lstm, 1024, GRADIENTS, 1, 0 },
    { "W10", &chain, 1000, GRADIENTS, 1, 0 },
    { "W10", &chain, 10000, GRADIENTS, 1, 0 },
    { "W10", &chain, 100000, GRADIENTS, 1, 0 },
    { "W11", &net_30_16_1, 1000, GRADIENTS, 1, 1.15 },
    { "W11", &hessian_30_16_1, 1000, HESSIAN, 1, 1.15 },
};
static const row planned[] = {
    { "W1", &net_2_4_1, 1, STEP, 1, 0 },
    { "W7", &net_deep, 32, GRADIENTS, 1, 0 },
    { "W9", &gmm_10, 1000, GRADIENTS, 1, 0 },
    { "W9", &lstm, 1024, GRADIENTS, 1, 0 },
    { "W10", &chain, 1000, GRADIENTS, 1, 0 },
    { "W10", &chain, 10000, GRADIENTS, 1, 0 },
    { "W10", &chain, 100000, GRADIENTS, 1, 0 },
    { "W10", &chain, 1000000, GRADIENTS, 1, 0 },
};
static const row memory[] = {
    { "W3", &net_30_16_1, 1000000, GRADIENTS, 1, 0 },
    { "W3", &net_30_16_1, 10000000, GRADIENTS, 1, 0 },
};
static const workload process = { "wdbc, process", DF_FLOAT32, NULL, NULL },
                      from_reading = { "wdbc, from file", DF_FLOAT32, NULL, NULL };
static const row whole = { "W12", &process, 569, STEP, 1, 0 },
                 inside = { "W12", &from_reading, 569, STEP, 1, 1.3 };
#define LENGTH(a) ((int)(sizeof(a) / sizeof *(a)))
static const char *const tasks[] = { "gradients", "step", "value", "Hessian" };

typedef struct {
    double seconds;
    bool tabs;
    const char *data, *plot, *train;
    char **only;
    int n_only;
} options;

/* ---- the table ------------------------------------------------------------------------------- */
static const char *caveat(void)
{
#if defined(__AVX512F__)
    return "";
#else
    return "no AVX-512 here: by hand is slower than it could be, and the ratios flatter dfoo\n";
#endif
}

static void print_head(const options *o)
{
    if (o->tabs) {
        puts("workload\ttext\tm\ttask\tthreads\thand_min\thand_median\tdfoo_min\tdfoo_median\t"
             "target");
        return;
    }
    printf("%s, %s; microseconds a run\n%s", openblas_get_corename(), openblas_get_config(),
           caveat());
    printf("%-48s %21s %21s %15s\n", "", "by hand", "dfoo", "ratio");
    printf("%-4s %-17s %8s %-9s %7s %10s %10s %10s %10s %7s %7s %6s\n", "", "workload", "m", "",
           "threads", "min", "median", "min", "median", "min", "median", "target");
}

static void print_row(const options *o, const row *r, int threads, times t)
{
    if (o->tabs)
        printf("%s\t%s\t%lld\t%s\t%d\t%.6g\t%.6g\t%.6g\t%.6g\t%g\n", r->name, r->what->text,
               (long long)r->m, tasks[r->task], threads, t.hand_min, t.hand_median, t.dfoo_min,
               t.dfoo_median, r->target);
    else
        printf("%-4s %-17s %8lld %-9s %7d %10.4g %10.4g %10.4g %10.4g %7.2f %7.2f", r->name,
               r->what->text, (long long)r->m, tasks[r->task], threads, t.hand_min, t.hand_median,
               t.dfoo_min, t.dfoo_median, t.dfoo_min / t.hand_min, t.dfoo_median / t.hand_median);
    if (!o->tabs)
        printf(r->target > 0 ? " %6.4g\n" : "\n", r->target);
    fflush(stdout);
}

/* False, with a word about it, where the two sides do not agree within rounding. */
static bool do_row(const options *o, const row *r, int threads)
{
    static job j;
    omp_set_num_threads(threads); /* which also keeps OpenBLAS to one thread where there is one */
    job_open(&j, r, threads);
    double apart = job_apart(&j), most = r->what->real == DF_FLOAT64 ? 1e-9 : 1e-4;
    if (!(apart <= most))
        fprintf(stderr, "bench: %s, m = %lld: results differ by %.3g of the largest\n",
                r->what->text, (long long)r->m, apart);
    print_row(o, r, threads, measure(&j, o->seconds));
    job_close(&j);
    return apart <= most;
}

static bool wanted(const options *o, const char *name, const char *text)
{
    for (int i = 0; i < o->n_only; i++)
        if (!strcmp(o->only[i], name) || !strcmp(o->only[i], text))
            return true;
    return !o->n_only;
}

/* Ends the program where a name that was given is of nothing. */
static void check_names(const options *o)
{
    static const char *const others[] = { "W12", "plan", "memory" };
    for (int k = 0; k < o->n_only; k++) {
        options one = { .only = o->only + k, .n_only = 1 };
        bool found = false;
        for (int i = 0; i < LENGTH(rows); i++)
            found |= wanted(&one, rows[i].name, rows[i].what->text);
        for (int i = 0; i < LENGTH(others); i++)
            found |= wanted(&one, others[i], others[i]);
        if (!found)
            fail(o->only[k], "no workload has this name");
    }
}

static bool do_rows(const options *o)
{
    bool good = true;
    for (int i = 0; i < LENGTH(rows); i++)
        for (int t = 1; wanted(o, rows[i].name, rows[i].what->text) && t <= rows[i].threads; t++)
            good &= do_row(o, &rows[i], t);
    return good;
}

static bool do_processes(const options *o)
{
    times t[2];
    bool good = train(o->data, &t[0], &t[1]);
    if (!good)
        fprintf(stderr, "bench: W12: the two sides end with another J\n");
    print_row(o, &whole, 1, t[0]);
    print_row(o, &inside, 1, t[1]);
    return good;
}

/* ---- options --------------------------------------------------------------------------------- */
static const char help[] =
    "usage: bench [options] [workload...]\n"
    "  a workload    W1 ... W12; a text as 30-16-1; plan, memory: the tables of what comes before\n"
    "                the first run. All, if none is named.\n"
    "  -t SECONDS    for each line of the table (1)\n"
    "  --tabs        for programs: a line of names, then numbers, with tabs between\n"
    "  --plot FILE   instead: a picture of the ratio against m, .png or .svg (gnuplot)\n"
    "  --data FILE   wdbc.csv, for W12\n"
    "  --help        this text\n";

static options read_options(int argc, char **argv)
{
    static const struct option names[] = { { "tabs", no_argument, NULL, 'T' },
                                           { "data", required_argument, NULL, 'd' },
                                           { "plot", required_argument, NULL, 'p' },
                                           { "train", required_argument, NULL, 'r' },
                                           { "help", no_argument, NULL, 'h' },
                                           { 0 } };
    options o = { .seconds = 1, .data = DATA_DIR "/wdbc.csv" };
    for (int c; (c = getopt_long(argc, argv, "t:", names, NULL)) != -1;)
        if (c == 'h')
            exit((fputs(help, stdout), 0));
        else if (c == 't')
            o.seconds = atof(optarg);
        else if (c == 'T')
            o.tabs = true;
        else if (c == 'd')
            o.data = optarg;
        else if (c == 'p')
            o.plot = optarg;
        else if (c == 'r')
            o.train = optarg;
        else
            exit((fputs(help, stderr), 2));
    o.only = argv + optind, o.n_only = argc - optind;
    return o;
}

int main(int argc, char **argv)
{
    options o = read_options(argc, argv);
    if (o.train)
        return train_child(o.train, o.n_only ? o.only[0] : "");
    if (o.plot)
        return !plot(o.plot, 0.1 * o.seconds);
    check_names(&o);
    print_head(&o);
    bool good = do_rows(&o);
    if (wanted(&o, "W12", "W12"))
        good &= do_processes(&o);
    if (wanted(&o, "plan", "plan"))
        plan_times(planned, LENGTH(planned), 0.1 * o.seconds, o.tabs);
    if (wanted(&o, "memory", "memory"))
        memory_growth(memory, LENGTH(memory), o.tabs);
    return !good;
}
