/* polynomial.c -- sums of products of atoms, in scratch memory: what the ring calculates with
 *
 * SPDX-License-Identifier: MIT
 *
 * An atom is a node, a sum, or a linear op of terms. Sums are kept without what their terms have in
 * common, and of a sum and its negative in one form, so that A - 1 and 1 - A are powers of the same
 * atom and cancel. Everything is bounded; what is too big sets a flag and the ring goes
 * without it. */
#include "polynomial.h"
#include <stdlib.h>

bool df__living(const df_node *x)
{
    return x->shared || x->alive == x->g->stamp;
}

df_dims df__joint_dims(df_dims a, df_dims b)
{
    if (df__is_scalar(a))
        return b;
    for (int j = 0; j < a.rank && !df__is_scalar(b); j++)
        if (a.size[j] == 1)
            a.size[j] = b.size[j];
    return a;
}

df__poly *df__new_poly(df__scratch *s)
{
    df__poly *p = df__arena_room(&s->arena, sizeof *p);
    if (p)
        p->n = 0;
    else
        s->no_memory = true;
    return p;
}

/* ---- terms ----------------------------------------------------------------------------------- */

df__term df__term_of(double c, int atom, int power)
{
    df__term t = { .c = c, .n = atom >= 0 };
    if (atom >= 0)
        t.f[0] = (df__factor){ (int16_t)atom, (int16_t)power };
    return t;
}

static void add_factor(df__scratch *s, df__term *t, int atom, int power)
{
    if (power == 0)
        return;
    if (t->n == DF__FACTORS || power > 100 || power < -100)
        s->too_big = true;
    else
        t->f[t->n++] = (df__factor){ (int16_t)atom, (int16_t)power };
}

df__term df__term_times(df__scratch *s, const df__term *a, const df__term *b)
{
    df__term t = { .c = a->c * b->c };
    int i = 0, j = 0;
    s->too_big = s->too_big || !isfinite(t.c);
    while (t.c != 0 && (i < a->n || j < b->n)) {
        const df__factor *f = i < a->n ? &a->f[i] : NULL, *h = j < b->n ? &b->f[j] : NULL;
        bool both = f && h && f->atom == h->atom, first = f && (!h || f->atom < h->atom);
        if (both)
            s->met = s->met || (f->power < 0) != (h->power < 0);
        if (both)
            add_factor(s, &t, f->atom, f->power + h->power);
        else
            add_factor(s, &t, first ? f->atom : h->atom, first ? f->power : h->power);
        i += both || first;
        j += both || !first;
    }
    return t;
}

df__term df__term_power(df__scratch *s, const df__term *a, int k)
{
    df__term t = { .c = k == -1 ? 1 / a->c : pow(a->c, k) };
    s->too_big = s->too_big || !isfinite(t.c);
    for (int i = 0; i < a->n; i++)
        add_factor(s, &t, a->f[i].atom, k * a->f[i].power);
    return t;
}

bool df__same_factors(const df__term *a, const df__term *b)
{
    return a->n == b->n && memcmp(a->f, b->f, (size_t)a->n * sizeof *a->f) == 0;
}

/* An order of products, for choosing one of several. */
static bool comes_before(const df__term *a, const df__term *b)
{
    if (a->n != b->n)
        return a->n < b->n;
    for (int i = 0; i < a->n; i++) {
        if (a->f[i].atom != b->f[i].atom)
            return a->f[i].atom < b->f[i].atom;
        if (a->f[i].power != b->f[i].power)
            return a->f[i].power < b->f[i].power;
    }
    return false;
}

/* ---- polynomials ----------------------------------------------------------------------------- */

void df__poly_add(df__scratch *s, df__poly *p, const df__term *t)
{
    if (t->c == 0)
        return;
    for (int i = 0; i < p->n; i++)
        if (df__same_factors(&p->t[i], t)) {
            s->merged = true;
            p->t[i].c += t->c;
            if (p->t[i].c == 0)
                memmove(&p->t[i], &p->t[i + 1], (size_t)(--p->n - i) * sizeof *p->t);
            return;
        }
    if (p->n == DF__TERMS)
        s->too_big = true;
    else
        p->t[p->n++] = *t;
}

static int degree_of(const df__term *t)
{
    int degree = 0;
    for (int i = 0; i < t->n; i++)
        degree += abs(t->f[i].power);
    return degree;
}

int df__degree(const df__poly *p)
{
    int degree = 0;
    for (int i = 0; i < p->n; i++)
        if (degree_of(&p->t[i]) > degree)
            degree = degree_of(&p->t[i]);
    return degree;
}

