/* board.h -- an input for every letter of the alphabet but m, with values, to write expressions of
 *
 * SPDX-License-Identifier: MIT */
#ifndef DFOO_TESTS_BOARD_H
#define DFOO_TESTS_BOARD_H
#include "check.h"
#include "evaluate.h"

enum { LETTERS = 26, VALUES = 12 };

typedef struct {
    df_graph *g;
    df_node *letter[LETTERS];
    double v[LETTERS][VALUES];
    evaluation e;
} board;

static uint64_t state;

static inline double uniform(double low, double high)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(state >> 11) / 9007199254740992.0;
}

static inline void make_board(board *b, int64_t m, df_dims (*shape)(char letter))
{
    *b = (board){ .g = df_graph_new(DF_FLOAT64), .e = { .m = m } };
    for (int i = 0; i < LETTERS; i++) {
        char name[] = { (char)('a' + i), 0 };
        if (name[0] == 'm')
            continue;
        b->letter[i] = df_input(b->g, name, shape(name[0]));
        b->e.x[b->e.n] = b->letter[i];
        b->e.v[b->e.n++] = b->v[i];
        for (int k = 0; k < VALUES; k++)
            b->v[i][k] = uniform(0.2, 0.9);
    }
}

static inline df_node *build(board *b, const char *text)
{
    df_node *y = df__from_text(b->g, text, b->letter, 1);
    ck_assert_msg(y != NULL, "%s: %s", text, df_graph_error(b->g));
    return y;
}
#endif
