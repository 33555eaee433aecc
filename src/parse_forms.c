/* parse_forms.c -- a tree as a node: ops' printed forms, read backwards
 *
 * SPDX-License-Identifier: MIT
 *
 * A form, such as np.sum(%0, axis=%x, keepdims=True), is a tree with places. The first form that a
 * tree fits, the most particular ones being tried first, tells op, operands and attributes. So what
 * an op prints is read without a line here. Without np. the same is read, more loosely. */
#include "parse.h"
#include "../ops/ops.h"

/* ---- forms ----------------------------------------------------------------------------------- */

/* Trees that are no places, or operations alone. */
static int count(const df__trees *in, int32_t tree, bool operations)
{
    df__tree_kind kind = in->tree[tree].kind;
    int n = operations ? kind == DF__CALL || kind == DF__INDEX || kind == DF__BINARY
                       : kind != DF__HOLE;
    for (int32_t x = in->tree[tree].first; x; x = in->tree[x].next)
        n += count(in, x, operations);
    return n;
}

/* Forms of one head are chained, those with the most that is fixed first. */
static bool add_form(df__parser *p, int32_t tree, const df_op *op, df_build *build)
{
    const df__trees *in = &p->patterns;
    if (!df__grow(&p->g->mem, &p->form, &p->form_cap, p->n_forms + 2, sizeof *p->form)) {
        df__error(p->g, DF_NO_MEMORY, "no memory");
        return false;
    }
    df__form *f = &p->form[++p->n_forms];
    *f = (df__form){ .op = op, .build = build, .tree = tree,
                     .exact = count(in, tree, false), .nested = count(in, tree, true) > 1 };
    int32_t *at = &p->head[df__head_of(in, &in->tree[tree])];
    while (*at && p->form[*at].exact >= f->exact)
        at = &p->form[*at].next;
    f->next = *at;
    *at = (int32_t)p->n_forms;
    return true;
}

/* 1.0 * (a < b) is also read as a < b. */
static int32_t bare_comparison(const df__trees *in, int32_t tree)
{
    const df__tree *t = &in->tree[tree], *one = &in->tree[t->first];
    bool made = t->kind == DF__BINARY && t->sign == '*' && df__word_is(one->at, one->n, "1.0") &&
                in->tree[one->next].kind != DF__HOLE;
    return made ? one->next : 0;
}

/* To the end of the line. A form that is no expression (an update's) is passed by. */
static bool read_form(df__parser *p, const char *text, const df_op *op, df_build *build)
{
    p->at = text;
    p->brackets = p->depth = p->steps = 0;
    p->failed = true;                            /* no messages */
    df__next(p);
    int32_t tree = df__expression(p, 0);
    if (!tree || (p->t.kind != DF__END && p->t.kind != DF__LINE))
        return p->g->status == DF_OK;
    int32_t bare = bare_comparison(&p->patterns, tree);
    p->patterns.tree[tree].next = 0;
    return add_form(p, tree, op, build) && (!bare || add_form(p, bare, op, build));
}

/* name(%0, %1), for an op without a form. */
static bool add_call_form(df__parser *p, const df_op *op)
{
    char text[64];
    int at = snprintf(text, sizeof text, "f(");
    for (int i = 0; i < op->arity; i++)
        at += snprintf(text + at, sizeof text - (size_t)at, "%%%d,", i);
    snprintf(text + at, sizeof text - (size_t)at, ")");
    p->at = text;
    p->brackets = p->depth = p->steps = 0;
    df__next(p);
    int32_t tree = df__expression(p, 0);
    if (!tree)
        return p->g->status == DF_OK;
    df__tree *name = &p->patterns.tree[p->patterns.tree[tree].first];
    name->at = op->name;
    name->n = (int64_t)strlen(op->name);
    p->patterns.tree[tree].n = 0;                /* its text ends here */
    return add_form(p, tree, op, NULL);
}

static bool read_op(df__parser *p, const df_op *op)
{
    bool good = true;
    if (op->numpy)
        good = read_form(p, op->numpy, op, NULL);
    else if (!op->print && op->arity > 0)
        good = add_call_form(p, op);
    for (const char *line = op->read; good && line && *line; line += *line == '\n') {
        good = read_form(p, line, op, NULL);
        line += strcspn(line, "\n");
    }
    return good;
}

