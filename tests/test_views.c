/* test_views.c -- views and selections against loops over indices; and what they refuse
 *
 * SPDX-License-Identifier: MIT */
#include "graphs.h"

enum { M = 5 };

/* ---- elements that are elsewhere ------------------------------------------------------------- */

/* The sizes of an array, m as a number. */
typedef struct { int rank; int64_t size[DF_RANK]; } sizes;

static sizes sizes_of(df_dims s, int64_t m)
{
    sizes z = { .rank = s.rank };
    for (int j = 0; j < s.rank; j++)
        z.size[j] = s.size[j] == DF_M ? m : s.size[j];
    return z;
}

static int64_t number(sizes s, const int64_t *i)
{
    int64_t at = 0;
    for (int j = 0; j < s.rank; j++)
        at = at * s.size[j] + i[j];
    return at;
}

static void index_of(sizes s, int64_t at, int64_t *i)
{
    for (int j = s.rank - 1; j >= 0; j--) {
        i[j] = at % s.size[j];
        at /= s.size[j];
    }
}

static df_dims dims_of(const char *shape)
{
    df_dims s = { .rank = (int)strlen(shape) };
    for (int j = 0; j < s.rank; j++)
        s.size[j] = shape[j] == 'm' ? DF_M : shape[j] - '0';
    return s;
}

/* A call, and where in x, in C order, the element i of y comes from; -1: it is 0. */
typedef df_node *call(df_node *x);
typedef int64_t origin(const int64_t *i, sizes y, sizes x);

static int64_t same_number(const int64_t *i, sizes y, sizes x)
{
    (void)x;
    return number(y, i);
}

static df_node *to_22m3(df_node *x) { return df_reshape(x, dims_of("22m3")); }
static df_node *to_14m3(df_node *x) { return df_reshape(x, dims_of("14m3")); }
static df_node *to_26(df_node *x) { return df_reshape(x, dims_of("26")); }
static df_node *to_m3221(df_node *x) { return df_reshape(x, dims_of("m3221")); }
static df_node *expanded(df_node *x) { return df_expand(x, -2); }

static int64_t flattened(const int64_t *i, sizes y, sizes x)
{
    (void)y;
    return x.rank == 2 ? i[1] * x.size[1] + i[0]
                       : number(x, (int64_t[]){ i[1] / x.size[2], i[0], i[1] % x.size[2] });
}

static df_node *last_first(df_node *x) { return df_moveaxis(x, -1, 0); }
static int64_t from_last_first(const int64_t *i, sizes y, sizes x)
{
    (void)y;
    return number(x, (int64_t[]){ i[1], i[2], i[0] });
}

static df_node *first_last(df_node *x) { return df_moveaxis(x, 0, 2); }
static int64_t from_first_last(const int64_t *i, sizes y, sizes x)
{
    (void)y;
    return number(x, (int64_t[]){ i[2], i[0], i[1] });
}

static df_node *turned(df_node *x) { return df_transpose_axes(x, 3, (int[]){ 1, -1, 0 }); }
static int64_t from_turned(const int64_t *i, sizes y, sizes x)
{
    (void)y;
    return number(x, (int64_t[]){ i[2], i[0], i[1] });
}

static int64_t at_axis(const int64_t *i, sizes x, int axis, int64_t place)
{
    int64_t j[DF_RANK];
    memcpy(j, i, sizeof j);
    j[axis] = place;
    return number(x, j);
}

static df_node *slice(df_node *x) { return df_slice(x, 0, 1, 2); }
static int64_t from_slice(const int64_t *i, sizes y, sizes x)
{
    (void)y;
    return at_axis(i, x, 0, i[0] + 1);
}

static df_node *backward(df_node *x) { return df_slice_step(x, -1, 3, 2, -3); }
static int64_t from_backward(const int64_t *i, sizes y, sizes x)
{
    return at_axis(i, x, y.rank - 1, 3 - 3 * i[y.rank - 1]);
}

static df_node *flip(df_node *x) { return df_flip(x, 0); }
static int64_t from_flip(const int64_t *i, sizes y, sizes x)
{
    return at_axis(i, x, 0, y.size[0] - 1 - i[0]);
}

