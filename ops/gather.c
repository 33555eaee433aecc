/* gather.c -- elements chosen by integers, and their sums where they came from
 *
 * SPDX-License-Identifier: MIT
 *
 *     embed:          y[i..., .] = E[x[i...], .]                dE = scatter_rows(dy, x)
 *     scatter_rows:   y[k, .] = sum of v[i..., .] where x[i...] = k
 *                                                               dv = embed(dy, x)
 *     gather:         y[.., k, ..] = v[.., x[.., k, ..], ..]    dv = scatter(dy, x)
 *     scatter:        y[.., j, ..] = sum of v[.., k, ..] where x[.., k, ..] = j
 *                                                               dv = gather(dy, x)
 *
 * A table E is the same for all examples, so the derivative by it is an accumulation over them. */
#include "ops.h"

static int64_t refuse_index(df_block *b, int64_t example, int64_t index, int64_t size)
{
    snprintf(b->why, sizeof b->why, "index %lld is not in 0 .. %lld", (long long)index,
             (long long)size - 1);
    return example;
}

/* Elements of a block of that shape, without the axes before `first`. */
static int64_t count(df_dims s, int first, int64_t rows)
{
    int64_t n = 1;
    for (int j = first; j < s.rank; j++)
        n *= s.size[j] == DF_M ? rows : s.size[j];
    return n;
}

/* Sizes along an axis of a gather: of what is chosen from, and of the indices. */
typedef struct { int64_t outer, from, inner, n; } rows;

static rows rows_of(df_block *b, df_dims from, df_dims index)
{
    rows r;
    int axis = (int)b->attr->i[0];
    df_axis_of_block(index, b->rows, axis, &r.outer, &r.n, &r.inner);
    r.from = from.size[axis];
    return r;
}

#define KERNELS(T, t) \
    static int64_t embed_##t(df_block *b) \
    { \
        int64_t n = count(b->x_dims[1], 0, b->rows), size = b->x_dims[0].size[0]; \
        int64_t inner = count(b->x_dims[0], 1, 1); \
        const T *x = b->x[0]; \
        const int64_t *at = b->x[1]; \
        for (int64_t r = 0; r < n; r++) { \
            if (at[r] < 0 || at[r] >= size) \
                return refuse_index(b, r / (n / b->rows), at[r], size); \
            memcpy((T *)b->y + r * inner, x + at[r] * inner, (size_t)inner * sizeof *x); \
        } \
        return -1; \
    } \
    static int64_t scatter_rows_##t(df_block *b) \
    { \
        int64_t n = count(b->x_dims[1], 0, b->rows), size = b->y_dims.size[0]; \
        int64_t inner = count(b->y_dims, 1, 1); \
        const T *x = b->x[0]; \
        const int64_t *at = b->x[1]; \
        for (int64_t r = 0; r < n; r++, x += inner) { \
            if (at[r] < 0 || at[r] >= size) \
                return refuse_index(b, r / (n / b->rows), at[r], size); \
            T *y = (T *)b->y + at[r] * inner; \
            for (int64_t k = 0; k < inner; k++) \
                y[k] += x[k]; \
        } \
        return -1; \
    } \
    static int64_t gather_##t(df_block *b) \
    { \
        rows r = rows_of(b, b->x_dims[0], b->x_dims[1]); \
        const T *x = b->x[0]; \
        const int64_t *at = b->x[1]; \
        T *y = b->y; \
        for (int64_t o = 0; o < r.outer; o++, x += r.from * r.inner) \
            for (int64_t k = 0; k < r.n * r.inner; k++, at++) { \
                if (*at < 0 || *at >= r.from) \
                    return refuse_index(b, o / (r.outer / b->rows), *at, r.from); \
                *y++ = x[*at * r.inner + k % r.inner]; \
            } \
        return -1; \
    } \
    static int64_t scatter_##t(df_block *b) \
    { \
        rows r = rows_of(b, b->y_dims, b->x_dims[1]); \
        const T *x = b->x[0]; \
        const int64_t *at = b->x[1]; \
        T *y = b->y; \
        memset(y, 0, (size_t)(r.outer * r.from * r.inner) * sizeof *y); \
        for (int64_t o = 0; o < r.outer; o++, y += r.from * r.inner) \
            for (int64_t k = 0; k < r.n * r.inner; k++, at++) { \
                if (*at < 0 || *at >= r.from) \
                    return refuse_index(b, o / (r.outer / b->rows), *at, r.from); \
                y[*at * r.inner + k % r.inner] += *x++; \
            } \
        return -1; \
    }
