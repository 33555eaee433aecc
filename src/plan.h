/* plan.h -- what planning and running share: slots, steps, segments
 *
 * SPDX-License-Identifier: MIT
 *
 *     plan.c         the plan as a whole: which nodes, in which order
 *     plan_passes.c  which pass over the examples computes what
 *     fuse.c         several elementwise nodes in one step
 *     plan_steps.c   the steps of each node, and the slots they work on
 *     plan_operands.c the slots that steps read
 *     plan_slots.c   where slots lie in the workspace, and how wide a tile is
 *     by_element.c   the same steps over tiles that lie element by element
 *     step_*.c       one kind of step each: how it is laid out, and how it runs
 *     run.c          a run: segments, chunks, tiles, threads
 *
 * A plan holds sizes and offsets, no pointers into a workspace, so that clones share it. */
#ifndef DF_PLAN_H
#define DF_PLAN_H
#include "df.h"

/* Numbers in the widest vector: tiles and rows are whole ones. */
enum { DF__LANES = 16 };

/* ---- slots: where a value is while the program runs ------------------------------------------ */
typedef enum {
    DF_CONSTANT,                 /* in the plan: numbers and constant arrays */
    DF_OUTSIDE,                  /* the user's array, or the memory of a parameter or state */
    DF_GLOBAL,                   /* without m, in the workspace */
    DF_TILE,                     /* of the examples of one tile; each thread has its own */
    DF_SCRATCH,                  /* of a thread too, but of one size whatever the tile */
    DF_BATCH                     /* of all examples of the run: a value that lives across passes */
} df__place;

typedef struct {
    df__place place;
    df_type type;                /* the graph's, or DF_INT64 for integers */
    const df_node *node;         /* whose value it is; of a temporary value too */
    int64_t count;               /* elements of one example, or in all where there is no m */
    bool accumulates;            /* global, summed up by a pass: each chunk has its own */
    bool output;                 /* lives until the next run */
    int64_t first, last;         /* the steps between which it lives */
    int segment;                 /* of its first step */
    /* bytes; of DF_TILE and DF_BATCH: bytes of one example before it */
    int64_t offset;
    /* of DF_TILE: how many others are before it; each has a vector of room behind it */
    int64_t behind;
    int64_t part;                /* of what accumulates: its offset among those of a chunk */
    void *data;                  /* of a constant */
} df__slot;

/* ---- steps: one call each -------------------------------------------------------------------- */
/* What a step sees. */
typedef struct {
    void **at;                   /* by slot: where its value is for this tile */
    int64_t rows, width;         /* examples of the tile; and those rounded up to whole vectors */
    bool fresh;                  /* the first tile of its chunk: what accumulates begins anew */
    bool last;                   /* the last one of its chunk */
    const int64_t *which;        /* which examples these are; NULL: from `first` on */
    int64_t first;
    uint64_t seed, run;          /* what random values depend on beside the example */
    int64_t bad;                 /* set by a step that fails: which row of the tile; -1: none */
    const df_node *why_node;
    char why[DF_TEXT];
} df__tile;

typedef struct df__step df__step;
struct df__step {
    void (*run)(const df__step *s, df__tile *t);
    const char *name;            /* for the listing */
    const df_node *node;
    int y, x[DF_ARITY];          /* slots; -1: none */
    int n;
    int64_t count;               /* elements, of an example if `rows` */
    bool rows;
    df_map_kernel *kernel;       /* of a map */
    /* it runs on a multiple of so many elements; 1 where an operand is not padded */
    int64_t lanes;
    int64_t step[DF_ARITY];      /* 1 where an operand steps from element to element, else 0 */
    int size;                    /* of a copy: bytes of an element */
    int scratch;                 /* of a product or a block: a slot; -1: none */
    bool room;                   /* y is followed by a vector that may be written */
    /* of a product: additions and multiplications, of an example if it has m */
    double work;
    const void *how;             /* what else it needs to know: of its kind */
};

/* Where the loops of an elementwise step or a copy go: loop 0 is the outermost. */
typedef struct {
    int n;
    struct { int64_t size; bool rows; int64_t stride[DF_ARITY + 1]; } loop[DF_RANK + 1];
    int64_t offset;              /* of a view: where its first element is in its operand */
} df__nest;

