/* test_derivatives.c -- each op in float and double, and its derivatives against differences
 *
 * SPDX-License-Identifier: MIT
 *
 * A new op is tested by being in ops.list. What it needs beyond operands of one shape stands in
 * `samples`. */
#include "check.h"
#include "df.h"
#include <math.h>

enum { M = 4, MOST = 256, INPUTS = DF_ARITY + 1, ORDERS = 3 };

/* Sizes as digits and m; the last shape given goes on. to: of a broadcast. low, high: where to
 * sample, if not where the op says. labels: a bit for each operand that holds integers. */
typedef struct {
    const char *op;
    df_attr attr;
    const char *shape[3], *to;
    double low, high;
    unsigned labels;
    double diagonal;                 /* added to it, of operand 0, square matrices */
} sample;

static const char *const shapes[][3] = {
    { "34" }, { "3m" }, { "m3" }, { "3m", "31" }, { "m1", "13" }, { "1", "3m" }
};

#define WINDOW(stride, padding, dilation, groups) \
    { .i = { stride, padding }, .f = { dilation, groups } }
#define AXES(...) { .i = { __VA_ARGS__ } }
#define LETTERS(...) { .axes = { __VA_ARGS__ } }

static const sample samples[] = {
    { "pow", { .f = { 3 } }, .shape = { "3m" } },
    { "pow", { .f = { 2 } }, .shape = { "3m" } },
    { "pow", { .f = { -1 } }, .shape = { "3m" }, .low = 0.5, .high = 2 },
    { "pow", { .f = { 2.5 } }, .shape = { "3m" }, .low = 0.5, .high = 2 },
    { "pow", { .f = { -3 } }, .shape = { "3m" }, .low = 0.5, .high = 2 },
    { "leaky_relu", { .f = { 0.1 } }, .shape = { "m3" } },
    { "elu", { .f = { 0.7 } }, .shape = { "m3" } },
    { "clip", { .f = { -1, 0.5 } }, .shape = { "3m" } },
    { "huber", { .f = { 0.8 } }, .shape = { "3m" } },
    { "huber", { .f = { 0.8 } }, .shape = { "3m", "31" } },
    { "polygamma", { .i = { 0 } }, .shape = { "3m" } },
    { "polygamma", { .i = { 1 } }, .shape = { "3m" }, .low = -0.8, .high = -0.3 },
    { "polygamma", { .i = { 4 } }, .shape = { "m3" }, .low = 2, .high = 3 },
    { "sum", AXES(1), .shape = { "34" } },
    { "sum", AXES(1), .shape = { "3m" } },
    { "sum", AXES(2), .shape = { "3m" } },
    { "sum", AXES(3, 1), .shape = { "3m" } },
    { "sum", AXES(5), .shape = { "2m2" } },
    { "max_axis", AXES(1), .shape = { "34" } },
    { "max_axis", AXES(1), .shape = { "3m" } },
    { "max_axis", AXES(2), .shape = { "3m" } },
    { "max_axis", AXES(5), .shape = { "2m2" } },
    { "min_axis", AXES(2), .shape = { "m3" } },
    { "min_axis", AXES(1), .shape = { "m3" } },
    { "softmax", AXES(1), .shape = { "34" } },
    { "softmax", AXES(1), .shape = { "3m" } },
    { "softmax", AXES(2), .shape = { "m3" } },
    { "softmax", AXES(4), .shape = { "2m3" } },
    { "logsumexp", AXES(1), .shape = { "34" } },
    { "logsumexp", AXES(1), .shape = { "3m" } },
    { "logsumexp", AXES(2), .shape = { "m3" } },
    { "softmax_cross_entropy", AXES(1), .shape = { "34" } },
    { "softmax_cross_entropy", AXES(1), .shape = { "3m" } },
    { "softmax_cross_entropy", AXES(2), .shape = { "m3" } },
    { "softmax_cross_entropy", AXES(1), .shape = { "3m", "1m" }, .labels = 2 },
    { "softmax_cross_entropy", AXES(2), .shape = { "m3", "m1" }, .labels = 2 },
    { "float", .shape = { "3m" }, .labels = 1 },
    { "one_hot", AXES(3, 0), .shape = { "1m" }, .labels = 1 },
    { "one_hot", AXES(3, 2), .shape = { "2m" }, .labels = 1 },
    { "uniform", AXES(1), .shape = { "" }, .to = "3m" },
    { "uniform", AXES(2), .shape = { "" }, .to = "23" },
    { "normal", AXES(1), .shape = { "" }, .to = "m3" },
    { "normal", AXES(2), .shape = { "" }, .to = "23" },
    { "broadcast", .shape = { "31" }, .to = "3m" },
    { "broadcast", .shape = { "m1" }, .to = "m3" },
    { "broadcast", .shape = { "1" }, .to = "m3" },
    { "prod", AXES(1), .shape = { "34" } },
    { "prod", AXES(2), .shape = { "m3" } },
    { "prod", AXES(1), .shape = { "m3" } },
    { "prod", AXES(5), .shape = { "2m2" } },
    { "prod", AXES(3, 1), .shape = { "23" } },
    { "norm", AXES(1), .shape = { "34" } },
    { "norm", AXES(2), .shape = { "m3" } },
    { "norm", AXES(1), .shape = { "m3" } },
    { "norm", AXES(3, 1), .shape = { "3m" } },
    { "cumsum", AXES(0), .shape = { "34" } },
    { "cumsum", AXES(1), .shape = { "m3" } },
    { "cumsum", AXES(0), .shape = { "3m2" } },
    { "reshape", .shape = { "34" }, .to = "223" },
    { "reshape", .shape = { "6m" }, .to = "23m1" },
    { "slice", AXES(0, 1, 1, 2), .shape = { "34" } },
    { "slice", AXES(0, 3, -2, 2), .shape = { "4m" } },
    { "slice", AXES(1, 0, 1, 2), .shape = { "m3" } },
    { "unslice", AXES(0, 1, 1, 4), .shape = { "34" } },
    { "unslice", AXES(0, 4, -2, 6), .shape = { "3m" } },
    { "concat", AXES(0), .shape = { "34", "14" } },
    { "concat", AXES(-1), .shape = { "m1", "m2", "m1" } },
    { "diag", .shape = { "33" } },
    { "diag", .shape = { "m22" } },
    { "tril", AXES(-1), .shape = { "34" } },
    { "triu", AXES(0), .shape = { "m23" } },
    { "embed", .shape = { "32", "2m" }, .labels = 2 },
    { "embed", .shape = { "32", "4" }, .labels = 2 },
    { "scatter_rows", AXES(3), .shape = { "2m2", "2m" }, .labels = 2 },
    { "scatter_rows", AXES(4), .shape = { "32", "3" }, .labels = 2 },
    { "gather", AXES(0), .shape = { "3m", "2m" }, .labels = 2 },
    { "gather", AXES(1), .shape = { "m32", "m22" }, .labels = 2 },
    { "scatter", AXES(0, 3), .shape = { "2m" }, .labels = 2 },
    { "scatter", AXES(1, 4), .shape = { "m3" }, .labels = 2 },
    { "argmax", AXES(0), .shape = { "3m" } },
    { "argmin", AXES(1), .shape = { "m3" } },
    { "argsort", AXES(0), .shape = { "34" } },
    { "argsort", AXES(1, 1, 2), .shape = { "m3" } },
    { "transpose", LETTERS({ 1, 0 }), .shape = { "34" } },
    { "transpose", LETTERS({ 1, 0 }), .shape = { "3m" } },
    { "transpose", LETTERS({ 2, 0, 1 }), .shape = { "2m3" } },
    { "matmul", LETTERS({ 1, 2 }, { 2, 3 }, { 1, 3 }), .shape = { "23", "3m" } },
    { "matmul", LETTERS({ 1, 2 }, { 2, 3 }, { 1, 3 }), .shape = { "m3", "32" } },
    { "matmul", LETTERS({ 1, 2 }, { 2, 3 }, { 1, 3 }), .shape = { "3m", "m2" } },
    { "matmul", LETTERS({ 1, 2 }, { 1, 3 }, { 3, 2 }), .shape = { "34", "32" } },
    { "matmul", LETTERS({ 1, 2, 3 }, { 1, 3, 4 }, { 1, 2, 4 }), .shape = { "m23", "m32" } },
    { "matmul", LETTERS({ 1, 2, 3 }, { 3, 4 }, { 1, 2, 4 }), .shape = { "m23", "32" } },
    { "matmul", LETTERS({ 5, 2, 3 }, { 1, 3, 4 }, { 1, 2, 4 }), .shape = { "123", "m32" } },
    { "matmul", LETTERS({ 1, 2 }, { 1, 2 }, { 1, 2 }), .shape = { "3m" } },
    { "matmul", LETTERS({ 1, 2 }, { 1, 2 }, { 2 }), .shape = { "3m" } },
    { "matmul", LETTERS({ 1, 2 }, { 1, 2 }, { 3 }), .shape = { "3m" } },
    { "cholesky", .shape = { "22" }, .diagonal = 5 },
    { "cholesky", .shape = { "22m" }, .diagonal = 5 },
    { "cholesky", .shape = { "m122" }, .diagonal = 5 },
    { "cholesky", .shape = { "33" }, .diagonal = 5 },
    { "triangular_solve", AXES(0, 0), .shape = { "33", "32" }, .diagonal = 5 },
    { "triangular_solve", AXES(1, 0), .shape = { "22m", "21m" }, .diagonal = 5 },
    { "triangular_solve", AXES(0, 1), .shape = { "22", "m21" }, .diagonal = 5 },
    { "triangular_solve", AXES(1, 1), .shape = { "m22", "21" }, .diagonal = 5 },
    { "triangle", AXES(0), .shape = { "33" } },
    { "triangle", AXES(1), .shape = { "22m" } },
    { "solve", .shape = { "33", "32" }, .diagonal = 5 },
    { "solve", .shape = { "22m", "21m" }, .diagonal = 5 },
    { "solve", .shape = { "22", "m21" }, .diagonal = 5 },
    { "solve", .shape = { "22m", "21" }, .diagonal = 5 },
    { "inverse", .shape = { "33" }, .diagonal = 5 },
    { "inverse", .shape = { "22m" }, .diagonal = 5 },
    { "det", .shape = { "33" }, .diagonal = 3 },
    { "det", .shape = { "22m" }, .diagonal = 3 },
    { "det", .shape = { "m122" }, .diagonal = 3 },
    { "logdet", .shape = { "33" }, .diagonal = 5 },
    { "logdet", .shape = { "22m" }, .diagonal = -5 },
    { "logdet", .shape = { "m122" }, .diagonal = 5 },
    { "convolve", WINDOW(1, 0, 1, 1), .shape = { "23m", "222" } },
    { "convolve", WINDOW(2, 1, 1, 2), .shape = { "m23", "212" } },
    { "convolve", WINDOW(2, 1, 2, 1), .shape = { "144", "2122" } },
    { "convolve", WINDOW(1, 1, 1, 1), .shape = { "122m", "2122" } },
    { "convolve_transposed", WINDOW(2, 1, 1, 1), .shape = { "22m", "212" }, .to = "13m" },
    { "convolve_transposed", WINDOW(1, 0, 1, 2), .shape = { "m212", "2121" }, .to = "m222" },
    { "convolve_kernel", WINDOW(1, 1, 2, 1), .shape = { "m14", "m22" }, .to = "213" },
    { "convolve_kernel", WINDOW(1, 0, 1, 1), .shape = { "122m", "111m" }, .to = "1122" },
    { "windows", { .i = { 2, 0 }, .f = { 0, 2 } }, .shape = { "15m" } },
    { "windows", { .i = { 2, 1 }, .f = { 1, 2 } }, .shape = { "122" } },
    { "windows_sum", { .i = { 2, 1 }, .f = { 0, 3 } }, .shape = { "m132" }, .to = "m14" },
    { "windows_sum", { .i = { 1, 0 }, .f = { 0, 2 } }, .shape = { "1421" }, .to = "132" },
};

