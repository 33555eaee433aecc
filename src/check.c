/* check.c -- whether derivatives are those of the values, and if not, whose
 *
 * SPDX-License-Identifier: MIT
 *
 * First J along random directions of all that it is derived by. If that is wrong, a cut is moved
 * through the graph: with all nodes up to some id given, only rules of later nodes play a part, so
 * the largest id at which it is wrong is that of a node whose own derivative is. Then its operand,
 * then the element, halving each time. A kink is found in the same way; then parameters are moved a
 * little, away from it, and all is asked again. */
#include "check_model.h"

enum { DIRECTIONS = 4 };
static const double AWAY = 1e-3;

/* ---- directions ------------------------------------------------------------------------------ */

/* About as long as the value is, element by element. */
static double length_of(const df__given *t, int64_t k, double mean)
{
    return mean > 0 ? fabs(t->v[k]) + 1e-3 * mean : 1;
}

static double mean_size(const df__given *t)
{
    double sum = 0;
    for (int64_t k = 0; k < t->n; k++)
        sum += fabs(t->v[k]);
    return sum / (double)t->n;
}

/* Which elements move: of all that varies, or first .. end - 1 of one. */
typedef struct { const df__given *only; int64_t first, end; } range;

static void choose(df__model *m, range r, bool random)
{
    for (int i = 0; i < m->n; i++) {
        df__given *t = &m->given[i];
        double mean = mean_size(t);
        uint64_t stream = m->c->stream++;
        for (int64_t k = 0; k < t->n; k++) {
            bool moves = !r.only || (r.only == t && k >= r.first && k < r.end);
            double by = random ? df__normal(0, stream, (uint64_t)k) : 1;
            t->u[k] = moves && t->varies ? by * length_of(t, k, mean) : 0;
        }
    }
}

/* The worst of several directions; a kink hides what else may be wrong. */
static bool ask(df__model *m, df__slope *worst)
{
    *worst = (df__slope){ 0 };
    for (int i = 0; i < DIRECTIONS; i++) {
        df__slope s;
        choose(m, (range){ 0 }, true);
        if (!df__measure_slope(m, &s))
            return false;
        if (i == 0 || s.verdict == DF__KINK ||
            (worst->verdict != DF__KINK && s.relative > worst->relative))
            *worst = s;
    }
    return true;
}

/* ---- where ----------------------------------------------------------------------------------- */

/* What is wrong, or has a kink: node `at` by its operand `by`. */
typedef struct { df_node *at, *by; int64_t index; df__slope slope; double length; } place;

static double excess(const df__slope *s)
{
    if (isnan(s->derived))
        return (double)INFINITY;
    return s->verdict == DF__RIGHT ? 0 : s->gap + fabs(s->derived - s->measured);
}

/* Halves the elements until one is left. */
static bool find_element(df__model *m, const df__given *t, place *p)
{
    int64_t first = 0, end = t->n;
    while (end - first > 1) {
        int64_t middle = first + (end - first) / 2;
        df__slope low, high;
        choose(m, (range){ t, first, middle }, true);
        if (!df__measure_slope(m, &low))
            return false;
        choose(m, (range){ t, middle, end }, true);
        if (!df__measure_slope(m, &high))
            return false;
        if (excess(&low) >= excess(&high))
            end = middle;
        else
            first = middle;
    }
    p->by = t->of;
    p->index = first;
    choose(m, (range){ t, first, end }, false);
    p->length = t->u[first];
    return df__measure_slope(m, &p->slope);
}

/* The operand of the node that p names, and the element. */
static bool find_operand(df__model *m, place *p)
{
    const df__given *by = NULL;
    double most = -1;
    for (int i = 0; i < m->n; i++)
        for (int k = 0; k < p->at->n; k++) {
            df__slope s;
            if (m->given[i].of != p->at->x[k] || !m->given[i].varies || by == &m->given[i])
                continue;
            choose(m, (range){ &m->given[i], 0, m->given[i].n }, true);
            if (!df__measure_slope(m, &s))
                return false;
            if (excess(&s) > most) {
                most = excess(&s);
                by = &m->given[i];
            }
        }
    return !by || find_element(m, by, p);
}

static bool is_inner(const df__checking *c, int64_t id)
{
    const df_node *x = c->J->g->node[id];
    return c->mark[id] & DF__VARIES && x->op->kind != DF_SOURCE;
}

/* The next node that varies, from id on in that direction; -1: none, which stands for the leaves.
 */
static int64_t next_inner(const df__checking *c, int64_t id, int by)
{
    while (id >= 0 && id <= c->J->id && !is_inner(c, id))
        id += by;
    return id > c->J->id ? -1 : id;
}

