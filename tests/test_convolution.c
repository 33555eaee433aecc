/* test_convolution.c -- convolution and pooling against plain loops and NumPy
 *
 * SPDX-License-Identifier: MIT
 *
 * Derivatives by differences are in test_derivatives.c. */
#include "numpy.h"
#include "same.h"

/* ---- cases ----------------------------------------------------------------------------------- */

/* An image c x h x w (h 0: a line), a kernel for `out` channels; m is first (f), last (l), no axis
 * (n). */
typedef struct { int c, h, w, out, kh, kw; df_window window; char m; } layer;

static const layer layers[] = {
    { 2, 0, 7, 3, 0, 3, { 0, 0, 0, 0 }, 'f' },   { 2, 0, 7, 3, 0, 3, { 2, 1, 0, 0 }, 'l' },
    { 4, 0, 9, 6, 0, 2, { 3, 2, 2, 2 }, 'f' },   { 1, 0, 5, 1, 0, 5, { 1, 4, 0, 0 }, 'n' },
    { 3, 0, 4, 3, 0, 1, { 2, 0, 0, 3 }, 'l' },   { 1, 5, 6, 2, 3, 3, { 0, 0, 0, 0 }, 'f' },
    { 2, 5, 4, 3, 3, 2, { 2, 1, 0, 0 }, 'l' },   { 2, 6, 5, 4, 2, 3, { 1, 2, 2, 2 }, 'n' },
    { 2, 4, 4, 2, 1, 1, { 3, 0, 0, 0 }, 'f' },   { 4, 3, 3, 4, 3, 3, { 1, 1, 0, 4 }, 'l' },
    { 1, 2, 9, 5, 2, 4, { 2, 3, 3, 0 }, 'f' },   { 1, 1, 1, 7, 3, 3, { 1, 1, 0, 0 }, 'l' },
};

static df_dims image(int c, int h, int w, char m)
{
    df_dims s = { 0 };
    if (m == 'f')
        s.size[s.rank++] = DF_M;
    s.size[s.rank++] = c;
    if (h)
        s.size[s.rank++] = h;
    s.size[s.rank++] = w;
    if (m == 'l')
        s.size[s.rank++] = DF_M;
    return s;
}

static int groups_of(const layer *l) { return l->window.groups ? (int)l->window.groups : 1; }

static df_dims kernel_shape(const layer *l)
{
    int in = l->c / groups_of(l);
    return l->h ? df_shape(l->out, in, l->kh, l->kw) : df_shape(l->out, in, l->kw);
}

static int places(int n, int k, df_window w)
{
    int dilation = w.dilation ? (int)w.dilation : 1, stride = w.stride ? (int)w.stride : 1;
    return (n + 2 * (int)w.padding - dilation * (k - 1) - 1) / stride + 1;
}

/* ---- plain loops ----------------------------------------------------------------------------- */

enum { MOST = 8192 };

/* The index of x that element (c, i, j) of the window at (p, q) meets; -1: outside. */
static int meets(const layer *l, int c, int i, int j, int p, int q)
{
    int stride = l->window.stride ? (int)l->window.stride : 1, h = l->h ? l->h : 1;
    int dilation = l->window.dilation ? (int)l->window.dilation : 1,
        padding = (int)l->window.padding;
    int row = l->h ? p * stride + i * dilation - padding : 0,
        column = q * stride + j * dilation - padding;
    bool in = row >= 0 && row < h && column >= 0 && column < l->w;
    return in ? (c * h + row) * l->w + column : -1;
}

