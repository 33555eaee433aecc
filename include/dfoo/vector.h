/* dfoo/vector.h -- elementwise loops in both precisions from one body
 *
 * SPDX-License-Identifier: MIT
 *
 *     DF_MAP1(square, y, x, y = x * x;)
 *
 * defines square_f32 and square_f64, df_map_kernels. In the body, `real` is the element type, `attr` the node's
 * df_attr, and EXP, LOG, ... the functions of that type. Calls must be unconditional, so that the compiler
 * vectorises them; pick results with ?: afterwards. */
#ifndef DFOO_VECTOR_H
#define DFOO_VECTOR_H
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#if defined(DF_CLONES_WORK)
#define DF_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DF_CLONES
#endif

/* ---- functions ------------------------------------------------------------------------------------ */
/* In float these, which vectorise by themselves: within 2.4 ulp, right at NaN, infinities and denormal numbers.
 * In double, and all others, those of glibc in their vector forms (libmvec, within 4 ulp), where the library links
 * with them; tests/test_functions.c has what was measured. */
#if defined(DF_LIBMVEC)
#define DF__SIMD(result, name, ...) extern result name(__VA_ARGS__) __attribute__((simd("notinbranch")));
DF__SIMD(double, exp, double)
DF__SIMD(double, log, double)
DF__SIMD(double, log1p, double)
DF__SIMD(double, tanh, double)
DF__SIMD(double, pow, double, double)
DF__SIMD(float, powf, float, float)
#define DF__SIMD_BOTH(name) DF__SIMD(double, name, double) DF__SIMD(float, name##f, float)
DF__SIMD_BOTH(exp2) DF__SIMD_BOTH(expm1) DF__SIMD_BOTH(log2) DF__SIMD_BOTH(log10)
DF__SIMD_BOTH(sin) DF__SIMD_BOTH(cos) DF__SIMD_BOTH(tan)
DF__SIMD_BOTH(asin) DF__SIMD_BOTH(acos) DF__SIMD_BOTH(atan)
DF__SIMD_BOTH(sinh) DF__SIMD_BOTH(cosh)
DF__SIMD_BOTH(asinh) DF__SIMD_BOTH(acosh) DF__SIMD_BOTH(atanh)
DF__SIMD_BOTH(erf) DF__SIMD_BOTH(erfc)
DF__SIMD(double, atan2, double, double)
DF__SIMD(float, atan2f, float, float)
DF__SIMD(double, hypot, double, double)
DF__SIMD(float, hypotf, float, float)
#endif

typedef union { float f; int32_t i; } df__bits;

/* x = n log 2 + r, a polynomial for e^r, and 2^n in two halves, so that results near the ends of the range are
 * right. Cody and Waite 1980; the polynomials of this and the next two are Cephes' (Moshier). */
