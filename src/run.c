/* run.c -- a run: segments in order, then the updates
 *
 * SPDX-License-Identifier: MIT
 *
 * Nothing is allocated, and nothing that lasts is written until all that can fail has not. */
#include "run.h"
#include <omp.h>

/* ---- before ---------------------------------------------------------------------------------- */

/* A workspace for this m, cut as this m is. */
static bool prepare(df__running *r)
{
    df_program *p = r->p;
    r->same_m = p->set_m == r->m;
    if (p->set_m != r->m) {
        p->set_m = 0;
        p->at = df__workspace_of(p, r->m);
        p->run_threads = df__threads_for(p, r->m);
        p->cut = df__choose_cut(r->plan, r->m);
    }
    if (!df__outputs_ready(r))
        return false;
    if (p->bytes < p->at.total)
        return df__program_fail(p, DF_NO_MEMORY,
                                "run: a workspace of %zu bytes is needed: df_workspace_use",
                                p->at.total + 64);
    return true;
}

/* ---- after ----------------------------------------------------------------------------------- */

/* Outputs and new values, where the program was asked to look. */
static bool results_finite(const df__running *r)
{
    const df__plan *plan = r->plan;
    void **at = df__table(r, 0);
    if (r->not_finite)
        return df__program_fail(r->p, DF_NOT_FINITE, "run: an output is not finite");
    for (int64_t i = 0; i < plan->n_outputs; i++) {
        const df__slot *s = &plan->slot[plan->output[i].slot];
        const char *name = df_name_of(plan->output[i].node);
        if (!plan->output[i].per_example &&
            !df__all_finite(at[plan->output[i].slot], s->type, s->count))
            return df__program_fail(r->p, DF_NOT_FINITE, "run: %s is not finite",
                                    *name ? name : "an output");
    }
    for (int64_t i = 0; i < plan->n_updates; i++) {
        const df__slot *s = &plan->slot[plan->update[i].value];
        if (!df__all_finite(at[plan->update[i].value], s->type, s->count))
            return df__program_fail(r->p, DF_NOT_FINITE, "run: the new value of %s is not finite",
                                    df_name_of(plan->update[i].leaf));
    }
    return true;
}

static void update(df__running *r)
{
    void **at = df__table(r, 0);
    const df__plan *plan = r->plan;
    df__run_between(r, &plan->segment[plan->n_segments - 1]);
    for (int64_t i = 0; i < plan->n_updates; i++) {
        const df__plan_update *u = &plan->update[i];
        const df__slot *s = &plan->slot[u->value];
        if (u->slot != u->value)
            memcpy(at[u->slot], at[u->value], (size_t)s->count * df__type_size(s->type));
        u->leaf->leaf->has_value = true;
    }
    if (plan->n_updates > 0)
        __atomic_fetch_add(&r->p->g->runs, 1, __ATOMIC_RELAXED);
}

/* ---- segments -------------------------------------------------------------------------------- */

static bool run_segments(df__running *r)
{
    const df__plan *plan = r->plan;
    for (int i = r->same_m && plan->fixed; i < plan->n_segments - 1; i++) {
        if (plan->segment[i].pass)
            df__run_pass(r, &plan->segment[i]);
        else
            df__run_between(r, &plan->segment[i]);
        if (r->bad_row >= 0) {
            char why[sizeof r->p->error];
            memcpy(why, r->p->error, sizeof why);
            return df__program_fail(r->p, DF_BAD_VALUE, "run: %s", why);
        }
    }
    if (r->too_large)
        return df__program_fail(r->p, DF_BAD_VALUE,
                                "run: an integer is too large for the array of an output");
    if (r->p->options.check_finite && !results_finite(r))
        return false;
    update(r);
    return true;
}

/* BLAS takes its number of threads from this thread's OpenMP setting: one for the time of the
 * run. */
static bool run(df_program *p, int64_t first, int64_t m, const int64_t *which)
{
    df__running r = { .p = p, .plan = p->plan, .first = first, .m = m, .which = which,
                      .bad_row = -1, .runs = __atomic_load_n(&p->g->runs, __ATOMIC_RELAXED) };
    int threads = omp_get_max_threads();
    if (!prepare(&r))
        return false;
    if (threads != 1)
        omp_set_num_threads(1);
    df__set_tables(&r);
    p->ran = run_segments(&r);
    if (threads != 1)
        omp_set_num_threads(threads);
    if (p->ran) {
        p->status = DF_OK;
        p->error[0] = 0;
    }
    return p->ran;
}

/* ---- public ---------------------------------------------------------------------------------- */

/* The m of the binds; 0: something is missing. */
static int64_t begin(df_program *p)
{
    if (!p)
        return 0;
    p->ran = false;
    return df__ready(p);
}

bool df_run(df_program *p)
{
    int64_t m = begin(p);
    return m > 0 && run(p, 0, m, NULL);
}

bool df_run_range(df_program *p, int64_t first, int64_t m)
{
    int64_t all = begin(p);
    if (all <= 0)
        return false;
    if (m < 1)
        return df__program_fail(p, DF_BAD_CALL, "run_range: m is %lld", (long long)m);
    if (first < 0 || first > all - m)
        return df__program_fail(p, DF_BAD_CALL,
                                "run_range: %lld examples from %lld on: there are %lld",
                                (long long)m, (long long)first, (long long)all);
    return run(p, first, m, NULL);
}

bool df_run_pick(df_program *p, const int64_t *which, int64_t m)
{
    int64_t all = begin(p);
    if (all <= 0)
        return false;
    if (!which)
        return df__program_fail(p, DF_BAD_CALL, "run_pick: which is NULL");
    if (m < 1)
        return df__program_fail(p, DF_BAD_CALL, "run_pick: m is %lld", (long long)m);
    for (int64_t i = 0; i < m; i++)
        if (which[i] < 0 || which[i] >= all)
            return df__program_fail(p, DF_BAD_CALL,
                                    "run_pick: which[%lld] is %lld: there are %lld examples",
                                    (long long)i, (long long)which[i], (long long)all);
    if (m > all && !df__program_room(p, m))
        return false;
    return run(p, 0, m, which);
}
