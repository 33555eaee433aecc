/* bench/net.h -- networks of one hidden layer as one would write them by hand for speed
 *
 * SPDX-License-Identifier: MIT
 *
 * Floats, examples one after another: Z1 = W1 x + b1, A1 = tanh Z1, Z2 = W2 A1 + b2, and the mean J
 * of the losses of Z2: a sigmoid's cross-entropy of one output, a softmax's of several. */
#ifndef NET_H
#define NET_H
#include "bench.h"
#include "lanes.h"

typedef struct {
    int64_t m;
    const float *x;               /* m x inputs */
    const float *y;               /* m values, 0 or 1 */
    const int32_t *label;         /* m classes */
    float *W1, *b1, *W2, *b2;     /* hidden x inputs, hidden, outputs x hidden, outputs */
    float *dW1, *db1, *dW2, *db2; /* dJ/dW1 ...; not written by a step */
    float *V1, *c1, *V2, *c2;     /* what the Hessian is multiplied by */
    float rate;                   /* 0: compute the gradients; else a step, W1 -= rate dJ/dW1 ... */
    float *scratch;
    int threads;
} net;

/* Graph and arrays of both sides; the workload may add scratch to the net. */
net *net_build(job *j, int inputs, int hidden, int outputs);

/* d := s / m, or the step. */
INLINE void finish(const net *n, float *p, float *d, const float *s, int count)
{
    float scale = 1.0f / (float)n->m, step = n->rate * scale;
    if (n->rate == 0)
        for (int i = 0; i < count; i++)
            d[i] = s[i] * scale;
    else
        for (int i = 0; i < count; i++)
            p[i] -= s[i] * step;
}
#endif
