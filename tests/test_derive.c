/* test_derive.c -- derivatives as graph: what comes out, that it is right, and that it costs no
 * more than it must
 *
 * SPDX-License-Identifier: MIT
 *
 * The derivation without simplification is the judge of the one with: they are two graphs of one
 * value, calculated node by node (evaluate.h). That the former is right is tested against
 * differences in test_derivatives.c. */
#include "printed.h"
#include "evaluate.h"
#include <math.h>
#include <sys/resource.h>

enum { LETTERS = 26, M = 3, K = 4 };

/* Letters are inputs: a to r (1 x m), s and t single numbers, u to z (4 x m). Names of two: see
 * find. */
typedef struct { df_graph *g; df_node *letter[LETTERS]; } board;

static void new_board(board *b)
{
    *b = (board){ .g = df_graph_new(DF_FLOAT64) };
    for (int i = 0; i < LETTERS; i++) {
        char name[] = { (char)('a' + i), 0 };
        df_dims dims = i < 's' - 'a'   ? df_shape(1, DF_M)
                       : i < 'u' - 'a' ? df_shape(1)
                                       : df_shape(K, DF_M);
        b->letter[i] = name[0] == 'm' ? NULL : df_input(b->g, name, dims);
    }
}

static df_node *build(board *b, const char *text)
{
    df_node *y = df__from_text(b->g, text, b->letter, 1);
    ck_assert_msg(y != NULL, "%s: %s", text, df_graph_error(b->g));
    return y;
}

/* What y needs when it is compiled: nodes without leaves. */
static int live_nodes(df_node *y)
{
    df__copy copy;
    ck_assert(df__simplify(y->g, &y, 1, false, &copy));
    int64_t n = copy.g->n_nodes;
    bool *needed = calloc((size_t)n, 1);
    int live = 0;
    needed[copy.image[0]->id] = true;
    for (int64_t id = n - 1; id >= 0; id--) {
        df_node *x = copy.g->node[id];
        live += needed[id] && x->n > 0;
        for (int i = 0; needed[id] && i < x->n; i++)
            needed[x->x[i]->id] = true;
    }
    free(needed);
    df__copy_free(&copy);
    return live;
}

/* ---- cost -> equation ------------------------------------------------------------------------ */

#define HAND(a) "-(y*log(" a ") + (1 - y)*log(1 - " a "))"

