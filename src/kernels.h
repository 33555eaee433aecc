/* kernels.h -- matrix products of our own, where a call of BLAS costs more than it saves
 *
 * SPDX-License-Identifier: MIT */
#ifndef DF_KERNELS_H
#define DF_KERNELS_H
#include <stdbool.h>
#include <stdint.h>

/* y (r x c) = alpha a (r x k) b (k x c), to which is added what y holds, or a bias, the same c
 * numbers in each row. Rows of b and y are contiguous; strides are in elements. */
typedef struct {
    int64_t r, c, k;
    const void *a, *b;
    void *y;
    int64_t a_r, a_k, b_k, y_r;
    const void *bias;
    double alpha;
    bool add;
    /* y goes on for a vector behind its last row, and may be written there; not if add */
    bool room;
} df__gemm;

/* Each for floats and doubles. */
typedef struct {
    const char *name;
    void (*product[2])(const df__gemm *m);
    /* the same for c = 1, rows of a contiguous, b_k = 1 */
    void (*column[2])(const df__gemm *m);
    /* to (c x r), rows `by_to` apart, = from (r x c), rows `by_from` apart */
    void (*transpose[2])(int64_t r, int64_t c, void *to, int64_t by_to, const void *from,
                         int64_t by_from);
} df__kernels;

/* kernels.c, built once for each level of the processor's instructions; the best that this one
 * has. */
const df__kernels *df__best_kernels(void);
extern const df__kernels df__kernels_base, df__kernels_v3, df__kernels_v4;
#endif
