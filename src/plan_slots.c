/* plan_slots.c -- where each slot lies, how wide a tile is, and what a pass reads and sums
 *
 * SPDX-License-Identifier: MIT
 *
 * A slot's place is free again after its last step, for the next slot of the same size; an
 * elementwise step writes over an operand that ends with it. */
#include "plan.h"

/* Bytes of a place at most, so that sums and products with numbers of examples and chunks stay in
 * range. */
static const int64_t MOST = (int64_t)1 << 44;
enum { CACHE = 100 * 1024, L2 = 1024 * 1024, LINE = 64, PLACES = DF_SCRATCH + 1 };

/* ---- lives ----------------------------------------------------------------------------------- */

/* Within a pass, what is the same for all examples lives from the first tile to the last. */
static void touch(df__plan *plan, int slot, int64_t step, int segment)
{
    df__slot *s = &plan->slot[slot];
    const df__segment *seg = &plan->segment[segment];
    bool stays = seg->pass && s->place == DF_GLOBAL;
    int64_t first = stays ? seg->begin : step,
            last = stays && seg->end > seg->begin ? seg->end - 1 : step;
    if (s->first < 0) {
        s->first = first;
        s->segment = segment;
    }
    s->last = last > s->last ? last : s->last;
    if (s->place == DF_TILE && s->segment != segment && !s->output)
        s->place = DF_BATCH;
}

static void find_lives(df__plan *plan)
{
    for (int i = 0; i < plan->n_segments; i++) {
        const df__segment *seg = &plan->segment[i];
        for (int64_t k = seg->begin; k < seg->end; k++) {
            const df__step *s = &plan->step[k];
            for (int j = 0; j < s->n; j++)
                if (s->x[j] >= 0)
                    touch(plan, s->x[j], k, i);
            touch(plan, s->y, k, i);
            if (s->scratch >= 0)
                touch(plan, s->scratch, k, i);
        }
        for (int j = 0; j < seg->n_stores; j++)               /* after the last step */
            touch(plan, plan->output[seg->stores[j]].slot, seg->end, i);
    }
}

/* ---- places ---------------------------------------------------------------------------------- */

/* What was freed, by size: the first slot whose place it was; `next` chains the others. */
typedef struct { int64_t size; int head; } heap;
typedef struct {
    df__plan *plan;
    heap *heaps[PLACES];         /* by place */
    int64_t n[PLACES], cap[PLACES];
    int *next;
    bool *moved;                 /* its place is another slot's now */
} allocator;

static bool is_placed(const df__slot *s)
{
    return s->first >= 0 &&
           (s->place == DF_GLOBAL || s->place == DF_TILE || s->place == DF_SCRATCH);
}

/* Bytes, of one example where there are several; elsewhere with a vector of room behind. */
static int64_t size_of(const df__slot *s)
{
    int64_t bytes = s->count * (int64_t)df__type_size(s->type);
    return s->place == DF_TILE || s->place == DF_BATCH ? bytes
                                                       : (bytes + LINE - 1) / LINE * LINE + LINE;
}

static heap *heap_of(allocator *a, const df__slot *s)
{
    int k = s->place;
    int64_t size = size_of(s);
    for (int64_t i = 0; i < a->n[k]; i++)
        if (a->heaps[k][i].size == size)
            return &a->heaps[k][i];
    if (!df__grow(&a->plan->g->mem, &a->heaps[k], &a->cap[k], a->n[k] + 1, sizeof *a->heaps[k]))
        return NULL;
    a->heaps[k][a->n[k]] = (heap){ size, -1 };
    return &a->heaps[k][a->n[k]++];
}

/* The operand that y may be written over; -1: none. */
static int operand_to_take(const df__plan *plan, const df__step *s, int64_t step)
{
    const df__slot *y = &plan->slot[s->y];
    if (s->node->op->kind != DF_MAP || s->how || y->first != step || y->accumulates)
        return -1;
    for (int i = 0; i < s->n; i++) {
        const df__slot *x = &plan->slot[s->x[i]];
        if (s->step[i] && x->place == y->place && x->last == step && x->first < step &&
            !x->output && x->count == y->count && x->type == y->type)
            return s->x[i];
    }
    return -1;
}

