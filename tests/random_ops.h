/* random_ops.h -- what random graphs are made of: data of all forms, and an expression for each op
 *
 * SPDX-License-Identifier: MIT
 *
 * Expressions are those of model files. Capitals are operands, chosen from what is there:
 *
 *     A any array of floats         B goes with A, elementwise       E has A's shape
 *     M a matrix that A can be multiplied by                         S a single number
 *     P as A, but for one axis      Q square matrices                W without m, at least two rows
 *     I, G integers; G as A, but for one axis                        X what others were made of
 *
 * # is an axis of A, not of m; & any; $ A's shape, ^ one that it can be reshaped to; ~ a number
 * from -1.5 to 1.5, ! from 0.2 to 1.5, ? 0, 1 or 2. Functions with kinks and steps have an offset,
 * as a number that is 0 but for rounding would be on either side of it. */
#ifndef DFOO_TESTS_RANDOM_OPS_H
#define DFOO_TESTS_RANDOM_OPS_H
#include <stddef.h>

/* One is chosen for a graph: examples in columns or rows, images, m in the middle, none. */
static const char *const forms[] = {
    "input x (3, m)\ninput y (2, m)\ninput z (1, m)\nparam p (3, 1)\nparam w (2, 3)\n"
    "param v (3, 3)\nparam s (1)\ninput i (1, m) int64\ninput j (3, m) int32\n",
    "input x (m, 3)\ninput y (m, 2)\ninput z (m, 1)\nparam p (1, 3)\nparam w (3, 2)\n"
    "param v (3, 3)\nparam s (1)\ninput i (m, 1) int64\ninput j (m, 3) uint8\n",
    "input x (m, 2, 4)\ninput y (m, 3, 3)\ninput z (m, 2, 1)\nparam p (1, 2, 1)\n"
    "param k (2, 2, 2)\n"
    "param v (3, 3)\nparam s (1)\ninput i (m) int64\ninput j (m, 2, 4) int32\n",
    "input x (2, 4, m)\ninput y (3, 3, m)\ninput z (2, 1, m)\nparam p (2, 1, 1)\n"
    "param k (2, 2, 3)\n"
    "param w (3, 2)\nparam s (1)\ninput i (1, 2, m) int64\ninput j (2, 4, m) int32\n",
    "input x (2, m, 3)\ninput y (3, m, 2)\ninput z (1, m, 3)\nparam p (2, 1, 3)\nparam v (3, 3)\n"
    "param t (2, 3, 2)\nparam s (1)\ninput i (2, m) int64\ninput j (2, m, 3) int32\n",
    "param x (3, 3)\nparam y (3, 2)\nparam z (2, 3)\nparam p (1, 3)\nparam v (3)\nparam s (1)\n"
    "input i (3) int64\ninput j (3, 3) int32\n",
    "input x (m)\ninput y (m)\ninput z (m, 3)\nparam p (1, 3)\nparam v (3, 3)\nparam s (1)\n"
    "input i (m) int64\ninput j (m, 3) int32\n",
    "input x (m, 2, 4, 4)\ninput y (m, 1, 3, 3)\nparam k (2, 2, 2, 2)\nparam l (2, 1, 3, 3)\n"
    "param p (1, 2, 1, 1)\nparam s (1)\ninput i (m, 1) int64\ninput j (m, 2, 4, 4) int32\n",
};

