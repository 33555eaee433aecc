/* shrink.h -- trials in processes of their own, and the smallest model text that still fails one
 *
 * SPDX-License-Identifier: MIT
 *
 *     static void trial(const char *text) { ... wrong("%s is not %s", a, b); }
 *
 *     if (!survives(trial, text)) { shrink(text, trial); ck_abort_msg("%s\n%s", said->why, text); }
 *
 * The first trial that fails tells in said->what what it was doing; a smaller text counts if it
 * fails at the same. A crash and an assertion are failures like others. */
#ifndef DFOO_TESTS_SHRINK_H
#define DFOO_TESTS_SHRINK_H
#include "check.h"
#include "df.h"
#include <ctype.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIAL_TEXT = 1 << 15, TRIAL_SECONDS = 55 };

/* ---- trials ------------------------------------------------------------------------------ */

/* Shared with the process of the trial. */
typedef struct { char text[TRIAL_TEXT], what[64], why[4096]; } report;
static report *said;

typedef void trial(const char *text);

/* Ends a trial that failed. */
__attribute__((noreturn, format(printf, 1, 2))) static void wrong(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(said->why, sizeof said->why, format, args);
    va_end(args);
    _exit(1);
}

static bool survives(trial *f, const char *text)
{
    int status = 0;
    if (!said)
        said = mmap(NULL, sizeof *said, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(said != MAP_FAILED);
    *said = (report){ .why = "an assertion" };
    fflush(NULL);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        alarm(TRIAL_SECONDS);
        f(text);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
        snprintf(said->why, sizeof said->why, "signal %d", WTERMSIG(status));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- smaller texts ----------------------------------------------------------------------- */

typedef struct { trial *f; char what[64], why[4096], *text; int tries; } shrinking;

/* Takes the candidate if it can be read and fails at the same. */
static bool take(shrinking *s, const char *candidate)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    bool reads = df_parse(g, candidate) != NULL;
    df_graph_free(g);
    if (!reads || s->tries++ > 500 || survives(s->f, candidate) || strcmp(said->what, s->what))
        return false;
    strcpy(s->text, candidate);
    strcpy(s->why, said->why);
    return true;
}

/* The text with `n` bytes at `at` replaced. */
static bool try_replace(shrinking *s, const char *at, size_t n, const char *by, size_t by_n)
{
    static char candidate[2 * TRIAL_TEXT];
    snprintf(candidate, sizeof candidate, "%.*s%.*s%s", (int)(at - s->text), s->text, (int)by_n, by,
             at + n);
    return strlen(candidate) < TRIAL_TEXT && take(s, candidate);
}

/* "input q7 (2, m)" for "q7 = ...". */
static bool try_input(shrinking *s, const char *line, size_t n)
{
    static const char *const types[] = { "", "float32", "", "uint8", "int32", "int64" };
    char name[64], to[256], *c = to;
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *x = NULL;
    if (df_parse(g, s->text) && sscanf(line, "%63[^ ] =", name) == 1)
        x = df_find(g, name);
    bool fits = x && x->op->kind != DF_SOURCE && x->op->kind != DF_UPDATE;
    if (fits) {
        c += sprintf(c, "input %s (", name);
        for (int j = 0; j < x->dims.rank; j++)
            c += x->dims.size[j] == DF_M ? sprintf(c, "m, ")
                                         : sprintf(c, "%d, ", (int)x->dims.size[j]);
        sprintf(c - 2, ") %s", types[x->type]);
    }
    df_graph_free(g);
    return fits && try_replace(s, line, n, to, strlen(to));
}

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_' || c == '.'; }

/* Whether from .. end - 1 may be an expression by itself: whole words, brackets in pairs. */
static bool is_expression(const char *first, const char *from, const char *end)
{
    int depth = 0;
    if ((from > first && is_word(from[-1]) && is_word(*from)) ||
        (is_word(end[-1]) && is_word(*end)))
        return false;
    for (const char *c = from; c < end; c++) {
        depth += (*c == '(' || *c == '[') - (*c == ')' || *c == ']');
        if (depth < 0)
            return false;
    }
    return depth == 0 && *from != ' ' && end[-1] != ' ' && end[-1] != ',';
}

/* A part of an expression instead of all of it; outer ones first. */
static bool try_parts(shrinking *s, const char *value, size_t n)
{
    for (size_t size = 1; size < n; size++)
        for (size_t at = 0; at + size <= n; at++)
            if (is_expression(value, value + at, value + at + size) &&
                try_replace(s, value, n, value + at, size))
                return true;
    return false;
}

/* Inner ones: brackets with what is before them are replaced by one of the things in them. */
static bool try_inner(shrinking *s, const char *value, size_t n)
{
    for (size_t at = 0; at < n; at++) {
        const char *from = value + at, *open = from;
        if (at == 0 || (is_word(from[-1]) && is_word(*from)) || (!is_word(*from) && *from != '('))
            continue;
        while (is_word(*open))
            open++;
        int depth = 0;
        const char *end = open;
        do
            depth += (*end == '(') - (*end == ')'), end++;
        while (*open == '(' && depth > 0 && end < value + n);
        if (*open != '(' || depth > 0)
            continue;
        for (const char *a = open + 1; a < end; a++)
            for (const char *b = a + 1; b < end; b++)
                if (is_expression(value, a, b) &&
                    try_replace(s, from, (size_t)(end - from), a, (size_t)(b - a)))
                    return true;
    }
    return false;
}

/* One step, on the last line for which there is one. */
static bool shrink_once(shrinking *s)
{
    for (int way = 0; way < 4; way++)
        for (char *line = s->text + strlen(s->text); line > s->text; ) {
            for (line--; line > s->text && line[-1] != '\n'; )
                line--;
            size_t n = strcspn(line, "\n");
            const char *value = strstr(line, " = ");
            bool equation = value && value < line + n;
            size_t rest = equation ? (size_t)(line + n - value - 3) : 0;
            if ((way == 0 && try_replace(s, line, n + 1, "", 0)) ||
                (way == 1 && equation && try_input(s, line, n)) ||
                (way == 2 && equation && try_parts(s, value + 3, rest)) ||
                (way == 3 && equation && try_inner(s, value + 3, rest)))
                return true;
        }
    return false;
}

/* text, which fails the trial, becomes the smallest that is found; said is what it says. */
__attribute__((unused)) static void shrink(char text[TRIAL_TEXT], trial *f)
{
    shrinking s = { .f = f, .text = text };
    strcpy(s.what, said->what);
    strcpy(s.why, said->why);
    while (shrink_once(&s))
        continue;
    strcpy(said->what, s.what);
    strcpy(said->why, s.why);
}
#endif
