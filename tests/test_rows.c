/* test_rows.c -- kernels of whole rows, on blocks by hand: softmax, its loss, labels
 *
 * SPDX-License-Identifier: MIT */
#include "check.h"
#include "df.h"
#include <math.h>

static df_graph *g;

/* A new graph in place of that of the test before. */
static void start(void)
{
    df_graph_free(g);
    g = df_graph_new(DF_FLOAT64);
}

static int64_t run_block(const df_node *made, int64_t rows, const void *a, const void *b,
                         double *to, char why[DF_TEXT])
{
    df_block block = { .rows = rows, .n = made->n, .x = { a, b },
                       .y = to, .y_dims = made->dims, .attr = &made->attr };
    for (int i = 0; i < made->n; i++)
        block.x_dims[i] = made->x[i]->dims;
    int64_t bad = made->op->block[1](&block);
    memcpy(why, block.why, DF_TEXT);
    return bad;
}

static df_node *loss_of_labels(bool rows)
{
    df_node *z = df_input(g, "z", rows ? df_shape(DF_M, 3) : df_shape(3, DF_M));
    df_node *i = df_input_of(g, "i", DF_INT64, rows ? df_shape(DF_M, 1) : df_shape(1, DF_M));
    return df_softmax_cross_entropy(z, i, rows ? 1 : 0);
}

/* Of 0, log 2, log 4 the softmax is 1/7, 2/7, 4/7; log(1 + e^-1000) and log(1 + e^-50) by hand. */
START_TEST(the_loss_of_labels_is_exact_and_a_bad_label_is_named)
{
    double z[][3] = { { 0, log(2), log(4) }, { 1000, 0, 0 }, { 50, 0, -INFINITY } }, loss[3];
    int64_t good[] = { 1, 1, 0 }, bad[] = { 0, 2, 3 }, negative[] = { -1, 0, 0 };
    char why[DF_TEXT];
    start();
    df_node *made = loss_of_labels(_i);
    ck_assert_int_eq(run_block(made, 3, z, good, loss, why), -1);
    ck_assert_double_eq_tol(loss[0], log(3.5), 1e-15);
    ck_assert_double_eq(loss[1], 1000);
    ck_assert_double_eq_tol(loss[2], exp(-50), 1e-36);
    ck_assert_int_eq(run_block(made, 3, z, bad, loss, why), 2);
    ck_assert_str_eq(why, "label 3 is not in 0 .. 2");
    ck_assert_int_eq(run_block(made, 3, z, negative, loss, why), 0);
    ck_assert_str_eq(why, "label -1 is not in 0 .. 2");
}
END_TEST

START_TEST(a_bad_label_fails_the_run_and_changes_nothing)
{
    double z[4][3] = { { 0 } }, was[3] = { 1, 2, 3 }, is[3];
    uint8_t label[] = { 0, 1, 3, 2 };
    start();
    df_node *Z = df_input(g, "Z", df_shape(DF_M, 3)), *b = df_param(g, "b", df_shape(1, 3));
    df_node *labels = df_input_of(g, "labels", DF_UINT8, df_shape(DF_M, 1));
    df_node *J = df_cost(df_softmax_cross_entropy(df_add_bias(Z, b), labels, 1));
    df_program *p = df_compile(g, J, df_sgd(J, df_num(g, 1), NULL));
    ck_assert_msg(p != NULL, "%s", df_graph_error(g));
    ck_assert(df_set(b, was, 3) && df_bind(p, Z, z[0], 12) && df_bind(p, labels, label, 4));
    ck_assert(!df_run(p));
    ck_assert_int_eq(df_program_status(p), DF_BAD_VALUE);
    ck_assert_ptr_nonnull(strstr(df_program_error(p), "example 2: label 3 is not in 0 .. 2"));
    ck_assert(df_get(b, is, 3));
    ck_assert_mem_eq(is, was, sizeof was);
    label[2] = 2;
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
}
END_TEST

START_TEST(softmax_sums_to_1_whatever_the_axis)
{
    double z[2][2][3] = { { { 1, 2, 3 }, { 1000, -1000, 0 } }, { { 0, 0, 0 }, { -5, 2, 1e300 } } };
    double p[2][2][3], all[4];
    char why[DF_TEXT];
    start();
    df_node *last = df_softmax(df_input(g, "z", df_shape(DF_M, 2, 3)), 2);
    df_node *middle = df_softmax(df_find(g, "z"), 1);
    df_node *log_sum = df_logsumexp_axis(df_find(g, "z"), 2);
    ck_assert_int_eq(run_block(last, 2, z, NULL, p[0][0], why), -1);
    for (int i = 0; i < 4; i++) {
        const double *row = p[i / 2][i % 2];
        ck_assert_double_eq_tol(row[0] + row[1] + row[2], 1, 3e-16);
    }
    ck_assert_double_eq_tol(p[0][0][1], exp(-1) / (1 + exp(-1) + exp(-2)), 1e-16);
    run_block(middle, 2, z, NULL, p[0][0], why);
    for (int i = 0; i < 6; i++)
        ck_assert_double_eq_tol(p[i / 3][0][i % 3] + p[i / 3][1][i % 3], 1, 3e-16);
    run_block(log_sum, 2, z, NULL, all, why);
    ck_assert_double_eq_tol(all[0], 3 + log(1 + exp(-1) + exp(-2)), 1e-15);
    ck_assert_double_eq(all[1], 1000);
    ck_assert_double_eq_tol(all[2], log(3), 1e-15);
    ck_assert_double_eq(all[3], 1e300);
}
END_TEST

