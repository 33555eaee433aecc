/* step_product.c -- contractions: loops around one matrix product
 *
 * SPDX-License-Identifier: MIT
 *
 * A letter of the contraction is a row of the product (in a and y), a column (in b and y),
 * contracted (in a and b) or batch (in all three). Of each of the first three kinds, the letters
 * that lie side by side in both of their arrays make one index of a matrix product; all other
 * letters are loops around it. Here the way is chosen, and product.c goes it. */
#include "product.h"
#include <limits.h>

/* ---- letters --------------------------------------------------------------------------------- */

static int letter_at(const int8_t *of, int rank, int letter)
{
    for (int j = 0; j < rank; j++)
        if (of[j] == letter)
            return j;
    return -1;
}

/* All letters of more than one element, m first. */
static int list_letters(const df_node *c, df__index *list)
{
    const df_dims dims[ARRAYS] = { c->x[0]->dims, c->x[1]->dims, c->dims };
    int64_t stride[ARRAYS][DF_RANK];
    int n = 0;
    for (int k = 0; k < ARRAYS; k++)
        df_block_strides(dims[k], stride[k]);
    for (int letter = 1; letter < LETTERS; letter++) {
        df__index x = { .size = 1 };
        for (int k = 0; k < ARRAYS; k++) {
            int j = letter_at(c->attr.axes[k], dims[k].rank, letter);
            if (j < 0)
                continue;
            x.stride[k] = stride[k][j];
            x.rows = dims[k].size[j] == DF_M;
            x.size = x.rows ? 1 : dims[k].size[j];
        }
        if (!x.rows && x.size == 1)
            continue;
        int to = n++;
        for (; x.rows && to > 0; to--)
            list[to] = list[to - 1];
        list[to] = x;
    }
    return n;
}

/* Goes on from the end of `inner` to the next step of `outer`, in both of these arrays. */
static bool joins(const df__index *outer, const df__index *inner, int k, int l)
{
    return !inner->rows && outer->stride[k] == inner->stride[k] * inner->size &&
           outer->stride[l] == inner->stride[l] * inner->size;
}

/* In arrays k and l, and not in the third. */
static bool is_of(const df__index *x, int k, int l)
{
    return x->stride[k] != 0 && x->stride[l] != 0 && x->stride[ARRAYS - k - l] == 0;
}

/* Letter i and all that go on from it outwards, as one; in: which they are. */
static df__index grow(const df__index *list, int n, int i, int k, int l, bool *in)
{
    df__index x = list[i];
    in[i] = true;
    for (int j = 0; j < n; j++)
        if (!in[j] && is_of(&list[j], k, l) && joins(&list[j], &x, k, l)) {
            x.size *= list[j].size;
            x.rows = list[j].rows;
            in[j] = true;
            j = -1;
        }
    return x;
}

/* Takes from the list the letters in arrays k and l that make the largest single index. */
static df__index take_index(df__index *list, int *n, int k, int l)
{
    df__index best = { .size = 1 };
    bool in_best[LETTERS] = { false };
    int64_t most = 0;
    for (int i = 0; i < *n; i++) {
        bool in[LETTERS] = { false };
        if (!is_of(&list[i], k, l))
            continue;
        df__index x = grow(list, *n, i, k, l, in);
        int64_t much = x.rows ? x.size * DF__TYPICAL_ROWS : x.size;
        if (much > most) {
            most = much;
            best = x;
            memcpy(in_best, in, sizeof in);
        }
    }
    int left = 0;
    for (int i = 0; i < *n; i++)
        if (!in_best[i])
            list[left++] = list[i];
    *n = left;
    return best;
}

/* ---- the way --------------------------------------------------------------------------------- */

/* From about this size on, in every dimension, BLAS is faster than the kernels: bench/products
 * measures it. */
enum { LARGE = 96 };

static bool is_large(const df__index *x)
{
    return x->rows || x->size >= LARGE;
}

static bool is_one(const df__index *x)
{
    return !x->rows && x->size == 1;
}

/* Along x, array k goes from element to element. */
static bool is_unit(const df__index *x, int k)
{
    return is_one(x) || x->stride[k] == 1;
}

/* The same product with rows and columns, a and b exchanged. */
static void exchange(df__product *p)
{
    df__index row = p->row;
    df__index *all[] = { &p->row, &p->column, &p->inner };
    p->row = p->column;
    p->column = row;
    for (int i = 0; i < 3; i++) {
        int64_t stride = all[i]->stride[A];
        all[i]->stride[A] = all[i]->stride[B];
        all[i]->stride[B] = stride;
    }
    for (int i = 0; i < p->n_loops; i++) {
        int64_t stride = p->loop[i].stride[A];
        p->loop[i].stride[A] = p->loop[i].stride[B];
        p->loop[i].stride[B] = stride;
    }
    p->exchanged = !p->exchanged;
}

