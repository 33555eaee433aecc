/* test_csv.c -- tables of numbers from files: what is read, and what is said of the others
 *
 * SPDX-License-Identifier: MIT */
#include "check.h"
#include "comma.h"
#include "scarce.h"
#include <dfoo.h>
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file of this test, below the directory it runs in. */
static const char *path_of(char name[64])
{
    snprintf(name, 64, "test_csv.%ld.csv", (long)getpid());
    return name;
}

static void write_file(const char *path, const char *text, size_t size)
{
    FILE *f = fopen(path, "w");
    ck_assert(f && fwrite(text, 1, size, f) == size && fclose(f) == 0);
}

static void note_status(void *user, df_status s, const char *text)
{
    (void)text;
    *(df_status *)user = s;
}

static double element(const df_array *a, int64_t i, int64_t j)
{
    int64_t at = i * a->stride[0] + j * a->stride[1];
    return a->type == DF_FLOAT32 ? ((const float *)a->data)[at] : ((const double *)a->data)[at];
}

/* ---- what is read ---------------------------------------------------------------------------- */

static const struct { const char *text; int64_t rows, columns; double v[6]; } tables[] = {
    { "1,2\n3,4\n", 2, 2, { 1, 2, 3, 4 } },
    { "1,2\n3,4", 2, 2, { 1, 2, 3, 4 } },
    { "1,2\r\n3,4\r\n", 2, 2, { 1, 2, 3, 4 } },
    { "1,2\r3,4\r", 2, 2, { 1, 2, 3, 4 } },
    { "a,b\n3,4\n", 1, 2, { 3, 4 } },
    { "\"a, in mm\",\"the \"\"b\"\"\"\n3,4\n", 1, 2, { 3, 4 } },
    { "\"two\nlines\",b\n3,4\n", 1, 2, { 3, 4 } },
    { ",\n3,4\n", 1, 2, { 3, 4 } },
    { "\n \n1,2\n\n\t\n3,4\n\n", 2, 2, { 1, 2, 3, 4 } },
    { " 1 ,\t2\n\"3\",\" 4 \"\n", 2, 2, { 1, 2, 3, 4 } },
    { "\xEF\xBB\xBFx\n1\n2", 2, 1, { 1, 2 } },
    { "\xEF\xBB\xBF" "1\n2", 2, 1, { 1, 2 } },
    { "-1.5e3,+.25,1.\n", 1, 3, { -1500, 0.25, 1 } },
    { "7", 1, 1, { 7 } },
    { "1e-999\n-0\n", 2, 1, { 0, 0 } },
};

START_TEST(each_table_is_read)
{
    char name[64];
    bool small = _i % 2;
    write_file(path_of(name), tables[_i / 2].text, strlen(tables[_i / 2].text));
    df_graph *g = df_graph_new(small ? DF_FLOAT32 : DF_FLOAT64);
    df_array a;
    bool good = df_read_csv(g, name, &a);
    unlink(name);
    ck_assert_msg(good, "%s", df_graph_error(g));
    ck_assert(a.type == (small ? DF_FLOAT32 : DF_FLOAT64) && a.dims.rank == 2);
    ck_assert_int_eq(a.dims.size[0], tables[_i / 2].rows);
    ck_assert_int_eq(a.dims.size[1], tables[_i / 2].columns);
    int64_t columns = a.dims.size[1];
    for (int64_t i = 0; i < a.dims.size[0] * columns; i++)
        ck_assert_double_eq(element(&a, i / columns, i % columns), tables[_i / 2].v[i]);
    df_graph_free(g);
}
END_TEST

/* ---- what is not ----------------------------------------------------------------------------- */

