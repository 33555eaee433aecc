/* bench/train.c -- whole processes: the 30-16-1 network on the examples' wdbc.csv, 2000 steps
 *
 * SPDX-License-Identifier: MIT
 *
 * Read, standardise, train, say J. The program runs itself again, once for each side, so that both
 * load the same libraries; a run tells the time from reading the file on, too. Times are the
 * processor's, from the start of the process to its end. */
#include "bench.h"
#include "net.h"
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { IN = 30, HIDDEN = 16, STEPS = 2000, ROWS = 1024, RUNS = 9 };
static const double rate = 0.5;

/* ---- both sides ------------------------------------------------------------------------------ */
/* Columns of table (m x 31): 30 inputs, made of mean 0 and variance 1, and the label. */
static void standardise(const float *table, int m, float *x, float *y)
{
    for (int k = 0; k < IN; k++) {
        double sum = 0, squares = 0;
        for (int e = 0; e < m; e++)
            sum += table[(IN + 1) * e + k];
        for (int e = 0; e < m; e++)
            squares += pow(table[(IN + 1) * e + k] - sum / m, 2);
        double scale = 1 / sqrt(squares / m);
        for (int e = 0; e < m; e++)
            x[IN * e + k] = (float)((table[(IN + 1) * e + k] - sum / m) * scale);
    }
    for (int e = 0; e < m; e++)
        y[e] = table[(IN + 1) * e + IN];
}

static void random_weights(float *w, int n, double scale)
{
    for (uint64_t i = 0, s = 1; i < (uint64_t)n; i++) {
        s = s * 6364136223846793005u + 1442695040888963407u;
        w[i] = (float)(scale * ((double)(s >> 33) / 1073741824.0 - 1));
    }
}

/* ---- by hand --------------------------------------------------------------------------------- */
/* Numbers without exponents, as wdbc.csv has them. */
static const char *number(const char *p, float *to)
{
    int64_t digits = 0, scale = 1;
    bool minus = *p == '-', point = false;
    for (p += minus; (*p >= '0' && *p <= '9') || *p == '.'; p++)
        if (*p == '.')
            point = true;
        else
            digits = 10 * digits + *p - '0', scale *= point ? 10 : 1;
    *to = (float)((minus ? -1.0 : 1.0) * (double)digits / (double)scale);
    return p;
}

static int read_by_hand(const char *path, float *table)
{
    static char text[1 << 18];
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (!f || n == 0)
        fail(path, "cannot be read");
    fclose(f);
    int i = 0;
    const char *p = memchr(text, '\n', n);
    while (p && *p && p[1] && i < ROWS * (IN + 1))
        p = number(p + 1, &table[i++]);
    return i / (IN + 1);
}

static double train_by_hand(const char *path)
{
    static float table[ROWS * (IN + 1)], x[ROWS * IN + 16], y[ROWS + 16];
    static float W1[HIDDEN * IN + 16], b1[16], W2[16], b2[16];
    net n = { .x = x, .y = y, .W1 = W1, .b1 = b1, .W2 = W2, .b2 = b2, .rate = rate, .threads = 1 };
    n.m = read_by_hand(path, table);
    standardise(table, (int)n.m, x, y);
    random_weights(W1, HIDDEN * IN, sqrt(3.0 / IN));
    random_weights(W2, HIDDEN, sqrt(3.0 / HIDDEN));
    double J = 0;
    for (int i = 0; i < STEPS; i++)
        J = net_30_16_1.by_hand(&n);
    return J;
}

