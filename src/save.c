/* save.c -- the values of parameters and states in a file
 *
 * SPDX-License-Identifier: MIT
 *
 * Numbers have their least byte first; what is padded ends at a multiple of 8 from the beginning.
 *
 *     bytes 0   "\x89" "dfoo\r\n\x1a": what a transfer as text or as 7 bits would spoil
 *           8   version, 4 bytes: 1
 *          12   how many values, 4 bytes
 *          16   size of the whole file, 8 bytes
 *          24   seed, 8 bytes
 *          32   how many runs have updated something, 8 bytes
 *          40   the values, in order of creation, each:
 *               length of its name, 2 bytes; kind: 'p' parameter, 's' state; type: 1 float32,
 *               2 float64; rank; 0, 0, 0; each size, 8 bytes; the name with 1 to 8 bytes of 0
 *               behind it; the elements in C order, padded with 0
 *     last 8    FNV-1a of 64 bits (Fowler, Noll and Vo) of all bytes before
 *
 * A file is read whole and compared with the graph; only then is a value changed. */
#include "file.h"
#include <float.h>
#include <math.h>

enum { FORMAT = 1, FRONT = 40, BACK = 8, NAME = 65535 };
static const char magic[] = "\x89" "dfoo\r\n\x1a";

static int64_t padded(int64_t n)
{
    return (n + 7) / 8 * 8;
}

static char kind_of(const df_node *x)
{
    return x->op == &df__op_param ? 'p' : 's';
}