KERNELS(float, f32)
KERNELS(double, f64)

/* ---- shapes ---------------------------------------------------------------------------------- */

static df_status shape_types(df_shaping *s)
{
    if (s->x_type[0] >= DF_UINT8)
        return df_refuse(s, DF_BAD_TYPE, "what is chosen from holds integers: df_float first");
    if (s->x_type[1] < DF_UINT8)
        return df_refuse(s, DF_BAD_TYPE, "indices are integers: df_input_of declares such data");
    return DF_OK;
}

static df_status shape_embed(df_shaping *s)
{
    df_dims table = s->x[0];
    df_status status = shape_types(s);
    s->y = s->x[1];
    if (status != DF_OK)
        return status;
    if (df_m_axis(table) >= 0)
        return df_refuse(s, DF_BAD_SHAPE, "a table is the same for every example, without m: "
                         "df_gather chooses within each example");
    if (s->y.rank + table.rank - 1 > DF_RANK)
        return df_refuse(s, DF_BAD_SHAPE, "the result would have more than 8 axes");
    for (int j = 1; j < table.rank; j++)
        s->y.size[s->y.rank++] = table.size[j];
    return DF_OK;
}

static df_status shape_scatter_rows(df_shaping *s)
{
    df_dims x = s->x[0], index = s->x[1];
    df_status status = shape_types(s);
    bool fits = x.rank >= index.rank;
    for (int j = 0; fits && j < index.rank; j++)
        fits = x.size[j] == index.size[j];
    for (int j = index.rank; fits && j < x.rank; j++)
        fits = x.size[j] != DF_M;
    if (status != DF_OK)
        return status;
    if (!fits)
        return df_refuse(s, DF_BAD_SHAPE, "there is one row for each index");
    s->y = (df_dims){ .rank = 1, .size = { s->attr->i[0] } };
    for (int j = index.rank; j < x.rank; j++)
        s->y.size[s->y.rank++] = x.size[j];
    return DF_OK;
}

/* Both are of one shape but along the axis, which is not m. */
static df_status shape_along(df_shaping *s)
{
    df_dims x = s->x[0], index = s->x[1];
    int64_t axis = s->attr->i[0];
    df_status status = shape_types(s);
    if (status != DF_OK)
        return status;
    if (axis < 0 || axis >= x.rank || x.rank != index.rank)
        return df_refuse(s, DF_BAD_SHAPE, "the numbers of dimensions differ: %d and %d", x.rank,
                         index.rank);
    if (x.size[axis] == DF_M || index.size[axis] == DF_M)
        return df_refuse(s, DF_BAD_SHAPE, "axis %d is m, and no example knows another: "
                         "df_embed chooses rows of a table without m", (int)axis);
    for (int j = 0; j < x.rank; j++)
        if (j != axis && x.size[j] != index.size[j])
            return df_refuse(s, DF_BAD_SHAPE, "sizes of dimension %d differ", j);
    return DF_OK;
}

static df_status shape_gather(df_shaping *s)
{
    s->y = s->x[1];
    return shape_along(s);
}

static df_status shape_scatter(df_shaping *s)
{
    df_status status = shape_along(s);
    s->y = s->x[0];
    if (status == DF_OK && !df__dims_equal(s->x[0], s->x[1]))
        return df_refuse(s, DF_BAD_SHAPE, "there is one index for each element");
    if (status == DF_OK)
        s->y.size[s->attr->i[0]] = s->attr->i[1];
    return status;
}

/* ---- derivatives and ops --------------------------------------------------------------------- */

static df_node *embed_dx(const df_at *at)
{
    return df_scatter_rows(at->dy, at->x[1], df_shape_of(at->x[0]).size[0]);
}

static df_node *scatter_rows_dx(const df_at *at) { return df_embed(at->dy, at->x[1]); }

static df_node *gather_dx(const df_at *at)
{
    int axis = (int)at->attr->i[0];
    return df_scatter(at->dy, at->x[1], axis, df_shape_of(at->x[0]).size[axis]);
}

