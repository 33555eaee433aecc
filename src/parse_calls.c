/* parse_calls.c -- the calls of dfoo.h by their names: softmax(z, axis=0)
 *
 * SPDX-License-Identifier: MIT
 *
 * The list is made of the header (tools/here.awk), so that what can be called can be written. A
 * letter tells each argument: n node, k number, i axis, c count, s shape, b truth, t text, x axes,
 * l nodes, w a window, which is written as four numbers; g, the graph, is not written. */
#include "parse.h"
#include <dfoo/here.h>

enum { MOST = 10, NAMES = MOST + 3, TEXT = 64 };
typedef union {
    df_graph *g;
    df_node *n;
    double k;
    int i;
    int64_t c;
    df_dims s;
    bool b;
    char t[TEXT];
    struct { int axis[DF_RANK], n; } x;
    struct { df_node **x; int n; } l;
    df_window w;
} argument;
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

/* df_concat_list is concat. */
static bool is_name(const entry *e, const char *name, int64_t n)
{
    const char *full = e->name + 3;
    return strncmp(full, name, (size_t)n) == 0 &&
           (!full[n] || (strchr(e->letters, 'l') && strcmp(full + n, "_list") == 0));
}

static const entry *find(const char *name, int64_t n)
{
    for (size_t k = 0; k < sizeof calls / sizeof *calls; k++)
        if (is_name(&calls[k], name, n) && strlen(calls[k].letters) <= MOST)
            return &calls[k];
    return NULL;
}

/* How many arguments are not written. */
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

/* ---- names ----------------------------------------------------------------------------------- */

/* A name of the list: its argument, and which of its numbers. */
typedef struct { int argument, part; char letter; const char *at; size_t n; } place;

/* False: there are not so many. */
static bool find_place(const entry *e, int name, place *to)
{
    int k = 0, part = name;
    for (; e->letters[k]; part -= e->letters[k++] == 'w' ? 4 : 1)
        if (part < (e->letters[k] == 'w' ? 4 : 1))
            break;
    if (!e->letters[k])
        return false;
    const char *at = e->names;
    for (int i = 0; i < name; i++)
        at += strcspn(at, ",") + 2;
    *to = (place){ k, part, e->letters[k], at, strcspn(at, ",") };
    return true;
}

/* Which name the k-th argument goes by; -1: none. */
static int name_of(const entry *e, const df__tree *t, int k)
{
    place to;
    if (t->kind != DF__KEYWORD)
        return find_place(e, k + hidden(e), &to) ? k + hidden(e) : -1;
    for (k = hidden(e); find_place(e, k, &to); k++)
        if ((size_t)t->n == to.n && memcmp(t->at, to.at, to.n) == 0)
            return k;
    return -1;
}

