/* csv.c -- tables of numbers from text files
 *
 * SPDX-License-Identifier: MIT
 *
 * libcsv knows the grammar: separators, quotes, line ends. Here cells become numbers, and what is
 * wrong gets its place in the file. The file is read in pieces and never held as text. */
#define _GNU_SOURCE              /* strtod_l */
#include "file.h"
#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <unistd.h>

/* ---- memory for libcsv ----------------------------------------------------------------------- */

/* libcsv's hooks get no argument of ours: the memory that this thread is reading with. */
static _Thread_local const df_memory *memory;

/* Each of its blocks begins with the number of bytes in all. */
enum { FRONT = 64 };

static size_t *block_of(void *p)
{
    return (size_t *)((char *)p - FRONT);
}

static void put(void *p)
{
    if (p)
        df__put(memory, block_of(p), *block_of(p));
}

/* libcsv asks for a little more each time; blocks double, so that long cells take linear time. */
static void *get_more(void *p, size_t bytes)
{
    size_t had = p ? *block_of(p) : 0, all = 2 * bytes + FRONT;
    if (bytes + FRONT <= had)
        return p;
    char *more = df__get(memory, all);
    if (!more)
        return NULL;
    more += FRONT;
    *block_of(more) = all;
    if (p)
        memcpy(more, p, had - FRONT);
    put(p);
    return more;
}

/* ---- one file -------------------------------------------------------------------------------- */

typedef struct {
    df_graph *g;
    df__file f;                  /* for messages; it is read here, as it may be a pipe */
    locale_t c;                  /* a decimal point is a point, whatever the user's locale */
    void *data;                  /* the numbers so far, in the graph's type */
    int64_t n, cap;
    int64_t rows, columns;       /* columns 0: no row yet, not even names */
    int64_t line, cell;          /* where we are: lines from 1, cells of the row so far */
    int last;                    /* the line end just read, or 0 */
    bool any_number;             /* so far; a first row without one has names */
    int64_t wrong_cell;          /* its first cell that is no number, and why; 0: none */
    char wrong[DF_TEXT];
    bool failed;                 /* the graph knows why */
} reader;

enum { OF_FILE, OF_LINE, OF_CELL };

/* The first failure counts. Always false. */
static bool fail(reader *r, df_status s, int place, const char *what)
{
    char at[64] = "";
    if (place == OF_LINE)
        snprintf(at, sizeof at, ":%lld", (long long)r->line);
    if (place == OF_CELL)
        snprintf(at, sizeof at, ":%lld:%lld", (long long)r->line, (long long)r->cell);
    if (!r->failed)
        df__report(r->g, s, "%s%s: %s", df__path_end(r->f.path), at, what);
    r->failed = true;
    return false;
}

static bool fail_memory(reader *r)
{
    if (!r->failed)
        df__report(r->g, DF_NO_MEMORY, "no memory");
    r->failed = true;
    return false;
}

/* ---- cells ----------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* What is wrong with a cell (ended by 0) as a number, or NULL. *is_number: it is meant as one. */
static const char *parse(const reader *r, const char *cell, size_t size, double *v, bool *is_number)
{
    const char *end = cell + size;
    char *stop;
    while (cell < end && is_blank(end[-1]))
        end--;
    *v = strtod_l(cell, &stop, r->c);
    *is_number = stop > cell && stop == end;
    if (!*is_number || strpbrk(cell, "xX"))
        return "is not a number";
    if (strpbrk(cell, "nN"))     /* nan, inf */
        return "is not finite";
    if (fabs(*v) > (r->g->real == DF_FLOAT32 ? FLT_MAX : DBL_MAX))
        return "is too large";
    return NULL;
}

static bool append(reader *r, double v)
{
    if (!df__grow(&r->g->mem, &r->data, &r->cap, r->n + 1, df__type_size(r->g->real)))
        return fail_memory(r);
    if (r->g->real == DF_FLOAT32)
        ((float *)r->data)[r->n++] = (float)v;
    else
        ((double *)r->data)[r->n++] = v;
    return true;
}

static void keep_wrong(reader *r, const char *cell, size_t size, const char *why)
{
    char text[40];
    snprintf(r->wrong, sizeof r->wrong, "'%s' %s", df__shown(cell, (int64_t)size, text), why);
    if (size == 0)
        strcpy(r->wrong, "the cell is empty");
    r->wrong_cell = r->cell;
}

