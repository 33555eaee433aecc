/* test_save.c -- values saved and loaded: all of them or none
 *
 * SPDX-License-Identifier: MIT */
#include "df.h"
#include "files.h"
#include "scarce.h"
#include <float.h>
#include <math.h>

static void parsed(df_graph *g, const char *text)
{
    ck_assert_msg(df_parse(g, text) != NULL, "%s", df_graph_error(g));
}

/* A parameter without values, one with, and a state. */
static const char model[] = "param W (2, 3)\nparam b (2, 1)\nstate t (1)\n";

static df_graph *graph(df_type real, const df_memory *mem)
{
    df_graph *g = df_graph_new_in(real, mem);
    if (df_parse(g, model)) {
        bool set = df_set(df_find(g, "W"), (double[]){ 1, -2, 0.1, 4, 5e-30, 6 }, 6) &&
                   df_set(df_find(g, "b"), (double[]){ 7, -0.0 }, 2);
        ck_assert(set || mem);
    }
    return g;
}

static double at(df_graph *g, const char *name, int64_t i)
{
    double v[64];
    df_node *x = df_find(g, name);
    ck_assert_msg(x && df_get(x, v, x->leaf->n), "%s", df_graph_error(g));
    return v[i];
}

/* ---- there and back -------------------------------------------------------------------------- */

START_TEST(what_is_saved_is_loaded)
{
    df_type from = _i & 1 ? DF_FLOAT32 : DF_FLOAT64, to = _i & 2 ? DF_FLOAT32 : DF_FLOAT64;
    df_graph *g = graph(from, NULL), *h = df_graph_new(to);
    df_seed(g, 0x123456789abcdef0u);
    g->runs = 77;
    ck_assert(df_set(df_find(g, "t"), (double[]){ INFINITY }, 1));
    ck_assert_msg(df_save(g, path_of("a")), "%s", df_graph_error(g));
    ck_assert_int_eq(files_there(false), 1);
    parsed(h, "state t (1)\nparam b (2, 1)\nparam W (2, 3)\n");
    ck_assert_msg(df_load(h, path_of("a"), DF_EXACT), "%s", df_graph_error(h));
    for (int64_t i = 0; i < 6; i++) {
        double v = at(g, "W", i);
        ck_assert_double_eq(at(h, "W", i), to == DF_FLOAT32 ? (double)(float)v : v);
    }
    ck_assert(at(h, "b", 0) == 7 && signbit(at(h, "b", 1)) && isinf(at(h, "t", 0)));
    ck_assert(h->seed == 0x123456789abcdef0u && h->runs == 77);
    df_graph_free(g);
    df_graph_free(h);
}
END_TEST

/* The file as it stands in save.c, byte for byte. */
START_TEST(the_format_is_what_it_says)
{
    static const unsigned char wanted[] = {
        0x89, 'd', 'f', 'o', 'o', 13, 10, 26,  1, 0, 0, 0,  2, 0, 0, 0,
        120, 0, 0, 0, 0, 0, 0, 0,              5, 0, 0, 0, 0, 0, 0, 0,
        3, 0, 0, 0, 0, 0, 0, 0,
        1, 0, 'p', 1,  1, 0, 0, 0,             3, 0, 0, 0, 0, 0, 0, 0,
        'w', 0, 0, 0, 0, 0, 0, 0,              0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0,
        0, 0, 0, 0x3f, 0, 0, 0, 0,
        7, 0, 's', 1,  1, 0, 0, 0,             1, 0, 0, 0, 0, 0, 0, 0,
        'c', 'o', 'u', 'n', 't', 'e', 'r', 0,  0, 0, 0, 0, 0, 0, 0, 0,
    };
    df_graph *g = df_graph_new(DF_FLOAT32);
    size_t n;
    uint64_t sum = 0xcbf29ce484222325u;
    df_seed(g, 5);
    parsed(g, "param w (3)\nstate counter (1)\n");
    ck_assert(df_set(df_find(g, "w"), (double[]){ 1, -2, 0.5 }, 3));
    g->runs = 3;
    ck_assert(df_save(g, path_of("a")));
    unsigned char *is = read_file(path_of("a"), &n);
    ck_assert_int_eq(n, sizeof wanted + 8);
    ck_assert(memcmp(is, wanted, sizeof wanted) == 0);
    for (size_t i = 0; i < sizeof wanted; i++)
        sum = (sum ^ wanted[i]) * 1099511628211u;
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(is[sizeof wanted + (size_t)i], sum >> 8 * i & 255);
    free(is);
    df_graph_free(g);
}
END_TEST

