/* bench/net.c -- graph and data of a network of one hidden layer
 *
 * SPDX-License-Identifier: MIT */
#include "net.h"
#include <math.h>

net *net_build(job *j, int inputs, int hidden, int outputs)
{
    df_node *X = job_input(j, "X", df_shape(inputs, DF_M), 1);
    df_node *Y = job_labels(j, "Y", df_shape(1, DF_M), outputs > 1 ? DF_INT32 : DF_FLOAT32,
                            outputs > 1 ? outputs : 2, X);
    df_node *W1 = job_param(j, "W1", df_shape(hidden, inputs), sqrt(3.0 / inputs));
    df_node *b1 = job_param(j, "b1", df_shape(hidden, 1), 0.1);
    df_node *W2 = job_param(j, "W2", df_shape(outputs, hidden), sqrt(3.0 / hidden));
    df_node *b2 = job_param(j, "b2", df_shape(outputs, 1), 0.1);
    df_node *A1 = df_tanh(df_add_bias(df_matmul(W1, X), b1));
    df_node *Z2 = df_add_bias(df_matmul(W2, A1), b2);
    j->J = df_cost(outputs > 1 ? df_softmax_cross_entropy(Z2, Y, 0) :
                                 df_cross_entropy(df_sigmoid(Z2), Y));
    net *n = j->own = job_memory(j, sizeof *n);
    *n = (net){ .m = j->m, .threads = j->threads, .rate = (float)j->rate };
    n->x = job_array(j, X)->v, n->y = job_array(j, Y)->v, n->label = job_array(j, Y)->v;
    n->W1 = job_array(j, W1)->v, n->dW1 = job_array(j, W1)->d;
    n->b1 = job_array(j, b1)->v, n->db1 = job_array(j, b1)->d;
    n->W2 = job_array(j, W2)->v, n->dW2 = job_array(j, W2)->d;
    n->b2 = job_array(j, b2)->v, n->db2 = job_array(j, b2)->d;
    return n;
}
