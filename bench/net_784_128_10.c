/* bench/net_784_128_10.c -- the 784-128-10 network: the two large products by OpenBLAS
 *
 * SPDX-License-Identifier: MIT
 *
 * Threads share the examples, then the rows of dW1. m is a multiple of 16. */
#include "classes.h"
#include <cblas.h>

enum { PIXELS = 784, HIDDEN = 128 };

/* All that belongs to the examples first .. first+m-1. */
static void examples(const net *n, const buffers *b, int64_t first, int64_t m)
{
    float *a = b->a + HIDDEN * first;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, HIDDEN, PIXELS, 1,
                n->x + PIXELS * first, PIXELS, n->W1, PIXELS, 0, a, HIDDEN);
    for (int64_t i = 0; i < HIDDEN * m; i += 16)
        store16(a + i, tanh16(load16(a + i) + load16(n->b1 + i % HIDDEN)));
    losses(n, b, HIDDEN, first, m);
}

/* The gradients of the hidden units first .. first+k-1; a step adds to W1 at once. */
static void units(const net *n, const buffers *b, int first, int k)
{
    float scale = (n->rate == 0 ? 1 : -n->rate) / (float)n->m, *to = n->rate == 0 ? n->dW1 : n->W1;
    for (int j = first; j < first + k; j += 32)
        columns(n, b, HIDDEN, j);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, k, PIXELS, (int)n->m, scale, b->d + first,
                HIDDEN, n->x, PIXELS, n->rate != 0, to + PIXELS * first, PIXELS);
}

static void both_threads(const net *n, const buffers *b)
{
    int64_t half = n->m / 32 * 16;
#pragma omp parallel num_threads(2)
    {
#pragma omp for schedule(static, 1)
        for (int i = 0; i < 2; i++)
            examples(n, b, half * i, i ? n->m - half : half);
#pragma omp for schedule(static, 1)
        for (int i = 0; i < 2; i++)
            units(n, b, HIDDEN / 2 * i, HIDDEN / 2);
    }
}

static double by_hand(void *own)
{
    const net *n = own;
    buffers b = buffers_of(n, 0, HIDDEN);
    turn(n->W2, CLASSES, HIDDEN, b.W2, 16);
    if (n->threads == 1) {
        examples(n, &b, 0, n->m);
        units(n, &b, 0, HIDDEN);
    } else
        both_threads(n, &b);
    return last_sums(n, &b);
}

static void build(job *j)
{
    net *n = net_build(j, PIXELS, HIDDEN, CLASSES);
    n->scratch = job_memory(j, scratch_floats(j->m, 0, HIDDEN) * (int64_t)sizeof(float));
}

const workload net_784_128_10 = { "784-128-10", DF_FLOAT32, build, by_hand };
