/* test_bind.c -- arrays of any type and strides, in and out; and every bind that is refused, with
 * its message
 *
 * SPDX-License-Identifier: MIT */
#include "graphs.h"

static void run(df_program *p)
{
    ck_assert_msg(df_run(p), "%s", df_program_error(p));
}

/* ---- types ------------------------------------------------------------------------------- */

/* The numbers 1 .. n in a type, as an array of that shape in C order with strides of its own: gaps
 * between rows. */
typedef struct { char memory[16384]; df_array a; } storage;

static void put(df_array *a, int64_t at, double v)
{
    char *p = (char *)a->data + at * (int64_t)df__type_size(a->type);
    switch (a->type) {
    case DF_FLOAT32: *(float *)(void *)p = (float)v; break;
    case DF_FLOAT64: *(double *)(void *)p = v; break;
    case DF_UINT8: *(uint8_t *)(void *)p = (uint8_t)v; break;
    case DF_INT32: *(int32_t *)(void *)p = (int32_t)v; break;
    default: *(int64_t *)(void *)p = (int64_t)v; break;
    }
}

static double got(const df_array *a, int64_t at)
{
    const char *p = (const char *)a->data + at * (int64_t)df__type_size(a->type);
    return a->type == DF_FLOAT32 ? (double)*(const float *)(const void *)p
                                 : *(const double *)(const void *)p;
}

static const df_type types[] = { DF_FLOAT32, DF_FLOAT64, DF_UINT8, DF_INT32, DF_INT64 };

static bool bind_typed(df_program *p, df_node *x, df_array *a, int64_t n)
{
    switch (a->type) {
    case DF_FLOAT32: return df_bind(p, x, (const float *)a->data, n);
    case DF_FLOAT64: return df_bind(p, x, (const double *)a->data, n);
    case DF_UINT8: return df_bind(p, x, (const uint8_t *)a->data, n);
    case DF_INT32: return df_bind(p, x, (const int32_t *)a->data, n);
    default: return df_bind(p, x, (const int64_t *)a->data, n);
    }
}

START_TEST(every_type_goes_into_every_input_that_may_have_it)
{
    df_graph *g = df_graph_new(_i % 2 ? DF_FLOAT64 : DF_FLOAT32);
    df_node *X = df_input_of(g, "X", types[_i / 2 % 5], df_shape(3, DF_M)),
            *Y = df_scale(df_float(X), 2);
    df_node *C = df_input_of(g, "C", types[_i / 2 % 5], df_shape(2, 2)),
            *D = df_scale(df_float(C), 3);
    df_program *p = compiled(g, (df_node *[]){ Y, D }, 2, &(df_options){ .cache_bytes = 1 });
    for (int t = 0; t < 5; t++) {
        storage s = { .a = { .type = types[t] } };
        double y[60], d[4];
        s.a.data = s.memory;
        for (int i = 0; i < 60; i++)
            put(&s.a, i, i + 1);
        ck_assert(bind_typed(p, X, &s.a, 60) && bind_typed(p, C, &s.a, 4));
        ck_assert(df_bind_out(p, Y, y, 60));
        run(p);
        ck_assert(df_fetch(p, D, d, 4));
        for (int i = 0; i < 60; i++)
            ck_assert_msg(y[i] == 2 * (i + 1), "type %d: y[%d] is %g", t, i, y[i]);
        for (int i = 0; i < 4; i++)
            ck_assert(d[i] == 3 * (i + 1));
    }
    df_graph_free(g);
}
END_TEST

/* ---- strides ----------------------------------------------------------------------------- */

/* Any strides: axes laid out in random order, some backwards, with gaps. */
static df_array strided(storage *s, df_type type, df_dims dims, dice *d)
{
    df_array a = { .data = s->memory, .type = type, .dims = dims };
    int order[DF_RANK];
    int64_t step = 1 + (int64_t)roll(d, 2), low = 0;
    for (int j = 0; j < dims.rank; j++) {
        int to = (int)roll(d, (uint64_t)j + 1);
        order[j] = order[to], order[to] = j;
    }
    for (int i = 0; i < dims.rank; i++) {
        int j = order[i];
        a.stride[j] = roll(d, 3) ? step : -step;
        low += a.stride[j] < 0 ? (dims.size[j] - 1) * a.stride[j] : 0;
        step *= dims.size[j];
        step += (int64_t)roll(d, 2);
    }
    ck_assert_int_lt(step * 8, (int64_t)sizeof s->memory);
    a.data = s->memory - low * (int64_t)df__type_size(type);
    return a;
}

