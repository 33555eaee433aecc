/* graph_properties.h -- what must hold of every model
 *
 * SPDX-License-Identifier: MIT
 *
 * The judge is the graph as it was written and derived, unsimplified, calculated node by node
 * (evaluate.h), with the differences that a change of its data by rounding makes. */
#ifndef DFOO_TESTS_GRAPH_PROPERTIES_H
#define DFOO_TESTS_GRAPH_PROPERTIES_H
#include "random_graph.h"
#include "same.h"
#include "shrink.h"

enum { MOST_VALUES = 40, UNUSED = 3, MANY_EXAMPLES = 100 };
static const double NOISE = 1e-13;

/* J, some values that nothing uses, and J's derivative by each leaf; and each as derived. */
typedef struct {
    const char *text;
    df_graph *g;
    df_node *y[MOST_VALUES], *raw[MOST_VALUES];
    int n, n_values;             /* those before n_values are no derivatives */
    given *v;
    double *truth[MOST_VALUES], *noise[MOST_VALUES]; /* in C order; noise: how far off it may be */
} model;

/* ---- a model ----------------------------------------------------------------------------- */

static bool has_user(const df_node *x)
{
    for (int64_t id = x->id + 1; id < x->g->n_nodes; id++)
        for (int i = 0; i < x->g->node[id]->n; i++)
            if (x->g->node[id]->x[i] == x)
                return true;
    return false;
}

static void add_value(model *k, df_node *y, df_node *raw)
{
    for (int i = 0; i < k->n; i++)
        if (k->y[i] == y)
            return;
    if (k->n == MOST_VALUES)
        wrong("too many values");
    k->y[k->n] = y;
    k->raw[k->n++] = raw;
}

static void derive_all(model *k, df_node *J, int64_t n_nodes)
{
    for (int64_t id = 0; id < n_nodes && is_float(J); id++) {
        df_node *x = k->g->node[id];
        if (!is_float(x) || (x->op != &df__op_input && !x->leaf) || !*df_name_of(x))
            continue;
        df_node *raw = df__derive(J, x, true), *y = df_d(J, x);
        if (!raw || !y)
            wrong("by %s: %s", x->name, df_graph_error(k->g));
        add_value(k, y, raw);
    }
}

/* Values of all that is wanted, from those of the leaves. */
static void evaluate_all(const given *v, df_node *const *y, int n, double **to)
{
    double **value = calloc((size_t)y[0]->g->n_nodes, sizeof *value);
    for (int i = 0; i < n; i++) {
        int64_t size = ev_elements(&v->e, y[i]->dims);
        calculate(&v->e, y[i], value);
        to[i] = malloc((size_t)size * sizeof **to);
        memcpy(to[i], value[y[i]->id], (size_t)size * sizeof **to);
    }
    for (int64_t id = 0; id < y[0]->g->n_nodes; id++)
        free(value[id]);
    free(value);
}

/* What is off by rounding may be off by this. */
static void allow(double *noise, const double *truth, int64_t n)
{
    double most = 1e-3, change = 0;
    for (int64_t i = 0; i < n; i++) {
        most = fabs(truth[i]) > most ? fabs(truth[i]) : most;
        change = fabs(noise[i] - truth[i]) > change ? fabs(noise[i] - truth[i]) : change;
    }
    for (int64_t i = 0; i < n; i++)
        noise[i] = 1e-9 * most + 1e3 * change;
}

static void read_model(model *k, const char *text)
{
    snprintf(said->what, sizeof said->what, "reading and deriving");
    *k = (model){ .text = text, .g = df_graph_new(DF_FLOAT64) };
    df_node *J = df_parse(k->g, text);
    if (!J)
        wrong("%s", df_graph_error(k->g));
    int64_t n_nodes = k->g->n_nodes;
    add_value(k, J, J);
    for (int64_t id = n_nodes - 1; id >= 0 && k->n <= UNUSED; id--) {
        df_node *x = k->g->node[id];
        if (*df_name_of(x) && is_float(x) && x->op->kind != DF_SOURCE && !has_user(x))
            add_value(k, x, x);
    }
    k->n_values = k->n;
    derive_all(k, J, n_nodes);
    given *moved = values_by_name(k->g, GRAPH_EXAMPLES, NOISE);
    evaluate_all(moved, k->raw, k->n, k->noise);
    given_free(moved);
    k->v = values_by_name(k->g, GRAPH_EXAMPLES, 0);
    evaluate_all(k->v, k->raw, k->n, k->truth);
    for (int i = 0; i < k->n; i++)
        allow(k->noise[i], k->truth[i], ev_elements(&k->v->e, k->y[i]->dims));
}