/* ---- dfoo ------------------------------------------------------------------------------------ */
static df_program *program(df_graph *g, const float *x, const float *y, int64_t m, df_node **J)
{
    df_node *X = df_input(g, "X", df_shape(IN, DF_M)), *Y = df_input(g, "Y", df_shape(1, DF_M));
    df_node *W1 = df_param(g, "W1", df_shape(HIDDEN, IN));
    df_node *b1 = df_param(g, "b1", df_shape(HIDDEN, 1));
    df_node *W2 = df_param(g, "W2", df_shape(1, HIDDEN)), *b2 = df_param(g, "b2", df_shape(1, 1));
    df_node *A1 = df_tanh(df_add_bias(df_matmul(W1, X), b1));
    df_node *A2 = df_sigmoid(df_add_bias(df_matmul(W2, A1), b2));
    *J = df_cost(df_cross_entropy(A2, Y));
    random_weights(df_data_f32(W1), HIDDEN * IN, sqrt(3.0 / IN));
    random_weights(df_data_f32(W2), HIDDEN, sqrt(3.0 / HIDDEN));
    if (!df_init(g))
        fail("dfoo", df_graph_error(g));
    df_options one = { .threads = 1 };
    df_node *outputs[] = { *J, df_sgd(*J, df_num(g, rate), NULL) };
    df_program *p = df_compile_list(g, outputs, 2, &one);
    if (!p)
        fail("dfoo", df_graph_error(g));
    if (!df_bind_f32(p, X, x, IN * m) || !df_bind_f32(p, Y, y, m))
        fail("dfoo", df_program_error(p));
    return p;
}

static double train_dfoo(const char *path)
{
    static float x[ROWS * IN], y[ROWS];
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_array table;
    if (!df_read_csv(g, path, &table))
        fail("dfoo", df_graph_error(g));
    if (table.dims.size[0] > ROWS || table.dims.size[1] != IN + 1)
        fail(path, "not the file that was expected");
    standardise(table.data, (int)table.dims.size[0], x, y);
    df_node *J;
    df_program *p = program(g, x, y, table.dims.size[0], &J);
    for (int i = 0; i < STEPS; i++)
        if (!df_run(p))
            fail("dfoo", df_program_error(p));
    double result = df_value(p, J);
    df_graph_free(g);
    return result;
}

/* ---- processes ------------------------------------------------------------------------------- */
int train_child(const char *side, const char *path)
{
    double start = busy(), J = strcmp(side, "dfoo") ? train_by_hand(path) : train_dfoo(path);
    printf("%.9g %.9g\n", J, busy() - start);
    return 0;
}

typedef struct { double J, inside, whole; } trained;

static trained run(const char *side, const char *path)
{
    trained t = { 0 };
    int ends[2], status = 1;
    struct rusage use = { 0 };
    if (pipe(ends))
        fail("pipe", "cannot be made");
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 1);
        execl("/proc/self/exe", "bench", "--train", side, path, (char *)NULL);
        _exit(1);
    }
    close(ends[1]);
    FILE *f = fdopen(ends[0], "r");
    int got = f && child > 0 ? fscanf(f, "%lf %lf", &t.J, &t.inside) : 0;
    if (child > 0)
        wait4(child, &status, 0, &use);
    t.whole = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
              1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
    if (f)
        fclose(f);
    if (got != 2 || status)
        fail(side, "the process failed");
    return t;
}

bool train(const char *path, times *whole, times *inside)
{
    bool good = true;
    *whole = *inside = (times){ INFINITY, INFINITY, INFINITY, INFINITY };
    double t[4][RUNS];
    for (int i = 0; i < RUNS; i++) {
        trained a = run("hand", path), b = run("dfoo", path);
        t[0][i] = a.whole, t[1][i] = b.whole, t[2][i] = a.inside, t[3][i] = b.inside;
        good &= fabs(a.J / b.J - 1) < 1e-3;
    }
    for (int i = 0; i < 4; i++)
        qsort(t[i], RUNS, sizeof(double), ascending);
    *whole = (times){ t[0][0] * 1e6, t[0][RUNS / 2] * 1e6, t[1][0] * 1e6, t[1][RUNS / 2] * 1e6 };
    *inside = (times){ t[2][0] * 1e6, t[2][RUNS / 2] * 1e6, t[3][0] * 1e6, t[3][RUNS / 2] * 1e6 };
    return good;
}
