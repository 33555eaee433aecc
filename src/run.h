/* run.h -- what the parts of a run share
 *
 * SPDX-License-Identifier: MIT */
#ifndef DF_RUN_H
#define DF_RUN_H
#include "plan.h"

typedef struct {
    df_program *p;
    const df__plan *plan;
    /* examples first .. first + m - 1 of the arrays, or which[0 .. m - 1] */
    int64_t first, m;
    const int64_t *which;
    uint64_t runs;               /* how many runs of the graph have updated something */
    bool same_m;                 /* as the last run: what depends on m alone is there */
    /* the first that a step refused, the program has the error; -1: none */
    int64_t bad_row;
    bool not_finite;             /* an output that was stored is not */
    bool too_large;              /* an integer is, for the array it goes to */
} df__running;

/* ---- ready.c --------------------------------------------------------------------------------- */
/* The m of the binds if all is bound that the program reads; 0: the program has the error. */
int64_t df__ready(df_program *p);
/* Outputs that carry m have a place, and nothing overlaps. */
bool df__outputs_ready(const df__running *r);

/* ---- pass.c ---------------------------------------------------------------------------------- */
void **df__table(const df__running *r, int thread);      /* where each slot is, for that thread */
void df__set_tables(const df__running *r);
void df__run_pass(df__running *r, const df__segment *seg);
void df__run_between(df__running *r, const df__segment *seg);
#endif