static inline float df_expf(float x)
{
    float c = x < 89.0f ? x : 89.0f;                         /* beyond these two: inf and 0 all the same; NaN: any */
    c = c > -104.0f ? c : -104.0f;
    float n = (c * 1.44269504f + 12582912.0f) - 12582912.0f; /* the nearest integer */
    float r = (c - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = (p * (r * r) + r) + 1.0f;
    int32_t k = (int32_t)n, h = k / 2;
    df__bits a = { .i = (h + 127) << 23 }, b = { .i = (k - h + 127) << 23 };
    return x != x ? x : p * a.f * b.f;
}

/* x = 2^k (1 + r) with 1 + r in [sqrt 1/2, sqrt 2), and a polynomial for log(1 + r). */
static inline float df_logf(float x)
{
    bool small = x < 1.17549435e-38f;
    df__bits u = { .f = small ? x * 8388608.0f : x }, f;
    int32_t k = (int32_t)((uint32_t)u.i - 0x3f3504f3u) >> 23; /* 0x3f3504f3: sqrt 1/2 */
    f.i = (int32_t)((uint32_t)u.i - ((uint32_t)k << 23));
    float r = f.f - 1.0f, s = r * r, n = (float)(small ? k - 23 : k);
    float p = 7.0376836292e-2f;
    p = p * r - 1.1514610310e-1f;
    p = p * r + 1.1676998740e-1f;
    p = p * r - 1.2420140846e-1f;
    p = p * r + 1.4249322787e-1f;
    p = p * r - 1.6668057665e-1f;
    p = p * r + 2.0000714765e-1f;
    p = p * r - 2.4999993993e-1f;
    p = p * r + 3.3333331174e-1f;
    p = n * 0.693359375f + (r + (p * r * s + (n * -2.12194440e-4f - 0.5f * s)));
    p = x > 0.0f ? p : x == 0.0f ? -HUGE_VALF : NAN;
    return x < HUGE_VALF ? p : x;
}

/* log u for u = 1 + x as rounded, and what the rounding lost. */
static inline float df_log1pf(float x)
{
    float u = 1.0f + x, y = df_logf(u), lost = (x - (u - 1.0f)) / u;
    return (u > 0.0f) & (u < HUGE_VALF) ? y + lost : y;
}

/* For x in [0, 1]: 2 artanh(x / (2 + x)), by its series, the last terms of which are fitted. */
static inline float df_log1pf_unit(float x)
{
    float s = x / (2.0f + x), t = s * s;
    float p = 0.23239139f;
    p = p * t + 0.21703293f;
    p = p * t + 0.28592585f;
    p = p * t + 0.39999701f;
    p = p * t + 0.66666667f;
    return s * t * p + 2.0f * s;
}

/* e / (e + 2) for e = e^(2|x|) - 1 = 2^n p + (2^n - 1), which keeps what is small. */
static inline float df_tanhf(float x)
{
    float a = fabsf(x), t = 2.0f * (a < 10.0f ? a : 10.0f);
    float n = (t * 1.44269504f + 12582912.0f) - 12582912.0f;
    float r = (t - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r;
    df__bits s = { .i = ((int32_t)n + 127) << 23 };
    float e = p * s.f + (s.f - 1.0f);
    return x != x ? x : copysignf(e / (e + 2.0f), x);
}

#define EXP(x) _Generic((x), float: df_expf, default: exp)(x)
#define LOG(x) _Generic((x), float: df_logf, default: log)(x)
#define LOG1P(x) _Generic((x), float: df_log1pf, default: log1p)(x)
#define LOG1P_UNIT(x) _Generic((x), float: df_log1pf_unit, default: log1p)(x) /* of x in [0, 1] */
#define TANH(x) _Generic((x), float: df_tanhf, default: tanh)(x)
#define SQRT(x) _Generic((x), float: sqrtf, default: sqrt)(x)
#define POW(x, k) _Generic((x), float: powf, default: pow)(x, k)
#define ABS(x) _Generic((x), float: fabsf, default: fabs)(x)
#define DF__LIBM(x, name) _Generic((x), float: name##f, default: name)
#define EXP2(x) DF__LIBM(x, exp2)(x)
#define EXPM1(x) DF__LIBM(x, expm1)(x)
#define LOG2(x) DF__LIBM(x, log2)(x)
#define LOG10(x) DF__LIBM(x, log10)(x)
#define SIN(x) DF__LIBM(x, sin)(x)
#define COS(x) DF__LIBM(x, cos)(x)
#define TAN(x) DF__LIBM(x, tan)(x)
#define ASIN(x) DF__LIBM(x, asin)(x)
#define ACOS(x) DF__LIBM(x, acos)(x)
#define ATAN(x) DF__LIBM(x, atan)(x)
#define ATAN2(y, x) DF__LIBM(x, atan2)(y, x)
#define HYPOT(x, y) DF__LIBM(x, hypot)(x, y)
#define SINH(x) DF__LIBM(x, sinh)(x)
#define COSH(x) DF__LIBM(x, cosh)(x)
#define ASINH(x) DF__LIBM(x, asinh)(x)
#define ACOSH(x) DF__LIBM(x, acosh)(x)
#define ATANH(x) DF__LIBM(x, atanh)(x)
#define ERF(x) DF__LIBM(x, erf)(x)
#define ERFC(x) DF__LIBM(x, erfc)(x)
#define FLOOR(x) DF__LIBM(x, floor)(x)
#define CEIL(x) DF__LIBM(x, ceil)(x)
#define RINT(x) DF__LIBM(x, rint)(x)              /* to the nearest, halves to even */
#define FMOD(x, y) DF__LIBM(x, fmod)(x, y)        /* no vector form */

/* ---- loops ---------------------------------------------------------------------------------------- */
#define DF_MAP1(name, y, a, ...) \
    DF__MAP(name##_f32, float, 1, real a = a_[i_], y; __VA_ARGS__ to_[i_] = y;) \
    DF__MAP(name##_f64, double, 1, real a = a_[i_], y; __VA_ARGS__ to_[i_] = y;)
#define DF_MAP2(name, y, a, b, ...) \
    DF__MAP(name##_f32, float, 2, real a = a_[i_], b = b_[i_], y; __VA_ARGS__ to_[i_] = y;) \
    DF__MAP(name##_f64, double, 2, real a = a_[i_], b = b_[i_], y; __VA_ARGS__ to_[i_] = y;)
#define DF_MAP3(name, y, a, b, c, ...) \
    DF__MAP(name##_f32, float, 3, real a = a_[i_], b = b_[i_], c = c_[i_], y; __VA_ARGS__ to_[i_] = y;) \
    DF__MAP(name##_f64, double, 3, real a = a_[i_], b = b_[i_], c = c_[i_], y; __VA_ARGS__ to_[i_] = y;)

/* Where an operand does not step, the loop reads copies of its one element, DF__RUN elements at a time: so the
 * inner loop is the same for all steps. The copies are made before anything is written: y may be an operand. */
#define DF__RUN 64
#define DF__LOOP(n) _Pragma("omp simd") for (int64_t i_ = 0; i_ < (n); i_++)
#define DF__MAP(fn, T, N, ...) \
    DF_CLONES static void fn(int64_t n_, void *y_, const void *const *x_, const int64_t *step_, const df_attr *attr) \
    { \
        typedef T real; \
        real one_[N][DF__RUN]; \
        int64_t run_ = n_; \
        (void)attr; \
        for (int k_ = 0; k_ < (N) && n_ > 1; k_++) \
            if (!step_[k_]) { \
                run_ = n_ < DF__RUN ? n_ : DF__RUN; \
                DF__LOOP(run_) one_[k_][i_] = *(const real *)x_[k_]; \
            } \
        for (int64_t at_ = 0; at_ < n_; at_ += run_) { \
            int64_t left_ = n_ - at_ < run_ ? n_ - at_ : run_; \
            const real *a_ = DF__FROM(0), *b_ = DF__FROM((N) > 1), *c_ = DF__FROM((N) > 2 ? 2 : 0); \
            real *to_ = (real *)y_ + at_; \
            (void)b_, (void)c_; \
            DF__LOOP(left_) { __VA_ARGS__ } \
        } \
    }
#define DF__FROM(k) (step_[k] || n_ == 1 ? (const real *)x_[k] + at_ : one_[k])

/* ---- reductions ----------------------------------------------------------------------------------- */
/* DF_REDUCE(sum, y, x, y = y + x;) defines sum_f32 and sum_f64, df_reduce_kernels, from how one more value x is
 * combined with y. Values are combined in blocks and blocks in pairs, so that the rounding errors of a long sum
 * grow with the logarithm of its length. */
#define DF_REDUCE(name, y, x, ...) \
    DF__REDUCE(name##_f32, float, y, x, __VA_ARGS__) \
    DF__REDUCE(name##_f64, double, y, x, __VA_ARGS__)

#define DF__INLINE static inline __attribute__((always_inline))
#define DF__BLOCK 32
#define DF__LEVELS 48
#define DF__JOIN(fn, to, from, n) DF__LOOP(n) (to)[i_] = fn##_two((to)[i_], (from)[i_]);
#define DF__COPY(to, from, n) DF__LOOP(n) (to)[i_] = (from)[i_];
#define DF__REDUCE(fn, T, y, x, ...) \
    DF__INLINE T fn##_two(T y, T x) { __VA_ARGS__ return y; } \
    /* rows of `width` <= DF__RUN values, into one: level[l] holds 2^l blocks where bit l of their number is set */ \
    DF__INLINE void fn##_rows(int64_t rows, int64_t width, int64_t stride, const T *from_, T *to_) \
    { \
        T level_[DF__LEVELS][DF__RUN]; \
        int64_t blocks_ = 0; \
        if (rows <= DF__BLOCK) { \
            DF__COPY(to_, from_, width) \
            for (int64_t r_ = 1; r_ < rows; r_++) \
                DF__JOIN(fn, to_, from_ + r_ * stride, width) \
            return; \
        } \
        for (int64_t at_ = 0; at_ < rows; at_ += DF__BLOCK, blocks_++) { \
            int64_t end_ = rows - at_ < DF__BLOCK ? rows : at_ + DF__BLOCK; \
            int l_ = 0; \
            DF__COPY(to_, from_ + at_ * stride, width) \
            for (int64_t r_ = at_ + 1; r_ < end_; r_++) \
                DF__JOIN(fn, to_, from_ + r_ * stride, width) \
            for (; blocks_ >> l_ & 1; l_++) \
                DF__JOIN(fn, to_, level_[l_], width) \
            DF__COPY(level_[l_], to_, width) \
        } \
        for (int l_ = 0, first_ = 1; l_ < DF__LEVELS && blocks_ >> l_; l_++) \
            if (blocks_ >> l_ & 1) { \
                if (first_) { \
                    DF__COPY(to_, level_[l_], width) \
                } else { \
                    DF__JOIN(fn, to_, level_[l_], width) \
                } \
                first_ = 0; \
            } \
    } \
    /* a contiguous row: as rows of DF__RUN, or of 16 where it is short, what is left, and then halves onto halves */ \
    DF__INLINE T fn##_row(int64_t len, const T *from_) \
    { \
        T lane_[DF__RUN]; \
        int64_t n_ = len >= DF__RUN ? DF__RUN : len >= 16 ? 16 : len, left_ = len % n_; \
        const T *end_ = from_ + (len - left_); \
        if (n_ == DF__RUN) { \
            fn##_rows(len / DF__RUN, DF__RUN, DF__RUN, from_, lane_); \
            DF__JOIN(fn, lane_, lane_ + 32, 32) \
            DF__JOIN(fn, lane_, lane_ + 16, 16) \
        } else if (n_ == 16) { \
            DF__COPY(lane_, from_, 16) \
            for (from_ += 16; from_ < end_; from_ += 16) \
                DF__JOIN(fn, lane_, from_, 16) \
        } else { \
            DF__COPY(lane_, from_, len) \
            left_ = 0; \
        } \
        for (; left_ > 0; left_ -= 16, end_ += 16) \
            DF__JOIN(fn, lane_, end_, left_ < 16 ? left_ : 16) \
        if (n_ >= 16) { \
            DF__JOIN(fn, lane_, lane_ + 8, 8) \
            DF__JOIN(fn, lane_, lane_ + 4, 4) \
            DF__JOIN(fn, lane_, lane_ + 2, 2) \
            return fn##_two(lane_[0], lane_[1]); \
        } \
        while (n_ > 1) { \
            int64_t half_ = (n_ + 1) / 2; \
            DF__JOIN(fn, lane_, lane_ + half_, n_ - half_) \
            n_ = half_; \
        } \
        return lane_[0]; \
    } \
    DF_CLONES static void fn(int64_t outer, int64_t len, int64_t inner, bool fresh, void *y_, const void *x_) \
    { \
        if (len == 1) { \
            if (fresh) { \
                DF__COPY((T *)y_, (const T *)x_, outer * inner) \
            } else { \
                DF__JOIN(fn, (T *)y_, (const T *)x_, outer * inner) \
            } \
            return; \
        } \
        for (int64_t o_ = 0; o_ < outer; o_++) \
            for (int64_t at_ = 0; at_ < inner; at_ += DF__RUN) { \
                T part_[DF__RUN], *to_ = (T *)y_ + o_ * inner + at_; \
                const T *from_ = (const T *)x_ + o_ * len * inner + at_; \
                int64_t width_ = inner - at_ < DF__RUN ? inner - at_ : DF__RUN; \
                if (inner == 1) \
                    part_[0] = fn##_row(len, from_); \
                else if (width_ == 16) \
                    fn##_rows(len, 16, inner, from_, part_); \
                else \
                    fn##_rows(len, width_, inner, from_, part_); \
                if (fresh) { \
                    DF__COPY(to_, part_, width_) \
                } else { \
                    DF__JOIN(fn, to_, part_, width_) \
                } \
            } \
    }
#endif
