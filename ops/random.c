/* random.c -- random values inside a graph
 *
 * SPDX-License-Identifier: MIT
 *
 *     uniform:  in (0,1)          normal:  mean 0, deviation 1
 *
 * A value depends on the graph's seed, the node (attr.i[0] is its stream), how many runs have
 * updated something, the example and the element, and on nothing else: not on tiles, threads, or
 * how a run is cut. */
#include "ops.h"

static df_status as_asked(df_shaping *s)
{
    return s->y.rank ? DF_OK : df_refuse(s, DF_BAD_SHAPE, "no shape given");
}

/* The streams of a node in different runs are no neighbours. */
static uint64_t stream_of(const df_block *b)
{
    return (uint64_t)b->attr->i[0] << 40 ^ b->run * 0x9E3779B97F4A7C15u;
}

/* What is the same for all examples does not depend on which they are. */
static uint64_t example_of(const df_block *b, int64_t row)
{
    return df_m_axis(b->y_dims) < 0 ? 0 : (uint64_t)df_example_of(b, row);
}

typedef double draw(uint64_t seed, uint64_t stream, uint64_t index);

#define FILL(name, T, draw) \
    static int64_t name(df_block *b) \
    { \
        int64_t count = df__per_example(b->y_dims); \
        uint64_t stream = stream_of(b); \
        for (int64_t r = 0; r < b->rows; r++) { \
            uint64_t first = (uint64_t)count * example_of(b, r); \
            for (int64_t i = 0; i < count; i++) \
                ((T *)b->y)[r * count + i] = (T)draw(b->seed, stream, first + (uint64_t)i); \
        } \
        return -1; \
    }
FILL(uniform_f64, double, df__uniform)
FILL(normal_f32, float, df__normal)
FILL(normal_f64, double, df__normal)

/* Rounded down, so that 1 is never reached. */
static double uniform_down(uint64_t seed, uint64_t stream, uint64_t index)
{
    double u = df__uniform(seed, stream, index);
    return u < 1 - 0x1p-24 ? u : 1 - 0x1p-24;
}
FILL(uniform_f32, float, uniform_down)

const df_op df__op_uniform = {
    .abi = DF_OP, .name = "uniform", .numpy = "np.random.uniform(size=%s)",
    .latex = "\\mathcal{U}(0, 1)", .kind = DF_OPAQUE, .arity = 0, .cost = 20,
    .range = { 0, 1 },               .shape = as_asked,             .block = DF_BOTH(uniform),
};
const df_op df__op_normal = {
    .abi = DF_OP, .name = "normal",  .numpy = "np.random.normal(size=%s)",
    .latex = "\\mathcal{N}(0, 1)", .kind = DF_OPAQUE, .arity = 0, .cost = 40,
    .shape = as_asked,               .block = DF_BOTH(normal),
};

df_node *df_uniform(df_graph *g, df_dims s) { return df__random(g, &df__op_uniform, s); }
df_node *df_normal(df_graph *g, df_dims s) { return df__random(g, &df__op_normal, s); }

/* 1 with probability p, else 0. */
df_node *df_bernoulli(df_graph *g, double p, df_dims s)
{
    if (!g || (p >= 0 && p <= 1))
        return df_less(df_uniform(g, s), df_num(g, p));
    return df_fail(g, DF_BAD_VALUE, "bernoulli: %g is no probability", p);
}

/* What is kept is scaled up, so that the mean stays; the mask chooses, so that nothing of the rest
 * comes through. Srivastava et al. 2014. */
df_node *df_dropout(df_node *x, double rate)
{
    df_graph *g = df_graph_of(x);
    if (x && !(rate >= 0 && rate < 1))
        return df_fail(g, DF_BAD_VALUE, "dropout: a rate of %g is not in 0 .. 1", rate);
    if (!x || rate == 0)
        return x;
    df_node *keep = df_less(df_num(g, rate), df_uniform(g, df_shape_of(x)));
    return df_where(keep, df_scale(x, 1 / (1 - rate)), df_num(g, 0));
}
