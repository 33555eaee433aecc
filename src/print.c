/* print.c -- equations and pictures of nodes and all that they need
 *
 * SPDX-License-Identifier: MIT
 *
 * All is written into memory first, so that a listing is complete or not there. */
#include "print.h"

/* ---- the call's arguments -------------------------------------------------------------------- */

static df_graph *graph_of(df_node *const *what, int n)
{
    for (int i = 0; what && i < n; i++)
        if (what[i])
            return what[i]->g;
    return NULL;
}

static bool refuse(df_graph *g, FILE *f, int how, df_node *const *what, int n)
{
    int format = how & ~(DF_RAW | DF_PRELUDE | DF_WHY);
    if (!f || format < DF_NUMPY || format > DF_DOT)
        return !df__report(g, DF_BAD_CALL, f ? "print: no such format: %d" : "print: no file", how);
    for (int i = 0; i < n; i++)
        if (!what[i] || what[i]->g != g)
            return !df__report(g, DF_BAD_CALL, "print: node %d of %d %s", i + 1, n,
                               what[i] ? "belongs to another graph" : "is NULL");
    return false;
}

static bool add(df__printing *p, df_node *y)
{
    const df_memory *mem = &p->from->mem;
    if (!y || !df__grow(mem, &p->list, &p->list_cap, p->n_list + 1, sizeof y))
        return false;
    p->list[p->n_list++] = y;
    return true;
}

static void use_list(df__printing *p)
{
    p->what = p->list;
    p->n = (int)p->n_list;
}

/* The derivation as such of all that this node is the derivative of; or else the node. */
static bool derive_raw(df__printing *p, df_node *u)
{
    df__derivative_of is;
    bool any = false;
    for (int k = 0; df__is_derivative(u, k, &is); k++) {
        if (is.adjoint || is.raw)
            continue;
        any = true;
        if (!add(p, df__derive(is.J, is.x, true)))
            return false;
    }
    return any || add(p, u);
}

static bool take_raw(df__printing *p)
{
    for (int i = 0; i < p->n; i++)
        if (!derive_raw(p, p->what[i]))
            return false;
    use_list(p);
    return true;
}

/* The costs that names speak of and that would have no equation go before all else. */
static bool take_undefined(df__printing *p)
{
    int64_t had = p->n_list;
    for (int i = 0; i < p->n_costs; i++)
        if (p->cost[i].undefined && !add(p, p->cost[i].J))
            return false;
    for (int i = 0; i < p->n; i++)
        if (!add(p, p->what[i]))
            return false;
    memmove(p->list, p->list + had, (size_t)(p->n_list - had) * sizeof *p->list);
    p->n_list -= had;
    use_list(p);
    return true;
}

/* ---- printing -------------------------------------------------------------------------------- */

void *df__print_get(df__printing *p, size_t bytes)
{
    return df__arena_get(&p->copy.g->arena, bytes);
}

/* The names of derivatives are looked up before the copy is made, as that may add nodes. */
static bool prepare_names(df__printing *p)
{
    df__derivative_of is;
    df__is_derivative(p->what[0], 0, &is);
    if (!df__simplify(p->from, p->what, p->n, p->raw, &p->copy))
        return false;
    p->at = df__print_get(p, (size_t)p->copy.g->n_nodes * sizeof *p->at);
    if (!p->at)
        return false;
    df__print_count(p);
    return df__print_names(p);
}

static bool any_undefined(const df__printing *p)
{
    for (int i = 0; i < p->n_costs; i++)
        if (p->cost[i].undefined)
            return true;
    return false;
}

/* What is named decides what is printed: begins anew as long as that adds something. */
static bool prepare(df__printing *p)
{
    bool made = prepare_names(p);
    while (made && any_undefined(p)) {
        made = take_undefined(p);
        df__copy_free(&p->copy);
        made = made && prepare_names(p);
    }
    return made && df__print_lines(p);
}

static bool write_out(df__printing *p, FILE *f)
{
    if (p->how == DF_DOT)
        df__print_dot(p);
    else
        df__print_equations(p);
    if (p->out.failed)
        return df__report(p->from, DF_NO_MEMORY, "print: no memory");
    size_t n = (size_t)p->out.n;
    return ((n == 0 || fwrite(p->out.p, 1, n, f) == n) && fflush(f) == 0) ||
           df__report(p->from, DF_FILE_IO, "print: the file cannot be written");
}

/* Errors of this call are reported, they do not stay: the graph is as usable as before. */
static bool print(df__printing *p, FILE *f)
{
    df_graph *g = p->from;
    df_status before = g->status;
    bool made = (!p->raw || take_raw(p)) && prepare(p) && g->status == before;
    if (!made && before == DF_OK) {
        memcpy(g->report, g->error, sizeof g->report);
        g->status = DF_OK;
        g->error[0] = 0;
        if (!g->report[0])
            df__report(g, DF_NO_MEMORY, "print: no memory");
    }
    made = made && write_out(p, f);
    df__text_free(&p->out);
    df__copy_free(&p->copy);
    return made;
}

bool df_print_list(FILE *f, int how, df_node *const *what, int n)
{
    df_graph *g = graph_of(what, n);
    if (!g || refuse(g, f, how, what, n))
        return false;
    df__printing p = { .from = g, .what = what, .n = n, .how = (df_format)(how & 15),
                      .raw = how & DF_RAW, .prelude = how & DF_PRELUDE, .why = how & DF_WHY,
                      .out.mem = &g->mem };
    locale_t was = df__locale_begin();
    bool done = print(&p, f);
    df__locale_end(was);
    df__put(&g->mem, p.list, (size_t)p.list_cap * sizeof *p.list);
    return done;
}