/* A graph's inputs, the op's operands first, with values. */
typedef struct { df_graph *g; int n; df_node *x[INPUTS]; double value[INPUTS][MOST]; } setting;

static uint64_t state;

static double uniform(double low, double high)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(state >> 11) / 9007199254740992.0;
}

static df_dims dims_of(const char *shape)
{
    df_dims s = { .rank = (int)strlen(shape) };
    for (int j = 0; j < s.rank; j++)
        s.size[j] = shape[j] == 'm' ? DF_M : shape[j] - '0';
    return s;
}

static int64_t elements(const df_node *x)
{
    return df__elements(x->dims, M);
}

/* low = high: integers from 0 to 2. */
static df_node *input(setting *s, df_dims dims, double low, double high)
{
    const char *name[INPUTS] = { "a", "b", "c", "d", "e" };
    df_node *x = df_input_of(s->g, name[s->n], low < high ? DF_FLOAT64 : DF_INT32, dims);
    ck_assert_int_le(elements(x), MOST);
    for (int64_t k = 0; k < elements(x); k++)
        s->value[s->n][k] = low < high ? uniform(low, high) : floor(uniform(0, 3));
    return s->x[s->n++] = x;
}

static void bind_all(setting *s, df_program *p)
{
    for (int i = 0; i < s->n; i++) {
        static int32_t label[MOST];
        int64_t n = elements(s->x[i]);
        for (int k = 0; k < MOST; k++)
            label[k] = (int32_t)s->value[i][k];
        bool bound = s->x[i]->type == DF_INT32 ? df_bind(p, s->x[i], label, n)
                                               : df_bind(p, s->x[i], s->value[i], n);
        ck_assert_msg(bound, "%s", df_program_error(p));
    }
}