/* outer x len x inner, the len numbers of a row being inner apart. */
static const struct { df_dims z; int axis, rows, outer, len, inner; } long_rows[] = {
    { { 2, { DF_M, 3 } }, 1, 500, 500, 3, 1 },        /* more rows than are taken at once */
    { { 2, { DF_M, 3000 } }, 1, 3, 3, 3000, 1 },      /* longer ones */
    { { 3, { DF_M, 700, 2 } }, 1, 2, 2, 700, 2 },
    { { 2, { 2500, 3 } }, 0, 1, 1, 2500, 3 },
};

START_TEST(log_sums_are_right_of_many_rows_and_of_long_ones)
{
    static double z[9000], y[600];
    char why[DF_TEXT];
    int len = long_rows[_i].len, inner = long_rows[_i].inner;
    start();
    for (int k = 0; k < 9000; k++)
        z[k] = 5 * sin(k) + k % 7;
    df_node *made = df_logsumexp_axis(df_input(g, "z", long_rows[_i].z), long_rows[_i].axis);
    ck_assert_int_eq(run_block(made, long_rows[_i].rows, z, NULL, y, why), -1);
    for (int r = 0; r < long_rows[_i].outer * inner; r++) {
        long double sum = 0;
        for (int a = 0; a < len; a++)
            sum += expl(z[(r / inner * len + a) * inner + r % inner]);
        ck_assert_double_eq_tol(y[r], (double)logl(sum), 1e-14);
    }
}
END_TEST

static const struct { df_dims labels; double y[6]; } one_hots[] = {
    { { 1, { DF_M } }, { 0, 0, 1, 1, 0, 0 } },
    { { 2, { 1, DF_M } }, { 0, 0, 1, 1, 0, 0 } },     /* example after example, wherever m stands */
    { { 2, { DF_M, 1 } }, { 0, 0, 1, 1, 0, 0 } },
    { { 1, { 2 } }, { 0, 0, 1, 1, 0, 0 } },
    { { 2, { 1, 2 } }, { 0, 1, 0, 0, 1, 0 } },        /* (3 x 2) in C order */
};

START_TEST(one_hot_puts_a_one_where_the_label_says)
{
    int64_t labels[] = { 2, 0 }, bad[] = { 2, 3 };
    double to[6];
    char why[DF_TEXT];
    start();
    df_node *made = df_one_hot(df_input_of(g, "i", DF_INT64, one_hots[_i].labels), 3);
    int64_t rows = df__has_m(made->dims) ? 2 : 1;
    ck_assert_int_eq(run_block(made, rows, labels, NULL, to, why), -1);
    for (int i = 0; i < 6; i++)
        ck_assert_double_eq(to[i], one_hots[_i].y[i]);
    ck_assert_int_eq(run_block(made, rows, bad, NULL, to, why), rows - 1);
    ck_assert_str_eq(why, "label 3 is not in 0 .. 2");
}
END_TEST

START_TEST(integers_become_numbers)
{
    int64_t labels[] = { 2, -7, 200, 0, 1, 5 };
    double to[6];
    char why[DF_TEXT];
    start();
    df_dims dims = _i ? df_shape(2, 3) : df_shape(DF_M, 2);
    df_node *made = df_float(df_input_of(g, "i", DF_INT64, dims));
    ck_assert_int_eq(run_block(made, _i ? 1 : 3, labels, NULL, to, why), -1);
    for (int i = 0; i < 6; i++)
        ck_assert_double_eq(to[i], (double)labels[i]);
}
END_TEST

TESTS(
    ROWS(the_loss_of_labels_is_exact_and_a_bad_label_is_named, 2),
    TEST(a_bad_label_fails_the_run_and_changes_nothing),
    TEST(softmax_sums_to_1_whatever_the_axis),
    ROWS(log_sums_are_right_of_many_rows_and_of_long_ones, COUNT(long_rows)),
    ROWS(one_hot_puts_a_one_where_the_label_says, COUNT(one_hots)),
    ROWS(integers_become_numbers, 2),
)
