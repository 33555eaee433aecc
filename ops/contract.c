/* contract.c -- the general contraction: sums of products over shared letters
 *
 * SPDX-License-Identifier: MIT
 *
 *     each axis of a, b and y has a letter, a number from 1, in attr.axes[0], [1], [2];
 *     y is the sum of a b over all letters that y lacks:
 *         Z[i,e] = sum over k of W[i,k] X[k,e] is {1,2} {2,3} -> {1,3}
 *     da = the contraction of dy and b with a's letters; db = that of a and dy with b's
 *
 * So derivatives of products are products, without a transpose. A letter that only one of the three
 * has is an axis of size 1: one that was stretched, or what a sum leaves. */
#include "ops.h"

int df__letter(const int8_t *of, int letter)
{
    for (int j = 0; j < DF_RANK && of[j]; j++)
        if (of[j] == letter)
            return j;
    return -1;
}

static int rank_of(const int8_t *of)
{
    int rank = 0;
    while (rank < DF_RANK && of[rank])
        rank++;
    return rank;
}

/* ---- shape ----------------------------------------------------------------------------------- */

static bool letters_fit(const df_shaping *s)
{
    for (int k = 0; k < 3; k++)
        for (int j = 0; j < rank_of(s->attr->axes[k]); j++)
            if (s->attr->axes[k][j] < 0 || df__letter(s->attr->axes[k], s->attr->axes[k][j]) != j)
                return false;
    return rank_of(s->attr->axes[0]) == s->x[0].rank && rank_of(s->attr->axes[1]) == s->x[1].rank;
}

static df_status refuse_sizes(df_shaping *s, bool summed, int64_t a, int64_t b)
{
    char m[2][24] = { "m", "m" };
    if (a != DF_M)
        snprintf(m[0], sizeof m[0], "%lld", (long long)a);
    if (b != DF_M)
        snprintf(m[1], sizeof m[1], "%lld", (long long)b);
    return df_refuse(s, DF_BAD_SHAPE, "%s dimensions %s and %s differ",
                     summed ? "inner" : "leading", m[0], m[1]);
}

/* Sizes of a shared letter agree; a letter of one operand alone that is summed has size 1. */
static df_status check_operand(df_shaping *s, int k)
{
    const int8_t *of = s->attr->axes[k], *other = s->attr->axes[1 - k], *of_y = s->attr->axes[2];
    for (int j = 0; j < s->x[k].rank; j++) {
        int64_t size = s->x[k].size[j];
        int at = df__letter(other, of[j]);
        if (at >= 0 && s->x[1 - k].size[at] != size)
            return refuse_sizes(s, df__letter(of_y, of[j]) < 0, size, s->x[1 - k].size[at]);
        if (at < 0 && df__letter(of_y, of[j]) < 0 && size != 1)
            return df_refuse(s, DF_BAD_SHAPE, "dimension %d of operand %d goes with nothing",
                             j, k + 1);
    }
    return DF_OK;
}

static df_status shape(df_shaping *s)
{
    const int8_t *of_y = s->attr->axes[2];
    int ms = 0;
    if (!letters_fit(s))
        return df_refuse(s, DF_BAD_CALL, "the letters do not fit the operands");
    df_status status = check_operand(s, 0);
    if (status == DF_OK)
        status = check_operand(s, 1);
    s->y = (df_dims){ .rank = rank_of(of_y) };
    for (int j = 0; j < s->y.rank; j++) {
        int in_a = df__letter(s->attr->axes[0], of_y[j]);
        int in_b = df__letter(s->attr->axes[1], of_y[j]);
        s->y.size[j] = in_a >= 0 ? s->x[0].size[in_a] : in_b >= 0 ? s->x[1].size[in_b] : 1;
        ms += s->y.size[j] == DF_M;
    }
    if (status == DF_OK && s->y.rank == 0)
        return df_refuse(s, DF_BAD_SHAPE, "no dimension is left");
    if (status == DF_OK && ms > 1)
        return df_refuse(s, DF_BAD_SHAPE,
                         "the result would be m x m, every example with every other; "
                         "for each with itself: df_sum_axis of df_mul");
    return status;
}

/* ---- building -------------------------------------------------------------------------------- */

/* Letters are numbered as they come, so that equal contractions are one node. */
df_node *df_contract(df_node *a, df_node *b, const int8_t *of_a, const int8_t *of_b,
                     const int8_t *of_y, int y_rank)
{
    const int8_t *of[] = { of_a, of_b, of_y };
    const int rank[] = { df_shape_of(a).rank, df_shape_of(b).rank, y_rank };
    int8_t number[INT8_MAX + 1] = { 0 }, n = 0;
    df_attr attr = { 0 };
    for (int k = 0; k < 3; k++)
        for (int j = 0; j < rank[k] && j < DF_RANK; j++) {
            int8_t *letter = &number[of[k][j] & INT8_MAX];
            if (!*letter)
                *letter = ++n;
            attr.axes[k][j] = *letter;
        }
    return df_apply(&df__op_contract, (df_node *[]){ a, b }, 2, &attr);
}

static df_node *da(const df_at *at)
{
    const int8_t (*of)[DF_RANK] = at->attr->axes;
    return df_contract(at->dy, at->x[1], of[2], of[1], of[0], df_shape_of(at->x[0]).rank);
}

static df_node *db(const df_at *at)
{
    const int8_t (*of)[DF_RANK] = at->attr->axes;
    return df_contract(at->x[0], at->dy, of[0], of[2], of[1], df_shape_of(at->x[1]).rank);
}

const df_op df__op_contract = {
    .abi = DF_OP, .name = "matmul", .numpy = "%0 @ %1", .print = df__contract_text,
    .level = DF_AT_PRODUCT,
    .kind = DF_CONTRACT, .arity = 2, .linear = 3,       .shape = shape,             .d = { da, db },
};

/* Where both operands have a summed axis's letter, it goes from the result, and a letter of size 1
 * takes its place. */
df_node *df__sum_in_contraction(df_node *y, int64_t axes, bool to_number)
{
    if (!y || df_op_of(y) != &df__op_contract || !(axes = df__long_axes(y, axes)))
        return NULL;
    const df_attr *attr = df_attr_of(y);
    int8_t of_y[DF_RANK], fresh = 3 * DF_RANK;
    int rank = df_shape_of(y).rank;
    for (int j = 0; j < rank; j++) {
        of_y[j] = attr->axes[2][j];
        if (!(axes >> j & 1))
            continue;
        if (df__letter(attr->axes[0], of_y[j]) < 0 || df__letter(attr->axes[1], of_y[j]) < 0)
            return NULL;
        of_y[j] = ++fresh;
    }
    return df_contract(df_operand(y, 0), df_operand(y, 1), attr->axes[0], attr->axes[1],
                       to_number ? &fresh : of_y, to_number ? 1 : rank);
}