static double cost_at(df_program *p, const df_node *J, double *at, double value)
{
    double was = *at;
    *at = value;
    bool done = df_run(p);
    *at = was;
    ck_assert_msg(done, "%s", df_program_error(p));
    return df_value(p, J);
}

/* dJ/dx as df_d gives it, and as differences of J over two steps do. first: needs all inputs. */
static void compare(setting *s, df_node *first, df_node *J, int i, const char *what)
{
    df_node *d = df_d(J, s->x[i]);
    df_program *p = df_compile(s->g, first, J, d);
    ck_assert_msg(p != NULL, "%s: %s", what, df_graph_error(s->g));
    double out[MOST], derived[MOST];
    int64_t n = elements(d);
    bool outside = df__has_m(d->dims);
    bind_all(s, p);
    ck_assert(!outside || df_bind_out(p, d, out, n));
    ck_assert_msg(df_run(p), "%s: %s", what, df_program_error(p));
    ck_assert(outside || df_fetch(p, d, out, n));
    memcpy(derived, out, sizeof derived);
    for (int k = 0; k < n; k++) {
        double *at = &s->value[i][k], x = *at, h = 1e-4;
        double near = cost_at(p, J, at, x + h) - cost_at(p, J, at, x - h);
        double far = cost_at(p, J, at, x + 2 * h) - cost_at(p, J, at, x - 2 * h);
        double measured = (8 * near - far) / (12 * h);
        ck_assert_msg(fabs(measured - derived[k]) <= 1e-6 * (1 + fabs(measured)),
                      "%s: operand %d, element %d: derived %.12g, measured %.12g",
                      what, i, k, derived[k], measured);
    }
    df_program_free(p);
}