static const char *const of_one[] = {
    "-A", "A * ~", "A + ~", "scale(A, ~)", "offset(A, ~)", "neg(A)", "square(A)", "A**2", "A**3",
    "pow(A, 3)", "pow(softplus(A) + 0.5, -1)", "pow(softplus(A) + 0.5, 0.5)",
    "(square(A) + 0.7)**-2", "pow(softplus(A) + 0.5, ~)", "1 - A", "1 - tanh(A)**2",
    "reciprocal(square(A) + 0.5)", "1 / (1 + exp(-A))", "log(1 + exp(A))", "rsqrt(square(A) + 0.5)",
    "sqrt(square(A) + 0.3)", "abs(A + 0.0109)", "sign(A + 0.0119)", "floor(A + 0.137)",
    "ceil(A + 0.137)", "round(A + 0.137)", "clip(A, -0.71, 0.83)", "exp(A)", "exp(-square(A))",
    "log(softplus(A) + 0.2)", "log(sigmoid(A))", "log1p(square(A))", "exp2(A)", "expm1(A)",
    "log2(square(A) + 0.4)", "log10(square(A) + 0.4)", "sin(A)", "cos(A)", "tan(tanh(A))",
    "asin(0.9 * tanh(A))", "acos(0.9 * tanh(A))", "atan(A)", "sinh(A)", "cosh(A)", "asinh(A)",
    "acosh(1.2 + square(A))", "atanh(0.8 * sin(A))", "erf(A)", "erfc(A)", "lgamma(square(A) + 0.4)",
    "digamma(square(A) + 0.6)", "polygamma(square(A) + 0.8, ?)", "sigmoid(A)", "tanh(A)",
    "relu(A + 0.0126)", "leaky_relu(A + 0.0130, 0.1)", "softplus(A)", "elu(A + 0.0136, 0.7)",
    "selu(A + 0.0144)", "celu(A + 0.0154, 0.7)", "silu(A)", "gelu(A)", "gelu_tanh(A)", "mish(A)",
    "softsign(A + 0.0161)", "hard_sigmoid(A + 0.0165)", "hard_swish(A + 0.0171)", "log_sigmoid(A)",
    "stop(A)", "is_nan(A)", "is_finite(A)", "logical_not(A > 0.0179)", "A / m", "A * m",
    "A - stop(A) * ~", "(A + ~)**2 - A**2", "A * exp(~ - A**2)", "A * sigmoid(A)",
    "sigmoid(A) * (1 - sigmoid(A))", "log(exp(A) + exp(-A))", "xlogy(0 * A, sigmoid(A))",
};

static const char *const of_two[] = {
    "A + B", "A - B", "A * B", "add(A, B)", "sub(A, B)", "mul(A, B)", "A / (square(B) + 0.6)",
    "div(A, softplus(B) + 0.5)", "A * ~ + B * ~", "A * B - B", "tanh(A + B)", "max(A, B + 0.0189)",
    "min(A, B + 0.0196)", "less(A, B + 0.0200)", "less_equal(A, B + 0.0206)",
    "greater(A, B + 0.0214)", "greater_equal(A, B + 0.0224)", "equal(A, B + 0.0231)",
    "not_equal(A, B + 0.0235)", "1.0 * (A < B - 0.0241)", "equal(I, ?)", "not_equal(I, ?)",
    "logical_and(A > 0.0249, B < 0.0259)", "logical_or(A > 0.0266, B < 0.0270)",
    "where(A > B + 0.0276, A, B)", "where(less(A, 0.0284), B, ~)", "where(A, A, B)",
    "power(softplus(A) + 0.3, B)", "hypot(A, B + 0.0294)", "hypot(A, square(B) + 0.1)",
    "remainder(A + 0.0301, square(B) + 0.9)", "atan2(A, square(B) + 0.3)",
    "atan2(A + 0.0305, B + 0.0311)", "xlogy(A, square(B) + 0.2)", "dot(A, E)", "A + A.T",
    "add_bias(A, B)", "float(I)", "A * float(I)",
};

