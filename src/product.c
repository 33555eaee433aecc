/* product.c -- a product is run: by a kernel of our own, by OpenBLAS, or element by element
 *
 * SPDX-License-Identifier: MIT */
#include "product.h"
#include <cblas.h>

enum { LANES = 16 };

const char *df__way_name(df__way way)
{
    static const char *const names[] = { "product", "product", "product.T", "BLAS", "loops" };
    return names[way];
}

/* Rows of b transposed are whole vectors. */
static int64_t turned_row(const df__product *p)
{
    return (p->column.size + LANES - 1) / LANES * LANES;
}

int64_t df__turned_size(const df__product *p)
{
    return turned_row(p) * p->inner.size;
}

/* ---- one product ----------------------------------------------------------------------------- */

/* Strides of b and y along a row, which the kernels take as 1. */
typedef struct { df__gemm m; int64_t b_c, y_c; bool wide; } general;

#define LOOPS(name, T) \
    static void name(const general *g) \
    { \
        const df__gemm *m = &g->m; \
        const T *a = m->a, *b = m->b; \
        T *y = m->y; \
        for (int64_t i = 0; i < m->r; i++) \
            for (int64_t j = 0; j < m->c; j++) { \
                T *to = y + i * m->y_r + j * g->y_c, sum = 0; \
                for (int64_t k = 0; k < m->k; k++) \
                    sum += a[i * m->a_r + k * m->a_k] * b[k * m->b_k + j * g->b_c]; \
                *to = (m->add ? *to : 0) + (T)m->alpha * sum; \
            } \
    }
LOOPS(loops_f32, float)
LOOPS(loops_f64, double)

/* An index of size 1 has any stride: one that BLAS takes. */
static int lead(int64_t stride, int64_t least)
{
    return (int)(stride < least ? least : stride);
}

/* y = alpha a x + beta y for the one row or column that the product has. */
static void blas_vector(const general *g, bool row)
{
    const df__gemm *m = &g->m;
    int64_t r = row ? m->c : m->r, by_r = row ? g->b_c : m->a_r, by_k = row ? m->b_k : m->a_k;
    const void *matrix = row ? m->b : m->a, *x = row ? m->a : m->b;
    int step = lead(row ? m->a_k : m->b_k, 1), by_y = lead(row ? g->y_c : m->y_r, 1);
    bool plain = by_k == 1 || m->k == 1;
    CBLAS_TRANSPOSE how = plain ? CblasNoTrans : CblasTrans;
    int rows = (int)(plain ? r : m->k), columns = (int)(plain ? m->k : r),
        by = lead(plain ? by_r : by_k, columns);
    if (g->wide)
        cblas_dgemv(CblasRowMajor, how, rows, columns, m->alpha, matrix, by, x, step, m->add, m->y,
                    by_y);
    else
        cblas_sgemv(CblasRowMajor, how, rows, columns, (float)m->alpha, matrix, by, x, step, m->add,
                    m->y, by_y);
}

static void blas(const general *g)
{
    const df__gemm *m = &g->m;
    bool plain_a = m->a_k == 1, plain_b = g->b_c == 1;
    CBLAS_TRANSPOSE how_a = plain_a ? CblasNoTrans : CblasTrans,
                    how_b = plain_b ? CblasNoTrans : CblasTrans;
    int r = (int)m->r, c = (int)m->c, k = (int)m->k;
    int by_a = lead(plain_a ? m->a_r : m->a_k, plain_a ? k : r),
        by_b = lead(plain_b ? m->b_k : g->b_c, plain_b ? c : k);
    if (r == 1 || c == 1)
        blas_vector(g, r == 1);
    else if (g->wide)
        cblas_dgemm(CblasRowMajor, how_a, how_b, r, c, k, m->alpha, m->a, by_a, m->b, by_b, m->add,
                    m->y, lead(m->y_r, c));
    else
        cblas_sgemm(CblasRowMajor, how_a, how_b, r, c, k, (float)m->alpha, m->a, by_a, m->b, by_b,
                    m->add, m->y, lead(m->y_r, c));
}

