/* leaf.c -- the values of parameters and states
 *
 * SPDX-License-Identifier: MIT
 *
 * A leaf gets its memory from the graph's arena when a value or a program first needs it, and keeps
 * it. Until then a state reads as 0. */
#include "df.h"

/* A whole number of these is what a leaf has, and where it begins. */
enum { LINE = 64 };

bool df__leaf_check(const df_node *p, const char *call)
{
    char text[DF_TEXT];
    if (p && !p->leaf)
        return df__report(p->g, DF_BAD_CALL, "%s: %s is neither a parameter nor a state", call,
                          df_describe(p, text, sizeof text));
    return p != NULL;
}

bool df__leaf_place(df_graph *g, df_node *leaf)
{
    df__leaf *l = leaf->leaf;
    if (!l->data) {
        size_t bytes = (size_t)l->n * df__type_size(l->type);
        char *p = df__arena_get(&g->arena, (bytes + LINE - 1) / LINE * LINE + LINE);
        if (!p)
            return false;
        l->data = p + (LINE - (uintptr_t)p % LINE) % LINE;
        l->has_value = leaf->op == &df__op_state;
    }
    return true;
}

void df__leaf_write(df__leaf *leaf, int64_t i, double v)
{
    if (leaf->type == DF_FLOAT32)
        ((float *)leaf->data)[i] = (float)v;
    else
        ((double *)leaf->data)[i] = v;
}

/* Of a leaf that has a value: a state without memory is 0. */
static void read_all(const df__leaf *l, double *v)
{
    const float *f = l->data;
    const double *d = l->data;
    for (int64_t i = 0; i < l->n; i++)
        v[i] = !l->data ? 0 : l->type == DF_FLOAT32 ? (double)f[i] : d[i];
}

static void write_all(df__leaf *l, const double *v)
{
    for (int64_t i = 0; i < l->n; i++)
        df__leaf_write(l, i, v[i]);
    l->has_value = true;
}

static bool check_count(const df_node *p, const char *call, const double *v, int64_t n)
{
    char text[DF_TEXT];
    if (!df__leaf_check(p, call))
        return false;
    if (!v)
        return df__report(p->g, DF_BAD_CALL, "%s: %s: the array is NULL", call,
                          df_describe(p, text, sizeof text));
    if (n != p->leaf->n)
        return df__report(p->g, DF_BAD_CALL, "%s: %s has %lld elements, not %lld", call,
                          df_describe(p, text, sizeof text), (long long)p->leaf->n, (long long)n);
    return true;
}

static bool check_value(const df_node *p, const char *call)
{
    if (p->op == &df__op_param && !p->leaf->has_value)
        return df__report(p->g, DF_UNBOUND, "%s: %.64s has no value: df_init or df_set", call,
                          p->name);
    return true;
}

bool df_get(const df_node *p, double *v, int64_t n)
{
    if (!check_count(p, "get", v, n) || !check_value(p, "get"))
        return false;
    read_all(p->leaf, v);
    return true;
}

bool df_set(df_node *p, const double *v, int64_t n)
{
    if (!check_count(p, "set", v, n))
        return false;
    if (!df__leaf_place(p->g, p))
        return df__report(p->g, DF_NO_MEMORY, "no memory");
    write_all(p->leaf, v);
    return true;
}

static void *memory_of(df_node *p, df_type type)
{
    if (!df__leaf_check(p, "data") || p->leaf->type != type)
        return NULL;
    if (!df__leaf_place(p->g, p))
        return df__report(p->g, DF_NO_MEMORY, "no memory"), NULL;
    p->leaf->has_value = true;
    return p->leaf->data;
}

float *df_data_f32(df_node *p)
{
    return memory_of(p, DF_FLOAT32);
}

double *df_data_f64(df_node *p)
{
    return memory_of(p, DF_FLOAT64);
}

/* ---- all parameters as one vector ------------------------------------------------------------ */

/* The first parameter from that id on, or NULL. */
static df_node *next_param(const df_graph *g, int64_t id)
{
    while (id < g->n_nodes && g->node[id]->op != &df__op_param)
        id++;
    return id < g->n_nodes ? g->node[id] : NULL;
}

int64_t df_flat_size(const df_graph *g)
{
    int64_t n = 0;
    for (df_node *p = g ? next_param(g, 0) : NULL; p; p = next_param(g, p->id + 1))
        n += p->leaf->n;
    return n;
}

/* Messages go to the graph's own place for them, which only df_graph_error shows. */
static bool check_flat(const df_graph *g, const char *call, const double *v, int64_t n)
{
    int64_t size = df_flat_size(g);
    df_graph *to = (df_graph *)g;
    if (g && n != size)
        return df__report(to, DF_BAD_CALL, "%s: the parameters have %lld elements, not %lld", call,
                          (long long)size, (long long)n);
    if (g && n && !v)
        return df__report(to, DF_BAD_CALL, "%s: the array is NULL", call);
    return g != NULL;
}

bool df_flat_get(const df_graph *g, double *v, int64_t n)
{
    if (!check_flat(g, "flat_get", v, n))
        return false;
    for (df_node *p = next_param(g, 0); p; p = next_param(g, p->id + 1))
        if (!check_value(p, "flat_get"))
            return false;
    for (df_node *p = next_param(g, 0); p; v += p->leaf->n, p = next_param(g, p->id + 1))
        read_all(p->leaf, v);
    return true;
}

bool df_flat_set(df_graph *g, const double *v, int64_t n)
{
    if (!check_flat(g, "flat_set", v, n))
        return false;
    for (df_node *p = next_param(g, 0); p; p = next_param(g, p->id + 1))
        if (!df__leaf_place(g, p))
            return df__report(g, DF_NO_MEMORY, "no memory");
    for (df_node *p = next_param(g, 0); p; v += p->leaf->n, p = next_param(g, p->id + 1))
        write_all(p->leaf, v);
    return true;
}