/* J and the update of a net with dropout and Adam: randomness and moments go on. */
static df_program *step_of(df_graph *g, df_node **J)
{
    static const float x[] = { 1, 2, -1, 0.5f, 0, 1, 3, -2 };
    parsed(g, "input x (2, m)\nparam W (4, 2)\nparam v (1, 4)\n"
              "J = mean(square(v @ dropout(tanh(W @ x), 0.3) - sum(x, axis=0)))\n");
    *J = df_find(g, "J");
    df_node *step = df_adam(*J, df_num(g, 0.1), NULL);
    df_program *p = df_compile(g, *J, step);
    ck_assert_msg(p && df_bind(p, df_find(g, "x"), x, 8), "%s", df_graph_error(g));
    return p;
}

START_TEST(a_training_that_is_interrupted_goes_on_as_if_it_were_not)
{
    df_graph *g = df_graph_new(DF_FLOAT32), *h = df_graph_new(DF_FLOAT32);
    df_node *J, *K;
    df_seed(g, 11);
    df_program *p = step_of(g, &J), *q = step_of(h, &K);
    ck_assert(df_init(g));
    for (int i = 0; i < 5; i++)
        ck_assert_msg(df_run(p), "%s", df_program_error(p));
    ck_assert_msg(df_save(g, path_of("a")), "%s", df_graph_error(g));
    ck_assert_msg(df_load(h, path_of("a"), DF_EXACT), "%s", df_graph_error(h));
    for (int i = 0; i < 5; i++) {
        ck_assert(df_run(p) && df_run(q));
        ck_assert_double_eq(df_value(p, J), df_value(q, K));
    }
    for (int64_t i = 0; i < 8; i++)
        ck_assert_double_eq(at(g, "W", i), at(h, "W", i));
    df_graph_free(g);
    df_graph_free(h);
}
END_TEST

START_TEST(what_is_there_passes_by_what_one_of_the_two_lacks)
{
    df_graph *g = graph(DF_FLOAT32, NULL), *h = df_graph_new(DF_FLOAT32);
    g->runs = 9;
    df_seed(g, 4);
    ck_assert(df_save(g, path_of("a")));
    parsed(h, "param W (2, 3)\nparam other (1)\n");
    ck_assert_msg(df_load(h, path_of("a"), DF_WHAT_IS_THERE), "%s", df_graph_error(h));
    ck_assert(at(h, "W", 3) == 4 && h->runs == 0 && h->seed == 0);
    ck_assert(!df_find(h, "other")->leaf->has_value && !df_find(h, "b"));
    df_graph_free(g);
    df_graph_free(h);
}
END_TEST

START_TEST(a_graph_without_values_is_saved_too)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    ck_assert(df_save(g, path_of("a")) && df_load(g, path_of("a"), DF_EXACT));
    ck_assert(!df_save(NULL, path_of("a")) && !df_load(NULL, path_of("a"), DF_EXACT));
    ck_assert(!df_save(g, NULL));
    ck_assert_str_eq(df_graph_error(g), "save: the path is NULL");
    ck_assert(!df_load(g, NULL, DF_EXACT));
    ck_assert_str_eq(df_graph_error(g), "load: the path is NULL");
    ck_assert(df_graph_status(g) == DF_OK);
    df_graph_free(g);
}
END_TEST

/* ---- what does not fit ----------------------------------------------------------------------- */

