/* examples/digits.c -- reads handwritten digits of 8 x 8 pixels
 *
 * SPDX-License-Identifier: MIT
 *
 *     Z1 = W1 X + b1,  A1 = dropout(relu(Z1)),  Z2 = W2 A1 + b2,
 *     J = mean cross-entropy of softmax(Z2) and the digits as integers
 *
 * The data is bound once, as it was read. Training and testing choose examples of it by number:
 * three quarters in batches of a new order each epoch, and the rest. */
#include "data.h"
#include "options.h"
#include <stdlib.h>
#include <string.h>

enum { PIXELS = 64, CLASSES = 10 };

/* ---- options --------------------------------------------------------------------------------- */
static const char *const notations[] = { "numpy", "latex", "none", NULL };
static const int formats[] = { DF_NUMPY, DF_LATEX };

static struct {
    const char *data;
    long hidden, epochs, batch, seed, threads;
    double rate, dropout;
    int equations;
} o = { .hidden = 64, .epochs = 30, .batch = 32, .rate = 0.003, .dropout = 0.2 };

static const option table[] = {
    TEXT(o.data, "data", "FILE", "CSV: 64 pixels from 0 to 16 and the digit (digits.csv)"),
    COUNT(o.hidden, "hidden", 1, 1e6, "hidden units (64)"),
    NUMBER(o.dropout, "dropout", 0, 0.99, "share of hidden units left out in a step (0.2)"),
    NUMBER(o.rate, "rate", 1e-12, 1e12, "learning rate of Adam (0.003)"),
    COUNT(o.epochs, "epochs", 1, 1e9, "passes over the training data (30)"),
    COUNT(o.batch, "batch", 1, 1e9, "examples a step (32)"),
    COUNT(o.seed, "seed", 0, 4e9, "of the split, the initial values, the order, dropout (0)"),
    COUNT(o.threads, "threads", 0, 1024, "at most so many; 0: as many as there are (0)"),
    CHOICE(o.equations, "equations", notations,
           "print the equations as numpy, latex; or none (numpy)"),
};

static bool fail(const char *why)
{
    fprintf(stderr, "digits: %s\n", why);
    return false;
}

/* ---- data ------------------------------------------------------------------------------------ */
/* which: the numbers of all examples in random order; the first m are for training. */
typedef struct { df_array pixels; int32_t *digit; int64_t all, m, *which, *order; } digits;

static bool check(const df_array *a, const char *path)
{
    long rows = a->dims.size[0], columns = a->dims.size[1];
    if (rows >= 8 && columns == PIXELS + 1)
        return true;
    fprintf(stderr, "%s: %ld rows of %ld columns: at least 8 of %d are needed\n", path, rows,
            columns, PIXELS + 1);
    return false;
}

/* The last column. False, after a message. */
static bool read_digits(const df_array *a, const char *path, int32_t *digit)
{
    for (int64_t i = 0; i < a->dims.size[0]; i++) {
        double v = array_get(a, i, PIXELS);
        digit[i] = v >= 0 && v < CLASSES ? (int32_t)v : -1;
        if (digit[i] != v) {
            fprintf(stderr, "%s: row %ld: %g in the last column is no digit\n", path, (long)i + 1,
                    v);
            return false;
        }
    }
    return true;
}

static bool data_open(df_graph *g, digits *d)
{
    char found[256];
    const char *path = o.data ? o.data : data_find("digits.csv", found);
    df_array a;
    if (!path)
        return fail("digits.csv was not found: give --data FILE");
    if (!df_read_csv(g, path, &a))
        return fail(df_graph_error(g));
    if (!check(&a, path))
        return false;
    df_array pixels = df_array_columns(&a, 0, PIXELS);
    *d = (digits){ .pixels = df_array_t(&pixels), .all = a.dims.size[0] };
    d->m = d->all - d->all / 4;
    d->digit = malloc((size_t)d->all * sizeof *d->digit);
    d->which = malloc((size_t)d->all * sizeof *d->which);
    d->order = malloc((size_t)d->m * sizeof *d->order);
    if (!d->digit || !d->which || !d->order)
        return fail("no memory");
    df_permutation(d->which, d->all, (uint64_t)o.seed);
    return read_digits(&a, path, d->digit);
}

static void data_close(digits *d)
{
    free(d->digit);
    free(d->which);
    free(d->order);
}

/* ---- the network ----------------------------------------------------------------------------- */
typedef struct { df_node *X, *Y, *W1, *b1, *W2, *b2; } layers;
typedef struct { df_node *Z2, *J, *accuracy; } network;

