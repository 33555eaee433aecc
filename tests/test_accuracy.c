/* test_accuracy.c -- simplified derivatives are as accurate as plain ones, and as often finite
 *
 * SPDX-License-Identifier: MIT
 *
 * Random graphs: the derivative as it is simplified, in float, against the one of the plain chain
 * rule, in float too, where all values of the graph are finite; the latter in double is the judge.
 * The seed is a fixed one; DFOO_SEED=n tests/test_accuracy takes another, and DFOO_REPORT=1 prints
 * the counts. Saturated losses: values from mpmath, 50 digits. */
#include "check.h"
#include "evaluate.h"
#include <float.h>
#include <math.h>

enum { INPUTS = 3, OPERATIONS = 14, POINTS = 16, LISTED = 64 };

/* ---- random graphs --------------------------------------------------------------------------- */

typedef struct { uint64_t seed, n; } dice;

static int roll(dice *d, int sides)
{
    return (int)(df__uniform(d->seed, 0, d->n++) * sides);
}

static df_node *reciprocal(df_node *x) { return df_pow(x, -1); }
static df_node *root(df_node *x) { return df_sqrt(df_abs(x)); }
static df_node *twice(df_node *x) { return df_scale(x, 2); }

static df_node *(*const unary[])(df_node *) = {
    df_tanh, df_sigmoid, df_softplus,  df_exp,     df_log, df_square,
    df_neg,  root,       df_one_minus, reciprocal, twice,
};
static df_node *(*const binary[])(df_node *, df_node *) = { df_add, df_sub, df_mul, df_div };

typedef struct {
    df_graph *g;
    df_node *x[INPUTS], *made[INPUTS + OPERATIONS], *J;
    double v[INPUTS][POINTS];
    evaluation e;
} sample;

static sample new_sample(uint64_t seed)
{
    dice d = { seed, 0 };
    sample s = { .g = df_graph_new(DF_FLOAT32), .e = { .m = POINTS, .n = INPUTS } };
    df_node **list = s.made;
    for (int i = 0; i < INPUTS; i++) {
        list[i] = s.x[i] = df_input(s.g, (char[]){ (char)('x' + i), 0 }, df_shape(1, DF_M));
        for (int k = 0; k < POINTS; k++)
            s.v[i][k] = (float)(2 * df__normal(seed, (uint64_t)i + 1, (uint64_t)k));
    }
    for (int i = INPUTS; i < INPUTS + OPERATIONS; i++) {
        df_node *a = list[roll(&d, i)], *b = list[i - 1 - roll(&d, 3)];
        list[i] = roll(&d, 2) ? unary[roll(&d, (int)COUNT(unary))](b)
                              : binary[roll(&d, (int)COUNT(binary))](a, b);
    }
    s.J = df_sum(list[INPUTS + OPERATIONS - 1]);
    return s;
}

/* y, in float or in double, as derived or as it is compiled. */
static double *values(sample *s, df_node *y, bool round, bool simplified)
{
    for (int i = 0; i < INPUTS; i++) {
        s->e.x[i] = s->x[i];
        s->e.v[i] = s->v[i];
    }
    s->e.round = round;
    if (!simplified)
        return evaluate(&s->e, y);
    df__copy copy;
    ck_assert(df__simplify(s->g, &y, 1, false, &copy));
    double *v = evaluate(&s->e, copy.image[0]);
    df__copy_free(&copy);
    return v;
}

/* Where no value on the way to the cost is beyond the numbers. */
static void find_finite(sample *s, bool finite[POINTS])
{
    for (int k = 0; k < POINTS; k++)
        finite[k] = true;
    for (int i = INPUTS; i < INPUTS + OPERATIONS; i++) {
        int64_t n = df__elements(s->made[i]->dims, POINTS);
        double *v = values(s, s->made[i], true, false);
        for (int64_t k = 0; k < n; k++)
            finite[k] = finite[k] && isfinite(v[k]);
        free(v);
    }
}

/* ---- counting -------------------------------------------------------------------------------- */

typedef struct {
    int values, worse, worse_by_10, better, lost, not_finite[2];
    double worst;
} counts;

/* Lost is what was right, to a half of itself, and is no number now. Near the largest number either
 * order of the same factors may go beyond it. */
static void count(counts *c, double raw, double now, double truth)
{
    c->not_finite[0] += !isfinite(raw);
    c->not_finite[1] += !isfinite(now);
    if (!isfinite(raw) || !isfinite(truth) || fabs(truth) > 1e30)
        return;
    c->values++;
    c->lost += !isfinite(now) && fabs(raw - truth) <= fabs(truth) / 2;
    double ulp = fmax(fabs(truth) * FLT_EPSILON, FLT_TRUE_MIN);
    double ratio = (fabs(now - truth) + 2 * ulp) / (fabs(raw - truth) + 2 * ulp);
    c->worse += ratio > 2;
    c->worse_by_10 += ratio > 10;
    c->better += ratio < 0.5;
    c->worst = isfinite(ratio) ? fmax(c->worst, ratio) : c->worst;
}

