/* random_graph.h -- a random graph as the text of a model
 *
 * SPDX-License-Identifier: MIT
 *
 * Line by line: an expression of random_ops.h with operands put in is read into a graph and
 * calculated; what is refused or no number is left out, and what is large is scaled down, so that
 * values stay comparable however deep the graph is. The last equation is J. */
#ifndef DFOO_TESTS_RANDOM_GRAPH_H
#define DFOO_TESTS_RANDOM_GRAPH_H
#include "graphs.h"
#include "random_ops.h"
#include <ctype.h>
#include <stdarg.h>

enum { FORMS = 128, GRAPH_TEXT = 1 << 15, GRAPH_LINE = 512, GRAPH_NODES = 128, GRAPH_EXAMPLES = 3 };

/* ---- values ------------------------------------------------------------------------------ */

/* What a leaf's name and the place of an element say: the same in a graph with less in it. Whole
 * numbers are 0 and 1, which are places on any axis but one of size 1. */
static double leaf_value(const df_node *x, int64_t i)
{
    double u = df__uniform(df__hash_text(x->name), 1, (uint64_t)i);
    return x->type >= DF_UINT8 ? floor(2 * u) : 3 * u - 1.5;
}

/* by: each value is moved by about so much of itself. */
static given *values_by_name(df_graph *g, int64_t m, double by)
{
    given *v = calloc(1, sizeof *v);
    v->g = g;
    v->e.m = m;
    for (int64_t id = 0; id < g->n_nodes; id++) {
        df_node *x = g->node[id];
        if ((x->op != &df__op_input && !x->leaf) || !x->name)
            continue;
        int64_t n = ev_elements(&v->e, x->dims);
        int k = v->e.n++;
        ck_assert_int_lt(k, EV_LEAVES);
        double *by_example = malloc((size_t)n * sizeof *by_example);
        for (int64_t i = 0; i < n; i++)
            by_example[i] = leaf_value(x, i) * (1 + (x->type >= DF_UINT8 ? 0 : by) *
                                                        df__normal(5, (uint64_t)k, (uint64_t)i));
        v->c_order[k] = malloc((size_t)n * sizeof **v->c_order);
        ev_by_example(&v->e, x->dims, by_example, v->c_order[k], true);
        give(v, k, x, by_example, n);
    }
    return v;
}

/* ---- operands ---------------------------------------------------------------------------- */

typedef struct {
    dice d;
    df_graph *g;
    given *data;
    double **value;              /* by id, in C order; as far as n_value */
    int64_t n_value;
    df_node *pool[GRAPH_NODES];  /* what may be an operand */
    int n;
    df_node *letter[26];         /* of the expression being made */
    int axis, any_axis;
    bool has_m, elementwise;     /* the data; the expression */
    char text[GRAPH_TEXT];
    int made[16][FORMS];         /* how many of each form */
} maker;

static bool is_float(const df_node *x) { return x->type == x->g->real; }

/* Whether x may stand for that letter, A and axis being known. */
static bool suits(const maker *k, char letter, const df_node *x)
{
    const df_node *A = k->letter[0];
    df_dims s = x->dims, a = A ? A->dims : s;
    int differ = 0, r = s.rank;
    bool first = r > 1 && s.size[0] == DF_M;
    for (int j = 0; j < r && r == a.rank; j++)
        differ += j != k->axis && s.size[j] != a.size[j];
    if (!is_float(x) != (letter == 'I' || letter == 'G'))
        return false;
    switch (letter) {
    case 'B': return df__stretches(s, a) || df__stretches(a, s);
    case 'E': return df__dims_equal(s, a);
    case 'M': return r == a.rank && r >= 2 && s.size[r - 2] == a.size[r - 1];
    case 'P': case 'G':
        return r == a.rank && differ == 0 && (k->axis < 0 || s.size[k->axis] != DF_M);
    case 'Q':
        return (r == 2 && s.size[0] == s.size[1] && !df__has_m(s)) ||
               (r == 3 && s.size[first] == s.size[first + 1] && s.size[first] != DF_M &&
                df__has_m(s));
    case 'S': return df__is_scalar(s);
    case 'W': return r == 2 && !df__has_m(s) && s.size[0] >= 2;
    default: return true;
    }
}