static df_node *taken(df_node *x) { return df_take(x, -1, 1); }
static int64_t from_taken(const int64_t *i, sizes y, sizes x)
{
    (void)y;
    int64_t j[DF_RANK] = { 0 };
    for (int k = 0; k < x.rank - 1; k++)
        j[k] = i[k];
    j[x.rank - 1] = 1;
    return number(x, j);
}

static df_node *half(df_node *x) { return df_split(x, 0, 2, 1); }
static int64_t from_half(const int64_t *i, sizes y, sizes x)
{
    return at_axis(i, x, 0, i[0] + y.size[0]);
}

static df_node *tiled(df_node *x) { return df_tile(x, 0, 3); }
static int64_t from_tiled(const int64_t *i, sizes y, sizes x)
{
    (void)y;
    return at_axis(i, x, 0, i[0] % x.size[0]);
}

static df_node *padded(df_node *x) { return df_pad(x, 0, 2, 1); }
static int64_t from_padded(const int64_t *i, sizes y, sizes x)
{
    (void)y;
    return i[0] < 2 || i[0] >= 2 + x.size[0] ? -1 : at_axis(i, x, 0, i[0] - 2);
}

static df_node *spread(df_node *x) { return df_unslice(x, -1, 7, -2, 9); }
static int64_t from_spread(const int64_t *i, sizes y, sizes x)
{
    int64_t k = 7 - i[y.rank - 1];
    return k < 0 || k % 2 || k / 2 >= x.size[y.rank - 1] ? -1 : at_axis(i, x, y.rank - 1, k / 2);
}

static df_node *five(df_node *x) { return df_concat(0, x, df_flip(x, 0), x, x, x); }
static int64_t from_five(const int64_t *i, sizes y, sizes x)
{
    int64_t k = i[0] % x.size[0];
    (void)y;
    return at_axis(i, x, 0, i[0] / x.size[0] == 1 ? x.size[0] - 1 - k : k);
}

static df_node *stacked(df_node *x) { return df_stack(-1, x, x, x, x, x, x); }
static int64_t from_stacked(const int64_t *i, sizes y, sizes x)
{
    (void)y;
    return number(x, i);
}

static int64_t from_diag(const int64_t *i, sizes y, sizes x)
{
    int64_t j[DF_RANK];
    memcpy(j, i, sizeof j);
    j[y.rank] = i[y.rank - 1];
    return number(x, j);
}

static int64_t from_diag_matrix(const int64_t *i, sizes y, sizes x)
{
    return i[y.rank - 1] == i[y.rank - 2] ? number(x, i) : -1;
}

static df_node *lower(df_node *x) { return df_tril(x, 1); }
static int64_t from_lower(const int64_t *i, sizes y, sizes x)
{
    return i[y.rank - 1] <= i[y.rank - 2] + 1 ? number(x, i) : -1;
}

static df_node *upper(df_node *x) { return df_triu(x, 1); }
static int64_t from_upper(const int64_t *i, sizes y, sizes x)
{
    return i[y.rank - 1] >= i[y.rank - 2] + 1 ? number(x, i) : -1;
}