static const char *const losses[] = {
    "cross_entropy(sigmoid(A), sigmoid(E))", "cross_entropy(0.1 + 0.8 * sigmoid(A), sigmoid(E))",
    "sigmoid_cross_entropy(A, sigmoid(E))", "softmax_cross_entropy(A, softmax(E, #), #)",
    "softmax_cross_entropy(A, argmax_axis(E, #), #)", "squared_error(A, E)",
    "absolute_error(A, E + 0.0319)", "huber(A, E + 0.0329, !)",
    "hinge(A, 2 * (E > 0.0336) - 1.013)", "poisson(exp(A), square(E))",
    "poisson(square(A) + 0.3, E)",
    "kl_divergence(sigmoid(A), sigmoid(E))", "kl_divergence(softmax(A, #), softmax(E, #))",
    "cosine_similarity(A + 0.0340, E + 0.0346, #)", "cosine_loss(A + 0.0354, E + 0.0364, #)",
    "smooth_labels(softmax(A, #), #, 0.1)", "l1(A + 0.0371)", "l2(A)", "cost(sum_axis(A, #))",
    "cost(A)", "cost(logsumexp_axis(A, #))",
};

static const char *const reductions[] = {
    "sum(A)", "mean(A)", "sum_axis(A, &)", "mean_axis(A, &)", "max_axis(A, &)", "min_axis(A, &)",
    "logsumexp_axis(A, &)", "sum_examples(A)", "mean_examples(A)", "max_all(A)", "min_all(A)",
    "logsumexp(A)", "variance(A)", "variance_axis(A, &)", "prod(tanh(A))", "prod_axis(A, #)",
    "norm(A + 0.0375)", "norm_axis(A + 0.0381, &)", "count(A > 0.0389)",
    "count_axis(floor(A + 0.137), &)", "any(A > 0.0399)", "any_axis(A > 0.0406, &)",
    "all(A > 0.0410)", "all_axis(A > 0.0416, &)", "cumsum(A, #)", "softmax(A, #)",
    "log_softmax(A, #)", "np.sum(A, axis=(0, 1), keepdims=True)",
    "np.sum(A, axis=(-1, 1), keepdims=True)", "np.max(A, axis=(0, 1), keepdims=True)",
    "np.mean(A, axis=(1, 0), keepdims=True)", "norm(A, axis=(0, 1))",
    "np.prod(tanh(A), axis=(0, 1), keepdims=True)", "log(sum_axis(exp(A), #))",
    "exp(A) / sum_axis(exp(A), #)", "A - mean_axis(A, &)", "A / (norm_axis(A, #) + 0.5)",
};

static const char *const views[] = {
    "A.T", "transpose(A)", "moveaxis(A, &, 0)", "moveaxis(A, 0, &)", "moveaxis(A, &, -1)",
    "flatten(A)", "expand(A, ?)", "take(A, #, 0)", "take(A, #, 1)", "slice(A, #, 0, 1)",
    "slice(A, #, 1, 1)", "slice(A, #, 1, 2)", "slice_step(A, #, 2, 2, -1)",
    "slice_step(A, #, 1, 2, -1)", "slice_step(A, #, 0, 2, 2)", "flip(A, #)", "split(A, #, 2, 1)",
    "split(A, #, 3, ?)", "tile(A, #, 2)", "tile(A, #, 3)", "pad(A, #, 1, 0)", "pad(A, #, 0, 1)",
    "unslice(A, #, 0, 2, 5)", "unslice(A, #, 1, 1, 4)", "np.concatenate((A, P), axis=#)",
    "np.concatenate((A, E, A), axis=#)", "diag(Q)", "diag_matrix(A)", "tril(Q, 0)", "triu(Q, 1)",
    "tril(A, -1)", "triu(A, ?)", "A.reshape^", "A.reshape^", "A.reshape^.T", "A.reshape(3, 2)",
    "A.reshape(1, 3)", "y.reshape(2, 3)",
    "A[0:1]", "A[None]", "A[::-1]", "A[..., None]", "each(A, 0)", "each(A, 1)",
    "np.broadcast_to(A, (3, 3))", "np.broadcast_to(A, (3, m))", "np.broadcast_to(A, (m, 3))",
    "np.broadcast_to(S, $)", "np.array([0.3, -0.7, 1.1]).reshape(3, 1) * A",
    "A + np.array([0.5, -0.25, 0.1]).reshape(1, 3)", "A * np.full($, ~)", "A + np.ones($)",
    "A - np.zeros($)", "zeros($) + B", "A * num(~)",
};

