/* exponential.c -- exponential and logarithms, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = e^x          dx = dy y
 *     y = log x        dx = dy / x
 *     y = log(1 + x)   dx = dy / (1 + x)
 *     y = a log b      da = dy log b, 0 where dy = 0;  db = dy a / b;  y = 0 where a = 0 */
#include <dfoo/op.h>

DF_MAP1(exponential, y, x, y = EXP(x);)
DF_MAP1(logarithm, y, x, y = LOG(x);)
DF_MAP1(logarithm_1p, y, x, y = LOG1P(x);)
DF_MAP2(xlogy, y, a, b, real l = LOG(b); y = a == 0 ? 0 : a * l;)

static df_node *exp_dx(const df_at *at) { return df_mul(at->dy, at->y); }
static df_node *log_dx(const df_at *at) { return df_div(at->dy, at->x[0]); }
static df_node *log1p_dx(const df_at *at) { return df_div(at->dy, df_offset(at->x[0], 1)); }
static df_node *xlogy_da(const df_at *at) { return df_xlogy(at->dy, at->x[1]); }
static df_node *xlogy_db(const df_at *at) { return df_div(df_mul(at->dy, at->x[0]), at->x[1]); }

const df_op df__op_exp = {
    .abi = DF_OP, .name = "exp",   .numpy = "np.exp(%0)",       .latex = "e^{%0}",
    .kind = DF_MAP, .arity = 1,    .range = { 0, HUGE_VAL },    .cost = 8,
    .shape = df_shape_same,        .map = DF_BOTH(exponential), .d = { exp_dx },
};
const df_op df__op_log = {
    .abi = DF_OP, .name = "log",   .numpy = "np.log(%0)",       .latex = "\\log(%0)",
    .kind = DF_MAP, .arity = 1,    .test = { 0.1, 2 },          .cost = 8,
    .shape = df_shape_same,        .map = DF_BOTH(logarithm),   .d = { log_dx },
};
const df_op df__op_log1p = {
    .abi = DF_OP, .name = "log1p", .numpy = "np.log1p(%0)",     .latex = "\\log(1 + %0)",
    .kind = DF_MAP, .arity = 1,    .test = { -0.9, 2 },         .cost = 8,
    .shape = df_shape_same,        .map = DF_BOTH(logarithm_1p), .d = { log1p_dx },
};
const df_op df__op_xlogy = {
    .abi = DF_OP, .name = "xlogy", .latex = "\\operatorname{xlogy}(%0, %1)",
    .prelude = "def xlogy(x, y):\n"
               "    return np.where(x == 0, 0, x * np.log(np.where(x == 0, 1, y)))\n",
    .kind = DF_MAP, .arity = 2,    .test = { 0.1, 2 },          .cost = 9,
    .linear = 1,
    .shape = df_shape_stretch,     .map = DF_BOTH(xlogy),       .d = { xlogy_da, xlogy_db },
    .rules = "xlogy(y, exp(x)) -> y*x\n",
};

df_node *df_exp(df_node *x) { return df_apply1(&df__op_exp, x); }
df_node *df_log(df_node *x) { return df_apply1(&df__op_log, x); }
df_node *df_log1p(df_node *x) { return df_apply1(&df__op_log1p, x); }
df_node *df_xlogy(df_node *x, df_node *y) { return df_apply2(&df__op_xlogy, x, y); }
