/* main.c -- a fuzz target on files that are there, for a compiler without a fuzzer
 *
 * SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        uint8_t *data = malloc(1 << 24);
        if (!f || !data)
            return fprintf(stderr, "%s cannot be read\n", argv[i]), 1;
        size_t n = fread(data, 1, 1 << 24, f);
        fclose(f);
        uint8_t *exact = malloc(n ? n : 1);      /* so that reading past the end is seen */
        for (size_t k = 0; k < n; k++)
            exact[k] = data[k];
        LLVMFuzzerTestOneInput(exact, n);
        free(exact);
        free(data);
    }
    printf("%d files\n", argc - 1);
    return 0;
}
