#!/usr/bin/env python3
# functions.py -- writes functions.h: values of the elementwise ops, and derivatives of what is made
# of them, from 60-digit arithmetic
# SPDX-License-Identifier: MIT
#     python3 tests/functions.py > tests/functions.h
import random
import struct
from mpmath import mp, mpf, inf

mp.dps = 60
dice = random.Random(1)


def single(x):
    """The nearest float, so that one table serves both precisions."""
    return struct.unpack("f", struct.pack("f", x))[0]


def number(x, digits=17, end=""):
    if abs(x) < mpf(10) ** -330:
        return "0"
    return "HUGE_VAL" if x == inf else mp.nstr(mpf(x), digits, strip_zeros=True) + end


def some(low, high, n=8):
    return [single(dice.uniform(low, high)) for _ in range(n)]


def sizes(low, high, n=6):
    """Of both signs, from 10**low to 10**high."""
    return [single(s * 10 ** dice.uniform(low, high)) for s in (1, -1) for _ in range(n // 2)]


def positive(low, high, n=6):
    return [abs(x) for x in sizes(low, high, n)]


def pairs(a, b):
    return list(zip(a, b))


def sigmoid(x): return 1 / (1 + mp.exp(-x))
def softplus(x): return mp.log(1 + mp.exp(x)) if x > -60 else mp.exp(x) - mp.exp(2 * x) / 2
def xlogy(a, b): return a * mp.log(b) if a else mpf(0)
def elu(x, k): return x if x > 0 else k * mp.expm1(x)
def clip(x, low, high): return min(max(x, mpf(low)), mpf(high))
def huber(a, y, k): return (a - y) ** 2 / 2 if abs(a - y) <= k else k * abs(a - y) - k * k / 2
def nearest(x): return mp.nint(x)
def remainder(a, b): return a - b * mp.floor(a / b)
def lgamma(x): return mp.log(abs(mp.gamma(x)))


near = some(-2, 2) + sizes(-20, -1)
one = some(-1, 1) + sizes(-12, -1) + [single(0.9999999), -single(0.9999999)]
up = some(0.5, 2) + positive(-30, 30)
wide = some(-6, 6) + sizes(-20, -2) + [20, -20, 80, -80]
angles = some(-3.2, 3.2) + sizes(-20, 4, 10) + [1e6, -1e8, 1.5707963705062866, 3.1415927410125732]
halves = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997, 8388609, -8388611] + some(-9, 9)
twos = pairs(sizes(-3, 3, 8), sizes(-3, 3, 8)) + pairs(sizes(-30, 30, 8), sizes(-30, 30, 8))

# name, function, its numbers, where
kernels = [
    ("exp", mp.exp, (), wide + [88.5, -86.5, 700, -700]),
    ("exp2", lambda x: mp.power(2, x), (), wide + [126.5, -125.5, 3, 1000]),
    ("expm1", mp.expm1, (), wide + [88.5, -700]),
    ("log", mp.log, (), up),
    ("log1p", mp.log1p, (), some(-0.9, 3) + sizes(-20, -1) + positive(1, 30)),
    ("log2", lambda x: mp.log(x, 2), (), up + [8, 0.125]),
    ("log10", mp.log10, (), up + [1000]), ("sqrt", mp.sqrt, (), up),
    ("sin", mp.sin, (), angles), ("cos", mp.cos, (), angles), ("tan", mp.tan, (), angles),
    ("asin", mp.asin, (), one), ("acos", mp.acos, (), one),
    ("atan", mp.atan, (), near + sizes(1, 30)),
    ("sinh", mp.sinh, (), wide + [88.5, -700]), ("cosh", mp.cosh, (), wide + [88.5, -700]),
    ("tanh", mp.tanh, (), wide), ("asinh", mp.asinh, (), near + sizes(1, 30)),
    ("acosh", mp.acosh, (), [1, single(1.0000001)] + some(1, 3) + positive(1, 30)),
    ("atanh", mp.atanh, (), one), ("erf", mp.erf, (), wide),
    ("erfc", mp.erfc, (), wide[:-4] + [8.5, 9, 26, -30]),
    ("lgamma", lgamma, (), some(0.1, 9) + some(-5, 0) + positive(-20, -1) + positive(1, 30)
     + [1, 2]),
    ("polygamma", lambda x, n: mp.psi(n, x), (0,), some(0.1, 1.4) + some(1.5, 20) + positive(1, 30)
     + sizes(-6, -1) + [-4.25, -30.25]),
    ("polygamma", lambda x, n: mp.psi(n, x), (1,), some(0.1, 20) + positive(1, 30)
     + [-0.25, -30.75]),
    ("polygamma", lambda x, n: mp.psi(n, x), (2,), some(0.1, 20) + [-0.25, -30.75, 1e6]),
    ("polygamma", lambda x, n: mp.psi(n, x), (5,), some(0.1, 20) + [-0.25, -3.75]),
    ("floor", mp.floor, (), halves), ("ceil", mp.ceil, (), halves), ("round", nearest, (), halves),
    ("sign", mp.sign, (), near), ("abs", abs, (), near),
    ("sigmoid", sigmoid, (), wide + [-700]), ("softplus", softplus, (), wide + [-700]),
    ("elu", elu, (0.75,), wide + [1000]), ("clip", clip, (-0.5, 1.25), near + [-0.5, 1.25]),
    ("softsign", lambda x: x / (1 + abs(x)), (), near + sizes(1, 30)),
    ("pow", mp.power, (2.5,), some(0.1, 5)), ("pow", mp.power, (-3,), near[:8]),
    ("hypot", mp.hypot, (), twos + [(1e30, 1e30), (1e-30, 1e-30), (3, 4)]),
    ("atan2", mp.atan2, (), twos + [(1, 0), (0, -1), (-1, 0)]),
    ("power", mp.power, (), pairs(some(0.1, 5), some(-5, 5)) + [(-2, 3), (-2, -3), (0, 2), (0, 0)]),
    ("remainder", remainder, (), twos[:8] + [(7, 3), (-7, 3), (7, -3), (1e6, single(0.1))]),
    ("xlogy", xlogy, (), pairs(sizes(-3, 3, 8), positive(-3, 3, 8)) + [(0, 2), (0, 0)]),
    ("huber", huber, (0.75,), pairs(some(-2, 2), some(-2, 2)) + [(1e30, 0), (0.75, 0)]),
    ("poisson", lambda a, y: a - xlogy(y, a), (), pairs(positive(-3, 3, 8), positive(-3, 3, 8))),
]

print("/* functions.h -- written by functions.py */")
print("static const struct { const char *op; double k, l, a, b; long double y; } kernels[] = {")
for name, f, numbers, where in kernels:
    for x in where:
        a = x if isinstance(x, tuple) else (x, 0)
        x = [mpf(single(v)) for v in (x if isinstance(x, tuple) else (x,))]
        k = (list(numbers) + [0, 0])[:2]
        y = f(*x, *numbers)
        row = [number(v) for v in k + [single(v) for v in a]] + [number(y, 24, "L")]
        print('    { "%s", %s },' % (name, ", ".join(row)))
print("};")

# ---- what is made of them: value and derivatives, by differences that see e^-1000 ----
mp.dps = 1000
far = [0.25, -0.25, 2.5, -2.5, 20, -20, 1000, -1000]


def gelu(x): return x * mp.erfc(-x / mp.sqrt(2)) / 2
def gelu_tanh(x): return x * sigmoid(2 * mp.sqrt(2 / mp.pi) * (x + mpf("0.044715") * x ** 3))
def selu(x): return mpf("1.0507009873554804934") * elu(x, mpf("1.6732632423543772848"))
def hard_sigmoid(x): return clip(x / 6 + mpf(1) / 2, 0, 1)
def mish(x): return x * mp.tanh(softplus(x))


made = [
    ("selu", selu, far), ("celu", lambda x: elu(x / mpf(1.5), 1) * mpf(1.5), far),
    ("elu", lambda x: elu(x, mpf(0.75)), far), ("silu", lambda x: x * sigmoid(x), far),
    ("gelu", gelu, far), ("gelu_tanh", gelu_tanh, far), ("mish", mish, far),
    ("softsign", lambda x: x / (1 + abs(x)), far), ("hard_sigmoid", hard_sigmoid, far),
    ("hard_swish", lambda x: x * hard_sigmoid(x), far),
    ("log_sigmoid", lambda x: -softplus(-x), far),
    ("reciprocal", lambda x: 1 / x, far), ("rsqrt", lambda x: 1 / mp.sqrt(x), far[::2]),
    ("digamma", lambda x: mp.psi(0, x), [0.25, 2.5, 20, 1000]),
    ("absolute_error", lambda a, y: abs(a - y), pairs(far, far[1:] + [3])),
    ("huber", lambda a, y: huber(a, y, mpf(0.75)), pairs(far, [0.5, 0, 2, 1, 1, 1, 1, 1])),
    ("hinge", lambda z, y: max(mpf(0), 1 - y * z), pairs(far, [1, -1, -1, 1, 1, -1, 1, 1])),
    ("poisson", lambda a, y: a - xlogy(y, a), pairs([0.25, 2.5, 20, 1000], [3, 0, 1, 900])),
    ("poisson_of_exp", lambda z, y: mp.exp(z) - y * z,
     pairs([0.25, -2.5, 20, -20, 80, -1000], [3, 0, 1, 2, 7, 4])),
    ("kl_divergence", lambda p, q: xlogy(p, p) - xlogy(p, q),
     [(0.25, 0.5), (0.5, 0.25), (0.875, 0.125)]),
    ("kl_of_sigmoid", lambda p, z: xlogy(p, p) + p * softplus(-z),
     pairs([0.25, 0.5, 0.25, 1, 0.5], [2.5, 20, -20, 1000, -1000])),
]

print("static const struct { const char *of; double a, b, y, da, db; } made[] = {")
for name, f, where in made:
    for x in where:
        two = isinstance(x, tuple)
        x = [mpf(v) for v in (x if two else (x,))]
        by = ((1, 0), (0, 1)) if two else ((1,),)
        d = [mp.diff(f, tuple(x), which) for which in by] + [0] * (not two)
        row = [number(v) for v in (x if two else x + [0]) + [f(*x)] + d]
        print('    { "%s", %s },' % (name, ", ".join(row)))
print("};")
