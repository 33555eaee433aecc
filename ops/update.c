/* update.c -- assignments at the end of a run, and several of them as one node
 *
 * SPDX-License-Identifier: MIT
 *
 *     update: operand 0, a parameter or state, becomes operand 1 */
#include "ops.h"

static df_status shape(df_shaping *s)
{
    s->y = s->x[0];
    if (df__dims_equal(s->x[0], s->x[1]))
        return DF_OK;
    return df_refuse(s, DF_BAD_SHAPE, "the new value has another shape");
}

static df_status group_shape(df_shaping *s)
{
    s->y = df_shape(1);
    return DF_OK;
}

const df_op df__op_update = {
    .abi = DF_OP, .name = "update", .numpy = "%0 = %1", .latex = "%0 \\leftarrow %1",
    .kind = DF_UPDATE, .arity = 2,  .shape = shape,
};
const df_op df__op_group = {
    .abi = DF_OP, .name = "group",  .kind = DF_UPDATE, .arity = -1, .shape = group_shape,
};

df_node *df_update(df_node *p, df_node *value)
{
    const df_op *op = p ? df_op_of(p) : &df__op_param;
    char text[DF_TEXT];
    if (op != &df__op_param && op != &df__op_state)
        return df_fail(df_graph_of(p), DF_BAD_CALL, "update: %s is neither a parameter nor a state",
                       df_describe(p, text, sizeof text));
    return df_apply2(&df__op_update, p, value);
}

df_node *df_group_list(df_node *const *updates, int n)
{
    char text[DF_TEXT];
    for (int i = 0; i < n; i++)
        if (updates[i] && df_op_of(updates[i])->kind != DF_UPDATE)
            return df_fail(df_graph_of(updates[i]), DF_BAD_CALL, "group: %s is no update",
                           df_describe(updates[i], text, sizeof text));
    return updates && n > 0 ? df_apply(&df__op_group, updates, n, NULL) : NULL;
}
