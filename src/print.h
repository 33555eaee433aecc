/* print.h -- what the files of printing share
 *
 * SPDX-License-Identifier: MIT
 *
 *     print.c             the call
 *     print_names.c       what nodes are called
 *     print_lines.c       which of them get an equation, and in which order
 *     print_equations.c   a listing, of expressions by print_text.c, names by print_latex.c
 *     print_dot.c         or a picture */
#ifndef DF_PRINT_H
#define DF_PRINT_H
#include "df.h"

/* One more name of a node: a line `db1 = dZ1`. */
typedef struct df__second_name {
    const char *name;
    df_node *y;
    struct df__second_name *next;
} df__second_name;

/* What is known of a node of the copy. */
typedef struct {
    bool needed, asked, visited;
    bool forward;                /* no derivative went into it, or something forward needs it */
    bool line;                   /* it has an equation of its own */
    bool target;                 /* an update assigns to it */
    bool derivative;             /* one that was asked for, or what such a one needs */
    const char *name;            /* NULL: none (yet, if it has a line) */
    df__derivative_of is;        /* its name comes from this derivative, or is.J is NULL */
    bool strict;                 /* with the factor that adjoints lack */
    df__second_name *second;
    int64_t uses;
    df_node *user;               /* one of the nodes that use it */
    int nodes, width;            /* of its expression, with what is written inline in it */
} df__entry;

/* An equation: name = y's expression; or of a second name: name = y's name. */
typedef struct df__line {
    const char *name;
    df_node *y;
    bool second;
    struct df__line *next;
} df__line;
typedef struct { df__line *first, **end; } df__lines;

typedef struct df__taken { const char *name; struct df__taken *next; } df__taken;

/* A cost, whose derivatives the names speak of. */
typedef struct {
    df_node *J;
    const char *name;            /* J's, or one that is free; of a derivative its own: dW */
    bool derivative;
    bool defined;                /* the user knows the name, or it has a line */
    bool undefined;              /* should have a line, but is not in the copy */
} df__cost_of;
enum { DF__COSTS = 8 };

typedef struct {
    df_graph *from;              /* the user's */
    df_node *const *what;        /* nodes of it */
    int n;
    df_format how;               /* without flags */
    bool raw, prelude, why;
    df_node **list;              /* what `what` is, if it is not the caller's */
    int64_t n_list, list_cap;
    df__copy copy;               /* its arena holds all that follows */
    df__entry *at;               /* by id of the copy */
    df__taken **taken;           /* names that are in use, hashed */
    int64_t n_taken;             /* buckets, a power of 2 */
    df__cost_of cost[DF__COSTS];
    int n_costs;
    df__second_name **asked;     /* by place in `what`: further names of derivatives */
    df__alias *name;             /* the user's names, by node */
    int64_t n_names;
    df__lines lines, updates;
    df__text out;
} df__printing;

void df__print_count(df__printing *p);                               /* what is needed, how often */
/* False: no memory. */
bool df__print_names(df__printing *p);
bool df__print_lines(df__printing *p);
void df__print_equations(df__printing *p);
void df__print_dot(df__printing *p);
void df__print_why(df__printing *p, const char *comment);            /* the rules that fired */

void *df__print_get(df__printing *p, size_t bytes); /* cleared, until the copy ends */
/* The name, or with _2, _3 ... behind if it is taken; takes it. NULL: no memory. */
const char *df__print_take(df__printing *p, const char *name);
/* What the adjoints of the examples lack of a derivative of J; NULL: nothing. */
df_node *df__print_scale(const df__printing *p, const df_node *J);
/* What has become of a node of the user's graph, or of its canonical form, which derivations
 * use; NULL: nothing. */
df_node *df__print_image(const df__printing *p, const df_node *u);

/* Whether it is written as a name: it has a line, or is data. */
bool df__print_by_name(const df__printing *p, const df_node *y);
/* The template of an op's printed form, empty if it is name(operand, ...); gives its level. */
int df__print_template(const df_node *y, df_format how, char text[DF_TEXT]);
/* The expression of y, and a name as this notation has it. */
void df__print_expression(df__printing *p, const df_node *y);
void df__print_name(df__printing *p, const char *name);

/* A name in LaTeX; how it ends, and a further superscript behind it. */
typedef enum { DF__LATEX_BARE, DF__LATEX_RAISED, DF__LATEX_FRACTION } df__latex_end;
df__latex_end df__latex_name(df__text *out, const char *name);
void df__latex_raise(df__text *out, df__latex_end end, const char *what);
bool df__latex_is_word(const char *text);                  /* begins with more than a letter */
bool df__latex_is_tall(const char *text);                  /* higher than a line */
bool df__latex_is_open(const char *text);                  /* takes in what stands behind it */
/* A round bracket of a template that \left or \right does not make tall already; and makes those
 * at these places as tall as the text that begins at `from`. */
bool df__latex_is_bracket(const char *t, int at);
void df__latex_brackets(df__text *out, int64_t from, const int64_t *at, int n);
/* The template of an elementwise product; NULL: the op's own, or it is none. */
const char *df__latex_product(const df_node *y);
#endif