bool df__read_forms(df__parser *p)
{
    bool good = true;
    p->to = &p->patterns;
    p->in_form = true;
    const df__special *const tables[] = { df__specials, df__array_forms };
    for (int t = 0; t < 2; t++)
        for (const df__special *f = tables[t]; good && f->text; f++)
            good = read_form(p, f->text, NULL, f->build);
    for (int k = 0; good && df__ops[k]; k++)
        if (df__ops[k]->kind != DF_UPDATE)
            good = read_op(p, df__ops[k]);
    p->to = &p->trees;
    p->in_form = p->failed = false;
    return good;
}

/* ---- building -------------------------------------------------------------------------------- */

/* Axes as a set; false: the operand has none such. */
static bool set_axes(const df_op *op, const df__match *m, df_node *x, df_attr *attr)
{
    for (int k = 0; k < m->n_axes; k++) {
        int64_t axis = df__axis(op->name, x, (int)m->axis[k]);
        if (!axis)
            return false;
        attr->i[0] |= axis;
    }
    if (op->kind == DF_REDUCE && m->n_axes < 0) {
        attr->i[0] = ((int64_t)1 << x->dims.rank) - 1;
        attr->i[1] = 1;
    }
    return true;
}

/* By its call where it has one and no attributes, as that checks more than df_apply. */
static df_node *build_op(df__parser *p, const df_op *op, const df__match *m, df_node *const *x,
                         int n)
{
    df_attr attr = { .f = { m->f[0], m->f[1] }, .i = { m->i[0], m->i[1] } };
    const char *why;
    df_node *y;
    bool plain = m->n_axes < 0 && !m->n_order && !m->dims.rank && op->kind != DF_REDUCE &&
                 memcmp(&attr, &(df_attr){ 0 }, sizeof attr) == 0;
    if (plain && df__call_nodes(op->name, x, n, &y))
        return y;
    if (n && !set_axes(op, m, x[0], &attr))
        return NULL;
    for (int k = 0; k < m->n_order; k++)
        attr.axes[0][k] = (int8_t)(m->order[k] < 0 ? m->order[k] + m->n_order : m->order[k]);
    if (m->n_order && n && m->n_order != x[0]->dims.rank)
        return df_fail(p->g, DF_BAD_SHAPE, "%s: %d axes given, %d wanted", op->name, m->n_order,
                       x[0]->dims.rank);
    if (op->kind == DF_SOURCE)
        return df_examples(p->g);
    if (m->dims.rank && !df__dims_ok(m->dims, &why))
        return df_fail(p->g, DF_BAD_SHAPE, "%s: %s", op->name, why);
    y = m->dims.rank ? df__make(p->g, op, x, n, &attr, &m->dims) : df_apply(op, x, n, &attr);
    char is[DF_TEXT], said[DF_TEXT];
    if (y && m->dims.rank && !df__dims_equal(y->dims, m->dims))
        return df_fail(p->g, DF_BAD_SHAPE, "%s: the shape is %.100s, not %.100s", op->name,
                       df__dims_text(y->dims, is, sizeof is),
                       df__dims_text(m->dims, said, sizeof said));
    return y;
}

static df_node *build_form(df__parser *p, int32_t tree, const df__form *f, const df__match *m)
{
    df_node *x[DF_ARITY] = { NULL };
    int n = 0;
    for (; n < DF_ARITY && m->operand[n]; n++)
        if (!(x[n] = df__build_tree(p, m->operand[n])))
            return NULL;
    df__here_in(p->text, p->trees.tree[tree].at);
    return f->op ? build_op(p, f->op, m, x, n) : f->build(p, m, x);
}

/* ---- messages -------------------------------------------------------------------------------- */

/* A form for people: np.sum(x, axis=a, keepdims=True). */
static void show_form(const df__parser *p, const df__form *f, char to[DF_TEXT])
{
    static const char *const names[] = { "0x", "1y", "2z", "3w", "knumber", "lnumber", "ncount",
                                         "jcount", "xa", "s(2, m)", "p(1, 0)", "a[1, 2]" };
    const char *text = p->patterns.tree[f->tree].at;
    int at = 0;
    for (; *text && *text != '\n' && at < DF_TEXT / 2; text++) {
        const char *name = NULL;
        for (size_t k = 0; *text == '%' && k < sizeof names / sizeof *names; k++)
            if (names[k][0] == text[1])
                name = names[k] + 1;
        at += snprintf(to + at, (size_t)(DF_TEXT - at), name ? "%s" : "%.1s", name ? name : text);
        text += name != NULL;
    }
    to[at] = 0;
}

