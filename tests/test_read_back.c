/* test_read_back.c -- what is printed reads back as the same graph, node for node
 *
 * SPDX-License-Identifier: MIT */
#include "graphs.h"
#include "read_back.h"

static bool has_place(const df_op *op, const char *place)
{
    return (op->numpy && strstr(op->numpy, place)) || (op->read && strstr(op->read, place));
}

/* Its form is code of its own, or says a shape or an order: made by calls, below. */
static bool is_special(const df_op *op)
{
    bool code = op->kind == DF_SOURCE || op->kind == DF_UPDATE || op->kind == DF_CONTRACT;
    return code || op->arity <= 0 || (op->print && !op->read) || has_place(op, "%s") ||
           has_place(op, "%p");
}

/* The call is stricter than the op: operands of one shape. */
static bool is_loss(const df_op *op)
{
    static const df_op *const losses[] = { &df__op_cross_entropy, &df__op_sigmoid_cross_entropy,
                                           &df__op_huber, &df__op_poisson };
    for (size_t k = 0; k < COUNT(losses); k++)
        if (op == losses[k])
            return true;
    return false;
}

/* An op of any operands, with attributes where its forms have places for them. NULL: it refuses. */
static df_node *any_of(const df_op *op, df_node *const *pool, int n, dice *d)
{
    static const double f[] = { 0.5, 2, 3, 0.1, 1 };
    df_node *x[DF_ARITY];
    df_attr attr = { .f = { 0 } };
    int arity = op->arity < 0 ? 1 + (int)roll(d, 3) : op->arity;
    for (int i = 0; i < arity; i++)
        x[i] = pool[roll(d, (uint64_t)n)];
    int rank = df_shape_of(x[0]).rank;
    bool alike = arity < 2 || df__dims_equal(df_shape_of(x[0]), df_shape_of(x[1]));
    if (!alike && is_loss(op))
        return NULL;
    if (has_place(op, "%k"))
        attr.f[0] = f[roll(d, COUNT(f))];
    if (has_place(op, "%l"))
        attr.f[1] = attr.f[0] + fabs(f[roll(d, COUNT(f))]);
    if (has_place(op, "%n"))
        attr.i[0] = (int64_t)roll(d, 5);
    if (has_place(op, "%j"))
        attr.i[1] = (int64_t)roll(d, 4);
    if (has_place(op, "%x"))
        attr.i[0] = 1 + (int64_t)roll(d, ((uint64_t)1 << rank) - 1);
    if (op == &df__op_sum && roll(d, 3) == 0)
        attr = (df_attr){ .i = { ((int64_t)1 << rank) - 1, 1 } };
    return df_apply(op, x, arity, &attr);
}

/* What has a printed form by code of its own. */
static df_node *special(df_graph *g, int k, df_node *a, df_node *b, dice *d)
{
    df_node *I = df_find(g, "I"), *K = df_find(g, "K"), *B = df_find(g, "B");
    df_dims s = df_shape_of(a);
    df_attr attr = { .f = { 0 } };
    int8_t of[3][DF_RANK] = { { 0 } };
    switch (k) {
    case 0: return df_transpose(a);
    case 1: return df_matmul(a, b);
    case 2: return df_matmul(a, df_transpose(b));
    case 3: return df_matmul(df_transpose(a), b);
    case 4: return df_matmul(df_transpose(a), df_transpose(b));
    case 5: return df_one_hot(df_find(g, roll(d, 2) ? "i" : "j"), 3);
    case 6: return df_broadcast(a, df_shape_of(b));
    case 7: return df_add(a, df_const(g, df_shape(2, 1), (double[]){ 0.1, -3 }, 2));
    case 8: return df_mul(a, df_num(g, (double)roll(d, 5) - 2));
    case 9: return df_mul(a, df_zeros(g, s));
    case 10: return df_mul(a, df_examples(g));
    case 11:
        for (int j = 0; j < s.rank; j++)
            attr.axes[0][j] = (int8_t)((j + 1) % s.rank);
        return df_apply(&df__op_transpose, &a, 1, &attr);
    case 12: return df_pow(a, -1 - (double)roll(d, 3));
    case 13: return df_each(a, (int)roll(d, 3));
    case 14: return df_mul(a, roll(d, 2) ? df_uniform(g, s) : df_normal(g, s));
    case 15: return df_concat_list((int)roll(d, 2), (df_node *[]){ a, b, a }, 2 + (int)roll(d, 2));
    case 16: return df_slice_step(a, (int)roll(d, 3), (int64_t)roll(d, 3), 1 + (int64_t)roll(d, 3),
                                  1 + (int64_t)roll(d, 3) - 2 * (int64_t)roll(d, 3));
    case 17: return df_pad(a, (int)roll(d, 2), (int64_t)roll(d, 3), (int64_t)roll(d, 3));
    case 18: return df_reshape(a, df_shape(s.size[0], 1, s.rank > 1 ? s.size[1] : 1));
    case 19: return df_embed(df_find(g, "W"), df_find(g, "i"));
    case 20: return df_unslice(a, 0, (int64_t)roll(d, 2), 2, 7);
    case 21: return df_convolve(I, K, (df_window){ 1, (int64_t)roll(d, 2), 1, 1 });
    case 22: return df_convolve_transposed(I, K, (df_window){ 2, 0, 1, 1 }, 0);
    case 23: return roll(d, 2) ? df_max_pool(I, 2, 2, 0) : df_mean_pool(I, 3, 1, 1);
    case 24: return df_logdet(B);
    case 25: return df_solve(roll(d, 2) ? B : df_find(g, "Q"), roll(d, 2) ? B : df_find(g, "p"));
    case 26: return df_transpose(df_num(g, (double)roll(d, 3) - 1.5));
    case 27: return df_expand(df_num(g, 2), 0);
    case 28: return roll(d, 2) ? df_top_k(a, (int)roll(d, 2), 1 + (int64_t)roll(d, 2))
                               : df_gather(a, df_argsort(df_neg(a), 0), 0);
    case 29: return df_concat_list(0, (df_node *[]){ a, b, a, b, a, b, a }, 5 + (int)roll(d, 3));
    case 30: /* of a single number, turned or not */
        for (int j = 0; j < s.rank; j++)
            of[0][j] = of[2][j] = (int8_t)(j + 1);
        if (roll(d, 2) && s.rank > 1)
            of[2][0] = 2, of[2][1] = 1;
        of[1][0] = 9;
        b = df_find(g, "s");
        return roll(d, 2) ? df_contract(a, b, of[0], of[1], of[2], s.rank)
                          : df_contract(b, a, of[1], of[0], of[2], s.rank);
    case 31: return df_batch_norm_running(a, 0, 0.1, "bn");
    default:
        for (int q = 0; q < 3; q++)
            for (int j = 0; j < (q == 0 ? s.rank : q == 1 ? df_shape_of(b).rank : 2); j++)
                of[q][j] = (int8_t)(1 + roll(d, 4));
        return df_contract(a, b, of[0], of[1], of[2], 2);
    }
}

