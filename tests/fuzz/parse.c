/* parse.c -- any text into df_parse; what it makes is printed and must read back as the same graph
 *
 * SPDX-License-Identifier: MIT
 *
 * A text that fails leaves the graph as it was. */
#include "../same.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what, const char *text)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n%s\n", what, text);
    abort();
}

/* Leaves and the equations of y, in memory. */
static char *listing(df_graph *g, df_node *y)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    write_declarations(f, g);
    must(df_print_list(f, DF_NUMPY | DF_RAW, &y, 1), df_graph_error(g), "");
    fclose(f);
    return text;
}

/* A node that has a name and is no leaf. */
static void round_trip(df_graph *g, df_node *y)
{
    char why[2 * DF_TEXT] = "", *text = listing(g, y);
    df_graph *h = df_graph_new(g->real);
    must(df_parse(h, text) != NULL, df_graph_error(h), text);
    df_node *z = df_find(h, df_name_of(y));
    must(z && same_graph(&y, &z, 1, why), why, text);
    df_graph_free(h);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1);
    df_graph *g = df_graph_new(size % 2 ? DF_FLOAT32 : DF_FLOAT64);
    if (size)
        memcpy(text, data, size);
    df_node *y = df_parse(g, text);
    must(y || g->n_nodes == 0, "a failure left nodes", text);
    must((y != NULL) == (df_graph_status(g) == DF_OK), "status and result differ", text);
    bool derived = g->walks != NULL;             /* printed as derived, not as it is */
    if (y && !derived && g->n_nodes < 300 && *df_name_of(y) && y->op->kind != DF_SOURCE)
        round_trip(g, y);
    df_graph_free(g);
    free(text);
    return 0;
}
