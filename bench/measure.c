/* bench/measure.c -- the times of both sides, by turns in one process
 *
 * SPDX-License-Identifier: MIT
 *
 * A batch is as many runs as take a fifth of a millisecond, so that some batches are left in peace
 * by the rest of the machine: the minimum is over those. Of one thread its own processor time is
 * taken, which does not grow while others have the processor; of two the time on the wall. */
#include "bench.h"
#include <stdlib.h>

enum { BATCHES = 8192, AT_LEAST = 5 };

static double spent(const job *j) { return j->threads == 1 ? busy() : now(); }

static double by_hand(job *j, int64_t runs)
{
    double start = spent(j);
    for (int64_t i = 0; i < runs; i++)
        j->row->what->by_hand(j->own);
    return (spent(j) - start) / (double)runs;
}

static double dfoo(job *j, int64_t runs)
{
    double start = spent(j);
    for (int64_t i = 0; i < runs; i++)
        if (!df_run(j->program))
            fail(j->row->name, df_program_error(j->program));
    return (spent(j) - start) / (double)runs;
}

static double (*const sides[])(job *j, int64_t runs) = { by_hand, dfoo };

int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

times measure(job *j, double seconds)
{
    static double t[2][BATCHES];
    int64_t runs[2] = { 1, 1 };
    int n = 0;
    for (int i = 0; i < 2; i++)
        while (sides[i](j, runs[i]) * (double)runs[i] < 2e-4)
            runs[i] *= 2;
    for (double start = now(); n < BATCHES && (n < AT_LEAST || now() - start < seconds); n++)
        for (int i = 0; i < 2; i++)
            t[i][n] = sides[i](j, runs[i]);
    for (int i = 0; i < 2; i++)
        qsort(t[i], (size_t)n, sizeof(double), ascending);
    return (times){ t[0][0] * 1e6, t[0][n / 2] * 1e6, t[1][0] * 1e6, t[1][n / 2] * 1e6 };
}
