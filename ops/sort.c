/* sort.c -- where the largest and the smallest are, and elements in order
 *
 * SPDX-License-Identifier: MIT
 *
 *     argmax, argmin:  the first index of the largest or smallest along axis attr.i[0]
 *     argsort:         the indices along axis attr.i[0] in ascending order, or descending if
 *                      attr.i[1]; the first attr.i[2] of them, or all if that is 0
 *
 * Indices are integers and have no derivative. What is sorted is gathered by them, so that its
 * derivative goes back to where each element came from. Of equal elements the first comes first;
 * NaN is the largest and the smallest, and comes last in either order, as in NumPy. */
#include "ops.h"

/* One row along the axis. */
typedef struct { const float *f; const double *d; int64_t inner; bool down; } row;

static double key(const row *r, int64_t k)
{
    return r->f ? (double)r->f[k * r->inner] : r->d[k * r->inner];
}

static bool before(const row *r, int64_t a, int64_t b)
{
    double x = key(r, a), y = key(r, b);
    if (x != x || y != y)
        return x == x || (y != y && a < b);
    return x == y ? a < b : r->down ? x > y : x < y;
}

/* Puts `a` into a heap of n indices whose root is free: the last in order is at the root. */
static void sift(const row *r, int64_t *heap, int64_t n, int64_t a)
{
    int64_t at = 0, inner = r->inner;
    for (int64_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && before(r, heap[child * inner], heap[(child + 1) * inner]))
            child++;
        if (!before(r, a, heap[child * inner]))
            break;
        heap[at * inner] = heap[child * inner];
    }
    heap[at * inner] = a;
}

static void push(const row *r, int64_t *heap, int64_t n, int64_t a)
{
    int64_t at = n, inner = r->inner;
    for (; at > 0 && before(r, heap[(at - 1) / 2 * inner], a); at = (at - 1) / 2)
        heap[at * inner] = heap[(at - 1) / 2 * inner];
    heap[at * inner] = a;
}

/* The first k in order, in y, which is the heap meanwhile: nothing else is needed. */
static void sort(const row *r, int64_t len, int64_t *y, int64_t k)
{
    for (int64_t a = 0; a < len; a++)
        if (a < k)
            push(r, y, a, a);
        else if (before(r, a, y[0]))
            sift(r, y, k, a);
    for (int64_t n = k - 1; n > 0; n--) {
        int64_t last = y[n * r->inner];
        y[n * r->inner] = y[0];
        sift(r, y, n, last);
    }
}

static void first_of(const row *r, int64_t len, int64_t *y)
{
    *y = 0;
    for (int64_t a = 1; a < len; a++) {
        double top = key(r, *y), x = key(r, a);
        if (top == top && (x != x || (r->down ? x > top : x < top)))
            *y = a;
    }
}

static int64_t each_row(df_block *b, bool is_float, bool down, bool one)
{
    int64_t outer, len, k, inner, axis = b->attr->i[0];
    df_axis_of_block(b->y_dims, b->rows, (int)axis, &outer, &k, &inner);
    df_axis_of_block(b->x_dims[0], b->rows, (int)axis, &outer, &len, &inner);
    for (int64_t i = 0; i < outer * inner; i++) {
        int64_t at = i / inner * len * inner + i % inner;
        int64_t *y = (int64_t *)b->y + (i / inner * k * inner + i % inner);
        row r = { .inner = inner, .down = down };
        if (is_float)
            r.f = (const float *)b->x[0] + at;
        else
            r.d = (const double *)b->x[0] + at;
        if (one)
            first_of(&r, len, y);
        else
            sort(&r, len, y, k);
    }
    return -1;
}

static int64_t argmax_f32(df_block *b) { return each_row(b, true, true, true); }
static int64_t argmax_f64(df_block *b) { return each_row(b, false, true, true); }
static int64_t argmin_f32(df_block *b) { return each_row(b, true, false, true); }
static int64_t argmin_f64(df_block *b) { return each_row(b, false, false, true); }
static int64_t argsort_f32(df_block *b) { return each_row(b, true, b->attr->i[1], false); }
static int64_t argsort_f64(df_block *b) { return each_row(b, false, b->attr->i[1], false); }

/* ---- ops ------------------------------------------------------------------------------------- */

