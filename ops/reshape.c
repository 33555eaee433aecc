/* reshape.c -- the same elements in another shape, and axes that come and go with it
 *
 * SPDX-License-Identifier: MIT
 *
 *     reshape:   elements in C order, as in NumPy;      dx = dy in the shape of x
 *
 * Memory is example after example whatever the shape. So m must stay a dimension of its own, with
 * as many elements before and after it as there were, and then nothing moves: y is x's memory. */
#include "ops.h"

/* The product of sizes first .. end - 1; -1: too many. */
static int64_t product(df_dims s, int first, int end)
{
    int64_t n = 1;
    for (int j = first; j < end; j++)
        if (__builtin_mul_overflow(n, s.size[j], &n))
            return -1;
    return n;
}

static df_status shape(df_shaping *s)
{
    df_dims from = s->x[0], to = s->y;
    char a[DF_TEXT], b[DF_TEXT];
    s->y_type = s->x_type[0];
    if (to.rank < 1 || to.rank > DF_RANK)
        return df_refuse(s, DF_BAD_SHAPE, "a shape has 1 to 8 sizes");
    int m = df_m_axis(from), k = df_m_axis(to);
    df__dims_text(from, a, sizeof a);
    df__dims_text(to, b, sizeof b);
    if ((m < 0) != (k < 0))
        return df_refuse(s, DF_BAD_SHAPE,
                         "%.64s has %s m, %.64s %s: m stays a dimension of its own", a,
                         m < 0 ? "no" : "an", b, k < 0 ? "has none" : "has one");
    int64_t before[] = { product(from, 0, m), product(to, 0, k) };
    int64_t after[] = { product(from, m + 1, from.rank), product(to, k + 1, to.rank) };
    if (before[0] == before[1] && after[0] == after[1] && after[0] > 0)
        return DF_OK;
    if (m < 0)
        return df_refuse(s, DF_BAD_SHAPE, "%.64s has %lld elements, %.64s has %lld", a,
                         (long long)after[0], b, (long long)after[1]);
    return df_refuse(s, DF_BAD_SHAPE,
                     "before m there are %lld elements and would be %lld, after it %lld and %lld: "
                     "df_moveaxis moves m, df_flatten flattens each example",
                     (long long)before[0], (long long)before[1], (long long)after[0],
                     (long long)after[1]);
}

static void view(const df_node *y, df_view *v)
{
    df_block_strides(df_shape_of(y), v->stride);
}

static df_node *dx(const df_at *at) { return df_reshape(at->dy, df_shape_of(at->x[0])); }

const df_op df__op_reshape = {
    .abi = DF_OP, .name = "reshape", .numpy = "%0.reshape(%s)",  .level = DF_AT_POWER,
    .latex = "\\operatorname{reshape}_{%s}\\left(%0\\right)",
    .kind = DF_VIEW, .arity = 1,     .linear = 1,                .takes_integers = true,
    .shape = shape,                  .view = view,               .d = { dx },
};

df_node *df_reshape(df_node *x, df_dims to)
{
    if (!df__is_value("reshape", x) || df__dims_equal(df_shape_of(x), to))
        return df__is_value("reshape", x) ? x : NULL;
    return df__make(df_graph_of(x), &df__op_reshape, &x, 1, NULL, &to);
}

df_node *df_flatten(df_node *x)
{
    df_dims s = df_shape_of(x), flat = { .rank = 1, .size = { 1, 1 } };
    int m = df_m_axis(s);
    if (m > 0)
        return df_flatten(df_moveaxis(x, m, 0));
    for (int j = m + 1; j < s.rank; j++)
        flat.size[m + 1] *= s.size[j];
    if (m == 0) {
        flat.rank = 2;
        flat.size[0] = DF_M;
    }
    return df_reshape(x, flat);
}

/* ---- axes of one size ------------------------------------------------------------------------ */

/* The shape with a size put in before that axis. */
static df_dims with_axis(df_dims s, int axis, int64_t size)
{
    memmove(s.size + axis + 1, s.size + axis, (size_t)(s.rank - axis) * sizeof *s.size);
    s.size[axis] = size;
    s.rank++;
    return s;
}

df_node *df_expand(df_node *x, int axis)
{
    df_dims s = df_shape_of(x);
    char text[DF_TEXT];
    int at = axis < 0 ? axis + s.rank + 1 : axis;
    if (!x)
        return NULL;
    if (at < 0 || at > s.rank || s.rank == DF_RANK)
        return df_fail(df_graph_of(x), DF_BAD_SHAPE, "expand: %s: no new axis can be at %d",
                       df_describe(x, text, sizeof text), axis);
    return df_reshape(x, with_axis(s, at, 1));
}

/* A single number has nothing to drop. */
df_node *df_take(df_node *x, int axis, int64_t i)
{
    df_dims s = df_shape_of(x);
    int at = df__axis_of(df__axis("take", x, axis));
    df_node *part = at < 0 ? NULL : df__slice("take", x, at, i, 1, 1);
    if (!part || s.rank == 1)
        return part;
    memmove(s.size + at, s.size + at + 1, (size_t)(s.rank - at - 1) * sizeof *s.size);
    s.rank--;
    return df_reshape(part, s);
}

/* x as (.. 1 n ..), stretched to (.. times n ..), and that as (.. times n ..) in one. */
df_node *df_tile(df_node *x, int axis, int64_t times)
{
    df_dims s = df_shape_of(x), wide;
    int at = df__axis_of(df__axis("tile", x, axis));
    char text[DF_TEXT];
    if (at < 0)
        return NULL;
    const char *why = s.size[at] == DF_M ? "the axis is m: each example is there once"
                      : times < 1        ? "it is repeated once or more often"
                      : s.rank == DF_RANK && s.size[at] != 1 ? "it has 8 axes" : NULL;
    if (why)
        return df_fail(df_graph_of(x), DF_BAD_SHAPE, "tile: %s: %s",
                       df_describe(x, text, sizeof text), why);
    wide = s;
    if (s.size[at] == 1) {
        wide.size[at] = times;
        return df_broadcast(x, wide);
    }
    wide = with_axis(s, at, times);
    if (__builtin_mul_overflow(s.size[at], times, &s.size[at]))
        s.size[at] = 0;                          /* which is refused as too many */
    df_node *stretched = df_broadcast(df_expand(x, at), wide);
    return df_reshape(stretched, s);
}
