/* test_npy.c -- arrays in NumPy's and MNIST's files: what is read, written, and said of the others
 *
 * SPDX-License-Identifier: MIT */
#include "files.h"
#include "scarce.h"
#include <dfoo.h>
#include <math.h>

static double element(const df_array *a, const int64_t *at)
{
    int64_t i = 0;
    for (int j = 0; j < a->dims.rank; j++)
        i += at[j] * a->stride[j];
    switch (a->type) {
    case DF_FLOAT32: return (double)((const float *)a->data)[i];
    case DF_FLOAT64: return ((const double *)a->data)[i];
    case DF_UINT8: return ((const uint8_t *)a->data)[i];
    case DF_INT32: return ((const int32_t *)a->data)[i];
    default: return (double)((const int64_t *)a->data)[i];
    }
}

/* The element after this in C order; false: it was the last. */
static bool step(const df_array *a, int64_t *at)
{
    int j = a->dims.rank - 1;
    while (j >= 0 && ++at[j] == a->dims.size[j])
        at[j--] = 0;
    return j >= 0;
}

/* ---- what NumPy writes ----------------------------------------------------------------------- */

static const struct { const char *array; df_type type; bool reversed; } written[] = {
    { "np.arange(6).reshape(2, 3).astype('<f4') / 3", DF_FLOAT32, false },
    { "np.arange(6).reshape(2, 3).astype('>f4') / 3", DF_FLOAT32, false },
    { "np.arange(6).reshape(2, 3).astype('<f8') / 3", DF_FLOAT64, false },
    { "(np.arange(6).reshape(2, 3) / -3).astype('>f8')", DF_FLOAT64, false },
    { "np.asfortranarray(np.arange(24).reshape(2, 3, 4) / 7)", DF_FLOAT64, true },
    { "np.asfortranarray(np.arange(6).reshape(2, 3).astype('>i2'))", DF_INT32, true },
    { "np.array([0, 6e-8, 1e-5, -0.5, 65504, np.inf, -np.inf]).astype('<f2')", DF_FLOAT32, false },
    { "np.arange(2**16).astype('<u2').view('<f2')[:31744]", DF_FLOAT32, false },
    { "np.array([1.5, np.nan, np.inf, 5e-324, 1.7e308])", DF_FLOAT64, false },
    { "np.array([0, 127, 255], 'u1')", DF_UINT8, false },
    { "np.array([[True, False]])", DF_UINT8, false },
    { "np.array([-128, 127], 'i1')", DF_INT32, false },
    { "np.array([-32768, 32767], '<i2')", DF_INT32, false },
    { "np.array([0, 65535], '>u2')", DF_INT32, false },
    { "np.array([-2**31, 2**31 - 1], '>i4')", DF_INT32, false },
    { "np.array([0, 2**32 - 1], '<u4')", DF_INT64, false },
    { "np.array([-2**53, 2**53], '<i8')", DF_INT64, false },
    { "np.array([0, 2**53], '>u8')", DF_INT64, false },
    { "np.float64(2.5)", DF_FLOAT64, false },
    { "np.zeros((1,) * 8)", DF_FLOAT64, false },
    { "np.arange(5000.0)", DF_FLOAT64, false },
};

/* case.npy and case.txt for each: the shape, then the elements. */
static void let_numpy_write(void)
{
    FILE *f = popen("/usr/bin/python3 -W ignore -", "w");
    fprintf(f, "import numpy as np\n"
               "def case(k, a, version):\n"
               "    with open('%s/%%d.npy' %% k, 'wb') as f:\n"
               "        np.lib.format.write_array(f, np.asanyarray(a), version)\n"
               "    with open('%s/%%d.txt' %% k, 'w') as f:\n"
               "        print(*(a.shape or (1,)), file=f)\n"
               "        print(*(float(x).hex() for x in np.asarray(a).flat), file=f)\n",
            folder, folder);
    for (size_t k = 0; k < COUNT(written); k++)
        fprintf(f, "case(%d, %s, (%d, 0))\n", (int)k, written[k].array, 1 + (int)k % 3);
    ck_assert_int_eq(pclose(f), 0);
}

