/* einsum.c -- sums of products named by letters, and outer products
 *
 * SPDX-License-Identifier: MIT
 *
 *     einsum("ij,jk->ik", a, b):  y[i,k] = sum over j of a[i,j] b[j,k]
 *
 * Of two arrays it is a contraction (contract.c); of one, a sum over the letters that the result
 * lacks, and its axes in another order. */
#include "ops.h"

typedef struct { int8_t of[3][DF_RANK]; int n[3]; } letters;

/* NULL: read; else what is wrong. */
static const char *read(const char *text, int operands, letters *l)
{
    int k = 0;
    *l = (letters){ .n = { 0 } };
    for (const char *c = text; *c; c++) {
        bool arrow = c[0] == '-' && c[1] == '>', small = *c >= 'a' && *c <= 'z';
        bool big = *c >= 'A' && *c <= 'Z';
        if (*c == ' ')
            continue;
        if (arrow ? k != operands - 1 : *c == ',' && (k >= operands - 1 || k == 2))
            return "the letters are of another number of arrays";
        if (arrow || *c == ',') {
            k = arrow ? 2 : k + 1;
            c += arrow;
            continue;
        }
        if (!small && !big)
            return "expected letters, ',' and '->'";
        if (l->n[k] == DF_RANK)
            return "an array has 8 dimensions at most";
        int8_t letter = (int8_t)(small ? *c - 'a' + 1 : *c - 'A' + 27);
        if (df__letter(l->of[k], letter) >= 0)
            return k == 2 ? "a letter stands twice in the result"
                          : "a letter stands twice in one array: df_diag takes a diagonal";
        l->of[k][l->n[k]++] = letter;
    }
    return k == 2 ? NULL : "'->' and the letters of the result are missing";
}

static const char *check(const letters *l, df_node *const *x, int operands)
{
    for (int k = 0; k < operands; k++)
        if (l->n[k] != df_shape_of(x[k]).rank)
            return "an array has another number of dimensions than letters";
    for (int j = 0; j < l->n[2]; j++)
        if (df__letter(l->of[0], l->of[2][j]) < 0 &&
            (operands == 1 || df__letter(l->of[1], l->of[2][j]) < 0))
            return "a letter of the result is in no array";
    return NULL;
}

/* The axes that neither the result nor the other array has are summed, and stay as 1. */
static df_node *sum_own(const letters *l, df_node *x, int k)
{
    int64_t axes = 0;
    for (int j = 0; j < l->n[k]; j++)
        if (df__letter(l->of[2], l->of[k][j]) < 0 && df__letter(l->of[1 - k], l->of[k][j]) < 0)
            axes |= (int64_t)1 << j;
    for (int j = 0; j < l->n[k]; j++)
        if (axes >> j & 1)
            x = df_sum_axis(x, j);
    return x;
}

/* The result's axes in its order, behind them those of size 1, which go. */
static df_node *turn(const letters *l, df_node *x)
{
    df_dims to = df_shape_of(x), from = to;
    df_attr attr = { 0 };
    int n = 0;
    bool moved = false;
    for (int j = 0; j < l->n[2]; j++)
        attr.axes[0][n++] = (int8_t)df__letter(l->of[0], l->of[2][j]);
    for (int j = 0; j < from.rank; j++)
        if (df__letter(l->of[2], l->of[0][j]) < 0)
            attr.axes[0][n++] = (int8_t)j;
    for (int j = 0; j < n; j++) {
        moved = moved || attr.axes[0][j] != j;
        to.size[j] = from.size[attr.axes[0][j]];
    }
    x = moved ? df_apply(&df__op_transpose, &x, 1, &attr) : x;
    to.rank = l->n[2];
    return to.rank == from.rank ? x : df_reshape(x, to.rank ? to : df_shape(1));
}

df_node *df_einsum(const char *text, df_node *a, df_node *b)
{
    letters l;
    df_node *x[] = { a, b };
    int operands = b ? 2 : 1;
    char is[DF_TEXT];
    if (!a || (b && !df__together("einsum", a, b)))
        return NULL;
    const char *why = text ? read(text, operands, &l) : "the letters are NULL";
    why = why ? why : check(&l, x, operands);
    if (why && !b)
        return df_fail(df_graph_of(a), DF_BAD_CALL, "einsum: '%.40s': %s: %s", text ? text : "",
                       df_describe(a, is, sizeof is), why);
    if (why) {
        char call[64];
        snprintf(call, sizeof call, "einsum: '%.40s'", text ? text : "");
        return df__refuse_two(call, a, ",", b, why);
    }
    x[0] = sum_own(&l, a, 0);
    if (!b)
        return turn(&l, x[0]);
    x[1] = sum_own(&l, b, 1);
    if (l.n[2] == 0)
        l.of[2][l.n[2]++] = 'z' - 'a' + 28;
    return df_contract(x[0], x[1], l.of[0], l.of[1], l.of[2], l.n[2]);
}

/* m, in both or one, stays first or last. */
df_node *df_outer(df_node *a, df_node *b)
{
    enum { EXAMPLE = 1, OTHERS };
    if (!df__together("outer", a, b))
        return NULL;
    df_node *x[] = { a, b };
    int8_t of[2][DF_RANK] = { { 0 } }, of_y[2 * DF_RANK + 1];
    int n = 0, letter = OTHERS;
    bool first = false, has_m = false;
    for (int k = 0; k < 2; k++) {
        df_dims s = df_shape_of(x[k]);
        has_m = has_m || df_m_axis(s) >= 0;
        first = first || (df_m_axis(s) == 0 && s.rank > 1);
    }
    if (has_m && first)
        of_y[n++] = EXAMPLE;
    for (int k = 0; k < 2; k++)
        for (int j = 0; j < df_shape_of(x[k]).rank; j++) {
            bool m = df_shape_of(x[k]).size[j] == DF_M;
            of[k][j] = (int8_t)(m ? EXAMPLE : letter++);
            if (!m)
                of_y[n++] = of[k][j];
        }
    if (has_m && !first)
        of_y[n++] = EXAMPLE;
    if (n > DF_RANK)
        return df__refuse_two("outer", a, ",", b, "the result would have more than 8 dimensions");
    return df_contract(a, b, of[0], of[1], of_y, n);
}