/* What may be left out: a window slides by 1, without room around. */
static bool may_lack(const place *to)
{
    return to->letter == 'w' || (to->letter == 'c' && memcmp(to->at, "padding", to->n) == 0);
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

static bool read_integer(const df__parser *p, int32_t tree, int64_t *v)
{
    int n;
    return p->trees.tree[tree].kind == DF__FIGURE && df__integers(p, tree, v, &n, 1);
}

static bool read_axis(const df__parser *p, int32_t tree, int *axis)
{
    int64_t v;
    bool read = read_integer(p, tree, &v) && v >= INT16_MIN && v <= INT16_MAX;
    *axis = read ? (int)v : 0;
    return read;
}

/* One or several in brackets. */
static bool read_axes(const df__parser *p, int32_t tree, argument *a)
{
    const df__tree *t = &p->trees.tree[tree];
    if (t->kind != DF__LIST)
        return read_axis(p, tree, &a->x.axis[a->x.n++]);
    for (int32_t k = t->first; k; k = p->trees.tree[k].next)
        if (a->x.n == DF_RANK || !read_axis(p, k, &a->x.axis[a->x.n++]))
            return false;
    return a->x.n > 0;
}

static bool read_string(const df__tree *t, char to[TEXT])
{
    if (t->kind != DF__STRING || t->n - 2 >= TEXT)
        return false;
    memcpy(to, t->at + 1, (size_t)t->n - 2);
    to[t->n - 2] = 0;
    return true;
}

/* Nodes, in brackets or up to the end of the arguments, which are only counted. */
static bool count_nodes(const df__parser *p, int32_t tree, argument *a)
{
    int32_t k = p->trees.tree[tree].kind == DF__LIST ? p->trees.tree[tree].first : tree;
    for (; k; k = p->trees.tree[k].next, a->l.n++)
        if (!is_operand(&p->trees.tree[k]))
            return false;
    return a->l.n > 0;
}

/* Of nodes nothing but whether they can be some. */
static bool read_argument(const df__parser *p, int32_t tree, const place *to, argument *a)
{
    const df__tree *t = &p->trees.tree[tree];
    switch (to->letter) {
    case 'n': return is_operand(t);
    case 'k': return df__constant(t, &a->k);
    case 's': return read_shape(p, tree, &a->s);
    case 'b': return read_truth(t, &a->b);
    case 'i': return read_axis(p, tree, &a->i);
    case 'x': return read_axes(p, tree, a);
    case 't': return read_string(t, a->t);
    case 'l': return count_nodes(p, tree, a);
    case 'w': return read_integer(p, tree, (int64_t *[]){ &a->w.stride, &a->w.padding,
                                                          &a->w.dilation, &a->w.groups }[to->part]);
    default: return read_integer(p, tree, &a->c);
    }
}

/* a[k]: argument k; from[k]: its tree. */
static bool read_arguments(const df__parser *p, int32_t tree, const entry *e, argument *a,
                           int32_t *from)
{
    bool has[NAMES] = { false };
    place to;
    int k = 0;
    memset(a, 0, MOST * sizeof *a);
    int32_t x = p->trees.tree[p->trees.tree[tree].first].next;
    for (; x; x = p->trees.tree[x].next, k++) {
        const df__tree *t = &p->trees.tree[x];
        int name = name_of(e, t, k);
        int32_t value = t->kind == DF__KEYWORD ? t->first : x;
        if (name < 0 || has[name] || !find_place(e, name, &to) ||
            !read_argument(p, value, &to, &a[to.argument]))
            return false;
        from[to.argument] = value;
        has[name] = true;
        if (to.letter == 'l' && t->kind != DF__KEYWORD && t->kind != DF__LIST)
            break;               /* it has taken the rest */
    }
    for (k = hidden(e); find_place(e, k, &to); k++)
        if (!has[k] && !may_lack(&to))
            return false;
    return true;
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

bool df__build_nodes(df__parser *p, int32_t tree, df_node **x, int n)
{
    int32_t k = p->trees.tree[tree].kind == DF__LIST ? p->trees.tree[tree].first : tree;
    for (int i = 0; i < n; i++, k = p->trees.tree[k].next)
        if (!(x[i] = df__build_tree(p, k)))
            return false;
    return true;
}

/* Nodes among the arguments; false: failed. */
static bool build_arguments(df__parser *p, const entry *e, argument *a, const int32_t *from)
{
    for (int k = 0; e->letters[k]; k++) {
        if (e->letters[k] == 'g')
            a[k].g = p->g;
        if (e->letters[k] == 't' && strcmp(e->names + strlen(e->names) - 4, "name") == 0 &&
            !df__parse_states(p, a[k].t))
            return false;
        if (e->letters[k] == 'n' && !(a[k].n = df__build_tree(p, from[k])))
            return false;
        if (e->letters[k] == 'l' && !df__build_nodes(p, from[k], a[k].l.x, a[k].l.n))
            return false;
    }
    return true;
}

/* The list of nodes that it takes, if it does. */
static argument *list_of(const entry *e, argument *a)
{
    const char *l = strchr(e->letters, 'l');
    return l ? &a[l - e->letters] : NULL;
}

df_node *df__call(df__parser *p, int32_t tree)
{
    argument a[MOST];
    int32_t from[MOST];
    const entry *e = prepare(p, tree, a, from);
    argument *list = e ? list_of(e, a) : NULL;
    size_t bytes = list ? (size_t)list->l.n * sizeof(df_node *) : 0;
    if (!e)
        return NULL;
    if (list && !(list->l.x = df__get(&p->g->mem, bytes)))
        return df_fail(p->g, DF_NO_MEMORY, "no memory");
    df_node *y = NULL;
    if (build_arguments(p, e, a, from)) {
        df__here_in(p->text, p->trees.tree[tree].at);
        y = call(e->id, a);
    }
    if (list)
        df__put(&p->g->mem, list->l.x, bytes);
    return y;
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
