/* bench/chain.c -- m elementwise operations on one number, one behind another
 *
 * SPDX-License-Identifier: MIT
 *
 * x := sigmoid(tanh(a x) + b), again and again; the derivatives by a, b and the first x. It shows
 * what a node costs: to plan, and to run where there is nothing to compute. */
#include "bench.h"
#include <math.h>

typedef struct {
    int64_t rounds;
    const double *a, *b, *x;
    double *da, *db, *dx;
    double *t, *y;           /* of each round: tanh(a x), and its result */
} links;

static double by_hand(void *own)
{
    const links *n = own;
    double x = *n->x, a = *n->a, b = *n->b, da = 0, db = 0, d = 1;
    for (int64_t i = 0; i < n->rounds; i++) {
        n->t[i] = tanh(a * x);
        n->y[i] = x = 1 / (1 + exp(-(n->t[i] + b)));
    }
    for (int64_t i = n->rounds - 1; i >= 0; i--) {
        db += d *= n->y[i] * (1 - n->y[i]);
        d *= 1 - n->t[i] * n->t[i];
        da += d * (i ? n->y[i - 1] : *n->x);
        d *= a;
    }
    *n->da = da, *n->db = db, *n->dx = d;
    return x;
}

static void build(job *j)
{
    df_node *a = job_param(j, "a", df_shape(1), 1), *b = job_param(j, "b", df_shape(1), 1);
    df_node *x = job_param(j, "x", df_shape(1), 1), *y = x;
    int64_t rounds = j->m / 4;
    for (int64_t i = 0; i < rounds; i++)
        y = df_sigmoid(df_add(df_tanh(df_mul(a, y)), b));
    j->J = y;
    links *n = j->own = job_memory(j, sizeof *n);
    n->rounds = rounds;
    n->a = job_array(j, a)->v, n->da = job_array(j, a)->d;
    n->b = job_array(j, b)->v, n->db = job_array(j, b)->d;
    n->x = job_array(j, x)->v, n->dx = job_array(j, x)->d;
    n->t = job_memory(j, rounds * (int64_t)sizeof *n->t);
    n->y = job_memory(j, rounds * (int64_t)sizeof *n->y);
}

const workload chain = { "chain", DF_FLOAT64, build, by_hand };