static const struct { const char *L; char by; const char *d; } table[] = {
    /* sigmoid and cross-entropy, however they are written */
    { "cross_entropy(sigmoid(z), y)", 'z', "dz = sigmoid(z) - y" },
    { "sigmoid_cross_entropy(z, y)", 'z', "dz = sigmoid(z) - y" },
    { HAND("sigmoid(z)"), 'z', "dz = sigmoid(z) - y" },
    { HAND("(1/(1 + exp(-z)))"), 'z', "dz = sigmoid(z) - y" },
    { HAND("(1 + exp(-z))**-1"), 'z', "dz = sigmoid(z) - y" },
    { HAND("(exp(z)/(1 + exp(z)))"), 'z', "dz = sigmoid(z) - y" },
    { HAND("(0.5*(1 + tanh(z/2)))"), 'z', "dz = sigmoid(z) - y" },
    { HAND("(0.5*(1 + tanh(0.5*z)))"), 'z', "dz = sigmoid(z) - y" },
    { HAND("(1 - sigmoid(-z))"), 'z', "dz = sigmoid(z) - y" },
    { HAND("(1 - 1/(1 + exp(z)))"), 'z', "dz = sigmoid(z) - y" },
    { "-y*log(sigmoid(z)) - (1 - y)*log(1 - sigmoid(z))", 'z', "dz = sigmoid(z) - y" },
    { "-y*log(sigmoid(z)) + (y - 1)*log(1 - sigmoid(z))", 'z', "dz = sigmoid(z) - y" },
    { "y*softplus(-z) + (1 - y)*softplus(z)", 'z', "dz = sigmoid(z) - y" },
    { "log(1 + exp(z)) - y*z", 'z', "dz = sigmoid(z) - y" },
    { "-log(sigmoid(z))", 'z', "dz = -sigmoid(-z)" },
    { "-log(1 - sigmoid(z))", 'z', "dz = sigmoid(z)" },
    /* weights, smoothed labels, temperature */
    { "w*cross_entropy(sigmoid(z), y)", 'z', "dz = w * (sigmoid(z) - y)" },
    { "cross_entropy(sigmoid(z), 0.875*y + 0.0625)", 'z',
      "dz = sigmoid(z) - (0.875 * y + 0.0625)" },
    { "cross_entropy(sigmoid(s*z), y)", 'z', "dz = (sigmoid(s * z) - y) * s" },
    /* softmax */
    { "-sum(y*log(softmax(z)))", 'z',
      "dz = softmax(z, axis=0) * np.sum(y, axis=0, keepdims=True) - y" },
    { "-sum(y*log(exp(z)/sum(exp(z))))", 'z',
      "dz = softmax(z, axis=0) * np.sum(y, axis=0, keepdims=True) - y" },
    { "-sum(y*(z - logsumexp(z)))", 'z',
      "dz = np.sum(y, axis=0, keepdims=True) * softmax(z, axis=0) - y" },
    { "log(sum(exp(z)))", 'z', "dz = softmax(z, axis=0)" },
    { "log(sum(exp(z - max_axis(z)))) + max_axis(z)", 'z', "dz = softmax(z, axis=0)" },
    { "sum(softmax(z))", 'z', "dz = np.full((4, m), 0)" },
    /* activations */
    { "tanh(z)", 'z', "dz = 1 - np.tanh(z)**2" },
    { "(exp(z) - exp(-z))/(exp(z) + exp(-z))", 'z', "dz = 1 - np.tanh(z)**2" },
    { "relu(z)", 'z', "dz = np.where(0 < z, 1, 0)" },
    /* algebra */
    { "x*x*x", 'x', "dx = 3 * x**2" },
    { "x**3/x", 'x', "dx = 2 * x" },
    { "(x + y)*(x - y)", 'x', "dx = 2 * x" },
    { "x/(1 + x)*(1 + x)", 'x', "dx = np.broadcast_to(1, (4, m))" },
    { "log(2*x)", 'x', "dx = 1 / x" },
    { "x*log(x)", 'x', "dx = np.log(x) + 1" },
    { "sqrt(1 + y**2)", 'y', "dy = y / np.sqrt(1 + y**2)" },
    { "x + x + x", 'x', "dx = np.broadcast_to(3, (4, m))" },
    { "x - x", 'x', "dx = np.broadcast_to(0, (4, m))" },
    { "x*y", 'a', "da = np.full((1, m), 0)" },
};

static const char *last_line(char *text)
{
    size_t n = strlen(text);
    if (n > 0 && text[n - 1] == '\n')
        text[n - 1] = 0;
    const char *last = strrchr(text, '\n');
    return last ? last + 1 : text;
}

START_TEST(a_loss_has_the_derivative_of_the_textbook)
{
    board b;
    new_board(&b);
    df_node *d = df_d(build(&b, table[_i].L), b.letter[table[_i].by - 'a']);
    char *text = PRINT(DF_NUMPY, d);
    ck_assert_msg(strcmp(last_line(text), table[_i].d) == 0, "%s: %s, not %s", table[_i].L,
                  last_line(text), table[_i].d);
    free(text);
    df_graph_free(b.g);
}
END_TEST

