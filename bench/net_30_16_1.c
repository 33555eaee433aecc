/* bench/net_30_16_1.c -- the 30-16-1 network: the hidden units are the lanes
 *
 * SPDX-License-Identifier: MIT
 *
 * Tiles of examples stay in the first cache between forward and backward pass.
 */
#include "thirty.h"

enum { TILE = 64 };
typedef struct {
    v16 W1[IN], b1, W2, b2, J; /* W1 transposed */
} sums;

static void forward(const float *x, int t, const v16 W1[IN], v16 b1, v16 *a)
{
    for (int e = 0; e < t; e += 8, x += 8 * IN) {
        v16 z[8] = { b1, b1, b1, b1, b1, b1, b1, b1 };
        for (int k = 0; k < IN; k++)
#pragma GCC unroll 8
            for (int i = 0; i < 8; i++)
                z[i] += W1[k] * x[IN * i + k];
        memcpy(a + e, z, sizeof z);
    }
    for (int e = 0; e < t; e++)
        a[e] = tanh16(a[e]);
}

/* a becomes dJ/dZ1. Examples from `count` on do not count. */
static void backward(v16 *a, const float *y, int t, int count, v16 w2, float b2,
                             sums *s)
{
    i16 lane = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    for (int e = 0; e < t; e += 16, a += 16) {
        v16 v[16], loss;
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++)
            v[i] = a[i] * w2;
        v16 dz = sigmoid_loss16(sums16(v) + b2, load16(y + e), &loss);
        if (e + 16 > count) {
            i16 mask = lane < count - e;
            dz = (v16)((i16)dz & mask), loss = (v16)((i16)loss & mask);
        }
        s->J += loss;
        s->b2 += dz;
        v16 dW2 = s->W2, db1 = s->b1;
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
            v16 d = dz[i] * (w2 - w2 * a[i] * a[i]);
            dW2 += dz[i] * a[i];
            db1 += d;
            a[i] = d;
        }
        s->W2 = dW2, s->b1 = db1;
    }
}

/* Adds up the examples first .. end-1; the last tile goes by a padded copy where it is not
 * whole. */
static void part(const net *n, const v16 W1[IN], int64_t first, int64_t end,
                         sums *s)
{
    v16 a[TILE], b1 = load16(n->b1), w2 = load16(n->W2);
    float copy[TILE * IN], copy_y[TILE];
    for (int64_t i = first; i < end; i += TILE) {
        const float *x = n->x + IN * i, *y = n->y + i;
        int count = end - i < TILE ? (int)(end - i) : TILE, t = (count + 15) / 16 * 16;
        if (count < t) {
            memcpy(copy, x, sizeof(float) * IN * (size_t)count);
            memcpy(copy_y, y, sizeof(float) * (size_t)count);
            memset(copy + IN * count, 0, sizeof(float) * IN * (size_t)(t - count));
            memset(copy_y + count, 0, sizeof(float) * (size_t)(t - count));
            x = copy, y = copy_y;
        }
        forward(x, t, W1, b1, a);
        backward(a, y, t, count, w2, n->b2[0], s);
        weights(x, t, a, s->W1);
    }
}

static float finish_all(const net *n, const sums *s)
{
    float out[16 * IN], two[16], one[16];
    turn_back(s->W1, out);
    finish(n, n->W1, n->dW1, out, 16 * IN);
    store16(one, s->b1);
    finish(n, n->b1, n->db1, one, 16);
    store16(one, s->W2);
    finish(n, n->W2, n->dW2, one, 16);
    store16(two, sums2(s->b2, s->J));
    finish(n, n->b2, n->db2, two, 1);
    return two[1] / (float)n->m;
}

/* Sums of up to so many examples are added up: one sum over a million would lose three digits. */
enum { BLOCK = 64 * TILE };

static void blocks(const net *n, const v16 W1[IN], int64_t first, int64_t end,
                           sums *s)
{
    for (int64_t i = first; i < end; i += BLOCK) {
        sums own;
        memset(&own, 0, sizeof own);
        part(n, W1, i, end - i < BLOCK ? end : i + BLOCK, &own);
        for (size_t k = 0; k < sizeof own / sizeof(v16); k++)
            ((v16 *)s)[k] += ((v16 *)&own)[k];
    }
}

static double by_hand(void *own)
{
    const net *n = own;
    v16 W1[IN];
    sums s;
    memset(&s, 0, sizeof s);
    turn(n->W1, W1);
    if (n->threads == 1)
        blocks(n, W1, 0, n->m, &s);
    else {
#pragma omp parallel for num_threads(n->threads) schedule(static, 1)
        for (int i = 0; i < n->threads; i++) {
            sums own;
            memset(&own, 0, sizeof own);
            int64_t tiles = (n->m + TILE - 1) / TILE, end = tiles * (i + 1) / n->threads * TILE;
            blocks(n, W1, tiles * i / n->threads * TILE, end < n->m ? end : n->m, &own);
#pragma omp critical
            for (size_t k = 0; k < sizeof s / sizeof(v16); k++)
                ((v16 *)&s)[k] += ((v16 *)&own)[k];
        }
    }
    return finish_all(n, &s);
}

static void build(job *j) { net_build(j, IN, 16, 1); }

const workload net_30_16_1 = { "30-16-1", DF_FLOAT32, build, by_hand };