/* Of ops of any number as many as have shapes. */
static int operands_of(const df_op *op, const sample *how)
{
    int n = 0;
    while (n < 3 && how->shape[n])
        n++;
    return op->arity < 0 ? n : op->arity;
}

/* A weighted sum of y, so that no derivative is 0 by symmetry, in a graph of its own. */
static df_node *make(setting *s, df_type real, const df_op *op, const sample *how)
{
    const sample *own = how->low < how->high ? how : NULL;
    double low = own ? own->low : op->test[0], high = own ? own->high : op->test[1];
    if (low == high)
        low = -2, high = 2;
    const char *shape = NULL;
    *s = (setting){ .g = df_graph_new(real) };
    state = 7;
    for (int i = 0; i < operands_of(op, how); i++) {
        shape = i < 3 && how->shape[i] ? how->shape[i] : shape;
        input(s, dims_of(shape), low, how->labels >> i & 1 ? low : high);
    }
    for (int64_t k = 0; how->diagonal != 0 && k < elements(s->x[0]); k++) {
        int64_t n = how->shape[0][0] == 'm' ? how->shape[0][strlen(how->shape[0]) - 1] - '0'
                                            : how->shape[0][0] - '0';
        s->value[0][k] += k % (n * n) % (n + 1) == 0 ? how->diagonal : 0;
    }
    df_dims to = dims_of(how->to ? how->to : "");
    df_node *y = df__make(s->g, op, s->x, s->n, &how->attr, &to);
    ck_assert_msg(y != NULL, "%s", df_graph_error(s->g));
    return df_sum(df_mul(input(s, y->dims, 0.5, 1.5), df_float(y)));
}

static void check_float(const df_op *op, const sample *how)
{
    double value[2];
    for (int k = 0; k < 2; k++) {
        setting s;
        df_node *J = make(&s, k ? DF_FLOAT64 : DF_FLOAT32, op, how);
        df_program *p = df_compile(s.g, J);
        bind_all(&s, p);
        ck_assert_msg(df_run(p), "%s", df_program_error(p));
        value[k] = df_value(p, J);
        df_graph_free(s.g);
    }
    ck_assert_msg(fabs(value[0] - value[1]) <= 1e-5 * (1 + fabs(value[1])),
                  "%s of (%s): %.9g in float, %.17g in double",
                  op->name, how->shape[0], value[0], value[1]);
}

