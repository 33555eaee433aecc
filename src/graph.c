/* graph.c -- nodes: made, checked, found again
 *
 * SPDX-License-Identifier: MIT
 *
 * Nodes are hash-consed: the same op of the same operands is the same node, so that equal
 * subexpressions are computed once and equality is a comparison of pointers. Operands are older
 * than their node, so the order of creation is an order of computation. */
#include "df.h"

df_graph *df_graph_make(df_type real, const df_memory *mem, int header_version)
{
    if (!mem)
        mem = &df__libc;
    if (header_version > DF_VERSION || (real != DF_FLOAT32 && real != DF_FLOAT64))
        return NULL;
    df_graph *g = df__get(mem, sizeof *g);
    if (!g)
        return NULL;
    memset(g, 0, sizeof *g);
    g->mem = *mem;
    g->arena.from = &g->mem;
    g->real = real;
    return g;
}

df_graph *df__graph_private(df_graph *g)
{
    df_graph *copy = df_graph_make(g->real, &g->mem, DF_VERSION);
    if (!copy)
        df__error(g, DF_NO_MEMORY, "no memory");
    return copy;
}

void df_graph_free(df_graph *g)
{
    if (!g)
        return;
    while (g->programs)
        df__program_end(g->programs);
    df__arrays_end(g);
    df__ring_end(g);
    df_memory mem = g->mem;
    df__put(&mem, g->node, (size_t)g->node_cap * sizeof *g->node);
    df__put(&mem, g->bucket, (size_t)g->n_buckets * sizeof *g->bucket);
    df__arena_free(&g->arena);
    df__put(&mem, g, sizeof *g);
}

int df_version(void)
{
    return DF_VERSION;
}

void df_seed(df_graph *g, uint64_t seed)
{
    if (g)
        g->seed = seed;
}

void *df__graph_get(df_graph *g, size_t bytes)
{
    void *p = df__arena_get(&g->arena, bytes);
    if (!p)
        df__error(g, DF_NO_MEMORY, "no memory");
    return p;
}

/* ---- hashing --------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 29;
}

static uint64_t hash_of(const df_op *op, df_node *const *x, int n, const df_attr *attr,
                        const df_dims *dims)
{
    uint64_t h = mix((uint64_t)n, (uint64_t)(uintptr_t)op), word;
    for (int i = 0; i < n; i++)
        h = mix(h, (uint64_t)x[i]->id);
    for (size_t at = 0; at + sizeof word <= sizeof *attr; at += sizeof word) {
        memcpy(&word, (const char *)attr + at, sizeof word);
        h = mix(h, word);
    }
    for (int i = 0; i < dims->rank; i++)
        h = mix(h, (uint64_t)dims->size[i]);
    return h;
}

static bool same(const df_node *y, const df_op *op, df_node *const *x, int n, const df_attr *attr,
                 const df_dims *dims)
{
    if (y->op != op || y->n != n || memcmp(&y->attr, attr, sizeof *attr) != 0 ||
        !df__dims_equal(y->dims, *dims))
        return false;
    for (int i = 0; i < n; i++)
        if (y->x[i] != x[i])
            return false;
    return true;
}

/* Where such a node is, or would be. */
static df_bucket *find_bucket(const df_graph *g, uint64_t hash, const df_op *op, df_node *const *x,
                              int n, const df_attr *attr, const df_dims *dims)
{
    for (uint64_t i = hash;; i++) {
        df_bucket *b = &g->bucket[i & (uint64_t)(g->n_buckets - 1)];
        if (!b->node ||
            (b->hash == (uint32_t)hash && same(g->node[b->node - 1], op, x, n, attr, dims)))
            return b;
    }
}

/* Keeps half of the buckets free. False: no memory. */
static bool rehash(df_graph *g)
{
    if (2 * g->n_nodes < g->n_buckets)
        return true;
    int64_t n = g->n_buckets ? 2 * g->n_buckets : 256;
    df_bucket *more = n <= UINT32_MAX ? df__get(&g->mem, (size_t)n * sizeof *more) : NULL;
    if (!more)
        return false;
    memset(more, 0, (size_t)n * sizeof *more);
    for (int64_t i = 0; i < g->n_buckets; i++) {
        uint32_t at = g->bucket[i].hash;
        if (!g->bucket[i].node)
            continue;
        while (more[at & (uint64_t)(n - 1)].node)
            at++;
        more[at & (uint64_t)(n - 1)] = g->bucket[i];
    }
    df__put(&g->mem, g->bucket, (size_t)g->n_buckets * sizeof *g->bucket);
    g->bucket = more;
    g->n_buckets = n;
    return true;
}

