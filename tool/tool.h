/* tool.h -- what the files of the command-line tool share
 *
 * SPDX-License-Identifier: MIT
 *
 *     dfoo.c       options, and what is done in which order
 *     model.c      the model file: its text, its names, the cost, what it is derived by
 *     check.c      gradients against central differences
 *     train.c      fits the parameters to a table
 *     columns.c    which columns of a table go to which input */
#ifndef DFOO_TOOL_H
#define DFOO_TOOL_H
#define DF_NO_HERE               /* errors name the model's lines, not the tool's */
#include <dfoo.h>
#include <dfoo/op.h>          /* df_type_of */

enum { INPUTS = 64 };            /* --input and --standardise, each */

typedef enum { SGD, MOMENTUM, ADAM } optimiser;

typedef struct {
    const char *file;            /* NULL: standard input */
    const char *cost, *by, *train, *load, *save;
    const char *input[INPUTS], *standardise[INPUTS];
    int n_inputs, n_standardise;
    int format;                  /* of df_format, with DF_RAW, DF_PRELUDE, DF_WHY */
    bool plan, second, check, wide;
    long threads, seed, epochs, batch;
    double rate;
    optimiser optimiser;
} options;

/* A named node that the model file declares or defines. */
typedef struct { const char *kind, *name; df_node *x; int line; } named;

typedef struct {
    const char *name;            /* the file's, for messages */
    char *text;
    df_graph *g;
    named *list;                 /* in the order of the text; kind: input, param, state or = */
    int n, room;
    df_node *J;
    df_node **by, **d;           /* what is asked for, and the derivatives */
    int n_by;
} model;

/* "dfoo: ..." on standard error. Always false. */
bool complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool complain_graph(const model *m);
bool complain_program(const df_program *p);

bool model_read(model *m, const options *o);
bool model_parse(model *m, const options *o);                        /* m->text and m->name */
bool model_derive(model *m, const options *o);
void model_free(model *m);
int64_t elements(df_dims s, int64_t m);                              /* with m for DF_M */
bool has_m(df_dims s);
df_options compile_options(const options *o);

bool check_gradients(model *m, const options *o);
bool train_model(model *m, const options *o);

/* ---- columns.c ------------------------------------------------------------------------------- */
typedef struct { df_array a; char *text, **names; int n; } table;
bool table_read(model *m, const char *path, table *t);
void table_free(table *t);
/* The columns for an input: size of them in which[]. */
bool table_columns(const table *t, const options *o, const named *input, int64_t size, int *which);
#endif
