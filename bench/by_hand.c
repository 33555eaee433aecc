/* bench/by_hand.c -- the networks of the bench as one would write them by hand for speed
 *
 * SPDX-License-Identifier: MIT
 *
 * Everything of an example stays in registers or in the first cache between forward and backward
 * pass; the only products that go to OpenBLAS are the two large ones of 784-128-10. No
 * derivative by the data. */
#include "by_hand.h"
#include "lanes.h"
#include <cblas.h>
#include <stdbool.h>

const char *by_hand_caveat(void)
{
#if defined(__AVX512F__)
    return "";
#else
    return "no AVX-512 here: by hand is slower than it could be, and the ratios flatter dfoo\n";
#endif
}

/* d := s / m, or the step. */
INLINE void finish(const by_hand *n, float *p, float *d, const float *s, int count)
{
    float scale = 1.0f / (float)n->m, step = n->rate * scale;
    if (n->rate == 0)
        for (int i = 0; i < count; i++)
            d[i] = s[i] * scale;
    else
        for (int i = 0; i < count; i++)
            p[i] -= s[i] * step;
}

/* ---- 2-4-1: 16 examples are the lanes; all sums stay in registers ---------------------------- */
typedef struct {
    v16 p[16], b2, J; /* p: W1, b1, W2 */
} sums_2_4_1;

/* Adds up U times 16 examples, U at most 2: two at once hide the latency of the long chain of
 * operations. Examples with mask 0 do not count. */
INLINE void lanes_2_4_1(const by_hand *n, int U, const float *x, const float *y, v16 mask,
                        sums_2_4_1 *s)
{
    i16 even = { 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30 };
    v16 x0[2], x1[2], a[4][2], dz[2];
#pragma GCC unroll 2
    for (int u = 0; u < U; u++) {
        v16 p = load16(x + 32 * u), q = load16(x + 32 * u + 16);
        x0[u] = __builtin_shuffle(p, q, even), x1[u] = __builtin_shuffle(p, q, even + 1);
        dz[u] = (v16){ 0 } + n->b2[0];
    }
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++)
#pragma GCC unroll 2
        for (int u = 0; u < U; u++) {
            a[j][u] = tanh16(n->W1[2 * j] * x0[u] + (n->W1[2 * j + 1] * x1[u] + n->b1[j]));
            dz[u] += n->W2[j] * a[j][u];
        }
#pragma GCC unroll 2
    for (int u = 0; u < U; u++) {
        v16 loss;
        dz[u] = sigmoid_loss16(dz[u], load16(y + 16 * u), &loss) * mask;
        s->J += loss * mask;
        s->b2 += dz[u];
    }
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++)
#pragma GCC unroll 2
        for (int u = 0; u < U; u++) {
            v16 d = n->W2[j] * dz[u] * (1.0f - a[j][u] * a[j][u]);
            s->p[2 * j] += d * x0[u];
            s->p[2 * j + 1] += d * x1[u];
            s->p[8 + j] += d;
            s->p[12 + j] += dz[u] * a[j][u];
        }
}

/* The lanes are the four hidden units. */
static float one_2_4_1(const by_hand *n)
{
    v4 u = load4(n->W1), v = load4(n->W1 + 4), w2 = load4(n->W2), loss;
    v4 w0 = __builtin_shuffle(u, v, (i4){ 0, 2, 4, 6 });
    v4 w1 = __builtin_shuffle(u, v, (i4){ 1, 3, 5, 7 });
    float x0 = n->x[0], x1 = n->x[1];
    v4 a = tanh4(w0 * x0 + (w1 * x1 + load4(n->b1))), z = w2 * a;
    z += __builtin_shuffle(z, (i4){ 1, 0, 3, 2 });
    z += __builtin_shuffle(z, (i4){ 2, 3, 0, 1 }) + n->b2[0];
    v4 dz = sigmoid_loss4(z, (v4){ 0 } + n->y[0], &loss), d = dz * w2 * (1.0f - a * a);
    v4 d0 = d * x0, d1 = d * x1, dW2 = dz * a;
    d0 = __builtin_shuffle(u = d0, d1, (i4){ 0, 4, 1, 5 });
    d1 = __builtin_shuffle(u, d1, (i4){ 2, 6, 3, 7 });
    if (n->rate == 0) {
        store4(n->dW1, d0), store4(n->dW1 + 4, d1);
        store4(n->db1, d), store4(n->dW2, dW2);
        n->db2[0] = dz[0];
    } else {
        store4(n->W1, load4(n->W1) - n->rate * d0);
        store4(n->W1 + 4, load4(n->W1 + 4) - n->rate * d1);
        store4(n->b1, load4(n->b1) - n->rate * d), store4(n->W2, w2 - n->rate * dW2);
        n->b2[0] -= n->rate * dz[0];
    }
    return loss[0];
}

