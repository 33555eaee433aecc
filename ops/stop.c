/* stop.c -- a value that derivatives take as given
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = x,      dx = 0
 *
 * A view of all of x, so that it costs nothing. It is not called linear: a factor taken out of it
 * would get a derivative again. */
#include "ops.h"

static void view(const df_node *y, df_view *v)
{
    df_block_strides(df_shape_of(y), v->stride);
}

const df_op df__op_stop = {
    .abi = DF_OP, .name = "stop", .numpy = "stop(%0)", .latex = "\\operatorname{stop}(%0)",
    .prelude = "def stop(x):\n    return x\n",
    .kind = DF_VIEW, .arity = 1,  .shape = df_shape_same, .view = view, .d = { df_d_zero },
};

df_node *df_stop(df_node *x) { return df_apply1(&df__op_stop, x); }