/* The largest number that all coefficients are whole multiples of, if it is found by trying and no
 * bit is lost. */
static double content(const df__poly *p)
{
    double least = INFINITY;
    for (int i = 0; i < p->n; i++)
        least = fmin(least, fabs(p->t[i].c));
    for (int k = 1; k <= 8; k++) {
        double d = least / k;
        bool all = d * k == least && (k == 1 || d == floor(d));
        for (int i = 0; all && i < p->n; i++) {
            double times = fabs(p->t[i].c) / d;
            all = times == floor(times) && times * d == fabs(p->t[i].c) && times < 1e6;
        }
        if (all)
            return d;
    }
    return 1;
}

/* The power of atom that all terms can spare, 0 if their signs differ. */
static int common_power(const df__poly *p, int atom)
{
    int least = 0;
    for (int i = 0; i < p->n; i++) {
        int power = 0;
        for (int j = 0; j < p->t[i].n; j++)
            if (p->t[i].f[j].atom == atom)
                power = p->t[i].f[j].power;
        if (power == 0 || (i > 0 && (power < 0) != (least < 0)))
            return 0;
        least = i == 0 || abs(power) < abs(least) ? power : least;
    }
    return least;
}

/* The number and the powers that all terms of p have in common, the sign such that what is left
 * has the one form of two that differ by it; `rest` becomes p / that. */
static df__term take_common(df__scratch *s, const df__poly *p, df__poly *rest)
{
    df__term common = { .c = content(p) };
    const df__term *first = p->t;
    for (int i = 1; i < p->n; i++)
        if (comes_before(&p->t[i], first))
            first = &p->t[i];
    if (first->c < 0)
        common.c = -common.c;
    for (int j = 0; j < p->t[0].n; j++)
        add_factor(s, &common, p->t[0].f[j].atom, common_power(p, p->t[0].f[j].atom));
    bool met = s->met, merged = s->merged;
    df__term inverse = df__term_power(s, &common, -1);
    rest->n = 0;
    for (int i = 0; i < p->n; i++) {
        df__term t = df__term_times(s, &p->t[i], &inverse);
        t.c = p->t[i].c / common.c;
        df__poly_add(s, rest, &t);
    }
    s->met = met;
    s->merged = merged;
    return common;
}

static bool same_poly(const df__poly *a, const df__poly *b)
{
    int found = 0;
    for (int i = 0; i < a->n && a->n == b->n; i++)
        for (int j = 0; j < b->n; j++)
            found += df__same_factors(&a->t[i], &b->t[j]) && a->t[i].c == b->t[j].c;
    return a->n == b->n && found == a->n;
}

/* ---- atoms ----------------------------------------------------------------------------------- */

static int add_atom(df__scratch *s, df__atom atom)
{
    if (s->n_atoms == DF__ATOMS) {
        s->too_big = true;
        return -1;
    }
    s->atom[s->n_atoms] = atom;
    return s->n_atoms++;
}

int df__node_atom(df__scratch *s, df_node *x)
{
    for (int i = 0; i < s->n_atoms; i++)
        if (s->atom[i].node == x && !s->atom[i].of[0] && !s->atom[i].of[1])
            return i;
    return add_atom(s, (df__atom){ .node = x, .dims = x->dims });
}

static int sum_atom(df__scratch *s, const df__poly *sum)
{
    df_dims dims = df_shape(1);
    for (int i = 0; i < s->n_atoms; i++)
        if (s->atom[i].sum && same_poly(s->atom[i].sum, sum))
            return i;
    for (int i = 0; i < sum->n; i++)
        for (int j = 0; j < sum->t[i].n; j++)
            dims = df__joint_dims(dims, s->atom[sum->t[i].f[j].atom].dims);
    return add_atom(s, (df__atom){ .sum = sum, .born = -1, .dims = dims });
}

static bool same_operand(const df__term *a, const df__term *b)
{
    return a && b ? a->c == b->c && df__same_factors(a, b) : a == b;
}

