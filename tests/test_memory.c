/* test_memory.c -- the n-th allocation fails, for every n: clean errors, nothing lost, nothing
 * leaked; and workspaces
 *
 * SPDX-License-Identifier: MIT */
#include "cases.h"
#include "scarce.h"
#include <stdlib.h>
#include <unistd.h>

/* ---- memory that fails ------------------------------------------------------------------- */

/* forever: once an allocation has failed, all do. */
typedef struct { scarce s; bool forever; } supply;

static void *supply_get(void *user, size_t bytes, size_t align)
{
    supply *m = user;
    return m->s.failed && m->forever ? NULL : scarce_get(&m->s, bytes, align);
}

/* More than any machine has. */
static void *sane_get(void *user, size_t bytes, size_t align)
{
    return bytes > (size_t)1 << 40 ? NULL : supply_get(user, bytes, align);
}

static void supply_put(void *user, void *p, size_t bytes)
{
    scarce_put(&((supply *)user)->s, p, bytes);
}

/* ---- the life of a graph, in stages that may be done again ------------------------------- */

enum { EXAMPLES = 700, TWICE = 2 * EXAMPLES };
typedef struct {
    df_graph *g;
    df_node *X, *t, *W, *b, *J, *dW, *step, *S;
    df_program *p, *q;
    float x[4 * EXAMPLES], out[4 * TWICE];
    int32_t labels[EXAMPLES];
    int64_t which[TWICE];
    df_array table;
    char csv[64];
} life;

static df_node *found(df_graph *g, const char *name,
                      df_node *(*make)(df_graph *, const char *, df_dims), df_dims s)
{
    df_node *x = df_find(g, name);
    return x ? x : make(g, name, s);
}

static df_node *labels(df_graph *g, const char *name, df_dims s)
{
    return df_input_of(g, name, DF_INT32, s);
}

static bool do_build(life *l)
{
    l->X = found(l->g, "X", df_input, df_shape(4, DF_M));
    l->t = found(l->g, "t", labels, df_shape(1, DF_M));
    l->W = found(l->g, "W", df_param, df_shape(3, 4));
    l->b = found(l->g, "b", df_param, df_shape(3, 1));
    df_node *C = df_sub(l->X, df_mean_examples(l->X));
    df_node *Z = df_add_bias(df_matmul(l->W, C), l->b);
    l->S = df_softmax(Z, 0);
    l->J = df_cost(df_softmax_cross_entropy(Z, l->t, 0));
    return df_name(l->J, "J") && df_name(Z, "Z") && l->S;
}

static bool do_init(life *l)
{
    return df_init(l->g);
}

static bool do_derive(life *l)
{
    l->dW = df_d(l->J, l->W);
    return l->dW && df_d(df_sum(df_square(l->dW)), l->W);
}

static bool do_optimise(life *l)
{
    df_optimiser o = DF_OPTIMISER;
    o.clip_norm = 1;
    l->step = df_adam(l->J, df_num(l->g, 0.01), &o);
    return l->step != NULL;
}

static bool do_compile(life *l)
{
    df_node *y[] = { l->J, l->dW, l->S, l->step };
    l->p = df_compile_list(l->g, y, 4, &(df_options){ .cache_bytes = 1, .threads = 2 });
    return l->p != NULL;
}

static bool do_bind(life *l)
{
    return df_bind(l->p, l->X, l->x, 4 * EXAMPLES) && df_bind(l->p, l->t, l->labels, EXAMPLES) &&
           df_bind_out(l->p, l->S, l->out, 3 * TWICE);
}

static bool do_clone(life *l)
{
    l->q = df_program_clone(l->p);
    return l->q != NULL;
}

/* An update that succeeded may not be done twice. */
static bool do_run(life *l)
{
    if (isnan(df_value(l->p, l->J)) && !df_run(l->p))
        return false;
    return df_run_pick(l->q, l->which, TWICE);
}

static bool do_print(life *l)
{
    FILE *f = fopen("/dev/null", "w");
    bool good = df_print(f, DF_NUMPY | DF_PRELUDE | DF_WHY, l->J, l->dW) &&
                df_print(f, DF_LATEX, l->J, l->dW) && df_print(f, DF_DOT, l->J) &&
                df_print(f, DF_NUMPY | DF_RAW, l->dW) && df_print_plan(f, l->p);
    fclose(f);
    return good;
}

