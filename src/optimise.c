/* optimise.c -- gradient descent and Adam, as graph
 *
 * SPDX-License-Identifier: MIT
 *
 *     sgd:   v := momentum v + dp,                p := p - rate (v + decay p)
 *     adam:  t := t + 1,  m := b1 m + (1 - b1) dp,  v := b2 v + (1 - b2) dp^2,
 *            p := p - rate (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon) + decay p)
 *
 * for each parameter p, dp = dJ/dp, with the new t, m and v on the right of p. These are building
 * calls that anybody may write, so updates are printed, simplified and compiled as all else is. */
#include "df.h"
#include <math.h>

/* One call. */
typedef struct {
    df_graph *g;
    const char *name;            /* sgd or adam */
    df_node *J, *rate;
    df_optimiser o;
    df_node **params, **update;
    int n_params, n_updates;
    df_node *clip;               /* a factor of all gradients, or NULL */
    df_node *t;                  /* adam: how many steps, with this one */
} optimiser;

/* ---- what the caller gave -------------------------------------------------------------------- */

#define fail(a, s, format, ...) \
    (df_fail((a)->g, s, "%s: " format, (a)->name, ##__VA_ARGS__) != NULL) /* always false */

static bool check_numbers(const optimiser *a)
{
    char text[DF_TEXT];
    if (!a->rate)
        return fail(a, DF_BAD_CALL, "the rate is NULL");
    if (a->rate->g != a->g)
        return fail(a, DF_BAD_CALL, "the rate belongs to another graph");
    if (!df__is_scalar(a->rate->dims))
        return fail(a, DF_BAD_SHAPE, "the rate is one number (1), not %s",
                    df_describe(a->rate, text, sizeof text));
    if (df__has_m(a->J->dims) || df__elements(a->J->dims, 1) != 1)
        return fail(a, DF_BAD_SHAPE, "the cost is one number (1), not %s: df_cost makes it one",
                    df_describe(a->J, text, sizeof text));
    return true;
}

static bool check_options(const optimiser *a)
{
    const df_optimiser *o = &a->o;
    const struct { const char *name; double v, below; } option[] = {
        { "momentum", o->momentum, 1 },       { "beta1", o->beta1, 1 },
        { "beta2", o->beta2, 1 },             { "epsilon", o->epsilon, HUGE_VAL },
        { "decay", o->decay, HUGE_VAL },      { "clip_norm", o->clip_norm, HUGE_VAL },
    };
    for (size_t i = 0; i < sizeof option / sizeof *option; i++)
        if (!(option[i].v >= 0 && option[i].v < option[i].below))
            return fail(a, DF_BAD_VALUE, "%s must be at least 0 and %s", option[i].name,
                        option[i].below == 1 ? "below 1" : "finite");
    return true;
}

/* Those the caller names, each once. mark: by id, all 0. */
static bool check_params(optimiser *a, unsigned char *mark)
{
    char text[DF_TEXT];
    for (int i = 0; i < a->n_params; i++) {
        df_node *p = a->o.params[i];
        if (!p)
            return fail(a, DF_BAD_CALL, "parameter %d is NULL", i + 1);
        if (p->g != a->g)
            return fail(a, DF_BAD_CALL, "parameter %d belongs to another graph", i + 1);
        if (p->op != &df__op_param)
            return fail(a, DF_BAD_CALL, "%s is no parameter", df_describe(p, text, sizeof text));
        if (mark[p->id]++)
            return fail(a, DF_BAD_CALL, "%.64s is listed twice", p->name);
        a->params[i] = p;
    }
    return true;
}

/* All that J depends on, in order of creation. */
static bool find_params(optimiser *a, unsigned char *mark)
{
    mark[a->J->id] = 1;
    for (int64_t id = a->J->id; id >= 0; id--)
        for (int i = 0; mark[id] && i < a->g->node[id]->n; i++)
            mark[a->g->node[id]->x[i]->id] = 1;
    a->n_params = 0;
    for (int64_t id = 0; id <= a->J->id; id++)
        if (mark[id] && a->g->node[id]->op == &df__op_param)
            a->params[a->n_params++] = a->g->node[id];
    return true;
}

static bool take_params(optimiser *a)
{
    a->n_params = a->o.params ? a->o.n_params : df_params(a->g, NULL, 0);
    if ((a->o.n_params > 0) != (a->o.params != NULL))
        return fail(a, DF_BAD_CALL, "params and n_params go together");
    size_t n = (size_t)a->n_params;
    unsigned char *mark = df__graph_get(a->g, (size_t)a->g->n_nodes);
    a->params = df__graph_get(a->g, n * sizeof *a->params);
    a->update = df__graph_get(a->g, (3 * n + 1) * sizeof *a->update);
    if (!mark || !a->params || !a->update)
        return false;
    if (!(a->o.params ? check_params : find_params)(a, mark))
        return false;
    return a->n_params > 0 || fail(a, DF_BAD_CALL, "the cost depends on no parameter");
}

/* ---- parts ----------------------------------------------------------------------------------- */

/* J.sgd.W1.v, or J.adam.t without a parameter; made at the first call and found at later ones. */
static df_node *state(const optimiser *a, const df_node *p, const char *what, df_dims dims)
{
    const char *cost = a->J->name ? a->J->name : "cost", *param = p ? p->name : "";
    size_t size = strlen(cost) + strlen(param) + 16;
    char *name = df__graph_get(a->g, size);
    if (!name)
        return NULL;
    snprintf(name, size, "%s.%s.%s%s%s", cost, a->name, param, p ? "." : "", what);
    df_node *x = df_find(a->g, name);
    if (x && x->leaf->owner != a->J)
        return df_fail(a->g, DF_BAD_CALL, "%s: %.64s belongs to another cost: name this one",
                       a->name, name);
    if (!x && (x = df__new_leaf(a->g, &df__op_state, name, a->g->real, dims, true)))
        x->leaf->owner = a->J;
    return x;
}

static void update(optimiser *a, df_node *p, df_node *value)
{
    a->update[a->n_updates++] = df_update(p, value);
}

static df_node *gradient(const optimiser *a, df_node *p)
{
    df_node *dp = df_d(a->J, p);
    return a->o.clip_norm > 0 ? df_mul(a->clip, dp) : dp;
}

/* c / max(norm, c): exactly 1 up to the norm c, and never a division by 0. */
static df_node *clip(const optimiser *a)
{
    df_node *sum = NULL, *c = df_num(a->g, a->o.clip_norm);
    for (int i = 0; i < a->n_params; i++) {
        df_node *one = df_sum(df_square(df_d(a->J, a->params[i])));
        sum = i ? df_add(sum, one) : one;
    }
    return df_div(c, df_max(df_sqrt(sum), c));
}

/* p := p - step, with weight decay. */
static void move(optimiser *a, df_node *p, df_node *step)
{
    if (a->o.decay > 0)
        step = df_add(step, df_mul(a->rate, df_scale(p, a->o.decay)));
    update(a, p, df_sub(p, step));
}

static void sgd(optimiser *a, df_node *p)
{
    df_node *dp = gradient(a, p);
    if (a->o.momentum > 0) {
        df_node *v = state(a, p, "v", p->dims);
        dp = df_add(df_scale(v, a->o.momentum), dp);
        update(a, v, dp);
    }
    move(a, p, df_mul(a->rate, dp));
}

/* 1 - beta^t, as -(e^(t log beta) - 1), which loses no digits where beta^t is near 1. */
static df_node *correction(const optimiser *a, double beta)
{
    if (beta == 0)
        return df_num(a->g, 1);
    return df_neg(df_expm1(df_scale(a->t, log(beta))));
}

/* beta x + (1 - beta) y, the new value of the state x. */
static df_node *average(optimiser *a, df_node *x, double beta, df_node *y)
{
    df_node *value = df_add(df_scale(x, beta), df_scale(y, 1 - beta));
    update(a, x, value);
    return value;
}

static void adam(optimiser *a, df_node *p)
{
    const df_optimiser *o = &a->o;
    df_node *dp = gradient(a, p);
    df_node *m = average(a, state(a, p, "m", p->dims), o->beta1, dp);
    df_node *v = average(a, state(a, p, "v", p->dims), o->beta2, df_square(dp));
    df_node *root = df_sqrt(df_div(v, correction(a, o->beta2)));
    df_node *first = df_mul(df_div(a->rate, correction(a, o->beta1)), m);
    move(a, p, df_div(first, df_offset(root, o->epsilon)));
}

static bool count_steps(optimiser *a)
{
    df_node *t = state(a, NULL, "t", df_shape(1));
    a->t = df_offset(t, 1);
    update(a, t, a->t);
    return a->t != NULL;
}

/* ---- calls ----------------------------------------------------------------------------------- */

static df_node *optimise(df_node *J, df_node *rate, const df_optimiser *o, bool is_adam)
{
    static const df_optimiser standard = DF_OPTIMISER;
    if (!J)
        return NULL;
    optimiser a = { .g = J->g, .name = is_adam ? "adam" : "sgd", .J = J, .rate = rate,
                    .o = o ? *o : standard };
    if (!check_numbers(&a) || !check_options(&a) || !take_params(&a))
        return NULL;
    if (a.o.clip_norm > 0 && !(a.clip = clip(&a)))
        return NULL;
    if (is_adam && !count_steps(&a))
        return NULL;
    for (int i = 0; i < a.n_params; i++)
        (is_adam ? adam : sgd)(&a, a.params[i]);
    return df_group_list(a.update, a.n_updates);
}

df_node *df_sgd(df_node *J, df_node *rate, const df_optimiser *o)
{
    return optimise(J, rate, o, false);
}

df_node *df_adam(df_node *J, df_node *rate, const df_optimiser *o)
{
    return optimise(J, rate, o, true);
}
