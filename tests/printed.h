/* printed.h -- what df_print writes, as a string, and a small network to print
 *
 * SPDX-License-Identifier: MIT */
#ifndef DFOO_TESTS_PRINTED_H
#define DFOO_TESTS_PRINTED_H
#include "check.h"
#include "df.h"

/* To be freed. Not inlined: gcc 12 takes the text for a part of this frame. */
__attribute__((noinline)) static char *printed(int how, df_node *const *what, int n)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    bool done = df_print_list(f, how, what, n);
    fclose(f);
    ck_assert_msg(done, "%s", df_graph_error(df_graph_of(what[0])));
    return text;
}

#define PRINT(how, ...) printed(how, (df_node *[]){ __VA_ARGS__ }, DF__COUNT(__VA_ARGS__))

/* One layer, sigmoid and cross-entropy. */
typedef struct { df_graph *g; df_node *X, *Y, *W, *Z, *A, *L, *J; } model;

__attribute__((unused)) static model small(void)
{
    model n = { .g = df_graph_new(DF_FLOAT64) };
    n.X = df_input(n.g, "X", df_shape(3, DF_M));
    n.Y = df_input(n.g, "Y", df_shape(1, DF_M));
    n.W = df_param(n.g, "W", df_shape(1, 3));
    n.Z = df_name(df_matmul(n.W, n.X), "Z");
    n.A = df_name(df_sigmoid(n.Z), "A");
    n.L = df_name(df_cross_entropy(n.A, n.Y), "L");
    n.J = df_name(df_cost(n.L), "J");
    return n;
}
#endif
