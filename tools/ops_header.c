/* ops_header.c -- what dfoo.h says of its operations
 *
 * SPDX-License-Identifier: MIT */
#include "ops_table.h"
#include <ctype.h>
#include <string.h>

void add_text(char to[TEXT], const char *gap, const char *from, size_t n)
{
    size_t has = strlen(to);
    snprintf(to + has, TEXT - has, "%s%.*s", has && n ? gap : "", (int)n, from);
}

/* A line of a comment, without what makes it one. Whether it is the last. */
static bool add_comment(char *to, const char *line)
{
    line += strspn(line, " ");
    line += strncmp(line, "/*", 2) == 0 ? 2 : strncmp(line, "* ", 2) == 0 ? 1 : 0;
    line += strspn(line, " ");
    const char *end = strstr(line, "*/");
    size_t n = end ? (size_t)(end - line) : strlen(line);
    while (n && isspace((unsigned char)line[n - 1]))
        n--;
    add_text(to, " ", line, n);
    return end != NULL;
}

/* "df_node *df_max(df_node *a, df_node *b);" gives df_max and df_max(a, b). */
static void read_call(entry *e, const char *line)
{
    const char *name = strstr(line, "*df_") + 1, *at = strchr(name, '(') + 1;
    const char *end = strstr(at, ");");
    snprintf(e->name, sizeof e->name, "%.*s", (int)(at - 1 - name), name);
    snprintf(e->call, LINE, "%.*s(", (int)(at - 1 - name), name);
    while (at < end) {
        const char *stop = strpbrk(at, ",)"), *from = stop;
        while (isalnum((unsigned char)from[-1]) || from[-1] == '_')
            from--;
        size_t has = strlen(e->call);
        snprintf(e->call + has, LINE - has, "%.*s%s", (int)(stop - from), from,
                 stop < end ? ", " : ")");
        at = stop + 1 + (stop[1] == ' ');
    }
}

/* A comment above calls is the text of those that have none; above one that has, the text of the
 * group that begins there, or the beginning of its own. */
static void place_comment(entry *e, char *comment, bool own)
{
    char text[TEXT];
    strcpy(text, e->text);
    if (own && isupper((unsigned char)comment[0])) {
        strcpy(e->group, comment);
    } else {
        strcpy(e->text, comment);
        add_text(e->text, "; ", text, strlen(text));
    }
    if (own)
        comment[0] = 0;
}

/* Section 5. */
bool read_header(header *h, const char *path)
{
    FILE *f = fopen(path, "r");
    char line[LINE], comment[TEXT] = "";
    bool on = false, inside = false, used = false;
    entry *last = NULL;
    while (f && fgets(line, LINE, f)) {
        if (strncmp(line, "/* ---- ", 8) == 0) {
            on = strncmp(line + 8, "5.", 2) == 0;
        } else if (on && inside) {
            inside = !add_comment(last ? last->text : comment, line);
        } else if (on && strncmp(line, "/*", 2) == 0) {
            comment[0] = 0;
            used = false;
            last = NULL;
            inside = !add_comment(comment, line);
        } else if (on && strncmp(line, "df_node *df_", 12) == 0 && h->n < CALLS) {
            last = &h->call[h->n++];
            read_call(last, line);
            const char *text = strstr(line, "/*");
            inside = text && !add_comment(last->text, text);
            if (text && used)
                comment[0] = 0;
            used = !text;
            place_comment(last, comment, text);
        }
    }
    if (f)
        fclose(f);
    return h->n > 0;
}
