/* check_model.h -- a part of a graph in double, between given values and J, and how J moves with
 * them
 *
 * SPDX-License-Identifier: MIT */
#ifndef DF_CHECK_MODEL_H
#define DF_CHECK_MODEL_H
#include "plan.h"

/* A value that a model does not calculate. Elements are in memory order, of all examples. */
typedef struct {
    df_node *of;                 /* the user's node */
    df_node *x;                  /* the model's */
    int64_t n;
    bool varies;
    double *v;                   /* what it is; of integers: as int64_t */
    double *at;                  /* what it is now: v + h u */
    double *u;                   /* a direction */
    double *d;                   /* dJ by it, as derived */
} df__given;

/* One check: of J at the values that p is bound to. */
typedef struct {
    df_program *p;
    df_node *J;
    int64_t m;
    unsigned char *mark;         /* by id, up to J's: VARIES, ... */
    uint64_t stream;             /* of random numbers: how many were used up */
} df__checking;

/* The graph behind J down to given values. */
typedef struct {
    df__checking *c;
    df_graph *g;
    df_node *J;                  /* one number */
    df_node **of;                /* by id of the user's graph; NULL: not needed */
    df__given *given;
    int n, n_cap;
    df_program *value;           /* J alone */
} df__model;

enum { DF__VARIES = 1 };

/* check_model.c. All: false, and the program has the error. Of a model that was not made, or only
 * in part, end gives back what is there. */
/* Values of the leaves, and nothing cut: what other models take their values from. */
bool df__model_base(df__checking *c, df__model *base);
/* Nodes up to that id which vary are given. With dJ by each of them. */
bool df__model_cut(df__checking *c, df__model *base, int64_t cut, df__model *m);
void df__model_end(df__model *m);
/* J where all that varies is h u from where it is; NaN if that is it. */
bool df__model_J(df__model *m, double h, double *J);

/* check_slope.c: how J moves along the directions of the given values. */
typedef enum { DF__RIGHT, DF__KINK, DF__WRONG } df__verdict;
typedef struct {
    df__verdict verdict;
    double derived, measured, error; /* of the measured one */
    double gap;                  /* between the slopes of the two sides, as steps get small */
    double
        relative; /* the difference that is no error of measurement, relative to what is compared */
} df__slope;
bool df__measure_slope(df__model *m, df__slope *s);
#endif
