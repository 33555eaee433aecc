/* pass.c -- a pass over the examples by chunks of tiles, shared among threads
 *
 * SPDX-License-Identifier: MIT
 *
 * Where chunks and tiles begin depends on m and the plan alone, and the sums of chunks are added
 * up in a fixed tree: a result has the same bits for any number of threads. */
#include "kernels.h"
#include "run.h"
#include <omp.h>

enum { LANES = 16 };             /* a tile's rows are whole vectors, of the most lanes there are */

/* ---- where slots are ------------------------------------------------------------------------- */

static char *workspace(const df__running *r)
{
    return r->p->workspace;
}

void **df__table(const df__running *r, int thread)
{
    size_t bytes = ((size_t)r->plan->n_slots * sizeof(void *) + 63) / 64 * 64;
    return (void **)(void *)(workspace(r) + r->p->at.tables + (size_t)thread * bytes);
}

static int64_t padded(int64_t m)
{
    return (m + 63) / 64 * 64;
}

static void set_batch(const df__running *r, void **at, int64_t row)
{
    for (int i = 0; i < r->plan->n_batch; i++) {
        const df__slot *s = &r->plan->slot[r->plan->batch[i]];
        at[r->plan->batch[i]] = workspace(r) + r->p->at.batch + s->offset * padded(r->m) +
                                row * s->count * (int64_t)df__type_size(s->type);
    }
}

/* The first chunk sums up in place, the others beside it. */
static void set_sums(const df__running *r, const df__segment *seg, void **at, int64_t chunk)
{
    for (int i = 0; i < seg->n_sums; i++) {
        const df__slot *s = &r->plan->slot[seg->sums[i]];
        at[seg->sums[i]] =
            workspace(r) +
            (chunk == 0 ? (int64_t)s->offset
                        : (int64_t)r->p->at.parts + (chunk - 1) * r->plan->part_bytes + s->part);
    }
}

static void set_table(const df__running *r, int thread)
{
    const df__plan *plan = r->plan;
    void **at = df__table(r, thread);
    char *tile = workspace(r) + r->p->at.tiles + (size_t)thread * df__thread_bytes(plan);
    char *scratch = tile + plan->tile_bytes * plan->tile + plan->tile_slots * 64;
    for (int64_t i = 0; i < plan->n_slots; i++) {
        const df__slot *s = &plan->slot[i];
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
        const df__plan_input *in = &plan->input[i];
        const df__bound *b = &r->p->input[i];
        r->p->copies = r->p->copies || (!in->per_example && b->a.data && !b->dense);
        if (!in->per_example)
            at[in->slot] = b->a.data ? b->dense ? b->a.data : at[in->stage] : in->leaf->leaf->data;
    }
}

/* Inputs without m that do not lie as steps read them are copied, once a run. */
static void load_globals(const df__running *r)
{
    void **at = df__table(r, 0);
    for (int64_t i = 0; r->p->copies && i < r->plan->n_inputs; i++) {
        const df__plan_input *in = &r->plan->input[i];
        const df__bound *b = &r->p->input[i];
        if (!in->per_example && b->a.data && !b->dense)
            df__load(&b->a, NULL, 0, 1, at[in->stage], r->plan->slot[in->stage].type);
    }
    if (r->plan->examples >= 0 && !r->same_m) {
        double m = (double)r->m;
        df__convert(1, at[r->plan->examples], r->p->g->real, 1, &m, DF_FLOAT64, 1);
    }
}

void df__set_tables(const df__running *r)
{
    df_program *p = r->p;
    p->copies = p->copies && r->same_m;
    if (p->set_m != r->m)
        for (int k = 0; k < p->run_threads; k++)
            set_table(r, k);
    p->set_m = r->m;
    load_globals(r);
}

/* ---- a tile ---------------------------------------------------------------------------------- */

/* The tile's examples as they lie in the user's array; or copied to `to`, where they do not lie as
 * they must. */
static void *examples_of(const df__running *r, const df__bound *b, const df__plan_input *in,
                         const df__tile *t, void *to)
{
    if (b->dense && !r->which)
        return (char *)b->a.data + t->first * in->bytes;
    df__load(&b->a, t->which, t->first, t->rows, to, r->plan->slot[in->slot].type);
    return to;
}

static void load_tile(const df__running *r, const df__segment *seg, df__tile *t)
{
    for (int i = 0; i < seg->n_inputs; i++) {
        const df__plan_input *in = &r->plan->input[seg->inputs[i]];
        const df__slot *s = &r->plan->slot[in->slot];
        bool turned = r->p->cut.by_element && s->count > 1;
        void *stage = t->at[in->stage];
        t->at[in->slot] = examples_of(r, &r->p->input[seg->inputs[i]], in, t,
                                      turned ? t->at[r->plan->turning] : stage);
        if (!turned)
            continue;
        df__best_kernels()->transpose[df__type_size(s->type) == 8](
            t->rows, s->count, stage, t->width, t->at[in->slot], s->count);
        t->at[in->slot] = stage;
    }
}

