/* examples/data.c -- what a trainer needs around the network: data to train and test with, and
 * progress
 *
 * SPDX-License-Identifier: MIT */
#include "data.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef DATA_DIR
#define DATA_DIR "examples/data"
#endif
const char data_default[] = "wdbc.csv";
static const double turn = 6.283185307179586;

/* ---- arrays ---------------------------------------------------------------------------------- */
df_array array_new(df_type real, int64_t rows, int64_t columns)
{
    size_t size = real == DF_FLOAT64 ? sizeof(double) : sizeof(float);
    df_array a = { .type = real, .dims = df_shape(rows, columns), .stride = { columns, 1 } };
    a.data = calloc((size_t)(rows * columns), size);
    return a;
}

double array_get(const df_array *a, int64_t i, int64_t j)
{
    int64_t at = i * a->stride[0] + j * a->stride[1];
    return a->type == DF_FLOAT64 ? ((double *)a->data)[at] : ((float *)a->data)[at];
}

void array_set(df_array *a, int64_t i, int64_t j, double v)
{
    int64_t at = i * a->stride[0] + j * a->stride[1];
    if (a->type == DF_FLOAT64)
        ((double *)a->data)[at] = v;
    else
        ((float *)a->data)[at] = (float)v;
}

const char *data_find(const char *file, char path[256])
{
    static const char *const folders[] = { DATA_DIR, "examples/data", "data" };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (snprintf(path, 256, "%s/%s", folders[i], file) < 256 && !access(path, R_OK))
            return path;
    return NULL;
}

/* What the first line of a file holds, "" of an empty or a missing one. */
static void first_line(const char *path, char *text, int size)
{
    FILE *f = fopen(path, "r");
    if (!f || !fgets(text, size, f))
        text[0] = 0;
    if (f)
        fclose(f);
    text[strcspn(text, "\r\n")] = 0;
}

static const char *semicolon_hint(const char *path)
{
    char text[4096];
    first_line(path, text, sizeof text);
    return strchr(text, ';') ? " (separate with commas, not with semicolons)" : "";
}

/* The number of the k-th line that is not blank, k from 0; k -1: how many there are. */
static long full_line(const char *path, long k)
{
    FILE *f = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;
    long line = 0, full = 0;
    while (f && (k < 0 || full <= k) && getline(&text, &size, f) > 0) {
        line++;
        full += text[strspn(text, "\r\n")] != 0;
    }
    free(text);
    if (f)
        fclose(f);
    return k < 0 ? full : line;
}

/* The line of the i-th of the rows; one line more than there are rows is that of the names. */
static long line_of(const char *path, int64_t rows, int64_t i)
{
    return full_line(path, i + full_line(path, -1) - rows);
}

/* The names of the first two inputs, if the file begins with a line more than it has rows. */
static void read_names(const char *path, int64_t rows, data_set *to)
{
    char text[4096], *at = text;
    first_line(path, text, sizeof text);
    at += strncmp(at, "\xEF\xBB\xBF", 3) ? 0 : 3; /* some programs begin UTF-8 with it */
    for (int i = 0; i < 2 && full_line(path, -1) > rows; i++) {
        at += strspn(at, " \t");
        bool quoted = *at == '"';
        at += quoted;
        int n = (int)strcspn(at, quoted ? "\"" : ",");
        if (n > 0)
            snprintf(to->name[i], sizeof to->name[i], "%.*s", n, at);
        at += n;
        at += strcspn(at, ",");
        at += *at == ',';
    }
}

/* Splitmix64 (Steele, Lea and Flood 2014). */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Standard normal: Box and Muller 1958. */
static double normal(uint64_t *state)
{
    double u = ((double)(next(state) >> 11) + 1) / 9007199254740993.0;
    double v = (double)(next(state) >> 11) / 9007199254740992.0;
    return sqrt(-2 * log(u)) * cos(turn * v);
}

/* 400 points of the rose r = 4 sin 4t with noise on radius and angle: class 0 in the first half
 * of the turn, class 1 in the second. Where r is negative the petal lies on the other side, so
 * that the classes alternate. */
static df_array flower(df_type real, uint64_t seed)
{
    enum { POINTS = 400 };
    df_array a = array_new(real, POINTS, 3);
    for (int i = 0; i < POINTS && a.data; i++) {
        double t = turn * i / POINTS + 0.1 * normal(&seed);
        double r = 4 * sin(4 * t) + 0.2 * normal(&seed);
        array_set(&a, i, 0, r * sin(t));
        array_set(&a, i, 1, r * cos(t));
        array_set(&a, i, 2, i >= POINTS / 2);
    }
    return a;
}