static df_node *scatter_dx(const df_at *at)
{
    return df_gather(at->dy, at->x[1], (int)at->attr->i[0]);
}

const df_op df__op_embed = {
    .abi = DF_OP, .name = "embed",   .numpy = "%0[%1]",          .latex = "%0_{[%1]}",
    .kind = DF_OPAQUE, .arity = 2,   .linear = 1,                .takes_integers = true,
    .shape = shape_embed,            .block = DF_BOTH(embed),    .d = { embed_dx, df_d_zero },
};
const df_op df__op_scatter_rows = {
    .abi = DF_OP, .name = "scatter_rows", .numpy = "scatter_rows(%0, %1, %n)",
    .latex = "\\operatorname{scatter}_{%n}\\left(%0, %1\\right)",
    .prelude = "def scatter_rows(x, i, n):\n"
               "    y = np.zeros((n,) + x.shape[i.ndim:])\n"
               "    np.add.at(y, i, x)\n"
               "    return y\n",
    .kind = DF_OPAQUE, .arity = 2,   .linear = 1,                .takes_integers = true,
    .adds_up = true,
    .shape = shape_scatter_rows,     .block = DF_BOTH(scatter_rows),
    .d = { scatter_rows_dx, df_d_zero },
};
const df_op df__op_gather = {
    .abi = DF_OP, .name = "gather",  .numpy = "np.take_along_axis(%0, %1, %n)",
    .latex = "%0_{[%1]}",
    .kind = DF_OPAQUE, .arity = 2,   .linear = 1,                .takes_integers = true,
    .shape = shape_gather,           .block = DF_BOTH(gather),   .d = { gather_dx, df_d_zero },
};
const df_op df__op_scatter = {
    .abi = DF_OP, .name = "scatter", .numpy = "scatter(%0, %1, %n, %j)",
    .latex = "\\operatorname{scatter}_{%n}\\left(%0, %1\\right)",
    .prelude = "def scatter(x, i, axis, n):\n"
               "    y = np.zeros(x.shape[:axis] + (n,) + x.shape[axis + 1:])\n"
               "    at = list(np.indices(x.shape))\n"
               "    at[axis] = i\n"
               "    np.add.at(y, tuple(at), x)\n"
               "    return y\n",
    .kind = DF_OPAQUE, .arity = 2,   .linear = 1,                .takes_integers = true,
    .shape = shape_scatter,          .block = DF_BOTH(scatter),  .d = { scatter_dx, df_d_zero },
};

/* ---- calls ----------------------------------------------------------------------------------- */

df_node *df_embed(df_node *table, df_node *i) { return df_apply2(&df__op_embed, table, i); }

df_node *df_scatter_rows(df_node *x, df_node *i, int64_t n)
{
    return df_apply(&df__op_scatter_rows, (df_node *[]){ x, i }, 2, &(df_attr){ .i = { n } });
}

/* x with sizes of 1 repeated to those of `like`, but along that axis. */
static df_node *stretched(df_node *x, df_node *like, int64_t axis)
{
    df_dims s = df_shape_of(x), to = df_shape_of(like);
    if (s.rank != to.rank || s.size[axis] == DF_M || to.size[axis] == DF_M)
        return x;
    to.size[axis] = s.size[axis];
    for (int j = 0; j < s.rank; j++)
        if (s.size[j] != 1)
            to.size[j] = s.size[j];
    return df_broadcast(x, to);
}

df_node *df_gather(df_node *x, df_node *i, int axis)
{
    int at = df__together("gather", x, i) ? df__axis_of(df__axis("gather", x, axis)) : -1;
    if (at < 0)
        return NULL;
    df_node *pair[] = { stretched(x, i, at), stretched(i, x, at) };
    return df_apply(&df__op_gather, pair, 2, &(df_attr){ .i = { at } });
}

df_node *df_scatter(df_node *x, df_node *i, int axis, int64_t n)
{
    int at = df__together("scatter", x, i) ? df__axis_of(df__axis("scatter", x, axis)) : -1;
    df_node *pair[] = { x, i };
    return at < 0 ? NULL : df_apply(&df__op_scatter, pair, 2, &(df_attr){ .i = { at, n } });
}