static void compare_with_text(const df_array *a, const char *path, const char *what)
{
    FILE *f = fopen(path, "r");
    int64_t at[DF_RANK] = { 0 };
    long long size;
    char number[64];
    ck_assert_ptr_nonnull(f);
    for (int j = 0; j < a->dims.rank; j++)
        ck_assert_msg(fscanf(f, "%lld", &size) == 1 && size == a->dims.size[j], "%s", what);
    do {
        ck_assert_msg(fscanf(f, "%63s", number) == 1, "%s: too few", what);
        double v = strtod(number, NULL), is = element(a, at);
        ck_assert_msg(v == is || (isnan(v) && isnan(is)), "%s: %s, not %g", what, number, is);
    } while (step(a, at));
    ck_assert_msg(fscanf(f, "%63s", number) != 1, "%s: too many", what);
    fclose(f);
}

START_TEST(what_numpy_writes_is_read)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    path_of("");
    let_numpy_write();
    for (size_t k = 0; k < COUNT(written); k++) {
        df_array a;
        char name[32];
        snprintf(name, sizeof name, "%d.npy", (int)k);
        ck_assert_msg(df_read_npy(g, path_of(name), &a), "%s: %s", written[k].array,
                      df_graph_error(g));
        ck_assert_msg(a.type == written[k].type, "%s", written[k].array);
        ck_assert_msg(a.dims.size[0] == 1 || (a.stride[0] == 1) == (written[k].reversed ||
                      a.dims.rank == 1), "%s", written[k].array);
        strcpy(strchr(name, '.'), ".txt");
        compare_with_text(&a, path_of(name), written[k].array);
        df_array_free(g, &a);
        ck_assert_ptr_null(a.data);
    }
    df_graph_free(g);
}
END_TEST

/* ---- what NumPy reads ------------------------------------------------------------------------ */

static float floats[] = { 0, 1.5f, -2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
static double doubles[] = { 0.1, NAN, INFINITY, 3, 4, 5 };
static uint8_t bytes[] = { 0, 255 };
static int32_t ints[] = { INT32_MIN, 7, INT32_MAX };
static int64_t longs[] = { INT64_MIN, INT64_MAX };

static const struct { df_array a; const char *is; } arrays[] = {
    { { floats, DF_FLOAT32, { 2, { 3, 4 } }, { 4, 1 } }, "F, '<f4', False" },
    { { floats, DF_FLOAT32, { 2, { 4, 3 } }, { 1, 4 } }, "F.T, '<f4', True" },
    { { floats, DF_FLOAT32, { 2, { 3, 2 } }, { 4, 2 } }, "F[:, ::2], '<f4', False" },
    { { floats + 11, DF_FLOAT32, { 2, { 3, 4 } }, { -4, -1 } }, "F[::-1, ::-1], '<f4', False" },
    { { floats, DF_FLOAT32, { 3, { 2, 3, 2 } }, { 6, 2, 1 } }, "F.reshape(2, 3, 2), '<f4', False" },
    { { floats, DF_FLOAT32, { 3, { 2, 3, 2 } }, { 1, 2, 6 } },
      "F.reshape(2, 3, 2).T, '<f4', True" },
    { { floats, DF_FLOAT32, { 2, { 3, 4 } }, { 0, 1 } }, "np.tile(F[:1], (3, 1)), '<f4', False" },
    { { doubles, DF_FLOAT64, { 1, { 6 } }, { 1 } },
      "np.array([0.1, np.nan, np.inf, 3, 4, 5]), '<f8', False" },
    { { doubles, DF_FLOAT64, { 1, { 1 } }, { 7 } }, "np.array([0.1]), '<f8', False" },
    { { bytes, DF_UINT8, { 2, { 1, 2 } }, { 9, 1 } }, "np.array([[0, 255]], 'u1'), '|u1', False" },
    { { ints, DF_INT32, { 1, { 3 } }, { 1 } },
      "np.array([-2**31, 7, 2**31 - 1], 'i4'), '<i4', False" },
    { { longs, DF_INT64, { 1, { 2 } }, { 1 } },
      "np.array([-2**63, 2**63 - 1]), '<i8', False" },
    { { floats, DF_FLOAT32, { 8, { 1, 1, 1, 3, 1, 1, 2, 2 } }, { 0, 0, 0, 4, 0, 0, 2, 1 } },
      "F.reshape(1, 1, 1, 3, 1, 1, 2, 2), '<f4', False" },
};

START_TEST(what_is_written_numpy_reads)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    path_of("");
    FILE *f = popen("/usr/bin/python3 -W ignore -", "w");
    fprintf(f, "import numpy as np\n"
               "F = np.array([[0, 1.5, -2, 3], [4, 5, 6, 7], [8, 9, 10, 11]], 'f4')\n"
               "def same(k, y, type, reversed):\n"
               "    name = '%s/%%d.npy' %% k\n"
               "    x = np.load(name, mmap_mode='r')\n"
               "    assert x.dtype.str == type and x.shape == y.shape, (k, x, y)\n"
               "    assert np.array_equal(x, y, type[1] == 'f'), (k, x, y)\n"
               "    head = open(name, 'rb').read(128)\n"
               "    assert (b\"'fortran_order': True\" in head) == reversed, (k, head)\n"
               "    assert head[127:] == b'\\n', (k, head)\n"
               "    assert head[:8] == b'\\x93NUMPY\\x01\\x00', (k, head)\n",
            folder);
    for (size_t k = 0; k < COUNT(arrays); k++) {
        char name[32];
        snprintf(name, sizeof name, "%d.npy", (int)k);
        ck_assert_msg(df_write_npy(g, path_of(name), &arrays[k].a), "%s", df_graph_error(g));
        fprintf(f, "same(%d, %s)\n", (int)k, arrays[k].is);
    }
    ck_assert_int_eq(pclose(f), 0);
    ck_assert_int_eq(files_there(false), (int)COUNT(arrays));
    df_graph_free(g);
}
END_TEST

