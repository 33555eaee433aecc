/* cases.h -- programs of every kind that the engine knows: one pass and several, sums and extremes,
 * ops of a user's own
 *
 * SPDX-License-Identifier: MIT */
#ifndef DFOO_TESTS_CASES_H
#define DFOO_TESTS_CASES_H
#include "graphs.h"

/* ---- an op that needs all examples at once, and one that works on each ------------------- */

static df_status same_shape(df_shaping *s)
{
    s->y = s->x[0];
    return DF_OK;
}

/* A running sum over the examples. */
#define RUNNING(name, T) \
    static int64_t name(df_block *b) \
    { \
        int64_t one = 1; \
        for (int j = 0; j < b->y_dims.rank; j++) \
            one *= b->y_dims.size[j] == DF_M ? 1 : b->y_dims.size[j]; \
        for (int64_t i = 0; i < b->rows * one; i++) \
            ((T *)b->y)[i] = ((const T *)b->x[0])[i] + (i < one ? 0 : ((T *)b->y)[i - one]); \
        return -1; \
    }
RUNNING(running_f32, float)
RUNNING(running_f64, double)
static const df_op running_sum = {
    .abi = DF_OP, .name = "running_sum", .kind = DF_OPAQUE, .arity = 1, .whole_batch = true,
    .shape = same_shape, .block = DF_BOTH(running),
};

/* Each example reversed; a negative first element is refused. */
#define REVERSED(name, T) \
    static int64_t name(df_block *b) \
    { \
        int64_t one = 1; \
        for (int j = 0; j < b->y_dims.rank; j++) \
            one *= b->y_dims.size[j] == DF_M ? 1 : b->y_dims.size[j]; \
        for (int64_t r = 0; r < b->rows; r++) { \
            const T *x = (const T *)b->x[0] + r * one; \
            for (int64_t i = 0; i < one; i++) \
                ((T *)b->y)[r * one + i] = x[one - 1 - i]; \
            if (x[0] < -10) { \
                snprintf(b->why, sizeof b->why, "%g is below -10", (double)x[0]); \
                return r; \
            } \
        } \
        return -1; \
    }
REVERSED(reversed_f32, float)
REVERSED(reversed_f64, double)
static const df_op reversed = {
    .abi = DF_OP,
    .name = "reversed",
    .kind = DF_OPAQUE,
    .arity = 1,
    .shape = same_shape,
    .block = DF_BOTH(reversed),
};

/* The product of each element with that of the next example, summed up: it gives no m, so it must
 * see all. */
static df_status no_m(df_shaping *s)
{
    s->y = s->x[0];
    s->y.size[df_m_axis(s->y)] = 1;
    return DF_OK;
}

#define NEIGHBOURS(name, T) \
    static int64_t name(df_block *b) \
    { \
        int64_t one = 1; \
        for (int j = 0; j < b->y_dims.rank; j++) \
            one *= b->y_dims.size[j]; \
        for (int64_t i = 0; i < one; i++) { \
            double sum = 0; \
            for (int64_t r = 0; r + 1 < b->rows; r++) \
                sum += (double)((const T *)b->x[0])[r * one + i] * \
                       (double)((const T *)b->x[0])[(r + 1) * one + i]; \
            ((T *)b->y)[i] = (T)sum; \
        } \
        return -1; \
    }
NEIGHBOURS(neighbours_f32, float)
NEIGHBOURS(neighbours_f64, double)
static const df_op neighbours = {
    .abi = DF_OP,
    .name = "neighbours",
    .kind = DF_OPAQUE,
    .arity = 1,
    .shape = no_m,
    .block = DF_BOTH(neighbours),
};

/* ---- programs ---------------------------------------------------------------------------- */

enum { OUTPUTS = 6 };
typedef struct { df_graph *g; df_node *X, *Y, *W, *b; } base;

static int network(base *k, df_node **y)
{
    df_node *Z = df_add_bias(df_matmul(k->W, k->X), k->b),
            *A = df_sigmoid(df_sum_axis(df_tanh(Z), 0));
    df_node *J = df_cost(df_cross_entropy(A, df_sigmoid(k->Y)));
    return y[0] = J, y[1] = df_d(J, k->W), y[2] = df_d(J, k->b), y[3] = A, 4;
}

static int sums(base *k, df_node **y)
{
    y[0] = df_sum(k->X), y[1] = df_sum_examples(k->X), y[2] = df_sum_axis(k->X, 0);
    return y[3] = df_matmul(k->X, df_transpose(k->X)), y[4] = df_dot(k->X, df_tanh(k->X)), 5;
}

static int extremes(base *k, df_node **y)
{
    y[0] = df_max_axis(k->X, 1), y[1] = df_min_axis(k->X, 1), y[2] = df_max_axis(k->X, 0);
    return y[3] = df_sub(k->X, y[0]), 4;
}

