/* test_numpy.c -- printed equations, run by NumPy, give what df_run gives
 *
 * SPDX-License-Identifier: MIT
 *
 * Each case is a graph with random data. Its equations, its data and what df_run made of them go
 * to one Python process, which runs the text and compares shapes and values. */
#include "numpy.h"

/* ---- networks -------------------------------------------------------------------------------- */

static df_node *leaky(df_node *x) { return df_leaky_relu(x, 0.01); }
typedef df_node *activation(df_node *);
static activation *const activations[] = { df_tanh, df_sigmoid, df_relu, leaky, df_softplus };

typedef struct { df_node *W1, *b1, *W2, *b2, *L, *J; } layers;

static df_node *layer(df_node *W, df_node *X, df_node *b, bool rows)
{
    return df_add_bias(rows ? df_matmul(X, df_transpose(W)) : df_matmul(W, X), b);
}

static df_dims shape(bool rows, int64_t units, int64_t m)
{
    return rows ? df_shape(m, units) : df_shape(units, m);
}

/* classes 1: sigmoid and cross-entropy; more: softmax, with labels as integers or one_hot. */
static layers two_layer(net *n, activation *g1, bool rows, int64_t m, int classes, bool hot)
{
    layers l;
    df_node *X = input(n, "X", shape(rows, 3, m));
    df_node *Y = classes == 1 ? add_data(n, df_input(n->g, "Y", shape(rows, 1, m)), 0, 1)
                              : labels(n, "Y", shape(rows, 1, m), classes);
    l.W1 = param(n, "W1", df_shape(4, 3));
    l.b1 = param(n, "b1", shape(rows, 4, 1));
    l.W2 = param(n, "W2", df_shape(classes, 4));
    l.b2 = param(n, "b2", shape(rows, classes, 1));
    df_node *A1 = df_name(g1(df_name(layer(l.W1, X, l.b1, rows), "Z1")), "A1");
    df_node *Z2 = df_name(layer(l.W2, A1, l.b2, rows), "Z2");
    if (classes == 1)
        l.L = df_cross_entropy(df_name(df_sigmoid(Z2), "A2"), Y);
    else if (hot)
        l.L = df_neg(df_sum_axis(
            df_mul(df_one_hot(Y, classes), df_log(df_softmax(Z2, rows))), rows));
    else
        l.L = df_softmax_cross_entropy(Z2, Y, rows);
    df_name(l.L, "L");
    l.J = df_name(df_cost(l.L), "J");
    return l;
}

START_TEST(the_networks_of_the_lecture)
{
    static const char *const names[] = { "J", "dW1", "db1", "dW2", "db2" };
    begin();
    for (int k = 0; k < 8 * (int)COUNT(activations); k++) {
        net n = { .g = df_graph_new(DF_FLOAT64) };
        bool rows = k & 1, raw = k & 2, one = k & 4;
        layers l = two_layer(&n, activations[k / 8], rows, one ? 1 : DF_M, 1, false);
        if (one)
            ask(&n, df_sum(l.L));
        else
            ask(&n, l.J);
        df_node *J = one ? df_name(n.out[0], "J1") : l.J;
        ask(&n, df_d(J, l.W1));
        ask(&n, df_d(J, l.b1));
        ask(&n, df_d(J, l.W2));
        ask(&n, df_d(J, l.b2));
        const char *first[] = { one ? "J1" : "J", names[1], names[2], names[3], names[4] };
        test(&n, "two layers", raw ? DF_RAW : 0, first, 200);
        df_graph_free(n.g);
    }
    end();
}
END_TEST

START_TEST(softmax_with_labels)
{
    begin();
    for (int k = 0; k < 8; k++) {
        net n = { .g = df_graph_new(DF_FLOAT64) };
        layers l = two_layer(&n, df_tanh, k & 1, DF_M, 3, k & 4);
        ask(&n, l.L);
        ask(&n, df_d(l.J, l.W1));
        ask(&n, df_d(l.J, l.b2));
        ask(&n, df_d(l.J, df_find(n.g, "Z2")));
        test(&n, "softmax", 0, (const char *[]){ "L", "dW1", "db2", "dJ_dZ2" }, 200);
        df_graph_free(n.g);
    }
    end();
}
END_TEST

static df_node *update(net *n, df_node *J, df_node *W, int k)
{
    df_optimiser o = DF_OPTIMISER;
    df_node *rate = df_num(n->g, 0.1);
    o.momentum = 0.9;
    o.decay = 0.01;
    o.clip_norm = 0.5;
    if (k == 0) {
        df_node *v = df_state(n->g, "v", df_shape_of(W));
        return df_group(df_update(v, W), df_update(W, v));
    }
    return k < 3 ? df_sgd(J, rate, k == 1 ? NULL : &o) : df_adam(J, rate, k == 3 ? NULL : &o);
}