/* The form of a call by that name; NULL: none, or one without a text. */
static const df__form *form_named(const df__parser *p, const df__tree *call, const df__tree *name)
{
    int32_t k = p->head[df__head_of(&p->trees, call)];
    for (; k; k = p->form[k].next) {
        const df__tree *f = &p->patterns.tree[p->form[k].tree];
        if (f->kind == DF__CALL && f->n && df__same_name(&p->patterns.tree[f->first], name))
            return &p->form[k];
    }
    return NULL;
}

/* The function is known, its arguments are not right; or it is not known. */
static void refuse_call(df__parser *p, const df__tree *t, const df__tree *name)
{
    char usage[DF_TEXT] = "", form[DF_TEXT] = "", shown[40];
    const df__form *f = form_named(p, t, name);
    bool known = df__call_usage(name->at, name->n, usage);
    df__shown(name->at, name->n, shown);
    if (f)
        show_form(p, f, form);
    if (f || known)
        df__parse_fail(p, DF_BAD_CALL, name->at, "expected %.100s%s%.140s", usage,
                       f && known ? " or " : "", form);
    else
        df__parse_fail(p, DF_BAD_CALL, name->at, "there is no function '%s'", shown);
}

static df_node *refuse(df__parser *p, int32_t tree)
{
    const df__tree *t = &p->trees.tree[tree], *name = &p->trees.tree[t->first];
    char shown[40];
    df__shown(t->at, t->n, shown);
    if (t->kind == DF__CALL && name->kind == DF__NAME)
        refuse_call(p, t, name);
    else if (t->kind == DF__BINARY && t->sign == DF__TO_THE)
        df__parse_fail(p, DF_BAD_CALL, t->at, "expected a number as the exponent");
    else if (t->kind == DF__ATTRIBUTE)
        df__parse_fail(p, DF_BAD_CALL, t->at, "there is no attribute '.%s'", shown);
    else
        df__parse_fail(p, DF_BAD_CALL, t->at, "'%s' cannot stand here", shown);
    return NULL;
}

/* ---- trees ----------------------------------------------------------------------------------- */

bool df__tree_is_op(df__parser *p, int32_t tree)
{
    df__match m;
    df__tree_kind kind = p->to->tree[tree].kind;
    bool may_be = kind == DF__BINARY || kind == DF__UNARY || kind == DF__CALL ||
                  kind == DF__ATTRIBUTE || kind == DF__INDEX;
    return may_be && !p->in_form &&
           ((kind == DF__CALL && df__call_fits(p, tree)) || df__find_form(p, tree, &m));
}

/* By its own name first, as dfoo.h means it; but not where an op prints more than a call. */
static df_node *build(df__parser *p, int32_t tree)
{
    const df__tree *t = &p->trees.tree[tree];
    df__match m;
    df_node *named = t->kind == DF__NAME ? df__parse_name(p, t) : NULL;
    if (named || t->kind == DF__FIGURE)
        return named ? named : df_num(p->g, t->v);
    const df__form *f = df__find_form(p, tree, &m);
    if (t->kind == DF__CALL && !(f && f->nested) && df__call_fits(p, tree))
        return df__call(p, tree);
    if (f)
        return build_form(p, tree, f, &m);
    char shown[40];
    if (t->kind == DF__NAME)
        df__parse_fail(p, DF_BAD_CALL, t->at, "there is nothing called '%s'",
                       df__shown(t->at, t->n, shown));
    return t->kind == DF__NAME ? NULL : refuse(p, tree);
}

df_node *df__build_tree(df__parser *p, int32_t tree)
{
    df__tree *t = &p->trees.tree[tree];
    if (t->kind == DF__NODE)
        return t->y;
    df_node *y = build(p, tree);
    if (!y) {
        df__parse_fail(p, DF_BAD_CALL, t->at, "this has no value");
        p->failed = true;
        return NULL;
    }
    t->kind = DF__NODE;
    t->y = y;
    t->first = 0;
    t->depth = 1;
    return y;
}
