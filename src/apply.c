/* apply.c -- a node of an op: its operands are checked, its shape is asked of the op
 *
 * SPDX-License-Identifier: MIT */
#include "df.h"

/* "W2 (1 x 5) @ A1 (4 x m)" for infix ops, else the operands with commas. */
static void operands_text(const df_op *op, df_node *const *x, int n, char *text, size_t size)
{
    bool infix = n == 2 && op->numpy && !strchr(op->numpy, '(');
    const char *form = infix ? op->numpy : "%0, %1, %2, %3";
    size_t at = 0;
    text[0] = 0;
    for (const char *t = form; *t && at + 1 < size; t++) {
        char one[DF_TEXT] = { *t };
        if (*t == '%' && *++t - '0' < n)
            df_describe(x[*t - '0'], one, sizeof one);
        else if (*t == ',' && t[3] - '0' >= n)
            break;
        at += (size_t)snprintf(text + at, size - at, "%s", one);
    }
}

/* Runs the shape rule; on failure the graph gets the error. */
static bool shape_node(df_graph *g, df_shaping *s, df_node *const *x)
{
    df_dims dims[DF_ARITY] = { { 0 } };
    df_type types[DF_ARITY] = { 0 };
    for (int i = 0; i < s->n && i < DF_ARITY; i++) {
        dims[i] = x[i]->dims;
        types[i] = x[i]->type;
        if (types[i] != g->real && !s->op->takes_integers) {
            char text[DF_TEXT];
            df__error(g, DF_BAD_TYPE,
                      "%s: %s holds integers: df_float makes them numbers to calculate with",
                      s->op->name, df_describe(x[i], text, sizeof text));
            return false;
        }
    }
    s->x = dims;
    s->x_type = types;
    df_status status = s->op->shape(s);
    const char *why;
    bool known = df__is_one_of(s->y, dims, s->n < DF_ARITY ? s->n : DF_ARITY);
    if (status == DF_OK && !known && !df__dims_ok(s->y, &why))
        status = df_refuse(s, DF_BAD_SHAPE, "the result has no shape: %s", why);
    if (status == DF_OK && (s->y_type < DF_FLOAT32 || s->y_type > DF_INT64))
        status = df_refuse(s, DF_BAD_TYPE, "the result has no type: %d", (int)s->y_type);
    s->why[sizeof s->why - 1] = 0;
    if (status != DF_OK) {
        char text[2 * DF_TEXT];
        operands_text(s->op, x, s->n, text, sizeof text);
        df__error(g, status, "%s: %s%s%s", s->op->name, text, s->n ? ": " : "", s->why);
    }
    return status == DF_OK;
}

/* A map of numbers is a number; its own kernel, in double, says which. */
static df_node *fold(df_graph *g, const df_op *op, df_node *const *x, int n, const df_attr *attr,
                     const df_dims *dims)
{
    double v[DF_ARITY], y;
    const void *p[DF_ARITY] = { v, v + 1, v + 2, v + 3 };
    int64_t step[DF_ARITY] = { 0 };
    for (int i = 0; i < n; i++)
        v[i] = x[i]->attr.f[0];
    op->map[1](1, &y, p, step, attr);
    return df__make(g, &df__op_number, NULL, 0, &(df_attr){ .f = { y } }, dims);
}

static bool all_numbers(df_node *const *x, int n)
{
    for (int i = 0; i < n; i++)
        if (x[i]->op != &df__op_number)
            return false;
    return n > 0;
}

/* While the graph simplifies, what comes back may be another node, equal to the one asked for. */
df_node *df__make(df_graph *g, const df_op *op, df_node *const *x, int n, const df_attr *attr,
                  const df_dims *dims)
{
    df_attr mine = attr ? *attr : (df_attr){ 0 };
    df_shaping s; /* not all of it cleared: .why is long */
    s.op = op;
    s.n = n;
    s.attr = &mine;
    s.y = dims ? *dims : (df_dims){ 0 };
    s.y_type = g->real;
    s.why[0] = 0;
    if (!shape_node(g, &s, x))
        return NULL;
    if (op->kind == DF_MAP && all_numbers(x, n))
        return fold(g, op, x, n, &mine, &s.y);
    df_node *y = df__find_or_add(g, op, x, n, &mine, &s.y, s.y_type);
    return y && g->simplifying ? df__settle(y) : y;
}

