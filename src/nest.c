/* nest.c -- loops over blocks of examples, as few as will do
 *
 * SPDX-License-Identifier: MIT
 *
 * A block holds its examples one after another, each in C order of the axes but m. Two loops
 * become one where every operand goes on from the end of the inner loop to the next step of the
 * outer one. */
#include "plan.h"

void df_block_strides(df_dims s, int64_t stride[DF_RANK])
{
    int64_t count = 1;
    for (int j = s.rank - 1; j >= 0; j--)
        if (s.size[j] != DF_M) {
            stride[j] = count;
            count *= s.size[j];
        }
    if (df_m_axis(s) >= 0)
        stride[df_m_axis(s)] = count;
}

/* Adds an inner loop, as part of the last one where all operands allow. */
static void add_loop(df__nest *nest, int64_t size, bool rows, const int64_t *stride, int n)
{
    bool joins = nest->n > 0;
    for (int k = 0; k < n && joins; k++)
        joins = nest->loop[nest->n - 1].stride[k] == stride[k] * size;
    if (!joins)
        nest->n++;
    int last = nest->n - 1;
    nest->loop[last].size = joins ? nest->loop[last].size * size : size;
    nest->loop[last].rows = joins ? nest->loop[last].rows : rows;
    memcpy(nest->loop[last].stride, stride, (size_t)n * sizeof *stride);
}

void df__nest_of(df__nest *nest, df_dims y, int64_t (*of_x)[DF_RANK], int n)
{
    int64_t of_y[DF_RANK];
    int m = df_m_axis(y);
    *nest = (df__nest){ 0 };
    df_block_strides(y, of_y);
    for (int i = m < 0 ? 0 : -1; i < y.rank; i++) { /* m, wherever it stands, is the outermost */
        int j = i < 0 ? m : i;
        int64_t stride[DF_ARITY + 1] = { of_y[j] };
        if ((i >= 0 && j == m) || y.size[j] == 1)
            continue;
        for (int k = 0; k < n; k++)
            stride[k + 1] = of_x[k][j];
        add_loop(nest, j == m ? 1 : y.size[j], j == m, stride, n + 1);
    }
    if (nest->n == 0)
        add_loop(nest, 1, false, (int64_t[DF_ARITY + 1]){ 1 }, n + 1);
}

/* All operands lie as y or are single numbers: one loop. */
static bool is_flat(const df_dims *y, const df_dims *x, int n)
{
    for (int k = 0; k < n; k++)
        if (!df__is_scalar(x[k]) && !df__dims_equal(x[k], *y))
            return false;
    return true;
}

void df__nest_stretch(df__nest *nest, df_dims y, const df_dims *x, int n)
{
    if (is_flat(&y, x, n)) {
        *nest = (df__nest){ .n = 1, .loop = { { df__per_example(y), df__has_m(y), { 1 } } } };
        bool one = nest->loop[0].size == 1 && !nest->loop[0].rows;
        for (int k = 0; k < n; k++)
            nest->loop[0].stride[k + 1] = !one && !df__is_scalar(x[k]);
        return;
    }
    int64_t of_x[DF_ARITY][DF_RANK];
    for (int k = 0; k < n; k++) {
        df_block_strides(x[k], of_x[k]);
        for (int j = 0; j < y.rank; j++)
            if (df__is_scalar(x[k]) || x[k].size[j] != y.size[j])
                of_x[k][j] = 0;
    }
    df__nest_of(nest, y, of_x, n);
}

bool df__nest_next(const df__nest *nest, int64_t rows, int64_t at[DF_RANK], char **p, int n,
                   const int *size)
{
    for (int i = nest->n - 2; i >= 0; i--) {
        int64_t end = df__loop_size(nest, i, rows);
        bool more = ++at[i] < end;
        for (int k = 0; k <= n; k++)
            p[k] += (more ? 1 : 1 - end) * nest->loop[i].stride[k] * size[k];
        if (more)
            return true;
        at[i] = 0;
    }
    return false;
}
