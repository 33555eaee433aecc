/* examples/logistic.c -- logistic regression, derived step by step and trained
 *
 * SPDX-License-Identifier: MIT
 *
 *     z = w^T x + b,  a = sigmoid(z),  L = -(y log a + (1 - y) log(1 - a)) */
#include "data.h"
#include "options.h"
#include "plot.h"
#include <math.h>
#include <stdlib.h>

static struct {
    const char *data, *plot;
    long epochs, seed;
    double rate;
} o = { .data = data_default, .epochs = 300, .rate = 0.5 };

static const option table[] = {
    TEXT(o.data, "data", "FILE",
         "CSV, last column the label 0 or 1; or flower: made by the seed (wdbc.csv)"),
    NUMBER(o.rate, "rate", 1e-12, 1e12, "learning rate (0.5)"),
    COUNT(o.epochs, "epochs", 1, 1e9, "passes over the training data (300)"),
    COUNT(o.seed, "seed", 0, 4e9, "of the split and the flower (0)"),
    TEXT(o.plot, "plot", "FILE",
         "draw the learning curve, for two inputs the boundary too: .png, .svg, .pdf"),
};

typedef struct {
    df_node *x, *y, *w, *b, *z, *a, *L, *J, *accuracy;
} model;

/* For m examples as columns; m may be DF_M, or 1 for one example of fixed size. */
static model build(df_graph *g, int64_t inputs, int64_t m)
{
    model r;
    r.x = df_input(g, "x", df_shape(inputs, m));
    r.y = df_input(g, "y", df_shape(1, m));
    r.w = df_param(g, "w", df_shape(inputs, 1));
    r.b = df_param(g, "b", df_shape(1, 1));
    r.z = df_name(df_add_bias(df_matmul(df_transpose(r.w), r.x), r.b), "z");
    r.a = df_name(df_sigmoid(r.z), "a");
    r.L = df_name(df_cross_entropy(r.a, r.y), "L");
    r.J = m == DF_M ? df_name(df_cost(r.L), "J") : r.L;
    r.accuracy = df_mean(df_equal(df_less(df_num(g, 0.5), r.a), r.y));
    return r;
}

static bool fail(const char *why)
{
    fprintf(stderr, "logistic: %s\n", why);
    return false;
}

/* One example: the derivatives as the chain rule gives them, and simplified. */
static bool show_one(int64_t inputs)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    model n = build(g, inputs, 1);
    df_node *all[] = { n.L, df_d(n.L, n.a), df_d(n.L, n.z), df_d(n.L, n.w), df_d(n.L, n.b) };
    int count = sizeof all / sizeof *all;
    printf("# one example, as derived\n");
    bool good = df_print_list(stdout, DF_NUMPY | DF_RAW, all, count);
    printf("\n# one example, simplified\n");
    good = good && df_print_list(stdout, DF_NUMPY, all, count);
    if (!good)
        fail(df_graph_error(g));
    df_graph_free(g);
    return good;
}

static bool train(df_program *step, const model *n, const data_set *d, double *cost)
{
    if (!df_bind_array(step, n->x, &d->x) || !df_bind_array(step, n->y, &d->y))
        return fail(df_program_error(step));
    for (long i = 0; i < o.epochs; i++) {
        if (!df_run(step))
            return fail(df_program_error(step));
        cost[i] = df_value(step, n->J);
        if (!isfinite(cost[i])) {
            fprintf(stderr, "logistic: epoch %ld: the cost is not finite: try a smaller --rate\n",
                    i + 1);
            return false;
        }
        progress(i + 1, o.epochs, cost[i]);
    }
    return true;
}

static bool judge(df_graph *g, const model *n, const data_set *d)
{
    df_program *p = df_compile(g, n->J, n->accuracy);
    if (!p)
        return fail(df_graph_error(g));
    if (!df_bind_array(p, n->x, &d->x) || !df_bind_array(p, n->y, &d->y) || !df_run(p))
        return fail(df_program_error(p));
    printf("cost after training %.6g\n", df_value(p, n->J));
    printf("training accuracy %.1f %%\n", 100 * df_value(p, n->accuracy));
    if (!df_bind_array(p, n->x, &d->test_x) || !df_bind_array(p, n->y, &d->test_y) || !df_run(p))
        return fail(df_program_error(p));
    printf("test accuracy %.1f %%\n", 100 * df_value(p, n->accuracy));
    return true;
}

static bool run(df_graph *g, data_set *d, double *cost)
{
    if (!data_read(g, o.data, DF_FLOAT32, (uint64_t)o.seed, d) || !show_one(d->inputs))
        return false;
    model n = build(g, d->inputs, DF_M);
    printf("\n# m examples, simplified\n");
    if (!df_print(stdout, DF_NUMPY, n.J, df_d(n.J, n.w), df_d(n.J, n.b)))
        return fail(df_graph_error(g));
    printf("\ntraining on %ld examples, testing on %ld\n", (long)d->m, (long)d->m_test);
    df_program *step = df_compile(g, n.J, df_sgd(n.J, df_num(g, o.rate), NULL));
    /* The cost is convex: a start from zero is as good as any. */
    if (!step || !df_init_fill(n.w, 0) || !df_init_fill(n.b, 0))
        return fail(df_graph_error(g));
    return train(step, &n, d, cost) && judge(g, &n, d) &&
           (!o.plot || plot_write(o.plot, cost, o.epochs, d, n.x, n.a));
}

int main(int argc, char **argv)
{
    options_read(argc, argv, "Derives logistic regression and trains it to tell two classes apart.",
                 table, sizeof table / sizeof *table);
    if (o.plot && !plot_possible(o.plot))
        return 1;
    df_graph *g = df_graph_new(DF_FLOAT32);
    double *cost = malloc((size_t)o.epochs * sizeof *cost);
    data_set d = { 0 };
    bool good = g && cost ? run(g, &d, cost) : fail("no memory");
    if (fflush(stdout) || ferror(stdout))
        good = fail("output could not be written");
    data_free(&d);
    free(cost);
    df_graph_free(g);
    return good ? 0 : 1;
}
