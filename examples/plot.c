/* examples/plot.c -- the learning curve, and for two inputs the decision boundary, drawn by gnuplot
 *
 * SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "plot.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIDE = 120 }; /* points along a side of the grid */

/* From a little below the least to a little above the largest value of input i. */
static void limits(const data_set *d, int64_t i, double *low, double *high)
{
    *low = *high = array_get(&d->all, 0, i);
    for (int64_t e = 1; e < d->all.dims.size[0]; e++) {
        double v = array_get(&d->all, e, i);
        *low = v < *low ? v : *low;
        *high = v > *high ? v : *high;
    }
    double margin = 0.05 * (*high - *low) + 1e-6;
    *low -= margin, *high += margin;
}

/* The inputs at a grid over the data, (2 x SIDE^2). */
static df_array grid_over(const data_set *d)
{
    df_array a = array_new(d->all.type, SIDE * SIDE, 2), grid = df_array_t(&a);
    double low[2], high[2];
    limits(d, 0, &low[0], &high[0]);
    limits(d, 1, &low[1], &high[1]);
    for (int k = 0; a.data && k < SIDE * SIDE; k++) {
        int at[2] = { k % SIDE, k / SIDE };
        for (int i = 0; i < 2; i++)
            array_set(&grid, i, k, low[i] + (high[i] - low[i]) * at[i] / (SIDE - 1));
    }
    return grid;
}

/* A at the grid, into a. A program of its own: it needs the parameters, but no labels. */
static bool answer(const df_array *grid, df_node *X, df_node *A, df_array *a)
{
    df_program *p = df_compile(df_graph_of(A), A);
    bool good = df_bind_array(p, X, grid) && df_bind_out_array(p, A, a) && df_run(p);
    if (!good)
        fprintf(stderr, "%s\n", p ? df_program_error(p) : df_graph_error(df_graph_of(A)));
    df_program_free(p);
    return good;
}

static const char *terminal(const char *path)
{
    static const char *const kinds[][2] = { { ".png", "pngcairo size 1200,520" },
                                            { ".svg", "svg size 1200,520" },
                                            { ".pdf", "pdfcairo size 12,5.2" } };
    const char *dot = strrchr(path, '.');
    for (int i = 0; dot && i < 3; i++)
        if (!strcmp(dot, kinds[i][0]))
            return kinds[i][1];
    return NULL;
}

static void write_curve(FILE *f, const double *cost, long epochs)
{
    fprintf(f, "$curve << end\n");
    for (long i = 0; i < epochs; i++)
        fprintf(f, "%ld %.9g\n", i + 1, cost[i]);
    fprintf(f, "end\nset title 'learning curve'\nset xlabel 'epoch'\nset ylabel 'J'\n"
               "set grid lc rgb '#dddddd'\nplot $curve with lines lw 2 lc rgb '#333333' notitle\n");
}

static void write_points(FILE *f, const char *name, const df_array *x, const df_array *y, int label)
{
    fprintf(f, "$%s%d << end\n", name, label);
    for (int64_t e = 0; e < x->dims.size[1]; e++)
        if (array_get(y, 0, e) == label)
            fprintf(f, "%g %g\n", array_get(x, 0, e), array_get(x, 1, e));
    fprintf(f, "end\n");
}

/* 'it''s', as gnuplot quotes it. */
static void write_quoted(FILE *f, const char *text)
{
    fputc('\'', f);
    for (; *text; text++)
        fputs(*text == '\'' ? "\'\'" : (char[]){ *text, 0 }, f);
    fputc('\'', f);
}

/* Names as they are: an underscore is no subscript. */
static void write_labels(FILE *f, const data_set *d, const char *answer)
{
    for (int i = 0; i < 2; i++) {
        char text[sizeof d->name[i] + 32];
        snprintf(text, sizeof text, "%s (standardised)", d->name[i]);
        fprintf(f, "set %clabel ", "xy"[i]);
        write_quoted(f, text);
        fprintf(f, " noenhanced\n");
    }
    fprintf(f, "set cblabel ");
    write_quoted(f, answer);
    fprintf(f, " noenhanced\n");
}