/* The first parameter or state from that id on, or NULL. */
static df_node *next_leaf(const df_graph *g, int64_t id)
{
    while (id < g->n_nodes && !g->node[id]->leaf)
        id++;
    return id < g->n_nodes ? g->node[id] : NULL;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* A parameter must be a number everywhere: a file that is good is not replaced by nonsense. */
static bool check_leaf(const df__file *to, const df_node *x)
{
    bool param = kind_of(x) == 'p';
    if (param && !x->leaf->has_value)
        return df__file_fail(to, DF_UNBOUND, "%.64s has no value: df_init or df_set", x->name);
    if (param && !df__all_finite(x->leaf->data, x->leaf->type, x->leaf->n))
        return df__file_fail(to, DF_NOT_FINITE, "%.64s is not finite", x->name);
    if (strlen(x->name) > NAME)
        return df__file_fail(to, DF_BAD_CALL, "%.64s...: too long a name", x->name);
    return true;
}

static int64_t bytes_of(const df_node *x)
{
    return 8 + 8 * (int64_t)x->dims.rank + padded((int64_t)strlen(x->name) + 1) +
           padded(x->leaf->n * (int64_t)df__type_size(x->leaf->type));
}

static void put(df__writer *w, uint64_t v, int bytes)
{
    unsigned char text[8];
    for (int k = 0; k < bytes; k++, v >>= 8)
        text[k] = (unsigned char)v;
    df__file_put(w, text, bytes);
}

static void put_zeros(df__writer *w, int64_t n)
{
    static const char zeros[4096];
    for (int64_t here; n > 0; n -= here) {
        here = n < (int64_t)sizeof zeros ? n : (int64_t)sizeof zeros;
        df__file_put(w, zeros, here);
    }
}

/* A state that no run has needed yet has no memory, and is 0. */
static void put_leaf(df__writer *w, const df_node *x)
{
    int64_t length = (int64_t)strlen(x->name), n = x->leaf->n;
    int64_t size = (int64_t)df__type_size(x->leaf->type);
    put(w, (uint64_t)length, 2);
    put(w, (uint64_t)kind_of(x), 1);
    put(w, (uint64_t)x->leaf->type, 1);
    put(w, (uint64_t)x->dims.rank, 4);
    for (int j = 0; j < x->dims.rank; j++)
        put(w, (uint64_t)x->dims.size[j], 8);
    df__file_put(w, x->name, length);
    put_zeros(w, padded(length + 1) - length);
    if (x->leaf->data)
        df__file_put_numbers(w, x->leaf->data, n, (int)size);
    else
        put_zeros(w, n * size);
    put_zeros(w, padded(n * size) - n * size);
}

bool df_save(df_graph *g, const char *path)
{
    df__writer w;
    df__file to = { .g = g, .path = path };
    int64_t all = FRONT + BACK, n = 0;
    if (!g)
        return false;
    if (!path)
        return df__report(g, DF_BAD_CALL, "save: the path is NULL");
    for (df_node *x = next_leaf(g, 0); x; x = next_leaf(g, x->id + 1), n++) {
        if (!check_leaf(&to, x))
            return false;
        all += bytes_of(x);
    }
    if (!df__file_begin(&w, g, "save", path))
        return false;
    df__file_put(&w, magic, 8);
    put(&w, FORMAT, 4);
    put(&w, (uint64_t)n, 4);
    put(&w, (uint64_t)all, 8);
    put(&w, g->seed, 8);
    put(&w, __atomic_load_n(&g->runs, __ATOMIC_RELAXED), 8);
    for (df_node *x = next_leaf(g, 0); x; x = next_leaf(g, x->id + 1))
        put_leaf(&w, x);
    put(&w, w.sum, 8);
    return df__file_finish(&w);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* One value as it lies in the file; elements NULL: none is there. */
typedef struct { const unsigned char *elements; df_type type; } value;

/* at .. end: the values that have not been looked at. */
typedef struct {
    df__file f;
    df_graph *g;
    df_load_mode mode;
    unsigned char *bytes;
    const unsigned char *at, *end;
    uint64_t count;
    value *of;                   /* by id of the graph's nodes */
} loading;

static double element(const value *v, int64_t i)
{
    union { uint64_t bits; double d; } wide;
    union { uint32_t bits; float f; } narrow;
    int size = (int)df__type_size(v->type);
    wide.bits = df__little(v->elements + i * size, size);
    narrow.bits = (uint32_t)wide.bits;
    return v->type == DF_FLOAT32 ? (double)narrow.f : wide.d;
}

/* Of a parameter: that all is finite, in the graph's type too. */
static bool check_elements(const loading *l, const df_node *x, const value *v)
{
    double most = x->leaf->type == DF_FLOAT32 ? FLT_MAX : DBL_MAX;
    for (int64_t i = 0; kind_of(x) == 'p' && i < x->leaf->n; i++)
        if (!(fabs(element(v, i)) <= most))
            return df__file_fail(&l->f, DF_NOT_FINITE, "%.64s: element %lld is %s", x->name,
                                 (long long)i, isfinite(element(v, i)) ? "too large for a float"
                                                                       : "not finite");
    return true;
}

/* What stands at l->at, with its name and shape; false: it does not fit in the file. */
static bool read_head(loading *l, const char **name, char *kind, df_dims *s, value *v)
{
    const unsigned char *at = l->at;
    int64_t left = l->end - at, length = left >= 8 ? (int64_t)df__little(at, 2) : 0, n;
    int64_t rank = left >= 8 ? (int64_t)df__little(at + 4, 4) : 0;
    if (left < 8 || rank < 1 || rank > DF_RANK || left < 8 + 8 * rank + padded(length + 1))
        return false;
    *kind = (char)at[2];
    v->type = at[3];
    s->rank = (int)rank;
    for (int j = 0; j < s->rank; j++)
        s->size[j] = (int64_t)df__little(at + 8 + 8 * j, 8);
    *name = (const char *)at + 8 + 8 * rank;
    v->elements = at + 8 + 8 * rank + padded(length + 1);
    const char *why;
    if ((v->type != DF_FLOAT32 && v->type != DF_FLOAT64) || (*kind != 'p' && *kind != 's'))
        return false;
    if (!length || (*name)[length] || (int64_t)strlen(*name) != length)
        return false;
    if (!df__dims_ok(*s, &why) || df__has_m(*s) || (n = df__elements(*s, 1)) < 0)
        return false;
    int64_t bytes = padded(n * (int64_t)df__type_size(v->type));     /* does not overflow */
    l->at = v->elements + bytes;
    return bytes <= l->end - v->elements;
}

/* The value goes with the parameter or state of that name. */
static bool match(loading *l, const char *name, char kind, df_dims s, const value *v)
{
    df_node *x = df_find(l->g, name);
    char is[DF_TEXT], was[DF_TEXT];
    if (!x && l->mode == DF_WHAT_IS_THERE)
        return true;
    if (!x || !x->leaf)
        return df__file_fail(&l->f, DF_BAD_VALUE, "the graph has no %s %.64s",
                             kind == 'p' ? "parameter" : "state", name);
    if (kind != kind_of(x))
        return df__file_fail(&l->f, DF_BAD_VALUE, "%.64s is a %s, in the file a %s", name,
                             x->op->name, kind == 'p' ? "parameter" : "state");
    if (!df__dims_equal(x->dims, s))
        return df__file_fail(&l->f, DF_BAD_SHAPE, "%.64s is %.64s, in the file %.64s", name,
                             df__dims_text(x->dims, is, sizeof is),
                             df__dims_text(s, was, sizeof was));
    if (l->of[x->id].elements)
        return df__file_fail(&l->f, DF_FILE_FORMAT, "%.64s is there twice", name);
    l->of[x->id] = *v;
    return check_elements(l, x, v);
}

/* Each value of the file is looked at once, and then whether the graph has more. */
static bool read_values(loading *l)
{
    const char *name;
    char kind;
    df_dims s;
    value v;
    for (uint64_t k = 0; k < l->count; k++)
        if (!read_head(l, &name, &kind, &s, &v))
            return df__file_fail(&l->f, DF_FILE_FORMAT, "value %llu of %llu makes no sense",
                                 (unsigned long long)k + 1, (unsigned long long)l->count);
        else if (!match(l, name, kind, s, &v))
            return false;
    if (l->at != l->end)
        return df__file_fail(&l->f, DF_FILE_FORMAT, "more than its %llu values are there",
                             (unsigned long long)l->count);
    for (df_node *x = next_leaf(l->g, 0); l->mode == DF_EXACT && x; x = next_leaf(l->g, x->id + 1))
        if (!l->of[x->id].elements)
            return df__file_fail(&l->f, DF_BAD_VALUE, "has no %s %.64s", x->op->name, x->name);
    return true;
}

/* The file is one of df_save, and complete, before memory is asked for. */
static bool read_front(loading *l, unsigned char front[FRONT])
{
    int64_t size = l->f.size;
    memset(front, 0, FRONT);
    if (!df__file_read(&l->f, front, size < FRONT ? size : FRONT))
        return false;
    if (memcmp(front, magic, 8) != 0)
        return df__file_fail(&l->f, DF_FILE_FORMAT, "is no file of df_save");
    if (size >= 12 && df__little(front + 8, 4) != FORMAT)
        return df__file_fail(&l->f, DF_FILE_FORMAT, "version %u: %d is known",
                             (unsigned)df__little(front + 8, 4), FORMAT);
    if (size < FRONT + BACK || df__little(front + 16, 8) != (uint64_t)size)
        return df__file_fail(&l->f, DF_FILE_FORMAT, "is not complete: it has %lld bytes",
                             (long long)size);
    return true;
}

static bool read_all(loading *l, const unsigned char front[FRONT])
{
    memcpy(l->bytes, front, FRONT);
    l->at = l->bytes + FRONT;
    l->end = l->bytes + l->f.size - BACK;
    l->count = df__little(front + 12, 4);
    if (!df__file_read(&l->f, l->bytes + FRONT, l->f.size - FRONT))
        return false;
    if (df__sum(DF__SUM_START, l->bytes, l->end - l->bytes) != df__little(l->end, 8))
        return df__file_fail(&l->f, DF_FILE_FORMAT, "is damaged: its checksum is another");
    return true;
}

/* Nothing fails from the first change on. */
static bool assign(loading *l)
{
    for (df_node *x = next_leaf(l->g, 0); x; x = next_leaf(l->g, x->id + 1))
        if (l->of[x->id].elements && !df__leaf_place(l->g, x))
            return df__report(l->g, DF_NO_MEMORY, "no memory");
    for (df_node *x = next_leaf(l->g, 0); x; x = next_leaf(l->g, x->id + 1)) {
        const value *v = &l->of[x->id];
        for (int64_t i = 0; v->elements && i < x->leaf->n; i++)
            df__leaf_write(x->leaf, i, element(v, i));
        x->leaf->has_value = x->leaf->has_value || v->elements;
    }
    if (l->mode == DF_EXACT) {
        l->g->seed = df__little(l->bytes + 24, 8);
        __atomic_store_n(&l->g->runs, df__little(l->bytes + 32, 8), __ATOMIC_RELAXED);
    }
    return true;
}

/* The file's bytes stay in memory until all has been compared. */
static bool load(loading *l)
{
    const df_memory *mem = &l->g->mem;
    size_t bytes = (size_t)l->f.size, room = (size_t)l->g->n_nodes * sizeof *l->of;
    unsigned char front[FRONT];
    if (!read_front(l, front))
        return false;
    l->bytes = df__get(mem, bytes);
    l->of = df__get(mem, room);
    bool good = l->bytes && l->of;
    if (!good)
        df__report(l->g, DF_NO_MEMORY, "no memory");
    if (l->of)
        memset(l->of, 0, room);
    good = good && read_all(l, front) && read_values(l) && assign(l);
    df__put(mem, l->bytes, bytes);
    df__put(mem, l->of, room);
    return good;
}

bool df_load(df_graph *g, const char *path, df_load_mode mode)
{
    loading l = { .g = g, .mode = mode };
    if (!g)
        return false;
    if (!df__file_open(&l.f, g, "load", path))
        return false;
    bool good = load(&l);
    df__file_close(&l.f);
    return good;
}
