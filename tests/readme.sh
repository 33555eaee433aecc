#!/bin/sh
# Every C program in README.md and doc/*.md compiles without a warning and runs, every block of shell lines runs; where
# the next fenced block is text, it is what these print. C that is no program is part of an example.
# SPDX-License-Identifier: MIT
. "${srcdir:-.}/tests/lib.sh"

# Blocks become FILE-LINE.c, .sh or .part, and FILE-LINE.text for what they print.
for page in "$top"/README.md "$top"/doc/*.md; do
    case $page in */reference.md) continue ;; esac
    $AWK -v name="$work/$(basename "$page" .md)" '
        function end() {
            if (kind == "c" || kind == "sh") {
                program = name "-" start
                file = program (kind == "sh" ? ".sh" : text ~ /main\(/ ? ".c" : ".part")
                printf "%s", text > file
                close(file)
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

# same PROGRAM: what it printed is what the page says.
same() {
    [ -f "$1.text" ] || return 0
    diff -u "$1.text" "$1.out" || fail "$1 prints something else"
}

for source in "$work"/*.c; do
    [ -f "$source" ] || continue
    program=${source%.c}
    link "$CC" -std=c11 -Wall -Wextra -pedantic -Werror -o "$program" "$source" -lm ||
        { fail "$program does not compile"; continue; }
    (cd "$top" && "$program") > "$program.out" || fail "$program fails"
    same "$program"
done
for lines in "$work"/*.sh; do
    [ -f "$lines" ] || continue
    program=${lines%.sh}
    (cd "$build" && PATH=$build:$PATH && sh "$lines") > "$program.out" || fail "$program fails"
    same "$program"
done
for part in "$work"/*.part; do
    [ -f "$part" ] || continue
    cat "$top"/examples/*.c | $AWK -v part="$part" '
        BEGIN { while ((getline line < part) > 0) wanted = wanted line "\n" }
        { text = text $0 "\n" }
        END { exit !index(text, wanted) }' || fail "$part is in no example: $(cat "$part")"
done
exit $failed
