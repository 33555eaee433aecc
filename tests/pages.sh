#!/bin/sh
# doc/ops.md and doc/reference.md are what the header and the library give today (`make doc` writes them), and lack no op.
# SPDX-License-Identifier: MIT
. "${srcdir:-.}/tests/lib.sh"

# fresh PAGE: is it what stands in $work?
fresh() {
    diff -u "$top/doc/$1" "$work/$1" > "$work/diff" || fail "doc/$1 is not up to date (make doc): $(head -20 "$work/diff")"
}

"$build/tools/ops_table" "$top/include/dfoo.h" > "$work/ops.md" || fail "ops_table fails"
fresh ops.md
$AWK -f "$top/tools/reference.awk" "$top/include/dfoo.h" > "$work/reference.md" || fail "reference.awk fails"
fresh reference.md

# Each call has a place in both pages; each op is a call, by some ending, or in one.
sed -n '/---- 5\./,/---- 6\./p' "$top/include/dfoo.h" > "$work/section5.h"
declared "$work/section5.h" | while read -r call; do
    grep -Eq "^\| \`$call\(" "$top/doc/ops.md" || echo "$call"
done > "$work/missing"
[ -s "$work/missing" ] && fail "not in doc/ops.md: $(cat "$work/missing")"
declared "$top/include/dfoo.h" | grep -Ev '^df__|df_dims_9' | while read -r call; do
    grep -q "$call(" "$top/doc/reference.md" || echo "$call"
done > "$work/missing"
[ -s "$work/missing" ] && fail "not in doc/reference.md: $(cat "$work/missing")"
sed -n 's/.*\.abi = DF_OP, \.name = "\([a-z0-9_]*\)".*/\1/p' "$top"/ops/*.c | sed 's/^number$/num/' |
    while read -r op; do
        grep -Eq "^df_node \*df_$op(_axis|_list)?\(" "$top/doc/reference.md" ||
            grep -Eq "^\| \`$op\`" "$top/doc/ops.md" || echo "$op"
    done > "$work/missing"
[ -s "$work/missing" ] && fail "no call of doc/ops.md shows: $(cat "$work/missing")"

# What the pages link to is there.
for page in "$top"/README.md "$top"/doc/*.md; do
    grep -o '](\([^)#]*\)' "$page" | sed 's/](//' | grep -v '^http' | while read -r link; do
        [ -z "$link" ] || [ -e "$(dirname "$page")/$link" ] || echo "$page: $link"
    done
done > "$work/missing"
[ -s "$work/missing" ] && fail "links to nothing: $(cat "$work/missing")"
exit $failed
