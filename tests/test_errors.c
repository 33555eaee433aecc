/* test_errors.c -- what a wrong call says: the exact text, with the caller's file and line
 *
 * SPDX-License-Identifier: MIT */
#include "check.h"
#include "scarce.h"
#include <dfoo/op.h>

static df_graph *g;
static df_node *X, *Y, *W1, *b1, *W2, *A1, *row, *vector, *labels, *cube, *batch, *rate;

/* A new graph in place of that of the test before. */
static void start(void)
{
    df_graph_free(g);
    g = df_graph_new(DF_FLOAT32);
    X = df_input(g, "X", df_shape(3, DF_M));
    Y = df_input(g, "Y", df_shape(1, DF_M));
    W1 = df_param(g, "W1", df_shape(4, 3));
    b1 = df_param(g, "b1", df_shape(4, 1));
    W2 = df_param(g, "W2", df_shape(1, 5));
    A1 = df_name(df_tanh(df_add_bias(df_matmul(W1, X), b1)), "A1");
    row = df_param(g, "row", df_shape(1, 4));
    vector = df_input(g, "vector", df_shape(DF_M));
    labels = df_input_of(g, "labels", DF_UINT8, df_shape(1, DF_M));
    cube = df_input(g, "cube", df_shape(2, 4, 3));
    batch = df_input(g, "batch", df_shape(DF_M, 3, 3));
    rate = df_param(g, "rate", df_shape(1));
    ck_assert_str_eq(df_graph_error(g), "");
}

/* The call gives NULL and this error, from the line that it stands in. */
#define FAILS(code, call, text) \
    do { \
        void *made_ = (call); \
        check(made_, (code), (text), __LINE__); \
    } while (0)

static void check(const void *made, df_status status, const char *text, int line)
{
    char want[600];
    snprintf(want, sizeof want, "%s:%d: %s", __FILE__, line, text);
    ck_assert_msg(made == NULL, "no error: %s", want);
    ck_assert_str_eq(df_graph_error(g), want);
    ck_assert_int_eq(df_graph_status(g), status);
    df_graph_forgive(g);
}

START_TEST(products_name_both_operands_and_the_dimensions_that_differ)
{
    start();
    FAILS(DF_BAD_SHAPE, df_matmul(W2, A1),
          "matmul: W2 (1 x 5) @ A1 (4 x m): inner dimensions 5 and 4 differ");
    FAILS(DF_BAD_SHAPE, df_matmul(X, W1),
          "matmul: X (3 x m) @ W1 (4 x 3): inner dimensions m and 4 differ");
    FAILS(DF_BAD_SHAPE, df_matmul(X, X),
          "matmul: X (3 x m) @ X (3 x m): inner dimensions m and 3 differ");
    FAILS(DF_BAD_SHAPE, df_matmul(df_transpose(X), X),
          "matmul: transpose (m x 3) @ X (3 x m): the result would be m x m, "
          "every example with every other; for each with itself: df_sum_axis of df_mul");
    FAILS(DF_BAD_SHAPE, df_matmul(vector, W1),
          "matmul: vector (m) @ W1 (4 x 3): inner dimensions m and 4 differ");
    FAILS(DF_BAD_SHAPE, df_matmul(W1, vector),
          "matmul: W1 (4 x 3) @ vector (m): inner dimensions 3 and m differ");
    FAILS(DF_BAD_SHAPE, df_matmul(W1, cube),
          "matmul: W1 (4 x 3) @ cube (2 x 4 x 3): inner dimensions 3 and 4 differ");
    FAILS(DF_BAD_SHAPE, df_matmul(cube, batch),
          "matmul: cube (2 x 4 x 3) @ batch (m x 3 x 3): leading dimensions 2 and m differ");
    FAILS(DF_BAD_SHAPE, df_matmul(rate, W1),
          "matmul: rate (1) @ W1 (4 x 3): a single number is multiplied by df_mul");
    FAILS(DF_BAD_TYPE, df_matmul(W1, labels),
          "matmul: labels (1 x m) holds integers: df_float makes them numbers to calculate with");
}
END_TEST