static int64_t place_of(const df_array *a, const int64_t index[DF_RANK])
{
    int64_t at = 0;
    for (int j = 0; j < a->dims.rank; j++)
        at += index[j] * a->stride[j];
    return at;
}

START_TEST(strides_of_arrays_are_honoured_in_and_out)
{
    for (int i = 0; i < rounds(300); i++) {
        dice d = { (uint64_t)(1000 * _i + i), 0 };
        df_graph *g = df_graph_new(_i % 2 ? DF_FLOAT64 : DF_FLOAT32);
        df_dims s = { .rank = 1 + (int)roll(&d, 3) }, held;
        for (int j = 0; j < s.rank; j++)
            s.size[j] = 1 + (int64_t)roll(&d, 3);
        int m_axis = (int)roll(&d, (uint64_t)s.rank);
        held = s;
        held.size[m_axis] = 1 + (int64_t)roll(&d, 30);
        s.size[m_axis] = DF_M;
        storage in, out;
        memset(&in, 0, sizeof in), memset(&out, 0, sizeof out);
        df_array a = strided(&in, types[roll(&d, 5)], held, &d),
                 b = strided(&out, types[roll(&d, 2)], held, &d);
        df_node *X = df_input(g, "X", s), *Y = df_offset(X, 1);
        df_program *p = compiled(g, &Y, 1, &(df_options){ .cache_bytes = 1 });
        evaluation e = { 0 };
        int64_t index[DF_RANK];
        for (int64_t at = 0; at < ev_elements(&e, held); at++) {
            ev_index(&e, held, at, index);
            put(&a, place_of(&a, index), (double)at);
        }
        ck_assert_msg(df_bind_array(p, X, &a) && df_bind_out_array(p, Y, &b), "%s",
                      df_program_error(p));
        run(p);
        for (int64_t at = 0; at < ev_elements(&e, held); at++) {
            ev_index(&e, held, at, index);
            double v = got(&b, place_of(&b, index));
            ck_assert_msg(v == (double)at + 1, "seed %d: element %lld is %g", i, (long long)at, v);
        }
        df_graph_free(g);
    }
}
END_TEST

START_TEST(views_of_a_table_are_bound_without_a_copy)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    float table[20][5], out[2][15];
    for (int i = 0; i < 20; i++)
        for (int j = 0; j < 5; j++)
            table[i][j] = (float)(10 * i + j);
    df_array all = { table, DF_FLOAT32, df_shape(20, 5), { 5, 1 } };
    df_array some = df_array_rows(&all, 3, 15), data = df_array_columns(&some, 1, 2),
             turned = df_array_t(&data);
    df_node *X = df_input(g, "X", df_shape(2, DF_M)), *R = df_input(g, "R", df_shape(DF_M, 2));
    df_node *Y = df_sub(X, df_transpose(R)), *Z = df_scale(X, 2), *S = df_sum_examples(R);
    df_program *p = compiled(g, (df_node *[]){ Y, Z, S }, 3, NULL);
    df_array to = { out, DF_FLOAT32, df_shape(2, 15), { 15, 1 } };
    float zero[30];
    double sum[2];
    ck_assert(df_bind_array(p, X, &turned) && df_bind_array(p, R, &data) &&
              df_bind_out(p, Y, zero, 30));
    ck_assert(df_bind_out_array(p, Z, &to));
    run(p);
    ck_assert(df_fetch(p, S, sum, 2) && sum[0] == 15 * (10 * 10 + 1) &&
              sum[1] == 15 * (10 * 10 + 2));
    for (int i = 0; i < 15; i++)
        ck_assert(zero[2 * i] == 0 && out[0][i] == 2 * table[i + 3][1] &&
                  out[1][i] == 2 * table[i + 3][2]);
    ck_assert(!df_bind_array(p, X, &data) && df_program_status(p) == DF_BAD_SHAPE);
    ck_assert_str_eq(df_program_error(p), "bind: X (2 x m): an array of another shape, (15 x 2)");
    df_graph_free(g);
}
END_TEST

