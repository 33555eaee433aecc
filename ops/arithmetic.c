/* arithmetic.c -- sums, products and quotients, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = a + b    da = dy        db = dy
 *     y = a - b    da = dy        db = -dy
 *     y = a b      da = dy b      db = dy a
 *     y = a / b    da = dy / b    db = -dy y / b       (y/b, not a/b^2: a square may overflow)
 *     y = -x       dx = -dy */
#include <dfoo/op.h>

DF_MAP2(add, y, a, b, y = a + b;)
DF_MAP2(sub, y, a, b, y = a - b;)
DF_MAP2(mul, y, a, b, y = a * b;)
DF_MAP2(quotient, y, a, b, y = a / b;)
DF_MAP1(neg, y, x, y = -x;)

static df_node *same(const df_at *at) { return at->dy; }
static df_node *negative(const df_at *at) { return df_neg(at->dy); }
static df_node *mul_da(const df_at *at) { return df_mul(at->dy, at->x[1]); }
static df_node *mul_db(const df_at *at) { return df_mul(at->dy, at->x[0]); }
static df_node *div_da(const df_at *at) { return df_div(at->dy, at->x[1]); }
static df_node *div_db(const df_at *at) { return df_neg(df_div(df_mul(at->dy, at->y), at->x[1])); }

const df_op df__op_add = {
    .abi = DF_OP, .name = "add",    .numpy = "%0 + %1",  .latex = "%0 + %1",
    .level = DF_AT_SUM,
    .kind = DF_MAP, .arity = 2,     .algebra = DF_SUM,   .commutes = true,          .cost = 1,
    .shape = df_shape_stretch,      .map = DF_BOTH(add), .d = { same, same },
};
const df_op df__op_sub = {
    .abi = DF_OP, .name = "sub",    .numpy = "%0 - %1",  .latex = "%0 - %1",
    .level = DF_AT_SUM,
    .kind = DF_MAP, .arity = 2,     .algebra = DF_DIFFERENCE,                       .cost = 1,
    .shape = df_shape_stretch,      .map = DF_BOTH(sub), .d = { same, negative },
};
const df_op df__op_mul = {
    .abi = DF_OP, .name = "mul",    .numpy = "%0 * %1",  .latex = "%0 \\odot %1",
    .level = DF_AT_PRODUCT,
    .kind = DF_MAP, .arity = 2,     .algebra = DF_PRODUCT, .commutes = true,        .cost = 1,
    .linear = 3,
    .shape = df_shape_stretch,      .map = DF_BOTH(mul), .d = { mul_da, mul_db },
};
const df_op df__op_div = {
    .abi = DF_OP, .name = "div",    .numpy = "%0 / %1",  .latex = "\\frac{%0}{%1}",
    .level = DF_AT_PRODUCT,
    .kind = DF_MAP, .arity = 2,     .algebra = DF_QUOTIENT,                         .cost = 4,
    .linear = 1,                    .test = { 0.5, 2 },
    .shape = df_shape_stretch,      .map = DF_BOTH(quotient), .d = { div_da, div_db },
};
const df_op df__op_neg = {
    .abi = DF_OP, .name = "neg",    .numpy = "-%0",      .latex = "-%0",
    .level = DF_AT_MINUS,
    .kind = DF_MAP, .arity = 1,     .algebra = DF_NEGATIVE,                         .cost = 0.25,
    .linear = 1,
    .shape = df_shape_same,         .map = DF_BOTH(neg), .d = { negative },
};

df_node *df_add(df_node *a, df_node *b) { return df_apply2(&df__op_add, a, b); }
df_node *df_sub(df_node *a, df_node *b) { return df_apply2(&df__op_sub, a, b); }
df_node *df_mul(df_node *a, df_node *b) { return df_apply2(&df__op_mul, a, b); }
df_node *df_div(df_node *a, df_node *b) { return df_apply2(&df__op_div, a, b); }
df_node *df_neg(df_node *x) { return df_apply1(&df__op_neg, x); }

df_node *df_scale(df_node *x, double k) { return df_mul(df_num_like(x, k), x); }
df_node *df_offset(df_node *x, double c) { return df_add(x, df_num_like(x, c)); }
df_node *df_one_minus(df_node *x) { return df_sub(df_num_like(x, 1), x); }
