/* polynomial.h -- sums of products of atoms, in scratch memory: what the ring calculates with
 *
 * SPDX-License-Identifier: MIT */
#ifndef DF_POLYNOMIAL_H
#define DF_POLYNOMIAL_H
#include "df.h"

enum { DF__TERMS = 16, DF__FACTORS = 12, DF__ATOMS = 80, DF__DEGREE = 8, DF__NEAR = 64,
       DF__PRINTED = 3 };

/* c times the product of atom^power, by ascending atoms; no power is 0. */
typedef struct { int16_t atom, power; } df__factor;
typedef struct { double c; int n; df__factor f[DF__FACTORS]; } df__term;

/* Terms in the order in which they first appeared; no two alike, none 0. */
typedef struct { int n; df__term t[DF__TERMS]; } df__poly;

/* A node as it is; or a sum; or an op linear in its operands, of terms in their place. */
typedef struct {
    df_node *node;               /* of a linear op: the one that it is like; of a sum: NULL */
    const df__poly *sum;
    const df__term *of[2];       /* of a linear op: what stands for an operand; NULL: itself */
    df_node *is[2];              /* of a sum: a living node that is it, one that is its negative */
    int64_t born;                /* of a sum: the latest of the nodes that were read as it */
    df_dims dims;
} df__atom;

/* A node near the root that does not live: what it costs, and which of its kind it needs, itself
 * among them. */
typedef struct { df_node *x; bool inside; uint64_t below; int64_t cost; int size; } df__near;

typedef struct {
    df_graph *g;
    df__arena arena;
    df__near near[DF__NEAR];     /* the root, and what is below it: ring.c */
    int n_near;
    df__atom atom[DF__ATOMS];
    int n_atoms;
    bool no_memory;
    bool too_big;                /* a bound was met: what was being made is nothing */
    bool met, merged;            /* powers of opposite signs, or terms, have come together */
    bool opened;                 /* a bracket was opened */
} df__scratch;

bool df__living(const df_node *x);                   /* part of the forward graph, or shared */
df_dims df__joint_dims(df_dims a, df_dims b);        /* of an elementwise op of both */
df__poly *df__new_poly(df__scratch *s);              /* 0; NULL: no memory */
df__term df__term_of(double c, int atom, int power); /* atom < 0: a number */
df__term df__term_times(df__scratch *s, const df__term *a, const df__term *b);
df__term df__term_power(df__scratch *s, const df__term *a, int k);
bool df__same_factors(const df__term *a, const df__term *b);
void df__poly_add(df__scratch *s, df__poly *p, const df__term *t);
int df__degree(const df__poly *p);                   /* the largest sum of |powers| of a term */
int df__node_atom(df__scratch *s, df_node *x);       /* -1: too many */
int df__linear_atom(df__scratch *s, df_node *like, const df__term *const of[2]);
/* p as one term: itself, or its common factor times a sum; y: the node that was read as p, or
 * NULL. */
df__term df__as_term(df__scratch *s, const df__poly *p, df_node *y);
/* Whether a bracket in one of the terms holds a power that meets one of the other sign. */
bool df__would_meet(const df__scratch *s, const df__poly *p);
/* p with one sum of each term multiplied out; NULL: no memory, or too big. */
df__poly *df__open(df__scratch *s, const df__poly *p);

/* ---- group.c: common factors ----------------------------------------------------------------- */
/* p, of terms that have factors in common one each, with a sum in it; NULL: no memory, or too
 * big. */
const df__poly *df__grouped(df__scratch *s, const df__poly *p);

/* ---- ring_cost.c: what nodes cost ------------------------------------------------------------ */
/* The cost of a node, an addition of arrays being 400; of a single number any op is 4. */
int64_t df__node_cost(const df_op *op, double k, df_dims dims);
/* How long a node would be in print, looking that deep: each name, sign and number counts 1. */
int df__size(const df_node *x, int depth);
/* An op that a number goes into at no cost: a sum over examples, a product of matrices. */
bool df__takes_numbers(const df_op *op);
/* A product of a single number and a contraction or an accumulation: it is part of that. */
bool df__costs_nothing(const df_op *op, const df_dims *a, const df_op *a_op, const df_dims *b,
                       const df_op *b_op);
/* The near node, or NULL. */
const df__near *df__near_of(const df__scratch *s, const df_node *x);

/* ---- ring_write.c: polynomials as nodes ------------------------------------------------------ */
/* What a form costs over what lives: lower is better, the first member that differs says. */
typedef struct { int64_t cost; bool is_sum; int size; } df__price;
/* What p would cost, as a product if `factored`; false: too big. */
bool df__try(df__scratch *s, const df__poly *p, bool factored, df__price *price);
/* p as nodes; NULL: no memory. */
df_node *df__write(df__scratch *s, const df__poly *p, bool factored);
#endif