/* The graph that loads what graph() saved. */
static const struct { const char *model; df_load_mode mode; const char *message; } unfit[] = {
    { "param W (2, 3)\nparam b (2, 1)\n", DF_EXACT, "the graph has no state t" },
    { "param W (2, 3)\nparam b (2, 1)\nstate t (1)\nparam c (1)\n", DF_EXACT, "has no param c" },
    { "param W (2, 3)\nparam b (2, 1)\nstate t (1)\nstate u (1)\n", DF_EXACT, "has no state u" },
    { "param W (3, 2)\nparam b (2, 1)\nstate t (1)\n", DF_EXACT,
      "W is (3 x 2), in the file (2 x 3)" },
    { "param W (2, 3)\nparam b (2)\n", DF_WHAT_IS_THERE, "b is (2), in the file (2 x 1)" },
    { "param W (2, 3)\nparam b (2, 1)\nparam t (1)\n", DF_EXACT,
      "t is a param, in the file a state" },
    { "param W (2, 3)\nstate b (2, 1)\nstate t (1)\n", DF_EXACT,
      "b is a state, in the file a parameter" },
    { "param W (2, 3)\ninput b (2, 1)\nstate t (1)\n", DF_EXACT, "the graph has no parameter b" },
};

/* Everything that is not yet a value remains none, everything else what it is. */
static void load_fails(df_graph *h, const char *path, df_load_mode mode, const char *message)
{
    char wanted[400];
    ck_assert(df_set(df_find(h, "W"), (double[]){ 9, 9, 9, 9, 9, 9 }, 6));
    df_seed(h, 3);
    ck_assert_msg(!df_load(h, path, mode), "%s", message);
    snprintf(wanted, sizeof wanted, "%s: %s", path, message);
    ck_assert_str_eq(df_graph_error(h), wanted);
    for (int64_t i = 0; i < 6; i++)
        ck_assert_double_eq(at(h, "W", i), 9);
    ck_assert(h->seed == 3 && h->runs == 0 && df_graph_status(h) == DF_OK);
    df_node *b = df_find(h, "b");
    ck_assert(!b->leaf || b->op == &df__op_state || !b->leaf->has_value);
}

START_TEST(a_file_that_does_not_fit_changes_nothing)
{
    df_graph *g = graph(DF_FLOAT32, NULL), *h = df_graph_new(DF_FLOAT32);
    ck_assert(df_save(g, path_of("a")));
    parsed(h, unfit[_i].model);
    load_fails(h, path_of("a"), unfit[_i].mode, unfit[_i].message);
    df_graph_free(g);
    df_graph_free(h);
}
END_TEST

/* ---- files that are wrong -------------------------------------------------------------------- */

/* Where things lie in the file of graph(DF_FLOAT64): W, b, t. */
enum { W_AT = 40, W_NAME = W_AT + 24, W_V = W_NAME + 8, B_AT = W_V + 48, B_NAME = B_AT + 24,
       B_V = B_NAME + 8, T_AT = B_V + 16, T_V = T_AT + 24, ALL = T_V + 8 + 8 };

