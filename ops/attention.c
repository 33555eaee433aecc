/* attention.c -- scaled dot-product attention
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = softmax(q k^T / sqrt(d)) v:   each of the T rows of q takes a mean of the S rows of v,
 *     with weights that say how well it goes with the rows of k
 *
 * The rows are those of an example: of the last two axes that are not m, the first is T or S and
 * the second d. All other axes, m and heads, go along. Vaswani et al. 2017. */
#include "ops.h"
#include <math.h>

/* Which axes of an operand are the rows and their elements; row -1: it has too few. */
typedef struct { int row, element; } matrix;

static matrix matrix_of(df_dims s)
{
    matrix a = { -1, -1 };
    for (int j = s.rank - 1; j >= 0 && a.row < 0; j--)
        if (s.size[j] != DF_M)
            *(a.element < 0 ? &a.element : &a.row) = j;
    return a;
}

/* Equal sizes but at that axis. */
static bool alike_beside(df_node *a, df_node *b, int axis)
{
    df_dims x = df_shape_of(a), y = df_shape_of(b);
    y.size[axis] = x.size[axis];
    return df__dims_equal(x, y);
}

/* The sum over letter `over`: one letter an axis, but for those at which a and b differ. */
static df_node *product(df_node *a, df_node *b, const int8_t of_a[DF_RANK],
                        const int8_t of_b[DF_RANK], const int8_t of_y[DF_RANK])
{
    return df_contract(a, b, of_a, of_b, of_y, df_shape_of(a).rank);
}

/* q k^T / sqrt(d): T x S. */
static df_node *scores(df_node *q, df_node *k, matrix at)
{
    int8_t of_q[DF_RANK], of_k[DF_RANK], of_y[DF_RANK];
    for (int j = 0; j < DF_RANK; j++)
        of_q[j] = of_k[j] = of_y[j] = (int8_t)(j + 1);
    of_k[at.row] = of_y[at.element] = DF_RANK + 1;
    df_node *y = product(q, k, of_q, of_k, of_y);
    return df_scale(y, 1 / sqrt((double)df_shape_of(q).size[at.element]));
}

static df_node *means(df_node *weights, df_node *v, matrix at)
{
    int8_t of_w[DF_RANK], of_v[DF_RANK], of_y[DF_RANK];
    for (int j = 0; j < DF_RANK; j++)
        of_w[j] = of_v[j] = of_y[j] = (int8_t)(j + 1);
    of_v[at.row] = (int8_t)(at.element + 1);
    of_v[at.element] = of_y[at.element] = DF_RANK + 1;
    return product(weights, v, of_w, of_v, of_y);
}

/* Scores where the mask is not 0. Elsewhere so low that the weight is 0, but finite, so that a row
 * that may look nowhere gives no NaN. */
static df_node *masked(df_node *s, df_node *mask, matrix at)
{
    df_dims all = df_shape_of(s), own = df_shape_of(mask), to = all;
    for (int j = 0; j < all.rank; j++)
        to.size[j] = j == at.row || j == at.element ? all.size[j] : 1;
    if (own.rank == 2 && all.rank > 2 && own.size[0] == to.size[at.row] &&
        own.size[1] == to.size[at.element])
        mask = df_reshape(mask, to);
    if (!df__stretches(df_shape_of(mask), all))
        return df__refuse_two("attention", s, ", mask", mask,
                              "the mask goes with what q and k make");
    return df_where(mask, s, df_num_like(s, -1e30));
}

static bool check(df_node *q, df_node *k, df_node *v, matrix at)
{
    char text[DF_TEXT];
    if (!df__together("attention", q, k) || !df__together("attention", k, v))
        return false;
    if (at.row < 0)
        df_fail(df_graph_of(q), DF_BAD_SHAPE,
                "attention: %s has no rows: two axes beside m are needed",
                df_describe(q, text, sizeof text));
    else if (!alike_beside(q, k, at.row))
        df__refuse_two("attention", q, ",", k, "q and k may differ in their rows' number alone");
    else if (!alike_beside(k, v, at.element))
        df__refuse_two("attention", k, ",", v, "k and v may differ in their rows' length alone");
    else
        return true;
    return false;
}

df_node *df_attention(df_node *q, df_node *k, df_node *v)
{
    matrix at = matrix_of(df_shape_of(q));
    if (!check(q, k, v, at))
        return NULL;
    return means(df_softmax(scores(q, k, at), at.element), v, at);
}

df_node *df_attention_masked(df_node *q, df_node *k, df_node *v, df_node *mask)
{
    matrix at = matrix_of(df_shape_of(q));
    if (!check(q, k, v, at) || !df__together("attention", q, mask))
        return NULL;
    return means(df_softmax(masked(scores(q, k, at), mask, at), at.element), v, at);
}
