#!/bin/sh
# ops.list names each op that ops/ defines, and a public header has its constructor; each call of
# dfoo.h's section 5 is made in ops/; Makefile.am has each file; they need public headers alone.
# SPDX-License-Identifier: MIT
. "${srcdir:-.}/tests/lib.sh"
cd "$top" || exit

# Files.
find ops -name '*.[ch]' -o -name ops.list | sort > "$work/files"
echo "$OPS" | tr ' ' '\n' | sort > "$work/known"
only_in "$work/files" "$work/known" "not in ops of Makefile.am"
only_in "$work/known" "$work/files" "in ops of Makefile.am, not there"

# Ops.
sed -n 's/^OP(\(df__op_[a-z0-9_]*\))$/\1/p' ops/ops.list | sort > "$work/listed"
sed -n 's/^const df_op \(df__op_[a-z0-9_]*\) = {.*/\1/p' ops/*.c | sort > "$work/defined"
[ -s "$work/listed" ] || fail "ops.list lists nothing"
only_in "$work/listed" "$work/defined" "in ops.list, not defined"
only_in "$work/defined" "$work/listed" "defined, not in ops.list"

# The name of an op is that of its constructor, but for an ending that says how it is called.
declared include/dfoo.h include/dfoo/op.h > "$work/declared"
sed -n 's/.*\.abi = DF_OP, \.name = "\([a-z0-9_]*\)".*/\1/p' ops/*.c | sort > "$work/names"
[ "$(wc -l < "$work/names")" = "$(wc -l < "$work/listed")" ] ||
    fail "an op's name is not beside its .abi"
[ -z "$(uniq -d "$work/names")" ] || fail "twice: $(uniq -d "$work/names")"
sed 's/^number$/num/' "$work/names" | while read -r name; do
    grep -Eqx "df_$name(_axis|_list)?" "$work/declared" || echo "$name"
done > "$work/nobody"
[ -s "$work/nobody" ] && fail "no header declares the constructor of: $(cat "$work/nobody")"

# Calls.
sed -n '/---- 5\./,/---- 6\./p' include/dfoo.h > "$work/section5.h"
declared "$work/section5.h" > "$work/calls"
sed -n 's/^df_node \*\(df_[a-z0-9_]*\)(.*/\1/p' ops/*.c | sort -u > "$work/made"
[ -s "$work/calls" ] || fail "section 5 of dfoo.h declares nothing"
only_in "$work/calls" "$work/made" "declared as an operation, not made in ops/"

for file in ops/*.c; do
    # shellcheck disable=SC2086 # a compiler may come with flags
    $CC -std=gnu11 -Wall -Wextra -Werror -DDF_NO_HERE -I"$build/include" -Iinclude -fopenmp-simd \
        -fsyntax-only "$file" || fail "$file does not compile with the public headers alone"
done
exit $failed
