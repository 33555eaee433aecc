/* array.c -- views of arrays, and the arrays that a graph owns
 *
 * SPDX-License-Identifier: MIT */
#include "df.h"
#include <math.h>

/* ---- elements -------------------------------------------------------------------------------- */

size_t df__type_size(df_type type)
{
    static const size_t size[] = {
        0, sizeof(float), sizeof(double), sizeof(uint8_t), sizeof(int32_t), sizeof(int64_t)
    };
    return type >= DF_FLOAT32 && type <= DF_INT64 ? size[type] : 0;
}

bool df__all_finite(const void *v, df_type type, int64_t n)
{
    bool finite = true;
    if (type == DF_INT64)
        return true;
    if (type == DF_FLOAT64)
        for (int64_t i = 0; i < n; i++)
            finite &= isfinite(((const double *)v)[i]) != 0;
    else
        for (int64_t i = 0; i < n; i++)
            finite &= isfinite(((const float *)v)[i]) != 0;
    return finite;
}

/* ---- views ----------------------------------------------------------------------------------- */

/* n places of one axis; nothing at all if they are not there. */
static df_array cut(const df_array *a, int axis, int64_t first, int64_t n)
{
    if (!a || !a->data || a->dims.rank > DF_RANK || axis >= a->dims.rank || !df__type_size(a->type))
        return (df_array){ 0 };
    if (first < 0 || n < 1 || first > a->dims.size[axis] - n)
        return (df_array){ 0 };
    df_array view = *a;
    view.dims.size[axis] = n;
    view.data = (char *)a->data + first * a->stride[axis] * (int64_t)df__type_size(a->type);
    return view;
}

df_array df_array_rows(const df_array *a, int64_t first, int64_t n)
{
    return cut(a, 0, first, n);
}

df_array df_array_columns(const df_array *a, int64_t first, int64_t n)
{
    return cut(a, 1, first, n);
}

df_array df_array_t(const df_array *a)
{
    if (!a || a->dims.rank < 0 || a->dims.rank > DF_RANK)
        return (df_array){ 0 };
    df_array view = *a;
    for (int i = 0, last = a->dims.rank - 1; i <= last; i++) {
        view.dims.size[i] = a->dims.size[last - i];
        view.stride[i] = a->stride[last - i];
    }
    return view;
}

/* ---- what a graph owns ----------------------------------------------------------------------- */

struct df__owned { struct df__owned *next; void *data; size_t bytes; };

bool df__array_keep(df_graph *g, void *data, size_t bytes)
{
    struct df__owned *own = df__get(&g->mem, sizeof *own);
    if (!own)
        return false;
    *own = (struct df__owned){ g->arrays, data, bytes };
    g->arrays = own;
    return true;
}

static void end(df_graph *g, struct df__owned **at)
{
    struct df__owned *own = *at;
    *at = own->next;
    df__put(&g->mem, own->data, own->bytes);
    df__put(&g->mem, own, sizeof *own);
}

void df__arrays_end(df_graph *g)
{
    while (g->arrays)
        end(g, &g->arrays);
}

void df_array_free(df_graph *g, df_array *a)
{
    if (!g || !a || !a->data)
        return;
    struct df__owned **at = &g->arrays;
    while (*at && (*at)->data != a->data)
        at = &(*at)->next;
    if (!*at)
        return;
    end(g, at);
    *a = (df_array){ 0 };
}
