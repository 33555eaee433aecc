/* logic.c -- comparisons and logic, elementwise: 1 where true, else 0; derivative 0
 *
 * SPDX-License-Identifier: MIT
 *
 *     own ops          less_equal, not_equal, logical_and, logical_or; choose.c has less and equal
 *     greater          less(b, a)
 *     greater_equal    less_equal(b, a)
 *     logical_not      equal(a, 0)
 *     is_nan           not_equal(x, x)
 *     is_finite        less(|x|, infinity)
 *
 * True is what is not 0, NaN too. A comparison with NaN is false, but for not_equal. */
#include <dfoo/op.h>

DF_MAP2(at_most, y, a, b, y = a <= b ? 1 : 0;)
DF_MAP2(differs, y, a, b, y = a != b ? 1 : 0;)
DF_MAP2(both, y, a, b, y = (a != 0) & (b != 0) ? 1 : 0;)
DF_MAP2(either, y, a, b, y = (a != 0) | (b != 0) ? 1 : 0;)

const df_op df__op_less_equal = {
    .abi = DF_OP, .name = "less_equal", .numpy = "1.0 * (%0 <= %1)",
    .latex = "\\mathbf{1}[%0 \\le %1]",
    .kind = DF_MAP, .arity = 2,         .level = DF_AT_PRODUCT,
    .shape = df_shape_stretch,          .map = DF_BOTH(at_most), .d = { df_d_zero, df_d_zero },
};
const df_op df__op_not_equal = {
    .abi = DF_OP, .name = "not_equal",  .numpy = "1.0 * (%0 != %1)",
    .latex = "\\mathbf{1}[%0 \\ne %1]",
    .kind = DF_MAP, .arity = 2,         .level = DF_AT_PRODUCT,  .commutes = true,
    .shape = df_shape_stretch,          .map = DF_BOTH(differs), .d = { df_d_zero, df_d_zero },
};
const df_op df__op_logical_and = {
    .abi = DF_OP, .name = "logical_and", .numpy = "1.0 * np.logical_and(%0, %1)",
    .latex = "\\left(%0 \\wedge %1\\right)",
    .kind = DF_MAP, .arity = 2,         .level = DF_AT_PRODUCT,  .commutes = true,
    .shape = df_shape_stretch,          .map = DF_BOTH(both),    .d = { df_d_zero, df_d_zero },
};
const df_op df__op_logical_or = {
    .abi = DF_OP, .name = "logical_or", .numpy = "1.0 * np.logical_or(%0, %1)",
    .latex = "\\left(%0 \\vee %1\\right)",
    .kind = DF_MAP, .arity = 2,         .level = DF_AT_PRODUCT,  .commutes = true,
    .shape = df_shape_stretch,          .map = DF_BOTH(either),  .d = { df_d_zero, df_d_zero },
};

df_node *df_less_equal(df_node *a, df_node *b) { return df_apply2(&df__op_less_equal, a, b); }
df_node *df_greater(df_node *a, df_node *b) { return df_less(b, a); }
df_node *df_greater_equal(df_node *a, df_node *b) { return df_less_equal(b, a); }
/* Integers are compared as numbers of the graph, as in df_equal. */
df_node *df_not_equal(df_node *a, df_node *b)
{
    return df_apply2(&df__op_not_equal, df_float(a), df_float(b));
}
df_node *df_logical_and(df_node *a, df_node *b) { return df_apply2(&df__op_logical_and, a, b); }
df_node *df_logical_or(df_node *a, df_node *b) { return df_apply2(&df__op_logical_or, a, b); }
df_node *df_logical_not(df_node *a) { return df_equal(a, df_num_like(a, 0)); }
df_node *df_is_nan(df_node *x) { return df_not_equal(x, x); }
df_node *df_is_finite(df_node *x) { return df_less(df_abs(x), df_num_like(x, HUGE_VAL)); }
