/* tsan.c -- tells the thread sanitizer what orders the threads of an OpenMP region
 *
 * SPDX-License-Identifier: MIT
 *
 * libgomp is not instrumented: without this, every region's end looks like a race. The linker's --wrap sends the
 * calls that gcc makes for regions, barriers and critical sections through here (Makefile.am lists them). */
#include <stdbool.h>

void __tsan_acquire(void *at);
void __tsan_release(void *at);

typedef void region(void *data);
typedef struct { region *f; void *data; char begin, end; } job;

/* A barrier for the sanitizer: all before it, in any thread, happened before all after it. The address stands for
 * every barrier, which can only hide races between regions that run at the same time. */
static char barrier, critical;

static void run(void *p)
{
    job *j = p;
    __tsan_acquire(&j->begin);
    j->f(j->data);
    __tsan_release(&j->end);
}

#define AROUND(declared, call) \
    declared \
    { \
        job j = { f, data, 0, 0 }; \
        __tsan_release(&j.begin); \
        call; \
        __tsan_acquire(&j.end); \
    }

void __real_GOMP_parallel(region *f, void *data, unsigned n, unsigned flags);
AROUND(void __wrap_GOMP_parallel(region *f, void *data, unsigned n, unsigned flags),
       __real_GOMP_parallel(run, &j, n, flags))

#define LOOP(name) \
    void __real_##name(region *f, void *data, unsigned n, long a, long b, long step, long chunk, unsigned flags); \
    AROUND(void __wrap_##name(region *f, void *data, unsigned n, long a, long b, long step, long chunk, unsigned flags), \
           __real_##name(run, &j, n, a, b, step, chunk, flags))
LOOP(GOMP_parallel_loop_dynamic)
LOOP(GOMP_parallel_loop_nonmonotonic_dynamic)

#define BARRIER(name) \
    void __real_##name(void); \
    void __wrap_##name(void) \
    { \
        __tsan_release(&barrier); \
        __real_##name(); \
        __tsan_acquire(&barrier); \
    }
BARRIER(GOMP_barrier)
BARRIER(GOMP_loop_end)

void __real_GOMP_critical_start(void);
void __wrap_GOMP_critical_start(void)
{
    __real_GOMP_critical_start();
    __tsan_acquire(&critical);
}

void __real_GOMP_critical_end(void);
void __wrap_GOMP_critical_end(void)
{
    __tsan_release(&critical);
    __real_GOMP_critical_end();
}
