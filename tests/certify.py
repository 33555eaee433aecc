#!/usr/bin/env python3
"""certify.py -- writes tests/certified.h: what each rewriting rule's left side is, to 40 digits

SPDX-License-Identifier: MIT

Run by hand, in the source directory, when a rule is added or changed (needs mpmath):

    python3 tests/certify.py > tests/certified.h

The rules are read from src/rules.c and from the .rules of ops/*.c. Letters stand for arrays of
three numbers, which are floats, so that both precisions see the same ones.
tests/test_certified.c calculates both sides with the library's kernels and compares."""
import glob
import random
import re
import struct
import mpmath as mp

mp.mp.dps = 1100            # 1 - sigmoid(1000) is 1e-434
POINTS, N, M = 8, 3, 5
EDGES = [0, 1e-30, 1e-8, 0.5, 1, 3, 8, 20, 40, 90, 1000]
NAN = mp.nan


def single(v):
    return struct.unpack("f", struct.pack("f", v))[0]


class V:
    """An array along the axis; one number stretches."""

    def __init__(self, v):
        self.v = v

    def __add__(self, o): return each(lambda a, b: a + b, self, o)
    def __radd__(self, o): return each(lambda a, b: a + b, o, self)
    def __sub__(self, o): return each(lambda a, b: a - b, self, o)
    def __rsub__(self, o): return each(lambda a, b: a - b, o, self)
    def __mul__(self, o): return each(lambda a, b: a * b, self, o)
    def __rmul__(self, o): return each(lambda a, b: a * b, o, self)
    def __truediv__(self, o): return each(lambda a, b: a / b, self, o)
    def __rtruediv__(self, o): return each(lambda a, b: a / b, o, self)
    def __pow__(self, k): return each(lambda a: a ** k, self)
    def __neg__(self): return each(lambda a: -a, self)


def each(f, *x):
    x = [a.v if isinstance(a, V) else [mp.mpf(a)] for a in x]
    out = []
    for i in range(max(len(a) for a in x)):
        try:
            y = f(*(a[i % len(a)] for a in x))
            out.append(y if mp.im(y) == 0 and mp.isfinite(y) else NAN)
        except (ZeroDivisionError, ValueError):
            out.append(NAN)
    return V(out)


def log(a):
    return mp.log(a) if a > 0 else NAN


def xlogy(a, b):
    return mp.mpf(0) if a == 0 and b >= 0 else a * log(b)


def softplus(a):
    return mp.log1p(mp.exp(a)) if a < 0 else a + mp.log1p(mp.exp(-a))


def sigmoid(a):
    return 1 / (1 + mp.exp(-a))


def bce(z, y):
    return y * softplus(-z) + (1 - y) * softplus(z)


def sum_of(x):
    return V([mp.fsum(x.v) if not any(mp.isnan(a) for a in x.v) else NAN])


def logsumexp(x):
    return each(log, sum_of(each(mp.exp, x)))


FUNCTIONS = {
    "exp": mp.exp, "log": log, "log1p": lambda a: log(1 + a), "expm1": mp.expm1, "tanh": mp.tanh,
    "sigmoid": sigmoid, "softplus": softplus, "sqrt": lambda a: mp.sqrt(a) if a >= 0 else NAN,
    "abs": abs, "relu": lambda a: max(a, mp.mpf(0)), "max": max, "min": min, "maximum": max,
    "minimum": min, "xlogy": xlogy,
    "where": lambda c, a, b: a if c != 0 else b, "sigmoid_cross_entropy": bce,
    "cross_entropy": lambda a, y: -xlogy(y, a) - xlogy(1 - y, 1 - a),
    "log_sigmoid": lambda a: -softplus(-a), "log2": lambda a: log(a) / mp.log(2),
    "exp2": lambda a: mp.mpf(2) ** a, "erf": mp.erf, "erfc": mp.erfc, "sin": mp.sin, "cos": mp.cos,
    "tan": mp.tan, "asin": mp.asin, "acos": mp.acos, "atan": mp.atan, "sinh": mp.sinh,
    "cosh": mp.cosh, "asinh": mp.asinh, "acosh": mp.acosh, "atanh": mp.atanh,
    "softsign": lambda a: a / (1 + abs(a)), "poisson": lambda a, y: a - xlogy(y, a),
    "hypot": mp.hypot, "atan2": mp.atan2, "sign": mp.sign, "floor": mp.floor, "ceil": mp.ceil,
}
ALONG = {
    "sum": sum_of, "logsumexp": logsumexp, "max_axis": lambda x: V([max(x.v)]),
    "min_axis": lambda x: V([min(x.v)]), "softmax": lambda x: each(mp.exp, x - logsumexp(x)),
    "softmax_cross_entropy": lambda x, y: sum_of(y * (logsumexp(x) - x)),
}
NAMES = {n: (lambda f: lambda *x: each(f, *x))(f) for n, f in FUNCTIONS.items()} | ALONG


