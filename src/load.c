/* load.c -- between arrays of any type and strides and blocks of examples
 *
 * SPDX-License-Identifier: MIT */
#include "plan.h"

/* ---- conversions ----------------------------------------------------------------------------- */

#define CONVERT(name, TO, FROM) \
    static void name(int64_t n, void *to, int64_t by_to, const void *from, int64_t by_from) \
    { \
        TO *y = to; \
        const FROM *x = from; \
        for (int64_t i = 0; i < n; i++) \
            y[i * by_to] = (TO)x[i * by_from]; \
    }
#define FROM_ALL(to, TO) \
    CONVERT(to##_of_f32, TO, float) \
    CONVERT(to##_of_f64, TO, double) \
    CONVERT(to##_of_u8, TO, uint8_t) \
    CONVERT(to##_of_i32, TO, int32_t) \
    CONVERT(to##_of_i64, TO, int64_t)
FROM_ALL(f32, float)
FROM_ALL(f64, double)
FROM_ALL(i64, int64_t)
CONVERT(u8_of_i64, uint8_t, int64_t)
CONVERT(i32_of_i64, int32_t, int64_t)

typedef void convert(int64_t n, void *to, int64_t by_to, const void *from, int64_t by_from);
static convert *const table[][6] = {
    [DF_FLOAT32] = { NULL, f32_of_f32, f32_of_f64, f32_of_u8, f32_of_i32, f32_of_i64 },
    [DF_FLOAT64] = { NULL, f64_of_f32, f64_of_f64, f64_of_u8, f64_of_i32, f64_of_i64 },
    [DF_UINT8] = { [DF_INT64] = u8_of_i64 },
    [DF_INT32] = { [DF_INT64] = i32_of_i64 },
    [DF_INT64] = { NULL, i64_of_f32, i64_of_f64, i64_of_u8, i64_of_i32, i64_of_i64 },
};

void df__convert(int64_t n, void *to, df_type to_type, int64_t by_to, const void *from,
                 df_type type, int64_t by_from)
{
    if (to_type == type && by_to == 1 && by_from == 1)
        memcpy(to, from, (size_t)n * df__type_size(type));
    else
        table[to_type][type](n, to, by_to, from, by_from);
}

bool df__all_fit(int64_t n, const void *v, df_type from, df_type to)
{
    int64_t low = to == DF_UINT8 ? 0 : INT32_MIN, high = to == DF_UINT8 ? UINT8_MAX : INT32_MAX;
    bool fit = true;
    for (int64_t i = 0; i < n && from == DF_INT64 && (to == DF_UINT8 || to == DF_INT32); i++)
        fit &= ((const int64_t *)v)[i] >= low && ((const int64_t *)v)[i] <= high;
    return fit;
}

static bool is_whole(df_type type, const char *p, double *v)
{
    *v = type == DF_FLOAT32 ? *(const float *)p : *(const double *)p;
    return *v == floor(*v) && fabs(*v) <= 9007199254740992.0;
}

bool df__all_whole(const df_array *a, double *broken)
{
    int64_t at[DF_RANK] = { 0 }, stride[1][DF_RANK];
    for (int j = 0; j < a->dims.rank; j++)
        if (a->dims.size[j] < 1)
            return true;
    df__nest nest;
    memcpy(stride[0], a->stride, sizeof stride[0]);
    df__nest_of(&nest, a->dims, stride, 1);
    int size[2] = { 0, (int)df__type_size(a->type) };
    int64_t n = nest.loop[nest.n - 1].size, step = nest.loop[nest.n - 1].stride[1] * size[1];
    char *p[2] = { a->data, a->data };
    do
        for (int64_t i = 0; i < n; i++)
            if (!is_whole(a->type, p[1] + i * step, broken))
                return false;
    while (df__nest_next(&nest, 1, at, p, 1, size));
    return true;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

/* The loops over one example of an array: operand 0 the block, 1 the array. An array without m is
 * one example. */
static int64_t nest_of(df__nest *nest, const df_array *a)
{
    int64_t count = 1;
    *nest = (df__nest){ .n = 1, .loop[0] = { 1, false, { 1, 1 } } };
    for (int j = a->dims.rank - 1; j >= 0; j--) { /* from the innermost, then turned round */
        int64_t size = a->dims.size[j], stride = a->stride[j];
        if (size == DF_M || size == 1)
            continue;
        int last = nest->n - 1;
        if (count == 1)
            nest->loop[0].stride[1] = stride;
        if (stride == nest->loop[last].stride[1] * nest->loop[last].size)
            nest->loop[last].size *= size;
        else
            nest->loop[nest->n++] = (__typeof__(nest->loop[0])){ size, false, { count, stride } };
        count *= size;
    }
    for (int i = 0; i < nest->n / 2; i++) {
        __typeof__(nest->loop[0]) was = nest->loop[i];
        nest->loop[i] = nest->loop[nest->n - 1 - i];
        nest->loop[nest->n - 1 - i] = was;
    }
    return count;
}

static int64_t stride_of_m(const df_array *a)
{
    int m = df_m_axis(a->dims);
    return m < 0 ? 0 : a->stride[m];
}

/* One example, from a block to an array or back. */
static void example(const df__nest *nest, void *block, df_type type, const df_array *a,
                    void *element, bool load)
{
    int last = nest->n - 1;
    int64_t at[DF_RANK] = { 0 }, n = nest->loop[last].size, by = nest->loop[last].stride[1];
    const int size[] = { (int)df__type_size(type), (int)df__type_size(a->type) };
    char *p[] = { block, element };
    do
        if (load)
            df__convert(n, p[0], type, 1, p[1], a->type, by);
        else
            df__convert(n, p[1], a->type, by, p[0], type, 1);
    while (df__nest_next(nest, 1, at, p, 1, size));
}

/* Rows that lie one after another on both sides are one long row. */
static bool is_one_row(const df__nest *nest, int64_t count, int64_t by_row, const int64_t *which)
{
    return !which && nest->n == 1 && nest->loop[0].stride[1] == 1 && by_row == count;
}

void df__load(const df_array *a, const int64_t *which, int64_t first, int64_t rows, void *to,
              df_type type)
{
    df__nest nest;
    int64_t count = nest_of(&nest, a), by_row = stride_of_m(a),
            size = (int64_t)df__type_size(a->type);
    if (is_one_row(&nest, count, by_row, which)) {
        df__convert(rows * count, to, type, 1, (const char *)a->data + first * by_row * size,
                    a->type, 1);
        return;
    }
    for (int64_t r = 0; r < rows; r++)
        example(&nest, (char *)to + r * count * (int64_t)df__type_size(type), type, a,
                (char *)a->data + (which ? which[r] : first + r) * by_row * size, true);
}

void df__store(const df_array *a, int64_t first, int64_t rows, const void *from, df_type type)
{
    df__nest nest;
    int64_t count = nest_of(&nest, a), by_row = stride_of_m(a),
            size = (int64_t)df__type_size(a->type);
    if (is_one_row(&nest, count, by_row, NULL)) {
        df__convert(rows * count, (char *)a->data + first * by_row * size, a->type, 1, from, type,
                    1);
        return;
    }
    for (int64_t r = 0; r < rows; r++)
        example(&nest, (char *)from + r * count * (int64_t)df__type_size(type), type, a,
                (char *)a->data + (first + r) * by_row * size, false);
}
