/* test_learning.c -- norms, attention and recurrent cells against loops, differences and NumPy
 *
 * SPDX-License-Identifier: MIT
 *
 * Memory is example after example in whatever form a formula is written, so that columns and rows
 * have one truth. */
#include "numpy.h"

enum { OPERANDS = 7, MOST = 64 };
static const double eps = 0.01;

/* ---- truth ----------------------------------------------------------------------------------- */

/* Of n elements `step` apart, in groups of `inner` neighbours: (x - mu) / sqrt(v + eps). */
static void norm(const double *x, double *y, int outer, int n, int inner, bool centre)
{
    for (int o = 0; o < outer; o++) {
        double mu = 0, v = 0;
        for (int i = 0; i < n * inner; i++)
            mu += centre ? x[o * n * inner + i] / (n * inner) : 0;
        for (int i = 0; i < n * inner; i++)
            v += pow(x[o * n * inner + i] - mu, 2) / (n * inner);
        for (int i = 0; i < n * inner; i++)
            y[o * n * inner + i] = (x[o * n * inner + i] - mu) / sqrt(v + eps);
    }
}

static void layer_norm(const double *const *x, double *y) { norm(x[0], y, M, 4, 1, true); }
static void rms_norm(const double *const *x, double *y) { norm(x[0], y, M, 4, 1, false); }
static void group_norm(const double *const *x, double *y) { norm(x[0], y, M * 2, 2, 3, true); }
static void instance_norm(const double *const *x, double *y) { norm(x[0], y, M * 4, 1, 3, true); }

/* Over examples and `inner` places, each of n features. */
static void batch(const double *x, double *y, int n, int inner)
{
    for (int k = 0; k < n; k++) {
        double mu = 0, v = 0;
        for (int i = 0; i < M * inner; i++)
            mu += x[(i / inner * n + k) * inner + i % inner] / (M * inner);
        for (int i = 0; i < M * inner; i++)
            v += pow(x[(i / inner * n + k) * inner + i % inner] - mu, 2) / (M * inner);
        for (int i = 0; i < M * inner; i++) {
            int at = (i / inner * n + k) * inner + i % inner;
            y[at] = (x[at] - mu) / sqrt(v + eps);
        }
    }
}

static void batch_norm(const double *const *x, double *y) { batch(x[0], y, 3, 1); }
static void batch_norm_of_places(const double *const *x, double *y) { batch(x[0], y, 3, 2); }

static void log_softmax(const double *const *x, double *y)
{
    for (int o = 0; o < M; o++) {
        double sum = 0;
        for (int i = 0; i < 4; i++)
            sum += exp(x[0][4 * o + i]);
        for (int i = 0; i < 4; i++)
            y[4 * o + i] = x[0][4 * o + i] - log(sum);
    }
}

/* Three rows of q look at four of k, all of length 2, with values of length 3. */
static void attend(const double *const *x, double *y, int examples, const int mask[3][4])
{
    for (int r = 0; r < examples * 3; r++) {
        double w[4], sum = 0;
        for (int s = 0; s < 4; s++) {
            const double *q = x[0] + 2 * r, *k = x[1] + (r / 3 * 4 + s) * 2;
            w[s] = mask[r % 3][s] ? exp((q[0] * k[0] + q[1] * k[1]) / sqrt(2)) : 0;
            sum += w[s];
        }
        for (int e = 0; e < 3; e++) {
            y[3 * r + e] = 0;
            for (int s = 0; s < 4; s++)
                y[3 * r + e] += w[s] / sum * x[2][(r / 3 * 4 + s) * 3 + e];
        }
    }
}

static const int all[3][4] = { { 1, 1, 1, 1 }, { 1, 1, 1, 1 }, { 1, 1, 1, 1 } };
static const int causal[3][4] = { { 1, 1, 0, 0 }, { 1, 1, 1, 0 }, { 1, 1, 1, 1 } };
static void attention(const double *const *x, double *y) { attend(x, y, M, all); }
static void attention_of_one(const double *const *x, double *y) { attend(x, y, 1, all); }
static void attention_of_heads(const double *const *x, double *y) { attend(x, y, 2 * M, all); }
static void attention_masked(const double *const *x, double *y) { attend(x, y, M, causal); }