/* Parts of a sigmoid, and sigmoids put together, are recognised too. */
START_TEST(slices_and_concatenations_of_sigmoids_give_A_minus_Y)
{
    board b;
    new_board(&b);
    df_node *z = b.letter['z' - 'a'], *y = b.letter['y' - 'a'], *x = b.letter['x' - 'a'],
            *w = b.letter['w' - 'a'], *a = df_sigmoid(z);
    df_node *L[] = {
        df_cross_entropy(df_slice(a, 0, 1, 2), df_slice(y, 0, 1, 2)),
        df_cross_entropy(df_concat(0, a, df_sigmoid(x)), df_concat(0, y, w)),
    };
    static const char *const d[] = {
        "dz = np.pad(sigmoid(z[1:3]) - y[1:3], ((1, 1), (0, 0)))",
        "dz = sigmoid(z) - y",
    };
    for (int i = 0; i < 2; i++) {
        char *text = PRINT(DF_NUMPY, df_d(L[i], z));
        ck_assert_str_eq(last_line(text), d[i]);
        free(text);
    }
    df_graph_free(b.g);
}
END_TEST

/* ---- which nodes are derived, and how often -------------------------------------------------- */

START_TEST(what_J_does_not_depend_on_has_a_derivative_of_zeros)
{
    board b;
    new_board(&b);
    df_node *d = df_d(build(&b, "sum(x*y)"), b.letter['z' - 'a']);
    double v = 1;
    ck_assert_int_eq(d->op->algebra, DF_NUMBER);
    ck_assert(df__dims_equal(d->dims, df_shape(K, DF_M)) && (v = d->attr.f[0], v == 0));
    df_graph_free(b.g);
}
END_TEST

START_TEST(the_same_question_has_the_same_answer_and_makes_nothing)
{
    board b;
    new_board(&b);
    df_node *J = df_sum(build(&b, "cross_entropy(sigmoid(z), y)"));
    df_node *d = df_d(J, b.letter['z' - 'a']);
    int64_t n = b.g->n_nodes;
    ck_assert_ptr_eq(df_d(J, b.letter['z' - 'a']), d);
    ck_assert_int_eq(b.g->n_nodes, n);
    df_graph_free(b.g);
}
END_TEST

/* The probability, or a part of a sigmoid by hand, is still there to ask for. */
static const struct { const char *part, *rest; } asked[] = {
    { "sigmoid(z)", "-(y*log(p) + (1 - y)*log(1 - p))" },
    { "exp(-z)", "log(1/(1 + p))" },
    { "1 + exp(-z)", "log(1/p)" },
    { "tanh(z/2)", "cross_entropy(0.5*(1 + p), y)" },
    { "exp(z)", "-sum(y*log(p/sum(p)))" },
    { "softmax(z)", "-sum(y*log(p))" },
    { "z**2", "sqrt(p)*y" },
};

/* d by the part, and by z, against differences of the node as an input of its own. */
START_TEST(a_node_that_rules_would_take_away_can_be_asked_for)
{
    board b;
    new_board(&b);
    df_node *z = b.letter['z' - 'a'], *y = b.letter['y' - 'a'];
    df_node *p = b.letter['p' - 'a'] = build(&b, asked[_i].part);
    df_node *L = build(&b, asked[_i].rest), *dp = df_d(L, p), *dz = df_d(L, z);
    ck_assert_msg(dp && dz, "%s", df_graph_error(b.g));
    df_node *q = b.letter['p' - 'a'] = df_input(b.g, "free", p->dims);
    df_node *of_q = build(&b, asked[_i].rest);
    double vz[K * M], vy[K * M];
    for (int i = 0; i < K * M; i++) {
        vz[i] = 0.3 + 0.1 * i;
        vy[i] = 0.1 + 0.07 * i;
    }
    evaluation e = { .x = { z, y }, .v = { vz, vy }, .n = 2, .m = M };
    double *vp = evaluate(&e, p), *v = evaluate(&e, dp), *v_z = evaluate(&e, dz);
    double *raw_z = evaluate(&e, df__derive(L, z, true));
    e.x[2] = q;
    e.v[2] = vp;
    e.n = 3;
    double *raw = evaluate(&e, df__derive(of_q, q, true));
    for (int i = 0; i < K * M; i++) {
        ck_assert_msg(fabs(v[i] - raw[i]) <= 1e-12 * (1 + fabs(raw[i])), "d by %s: %g, not %g",
                      asked[_i].part, v[i], raw[i]);
        ck_assert(fabs(v_z[i] - raw_z[i]) <= 1e-12 * (1 + fabs(raw_z[i])));
        ck_assert(v[i] != 0);
    }
    free(vp), free(v), free(raw), free(v_z), free(raw_z);
    df_graph_free(b.g);
}
END_TEST

