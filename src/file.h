/* file.h -- files of bytes: read piece by piece, written as a whole or not at all
 *
 * SPDX-License-Identifier: MIT */
#ifndef DF_FILE_H
#define DF_FILE_H
#include "df.h"

/* ---- reading --------------------------------------------------------------------------------- */
/* size: of all of it; at: how much has been read. */
typedef struct { df_graph *g; const char *path; int file; int64_t size, at; } df__file;
/* "path: text" as the reason why a call failed. Always false. */
bool df__file_fail(const df__file *f, df_status s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool df__file_fail_system(const df__file *f, int number);            /* errno, in English */
const char *df__path_end(const char *path);                          /* of a long path its end */
/* A regular file; false: it is none, and nothing is open. call: "read_npy", for messages. */
bool df__file_open(df__file *f, df_graph *g, const char *call, const char *path);
bool df__file_read(df__file *f, void *to, int64_t n);                /* all n bytes, or failed */
void df__file_close(df__file *f);

/* ---- writing --------------------------------------------------------------------------------- */
/* What is put goes to a file beside the one of that name. sum: of all bytes put. */
typedef struct {
    df__file f;
    char *path;                  /* of the file beside */
    size_t room;
    uint64_t sum;
    bool failed;                 /* and reported; what is put from then on is ignored */
    int n;
    unsigned char piece[4096];
} df__writer;
bool df__file_begin(df__writer *w, df_graph *g, const char *call, const char *path);
void df__file_put(df__writer *w, const void *bytes, int64_t n);
/* n numbers of so many bytes each, the least byte first. */
void df__file_put_numbers(df__writer *w, const void *numbers, int64_t n, int bytes);
/* Puts the new file in the place of the old; false: it failed, and the old one is as it was. */
bool df__file_finish(df__writer *w);

/* ---- numbers in files ------------------------------------------------------------------------ */
/* FNV-1a of 64 bits, goes on from `sum`. */
#define DF__SUM_START 0xcbf29ce484222325u
uint64_t df__sum(uint64_t sum, const void *bytes, int64_t n);
/* A whole number of n bytes, the least one first, or the greatest. */
uint64_t df__little(const void *bytes, int n);
uint64_t df__big(const void *bytes, int n);
/* Elements of files: kind 'f' floats, 'i' and 'u' integers with and without sign, 'b' truth. */
typedef struct { char kind; int bytes; bool big; } df__element;
/* What they become in memory: small integers int32, half floats float32. 0: there is no such. */
df_type df__element_type(df__element e);
/* The rest of the file as an array of the graph, in C order or reversed; false: failed, and *a is
 * as it was. */
bool df__file_array(df__file *f, df__element e, df_dims s, bool reversed, df_array *a);
/* Opens it for `call`, reads and closes it. */
bool df__file_read_array(df_graph *g, const char *call, const char *path, df_array *a,
                         bool (*read)(df__file *f, df_array *a));
#endif