static bool do_read(life *l)
{
    return df_read_csv(l->g, l->csv, &l->table);
}

static const struct { const char *name; bool (*of)(life *l);
} stages[] = {
    { "build", do_build },       { "init", do_init },       { "derive", do_derive },
    { "optimise", do_optimise }, { "compile", do_compile }, { "bind", do_bind },
    { "clone", do_clone },       { "run", do_run },         { "print", do_print },
    { "read", do_read },
};
enum { STAGES = (int)COUNT(stages) };

static void fill(life *l)
{
    dice d = { 1, 0 };
    for (int i = 0; i < 4 * EXAMPLES; i++)
        l->x[i] = (float)between(&d, -1, 1);
    for (int i = 0; i < EXAMPLES; i++)
        l->labels[i] = (int32_t)roll(&d, 3);
    for (int i = 0; i < TWICE; i++)
        l->which[i] = (int64_t)roll(&d, EXAMPLES);
    strcpy(l->csv, "/tmp/dfoo-XXXXXX");
    int file = mkstemp(l->csv);
    FILE *f = fdopen(file, "w");
    for (int i = 0; i < 3000; i++)
        fprintf(f, "%d,%d,\"%d\"\n", i, i + 1, i + 2);
    fclose(f);
}

/* Whose error it is: the graph's, or a program's. */
static void check_error(const char *stage, int n, const life *l)
{
    bool graph = df_graph_status(l->g) == DF_NO_MEMORY || strstr(df_graph_error(l->g), "no memory");
    bool program = (l->p && df_program_status(l->p) == DF_NO_MEMORY) ||
                   (l->q && df_program_status(l->q) == DF_NO_MEMORY);
    ck_assert_msg(graph || program, "%s, allocation %d: the graph says '%s', the program '%s'",
                  stage, n, df_graph_error(l->g), df_program_error(l->q ? l->q : l->p));
}

/* What there was is there still. */
static bool values(const life *l, double v[15])
{
    return l->W && l->b && df_get(l->W, v, 12) && df_get(l->b, v + 12, 3);
}

/* The stage `bad` has its n-th allocation fail, then is done again; all others have memory. Gives
 * the results; false: no allocation failed, for there are fewer. */
static bool live(supply *m, int bad, int n, double result[15])
{
    static life l;
    double before[15], after[15];
    df_memory mem = { supply_get, supply_put, m };
    memset(&l, 0, sizeof l);
    fill(&l);
    l.g = df_graph_new_in(DF_FLOAT32, &mem);
    for (int i = 0; i < STAGES; i++) {
        bool had = values(&l, before);
        df_graph_forgive(l.g);
        m->s.left = i == bad ? n : 0;
        bool good = stages[i].of(&l);
        m->s.left = 0;
        ck_assert_msg(good || (i == bad && m->s.failed), "%s: %s", stages[i].name,
                      df_graph_error(l.g));
        if (!good) {
            check_error(stages[i].name, n, &l);
            if (had && strcmp(stages[i].name, "run") != 0)
                ck_assert(values(&l, after) && !memcmp(before, after, sizeof before));
            df_graph_forgive(l.g);
            m->s.failed = false;
            ck_assert_msg(stages[i].of(&l), "%s once more, after %d: %s", stages[i].name, n,
                          df_graph_error(l.g));
            m->s.failed = true;
        }
        bool failed = m->s.failed;
        m->s.failed = false;
        ck_assert_msg(df_graph_status(l.g) == DF_OK, "%s, allocation %d: done, but: %s",
                      stages[i].name, n, df_graph_error(l.g));
        m->s.failed = failed;
        if (i == bad && m->forever)
            m->forever = false;
    }
    ck_assert(values(&l, result) && isfinite(df_value(l.p, l.J)));
    df_graph_free(l.g);
    unlink(l.csv);
    ck_assert_msg(m->s.blocks == 0 && m->s.bytes == 0,
                  "%s, allocation %d: %ld blocks and %zu bytes are lost",
                  bad < 0 ? "all" : stages[bad].name, n, m->s.blocks, m->s.bytes);
    return m->s.failed;
}

