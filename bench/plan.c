/* bench/plan.c -- what comes before the first run: time to build, derive and plan, and memory
 *
 * SPDX-License-Identifier: MIT */
#include "bench.h"
#include <math.h>
#include <unistd.h>

static double least(double a, double b) { return a < b ? a : b; }

/* Several times over; a large graph once. To build, derive, compile; seconds. */
static void stages(const row *r, double seconds, double to[3])
{
    static job j;
    double start = now();
    to[0] = to[1] = to[2] = INFINITY;
    do {
        job_open(&j, r, 1);
        for (int i = 0; i < 3; i++)
            to[i] = least(to[i], j.seconds[i]);
        job_close(&j);
    } while (now() - start < seconds);
}

/* It ends where a plan takes seconds. */
void plan_times(const row *r, int n, double seconds, bool tabs)
{
    puts(tabs ? "plan\ttext\tm\tbuild\tderive\tcompile\ttotal" :
                "\nbefore the first run: microseconds of the processor, the least of several\n"
                "     workload                 m      build     derive    compile      total"
                "   per operation");
    for (double all = 0, t[3]; n-- && all < 2e6; r++) {
        stages(r, seconds, t);
        all = (t[0] + t[1] + t[2]) * 1e6;
        printf(tabs ? "%s\t%s\t%lld\t%.6g\t%.6g\t%.6g\t%.6g" :
                      "%-4s %-17s %8lld %10.4g %10.4g %10.4g %10.4g",
               r->name, r->what->text, (long long)r->m, t[0] * 1e6, t[1] * 1e6, t[2] * 1e6,
               all);
        if (!tabs && r->what == &chain)
            printf(" %10.3g", all / (double)r->m);
        putchar('\n');
        fflush(stdout);
    }
}

/* Bytes of the process that are in memory; 0 where the system does not tell. */
static double resident(void)
{
    long long all, here = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%lld %lld", &all, &here) != 2)
        here = 0;
    if (f)
        fclose(f);
    return (double)here * (double)sysconf(_SC_PAGESIZE);
}

void memory_growth(const row *r, int n, bool tabs)
{
    puts(tabs ? "memory\ttext\tm\tworkspace\tresident" :
                "\nmemory beyond the data, bytes\n"
                "     workload                 m  workspace   resident");
    for (; n--; r++) {
        static job j;
        job_build(&j, r, 1);
        double before = resident();
        job_compile(&j);
        if (!df_run(j.program))
            fail(r->name, df_program_error(j.program));
        printf(tabs ? "%s\t%s\t%lld\t%.0f\t%.0f\n" : "%-4s %-17s %8lld %10.0f %10.0f\n", r->name,
               r->what->text, (long long)r->m, (double)df_workspace_bytes(j.program, r->m),
               resident() - before);
        job_close(&j);
    }
}
