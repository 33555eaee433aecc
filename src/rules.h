/* rules.h -- what reading, matching and the table of rules share
 *
 * SPDX-License-Identifier: MIT */
#ifndef DF_RULES_H
#define DF_RULES_H
#include "df.h"

enum { DF__LETTERS = 26, DF__CONDITIONS = 2 };

/* One node of a rule's side. */
typedef struct df__pattern {
    const df_op *op;             /* NULL: a letter */
    int letter;
    double number;               /* the value of a number, the exponent of a power */
    bool any_sign;               /* the negation of a letter that stands there once more */
    struct df__pattern *x[DF_ARITY];
} df__pattern;

/* letter > than, letter >= than, no inner node has another user, letter is a one_hot along the
 * axis */
typedef struct {
    enum { DF__ABOVE, DF__AT_LEAST, DF__SINGLE, DF__ONE_HOT } what;
    int letter;
    double than;
} df__condition;

typedef struct df__rule {
    struct df__rule *next;
    unsigned phase;
    const char *text;
    df__pattern *before, *after;
    uint64_t needs;              /* bits of the ops that the root's operands must have */
    df__condition only[DF__CONDITIONS];
    int n_only;
} df__rule;

/* The rules that begin with an op. */
typedef struct df__op_rules {
    struct df__op_rules *next;
    const df_op *op;
    unsigned phases, hooks;      /* of these; of the hooks for its kind */
    df__rule *first, **end;
} df__op_rules;

/* A bit for an op, for sets in which two may look like one. */
static inline uint64_t df__op_bit(const df_op *op)
{
    return (uint64_t)1 << ((uint64_t)(uintptr_t)op * 0x9E3779B97F4A7C15u >> 58);
}

/* ---- hooks_views.c: hooks, in the table of hooks.c ------------------------------------------- */
df_node *df__reshape_once(df_graph *g, df_node *y);
df_node *df__slice_once(df_graph *g, df_node *y);
df_node *df__slice_of_unslice(df_graph *g, df_node *y);
df_node *df__slice_of_concat(df_graph *g, df_node *y);
df_node *df__sum_of_concat(df_graph *g, df_node *y);

/* The graph's rules, read when first needed (pattern.c). NULL: no memory. */
df__rule_set *df__rules_for(df_graph *g);
/* Those that begin with this op; an op met for the first time brings its own. NULL: no memory. */
const df__op_rules *df__rules_of(df__rule_set *set, const df_op *op);
/* Reads one side. seen: how often each letter stands in it. NULL: no expression, or no memory. */
df__pattern *df__read_pattern(df__rule_set *set, const char *text, int seen[DF__LETTERS]);
#endif
