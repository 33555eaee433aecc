/* idx.c -- the files of MNIST: arrays behind a small header
 *
 * SPDX-License-Identifier: MIT
 *
 *     0 0 type rank, then each size in 4 bytes, then the elements in C order, the greatest byte
 *     first throughout
 *
 * LeCun, Cortes and Burges, The MNIST database of handwritten digits. */
#include "file.h"

static bool read_type(const df__file *f, int code, df__element *e)
{
    static const struct { int code; df__element e; } types[] = {
        { 0x08, { 'u', 1, true } }, { 0x09, { 'i', 1, true } }, { 0x0B, { 'i', 2, true } },
        { 0x0C, { 'i', 4, true } }, { 0x0D, { 'f', 4, true } }, { 0x0E, { 'f', 8, true } },
    };
    for (size_t k = 0; k < sizeof types / sizeof *types; k++)
        if (types[k].code == code) {
            *e = types[k].e;
            return true;
        }
    return df__file_fail(f, DF_FILE_FORMAT, "an idx file has no type 0x%02x", (unsigned)code);
}

/* From the first byte on; *a stays as it was until all is there. */
static bool read_file(df__file *f, df_array *a)
{
    unsigned char head[4], size[4];
    df__element e;
    df_dims s = { 0 };
    if (!df__file_read(f, head, sizeof head))
        return false;
    if (head[0] == 0x1f && head[1] == 0x8b)
        return df__file_fail(f, DF_FILE_FORMAT, "is compressed: gunzip it first");
    if (head[0] || head[1])
        return df__file_fail(f, DF_FILE_FORMAT, "is no idx file, which begins with two bytes 0");
    if (!read_type(f, head[2], &e))
        return false;
    if (head[3] < 1 || head[3] > DF_RANK)
        return df__file_fail(f, DF_FILE_FORMAT, "%d dimensions: wanted are 1 to %d", head[3],
                             DF_RANK);
    for (; s.rank < head[3]; s.rank++) {
        if (!df__file_read(f, size, sizeof size))
            return false;
        s.size[s.rank] = (int64_t)df__big(size, 4);
        if (s.size[s.rank] == 0)
            return df__file_fail(f, DF_FILE_FORMAT, "size %d is 0: nothing is in it", s.rank);
    }
    return df__file_array(f, e, s, false, a);
}

bool df_read_idx(df_graph *g, const char *path, df_array *a)
{
    return df__file_read_array(g, "read_idx", path, a, read_file);
}
