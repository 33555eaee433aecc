/* text.c -- text that grows, numbers and pieces of text as text, and a locale of no country
 *
 * SPDX-License-Identifier: MIT */
#include "df.h"
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

/* ---- locale ---------------------------------------------------------------------------------- */

/* The thread's own locale only; in glibc the C locale is there already, and this allocates
 * nothing. */
locale_t df__locale_begin(void)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return c ? uselocale(c) : (locale_t)0;
}

void df__locale_end(locale_t was)
{
    if (was)
        freelocale(uselocale(was));
}

/* ---- text that grows ------------------------------------------------------------------------- */

/* Room for n more bytes and a final 0; NULL: no memory, and from then on. */
static char *room(df__text *t, size_t n)
{
    if (!t->failed && !df__grow(t->mem, &t->p, &t->cap, t->n + (int64_t)n + 1, 1))
        t->failed = true;
    return t->failed ? NULL : t->p + t->n;
}

void df__text_add(df__text *t, const char *s)
{
    size_t n = strlen(s);
    char *to = room(t, n);
    if (!to)
        return;
    memcpy(to, s, n + 1);
    t->n += (int64_t)n;
}

void df__text_put(df__text *t, const char *format, ...)
{
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int n = vsnprintf(NULL, 0, format, list);
    char *to = n < 0 ? NULL : room(t, (size_t)n);
    if (to) {
        vsnprintf(to, (size_t)n + 1, format, again);
        t->n += n;
    }
    va_end(again);
    va_end(list);
}

void df__text_insert(df__text *t, int64_t at, const char *s)
{
    size_t n = strlen(s);
    if (!room(t, n))
        return;
    memmove(t->p + at + n, t->p + at, (size_t)(t->n - at) + 1);
    memcpy(t->p + at, s, n);
    t->n += (int64_t)n;
}

void df__text_free(df__text *t)
{
    df__put(t->mem, t->p, (size_t)t->cap);
    *t = (df__text){ 0 };
}

/* ---- numbers --------------------------------------------------------------------------------- */

static bool reads_back(const char *text, double v, df_type real)
{
    return real == DF_FLOAT32 ? strtof(text, NULL) == (float)v : strtod(text, NULL) == v;
}

/* Whole numbers as such, others with the fewest digits that read back to v in that type. */
const char *df__number_text(double v, df_type real, char text[32])
{
    if (real == DF_FLOAT32)
        v = (float)v;
    if (v == 0)
        return strcpy(text, signbit(v) ? "-0.0" : "0");
    if (isnan(v) || isinf(v))
        return strcpy(text, isnan(v) ? "np.nan" : v > 0 ? "np.inf" : "-np.inf");
    if (v == rint(v) && fabs(v) < 1e7) {
        snprintf(text, 32, "%.0f", v);
        return text;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, v);
        if (reads_back(text, v, real))
            break;
    }
    return text;
}

/* ---- messages -------------------------------------------------------------------------------- */

/* Without what would disturb a terminal. */
const char *df__shown(const char *at, int64_t n, char to[40])
{
    int k = 0;
    while (k < n && k < 32) {
        to[k] = (unsigned char)at[k] < ' ' || at[k] == 127 ? '?' : at[k];
        k++;
    }
    while (k < n && k > 0 && ((unsigned char)at[k] & 0xC0) == 0x80)
        k--;                     /* no half of a character */
    strcpy(to + k, k < n ? "..." : "");
    return to;
}