/* ---- what is refused --------------------------------------------------------------------- */

typedef struct {
    df_graph *g;
    df_node *X, *Y, *t, *C, *W, *unused, *A, *J, *elsewhere;
    df_program *p;
} fixture;

static float f[64], out[64];
static double wide[64];
static const int32_t labels[64];

static fixture new_fixture(df_graph *other)
{
    fixture k = { .g = df_graph_new(DF_FLOAT32),
                  .elsewhere = df_input(other, "E", df_shape(DF_M)) };
    k.X = df_input(k.g, "X", df_shape(2, DF_M)), k.Y = df_input(k.g, "Y", df_shape(1, DF_M));
    k.t = df_input_of(k.g, "t", DF_INT32, df_shape(1, DF_M)), k.C = df_input(k.g, "C", df_shape(3));
    k.W = df_param(k.g, "W", df_shape(1, 2)), k.unused = df_input(k.g, "U", df_shape(4, DF_M));
    k.A = df_name(df_add(df_mul(df_matmul(k.W, k.X), k.Y), df_float(k.t)), "A");
    k.J = df_add(df_sum(k.A), df_sum(k.C));
    k.p = compiled(k.g, (df_node *[]){ k.A, k.J }, 2, NULL);
    ck_assert(df_init_fill(k.W, 1));
    return k;
}

static void bind_all(fixture *k)
{
    ck_assert(df_bind(k->p, k->X, f, 20) && df_bind(k->p, k->Y, f + 20, 10) &&
              df_bind(k->p, k->t, labels, 10));
    ck_assert(df_bind(k->p, k->C, f + 30, 3) && df_bind_out(k->p, k->A, out, 10));
}

static df_array array_of(void *data, df_type type, df_dims dims, int64_t by_0, int64_t by_1)
{
    return (df_array){ data, type, dims, { by_0, by_1 } };
}

