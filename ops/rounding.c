/* rounding.c -- whole numbers and signs, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     floor, ceil, round (halves to even), sign (0 of 0, NaN of NaN): derivative 0 everywhere
 *     y = a - n b, n = floor(a / b)      da = dy, db = -dy n;  y has b's sign, as in Python
 *
 * Own ops, exact; remainder's n is (a - y) / b, a whole number where a / b may have rounded up. */
#include <dfoo/op.h>

DF_MAP1(down, y, x, y = FLOOR(x);)
DF_MAP1(up, y, x, y = CEIL(x);)
DF_MAP1(nearest, y, x, y = RINT(x);)
DF_MAP1(sign, y, x, y = x > 0 ? 1 : x < 0 ? -1 : x;)
DF_MAP2(remainder, y, a, b, real r = FMOD(a, b); y = (r != 0) & ((r < 0) != (b < 0)) ? r + b : r;)

static df_node *remainder_da(const df_at *at) { return at->dy; }
static df_node *remainder_db(const df_at *at)
{
    return df_neg(df_mul(at->dy, df_round(df_div(df_sub(at->x[0], at->y), at->x[1]))));
}

const df_op df__op_floor = {
    .abi = DF_OP, .name = "floor", .numpy = "np.floor(%0)",
    .latex = "\\left\\lfloor %0\\right\\rfloor",
    .kind = DF_MAP, .arity = 1,
    .shape = df_shape_same,        .map = DF_BOTH(down),       .d = { df_d_zero },
};
const df_op df__op_ceil = {
    .abi = DF_OP, .name = "ceil",  .numpy = "np.ceil(%0)",
    .latex = "\\left\\lceil %0\\right\\rceil",
    .kind = DF_MAP, .arity = 1,
    .shape = df_shape_same,        .map = DF_BOTH(up),         .d = { df_d_zero },
};
const df_op df__op_round = {
    .abi = DF_OP, .name = "round", .numpy = "np.round(%0)",
    .latex = "\\operatorname{round}(%0)",
    .kind = DF_MAP, .arity = 1,
    .shape = df_shape_same,        .map = DF_BOTH(nearest),    .d = { df_d_zero },
};
const df_op df__op_sign = {
    .abi = DF_OP, .name = "sign",  .numpy = "np.sign(%0)",
    .latex = "\\operatorname{sign}(%0)",
    .kind = DF_MAP, .arity = 1,
    .shape = df_shape_same,        .map = DF_BOTH(sign),       .d = { df_d_zero },
};
const df_op df__op_remainder = {
    .abi = DF_OP, .name = "remainder", .numpy = "np.remainder(%0, %1)",
    .latex = "(%0 \\bmod %1)",
    .kind = DF_MAP, .arity = 2,    .cost = 20,                 .test = { 1.1, 1.9 },
    .shape = df_shape_stretch,     .map = DF_BOTH(remainder),  .d = { remainder_da, remainder_db },
};

df_node *df_floor(df_node *x) { return df_apply1(&df__op_floor, x); }
df_node *df_ceil(df_node *x) { return df_apply1(&df__op_ceil, x); }
df_node *df_round(df_node *x) { return df_apply1(&df__op_round, x); }
df_node *df_sign(df_node *x) { return df_apply1(&df__op_sign, x); }
df_node *df_remainder(df_node *a, df_node *b) { return df_apply2(&df__op_remainder, a, b); }
