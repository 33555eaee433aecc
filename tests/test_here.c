/* test_here.c -- errors name the file and line of the caller's call
 *
 * SPDX-License-Identifier: MIT */
#include "check.h"
#include <dfoo.h>

static df_graph *g;
static df_node *a, *b;
static int evaluated;

static void begin(void)
{
    g = df_graph_new(DF_FLOAT32);
    a = df_param(g, "a", df_shape(2, 3));
    b = df_param(g, "b", df_shape(4, 5));
}

static void end(int line)
{
    char place[1000];
    snprintf(place, sizeof place, "%s:%d: ", __FILE__, line);
    ck_assert_msg(!strncmp(df_graph_error(g), place, strlen(place)), "%s is not at line %d", df_graph_error(g), line);
    df_graph_free(g);
}

static df_node *once(df_node *x)
{
    evaluated++;
    return x;
}

START_TEST(an_error_names_the_file_and_line_of_its_call)
{
    begin();
    ck_assert_ptr_null(df_add(a, b));
    end(__LINE__ - 1);
}
END_TEST

START_TEST(a_call_inside_another_names_its_own_line)
{
    begin();
    df_node *y = df_matmul(a, b);
    ck_assert_ptr_null(df_tanh(df_add(y, a)));
    end(__LINE__ - 2);
}
END_TEST

START_TEST(a_failed_call_leaves_the_place_of_the_next_one_right)
{
    begin();
    ck_assert_ptr_null(df_tanh(df_add(df_matmul(a, b), a)));
    df_graph_forgive(g);
    df_node *fine = df_tanh(df_tanh(a));
    ck_assert_ptr_nonnull(fine);
    ck_assert_ptr_null(df_sub(fine, b));
    end(__LINE__ - 1);
}
END_TEST

START_TEST(arguments_are_evaluated_once)
{
    begin();
    evaluated = 0;
    ck_assert_ptr_nonnull(df_add(once(a), df_tanh(once(a))));
    ck_assert_int_eq(evaluated, 2);
    df_graph_free(g);
}
END_TEST

START_TEST(a_call_through_a_pointer_works_and_has_no_place)
{
    begin();
    df_node *(*f)(df_node *, df_node *) = df_add;
    ck_assert_ptr_nonnull(f(a, a));
    ck_assert_ptr_null(f(a, b));
    ck_assert_msg(!strncmp(df_graph_error(g), "add: ", 5), "%s", df_graph_error(g));
    df_graph_free(g);
}
END_TEST

START_TEST(what_the_library_calls_has_the_place_of_the_callers_call)
{
    begin();
    ck_assert_ptr_null(df_cost(a));
    end(__LINE__ - 1);
}
END_TEST

START_TEST(compiling_a_list_names_its_line)
{
    begin();
    ck_assert_ptr_null(df_compile(g, df_update(a, a), df_update(a, df_tanh(a))));
    end(__LINE__ - 1);
}
END_TEST

TESTS(
    TEST(an_error_names_the_file_and_line_of_its_call),
    TEST(a_call_inside_another_names_its_own_line),
    TEST(a_failed_call_leaves_the_place_of_the_next_one_right),
    TEST(arguments_are_evaluated_once),
    TEST(a_call_through_a_pointer_works_and_has_no_place),
    TEST(what_the_library_calls_has_the_place_of_the_callers_call),
    TEST(compiling_a_list_names_its_line),
)