static const struct {
    int at;
    const char *bytes;
    int n;
    bool summed;
    const char *message;
} wrong[] = {
    { 0, "x", 1, false, "is no file of df_save" },
    { 5, "\n", 1, false, "is no file of df_save" },
    { 8, "\2", 1, true, "version 2: 1 is known" },
    { 16, "\1", 1, true, "is not complete: it has 208 bytes" },
    { 23, "\x80", 1, true, "is not complete: it has 208 bytes" },
    { W_V, "\1", 1, false, "is damaged: its checksum is another" },
    { 24, "\1", 1, false, "is damaged: its checksum is another" },
    { ALL - 1, "x", 1, false, "is damaged: its checksum is another" },
    { 12, "\4", 1, true, "value 4 of 4 makes no sense" },
    { 12, "\xff\xff\xff\xff", 4, true, "value 4 of 4294967295 makes no sense" },
    { 12, "\2", 1, true, "more than its 2 values are there" },
    { W_AT, "\0", 1, true, "value 1 of 3 makes no sense" },
    { W_AT, "\2", 1, true, "value 1 of 3 makes no sense" },
    { W_AT, "\xff\xff", 2, true, "value 1 of 3 makes no sense" },
    { W_AT + 2, "s", 1, true, "W is a param, in the file a state" },
    { W_AT + 2, "x", 1, true, "value 1 of 3 makes no sense" },
    { W_AT + 3, "\0", 1, true, "value 1 of 3 makes no sense" },
    { W_AT + 3, "\4", 1, true, "value 1 of 3 makes no sense" },
    { W_AT + 4, "\0", 1, true, "value 1 of 3 makes no sense" },
    { W_AT + 4, "\x09", 1, true, "value 1 of 3 makes no sense" },
    { W_AT + 4, "\xff\xff\xff\xff", 4, true, "value 1 of 3 makes no sense" },
    { W_AT + 8, "\0", 1, true, "value 1 of 3 makes no sense" },
    { W_AT + 8, "\xff\xff\xff\xff\xff\xff\xff\x7f", 8, true, "value 1 of 3 makes no sense" },
    { W_AT + 8, "\x93\xff\xff\xff\xff\xff\xff\xff", 8, true, "value 1 of 3 makes no sense" },
    { W_AT + 8, "\0\0\0\0\0\0\0\x40\4", 9, true, "value 1 of 3 makes no sense" },
    { W_AT + 8, "\0\0\0\0\0\0\0\x20\1", 9, true, "value 1 of 3 makes no sense" },
    { W_AT + 8, "\x03\0\0\0\0\0\0\0\x02", 9, true, "W is (2 x 3), in the file (3 x 2)" },
    { W_NAME, "b", 1, true, "b is (2 x 1), in the file (2 x 3)" },
    { W_NAME, "q", 1, true, "the graph has no parameter q" },
    { B_NAME, "W", 1, true, "W is (2 x 3), in the file (2 x 1)" },
    { W_V + 6, "\xf8\x7f", 2, true, "W: element 0 is not finite" },
    { B_V + 8, "\0\0\0\0\0\0\xf0\xff", 8, true, "b: element 1 is not finite" },
    { W_V + 40, "\0\0\0\0\0\0\0\x48", 8, true, "W: element 5 is too large for a float" },
};

/* Length and sum are right again. */
static void sum_up(unsigned char *bytes, size_t n)
{
    uint64_t sum = df__hash_text("");
    for (size_t i = 0; i < n - 8; i++)
        sum = (sum ^ bytes[i]) * 1099511628211u;
    for (int i = 0; i < 8; i++)
        bytes[n - 8 + (size_t)i] = (unsigned char)(sum >> 8 * i);
}

static unsigned char *saved(size_t *n)
{
    df_graph *g = graph(DF_FLOAT64, NULL);
    ck_assert(df_save(g, path_of("good")));
    df_graph_free(g);
    return read_file(path_of("good"), n);
}

START_TEST(a_file_that_is_wrong_changes_nothing)
{
    size_t n;
    unsigned char *bytes = saved(&n);
    df_graph *h = df_graph_new(DF_FLOAT32);
    ck_assert_int_eq(n, ALL);
    memcpy(bytes + wrong[_i].at, wrong[_i].bytes, (size_t)wrong[_i].n);
    if (wrong[_i].summed)
        sum_up(bytes, n);
    write_file(path_of("a"), bytes, n);
    parsed(h, model);
    load_fails(h, path_of("a"), DF_EXACT, wrong[_i].message);
    free(bytes);
    df_graph_free(h);
}
END_TEST

START_TEST(a_name_that_is_there_twice_is_an_error)
{
    size_t n;
    unsigned char *bytes = saved(&n), *twice = malloc(n + 56);
    size_t b = T_AT - B_AT;
    df_graph *h = df_graph_new(DF_FLOAT32);
    memcpy(twice, bytes, T_AT);
    memcpy(twice + T_AT, bytes + B_AT, b);
    memcpy(twice + T_AT + b, bytes + T_AT, n - T_AT);
    n += b;
    twice[12] = 4;
    twice[16] = (unsigned char)n;
    twice[17] = (unsigned char)(n >> 8);
    sum_up(twice, n);
    write_file(path_of("a"), twice, n);
    parsed(h, model);
    load_fails(h, path_of("a"), DF_EXACT, "b is there twice");
    free(twice);
    free(bytes);
    df_graph_free(h);
}
END_TEST

