/* activation.c -- activation functions beyond tanh, sigmoid, relu and softplus, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     own ops:
 *     elu            x > 0 ? x : k (e^x - 1)         dx = dy for x > 0, else dy k e^x
 *     clip           min(max(x, low), high)          dx = dy for low <= x <= high, else 0
 *     softsign       x / (1 + |x|)                   dx = dy / (1 + |x|)^2
 *     compositions:
 *     selu           s elu(x, k), s = 1.0507, k = 1.6733          Klambauer et al. 2017
 *     celu           k elu(x / k, 1)                              Barron 2017
 *     silu           x sigmoid(x)
 *     gelu           x / 2 erfc(-x / sqrt 2)                      Hendrycks and Gimpel 2016
 *     gelu_tanh      x sigmoid(2 u), u = sqrt(2/pi) (x + 0.044715 x^3), for (1 + tanh u) / 2
 *     mish           x tanh(softplus(x))                          Misra 2019
 *     hard_sigmoid   clip(x / 6 + 1/2, 0, 1)                      Howard et al. 2019
 *     hard_swish     x hard_sigmoid(x)
 *     log_sigmoid    -softplus(-x)
 *
 * elu is own for its kink, clip for the derivative at its ends, softsign as its derivative by the
 * quotient rule cancels; all within 2 ulp. In elu's derivative the exponent is 0 where x > 0, so
 * that nothing overflows behind the choice. gelu loses x^2 ulp of its tail below 0. */
#include <dfoo/op.h>

DF_MAP1(elu, y, x, real k = (real)attr->f[0], e = EXPM1(x); y = x > 0 ? x : k * e;)
DF_MAP1(clip, y, x,
    real low = (real)attr->f[0], high = (real)attr->f[1];
    y = x < low ? low : x > high ? high : x;
)
DF_MAP1(softsign, y, x, y = x / (1 + ABS(x));)

static df_node *zero(const df_at *at) { return df_num_like(at->y, 0); }

static df_node *elu_dx(const df_at *at)
{
    df_node *above = df_less(zero(at), at->x[0]);
    df_node *e = df_exp(df_where(above, zero(at), at->x[0]));
    return df_where(above, at->dy, df_mul(at->dy, df_scale(e, at->attr->f[0])));
}

static df_node *clip_dx(const df_at *at)
{
    return df_where(df_equal(at->x[0], at->y), at->dy, zero(at));
}

static df_node *softsign_dx(const df_at *at)
{
    return df_mul(at->dy, df_pow(df_offset(df_abs(at->x[0]), 1), -2));
}

const df_op df__op_elu = {
    .abi = DF_OP, .name = "elu",      .numpy = "elu(%0, %k)",
    .latex = "\\operatorname{elu}_{%k}(%0)",
    .prelude = "def elu(x, k):\n"
               "    return np.where(x > 0, x, k * np.expm1(np.minimum(x, 0)))\n",
    .kind = DF_MAP, .arity = 1,       .cost = 11,
    .shape = df_shape_same,           .map = DF_BOTH(elu),      .d = { elu_dx },
};
const df_op df__op_clip = {
    .abi = DF_OP, .name = "clip",     .numpy = "np.clip(%0, %k, %l)",
    .latex = "\\operatorname{clip}(%0, %k, %l)",
    .kind = DF_MAP, .arity = 1,
    .shape = df_shape_same,           .map = DF_BOTH(clip),     .d = { clip_dx },
};
const df_op df__op_softsign = {
    .abi = DF_OP, .name = "softsign", .numpy = "softsign(%0)",
    .latex = "\\operatorname{softsign}(%0)",
    .prelude = "def softsign(x):\n"
               "    return x / (1 + np.abs(x))\n",
    .kind = DF_MAP, .arity = 1,       .range = { -1, 1 },       .cost = 5,
    .shape = df_shape_same,           .map = DF_BOTH(softsign), .d = { softsign_dx },
    .rules = "canonical: x/(1 + abs(x)) -> softsign(x)\n",
};

df_node *df_elu(df_node *x, double k)
{
    return df_apply(&df__op_elu, &x, 1, &(df_attr){ .f = { k } });
}

df_node *df_clip(df_node *x, double low, double high)
{
    if (x && !(low <= high))
        return df_fail(df_graph_of(x), DF_BAD_VALUE, "clip: low is above high");
    return df_apply(&df__op_clip, &x, 1, &(df_attr){ .f = { low, high } });
}

df_node *df_celu(df_node *x, double k)
{
    if (x && !(k > 0))
        return df_fail(df_graph_of(x), DF_BAD_VALUE, "celu: k is not above 0");
    return df_scale(df_elu(df_scale(x, 1 / k), 1), k);
}

df_node *df_selu(df_node *x)
{
    return df_scale(df_elu(x, 1.6732632423543772848), 1.0507009873554804934);
}
df_node *df_softsign(df_node *x) { return df_apply1(&df__op_softsign, x); }
df_node *df_silu(df_node *x) { return df_mul(x, df_sigmoid(x)); }
df_node *df_gelu(df_node *x)
{
    return df_mul(df_scale(x, 0.5), df_erfc(df_scale(x, -0.70710678118654752440)));
}
df_node *df_gelu_tanh(df_node *x)
{
    df_node *slope = df_offset(df_scale(df_square(x), 0.071354816272600246), 1.5957691216057307);
    return df_mul(x, df_sigmoid(df_mul(x, slope)));
}
df_node *df_mish(df_node *x) { return df_mul(x, df_tanh(df_softplus(x))); }
df_node *df_hard_sigmoid(df_node *x) { return df_clip(df_offset(df_scale(x, 1.0 / 6), 0.5), 0, 1); }
df_node *df_hard_swish(df_node *x) { return df_mul(x, df_hard_sigmoid(x)); }
df_node *df_log_sigmoid(df_node *x) { return df_neg(df_softplus(df_neg(x))); }
