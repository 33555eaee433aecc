/* run.c -- a run: segments in order; a pass by chunks of tiles, shared among threads
 *
 * SPDX-License-Identifier: MIT
 *
 * Where chunks and tiles begin depends on m and the plan alone, and the sums of chunks are added up in a fixed tree:
 * a result has the same bits for any number of threads. Nothing is allocated, and nothing that lasts is written until
 * all that can fail has not. */
#include "plan.h"
#include <omp.h>

typedef struct {
    df_program *p;
    const df_plan *plan;
    int64_t first, m;            /* examples first .. first + m - 1 of the arrays, or which[0 .. m - 1] */
    const int64_t *which;
    int64_t bad, bad_row;        /* the first example that a step refused, and its row; -1: none */
    char why[2 * DF_TEXT];
    bool not_finite;             /* an output that was stored is not */
} running;

/* ---- where slots are --------------------------------------------------------------------------------------------- */

static char *workspace(const running *r)
{
    return r->p->workspace;
}

static void **table(const running *r, int thread)
{
    size_t bytes = ((size_t)r->plan->n_slots * sizeof(void *) + 63) / 64 * 64;
    return (void **)(void *)(workspace(r) + r->p->at.tables + (size_t)thread * bytes);
}

static int64_t padded(int64_t m)
{
    return (m + 63) / 64 * 64;
}

static void set_batch(const running *r, void **at, int64_t row)
{
    for (int i = 0; i < r->plan->n_batch; i++) {
        const df_slot *s = &r->plan->slot[r->plan->batch[i]];
        at[r->plan->batch[i]] = workspace(r) + r->p->at.batch + s->offset * padded(r->m) +
                                row * s->count * (int64_t)df__type_size(s->type);
    }
}

/* The first chunk sums up in place, the others beside it. */
static void set_sums(const running *r, const df_segment *seg, void **at, int64_t chunk)
{
    for (int i = 0; i < seg->n_sums; i++) {
        const df_slot *s = &r->plan->slot[seg->sums[i]];
        at[seg->sums[i]] = workspace(r) + (chunk == 0 ? (int64_t)s->offset : (int64_t)r->p->at.parts +
                                           (chunk - 1) * r->plan->part_bytes + s->part);
    }
}

static void set_table(const running *r, int thread)
{
    const df_plan *plan = r->plan;
    void **at = table(r, thread);
    char *tile = workspace(r) + r->p->at.tiles + (size_t)thread * df__thread_bytes(plan);
    char *scratch = tile + plan->tile_bytes * plan->tile + plan->tile_slots * 64;
    for (int64_t i = 0; i < plan->n_slots; i++) {
        const df_slot *s = &plan->slot[i];
        if (s->place == DF_GLOBAL)
            at[i] = workspace(r) + s->offset;
        else if (s->place == DF_TILE)
            at[i] = tile + s->offset * plan->tile + s->behind * 64;
        else if (s->place == DF_SCRATCH)
            at[i] = scratch + s->offset;
        else
            at[i] = s->data;
    }
    set_batch(r, at, 0);
    for (int64_t i = 0; i < plan->n_inputs; i++) {
        const df_plan_input *in = &plan->input[i];
        const df_bound *b = &r->p->input[i];
        if (!in->per_example)
            at[in->slot] = b->a.data ? b->dense ? b->a.data : at[in->stage] : in->leaf->leaf->data;
    }
}

/* Inputs without m that do not lie as steps read them are copied, once a run. */
static void load_globals(const running *r)
{
    void **at = table(r, 0);
    for (int64_t i = 0; i < r->plan->n_inputs; i++) {
        const df_plan_input *in = &r->plan->input[i];
        const df_bound *b = &r->p->input[i];
        if (!in->per_example && b->a.data && !b->dense)
            df__load(&b->a, NULL, 0, 1, at[in->stage], r->plan->slot[in->stage].type);
    }
    if (r->plan->examples >= 0) {
        double m = (double)r->m;
        df__convert(1, at[r->plan->examples], r->p->g->real, 1, &m, DF_FLOAT64, 1);
    }
}

