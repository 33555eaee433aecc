/* examples/two_layer.c -- trains a network of two layers for two classes
 *
 * SPDX-License-Identifier: MIT
 *
 *     Z1 = W1 X + b1,  A1 = g(Z1),  Z2 = W2 A1 + b2,  A2 = sigmoid(Z2),
 *     J = mean cross-entropy of A2 and Y
 *
 * It writes down the forward pass only: gradients, their simplification and the update are
 * derived. */
#include "data.h"
#include "options.h"
#include "plot.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- options --------------------------------------------------------------------------------- */
static df_node *leaky_relu(df_node *z) { return df_leaky_relu(z, 0.01); }

static const struct {
    df_node *(*g)(df_node *z);
    bool (*init)(df_node *W);
} activations[] = { { df_tanh, df_init_glorot },
                    { df_sigmoid, df_init_glorot },
                    { df_relu, df_init_he },
                    { leaky_relu, df_init_he },
                    { df_softplus, df_init_he } };
static const char *const activation_names[] = { "tanh", "sigmoid", "relu", "leaky_relu",
                                                "softplus", NULL };
static const char *const optimisers[] = { "sgd", "adam", NULL };
static const char *const notations[] = { "numpy", "latex", "none", NULL };
static const int formats[] = { DF_NUMPY, DF_LATEX };

static struct {
    const char *data, *dot, *plot;
    long hidden, epochs, batch, seed, threads;
    double rate;
    int activation, optimiser, equations;
    bool in_double, zero, plan;
} o = { .data = data_default };

static const option table[] = {
    TEXT(o.data, "data", "FILE",
         "CSV, last column the label 0 or 1; or flower: made by the seed (wdbc.csv)"),
    COUNT(o.hidden, "hidden", 1, 1e6, "hidden units (16; flower: 4)"),
    CHOICE(o.activation, "activation", activation_names,
           "of the hidden layer: tanh, sigmoid, relu, leaky_relu, softplus (tanh)"),
    NUMBER(o.rate, "rate", 1e-12, 1e12, "learning rate (0.5; flower: 1.2; with adam 0.01)"),
    COUNT(o.epochs, "epochs", 1, 1e9, "passes over the training data (300; flower: 2000)"),
    COUNT(o.batch, "batch", 0, 1e9,
          "examples a step, in a new random order each epoch; 0: all (0)"),
    COUNT(o.seed, "seed", 0, 4e9, "of the split, the initial values, the order, the flower (0)"),
    COUNT(o.threads, "threads", 0, 1024, "at most so many; 0: as many as there are (0)"),
    FLAG(o.in_double, "double", "compute in double instead of float"),
    CHOICE(o.optimiser, "optimiser", optimisers, "sgd, adam (sgd)"),
    FLAG(o.zero, "zero", "start with all parameters 0, to see why that is wrong"),
    CHOICE(o.equations, "equations", notations,
           "print the equations as numpy, latex; or none (numpy)"),
    FLAG(o.plan, "plan", "print the steps of the compiled program"),
    TEXT(o.dot, "dot", "FILE", "write the graph for Graphviz"),
    TEXT(o.plot, "plot", "FILE",
         "draw the learning curve, for two inputs the boundary too: .png, .svg, .pdf"),
};

static void read_options(int argc, char **argv)
{
    options_read(argc, argv, "Trains a network of two layers to tell two classes apart.", table,
                 sizeof table / sizeof *table);
    bool flower = !strcmp(o.data, "flower");
    o.hidden = o.hidden ? o.hidden : flower ? 4 : 16;
    o.epochs = o.epochs ? o.epochs : flower ? 2000 : 300;
    o.rate = o.rate > 0 ? o.rate : o.optimiser ? 0.01 : flower ? 1.2 : 0.5;
}

static bool fail(const char *why)
{
    fprintf(stderr, "two_layer: %s\n", why);
    return false;
}

/* ---- the network ----------------------------------------------------------------------------- */
typedef struct {
    df_node *X, *Y, *W1, *b1, *W2, *b2, *A2, *J, *accuracy;
} network;

static network build(df_graph *g, int64_t inputs, int64_t hidden)
{
    network n;
    n.X = df_input(g, "X", df_shape(inputs, DF_M)); /* one column per example */
    n.Y = df_input(g, "Y", df_shape(1, DF_M));
    n.W1 = df_param(g, "W1", df_shape(hidden, inputs));
    n.b1 = df_param(g, "b1", df_shape(hidden, 1));
    n.W2 = df_param(g, "W2", df_shape(1, hidden));
    n.b2 = df_param(g, "b2", df_shape(1, 1));
    df_node *Z1 = df_name(df_add_bias(df_matmul(n.W1, n.X), n.b1), "Z1");
    df_node *A1 = df_name(activations[o.activation].g(Z1), "A1");
    df_node *Z2 = df_name(df_add_bias(df_matmul(n.W2, A1), n.b2), "Z2");
    n.A2 = df_name(df_sigmoid(Z2), "A2");
    n.J = df_name(df_cost(df_name(df_cross_entropy(n.A2, n.Y), "L")), "J");
    n.accuracy = df_mean(df_equal(df_less(df_num(g, 0.5), n.A2), n.Y));
    return n;
}

/* Random; all zero only where asked for. */
static bool start(df_graph *g, const network *n)
{
    df_node *const all[] = { n->W1, n->b1, n->W2, n->b2 };
    for (int i = 0; i < 4 && o.zero; i++)
        if (!df_init_fill(all[i], 0))
            return fail(df_graph_error(g));
    if (!o.zero && !(activations[o.activation].init(n->W1) && df_init(g)))
        return fail(df_graph_error(g));
    return true;
}

