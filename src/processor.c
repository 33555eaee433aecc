/* processor.c -- which kernels this processor runs
 *
 * SPDX-License-Identifier: MIT */
#include "kernels.h"

const df__kernels *df__best_kernels(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("x86-64-v4"))
        return &df__kernels_v4;
    if (__builtin_cpu_supports("x86-64-v3"))
        return &df__kernels_v3;
#endif
    return &df__kernels_base;
}