static const char *const products[] = {
    "A @ M", "M @ A", "matmul(A, M)", "A @ E.T", "A.T @ E", "E.T @ A.T", "Q @ Q", "Q.T @ Q",
    "Q @ A", "A @ Q", "tanh(A @ M)", "W @ A", "A @ W", "W.T @ A", "A @ W.T", "dot(A, E)",
    "outer(A, X)", "outer(X, A)", "np.einsum('ab,ab->a', A, E)", "np.einsum('ab,ab->b', A, E)",
    "np.einsum('ab,cb->ac', A, W)", "np.einsum('ab,ac->bc', A, E)", "np.einsum('ab,ab->ba', A, E)",
    "np.einsum('ab->b', A)", "np.einsum('ab->ba', A)", "np.einsum('abc->ca', A)",
    "np.einsum('abc,abc->b', A, E)", "np.einsum('abc,abd->acd', A, E)",
    "np.einsum('abc,dc->abd', A, W)", "np.einsum('abc,abc->cba', A, E)",
    "np.einsum('a,b->ab', A, X)", "np.einsum('ab,b->a', A, X)", "trace(Q)",
    "attention(A, A, A)", "attention(A, E, A)", "attention_masked(A, A, A, A @ A.T > -0.0424)",
    "attention_masked(y, y, y, tril(v, 0))",
};

/* D is the identity that goes with Q: matrices that are positive definite, or far from singular. */
static const char *const linear_algebra[] = {
    "cholesky(0.2 * tanh(Q) + D)", "cholesky(Q @ Q.T + D)", "cholesky(square(Q) + 3 * D)",
    "inverse(0.3 * tanh(Q) + D)", "inverse(Q.T @ Q + D)", "inverse(0.3 * tanh(Q) + 1.4 * D) @ A",
    "det(0.3 * tanh(Q) + D)", "logdet(0.3 * tanh(Q) + D)", "logdet(Q @ Q.T + D)", "trace(Q)",
    "trace(Q @ Q)", "solve(0.3 * tanh(Q) + D, A)", "solve(0.3 * tanh(Q) - D, Q)",
    "solve(Q @ Q.T + D, A)", "solve(0.3 * tanh(v) + diag_matrix(np.array([1, -1.5, 2])), A)",
    "triangular_solve(0.3 * tanh(Q) + D, A, False, False)",
    "triangular_solve(0.3 * tanh(Q) + D, A, True, False)",
    "triangular_solve(0.3 * tanh(Q) + D, Q, False, True)",
    "triangular_solve(cholesky(0.2 * tanh(Q) + D), Q, False, False)",
    "triangular_solve(0.3 * tanh(Q) - D, A, True, True)",
};

static const char *const images[] = {
    "convolve(A, k, stride=1, padding=0, dilation=1, groups=1)",
    "convolve(A, k, stride=1, padding=1, dilation=1, groups=1)",
    "convolve(A, k, stride=2, padding=1, dilation=1, groups=1)",
    "convolve(A, k, stride=1, padding=1, dilation=2, groups=1)",
    "convolve(A + x, l, stride=1, padding=1, dilation=1, groups=2)",
    "convolve(A, k, stride=1, padding=?, dilation=1, groups=1)",
    "convolve_transposed(x * ~, k, (2, 6, m), stride=1, padding=0, dilation=1, groups=1)",
    "convolve_transposed(x * ~, k, (m, 2, 5), stride=1, padding=0, dilation=1, groups=1)",
    "convolve_transposed(tanh(x), k, (m, 2, 9), stride=2, padding=0, dilation=1, groups=1)",
    "convolve_transposed(tanh(x), k, (m, 2, 3), stride=1, padding=1, dilation=1, groups=1)",
    "convolve_transposed(tanh(x), k, (m, 2, 5, 5), stride=1, padding=0, dilation=1, groups=1)",
    "convolve_transposed(x * ~, l, (m, 2, 4, 4), stride=1, padding=1, dilation=1, groups=2)",
    "convolve(x, k, stride=1, padding=1, dilation=1, groups=1)", "max_pool(A, 2, 1, 0)",
    "max_pool(A, 2, 2, 0)", "max_pool(A, 3, 1, 1)", "mean_pool(A, 2, 1, 0)",
    "mean_pool(A, 2, 2, 0)", "mean_pool(A, 3, 2, 1)",
};