/* The derivatives of J by each operand, and then those of the sum of their squares. */
static void check_order(setting *s, df_node *first, df_node *J, const bool *by, int order,
                        const char *what)
{
    for (int i = 0; i < DF_ARITY; i++)
        if (by[i]) {
            compare(s, first, J, i, what);
            if (order < ORDERS)
                check_order(s, first, df_sum(df_square(df_d(J, s->x[i]))), by, order + 1, what);
        }
}

static void check_derivatives(const df_op *op, const sample *how)
{
    setting s;
    df_node *J = make(&s, DF_FLOAT64, op, how);
    char what[64];
    snprintf(what, sizeof what, "%s of (%s)", op->name, how->shape[0]);
    bool by[DF_ARITY] = { 0 };
    for (int i = 0; i < operands_of(op, how); i++)
        by[i] = op->d[i] && op->d[i] != df_d_zero && !(how->labels >> i & 1);
    check_order(&s, J, J, by, 1, what);
    df_graph_free(s.g);
}

static int count_ops(void)
{
    int n = 0;
    while (df__ops[n])
        n++;
    return n;
}

static void each_sample(const df_op *op, void check(const df_op *op, const sample *how))
{
    bool done = op->kind == DF_SOURCE || op->kind == DF_UPDATE;
    for (size_t k = 0; k < COUNT(samples); k++)
        if (strcmp(samples[k].op, op->name) == 0) {
            check(op, &samples[k]);
            done = true;
        }
    for (int k = 0; !done && k < (op->arity > 1 ? (int)COUNT(shapes) : 3); k++)
        check(op, &(sample){ .shape = { shapes[k][0], shapes[k][1] } });
}

START_TEST(values_in_float_agree_with_those_in_double)
{
    each_sample(df__ops[_i], check_float);
}
END_TEST

START_TEST(derivatives_to_order_3_agree_with_differences)
{
    each_sample(df__ops[_i], check_derivatives);
}
END_TEST

/* ---- where a function has no derivative, or one side is not finite --------------------------- */

static df_node *relu(df_node *a, df_node *b) { return df_max(df_relu(a), b); }
static df_node *leaky(df_node *a, df_node *b) { return df_sub(df_leaky_relu(a, 0.25), b); }
static df_node *magnitude(df_node *a, df_node *b) { return df_sub(df_abs(a), b); }
static df_node *positive(df_node *a) { return df_less(df_num(df_graph_of(a), 0), a); }
static df_node *log_or_b(df_node *a, df_node *b) { return df_where(positive(a), df_log(a), b); }
static df_node *root_or_b(df_node *a, df_node *b) { return df_where(positive(a), df_sqrt(a), b); }
static df_node *over_or_b(df_node *a, df_node *b) { return df_where(positive(a), df_div(b, a), b); }

static df_node *elu(df_node *a, df_node *b) { return df_sub(df_elu(a, 0.5), b); }
static df_node *clip(df_node *a, df_node *b) { return df_sub(df_clip(a, 0, 1), b); }
static df_node *sign_of(df_node *a, df_node *b) { return df_sub(df_sign(a), b); }
static df_node *rounded(df_node *a, df_node *b) { return df_sub(df_round(a), b); }
static df_node *floored(df_node *a, df_node *b) { return df_sub(df_floor(a), b); }
static df_node *softsign(df_node *a, df_node *b) { return df_sub(df_softsign(a), b); }
static df_node *hard(df_node *a, df_node *b) { return df_sub(df_hard_sigmoid(a), b); }
static df_node *swish(df_node *a, df_node *b) { return df_sub(df_hard_swish(a), b); }
static df_node *huber(df_node *a, df_node *b) { return df_huber(a, b, 0.75); }

