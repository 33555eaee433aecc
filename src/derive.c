/* derive.c -- derivatives as graph, by reverse accumulation
 *
 * SPDX-License-Identifier: MIT
 *
 * A walk belongs to one J. From J back, the adjoint of a node is the sum over its users of the
 * user's adjoint times the user's derivative in that operand: ordinary nodes, built by the ops' own
 * rules. An adjoint is made once, when something below it is asked for; what nobody asks for is
 * never made.
 *
 * Per-example adjoints carry no factor that is the same for all examples: it is kept as the walk's
 * scale s (1/m for a mean) and applied where an adjoint goes from an example into a value shared by
 * all. So dZ2 = A2 - Y, and dW2 = 1/m * (dZ2 @ A1.T).  Linnainmaa 1970; Griewank and Walther,
 * Evaluating Derivatives, 2008. */
#include "walk.h"
#include <stdlib.h>

/* ---- one adjoint ----------------------------------------------------------------------------- */

/* An adjoint while it is summed up; y NULL: nothing yet. */
typedef struct { df_node *y; int n; } sum;

/* The ring sees so many new terms at once, and behind them what has become of those before. */
enum { TERMS = 8 };

static bool add(sum *dx, df_node *v)
{
    dx->y = dx->y ? df_add(dx->y, v) : v;
    dx->n++;
    return dx->y != NULL;
}

/* Adds what user y gives to x. */
static bool add_user(const df__walk *w, df_node *y, const df_node *x, sum *dx)
{
    for (int i = 0; i < y->n; i++) {
        if (y->x[i] != x || y->op->d[i % DF_ARITY] == df_d_zero || !w->adjoint[y->id])
            continue;
        if (!add(dx, df__edge(w, y, i)))
            return false;
        if (dx->n % TERMS == 0 && !(dx->y = df__simple(w, dx->y)))
            return false;
    }
    return true;
}

/* An adjoint that several operands will use stays one value: the ring takes it as it is. The
 * forward graph's nodes are one value anyway. What z - mean(z) gives to z comes together there. */
static void share(const df__walk *w, const df_node *x, df_node *dx)
{
    int uses = 0;
    for (int i = 0; i < x->n; i++)
        uses += df__has(w, x->x[i], VARIES | PATH) && x->op->d[i % DF_ARITY] != df_d_zero;
    if (uses > 1 + df__is_centring(x) && dx->alive != w->g->stamp && dx->op->kind != DF_SOURCE)
        dx->shared = true;
}

/* The adjoint of x, whose users all have theirs; none where no user's derivative is but zero. */
static bool make_adjoint(df__walk *w, df_node *x)
{
    sum dx = { .y = x != w->root ? NULL : w->seed ? w->seed : df_num(w->g, 1) };
    if (x == w->root && !dx.y)
        return false;
    int64_t parts = df__count_parts(w, x);
    for (int64_t k = w->first_user[x->id]; k < w->first_user[x->id + 1]; k++)
        if (!(parts > 1 && df__is_part(w, w->user[k])) &&
            !add_user(w, w->g->node[w->user[k]], x, &dx))
            return false;
    if (parts > 1 && !add(&dx, df__adjoint_of_parts(w, x, parts)))
        return false;
    if (dx.n > 1 && !(dx.y = df__simple(w, dx.y)))
        return false;
    w->adjoint[x->id] = dx.y;
    w->g->n_adjoints++;
    if (dx.y)
        share(w, x, dx.y);
    return true;
}