static const char *const selections[] = {
    "embed(W, I)", "W[I]", "scatter_rows(embed(W, I), I, 3)", "gather(A, G, #)",
    "gather(A, argsort(E, #), #)", "gather(A, argmax_axis(A, #), #)",
    "gather(A, argmin_axis(E, #), #)",
    "scatter(gather(A, G, #), G, #, 3)", "scatter(A, argsort(E, #), #, 4)", "sort(A, #)",
    "top_k(A, #, 2)", "top_k(A, #, 1)", "one_hot(I, 3)", "one_hot(argmax_axis(A, #), 4)",
    "argmax_axis(A, #)", "argsort(A, #)", "argmin_axis(A, #)", "float(argsort(A, #)) * A",
    "one_hot(i, 2)", "count(I)", "any_axis(I, 0)", "equal(I, G)", "take(I, 0, 0)", "I.T",
};

static const char *const learning[] = {
    "layer_norm(A, #, 0.1)", "rms_norm(A, #, 0.1)", "group_norm(A, #, 1, 0.1)",
    "group_norm(A, #, 2, 0.1)", "batch_norm(A, #, 0.1)",
    "lstm_c(x, y, y, tile(w, 0, 4), tile(w @ w.T, 0, 4), np.full((8, 1), ~) * s)",
    "lstm_h(x, y, y, tile(w, 0, 4), tile(w @ w.T, 0, 4), np.full((8, 1), ~) * s)",
    "lstm_c(x, y, y, tile(w.T, 0, 4), tile(w.T @ w, 0, 4), np.full((1, 8), ~) * s)",
    "lstm_h(x, y, y, tile(w.T, 0, 4), tile(w.T @ w, 0, 4), np.full((1, 8), ~) * s)",
    "gru(x, y, tile(w, 0, 3), tile(w @ w.T, 0, 3), np.full((6, 1), ~) * s, np.full((6, 1), ~))",
    "gru(x, y, tile(w.T, 0, 3), tile(w.T @ w, 0, 3), np.full((1, 6), ~) * s, np.full((1, 6), ~))",
    "dropout(A, 0.3)", "A * uniform($)", "A + normal($)", "A * bernoulli(0.6, $)",
};

static const char *const derivatives[] = {
    "d(sum(tanh(A)), X)", "d(mean(square(A)), X)", "vjp(A, X, A)", "jvp(A, S, S)", "jvp(A, X, X)",
    "jvp(tanh(A), X, tanh(X))", "jacobian(W, W)", "jacobian(tanh(W) * s, s)",
    "hessian(mean(tanh(A)), s)",
    "d_flat(mean(tanh(A)))", "d(sum(A * A), X)", "d(cost(sum_axis(sigmoid(A), #)), X)",
};

/* How often each kind is tried. */
#define LIST(list, weight) { list, sizeof list / sizeof *list, weight }
static const struct { const char *const *of; size_t n; int weight; } kinds[] = {
    LIST(of_one, 10), LIST(of_two, 12), LIST(losses, 4), LIST(reductions, 6), LIST(views, 6),
    LIST(products, 8), LIST(linear_algebra, 3), LIST(images, 6), LIST(selections, 4),
    LIST(learning, 3), LIST(derivatives, 1),
};
#undef LIST
#endif
