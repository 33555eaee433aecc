#!/usr/bin/env python3
# bench/peers.py -- the bench's workloads in other libraries, beside dfoo and by hand
#
# SPDX-License-Identifier: MIT
"""Times J and all gradients in PyTorch (eager and compiled), JAX (one call; a loop of steps inside
one call), CasADi (its generated C) and PyTensor, and prints them beside what bench/bench measures.

    bench/peers.py --install DIR             a virtual environment with the libraries (some GB)
    bench/peers.py DIR [options] [W1 ...]    the table, in microseconds a run, the least of several
"""
import argparse
import os
import signal
import subprocess
import sys
import time

LIBRARIES = ["torch", "jax", "casadi", "pytensor", "numpy"]
PEERS = ["torch", "torch.compile", "jax", "jax loop", "casadi C", "pytensor"]


# ---- workloads, written once: L is a library's vocabulary, examples are rows -------------------
def net(sizes, out):
    """Layers of tanh units; the loss of one output is a sigmoid's, of several a softmax's."""
    def make(rng, m):
        p = []
        for n, k in zip(sizes, sizes[1:]):
            p += [rng.uniform(-1, 1, (n, k)) * (3 / n) ** 0.5, rng.uniform(-0.1, 0.1, (1, k))]
        x = rng.uniform(-1, 1, (m, sizes[0]))
        y = rng.integers(0, 2, (m, 1)) if out == 1 else rng.permuted(
            [[1.0] + [0.0] * (out - 1)] * m, axis=1)
        return p, [x, y]

    def cost(L, p, data):
        a = data[0]
        for i in range(0, len(p), 2):
            z = L.matmul(a, p[i]) + p[i + 1]
            a = L.tanh(z) if i + 2 < len(p) else z
        return L.bce(a, data[1]) if out == 1 else L.softmax_ce(a, data[1])
    return "float32", make, cost


def elementwise():
    def make(rng, m):
        return [rng.uniform(-1, 1, (1, 64)), rng.uniform(-1, 1, (m, 64))], []

    def cost(L, p, data):
        q, x = p
        a = x * q
        b = L.tanh(a)
        e = L.sigmoid(b * x + q)
        h = e * b - x
        r = 1 / (h * h + 1)
        t = L.tanh(r * a)
        n = L.sigmoid(t + e)
        return L.sum(L.tanh(L.exp(n * t) * r + b) * n)
    return "float32", make, cost


def gmm(d, K=25):
    """ADBench's mixture; the lower triangles come as full matrices and a mask."""
    def make(rng, m):
        import numpy
        mask = numpy.tril(numpy.ones((d, d)), -1)
        return ([rng.uniform(-1, 1, (1, K)), rng.uniform(-1, 1, (K, d)),
                 rng.uniform(-0.5, 0.5, (K, d)), rng.uniform(-0.5, 0.5, (K, d, d)) * mask],
                [rng.uniform(-1, 1, (m, d)), mask, numpy.eye(d)])

    def cost(L, p, data):
        alpha, mu, q, low = p
        x, mask, eye = data
        low = low * mask
        Q = low + L.exp(q).reshape((K, d, 1)) * eye
        c = L.sum(Q * mu.reshape((K, 1, d)), 2).reshape((1, K * d))
        z = (L.matmul(x, Q.reshape((K * d, d)).T) - c).reshape((-1, K, d))
        w = alpha + L.sum(q, 1).reshape((1, K)) - 0.5 * L.sum(z * z, 2)
        prior = 0.5 * (L.sum(L.exp(2 * q)) + L.sum(low * low))
        return L.sum(L.logsumexp(w)) - x.shape[0] * L.sum(L.logsumexp(alpha)) + prior
    return "float64", make, cost