static int by_id_downwards(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

/* Lists x and all above it whose adjoints are still to be made, and marks them; integers have
 * none. */
static int64_t find_path(df__walk *w, const df_node *x, int64_t *list)
{
    int64_t n = 0;
    if (!df__has(w, x, PATH)) {
        w->mark[x->id] |= PATH;
        list[n++] = x->id;
    }
    for (int64_t at = 0; at < n; at++)
        for (int64_t k = w->first_user[list[at]]; k < w->first_user[list[at] + 1]; k++)
            if (!(w->mark[w->user[k]] & PATH) && w->g->node[w->user[k]]->type == w->g->real) {
                w->mark[w->user[k]] |= PATH;
                list[n++] = w->user[k];
            }
    qsort(list, (size_t)n, sizeof *list, by_id_downwards);
    return n;
}

/* Makes x's adjoint and those above it. On failure what was not made can be asked for again. */
static bool reach(df__walk *w, const df_node *x)
{
    df_graph *g = w->g;
    if (df__has(w, x, PATH))
        return true;
    size_t bytes = (size_t)w->n * sizeof(int64_t);
    int64_t *list = df__get(&g->mem, bytes);
    if (!list)
        return df_fail(g, DF_NO_MEMORY, "no memory") != NULL;
    int64_t n = find_path(w, x, list), made = 0;
    while (made < n && make_adjoint(w, g->node[list[made]]))
        made++;
    for (int64_t k = made; k < n; k++)
        w->mark[list[k]] &= (unsigned char)~PATH;
    df__put(&g->mem, list, bytes);
    return made == n;
}

/* ---- the scale ------------------------------------------------------------------------------- */

/* A factor without the numbers in front of it. */
static df_node *without_numbers(df_node *f)
{
    for (;;) {
        double v;
        if (df__is_number(f, &v))
            return NULL;
        if (f->op->algebra == DF_NEGATIVE ||
            ((f->op->algebra == DF_PRODUCT || f->op->algebra == DF_QUOTIENT) &&
             df__is_number(f->x[1], &v)))
            f = f->x[0];
        else if (f->op->algebra == DF_PRODUCT && df__is_number(f->x[0], &v))
            f = f->x[1];
        else if (f->op->algebra == DF_QUOTIENT && df__is_number(f->x[0], &v))
            return df_pow(f->x[1], -1);
        else
            return f;
    }
}

static void mark_top(df__walk *w)
{
    for (int64_t id = w->n - 1; id >= 0; id--) {
        df_node *y = w->g->node[id];
        bool top = (w->mark[id] & CONE) && !df__has_m(y->dims);
        for (int64_t k = w->first_user[id]; k < w->first_user[id + 1]; k++)
            top = top && (w->mark[w->user[k]] & TOP);
        if (top)
            w->mark[id] |= TOP;
    }
}

static bool leads_into_examples(const df__walk *w, const df_node *y)
{
    for (int i = 0; i < y->n; i++)
        if (df__has(w, y->x[i], VARIES) && df__has_m(y->x[i]->dims))
            return true;
    return false;
}

/* s: the one factor, if there is one, with which every way from J enters the examples. */
static bool find_scale(df__walk *w)
{
    df_node *s = NULL;
    if (df__has_m(w->root->dims))
        return true;
    mark_top(w);
    for (int64_t id = w->n - 1; id >= 0; id--) {
        df_node *y = w->g->node[id];
        if (!(w->mark[id] & TOP) || !leads_into_examples(w, y))
            continue;
        if (!reach(w, y))
            return false;
        df_node *dy = w->adjoint[id];
        if (!dy)
            continue;
        df_node *f = df__is_scalar(dy->dims) ? without_numbers(dy) : NULL;
        if (!f || (s && f != s))
            return true;
        s = f;
    }
    w->scale = s;
    return true;
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* The walk of J that has x in it, and x as it stands there: rewriting may have taken it away, and
 * then the walk is of J with x left as written. */
static df__walk *walk_with(df_node *J, df_node *seed, df_node **x, bool raw)
{
    df__walk *w = df__walk_for(J, seed, NULL, raw);
    if (!w || raw || !df__has(w, *x, WRITTEN))
        return w;
    df_node *there = df__canonical(*x, NULL);
    if (there && !df__has(w, there, CONE)) {
        w = df__walk_for(J, seed, *x, false);
        there = df__canonical(*x, *x);
    }
    *x = there;
    return there ? w : NULL;
}

static bool note(df_node *y, df_node *J, df_node *x, bool adjoint, bool raw)
{
    for (df__derivative_of *is = y->is; is; is = is->next)
        if (is->J == J && is->x == x && is->adjoint == adjoint && is->raw == raw)
            return true;
    df__derivative_of *is = df__graph_get(y->g, sizeof *is);
    if (!is)
        return false;
    *is = (df__derivative_of){ J, x, adjoint, raw, NULL };
    df__derivative_of **end = &y->is;
    while (*end)
        end = &(*end)->next;
    *end = is;
    return true;
}

/* dJ/dx from the adjoint, of x's shape. */
static df_node *strict(df__walk *w, const df_node *there, df_dims dims)
{
    df_node *dx = w->adjoint[there->id];
    if (!dx)
        return df_zeros(w->g, dims);
    if (w->scale && df__has_m(there->dims))
        dx = df__simple(w, df_mul(w->scale, dx));
    return df__fit(dx, dims);
}

static df_node *derive(df_node *J, df_node *seed, df_node *x, bool raw)
{
    df_node *there = x;
    df__walk *w = walk_with(J, seed, &there, raw);
    if (!w)
        return NULL;
    if (!df__has(w, x, WRITTEN) || !df__has(w, there, CONE))
        return df_zeros(J->g, x->dims);
    df__walk_enter(w);
    if (!w->scaled && !find_scale(w))
        return NULL;
    w->scaled = true;
    return reach(w, there) ? strict(w, there, x->dims) : NULL;
}

/* seed: the adjoint of J; NULL: 1. */
static df_node *derive_from(df_node *J, df_node *seed, df_node *x, bool raw)
{
    df_graph *g = J->g;
    bool simplifying = g->simplifying, deriving = g->deriving;
    g->deriving = g->simplifying = true;
    df_node *dx = derive(J, seed, x, raw);
    g->simplifying = simplifying;
    g->deriving = deriving;
    df__check(!dx || df__dims_equal(dx->dims, x->dims));
    return dx;
}

df_node *df__derive(df_node *J, df_node *x, bool raw)
{
    df_node *dx = derive_from(J, NULL, x, raw);
    return dx && note(dx, J, x, false, raw) ? dx : NULL;
}

df_node *df__derive_seeded(df_node *y, df_node *x, df_node *v)
{
    return derive_from(y, v, x, false);
}

bool df__can_derive(const char *call, const char *J_name, const df_node *J, const df_node *x)
{
    df_graph *g = J ? J->g : x ? x->g : NULL;
    char text[DF_TEXT];
    if (!g)
        return false;
    if (!J || !x)
        return df_fail(g, DF_BAD_CALL, "%s: %s is NULL", call, J ? "x" : J_name) != NULL;
    if (J->g != x->g)
        return df_fail(g, DF_BAD_CALL, "%s: %s and x are of two graphs", call, J_name) != NULL;
    const df_node *bad = J->type != g->real || J->op->kind == DF_UPDATE ? J : x;
    if (bad->type != g->real || bad->op->kind == DF_UPDATE)
        return df_fail(g, DF_BAD_TYPE, "%s: %s is no number to differentiate", call,
                       df_describe(bad, text, sizeof text)) != NULL;
    return true;
}

df_node *df_d(df_node *J, df_node *x)
{
    return df__can_derive("d", "J", J, x) ? df__derive(J, x, false) : NULL;
}

/* ---- which node is the derivative of what ---------------------------------------------------- */

/* Notes the adjoints of all named nodes that were made since this was last done. */
static void note_named(df_graph *g)
{
    if (g->named_at[0] == g->n_adjoints && g->named_at[1] == g->n_names)
        return;
    for (int64_t b = 0; b < g->n_name_buckets; b++)
        for (df__alias *a = g->names[b]; a; a = a->next)
            for (df__walk *w = g->walks; w; w = w->next) {
                if (w->seed)
                    continue;
                const df_node *pin = a->x == w->pin ? w->pin : NULL;
                df_node *there = w->raw ? a->x : df__canonical(a->x, pin);
                df_node *dx = there && df__has(w, there, PATH) ? w->adjoint[there->id] : NULL;
                if (dx && !note(dx, w->J, a->x, true, w->raw))
                    return;
            }
    g->named_at[0] = g->n_adjoints;
    g->named_at[1] = g->n_names;
}

bool df__is_derivative(const df_node *y, int index, df__derivative_of *is)
{
    if (index == 0)
        note_named(y->g);
    for (const df__derivative_of *at = y->is; at; at = at->next)
        if (index-- == 0) {
            *is = *at;
            return true;
        }
    return false;
}
