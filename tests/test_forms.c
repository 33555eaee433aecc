/* test_forms.c -- models as text, and the equations that come of them
 *
 * SPDX-License-Identifier: MIT
 *
 * Each derivative also has, at random points, the value of the one that is not simplified. */
#include "evaluate.h"
#include "second.h"
#include <dfoo.h>

enum { M = 3, MOST = 64, PLACES = 12 };

/* The cost is J, or L; `by`: the derivative by that name, of which these are lines. */
static const struct { const char *model, *by, *lines; } forms[] = {
    /* what is made by hand */
    { "input z (1, m)\ninput y (1, m)\nE = np.exp(-z)\na = 1/(1 + E)\n"
      "L = -(y*np.log(a) + (1 - y)*np.log(1 - a))\n", "z", "dz = a - y" },
    { "input z (1, m)\nL = np.log(1 + np.exp(z))\n", "z", "dz = sigmoid(z)" },
    { "input z (3, m)\nL = np.log(np.sum(np.exp(z), axis=0, keepdims=True))\n", "z",
      "dz = softmax(z, axis=0)" },
    { "input z (3, m)\nN = np.max(z, axis=0, keepdims=True)\n"
      "L = N + np.log(np.sum(np.exp(z - N), axis=0, keepdims=True))\n", "z",
      "dz = softmax(z, axis=0)" },
    { "input z (3, m)\ninput y (3, m)\nA = softmax(z, axis=0)\n"
      "L = -np.sum(y*np.log(A), axis=0, keepdims=True)\n", "z",
      "dz = A * np.sum(y, axis=0, keepdims=True) - y" },
    { "input z (3, m)\nL = np.sqrt(np.sum(z**2, axis=0, keepdims=True))\n", "z", "dz = z / L" },
    { "input z (1, m)\nL = z*np.log(z)\n", "z", "dz = np.log(z) + 1" },
    { "input z (1, m)\nL = (np.exp(z) - np.exp(-z))/(np.exp(z) + np.exp(-z))\n", "z",
      "dz = 1 - L**2" },
    { "input z (1, m)\nL = (1 - np.exp(-2*z))/(1 + np.exp(-2*z))\n", "z", "dz = 1 - L**2" },
    { "input z (1, m)\np = sigmoid(z)\nL = -(p*np.log(p) + (1 - p)*np.log(1 - p))\n", "z",
      "dz = (softplus(-z) - softplus(z)) * (p * (1 - p))" },
    { "input z (1, m)\ninput y (1, m)\nL = np.log(z*y)\n", "z", "dz = 1 / z" },
    /* parts, and what is put together of parts */
    { "input z (2, m)\ninput y (1, m)\nA = sigmoid(z)\nL = cross_entropy(A[0:1], y)\n", "z",
      "dz = np.pad(sigmoid(z[0:1]) - y, ((0, 1), (0, 0)))" },
    { "input z (m, 1)\ninput y (1, m)\nA = sigmoid(z)\nJ = mean(cross_entropy(A.T, y))\n", "z",
      "dz = A - y.T" },
    { "input z (3, m)\nL = z[0:1] * np.exp(z[1:3][0:1]) + z[2:3]**2\n", "z",
      "dz = np.concatenate((t1, z[0:1] * t1, 2 * z[2:3]), axis=0)" },
    { "input z (4, m)\na = z[0:1]\nb = z[3:4]\nL = a * b\n", "z",
      "dz = np.concatenate((b, np.full((2, m), 0), a), axis=0)" },
    { "input z (4, m)\na = z[1:2]\nb = z[2:3]\nL = a * b\n", "z",
      "dz = np.pad(np.concatenate((b, a), axis=0), ((1, 1), (0, 0)))" },
    { "input z (3, m)\nL = np.sum(z[0:2] * z[1:3], axis=0, keepdims=True)\n", "z", "" },
    { "input z (3, m)\nL = np.sum(z[0:2] * z[2:0:-1], axis=0, keepdims=True)\n", "z", "" },
    { "input z (3, m, 2)\nL = np.sum(z[0:1] * z[1:2] + z[2:3], axis=2, keepdims=True)"
      "[:, :, 0:1] * z[2:3][:, :, 1:2]\n", "z", "" },
    { "input z (3, m, 2)\nL = np.sum(z[0:1], axis=2, keepdims=True) * "
      "np.sum(z[:, :, 1:2], axis=0, keepdims=True)\n", "z", "" },
    { "input z (1, m)\ninput v (1, m)\ninput y (2, m)\n"
      "A = np.concatenate((sigmoid(z), sigmoid(v)), axis=0)\n"
      "L = -np.sum(y*np.log(A) + (1 - y)*np.log(1 - A), axis=0, keepdims=True)\n", "z",
      "dz = sigmoid(z) - y[0:1]" },
    { "input z (1, m)\ninput y (1, m)\np = sigmoid(z)\n"
      "L = -(y*(1 - p)**2*np.log(p) + (1 - y)*p**2*np.log(1 - p))\n", "z", "dz = t1 - t2" },
    /* what is centred adds up to 0 */
    { "input z (3, m)\ninput v (3, m)\nC = z - np.mean(z, axis=1, keepdims=True)\n"
      "H = C / np.sqrt(np.mean(C**2, axis=1, keepdims=True) + 1e-5)\n"
      "J = mean(np.sum(H*v, axis=0, keepdims=True))\n", "z",
      "t2 = v - 1/m * np.sum(H * v, axis=1, keepdims=True) * H\n"
      "dz = (t2 - 1/m * np.sum(v, axis=1, keepdims=True)) / t1" },
    { "input z (3, m)\ninput v (3, m)\nC = z - np.mean(z, axis=0, keepdims=True)\n"
      "H = C / np.sqrt(np.mean(C**2, axis=0, keepdims=True) + 1e-5)\n"
      "J = mean(np.sum(H*v, axis=0, keepdims=True))\n", "z", "" },
    { "input z (3, m)\nparam w (3, 1)\nC = z - np.mean(z, axis=1, keepdims=True)\n"
      "J = mean(np.sum(w*C, axis=0, keepdims=True))\n", "w", "dw = np.broadcast_to(0, (3, 1))" },
    /* and what only looks like it does not: another number, a weight, another axis */
    { "input z (3, m)\ninput w (1, m)\nC = z - 0.5*np.sum(z, axis=0, keepdims=True)\n"
      "L = np.sum(w*C, axis=0, keepdims=True)\n", "w", "" },
    { "input z (3, m)\nparam w (3, 1)\ninput v (3, m)\n"
      "C = z - np.mean(z, axis=1, keepdims=True)\n"
      "J = mean(np.sum(v*C*w, axis=0, keepdims=True))\n", "w", "" },
    { "input z (2, 2, m)\ninput w (2, 1, m)\nC = z - np.mean(z, axis=0, keepdims=True)\n"
      "L = w*C\n", "w", "" },
};