static const struct { call *f; const char *x, *y; origin *from; } views[] = {
    { to_26, "34", "26", same_number },
    { to_22m3, "4m3", "22m3", same_number },
    { to_14m3, "22m3", "14m3", same_number },
    { to_m3221, "m34", "m3221", same_number },
    { expanded, "3m", "31m", same_number },
    { expanded, "m", "1m", same_number },
    { df_flatten, "34", "", same_number },
    { df_flatten, "m34", "", same_number },
    { df_flatten, "m", "m1", same_number },
    { df_flatten, "3m2", "m6", flattened },
    { df_flatten, "3m", "m3", flattened },
    { last_first, "23m", "m23", from_last_first },
    { last_first, "m23", "3m2", from_last_first },
    { first_last, "m23", "23m", from_first_last },
    { first_last, "234", "342", from_first_last },
    { turned, "2m3", "m32", from_turned },
    { turned, "234", "342", from_turned },
    { slice, "4", "2", from_slice },
    { slice, "34", "24", from_slice },
    { slice, "3m", "2m", from_slice },
    { slice, "3m2", "2m2", from_slice },
    { backward, "4", "2", from_backward },
    { backward, "m4", "m2", from_backward },
    { backward, "2m34", "2m32", from_backward },
    { flip, "3", "3", from_flip },
    { flip, "3m", "3m", from_flip },
    { flip, "23m2", "23m2", from_flip },
    { taken, "3", "1", from_taken },
    { taken, "m3", "m", from_taken },
    { taken, "2m3", "2m", from_taken },
    { half, "43", "23", from_half },
    { half, "4m", "2m", from_half },
    { tiled, "2", "6", from_tiled },
    { tiled, "1m", "3m", from_tiled },
    { tiled, "2m3", "6m3", from_tiled },
    { padded, "3", "6", from_padded },
    { padded, "3m", "6m", from_padded },
    { padded, "2m3", "5m3", from_padded },
    { spread, "m3", "m9", from_spread },
    { spread, "4", "9", from_spread },
    { five, "2m", "", from_five },
    { stacked, "m3", "m36", from_stacked },
    { stacked, "2", "26", from_stacked },
    { df_diag, "33", "3", from_diag },
    { df_diag, "m33", "m3", from_diag },
    { df_diag, "2m44", "2m4", from_diag },
    { df_diag_matrix, "3", "33", from_diag_matrix },
    { df_diag_matrix, "m3", "m33", from_diag_matrix },
    { lower, "34", "34", from_lower },
    { lower, "m43", "m43", from_lower },
    { upper, "2m23", "2m23", from_upper },
};

/* In float and double, of one tile and of several, of data and of what is computed. */
START_TEST(each_element_is_the_one_that_it_should_be)
{
    for (int k = 0; k < 8; k++) {
        df_graph *g = df_graph_new(k & 1 ? DF_FLOAT64 : DF_FLOAT32);
        dice d = { .seed = 3 };
        df_node *x = df_input(g, "x", dims_of(views[_i].x));
        df_node *y = views[_i].f(k & 2 ? df_neg(x) : x);
        ck_assert_msg(y != NULL, "%s", df_graph_error(g));
        if (views[_i].y[0])
            ck_assert(df__dims_equal(df_shape_of(y), dims_of(views[_i].y)));
        given *v = given_new(g, M, &d, 1, 2);
        df_program *p = compiled(g, &y, 1, &(df_options){ .cache_bytes = k & 4 ? 1 : 0 });
        double **r = run_given(p, v, &y, 1);
        sizes from = sizes_of(x->dims, M), to = sizes_of(y->dims, M);
        double *c_order = malloc((size_t)df__elements(y->dims, M) * sizeof *c_order);
        ev_by_example(&v->e, y->dims, r[0], c_order, true);
        for (int64_t at = 0; at < df__elements(y->dims, M); at++) {
            int64_t i[DF_RANK] = { 0 }, place;
            index_of(to, at, i);
            place = views[_i].from(i, to, from);
            double want = place < 0 ? 0 : v->c_order[0][place];
            ck_assert_double_eq(c_order[at], k & 2 ? -want : want);
        }
        free(c_order);
        run_free(r, 1);
        given_free(v);
        df_graph_free(g);
    }
}
END_TEST

/* Whatever its shape, a number is one element in memory. */
START_TEST(views_of_numbers_are_numbers)
{
    df_graph *h = df_graph_new(DF_FLOAT32);
    df_node *x = df_input(h, "x", df_shape(DF_M, 2, 2));
    df_node *two = df_broadcast(df_num(h, 2), df_shape(DF_M, 4));
    df_node *wide = df_reshape(df_offset(df_zeros(h, df_shape(DF_M, 4)), 3), df_shape(DF_M, 2, 2));
    df_node *y = df_add(df_mul(df_reshape(two, df_shape(DF_M, 2, 2)), x), df_flip(wide, 2));
    df_node *z = df_sub(x, wide);
    df_program *p = df_compile(h, y, z);
    float at[12], out[2][12];
    for (int k = 0; k < 12; k++)
        at[k] = (float)k;
    ck_assert_msg(p != NULL, "%s", df_graph_error(h));
    ck_assert(df_bind(p, x, at, 12) && df_bind_out(p, y, out[0], 12));
    ck_assert(df_bind_out(p, z, out[1], 12));
    ck_assert(df_run(p));
    for (int k = 0; k < 12; k++)
        ck_assert(out[0][k] == 2 * k + 3 && out[1][k] == k - 3);
    df_graph_free(h);
}
END_TEST

