/* parse.h -- what the files of parsing share
 *
 * SPDX-License-Identifier: MIT
 *
 *     parse.c         the call: declarations and equations, line by line
 *     parse_lexer.c   words, numbers and signs
 *     parse_tree.c    an expression as a tree, by Python's precedence
 *     parse_match.c   whether a tree has the form of an op, and what its places hold
 *     parse_forms.c   a tree as a node: ops' printed forms, read backwards
 *     parse_special.c forms that need more than an op and its attributes
 *     parse_arrays.c  those of numbers, of lists of arrays, and of order
 *     parse_calls.c   the calls of dfoo.h by their names
 *
 * Forms are read by the same grammar as text, so that matching compares two trees. */
#ifndef DF_PARSE_H
#define DF_PARSE_H
#include "df.h"

/* ---- parse_lexer.c --------------------------------------------------------------------------- */
typedef enum {
    DF__END, DF__LINE, DF__WORD, DF__FIGURES, DF__QUOTED, DF__SIGN, DF__PLACE, DF__WRONG
} df__token_kind;
/* Signs of more than one character. */
enum {
    DF__TO_THE = 'p', DF__NOT_MORE = 'l', DF__NOT_LESS = 'g', DF__EQUAL = 'e', DF__UNEQUAL = 'u',
    DF__DOTS = 'd'
};
/* sign: its character, of a place in a form its letter; blank: one stands before it. */
typedef struct { df__token_kind kind; char sign; bool blank; const char *at; int64_t n; } df__token;

/* ---- parse_tree.c ---------------------------------------------------------------------------- */
typedef enum {
    DF__NAME, DF__FIGURE, DF__STRING, DF__LIST, DF__CALL, DF__ATTRIBUTE, DF__INDEX, DF__KEYWORD,
    DF__UNARY, DF__BINARY, DF__COLON, DF__HOLE, DF__NODE
} df__tree_kind;
/* A tree or leaf of one; trees are numbered from 1 in their list, 0 is none. at, n: its text, of a
 * binary operator or a call the operator's or function's. */
typedef struct {
    df__tree_kind kind;
    char sign;
    bool tight;                  /* an operator without blanks */
    int16_t depth;
    int32_t first, next;         /* of its parts; the part after it in the tree above */
    const char *at;
    int64_t n;
    double v;                    /* of a number */
    df_node *y;                  /* what it has become */
} df__tree;
typedef struct { df__tree *tree; int64_t n, cap; } df__trees;

/* ---- parse_forms.c --------------------------------------------------------------------------- */
/* What the places of a form hold: %t text, %a list, %i index; the others as in dfoo/op.h. */
typedef struct {
    int32_t operand[DF_ARITY];   /* trees; 0: no such operand */
    double f[2];
    int64_t i[2], axis[DF_RANK], order[DF_RANK];
    int n_axes, n_order;         /* -1, 0: the form has none */
    df_dims dims;                /* as written; rank 0: the form has none */
    int32_t text, list, index;   /* trees, for what a builder reads by itself */
} df__match;
typedef struct df__parser df__parser;
typedef df_node *df_build(df__parser *p, const df__match *m, df_node *const *x);
typedef struct {
    const df_op *op;             /* or NULL: */
    df_build *build;
    int32_t tree, next;          /* of forms with the same head, the most particular first */
    int exact;                   /* how many trees in it are no places */
    bool nested;                 /* more than one operation */
} df__form;
typedef struct { const char *text; df_build *build; } df__special;
extern const df__special df__specials[], df__array_forms[];          /* ended by NULL */

enum { DF__HEADS = 128 };
struct df__parser {
    df_graph *g;                 /* where nodes are made */
    const df_graph *outer;       /* in a trial: where names are that g may use too */
    const char *text, *at;       /* all of it; what is to be read */
    df__token t;                 /* the token at hand */
    bool in_form, failed;
    int brackets, depth, steps;  /* open; nested; calls of df__expression at work */
    df__trees *to;               /* where trees go */
    df__trees trees, patterns;
    df__form *form;
    int64_t n_forms, form_cap;
    int32_t head[DF__HEADS];     /* forms by hash of their head, from 1 */
    df_node **now;               /* by id: the new value of what an equation updated */
    int64_t now_cap;
    df_node **update;
    int64_t n_updates, update_cap;
};

/* Reads the next token into p->t. */
void df__next(df__parser *p);
bool df__is_sign(const df__parser *p, char sign);
bool df__take(df__parser *p, char sign);                         /* it was there, and is passed */
bool df__word_is(const char *at, int64_t n, const char *word);
/* The error that another thing was expected here; false: for returning. */
bool df__expected(df__parser *p, const char *what);
/* An error at a place of the text; the first one counts. */
bool df__parse_fail(df__parser *p, df_status s, const char *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

int32_t df__expression(df__parser *p, int least);                    /* least 0: any. 0: failed */
int32_t df__tuple(df__parser *p);                                    /* from its bracket on */

/* ---- parse_match.c --------------------------------------------------------------------------- */
/* Numbers the tree is a tuple of, m being DF_M. False: it is none. */
bool df__integers(const df__parser *p, int32_t tree, int64_t *to, int *n, int most);
bool df__constant(const df__tree *t, double *v);
/* Which of p->head: by what stands at the top, np. or not. */
int df__head_of(const df__trees *in, const df__tree *t);
/* The name of a form, which a text may have without np. */
bool df__same_name(const df__tree *form, const df__tree *t);
/* The form that a tree fits, or NULL. */
const df__form *df__find_form(const df__parser *p, int32_t tree, df__match *m);

/* ---- parse_forms.c, continued ---------------------------------------------------------------- */
bool df__read_forms(df__parser *p);
df_node *df__build_tree(df__parser *p, int32_t tree);                /* NULL: failed */
bool df__tree_is_op(df__parser *p, int32_t tree);                    /* it can be built by itself */
df_node *df__parse_name(df__parser *p, const df__tree *t);       /* parse.c: what has that name */
/* In a trial: stand-ins for the states of the user's graph that begin with this and a dot. */
bool df__parse_states(df__parser *p, const char *name);

/* ---- parse_calls.c --------------------------------------------------------------------------- */
/* "softmax(z, axis)": a call of dfoo.h by its name without df_. False: there is none. */
bool df__call_usage(const char *name, int64_t n, char to[DF_TEXT]);
bool df__call_fits(const df__parser *p, int32_t tree);
/* What it gives, its arguments being built before; NULL: failed. */
df_node *df__call(df__parser *p, int32_t tree);
/* n nodes from that tree on, or of a list's parts. */
bool df__build_nodes(df__parser *p, int32_t tree, df_node **x, int n);
/* Calls it with nodes; false: it does not take just as many. */
bool df__call_nodes(const char *name, df_node *const *x, int n, df_node **y);
#endif