/* Of the newer ones rather. NULL: none suits. */
static df_node *choose(maker *k, char letter)
{
    for (int tries = 0; tries < 60; tries++) {
        int back = roll(&k->d, 2) ? (int)roll(&k->d, 6) : (int)roll(&k->d, (uint64_t)k->n);
        df_node *x = k->pool[back < k->n ? k->n - 1 - back : 0];
        bool odd = df__is_scalar(x->dims) && letter != 'S' && !k->elementwise && roll(&k->d, 10);
        if (!odd && suits(k, letter, x))
            return x;
    }
    return NULL;
}

/* An axis of A, rather one of more than one element; -1: there is only m. */
static int choose_axis(maker *k)
{
    df_dims s = k->letter[0]->dims;
    int axis = -1;
    for (int tries = 0; tries < 8; tries++) {
        int j = (int)roll(&k->d, (uint64_t)s.rank);
        if (s.size[j] != DF_M && (axis < 0 || s.size[axis] < 2))
            axis = j;
    }
    return axis;
}

/* ---- expressions ------------------------------------------------------------------------- */

typedef struct { char *p; size_t n; } out;

__attribute__((format(printf, 2, 3))) static void put(out *o, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    o->n += (size_t)vsnprintf(o->p + o->n, o->n < GRAPH_LINE ? GRAPH_LINE - o->n : 0, format, args);
    va_end(args);
}

static void put_shape(out *o, df_dims s)
{
    for (int j = 0; j < s.rank; j++)
        if (s.size[j] == DF_M)
            put(o, "%sm", j ? ", " : "(");
        else
            put(o, "%s%d", j ? ", " : "(", (int)s.size[j]);
    put(o, ")");
}

/* The first two neighbours that are not m as one; of others a 1 more at the end. */
static void put_reshaped(out *o, df_dims s)
{
    int at = 0;
    while (at + 1 < s.rank && (s.size[at] == DF_M || s.size[at + 1] == DF_M))
        at++;
    if (at + 1 < s.rank) {
        s.size[at] *= s.size[at + 1];
        s.rank--;
        memmove(&s.size[at + 1], &s.size[at + 2], (size_t)(s.rank - at - 1) * sizeof *s.size);
    } else
        s.size[s.rank++] = 1;
    put_shape(o, s);
}

/* The identity that stretches to square matrices such as x. */
static void put_identity(out *o, const df_node *x)
{
    df_dims s = x->dims;
    int n = (int)s.size[s.rank == 3 && s.size[0] == DF_M];
    put(o, "np.array([");
    for (int i = 0; i < n * n; i++)
        put(o, "%s%d", i ? ", " : "", i % (n + 1) == 0);
    for (int j = 0; j < s.rank; j++)
        s.size[j] = s.size[j] == DF_M ? 1 : s.size[j];
    put(o, "]).reshape");
    put_shape(o, s);
}

/* False: there is no operand for it. */
static bool put_letter(maker *k, out *o, char letter)
{
    df_node **x = &k->letter[letter == 'D' ? 'Q' - 'A' : letter - 'A'];
    if (!*x)
        *x = choose(k, letter == 'D' ? 'Q' : letter);
    if (*x && letter == 'D')
        put_identity(o, *x);
    else if (*x)
        put(o, "%s", df_name_of(*x));
    return *x != NULL;
}

static bool put_place(maker *k, out *o, char c)
{
    switch (c) {
    case '#': return put(o, "%d", k->axis), k->axis >= 0;
    case '&': return put(o, "%d", k->any_axis), true;
    case '?': return put(o, "%d", (int)roll(&k->d, 3)), true;
    case '~': return put(o, "%.2g", between(&k->d, -1.5, 1.5)), true;
    case '!': return put(o, "%.2g", between(&k->d, 0.2, 1.5)), true;
    case '^': return put_reshaped(o, k->letter[0]->dims), true;
    case '$': return put_shape(o, k->letter[0]->dims), true;
    default: return put(o, "%c", c), true;
    }
}

