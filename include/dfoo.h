/* dfoo.h -- you write foo, it derives dfoo
 *
 * SPDX-License-Identifier: MIT
 *
 * Build the forward computation as a graph, ask for derivatives with df_d, compile what you need into
 * a program, bind your arrays, run.
 *
 *     df_graph *g = df_graph_new(DF_FLOAT32);
 *     df_node *X = df_input(g, "X", df_shape(2, DF_M)), *Y = df_input(g, "Y", df_shape(1, DF_M));
 *     df_node *W = df_param(g, "W", df_shape(1, 2)),    *b = df_param(g, "b", df_shape(1, 1));
 *     df_node *A = df_sigmoid(df_add_bias(df_matmul(W, X), b));
 *     df_node *J = df_cost(df_cross_entropy(A, Y));
 *     df_print(stdout, DF_NUMPY, J, df_d(J, W));
 *
 * Shapes.  DF_M in a shape is the number of examples, a symbol: one program runs with any m.  An array
 *   without DF_M lies in C order; one with it lies example after example, each in C order of its other
 *   dimensions, wherever DF_M stands in the shape.
 * Owners.  The graph owns nodes, names, parameters, programs and arrays read from files;
 *   df_graph_free ends them all.  You own what you bind, and keep it alive while programs run.
 * Errors.  Calls that return a node or a program return NULL on failure and the graph keeps the first
 *   message; a NULL operand gives NULL again, so one check at df_compile is enough.  Calls that return
 *   bool change nothing on failure and leave the reason in df_graph_error (of the graph) or
 *   df_program_error (of the program).  The library never prints, exits or aborts.
 * Threads.  Building calls: one thread per graph at a time.  A program: one thread at a time; clones of
 *   it may run at the same time if none updates what another reads. */
#ifndef DFOO_H
#define DFOO_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "dfoo/begin.h"
DF_BEGIN

/* ---- 1. Types ---------------------------------------------------------------------------------- */
#define DF_VERSION 100
typedef struct df_graph df_graph;     /* nodes, names, parameters */
typedef struct df_node df_node;       /* one value of the computation; belongs to its graph */
typedef struct df_program df_program; /* a compiled plan with its workspace and binds */
typedef enum { DF_FLOAT32 = 1, DF_FLOAT64, DF_UINT8, DF_INT32, DF_INT64 } df_type;
typedef enum {
    DF_OK, DF_NO_MEMORY, DF_BAD_CALL, DF_BAD_SHAPE, DF_BAD_TYPE, DF_BAD_VALUE,
    DF_NOT_FINITE, DF_UNBOUND, DF_NO_FILE, DF_FILE_IO, DF_FILE_FORMAT
} df_status;

/* ---- 2. Shapes --------------------------------------------------------------------------------- */
#define DF_RANK 8                 /* dimensions at most */
#define DF_M ((int64_t)-109)      /* the number of examples; at most once in a shape */
typedef struct { int rank; int64_t size[DF_RANK]; } df_dims;
/* df_shape(4, DF_M): a shape from its sizes, one to eight of them, each at least 1 or DF_M. */
#define df_shape(...) DF__SHAPE(__VA_ARGS__, DF__E, DF__E, DF__E, DF__E, DF__E, DF__E, DF__E, DF__E, DF__E)
#define DF__SHAPE(a, b, c, d, e, f, g, h, i, ...) df_dims_9(a, b, c, d, e, f, g, h, i)
#define DF__E INT64_MIN
df_dims df_dims_9(int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t end);
/* The same from an array, for shapes computed at run time. A bad shape is reported by the call it is given to. */
df_dims df_dims_of(int rank, const int64_t *size);

/* ---- 3. Graph and errors ----------------------------------------------------------------------- */
/* Where a graph gets its memory. get: `bytes` aligned to `align` (a power of 2), or NULL; put: gives back. */
typedef struct {
    void *(*get)(void *user, size_t bytes, size_t align);
    void (*put)(void *user, void *p, size_t bytes);
    void *user;
} df_memory;
/* A new, empty graph whose values are floats or doubles. NULL: no memory, or the header is newer than the library. */
#define df_graph_new(real) df_graph_make(real, NULL, DF_VERSION)
#define df_graph_new_in(real, mem) df_graph_make(real, mem, DF_VERSION)
df_graph *df_graph_make(df_type real, const df_memory *mem, int header_version);
/* Ends the graph with everything it owns. NULL is fine. */
void df_graph_free(df_graph *g);
/* DF_OK, or the code of the first error of a call that returns a node or program. Of NULL: DF_NO_MEMORY. */
df_status df_graph_status(const df_graph *g);
/* Its text, "net.c:31: matmul: ...", or else that of the last failed bool call; "" if none. Never NULL. */
const char *df_graph_error(const df_graph *g);
/* Back to DF_OK. What was built before the error stays valid. */
void df_graph_forgive(df_graph *g);
/* Calls f at each error, the moment it happens. */
void df_graph_on_error(df_graph *g, void (*f)(void *user, df_status s, const char *text), void *user);
/* The seed of initial and random values. The default is 0. */
void df_seed(df_graph *g, uint64_t seed);

/* ---- 4. Sources -------------------------------------------------------------------------------- */
/* Names are C identifiers, not `m`, `np`, an op's name or a Python keyword, and used once in a graph. */
/* Data bound before a run, of the graph's float type. -> s */
df_node *df_input(df_graph *g, const char *name, df_dims s);
/* Data stored as another type. Integers (labels) feed df_one_hot, df_equal, df_float and losses; floats
 * of the other width are converted. -> s */
