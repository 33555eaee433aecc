/* test_shapes.c -- the shape of what each call makes
 *
 * SPDX-License-Identifier: MIT */
#include "check.h"
#include "df.h"

static df_graph *g;

/* An input of that shape; each is a new one. */
static df_node *in(df_dims s)
{
    static int n;
    char name[16];
    snprintf(name, sizeof name, "x%d", n++);
    return df_input(g, name, s);
}

static df_node *ints(df_dims s)
{
    static int n;
    char name[16];
    snprintf(name, sizeof name, "i%d", n++);
    return df_input_of(g, name, DF_INT32, s);
}

#define IN(...) in(df_shape(__VA_ARGS__))
#define INTS(...) ints(df_shape(__VA_ARGS__))

/* One call, and the shape it gives. */
#define GIVES(call, shape) \
    do { \
        df_node *made_ = (call); \
        char text_[DF_TEXT]; \
        ck_assert_msg(made_ != NULL, "%s: %s", #call, df_graph_error(g)); \
        df__dims_text(made_->dims, text_, sizeof text_); \
        ck_assert_msg(strcmp(text_, shape) == 0, "%s gives %s, not %s", #call, text_, shape); \
    } while (0)

/* A new graph in place of that of the test before. */
static void start(void)
{
    df_graph_free(g);
    g = df_graph_new(DF_FLOAT32);
}

START_TEST(elementwise_sizes_of_1_and_single_numbers_stretch)
{
    start();
    GIVES(df_add(IN(4, DF_M), IN(4, DF_M)), "(4 x m)");
    GIVES(df_add(IN(4, DF_M), IN(4, 1)), "(4 x m)");
    GIVES(df_sub(IN(1, DF_M), IN(4, 1)), "(4 x m)");
    GIVES(df_mul(df_num(g, 2), IN(4, DF_M)), "(4 x m)");
    GIVES(df_div(IN(2, 3, DF_M), IN(1)), "(2 x 3 x m)");
    GIVES(df_where(IN(1, DF_M), IN(4, 1), df_num(g, 0)), "(4 x m)");
    GIVES(df_max(IN(1), IN(1)), "(1)");
    GIVES(df_less(IN(DF_M, 1), IN(1, 3)), "(m x 3)");
    GIVES(df_equal(INTS(1, DF_M), IN(3, 1)), "(3 x m)");
    GIVES(df_float(INTS(1, DF_M)), "(1 x m)");
    GIVES(df_cross_entropy(IN(1, DF_M), IN(1, DF_M)), "(1 x m)");
}
END_TEST

START_TEST(products_are_those_of_numpy)
{
    start();
    GIVES(df_matmul(IN(4, 3), IN(3, DF_M)), "(4 x m)");
    GIVES(df_matmul(IN(DF_M, 3), IN(3, 4)), "(m x 4)");
    GIVES(df_matmul(IN(4, DF_M), IN(DF_M, 3)), "(4 x 3)");
    GIVES(df_matmul(IN(1, 4), IN(4, 1)), "(1 x 1)");
    GIVES(df_matmul(IN(4, 1), IN(1, DF_M)), "(4 x m)");
    GIVES(df_matmul(IN(5), IN(5)), "(1)");
    GIVES(df_matmul(IN(DF_M), IN(DF_M)), "(1)");
    GIVES(df_matmul(IN(4, 3), IN(3)), "(4)");
    GIVES(df_matmul(IN(3), IN(3, DF_M)), "(m)");
    GIVES(df_matmul(IN(DF_M, 7, 3), IN(3, 4)), "(m x 7 x 4)");
    GIVES(df_matmul(IN(DF_M, 7, 3), IN(DF_M, 3, 4)), "(m x 7 x 4)");
    GIVES(df_matmul(IN(1, 7, 3), IN(DF_M, 3, 4)), "(m x 7 x 4)");
    GIVES(df_matmul(IN(6, 1, 2, 3), IN(5, 3, 4)), "(6 x 5 x 2 x 4)");
    GIVES(df_matmul(IN(5, 2, 3), IN(3)), "(5 x 2)");
    GIVES(df_matmul(IN(3), IN(5, 3, 2)), "(5 x 2)");
    GIVES(df_matmul(IN(7, 3), IN(5, 3, DF_M)), "(5 x 7 x m)");
}
END_TEST

START_TEST(a_bias_goes_to_columns_or_rows)
{
    start();
    GIVES(df_add_bias(IN(4, DF_M), IN(4, 1)), "(4 x m)");
    GIVES(df_add_bias(IN(DF_M, 4), IN(1, 4)), "(m x 4)");
    GIVES(df_add_bias(IN(1, DF_M), IN(1, 1)), "(1 x m)");
    GIVES(df_add_bias(IN(DF_M, 1), IN(1, 1)), "(m x 1)");
    GIVES(df_add_bias(IN(4, 1), IN(4, 1)), "(4 x 1)");
    GIVES(df_add_bias(IN(4, 9), IN(4, 1)), "(4 x 9)");
    GIVES(df_add_bias(IN(9, 4), IN(1, 4)), "(9 x 4)");
}
END_TEST

START_TEST(reduced_axes_stay_with_size_1)
{
    start();
    GIVES(df_sum(IN(4, DF_M)), "(1)");
    GIVES(df_mean(IN(1)), "(1)");
    GIVES(df_sum_axis(IN(4, DF_M), 0), "(1 x m)");
    GIVES(df_sum_axis(IN(4, DF_M), -1), "(4 x 1)");
    GIVES(df_mean_axis(IN(2, 3, DF_M), 1), "(2 x 1 x m)");
    GIVES(df_max_axis(IN(4, DF_M), 1), "(4 x 1)");
    GIVES(df_min_axis(IN(1, DF_M), 0), "(1 x m)");
    GIVES(df_sum_examples(IN(DF_M, 4)), "(1 x 4)");
    GIVES(df_mean_examples(IN(2, DF_M, 4)), "(2 x 1 x 4)");
    GIVES(df_logsumexp_axis(IN(4, DF_M), 0), "(1 x m)");
    GIVES(df_logsumexp_axis(IN(4, DF_M), 1), "(4 x 1)");
    GIVES(df_logsumexp_axis(IN(1, DF_M), 0), "(1 x m)");
    GIVES(df_softmax(IN(4, DF_M), -2), "(4 x m)");
    GIVES(df_softmax(IN(4, DF_M), 1), "(4 x m)");
    GIVES(df_dot(IN(4, DF_M), IN(4, DF_M)), "(1)");
    GIVES(df_transpose(IN(2, 3, DF_M)), "(m x 3 x 2)");
}
END_TEST

START_TEST(classes_take_the_place_of_a_size_of_1)
{
    start();
    GIVES(df_one_hot(INTS(DF_M), 3), "(m x 3)");
    GIVES(df_one_hot(INTS(1, DF_M), 3), "(3 x m)");
    GIVES(df_one_hot(INTS(DF_M, 1), 3), "(m x 3)");
    GIVES(df_one_hot(INTS(1, 1), 3), "(3 x 1)");
    GIVES(df_softmax_cross_entropy(IN(3, DF_M), INTS(1, DF_M), 0), "(1 x m)");
    GIVES(df_softmax_cross_entropy(IN(DF_M, 3), INTS(DF_M, 1), 1), "(m x 1)");
    GIVES(df_softmax_cross_entropy(IN(3, DF_M), IN(3, DF_M), 0), "(1 x m)");
}
END_TEST

START_TEST(a_cost_is_one_number_or_the_loss_itself)
{
    start();
    GIVES(df_cost(IN(1, DF_M)), "(1)");
    GIVES(df_cost(IN(DF_M)), "(1)");
    GIVES(df_cost(IN(1, 1)), "(1 x 1)");
}
END_TEST

/* y of a and b, of which the derivatives of orders 1 and 2 are taken. */
static const struct { df_node *(*f)(df_node *, df_node *); df_dims a, b; } pairs[] = {
    { df_matmul, { 2, { 4, 3 } }, { 2, { 3, DF_M } } },
    { df_matmul, { 2, { DF_M, 3 } }, { 2, { 3, 4 } } },
    { df_matmul, { 2, { 3, DF_M } }, { 2, { DF_M, 4 } } },
    { df_matmul, { 1, { 3 } }, { 2, { 3, DF_M } } },
    { df_matmul, { 2, { 4, 3 } }, { 1, { 3 } } },
    { df_matmul, { 1, { 3 } }, { 1, { 3 } } },
    { df_matmul, { 3, { DF_M, 2, 3 } }, { 2, { 3, 2 } } },
    { df_matmul, { 4, { 6, 1, 2, 3 } }, { 3, { 5, 3, 4 } } },
    { df_matmul, { 3, { 1, 2, 3 } }, { 3, { DF_M, 3, 2 } } },
    { df_add_bias, { 2, { 4, DF_M } }, { 2, { 4, 1 } } },
    { df_mul, { 2, { 1, DF_M } }, { 2, { 4, 1 } } },
    { df_dot, { 2, { 4, DF_M } }, { 2, { 4, DF_M } } },
    { df_max, { 2, { 1, DF_M } }, { 1, { 1 } } },
};

START_TEST(derivatives_have_the_shape_of_what_they_are_by)
{
    start();
    df_node *x[] = { in(pairs[_i].a), in(pairs[_i].b) }, *y = pairs[_i].f(x[0], x[1]);
    df_node *J = y ? df_sum(df_mul(y, df_square(y))) : NULL;
    ck_assert_msg(J != NULL, "%s", df_graph_error(g));
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++) {
            df_node *d = df_d(J, x[i]), *dd = d ? df_d(df_sum(d), x[k]) : NULL;
            ck_assert_msg(dd != NULL, "%s", df_graph_error(g));
            ck_assert(df__dims_equal(d->dims, x[i]->dims));
            ck_assert(df__dims_equal(dd->dims, x[k]->dims));
        }
}
END_TEST

TESTS(
    TEST(elementwise_sizes_of_1_and_single_numbers_stretch),
    TEST(products_are_those_of_numpy),
    TEST(a_bias_goes_to_columns_or_rows),
    TEST(reduced_axes_stay_with_size_1),
    TEST(classes_take_the_place_of_a_size_of_1),
    TEST(a_cost_is_one_number_or_the_loss_itself),
    ROWS(derivatives_have_the_shape_of_what_they_are_by, COUNT(pairs)),
)