static void write_boundary(FILE *f, const data_set *d, const df_array *grid, const df_array *a,
                           const char *answer)
{
    int64_t last = SIDE * SIDE - 1;
    fprintf(f, "$grid << end\n");
    for (int64_t k = 0; k <= last; k++)
        fprintf(f, "%g %g %g\n%s", array_get(grid, 0, k), array_get(grid, 1, k), array_get(a, 0, k),
                k % SIDE == SIDE - 1 ? "\n" : "");
    fprintf(f, "end\n");
    for (int label = 0; label < 2; label++) {
        write_points(f, "train", &d->x, &d->y, label);
        write_points(f, "test", &d->test_x, &d->test_y, label);
    }
    fprintf(f, "set contour base\nset cntrparam levels discrete 0.5\nunset surface\n"
               "set table $line\nsplot $grid using 1:2:3\nunset table\nunset contour\n"
               "set title 'decision boundary'\nunset grid\n"
               "set xrange [%g:%g]\nset yrange [%g:%g]\nset cbrange [0:1]\n"
               "set palette defined (0 '#9ecae1', 0.5 '#f7f7f7', 1 '#fcae91')\n"
               "set key outside bottom center horizontal\nset bmargin 6\n",
            array_get(grid, 0, 0), array_get(grid, 0, last), array_get(grid, 1, 0),
            array_get(grid, 1, last));
    write_labels(f, d, answer);
    fprintf(f, "plot $grid using 1:2:3 with image notitle, "
               "$line using 1:2 with lines lw 2 lc rgb 'black' notitle, "
               "$train0 with points pt 7 ps 0.6 lc rgb '#08519c' title 'class 0', "
               "$train1 with points pt 7 ps 0.6 lc rgb '#a50f15' title 'class 1', "
               "$test0 with points pt 6 ps 0.9 lc rgb '#08519c' title 'class 0, test', "
               "$test1 with points pt 6 ps 0.9 lc rgb '#a50f15' title 'class 1, test'\n");
}

/* Leaves what is there, and nothing where nothing is. */
static bool can_be_made(const char *path)
{
    bool there = !access(path, F_OK);
    FILE *f = fopen(path, "a");
    if (!f)
        return perror(path), false;
    fclose(f);
    if (!there)
        remove(path);
    return true;
}

bool plot_possible(const char *path)
{
    if (!terminal(path))
        fprintf(stderr, "%s: plots are .png, .svg or .pdf\n", path);
    else if (system("command -v gnuplot >/dev/null 2>&1"))
        fprintf(stderr, "%s: gnuplot is not installed; it draws the plots\n", path);
    else
        return can_be_made(path);
    return false;
}

/* Through a pipe; grid and a are NULL where there is no boundary to draw. */
static bool draw(const char *path, const double *cost, long epochs, const data_set *d,
                 const df_array *grid, const df_array *a, const char *answer)
{
    void (*old)(int) = signal(SIGPIPE, SIG_IGN); /* gnuplot may stop early: its exit status tells */
    FILE *f = popen("gnuplot >/dev/null 2>&1", "w");
    bool good = f != NULL;
    if (good) {
        fprintf(f, "set terminal %s\nset output ", terminal(path));
        write_quoted(f, path);
        fprintf(f, "\nset multiplot layout 1,%d\n", a ? 2 : 1);
        write_curve(f, cost, epochs);
        if (a)
            write_boundary(f, d, grid, a, answer);
        fprintf(f, "unset multiplot\nset output\n");
        good = pclose(f) == 0;
    }
    signal(SIGPIPE, old);
    if (!good)
        fprintf(stderr, "%s: gnuplot did not draw the plot\n", path);
    return good;
}

bool plot_write(const char *path, const double *cost, long epochs, const data_set *d, df_node *X,
                df_node *A)
{
    if (!plot_possible(path))
        return false;
    if (d->inputs != 2)
        return draw(path, cost, epochs, d, NULL, NULL, NULL);
    df_array grid = grid_over(d), a = array_new(d->all.type, 1, SIDE * SIDE);
    bool good = grid.data && a.data;
    if (!good)
        fprintf(stderr, "%s: no memory\n", path);
    good = good && answer(&grid, X, A, &a) &&
           draw(path, cost, epochs, d, &grid, &a, df_name_of(A));
    free(grid.data);
    free(a.data);
    return good;
}
