/* bind.c -- the user's arrays, as inputs and as places for outputs
 *
 * SPDX-License-Identifier: MIT
 *
 * A bind is checked when it is made. One that fails is remembered, and fails the next run, until a
 * good one takes its place. */
#include "plan.h"
#include <stdarg.h>

static bool is_float(df_type type)
{
    return type == DF_FLOAT32 || type == DF_FLOAT64;
}

/* ---- finding --------------------------------------------------------------------------------- */

static int64_t input_of(const df_program *p, const df_node *x)
{
    for (int64_t i = 0; i < p->plan->n_inputs; i++)
        if (p->plan->input[i].leaf == x)
            return i;
    return -1;
}

static int64_t output_of(const df_program *p, const df_node *y)
{
    for (int64_t i = 0; i < p->plan->n_outputs; i++)
        if (p->plan->output[i].node == y)
            return i;
    return -1;
}

/* ---- checking an array ----------------------------------------------------------------------- */

/* Keeps the reason with the bind, if there is one, so that the next run fails with it. */
static bool refuse(df_program *p, df__bound *b, df_status s, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static bool refuse(df_program *p, df__bound *b, df_status s, const char *format, ...)
{
    char text[DF_TEXT];
    va_list list;
    df__here(text, sizeof text);
    size_t at = strlen(text);
    va_start(list, format);
    vsnprintf(text + at, sizeof text - at, format, list);
    va_end(list);
    if (b) {
        *b = (df__bound){ .status = s };
        memcpy(b->error, text, sizeof text);
    }
    p->ready_m = 0;
    return df__program_say(p, s, text);
}

/* There is an array, of a type that x may have. call: bind or bind_out. */
static bool array_given(df_program *p, df__bound *b, const char *call, const df_node *x,
                        const df_array *a)
{
    char text[DF_TEXT];
    df_describe(x, text, sizeof text);
    if (!a || !a->data)
        return refuse(p, b, DF_BAD_CALL, "%s: %s: the array is NULL", call, text);
    if (a->type < DF_FLOAT32 || a->type > DF_INT64)
        return refuse(p, b, DF_BAD_TYPE, "%s: %s: %d is no type", call, text, (int)a->type);
    return true;
}

/* n elements as an array of x's shape, example after example. */
static bool dense_array(df_program *p, df__bound *b, const char *call, const df_node *x, int64_t n,
                        df_array *to)
{
    char text[DF_TEXT];
    int64_t one = df__per_example(x->dims);
    bool over = df__has_m(x->dims);
    df_describe(x, text, sizeof text);
    if (n < 0)
        return refuse(p, b, DF_BAD_CALL, "%s: %s: %lld elements given", call, text, (long long)n);
    if (over ? n % one != 0 : n != one)
        return refuse(p, b, DF_BAD_SHAPE, "%s: %s: %lld elements given, %s%lld wanted", call, text,
                      (long long)n, over ? "a multiple of " : "", (long long)one);
    to->dims = x->dims;
    df_block_strides(x->dims, to->stride);
    if (over)
        to->dims.size[df_m_axis(x->dims)] = n / one;
    return true;
}

/* The sizes agree; m is what the array has there. to: the same with DF_M where m is, and how many
 * examples. */
static bool array_fits(df_program *p, df__bound *b, const char *call, const df_node *x,
                       const df_array *a, df__bound *to)
{
    char text[DF_TEXT], dims[DF_TEXT];
    df_describe(x, text, sizeof text);
    bool same = a->dims.rank == x->dims.rank;
    for (int j = 0; same && j < x->dims.rank; j++)
        same = x->dims.size[j] == DF_M ? a->dims.size[j] >= 0 : a->dims.size[j] == x->dims.size[j];
    if (!same)
        return refuse(p, b, DF_BAD_SHAPE, "%s: %s: an array of another shape, %s", call, text,
                      df__dims_text(a->dims, dims, sizeof dims));
    int m = df_m_axis(x->dims);
    *to = (df__bound){ .a = *a, .m = m < 0 ? 1 : a->dims.size[m] };
    if (to->m == 0)
        return refuse(p, b, DF_BAD_SHAPE, "%s: %s: no examples: m is 0", call, text);
    if (df__elements(x->dims, to->m) < 0)
        return refuse(p, b, DF_BAD_SHAPE, "%s: %s: %lld examples are more than memory can hold",
                      call, text, (long long)to->m);
    to->a.dims = x->dims;
    return true;
}

/* It can be used where it is: as a block of examples in the type that steps read. */
static bool lies_as_block(const df_array *a, df_dims dims, df_type type)
{
    int64_t stride[DF_RANK];
    df_block_strides(dims, stride);
    bool same = a->type == type;
    for (int j = 0; j < dims.rank; j++)
        same = same && (dims.size[j] == 1 || a->stride[j] == stride[j]);
    return same;
}

/* ---- inputs ---------------------------------------------------------------------------------- */

static bool input_ok(df_program *p, const df_node *x)
{
    char text[DF_TEXT];
    if (!x)
        return df__program_fail(p, DF_BAD_CALL, "bind: the input is NULL");
    if (x->g != p->g)
        return df__program_fail(p, DF_BAD_CALL, "bind: %s belongs to another graph",
                                df_describe(x, text, sizeof text));
    if (x->op != &df__op_input && !x->leaf)
        return df__program_fail(p, DF_BAD_CALL, "bind: %s is no input, parameter or state",
                                df_describe(x, text, sizeof text));
    return true;
}

/* Arrays that the program does not read are checked all the same, and tell m where no other does:
 * what the program reads is up to the simplifier. */
static bool bind(df_program *p, df_node *x, const df_array *a)
{
    int64_t i = input_of(p, x);
    df__bound b, *to = i < 0 ? NULL : &p->input[i];
    char text[DF_TEXT], number[32];
    double broken;
    if (!array_given(p, to, "bind", x, a) || !array_fits(p, to, "bind", x, a, &b))
        return false;
    if (x->type != p->g->real && is_float(a->type) && !df__all_whole(a, &broken))
        return refuse(p, to, DF_BAD_VALUE, "bind: %s holds integers, the array has %s",
                      df_describe(x, text, sizeof text), df__number_text(broken, a->type, number));
    if (!to && df__has_m(x->dims)) {
        if (!df__program_room(p, b.m))
            return false;
        p->other_m = b.m;
    }
    if (!to)
        return true;
    df_type type = p->plan->slot[p->plan->input[i].slot].type;
    b.dense = lies_as_block(a, x->dims, type);
    if (!b.dense && p->plan->input[i].stage < 0)
        return refuse(p, to, DF_BAD_TYPE,
                      "bind: %s: a parameter needs an array of the graph's float type, in C order",
                      df_describe(x, text, sizeof text));
    if (p->plan->input[i].per_example && !df__program_room(p, b.m))
        return refuse(p, to, DF_NO_MEMORY, "bind: %s: no memory for a workspace for %lld examples",
                      df_describe(x, text, sizeof text), (long long)b.m);
    *to = b;
    p->set_m = p->ready_m = 0;
    return true;
}

bool df_bind_array(df_program *p, df_node *x, const df_array *a)
{
    return p && input_ok(p, x) && bind(p, x, a);
}

static bool bind_dense(df_program *p, df_node *x, const void *v, df_type type, int64_t n)
{
    df_array a = { .data = (void *)v, .type = type };
    if (!p || !input_ok(p, x))
        return false;
    int64_t i = input_of(p, x);
    return dense_array(p, i < 0 ? NULL : &p->input[i], "bind", x, n, &a) && bind(p, x, &a);
}

bool df_bind_f32(df_program *p, df_node *x, const float *v, int64_t n)
{
    return bind_dense(p, x, v, DF_FLOAT32, n);
}

bool df_bind_f64(df_program *p, df_node *x, const double *v, int64_t n)
{
    return bind_dense(p, x, v, DF_FLOAT64, n);
}

bool df_bind_u8(df_program *p, df_node *x, const uint8_t *v, int64_t n)
{
    return bind_dense(p, x, v, DF_UINT8, n);
}

bool df_bind_i32(df_program *p, df_node *x, const int32_t *v, int64_t n)
{
    return bind_dense(p, x, v, DF_INT32, n);
}

bool df_bind_i64(df_program *p, df_node *x, const int64_t *v, int64_t n)
{
    return bind_dense(p, x, v, DF_INT64, n);
}

/* All are tried, so that one that fails leaves the others bound. */
bool df_bind_same(df_program *p, const df_program *from)
{
    if (!p)
        return false;
    if (!from || from->g != p->g)
        return df__program_fail(p, DF_BAD_CALL, "bind_same: %s",
                                from ? "the programs are of two graphs" : "from is NULL");
    bool ok = true;
    p->other_m = from->other_m;
    for (int64_t i = 0; i < from->plan->n_inputs; i++) {
        df_node *x = from->plan->input[i].leaf;
        df_array a = from->input[i].a;
        if (!a.data)
            continue;
        if (from->plan->input[i].per_example)
            a.dims.size[df_m_axis(a.dims)] = from->input[i].m;
        ok = bind(p, x, &a) && ok;
    }
    return ok;
}

/* ---- outputs --------------------------------------------------------------------------------- */

/* The output of that node that carries m; NULL: there is none, and the program has the error. */
static df__bound *place_of(df_program *p, const df_node *y)
{
    char text[DF_TEXT];
    int64_t i = y ? output_of(p, y) : -1;
    df_describe(y, text, sizeof text);
    if (!y)
        df__program_fail(p, DF_BAD_CALL, "bind_out: the output is NULL");
    else if (i < 0)
        df__program_fail(p, DF_BAD_CALL, "bind_out: %s is no output of this program", text);
    else if (!p->plan->output[i].per_example)
        df__program_fail(p, DF_BAD_CALL, "bind_out: %s has no m: read it with df_value or df_fetch",
                         text);
    else
        return &p->output[i];
    return NULL;
}

static bool bind_out(df_program *p, df__bound *to, const df_node *y, const df_array *a)
{
    char text[DF_TEXT];
    df__bound b;
    if (!array_given(p, to, "bind_out", y, a))
        return false;
    if (y->type == p->g->real && !is_float(a->type))
        return refuse(p, to, DF_BAD_TYPE, "bind_out: %s holds floats, the array integers",
                      df_describe(y, text, sizeof text));
    if (!array_fits(p, to, "bind_out", y, a, &b))
        return false;
    *to = b;
    return true;
}

static bool bind_out_dense(df_program *p, df_node *y, void *v, df_type type, int64_t n)
{
    df_array a = { .data = v, .type = type };
    df__bound *to = p ? place_of(p, y) : NULL;
    return to && dense_array(p, to, "bind_out", y, n, &a) && bind_out(p, to, y, &a);
}

bool df_bind_out_f32(df_program *p, df_node *y, float *v, int64_t n)
{
    return bind_out_dense(p, y, v, DF_FLOAT32, n);
}

bool df_bind_out_f64(df_program *p, df_node *y, double *v, int64_t n)
{
    return bind_out_dense(p, y, v, DF_FLOAT64, n);
}

bool df_bind_out_i32(df_program *p, df_node *y, int32_t *v, int64_t n)
{
    return bind_out_dense(p, y, v, DF_INT32, n);
}

bool df_bind_out_i64(df_program *p, df_node *y, int64_t *v, int64_t n)
{
    return bind_out_dense(p, y, v, DF_INT64, n);
}

bool df_bind_out_array(df_program *p, df_node *y, const df_array *a)
{
    df__bound *to = p ? place_of(p, y) : NULL;
    return to && bind_out(p, to, y, a);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Only reads the program, but for the reason why it could not. */
bool df_fetch(const df_program *p, const df_node *y, double *v, int64_t n)
{
    df_program *mine = (df_program *)p;
    char text[DF_TEXT];
    if (!p)
        return false;
    df_describe(y, text, sizeof text);
    int64_t i = y ? output_of(p, y) : -1;
    if (i < 0 || !v)
        return df__program_fail(mine, DF_BAD_CALL, i < 0 ? "fetch: %s is no output of this program"
                                                         : "fetch: %s: the array is NULL", text);
    if (p->plan->output[i].per_example)
        return df__program_fail(mine, DF_BAD_CALL,
                                "fetch: %s carries m: df_bind_out, before the run", text);
    if (!p->ran && p->error[0])
        return false;                                     /* the reason is there */
    if (!p->ran)
        return df__program_fail(mine, DF_UNBOUND, "fetch: %s: no run has gone well since", text);
    const df__slot *s = &p->plan->slot[p->plan->output[i].slot];
    if (n != s->count)
        return df__program_fail(mine, DF_BAD_SHAPE,
                                "fetch: %s: room for %lld elements given, %lld wanted", text,
                                (long long)n, (long long)s->count);
    df__convert(n, v, DF_FLOAT64, 1, (const char *)p->workspace + s->offset, s->type, 1);
    return true;
}

double df_value(const df_program *p, const df_node *y)
{
    double v;
    return df_fetch(p, y, &v, 1) ? v : (double)NAN;
}