int df__linear_atom(df__scratch *s, df_node *like, const df__term *const of[2])
{
    for (int i = 0; i < s->n_atoms; i++) {
        const df__atom *a = &s->atom[i];
        bool same = a->node && (a->of[0] || a->of[1]) && a->node->op == like->op &&
                    memcmp(&a->node->attr, &like->attr, sizeof like->attr) == 0 &&
                    df__dims_equal(a->dims, like->dims);
        for (int k = 0; same && k < like->n; k++)
            same = same_operand(a->of[k], of[k]) &&
                   df__dims_equal(a->node->x[k]->dims, like->x[k]->dims) &&
                   (of[k] || a->node->x[k] == like->x[k]);
        if (same)
            return i;
    }
    return add_atom(s, (df__atom){ .node = like, .of = { of[0], of[1] }, .dims = like->dims });
}

/* ---- opening brackets ------------------------------------------------------------------------ */

/* Whether a power in t meets one of the other sign when its factor at that place is multiplied
 * out. */
static bool would_meet(const df__scratch *s, const df__term *t, int at)
{
    const df__poly *sum = s->atom[t->f[at].atom].sum;
    for (int i = 0; i < t->n; i++)
        for (int k = 0; k < sum->n && i != at; k++)
            for (int j = 0; j < sum->t[k].n; j++)
                if (sum->t[k].f[j].atom == t->f[i].atom &&
                    (sum->t[k].f[j].power < 0) != (t->f[i].power < 0))
                    return true;
    return false;
}

static bool can_open(const df__scratch *s, const df__factor *f)
{
    return s->atom[f->atom].sum && f->power > 0;
}

bool df__would_meet(const df__scratch *s, const df__poly *p)
{
    for (int i = 0; i < p->n; i++)
        for (int at = 0; at < p->t[i].n; at++)
            if (can_open(s, &p->t[i].f[at]) && would_meet(s, &p->t[i], at))
                return true;
    return false;
}

/* The place in t of the sum to multiply out: where something cancels, else the youngest; -1: there
 * is none. */
static int bracket(const df__scratch *s, const df__term *t)
{
    int at = -1;
    bool meets = false;
    for (int i = 0; i < t->n; i++) {
        const df__atom *a = &s->atom[t->f[i].atom];
        if (!can_open(s, &t->f[i]))
            continue;
        bool now = would_meet(s, t, i);
        if (at < 0 || now > meets || (now == meets && a->born > s->atom[t->f[at].atom].born))
            at = i;
        meets = meets || now;
    }
    return at;
}

df__poly *df__open(df__scratch *s, const df__poly *p)
{
    df__poly *q = df__new_poly(s);
    for (int i = 0; q && i < p->n && !s->too_big; i++) {
        int at = bracket(s, &p->t[i]);
        if (at < 0) {
            df__poly_add(s, q, &p->t[i]);
            continue;
        }
        df__term left = p->t[i];
        s->opened = true;
        if (--left.f[at].power == 0)
            memmove(&left.f[at], &left.f[at + 1], (size_t)(--left.n - at) * sizeof *left.f);
        const df__poly *sum = s->atom[p->t[i].f[at].atom].sum;
        for (int k = 0; k < sum->n && !s->too_big; k++) {
            df__term t = df__term_times(s, &left, &sum->t[k]);
            df__poly_add(s, q, &t);
        }
    }
    return s->too_big ? NULL : q;
}

/* ---- a sum as a factor ----------------------------------------------------------------------- */

/* A sum of sums: as one, if terms merge. */
static const df__poly *flattened(df__scratch *s, const df__poly *p)
{
    bool met = s->met, merged = s->merged, opened = s->opened;
    s->merged = false;
    const df__poly *q = df__degree(p) == 1 ? df__open(s, p) : NULL;
    bool better = q && s->merged;
    s->met = met;
    s->merged = merged;
    s->opened = opened;
    s->too_big = false;
    return better ? q : p;
}

df__term df__as_term(df__scratch *s, const df__poly *p, df_node *y)
{
    if (p->n < 2)
        return p->n ? p->t[0] : df__term_of(0, -1, 0);
    df__poly *rest = df__new_poly(s);
    if (!rest)
        return df__term_of(0, -1, 0);
    df__term t = take_common(s, p, rest);
    const df__poly *flat = flattened(s, rest);
    if (flat != rest) {
        df__term inner = df__as_term(s, flat, NULL);
        return df__term_times(s, &t, &inner);
    }
    int atom = sum_atom(s, rest);
    if (atom < 0)
        return df__term_of(0, -1, 0);
    if (y && y->id > s->atom[atom].born)
        s->atom[atom].born = y->id;
    if (y && df__living(y) && t.n == 0 && fabs(t.c) == 1)
        s->atom[atom].is[t.c < 0] = y;
    df__term sum = df__term_of(1, atom, 1);
    return df__term_times(s, &t, &sum);
}