START_TEST(a_bias_is_a_column_beside_columns_and_a_row_beside_rows)
{
    start();
    df_node *Z = df_matmul(W1, X), *R = df_transpose(Z);
    FAILS(DF_BAD_SHAPE, df_add_bias(Z, row),
          "add_bias: matmul (4 x m) + row (1 x 4): the bias must be (4 x 1)");
    FAILS(DF_BAD_SHAPE, df_add_bias(R, b1),
          "add_bias: transpose (m x 4) + b1 (4 x 1): the bias must be (1 x 4)");
    FAILS(DF_BAD_SHAPE, df_add_bias(X, b1),
          "add_bias: X (3 x m) + b1 (4 x 1): the bias must be (3 x 1)");
    FAILS(DF_BAD_SHAPE, df_add_bias(A1, vector),
          "add_bias: A1 (4 x m) + vector (m): the bias must be (4 x 1)");
    FAILS(DF_BAD_SHAPE, df_add_bias(A1, Y),
          "add_bias: A1 (4 x m) + Y (1 x m): the bias must be (4 x 1)");
    FAILS(DF_BAD_SHAPE, df_add_bias(R, df_transpose(Y)),
          "add_bias: transpose (m x 4) + transpose (m x 1): the bias must be (1 x 4)");
    FAILS(DF_BAD_SHAPE, df_add_bias(Y, rate),
          "add_bias: Y (1 x m) + rate (1): the bias must be (1 x 1)");
    FAILS(DF_BAD_SHAPE, df_add_bias(W1, row),
          "add_bias: W1 (4 x 3) + row (1 x 4): wanted: (k x m) + (k x 1) or (m x k) + (1 x k)");
    FAILS(DF_BAD_SHAPE, df_add_bias(batch, row),
          "add_bias: batch (m x 3 x 3) + row (1 x 4): "
          "wanted: (k x m) + (k x 1) or (m x k) + (1 x k)");
}
END_TEST

START_TEST(elementwise_operands_have_equal_ranks_and_sizes_equal_or_1)
{
    start();
    FAILS(DF_BAD_SHAPE, df_add(A1, vector),
          "add: A1 (4 x m) + vector (m): the numbers of dimensions differ: 2 and 1");
    FAILS(DF_BAD_SHAPE, df_sub(Y, vector),
          "sub: Y (1 x m) - vector (m): the numbers of dimensions differ: 2 and 1");
    FAILS(DF_BAD_SHAPE, df_mul(X, A1),
          "mul: X (3 x m) * A1 (4 x m): sizes 3 and 4 of dimension 0 differ");
    FAILS(DF_BAD_SHAPE, df_max(W1, X),
          "max: W1 (4 x 3), X (3 x m): sizes 4 and 3 of dimension 0 differ");
    FAILS(DF_BAD_SHAPE, df_div(df_transpose(W1), X),
          "div: transpose (3 x 4) / X (3 x m): dimension 1 is m in one and 4 in the other");
    FAILS(DF_BAD_SHAPE, df_add(vector, df_transpose(Y)),
          "add: vector (m) + transpose (m x 1): the numbers of dimensions differ: 1 and 2");
    FAILS(DF_BAD_SHAPE, df_where(A1, X, X),
          "where: A1 (4 x m), X (3 x m), X (3 x m): sizes 4 and 3 of dimension 0 differ");
    FAILS(DF_BAD_SHAPE, df_add(Y, df_transpose(Y)),
          "add: Y (1 x m) + transpose (m x 1): DF_M stands at most once in a shape");
    FAILS(DF_BAD_TYPE, df_add(labels, Y),
          "add: labels (1 x m) holds integers: df_float makes them numbers to calculate with");
}
END_TEST

START_TEST(axes_are_those_of_the_operand)
{
    start();
    FAILS(DF_BAD_SHAPE, df_sum_axis(X, 2), "sum_axis: X (3 x m) has no axis 2");
    FAILS(DF_BAD_SHAPE, df_mean_axis(X, -3), "mean_axis: X (3 x m) has no axis -3");
    FAILS(DF_BAD_SHAPE, df_max_axis(vector, 1), "max_axis: vector (m) has no axis 1");
    FAILS(DF_BAD_SHAPE, df_min_axis(vector, 1), "min_axis: vector (m) has no axis 1");
    FAILS(DF_BAD_SHAPE, df_logsumexp_axis(cube, 3),
          "logsumexp_axis: cube (2 x 4 x 3) has no axis 3");
    FAILS(DF_BAD_SHAPE, df_softmax(X, 2), "softmax: X (3 x m) has no axis 2");
    FAILS(DF_BAD_SHAPE, df_sum_examples(W1), "sum_examples: W1 (4 x 3): no dimension is m");
    FAILS(DF_BAD_SHAPE, df_mean_examples(cube),
          "mean_examples: cube (2 x 4 x 3): no dimension is m");
    FAILS(DF_BAD_TYPE, df_sum(labels),
          "sum: labels (1 x m) holds integers: df_float makes them numbers to calculate with");
}
END_TEST

