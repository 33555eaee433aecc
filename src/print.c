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

static bool add_derived(df_printing *p, df_node *y)
{
    const df_memory *mem = &p->from->mem;
    if (!y || !df__grow(mem, &p->derived, &p->derived_cap, p->n_derived + 1, sizeof y))
        return false;
    p->derived[p->n_derived++] = y;
    return true;
}

/* The derivation as such of all that this node is the derivative of; or else the node. */
static bool derive_raw(df_printing *p, df_node *u)
{
    df_derivative_of is;
    bool any = false;
    for (int k = 0; df__derivative_of(u, k, &is); k++) {
        if (is.adjoint || is.raw)
            continue;
        any = true;
        if (!add_derived(p, df__derive(is.J, is.x, true)))
            return false;
    }
    return any || add_derived(p, u);
}

static bool take_raw(df_printing *p)
{
    for (int i = 0; i < p->n; i++)
        if (!derive_raw(p, p->what[i]))
            return false;
    p->what = p->derived;
    p->n = (int)p->n_derived;
    return true;
}

/* ---- printing -------------------------------------------------------------------------------- */

/* The names of derivatives are looked up before the copy is made, as that may add nodes. */
static bool prepare(df_printing *p)
{
    df_derivative_of is;
    df__derivative_of(p->what[0], 0, &is);
    if (!df__simplify(p->from, p->what, p->n, p->raw, &p->copy))
        return false;
    p->at = df__print_get(p, (size_t)p->copy.g->n_nodes * sizeof *p->at);
    if (!p->at)
        return false;
    df__print_count(p);
    return df__print_names(p) && df__print_lines(p);
}

static bool write_out(df_printing *p, FILE *f)
{
    if (p->how == DF_DOT)
        df__print_dot(p);
    else
        df__print_equations(p);
    if (p->out.failed)
        return df__report(p->from, DF_NO_MEMORY, "print: no memory");
    size_t n = (size_t)p->out.n;
    return n == 0 || fwrite(p->out.p, 1, n, f) == n ||
           df__report(p->from, DF_FILE_IO, "print: the file cannot be written");
}

/* Errors of this call are reported, they do not stay: the graph is as usable as before. */
static bool print(df_printing *p, FILE *f)
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
    df_printing p = { .from = g, .what = what, .n = n, .how = (df_format)(how & 15),
                      .raw = how & DF_RAW, .prelude = how & DF_PRELUDE, .why = how & DF_WHY,
                      .out.mem = &g->mem };
    locale_t was = df__locale_begin();
    bool done = print(&p, f);
    df__locale_end(was);
    df__put(&g->mem, p.derived, (size_t)p.derived_cap * sizeof *p.derived);
    return done;
}
