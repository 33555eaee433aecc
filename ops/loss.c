/* loss.c -- losses, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     cross_entropy:          l = -y log a - (1 - y) log(1 - a)
 *                             da = dl (-y/a + (1 - y)/(1 - a)),    dy = dl (log(1 - a) - log a)
 *     sigmoid_cross_entropy:  the same of a = sigmoid(z):  l = max(z, 0) - y z + log(1 + e^-|z|)
 *                             dz = dl (sigmoid(z) - y),    dy = -dl z
 *     squared_error:          l = (a - y)^2
 *
 * A term whose weight y or 1 - y is 0 counts as 0 at a = 0 and 1. For logits the terms are added in
 * an order that is exact at |z| = 1000 and keeps the small loss at z = 20, y = 1. */
#include "ops.h"

DF_MAP2(cross_entropy, l, a, y,
    real p = -LOG(a), q = -LOG1P(-a);
    l = (y == 0 ? 0 : y * p) + (y == 1 ? 0 : (1 - y) * q);
)
DF_MAP2(of_logits, l, z, y, l = ((z < 0 ? 0 : z) - y * z) + LOG1P_UNIT(EXP(-ABS(z)));)

static df_node *da(const df_at *at)
{
    df_node *a = at->x[0], *y = at->x[1];
    return df_mul(at->dy, df_add(df_neg(df_div(y, a)), df_div(df_one_minus(y), df_one_minus(a))));
}

static df_node *dy(const df_at *at)
{
    return df_mul(at->dy, df_sub(df_log(df_one_minus(at->x[0])), df_log(at->x[0])));
}

static df_node *logits_dz(const df_at *at)
{
    return df_mul(at->dy, df_sub(df_sigmoid(at->x[0]), at->x[1]));
}

static df_node *logits_dy(const df_at *at) { return df_mul(at->dy, df_neg(at->x[0])); }

const df_op df__op_cross_entropy = {
    .abi = DF_OP, .name = "cross_entropy",         .latex = "\\operatorname{CE}(%0, %1)",
    .prelude = "def cross_entropy(a, y):\n"
               "    p, q = np.where(y == 0, 1, a), np.where(y == 1, 0, a)\n"
               "    return -y * np.log(p) - (1 - y) * np.log1p(-q)\n",
    .kind = DF_MAP, .arity = 2,                    .cost = 20,
    .shape = df_shape_stretch,                     .map = DF_BOTH(cross_entropy), .d = { da, dy },
    .test = { 0.05, 0.95 },
};
const df_op df__op_sigmoid_cross_entropy = {
    .abi = DF_OP, .name = "sigmoid_cross_entropy", .latex = "\\operatorname{CE}(\\sigma(%0), %1)",
    .prelude = "def sigmoid_cross_entropy(z, y):\n"
               "    return (np.maximum(z, 0) - y * z) + np.log1p(np.exp(-np.abs(z)))\n",
    .kind = DF_MAP, .arity = 2,                    .cost = 20,
    .shape = df_shape_stretch,                     .map = DF_BOTH(of_logits),
    .d = { logits_dz, logits_dy },
};

df_node *df_cross_entropy(df_node *a, df_node *y)
{
    return df__comparable("cross_entropy", a, y) ? df_apply2(&df__op_cross_entropy, a, y) : NULL;
}

df_node *df_sigmoid_cross_entropy(df_node *z, df_node *y)
{
    bool good = df__comparable("sigmoid_cross_entropy", z, y);
    return good ? df_apply2(&df__op_sigmoid_cross_entropy, z, y) : NULL;
}

df_node *df_squared_error(df_node *a, df_node *y)
{
    return df__comparable("squared_error", a, y) ? df_square(df_sub(a, y)) : NULL;
}
