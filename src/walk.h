/* walk.h -- what a walk knows of the nodes behind its J
 *
 * SPDX-License-Identifier: MIT */
#ifndef DF_WALK_H
#define DF_WALK_H
#include "df.h"

enum {
    CONE = 1, /* J as walked depends on it */
    PATH = 2, /* its adjoint was asked for, or is on the way of one that was */
    VARIES = 4, /* depends on a parameter (or, where there is none, on an input) */
    TOP = 8, /* J, and what only such nodes use, as long as it is the same for all examples */
    WRITTEN = 16 /* J as the user wrote it depends on it */
};

static inline bool df__has(const df__walk *w, const df_node *x, int bit)
{
    return x->id < w->n && (w->mark[x->id] & bit);
}

/* The walk of J with that adjoint (NULL: 1), found or made. NULL: no memory. */
df__walk *df__walk_for(df_node *J, df_node *seed, const df_node *pin, bool raw);
/* Says to the ring which nodes are there anyway. */
void df__walk_enter(const df__walk *w);

/* ---- edge.c ---------------------------------------------------------------------------------- */
/* The ring's form of v, unless the walk is raw; NULL: v was, or no memory. */
df_node *df__simple(const df__walk *w, df_node *v);
/* v stretched to that shape; NULL stays. */
df_node *df__fit(df_node *v, df_dims to);
/* What y's adjoint gives to its operand i. NULL: the graph has the error. */
df_node *df__edge(const df__walk *w, df_node *y, int i);

/* ---- parts.c --------------------------------------------------------------------------------- */
/* A user, by id, that is a slice of neighbours, has its adjoint, and may be put together. */
bool df__is_part(const df__walk *w, int64_t user);
int64_t df__count_parts(const df__walk *w, const df_node *x);
/* What these n > 0 users give to x. NULL: the graph has the error. */
df_node *df__adjoint_of_parts(const df__walk *w, const df_node *x, int64_t n);
#endif