#define CALL(name, ...) static bool name(fixture *k) { return __VA_ARGS__; }
#define ARRAY(...) (&(df_array[]){ array_of(__VA_ARGS__) }[0])
CALL(odd_n, df_bind(k->p, k->X, f, 21))
CALL(no_n, df_bind(k->p, k->X, f, 0))
CALL(negative_n, df_bind(k->p, k->X, f, -2))
CALL(wrong_n, df_bind(k->p, k->C, f, 4))
CALL(null_array, df_bind_f32(k->p, k->X, NULL, 20))
CALL(null_input, df_bind_f32(k->p, NULL, f, 20))
CALL(other_graph, df_bind(k->p, k->elsewhere, f, 20))
CALL(no_input, df_bind(k->p, k->A, f, 20))
static const float halves[10] = { 1, 0.5f };
CALL(floats_for_labels, df_bind(k->p, k->t, halves, 10))
CALL(unused_wrong, df_bind(k->p, k->unused, f, 7))
CALL(param_wide, df_bind(k->p, k->W, wide, 2))
CALL(param_size, df_bind(k->p, k->W, f, 3))
CALL(no_array, df_bind_array(k->p, k->X, NULL))
CALL(no_data, df_bind_array(k->p, k->X, ARRAY(NULL, DF_FLOAT32, df_shape(2, 10), 10, 1)))
CALL(array_rank, df_bind_array(k->p, k->X, ARRAY(f, DF_FLOAT32, df_shape(20), 1, 0)))
CALL(array_size, df_bind_array(k->p, k->X, ARRAY(f, DF_FLOAT32, df_shape(3, 10), 10, 1)))
CALL(array_m, df_bind_array(k->p, k->X, ARRAY(f, DF_FLOAT32, df_shape(2, DF_M), 10, 1)))
CALL(array_empty, df_bind_array(k->p, k->X, ARRAY(f, DF_FLOAT32, ((df_dims){ 2, { 2, 0 } }), 1, 2)))
CALL(array_type, df_bind_array(k->p, k->X, ARRAY(f, (df_type)9, df_shape(2, 10), 1, 2)))
CALL(param_strided, df_bind_array(k->p, k->W, ARRAY(f, DF_FLOAT32, df_shape(1, 2), 2, 3)))
CALL(too_many, df_bind_array(k->p, k->X, ARRAY(f, DF_FLOAT32, df_shape(2, INT64_MAX / 16), 1, 2)))
CALL(out_odd, df_bind_out(k->p, df_find(k->g, "A"), out, -1))
CALL(out_empty, df_bind_out(k->p, k->A, out, 0))
CALL(out_null, df_bind_out_f32(k->p, k->A, NULL, 10))
CALL(out_null_node, df_bind_out_f32(k->p, NULL, out, 10))
CALL(out_no_output, df_bind_out(k->p, k->X, out, 20))
CALL(out_no_m, df_bind_out(k->p, k->J, out, 1))
CALL(out_labels, df_bind_out_array(k->p, k->A, ARRAY(out, DF_INT32, df_shape(1, 10), 10, 1)))
CALL(out_bad_type, df_bind_out_array(k->p, k->A, ARRAY(out, (df_type)0, df_shape(1, 10), 10, 1)))
CALL(out_shape, df_bind_out_array(k->p, k->A, ARRAY(out, DF_FLOAT32, df_shape(10, 1), 1, 1)))
CALL(out_no_array, df_bind_out_array(k->p, k->A, NULL))
CALL(same_null, df_bind_same(k->p, NULL))
CALL(same_other, df_bind_same(k->p, compiled(df_graph_of(k->elsewhere), &k->elsewhere, 1, NULL)))
CALL(range_before, df_run_range(k->p, -1, 2))
CALL(range_after, df_run_range(k->p, 9, 2))
CALL(range_none, df_run_range(k->p, 3, 0))
CALL(range_overflows, df_run_range(k->p, 9, INT64_MAX))
CALL(pick_null, df_run_pick(k->p, NULL, 2))
CALL(pick_none, df_run_pick(k->p, (int64_t[]){ 1 }, 0))
CALL(pick_after, df_run_pick(k->p, ((int64_t[]){ 1, 10 }), 2))
CALL(pick_before, df_run_pick(k->p, ((int64_t[]){ 1, 2, -1 }), 3))
CALL(m_differs, df_bind(k->p, k->Y, f, 9) && df_run(k->p))
CALL(out_short, df_bind_out(k->p, k->A, out, 9) && df_run(k->p))
CALL(out_over_input, df_bind_out(k->p, k->A, f + 19, 10) && df_run(k->p))
CALL(out_over_wide, df_bind_out(k->p, k->A, (double *)(void *)(f + 2), 10) && df_run(k->p))
CALL(out_over_in_range, df_bind_out(k->p, k->A, f + 20, 10) && df_run_range(k->p, 0, 5))
CALL(out_over_in_pick,
     df_bind_out(k->p, k->A, f + 20, 10) && df_run_pick(k->p, ((int64_t[]){ 1, 0 }), 2))
CALL(out_over_constant, df_bind_out(k->p, k->A, f + 30, 10) && df_run(k->p))
CALL(out_over_part,
     df_bind_out_array(k->p, k->A, ARRAY(f + 29, DF_FLOAT32, df_shape(1, 10), 0, -1)) &&
         df_run(k->p))

