/* bench/classes.h -- behind a hidden layer: 10 classes, their softmax and loss, and the way back
 *
 * SPDX-License-Identifier: MIT
 *
 * H is the number of hidden units, a multiple of 32 and constant where these are used, so that all
 * loops over it have known lengths. */
#ifndef CLASSES_H
#define CLASSES_H
#include "net.h"

enum { CLASSES = 10 };

typedef struct {
    float *a, *d, *dz;       /* A1 and dZ1 (m x H), dZ2 (m x 16) */
    float *W1, *W2;          /* W1 transposed (inputs x H), W2 transposed (H x 16) */
    float *loss;             /* m */
} buffers;

INLINE buffers buffers_of(const net *n, int inputs, int H)
{
    buffers b = { .a = n->scratch };
    b.d = b.a + H * n->m;
    b.dz = b.d + H * n->m;
    b.W1 = b.dz + 16 * n->m;
    b.W2 = b.W1 + inputs * H;
    b.loss = b.W2 + 16 * H;
    return b;
}

INLINE int64_t scratch_floats(int64_t m, int inputs, int H)
{
    return (2 * H + 17) * m + H * (inputs + 16);
}

/* rows x columns become columns x rows, each row of which takes `to_row` floats; rows beyond a
 * multiple of 16 become zeros. columns is a multiple of 16. */
INLINE void turn(const float *W, int rows, int columns, float *to, int to_row)
{
    for (int r = 0; r < rows; r += 16)
        for (int k = 0; k < columns; k += 16) {
            v16 v[16] = { { 0 } };
            for (int i = 0; i < 16 && r + i < rows; i++)
                v[i] = load16(W + columns * (r + i) + k);
            transpose16(v);
            for (int i = 0; i < 16; i++)
                store16(to + to_row * (k + i) + r, v[i]);
        }
}

/* Z2 of 16 examples; the classes are the lanes. */
INLINE void logits(const float *a, const float *W2, const float *b2, int H, v16 z[16])
{
    v16 b = { 0 };
    memcpy(&b, b2, sizeof(float) * CLASSES);
    for (int e = 0; e < 16; e += 8, a += 8 * H) {
        v16 s[8] = { b, b, b, b, b, b, b, b };
        for (int k = 0; k < H; k++)
#pragma GCC unroll 8
            for (int i = 0; i < 8; i++)
                s[i] += load16(W2 + 16 * k) * a[H * i + k];
        memcpy(z + e, s, sizeof s);
    }
}

/* z becomes softmax(z) - onehot(label). Turned, so that the examples are the lanes. */
INLINE void softmax_loss(v16 z[16], const int32_t *label, float *loss)
{
    i16 own;
    memcpy(&own, label, sizeof own);
    transpose16(z);
    v16 top = z[0], sum = { 0 }, right = { 0 };
    for (int c = 1; c < CLASSES; c++)
        top = max16(top, z[c]);
    for (int c = 0; c < CLASSES; c++) {
        z[c] -= top;
        right += (v16)((i16)z[c] & (own == c));
        z[c] = exp_negative16(z[c]);
        sum += z[c];
    }
    store16(loss, log16(sum) - right);
    v16 r = inverse16(sum);
    for (int c = 0; c < CLASSES; c++)
        z[c] = z[c] * r + (v16)((i16)((v16){ 0 } - 1.0f) & (own == c));
    transpose16(z);
}

/* dZ1 of one example; eight vectors at a time. */
INLINE void hidden(const float *dz, const float *W2, const float *a, int H, float *d)
{
    for (int k = 0; k < H; k += 128) {
        v16 s[8] = { { 0 } };
        int wide = H - k < 128 ? (H - k) / 16 : 8;
        for (int c = 0; c < CLASSES; c++)
#pragma GCC unroll 8
            for (int j = 0; j < wide; j++)
                s[j] += dz[c] * load16(W2 + H * c + k + 16 * j);
#pragma GCC unroll 8
        for (int j = 0; j < wide; j++) {
            v16 u = load16(a + k + 16 * j);
            store16(d + k + 16 * j, s[j] * (1.0f - u * u));
        }
    }
}

/* From A1 of the examples first .. first+m-1, a multiple of 16, to their dZ1. */
INLINE void losses(const net *n, const buffers *b, int H, int64_t first, int64_t m)
{
    for (int64_t e = first; e < first + m; e += 16) {
        v16 z[16];
        logits(b->a + H * e, b->W2, n->b2, H, z);
        softmax_loss(z, n->label + e, b->loss + e);
        memcpy(b->dz + 16 * e, z, sizeof z);
    }
    for (int64_t e = first; e < first + m; e++)
        hidden(b->dz + 16 * e, n->W2, b->a + H * e, H, b->d + H * e);
}

/* db1 and dW2 of 32 hidden units: 22 sums in registers. */
INLINE void columns(const net *n, const buffers *b, int H, int j)
{
    v16 s[CLASSES][2] = { { { 0 } } }, t[2] = { { 0 } };
    for (int64_t e = 0; e < n->m; e++) {
        v16 u = load16(b->a + H * e + j), v = load16(b->a + H * e + j + 16);
        t[0] += load16(b->d + H * e + j);
        t[1] += load16(b->d + H * e + j + 16);
#pragma GCC unroll 10
        for (int c = 0; c < CLASSES; c++) {
            s[c][0] += b->dz[16 * e + c] * u;
            s[c][1] += b->dz[16 * e + c] * v;
        }
    }
    finish(n, n->b1 + j, n->db1 + j, (float *)t, 32);
    for (int c = 0; c < CLASSES; c++)
        finish(n, n->W2 + H * c + j, n->dW2 + H * c + j, (float *)s[c], 32);
}

/* db2; returns J. */
INLINE double last_sums(const net *n, const buffers *b)
{
    v16 dz = { 0 }, loss = { 0 };
    for (int64_t e = 0; e < n->m; e++)
        dz += load16(b->dz + 16 * e);
    for (int64_t e = 0; e < n->m; e += 16)
        loss += load16(b->loss + e);
    finish(n, n->b2, n->db2, (float *)&dz, CLASSES);
    return sums2(loss, loss)[0] / (float)n->m;
}
#endif
