/* bench/products.h -- products of small matrices: rows times two vectors at a time, in registers
 *
 * SPDX-License-Identifier: MIT */
#ifndef PRODUCTS_H
#define PRODUCTS_H
#include "lanes.h"

/* s[i][.] += the sum over k < K of a[row i + next k] b[k][.], for i < R, R at most 8 and constant;
 * b has rows of `width` numbers. */
#define ADD_PRODUCTS(name, real, V) \
    INLINE void name(int R, V s[8][2], const real *a, int64_t row, int64_t next, const real *b, \
                     int64_t width, int64_t K) \
    { \
        V t[8][2], u, v; \
        memcpy(t, s, sizeof t); \
        for (int64_t k = 0; k < K; k++) { \
            memcpy(&u, b + width * k, sizeof u); \
            memcpy(&v, b + width * k + sizeof v / sizeof *b, sizeof v); \
            _Pragma("GCC unroll 8") for (int i = 0; i < R; i++) \
            { \
                t[i][0] += a[row * i + next * k] * u; \
                t[i][1] += a[row * i + next * k] * v; \
            } \
        } \
        memcpy(s, t, sizeof t); \
    }
ADD_PRODUCTS(add_products, float, v16)
ADD_PRODUCTS(add_products_double, double, v8)

/* Eight rows that begin with the same two vectors. */
INLINE void fill8(v16 s[8][2], v16 u, v16 v)
{
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++)
        s[i][0] = u, s[i][1] = v;
}
#endif
