/* kernels.c -- the products of kernels.h in vectors as wide as the instructions this is built for
 *
 * SPDX-License-Identifier: MIT
 *
 * DF_KERNELS names the table it makes. Rows are taken in blocks, whose sums stay in registers
 * while k runs; where a block has few rows, k is split among several sums, as one after another
 * would wait for itself. Last vectors that are not whole are loaded and stored in part; but
 * where there is room, a row is stored whole, and the next row over what is too much: stores in
 * part are slow. */
#include "kernels.h"
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
enum { BYTES = 64, ROWS = 8 };
#elif defined(__AVX2__)
enum { BYTES = 32, ROWS = 4 };
#else
enum { BYTES = 16, ROWS = 4 };
#endif
enum { COLUMNS = 2 };            /* vectors of a block */

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")
#define WHOLE 0                  /* lanes of a last vector that is whole */

typedef float vector_f32 __attribute__((vector_size(BYTES)));
typedef double vector_f64 __attribute__((vector_size(BYTES)));
typedef int32_t order_f32 __attribute__((vector_size(BYTES)));
typedef int64_t order_f64 __attribute__((vector_size(BYTES)));

/* ---- vectors in part: the first n lanes, the others 0 ---------------------------------------- */

#if defined(__AVX512F__)
INLINE vector_f32 load_part_f32(const float *p, int64_t n)
{
    return (vector_f32)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}

INLINE void store_part_f32(float *p, vector_f32 v, int64_t n)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
}

INLINE vector_f64 load_part_f64(const double *p, int64_t n)
{
    return (vector_f64)_mm512_maskz_loadu_pd((__mmask8)((1u << n) - 1), p);
}

INLINE void store_part_f64(double *p, vector_f64 v, int64_t n)
{
    _mm512_mask_storeu_pd(p, (__mmask8)((1u << n) - 1), (__m512d)v);
}
#elif defined(__AVX2__)
static const int32_t mask_f32[16] = { -1, -1, -1, -1, -1, -1, -1, -1 };
static const int64_t mask_f64[8] = { -1, -1, -1, -1 };

INLINE vector_f32 load_part_f32(const float *p, int64_t n)
{
    return (vector_f32)_mm256_maskload_ps(p,
                                          _mm256_loadu_si256((const __m256i *)(mask_f32 + 8 - n)));
}

INLINE void store_part_f32(float *p, vector_f32 v, int64_t n)
{
    _mm256_maskstore_ps(p, _mm256_loadu_si256((const __m256i *)(mask_f32 + 8 - n)), (__m256)v);
}

INLINE vector_f64 load_part_f64(const double *p, int64_t n)
{
    return (vector_f64)_mm256_maskload_pd(p,
                                          _mm256_loadu_si256((const __m256i *)(mask_f64 + 4 - n)));
}

INLINE void store_part_f64(double *p, vector_f64 v, int64_t n)
{
    _mm256_maskstore_pd(p, _mm256_loadu_si256((const __m256i *)(mask_f64 + 4 - n)), (__m256d)v);
}
#else
#define PARTS(t, T) \
    INLINE vector_##t load_part_##t(const T *p, int64_t n) \
    { \
        vector_##t v = { 0 }; \
        for (int64_t i = 0; i < n; i++) \
            v[i] = p[i]; \
        return v; \
    } \
    INLINE void store_part_##t(T *p, vector_##t v, int64_t n) \
    { \
        for (int64_t i = 0; i < n; i++) \
            p[i] = v[i]; \
    }
PARTS(f32, float)
PARTS(f64, double)
#endif

/* ---- orders of lanes: which of two vectors' lanes, one after the other ----------------------- */

#define ORDER(t, i_th) \
    INLINE order_##t order_##t##_of(int64_t from, int64_t step, int64_t half) \
    { \
        order_##t o = { 0 }; \
        UNROLL for (int64_t i = 0; i < (int64_t)(BYTES / sizeof o[0]); i++) \
            o[i] = i_th; \
        (void)from, (void)step, (void)half; \
        return o; \
    }
/* half 0: from, from + step, ..., round the end; else lanes of the two by turns, beginning with
 * lane `from`. */
ORDER(f32, half ? (i % 2) * half + from + i / 2 : from + i * step)
ORDER(f64, half ? (i % 2) * half + from + i / 2 : from + i * step)

/* ---- kernels --------------------------------------------------------------------------------- */