def lstm(bits=14):
    def make(rng, m):
        return ([rng.uniform(-1, 1, (2, 8, 1, bits)), rng.uniform(-1, 1, (3, 1, bits))],
                [rng.integers(0, 2, (m, 1, bits)), rng.uniform(-1, 1, (2, 2, 1, bits))])

    def step(L, W, x, h, c):
        f, i = L.sigmoid(x * W[0] + W[4]), L.sigmoid(h * W[1] + W[5])
        o, g = L.sigmoid(x * W[2] + W[6]), L.tanh(h * W[3] + W[7])
        c = c * f + i * g
        return o * L.tanh(c), c

    def cost(L, p, data):
        W, extra = p
        seq, start = data

        def character(state, x):
            h1, c1 = step(L, W[0], x * extra[0], state[0], state[1])
            h2, c2 = step(L, W[1], h1, state[2], state[3])
            return (h1, c1, h2, c2), h2
        H = L.scan(character, (start[0][0], start[0][1], start[1][0], start[1][1]), seq[:-1])
        y = H * extra[1] + extra[2]
        return -L.sum(seq[1:] * (y - L.log(L.sum(L.exp(y), 2, True) + 2))) / (len(seq) - 1) / bits
    return "float64", make, cost


def chain():
    def make(rng, m):
        return [rng.uniform(-1, 1, (1,)) for _ in range(3)], [m // 4]

    def cost(L, p, data):
        a, b, x = p
        for _ in range(int(data[0])):
            x = L.sigmoid(L.tanh(a * x) + b)
        return L.sum(x)
    return "float64", make, cost


# By the name and text that bench/bench prints of them.
WORKLOADS = {
    "2-4-1": net([2, 4, 1], 1), "logistic 30": net([30, 1], 1), "30-16-1": net([30, 16, 1], 1),
    "64-32-10": net([64, 32, 10], 10), "784-128-10": net([784, 128, 10], 10),
    "1024-2048-2048-10": net([1024, 2048, 2048, 10], 10),
    "64 layers of 32": net([32] * 65 + [1], 1), "20 ops on 64 x m": elementwise(),
    "GMM 10": gmm(10), "GMM 32": gmm(32), "LSTM 1024": lstm(), "chain": chain(),
}


# ---- timing ------------------------------------------------------------------------------------
def least(run, seconds, clock):
    """Microseconds of a run: the least over batches of about a millisecond."""
    def batch(n):
        start = clock()
        for _ in range(n):
            run()
        return clock() - start
    run()
    n, best, start = 1, float("inf"), time.perf_counter()
    while batch(n) < 1e-3 and time.perf_counter() - start < seconds:
        n *= 2
    while best == float("inf") or time.perf_counter() - start < seconds:
        best = min(best, batch(n) / n)
    return best * 1e6


def data_of(text, m):
    import numpy
    real, make, cost = WORKLOADS[text]
    p, data = make(numpy.random.default_rng(0), m)
    return ([v.astype(real) for v in p],
            [v if isinstance(v, int) else v.astype(real) for v in data], cost)


# ---- libraries: each gives what runs J and its gradients once, or None -------------------------
class Torch:
    def __init__(self, threads):
        import torch
        torch.set_num_threads(threads)
        self.t = torch
        self.tanh, self.sigmoid, self.exp = torch.tanh, torch.sigmoid, torch.exp
        self.log, self.matmul = torch.log, torch.matmul

    def bce(self, z, y):
        return self.t.nn.functional.binary_cross_entropy_with_logits(z, y)

    def softmax_ce(self, z, y):
        return self.t.nn.functional.cross_entropy(z, y)

    def sum(self, x, axis=None, keep=False):
        return self.t.sum(x) if axis is None else self.t.sum(x, axis, keepdim=keep)

    def logsumexp(self, x):
        return self.t.logsumexp(x, 1)

    def scan(self, f, state, xs):
        out = []
        for x in xs:
            state, y = f(state, x)
            out.append(y)
        return self.t.stack(out)

    def run(self, text, m, task):
        p, data, cost = data_of(text, m)
        p = [self.t.tensor(v, requires_grad=True) for v in p]
        data = [v if isinstance(v, int) else self.t.tensor(v) for v in data]
        if text in ("64-32-10", "784-128-10", "1024-2048-2048-10"):
            data[1] = data[1].argmax(1)
        v = [self.t.ones_like(x) for x in p]
        forward = self.wrap(lambda: cost(self, p, data), text, task)

        def once():
            if task == "value":
                with self.t.no_grad():
                    return forward()
            g = self.t.autograd.grad(forward(), p, create_graph=task == "Hessian")
            if task == "Hessian":
                self.t.autograd.grad(sum(self.t.sum(a * b) for a, b in zip(g, v)), p)
        return once

    def wrap(self, f, text, task):
        return f


class TorchCompiled(Torch):
    def wrap(self, f, text, task):
        if task == "Hessian" or text in ("LSTM 1024", "chain"):
            raise NotImplementedError
        self.t._dynamo.reset()           # or it takes rows for recompilations of one function
        return self.t.compile(f)


class Jax:
    def __init__(self, threads):
        import jax
        jax.config.update("jax_enable_x64", True)
        self.jax, self.np = jax, jax.numpy
        self.tanh, self.sigmoid, self.exp = self.np.tanh, jax.nn.sigmoid, self.np.exp
        self.log, self.matmul = self.np.log, self.np.matmul

    def bce(self, z, y):
        return self.np.mean(self.jax.nn.softplus(z) - y * z)

    def softmax_ce(self, z, y):
        return -self.np.mean(self.np.sum(y * self.jax.nn.log_softmax(z), 1))

    def sum(self, x, axis=None, keep=False):
        return self.np.sum(x, axis, keepdims=keep)

    def logsumexp(self, x):
        return self.jax.nn.logsumexp(x, 1)

    def scan(self, f, state, xs):
        return self.jax.lax.scan(f, state, xs, unroll=4)[1]

    def function(self, cost, data, task):
        count = [v for v in data if isinstance(v, int)]
        J = lambda p, data: cost(self, p, count or data)
        if task == "value":
            return J
        if task == "Hessian":
            return lambda p, data: self.jax.jvp(
                lambda q: self.jax.grad(J)(q, data), (p,), ([self.np.ones_like(v) for v in p],))[1]
        return self.jax.value_and_grad(J)

    def run(self, text, m, task):
        p, data, cost = data_of(text, m)
        if text == "chain" and m > 1000:
            raise NotImplementedError    # it compiles for minutes
        f = self.jax.jit(self.function(cost, data, task))
        p = [self.np.asarray(v) for v in p]
        data = [self.np.asarray(v) for v in data]
        return lambda: self.jax.block_until_ready(f(p, data))


class JaxLoop(Jax):
    """Steps of gradient descent inside one call; the time of one."""
    def run(self, text, m, task):
        if task == "value" or task == "Hessian" or text == "chain":
            raise NotImplementedError
        p, data, cost = data_of(text, m)
        self.steps = max(2, 20000 // m)
        f = self.function(cost, data, task)

        def step(_, p):
            return [v - 1e-6 * d for v, d in zip(p, f(p, data)[1])]
        loop = self.jax.jit(lambda p: self.jax.lax.fori_loop(0, self.steps, step, p))
        data = [self.np.asarray(v) for v in data]
        p = [self.np.asarray(v) for v in p]
        return lambda: self.jax.block_until_ready(loop(p))


class Casadi:
    """Every number is a variable of generated C: for what is small."""
    def __init__(self, threads):
        import casadi
        self.c = casadi
        self.tanh, self.exp, self.log = casadi.tanh, casadi.exp, casadi.log
        self.matmul = casadi.mtimes

    def sigmoid(self, x):
        return 1 / (1 + self.exp(-x))

    def bce(self, z, y):
        return self.sum(self.log(1 + self.exp(z)) - y * z) / z.shape[0]

    def sum(self, x):
        return self.c.sum1(self.c.sum2(x))

    def run(self, text, m, task):
        if text not in ("2-4-1", "chain") or m > 1000 or task not in ("gradients", "step"):
            raise NotImplementedError
        real, make, cost = WORKLOADS[text]
        p, data, cost = data_of(text, m)
        x = [self.c.SX.sym("p%d" % i, *v.shape) for i, v in enumerate(p)]
        d = [v if isinstance(v, int) else self.c.SX.sym("d%d" % i, *v.shape)
             for i, v in enumerate(data)]
        if text == "2-4-1":    # a bias stands once for each example
            ones = self.c.SX.ones(m, 1)
            J = cost(self, [v if v.shape[0] > 1 or i % 2 == 0 else ones @ v
                            for i, v in enumerate(x)], d)
        else:
            J = cost(self, x, d)
        symbols = x + [v for v in d if not isinstance(v, int)]
        f = self.c.Function("f", symbols, [J] + [self.c.gradient(J, v) for v in x])
        return self.compiled(f, real, p + [v for v in data if not isinstance(v, int)])

    def compiled(self, f, real, values):
        import ctypes
        import tempfile
        folder = tempfile.mkdtemp()
        here = os.getcwd()
        os.chdir(folder)
        try:
            f.generate("f.c", {"casadi_real": "float" if real == "float32" else "double"})
            with open("f.c", "a") as c:
                c.write("void many(long n, const casadi_real **x, casadi_real **y, casadi_int *i, "
                        "casadi_real *w) { while (n--) f(x, y, i, w, 0); }\n")
            subprocess.run("cc -O3 -march=native -ffast-math -shared -fPIC f.c -o f.so -lm".split(),
                           check=True, capture_output=True)
            many = ctypes.CDLL(os.path.join(folder, "f.so")).many
        finally:
            os.chdir(here)
        number = ctypes.c_float if real == "float32" else ctypes.c_double
        x = [(number * v.size)(*v.T.ravel()) for v in values]
        y = [(number * f.nnz_out(i))() for i in range(f.n_out())]
        pointers = lambda v: (ctypes.c_void_p * len(v))(*[ctypes.addressof(a) for a in v])
        room = (number * (f.sz_w() + 1))(), (ctypes.c_longlong * (f.sz_iw() + 1))()
        self.steps = 1000
        args = pointers(x + x), pointers(y + y), room[1], room[0]
        keep = x, y
        return lambda: many(ctypes.c_long(self.steps), *args) if keep else None


class Pytensor:
    def __init__(self, threads):
        import pytensor
        import pytensor.tensor as t
        pytensor.config.on_opt_error = "ignore"
        self.p, self.t = pytensor, t
        self.tanh, self.sigmoid, self.exp, self.log = t.tanh, t.sigmoid, t.exp, t.log
        self.matmul = t.dot

    def bce(self, z, y):
        return self.t.mean(self.t.softplus(z) - y * z)

    def softmax_ce(self, z, y):
        return -self.t.mean(self.t.sum(y * self.t.special.log_softmax(z, axis=1), 1))

    def sum(self, x, axis=None, keep=False):
        return self.t.sum(x, axis, keepdims=keep)

    def logsumexp(self, x):
        return self.t.logsumexp(x, axis=1)

    def run(self, text, m, task):
        if task not in ("gradients", "step") or text == "LSTM 1024" or text == "chain" and m > 1000:
            raise NotImplementedError
        real, make, cost = WORKLOADS[text]
        self.p.config.floatX = real
        p, data, cost = data_of(text, m)
        p = [self.p.shared(v, shape=v.shape) for v in p]
        data = [v if isinstance(v, int) else self.p.shared(v, shape=v.shape) for v in data]
        J = cost(self, p, data)
        f = self.p.function([], [J] + self.p.grad(J, p))
        return lambda: f()


CLASSES = dict(zip(PEERS, [Torch, TorchCompiled, Jax, JaxLoop, Casadi, Pytensor]))


def peer(name, threads, seconds, limit):
    """Reads rows, writes their times: what runs in the environment of the libraries. As in
    bench/bench, of one thread it is the processor's time, of two that on the wall."""
    clock = time.process_time if threads == 1 else time.perf_counter
    if threads == 1 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    library = CLASSES[name](threads)

    def late(*_):
        raise TimeoutError
    signal.signal(signal.SIGALRM, late)
    for line in sys.stdin:
        text, m, task = line.rstrip("\n").split("\t")
        library.steps = 1
        signal.alarm(limit)
        try:
            t = least(library.run(text, int(m), task), seconds, clock) / library.steps
            print(t, flush=True)
        except NotImplementedError:
            print("nan", flush=True)
        except BaseException as why:
            print("%s: %s: %s" % (name, text, repr(why)[:200]), file=sys.stderr)
            print("nan", flush=True)
        signal.alarm(0)


# ---- the table ---------------------------------------------------------------------------------
def bench_rows(program, names, seconds):
    """What bench/bench measures: dicts by the names of its first line."""
    out = subprocess.run([program, "--tabs", "-t", str(seconds)] + names, check=False,
                         stdout=subprocess.PIPE, text=True).stdout.splitlines()
    head = out[0].split("\t")
    rows = [dict(zip(head, line.split("\t"))) for line in out[1:]]
    return [r for r in rows if r.get("text") in WORKLOADS and r.get("task") != "step"]


def peer_times(folder, name, threads, rows, seconds, limit):
    env = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads),
               MKL_NUM_THREADS=str(threads))
    if name.startswith("jax") and threads == 1:
        env["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    command = [os.path.join(folder, "bin", "python"), os.path.abspath(__file__), folder, "--peer",
               name, "--threads", str(threads), "-t", str(seconds), "--limit", str(limit)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env,
                             text=True)
    times = []
    for r in rows:
        try:
            child.stdin.write("%s\t%s\t%s\n" % (r["text"], r["m"], r["task"]))
            child.stdin.flush()
            times.append(float(child.stdout.readline()))
        except (OSError, ValueError):    # it has died
            times.append(float("nan"))
        print("%s, %s, %s, m = %s: %.4g" % (name, r["text"], r["task"], r["m"], times[-1]),
              file=sys.stderr)
    child.stdin.close()
    child.wait()
    return times