/* b becomes its transpose, in the step's scratch. */
static void turn(const df__product *p, general *g, void *scratch)
{
    p->kernels->transpose[g->wide](g->m.c, g->m.k, scratch, turned_row(p), g->m.b, g->b_c);
    g->m.b = scratch;
    g->m.b_k = turned_row(p);
}

static void multiply(const df__product *p, general *g, void *scratch)
{
    if (p->way == DF_BY_ROWS_TURNED)
        turn(p, g, scratch);
    if (p->way == DF_BY_COLUMN)
        p->kernels->column[g->wide](&g->m);
    else if (p->way == DF_BY_BLAS)
        blas(g);
    else if (p->way == DF_BY_LOOPS)
        (g->wide ? loops_f64 : loops_f32)(g);
    else
        p->kernels->product[g->wide](&g->m);
}

/* ---- the loops around it --------------------------------------------------------------------- */

static int64_t size_of(const df__index *x, int64_t rows)
{
    return x->rows ? x->size * rows : x->size;
}

/* Where the loops are, and the three arrays there. */
typedef struct { int64_t at[LETTERS]; const char *a, *b; char *y; } place;

/* The next turn; false: there is none. first: nothing was added to this part of y yet. */
static bool next(const df__product *p, int64_t rows, int64_t size, place *l, bool *first)
{
    for (int i = p->n_loops - 1; i >= 0; i--) {
        const df__index *x = &p->loop[i];
        bool more = ++l->at[i] < size_of(x, rows);
        int64_t by = (more ? 1 : 1 - l->at[i]) * size;
        l->a += by * x->stride[A];
        l->b += by * x->stride[B];
        l->y += by * x->stride[Y];
        if (!more) {
            l->at[i] = 0;
            continue;
        }
        *first = true;
        for (int k = 0; k < p->n_loops; k++)
            *first = *first && (p->loop[k].stride[Y] != 0 || l->at[k] == 0);
        return true;
    }
    return false;
}

static double scalar(const df__step *s, const df__tile *t, bool wide)
{
    if (s->x[2] < 0)
        return 1;
    return wide ? *(const double *)t->at[s->x[2]] : *(const float *)t->at[s->x[2]];
}

void df__run_product(const df__step *s, df__tile *t)
{
    const df__product *p = s->how;
    void *scratch = s->scratch < 0 ? NULL : t->at[s->scratch];
    bool held = p->adds || (p->accumulates && !t->fresh), first = true;
    general g = {
        .m = { .r = size_of(&p->row, t->rows),
               .c = size_of(&p->column, t->rows),
               .k = size_of(&p->inner, t->rows),
               .a = t->at[s->x[0]],
               .b = t->at[s->x[1]],
               .y = t->at[s->y],
               .a_r = p->row.stride[A],
               .a_k = p->inner.stride[A],
               .b_k = p->inner.stride[B],
               .y_r = p->row.stride[Y],
               .bias = s->x[3] < 0 ? NULL : t->at[s->x[3]],
               .alpha = scalar(s, t, p->wide),
               .add = held,
               .room = s->room && p->n_loops == 0 },
        .b_c = p->column.stride[B],
        .y_c = p->column.stride[Y],
        .wide = p->wide,
    };
    if (p->n_loops == 0) {
        multiply(p, &g, scratch);
        return;
    }
    place l = { .a = g.m.a, .b = g.m.b, .y = g.m.y };
    do {
        general one = g;
        one.m.a = l.a, one.m.b = l.b, one.m.y = l.y;
        one.m.add = held || !first;
        multiply(p, &one, scratch);
    } while (next(p, t->rows, p->wide ? sizeof(double) : sizeof(float), &l, &first));
}
