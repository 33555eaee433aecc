/* examples/custom_op.c -- an op of one's own: its kernel, derivative and printed form, in a program
 *
 * SPDX-License-Identifier: MIT
 *
 *     squareplus:  y = (x + sqrt(x^2 + 4)) / 2,      dx = dy y / sqrt(x^2 + 4)
 *
 * A smooth rectifier (Barron 2021). Once declared it is like any other: checked, derived,
 * simplified, compiled, printed, and derived again. */
#include <dfoo.h>
#include <dfoo/op.h>
#include <math.h>

DF_MAP1(squareplus, y, x, y = (x + SQRT(x * x + 4)) / 2;)

/* Of the op's own output y and its operand x. */
static df_node *dx(const df_at *at)
{
    return df_div(df_mul(at->dy, at->y), df_sqrt(df_offset(df_square(at->x[0]), 4)));
}

static const df_op op_squareplus = {
    .abi = DF_OP,
    .name = "squareplus",
    .latex = "\\operatorname{squareplus}(%0)",
    .prelude = "def squareplus(x):\n"
               "    return (x + np.sqrt(x**2 + 4)) / 2\n",
    .kind = DF_MAP,
    .arity = 1,
    .range = { 0, HUGE_VAL },
    .cost = 8,
    .shape = df_shape_same,
    .map = DF_BOTH(squareplus),
    .d = { dx },
    .rules = "squareplus(x) - squareplus(-x) -> x\n",
};

static df_node *squareplus(df_node *x) { return df_apply1(&op_squareplus, x); }

enum { M = 64 };

static bool fail(const char *why)
{
    fprintf(stderr, "custom_op: %s\n", why);
    return false;
}

/* A network of one hidden layer of squareplus units learns |x|. */
static bool run(df_graph *g)
{
    df_node *X = df_input(g, "X", df_shape(1, DF_M)), *Y = df_input(g, "Y", df_shape(1, DF_M));
    df_node *W = df_param(g, "W", df_shape(8, 1)), *b = df_param(g, "b", df_shape(8, 1));
    df_node *v = df_param(g, "v", df_shape(1, 8)), *c = df_param(g, "c", df_shape(1, 1));
    df_node *Z = df_name(df_add_bias(df_matmul(W, X), b), "Z");
    df_node *A = df_name(squareplus(Z), "A");
    df_node *P = df_name(df_add_bias(df_matmul(v, A), c), "P");
    df_node *J = df_name(df_cost(df_name(df_squared_error(P, Y), "L")), "J");
    if (!df_print(stdout, DF_NUMPY, J, df_d(J, W)) || !df_init(g))
        return fail(df_graph_error(g));
    df_program *step = df_compile(g, J, df_adam(J, df_num(g, 0.02), NULL));
    if (!step)
        return fail(df_graph_error(g));
    float x[M], y[M];
    for (int i = 0; i < M; i++) {
        x[i] = 4.0f * (float)i / (M - 1) - 2;
        y[i] = fabsf(x[i]);
    }
    df_check check;
    if (!df_bind(step, X, x, M) || !df_bind(step, Y, y, M) ||
        !df_check_derivatives(step, J, &check))
        return fail(df_program_error(step));
    printf("derivatives are %s\n", check.right ? "right" : "wrong");
    for (int i = 0; i < 2000; i++)
        if (!df_run(step))
            return fail(df_program_error(step));
    printf("J = %.1g\n", df_value(step, J));
    return check.right;
}

int main(void)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    bool good = g ? run(g) : fail("no memory");
    df_graph_free(g);
    return good ? 0 : 1;
}
