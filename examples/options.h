/* examples/options.h -- command line options from a table, with --help and messages
 *
 * SPDX-License-Identifier: MIT */
#ifndef OPTIONS_H
#define OPTIONS_H
#include <stdbool.h>

typedef enum { OPTION_FLAG, OPTION_TEXT, OPTION_COUNT, OPTION_NUMBER, OPTION_CHOICE } option_kind;

/* One option. `to` is a bool, const char *, long, double, or int (the index of a choice). */
typedef struct {
    const char *name, *argument, *help;
    option_kind kind;
    void *to;
    double low, high;           /* of a count or a number */
    const char *const *choices; /* ended by NULL */
} option;

/* Lines of a table; the variable is named first. */
#define FLAG(v, option, what) { .name = option, .help = what, .kind = OPTION_FLAG, .to = &v }
#define TEXT(v, option, word, what) \
    { .name = option, .argument = word, .help = what, .kind = OPTION_TEXT, .to = &v }
#define COUNT(v, option, min, max, what) \
    { .name = option, .argument = "N", .help = what, .kind = OPTION_COUNT, .to = &v, \
      .low = min, .high = max }
#define NUMBER(v, option, min, max, what) \
    { .name = option, .argument = "X", .help = what, .kind = OPTION_NUMBER, .to = &v, \
      .low = min, .high = max }
#define CHOICE(v, option, list, what) \
    { .name = option, .argument = "NAME", .help = what, .kind = OPTION_CHOICE, .to = &v, \
      .choices = list }

/* Reads the command line into the table's variables; n options. A bad option ends the program
 * with status 2 and a message, --help with status 0. */
void options_read(int argc, char **argv, const char *what, const option *table, int n);
#endif
