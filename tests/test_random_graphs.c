/* test_random_graphs.c -- random graphs of all ops: simplified, run, printed, read back and derived
 *
 * SPDX-License-Identifier: MIT
 *
 * A graph that fails is made as small as can be and printed as text, which goes into found[] when
 * the fault is mended. DFOO_SEED=n takes other seeds; make check-long takes 10 000 graphs. */
#include "graph_properties.h"

enum { GROUPS = 25, GRAPHS = 20 };

#define NUMPY "/usr/bin/python3 -c 'import numpy'"

/* ---- one text ---------------------------------------------------------------------------- */

static char script[] = "/tmp/dfoo-graphs-XXXXXX";

static FILE *begin_script(void)
{
    int fd = mkstemp(script);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        wrong("no file in /tmp");
    fputs(python_case, f);
    return f;
}

/* Removes the file too. */
static bool end_script(FILE *f)
{
    fclose(f);
    bool good = !have(NUMPY) || run_python(script);
    unlink(script);
    strcpy(script + sizeof script - 7, "XXXXXX");
    return good;
}

static void try_text(const char *text)
{
    static model k;
    check_properties(&k, text);
    FILE *f = begin_script();
    write_case(f, &k, "text");
    if (!end_script(f))
        _exit(1);
    end_model(&k);
}

static void check_text(const char *text)
{
    static char small[TRIAL_TEXT];
    if (survives(try_text, text))
        return;
    printf("%s: %s\n%s\n", said->what, said->why, text);
    strcpy(small, text);
    shrink(small, try_text);
    ck_abort_msg("%s: %s\n%s\nwhich is what is left of:\n%s", said->what, said->why, small, text);
}

/* ---- random ones ------------------------------------------------------------------------- */

static uint64_t first_seed;

/* Of one group. */
static void try_seeds(const char *unused)
{
    static maker m;
    static model k;
    char number[32];
    (void)unused;
    FILE *f = begin_script();
    for (int i = 0; i < rounds(GRAPHS); i++) {
        snprintf(said->what, sizeof said->what, "making it");
        make_graph(&m, first_seed + (uint64_t)i);
        check_properties(&k, m.text);
        snprintf(number, sizeof number, "%d", i);
        write_case(f, &k, number);
        end_model(&k);
    }
    if (end_script(f))
        return;
    make_graph(&m, first_seed + (uint64_t)atoi(said->why));
    strcpy(said->text, m.text);
    _exit(1);
}

START_TEST(all_properties_hold_of_random_graphs)
{
    static char text[TRIAL_TEXT];
    const char *given = getenv("DFOO_SEED");
    first_seed = (given ? strtoull(given, NULL, 10) : 0) + (uint64_t)(_i * rounds(GRAPHS));
    if (survives(try_seeds, ""))
        return;
    strcpy(text, said->text);
    ck_assert_msg(*text != 0, "seeds from %d: %s: %s", (int)first_seed, said->what, said->why);
    check_text(text);
    ck_abort_msg("%s: %s\nonly together with others, seeds from %d:\n%s", said->what, said->why,
                 (int)first_seed, text);
}
END_TEST

/* ---- what they are made of --------------------------------------------------------------- */

/* Of all ops of the library, states and updates apart, and the lines of the table. */
START_TEST(every_op_and_nearly_every_expression_is_in_some_graph)
{
    static const df_op *const apart[] = { &df__op_state, &df__op_update, &df__op_group };
    static maker m;
    static int made[16][FORMS];
    static bool seen[512];
    for (int i = 0; i < 800; i++) {
        make_graph(&m, 50000 + (uint64_t)i);
        for (size_t k = 0; k < COUNT(kinds); k++)
            for (size_t j = 0; j < kinds[k].n; j++)
                made[k][j] += m.made[k][j];
        df_graph *g = df_graph_new(DF_FLOAT64);
        df_node *J = df_parse(g, m.text);
        ck_assert_msg(J != NULL, "%s in:\n%s", df_graph_error(g), m.text);
        for (int64_t id = 0; id < g->n_nodes && i % 8 == 0; id++)
            if (g->node[id]->op == &df__op_param)
                df_d(J, g->node[id]);
        for (int64_t id = 0; id < g->n_nodes; id++)
            for (int k = 0; df__ops[k]; k++)
                seen[k] = seen[k] || df__ops[k] == g->node[id]->op;
        df_graph_free(g);
    }
    for (size_t j = 0; j < COUNT(apart); j++)
        for (int k = 0; df__ops[k]; k++)
            seen[k] = seen[k] || df__ops[k] == apart[j];
    for (int k = 0; df__ops[k]; k++)
        ck_assert_msg(seen[k], "no graph has the op %s", df__ops[k]->name);
    int missing = 0;                             /* some want rare operands */
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (size_t j = 0; j < kinds[k].n; j++)
            if (made[k][j] == 0 && ++missing > 4)
                ck_abort_msg("no graph has %s", kinds[k].of[j]);
}
END_TEST

/* ---- those that once failed -------------------------------------------------------------- */

static const char *const found[] = {
    /* a 1 that is an array stood for the number 1 */
    "input y (2, m)\nparam w (2, 3)\nq1 = cos(jvp(tanh(w), y, tanh(y)))\n"
    "q2 = np.einsum('ab,ac->bc', q1, w)\nJ = mean(tanh(q2))\n",
    /* a derivative by labels that are an argmax was asked for */
    "input x (3, 3)\nq = softmax_cross_entropy(x, argmax_axis(x, 0), 0)\n",
    "input x (m, 2, 4)\ninput y (m, 2, 4)\nq = softmax_cross_entropy(x, argmax_axis(y, 2), 2)\n",
    /* a norm over axes of size 1 was the element, with its sign */
    "param p (1, 2, 1)\nq = norm(np.mean(p, axis=1, keepdims=True))\n",
    "input x (1, m)\nq = norm_axis(x - 2, 0)\n",
    /* printed in a form that is read as another graph, or not at all */
    "param p (1, 2, 1, 1)\nq = top_k(p, 1, 2)\n",
    "input x (3, m)\nq = np.einsum('ab->ba', x)\n",
    "input x (1, 1, 3)\nq = np.einsum('abc->ca', x)\n",
    "input x (m, 2, 4, 4)\ninput s (1)\nq = outer(x, s)\n",
    "input x (3, 3)\ninput s (1)\nq = outer(x, s)\n",
    "input x (m, 2, 1)\nq = slice_step(np.einsum('abc,abc->b', x, x), 0, 1, 2, -1)\n",
    "input x (3, m)\nq = x + -0.43\n",
    "input x (2, 3)\nq = np.einsum('ab,ab->ba', x, x)[None]\n",
    /* zeros are whole numbers in NumPy, and minus infinity is none */
    "input x (2, 3)\nq = x + max_pool(np.full((2, 3), 0), 3, 1, 1)\n",
    /* leaves without a name: what a product with a Jacobian is made of */
    "input x (3, 1)\ninput y (3, m)\nq = jvp(y, x, x)\n",
    "input s (1)\ninput x (3, 3)\nq = jacobian(x * s, s)\n",
};

START_TEST(all_properties_hold_of_graphs_that_failed_once)
{
    check_text(found[_i]);
}
END_TEST

TESTS(
    TEST(every_op_and_nearly_every_expression_is_in_some_graph),
    ROWS(all_properties_hold_of_graphs_that_failed_once, COUNT(found)),
    ROWS(all_properties_hold_of_random_graphs, GROUPS),
)
