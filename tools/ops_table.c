/* ops_table.c -- writes doc/ops.md: operations with formula, shapes, derivatives and kinks
 *
 * SPDX-License-Identifier: MIT
 *
 *     ops_table include/dfoo.h            the page
 *     ops_table include/dfoo.h --latex    the same equations as a LaTeX document
 *
 * What a call is said to do is taken from the header; all else from the library: a small graph for
 * each call (ops_rows.h) is built, derived and printed, and run where it has kinks. A call without
 * a row is an error. */
#include <dfoo.h>
#include <dfoo/op.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "ops_rows.h"

enum { OPS = 64, MANY = 6, WIDE = 100 };

static const char page_head[] =
    "# Operations\n\n"
    "<!-- Written by tools/ops_table.c: `make doc`. -->\n\n"
    "Every operation of `dfoo.h`, section 5. Equations are what `df_print` writes of a small\n"
    "graph in which a call has the operands of the third column: its value, then for each operand\n"
    "x the product dx of dy with the call's derivative by x, after simplification. An operand\n"
    "without a line has no derivative: integers have none. The last column is calculated, in\n"
    "double: derivatives by each operand where they jump or end, dy being 1, or 1, 2, 3, ...\n"
    "where y has several elements.\n\n"
    "In a model file ([model-files.md](model-files.md)) `df_tanh(x)` is `tanh(x)`.\n";

static const char latex_head[] =
    "\\documentclass[fleqn]{article}\n"
    "\\usepackage{amsmath,amssymb}\n"
    "\\allowdisplaybreaks\\hfuzz=\\maxdimen\n"
    "\\begin{document}\n";

/* Ops that are no call of their own, and the calls made of them. */
typedef struct { const char *name; char calls[TEXT]; } beneath;

typedef struct {
    const header *h;
    beneath op[OPS];
    int n_ops;
    bool latex, failed;
    char *below;                               /* listings too long for the group's table */
    size_t below_size;
    FILE *below_to;
} page;

static bool say(page *p, const char *call, const char *why)
{
    fprintf(stderr, "ops_table: %s: %s\n", call, why);
    p->failed = true;
    return false;
}

/* ---- text ------------------------------------------------------------------------------------ */

/* Prose in a cell. */
static void put_prose(const char *s)
{
    for (; *s; s++)
        printf(strchr("|*_<", *s) ? "\\%c" : "%c", *s);
}

/* Code in a cell. */
static void put_code(const char *s, size_t n)
{
    putchar('`');
    for (size_t i = 0; i < n; i++)
        printf(s[i] == '|' ? "\\%c" : "%c", s[i]);
    putchar('`');
}

static void put_dims(df_dims d)
{
    printf("(");
    for (int j = 0; j < d.rank; j++)
        if (d.size[j] == DF_M)
            printf("m%s", j + 1 < d.rank ? ", " : "");
        else
            printf("%lld%s", (long long)d.size[j], j + 1 < d.rank ? ", " : "");
    printf(")");
}

static void put_shapes(const sample *s)
{
    for (int i = 0; i < s->n; i++)
        printf("%s%s %s", i ? ", " : "", s->name[i], s->shape[i]);
    printf(s->n ? " → " : "");
    put_dims(df_shape_of(s->y));
}

/* What is printed of y and the derivatives that are not 0. */
static char *listing(const sample *s, df_format how)
{
    df_node *list[OPERANDS + 1] = { s->y };
    char *text = NULL;
    size_t size;
    int n = 1;
    for (int i = 0; i < s->n; i++)
        if (s->dx[i] && !is_zero(s->dx[i]))
            list[n++] = s->dx[i];
    FILE *f = open_memstream(&text, &size);
    bool good = f && df_print_list(f, (int)how, list, n);
    if (f)
        fclose(f);
    if (good)
        return text;
    free(text);
    return NULL;
}

/* More than a few lines, or wide ones, go behind the table. */
static bool is_long(const char *text)
{
    int n = 0;
    for (; *text; n++) {
        size_t width = strcspn(text, "\n");
        if (width > WIDE)
            return true;
        text += width + (text[width] == '\n');
    }
    return n > MANY;
}

