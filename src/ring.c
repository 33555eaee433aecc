/* ring.c -- the cheapest equal form of a derived node by the laws of sums and products
 *
 * SPDX-License-Identifier: MIT
 *
 * A node and what is near below it is read as a polynomial of atoms (polynomial.c), brackets are
 * opened where that makes powers cancel, lowers the degree or merges terms, and each stage is a
 * candidate, as it is and factored; the cheapest is written (ring_write.c). A product is never
 * turned into a difference otherwise: A*(1 - A) is accurate where A - A**2 is not. What lives, the
 * forward graph and shared adjoints, costs nothing, and forward nodes are first left closed, so
 * that x/s stays if it is there. Bounds keep a derivation linear. */
#include "polynomial.h"

enum { WINDOW = 24, ENTERED = 40, DEEP = 3, OPENINGS = 4 };

typedef struct df__ring {
    df__scratch s;
    df_node *root;
    bool forward;                /* forward nodes are read, too */
    bool closed;                 /* one of them was not */
    int entered, deep;
    df__price best;
    const df__poly *p;           /* the best form; NULL: the root as it is */
    bool factored;
} ring;

/* ---- what is near ---------------------------------------------------------------------------- */

/* An op whose operands the ring looks into. */
static bool looks_into(const df_node *y)
{
    df_algebra a = y->op->algebra;
    double k = y->attr.f[0];
    if (a == DF_POWER)
        return k == floor(k) && fabs(k) <= DF__DEGREE && k != 0;
    return (a != DF_ATOM && a != DF_NUMBER) ||
           (y->op->linear && y->op->kind != DF_MAP && y->n <= 2);
}

static void add_near(df__scratch *s, df_node *x, bool inside)
{
    if (s->n_near == DF__NEAR || df__living(x) || x->op->kind == DF_SOURCE || df__near_of(s, x))
        return;
    s->near[s->n_near++] = (df__near){ .x = x, .inside = inside };
}

/* The cost and size of a near node whose operands have theirs. */
static void weigh(df__scratch *s, df__near *at)
{
    const df_node *x = at->x, *a = x->n ? x->x[0] : NULL, *b = x->n > 1 ? x->x[1] : NULL;
    bool free = b && df__costs_nothing(x->op, &a->dims, a->op, &b->dims, b->op);
    at->cost = free ? 0 : df__node_cost(x->op, x->attr.f[0], x->dims);
    at->below = (uint64_t)1 << (at - s->near);
    at->size = x->op->algebra == DF_POWER ? 2 : 1;
    if (x->op->kind == DF_VIEW)
        at->size = 0;
    if (!at->inside || !looks_into(x)) {
        at->size = df__size(x, DF__PRINTED);
        return;
    }
    for (int i = 0; i < x->n; i++) {
        const df__near *below = df__near_of(s, x->x[i]);
        at->below |= below ? below->below : 0;
        at->size += below ? below->size : df__size(x->x[i], DF__PRINTED);
    }
}

/* The first nodes below the root, breadth first, and their operands; then in the order of ids. */
static void look_around(ring *r)
{
    df__scratch *s = &r->s;
    df_node *list[WINDOW];
    int n = 1;
    list[0] = r->root;
    for (int at = 0; at < n; at++)
        for (int i = 0; looks_into(list[at]) && i < list[at]->n && n < WINDOW; i++) {
            df_node *x = list[at]->x[i];
            bool is_new = !df__living(x) && x->op->kind != DF_SOURCE;
            for (int k = 0; is_new && k < n; k++)
                is_new = list[k] != x;
            if (is_new)
                list[n++] = x;
        }
    for (int k = 0; k < n; k++)
        add_near(s, list[k], true);
    for (int k = 0; k < n; k++)
        for (int i = 0; i < list[k]->n; i++)
            add_near(s, list[k]->x[i], false);
    for (int i = 1; i < s->n_near; i++)
        for (int k = i; k > 0 && s->near[k - 1].x->id > s->near[k].x->id; k--) {
            df__near swap = s->near[k];
            s->near[k] = s->near[k - 1];
            s->near[k - 1] = swap;
        }
    for (int i = 0; i < s->n_near; i++)
        weigh(s, &s->near[i]);
}

/* ---- reading --------------------------------------------------------------------------------- */

static df__poly *read(ring *r, df_node *y);

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

/* y as a factor. Sums within sums within sums stay as they are. */
static bool read_factor(ring *r, df_node *y, df__term *t)
{
    bool sum = y->op->algebra == DF_SUM || y->op->algebra == DF_DIFFERENCE;
    df__poly *p = NULL;
    r->deep += sum;
    if (r->deep <= DEEP)
        p = read(r, y);
    else
        p = of_atom(r, y);
    r->deep -= sum;
    if (!p)
        return false;
    *t = df__as_term(&r->s, p, y);
    if (p->n == 0)
        t->c = 0;
    return !r->s.too_big && !r->s.no_memory;
}

