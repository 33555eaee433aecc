/* power.c -- powers with a constant exponent, and the square root, elementwise
 *
 * SPDX-License-Identifier: MIT
 *
 *     y = x^k       dx = dy k x^(k-1),    x^0 being 1 and x^1 being x
 *     y = sqrt x    dx = dy / 2 / y */
#include <dfoo/op.h>

DF_MAP1(square, y, x, y = x * x;)
DF_MAP1(cube, y, x, y = x * x * x;)
DF_MAP1(inverse, y, x, y = 1 / x;)
DF_MAP1(inverse_square, y, x, y = 1 / x; y = y * y;)
DF_MAP1(inverse_cube, y, x, y = 1 / (x * x * x);)
DF_MAP1(any, y, x, y = POW(x, (real)attr->f[0]);)
DF_MAP1(root, y, x, y = SQRT(x);)

typedef struct { double k; df_map_kernel *map[2]; } fast;
static const fast table[] = {
    { 2, DF_BOTH(square) }, { 3, DF_BOTH(cube) },
    { -1, DF_BOTH(inverse) }, { -2, DF_BOTH(inverse_square) },
    { -3, DF_BOTH(inverse_cube) },
};

static void run(int type, int64_t n, void *y, const void *const *x, const int64_t *step,
                const df_attr *attr)
{
    df_map_kernel *const kernel[] = DF_BOTH(any);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].k == attr->f[0]) {
            table[i].map[type](n, y, x, step, attr);
            return;
        }
    kernel[type](n, y, x, step, attr);
}

static void pow_f32(int64_t n, void *y, const void *const *x, const int64_t *step,
                    const df_attr *attr)
{
    run(0, n, y, x, step, attr);
}

static void pow_f64(int64_t n, void *y, const void *const *x, const int64_t *step,
                    const df_attr *attr)
{
    run(1, n, y, x, step, attr);
}

/* The factor k x^(k-1). */
static df_node *slope(df_node *x, double k)
{
    return k == 0 || k == 1 ? df_num_like(x, k) : df_scale(k == 2 ? x : df_pow(x, k - 1), k);
}

static df_node *pow_dx(const df_at *at) { return df_mul(at->dy, slope(at->x[0], at->attr->f[0])); }
static df_node *sqrt_dx(const df_at *at) { return df_div(df_scale(at->dy, 0.5), at->y); }

/* Negative powers are written as quotients where that is shorter. */
static int pow_text(const df_node *y, df_format how, char text[DF_TEXT])
{
    double k = df_attr_of(y)->f[0];
    bool latex = how != DF_NUMPY;
    if (k == -1)
        snprintf(text, DF_TEXT, latex ? "\\frac{1}{%%0}" : "1/%%0");
    else
        snprintf(text, DF_TEXT, latex ? "%%0^{%%k}" : "%%0**%%k");
    return k == -1 ? DF_AT_PRODUCT : DF_AT_POWER;
}

const df_op df__op_pow = {
    .abi = DF_OP, .name = "pow",   .print = pow_text,     .level = DF_AT_POWER,
    .read = "%0**%k",
    .kind = DF_MAP, .arity = 1,    .algebra = DF_POWER,   .cost = 6,
    .shape = df_shape_same,        .map = DF_BOTH(pow),   .d = { pow_dx },
};
const df_op df__op_sqrt = {
    .abi = DF_OP, .name = "sqrt",  .numpy = "np.sqrt(%0)", .latex = "\\sqrt{%0}",
    .kind = DF_MAP, .arity = 1,    .cost = 6,              .test = { 0.1, 2 },
    .shape = df_shape_same,        .map = DF_BOTH(root),   .d = { sqrt_dx },
};

df_node *df_pow(df_node *x, double k)
{
    return df_apply(&df__op_pow, &x, 1, &(df_attr){ .f = { k } });
}

df_node *df_square(df_node *x) { return df_pow(x, 2); }
df_node *df_reciprocal(df_node *x) { return df_pow(x, -1); }
df_node *df_rsqrt(df_node *x) { return df_reciprocal(df_sqrt(x)); }
df_node *df_sqrt(df_node *x) { return df_apply1(&df__op_sqrt, x); }