START_TEST(updates_assign_what_a_run_assigns)
{
    begin();
    for (int k = 0; k < 5; k++) {
        net n = { .g = df_graph_new(DF_FLOAT64) };
        layers l = two_layer(&n, df_tanh, false, DF_M, 1, false);
        ask(&n, l.J);
        ask(&n, update(&n, l.J, l.W1, k));
        for (int64_t id = 0; id < n.g->n_nodes; id++)
            if (n.g->node[id]->op == &df__op_state)
                add_data(&n, n.g->node[id], 0.1, 1);
        test(&n, "updates", 0, (const char *[]){ "J", "-" }, 500);
        df_graph_free(n.g);
    }
    end();
}
END_TEST

/* ---- every op -------------------------------------------------------------------------------- */

/* Ops that need more than operands of one shape. */
static const struct { const char *op; df_attr attr; bool axis, matrices; } samples[] = {
    { "pow", { .f = { 3 } }, 0, 0 },
    { "pow", { .f = { -1 } }, 0, 0 },
    { "pow", { .f = { -2 } }, 0, 0 },
    { "pow", { .f = { 2.5 } }, 0, 0 },
    { "leaky_relu", { .f = { 0.1 } }, 0, 0 },
    { "elu", { .f = { 0.7 } }, 0, 0 },
    { "clip", { .f = { -1, 0.5 } }, 0, 0 },
    { "huber", { .f = { 0.8 } }, 0, 0 },
    { "polygamma", { .i = { 0 } }, 0, 0 },
    { "polygamma", { .i = { 3 } }, 0, 0 },
    { "sum", { .f = { 0 } }, true, 0 },
    { "sum", { .i = { 3 } }, 0, 0 },
    { "sum", { .i = { 3, 1 } }, 0, 0 },
    { "max_axis", { .f = { 0 } }, true, 0 },
    { "min_axis", { .f = { 0 } }, true, 0 },
    { "prod", { .f = { 0 } }, true, 0 },
    { "norm", { .f = { 0 } }, true, 0 },
    { "softmax", { .f = { 0 } }, true, 0 },
    { "logsumexp", { .f = { 0 } }, true, 0 },
    { "softmax_cross_entropy", { .f = { 0 } }, true, 0 },
    { "transpose", { .axes = { { 1, 0 } } }, 0, 0 },
    { "matmul", { .axes = { { 1, 2 }, { 1, 3 }, { 2, 3 } } }, 0, true },
    { "matmul", { .axes = { { 1, 2 }, { 3, 2 }, { 1, 3 } } }, 0, true },
    { "matmul", { .axes = { { 1, 2 }, { 3, 2 }, { 3, 1 } } }, 0, true },
    { "matmul", { .axes = { { 1, 2 }, { 1, 2 }, { 1, 2 } } }, 0, 0 },
    { "matmul", { .axes = { { 1, 2 }, { 1, 2 }, { 2 } } }, 0, 0 },
    { "matmul", { .axes = { { 1, 2 }, { 1, 2 }, { 3 } } }, 0, 0 },
};

/* Ops of matrices and images, in test_linalg.c and test_convolution.c; and of axes that are not m,
 * further down. */
static const char *const elsewhere[] = {
    "cholesky", "triangular_solve", "triangle", "solve", "inverse", "det", "logdet",
    "cumsum", "unslice", "tril", "triu", "argmax", "argmin", "argsort",
    "convolve", "convolve_transposed", "convolve_kernel", "windows", "windows_sum",
};

static bool needs_sample(const char *name)
{
    for (size_t i = 0; i < COUNT(elsewhere); i++)
        if (strcmp(elsewhere[i], name) == 0)
            return true;
    for (size_t i = 0; i < COUNT(samples); i++)
        if (strcmp(samples[i].op, name) == 0)
            return true;
    return false;
}

/* The op of operands of one shape with m at no axis, the last, the first; and the derivatives by
 * each. */