df_node *df_input_of(df_graph *g, const char *name, df_type stored, df_dims s);
/* A parameter, to be trained; s has no DF_M. Needs a value before a run: df_init or df_set. -> s */
df_node *df_param(df_graph *g, const char *name, df_dims s);
/* A value kept between runs, changed only by df_update and df_set; starts at 0; s has no DF_M. -> s */
df_node *df_state(df_graph *g, const char *name, df_dims s);
/* A number. -> (1) */
df_node *df_num(df_graph *g, double v);
/* n numbers in C order, copied; s has no DF_M. -> s */
df_node *df_const(df_graph *g, df_dims s, const double *v, int64_t n);
/* All zero. -> s */
df_node *df_zeros(df_graph *g, df_dims s);
/* Random values, other ones in each run that follows an update: uniform in (0,1); normal with mean 0 and deviation 1.
 * A value depends on df_seed, the call, the run, the example and the element, not on threads. Each call is a new
 * node. -> s */
df_node *df_uniform(df_graph *g, df_dims s);
df_node *df_normal(df_graph *g, df_dims s);
/* m, the number of examples of the run. -> (1) */
df_node *df_examples(df_graph *g);

/* ---- 5. Operations ----------------------------------------------------------------------------- */
/* Elementwise: equal rank, each size equal or 1; a single number (1) goes with everything. */
df_node *df_add(df_node *a, df_node *b);          /* a + b */
df_node *df_sub(df_node *a, df_node *b);          /* a - b */
df_node *df_mul(df_node *a, df_node *b);          /* a b, elementwise */
df_node *df_div(df_node *a, df_node *b);          /* a / b */
df_node *df_max(df_node *a, df_node *b);          /* the larger; derivative at a tie: half each */
df_node *df_min(df_node *a, df_node *b);          /* the smaller; derivative at a tie: half each */
df_node *df_less(df_node *a, df_node *b);         /* 1 where a < b, else 0; derivative 0 */
df_node *df_equal(df_node *a, df_node *b);        /* 1 where a = b, else 0; derivative 0; integers too */
df_node *df_less_equal(df_node *a, df_node *b);   /* 1 where a <= b, else 0; derivative 0 */
df_node *df_greater(df_node *a, df_node *b);      /* 1 where a > b, else 0; derivative 0 */
df_node *df_greater_equal(df_node *a, df_node *b); /* 1 where a >= b, else 0; derivative 0 */
df_node *df_not_equal(df_node *a, df_node *b);    /* 1 where a and b differ, else 0; derivative 0; integers too */
df_node *df_logical_and(df_node *a, df_node *b);  /* 1 where neither is 0, else 0; derivative 0 */
df_node *df_logical_or(df_node *a, df_node *b);   /* 1 where one is not 0, else 0; derivative 0 */
df_node *df_logical_not(df_node *a);              /* 1 where a is 0, else 0; derivative 0 */
df_node *df_is_nan(df_node *x);                   /* 1 where x is NaN, else 0; derivative 0 */
df_node *df_is_finite(df_node *x);                /* 1 where x is neither infinite nor NaN, else 0; derivative 0 */
df_node *df_where(df_node *c, df_node *a, df_node *b); /* c not 0: a, else b; no NaN of the other in derivatives */
df_node *df_scale(df_node *x, double k);          /* k x */
df_node *df_offset(df_node *x, double c);         /* x + c */
df_node *df_pow(df_node *x, double k);            /* x^k */
df_node *df_power(df_node *a, df_node *b);        /* a^b of two arrays; derivative by a: 0 where b = 0 */
df_node *df_reciprocal(df_node *x);               /* 1 / x */
df_node *df_rsqrt(df_node *x);                    /* 1 / square root */
df_node *df_hypot(df_node *a, df_node *b);        /* square root of a^2 + b^2, no overflow; derivatives at 0, 0: 0 */
df_node *df_remainder(df_node *a, df_node *b);    /* a - b floor(a / b); derivative by b: -floor(a / b) */
df_node *df_square(df_node *x);                   /* x^2 */
df_node *df_neg(df_node *x);                      /* -x */
df_node *df_abs(df_node *x);                      /* |x|; derivative at 0: 0 */
df_node *df_sqrt(df_node *x);                     /* square root */
df_node *df_sign(df_node *x);                     /* -1, 0 or 1; derivative 0 */
df_node *df_floor(df_node *x);                    /* the next integer below; derivative 0 */
df_node *df_ceil(df_node *x);                     /* the next integer above; derivative 0 */
df_node *df_round(df_node *x);                    /* the nearest integer, halves to even; derivative 0 */
df_node *df_clip(df_node *x, double low, double high); /* min(max(x, low), high); derivative at low and high: 1 */
df_node *df_exp(df_node *x);                      /* e^x */
df_node *df_log(df_node *x);                      /* natural logarithm */
df_node *df_log1p(df_node *x);                    /* log(1 + x), accurate near 0 */
df_node *df_exp2(df_node *x);                     /* 2^x */
df_node *df_expm1(df_node *x);                    /* e^x - 1, accurate near 0 */
df_node *df_log2(df_node *x);                     /* logarithm to base 2 */
df_node *df_log10(df_node *x);                    /* logarithm to base 10 */
df_node *df_sin(df_node *x);                      /* sine */
df_node *df_cos(df_node *x);                      /* cosine */
df_node *df_tan(df_node *x);                      /* tangent */
df_node *df_asin(df_node *x);                     /* arc sine; derivative at -1, 1: infinite */
df_node *df_acos(df_node *x);                     /* arc cosine; derivative at -1, 1: infinite */
df_node *df_atan(df_node *x);                     /* arc tangent */
df_node *df_atan2(df_node *a, df_node *b);        /* the angle of the point (b, a); derivatives at 0, 0: 0 */
df_node *df_sinh(df_node *x);                     /* hyperbolic sine */
df_node *df_cosh(df_node *x);                     /* hyperbolic cosine */
df_node *df_asinh(df_node *x);                    /* inverse of sinh */
df_node *df_acosh(df_node *x);                    /* inverse of cosh for x >= 1; derivative at 1: infinite */
df_node *df_atanh(df_node *x);                    /* inverse of tanh; derivative at -1, 1: infinite */
df_node *df_erf(df_node *x);                      /* 2/sqrt(pi) integral of e^(-t^2) from 0 to x */
df_node *df_erfc(df_node *x);                     /* 1 - erf(x), accurate where it is small */
df_node *df_lgamma(df_node *x);                   /* log |Gamma(x)|; derivative digamma(x) */
df_node *df_digamma(df_node *x);                  /* polygamma(0, x) */
df_node *df_polygamma(df_node *x, int n);         /* derivative n of digamma, n = 0 .. 100 */
df_node *df_xlogy(df_node *x, df_node *y);        /* x log y, 0 where x = 0 */
df_node *df_sigmoid(df_node *x);                  /* 1 / (1 + e^-x) */
df_node *df_tanh(df_node *x);                     /* hyperbolic tangent */
df_node *df_relu(df_node *x);                     /* max(x, 0); derivative at 0: 0 */
df_node *df_leaky_relu(df_node *x, double slope); /* x for x > 0, else slope x; derivative at 0: slope */
df_node *df_softplus(df_node *x);                 /* log(1 + e^x) */
df_node *df_elu(df_node *x, double k);            /* x for x > 0, else k (e^x - 1); derivative at 0: k */
df_node *df_selu(df_node *x);                     /* 1.0507 elu(x, 1.6733); derivative at 0: 1.7581 */
df_node *df_celu(df_node *x, double k);           /* x for x > 0, else k (e^(x/k) - 1), k > 0 */
df_node *df_silu(df_node *x);                     /* x sigmoid(x) */
df_node *df_gelu(df_node *x);                     /* x (1 + erf(x / sqrt 2)) / 2 */
df_node *df_gelu_tanh(df_node *x);                /* x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2 */
df_node *df_mish(df_node *x);                     /* x tanh(softplus(x)) */
df_node *df_softsign(df_node *x);                 /* x / (1 + |x|) */
df_node *df_hard_sigmoid(df_node *x);             /* clip(x / 6 + 1/2, 0, 1); derivative at -3, 3: 1/6 */
df_node *df_hard_swish(df_node *x);               /* x hard_sigmoid(x); derivative at -3: -1/2, at 3: 3/2 */
df_node *df_log_sigmoid(df_node *x);              /* log sigmoid(x) = -softplus(-x) */
df_node *df_float(df_node *i);                    /* integers as the graph's float type */
/* Reductions. axis counts as written, from 0, or from the end with -1; DF_M is the axis of the examples, wherever it
 * stands. A reduced axis stays with size 1. _axes: over n axes at once; without either: over everything. -> (1) */