/* Only where its factors cancel is it calculated otherwise: log(a*b) gives 1/a and 1/b. */
START_TEST(an_adjoint_that_two_operands_use_is_calculated_once)
{
    board b;
    new_board(&b);
    df_node *L = build(&b, "log(1 + a*b)"), *da = df_d(L, b.letter[0]), *db = df_d(L, b.letter[1]);
    ck_assert(da->op->algebra == DF_PRODUCT && db->op->algebra == DF_PRODUCT);
    ck_assert_ptr_eq(da->x[0], db->x[0]);
    df_graph_free(b.g);
}
END_TEST

START_TEST(derivatives_of_every_order_stay_small)
{
    board b;
    new_board(&b);
    df_node *d = build(&b, _i ? HAND("(1/(1 + exp(-z)))") : "cross_entropy(sigmoid(z), y)");
    static const int at_most[] = { 2, 3, 6, 12 };
    for (size_t order = 0; order < COUNT(at_most); order++) {
        d = df_d(d, b.letter['z' - 'a']);
        int live = live_nodes(d);
        ck_assert_msg(live <= at_most[order], "order %d: %d nodes", (int)order + 1, live);
    }
    df_graph_free(b.g);
}
END_TEST

START_TEST(a_hessian_vector_product_costs_two_gradients)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(3, DF_M)), *Y = df_input(g, "Y", df_shape(1, DF_M));
    df_node *W = df_param(g, "W", df_shape(4, 3)), *V = df_param(g, "V", df_shape(1, 4));
    df_node *v = df_input(g, "v", df_shape(4, 3));
    df_node *J = df_cost(df_cross_entropy(df_sigmoid(df_matmul(V, df_tanh(df_matmul(W, X)))), Y));
    df_node *dW = df_d(J, W), *Hv = df_d(df_dot(dW, v), W);
    ck_assert_msg(live_nodes(Hv) <= 2 * live_nodes(dW) + 4, "%d, and %d", live_nodes(Hv),
                  live_nodes(dW));
    df_graph_free(g);
}
END_TEST

START_TEST(the_mean_stands_at_the_sums_and_strictly_at_the_examples)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = df_input(g, "x", df_shape(1, DF_M)), *w = df_param(g, "w", df_shape(1, 1));
    df_node *z = df_name(df_mul(w, x), "z"), *J = df_mean(df_square(z));
    char *text = PRINT(DF_NUMPY, df_d(J, z));
    ck_assert_msg(strstr(text, "dJ_dz = 2 * (1/m) * z") != NULL, "%s", text);
    free(text);
    text = PRINT(DF_NUMPY, df_d(J, w));
    ck_assert_msg(strstr(text, "dw = 2 * (1/m) * np.sum(z * x") != NULL, "%s", text);
    free(text);
    df_graph_free(g);
}
END_TEST

START_TEST(what_has_no_derivative_is_refused_only_on_the_way)
{
    board b;
    new_board(&b);
    df_node *label = df_input_of(b.g, "label", DF_INT32, df_shape(1, DF_M));
    df_node *z = b.letter['z' - 'a'];
    ck_assert_ptr_nonnull(df_d(df_sum(df_mul(df_one_hot(label, K), df_log(df_softmax(z, 0)))), z));
    ck_assert_int_eq(df_graph_status(b.g), DF_OK);
    ck_assert_ptr_null(df_d(z, label));
    ck_assert_int_eq(df_graph_status(b.g), DF_BAD_TYPE);
    df_graph_forgive(b.g);
    ck_assert_ptr_null(df_d(NULL, z));
    ck_assert_int_eq(df_graph_status(b.g), DF_BAD_CALL);
    df_graph *other = df_graph_new(DF_FLOAT64);
    df_graph_forgive(b.g);
    ck_assert_ptr_null(df_d(z, df_input(other, "z", df_shape(1))));
    ck_assert_int_eq(df_graph_status(b.g), DF_BAD_CALL);
    df_graph_free(other);
    df_graph_free(b.g);
}
END_TEST