static double sigma(double z) { return 1 / (1 + exp(-z)); }

/* W x + U h + b of one row. */
static double affine(const double *W, const double *x, int n, int row, double b)
{
    for (int j = 0; j < n; j++)
        b += W[row * n + j] * x[j];
    return b;
}

/* Operands x (3), h, c (2), W (8 x 3), U (8 x 2), b (8). */
static void lstm(const double *const *x, double *next_c, double *next_h)
{
    for (int o = 0; o < M; o++)
        for (int k = 0; k < 2; k++) {
            double z[4];
            for (int i = 0; i < 4; i++)
                z[i] = affine(x[3], x[0] + 3 * o, 3, 2 * i + k, x[5][2 * i + k]) +
                       affine(x[4], x[1] + 2 * o, 2, 2 * i + k, 0);
            double c = sigma(z[1]) * x[2][2 * o + k] + sigma(z[0]) * tanh(z[2]);
            next_c[2 * o + k] = c;
            next_h[2 * o + k] = sigma(z[3]) * tanh(c);
        }
}

static void lstm_c(const double *const *x, double *y) { lstm(x, y, (double[MOST]){ 0 }); }
static void lstm_h(const double *const *x, double *y) { lstm(x, (double[MOST]){ 0 }, y); }

/* Operands x (3), h (2), W (6 x 3), U (6 x 2), b, a (6). */
static void gru(const double *const *x, double *y)
{
    for (int o = 0; o < M; o++)
        for (int k = 0; k < 2; k++) {
            double of_x[3], of_h[3];
            for (int i = 0; i < 3; i++) {
                of_x[i] = affine(x[2], x[0] + 3 * o, 3, 2 * i + k, x[4][2 * i + k]);
                of_h[i] = affine(x[3], x[1] + 2 * o, 2, 2 * i + k, x[5][2 * i + k]);
            }
            double r = sigma(of_x[0] + of_h[0]), z = sigma(of_x[1] + of_h[1]);
            y[2 * o + k] = (1 - z) * tanh(of_x[2] + r * of_h[2]) + z * x[1][2 * o + k];
        }
}

/* ---- calls ----------------------------------------------------------------------------------- */

static df_node *make_layer_norm(df_node **x) { return df_layer_norm(x[0], 0, eps); }
static df_node *make_layer_norm_last(df_node **x) { return df_layer_norm(x[0], -1, eps); }
static df_node *make_rms_norm(df_node **x) { return df_rms_norm(x[0], 0, eps); }
static df_node *make_rms_norm_last(df_node **x) { return df_rms_norm(x[0], 1, eps); }
static df_node *make_group_norm(df_node **x) { return df_group_norm(x[0], 0, 2, eps); }
static df_node *make_group_norm_1(df_node **x) { return df_group_norm(x[0], 1, 2, eps); }
static df_node *make_instance_norm(df_node **x) { return df_group_norm(x[0], 1, 4, eps); }
static df_node *make_batch_norm(df_node **x) { return df_batch_norm(x[0], 0, eps); }
static df_node *make_batch_norm_1(df_node **x) { return df_batch_norm(x[0], 1, eps); }
static df_node *make_log_softmax(df_node **x) { return df_log_softmax(x[0], 0); }
static df_node *make_log_softmax_1(df_node **x) { return df_log_softmax(x[0], 1); }
static df_node *make_attention(df_node **x) { return df_attention(x[0], x[1], x[2]); }
static df_node *make_lstm_c(df_node **x) { return df_lstm_c(x[0], x[1], x[2], x[3], x[4], x[5]); }
static df_node *make_lstm_h(df_node **x) { return df_lstm_h(x[0], x[1], x[2], x[3], x[4], x[5]); }
static df_node *make_gru(df_node **x) { return df_gru(x[0], x[1], x[2], x[3], x[4], x[5]); }