/* ---- preparation ----------------------------------------------------------------------------- */
/* A copy with the rows in random order. */
static df_array shuffled(const df_array *a, uint64_t seed)
{
    int64_t rows = a->dims.size[0], columns = a->dims.size[1];
    int64_t *which = malloc((size_t)rows * sizeof *which);
    df_array b = which ? array_new(a->type, rows, columns) : (df_array){ 0 };
    if (which)
        df_permutation(which, rows, seed);
    for (int64_t i = 0; b.data && i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            array_set(&b, i, j, array_get(a, which[i], j));
    free(which);
    return b;
}

/* Each input with the mean 0 and the deviation 1 that it has over the first m rows; a constant
 * one just 0. */
static void standardise(df_array *a, int64_t m)
{
    for (int64_t j = 0; j < a->dims.size[1] - 1; j++) {
        double mean = 0, square = 0;
        for (int64_t i = 0; i < m; i++)
            mean += array_get(a, i, j) / (double)m;
        for (int64_t i = 0; i < m; i++)
            square += pow(array_get(a, i, j) - mean, 2) / (double)m;
        double deviation = square > 0 ? sqrt(square) : 1;
        for (int64_t i = 0; i < a->dims.size[0]; i++)
            array_set(a, i, j, (array_get(a, i, j) - mean) / deviation);
    }
}

/* False, after a message that names the bad label's line; only a warning where all are alike. */
static bool labels_are_good(const df_array *a, const char *path)
{
    int64_t last = a->dims.size[1] - 1, rows = a->dims.size[0];
    double sum = 0;
    for (int64_t i = 0; i < rows; i++) {
        double y = array_get(a, i, last);
        if (y != 0 && y != 1) {
            fprintf(stderr, "%s:%ld: the label in the last column is %g, not 0 or 1\n", path,
                    line_of(path, rows, i), y);
            return false;
        }
        sum += y;
    }
    if (sum == 0 || sum == (double)rows)
        fprintf(stderr, "%s: warning: all labels are %d, there are no two classes to tell apart\n",
                path, sum > 0);
    return true;
}

/* False, after a message. */
static bool size_is_good(const df_array *a, const char *path)
{
    enum { ROWS = 8, COLUMNS = 2 };
    long rows = a->dims.size[0], columns = a->dims.size[1];
    if (rows < ROWS)
        fprintf(stderr, "%s: too few rows: at least %d examples are needed, there are %ld\n", path,
                ROWS, rows);
    else if (columns < COLUMNS)
        fprintf(stderr, "%s: one column: inputs are needed and, in the last column, the label%s\n",
                path, semicolon_hint(path));
    return rows >= ROWS && columns >= COLUMNS;
}

static df_array part(const df_array *a, int64_t first, int64_t m, int64_t column, int64_t n)
{
    df_array rows = df_array_rows(a, first, m), some = df_array_columns(&rows, column, n);
    return df_array_t(&some);
}

/* All rows in their order, as read or made. */
static bool read_rows(df_graph *g, const char *name, const char *path, df_type real, uint64_t seed,
                      df_array *to)
{
    if (!strcmp(name, "flower")) {
        *to = flower(real, seed);
        if (to->data)
            return true;
        fprintf(stderr, "flower: no memory\n");
    } else if (!path)
        fprintf(stderr, "%s is neither in %s nor in examples/data: give --data FILE\n", name,
                DATA_DIR);
    else if (!df_read_csv(g, path, to))
        fprintf(stderr, "%s%s\n", df_graph_error(g), semicolon_hint(path));
    else
        return size_is_good(to, path) && labels_are_good(to, path);
    return false;
}

bool data_read(df_graph *g, const char *name, df_type real, uint64_t seed, data_set *to)
{
    char found[256];
    const char *path = strcmp(name, data_default) ? name : data_find(name, found);
    df_array a;
    if (!read_rows(g, name, path, real, seed, &a))
        return false;
    int64_t rows = a.dims.size[0], inputs = a.dims.size[1] - 1;
    int64_t m_test = rows / 4, m = rows - m_test;
    df_array all = shuffled(&a, seed);
    if (!strcmp(name, "flower"))
        free(a.data);
    else
        df_array_free(g, &a);
    if (!all.data)
        return fprintf(stderr, "%s: no memory\n", name), false;
    standardise(&all, m);
    *to = (data_set){ .all = all, .inputs = inputs, .m = m, .m_test = m_test,
                      .name = { "input 1", "input 2" } };
    if (strcmp(name, "flower"))
        read_names(path, rows, to);
    to->x = part(&all, 0, m, 0, inputs), to->test_x = part(&all, m, m_test, 0, inputs);
    to->y = part(&all, 0, m, inputs, 1), to->test_y = part(&all, m, m_test, inputs, 1);
    return true;
}

void data_free(data_set *d)
{
    free(d->all.data);
    *d = (data_set){ 0 };
}

/* ---- progress -------------------------------------------------------------------------------- */
void progress(long epoch, long epochs, double cost)
{
    static struct timespec last;
    struct timespec now;
    bool end = epoch == epochs;
    if (isatty(STDOUT_FILENO)) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        double passed = (double)(now.tv_sec - last.tv_sec) +
                        1e-9 * (double)(now.tv_nsec - last.tv_nsec);
        if (passed < 0.05 && !end)
            return;
        last = now;
        printf("\repoch %ld of %ld: J = %-12.6g%s", epoch, epochs, cost, end ? "\n" : "");
    } else if (end || epoch % ((epochs + 9) / 10) == 0)
        printf("epoch %ld of %ld: J = %.6g\n", epoch, epochs, cost);
    fflush(stdout);
}
