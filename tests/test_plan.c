/* test_plan.c -- plans as text; and every kind of step, of any shape, against a slow evaluation
 *
 * SPDX-License-Identifier: MIT */
#include "comma.h"
#include "graphs.h"

/* ---- every shape ------------------------------------------------------------------------- */

/* y alone, for some m and tile, is what the slow evaluation gives. */
static void check_node(const char *what, df_node *y, dice *d)
{
    df_graph *g = df_graph_of(y);
    const int64_t ms[] = { 1, 2, 17, 50 };
    int64_t m = ms[roll(d, COUNT(ms))];
    df_input(g, "m_of_all", df_shape(DF_M));
    given *v = given_new(g, m, d, -2, 2);
    df_program *p = compiled(g, &y, 1,
                             &(df_options){ .cache_bytes = 1, .threads = 1 + (int)roll(d, 2) });
    double **r = run_given(p, v, &y, 1), *e = expected(v, y);
    check_close(what, y, r[0], e, elements_of(y, m), tolerance(g->real));
    free(e);
    run_free(r, 1);
    given_free(v);
}

/* 1 .. 5 axes' worth of sizes, m at any place or nowhere. */
static df_dims any_shape(dice *d, int rank, bool with_m)
{
    df_dims s = { .rank = rank };
    for (int j = 0; j < rank; j++)
        s.size[j] = (int64_t)(roll(d, 4) ? 1 + roll(d, 5) : 1);
    if (with_m)
        s.size[roll(d, (uint64_t)rank)] = DF_M;
    return s;
}

static df_graph *new_graph(int i)
{
    return df_graph_new(i % 2 ? DF_FLOAT64 : DF_FLOAT32);
}

static df_node *leaf(df_graph *g, const char *name, df_dims s, dice *d)
{
    return df__has_m(s) || roll(d, 2) ? df_input(g, name, s) : df_param(g, name, s);
}

START_TEST(contractions_of_any_letters_are_right)
{
    for (int i = 0; i < rounds(300); i++) {
        df_graph *g = new_graph(i);
        dice d = { 1000 + (uint64_t)(_i * 100000 + i), 0 };
        int letters = 2 + (int)roll(&d, 5), rank[3] = { 0 };
        int8_t of[3][DF_RANK];
        df_dims s[2] = { { 0 }, { 0 } };
        int64_t m_letter = _i ? 1 + (int64_t)roll(&d, (uint64_t)letters) : 0;
        for (int l = 1; l <= letters; l++) {
            int64_t size = l == m_letter ? DF_M : (int64_t)(1 + roll(&d, 5));
            unsigned in = 1 + (unsigned)roll(&d, 7);             /* bits: a, b, y */
            if (in == 1 || in == 2 || in == 4)
                size = 1;
            for (int k = 0; k < 3; k++)
                if (in >> k & 1)
                    of[k][rank[k]++] = (int8_t)l;
            for (int k = 0; k < 2; k++)
                if (in >> k & 1)
                    s[k].size[s[k].rank++] = size;
        }
        for (int k = 0; k < 3; k++)                              /* in any order */
            for (int j = rank[k] - 1; j > 0; j--) {
                int to = (int)roll(&d, (uint64_t)j + 1);
                int8_t was = of[k][j];
                of[k][j] = of[k][to], of[k][to] = was;
                if (k == 2)
                    continue;
                int64_t size = s[k].size[j];
                s[k].size[j] = s[k].size[to], s[k].size[to] = size;
            }
        if (rank[0] && rank[1] && rank[2]) {
            df_node *a = leaf(g, "a", s[0], &d), *b = leaf(g, "b", s[1], &d);
            df_node *y = df_contract(a, b, of[0], of[1], of[2], rank[2]);
            ck_assert_msg(y != NULL, "seed %d: %s", i, df_graph_error(g));
            df_node *forms[] = { y, df_scale(y, -1.5), df_add(df_num(g, 2), y),
                                 df_mul(df_sum(b), y), df_tanh(y) };
            check_node("contraction", forms[roll(&d, COUNT(forms))], &d);
        }
        df_graph_free(g);
    }
}
END_TEST