/* The message begins with the file's name. size 0: that of the text. */
static const struct { const char *text; size_t size; const char *message; } bad[] = {
    { "1,2\n3,abc\n", 0, ":2:2: 'abc' is not a number" },
    { "a,b\n\n1,2\n3, x y \n", 0, ":4:2: 'x y' is not a number" },
    { "1,2\r\n\r\n3,?\r\n", 0, ":3:2: '?' is not a number" },
    { "1\r\r2\rz\r", 0, ":4:1: 'z' is not a number" },
    { "1\r2\nz\n", 0, ":3:1: 'z' is not a number" },
    { "a,b\nc,d\n", 0, ":2:1: 'c' is not a number" },
    { "1,b\n3,4\n", 0, ":1:2: 'b' is not a number" },
    { "a,1,b\n", 0, ":1:1: 'a' is not a number" },
    { "\"two\nlines\"\n1\nz\n", 0, ":4:1: 'z' is not a number" },
    { "1,2\n3,\n", 0, ":2:2: the cell is empty" },
    { "1,2\n,4\n", 0, ":2:1: the cell is empty" },
    { "1,2\n3,\"\"\n", 0, ":2:2: the cell is empty" },
    { "1\n\"  \"\n", 0, ":2:1: '  ' is not a number" },
    { "1,2\n3,4,5\n", 0, ":2: a row of 3, the first has 2" },
    { "a,b\n1\n", 0, ":2: a row of 1, the first has 2" },
    { "1;2\n3;4\n", 0, ":2:1: '3;4' is not a number" },
    { "1\nnan\n", 0, ":2:1: 'nan' is not finite" },
    { "1\n-Infinity\n", 0, ":2:1: '-Infinity' is not finite" },
    { "1\n0x10\n", 0, ":2:1: '0x10' is not a number" },
    { "1\n1e999\n", 0, ":2:1: '1e999' is too large" },
    { "1\n3,5\n", 0, ":2: a row of 2, the first has 1" },
    { "1\n\"3,5\"\n", 0, ":2:1: '3,5' is not a number" },
    { "1\n12\t34\n", 0, ":2:1: '12?34' is not a number" },
    { "1\n\x1b[31m\n", 0, ":2:1: '?[31m' is not a number" },
    { "1\n0123456789012345678901234567890123456789z\n", 0,
      ":2:1: '01234567890123456789012345678901...' is not a number" },
    { "1\n0123456789012345678901234567890\xC3\xA4z\n", 0,
      ":2:1: '0123456789012345678901234567890...' is not a number" },
    { "1,2\n3,\"4\n5,6\n", 0, ":2:2: a quote is not closed" },
    { "1,2\n3,4\"\n", 0, ":2:2: a quote in a wrong place" },
    { "1,2\n\"3\"4,5\n", 0, ":2:1: a quote in a wrong place" },
    { "1,2\n3,4\0,5\n", 12, ":2: a byte 0: this is no text" },
    { "", 0, ": no rows of numbers" },
    { "\n\n \n", 0, ": no rows of numbers" },
    { "\xEF\xBB\xBF", 0, ": no rows of numbers" },
    { "a,b,c\n", 0, ": no rows of numbers" },
};

START_TEST(each_bad_table_is_refused_with_its_place)
{
    char name[64], wanted[256];
    size_t size = bad[_i].size ? bad[_i].size : strlen(bad[_i].text);
    write_file(path_of(name), bad[_i].text, size);
    snprintf(wanted, sizeof wanted, "%s%s", name, bad[_i].message);
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_status status = DF_OK;
    df_graph_on_error(g, note_status, &status);
    df_array a = { .data = name, .type = DF_UINT8 };
    bool good = df_read_csv(g, name, &a);
    unlink(name);
    ck_assert(!good);
    ck_assert_str_eq(df_graph_error(g), wanted);
    ck_assert_int_eq(status, DF_FILE_FORMAT);
    ck_assert(df_graph_status(g) == DF_OK && a.data == name && a.type == DF_UINT8);
    df_graph_free(g);
}
END_TEST

START_TEST(a_number_too_large_for_a_float_is_none)
{
    char name[64], wanted[128];
    write_file(path_of(name), "1\n1e39\n", 7);
    snprintf(wanted, sizeof wanted, "%s:2:1: '1e39' is too large", name);
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_array a;
    bool good = df_read_csv(g, name, &a);
    unlink(name);
    ck_assert(!good);
    ck_assert_str_eq(df_graph_error(g), wanted);
    df_graph_free(g);
}
END_TEST

