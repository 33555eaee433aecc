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
#define df_shape(...) DF__SHAPE(__VA_ARGS__, DF__E, DF__E, DF__E, DF__E, DF__E, DF__E, DF__E, DF__E)
#define DF__SHAPE(a, b, c, d, e, f, g, h, ...) df_dims_8(a, b, c, d, e, f, g, h)
#define DF__E INT64_MIN
df_dims df_dims_8(int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t);
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
/* The seed of initial values. The default is 0. */
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
df_node *df_where(df_node *c, df_node *a, df_node *b); /* a where c is not 0, else b; no NaN of the other side in derivatives */
df_node *df_scale(df_node *x, double k);          /* k x */
df_node *df_offset(df_node *x, double c);         /* x + c */
df_node *df_pow(df_node *x, double k);            /* x^k */
df_node *df_square(df_node *x);                   /* x^2 */
df_node *df_neg(df_node *x);                      /* -x */
df_node *df_abs(df_node *x);                      /* |x|; derivative at 0: 0 */
df_node *df_sqrt(df_node *x);                     /* square root */
df_node *df_exp(df_node *x);                      /* e^x */
df_node *df_log(df_node *x);                      /* natural logarithm */
df_node *df_log1p(df_node *x);                    /* log(1 + x), accurate near 0 */
df_node *df_xlogy(df_node *x, df_node *y);        /* x log y, 0 where x = 0 */
df_node *df_sigmoid(df_node *x);                  /* 1 / (1 + e^-x) */
df_node *df_tanh(df_node *x);                     /* hyperbolic tangent */
df_node *df_relu(df_node *x);                     /* max(x, 0); derivative at 0: 0 */
df_node *df_leaky_relu(df_node *x, double slope); /* x for x > 0, else slope x; derivative at 0: slope */
df_node *df_softplus(df_node *x);                 /* log(1 + e^x) */
df_node *df_float(df_node *i);                    /* integers as the graph's float type */
/* Reductions. axis counts as written, from 0, or from the end with -1; a reduced axis stays with size 1. */
df_node *df_sum(df_node *x);                      /* over everything, examples too. -> (1) */
df_node *df_mean(df_node *x);                     /* over everything, examples too. -> (1) */
df_node *df_sum_axis(df_node *x, int axis);       /* (p x q), 0 -> (1 x q) */
df_node *df_mean_axis(df_node *x, int axis);
df_node *df_max_axis(df_node *x, int axis);       /* derivative at a tie: equal shares */
df_node *df_min_axis(df_node *x, int axis);
df_node *df_logsumexp_axis(df_node *x, int axis); /* log sum e^x, safe for large x */
df_node *df_sum_examples(df_node *x);             /* (k x m) -> (k x 1), wherever m stands */
df_node *df_mean_examples(df_node *x);            /* (k x m) -> (k x 1) */
df_node *df_dot(df_node *a, df_node *b);          /* the sum of a b; equal shapes -> (1) */
df_node *df_softmax(df_node *z, int axis);        /* e^z / sum e^z along axis; -> shape of z */
/* Matrices. */
df_node *df_matmul(df_node *a, df_node *b);       /* (p x q), (q x r) -> (p x r); leading axes as in numpy.matmul */
df_node *df_add_bias(df_node *z, df_node *b);     /* (k x m), (k x 1) -> (k x m); or (m x k), (1 x k) -> (m x k) */
df_node *df_transpose(df_node *x);                /* (p x q) -> (q x p); more axes: all reversed */
/* Learning. Losses are per element or per example; df_cost takes their mean over the examples. */
df_node *df_one_hot(df_node *i, int64_t classes);          /* integers (m) -> (m x classes); (1 x m) -> (classes x m) */
df_node *df_cross_entropy(df_node *a, df_node *y);         /* -y log a - (1-y) log(1-a), a in (0,1); -> shape of a */
df_node *df_sigmoid_cross_entropy(df_node *z, df_node *y); /* the same of a = sigmoid(z), safe for every z */
df_node *df_softmax_cross_entropy(df_node *z, df_node *y, int axis); /* y: as z, or classes as integers with size 1 at axis; -> size 1 at axis */
df_node *df_squared_error(df_node *a, df_node *y);         /* (a - y)^2; -> shape of a */
df_node *df_cost(df_node *loss);                  /* one number per example -> (1), their mean; without m: the loss itself */

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

/* ---- 8. Updates -------------------------------------------------------------------------------- */
/* Nodes to compile. All right sides see the values from before the run; all are assigned together at
 * its end; a run that fails assigns nothing. Two updates of one target in a program are an error. */