static void take_place(df__slot *s, const df__slot *from)
{
    s->offset = from->offset;
    s->behind = from->behind;
}

static bool give_place(allocator *a, int slot)
{
    df__slot *s = &a->plan->slot[slot];
    heap *h = heap_of(a, s);
    df__plan *plan = a->plan;
    int64_t *end = s->place == DF_TILE     ? &plan->tile_bytes
                   : s->place == DF_GLOBAL ? &plan->global_bytes
                                           : &plan->scratch_bytes;
    if (!h)
        return false;
    if (h->head >= 0) {
        take_place(s, &plan->slot[h->head]);
        h->head = a->next[h->head];
        return true;
    }
    s->offset = *end;
    if (__builtin_add_overflow(*end, h->size, end) || *end > MOST)
        return false;
    if (s->place == DF_TILE)
        s->behind = plan->tile_slots++;
    return true;
}

static bool free_place(allocator *a, int slot)
{
    df__slot *s = &a->plan->slot[slot];
    heap *h = heap_of(a, s);
    if (!h)
        return false;
    a->next[slot] = h->head;
    h->head = slot;
    return true;
}

/* Slots in the order of a step number: list[start[k] ..] are those of step k. */
static void sort_slots(const df__plan *plan, bool by_last, int64_t *start, int *list)
{
    int64_t n = plan->n_steps;
    memset(start, 0, (size_t)(n + 2) * sizeof *start);
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t i = 0; i < plan->n_slots; i++) {
            const df__slot *s = &plan->slot[i];
            int64_t k = by_last ? s->last : s->first;
            if (!is_placed(s) || s->output || k > n)
                continue;
            if (pass == 0)
                start[k + 1]++;
            else
                list[--start[k + 1]] = (int)i;
        }
        for (int64_t k = 0; pass == 0 && k <= n; k++)
            start[k + 1] += start[k];
    }
    memmove(start, start + 1, (size_t)(n + 1) * sizeof *start);
}

/* start[k] .. end of step k in list; total: how many there are. */
static int64_t end_of(const int64_t *start, int64_t k, int64_t n, int64_t total)
{
    return k < n ? start[k + 1] : total;
}

static bool place_step(allocator *a, int64_t k, const int64_t *start[2], int *const list[2],
                       int64_t total)
{
    df__plan *plan = a->plan;
    int64_t n = plan->n_steps;
    const df__step *s = k < n ? &plan->step[k] : NULL;
    int taken = s ? operand_to_take(plan, s, k) : -1;
    if (taken >= 0 && !plan->slot[s->y].output) {
        take_place(&plan->slot[s->y], &plan->slot[taken]);
        a->moved[taken] = true;
    } else
        taken = -1;
    for (int64_t i = start[0][k]; i < end_of(start[0], k, n, total); i++)
        if (!(taken >= 0 && list[0][i] == s->y) && !give_place(a, list[0][i]))
            return false;
    for (int64_t i = start[1][k]; i < end_of(start[1], k, n, total); i++)
        if (!a->moved[list[1][i]] && !free_place(a, list[1][i]))
            return false;
    return true;
}

/* Outputs and stages live through the whole run. */
static bool place_all(allocator *a, int64_t *start[2], int *list[2])
{
    df__plan *plan = a->plan;
    int64_t total = 0;
    for (int64_t i = 0; i < plan->n_slots; i++) {
        df__slot *s = &plan->slot[i];
        total += is_placed(s) && !s->output;
        if (s->output && (s->place == DF_GLOBAL || s->place == DF_TILE) && !give_place(a, (int)i))
            return false;
    }
    sort_slots(plan, false, start[0], list[0]);
    sort_slots(plan, true, start[1], list[1]);
    for (int64_t k = 0; k <= plan->n_steps; k++)
        if (!place_step(a, k, (const int64_t **)start, list, total))
            return false;
    return true;
}

