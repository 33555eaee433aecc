/* ops_sample.c -- a small graph of one operation, and its derivatives
 *
 * SPDX-License-Identifier: MIT */
#include "ops_table.h"
#include <dfoo/op.h>
#include <stdlib.h>
#include <string.h>

/* "x (3, m); i (m) int64". */
void read_operands(sample *s, const char *text)
{
    s->n = 0;
    while (*text && s->n < OPERANDS) {
        size_t name = strcspn(text, " "), all = strcspn(text, ";");
        snprintf(s->name[s->n], sizeof s->name[0], "%.*s", (int)name, text);
        snprintf(s->shape[s->n++], sizeof s->shape[0], "%.*s", (int)(all - name - 1),
                 text + name + 1);
        text += all;
        text += strspn(text, "; ");
    }
}

/* Without an expression of the row's own: df_max(a, b) is read as max(a, b). */
bool build(sample *s, const row *r, const char *call, df_type real)
{
    char text[TEXT] = "", line[LINE];
    s->g = df_graph_new(real);
    s->result = "y";
    for (int i = 0; i < s->n; i++) {
        s->result = strcmp(s->name[i], "y") == 0 ? "r" : s->result;
        snprintf(line, LINE, "input %s %s", s->name[i], s->shape[i]);
        add_text(text, "\n", line, strlen(line));
    }
    snprintf(line, LINE, "%s = %s", s->result, r->y ? r->y : call + strlen("df_"));
    add_text(text, "\n", line, r->make ? 0 : strlen(line));
    s->y = df_parse(s->g, text);
    for (int i = 0; i < s->n; i++)
        s->x[i] = df_find(s->g, s->name[i]);
    if (r->make)
        s->y = df_name(r->make(s->x), s->result);
    return s->y != NULL;
}

/* NULL: none, for integers. */
void derive(sample *s)
{
    bool real = df_type_of(s->y) <= DF_FLOAT64;
    char name[40];
    snprintf(name, sizeof name, "d%s", s->result);
    df_node *dy = real ? df_input(s->g, name, df_shape_of(s->y)) : NULL;
    for (int i = 0; i < s->n; i++) {
        snprintf(name, sizeof name, "d%s", s->name[i]);
        s->dx[i] = real && df_type_of(s->x[i]) <= DF_FLOAT64 ? df_vjp(s->y, s->x[i], dy) : NULL;
        if (s->dx[i])
            df_name(s->dx[i], name);
        df_graph_forgive(s->g);
    }
}

bool is_zero(const df_node *x)
{
    return df_operands(x) == 0 && strcmp(df_op_of(x)->name, "number") == 0 &&
           df_attr_of(x)->f[0] == 0;
}

/* "x=0 y=[1,1]" or "x(1,2)=[1,1]": values of each operand, whose shape follows if it is not
 * given. Gives what stands behind. */
const char *read_point(sample *s, const char *text, double v[OPERANDS][VALUES], int n[OPERANDS])
{
    for (s->n = 0; *text && *text != ';' && s->n < OPERANDS; s->n++) {
        size_t name = strcspn(text, "(="), shape = strcspn(text, "=") - name;
        snprintf(s->name[s->n], sizeof s->name[0], "%.*s", (int)name, text);
        snprintf(s->shape[s->n], sizeof s->shape[0], "%.*s", (int)shape, text + name);
        text += name + shape + 1;
        bool list = *text == '[';
        text += list;
        char *end;
        for (n[s->n] = 0; n[s->n] < VALUES; text = end + 1) {
            v[s->n][n[s->n]++] = strtod(text, &end);
            if (*end != ',')
                break;
        }
        text = end + list;
        text += strspn(text, " ");
        if (!shape)
            snprintf(s->shape[s->n], sizeof s->shape[0], "(%d)", n[s->n]);
    }
    return text + strspn(text, "; ");
}

/* 1, 2, 3, ... in y's shape. */
df_node *counted(const sample *s)
{
    static const double v[VALUES] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
    df_dims d = df_shape_of(s->y);
    int64_t n = 1;
    for (int j = 0; j < d.rank; j++)
        n *= d.size[j];
    return df_const(s->g, d, v, n < VALUES ? n : VALUES);
}