static void test_op(const df_op *op, const df_attr *attr, bool axis, bool matrices)
{
    static const char *const names[] = { "u", "v", "w", "z" };
    for (int where = 0; where < 3; where++) {
        net n = { .g = df_graph_new(DF_FLOAT64) };
        df_node *x[DF_ARITY];
        df_attr mine = *attr;
        double low = op->test[0], high = op->test[1];
        if (low == high)
            low = mine.f[0] == 2.5 ? 0.1 : -2, high = 2;
        if (axis)
            mine.i[0] = where == 2 ? 2 : 1;
        df_dims s = where ? shape(where == 2, 3, DF_M) : df_shape(3, 4);
        for (int i = 0; i < op->arity; i++)
            x[i] = add_data(&n, df_input(n.g, names[i], matrices && where ? df_shape(M, 3) : s),
                            low, high);
        df_node *y = df_apply(op, x, op->arity, &mine);
        if (!y && matrices) {                 /* m x m */
            df_graph_free(n.g);
            continue;
        }
        ask(&n, y);
        df_node *J = df_sum(df_square(y));
        for (int i = 0; i < op->arity; i++)
            if (op->d[i] && op->d[i] != df_d_zero)
                ask(&n, df_d(J, x[i]));
        test(&n, op->name, 0, NULL, 500);
        df_graph_free(n.g);
    }
}

START_TEST(every_op_and_its_derivatives)
{
    begin();
    for (const df_op *const *op = df__ops; *op; op++)
        if ((*op)->arity > 0 && (*op)->kind != DF_UPDATE && !(*op)->takes_integers &&
            !needs_sample((*op)->name) && *op != &df__op_broadcast)
            test_op(*op, &(df_attr){ .f = { 0 } }, false, false);
    for (size_t i = 0; i < COUNT(samples); i++)
        test_op(df__op_named(samples[i].op, strlen(samples[i].op)), &samples[i].attr,
                samples[i].axis, samples[i].matrices);
    end();
}
END_TEST

START_TEST(stretched_operands_integers_and_constants)
{
    begin();
    for (int where = 1; where < 3; where++) {
        net n = { .g = df_graph_new(DF_FLOAT64) };
        bool rows = where == 2;
        df_node *x = input(&n, "x", shape(rows, 3, DF_M)), *b = param(&n, "b", shape(rows, 3, 1));
        df_node *s = param(&n, "s", df_shape(1)), *i = labels(&n, "i", df_shape(DF_M), 3);
        df_node *c = df_const(n.g, shape(rows, 3, 1), (double[]){ 1.5, -2, 1e-3 }, 3);
        df_node *hot = df_one_hot(i, 3);
        df_node *y = df_mul(df_add(df_mul(x, b), c), df_div(s, df_offset(df_examples(n.g), 3)));
        ask(&n, y);
        ask(&n, df_mul(hot, df_float(df_num(n.g, 2))));
        ask(&n, df_float(i));
        df_node *J = df_mean(df_tanh(y));
        ask(&n, df_d(J, b));
        ask(&n, df_d(J, s));
        ask(&n, df_d(J, x));
        ask(&n, df_d(df_sum(df_mul(df_sub(x, df_mean_examples(x)), x)), x));
        test(&n, "stretched", 0, NULL, 200);
        df_graph_free(n.g);
    }
    end();
}
END_TEST

/* ---- views and selections -------------------------------------------------------------------- */

typedef df_node *view(df_node *x, df_node *i);
#define VIEW(name, call) static df_node *name(df_node *x, df_node *i) { (void)i; return call; }
VIEW(reshaped, df_reshape(x, df_shape(2, 2, DF_M, 3, 1)))
VIEW(flattened, df_flatten(x))
VIEW(moved, df_moveaxis(x, 0, -1))
VIEW(turned, df_transpose_axes(x, 3, (int[]){ 2, 0, 1 }))
VIEW(taken, df_take(x, -1, 1))
VIEW(sliced, df_slice(x, 0, 1, 2))
VIEW(stepped, df_slice_step(x, 2, 0, 2, 2))
VIEW(backward, df_slice_step(x, 0, 3, 2, -3))
VIEW(flipped, df_flip(x, 2))
VIEW(tiled, df_tile(x, 2, 2))
VIEW(padded, df_pad(x, 0, 1, 2))
VIEW(spread, df_unslice(x, 2, 5, -2, 7))
VIEW(joined, df_concat(0, x, df_tanh(x), x, df_neg(x), df_square(x)))
VIEW(stacked, df_stack(1, x, df_tanh(x)))
VIEW(lower, df_tril(df_moveaxis(x, 1, 0), 1))
VIEW(upper, df_triu(df_moveaxis(x, 1, 0), -1))
VIEW(diagonal, df_diag(df_slice(df_moveaxis(x, 1, 0), 1, 0, 3)))
VIEW(on_diagonal, df_diag_matrix(x))
VIEW(summed, df_cumsum(x, 2))
VIEW(product, df_prod_axis(x, 0))
VIEW(product_of_all, df_mul(df_prod_axes(x, 2, (int[]){ 0, 2 }), df_prod(df_mean_examples(x))))
VIEW(norms, df_mul(df_norm_axis(x, 2), df_norm(x)))
VIEW(variances, df_mul(df_variance_axis(x, DF_M), df_variance(x)))
VIEW(extremes, df_sub(df_max_axes(x, 2, (int[]){ 0, 2 }), df_min_all(x)))
VIEW(counts, df_mul(x, df_add(df_count_axis(x, 0), df_mul(df_any(x), df_all_axis(x, 1)))))
VIEW(sorted, df_sort(x, 2))
VIEW(top, df_top_k(x, 0, 2))
VIEW(largest, df_float(df_argmax_axis(x, 0)))
VIEW(smallest, df_float(df_argmin_axis(x, -1)))
static df_node *rows_of(df_node *x, df_node *i) { return df_embed(df_mean_examples(x), i); }
static df_node *picked(df_node *x, df_node *i)
{
    return df_gather(x, df_reshape(i, df_shape(1, DF_M, 1)), 0);
}
static df_node *put(df_node *x, df_node *i)
{
    return df_scatter_rows(df_moveaxis(x, 1, 0), i, 3);
}
static view *const views[] = {
    reshaped, flattened, moved, turned, taken, sliced, stepped, backward, flipped, tiled, padded,
    spread, joined, stacked, lower, upper, diagonal, on_diagonal, summed, product, product_of_all,
    norms, variances, extremes, counts, sorted, top, largest, smallest, rows_of, picked, put,
};