static bool place_slots(df__plan *plan)
{
    const df_memory *mem = &plan->g->mem;
    allocator a = { .plan = plan };
    size_t steps = (size_t)(plan->n_steps + 2), slots = (size_t)(plan->n_slots + 1);
    int64_t *start[2] = { df__get(mem, steps * sizeof **start),
                          df__get(mem, steps * sizeof **start) };
    int *list[2] = { df__get(mem, slots * sizeof **list), df__get(mem, slots * sizeof **list) };
    a.next = df__get(mem, slots * sizeof *a.next);
    a.moved = df__get(mem, slots * sizeof *a.moved);
    bool ok = start[0] && start[1] && list[0] && list[1] && a.next && a.moved;
    if (ok) {
        memset(a.moved, 0, slots * sizeof *a.moved);
        ok = place_all(&a, start, list);
    }
    for (int k = 0; k < 2; k++) {
        df__put(mem, start[k], steps * sizeof **start);
        df__put(mem, list[k], slots * sizeof **list);
    }
    for (int k = 0; k < PLACES; k++)
        df__put(mem, a.heaps[k], (size_t)a.cap[k] * sizeof *a.heaps[k]);
    df__put(mem, a.next, slots * sizeof *a.next);
    df__put(mem, a.moved, slots * sizeof *a.moved);
    return ok;
}

/* ---- what lies elsewhere --------------------------------------------------------------------- */

static bool list_batch_and_parts(df__plan *plan)
{
    plan->batch = df__plan_get(plan, (size_t)(plan->n_slots + 1) * sizeof *plan->batch);
    for (int64_t i = 0; plan->batch && i < plan->n_slots; i++) {
        df__slot *s = &plan->slot[i];
        if (s->place == DF_BATCH) {
            s->offset = plan->batch_bytes;
            if (__builtin_add_overflow(plan->batch_bytes, size_of(s), &plan->batch_bytes) ||
                plan->batch_bytes > MOST)
                return false;
            plan->batch[plan->n_batch++] = (int)i;
        }
        if (s->accumulates) {
            s->part = plan->part_bytes;
            if (__builtin_add_overflow(plan->part_bytes, size_of(s), &plan->part_bytes) ||
                plan->part_bytes > MOST)
                return false;
        }
    }
    return plan->batch != NULL;
}

/* Adds v to a list of n that is long enough, once. */
static void add_once(int *list, int *n, int v)
{
    for (int i = 0; i < *n; i++)
        if (list[i] == v)
            return;
    list[(*n)++] = v;
}

/* The inputs that carry m and that a pass reads, and the slots that it sums up. by_slot: the input
 * of a slot. */
static bool list_of_segment(df__plan *plan, df__segment *seg, const int *by_slot)
{
    int64_t sums = 0;
    for (int64_t k = seg->begin; k < seg->end; k++)
        sums += plan->slot[plan->step[k].y].accumulates;
    seg->inputs = df__plan_get(plan, (size_t)(plan->n_inputs + 1) * sizeof *seg->inputs);
    seg->sums = df__plan_get(plan, (size_t)(sums + 1) * sizeof *seg->sums);
    if (!seg->inputs || !seg->sums)
        return false;
    for (int64_t k = seg->begin; k < seg->end; k++) {
        const df__step *s = &plan->step[k];
        for (int j = 0; j < s->n; j++)
            if (s->x[j] >= 0 && by_slot[s->x[j]] >= 0)
                add_once(seg->inputs, &seg->n_inputs, by_slot[s->x[j]]);
        if (plan->slot[s->y].accumulates)
            seg->sums[seg->n_sums++] = s->y;
    }
    for (int j = 0; j < seg->n_stores; j++) {
        int slot = plan->output[seg->stores[j]].slot;
        if (by_slot[slot] >= 0)
            add_once(seg->inputs, &seg->n_inputs, by_slot[slot]);
    }
    return true;
}

