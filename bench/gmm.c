/* bench/gmm.c -- the Gaussian mixture model of ADBench: 25 components in 10 or 32 dimensions
 *
 * SPDX-License-Identifier: MIT
 *
 *     z_k = Q_k (x - mu_k),  w_k = alpha_k + log |Q_k| - |z_k|^2 / 2,
 *     J = sum_x logsumexp_k w_k - n logsumexp alpha - n d/2 log 2 pi + log-Wishart prior of Q,
 *
 * Q_k lower triangular: e^q on the diagonal, then, column by column, what is below it. Of Srajer,
 * Kukelova and Fitzgibbon 2018. By hand: the columns of one product with all Q_k are (i, k), the
 * component being the fast one, so that the loops over components are lanes; what is above the
 * diagonals is skipped, in blocks of two vectors. */
#include "bench.h"
#include "products.h"
#include <math.h>

enum { K = 25, D = 32, TILE = 32, WISHART_M = 0 }; /* D: dimensions at most; TILE of examples */
enum { COLUMNS = (D * K + 15) / 16 * 16, PANEL = 16 * D };
static const double gamma_ = 1, pi = 3.14159265358979323846;

/* panels: for each 16 columns (i, k) a matrix j x 16 of Q_k[i][j]. */
typedef struct {
    double Q[COLUMNS / 16][PANEL], c[COLUMNS]; /* c: Q_k mu_k */
    double base[32];                           /* alpha_k + log |Q_k|; no component: -inf */
} model;

/* What one thread adds up: derivatives by Q, as panels, by -c and by base. */
typedef struct {
    double dQ[COLUMNS / 16][PANEL], dc[COLUMNS], dbase[32], J;
    double z[TILE * COLUMNS + 8];
} sums;

typedef struct {
    int d, threads;
    int64_t n;
    const double *x, *alpha, *mu, *icf;
    double *dalpha, *dmu, *dicf;
    model model;
    sums part[2];
} mixture;

/* Panel and place of Q_k[i][j]. */
INLINE double *place(double Q[][PANEL], int k, int i, int j)
{
    int column = K * i + k;
    return Q[column / 16] + 16 * j + column % 16;
}

/* The place in icf of Q_k[i][j], j < i; of i = j it is i. */
INLINE int packed(int d, int i, int j) { return d + j * d - j * (j + 1) / 2 + i - j - 1; }

static void prepare(mixture *n, int d)
{
    model *m = &n->model;
    int size = d * (d + 1) / 2;
    for (int k = 0; k < K; k++) {
        const double *q = n->icf + size * k, *mu = n->mu + d * k;
        m->base[k] = n->alpha[k];
        for (int i = 0; i < d; i++) {
            double e = exp(q[i]), c = e * mu[i];
            for (int j = 0; j < i; j++) {
                *place(m->Q, k, i, j) = q[packed(d, i, j)];
                c += q[packed(d, i, j)] * mu[j];
            }
            *place(m->Q, k, i, i) = e;
            m->c[K * i + k] = c;
            m->base[k] += q[i];
        }
    }
    for (int k = K; k < 32; k++)
        m->base[k] = -INFINITY;
}

/* z := Q x - c of a tile of examples. */
static void forward(const model *m, int d, const double *x, int t, double *z)
{
    int row = (d * K + 15) / 16 * 16;
    for (int p = 0; p < row / 16; p++) {
        int last = (16 * p + 15) / K, length = (last < d ? last : d - 1) + 1;
        for (int e = 0; e < t; e += 8) {
            v8 s[8][2];
            for (int i = 0; i < 8; i++)
                s[i][0] = -load8(m->c + 16 * p), s[i][1] = -load8(m->c + 16 * p + 8);
            add_products_double(8, s, x + d * e, d, 1, m->Q[p], 16, length);
            for (int i = 0; i < 8; i++) {
                store8(z + row * (e + i) + 16 * p, s[i][0]);
                store8(z + row * (e + i) + 16 * p + 8, s[i][1]);
            }
        }
    }
}

