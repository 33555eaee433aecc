/* save.c -- any bytes as a file of df_save: nothing is changed unless all of it is right
 *
 * SPDX-License-Identifier: MIT
 *
 * Size and checksum are made right first, as chance does not. */
#define _GNU_SOURCE              /* memfd_create */
#include "df.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(uint8_t *to, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        to[i] = (uint8_t)(v >> 8 * i);
}

static void sum_up(uint8_t *bytes, size_t n)
{
    uint64_t sum = df__hash_text("");
    put(bytes + 16, n);
    for (size_t i = 0; i < n - 8; i++)
        sum = (sum ^ bytes[i]) * 1099511628211u;
    put(bytes + n - 8, sum);
}

static void load(const uint8_t *data, size_t size, df_load_mode mode)
{
    char path[64];
    double v[6], was = 9;
    int file = memfd_create("save", MFD_CLOEXEC);
    df_graph *g = df_graph_new(DF_FLOAT32);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    df_param(g, "W", df_shape(2, 3));
    df_node *b = df_param(g, "b", df_shape(2, 1)), *t = df_state(g, "t", df_shape(1));
    if (!t || !df_set(t, &was, 1))
        abort();
    bool good = df_load(g, path, mode);
    if (!good && (b->leaf->has_value || !df_get(t, v, 1) || v[0] != 9 || g->seed || g->runs))
        abort();
    if (good && mode == DF_EXACT && !df_get(b, v, 2))
        abort();
    if (good && mode == DF_EXACT && !df_load(g, path, mode))
        abort();
    df_graph_free(g);
    close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    load(data, size, DF_EXACT);
    if (size < 48)
        return 0;
    uint8_t *bytes = malloc(size);
    memcpy(bytes, data, size);
    sum_up(bytes, size);
    load(bytes, size, DF_EXACT);
    load(bytes, size, DF_WHAT_IS_THERE);
    free(bytes);
    return 0;
}