def rules():
    table = open("src/rules.c").read()
    table = table[table.index("df__rules[] = {"):]
    yield from re.findall(r'\{ DF_[A-Z]+, "([^"]*)" \}', table)
    for name in sorted(glob.glob("ops/*.c")):
        for text in re.findall(r'\.rules\s*=\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', open(name).read()):
            text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text)).replace("\\n", "\n")
            for line in filter(None, text.split("\n")):
                yield re.sub(r"^\w+: *", "", line)


def values(rule, letter, point, r):
    """Edges first, then what is usual; probabilities where a rule has them."""
    probability = letter == "y" and re.search(r"xlogy|cross_entropy|1 - y|y - 1|y\*\(x", rule)
    if f"onehot({letter})" in rule or "softmax_cross_entropy" in rule and letter == "y":
        hot = r.randrange(N)
        return [float(i == hot) for i in range(N)]
    if probability:
        return [single(r.choice([0, 1, 0.25, r.random()])) for _ in range(N)]
    v = [r.choice(EDGES) * r.choice([1, -1]) if point < POINTS / 2 else
         r.uniform(-1, 1) * r.choice([1, 4, 30]) for _ in range(N)]
    return [single(abs(a) if f"if {letter} >" in rule else a) for a in v]


def digits(t, n):
    return "NAN" if mp.isnan(t) else mp.nstr(t, n, min_fixed=0, max_fixed=0) + "L"


def wrapped(items):
    line = "   "
    for item in items:
        if len(line) + len(item) + 2 > 100:
            print(line)
            line = "   "
        line += " " + item + ","
    print(line)


def calculate(left, of):
    v = {a: V([mp.mpf(b) for b in of[a]]) for a in of} | {"m": V([mp.mpf(M)])}
    return (eval(left, {"__builtins__": {}}, NAMES | v).v * N)[:N]


def moved(left, of, truth):
    """By how much the result moves, over h, when each operand moves by h of itself."""
    h, total = mp.mpf(10) ** -30, [mp.mpf(0)] * N
    for a in of:
        for j in range(N):
            near = of | {a: [mp.mpf(b) * (1 + h * (i == j)) for i, b in enumerate(of[a])]}
            for i, y in enumerate(calculate(left, near)):
                if not mp.isnan(y) and not mp.isnan(truth[i]):
                    total[i] += abs(y - truth[i]) / h
    return total


def certify(n, rule):
    left = rule.split(" -> ")[0]
    letters = sorted(set(re.findall(r"\b[a-ln-z]\b", left)))
    r = random.Random(rule)
    x, truth, moves = [], [], []
    for point in range(POINTS):
        of = {a: values(rule, a, point, r) for a in letters}
        y = calculate(left, of)
        x += [b for a in letters for b in of[a]]
        truth += y
        difference = "x - logsumexp(x)" in rule.split(" -> ")[1]    # right to a unit of its terms
        term = max(map(abs, of["x"])) if difference else 0
        moves += [t + term for t in moved(left, of, y)]
    print(f"static const double x_{n}[] = {{")
    wrapped([re.sub(r"\.?0*p", "p", a.hex()) for a in x] or ["0"])
    print(f"}};\nstatic const long double y_{n}[] = {{")
    wrapped([digits(t, 40) for t in truth])
    print(f"}};\nstatic const long double s_{n}[] = {{")
    wrapped([digits(t, 3) for t in moves])
    print("};")
    return f'    {{ "{rule}",\n      "{"".join(letters)}", x_{n}, y_{n}, s_{n} }},'


if __name__ == "__main__":
    print(f"""/* certified.h -- rules' left sides at some places, calculated with many digits
 *
 * SPDX-License-Identifier: MIT
 *
 * Written by tests/certify.py; not to be edited. x: of each of the places, the numbers of each
 * letter; y: the result's, NAN: no number; s: by how much it moves, over h, when each operand
 * moves by h of itself. */
enum {{ PLACES = {POINTS}, LENGTH = {N}, EXAMPLES = {M} }};
""")
    rows = [certify(n, rule) for n, rule in enumerate(rules())]
    print("static const certified table[] = {")
    print("\n".join(rows))
    print("};")
