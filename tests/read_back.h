/* read_back.h -- prints, reads into a new graph, and compares node for node
 *
 * SPDX-License-Identifier: MIT */
#ifndef DFOO_TESTS_READ_BACK_H
#define DFOO_TESTS_READ_BACK_H
#include "parsed.h"

/* An update is the value of the text that it is read from. */
static void name_out(df_graph *g, df_node *y, int i, const char *what)
{
    char name[16];
    snprintf(name, sizeof name, "out%d", i);
    if (y->op->kind != DF_UPDATE)
        ck_assert_msg(df_name(y, name) == y, "%s: %s", what, df_graph_error(g));
}

/* Prints y as derived, reads it into a new graph, compares. */
static void round_trip(const char *what, df_graph *g, df_node *const *y, int n)
{
    df_graph *h = df_graph_new(g->real);
    df_node *is[8];
    char *text = NULL, name[16], why[2 * DF_TEXT] = "";
    size_t size;
    for (int i = 0; i < n; i++)
        name_out(g, y[i], i, what);
    FILE *f = open_memstream(&text, &size);
    write_declarations(f, g);
    ck_assert(df_print_list(f, DF_NUMPY | DF_RAW, y, n));
    fclose(f);
    df_node *last = df_parse(h, text);
    ck_assert_msg(last != NULL, "%s: %s in:\n%s", what, df_graph_error(h), text);
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "out%d", i);
        is[i] = y[i]->op->kind == DF_UPDATE ? last : df_find(h, name);
        ck_assert_msg(is[i] != NULL, "%s: no %s in:\n%s", what, name, text);
    }
    ck_assert_msg(same_graph(y, is, n, why), "%s: %s in:\n%s", what, why, text);
    free(text);
    df_graph_free(h);
}
#endif