/* The forward pass and what was derived from it. */
static bool show(df_graph *g, const network *n)
{
    df_node *all[] = { n->J, df_d(n->J, n->W2), df_d(n->J, n->b2), df_d(n->J, n->W1),
                       df_d(n->J, n->b1) };
    int count = sizeof all / sizeof *all;
    if (o.equations < 2 && !df_print_list(stdout, formats[o.equations], all, count))
        return fail(df_graph_error(g));
    FILE *f = o.dot ? fopen(o.dot, "w") : NULL;
    if (o.dot && !f)
        return perror(o.dot), false;
    if (f && !df_print_list(f, DF_DOT, all, count))
        return fclose(f), fail(df_graph_error(g));
    return !f || !fclose(f) || fail("the DOT file could not be written");
}

/* J and the update behind it, for the training data. */
static df_program *compile(df_graph *g, const network *n, const data_set *d)
{
    df_node *rate = df_num(g, o.rate);
    df_node *update = o.optimiser ? df_adam(n->J, rate, NULL) : df_sgd(n->J, rate, NULL);
    df_options how = { .threads = (int)o.threads, .check_finite = true };
    df_program *p = df_compile_list(g, (df_node *[]){ n->J, update }, 2, &how);
    if (!p)
        return fail(df_graph_error(g)), NULL;
    if (!df_bind_array(p, n->X, &d->x) || !df_bind_array(p, n->Y, &d->y) ||
        (o.plan && !df_print_plan(stdout, p)))
        return fail(df_program_error(p)), NULL;
    return p;
}

/* ---- training -------------------------------------------------------------------------------- */
/* One pass over the training data. to: the mean of J over its steps, each before its update. */
static bool epoch(df_program *step, df_node *J, int64_t *which, int64_t m, double *to)
{
    if (!o.batch) {
        bool good = df_run(step);
        *to = df_value(step, J);
        return good;
    }
    *to = 0;
    for (int64_t i = 0, n; i < m; i += n) {
        n = m - i < o.batch ? m - i : o.batch;
        if (!df_run_pick(step, which + i, n))
            return false;
        *to += df_value(step, J) * (double)n / (double)m;
    }
    return true;
}

static bool fail_epoch(const df_program *step, long epoch)
{
    bool finite = df_program_status(step) != DF_NOT_FINITE;
    fprintf(stderr, "two_layer: epoch %ld: %s\n", epoch,
            finite ? df_program_error(step)
                   : "the cost or a parameter is not finite: try a smaller --rate");
    return false;
}

/* cost[i] becomes J of epoch i. */
static bool train(df_program *step, df_node *J, int64_t m, double *cost)
{
    int64_t *which = malloc((size_t)m * sizeof *which);
    if (!which)
        return fail("no memory");
    for (long i = 0; i < o.epochs; i++) {
        df_permutation(which, m, (uint64_t)o.seed << 32 | (uint64_t)(i + 1));
        if (!epoch(step, J, which, m, &cost[i])) {
            free(which);
            return fail_epoch(step, i + 1);
        }
        progress(i + 1, o.epochs, cost[i]);
    }
    free(which);
    return true;
}

/* ---- results --------------------------------------------------------------------------------- */
static bool judge(df_graph *g, const network *n, const data_set *d)
{
    df_program *p = df_compile(g, n->J, n->accuracy);
    if (!p)
        return fail(df_graph_error(g));
    if (!df_bind_array(p, n->X, &d->x) || !df_bind_array(p, n->Y, &d->y) || !df_run(p))
        return fail(df_program_error(p));
    printf("cost after training %.6g\n", df_value(p, n->J));
    printf("training accuracy %.1f %%\n", 100 * df_value(p, n->accuracy));
    if (!df_bind_array(p, n->X, &d->test_x) || !df_bind_array(p, n->Y, &d->test_y) || !df_run(p))
        return fail(df_program_error(p));
    printf("test accuracy %.1f %%\n", 100 * df_value(p, n->accuracy));
    return true;
}

/* After a start from zero every hidden unit has had the same gradient all the way. */
static bool compare_units(df_graph *g, const network *n, int64_t inputs)
{
    double *W = malloc((size_t)(o.hidden * inputs) * sizeof *W), apart = 0;
    bool good = W && df_get(n->W1, W, o.hidden * inputs);
    for (int64_t i = inputs; good && i < o.hidden * inputs; i++)
        apart = fmax(apart, fabs(W[i] - W[i - inputs]));
    free(W);
    if (good)
        printf("weights of two hidden units differ by at most %g: %s\n", apart,
               apart > 0 ? "they have come apart" : "all of them do the work of one");
    return good || fail(df_graph_error(g));
}

static bool run(df_graph *g, data_set *d, double *cost)
{
    df_seed(g, (uint64_t)o.seed);
    if (!data_read(g, o.data, o.in_double ? DF_FLOAT64 : DF_FLOAT32, (uint64_t)o.seed, d))
        return false;
    network n = build(g, d->inputs, o.hidden);
    if (!start(g, &n) || !show(g, &n))
        return false;
    df_program *step = compile(g, &n, d);
    printf("%ld-%ld-1, %s: training on %ld examples, testing on %ld\n", (long)d->inputs, o.hidden,
           activation_names[o.activation], (long)d->m, (long)d->m_test);
    return step && train(step, n.J, d->m, cost) && judge(g, &n, d) &&
           (!o.zero || compare_units(g, &n, d->inputs)) &&
           (!o.plot || plot_write(o.plot, cost, o.epochs, d, n.X, n.A2));
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    if (o.plot && !plot_possible(o.plot))
        return 1;
    df_graph *g = df_graph_new(o.in_double ? DF_FLOAT64 : DF_FLOAT32);
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
