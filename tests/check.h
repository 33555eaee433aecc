/* check.h -- a test file is its tests and one list of them
 *
 * SPDX-License-Identifier: MIT
 *
 *     #include "check.h"
 *
 *     START_TEST(a_shape_that_broke_is_named) { ... ck_assert_str_eq(...); } END_TEST
 *     START_TEST(each_line_of_the_table_holds) { const line *l = &table[_i]; ... } END_TEST
 *     START_TEST(numpy_runs_what_is_printed) { ... } END_TEST
 *
 *     TESTS(
 *         TEST(a_shape_that_broke_is_named),
 *         ROWS(each_line_of_the_table_holds, COUNT(table)),
 *         TEST_IF(numpy_runs_what_is_printed, have("python3 -c 'import numpy'")),
 *     )
 *
 * Each test, and each row, runs in a process of its own (CK_FORK=no: all in one). CK_RUN_CASE=name runs that
 * test alone. The last line printed is "FILE: N passed, N failed, N skipped". */
#ifndef DFOO_TESTS_CHECK_H
#define DFOO_TESTS_CHECK_H
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One entry of the list: a test, and how often it runs, with _i = 0, 1, ...; 0: skipped. */
typedef struct { const TTest *test; int rows; } tests_entry;
#define TEST(test) { test, 1 }
#define ROWS(test, n) { test, (int)(n) }
#define TEST_IF(test, condition) { test, !!(condition) }
#define COUNT(table) (sizeof(table) / sizeof *(table))
#define TESTS(...) \
    int main(void) \
    { \
        const tests_entry list[] = { __VA_ARGS__ }; \
        return tests_run(__FILE__, list, (int)COUNT(list)); \
    }

/* Whether a command can be run: tests of what needs it are skipped where it is missing. */
__attribute__((unused)) static bool have(const char *command)
{
    char quiet[512];
    snprintf(quiet, sizeof quiet, "(%s) >/dev/null 2>&1", command);
    return system(quiet) == 0;
}

/* How many random cases a property gets that gets n in `make check`: fewer where every instruction is slow
 * (valgrind), more in `make check-long`. At least one. */
__attribute__((unused)) static int rounds(int n)
{
    const char *percent = getenv("DFOO_ROUNDS");
    long scaled = (long)n * (percent ? atoi(percent) : 100) / 100;
    return scaled > 0 ? (int)scaled : 1;
}

/* What is done before each test; a header may say something else. */
#ifndef BEFORE_EACH
#define BEFORE_EACH NULL
#endif

/* A case for each test, so that CK_RUN_CASE can pick one by its name. */
static int tests_run(const char *file, const tests_entry *list, int n)
{
    Suite *suite = suite_create(file);
    int skipped = 0;
    setenv("CK_DEFAULT_TIMEOUT", "60", 0);
    for (int i = 0; i < n; i++) {
        if (!list[i].rows) {
            printf("%s: skipped\n", list[i].test->name);
            skipped++;
            continue;
        }
        TCase *c = tcase_create(list[i].test->name);
        tcase_add_checked_fixture(c, BEFORE_EACH, NULL);
        tcase_add_loop_test(c, list[i].test, 0, list[i].rows);
        suite_add_tcase(suite, c);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner), passed = srunner_ntests_run(runner) - failed;
    if (passed + failed + skipped == 0)
        failed = 1;                          /* nothing was tested */
    printf("%s: %d passed, %d failed, %d skipped\n", file, passed, failed, skipped);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : passed ? EXIT_SUCCESS : 77;
}
#endif