static char *printed(df_node *d)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    bool done = df_print_list(f, DF_NUMPY, &d, 1);
    fclose(f);
    ck_assert_msg(done, "%s", df_graph_error(df_graph_of(d)));
    return text;
}

/* Each line of `lines` is one of text, or the end of one. */
static void expect(const char *text, const char *lines)
{
    char line[256];
    while (*lines) {
        size_t n = strcspn(lines, "\n");
        snprintf(line, sizeof line, "%.*s\n", (int)n, lines);
        ck_assert_msg(strstr(text, line), "no line `%.*s` in:\n%s", (int)n, lines, text);
        lines += n + (lines[n] == '\n');
    }
}

static void same_values(df_graph *g, df_node *d, df_node *raw, const char *what)
{
    static double v[EV_LEAVES][MOST];
    evaluation e = { .m = M };
    for (int64_t id = 0; id < g->n_nodes; id++)
        if (g->node[id]->op->kind == DF_SOURCE && g->node[id]->name) {
            for (int k = 0; k < MOST; k++)
                v[e.n][k] = df__uniform(7, (uint64_t)e.n, (uint64_t)k);
            e.x[e.n] = g->node[id];
            e.v[e.n] = v[e.n];
            e.n++;
        }
    df__copy copy;
    ck_assert(df__simplify(g, &d, 1, false, &copy));
    double *is = evaluate(&e, copy.image[0]), *was = evaluate(&e, raw);
    for (int64_t k = 0; k < df__elements(raw->dims, M); k++)
        ck_assert_msg(fabs(is[k] - was[k]) <= 1e-12 * fmax(1, fabs(was[k])),
                      "%s: element %d: %.17g, unsimplified %.17g", what, (int)k, is[k], was[k]);
    free(is);
    free(was);
    df__copy_free(&copy);
}

