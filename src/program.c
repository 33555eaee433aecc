/* program.c -- programs: a plan that clones share, a workspace of their own, and what is bound
 *
 * SPDX-License-Identifier: MIT */
#include "plan.h"
#include <cblas.h>
#include <omp.h>
#include <stdarg.h>

bool df__program_say(df_program *p, df_status s, const char *text)
{
    p->status = s;
    snprintf(p->error, sizeof p->error, "%s", text);
    if (p->g->on_error)
        p->g->on_error(p->g->on_error_user, s, p->error);
    return false;
}

bool df__program_fail(df_program *p, df_status s, const char *format, ...)
{
    char text[sizeof p->error];
    va_list list;
    df__here(text, sizeof text);
    size_t at = strlen(text);
    va_start(list, format);
    vsnprintf(text + at, sizeof text - at, format, list);
    va_end(list);
    return df__program_say(p, s, text);
}

df_status df_program_status(const df_program *p)
{
    return p ? p->status : DF_BAD_CALL;
}

const char *df_program_error(const df_program *p)
{
    return p ? p->error : "no program: see df_graph_error";
}

/* ---- the workspace --------------------------------------------------------------------------- */

enum { LINE = 64 };

static size_t lines(size_t bytes)
{
    return (bytes + LINE - 1) / LINE * LINE;
}

/* Below this many nanoseconds of work threads cost more than they give: a region, and a core that
 * is busy. */
enum { WORTH_A_THREAD = 100000 };

/* OpenBLAS built for one thread has no locks: two that call it at once get wrong products. */
static bool may_share(const df__plan *plan)
{
    return !plan->blas || openblas_get_parallel() != 0;
}

int df__threads_for(const df_program *p, int64_t m)
{
    int64_t chunks = df__choose_cut(p->plan, m).chunks;
    if (p->plan->work * (double)m < WORTH_A_THREAD || !may_share(p->plan))
        return 1;
    return p->threads < chunks ? p->threads : (int)chunks;
}

size_t df__thread_bytes(const df__plan *plan)
{
    return (size_t)(plan->tile_bytes * plan->tile + plan->tile_slots * LINE + plan->scratch_bytes) +
           LINE;
}

df__workspace df__workspace_of(const df_program *p, int64_t m)
{
    const df__plan *plan = p->plan;
    size_t threads = (size_t)df__threads_for(p, m), chunks = (size_t)df__choose_cut(plan, m).chunks;
    df__workspace w = { 0 };
    w.tables = lines((size_t)plan->global_bytes + 1);
    w.parts = w.tables + threads * lines((size_t)plan->n_slots * sizeof(void *));
    w.tiles = w.parts + (chunks - 1) * (size_t)plan->part_bytes;
    w.batch = w.tiles + threads * df__thread_bytes(plan);
    size_t batch; /* of more bytes than there can be: so many that none are had */
    bool fits = !__builtin_mul_overflow((size_t)plan->batch_bytes, lines((size_t)m), &batch) &&
                batch < SIZE_MAX / 4;
    w.total = fits ? w.batch + batch : SIZE_MAX / 4;
    return w;
}

/* Values that were computed stay: they come first, wherever the rest begins. But memory of the
 * caller's may be gone when the next is given. */
static void take_memory(df_program *p, void *memory, size_t bytes, bool own)
{
    void *aligned = (void *)(((uintptr_t)memory + LINE - 1) / LINE * LINE);
    size_t usable = bytes - (size_t)((char *)aligned - (char *)memory);
    memset(aligned, 0, usable);
    if (p->own) {
        memcpy(aligned, p->workspace, (size_t)p->plan->global_bytes);
        df__put(&p->g->mem, p->memory, p->memory_bytes);
    } else
        p->ran = false;
    p->memory = memory;
    p->memory_bytes = bytes;
    p->workspace = aligned;
    p->bytes = usable;
    p->own = own;
    p->set_m = 0;
}

bool df__program_room(df_program *p, int64_t m)
{
    size_t need =
        df__workspace_of(p, m).total + LINE; /* an allocator may align less than it was asked to */
    if (p->options.no_workspace || p->bytes >= need - LINE)
        return true;
    void *memory = df__get(&p->g->mem, need);
    if (!memory)
        return df__program_fail(p, DF_NO_MEMORY, "no memory for a workspace of %zu bytes", need);
    take_memory(p, memory, need, true);
    return true;
}

