/* erf.c -- the error function and its complement, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = erf x           dx = dy 2/sqrt(pi) e^(-x^2)
 *     y = 1 - erf x       dx = -dy 2/sqrt(pi) e^(-x^2)
 *
 * Own ops: libm's, in vectors. Float within 4 ulp, double within 2.5. */
#include <dfoo/op.h>

#define TWO_BY_ROOT_PI 1.12837916709551257390

DF_MAP1(error, y, x, y = ERF(x);)
DF_MAP1(complement, y, x, y = ERFC(x);)

static df_node *bell(const df_at *at)
{
    return df_mul(at->dy, df_scale(df_exp(df_neg(df_square(at->x[0]))), TWO_BY_ROOT_PI));
}

static df_node *minus_bell(const df_at *at) { return df_neg(bell(at)); }

const df_op df__op_erf = {
    .abi = DF_OP, .name = "erf",  .numpy = "erf(%0)",         .latex = "\\operatorname{erf}(%0)",
    .prelude = "def erf(x):\n"
               "    import math\n"
               "    return np.vectorize(math.erf, otypes=[float])(x)\n",
    .kind = DF_MAP, .arity = 1,   .range = { -1, 1 },         .cost = 14,
    .shape = df_shape_same,       .map = DF_BOTH(error),      .d = { bell },
    .rules = "canonical: erf(-x) -> -erf(x)\n",
};
const df_op df__op_erfc = {
    .abi = DF_OP, .name = "erfc", .numpy = "erfc(%0)",        .latex = "\\operatorname{erfc}(%0)",
    .prelude = "def erfc(x):\n"
               "    import math\n"
               "    return np.vectorize(math.erfc, otypes=[float])(x)\n",
    .kind = DF_MAP, .arity = 1,   .range = { 0, 2 },          .cost = 18,
    .shape = df_shape_same,       .map = DF_BOTH(complement), .d = { minus_bell },
    .rules = "late: 1 - erf(x) -> erfc(x)  if single\n"
             "late: 1 - erfc(x) -> erf(x)  if single\n",
};

df_node *df_erf(df_node *x) { return df_apply1(&df__op_erf, x); }
df_node *df_erfc(df_node *x) { return df_apply1(&df__op_erfc, x); }
