/* model.c -- the model file: its text, its names, the cost, what it is derived by
 *
 * SPDX-License-Identifier: MIT */
#include "tool.h"
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- messages -------------------------------------------------------------------------------- */

bool complain(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fprintf(stderr, "dfoo: ");
    vfprintf(stderr, format, list);
    fprintf(stderr, "\n");
    va_end(list);
    return false;
}

/* Errors in the text begin with line and column. */
bool complain_graph(const model *m)
{
    const char *text = df_graph_error(m->g);
    size_t line = strspn(text, "0123456789");
    if (line == 0 || text[line] != ':')
        return complain("%s", text);
    fprintf(stderr, "%s:%s\n", m->name, text);
    return false;
}

bool complain_program(const df_program *p)
{
    return complain("%s", df_program_error(p));
}

/* ---- text ------------------------------------------------------------------------------------ */

/* All of a file, ended by 0; NULL: complained. */
static char *read_all(FILE *f, const char *name)
{
    size_t n = 0, room = 1 << 16;
    char *text = malloc(room);
    while (text) {
        n += fread(text + n, 1, room - n - 1, f);
        if (n + 1 < room)
            break;
        char *more = realloc(text, room *= 2);
        if (!more)
            free(text);
        text = more;
    }
    if (!text)
        return complain("no memory"), NULL;
    text[n] = 0;
    if (!ferror(f) && strlen(text) == n)
        return text;
    complain("%s: %s", name, ferror(f) ? strerror(errno) : "a byte 0: this is no text");
    free(text);
    return NULL;
}

static bool read_text(model *m, const char *file)
{
    FILE *f = file ? fopen(file, "r") : stdin;
    m->name = file ? file : "stdin";
    if (!f)
        return complain("%s: %s", file, strerror(errno));
    m->text = read_all(f, m->name);
    if (file)
        fclose(f);
    return m->text != NULL;
}

/* ---- names ----------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The word at c, copied; NULL: no memory. *end: behind it and the blanks that follow. */
static char *word(const char *c, const char **end)
{
    size_t n = 0;
    while (is_letter(c[n]))
        n++;
    *end = c + n + strspn(c + n, " \t");
    return strndup(c, n);
}

/* Takes the kind and name as its own. */
static bool add(model *m, char *kind, char *name, int line)
{
    if (m->n == m->room) {
        int room = m->room ? 2 * m->room : 64;
        named *more = realloc(m->list, (size_t)room * sizeof *more);
        if (!more)
            return free(kind), free(name), complain("no memory");
        m->list = more;
        m->room = room;
    }
    m->list[m->n++] = (named){ kind, name, df_find(m->g, name), line };
    return true;
}

/* A line that declares or defines: the text is known to be right. */
static bool list_line(model *m, const char *c, int line)
{
    const char *end;
    char *first = word(c, &end), *kind = NULL, *name = NULL;
    if (!first)
        return complain("no memory");
    if (*end == '=' && end[1] != '=') {
        kind = strdup("=");
        name = first;
    } else if (is_letter(*end)) {
        kind = first;
        name = word(end, &end);
    } else {
        free(first);
        return true;
    }
    bool good = kind && name;
    if (good && df_find(m->g, name))
        return add(m, kind, name, line);
    free(kind);
    free(name);
    return good || complain("no memory");
}

static bool list_names(model *m)
{
    int line = 1;
    for (const char *c = m->text; *c; line++) {
        c += strspn(c, " \t");
        if (is_letter(*c) && !list_line(m, c, line))
            return false;
        c += strcspn(c, "\n");
        c += *c == '\n';
    }
    return true;
}

/* ---- the cost -------------------------------------------------------------------------------- */

static bool is_number(df_dims s)
{
    return s.rank > 0 && !has_m(s) && elements(s, 1) == 1;
}

/* The last equation with a single number, or what was asked for. */
static bool find_cost(model *m, const char *name)
{
    if (name) {
        m->J = df_find(m->g, name);
        return m->J || complain("--cost: %s defines no '%s'", m->name, name);
    }
    for (int i = m->n - 1; i >= 0 && !m->J; i--)
        if (*m->list[i].kind == '=' && is_number(df_shape_of(m->list[i].x)))
            m->J = m->list[i].x;
    return m->J || complain("%s: no equation gives a single number: --cost NAME", m->name);
}

