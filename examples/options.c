/* examples/options.c -- command line options from a table, with --help and messages
 *
 * SPDX-License-Identifier: MIT */
#include "options.h"
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_help(const char *program, const char *what, const option *table, int n)
{
    printf("usage: %s [options]\n%s\n\n", program, what);
    for (int i = 0; i < n; i++) {
        char left[64];
        const char *argument = table[i].argument;
        snprintf(left, sizeof left, "--%s%s%s", table[i].name, argument ? " " : "",
                 argument ? argument : "");
        printf("  %-24s %s\n", left, table[i].help);
    }
    printf("  %-24s %s\n", "--help, -h", "this text");
}

/* A number within the option's limits, or the end of the program. */
static double number(const char *program, const option *o, const char *text)
{
    char *end;
    errno = 0;
    double v = strtod(text, &end);
    if (end == text || *end) {
        fprintf(stderr, "%s: --%s: '%s' is not a number\n", program, o->name, text);
        exit(2);
    }
    bool inside = v >= o->low && v <= o->high;
    if (!inside || (o->kind == OPTION_COUNT && v != (double)(long)v)) {
        fprintf(stderr, "%s: --%s: %s is not %s from %g to %g\n", program, o->name, text,
                o->kind == OPTION_COUNT ? "a whole number" : "a number", o->low, o->high);
        exit(2);
    }
    return v;
}

static int choice(const char *program, const option *o, const char *text)
{
    int k = 0;
    while (o->choices[k] && strcmp(o->choices[k], text))
        k++;
    if (o->choices[k])
        return k;
    fprintf(stderr, "%s: --%s: '%s' is not one of:", program, o->name, text);
    for (k = 0; o->choices[k]; k++)
        fprintf(stderr, " %s", o->choices[k]);
    fputc('\n', stderr);
    exit(2);
}

static void assign(const char *program, const option *o, const char *text)
{
    switch (o->kind) {
    case OPTION_FLAG: *(bool *)o->to = true; break;
    case OPTION_TEXT: *(const char **)o->to = text; break;
    case OPTION_COUNT: *(long *)o->to = (long)number(program, o, text); break;
    case OPTION_NUMBER: *(double *)o->to = number(program, o, text); break;
    case OPTION_CHOICE: *(int *)o->to = choice(program, o, text); break;
    }
}

void options_read(int argc, char **argv, const char *what, const option *table, int n)
{
    struct option list[n + 2];
    char *slash = strrchr(argv[0], '/'), *program = slash ? slash + 1 : argv[0];
    argv[0] = program; /* getopt's messages begin with it */
    for (int i = 0; i < n; i++) {
        int has = table[i].argument ? required_argument : no_argument;
        list[i] = (struct option){ table[i].name, has, NULL, i + 256 };
    }
    list[n] = (struct option){ "help", no_argument, NULL, 'h' };
    list[n + 1] = (struct option){ 0 };
    for (int c; (c = getopt_long(argc, argv, "h", list, NULL)) != -1;) {
        if (c == 'h') {
            print_help(program, what, table, n);
            exit(fflush(stdout) ? 1 : 0);
        }
        if (c < 256) {
            fprintf(stderr, "%s --help lists the options\n", program);
            exit(2);
        }
        assign(program, &table[c - 256], optarg);
    }
    if (optind < argc) {
        fprintf(stderr, "%s: '%s' is not an option; %s --help lists them\n", program, argv[optind],
                program);
        exit(2);
    }
}
