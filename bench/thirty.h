/* bench/thirty.h -- what networks of 30 inputs and 16 hidden units share: weights as 30 vectors
 *
 * SPDX-License-Identifier: MIT
 *
 * The hidden units are the lanes. */
#ifndef THIRTY_H
#define THIRTY_H
#include "net.h"

enum { IN = 30 };

/* Of a 16 x 30 matrix, two blocks of 16 columns that overlap by two. */
static inline void turn(const float *W, v16 to[IN])
{
    for (int k = 0; k <= IN - 16; k += IN - 16) {
        v16 v[16];
        for (int j = 0; j < 16; j++)
            v[j] = load16(W + IN * j + k);
        transpose16(v);
        memcpy(to + k, v, sizeof v);
    }
}

/* The same the other way. */
static inline void turn_back(const v16 from[IN], float *W)
{
    for (int k = 0; k <= IN - 16; k += IN - 16) {
        v16 v[16];
        memcpy(v, from + k, sizeof v);
        transpose16(v);
        for (int j = 0; j < 16; j++)
            store16(W + IN * j + k, v[j]);
    }
}

/* The 30 sums and d fill the registers. */
static inline void weights(const float *x, int t, const v16 *d, v16 W1[IN])
{
    v16 s[IN];
#pragma GCC unroll 30
    for (int k = 0; k < IN; k++)
        s[k] = W1[k];
    for (int e = 0; e < t; e++, x += IN)
#pragma GCC unroll 30
        for (int k = 0; k < IN; k++)
            s[k] += d[e] * x[k];
#pragma GCC unroll 30
    for (int k = 0; k < IN; k++)
        W1[k] = s[k];
}
#endif
