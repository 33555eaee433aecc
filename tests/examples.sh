#!/bin/sh
# The examples train, derive what they should, take every option, and fail clearly.
# SPDX-License-Identifier: MIT
. "${srcdir:-.}/tests/lib.sh"
two_layer=$build/examples/two_layer
logistic=$build/examples/logistic
name=0

# try STATUS PROGRAM ARGUMENTS...: runs it; what it prints is in $out and $err.
try() {
    wanted=$1
    shift
    name=$((name + 1)) ran="$(basename "$1") $(shift && echo "$*")"
    out=$work/$name.out err=$work/$name.err
    "$@" > "$out" 2> "$err"
    status=$?
    [ $status = "$wanted" ] || fail "$ran: status $status, not $wanted: $(cat "$err")"
    [ "$wanted" = 0 ] || [ -s "$err" ] || fail "$ran: no message"
}

# prints EXPRESSION: a line of the last output matches.
prints() {
    grep -Eq -e "$1" "$out" || fail "$ran: no line '$1' in:
$(cat "$out")"
}

# says TEXT: the last message has it.
says() {
    grep -Fq -e "$1" "$err" || fail "$ran: no '$1' in: $(cat "$err")"
}

# reached PERCENT: the last test accuracy is at least this.
reached() {
    $AWK -v least="$1" '/^test accuracy/ { good = $3 >= least } END { exit !good }' "$out"
}

# ---- an op of one's own
try 0 "$build/examples/custom_op"
prints '^A = squareplus\(Z\)$'
prints '^dZ = v\.T @ dP \* A / np\.sqrt\(Z\*\*2 \+ 4\)$'
prints '^derivatives are right$'

# ---- what is derived and printed
try 0 "$two_layer" --epochs 25
prints '^dZ2 = A2 - Y$'
prints '^dZ1 = .*W2\.T @ dZ2.*1 - A1\*\*2'
prints '^dW1 = 1/m \* '
prints '^30-16-1, tanh: training on 427 examples, testing on 142$'
prints '^cost after training 0\.'
[ "$(grep -c '^epoch' "$out")" -le 10 ] || fail "$ran: progress floods a log"
if grep -q "$(printf '\r')" "$out"; then
    fail "$ran: progress in one line of a log"
fi
try 0 "$logistic" --epochs 25
prints '^da = -y ?/ ?a \+ \(1 - y\) ?/ ?\(1 - a\)$'
prints '^dz = .*da'
prints '^dz = a - y$'
prints '^dw = .*dz'
prints '^db = dz$'
for left in L da dz dw db; do
    [ "$(sed '/m examples/,$d' "$out" | grep -c "^$left = ")" = 2 ] || fail "$ran: $left is not in both lists"
done

# ---- what is learned
passed=0
for seed in 0 1 2 3 4 5 6 7 8 9; do
    try 0 "$two_layer" --seed $seed --equations none
    if reached 95; then
        passed=$((passed + 1))
    fi
done
[ $passed -ge 9 ] || fail "only $passed of 10 seeds reach 95 % on the test part"
try 0 "$logistic"
reached 90 || fail "$ran: $(tail -n 1 "$out")"
for seed in 0 1 2; do
    try 0 "$two_layer" --data flower --seed $seed --equations none
    prints '^2-4-1'
    reached 85 || fail "$ran: $(tail -n 1 "$out")"
    try 0 "$logistic" --data flower --seed $seed
    if reached 75; then
        fail "$ran: logistic regression should fail here: $(tail -n 1 "$out")"
    fi
done
try 0 "$two_layer" --zero --epochs 25 --equations none
prints 'all of them do the work of one$'

# ---- every option
for activation in tanh sigmoid relu leaky_relu softplus; do
    try 0 "$two_layer" --epochs 3 --activation $activation
    prints "^30-16-1, $activation:"
done
try 0 "$two_layer" --epochs 3 --hidden 3 --rate 0.1 --batch 100 --seed 5 --threads 2 --double \
    --optimiser adam --equations latex --plan --dot "$work/graph.dot"
prints '^30-3-1'
prints 'A\^?_?\{?1'
grep -q '^digraph' "$work/graph.dot" || fail "$ran: no graph in graph.dot"
try 0 "$two_layer" --help
for option in data hidden activation rate epochs batch seed threads double optimiser zero equations plan dot plot; do
    prints "^  --$option "