/* Of one example: logsumexp of w, and z becomes dJ/dz. Three vectors and one more component. */
INLINE void example(const model *m, int d, double *z, sums *s)
{
    v8 w[4] = { { 0 } };
    for (int i = 0; i < d; i++) {
#pragma GCC unroll 3
        for (int v = 0; v < 3; v++)
            w[v] += load8(z + K * i + 8 * v) * load8(z + K * i + 8 * v);
        w[3][0] += z[K * i + 24] * z[K * i + 24];
    }
    for (int v = 0; v < 4; v++)
        w[v] = load8(m->base + 8 * v) - 0.5 * w[v];
    v8 most = max8(max8(w[0], w[1]), max8(w[2], w[3]));
    double top = most[0], sum = 0;
    for (int i = 1; i < 8; i++)
        top = most[i] > top ? most[i] : top;
    for (int v = 0; v < 4; v++)
        w[v] = exp8(w[v] - top);
    w[3] = (v8){ w[3][0] };
    sum = sum8((w[0] + w[1]) + (w[2] + w[3]));
    s->J += top + log(sum);
    for (int v = 0; v < 4; v++) {
        w[v] *= 1 / sum;
        store8(s->dbase + 8 * v, load8(s->dbase + 8 * v) + w[v]);
    }
    for (int i = 0; i < d; i++) {
#pragma GCC unroll 3
        for (int v = 0; v < 3; v++) {
            double *at = z + K * i + 8 * v, *dc = s->dc + K * i + 8 * v;
            v8 dz = -w[v] * load8(at);
            store8(at, dz), store8(dc, load8(dc) + dz);
        }
        z[K * i + 24] *= -w[3][0];
        s->dc[K * i + 24] += z[K * i + 24];
    }
}

/* dQ += dz x^T, R rows j at a time. */
INLINE void backward(int R, int d, const double *x, int t, const double *z, sums *s)
{
    int row = (d * K + 15) / 16 * 16;
    for (int p = 0; p < row / 16; p++)
        for (int j = 0; j < d && j <= (16 * p + 15) / K; j += R) {
            v8 a[8][2];
            double *to = s->dQ[p] + 16 * j;
            for (int i = 0; i < R; i++)
                a[i][0] = load8(to + 16 * i), a[i][1] = load8(to + 16 * i + 8);
            add_products_double(R, a, x + j, 1, d, z + 16 * p, row, t);
            for (int i = 0; i < R; i++)
                store8(to + 16 * i, a[i][0]), store8(to + 16 * i + 8, a[i][1]);
        }
}

/* Examples first .. end-1, a multiple of 8, in tiles. */
INLINE void examples(const mixture *n, int d, int R, int64_t first, int64_t end, sums *s)
{
    int row = (d * K + 15) / 16 * 16;
    memset(s->dQ, 0, sizeof *s->dQ * (size_t)(row / 16));
    memset(s->dc, 0, sizeof s->dc);
    memset(s->dbase, 0, sizeof s->dbase);
    s->J = 0;
    for (int64_t e = first; e < end; e += TILE) {
        int t = end - e < TILE ? (int)(end - e) : TILE;
        forward(&n->model, d, n->x + d * e, t, s->z);
        for (int i = 0; i < t; i++)
            example(&n->model, d, s->z + row * i, s);
        backward(R, d, n->x + d * e, t, s->z, s);
    }
}

static void share(const mixture *n, int64_t first, int64_t end, sums *s)
{
    if (n->d == 10)
        examples(n, 10, 5, first, end, s);
    else
        examples(n, 32, 8, first, end, s);
}

static void add_parts(mixture *n)
{
    double *to = &n->part[0].dQ[0][0], *from = &n->part[1].dQ[0][0];
    for (size_t i = 0; i < sizeof n->part->dQ / sizeof *to; i++)
        to[i] += from[i];
    for (int i = 0; i < COLUMNS; i++)
        n->part[0].dc[i] += n->part[1].dc[i];
    for (int k = 0; k < K; k++)
        n->part[0].dbase[k] += n->part[1].dbase[k];
    n->part[0].J += n->part[1].J;
}

/* From the sums over examples to the derivatives by the parameters of component k; its prior. */
static double component(mixture *n, int d, int k)
{
    sums *s = &n->part[0];
    int size = d * (d + 1) / 2;
    const double *q = n->icf + size * k, *mu = n->mu + d * k;
    double *dq = n->dicf + size * k, *dmu = n->dmu + d * k, prior = 0, weight = gamma_ * gamma_;
    for (int j = 0; j < d; j++)
        dmu[j] = 0;
    for (int i = 0; i < d; i++) {
        double dc = s->dc[K * i + k], e = *place(n->model.Q, k, i, i);
        for (int j = 0; j < i; j++) {
            double L = q[packed(d, i, j)];
            dq[packed(d, i, j)] = *place(s->dQ, k, i, j) - dc * mu[j] + weight * L;
            dmu[j] -= dc * L;
            prior += 0.5 * weight * L * L;
        }
        dmu[i] -= dc * e;
        dq[i] = (*place(s->dQ, k, i, i) - dc * mu[i] + weight * e) * e + s->dbase[k] - WISHART_M;
        prior += 0.5 * weight * e * e - WISHART_M * q[i];
    }
    return prior;
}

