/* simplify.c -- rewriting whole graphs: the canonical form in place, and the copy that is compiled
 * or printed
 *
 * SPDX-License-Identifier: MIT
 *
 * Operands are older than their node, so one loop over ids sees each node after its operands have
 * become what they become. A node made while this goes on is settled at once (graph.c), so what a
 * loop leaves has no rule at work but where a rule found its chance above what was settled; hence a
 * few loops until nothing changes. */
#include "rules.h"

enum { STEPS = 64, DEEP = 32, MOST = 4096, LOOPS = 8 };

/* Bounded in steps, in rules within rules, and in all of them together: what is cut off is right,
 * if not as simple. */
df_node *df__settle(df_node *y)
{
    df_graph *g = y->g;
    unsigned phases = g->phases ? g->phases : DF_CANONICAL;
    bool keep = !g->pin && phases == DF_CANONICAL;
    df_node *was = y;
    if (keep && y->canonical)
        return y->canonical;
    if (y == g->pin || g->rewriting >= DEEP)
        return y;
    if (!g->pin && !(phases & ~y->settled))
        return keep ? y->canonical = y : y;
    if (g->rewriting++ == 0)
        g->rewrites = 0;
    for (int i = 0; i < STEPS && g->rewrites++ < MOST; i++) {
        df_node *next = df__rewrite(g, y, phases, g->trace);
        if (next == y || !next) {
            y = next;
            break;
        }
        y = next;
    }
    g->rewriting--;
    if (y && keep)
        was->canonical = y->canonical = y;
    return y;
}

/* The same node of what its operands have become, settled. NULL: no memory. */
static df_node *with_operands(df_node *y, df_node *const *of)
{
    df_node *few[DF_ARITY], **x = few;
    size_t bytes = (size_t)y->n * sizeof *x;
    bool same = true;
    if (y->n > DF_ARITY && !(x = df__get(&y->g->mem, bytes))) {
        df__error(y->g, DF_NO_MEMORY, "no memory");
        return NULL;
    }
    for (int i = 0; i < y->n; i++) {
        x[i] = of[y->x[i]->id];
        same = same && x[i] == y->x[i];
    }
    df_node *r = same ? df__settle(y) : df__make(y->g, y->op, x, y->n, &y->attr, &y->dims);
    if (x != few)
        df__put(&y->g->mem, x, bytes);
    return r;
}

static void *get_cleared(df_graph *g, size_t bytes)
{
    void *p = df__get(&g->mem, bytes);
    if (!p)
        df__error(g, DF_NO_MEMORY, "no memory");
    return p ? memset(p, 0, bytes) : NULL;
}

/* ---- the canonical form ---------------------------------------------------------------------- */

/* Marks with itself each node that has to be looked at, and with its canonical form each that is
 * known; what only the pin needs is left out. Gives the lowest id. */
static int64_t mark_open(df_node *y, const df_node *pin, df_node **of)
{
    int64_t open = 1, id = y->id + 1;
    of[y->id] = y;
    while (open > 0) {
        df_node *at = y->g->node[--id];
        if (!of[id] || (!pin && at->canonical))
            continue;
        open--;
        for (int i = 0; at != pin && i < at->n; i++) {
            df_node *x = at->x[i], *known = pin ? NULL : x->canonical;
            open += !of[x->id] && !known;
            of[x->id] = known ? known : x;
        }
    }
    return id;
}

/* Rewrites what is marked, upwards. */
static df_node *rewrite_open(df_node *y, int64_t from, const df_node *pin, df_node **of)
{
    df_graph *g = y->g;
    for (int64_t id = from; id <= y->id; id++) {
        df_node *was = g->node[id];
        if (!of[id] || was == pin || (!pin && was->canonical))
            continue;
        g->deriving = was->derived;
        of[id] = with_operands(was, of);
        if (!of[id])
            return NULL;
        if (!pin)
            was->canonical = of[id];
    }
    return of[y->id];
}

