/* file.c -- files of bytes: read piece by piece, written as a whole or not at all
 *
 * SPDX-License-Identifier: MIT
 *
 * A file is written under a name of its own in the same folder, forced to the disk, and then
 * renamed: at any time there is the old file or the new one, complete. Without stdio, whose buffers
 * do not come from the graph's memory. */
#define _GNU_SOURCE              /* strerror_l */
#include "file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- messages -------------------------------------------------------------------------------- */

const char *df__path_end(const char *path)
{
    size_t n = strlen(path), most = 200;
    return n > most ? path + n - most : path;
}

bool df__file_fail(const df__file *f, df_status s, const char *format, ...)
{
    char text[DF_TEXT];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return df__report(f->g, s, "%s: %s", df__path_end(f->path), text);
}

bool df__file_fail_system(const df__file *f, int number)
{
    df_status s = number == ENOENT || number == ENOTDIR ? DF_NO_FILE : DF_FILE_IO;
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c)
        return df__report(f->g, DF_NO_MEMORY, "no memory");
    df__file_fail(f, s, "%s", strerror_l(number, c));
    freelocale(c);
    return false;
}

/* ---- reading --------------------------------------------------------------------------------- */

bool df__file_open(df__file *f, df_graph *g, const char *call, const char *path)
{
    struct stat is;
    if (!path)
        return df__report(g, DF_BAD_CALL, "%s: the path is NULL", call);
    *f = (df__file){ .g = g, .path = path };
    f->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (f->file < 0)
        return df__file_fail_system(f, errno);
    bool known = fstat(f->file, &is) == 0;
    if (known && S_ISREG(is.st_mode)) {
        f->size = is.st_size;
        return true;
    }
    int number = known && S_ISDIR(is.st_mode) ? EISDIR : errno;
    close(f->file);
    return known && !S_ISDIR(is.st_mode) ? df__file_fail(f, DF_FILE_IO, "is no regular file")
                                         : df__file_fail_system(f, number);
}

bool df__file_read(df__file *f, void *to, int64_t n)
{
    for (int64_t had = 0; had < n; ) {
        size_t left = (size_t)(n - had), most = (size_t)1 << 30;
        ssize_t got = read(f->file, (char *)to + had, left < most ? left : most);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return df__file_fail_system(f, errno);
        if (got == 0)
            return df__file_fail(f, DF_FILE_FORMAT, "ends after %lld bytes, too early",
                                 (long long)(f->at + had));
        had += got;
    }
    f->at += n;
    return true;
}

