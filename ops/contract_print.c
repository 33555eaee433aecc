/* contract_print.c -- a contraction as text: a product of matrices where it is one, else np.einsum
 *
 * SPDX-License-Identifier: MIT
 *
 * dW[o,h] = sum over m of dZ[o,m] A[h,m] is dZ @ A.T: the operands are tried in both orders, with
 * and without .T, until the axes of the product come out in the order of the result. */
#include "ops.h"

/* One operand of @: its letters as they stand there. */
typedef struct { int operand, rank; bool turned; int8_t of[DF_RANK]; } side;

static side side_of(const df_node *y, int operand, bool turned)
{
    side s = { operand, df_shape_of(df_operand(y, operand)).rank, turned, { 0 } };
    for (int j = 0; j < s.rank; j++)
        s.of[turned ? s.rank - 1 - j : j] = df_attr_of(y)->axes[operand][j];
    return s;
}

/* A letter that only one of the result and the operands in that set has: an axis of size 1. */
enum { BOTH = 3 };
static bool alone(const df_node *y, int operands, int letter)
{
    const int8_t (*of)[DF_RANK] = df_attr_of(y)->axes;
    int n = df__letter(of[2], letter) >= 0;
    for (int k = 0; k < 2; k++)
        n += operands >> k & 1 && df__letter(of[k], letter) >= 0;
    return n == 1;
}

/* The letters come out as those of the result; a size of 1 is as good as another. */
static bool as_result(const df_node *y, int operands, const int8_t *of, int rank)
{
    df_dims dims = df_shape_of(y);
    const int8_t *of_y = df_attr_of(y)->axes[2];
    if (rank == 0 && dims.rank == 1)
        return alone(y, operands, of_y[0]);
    for (int j = 0; j < rank && rank == dims.rank; j++)
        if (of[j] != of_y[j] && !(alone(y, operands, of[j]) && alone(y, operands, of_y[j])))
            return false;
    return rank == dims.rank;
}

/* Whether a @ b is this contraction, by the rules of np.matmul. */
static bool is_product(const df_node *y, const side *a, const side *b)
{
    int8_t of[DF_RANK + 2], u = a->of[a->rank - 1], v = b->of[b->rank > 1 ? b->rank - 2 : 0];
    int more_a = a->rank > 2 ? a->rank - 2 : 0, more_b = b->rank > 2 ? b->rank - 2 : 0, n = 0;
    bool kept = df__letter(df_attr_of(y)->axes[2], u) >= 0;
    if (u == v ? kept : !alone(y, BOTH, u) || !alone(y, BOTH, v))
        return false;
    for (int j = more_a > more_b ? more_a : more_b; j > 0; j--) {
        int p = j <= more_a ? a->of[more_a - j] : 0, q = j <= more_b ? b->of[more_b - j] : 0;
        if (p && q && p != q && !alone(y, BOTH, p) && !alone(y, BOTH, q))
            return false;
        of[n++] = (int8_t)(p && (!q || !alone(y, BOTH, p)) ? p : q);
    }
    if (a->rank > 1)
        of[n++] = a->of[a->rank - 2];
    if (b->rank > 1)
        of[n++] = b->of[b->rank - 1];
    return as_result(y, BOTH, of, n);
}

static bool product_text(const df_node *y, const char *top, const char *sign, char text[DF_TEXT])
{
    static const int ways[][3] = { /* the operand on the left, which are turned */
        { 0, 0, 0 }, { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 },
        { 1, 1, 0 }, { 1, 0, 1 }, { 0, 1, 1 }, { 1, 1, 1 },
    };
    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
        const int *way = ways[k];
        side a = side_of(y, way[0], way[1]), b = side_of(y, 1 - way[0], way[2]);
        if ((a.turned && a.rank != 2) || (b.turned && b.rank != 2) || !is_product(y, &a, &b))
            continue;
        snprintf(text, DF_TEXT, "%%%d%s%s%%%d%s", a.operand, a.turned ? top : "", sign, b.operand,
                 b.turned ? top : "");
        return true;
    }
    return false;
}

static int add(char text[DF_TEXT], int at, const char *more)
{
    return at + snprintf(text + at, (size_t)(DF_TEXT - at), "%s", more);
}

/* As letters from a; of the result without those that no operand has. */
static int add_letters(const df_node *y, int k, int operands, char text[DF_TEXT], int at)
{
    const int8_t *of = df_attr_of(y)->axes[k];
    for (int j = 0; j < DF_RANK && of[j]; j++)
        if (k < 2 || !alone(y, operands, of[j]))
            at = add(text, at, (char[]){ (char)('a' + of[j] - 1), 0 });
    return at;
}

/* np.einsum of the operands in that set; [None, :] makes the sizes of 1 that none of them has. */
static void einsum_text(const df_node *y, int operands, bool numpy, char text[DF_TEXT])
{
    int rank = df_shape_of(y).rank, at = 0;
    char index[6 * DF_RANK + 2] = "";
    bool fresh = false;
    for (int j = 0; j < rank; j++) {
        bool is = alone(y, operands, df_attr_of(y)->axes[2][j]);
        fresh = fresh || is;
        strcat(strcat(index, j ? ", " : "["), is ? "None" : ":");
    }
    at = add(text, at, numpy ? "np.einsum('" : "\\operatorname{einsum}_{\\texttt{");
    for (int k = 0; k < 2; k++)
        if (operands >> k & 1)
            at = add_letters(y, k, operands, text, k && operands == BOTH ? add(text, at, ",") : at);
    at = add_letters(y, 2, operands, text, add(text, at, "->"));
    at = add(text, at, numpy ? "', " : "}}(");
    at = add(text, at, operands == BOTH ? "%0, %1)" : operands == 1 ? "%0)" : "%1)");
    if (fresh && rank > 1 && numpy)
        add(text, add(text, at, index), "]");
}

/* Of operand `number`, which is (1), and which NumPy may hold without any dimension, and the other
 * one. As np.multiply, so that it reads back as a contraction: k * x is a product of numbers. */
static void scaled_text(const df_node *y, int number, bool numpy, char text[DF_TEXT])
{
    int operand = 1 - number;
    const char *top[] = { "", numpy ? ".T" : "^{\\top}" };
    char rest[DF_TEXT] = "";
    for (int turned = 0; turned < 2 && !rest[0]; turned++) {
        side x = side_of(y, operand, turned);
        if ((!turned || x.rank == 2) && as_result(y, 1 << operand, x.of, x.rank))
            snprintf(rest, sizeof rest, "%%%d%s", operand, top[turned]);
    }
    if (!rest[0])
        einsum_text(y, 1 << operand, numpy, rest);
    snprintf(text, DF_TEXT, numpy ? "np.multiply(%%%d, %.200s)" : "%%%d \\cdot %.200s", number,
             rest);
}

int df__contract_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    bool numpy = how == DF_NUMPY;
    for (int k = 0; k < 2; k++)
        if (df__is_scalar(df_shape_of(df_operand(y, k)))) {
            scaled_text(y, k, numpy, text);
            return numpy ? 0 : DF_AT_PRODUCT;
        }
    if (product_text(y, numpy ? ".T" : "^{\\top}", numpy ? " @ " : " ", text))
        return DF_AT_PRODUCT;
    einsum_text(y, BOTH, numpy, text);
    return 0;
}
