/* test_scale.c -- building, deriving, simplifying and planning take room linear in the graph, and
 * no stack
 *
 * SPDX-License-Identifier: MIT
 *
 * Each graph is made of n operations and of 2 n: nodes, steps and bytes may double, and a little.
 * What is not linear would be four times as much. Time is not looked at, but Check ends a test that
 * hangs. */
#include "check.h"
#include "plan.h"
#include <sys/resource.h>

/* ---- the graphs ------------------------------------------------------------------------------ */

static df_node *weight(df_graph *g)
{
    return df_param(g, "w", df_shape(1, 1));
}

static df_node *data(df_graph *g)
{
    return df_input(g, "X", df_shape(1, DF_M));
}

/* Products, sums, tanh and numbers in one chain. */
static df_node *chain(df_graph *g, int n)
{
    df_node *x = data(g), *w = weight(g), *y = x;
    for (int i = 0; i < n; i++)
        y = i % 4 == 0   ? df_mul(y, w)
            : i % 4 == 1 ? df_tanh(y)
            : i % 4 == 2 ? df_add(y, x)
                         : df_scale(y, 1 + i % 64 * 0.25);
    return y;
}

/* One node with n users. */
static df_node *fan(df_graph *g, int n)
{
    df_node *h = df_tanh(df_mul(weight(g), data(g))), *sum = h;
    for (int i = 0; i < n; i++)
        sum = df_add(sum, df_tanh(df_scale(h, i + 0.5)));
    return sum;
}

static df_node *running_sum(df_graph *g, int n)
{
    df_node *x = data(g), *sum = df_mul(weight(g), x);
    for (int i = 0; i < n; i++)
        sum = df_add(sum, x);
    return sum;
}

/* Sums of all sums so far: each partial sum has two users. */
static df_node *sums_of_sums(df_graph *g, int n)
{
    df_node *x = data(g), *sum = df_mul(weight(g), x), *all = sum;
    for (int i = 0; i < n; i++) {
        sum = df_add(sum, x);
        all = df_add(all, df_square(sum));
    }
    return all;
}

/* s = tanh(w s): the adjoint of each link has two users. */
static df_node *loop(df_graph *g, int n)
{
    df_node *w = weight(g), *s = data(g);
    for (int i = 0; i < n; i++)
        s = df_tanh(df_mul(w, s));
    return s;
}

static df_node *parameters(df_graph *g, int n)
{
    df_node *s = data(g);
    char name[32];
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "w%d", i);
        s = df_tanh(df_mul(df_param(g, name, df_shape(1, 1)), s));
    }
    return s;
}

static df_node *horner(df_graph *g, int n)
{
    df_node *w = weight(g), *x = data(g), *y = x;
    for (int i = 0; i < n; i++)
        y = df_add(df_mul(y, w), x);
    return y;
}

/* A cell written out over the steps of one array: that array's adjoint is one concatenation. */
static df_node *cell(df_graph *g, int n)
{
    df_node *x = df_param(g, "x", df_shape(n, 1)), *w = weight(g), *h = data(g);
    for (int i = 0; i < n; i++)
        h = df_tanh(df_add(df_mul(w, h), df_slice(x, 0, i, 1)));
    return h;
}

static const struct { const char *name; df_node *(*make)(df_graph *g, int n); int n; } graphs[] = {
    { "a chain of mixed operations", chain, 20000 },
    { "a node with n users", fan, 10000 },
    { "a running sum", running_sum, 50000 },
    { "sums of sums", sums_of_sums, 10000 },
    { "a loop written out", loop, 10000 },
    { "n parameters", parameters, 5000 },
    { "Horner's scheme", horner, 10000 },
    { "a cell over n slices", cell, 5000 },
};

/* ---- what one of them takes ------------------------------------------------------------------ */

typedef struct { int64_t now, most; } bytes;
typedef struct { int64_t written, nodes, copied, steps, bytes; } room;

static void *get(void *user, size_t size, size_t align)
{
    bytes *b = user;
    b->now += (int64_t)size;
    b->most = b->now > b->most ? b->now : b->most;
    return aligned_alloc(align, (size + align - 1) / align * align);
}

static void put(void *user, void *p, size_t size)
{
    ((bytes *)user)->now -= (int64_t)size;
    free(p);
}

/* From the graph to the compiled step of gradient descent. */
static room build(int which, int n)
{
    bytes b = { 0 };
    df_graph *g = df_graph_new_in(DF_FLOAT32, &((df_memory){ get, put, &b }));
    df_node *J = df_cost(graphs[which].make(g, n));
    room r = { .written = g->n_nodes };
    df_program *p = df_compile(g, J, df_sgd(J, df_num(g, 0.1), NULL));
    ck_assert_msg(p, "%s: %s", graphs[which].name, df_graph_error(g));
    r.nodes = g->n_nodes;
    r.copied = p->plan->copy.g->n_nodes;
    r.steps = p->plan->n_steps;
    r.bytes = b.most;
    df_graph_free(g);
    ck_assert_int_eq(b.now, 0);
    return r;
}

static void doubles(const char *name, const char *what, int64_t one, int64_t two, double times)
{
    ck_assert_msg((double)two <= times * (double)one, "%s: %s: %lld, for twice as many %lld", name,
                  what, (long long)one, (long long)two);
}

/* Lists grow by doubling, so bytes come in jumps. */
START_TEST(twice_the_graph_takes_twice_the_room)
{
    int n = rounds(graphs[_i].n);
    n = n < 500 ? 500 : n;
    room one = build(_i, n), two = build(_i, 2 * n);
    const char *name = graphs[_i].name;
    doubles(name, "nodes", one.nodes, two.nodes, 2.05);
    doubles(name, "nodes of the copy", one.copied, two.copied, 2.05);
    doubles(name, "steps", one.steps, two.steps, 2.05);
    doubles(name, "bytes", one.bytes, two.bytes, 2.6);
    ck_assert_msg(one.bytes < 6000 * one.written, "%s: %lld bytes for each of %lld nodes", name,
                  (long long)(one.bytes / one.written), (long long)one.written);
}
END_TEST

START_TEST(no_stack_grows_with_the_graph)
{
    struct rlimit small = { 256 * 1024, 256 * 1024 };
    ck_assert_int_eq(setrlimit(RLIMIT_STACK, &small), 0);
    build(_i, graphs[_i].n);
}
END_TEST

TESTS(
    ROWS(twice_the_graph_takes_twice_the_room, COUNT(graphs)),
    ROWS(no_stack_grows_with_the_graph, COUNT(graphs)),
)
