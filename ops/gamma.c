/* gamma.c -- the logarithm of the gamma function and its derivatives, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = log |Gamma(x)|     dx = dy polygamma(0, x)
 *     y = polygamma(n, x)    dx = dy polygamma(n + 1, x),  n in attr.i[0]; digamma is n = 0
 *
 * Own ops. lgamma is libm's, 0.5 ulp in float and 3 in double; polygamma is calculated in double:
 * 0.5 ulp in float, in double n + 3 ulp of its largest term. Where Gamma has a pole lgamma and odd
 * polygammas are infinite, and even ones NaN, but for digamma(0) = -infinity. */
#include <dfoo/op.h>
#include <string.h>

#define PI 3.14159265358979323846
enum { MOST = 100, TERMS = 10 };

/* The n-th derivative of cot y as a polynomial in c = cot y: P_0 = c, P_k+1 = -(1 + c^2) P_k'. Its
 * coefficients have one sign and every other is 0, so that nothing cancels. */
static double cot_derivative(int n, double c)
{
    double p[MOST + 2] = { 0, 1 }, y = 0;
    for (int k = 0; k < n; k++) {
        double q[MOST + 2] = { 0 };
        for (int j = 1; j <= k + 1; j++) {
            q[j - 1] -= j * p[j];
            q[j + 1] -= j * p[j];
        }
        memcpy(p, q, sizeof p);
    }
    for (int j = n + 1; j >= 0; j--)
        y = y * c + p[j];
    return y;
}

/* Abramowitz and Stegun 6.4.11 divided by (-1)^(n+1) n!: the sum over Bernoulli numbers. */
static double bernoulli_sum(int n, double x)
{
    static const double b[TERMS] = {
        1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730, 7.0 / 6, -3617.0 / 510,
        43867.0 / 798, -174611.0 / 330
    };
    double term[TERMS], r = 1 / (x * x), c = (n + 1) / 2.0 * r, sum = 0;
    for (int k = 0; k < TERMS; k++) {
        term[k] = b[k] * c;
        c *= (2.0 * k + n + 2) * (2.0 * k + n + 3) / ((2.0 * k + 3) * (2.0 * k + 4)) * r;
    }
    for (int k = TERMS - 1; k >= 0; k--)
        sum += term[k];
    return sum;
}

/* For x > 0: up by the recurrence (6.4.6) until the asymptotic series holds. */
static double polygamma_above(int n, double x)
{
    double sum = 0, factor = n % 2 ? 1 : -1;
    for (; x < n + 10; x += 1) {
        double p = x;
        for (int k = 0; k < n; k++)
            p *= x;
        sum += 1 / p;
    }
    if (n == 0)
        return log(x) - (0.5 / x + bernoulli_sum(n, x) + sum);
    for (int k = 2; k <= n; k++)
        factor *= k;
    return factor * (sum + pow(x, -n) * (1.0 / n + 0.5 / x + bernoulli_sum(n, x)));
}

/* For x < 0: by reflection (6.4.7). */
static double polygamma(int n, double x)
{
    if (x >= 0 || x != x)
        return polygamma_above(n, x);
    double r = x - rint(x);
    if (r == 0)
        return n % 2 ? HUGE_VAL : NAN;
    double above = polygamma_above(n, 1 - x);
    return (n % 2 ? -above : above) - pow(PI, n + 1) * cot_derivative(n, 1 / tan(PI * r));
}

DF_MAP1(log_gamma, y, x, int sign; y = (real)lgamma_r((double)x, &sign);)
DF_MAP1(derivative, y, x, y = (real)polygamma((int)attr->i[0], (double)x);)

static df_status shape(df_shaping *s)
{
    if (s->attr->i[0] < 0 || s->attr->i[0] > MOST)
        return df_refuse(s, DF_BAD_VALUE, "its order is 0 to %d", (int)MOST);
    return df_shape_same(s);
}

static df_node *lgamma_dx(const df_at *at) { return df_mul(at->dy, df_digamma(at->x[0])); }
static df_node *polygamma_dx(const df_at *at)
{
    return df_mul(at->dy, df_polygamma(at->x[0], (int)at->attr->i[0] + 1));
}

const df_op df__op_lgamma = {
    .abi = DF_OP, .name = "lgamma", .numpy = "lgamma(%0)",
    .latex = "\\log\\left|\\Gamma(%0)\\right|",
    .prelude = "def lgamma(x):\n"
               "    import math\n"
               "    return np.vectorize(math.lgamma, otypes=[float])(x)\n",
    .kind = DF_MAP, .arity = 1,     .cost = 60,               .test = { 0.5, 3 },
    .shape = df_shape_same,         .map = DF_BOTH(log_gamma), .d = { lgamma_dx },
};
const df_op df__op_polygamma = {
    .abi = DF_OP, .name = "polygamma", .numpy = "polygamma(%n, %0)",
    .latex = "\\psi^{(%n)}(%0)",
    .prelude =
        "def polygamma(n, x):\n"
        "    from math import factorial as f\n"
        "    b = [1/6, -1/30, 1/42, -1/30, 5/66, -691/2730, 7/6]\n"
        "    def one(x):\n"
        "        sum = 0\n"
        "        while x < n + 20:\n"
        "            sum, x = sum + 1/x**(n + 1), x + 1\n"
        "        for k in range(7):\n"
        "            sum += b[k] * (f(2*k + n + 1) // f(n) / f(2*k + 2)) / x**(2*k + 2 + n)\n"
        "        if n == 0:\n"
        "            return np.log(x) - 0.5/x - sum\n"
        "        return (-1)**(n + 1) * f(n) * (sum + (1/n + 0.5/x) / x**n)\n"
        "    return np.vectorize(one, otypes=[float])(x)\n",
    .kind = DF_MAP, .arity = 1,     .cost = 100,              .test = { 0.5, 3 },
    .shape = shape,                 .map = DF_BOTH(derivative), .d = { polygamma_dx },
};

df_node *df_lgamma(df_node *x) { return df_apply1(&df__op_lgamma, x); }
df_node *df_digamma(df_node *x) { return df_polygamma(x, 0); }
df_node *df_polygamma(df_node *x, int n)
{
    return df_apply(&df__op_polygamma, &x, 1, &(df_attr){ .i = { n } });
}