/* Between `low`, a cut at which it is not right, and `high`, where it is. */
static bool find_node(df__checking *c, df__model *base, place *p)
{
    int64_t low = -1, high = c->J->id;
    for (;;) {
        int64_t cut = next_inner(c, low + (high - low) / 2, -1);
        if (cut <= low)
            cut = next_inner(c, low + (high - low) / 2 + 1, 1);
        if (cut <= low || cut >= high)
            break;
        df__model m = { 0 };
        df__slope s;
        bool ok = df__model_cut(c, base, cut, &m) && ask(&m, &s);
        df__model_end(&m);
        if (!ok)
            return false;
        *(s.verdict == DF__RIGHT ? &high : &low) = cut;
    }
    df__model m = { 0 };
    p->at = c->J->g->node[high];
    bool ok = df__model_cut(c, base, low, &m) && find_operand(&m, p);
    df__model_end(&m);
    return ok;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool ask_all(df__checking *c, df__model *base, df__slope *s)
{
    df__model m = { 0 };
    bool ok = df__model_cut(c, base, -1, &m) && ask(&m, s);
    df__model_end(&m);
    return ok;
}

static void move_away(df__model *base)
{
    choose(base, (range){ 0 }, true);
    for (int i = 0; i < base->n; i++)
        for (int64_t k = 0; base->given[i].varies && k < base->given[i].n; k++)
            base->given[i].v[k] += AWAY * base->given[i].u[k];
}

static void say(df_check *result, const place *p)
{
    if (p->slope.verdict == DF__KINK) {
        result->kink = p->at;
        result->kink_index = p->index;
        return;
    }
    result->right = false;
    result->at = p->at;
    result->by = p->by;
    result->index = p->index;
    result->derived = p->slope.derived / p->length;
    result->measured = p->slope.measured / p->length;
}

static bool check(df__checking *c, df__model *base, df_check *result)
{
    df__slope s;
    place p = { .length = 1 };
    if (!df__model_base(c, base) || !ask_all(c, base, &s))
        return false;
    if (s.verdict == DF__KINK) {
        if (!find_node(c, base, &p))
            return false;
        say(result, &p);
        move_away(base);
        if (!ask_all(c, base, &s))
            return false;
    }
    result->worst = s.verdict == DF__KINK ? 0 : s.relative;
    if (s.verdict != DF__WRONG || result->at)
        return true;
    result->right = false;
    p = (place){ .length = 1 };
    if (!find_node(c, base, &p))
        return false;
    say(result, &p);
    return true;
}

/* Parameters vary, or inputs where there are none behind J, and what is derived from them. */
static void mark_varying(df__checking *c)
{
    const df_graph *g = c->J->g;
    const df_op *leaf[] = { &df__op_param, &df__op_input };
    unsigned char *behind = c->mark + c->J->id + 1;
    behind[c->J->id] = 1;
    for (int64_t id = c->J->id; id >= 0; id--)
        for (int i = 0; behind[id] && i < g->node[id]->n; i++)
            behind[g->node[id]->x[i]->id] = 1;
    bool found = false;
    for (int k = 0; k < 2 && !found; k++)
        for (int64_t id = 0; id <= c->J->id; id++) {
            const df_node *y = g->node[id];
            bool varies = y->op == leaf[k];
            for (int i = 0; i < y->n; i++)
                varies = varies || (c->mark[y->x[i]->id] && y->op->d[i % DF_ARITY] != df_d_zero);
            if (varies && behind[id] && y->type == g->real) {
                c->mark[id] = DF__VARIES;
                found = true;
            }
        }
}

/* The m of what is bound; 0: it is not one, and the program has the error. */
static int64_t bound_m(df_program *p)
{
    int64_t m = 0;
    for (int64_t i = 0; i < p->plan->n_inputs; i++) {
        if (!p->plan->input[i].per_example || !p->input[i].a.data)
            continue;
        if (m && p->input[i].m != m)
            return df__program_fail(
                p, DF_BAD_SHAPE, "check_derivatives: inputs of %lld and of %lld examples are bound",
                (long long)m, (long long)p->input[i].m);
        m = p->input[i].m;
    }
    return m ? m : p->other_m ? p->other_m : 1;
}

static bool can_check(df_program *p, const df_node *J, const df_check *result)
{
    char text[DF_TEXT];
    if (!J || !result)
        return df__program_fail(p, DF_BAD_CALL, "check_derivatives: %s is NULL",
                                J ? "result" : "J");
    df_describe(J, text, sizeof text);
    if (J->g != p->g)
        return df__program_fail(p, DF_BAD_CALL, "check_derivatives: %s belongs to another graph",
                                text);
    if (J->type != p->g->real || J->op->kind == DF_UPDATE)
        return df__program_fail(p, DF_BAD_TYPE,
                                "check_derivatives: %s is no number to differentiate", text);
    return true;
}

bool df_check_derivatives(df_program *p, df_node *J, df_check *result)
{
    if (!p || !can_check(p, J, result))
        return false;
    df__checking c = { .p = p, .J = J, .m = bound_m(p) };
    size_t bytes = 2 * ((size_t)J->id + 1);
    if (!c.m)
        return false;
    c.mark = df__get(&p->g->mem, bytes);
    if (!c.mark)
        return df__program_fail(p, DF_NO_MEMORY, "check_derivatives: no memory");
    memset(c.mark, 0, bytes);
    mark_varying(&c);
    df__model base = { 0 };
    df_check found = { .right = true };
    bool ok = !(c.mark[J->id] & DF__VARIES) || check(&c, &base, &found);
    df__model_end(&base);
    df__put(&p->g->mem, c.mark, bytes);
    if (ok)
        *result = found;
    return ok;
}
