/* model.c -- any text as a model file of the tool: read, named, derived, printed
 *
 * SPDX-License-Identifier: MIT */
#include "../../tool/tool.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    options o = { .epochs = 1, .rate = 0.1 };
    model m = { .name = "fuzz", .text = calloc(1, size + 1) };
    static FILE *nowhere;
    if (!nowhere) {
        nowhere = fopen("/dev/null", "w");
        stderr = nowhere;
    }
    if (size)
        memcpy(m.text, data, size);
    if (model_parse(&m, &o) && model_derive(&m, &o) &&
        !df_print_list(nowhere, DF_NUMPY | DF_PRELUDE, m.d, m.n_by))
        abort();
    model_free(&m);
    return 0;
}
