/* check_model.c -- the graph behind J, or the part of it above a cut, in double and with values of
 * its own
 *
 * SPDX-License-Identifier: MIT
 *
 * A model is a graph like a user's, whatever the type of the user's own: its derivatives are made
 * by df_d, with the same rules. What lies below the cut becomes inputs. What derivatives take as
 * given (df_stop) is given. */
#include "check_model.h"

/* What went wrong in the model's graph or program goes to the user's program. */
static bool failed(df__model *m, const df_program *q)
{
    df_program *p = m->c->p;
    if (q && q->status != DF_OK)
        return df__program_say(p, q->status, q->error);
    if (m->g && m->g->status != DF_OK)
        return df__program_say(p, m->g->status, m->g->error);
    return df__program_fail(p, DF_NO_MEMORY, "check_derivatives: no memory");
}

static void *get(const df__model *m, size_t bytes)
{
    void *p = df__get(&m->c->p->g->mem, bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

void df__model_end(df__model *m)
{
    if (!m->c)
        return;
    const df_memory *mem = &m->c->p->g->mem;
    for (int i = 0; i < m->n; i++)
        df__put(mem, m->given[i].v, (size_t)(4 * m->given[i].n) * sizeof(double));
    df__put(mem, m->given, (size_t)m->n_cap * sizeof *m->given);
    df__put(mem, m->of, (size_t)(m->c->J->id + 1) * sizeof *m->of);
    df_graph_free(m->g);
    *m = (df__model){ 0 };
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static bool is_leaf(const df_node *x)
{
    return x->op == &df__op_input || x->leaf;
}

/* A view without a derivative hides that J moves with it; what is constant piece by piece has none
 * to hide. */
static bool is_stop(const df_node *x)
{
    return x->op->kind == DF_VIEW && x->op->d[0] == df_d_zero;
}

static bool is_given(const df__model *m, const df_node *x, int64_t cut, bool base)
{
    bool varies = m->c->mark[x->id] & DF__VARIES;
    return is_leaf(x) || (!base && (is_stop(x) || (varies && x->id <= cut)));
}

static bool add_given(df__model *m, df_node *x)
{
    int64_t cap = m->n_cap, n = df__elements(x->dims, m->c->m);
    if (!df__grow(&m->c->p->g->mem, &m->given, &cap, m->n + 1, sizeof *m->given))
        return false;
    m->n_cap = (int)cap;
    df__given *t = &m->given[m->n];
    *t = (df__given){ .of = x, .n = n, .varies = m->c->mark[x->id] & DF__VARIES };
    t->v = n < 0 ? NULL : get(m, (size_t)(4 * n) * sizeof(double));
    if (!t->v)
        return false;
    m->n++;
    t->at = t->v + n;
    t->u = t->at + n;
    t->d = t->u + n;
    bool number = x->type == x->g->real;
    if (x->leaf || x->name)
        t->x = df__new_leaf(m->g, x->leaf ? x->op : &df__op_input, x->name,
                            number ? DF_FLOAT64 : x->type, x->dims, true);
    else
        t->x = df__make(m->g, &df__op_input, NULL, 0, NULL, &x->dims);
    m->of[x->id] = t->x;
    return t->x != NULL;
}

static bool add_node(df__model *m, const df_node *x)
{
    df_node *few[DF_ARITY], **list = few;
    size_t bytes = (size_t)x->n * sizeof *list;
    if (x->n > DF_ARITY && !(list = get(m, bytes)))
        return false;
    for (int i = 0; i < x->n; i++)
        list[i] = m->of[x->x[i]->id];
    df_node *y = df__make(m->g, x->op, list, x->n, &x->attr, &x->dims);
    if (list != few)
        df__put(&m->c->p->g->mem, list, bytes);
    if (y && x->number)
        y->number = x->number;
    return (m->of[x->id] = y) != NULL;
}

/* All that J needs, down to what is given. */
static bool copy_nodes(df__model *m, int64_t cut, bool base)
{
    df_node *J = m->c->J;
    size_t bytes = (size_t)J->id + 1;
    unsigned char *needed = get(m, bytes);
    if (!needed)
        return false;
    needed[J->id] = 1;
    for (int64_t id = J->id; id >= 0; id--)
        for (int i = 0;
             needed[id] && !is_given(m, J->g->node[id], cut, base) && i < J->g->node[id]->n; i++)
            needed[J->g->node[id]->x[i]->id] = 1;
    bool ok = true;
    for (int64_t id = 0; ok && id <= J->id; id++)
        if (needed[id])
            ok = is_given(m, J->g->node[id], cut, base) ? add_given(m, J->g->node[id])
                                                        : add_node(m, J->g->node[id]);
    df__put(&J->g->mem, needed, bytes);
    return ok;
}

static bool begin(df__checking *c, df__model *m, int64_t cut, bool base)
{
    *m = (df__model){ .c = c };
    m->g = df_graph_make(DF_FLOAT64, &c->p->g->mem, DF_VERSION);
    m->of = get(m, (size_t)(c->J->id + 1) * sizeof *m->of);
    if (!m->g || !m->of)
        return failed(m, NULL);
    m->g->seed = c->p->g->seed;
    if (!copy_nodes(m, cut, base) || !(m->J = df_sum(m->of[c->J->id])))
        return failed(m, NULL);
    return true;
}

/* ---- programs -------------------------------------------------------------------------------- */

/* A program of these nodes, all inputs bound to where they are now. NULL: failed. */
static df_program *compile(df__model *m, df_node *const *y, int n)
{
    df_program *q = df_compile_list(m->g, y, n, &(df_options){ .threads = 1 });
    bool ok = q && df__program_room(q, m->c->m);
    if (ok)
        q->other_m = m->c->m;
    for (int i = 0; ok && i < m->n; i++) {
        df__given *t = &m->given[i];
        ok = t->x->type == DF_FLOAT64 ? df_bind_f64(q, t->x, t->at, t->n)
                                      : df_bind_i64(q, t->x, (const int64_t *)t->at, t->n);
    }
    if (!ok)
        failed(m, q);
    return ok ? q : NULL;
}

/* Runs a program of these nodes once; of two that are the same node, both get it. */
static bool calculate(df__model *m, df_node **y, double **to, int n)
{
    df_program *q = compile(m, y, n);
    bool ok = q != NULL;
    for (int i = 0; ok && i < n; i++)
        if (df__has_m(y[i]->dims))
            ok = df_bind_out_f64(q, y[i], to[i], df__elements(y[i]->dims, m->c->m));
    ok = ok && df_run(q);
    for (int i = 0; ok && i < n; i++)
        if (!df__has_m(y[i]->dims))
            ok = df_fetch(q, y[i], to[i], df__elements(y[i]->dims, 1));
    if (q && !ok)
        failed(m, q);
    df_program_free(q);
    return ok;
}

/* The same, each node once. */
static bool calculate_each(df__model *m, df_node **y, double **to, int n)
{
    int kept = 0;
    size_t bytes = (size_t)n * (sizeof *y + sizeof *to);
    df_node **once = n ? get(m, bytes) : NULL;
    double **place = (double **)(once + n);
    if (!once)
        return n == 0 || failed(m, NULL);
    for (int i = 0; i < n; i++) {
        int k = 0;
        while (k < kept && once[k] != y[i])
            k++;
        once[k] = y[i];
        place[k] = k == kept ? to[i] : place[k];
        kept += k == kept;
    }
    bool ok = calculate(m, once, place, kept);
    for (int i = 0; ok && i < n; i++)
        for (int k = 0; k < kept; k++)
            if (once[k] == y[i] && place[k] != to[i])
                memcpy(to[i], place[k], (size_t)df__elements(y[i]->dims, m->c->m) * sizeof(double));
    df__put(&m->c->p->g->mem, once, bytes);
    return ok;
}

static void put_at(df__model *m, double h)
{
    for (int i = 0; i < m->n; i++) {
        df__given *t = &m->given[i];
        memcpy(t->at, t->v, (size_t)t->n * sizeof *t->v);
        for (int64_t k = 0; t->varies && h != 0 && k < t->n; k++)
            t->at[k] += h * t->u[k];
    }
}

bool df__model_J(df__model *m, double h, double *J)
{
    if (!m->value && !(m->value = compile(m, &m->J, 1)))
        return false;
    put_at(m, h);
    if (!df_run(m->value))
        return failed(m, m->value);
    *J = df_value(m->value, m->J);
    return true;
}

/* ---- values ---------------------------------------------------------------------------------- */

static bool is_output(const df_program *p, const df_node *y)
{
    for (int64_t i = 0; i < p->plan->n_outputs; i++)
        if (p->plan->output[i].node == y)
            return true;
    return false;
}

/* What the program would read. An input that it does not need makes no difference to its outputs: 0
 * then. */
static bool load_leaf(df__checking *c, df__given *t)
{
    df_program *p = c->p;
    df_type type = t->x->type == DF_FLOAT64 ? DF_FLOAT64 : DF_INT64;
    const df__leaf *leaf = t->of->leaf;
    for (int64_t i = 0; i < p->plan->n_inputs; i++)
        if (p->plan->input[i].leaf == t->of && p->input[i].a.data) {
            df__load(&p->input[i].a, NULL, 0, df__has_m(t->of->dims) ? c->m : 1, t->v, type);
            return true;
        }
    if (leaf && (leaf->has_value || t->of->op == &df__op_state)) {
        if (leaf->data)
            df__convert(leaf->n, t->v, DF_FLOAT64, 1, leaf->data, leaf->type, 1);
        return true;
    }
    if (!leaf && is_output(p, c->J))
        return true;
    return df__program_fail(p, DF_UNBOUND, "check_derivatives: %s %s", df_name_of(t->of),
                            leaf ? "has no value: df_init or df_set" : "is not bound: df_bind");
}

bool df__model_base(df__checking *c, df__model *base)
{
    if (!begin(c, base, -1, true))
        return false;
    for (int i = 0; i < base->n; i++)
        if (!load_leaf(c, &base->given[i]))
            return false;
    return true;
}

/* The base calculates what is given here. */
static bool take_values(df__model *m, df__model *base)
{
    size_t bytes = (size_t)m->n * (sizeof(df_node *) + sizeof(double *));
    df_node **y = get(m, bytes + 1);
    double **to = (double **)(y + m->n);
    int n = 0;
    if (!y)
        return failed(m, NULL);
    for (int i = 0; i < m->n; i++)
        if (!is_leaf(m->given[i].of)) {
            y[n] = base->of[m->given[i].of->id];
            to[n++] = m->given[i].v;
        }
    for (int i = 0; i < m->n; i++)
        for (int k = 0; k < base->n; k++)
            if (base->given[k].of == m->given[i].of)
                memcpy(m->given[i].v, base->given[k].v, (size_t)m->given[i].n * sizeof(double));
    put_at(base, 0);
    bool ok = calculate_each(base, y, to, n);
    df__put(&m->c->p->g->mem, y, bytes + 1);
    return ok;
}

static bool derive_all(df__model *m)
{
    size_t bytes = (size_t)m->n * (sizeof(df_node *) + sizeof(double *));
    df_node **y = get(m, bytes + 1);
    double **to = (double **)(y + m->n);
    int n = 0;
    bool ok = y != NULL;
    for (int i = 0; ok && i < m->n; i++)
        if (m->given[i].varies) {
            y[n] = df_d(m->J, m->given[i].x);
            ok = y[n] != NULL;
            to[n++] = m->given[i].d;
        }
    if (!ok)
        failed(m, NULL);
    put_at(m, 0);
    ok = ok && calculate_each(m, y, to, n);
    df__put(&m->c->p->g->mem, y, bytes + 1);
    return ok;
}

bool df__model_cut(df__checking *c, df__model *base, int64_t cut, df__model *m)
{
    return begin(c, m, cut, false) && take_values(m, base) && derive_all(m);
}
