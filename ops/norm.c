/* norm.c -- values brought to mean 0 and deviation 1, or to length 1
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = (x - mu) / sqrt(v + eps),   mu = mean of x,   v = mean of (x - mu)^2
 *
 * layer_norm: over one axis. Ba, Kiros and Hinton 2016. rms_norm: the same with mu = 0. Zhang and
 *   Sennrich 2019.
 * group_norm: over the channels of a group and all axes but m. Wu and He 2018.
 * batch_norm: over the examples, and all other axes but the features'. Ioffe and Szegedy 2015.
 *
 * Compositions, so that their derivatives are those of sums and quotients. v is the mean of squares
 * of what is centred: no digits cancel, at the cost of one more pass over the examples. */
#include "ops.h"
#include <math.h>

static bool is_epsilon(const char *call, df_node *x, double eps)
{
    if (x && !(eps > 0 && isfinite(eps)))
        df_fail(df_graph_of(x), DF_BAD_VALUE, "%s: eps is %g, not a small number above 0", call,
                eps);
    return x && eps > 0 && isfinite(eps);
}

/* False, and the graph has the error: there is nothing to take the mean of. */
static bool are_several(const char *call, df_node *x, int64_t axes)
{
    char text[DF_TEXT];
    if (df__long_axes(x, axes))
        return true;
    df_fail(df_graph_of(x), DF_BAD_SHAPE, "%s: %s: of one element alone it is always 0", call,
            df_describe(x, text, sizeof text));
    return false;
}

/* The set of that axis, which is not m; 0: there is none, and the graph has the error. */
static int64_t axis_of(const char *call, df_node *x, int axis, const char *why)
{
    int64_t axes = df__axis(call, x, axis);
    char text[DF_TEXT];
    if (!axes || df_shape_of(x).size[df__axis_of(axes)] != DF_M)
        return axes;
    df_fail(df_graph_of(x), DF_BAD_SHAPE, "%s: %s: axis %d is m: %s", call,
            df_describe(x, text, sizeof text), df__axis_of(axes), why);
    return 0;
}

/* All axes of x but these. */
static int64_t axes_beside(const df_node *x, int64_t axes)
{
    return (((int64_t)1 << df_shape_of(x).rank) - 1) & ~axes;
}

static df_node *variance(df_node *x, int64_t axes)
{
    return df__mean_over(df_square(df_sub(x, df__mean_over(x, axes))), axes);
}

static df_node *scaled(df_node *c, df_node *v, double eps)
{
    return df_div(c, df_sqrt(df_offset(v, eps)));
}

static df_node *normalised(const char *call, df_node *x, int64_t axes, double eps)
{
    if (!is_epsilon(call, x, eps) || !are_several(call, x, axes))
        return NULL;
    return scaled(df_sub(x, df__mean_over(x, axes)), variance(x, axes), eps);
}

static const char over_examples[] = "batch_norm normalises over the examples";

df_node *df_layer_norm(df_node *x, int axis, double eps)
{
    int64_t axes = axis_of("layer_norm", x, axis, over_examples);
    return axes ? normalised("layer_norm", x, axes, eps) : NULL;
}

df_node *df_rms_norm(df_node *x, int axis, double eps)
{
    int64_t axes = axis_of("rms_norm", x, axis, "it has no mean over the examples");
    if (!axes || !is_epsilon("rms_norm", x, eps))
        return NULL;
    return scaled(x, df__mean_over(df_square(x), axes), eps);
}

/* The channels as groups x (channels of a group). */
static df_dims with_groups(df_dims s, int axis, int64_t groups)
{
    for (int j = s.rank++; j > axis; j--)
        s.size[j] = s.size[j - 1];
    s.size[axis + 1] = s.size[axis] / groups;
    s.size[axis] = groups;
    return s;
}

df_node *df_group_norm(df_node *x, int axis, int64_t groups, double eps)
{
    int at = df__axis_of(axis_of("group_norm", x, axis, over_examples));
    df_dims s = df_shape_of(x);
    char text[DF_TEXT];
    if (at < 0)
        return NULL;
    if (groups < 1 || s.size[at] % groups != 0 || s.rank == DF_RANK)
        return df_fail(df_graph_of(x), DF_BAD_VALUE, "group_norm: %s: axis %d as %lld groups",
                       df_describe(x, text, sizeof text), at, (long long)groups);
    df_node *parts = df_reshape(x, with_groups(s, at, groups));
    int m = df_m_axis(df_shape_of(parts));
    int64_t kept = (int64_t)1 << at | (m < 0 ? 0 : (int64_t)1 << m);
    return df_reshape(normalised("group_norm", parts, axes_beside(parts, kept), eps), s);
}

/* ---- over the examples ----------------------------------------------------------------------- */

static int64_t batch_axes(const char *call, df_node *x, int axis)
{
    int64_t axes = axis_of(call, x, axis, "name the axis of the features");
    return axes ? axes_beside(x, axes) : 0;
}

/* name.mean or name.var, of m's shape: made at the first call and found at later ones. */
static df_node *running(const char *call, df_node *m, const char *name, const char *what,
                        double start)
{
    df_graph *g = df_graph_of(m);
    char full[DF_TEXT], text[DF_TEXT];
    if (!m)
        return NULL;
    if (!name || snprintf(full, sizeof full, "%s.%s", name, what) >= (int)sizeof full)
        return df_fail(g, DF_BAD_CALL, "%s: %s", call, name ? "the name is too long" : "no name");
    df_node *s = df_find(g, full);
    if (s && (df_op_of(s) != &df__op_state || !df__dims_equal(df_shape_of(s), df_shape_of(m))))
        return df_fail(g, DF_BAD_SHAPE, "%s: %s is not of the shape %s", call,
                       df_describe(s, text, sizeof text),
                       df__dims_text(df_shape_of(m), full, sizeof full));
    if (s)
        return s;
    s = df__new_leaf(g, &df__op_state, full, df_type_of(m), df_shape_of(m), true);
    if (s && start != 0 && !df_init_fill(s, start))
        return df_fail(g, DF_NO_MEMORY, "%s: no memory", call);
    return s;
}

df_node *df_batch_norm(df_node *x, int axis, double eps)
{
    int64_t axes = batch_axes("batch_norm", x, axis);
    return axes ? normalised("batch_norm", x, axes, eps) : NULL;
}

df_node *df_batch_norm_update(df_node *x, int axis, double keep, const char *name)
{
    static const char call[] = "batch_norm_update";
    int64_t axes = batch_axes(call, x, axis);
    if (!axes)
        return NULL;
    if (!(keep >= 0 && keep < 1))
        return df_fail(df_graph_of(x), DF_BAD_VALUE, "%s: a share of %g is not in 0 .. 1", call,
                       keep);
    df_node *mean = df__mean_over(x, axes), *var = variance(x, axes);
    df_node *all[] = { running(call, mean, name, "mean", 0), running(call, mean, name, "var", 1) };
    for (int i = 0; i < 2; i++)
        all[i] = df_update(all[i], df_add(df_scale(all[i], keep),
                                          df_scale(i ? var : mean, 1 - keep)));
    return df_group_list(all, 2);
}

df_node *df_batch_norm_running(df_node *x, int axis, double eps, const char *name)
{
    static const char call[] = "batch_norm_running";
    int64_t axes = batch_axes(call, x, axis);
    if (!axes || !is_epsilon(call, x, eps))
        return NULL;
    df_node *like = df__mean_over(x, axes);
    df_node *mean = running(call, like, name, "mean", 0);
    df_node *var = running(call, like, name, "var", 1);
    return scaled(df_sub(x, mean), var, eps);
}
