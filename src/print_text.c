/* print_text.c -- expressions as NumPy or LaTeX text
 *
 * SPDX-License-Identifier: MIT
 *
 * An op's form is a template (dfoo/op.h). An operand gets brackets if what stands beside it in
 * the template binds more strongly than it; equal strength needs them on the right, so that a -
 * (b - c) stays what it is. */
#include "print.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>

/* How strongly an expression holds together: levels of op.h, with what is weaker and stronger
 * than these. */
enum { COMPARED = 0, CALL = DF_AT_POWER + 1, RAISED, NAME };

/* ---- names and attributes -------------------------------------------------------------------- */

/* Gives its strength: one with a superscript can stand before no other but T. */
static int write_name(df__printing *p, const char *name)
{
    static const int strength[] = { [DF__LATEX_BARE] = NAME, [DF__LATEX_RAISED] = RAISED,
                                    [DF__LATEX_FRACTION] = CALL };
    if (p->how == DF_LATEX)
        return strength[df__latex_name(&p->out, name)];
    df__text_add(&p->out, name);
    return NAME;
}

void df__print_name(df__printing *p, const char *name)
{
    write_name(p, name);
}

/* (4, m), as a tuple of Python. */
static void put_shape(df__printing *p, df_dims s)
{
    df__text_add(&p->out, "(");
    for (int j = 0; j < s.rank; j++) {
        const char *gap = j + 1 < s.rank ? ", " : s.rank == 1 ? "," : "";
        if (s.size[j] == DF_M)
            df__text_put(&p->out, "m%s", gap);
        else
            df__text_put(&p->out, "%lld%s", (long long)s.size[j], gap);
    }
    df__text_add(&p->out, ")");
}

/* Whether a reduction goes over the examples alone: other sizes are 1. */
static bool over_examples(const df_node *y)
{
    int m = y->op->kind == DF_REDUCE ? df_m_axis(y->x[0]->dims) : -1;
    if (m < 0 || !(y->attr.i[0] >> m & 1))
        return false;
    for (int j = 0; j < y->x[0]->dims.rank; j++)
        if (y->attr.i[0] >> j & 1 && j != m && y->x[0]->dims.size[j] != 1)
            return false;
    return true;
}

/* An axis, or several as a tuple. In LaTeX it stands in _{ }: i=1}^{m for the examples, nothing
 * for all axes. */
static void put_axes(df__printing *p, const df_node *y)
{
    int64_t axes = y->attr.i[0];
    bool latex = p->how == DF_LATEX, tuple = !latex && axes & (axes - 1);
    int n = 0;
    if (latex && over_examples(y)) {
        df__text_add(&p->out, "i=1}^{m");
        return;
    }
    if (latex && y->op->kind == DF_REDUCE && y->attr.i[1])
        return;
    df__text_add(&p->out, tuple ? "(" : latex ? "\\text{axis }" : "");
    for (int j = 0; j < DF_RANK; j++)
        if (axes >> j & 1)
            df__text_put(&p->out, "%s%d", n++ ? ", " : "", j);
    df__text_add(&p->out, tuple ? ")" : "");
}

/* 1e-05 in LaTeX: 10^{-5}. */
static void put_number(df__printing *p, double v)
{
    char text[32];
    df__number_text(v, p->from->real, text);
    char *e = strchr(text, 'e');
    if (p->how != DF_LATEX)
        df__text_add(&p->out, text);
    else if (strstr(text, "np."))
        df__text_add(&p->out, isnan(v) ? "\\text{NaN}" : v < 0 ? "-\\infty" : "\\infty");
    else if (e)
        df__text_put(&p->out, "%.*s \\cdot 10^{%ld}", (int)(e - text), text,
                     strtol(e + 1, NULL, 10));
    else
        df__text_add(&p->out, text);
}

