/* parse_match.c -- whether a tree has the form of an op, and what its places hold
 *
 * SPDX-License-Identifier: MIT
 *
 * Recursion is as deep as a form. */
#include "parse.h"
#include <math.h>

enum { ARGUMENTS = 16 };

/* ---- numbers --------------------------------------------------------------------------------- */

bool df__constant(const df__tree *t, double *v)
{
    *v = t->v;
    return t->kind == DF__FIGURE;
}

static bool integer(const df__tree *t, int64_t *v)
{
    if (t->kind == DF__NAME && df__word_is(t->at, t->n, "m")) {
        *v = DF_M;
        return true;
    }
    if (t->kind != DF__FIGURE || t->v != rint(t->v) || fabs(t->v) > 9e15 || t->v == (double)DF_M)
        return false;
    *v = (int64_t)t->v;
    return true;
}

bool df__integers(const df__parser *p, int32_t tree, int64_t *to, int *n, int most)
{
    const df__tree *t = &p->to->tree[tree];
    *n = 0;
    if (t->kind != DF__LIST) {
        *n = 1;
        return integer(t, to);
    }
    for (int32_t x = t->first; x; x = p->to->tree[x].next)
        if (*n == most || !integer(&p->to->tree[x], &to[(*n)++]))
            return false;
    return *n > 0;
}

/* ---- heads ----------------------------------------------------------------------------------- */

static bool is_numpy(const df__tree *t)
{
    return t->n > 3 && memcmp(t->at, "np.", 3) == 0;
}

int df__head_of(const df__trees *in, const df__tree *t)
{
    uint64_t h = (uint64_t)t->kind * 31 + (uint64_t)(unsigned char)t->sign;
    if (t->kind == DF__CALL)
        t = &in->tree[t->first];
    if (t->kind == DF__NAME || t->kind == DF__ATTRIBUTE)
        for (int64_t i = is_numpy(t) ? 3 : 0; i < t->n; i++)
            h = h * 31 + (unsigned char)t->at[i];
    return (int)(h % DF__HEADS);
}

/* ---- places ---------------------------------------------------------------------------------- */

static bool fill_integers(const df__parser *p, int32_t tree, int64_t *to, int *n)
{
    if (!df__integers(p, tree, to, n, DF_RANK))
        return false;
    for (int i = 0; i < *n; i++)
        if (to[i] == DF_M || to[i] < -DF_RANK || to[i] >= DF_RANK)
            return false;
    return true;
}

static bool fill_count(const df__parser *p, int32_t tree, int64_t *to)
{
    int n;
    return p->trees.tree[tree].kind == DF__FIGURE && df__integers(p, tree, to, &n, 1);
}

/* What stands in the text at this place of the form; false: it cannot. */
static bool fill(const df__parser *p, df__match *m, char place, int32_t tree)
{
    const df__tree *t = &p->trees.tree[tree];
    switch (place) {
    case 'k': return df__constant(t, &m->f[0]);
    case 'l': return df__constant(t, &m->f[1]);
    case 'n': return fill_count(p, tree, &m->i[0]);
    case 'j': return fill_count(p, tree, &m->i[1]);
    case 'x': return fill_integers(p, tree, m->axis, &m->n_axes);
    case 'p': return t->kind == DF__LIST && fill_integers(p, tree, m->order, &m->n_order);
    case 's': return df__integers(p, tree, m->dims.size, &m->dims.rank, DF_RANK);
    case 't': m->text = tree; return t->kind == DF__STRING;
    case 'a': m->list = tree; return t->kind == DF__LIST;
    case 'i': m->index = tree; return t->kind == DF__LIST;
    default:
        if (place < '0' || place >= '0' + DF_ARITY || m->operand[place - '0'])
            return false;
        m->operand[place - '0'] = tree;
        return t->kind != DF__LIST && t->kind != DF__STRING && t->kind != DF__COLON;
    }
}

/* ---- matching -------------------------------------------------------------------------------- */

static bool same_text(const df__tree *a, const df__tree *b)
{
    return a->n == b->n && memcmp(a->at, b->at, (size_t)a->n) == 0;
}

/* Of strings what stands in their quotes, of either kind. */
static bool same_string(const df__tree *a, const df__tree *b)
{
    return a->n == b->n && memcmp(a->at + 1, b->at + 1, (size_t)a->n - 2) == 0;
}

bool df__same_name(const df__tree *form, const df__tree *t)
{
    bool short_name = is_numpy(form) && !is_numpy(t);
    df__tree name = *form;
    name.at += short_name ? 3 : 0;
    name.n -= short_name ? 3 : 0;
    return same_text(&name, t);
}

static bool match(const df__parser *p, df__match *m, int32_t form, int32_t tree);

/* All parts, in their order. */
static bool match_parts(const df__parser *p, df__match *m, int32_t form, int32_t tree)
{
    int32_t f = p->patterns.tree[form].first, x = p->trees.tree[tree].first;
    for (; f && x; f = p->patterns.tree[f].next, x = p->trees.tree[x].next)
        if (!match(p, m, f, x))
            return false;
    return !f && !x;
}

