/* parse_lexer.c -- words, numbers and signs of a model's text
 *
 * SPDX-License-Identifier: MIT
 *
 * Blanks and comments are passed, and within brackets line ends too. */
#include "parse.h"
#include <stdarg.h>
#include <stdlib.h>

/* ---- errors ---------------------------------------------------------------------------------- */

bool df__parse_fail(df__parser *p, df_status s, const char *at, const char *format, ...)
{
    char text[DF_TEXT];
    va_list list;
    if (p->failed)
        return false;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    p->failed = true;
    df__here_in(p->text, at);
    df__error(p->g, s, "%s", text);
    return false;
}

bool df__expected(df__parser *p, const char *what)
{
    char found[40];
    const df__token *t = &p->t;
    if (t->kind == DF__END || t->kind == DF__LINE)
        return df__parse_fail(p, DF_BAD_CALL, t->at, "expected %s, found the end of the %s", what,
                              t->kind == DF__END ? "text" : "line");
    return df__parse_fail(p, DF_BAD_CALL, t->at, "expected %s, found '%s'", what,
                          df__shown(t->at, t->n, found));
}

/* ---- characters ------------------------------------------------------------------------------ */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool df__word_is(const char *at, int64_t n, const char *word)
{
    return (size_t)n == strlen(word) && memcmp(at, word, (size_t)n) == 0;
}

/* To the beginning of the next token; true: something was passed. */
static bool pass_blanks(df__parser *p)
{
    const char *from = p->at;
    while (*p->at == ' ' || *p->at == '\t' || *p->at == '\r' || *p->at == '#' ||
           (*p->at == '\n' && p->brackets > 0))
        p->at += *p->at == '#' ? strcspn(p->at, "\n") : 1;
    return p->at > from;
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static const char *end_of_word(const char *at)
{
    while (is_letter(*at) || is_digit(*at))
        at++;
    return at;
}

/* 1, 1.5, .5, 1e-3; what goes on as a word is no number. NULL: it is none. */
static const char *end_of_number(const char *at)
{
    int digits = 0;
    for (; is_digit(*at) || *at == '.'; at++)
        digits += *at != '.';
    if (digits && (*at == 'e' || *at == 'E')) {
        at += at[1] == '-' || at[1] == '+' ? 2 : 1;
        digits = is_digit(*at);
        while (is_digit(*at))
            at++;
    }
    return digits && !is_letter(*at) ? at : NULL;
}

static void take_number(df__parser *p)
{
    const char *end = end_of_number(p->at);
    char *read;
    strtod(p->at, &read);
    p->t.kind = end && end == read ? DF__FIGURES : DF__WRONG;
    p->at = end ? end : end_of_word(p->at + 1);
}

static void take_string(df__parser *p)
{
    const char *end = p->at + 1 + strcspn(p->at + 1, "'\"\n");
    p->t.kind = *end == *p->at ? DF__QUOTED : DF__WRONG;
    p->at = p->t.kind == DF__QUOTED ? end + 1 : end;
}

/* The longest sign that stands here. */
static void take_sign(df__parser *p)
{
    static const struct { const char *text; char sign; } longer[] = {
        { "**", DF__TO_THE }, { "<=", DF__NOT_MORE }, { ">=", DF__NOT_LESS }, { "==", DF__EQUAL },
        { "!=", DF__UNEQUAL }, { "...", DF__DOTS },
    };
    p->t.kind = strchr("+-*/@<>&|~()[],.:=", *p->at) ? DF__SIGN : DF__WRONG;
    p->t.sign = *p->at;
    for (size_t k = 0; k < sizeof longer / sizeof *longer; k++)
        if (strncmp(p->at, longer[k].text, strlen(longer[k].text)) == 0) {
            p->t.kind = DF__SIGN;
            p->t.sign = longer[k].sign;
            p->at += strlen(longer[k].text);
            return;
        }
    do
        p->at++;                 /* the whole of a character */
    while (((unsigned char)*p->at & 0xC0) == 0x80);
}

void df__next(df__parser *p)
{
    bool blank = pass_blanks(p);
    char c = *p->at;
    p->t = (df__token){ .kind = DF__END, .blank = blank, .at = p->at };
    if (c == '\n') {
        p->t.kind = DF__LINE;
        p->at++;
    } else if (is_letter(c)) {
        p->t.kind = DF__WORD;
        p->at = end_of_word(p->at);
    } else if (is_digit(c) || (c == '.' && is_digit(p->at[1]))) {
        take_number(p);
    } else if (c == '\'' || c == '"') {
        take_string(p);
    } else if (c == '%' && p->in_form) {
        p->t.kind = DF__PLACE;
        p->t.sign = p->at[1];
        p->at += 2;
    } else if (c) {
        take_sign(p);
    }
    p->t.n = p->at - p->t.at;
}

bool df__is_sign(const df__parser *p, char sign)
{
    return p->t.kind == DF__SIGN && p->t.sign == sign;
}

/* Brackets count before the next token is read. */
bool df__take(df__parser *p, char sign)
{
    if (!df__is_sign(p, sign))
        return false;
    p->brackets += sign == '(' || sign == '[' ? 1 : sign == ')' || sign == ']' ? -1 : 0;
    df__next(p);
    return true;
}