START_TEST(what_is_written_is_read_again)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    const df_array *a = &arrays[_i].a;
    df_array b;
    int64_t at[DF_RANK] = { 0 };
    ck_assert_msg(df_write_npy(g, path_of("a.npy"), a), "%s", df_graph_error(g));
    ck_assert_msg(df_read_npy(g, path_of("a.npy"), &b), "%s", df_graph_error(g));
    ck_assert(b.type == a->type && b.dims.rank == a->dims.rank);
    do {
        double x = element(a, at), y = element(&b, at);
        ck_assert_msg(x == y || (isnan(x) && isnan(y)), "%s: %g is %g", arrays[_i].is, x, y);
    } while (step(a, at));
    df_graph_free(g);
}
END_TEST

START_TEST(an_array_of_a_file_is_bound)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(2, DF_M));
    df_node *s = df_sum(df_mul(X, df_const(g, df_shape(2, 1), (double[]){ 1, 10 }, 2)));
    df_array a, t;
    ck_assert(df_write_npy(g, path_of("a.npy"), &arrays[4].a));
    ck_assert(df_read_npy(g, path_of("a.npy"), &a));
    ck_assert(a.dims.size[0] == 2 && a.dims.size[1] == 3 && a.dims.size[2] == 2);
    ck_assert(df_write_npy(g, path_of("t.npy"), &arrays[0].a));
    ck_assert(df_read_npy(g, path_of("t.npy"), &a));
    t = df_array_columns(&a, 0, 2);
    t = df_array_t(&t);                          /* the first two columns of F: 2 x 3 */
    df_program *p = df_compile(g, s);
    ck_assert_msg(df_bind_array(p, X, &t) && df_run(p), "%s", df_program_error(p));
    ck_assert_double_eq(df_value(p, s), 0 + 4 + 8 + 10 * (1.5 + 5 + 9));
    df_graph_free(g);
}
END_TEST

/* ---- what is wrong with a .npy file ---------------------------------------------------------- */