/* What J has beside the sums, that depends on no parameter. */
static double constant(int d, double n)
{
    int degrees = d + WISHART_M + 1;
    double C = degrees * d * (log(gamma_) - 0.5 * log(2)) - 0.25 * d * (d - 1) * log(pi);
    for (int j = 1; j <= d; j++)
        C -= lgamma(0.5 * degrees + 0.5 * (1 - j));
    return -n * d * 0.5 * log(2 * pi) - K * C;
}

static double by_hand(void *own)
{
    mixture *n = own;
    prepare(n, n->d);
    if (n->threads == 1)
        share(n, 0, n->n, &n->part[0]);
    else {
        int64_t half = n->n / 16 * 8;
#pragma omp parallel for num_threads(2) schedule(static, 1)
        for (int i = 0; i < 2; i++)
            share(n, i ? half : 0, i ? n->n : half, &n->part[i]);
        add_parts(n);
    }
    double J = n->part[0].J + constant(n->d, (double)n->n), top = -INFINITY, sum = 0;
    for (int k = 0; k < K; k++)
        top = fmax(top, n->alpha[k]);
    for (int k = 0; k < K; k++)
        sum += n->dalpha[k] = exp(n->alpha[k] - top);
    for (int k = 0; k < K; k++) {
        n->dalpha[k] = n->part[0].dbase[k] - (double)n->n * n->dalpha[k] / sum;
        J += component(n, n->d, k);
    }
    return J - (double)n->n * (top + log(sum));
}

/* ---- the graph ------------------------------------------------------------------------------- */
/* What stands below the diagonals: (K x d x d), each column padded from above. */
static df_node *below(df_graph *g, df_node *icf, int d)
{
    df_node *column[D];
    for (int j = 0; j < d - 1; j++)
        column[j] = df_pad(df_slice(icf, 1, packed(d, j + 1, j), d - 1 - j), 1, j + 1, 0);
    column[d - 1] = df_zeros(g, df_shape(K, d));
    return df_stack_list(2, column, d);
}

static df_node *graph(df_graph *g, int d, df_node *X, df_node *alpha, df_node *mu, df_node *icf)
{
    df_node *q = df_slice(icf, 1, 0, d), *L = below(g, icf, d);
    df_node *Q = df_add(L, df_diag_matrix(df_exp(q)));
    df_node *c = df_reshape(df_einsum("kij,kj->ki", Q, mu), df_shape(1, K * d));
    df_node *QX = df_matmul(X, df_transpose(df_reshape(Q, df_shape(K * d, d))));
    df_node *Z = df_reshape(df_sub(QX, c), df_shape(DF_M, K, d));
    df_node *norm = df_reshape(df_sum_axis(df_square(Z), 2), df_shape(DF_M, K));
    df_node *base = df_add(alpha, df_reshape(df_sum_axis(q, 1), df_shape(1, K)));
    df_node *fit = df_sum(df_logsumexp_axis(df_sub(base, df_scale(norm, 0.5)), 1));
    df_node *size = df_add(df_sum(df_exp(df_scale(q, 2))), df_sum(df_square(L)));
    df_node *prior = df_sub(df_scale(size, 0.5 * gamma_ * gamma_), df_scale(df_sum(q), WISHART_M));
    df_node *rest = df_scale(df_examples(g), -d * 0.5 * log(2 * pi));
    df_node *J = df_sub(df_add(fit, rest), df_mul(df_examples(g), df_logsumexp(alpha)));
    return df_offset(df_add(J, prior), constant(d, 0));
}

static void build(job *j, int d)
{
    df_node *X = job_input(j, "X", df_shape(DF_M, d), 1);
    df_node *alpha = job_param(j, "alpha", df_shape(1, K), 1);
    df_node *mu = job_param(j, "mu", df_shape(K, d), 1);
    df_node *icf = job_param(j, "icf", df_shape(K, d * (d + 1) / 2), 0.5);
    j->J = graph(j->g, d, X, alpha, mu, icf);
    mixture *n = j->own = job_memory(j, sizeof *n);
    n->d = d, n->n = j->m, n->threads = j->threads, n->x = job_array(j, X)->v;
    n->alpha = job_array(j, alpha)->v, n->dalpha = job_array(j, alpha)->d;
    n->mu = job_array(j, mu)->v, n->dmu = job_array(j, mu)->d;
    n->icf = job_array(j, icf)->v, n->dicf = job_array(j, icf)->d;
}

static void build_10(job *j) { build(j, 10); }
static void build_32(job *j) { build(j, 32); }

const workload gmm_10 = { "GMM 10", DF_FLOAT64, build_10, by_hand };
const workload gmm_32 = { "GMM 32", DF_FLOAT64, build_32, by_hand };