/* ---- what a plan takes in and gives out ------------------------------------------------------ */
typedef struct {
    df_node *leaf;               /* the user's input, parameter or state */
    int slot;
    /* where it is copied to if its array does not lie as it must; -1: no need */
    int stage;
    bool per_example;
    int64_t bytes;               /* of an example, as steps read it */
} df__plan_input;

typedef struct {
    df_node *node;               /* the user's */
    const df_node *image;
    int slot;
    bool per_example;
} df__plan_output;

typedef struct { df_node *leaf; int slot, value; } df__plan_update;

/* Steps begin .. end - 1: before all passes, of a pass, or after it. inputs: those that carry m and
 * that a pass reads; stores: outputs that carry m and are ready; sums: slots that accumulate. */
typedef struct {
    int64_t begin, end;
    bool pass;
    int *inputs, n_inputs, *stores, n_stores, *sums, n_sums;
} df__segment;

/* Chunks at most; examples of a tile at most, and as many as are expected where a choice depends on
 * it. */
enum { DF__CHUNKS = 64, DF__TILE_MOST = 4096, DF__TYPICAL_ROWS = 64 };

typedef struct df__plan {
    df_graph *g;                 /* the user's */
    df__arena arena;
    int users;                   /* programs */
    df__copy copy;
    df__slot *slot;
    int64_t n_slots, slot_cap;
    df__step *step;
    int64_t n_steps, step_cap;
    const df__step *by_element;  /* the same for tiles that lie by element; NULL: they never do */
    int turning;                 /* a slot, for inputs before they lie so */
    /* before, pass 1, after it, pass 2, ..., at the end: what updates in place */
    df__segment *segment;
    int n_segments, n_passes;
    df__plan_input *input;
    df__plan_output *output;
    df__plan_update *update;
    int64_t n_inputs, n_outputs, n_updates;
    int examples;                /* the slot of m; -1: not used */
    bool per_example;            /* the program needs an m */
    bool stores;                 /* an output carries m */
    bool fixed;                  /* what is before all passes depends on m alone */
    int64_t tile;                /* examples of a tile at most */
    int64_t chunk;               /* tiles of a chunk at least */
    int64_t chunks;              /* at most */
    int64_t global_bytes, part_bytes, scratch_bytes;
    int64_t tile_bytes, batch_bytes; /* of an example */
    int64_t tile_slots;          /* places in a tile */
    int *batch, n_batch;         /* the slots of that place */
    bool blas;                   /* a step calls it */
    double work;                 /* of an example, about in nanoseconds */
} df__plan;

/* The plan of these nodes; NULL: the graph has the error. */
df__plan *df__plan_make(df_graph *g, df_node *const *outputs, int n, const df_options *o);
/* frees it when no program uses it any more */
void df__plan_end(df__plan *plan);

/* ---- plan_passes.c --------------------------------------------------------------------------- */
/* What planning knows of a node, by id. */
typedef struct {
    bool needed;
    /* computed by a pass, tile by tile; else before, between or after passes */
    bool body;
    bool whole;                  /* needs all examples at once */
    /* the pass that computes it, or after which it is computed; 0: before all */
    int pass;
    int used;                    /* the first pass that needs it; INT_MAX: none */
    int users;
    bool absorbed;               /* its user does its work */
    /* y = alpha * product + bias, in one step; of a sum: y = alpha * product */
    const df_node *product, *alpha, *bias;
    const struct df__peephole *fused; /* several maps in one: fuse.c */
    int slot, batch;             /* batch: its copy of all examples */
    bool keep;                   /* a `whole` node reads it */
    bool updated, written;       /* of a parameter: by an update; by one in place */
} df__place_of;
/* Fills in all but the slots; gives the number of passes. */
int df__plan_passes(const df__copy *copy, df__place_of *of);
int df__segment_of(const df__place_of *p);               /* where its steps go */

