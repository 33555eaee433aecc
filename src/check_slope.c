/* check_slope.c -- the derivative of J along a direction, from differences
 *
 * SPDX-License-Identifier: MIT
 *
 * Central differences at steps that shrink by 4, extrapolated to 0, of which the one with the
 * smallest estimated error is taken (Ridders, Accurate computation of F'(x) and F'(x) F''(x),
 * 1982). A kink shows in the second difference over the step: it stays while h falls, where that of
 * a smooth J falls with it. */
#include "check_model.h"
#include <float.h>

enum { LEVELS = 10, TABLE = 5, SHRINK = 4 };
static const double FIRST_STEP = 1e-2;
/* Relative: one op of a hundred that is wrong by 0.1 % makes 1e-5. */
static const double AGREE = 1e-6;

/* What is known at each level: the step, the differences, extrapolations, and the noise of J's
 * rounding over h. */
typedef struct { double h, slope[TABLE], gap, noise; int order; } level;

/* The next column from this level's and the last one's: the error's next even power of h goes. */
static void extrapolate(level *at, const level *last, double *best, double *error)
{
    double factor = 1;
    at->order = 1;
    for (int j = 1; last && j < TABLE && j <= last->order; j++) {
        factor *= SHRINK * SHRINK;
        at->slope[j] = (factor * at->slope[j - 1] - last->slope[j - 1]) / (factor - 1);
        double change =
            fmax(fabs(at->slope[j] - at->slope[j - 1]), fabs(at->slope[j] - last->slope[j - 1]));
        if (change + at->noise < *error) {
            *error = change + at->noise;
            *best = at->slope[j];
        }
        at->order = j + 1;
    }
}

/* J may leave its domain at large steps: these levels do not count. */
static bool take_level(df__model *m, double J, level *at)
{
    double up, down;
    if (!df__model_J(m, at->h, &up) || !df__model_J(m, -at->h, &down))
        return false;
    at->order = 0;
    if (!isfinite(up) || !isfinite(down))
        return true;
    at->slope[0] = (up - down) / (2 * at->h);
    at->gap = fabs(up - 2 * J + down) / at->h;
    at->noise = 2 * DBL_EPSILON * fmax(fabs(up), fabs(down)) / at->h;
    at->order = 1;
    return true;
}

/* The gap at small steps, if it is none of a smooth J: from level to level it keeps most of its
 * size. */
static double gap_of(const level *l)
{
    double gap = 0;
    for (int k = LEVELS - 4; k < LEVELS - 1; k++) {
        bool stays = l[k].order && l[k - 1].order && l[k].gap > 0.6 * l[k - 1].gap;
        if (!stays || l[k].gap < 100 * l[k].noise)
            return 0;
        gap = l[k].gap;
    }
    return gap;
}

/* The derived slope, and the size of what it is a sum of. */
static double derived_slope(const df__model *m, double *size)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < m->n; i++)
        for (int64_t k = 0; m->given[i].varies && k < m->given[i].n; k++) {
            double term = m->given[i].u[k] == 0 ? 0 : m->given[i].d[k] * m->given[i].u[k];
            sum += term;
            squares += term * term;
        }
    *size = sqrt(squares);
    return sum;
}

static void judge(df__slope *s, double size)
{
    double difference = fabs(s->derived - s->measured) - 10 * s->error;
    size = fmax(size, fabs(s->measured));
    s->relative = difference > 0 ? difference / size : isnan(s->derived) ? (double)INFINITY : 0;
    if (s->gap > AGREE * size)
        s->verdict = DF__KINK;
    else
        s->verdict = s->relative > AGREE ? DF__WRONG : DF__RIGHT;
}

bool df__measure_slope(df__model *m, df__slope *s)
{
    double J, size;
    level l[LEVELS] = { 0 };
    *s = (df__slope){ .error = (double)INFINITY };
    if (!df__model_J(m, 0, &J))
        return false;
    for (int k = 0; k < LEVELS; k++) {
        l[k].h = k ? l[k - 1].h / SHRINK : FIRST_STEP;
        if (!take_level(m, J, &l[k]))
            return false;
        if (l[k].order)
            extrapolate(&l[k], k ? &l[k - 1] : NULL, &s->measured, &s->error);
    }
    s->derived = derived_slope(m, &size);
    s->gap = gap_of(l);
    judge(s, size);
    return true;
}
