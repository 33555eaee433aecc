/* window.h -- windows that slide over a line or an image, and their elements as a matrix
 *
 * SPDX-License-Identifier: MIT
 *
 * An array of one example is (channels x width) or (channels x height x width); a line is an image
 * of height 1. Place p = (i, j) of a window and element q = (c, a, b) of it meet at
 * x[c, i stride + a dilation - padding, j stride + b dilation - padding]. */
#ifndef DF_WINDOW_H
#define DF_WINDOW_H
#include "matrix.h"

typedef struct { int64_t size, window, places, stride, padding, dilation; } df__slide;
typedef struct { int64_t channels; df__slide h, w; } df__windows;
enum { STRIDE, PADDING };        /* in attr.i */

/* How many places there are; 0: the window does not fit. */
static inline int64_t df__places(int64_t size, int64_t window, int64_t stride, int64_t padding,
                                 int64_t dilation)
{
    int64_t room = size + 2 * padding - dilation * (window - 1) - 1;
    return room < 0 ? 0 : room / stride + 1;
}

/* Of x, whose axes but m end with those of a window h x w. */
df__windows df__windows_of(df_dims x, int64_t h, int64_t w, int64_t stride, int64_t padding,
                           int64_t dilation);
/* x is (channels x width) or (channels x height x width), and m before or behind; so many axes but
 * m (0: either). */
df_status df__check_image(df_shaping *s, int k, int rank);
/* stride, padding and dilation make sense. */
df_status df__check_slide(df_shaping *s, int64_t dilation);

/* The places j of a row whose element b lies in x, from .first to .end. */
typedef struct { int64_t first, end; } df__range;
static inline df__range df__inside(const df__slide *s, int64_t b)
{
    int64_t off = b * s->dilation - s->padding;
    df__range r = { off < 0 ? (-off + s->stride - 1) / s->stride : 0,
                    off < s->size ? (s->size - 1 - off) / s->stride + 1 : 0 };
    r.end = r.end < s->places ? r.end : s->places;
    r.first = r.first < r.end ? r.first : r.end;
    return r;
}

/* patches: element q of place p to col[q by_q + p by_p], of rows first .. first + rows - 1 of
 * places; what lies outside is `fill`. gather: the same, added back to x. */
#define DF__PATCHES(T, t) \
    DF__INLINE void patches_##t(const df__windows *of, int64_t first, int64_t rows, const T *x, \
                                T fill, T *col, int64_t by_q, int64_t by_p) \
    { \
        const df__slide *h = &of->h, *w = &of->w; \
        for (int64_t q = 0; q < of->channels * h->window * w->window; q++) { \
            int64_t b = q % w->window, a = q / w->window % h->window; \
            const T *plane = x + q / (w->window * h->window) * h->size * w->size; \
            df__range r = df__inside(w, b); \
            for (int64_t i = 0; i < rows; i++) { \
                int64_t at = (first + i) * h->stride + a * h->dilation - h->padding, j = 0; \
                T *to = col + q * by_q + i * w->places * by_p; \
                bool in = at >= 0 && at < h->size; \
                const T *from = plane + (in ? at : 0) * w->size; \
                int64_t off = b * w->dilation - w->padding, stride = w->stride; \
                for (; j < (in ? r.first : w->places); j++) \
                    to[j * by_p] = fill; \
                if (stride == 1 && by_p == 1) \
                    for (; j < r.end; j++) \
                        to[j] = from[j + off]; \
                for (; j < r.end; j++) \
                    to[j * by_p] = from[j * stride + off]; \
                for (; j < w->places; j++) \
                    to[j * by_p] = fill; \
            } \
        } \
    } \
    DF__INLINE void gather_##t(const df__windows *of, int64_t first, int64_t rows, const T *col, \
                               int64_t by_q, T *x) \
    { \
        const df__slide *h = &of->h, *w = &of->w; \
        for (int64_t q = 0; q < of->channels * h->window * w->window; q++) { \
            int64_t b = q % w->window, a = q / w->window % h->window; \
            T *plane = x + q / (w->window * h->window) * h->size * w->size; \
            df__range r = df__inside(w, b); \
            for (int64_t i = 0; i < rows; i++) { \
                int64_t at = (first + i) * h->stride + a * h->dilation - h->padding; \
                const T *from = col + q * by_q + i * w->places; \
                if (at < 0 || at >= h->size) \
                    continue; \
                T *to = plane + at * w->size; \
                int64_t off = b * w->dilation - w->padding, stride = w->stride; \
                if (stride == 1) \
                    for (int64_t j = r.first; j < r.end; j++) \
                        to[j + off] += from[j]; \
                else \
                    for (int64_t j = r.first; j < r.end; j++) \
                        to[j * stride + off] += from[j]; \
            } \
        } \
    }
#endif
