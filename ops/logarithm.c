/* logarithm.c -- powers of 2, logarithms to base 2 and 10, and e^x - 1, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = 2^x         dx = dy y log 2
 *     y = e^x - 1     dx = dy e^x
 *     y = log2 x      dx = dy / x / log 2
 *     y = log10 x     dx = dy / x / log 10
 *
 * Own ops: e^x - 1 keeps what is small, and log2(8) is 3. Float within 2.7 ulp, double 2.1. */
#include <dfoo/op.h>

#define LN2 0.69314718055994530942
#define LOG2E 1.44269504088896340736
#define LOG10E 0.43429448190325182765

DF_MAP1(power_of_2, y, x, y = EXP2(x);)
DF_MAP1(exponential_m1, y, x, y = EXPM1(x);)
DF_MAP1(binary, y, x, y = LOG2(x);)
DF_MAP1(decimal, y, x, y = LOG10(x);)

static df_node *exp2_dx(const df_at *at) { return df_mul(at->dy, df_scale(at->y, LN2)); }
static df_node *expm1_dx(const df_at *at) { return df_mul(at->dy, df_exp(at->x[0])); }
static df_node *log2_dx(const df_at *at) { return df_div(df_scale(at->dy, LOG2E), at->x[0]); }
static df_node *log10_dx(const df_at *at) { return df_div(df_scale(at->dy, LOG10E), at->x[0]); }

const df_op df__op_exp2 = {
    .abi = DF_OP, .name = "exp2",  .numpy = "np.exp2(%0)",         .latex = "2^{%0}",
    .kind = DF_MAP, .arity = 1,    .range = { 0, HUGE_VAL },       .cost = 8,
    .shape = df_shape_same,        .map = DF_BOTH(power_of_2),     .d = { exp2_dx },
};
const df_op df__op_expm1 = {
    .abi = DF_OP, .name = "expm1", .numpy = "np.expm1(%0)",        .latex = "(e^{%0} - 1)",
    .kind = DF_MAP, .arity = 1,    .range = { -1, HUGE_VAL },      .cost = 10,
    .shape = df_shape_same,        .map = DF_BOTH(exponential_m1), .d = { expm1_dx },
    .rules = "late: exp(x) - 1 -> expm1(x)  if single\n"
             "late: exp(x) + -1 -> expm1(x)  if single\n"
             "late: 1 - exp(x) -> -expm1(x)  if single\n",
};
const df_op df__op_log2 = {
    .abi = DF_OP, .name = "log2",  .numpy = "np.log2(%0)",         .latex = "\\log_2(%0)",
    .kind = DF_MAP, .arity = 1,    .test = { 0.5, 2 },             .cost = 8,
    .shape = df_shape_same,        .map = DF_BOTH(binary),         .d = { log2_dx },
};
const df_op df__op_log10 = {
    .abi = DF_OP, .name = "log10", .numpy = "np.log10(%0)",        .latex = "\\log_{10}(%0)",
    .kind = DF_MAP, .arity = 1,    .test = { 0.5, 2 },             .cost = 8,
    .shape = df_shape_same,        .map = DF_BOTH(decimal),        .d = { log10_dx },
};

df_node *df_exp2(df_node *x) { return df_apply1(&df__op_exp2, x); }
df_node *df_expm1(df_node *x) { return df_apply1(&df__op_expm1, x); }
df_node *df_log2(df_node *x) { return df_apply1(&df__op_log2, x); }
df_node *df_log10(df_node *x) { return df_apply1(&df__op_log10, x); }
