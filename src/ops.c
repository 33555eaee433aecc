/* ops.c -- the table of ops, and the checks that several of them share
 *
 * SPDX-License-Identifier: MIT */
#include "df.h"
#include "../ops/ops.h"

const df_op *const df__ops[] = {
#define OP(name) &name,
#include "../ops/ops.list"
#undef OP
    NULL
};

const df_op *df__op_named(const char *name, size_t n)
{
    for (const df_op *const *op = df__ops; *op; op++)
        if (strlen((*op)->name) == n && memcmp((*op)->name, name, n) == 0)
            return *op;
    return NULL;
}

/* Never called: the derivation passes such an operand by. */
df_node *df_d_zero(const df_at *at)
{
    return df_num(at->g, 0);
}

df_node *df_operand(const df_node *y, int i)
{
    return y->x[i];
}

int df_operands(const df_node *y)
{
    return y->n;
}

bool df__is_value(const char *call, df_node *x)
{
    char text[DF_TEXT];
    if (x && x->op->kind == DF_UPDATE)
        df_fail(x->g, DF_BAD_CALL, "%s: %s assigns and has no value", call,
                df_describe(x, text, sizeof text));
    return x && x->op->kind != DF_UPDATE;
}

/* ---- sets of axes ---------------------------------------------------------------------------- */

int64_t df__axis(const char *call, df_node *x, int axis)
{
    int rank = df_shape_of(x).rank;
    char text[DF_TEXT];
    int m = df_m_axis(df_shape_of(x));
    if (axis == (int)DF_M && x && m < 0)
        df_fail(x->g, DF_BAD_SHAPE, "%s: %s: no dimension is m", call,
                df_describe(x, text, sizeof text));
    if (axis == (int)DF_M)
        return x && m >= 0 ? (int64_t)1 << m : 0;
    if (x && (axis >= rank || axis < -rank))
        df_fail(x->g, DF_BAD_SHAPE, "%s: %s has no axis %d", call,
                df_describe(x, text, sizeof text), axis);
    if (!x || axis >= rank || axis < -rank)
        return 0;
    return (int64_t)1 << (axis < 0 ? axis + rank : axis);
}

int df__axis_of(int64_t axes)
{
    return axes ? __builtin_ctzll((uint64_t)axes) : -1;
}

int64_t df__long_axes(const df_node *x, int64_t axes)
{
    df_dims dims = df_shape_of(x);
    int64_t set = 0;
    for (int j = 0; j < dims.rank; j++)
        if (axes >> j & 1 && dims.size[j] != 1)
            set |= (int64_t)1 << j;
    return set;
}

/* ---- calls of two operands ------------------------------------------------------------------- */

bool df__together(const char *call, df_node *a, df_node *b)
{
    if (a && b && a->g == b->g)
        return true;
    df_node *x = a ? a : b;
    char text[DF_TEXT];
    if (x && (!a || !b))
        df_fail(x->g, DF_BAD_CALL, "%s: operand %d is NULL", call, a ? 2 : 1);
    else if (x)
        df_fail(x->g, DF_BAD_CALL, "%s: operand 2, %s, belongs to another graph", call,
                df_describe(b, text, sizeof text));
    return false;
}

df_node *df__refuse_two(const char *call, df_node *a, const char *sign, df_node *b, const char *why)
{
    char x[DF_TEXT], y[DF_TEXT];
    return df_fail(a->g, DF_BAD_SHAPE, "%s: %s%s %s: %s", call, df_describe(a, x, sizeof x), sign,
                   df_describe(b, y, sizeof y), why);
}

bool df__same_shape(const char *call, df_node *a, df_node *b)
{
    if (!df__together(call, a, b))
        return false;
    if (df__dims_equal(a->dims, b->dims))
        return true;
    return df__refuse_two(call, a, ",", b, "the shapes differ") != NULL;
}

bool df__comparable(const char *call, df_node *a, df_node *y)
{
    if (!df__together(call, a, y))
        return false;
    if (df__is_scalar(a->dims) || df__is_scalar(y->dims) || df__dims_equal(a->dims, y->dims))
        return true;
    df__refuse_two(call, a, ",", y, "a loss compares arrays of one shape");
    return false;
}