enum { SPECIALS = 34, POOL = 40 };

static int leaves_of(df_graph *g, df_node **pool)
{
    static const char *const names[] = { "a", "b", "c", "p", "s", "W", "V", "T", "Q", "R" };
    parsed(g, leaves);
    for (size_t k = 0; k < COUNT(names); k++)
        pool[k] = df_find(g, names[k]);
    return (int)COUNT(names);
}

START_TEST(every_op_reads_back_as_itself)
{
    for (int k = 0; df__ops[k]; k++) {
        const df_op *op = df__ops[k];
        dice d = { 7, 0 };
        if (is_special(op))
            continue;
        int made = 0;
        for (int i = 0; i < 1000 && made < 20; i++) {
            df_graph *g = df_graph_new(DF_FLOAT64);
            df_node *pool[POOL];
            int n = op == &df__op_float ? 0 * leaves_of(g, pool) : leaves_of(g, pool);
            pool[n++] = df_find(g, "i");
            pool[n++] = df_find(g, "j");
            pool[n++] = df_find(g, "k");
            df_node *y = any_of(op, pool, n, &d);
            df_graph_forgive(g);
            if (y)
                round_trip(op->name, g, &y, 1);
            made += y != NULL;
            df_graph_free(g);
        }
        bool easy = op->kind == DF_MAP || op->kind == DF_REDUCE;
        ck_assert_msg(made > 0 || !easy, "%s was never made", op->name);
    }
}
END_TEST

START_TEST(forms_of_their_own_read_back)
{
    int made[SPECIALS] = { 0 };
    for (int i = 0; i < 60 * SPECIALS; i++) {
        df_graph *g = df_graph_new(i & 1 ? DF_FLOAT32 : DF_FLOAT64);
        dice d = { 100 + (uint64_t)i, 0 };
        df_node *pool[POOL];
        uint64_t n = (uint64_t)leaves_of(g, pool);
        df_node *y = NULL;
        for (int tries = 0; !y && tries < 100; tries++, df_graph_forgive(g))
            y = special(g, i % SPECIALS, pool[roll(&d, n)], pool[roll(&d, n)], &d);
        if (y && !*df_name_of(y)) {
            round_trip("special", g, &y, 1);
            made[i % SPECIALS]++;
        }
        df_graph_free(g);
    }
    for (int k = 0; k < SPECIALS; k++)
        ck_assert_msg(made[k] > 0, "form %d was never made", k);
}
END_TEST

