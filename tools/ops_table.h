/* ops_table.h -- what the files of ops_table share
 *
 * SPDX-License-Identifier: MIT
 *
 *     ops_header.c     what dfoo.h says of each call
 *     ops_sample.c     a small graph of a call, with its derivatives
 *     ops_rows.h       which one
 *     ops_table.c      the page */
#ifndef OPS_TABLE_H
#define OPS_TABLE_H
#include <dfoo.h>

enum { LINE = 512, TEXT = 4096, CALLS = 400, OPERANDS = 8, VALUES = 16 };

/* What the header says of a call; group: the text of those that begin here, or "". */
typedef struct { char name[64], call[LINE], text[TEXT], group[TEXT]; } entry;
typedef struct { entry call[CALLS]; int n; } header;

bool read_header(header *h, const char *path);
/* Adds n characters, behind `gap` if there are some before. */
void add_text(char to[TEXT], const char *gap, const char *from, size_t n);

typedef struct {
    const char *call;                          /* without df_ */
    const char *operands;                      /* "x (4, m); i (m) int64" */
    const char *y;                             /* NULL: the call as declared */
    const char *kinks;                         /* "a=0 b=0; a=[1,1] b=[1,2]"; NULL: none */
    df_node *(*make)(df_node *const *x);       /* or made so, where text cannot say it */
} row;

/* The row's graph, with operands, y, and for each operand the product of dy with its derivative. */
typedef struct {
    df_graph *g;
    df_node *x[OPERANDS], *dx[OPERANDS], *y;
    char name[OPERANDS][32], shape[OPERANDS][64];
    const char *result;                        /* "y", or "r" if an operand is called so */
    int n;
} sample;
void read_operands(sample *s, const char *text);
/* A point of .kinks, as operands and values; gives what stands behind it. */
const char *read_point(sample *s, const char *text, double v[OPERANDS][VALUES], int n[OPERANDS]);
bool build(sample *s, const row *r, const char *call, df_type real);
void derive(sample *s);
bool is_zero(const df_node *x);
df_node *counted(const sample *s);                 /* 1, 2, 3, ... in y's shape */
#endif