static df_status shape_axis(df_shaping *s, const char *way_out)
{
    int64_t axis = s->attr->i[0];
    s->y = s->x[0];
    s->y_type = DF_INT32;
    if (axis < 0 || axis >= s->y.rank)
        return df_refuse(s, DF_BAD_SHAPE, "there is no axis %lld", (long long)axis);
    if (s->y.size[axis] == DF_M)
        return df_refuse(s, DF_BAD_SHAPE,
                         "axis %d is m, whose examples have no place in a graph: %s", (int)axis,
                         way_out);
    if (s->y.size[axis] > INT32_MAX)
        return df_refuse(s, DF_BAD_SHAPE, "axis %d is too long", (int)axis);
    return DF_OK;
}

static df_status shape_one(df_shaping *s)
{
    df_status status = shape_axis(s, "df_equal(x, df_max_axis(x, DF_M)) marks the largest");
    if (status == DF_OK)
        s->y.size[s->attr->i[0]] = 1;
    return status;
}

static df_status shape_argsort(df_shaping *s)
{
    int64_t k = s->attr->i[2];
    df_status status = shape_axis(s, "df_run_pick takes them in any order");
    if (status == DF_OK && (k < 0 || k > s->y.size[s->attr->i[0]]))
        return df_refuse(s, DF_BAD_VALUE, "the first %lld of %lld", (long long)k,
                         (long long)s->y.size[s->attr->i[0]]);
    if (status == DF_OK && k > 0)
        s->y.size[s->attr->i[0]] = k;
    return status;
}

static int argsort_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    const int64_t *i = df_attr_of(y)->i;
    const char *x = !i[1] ? "%0" : how == DF_NUMPY ? "np.negative(%0)" : "-%0";
    if (how != DF_NUMPY)
        snprintf(text, DF_TEXT, "\\operatorname{argsort}\\left(%s\\right)", x);
    else if (i[2] == 0)
        snprintf(text, DF_TEXT, "np.argsort(%s, axis=%%n, kind=\"stable\")", x);
    else
        snprintf(text, DF_TEXT, "np.take(np.argsort(%s, axis=%%n, kind=\"stable\"), "
                 "np.arange(%lld), axis=%%n)", x, (long long)i[2]);
    return 0;
}

const df_op df__op_argmax = {
    .abi = DF_OP, .name = "argmax",  .numpy = "np.argmax(%0, axis=%n, keepdims=True)",
    .latex = "\\operatorname{argmax}\\left(%0\\right)",
    .kind = DF_OPAQUE, .arity = 1,
    .shape = shape_one,              .block = DF_BOTH(argmax),   .d = { df_d_zero },
};
const df_op df__op_argmin = {
    .abi = DF_OP, .name = "argmin",  .numpy = "np.argmin(%0, axis=%n, keepdims=True)",
    .latex = "\\operatorname{argmin}\\left(%0\\right)",
    .kind = DF_OPAQUE, .arity = 1,
    .shape = shape_one,              .block = DF_BOTH(argmin),   .d = { df_d_zero },
};
const df_op df__op_argsort = {
    .abi = DF_OP, .name = "argsort", .print = argsort_text,
    .kind = DF_OPAQUE, .arity = 1,   .cost = 20,
    .shape = shape_argsort,          .block = DF_BOTH(argsort),  .d = { df_d_zero },
};

/* ---- calls ----------------------------------------------------------------------------------- */

static df_node *indices(const df_op *op, const char *call, df_node *x, int axis, bool down,
                        int64_t k)
{
    int at = df__axis_of(df__axis(call, x, axis));
    return at < 0 ? NULL : df_apply(op, &x, 1, &(df_attr){ .i = { at, down, k } });
}

df_node *df_argmax_axis(df_node *x, int axis)
{
    return indices(&df__op_argmax, "argmax_axis", x, axis, false, 0);
}

df_node *df_argmin_axis(df_node *x, int axis)
{
    return indices(&df__op_argmin, "argmin_axis", x, axis, false, 0);
}

df_node *df_argsort(df_node *x, int axis)
{
    return indices(&df__op_argsort, "argsort", x, axis, false, 0);
}

df_node *df_sort(df_node *x, int axis)
{
    df_node *at = indices(&df__op_argsort, "sort", x, axis, false, 0);
    return at ? df_gather(x, at, axis) : NULL;
}

df_node *df_top_k(df_node *x, int axis, int64_t k)
{
    char text[DF_TEXT];
    if (x && k < 1)
        return df_fail(df_graph_of(x), DF_BAD_VALUE, "top_k: %s: the first %lld",
                       df_describe(x, text, sizeof text), (long long)k);
    df_node *at = indices(&df__op_argsort, "top_k", x, axis, true, k);
    return at ? df_gather(x, at, axis) : NULL;
}