/* ---- making nodes ---------------------------------------------------------------------------- */

/* Data, parameters and arrays stand for themselves: two of them are never one. */
static bool is_unique(const df_op *op)
{
    return op->kind == DF_SOURCE && op != &df__op_number && op != &df__op_examples;
}

/* Its operands lie in front of it: where it begins is what is read most. NULL: no memory. */
static df_node *add_node(df_graph *g, const df_op *op, df_node *const *x, int n,
                         const df_attr *attr, const df_shaping *s)
{
    df_node *y, **operands = df__arena_room(&g->arena, sizeof *y + (size_t)n * sizeof *operands);
    if (!operands || !df__grow(&g->mem, &g->node, &g->node_cap, g->n_nodes + 1, sizeof *g->node)) {
        df__error(g, DF_NO_MEMORY, "no memory");
        return NULL;
    }
    y = (df_node *)(operands + n);
    *y = (df_node){ .g = g, .op = op, .id = g->n_nodes, .n = n, .x = n ? operands : NULL,
                    .dims = s->y, .type = s->y_type, .attr = *attr, .derived = g->deriving };
    if (n)
        memcpy(operands, x, (size_t)n * sizeof *x);
    return g->node[g->n_nodes++] = y;
}

/* The node found, or made. NULL: no memory. */
static df_node *find_or_add(df_graph *g, const df_op *op, df_node *const *x, int n,
                            const df_attr *attr, const df_shaping *s)
{
    if (is_unique(op))
        return add_node(g, op, x, n, attr, s);
    if (!rehash(g)) {
        df__error(g, DF_NO_MEMORY, "no memory");
        return NULL;
    }
    uint64_t hash = hash_of(op, x, n, attr, &s->y);
    df_bucket *b = find_bucket(g, hash, op, x, n, attr, &s->y);
    if (b->node)
        return g->node[b->node - 1];
    df_node *y = add_node(g, op, x, n, attr, s);
    if (y)
        *b = (df_bucket){ (uint32_t)hash, (uint32_t)y->id + 1 };
    return y;
}

df_node *df__find(const df_graph *g, const df_op *op, df_node *const *x, int n, const df_attr *attr,
                  df_dims dims)
{
    if (is_unique(op) || g->n_buckets == 0)
        return NULL;
    const df_bucket *b = find_bucket(g, hash_of(op, x, n, attr, &dims), op, x, n, attr, &dims);
    return b->node ? g->node[b->node - 1] : NULL;
}

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
    if (status == DF_OK && !df__dims_ok(s->y, &why))
        status = df_refuse(s, DF_BAD_SHAPE, "the result has no shape: %s", why);
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

