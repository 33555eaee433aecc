/* sum.c -- sums, and the means that are made of them
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = sum of x over the axes in attr.i[0], each then of size 1; attr.i[1]: over all, y is (1)
 *     dx = dy, repeated
 *
 * A mean is a sum times 1/n; over the examples times 1/m, a factor that derivatives can tell. */
#include "ops.h"

DF_REDUCE(sum, y, x, y = y + x;)

static df_node *dx(const df_at *at) { return at->dy; }

/* Whether nothing but examples is summed. */
static bool over_examples(const df_node *y)
{
    df_dims x = df_shape_of(df_operand(y, 0));
    int m = df_m_axis(x);
    for (int j = 0; j < x.rank; j++)
        if (j != m && x.size[j] != 1)
            return false;
    return m >= 0;
}

static int sum_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    bool all = df_attr_of(y)->i[1];
    if (how == DF_NUMPY)
        snprintf(text, DF_TEXT, all ? "np.sum(%%0)" : "np.sum(%%0, axis=%%x, keepdims=True)");
    else
        snprintf(text, DF_TEXT, all && !over_examples(y) ? "\\sum\\left(%%0\\right)"
                                                        : "\\sum_{%%x}\\left(%%0\\right)");
    return 0;
}

const df_op df__op_sum = {
    .abi = DF_OP, .name = "sum", .print = sum_text, .kind = DF_REDUCE, .arity = 1, .linear = 1,
    .shape = df_shape_reduce,    .reduce = DF_BOTH(sum),               .d = { dx },
    .read = "np.sum(%0)\nnp.sum(%0, axis=%x, keepdims=True)",
};

/* Sums over axes of size 1 are x itself; (1) is the sum of itself. */
df_node *df__sum_over(df_node *x, int64_t axes, bool to_number)
{
    df_dims dims = df_shape_of(x);
    axes = df__long_axes(x, axes);
    if (!x || (to_number ? df__is_scalar(dims) : !axes))
        return x;
    int64_t all = ((int64_t)1 << dims.rank) - 1;
    return df_apply(&df__op_sum, &x, 1, &(df_attr){ .i = { to_number ? all : axes, to_number } });
}

/* For derivatives: a sum of a contraction is a contraction where it can be. The user's own sums
 * stay sums, so that what they sum can still be asked for. */
df_node *df_axes_sum(df_node *x, int64_t axes, bool to_number)
{
    df_node *y = df__sum_in_contraction(x, axes, to_number);
    return y ? y : df__sum_over(x, axes, to_number);
}

/* The set of the axis that is m; 0: there is none, and the graph has the error. */
static int64_t examples_of(const char *call, df_node *x)
{
    int axis = df_m_axis(df_shape_of(x));
    char text[DF_TEXT];
    if (x && axis < 0)
        df_fail(df_graph_of(x), DF_BAD_SHAPE, "%s: %s: no dimension is m", call,
                df_describe(x, text, sizeof text));
    return axis < 0 ? 0 : (int64_t)1 << axis;
}

/* y / n, n being how many elements of x these axes hold. */
static df_node *over_count(df_node *y, df_node *x, int64_t axes)
{
    df_dims dims = df_shape_of(x);
    df_node *factor = NULL;
    double count = 1;
    for (int j = 0; j < dims.rank; j++)
        if (axes >> j & 1 && dims.size[j] == DF_M)
            factor = df_pow(df_examples(df_graph_of(x)), -1);
        else if (axes >> j & 1)
            count *= (double)dims.size[j];
    if (!factor)
        return count == 1 ? y : df_scale(y, 1 / count);
    return df_mul(count == 1 ? factor : df_scale(factor, 1 / count), y);
}

df_node *df__mean_over(df_node *x, int64_t axes)
{
    return over_count(df__sum_over(x, axes, false), x, axes);
}

df_node *df_sum(df_node *x)
{
    return df__sum_over(x, -1, true);
}

df_node *df_mean(df_node *x)
{
    return over_count(df_sum(x), x, -1);
}

df_node *df_sum_axis(df_node *x, int axis)
{
    int64_t axes = df__axis("sum_axis", x, axis);
    return axes ? df__sum_over(x, axes, false) : NULL;
}

df_node *df_mean_axis(df_node *x, int axis)
{
    int64_t axes = df__axis("mean_axis", x, axis);
    return axes ? df__mean_over(x, axes) : NULL;
}

df_node *df_sum_examples(df_node *x)
{
    int64_t axes = examples_of("sum_examples", x);
    return axes ? df__sum_over(x, axes, false) : NULL;
}

df_node *df_mean_examples(df_node *x)
{
    int64_t axes = examples_of("mean_examples", x);
    return axes ? df__mean_over(x, axes) : NULL;
}

df_node *df_dot(df_node *a, df_node *b)
{
    return df__same_shape("dot", a, b) ? df_sum(df_mul(a, b)) : NULL;
}

/* More than one number per example is refused: their sum or their mean would be a guess. */
df_node *df_cost(df_node *loss)
{
    df_dims dims = df_shape_of(loss);
    char text[DF_TEXT];
    bool many = false;
    for (int j = 0; j < dims.rank; j++)
        many = many || (dims.size[j] != 1 && dims.size[j] != DF_M);
    if (many)
        return df_fail(df_graph_of(loss), DF_BAD_SHAPE,
                       "cost: %s has more than one number per example: "
                       "sum it first (df_sum_axis), or take its mean",
                       df_describe(loss, text, sizeof text));
    return df_m_axis(dims) < 0 ? loss : df_mean(loss);
}