static df_node *random_node(df_graph *g, df_node *const *pool, int n, dice *d)
{
    static int n_ops;
    while (df__ops[n_ops])
        n_ops++;
    const df_op *op = df__ops[roll(d, (uint64_t)n_ops)];
    df_node *a = pool[roll(d, (uint64_t)n)], *b = pool[roll(d, (uint64_t)n)];
    if (roll(d, 3) == 0)
        return special(g, (int)roll(d, SPECIALS), a, b, d);
    return is_special(op) || op == &df__op_float ? NULL : any_of(op, pool, n, d);
}

START_TEST(random_graphs_read_back_node_for_node)
{
    for (int i = 0; i < rounds(300); i++) {
        df_graph *g = df_graph_new(i & 1 ? DF_FLOAT32 : DF_FLOAT64);
        dice d = { 5000 + (uint64_t)i, 0 };
        df_node *pool[POOL];
        int n = leaves_of(g, pool), first = n;
        char what[32];
        for (int tries = 0; tries < 400 && n < POOL; tries++) {
            df_node *y = random_node(g, pool, n, &d);
            df_graph_forgive(g);
            if (y && df_shape_of(y).rank <= 3)
                pool[n++] = y;
        }
        ck_assert_int_gt(n, first + 8);
        df_node *out[4];
        int k = 0;
        for (int j = n - 1; k < 4; j--) {
            bool seen = *df_name_of(pool[j]) != 0;
            for (int q = 0; q < k; q++)
                seen = seen || out[q] == pool[j];
            if (!seen)
                out[k++] = pool[j];
        }
        snprintf(what, sizeof what, "seed %d", i);
        round_trip(what, g, out, k);
        df_graph_free(g);
    }
}
END_TEST

/* Bounded ops alone, so that all has a derivative. */
static df_node *smooth_node(df_graph *g, df_node *a, df_node *b, dice *d)
{
    switch (roll(d, 14)) {
    case 0: return df_tanh(a);
    case 1: return df_sigmoid(df_sub(a, b));
    case 2: return df_softplus(a);
    case 3: return df_mul(a, b);
    case 4: return df_div(a, df_offset(df_square(b), 1));
    case 5: return df_matmul(a, b);
    case 6: return df_matmul(df_transpose(a), b);
    case 7: return df_softmax(a, 0);
    case 8: return df_logsumexp_axis(a, 0);
    case 9: return df_sum_axis(a, 1);
    case 10: return df_mean_examples(a);
    case 11: return df_sub(df_scale(a, -0.5), b);
    case 12: return df_max(a, b);
    default: return df_log(df_offset(df_mul(df_sum(a), df_num(g, 2)), 9));
    }
}

/* A listing of derivatives, as simplified. */
START_TEST(derivatives_read_back_as_they_are_simplified)
{
    for (int i = 0; i < rounds(200); i++) {
        df_graph *g = df_graph_new(DF_FLOAT64), *h = df_graph_new(DF_FLOAT64);
        dice d = { 9000 + (uint64_t)i, 0 };
        df_node *pool[POOL], *y[8], *is[8];
        int n = leaves_of(g, pool);
        for (int tries = 0; tries < 300 && n < 28; tries++) {
            df_node *a = pool[roll(&d, (uint64_t)n)], *b = pool[roll(&d, (uint64_t)n)];
            df_node *x = smooth_node(g, a, b, &d);
            df_graph_forgive(g);
            if (x && df_shape_of(x).rank <= 3)
                pool[n++] = x;
        }
        df_node *J = df_add(df_mean(df_tanh(pool[n - 1])), df_mean(df_tanh(pool[n - 2])));
        y[0] = df_name(J, "J");
        for (int k = 0; k < 4; k++) {
            char name[16];
            snprintf(name, sizeof name, "grad%d", k);
            y[k + 1] = df_d(J, pool[3 + k]);
            bool named = y[k + 1] && df_name(df_add(y[k + 1], df_num(g, k)), name);
            ck_assert_msg(named, "seed %d: %s", i, df_graph_error(g));
            y[k + 1] = df_find(g, name);
        }
        char *text = NULL, why[2 * DF_TEXT] = "";
        size_t size;
        FILE *f = open_memstream(&text, &size);
        write_declarations(f, g);
        ck_assert(df_print_list(f, DF_NUMPY, y, 5));
        fclose(f);
        ck_assert_msg(df_parse(h, text) != NULL, "seed %d: %s in:\n%s", i, df_graph_error(h), text);
        for (int k = 0; k < 5; k++)
            is[k] = df_find(h, df_name_of(y[k]));
        df__copy copy;
        ck_assert(df__simplify(g, y, 5, false, &copy));
        ck_assert_msg(same_graph(copy.image, is, 5, why), "seed %d: %s in:\n%s", i, why, text);
        df__copy_free(&copy);
        free(text);
        df_graph_free(g);
        df_graph_free(h);
    }
}
END_TEST

TESTS(
    TEST(every_op_reads_back_as_itself),
    TEST(forms_of_their_own_read_back),
    TEST(random_graphs_read_back_node_for_node),
    TEST(derivatives_read_back_as_they_are_simplified),
)