/* header NULL: the bytes are the whole file. */
static const struct { const char *header; int version; const char *bytes; int n;
                      const char *message; } wrong[] = {
    { NULL, 0, "", 0, "ends after 0 bytes, too early" },
    { NULL, 0, "\x93NUMPY", 6, "ends after 6 bytes, too early" },
    { NULL, 0, "\x93NUMPY\1\0\x40", 9, "ends after 9 bytes, too early" },
    { NULL, 0, "\x93NUMPY\1\0\x40\0{'d", 13, "ends after 13 bytes, too early" },
    { NULL, 0, "PK\3\4 an .npz file", 18, "is no .npy file" },
    { NULL, 0, "\x93NUMPY\4\0\0\0\0\0", 12, "version 4: 1 to 3 are known" },
    { NULL, 0, "\x93NUMPY\2\0\xff\xff\xff\xff", 12, "a header of 4294967295 bytes" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", 1, "", 0,
      "0 bytes follow the header, not (2) elements of 8" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", 2, "12345678", 8,
      "8 bytes follow the header, not (2) elements of 8" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", 3, "123456789", 9,
      "9 bytes follow the header, not (1) elements of 8" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", 1, "", 0,
      "0 bytes follow the header, not (4611686018427387904 x 4) elements of 8" },
    { "{'descr': '|u1', 'fortran_order': False, 'shape': (9223372036854775807,), }", 1, "1", 1,
      "1 bytes follow the header, not (9223372036854775807) elements of 1" },
    { "{'descr': '|u1', 'fortran_order': False, 'shape': (9223372036854775808,), }", 1, "1", 1,
      "the header is not as NumPy writes it, at byte 79" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 2), }", 1, "", 0,
      "size 0 is 0: nothing is in it" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", 1, "", 0,
      "the header is not as NumPy writes it, at byte 61" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }", 1, "", 0,
      "the header is not as NumPy writes it, at byte 77" },
    { "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 1, "", 0,
      "elements of type '|O': numbers are wanted, f2 to f8, i1 to i8, u1 to u8 or b1" },
    { "{'descr': '<c16', 'fortran_order': False, 'shape': (1,), }", 1, "", 0,
      "elements of type '<c16': numbers are wanted, f2 to f8, i1 to i8, u1 to u8 or b1" },
    { "{'descr': '<f16', 'fortran_order': False, 'shape': (1,), }", 1, "", 0,
      "elements of type '<f16': numbers are wanted, f2 to f8, i1 to i8, u1 to u8 or b1" },
    { "{'descr': '', 'fortran_order': False, 'shape': (1,), }", 1, "", 0,
      "elements of type '': numbers are wanted, f2 to f8, i1 to i8, u1 to u8 or b1" },
    { "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }", 1, "12345678", 8,
      "the header is not as NumPy writes it, at byte 20" },
    { "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,), }", 1, "12345678", 8,
      "the header is not as NumPy writes it, at byte 44" },
    { "{'descr': '<f8', 'shape': (1,), }", 1, "12345678", 8,
      "the header is not as NumPy writes it, at byte 43" },
    { "{'descr': '<f8', 'shape': (1,), 'shape': (1,), 'fortran_order': False}", 1, "12345678", 8,
      "the header is not as NumPy writes it, at byte 50" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), } x", 1, "12345678", 8,
      "the header is not as NumPy writes it, at byte 68" },
    { "{'descr: 1", 1, "", 0, "the header is not as NumPy writes it, at byte 11" },
    { "", 1, "", 0, "the header is not as NumPy writes it, at byte 10" },
    { "{'descr': '<u8', 'fortran_order': False, 'shape': (2,)}", 1,
      "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80", 16, "element 1, 9223372036854775808, is too large" },
};

static void write_npy(const char *path, const char *header, int version, const char *text, int n)
{
    unsigned char all[1024] = "\x93NUMPY";
    size_t length = header ? strlen(header) : 0, front = version == 1 ? 10 : 12;
    all[6] = (unsigned char)version;
    all[8] = (unsigned char)length;
    memcpy(all + front, header ? header : "", length);
    memcpy(all + front + length, text, (size_t)n);
    if (header)
        write_file(path, all, front + length + (size_t)n);
    else
        write_file(path, text, (size_t)n);
}

START_TEST(an_npy_file_that_is_wrong_is_named_and_leaves_the_array_alone)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_array a = arrays[0].a;
    char message[400];
    const char *path = path_of("a.npy");
    write_npy(path, wrong[_i].header, wrong[_i].version, wrong[_i].bytes, wrong[_i].n);
    ck_assert(!df_read_npy(g, path, &a));
    snprintf(message, sizeof message, "%s: %s", path, wrong[_i].message);
    ck_assert_str_eq(df_graph_error(g), message);
    ck_assert(a.data == floats && df_graph_status(g) == DF_OK);
    df_graph_free(g);
}
END_TEST

START_TEST(headers_of_other_programs_are_read)
{
    static const char *const headers[] = {
        "{\"shape\":(1,2),\"descr\":\"<f4\",\"fortran_order\":False}",
        " { 'fortran_order' : True , 'descr' : '=f4' , 'shape' : ( 1L , 2L ) } \n\n",
        "{'descr': 'f4', 'fortran_order': False, 'shape': (1, 2,), }         \n",
    };
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_array a;
    for (size_t k = 0; k < COUNT(headers); k++) {
        write_npy(path_of("a.npy"), headers[k], 1, "\0\0\x80\x3f\0\0\0\xc0", 8);
        ck_assert_msg(df_read_npy(g, path_of("a.npy"), &a), "%s", df_graph_error(g));
        ck_assert_double_eq(element(&a, (int64_t[]){ 0, 0 }), 1);
        ck_assert_double_eq(element(&a, (int64_t[]){ 0, 1 }), -2);
    }
    df_graph_free(g);
}
END_TEST