static const struct { const char *path; df_status status; const char *message; } places[] = {
    { "no/such/file.csv", DF_NO_FILE, "no/such/file.csv: No such file or directory" },
    { "/dev/null/file.csv", DF_NO_FILE, "/dev/null/file.csv: Not a directory" },
    { ".", DF_FILE_IO, ".: Is a directory" },
    { "/dev/null", DF_FILE_FORMAT, "/dev/null: no rows of numbers" },
    { "/proc/self/mem", DF_FILE_IO, "/proc/self/mem: Input/output error" },
    { "/dev/zero", DF_FILE_FORMAT, "/dev/zero:1: a byte 0: this is no text" },
    { NULL, DF_BAD_CALL, "read_csv: the path is NULL" },
};

START_TEST(what_cannot_be_read_is_said_with_its_reason)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_status status = DF_OK;
    df_graph_on_error(g, note_status, &status);
    df_array a = { 0 };
    ck_assert(!df_read_csv(g, places[_i].path, &a));
    ck_assert_str_eq(df_graph_error(g), places[_i].message);
    ck_assert_int_eq(status, places[_i].status);
    ck_assert(!df_read_csv(NULL, "x.csv", &a) && !df_read_csv(g, "x.csv", NULL));
    df_graph_free(g);
}
END_TEST

/* Root may read everything. */
START_TEST(a_file_without_permission_is_a_file_error)
{
    char name[64], wanted[128];
    write_file(path_of(name), "1\n", 2);
    ck_assert(chmod(name, 0) == 0);
    snprintf(wanted, sizeof wanted, "%s: Permission denied", name);
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_array a;
    bool good = df_read_csv(g, name, &a);
    unlink(name);
    ck_assert(!good);
    ck_assert_str_eq(df_graph_error(g), wanted);
    df_graph_free(g);
}
END_TEST

START_TEST(a_long_path_does_not_hide_what_is_wrong)
{
    char path[1000];
    memset(path, 'd', sizeof path);
    memcpy(path + 900, "/data.csv", 10);
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_array a;
    ck_assert(!df_read_csv(g, path, &a));
    ck_assert_ptr_nonnull(strstr(df_graph_error(g), "/data.csv: File name too long"));
    df_graph_free(g);
}
END_TEST

/* ---- size, memory, locale -------------------------------------------------------------------- */

START_TEST(tables_of_any_size_cross_the_pieces_that_are_read)
{
    enum { ROWS_OF = 20000, COLUMNS = 7 };
    char name[64];
    FILE *f = fopen(path_of(name), "w");
    for (int i = 0; i < ROWS_OF * COLUMNS; i++)
        fprintf(f, "%d.5%c", i, i % COLUMNS == COLUMNS - 1 ? '\n' : ',');
    fclose(f);
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_array a;
    bool good = df_read_csv(g, name, &a);
    unlink(name);
    ck_assert_msg(good, "%s", df_graph_error(g));
    ck_assert(a.dims.size[0] == ROWS_OF && a.dims.size[1] == COLUMNS);
    for (int i = 0; i < ROWS_OF * COLUMNS; i++)
        ck_assert(((const double *)a.data)[i] == i + 0.5);
    ck_assert_uint_eq((uintptr_t)a.data % 64, 0);
    df_graph_free(g);
}
END_TEST

START_TEST(lines_and_cells_may_be_long)
{
    enum { LONG = 1000000 };
    char name[64];
    FILE *f = fopen(path_of(name), "w");
    fprintf(f, "\"");
    for (int i = 0; i < LONG; i++)
        fputc('n', f);
    fprintf(f, "\"\n");
    for (int i = 0; i < LONG; i++)
        fputc('0', f);
    fprintf(f, "42\n");
    fclose(f);
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_array a;
    bool good = df_read_csv(g, name, &a);
    unlink(name);
    ck_assert_msg(good, "%s", df_graph_error(g));
    ck_assert(a.dims.size[0] == 1 && element(&a, 0, 0) == 42);
    df_graph_free(g);
}
END_TEST