float by_hand_2_4_1(const by_hand *n)
{
    if (n->m == 1)
        return one_2_4_1(n);
    sums_2_4_1 s = { { { 0 } }, { 0 }, { 0 } };
    v16 all = (v16){ 0 } + 1.0f;
    int64_t i = 0;
    for (; i + 32 <= n->m; i += 32)
        lanes_2_4_1(n, 2, n->x + 2 * i, n->y + i, all, &s);
    for (; i + 16 <= n->m; i += 16)
        lanes_2_4_1(n, 1, n->x + 2 * i, n->y + i, all, &s);
    if (i < n->m) {
        float x[32] = { 0 }, y[16] = { 0 }, mask[16] = { 0 };
        memcpy(x, n->x + 2 * i, (size_t)(n->m - i) * 2 * sizeof *x);
        memcpy(y, n->y + i, (size_t)(n->m - i) * sizeof *y);
        for (int64_t j = i; j < n->m; j++)
            mask[j - i] = 1;
        lanes_2_4_1(n, 1, x, y, load16(mask), &s);
    }
    float sum[16];
    v16 two = sums2(s.b2, s.J);
    store16(sum, sums16(s.p));
    finish(n, n->W1, n->dW1, sum, 8);
    finish(n, n->b1, n->db1, sum + 8, 4);
    finish(n, n->W2, n->dW2, sum + 12, 4);
    finish(n, n->b2, n->db2, &(float){ two[0] }, 1);
    return two[1] / (float)n->m;
}

/* ---- 30-16-1: the hidden units are the lanes; tiles of examples in the first cache ----------- */
enum { IN = 30, TILE = 64 };
typedef struct {
    v16 W1[IN], b1, W2, b2, J; /* W1 transposed */
} sums_30_16_1;

/* Of a 16 x 30 matrix, two blocks of 16 columns that overlap by two. */
static void turn_W1(const float *W1, v16 to[IN])
{
    for (int k = 0; k <= IN - 16; k += IN - 16) {
        v16 v[16];
        for (int j = 0; j < 16; j++)
            v[j] = load16(W1 + IN * j + k);
        transpose16(v);
        memcpy(to + k, v, sizeof v);
    }
}

static void forward_30_16_1(const float *x, int t, const v16 W1[IN], v16 b1, v16 *a)
{
    for (int e = 0; e < t; e += 8, x += 8 * IN) {
        v16 z[8] = { b1, b1, b1, b1, b1, b1, b1, b1 };
        for (int k = 0; k < IN; k++)
#pragma GCC unroll 8
            for (int i = 0; i < 8; i++)
                z[i] += W1[k] * x[IN * i + k];
        memcpy(a + e, z, sizeof z);
    }
    for (int e = 0; e < t; e++)
        a[e] = tanh16(a[e]);
}

/* a becomes dJ/dZ1. Examples from `count` on do not count. */
static void backward_30_16_1(v16 *a, const float *y, int t, int count, v16 w2, float b2,
                             sums_30_16_1 *s)
{
    i16 lane = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    for (int e = 0; e < t; e += 16, a += 16) {
        v16 v[16], loss;
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++)
            v[i] = a[i] * w2;
        v16 dz = sigmoid_loss16(sums16(v) + b2, load16(y + e), &loss);
        if (e + 16 > count) {
            i16 mask = lane < count - e;
            dz = (v16)((i16)dz & mask), loss = (v16)((i16)loss & mask);
        }
        s->J += loss;
        s->b2 += dz;
        v16 dW2 = s->W2, db1 = s->b1;
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
            v16 d = dz[i] * (w2 - w2 * a[i] * a[i]);
            dW2 += dz[i] * a[i];
            db1 += d;
            a[i] = d;
        }
        s->W2 = dW2, s->b1 = db1;
    }
}

/* The 30 sums and d fill the registers. */
static void weights_30_16_1(const float *x, int t, const v16 *d, v16 W1[IN])
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

/* Adds up the examples first .. end-1; the last tile goes by a padded copy where it is not
 * whole. */
static void part_30_16_1(const by_hand *n, const v16 W1[IN], int64_t first, int64_t end,
                         sums_30_16_1 *s)
{
    v16 a[TILE], b1 = load16(n->b1), w2 = load16(n->W2);
    float copy[TILE * IN], copy_y[TILE];
    for (int64_t i = first; i < end; i += TILE) {
        const float *x = n->x + IN * i, *y = n->y + i;
        int count = end - i < TILE ? (int)(end - i) : TILE, t = (count + 15) / 16 * 16;
        if (count < t) {
            memcpy(copy, x, sizeof(float) * IN * (size_t)count);
            memcpy(copy_y, y, sizeof(float) * (size_t)count);
            memset(copy + IN * count, 0, sizeof(float) * IN * (size_t)(t - count));
            memset(copy_y + count, 0, sizeof(float) * (size_t)(t - count));
            x = copy, y = copy_y;
        }
        forward_30_16_1(x, t, W1, b1, a);
        backward_30_16_1(a, y, t, count, w2, n->b2[0], s);
        weights_30_16_1(x, t, a, s->W1);
    }
}