/* kept: the next run fails with the same reason. */
static const struct {
    bool (*call)(fixture *k);
    df_status status;
    bool kept;
    const char *text;
} refused[] = {
    { odd_n, DF_BAD_SHAPE, true, "bind: X (2 x m): 21 elements given, a multiple of 2 wanted" },
    { no_n, DF_BAD_SHAPE, true, "bind: X (2 x m): no examples: m is 0" },
    { negative_n, DF_BAD_CALL, true, "bind: X (2 x m): -2 elements given" },
    { wrong_n, DF_BAD_SHAPE, true, "bind: C (3): 4 elements given, 3 wanted" },
    { null_array, DF_BAD_CALL, true, "bind: X (2 x m): the array is NULL" },
    { null_input, DF_BAD_CALL, false, "bind: the input is NULL" },
    { other_graph, DF_BAD_CALL, false, "bind: E (m) belongs to another graph" },
    { no_input, DF_BAD_CALL, false, "bind: A (1 x m) is no input, parameter or state" },
    { floats_for_labels, DF_BAD_VALUE, true, "bind: t (1 x m) holds integers, the array has 0.5" },
    { unused_wrong, DF_BAD_SHAPE, false,
      "bind: U (4 x m): 7 elements given, a multiple of 4 wanted" },
    { param_wide, DF_BAD_TYPE, true,
      "bind: W (1 x 2): a parameter needs an array of the graph's float type, in C order" },
    { param_size, DF_BAD_SHAPE, true, "bind: W (1 x 2): 3 elements given, 2 wanted" },
    { no_array, DF_BAD_CALL, true, "bind: X (2 x m): the array is NULL" },
    { no_data, DF_BAD_CALL, true, "bind: X (2 x m): the array is NULL" },
    { array_rank, DF_BAD_SHAPE, true, "bind: X (2 x m): an array of another shape, (20)" },
    { array_size, DF_BAD_SHAPE, true, "bind: X (2 x m): an array of another shape, (3 x 10)" },
    { array_m, DF_BAD_SHAPE, true, "bind: X (2 x m): an array of another shape, (2 x m)" },
    { array_empty, DF_BAD_SHAPE, true, "bind: X (2 x m): no examples: m is 0" },
    { array_type, DF_BAD_TYPE, true, "bind: X (2 x m): 9 is no type" },
    { param_strided, DF_BAD_TYPE, true,
      "bind: W (1 x 2): a parameter needs an array of the graph's float type, in C order" },
    { too_many, DF_BAD_SHAPE, true,
      "bind: X (2 x m): 576460752303423487 examples are more than memory can hold" },
    { out_odd, DF_BAD_CALL, true, "bind_out: A (1 x m): -1 elements given" },
    { out_empty, DF_BAD_SHAPE, true, "bind_out: A (1 x m): no examples: m is 0" },
    { out_null, DF_BAD_CALL, true, "bind_out: A (1 x m): the array is NULL" },
    { out_null_node, DF_BAD_CALL, false, "bind_out: the output is NULL" },
    { out_no_output, DF_BAD_CALL, false, "bind_out: X (2 x m) is no output of this program" },
    { out_no_m, DF_BAD_CALL, false,
      "bind_out: add (1) has no m: read it with df_value or df_fetch" },
    { out_labels, DF_BAD_TYPE, true, "bind_out: A (1 x m) holds floats, the array integers" },
    { out_bad_type, DF_BAD_TYPE, true, "bind_out: A (1 x m): 0 is no type" },
    { out_shape, DF_BAD_SHAPE, true, "bind_out: A (1 x m): an array of another shape, (10 x 1)" },
    { out_no_array, DF_BAD_CALL, true, "bind_out: A (1 x m): the array is NULL" },
    { same_null, DF_BAD_CALL, false, "bind_same: from is NULL" },
    { same_other, DF_BAD_CALL, false, "bind_same: the programs are of two graphs" },
    { range_before, DF_BAD_CALL, false, "run_range: 2 examples from -1 on: there are 10" },
    { range_after, DF_BAD_CALL, false, "run_range: 2 examples from 9 on: there are 10" },
    { range_none, DF_BAD_CALL, false, "run_range: m is 0" },
    { range_overflows, DF_BAD_CALL, false,
      "run_range: 9223372036854775807 examples from 9 on: there are 10" },
    { pick_null, DF_BAD_CALL, false, "run_pick: which is NULL" },
    { pick_none, DF_BAD_CALL, false, "run_pick: m is 0" },
    { pick_after, DF_BAD_CALL, false, "run_pick: which[1] is 10: there are 10 examples" },
    { pick_before, DF_BAD_CALL, false, "run_pick: which[2] is -1: there are 10 examples" },
    { m_differs, DF_BAD_SHAPE, true, "run: X has 10 examples, Y has 9" },
    { out_short, DF_BAD_SHAPE, true, "run: the place of A holds 9 examples, the run has 10" },
    { out_over_input, DF_BAD_CALL, true, "run: the place of A overlaps the array of X" },
    { out_over_wide, DF_BAD_CALL, true, "run: the place of A overlaps the array of X" },
    { out_over_in_range, DF_BAD_CALL, false, "run: the place of A overlaps the array of Y" },
    { out_over_in_pick, DF_BAD_CALL, false, "run: the place of A overlaps the array of Y" },
    { out_over_constant, DF_BAD_CALL, true, "run: the place of A overlaps the array of C" },
    { out_over_part, DF_BAD_CALL, true, "run: the place of A overlaps the array of Y" },
};