df_node *df__canonical(df_node *y, const df_node *pin)
{
    df_graph *g = y->g;
    if (!pin && y->canonical)
        return y->canonical;
    size_t bytes = (size_t)(y->id + 1) * sizeof(df_node *);
    df_node **of = get_cleared(g, bytes), *r = NULL;
    if (!of)
        return NULL;
    bool simplifying = g->simplifying, deriving = g->deriving;
    const df_node *pinned = g->pin;
    g->simplifying = true;
    g->pin = pin;
    r = rewrite_open(y, mark_open(y, pin, of), pin, of);
    g->simplifying = simplifying;
    g->deriving = deriving;
    g->pin = pinned;
    df__put(&g->mem, of, bytes);
    return r;
}

/* ---- the copy -------------------------------------------------------------------------------- */

/* Marks the nodes that these need, by id; how many there are. */
static int64_t mark_needed(const df_graph *g, df_node *const *what, int n, unsigned char *needed)
{
    int64_t count = 0;
    for (int i = 0; i < n; i++)
        needed[what[i]->id] = 1;
    for (int64_t id = g->n_nodes - 1; id >= 0; id--) {
        count += needed[id];
        for (int i = 0; needed[id] && i < g->node[id]->n; i++)
            needed[g->node[id]->x[i]->id] = 1;
    }
    return count;
}

/* A leaf's image shares its memory and knows it; all else is made anew. */
static df_node *copy_node(df_graph *to, const df_node *x, df_node *const *of)
{
    df_node *few[DF_ARITY], **list = few;
    size_t bytes = (size_t)x->n * sizeof *list;
    if (x->n > DF_ARITY && !(list = df__get(&to->mem, bytes)))
        return NULL;
    for (int i = 0; i < x->n; i++)
        list[i] = of[x->x[i]->id];
    df_node *y = df__find_or_add(to, x->op, list, x->n, &x->attr, &x->dims, x->type);
    if (list != few)
        df__put(&to->mem, list, bytes);
    if (!y)
        return NULL;
    y->settled = x->settled;
    if (x->n > 0)
        return y;
    y->twin = x->twin ? x->twin : (df_node *)x;
    y->leaf = x->leaf;
    y->number = x->number;
    return y;
}

static bool copy_needed(const df_graph *g, df_node *const *what, int n, df__copy *copy)
{
    size_t size = (size_t)g->n_nodes;
    unsigned char *needed = df__get(&g->mem, size);
    if (!needed)
        return false;
    memset(needed, 0, size);
    bool ok = df__graph_room(copy->g, mark_needed(g, what, n, needed));
    for (int64_t id = 0; ok && id < g->n_nodes; id++)
        if (needed[id])
            ok = (copy->of[id] = copy_node(copy->g, g->node[id], copy->of)) != NULL;
    df__put(&g->mem, needed, size);
    return ok;
}

/* What a loop over the copy needs: how often each node is used, and what has become of it. It stays
 * true until a loop changes something. */
typedef struct { int32_t *uses; df_node **to; int64_t n; } loop;

/* Users come before operands, from the end on: when a node is met, all of its uses are counted. */
static void count_users(df_graph *g, const loop *l, df_node *const *image, int n)
{
    for (int i = 0; i < n; i++)
        l->uses[image[i]->id]++;
    for (int64_t id = l->n - 1; id >= 0; id--) {
        if (!l->uses[id])
            continue;
        df_node *y = g->node[id];
        y->users = l->uses[id];
        for (int i = 0; i < y->n; i++)
            l->uses[y->x[i]->id]++;
    }
}

/* One loop over what is needed. Until something changes, operands are what they were. False: no
 * memory. */
static bool rewrite_all(df_graph *g, const loop *l, bool *changed)
{
    for (int64_t id = 0; id < l->n; id++) {
        if (!l->uses[id])
            continue;
        df_node *was = g->node[id];
        df_node *now = *changed ? with_operands(was, l->to) : df__settle(was);
        if (!now)
            return false;
        if (now != was)
            now->users += was->users;
        l->to[id] = now;
        *changed = *changed || now != was;
    }
    return true;
}

static void follow(df_node **list, int64_t n, const loop *l)
{
    for (int64_t i = 0; i < n; i++)
        if (list[i])
            list[i] = l->to[list[i]->id];
}