/* y, or what x gets from y, or what K gets from x and y, of one example. */
static void plain(const layer *l, int which, double *x, double *K, double *y)
{
    int kh = l->h ? l->kh : 1, ph = l->h ? places(l->h, l->kh, l->window) : 1, n = 0;
    int pw = places(l->w, l->kw, l->window), in = l->c / groups_of(l), each = l->out / groups_of(l);
    for (int o = 0; o < l->out; o++)
        for (int c = 0; c < in; c++)
            for (int i = 0; i < kh; i++)
                for (int j = 0; j < l->kw; j++, n++)
                    for (int p = 0; p < ph; p++)
                        for (int q = 0; q < pw; q++) {
                            int at = meets(l, o / each * in + c, i, j, p, q),
                                to = (o * ph + p) * pw + q;
                            if (at >= 0 && which == 0)
                                y[to] += K[n] * x[at];
                            if (at >= 0 && which == 1)
                                x[at] += K[n] * y[to];
                            if (at >= 0 && which == 2)
                                K[n] += x[at] * y[to];
                        }
}

static void near(const char *what, int64_t n, const double *is, const double *want, double room)
{
    for (int64_t k = 0; k < n; k++)
        ck_assert_msg(fabs(is[k] - want[k]) <= room * (1 + fabs(want[k])),
                      "%s, element %d: %.9g, not %.9g", what, (int)k, is[k], want[k]);
}

static void fill(double *v, int n)
{
    for (int k = 0; k < n; k++)
        v[k] = uniform(-1, 1);
}

/* Values, and the derivatives by x and K of the sum of w y; 3 examples. */
static void against_loops(const layer *l, df_type real)
{
    enum { E = 3 };
    static double x[MOST], K[MOST], w[MOST], y[MOST], dx[MOST], dK[MOST], is[MOST];
    int h = l->h ? places(l->h, l->kh, l->window) : 0, examples = l->m == 'n' ? 1 : E;
    int n_x = l->c * (l->h ? l->h : 1) * l->w,
        n_y = l->out * (h ? h : 1) * places(l->w, l->kw, l->window);
    double room = real == DF_FLOAT32 ? 2e-5 : 1e-13;
    df_graph *g = df_graph_new(real);
    df_node *X = df_input_of(g, "X", DF_FLOAT64, image(l->c, l->h, l->w, l->m));
    df_node *W =
        df_input_of(g, "W", DF_FLOAT64, image(l->out, h, places(l->w, l->kw, l->window), l->m));
    df_node *P = df_param(g, "K", kernel_shape(l)), *Y = df_convolve(X, P, l->window);
    ck_assert_msg(Y != NULL, "%s", df_graph_error(g));
    int n_K = (int)df__elements(df_shape_of(P), 1);
    state = 5;
    fill(x, n_x * examples), fill(K, n_K), fill(w, n_y * examples);
    memset(y, 0, sizeof y), memset(dx, 0, sizeof dx), memset(dK, 0, sizeof dK);
    for (int e = 0; e < examples; e++) {
        plain(l, 0, x + e * n_x, K, y + e * n_y);
        plain(l, 1, dx + e * n_x, K, w + e * n_y);
        plain(l, 2, x + e * n_x, dK, w + e * n_y);
    }
    df_node *J = df_sum(df_mul(Y, W)), *dX = df_d(J, X), *dP = df_d(J, P);
    df_node *out[] = { Y, dX, dP };
    const double *want[] = { y, dx, dK };
    const char *what[] = { "y", "dx", "dK" };
    ck_assert(df_set(P, K, n_K));
    for (int k = 0; k < 3; k++) {
        df_program *p = df_compile(g, out[k], J);
        int64_t n = df__elements(df_shape_of(out[k]), examples);
        ck_assert_msg(p && df_bind(p, X, x, n_x * examples) && df_bind(p, W, w, n_y * examples),
                      "%s", df_graph_error(g));
        bool outside = df__has_m(df_shape_of(out[k]));
        float narrow[MOST];
        ck_assert(!outside || (real == DF_FLOAT64 ? df_bind_out(p, out[k], is, n)
                                                  : df_bind_out(p, out[k], narrow, n)));
        ck_assert_msg(df_run(p), "%s", df_program_error(p));
        ck_assert(outside || df_fetch(p, out[k], is, n));
        for (int64_t i = 0; outside && real == DF_FLOAT32 && i < n; i++)
            is[i] = (double)narrow[i];
        near(what[k], n, is, want[k], room);
    }
    df_graph_free(g);
}