/* ---- MNIST's files --------------------------------------------------------------------------- */

#define IDX(type, rank) "\0\0" type rank
static const struct { const char *bytes; int n; df_type type; double v[2]; } idx[] = {
    { IDX("\x08", "\1") "\0\0\0\2\1\xff", 10, DF_UINT8, { 1, 255 } },
    { IDX("\x09", "\1") "\0\0\0\2\1\xff", 10, DF_INT32, { 1, -1 } },
    { IDX("\x0b", "\2") "\0\0\0\1\0\0\0\2\1\2\xff\xfe", 16, DF_INT32, { 258, -2 } },
    { IDX("\x0c", "\1") "\0\0\0\2\0\1\0\0\x80\0\0\0", 16, DF_INT32, { 65536, -2147483648.0 } },
    { IDX("\x0d", "\1") "\0\0\0\2\x3f\x80\0\0\xc0\0\0\0", 16, DF_FLOAT32, { 1, -2 } },
    { IDX("\x0e", "\1") "\0\0\0\2\x3f\xb9\x99\x99\x99\x99\x99\x9a\xc0\0\0\0\0\0\0\0", 24,
      DF_FLOAT64, { 0.1, -2 } },
};

START_TEST(each_type_of_idx_is_read)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_array a;
    int64_t at[DF_RANK] = { 0 };
    write_file(path_of("a.idx"), idx[_i].bytes, (size_t)idx[_i].n);
    ck_assert_msg(df_read_idx(g, path_of("a.idx"), &a), "%s", df_graph_error(g));
    ck_assert(a.type == idx[_i].type && a.dims.rank == idx[_i].bytes[3]);
    ck_assert_double_eq(element(&a, at), idx[_i].v[0]);
    ck_assert(step(&a, at));
    ck_assert_double_eq(element(&a, at), idx[_i].v[1]);
    ck_assert(!step(&a, at));
    df_graph_free(g);
}
END_TEST

static const struct { const char *bytes; int n; const char *message; } wrong_idx[] = {
    { "", 0, "ends after 0 bytes, too early" },
    { "\0\0\x08", 3, "ends after 3 bytes, too early" },
    { "\x1f\x8b\x08\0", 4, "is compressed: gunzip it first" },
    { "1,2\n", 4, "is no idx file, which begins with two bytes 0" },
    { IDX("\x0a", "\1") "\0\0\0\1\0", 9, "an idx file has no type 0x0a" },
    { IDX("\x08", "\0"), 4, "0 dimensions: wanted are 1 to 8" },
    { IDX("\x08", "\x09"), 4, "9 dimensions: wanted are 1 to 8" },
    { IDX("\x08", "\2") "\0\0\0\1\0\0", 10, "ends after 10 bytes, too early" },
    { IDX("\x08", "\1") "\0\0\0\0", 8, "size 0 is 0: nothing is in it" },
    { IDX("\x08", "\1") "\0\0\0\3\1\2", 10, "2 bytes follow the header, not (3) elements of 1" },
    { IDX("\x0e", "\4") "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 20,
      "0 bytes follow the header, not "
      "(4294967295 x 4294967295 x 4294967295 x 4294967295) elements of 8" },
};

START_TEST(an_idx_file_that_is_wrong_is_named_and_leaves_the_array_alone)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_array a = arrays[0].a;
    char message[400];
    const char *path = path_of("a.idx");
    write_file(path, wrong_idx[_i].bytes, (size_t)wrong_idx[_i].n);
    ck_assert(!df_read_idx(g, path, &a));
    snprintf(message, sizeof message, "%s: %s", path, wrong_idx[_i].message);
    ck_assert_str_eq(df_graph_error(g), message);
    ck_assert(a.data == floats);
    df_graph_free(g);
}
END_TEST

/* ---- what may fail beside -------------------------------------------------------------------- */

static const struct { const char *path, *message; } unreadable[] = {
    { NULL, "read_npy: the path is NULL" },
    { "none.npy", "none.npy: No such file or directory" },
    { "none/a.npy", "none/a.npy: No such file or directory" },
    { "/", "/: Is a directory" },
    { "/dev/zero", "/dev/zero: is no regular file" },
};

