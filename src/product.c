/* product.c -- a product is run: by a kernel of our own, by OpenBLAS, or element by element
 *
 * SPDX-License-Identifier: MIT */
#include "product.h"
#include <cblas.h>

/* SMALL: up to so many multiplications vectors cost more than they save. */
enum { SMALL = 32 };

#if defined(__GNUC__) && !defined(__clang__)
#define SCALAR __attribute__((noinline, optimize("no-tree-vectorize")))
#else
#define SCALAR
#endif

const char *df__way_name(df__way way)
{
    static const char *const names[] = { "product", "product", "product.T",
                                         "dots",    "BLAS",    "loops" };
    return names[way];
}

/* Rows of b transposed are whole vectors. */
static int64_t turned_row(const df__product *p)
{
    return (p->column.size + DF__LANES - 1) / DF__LANES * DF__LANES;
}

int64_t df__turned_size(const df__product *p)
{
    return turned_row(p) * p->inner.size;
}

/* ---- one product ----------------------------------------------------------------------------- */

/* y = alpha a b + from, which is what y holds, the bias, or nothing. */
#define LOOPS(name, T) \
    SCALAR static void name(const df__gemm *m) \
    { \
        static const T nothing = 0; \
        const T *from = m->add ? m->y : m->bias ? m->bias : &nothing; \
        int64_t from_r = m->add ? m->y_r : m->bias ? m->bias_r : 0, \
                from_c = m->add ? m->y_c : m->bias ? m->bias_c : 0; \
        const T *row = m->a, alpha = (T)m->alpha; \
        T *y = m->y; \
        for (int64_t i = 0; i < m->r; i++, row += m->a_r, y += m->y_r, from += from_r) { \
            const T *column = m->b; \
            for (int64_t j = 0; j < m->c; j++, column += m->b_c) { \
                const T *a = row, *b = column; \
                T sum = *a * *b; \
                for (int64_t k = 1; k < m->k; k++) \
                    sum += *(a += m->a_k) * *(b += m->b_k); \
                y[j * m->y_c] = from[j * from_c] + alpha * sum; \
            } \
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
static void blas_vector(const df__gemm *m, bool wide)
{
    bool row = m->r == 1;
    int64_t r = row ? m->c : m->r, by_r = row ? m->b_c : m->a_r, by_k = row ? m->b_k : m->a_k;
    const void *matrix = row ? m->b : m->a, *x = row ? m->a : m->b;
    int step = lead(row ? m->a_k : m->b_k, 1), by_y = lead(row ? m->y_c : m->y_r, 1);
    bool plain = by_k == 1 || m->k == 1;
    CBLAS_TRANSPOSE how = plain ? CblasNoTrans : CblasTrans;
    int rows = (int)(plain ? r : m->k), columns = (int)(plain ? m->k : r),
        by = lead(plain ? by_r : by_k, columns);
    if (wide)
        cblas_dgemv(CblasRowMajor, how, rows, columns, m->alpha, matrix, by, x, step, m->add, m->y,
                    by_y);
    else
        cblas_sgemv(CblasRowMajor, how, rows, columns, (float)m->alpha, matrix, by, x, step, m->add,
                    m->y, by_y);
}

static void blas(const df__gemm *m, bool wide)
{
    bool plain_a = m->a_k == 1, plain_b = m->b_c == 1;
    CBLAS_TRANSPOSE how_a = plain_a ? CblasNoTrans : CblasTrans,
                    how_b = plain_b ? CblasNoTrans : CblasTrans;
    int r = (int)m->r, c = (int)m->c, k = (int)m->k;
    int by_a = lead(plain_a ? m->a_r : m->a_k, plain_a ? k : r),
        by_b = lead(plain_b ? m->b_k : m->b_c, plain_b ? c : k), by_y = lead(m->y_r, c);
    if (r == 1 || c == 1)
        blas_vector(m, wide);
    else if (wide)
        cblas_dgemm(CblasRowMajor, how_a, how_b, r, c, k, m->alpha, m->a, by_a, m->b, by_b, m->add,
                    m->y, by_y);
    else
        cblas_sgemm(CblasRowMajor, how_a, how_b, r, c, k, (float)m->alpha, m->a, by_a, m->b, by_b,
                    m->add, m->y, by_y);
}

static void blas_f32(const df__gemm *m)
{
    blas(m, false);
}

static void blas_f64(const df__gemm *m)
{
    blas(m, true);
}

void df__product_ready(df__product *p)
{
    const df__kernels *own = df__best_kernels();
    bool is_row = p->row.rows && p->inner.stride[A] == 1 && p->n_loops == 0;
    p->loops = p->wide ? loops_f64 : loops_f32;
    p->kernel = p->way == DF_BY_COLUMN ? own->column[p->wide]
                : p->way == DF_BY_DOTS ? own->dots[p->wide]
                : p->way == DF_BY_BLAS ? (p->wide ? blas_f64 : blas_f32)
                : p->way == DF_BY_LOOPS ? p->loops
                                        : own->product[p->wide];
    p->transpose = own->transpose[p->wide];
    p->by_column = p->way == DF_BY_ROWS_TURNED && is_row ? own->column[p->wide] : NULL;
    p->call = (df__gemm){ .r = p->row.size, .c = p->column.size, .k = p->inner.size,
                          .a_r = p->row.stride[A], .a_k = p->inner.stride[A],
                          .b_k = p->inner.stride[B], .b_c = p->column.stride[B],
                          .y_r = p->row.stride[Y], .y_c = p->column.stride[Y], .alpha = 1 };
}

/* A product of one row, which is x: a sum for each column of b, as b lies. */
static void run_column(const df__product *p, const df__gemm *m)
{
    df__gemm one = { .r = m->c, .c = 1, .k = m->k, .a = m->b, .b = m->a, .y = m->y, .a_r = m->b_c,
                     .a_k = 1, .b_k = 1, .y_r = 1, .bias = m->bias, .bias_r = m->bias_c,
                     .alpha = m->alpha, .add = m->add, .room = m->room };
    p->by_column(&one);
}

/* b becomes its transpose, in the step's scratch. */
static void run_turned(const df__product *p, df__gemm *m, void *scratch)
{
    p->transpose(m->c, m->k, scratch, turned_row(p), m->b, m->b_c);
    m->b = scratch;
    m->b_k = turned_row(p);
    p->kernel(m);
}

static void multiply(const df__product *p, df__gemm *m, void *scratch)
{
    if (m->r * m->c * m->k <= SMALL)
        p->loops(m);
    else if (p->way != DF_BY_ROWS_TURNED)
        p->kernel(m);
    else if (m->r == 1 && p->by_column)
        run_column(p, m);
    else
        run_turned(p, m, scratch);
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

static void run_loops(const df__product *p, const df__gemm *m, const df__tile *t, void *scratch)
{
    place l = { .a = m->a, .b = m->b, .y = m->y };
    bool first = true;
    do {
        df__gemm one = *m;
        one.a = l.a, one.b = l.b, one.y = l.y;
        one.add = m->add || !first;
        one.room = false;
        multiply(p, &one, scratch);
    } while (next(p, t->rows, p->wide ? sizeof(double) : sizeof(float), &l, &first));
}

/* Where the examples of an array lie side by side, all other strides are in widths of the tile. */
static void stretch(const df__product *p, df__gemm *m, int64_t width)
{
    int64_t a = p->by_element[A] ? width : 1, b = p->by_element[B] ? width : 1,
            y = p->by_element[Y] ? width : 1;
    m->a_r *= p->row.rows ? 1 : a, m->a_k *= p->inner.rows ? 1 : a;
    m->b_k *= p->inner.rows ? 1 : b, m->b_c *= p->column.rows ? 1 : b;
    m->y_r *= p->row.rows ? 1 : y, m->y_c *= p->column.rows ? 1 : y;
    if (p->whole)
        m->c = width;
}

static double number(const void *v, bool wide)
{
    return wide ? *(const double *)v : *(const float *)v;
}

void df__run_product(const df__step *s, df__tile *t)
{
    const df__product *p = s->how;
    void *scratch = s->scratch < 0 ? NULL : t->at[s->scratch];
    df__gemm m = p->call;
    *(p->row.rows ? &m.r : p->column.rows ? &m.c : &m.k) *= p->over ? t->rows : 1;
    m.a = t->at[s->x[0]];
    m.b = t->at[s->x[1]];
    m.y = t->at[s->y];
    m.alpha = s->x[2] < 0 ? 1 : number(t->at[s->x[2]], p->wide);
    m.bias = s->x[3] < 0 ? NULL : t->at[s->x[3]];
    m.add = p->adds || (p->accumulates && !t->fresh);
    m.room = s->room;
    if (p->by_element[Y] || p->by_element[A] || p->by_element[B])
        stretch(p, &m, t->width);
    if (p->n_loops == 0)
        multiply(p, &m, scratch);
    else
        run_loops(p, &m, t, scratch);
}
