/* print_latex.c -- names and products as a textbook writes them
 *
 * SPDX-License-Identifier: MIT
 *
 *     Z1, dZ1     Z^{[1]}, dZ^{[1]}         the layer, in brackets above
 *     t1, W_2     t_1, W_2                  what the listing counts
 *     dJ_dZ1      \frac{dJ}{dZ^{[1]}}
 *     mu, cost    \mu, \mathit{cost} */
#include "print.h"
#include <ctype.h>

/* ---- names ----------------------------------------------------------------------------------- */

static bool is_greek(const char *s, size_t n)
{
    static const char *const letters[] = {
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "mu",
        "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
    };
    for (size_t k = 0; k < sizeof letters / sizeof *letters; k++)
        if (strlen(letters[k]) == n && memcmp(letters[k], s, n) == 0)
            return true;
    return false;
}

/* A letter, or at most two d and one, as it is; others as words. */
static void put_letters(df__text *out, const char *s, size_t n)
{
    size_t d = 0;
    while (d < 2 && d + 1 < n && s[d] == 'd' && !is_greek(s + d, n - d))
        d++;
    bool greek = is_greek(s + d, n - d), word = n - d > 1 && !greek;
    df__text_add(out, word ? "\\mathit{" : "");
    for (size_t i = 0; i < n; i++)
        df__text_put(out, (greek && i == d) || s[i] == '_' ? "\\%c" : "%c", s[i]);
    df__text_add(out, word ? "}" : "");
}

static size_t without_digits(const char *s, size_t n)
{
    while (n > 1 && isdigit((unsigned char)s[n - 1]))
        n--;
    return n;
}

/* Whether it got a superscript. */
static bool put_one(df__text *out, const char *s, size_t n)
{
    size_t stem = without_digits(s, n), digits = n - stem;
    const char *number = s + stem;
    bool below = (stem == 1 && s[0] == 't') || (stem > 1 && s[stem - 1] == '_');
    put_letters(out, s, stem - (digits && stem > 1 && below));
    if (digits)
        df__text_put(out, below ? digits > 1 ? "_{%.*s}" : "_%.*s" : "^{[%.*s]}", (int)digits,
                     number);
    return digits && !below;
}

/* d, a letter or one more d and a letter, and digits. */
static bool is_differential(const char *s, size_t n)
{
    size_t stem = without_digits(s, n);
    return s[0] == 'd' && (stem == 2 || (stem == 3 && s[1] == 'd')) &&
           isalpha((unsigned char)s[stem - 1]);
}

df__latex_end df__latex_name(df__text *out, const char *name)
{
    const char *gap = strchr(name, '_');
    size_t n = strlen(name), upper = gap ? (size_t)(gap - name) : 0;
    if (!gap || !is_differential(name, upper) || !is_differential(gap + 1, n - upper - 1))
        return put_one(out, name, n) ? DF__LATEX_RAISED : DF__LATEX_BARE;
    df__text_add(out, "\\frac{");
    put_one(out, name, upper);
    df__text_add(out, "}{");
    put_one(out, gap + 1, n - upper - 1);
    df__text_add(out, "}");
    return DF__LATEX_FRACTION;
}

void df__latex_raise(df__text *out, df__latex_end end, const char *what)
{
    if (end == DF__LATEX_RAISED && !out->failed)
        out->n -= 1;                             /* the brace of ^{[1]} */
    df__text_put(out, end == DF__LATEX_RAISED ? "%s}" : "^{%s}", what);
}

/* ---- what stands beside another -------------------------------------------------------------- */

/* dZ, d\mu, \mathit{cost}. */
bool df__latex_is_word(const char *text)
{
    bool differential = text[0] == 'd' && (isalpha((unsigned char)text[1]) || text[1] == '\\');
    return differential || strncmp(text, "\\mathit", 7) == 0;
}

bool df__latex_is_tall(const char *text)
{
    static const char *const tall[] = { "\\frac", "\\sum", "\\prod" };
    for (int k = 0; k < 3; k++)
        if (strstr(text, tall[k]))
            return true;
    return false;
}

/* A sum that is not in brackets, and no more is its operand. */
bool df__latex_is_open(const char *text)
{
    size_t n = strlen(text);
    int depth = 0;
    bool sum = false;
    for (const char *c = text; *c; c++) {
        depth += strchr("([{", *c) ? 1 : strchr(")]}", *c) ? -1 : 0;
        sum = sum || (depth == 0 && (strncmp(c, "\\sum", 4) == 0 || strncmp(c, "\\prod", 5) == 0));
    }
    return sum && !(n > 7 && strcmp(text + n - 7, "\\right)") == 0);
}

bool df__latex_is_bracket(const char *t, int at)
{
    return (t[at] == '(' && (at < 5 || strncmp(t + at - 5, "\\left", 5) != 0)) ||
           (t[at] == ')' && (at < 6 || strncmp(t + at - 6, "\\right", 6) != 0));
}

void df__latex_brackets(df__text *out, int64_t from, const int64_t *at, int n)
{
    if (out->failed || !df__latex_is_tall(out->p + from))
        return;
    while (n-- > 0)
        df__text_insert(out, at[n], out->p[at[n]] == '(' ? "\\left" : "\\right");
}

static bool is_single(const df_node *y)
{
    return df__elements(y->dims, 2) == 1;
}

/* Of arrays with a sign, of a number and an array without. */
const char *df__latex_product(const df_node *y)
{
    if (y->op->algebra != DF_PRODUCT)
        return NULL;
    if (y->x[1]->op->algebra == DF_NUMBER)
        return "%0 \\cdot %1";
    return is_single(y->x[0]) || is_single(y->x[1]) ? "%0 \\, %1" : NULL;
}
