/* files.h -- files of a test, in a folder of its own below the directory it runs in
 *
 * SPDX-License-Identifier: MIT */
#ifndef DFOO_TESTS_FILES_H
#define DFOO_TESTS_FILES_H
static void before_each(void);
#define BEFORE_EACH before_each
#include "check.h"
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static int files_there(bool removed)
{
    char path[400];
    int n = 0;
    DIR *d = folder[0] ? opendir(folder) : NULL;
    for (struct dirent *e; d && (e = readdir(d)); ) {
        if (e->d_name[0] == '.')
            continue;
        n++;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (removed)
            unlink(path);
    }
    if (d)
        closedir(d);
    return n;
}

static void remove_folder(void)
{
    files_there(true);
    rmdir(folder);
}

/* A path in this process's folder, which goes when the process ends. */
static const char *path_of(const char *name)
{
    static char path[4][160];
    static int k;
    if (!folder[0]) {
        snprintf(folder, sizeof folder, "files.%ld", (long)getpid());
        ck_assert(mkdir(folder, 0777) == 0);
        atexit(remove_folder);
    }
    k = (k + 1) % 4;
    snprintf(path[k], sizeof path[k], "%s/%s", folder, name);
    return path[k];
}

static void write_file(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    ck_assert(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

__attribute__((unused)) static unsigned char *read_file(const char *path, size_t *n)
{
    unsigned char *bytes = malloc(1 << 20);
    FILE *f = fopen(path, "rb");
    ck_assert(f && bytes);
    *n = fread(bytes, 1, 1 << 20, f);
    fclose(f);
    return bytes;
}

/* No file may become larger than this: the disk is full, as it were. */
__attribute__((unused)) static void limit_files(rlim_t bytes)
{
    struct rlimit now;
    getrlimit(RLIMIT_FSIZE, &now);
    now.rlim_cur = bytes;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert(setrlimit(RLIMIT_FSIZE, &now) == 0);
}

/* Tests that share a process begin as if each had its own. */
static void before_each(void)
{
    files_there(true);
    limit_files(RLIM_INFINITY);
}
#endif
