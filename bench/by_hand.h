/* bench/by_hand.h -- the networks of the bench as one would write them by hand for speed
 *
 * SPDX-License-Identifier: MIT
 *
 * Two layers, floats, examples one after another: Z1 = W1 x + b1, A1 = tanh Z1, Z2 = W2 A1 + b2,
 * and the mean J of the losses of Z2. Each function knows its sizes at compile time. */
#ifndef BY_HAND_H
#define BY_HAND_H
#include <stdint.h>

typedef struct {
    int64_t m;
    const float *x;               /* m x inputs */
    const float *y;               /* m values for a sigmoid and its cross-entropy */
    const int32_t *label;         /* m classes for a softmax and its cross-entropy */
    float *W1, *b1, *W2, *b2;     /* hidden x inputs, hidden, outputs x hidden, outputs */
    float *dW1, *db1, *dW2, *db2; /* dJ/dW1 ...; not written by a step */
    float rate;                   /* 0: compute the gradients; else a step, W1 -= rate dJ/dW1 ... */
    float *scratch;               /* of by_hand_scratch(m) floats, for by_hand_784_128_10 */
    int threads;
} by_hand;

/* They return J, before the step. */
float by_hand_2_4_1(const by_hand *n);
float by_hand_30_16_1(const by_hand *n);
float by_hand_784_128_10(const by_hand *n); /* m a multiple of 16 */
int64_t by_hand_scratch(int64_t m);
/* What to know before believing the times: "" where they are as good as could be made. */
const char *by_hand_caveat(void);
#endif