/* What an op lacks to be used; NULL: nothing. Both precisions are asked for, as graphs have
 * either. */
static const char *lack_of(const df_op *op)
{
    if (op->abi != DF_OP)
        return "its .abi is not DF_OP: it was built for another version of dfoo/op.h";
    if (!op->name || !op->name[0])
        return "it has no .name";
    if (op->kind < DF_SOURCE || op->kind > DF_UPDATE || op->algebra < DF_ATOM ||
        op->algebra > DF_NUMBER)
        return "its .kind or .algebra is none of op.h's";
    if (op->arity < -1 || op->arity > DF_ARITY)
        return "its .arity is not -1 to 4";
    if (!op->shape)
        return "it has no .shape";
    if (op->kind == DF_MAP && (!op->map[0] || !op->map[1] || op->arity < 1))
        return "a DF_MAP needs .map for both precisions, and one operand or more";
    if (op->kind == DF_REDUCE && (!op->reduce[0] || !op->reduce[1] || op->arity != 1))
        return "a DF_REDUCE needs .reduce for both precisions, and one operand";
    if (op->kind == DF_OPAQUE && (!op->block[0] || !op->block[1]))
        return "a DF_OPAQUE needs .block for both precisions";
    if (op->kind == DF_VIEW && (!op->view || op->arity != 1))
        return "a DF_VIEW needs .view, and one operand";
    if ((op->kind == DF_CONTRACT && op != &df__op_contract) ||
        (op->kind == DF_UPDATE && op->arity == 0))
        return "its .kind is the library's own";
    bool two = op->algebra == DF_SUM || op->algebra == DF_DIFFERENCE || op->algebra == DF_PRODUCT ||
               op->algebra == DF_QUOTIENT;
    if ((two && op->arity != 2) ||
        (!two && op->algebra != DF_ATOM && op->algebra != DF_NUMBER && op->arity != 1))
        return "its .algebra does not go with its .arity";
    return NULL;
}

/* Operands that a node of this op cannot have; the graph has the error. */
static bool operands_ok(df_graph *g, const df_op *op, df_node *const *x, int n)
{
    for (int i = 0; i < n; i++) {
        char text[DF_TEXT];
        const char *why = !x[i]          ? ""
                          : x[i]->g != g ? "belongs to another graph"
                          : x[i]->op->kind == DF_UPDATE && op != &df__op_group
                              ? "assigns and has no value"
                              : NULL;
        if (!why)
            continue;
        if (!x[i])
            return df_fail(g, DF_BAD_CALL, "%s: operand %d is NULL", op->name, i + 1) != NULL;
        df_describe(x[i], text, sizeof text);
        return df_fail(g, DF_BAD_CALL, "%s: operand %d, %s, %s", op->name, i + 1, text, why) !=
               NULL;
    }
    return true;
}

df_node *df_apply(const df_op *op, df_node *const *x, int n, const df_attr *attr)
{
    df_graph *g = NULL;
    for (int i = 0; x && i < n && !g; i++)
        if (x[i])
            g = x[i]->g;
    if (!g)
        return NULL;
    const char *lack = op ? lack_of(op) : "there is none";
    if (lack)
        return df_fail(g, DF_BAD_CALL, "op %.64s: %s",
                       op && op->abi == DF_OP && op->name ? op->name : "", lack);
    if ((op->arity >= 0 && op->arity != n) || op->kind == DF_SOURCE)
        return df_fail(g, DF_BAD_CALL, "%s: %d operands given, %d wanted", op->name, n, op->arity);
    if (op->arity < 0 && op->kind != DF_UPDATE && n > DF_ARITY)
        return df_fail(g, DF_BAD_CALL, "%s: %d operands given, %d at most", op->name, n, DF_ARITY);
    return operands_ok(g, op, x, n) ? df__make(g, op, x, n, attr, NULL) : NULL;
}

df_node *df_apply1(const df_op *op, df_node *x)
{
    return df_apply(op, &x, 1, NULL);
}

df_node *df_apply2(const df_op *op, df_node *a, df_node *b)
{
    return df_apply(op, (df_node *[]){ a, b }, 2, NULL);
}