def show(v):
    return "%12s" % "-" if v != v else "%12.4g" % v


def table(o):
    rows = [r for r in bench_rows(o.bench, o.rows or ["W%d" % i for i in range(1, 12)], o.seconds)
            if o.threads in (0, int(r["threads"]))]
    print("%-4s %-18s %8s %-9s %7s" % ("", "workload", "m", "", "threads") +
          "".join("%13s" % name for name in ["by hand", "dfoo"] + o.peers))
    columns = {}
    for threads in sorted({int(r["threads"]) for r in rows}):
        own = [r for r in rows if int(r["threads"]) == threads]
        for name in o.peers:
            times = peer_times(o.folder, name, threads, own, o.seconds, o.limit)
            columns.update({(id(r), name): t for r, t in zip(own, times)})
    behind = 0
    for r in rows:
        dfoo = float(r["dfoo_min"])
        times = [columns[id(r), name] for name in o.peers]
        behind += any(t < dfoo for t in times)
        print("%-4s %-18s %8s %-9s %7s" % tuple(r[k] for k in ("workload", "text", "m", "task",
                                                               "threads")) +
              "".join(" " + show(t) for t in [float(r["hand_min"]), dfoo] + times))
    print("\ndfoo is behind another library in %d of %d rows" % (behind, len(rows)))


def install(folder):
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([os.path.join(folder, "bin", "pip"), "install"] + LIBRARIES, check=True)


def main():
    a = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("folder", help="where the libraries are")
    a.add_argument("rows", nargs="*", help="workloads: W1 ...; all of W1 to W11 if none is named")
    a.add_argument("--install", action="store_true", help="install the libraries there")
    a.add_argument("--bench", default="bench/bench", help="the bench program")
    a.add_argument("--peers", type=lambda s: s.split(","), default=PEERS,
                   help="these only, by commas")
    a.add_argument("-t", dest="seconds", type=float, default=1, help="for each time (1)")
    a.add_argument("--limit", type=int, default=60,
                   help="seconds for a row, compiling included (60)")
    a.add_argument("--peer", help=argparse.SUPPRESS)
    a.add_argument("--threads", type=int, default=0, help="only rows of so many threads")
    o = a.parse_intermixed_args()
    if o.install:
        install(o.folder)
    elif o.peer:
        peer(o.peer, o.threads, o.seconds, o.limit)
    else:
        table(o)


if __name__ == "__main__":
    main()
