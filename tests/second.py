#!/usr/bin/env python3
"""second.py -- writes tests/second.h: second derivatives of what is written by hand, at extremes

SPDX-License-Identifier: MIT

Run by hand, in the source directory, when a model is added (needs mpmath):

    python3 tests/second.py > tests/second.h

Each model is run as the Python that it is, with 1000 digits; its Hessian times v is a difference
of second order with a step of 1e-200. tests/test_forms.c compares."""
from certify import V, each
from mpmath import mp, mpf

mp.dps = 1000
STEP = mpf(10) ** -200
ALONG, Y = [1, 2, -1], ["0.25", 1, 0]
PLACES = [[s, s / 2, 0.5] for s in (20, -20, 1000, -1000)] + [[1, -2, 0.5], [20, 20, 20]]
# Where models hold: MODERATE is without +-1000, where a softmax that is 0 is divided by.
ANY, POSITIVE, MODERATE = 0, 1, 2
MODELS = [
    (ANY, "L = np.sum(-y*np.log(softmax(z, axis=0)), axis=0, keepdims=True)"),
    (ANY, "E = np.exp(z)\nA = E/np.sum(E, axis=0, keepdims=True)\n"
          "L = -np.sum(y*np.log(A), axis=0, keepdims=True)"),
    (ANY, "L = np.log(np.sum(np.exp(z), axis=0, keepdims=True))"),
    (ANY, "N = np.max(z, axis=0, keepdims=True)\n"
          "L = N + np.log(np.sum(np.exp(z - N), axis=0, keepdims=True))"),
    (ANY, "L = np.log(1 + np.exp(z))"),
    (ANY, "L = 1/(1 + np.exp(-z))"),
    (ANY, "A = 1/(1 + np.exp(-z))\nL = -(y*np.log(A) + (1 - y)*np.log(1 - A))"),
    (ANY, "p = sigmoid(z)\nL = -(p*np.log(p) + (1 - p)*np.log(1 - p))"),
    (ANY, "p = sigmoid(z)\nL = -(y*(1 - p)**2*np.log(p) + (1 - y)*p**2*np.log(1 - p))"),
    (MODERATE, "p = softmax(z, axis=0)\nL = -np.sum(p*np.log(p), axis=0, keepdims=True)"),
    (MODERATE, "p = softmax(z, axis=0)\n"
               "L = -np.sum(y*(1 - p)**2*np.log(p), axis=0, keepdims=True)"),
    (ANY, "L = (np.exp(z) - np.exp(-z))/(np.exp(z) + np.exp(-z))"),
    (ANY, "L = (1 - np.exp(-2*z))/(1 + np.exp(-2*z))"),
    (ANY, "L = np.sqrt(np.sum(z**2, axis=0, keepdims=True))"),
    (ANY, "L = z/np.sqrt(np.sum(z**2, axis=0, keepdims=True))"),
    (POSITIVE, "L = z*np.log(z)"),
]


class np:
    """What the models call, of three numbers or of one."""
    def exp(x): return each(mp.exp, x)
    def log(x): return each(mp.log, x)
    def sqrt(x): return each(mp.sqrt, x)
    def sum(x, axis, keepdims): return V([mp.fsum(x.v)])
    def max(x, axis, keepdims): return V([max(x.v)])


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z, axis):
    return np.exp(z) / np.sum(np.exp(z), axis=axis, keepdims=True)


def column(v):
    return V([mpf(x) for x in v])


def total(model, z):
    names = dict(np=np, sigmoid=sigmoid, softmax=softmax, z=z, y=column(Y))
    exec(model, names)
    return mp.fsum(names["L"].v)


def hessian_times_v(model, z):
    out, along = [], column(ALONG) * STEP
    for i in range(3):
        e = column([STEP if k == i else 0 for k in range(3)])
        F = [total(model, z + e * a + along * b) * a * b for a in (1, -1) for b in (1, -1)]
        out.append(mp.fsum(F) / (4 * STEP ** 2))
    return out


def holds(kind, place):
    return (kind != POSITIVE or min(place) > 0) and (kind != MODERATE or max(map(abs, place)) < 100)


def text(v):
    return "{ %s }" % ", ".join(mp.nstr(x, 17) if abs(x) > mpf(10) ** -150 else "0" for x in v)


if __name__ == "__main__":
    print("/* second.h -- written by second.py */")
    print("static const double second_v[] = { %s }, second_y[] = { %s };"
          % (", ".join(map(str, ALONG)), ", ".join(map(str, Y))))
    print("static const struct { const char *model; double z[3], is[3]; } second[] = {")
    for kind, model in MODELS:
        for place in PLACES:
            if holds(kind, place):
                lines = ['"%s\\n"' % line for line in model.split("\n")]
                print("    { %s," % "\n      ".join(lines))
                print("      %s,\n      %s }," % (text(map(mpf, place)),
                                                text(hessian_times_v(model, column(place)))))
    print("};")