static void set_up(running *r)
{
    df_program *p = r->p;
    if (p->set_m != r->m)
        for (int k = 0; k < p->run_threads; k++)
            set_table(r, k);
    p->set_m = r->m;
    load_globals(r);
}

/* ---- a tile ------------------------------------------------------------------------------------------------------------ */

/* Row `row` of the run and `rows` - 1 more: where they lie, or copied to where they do. */
static void load_tile(const running *r, const df_segment *seg, void **at, int64_t row, int64_t rows)
{
    for (int i = 0; i < seg->n_inputs; i++) {
        const df_plan_input *in = &r->plan->input[seg->inputs[i]];
        const df_bound *b = &r->p->input[seg->inputs[i]];
        const df_slot *s = &r->plan->slot[in->slot];
        if (b->dense && !r->which) {
            at[in->slot] = (char *)b->a.data + (r->first + row) * s->count * (int64_t)df__type_size(s->type);
            continue;
        }
        at[in->slot] = at[in->stage];
        df__load(&b->a, r->which ? r->which + row : NULL, r->first + row, rows, at[in->stage], s->type);
    }
}

static bool all_finite(const void *v, df_type type, int64_t n)
{
    bool finite = true;
    if (type == DF_FLOAT64)
        for (int64_t i = 0; i < n; i++)
            finite &= isfinite(((const double *)v)[i]) != 0;
    else
        for (int64_t i = 0; i < n; i++)
            finite &= isfinite(((const float *)v)[i]) != 0;
    return finite;
}

static void store_tile(running *r, const df_segment *seg, void **at, int64_t row, int64_t rows)
{
    for (int i = 0; i < seg->n_stores; i++) {
        const df_plan_output *out = &r->plan->output[seg->stores[i]];
        const df_slot *s = &r->plan->slot[out->slot];
        df__store(&r->p->output[seg->stores[i]].a, row, rows, at[out->slot], s->type);
        if (r->p->options.check_finite && !all_finite(at[out->slot], s->type, rows * s->count)) {
#pragma omp atomic write
            r->not_finite = true;
        }
    }
}

/* The error is that of the first example that has one, whichever thread finds it. */
static void note_bad(running *r, const df_tile *t, int64_t row)
{
    int64_t bad = r->which ? r->which[row + t->bad] : r->first + row + t->bad;
#pragma omp critical
    if (r->bad < 0 || row + t->bad < r->bad_row) {
        r->bad = bad;
        r->bad_row = row + t->bad;
        char example[32] = "";
        if (df__has_m(t->why_node->dims))
            snprintf(example, sizeof example, "example %lld: ", (long long)bad);
        snprintf(r->why, sizeof r->why, "%s: %s%s", t->why_node->op->name, example, t->why);
    }
}

static void run_steps(running *r, const df_segment *seg, df_tile *t, int64_t row)
{
    t->bad = -1;
    for (int64_t k = seg->begin; k < seg->end; k++)
        r->plan->step[k].run(&r->plan->step[k], t);
    if (t->bad >= 0)
        note_bad(r, t, row);
}

/* ---- a pass -------------------------------------------------------------------------------------------------------------- */

/* Chunk c of n has tiles first .. first of the next - 1. */
static int64_t first_tile(const running *r, int64_t c)
{
    int64_t each = r->p->cut.tiles / r->p->cut.chunks, more = r->p->cut.tiles % r->p->cut.chunks;
    return each * c + (more < c ? more : c);
}

