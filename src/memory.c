/* memory.c -- every allocation of the library, and the arena that a graph's nodes live in
 *
 * SPDX-License-Identifier: MIT
 *
 * Nothing in an arena is freed singly: its blocks go together when the graph ends. */
#include "df.h"
#include <stdlib.h>

enum { LINE = 64, BLOCK = 16 * 1024 };

struct df__block_list { df__block_list *next; size_t bytes; };

static void *libc_get(void *user, size_t bytes, size_t align)
{
    (void)user;
    return aligned_alloc(align, (bytes + align - 1) / align * align);
}

static void libc_put(void *user, void *p, size_t bytes)
{
    (void)user, (void)bytes;
    free(p);
}

const df_memory df__libc = { libc_get, libc_put, NULL };

void *df__get(const df_memory *mem, size_t bytes)
{
    return bytes > SIZE_MAX / 4 ? NULL : mem->get(mem->user, bytes ? bytes : 1, LINE);
}

void df__put(const df_memory *mem, void *p, size_t bytes)
{
    if (p)
        mem->put(mem->user, p, bytes ? bytes : 1);
}

/* Adds a block that has room for `bytes`; blocks double with the arena, so that there are few of
 * them. */
static bool arena_extend(df__arena *a, size_t bytes)
{
    size_t size = a->blocks && a->blocks->bytes < 64 * BLOCK ? 2 * a->blocks->bytes : BLOCK;
    if (size < bytes + LINE)
        size = bytes + LINE;
    df__block_list *b = df__get(a->from, size);
    if (!b)
        return false;
    *b = (df__block_list){ a->blocks, size };
    a->blocks = b;
    a->free = (char *)b + LINE;
    a->end = (char *)b + size;
    return true;
}

void *df__arena_room(df__arena *a, size_t bytes)
{
    if (bytes > SIZE_MAX / 4)
        return NULL;
    bytes = (bytes + 15) / 16 * 16;
    if ((size_t)(a->end - a->free) < bytes && !arena_extend(a, bytes))
        return NULL;
    void *p = a->free;
    a->free += bytes;
    return p;
}

void *df__arena_get(df__arena *a, size_t bytes)
{
    void *p = df__arena_room(a, bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

/* Blocks grow, so the last one is the largest. */
void df__arena_reset(df__arena *a)
{
    df__block_list *b = a->blocks;
    if (!b)
        return;
    a->blocks = b->next;
    df__arena_free(a);
    b->next = NULL;
    a->blocks = b;
    a->free = (char *)b + LINE;
    a->end = (char *)b + b->bytes;
}

void df__arena_free(df__arena *a)
{
    while (a->blocks) {
        df__block_list *b = a->blocks;
        a->blocks = b->next;
        df__put(a->from, b, b->bytes);
    }
    a->free = a->end = NULL;
}

bool df__grow(const df_memory *mem, void *p, int64_t *cap, int64_t need, size_t size)
{
    void **list = p;
    if (need <= *cap)
        return true;
    int64_t n = *cap < 32 ? 32 : *cap;
    while (n < need)
        n *= 2;
    void *more = df__get(mem, (size_t)n * size);
    if (!more)
        return false;
    if (*list)
        memcpy(more, *list, (size_t)*cap * size);
    df__put(mem, *list, (size_t)*cap * size);
    *list = more;
    *cap = n;
    return true;
}