/* ---- cost: linear in the nodes, and no deeper than the stack of a small thread --------------- */

typedef struct { df_graph *g; df_node *x, *w, *y; } chain;

static df_node *adds(chain *c, df_node *s, int i) { (void)i; return df_add(s, c->y); }
static df_node *loops(chain *c, df_node *s, int i) { (void)i; return df_tanh(df_mul(c->w, s)); }
static df_node *add_x(chain *c, df_node *s, int i) { (void)i; return df_add(s, c->x); }
static df_node *doubles(chain *c, df_node *s, int i)
{
    (void)c;
    return df_add(s, i < 500 ? s : c->y);
}
static df_node *horner(chain *c, df_node *s, int i)
{
    return df_add(df_mul(s, c->x), df_num(c->g, i));
}
static df_node *squares(chain *c, df_node *s, int i)
{
    (void)c, (void)i;
    return df_add(s, df_square(s));
}
static df_node *brackets(chain *c, df_node *s, int i) { return df_mul(s, df_offset(c->x, i)); }
static df_node *many_users(chain *c, df_node *s, int i)
{
    return df_add(s, df_tanh(df_scale(c->x, i)));
}
static df_node *quotients(chain *c, df_node *s, int i)
{
    return df_div(s, df_offset(df_square(c->y), i));
}
static df_node *views(chain *c, df_node *s, int i)
{
    (void)i;
    return df_neg(df_transpose(df_add(s, c->w)));
}

/* each: derived nodes a step, at most. */
static const struct {
    const char *what;
    df_node *(*step)(chain *c, df_node *s, int i);
    int steps, each;
} chains[] = {
    { "s + y", adds, 100000, 2 },
    { "tanh(w*s)", loops, 4000, 12 },
    { "s + x", add_x, 4000, 2 },
    { "s + s", doubles, 4000, 4 },
    { "s*x + i", horner, 2000, 8 },
    { "s + s**2", squares, 2000, 12 },
    { "s*(x + i)", brackets, 1000, 8 },
    { "s + tanh(i*x)", many_users, 10000, 14 },
    { "s/(y**2 + i)", quotients, 1000, 8 },
    { "-(s + w).T", views, 20000, 8 },
};

static void small_stack(void)
{
    struct rlimit r;
    ck_assert(getrlimit(RLIMIT_STACK, &r) == 0);
    r.rlim_cur = 256 * 1024;
    ck_assert(setrlimit(RLIMIT_STACK, &r) == 0);
}

START_TEST(a_long_chain_is_derived_in_linear_size_on_a_small_stack)
{
    small_stack();
    chain c = { .g = df_graph_new(DF_FLOAT64) };
    c.x = df_input(c.g, "x", df_shape(1, DF_M));
    c.y = df_input(c.g, "y", df_shape(1, DF_M));
    c.w = df_param(c.g, "w", df_shape(1, 1));
    df_node *s = chains[_i].step == views ? c.w : c.x;
    for (int i = 0; i < chains[_i].steps; i++)
        s = chains[_i].step(&c, s, i);
    int64_t n = c.g->n_nodes;
    bool by_w = chains[_i].step == loops || chains[_i].step == views;
    df_node *d = df_d(df_mean(s), by_w ? c.w : c.x);
    ck_assert_msg(d != NULL, "%s", df_graph_error(c.g));
    int64_t made = c.g->n_nodes - n, bound = (int64_t)chains[_i].each * chains[_i].steps + 100;
    ck_assert_msg(made <= bound, "%s: %lld nodes for %d steps", chains[_i].what, (long long)made,
                  chains[_i].steps);
    ck_assert(live_nodes(d) <= bound + n);
    df_graph_free(c.g);
}
END_TEST