df_node *df_sum(df_node *x);                      /* over everything, examples too. -> (1) */
df_node *df_mean(df_node *x);                     /* over everything, examples too. -> (1) */
df_node *df_sum_axis(df_node *x, int axis);       /* (p x q), 0 -> (1 x q) */
df_node *df_mean_axis(df_node *x, int axis);
df_node *df_max_axis(df_node *x, int axis);       /* derivative at a tie: equal shares */
df_node *df_min_axis(df_node *x, int axis);
df_node *df_logsumexp_axis(df_node *x, int axis); /* log sum e^x, safe for large x */
df_node *df_sum_examples(df_node *x);             /* (k x m) -> (k x 1), wherever m stands */
df_node *df_mean_examples(df_node *x);            /* (k x m) -> (k x 1) */
df_node *df_sum_axes(df_node *x, int n, const int *axes);
df_node *df_mean_axes(df_node *x, int n, const int *axes);
df_node *df_max_axes(df_node *x, int n, const int *axes);
df_node *df_min_axes(df_node *x, int n, const int *axes);
df_node *df_max_all(df_node *x);
df_node *df_min_all(df_node *x);
df_node *df_logsumexp(df_node *x);
df_node *df_logsumexp_axes(df_node *x, int n, const int *axes);
df_node *df_variance(df_node *x);                 /* the mean of (x - mean)^2 */
df_node *df_variance_axis(df_node *x, int axis);
df_node *df_variance_axes(df_node *x, int n, const int *axes);
df_node *df_prod(df_node *x);                     /* the product; derivative right where elements are 0 */
df_node *df_prod_axis(df_node *x, int axis);
df_node *df_prod_axes(df_node *x, int n, const int *axes);
df_node *df_norm(df_node *x);                     /* square root of the sum of x^2, no overflow; derivative at 0: 0 */
df_node *df_norm_axis(df_node *x, int axis);
df_node *df_norm_axes(df_node *x, int n, const int *axes);
df_node *df_count(df_node *x);                    /* how many are not 0; derivative 0; integers too */
df_node *df_count_axis(df_node *x, int axis);
df_node *df_count_axes(df_node *x, int n, const int *axes);
df_node *df_any(df_node *x);                      /* 1 if one is not 0, else 0; derivative 0; integers too */
df_node *df_any_axis(df_node *x, int axis);
df_node *df_any_axes(df_node *x, int n, const int *axes);
df_node *df_all(df_node *x);                      /* 1 if none is 0, else 0; derivative 0; integers too */
df_node *df_all_axis(df_node *x, int axis);
df_node *df_all_axes(df_node *x, int n, const int *axes);
df_node *df_cumsum(df_node *x, int axis);         /* x0, x0 + x1, ... along axis, not m; -> shape of x */
df_node *df_dot(df_node *a, df_node *b);          /* the sum of a b; equal shapes -> (1) */
df_node *df_softmax(df_node *z, int axis);        /* e^z / sum e^z along axis; -> shape of z */
df_node *df_log_softmax(df_node *z, int axis);    /* log softmax(z) = z - logsumexp(z); -> shape of z */
/* Matrices. */
df_node *df_matmul(df_node *a, df_node *b);       /* (p x q), (q x r) -> (p x r); leading axes as in numpy.matmul */
df_node *df_add_bias(df_node *z, df_node *b);     /* (k x m), (k x 1) -> (k x m); or (m x k), (1 x k) -> (m x k) */
df_node *df_outer(df_node *a, df_node *b);        /* a's axes, then b's: (p), (q) -> (p x q); with m: (p x q x m) */
/* Sums of products by letters, as numpy.einsum: "ij,jk->ik". A letter may be of m. Refused: a letter twice in one
 * array (see df_diag), "..", and a result of m x m. b NULL: of a alone. */