static void put_lines(const char *text)
{
    for (int k = 0; *text; k++) {
        size_t n = strcspn(text, "\n");
        printf(k ? "<br>" : "");
        put_code(text, n);
        text += n + (text[n] == '\n');
    }
}

static void put_zeros(const sample *s)
{
    for (int i = 0; i < s->n; i++)
        if (s->dx[i] && is_zero(s->dx[i]))
            printf("<br>`d%s = 0`", s->name[i]);
}

/* ---- kinks ----------------------------------------------------------------------------------- */

static void put_numbers(const char *gap, const char *name, const double *v, int64_t n)
{
    printf("%s%s = ", gap, name);
    for (int64_t k = 0; k < n; k++)
        printf("%s%.4g", k ? " " : "", isnan(v[k]) ? fabs(v[k]) : v[k] + 0);
}

/* The derivatives by all operands there. */
static bool put_point(sample *s, double v[OPERANDS][VALUES], const int *n)
{
    df_node *list[OPERANDS], *dy = counted(s);
    for (int i = 0; i < s->n; i++)
        list[i] = df_vjp(s->y, s->x[i], dy);
    df_program *p = df_compile_list(s->g, list, s->n, NULL);
    for (int i = 0; i < s->n; i++)
        put_numbers(i ? ", " : "", s->name[i], v[i], n[i]);
    for (int i = 0; i < s->n; i++)
        df_bind(p, s->x[i], v[i], n[i]);
    if (!df_run(p))
        return false;
    for (int i = 0; i < s->n; i++) {
        double d[VALUES];
        char name[40];
        if (!df_fetch(p, list[i], d, n[i]))
            return false;
        snprintf(name, sizeof name, "d%s", s->name[i]);
        put_numbers(i ? ", " : ": ", name, d, n[i]);
    }
    return true;
}

static void put_kinks(page *p, const entry *e, const row *r)
{
    for (const char *at = r->kinks; at && *at;) {
        sample s;
        double v[OPERANDS][VALUES];
        int n[OPERANDS];
        printf(at == r->kinks ? "" : "<br>");
        at = read_point(&s, at, v, n);
        if (!build(&s, r, e->call, DF_FLOAT64) || !put_point(&s, v, n))
            say(p, e->name, df_graph_error(s.g));
        df_graph_free(s.g);
    }
}

/* ---- ops beneath ----------------------------------------------------------------------------- */

static bool has_call(const header *h, const char *op)
{
    static const char *const ends[] = { "", "_axis", "_list" };
    for (int i = 0; i < h->n; i++)
        for (int k = 0; k < 3; k++) {
            char name[80];
            snprintf(name, sizeof name, "df_%s%s", op, ends[k]);
            if (strcmp(h->call[i].name, name) == 0)
                return true;
        }
    return false;
}

static void note(page *p, const df_op *op, const char *call)
{
    int k = 0;
    if (op->kind == DF_SOURCE || has_call(p->h, op->name))
        return;
    while (k < p->n_ops && strcmp(p->op[k].name, op->name) != 0)
        k++;
    if (k == OPS)
        return;
    p->n_ops += k == p->n_ops;
    p->op[k].name = op->name;
    char quoted[80], *calls = p->op[k].calls;
    snprintf(quoted, sizeof quoted, "`%s`", call);
    if (!strstr(calls, quoted))
        add_text(calls, ", ", quoted, strlen(quoted));
}

/* All nodes below; these graphs are small. */
static void note_below(page *p, df_node *y, const char *call)
{
    enum { MOST = 2000 };
    df_node *seen[MOST] = { y };
    for (int n = 1, at = 0; y && at < n; at++) {
        note(p, df_op_of(seen[at]), call);
        for (int i = 0; i < df_operands(seen[at]); i++) {
            df_node *x = df_operand(seen[at], i);
            int k = 0;
            while (k < n && seen[k] != x)
                k++;
            if (k == n && n < MOST)
                seen[n++] = x;
        }
    }
}

