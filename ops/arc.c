/* arc.c -- the inverse trigonometric functions, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = asin x    dx = dy / sqrt((1 - x) (1 + x)),  infinite at -1 and 1
 *     y = acos x    dx = -dy / sqrt((1 - x) (1 + x)), infinite at -1 and 1
 *     y = atan x    dx = dy / (1 + x^2)
 *
 * Own ops: libm's, in vectors. Float within 3.2 ulp, double within 2.5 ulp. The product (1 - x)
 * (1 + x) is exact to the last bits near 1, where 1 - x^2 is not. */
#include <dfoo/op.h>

DF_MAP1(arc_sine, y, x, y = ASIN(x);)
DF_MAP1(arc_cosine, y, x, y = ACOS(x);)
DF_MAP1(arc_tangent, y, x, y = ATAN(x);)

static df_node *asin_dx(const df_at *at)
{
    df_node *x = at->x[0];
    return df_div(at->dy, df_sqrt(df_mul(df_one_minus(x), df_offset(x, 1))));
}
static df_node *acos_dx(const df_at *at) { return df_neg(asin_dx(at)); }
static df_node *atan_dx(const df_at *at)
{
    return df_div(at->dy, df_offset(df_square(at->x[0]), 1));
}

const df_op df__op_asin = {
    .abi = DF_OP, .name = "asin",  .numpy = "np.arcsin(%0)",   .latex = "\\arcsin(%0)",
    .kind = DF_MAP, .arity = 1,    .cost = 12,                 .test = { -0.8, 0.8 },
    .shape = df_shape_same,        .map = DF_BOTH(arc_sine),   .d = { asin_dx },
    .rules = "canonical: asin(-x) -> -asin(x)\n",
};
const df_op df__op_acos = {
    .abi = DF_OP, .name = "acos",  .numpy = "np.arccos(%0)",   .latex = "\\arccos(%0)",
    .kind = DF_MAP, .arity = 1,    .cost = 12,                 .test = { -0.8, 0.8 },
    .shape = df_shape_same,        .map = DF_BOTH(arc_cosine), .d = { acos_dx },
};
const df_op df__op_atan = {
    .abi = DF_OP, .name = "atan",  .numpy = "np.arctan(%0)",   .latex = "\\arctan(%0)",
    .kind = DF_MAP, .arity = 1,    .cost = 12,                 .range = { -1.6, 1.6 },
    .shape = df_shape_same,        .map = DF_BOTH(arc_tangent), .d = { atan_dx },
    .rules = "canonical: atan(-x) -> -atan(x)\n",
};

df_node *df_asin(df_node *x) { return df_apply1(&df__op_asin, x); }
df_node *df_acos(df_node *x) { return df_apply1(&df__op_acos, x); }
df_node *df_atan(df_node *x) { return df_apply1(&df__op_atan, x); }
