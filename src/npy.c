/* npy.c -- NumPy's files of one array
 *
 * SPDX-License-Identifier: MIT
 *
 *     "\x93NUMPY", version, length of the header; the header, a dict of Python as text:
 *     {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }; then the elements
 *
 * NumPy enhancement proposal 1, and numpy.lib.format. */
#include "file.h"

enum { HEADER = 10000 };         /* bytes at most, as in NumPy */

/* ---- the header as text ---------------------------------------------------------------------- */

typedef struct {
    const char *at;              /* ended by 0 */
    df__element e;
    bool reversed, has[3];       /* descr, fortran_order, shape */
    df_dims s;
    char type[16];               /* as written, for messages */
} header;

static bool take(header *h, const char *what)
{
    size_t n = strlen(what);
    h->at += strspn(h->at, " \t\n");
    if (strncmp(h->at, what, n) != 0)
        return false;
    h->at += n;
    return true;
}

/* 'text' or "text" without an escape, cut to the room there is. */
static bool take_string(header *h, char *to, size_t room)
{
    take(h, "");
    char quote = *h->at;
    const char *end = quote == '\'' || quote == '"' ? strchr(h->at + 1, quote) : NULL;
    if (!end)
        return false;
    h->at++;
    snprintf(to, room, "%.*s", (int)(end - h->at), h->at);
    h->at = end + 1;
    return true;
}

/* "<f8": the order of bytes, kind, size. */
static bool read_type(header *h)
{
    if (!take_string(h, h->type, sizeof h->type))
        return false;
    const char *t = h->type;
    if (*t && strchr("<>|=", *t))
        h->e.big = *t++ == '>';
    h->e.kind = *t ? *t++ : 0;
    h->e.bytes = t[0] >= '1' && t[0] <= '9' && !t[1] ? t[0] - '0' : 0;
    return true;
}

/* (3, 4), (3,) or (); 3L of Python 2. */
static bool read_shape(header *h)
{
    if (!take(h, "("))
        return false;
    while (!take(h, ")")) {
        int64_t v = 0;
        take(h, "");
        if (h->s.rank == DF_RANK || *h->at < '0' || *h->at > '9')
            return false;
        for (; *h->at >= '0' && *h->at <= '9'; h->at++)
            if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *h->at - '0', &v))
                return false;
        h->s.size[h->s.rank++] = v;
        take(h, "L");
        if (!take(h, ",") && (take(h, ""), *h->at != ')'))
            return false;
    }
    return true;
}

static bool read_order(header *h)
{
    h->reversed = take(h, "True");
    return h->reversed || take(h, "False");
}