static const struct { df_node *(*f)(df_node *, df_node *); double a, b, y, da, db; } kinks[] = {
    { relu, 0, -1, 0, 0, 0 },
    { leaky, 0, 1, -1, 0.25, -1 },
    { magnitude, 0, 1, -1, 0, -1 },
    { df_max, 1, 1, 1, 0.5, 0.5 },
    { df_min, 1, 1, 1, 0.5, 0.5 },
    { df_max, INFINITY, 1, INFINITY, 1, 0 },
    { df_max, NAN, 1, NAN, 0, 0 },
    { df_max, 1, NAN, NAN, 0, 0 },
    { df_min, 1, NAN, NAN, 0, 0 },
    { df_xlogy, 0, 0, 0, -INFINITY, NAN },
    { df_xlogy, 0, 2, 0, 0.69314718055994531, 0 },
    { df_cross_entropy, 0, 0, 0, NAN, INFINITY },
    { df_cross_entropy, 1, 1, 0, NAN, -INFINITY },
    { elu, 0, 1, -1, 0.5, -1 },
    { elu, 2000, 1, 1999, 1, -1 },
    { clip, 0, 1, -1, 1, -1 },
    { clip, 1, 1, 0, 1, -1 },
    { clip, -1, 1, -1, 0, -1 },
    { sign_of, 0, 1, -1, 0, -1 },
    { rounded, 2.5, 1, 1, 0, -1 },
    { floored, 3, 1, 2, 0, -1 },
    { softsign, 0, 1, -1, 1, -1 },
    { hard, -3, 1, -1, 1.0 / 6, -1 },
    { hard, 3, 1, 0, 1.0 / 6, -1 },
    { swish, -3, 1, -1, -0.5, -1 },
    { swish, 3, 1, 2, 1.5, -1 },
    { huber, 1.75, 1, 0.28125, 0.75, -0.75 },
    { huber, 0x1p100, 0, 0x1.8p99, 0.75, -0.75 },
    { df_absolute_error, 1, 1, 0, 0, 0 },
    { df_hinge, 1, 1, 0, 0, 0 },
    { df_hypot, 0, 0, 0, 0, 0 },
    { df_hypot, 0x3p600, 0x4p600, 0x5p600, 0.6, 0.8 },
    { df_atan2, 0, 0, 0, 0, 0 },
    { df_power, 0, 0, 1, 0, -INFINITY },
    { df_power, 0, 1, 0, 1, 0 },
    { df_power, 0, 2, 0, 0, 0 },
    { df_power, -2, 3, -8, 12, NAN },
    { df_remainder, 6, 3, 0, 1, -2 },
    { df_remainder, -1, 3, 2, 1, 1 },
    { df_poisson, 0, 0, 0, 1, INFINITY },
    { df_poisson, 0, 2, INFINITY, -INFINITY, INFINITY },
    { df_kl_divergence, 0, 2, 0, -INFINITY, 0 },
    { log_or_b, 0, 3, 3, 0, 1 },
    { log_or_b, -1, 3, 3, 0, 1 },
    { root_or_b, -1, 3, 3, 0, 1 },
    { over_or_b, 0, 3, 3, 0, 1 },
};

static bool same(double a, double b)
{
    return isnan(b) ? isnan(a) : a == b;
}

START_TEST(at_kinks_each_derivative_is_the_one_of_the_manual)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *a = df_input(g, "a", df_shape(1)), *b = df_input(g, "b", df_shape(1));
    df_node *y = kinks[_i].f(a, b), *da = df_d(y, a), *db = df_d(y, b);
    df_program *p = df_compile(g, y, da, db);
    ck_assert_msg(p != NULL, "%s", df_graph_error(g));
    ck_assert(df_bind(p, a, &kinks[_i].a, 1) && df_bind(p, b, &kinks[_i].b, 1));
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
    double is[] = { df_value(p, y), df_value(p, da), df_value(p, db) };
    ck_assert_msg(same(is[0], kinks[_i].y) && same(is[1], kinks[_i].da) &&
                  same(is[2], kinks[_i].db),
                  "y = %g, da = %g, db = %g", is[0], is[1], is[2]);
    df_graph_free(g);
}
END_TEST

START_TEST(the_largest_share_the_derivative)
{
    double x[2][3] = { { 2, 2, 1 }, { 0, 3, NAN } }, d[2][3];
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(DF_M, 3)), *dX = df_d(df_max_axis(X, 1), X);
    df_program *p = df_compile(g, dX);
    ck_assert(df_bind(p, X, x[0], 6) && df_bind_out(p, dX, d[0], 6) && df_run(p));
    const double want[2][3] = { { 0.5, 0.5, 0 }, { 0, 0, 0 } };
    for (int i = 0; i < 6; i++)
        ck_assert_double_eq(d[i / 3][i % 3], want[i / 3][i % 3]);
    df_graph_free(g);
}
END_TEST

TESTS(
    ROWS(values_in_float_agree_with_those_in_double, count_ops()),
    ROWS(derivatives_to_order_3_agree_with_differences, count_ops()),
    ROWS(at_kinks_each_derivative_is_the_one_of_the_manual, COUNT(kinks)),
    TEST(the_largest_share_the_derivative),
)
