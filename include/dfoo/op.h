/* dfoo/op.h -- what it takes to define an op: all that ops/ includes, and all that an op of your own needs
 *
 * SPDX-License-Identifier: MIT
 *
 * An op is one constant df_op: name, shape rule, kernel for its kind, one derivative per operand, printed form. */
#ifndef DFOO_OP_H
#define DFOO_OP_H
#include "../dfoo.h"
#ifndef __cplusplus       /* kernels are C */
#include "vector.h"       /* DF_MAP1, DF_MAP2, DF_MAP3; EXP, LOG, TANH, ... in both precisions */
#endif
DF_BEGIN

#define DF_ARITY 4        /* operands at most, but for ops of any number (arity -1) */
#define DF_TEXT 256       /* room for a message or a printed template */

typedef struct df_op df_op;

/* What distinguishes two nodes of one op beyond their operands; unused fields are zero. */
typedef struct {
    double f[2];                 /* numbers: an exponent, a slope */
    int64_t i[4];                /* counts: i[0] of a reduction or a softmax is its set of axes, a bit each */
    int8_t axes[3][DF_RANK];     /* a contraction's letters 1..n of a, b and result; a transpose's permutation */
} df_attr;

/* What the planner knows of an op. */
typedef enum {
    DF_SOURCE,                   /* no operands: data, parameters, numbers */
    DF_MAP,                      /* element by element; operands stretch over sizes of 1 */
    DF_REDUCE,                   /* axes collapse to size 1 */
    DF_CONTRACT,                 /* sums of products over shared letters */
    DF_VIEW,                     /* elements taken from other places */
    DF_OPAQUE,                   /* a kernel over whole rows: one block of examples at a time */
    DF_UPDATE                    /* assigns at the end of a run */
} df_kind;

/* What the simplifier knows: how an op takes part in sums and products. */
typedef enum { DF_ATOM, DF_SUM, DF_DIFFERENCE, DF_NEGATIVE, DF_PRODUCT, DF_QUOTIENT, DF_POWER, DF_NUMBER } df_algebra;

/* Levels of the printed form, weakest binding first; 0 is a call or a name. */
enum { DF_AT_SUM = 1, DF_AT_PRODUCT, DF_AT_MINUS, DF_AT_POWER };

/* A shape rule reads x, types and attr, and sets y (and y_type, if not the graph's float type), or says in
 * `why` which rule broke and returns a status other than DF_OK. */
typedef struct {
    const df_op *op;
    int n;
    const df_dims *x;
    const df_type *x_type;
    df_attr *attr;               /* may be normalised: axis -1 becomes the last */
    df_dims y;                   /* on entry: what the caller asked for, of sources and broadcasts */
    df_type y_type;
    char why[DF_TEXT];
} df_shaping;
typedef df_status df_shape_rule(df_shaping *s);
df_status df_shape_same(df_shaping *s);        /* one operand; y as it */
df_status df_shape_stretch(df_shaping *s);     /* elementwise with broadcasting of sizes 1 and of (1) */
df_status df_shape_reduce(df_shaping *s);      /* attr->i[0] axes become 1; attr->i[1]: the result is (1) */
df_status df_refuse(df_shaping *s, df_status status, const char *why, ...) __attribute__((format(printf, 3, 4)));

/* A derivative: the product of dy with dy/dx_i, as graph. dy has y's shape or stretches to it; the result may be of
 * y's shape (sums over stretched axes are added) or stretch to x_i's. */
typedef struct {
    df_graph *g;
    df_node *y, *dy;
    df_node *const *x;
    const df_attr *attr;
} df_at;
typedef df_node *df_derivative(const df_at *at);
df_node *df_d_zero(const df_at *at);           /* marks an operand whose derivative is 0 everywhere */

/* y[i] = f(x0[i step0], x1[i step1], ...); steps are 0 or 1. y may be one of the x. */
typedef void df_map_kernel(int64_t n, void *y, const void *const *x, const int64_t *step, const df_attr *attr);
/* y[o][i] = the reduction of x[o][.][i] (outer x len x inner); fresh: y is overwritten, else combined with. */
typedef void df_reduce_kernel(int64_t outer, int64_t len, int64_t inner, bool fresh, void *y, const void *x);
/* A block of `rows` examples (1 without m). Memory: example after example, each in C order of the dims without m.
 * Integer operands arrive as int64_t. Returns -1, or the example that has a bad value, with `why` set. */
typedef struct {
    int64_t rows;
    int n;
    const void *x[DF_ARITY];
    df_dims x_dims[DF_ARITY];    /* as declared, with DF_M */
    void *y;
    df_dims y_dims;
    df_type y_type;              /* of integers: DF_INT64, as they are written */
    const df_attr *attr;
    void *scratch;               /* what the op's .scratch asks for */
    char why[DF_TEXT];
    const int64_t *which;        /* which examples of the data the rows are; NULL: from `first` on */
    int64_t first;
    uint64_t seed, run;          /* the graph's seed, and how many runs have updated something */
} df_block;
static inline int64_t df_example_of(const df_block *b, int64_t row)
{
    return b->which ? b->which[row] : b->first + row;
}
typedef int64_t df_block_kernel(df_block *b);
/* Where a declared axis (not m) lies in such a block: index = (o * len + a) * inner + i, o < outer. */
void df_axis_of_block(df_dims dims, int64_t rows, int axis, int64_t *outer, int64_t *len, int64_t *inner);
/* A view: where element (0, 0, ...) of y lies in a block of x, and how many elements further the next one along each
 * axis of y is: 0 where y repeats; along m what df_block_strides says of x. */