/* Each key once, in any order. */
static bool read_header(header *h)
{
    static const struct { const char *key; bool (*read)(header *h); } keys[] = {
        { "descr", read_type }, { "fortran_order", read_order }, { "shape", read_shape },
    };
    if (!take(h, "{"))
        return false;
    while (!take(h, "}")) {
        char key[16];
        int k = 0;
        if (!take_string(h, key, sizeof key) || !take(h, ":"))
            return false;
        while (k < 3 && strcmp(keys[k].key, key) != 0)
            k++;
        if (k == 3 || h->has[k] || !keys[k].read(h))
            return false;
        h->has[k] = true;
        if (!take(h, ",") && (take(h, ""), *h->at != '}'))
            return false;
    }
    take(h, "");
    return !*h->at && h->has[0] && h->has[1] && h->has[2];
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool check_header(const df__file *f, header *h)
{
    if (!df__element_type(h->e))
        return df__file_fail(f, DF_FILE_FORMAT, "elements of type '%s': numbers are wanted, f2 to "
                             "f8, i1 to i8, u1 to u8 or b1", h->type);
    for (int j = 0; j < h->s.rank; j++)
        if (h->s.size[j] == 0)
            return df__file_fail(f, DF_FILE_FORMAT, "size %d is 0: nothing is in it", j);
    if (h->s.rank == 0)
        h->s = df_shape(1);
    return true;
}

/* From the first byte on; *a stays as it was until all is there. */
static bool read_file(df__file *f, df_array *a)
{
    unsigned char head[8], length[4];
    char text[HEADER + 1];
    header h = { .at = text };
    if (!df__file_read(f, head, sizeof head))
        return false;
    if (memcmp(head, "\x93NUMPY", 6) != 0)
        return df__file_fail(f, DF_FILE_FORMAT, "is no .npy file");
    if (head[6] < 1 || head[6] > 3)
        return df__file_fail(f, DF_FILE_FORMAT, "version %d: 1 to 3 are known", head[6]);
    int bytes = head[6] == 1 ? 2 : 4;
    if (!df__file_read(f, length, bytes))
        return false;
    uint64_t n = df__little(length, bytes);
    if (n > HEADER)
        return df__file_fail(f, DF_FILE_FORMAT, "a header of %llu bytes", (unsigned long long)n);
    if (!df__file_read(f, text, (int64_t)n))
        return false;
    text[n] = 0;
    if (strlen(text) != n || !read_header(&h))
        return df__file_fail(f, DF_FILE_FORMAT, "the header is not as NumPy writes it, at byte %d",
                             (int)(8 + bytes + (h.at - text)));
    return check_header(f, &h) && df__file_array(f, h.e, h.s, h.reversed, a);
}

bool df_read_npy(df_graph *g, const char *path, df_array *a)
{
    return df__file_read_array(g, "read_npy", path, a, read_file);
}

/* ---- writing --------------------------------------------------------------------------------- */

static const char *const names[] = { NULL, "<f4", "<f8", "|u1", "<i4", "<i8" };  /* by df_type */

static bool check_array(df_graph *g, const df_array *a)
{
    const char *why = NULL;
    if (!a || !a->data)
        why = "the array is NULL";
    else if (a->type < DF_FLOAT32 || a->type > DF_INT64)
        why = "the array has no type";
    else if (!df__dims_ok(a->dims, &why))
        why = why ? why : "the array has no shape";
    else if (df__has_m(a->dims) || df__elements(a->dims, 1) < 0)
        why = "the array has no sizes";
    return why ? df__report(g, DF_BAD_CALL, "write_npy: %s", why) : true;
}

/* Elements lie one after another as the axes say, or, reversed, as the axes backward do. */
static bool is_packed(const df_array *a, bool reversed)
{
    int64_t step = 1;
    for (int k = 0; k < a->dims.rank; k++) {
        int j = reversed ? k : a->dims.rank - 1 - k;
        if (a->dims.size[j] != 1 && a->stride[j] != step)
            return false;
        step *= a->dims.size[j];
    }
    return true;
}

/* Padded with blanks, so that the elements begin at a multiple of 64. */
static void write_header(df__writer *w, const df_array *a, bool reversed)
{
    unsigned char text[512] = "\x93NUMPY\x01";
    int n = 10;
    n += snprintf((char *)text + n, sizeof text - (size_t)n,
                  "{'descr': '%s', 'fortran_order': %s, 'shape': (", names[a->type],
                  reversed ? "True" : "False");
    for (int j = 0; j < a->dims.rank; j++)
        n += snprintf((char *)text + n, sizeof text - (size_t)n, "%lld%s",
                      (long long)a->dims.size[j],
                      j + 1 < a->dims.rank ? ", " : a->dims.rank == 1 ? "," : "");
    n += snprintf((char *)text + n, sizeof text - (size_t)n, "), }");
    while (n % 64 != 63)
        text[n++] = ' ';
    text[n++] = '\n';
    text[8] = (unsigned char)(n - 10);
    text[9] = (unsigned char)((n - 10) >> 8);
    df__file_put(w, text, n);
}

/* One by one, in C order; at[]: its place. */
static void write_elements(df__writer *w, const df_array *a, int64_t n, int bytes)
{
    int64_t at[DF_RANK] = { 0 }, last = a->dims.rank - 1;
    for (int64_t i = 0; i < n; i++) {
        int64_t offset = 0;
        for (int j = 0; j < a->dims.rank; j++)
            offset += at[j] * a->stride[j];
        df__file_put_numbers(w, (const char *)a->data + offset * bytes, 1, bytes);
        for (int64_t j = last; j >= 0 && ++at[j] == a->dims.size[j]; j--)
            at[j] = 0;
    }
}

bool df_write_npy(df_graph *g, const char *path, const df_array *a)
{
    df__writer w;
    if (!g || !check_array(g, a) || !df__file_begin(&w, g, "write_npy", path))
        return false;
    int64_t n = df__elements(a->dims, 1);
    int bytes = (int)df__type_size(a->type);
    bool straight = is_packed(a, false), reversed = !straight && is_packed(a, true);
    write_header(&w, a, reversed);
    if (straight || reversed)
        df__file_put_numbers(&w, a->data, n, bytes);
    else
        write_elements(&w, a, n, bytes);
    return df__file_finish(&w);
}
