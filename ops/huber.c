/* huber.c -- losses that grow in straight lines, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     own op:
 *     huber             r^2 / 2 for |r| <= k, else k |r| - k^2 / 2, with r = a - y
 *                       da = dl clip(r, -k, k),  dy = -da               Huber 1964
 *     compositions:
 *     absolute_error    |a - y|,             derivative 0 at a = y
 *     hinge             relu(1 - y z),       derivative 0 at y z = 1
 *
 * huber is own for its derivative, which the choice of two formulas does not give as one clip. With
 * c = clip(r, -k, k) it is c (r - c / 2): no square of a large r overflows. */
#include "ops.h"

DF_MAP2(huber, l, a, y,
    real k = (real)attr->f[0], r = a - y;
    real c = r > k ? k : r < -k ? -k : r;
    l = c * (r - c / 2);
)

static df_node *da(const df_at *at)
{
    double k = at->attr->f[0];
    return df_mul(at->dy, df_clip(df_sub(at->x[0], at->x[1]), -k, k));
}

static df_node *dy(const df_at *at) { return df_neg(da(at)); }

const df_op df__op_huber = {
    .abi = DF_OP, .name = "huber", .numpy = "huber(%0, %1, %k)",
    .latex = "\\operatorname{huber}_{%k}(%0, %1)",
    .prelude = "def huber(a, y, k):\n"
               "    c = np.clip(a - y, -k, k)\n"
               "    return c * ((a - y) - c / 2)\n",
    .kind = DF_MAP, .arity = 2,    .cost = 5,
    .shape = df_shape_stretch,     .map = DF_BOTH(huber), .d = { da, dy },
};

df_node *df_huber(df_node *a, df_node *y, double k)
{
    if (a && !(k > 0))
        return df_fail(df_graph_of(a), DF_BAD_VALUE, "huber: k is not above 0");
    if (!df__comparable("huber", a, y))
        return NULL;
    return df_apply(&df__op_huber, (df_node *[]){ a, y }, 2, &(df_attr){ .f = { k } });
}

df_node *df_absolute_error(df_node *a, df_node *y)
{
    return df__comparable("absolute_error", a, y) ? df_abs(df_sub(a, y)) : NULL;
}

df_node *df_hinge(df_node *z, df_node *y)
{
    return df__comparable("hinge", z, y) ? df_relu(df_one_minus(df_mul(y, z))) : NULL;
}
