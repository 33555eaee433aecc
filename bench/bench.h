/* bench/bench.h -- what the workloads of the bench share: a job is one of them, on both sides
 *
 * SPDX-License-Identifier: MIT
 *
 * A workload is a file with the same names in the same order: its sizes, `by_hand`, what makes the
 * graph (`build`), and the workload itself. */
#ifndef BENCH_H
#define BENCH_H
#include <dfoo.h>

/* What one run computes: J and its gradients; J and a step of gradient descent; J; the Hessian
 * times a vector. */
typedef enum { GRADIENTS, STEP, VALUE, HESSIAN } task;

typedef struct job job;
typedef struct {
    const char *text;            /* what it is, for the table */
    df_type real;
    void (*build)(job *j);       /* graph and arrays of job_input and job_param; sets J and own */
    double (*by_hand)(void *own); /* the same by hand; J, where the task has it */
} workload;

/* A line of the table. target: the ratio to by hand that is aimed at; 0: none. */
typedef struct {
    const char *name;
    const workload *what;
    int64_t m;                   /* examples */
    task task;
    int threads;
    double target;
} row;

/* An array that both sides know. v: its values, which a step by hand changes; d: where by hand
 * writes the derivative. */
typedef struct {
    df_node *node, *dnode, *vector; /* vector: what the Hessian is multiplied by, an input */
    df_dims dims;
    df_type type;
    int64_t count;
    bool input, wanted;
    void *v, *d, *start, *direction, *out;
} array;

enum { ARRAYS = 160 };

struct job {
    const row *row;
    int64_t m;
    task task;
    int threads;
    double rate;                 /* of a step; else 0 */
    uint64_t noise;
    df_graph *g;
    df_node *J;
    df_program *program;
    double seconds[3];           /* busy, to build (without making data), derive, compile */
    double data_seconds;         /* of making data */
    void *own;                   /* what by_hand takes */
    array a[ARRAYS];
    int n;
    void *memory[8 * ARRAYS];
    int pieces;
};

/* ---- job.c ----------------------------------------------------------------------------------- */
/* Ends the program with that message. */
_Noreturn void fail(const char *what, const char *why);
double now(void);                /* seconds, on the wall */
double busy(void);               /* seconds that the processor has spent on this thread */
/* Both sides, ready to run, from the same values: graph and data; the program; or all of it. */
void job_build(job *j, const row *r, int threads);
void job_compile(job *j);
void job_open(job *j, const row *r, int threads);
/* Runs both once and compares all that they compute: the largest difference, relative to the
 * largest element. */
double job_apart(job *j);
void job_close(job *j);

/* For build: arrays with random values within `scale`, the same in every run; a 0 is a 0. */
df_node *job_input(job *j, const char *name, df_dims dims, double scale);
df_node *job_param(job *j, const char *name, df_dims dims, double scale);
/* Integers of 0 .. classes-1, or of classes 2 and the float type 0 or 1, that the values of `of` at
 * the start of each example tell something about. */
df_node *job_labels(job *j, const char *name, df_dims dims, df_type type, int classes,
                    const df_node *of);
array *job_array(job *j, const df_node *x);
void *job_memory(job *j, int64_t bytes); /* zeros, on a cache line, until job_close */
double job_noise(job *j);                /* in (-1, 1) */

/* ---- measure.c ------------------------------------------------------------------------------- */
typedef struct { double hand_min, hand_median, dfoo_min, dfoo_median; } times; /* microseconds */
/* Both sides by turns, in batches, for so many seconds. */
times measure(job *j, double seconds);
int ascending(const void *a, const void *b); /* of two doubles, for qsort */

/* ---- plan.c: tables of their own ------------------------------------------------------------- */
void plan_times(const row *r, int n, double seconds, bool tabs);
void memory_growth(const row *r, int n, bool tabs);

/* ---- plot.c ---------------------------------------------------------------------------------- */
/* Ratio against m, for the networks that take any m: .png or .svg. */
bool plot(const char *path, double seconds);

/* ---- train.c --------------------------------------------------------------------------------- */
/* Both sides as processes on the file wdbc.csv; false if they do not end alike. */
bool train(const char *path, times *whole, times *inside);
int train_child(const char *side, const char *path); /* what such a process does */

/* ---- workloads ------------------------------------------------------------------------------- */
extern const workload net_2_4_1, logistic, net_30_16_1, net_64_32_10, net_784_128_10, net_large,
    net_deep, elementwise, gmm_10, gmm_32, lstm, chain, hessian_30_16_1;
#endif
