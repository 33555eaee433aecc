/* bench/hessian.c -- the 30-16-1 network: its Hessian times a vector
 *
 * SPDX-License-Identifier: MIT
 *
 * The derivative of the gradients along V1, c1, V2, c2: with ' for the derivative along them and
 * D = dz w2 (1 - A^2) for dZ1,
 *     Z1' = V1 x + c1,  A' = (1 - A^2) Z1',  z2' = V2 A + w2 A' + c2,  dz' = s (1 - s) z2',
 *     D' = (dz' w2 + dz V2 - 2 dz w2 A Z1') (1 - A^2), since (1 - A^2)' = -2 A A',
 *     dW1' = sum D' x,  db1' = sum D',  dW2' = sum dz' A + dz A',  db2' = sum dz'.
 * The hidden units are the lanes; 16 examples at a time. */
#include "thirty.h"

typedef struct {
    v16 W[IN], V[IN], b1, c1, w2, v2; /* W1 and V1 transposed */
} model;
typedef struct {
    v16 W1[IN], b1, W2, b2; /* W1 transposed */
} sums;

/* a and b: Z1 and Z1' of 16 examples, of which 8 at a time fill the registers. */
INLINE void forward(const float *x, const model *w, v16 *a, v16 *b)
{
    for (int e = 0; e < 16; e += 8, x += 8 * IN) {
        v16 z[8], t[8];
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++)
            z[i] = w->b1, t[i] = w->c1;
        for (int k = 0; k < IN; k++)
#pragma GCC unroll 8
            for (int i = 0; i < 8; i++) {
                z[i] += w->W[k] * x[IN * i + k];
                t[i] += w->V[k] * x[IN * i + k];
            }
        memcpy(a + e, z, sizeof z);
        memcpy(b + e, t, sizeof t);
    }
}

/* From Z1, Z1' to D' in a. Examples from `count` on do not count. */
INLINE void backward(const net *n, const model *w, const float *y, int count, v16 *a, v16 *b,
                     sums *s)
{
    i16 lane = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    v16 v[16], t[16], loss, w2 = w->w2, v2 = w->v2;
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
        a[i] = tanh16(a[i]);
        v16 change = (1.0f - a[i] * a[i]) * b[i];
        v[i] = a[i] * w2;
        t[i] = a[i] * v2 + change * w2;
    }
    v16 dz = sigmoid_loss16(sums16(v) + n->b2[0], load16(y), &loss), p = dz + load16(y);
    v16 ddz = (sums16(t) + n->c2[0]) * (p * (1.0f - p)), dW2 = s->W2, db1 = s->b1;
    if (count < 16) {
        i16 mask = lane < count;
        dz = (v16)((i16)dz & mask), ddz = (v16)((i16)ddz & mask);
    }
    s->b2 += ddz;
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
        v16 slope = 1.0f - a[i] * a[i];
        v16 d = (ddz[i] * w2 + dz[i] * (v2 - 2.0f * w2 * a[i] * b[i])) * slope;
        dW2 += ddz[i] * a[i] + dz[i] * (slope * b[i]);
        db1 += d;
        a[i] = d;
    }
    s->W2 = dW2, s->b1 = db1;
}

/* 64 examples at most, a multiple of 16. */
INLINE void tile(const net *n, const model *w, const float *x, const float *y, int count, sums *s)
{
    v16 a[64], b[16];
    for (int i = 0; i < count; i += 16) {
        forward(x + IN * i, w, a + i, b);
        backward(n, w, y + i, 16, a + i, b, s);
    }
    weights(x, count, a, s->W1);
}

/* The last ones, by a padded copy. */
static void rest(const net *n, const model *w, const float *x, const float *y, int count, sums *s)
{
    v16 a[16], b[16];
    float copy[16 * IN] = { 0 }, copy_y[16] = { 0 };
    memcpy(copy, x, sizeof(float) * IN * (size_t)count);
    memcpy(copy_y, y, sizeof(float) * (size_t)count);
    forward(copy, w, a, b);
    backward(n, w, copy_y, count, a, b, s);
    weights(copy, count, a, s->W1);
}

static double by_hand(void *own)
{
    const net *n = own;
    model w = { .b1 = load16(n->b1), .c1 = load16(n->c1) };
    w.w2 = load16(n->W2), w.v2 = load16(n->V2);
    sums s;
    memset(&s, 0, sizeof s);
    turn(n->W1, w.W);
    turn(n->V1, w.V);
    int64_t whole = n->m / 16 * 16;
    for (int64_t e = 0; e < whole; e += 64)
        tile(n, &w, n->x + IN * e, n->y + e, whole - e < 64 ? (int)(whole - e) : 64, &s);
    if (whole < n->m)
        rest(n, &w, n->x + IN * whole, n->y + whole, (int)(n->m - whole), &s);
    float out[16 * IN];
    turn_back(s.W1, out);
    finish(n, NULL, n->dW1, out, 16 * IN);
    finish(n, NULL, n->db1, (float *)&s.b1, 16);
    finish(n, NULL, n->dW2, (float *)&s.W2, 16);
    finish(n, NULL, n->db2, &(float){ sums2(s.b2, s.b2)[0] }, 1);
    return 0;
}

static void build(job *j)
{
    net *n = net_build(j, IN, 16, 1);
    float **to[] = { &n->V1, &n->c1, &n->V2, &n->c2 };
    for (int i = 0, k = 0; i < j->n; i++)
        if (j->a[i].wanted)
            *to[k++] = j->a[i].direction;
}

const workload hessian_30_16_1 = { "30-16-1", DF_FLOAT32, build, by_hand };