/* ---- selections ------------------------------------------------------------------------------ */

typedef struct { df_graph *g; df_node *x, *i; given *v; double *xs, *is; } pair;

/* Indices are 0, 1 or 2. */
static pair pair_new(const char *x, bool table, const char *i, int64_t m, uint64_t seed)
{
    pair s = { .g = df_graph_new(DF_FLOAT64) };
    dice d = { .seed = seed };
    s.x = (table ? df_param : df_input)(s.g, "x", dims_of(x));
    s.i = df_input_of(s.g, "i", DF_INT64, dims_of(i));
    s.v = given_new(s.g, m, &d, -1, 1);
    s.xs = s.v->c_order[0];
    s.is = s.v->c_order[1];
    return s;
}

static void pair_free(pair *s)
{
    given_free(s->v);
    df_graph_free(s->g);
}

/* y in C order. */
static double *run_c_order(pair *s, df_node *y, const df_options *o)
{
    ck_assert_msg(y != NULL, "%s", df_graph_error(s->g));
    df_program *p = compiled(s->g, &y, 1, o);
    run_free(run_given(p, s->v, &y, 1), 1);      /* a run leaves nothing behind for the next */
    double **r = run_given(p, s->v, &y, 1);
    double *c_order = malloc((size_t)ev_elements(&s->v->e, y->dims) * sizeof *c_order);
    ev_by_example(&s->v->e, y->dims, r[0], c_order, true);
    run_free(r, 1);
    df_program_free(p);
    return c_order;
}

static const struct { const char *table, *i; } embeds[] = {
    { "32", "m" }, { "32", "4" }, { "3", "m" }, { "42", "2m" }, { "423", "m2" }, { "32", "2m3" },
};

START_TEST(an_embedding_has_the_rows_of_its_indices)
{
    pair s = pair_new(embeds[_i].table, true, embeds[_i].i, M, 11);
    df_node *y = df_embed(s.x, s.i);
    double *r = run_c_order(&s, y, NULL);
    int64_t inner = df__elements(s.x->dims, 1) / s.x->dims.size[0], n = df__elements(y->dims, M);
    for (int64_t at = 0; at < n; at++)
        ck_assert_double_eq(r[at], s.xs[(int64_t)s.is[at / inner] * inner + at % inner]);
    free(r);
    pair_free(&s);
}
END_TEST

START_TEST(its_derivative_sums_up_the_rows_with_the_same_bits_for_any_threads)
{
    enum { MANY = 3000 };
    double *first = NULL;
    for (int threads = 1; threads < 4; threads++) {
        pair s = pair_new("43", true, "2m", MANY, 5);
        df_node *w = df_embed(s.x, s.i), *J = df_sum(df_mul(w, df_square(w)));
        df_options o = { .threads = threads, .cache_bytes = 2000 };
        double *r = run_c_order(&s, df_d(J, s.x), &o), want[12] = { 0 };
        for (int64_t at = 0; at < 2 * MANY; at++)
            for (int k = 0; k < 3; k++) {
                int64_t place = (int64_t)s.is[at] * 3 + k;
                want[place] += 3 * s.xs[place] * s.xs[place];
            }
        check_close("embedding", NULL, r, want, 12, 1e-12);
        if (first)
            check_bits("embedding", NULL, r, first, 12);
        else
            first = r;
        if (first != r)
            free(r);
        pair_free(&s);
    }
    free(first);
}
END_TEST

START_TEST(the_memory_of_an_embedding_does_not_grow_with_m)
{
    pair s = pair_new("43", true, "m", M, 5);
    df_node *J = df_cost(df_sum_axis(df_square(df_embed(s.x, s.i)), 1)), *d = df_d(J, s.x);
    df_program *p = df_compile(s.g, J, d);
    ck_assert_ptr_nonnull(p);
    ck_assert_uint_eq(df_workspace_bytes(p, 10000000), df_workspace_bytes(p, 20000000));
    pair_free(&s);
}
END_TEST

