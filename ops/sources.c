/* sources.c -- data, parameters, states, numbers: what has no operands
 *
 * SPDX-License-Identifier: MIT
 *
 * Their values come from where the node keeps them, not from a kernel; graph.c makes them. */
#include <dfoo/op.h>

static df_status as_asked(df_shaping *s)
{
    return s->y.rank ? DF_OK : df_refuse(s, DF_BAD_SHAPE, "no shape given");
}

static int number_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    df_dims dims = df_shape_of(y);
    bool plain = how != DF_NUMPY || (dims.rank == 1 && dims.size[0] == 1);
    double v = df_attr_of(y)->f[0];
    snprintf(text, DF_TEXT, plain ? "%%k" : "np.full(%%s, %%k)");
    return plain && (v < 0 || (v == 0 && signbit(v))) ? DF_AT_MINUS : 0;
}

const df_op df__op_input = { .abi = DF_OP, .name = "input", .kind = DF_SOURCE, .shape = as_asked };
const df_op df__op_param = { .abi = DF_OP, .name = "param", .kind = DF_SOURCE, .shape = as_asked };
const df_op df__op_state = { .abi = DF_OP, .name = "state", .kind = DF_SOURCE, .shape = as_asked };
const df_op df__op_const = { .abi = DF_OP, .name = "const", .kind = DF_SOURCE, .shape = as_asked };

/* attr.f[0] in each element of any shape. */
const df_op df__op_number = {
    .abi = DF_OP, .name = "number", .kind = DF_SOURCE, .algebra = DF_NUMBER,
    .print = number_text, .shape = as_asked,
};

/* m, at least 1. */
const df_op df__op_examples = {
    .abi = DF_OP, .name = "examples", .numpy = "m", .latex = "m", .kind = DF_SOURCE,
    .range = { 0, HUGE_VAL }, .shape = as_asked,
};
