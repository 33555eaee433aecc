/* bench/net_2_4_1.c -- the 2-4-1 network: 16 examples are the lanes, and all sums stay in registers
 *
 * SPDX-License-Identifier: MIT */
#include "net.h"

typedef struct {
    v16 p[16], b2, J; /* p: W1, b1, W2 */
} sums;

/* Adds up U times 16 examples, U at most 2: two at once hide the latency of the long chain of
 * operations. Examples with mask 0 do not count. */
INLINE void lanes(const net *n, int U, const float *x, const float *y, v16 mask,
                        sums *s)
{
    i16 even = { 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30 };
    v16 x0[2], x1[2], a[4][2], dz[2];
#pragma GCC unroll 2
    for (int u = 0; u < U; u++) {
        v16 p = load16(x + 32 * u), q = load16(x + 32 * u + 16);
        x0[u] = __builtin_shuffle(p, q, even), x1[u] = __builtin_shuffle(p, q, even + 1);
        dz[u] = (v16){ 0 } + n->b2[0];
    }
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++)
#pragma GCC unroll 2
        for (int u = 0; u < U; u++) {
            a[j][u] = tanh16(n->W1[2 * j] * x0[u] + (n->W1[2 * j + 1] * x1[u] + n->b1[j]));
            dz[u] += n->W2[j] * a[j][u];
        }
#pragma GCC unroll 2
    for (int u = 0; u < U; u++) {
        v16 loss;
        dz[u] = sigmoid_loss16(dz[u], load16(y + 16 * u), &loss) * mask;
        s->J += loss * mask;
        s->b2 += dz[u];
    }
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++)
#pragma GCC unroll 2
        for (int u = 0; u < U; u++) {
            v16 d = n->W2[j] * dz[u] * (1.0f - a[j][u] * a[j][u]);
            s->p[2 * j] += d * x0[u];
            s->p[2 * j + 1] += d * x1[u];
            s->p[8 + j] += d;
            s->p[12 + j] += dz[u] * a[j][u];
        }
}

/* The lanes are the four hidden units. */
static float one(const net *n)
{
    v4 u = load4(n->W1), v = load4(n->W1 + 4), w2 = load4(n->W2), loss;
    v4 w0 = __builtin_shuffle(u, v, (i4){ 0, 2, 4, 6 });
    v4 w1 = __builtin_shuffle(u, v, (i4){ 1, 3, 5, 7 });
    float x0 = n->x[0], x1 = n->x[1];
    v4 a = tanh4(w0 * x0 + (w1 * x1 + load4(n->b1))), z = w2 * a;
    z += __builtin_shuffle(z, (i4){ 1, 0, 3, 2 });
    z += __builtin_shuffle(z, (i4){ 2, 3, 0, 1 }) + n->b2[0];
    v4 dz = sigmoid_loss4(z, (v4){ 0 } + n->y[0], &loss), d = dz * w2 * (1.0f - a * a);
    v4 d0 = d * x0, d1 = d * x1, dW2 = dz * a;
    d0 = __builtin_shuffle(u = d0, d1, (i4){ 0, 4, 1, 5 });
    d1 = __builtin_shuffle(u, d1, (i4){ 2, 6, 3, 7 });
    if (n->rate == 0) {
        store4(n->dW1, d0), store4(n->dW1 + 4, d1);
        store4(n->db1, d), store4(n->dW2, dW2);
        n->db2[0] = dz[0];
    } else {
        store4(n->W1, load4(n->W1) - n->rate * d0);
        store4(n->W1 + 4, load4(n->W1 + 4) - n->rate * d1);
        store4(n->b1, load4(n->b1) - n->rate * d), store4(n->W2, w2 - n->rate * dW2);
        n->b2[0] -= n->rate * dz[0];
    }
    return loss[0];
}

static double by_hand(void *own)
{
    const net *n = own;
    if (n->m == 1)
        return one(n);
    sums s = { { { 0 } }, { 0 }, { 0 } };
    v16 all = (v16){ 0 } + 1.0f;
    int64_t i = 0;
    for (; i + 32 <= n->m; i += 32)
        lanes(n, 2, n->x + 2 * i, n->y + i, all, &s);
    for (; i + 16 <= n->m; i += 16)
        lanes(n, 1, n->x + 2 * i, n->y + i, all, &s);
    if (i < n->m) {
        float x[32] = { 0 }, y[16] = { 0 }, mask[16] = { 0 };
        memcpy(x, n->x + 2 * i, (size_t)(n->m - i) * 2 * sizeof *x);
        memcpy(y, n->y + i, (size_t)(n->m - i) * sizeof *y);
        for (int64_t j = i; j < n->m; j++)
            mask[j - i] = 1;
        lanes(n, 1, x, y, load16(mask), &s);
    }
    float sum[16];
    v16 two = sums2(s.b2, s.J);
    store16(sum, sums16(s.p));
    finish(n, n->W1, n->dW1, sum, 8);
    finish(n, n->b1, n->db1, sum + 8, 4);
    finish(n, n->W2, n->dW2, sum + 12, 4);
    finish(n, n->b2, n->db2, &(float){ two[0] }, 1);
    return two[1] / (float)n->m;
}

static void build(job *j) { net_build(j, 2, 4, 1); }

const workload net_2_4_1 = { "2-4-1", DF_FLOAT32, build, by_hand };
