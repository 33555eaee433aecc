/* general_power.c -- a power whose exponent is an array too, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = a^b    da = dy b a^(b-1), 0 where b = 0;    db = dy y log a, 0 where y = 0
 *
 * An own op: exp(b log a) loses b log a ulp, and a may be negative. Within 1 ulp in float, 1 in
 * double. */
#include <dfoo/op.h>

DF_MAP2(power, y, a, b, y = POW(a, b);)

static df_node *da(const df_at *at)
{
    df_node *a = at->x[0], *b = at->x[1], *zero = df_num_like(b, 0);
    df_node *slope = df_mul(b, df_power(a, df_sub(b, df_num_like(b, 1))));
    return df_where(df_equal(b, zero), zero, df_mul(at->dy, slope));
}

static df_node *db(const df_at *at) { return df_mul(at->dy, df_xlogy(at->y, at->x[0])); }

static int power_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    (void)y;
    snprintf(text, DF_TEXT, how == DF_NUMPY ? "np.power(%%0, %%1)" : "%%0^{%%1}");
    return how == DF_NUMPY ? 0 : DF_AT_POWER;
}

const df_op df__op_power = {
    .abi = DF_OP, .name = "power", .print = power_text,   .read = "np.power(%0, %1)",
    .level = DF_AT_POWER,
    .kind = DF_MAP, .arity = 2,    .cost = 20,            .test = { 0.5, 2 },
    .shape = df_shape_stretch,     .map = DF_BOTH(power), .d = { da, db },
};

df_node *df_power(df_node *a, df_node *b) { return df_apply2(&df__op_power, a, b); }