static df_node *make_attention_masked(df_node **x)
{
    double mask[12];
    for (int i = 0; i < 12; i++)
        mask[i] = causal[i / 4][i % 4];
    df_node *all_alike = df_const(df_graph_of(x[0]), df_shape(3, 4), mask, 12);
    return df_attention_masked(x[0], x[1], x[2], all_alike);
}

/* Sizes as digits and m. */
static const struct {
    const char *what;
    df_node *(*make)(df_node **x);
    void (*truth)(const double *const *x, double *y);
    const char *shape[OPERANDS];
} table[] = {
    { "layer_norm", make_layer_norm, layer_norm, { "4m" } },
    { "layer_norm", make_layer_norm_last, layer_norm, { "m4" } },
    { "rms_norm", make_rms_norm, rms_norm, { "4m" } },
    { "rms_norm", make_rms_norm_last, rms_norm, { "m4" } },
    { "group_norm", make_group_norm_1, group_norm, { "m43" } },
    { "group_norm", make_group_norm, group_norm, { "43m" } },
    { "instance_norm", make_instance_norm, instance_norm, { "m43" } },
    { "batch_norm", make_batch_norm, batch_norm, { "3m" } },
    { "batch_norm", make_batch_norm_1, batch_norm, { "m3" } },
    { "batch_norm", make_batch_norm_1, batch_norm_of_places, { "m32" } },
    { "batch_norm", make_batch_norm, batch_norm_of_places, { "32m" } },
    { "log_softmax", make_log_softmax, log_softmax, { "4m" } },
    { "log_softmax", make_log_softmax_1, log_softmax, { "m4" } },
    { "attention", make_attention, attention, { "m32", "m42", "m43" } },
    { "attention", make_attention, attention, { "32m", "42m", "43m" } },
    { "attention", make_attention, attention, { "3m2", "4m2", "4m3" } },
    { "attention", make_attention, attention_of_one, { "32", "42", "43" } },
    { "attention", make_attention, attention_of_heads, { "m232", "m242", "m243" } },
    { "attention_masked", make_attention_masked, attention_masked, { "m32", "m42", "m43" } },
    { "attention_masked", make_attention_masked, attention_masked, { "32m", "42m", "43m" } },
    { "lstm_c", make_lstm_c, lstm_c, { "3m", "2m", "2m", "83", "82", "81" } },
    { "lstm_c", make_lstm_c, lstm_c, { "m3", "m2", "m2", "83", "82", "18" } },
    { "lstm_h", make_lstm_h, lstm_h, { "3m", "2m", "2m", "83", "82", "81" } },
    { "lstm_h", make_lstm_h, lstm_h, { "m3", "m2", "m2", "83", "82", "18" } },
    { "gru", make_gru, gru, { "3m", "2m", "63", "62", "61", "61" } },
    { "gru", make_gru, gru, { "m3", "m2", "63", "62", "16", "16" } },
};

static df_dims dims_of(const char *shape)
{
    df_dims s = { .rank = (int)strlen(shape) };
    for (int j = 0; j < s.rank; j++)
        s.size[j] = shape[j] == 'm' ? DF_M : shape[j] - '0';
    return s;
}

static df_node *build(net *n, df_type real, int row)
{
    static const char *const names[] = { "u", "v", "w", "x", "y", "z" };
    *n = (net){ .g = df_graph_new(real) };
    for (int i = 0; i < OPERANDS && table[row].shape[i]; i++) {
        df_dims s = dims_of(table[row].shape[i]);
        add_data(n, df_input_of(n->g, names[i], DF_FLOAT64, s), -1.5, 1.5);
    }
    df_node *y = table[row].make(n->data);
    ck_assert_msg(y != NULL, "%s: %s", table[row].what, df_graph_error(n->g));
    return y;
}