/* ---- random graphs --------------------------------------------------------------------------- */

enum { STEPS = 14, LEAVES = 6, POOL = LEAVES + STEPS };

typedef struct {
    df_graph *g;
    df_node *pool[POOL];
    double v[LEAVES][K * M];
    evaluation e;
    int n;
} random_graph;

static uint64_t state;

static int pick(int n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int)((state >> 33) % (uint64_t)n);
}

static double uniform(double low, double high)
{
    return low + (high - low) * pick(1 << 20) / (1 << 20);
}

static df_node *one_plus_square(df_node *x) { return df_offset(df_square(x), 1); }
static df_node *over(df_node *a, df_node *b) { return df_div(a, one_plus_square(b)); }
static df_node *gaussian(df_node *x) { return df_exp(df_neg(df_square(x))); }
static df_node *log_of(df_node *x) { return df_log(one_plus_square(x)); }
static df_node *root_of(df_node *x) { return df_sqrt(one_plus_square(x)); }
static df_node *one_less(df_node *x) { return df_one_minus(x); }
static df_node *halved(df_node *x) { return df_scale(x, 0.5); }
static df_node *by_hand(df_node *x) { return df_pow(df_offset(df_exp(df_neg(x)), 1), -1); }
static df_node *tanh_half(df_node *x)
{
    return df_scale(df_offset(df_tanh(df_scale(x, 0.5)), 1), 0.5);
}
static df_node *log_sigmoid(df_node *x) { return df_log(df_sigmoid(x)); }
static df_node *log_one_less(df_node *x) { return df_log(df_one_minus(df_sigmoid(x))); }
static df_node *softmax(df_node *x) { return df_softmax(x, 0); }
static df_node *lse(df_node *x) { return df_logsumexp_axis(x, 0); }
static df_node *summed(df_node *x) { return df_sum_axis(x, 0); }
static df_node *mean(df_node *x) { return df_mean_examples(x); }
static df_node *loss(df_node *a, df_node *b) { return df_sigmoid_cross_entropy(a, df_sigmoid(b)); }
static df_node *chosen(df_node *a, df_node *b) { return df_where(df_less(a, b), a, df_tanh(b)); }
static df_node *turned(df_node *a, df_node *b)
{
    return df_transpose(df_mul(df_transpose(a), df_sigmoid(df_transpose(b))));
}

static df_node *(*const unary[])(df_node *) = {
    df_neg, df_tanh, df_sigmoid, df_softplus, df_relu, df_square, gaussian, log_of, root_of,
    one_less, halved, by_hand, tanh_half, log_sigmoid, log_one_less, softmax, lse, summed, mean,
    df_abs,
};
static df_node *(*const binary[])(df_node *, df_node *) = {
    df_add, df_sub, df_mul, df_mul, over, df_max, loss, chosen, turned,
};

/* A scalar of random steps from a few leaves, by seed; ops that do not fit their operands' shapes
 * are left out. */