START_TEST(convolutions_are_what_plain_loops_give)
{
    against_loops(&layers[_i], DF_FLOAT64);
    against_loops(&layers[_i], DF_FLOAT32);
}
END_TEST

/* Wider than a piece of the product and higher than a strip. */
START_TEST(large_convolutions_are_what_plain_loops_give)
{
    static const layer large[] = {
        { 3, 17, 41, 2, 3, 3, { 1, 1, 0, 0 }, 'n' },
        { 6, 3, 37, 7, 3, 9, { 1, 4, 0, 0 }, 'f' },
        { 16, 0, 80, 16, 0, 15, { 1, 7, 0, 0 }, 'n' },
        { 9, 12, 12, 5, 12, 12, { 1, 5, 0, 0 }, 'l' },
    };
    for (size_t k = 0; k < COUNT(large); k++) {
        against_loops(&large[k], DF_FLOAT64);
        against_loops(&large[k], DF_FLOAT32);
    }
}
END_TEST

/* ---- NumPy, and reading back ----------------------------------------------------------------- */

static df_node *built(net *n, const layer *l)
{
    df_node *X = input(n, "X", image(l->c, l->h, l->w, l->m)), *K = param(n, "K", kernel_shape(l));
    return df_convolve(X, K, l->window);
}

/* Back to the size it came from, by the transposed one; extra: what the stride left over. */
static df_node *there_and_back(net *n, const layer *l)
{
    df_node *y = built(n, l), *V = y ? param(n, "V", kernel_shape(l)) : NULL;
    int stride = l->window.stride ? (int)l->window.stride : 1;
    int dilation = l->window.dilation ? (int)l->window.dilation : 1;
    int extra = (l->w + 2 * (int)l->window.padding - dilation * (l->kw - 1) - 1) % stride;
    return df_convolve_transposed(y, V, l->window, extra);
}

static df_node *largest(net *n, const layer *l)
{
    return df_max_pool(input(n, "X", image(l->c, l->h, l->w, l->m)), l->kw, l->window.stride,
                       l->window.padding);
}

static df_node *averaged(net *n, const layer *l)
{
    return df_mean_pool(input(n, "X", image(l->c, l->h, l->w, l->m)), l->kw, l->window.stride,
                        l->window.padding);
}

static const struct { const char *what; df_node *(*f)(net *, const layer *); layer l; } calls[] = {
    { "convolve a line", built, { 2, 0, 7, 3, 0, 3, { 2, 1, 0, 0 }, 'f' } },
    { "convolve a line, m last", built, { 4, 0, 5, 2, 0, 2, { 2, 1, 2, 2 }, 'l' } },
    { "convolve one line", built, { 2, 0, 7, 3, 0, 3, { 0, 0, 0, 0 }, 'n' } },
    { "convolve images", built, { 2, 4, 3, 2, 2, 3, { 2, 1, 0, 0 }, 'f' } },
    { "convolve images, m last", built, { 2, 4, 3, 2, 2, 3, { 1, 2, 2, 2 }, 'l' } },
    { "convolve one image", built, { 2, 4, 5, 3, 2, 2, { 0, 0, 0, 0 }, 'n' } },
    { "transposed line", there_and_back, { 2, 0, 8, 3, 0, 3, { 2, 1, 0, 0 }, 'f' } },
    { "transposed line, m last", there_and_back, { 2, 0, 6, 2, 0, 2, { 3, 1, 1, 2 }, 'l' } },
    { "transposed images", there_and_back, { 1, 4, 4, 2, 3, 3, { 2, 1, 0, 0 }, 'f' } },
    { "transposed images, m last", there_and_back, { 1, 4, 4, 2, 3, 3, { 1, 1, 0, 0 }, 'l' } },
    { "transposed image", there_and_back, { 1, 4, 4, 2, 3, 3, { 1, 1, 0, 0 }, 'n' } },
    { "max of lines", largest, { 2, 0, 7, 0, 0, 3, { 2, 0, 0, 0 }, 'f' } },
    { "max of images", largest, { 2, 4, 4, 0, 0, 2, { 2, 0, 0, 0 }, 'l' } },
    { "max of padded images", largest, { 1, 3, 3, 0, 0, 2, { 1, 1, 0, 0 }, 'f' } },
    { "max of one", largest, { 2, 5, 5, 0, 0, 3, { 2, 1, 0, 0 }, 'n' } },
    { "mean of lines", averaged, { 2, 0, 7, 0, 0, 3, { 2, 1, 0, 0 }, 'l' } },
    { "mean of images", averaged, { 2, 4, 4, 0, 0, 2, { 2, 0, 0, 0 }, 'f' } },
    { "mean of one", averaged, { 1, 5, 4, 0, 0, 3, { 1, 1, 0, 0 }, 'n' } },
};