static void end_model(model *k)
{
    for (int i = 0; i < k->n; i++) {
        free(k->truth[i]);
        free(k->noise[i]);
    }
    given_free(k->v);
    df_graph_free(k->g);
}

static const char *what_is(const model *k, int i)
{
    static char text[DF_TEXT];
    char node[DF_TEXT];
    df_describe(k->y[i], node, sizeof node);
    snprintf(text, sizeof text, "%s %.200s", i < k->n_values ? "value" : "derivative", node);
    return text;
}

/* Where the truth is no number, or could be any, nothing is compared. */
static void compare(const model *k, int i, const double *is)
{
    for (int64_t at = 0; at < ev_elements(&k->v->e, k->y[i]->dims); at++) {
        double off = fabs(is[at] - k->truth[i][at]);
        if (isfinite(k->truth[i][at]) && isfinite(k->noise[i][at]) && !(off <= k->noise[i][at]))
            wrong("%s, element %d: %.17g instead of %.17g", what_is(k, i), (int)at, is[at],
                  k->truth[i][at]);
    }
}

/* Whether some data say what m is. */
static bool knows_m(const model *k)
{
    bool needed = false, known = false;
    for (int i = 0; i < k->n; i++)
        needed = needed || df__has_m(k->y[i]->dims);
    for (int i = 0; i < k->v->e.n; i++)
        known = known || df__has_m(k->v->e.x[i]->dims);
    return known || (!needed && !strstr(k->text, " m"));
}

/* ---- simplified -------------------------------------------------------------------------- */

static void simplified_values_are_those_of_the_graph(model *k)
{
    df__copy copy;
    double *is[MOST_VALUES];
    if (!df__simplify(k->g, k->y, k->n, false, &copy))
        wrong("%s", df_graph_error(k->g));
    evaluate_all(k->v, copy.image, k->n, is);
    for (int i = 0; i < k->n; i++) {
        compare(k, i, is[i]);
        free(is[i]);
    }
    df__copy_free(&copy);
}

/* ---- runs -------------------------------------------------------------------------------- */

static void free_values(double **r, int n)
{
    if (r)
        run_free(r, n);
}

/* Small tiles and chunks of one tile, so that there is something to share. NULL: an index
 * does not exist, or a matrix is singular. */
static double **run_with(model *k, const given *v, int threads, size_t cache)
{
    df_options o = { .threads = threads, .cache_bytes = cache };
    df_program *p = df_compile_list(k->g, k->y, k->n, &o);
    if (!p)
        wrong("%s", df_graph_error(k->g));
    p->plan->work = 1e9;
    p->plan->chunk = 1;
    given_bind(p, v, 0, v->e.m);
    double **r = places_new(p, k->y, k->n, v->e.m);
    if (!df_run(p)) {
        if (df_program_status(p) != DF_BAD_VALUE)
            wrong("%s", df_program_error(p));
        run_free(r, k->n);
        return NULL;
    }
    fetch_rest(p, k->y, k->n, r);
    df_program_free(p);
    return r;
}

static void a_run_gives_what_the_graph_says(model *k)
{
    double **r = run_with(k, k->v, 1, 0);
    for (int i = 0; i < k->n && r; i++) {
        double *c_order = malloc((size_t)ev_elements(&k->v->e, k->y[i]->dims) * sizeof *c_order);
        ev_by_example(&k->v->e, k->y[i]->dims, r[i], c_order, true);
        compare(k, i, c_order);
        free(c_order);
    }
    free_values(r, k->n);
}