START_TEST(reductions_over_any_axes_are_right)
{
    const df_op *const ops[] = { &df__op_sum, &df__op_max_axis, &df__op_min_axis };
    for (int i = 0; i < rounds(300); i++) {
        df_graph *g = new_graph(i);
        dice d = { 2000 + (uint64_t)(_i * 100000 + i), 0 };
        df_dims s = any_shape(&d, 1 + (int)roll(&d, 4), _i);
        df_node *x = leaf(g, "x", s, &d);
        int64_t axes = 1 + (int64_t)roll(&d, ((uint64_t)1 << s.rank) - 1);
        bool to_number = roll(&d, 4) == 0;
        df_attr attr = { .i = { to_number ? ((int64_t)1 << s.rank) - 1 : axes, to_number } };
        df_node *y = df_apply(ops[roll(&d, COUNT(ops))], &x, 1, &attr);
        ck_assert_msg(y != NULL, "seed %d: %s", i, df_graph_error(g));
        check_node("reduction", y, &d);
        df_graph_free(g);
    }
}
END_TEST

/* Which of three operands stretch along which axes: all patterns of up to four axes come in time.
 */
START_TEST(operands_stretch_along_any_axes)
{
    for (int i = 0; i < rounds(400); i++) {
        df_graph *g = new_graph(i);
        dice d = { 3000 + (uint64_t)(_i * 100000 + i), 0 };
        df_dims s = any_shape(&d, 1 + (int)roll(&d, 4), _i);
        df_node *x[3];
        const char *names[] = { "a", "b", "c" };
        for (int k = 0; k < 3; k++) {
            df_dims t = s;
            for (int j = 0; j < t.rank; j++)
                t.size[j] = roll(&d, 2) ? 1 : t.size[j];
            x[k] = leaf(g, names[k], roll(&d, 6) ? t : df_shape(1), &d);
        }
        df_node *forms[] = { df_add(x[0], x[1]), df_where(df_sub(x[0], x[1]), x[1], x[2]),
                             df_broadcast(x[0], s), df_mul(df_add(x[0], x[1]), df_tanh(x[2])),
                             df_matmul(df_broadcast(x[0], s), x[1]) };
        df_graph_forgive(g);
        df_node *y = forms[roll(&d, COUNT(forms))];
        if (y)
            check_node("stretching", y, &d);
        df_graph_free(g);
    }
}
END_TEST

START_TEST(axes_may_go_in_any_order)
{
    for (int i = 0; i < rounds(300); i++) {
        df_graph *g = new_graph(i);
        dice d = { 4000 + (uint64_t)(_i * 100000 + i), 0 };
        df_dims s = any_shape(&d, 1 + (int)roll(&d, 4), _i);
        df_attr attr = { 0 };
        for (int j = 0; j < s.rank; j++)
            attr.axes[0][j] = (int8_t)j;
        for (int j = s.rank - 1; j > 0; j--) {
            int to = (int)roll(&d, (uint64_t)j + 1);
            int8_t was = attr.axes[0][j];
            attr.axes[0][j] = attr.axes[0][to], attr.axes[0][to] = was;
        }
        df_node *x = leaf(g, "x", s, &d), *y = df_apply(&df__op_transpose, &x, 1, &attr);
        df_node *forms[] = { y, df_tanh(y), df_sum_axis(y, -1),
                             df_add(y, df_apply(&df__op_transpose, &x, 1, &attr)) };
        ck_assert_msg(y != NULL, "seed %d: %s", i, df_graph_error(g));
        check_node("transpose", forms[roll(&d, COUNT(forms))], &d);
        df_graph_free(g);
    }
}
END_TEST

START_TEST(ops_along_any_axis_are_right)
{
    for (int i = 0; i < rounds(200); i++) {
        df_graph *g = new_graph(i);
        dice d = { 5000 + (uint64_t)(_i * 100000 + i), 0 };
        df_dims s = any_shape(&d, 1 + (int)roll(&d, 4), _i), one = s;
        int axis = (int)roll(&d, (uint64_t)s.rank);
        if (s.size[axis] == DF_M || s.size[axis] < 3)
            s.size[axis] = 3;
        one.size[axis] = 1;
        df_node *z = leaf(g, "z", s, &d), *t = df_input_of(g, "t", DF_INT64, one);
        df_node *forms[] = { df_softmax(z, axis), df_logsumexp_axis(z, axis),
                             df_softmax_cross_entropy(z, t, axis), df_float(t),
                             df_sum_axis(df_softmax(z, axis), 0) };
        ck_assert_msg(df_graph_status(g) == DF_OK, "seed %d: %s", i, df_graph_error(g));
        check_node("along an axis", forms[roll(&d, COUNT(forms))], &d);
        df_graph_free(g);
    }
}
END_TEST

