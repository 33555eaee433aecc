/* softplus.c -- the smooth rectifier, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = log(1 + e^x),      dx = dy sigmoid(x)
 *
 * Written with e^-|x|, which does not overflow, and log1p, which keeps what a large |x| leaves. */
#include <dfoo/op.h>

DF_MAP1(softplus, y, x, y = (x < 0 ? 0 : x) + LOG1P_UNIT(EXP(-ABS(x)));)

static df_node *dx(const df_at *at) { return df_mul(at->dy, df_sigmoid(at->x[0])); }

const df_op df__op_softplus = {
    .abi = DF_OP, .name = "softplus", .numpy = "softplus(%0)", .latex = "\\log(1 + e^{%0})",
    .prelude = "def softplus(x):\n"
               "    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))\n",
    .kind = DF_MAP, .arity = 1,       .range = { 0, HUGE_VAL },  .cost = 17,
    .shape = df_shape_same,           .map = DF_BOTH(softplus),  .d = { dx },
    .test = { -6, 6 },
};

df_node *df_softplus(df_node *x) { return df_apply1(&df__op_softplus, x); }