/* A constant array: its elements in C order, a few a line. */
static void put_array(df__printing *p, const df_node *y)
{
    int64_t n = df__elements(y->dims, 1);
    if (p->how != DF_NUMPY) {
        char text[DF_TEXT];
        df__text_put(&p->out, "\\text{constant $%s$}", df__dims_text(y->dims, text, sizeof text));
        return;
    }
    df__text_add(&p->out, "np.array([");
    for (int64_t i = 0; i < n; i++) {
        df__text_add(&p->out, i == 0 ? "" : i % 8 ? ", " : ",\n    ");
        put_number(p, y->number[i]);
    }
    df__text_add(&p->out, "]).reshape");
    put_shape(p, y->dims);
}

/* ---- templates ------------------------------------------------------------------------------- */

int df__print_template(const df_node *y, df_format how, char text[DF_TEXT])
{
    const char *form = how == DF_LATEX ? y->op->latex : y->op->numpy;
    const char *product = how == DF_LATEX ? df__latex_product(y) : NULL;
    int level = y->op->level;
    text[0] = 0;
    if (y->op->print)
        level = y->op->print(y, how, text);
    else if (form || product)
        snprintf(text, DF_TEXT, "%s", product ? product : form);
    else
        return CALL;
    size_t n = strlen(text);
    bool attribute = level == DF_AT_POWER && strncmp(text, "%0.", 3) == 0;
    bool frac = strncmp(text, "\\frac{", 6) == 0 && text[n - 1] == '}';
    return level == 0 || attribute || frac ? CALL : level;
}

/* `1.0 * (a < b)` without what makes a number of it; false: it is no such template. */
static bool strip_comparison(char *text)
{
    static const char *const before[] = { "1.0 * (", "\\mathbf{1}[" };
    size_t n = strlen(text);
    for (int k = 0; k < 2; k++) {
        size_t skip = strlen(before[k]);
        if (strncmp(text, before[k], skip) != 0)
            continue;
        text[n - 1] = 0;
        memmove(text, text + skip, n - skip);
        return true;
    }
    return false;
}

/* ---- brackets -------------------------------------------------------------------------------- */

/* The least strength that what stands left of t[at] lets stand without brackets. */
static int needed_after(const char *t, int at)
{
    do
        at--;
    while (at >= 0 && t[at] == ' ');
    if (at < 0 || strchr("([{|", t[at]))
        return COMPARED;
    if (strchr("<>=", t[at]))
        return DF_AT_SUM;
    if (strchr("+-", t[at]) || (at > 0 && strncmp(t + at - 1, "\\,", 2) == 0))
        return DF_AT_PRODUCT;
    if (t[at] == ',')
        return COMPARED;
    return DF_AT_MINUS;                  /* *, /, @, **, \odot, another operand */
}

/* How templates have it that an operand is transposed. */
static const char turned[] = "^{\\top}";

/* And what stands right of it, from t[at] on. */
static int needed_before(const char *t, int at)
{
    while (t[at] == ' ')
        at++;
    if (!t[at] || strchr(")]},|", t[at]) || strncmp(t + at, "\\right", 6) == 0)
        return COMPARED;
    if (strchr("+-<>=", t[at]))
        return DF_AT_SUM;
    if (t[at] == '^')
        return strncmp(t + at, turned, sizeof turned - 1) == 0 ? RAISED : NAME;
    return strncmp(t + at, "**", 2) == 0 || t[at] == '.' || t[at] == '[' ? CALL : DF_AT_PRODUCT;
}

static int write_node(df__printing *p, const df_node *y, bool compared);

/* A name, or what is written inline; gives its strength. */
static int write_value(df__printing *p, const df_node *y, bool compared)
{
    if (!df__print_by_name(p, y))
        return write_node(p, y, compared);
    return write_name(p, p->at[y->id].name);
}

static void add_brackets(df__printing *p, int64_t from)
{
    bool tall = p->how == DF_LATEX && df__latex_is_tall(p->out.p + from);
    df__text_insert(&p->out, from, tall ? "\\left(" : "(");
    df__text_add(&p->out, tall ? "\\right)" : ")");
}

/* Whether the text begins with a number, or, if minus, with a minus that is no number's. */
static bool begins(const char *text, bool minus)
{
    bool has_minus = text[0] == '-';
    const char *t = text + has_minus;
    bool number = isdigit((unsigned char)*t) || strncmp(t, "np.inf", 6) == 0;
    return minus ? has_minus && !number : number;
}