df_node *df_einsum(const char *letters, df_node *a, df_node *b);
/* Linear algebra: (n x n), or one for each example, m being the first or last axis, and for each place of axes before
 * them. A matrix that is singular or not positive definite fails the run. In derivatives of all orders. */
df_node *df_cholesky(df_node *A);                 /* lower L, L L^T = A; reads the lower triangle only; dA is lower */
df_node *df_solve(df_node *A, df_node *B);        /* A^-1 B, B (n x k), or (n); one of them may be without m */
df_node *df_inverse(df_node *A);                  /* A^-1; of A^-1 B df_solve is the faster and more accurate */
df_node *df_det(df_node *A);                      /* (n x n) -> (1), (m x n x n) -> (m); derivative of regular A only */
df_node *df_logdet(df_node *A);                   /* log |det A|, -inf of a singular A; shapes as df_det */
df_node *df_trace(df_node *A);                    /* the sum of the diagonal; shapes as df_det */
/* T^-1 B, T the lower or upper triangle of L, or that transposed. Shapes as df_solve. */
df_node *df_triangular_solve(df_node *L, df_node *B, bool upper, bool transposed);
df_node *df_transpose(df_node *x);                /* (p x q) -> (q x p); more axes: all reversed */
/* Convolution, of (channels x width) or (channels x height x width), m before or behind; K has one axis more, the
 * channels of the result first: (out x in/groups x height x width), and no m: it is the same for all examples. No flip
 * of K. 0: 1, and no padding. */
typedef struct { int64_t stride, padding, dilation, groups; } df_window; /* the same along height and width */
df_node *df_convolve(df_node *x, df_node *K, df_window w); /* zeros around x; size:
                                                            * (n + 2 padding - dilation (k-1) - 1) / stride + 1 */
/* The derivative of that by x, of y: from (out x ..) to (in x ..), the smallest such x and `extra` < stride more. */
df_node *df_convolve_transposed(df_node *y, df_node *K, df_window w, int64_t extra);
df_node *df_max_pool(df_node *x, int64_t size, int64_t stride, int64_t padding); /* derivative at a tie: equal shares */
df_node *df_mean_pool(df_node *x, int64_t size, int64_t stride, int64_t padding); /* padding counts, as zeros */
/* How derivatives see a value. */
df_node *df_stop(df_node *x);                     /* x, derivative 0 */
df_node *df_each(df_node *x, int axis);           /* x without m, once per example, m at `axis`: (n), 1 -> (n x m). A
                                                   * derivative by it is each example's own, one by x their sum */
/* Views: the same elements elsewhere. Not along m, whose examples have no place in a graph; integers too. */
df_node *df_transpose_axes(df_node *x, int n, const int *axes); /* axis j of the result is axis axes[j] of x */
df_node *df_moveaxis(df_node *x, int from, int to); /* one axis to another place; m moves for free */
df_node *df_reshape(df_node *x, df_dims to);      /* in C order; m: as many elements before and after it as before */
df_node *df_flatten(df_node *x);                  /* each example in a row: (3 x m x 2) -> (m x 6); without m: (n) */
df_node *df_expand(df_node *x, int axis);         /* a new axis of size 1 at that place */
df_node *df_take(df_node *x, int axis, int64_t i); /* element i along axis, which is dropped */
df_node *df_slice(df_node *x, int axis, int64_t first, int64_t n); /* elements first .. first + n - 1 along axis */
/* n elements, step apart; step < 0: backward. */
df_node *df_slice_step(df_node *x, int axis, int64_t first, int64_t n, int64_t step);
df_node *df_flip(df_node *x, int axis);           /* backward along axis */
df_node *df_split(df_node *x, int axis, int64_t parts, int64_t i); /* part i, from 0, of equal ones */
df_node *df_tile(df_node *x, int axis, int64_t times); /* repeated along axis */
df_node *df_pad(df_node *x, int axis, int64_t before, int64_t after); /* zeros before and behind */
/* Zeros, and x at first, first + step, ...; floats. */
df_node *df_unslice(df_node *x, int axis, int64_t first, int64_t step, int64_t size);
df_node *df_concat_list(int axis, df_node *const *x, int n); /* one behind another; df_concat(axis, a, b, ...) */
df_node *df_stack_list(int axis, df_node *const *x, int n); /* along a new axis there; df_stack(axis, a, b, ...) */
df_node *df_diag(df_node *x);                     /* (.. n x n) -> (.. n): the diagonals of the last two axes */
df_node *df_diag_matrix(df_node *x);              /* (.. n) -> (.. n x n): zeros beside the diagonal; floats */
df_node *df_tril(df_node *x, int64_t k);          /* the last two axes, 0 above diagonal k, 0 the main one; floats */
df_node *df_triu(df_node *x, int64_t k);          /* the last two axes, 0 below diagonal k; floats */
/* Selection, by integers without derivative; an index that does not exist is an error of the run. Not along m. */
df_node *df_embed(df_node *table, df_node *i);    /* rows of (V x d), without m; integers s -> (s x d) */
df_node *df_scatter_rows(df_node *x, df_node *i, int64_t n); /* (s x d), integers s -> (n x d): sums by index */
df_node *df_gather(df_node *x, df_node *i, int axis); /* along axis, as numpy.take_along_axis; -> shape of i */
df_node *df_scatter(df_node *x, df_node *i, int axis, int64_t n); /* x summed up at its indices along axis, n places */
df_node *df_argmax_axis(df_node *x, int axis);    /* first index of the largest: 32-bit integers, of size 1 at axis */
df_node *df_argmin_axis(df_node *x, int axis);    /* the first index of the smallest */
df_node *df_argsort(df_node *x, int axis);        /* indices of the smallest first, as integers; NaN last */
df_node *df_sort(df_node *x, int axis);           /* ascending; derivative back to where each came from */
df_node *df_top_k(df_node *x, int axis, int64_t k); /* the k largest, descending */
/* Learning. Losses are per element or per example; df_cost takes their mean over the examples. */
df_node *df_bernoulli(df_graph *g, double p, df_dims s);   /* 1 with probability p, else 0 */
df_node *df_dropout(df_node *x, double rate);              /* 0 with probability rate, else x / (1 - rate); to train */
/* (x - mean) / sqrt(variance + eps), eps a small number such as 1e-5; scale and shift are df_mul and df_add. ->
 * shape of x */
