/* test_values.c -- random numbers, values of parameters and states, views of arrays
 *
 * SPDX-License-Identifier: MIT */
#include "check.h"
#include "df.h"
#include "scarce.h"
#include <math.h>
#include <pthread.h>

/* ---- random numbers -------------------------------------------------------------------------- */

/* By Philox-4x32-10 as published, written in Python, which gives the known answers of Random123 for
 * the first three. */
static const struct { uint64_t seed, stream, index; double uniform, normal; } known[] = {
    { 0, 0, 0, 0.8805201978886142, -0.3976675384441824 },
    { UINT64_MAX, UINT64_MAX, UINT64_MAX, 0.256961527804887, -1.4784526040750414 },
    { 0x299f31d0a4093822u, 0x370734413198a2eu, 0x85a308d3243f6a88u, 0.5819976878860195,
      0.6586447690473299 },
    { 1, 0, 0, 0.8946847163350925, -0.11368019704496914 },
    { 0, 1, 0, 0.939658085470246, -0.35114099469195015 },
    { 0, 0, 1, 0.36209111566940344, 1.386844427102838 },
    { 0, 0, 0x100000000u, 0.9146024159661607, 0.41579172862720515 },
    { 0x100000000u, 0, 0, 0.978490395236684, 0.11938060467227754 },
    { 0, 0x100000000u, 0, 0.07533086817221057, -1.505176051948169 },
};

START_TEST(random_numbers_are_those_of_the_published_generator)
{
    double u = df__uniform(known[_i].seed, known[_i].stream, known[_i].index);
    double z = df__normal(known[_i].seed, known[_i].stream, known[_i].index);
    ck_assert_double_eq(u, known[_i].uniform);
    ck_assert_double_eq_tol(z, known[_i].normal, 1e-14);
}
END_TEST

START_TEST(names_are_hashed_by_fnv)
{
    ck_assert_uint_eq(df__hash_text(""), 0xcbf29ce484222325u);
    ck_assert_uint_eq(df__hash_text("a"), 0xaf63dc4c8601ec8cu);
    ck_assert_uint_eq(df__hash_text("foobar"), 0x85944171f73967e8u);
}
END_TEST

typedef double draw(uint64_t seed, uint64_t stream, uint64_t index);

/* The mean of x^k over n draws is within five standard deviations of the moment. */
static void check_moments(draw *of, const double moment[9], int n)
{
    for (int k = 1; k <= 4; k++) {
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += pow(of(7, 3, (uint64_t)i), k);
        double sd = sqrt((moment[2 * k] - moment[k] * moment[k]) / n);
        ck_assert_msg(fabs(sum / n - moment[k]) < 5 * sd, "moment %d is %g, not %g", k, sum / n,
                      moment[k]);
    }
}

START_TEST(moments_are_those_of_the_distributions)
{
    static const double normal[] = { 1, 0, 1, 0, 3, 0, 15, 0, 105 };
    double uniform[9];
    int n = rounds(100000);
    for (int k = 0; k < 9; k++)
        uniform[k] = 1. / (k + 1);
    check_moments(df__uniform, uniform, n);
    check_moments(df__normal, normal, n);
}
END_TEST

START_TEST(neighbours_in_seed_stream_and_index_are_not_correlated)
{
    int n = rounds(20000);
    double sum[3] = { 0 };
    for (int i = 0; i < n; i++) {
        uint64_t k = (uint64_t)i;
        double x = df__normal(k, 5, 5);
        sum[0] += x * df__normal(k + 1, 5, 5) / sqrt(n);
        sum[1] += df__normal(5, k, 5) * df__normal(5, k + 1, 5) / sqrt(n);
        sum[2] += df__normal(5, 5, k) * df__normal(5, 5, k + 1) / sqrt(n);
    }
    for (int j = 0; j < 3; j++)
        ck_assert_msg(fabs(sum[j]) < 5, "%d: %g standard deviations", j, sum[j]);
}
END_TEST

/* ---- permutations ---------------------------------------------------------------------------- */

