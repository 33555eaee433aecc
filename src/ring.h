/* ring.h -- the ring at work on a node
 *
 * SPDX-License-Identifier: MIT */
#ifndef DF_RING_H
#define DF_RING_H
#include "polynomial.h"

typedef struct df__ring {
    df__scratch s;
    df_node *root;
    bool forward;                /* forward nodes are read, too */
    bool closed;                 /* one of them was not */
    const df_node *opened;       /* a shared node that is read all the same, or NULL */
    int entered, deep;
    df__price best;
    const df__poly *p;           /* the best form; NULL: the root as it is */
    bool factored;
} df__ring;

/* ---- ring_read.c ----------------------------------------------------------------------------- */
/* An op whose operands the ring looks into. */
bool df__looks_into(const df_node *y);
/* y as a polynomial; what is too big, or outside, is an atom. NULL: no memory. */
df__poly *df__ring_read(df__ring *r, df_node *y);
#endif
