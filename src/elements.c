/* elements.c -- elements as they lie in files, as arrays of the graph
 *
 * SPDX-License-Identifier: MIT
 *
 * Either order of bytes; what an array has no type for becomes the next larger one that it has. */
#include "file.h"
#include <math.h>

enum { PIECE = 4096 };           /* bytes converted at a time: a multiple of every size */

static const struct { char kind; int bytes; df_type type; } types[] = {
    { 'f', 2, DF_FLOAT32 }, { 'f', 4, DF_FLOAT32 }, { 'f', 8, DF_FLOAT64 },
    { 'i', 1, DF_INT32 },   { 'i', 2, DF_INT32 },   { 'i', 4, DF_INT32 },   { 'i', 8, DF_INT64 },
    { 'u', 1, DF_UINT8 },   { 'u', 2, DF_INT32 },   { 'u', 4, DF_INT64 },   { 'u', 8, DF_INT64 },
    { 'b', 1, DF_UINT8 },
};

df_type df__element_type(df__element e)
{
    for (size_t k = 0; k < sizeof types / sizeof *types; k++)
        if (types[k].kind == e.kind && types[k].bytes == e.bytes)
            return types[k].type;
    return 0;
}

/* IEEE 754 of 16 bits: 1 for the sign, 5 for the exponent, 10. */
static float half(uint64_t v)
{
    int exponent = (int)(v >> 10 & 31), fraction = (int)(v & 1023);
    double x = exponent == 31 ? (fraction ? NAN : HUGE_VAL)
             : exponent == 0  ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
    return (float)(v >> 15 ? -x : x);
}

static int64_t with_sign(uint64_t v, int bytes)
{
    int unused = 64 - 8 * bytes;
    return (int64_t)(v << unused) >> unused;
}

/* Element i of the array from its bits. */
static void place(const df_array *a, int64_t i, df__element e, uint64_t v)
{
    int64_t whole = e.kind == 'i' ? with_sign(v, e.bytes) : (int64_t)v;
    switch (a->type) {
    case DF_FLOAT32:
        if (e.bytes == 2)
            ((float *)a->data)[i] = half(v);
        else
            ((uint32_t *)a->data)[i] = (uint32_t)v;      /* NaN stays what it is */
        break;
    case DF_FLOAT64: ((uint64_t *)a->data)[i] = v; break;
    case DF_UINT8: ((uint8_t *)a->data)[i] = e.kind == 'b' ? v != 0 : (uint8_t)v; break;
    case DF_INT32: ((int32_t *)a->data)[i] = (int32_t)whole; break;
    case DF_INT64: ((int64_t *)a->data)[i] = whole; break;
    }
}

/* n elements, which the file is known to hold, in pieces. */
static bool read_elements(df__file *f, df__element e, df_array *a, int64_t n)
{
    unsigned char piece[PIECE];
    for (int64_t i = 0; i < n; ) {
        int64_t left = n - i, here = left < PIECE / e.bytes ? left : PIECE / e.bytes;
        if (!df__file_read(f, piece, here * e.bytes))
            return false;
        for (int64_t k = 0; k < here; k++, i++) {
            const unsigned char *at = piece + k * e.bytes;
            uint64_t v = e.big ? df__big(at, e.bytes) : df__little(at, e.bytes);
            if (e.kind == 'u' && e.bytes == 8 && v > INT64_MAX)
                return df__file_fail(f, DF_BAD_VALUE, "element %lld, %llu, is too large",
                                     (long long)i, (unsigned long long)v);
            place(a, i, e, v);
        }
    }
    return true;
}

static void set_strides(df_array *a, bool reversed)
{
    int64_t step = 1;
    for (int k = 0; k < a->dims.rank; k++) {
        int j = reversed ? k : a->dims.rank - 1 - k;
        a->stride[j] = step;
        step *= a->dims.size[j];
    }
}

/* The size of the file is compared before memory is asked for. */
bool df__file_array(df__file *f, df__element e, df_dims s, bool reversed, df_array *a)
{
    df_array y = { .type = df__element_type(e), .dims = s };
    int64_t n = df__elements(s, 1), left = f->size - f->at;
    char text[DF_TEXT];
    if (n < 0 || n > left / e.bytes || n * e.bytes != left)
        return df__file_fail(f, DF_FILE_FORMAT, "%lld bytes follow the header, not %s elements of "
                             "%d", (long long)left, df__dims_text(s, text, sizeof text), e.bytes);
    size_t bytes = (size_t)n * df__type_size(y.type);
    y.data = df__get(&f->g->mem, bytes);
    set_strides(&y, reversed);
    bool read = y.data && read_elements(f, e, &y, n);
    if (read && df__array_keep(f->g, y.data, bytes)) {
        *a = y;
        return true;
    }
    bool memory = !y.data || read;
    df__put(&f->g->mem, y.data, bytes);
    return memory ? df__report(f->g, DF_NO_MEMORY, "no memory") : false;
}

bool df__file_read_array(df_graph *g, const char *call, const char *path, df_array *a,
                         bool (*read)(df__file *f, df_array *a))
{
    df__file f;
    if (!g)
        return false;
    if (!a)
        return df__report(g, DF_BAD_CALL, "%s: the array is NULL", call);
    if (!df__file_open(&f, g, call, path))
        return false;
    bool good = read(&f, a);
    df__file_close(&f);
    return good;
}
