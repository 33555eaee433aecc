/* print_plan.c -- the listing of a plan, one line a step
 *
 * SPDX-License-Identifier: MIT
 *
 *     Z1 (16 x m)      = product   X, W1      tile +1920
 *
 * is a step, its operands, and where its result lies: `tile` for one tile of examples, `sum` for
 * what a pass adds up, `batch` for all examples, `global` for a value without m; and the bytes
 * before it, of one example where there is m. */
#include "plan.h"

/* The user's name of a slot's value, or a number. */
static const char *name_of(const df__plan *plan, int slot, char text[DF_TEXT])
{
    const df__slot *s = &plan->slot[slot];
    if (s->place == DF_CONSTANT && s->count == 1 && s->node->op == &df__op_number)
        snprintf(text, DF_TEXT, "%g", s->node->attr.f[0]);
    else if (s->node->op == &df__op_examples)
        snprintf(text, DF_TEXT, "m");
    else if (s->node->name && s->place != DF_CONSTANT)
        snprintf(text, DF_TEXT, "%.60s", s->node->name);
    else
        snprintf(text, DF_TEXT, "t%d", slot);
    return text;
}

static const char *place_of(const df__slot *s, char text[DF_TEXT])
{
    static const char *const names[] = { "constant", "parameter", "global",
                                         "tile",     "scratch",   "batch" };
    if (s->place == DF_CONSTANT || s->place == DF_OUTSIDE)
        return names[s->place];
    snprintf(text, DF_TEXT, "%s +%lld", s->accumulates ? "sum" : names[s->place],
             (long long)s->offset);
    return text;
}

static bool print_step(FILE *f, const df__plan *plan, const df__step *s)
{
    char text[DF_TEXT], dims[DF_TEXT], left[2 * DF_TEXT], right[DF_ARITY * DF_TEXT] = "";
    snprintf(left, sizeof left, "%s %s", name_of(plan, s->y, text),
             df__dims_text(s->node->dims, dims, sizeof dims));
    for (int i = 0, at = 0; i < s->n; i++)
        if (s->x[i] >= 0)
            at += snprintf(right + at, sizeof right - (size_t)at, "%s%s", at ? ", " : "",
                           name_of(plan, s->x[i], text));
    return fprintf(f, "  %-20s = %-22s %-28s %s\n", left, s->name, right,
                   place_of(&plan->slot[s->y], text)) >= 0;
}

static bool print_stores(FILE *f, const df__plan *plan, const df__segment *seg)
{
    bool good = true;
    char text[DF_TEXT];
    for (int i = 0; i < seg->n_stores; i++)
        good = good && fprintf(f, "  %-20s to the caller's array\n",
                               name_of(plan, plan->output[seg->stores[i]].slot, text)) >= 0;
    return good;
}

static bool print_head(FILE *f, const df__plan *plan, int i)
{
    const df__segment *seg = &plan->segment[i];
    if (seg->pass)
        return fprintf(f, "pass %d, for each tile of up to %lld examples%s:\n", (i + 1) / 2,
                       (long long)plan->tile,
                       plan->by_element ? ", of 16 or more element by element" : "") >= 0;
    return fputs(i == 0                      ? "before:\n"
                 : i == plan->n_segments - 1 ? "at the end, in place:\n"
                                             : "after it:\n",
                 f) >= 0;
}

static bool print_updates(FILE *f, const df__plan *plan)
{
    bool good = true, any = false;
    char text[DF_TEXT];
    for (int64_t i = 0; good && i < plan->n_updates; i++) {
        const df__plan_update *u = &plan->update[i];
        if (u->slot == u->value)
            continue;
        good = any || fputs("then, all together:\n", f) >= 0;
        good = good && fprintf(f, "  %-20s = %s\n", df_name_of(u->leaf),
                               name_of(plan, u->value, text)) >= 0;
        any = true;
    }
    return good;
}

/* False: writing failed. */
static bool print_all(FILE *f, const df_program *p)
{
    const df__plan *plan = p->plan;
    bool good = fprintf(f,
                        "plan: %d %s over the examples; chunks of %lld %s or more, %lld at most; "
                        "%zu bytes for one example\n",
                        plan->n_passes, plan->n_passes == 1 ? "pass" : "passes",
                        (long long)plan->chunk, plan->chunk == 1 ? "tile" : "tiles",
                        (long long)plan->chunks, df_workspace_bytes(p, 1)) >= 0;
    for (int i = 0; good && i < plan->n_segments; i++) {
        const df__segment *seg = &plan->segment[i];
        if (seg->begin == seg->end && seg->n_stores == 0)
            continue;
        good = print_head(f, plan, i);
        for (int64_t k = seg->begin; good && k < seg->end; k++)
            good = print_step(f, plan, &plan->step[k]);
        good = good && print_stores(f, plan, seg);
    }
    return good && print_updates(f, plan);
}

bool df_print_plan(FILE *f, const df_program *p)
{
    if (!p)
        return false;
    if (!f)
        return df__report(p->g, DF_BAD_CALL, "print_plan: no file");
    locale_t was = df__locale_begin();
    bool done = print_all(f, p);
    df__locale_end(was);
    return done || df__report(p->g, DF_FILE_IO, "print_plan: the file cannot be written");
}