/* Whether the first row holds names is known at its end: until then its failures wait. */
static void end_cell(void *text, size_t size, void *user)
{
    reader *r = user;
    double v;
    bool is_number;
    if (r->failed)
        return;
    r->cell++;
    r->last = 0;
    const char *why = parse(r, text, size, &v, &is_number);
    r->any_number |= is_number;
    if (!why)
        append(r, v);
    else if (!r->wrong_cell)
        keep_wrong(r, text, size, why);
    if (r->columns && r->wrong_cell)
        fail(r, DF_FILE_FORMAT, OF_CELL, r->wrong);
    for (const char *c = text; (c = memchr(c, '\n', size - (size_t)(c - (char *)text))); c++)
        r->line++;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* At the end of the first row it is known whether it has names. */
static void check_row(reader *r)
{
    bool names = !r->any_number;
    char what[DF_TEXT];
    if (!r->columns)
        r->columns = r->cell;
    if (r->wrong_cell && !names) {
        r->cell = r->wrong_cell;
        fail(r, DF_FILE_FORMAT, OF_CELL, r->wrong);
    } else if (r->cell != r->columns) {
        snprintf(what, sizeof what, "a row of %lld, the first has %lld", (long long)r->cell,
                 (long long)r->columns);
        fail(r, DF_FILE_FORMAT, OF_LINE, what);
    }
    r->wrong_cell = 0;
    r->rows += !names;
}

/* Also called at the end of a blank line, and for each of the two characters of CR LF. */
static void end_row(int line_end, void *user)
{
    reader *r = user;
    if (r->failed)
        return;
    if (r->cell)
        check_row(r);
    r->cell = 0;
    r->line += line_end == '\r' || (line_end == '\n' && r->last != '\r');
    r->last = line_end;
}

/* ---- the file -------------------------------------------------------------------------------- */

static bool parse_piece(reader *r, struct csv_parser *p, const char *text, size_t size)
{
    const char *zero = memchr(text, 0, size);
    size_t good = zero ? (size_t)(zero - text) : size;
    if (csv_parse(p, text, good, end_cell, end_row, r) != good) {
        r->cell++;
        return csv_error(p) == CSV_EPARSE
                   ? fail(r, DF_FILE_FORMAT, OF_CELL, "a quote in a wrong place")
                   : fail_memory(r);
    }
    return zero ? fail(r, DF_FILE_FORMAT, OF_LINE, "a byte 0: this is no text") : !r->failed;
}

static bool parse_end(reader *r, struct csv_parser *p)
{
    if (csv_fini(p, end_cell, end_row, r) == 0)
        return true;
    r->cell++;
    return csv_error(p) == CSV_EPARSE
               ? fail(r, DF_FILE_FORMAT, OF_CELL, "a quote is not closed")
               : fail_memory(r);
}

static bool fail_system(reader *r)
{
    r->failed = true;
    return df__file_fail_system(&r->f, errno);
}

/* Without stdio, whose buffers do not come from the graph's memory. */
static bool read_pieces(reader *r, struct csv_parser *p)
{
    static const char mark[] = "\xEF\xBB\xBF";       /* some programs begin UTF-8 with it */
    char piece[16 * 1024];
    bool first = true;
    for (;;) {
        ssize_t n = read(r->f.file, piece, sizeof piece);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_system(r);
        if (n == 0)
            return parse_end(r, p);
        size_t skip = first && n >= 3 && memcmp(piece, mark, 3) == 0 ? 3 : 0;
        if (!parse_piece(r, p, piece + skip, (size_t)n - skip))
            return false;
        first = false;
    }
}

/* While libcsv is at work its memory is this graph's; another graph's may be underway. */
static bool read_file(reader *r)
{
    const df_memory *outer = memory;
    struct csv_parser p;
    r->f.file = open(r->f.path, O_RDONLY | O_CLOEXEC);
    if (r->f.file < 0)
        return fail_system(r);
    csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL | CSV_APPEND_NULL);
    csv_set_realloc_func(&p, get_more);
    csv_set_free_func(&p, put);
    memory = &r->g->mem;
    bool good = read_pieces(r, &p);
    csv_free(&p);
    memory = outer;
    df__file_close(&r->f);
    return good && !r->failed;
}

bool df_read_csv(df_graph *g, const char *path, df_array *a)
{
    if (!g)
        return false;
    if (!path || !a)
        return df__report(g, DF_BAD_CALL, "read_csv: the %s is NULL", path ? "array" : "path");
    reader r = { .g = g, .f = { .g = g, .path = path }, .line = 1 };
    r.c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!r.c)
        return fail_memory(&r);
    if (read_file(&r) && r.rows == 0)
        fail(&r, DF_FILE_FORMAT, OF_FILE, "no rows of numbers");
    freelocale(r.c);
    size_t bytes = (size_t)r.cap * df__type_size(g->real);
    if (!r.failed && !df__array_keep(g, r.data, bytes))
        fail_memory(&r);
    if (r.failed) {
        df__put(&g->mem, r.data, bytes);
        return false;
    }
    *a = (df_array){ r.data, g->real, df_shape(r.rows, r.columns), { r.columns, 1 } };
    return true;
}