static bool is_quotient(const df__printing *p, const df_node *y)
{
    return y->op->algebra == DF_QUOTIENT && !df__print_by_name(p, y);
}

/* Written as a number, which in Python has no attributes and no elements. */
static bool is_number(const df__printing *p, const df_node *y)
{
    return y->op->algebra == DF_NUMBER && df__is_scalar(y->dims) && !df__print_by_name(p, y);
}

/* Operand i, which stands at t[at] as %i; gives its strength, brackets counted. -y / a is
 * -(y / a), and -2 * a is (-2) * a: the other ones of each, the same bit for bit, have brackets. A
 * minus after another operator is read wrongly, and so is a quotient's quotient: (2 / m) / m. */
static int write_operand(df__printing *p, const df_node *y, int i, const char *t, int at)
{
    int64_t from = p->out.n;
    bool compared = y->op->d[i % DF_ARITY] == df_d_zero && y->n > 1;
    int left = needed_after(t, at), right = needed_before(t, at + 2);
    int strength = write_value(p, y->x[i], compared);
    if (p->out.failed)
        return strength;
    if (p->how == DF_NUMPY && right == CALL && t[at + 2] != '*' && is_number(p, y->x[i])) {
        df__text_insert(&p->out, from, "np.full((1,), ");
        df__text_add(&p->out, ")");
        return CALL;
    }
    bool minus = p->out.p[from] == '-' && left > COMPARED;
    bool brackets = strength < left || strength < right;
    brackets = brackets || (minus && (p->how == DF_LATEX || left == DF_AT_PRODUCT));
    if (p->how == DF_LATEX && right > DF_AT_SUM)
        brackets = brackets || df__latex_is_open(p->out.p + from);
    if (p->how == DF_NUMPY && right == DF_AT_PRODUCT)
        brackets = brackets || begins(p->out.p + from, true) ||
                   (is_quotient(p, y->x[i]) && y->op->algebra == DF_QUOTIENT);
    if (p->how == DF_NUMPY && y->op->algebra == DF_NEGATIVE)
        brackets = brackets || begins(p->out.p + from, false);
    if (brackets)
        add_brackets(p, from);
    return brackets ? CALL : strength;
}

/* Behind a name of that strength, or behind brackets. */
static void raise(df__printing *p, int strength, const char *what)
{
    df__latex_raise(&p->out, strength == RAISED ? DF__LATEX_RAISED : DF__LATEX_BARE, what);
}

/* \left(name\right) as the name alone, that of an example where they are summed. Gives how many
 * characters of the template that takes; 0: it is not so. */
static int write_bare_name(df__printing *p, const df_node *y, const char *t)
{
    static const char open[] = "\\left(%", close[] = "\\right)";
    enum { OPEN = sizeof open - 1, ALL = OPEN + sizeof close };
    int i = strncmp(t, open, OPEN) == 0 ? t[OPEN] - '0' : -1;
    if (i < 0 || i >= y->n || strncmp(t + OPEN + 1, close, sizeof close - 1) != 0 ||
        !df__print_by_name(p, y->x[i]))
        return 0;
    char before = p->out.n ? p->out.p[p->out.n - 1] : ' ';
    df__text_add(&p->out, before == ' ' || before == '(' ? "" : " ");
    int64_t from = p->out.n;
    int strength = write_value(p, y->x[i], false);
    if (p->out.failed)
        return ALL;
    if (strength == CALL || (strength == RAISED && t[ALL] == '^'))
        add_brackets(p, from);
    if (over_examples(y))
        raise(p, strength, "(i)");
    return ALL;
}

/* Whether the operand at t[at] stands beside another one, which may be transposed. */
static bool is_beside(const char *t, int at)
{
    int end = at - (int)sizeof turned;
    return at > 2 && t[at - 1] == ' ' &&
           (t[at - 3] == '%' || (end > 0 && strncmp(t + end, turned, sizeof turned - 1) == 0));
}

