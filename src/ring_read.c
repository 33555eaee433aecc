/* ring_read.c -- nodes as polynomials of atoms: what the ring sees
 *
 * SPDX-License-Identifier: MIT
 *
 * Sums, products, quotients and whole powers are read, through broadcasts; out of an op that is
 * linear in an operand goes what can. What lives is an atom, unless forward nodes are read, too,
 * and so is what lies too deep or too far away. */
#include "ring.h"

enum { ENTERED = 40, DEEP = 3 };

typedef df__ring ring;

bool df__looks_into(const df_node *y)
{
    df_algebra a = y->op->algebra;
    double k = y->attr.f[0];
    if (a == DF_POWER)
        return k == floor(k) && fabs(k) <= DF__DEGREE && k != 0;
    return (a != DF_ATOM && a != DF_NUMBER) ||
           (y->op->linear && y->op->kind != DF_MAP && y->n <= 2);
}

static df__poly *of_term(ring *r, df__term t)
{
    df__poly *p = df__new_poly(&r->s);
    if (p)
        df__poly_add(&r->s, p, &t);
    return p;
}

static df__poly *of_atom(ring *r, df_node *y)
{
    int atom = df__node_atom(&r->s, y);
    return atom < 0 ? NULL : of_term(r, df__term_of(1, atom, 1));
}

/* An operand; sums within sums within sums stay as they are. */
static df__poly *read_operand(ring *r, df_node *y)
{
    bool sum = y->op->algebra == DF_SUM || y->op->algebra == DF_DIFFERENCE;
    r->deep += sum;
    df__poly *p = r->deep <= DEEP ? df__ring_read(r, y) : of_atom(r, y);
    r->deep -= sum;
    return p;
}

/* y: the node that was read as p, or NULL. */
static bool as_factor(ring *r, const df__poly *p, df_node *y, df__term *t)
{
    if (!p)
        return false;
    *t = df__as_term(&r->s, p, y);
    if (p->n == 0)
        t->c = 0;
    return !r->s.too_big && !r->s.no_memory;
}

static bool read_factor(ring *r, df_node *y, df__term *t)
{
    return as_factor(r, read_operand(r, y), y, t);
}

static df__poly *read_sum(ring *r, df_node *y)
{
    df__poly *p = df__new_poly(&r->s);
    for (int i = 0; p && i < y->n; i++) {
        const df__poly *q = df__ring_read(r, y->x[i]);
        bool minus = y->op->algebra == DF_NEGATIVE || (y->op->algebra == DF_DIFFERENCE && i == 1);
        for (int k = 0; q && k < q->n; k++) {
            df__term t = q->t[k];
            t.c = minus ? -t.c : t.c;
            df__poly_add(&r->s, p, &t);
        }
        if (!q)
            return NULL;
    }
    return p;
}

static df__poly *read_product(ring *r, df_node *y)
{
    df__term a, b;
    if (!read_factor(r, y->x[0], &a) || !read_factor(r, y->x[1], &b))
        return NULL;
    if (y->op->algebra == DF_PRODUCT)
        return of_term(r, df__term_times(&r->s, &a, &b));
    if (b.c == 0)
        return NULL;
    double c = a.c / b.c;
    b = df__term_power(&r->s, &b, -1);
    a = df__term_times(&r->s, &a, &b);
    a.c = c;
    return of_term(r, a);
}

static df__poly *read_power(ring *r, df_node *y)
{
    df__term a;
    int k = (int)y->attr.f[0];
    if (!read_factor(r, y->x[0], &a) || (a.c == 0 && k < 0))
        return NULL;
    return of_term(r, df__term_power(&r->s, &a, k));
}

/* Whether a factor can go out of the linear op y: a single number, or one for all that
 * a sum adds. */
static bool goes_out(const ring *r, const df_node *y, int atom)
{
    df_dims dims = r->s.atom[atom].dims;
    if (df__is_scalar(dims))
        return true;
    if (y->op->kind != DF_REDUCE || y->attr.i[1])
        return false;
    for (int j = 0; j < dims.rank; j++)
        if (y->attr.i[0] >> j & 1 && dims.size[j] != 1)
            return false;
    return true;
}

/* The one factor of t that cannot go out of y, if its power is 1; -1: none. */
static int kept_factor(const ring *r, const df_node *y, const df__term *t)
{
    int at = -1;
    for (int i = 0; i < t->n; i++)
        if (!goes_out(r, y, t->f[i].atom)) {
            if (at >= 0)
                return -1;
            at = i;
        }
    return at >= 0 && t->f[at].power == 1 ? at : -1;
}

static bool adds_up_to_zero(const ring *r, const df_node *y, const df__term *t)
{
    int at = kept_factor(r, y, t);
    const df__atom *a = at < 0 ? NULL : &r->s.atom[t->f[at].atom];
    return a && a->node && !a->of[0] && !a->of[1] &&
           df__adds_up_to_zero(a->node, y->attr.i[0]);
}

/* p without the terms of which the sum y is 0; p itself if there are none. */
static df__poly *without_zeros(ring *r, const df_node *y, df__poly *p)
{
    df__poly *rest = p ? df__new_poly(&r->s) : NULL;
    for (int i = 0; rest && i < p->n; i++)
        if (!adds_up_to_zero(r, y, &p->t[i]))
            df__poly_add(&r->s, rest, &p->t[i]);
    return !rest || rest->n < p->n ? rest : p;
}

