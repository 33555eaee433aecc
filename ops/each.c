/* each.c -- a value that all examples share, once for each of them
 *
 * SPDX-License-Identifier: MIT
 *
 * A derivative by it is each example's own, where one by x is the sum of them all. It is x with a
 * new axis, stretched over the examples, and takes no memory but a tile's. */
#include "ops.h"

df_node *df_each(df_node *x, int axis)
{
    df_dims s = df_shape_of(x);
    char text[DF_TEXT];
    if (df_m_axis(s) >= 0)
        return df_fail(df_graph_of(x), DF_BAD_SHAPE, "each: %s is there for each example already",
                       df_describe(x, text, sizeof text));
    df_node *wide = df_expand(x, axis);
    df_dims to = df_shape_of(wide);
    if (wide)
        to.size[axis < 0 ? axis + to.rank : axis] = DF_M;
    return df_broadcast(wide, to);
}
