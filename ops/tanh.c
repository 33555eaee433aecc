/* tanh.c -- the hyperbolic tangent, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = (e^x - e^-x) / (e^x + e^-x),      dx = dy (1 - y^2) */
#include <dfoo/op.h>

DF_MAP1(hyperbolic, y, x, y = TANH(x);)

static df_node *dx(const df_at *at) { return df_mul(at->dy, df_one_minus(df_square(at->y))); }

const df_op df__op_tanh = {
    .abi = DF_OP, .name = "tanh", .numpy = "np.tanh(%0)",       .latex = "\\tanh(%0)",
    .kind = DF_MAP, .arity = 1,   .range = { -1, 1 },           .cost = 10,
    .shape = df_shape_same,       .map = DF_BOTH(hyperbolic),   .d = { dx },
};

df_node *df_tanh(df_node *x) { return df_apply1(&df__op_tanh, x); }
