/* relu.c -- rectifiers, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     relu:         y = x for x > 0, else 0           dx = dy for x > 0, else 0
 *     leaky_relu:   y = x for x > 0, else slope x     dx = dy for x > 0, else slope dy */
#include <dfoo/op.h>

DF_MAP1(relu, y, x, y = x < 0 ? 0 : x;)
DF_MAP1(leaky_relu, y, x, real k = (real)attr->f[0]; y = x > 0 ? x : k * x;)

static df_node *zero(const df_at *at) { return df_num_like(at->y, 0); }
static df_node *positive(const df_at *at) { return df_less(zero(at), at->x[0]); }
static df_node *relu_dx(const df_at *at) { return df_where(positive(at), at->dy, zero(at)); }
static df_node *leaky_dx(const df_at *at)
{
    return df_where(positive(at), at->dy, df_scale(at->dy, at->attr->f[0]));
}

const df_op df__op_relu = {
    .abi = DF_OP, .name = "relu",       .numpy = "relu(%0)", .latex = "\\max(0, %0)",
    .prelude = "def relu(x):\n"
               "    return np.maximum(x, 0)\n",
    .kind = DF_MAP, .arity = 1,
    .shape = df_shape_same,             .map = DF_BOTH(relu), .d = { relu_dx },
};
const df_op df__op_leaky_relu = {
    .abi = DF_OP, .name = "leaky_relu", .numpy = "leaky_relu(%0, %k)",
    .latex = "\\operatorname{lrelu}_{%k}(%0)",
    .prelude = "def leaky_relu(x, slope):\n"
               "    return np.where(x > 0, x, slope * x)\n",
    .kind = DF_MAP, .arity = 1,
    .shape = df_shape_same,             .map = DF_BOTH(leaky_relu), .d = { leaky_dx },
};

df_node *df_relu(df_node *x) { return df_apply1(&df__op_relu, x); }
df_node *df_leaky_relu(df_node *x, double slope)
{
    return df_apply(&df__op_leaky_relu, &x, 1, &(df_attr){ .f = { slope } });
}