static const struct { const char *x, *i; int axis; } gathers[] = {
    { "3m", "1m", 0 }, { "3m", "4m", 0 }, { "m4", "m2", 1 }, { "m34", "m32", -1 },
    { "2m3", "2m3", 2 }, { "3m2", "1m2", 0 }, { "34", "24", 0 }, { "31", "2m", 0 },
};

START_TEST(gather_picks_along_an_axis_and_scatter_puts_back)
{
    bool table = !strchr(gathers[_i].x, 'm');
    pair s = pair_new(gathers[_i].x, table, gathers[_i].i, M, 17);
    int axis = gathers[_i].axis < 0 ? gathers[_i].axis + s.x->dims.rank : gathers[_i].axis;
    df_node *y = df_gather(s.x, s.i, gathers[_i].axis), *w = df_square(y);
    double *r = run_c_order(&s, y, NULL), *d = run_c_order(&s, df_d(df_sum(w), s.x), NULL);
    int64_t n = df__elements(s.x->dims, M);
    double *want = calloc((size_t)n, sizeof *want);
    for (int64_t at = 0; at < df__elements(y->dims, M); at++) {
        int64_t i[DF_RANK] = { 0 };
        index_of(sizes_of(y->dims, M), at, i);
        i[axis] = (int64_t)s.is[at];
        int64_t place = ev_place(&s.v->e, s.x->dims, i);
        ck_assert_double_eq(r[at], s.xs[place]);
        want[place] += 2 * s.xs[place];
    }
    check_close("gather", y, d, want, n, 1e-14);
    free(want);
    free(d);
    free(r);
    pair_free(&s);
}
END_TEST

/* ---- order ----------------------------------------------------------------------------------- */

static const struct { const char *x; int axis; } sorts[] = {
    { "7", 0 }, { "5m", 0 }, { "m6", -1 }, { "2m4", 2 }, { "3m2", 0 }, { "9m", 0 }, { "1m", 0 },
};

/* Row by row, few values, so that there are ties, and a NaN. */
START_TEST(sorting_is_stable_and_its_derivative_goes_back_to_where_it_came_from)
{
    df_dims dims = dims_of(sorts[_i].x);
    int axis = sorts[_i].axis < 0 ? sorts[_i].axis + dims.rank : sorts[_i].axis;
    int64_t n = df__elements(dims, M), len = dims.size[axis];
    pair s = pair_new(sorts[_i].x, false, "1", M, 23);
    for (int64_t at = 0; at < n; at++)
        s.xs[at] = floor(3 * s.xs[at]) + 0.5;
    s.xs[n / 2] = len > 2 ? NAN : 0;
    ev_by_example(&s.v->e, dims, s.xs, s.v->by_example[0], false);
    int64_t k = len > 3 ? 3 : 1;
    double *up = run_c_order(&s, df_sort(s.x, sorts[_i].axis), NULL);
    double *where = run_c_order(&s, df_float(df_argsort(s.x, axis)), NULL);
    double *top = run_c_order(&s, df_top_k(s.x, axis, k), NULL);
    double *most = run_c_order(&s, df_float(df_argmax_axis(s.x, axis)), NULL);
    double *least = run_c_order(&s, df_float(df_argmin_axis(s.x, axis)), NULL);
    int64_t inner = 1;
    for (int j = axis + 1; j < dims.rank; j++)
        inner *= sizes_of(dims, M).size[j];
    for (int64_t row = 0; row < n / len; row++) {
        int64_t from = row / inner * len * inner + row % inner, first[2] = { -1, -1 };
        double *x = s.xs + from;
        for (int64_t a = 0; a < len; a++) {
            int64_t before = 0, larger = 0;
            for (int64_t b = 0; b < len; b++) {
                double u = x[a * inner], v = x[b * inner];
                before += isnan(u) ? !isnan(v) || b < a : v < u || (v == u && b < a);
                larger += isnan(u) ? !isnan(v) || b < a : v > u || (v == u && b < a);
                first[0] = isnan(v) && first[0] < 0 ? b : first[0];
                first[1] = first[0];
            }
            ck_assert_int_eq((int64_t)where[from + before * inner], a);
            ck_assert(memcmp(&up[from + before * inner], &x[a * inner], sizeof *x) == 0);
            if (larger < k)
                ck_assert(memcmp(&top[row / inner * k * inner + row % inner + larger * inner],
                                 &x[a * inner], sizeof *x) == 0);
        }
        for (int64_t b = 0; b < len && !isnan(x[(first[0] < 0 ? 0 : first[0]) * inner]); b++)
            for (int low = 0; low < 2; low++) {
                double v = x[b * inner], best = first[low] < 0 ? NAN : x[first[low] * inner];
                if (first[low] < 0 || (low ? v < best : v > best))
                    first[low] = b;
            }
        ck_assert_int_eq((int64_t)most[row], first[0]);
        ck_assert_int_eq((int64_t)least[row], first[1]);
    }
    free(up), free(where), free(top), free(most), free(least);
    pair_free(&s);
}
END_TEST

