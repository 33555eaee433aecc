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

/* All letters of more than one element, m first. Where an array lies by element, the stride of m
 * is 1, and the others are in widths of the tile. */
static int list_letters(const df_node *c, const bool *by_element, df__index *list)
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
            x.rows = dims[k].size[j] == DF_M;
            x.stride[k] = x.rows && by_element[k] ? 1 : stride[k][j];
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

/* From about this size on, in every dimension, BLAS is faster than the kernels; the kernel for a
 * column wants so many rows. */
enum { LARGE = 96, FEW = 16 };

static bool is_large(const df__index *x)
{
    return x->rows || x->size >= LARGE;
}

static bool is_one(const df__index *x)
{
    return !x->rows && x->size == 1;
}

/* Along x, array k goes from element to element. */
static bool is_unit(const df__product *p, const df__index *x, int k)
{
    return is_one(x) || (x->stride[k] == 1 && (x->rows || !p->by_element[k]));
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
    bool by_element = p->by_element[A];
    p->by_element[A] = p->by_element[B];
    p->by_element[B] = by_element;
    p->exchanged = !p->exchanged;
}

/* How a kernel of our own would do it as it stands; the later the slower. */
static df__way own_way(const df__product *p)
{
    bool row = is_unit(p, &p->column, Y),
         dot = is_unit(p, &p->inner, A) && is_unit(p, &p->inner, B);
    bool few = !p->row.rows && p->row.size < FEW;
    if (is_one(&p->column) && is_unit(p, &p->row, Y) && dot && !(p->inner.rows && few))
        return DF_BY_COLUMN;
    if (p->inner.rows && dot)
        return DF_BY_DOTS;
    if (!row && !is_one(&p->row))
        return DF_BY_LOOPS;
    if (row && is_unit(p, &p->column, B))
        return DF_BY_ROWS;
    bool turns = row && is_unit(p, &p->inner, B) && !p->column.rows && !p->inner.rows;
    return turns ? DF_BY_ROWS_TURNED : DF_BY_LOOPS;
}

static bool fits_blas(const df__product *p, const df__index *row, const df__index *column, int k)
{
    return is_unit(p, row, k) || is_unit(p, column, k);
}

static void choose_way(df__product *p)
{
    if (is_large(&p->row) && is_large(&p->column) && is_large(&p->inner) &&
        fits_blas(p, &p->row, &p->inner, A) && fits_blas(p, &p->inner, &p->column, B) &&
        fits_blas(p, &p->row, &p->column, Y)) {
        if (!is_unit(p, &p->column, Y))
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

/* The bias, of n numbers, is one for all of y or one for each element of an example: the kernels
 * add it as they write a row. */
static bool put_bias(df__product *p, int64_t n)
{
    if (p->n_loops > 0 || p->way > DF_BY_ROWS_TURNED)
        return false;
    p->call.bias_r = n > 1 && !p->row.rows && p->row.size == n && p->row.stride[Y] == 1;
    p->call.bias_c = n > 1 && !p->column.rows && p->column.size == n && p->column.stride[Y] == 1;
    return n == 1 || p->call.bias_r || p->call.bias_c;
}

/* It is as y, but for m. */
static bool takes_bias(df__product *p, df_dims y, df_dims bias)
{
    bool one = df__is_scalar(bias), same = !one && bias.rank == y.rank && !df__has_m(bias);
    for (int j = 0; same && j < y.rank; j++)
        same = y.size[j] == DF_M || y.size[j] == bias.size[j];
    return (one || same) && put_bias(p, df__per_example(bias));
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

static df__product *lay_out(df__plan *plan, const df_node *c, const bool by_element[ARRAYS])
{
    df__product *p = df__plan_get(plan, sizeof *p);
    if (!p)
        return NULL;
    memcpy(p->by_element, by_element, sizeof p->by_element);
    p->n_loops = list_letters(c, by_element, p->loop);
    for (int i = 0; i < p->n_loops; i++)
        p->accumulates = p->accumulates || (p->loop[i].rows && p->loop[i].stride[Y] == 0);
    p->inner = take_index(p->loop, &p->n_loops, A, B);
    p->row = take_index(p->loop, &p->n_loops, A, Y);
    p->column = take_index(p->loop, &p->n_loops, B, Y);
    p->over = p->row.rows || p->column.rows || p->inner.rows;
    p->wide = plan->g->real == DF_FLOAT64;
    choose_way(p);
    plan->blas = plan->blas || p->way == DF_BY_BLAS;
    df__product_ready(p);
    return sizes_ok(plan, p) ? p : NULL;
}

bool df__step_product(df__plan *plan, const df_node *c, int y, const int ab[2], int alpha, int bias,
                      df_dims bias_dims)
{
    df__product *p = lay_out(plan, c, (bool[ARRAYS]){ false });
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

/* ---- by element ------------------------------------------------------------------------------ */

/* b is in the workspace, where a row of examples goes on to a whole vector. */
static bool runs_whole(const df__plan *plan, const df__product *p, int b)
{
    return p->way == DF_BY_ROWS && p->column.rows &&
           (p->by_element[B] || plan->slot[b].place == DF_TILE);
}

bool df__product_by_element(df__plan *plan, const df__step *s, df__step *to)
{
    const df__product *was = s->how;
    const df_node *c = s->node, *of[ARRAYS] = { c->x[0], c->x[1], c };
    bool by_element[ARRAYS], bias = was->call.bias_r || was->call.bias_c;
    for (int k = 0; k < ARRAYS; k++)
        by_element[k] = df__has_m(of[k]->dims) && df__per_example(of[k]->dims) > 1;
    df__product *p = was->n_loops > 0 || was->adds ? NULL : lay_out(plan, c, by_element);
    if (!p || p->n_loops > 0 || p->way == DF_BY_ROWS_TURNED || p->way > DF_BY_DOTS ||
        (s->x[3] >= 0 && !put_bias(p, bias ? df__per_example(c->dims) : 1)))
        return false;
    to->x[0] = s->x[p->exchanged != was->exchanged];
    to->x[1] = s->x[p->exchanged == was->exchanged];
    to->name = df__way_name(p->way);
    to->scratch = -1;
    to->how = p;
    p->whole = runs_whole(plan, p, to->x[1]);
    return true;
}
