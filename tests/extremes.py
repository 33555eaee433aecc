#!/usr/bin/env python3
# extremes.py -- writes extremes.h: costs and derivatives at extreme logits, from 1000-digit arithmetic
# SPDX-License-Identifier: MIT
#     python3 tests/extremes.py > tests/extremes.h
from mpmath import mp, mpf, exp, log, fsum

mp.dps = 1000
Z = [0, 1, -1, 20, -20, 90, -90, 1000, -1000]
Y = ["0", "0.25", "1"]


def number(x):
    """The nearest double; what underflows is 0."""
    return mp.nstr(x, 17) if abs(x) > mpf(10) ** -320 else "0"


print("/* extremes.h -- written by extremes.py */")
print("static const struct { double z, y, loss, dz; } binary[] = {")
for z in Z:
    for y in Y:
        a, t = 1 / (1 + exp(-mpf(z))), mpf(y)
        loss = -(t * log(a) + (1 - t) * log(1 / (1 + exp(mpf(z)))))
        print("    { %d, %s, %s, %s }," % (z, y, number(loss), number(a - t)))
print("};")

print("static const struct { double z[3], y[3], loss, dz[3]; } classes[] = {")
for z in Z:
    for logits in ([z, 0, -1], [z, z, 0], [z, -z, z / 2]):
        for y in ([1, 0, 0], [0, 1, 0], ["0.5", "0.25", "0.25"]):
            zs, ys = [mpf(v) for v in logits], [mpf(v) for v in y]
            total = fsum(exp(v) for v in zs)
            loss = fsum(-b * (v - log(total)) for v, b in zip(zs, ys))
            dz = [exp(v) / total - b for v, b in zip(zs, ys)]
            row = lambda v: "{ " + ", ".join(number(mpf(e)) for e in v) + " }"
            print("    { %s, %s, %s, %s }," % (row(zs), row(ys), number(loss), row(dz)))
print("};")
