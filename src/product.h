/* product.h -- what laying out a product and running it share
 *
 * SPDX-License-Identifier: MIT */
#ifndef DF_PRODUCT_H
#define DF_PRODUCT_H
#include "kernels.h"
#include "plan.h"

enum { A, B, Y, ARRAYS, LETTERS = 3 * DF_RANK + 1 };

/* An index of the product, or a loop around it: its stride in each array, 0 where it is not
 * there. */
typedef struct { int64_t size; bool rows; int64_t stride[ARRAYS]; } df__index;

/* By a kernel for one column; for rows; for rows, with b transposed first; for sums over what is
 * contiguous in both; by BLAS; element by element. */
typedef enum {
    DF_BY_COLUMN, DF_BY_ROWS, DF_BY_ROWS_TURNED, DF_BY_DOTS, DF_BY_BLAS, DF_BY_LOOPS
} df__way;

typedef struct {
    df__way way;
    df__index row, column, inner;
    df__index loop[LETTERS];
    int n_loops;
    bool exchanged;              /* a is the contraction's second operand */
    bool accumulates;            /* over the tiles of a chunk */
    bool adds;                   /* to what y holds */
    bool wide;                   /* doubles */
    bool over;                   /* one of its three sizes is that of the tile */
    bool by_element[ARRAYS];     /* lie so in their tile, and strides are in its widths */
    bool whole;                  /* columns are the examples, and may be run to whole vectors */
    df__gemm call;               /* what is known before a run */
    void (*kernel)(const df__gemm *m);
    void (*loops)(const df__gemm *m); /* element by element */
    void (*by_column)(const df__gemm *m); /* where a turned product has one row; NULL: it cannot */
    void (*transpose)(int64_t r, int64_t c, void *to, int64_t by_to, const void *from,
                      int64_t by_from);
} df__product;

/* Fills in what runs need to know, by the way that was chosen. */
void df__product_ready(df__product *p);
void df__run_product(const df__step *s, df__tile *t);
const char *df__way_name(df__way way);
int64_t df__turned_size(const df__product *p);            /* elements of b transposed */
#endif
