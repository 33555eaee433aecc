/* shape.c -- shapes, their text, and the shape rules that several ops share
 *
 * SPDX-License-Identifier: MIT */
#define DF__HERE_TOO
#include "df.h"
#include <stdarg.h>

/* More than DF_RANK sizes, or none: the rank says so, and whoever gets the shape refuses it. */
df_dims df_dims_of(int rank, const int64_t *size)
{
    df_dims s = { .rank = size ? rank : 0 };
    for (int i = 0; i < s.rank && i < DF_RANK; i++)
        s.size[i] = size[i];
    return s;
}

/* A size behind an end is no shape: a size that happens to be the mark of the end. */
df_dims df_dims_9(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f, int64_t g,
                  int64_t h, int64_t end)
{
    int64_t size[DF_RANK + 1] = { a, b, c, d, e, f, g, h, end };
    int rank = 0;
    while (rank <= DF_RANK && size[rank] != DF__E)
        rank++;
    for (int i = rank; i <= DF_RANK; i++)
        if (size[i] != DF__E)
            return (df_dims){ 0 };
    return df_dims_of(rank, size);
}

const char *df__dims_text(df_dims s, char *text, size_t size)
{
    size_t at = (size_t)snprintf(text, size, "(");
    for (int i = 0; i < s.rank && i < DF_RANK && at < size; i++) {
        const char *gap = i ? " x " : "";
        if (s.size[i] == DF_M)
            at += (size_t)snprintf(text + at, size - at, "%sm", gap);
        else
            at += (size_t)snprintf(text + at, size - at, "%s%lld", gap, (long long)s.size[i]);
    }
    if (at < size)
        snprintf(text + at, size - at, ")");
    return text;
}

bool df__dims_ok(df_dims s, const char **why)
{
    *why = NULL;
    if (s.rank < 1 || s.rank > DF_RANK)
        *why = "a shape has 1 to 8 sizes";
    int ms = 0;
    for (int i = 0; !*why && i < s.rank; i++) {
        ms += s.size[i] == DF_M;
        if (s.size[i] < 1 && s.size[i] != DF_M)
            *why = "each size is at least 1, or DF_M";
    }
    if (!*why && ms > 1)
        *why = "DF_M stands at most once in a shape";
    if (!*why && df__elements(s, 1) < 0)
        *why = "more elements than memory can hold";
    return !*why;
}

bool df__stretches(df_dims a, df_dims to)
{
    if (df__is_scalar(a))
        return true;
    if (a.rank != to.rank)
        return false;
    for (int i = 0; i < a.rank; i++)
        if (a.size[i] != to.size[i] && a.size[i] != 1)
            return false;
    return true;
}

int64_t df__elements(df_dims s, int64_t m)
{
    int64_t n = 1;
    for (int i = 0; i < s.rank; i++)
        if (__builtin_mul_overflow(n, s.size[i] == DF_M ? m : s.size[i], &n) || n > INT64_MAX / 64)
            return -1;
    return n;
}

int64_t df__per_example(df_dims s)
{
    return df__elements(s, 1);
}

int df_m_axis(df_dims s)
{
    for (int i = 0; i < s.rank; i++)
        if (s.size[i] == DF_M)
            return i;
    return -1;
}

df_status df_refuse(df_shaping *s, df_status status, const char *why, ...)
{
    va_list list;
    va_start(list, why);
    vsnprintf(s->why, sizeof s->why, why, list);
    va_end(list);
    return status;
}

df_status df_shape_same(df_shaping *s)
{
    s->y = s->x[0];
    return DF_OK;
}

/* Joins y with the shape of operand i. */
static df_status stretch_one(df_shaping *s, int i)
{
    df_dims x = s->x[i];
    if (df__is_scalar(x))
        return DF_OK;
    if (df__is_scalar(s->y)) {
        s->y = x;
        return DF_OK;
    }
    if (x.rank != s->y.rank)
        return df_refuse(s, DF_BAD_SHAPE, "the numbers of dimensions differ: %d and %d", s->y.rank,
                         x.rank);
    for (int j = 0; j < x.rank; j++) {
        int64_t a = s->y.size[j], b = x.size[j];
        if (a == b || b == 1)
            continue;
        if (a == 1) {
            s->y.size[j] = b;
            continue;
        }
        if (a == DF_M || b == DF_M)
            return df_refuse(s, DF_BAD_SHAPE, "dimension %d is m in one and %lld in the other", j,
                             (long long)(a == DF_M ? b : a));
        return df_refuse(s, DF_BAD_SHAPE, "sizes %lld and %lld of dimension %d differ",
                         (long long)a, (long long)b, j);
    }
    return DF_OK;
}

df_status df_shape_stretch(df_shaping *s)
{
    s->y = s->x[0];
    for (int i = 1; i < s->n; i++) {
        df_status status = stretch_one(s, i);
        if (status != DF_OK)
            return status;
    }
    const char *why;
    bool ok = df__is_one_of(s->y, s->x, s->n) || df__dims_ok(s->y, &why);
    return ok ? DF_OK : df_refuse(s, DF_BAD_SHAPE, "%s", why);
}

df_status df_shape_reduce(df_shaping *s)
{
    s->y = s->x[0];
    for (int j = 0; j < s->y.rank; j++)
        if (s->attr->i[0] >> j & 1)
            s->y.size[j] = 1;
    if (s->attr->i[1])
        s->y = df_shape(1);
    return DF_OK;
}

/* Memory is m first, then the other dimensions in their order; so m counts as an outermost loop
 * wherever it stands. */
void df_axis_of_block(df_dims dims, int64_t rows, int axis, int64_t *outer, int64_t *len,
                      int64_t *inner)
{
    *outer = df__has_m(dims) ? rows : 1;
    *len = dims.size[axis];
    *inner = 1;
    for (int i = 0; i < dims.rank; i++)
        if (dims.size[i] != DF_M && i != axis)
            *(i < axis ? outer : inner) *= dims.size[i];
}
