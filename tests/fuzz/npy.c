/* npy.c -- any bytes as an array of a file; what is read is written and read again
 *
 * SPDX-License-Identifier: MIT */
#define _GNU_SOURCE              /* memfd_create */
#include <dfoo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t count(const df_array *a)
{
    int64_t n = 1;
    for (int j = 0; j < a->dims.rank; j++)
        n *= a->dims.size[j];
    return n;
}

static void read_again(df_graph *g, const df_array *a)
{
    static const size_t bytes[] = { 0, 4, 8, 1, 4, 8 };
    char path[64];
    df_array b;
    snprintf(path, sizeof path, "/tmp/dfoo-fuzz-%ld.npy", (long)getpid());
    if (!df_write_npy(g, path, a) || !df_read_npy(g, path, &b))
        abort();
    if (b.type != a->type || count(a) != count(&b))
        abort();
    if (memcmp(a->data, b.data, (size_t)count(a) * bytes[a->type]) != 0)
        abort();
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int file = memfd_create("npy", MFD_CLOEXEC);
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_array a;
    if (file < 0 || !g || write(file, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (df_read_npy(g, path, &a))
        read_again(g, &a);
    if (df_read_idx(g, path, &a))
        read_again(g, &a);
    df_graph_free(g);
    close(file);
    return 0;
}
