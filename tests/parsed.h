/* parsed.h -- a graph from text, and leaves of every kind
 *
 * SPDX-License-Identifier: MIT */
#ifndef DFOO_TESTS_PARSED_H
#define DFOO_TESTS_PARSED_H
#include "check.h"
#include "same.h"

/* a, b, c are (2 x m), p (2 x 1), s (1), W (3 x 2), i (m) integers, T (2, m, 3). */
__attribute__((unused)) static const char leaves[] =
    "input a (2, m)\ninput b (2, m)\ninput c (2, m)\nparam p (2, 1)\nparam s (1)\n"
    "param W (3, 2)\nparam V (3, 2)\nparam Q (2, 2)\ninput R (m, 2)\n"
    "input i (m) int32\ninput j (1, m) uint8\ninput k (2, m) int64\ninput T (2, m, 3)\n"
    "input I (m, 2, 6)\ninput B (2, 2, m)\nparam K (2, 2, 3)\n";

__attribute__((unused)) static df_node *parsed(df_graph *g, const char *text)
{
    df_node *y = df_parse(g, text);
    ck_assert_msg(y != NULL, "%s\n%s", df_graph_error(g), text);
    return y;
}
#endif
