/* dfoo.c -- derives the gradients of a model in a text file, and prints, checks or trains it
 *
 * SPDX-License-Identifier: MIT
 *
 *     dfoo model.df            the gradients of its cost by its parameters, as equations
 *
 * Over the public interface alone. Exit status: 1 if something failed, 2 for wrong options. */
#include "tool.h"
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- options --------------------------------------------------------------------------------- */

enum { FORMAT = 256, FLAGS, COST, BY, PLAN, SECOND, CHECK, TRAIN, INPUT, STANDARDISE, EPOCHS, RATE,
       OPTIMISER, BATCH, LOAD, SAVE, WIDE, THREADS, SEED, HELP, SHOW_VERSION };

/* name NULL: a heading. how: what FORMAT and FLAGS set. */
typedef struct { int code; const char *name, *argument, *help; int how; } option;

static const option known[] = {
    { 0, NULL, NULL, "What to print (default: the equations of all gradients of the cost)", 0 },
    { FORMAT, "numpy", NULL, "as NumPy text (default)", DF_NUMPY },
    { FORMAT, "latex", NULL, "as LaTeX", DF_LATEX },
    { FORMAT, "dot", NULL, "as a picture: dfoo --dot model.df | dot -Tsvg > graph.svg", DF_DOT },
    { FLAGS, "prelude", NULL, "with the functions that NumPy lacks, so that NumPy runs it",
      DF_PRELUDE },
    { FLAGS, "raw", NULL, "as the chain rule gives them, before simplification", DF_RAW },
    { FLAGS, "why", NULL, "with the rules that simplified them", DF_WHY },
    { SECOND, "second", NULL, "and second derivatives: the Hessian times a direction v", 0 },
    { PLAN, "plan", NULL, "the plan of computation instead", 0 },
    { COST, "cost", "NAME", "derive this (default: the last equation that gives one number)", 0 },
    { BY, "by", "NAMES", "by these, with commas between (default: all parameters)", 0 },
    { 0, NULL, NULL, "Checking", 0 },
    { CHECK, "check", NULL, "compare the gradients with differences, at random values, in double",
      0 },
    { 0, NULL, NULL, "Training", 0 },
    { TRAIN, "train", "FILE", "fit the parameters to this CSV file; print cost and parameters", 0 },
    { INPUT, "input", "X=COLUMNS", "the columns for an input, names or numbers: X=a,b or X=a..f "
                                   "(default: X, or X0, X1, ...)", 0 },
    { STANDARDISE, "standardise", "X", "bring this input's columns to mean 0 and deviation 1", 0 },
    { EPOCHS, "epochs", "N", "passes over the data (1000)", 0 },
    { RATE, "rate", "R", "learning rate (0.1)", 0 },
    { OPTIMISER, "optimiser", "NAME", "sgd, momentum or adam (sgd)", 0 },
    { BATCH, "batch", "N", "examples a step, picked at random (all)", 0 },
    { LOAD, "load", "FILE", "begin with the values in this file, by name; others begin random", 0 },
    { SAVE, "save", "FILE", "write parameters and the optimiser's state there when trained", 0 },
    { 0, NULL, NULL, "General", 0 },
    { WIDE, "double", NULL, "in double precision (default: float)", 0 },
    { THREADS, "threads", "N", "at most so many (as OpenMP gives)", 0 },
    { SEED, "seed", "N", "of random values (0)", 0 },
    { HELP, "help", NULL, "this text", 0 },
    { SHOW_VERSION, "version", NULL, "the library's version", 0 },
};
enum { ENTRIES = (int)(sizeof known / sizeof *known) };

static void print_help(void)
{
    printf("usage: dfoo [options] [model.df]\n"
           "Derives the gradients of a model that is written as text. Without a file, it is read\n"
           "from standard input:\n\n"
           "    input x (2, m)            # data, m examples\n"
           "    input y (1, m)\n"
           "    param w (2, 1)            # to be trained\n"
           "    a = sigmoid(w.T @ x)\n"
           "    J = mean(cross_entropy(a, y))\n");
    for (int i = 0; i < ENTRIES; i++) {
        char left[64];
        const option *o = &known[i];
        if (!o->name) {
            printf("\n%s:\n", o->help);
            continue;
        }
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->argument ? " " : "",
                 o->argument ? o->argument : "");
        printf("  %-20s %s\n", left, o->help);
    }
}

static bool number(const char *name, const char *text, double low, double high, bool whole,
                   double *v)
{
    char *end;
    *v = strtod(text, &end);
    if (end == text || *end || !(*v >= low && *v <= high) || (whole && *v != (double)(long)*v))
        return complain("--%s: '%s' is not a %s from %g to %g", name, text,
                        whole ? "whole number" : "number", low, high);
    return true;
}

static bool count(const char *name, const char *text, double low, double high, long *to)
{
    double v;
    if (!number(name, text, low, high, true, &v))
        return false;
    *to = (long)v;
    return true;
}

static bool list(const char *name, const char *text, const char **to, int *n)
{
    if (*n == INPUTS)
        return complain("--%s: more than %d of them", name, INPUTS);
    if (strcmp(name, "input") == 0 && !strchr(text, '='))
        return complain("--input: '%s' is not like X=a,b", text);
    to[(*n)++] = text;
    return true;
}

static bool choose_optimiser(const char *text, optimiser *to)
{
    static const char *const names[] = { "sgd", "momentum", "adam" };
    for (int k = 0; k < 3; k++)
        if (strcmp(names[k], text) == 0) {
            *to = (optimiser)k;
            return true;
        }
    return complain("--optimiser: '%s' is not one of: sgd momentum adam", text);
}