static void check_same_bits(const model *k, double *const *a, double *const *b, int64_t m)
{
    for (int i = 0; i < k->n; i++)
        for (int64_t at = 0; at < elements_of(k->y[i], m); at++)
            if (memcmp(&a[i][at], &b[i][at], sizeof a[i][at]) &&
                !(isnan(a[i][at]) && isnan(b[i][at])))
                wrong("%s, element %d of %d examples: %a, not %a", what_is(k, i), (int)at, (int)m,
                      a[i][at], b[i][at]);
}

/* How many examples: by the text. */
static int64_t some_examples(const model *k)
{
    static const int64_t m[] = { 1, 2, 7, MANY_EXAMPLES, MANY_EXAMPLES };
    return m[df__hash_text(k->text) % COUNT(m)];
}

static void any_number_of_threads_gives_the_same_bits(model *k)
{
    static const int threads[] = { 2, 3, 7 };
    int64_t m = some_examples(k);
    given *v = values_by_name(k->g, m, 0);
    double **first = run_with(k, v, 1, 1);
    for (size_t t = 0; t < COUNT(threads) && first; t++) {
        double **r = run_with(k, v, threads[t], 1);
        if (!r)
            wrong("%d threads fail where one does not", threads[t]);
        check_same_bits(k, r, first, m);
        run_free(r, k->n);
    }
    free_values(first, k->n);
    given_free(v);
}

/* Sums over examples are added up in another order, nothing else is. */
static void any_tile_width_gives_the_same_values(model *k)
{
    int64_t m = MANY_EXAMPLES;
    given *v = values_by_name(k->g, m, NOISE);
    double **moved = run_with(k, v, 1, 1);
    given_free(v);
    v = values_by_name(k->g, m, 0);
    double **a = run_with(k, v, 1, 1), **b = run_with(k, v, 1, (size_t)1 << 30);
    for (int i = 0; i < k->n && a && b && moved; i++) {
        int64_t n = elements_of(k->y[i], m);
        allow(moved[i], a[i], n);
        for (int64_t at = 0; at < n; at++)
            if (isfinite(a[i][at]) && isfinite(moved[i][at]) &&
                !(fabs(a[i][at] - b[i][at]) <= moved[i][at]))
                wrong("%s, element %d: %.17g, not %.17g", what_is(k, i), (int)at, b[i][at],
                      a[i][at]);
    }
    free_values(a, k->n), free_values(b, k->n), free_values(moved, k->n);
    given_free(v);
}

/* ---- differences ------------------------------------------------------------------------- */

static void derivatives_are_those_of_differences(model *k)
{
    df_check found = { .right = true };
    df_program *p = df_compile_list(k->g, k->y, 1, &(df_options){ .threads = 1 });
    if (!p)
        wrong("%s", df_graph_error(k->g));
    given_bind(p, k->v, 0, GRAPH_EXAMPLES);
    char at[DF_TEXT], by[DF_TEXT];
    if (is_float(k->y[0]) && !df_check_derivatives(p, k->y[0], &found))
        wrong("%s", df_program_error(p));
    if (!found.right)
        wrong("off by %g: %s, an op %s, by element %d of %s: %.9g, not %.9g", found.worst,
              found.at ? df_describe(found.at, at, sizeof at) : "?",
              found.at ? found.at->op->name : "?", (int)found.index,
              found.by ? df_describe(found.by, by, sizeof by) : "?", found.derived,
              found.measured);
    df_program_free(p);
}

/* ---- text -------------------------------------------------------------------------------- */

/* What has no name gets one. */
static const char *name_of(const model *k, int i)
{
    char name[16];
    snprintf(name, sizeof name, "out%d", i);
    if (!*df_name_of(k->y[i]) && !df_name(k->y[i], name))
        wrong("%s", df_graph_error(k->g));
    return df_name_of(k->y[i]);
}

static char *printed(const model *k, int how, int n, bool declared)
{
    char *text = NULL;
    size_t size;
    for (int i = 0; i < n; i++)
        name_of(k, i);
    FILE *f = open_memstream(&text, &size);
    if (declared)
        write_declarations(f, k->g);
    if (!df_print_list(f, how, k->y, n))
        wrong("%s", df_graph_error(k->g));
    fclose(f);
    return text;
}