static void run_chunk(running *r, const df_segment *seg, int64_t c, int thread)
{
    df_tile t = { .at = table(r, thread), .fresh = true };
    int64_t width = r->p->cut.width, end = first_tile(r, c + 1);
    set_sums(r, seg, t.at, c);
    for (int64_t i = first_tile(r, c); i < end; i++) {
        int64_t row = i * width;
        t.rows = r->m - row < width ? r->m - row : width;
        load_tile(r, seg, t.at, row, t.rows);
        if (r->plan->n_batch > 0)
            set_batch(r, t.at, row);
        run_steps(r, seg, &t, row);
        store_tile(r, seg, t.at, row, t.rows);
        t.fresh = false;
    }
}

/* y = y and x together, as the op that summed them up would. */
static void join(const running *r, int slot, int64_t y_chunk, int64_t x_chunk)
{
    const df_slot *s = &r->plan->slot[slot];
    const df_op *op = s->node->op->kind == DF_REDUCE ? s->node->op : &df__op_sum;
    char *part = workspace(r) + r->p->at.parts + s->part;
    char *y = y_chunk == 0 ? workspace(r) + s->offset : part + (y_chunk - 1) * r->plan->part_bytes;
    op->reduce[s->type == DF_FLOAT64](1, 1, s->count, false, y, part + (x_chunk - 1) * r->plan->part_bytes);
}

/* Neighbours first, then pairs of pairs: whatever thread computed what. */
static void join_chunks(const running *r, const df_segment *seg)
{
    for (int64_t by = 1; by < r->p->cut.chunks; by *= 2)
        for (int64_t c = 0; c + by < r->p->cut.chunks; c += 2 * by)
            for (int i = 0; i < seg->n_sums; i++)
                join(r, seg->sums[i], c, c + by);
}

static void run_pass(running *r, const df_segment *seg)
{
    if (seg->begin == seg->end && seg->n_stores == 0)
        return;
    if (r->p->run_threads > 1) {
#pragma omp parallel for schedule(dynamic) num_threads(r->p->run_threads)
        for (int64_t c = 0; c < r->p->cut.chunks; c++)
            run_chunk(r, seg, c, omp_get_thread_num());
    } else
        for (int64_t c = 0; c < r->p->cut.chunks; c++)
            run_chunk(r, seg, c, 0);
    join_chunks(r, seg);
    for (int k = 0; k < r->p->run_threads; k++)
        set_sums(r, seg, table(r, k), 0);
}

static void run_between(running *r, const df_segment *seg)
{
    df_tile t = { .at = table(r, 0), .rows = r->m, .fresh = true };
    if (r->plan->n_batch > 0)
        set_batch(r, t.at, 0);
    run_steps(r, seg, &t, 0);
    store_tile(r, seg, t.at, 0, r->m);
}

/* ---- before and after ------------------------------------------------------------------------------------------------------ */

int64_t df__bound_m(df_program *p)
{
    const df_plan *plan = p->plan;
    int64_t m = 0, by = -1;
    for (int64_t i = 0; i < plan->n_inputs; i++) {
        if (!plan->input[i].per_example)
            continue;
        if (by >= 0 && p->input[i].m != m)
            return df__program_fail(p, DF_BAD_SHAPE, "run: %s has %lld examples, %s has %lld",
                                    df_name_of(plan->input[by].leaf), (long long)m,
                                    df_name_of(plan->input[i].leaf), (long long)p->input[i].m);
        m = p->input[i].m;
        by = i;
    }
    if (by < 0 && plan->per_example && !p->other_m)
        return df__program_fail(p, DF_UNBOUND, "run: m is not known: no input that carries it is bound");
    return by >= 0 ? m : plan->per_example ? p->other_m : 1;
}

static bool is_updated(const df_plan *plan, const df_node *leaf)
{
    for (int64_t i = 0; i < plan->n_updates; i++)
        if (plan->update[i].leaf == leaf)
            return true;
    return false;
}