START_TEST(permutations_are_those_of_fisher_and_yates)
{
    static const int64_t wanted[2][10] = { { 7, 9, 1, 4, 0, 8, 2, 5, 6, 3 },
                                           { 9, 3, 5, 7, 4, 0, 1, 6, 8, 2 } };
    int64_t which[10];
    df_permutation(which, 10, _i ? 7 : 0);
    ck_assert_mem_eq(which, wanted[_i], sizeof which);
}
END_TEST

START_TEST(a_permutation_has_each_number_once)
{
    static const int64_t sizes[] = { 0, 1, 2, 3, 100, 10007 };
    int64_t n = sizes[_i], which[10008];
    bool seen[10008] = { false };
    which[n] = -5;
    df_permutation(which, n, (uint64_t)_i + 1);
    for (int64_t i = 0; i < n; i++) {
        ck_assert(which[i] >= 0 && which[i] < n && !seen[which[i]]);
        seen[which[i]] = true;
    }
    ck_assert_int_eq(which[n], -5);
    df_permutation(which, -1, 0);
    df_permutation(NULL, 3, 0);
}
END_TEST

START_TEST(all_permutations_are_equally_likely)
{
    int count[256] = { 0 }, n = rounds(48000);
    double chi2 = 0;
    for (int seed = 0; seed < n; seed++) {
        int64_t p[4];
        df_permutation(p, 4, (uint64_t)seed);
        count[p[0] * 64 + p[1] * 16 + p[2] * 4 + p[3]]++;
    }
    for (int i = 0; i < 256; i++)
        if (count[i])
            chi2 += pow(count[i] - n / 24., 2) / (n / 24.);
    ck_assert_msg(chi2 < 60, "chi^2 = %g of 23 degrees of freedom", chi2); /* 1 in 25000 */
}
END_TEST

/* ---- values ---------------------------------------------------------------------------------- */

START_TEST(what_was_set_is_what_is_got)
{
    df_graph *g = df_graph_new(_i ? DF_FLOAT32 : DF_FLOAT64);
    df_node *p = df_param(g, "p", df_shape(2, 3)), *s = df_state(g, "s", df_shape(3));
    double v[6] = { 1, -0.0, 0.1, NAN, INFINITY, 1e-40 }, w[6];
    ck_assert(df_set(p, v, 6) && df_get(p, w, 6));
    for (int i = 0; i < 6; i++) {
        double wanted = _i ? (float)v[i] : v[i];
        ck_assert(memcmp(&w[i], &wanted, sizeof wanted) == 0 || (isnan(w[i]) && isnan(v[i])));
    }
    ck_assert(df_get(s, w, 3) && w[0] == 0 && w[1] == 0 && w[2] == 0);
    ck_assert(df_set(s, v, 3) && df_get(s, w, 3) && w[0] == 1);
    df_graph_free(g);
}
END_TEST

typedef enum { GET, SET, FLAT_GET, FLAT_SET } value_call;
static const struct { value_call call; const char *node; int64_t n; bool null; df_status status;
                      const char *message; } bad_calls[] = {
    { GET, "p", 6, false, DF_UNBOUND, "get: p has no value: df_init or df_set" },
    { GET, "q", 5, false, DF_BAD_CALL, "get: q (2 x 2) has 4 elements, not 5" },
    { GET, "q", 4, true, DF_BAD_CALL, "get: q (2 x 2): the array is NULL" },
    { GET, "X", 4, false, DF_BAD_CALL, "get: X (2 x m) is neither a parameter nor a state" },
    { GET, "Z", 4, false, DF_BAD_CALL, "get: Z (2 x m) is neither a parameter nor a state" },
    { SET, "p", 5, false, DF_BAD_CALL, "set: p (2 x 3) has 6 elements, not 5" },
    { SET, "q", 4, true, DF_BAD_CALL, "set: q (2 x 2): the array is NULL" },
    { SET, "X", 4, false, DF_BAD_CALL, "set: X (2 x m) is neither a parameter nor a state" },
    { FLAT_GET, "", 10, false, DF_UNBOUND, "flat_get: p has no value: df_init or df_set" },
    { FLAT_GET, "", 9, false, DF_BAD_CALL, "flat_get: the parameters have 10 elements, not 9" },
    { FLAT_SET, "", 11, false, DF_BAD_CALL, "flat_set: the parameters have 10 elements, not 11" },
    { FLAT_SET, "", 10, true, DF_BAD_CALL, "flat_set: the array is NULL" },
};