static void build(net *n, int k)
{
    *n = (net){ .g = df_graph_new(DF_FLOAT64) };
    df_node *y = calls[k].f(n, &calls[k].l);
    ask(n, y);
    df_node *J = df_sum(df_square(y));
    for (int i = 0; i < n->n_data; i++)
        ask(n, df_d(J, n->data[i]));
}

START_TEST(printed_convolutions_run_in_numpy)
{
    begin();
    for (int k = 0; k < (int)COUNT(calls); k++) {
        static net n;
        build(&n, k);
        test(&n, calls[k].what, 0, NULL, 2000);
        df_graph_free(n.g);
    }
    end();
}
END_TEST

START_TEST(printed_convolutions_read_back)
{
    static net n;
    char *text = NULL, why[2 * DF_TEXT] = "";
    size_t size;
    build(&n, _i);
    df_name(n.out[0], "y");
    for (int i = 0; i < n.n_data; i++) {                 /* without the sum's own factors */
        char name[] = { 'p', (char)('0' + i), 0 };
        n.out[i + 1] = df_name(df_vjp(n.out[0], n.data[i], df_square(n.out[0])), name);
    }
    FILE *f = open_memstream(&text, &size);
    write_declarations(f, n.g);
    ck_assert(df_print_list(f, DF_NUMPY | DF_RAW, n.out, n.n_out));
    fclose(f);
    df_graph *h = df_graph_new(DF_FLOAT64);
    ck_assert_msg(df_parse(h, text) != NULL, "%s in:\n%s", df_graph_error(h), text);
    df_node *is[] = { df_find(h, "y"), df_find(h, "p0"), df_find(h, "p1"), df_find(h, "p2") };
    ck_assert_msg(same_graph(n.out, is, n.n_out, why), "%s in:\n%s", why, text);
    free(text);
    df_graph_free(h);
    df_graph_free(n.g);
}
END_TEST

/* ---- what is refused ------------------------------------------------------------------------- */

static df_node *pool(df_node *x, df_node *K, df_window w)
{
    return df_max_pool(x, df_shape_of(K).size[0], w.stride, w.padding);
}

static df_node *back(df_node *x, df_node *K, df_window w)
{
    return df_convolve_transposed(x, K, w, w.groups);
}

static df_dims dims_of(const char *shape)
{
    df_dims s = { .rank = (int)strlen(shape) };
    for (int j = 0; j < s.rank; j++)
        s.size[j] = shape[j] == 'm' ? DF_M : shape[j] - '0';
    return s;
}