typedef struct { int64_t offset, stride[DF_RANK]; } df_view;
typedef void df_view_map(const df_node *y, df_view *v);
/* The distances between neighbours along each declared axis of such a block. */
void df_block_strides(df_dims dims, int64_t stride[DF_RANK]);
/* The printed form of one node where a fixed text is not enough: a template like .numpy, and its level. */
typedef int df_template(const df_node *y, df_format how, char text[DF_TEXT]);

struct df_op {
    int abi;                     /* DF_OP */
    const char *name;
    /* %0 %1: operands, in brackets where what stands beside them needs it; %k: attr.f[0], %l: attr.f[1], %n: attr.i[0],
     * %x: the axes of attr.i[0] (LaTeX: in _{%x}), %s: the shape as a tuple. NULL: name(%0, ...) */
    const char *numpy, *latex;
    const char *prelude;         /* the function's definition, where NumPy has none */
    df_template *print;
    int level;
    df_kind kind;
    df_algebra algebra;
    int arity;                   /* -1: any number */
    unsigned linear;             /* bit i: linear in operand i, so a number can be taken out */
    bool commutes;
    bool takes_integers;         /* operands may be of integer types */
    bool whole_batch;            /* an opaque op that must see all examples at once */
    bool blas;                   /* its kernel calls BLAS or LAPACK, which not every build lets two threads do */
    bool adds_up;                /* an opaque op whose y has no m: its kernel adds to y what a block gives */
    double range[2];             /* open interval its values lie in; both 0: unknown */
    double cost;                 /* of an element, an addition being 1; 0: 1 */
    df_shape_rule *shape;
    df_map_kernel *map[2];       /* float, double */
    df_reduce_kernel *reduce[2];
    df_block_kernel *block[2];
    int64_t (*scratch)(const df_node *y); /* numbers of room that its kernel needs, for a block of any size */
    df_view_map *view;
    df_derivative *d[DF_ARITY];  /* NULL: not differentiable in that operand */
    const char *rules;           /* rewrite rules of its own, "a -> b" a line */
    double test[2];              /* where gradient checks sample; both 0: -2 .. 2 */
    const char *read;            /* what else df_parse reads as this op, forms like .numpy, a line each; of ops that
                                  * have .print: all. %l: attr.f[1], %j: attr.i[1], %p: attr.axes[0] as a tuple */
    const void *reserved[2];
};
#define DF_OP 1
#define DF_BOTH(name) { name##_f32, name##_f64 }

/* Makes a node: checks operands and shape, finds an equal node or adds one. attr NULL: zeros. */
df_node *df_apply(const df_op *op, df_node *const *x, int n, const df_attr *attr);
df_node *df_apply1(const df_op *op, df_node *x);
df_node *df_apply2(const df_op *op, df_node *a, df_node *b);
/* An error of the caller's call: the graph keeps it; always NULL. x may be NULL. */
df_node *df_fail(df_graph *g, df_status s, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "W1 (4 x 2)", "tanh (4 x m)", for messages. Returns text. */
const char *df_describe(const df_node *x, char *text, size_t size);

/* Questions an op may ask of a node. */
const df_op *df_op_of(const df_node *x);
const df_attr *df_attr_of(const df_node *x);
df_type df_type_of(const df_node *x);
df_node *df_operand(const df_node *y, int i);  /* the i-th, from 0 */
int df_operands(const df_node *y);             /* how many there are */
int df_m_axis(df_dims s);                      /* which axis is DF_M; -1: none */
df_node *df_one_minus(df_node *x);             /* 1 - x */
df_node *df_num_like(const df_node *x, double v); /* a number of x's graph */
df_node *df_broadcast(df_node *x, df_dims to); /* x stretched to that shape */
/* The derivative of df_convolve by K, of y; elements of windows as an axis, and the derivative of that (pooling.c). */
df_node *df_convolve_kernel(df_node *x, df_node *y, df_dims K, df_window w);
df_node *df_windows(df_node *x, int64_t size, int64_t stride, int64_t padding, double fill);
df_node *df_windows_sum(df_node *y, df_dims image, int64_t size, int64_t stride, int64_t padding);
df_node *df_triangle(df_node *A, double diagonal, bool upper); /* a triangle of A, its diagonal times that; else 0 */
df_node *df_axes_sum(df_node *x, int64_t axes, bool to_number); /* sum over a set of axes, a bit each */
/* The sum of a b over the letters that the result lacks: letters of each axis of a, b and the result, from 1; no
 * letter twice in one. A letter that only one of the three has is an axis of size 1. */
df_node *df_contract(df_node *a, df_node *b, const int8_t *of_a, const int8_t *of_b, const int8_t *of_y, int y_rank);
DF_END
#endif