static void put_beneath(const page *p)
{
    printf("\n## Ops without a call of their own\n\n"
           "Other calls, or their derivatives, are made of these.\n\n| op | in |\n| --- | --- |\n");
    for (int k = 0; k < p->n_ops; k++)
        printf("| `%s` | %s |\n", p->op[k].name, p->op[k].calls);
}

/* ---- the page -------------------------------------------------------------------------------- */

static const row *row_of(const char *name)
{
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        if (strcmp(rows[k].call, name + strlen("df_")) == 0)
            return &rows[k];
    return NULL;
}

static void begin_below(page *p)
{
    p->below_to = open_memstream(&p->below, &p->below_size);
}

/* Behind the table. */
static void end_below(page *p)
{
    fclose(p->below_to);
    printf("%s", p->below);
    free(p->below);
}

/* "Reductions. axis counts ...": the heading is the first words, the text what follows. */
static void put_group(const page *p, const char *group)
{
    int n = (int)strcspn(group, ".:,");
    if (p->latex) {
        printf("\\section*{%.*s}\n", n, group);
        return;
    }
    const char *text = group + n + strspn(group + n, ".: ");
    if (group[n] == ',')
        text = group;
    printf("\n## %.*s\n\n", n, group);
    if (*text) {
        printf("%c", toupper((unsigned char)*text));
        put_prose(text + 1);
        printf("\n\n");
    }
    printf("| call | what it is | shapes, for example | value and derivatives | at kinks |\n"
           "| --- | --- | --- | --- | --- |\n");
}

static void put_latex(const entry *e, const char *text)
{
    printf("\\noindent\\verb|%s|\n%s\n", e->call, text);
}

static void put_row(page *p, const entry *e, const row *r)
{
    sample s;
    char *text = NULL;
    read_operands(&s, r->operands);
    if (!build(&s, r, e->call, DF_FLOAT32)) {
        say(p, e->name, df_graph_error(s.g));
        df_graph_free(s.g);
        return;
    }
    derive(&s);
    text = listing(&s, p->latex ? DF_LATEX : DF_NUMPY);
    for (int i = 0; i < s.n; i++)
        note_below(p, s.dx[i], e->name);
    note_below(p, s.y, e->name);
    if (!text) {
        say(p, e->name, df_graph_error(s.g));
    } else if (p->latex) {
        put_latex(e, text);
    } else {
        printf("| ");
        put_code(e->call, strlen(e->call));
        printf(" | ");
        put_prose(e->text);
        printf(" | ");
        put_shapes(&s);
        printf(" | ");
        if (is_long(text)) {
            printf("below");
            fprintf(p->below_to, "\n`%s`\n\n```python\n%s```\n", e->call, text);
        } else {
            put_lines(text);
        }
        put_zeros(&s);
        printf(" | ");
        put_kinks(p, e, r);
        printf(" |\n");
    }
    free(text);
    df_graph_free(s.g);
}

static void put_page(page *p)
{
    fputs(p->latex ? latex_head : page_head, stdout);
    begin_below(p);
    for (int i = 0; i < p->h->n; i++) {
        const entry *e = &p->h->call[i];
        const row *r = row_of(e->name);
        if (e->group[0]) {
            end_below(p);
            begin_below(p);
            put_group(p, e->group);
        }
        if (r)
            put_row(p, e, r);
        else
            say(p, e->name, "no row in ops_rows.h");
    }
    end_below(p);
    if (p->latex)
        printf("\\end{document}\n");
    else
        put_beneath(p);
}

int main(int n, char **arg)
{
    static header h;
    static page p = { .h = &h };
    if (n < 2 || !read_header(&h, arg[1])) {
        fprintf(stderr, "usage: ops_table include/dfoo.h [--latex]\n");
        return 2;
    }
    p.latex = n > 2 && strcmp(arg[2], "--latex") == 0;
    put_page(&p);
    return p.failed ? 1 : 0;
}
