/* graph.c -- nodes: made, found again; sources
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
        if (word)
            h = mix(h + at, word);
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

/* So many buckets are in the cache together. */
enum { NEAR = 8 };

/* Where such a node is looked for first: by its youngest operand, so that what is made together
 * lies together; by its hash if it has none. */
static uint64_t home_of(df_node *const *x, int n, uint64_t hash)
{
    uint64_t youngest = n ? (uint64_t)x[0]->id : hash;
    for (int i = 1; i < n; i++)
        youngest = (uint64_t)x[i]->id > youngest ? (uint64_t)x[i]->id : youngest;
    return 2 * youngest / NEAR * NEAR;
}

/* The bucket to look at behind one at home or, where these are full, behind one of its hash. */
static uint64_t next_of(uint64_t at, uint64_t hash, int tries)
{
    return tries == NEAR ? hash : at + 1;
}

/* Where such a node is, or would be. */
static df__bucket *find_bucket(const df_graph *g, uint64_t hash, const df_op *op, df_node *const *x,
                               int n, const df_attr *attr, const df_dims *dims)
{
    uint64_t at = home_of(x, n, hash);
    for (int tries = 1;; at = next_of(at, hash, tries++)) {
        df__bucket *b = &g->bucket[at & (uint64_t)(g->n_buckets - 1)];
        if (!b->node ||
            (b->hash == (uint32_t)hash && same(g->node[b->node - 1], op, x, n, attr, dims)))
            return b;
    }
}

/* Keeps half of the buckets free when there are so many nodes. False: no memory. */
static bool rehash(df_graph *g, int64_t nodes)
{
    if (2 * nodes < g->n_buckets)
        return true;
    int64_t n = g->n_buckets ? 2 * g->n_buckets : 256;
    while (n <= 2 * nodes)
        n *= 2;
    df__bucket *more = n <= UINT32_MAX ? df__get(&g->mem, (size_t)n * sizeof *more) : NULL;
    if (!more)
        return false;
    memset(more, 0, (size_t)n * sizeof *more);
    for (int64_t i = 0; i < g->n_buckets; i++) {
        const df__bucket *b = &g->bucket[i];
        if (!b->node)
            continue;
        const df_node *y = g->node[b->node - 1];
        uint64_t at = home_of(y->x, y->n, b->hash);
        for (int tries = 1; more[at & (uint64_t)(n - 1)].node; tries++)
            at = next_of(at, b->hash, tries);
        more[at & (uint64_t)(n - 1)] = *b;
    }
    df__put(&g->mem, g->bucket, (size_t)g->n_buckets * sizeof *g->bucket);
    g->bucket = more;
    g->n_buckets = n;
    return true;
}

/* ---- making nodes ---------------------------------------------------------------------------- */

bool df__graph_room(df_graph *g, int64_t nodes)
{
    return rehash(g, nodes) &&
           df__grow(&g->mem, &g->node, &g->node_cap, nodes, sizeof *g->node);
}

/* Data, parameters and arrays stand for themselves: two of them are never one. */
static bool is_unique(const df_op *op)
{
    return op->kind == DF_SOURCE && op != &df__op_number && op != &df__op_examples;
}

/* Its operands lie in front of it: where it begins is what is read most. NULL: no memory. */
static df_node *add_node(df_graph *g, const df_op *op, df_node *const *x, int n,
                         const df_attr *attr, const df_dims *dims, df_type type)
{
    df_node *y, **operands = df__arena_room(&g->arena, sizeof *y + (size_t)n * sizeof *operands);
    if (!operands || !df__grow(&g->mem, &g->node, &g->node_cap, g->n_nodes + 1, sizeof *g->node)) {
        df__error(g, DF_NO_MEMORY, "no memory");
        return NULL;
    }
    y = (df_node *)(operands + n);
    *y = (df_node){ .g = g, .op = op, .id = g->n_nodes, .n = n, .x = n ? operands : NULL,
                    .dims = *dims, .type = type, .attr = *attr, .derived = g->deriving };
    if (n)
        memcpy(operands, x, (size_t)n * sizeof *x);
    return g->node[g->n_nodes++] = y;
}

df_node *df__find_or_add(df_graph *g, const df_op *op, df_node *const *x, int n,
                         const df_attr *attr, const df_dims *dims, df_type type)
{
    if (is_unique(op))
        return add_node(g, op, x, n, attr, dims, type);
    if (!rehash(g, g->n_nodes)) {
        df__error(g, DF_NO_MEMORY, "no memory");
        return NULL;
    }
    uint64_t hash = hash_of(op, x, n, attr, dims);
    df__bucket *b = find_bucket(g, hash, op, x, n, attr, dims);
    if (b->node)
        return g->node[b->node - 1];
    df_node *y = add_node(g, op, x, n, attr, dims, type);
    if (y)
        *b = (df__bucket){ (uint32_t)hash, (uint32_t)y->id + 1 };
    return y;
}

df_node *df__find(const df_graph *g, const df_op *op, df_node *const *x, int n, const df_attr *attr,
                  df_dims dims)
{
    if (is_unique(op) || g->n_buckets == 0)
        return NULL;
    const df__bucket *b = find_bucket(g, hash_of(op, x, n, attr, &dims), op, x, n, attr, &dims);
    return b->node ? g->node[b->node - 1] : NULL;
}

/* ---- sources --------------------------------------------------------------------------------- */

df_node *df__new_leaf(df_graph *g, const df_op *op, const char *name, df_type type, df_dims s,
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
    df__leaf *leaf = input ? NULL : df__graph_get(g, sizeof *leaf);
    df_node *x = df__make(g, op, NULL, 0, NULL, &s);
    if (!x || (!input && !leaf) || !df__name_give(x, name))
        return NULL;
    x->type = type == DF_FLOAT32 || type == DF_FLOAT64 ? g->real : type;
    x->leaf = leaf;
    if (leaf)
        *leaf = (df__leaf){ .n = df__elements(s, 1), .type = g->real };
    return x;
}

df_node *df_input(df_graph *g, const char *name, df_dims s)
{
    return g ? df__new_leaf(g, &df__op_input, name, g->real, s, false) : NULL;
}

df_node *df_input_of(df_graph *g, const char *name, df_type stored, df_dims s)
{
    return df__new_leaf(g, &df__op_input, name, stored, s, false);
}

df_node *df_param(df_graph *g, const char *name, df_dims s)
{
    return g ? df__new_leaf(g, &df__op_param, name, g->real, s, false) : NULL;
}

df_node *df_state(df_graph *g, const char *name, df_dims s)
{
    return g ? df__new_leaf(g, &df__op_state, name, g->real, s, false) : NULL;
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
