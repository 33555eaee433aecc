/* random.c -- random numbers as a function of seed, stream and index alone
 *
 * SPDX-License-Identifier: MIT
 *
 * There is no state: any value can be had at any time, in any order, by any thread. Philox-4x32-10
 * of Random123: Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011. */
#include "df.h"
#include <Random123/philox.h>
#include <math.h>

/* FNV-1a, of 64 bits: Fowler, Noll and Vo. */
uint64_t df__hash_text(const char *text)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    return h;
}

typedef struct { uint64_t word[2]; } bits;

/* Seed is the key, index and stream are the counter. */
static bits draw(uint64_t seed, uint64_t stream, uint64_t index)
{
    philox4x32_key_t key = { { (uint32_t)seed, (uint32_t)(seed >> 32) } };
    philox4x32_ctr_t at = { { (uint32_t)index, (uint32_t)(index >> 32), (uint32_t)stream,
                              (uint32_t)(stream >> 32) } };
    at = philox4x32(at, key);
    return (bits){ { (uint64_t)at.v[1] << 32 | at.v[0], (uint64_t)at.v[3] << 32 | at.v[2] } };
}

/* The middle of one of 2^52 intervals: never 0, never 1. */
static double between(uint64_t word)
{
    return ((double)(word >> 12) + 0.5) * 0x1p-52;
}

double df__uniform(uint64_t seed, uint64_t stream, uint64_t index)
{
    return between(draw(seed, stream, index).word[0]);
}

/* Box and Muller 1958. The smallest uniform is 2^-53, so that no value exceeds 8.6. */
double df__normal(uint64_t seed, uint64_t stream, uint64_t index)
{
    bits b = draw(seed, stream, index);
    return sqrt(-2 * log(between(b.word[0]))) * cos(6.283185307179586 * between(b.word[1]));
}

/* Below n, each equally often: words that would make some results likelier are drawn again.
 * Lemire, Fast random integer generation in an interval, ACM TOMACS 2019. */
static uint64_t below(uint64_t n, uint64_t seed, uint64_t *index)
{
    for (;;) {
        unsigned __int128 product = (unsigned __int128)draw(seed, 0, (*index)++).word[0] * n;
        if ((uint64_t)product >= -n % n)
            return (uint64_t)(product >> 64);
    }
}

void df_permutation(int64_t *which, int64_t n, uint64_t seed)
{
    uint64_t index = 0;
    for (int64_t i = 0; which && i < n; i++) {
        int64_t at = (int64_t)below((uint64_t)i + 1, seed, &index);
        which[i] = which[at];
        which[at] = i;
    }
}