START_TEST(losses_say_what_they_want)
{
    start();
    df_node *Z = df_input(g, "Z", df_shape(5, DF_M));
    df_node *N = df_input_of(g, "N", DF_INT64, df_shape(5, DF_M));
    df_node *index = df_input_of(g, "i", DF_INT32, df_shape(DF_M));
    FAILS(DF_BAD_SHAPE, df_softmax(Y, 0),
          "softmax: Y (1 x m): over axis 0, of size 1, softmax is always 1");
    FAILS(DF_BAD_SHAPE, df_softmax_cross_entropy(Y, labels, 0),
          "softmax_cross_entropy: Y (1 x m), labels (1 x m): "
          "over axis 0, of size 1, softmax is always 1");
    FAILS(DF_BAD_SHAPE, df_softmax_cross_entropy(Z, labels, 1),
          "softmax_cross_entropy: Z (5 x m), labels (1 x m): "
          "axis 1 holds the examples, not classes");
    FAILS(DF_BAD_SHAPE, df_softmax_cross_entropy(Z, index, 0),
          "softmax_cross_entropy: Z (5 x m), i (m): integer labels must be (1 x m)");
    FAILS(DF_BAD_SHAPE, df_softmax_cross_entropy(Z, Y, 0),
          "softmax_cross_entropy: Z (5 x m), Y (1 x m): probabilities must be (5 x m)");
    FAILS(DF_BAD_TYPE, df_softmax_cross_entropy(N, labels, 0),
          "softmax_cross_entropy: N (5 x m), labels (1 x m): the logits are integers");
    FAILS(DF_BAD_TYPE, df_one_hot(Y, 3),
          "one_hot: Y (1 x m): labels are integers: df_input_of declares such data");
    FAILS(DF_BAD_VALUE, df_one_hot(labels, 0),
          "one_hot: labels (1 x m): the number of classes is 0");
    FAILS(DF_BAD_SHAPE, df_one_hot(df_input_of(g, "T", DF_INT32, df_shape(7, DF_M)), 3),
          "one_hot: T (7 x m): labels are (m), (1 x m) or (m x 1)");
    FAILS(DF_BAD_SHAPE, df_cross_entropy(A1, X),
          "cross_entropy: A1 (4 x m), X (3 x m): a loss compares arrays of one shape");
    FAILS(DF_BAD_SHAPE, df_squared_error(A1, Y),
          "squared_error: A1 (4 x m), Y (1 x m): a loss compares arrays of one shape");
    FAILS(DF_BAD_SHAPE, df_kl_divergence(A1, Y),
          "kl_divergence: A1 (4 x m), Y (1 x m): a loss compares arrays of one shape");
    FAILS(DF_BAD_SHAPE, df_dot(X, Y), "dot: X (3 x m), Y (1 x m): the shapes differ");
    FAILS(DF_BAD_SHAPE, df_cost(A1),
          "cost: A1 (4 x m) has more than one number per example: "
          "sum it first (df_sum_axis), or take its mean");
}
END_TEST

START_TEST(updates_keep_their_target_and_its_shape)
{
    start();
    FAILS(DF_BAD_CALL, df_update(X, Y), "update: X (3 x m) is neither a parameter nor a state");
    FAILS(DF_BAD_SHAPE, df_update(W1, b1),
          "update: W1 (4 x 3) = b1 (4 x 1): the new value has another shape");
    FAILS(DF_BAD_CALL, df_group(df_update(b1, b1), W1), "group: W1 (4 x 3) is no update");
}
END_TEST