static df__poly *read_sum(ring *r, df_node *y)
{
    df__poly *p = df__new_poly(&r->s);
    for (int i = 0; p && i < y->n; i++) {
        const df__poly *q = read(r, y->x[i]);
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
        if (!read_factor(r, y->x[i], &in))
            return NULL;
        if (in.c == 0)
            return df__new_poly(s);
        bool changed = split(r, y, &in, &out) || s->met || s->merged;
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
    default: return y->op == &df__op_broadcast ? read(r, y->x[0]) : read_linear(r, y);
    }
}

static bool may_enter(ring *r, const df_node *y)
{
    if (y == r->root)
        return true;
    if (y->shared || !looks_into(y) || r->entered >= ENTERED)
        return false;
    if (!df__living(y)) {
        const df__near *near = df__near_of(&r->s, y);
        return near && near->inside;
    }
    r->closed = r->closed || !r->forward;
    return r->forward;
}

/* y as a polynomial; what is too big, or outside, is an atom. */
static df__poly *read(ring *r, df_node *y)
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

/* ---- trying ---------------------------------------------------------------------------------- */

static void consider(ring *r, const df__poly *p, bool factored)
{
    df__price price;
    if (!df__try(&r->s, p, factored, &price))
        return;
    bool better = price.cost != r->best.cost       ? price.cost < r->best.cost
                  : price.is_sum != r->best.is_sum ? !price.is_sum
                                                   : price.size < r->best.size;
    if (!better)
        return;
    r->best = price;
    r->p = p;
    r->factored = factored;
}

/* Reads the root and tries it at all stages of opening. */
static void explore(ring *r)
{
    df__scratch *s = &r->s;
    r->entered = r->deep = 0;
    const df__poly *p = read(r, r->root);
    if (!p)
        return;
    consider(r, p, false);
    if (p->n > 1)
        consider(r, p, true);
    int degree = df__degree(p);
    for (int i = 0; i < OPENINGS; i++) {
        s->met = s->merged = s->opened = false;
        p = df__open(s, p);
        s->too_big = false;
        if (!p || !s->opened || df__degree(p) > DF__DEGREE)
            return;
        int now = df__degree(p);
        if (!s->met && now >= degree && !(now <= 1 && degree == 1 && s->merged))
            continue;
        degree = now;
        consider(r, p, true);
        if (p->n > 1)
            consider(r, p, false);
    }
}

static df_node *simplest(ring *r, df_node *y)
{
    r->root = y;
    look_around(r);
    const df__near *near = df__near_of(&r->s, y);
    if (!near)
        return y;
    df_algebra a = y->op->algebra;
    r->best = (df__price){ 0, a == DF_SUM || a == DF_DIFFERENCE, near->size };
    for (int i = 0; i < r->s.n_near; i++)
        r->best.cost += near->below >> i & 1 ? r->s.near[i].cost : 0;
    explore(r);
    r->forward = true;
    if (r->closed)
        explore(r);
    if (r->s.no_memory || !r->p)
        return r->s.no_memory ? NULL : y;
    df_node *made = df__write(&r->s, r->p, r->factored);
    return made ? df_broadcast(made, y->dims) : NULL;
}

/* The graph's ring, empty. NULL: no memory. */
static ring *ring_of(df_graph *g)
{
    ring *r = g->ring ? g->ring : df__get(&g->mem, sizeof *r);
    if (!r)
        return NULL;
    if (!g->ring)
        r->s.arena = (df__arena){ .from = &g->mem };
    g->ring = r;
    df__arena_reset(&r->s.arena);
    r->s.g = g;
    r->s.n_near = r->s.n_atoms = 0;
    r->s.no_memory = r->s.too_big = false;
    r->forward = r->closed = false;
    r->p = NULL;
    return r;
}

void df__ring_end(df_graph *g)
{
    if (g->ring)
        df__arena_free(&g->ring->s.arena);
    df__put(&g->mem, g->ring, sizeof *g->ring);
}

df_node *df__ring_form(df_graph *g, df_node *y)
{
    if (!y || df__living(y) || !looks_into(y))
        return y;
    if (y->ring && y->ring_at == g->stamp)
        return y->ring;
    ring *r = ring_of(g);
    df_node *made = r ? simplest(r, y) : NULL;
    if (!made) {
        df__error(g, DF_NO_MEMORY, "no memory");
        return NULL;
    }
    y->ring = made->ring = made;
    y->ring_at = made->ring_at = g->stamp;
    return made;
}