static bool is_letter(const char *from, const char *c)
{
    char before = c > from ? c[-1] : ' ', after = c[1];
    return isupper((unsigned char)*c) && before != '.' && !isalnum((unsigned char)before) &&
           !isalnum((unsigned char)after);
}

static bool expression(maker *k, const char *form, out *o)
{
    memset(k->letter, 0, sizeof k->letter);
    k->letter[0] = choose(k, 'A');
    k->axis = choose_axis(k);
    k->any_axis = (int)roll(&k->d, (uint64_t)k->letter[0]->dims.rank);
    bool good = true;
    for (const char *c = form; *c && good; c++)
        good = is_letter(form, c) ? put_letter(k, o, *c) : put_place(k, o, *c);
    return good && o->n < GRAPH_LINE / 2;
}

typedef struct { size_t kind, i; } form;

static form any_form(dice *d)
{
    int sum = 0;
    for (size_t i = 0; i < COUNT(kinds); i++)
        sum += kinds[i].weight;
    int at = (int)roll(d, (uint64_t)sum);
    form f = { 0, 0 };
    for (; at >= kinds[f.kind].weight; f.kind++)
        at -= kinds[f.kind].weight;
    f.i = roll(d, kinds[f.kind].n);
    return f;
}

/* Where a name stands in the text, as a word. */
static char *find_word(char *text, const char *word)
{
    size_t n = strlen(word);
    for (char *c = strstr(text, word); c; c = strstr(c + 1, word))
        if ((c == text || !isalnum((unsigned char)c[-1])) && !isalnum((unsigned char)c[n]))
            return c;
    return NULL;
}

/* ---- equations --------------------------------------------------------------------------- */

/* Values of y and what it needs, where they are not there yet. */
static void calculate(const evaluation *e, const df_node *y, double **v)
{
    const df_graph *g = y->g;
    unsigned char *wanted = calloc((size_t)y->id + 1, 1);
    wanted[y->id] = 1;
    for (int64_t id = y->id; id >= 0; id--)
        for (int i = 0; wanted[id] && !v[id] && i < g->node[id]->n; i++)
            wanted[g->node[id]->x[i]->id] = 1;
    for (int64_t id = 0; id <= y->id; id++)
        if (wanted[id] && !v[id]) {
            v[id] = malloc((size_t)ev_elements(e, g->node[id]->dims) * sizeof **v);
            ev_node(e, g->node[id], v);
        }
    free(wanted);
}

static void calculate_new(maker *k, const df_node *y)
{
    int64_t n = k->g->n_nodes;
    k->value = realloc(k->value, (size_t)n * sizeof *k->value);
    for (; k->n_value < n; k->n_value++)
        k->value[k->n_value] = NULL;
    calculate(&k->data->e, y, k->value);
}

/* The largest element's size; NaN if one is no number. */
static double size_of(const maker *k, const df_node *x)
{
    double most = 0;
    for (int64_t i = 0; i < ev_elements(&k->data->e, x->dims); i++) {
        double v = fabs(k->value[x->id][i]);
        most = v <= most || isnan(most) ? most : v;
    }
    return most;
}

/* Reads a line; NULL, and nothing is added, if it is refused or too large. */
static df_node *try_line(maker *k, const char *line)
{
    if (!k->has_m && (find_word((char *)line, "m") || strstr(line, "each")))
        return NULL;                             /* nothing would say what m is */
    df_node *y = df_parse(k->g, line);
    df_graph_forgive(k->g);
    if (!y || y->dims.rank > 5 || df__elements(y->dims, GRAPH_EXAMPLES) > 200)
        return NULL;
    calculate_new(k, y);
    return isfinite(size_of(k, y)) ? y : NULL;
}

static void keep(maker *k, const char *line, df_node *y)
{
    if (strlen(k->text) + strlen(line) < sizeof k->text && k->n < GRAPH_NODES) {
        strcat(k->text, line);
        k->pool[k->n++] = y;
    }
}

