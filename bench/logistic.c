/* bench/logistic.c -- logistic regression of 30 inputs: the inputs are the lanes
 *
 * SPDX-License-Identifier: MIT
 *
 * z = w x + b and the cross-entropy of sigmoid(z): 16 examples at a time, which stay in the first
 * cache between the two products. */
#include "net.h"
#include <math.h>

enum { IN = 30, SECOND = IN - 16 }; /* the second vector of a row begins there */
typedef struct {
    v16 dw[2][2], b, J; /* dw: of even and of odd examples */
} sums;

/* Of 16 examples; those from `count` on do not count. w[1] is 0 where the two vectors overlap. */
INLINE void sixteen(const float *x, const float *y, int count, const v16 w[2], float b, sums *s)
{
    i16 lane = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    v16 v[16], loss;
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++)
        v[i] = load16(x + IN * i) * w[0] + load16(x + IN * i + SECOND) * w[1];
    v16 dz = sigmoid_loss16(sums16(v) + b, load16(y), &loss);
    if (count < 16) {
        i16 mask = lane < count;
        dz = (v16)((i16)dz & mask), loss = (v16)((i16)loss & mask);
    }
    s->J += loss, s->b += dz;
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
        s->dw[i % 2][0] += dz[i] * load16(x + IN * i);
        s->dw[i % 2][1] += dz[i] * load16(x + IN * i + SECOND);
    }
}

static double by_hand(void *own)
{
    const net *n = own;
    v16 w[2] = { load16(n->W1), load16(n->W1 + SECOND) };
    w[1][0] = w[1][1] = 0;
    sums s;
    memset(&s, 0, sizeof s);
    int64_t i = 0;
    for (; i + 16 <= n->m; i += 16)
        sixteen(n->x + IN * i, n->y + i, 16, w, n->b1[0], &s);
    if (i < n->m) {
        int count = (int)(n->m - i);
        float x[16 * IN] = { 0 }, y[16] = { 0 };
        memcpy(x, n->x + IN * i, sizeof(float) * IN * (size_t)count);
        memcpy(y, n->y + i, sizeof(float) * (size_t)count);
        sixteen(x, y, count, w, n->b1[0], &s);
    }
    float dw[IN + 2];
    v16 two = sums2(s.b, s.J);
    store16(dw + SECOND, s.dw[0][1] + s.dw[1][1]);
    store16(dw, s.dw[0][0] + s.dw[1][0]);
    finish(n, n->W1, n->dW1, dw, IN);
    finish(n, n->b1, n->db1, &(float){ two[0] }, 1);
    return two[1] / (float)n->m;
}

static void build(job *j)
{
    df_node *X = job_input(j, "X", df_shape(IN, DF_M), 1);
    df_node *Y = job_labels(j, "Y", df_shape(1, DF_M), DF_FLOAT32, 2, X);
    df_node *W = job_param(j, "W", df_shape(1, IN), sqrt(3.0 / IN));
    df_node *b = job_param(j, "b", df_shape(1, 1), 0.1);
    j->J = df_cost(df_cross_entropy(df_sigmoid(df_add_bias(df_matmul(W, X), b)), Y));
    net *n = j->own = job_memory(j, sizeof *n);
    *n = (net){ .m = j->m, .rate = (float)j->rate };
    n->x = job_array(j, X)->v, n->y = job_array(j, Y)->v;
    n->W1 = job_array(j, W)->v, n->dW1 = job_array(j, W)->d;
    n->b1 = job_array(j, b)->v, n->db1 = job_array(j, b)->d;
}

const workload logistic = { "logistic 30", DF_FLOAT32, build, by_hand };
