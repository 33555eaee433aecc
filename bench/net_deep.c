/* bench/net_deep.c -- 64 hidden layers of 32 tanh units, one output, and its cross-entropy
 *
 * SPDX-License-Identifier: MIT
 *
 * All products by hand, the units being the lanes. m is a multiple of 16. */
#include "net.h"
#include "products.h"
#include <math.h>

enum { LAYERS = 64, N = 32 };

typedef struct {
    int64_t m;
    const float *y;
    struct { float *W, *b, *dW, *db; } layer[LAYERS + 1];
    float *a[LAYERS + 1];    /* m x N: the input, and what each layer makes of it */
    float *d, *d_before;     /* m x N: dJ/dZ of a layer and of the one before it */
    float turned[N * N];
} deep;

/* A block of 16 rows by 16 columns of W (N x N), from both sides. */
static void turn(const float *W, float *to)
{
    for (int r = 0; r < N; r += 16)
        for (int k = 0; k < N; k += 16) {
            v16 v[16];
            for (int i = 0; i < 16; i++)
                v[i] = load16(W + N * (r + i) + k);
            transpose16(v);
            for (int i = 0; i < 16; i++)
                store16(to + N * (k + i) + r, v[i]);
        }
}

static void forward(deep *n, int l)
{
    v16 u = load16(n->layer[l].b), v = load16(n->layer[l].b + 16);
    float *a = n->a[l + 1];
    turn(n->layer[l].W, n->turned);
    for (int64_t e = 0; e < n->m; e += 8) {
        v16 s[8][2];
        fill8(s, u, v);
        add_products(8, s, n->a[l] + N * e, N, 1, n->turned, N, N);
        memcpy(a + N * e, s, sizeof s);
    }
    for (int64_t i = 0; i < N * n->m; i += 16)
        store16(a + i, tanh16(load16(a + i)));
}

/* The output layer: its loss and gradients, and d of the last hidden layer. Returns J. */
static double last(deep *n)
{
    const float *w = n->layer[LAYERS].W, *top = n->a[LAYERS];
    v16 w0 = load16(w), w1 = load16(w + 16), s0 = { 0 }, s1 = { 0 }, sum = { 0 }, J = { 0 };
    float scale = 1.0f / (float)n->m;
    for (int64_t e = 0; e < n->m; e += 16) {
        v16 v[16], loss;
        for (int i = 0; i < 16; i++)
            v[i] = load16(top + N * (e + i)) * w0 + load16(top + N * (e + i) + 16) * w1;
        v16 dz = sigmoid_loss16(sums16(v) + n->layer[LAYERS].b[0], load16(n->y + e), &loss) * scale;
        J += loss, sum += dz;
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
            v16 u = load16(top + N * (e + i)), t = load16(top + N * (e + i) + 16);
            s0 += dz[i] * u, s1 += dz[i] * t;
            store16(n->d + N * (e + i), dz[i] * w0 * (1.0f - u * u));
            store16(n->d + N * (e + i) + 16, dz[i] * w1 * (1.0f - t * t));
        }
    }
    v16 two = sums2(sum, J);
    store16(n->layer[LAYERS].dW, s0);
    store16(n->layer[LAYERS].dW + 16, s1);
    n->layer[LAYERS].db[0] = two[0];
    return two[1] * scale;
}

static void gradients(deep *n, int l)
{
    v16 s0 = { 0 }, s1 = { 0 };
    for (int r = 0; r < N; r += 8) {
        v16 s[8][2] = { { { 0 } } };
        add_products(8, s, n->d + r, 1, N, n->a[l], N, n->m);
        memcpy(n->layer[l].dW + N * r, s, sizeof s);
    }
    for (int64_t e = 0; e < n->m; e++)
        s0 += load16(n->d + N * e), s1 += load16(n->d + N * e + 16);
    store16(n->layer[l].db, s0);
    store16(n->layer[l].db + 16, s1);
}

/* d of the layer before l. */
static void backward(deep *n, int l)
{
    for (int64_t e = 0; e < n->m; e += 8) {
        v16 s[8][2] = { { { 0 } } };
        add_products(8, s, n->d + N * e, N, 1, n->layer[l].W, N, N);
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++)
            for (int k = 0; k < 2; k++) {
                v16 u = load16(n->a[l] + N * (e + i) + 16 * k);
                store16(n->d_before + N * (e + i) + 16 * k, s[i][k] * (1.0f - u * u));
            }
    }
}

static double by_hand(void *own)
{
    deep *n = own;
    for (int l = 0; l < LAYERS; l++)
        forward(n, l);
    double J = last(n);
    for (int l = LAYERS - 1; l >= 0; l--) {
        gradients(n, l);
        if (l)
            backward(n, l);
        float *d = n->d;
        n->d = n->d_before, n->d_before = d;
    }
    return J;
}

static df_node *layer(job *j, deep *n, int l, df_node *A)
{
    char name[2][16];
    snprintf(name[0], sizeof name[0], "W%d", l + 1);
    snprintf(name[1], sizeof name[1], "b%d", l + 1);
    int units = l < LAYERS ? N : 1;
    df_node *W = job_param(j, name[0], df_shape(units, N), sqrt(3.0 / N));
    df_node *b = job_param(j, name[1], df_shape(units, 1), 0.1);
    n->layer[l].W = job_array(j, W)->v, n->layer[l].dW = job_array(j, W)->d;
    n->layer[l].b = job_array(j, b)->v, n->layer[l].db = job_array(j, b)->d;
    return df_add_bias(df_matmul(W, A), b);
}

static void build(job *j)
{
    deep *n = j->own = job_memory(j, sizeof *n);
    df_node *X = job_input(j, "X", df_shape(N, DF_M), 1), *A = X;
    df_node *Y = job_labels(j, "Y", df_shape(1, DF_M), DF_FLOAT32, 2, X);
    n->m = j->m, n->y = job_array(j, Y)->v, n->a[0] = job_array(j, X)->v;
    for (int l = 0; l < LAYERS; l++) {
        A = df_tanh(layer(j, n, l, A));
        n->a[l + 1] = job_memory(j, N * j->m * (int64_t)sizeof(float));
    }
    n->d = job_memory(j, N * j->m * (int64_t)sizeof(float));
    n->d_before = job_memory(j, N * j->m * (int64_t)sizeof(float));
    j->J = df_cost(df_cross_entropy(df_sigmoid(layer(j, n, LAYERS, A)), Y));
}

const workload net_deep = { "64 layers of 32", DF_FLOAT32, build, by_hand };
