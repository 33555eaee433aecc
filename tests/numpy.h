/* numpy.h -- runs printed equations in NumPy on the data of a graph, and compares with df_run
 *
 * SPDX-License-Identifier: MIT */
#ifndef DFOO_TESTS_NUMPY_H
#define DFOO_TESTS_NUMPY_H
#include "check.h"
#include "df.h"
#include <math.h>

enum { M = 5, OUTPUTS = 8, DATA = 24, ROOM = 512 };

static const char compare[] =
    "import numpy as np, sys\n"
    "nan, inf, failed = np.nan, np.inf, 0\n"
    "def array(shape, axis, values):\n"
    "    if axis < 0:\n"
    "        return np.array(values).reshape(shape)\n"
    "    inner = shape[:axis] + shape[axis + 1:]\n"
    "    return np.moveaxis(np.array(values).reshape([shape[axis]] + inner), 0, axis)\n"
    "def case(what, text, data, wanted, ulps):\n"
    "    global failed\n"
    "    names = dict(data)\n"
    "    try:\n"
    "        exec(text, names)\n"
    "        for name, y in wanted.items():\n"
    "            x = np.asarray(names[name], float)\n"
    "            number = y.shape == (1,) and x.size == 1\n"
    "            assert number or x.shape == y.shape, (name, x.shape, y.shape)\n"
    "            room = ulps * 2.3e-16 * (1 + np.max(np.abs(y)))\n"
    "            assert np.allclose(x.reshape(y.shape), y, 0, room, True), (name, x, y)\n"
    "    except Exception as e:\n"
    "        failed += 1\n"
    "        print(what, repr(e), text, sep='\\n', flush=True)\n";

static FILE *python;

static void begin(void)
{
    python = popen("/usr/bin/python3 -W ignore -", "w");
    ck_assert_ptr_nonnull(python);
    fputs(compare, python);
}

static void end(void)
{
    fputs("sys.exit(failed > 0)\n", python);
    ck_assert_int_eq(pclose(python), 0);
}

/* ---- random numbers and data ----------------------------------------------------------------- */

static uint64_t state;

static double uniform(double low, double high)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(state >> 11) / 9007199254740992.0;
}

static int below(int n) { return (int)uniform(0, n); }

/* A graph with the data of its inputs and parameters, and what is asked for. */
typedef struct {
    df_graph *g;
    df_node *data[DATA], *out[OUTPUTS];
    double value[DATA][ROOM];
    int64_t label[DATA][M];
    int n_data, n_out;
} net;

static df_node *add_data(net *n, df_node *x, double low, double high)
{
    int64_t size = df__elements(df_shape_of(x), M);
    ck_assert_msg(size > 0 && size <= ROOM && n->n_data < DATA, "%s", df_graph_error(n->g));
    n->data[n->n_data] = x;
    for (int64_t i = 0; i < size; i++)
        n->value[n->n_data][i] = uniform(low, high);
    n->n_data++;
    return x;
}

static inline df_node *input(net *n, const char *name, df_dims s)
{
    return add_data(n, df_input(n->g, name, s), -1.5, 1.5);
}

__attribute__((unused)) static df_node *param(net *n, const char *name, df_dims s)
{
    return add_data(n, df_param(n->g, name, s), -1.5, 1.5);
}

__attribute__((unused)) static df_node *labels(net *n, const char *name, df_dims s, int classes)
{
    df_node *x = add_data(n, df_input_of(n->g, name, DF_INT64, s), 0, classes);
    for (int i = 0; i < M; i++)
        n->value[n->n_data - 1][i] = (double)(n->label[n->n_data - 1][i] = below(classes));
    return x;
}

/* Each node once: an output has one place. */
static void ask(net *n, df_node *y)
{
    ck_assert_msg(y != NULL, "%s", df_graph_error(n->g));
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] == y)
            return;
    ck_assert_int_lt(n->n_out, OUTPUTS);
    n->out[n->n_out++] = y;
}

/* ---- one case -------------------------------------------------------------------------------- */