/* ---- listings ---------------------------------------------------------------------------- */

/* A two-layer network in columns or rows. */
static df_program *network(df_graph *g, bool rows)
{
    df_node *X, *Y, *W1 = df_param(g, "W1", df_shape(4, 2)),
                    *W2 = df_param(g, "W2", df_shape(1, 4)), *Z1, *A1, *Z2;
    if (rows) {
        X = df_input(g, "X", df_shape(DF_M, 2)), Y = df_input(g, "Y", df_shape(DF_M, 1));
        Z1 = df_add_bias(df_matmul(X, df_transpose(W1)), df_param(g, "b1", df_shape(1, 4)));
        A1 = df_tanh(Z1);
        Z2 = df_add_bias(df_matmul(A1, df_transpose(W2)), df_param(g, "b2", df_shape(1, 1)));
    } else {
        X = df_input(g, "X", df_shape(2, DF_M)), Y = df_input(g, "Y", df_shape(1, DF_M));
        Z1 = df_add_bias(df_matmul(W1, X), df_param(g, "b1", df_shape(4, 1)));
        A1 = df_tanh(Z1);
        Z2 = df_add_bias(df_matmul(W2, A1), df_param(g, "b2", df_shape(1, 1)));
    }
    df_node *J = df_name(df_cost(df_cross_entropy(df_name(df_sigmoid(Z2), "A2"), Y)), "J");
    df_name(Z1, "Z1"), df_name(A1, "A1"), df_name(Z2, "Z2");
    df_node *y[] = { J, df_sgd(J, df_num(g, 0.1), NULL) };
    return compiled(g, y, 2, NULL);
}

static df_program *columns(df_graph *g) { return network(g, false); }

static df_program *variance(df_graph *g)
{
    df_node *X = df_input(g, "X", df_shape(3, DF_M)), *mu = df_name(df_mean_examples(X), "mu");
    df_node *C = df_name(df_sub(X, mu), "C"), *V = df_name(df_mean_examples(df_square(C)), "V");
    return compiled(g, (df_node *[]){ C, V }, 2, NULL);
}

static df_program *updates(df_graph *g)
{
    df_node *a = df_param(g, "a", df_shape(2)), *b = df_param(g, "b", df_shape(2)),
            *n = df_state(g, "n", df_shape(1));
    df_node *y[] = { df_update(a, b), df_update(b, a), df_update(n, df_offset(n, 1)), n };
    return compiled(g, y, 4, NULL);
}

/* The same with a step for each node. */
static df_program *by_node(df_graph *g)
{
    g->step_by_node = true;
    return network(g, false);
}