df_node *df_layer_norm(df_node *x, int axis, double eps);  /* over that axis */
df_node *df_rms_norm(df_node *x, int axis, double eps);    /* x / sqrt(mean of x^2 + eps) over that axis */
df_node *df_group_norm(df_node *x, int axis, int64_t groups, double eps); /* over a group of the channels, all but m */
/* Each feature along axis, over the examples of the run and all else: for training. */
df_node *df_batch_norm(df_node *x, int axis, double eps);
/* By running averages, the states name.mean and name.var: for use. */
df_node *df_batch_norm_running(df_node *x, int axis, double eps, const char *name);
/* Compile it with the step: states := keep states + (1 - keep) those of the run; start at 0, 1. */
df_node *df_batch_norm_update(df_node *x, int axis, double keep, const char *name);
/* Rows of q look at those of k and take a mean of those of v: softmax(q k^T / sqrt(d)) v; q (m x T x d), k (m x S x d),
 * v (m x S x e) -> (m x T x e); m may stand elsewhere or be missing, and more axes (heads) go along. mask: (T x S),
 * or what goes with (m x T x S); where it is 0, a row does not look. */
df_node *df_attention(df_node *q, df_node *k, df_node *v);
df_node *df_attention_masked(df_node *q, df_node *k, df_node *v, df_node *mask);
/* One step of an LSTM: the next c and, by the same nodes, the next h. x (n x m), h and c (k x m), W (4k x n), U
 * (4k x k), b (4k x 1): input, forget, cell and output gate; or x (m x n), h and c (m x k), b (1 x 4k) -> shape of h */
df_node *df_lstm_c(df_node *x, df_node *h, df_node *c, df_node *W, df_node *U, df_node *b);
df_node *df_lstm_h(df_node *x, df_node *h, df_node *c, df_node *W, df_node *U, df_node *b);
/* One step of a GRU: the next h, as for an LSTM; W (3k x n) and b of x, U (3k x k) and a of h: reset, update, new */
df_node *df_gru(df_node *x, df_node *h, df_node *W, df_node *U, df_node *b, df_node *a);
df_node *df_one_hot(df_node *i, int64_t classes);          /* integers (m) -> (m x classes); (1 x m) -> (classes x m) */
df_node *df_cross_entropy(df_node *a, df_node *y);         /* -y log a - (1-y) log(1-a), a in (0,1); -> shape of a */
df_node *df_sigmoid_cross_entropy(df_node *z, df_node *y); /* the same of a = sigmoid(z), safe for every z */
df_node *df_softmax_cross_entropy(df_node *z, df_node *y, int axis); /* y: as z, or classes as integers with size 1
                                                                      * at axis; -> size 1 at axis */
df_node *df_squared_error(df_node *a, df_node *y);         /* (a - y)^2; -> shape of a */
df_node *df_absolute_error(df_node *a, df_node *y);        /* |a - y|, derivative 0 at a = y; -> shape of a */
df_node *df_huber(df_node *a, df_node *y, double k);       /* r^2/2 for |r| <= k, else k |r| - k^2/2, r = a - y; ->
                                                            * shape of a */
df_node *df_hinge(df_node *z, df_node *y);      /* max(0, 1 - y z), y -1 or 1, derivative 0 at y z = 1; -> shape of z */
df_node *df_poisson(df_node *a, df_node *y);    /* a - y log a, counts y of rate a; a = exp(z) is safe; -> shape of a */
df_node *df_kl_divergence(df_node *p, df_node *q);         /* p log(p / q), 0 where p = 0: sum it; -> shape of p */
df_node *df_cosine_similarity(df_node *a, df_node *b, int axis); /* sum a b / (|a| |b|), 0 where one is 0; -> size 1
                                                                  * at axis */