START_TEST(any_allocation_may_fail_in_any_stage)
{
    int stage = _i / 2;
    double want[15], got[15];
    supply all = { { 0 }, false };
    ck_assert(!live(&all, -1, 0, want));
    for (int n = 1;; n++) {
        supply m = { { 0 }, _i % 2 };
        bool failed = live(&m, stage, n, got);
        ck_assert_msg(!memcmp(want, got, sizeof want), "%s, allocation %d: other numbers",
                      stages[stage].name, n);
        if (!failed)
            break;
        ck_assert_int_lt(n, 3000);
    }
}
END_TEST

START_TEST(without_memory_there_is_no_graph)
{
    supply m = { { .left = 1 }, false };
    df_memory mem = { supply_get, supply_put, &m };
    ck_assert(df_graph_new_in(DF_FLOAT32, &mem) == NULL && m.s.blocks == 0);
    ck_assert_int_eq(df_graph_status(NULL), DF_NO_MEMORY);
}
END_TEST

/* ---- workspaces -------------------------------------------------------------------------- */

START_TEST(a_plan_of_one_pass_needs_no_more_memory_for_more_examples)
{
    df_node *y[OUTPUTS];
    int n;
    base k = new_case(_i, y, &n);
    df_program *p = df_compile_list(k.g, y, n, &(df_options){ .threads = 2 });
    size_t some = df_workspace_bytes(p, 1000000), many = df_workspace_bytes(p, 100000000);
    ck_assert(df_workspace_bytes(NULL, 1) == 0 &&
              df_workspace_bytes(p, -1) == df_workspace_bytes(p, 1));
    ck_assert_uint_ge(some, df_workspace_bytes(p, 1));
    if (p->plan->n_passes == 1)
        ck_assert_uint_eq(some, many);
    df_graph_free(k.g);
}
END_TEST

/* Memory of exactly the size that is asked for, `off` bytes behind a multiple of 64, with marks on
 * both sides. */
enum { MARKS = 256 };
static void check_workspace(int which, size_t off)
{
    df_node *y[OUTPUTS];
    int n;
    base k = new_case(which, y, &n);
    dice d = { 7, 0 };
    given *v = given_new(k.g, 500, &d, -1, 1);
    df_options o = { .cache_bytes = 1, .threads = 2 };
    df_program *p = compiled(k.g, y, n, &o);
    double **want = run_given(p, v, y, n);
    o.no_workspace = true;
    df_program *q = compiled(k.g, y, n, &o);
    size_t bytes = df_workspace_bytes(q, 500), whole = (bytes + off + 2 * MARKS + 63) / 64 * 64;
    unsigned char *memory = aligned_alloc(64, whole), *from = memory + MARKS + off;
    memset(memory, 0xA5, whole);
    given_bind(q, v, 0, 500);
    double **r = places_new(q, y, n, 500);
    ck_assert(!df_run(q) && df_program_status(q) == DF_NO_MEMORY);
    ck_assert(!df_workspace_use(q, from, df_workspace_bytes(q, 1) - 1) &&
              !df_workspace_use(q, NULL, bytes));
    ck_assert(df_workspace_use(q, from, bytes));
    for (int again = 0; again < 2; again++) {
        memset(memory, again ? 0xA5 : 0x5A, MARKS + off);
        ck_assert_msg(df_run(q), "%s", df_program_error(q));
        fetch_rest(q, y, n, r);
        for (int j = 0; j < n; j++)
            check_bits("workspace", y[j], r[j], want[j], elements_of(y[j], 500));
        for (size_t i = 0; i < MARKS + off; i++)
            ck_assert_uint_eq(memory[i], again ? 0xA5 : 0x5A);
        for (size_t i = MARKS + off + bytes; i < whole; i++)
            ck_assert_uint_eq(memory[i], 0xA5);
    }
    run_free(want, n);
    run_free(r, n);
    given_free(v);
    df_graph_free(k.g);
    free(memory);
}

START_TEST(the_workspace_may_be_the_callers_of_any_alignment_and_the_exact_size)
{
    static const size_t off[] = { 0, 1, 4, 63 };
    for (int i = 0; i < (int)COUNT(off); i++)
        check_workspace(_i, off[i]);
}
END_TEST