static bool inputs_ready(df_program *p)
{
    for (int64_t i = 0; i < p->plan->n_inputs; i++) {
        const df_node *leaf = p->plan->input[i].leaf;
        const df_bound *b = &p->input[i];
        if (b->error[0])
            return df__program_fail(p, b->status, "%s", b->error);
        if (!b->a.data && !leaf->leaf)
            return df__program_fail(p, DF_UNBOUND, "run: %s is not bound: df_bind", df_name_of(leaf));
        if (!b->a.data && !leaf->leaf->has_value)
            return df__program_fail(p, DF_UNBOUND, "run: %s has no value: df_init or df_set", df_name_of(leaf));
        if (b->a.data && leaf->leaf && is_updated(p->plan, leaf))
            return df__program_fail(p, DF_BAD_CALL, "run: %s is bound to an array and updated: one of the two",
                                    df_name_of(leaf));
    }
    return true;
}

/* The bytes that an array's elements lie between. */
static void extent(const df_bound *b, int64_t m, const char **low, const char **high)
{
    int64_t size = (int64_t)df__type_size(b->a.type);
    *low = *high = b->a.data;
    for (int j = 0; j < b->a.dims.rank; j++) {
        int64_t n = b->a.dims.size[j] == DF_M ? m : b->a.dims.size[j];
        int64_t reach = (n - 1) * b->a.stride[j] * size;
        *(reach < 0 ? low : high) += reach;
    }
    *high += size;
}

/* An output may lie where an input does only if each example is read before it is written, and nothing else of it. */
static bool apart(const running *r, const df_bound *in, const df_bound *out)
{
    const char *a, *b, *c, *d;
    extent(in, in->m, &a, &b);
    extent(out, r->m, &c, &d);
    if (b <= c || d <= a)
        return true;
    bool same = in->a.data == out->a.data && in->a.type == out->a.type && in->m == r->m &&
                !memcmp(in->a.stride, out->a.stride, sizeof in->a.stride) && df__dims_equal(in->a.dims, out->a.dims);
    return same && r->first == 0 && !r->which && r->plan->n_passes == 1;
}

static bool outputs_ready(const running *r)
{
    df_program *p = r->p;
    for (int64_t i = 0; i < r->plan->n_outputs; i++) {
        const char *name = df_name_of(r->plan->output[i].node);
        const df_bound *b = &p->output[i];
        if (!r->plan->output[i].per_example)
            continue;
        if (b->error[0])
            return df__program_fail(p, b->status, "%s", b->error);
        name = *name ? name : r->plan->output[i].image->op->name;
        if (!b->a.data)
            return df__program_fail(p, DF_UNBOUND, "run: the output %s carries m and has no place: df_bind_out", name);
        if (b->m < r->m)
            return df__program_fail(p, DF_BAD_SHAPE, "run: the place of %s holds %lld examples, the run has %lld", name,
                                    (long long)b->m, (long long)r->m);
        for (int64_t k = 0; k < r->plan->n_inputs; k++)
            if (p->input[k].a.data && !apart(r, &p->input[k], b))
                return df__program_fail(p, DF_BAD_CALL, "run: the place of %s overlaps the array of %s", name,
                                        df_name_of(r->plan->input[k].leaf));
    }
    return true;
}

static bool ready(running *r)
{
    df_program *p = r->p;
    if (p->set_m != r->m) {
        p->set_m = 0;
        p->at = df__workspace(p, r->m);
        p->run_threads = df__threads_for(p, r->m);
        p->cut = df__cut(r->plan, r->m);
    }
    if (!outputs_ready(r))
        return false;
    if (p->bytes < p->at.total)
        return df__program_fail(p, DF_NO_MEMORY, "run: a workspace of %zu bytes is needed: df_workspace_use",
                                p->at.total + 64);
    return true;
}

