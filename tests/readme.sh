#!/bin/sh
# Every C program in README.md and doc/*.md compiles without a warning and runs; where the next fenced block is
# text, it is what the program prints.
# SPDX-License-Identifier: MIT
. "${srcdir:-.}/tests/lib.sh"

# Blocks become FILE-LINE.c, and FILE-LINE.text for what it prints.
for page in "$top"/README.md "$top"/doc/*.md; do
    $AWK -v name="$work/$(basename "$page" .md)" '
        function end() {
            if (kind == "c" && text ~ /main\(/) {
                program = name "-" start
                printf "%s", text > (program ".c")
            } else if (kind == "text" && program) {
                printf "%s", text > (program ".text")
                program = ""
            } else
                program = ""
        }
        /^```/ {
            if (inside)
                end()
            inside = !inside
            kind = substr($0, 4)
            start = FNR
            text = ""
            next
        }
        inside { text = text $0 "\n" }' "$page"
done
ls "$work"/README-*.c >/dev/null 2>&1 || fail "README.md has no program"

for source in "$work"/*.c; do
    [ -f "$source" ] || continue
    program=${source%.c}
    link "$CC" -std=c11 -Wall -Wextra -pedantic -Werror -o "$program" "$source" -lm ||
        { fail "$program does not compile"; continue; }
    (cd "$top" && "$program") > "$program.out" || fail "$program fails"
    if [ -f "$program.text" ]; then
        diff -u "$program.text" "$program.out" || fail "$program prints something else"
    fi
done
exit $failed