START_TEST(a_workspace_that_is_too_small_for_a_run_is_refused_and_a_larger_one_is_taken)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(5, DF_M)), *C = df_sub(X, df_mean_examples(X)),
            *V = df_mean(df_square(C));
    df_program *p = compiled(g, &V, 1, &(df_options){ .no_workspace = true, .cache_bytes = 1 });
    static double x[5 * 4000];
    char *small = malloc(df_workspace_bytes(p, 10)), *large, text[128];
    for (int i = 0; i < 5 * 4000; i++)
        x[i] = i % 2;
    ck_assert(df_bind(p, X, x, 5 * 4000) && df_workspace_use(p, small, df_workspace_bytes(p, 10)));
    ck_assert_msg(df_run_range(p, 0, 10) && fabs(df_value(p, V) - 0.25) < 1e-12, "%s",
                  df_program_error(p));
    ck_assert(!df_run(p) && df_program_status(p) == DF_NO_MEMORY && isnan(df_value(p, V)));
    snprintf(text, sizeof text, "run: a workspace of %zu bytes is needed: df_workspace_use",
             df_workspace_bytes(p, 4000));
    ck_assert_str_eq(df_program_error(p), text);
    ck_assert_msg(df_run_range(p, 0, 10) && fabs(df_value(p, V) - 0.25) < 1e-12, "%s",
                  df_program_error(p));
    free(small);
    large = malloc(df_workspace_bytes(p, 4000));
    ck_assert(df_workspace_use(p, large, df_workspace_bytes(p, 4000)) && isnan(df_value(p, V)));
    ck_assert(df_run(p) && fabs(df_value(p, V) - 0.25) < 1e-12);
    df_graph_free(g);
    free(large);
}
END_TEST

START_TEST(more_examples_than_memory_can_hold_are_refused)
{
    supply m = { { 0 }, false };
    df_memory mem = { sane_get, supply_put, &m };
    df_graph *g = df_graph_new_in(DF_FLOAT32, &mem);
    df_node *X = df_input(g, "X", df_shape(5, DF_M)), *C = df_sub(X, df_mean_examples(X)),
            *V = df_mean(df_square(C));
    df_node *N = df_sub(df_tanh(X), df_mean_examples(df_tanh(X)));
    df_program *p = df_compile(g, V, df_mean(df_exp(N)));
    float x[5] = { 1, 2, 3, 4, 5 };
    df_array a = { x, DF_FLOAT32, { 2, { 5, (int64_t)1 << 54 } }, { 1, 0 } };
    ck_assert(!df_bind_array(p, X, &a) && df_program_status(p) == DF_NO_MEMORY);
    ck_assert_str_eq(df_program_error(p),
                     "bind: X (5 x m): no memory for a workspace for 18014398509481984 examples");
    ck_assert_uint_ge(df_workspace_bytes(p, INT64_MAX), (size_t)1 << 60);
    ck_assert(df_bind(p, X, x, 5) && df_run(p) && df_value(p, V) == 0);
    df_graph_free(g);
}
END_TEST

START_TEST(values_of_the_last_run_survive_a_larger_bind)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *X = df_input(g, "X", df_shape(5, DF_M)), *C = df_sub(X, df_mean_examples(X)),
            *V = df_mean(df_square(C));
    df_program *p = df_compile(g, V);
    static float x[5 * 40000] = { 10 };
    ck_assert(df_bind(p, X, x, 5 * 10) && df_run(p));
    double v = df_value(p, V);
    ck_assert(v > 0 && df_bind(p, X, x, 5 * 40000) && df_value(p, V) == v);
    df_graph_free(g);
}
END_TEST

TESTS(
    ROWS(any_allocation_may_fail_in_any_stage, 2 * STAGES),
    TEST(without_memory_there_is_no_graph),
    ROWS(a_plan_of_one_pass_needs_no_more_memory_for_more_examples, 2 * CASES),
    ROWS(the_workspace_may_be_the_callers_of_any_alignment_and_the_exact_size, 2 * CASES),
    TEST(a_workspace_that_is_too_small_for_a_run_is_refused_and_a_larger_one_is_taken),
    TEST(more_examples_than_memory_can_hold_are_refused),
    TEST(values_of_the_last_run_survive_a_larger_bind),
)