/* Outputs and new values, where the program was asked to look. */
static bool results_finite(const running *r)
{
    const df_plan *plan = r->plan;
    void **at = table(r, 0);
    if (r->not_finite)
        return df__program_fail(r->p, DF_NOT_FINITE, "run: an output is not finite");
    for (int64_t i = 0; i < plan->n_outputs; i++) {
        const df_slot *s = &plan->slot[plan->output[i].slot];
        const char *name = df_name_of(plan->output[i].node);
        if (!plan->output[i].per_example && !all_finite(at[plan->output[i].slot], s->type, s->count))
            return df__program_fail(r->p, DF_NOT_FINITE, "run: %s is not finite", *name ? name : "an output");
    }
    for (int64_t i = 0; i < plan->n_updates; i++) {
        const df_slot *s = &plan->slot[plan->update[i].value];
        if (!all_finite(at[plan->update[i].value], s->type, s->count))
            return df__program_fail(r->p, DF_NOT_FINITE, "run: the new value of %s is not finite",
                                    df_name_of(plan->update[i].leaf));
    }
    return true;
}

static void update(running *r)
{
    void **at = table(r, 0);
    const df_plan *plan = r->plan;
    run_between(r, &plan->segment[plan->n_segments - 1]);
    for (int64_t i = 0; i < plan->n_updates; i++) {
        const df_plan_update *u = &plan->update[i];
        const df_slot *s = &plan->slot[u->value];
        if (u->slot != u->value)
            memcpy(at[u->slot], at[u->value], (size_t)s->count * df__type_size(s->type));
        u->leaf->leaf->has_value = true;
    }
}

static bool run_segments(running *r)
{
    const df_plan *plan = r->plan;
    for (int i = 0; i < plan->n_segments - 1; i++) {
        if (plan->segment[i].pass)
            run_pass(r, &plan->segment[i]);
        else
            run_between(r, &plan->segment[i]);
        if (r->bad >= 0)
            return df__program_fail(r->p, DF_BAD_VALUE, "run: %s", r->why);
    }
    if (r->p->options.check_finite && !results_finite(r))
        return false;
    update(r);
    return true;
}

/* BLAS takes its number of threads from this thread's OpenMP setting: one for the time of the run. */
static bool run(running *r)
{
    int threads = omp_get_max_threads();
    if (!ready(r))
        return false;
    if (threads != 1)
        omp_set_num_threads(1);
    set_up(r);
    r->p->ran = run_segments(r);
    if (threads != 1)
        omp_set_num_threads(threads);
    if (r->p->ran) {
        r->p->status = DF_OK;
        r->p->error[0] = 0;
    }
    return r->p->ran;
}

/* ---- public ----------------------------------------------------------------------------------------------------------------- */

/* The m of the binds, if all is bound; 0: not so. */
static int64_t begin(df_program *p)
{
    if (!p)
        return 0;
    p->ran = false;
    return inputs_ready(p) ? df__bound_m(p) : 0;
}

bool df_run(df_program *p)
{
    int64_t m = begin(p);
    return m > 0 && run(&(running){ .p = p, .plan = p->plan, .m = m, .bad = -1 });
}

bool df_run_range(df_program *p, int64_t first, int64_t m)
{
    int64_t all = begin(p);
    if (all <= 0)
        return false;
    if (first < 0 || m < 1 || first > all - m)
        return df__program_fail(p, DF_BAD_CALL, "run_range: examples %lld and %lld more: there are %lld",
                                (long long)first, (long long)m - 1, (long long)all);
    return run(&(running){ .p = p, .plan = p->plan, .first = first, .m = m, .bad = -1 });
}

bool df_run_pick(df_program *p, const int64_t *which, int64_t m)
{
    int64_t all = begin(p);
    if (all <= 0)
        return false;
    if (!which || m < 1)
        return df__program_fail(p, DF_BAD_CALL, "run_pick: no examples");
    for (int64_t i = 0; i < m; i++)
        if (which[i] < 0 || which[i] >= all)
            return df__program_fail(p, DF_BAD_CALL, "run_pick: which[%lld] is %lld: there are %lld examples",
                                    (long long)i, (long long)which[i], (long long)all);
    if (m > all && !df__program_room(p, m))
        return false;
    return run(&(running){ .p = p, .plan = p->plan, .which = which, .m = m, .bad = -1 });
}
