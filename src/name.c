/* name.c -- the names of nodes
 *
 * SPDX-License-Identifier: MIT
 *
 * A name belongs to one node, a node may have several; the first is the one that messages use. */
#include "df.h"

static const char *const taken[] = { "m",        "np",     "False",  "None",     "True",  "and",
                                     "as",       "assert", "async",  "await",    "break", "class",
                                     "continue", "def",    "del",    "elif",     "else",  "except",
                                     "finally",  "for",    "from",   "global",   "if",    "import",
                                     "in",       "is",     "lambda", "nonlocal", "not",   "or",
                                     "pass",     "raise",  "return", "try",      "while", "with",
                                     "yield",    NULL };

static bool is_identifier(const char *name, bool dots)
{
    for (int i = 0; name[i]; i++) {
        char c = name[i];
        bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (dots && c == '.');
        if (!letter && !(i > 0 && c >= '0' && c <= '9'))
            return false;
    }
    return name[0] != 0;
}

static df__alias **bucket_of(const df_graph *g, const char *name)
{
    return &g->names[df__hash_text(name) & (uint64_t)(g->n_name_buckets - 1)];
}

static df_node *find(const df_graph *g, const char *name)
{
    if (g->n_name_buckets == 0)
        return NULL;
    for (df__alias *a = *bucket_of(g, name); a; a = a->next)
        if (strcmp(a->name, name) == 0)
            return a->x;
    return NULL;
}

/* Keeps at least one bucket a name; the old table stays in the arena. */
static bool make_room(df_graph *g)
{
    if (g->n_names < g->n_name_buckets)
        return true;
    int64_t n = g->n_name_buckets ? 2 * g->n_name_buckets : 64, old_n = g->n_name_buckets;
    df__alias **more = df__graph_get(g, (size_t)n * sizeof *more), **old = g->names;
    if (!more)
        return false;
    g->names = more;
    g->n_name_buckets = n;
    for (int64_t i = 0; i < old_n; i++)
        for (df__alias *a = old[i], *next; a; a = next) {
            next = a->next;
            df__alias **to = bucket_of(g, a->name);
            a->next = *to;
            *to = a;
        }
    return true;
}

bool df__name_ok(df_graph *g, const char *name, bool dots)
{
    if (!name || !is_identifier(name, dots)) {
        df__error(g, DF_BAD_CALL,
                  "name '%.64s': a name has letters, digits and _, and starts with no digit",
                  name ? name : "");
        return false;
    }
    bool reserved = df__op_named(name, strlen(name)) != NULL;
    for (int i = 0; taken[i]; i++)
        reserved = reserved || strcmp(taken[i], name) == 0;
    if (reserved) {
        df__error(g, DF_BAD_CALL, "name '%s': taken by printed equations; choose another", name);
        return false;
    }
    df_node *x = find(g, name);
    if (x) {
        char text[DF_TEXT];
        df__error(g, DF_BAD_CALL, "name '%.64s': already used for %s; choose another", name,
                  df_describe(x, text, sizeof text));
        return false;
    }
    return true;
}

/* The name must be checked before. */
bool df__name_give(df_node *x, const char *name)
{
    df_graph *g = x->g;
    size_t n = strlen(name) + 1;
    char *copy = df__graph_get(g, n);
    df__alias *a = df__graph_get(g, sizeof *a);
    if (!copy || !a || !make_room(g))
        return false;
    memcpy(copy, name, n);
    df__alias **to = bucket_of(g, copy);
    *a = (df__alias){ copy, x, *to };
    *to = a;
    g->n_names++;
    if (!x->name)
        x->name = copy;
    return true;
}

df_node *df_name(df_node *x, const char *name)
{
    if (!x)
        return NULL;
    if (name && find(x->g, name) == x)
        return x;
    return df__name_ok(x->g, name, false) && df__name_give(x, name) ? x : NULL;
}

df_node *df_find(const df_graph *g, const char *name)
{
    return g && name ? find(g, name) : NULL;
}

const char *df_name_of(const df_node *x)
{
    return x && x->name ? x->name : "";
}