static float finish_30_16_1(const by_hand *n, const sums_30_16_1 *s)
{
    float out[16 * IN], two[16], one[16];
    for (int k = 0; k <= IN - 16; k += IN - 16) {
        v16 v[16];
        memcpy(v, s->W1 + k, sizeof v);
        transpose16(v);
        for (int j = 0; j < 16; j++)
            store16(out + IN * j + k, v[j]);
    }
    finish(n, n->W1, n->dW1, out, 16 * IN);
    store16(one, s->b1);
    finish(n, n->b1, n->db1, one, 16);
    store16(one, s->W2);
    finish(n, n->W2, n->dW2, one, 16);
    store16(two, sums2(s->b2, s->J));
    finish(n, n->b2, n->db2, two, 1);
    return two[1] / (float)n->m;
}

/* Sums of up to so many examples are added up: one sum over a million would lose three digits. */
enum { BLOCK = 64 * TILE };

static void blocks_30_16_1(const by_hand *n, const v16 W1[IN], int64_t first, int64_t end,
                           sums_30_16_1 *s)
{
    for (int64_t i = first; i < end; i += BLOCK) {
        sums_30_16_1 own;
        memset(&own, 0, sizeof own);
        part_30_16_1(n, W1, i, end - i < BLOCK ? end : i + BLOCK, &own);
        for (size_t k = 0; k < sizeof own / sizeof(v16); k++)
            ((v16 *)s)[k] += ((v16 *)&own)[k];
    }
}

float by_hand_30_16_1(const by_hand *n)
{
    v16 W1[IN];
    sums_30_16_1 s;
    memset(&s, 0, sizeof s);
    turn_W1(n->W1, W1);
    if (n->threads == 1)
        blocks_30_16_1(n, W1, 0, n->m, &s);
    else {
#pragma omp parallel for num_threads(n->threads) schedule(static, 1)
        for (int i = 0; i < n->threads; i++) {
            sums_30_16_1 own;
            memset(&own, 0, sizeof own);
            int64_t tiles = (n->m + TILE - 1) / TILE, end = tiles * (i + 1) / n->threads * TILE;
            blocks_30_16_1(n, W1, tiles * i / n->threads * TILE, end < n->m ? end : n->m, &own);
#pragma omp critical
            for (size_t k = 0; k < sizeof s / sizeof(v16); k++)
                ((v16 *)&s)[k] += ((v16 *)&own)[k];
        }
    }
    return finish_30_16_1(n, &s);
}

/* ---- 784-128-10: the two large products by OpenBLAS; threads share examples, then rows of dW1  */
enum { PIXELS = 784, HIDDEN = 128, CLASSES = 10, WIDE = HIDDEN / 16 };
typedef struct {
    float *a, *d, *dz, *W2; /* A1 and dZ1 (m x HIDDEN), dZ2 (m x 16), W2 transposed (HIDDEN x 16) */
    float *loss;            /* m */
} buffers;

static buffers buffers_of(const by_hand *n)
{
    float *p = n->scratch;
    return (buffers){ p, p + HIDDEN * n->m, p + 2 * HIDDEN * n->m, p + (2 * HIDDEN + 16) * n->m,
                      p + (2 * HIDDEN + 16) * n->m + HIDDEN * 16 };
}

int64_t by_hand_scratch(int64_t m) { return (2 * HIDDEN + 17) * m + HIDDEN * 16; }

static void turn_W2(const float *W2, float *to)
{
    for (int k = 0; k < HIDDEN; k += 16) {
        v16 v[16] = { { 0 } };
        for (int c = 0; c < CLASSES; c++)
            v[c] = load16(W2 + HIDDEN * c + k);
        transpose16(v);
        memcpy(to + 16 * k, v, sizeof v);
    }
}

/* Z2 of 16 examples; the classes are the lanes. */
static void logits(const float *a, const float *W2, const float *b2, v16 z[16])
{
    v16 b = { 0 };
    memcpy(&b, b2, sizeof(float) * CLASSES);
    for (int e = 0; e < 16; e += 8, a += 8 * HIDDEN) {
        v16 s[8] = { b, b, b, b, b, b, b, b };
        for (int k = 0; k < HIDDEN; k++)
#pragma GCC unroll 8
            for (int i = 0; i < 8; i++)
                s[i] += load16(W2 + 16 * k) * a[HIDDEN * i + k];
        memcpy(z + e, s, sizeof s);
    }
}