static layers new_layers(df_graph *g)
{
    layers l = { .X = df_input(g, "X", df_shape(PIXELS, DF_M)),
                 .Y = df_input_of(g, "Y", DF_INT32, df_shape(1, DF_M)),
                 .W1 = df_param(g, "W1", df_shape(o.hidden, PIXELS)),
                 .b1 = df_param(g, "b1", df_shape(o.hidden, 1)),
                 .W2 = df_param(g, "W2", df_shape(CLASSES, o.hidden)),
                 .b2 = df_param(g, "b2", df_shape(CLASSES, 1)) };
    return l;
}

/* The same parameters make the network that is trained and, without dropout, the one that is
 * used. */
static network build(const layers *l, double dropout)
{
    df_node *Z1 = df_add_bias(df_matmul(l->W1, df_scale(l->X, 1.0 / 16)), l->b1);
    df_node *A1 = df_dropout(df_relu(df_name(Z1, "Z1")), dropout);
    df_node *Z2 = df_add_bias(df_matmul(l->W2, A1), l->b2);
    return (network){ .Z2 = Z2, .J = df_cost(df_softmax_cross_entropy(Z2, l->Y, 0)),
                      .accuracy = df_mean(df_equal(df_argmax_axis(Z2, 0), l->Y)) };
}

static bool bind(df_program *p, const layers *l, const digits *d)
{
    return p && df_bind_array(p, l->X, &d->pixels) && df_bind(p, l->Y, d->digit, d->all);
}

/* ---- training -------------------------------------------------------------------------------- */
/* One pass over the training data. to: the mean of J over its steps, each before its update. */
static bool epoch(df_program *step, df_node *J, digits *d, long i, double *to)
{
    df_permutation(d->order, d->m, (uint64_t)o.seed << 32 | (uint64_t)i);
    for (int64_t k = 0; k < d->m; k++)
        d->order[k] = d->which[d->order[k]];
    *to = 0;
    for (int64_t k = 0, n; k < d->m; k += n) {
        n = d->m - k < o.batch ? d->m - k : o.batch;
        if (!df_run_pick(step, d->order + k, n))
            return false;
        *to += df_value(step, J) * (double)n / (double)d->m;
    }
    return true;
}

static bool train(df_program *step, df_node *J, digits *d)
{
    double cost;
    for (long i = 1; i <= o.epochs; i++) {
        if (!epoch(step, J, d, i, &cost))
            return fail(df_program_error(step));
        progress(i, o.epochs, cost);
    }
    return true;
}

static bool judge(df_program *p, const network *n, const digits *d)
{
    if (!df_run_pick(p, d->which, d->m))
        return fail(df_program_error(p));
    printf("cost after training %.6g\n", df_value(p, n->J));
    printf("training accuracy %.1f %%\n", 100 * df_value(p, n->accuracy));
    if (!df_run_pick(p, d->which + d->m, d->all - d->m))
        return fail(df_program_error(p));
    printf("test accuracy %.1f %%\n", 100 * df_value(p, n->accuracy));
    return true;
}

static bool run(df_graph *g, digits *d)
{
    df_seed(g, (uint64_t)o.seed);
    if (!data_open(g, d))
        return false;
    layers l = new_layers(g);
    network trained = build(&l, o.dropout), used = build(&l, 0);
    df_name(trained.Z2, "Z2");
    df_name(trained.J, "J");
    df_node *all[] = { trained.J, df_d(trained.J, l.W2), df_d(trained.J, l.b2),
                       df_d(trained.J, l.W1), df_d(trained.J, l.b1) };
    if (!df_init_he(l.W1) || !df_init(g) ||
        (o.equations < 2 && !df_print_list(stdout, formats[o.equations], all, 5)))
        return fail(df_graph_error(g));
    df_node *update = df_adam(trained.J, df_num(g, o.rate), NULL);
    df_options how = { .threads = (int)o.threads, .check_finite = true };
    df_program *step = df_compile_list(g, (df_node *[]){ trained.J, update }, 2, &how);
    df_program *use = df_compile_list(g, (df_node *[]){ used.J, used.accuracy }, 2, &how);
    if (!step || !use)
        return fail(df_graph_error(g));
    if (!bind(step, &l, d) || !bind(use, &l, d))
        return fail(*df_program_error(step) ? df_program_error(step) : df_program_error(use));
    printf("%d-%ld-%d: training on %ld examples, testing on %ld\n", PIXELS, o.hidden, CLASSES,
           (long)d->m, (long)(d->all - d->m));
    return train(step, trained.J, d) && judge(use, &used, d);
}

int main(int argc, char **argv)
{
    options_read(argc, argv, "Learns to read handwritten digits.", table,
                 sizeof table / sizeof *table);
    df_graph *g = df_graph_new(DF_FLOAT32);
    digits d = { 0 };
    bool good = g ? run(g, &d) : fail("no memory");
    if (fflush(stdout) || ferror(stdout))
        good = fail("output could not be written");
    data_close(&d);
    df_graph_free(g);
    return good ? 0 : 1;
}