/* "array([3, 5], 1, [...])": shape, axis of m, elements as they lie in memory. */
static void write_array(const df_node *x, const double *v)
{
    df_dims s = df_shape_of(x);
    fprintf(python, "array([");
    for (int j = 0; j < s.rank; j++)
        fprintf(python, "%d, ", s.size[j] == DF_M ? M : (int)s.size[j]);
    fprintf(python, "], %d, [", df_m_axis(s));
    for (int64_t i = 0; i < df__elements(s, M); i++)
        fprintf(python, "%.17g, ", v[i]);
    fprintf(python, "])%s", df_type_of(x) == DF_INT64 ? ".astype(int)" : "");
}

static void set_data(const net *n, df_program *p)
{
    for (int i = 0; i < n->n_data; i++) {
        df_node *x = n->data[i];
        int64_t size = df__elements(df_shape_of(x), M);
        bool set = x->op != &df__op_input        ? df_set(x, n->value[i], size)
                   : df_type_of(x) == DF_INT64 ? df_bind_i64(p, x, n->label[i], size)
                                               : df_bind_f64(p, x, n->value[i], size);
        ck_assert_msg(set, "%s %s", df_program_error(p), df_graph_error(n->g));
    }
}

/* What df_run makes of the outputs; updates have none. */
static void run(const net *n, double value[OUTPUTS][ROOM])
{
    df_program *p = df_compile_list(n->g, n->out, n->n_out, NULL);
    ck_assert_msg(p != NULL, "%s", df_graph_error(n->g));
    set_data(n, p);
    for (int after = 0; after < 2; after++) {
        for (int i = 0; i < n->n_out; i++) {
            df_node *y = n->out[i];
            int64_t size = df__elements(df_shape_of(y), M);
            if (df__has_m(df_shape_of(y)))
                ck_assert(after || df_bind_out_f64(p, y, value[i], size));
            else if (after && y->op->kind != DF_UPDATE)
                ck_assert(df_fetch(p, y, value[i], size));
        }
        ck_assert_msg(after || df_run(p), "%s", df_program_error(p));
    }
}

/* A leaf's name as printed: dots of the library's own names are underscores. */
static void write_name(const df_node *x)
{
    fprintf(python, "'");
    for (const char *c = df_name_of(x); *c; c++)
        fputc(*c == '.' ? '_' : *c, python);
    fprintf(python, "': ");
}

/* The data, or what a run has made of parameters and states. */
static void write_data(const net *n, bool after)
{
    double now[ROOM];
    for (int i = 0; i < n->n_data; i++) {
        const df_node *x = n->data[i];
        if (after && x->op == &df__op_input)
            continue;
        write_name(x);
        if (after)
            ck_assert(df_get(x, now, df__elements(df_shape_of(x), M)));
        write_array(x, after ? now : n->value[i]);
        fprintf(python, ", ");
    }
}

/* names: of the outputs as printed; NULL: out0, out1, ... as they are then called. */
static void test(net *n, const char *what, int how, const char *const *names, int ulps)
{
    static double value[OUTPUTS][ROOM];
    char name[OUTPUTS][16];
    for (int i = 0; i < n->n_out; i++) {
        snprintf(name[i], sizeof name[i], names ? "%s" : "out%.0s%d", names ? names[i] : "", i);
        ck_assert(names || df_name(n->out[i], name[i]));
    }
    run(n, value);
    fprintf(python, "case('%s', r\"\"\"", what);
    bool done = df_print_list(python, DF_NUMPY | DF_PRELUDE | how, n->out, n->n_out);
    ck_assert_msg(done, "%s", df_graph_error(n->g));
    fprintf(python, "\"\"\", {");
    write_data(n, false);
    fprintf(python, "}, {");
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i]->op->kind != DF_UPDATE) {
            fprintf(python, "'%s': ", name[i]);
            write_array(n->out[i], value[i]);
            fprintf(python, ", ");
        }
    write_data(n, true);
    fprintf(python, "}, %d)\n", ulps);
}
#endif