START_TEST(values_are_those_of_loops)
{
    static net n;
    static double value[OUTPUTS][ROOM];
    const double *x[OPERANDS];
    double want[ROOM];
    for (int in_double = 0; in_double < 2; in_double++) {
        df_node *y = build(&n, in_double ? DF_FLOAT64 : DF_FLOAT32, _i);
        ask(&n, y);
        run(&n, value);
        for (int i = 0; i < n.n_data; i++)
            x[i] = n.value[i];
        table[_i].truth(x, want);
        for (int64_t i = 0; i < df__elements(y->dims, M); i++)
            ck_assert_msg(fabs(value[0][i] - want[i]) <= (in_double ? 1e-14 : 1e-5),
                          "%s: element %d: %.17g, not %.17g", table[_i].what, (int)i, value[0][i],
                          want[i]);
        df_graph_free(n.g);
    }
}
END_TEST

static double cost_at(df_program *p, const df_node *J, double *at, double value)
{
    double was = *at;
    *at = value;
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
    *at = was;
    return df_value(p, J);
}

/* dJ by an operand against differences of J over two steps. */
static void compare_with_differences(net *n, df_node *J, int i, int order)
{
    static double value[OUTPUTS][ROOM];
    n->n_out = 0;
    ask(n, df_d(J, n->data[i]));
    run(n, value);
    df_program *p = df_compile(n->g, J);
    ck_assert_msg(p != NULL, "%s", df_graph_error(n->g));
    set_data(n, p);
    for (int64_t k = 0; k < df__elements(n->data[i]->dims, M); k++) {
        double *at = &n->value[i][k], x = *at, h = 1e-4;
        double near = cost_at(p, J, at, x + h) - cost_at(p, J, at, x - h);
        double far = cost_at(p, J, at, x + 2 * h) - cost_at(p, J, at, x - 2 * h);
        double measured = (8 * near - far) / (12 * h);
        ck_assert_msg(fabs(measured - value[0][k]) <= 1e-7 * (1 + fabs(measured)),
                      "order %d, operand %d, element %d: derived %.12g, measured %.12g", order, i,
                      (int)k, value[0][k], measured);
    }
    df_program_free(p);
}

/* Weights that no symmetry makes vanish. */
static df_node *weighted(net *n, df_node *y)
{
    df_dims s = y->dims;
    double w[ROOM];
    for (int j = 0; j < s.rank; j++)
        s.size[j] = s.size[j] == DF_M ? 1 : s.size[j];
    for (int64_t i = 0; i < df__elements(s, 1); i++)
        w[i] = uniform(0.5, 1.5);
    df_node *c = df_const(n->g, s, w, df__elements(s, 1));
    return df_sum(df_sin(df_mul(c, df_add(y, df_square(y)))));
}

START_TEST(derivatives_to_order_2_are_those_of_differences)
{
    static net n;
    df_node *J = weighted(&n, build(&n, DF_FLOAT64, _i));
    for (int i = 0; i < n.n_data; i++)
        compare_with_differences(&n, J, i, 1);
    df_node *dx = df_d(J, n.data[0]), *J2 = df_sum(df_square(dx));
    for (int i = 0; i < n.n_data; i++)
        compare_with_differences(&n, J2, i, 2);
    df_graph_free(n.g);
}
END_TEST

START_TEST(numpy_finds_the_same_from_what_is_printed)
{
    static const char *const names[] = { "Y", "du", "dv", "dw", "dx", "dy", "dz" };
    begin();
    for (int row = 0; row < (int)COUNT(table); row++)
        for (int how = 0; how <= DF_RAW; how += DF_RAW) {
            static net n;
            df_node *y = df_name(build(&n, DF_FLOAT64, row), "Y"), *J = df_sum(df_tanh(y));
            ask(&n, y);
            for (int i = 0; i < n.n_data; i++)
                ask(&n, df_d(J, n.data[i]));
            test(&n, table[row].what, how, names, 500);
            df_graph_free(n.g);
        }
    end();
}
END_TEST

/* ---- norms of what has no spread ------------------------------------------------------------- */

