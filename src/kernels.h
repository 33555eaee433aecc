/* kernels.h -- matrix products of our own, where a call of BLAS costs more than it saves
 *
 * SPDX-License-Identifier: MIT */
#ifndef DF_KERNELS_H
#define DF_KERNELS_H
#include <stdbool.h>
#include <stdint.h>

/* y (r x c) = alpha a (r x k) b (k x c), to which is added what y holds, or a bias. Strides are in
 * elements: a_r from row to row of a, a_k along a row. */
typedef struct {
    int64_t r, c, k;
    const void *a, *b;
    void *y;
    int64_t a_r, a_k, b_k, b_c, y_r, y_c;
    const void *bias;            /* NULL: none */
    int64_t bias_r, bias_c;      /* one of them 1 or both 0 */
    double alpha;
    bool add;
    /* y goes on for a vector behind its last row, and may be written there; not if add */
    bool room;
} df__gemm;

/* Each for floats and doubles. */
typedef struct {
    const char *name;
    /* rows of b and y are contiguous: b_c = y_c = 1 */
    void (*product[2])(const df__gemm *m);
    /* one column, and rows of a are contiguous: c = a_k = b_k = y_r = 1 */
    void (*column[2])(const df__gemm *m);
    /* rows of a and columns of b are contiguous: a_k = b_k = 1; no bias; b NULL: ones, c = 1 */
    void (*dots[2])(const df__gemm *m);
    /* to (c x r), rows `by_to` apart, = from (r x c), rows `by_from` apart */
    void (*transpose[2])(int64_t r, int64_t c, void *to, int64_t by_to, const void *from,
                         int64_t by_from);
} df__kernels;

/* kernels.c, built once for each level of the processor's instructions; the best that this one
 * has. */
const df__kernels *df__best_kernels(void);
extern const df__kernels df__kernels_base, df__kernels_v3, df__kernels_v4;
#endif