static void compare(uint64_t seed, counts *c)
{
    sample s = new_sample(seed);
    bool finite[POINTS];
    find_finite(&s, finite);
    for (int i = 0; i < INPUTS; i++) {
        df_node *raw = df__derive(s.J, s.x[i], true), *now = df_d(s.J, s.x[i]);
        ck_assert_msg(raw && now, "seed %llu: %s", (unsigned long long)seed, df_graph_error(s.g));
        double *truth = values(&s, raw, false, false), *was = values(&s, raw, true, false),
               *is = values(&s, now, true, true);
        for (int k = 0; k < POINTS; k++)
            if (finite[k])
                count(c, was[k], is[k], truth[k]);
        free(truth);
        free(was);
        free(is);
    }
    df_graph_free(s.g);
}

START_TEST(simplified_derivatives_of_random_graphs_are_as_accurate)
{
    const char *given = getenv("DFOO_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 20000;
    counts c = { 0 };
    for (int i = 0; i < rounds(150); i++)
        compare(seed + (uint64_t)i, &c);
    if (getenv("DFOO_REPORT"))
        printf("%d values: %d worse (%.2f %%), %d by 10 times, the worst %.3g times; %d better; "
               "%d lost; not finite: %d, now %d\n",
               c.values, c.worse, 100.0 * c.worse / c.values, c.worse_by_10, c.worst, c.better,
               c.lost, c.not_finite[0], c.not_finite[1]);
    ck_assert_int_eq(c.lost, 0);
    ck_assert_int_le(c.not_finite[1], c.not_finite[0]);
    ck_assert_msg(c.worse <= 0.01 * c.values + 16, "%d of %d values are twice as far off", c.worse,
                  c.values);
}
END_TEST

/* ---- saturated losses ------------------------------------------------------------------------ */

/* At z = 20, -20, 1 and y = 1, 0, 1/4: what each is, and its derivative by z. */
static const struct { const char *loss; double is[3], dz[3]; } saturated[] = {
    { "-(sigmoid(z)*log(sigmoid(z)) + (1 - sigmoid(z))*log(1 - sigmoid(z)))",
      { 4.3284225984118452e-8, 4.3284225984118452e-8, 0.58220310888821795 },
      { -4.1223072278836987e-8, 4.1223072278836987e-8, -0.19661193324148185 } },
    { "-(y*(1 - sigmoid(z))**2*log(sigmoid(z)) + (1 - y)*sigmoid(z)**2*log(1 - sigmoid(z)))",
      { 8.7565107175752358e-27, 8.7565107175752358e-27, 0.53206574193565556 },
      { -2.6269532107604423e-26, 2.6269532107604423e-26, 0.56303075990509807 } },
    { "-sum(softmax(z)*log(softmax(z)))",
      { 1.1205592831279698e-7, 1.1205592831279698e-7, 1.1205592831279698e-7 },
      { -1.0645313129027180e-7, 1.6993416880730639e-16, 1.0645313112033763e-7 } },
};

static void check_saturated(sample *s, df_node *y, const double is[3], const char *what)
{
    double *v = values(s, y, true, true);
    for (int k = 0; k < (int)df__elements(y->dims, 1); k++)
        ck_assert_msg(fabs(v[k] - is[k]) <= 4 * FLT_EPSILON, "%s: %.9g at place %d, not %.9g", what,
                      v[k], k, is[k]);
    free(v);
}

START_TEST(saturated_losses_are_right_to_a_unit_of_their_largest_term)
{
    sample s = { .g = df_graph_new(DF_FLOAT32), .e = { .m = 1, .n = INPUTS },
                 .v = { { 20, -20, 1 }, { 1, 0, 0.25 } } };
    df_node *letter[26] = { 0 };
    for (int i = 0; i < INPUTS; i++)
        s.x[i] = df_input(s.g, (char[]){ (char)('x' + i), 0 }, df_shape(3, 1));
    letter['z' - 'a'] = s.x[0];
    letter['y' - 'a'] = s.x[1];
    df_node *L = df__from_text(s.g, saturated[_i].loss, letter, 1);
    ck_assert_ptr_nonnull(L);
    check_saturated(&s, L, saturated[_i].is, saturated[_i].loss);
    check_saturated(&s, df_d(L, s.x[0]), saturated[_i].dz, saturated[_i].loss);
    df_graph_free(s.g);
}
END_TEST

TESTS(
    ROWS(saturated_losses_are_right_to_a_unit_of_their_largest_term, COUNT(saturated)),
    TEST(simplified_derivatives_of_random_graphs_are_as_accurate),
)
