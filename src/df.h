/* df.h -- what the stages share
 *
 * SPDX-License-Identifier: MIT
 *
 *     calls -> graph.c -> derive.c (ring.c, rules.c) -> simplify.c -> plan.c -> run.c
 *                                                          \-> print.c
 *
 * Each stage knows only what stands left of it. */
#ifndef DF_H
#define DF_H
#ifndef DF_NO_HERE
#define DF_NO_HERE
#endif
#include <assert.h>
#include <dfoo.h>
#include <dfoo/op.h>
#include <locale.h>
#include <string.h>

/* An invariant: checked in test builds, nothing in an installed one. */
#ifdef DF_CHECKS
#define df__check(x) assert(x)
#else
#define df__check(x) ((void)0)
#endif

/* ---- memory.c: every allocation of the library goes through df__get and df__put -------------- */
typedef struct df__block_list df__block_list;
typedef struct { const df_memory *from; df__block_list *blocks; char *free, *end; } df__arena;
extern const df_memory df__libc;                                     /* aligned_alloc and free */
/* aligned to 64, not cleared; NULL: no memory */
void *df__get(const df_memory *mem, size_t bytes);
void df__put(const df_memory *mem, void *p, size_t bytes);
void *df__arena_get(df__arena *a, size_t bytes);                     /* cleared; NULL: no memory */
void *df__arena_room(df__arena *a, size_t bytes);                    /* the same, not cleared */
/* empty, but for its largest block */
void df__arena_reset(df__arena *a);
void df__arena_free(df__arena *a);
/* A list that grows by doubling: *p holds `cap` elements of `size`; makes room for `need`. */
bool df__grow(const df_memory *mem, void *p, int64_t *cap, int64_t need, size_t size);

/* ---- graph.c --------------------------------------------------------------------------------- */
/* The memory of a parameter or state, which never moves. owner: the cost whose optimiser made this
 * state. */
typedef struct {
    void *data;
    int64_t n;
    bool has_value;
    df_type type;
    const struct df_node *owner;
} df__leaf;

/* What every loop over nodes reads comes first. */
struct df_node {
    df_graph *g;
    const df_op *op;
    int64_t id;                  /* order of creation: operands come before */
    int n;
    df_node **x;
    unsigned char settled;       /* phases of which no rule fits at it */
    bool derived;                /* made by a derivation */
    /* a derived value that several operands use: an atom of the ring */
    bool shared;
    df_type type;
    int64_t users;               /* in a private copy: how many nodes use it */
    int64_t alive;               /* stamp of the last derivation that has it in its forward graph */
    df_node *canonical;          /* what the canonical rules make of it; NULL: not asked yet */
    int64_t ring_at;
    df_node *ring;               /* what the ring makes of it, as of that stamp */
    const char *name;            /* the first one given, or NULL */
    struct df__derivative_of *is; /* what it is the derivative of */
    df_node *twin;               /* of a leaf in a private copy: the user's leaf */
    df__leaf *leaf;              /* of parameters and states */
    double *number;              /* of a constant array: its elements */
    df_dims dims;
    df_attr attr;
};

/* Where a node may be found again: half of its hash, and its id + 1; 0: nothing is there. */
typedef struct { uint32_t hash, node; } df__bucket;
typedef struct df__alias { const char *name; df_node *x; struct df__alias *next; } df__alias;
typedef struct df__walk df__walk;     /* derive.c: the derivation of one J */
typedef struct df__rule_set df__rule_set; /* rules.c */