START_TEST(running_sums_run_along_their_axis)
{
    static const struct { const char *x; int axis; } cases[] = {
        { "7", 0 }, { "5m", 0 }, { "m6", -1 }, { "2m4", 2 }, { "3m2", 0 }
    };
    for (size_t c = 0; c < COUNT(cases); c++) {
        pair s = pair_new(cases[c].x, false, "1", M, 29);
        df_node *y = df_cumsum(s.x, cases[c].axis);
        double *r = run_c_order(&s, y, NULL);
        int axis = cases[c].axis < 0 ? cases[c].axis + y->dims.rank : cases[c].axis;
        sizes z = sizes_of(y->dims, M);
        for (int64_t at = 0; at < df__elements(y->dims, M); at++) {
            int64_t i[DF_RANK];
            double sum = 0;
            index_of(z, at, i);
            for (int64_t k = 0, end = i[axis]; k <= end; k++) {
                i[axis] = k;
                sum += s.xs[number(z, i)];
            }
            ck_assert_double_eq_tol(r[at], sum, 1e-14);
        }
        free(r);
        pair_free(&s);
    }
}
END_TEST

/* ---- what cannot be -------------------------------------------------------------------------- */

static df_graph *g;
static df_node *X, *R, *C, *E, *I, *A;

static df_node *flip_m(void) { return df_flip(X, 1); }
static df_node *flip_no_axis(void) { return df_flip(X, 2); }
static df_node *slice_m(void) { return df_slice(X, 1, 0, 2); }
static df_node *take_m(void) { return df_take(X, 1, 0); }
static df_node *concat_m(void) { return df_concat(1, X, X); }
static df_node *sort_m(void) { return df_sort(X, 1); }
static df_node *argmax_m(void) { return df_argmax_axis(X, DF_M); }
static df_node *cumsum_m(void) { return df_cumsum(X, 1); }
static df_node *diag_m(void) { return df_diag(X); }
static df_node *tile_m(void) { return df_tile(X, 1, 2); }
static df_node *gather_m(void) { return df_gather(X, I, 1); }
static df_node *embed_m(void) { return df_embed(X, I); }
static df_node *reshape_moves_m(void) { return df_reshape(X, df_shape(DF_M, 3)); }
static df_node *reshape_across_m(void) { return df_reshape(X, df_shape(1, DF_M)); }
static df_node *reshape_loses_m(void) { return df_reshape(X, df_shape(12)); }
static df_node *reshape_wrong(void) { return df_reshape(A, df_shape(5, 3)); }
static df_node *slice_outside(void) { return df_slice(X, 0, 2, 2); }
static df_node *slice_nothing(void) { return df_slice(X, 0, 1, 0); }
static df_node *slice_still(void) { return df_slice_step(X, 0, 1, 2, 0); }
static df_node *slice_before(void) { return df_slice_step(X, 0, 1, 3, -1); }
static df_node *slice_no_axis(void) { return df_slice(X, 2, 0, 1); }
static df_node *split_uneven(void) { return df_split(X, 0, 2, 0); }
static df_node *pad_less(void) { return df_pad(X, 0, -1, 0); }
static df_node *concat_differs(void) { return df_concat(0, X, C); }
static df_node *concat_integers(void) { return df_concat(0, X, I); }
static df_node *concat_no_axis(void) { return df_concat(2, X, X); }
static df_node *diag_oblong(void) { return df_diag(A); }
static df_node *tril_vector(void) { return df_tril(R, 0); }
static df_node *embed_floats(void) { return df_embed(E, X); }
static df_node *gather_ranks(void) { return df_gather(R, I, 0); }
static df_node *top_none(void) { return df_top_k(X, 0, 0); }
static df_node *top_many(void) { return df_top_k(X, 0, 4); }
static df_node *axes_twice(void) { return df_sum_axes(X, 2, (int[]){ 0, -2 }); }
static df_node *axes_none(void) { return df_prod_axes(X, 0, NULL); }
static df_node *examples_of_none(void) { return df_max_axis(A, DF_M); }
static df_node *turn_twice(void) { return df_transpose_axes(X, 2, (int[]){ 0, 0 }); }
static df_node *turn_some(void) { return df_transpose_axes(X, 1, (int[]){ 0 }); }

