/* columns.c -- which columns of a table go to which input
 *
 * SPDX-License-Identifier: MIT
 *
 * The first line of a CSV file may name its columns. A column also goes by its number, from 1. */
#include "tool.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ----------------------------------------------------------------------------------- */

/* The next cell of a line, without quotes and blanks around; *c: behind its comma. */
static char *cell(char **c)
{
    char *from = *c + strspn(*c, " \t"), *to = from, *text = from;
    if (*from == '"') {
        for (from++; *from && (*from != '"' || from[1] == '"'); from++) {
            from += *from == '"';
            *to++ = *from;
        }
        from += strcspn(from, ",\r\n");
    } else {
        while (*from && !strchr(",\r\n", *from))
            *to++ = *from++;
    }
    *c = *from == ',' ? from + 1 : from;
    while (to > text && isspace((unsigned char)to[-1]))
        to--;
    bool more = *from == ',';
    *to = 0;
    return more ? text : (*c = NULL, text);
}

static bool is_number(const char *text)
{
    char *end;
    strtod(text, &end);
    return end > text && !*end;
}

/* Cuts the line into names; none if one of them is a number. */
static bool cut(table *t)
{
    static const char mark[] = "\xEF\xBB\xBF";
    char *c = t->text + (strncmp(t->text, mark, 3) == 0 ? 3 : 0);
    size_t most = strlen(c) + 1;
    t->names = malloc(most * sizeof *t->names);
    if (!t->names)
        return complain("no memory");
    while (c) {
        t->names[t->n] = cell(&c);
        if (is_number(t->names[t->n++])) {
            t->n = 0;
            break;
        }
    }
    return true;
}

bool table_read(model *m, const char *path, table *t)
{
    size_t room = 0;
    FILE *f = fopen(path, "r");
    if (!f)
        return complain("%s: %s", path, strerror(errno));
    ssize_t n;
    do
        n = getline(&t->text, &room, f);
    while (n > 0 && t->text[strspn(t->text, " \t\r\n")] == 0);
    fclose(f);
    if (n > 0 && !cut(t))
        return false;
    if (!df_read_csv(m->g, path, &t->a))
        return complain_graph(m);
    return true;
}

void table_free(table *t)
{
    free(t->names);
    free(t->text);
}

/* ---- finding --------------------------------------------------------------------------------- */

/* By name, or by number; -1: there is none. */
static int find(const table *t, const char *name)
{
    for (int k = 0; k < t->n; k++)
        if (strcmp(t->names[k], name) == 0)
            return k;
    char *end;
    long number = strtol(name, &end, 10);
    return *name && !*end && number >= 1 && number <= t->a.dims.size[1] ? (int)number - 1 : -1;
}

/* first..last, or one name. */
static bool add_range(const table *t, char *item, int64_t size, int *which, int64_t *n)
{
    char *dots = strstr(item, "..");
    if (dots)
        *dots = 0;
    int first = find(t, item), last = dots ? find(t, dots + 2) : first;
    if (first < 0 || last < 0)
        return complain("--input: the data has no column '%s'", first < 0 ? item : dots + 2);
    for (int k = first; k <= last; k++, ++*n)
        if (*n < size)
            which[*n] = k;
    return true;
}

static bool read_list(const table *t, const char *name, const char *list, int64_t size, int *which)
{
    int64_t n = 0;
    char *copy = strdup(list), *rest = copy;
    bool good = copy != NULL;
    for (char *item; good && (item = strsep(&rest, ",")); )
        good = add_range(t, item, size, which, &n);
    free(copy);
    if (good && n != size)
        return complain("--input: %s takes %lld columns, not %lld", name, (long long)size,
                        (long long)n);
    return good;
}

/* X itself, or X0, X1, ..., or X1, X2, ... */
static bool by_name(const table *t, const char *name, int64_t size, int *which)
{
    char text[300];
    if (size == 1 && (which[0] = find(t, name)) >= 0)
        return true;
    for (int first = 0; first < 2; first++) {
        int64_t k = 0;
        for (; k < size; k++) {
            snprintf(text, sizeof text, "%s%lld", name, (long long)(first + k));
            if ((which[k] = find(t, text)) < 0)
                break;
        }
        if (k == size)
            return true;
    }
    return false;
}

bool table_columns(const table *t, const options *o, const named *input, int64_t size, int *which)
{
    size_t n = strlen(input->name);
    for (int k = 0; k < o->n_inputs; k++)
        if (strncmp(o->input[k], input->name, n) == 0 && o->input[k][n] == '=')
            return read_list(t, input->name, o->input[k] + n + 1, size, which);
    if (by_name(t, input->name, size, which))
        return true;
    if (size == 1)
        return complain("the data has no column '%s': --input %s=COLUMN", input->name, input->name);
    return complain("the data has no columns %s0 to %s%lld: --input %s=FIRST..LAST", input->name,
                    input->name, (long long)size - 1, input->name);
}
