/* divergence.c -- losses between distributions and between directions, and penalties
 *
 * SPDX-License-Identifier: MIT
 *
 *     own op:
 *     poisson              a - y log a, for counts y of rate a, 0 log 0 being 0
 *                          da = dl (1 - y / a), dl where y = 0;  dy = -dl log a
 *     compositions:
 *     kl_divergence        p log p - p log q, 0 log 0 being 0
 *     smooth_labels        (1 - e) y + e / classes                    Szegedy et al. 2016
 *     cosine_similarity    sum a b / (|a| |b|), 0 where a or b is 0
 *     cosine_loss          1 - cosine_similarity
 *     l1                   sum |x|
 *     l2                   sum x^2
 *
 * poisson is own for its derivative at a = y = 0; of a rate a = e^z it is e^z - y z. The logarithm
 * of p stands apart from that of q, so that the rules find log softmax and log sigmoid in it. */
#include "ops.h"

DF_MAP2(poisson, l, a, y, real g = LOG(a); l = a - (y == 0 ? 0 : y * g);)

static df_node *poisson_da(const df_at *at)
{
    df_node *a = at->x[0], *y = at->x[1];
    df_node *safe = df_where(df_equal(y, df_num_like(y, 0)), df_num_like(y, 1), a);
    return df_mul(at->dy, df_one_minus(df_div(y, safe)));
}

static df_node *poisson_dy(const df_at *at) { return df_neg(df_mul(at->dy, df_log(at->x[0]))); }

const df_op df__op_poisson = {
    .abi = DF_OP, .name = "poisson", .latex = "\\operatorname{poisson}(%0, %1)",
    .prelude = "def poisson(a, y):\n"
               "    return a - np.where(y == 0, 0, y * np.log(np.where(y == 0, 1, a)))\n",
    .kind = DF_MAP, .arity = 2,      .cost = 10,               .test = { 0.5, 2 },
    .shape = df_shape_stretch,       .map = DF_BOTH(poisson),  .d = { poisson_da, poisson_dy },
    .rules = "canonical: poisson(exp(x), y) -> exp(x) - y*x\n",
};

df_node *df_poisson(df_node *a, df_node *y)
{
    return df__comparable("poisson", a, y) ? df_apply2(&df__op_poisson, a, y) : NULL;
}

df_node *df_kl_divergence(df_node *p, df_node *q)
{
    return df__comparable("kl_divergence", p, q) ? df_sub(df_xlogy(p, p), df_xlogy(p, q)) : NULL;
}

df_node *df_smooth_labels(df_node *y, int axis, double e)
{
    int64_t axes = df__axis("smooth_labels", y, axis);
    char text[DF_TEXT];
    if (!axes)
        return NULL;
    int64_t classes = df_shape_of(y).size[df__axis_of(axes)];
    if (classes == DF_M || !(e >= 0 && e <= 1))
        return df_fail(df_graph_of(y), classes == DF_M ? DF_BAD_SHAPE : DF_BAD_VALUE,
                       "smooth_labels: %s: %s", df_describe(y, text, sizeof text),
                       classes == DF_M ? "its axis is m, which has no classes"
                                       : "the part of all classes is not 0 to 1");
    return df_offset(df_scale(y, 1 - e), e / (double)classes);
}

/* The length along an axis; 1 where all are 0, by a choice before the root, whose derivative is
 * infinite there. */
static df_node *length(df_node *x, int axis)
{
    df_node *s = df_sum_axis(df_square(x), axis), *zero = df_num_like(s, 0);
    return df_sqrt(df_where(df_equal(s, zero), df_num_like(s, 1), s));
}

df_node *df_cosine_similarity(df_node *a, df_node *b, int axis)
{
    if (!df__same_shape("cosine_similarity", a, b) ||
        !df__axis("cosine_similarity", a, axis))
        return NULL;
    df_node *dot = df_sum_axis(df_mul(a, b), axis);
    return df_div(dot, df_mul(length(a, axis), length(b, axis)));
}

df_node *df_cosine_loss(df_node *a, df_node *b, int axis)
{
    return df_one_minus(df_cosine_similarity(a, b, axis));
}

df_node *df_l1(df_node *x) { return df_sum(df_abs(x)); }
df_node *df_l2(df_node *x) { return df_sum(df_square(x)); }