START_TEST(shapes_of_data_are_checked_where_they_are_given)
{
    start();
    int64_t ones[9] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    double v[2] = { 1, 2 };
    FAILS(DF_BAD_SHAPE, df_input(g, "a", df_shape(0)),
          "input a (0): each size is at least 1, or DF_M");
    FAILS(DF_BAD_SHAPE, df_input(g, "a", df_shape(3, -1)),
          "input a (3 x -1): each size is at least 1, or DF_M");
    FAILS(DF_BAD_SHAPE, df_input(g, "a", df_shape(2 * DF_M)),
          "input a (-218): each size is at least 1, or DF_M");
    FAILS(DF_BAD_SHAPE, df_input(g, "a", df_shape(DF_M + 1)),
          "input a (-108): each size is at least 1, or DF_M");
    FAILS(DF_BAD_SHAPE, df_input(g, "a", df_shape(DF_M, DF_M)),
          "input a (m x m): DF_M stands at most once in a shape");
    FAILS(DF_BAD_SHAPE, df_input(g, "a", df_dims_of(9, ones)),
          "input a (1 x 1 x 1 x 1 x 1 x 1 x 1 x 1): a shape has 1 to 8 sizes");
    FAILS(DF_BAD_SHAPE, df_param(g, "a", df_dims_of(0, ones)),
          "param a (): a shape has 1 to 8 sizes");
    FAILS(DF_BAD_SHAPE, df_param(g, "a", df_shape((int64_t)1 << 40, (int64_t)1 << 40)),
          "param a (1099511627776 x 1099511627776): more elements than memory can hold");
    FAILS(DF_BAD_SHAPE, df_param(g, "a", df_shape((int64_t)1 << 60)),
          "param a (1152921504606846976): more elements than memory can hold");
    FAILS(DF_BAD_SHAPE, df_param(g, "a", df_shape(3, DF_M)),
          "param a (3 x m): the same for every example, so without DF_M");
    FAILS(DF_BAD_SHAPE, df_state(g, "a", df_shape(DF_M)),
          "state a (m): the same for every example, so without DF_M");
    FAILS(DF_BAD_TYPE, df_input_of(g, "a", (df_type)9, df_shape(2)), "input a: no such type: 9");
    FAILS(DF_BAD_SHAPE, df_zeros(g, df_shape(0)), "zeros: each size is at least 1, or DF_M");
    FAILS(DF_BAD_SHAPE, df_const(g, df_shape(DF_M), v, 2), "const: a constant has no DF_M");
    FAILS(DF_BAD_CALL, df_const(g, df_shape(3), v, 2), "const: 2 numbers given, 3 wanted");
    FAILS(DF_BAD_CALL, df_const(g, df_shape(2), NULL, 2), "const: 2 numbers given, 2 wanted");
}
END_TEST

START_TEST(names_are_identifiers_that_nobody_has)
{
    start();
    FAILS(DF_BAD_CALL, df_param(g, NULL, df_shape(1)),
          "name '': a name has letters, digits and _, and starts with no digit");
    FAILS(DF_BAD_CALL, df_input(g, "1a", df_shape(1)),
          "name '1a': a name has letters, digits and _, and starts with no digit");
    FAILS(DF_BAD_CALL, df_name(A1, "a b"),
          "name 'a b': a name has letters, digits and _, and starts with no digit");
    FAILS(DF_BAD_CALL, df_name(A1, "lambda"),
          "name 'lambda': taken by printed equations; choose another");
    FAILS(DF_BAD_CALL, df_name(A1, "m"), "name 'm': taken by printed equations; choose another");
    FAILS(DF_BAD_CALL, df_name(A1, "np"), "name 'np': taken by printed equations; choose another");
    FAILS(DF_BAD_CALL, df_name(A1, "sigmoid"),
          "name 'sigmoid': taken by printed equations; choose another");
    FAILS(DF_BAD_CALL, df_param(g, "W1", df_shape(1)),
          "name 'W1': already used for W1 (4 x 3); choose another");
    FAILS(DF_BAD_CALL, df_name(W2, "A1"), "name 'A1': already used for A1 (4 x m); choose another");
}
END_TEST

