/* rules.c -- what may be rewritten as what: the table of rules that text can express
 *
 * SPDX-License-Identifier: MIT
 *
 * A rule is a line of the table: its phase, and the text that pattern.c reads and match.c finds. It
 * must hold wherever both sides are defined, lower the cost or raise the accuracy, and not undo
 * another; tests/test_rules.c tries each line. What text cannot express is in hooks.c.
 *
 * canonical: identities between nodes, before the derivation and of each node it makes. What
 *     repairs a derivative belongs here: the user's 1/(1 + exp(-x)) is a sigmoid before anything is
 *     derived from its parts.
 * stable: what looks inside an atom for the sake of accuracy. On the copy that is compiled or
 *     printed only, as the derivative by sigmoid(x) needs the sigmoid to be there.
 * late: what is cheaper or more accurate once nothing else will be rewritten.
 *
 * Values keep the user's arithmetic: canonical rules keep every bit where they concern sums and
 * products, but for the sign of a zero. These look like rules and are not:
 *
 *     x*0 -> 0                  x infinite or NaN
 *     x - x -> 0                the same; and Kahan's sum lives on (t - s) - y being no 0
 *     x/x -> 1                  0/0; the derivation's own nodes cancel in ring.c
 *     equal(x, x) -> 1          NaN: this is how one finds it
 *     (x + y) + z -> x + (y + z)       1 - 1 + 1e-30
 *     x*y + x*z -> x*(y + z)    y + z overflows; the bits change
 *     x/y -> x*(1/y)            5/49 has other bits
 *     exp(log(x)) -> x          x < 0
 *     sqrt(x)**2 -> x           x < 0
 *     log(x**2) -> 2*log(x)     x < 0
 *     log(x*y) -> log(x) + log(y)      both negative
 *     exp(x)*exp(y) -> exp(x + y)      x = 1000, y = -1000: NaN, as the user's formula gives
 *     sqrt(x)*sqrt(y) -> sqrt(x*y)     x = y = 1e30 in float
 *     log(1 + x) -> log1p(x)    x*log(1 + x)/((1 + x) - 1) is accurate: both see the rounded 1 + x
 *     max(x, 0) -> relu(x)      the derivative at 0: a half, and 0
 *     x**0.5 -> sqrt(x)         minus infinity
 *     where(c, 1, 0) -> c       c is 2
 *     2*sigmoid(2*x) - 1 -> tanh(x)    the sigmoid is the user's A, and derived as such
 *     1 - sigmoid(x) -> sigmoid(-x)    where sigmoid(x) is there anyway: one more exp, and
 *                               A*(1 - A) is spoilt
 *     sigmoid(x)*sigmoid(-x) -> A*(1 - A)    x = 40: 1 - A is 0
 *     log(sigmoid(x)) -> -softplus(-x)    before the derivation: where A is asked for, dJ/dA
 *                               would be 0 */
#include "df.h"