/* `is`: what the nodes y[0 .. n-1] are in the listing. */
static void read_back(model *k, int how, df_node *const *is, int n)
{
    df_node *read[MOST_VALUES];
    df_graph *h = df_graph_new(DF_FLOAT64);
    char *text = printed(k, how, n, true), why[2 * DF_TEXT] = "";
    bool good = df_parse(h, text) != NULL;
    /* The op of a loss is simplified to a smaller operand that stretches; its call refuses that. */
    bool known = !good && strstr(df_graph_error(h), "a loss compares arrays of one shape");
    if (known || !good)
        n = 0;
    if (!known && !good)
        wrong("%s in:\n%s", df_graph_error(h), text);
    for (int i = 0; i < n; i++)
        if (!(read[i] = df_find(h, name_of(k, i))))
            wrong("no %s in:\n%s", name_of(k, i), text);
    if (n > 0 && !same_graph(is, read, n, why))
        wrong("%s in:\n%s", why, text);
    free(text);
    df_graph_free(h);
}

/* Unsimplified it has the name of a derivative, whatever it was called. */
static bool has_derivative_name(const model *k)
{
    df__derivative_of is;
    bool has = false;
    for (int i = 0; i < k->n_values; i++)
        has = has || df__is_derivative(k->y[i], 0, &is);
    return has;
}

static void a_listing_of_the_graph_reads_back_node_for_node(model *k)
{
    if (has_derivative_name(k))
        return;
    read_back(k, DF_NUMPY | DF_RAW, k->y, k->n_values);
}

static void a_listing_of_derivatives_reads_back_node_for_node(model *k)
{
    df__copy copy;
    for (int i = 0; i < k->n; i++)
        name_of(k, i);
    if (!df__simplify(k->g, k->y, k->n, false, &copy))
        wrong("%s", df_graph_error(k->g));
    read_back(k, DF_NUMPY, copy.image, k->n);
    df__copy_free(&copy);
}

/* ---- NumPy ------------------------------------------------------------------------------- */

static const char python_case[] =
    "import numpy as np, sys\n"
    "nan, inf = np.nan, np.inf\n"
    "def array(shape, axis, values):\n"
    "    if axis < 0:\n"
    "        return np.array(values).reshape(shape)\n"
    "    inner = shape[:axis] + shape[axis + 1:]\n"
    "    return np.moveaxis(np.array(values).reshape([shape[axis]] + inner), 0, axis)\n"
    "def case(what, text, data, wanted):\n"
    "    names = dict(data)\n"
    "    try:\n"
    "        exec(text, names)\n"
    "        for name, (y, room) in wanted.items():\n"
    "            x = np.asarray(names[name], float)\n"
    "            number = y.shape == (1,) and x.size == 1\n"
    "            assert number or x.shape == y.shape, (name, x.shape, y.shape)\n"
    "            far = np.abs(x.reshape(y.shape) - y) > room\n"
    "            assert not np.any(far & np.isfinite(y)), (name, x, y)\n"
    "    except Exception as e:\n"
    "        print(what, repr(e), text, sep='\\n', flush=True)\n"
    "        sys.exit(1)\n";

static void write_array(FILE *f, const df_node *x, const double *by_example)
{
    df_dims s = df_shape_of(x);
    fprintf(f, "array([");
    for (int j = 0; j < s.rank; j++)
        fprintf(f, "%d, ", s.size[j] == DF_M ? GRAPH_EXAMPLES : (int)s.size[j]);
    fprintf(f, "], %d, [", df_m_axis(s));
    for (int64_t i = 0; i < elements_of(x, GRAPH_EXAMPLES); i++)
        fprintf(f, "%.17g, ", by_example[i]);
    fprintf(f, "])%s", is_float(x) ? "" : ".astype(int)");
}