static bool list_of_segments(df__plan *plan)
{
    size_t bytes = (size_t)(plan->n_slots + 1) * sizeof(int);
    int *by_slot = df__get(&plan->g->mem, bytes);
    if (!by_slot)
        return false;
    bool ok = true;
    for (int64_t i = 0; i < plan->n_slots; i++)
        by_slot[i] = -1;
    for (int64_t i = 0; i < plan->n_inputs; i++)
        if (plan->input[i].per_example)
            by_slot[plan->input[i].slot] = (int)i;
    for (int i = 0; ok && i < plan->n_segments; i++)
        if (plan->segment[i].pass)
            ok = list_of_segment(plan, &plan->segment[i], by_slot);
    df__put(&plan->g->mem, by_slot, bytes);
    return ok;
}

/* ---- widths ---------------------------------------------------------------------------------- */

/* Nanoseconds of an example, roughly: what decides whether threads pay. */
static double work_of(const df__plan *plan, const df__step *s)
{
    if (s->work > 0)
        return s->work * 0.02;
    double cost = s->node->op->cost > 0 ? s->node->op->cost : 1;
    return (double)plan->slot[s->y].count * cost * 0.05;
}

/* Bytes of parameters that products read again for every tile. */
static int64_t weights_of(const df__plan *plan, const df__step *s)
{
    int64_t bytes = 0;
    for (int j = 0; s->work > 0 && j < 2; j++) {
        const df__slot *x = &plan->slot[s->x[j]];
        if (!df__has_m(x->node->dims))
            bytes += x->count * (int64_t)df__type_size(x->type);
    }
    return bytes;
}

/* Live buffers of a tile stay in cache; where parameters do not, a wider tile reads them less. */
static void choose_tile(df__plan *plan, size_t cache)
{
    int64_t live = plan->tile_bytes, weights = 0;
    for (int i = 0; i < plan->n_segments; i++)
        for (int64_t k = plan->segment[i].begin; plan->segment[i].pass && k < plan->segment[i].end;
             k++) {
            weights += weights_of(plan, &plan->step[k]);
            plan->work += work_of(plan, &plan->step[k]);
        }
    int64_t least = weights > L2 ? 256 : weights > L2 / 32 ? 64 : DF__LANES;
    int64_t most = (int64_t)(cache ? cache : CACHE) / (live > 0 ? live : 1);
    most = most > DF__TILE_MOST ? DF__TILE_MOST : most;
    plan->tile = (most > least ? most : least) / DF__LANES * DF__LANES;
}

static void find_room(df__plan *plan)
{
    for (int64_t k = 0; k < plan->n_steps; k++) {
        df__place place = plan->slot[plan->step[k].y].place;
        plan->step[k].room = place == DF_TILE || place == DF_GLOBAL;
    }
}

/* Chunks are as many as their sums leave room for, and long enough to be worth a sum of their
 * own. */
static void choose_chunks(df__plan *plan)
{
    int64_t least = plan->part_bytes > L2 ? 512 : 1,
            fit = 4 * L2 / (plan->part_bytes ? plan->part_bytes : 1);
    plan->chunk = (least + plan->tile - 1) / plan->tile;
    plan->chunks = fit < 8 ? 8 : fit > DF__CHUNKS ? DF__CHUNKS : fit;
}

/* Tiles are as few as may be, and about as wide as each other. */
df__cut df__choose_cut(const df__plan *plan, int64_t m)
{
    int64_t n = (m + plan->tile - 1) / plan->tile;
    df__cut cut = { .width = ((m + n - 1) / n + DF__LANES - 1) / DF__LANES * DF__LANES };
    cut.tiles = (m + cut.width - 1) / cut.width;
    cut.by_element = plan->by_element && m >= DF__LANES;
    cut.chunks = cut.tiles / plan->chunk;
    cut.chunks = cut.chunks < 1 || plan->n_passes == 0 ? 1
                 : cut.chunks > plan->chunks           ? plan->chunks
                                                       : cut.chunks;
    return cut;
}

bool df__plan_slots(df__plan *plan, const df_options *o)
{
    find_lives(plan);
    if (!list_batch_and_parts(plan) || !list_of_segments(plan) || !place_slots(plan)) {
        df__error(plan->g, DF_NO_MEMORY, "no memory");
        return false;
    }
    choose_tile(plan, o->cache_bytes);
    choose_chunks(plan);
    find_room(plan);
    return true;
}