static const struct { df_node *(*f)(void); const char *text; } refusals[] = {
    { flip_no_axis, "flip: X (3 x m) has no axis 2" },
    { flip_m, "flip: X (3 x m): axis 1 is m, whose examples have no order in a graph: "
              "df_run_pick takes them in any" },
    { slice_m, "slice: X (3 x m): axis 1 is m, whose examples have no place in a graph: "
               "df_run_range and df_run_pick choose among them" },
    { take_m, "slice: X (3 x m): axis 1 is m, whose examples have no place in a graph: "
              "df_run_range and df_run_pick choose among them" },
    { concat_m, "concat: X (3 x m), X (3 x m): axis 1 is m, of which a graph has one: "
                "bind one array that holds all examples" },
    { sort_m, "argsort: X (3 x m): axis 1 is m, whose examples have no place in a graph: "
              "df_run_pick takes them in any order" },
    { argmax_m, "argmax: X (3 x m): axis 1 is m, whose examples have no place in a graph: "
                "df_equal(x, df_max_axis(x, DF_M)) marks the largest" },
    { cumsum_m, "cumsum: X (3 x m): axis 1 is m, whose examples have no order in a graph: "
                "give a sequence an axis of its own" },
    { diag_m, "diag: X (3 x m): the last two axes are the matrix, and axis 1 is m: "
              "df_moveaxis moves it to the front" },
    { tile_m, "tile: X (3 x m): the axis is m: each example is there once" },
    { gather_m, "gather: X (3 x m), I (1 x m): axis 1 is m, and no example knows another: "
                "df_embed chooses rows of a table without m" },
    { embed_m, "embed: X (3 x m)[I (1 x m)]: a table is the same for every example, without m: "
               "df_gather chooses within each example" },
    { reshape_moves_m, "reshape: X (3 x m): before m there are 3 elements and would be 1, after it "
                       "1 and 3: df_moveaxis moves m, df_flatten flattens each example" },
    { reshape_across_m, "reshape: X (3 x m): before m there are 3 elements and would be 1, after "
                        "it 1 and 1: df_moveaxis moves m, df_flatten flattens each example" },
    { reshape_loses_m, "reshape: X (3 x m): (3 x m) has an m, (12) has none: "
                       "m stays a dimension of its own" },
    { reshape_wrong, "reshape: A (3 x 4): (3 x 4) has 12 elements, (5 x 3) has 15" },
    { slice_outside, "slice: X (3 x m): 2 from 2 on: axis 0 has 3" },
    { slice_nothing, "slice: X (3 x m): of no elements" },
    { slice_still, "slice: X (3 x m): the step is 0" },
    { slice_before, "slice: X (3 x m): 3 from 1 on by steps of -1: axis 0 has 3" },
    { slice_no_axis, "slice: X (3 x m) has no axis 2" },
    { split_uneven, "split: X (3 x m): part 0 of 2 of axis 0" },
    { pad_less, "pad: X (3 x m): -1 before and 0 behind axis 0" },
    { concat_differs, "concat: X (3 x m), C (3 x 1): (3 x m) and (3 x 1) differ beside axis 0" },
    { concat_integers, "concat: X (3 x m), I (1 x m): numbers and integers: "
                       "df_float makes them alike" },
    { concat_no_axis, "concat: X (3 x m), X (3 x m): there is no such axis" },
    { diag_oblong, "diag: A (3 x 4): the last two sizes differ" },
    { tril_vector, "tril: R (3): a matrix has two axes" },
    { embed_floats, "embed: E (4 x 2)[X (3 x m)]: indices are integers: "
                    "df_input_of declares such data" },
    { gather_ranks, "gather: R (3), I (1 x m): the numbers of dimensions differ: 1 and 2" },
    { top_none, "top_k: X (3 x m): the first 0" },
    { top_many, "argsort: X (3 x m): the first 4 of 3" },
    { axes_twice, "sum_axes: X (3 x m): axis -2 is given twice" },
    { axes_none, "prod_axes: X (3 x m): 0 axes given" },
    { examples_of_none, "max_axis: A (3 x 4): no dimension is m" },
    { turn_twice, "transpose: X (3 x m): the axes are no permutation" },
    { turn_some, "transpose_axes: X (3 x m): 1 axes given" },
};