static bool take(options *o, const option *t, const char *text)
{
    switch (t->code) {
    case FORMAT: o->format = (o->format & ~15) | t->how; return true;
    case FLAGS: o->format |= t->how; return true;
    case COST: o->cost = text; return true;
    case BY: o->by = text; return true;
    case PLAN: return o->plan = true;
    case SECOND: return o->second = true;
    case CHECK: return o->check = true;
    case TRAIN: o->train = text; return true;
    case INPUT: return list(t->name, text, o->input, &o->n_inputs);
    case STANDARDISE: return list(t->name, text, o->standardise, &o->n_standardise);
    case EPOCHS: return count(t->name, text, 0, 1e9, &o->epochs);
    case RATE: return number(t->name, text, 1e-12, 1e12, false, &o->rate);
    case OPTIMISER: return choose_optimiser(text, &o->optimiser);
    case BATCH: return count(t->name, text, 1, 1e12, &o->batch);
    case LOAD: o->load = text; return true;
    case SAVE: o->save = text; return true;
    case WIDE: return o->wide = true;
    case THREADS: return count(t->name, text, 1, 1024, &o->threads);
    default: return count(t->name, text, 0, 4e9, &o->seed);
    }
}

/* Gives an exit status, or -1 to go on. */
static int read_options(int argc, char **argv, options *o)
{
    struct option all[ENTRIES + 1];
    int n = 0;
    for (int i = 0; i < ENTRIES; i++)
        if (known[i].name) {
            int takes = known[i].argument ? required_argument : no_argument;
            all[n++] = (struct option){ known[i].name, takes, NULL, 1000 + i };
        }
    all[n] = (struct option){ 0 };
    const char *of_training = NULL;
    argv[0] = "dfoo";
    for (int c; (c = getopt_long(argc, argv, "", all, NULL)) != -1; ) {
        const option *t = c >= 1000 ? &known[c - 1000] : NULL;
        if (!t)
            return complain("dfoo --help lists the options"), 2;
        if (t->code == HELP)
            return print_help(), 0;
        if (t->code == SHOW_VERSION)
            return printf("dfoo %d.%02d\n", df_version() / 100, df_version() % 100), 0;
        if (!take(o, t, optarg))
            return 2;
        if (t->code >= INPUT && t->code <= SAVE)
            of_training = t->name;
    }
    if (of_training && !o->train)
        return complain("--%s goes with --train FILE", of_training), 2;
    if (argc - optind > 1)
        return complain("one model at a time; dfoo --help lists the options"), 2;
    if (argc == optind && isatty(STDIN_FILENO))
        return complain("no model is given: dfoo model.df, or dfoo --help"), 2;
    o->file = optind < argc && strcmp(argv[optind], "-") != 0 ? argv[optind] : NULL;
    return -1;
}

/* ---- second derivatives ---------------------------------------------------------------------- */

/* A name that is free, made of this one. */
static void free_name(const model *m, const char *wanted, char to[300])
{
    snprintf(to, 300, "%.200s", wanted);
    for (int k = 2; df_find(m->g, to); k++)
        snprintf(to, 300, "%.200s_%d", wanted, k);
}

/* slope is the derivative of J along v: its own derivatives are the Hessian times v. */
static df_node *slope(const model *m)
{
    df_node *sum = NULL;
    char wanted[256], name[300];
    for (int i = 0; i < m->n_by; i++) {
        snprintf(wanted, sizeof wanted, "v_%.200s", df_name_of(m->by[i]));
        free_name(m, wanted, name);
        df_node *v = df_input(m->g, name, df_shape_of(m->by[i]));
        df_node *one = df_sum(df_mul(m->d[i], v));
        sum = sum ? df_add(sum, one) : one;
    }
    free_name(m, "slope", name);
    return df_name(sum, name);
}

/* ---- what is asked for ----------------------------------------------------------------------- */

static bool print(const model *m, const options *o)
{
    df_node *y[2 * m->n_by + 1];
    int n = 0;
    for (int i = 0; i < m->n_by; i++)
        y[n++] = m->d[i];
    if (o->second) {
        df_node *s = slope(m);
        static const char *const comment[] = { "#", "%", "//" };
        printf("%s %s: the derivative of %s along v; its derivatives are the Hessian times v\n",
               comment[o->format & 15], df_name_of(s), df_name_of(m->J));
        y[n++] = s;
        for (int i = 0; i < m->n_by; i++)
            y[n++] = df_d(s, m->by[i]);
    }
    for (int i = 0; i < n; i++)
        if (!y[i])
            return complain_graph(m);
    return df_print_list(stdout, o->format, y, n) || complain_graph(m);
}

static bool print_plan(const model *m, const options *o)
{
    df_node *y[m->n_by + 1];
    df_options how = compile_options(o);
    y[0] = m->J;
    for (int i = 0; i < m->n_by; i++)
        y[i + 1] = m->d[i];
    df_program *p = df_compile_list(m->g, y, m->n_by + 1, &how);
    return p && df_print_plan(stdout, p) ? true : complain_graph(m);
}

static bool run(model *m, const options *o)
{
    if (!model_read(m, o) || (!(o->train && !o->by) && !model_derive(m, o)))
        return false;
    if (o->train)
        return train_model(m, o);
    return o->check ? check_gradients(m, o) : o->plan ? print_plan(m, o) : print(m, o);
}

int main(int argc, char **argv)
{
    options o = { .epochs = 1000, .rate = 0.1 };
    model m = { .name = NULL };
    int status = read_options(argc, argv, &o);
    if (status < 0) {
        status = run(&m, &o) ? 0 : 1;
        model_free(&m);
    }
    if (fflush(stdout) || ferror(stdout)) {
        complain("the output cannot be written");
        status = status ? status : 1;
    }
    return status;
}