const df__rule_text df__rules[] = {
    /* identities */
    { DF_CANONICAL, "x + 0 -> x" },
    { DF_CANONICAL, "x - 0 -> x" },
    { DF_CANONICAL, "0 - x -> -x" },
    { DF_CANONICAL, "1*x -> x" },
    { DF_CANONICAL, "-1*x -> -x" },
    { DF_CANONICAL, "x/1 -> x" },
    { DF_CANONICAL, "x/-1 -> -x" },
    { DF_CANONICAL, "x**1 -> x" },
    { DF_CANONICAL, "x**0 -> 1" },
    { DF_CANONICAL, "x*x -> x**2" },
    { DF_CANONICAL, "-(-x) -> x" },
    { DF_CANONICAL, "a - (-b) -> a + b" },
    { DF_CANONICAL, "-(-a - b) -> a + b" },
    { DF_CANONICAL, "1 + (-x) -> 1 - x" },
    { DF_CANONICAL, "(-x)**2 -> x**2" },
    { DF_CANONICAL, "abs(x)**2 -> x**2" },
    { DF_CANONICAL, "abs(-x) -> abs(x)" },
    { DF_CANONICAL, "tanh(-x) -> -tanh(x)" },
    { DF_CANONICAL, "where(c, a, a) -> a" },
    { DF_CANONICAL, "max(x, x) -> x" },
    { DF_CANONICAL, "min(x, x) -> x" },
    { DF_CANONICAL, "1/m -> m**-1" },
    { DF_CANONICAL, "a/(1/b) -> a*b" },
    { DF_CANONICAL, "1/exp(x) -> exp(-x)" },
    { DF_CANONICAL, "log(exp(x)) -> x" },
    { DF_CANONICAL, "log(1/x) -> -log(x)" },
    /* derivatives at 0 */
    { DF_CANONICAL, "sqrt(x**2) -> abs(x)" },
    { DF_CANONICAL, "x*log(x) -> xlogy(x, x)" },
    { DF_CANONICAL, "xlogy(1, x) -> log(x)" },
    { DF_CANONICAL, "xlogy(-1, x) -> -log(x)" },
    /* the hyperbolic tangent and the sigmoid, written with exp or with one another */
    { DF_CANONICAL, "(exp(x) - exp(-x))/(exp(x) + exp(-x)) -> tanh(x)" },
    { DF_CANONICAL, "(exp(x) - 1)/(exp(x) + 1) -> tanh(0.5*x)" },
    { DF_CANONICAL, "(1 - exp(x))/(1 + exp(x)) -> -tanh(0.5*x)" },
    { DF_CANONICAL, "a/(1 + exp(x)) -> a*sigmoid(-x)" },
    { DF_CANONICAL, "(1 + exp(x))**-1 -> sigmoid(-x)" },
    { DF_CANONICAL, "a/(1 + exp(x))**2 -> a*sigmoid(-x)**2" },
    { DF_CANONICAL, "exp(x)*sigmoid(-x) -> sigmoid(x)" },
    { DF_CANONICAL, "exp(x)/(exp(x) + exp(y)) -> sigmoid(x - y)" },
    { DF_CANONICAL, "0.5*(1 + tanh(x)) -> sigmoid(2*x)" },
    { DF_CANONICAL, "0.5*(1 - tanh(x)) -> sigmoid(-2*x)" },
    { DF_CANONICAL, "(1 + tanh(x))/2 -> sigmoid(2*x)" },
    { DF_CANONICAL, "(1 - tanh(x))/2 -> sigmoid(-2*x)" },
    { DF_CANONICAL, "0.5 + 0.5*tanh(x) -> sigmoid(2*x)" },
    { DF_CANONICAL, "0.5 - 0.5*tanh(x) -> sigmoid(-2*x)" },
    { DF_CANONICAL, "0.5 + tanh(x)/2 -> sigmoid(2*x)" },
    { DF_CANONICAL, "0.5 - tanh(x)/2 -> sigmoid(-2*x)" },
    { DF_CANONICAL, "1 - sigmoid(-x) -> sigmoid(x)" },
    /* log(1 + exp) */
    { DF_CANONICAL, "log(1 + exp(x)) -> softplus(x)" },
    { DF_CANONICAL, "log1p(exp(x)) -> softplus(x)" },
    { DF_CANONICAL, "max(x, 0) + softplus(-abs(x)) -> softplus(x)" },
    { DF_CANONICAL, "relu(x) + softplus(-abs(x)) -> softplus(x)" },
    { DF_CANONICAL, "max(x, 0) - a + softplus(-abs(x)) -> softplus(x) - a" },
    { DF_CANONICAL, "relu(x) - a + softplus(-abs(x)) -> softplus(x) - a" },
    /* cross-entropy written with it: its derivative is sigmoid(x) - y */
    { DF_CANONICAL, "y*softplus(-x) + (1 - y)*softplus(x) -> sigmoid_cross_entropy(x, y)" },
    { DF_CANONICAL, "y*softplus(-x) - (y - 1)*softplus(x) -> sigmoid_cross_entropy(x, y)" },
    { DF_CANONICAL, "(1 - y)*x + softplus(-x) -> sigmoid_cross_entropy(x, y)" },
    { DF_CANONICAL, "softplus(x) - y*x -> sigmoid_cross_entropy(x, y)" },
    /* softmax and its denominator */
    { DF_CANONICAL, "exp(x)/sum(exp(x)) -> softmax(x)" },
    { DF_CANONICAL, "exp(x - logsumexp(x)) -> softmax(x)" },
    { DF_CANONICAL, "softmax(x - max_axis(x)) -> softmax(x)" },
    { DF_CANONICAL, "sum(softmax(x)) -> 1" },
    { DF_CANONICAL, "sum(y) -> 1  if onehot(y)" },
    { DF_CANONICAL, "log(sum(exp(x))) -> logsumexp(x)" },
    { DF_CANONICAL, "logsumexp(x - max_axis(x)) + max_axis(x) -> logsumexp(x)" },
    { DF_CANONICAL, "log(sum(y*softmax(x))) -> sum(y*(x - logsumexp(x)))  if onehot(y)" },

    /* logarithms of what saturates */
    { DF_STABLE, "log(sigmoid(x)) -> -softplus(-x)" },
    { DF_STABLE, "log(1 - sigmoid(x)) -> -softplus(x)" },
    { DF_STABLE, "log1p(-sigmoid(x)) -> -softplus(x)" },
    { DF_STABLE, "log(softmax(x)) -> x - logsumexp(x)" },
    { DF_STABLE, "xlogy(y, sigmoid(x)) -> -(y*softplus(-x))" },
    { DF_STABLE, "xlogy(y, 1 - sigmoid(x)) -> -(y*softplus(x))" },
    { DF_STABLE, "xlogy(y, softmax(x)) -> y*(x - logsumexp(x))" },
    { DF_STABLE, "a/(1 - sigmoid(x)) -> a/sigmoid(-x)" },
    /* signs come out, so that the patterns below need them in one place only */
    { DF_STABLE, "(-a) + (-b) -> -(a + b)" },
    { DF_STABLE, "(-a) - b -> -(a + b)" },
    { DF_STABLE, "a + (-b) -> a - b" },
    { DF_STABLE, "-(a - b) -> b - a  if single" },
    /* cross-entropy */
    { DF_STABLE, "cross_entropy(sigmoid(x), y) -> sigmoid_cross_entropy(x, y)" },
    { DF_STABLE, "cross_entropy(1 - sigmoid(x), y) -> sigmoid_cross_entropy(-x, y)" },
    { DF_STABLE, "sum(y*(x - logsumexp(x))) -> -softmax_cross_entropy(x, y)" },
    /* masks: no product with what they hide */
    { DF_STABLE, "where(c, a, 0)*b -> where(c, a*b, 0)" },
    { DF_STABLE, "where(c, 0, a)*b -> where(c, 0, a*b)" },
    { DF_STABLE, "where(c, a, 0)/b -> where(c, a/b, 0)" },
    { DF_STABLE, "where(c, 0, a)/b -> where(c, 0, a/b)" },
    /* ranges */
    { DF_STABLE, "abs(x) -> x  if x >= 0" },
    { DF_STABLE, "relu(x) -> x  if x >= 0" },
    { DF_STABLE, "max(x, 0) -> x  if x >= 0" },

    { DF_LATE, "1 - sigmoid(x) -> sigmoid(-x)  if single" },
    { DF_LATE, "sigmoid(x) - 1 -> -sigmoid(-x)  if single" },
    { 0, NULL }
};