static void note_status(void *user, df_status s, const char *text)
{
    (void)text;
    *(df_status *)user = s;
}

/* p (2 x 3) without a value, q (2 x 2) with 1 2 3 4, a state s and more. */
static df_graph *few_values(void)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(2, DF_M));
    df_param(g, "p", df_shape(2, 3));
    df_state(g, "s", df_shape(5));
    df_node *q = df_param(g, "q", df_shape(2, 2));
    df_name(df_matmul(q, X), "Z");
    ck_assert(df_set(q, (double[]){ 1, 2, 3, 4 }, 4));
    return g;
}

START_TEST(a_bad_call_changes_nothing_and_says_why)
{
    df_graph *g = few_values();
    df_status status = DF_OK;
    df_graph_on_error(g, note_status, &status);
    double v[12] = { 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9 }, q[4];
    double *to = bad_calls[_i].null ? NULL : v;
    df_node *x = df_find(g, bad_calls[_i].node);
    int64_t n = bad_calls[_i].n;
    value_call c = bad_calls[_i].call;
    ck_assert(!(c == GET ? df_get(x, to, n) : c == SET ? df_set(x, to, n)
                : c == FLAT_GET ? df_flat_get(g, to, n) : df_flat_set(g, to, n)));
    ck_assert_str_eq(df_graph_error(g), bad_calls[_i].message);
    ck_assert(status == bad_calls[_i].status && df_graph_status(g) == DF_OK);
    for (int i = 0; i < 12; i++)
        ck_assert(v[i] == 9);
    ck_assert(df_get(df_find(g, "q"), q, 4) && q[0] == 1 && q[3] == 4);
    ck_assert(!df_get(df_find(g, "p"), v, 6));
    df_graph_free(g);
}
END_TEST

START_TEST(no_node_and_no_graph_are_no_crash)
{
    double v[1];
    ck_assert(!df_get(NULL, v, 1) && !df_set(NULL, v, 1));
    ck_assert(!df_data_f32(NULL) && !df_data_f64(NULL));
    ck_assert(!df_flat_get(NULL, v, 0) && !df_flat_set(NULL, v, 0) && df_flat_size(NULL) == 0);
    df_graph *g = df_graph_new(DF_FLOAT32);
    ck_assert(df_flat_size(g) == 0 && df_flat_get(g, NULL, 0) && df_flat_set(g, NULL, 0));
    df_graph_free(g);
}
END_TEST

START_TEST(the_flat_vector_is_the_parameters_in_order_of_creation)
{
    df_graph *g = few_values();
    double v[10], w[10];
    ck_assert_int_eq(df_flat_size(g), 10);
    for (int i = 0; i < 10; i++)
        v[i] = i + 0.5;
    ck_assert(df_flat_set(g, v, 10) && df_flat_get(g, w, 10));
    ck_assert_mem_eq(v, w, sizeof v);
    ck_assert(df_get(df_find(g, "p"), w, 6) && memcmp(w, v, 6 * sizeof *v) == 0);
    ck_assert(df_get(df_find(g, "q"), w, 4) && memcmp(w, v + 6, 4 * sizeof *v) == 0);
    ck_assert(df_get(df_find(g, "s"), w, 5) && w[0] == 0);
    df_graph_free(g);
}
END_TEST

