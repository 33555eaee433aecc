/* scarce.h -- memory of which an allocation can be made to fail, and which counts what is out
 *
 * SPDX-License-Identifier: MIT
 *
 *     scarce s = { 0 };
 *     df_memory mem = scarce_memory(&s);
 *     df_graph *g = df_graph_new_in(DF_FLOAT32, &mem);
 *     s.left = 3;        the third allocation from here on fails, once; 0: none */
#ifndef DFOO_TESTS_SCARCE_H
#define DFOO_TESTS_SCARCE_H
#include <dfoo.h>
#include <stdlib.h>

typedef struct { long left, blocks; size_t bytes; bool failed; } scarce;

static void *scarce_get(void *user, size_t bytes, size_t align)
{
    scarce *s = user;
    if (s->left > 0 && --s->left == 0) {
        s->failed = true;
        return NULL;
    }
    s->blocks++;
    s->bytes += bytes;
    return aligned_alloc(align, (bytes + align - 1) / align * align);
}

static void scarce_put(void *user, void *p, size_t bytes)
{
    scarce *s = user;
    s->blocks--;
    s->bytes -= bytes;
    free(p);
}

__attribute__((unused)) static df_memory scarce_memory(scarce *s)
{
    return (df_memory){ scarce_get, scarce_put, s };
}
#endif
