/* processor.c -- which kernels this processor runs
 *
 * SPDX-License-Identifier: MIT */
#include "kernels.h"

/* DF_LEVEL: the level that everything is built for where tools/levels runs the tests at each. */
const df__kernels *df__best_kernels(void)
{
#if defined(DF_LEVEL)
    return &DF_LEVEL;
#elif defined(__x86_64__)
    if (__builtin_cpu_supports("x86-64-v4"))
        return &df__kernels_v4;
    if (__builtin_cpu_supports("x86-64-v3"))
        return &df__kernels_v3;
    return &df__kernels_base;
#else
    return &df__kernels_base;
#endif
}
