/* parse.c -- a model as text: declarations and equations, line by line
 *
 * SPDX-License-Identifier: MIT
 *
 *     input X (2, m)       input label (1, m) int32       param W (4, 2)       state t (1)
 *     Z = W @ X            W = W - 0.1 * dW               # of a parameter: an update
 *
 * A text is first read into a graph of its own, where its names are tried out, and only then into
 * the user's: a text with an error leaves nothing behind. */
#include "parse.h"

/* ---- names ----------------------------------------------------------------------------------- */

enum { NAME = 256 };

static bool copy_name(df__parser *p, const df__token *t, char to[NAME])
{
    if (t->n >= NAME)
        return df__parse_fail(p, DF_BAD_CALL, t->at, "a name of more than %d letters", NAME - 1);
    memcpy(to, t->at, (size_t)t->n);
    to[t->n] = 0;
    return true;
}

/* In a trial a node of the user's graph is stood in for by data of its shape. */
static df_node *stand_in(df__parser *p, const char *name, const df_node *x)
{
    bool leaf = x->op == &df__op_param || x->op == &df__op_state;
    return df__new_leaf(p->g, leaf ? x->op : &df__op_input, name, x->type, x->dims, true);
}

static df_node *find(df__parser *p, const char *name)
{
    df_node *x = df_find(p->g, name), *outer = x ? NULL : df_find(p->outer, name);
    return outer ? stand_in(p, name, outer) : x;
}

bool df__parse_states(df__parser *p, const char *name)
{
    size_t n = strlen(name);
    for (int64_t i = 0; p->outer && i < p->outer->n_nodes; i++) {
        const df_node *x = p->outer->node[i];
        bool of = x->op == &df__op_state && strncmp(x->name, name, n) == 0 && x->name[n] == '.';
        if (of && !df_find(p->g, x->name) && !stand_in(p, x->name, x))
            return false;
    }
    return true;
}

df_node *df__parse_name(df__parser *p, const df__tree *t)
{
    df__token name = { .at = t->at, .n = t->n };
    char text[NAME];
    df_node *x = copy_name(p, &name, text) ? find(p, text) : NULL;
    bool updated = x && x->id < p->now_cap && p->now[x->id];
    return updated ? p->now[x->id] : x;
}

/* ---- declarations ---------------------------------------------------------------------------- */

static bool end_of_line(df__parser *p)
{
    if (p->t.kind != DF__LINE && p->t.kind != DF__END)
        return df__expected(p, "the end of the line");
    return true;
}

static bool read_type(df__parser *p, df_type *type)
{
    static const struct { const char *name; df_type type; } types[] = {
        { "float32", DF_FLOAT32 }, { "float64", DF_FLOAT64 }, { "uint8", DF_UINT8 },
        { "int32", DF_INT32 }, { "int64", DF_INT64 },
    };
    if (p->t.kind != DF__WORD)
        return true;
    for (size_t k = 0; k < sizeof types / sizeof *types; k++)
        if (df__word_is(p->t.at, p->t.n, types[k].name)) {
            *type = types[k].type;
            df__next(p);
            return true;
        }
    return df__expected(p, "int32, int64, uint8, float32 or float64");
}

static bool read_shape(df__parser *p, df_dims *s)
{
    const char *at = p->t.at;
    if (!df__is_sign(p, '('))
        return df__expected(p, "a shape such as (4, 2) or (2, m)");
    int32_t list = df__tuple(p);
    if (list && !df__integers(p, list, s->size, &s->rank, DF_RANK))
        return df__parse_fail(p, DF_BAD_SHAPE, at,
                              "expected a shape of one to %d sizes, numbers or m", DF_RANK);
    return list != 0;
}

/* input X (2, m) int32 */
static df_node *declaration(df__parser *p, const df_op *op)
{
    char name[NAME];
    df_dims s;
    df_type type = p->g->real;
    if (p->t.kind != DF__WORD)
        return df__expected(p, "a name"), NULL;
    df__token t = p->t;
    if (!copy_name(p, &t, name))
        return NULL;
    df__next(p);
    if (!read_shape(p, &s) || (op == &df__op_input && !read_type(p, &type)) || !end_of_line(p))
        return NULL;
    if (find(p, name))
        return df__parse_fail(p, DF_BAD_CALL, t.at, "%.64s is there already", name), NULL;
    df__here_in(p->text, t.at);
    return df__new_leaf(p->g, op, name, type, s, false);
}

static const df_op *declared_op(const df__token *t)
{
    static const df_op *const ops[] = { &df__op_input, &df__op_param, &df__op_state };
    for (int k = 0; k < 3; k++)
        if (df__word_is(t->at, t->n, ops[k]->name))
            return ops[k];
    return NULL;
}

/* ---- equations ------------------------------------------------------------------------------- */

/* What is read from here on is the new value. */
static df_node *update(df__parser *p, df_node *leaf, df_node *value)
{
    const df_memory *mem = &p->g->mem;
    int64_t had = p->now_cap;
    df_node *y = df_update(leaf, value);
    if (!y || !df__grow(mem, &p->now, &p->now_cap, leaf->id + 1, sizeof *p->now) ||
        !df__grow(mem, &p->update, &p->update_cap, p->n_updates + 1, sizeof y))
        return y ? df_fail(p->g, DF_NO_MEMORY, "no memory") : NULL;
    for (; had < p->now_cap; had++)
        p->now[had] = NULL;
    if (p->now[leaf->id])
        return df_fail(p->g, DF_BAD_CALL, "%.64s has an update already", leaf->name);
    p->now[leaf->id] = value;
    p->update[p->n_updates++] = y;
    return y;
}