/* ---- fuse.c ---------------------------------------------------------------------------------- */
typedef struct df__peephole {
    const char *name;            /* for the listing */
    /* y is such a combination of maps: gives the operands, and the inner nodes and their number */
    int (*applicable)(const df_node *y, const df_node **x, const df_node **inner);
    int n;                       /* operands */
    df_map_kernel *kernel[2];
    bool update;                 /* only for new values of parameters */
} df__peephole;
/* y's step does the work of inner nodes too, where the first peephole fits that may. */
void df__fuse(const df_node *y, df__place_of *of, bool update);
/* The operands of y's step; how many. */
int df__operands(const df__place_of *p, const df_node *y, const df_node **x);

/* ---- plan_steps.c ---------------------------------------------------------------------------- */
bool df__plan_steps(df__plan *plan, df__place_of *of, df_node *const *what, bool check_finite);
/* -1: no memory */
int df__plan_slot(df__plan *plan, df__place place, const df_node *node, df_type type,
                  int64_t count);
/* a new one, of no operands; NULL: no memory */
df__step *df__plan_step(df__plan *plan, const df_node *node, int y);
/* of the plan's arena, cleared; NULL sets the error */
void *df__plan_get(df__plan *plan, size_t bytes);

/* ---- plan_operands.c ------------------------------------------------------------------------- */
typedef struct {
    df__plan *plan;
    df__place_of *of;
    int segment;                 /* whose steps are made */
} df__maker;
/* Slots of x, -1 without memory: as it is; with all its elements in memory; for all examples at
 * once; repeated to that shape, in a slot of that place. */
int df__slot_of(df__maker *k, const df_node *x);
int df__full_slot(df__maker *k, const df_node *x);
int df__batch_slot(df__maker *k, const df_node *x);
int df__repeated(df__maker *k, const df_node *x, df_dims to, df__place place);
int df__value_slot(df__maker *k, const df_node *y);       /* a new one, for y's value */
df_dims df__dims_of(const df_node *x);                    /* the shape that x has in memory */
const df_node *df__base_of(const df_node *x);             /* whose memory a view has */

/* ---- plan_slots.c ---------------------------------------------------------------------------- */
bool df__plan_slots(df__plan *plan, const df_options *o);
/* How a run of m examples is cut: into tiles of one width (the last is what is left), and these
 * into chunks. */
typedef struct { int64_t width, tiles, chunks; bool by_element; } df__cut;
df__cut df__choose_cut(const df__plan *plan, int64_t m);

/* ---- by_element.c ---------------------------------------------------------------------------- */
/* Lays the steps of a plan's passes out once more, if narrow tiles gain by it; false: no memory. */
bool df__plan_by_element(df__plan *plan);

/* ---- nest.c ---------------------------------------------------------------------------------- */
/* The loops over a block of shape y and, for each of n operands, how far apart in it neighbours
 * along an axis of y are; operand 0 of the nest is y itself. */
void df__nest_of(df__nest *nest, df_dims y, int64_t (*of_x)[DF_RANK], int n);
/* by the rules of elementwise ops */
void df__nest_stretch(df__nest *nest, df_dims y, const df_dims *x, int n);
/* Moves n + 1 pointers to elements of these sizes on, by all loops but the innermost; at: where
 * these are. False: it was the last. */
bool df__nest_next(const df__nest *nest, int64_t rows, int64_t at[DF_RANK], char **p, int n,
                   const int *size);
static inline int64_t df__loop_size(const df__nest *nest, int i, int64_t rows)
{
    return nest->loop[i].rows ? nest->loop[i].size * rows : nest->loop[i].size;
}

/* ---- step_*.c: each makes the steps of a node of its kind ------------------------------------ */
/* fused: the step of several maps; NULL: of this one. */
bool df__step_map(df__plan *plan, const df_node *node, const df__peephole *fused, int y,
                  const int *x, const df__nest *nest);
/* y = alpha * the reduction of x; alpha -1: 1 */
bool df__step_reduce(df__plan *plan, const df_node *node, int y, int x, int alpha);
bool df__step_view(df__plan *plan, const df_node *node, int y, int x);
bool df__step_block(df__plan *plan, const df_node *node, int y, const int *x);
/* y = alpha a b + bias, in those of the two that are no -1. */
bool df__step_product(df__plan *plan, const df_node *node, int y, const int ab[2], int alpha,
                      int bias, df_dims bias_dims);
