/* ops.h -- what the ops share beyond dfoo/op.h
 *
 * SPDX-License-Identifier: MIT */
#ifndef DF_OPS_H
#define DF_OPS_H
#include <dfoo/op.h>
#include <string.h>

#define OP(name) extern const df_op name;
#include "ops.list"
#undef OP

/* ---- src/graph.c, src/shape.c ---------------------------------------------------------------- */
/* Makes a node of an op whose shape rule reads y: dims is what it is asked for. */
df_node *df__make(df_graph *g, const df_op *op, df_node *const *x, int n, const df_attr *attr,
                  const df_dims *dims);
/* A node of that op that is like no other: attr.i[0] is its number. */
df_node *df__random(df_graph *g, const df_op *op, df_dims s);
int64_t df__per_example(df_dims s);
/* A leaf with a name, if `dots` one with dots. NULL: the graph has the error. */
df_node *df__new_leaf(df_graph *g, const df_op *op, const char *name, df_type type, df_dims s,
                  bool dots);
bool df__dims_equal(df_dims a, df_dims b);
bool df__is_scalar(df_dims s);
bool df__stretches(df_dims a, df_dims to);
const char *df__dims_text(df_dims s, char *text, size_t size);

/* ---- src/random.c ---------------------------------------------------------------------------- */
double df__uniform(uint64_t seed, uint64_t stream, uint64_t index);
double df__normal(uint64_t seed, uint64_t stream, uint64_t index);

/* ---- src/ops.c ------------------------------------------------------------------------------- */
/* False: x is NULL, or, which the graph has as an error, it assigns and has no value. */
bool df__is_value(const char *call, df_node *x);
/* The set {axis} of x, an axis from the end being negative and DF_M that of the examples. 0: there
 * is none; the graph has the error, in the name of that call. */
int64_t df__axis(const char *call, df_node *x, int axis);
int df__axis_of(int64_t axes);                 /* the first axis of a set; -1: it is empty */
int64_t df__long_axes(const df_node *x, int64_t axes); /* the set without x's axes of size 1 */
/* False: a or b is NULL or they are of two graphs; or, of the second, their shapes differ. The
 * graph has the error. */
bool df__together(const char *call, df_node *a, df_node *b);
bool df__same_shape(const char *call, df_node *a, df_node *b);
/* The error "matmul: a (2 x 3) @ b (1): why". Always NULL. */
/* A loss compares: the two have one shape, or one is a single number; false: the graph has the
 * error. */
bool df__comparable(const char *call, df_node *a, df_node *y);
df_node *df__refuse_two(const char *call, df_node *a, const char *sign, df_node *b,
                        const char *why);

/* ---- sum.c, reductions.c --------------------------------------------------------------------- */
/* Over a set of axes, which then have size 1; to_number: over all, and the result is (1). */
df_node *df__sum_over(df_node *x, int64_t axes, bool to_number);
df_node *df__mean_over(df_node *x, int64_t axes); /* not with an empty set */
df_node *df__reduce(const df_op *op, df_node *x, int64_t axes, bool to_number);
/* The set of n axes; 0: the graph has the error, in the name of that call. */
int64_t df__axes(const char *call, df_node *x, int n, const int *axes);
df_template df__reduction_text;

/* ---- slice.c --------------------------------------------------------------------------------- */
df_node *df__slice(const char *call, df_node *x, int axis, int64_t first, int64_t n, int64_t step);

/* ---- one_hot.c ------------------------------------------------------------------------------- */
/* Classes in place of that axis of size 1, or behind the last axis. */
df_node *df__one_hot_along(df_node *labels, int axis, int64_t classes);
bool df__is_one_hot_along(const df_node *x, int axis);

/* ---- contract.c, contract_print.c ------------------------------------------------------------ */
int df__letter(const int8_t *of, int letter);  /* the axis that has this letter, or -1 */
df_template df__contract_text;
/* The sum of a contraction over axes whose letters both operands have, as a contraction; NULL: it
 * is none. */
df_node *df__sum_in_contraction(df_node *y, int64_t axes, bool to_number);
#endif