START_TEST(a_file_cut_anywhere_changes_nothing)
{
    size_t n;
    unsigned char *bytes = saved(&n);
    df_graph *h = df_graph_new(DF_FLOAT32);
    parsed(h, model);
    for (size_t k = 0; k < n; k++) {
        char message[80];
        write_file(path_of("a"), bytes, k);
        snprintf(message, sizeof message, k < 8 ? "is no file of df_save"
                                                : "is not complete: it has %d bytes", (int)k);
        load_fails(h, path_of("a"), DF_WHAT_IS_THERE, message);
    }
    free(bytes);
    df_graph_free(h);
}
END_TEST

/* So large that no memory would do: what it is shows before. */
START_TEST(a_wrong_file_is_not_read_as_a_whole)
{
    df_graph *h = df_graph_new(DF_FLOAT32);
    parsed(h, model);
    free(saved(&(size_t){ 0 }));
    if (truncate(path_of("good"), (off_t)1 << 42) == 0)  /* where there are files with holes */
        load_fails(h, path_of("good"), DF_EXACT, "is not complete: it has 4398046511104 bytes");
    df_graph_free(h);
}
END_TEST

START_TEST(a_bit_that_is_turned_anywhere_is_seen)
{
    size_t n;
    unsigned char *bytes = saved(&n);
    df_graph *h = df_graph_new(DF_FLOAT32);
    parsed(h, model);
    ck_assert(df_set(df_find(h, "W"), (double[]){ 9, 9, 9, 9, 9, 9 }, 6));
    for (size_t k = 0; k < 8 * n; k++) {
        bytes[k / 8] ^= (unsigned char)(1 << k % 8);
        write_file(path_of("a"), bytes, n);
        ck_assert(!df_load(h, path_of("a"), DF_WHAT_IS_THERE));
        bytes[k / 8] ^= (unsigned char)(1 << k % 8);
    }
    ck_assert_double_eq(at(h, "W", 0), 9);
    free(bytes);
    df_graph_free(h);
}
END_TEST

/* ---- saving that fails ----------------------------------------------------------------------- */

START_TEST(what_cannot_be_saved_leaves_the_old_file)
{
    char message[300];
    df_graph *g = graph(DF_FLOAT32, NULL);
    const char *path = path_of("a");
    ck_assert(df_save(g, path));
    ck_assert(df_set(df_find(g, "W"), (double[]){ 1, 2, 3, 4, NAN, 6 }, 6));
    ck_assert(!df_save(g, path));
    snprintf(message, sizeof message, "%s: W is not finite", path);
    ck_assert_str_eq(df_graph_error(g), message);
    ck_assert(df_load(g, path, DF_EXACT) && at(g, "W", 3) == 4);
    parsed(g, "param V (2)\n");
    ck_assert(!df_save(g, path));
    snprintf(message, sizeof message, "%s: V has no value: df_init or df_set", path);
    ck_assert_str_eq(df_graph_error(g), message);
    ck_assert_int_eq(files_there(false), 1);
    df_graph_free(g);
}
END_TEST

START_TEST(a_full_disk_leaves_the_old_file)
{
    df_graph *g = df_graph_new(DF_FLOAT64), *h = df_graph_new(DF_FLOAT64);
    parsed(g, "param W (100, 200)\n");
    parsed(h, "param V (1)\n");
    ck_assert(df_init(g) && df_init(h) && df_save(h, path_of("a")));
    limit_files(65536);
    ck_assert(!df_save(g, path_of("a")));
    ck_assert_msg(strstr(df_graph_error(g), "a: File too large"), "%s", df_graph_error(g));
    ck_assert_int_eq(files_there(false), 1);
    ck_assert(df_load(h, path_of("a"), DF_EXACT));
    df_graph_free(g);
    df_graph_free(h);
}
END_TEST

static const struct { const char *name, *message; } places[] = {
    { "none/a", "No such file or directory" },
    { "", "Is a directory" },
    { "pipe", "is no regular file" },
};

