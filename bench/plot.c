/* bench/plot.c -- a picture of the ratio to by hand against the number of examples, by gnuplot
 *
 * SPDX-License-Identifier: MIT */
#include "bench.h"
#include <string.h>

enum { MOST = 1 << 16 };

/* One curve: m doubles. False where the two sides do not agree. */
static bool curve(FILE *f, const char *name, const workload *w, double seconds)
{
    static job j;
    bool good = true;
    fprintf(f, "%s << END\n", name);
    for (int64_t m = 1; m <= MOST; m *= 2) {
        row r = { "plot", w, m, GRADIENTS, 1, 0 };
        job_open(&j, &r, 1);
        good &= job_apart(&j) <= 1e-3;
        times t = measure(&j, seconds);
        fprintf(f, "%lld %g\n", (long long)m, t.dfoo_min / t.hand_min);
        job_close(&j);
    }
    fputs("END\n", f);
    return good;
}

bool plot(const char *path, double seconds)
{
    FILE *f = popen("gnuplot", "w");
    if (!f)
        fail("gnuplot", "cannot be run");
    bool good = curve(f, "$two", &net_2_4_1, seconds);
    good &= curve(f, "$logistic", &logistic, seconds);
    good &= curve(f, "$thirty", &net_30_16_1, seconds);
    fprintf(f, "set terminal %s\nset output '%s'\n",
            strstr(path, ".svg") ? "svg size 800,500" : "pngcairo size 800,500", path);
    fputs("set logscale x 2\nset grid\nset key top right\nset yrange [0:*]\n"
          "set xlabel 'examples m'\nset ylabel 'time of dfoo / time by hand'\n"
          "set title 'J and all gradients, one thread, float'\n"
          "plot 1 lc 'black' dt 2 notitle, $two w lp t '2-4-1', $logistic w lp t 'logistic 30', "
          "$thirty w lp t '30-16-1'\n", f);
    if (pclose(f))
        fail("gnuplot", "failed");
    return good;
}