START_TEST(the_memory_itself_is_aligned_stays_and_counts_as_a_value)
{
    df_graph *f = df_graph_new(DF_FLOAT32), *d = df_graph_new(DF_FLOAT64);
    df_node *p = df_param(f, "p", df_shape(3)), *q = df_param(d, "q", df_shape(3));
    df_node *X = df_input(f, "X", df_shape(3, DF_M));
    double v[3];
    ck_assert(!df_data_f64(p) && !df_data_f32(q) && !df_data_f32(X) && !df_get(p, v, 3));
    float *a = df_data_f32(p);
    double *b = df_data_f64(q);
    ck_assert(a && (uintptr_t)a % 64 == 0 && b && (uintptr_t)b % 64 == 0);
    ck_assert(df_get(p, v, 3) && v[0] == 0 && v[1] == 0 && v[2] == 0);
    a[1] = 2.5f;
    ck_assert(df_init(f) && df_get(p, v, 3) && v[1] == 2.5 && v[0] == 0);
    ck_assert(df_set(p, v, 3) && df_data_f32(p) == a);
    df_graph_free(f);
    df_graph_free(d);
}
END_TEST

START_TEST(a_placed_state_has_the_value_0_and_a_placed_parameter_none)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *p = df_param(g, "p", df_shape(3)), *s = df_state(g, "s", df_shape(3));
    double v[3] = { 7, 7, 7 };
    ck_assert(df__leaf_place(g, p) && df__leaf_place(g, s));
    ck_assert(!p->leaf->has_value && s->leaf->has_value);
    ck_assert(!df_get(p, v, 3) && df_get(s, v, 3) && v[0] == 0);
    df_graph_free(g);
}
END_TEST

/* ---- no memory ------------------------------------------------------------------------------- */

/* So large that each needs a block of its own. */
enum { LARGE = 100000 };

static bool set_one(df_graph *g, const double *v) { return df_set(df_find(g, "a"), v, LARGE); }
static bool set_flat(df_graph *g, const double *v) { return df_flat_set(g, v, 3 * LARGE); }
static bool fill_one(df_graph *g, const double *v) { return df_init_fill(df_find(g, "a"), v[0]); }
static bool init_all(df_graph *g, const double *v) { return v && df_init(g); }
static bool data(df_graph *g, const double *v) { return v && df_data_f64(df_find(g, "a")); }
typedef bool filling_call(df_graph *g, const double *v);
static filling_call *const filling[] = { set_one, set_flat, fill_one, init_all, data };

START_TEST(without_memory_no_parameter_gets_a_value)
{
    scarce s = { 0 };
    df_memory mem = scarce_memory(&s);
    df_graph *g = df_graph_new_in(DF_FLOAT64, &mem);
    static const char *const name[] = { "a", "b", "c" };
    for (int i = 0; i < 3; i++)
        df_param(g, name[i], df_shape(LARGE / 100, 100));
    double *v = calloc(3 * LARGE, sizeof *v);
    for (int n = 1;; n++) {
        s.left = n, s.failed = false;
        if (filling[_i](g, v))
            break;
        ck_assert(s.failed && df_graph_status(g) == DF_OK);
        ck_assert_str_eq(df_graph_error(g), "no memory");
        for (int i = 0; i < 3; i++)
            ck_assert(!df_get(df_find(g, name[i]), v, LARGE));
        ck_assert_int_lt(n, 10);
    }
    free(v);
    df_graph_free(g);
    ck_assert(s.blocks == 0 && s.bytes == 0);
}
END_TEST

/* ---- views ----------------------------------------------------------------------------------- */

static double at(const df_array *a, int64_t i, int64_t j)
{
    return ((const double *)a->data)[i * a->stride[0] + j * a->stride[1]];
}

START_TEST(views_pick_rows_and_columns_and_transpose)
{
    double v[12] = { 0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23 };
    df_array a = { v, DF_FLOAT64, df_shape(3, 4), { 4, 1 } };
    df_array rows = df_array_rows(&a, 1, 2), some = df_array_columns(&rows, 2, 2);
    df_array t = df_array_t(&some), part = df_array_rows(&t, 1, 1);
    df_array one = df_array_columns(&part, 1, 1);
    ck_assert(rows.dims.size[0] == 2 && rows.dims.size[1] == 4 && at(&rows, 1, 3) == 23);
    ck_assert(some.dims.size[1] == 2 && at(&some, 0, 0) == 12 && at(&some, 1, 1) == 23);
    ck_assert(t.dims.size[0] == 2 && at(&t, 0, 1) == 22 && at(&t, 1, 0) == 13);
    ck_assert(one.dims.size[0] == 1 && one.dims.size[1] == 1 && at(&one, 0, 0) == 23);
}
END_TEST

