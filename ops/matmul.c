/* matmul.c -- products of matrices as numpy.matmul means them, and a bias for their columns or rows
 *
 * SPDX-License-Identifier: MIT
 *
 *     Z[..,i,e] = sum over k of W[..,i,k] X[..,k,e]
 *
 * An operand of one dimension is a row on the left and a column on the right. Leading axes go with
 * each other from the last back; one of size 1, or none, repeats. The product itself is a
 * contraction (contract.c). */
#include "ops.h"

/* Letters: one for each axis of the result, and one that is summed. */
enum { ROW = 1, COLUMN, INNER, LEADING };

/* The last axes of an operand, two at most; returns how many before them. */
static int letter_matrix(int8_t *of, int rank, int last_but_one, int last)
{
    if (rank > 1)
        of[rank - 2] = (int8_t)last_but_one;
    of[rank - 1] = (int8_t)last;
    return rank > 1 ? rank - 2 : 0;
}

/* Leading axis j, from the last back: a letter of its own where it repeats, else the result's. */
static int8_t letter_leading(int64_t own, int64_t other, int j, int side)
{
    return (int8_t)(LEADING + (own == 1 && other != 1 && other != 0 ? side * DF_RANK : 0) + j);
}

df_node *df_matmul(df_node *a, df_node *b)
{
    df_dims da = df_shape_of(a), db = df_shape_of(b);
    int8_t of_a[DF_RANK] = { 0 }, of_b[DF_RANK] = { 0 }, of_y[DF_RANK] = { 0 };
    if (!df__together("matmul", a, b))
        return NULL;
    if (df__is_scalar(da) || df__is_scalar(db))
        return df__refuse_two("matmul", a, " @", b, "a single number is multiplied by df_mul");
    if (da.rank == 1 && df__dims_equal(da, db))
        return df_sum(df_mul(a, b));
    int more_a = letter_matrix(of_a, da.rank, ROW, INNER);
    int more_b = letter_matrix(of_b, db.rank, INNER, db.rank > 1 ? COLUMN : INNER);
    int more = more_a > more_b ? more_a : more_b, rank = more;
    for (int j = 0; j < more; j++) {
        int64_t size_a = j < more_a ? da.size[more_a - 1 - j] : 0;
        int64_t size_b = j < more_b ? db.size[more_b - 1 - j] : 0;
        if (j < more_a)
            of_a[more_a - 1 - j] = letter_leading(size_a, size_b, j, 1);
        if (j < more_b)
            of_b[more_b - 1 - j] = letter_leading(size_b, size_a, j, 2);
        of_y[more - 1 - j] = (int8_t)(LEADING + j);
    }
    if (da.rank > 1)
        of_y[rank++] = ROW;
    if (db.rank > 1)
        of_y[rank++] = COLUMN;
    return df_contract(a, b, of_a, of_b, of_y, rank ? rank : 1);
}

/* One number for each row of z, or each column; the same for all examples where z carries m. */
df_node *df_add_bias(df_node *z, df_node *b)
{
    df_dims dz = df_shape_of(z), db = df_shape_of(b);
    int m = df_m_axis(dz);
    if (!df__together("add_bias", z, b))
        return NULL;
    bool column = dz.rank == 2 && m != 0 && df__dims_equal(db, df_shape(dz.size[0], 1));
    bool row = dz.rank == 2 && m != 1 && df__dims_equal(db, df_shape(1, dz.size[1]));
    if (column || row)
        return df_add(z, b);
    if (dz.rank != 2 || m < 0)
        return df__refuse_two("add_bias", z, " +", b,
                              "wanted: (k x m) + (k x 1) or (m x k) + (1 x k)");
    char text[DF_TEXT], why[DF_TEXT];
    df_dims want = m == 1 ? df_shape(dz.size[0], 1) : df_shape(1, dz.size[1]);
    snprintf(why, sizeof why, "the bias must be %.64s", df__dims_text(want, text, sizeof text));
    return df__refuse_two("add_bias", z, " +", b, why);
}