df_node *df_cosine_loss(df_node *a, df_node *b, int axis); /* 1 - cosine_similarity */
df_node *df_smooth_labels(df_node *y, int axis, double e); /* (1 - e) y + e / classes, of an axis; -> shape of y */
df_node *df_l1(df_node *x);                       /* penalty: the sum of |x|. -> (1) */
df_node *df_l2(df_node *x);                       /* penalty: the sum of x^2. -> (1) */
df_node *df_cost(df_node *loss);                  /* one number per example -> (1), their mean; without m: itself */

/* ---- 6. Names and questions -------------------------------------------------------------------- */
/* Names a node, for messages, printing and df_find; a second name is an alias. -> x */
df_node *df_name(df_node *x, const char *name);
/* The node of that name, or NULL; no error is kept. */
df_node *df_find(const df_graph *g, const char *name);
/* Its first name, or "". */
const char *df_name_of(const df_node *x);
/* Its shape; of NULL: rank 0. */
df_dims df_shape_of(const df_node *x);
df_graph *df_graph_of(const df_node *x);
/* How many parameters there are; the first `max` of them go to out, in order of creation. */
int df_params(const df_graph *g, df_node **out, int max);

/* ---- 7. Derivatives ---------------------------------------------------------------------------- */
/* dJ/dx, of x's shape, for any node x; all zero if J does not depend on x. If J is not a single number:
 * the derivative of the sum of its elements, so each example's own derivative where J is per example.
 * NULL where an op on the way has no derivative. Reverse mode: Linnainmaa 1970. */
df_node *df_d(df_node *J, df_node *x);
/* v^T dy/dx: the derivative by x of the sum of v y, v of y's shape taken as given; -> shape of x. One
 * reverse sweep. */
df_node *df_vjp(df_node *y, df_node *x, df_node *v);
/* dy/dx v: how y changes as x goes along v, of x's shape; -> shape of y. The derivative of df_vjp by its
 * v, which it is linear in: of the first sweep only what the second needs is calculated. */
df_node *df_jvp(df_node *y, df_node *x, df_node *v);
/* The derivatives of J, as df_d, by all parameters made so far: one vector, in order of creation, zeros
 * where J does not depend on one. -> (df_flat_size) */
df_node *df_d_flat(df_node *J);
/* All derivatives of y's elements by x's, both without m: row i is dy_i/dx, elements in C order. -> (n x k).
 * min(n, k) sweeps over y, each with nodes and steps of its own: for small systems. */
df_node *df_jacobian(df_node *y, df_node *x);
/* The second derivatives of the one number J by x's elements: the Jacobian of df_d(J, x). -> (k x k). k
 * sweeps; of a large x use df_d(df_dot(df_d(J, x), v), x), which is the Hessian times v in one. */
df_node *df_hessian(df_node *J, df_node *x);

/* ---- 8. Updates -------------------------------------------------------------------------------- */
/* Nodes to compile. All right sides see the values from before the run; all are assigned together at
 * its end; a run that fails assigns nothing. Two updates of one target in a program are an error. */
typedef struct {
    df_node *const *params;
    int n_params;
    double momentum, beta1, beta2, epsilon, decay, clip_norm;
} df_optimiser;
/* Start from this. params NULL: every parameter behind J. momentum is of df_sgd; beta1, beta2 and
 * epsilon are of df_adam. decay: weight decay, p -= rate decay p. clip_norm: gradients are scaled down
 * to this norm, all together; 0: never. */
#define DF_OPTIMISER { NULL, 0, 0, 0.9, 0.999, 1e-8, 0, 0 }
/* p := value, of the same shape; p is a parameter or a state. */
df_node *df_update(df_node *p, df_node *value);
/* Several updates as one node. */
df_node *df_group_list(df_node *const *updates, int n);
/* Gradient descent: v := momentum v + dp, p := p - rate v; J is one number, rate (1). o NULL: the
 * defaults. Velocities are states named J.sgd.W1.v, of an unnamed J cost.sgd.W1.v; without momentum
 * there are none. A second call for the same J goes on with the same states. Sutskever et al., ICML
 * 2013, without Nesterov. */
df_node *df_sgd(df_node *J, df_node *rate, const df_optimiser *o);
/* Adam: Kingma and Ba, ICLR 2015, algorithm 1; decay as in Loshchilov and Hutter, ICLR 2019.
 * Moments and the count of steps are states: J.adam.W1.m, J.adam.W1.v, J.adam.t. */
df_node *df_adam(df_node *J, df_node *rate, const df_optimiser *o);

/* ---- 9. Values of parameters and states -------------------------------------------------------- */
/* Gives every parameter that has no value one: zero for a bias, that is a row, column or number that
 * is used, but in no matrix product; Glorot for all others. So call it when the graph is built. Values
 * depend on seed and name alone. */
bool df_init(df_graph *g);
/* For one parameter or state. Shapes are (out x in); further axes count as in. A value that is not
 * finite, sd < 0 and low > high are errors. */
bool df_init_fill(df_node *p, double value);                   /* all the same: identical units stay identical */
bool df_init_glorot(df_node *p);                               /* uniform to sqrt(6/(in + out)): Glorot, Bengio 2010 */
bool df_init_he(df_node *p);                                   /* normal, sd sqrt(2 / in): He et al. 2015 */
bool df_init_normal(df_node *p, double mean, double sd);       /* sd: standard deviation */
bool df_init_uniform(df_node *p, double low, double high);
/* The values as doubles in C order; n is the number of elements. False if n differs or there is no
 * value. Any number may be set, NaN too. */
DF_MUST bool df_get(const df_node *p, double *v, int64_t n);
DF_MUST bool df_set(df_node *p, const double *v, int64_t n);
/* The memory itself, valid as long as the graph; NULL if the graph has the other float type or there is
 * no memory. What has no value yet has one from then on: zeros, until you write others. */