/* Of x (4 x m x 3), with the first and the second derivative. */
START_TEST(the_views_and_selections)
{
    begin();
    for (int k = 0; k < (int)COUNT(views); k++) {
        char what[32];
        net n = { .g = df_graph_new(DF_FLOAT64) };
        df_node *x = input(&n, "x", df_shape(4, DF_M, 3)), *i = labels(&n, "i", df_shape(DF_M), 3);
        df_node *y = views[k](x, i), *d = df_d(df_sum(df_mul(df_tanh(y), y)), x);
        snprintf(what, sizeof what, "view %d", k);
        ask(&n, y);
        ask(&n, d);
        ask(&n, df_d(df_sum(df_square(d)), x));
        test(&n, what, 0, NULL, 2000);
        df_graph_free(n.g);
    }
    end();
}
END_TEST

/* ---- random graphs --------------------------------------------------------------------------- */

static df_node *random_node(df_node *a, df_node *b, bool rows)
{
    switch (below(14)) {
    case 0: return df_add(a, b);
    case 1: return df_sub(a, b);
    case 2: return df_mul(a, b);
    case 3: return df_div(a, df_offset(df_square(b), 1));
    case 4: return df_tanh(a);
    case 5: return df_sigmoid(a);
    case 6: return df_neg(a);
    case 7: return df_where(df_less(a, b), a, b);
    case 8: return df_max(a, b);
    case 9: return df_softplus(df_sub(a, b));
    case 10: return df_scale(df_tanh(a), uniform(-2, 2));
    case 11: return df_sub(a, df_mean_axis(b, rows));
    case 12: return df_mul(a, df_mean_examples(df_tanh(b)));
    default: return df_one_minus(df_square(df_tanh(a)));
    }
}

START_TEST(random_graphs)
{
    begin();
    for (int k = 0; k < rounds(60); k++) {
        char what[32];
        snprintf(what, sizeof what, "seed %d", k);
        state = (uint64_t)k * 977 + 5;
        net n = { .g = df_graph_new(DF_FLOAT64) };
        bool rows = k & 1;
        df_node *x[24] = { input(&n, "x", shape(rows, 3, DF_M)), param(&n, "p", shape(rows, 3, 1)),
                           input(&n, "z", shape(rows, 3, DF_M)), param(&n, "q", df_shape(1)) };
        int made = 4;
        while (made < 6 + below(18)) {
            x[made] = random_node(x[below(made)], x[below(made)], rows);
            made += x[made] != NULL;
            df_graph_forgive(n.g);
        }
        df_node *J = df_mean(df_tanh(x[made - 1]));
        ask(&n, J);
        ask(&n, x[made - 1]);
        for (int i = 0; i < 4; i++)
            ask(&n, df_d(J, x[i]));
        test(&n, what, 0, NULL, 2000);
        df_graph_free(n.g);
    }
    end();
}
END_TEST

#define NUMPY have("/usr/bin/python3 -c 'import numpy'")

TESTS(
    TEST_IF(the_networks_of_the_lecture, NUMPY),
    TEST_IF(softmax_with_labels, NUMPY),
    TEST_IF(updates_assign_what_a_run_assigns, NUMPY),
    TEST_IF(every_op_and_its_derivatives, NUMPY),
    TEST_IF(stretched_operands_integers_and_constants, NUMPY),
    TEST_IF(the_views_and_selections, NUMPY),
    TEST_IF(random_graphs, NUMPY),
)