START_TEST(derivatives_print_as_by_hand_and_keep_their_value)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    ck_assert_msg(df_parse(g, forms[_i].model), "%s", df_graph_error(g));
    df_node *J = df_find(g, "J") ? df_find(g, "J") : df_find(g, "L"), *z = df_find(g, forms[_i].by);
    df_node *d = df_d(J, z), *raw = df__derive(J, z, true);
    ck_assert_msg(d && raw, "%s", df_graph_error(g));
    char *text = printed(d);
    expect(text, forms[_i].lines);
    free(text);
    same_values(g, d, raw, forms[_i].model);
    df_graph_free(g);
}
END_TEST

/* ---- second derivatives ---------------------------------------------------------------------- */

/* The Hessian of the sum of L, times second_v. */
static void hessian_times_v(const char *model, const double z[3], double is[3])
{
    char text[512];
    df_graph *g = df_graph_new(DF_FLOAT64);
    snprintf(text, sizeof text, "input z (3, m)\ninput y (3, m)\ninput v (3, m)\n%s\n", model);
    ck_assert_msg(df_parse(g, text), "%s", df_graph_error(g));
    df_node *x = df_find(g, "z"), *y = df_find(g, "y"), *v = df_find(g, "v");
    df_node *d = df_d(df_sum(df_mul(df_d(df_sum(df_find(g, "L")), x), v)), x);
    df_program *p = df_compile(g, d);
    ck_assert_msg(p, "%s", df_graph_error(g));
    ck_assert(df_bind(p, x, z, 3) && df_bind(p, v, second_v, 3) && df_bind_out(p, d, is, 3));
    if (strstr(model, "y*"))
        ck_assert(df_bind(p, y, second_y, 3));
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
    df_graph_free(g);
}

/* To a unit of the last place of the largest result, and of the logits. */
START_TEST(second_derivatives_are_finite_and_right_at_extremes)
{
    double is[3], most = 0, span = 1;
    hessian_times_v(second[_i].model, second[_i].z, is);
    for (int i = 0; i < 3; i++)
        most = fmax(most, fabs(second[_i].is[i]));
    for (int i = 0; i < 3; i++)
        span = fmax(span, fabs(second[_i].z[i]));
    for (int i = 0; i < 3; i++)
        ck_assert_msg(fabs(is[i] - second[_i].is[i]) <= 1e-13 * most + 4e-16 * span,
                      "%s\nz = %g, %g, %g: element %d: %.17g, not %.17g", second[_i].model,
                      second[_i].z[0], second[_i].z[1], second[_i].z[2], i, is[i],
                      second[_i].is[i]);
}
END_TEST

/* ---- the length of a gradient as a penalty --------------------------------------------------- */

/* J + 0.1 (dJ/dw)^2 of logistic regression with the examples x = 1, -1, 2 and y = 1, 0, 0: its
 * derivative by w, from 60 digits. */
static const struct { double w, is; } penalised[] = {
    { 0.5, 0.25541991326704361 }, { 20, 0.66666666547577791 }, { -20, -0.66666666547577791 },
    { 1000, 0.66666666666666663 }, { -1000, -0.66666666666666663 },
};

START_TEST(a_penalty_on_the_gradient_is_finite_at_any_weight)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    double x[] = { 1, -1, 2 }, y[] = { 1, 0, 0 }, v;
    df_node *X = df_input(g, "x", df_shape(1, DF_M)), *Y = df_input(g, "y", df_shape(1, DF_M));
    df_node *w = df_param(g, "w", df_shape(1, 1)), *a = df_sigmoid(df_matmul(w, X));
    df_node *J = df_cost(df_cross_entropy(a, Y)), *dw = df_d(J, w);
    df_node *d = df_d(df_add(J, df_scale(df_sum(df_square(dw)), 0.1)), w);
    df_program *p = df_compile(g, d);
    ck_assert_msg(p, "%s", df_graph_error(g));
    ck_assert(df_bind(p, X, x, 3) && df_bind(p, Y, y, 3));
    ck_assert(df_set(w, &penalised[_i].w, 1) && df_run(p) && df_fetch(p, d, &v, 1));
    ck_assert_msg(fabs(v - penalised[_i].is) <= 4e-16, "w = %g: %.17g, not %.17g",
                  penalised[_i].w, v, penalised[_i].is);
    df_graph_free(g);
}
END_TEST

TESTS(
    ROWS(derivatives_print_as_by_hand_and_keep_their_value, COUNT(forms)),
    ROWS(second_derivatives_are_finite_and_right_at_extremes, COUNT(second)),
    ROWS(a_penalty_on_the_gradient_is_finite_at_any_weight, COUNT(penalised)),
)