START_TEST(examples_all_alike_and_one_alone_have_finite_derivatives)
{
    for (int m = 1; m <= M; m += M - 1)
        for (int row = 0; table[row].make != make_log_softmax; row++) {
            static net n;
            double v[2][ROOM];
            df_node *y = build(&n, DF_FLOAT32, row), *d = df_d(weighted(&n, y), n.data[0]);
            df_program *p = df_compile(n.g, y, d);
            int64_t size = df__elements(y->dims, m);
            for (int i = 0; i < ROOM; i++)
                n.value[0][i] = 3;
            ck_assert(df_bind(p, n.data[0], n.value[0], size));
            ck_assert(df_bind_out(p, y, v[0], size) && df_bind_out(p, d, v[1], size) && df_run(p));
            for (int64_t i = 0; i < size; i++) {
                ck_assert_double_eq_tol(v[0][i], table[row].truth == rms_norm ? 1 : 0, 1e-3);
                ck_assert(isfinite(v[1][i]));
            }
            df_graph_free(n.g);
        }
}
END_TEST

/* Squares of what is not centred would leave no digit of the variance. */
START_TEST(a_large_mean_takes_no_digits_from_the_spread)
{
    static net n;
    static double value[OUTPUTS][ROOM];
    double want[ROOM];
    df_node *y = build(&n, DF_FLOAT32, _i);
    for (int i = 0; i < ROOM; i++)
        n.value[0][i] = (float)(5000 + floor(16 * n.value[0][i]) / 16);
    ask(&n, y);
    run(&n, value);
    table[_i].truth((const double *[]){ n.value[0] }, want);
    for (int64_t i = 0; i < df__elements(y->dims, M); i++)
        ck_assert_double_eq_tol(value[0][i], want[i], 1e-2);
    df_graph_free(n.g);
}
END_TEST

/* ---- running averages ------------------------------------------------------------------------ */

START_TEST(batch_norm_keeps_running_averages_and_uses_them)
{
    double x[3][2 * M], mean[2] = { 0, 0 }, var[2] = { 1, 1 }, got[2], y[2 * M], used[2 * M];
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(2, DF_M)), *Y = df_batch_norm(X, 0, eps);
    df_node *use = df_batch_norm_running(X, 0, eps, "bn");
    df_program *step = df_compile(g, df_mean(Y), df_batch_norm_update(X, 0, 0.9, "bn"));
    df_program *p = df_compile(g, use);
    ck_assert_msg(step && p, "%s", df_graph_error(g));
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < 2 * M; i++)
            x[k][i] = uniform(-1, 3);
        ck_assert(df_bind(step, X, x[k], 2 * M) && df_run(step));
        for (int j = 0; j < 2; j++) {
            double mu = 0, v = 0;
            for (int i = 0; i < M; i++)
                mu += x[k][2 * i + j] / M;
            for (int i = 0; i < M; i++)
                v += pow(x[k][2 * i + j] - mu, 2) / M;
            mean[j] = 0.9 * mean[j] + 0.1 * mu;
            var[j] = 0.9 * var[j] + 0.1 * v;
        }
    }
    ck_assert(df_get(df_find(g, "bn.mean"), got, 2));
    ck_assert(fabs(got[0] - mean[0]) < 1e-14 && fabs(got[1] - mean[1]) < 1e-14);
    ck_assert(df_get(df_find(g, "bn.var"), got, 2));
    ck_assert(fabs(got[0] - var[0]) < 1e-14 && fabs(got[1] - var[1]) < 1e-14);
    ck_assert(df_bind(p, X, x[0], 2 * M) && df_bind_out(p, use, used, 2 * M) && df_run(p));
    for (int i = 0; i < 2 * M; i++) {
        y[i] = (x[0][i] - mean[i % 2]) / sqrt(var[i % 2] + eps);
        ck_assert_double_eq_tol(used[i], y[i], 1e-13);
    }
    df_graph_free(g);
}
END_TEST

/* ---- what rows look at ----------------------------------------------------------------------- */

