/* polar.c -- the length and the angle of a point in the plane, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = hypot(a, b)    da = dy a / y, 0 where y = 0;  db = dy b / y, 0 where y = 0
 *     y = atan2(a, b)    da = dy b / (a^2 + b^2), db = -dy a / (a^2 + b^2), 0 where a = b = 0
 *
 * Own ops: hypot does not overflow before its result does. Both within 1.5 ulp in float and double,
 * atan2 in float within 2.2. */
#include <dfoo/op.h>

DF_MAP2(length, y, a, b, y = HYPOT(a, b);)
DF_MAP2(angle, y, a, b, y = ATAN2(a, b);)

/* u / v, 0 where v is. */
static df_node *quotient(df_node *u, df_node *v)
{
    df_node *zero = df_num_like(v, 0);
    return df_where(df_equal(v, zero), zero, df_div(u, v));
}

static df_node *hypot_da(const df_at *at) { return quotient(df_mul(at->dy, at->x[0]), at->y); }
static df_node *hypot_db(const df_at *at) { return quotient(df_mul(at->dy, at->x[1]), at->y); }

static df_node *over_square(const df_at *at, df_node *u)
{
    return quotient(df_mul(at->dy, u), df_add(df_square(at->x[0]), df_square(at->x[1])));
}

static df_node *atan2_da(const df_at *at) { return over_square(at, at->x[1]); }
static df_node *atan2_db(const df_at *at) { return df_neg(over_square(at, at->x[0])); }

const df_op df__op_hypot = {
    .abi = DF_OP, .name = "hypot", .numpy = "np.hypot(%0, %1)",
    .latex = "\\operatorname{hypot}(%0, %1)",
    .kind = DF_MAP, .arity = 2,    .cost = 12,               .test = { 0.5, 2 },
    .commutes = true,
    .shape = df_shape_stretch,     .map = DF_BOTH(length),   .d = { hypot_da, hypot_db },
    .rules = "canonical: hypot(-a, b) -> hypot(a, b)\n",
};
const df_op df__op_atan2 = {
    .abi = DF_OP, .name = "atan2", .numpy = "np.arctan2(%0, %1)",
    .latex = "\\operatorname{atan2}(%0, %1)",
    .kind = DF_MAP, .arity = 2,    .cost = 16,               .test = { 0.5, 2 },
    .shape = df_shape_stretch,     .map = DF_BOTH(angle),    .d = { atan2_da, atan2_db },
};

df_node *df_hypot(df_node *a, df_node *b) { return df_apply2(&df__op_hypot, a, b); }
df_node *df_atan2(df_node *a, df_node *b) { return df_apply2(&df__op_atan2, a, b); }