START_TEST(what_is_refused_says_why_and_fails_runs_until_it_is_mended)
{
    df_graph *other = df_graph_new(DF_FLOAT32);
    fixture k = new_fixture(other);
    bind_all(&k);
    run(k.p);
    ck_assert(!refused[_i].call(&k));
    ck_assert_str_eq(df_program_error(k.p), refused[_i].text);
    ck_assert_int_eq(df_program_status(k.p), refused[_i].status);
    ck_assert_int_eq(df_graph_status(k.g), DF_OK);
    ck_assert_int_eq(df_run(k.p), !refused[_i].kept);
    if (refused[_i].kept)
        ck_assert_str_eq(df_program_error(k.p), refused[_i].text);
    bind_all(&k);
    ck_assert(df_init_fill(k.W, 1) && (df_run(k.p) || df_bind(k.p, k.W, f, 2)));
    run(k.p);
    ck_assert(df_program_status(k.p) == DF_OK && !*df_program_error(k.p));
    df_graph_free(k.g);
    df_graph_free(other);
}
END_TEST

/* ---- what is not bound ------------------------------------------------------------------- */

START_TEST(what_a_run_needs_it_asks_for)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *X = df_input(g, "X", df_shape(2, DF_M)), *C = df_input(g, "C", df_shape(2, 1)),
            *W = df_param(g, "W", df_shape(1, 2));
    df_node *A = df_matmul(W, df_add(X, C));
    df_program *p = compiled(g, &A, 1, NULL);
    float x[] = { 1, 2, 3, 4 }, c[] = { 5, 6 }, w[] = { 1, 10 }, a[2];
    ck_assert(!df_run(p) && df_program_status(p) == DF_UNBOUND);
    ck_assert_str_eq(df_program_error(p), "run: X is not bound: df_bind");
    ck_assert(df_bind(p, X, x, 4) && !df_run(p) && df_program_status(p) == DF_UNBOUND);
    ck_assert_str_eq(df_program_error(p), "run: C is not bound: df_bind");
    ck_assert(df_bind(p, C, c, 2) && !df_run(p) && df_program_status(p) == DF_UNBOUND);
    ck_assert_str_eq(df_program_error(p), "run: W has no value: df_init or df_set");
    ck_assert(df_init_fill(W, 1) && !df_run(p) && df_program_status(p) == DF_UNBOUND);
    ck_assert_str_eq(df_program_error(p),
                     "run: the output matmul carries m and has no place: df_bind_out");
    ck_assert(df_bind_out(p, A, a, 2));
    run(p);
    ck_assert(a[0] == 14 && a[1] == 18);
    ck_assert(df_bind(p, W, w, 2));                              /* for this program only */
    run(p);
    ck_assert(a[0] == 86 && a[1] == 108);
    w[0] = 0;
    run(p);
    ck_assert(a[0] == 80 && a[1] == 100);
    df_program *q = compiled(g, &A, 1, NULL);
    ck_assert(df_bind(q, X, x, 4) && df_bind(q, C, c, 2) && df_bind_out(q, A, a, 2));
    run(q);
    ck_assert(a[0] == 14 && a[1] == 18);
    df_graph_free(g);
}
END_TEST

START_TEST(a_parameter_is_bound_or_updated_but_not_both)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *w = df_param(g, "w", df_shape(1)), *u = df_update(w, df_scale(w, 2));
    df_program *p = compiled(g, &u, 1, NULL);
    float v = 3;
    ck_assert(df_init_fill(w, 1) && df_bind(p, w, &v, 1) && !df_run(p) &&
              df_program_status(p) == DF_BAD_CALL);
    ck_assert_str_eq(df_program_error(p),
                     "run: w is bound to an array and updated: one of the two");
    ck_assert(v == 3);
    df_graph_free(g);
}
END_TEST

