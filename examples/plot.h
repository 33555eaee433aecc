/* examples/plot.h -- the learning curve, and for two inputs the decision boundary, drawn by gnuplot
 *
 * SPDX-License-Identifier: MIT */
#ifndef PLOT_H
#define PLOT_H
#include "data.h"

/* Whether plot_write can write this: its ending is known, gnuplot is there, and the file can be
 * made. False, after a message. */
bool plot_possible(const char *path);

/* Writes a picture; what kind its name's ending says: png, svg, pdf. cost[i] is J in epoch i;
 * where the data has two inputs, A (1 x m) is the network's answer to X (2 x m). False, after a
 * message. */
bool plot_write(const char *path, const double *cost, long epochs, const data_set *d, df_node *X,
                df_node *A);
#endif
