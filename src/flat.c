/* flat.c -- all parameters as the one vector that an optimiser of someone else's works on
 *
 * SPDX-License-Identifier: MIT */
#include "plan.h"

/* Where each parameter has its part of a program's own copy of the vector: whole lines, so that
 * loops over it need no tails. */
enum { LINE = 64 };

static size_t part_bytes(const df_node *p)
{
    size_t bytes = (size_t)p->leaf->n * df__type_size(p->leaf->type);
    return (bytes + LINE - 1) / LINE * LINE;
}

/* Room for all parameters that there are by now. */
static bool make_room(df_program *p)
{
    size_t bytes = LINE;
    for (int64_t id = 0; id < p->g->n_nodes; id++)
        if (p->g->node[id]->op == &df__op_param)
            bytes += part_bytes(p->g->node[id]);
    if (p->flat_bytes >= bytes)
        return true;
    void *memory = df__get(&p->g->mem, bytes);
    if (!memory)
        return df__program_fail(p, DF_NO_MEMORY, "bind_flat: no memory");
    memset(memory, 0, bytes);
    df__put(&p->g->mem, p->flat, p->flat_bytes);
    p->flat = memory;
    p->flat_bytes = bytes;
    return true;
}

static bool bind_part(df_program *p, df_node *x, const double *v, void *to)
{
    df_type type = x->leaf->type;
    df__convert(x->leaf->n, to, type, 1, v, DF_FLOAT64, 1);
    return type == DF_FLOAT32 ? df_bind_f32(p, x, to, x->leaf->n)
                              : df_bind_f64(p, x, to, x->leaf->n);
}

static bool bind_flat(df_program *p, const char *call, const double *v, int64_t n)
{
    int64_t size = df_flat_size(p->g);
    if (n != size)
        return df__program_fail(p, DF_BAD_CALL, "%s: the parameters have %lld elements, not %lld",
                                call, (long long)size, (long long)n);
    if (n && !v)
        return df__program_fail(p, DF_BAD_CALL, "%s: the array is NULL", call);
    if (!make_room(p))
        return false;
    char *to = (char *)(((uintptr_t)p->flat + LINE - 1) / LINE * LINE);
    bool ok = true;
    for (int64_t id = 0; ok && id < p->g->n_nodes; id++) {
        df_node *x = p->g->node[id];
        if (x->op != &df__op_param)
            continue;
        ok = bind_part(p, x, v, to);
        v += x->leaf->n;
        to += part_bytes(x);
    }
    return ok;
}

bool df_bind_flat(df_program *p, const double *v, int64_t n)
{
    return p && bind_flat(p, "bind_flat", v, n);
}

bool df__flat_clone(df_program *p, const df_program *from)
{
    if (!from->flat)
        return true;
    p->flat = df__get(&p->g->mem, from->flat_bytes);
    if (!p->flat)
        return false;
    p->flat_bytes = from->flat_bytes;
    memcpy(p->flat, from->flat, from->flat_bytes);
    const char *begin = from->flat, *end = begin + from->flat_bytes;
    for (int64_t i = 0; i < p->plan->n_inputs; i++) {
        const char *data = p->input[i].a.data;
        if (data >= begin && data < end)
            p->input[i].a.data = (char *)p->flat + (data - begin);
    }
    return true;
}

/* The outputs are what df_objective gives: one number, and as many as there are parameters. */
static bool are_outputs(df_program *p, int64_t n, bool grad)
{
    const df__plan *plan = p->plan;
    if (plan->n_outputs < 1 || !df__is_scalar(plan->output[0].node->dims))
        return df__program_fail(p, DF_BAD_CALL, "objective: the first output is not one number");
    const df_node *d = plan->n_outputs > 1 ? plan->output[1].node : NULL;
    if (grad && (!d || d->dims.rank != 1 || d->dims.size[0] != n))
        return df__program_fail(
            p, DF_BAD_CALL,
            "objective: the second output is not the gradient: df_d_flat of the first");
    return true;
}

double df_objective(unsigned n, const double *x, double *grad, void *program)
{
    df_program *p = program;
    if (!p || !are_outputs(p, n, grad != NULL) || !bind_flat(p, "objective", x, n) || !df_run(p))
        return (double)NAN;
    if (grad && !df_fetch(p, p->plan->output[1].node, grad, n))
        return (double)NAN;
    return df_value(p, p->plan->output[0].node);
}
