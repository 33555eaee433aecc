/* bench/elementwise.c -- 20 elementwise operations on 64 x m, and their sum
 *
 * SPDX-License-Identifier: MIT
 *
 * The derivatives by a 64 x 1 parameter and by the input. Value and derivative of an element are
 * computed in registers, two vectors at a time. */
#include "lanes.h"
#include "bench.h"

enum { N = 64, BLOCK = 512 }; /* sums of so many examples are added up */

typedef struct {
    int64_t m;
    const float *x, *p;
    float *dx, *dp;
    int threads;
} arrays;

/* One vector: returns the value of the last operation; dx, and dp is added to. */
INLINE v16 vector(v16 x, v16 p, v16 *dx, v16 *dp)
{
    v16 a = x * p, b = tanh16(a), d = b * x + p, e = sigmoid16(d);
    v16 h = e * b - x, j = inverse16(h * h + 1.0f), k = j * a, l = tanh16(k);
    v16 n = sigmoid16(l + e), q = exp16(n * l), t = tanh16(q * j + b), u = t * n;
    v16 ds = n * (1.0f - t * t), dq = ds * j, o = dq * q;     /* d(n l) */
    v16 dm = (t + o * l) * n * (1.0f - n);
    v16 dk = (dm + o * n) * (1.0f - l * l);
    v16 dh = -2.0f * h * j * j * (ds * q + dk * a);           /* by h, through 1 / (h^2 + 1) */
    v16 dd = (dm + dh * b) * e * (1.0f - e);
    v16 da = (ds + dh * e + dd * x) * (1.0f - b * b) + dk * j;
    *dx = da * p + dd * b - dh;
    *dp += da * x + dd;
    return u;
}

/* Examples first .. end-1; adds to dp, and returns the sum. */
static double part(const arrays *n, int64_t first, int64_t end, v16 dp[4])
{
    v16 J[2] = { { 0 } }, p[4], s[4] = { { 0 } };
    memcpy(p, n->p, sizeof p);
    for (int64_t e = first; e < end; e++)
        for (int i = 0; i < 4; i += 2) {
            v16 dx[2];
#pragma GCC unroll 2
            for (int u = 0; u < 2; u++)
                J[u] += vector(load16(n->x + N * e + 16 * (i + u)), p[i + u], &dx[u], &s[i + u]);
            store16(n->dx + N * e + 16 * i, dx[0]);
            store16(n->dx + N * e + 16 * i + 16, dx[1]);
        }
    for (int i = 0; i < 4; i++)
        dp[i] += s[i];
    return sums2(J[0] + J[1], J[0])[0];
}

/* A thread's share, by blocks. */
static double share(const arrays *n, int64_t first, int64_t end, v16 dp[4])
{
    double J = 0;
    for (int64_t i = first; i < end; i += BLOCK)
        J += part(n, i, end - i < BLOCK ? end : i + BLOCK, dp);
    return J;
}

static double by_hand(void *own)
{
    const arrays *n = own;
    v16 dp[2][4] = { { { 0 } } };
    double J[2] = { 0 };
    if (n->threads == 1)
        J[0] = share(n, 0, n->m, dp[0]);
    else {
#pragma omp parallel for num_threads(2) schedule(static, 1)
        for (int i = 0; i < 2; i++)
            J[i] = share(n, n->m / 2 * i, i ? n->m : n->m / 2, dp[i]);
    }
    for (int i = 0; i < 4; i++)
        store16(n->dp + 16 * i, dp[0][i] + dp[1][i]);
    return J[0] + J[1];
}

static void build(job *j)
{
    df_node *x = job_input(j, "x", df_shape(N, DF_M), 1);
    df_node *p = job_param(j, "p", df_shape(N, 1), 1);
    array *X = job_array(j, x), *P = job_array(j, p);
    df_node *a = df_mul(x, p), *b = df_tanh(a), *c = df_mul(b, x), *d = df_add(c, p);
    df_node *e = df_sigmoid(d), *f = df_mul(e, b), *h = df_sub(f, x), *q = df_square(h);
    df_node *i = df_offset(q, 1), *r = df_reciprocal(i), *k = df_mul(r, a), *l = df_tanh(k);
    df_node *o = df_add(l, e), *n = df_sigmoid(o), *s = df_mul(n, l), *t = df_exp(s);
    df_node *u = df_mul(t, r), *v = df_add(u, b), *w = df_tanh(v), *y = df_mul(w, n);
    j->J = df_sum(y);
    X->wanted = true;
    X->d = job_memory(j, X->count * (int64_t)sizeof(float));
    arrays *own = j->own = job_memory(j, sizeof *own);
    *own = (arrays){ j->m, X->v, P->v, X->d, P->d, j->threads };
}

const workload elementwise = { "20 ops on 64 x m", DF_FLOAT32, build, by_hand };