/* Arguments of a call; used[k]: taken. */
typedef struct { int32_t x[ARGUMENTS]; bool used[ARGUMENTS]; int n; } arguments;

static bool list_arguments(const df__parser *p, int32_t first, arguments *a)
{
    a->n = 0;
    for (; first; first = p->trees.tree[first].next) {
        if (a->n == ARGUMENTS)
            return false;
        a->used[a->n] = false;
        a->x[a->n++] = first;
    }
    return true;
}

/* The argument of that keyword, or else the k-th; 0: there is none. */
static int32_t find_argument(const df__parser *p, const df__tree *keyword, arguments *a, int k)
{
    for (int i = 0; i < a->n; i++) {
        const df__tree *t = &p->trees.tree[a->x[i]];
        bool named = t->kind == DF__KEYWORD;
        if (a->used[i] || (named ? !keyword || !same_text(keyword, t) : i != k))
            continue;
        a->used[i] = true;
        return named ? t->first : a->x[i];
    }
    return 0;
}

/* Sizes as arguments: reshape(3, 1). */
static bool match_sizes(const df__parser *p, df__match *m, arguments *a)
{
    df_dims *s = &m->dims;
    int64_t size[DF_RANK];
    int n;
    for (int i = 0; i < a->n; i++) {
        if (s->rank == DF_RANK || p->trees.tree[a->x[i]].kind == DF__LIST ||
            !df__integers(p, a->x[i], size, &n, 1))
            return false;
        s->size[s->rank++] = size[0];
        a->used[i] = true;
    }
    return a->n > 0;
}

/* What is True in the form may be left out where np. is. */
static bool match_argument(const df__parser *p, df__match *m, int32_t form, arguments *a, int k,
                           bool loose)
{
    const df__tree *f = &p->patterns.tree[form];
    bool keyword = f->kind == DF__KEYWORD;
    int32_t value = keyword ? f->first : form, x = find_argument(p, keyword ? f : NULL, a, k);
    const df__tree *v = &p->patterns.tree[value];
    if (!x)
        return keyword && loose && v->kind == DF__NAME && df__word_is(v->at, v->n, "True");
    return match(p, m, value, x);
}

/* Every argument is taken by some place or keyword of the form, and only once. */
static bool match_call(const df__parser *p, df__match *m, int32_t form, int32_t tree)
{
    int32_t f = p->patterns.tree[form].first, x = p->trees.tree[tree].first;
    arguments a;
    if (!match(p, m, f, x) || !list_arguments(p, p->trees.tree[x].next, &a))
        return false;
    const df__tree *name = &p->trees.tree[x];
    bool loose = name->kind == DF__NAME && !is_numpy(name), good = true;
    f = p->patterns.tree[f].next;
    const df__tree *only = &p->patterns.tree[f];
    if (f && !only->next && only->kind == DF__HOLE && only->sign == 's' &&
        (a.n != 1 || p->trees.tree[a.x[0]].kind != DF__LIST))
        return match_sizes(p, m, &a);
    for (int k = 0; f && good; f = p->patterns.tree[f].next, k++)
        good = match_argument(p, m, f, &a, k, loose);
    for (int k = 0; k < a.n; k++)
        good = good && a.used[k];
    return good;
}

/* The depth of this is that of a form. */
static bool match(const df__parser *p, df__match *m, int32_t form, int32_t tree)
{
    const df__tree *f = &p->patterns.tree[form], *t = &p->trees.tree[tree];
    bool any_index = f->kind == DF__LIST && p->patterns.tree[f->first].sign == 'i';
    if (f->kind == DF__HOLE || any_index)
        return fill(p, m, any_index ? 'i' : f->sign, tree);
    if (f->kind != t->kind)
        return false;
    switch (f->kind) {
    case DF__NAME:
        return df__same_name(f, t);
    case DF__FIGURE:
        return same_text(f, t);
    case DF__STRING:
        return same_string(f, t);
    case DF__ATTRIBUTE: case DF__KEYWORD:
        return same_text(f, t) && match_parts(p, m, form, tree);
    case DF__CALL:
        return match_call(p, m, form, tree);
    case DF__BINARY:
        if (f->sign == '/' && f->tight && !t->tight)
            return false;                        /* 1/x is a power, 1 / x a quotient */
        return f->sign == t->sign && match_parts(p, m, form, tree);
    default:
        return f->sign == t->sign && match_parts(p, m, form, tree);
    }
}

const df__form *df__find_form(const df__parser *p, int32_t tree, df__match *m)
{
    int32_t k = p->head[df__head_of(&p->trees, &p->trees.tree[tree])];
    for (; k; k = p->form[k].next) {
        *m = (df__match){ .n_axes = -1 };
        if (match(p, m, p->form[k].tree, tree))
            return &p->form[k];
    }
    return NULL;
}
