/* calculus.h -- a network in columns or rows, values of any node, and differences along a direction
 *
 * SPDX-License-Identifier: MIT */
#ifndef DFOO_TESTS_CALCULUS_H
#define DFOO_TESTS_CALCULUS_H
#include "graphs.h"

enum { M = 5 };

/* ---- a graph of several parameters, in columns and in rows -------------------------------- */

typedef struct { df_graph *g; df_node *X, *Y, *W, *b, *U, *c, *Z, *A, *L, *J, *u, *v; } net;

__attribute__((unused)) static net new_net(df_type real, bool in_rows)
{
    net k = { .g = df_graph_new(real) };
    if (in_rows) {
        k.X = df_input(k.g, "X", df_shape(DF_M, 3)), k.Y = df_input(k.g, "Y", df_shape(DF_M, 1));
        k.W = df_param(k.g, "W", df_shape(3, 4)), k.b = df_param(k.g, "b", df_shape(1, 4));
        k.U = df_param(k.g, "U", df_shape(4, 1)), k.c = df_param(k.g, "c", df_shape(1, 1));
        k.Z = df_add_bias(df_matmul(k.X, k.W), k.b);
        k.A = df_sigmoid(df_add_bias(df_matmul(df_tanh(k.Z), k.U), k.c));
    } else {
        k.X = df_input(k.g, "X", df_shape(3, DF_M)), k.Y = df_input(k.g, "Y", df_shape(1, DF_M));
        k.W = df_param(k.g, "W", df_shape(4, 3)), k.b = df_param(k.g, "b", df_shape(4, 1));
        k.U = df_param(k.g, "U", df_shape(1, 4)), k.c = df_param(k.g, "c", df_shape(1, 1));
        k.Z = df_add_bias(df_matmul(k.W, k.X), k.b);
        k.A = df_sigmoid(df_add_bias(df_matmul(k.U, df_tanh(k.Z)), k.c));
    }
    k.L = df_cross_entropy(k.A, df_sigmoid(k.Y));
    k.J = df_cost(k.L);
    ck_assert_msg(k.J != NULL, "%s", df_graph_error(k.g));
    return k;
}

__attribute__((unused)) static given *some_values(df_graph *g)
{
    return given_new(g, M, &(dice){ 7, 0 }, -1, 1);
}

__attribute__((unused)) static double *values_of(const given *v, df_node *y)
{
    ck_assert_msg(y != NULL, "%s", df_graph_error(v->g));
    df_program *p = compiled(v->g, &y, 1, NULL);
    double **r = run_given(p, v, &y, 1), *values = r[0];
    df_program_free(p);
    free(r);
    return values;
}

static int leaf_of(const given *v, const df_node *x)
{
    int k = 0;
    while (v->e.x[k] != x)
        k++;
    return k;
}

/* y where leaf x is h times the direction u further; the graph is of doubles. */
static double *values_along(const given *v, df_node *y, df_node *x, const df_node *u, double h)
{
    int64_t n = elements_of(x, v->e.m);
    double *at = v->by_example[leaf_of(v, x)], *was = malloc((size_t)n * sizeof *was);
    const double *along = v->by_example[leaf_of(v, u)];
    memcpy(was, at, (size_t)n * sizeof *was);
    for (int64_t i = 0; i < n; i++)
        at[i] += h * along[i];
    ck_assert(!x->leaf || df_set(x, at, n));
    double *r = values_of(v, y);
    memcpy(at, was, (size_t)n * sizeof *was);
    ck_assert(!x->leaf || df_set(x, at, n));
    free(was);
    return r;
}

/* How y changes as x goes along u. */
static double *differences(const given *v, df_node *y, df_node *x, const df_node *u)
{
    const double h = 1e-4;
    double *up = values_along(v, y, x, u, h), *down = values_along(v, y, x, u, -h);
    for (int64_t i = 0; i < elements_of(y, v->e.m); i++)
        up[i] = (up[i] - down[i]) / (2 * h);
    free(down);
    return up;
}

__attribute__((unused)) static double inner(const double *a, const double *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

__attribute__((unused)) static void prints(df_node *y, const char *part)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    ck_assert(df_print(f, DF_NUMPY, y));
    fclose(f);
    ck_assert_msg(strstr(text, part) != NULL, "%s", text);
    free(text);
}

/* J's gradient by x along u, J being one number. */
__attribute__((unused)) static void gradient_is_right(const char *what, const given *v,
                                                      df_node *J, df_node *x, const df_node *u)
{
    double *d = values_of(v, df_d(J, x)), *measured = differences(v, J, x, u);
    double along = inner(d, v->by_example[leaf_of(v, u)], elements_of(x, v->e.m));
    check_close(what, J, &along, measured, 1, 1e-6);
    free(d), free(measured);
}
#endif