START_TEST(a_row_that_may_look_nowhere_gives_no_nan)
{
    static double x[2 * 4 * M], y[2 * 4 * M], d[2 * 4 * M];
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *X = df_input_of(g, "X", DF_FLOAT64, df_shape(DF_M, 4, 2));
    df_node *mask = df_zeros(g, df_shape(4, 4));
    df_node *Y = df_attention_masked(X, X, X, mask), *dX = df_d(df_sum(df_square(Y)), X);
    df_program *p = df_compile(g, Y, dX);
    for (int i = 0; i < 8 * M; i++)
        x[i] = uniform(-1, 1);
    ck_assert_msg(p && df_bind(p, X, x, 8 * M), "%s", df_graph_error(g));
    ck_assert(df_bind_out(p, Y, y, 8 * M) && df_bind_out(p, dX, d, 8 * M) && df_run(p));
    for (int i = 0; i < 8 * M; i++)
        ck_assert(isfinite(y[i]) && isfinite(d[i]));
    df_graph_free(g);
}
END_TEST

START_TEST(a_mask_may_differ_from_example_to_example)
{
    static double q[2 * M], k[4 * M], mask[2 * M], y[2 * M];
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *Q = df_input(g, "Q", df_shape(DF_M, 1, 2));
    df_node *K = df_input(g, "K", df_shape(DF_M, 2, 2));
    df_node *of = df_input(g, "of", df_shape(DF_M, 1, 2));
    df_node *Y = df_attention_masked(Q, K, K, of);
    df_program *p = df_compile(g, Y);
    ck_assert_msg(p != NULL, "%s", df_graph_error(g));
    for (int i = 0; i < 4 * M; i++)
        k[i] = uniform(-1, 1);
    for (int i = 0; i < 2 * M; i++)
        mask[i] = (i / 2) % 2 == i % 2;
    ck_assert(df_bind(p, Q, q, 2 * M) && df_bind(p, K, k, 4 * M) && df_bind(p, of, mask, 2 * M));
    ck_assert(df_bind_out(p, Y, y, 2 * M) && df_run(p));
    for (int i = 0; i < 2 * M; i++)
        ck_assert_double_eq(y[i], k[i / 2 * 4 + (i / 2) % 2 * 2 + i % 2]);
    df_graph_free(g);
}
END_TEST

START_TEST(both_results_of_an_lstm_are_one_step)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_input(g, "x", df_shape(3, DF_M)), *h = df_input(g, "h", df_shape(2, DF_M));
    df_node *c = df_input(g, "c", df_shape(2, DF_M)), *W = df_param(g, "W", df_shape(8, 3));
    df_node *U = df_param(g, "U", df_shape(8, 2)), *b = df_param(g, "b", df_shape(8, 1));
    df_node *next_h = df_lstm_h(x, h, c, W, U, b);
    int64_t nodes = g->n_nodes;
    ck_assert(next_h && df_lstm_c(x, h, c, W, U, b));
    ck_assert_int_eq(g->n_nodes, nodes);
    df_graph_free(g);
}
END_TEST

/* ---- errors ---------------------------------------------------------------------------------- */