/* z becomes softmax(z) - onehot(label). Turned, so that the examples are the lanes. */
static void softmax_loss(v16 z[16], const int32_t *label, float *loss)
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

/* dZ1 of one example. */
static void hidden(const float *dz, const float *W2, const float *a, float *d)
{
    v16 s[WIDE] = { { 0 } };
    for (int c = 0; c < CLASSES; c++)
#pragma GCC unroll 8
        for (int j = 0; j < WIDE; j++)
            s[j] += dz[c] * load16(W2 + HIDDEN * c + 16 * j);
    for (int j = 0; j < WIDE; j++)
        store16(d + 16 * j, s[j] * (1.0f - load16(a + 16 * j) * load16(a + 16 * j)));
}

/* All that belongs to the examples first .. first+m-1. */
static void examples_784_128_10(const by_hand *n, const buffers *b, int64_t first, int64_t m)
{
    float *a = b->a + HIDDEN * first;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, HIDDEN, PIXELS, 1,
                n->x + PIXELS * first, PIXELS, n->W1, PIXELS, 0, a, HIDDEN);
    for (int64_t i = 0; i < HIDDEN * m; i += 16)
        store16(a + i, tanh16(load16(a + i) + load16(n->b1 + i % HIDDEN)));
    for (int64_t e = first; e < first + m; e += 16) {
        v16 z[16];
        logits(b->a + HIDDEN * e, b->W2, n->b2, z);
        softmax_loss(z, n->label + e, b->loss + e);
        memcpy(b->dz + 16 * e, z, sizeof z);
    }
    for (int64_t e = first; e < first + m; e++)
        hidden(b->dz + 16 * e, n->W2, b->a + HIDDEN * e, b->d + HIDDEN * e);
}

/* db1 and dW2 of 32 hidden units: 22 sums in registers. */
static void columns(const by_hand *n, const buffers *b, int j)
{
    v16 s[CLASSES][2] = { { { 0 } } }, t[2] = { { 0 } };
    for (int64_t e = 0; e < n->m; e++) {
        v16 u = load16(b->a + HIDDEN * e + j), v = load16(b->a + HIDDEN * e + j + 16);
        t[0] += load16(b->d + HIDDEN * e + j);
        t[1] += load16(b->d + HIDDEN * e + j + 16);
#pragma GCC unroll 10
        for (int c = 0; c < CLASSES; c++) {
            s[c][0] += b->dz[16 * e + c] * u;
            s[c][1] += b->dz[16 * e + c] * v;
        }
    }
    finish(n, n->b1 + j, n->db1 + j, (float *)t, 32);
    for (int c = 0; c < CLASSES; c++)
        finish(n, n->W2 + HIDDEN * c + j, n->dW2 + HIDDEN * c + j, (float *)s[c], 32);
}

/* The gradients of the hidden units first .. first+k-1; a step adds to W1 at once. */
static void units_784_128_10(const by_hand *n, const buffers *b, int first, int k)
{
    float scale = (n->rate == 0 ? 1 : -n->rate) / (float)n->m, *to = n->rate == 0 ? n->dW1 : n->W1;
    for (int j = first; j < first + k; j += 32)
        columns(n, b, j);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, k, PIXELS, (int)n->m, scale, b->d + first,
                HIDDEN, n->x, PIXELS, n->rate != 0, to + PIXELS * first, PIXELS);
}

float by_hand_784_128_10(const by_hand *n)
{
    buffers b = buffers_of(n);
    v16 dz = { 0 }, loss = { 0 };
    turn_W2(n->W2, b.W2);
    if (n->threads == 1) {
        examples_784_128_10(n, &b, 0, n->m);
        units_784_128_10(n, &b, 0, HIDDEN);
    } else {
        int64_t half = n->m / 32 * 16;
#pragma omp parallel num_threads(2)
        {
#pragma omp for schedule(static, 1)
            for (int i = 0; i < 2; i++)
                examples_784_128_10(n, &b, half * i, i ? n->m - half : half);
#pragma omp for schedule(static, 1)
            for (int i = 0; i < 2; i++)
                units_784_128_10(n, &b, HIDDEN / 2 * i, HIDDEN / 2);
        }
    }
    for (int64_t e = 0; e < n->m; e++)
        dz += load16(b.dz + 16 * e);
    for (int64_t e = 0; e < n->m; e += 16)
        loss += load16(b.loss + e);
    finish(n, n->b2, n->db2, (float *)&dz, CLASSES);
    return sums2(loss, loss)[0] / (float)n->m;
}
