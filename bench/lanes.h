/* bench/lanes.h -- vectors of 16 and of 4 floats and of 8 doubles in registers, with the functions
 * that the workloads need
 *
 * SPDX-License-Identifier: MIT
 *
 * GNU vectors; AVX-512 instructions where the processor has them. Elsewhere it compiles and is
 * right, but is no longer the best that can be done. */
#ifndef LANES_H
#define LANES_H
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef float v16 __attribute__((vector_size(64)));
typedef int32_t i16 __attribute__((vector_size(64)));
typedef double v8 __attribute__((vector_size(64)));
typedef int64_t i8 __attribute__((vector_size(64)));
typedef float v4 __attribute__((vector_size(16)));
typedef int32_t i4 __attribute__((vector_size(16)));
#define INLINE static inline __attribute__((always_inline))

INLINE v16 load16(const float *p)
{
    v16 v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE v4 load4(const float *p)
{
    v4 v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store16(float *p, v16 v) { memcpy(p, &v, sizeof v); }
INLINE void store4(float *p, v4 v) { memcpy(p, &v, sizeof v); }

/* ---- what GNU vectors lack: the larger, the smaller, a choice by sign, 1/x to about an ulp --- */
#if defined(__AVX512F__)
INLINE v16 max16(v16 a, v16 b) { return _mm512_max_ps(a, b); }
INLINE v16 min16(v16 a, v16 b) { return _mm512_min_ps(a, b); }

INLINE v16 negative16(v16 x, v16 yes, v16 no)
{
    return _mm512_mask_blend_ps(_mm512_movepi32_mask((__m512i)x), no, yes);
}

INLINE v16 inverse16(v16 x)
{
    v16 r = _mm512_rcp14_ps(x);
    return r + r * (1.0f - x * r);
}
#else
INLINE v16 negative16(v16 x, v16 yes, v16 no)
{
    i16 s = (i16)x >> 31;
    return (v16)((s & (i16)yes) | (~s & (i16)no));
}

INLINE v16 max16(v16 a, v16 b) { return negative16(a - b, b, a); }
INLINE v16 min16(v16 a, v16 b) { return negative16(a - b, a, b); }
INLINE v16 inverse16(v16 x) { return 1.0f / x; }
#endif

INLINE v4 negative4(v4 x, v4 yes, v4 no)
{
    i4 s = (i4)x >> 31;
    return (v4)((s & (i4)yes) | (~s & (i4)no));
}

#if defined(__SSE2__)
INLINE v4 max4(v4 a, v4 b) { return _mm_max_ps(a, b); }
INLINE v4 min4(v4 a, v4 b) { return _mm_min_ps(a, b); }
#else
INLINE v4 max4(v4 a, v4 b) { return negative4(a - b, b, a); }
INLINE v4 min4(v4 a, v4 b) { return negative4(a - b, a, b); }
#endif
INLINE v4 inverse4(v4 x) { return 1.0f / x; }

/* ---- functions, each for both widths --------------------------------------------------------- */
/* A ratio of polynomials, odd over even: the coefficients of Eigen; within 4 ulp. */
#define TANH(name, V, MAX, MIN, INVERSE) \
    INLINE V name(V x) \
    { \
        V c = MIN(MAX(x, (V){ 0 } - 7.99881172f), (V){ 0 } + 7.99881172f), s = c * c; \
        V p = s * -2.76076847742355e-16f + 2.00018790482477e-13f; \
        p = p * s - 8.60467152213735e-11f; \
        p = p * s + 5.12229709037114e-08f; \
        p = p * s + 1.48572235717979e-05f; \
        p = p * s + 6.37261928875436e-04f; \
        p = p * s + 4.89352455891786e-03f; \
        V q = s * 1.19825839466702e-06f + 1.18534705686654e-04f; \
        q = q * s + 2.26843463243900e-03f; \
        q = q * s + 4.89352518554385e-03f; \
        return c * p * INVERSE(q); \
    }
TANH(tanh16, v16, max16, min16, inverse16)
TANH(tanh4, v4, max4, min4, inverse4)

/* e^x for x <= 0, and 1e-38 below -87: Cephes' polynomial; within 1 ulp. */
#define EXP_NEGATIVE(name, V, I, MAX) \
    INLINE V name(V x) \
    { \
        x = MAX(x, (V){ 0 } - 87.0f); \
        V k = x * 1.44269504f + 12582912.0f; /* 1.5 * 2^23 rounds to an integer in the low bits */ \
        V n = k - 12582912.0f, r = x - n * 0.693359375f; \
        r = r + n * 2.12194440e-4f; \
        V p = r * 1.9875691500e-4f + 1.3981999507e-3f; \
        p = p * r + 8.3334519073e-3f; \
        p = p * r + 4.1665795894e-2f; \
        p = p * r + 1.6666665459e-1f; \
        p = p * r + 5.0000001201e-1f; \
        p = p * (r * r) + r + 1.0f; \
        return (V)((I)p + ((I)k << 23)); \
    }
EXP_NEGATIVE(exp_negative16, v16, i16, max16)
EXP_NEGATIVE(exp_negative4, v4, i4, max4)

/* e^x for |x| <= 87, and the ends beyond. */
INLINE v16 exp16(v16 x) { return exp_negative16(min16(x, (v16){ 0 } + 87.0f)); }

/* 1 / (1 + e^-x). */
INLINE v16 sigmoid16(v16 x)
{
    v16 E = exp_negative16(negative16(x, x, -x));
    return negative16(x, E, (v16){ 0 } + 1.0f) * inverse16(1.0f + E);
}

/* The cross-entropy of sigmoid(z) with y, and its derivative by z, from one exponential E = e^-|z|:
 * loss = max(z, 0) - y z + log(1 + E), dz = sigmoid(z) - y; log(1 + E) = 2 artanh(E / (2 + E)). */
#define SIGMOID_LOSS(name, V, EXP, MAX, INVERSE, NEGATIVE) \
    INLINE V name(V z, V y, V *loss) \
    { \
        V E = EXP(NEGATIVE(z, z, -z)), one = (V){ 0 } + 1.0f; \
        V r = INVERSE((1.0f + E) * (2.0f + E)); \
        V a = NEGATIVE(z, E, one) * (r * (2.0f + E)), s = E * (r * (1.0f + E)), t = s * s; \
        V q = t * 0.23239139f + 0.21703293f; \
        q = q * t + 0.28592585f; \
        q = q * t + 0.39999701f; \
        q = q * t + 0.66666667f; \
        *loss = MAX(z, (V){ 0 }) - y * z + s * (t * q + 2.0f); \
        return a - y; \
    }
SIGMOID_LOSS(sigmoid_loss16, v16, exp_negative16, max16, inverse16, negative16)
SIGMOID_LOSS(sigmoid_loss4, v4, exp_negative4, max4, inverse4, negative4)

/* log x for normal x > 0: x = 2^k (1 + r) with 1 + r in [sqrt 1/2, sqrt 2), and 2 artanh(r / (2
 * + r)). */
INLINE v16 log16(v16 x)
{
    i16 k = ((i16)x - 0x3f3504f3) >> 23;
    v16 r = (v16)((i16)x - (k << 23)) - 1.0f, s = r * inverse16(2.0f + r), t = s * s;
    v16 q = t * 0.23239139f + 0.21703293f;
    q = q * t + 0.28592585f;
    q = q * t + 0.39999701f;
    q = q * t + 0.66666667f;
    return s * (t * q + 2.0f) + __builtin_convertvector(k, v16) * 0.693147181f;
}

/* ---- doubles --------------------------------------------------------------------------------- */
INLINE v8 load8(const double *p)
{
    v8 v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store8(double *p, v8 v) { memcpy(p, &v, sizeof v); }

#if defined(__AVX512F__)
INLINE v8 max8(v8 a, v8 b) { return _mm512_max_pd(a, b); }
INLINE v8 min8(v8 a, v8 b) { return _mm512_min_pd(a, b); }
#else
INLINE v8 choose8(i8 c, v8 a, v8 b) { return (v8)((c & (i8)a) | (~c & (i8)b)); }
INLINE v8 max8(v8 a, v8 b) { return choose8(a > b, a, b); }
INLINE v8 min8(v8 a, v8 b) { return choose8(a < b, a, b); }
#endif

/* e^x for |x| <= 708, and the ends beyond: Taylor's polynomial by pairs, which is short of latency;
 * within 2 ulp. */
INLINE v8 exp8(v8 x)
{
    x = min8(max8(x, (v8){ 0 } - 708.0), (v8){ 0 } + 708.0);
    v8 k = x * 1.4426950408889634 + 6755399441055744.0; /* 1.5 * 2^52: as for floats */
    v8 n = k - 6755399441055744.0, r = x - n * 6.93147180369123816490e-01;
    r = r - n * 1.90821492927058770002e-10;
    v8 s = r * r, f = s * s;
    v8 a = (r + 1.0) + s * (r * 1.6666666666666667e-1 + 0.5);
    v8 b = (r * 8.333333333333333e-3 + 4.1666666666666664e-2) +
           s * (r * 1.984126984126984e-4 + 1.388888888888889e-3);
    v8 c = (r * 2.7557319223985893e-6 + 2.48015873015873e-5) +
           s * (r * 2.505210838544172e-8 + 2.755731922398589e-7);
    v8 d = r * 1.6059043836821613e-10 + 2.08767569878681e-9;
    v8 p = (a + f * b) + f * f * (c + f * d);
    return (v8)((i8)p + ((i8)k << 52));
}

/* Both to 2e-16 of 1, from e^-x. */
INLINE v8 sigmoid8(v8 x) { return 1.0 / (1.0 + exp8(-x)); }
INLINE v8 tanh8(v8 x) { return 2.0 / (1.0 + exp8(-2.0 * x)) - 1.0; }

INLINE double sum8(v8 v)
{
    return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));
}

/* ---- sums and transposition ------------------------------------------------------------------ */
/* Neighbours added: those of a in the lower half, those of b in the upper. */
INLINE v16 add_pairs(v16 a, v16 b)
{
    i16 even = { 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30 };
    return __builtin_shuffle(a, b, even) + __builtin_shuffle(a, b, even + 1);
}

/* Lane i is the sum of v[i]; v is overwritten. */
INLINE v16 sums16(v16 v[16])
{
#pragma GCC unroll 4
    for (int n = 8; n; n /= 2)
#pragma GCC unroll 8
        for (int i = 0; i < n; i++)
            v[i] = add_pairs(v[2 * i], v[2 * i + 1]);
    return v[0];
}

/* Lanes 0 and 1: the sums of a and of b. */
INLINE v16 sums2(v16 a, v16 b)
{
    v16 s = add_pairs(a, b);
    s = add_pairs(s, s);
    s = add_pairs(s, s);
    return add_pairs(s, s);
}

/* Lane i of v[j] and lane j of v[i] change places: 2 x 2 blocks of 8, 4, 2, 1 lanes. */
INLINE void transpose16(v16 v[16])
{
    i16 lane = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
#pragma GCC unroll 4
    for (int n = 8; n; n /= 2) {
        i16 upper = (lane & n) != 0; /* -1 in lanes of the second half of a block */
        i16 low = lane + (upper & (16 - n)), high = lane + n + (upper & (16 - n));
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++)
            if (!(i & n)) {
                v16 a = v[i], b = v[i + n];
                v[i] = __builtin_shuffle(a, b, low);
                v[i + n] = __builtin_shuffle(a, b, high);
            }
    }
}
#endif