typedef struct { df_graph *g; df_node *X, *Y, *T, *S; } base;
static df_node *e1(base *b) { return df_layer_norm(b->X, 1, eps); }
static df_node *e2(base *b) { return df_layer_norm(b->X, 0, 0); }
static df_node *e3(base *b) { return df_layer_norm(b->Y, 0, eps); }
static df_node *e4(base *b) { return df_layer_norm(b->X, 2, eps); }
static df_node *e5(base *b) { return df_rms_norm(b->X, 0, NAN); }
static df_node *e6(base *b) { return df_group_norm(b->X, 0, 3, eps); }
static df_node *e7(base *b) { return df_group_norm(b->X, 0, 4, eps); }
static df_node *e8(base *b) { return df_batch_norm(b->X, 1, eps); }
static df_node *e9(base *b) { return df_batch_norm_running(b->X, 0, eps, NULL); }
static df_node *e10(base *b) { return df_batch_norm_update(b->X, 0, 1, "bn"); }
static df_node *e11(base *b)
{
    df_node *first = df_batch_norm_running(b->X, 0, eps, "bn");
    return first ? df_batch_norm_update(b->Y, 0, 0.9, "bn") : NULL;
}
static df_node *e12(base *b) { return df_batch_norm_running(b->X, 0, eps, "a b"); }
static df_node *e13(base *b) { return df_attention(b->X, b->X, b->X); }
static df_node *e14(base *b) { return df_attention(b->T, b->S, b->S); }
static df_node *e15(base *b) { return df_attention(b->T, b->T, b->S); }
static df_node *e16(base *b) { return df_attention_masked(b->T, b->T, b->T, b->X); }
static df_node *e17(base *b) { return df_gru(b->X, b->Y, b->X, b->X, b->X, b->X); }
static df_node *e18(base *b)
{
    df_node *W = df_zeros(b->g, df_shape(8, 4)), *U = df_zeros(b->g, df_shape(8, 1));
    return df_lstm_c(b->X, b->Y, b->Y, W, U, df_zeros(b->g, df_shape(8, 1)));
}

static const struct { df_node *(*call)(base *); const char *says; } wrong[] = {
    { e1, "layer_norm: X (4 x m): axis 1 is m: batch_norm normalises over the examples" },
    { e2, "layer_norm: eps is 0, not a small number above 0" },
    { e3, "layer_norm: Y (1 x m): of one element alone it is always 0" },
    { e4, "layer_norm: X (4 x m)" },
    { e5, "rms_norm: eps is nan" },
    { e6, "group_norm: X (4 x m): axis 0 as 3 groups" },
    { e7, "group_norm: reshape (4 x 1 x m): of one element alone it is always 0" },
    { e8, "batch_norm: X (4 x m): axis 1 is m: name the axis of the features" },
    { e9, "batch_norm_running: no name" },
    { e10, "batch_norm_update: a share of 1 is not in 0 .. 1" },
    { e11, "batch_norm_update: bn.mean (4 x 1) is not of the shape (1 x 1)" },
    { e12, "name 'a b.mean'" },
    { e13, "attention: X (4 x m) has no rows" },
    { e14, "T (m x 3 x 2), S (m x 3 x 5): q and k may differ in their rows' number alone" },
    { e16, "the mask goes with what q and k make" },
    { e17, "matmul: X (4 x m)" },
    { e18, "state Y (1 x m): the weights need 4 rows a unit" },
};

START_TEST(what_does_not_fit_is_named)
{
    base b = { .g = df_graph_new(DF_FLOAT64) };
    b.X = df_input(b.g, "X", df_shape(4, DF_M));
    b.Y = df_input(b.g, "Y", df_shape(1, DF_M));
    b.T = df_input(b.g, "T", df_shape(DF_M, 3, 2));
    b.S = df_input(b.g, "S", df_shape(DF_M, 3, 5));
    ck_assert_ptr_nonnull(e15(&b));
    ck_assert_ptr_null(wrong[_i].call(&b));
    ck_assert_msg(strstr(df_graph_error(b.g), wrong[_i].says) != NULL, "%s", df_graph_error(b.g));
    df_graph_free(b.g);
}
END_TEST

#define NUMPY have("/usr/bin/python3 -c 'import numpy'")

TESTS(
    ROWS(values_are_those_of_loops, COUNT(table)),
    ROWS(derivatives_to_order_2_are_those_of_differences, COUNT(table)),
    TEST_IF(numpy_finds_the_same_from_what_is_printed, NUMPY),
    TEST(examples_all_alike_and_one_alone_have_finite_derivatives),
    ROWS(a_large_mean_takes_no_digits_from_the_spread, 11),
    TEST(batch_norm_keeps_running_averages_and_uses_them),
    TEST(a_row_that_may_look_nowhere_gives_no_nan),
    TEST(a_mask_may_differ_from_example_to_example),
    TEST(both_results_of_an_lstm_are_one_step),
    ROWS(what_does_not_fit_is_named, COUNT(wrong)),
)