/* q7 = ..., and if that is large q7s = scale(q7, 0.1). */
static bool add_equation(maker *k, int number, form f)
{
    char line[GRAPH_LINE];
    out o = { line, 0 };
    put(&o, "q%d = ", number);
    k->elementwise = kinds[f.kind].of == of_one || kinds[f.kind].of == of_two;
    if (!expression(k, kinds[f.kind].of[f.i], &o))
        return false;
    put(&o, "\n");
    df_node *y = try_line(k, line);
    if (!y || strncmp(df_name_of(y), "q", 1) != 0 || atoi(df_name_of(y) + 1) != number)
        return false;                            /* what is there already */
    keep(k, line, y);
    k->made[f.kind][f.i]++;
    double size = size_of(k, y);
    if (size < 3 || !is_float(y))
        return true;
    snprintf(line, sizeof line, "q%ds = scale(q%d, %.1g)\n", number, number, 1.5 / size);
    df_node *small = try_line(k, line);
    k->n--;
    if (small)
        keep(k, line, small);
    return true;
}

/* ---- the whole --------------------------------------------------------------------------- */

static void end_maker(maker *k)
{
    for (int64_t id = 0; id < k->n_value; id++)
        free(k->value[id]);
    free(k->value);
    given_free(k->data);
    df_graph_free(k->g);
}

/* Half of what is used once is written where it is used: not every node has a name. */
static void nest_some(maker *k)
{
    char name[32], nested[GRAPH_TEXT];
    for (char *line = k->text; *line; ) {
        char *end = line + strcspn(line, "\n"), *value = strstr(line, " = ");
        char *use = NULL;
        if (*line == 'q' && value && value < end && sscanf(line, "%31s", name) == 1)
            use = find_word(end, name);
        if (!use || find_word(use + 1, name) || roll(&k->d, 2) || end - value > 150) {
            line = end + 1;
            continue;
        }
        snprintf(nested, sizeof nested, "%.*s%.*s(%.*s)%s", (int)(line - k->text), k->text,
                 (int)(use - end - 1), end + 1, (int)(end - value - 3), value + 3,
                 use + strlen(name));
        memcpy(k->text, nested, strlen(nested) + 1);
    }
}

/* Some parameters become data: derivatives are checked by either. */
static void declare(maker *k)
{
    strcpy(k->text, forms[roll(&k->d, COUNT(forms))]);
    bool all = roll(&k->d, 4) == 0;
    for (char *c = strstr(k->text, "param"); c; c = strstr(c + 1, "param"))
        if (all)
            memcpy(c, "input", 5);
    k->has_m = strstr(k->text, "m)") || strstr(k->text, "m,");
    df_parse(k->g, k->text);
    for (int64_t id = 0; id < k->g->n_nodes; id++)
        k->pool[k->n++] = k->g->node[id];
    k->data = values_by_name(k->g, GRAPH_EXAMPLES, 0);
}

/* What nothing else uses, up to eight of it, together. */
static void add_cost(maker *k)
{
    char line[GRAPH_LINE];
    out o = { line, 0 };
    put(&o, "J =");
    for (int i = k->n - 1, n = 0; i >= 0 && n < 8; i--) {
        const char *name = df_name_of(k->pool[i]), *made = find_word(k->text, name);
        if (is_float(k->pool[i]) && (!find_word((char *)made + 1, name) || i + 1 == k->n))
            put(&o, "%s mean(tanh(%s))", n++ ? " +" : "", name);
    }
    put(&o, "\n");
    strcat(k->text, line);
}

/* The text is in k->text; dice say all. */
__attribute__((unused)) static void make_graph(maker *k, uint64_t seed)
{
    memset(k, 0, sizeof *k);
    k->d.seed = seed;
    k->g = df_graph_new(DF_FLOAT64);
    declare(k);
    int depth = 3 + (int)(57 * pow(df__uniform(seed, 2, 0), 3));
    for (int i = 1, tries = 0; i <= depth && tries < 6 * depth; tries++)
        i += add_equation(k, tries, any_form(&k->d));
    add_cost(k);
    nest_some(k);
    end_maker(k);
}
#endif
