/* examples/data.h -- what a trainer needs around the network: data to train and test with, and
 * progress
 *
 * SPDX-License-Identifier: MIT */
#ifndef DATA_H
#define DATA_H
#include <dfoo.h>

/* Examples for training and for testing; each array has one column per example. They are views
 * of `all`. */
typedef struct {
    df_array all;            /* one row per example: inputs, then the label, 0 or 1 */
    df_array x, y;           /* (inputs x m), (1 x m), with m; and so for the test part */
    df_array test_x, test_y;
    int64_t inputs, m, m_test;
    char name[2][64];        /* of the first two inputs: the CSV's, or "input 1" */
} data_set;

/* The CSV file `name`, with the label as last column; "flower": two classes along the petals of
 * a rose. Rows are shuffled by the seed, a quarter is kept for testing, and inputs are
 * standardised. False, after a message. */
bool data_read(df_graph *g, const char *name, df_type real, uint64_t seed, data_set *to);
void data_free(data_set *d);

/* The CSV file of the examples. Where a file of theirs lies, from any directory: path, or NULL. */
extern const char data_default[];
const char *data_find(const char *file, char path[256]);

/* A new (rows x columns) array of zeros; data NULL if there is no memory. Element [i,j] of an
 * array. */
df_array array_new(df_type real, int64_t rows, int64_t columns);
double array_get(const df_array *a, int64_t i, int64_t j);
void array_set(df_array *a, int64_t i, int64_t j, double v);

/* Says how far training is: over and over in one line of a terminal, ten lines in a log. */
void progress(long epoch, long epochs, double cost);
#endif