static bool is_random(const char *text)
{
    static const char *const words[] = { "uniform", "normal", "bernoulli", "dropout" };
    for (size_t i = 0; i < COUNT(words); i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

/* A single number (1) may have no dimension in NumPy, where what wants an array fails. */
static bool wants_array(const df_node *y, int i)
{
    bool other = df__is_scalar(y->x[y->n - 1 - i % y->n]->dims);
    return y->op->kind == DF_REDUCE     ? !y->attr.i[1]
           : y->op->kind == DF_CONTRACT ? other
                                        : y->op->kind != DF_MAP && y->op != &df__op_broadcast;
}

static bool takes_number_as_array(const model *k)
{
    df__copy copy;
    bool takes = false;
    for (int raw = 0; raw < 2; raw++) {
        if (!df__simplify(k->g, k->y, k->n, raw, &copy))
            wrong("%s", df_graph_error(k->g));
        for (int64_t id = 0; id < copy.g->n_nodes; id++)
            for (int i = 0; i < copy.g->node[id]->n; i++) {
                const df_node *y = copy.g->node[id];
                takes = takes || (df__is_scalar(y->x[i]->dims) && wants_array(y, i));
            }
        df__copy_free(&copy);
    }
    return takes;
}

/* As derived, or as simplified: by the text. Random numbers are others in NumPy. */
static void write_case(FILE *f, model *k, const char *what)
{
    if (is_random(k->text) || !knows_m(k) || takes_number_as_array(k))
        return;
    /* Unsimplified derivatives have names of their own. */
    bool raw = df__hash_text(k->text) % 3 == 0 && !has_derivative_name(k);
    int n = raw ? k->n_values : k->n;
    char *text = printed(k, DF_NUMPY | DF_PRELUDE | (raw ? DF_RAW : 0), n, false);
    double **r = run_with(k, k->v, 1, 0);
    if (!r) {
        free(text);
        return;
    }
    fprintf(f, "case('%s', r\"\"\"%s\"\"\", {", what, text);
    free(text);
    for (int i = 0; i < k->v->e.n; i++) {
        const df_node *x = k->v->e.x[i];
        double by_example[512];
        ev_by_example(&k->v->e, x->dims, k->v->c_order[i], by_example, false);
        fprintf(f, "'%s': ", x->name);
        write_array(f, x, by_example);
        fprintf(f, ", ");
    }
    fprintf(f, "}, {");
    for (int i = 0; i < n; i++) {
        fprintf(f, "'%s': (", name_of(k, i));
        write_array(f, k->y[i], r[i]);
        fprintf(f, ", %.3g), ", k->noise[i][0]);
    }
    fprintf(f, "})\n");
    run_free(r, k->n);
}

/* Runs what was written; false: the first case that failed is in said->why. */
static bool run_python(const char *path)
{
    char command[128];
    snprintf(command, sizeof command, "/usr/bin/python3 -W ignore %s 2>&1", path);
    FILE *f = popen(command, "r");
    size_t n = fread(said->why, 1, sizeof said->why - 1, f);
    said->why[n] = 0;
    for (char rest[4096]; fread(rest, 1, sizeof rest, f); )
        continue;
    return pclose(f) == 0;
}

/* ---- all of them ------------------------------------------------------------------------- */

static const struct { void (*holds)(model *k); const char *name; } properties[] = {
#define PROPERTY(f) { f, #f }
    PROPERTY(simplified_values_are_those_of_the_graph),
    PROPERTY(a_run_gives_what_the_graph_says),
    PROPERTY(any_number_of_threads_gives_the_same_bits),
    PROPERTY(any_tile_width_gives_the_same_values),
    PROPERTY(derivatives_are_those_of_differences),
    PROPERTY(a_listing_of_the_graph_reads_back_node_for_node),
    PROPERTY(a_listing_of_derivatives_reads_back_node_for_node),
#undef PROPERTY
};

/* All but NumPy, which is asked once for many. */
static void check_properties(model *k, const char *text)
{
    snprintf(said->text, sizeof said->text, "%s", text);
    read_model(k, text);
    for (size_t i = 0; i < COUNT(properties) && knows_m(k); i++) {
        snprintf(said->what, sizeof said->what, "%s", properties[i].name);
        properties[i].holds(k);
    }
    snprintf(said->what, sizeof said->what, "numpy_gives_the_same");
}
#endif