float *df_data_f32(df_node *p);
double *df_data_f64(df_node *p);
/* All parameters as one vector, in order of creation, without padding. False as df_get and df_set. */
int64_t df_flat_size(const df_graph *g);
DF_MUST bool df_flat_get(const df_graph *g, double *v, int64_t n);
DF_MUST bool df_flat_set(df_graph *g, const double *v, int64_t n);

/* ---- 10. Compile ------------------------------------------------------------------------------- */
typedef struct {
    int threads;          /* at most so many; 0: as many as OpenMP gives */
    bool check_finite;    /* a run whose outputs or new parameters are not finite fails and assigns nothing */
    bool no_workspace;    /* the caller gives it: df_workspace_use */
    size_t cache_bytes;   /* what the live buffers of a tile may take; 0: 100 KiB */
} df_options;             /* zero is the default, everywhere */
/* A program that computes these nodes and what they need, no more. df_compile(g, J, dW): the same with a list. */
df_program *df_compile_list(df_graph *g, df_node *const *outputs, int n, const df_options *o);
/* The same plan with a workspace of its own; binds are copied. */
df_program *df_program_clone(df_program *p);
/* Optional: the graph ends its programs. */
void df_program_free(df_program *p);
df_status df_program_status(const df_program *p);
const char *df_program_error(const df_program *p); /* of NULL: "no program: see df_graph_error" */
/* Bytes of memory for runs of up to m examples; the same for every m if the plan has one pass. */
size_t df_workspace_bytes(const df_program *p, int64_t m);
/* Gives the program its workspace, of any alignment; it must outlive the runs. */
DF_MUST bool df_workspace_use(df_program *p, void *memory, size_t bytes);

/* ---- 11. Bind, run, read ----------------------------------------------------------------------- */
/* n counts elements. Arrays are not copied and must outlive the runs. df_bind picks by element type. */
typedef struct { void *data; df_type type; df_dims dims; int64_t stride[DF_RANK]; } df_array; /* strides in elements */
bool df_bind_f32(df_program *p, df_node *x, const float *v, int64_t n); /* an input; a parameter: for this program */
bool df_bind_f64(df_program *p, df_node *x, const double *v, int64_t n);
bool df_bind_u8(df_program *p, df_node *x, const uint8_t *v, int64_t n);
bool df_bind_i32(df_program *p, df_node *x, const int32_t *v, int64_t n);
bool df_bind_i64(df_program *p, df_node *x, const int64_t *v, int64_t n);
/* Element [i,j] of the array is element [i,j] of the declared shape; strides are honoured; a type that
 * differs is converted. DF_BAD_SHAPE where a size differs. */
bool df_bind_array(df_program *p, df_node *x, const df_array *a);
/* Every input that both have, as `from` has it. */
bool df_bind_same(df_program *p, const df_program *from);
/* All parameters, for this program only: v holds df_flat_size doubles in order of creation and is copied. */
bool df_bind_flat(df_program *p, const double *v, int64_t n);
/* Where an output that carries m goes: row i is the i-th example of the run. Integers go to arrays of any type, and
 * fail the run where one has no place in it; floats go to those of floats. */
bool df_bind_out_f32(df_program *p, df_node *y, float *v, int64_t n);
bool df_bind_out_f64(df_program *p, df_node *y, double *v, int64_t n);
bool df_bind_out_i32(df_program *p, df_node *y, int32_t *v, int64_t n);
bool df_bind_out_i64(df_program *p, df_node *y, int64_t *v, int64_t n);
bool df_bind_out_array(df_program *p, df_node *y, const df_array *a);
/* Runs on all examples bound. False: see df_program_error; parameters and states are as before. */
DF_MUST bool df_run(df_program *p);
DF_MUST bool df_run_range(df_program *p, int64_t first, int64_t m);       /* on m > 0 of them */
DF_MUST bool df_run_pick(df_program *p, const int64_t *which, int64_t m); /* on these, in order: a shuffled batch */
/* A (1) output of the last run, integers as doubles; NaN if there is none. */
double df_value(const df_program *p, const df_node *y);
/* Any output without m, copied. False if y is no output, n differs, or nothing ran. */
DF_MUST bool df_fetch(const df_program *p, const df_node *y, double *v, int64_t n);

/* ---- 12. Print and parse ----------------------------------------------------------------------- */
/* DF_NUMPY: text that NumPy runs. DF_LATEX: align lines. DF_DOT: a picture, by Graphviz. With | DF_RAW: as
 * derived, before simplification; with | DF_PRELUDE (NumPy): the functions it needs; with | DF_WHY: the
 * rules that fired, as comments. */
typedef enum { DF_NUMPY, DF_LATEX, DF_DOT, DF_RAW = 16, DF_PRELUDE = 32, DF_WHY = 64 } df_format;
/* All that these need, and no more, one equation a line, in order; updates last. df_print(f, how, J, dW): with a list.
 * The derivative of J by Z1 is called dZ1: of each example's loss if J is a mean over examples and Z1 has m, as the
 * first line says; dJ_dZ1 is then df_d(J, Z1). Of several costs: dJ_dZ1; one that has no name is then called J, J2
 * and has its line. The derivative of dW by W: ddW_dW. What else has no name but needs one: t1, t2.
 * False if writing fails: see df_graph_error. */
DF_MUST bool df_print_list(FILE *f, int how, df_node *const *what, int n);
/* The plan, one line a step: a value and its shape, the step, its operands, and where the value lies: in a tile of
 * examples, in a sum over them, global (no m), batch (all examples, as it lives across passes), or a parameter. */
