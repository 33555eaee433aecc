/* error.c -- the graph's error, and the place of the call that made it
 *
 * SPDX-License-Identifier: MIT
 *
 * One function sets an error, and the first one stays. Its text has a place of its own in the
 * graph, so that reporting "out of memory" allocates nothing. */
#include "df.h"
#include <stdarg.h>

/* The public calls that are running in this thread, innermost last: df__enter and df__leave keep
 * it. */
enum { DEPTH = 64 };
static _Thread_local struct {
    const char *file[DEPTH];
    int line[DEPTH];
    int n;
    const char *text, *at;       /* what is being read, and the place in it; or NULL */
} here;

void df__enter(const char *file, int line)
{
    if (here.n < DEPTH) {
        here.file[here.n] = file;
        here.line[here.n] = line;
    }
    here.n++;
}

df_node *df__leave(df_node *made)
{
    here.n--;
    return made;
}

df_program *df__leave_program(df_program *made)
{
    here.n--;
    return made;
}

bool df__leave_bool(bool good)
{
    here.n--;
    return good;
}

bool df__leave_must(bool good)
{
    here.n--;
    return good;
}

void df__here_in(const char *text, const char *at)
{
    here.text = text;
    here.at = at;
}

/* Lines and columns, of characters in UTF-8, are counted only now. */
static void add_place(char *to, size_t size)
{
    int line = 1, column = 1;
    for (const char *c = here.text; c < here.at; c++)
        if (*c == '\n')
            line++, column = 1;
        else
            column += ((unsigned char)*c & 0xC0) != 0x80;
    snprintf(to, size, "%d:%d: ", line, column);
}

void df__here(char *text, size_t size)
{
    int i = (here.n < DEPTH ? here.n : DEPTH) - 1;
    text[0] = 0;
    if (i >= 0)
        snprintf(text, size, "%s:%d: ", here.file[i], here.line[i]);
    size_t n = strlen(text);
    if (here.text)
        add_place(text + n, size - n);
}

/* Writes place and text to `to`, tells who asked to be told. */
static void tell(df_graph *g, char *to, size_t size, df_status s, const char *format, va_list list)
{
    df__here(to, size);
    size_t at = strlen(to);
    vsnprintf(to + at, size - at, format, list);
    if (g->on_error)
        g->on_error(g->on_error_user, s, to);
}

static void error_list(df_graph *g, df_status s, const char *format, va_list list)
{
    if (g->status != DF_OK)
        return;
    g->status = s;
    tell(g, g->error, sizeof g->error, s, format, list);
}

void df__error(df_graph *g, df_status s, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    error_list(g, s, format, list);
    va_end(list);
}

df_node *df_fail(df_graph *g, df_status s, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (g)
        error_list(g, s, format, list);
    va_end(list);
    return NULL;
}

bool df__report(df_graph *g, df_status s, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    tell(g, g->report, sizeof g->report, s, format, list);
    va_end(list);
    return false;
}

df_status df_graph_status(const df_graph *g)
{
    return g ? g->status : DF_NO_MEMORY;
}

const char *df_graph_error(const df_graph *g)
{
    if (!g)
        return "no graph: no memory, or the header is newer than the library";
    return g->status != DF_OK ? g->error : g->report;
}

void df_graph_forgive(df_graph *g)
{
    if (!g)
        return;
    g->status = DF_OK;
    g->error[0] = g->report[0] = 0;
}

void df_graph_on_error(df_graph *g, void (*f)(void *user, df_status s, const char *text),
                       void *user)
{
    if (!g)
        return;
    g->on_error = f;
    g->on_error_user = user;
}