static df_node *grow(random_graph *r, uint64_t seed)
{
    static const df_dims shapes[] = { { 2, { K, DF_M } }, { 2, { K, DF_M } }, { 2, { 1, DF_M } },
                                      { 2, { K, 1 } },    { 1, { 1 } },       { 2, { K, DF_M } } };
    state = seed * 2654435761u + 88172645463325252u;
    *r = (random_graph){ .g = df_graph_new(DF_FLOAT64), .e = { .m = M } };
    for (int i = 0; i < LEAVES; i++) {
        char name[] = { 'x', (char)('0' + i), 0 };
        bool param = i == 3 || i == 4;
        r->pool[r->n++] = param ? df_param(r->g, name, shapes[i]) : df_input(r->g, name, shapes[i]);
        for (int k = 0; k < K * M; k++)
            r->v[i][k] = uniform(-2, 2);
        r->e.x[i] = r->pool[i];
        r->e.v[i] = r->v[i];
    }
    r->e.n = LEAVES;
    while (r->n < POOL) {
        df_node *a = r->pool[pick(r->n)], *b = r->pool[r->n - 1 - pick(r->n < 4 ? r->n : 4)];
        df_node *y = pick(2) ? unary[pick(COUNT(unary))](b) : binary[pick(COUNT(binary))](a, b);
        df_graph_forgive(r->g);
        if (y)
            r->pool[r->n++] = y;
    }
    df_node *J = df_sum(r->pool[POOL - 1]);
    for (int i = LEAVES; i < POOL - 1; i++)
        if (pick(4) == 0)
            J = df_add(J, df_mean(r->pool[i]));
    return J;
}

static bool is_close(double a, double b, double largest)
{
    return fabs(a - b) <= 1e-9 * (1 + fmax(fabs(b), largest));
}

/* The simplified derivative is the raw one, as graph and as copy; where that is finite,
 * at least. */
static void same_derivative(random_graph *r, df_node *J, df_node *x, uint64_t seed)
{
    df_node *d = df_d(J, x), *raw = df__derive(J, x, true);
    df__copy copy;
    ck_assert_msg(d && raw, "seed %d: %s", (int)seed, df_graph_error(r->g));
    ck_assert(df__dims_equal(d->dims, x->dims) && df__dims_equal(raw->dims, x->dims));
    ck_assert(df__simplify(r->g, &d, 1, false, &copy));
    double *u = evaluate(&r->e, raw), *v = evaluate(&r->e, d), *w = evaluate(&r->e, copy.image[0]),
           largest = 0;
    int64_t n = df__elements(x->dims, M);
    for (int64_t i = 0; i < n; i++)
        largest = isfinite(u[i]) ? fmax(largest, fabs(u[i])) : largest;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(u[i]) && !(is_close(v[i], u[i], largest) && is_close(w[i], u[i], largest))) {
            char *text = PRINT(DF_NUMPY, d), *before = PRINT(DF_NUMPY | DF_RAW, raw);
            ck_abort_msg("seed %d, by %s: %.17g became %.17g and %.17g\n%s\n%s", (int)seed,
                         df_name_of(x), u[i], v[i], w[i], before, text);
        }
    free(u), free(v), free(w);
    df__copy_free(&copy);
}

START_TEST(derivatives_of_random_graphs_keep_their_value)
{
    for (int k = 0; k < rounds(60); k++) {
        random_graph r;
        uint64_t seed = (uint64_t)(_i * 100000 + k);
        df_node *J = grow(&r, seed);
        for (int i = 0; i < LEAVES; i++)
            same_derivative(&r, J, r.pool[i], seed);
        df_graph_free(r.g);
    }
}
END_TEST

START_TEST(second_derivatives_of_random_graphs_keep_their_value)
{
    for (int k = 0; k < rounds(30); k++) {
        random_graph r;
        uint64_t seed = (uint64_t)(_i * 100000 + 50000 + k);
        df_node *J = grow(&r, seed), *d = df_d(J, r.pool[pick(LEAVES)]);
        for (int i = 0; i < LEAVES; i++)
            same_derivative(&r, df_sum(df_mul(d, d)), r.pool[i], seed);
        df_graph_free(r.g);
    }
}
END_TEST

/* In float, that is every value rounded to one: how often the simplified derivative is more than
 * twice as far from the truth as the raw one, 2 ulp being forgiven, or is no number where that is
 * one. */
typedef struct { int all, worse, lost; } tally;