START_TEST(a_file_that_cannot_be_read_is_named)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_array a = arrays[0].a;
    ck_assert(!df_read_npy(g, unreadable[_i].path, &a));
    ck_assert_str_eq(df_graph_error(g), unreadable[_i].message);
    ck_assert(!df_read_npy(g, "a.npy", NULL) && !df_read_idx(g, "a.idx", NULL));
    ck_assert(!df_read_npy(NULL, "a.npy", &a) && !df_write_npy(NULL, "a.npy", &a));
    df_graph_free(g);
}
END_TEST

static const struct { df_array a; const char *message; } no_arrays[] = {
    { { NULL, DF_FLOAT32, { 1, { 1 } }, { 1 } }, "write_npy: the array is NULL" },
    { { floats, 9, { 1, { 1 } }, { 1 } }, "write_npy: the array has no type" },
    { { floats, DF_FLOAT32, { 1, { DF_M } }, { 1 } }, "write_npy: the array has no sizes" },
};

START_TEST(what_is_no_array_is_not_written)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    ck_assert(!df_write_npy(g, path_of("a.npy"), &no_arrays[_i].a));
    ck_assert_str_eq(df_graph_error(g), no_arrays[_i].message);
    df_array none = { floats, DF_FLOAT32, { 0, { 0 } }, { 0 } };
    ck_assert(!df_write_npy(g, path_of("a.npy"), &none) && !df_write_npy(g, NULL, &arrays[0].a));
    ck_assert_int_eq(files_there(false), 0);
    df_graph_free(g);
}
END_TEST

START_TEST(a_full_disk_leaves_the_old_file)
{
    static double many[20000];
    df_array large = { many, DF_FLOAT64, { 1, { 20000 } }, { 1 } }, a;
    df_graph *g = df_graph_new(DF_FLOAT32);
    ck_assert(df_write_npy(g, path_of("a.npy"), &arrays[0].a));
    limit_files(65536);
    ck_assert(!df_write_npy(g, path_of("a.npy"), &large));
    ck_assert_msg(strstr(df_graph_error(g), "a.npy: File too large"), "%s", df_graph_error(g));
    ck_assert_int_eq(files_there(false), 1);
    ck_assert(df_read_npy(g, path_of("a.npy"), &a) && a.dims.size[0] == 3);
    df_graph_free(g);
}
END_TEST

START_TEST(each_allocation_may_fail)
{
    for (long n = 1, done = 0; !done; n++) {
        scarce s = { 0 };
        df_memory mem = scarce_memory(&s);
        df_graph *g = df_graph_new_in(DF_FLOAT32, &mem);
        df_array a = arrays[0].a;
        write_file(path_of("a.idx"), idx[0].bytes, (size_t)idx[0].n);
        s.left = n;
        bool good = df_write_npy(g, path_of("a.npy"), &arrays[2].a) &&
                    df_read_npy(g, path_of("a.npy"), &a) && df_read_idx(g, path_of("a.idx"), &a);
        done = good;
        ck_assert_msg(good != s.failed, "allocation %ld", n);
        if (!good)
            ck_assert_str_eq(df_graph_error(g), "no memory");
        df_graph_free(g);
        ck_assert_int_eq(s.blocks, 0);
        ck_assert_int_eq(s.bytes, 0);
        ck_assert_int_le(files_there(false), 2);
    }
}
END_TEST

TESTS(
    TEST_IF(what_numpy_writes_is_read, have("/usr/bin/python3 -c 'import numpy'")),
    TEST_IF(what_is_written_numpy_reads, have("/usr/bin/python3 -c 'import numpy'")),
    ROWS(what_is_written_is_read_again, COUNT(arrays)),
    TEST(an_array_of_a_file_is_bound),
    ROWS(an_npy_file_that_is_wrong_is_named_and_leaves_the_array_alone, COUNT(wrong)),
    TEST(headers_of_other_programs_are_read),
    ROWS(each_type_of_idx_is_read, COUNT(idx)),
    ROWS(an_idx_file_that_is_wrong_is_named_and_leaves_the_array_alone, COUNT(wrong_idx)),
    ROWS(a_file_that_cannot_be_read_is_named, COUNT(unreadable)),
    ROWS(what_is_no_array_is_not_written, COUNT(no_arrays)),
    TEST(a_full_disk_leaves_the_old_file),
    TEST(each_allocation_may_fail),
)