/* The same, also within the sum that is all that cannot go out of y. */
static df__poly *without_inner_zeros(ring *r, const df_node *y, df__poly *p)
{
    df__poly *rest = without_zeros(r, y, p);
    int at = rest && rest->n == 1 ? kept_factor(r, y, &rest->t[0]) : -1;
    const df__poly *sum = at < 0 ? NULL : r->s.atom[rest->t[0].f[at].atom].sum;
    if (!sum)
        return rest;
    df__poly all = *sum, *inner = without_zeros(r, y, &all);
    if (!inner || inner == &all)
        return inner ? rest : NULL;
    df__term t = rest->t[0], left;
    memmove(&t.f[at], &t.f[at + 1], (size_t)(--t.n - at) * sizeof *t.f);
    if (!as_factor(r, inner, NULL, &left))
        return NULL;
    return of_term(r, df__term_times(&r->s, &t, &left));
}

/* Moves what can go out of operand i from *in to *out; false: nothing is changed. */
static bool split(ring *r, const df_node *y, df__term *in, df__term *out)
{
    df__term rest = { .c = 1 }, gone = { .c = in->c };
    for (int i = 0; i < in->n; i++) {
        df__term *to = goes_out(r, y, in->f[i].atom) ? &gone : &rest;
        to->f[to->n++] = in->f[i];
    }
    *in = rest;
    *out = df__term_times(&r->s, out, &gone);
    return gone.n > 0 || gone.c != 1;
}

/* The node that a linear op's operand is after all; NULL: none. */
static df_node *as_node(const ring *r, const df__term *t, df_dims dims)
{
    if (t->n != 1 || t->f[0].power != 1 || t->c != 1)
        return NULL;
    const df__atom *a = &r->s.atom[t->f[0].atom];
    return a->of[0] || a->of[1] || !df__dims_equal(a->dims, dims) ? NULL : a->node;
}

/* The op of these operands: a node if there is one, else as like y. */
static int linear_atom(ring *r, df_node *y, const df__term *const of[2])
{
    df_node *x[2] = { NULL, NULL };
    bool known = true;
    for (int i = 0; i < y->n; i++) {
        x[i] = of[i] ? as_node(r, of[i], y->x[i]->dims) : y->x[i];
        known = known && x[i];
    }
    df_node *found = known ? df__find(r->s.g, y->op, x, y->n, &y->attr, y->dims) : NULL;
    return found ? df__node_atom(&r->s, found) : df__linear_atom(&r->s, y, of);
}

/* An op linear in its operands: numbers go out of them, and what cancels in them is gone. */
static df__poly *read_linear(ring *r, df_node *y)
{
    df__scratch *s = &r->s;
    const df__term *of[2] = { NULL, NULL };
    df__term out = { .c = 1 };
    bool met = s->met, merged = s->merged;
    for (int i = 0; i < y->n; i++) {
        df__term in;
        if (!(y->op->linear >> i & 1))
            continue;
        s->met = s->merged = false;
        df__poly *all = read_operand(r, y->x[i]), *p = all;
        if (y->op == &df__op_sum)
            p = without_inner_zeros(r, y, all);
        if (!as_factor(r, p, p == all ? y->x[i] : NULL, &in))
            return NULL;
        if (in.c == 0)
            return df__new_poly(s);
        bool changed = split(r, y, &in, &out) || s->met || s->merged || p != all;
        df__term *kept = changed ? df__arena_room(&s->arena, sizeof *kept) : NULL;
        if (kept)
            *kept = in;
        s->no_memory = s->no_memory || (changed && !kept);
        of[i] = kept;
    }
    s->met = met;
    s->merged = merged;
    int atom = of[0] || of[1] ? linear_atom(r, y, of) : df__node_atom(s, y);
    df__term t = df__term_of(1, atom, 1);
    return atom < 0 || s->no_memory ? NULL : of_term(r, df__term_times(s, &out, &t));
}

static df__poly *read_inside(ring *r, df_node *y)
{
    switch (y->op->algebra) {
    case DF_SUM: case DF_DIFFERENCE: case DF_NEGATIVE: return read_sum(r, y);
    case DF_PRODUCT: case DF_QUOTIENT: return read_product(r, y);
    case DF_POWER: return read_power(r, y);
    default: return y->op == &df__op_broadcast ? df__ring_read(r, y->x[0]) : read_linear(r, y);
    }
}

static bool may_enter(ring *r, const df_node *y)
{
    if (y == r->root)
        return true;
    if ((y->shared && y != r->opened) || !df__looks_into(y) || r->entered >= ENTERED)
        return false;
    if (y == r->opened)
        return true;
    if (!df__living(y)) {
        const df__near *near = df__near_of(&r->s, y);
        return near && near->inside;
    }
    r->closed = r->closed || !r->forward;
    return r->forward;
}

df__poly *df__ring_read(ring *r, df_node *y)
{
    df__poly *p = NULL;
    if (y->op->algebra == DF_NUMBER && isfinite(y->attr.f[0]))
        return of_term(r, df__term_of(y->attr.f[0], -1, 0));
    if (may_enter(r, y)) {
        r->entered++;
        p = read_inside(r, y);
        if (r->s.too_big)
            p = NULL;
        r->s.too_big = false;
    }
    return p || r->s.no_memory ? p : of_atom(r, y);
}