static void compare_in_float(random_graph *r, df_node *raw, df_node *y, tally *t)
{
    double *truth = evaluate(&r->e, raw), largest = 0;
    r->e.round = true;
    double *u = evaluate(&r->e, raw), *v = evaluate(&r->e, y);
    r->e.round = false;
    int64_t n = df__elements(raw->dims, M);
    for (int64_t i = 0; i < n; i++)
        largest = isfinite(truth[i]) ? fmax(largest, fabs(truth[i])) : largest;
    for (int64_t i = 0; i < n; i++) {
        if (!isfinite(truth[i]))
            continue;
        double slack = 2 * 1.2e-7 * fabs(truth[i]) + 1e-12 * largest;
        double of_u = fabs(u[i] - truth[i]) + slack, of_v = fabs(v[i] - truth[i]) + slack;
        t->all++;
        t->lost += isfinite(u[i]) && !isfinite(v[i]);
        t->worse += of_v > 2 * of_u;
    }
    free(truth), free(u), free(v);
}

static const double spreads[] = { 1, 4, 16 };

START_TEST(simplified_derivatives_are_as_accurate_as_raw_ones)
{
    tally ring = { 0 }, all = { 0 };
    for (int k = 0; k < rounds(100); k++) {
        random_graph r;
        df_node *J = grow(&r, (uint64_t)(700000 + 1000 * _i + k));
        for (int i = 0; i < LEAVES * K * M; i++)
            (&r.v[0][0])[i] *= spreads[_i];
        for (int i = 0; i < LEAVES; i++) {
            df_node *d = df_d(J, r.pool[i]), *raw = df__derive(J, r.pool[i], true);
            df__copy copy;
            ck_assert(df__simplify(r.g, &d, 1, false, &copy));
            compare_in_float(&r, raw, d, &ring);
            compare_in_float(&r, raw, copy.image[0], &all);
            df__copy_free(&copy);
        }
        df_graph_free(r.g);
    }
    ck_assert_msg(ring.worse <= ring.all / 100 + 2, "%d of %d are worse", ring.worse, ring.all);
    ck_assert_msg(all.worse <= all.all / 100 + 2, "%d of %d are worse", all.worse, all.all);
    ck_assert_int_eq(ring.lost + all.lost, 0);
}
END_TEST

START_TEST(the_same_graph_is_always_derived_alike)
{
    for (int k = 0; k < rounds(20); k++) {
        char *text[2];
        for (int again = 0; again < 2; again++) {
            random_graph r;
            void *elsewhere = malloc((size_t)(again * 100000 + 1));
            df_node *J = grow(&r, (uint64_t)k);
            text[again] = PRINT(DF_NUMPY, df_d(J, r.pool[0]));
            df_graph_free(r.g);
            free(elsewhere);
        }
        ck_assert_str_eq(text[0], text[1]);
        free(text[0]), free(text[1]);
    }
}
END_TEST

TESTS(
    ROWS(a_loss_has_the_derivative_of_the_textbook, COUNT(table)),
    TEST(slices_and_concatenations_of_sigmoids_give_A_minus_Y),
    TEST(what_J_does_not_depend_on_has_a_derivative_of_zeros),
    TEST(the_same_question_has_the_same_answer_and_makes_nothing),
    ROWS(a_node_that_rules_would_take_away_can_be_asked_for, COUNT(asked)),
    TEST(an_adjoint_that_two_operands_use_is_calculated_once),
    ROWS(derivatives_of_every_order_stay_small, 2),
    TEST(a_hessian_vector_product_costs_two_gradients),
    TEST(the_mean_stands_at_the_sums_and_strictly_at_the_examples),
    TEST(what_has_no_derivative_is_refused_only_on_the_way),
    ROWS(a_long_chain_is_derived_in_linear_size_on_a_small_stack, COUNT(chains)),
    ROWS(derivatives_of_random_graphs_keep_their_value, 4),
    ROWS(second_derivatives_of_random_graphs_keep_their_value, 4),
    ROWS(simplified_derivatives_are_as_accurate_as_raw_ones, COUNT(spreads)),
    TEST(the_same_graph_is_always_derived_alike),
)