typedef struct { df_node *const *params; int n_params; double momentum, beta1, beta2, epsilon, decay, clip_norm; } df_optimiser;
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
bool df_init_glorot(df_node *p);                               /* uniform within sqrt(6 / (in + out)): Glorot and Bengio 2010 */
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
bool df_bind_f32(df_program *p, df_node *x, const float *v, int64_t n); /* an input; or a parameter, for this program only */
bool df_bind_f64(df_program *p, df_node *x, const double *v, int64_t n);
bool df_bind_u8(df_program *p, df_node *x, const uint8_t *v, int64_t n);
bool df_bind_i32(df_program *p, df_node *x, const int32_t *v, int64_t n);
bool df_bind_i64(df_program *p, df_node *x, const int64_t *v, int64_t n);
/* Element [i,j] of the array is element [i,j] of the declared shape; strides are honoured; a type that
 * differs is converted. DF_BAD_SHAPE where a size differs. */
bool df_bind_array(df_program *p, df_node *x, const df_array *a);
/* Every input that both have, as `from` has it. */
bool df_bind_same(df_program *p, const df_program *from);
/* Where an output that carries m goes: row i is the i-th example of the run. */
bool df_bind_out_f32(df_program *p, df_node *y, float *v, int64_t n);
bool df_bind_out_f64(df_program *p, df_node *y, double *v, int64_t n);
bool df_bind_out_array(df_program *p, df_node *y, const df_array *a);
/* Runs on all examples bound. False: see df_program_error; parameters and states are as before. */
DF_MUST bool df_run(df_program *p);
DF_MUST bool df_run_range(df_program *p, int64_t first, int64_t m);       /* on m > 0 of them */
DF_MUST bool df_run_pick(df_program *p, const int64_t *which, int64_t m); /* on these, in this order: a shuffled mini-batch */
/* A (1) output of the last run; NaN if there is none. */
double df_value(const df_program *p, const df_node *y);
/* Any output without m, copied. False if y is no output, n differs, or nothing ran. */
DF_MUST bool df_fetch(const df_program *p, const df_node *y, double *v, int64_t n);

/* ---- 12. Print --------------------------------------------------------------------------------- */
/* DF_NUMPY: text that NumPy runs. DF_LATEX: align lines. DF_DOT: a picture, by Graphviz. With | DF_RAW: as
 * derived, before simplification; with | DF_PRELUDE (NumPy): the functions it needs; with | DF_WHY: the
 * rules that fired, as comments. */
typedef enum { DF_NUMPY, DF_LATEX, DF_DOT, DF_RAW = 16, DF_PRELUDE = 32, DF_WHY = 64 } df_format;
/* All that these need, and no more, one equation a line, in order; updates last. df_print(f, how, J, dW): with a list.
 * The derivative of J by Z1 is called dZ1: of each example's loss if J is a mean over examples and Z1 has m, as the
 * first line says; dJ_dZ1 is then df_d(J, Z1). Of several costs: dJ_dZ1. What has no name but needs one: t1, t2.
 * False if writing fails: see df_graph_error. */
DF_MUST bool df_print_list(FILE *f, int how, df_node *const *what, int n);
/* The plan, one line a step. */
DF_MUST bool df_print_plan(FILE *f, const df_program *p);

/* ---- 13. Arrays and files ---------------------------------------------------------------------- */
/* A table of numbers separated by commas: (rows x columns), in the graph's float type; the memory is
 * the graph's. A first row without any number is one of names and is skipped, and so are blank lines.
 * Cells may be quoted (RFC 4180); they are finite decimal numbers with a point. Anything else is an
 * error that leaves *a as it was: "data.csv:7:3: 'abc' is not a number" in df_graph_error, which is
 * line 7, cell 3. */
DF_MUST bool df_read_csv(df_graph *g, const char *path, df_array *a);
/* Views: rows or columns first .. first+n-1, or the axes reversed. Of a bad or empty range: data NULL. */
df_array df_array_rows(const df_array *a, int64_t first, int64_t n);
df_array df_array_columns(const df_array *a, int64_t first, int64_t n);
df_array df_array_t(const df_array *a);
/* Gives back what df_read_csv made, before the graph does; of any other array: nothing. */
void df_array_free(df_graph *g, df_array *a);
/* 0 .. n-1 in random order: Fisher and Yates, with a counter-based generator keyed by seed. */
void df_permutation(int64_t *which, int64_t n, uint64_t seed);
int df_version(void);

void df__enter(const char *file, int line);
df_node *df__leave(df_node *made);
df_program *df__leave_program(df_program *made);
DF_END
#include "dfoo/sugar.h"   /* df_compile, df_print, df_group, df_bind, df_bind_out */
#ifndef DF_NO_HERE
#include "dfoo/here.h"    /* generated: the caller's file and line for every call that returns a node or program */
#endif
#endif
