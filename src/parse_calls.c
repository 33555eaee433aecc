/* parse_calls.c -- the calls of dfoo.h by their names: softmax(z, axis=0)
 *
 * SPDX-License-Identifier: MIT
 *
 * The list is made of the header (tools/here.awk), so that what can be called can be written. A
 * letter tells each parameter: n node, k number, i axis, c count, s shape, b truth; g, the graph,
 * is not written. */
#include "parse.h"
#include <dfoo/here.h>

enum { MOST = 10 };
typedef union { df_graph *g; df_node *n; double k; int i; int64_t c; df_dims s; bool b; } argument;
typedef struct { int id; const char *name, *letters, *names; } entry;

static const entry calls[] = {
#define ENTRY(id, call, letters, names, arguments) { id, #call, letters, names },
    DF__CALLS(ENTRY)
#undef ENTRY
};

static df_node *call(int id, const argument *a)
{
    switch (id) {
#define CASE(id, call, letters, names, arguments) case id: return (call)arguments;
    DF__CALLS(CASE)
#undef CASE
    default: return NULL;
    }
}

/* An update is written as an equation. */
static const entry *find(const char *name, int64_t n)
{
    for (size_t k = 0; k < sizeof calls / sizeof *calls; k++)
        if (calls[k].name[3] == *name && df__word_is(name, n, calls[k].name + 3) &&
            strlen(calls[k].letters) <= MOST && !df__word_is(name, n, "update"))
            return &calls[k];
    return NULL;
}

/* How many parameters are not written. */
static int hidden(const entry *e)
{
    return e->letters[0] == 'g';
}

bool df__call_usage(const char *name, int64_t n, char to[DF_TEXT])
{
    const entry *e = find(name, n);
    if (!e)
        return false;
    const char *names = e->names;
    if (hidden(e))
        names += names[1] ? 3 : 1;               /* "g, s" */
    snprintf(to, DF_TEXT, "%.*s(%.200s)", (int)n, name, names);
    return true;
}

/* ---- arguments ------------------------------------------------------------------------------- */

static bool is_operand(const df__tree *t)
{
    return t->kind != DF__LIST && t->kind != DF__STRING && t->kind != DF__KEYWORD;
}

static bool read_shape(const df__parser *p, int32_t tree, df_dims *s)
{
    return p->trees.tree[tree].kind == DF__LIST &&
           df__integers(p, tree, s->size, &s->rank, DF_RANK);
}

static bool read_truth(const df__tree *t, bool *b)
{
    *b = df__word_is(t->at, t->n, "True");
    return *b || df__word_is(t->at, t->n, "False");
}

static bool read_integer(const df__parser *p, int32_t tree, bool axis, argument *a)
{
    int64_t v;
    int n;
    if (p->trees.tree[tree].kind != DF__FIGURE || !df__integers(p, tree, &v, &n, 1))
        return false;
    if (axis)
        a->i = (int)v;
    else
        a->c = v;
    return !axis || (v >= INT16_MIN && v <= INT16_MAX);
}

/* Of a node nothing but whether it can be one. */
static bool read_argument(const df__parser *p, int32_t tree, char letter, argument *a)
{
    const df__tree *t = &p->trees.tree[tree];
    *a = (argument){ .s = { 0 } };
    switch (letter) {
    case 'n': return is_operand(t);
    case 'k': return df__constant(t, &a->k);
    case 's': return read_shape(p, tree, &a->s);
    case 'b': return read_truth(t, &a->b);
    default: return read_integer(p, tree, letter == 'i', a);
    }
}

/* Which parameter the k-th argument is for; -1: none. */
static int parameter(const df__tree *t, const entry *e, int k)
{
    const char *name = e->names;
    if (t->kind != DF__KEYWORD)
        return k + hidden(e) < (int)strlen(e->letters) ? k + hidden(e) : -1;
    for (k = 0; e->letters[k]; k++) {
        size_t n = strcspn(name, ",");
        if (k >= hidden(e) && (size_t)t->n == n && memcmp(t->at, name, n) == 0)
            return k;
        name += n + strspn(name + n, ", ");
    }
    return -1;
}

/* tree[k]: the argument for parameter k. */
static bool read_arguments(const df__parser *p, int32_t tree, const entry *e, argument *a,
                           int32_t *from)
{
    int k = 0, found = hidden(e);
    memset(from, 0, MOST * sizeof *from);
    int32_t x = p->trees.tree[p->trees.tree[tree].first].next;
    for (; x; x = p->trees.tree[x].next, k++) {
        const df__tree *t = &p->trees.tree[x];
        int to = parameter(t, e, k);
        int32_t value = t->kind == DF__KEYWORD ? t->first : x;
        if (to < 0 || from[to] || !read_argument(p, value, e->letters[to], &a[to]))
            return false;
        from[to] = value;
        found++;
    }
    return found == (int)strlen(e->letters);
}

/* ---- calling --------------------------------------------------------------------------------- */

/* NULL: there is no such call, or its arguments do not fit. */
static const entry *prepare(const df__parser *p, int32_t tree, argument *a, int32_t *from)
{
    const df__tree *name = &p->trees.tree[p->trees.tree[tree].first];
    const entry *e = name->kind == DF__NAME ? find(name->at, name->n) : NULL;
    return e && read_arguments(p, tree, e, a, from) ? e : NULL;
}

bool df__call_fits(const df__parser *p, int32_t tree)
{
    argument a[MOST];
    int32_t from[MOST];
    return prepare(p, tree, a, from) != NULL;
}

df_node *df__call(df__parser *p, int32_t tree)
{
    argument a[MOST];
    int32_t from[MOST];
    const entry *e = prepare(p, tree, a, from);
    for (int k = 0; e && e->letters[k]; k++)
        if (e->letters[k] == 'n' && !(a[k].n = df__build_tree(p, from[k])))
            return NULL;
    if (e && hidden(e))
        a->g = p->g;
    df__here_in(p->text, p->trees.tree[tree].at);
    return e ? call(e->id, a) : NULL;
}

bool df__call_nodes(const char *name, df_node *const *x, int n, df_node **y)
{
    argument a[MOST];
    const entry *e = find(name, (int64_t)strlen(name));
    if (!e || (int)strspn(e->letters, "n") != n || (int)strlen(e->letters) != n)
        return false;
    for (int k = 0; k < n; k++)
        a[k].n = x[k];
    *y = call(e->id, a);
    return true;
}
