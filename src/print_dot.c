/* print_dot.c -- a picture of a graph, for Graphviz
 *
 * SPDX-License-Identifier: MIT
 *
 * From top to bottom: data and parameters, the forward part, the backward part, updates; each a
 * box of its own. Numbers stand beside each node that uses them, so that no edge crosses the
 * picture for a 1. */
#include "print.h"

typedef enum { DATA, FORWARD, BACKWARD, UPDATE, PARTS } part;
static const struct { const char *label, *border, *fill; } parts[PARTS] = {
    [FORWARD] = { "forward", "#4878a8", "#dce9f5" },
    [BACKWARD] = { "backward", "#b06030", "#f8e3d4" },
    [UPDATE] = { "update", "#707070", "#e8e8e8" },
};

static bool is_number(const df_node *y)
{
    return y->op == &df__op_number || y->op == &df__op_examples;
}

/* What is made of derivatives, where there are updates, is for these. */
static part part_of(const df__printing *p, const df_node *y)
{
    const df__entry *e = &p->at[y->id];
    if (y->op->kind == DF_SOURCE)
        return DATA;
    bool update = y->op->kind == DF_UPDATE || (p->updates.first && !e->derivative);
    return e->forward ? FORWARD : update ? UPDATE : BACKWARD;
}

/* Text between quotes. */
static void put_quoted(df__text *out, const char *s)
{
    for (; *s; s++)
        df__text_put(out, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
}

/* Name, op and shape, one below the other. */
static void put_label(df__printing *p, const df_node *y)
{
    char text[DF_TEXT];
    const char *name = p->at[y->op == &df__op_update ? y->x[0]->id : y->id].name;
    df__text_add(&p->out, "label=\"");
    if (name) {
        put_quoted(&p->out, name);
        df__text_add(&p->out, "\\n");
    }
    if (is_number(y))
        df__text_add(&p->out, y->op == &df__op_examples
                                  ? "m" : df__number_text(y->attr.f[0], p->from->real, text));
    else
        put_quoted(&p->out, y->op->name);
    if (y->attr.f[0] != 0 && !is_number(y))
        df__text_put(&p->out, " %s", df__number_text(y->attr.f[0], p->from->real, text));
    if (y->op->kind != DF_UPDATE && !(is_number(y) && df__is_scalar(y->dims)))
        df__text_put(&p->out, "\\n%s", df__dims_text(y->dims, text, sizeof text));
    df__text_add(&p->out, "\"");
}

/* A number gets a node of its own for each use, beside that use. */
static void put_number(df__printing *p, const df_node *y, int i)
{
    df__text_put(&p->out, "        n%lld_%d [", (long long)y->id, i);
    put_label(p, y->x[i]);
    df__text_add(&p->out, ", shape=plaintext, style=\"\"];\n");
}

static void put_node(df__printing *p, const df_node *y, part k)
{
    const char *shape = y->op == &df__op_input ? "shape=ellipse, fillcolor=\"#fff3b8\"" :
                        k == DATA ? "shape=box3d, fillcolor=\"#d5ecd0\"" : "";
    df__text_put(&p->out, "%sn%lld [", k == DATA ? "    " : "        ", (long long)y->id);
    put_label(p, y);
    if (k == DATA)
        df__text_put(&p->out, ", %s", shape);
    else
        df__text_put(&p->out, ", fillcolor=\"%s\"%s", parts[k].fill,
                     p->at[y->id].asked ? ", penwidth=2" : "");
    df__text_add(&p->out, "];\n");
    for (int i = 0; i < y->n; i++)
        if (is_number(y->x[i]))
            put_number(p, y, i);
}

/* The nodes of one part; a part without any gets no box. */
static void put_part(df__printing *p, part k)
{
    const df_graph *g = p->copy.g;
    bool any = false;
    for (int64_t id = 0; id < g->n_nodes; id++) {
        const df_node *y = g->node[id];
        if (!p->at[id].needed || part_of(p, y) != k || (is_number(y) && p->at[id].uses > 0))
            continue;
        if (!any && k != DATA)
            df__text_put(&p->out, "    subgraph cluster_%s {\n"
                                  "        label=\"%s\"; color=\"%s\"; fontcolor=\"%s\";\n",
                         parts[k].label, parts[k].label, parts[k].border, parts[k].border);
        any = true;
        put_node(p, y, k);
    }
    df__text_add(&p->out, any && k != DATA ? "    }\n" : "");
}

/* An update is not made of what it assigns to. */
static void put_edge(df__printing *p, const df_node *y, int i)
{
    if (y->op == &df__op_update && i == 0)
        return;
    if (is_number(y->x[i]))
        df__text_put(&p->out, "    n%lld_%d -> n%lld;\n", (long long)y->id, i, (long long)y->id);
    else
        df__text_put(&p->out, "    n%lld -> n%lld;\n", (long long)y->x[i]->id, (long long)y->id);
}

void df__print_dot(df__printing *p)
{
    df__text_add(&p->out,
                 "digraph dfoo {\n"
                 "    graph [rankdir=TB, fontname=\"Helvetica\", nodesep=0.25, ranksep=0.35];\n"
                 "    node [shape=box, style=\"filled,rounded\", fontname=\"Helvetica\","
                 " fontsize=11];\n"
                 "    edge [color=\"#606060\", arrowsize=0.7];\n");
    for (part k = DATA; k < PARTS; k++)
        put_part(p, k);
    for (int64_t id = 0; id < p->copy.g->n_nodes; id++)
        for (int i = 0; p->at[id].needed && i < p->copy.g->node[id]->n; i++)
            put_edge(p, p->copy.g->node[id], i);
    df__print_why(p, "    //");
    df__text_add(&p->out, "}\n");
}
