/* bench/lstm.c -- the LSTM of ADBench: 2 layers over 1024 characters of 14 bits, unrolled
 *
 * SPDX-License-Identifier: MIT
 *
 * Of each layer, elementwise, x being the layer before it (Srajer, Kukelova and Fitzgibbon 2018):
 *     F = sigmoid(x Wf + bf),  I = sigmoid(h Wi + bi),  O = sigmoid(x Wo + bo),
 *     G = tanh(h Wg + bg),  c' = c F + I G,  h' = O tanh(c')
 * with y = h u + v of the last, J = -mean of y' (y - log(2 + sum e^y)), y' the next character. By
 * hand: 14 bits are two vectors, the lanes behind them stay 0 or are not looked at. */
#include "bench.h"
#include "lanes.h"
#include <math.h>

enum { BITS = 14, LAYERS = 2, CHARS = 1024, GATES = 4, ROWS = 8 * LAYERS };
enum { F, I, O, G };

/* What the way back needs of one layer at one character. */
typedef struct { v8 gate[GATES][2], c[2], tanh_c[2], h[2]; } cell;

typedef struct {
    const double *seq, *main, *extra, *state;
    double *dmain, *dextra;
    bool back;                               /* gradients too */
    v8 W[LAYERS][8][2], dW[LAYERS][8][2];    /* weights of the gates, then their biases */
    v8 in[2], u[2], v[2], din[2], du[2], dv[2];
    cell start[LAYERS], cells[CHARS][LAYERS];
    v8 dy[CHARS][2];
} network;

INLINE void load(const double *p, v8 to[2])
{
    double all[16] = { 0 };
    memcpy(all, p, sizeof(double) * BITS);
    to[0] = load8(all), to[1] = load8(all + 8);
}

static void store(const v8 from[2], double *p)
{
    memcpy(p, from, sizeof(double) * BITS);
}

INLINE void layer(const v8 W[8][2], const cell *before, const v8 x[2], cell *to)
{
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
        v8 h = before->h[i];
        v8 f = sigmoid8(x[i] * W[F][i] + W[4 + F][i]), in = sigmoid8(h * W[I][i] + W[4 + I][i]);
        v8 o = sigmoid8(x[i] * W[O][i] + W[4 + O][i]), g = tanh8(h * W[G][i] + W[4 + G][i]);
        v8 c = before->c[i] * f + in * g, t = tanh8(c);
        to->gate[F][i] = f, to->gate[I][i] = in, to->gate[O][i] = o, to->gate[G][i] = g;
        to->c[i] = c, to->tanh_c[i] = t, to->h[i] = o * t;
    }
}

/* The loss of one character, and its derivative by y. */
INLINE double loss(const network *n, const v8 h[2], const double *next, v8 dy[2])
{
    v8 y[2], want[2], e[2];
    load(next, want);
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
        y[i] = h[i] * n->u[i] + n->v[i];
        e[i] = exp8(y[i]);
    }
    e[1][6] = e[1][7] = 0;
    double sum = 2 + sum8(e[0] + e[1]), wanted = sum8(want[0] + want[1]);
    double scale = 1.0 / ((CHARS - 1) * BITS), p = scale * wanted / sum;
    dy[0] = e[0] * p - want[0] * scale, dy[1] = e[1] * p - want[1] * scale;
    return scale * (wanted * log(sum) - sum8(want[0] * y[0] + want[1] * y[1]));
}

static double forward(network *n)
{
    double J = 0;
    const cell *before = n->start;
    for (int t = 0; t < CHARS - 1; t++) {
        v8 x[2];
        cell *to = n->cells[n->back ? t : t % 2];
        load(n->seq + BITS * t, x);
        x[0] *= n->in[0], x[1] *= n->in[1];
        layer(n->W[0], &before[0], x, &to[0]);
        layer(n->W[1], &before[1], to[0].h, &to[1]);
        J += loss(n, to[1].h, n->seq + BITS * (t + 1), n->dy[n->back ? t : 0]);
        before = to;
    }
    return J;
}

/* dh, dc: of the layer's results, and then of those before them; dx: dJ/dx. */
INLINE void layer_back(const v8 W[8][2], v8 dW[8][2], const cell *at, const cell *before,
                       const v8 x[2], v8 dh[2], v8 dc[2], v8 dx[2])
{
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
        v8 f = at->gate[F][i], in = at->gate[I][i], o = at->gate[O][i], g = at->gate[G][i];
        v8 t = at->tanh_c[i], c = dc[i] + dh[i] * o * (1.0 - t * t);
        v8 d[GATES] = { c * before->c[i] * (f * (1.0 - f)), c * g * (in * (1.0 - in)),
                        dh[i] * t * (o * (1.0 - o)), c * in * (1.0 - g * g) };
        v8 of[GATES] = { x[i], before->h[i], x[i], before->h[i] };
#pragma GCC unroll 4
        for (int k = 0; k < GATES; k++) {
            dW[k][i] += d[k] * of[k];
            dW[4 + k][i] += d[k];
        }
        dc[i] = c * f;
        dh[i] = d[I] * W[I][i] + d[G] * W[G][i];
        dx[i] = d[F] * W[F][i] + d[O] * W[O][i];
    }
}

