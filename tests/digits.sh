#!/bin/sh
# examples/digits reads at least 95 % of the digits it has not seen, in the same way with any number of
# threads, and fails clearly.
# SPDX-License-Identifier: MIT
. "${srcdir:-.}/tests/lib.sh"
digits=$build/examples/digits
data=$top/examples/data/digits.csv

# refuses TEXT ARGUMENTS...: fails with a message that has this text.
refuses() {
    text=$1
    shift
    "$digits" "$@" > /dev/null 2> "$work/err" && fail "digits $*: status 0"
    grep -Fq -e "$text" "$work/err" || fail "digits $*: no '$text' in: $(cat "$work/err")"
}

for seed in 0 1 2; do
    "$digits" --seed $seed --equations none > "$work/out" || fail "seed $seed: status $?"
    $AWK '/^test accuracy/ { good = $3 >= 95 } END { exit !good }' "$work/out" ||
        fail "seed $seed: $(tail -n 1 "$work/out")"
done

# Dropout too is the same for any threads.
"$digits" --epochs 2 --batch 500 --threads 1 > "$work/one" || fail "threads 1: status $?"
"$digits" --epochs 2 --batch 500 --threads 3 > "$work/three" || fail "threads 3: status $?"
cmp -s "$work/one" "$work/three" || fail "other results with three threads"
grep -q '= np.where(t1, 1.25 \* relu(Z1), 0)$' "$work/one" || fail "no dropout in: $(cat "$work/one")"
grep -q '^dZ2 = softmax(Z2, axis=0) - ' "$work/one" || fail "no dZ2 in: $(cat "$work/one")"

"$digits" --epochs 1 --dropout 0 --hidden 5 --rate 0.01 --equations latex > "$work/out" ||
    fail "options: status $?"
grep -q '^64-5-10: training on 1348 examples, testing on 449$' "$work/out" ||
    fail "options: $(cat "$work/out")"
"$digits" --help | grep -q -e '--dropout' || fail "no help"

refuses "$work/none.csv" --data "$work/none.csv"
refuses "'x' is not a number" --dropout x
refuses --dropout --dropout 1
cut -d, -f1-20 "$data" > "$work/narrow.csv"
refuses 'narrow.csv: 1797 rows of 20 columns: at least 8 of 65 are needed' --data "$work/narrow.csv"
sed '5s/[0-9]*$/10/' "$data" > "$work/label.csv"
refuses 'label.csv: row 4: 10 in the last column is no digit' --data "$work/label.csv"
exit $failed