START_TEST(operands_are_there_and_of_one_graph)
{
    start();
    df_graph *other = df_graph_new(DF_FLOAT32);
    df_node *alien = df_input(other, "X", df_shape(3, DF_M));
    FAILS(DF_BAD_CALL, df_add(NULL, X), "add: operand 1 is NULL");
    FAILS(DF_BAD_CALL, df_add(X, NULL), "add: operand 2 is NULL");
    FAILS(DF_BAD_CALL, df_matmul(NULL, X), "matmul: operand 1 is NULL");
    FAILS(DF_BAD_CALL, df_add_bias(X, NULL), "add_bias: operand 2 is NULL");
    FAILS(DF_BAD_CALL, df_dot(X, NULL), "dot: operand 2 is NULL");
    FAILS(DF_BAD_CALL, df_where(X, X, NULL), "where: operand 3 is NULL");
    FAILS(DF_BAD_CALL, df_softmax_cross_entropy(NULL, X, 0),
          "softmax_cross_entropy: operand 1 is NULL");
    FAILS(DF_BAD_CALL, df_update(b1, NULL), "update: operand 2 is NULL");
    FAILS(DF_BAD_CALL, df_mul(X, alien), "mul: operand 2, X (3 x m), belongs to another graph");
    FAILS(DF_BAD_CALL, df_matmul(W1, alien), "matmul: operand 2, X (3 x m), belongs to another graph");
    ck_assert_int_eq(df_graph_status(other), DF_OK);
    df_graph_free(other);
}
END_TEST

START_TEST(a_call_without_any_operand_returns_null_and_nothing_more)
{
    ck_assert_ptr_null(df_tanh(NULL));
    ck_assert_ptr_null(df_sum(NULL));
    ck_assert_ptr_null(df_mean(NULL));
    ck_assert_ptr_null(df_sum_axis(NULL, 0));
    ck_assert_ptr_null(df_mean_examples(NULL));
    ck_assert_ptr_null(df_scale(NULL, 2));
    ck_assert_ptr_null(df_matmul(NULL, NULL));
    ck_assert_ptr_null(df_add_bias(NULL, NULL));
    ck_assert_ptr_null(df_transpose(NULL));
    ck_assert_ptr_null(df_softmax(NULL, 0));
    ck_assert_ptr_null(df_one_hot(NULL, 3));
    ck_assert_ptr_null(df_float(NULL));
    ck_assert_ptr_null(df_cost(NULL));
    ck_assert_ptr_null(df_name(NULL, "x"));
    ck_assert_ptr_null(df_input(NULL, "x", df_shape(1)));
    ck_assert_ptr_null(df_num(NULL, 1));
    ck_assert_int_eq(df_graph_status(NULL), DF_NO_MEMORY);
    ck_assert_str_ne(df_graph_error(NULL), "");
}
END_TEST

START_TEST(the_first_error_stays_until_it_is_forgiven)
{
    start();
    ck_assert_ptr_null(df_add(X, W1));
    char *first = strdup(df_graph_error(g));
    ck_assert_ptr_null(df_tanh(df_matmul(W2, A1)));
    ck_assert_str_eq(df_graph_error(g), first);
    df_graph_forgive(g);
    ck_assert_int_eq(df_graph_status(g), DF_OK);
    ck_assert_str_eq(df_graph_error(g), "");
    ck_assert_ptr_nonnull(df_add(X, df_tanh(X)));
    ck_assert_ptr_null(df_matmul(W2, A1));
    ck_assert_str_ne(df_graph_error(g), first);
    free(first);
}
END_TEST

typedef struct { int n; df_status status; char text[600]; } heard;

static void hear(void *user, df_status s, const char *text)
{
    heard *h = user;
    h->n++;
    h->status = s;
    snprintf(h->text, sizeof h->text, "%s", text);
}

START_TEST(each_first_error_is_told_at_once)
{
    heard h = { 0 };
    start();
    df_graph_on_error(g, hear, &h);
    df_tanh(df_matmul(W2, A1));
    ck_assert_int_eq(h.n, 1);
    ck_assert_int_eq(h.status, DF_BAD_SHAPE);
    ck_assert_str_eq(h.text, df_graph_error(g));
}
END_TEST

/* Hundreds of nodes and names, so that every table grows. */
static bool build(df_graph *graph)
{
    df_node *x = df_input(graph, "x", df_shape(4, DF_M)), *w = df_param(graph, "w", df_shape(4, 4));
    for (int i = 0; i < 600; i++) {
        char name[16];
        snprintf(name, sizeof name, "h%d", i);
        x = df_name(df_tanh(df_matmul(w, df_offset(x, i))), name);
    }
    return x != NULL;
}

