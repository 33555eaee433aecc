/* cells.c -- one step of recurrent networks
 *
 * SPDX-License-Identifier: MIT
 *
 *     lstm:   (i, f, g, o) = W x + U h + b
 *             c' = sigmoid(f) c + sigmoid(i) tanh(g),     h' = sigmoid(o) tanh(c')
 *     gru:    (r, z, n) = W x + b,   (R, Z, N) = U h + a
 *             h' = n' + sigmoid(z + Z) (h - n'),          n' = tanh(n + sigmoid(r + R) N)
 *
 * W and U hold the gates one below the other, so that all are one product; in the order and with
 * the biases of cuDNN and PyTorch. Hochreiter and Schmidhuber 1997, with the forget gate of Gers,
 * Schmidhuber and Cummins 2000; Cho et al. 2014. As columns, x (n x m), or as rows, x (m x n). */
#include "ops.h"

static bool are_rows(df_node *x) { return df_m_axis(df_shape_of(x)) == 0; }

static df_node *times(df_node *W, df_node *x)
{
    return are_rows(x) ? df_matmul(x, df_transpose(W)) : df_matmul(W, x);
}

/* Which axis holds the units; -1: they are not one for each n of z, and the graph has the error. */
static int units_axis(const char *call, df_node *z, df_node *h, int n)
{
    df_dims s = df_shape_of(h);
    int axis = are_rows(h);
    if (!df__together(call, z, h))
        return -1;
    if (s.rank == 2)
        s.size[axis] *= n;
    if (s.rank == 2 && df__dims_equal(s, df_shape_of(z)))
        return axis;
    df__refuse_two(call, z, ", state", h,
                   n == 4 ? "the weights need 4 rows a unit" : "the weights need 3 rows a unit");
    return -1;
}

/* ---- LSTM ------------------------------------------------------------------------------------ */

/* All four gates; *axis: of the units. */
static df_node *lstm_gates(df_node *x, df_node *h, df_node *c, df_node *W, df_node *U, df_node *b,
                           int *axis)
{
    df_node *z = df_add(times(W, x), df_add_bias(times(U, h), b));
    *axis = units_axis("lstm", z, h, 4);
    return *axis >= 0 && df__same_shape("lstm", h, c) ? z : NULL;
}

df_node *df_lstm_c(df_node *x, df_node *h, df_node *c, df_node *W, df_node *U, df_node *b)
{
    int axis;
    df_node *z = lstm_gates(x, h, c, W, U, b, &axis);
    if (!z)
        return NULL;
    df_node *i = df_sigmoid(df_split(z, axis, 4, 0)), *f = df_sigmoid(df_split(z, axis, 4, 1));
    return df_add(df_mul(f, c), df_mul(i, df_tanh(df_split(z, axis, 4, 2))));
}

/* Equal nodes are one, so that this and df_lstm_c together are one step. */
df_node *df_lstm_h(df_node *x, df_node *h, df_node *c, df_node *W, df_node *U, df_node *b)
{
    int axis;
    df_node *next = df_lstm_c(x, h, c, W, U, b);
    df_node *z = next ? lstm_gates(x, h, c, W, U, b, &axis) : NULL;
    return z ? df_mul(df_sigmoid(df_split(z, axis, 4, 3)), df_tanh(next)) : NULL;
}

/* ---- GRU ------------------------------------------------------------------------------------- */

df_node *df_gru(df_node *x, df_node *h, df_node *W, df_node *U, df_node *b, df_node *a)
{
    df_node *of_x = df_add_bias(times(W, x), b), *of_h = df_add_bias(times(U, h), a);
    int axis = units_axis("gru", of_x, h, 3);
    if (axis < 0 || !df__same_shape("gru", of_x, of_h))
        return NULL;
    df_node *gate[2];
    for (int i = 0; i < 2; i++)
        gate[i] = df_sigmoid(df_add(df_split(of_x, axis, 3, i), df_split(of_h, axis, 3, i)));
    df_node *n = df_tanh(df_add(df_split(of_x, axis, 3, 2),
                                df_mul(gate[0], df_split(of_h, axis, 3, 2))));
    return df_add(n, df_mul(gate[1], df_sub(h, n)));
}