done
try 0 "$logistic" --help
(cd / && "$two_layer" --epochs 1 --equations none >/dev/null) || fail "data is not found from /"

# ---- pictures
if command -v gnuplot >/dev/null; then
    for kind in png svg; do
        try 0 "$two_layer" --data flower --epochs 50 --equations none --plot "$work/it's.$kind"
        [ -s "$work/it's.$kind" ] || fail "$ran: no picture"
    done
    try 0 "$logistic" --epochs 5 --plot "$work/curve.png"
    [ -s "$work/curve.png" ] || fail "$ran: no picture"
    for program in "$two_layer" "$logistic"; do
        try 1 "$program" --plot "$work/nowhere/a.png"
        says "$work/nowhere/a.png: No such file or directory"
        [ ! -s "$out" ] || fail "$ran: begins with what ends in nothing"
    done
    { printf 'x_1,"b, it'"'"'s",y\n'; for i in 1 2 3 4 5; do printf '%d,2,0\n%d,3,1\n' $i $i; done; } > "$work/two.csv"
    try 0 "$two_layer" --data "$work/two.csv" --epochs 5 --equations none --plot "$work/two.svg"
    for label in 'x_1 (standardised)' 'b, it.*s (standardised)' 'A2'; do
        grep -q ">$label<" "$work/two.svg" || fail "$ran: no label $label"
    done
    [ ! -s "$err" ] || fail "$ran: says $(cat "$err")"
fi
try 1 "$build/libtool" --silent --mode=execute env PATH=/nowhere "$two_layer" --plot "$work/a.png"
says 'gnuplot is not installed'
try 1 "$two_layer" --plot "$work/a.bmp"
says '.png, .svg or .pdf'

# ---- errors
while read -r option value; do
    try 2 "$two_layer" --"$option" "$value"
    says "--$option"
    says "$value"
done <<'END'
hidden 0
hidden 1.5
rate x
rate 0
rate nan
rate 1e99
epochs -1
batch 10x
activation step
optimiser best
equations c
END
try 0 "$two_layer" -h
prints '^usage: two_layer'
try 2 "$two_layer" --nonsense
says "two_layer: unrecognized option '--nonsense'"
grep -q / "$err" && fail "$ran: shows a path: $(cat "$err")"
try 2 "$two_layer" nonsense
try 2 "$two_layer" --rate
try 1 "$two_layer" --data "$work/none.csv"
says "$work/none.csv"
printf '1,2,0\n1,x,1\n' > "$work/cell.csv"
try 1 "$two_layer" --data "$work/cell.csv"
says "$work/cell.csv:2:2"
for i in 1 2 3 4 5; do printf '1,2,0\n3,1,%d\n' $i; done > "$work/label.csv"
try 1 "$two_layer" --data "$work/label.csv"
says 'label.csv:4: the label in the last column is 2, not 0 or 1'
{ echo 'a,b,y'; echo; cat "$work/label.csv"; } > "$work/header.csv"
try 1 "$two_layer" --data "$work/header.csv"
says 'header.csv:6: the label'
head -n 3 "$work/label.csv" > "$work/few.csv"
try 1 "$two_layer" --data "$work/few.csv"
says 'at least 8 examples are needed, there are 3'
tr , ';' < "$work/label.csv" > "$work/semicolons.csv"
try 1 "$two_layer" --data "$work/semicolons.csv"
says 'not with semicolons'
for i in 1 2 3 4 5; do printf '1,2,1\n3,%d,1\n' $i; done > "$work/alike.csv"
try 0 "$two_layer" --data "$work/alike.csv" --epochs 2
says 'alike.csv: warning: all labels are 1'
for i in 1 2 3 4 5; do printf '1,2,0\n1,3,1\n'; done > "$work/constant.csv"
try 0 "$two_layer" --data "$work/constant.csv" --epochs 20 --equations none
try 1 "$two_layer" --epochs 100 --rate 1e12 --activation relu
says 'epoch '
says 'finite: try a smaller --rate'
try 1 "$two_layer" --epochs 1 --dot "$work/nowhere/a.dot"
if [ -e /dev/full ]; then
    "$two_layer" --epochs 1 > /dev/full 2> "$err" && fail "a full disk goes unnoticed"
fi
exit $failed