static void end_loop(df_graph *g, loop *l)
{
    df__put(&g->mem, l->uses, (size_t)l->n * sizeof *l->uses);
    df__put(&g->mem, l->to, (size_t)l->n * sizeof *l->to);
    *l = (loop){ .n = g->n_nodes };
}

static bool rewrite_once(df__copy *copy, loop *l, int n, int64_t n_of, bool *changed)
{
    df_graph *g = copy->g;
    if (!l->uses || *changed) {
        end_loop(g, l);
        l->uses = get_cleared(g, (size_t)l->n * sizeof *l->uses);
        l->to = get_cleared(g, (size_t)l->n * sizeof *l->to);
        if (!l->uses || !l->to)
            return false;
        count_users(g, l, copy->image, n);
    }
    *changed = false;
    bool ok = rewrite_all(g, l, changed);
    if (ok && *changed) {
        follow(copy->image, n, l);
        follow(copy->of, n_of, l);
    }
    return ok;
}

static bool rewrite_copy(df__copy *copy, int n, int64_t n_of)
{
    static const unsigned phases[] = { DF_CANONICAL, DF_CANONICAL | DF_STABLE,
                                       DF_CANONICAL | DF_STABLE | DF_LATE };
    df_graph *g = copy->g;
    g->rules = df__rules_for(copy->from);
    bool ok = g->rules != NULL, changed = false;
    loop l = { 0 };
    g->simplifying = true;
    g->trace = &copy->trace;
    for (size_t k = 0; ok && k < sizeof phases / sizeof *phases; k++) {
        g->phases = phases[k];
        for (int i = 0; ok && (changed || i == 0) && i < LOOPS; i++)
            ok = rewrite_once(copy, &l, n, n_of, &changed);
    }
    end_loop(g, &l);
    g->simplifying = false;
    g->trace = NULL;
    return ok;
}

/* What the copy has of a node of the user's graph: its image, or that of its canonical form, which
 * stands in its place behind derivatives. */
static df_node *image_of(const df_graph *g, const df__copy *copy, int64_t id)
{
    const df_node *c = g->node[id]->canonical;
    return copy->of[id] || !c || c->id >= copy->n_of ? copy->of[id] : copy->of[c->id];
}

/* Images that nothing needs any more are dropped; the others get the first name of what they are
 * images of. */
static bool name_images(const df_graph *g, df__copy *copy, int n, int64_t n_of)
{
    size_t size = (size_t)copy->g->n_nodes;
    unsigned char *needed = df__get(&g->mem, size);
    if (!needed)
        return false;
    memset(needed, 0, size);
    mark_needed(copy->g, copy->image, n, needed);
    for (int64_t id = 0; id < n_of; id++) {
        df_node *y = copy->of[id] = image_of(g, copy, id);
        if (y && !needed[y->id])
            copy->of[id] = NULL;
        else if (y && !y->name)
            y->name = g->node[id]->name;
    }
    df__put(&g->mem, needed, size);
    return true;
}

bool df__simplify(df_graph *g, df_node *const *what, int n, bool raw, df__copy *copy)
{
    int64_t n_of = g->n_nodes;
    *copy = (df__copy){ .n = n, .n_of = n_of, .from = g };
    copy->g = df__graph_private(g);
    copy->image = get_cleared(g, (size_t)n * sizeof *copy->image);
    copy->of = get_cleared(g, (size_t)n_of * sizeof *copy->of);
    bool ok = copy->g && copy->image && copy->of && copy_needed(g, what, n, copy);
    for (int i = 0; ok && i < n; i++)
        copy->image[i] = copy->of[what[i]->id];
    if (ok && !raw)
        ok = rewrite_copy(copy, n, n_of);
    if (ok)
        ok = name_images(g, copy, n, n_of);
    if (!ok) {
        df__error(g, DF_NO_MEMORY, "no memory");
        df__copy_free(copy);
    }
    return ok;
}

void df__copy_free(df__copy *copy)
{
    if (!copy->from)
        return;
    df__put(&copy->from->mem, copy->image, (size_t)copy->n * sizeof *copy->image);
    df__put(&copy->from->mem, copy->of, (size_t)copy->n_of * sizeof *copy->of);
    df_graph_free(copy->g);
    *copy = (df__copy){ 0 };
}
