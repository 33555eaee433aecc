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
#include "ring.h"

enum { WINDOW = 24, OPENINGS = 4, SMALL = 8, DEPTH = 6 };

typedef df__ring ring;

/* ---- what is near ---------------------------------------------------------------------------- */

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
    if (!at->inside || !df__looks_into(x)) {
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
        for (int i = 0; df__looks_into(list[at]) && i < list[at]->n && n < WINDOW; i++) {
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

/* Tries p as it is, factored as a whole, and, of more than two terms, in groups. */
static void consider_all(ring *r, const df__poly *p, bool factored_first)
{
    for (int k = 0; k < (p->n > 1 ? 2 : 1); k++)
        consider(r, p, (k == 0) == factored_first);
    const df__poly *groups = p->n > 2 ? df__grouped(&r->s, p) : NULL;
    if (groups && groups->n > 1 && groups->n < p->n)
        consider(r, groups, false);
}

static void stages(ring *r, const df__poly *p, bool whole);

/* The best form of a term alone, added to the sum; false: too big. */
static bool add_best(ring *r, const df__term *t, df__poly *sum)
{
    df__poly *p = df__new_poly(&r->s);
    if (!p)
        return false;
    df__poly_add(&r->s, p, t);
    r->p = p;
    r->factored = false;
    if (!df__try(&r->s, p, false, &r->best))
        return false;
    stages(r, p, false);
    df__term whole = r->factored ? df__as_term(&r->s, r->p, NULL) : *t;
    for (int i = 0; i < (r->factored ? 1 : r->p->n); i++)
        df__poly_add(&r->s, sum, r->factored ? &whole : &r->p->t[i]);
    return !r->s.too_big;
}

/* Tries the sum of the best forms of p's terms: what cancels in one of them need not open the
 * brackets of the others. */
static void term_by_term(ring *r, const df__poly *p)
{
    df__price best = r->best;
    const df__poly *was = r->p;
    bool factored = r->factored, ok = p->n > 1 && df__would_meet(&r->s, p);
    df__poly *sum = ok ? df__new_poly(&r->s) : NULL;
    for (int i = 0; sum && ok && i < p->n; i++)
        ok = add_best(r, &p->t[i], sum);
    r->s.too_big = false;
    r->best = best;
    r->p = was;
    r->factored = factored;
    if (!sum || !ok)
        return;
    consider_all(r, sum, true);
}

/* Tries what comes of opening bracket after bracket. */
static void stages(ring *r, const df__poly *p, bool whole)
{
    df__scratch *s = &r->s;
    int degree = df__degree(p);
    for (int i = 0; i < OPENINGS; i++) {
        s->met = s->merged = s->opened = false;
        p = df__open(s, p);
        s->too_big = false;
        if (!p || !s->opened || df__degree(p) > DF__DEGREE)
            return;
        int now = df__degree(p);
        if (!s->met && now >= degree && !(now <= 1 && degree == 1 && s->merged)) {
            if (whole)
                term_by_term(r, p);
            continue;
        }
        degree = now;
        consider_all(r, p, true);
    }
}

/* Reads the root and tries it at all stages of opening. */
static void explore(ring *r)
{
    r->entered = r->deep = 0;
    const df__poly *p = df__ring_read(r, r->root);
    if (!p)
        return;
    consider_all(r, p, false);
    term_by_term(r, p);
    stages(r, p, true);
}

/* A shared operand of a product, as small as 1/(x*y); NULL: there is none. */
static df_node *small_shared(const df_node *y)
{
    for (int i = 0; i < y->n && y->op->algebra == DF_PRODUCT; i++)
        if (y->x[i]->shared && df__size(y->x[i], DEPTH) <= SMALL)
            return y->x[i];
    return NULL;
}

/* Reads into a shared operand, too, if something of it cancels: 1/(x*y)*y is 1/x. It may cost as
 * much more as the operand would alone. */
static void cancel_shared(ring *r)
{
    r->opened = small_shared(r->root);
    if (!r->opened)
        return;
    int64_t alone = df__node_cost(r->opened->op, r->opened->attr.f[0], r->opened->dims);
    const df__poly *was = r->p;
    r->forward = true;
    r->entered = r->deep = 0;
    r->s.met = false;
    const df__poly *p = df__ring_read(r, r->root);
    if (!p || p->n != 1 || !r->s.met)
        return;
    r->best.cost += alone;
    consider(r, p, false);
    if (r->p == was)
        r->best.cost -= alone;
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
    cancel_shared(r);
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
    r->s.no_memory = r->s.too_big = r->s.met = r->s.merged = r->s.opened = false;
    r->forward = r->closed = false;
    r->opened = NULL;
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
    if (!y || df__living(y) || !df__looks_into(y))
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