struct df_graph {
    df_memory mem;
    df__arena arena;
    df_type real;
    df_status status;            /* sticky */
    char error[DF_TEXT * 2], report[DF_TEXT * 2];
    void (*on_error)(void *user, df_status s, const char *text);
    void *on_error_user;
    df_node **node;              /* by id */
    int64_t n_nodes, node_cap;
    df__bucket *bucket;          /* hash-consing; a power of two of them, half of them free */
    int64_t n_buckets;
    df__alias *aliases, **names; /* every name ever given; hashed by name */
    int64_t n_names, n_name_buckets;
    uint64_t seed, runs;         /* runs: how many have updated something */
    int64_t n_random;            /* random nodes: each has a stream of its own */
    df__walk *walks;
    const df__walk *walking;     /* the derivation whose forward graph `alive` tells */
    /* how many were made; how many and how many names there were when last named */
    int64_t n_adjoints, named_at[2];
    df_program *programs;
    df__rule_set *rules;
    /* what it calculates in, kept from one call to the next (ring.c) */
    struct df__ring *ring;
    struct df__owned *arrays;    /* what files were read into (array.c) */
    bool simplifying;            /* each node made goes through the canonical rules at once */
    bool deriving;               /* each node made is marked as derived */
    int64_t stamp;
    const df_node *pin;          /* a node that rules must not look into */
    unsigned phases;             /* which rules, while simplifying; 0: the canonical ones */
    struct df__fired *trace;     /* where they are noted, or NULL */
    bool step_by_node;           /* tests: no step of a plan does the work of several nodes */
    int rewriting, rewrites;     /* rules at work within rules; steps since the outermost began */
};