START_TEST(a_graph_goes_on_after_it_was_short_of_memory)
{
    for (int n = 1; n > 0; n++) {
        scarce s = { 0 };
        df_memory mem = scarce_memory(&s);
        df_graph *graph = df_graph_new_in(DF_FLOAT64, &mem);
        s.left = n;
        bool built = build(graph);
        ck_assert_int_eq(built, !s.failed);
        ck_assert_int_eq(df_graph_status(graph), s.failed ? DF_NO_MEMORY : DF_OK);
        df_graph_forgive(graph);
        df_node *x = df_input(graph, "fresh", df_shape(4));
        ck_assert_ptr_nonnull(df_name(df_square(x), "again"));
        df_graph_free(graph);
        ck_assert_int_eq(s.blocks, 0);
        ck_assert_uint_eq(s.bytes, 0);
        n = built ? -1 : n;
    }
}
END_TEST

START_TEST(a_graph_has_floats_or_doubles_and_a_library_that_is_new_enough)
{
    ck_assert_ptr_null(df_graph_new(DF_INT32));
    ck_assert_ptr_null(df_graph_make(DF_FLOAT32, NULL, DF_VERSION + 1));
}
END_TEST

/* ---- ops of a user's that do what they must not ---------------------------------------------- */

static df_status no_type(df_shaping *s)
{
    s->y = s->x[0];
    s->y_type = (df_type)77;
    return DF_OK;
}

static df_status no_end(df_shaping *s)
{
    memset(s->why, 'w', sizeof s->why);
    return DF_BAD_SHAPE;
}

static int64_t row_outside(df_block *b)
{
    memset(b->why, 'w', sizeof b->why);
    return 1000;
}

static int64_t less_than_none(const df_node *y)
{
    return y ? -1 : 0;
}

#define OPAQUE(name_) .abi = DF_OP, .name = name_, .kind = DF_OPAQUE, .arity = 1, \
                      .block = { row_outside, row_outside }
static const df_op typeless = { OPAQUE("typeless"), .shape = no_type },
                   endless = { OPAQUE("endless"), .shape = no_end },
                   outside = { OPAQUE("outside"), .shape = df_shape_same },
                   roomless = { OPAQUE("roomless"), .shape = df_shape_same,
                                .scratch = less_than_none };

START_TEST(ops_that_do_what_they_must_not_are_named)
{
    float v[2] = { 0 }, to[2];
    start();
    ck_assert_ptr_null(df_apply1(&typeless, vector));
    ck_assert_str_eq(df_graph_error(g), "typeless: vector (m): the result has no type: 77");
    df_graph_forgive(g);
    ck_assert_ptr_null(df_apply1(&endless, vector));
    ck_assert(strstr(df_graph_error(g), "endless: vector (m): wwww"));
    df_graph_forgive(g);
    FAILS(DF_BAD_CALL, df_compile(g, df_apply1(&roomless, vector)),
          "op roomless: its .scratch is -1 numbers");
    df_node *y = df_apply1(&outside, vector);
    df_program *p = df_compile(g, y);
    ck_assert(df_bind(p, vector, v, 2) && df_bind_out(p, y, to, 2));
    ck_assert(!df_run_pick(p, (int64_t[]){ 1, 0 }, 2));
    ck_assert_msg(strstr(df_program_error(p), "outside: example 0: wwww"), "%s",
                  df_program_error(p));
}
END_TEST

TESTS(
    TEST(products_name_both_operands_and_the_dimensions_that_differ),
    TEST(a_bias_is_a_column_beside_columns_and_a_row_beside_rows),
    TEST(elementwise_operands_have_equal_ranks_and_sizes_equal_or_1),
    TEST(axes_are_those_of_the_operand),
    TEST(losses_say_what_they_want),
    TEST(updates_keep_their_target_and_its_shape),
    TEST(shapes_of_data_are_checked_where_they_are_given),
    TEST(names_are_identifiers_that_nobody_has),
    TEST(operands_are_there_and_of_one_graph),
    TEST(a_call_without_any_operand_returns_null_and_nothing_more),
    TEST(the_first_error_stays_until_it_is_forgiven),
    TEST(each_first_error_is_told_at_once),
    TEST(a_graph_goes_on_after_it_was_short_of_memory),
    TEST(a_graph_has_floats_or_doubles_and_a_library_that_is_new_enough),
    TEST(ops_that_do_what_they_must_not_are_named),
)
