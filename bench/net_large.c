/* bench/net_large.c -- the 1024-2048-2048-10 network: everything but the sweeps by OpenBLAS
 *
 * SPDX-License-Identifier: MIT
 *
 * Threads share the examples on the way there and back, then the rows of the gradients. m is a
 * multiple of 32. */
#include "classes.h"
#include <cblas.h>
#include <math.h>

enum { LAYERS = 3 };
static const int size[LAYERS + 1] = { 1024, 2048, 2048, CLASSES };

typedef struct {
    int64_t m;
    int threads;
    const int32_t *label;
    struct { float *W, *b, *dW, *db; } layer[LAYERS];
    float *a[LAYERS];        /* m x units: the input, and what the hidden layers make of it */
    float *d[LAYERS];        /* m x units: dJ/dZ of each layer; the last has rows of 16 */
    float *loss;
} large;

/* C := A B, or with transposed operands; rows, columns and the sum's length are of that product. */
static void product(bool turn_A, bool turn_B, int rows, int columns, int sum, float alpha,
                    const float *A, int a, const float *B, int b, float *C, int c)
{
    cblas_sgemm(CblasRowMajor, turn_A ? CblasTrans : CblasNoTrans,
                turn_B ? CblasTrans : CblasNoTrans, rows, columns, sum, alpha, A, a, B, b, 0, C, c);
}

static void hidden_layer(const large *n, int l, int64_t first, int m)
{
    int in = size[l], out = size[l + 1];
    float *a = n->a[l + 1] + out * first;
    product(false, true, m, out, in, 1, n->a[l] + in * first, in, n->layer[l].W, in, a, out);
    for (int64_t e = 0; e < m; e++, a += out)
        for (int k = 0; k < out; k += 16)
            store16(a + k, tanh16(load16(a + k) + load16(n->layer[l].b + k)));
}

static void last_layer(const large *n, int64_t first, int m)
{
    int in = size[LAYERS - 1];
    float *d = n->d[LAYERS - 1] + 16 * first;
    v16 b = { 0 };
    memcpy(&b, n->layer[LAYERS - 1].b, sizeof(float) * CLASSES);
    product(false, true, m, CLASSES, in, 1, n->a[LAYERS - 1] + in * first, in,
            n->layer[LAYERS - 1].W, in, d, 16);
    for (int e = 0; e < m; e += 16, d += 256) {
        v16 z[16];
        for (int i = 0; i < 16; i++)
            z[i] = load16(d + 16 * i) + b;
        softmax_loss(z, n->label + first + e, n->loss + first + e);
        memcpy(d, z, sizeof z);
    }
}

/* dJ/dZ of the layer before l. */
static void back(const large *n, int l, int64_t first, int m)
{
    int in = size[l], out = size[l + 1], row = l == LAYERS - 1 ? 16 : out;
    float *d = n->d[l - 1] + in * first, *a = n->a[l] + in * first;
    product(false, false, m, in, out, 1, n->d[l] + row * first, row, n->layer[l].W, in, d, in);
    for (int64_t i = 0; i < (int64_t)m * in; i += 16)
        store16(d + i, load16(d + i) * (1.0f - load16(a + i) * load16(a + i)));
}

static void examples(const large *n, int64_t first, int m)
{
    for (int l = 0; l < LAYERS - 1; l++)
        hidden_layer(n, l, first, m);
    last_layer(n, first, m);
    for (int l = LAYERS - 1; l > 0; l--)
        back(n, l, first, m);
}

/* The gradients of part i of 1 or 2 of the units of layer l. */
static void units(const large *n, int l, int i, int parts)
{
    int in = size[l], out = size[l + 1], row = l == LAYERS - 1 ? 16 : out, k = out / parts;
    int first = k * i;
    float scale = 1.0f / (float)n->m, *db = n->layer[l].db + first;
    product(true, false, k, in, (int)n->m, scale, n->d[l] + first, row, n->a[l], in,
            n->layer[l].dW + (int64_t)in * first, in);
    memset(db, 0, sizeof(float) * (size_t)k);
    for (int64_t e = 0; e < n->m; e++)
        for (int j = 0; j < k; j++)
            db[j] += n->d[l][row * e + first + j] * scale;
}

static double by_hand(void *own)
{
    const large *n = own;
    int parts = n->threads;
#pragma omp parallel num_threads(parts) if (parts > 1)
    {
#pragma omp for schedule(static, 1)
        for (int i = 0; i < parts; i++)
            examples(n, n->m / parts * i, (int)n->m / parts);
#pragma omp for schedule(static, 1)
        for (int i = 0; i < parts; i++)
            for (int l = 0; l < LAYERS; l++)
                units(n, l, i, parts);
    }
    double J = 0;
    for (int64_t e = 0; e < n->m; e++)
        J += n->loss[e];
    return J / (double)n->m;
}

static df_node *layer(job *j, large *n, int l, df_node *A)
{
    static const char *const names[][2] = { { "W1", "b1" }, { "W2", "b2" }, { "W3", "b3" } };
    df_node *W = job_param(j, names[l][0], df_shape(size[l + 1], size[l]), sqrt(3.0 / size[l]));
    df_node *b = job_param(j, names[l][1], df_shape(size[l + 1], 1), 0.1);
    n->layer[l].W = job_array(j, W)->v, n->layer[l].dW = job_array(j, W)->d;
    n->layer[l].b = job_array(j, b)->v, n->layer[l].db = job_array(j, b)->d;
    int row = l == LAYERS - 1 ? 16 : size[l + 1];
    n->d[l] = job_memory(j, row * j->m * (int64_t)sizeof(float));
    if (l < LAYERS - 1)
        n->a[l + 1] = job_memory(j, row * j->m * (int64_t)sizeof(float));
    return df_add_bias(df_matmul(W, A), b);
}

static void build(job *j)
{
    large *n = j->own = job_memory(j, sizeof *n);
    df_node *X = job_input(j, "X", df_shape(size[0], DF_M), 1), *A = X;
    df_node *Y = job_labels(j, "Y", df_shape(1, DF_M), DF_INT32, CLASSES, X);
    n->m = j->m, n->threads = j->threads;
    n->label = job_array(j, Y)->v, n->a[0] = job_array(j, X)->v;
    n->loss = job_memory(j, j->m * (int64_t)sizeof(float));
    for (int l = 0; l < LAYERS - 1; l++)
        A = df_tanh(layer(j, n, l, A));
    j->J = df_cost(df_softmax_cross_entropy(layer(j, n, LAYERS - 1, A), Y, 0));
}

const workload net_large = { "1024-2048-2048-10", DF_FLOAT32, build, by_hand };