/* Of such, what has more than one letter keeps off the other. */
static void add_space(df__printing *p, int64_t left, int64_t right)
{
    const char *a = p->out.p + left, *b = p->out.p + right;
    bool word = df__latex_is_word(a) && !memchr(a, '[', (size_t)(b - a));
    if (word || df__latex_is_word(b))
        df__text_insert(&p->out, right, "\\, ");
}

static void write_call(df__printing *p, const df_node *y)
{
    df__text_put(&p->out, p->how == DF_LATEX ? "\\operatorname{" : "%s(", y->op->name);
    if (p->how == DF_LATEX) {
        for (const char *c = y->op->name; *c; c++)
            df__text_put(&p->out, *c == '_' ? "\\_" : "%c", *c);
        df__text_add(&p->out, "}(");
    }
    for (int i = 0; i < y->n; i++) {
        df__text_add(&p->out, i ? ", " : "");
        write_value(p, y->x[i], false);
    }
    df__text_add(&p->out, ")");
}

static void write_attribute(df__printing *p, const df_node *y, char letter)
{
    switch (letter) {
    case 'k': put_number(p, y->attr.f[0]); break;
    case 'l': put_number(p, y->attr.f[1]); break;
    case 'n': df__text_put(&p->out, "%lld", (long long)y->attr.i[0]); break;
    case 'j': df__text_put(&p->out, "%lld", (long long)y->attr.i[1]); break;
    case 'x': put_axes(p, y); break;
    case 's': put_shape(p, y->dims); break;
    default: df__text_put(&p->out, "%c", letter);
    }
}

/* Fills in the template; gives the strength of operand 0 as it stands there. */
static int fill(df__printing *p, const df_node *y, const char *t)
{
    enum { MOST = 8 };
    int first = NAME, last = NAME, skip, brackets = 0;
    int64_t start = p->out.n, before = start, from = start, bracket[MOST];
    for (int at = 0; t[at]; at++) {
        if ((skip = write_bare_name(p, y, t + at)) > 0) {
            at += skip - 1;
        } else if (strncmp(t + at, turned, sizeof turned - 1) == 0) {
            raise(p, last, "T");
            at += (int)sizeof turned - 2;
        } else if (t[at] != '%' || !t[at + 1]) {
            if (brackets < MOST && df__latex_is_bracket(t, at))
                bracket[brackets++] = p->out.n;
            df__text_put(&p->out, "%c", t[at]);
        } else if (isdigit((unsigned char)t[at + 1]) && t[at + 1] - '0' < y->n) {
            before = from;
            from = p->out.n;
            last = write_operand(p, y, t[at + 1] - '0', t, at);
            if (p->how == DF_LATEX && !p->out.failed && is_beside(t, at))
                add_space(p, before, from);
            first = t[++at] == '0' ? last : first;
        } else {
            write_attribute(p, y, t[++at]);
        }
    }
    if (p->how == DF_LATEX)
        df__latex_brackets(&p->out, start, bracket, brackets);
    return first;
}

/* x + (-2), which is written as x - 2, the same bit for bit; v: -2. */
static bool adds_negative(const df__printing *p, const df_node *y, double *v)
{
    return y->op->algebra == DF_SUM && y->n == 2 && df__is_number(y->x[1], v) && *v < 0 &&
           !df__print_by_name(p, y->x[1]);
}

/* The expression of y; gives its strength. The depth is bounded by print_lines.c. */
static int write_node(df__printing *p, const df_node *y, bool compared)
{
    char t[DF_TEXT];
    int strength = df__print_template(y, p->how, t);
    if (compared && strip_comparison(t))
        strength = COMPARED;
    if (y->op == &df__op_const) {
        put_array(p, y);
        return CALL;
    }
    if (!t[0]) {
        write_call(p, y);
        return CALL;
    }
    double v = 0;
    bool minus = adds_negative(p, y, &v);
    int first = fill(p, y, minus ? "%0 - " : t);
    if (minus)
        put_number(p, -v);
    if (strcmp(t, "%0") == 0)
        return first;
    return y->op->algebra == DF_NEGATIVE && first < strength ? first : strength;
}

void df__print_expression(df__printing *p, const df_node *y)
{
    write_node(p, y, false);
}
