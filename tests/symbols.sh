#!/bin/sh
# The shared library exports what dfoo.h and op.h declare, no more and no less; the library does not print, end
# the process, keep state of its own or change that of others; memory comes from memory.c alone.
# SPDX-License-Identifier: MIT
. "${srcdir:-.}/tests/lib.sh"
[ "$SANITIZE" = no ] || skip "sanitizers add symbols"
shared=.libs/libdfoo.so static=.libs/libdfoo.a
[ -f $shared ] && [ -f $static ] || skip "needs the shared and the static library"

declared "$top/include/dfoo.h" "$top/include/dfoo/op.h" > "$work/declared"
$NM -D --defined-only $shared | $AWK '{ print $3 }' | sort -u > "$work/exported"
only_in "$work/declared" "$work/exported" "declared, not exported"
only_in "$work/exported" "$work/declared" "exported, not declared"

# uses WHERE SYMBOL...: which of the symbols the objects of the library refer to, as "object symbol".
$NM -A -u $static | $AWK '{ sub(/^[^:]*:/, "", $1); sub(/@.*/, "", $NF); print $1, $NF }' > "$work/used"
refuse() {
    why=$1
    shift
    for symbol; do
        grep " $symbol\$" "$work/used" > "$work/users" && fail "$why: $(cat "$work/users")"
    done
}
refuse "ends the process" abort exit _exit _Exit quick_exit __assert_fail raise kill longjmp
refuse "prints by itself" printf vprintf puts putchar stdout stderr perror __printf_chk __vprintf_chk
refuse "changes the process" openblas_set_num_threads goto_set_num_threads setenv putenv \
    setlocale srand rand random feenableexcept fesetround signal sigaction
grep -v 'memory.o: ' "$work/used" > "$work/others" && mv "$work/others" "$work/used"
refuse "memory not from memory.c" malloc calloc realloc free aligned_alloc posix_memalign strdup strndup getline \
    getdelim asprintf vasprintf open_memstream

# Writable data that are not a thread's own.
$NM -f sysv $static | $AWK -F'|' '
    $7 ~ /^ *(\.data|\.bss|COM|\*COM\*)/ && $7 !~ /\.rel\.ro/ { gsub(/ /, "", $1); print $1 }' > "$work/data"
[ -s "$work/data" ] && fail "global data: $(cat "$work/data")"
exit $failed