/* Widths and bytes, which depend on tuning, are left out. */
static const struct { df_program *(*of)(df_graph *g); const char *text; } listing[] = {
    { columns,
      "before:\n"
      "t0 (1) = pow m\n"
      "pass 1:\n"
      "Z1 (4 x m) = product.T X, W1, b1\n"
      "A1 (4 x m) = tanh Z1\n"
      "Z2 (1 x m) = product A1, W2, b2\n"
      "t12 (1 x m) = sigmoid(z)-t Z2, Y\n"
      "t15 (4 x m) = product t12, W2\n"
      "t16 (4 x m) = d*(1-a**2) t15, A1\n"
      "t17 (4 x 2) = product t16, X, t0\n"
      "t18 (1 x 4) = product t12, A1, t0\n"
      "t19 (4 x 1) = sum t16, t0\n"
      "t20 (1 x 1) = sum t12, t0\n"
      "t21 (1 x m) = sigmoid_cross_entropy Z2, Y\n"
      "J (1) = sum t21, t0\n"
      "at the end, in place:\n"
      "W1 (4 x 2) = x-s*d W1, 0.1, t17\n"
      "W2 (1 x 4) = x-s*d W2, 0.1, t18\n"
      "b1 (4 x 1) = x-s*d b1, 0.1, t19\n"
      "b2 (1 x 1) = x-s*d b2, 0.1, t20\n" },
    { by_node,
      "before:\n"
      "t0 (1) = pow m\n"
      "pass 1:\n"
      "t2 (4 x m) = product.T X, W1\n"
      "b1 (4 x 1) = repeat b1\n"
      "Z1 (4 x m) = add t2, b1\n"
      "A1 (4 x m) = tanh Z1\n"
      "t11 (1 x m) = product A1, W2\n"
      "Z2 (1 x m) = add t11, b2\n"
      "A2 (1 x m) = sigmoid Z2\n"
      "t16 (1 x m) = sub A2, Y\n"
      "t19 (4 x m) = product t16, W2\n"
      "t20 (4 x m) = pow A1\n"
      "t21 (4 x m) = sub 1, t20\n"
      "t23 (4 x m) = mul t19, t21\n"
      "t24 (4 x 2) = product t23, X\n"
      "t25 (1 x 4) = product t16, A1\n"
      "t26 (4 x 1) = sum t23\n"
      "t27 (1 x 1) = sum t16\n"
      "t28 (1 x m) = sigmoid_cross_entropy Z2, Y\n"
      "t29 (1) = sum t28\n"
      "after it:\n"
      "t30 (4 x 2) = mul t0, t24\n"
      "t31 (4 x 2) = mul 0.1, t30\n"
      "t33 (1 x 4) = mul t0, t25\n"
      "t34 (1 x 4) = mul 0.1, t33\n"
      "t35 (4 x 1) = mul t0, t26\n"
      "t36 (4 x 1) = mul 0.1, t35\n"
      "t37 (1 x 1) = mul t0, t27\n"
      "t38 (1 x 1) = mul 0.1, t37\n"
      "J (1) = mul t0, t29\n"
      "at the end, in place:\n"
      "W1 (4 x 2) = sub W1, t31\n"
      "W2 (1 x 4) = sub W2, t34\n"
      "b1 (4 x 1) = sub b1, t36\n"
      "b2 (1 x 1) = sub b2, t38\n" },
    { variance,
      "before:\n"
      "t0 (1) = pow m\n"
      "pass 1:\n"
      "mu (3 x 1) = sum X, t0\n"
      "pass 2:\n"
      "mu (3 x 1) = repeat mu\n"
      "C (3 x m) = sub X, mu\n"
      "t7 (3 x m) = pow C\n"
      "V (3 x 1) = sum t7, t0\n"
      "C to the caller's array\n" },
    { updates,
      "before:\n"
      "n (1) = copy n\n"
      "b (2) = copy b\n"
      "a (2) = copy a\n"
      "at the end, in place:\n"
      "n (1) = add n, 1\n"
      "then, all together:\n"
      "a = b\n"
      "b = a\n" },
};

/* One blank for many, and no bytes. */
static void add_line(char *text, const char *line)
{
    const char *end = strstr(line, "  tile +"),
               *ends[] = { "  sum +", "  global +", "  batch +", "  parameter", ", for each tile" };
    for (int i = 0; !end && i < (int)COUNT(ends); i++)
        end = strstr(line, ends[i]);
    char *to = text + strlen(text);
    for (const char *c = line; *c && *c != '\n' && c != end; c++)
        if (*c != ' ' || (to[-(to > text)] != '\n' && to > text && to[-1] != ' '))
            *to++ = *c;
    while (to > text && to[-1] == ' ')
        to--;
    strcpy(to, strstr(line, ", for each tile") ? ":\n" : "\n");
}

START_TEST(a_decimal_comma_of_the_program_leaves_a_listing_as_it_is)
{
    char text[4096] = "";
    use_decimal_comma();
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *x = df_input(g, "x", df_shape(DF_M));
    df_program *p = df_compile(g, df_sum(df_exp(df_max(x, df_num(g, 0.5)))));
    FILE *f = fmemopen(text, sizeof text, "w");
    ck_assert(df_print_plan(f, p));
    fclose(f);
    ck_assert_msg(strstr(text, "0.5") && !strstr(text, "0,5"), "%s", text);
    df_graph_free(g);
}
END_TEST

START_TEST(a_plan_lists_its_steps)
{
    char text[4096] = "", line[256];
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_program *p = listing[_i].of(g);
    FILE *f = tmpfile();
    ck_assert(df_print_plan(f, p));
    rewind(f);
    ck_assert(fgets(line, sizeof line, f) && strncmp(line, "plan: ", 6) == 0);
    while (fgets(line, sizeof line, f))
        add_line(text, line);
    ck_assert_str_eq(text, listing[_i].text);
    fclose(f);
    ck_assert(!df_print_plan(NULL, p) && !df_print_plan(stdout, NULL));
    df_graph_free(g);
}
END_TEST