/* y = x, repeated to y's shape; and as it is. */
bool df__step_stretch(df__plan *plan, const df_node *node, df_dims to, int y, df_dims from, int x);
bool df__step_copy(df__plan *plan, const df_node *node, int y, int x);
/* a view that has its operand's memory as it is */
bool df__is_view_of_all(const df_node *y);

/* The same step for tiles that lie by element: `to` is a copy of s to be changed; false: not
 * possible. */
bool df__map_by_element(df__plan *plan, const df__step *s, df__step *to);
bool df__reduce_by_element(df__plan *plan, const df__step *s, df__step *to);
bool df__product_by_element(df__plan *plan, const df__step *s, df__step *to);

/* ---- load.c: arrays of any type and strides, and blocks of examples -------------------------- */
/* n elements from places `by_from` apart to places `by_to` apart, as numbers of another type. */
void df__convert(int64_t n, void *to, df_type to_type, int64_t by_to, const void *from,
                 df_type type, int64_t by_from);
/* Each of n elements has a place in the other type; integers may be too large for it. */
bool df__all_fit(int64_t n, const void *v, df_type from, df_type to);
/* Each element of an array of floats is a whole number; else broken is the first that is not. */
bool df__all_whole(const df_array *a, double *broken);
/* Examples of an array to a block of that type: which[0 .. rows - 1], or if NULL first .. first +
 * rows - 1. */
void df__load(const df_array *a, const int64_t *which, int64_t first, int64_t rows, void *to,
              df_type type);
/* A block to examples first .. first + rows - 1 of an array. */
void df__store(const df_array *a, int64_t first, int64_t rows, const void *from, df_type type);

/* ---- program.c: a plan with workspace and binds ---------------------------------------------- */
typedef struct {
    df_array a;                  /* data NULL: not bound */
    int64_t m;                   /* examples it holds; 1 without m */
    bool dense;                  /* lies as a block of examples, in the right type */
    char error[DF_TEXT];         /* of a bind that failed; "" */
    df_status status;
} df__bound;

struct df_program {
    df_program *next;
    df_graph *g;
    df__plan *plan;
    df_status status;
    char error[2 * DF_TEXT];
    df_options options;
    int threads;                 /* at most */
    df__bound *input, *output;   /* as the plan's inputs and outputs; dims of a carry m as DF_M */
    /* of inputs that were bound and that the plan does not read; 0: none */
    int64_t other_m;
    void *memory, *workspace;    /* as allocated, or the caller's; aligned */
    size_t memory_bytes, bytes;
    bool own;                    /* the memory is the program's */
    /* parameters as df_bind_flat was given them; NULL: it was not called */
    void *flat;
    size_t flat_bytes;
    bool ran;                    /* outputs are of the last run */
    int64_t ready_m;             /* all is bound, for so many examples; 0: not asked yet */
    int64_t set_m;               /* what follows is as a run of so many examples needs it; 0: not */
    struct df__workspace { size_t global, tables, parts, tiles, batch, total; } at;
    df__cut cut;
    int run_threads;
    bool copies;                 /* inputs without m are copied, once a run */
};

/* The reason why a call failed, after the place of the call; and as it is. Always false. */
bool df__program_fail(df_program *p, df_status s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool df__program_say(df_program *p, df_status s, const char *text);
/* A workspace for m examples; false: no memory, and all is as before. */
bool df__program_room(df_program *p, int64_t m);
int df__threads_for(const df_program *p, int64_t m);
/* Where the parts of the workspace begin, for a run of m examples. */
typedef struct df__workspace df__workspace;
df__workspace df__workspace_of(const df_program *p, int64_t m);
size_t df__thread_bytes(const df__plan *plan);           /* of tiles and scratch */
/* flat.c: gives a clone a copy of what df_bind_flat has bound in `from`; false: no memory. */
bool df__flat_clone(df_program *p, const df_program *from);
#endif
