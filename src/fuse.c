/* fuse.c -- peepholes: several elementwise nodes in one step
 *
 * SPDX-License-Identifier: MIT
 *
 * Each is a combination of maps whose inner nodes nobody else uses, and the kernel that does them
 * in one sweep over the tile. Its name stands in the plan's listing. */
#include "plan.h"

enum { INNER = 4 };

/* ---- what is looked for ---------------------------------------------------------------------- */

DF_MAP2(tanh_slope, y, d, a, y = d * (1 - a * a);)
DF_MAP2(sigmoid_slope, y, d, a, y = d * (a * (1 - a));)
DF_MAP2(residual, y, z, t, real e = EXP(-ABS(z)); y = (z < 0 ? e : 1) / (1 + e) - t;)
DF_MAP3(descent, y, x, s, d, y = x - s * d;)

static bool is_square(const df_node *x)
{
    return x->op == &df__op_pow && x->attr.f[0] == 2;
}

static bool is_one_minus(const df_node *x)
{
    return x->op == &df__op_sub && df__is_number_of(x->x[0], 1);
}

/* d (1 - a^2) */
static int of_tanh(const df_node *y, const df_node **x, const df_node **inner)
{
    for (int i = 0; y->op == &df__op_mul && i < 2; i++) {
        const df_node *q = y->x[1 - i];
        if (!is_one_minus(q) || !is_square(q->x[1]))
            continue;
        x[0] = y->x[i], x[1] = q->x[1]->x[0];
        inner[0] = q, inner[1] = q->x[1];
        return 2;
    }
    return 0;
}

/* d (a (1 - a)) */
static int of_sigmoid(const df_node *y, const df_node **x, const df_node **inner)
{
    for (int i = 0; y->op == &df__op_mul && i < 4; i++) {
        const df_node *p = y->x[i & 1], *q = p->op == &df__op_mul ? p->x[i >> 1] : p;
        if (p->op != &df__op_mul || !is_one_minus(q) || q->x[1] != p->x[!(i >> 1)])
            continue;
        x[0] = y->x[!(i & 1)], x[1] = q->x[1];
        inner[0] = p, inner[1] = q;
        return 2;
    }
    return 0;
}

/* sigmoid(z) - t */
static int of_residual(const df_node *y, const df_node **x, const df_node **inner)
{
    if (y->op != &df__op_sub || y->x[0]->op != &df__op_sigmoid)
        return 0;
    x[0] = y->x[0]->x[0], x[1] = y->x[1];
    inner[0] = y->x[0];
    return 1;
}

/* x - s d, s being one number */
static int of_descent(const df_node *y, const df_node **x, const df_node **inner)
{
    for (int i = 0; y->op == &df__op_sub && y->x[1]->op == &df__op_mul && i < 2; i++) {
        if (!df__is_scalar(y->x[1]->x[i]->dims))
            continue;
        x[0] = y->x[0], x[1] = y->x[1]->x[i], x[2] = y->x[1]->x[1 - i];
        inner[0] = y->x[1];
        return 1;
    }
    return 0;
}

static const df__peephole peepholes[] = {
    { "d*(1-a**2)", of_tanh, 2, DF_BOTH(tanh_slope), false },
    { "d*a*(1-a)", of_sigmoid, 2, DF_BOTH(sigmoid_slope), false },
    { "sigmoid(z)-t", of_residual, 2, DF_BOTH(residual), false },
    { "x-s*d", of_descent, 3, DF_BOTH(descent), true },
};

/* ---- finding --------------------------------------------------------------------------------- */

/* x is a map of y's shape, computed where y is, which y alone uses. */
static bool goes_in(const df_node *x, const df_node *y, const df__place_of *of)
{
    const df__place_of *p = &of[x->id];
    return x->op->kind == DF_MAP && p->users == 1 && !p->product && !p->fused && !p->absorbed &&
           p->body == of[y->id].body && p->pass == of[y->id].pass &&
           df__dims_equal(x->dims, y->dims);
}

void df__fuse(const df_node *y, df__place_of *of, bool update)
{
    for (size_t i = 0; i < sizeof peepholes / sizeof *peepholes; i++) {
        const df_node *x[DF_ARITY], *inner[INNER];
        int n = peepholes[i].update == update ? peepholes[i].applicable(y, x, inner) : 0;
        bool good = n > 0;
        for (int k = 0; k < n; k++)
            good = good && goes_in(inner[k], y, of);
        if (!good)
            continue;
        for (int k = 0; k < n; k++)
            of[inner[k]->id].absorbed = true;
        of[y->id].fused = &peepholes[i];
        return;
    }
}

int df__operands(const df__place_of *p, const df_node *y, const df_node **x)
{
    const df_node *inner[INNER];
    if (p->fused) {
        p->fused->applicable(y, x, inner);
        return p->fused->n;
    }
    for (int i = 0; i < y->n; i++)
        x[i] = y->x[i];
    return y->n;
}