bool model_parse(model *m, const options *o)
{
    m->g = df_graph_new(o->wide || o->check ? DF_FLOAT64 : DF_FLOAT32);
    if (!m->g)
        return complain("no memory");
    df_seed(m->g, (uint64_t)o->seed);
    if (!df_parse(m->g, m->text))
        return complain_graph(m);
    return list_names(m) && find_cost(m, o->cost);
}

bool model_read(model *m, const options *o)
{
    return read_text(m, o->file) && model_parse(m, o);
}

/* ---- what it is derived by ------------------------------------------------------------------- */

static void add_by(model *m, df_node *x)
{
    m->by[m->n_by++] = x;
}

/* NAME,NAME,... */
static bool by_names(model *m, const char *list)
{
    while (*list) {
        size_t n = strcspn(list, ",");
        char name[256];
        snprintf(name, sizeof name, "%.*s", (int)n, list);
        df_node *x = df_find(m->g, name);
        if (!x)
            return complain("--by: %s has nothing called '%s'", m->name, name);
        add_by(m, x);
        list += n + (list[n] == ',');
    }
    return true;
}

/* The first line of an equation in which the name stands; 0: none. */
static int first_use(const model *m, const char *name)
{
    size_t n = strlen(name);
    for (const char *c = m->text; (c = strstr(c, name)); c += n) {
        if (is_letter(c[n]) || (c > m->text && is_letter(c[-1])))
            continue;
        int line = 1;
        for (const char *t = m->text; t < c; t++)
            line += *t == '\n';
        for (int i = 0; i < m->n; i++)
            if (*m->list[i].kind == '=' && m->list[i].line == line)
                return line;
    }
    return 0;
}

typedef struct { int line, order; df_node *x; } use;

/* From the cost back: what is used last comes first; of one line, as declared. */
static int from_the_cost(const void *a, const void *b)
{
    const use *s = a, *t = b;
    return s->line != t->line ? t->line - s->line : s->order - t->order;
}

static bool by_parameters(model *m)
{
    int n = 0;
    use *list = malloc((size_t)(m->n + 1) * sizeof *list);
    if (!list)
        return complain("no memory");
    for (int i = 0; i < m->n; i++)
        if (strcmp(m->list[i].kind, "param") == 0) {
            list[n] = (use){ first_use(m, m->list[i].name), n, m->list[i].x };
            n++;
        }
    qsort(list, (size_t)n, sizeof *list, from_the_cost);
    for (int i = 0; i < n; i++)
        add_by(m, list[i].x);
    free(list);
    return n > 0 || complain("%s has no parameters to derive by: --by NAMES", m->name);
}

bool model_derive(model *m, const options *o)
{
    size_t most = (size_t)m->n + 1 + (o->by ? strlen(o->by) : 0);
    m->by = malloc(most * sizeof(df_node *));
    m->d = malloc(most * sizeof(df_node *));
    if (!m->by || !m->d)
        return complain("no memory");
    if (!(o->by ? by_names(m, o->by) : by_parameters(m)))
        return false;
    for (int i = 0; i < m->n_by; i++)
        if (!(m->d[i] = df_d(m->J, m->by[i])))
            return complain_graph(m);
    return true;
}

void model_free(model *m)
{
    for (int i = 0; i < m->n; i++) {
        free((char *)m->list[i].kind);
        free((char *)m->list[i].name);
    }
    free(m->list);
    free(m->by);
    free(m->d);
    df_graph_free(m->g);
    free(m->text);
}

/* ---- shapes ---------------------------------------------------------------------------------- */

int64_t elements(df_dims s, int64_t m)
{
    int64_t n = 1;
    for (int j = 0; j < s.rank; j++)
        n *= s.size[j] == DF_M ? m : s.size[j];
    return n;
}

bool has_m(df_dims s)
{
    for (int j = 0; j < s.rank; j++)
        if (s.size[j] == DF_M)
            return true;
    return false;
}

df_options compile_options(const options *o)
{
    return (df_options){ .threads = (int)o->threads };
}
