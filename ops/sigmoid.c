/* sigmoid.c -- the logistic function, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = 1 / (1 + e^-z),      dz = dy y (1 - y)
 *
 * Written with e^-|z|, so that no power exceeds 1 and |z| = 1000 is exact. */
#include <dfoo/op.h>

DF_MAP1(sigmoid, y, z, real e = EXP(-ABS(z)); y = (z < 0 ? e : 1) / (1 + e);)

static df_node *dz(const df_at *at) { return df_mul(at->dy, df_mul(at->y, df_one_minus(at->y))); }

const df_op df__op_sigmoid = {
    .abi = DF_OP, .name = "sigmoid", .numpy = "sigmoid(%0)", .latex = "\\sigma(%0)",
    .prelude = "def sigmoid(z):\n"
               "    e = np.exp(-np.abs(z))\n"
               "    return np.where(z < 0, e, 1) / (1 + e)\n",
    .kind = DF_MAP, .arity = 1,      .range = { 0, 1 },        .cost = 10,
    .shape = df_shape_same,          .map = DF_BOTH(sigmoid),  .d = { dz },
    .test = { -6, 6 },
};

df_node *df_sigmoid(df_node *x) { return df_apply1(&df__op_sigmoid, x); }
