/* bench/net_64_32_10.c -- the 64-32-10 network: its products by hand too
 *
 * SPDX-License-Identifier: MIT
 *
 * Threads share the examples, then the blocks of dW1. m is a multiple of 32. */
#include "classes.h"
#include "products.h"

enum { IN = 64, HIDDEN = 32, BLOCKS = HIDDEN / 8 * (IN / 32) };

/* All that belongs to the examples first .. first+m-1. */
static void examples(const net *n, const buffers *b, int64_t first, int64_t m)
{
    v16 u = load16(n->b1), v = load16(n->b1 + 16);
    for (int64_t e = first; e < first + m; e += 8) {
        v16 s[8][2];
        fill8(s, u, v);
        add_products(8, s, n->x + IN * e, IN, 1, b->W1, HIDDEN, IN);
        memcpy(b->a + HIDDEN * e, s, sizeof s);
    }
    for (int64_t i = HIDDEN * first; i < HIDDEN * (first + m); i += 16)
        store16(b->a + i, tanh16(load16(b->a + i)));
    losses(n, b, HIDDEN, first, m);
}

/* dW1 of 8 hidden units by 32 inputs. */
static void block(const net *n, const buffers *b, int i)
{
    int unit = i / 2 * 8, in = i % 2 * 32;
    v16 s[8][2] = { { { 0 } } };
    add_products(8, s, b->d + unit, 1, HIDDEN, n->x + in, IN, n->m);
    for (int r = 0; r < 8; r++)
        finish(n, n->W1 + IN * (unit + r) + in, n->dW1 + IN * (unit + r) + in, (float *)s[r], 32);
}

/* One thread has the sums over examples besides, and fewer blocks. */
static void part(const net *n, const buffers *b, int i)
{
    if (i == 0)
        columns(n, b, HIDDEN, 0);
    for (int k = i ? 3 : 0; k < (i ? BLOCKS : 3); k++)
        block(n, b, k);
}

static void both_threads(const net *n, const buffers *b)
{
#pragma omp parallel num_threads(2)
    {
#pragma omp for schedule(static, 1)
        for (int i = 0; i < 2; i++)
            examples(n, b, n->m / 2 * i, n->m / 2);
#pragma omp for schedule(static, 1)
        for (int i = 0; i < 2; i++)
            part(n, b, i);
    }
}

static double by_hand(void *own)
{
    const net *n = own;
    buffers b = buffers_of(n, IN, HIDDEN);
    turn(n->W1, HIDDEN, IN, b.W1, HIDDEN);
    turn(n->W2, CLASSES, HIDDEN, b.W2, 16);
    if (n->threads == 1) {
        examples(n, &b, 0, n->m);
        part(n, &b, 0);
        part(n, &b, 1);
    } else
        both_threads(n, &b);
    return last_sums(n, &b);
}

static void build(job *j)
{
    net *n = net_build(j, IN, HIDDEN, CLASSES);
    n->scratch = job_memory(j, scratch_floats(j->m, IN, HIDDEN) * (int64_t)sizeof(float));
}

const workload net_64_32_10 = { "64-32-10", DF_FLOAT32, build, by_hand };