START_TEST(the_first_allocations_fail_one_after_another_and_nothing_is_lost)
{
    char name[64];
    FILE *f = fopen(path_of(name), "w");
    for (int i = 0; i < 400; i++)
        fprintf(f, "%s%d,%d\n", i % 50 ? "" : "\n", i, -i);
    for (int i = 0; i < 3000; i++)
        fputc('0', f);
    fprintf(f, ",1\n");
    fclose(f);
    scarce s = { 0 };
    df_memory mem = scarce_memory(&s);
    df_graph *g = df_graph_new_in(DF_FLOAT32, &mem);
    df_array a = { 0 };
    long n = 1, before = s.blocks;
    for (;; n++) {
        s.left = n, s.failed = false;
        bool good = df_read_csv(g, name, &a);
        if (!s.failed)
            break;
        if (good)                                    /* libcsv asked again, for less */
            df_array_free(g, &a);
        else
            ck_assert_str_eq(df_graph_error(g), "no memory");
        ck_assert(df_graph_status(g) == DF_OK && !a.data && s.blocks == before);
    }
    unlink(name);
    ck_assert(n > 5 && a.dims.size[0] == 401);
    s.left = 0;
    df_array view = df_array_rows(&a, 1, 2);
    df_array_free(g, &view);                         /* not what was read */
    ck_assert(view.data && s.blocks == before + 2);
    df_array_free(g, &a);
    ck_assert(!a.data && s.blocks == before);
    df_array_free(g, &a);
    df_graph_free(g);
    ck_assert(s.blocks == 0 && s.bytes == 0);
}
END_TEST

START_TEST(the_graph_ends_the_arrays_it_read)
{
    char name[64];
    write_file(path_of(name), "1,2\n", 4);
    scarce s = { 0 };
    df_memory mem = scarce_memory(&s);
    df_graph *g = df_graph_new_in(DF_FLOAT64, &mem);
    df_array a[3];
    for (int i = 0; i < 3; i++)
        ck_assert(df_read_csv(g, name, &a[i]));
    unlink(name);
    df_array_free(g, &a[1]);
    ck_assert(element(&a[0], 0, 1) == 2 && element(&a[2], 0, 1) == 2);
    df_graph_free(g);
    ck_assert(s.blocks == 0 && s.bytes == 0);
}
END_TEST

START_TEST(a_decimal_comma_of_the_locale_changes_nothing)
{
    char name[64];
    use_decimal_comma();
    write_file(path_of(name), "1.5\n", 4);
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_array a;
    bool good = df_read_csv(g, name, &a);
    unlink(name);
    ck_assert(good && element(&a, 0, 0) == 1.5);
    ck_assert(!df_read_csv(g, "no.csv", &a));
    ck_assert_str_eq(df_graph_error(g), "no.csv: No such file or directory");
    df_graph_free(g);
}
END_TEST

TESTS(
    ROWS(each_table_is_read, 2 * COUNT(tables)),
    ROWS(each_bad_table_is_refused_with_its_place, COUNT(bad)),
    TEST(a_number_too_large_for_a_float_is_none),
    ROWS(what_cannot_be_read_is_said_with_its_reason, COUNT(places)),
    TEST_IF(a_file_without_permission_is_a_file_error, geteuid() != 0),
    TEST(a_long_path_does_not_hide_what_is_wrong),
    TEST(tables_of_any_size_cross_the_pieces_that_are_read),
    TEST(lines_and_cells_may_be_long),
    TEST(the_first_allocations_fail_one_after_another_and_nothing_is_lost),
    TEST(the_graph_ends_the_arrays_it_read),
    TEST_IF(a_decimal_comma_of_the_locale_changes_nothing, HAVE_COMMA),
)