df_node *df__make(df_graph *g, const df_op *op, df_node *const *x, int n, const df_attr *attr,
                  const df_dims *dims)
{
    df_attr mine = attr ? *attr : (df_attr){ 0 };
    df_shaping s = { .op = op, .n = n, .attr = &mine, .y_type = g->real };
    if (dims)
        s.y = *dims;
    if (!shape_node(g, &s, x))
        return NULL;
    if (op->kind == DF_MAP && all_numbers(x, n))
        return fold(g, op, x, n, &mine, &s.y);
    df_node *y = find_or_add(g, op, x, n, &mine, &s);
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

/* ---- sources --------------------------------------------------------------------------------- */

df_node *df__leaf(df_graph *g, const df_op *op, const char *name, df_type type, df_dims s,
                  bool dots)
{
    if (!g || !df__name_ok(g, name, dots))
        return NULL;
    bool input = op == &df__op_input;
    const char *why;
    char text[DF_TEXT];
    if (!df__dims_ok(s, &why))
        return df_fail(g, DF_BAD_SHAPE, "%s %s %s: %s", op->name, name,
                       df__dims_text(s, text, sizeof text), why);
    if (!input && df__has_m(s))
        return df_fail(g, DF_BAD_SHAPE, "%s %s %s: the same for every example, so without DF_M",
                       op->name, name, df__dims_text(s, text, sizeof text));
    if (type < DF_FLOAT32 || type > DF_INT64)
        return df_fail(g, DF_BAD_TYPE, "%s %s: no such type: %d", op->name, name, (int)type);
    df_leaf *leaf = input ? NULL : df__graph_get(g, sizeof *leaf);
    df_node *x = df__make(g, op, NULL, 0, NULL, &s);
    if (!x || (!input && !leaf) || !df__name_give(x, name))
        return NULL;
    x->type = type == DF_FLOAT32 || type == DF_FLOAT64 ? g->real : type;
    x->leaf = leaf;
    if (leaf)
        *leaf = (df_leaf){ .n = df__elements(s, 1), .type = g->real };
    return x;
}

df_node *df_input(df_graph *g, const char *name, df_dims s)
{
    return g ? df__leaf(g, &df__op_input, name, g->real, s, false) : NULL;
}

df_node *df_input_of(df_graph *g, const char *name, df_type stored, df_dims s)
{
    return df__leaf(g, &df__op_input, name, stored, s, false);
}

df_node *df_param(df_graph *g, const char *name, df_dims s)
{
    return g ? df__leaf(g, &df__op_param, name, g->real, s, false) : NULL;
}

df_node *df_state(df_graph *g, const char *name, df_dims s)
{
    return g ? df__leaf(g, &df__op_state, name, g->real, s, false) : NULL;
}

/* A number of any shape. */
static df_node *fill(df_graph *g, double v, df_dims s)
{
    return g ? df__make(g, &df__op_number, NULL, 0, &(df_attr){ .f = { v } }, &s) : NULL;
}

df_node *df_num(df_graph *g, double v)
{
    return fill(g, v, df_shape(1));
}

df_node *df_num_like(const df_node *x, double v)
{
    return x ? df_num(x->g, v) : NULL;
}

df_node *df_zeros(df_graph *g, df_dims s)
{
    const char *why;
    if (g && !df__dims_ok(s, &why))
        return df_fail(g, DF_BAD_SHAPE, "zeros: %s", why);
    return fill(g, 0, s);
}

df_node *df__random(df_graph *g, const df_op *op, df_dims s)
{
    const char *why;
    if (g && !df__dims_ok(s, &why))
        return df_fail(g, DF_BAD_SHAPE, "%s: %s", op->name, why);
    return g ? df__make(g, op, NULL, 0, &(df_attr){ .i = { ++g->n_random } }, &s) : NULL;
}

df_node *df_const(df_graph *g, df_dims s, const double *v, int64_t n)
{
    const char *why;
    if (!g)
        return NULL;
    if (!df__dims_ok(s, &why) || df__has_m(s))
        return df_fail(g, DF_BAD_SHAPE, "const: %s", why ? why : "a constant has no DF_M");
    if (!v || df__elements(s, 1) != n)
        return df_fail(g, DF_BAD_CALL, "const: %lld numbers given, %lld wanted", (long long)n,
                       (long long)df__elements(s, 1));
    double *copy = df__graph_get(g, (size_t)n * sizeof *copy);
    df_node *x = copy ? df__make(g, &df__op_const, NULL, 0, NULL, &s) : NULL;
    if (!x)
        return NULL;
    memcpy(copy, v, (size_t)n * sizeof *copy);
    x->number = copy;
    return x;
}

df_node *df_examples(df_graph *g)
{
    df_dims s = df_shape(1);
    return g ? df__make(g, &df__op_examples, NULL, 0, NULL, &s) : NULL;
}

/* ---- questions ------------------------------------------------------------------------------- */

const char *df_describe(const df_node *x, char *text, size_t size)
{
    char shape[DF_TEXT];
    if (!x)
        snprintf(text, size, "NULL");
    else if (x->op == &df__op_number && df__is_scalar(x->dims))
        snprintf(text, size, "%s", df__number_text(x->attr.f[0], x->g->real, shape));
    else
        snprintf(text, size, "%.64s %s", x->name ? x->name : x->op->name,
                 df__dims_text(x->dims, shape, sizeof shape));
    return text;
}

bool df__is_number(const df_node *x, double *v)
{
    if (x->op != &df__op_number || !df__is_scalar(x->dims))
        return false;
    *v = x->attr.f[0];
    return true;
}

bool df__is_number_of(const df_node *x, double v)
{
    double is;
    return df__is_number(x, &is) && is == v;
}

df_dims df_shape_of(const df_node *x)
{
    return x ? x->dims : (df_dims){ 0 };
}

df_graph *df_graph_of(const df_node *x)
{
    return x ? x->g : NULL;
}

const df_op *df_op_of(const df_node *x)
{
    return x->op;
}

const df_attr *df_attr_of(const df_node *x)
{
    return &x->attr;
}

df_type df_type_of(const df_node *x)
{
    return x->type;
}

int df_params(const df_graph *g, df_node **out, int max)
{
    int n = 0;
    for (int64_t i = 0; g && i < g->n_nodes; i++)
        if (g->node[i]->op == &df__op_param) {
            if (out && n < max)
                out[n] = g->node[i];
            n++;
        }
    return n;
}