/* Gives the value its name, or the leaf of that name its value. */
static df_node *assign(df__parser *p, const df__token *name, df_node *value)
{
    char text[NAME], shape[DF_TEXT];
    if (!copy_name(p, name, text))
        return NULL;
    df_node *x = find(p, text);
    df__here_in(p->text, name->at);
    if (!x)
        return df_name(value, text);
    if (x->op == &df__op_param || x->op == &df__op_state)
        return update(p, x, value);
    return df_fail(p->g, DF_BAD_CALL, "%.64s is there already",
                   df_describe(x, shape, sizeof shape));
}

static df_node *equation(df__parser *p, const df__token *name)
{
    if (!df__take(p, '='))
        return df__expected(p, "'=' or a declaration: input, param, state"), NULL;
    int32_t tree = df__expression(p, 0);
    if (!tree || !end_of_line(p))
        return NULL;
    df_node *value = df__build_tree(p, tree);
    return value ? assign(p, name, value) : NULL;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void pass_line(df__parser *p)
{
    p->at = p->t.at + strcspn(p->t.at, "\n");
    df__next(p);
}

/* What a listing with its prelude has before the equations: import, def with its body, m = ...
 * False: this line is none of them. */
static bool pass_prelude(df__parser *p, const df__token *name)
{
    bool def = df__word_is(name->at, name->n, "def");
    if (!def && !df__word_is(name->at, name->n, "import") &&
        !(df__word_is(name->at, name->n, "m") && df__is_sign(p, '=')))
        return false;
    pass_line(p);
    while (def && p->t.kind == DF__LINE && strchr(" \t\r\n", *p->at) && *p->at) {
        p->at += strcspn(p->at, "\n");
        df__next(p);
    }
    return true;
}

/* False: failed. *y: what the line made, if it made anything. */
static bool line(df__parser *p, df_node **y)
{
    df__token name = p->t;
    p->trees.n = 0;
    p->brackets = p->depth = p->steps = 0;
    if (name.kind != DF__WORD)
        return df__expected(p, "a name");
    df__next(p);
    if (pass_prelude(p, &name))
        return true;
    const df_op *op = df__is_sign(p, '=') ? NULL : declared_op(&name);
    *y = op ? declaration(p, op) : equation(p, &name);
    return *y != NULL;
}

/* All of the text into p->g; NULL: failed. */
static df_node *read_text(df__parser *p)
{
    static const char mark[] = "\xEF\xBB\xBF";       /* some programs begin UTF-8 with it */
    df_node *y = NULL;
    p->at = p->text + (strncmp(p->text, mark, 3) == 0 ? 3 : 0);
    p->brackets = 0;
    p->n_updates = 0;
    for (int64_t i = 0; i < p->now_cap; i++)
        p->now[i] = NULL;
    for (df__next(p); p->t.kind != DF__END; ) {
        if (p->t.kind == DF__LINE)
            df__next(p);
        else if (!line(p, &y))
            return NULL;
    }
    if (!y)
        df__parse_fail(p, DF_BAD_CALL, p->t.at, "expected an equation, found the end of the text");
    if (y && y->op == &df__op_update && p->n_updates > 1)
        y = df_group_list(p->update, (int)p->n_updates);
    return y;
}

/* ---- the call -------------------------------------------------------------------------------- */

/* The trial's error becomes the user's, which has the caller's place in front already. */
static void hand_over(df_graph *g, const df_graph *trial)
{
    char place[DF_TEXT];
    df__here(place, sizeof place);
    size_t n = strlen(place);
    bool same = strncmp(trial->error, place, n) == 0;
    df__error(g, trial->status, "%s", trial->error + (same ? n : 0));
}

/* Whether the text can be read: forms and trees are kept for the second time. */
static bool try_out(df__parser *p, df_graph *g)
{
    df_graph *trial = df__graph_private(g);
    if (!trial)
        return false;
    p->g = trial;
    p->outer = g;
    bool good = df__read_forms(p) && read_text(p);
    df__here_in(NULL, NULL);
    if (!good)
        hand_over(g, trial);
    p->g = g;
    p->outer = NULL;
    df_graph_free(trial);
    return good;
}

static void free_parser(df__parser *p)
{
    const df_memory *mem = &p->g->mem;
    df__put(mem, p->trees.tree, (size_t)p->trees.cap * sizeof *p->trees.tree);
    df__put(mem, p->patterns.tree, (size_t)p->patterns.cap * sizeof *p->patterns.tree);
    df__put(mem, p->form, (size_t)p->form_cap * sizeof *p->form);
    df__put(mem, p->now, (size_t)p->now_cap * sizeof *p->now);
    df__put(mem, p->update, (size_t)p->update_cap * sizeof *p->update);
}

df_node *df_parse(df_graph *g, const char *text)
{
    if (!g || g->status != DF_OK)
        return NULL;
    if (!text)
        return df_fail(g, DF_BAD_CALL, "parse: the text is NULL");
    df__parser p = { .g = g, .text = text };
    locale_t was = df__locale_begin();
    df_node *y = try_out(&p, g) ? read_text(&p) : NULL;
    df__here_in(NULL, NULL);
    free_parser(&p);
    df__locale_end(was);
    return y;
}