static const struct {
    df_node *(*f)(df_node *, df_node *, df_window);
    const char *x, *K;
    df_window w;
    const char *says;
} wrong[] = {
    { df_convolve, "m38", "423", { 0, 0, 0, 0 },
      "convolve: X (m x 3 x 8), K (4 x 2 x 3): the input has 3 channels, the kernel is for 2" },
    { df_convolve, "m48", "323", { 0, 0, 0, 2 },
      "convolve: X (m x 4 x 8), K (3 x 2 x 3): 3 channels in 2 groups" },
    { df_convolve, "m24", "323", { 0, 0, 2, 0 },
      "convolve: X (m x 2 x 4), K (3 x 2 x 3): the kernel is larger than the input" },
    { df_convolve, "m24", "3233", { 0, 0, 0, 0 },
      "convolve: X (m x 2 x 4), K (3 x 2 x 3 x 3): operand 1 must be (channels x height x width)" },
    { df_convolve, "2m4", "323", { 0, 0, 0, 0 },
      "convolve: X (2 x m x 4), K (3 x 2 x 3): m stands between other axes: it must be "
      "the first or last" },
    { df_convolve, "m24", "m323", { 0, 0, 0, 0 },
      "convolve: X (m x 2 x 4), K (m x 3 x 2 x 3): a kernel is the same for all examples, "
      "without m" },
    { df_convolve, "m24", "32", { 0, 0, 0, 0 },
      "convolve: X (m x 2 x 4), K (3 x 2): a kernel is (out x in x width) or "
      "(out x in x height x width)" },
    { df_convolve, "m24", "323", { -1, 0, 0, 0 },
      "convolve: X (m x 2 x 4), K (3 x 2 x 3): a stride of -1, padding of 0, dilation of 1" },
    { df_convolve, "m24", "323", { 1, -1, 0, 0 },
      "convolve: X (m x 2 x 4), K (3 x 2 x 3): a stride of 1, padding of -1, dilation of 1" },
    { back, "m34", "323", { 2, 0, 0, 2 },
      "convolve_transposed: X (m x 3 x 4), K (3 x 2 x 3): extra must be less than the stride" },
    { back, "m54", "323", { 2, 0, 0, 1 },
      "convolve_transposed: X (m x 5 x 4), K (3 x 2 x 3): the convolution of such an input is "
      "(m x 3 x 4), not (m x 5 x 4)" },
    { pool, "m24", "5", { 1, 0, 0, 0 },
      "windows: X (m x 2 x 4): windows of size 5 are larger than the image" },
    { pool, "m24", "2", { 1, 2, 0, 0 },
      "windows: X (m x 2 x 4): a padding of 2 makes windows of size 2 empty" },
    { pool, "m24", "2", { 0, 0, 0, 0 },
      "windows: X (m x 2 x 4): a stride of 0, padding of 0, dilation of 1" },
    { pool, "m4", "2", { 1, 0, 0, 0 },
      "windows: X (m x 4): operand 1 must be (channels x width) or (channels x height x width)" },
};

START_TEST(what_does_not_fit_is_refused)
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", dims_of(wrong[_i].x));
    df_node *K = df_input(g, "K", dims_of(wrong[_i].K));
    ck_assert_ptr_null(wrong[_i].f(X, K, wrong[_i].w));
    ck_assert_msg(strstr(df_graph_error(g), wrong[_i].says), "%s", df_graph_error(g));
    ck_assert_ptr_null(wrong[_i].f(NULL, NULL, wrong[_i].w));
    df_graph_free(g);
}
END_TEST

/* ---- padding --------------------------------------------------------------------------------- */

/* Padding is never the largest, and counts in a mean as zeros. */
START_TEST(padding_is_below_all_for_a_maximum_and_zero_for_a_mean)
{
    static const double x[4] = { -1, -2, -3, -4 },
                        want[2][3] = { { -1, -2, -4 }, { -0.5, -2.5, -2 } };
    double y[3];
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *X = df_input(g, "X", df_shape(1, 4));
    df_node *out[] = { df_max_pool(X, 2, 2, 1), df_mean_pool(X, 2, 2, 1) };
    df_program *p = df_compile(g, out[0], out[1]);
    ck_assert_msg(p && df_bind(p, X, x, 4) && df_run(p), "%s", df_graph_error(g));
    for (int k = 0; k < 2; k++) {
        ck_assert(df_fetch(p, out[k], y, 3));
        near(k ? "mean" : "max", 3, y, want[k], 0);
    }
    df_graph_free(g);
}
END_TEST