static int log_sums(base *k, df_node **y)
{
    y[0] = df_logsumexp_axis(k->X, 1), y[1] = df_logsumexp_axis(k->X, 0);
    return y[2] = df_softmax(k->X, 1), y[3] = df_softmax(k->X, 0), 4;
}

static int centred(base *k, df_node **y)
{
    df_node *C = df_sub(k->X, df_mean_examples(k->X));
    return y[0] = df_mean_examples(df_square(C)), y[1] = C, y[2] = df_tanh(k->X), 3;
}

static int by_its_sum(base *k, df_node **y)
{
    df_node *S = df_sum_examples(k->X);
    return y[0] = df_sub(k->X, S), y[1] = df_sum(df_tanh(y[0])), y[2] = S, 3;
}

static int softmax_by_hand(base *k, df_node **y)
{
    df_node *E = df_exp(df_sub(k->X, df_max_axis(k->X, 1)));
    return y[0] = df_div(E, df_sum_axis(E, 1)), y[1] = df_sum(df_square(y[0])), 2;
}

static int fed_back(base *k, df_node **y)
{
    df_node *J = df_mean(df_square(df_matmul(k->W, k->X)));
    return y[0] = df_mul(J, k->X), y[1] = df_mean(df_tanh(y[0])), y[2] = df_d(y[1], k->W), 3;
}

static int product_of_costs(base *k, df_node **y)
{
    df_node *Z = df_matmul(k->W, k->X), *J1 = df_mean(df_square(Z)), *J2 = df_mean(df_sigmoid(Z));
    return y[0] = df_mul(J1, J2), y[1] = df_d(y[0], k->W), y[2] = Z, 3;
}

static int three_levels(base *k, df_node **y)
{
    df_node *C = df_sub(k->X, df_mean_examples(k->X)), *V = df_mean_examples(df_square(C));
    df_node *N = df_div(C, df_sqrt(df_offset(V, 0.1)));
    return y[0] = df_mean_examples(df_pow(N, 4)), y[1] = df_sub(N, y[0]), y[2] = C,
           y[3] = df_mean(df_tanh(y[1])), 4;
}

static int whole_batch(base *k, df_node **y)
{
    y[0] = df_apply1(&running_sum, df_tanh(k->X));
    return y[1] = df_mean(df_square(y[0])), y[2] = df_apply1(&running_sum, df_transpose(y[0])),
           y[3] = df_apply1(&running_sum, k->X), 4;
}

static int without_m(base *k, df_node **y)
{
    y[0] = df_apply1(&neighbours, df_tanh(k->X)), y[1] = df_mul(y[0], k->X);
    return y[2] = df_apply1(&neighbours, df_zeros(k->g, df_shape(4, DF_M))),
           y[3] = df_apply1(&neighbours, k->X), 4;
}

static int each_by_itself(base *k, df_node **y)
{
    return y[0] = df_apply1(&reversed, df_tanh(k->X)),
           y[1] = df_mul(df_apply1(&reversed, k->X), k->Y), y[2] = df_sum(y[1]), 3;
}

static int rows(base *k, df_node **y)
{
    df_node *R = df_transpose(k->X),
            *Z = df_add_bias(df_matmul(R, df_transpose(k->W)), df_transpose(k->b));
    return y[0] = df_sum_axis(df_relu(Z), 1), y[1] = df_mean(df_softplus(Z)),
           y[2] = df_d(y[1], k->W), y[3] = R, 4;
}

typedef int build(base *k, df_node **y);
static const struct { const char *name; build *of; } table[] = {
    { "network", network },          { "sums", sums },
    { "extremes", extremes },        { "log_sums", log_sums },
    { "centred", centred },          { "by_its_sum", by_its_sum },
    { "softmax_by_hand", softmax_by_hand }, { "fed_back", fed_back },
    { "product_of_costs", product_of_costs }, { "three_levels", three_levels },
    { "whole_batch", whole_batch },  { "each_by_itself", each_by_itself },
    { "without_m", without_m },      { "rows", rows },
};
enum { CASES = (int)COUNT(table) };

/* Case i / 2, in float or double. */
static base new_case_in(int i, df_node **y, int *n, const df_memory *mem)
{
    base k = { .g = df_graph_new_in(i % 2 ? DF_FLOAT64 : DF_FLOAT32, mem) };
    k.X = df_input(k.g, "X", df_shape(3, DF_M));
    k.Y = df_input(k.g, "Y", df_shape(1, DF_M));
    k.W = df_param(k.g, "W", df_shape(2, 3));
    k.b = df_param(k.g, "b", df_shape(2, 1));
    *n = table[i / 2].of(&k, y);
    ck_assert_msg(df_graph_status(k.g) == DF_OK, "%s", df_graph_error(k.g));
    return k;
}

__attribute__((unused)) static base new_case(int i, df_node **y, int *n)
{
    return new_case_in(i, y, n, NULL);
}
#endif