/* ---- error.c --------------------------------------------------------------------------------- */
/* Sets the graph's error, with the caller's file and line in front; the first one stays. */
void df__error(df_graph *g, df_status s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The reason why a bool call failed; not sticky. Always false. */
bool df__report(df_graph *g, df_status s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "net.c:31: " of the innermost public call, or "". */
void df__here(char *text, size_t size);
/* Until called with NULL, this thread's messages name that place of the text as well: "3:12: ". */
void df__here_in(const char *text, const char *at);

/* ---- graph.c, continued ---------------------------------------------------------------------- */
/* of the arena, cleared; NULL sets the error */
void *df__graph_get(df_graph *g, size_t bytes);
/* Room for so many nodes in all, at once; false: no memory. */
bool df__graph_room(df_graph *g, int64_t nodes);
/* The node found, or made of that shape and type. NULL: no memory. */
df_node *df__find_or_add(df_graph *g, const df_op *op, df_node *const *x, int n,
                         const df_attr *attr, const df_dims *dims, df_type type);
/* apply.c: a leaf or constant (never merged), or a node found or made; dims: what a source or
 * broadcast asks for. */
df_node *df__make(df_graph *g, const df_op *op, df_node *const *x, int n, const df_attr *attr,
                  const df_dims *dims);
/* That very node, if it is there; NULL if not. Makes nothing. */
df_node *df__find(const df_graph *g, const df_op *op, df_node *const *x, int n, const df_attr *attr,
                  df_dims dims);
/* empty, same memory and type: for copies */
df_graph *df__graph_private(df_graph *g);
/* A leaf with a name, memory of its own and, if dots, a name of the library's. NULL: error is
 * set. */
df_node *df__new_leaf(df_graph *g, const df_op *op, const char *name, df_type type, df_dims s,
                      bool dots);
/* sets the error if not (name.c) */
bool df__name_ok(df_graph *g, const char *name, bool dots);
/* a name that is ok; false: no memory */
bool df__name_give(df_node *x, const char *name);
/* a single number (1) known now */
bool df__is_number(const df_node *x, double *v);
bool df__is_number_of(const df_node *x, double v);

/* ---- shape.c --------------------------------------------------------------------------------- */
/* Compiled where they are called, and in shape.c once for all others. */
#ifndef DF__HERE_TOO
#define DF__HERE_TOO extern inline __attribute__((gnu_inline))
#endif
const char *df__dims_text(df_dims s, char *text, size_t size);       /* "(4 x m)" */
bool df__dims_ok(df_dims s, const char **why);
DF__HERE_TOO bool df__dims_equal(df_dims a, df_dims b)
{
    bool equal = a.rank == b.rank;
    for (int i = 0; equal && i < a.rank; i++)
        equal = a.size[i] == b.size[i];
    return equal;
}
static inline bool df__is_one_of(df_dims s, const df_dims *x, int n)
{
    bool is = false;
    for (int i = 0; i < n && !is; i++)
        is = df__dims_equal(s, x[i]);
    return is;
}
DF__HERE_TOO bool df__is_scalar(df_dims s)                             /* (1) */
{
    return s.rank == 1 && s.size[0] == 1;
}
/* a goes with `to` without changing it */
bool df__stretches(df_dims a, df_dims to);
int64_t df__elements(df_dims s, int64_t m);                          /* -1: too many */
DF__HERE_TOO bool df__has_m(df_dims s)
{
    bool has = false;
    for (int i = 0; i < s.rank && !has; i++)
        has = s.size[i] == DF_M;
    return has;
}
/* elements of one example, or of all without m */
int64_t df__per_example(df_dims s);

/* ---- ops ------------------------------------------------------------------------------------- */
extern const df_op *const df__ops[];                                 /* ops.list, ended by NULL */
const df_op *df__op_named(const char *name, size_t n);
#define OP(name) extern const df_op name;
#include "../ops/ops.list"
#undef OP

/* ---- derive.c: nodes that hold derivatives --------------------------------------------------- */
/* One derivation: of J, with or without simplification. */
struct df__walk {
    df__walk *next;
    df_graph *g;
    df_node *J;                  /* the user's */
    df_node *root;               /* J as walked: after the canonical rules */
    df_node *seed;               /* the root's adjoint; NULL: 1 */
    const df_node *pin;
    bool raw;                    /* nothing simplified: the derivation as such */
    bool scaled;                 /* the scale is known */
    df_node *scale;              /* s: adjoints of per-example nodes are of J / s; NULL: 1 */
    int64_t n;                   /* ids below this: the root's and one more */
    df_node **adjoint;           /* by id; NULL: none, or not asked yet */
    unsigned char *mark;         /* by id: what is known of the node, bits of derive.c */
    /* users of id: user[first_user[id]] .. user[first_user[id + 1] - 1], ascending */
    int64_t *first_user, *user;
};
/* The strict derivative, or as derived without any simplification. */
df_node *df__derive(df_node *J, df_node *x, bool raw);
/* False: one is NULL or no number, or they are of two graphs; the graph has the error, in the name
 * of that call. */
bool df__can_derive(const char *call, const char *J_name, const df_node *J, const df_node *x);
df_node *df__derive_seeded(df_node *y, df_node *x, df_node *v);      /* v^T dy/dx, v of y's shape */
/* What this node is the derivative of: J and x; false if it is none. adjoint: in the sense of dZ,
 * of each example's loss. Several may be: index counts from 0. */
typedef struct df__derivative_of {
    df_node *J, *x;
    bool adjoint, raw;
    struct df__derivative_of *next;
} df__derivative_of;
bool df__is_derivative(const df_node *y, int index, df__derivative_of *is);

/* ---- ring.c: sums and products --------------------------------------------------------------- */
/* The cheapest equal form of a derived node by the laws of sums and products. Never NULL but for no
 * memory. */
df_node *df__ring_form(df_graph *g, df_node *y);
void df__ring_end(df_graph *g);
/* centred.c: x is z - mean(z), over some axes; x adds up to 0 over these. */
bool df__is_centring(const df_node *x);
bool df__adds_up_to_zero(const df_node *x, int64_t axes);

/* ---- rules.c, match.c: rewriting ------------------------------------------------------------- */
typedef enum { DF_CANONICAL = 1, DF_STABLE = 2, DF_LATE = 4 } df__phase;
/* Which rules fired, in order of first firing; text points to constant memory. */
typedef struct df__fired { const char *rule[128]; int n; } df__fired;
/* A rule as text; and one that text cannot express: NULL where it does not apply, or for no memory.
 * The shape of what it gives may be smaller. kinds: a bit for each df_kind of the nodes it looks
 * at. */
typedef struct { unsigned phase; const char *text; } df__rule_text;
typedef struct {
    unsigned phase, kinds;
    const char *text;
    df_node *(*apply)(df_graph *g, df_node *y);
} df__hook;
extern const df__rule_text df__rules[];                              /* ended by text NULL */
extern const df__hook df__hooks[];                                   /* ended by apply NULL */
/* The op that adds, subtracts, negates, ...: by df_algebra, up to DF_POWER. NULL: no memory. */
const df_op *const *df__algebra(df_graph *g);
/* Builds an expression as it stands in rules; letter[0] is a, axes: of ops along an axis. NULL: not
 * one. */
df_node *df__from_text(df_graph *g, const char *text, df_node *const letter[26], int64_t axes);
/* Applies the first rule of these phases that fits at y, once; y itself if none does. NULL: no
 * memory. */
df_node *df__rewrite(df_graph *g, df_node *y, unsigned phases, df__fired *trace);
/* y and all below it by the canonical rules, within the same graph; memoised in ->canonical when
 * nothing is pinned. */
df_node *df__canonical(df_node *y, const df_node *pin);
/* y by the rules until none fits at it; for a node whose operands have been through them. NULL: no
 * memory. */
df_node *df__settle(df_node *y);

/* ---- simplify.c ------------------------------------------------------------------------------ */
/* A private copy of what these nodes need, simplified by all phases (raw: copied only). image[i] is
 * the copy of what[i]. keep: more nodes whose images are wanted if they survive (NULL image
 * otherwise). */
typedef struct {
    df_graph *g;                 /* the copy; free with df_graph_free */
    df_node **image;             /* n of them */
    df_node **of;                /* by id of the user's graph: the image, or NULL */
    int n;
    int64_t n_of;
    df_graph *from;              /* the user's graph, as it was: n_of nodes */
    df__fired trace;
} df__copy;
bool df__simplify(df_graph *g, df_node *const *what, int n, bool raw, df__copy *copy);
void df__copy_free(df__copy *copy);

/* ---- leaf.c: memory of parameters and states ------------------------------------------------- */
/* Gives it memory, if it has none: aligned to 64, whole vectors, all 0, which is a state's first
 * value. False: no memory, and no error is set. */
bool df__leaf_place(df_graph *g, df_node *leaf);
/* false, and reported, if p is none or NULL */
bool df__leaf_check(const df_node *p, const char *call);
/* element i; has_value is the caller's */
void df__leaf_write(df__leaf *leaf, int64_t i, double v);

/* ---- text.c ---------------------------------------------------------------------------------- */
/* Between the two, text does not depend on the program's locale; begin gives what end needs. */
locale_t df__locale_begin(void);
void df__locale_end(locale_t was);
/* Text that grows; starts as { .mem = ... }. failed: no memory, and p is incomplete. */
typedef struct { const df_memory *mem; char *p; int64_t n, cap; bool failed; } df__text;
void df__text_add(df__text *t, const char *s);
void df__text_put(df__text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void df__text_insert(df__text *t, int64_t at, const char *s);
void df__text_free(df__text *t);
/* The shortest text that reads back to v in the type real; np.inf, np.nan. Returns text. */
const char *df__number_text(double v, df_type real, char text[32]);
/* The beginning of a piece of text, fit for a message. Returns to. */
const char *df__shown(const char *at, int64_t n, char to[40]);

/* ---- array.c --------------------------------------------------------------------------------- */
size_t df__type_size(df_type type);                                  /* bytes; 0: no type */
bool df__all_finite(const void *v, df_type type, int64_t n);
/* frees what files were read into */
void df__arrays_end(df_graph *g);
/* the graph's from now on; false: no memory */
bool df__array_keep(df_graph *g, void *data, size_t bytes);

/* ---- random.c -------------------------------------------------------------------------------- */
uint64_t df__hash_text(const char *text);
/* What a value is depends on these three alone. */
double df__uniform(uint64_t seed, uint64_t stream, uint64_t index);  /* in (0,1) */
/* mean 0, deviation 1; less than 9 in size */
double df__normal(uint64_t seed, uint64_t stream, uint64_t index);

/* ---- plan.c, run.c, program.c: see plan.h ---------------------------------------------------- */
void df__program_end(df_program *p);                                 /* frees one program */
#endif