/* How a kernel of our own would do it as it stands; the later the slower. */
static df__way own_way(const df__product *p)
{
    if (is_one(&p->column) && is_unit(&p->row, Y) && is_unit(&p->inner, A) && is_unit(&p->inner, B))
        return DF_BY_COLUMN;
    if (!is_unit(&p->column, Y) && !is_one(&p->row))
        return DF_BY_LOOPS;
    if (is_unit(&p->column, Y) && is_unit(&p->column, B))
        return DF_BY_ROWS;
    bool turns =
        is_unit(&p->column, Y) && is_unit(&p->inner, B) && !p->column.rows && !p->inner.rows;
    return turns ? DF_BY_ROWS_TURNED : DF_BY_LOOPS;
}

static bool fits_blas(const df__index *row, const df__index *column, int k)
{
    return is_unit(row, k) || is_unit(column, k);
}

static void choose_way(df__product *p)
{
    if (is_large(&p->row) && is_large(&p->column) && is_large(&p->inner) &&
        fits_blas(&p->row, &p->inner, A) && fits_blas(&p->inner, &p->column, B) &&
        fits_blas(&p->row, &p->column, Y)) {
        if (!is_unit(&p->column, Y))
            exchange(p);
        p->way = DF_BY_BLAS;
        return;
    }
    df__way as_is = own_way(p);
    exchange(p);
    df__way exchanged = own_way(p);
    p->way = exchanged < as_is ? exchanged : as_is;
    if (exchanged >= as_is)
        exchange(p);
}

/* ---- the step -------------------------------------------------------------------------------- */

/* The kernels add a bias that is the same in every row as they write the row. */
static bool takes_bias(const df__product *p, df_dims y, df_dims bias)
{
    df__nest nest;
    df__nest_stretch(&nest, y, &bias, 1);
    int last = nest.n - 1;
    if (p->n_loops > 0 || p->way == DF_BY_BLAS || p->way == DF_BY_LOOPS)
        return false;
    if (p->way == DF_BY_COLUMN)
        return nest.n == 1 && nest.loop[0].stride[1] == 0;
    return nest.n == 2 && nest.loop[0].stride[1] == 0 && nest.loop[last].stride[1] == 1 &&
           !nest.loop[last].rows && nest.loop[last].size == p->column.size && !p->column.rows;
}

static bool sizes_ok(df__plan *plan, const df__product *p)
{
    const df__index *all[] = { &p->inner, &p->row, &p->column };
    for (int i = 0; i < 3; i++)
        if (all[i]->size > INT_MAX / DF__TILE_MOST) {
            df__error(plan->g, DF_BAD_SHAPE, "matmul: a dimension of %lld is more than BLAS takes",
                      (long long)all[i]->size);
            return false;
        }
    return true;
}

static double work_of(const df__product *p)
{
    double work = 2 * (double)p->row.size * (double)p->column.size * (double)p->inner.size;
    for (int i = 0; i < p->n_loops; i++)
        work *= (double)p->loop[i].size;
    return work;
}

static df__product *lay_out(df__plan *plan, const df_node *c)
{
    df__product *p = df__plan_get(plan, sizeof *p);
    if (!p)
        return NULL;
    p->n_loops = list_letters(c, p->loop);
    for (int i = 0; i < p->n_loops; i++)
        p->accumulates = p->accumulates || (p->loop[i].rows && p->loop[i].stride[Y] == 0);
    p->inner = take_index(p->loop, &p->n_loops, A, B);
    p->row = take_index(p->loop, &p->n_loops, A, Y);
    p->column = take_index(p->loop, &p->n_loops, B, Y);
    p->kernels = df__best_kernels();
    p->wide = plan->g->real == DF_FLOAT64;
    choose_way(p);
    return sizes_ok(plan, p) ? p : NULL;
}

bool df__step_product(df__plan *plan, const df_node *c, int y, const int ab[2], int alpha, int bias,
                      df_dims bias_dims)
{
    df__product *p = lay_out(plan, c);
    if (!p)
        return false;
    p->adds = bias >= 0 && !takes_bias(p, c->dims, bias_dims);
    if (p->adds && !df__step_stretch(plan, c, c->dims, y, bias_dims, bias))
        return false;
    int turned = -1;
    if (p->way == DF_BY_ROWS_TURNED) {
        turned = df__plan_slot(plan, DF_SCRATCH, c, c->type, df__turned_size(p));
        if (turned < 0)
            return false;
    }
    df__step *s = df__plan_step(plan, c, y);
    if (!s)
        return false;
    *s = (df__step){ .run = df__run_product,
                    .name = df__way_name(p->way),
                    .node = c,
                    .y = y,
                    .x = { ab[p->exchanged], ab[!p->exchanged], alpha, p->adds ? -1 : bias },
                    .n = 4,
                    .scratch = turned,
                    .how = p,
                    .work = work_of(p) };
    return true;
}