/* A device is what must not be replaced; a pipe stands in for it, as tests may run as root. */
START_TEST(a_place_that_is_no_file_is_named)
{
    char message[300];
    struct stat is;
    df_graph *g = graph(DF_FLOAT32, NULL);
    ck_assert(mkfifo(path_of("pipe"), 0666) == 0);
    const char *path = path_of(places[_i].name);
    snprintf(message, sizeof message, "%s: %s", path, places[_i].message);
    ck_assert(!df_save(g, path));
    ck_assert_str_eq(df_graph_error(g), message);
    ck_assert(!df_load(g, path, DF_EXACT));
    ck_assert_str_eq(df_graph_error(g), message);
    ck_assert(stat(path_of("pipe"), &is) == 0 && S_ISFIFO(is.st_mode));
    df_graph_free(g);
}
END_TEST

START_TEST(a_name_may_be_as_long_as_names_may_be)
{
    char name[256];
    memset(name, 'n', 255);
    name[255] = 0;
    df_graph *g = graph(DF_FLOAT32, NULL);
    ck_assert_msg(df_save(g, path_of(name)), "%s", df_graph_error(g));
    ck_assert(df_load(g, path_of(name), DF_EXACT));
    df_graph_free(g);
}
END_TEST

START_TEST(the_rights_of_the_old_file_are_kept)
{
    static const mode_t rights[] = { 0600, 0, 0646 };
    struct stat is;
    df_graph *g = graph(DF_FLOAT32, NULL);
    ck_assert(df_save(g, path_of("a")));
    mode_t mask = umask(0);
    umask(mask);
    ck_assert(stat(path_of("a"), &is) == 0 && (is.st_mode & 07777) == (0666 & ~mask));
    for (size_t k = 0; k < COUNT(rights); k++) {
        ck_assert(chmod(path_of("a"), rights[k]) == 0 && df_save(g, path_of("a")));
        ck_assert(stat(path_of("a"), &is) == 0 && (is.st_mode & 07777) == rights[k]);
    }
    df_graph_free(g);
}
END_TEST

START_TEST(each_allocation_may_fail)
{
    for (long n = 1, done = 0; !done; n++) {
        scarce s = { 0 };
        df_memory mem = scarce_memory(&s);
        df_graph *g = graph(DF_FLOAT32, NULL), *h = df_graph_new_in(DF_FLOAT32, &mem);
        df_graph_free(g);
        parsed(h, "param W (2, 3)\nparam b (2, 1)\nstate t (1)\n");
        ck_assert(df_set(df_find(h, "W"), (double[]){ 9, 9, 9, 9, 9, 9 }, 6));
        free(saved(&(size_t){ 0 }));
        s.left = n;
        bool loaded = df_load(h, path_of("good"), DF_EXACT);
        done = loaded && df_save(h, path_of("again"));
        ck_assert_msg(done == !s.failed, "allocation %ld", n);
        if (!done)
            ck_assert_str_eq(df_graph_error(h), "no memory");
        ck_assert_double_eq(at(h, "W", 0), loaded ? 1 : 9);
        ck_assert(df_find(h, "b")->leaf->has_value == loaded);
        df_graph_free(h);
        ck_assert_int_eq(s.blocks, 0);
        ck_assert_int_eq(s.bytes, 0);
    }
    ck_assert_int_eq(files_there(false), 2);
}
END_TEST

TESTS(
    ROWS(what_is_saved_is_loaded, 4),
    TEST(the_format_is_what_it_says),
    TEST(a_training_that_is_interrupted_goes_on_as_if_it_were_not),
    TEST(what_is_there_passes_by_what_one_of_the_two_lacks),
    TEST(a_graph_without_values_is_saved_too),
    ROWS(a_file_that_does_not_fit_changes_nothing, COUNT(unfit)),
    ROWS(a_file_that_is_wrong_changes_nothing, COUNT(wrong)),
    TEST(a_name_that_is_there_twice_is_an_error),
    TEST(a_file_cut_anywhere_changes_nothing),
    TEST(a_wrong_file_is_not_read_as_a_whole),
    TEST(a_bit_that_is_turned_anywhere_is_seen),
    TEST(what_cannot_be_saved_leaves_the_old_file),
    TEST(a_full_disk_leaves_the_old_file),
    ROWS(a_place_that_is_no_file_is_named, COUNT(places)),
    TEST(a_name_may_be_as_long_as_names_may_be),
    TEST(the_rights_of_the_old_file_are_kept),
    TEST(each_allocation_may_fail),
)