/* The same operand: a source of that name, or a slot of that number. */
static bool same_slot(const df__plan *p, int a, const df__plan *q, int b)
{
    if (a < 0 || b < 0 || p->slot[a].place != DF_OUTSIDE)
        return a == b;
    return strcmp(df_name_of(p->slot[a].node), df_name_of(q->slot[b].node)) == 0;
}

START_TEST(rows_and_columns_make_the_same_plan)
{
    df_graph *g = df_graph_new(DF_FLOAT32), *h = df_graph_new(DF_FLOAT32);
    const df__plan *p = network(g, false)->plan, *q = network(h, true)->plan;
    ck_assert_int_eq(p->n_steps, q->n_steps);
    ck_assert(p->tile == q->tile && p->chunks == q->chunks && p->global_bytes == q->global_bytes);
    for (int64_t i = 0; i < p->n_steps; i++) {
        const df__step *s = &p->step[i], *t = &q->step[i];
        ck_assert_str_eq(s->name, t->name);
        ck_assert(s->run == t->run && same_slot(p, s->y, q, t->y) &&
                  p->slot[s->y].offset == q->slot[t->y].offset);
        bool as_is = same_slot(p, s->x[0], q, t->x[0]) && same_slot(p, s->x[1], q, t->x[1]);
        ck_assert(as_is ||
                  (same_slot(p, s->x[0], q, t->x[1]) && same_slot(p, s->x[1], q, t->x[0])));
    }
    df_graph_free(g);
    df_graph_free(h);
}
END_TEST

/* Who asks for the gradient of the data gets it; nobody else pays for it. */
START_TEST(the_gradient_of_the_data_is_computed_only_if_asked_for)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    int64_t products[2] = { 0 };
    const df__plan *plan = network(g, false)->plan;
    df_node *J = df_find(g, "J"), *y[] = { J, df_d(J, df_find(g, "W1")), df_d(J, df_find(g, "X")) };
    for (int k = 0; k < 2; k++, plan = compiled(g, y, 3, NULL)->plan)
        for (int64_t i = 0; i < plan->n_steps; i++)
            products[k] += strstr(plan->step[i].name, "product") != NULL;
    ck_assert_int_eq(products[0], 5);                            /* Z1, Z2, dZ1, dW1, dW2 */
    ck_assert_int_eq(products[1], 5);                            /* Z1, Z2, dZ1, dW1, dX */
    df_graph_free(g);
}
END_TEST

/* Networks n-h-k: J, its gradients, the loss of each example. narrow: no product has more than 128
 * weights. */
static const struct { int n, h, k; bool narrow; } nets[] = {
    { 2, 4, 1, true },  { 1, 1, 1, true },   { 3, 5, 2, true },    { 8, 16, 1, true },
    { 4, 2, 3, true },  { 7, 9, 9, true },   { 16, 8, 16, true },  { 30, 16, 1, false },
    { 5, 40, 1, false },
};
enum { NET_OUTPUTS = 6 };

static void make_net(df_graph *g, int i, df_node *y[NET_OUTPUTS])
{
    int n = nets[i].n, h = nets[i].h, k = nets[i].k;
    df_node *X = df_input(g, "X", df_shape(n, DF_M)), *Y = df_input(g, "Y", df_shape(k, DF_M));
    df_node *W1 = df_param(g, "W1", df_shape(h, n)), *b1 = df_param(g, "b1", df_shape(h, 1));
    df_node *W2 = df_param(g, "W2", df_shape(k, h)), *b2 = df_param(g, "b2", df_shape(1));
    df_node *A1 = df_tanh(df_add(df_matmul(W1, X), b1)), *Z2 = df_add(df_matmul(W2, A1), b2);
    df_node *L = df_sum_axis(df_sigmoid_cross_entropy(Z2, Y), 0), *J = df_cost(L);
    y[0] = J, y[1] = L;
    y[2] = df_d(J, W1), y[3] = df_d(J, b1), y[4] = df_d(J, W2), y[5] = df_d(J, b2);
}

/* Examples that were copied first, each by its number, give the same bits. */
static void check_picked(df_program *p, int64_t m, const df_node *J, double was)
{
    int64_t which[100];
    ck_assert_int_le(m, (int64_t)COUNT(which));
    for (int64_t i = 0; i < m; i++)
        which[i] = i;
    ck_assert_msg(df_run_pick(p, which, m), "%s", df_program_error(p));
    ck_assert_double_eq(df_value(p, J), was);
}

