/* comma.h -- a locale with a decimal comma, made for the time of a test
 *
 * SPDX-License-Identifier: MIT */
#ifndef DFOO_TESTS_COMMA_H
#define DFOO_TESTS_COMMA_H
#include "check.h"
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#define HAVE_COMMA have("command -v localedef && test -f /usr/share/i18n/locales/de_DE")

static inline void use_decimal_comma(void)
{
    char dir[] = "/tmp/dfoo-locale-XXXXXX", command[128];
    ck_assert(mkdtemp(dir) != NULL);
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1",
             dir);
    (void)!system(command);
    setenv("LOCPATH", dir, 1);
    bool comma = setlocale(LC_ALL, "de_DE.UTF-8") && localeconv()->decimal_point[0] == ',';
    snprintf(command, sizeof command, "rm -r %s", dir);
    (void)!system(command);
    ck_assert(comma && strtod("1,5", NULL) == 1.5);
}
#endif