size_t df_workspace_bytes(const df_program *p, int64_t m)
{
    return p ? df__workspace_of(p, m < 1                  ? 1
                                : m > INT64_MAX / LINE ? INT64_MAX / LINE
                                                       : m)
                       .total +
                   LINE
             : 0;
}

bool df_workspace_use(df_program *p, void *memory, size_t bytes)
{
    if (!p)
        return false;
    if (!memory || bytes < df_workspace_bytes(p, 1))
        return df__program_fail(p, DF_BAD_CALL,
                                "workspace_use: %zu bytes given, at least %zu wanted",
                                memory ? bytes : 0, df_workspace_bytes(p, 1));
    take_memory(p, memory, bytes, false);
    p->options.no_workspace = true;
    return true;
}

/* ---- making and ending ----------------------------------------------------------------------- */

/* OpenMP and OpenBLAS allocate at their first call: here, so that no run does. */
static void warm_up(const df_program *p)
{
    static const double one = 1;
    double y = 0;
    int n = 0;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 1, 1, 1, 1, &one, 1, &one, 1, 0, &y, 1);
    if (p->threads > 1 && p->plan->chunks > 1) {
#pragma omp parallel num_threads(p->threads) reduction(+ : n)
        n += omp_get_thread_num() >= 0;
    }
}

/* A program of that plan, which it takes as its own; NULL: no memory. */
static df_program *make(df_graph *g, df__plan *plan, const df_options *o)
{
    df_program *p = df__get(&g->mem, sizeof *p);
    if (!p) {
        df__error(g, DF_NO_MEMORY, "no memory");
        df__plan_end(plan);
        return NULL;
    }
    *p = (df_program){ .g = g, .plan = plan, .options = *o, .next = g->programs };
    g->programs = p;
    p->threads = o->threads > 0 ? o->threads : omp_get_max_threads();
    p->threads = p->threads < plan->chunks ? p->threads : (int)plan->chunks;
    p->input = df__get(&g->mem, (size_t)plan->n_inputs * sizeof *p->input);
    p->output = df__get(&g->mem, (size_t)plan->n_outputs * sizeof *p->output);
    if (p->input)
        memset(p->input, 0, (size_t)plan->n_inputs * sizeof *p->input);
    if (p->output)
        memset(p->output, 0, (size_t)plan->n_outputs * sizeof *p->output);
    if (p->input && p->output && df__program_room(p, 1))
        return p;
    df__error(g, DF_NO_MEMORY, "no memory");
    df__program_end(p);
    return NULL;
}

void df__program_end(df_program *p)
{
    const df_memory *mem = &p->g->mem;
    df_program **at = &p->g->programs;
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    df__put(mem, p->input, (size_t)p->plan->n_inputs * sizeof *p->input);
    df__put(mem, p->output, (size_t)p->plan->n_outputs * sizeof *p->output);
    df__put(mem, p->flat, p->flat_bytes);
    if (p->own)
        df__put(mem, p->memory, p->memory_bytes);
    df__plan_end(p->plan);
    df__put(mem, p, sizeof *p);
}

df_program *df_compile_list(df_graph *g, df_node *const *outputs, int n, const df_options *o)
{
    df_options how = o ? *o : (df_options){ 0 };
    if (!g || g->status != DF_OK)
        return NULL;
    if (how.threads < 0 || !outputs) {
        df__error(g, DF_BAD_CALL, outputs ? "compile: %d threads" : "compile: no outputs",
                  how.threads);
        return NULL;
    }
    df__plan *plan = df__plan_make(g, outputs, n, &how);
    df_program *p = plan ? make(g, plan, &how) : NULL;
    if (p)
        warm_up(p);
    return p;
}

df_program *df_program_clone(df_program *p)
{
    if (!p)
        return NULL;
    p->plan->users++;
    df_program *q = make(p->g, p->plan, &p->options);
    if (!q)
        return NULL;
    memcpy(q->input, p->input, (size_t)p->plan->n_inputs * sizeof *q->input);
    memcpy(q->output, p->output, (size_t)p->plan->n_outputs * sizeof *q->output);
    q->other_m = p->other_m;
    int64_t m = p->other_m > 1 ? p->other_m : 1;
    for (int64_t i = 0; i < q->plan->n_inputs; i++)
        m = q->plan->input[i].per_example && q->input[i].m > m ? q->input[i].m : m;
    if (df__flat_clone(q, p) && df__program_room(q, m))
        return q;
    df__error(p->g, DF_NO_MEMORY, "no memory");
    df__program_end(q);
    return NULL;
}

void df_program_free(df_program *p)
{
    if (p)
        df__program_end(p);
}