static void store_tile(df__running *r, const df__segment *seg, void **at, int64_t row, int64_t rows)
{
    for (int i = 0; i < seg->n_stores; i++) {
        const df__plan_output *out = &r->plan->output[seg->stores[i]];
        const df__slot *s = &r->plan->slot[out->slot];
        const df_array *to = &r->p->output[seg->stores[i]].a;
        if (!df__all_fit(rows * s->count, at[out->slot], s->type, to->type)) {
#pragma omp atomic write
            r->too_large = true;
            continue;
        }
        df__store(to, row, rows, at[out->slot], s->type);
        if (r->p->options.check_finite &&
            !df__all_finite(at[out->slot], s->type, rows * s->count)) {
#pragma omp atomic write
            r->not_finite = true;
        }
    }
}

/* The error is that of the first example that has one, whichever thread finds it. */
static void note_bad(df__running *r, const df__tile *t, int64_t row)
{
    int64_t bad = r->which ? r->which[row + t->bad] : r->first + row + t->bad;
    char example[32] = "";
    bool of_examples = df__has_m(t->why_node->dims);
    for (int i = 0; i < t->why_node->n; i++)
        of_examples = of_examples || df__has_m(t->why_node->x[i]->dims);
    if (of_examples)
        snprintf(example, sizeof example, "example %lld: ", (long long)bad);
#pragma omp critical
    if (r->bad_row < 0 || row + t->bad < r->bad_row) {
        r->bad_row = row + t->bad;
        snprintf(r->p->error, sizeof r->p->error, "%s: %s%s", t->why_node->op->name, example,
                 t->why);
    }
}

static void run_steps(df__running *r, const df__step *s, const df__step *end, df__tile *t,
                      int64_t row)
{
    for (; s < end; s++)
        s->run(s, t);
    if (t->bad >= 0)
        note_bad(r, t, row);
}

/* ---- a pass ---------------------------------------------------------------------------------- */

/* Chunk c of n has tiles first .. first of the next - 1. */
static int64_t first_tile(const df__running *r, int64_t c)
{
    if (r->p->cut.chunks == 1)
        return c * r->p->cut.tiles;
    int64_t each = r->p->cut.tiles / r->p->cut.chunks, more = r->p->cut.tiles % r->p->cut.chunks;
    return each * c + (more < c ? more : c);
}

/* All examples of the run; but for the text of an error, which only an error sets. */
static void begin_tile(const df__running *r, df__tile *t, int thread)
{
    t->at = df__table(r, thread);
    t->rows = t->width = r->m;
    t->fresh = t->last = true;
    t->which = r->which;
    t->first = r->first;
    t->seed = r->p->g->seed;
    t->run = r->runs;
    t->bad = -1;
}

static void run_chunk(df__running *r, const df__segment *seg, int64_t c, int thread)
{
    const df__cut *cut = &r->p->cut;
    const df__step *step = cut->by_element ? r->plan->by_element : r->plan->step;
    int64_t end = first_tile(r, c + 1);
    df__tile t;
    begin_tile(r, &t, thread);
    if (cut->chunks > 1)
        set_sums(r, seg, t.at, c);
    for (int64_t i = first_tile(r, c); i < end; i++) {
        int64_t row = i * cut->width;
        t.rows = r->m - row < cut->width ? r->m - row : cut->width;
        t.width = (t.rows + LANES - 1) / LANES * LANES;
        t.first = r->first + row;
        t.which = r->which ? r->which + row : NULL;
        t.bad = -1;
        t.last = i == end - 1;
        load_tile(r, seg, &t);
        if (r->plan->n_batch > 0)
            set_batch(r, t.at, row);
        run_steps(r, step + seg->begin, step + seg->end, &t, row);
        if (seg->n_stores > 0)
            store_tile(r, seg, t.at, row, t.rows);
        t.fresh = false;
    }
}

/* y = y and x together, as the op that summed them up would. */
static void join(const df__running *r, int slot, int64_t y_chunk, int64_t x_chunk)
{
    const df__slot *s = &r->plan->slot[slot];
    const df_op *op = s->node->op->kind == DF_REDUCE ? s->node->op : &df__op_sum;
    char *part = workspace(r) + r->p->at.parts + s->part;
    char *y = y_chunk == 0 ? workspace(r) + s->offset : part + (y_chunk - 1) * r->plan->part_bytes;
    op->reduce[s->type == DF_FLOAT64](1, 1, s->count, false, y,
                                      part + (x_chunk - 1) * r->plan->part_bytes);
}

/* Neighbours first, then pairs of pairs: whatever thread computed what. */
static void join_chunks(const df__running *r, const df__segment *seg)
{
    for (int64_t by = 1; by < r->p->cut.chunks; by *= 2)
        for (int64_t c = 0; c + by < r->p->cut.chunks; c += 2 * by)
            for (int i = 0; i < seg->n_sums; i++)
                join(r, seg->sums[i], c, c + by);
}

void df__run_pass(df__running *r, const df__segment *seg)
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
    if (r->p->cut.chunks == 1)
        return;
    join_chunks(r, seg);
    for (int k = 0; k < r->p->run_threads; k++)
        set_sums(r, seg, df__table(r, k), 0);
}

void df__run_between(df__running *r, const df__segment *seg)
{
    if (seg->begin == seg->end && seg->n_stores == 0)
        return;
    df__tile t;
    begin_tile(r, &t, 0);
    if (r->plan->n_batch > 0)
        set_batch(r, t.at, 0);
    run_steps(r, r->plan->step + seg->begin, r->plan->step + seg->end, &t, 0);
    store_tile(r, seg, t.at, 0, r->m);
}