/* ---- memory and bits ------------------------------------------------------------------------- */

/* The kernel's derivative is summed up tile by tile. */
START_TEST(the_workspace_of_a_training_step_does_not_grow_with_m)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *X = df_input(g, "X", df_shape(DF_M, 1, 8, 8)),
            *K = df_param(g, "K", df_shape(4, 1, 3, 3));
    df_node *A = df_relu(df_convolve(X, K, (df_window){ .padding = 1 }));
    df_node *J = df_cost(df_sum_axis(df_flatten(df_square(df_max_pool(A, 2, 2, 0))), 1));
    df_program *p = df_compile(g, J, df_d(J, K));
    ck_assert_msg(p != NULL, "%s", df_graph_error(g));
    ck_assert_uint_eq(df_workspace_bytes(p, 5000), df_workspace_bytes(p, 1000000));
    df_graph_free(g);
}
END_TEST

/* ---- training -------------------------------------------------------------------------------- */

/* A bar in a noisy 8 x 8 image, across or down, wherever it is. */
static void draw(float image[8][8], bool down)
{
    int at = below(8);
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++)
            image[i][j] = (float)((down ? j == at : i == at) + uniform(-0.2, 0.2));
}

START_TEST(one_convolution_learns_which_way_a_bar_goes)
{
    enum { E = 64 };
    static float x[2][E][8][8], y[2][E];
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *X = df_input(g, "X", df_shape(DF_M, 1, 8, 8));
    df_node *Y = df_input(g, "Y", df_shape(DF_M, 1));
    df_node *K = df_param(g, "K", df_shape(4, 1, 3, 3)), *W = df_param(g, "W", df_shape(4, 1));
    df_node *b = df_param(g, "b", df_shape(1, 1));
    df_node *A = df_max_pool(df_relu(df_convolve(X, K, (df_window){ .padding = 1 })), 8, 8, 0);
    df_node *Z = df_add_bias(df_matmul(df_flatten(A), W), b);
    df_node *J = df_name(df_cost(df_sigmoid_cross_entropy(Z, Y)), "J");
    df_node *right = df_mean(df_equal(df_less(df_num(g, 0), Z), Y));
    df_program *step = df_compile(g, J, df_adam(J, df_num(g, 0.02), NULL));
    df_program *test = df_compile(g, right);
    ck_assert_msg(step && test && df_init(g), "%s", df_graph_error(g));
    state = 3;
    for (int k = 0; k < 2 * E; k++) {
        draw(x[k / E][k % E], k & 1);
        y[k / E][k % E] = (float)(k & 1);
    }
    ck_assert(df_bind(step, X, &x[0][0][0][0], E * 64) && df_bind(step, Y, y[0], E));
    ck_assert(df_bind(test, X, &x[1][0][0][0], E * 64) && df_bind(test, Y, y[1], E));
    for (int k = 0; k < 300; k++)
        ck_assert_msg(df_run(step), "%s", df_program_error(step));
    ck_assert_msg(df_run(test), "%s", df_program_error(test));
    ck_assert_msg(df_value(test, right) > 0.95, "J = %g, %g right", df_value(step, J),
                  df_value(test, right));
    df_graph_free(g);
}
END_TEST

#define NUMPY have("/usr/bin/python3 -c 'import numpy'")

TESTS(
    ROWS(convolutions_are_what_plain_loops_give, COUNT(layers)),
    TEST(large_convolutions_are_what_plain_loops_give),
    TEST_IF(printed_convolutions_run_in_numpy, NUMPY),
    ROWS(printed_convolutions_read_back, COUNT(calls)),
    ROWS(what_does_not_fit_is_refused, COUNT(wrong)),
    TEST(padding_is_below_all_for_a_maximum_and_zero_for_a_mean),
    TEST(the_workspace_of_a_training_step_does_not_grow_with_m),
    TEST(one_convolution_learns_which_way_a_bar_goes),
)