void df__file_close(df__file *f)
{
    close(f->file);
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool fail(df__writer *w, int number)
{
    if (!w->failed)
        df__file_fail_system(&w->f, number);
    w->failed = true;
    return false;
}

/* The file of that name, if there is one: its rights are the new one's; -1: there is none. False:
 * it is a device. */
static bool rights_of(df__writer *w, int *rights)
{
    struct stat is;
    *rights = -1;
    if (stat(w->f.path, &is) != 0)
        return true;
    if (!S_ISREG(is.st_mode))
        return S_ISDIR(is.st_mode) ? df__file_fail_system(&w->f, EISDIR)
                                   : df__file_fail(&w->f, DF_FILE_IO, "is no regular file");
    *rights = (int)(is.st_mode & 07777);
    return true;
}

/* path.PID.0~, or as many as are there, of a long name its beginning; -1: it cannot be made. At no
 * time may those read it who may not read the old one. */
static int create_beside(df__writer *w, bool replaces)
{
    int file = -1;
    const char *slash = strrchr(w->f.path, '/');
    int folder = slash ? (int)(slash + 1 - w->f.path) : 0;
    for (int k = 0; k < 100 && file < 0; k++) {
        snprintf(w->path, w->room, "%.*s%.200s.%ld.%d~", folder, w->f.path, w->f.path + folder,
                 (long)getpid(), k);
        file = open(w->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                    replaces ? 0600 : 0666);
        if (file < 0 && errno != EEXIST)
            break;
    }
    return file;
}

/* The new file goes; the old one is as it was. */
static void drop(df__writer *w)
{
    if (w->f.file >= 0) {
        close(w->f.file);
        unlink(w->path);
    }
    df__put(&w->f.g->mem, w->path, w->room);
    w->failed = true;
}

bool df__file_begin(df__writer *w, df_graph *g, const char *call, const char *path)
{
    int rights;
    if (!path)
        return df__report(g, DF_BAD_CALL, "%s: the path is NULL", call);
    *w = (df__writer){ .f = { .g = g, .path = path }, .sum = DF__SUM_START };
    if (!rights_of(w, &rights))
        return false;
    w->room = strlen(path) + 40;
    w->path = df__get(&g->mem, w->room);
    if (!w->path)
        return df__report(g, DF_NO_MEMORY, "no memory");
    w->f.file = create_beside(w, rights >= 0);
    if (w->f.file < 0)
        fail(w, errno);
    else if (rights >= 0 && fchmod(w->f.file, (mode_t)rights) != 0)
        fail(w, errno);
    if (w->failed)
        drop(w);
    return !w->failed;
}

static void write_out(df__writer *w, const unsigned char *bytes, int64_t n)
{
    while (n > 0 && !w->failed) {
        ssize_t done = write(w->f.file, bytes, n < 1 << 30 ? (size_t)n : (size_t)1 << 30);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            fail(w, errno);
            return;
        }
        bytes += done;
        n -= done;
    }
}

void df__file_put(df__writer *w, const void *bytes, int64_t n)
{
    w->sum = df__sum(w->sum, bytes, n);
    if (w->n + n > (int64_t)sizeof w->piece) {
        write_out(w, w->piece, w->n);
        w->n = 0;
    }
    if (n > (int64_t)sizeof w->piece) {
        write_out(w, bytes, n);
    } else {
        memcpy(w->piece + w->n, bytes, (size_t)n);
        w->n += (int)n;
    }
}

void df__file_put_numbers(df__writer *w, const void *numbers, int64_t n, int bytes)
{
    const unsigned char *at = numbers;
    if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) {
        df__file_put(w, numbers, n * bytes);
        return;
    }
    for (int64_t i = 0; i < n; i++, at += bytes)
        for (int k = bytes - 1; k >= 0; k--)
            df__file_put(w, at + k, 1);
}

/* So that the new name outlasts a loss of power, where folders can be opened. */
static void sync_folder(df__writer *w)
{
    char *slash = strrchr(w->path, '/');
    if (slash)
        slash[slash == w->path] = 0;
    int folder = open(slash ? w->path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        fsync(folder);
        close(folder);
    }
}

bool df__file_finish(df__writer *w)
{
    write_out(w, w->piece, w->n);
    if (!w->failed && fsync(w->f.file) != 0)
        fail(w, errno);
    if (!w->failed && rename(w->path, w->f.path) != 0)
        fail(w, errno);
    if (w->failed) {
        drop(w);
        return false;
    }
    close(w->f.file);
    sync_folder(w);
    df__put(&w->f.g->mem, w->path, w->room);
    return true;
}

/* ---- numbers --------------------------------------------------------------------------------- */

uint64_t df__sum(uint64_t sum, const void *bytes, int64_t n)
{
    const unsigned char *at = bytes;
    for (int64_t i = 0; i < n; i++)
        sum = (sum ^ at[i]) * 0x100000001b3u;
    return sum;
}

uint64_t df__little(const void *bytes, int n)
{
    const unsigned char *at = bytes;
    uint64_t v = 0;
    while (n-- > 0)
        v = v << 8 | at[n];
    return v;
}

uint64_t df__big(const void *bytes, int n)
{
    const unsigned char *at = bytes;
    uint64_t v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | at[i];
    return v;
}
