/* ready.c -- what must hold before a run
 *
 * SPDX-License-Identifier: MIT */
#include "run.h"

/* ---- inputs ---------------------------------------------------------------------------------- */

/* The one m of all inputs that carry it. */
static int64_t bound_m(df_program *p)
{
    const df__plan *plan = p->plan;
    int64_t m = 0, by = -1;
    for (int64_t i = 0; i < plan->n_inputs; i++) {
        if (!plan->input[i].per_example)
            continue;
        if (by >= 0 && p->input[i].m != m)
            return df__program_fail(p, DF_BAD_SHAPE, "run: %s has %lld examples, %s has %lld",
                                    df_name_of(plan->input[by].leaf), (long long)m,
                                    df_name_of(plan->input[i].leaf), (long long)p->input[i].m);
        m = p->input[i].m;
        by = i;
    }
    if (by < 0 && plan->per_example && !p->other_m)
        return df__program_fail(p, DF_UNBOUND,
                                "run: m is not known: no input that carries it is bound");
    return by >= 0 ? m : plan->per_example ? p->other_m : 1;
}

static bool is_updated(const df__plan *plan, const df_node *leaf)
{
    for (int64_t i = 0; i < plan->n_updates; i++)
        if (plan->update[i].leaf == leaf)
            return true;
    return false;
}

static bool inputs_ready(df_program *p)
{
    for (int64_t i = 0; i < p->plan->n_inputs; i++) {
        const df_node *leaf = p->plan->input[i].leaf;
        const df__bound *b = &p->input[i];
        if (b->error[0])
            return df__program_say(p, b->status, b->error);
        if (!b->a.data && !leaf->leaf)
            return df__program_fail(p, DF_UNBOUND, "run: %s is not bound: df_bind",
                                    df_name_of(leaf));
        if (!b->a.data && !leaf->leaf->has_value)
            return df__program_fail(p, DF_UNBOUND, "run: %s has no value: df_init or df_set",
                                    df_name_of(leaf));
        if (b->a.data && leaf->leaf && is_updated(p->plan, leaf))
            return df__program_fail(p, DF_BAD_CALL,
                                    "run: %s is bound to an array and updated: one of the two",
                                    df_name_of(leaf));
    }
    return true;
}

/* Asked once for a set of binds: a value that is there stays. */
int64_t df__ready(df_program *p)
{
    if (!p->ready_m && inputs_ready(p))
        p->ready_m = bound_m(p);
    return p->ready_m;
}

/* ---- outputs --------------------------------------------------------------------------------- */

/* The bytes that the elements of m examples lie between. */
typedef struct { const char *low, *high; } extent;

static extent extent_of(const df_array *a, int64_t m)
{
    int64_t size = (int64_t)df__type_size(a->type);
    extent e = { a->data, (const char *)a->data + size };
    for (int j = 0; j < a->dims.rank; j++) {
        int64_t n = a->dims.size[j] == DF_M ? m : a->dims.size[j], reach;
        if (__builtin_mul_overflow((n - 1) * size, a->stride[j], &reach))
            reach = 0; /* no array lies like this: whoever bound it knows better */
        *(reach < 0 ? &e.low : &e.high) += reach;
    }
    return e;
}

static int64_t bytes_of_row(const df_array *a)
{
    int m = df_m_axis(a->dims);
    return m < 0 ? 0 : a->stride[m] * (int64_t)df__type_size(a->type);
}

/* Rows of both are the same distance apart, and within it the two never meet: columns of one
 * table. */
static bool are_columns(const df_array *a, const df_array *b)
{
    int64_t by = bytes_of_row(a);
    extent x = extent_of(a, 1), y = extent_of(b, 1);
    if (by <= 0 || bytes_of_row(b) != by)
        return false;
    int64_t from = ((y.low - x.low) % by + by) % by;
    return from >= x.high - x.low && from + (y.high - y.low) <= by;
}

static bool apart(const df_array *a, int64_t m_a, const df_array *b, int64_t m_b)
{
    extent x = extent_of(a, m_a), y = extent_of(b, m_b);
    return x.high <= y.low || y.high <= x.low || are_columns(a, b);
}

/* An output may lie just where an input does if each example is read before it is written. */
static bool is_same(const df__running *r, const df__bound *in, const df__bound *out)
{
    return in->a.data == out->a.data && in->a.type == out->a.type && in->m == r->m &&
           r->first == 0 && !r->which && r->plan->n_passes == 1 &&
           !memcmp(in->a.stride, out->a.stride, sizeof in->a.stride) &&
           df__dims_equal(in->a.dims, out->a.dims);
}

static df_array array_of_leaf(const df_node *leaf)
{
    df_array a = { .data = leaf->leaf->data, .type = leaf->leaf->type, .dims = leaf->dims };
    df_block_strides(leaf->dims, a.stride);
    return a;
}

/* Says what output i overlaps; false: nothing. */
static bool overlaps(const df__running *r, int64_t i, char text[DF_TEXT])
{
    const df_program *p = r->p;
    const df__bound *out = &p->output[i];
    for (int64_t k = 0; k < r->plan->n_inputs; k++) {
        const df__bound *in = &p->input[k];
        df_array a = in->a.data ? in->a : array_of_leaf(r->plan->input[k].leaf);
        if (!apart(&a, in->a.data ? in->m : 1, &out->a, r->m) &&
            !(in->a.data && is_same(r, in, out)))
            return snprintf(text, DF_TEXT, "the array of %.64s",
                            df_name_of(r->plan->input[k].leaf)) > 0;
    }
    for (int64_t k = 0; k < i; k++)
        if (p->output[k].a.data && !apart(&p->output[k].a, r->m, &out->a, r->m))
            return snprintf(text, DF_TEXT, "that of output %.64s",
                            df_name_of(r->plan->output[k].node)) > 0;
    return false;
}

static bool output_ready(const df__running *r, int64_t i)
{
    df_program *p = r->p;
    const df__bound *b = &p->output[i];
    const char *name = df_name_of(r->plan->output[i].node);
    char text[DF_TEXT];
    name = *name ? name : r->plan->output[i].image->op->name;
    if (b->error[0])
        return df__program_say(p, b->status, b->error);
    if (!b->a.data)
        return df__program_fail(p, DF_UNBOUND,
                                "run: the output %s carries m and has no place: df_bind_out", name);
    if (b->m < r->m)
        return df__program_fail(p, DF_BAD_SHAPE,
                                "run: the place of %s holds %lld examples, the run has %lld", name,
                                (long long)b->m, (long long)r->m);
    if (overlaps(r, i, text))
        return df__program_fail(p, DF_BAD_CALL, "run: the place of %s overlaps %s", name, text);
    return true;
}

bool df__outputs_ready(const df__running *r)
{
    for (int64_t i = 0; r->plan->stores && i < r->plan->n_outputs; i++)
        if (r->plan->output[i].per_example && !output_ready(r, i))
            return false;
    return true;
}