DF_MUST bool df_print_plan(FILE *f, const df_program *p);
/* Reads a model: lines `input X (2, m)`, `param W (4, 2)`, `state t (1)`, and equations `Z = W @ X` in what
 * DF_NUMPY prints, with the names of this header too: doc/model-files.md. An equation names its node (df_find);
 * of a parameter or state it is an update. -> the last equation's node; of updates, all of the text as one.
 * Errors name line and column, "3:12: expected a name, found ')'", and leave the graph as it was but for the
 * error: correct the text, df_graph_forgive, try again. */
df_node *df_parse(df_graph *g, const char *text);

/* ---- 13. Arrays and files ---------------------------------------------------------------------- */
/* A table of numbers separated by commas: (rows x columns), in the graph's float type; the memory is
 * the graph's. A first row without any number is one of names and is skipped, and so are blank lines.
 * Cells may be quoted (RFC 4180); they are finite decimal numbers with a point. Anything else is an
 * error that leaves *a as it was: "data.csv:7:3: 'abc' is not a number" in df_graph_error, which is
 * line 7, cell 3. */
DF_MUST bool df_read_csv(df_graph *g, const char *path, df_array *a);
/* NumPy's files of one array, versions 1 to 3, either order of bytes. Elements keep their type, but small integers
 * become int32, uint32 int64, half floats float32 and truths uint8; a uint64 beyond int64 is an error. No copy is
 * made of what lies in Fortran's order: it has such strides. An array without dimensions is (1). The memory is the
 * graph's. */
DF_MUST bool df_read_npy(df_graph *g, const char *path, df_array *a);
/* One array as NumPy reads it, with any strides: in C's or Fortran's order, as it lies, else copied to C's. The file is
 * written beside its place and renamed when complete. g is for memory and messages. */
DF_MUST bool df_write_npy(df_graph *g, const char *path, const df_array *a);
/* The files of MNIST, of all types they may have. Types and memory as df_read_npy. */
DF_MUST bool df_read_idx(df_graph *g, const char *path, df_array *a);
/* The values of all parameters and states, the seed and the count of runs, which random values depend on: what it
 * takes to go on later. The file is written beside its place, forced to the disk and renamed, so that a failure
 * leaves the old one; a symbolic link becomes a file. A parameter without a value, or one that is not finite, is an
 * error. The format stands in src/save.c. */
DF_MUST bool df_save(df_graph *g, const char *path);
/* DF_EXACT: file and graph have the same parameters and states, by name. DF_WHAT_IS_THERE: what only one of the two has
 * is passed by, and seed and count of runs stay. */
typedef enum { DF_EXACT, DF_WHAT_IS_THERE } df_load_mode;
/* Takes the values back, into a graph that is built, with optimiser. Shapes must be equal; floats become doubles and
 * the other way round. A file that is damaged, does not fit, or has a parameter that is not finite changes nothing:
 * "net.dfoo: W1 is (4 x 2), in the file (4 x 3)" in df_graph_error. Not while programs of the graph run. */
DF_MUST bool df_load(df_graph *g, const char *path, df_load_mode mode);
/* Views: rows or columns first .. first+n-1, or the axes reversed. Of a bad or empty range: data NULL. */
df_array df_array_rows(const df_array *a, int64_t first, int64_t n);
df_array df_array_columns(const df_array *a, int64_t first, int64_t n);
df_array df_array_t(const df_array *a);
/* Gives back what df_read_csv, df_read_npy or df_read_idx made, before the graph does; of any other array: nothing. */
void df_array_free(df_graph *g, df_array *a);
/* 0 .. n-1 in random order: Fisher and Yates, with a counter-based generator keyed by seed. */
void df_permutation(int64_t *which, int64_t n, uint64_t seed);
int df_version(void);

/* ---- 14. Beside other libraries; checks --------------------------------------------------------- */
/* J at the parameters x, n = df_flat_size of them, and in grad, unless NULL, its gradient. program: a
 * df_program * whose outputs are J and df_d_flat(J), inputs bound; the parameters keep their values. This
 * is NLopt's nlopt_func. NaN if it fails: see df_program_error. */
double df_objective(unsigned n, const double *x, double *grad, void *program);
/* What df_check_derivatives found. Elements are counted in memory order: example after example. */
typedef struct {
    bool right;              /* derivatives are those of the values, kinks apart */
    double worst;            /* the largest relative difference along random directions, but for kinks */
    const df_node *at;       /* the wrong one nearest to J: its derivative is wrong; NULL: none */
    const df_node *by;       /* by this operand, */
    int64_t index;           /* at this element */
    double derived, measured; /* dJ by that element: of the graph's derivatives, and by differences */
    const df_node *kink;     /* a node at a kink, where derivatives from the two sides differ; NULL: none */
    int64_t kink_index;      /* the element of its operand */
} df_check;
/* Compares derivatives of J (its sum, if it is more than one number) by the parameters behind it, or by
 * inputs if there are none, with differences: in double, whatever the graph's type, at the values that p
 * is bound to. Differences are central ones at several steps, extrapolated (Ridders 1982); of a wrong
 * derivative the node and the element are found by bisection. p and the graph stay as they are. False: it
 * could not be done, see df_program_error; else judge *result. */
DF_MUST bool df_check_derivatives(df_program *p, df_node *J, df_check *result);

void df__enter(const char *file, int line);
df_node *df__leave(df_node *made);
df_program *df__leave_program(df_program *made);
bool df__leave_bool(bool good);
DF_MUST bool df__leave_must(bool good);
DF_END
#include "dfoo/sugar.h"   /* df_compile, df_print, df_group, df_bind, df_bind_out */
#ifndef DF_NO_HERE
#include "dfoo/here.h"    /* generated: the caller's file and line for every call that can fail */
#endif
#endif