START_TEST(an_output_may_take_the_place_of_an_input)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *X = df_input(g, "X", df_shape(3, DF_M)), *Y = df_softmax(X, 0),
            *C = df_sub(X, df_mean_examples(X));
    static float x[3 * 1000], y[3 * 1000];
    for (int i = 0; i < 3000; i++)
        x[i] = (float)(i % 7);
    df_program *p = compiled(g, &Y, 1, &(df_options){ .cache_bytes = 1, .threads = 2 });
    ck_assert(df_bind(p, X, x, 3000) && df_bind_out(p, Y, y, 3000));
    run(p);
    ck_assert(df_bind_out(p, Y, x, 3000));
    run(p);
    ck_assert(!memcmp(x, y, sizeof x));
    p = compiled(g, &C, 1, NULL); /* two passes would read what the first wrote */
    ck_assert(df_bind(p, X, x, 3000) && df_bind_out(p, C, x, 3000) && !df_run(p));
    ck_assert_str_eq(df_program_error(p), "run: the place of sub overlaps the array of X");
    df_graph_free(g);
}
END_TEST

START_TEST(programs_may_have_the_same_binds)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *X = df_input(g, "X", df_shape(DF_M)), *Y = df_input(g, "Y", df_shape(DF_M)),
            *w = df_param(g, "w", df_shape(1));
    df_node *S = df_sum(df_mul(w, df_add(X, Y))), *T = df_mul(w, df_sum(X));
    float x[6] = { 1, 9, 2, 9, 3, 9 }, y[3] = { 10, 20, 30 }, v = 2;
    df_array a = { x, DF_FLOAT32, df_shape(3), { 2 } };
    df_program *p = compiled(g, &S, 1, NULL), *q = compiled(g, &T, 1, NULL),
               *r = compiled(g, &S, 1, NULL);
    ck_assert(df_init_fill(w, 1) && df_bind_array(p, X, &a) && df_bind(p, Y, y, 3) &&
              df_bind(p, w, &v, 1));
    ck_assert(df_bind_same(q, p) && df_bind_same(r, q));
    run(p), run(q);
    ck_assert(df_value(p, S) == 132 && df_value(q, T) == 12);
    ck_assert(!df_run(r));
    ck_assert_str_eq(df_program_error(r), "run: Y is not bound: df_bind");
    ck_assert(df_bind_same(r, p));
    run(r);
    ck_assert(df_value(r, S) == 132);
    df_graph_free(g);
}
END_TEST

START_TEST(a_call_without_a_program_is_refused)
{
    df_array a = { f, DF_FLOAT32, df_shape(3), { 1 } };
    ck_assert(!df_bind(NULL, NULL, f, 1) && !df_bind_array(NULL, NULL, &a) &&
              !df_bind_same(NULL, NULL));
    ck_assert(!df_bind_out(NULL, NULL, out, 1) && !df_bind_out_array(NULL, NULL, &a) &&
              !df_workspace_use(NULL, f, 1));
    ck_assert(!df_run(NULL) && !df_run_range(NULL, 0, 1) &&
              !df_run_pick(NULL, (int64_t[]){ 0 }, 1));
    ck_assert_int_eq(df_program_status(NULL), DF_BAD_CALL);
    ck_assert_str_eq(df_program_error(NULL), "no program: see df_graph_error");
    df_program_free(NULL);
}
END_TEST

TESTS(
    ROWS(every_type_goes_into_every_input_that_may_have_it, 10),
    ROWS(strides_of_arrays_are_honoured_in_and_out, 2),
    TEST(views_of_a_table_are_bound_without_a_copy),
    ROWS(what_is_refused_says_why_and_fails_runs_until_it_is_mended, COUNT(refused)),
    TEST(what_a_run_needs_it_asks_for),
    TEST(a_parameter_is_bound_or_updated_but_not_both),
    TEST(an_output_may_take_the_place_of_an_input),
    TEST(programs_may_have_the_same_binds),
    TEST(a_call_without_a_program_is_refused),
)
