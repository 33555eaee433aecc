/* choose.c -- comparisons and what is chosen by them, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     less, equal        1 or 0; derivative 0
 *     y = c ? a : b      da = c ? dy : 0,  db = c ? 0 : dy
 *     y = max(a, b)      da = dy where b < a, dy / 2 at a tie, else 0;  min likewise
 *     y = |x|            dx = dy or -dy, 0 at x = 0
 *
 * Masks choose; they never multiply, so that an infinity or NaN of the other side does not come
 * through. max and min of a NaN are NaN. */
#include <dfoo/op.h>

DF_MAP2(less, y, a, b, y = a < b ? 1 : 0;)
DF_MAP2(equal, y, a, b, y = a == b ? 1 : 0;)
DF_MAP3(where, y, c, a, b, y = c != 0 ? a : b;)
DF_MAP2(larger, y, a, b, y = (a > b) | (a != a) ? a : b;)
DF_MAP2(smaller, y, a, b, y = (a < b) | (a != a) ? a : b;)
DF_MAP1(magnitude, y, x, y = ABS(x);)

static df_node *zero(const df_at *at) { return df_num_like(at->y, 0); }
static df_node *where_da(const df_at *at) { return df_where(at->x[0], at->dy, zero(at)); }
static df_node *where_db(const df_at *at) { return df_where(at->x[0], zero(at), at->dy); }

/* dy where u < v, half of it where u = v. */
static df_node *share(const df_at *at, df_node *u, df_node *v)
{
    df_node *tie = df_where(df_equal(u, v), df_scale(at->dy, 0.5), zero(at));
    return df_where(df_less(u, v), at->dy, tie);
}

static df_node *max_da(const df_at *at) { return share(at, at->x[1], at->x[0]); }
static df_node *max_db(const df_at *at) { return share(at, at->x[0], at->x[1]); }

static df_node *abs_dx(const df_at *at)
{
    df_node *x = at->x[0], *o = zero(at);
    return df_where(df_less(o, x), at->dy, df_where(df_less(x, o), df_neg(at->dy), o));
}

const df_op df__op_less = {
    .abi = DF_OP, .name = "less",   .numpy = "1.0 * (%0 < %1)",  .latex = "\\mathbf{1}[%0 < %1]",
    .kind = DF_MAP, .arity = 2,     .level = DF_AT_PRODUCT,
    .shape = df_shape_stretch,      .map = DF_BOTH(less),        .d = { df_d_zero, df_d_zero },
};
const df_op df__op_equal = {
    .abi = DF_OP, .name = "equal",  .numpy = "1.0 * (%0 == %1)", .latex = "\\mathbf{1}[%0 = %1]",
    .kind = DF_MAP, .arity = 2,     .level = DF_AT_PRODUCT,      .commutes = true,
    .shape = df_shape_stretch,      .map = DF_BOTH(equal),       .d = { df_d_zero, df_d_zero },
};
const df_op df__op_where = {
    .abi = DF_OP, .name = "where",  .numpy = "np.where(%0, %1, %2)",
    .latex = "\\operatorname{where}(%0, %1, %2)",
    .kind = DF_MAP, .arity = 3,
    .shape = df_shape_stretch,      .map = DF_BOTH(where),
    .d = { df_d_zero, where_da, where_db },
};
const df_op df__op_max = {
    .abi = DF_OP, .name = "max",    .numpy = "np.maximum(%0, %1)", .latex = "\\max(%0, %1)",
    .kind = DF_MAP, .arity = 2,     .commutes = true,
    .shape = df_shape_stretch,      .map = DF_BOTH(larger),      .d = { max_da, max_db },
};
const df_op df__op_min = {
    .abi = DF_OP, .name = "min",    .numpy = "np.minimum(%0, %1)", .latex = "\\min(%0, %1)",
    .kind = DF_MAP, .arity = 2,     .commutes = true,
    .shape = df_shape_stretch,      .map = DF_BOTH(smaller),     .d = { max_db, max_da },
};
const df_op df__op_abs = {
    .abi = DF_OP, .name = "abs",    .numpy = "np.abs(%0)",       .latex = "\\left|%0\\right|",
    .kind = DF_MAP, .arity = 1,
    .shape = df_shape_same,         .map = DF_BOTH(magnitude),   .d = { abs_dx },
};

df_node *df_less(df_node *a, df_node *b) { return df_apply2(&df__op_less, a, b); }
/* Integers are compared as numbers of the graph: exact up to 2^24 in float, 2^53 in double. */
df_node *df_equal(df_node *a, df_node *b)
{
    return df_apply2(&df__op_equal, df_float(a), df_float(b));
}

df_node *df_where(df_node *c, df_node *a, df_node *b)
{
    return df_apply(&df__op_where, (df_node *[]){ c, a, b }, 3, NULL);
}
df_node *df_max(df_node *a, df_node *b) { return df_apply2(&df__op_max, a, b); }
df_node *df_min(df_node *a, df_node *b) { return df_apply2(&df__op_min, a, b); }
df_node *df_abs(df_node *x) { return df_apply1(&df__op_abs, x); }
