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
#include <stdint.h>

#if defined(DF_CLONES_WORK)
#define DF_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DF_CLONES
#endif

/* glibc's vector forms of its functions (libmvec), where the library links with them. */
#if defined(DF_LIBMVEC)
#define DF__SIMD(result, name, ...) extern result name(__VA_ARGS__) __attribute__((simd("notinbranch")));
DF__SIMD(double, exp, double)
DF__SIMD(double, log, double)
DF__SIMD(double, log1p, double)
DF__SIMD(double, tanh, double)
DF__SIMD(double, pow, double, double)
DF__SIMD(float, logf, float)
DF__SIMD(float, log1pf, float)
DF__SIMD(float, tanhf, float)
DF__SIMD(float, powf, float, float)
#endif

/* e^x in float to 1 ulp: x = n log 2 + r, a polynomial for e^r, and 2^n in two halves, so that results near
 * the ends of the range are right. Cody and Waite 1980. */
static inline float df_expf(float x)
{
    float c = x > 89.0f ? 89.0f : x < -104.0f ? -104.0f : x; /* beyond: inf and 0 all the same */
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
    union { int32_t i; float f; } a = { (h + 127) << 23 }, b = { (k - h + 127) << 23 };
    return x != x ? x : p * a.f * b.f;
}

#define EXP(x) _Generic((x), float: df_expf, default: exp)(x)
#define LOG(x) _Generic((x), float: logf, default: log)(x)
#define LOG1P(x) _Generic((x), float: log1pf, default: log1p)(x)
#define TANH(x) _Generic((x), float: tanhf, default: tanh)(x)
#define SQRT(x) _Generic((x), float: sqrtf, default: sqrt)(x)
#define POW(x, k) _Generic((x), float: powf, default: pow)(x, k)
#define ABS(x) _Generic((x), float: fabsf, default: fabs)(x)

#define DF_MAP1(name, y, a, ...) \
    DF__MAP1(name##_f32, float, y, a, __VA_ARGS__) \
    DF__MAP1(name##_f64, double, y, a, __VA_ARGS__)
#define DF_MAP2(name, y, a, b, ...) \
    DF__MAP2(name##_f32, float, y, a, b, __VA_ARGS__) \
    DF__MAP2(name##_f64, double, y, a, b, __VA_ARGS__)
#define DF_MAP3(name, y, a, b, c, ...) \
    DF__MAP3(name##_f32, float, y, a, b, c, __VA_ARGS__) \
    DF__MAP3(name##_f64, double, y, a, b, c, __VA_ARGS__)

#define DF__LOOP(n) _Pragma("omp simd") for (int64_t i_ = 0; i_ < (n); i_++)
#define DF__MAP1(fn, T, y, a, ...) \
    DF_CLONES static void fn(int64_t n_, void *y_, const void *const *x_, const int64_t *step_, const df_attr *attr) \
    { \
        typedef T real; \
        T *to_ = y_; \
        const T *a_ = x_[0]; \
        (void)attr, (void)step_; \
        DF__LOOP(n_) { real a = a_[i_], y; __VA_ARGS__ to_[i_] = y; } \
    }
#define DF__LOOP2(n, y, a, b, sa, sb, ...) \
    DF__LOOP(n) { real a = a_[i_ * sa], b = b_[i_ * sb], y; __VA_ARGS__ to_[i_] = y; }
#define DF__MAP2(fn, T, y, a, b, ...) \
    DF_CLONES static void fn(int64_t n_, void *y_, const void *const *x_, const int64_t *step_, const df_attr *attr) \
    { \
        typedef T real; \
        T *to_ = y_; \
        const T *a_ = x_[0], *b_ = x_[1]; \
        (void)attr; \
        if (!step_[0]) { T one_ = *a_; a_ = &one_; DF__LOOP2(n_, y, a, b, 0, step_[1], __VA_ARGS__) } \
        else if (!step_[1]) { T one_ = *b_; b_ = &one_; DF__LOOP2(n_, y, a, b, 1, 0, __VA_ARGS__) } \
        else { DF__LOOP2(n_, y, a, b, 1, 1, __VA_ARGS__) } \
    }
#define DF__MAP3(fn, T, y, a, b, c, ...) \
    DF_CLONES static void fn(int64_t n_, void *y_, const void *const *x_, const int64_t *step_, const df_attr *attr) \
    { \
        typedef T real; \
        T *to_ = y_; \
        const T *a_ = x_[0], *b_ = x_[1], *c_ = x_[2]; \
        int64_t sb_ = step_[1], sc_ = step_[2]; \
        (void)attr; \
        if (step_[0] && sb_ && sc_) { DF__LOOP(n_) { real a = a_[i_], b = b_[i_], c = c_[i_], y; __VA_ARGS__ to_[i_] = y; } } \
        else { \
            T one_[3] = { *a_, *b_, *c_ }; \
            if (!step_[0]) a_ = one_; \
            if (!sb_) b_ = one_ + 1; \
            if (!sc_) c_ = one_ + 2; \
            for (int64_t i_ = 0; i_ < n_; i_++) { \
                real a = a_[step_[0] * i_], b = b_[sb_ * i_], c = c_[sc_ * i_], y; __VA_ARGS__ to_[i_] = y; \
            } \
        } \
    }
#endif