static void backward(network *n)
{
    v8 dh[LAYERS][2] = { { { 0 } } }, dc[LAYERS][2] = { { { 0 } } }, dx[2], x[2];
    memset(n->dW, 0, sizeof n->dW);
    for (int i = 0; i < 2; i++)
        n->din[i] = n->du[i] = n->dv[i] = (v8){ 0 };
    for (int t = CHARS - 2; t >= 0; t--) {
        const cell *at = n->cells[t], *before = t ? n->cells[t - 1] : n->start;
        v8 s[2];
        load(n->seq + BITS * t, s);
        for (int i = 0; i < 2; i++) {
            n->du[i] += n->dy[t][i] * at[1].h[i], n->dv[i] += n->dy[t][i];
            dh[1][i] += n->dy[t][i] * n->u[i];
            x[i] = s[i] * n->in[i];
        }
        layer_back(n->W[1], n->dW[1], &at[1], &before[1], at[0].h, dh[1], dc[1], dx);
        dh[0][0] += dx[0], dh[0][1] += dx[1];
        layer_back(n->W[0], n->dW[0], &at[0], &before[0], x, dh[0], dc[0], dx);
        n->din[0] += dx[0] * s[0], n->din[1] += dx[1] * s[1];
    }
}

static double by_hand(void *own)
{
    network *n = own;
    for (int l = 0; l < LAYERS; l++) {
        for (int k = 0; k < 8; k++)
            load(n->main + BITS * (8 * l + k), n->W[l][k]);
        load(n->state + BITS * 2 * l, n->start[l].h);
        load(n->state + BITS * (2 * l + 1), n->start[l].c);
    }
    load(n->extra, n->in), load(n->extra + BITS, n->u), load(n->extra + 2 * BITS, n->v);
    double J = forward(n);
    if (n->back) {
        backward(n);
        for (int k = 0; k < ROWS; k++)
            store(n->dW[k / 8][k % 8], n->dmain + BITS * k);
        store(n->din, n->dextra), store(n->du, n->dextra + BITS);
        store(n->dv, n->dextra + 2 * BITS);
    }
    return J;
}

/* ---- the graph ------------------------------------------------------------------------------- */
static df_node *row_of(df_node *x, int i) { return df_slice(x, 0, i, 1); }

/* x W + b of gate k of a layer. */
static df_node *gate(df_node *const W[8], int k, df_node *x)
{
    return df_add(df_mul(x, W[k]), W[4 + k]);
}

static void step(df_node *const W[8], df_node *x, df_node **h, df_node **c)
{
    df_node *f = df_sigmoid(gate(W, F, x)), *in = df_sigmoid(gate(W, I, *h));
    df_node *o = df_sigmoid(gate(W, O, x)), *g = df_tanh(gate(W, G, *h));
    *c = df_add(df_mul(*c, f), df_mul(in, g));
    *h = df_mul(o, df_tanh(*c));
}

static df_node *graph(df_node *seq, df_node *main, df_node *extra, df_node *state)
{
    static df_node *out[CHARS - 1];
    df_node *W[ROWS], *h[LAYERS], *c[LAYERS], *in = row_of(extra, 0);
    for (int i = 0; i < ROWS; i++)
        W[i] = row_of(main, i);
    for (int l = 0; l < LAYERS; l++)
        h[l] = row_of(state, 2 * l), c[l] = row_of(state, 2 * l + 1);
    for (int t = 0; t < CHARS - 1; t++) {
        df_node *x = df_mul(row_of(seq, t), in);
        for (int l = 0; l < LAYERS; l++) {
            step(W + 8 * l, x, &h[l], &c[l]);
            x = h[l];
        }
        out[t] = x;
    }
    df_node *H = df_concat_list(0, out, CHARS - 1), *next = df_slice(seq, 0, 1, CHARS - 1);
    df_node *y = df_add(df_mul(H, row_of(extra, 1)), row_of(extra, 2));
    df_node *sum = df_log(df_offset(df_sum_axis(df_exp(y), 1), 2));
    return df_scale(df_sum(df_mul(next, df_sub(y, sum))), -1.0 / ((CHARS - 1) * BITS));
}

static void build(job *j)
{
    df_node *seq = job_input(j, "seq", df_shape(CHARS, BITS), 1);
    df_node *state = job_input(j, "start", df_shape(2 * LAYERS, BITS), 1);
    df_node *main = job_param(j, "main", df_shape(ROWS, BITS), 1);
    df_node *extra = job_param(j, "extra", df_shape(3, BITS), 1);
    double *s = job_array(j, seq)->v;
    for (int i = 0; i < CHARS * BITS; i++)
        s[i] = s[i] > 0;
    j->J = graph(seq, main, extra, state);
    network *n = j->own = job_memory(j, sizeof *n);
    n->back = j->task == GRADIENTS;
    n->seq = s, n->state = job_array(j, state)->v;
    n->main = job_array(j, main)->v, n->dmain = job_array(j, main)->d;
    n->extra = job_array(j, extra)->v, n->dextra = job_array(j, extra)->d;
}

const workload lstm = { "LSTM 1024", DF_FLOAT64, build, by_hand };
