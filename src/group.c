/* group.c -- a sum of products whose common factors stand once: a b + a c + d as a (b + c) + d
 *
 * SPDX-License-Identifier: MIT
 *
 * The largest product that two terms share comes out first, of all terms that have it, and so on
 * until no two share an array. Single numbers stay where they are: they cost next to nothing. */
#include "polynomial.h"
#include <stdlib.h>

/* The array atoms that a and b share, by the smaller power; of numbers none. */
static df__term shared_by(df__scratch *s, const df__term *a, const df__term *b)
{
    df__term t = { .c = 1 };
    for (int i = 0; i < a->n; i++)
        for (int j = 0; j < b->n; j++) {
            int k = a->f[i].power, l = b->f[j].power;
            if (a->f[i].atom != b->f[j].atom || (k < 0) != (l < 0) ||
                df__is_scalar(s->atom[a->f[i].atom].dims))
                continue;
            df__term f = df__term_of(1, a->f[i].atom, abs(k) < abs(l) ? k : l);
            t = df__term_times(s, &t, &f);
        }
    return t;
}

static bool has_factors(df__scratch *s, const df__term *a, const df__term *t)
{
    df__term both = shared_by(s, a, t);
    return df__same_factors(&both, t);
}

/* What most can be taken out of two terms of p or more. */
static df__term most_shared(df__scratch *s, const df__poly *p)
{
    df__term most = { .c = 1 };
    for (int i = 0; i < p->n; i++)
        for (int j = 0; j < i; j++) {
            df__term t = shared_by(s, &p->t[i], &p->t[j]);
            most = t.n > most.n ? t : most;
        }
    return most;
}

/* p with the terms that have t as a factor as one term: t times a sum. NULL: no memory, or too
 * big. */
static const df__poly *group(df__scratch *s, const df__poly *p, const df__term *t)
{
    df__poly *in = df__new_poly(s), *out = df__new_poly(s);
    df__term inverse = df__term_power(s, t, -1);
    if (!in || !out)
        return NULL;
    for (int i = 0; i < p->n; i++)
        if (has_factors(s, &p->t[i], t)) {
            df__term rest = df__term_times(s, &p->t[i], &inverse);
            df__poly_add(s, in, &rest);
        }
    df__term sum = df__as_term(s, in, NULL), whole = df__term_times(s, t, &sum);
    bool done = false;
    for (int i = 0; i < p->n; i++) {
        bool inside = has_factors(s, &p->t[i], t);
        if (!inside || !done)
            df__poly_add(s, out, inside ? &whole : &p->t[i]);
        done = done || inside;
    }
    return s->too_big || s->no_memory ? NULL : out;
}

const df__poly *df__grouped(df__scratch *s, const df__poly *p)
{
    bool met = s->met, merged = s->merged;
    const df__poly *q = p;
    while (q && q->n > 1) {
        df__term t = most_shared(s, q);
        if (t.n == 0)
            break;
        q = group(s, q, &t);
    }
    s->met = met;
    s->merged = merged;
    s->too_big = false;
    return q;
}