/* For some m, below and above the width of a vector, in one tile and in several. */
static void check_net(df_graph *g, int i, bool by_node)
{
    static const int64_t ms[] = { 1, 15, 16, 17, 40, 100 };
    df_node *y[NET_OUTPUTS];
    make_net(g, i, y);
    g->step_by_node = by_node;
    for (size_t k = 0; k < COUNT(ms); k++) {
        dice d = { 7000 + k, 0 };
        given *v = given_new(g, ms[k], &d, -1, 1);
        df_program *p = compiled(g, y, NET_OUTPUTS,
                                 &(df_options){ .cache_bytes = k % 2, .threads = 1 + k % 2 });
        ck_assert_int_eq(p->plan->by_element != NULL, nets[i].narrow && !by_node);
        double **r = run_given(p, v, y, NET_OUTPUTS);
        ck_assert_int_eq(p->cut.by_element, nets[i].narrow && !by_node && ms[k] >= 16);
        for (int j = 0; j < NET_OUTPUTS; j++) {
            double *e = expected(v, y[j]);
            check_close("network", y[j], r[j], e, elements_of(y[j], ms[k]), tolerance(g->real));
            free(e);
        }
        check_picked(p, ms[k], y[0], r[0][0]);
        run_free(r, NET_OUTPUTS);
        given_free(v);
    }
}

START_TEST(tiles_of_narrow_networks_lie_by_element)
{
    for (int i = 0; i < 2; i++) {
        df_graph *g = new_graph(i);
        check_net(g, _i, false);
        df_graph_free(g);
    }
}
END_TEST

START_TEST(a_step_for_each_node_gives_the_same)
{
    df_graph *g = new_graph(1);
    check_net(g, _i, true);
    df_graph_free(g);
}
END_TEST

/* d of y's values by x, all in one step of that name, or not: an inner node that is asked for has
 * its own. */
static const struct { const char *model, *step; bool fused; } fusions[] = {
    { "y = d*(1 - a**2)", "d*(1-a**2)", true },
    { "y = (1 - a**2)*d", "d*(1-a**2)", true },
    { "y = d*(1 - a**3)", "d*(1-a**2)", false },
    { "y = d*(2 - a**2)", "d*(1-a**2)", false },
    { "y = d*(1 - a**2) + a**2", "d*(1-a**2)", false },
    { "y = d*(a*(1 - a))", "d*a*(1-a)", true },
    { "y = a*(1 - a)*d", "d*a*(1-a)", true },
    { "y = d*(c*(1 - a))", "d*a*(1-a)", false },
    { "y = sigmoid(a) - d", "sigmoid(z)-t", true },
    { "y = d - sigmoid(a)", "sigmoid(z)-t", false },
};

START_TEST(maps_that_nobody_else_uses_are_one_step)
{
    char text[256];
    snprintf(text, sizeof text, "input a (3, m)\ninput c (3, m)\ninput d (3, m)\n%s\n",
             fusions[_i].model);
    for (int i = 0; i < 2; i++) {
        df_graph *g = new_graph(i);
        dice d = { 8000, 0 };
        ck_assert_msg(df_parse(g, text), "%s", df_graph_error(g));
        df_node *y = df_find(g, "y");
        const df__plan *plan = compiled(g, &y, 1, NULL)->plan;
        bool found = false;
        for (int64_t k = 0; k < plan->n_steps; k++)
            found = found || strcmp(plan->step[k].name, fusions[_i].step) == 0;
        ck_assert_int_eq(found, fusions[_i].fused);
        check_node("fusion", y, &d);
        df_graph_free(g);
    }
}
END_TEST

TESTS(
    ROWS(tiles_of_narrow_networks_lie_by_element, COUNT(nets)),
    ROWS(a_step_for_each_node_gives_the_same, COUNT(nets)),
    ROWS(maps_that_nobody_else_uses_are_one_step, COUNT(fusions)),
    ROWS(a_plan_lists_its_steps, COUNT(listing)),
    TEST_IF(a_decimal_comma_of_the_program_leaves_a_listing_as_it_is, HAVE_COMMA),
    TEST(rows_and_columns_make_the_same_plan),
    TEST(the_gradient_of_the_data_is_computed_only_if_asked_for),
    ROWS(contractions_of_any_letters_are_right, 2),
    ROWS(reductions_over_any_axes_are_right, 2),
    ROWS(operands_stretch_along_any_axes, 2),
    ROWS(axes_may_go_in_any_order, 2),
    ROWS(ops_along_any_axis_are_right, 2),
)