#define KERNELS(t, T) \
    enum { LANES_##t = BYTES / sizeof(T) }; \
    INLINE vector_##t load_##t(const T *p, int64_t part) \
    { \
        vector_##t v; \
        if (part != WHOLE) \
            return load_part_##t(p, part); \
        memcpy(&v, p, sizeof v); \
        return v; \
    } \
    INLINE void store_##t(T *p, vector_##t v, int64_t part) \
    { \
        if (part != WHOLE) \
            store_part_##t(p, v, part); \
        else \
            memcpy(p, &v, sizeof v); \
    } \
    /* rows x columns vectors of y from (i, j): constants where this is inlined */ \
    INLINE void block_##t(const df__gemm *m, int64_t i, int64_t j, int rows, int split, \
                          int columns, int64_t part, bool whole) \
    { \
        vector_##t sum[ROWS][COLUMNS] = { { { 0 } } }; \
        const int64_t by = m->a_r; \
        const T *a = (const T *)m->a + i * by, *a4 = a + 4 * by, *b = (const T *)m->b + j; \
        int64_t k = 0; \
        for (; k + split <= m->k; k += split) \
            UNROLL for (int s = 0; s < split; s++, a += m->a_k, a4 += m->a_k, b += m->b_k) { \
                vector_##t x[COLUMNS]; \
                UNROLL for (int c = 0; c < columns; c++) \
                    x[c] = load_##t(b + c * LANES_##t, c == columns - 1 ? part : WHOLE); \
                UNROLL for (int r = 0; r < rows; r++) \
                    UNROLL for (int c = 0; c < columns; c++) \
                        sum[s * rows + r][c] += (r < 4 ? a : a4)[r % 4 * by] * x[c]; \
            } \
        for (; k < m->k; k++, a += m->a_k, b += m->b_k) \
            UNROLL for (int r = 0; r < rows; r++) \
                UNROLL for (int c = 0; c < columns; c++) \
                    sum[r][c] += a[r * by] * \
                                 load_##t(b + c * LANES_##t, c == columns - 1 ? part : WHOLE); \
        UNROLL for (int s = 1; s < split; s++) \
            UNROLL for (int r = 0; r < rows; r++) \
                UNROLL for (int c = 0; c < columns; c++) \
                    sum[r][c] += sum[s * rows + r][c]; \
        UNROLL for (int r = 0; r < rows; r++) \
            UNROLL for (int c = 0; c < columns; c++) { \
                int64_t last = c == columns - 1 ? part : WHOLE; \
                T *y = (T *)m->y + (i + r) * m->y_r + j + c * LANES_##t; \
                vector_##t v = sum[r][c] * (T)m->alpha; \
                if (m->add) \
                    v += load_##t(y, last); \
                else if (m->bias && m->bias_c) \
                    v += load_##t((const T *)m->bias + j + c * LANES_##t, last); \
                else if (m->bias) \
                    v += ((const T *)m->bias)[(i + r) * m->bias_r]; \
                store_##t(y, v, whole ? WHOLE : last); \
            } \
    } \
    INLINE void strip_##t(const df__gemm *m, int64_t j, int columns, int64_t part, bool whole) \
    { \
        const bool deep = m->k >= ROWS; \
        int64_t i = 0; \
        for (; ROWS == 8 && i + 8 <= m->r; i += 8) \
            block_##t(m, i, j, ROWS, 1, columns, part, whole); \
        for (; deep && i + 4 <= m->r; i += 4) \
            block_##t(m, i, j, 4, ROWS / 4, columns, part, whole); \
        for (; i + 4 <= m->r; i += 4) \
            block_##t(m, i, j, 4, 1, columns, part, whole); \
        for (; deep && i + 2 <= m->r; i += 2) \
            block_##t(m, i, j, 2, ROWS / 2, columns, part, whole); \
        for (; deep && i < m->r; i++) \
            block_##t(m, i, j, 1, ROWS, columns, part, whole); \
        for (; i < m->r; i++) \
            block_##t(m, i, j, 1, 1, columns, part, whole); \
    } \
    static void product_##t(const df__gemm *m) \
    { \
        int64_t j = 0, left; \
        for (; j + COLUMNS * LANES_##t <= m->c; j += COLUMNS * LANES_##t) \
            strip_##t(m, j, COLUMNS, WHOLE, true); \
        left = m->c - j; \
        bool whole = m->room && !m->add && m->y_r == m->c && j == 0; \
        if (left == LANES_##t) \
            strip_##t(m, j, 1, WHOLE, true); \
        else if (left > LANES_##t && whole) \
            strip_##t(m, j, 2, left - LANES_##t, true); \
        else if (left > LANES_##t) \
            strip_##t(m, j, 2, left - LANES_##t, false); \
        else if (left > 0 && whole) \
            strip_##t(m, j, 1, left, true); \
        else if (left > 0) \
            strip_##t(m, j, 1, left, false); \
    } \
    INLINE vector_##t pairs_##t(vector_##t v, vector_##t w) \
    { \
        return __builtin_shuffle(v, w, order_##t##_of(0, 2, 0)) + \
               __builtin_shuffle(v, w, order_##t##_of(1, 2, 0)); \
    } \
    /* the sums over the lanes of v[0], v[1], ..., v[n - 1] as lanes 0, 1, ..., n - 1 of one */ \
    INLINE vector_##t sums_##t(vector_##t *v, int n) \
    { \
        UNROLL for (int left = n / 2; left > 0; left /= 2) \
            UNROLL for (int i = 0; i < left; i++) \
                v[i] = pairs_##t(v[2 * i], v[2 * i + 1]); \
        UNROLL for (int each = LANES_##t / n; each > 1; each /= 2) \
            v[0] = pairs_##t(v[0], v[0]); \
        return v[0]; \
    } \
    INLINE void rows_##t(const df__gemm *m, int64_t i, int64_t rows) \
    { \
        vector_##t sum[LANES_##t] = { { 0 } }; \
        const T *a = (const T *)m->a + i * m->a_r, *b = m->b; \
        int64_t k = 0, part = rows == LANES_##t ? WHOLE : rows; \
        for (; k + LANES_##t <= m->k; k += LANES_##t) { \
            vector_##t x = load_##t(b + k, WHOLE); \
            UNROLL for (int r = 0; r < LANES_##t; r++) \
                if (r < rows) \
                    sum[r] += x * load_##t(a + r * m->a_r + k, WHOLE); \
        } \
        if (k < m->k) { \
            vector_##t x = load_##t(b + k, m->k - k); \
            UNROLL for (int r = 0; r < LANES_##t; r++) \
                if (r < rows) \
                    sum[r] += x * load_##t(a + r * m->a_r + k, m->k - k); \
        } \
        vector_##t v = sums_##t(sum, LANES_##t) * (T)m->alpha; \
        T *y = (T *)m->y + i; \
        if (m->add) \
            v += load_##t(y, part); \
        else if (m->bias && m->bias_r) \
            v += load_##t((const T *)m->bias + i, part); \
        else if (m->bias) \
            v += *(const T *)m->bias; \
        store_##t(y, v, m->room ? WHOLE : part); \
    } \
    static void column_##t(const df__gemm *m) \
    { \
        int64_t i = 0; \
        for (; i + LANES_##t <= m->r; i += LANES_##t) \
            rows_##t(m, i, LANES_##t); \
        if (i < m->r) \
            rows_##t(m, i, m->r - i); \
    } \
    INLINE void dots_add_##t(vector_##t *sum, const df__gemm *m, const T *a, const T *b, \
                             int rows, int columns, bool ones, int64_t part) \
    { \
        vector_##t x[2]; \
        UNROLL for (int c = 0; c < columns && !ones; c++) \
            x[c] = load_##t(b + c * m->b_c, part); \
        UNROLL for (int r = 0; r < rows; r++) { \
            vector_##t z = load_##t(a + r * m->a_r, part); \
            if (ones) { \
                sum[r] += z; \
                continue; \
            } \
            UNROLL for (int c = 0; c < columns; c++) \
                sum[r * columns + c] += z * x[c]; \
        } \
    } \
    /* rows x columns numbers of y from (i, j), each the sum of a vector of its own */ \
    INLINE void dots_block_##t(const df__gemm *m, int64_t i, int64_t j, int rows, int columns, \
                               bool ones) \
    { \
        vector_##t sum[8] = { { 0 } }; \
        const T *a = (const T *)m->a + i * m->a_r, \
                *b = ones ? a : (const T *)m->b + j * m->b_c; \
        int64_t k = 0; \
        for (; k + LANES_##t <= m->k; k += LANES_##t) \
            dots_add_##t(sum, m, a + k, b + k, rows, columns, ones, WHOLE); \
        if (k < m->k) \
            dots_add_##t(sum, m, a + k, b + k, rows, columns, ones, m->k - k); \
        const int all = rows * columns, n = all < LANES_##t ? all : LANES_##t; \
        T to[8]; \
        UNROLL for (int from = 0; from < all; from += n) { \
            vector_##t v = sums_##t(&sum[from], n) * (T)m->alpha; \
            memcpy(to + from, &v, (size_t)n * sizeof(T)); \
        } \
        UNROLL for (int r = 0; r < rows; r++) \
            UNROLL for (int c = 0; c < columns; c++) { \
                T *y = (T *)m->y + (i + r) * m->y_r + (j + c) * m->y_c; \
                *y = (m->add ? *y : 0) + to[r * columns + c]; \
            } \
    } \
    INLINE void dots_strip_##t(const df__gemm *m, int64_t j, int columns, bool ones) \
    { \
        int64_t i = 0; \
        for (; i + 4 <= m->r; i += 4) \
            dots_block_##t(m, i, j, 4, columns, ones); \
        for (; i < m->r; i++) \
            dots_block_##t(m, i, j, 1, columns, ones); \
    } \
    static void dots_##t(const df__gemm *m) \
    { \
        int64_t j = 0; \
        if (!m->b) { \
            dots_strip_##t(m, 0, 1, true); \
            return; \
        } \
        for (; j + 2 <= m->c; j += 2) \
            dots_strip_##t(m, j, 2, false); \
        if (j < m->c) \
            dots_strip_##t(m, j, 1, false); \
    } \
    /* a square of vectors: each round brings together what lies half the rows apart */ \
    INLINE void square_##t(int64_t r, int64_t c, T *to, int64_t by_to, const T *from, \
                           int64_t by_from) \
    { \
        vector_##t v[LANES_##t], w[LANES_##t]; \
        UNROLL for (int i = 0; i < LANES_##t; i++) \
            v[i] = i < r ? load_##t(from + i * by_from, c == LANES_##t ? WHOLE : c) \
                         : (vector_##t){ 0 }; \
        UNROLL for (int n = 1; n < LANES_##t; n *= 2) { \
            UNROLL for (int i = 0; i < LANES_##t / 2; i++) { \
                vector_##t x = v[i], z = v[i + LANES_##t / 2]; \
                w[2 * i] = __builtin_shuffle(x, z, order_##t##_of(0, 0, LANES_##t)); \
                w[2 * i + 1] = \
                    __builtin_shuffle(x, z, order_##t##_of(LANES_##t / 2, 0, LANES_##t)); \
            } \
            UNROLL for (int i = 0; i < LANES_##t; i++) \
                v[i] = w[i]; \
        } \
        UNROLL for (int i = 0; i < LANES_##t; i++) \
            if (i < c) \
                store_##t(to + i * by_to, v[i], r == LANES_##t ? WHOLE : r); \
    } \
    /* of c = 2, 4 or 8 columns, side by side: each round parts even from odd places; gives how \
     * many rows are done */ \
    INLINE int64_t unzip_##t(int64_t r, int c, T *to, int64_t by_to, const T *from) \
    { \
        int64_t i = 0; \
        for (; i + LANES_##t <= r; i += LANES_##t) { \
            vector_##t v[8], w[8]; \
            UNROLL for (int k = 0; k < c; k++) \
                v[k] = load_##t(from + i * c + k * LANES_##t, WHOLE); \
            UNROLL for (int n = 1; n < c; n *= 2) { \
                UNROLL for (int k = 0; k < c / 2; k++) { \
                    w[k] = __builtin_shuffle(v[2 * k], v[2 * k + 1], order_##t##_of(0, 2, 0)); \
                    w[k + c / 2] = \
                        __builtin_shuffle(v[2 * k], v[2 * k + 1], order_##t##_of(1, 2, 0)); \
                } \
                UNROLL for (int k = 0; k < c; k++) \
                    v[k] = w[k]; \
            } \
            UNROLL for (int k = 0; k < c; k++) \
                store_##t(to + k * by_to + i, v[k], WHOLE); \
        } \
        return i; \
    } \
    static void transpose_##t(int64_t r, int64_t c, void *to, int64_t by_to, const void *from, \
                              int64_t by_from) \
    { \
        int64_t done = by_from != c ? 0 \
                       : c == 2     ? unzip_##t(r, 2, to, by_to, from) \
                       : c == 4     ? unzip_##t(r, 4, to, by_to, from) \
                       : c == 8     ? unzip_##t(r, 8, to, by_to, from) \
                                    : 0; \
        for (int64_t i = done; i < r; i += LANES_##t) \
            for (int64_t j = 0; j < c; j += LANES_##t) \
                square_##t(r - i < LANES_##t ? r - i : LANES_##t, \
                           c - j < LANES_##t ? c - j : LANES_##t, (T *)to + j * by_to + i, by_to, \
                           (const T *)from + i * by_from + j, by_from); \
    }
KERNELS(f32, float)
KERNELS(f64, double)

const df__kernels DF_KERNELS = {
    .name = DF_KERNELS_NAME,
    .product = { product_f32, product_f64 },
    .column = { column_f32, column_f64 },
    .dots = { dots_f32, dots_f64 },
    .transpose = { transpose_f32, transpose_f64 },
};
