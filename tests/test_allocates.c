/* test_allocates.c -- a run allocates nothing: neither by the graph's memory nor by malloc, in no
 * thread
 *
 * SPDX-License-Identifier: MIT
 *
 * The C library's own functions are replaced by ones that count; sanitizers do so themselves. */
#include "cases.h"
#include <errno.h>

static bool counting;
static long calls;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t n, size_t bytes);
void *__libc_realloc(void *p, size_t bytes);
void *__libc_memalign(size_t align, size_t bytes);
void __libc_free(void *p);

static void count(void)
{
    if (__atomic_load_n(&counting, __ATOMIC_RELAXED))
        __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
}

void *malloc(size_t bytes) { return count(), __libc_malloc(bytes); }
void *calloc(size_t n, size_t bytes) { return count(), __libc_calloc(n, bytes); }
void *realloc(void *p, size_t bytes) { return count(), __libc_realloc(p, bytes); }
void *memalign(size_t align, size_t bytes) { return count(), __libc_memalign(align, bytes); }
void *aligned_alloc(size_t align, size_t bytes) { return count(), __libc_memalign(align, bytes); }
int posix_memalign(void **p, size_t align, size_t bytes)
{
    count();
    return (*p = __libc_memalign(align, bytes)) ? 0 : ENOMEM;
}
void free(void *p) { count(), __libc_free(p); }
#endif

static void *counted_get(void *user, size_t bytes, size_t align)
{
    ++*(long *)user;
    return aligned_alloc(align, (bytes + align - 1) / align * align);
}

static void counted_put(void *user, void *p, size_t bytes)
{
    ++*(long *)user;
    free(p);
    (void)bytes;
}

static bool run_all(df_program *p, const int64_t *which)
{
    return df_run(p) && df_run_range(p, 7, 40) && df_run_pick(p, which, 300) && df_run(p);
}

START_TEST(a_run_allocates_nothing)
{
    enum { M = 3000 };
    long own = 0;
    df_memory mem = { counted_get, counted_put, &own };
    df_node *y[OUTPUTS + 1];
    int n;
    int64_t which[300];
    dice d = { 1, 0 };
    base k = new_case_in(_i / 2, y, &n, &mem);
    y[n++] = df_update(k.W, df_scale(k.W, 0.5));
    given *v = given_new(k.g, M, &d, -1, 1);
    df_program *p = compiled(k.g, y, n, &(df_options){ .threads = 1 + _i % 2, .cache_bytes = 1 });
    given_bind(p, v, 0, M);
    double **r = places_new(p, y, n, M);
    for (int i = 0; i < 300; i++)
        which[i] = (int64_t)roll(&d, M);
    long before = own;
    __atomic_store_n(&counting, true, __ATOMIC_RELAXED);
    bool good = run_all(p, which);
    __atomic_store_n(&counting, false, __ATOMIC_RELAXED);
    ck_assert_msg(good, "%s", df_program_error(p));
    ck_assert_int_eq(own - before, 0);
    ck_assert_int_eq(calls, 0);
    run_free(r, n);
    given_free(v);
    df_graph_free(k.g);
}
END_TEST

TESTS(ROWS(a_run_allocates_nothing, 4 * CASES))