START_TEST(what_cannot_be_is_refused_with_the_reason)
{
    g = df_graph_new(DF_FLOAT32);
    X = df_input(g, "X", df_shape(3, DF_M));
    I = df_input_of(g, "I", DF_INT32, df_shape(1, DF_M));
    R = df_param(g, "R", df_shape(3));
    C = df_param(g, "C", df_shape(3, 1));
    A = df_param(g, "A", df_shape(3, 4));
    E = df_param(g, "E", df_shape(4, 2));
    ck_assert_ptr_null(refusals[_i].f());
    ck_assert_str_eq(df_graph_error(g), refusals[_i].text);
    df_graph_free(g);
}
END_TEST

/* An index is a value: the run says which example has the wrong one. */
START_TEST(an_index_outside_is_an_error_of_the_run_that_names_the_example)
{
    static const char *const texts[] = { "embed: example 2: index 4 is not in 0 .. 3",
                                         "gather: example 2: index 4 is not in 0 .. 3",
                                         "scatter_rows: example 2: index 4 is not in 0 .. 3" };
    for (int k = 0; k < 3; k++) {
        g = df_graph_new(DF_FLOAT32);
        df_node *x = df_input(g, "x", df_shape(DF_M, 4)), *E4 = df_param(g, "E", df_shape(4, 1));
        df_node *i = df_input_of(g, "i", DF_INT32, df_shape(DF_M, 1));
        df_node *y = df_sum(k == 0 ? df_embed(E4, i) : k == 1 ? df_gather(x, i, 1)
                                                     : df_scatter_rows(x, df_take(i, 1, 0), 4));
        df_program *p = df_compile(g, y);
        ck_assert_msg(p != NULL, "%s", df_graph_error(g));
        float xs[12] = { 0 };
        int32_t at[] = { 0, 3, 4 };
        ck_assert(df_init_fill(E4, 1) && df_bind(p, i, at, 3));
        ck_assert(k == 0 || df_bind(p, x, xs, 12));
        ck_assert(!df_run(p));
        ck_assert_int_eq(df_program_status(p), DF_BAD_VALUE);
        ck_assert_msg(strstr(df_program_error(p), texts[k]) != NULL, "%s", df_program_error(p));
        df_graph_free(g);
    }
}
END_TEST

TESTS(
    ROWS(each_element_is_the_one_that_it_should_be, COUNT(views)),
    TEST(views_of_numbers_are_numbers),
    ROWS(an_embedding_has_the_rows_of_its_indices, COUNT(embeds)),
    TEST(its_derivative_sums_up_the_rows_with_the_same_bits_for_any_threads),
    TEST(the_memory_of_an_embedding_does_not_grow_with_m),
    ROWS(gather_picks_along_an_axis_and_scatter_puts_back, COUNT(gathers)),
    ROWS(sorting_is_stable_and_its_derivative_goes_back_to_where_it_came_from, COUNT(sorts)),
    TEST(running_sums_run_along_their_axis),
    ROWS(what_cannot_be_is_refused_with_the_reason, COUNT(refusals)),
    TEST(an_index_outside_is_an_error_of_the_run_that_names_the_example),
)
