/* centred.c -- arrays that add up to 0 because their mean has been taken off them
 *
 * SPDX-License-Identifier: MIT
 *
 *     c = z - k sum(z),  k the inverse of how many are added:      sum(c) = 0
 *
 * and so of c times and over what is the same along the axes of the sum. The derivation leaves such
 * sums out of what it makes, as the derivatives of normalised values are full of them; in values of
 * the user's they stay, with their rounding. */
#include "ring.h"

enum { NEAR = 4 };

static const df_op *op_of(const df_node *x, df_algebra a)
{
    return x->op->algebra == a ? x->op : NULL;
}

/* What a product of numbers and m's is for that m; NAN: it is none. */
static double value_at(const df_node *x, double m, int depth)
{
    double v;
    if (df__is_number(x, &v))
        return v;
    if (x->op == &df__op_examples)
        return m;
    if (depth == 0 || !x->n)
        return NAN;
    double a = value_at(x->x[0], m, depth - 1);
    if (op_of(x, DF_POWER))
        return pow(a, x->attr.f[0]);
    if (!op_of(x, DF_PRODUCT) && !op_of(x, DF_QUOTIENT))
        return NAN;
    double b = value_at(x->x[1], m, depth - 1);
    return op_of(x, DF_PRODUCT) ? a * b : a / b;
}

/* The axes of x among these that have more than one place. */
static int64_t long_axes(const df_node *x, int64_t axes)
{
    for (int j = 0; j < x->dims.rank; j++)
        if (x->dims.size[j] == 1)
            axes &= ~((int64_t)1 << j);
    return axes;
}

/* Whether k times a sum of z over these axes is their mean. */
static bool is_inverse_count(const df_node *k, bool over, const df_node *z, int64_t axes)
{
    for (double m = 2; m < 4; m++) {
        double count = 1, v = value_at(k, m, NEAR);
        for (int j = 0; j < z->dims.rank; j++)
            if (axes >> j & 1)
                count *= z->dims.size[j] == DF_M ? m : (double)z->dims.size[j];
        if (!(fabs((over ? 1 / v : v) * count - 1) < 1e-6))
            return false;
    }
    return true;
}

static bool is_mean(const df_node *x, const df_node *z, int64_t axes)
{
    for (int i = 0; i < 2 && (op_of(x, DF_PRODUCT) || op_of(x, DF_QUOTIENT)); i++) {
        const df_node *sum = x->x[i], *k = x->x[1 - i];
        bool over = op_of(x, DF_QUOTIENT) != NULL;
        if (!(over && i == 1) && sum->op == &df__op_sum && sum->x[0] == z &&
            long_axes(z, sum->attr.i[0]) == long_axes(z, axes))
            return is_inverse_count(k, over, z, axes);
    }
    return false;
}

/* The sum that is in a mean, or anything else. */
static const df_node *sum_in(const df_node *mean)
{
    return mean->n == 2 && mean->x[1]->op == &df__op_sum ? mean->x[1]
           : mean->n                                    ? mean->x[0]
                                                        : mean;
}

bool df__is_centring(const df_node *x)
{
    const df_node *sum = op_of(x, DF_DIFFERENCE) ? sum_in(x->x[1]) : NULL;
    return sum && sum->op == &df__op_sum && is_mean(x->x[1], x->x[0], sum->attr.i[0]);
}

static bool is_constant(const df_node *x, int64_t axes)
{
    return df__is_scalar(x->dims) || long_axes(x, axes) == 0;
}

bool df__adds_up_to_zero(const df_node *x, int64_t axes)
{
    for (int i = 0; i < NEAR; i++) {
        if (op_of(x, DF_DIFFERENCE))
            return is_mean(x->x[1], x->x[0], axes);
        if (op_of(x, DF_PRODUCT) && is_constant(x->x[0], axes))
            x = x->x[1];
        else if (op_of(x, DF_NEGATIVE) || ((op_of(x, DF_PRODUCT) || op_of(x, DF_QUOTIENT)) &&
                                          is_constant(x->x[1], axes)))
            x = x->x[0];
        else
            return false;
    }
    return false;
}