static const df_type types[] = { DF_FLOAT32, DF_FLOAT64, DF_UINT8, DF_INT32, DF_INT64 };
static const size_t bytes[] = { 4, 8, 1, 4, 8 };

START_TEST(views_step_by_the_size_of_the_type)
{
    char memory[800];
    df_array a = { memory, types[_i], df_shape(10, 10), { 10, 1 } };
    df_array view = df_array_rows(&a, 3, 1), column = df_array_columns(&view, 2, 1);
    ck_assert_int_eq((char *)column.data - memory, 32 * (int64_t)bytes[_i]);
}
END_TEST

static const struct { int64_t first, n; } ranges[] = {
    { -1, 1 }, { 0, 0 }, { 0, -1 }, { 0, 4 }, { 3, 1 }, { 1, 3 }, { INT64_MAX, 1 },
    { 1, INT64_MAX }, { INT64_MIN, 1 }, { 1, INT64_MIN },
};

START_TEST(a_bad_range_has_no_data)
{
    double v[9];
    df_array a = { v, DF_FLOAT64, df_shape(3, 3), { 3, 1 } };
    df_array line = { v, DF_FLOAT64, df_shape(9), { 1 } };
    df_array odd = { v, (df_type)77, df_shape(3, 3), { 3, 1 } };
    ck_assert(!df_array_rows(&a, ranges[_i].first, ranges[_i].n).data);
    ck_assert(!df_array_columns(&a, ranges[_i].first, ranges[_i].n).data);
    ck_assert(!df_array_columns(&line, 0, 1).data && !df_array_rows(&odd, 0, 1).data);
    ck_assert(!df_array_rows(NULL, 0, 1).data && !df_array_t(NULL).data);
    ck_assert(!df_array_rows(&(df_array){ 0 }, 0, 1).data && !df_array_t(&(df_array){ 0 }).data);
}
END_TEST

/* ---- threads --------------------------------------------------------------------------------- */

static void *fill(void *user)
{
    double *to = user;
    for (int i = 0; i < 1000; i++)
        to[i] = df__normal(1, 2, (uint64_t)i);
    return NULL;
}

START_TEST(threads_draw_the_same_numbers)
{
    static double v[4][1000];
    pthread_t thread[4];
    for (int i = 0; i < 4; i++)
        ck_assert(pthread_create(&thread[i], NULL, fill, v[i]) == 0);
    for (int i = 0; i < 4; i++)
        ck_assert(pthread_join(thread[i], NULL) == 0);
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < 1000; i++)
            ck_assert(v[k][i] == df__normal(1, 2, (uint64_t)i));
}
END_TEST

TESTS(
    ROWS(random_numbers_are_those_of_the_published_generator, COUNT(known)),
    TEST(names_are_hashed_by_fnv),
    TEST(moments_are_those_of_the_distributions),
    TEST(neighbours_in_seed_stream_and_index_are_not_correlated),
    ROWS(permutations_are_those_of_fisher_and_yates, 2),
    ROWS(a_permutation_has_each_number_once, 6),
    TEST(all_permutations_are_equally_likely),
    ROWS(what_was_set_is_what_is_got, 2),
    ROWS(a_bad_call_changes_nothing_and_says_why, COUNT(bad_calls)),
    TEST(no_node_and_no_graph_are_no_crash),
    TEST(the_flat_vector_is_the_parameters_in_order_of_creation),
    TEST(the_memory_itself_is_aligned_stays_and_counts_as_a_value),
    TEST(a_placed_state_has_the_value_0_and_a_placed_parameter_none),
    ROWS(without_memory_no_parameter_gets_a_value, COUNT(filling)),
    TEST(views_pick_rows_and_columns_and_transpose),
    ROWS(views_step_by_the_size_of_the_type, COUNT(types)),
    ROWS(a_bad_range_has_no_data, COUNT(ranges)),
    TEST(threads_draw_the_same_numbers),
)
