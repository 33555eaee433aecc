#!/bin/sh
# The tool dfoo: derives, prints, checks and trains models from text files; its messages and exit statuses.
# SPDX-License-Identifier: MIT
. "${srcdir:-.}/tests/lib.sh"
dfoo=$build/dfoo
out=$work/out err=$work/err
cd "$work" || exit 1

# try STATUS ARGUMENTS...: runs it on standard input; what it prints is in $out and $err.
try() {
    wanted=$1 ran="dfoo $(shift && echo "$*")"
    shift
    "$dfoo" "$@" > "$out" 2> "$err"
    status=$?
    [ $status = "$wanted" ] || fail "$ran: status $status, not $wanted: $(cat "$err")"
    [ "$wanted" = 0 ] || [ -s "$err" ] || fail "$ran: no message"
    if [ "$wanted" = 0 ] && [ -s "$err" ] && ! grep -q '^epoch' "$err"; then
        fail "$ran: $(cat "$err")"
    fi
}

# prints: the last output is exactly what stands on standard input.
prints() {
    diff -u - "$out" || fail "$ran prints something else"
}

# has EXPRESSION: a line of the last output matches.
has() {
    grep -Eq -e "$1" "$out" || fail "$ran: no line '$1' in:
$(cat "$out")"
}

# says TEXT: the last message is this.
says() {
    printf '%s\n' "$1" | diff -u - "$err" || fail "$ran says something else"
}

# ---- the lecture
printf '%s\n' 'input X (2, m)' 'input Y (1, m)' 'param W1 (4, 2)' 'param b1 (4, 1)' 'param W2 (1, 4)' \
    'param b2 (1, 1)' 'Z1 = W1 @ X + b1' 'A1 = tanh(Z1)' 'Z2 = W2 @ A1 + b2' 'A2 = sigmoid(Z2)' \
    'L = cross_entropy(A2, Y)' 'J = mean(L)' > lecture.df
try 0 < lecture.df
prints <<'END'
# J = 1/m * sum of L;  dZ2, dZ1: of each example's L;  dW2, db2, dW1, db1: of J
Z1 = W1 @ X + b1
A1 = np.tanh(Z1)
Z2 = W2 @ A1 + b2
A2 = sigmoid(Z2)
dZ2 = A2 - Y
dW2 = 1/m * (dZ2 @ A1.T)
db2 = 1/m * np.sum(dZ2, axis=1, keepdims=True)
dZ1 = W2.T @ dZ2 * (1 - A1**2)
dW1 = 1/m * (dZ1 @ X.T)
db1 = 1/m * np.sum(dZ1, axis=1, keepdims=True)
END
try 0 lecture.df --raw --by b2
has '^dA2 = -Y / A2 \+ \(1 - Y\) / \(1 - A2\)$'
try 0 --latex lecture.df
has '^dZ\^\{\[2\]\} &= A\^\{\[2\]\} - Y'
try 0 --dot lecture.df
has '^digraph'
try 0 --prelude lecture.df
has '^def sigmoid'
try 0 --plan --threads 2 lecture.df
has '^plan: 1 pass'
try 0 --by Z1,W2 --cost J lecture.df
has '^dJ_dZ1 = '
try 0 --check --seed 3 lecture.df
[ "$(grep -c '^[bW][12]  *worst relative error [0-9.]*e-1[0-9]$' "$out")" = 4 ] || fail "$ran: $(cat "$out")"

# What is printed is itself a model, and of the same derivatives.
try 0 lecture.df
grep -E '^(input|param)' lecture.df | cat - "$out" > again.df
echo 'J = mean(cross_entropy(A2, Y))' >> again.df
mv "$out" first
try 0 --cost J --by W1,b2 again.df
has '^dW1 = 1/m \* \(dZ1 @ X.T\)$'

# ---- second derivatives
printf 'input x (m)\nparam w (1)\nJ = mean(exp(w * x))\n' > exp.df
try 0 --second exp.df
has '^# slope: the derivative of J along v; its derivatives are the Hessian times v$'
has '^slope = dJ_dw \* v_w$'
has '^dslope_dw = '
printf 'param v (2)\nJ = sum(-log(sigmoid(v)))\n' > why.df
try 0 --why why.df
has '^dv = -sigmoid\(-v\)$'
has '^# .* -> '

# ---- the examples
for model in two_layer logistic softmax; do
    try 0 --check "$top/examples/$model.df"
done

# ---- training: y = 2 a - 3 b + 1, exactly
$AWK 'BEGIN {
    print "a,\"b\",y"
    for (i = 0; i < 40; i++) {
        a = i % 7 / 3 - 1
        b = i % 5 / 2 - 1
        print a "," b "," 2 * a - 3 * b + 1
    }
}' > line.csv
printf 'input X (m, 2)\ninput y (m, 1)\nparam w (2, 1)\nparam c (1, 1)\nJ = mean((X @ w + c - y)**2)\n' > line.df
for how in '' '--batch 16' '--optimiser momentum --rate 0.02' '--optimiser adam --rate 0.05' '--threads 2 --batch 7'; do
    # shellcheck disable=SC2086 # several options
    try 0 --train line.csv --input X=a,b --epochs 2000 --double $how line.df
    [ "$(grep -c '^epoch' "$err")" = 10 ] || fail "$ran: $(cat "$err")"
    $AWK -F'[][, ]+' '
        /^# J = / { split($0, j, " "); cost = j[4] }
        /^w = / { a = $4; b = $5 }
        /^c = / { c = $4 }
        function off(x, y) { return x < y - 1e-4 || x > y + 1e-4 }
        END { exit cost > 1e-8 || off(a, 2) || off(b, -3) || off(c, 1) }' "$out" || fail "$ran: $(cat "$out")"
done
cat "$out" > trained.df
printf 'y = w + c\n' >> trained.df
try 0 --cost y --by c trained.df          # parameters read back
printf 'X0,X1,y\n1,2,3\n2,1,4\n' > named.csv
try 0 --train named.csv --epochs 1 line.df
printf '1,2,3\n2,1,4\n' > bare.csv
try 0 --train bare.csv --epochs 1 --input X=1..2 --input y=3 --standardise X line.df
printf 'X1,X2,label\n1,2,0\n2,1,1\n0,0,2\n' > classes.csv
printf 'input X (m, 2)\ninput label (m, 1) int32\nparam W (2, 3)\nJ = mean(softmax_cross_entropy(X @ W, label, 1))\n' \
    > classes.df
try 0 --train classes.csv --epochs 50 --rate 1 classes.df
has '^W = np.array\('
# Saved, and gone on with: nothing to run is what was saved; the moments of Adam are there too.
try 0 --train line.csv --input X=a,b --epochs 20 --optimiser adam --double --save half.dfoo line.df
mv "$out" saved
try 0 --train line.csv --input X=a,b --epochs 0 --optimiser adam --double --load half.dfoo line.df
cmp -s saved "$out" || fail "$ran is not what was saved: $(cat "$out")"
try 0 --train line.csv --input X=a,b --epochs 20 --optimiser adam --double --load half.dfoo line.df
mv "$out" twice
try 0 --train line.csv --input X=a,b --epochs 40 --optimiser adam --double line.df
cmp -s twice "$out" || fail "$ran: not the same as twice 20 epochs: $(cat twice "$out")"
try 0 --train line.csv --input X=a,b --epochs 0 --load half.dfoo line.df
[ "$(ls ./*.dfoo* | wc -l)" = 1 ] || fail "files are left over: $(ls)"

(cd "$top/examples" && "$dfoo" --train data/wdbc.csv --standardise x logistic.df --epochs 100 --rate 0.5 \
    --input x=mean_radius..worst_fractal_dimension --input y=benign) > "$out" 2> "$err" || fail "$(cat "$err")"
$AWK '/^# J = / { exit !($4 < 0.09) }' "$out" || fail "wdbc: $(head -n 1 "$out")"

# ---- --help and --version
try 0 --help
for option in numpy latex dot prelude raw why second plan cost by check train input standardise epochs rate optimiser \
    batch load save double threads seed help version; do
    has "^  --$option "
done
try 0 --version
has '^dfoo [0-9.]*$'

# ---- errors
printf 'input X (2, m)\ny = X +\n' > bad.df
try 1 bad.df
says "bad.df:2:8: expected a name, a number or '(', found the end of the line"
try 1 < bad.df
says "stdin:2:8: expected a name, a number or '(', found the end of the line"
printf 'param W (2, 3)\nparam V (2, 3)\ny = sum(W @ V)\n' > in
try 1 < in
says 'stdin:3:11: matmul: W (2 x 3) @ V (2 x 3): inner dimensions 3 and 2 differ'
printf 'a\0b' > in
try 1 < in
says 'dfoo: stdin: a byte 0: this is no text'
try 1 none.df
says 'dfoo: none.df: No such file or directory'
printf 'input X (2, m)\nZ = tanh(X)\n' > in
try 1 < in
says 'dfoo: stdin: no equation gives a single number: --cost NAME'
printf 'input X (2, m)\nJ = mean(X)\n' > in
try 1 < in
says 'dfoo: stdin has no parameters to derive by: --by NAMES'
try 1 --by Q lecture.df
says "dfoo: --by: lecture.df has nothing called 'Q'"
try 1 --cost Q lecture.df
says "dfoo: --cost: lecture.df defines no 'Q'"
try 1 --train none.csv lecture.df
says 'dfoo: none.csv: No such file or directory'
try 1 --train line.csv line.df
says 'dfoo: the data has no columns X0 to X1: --input X=FIRST..LAST'
try 1 --train line.csv --input X=a line.df
says 'dfoo: --input: X takes 2 columns, not 1'
try 1 --train line.csv --input X=a,q line.df
says "dfoo: --input: the data has no column 'q'"
try 1 --train line.csv --input X=a,b --load none.dfoo line.df
says 'dfoo: none.dfoo: No such file or directory'
try 1 --train line.csv --input X=a,b --load line.csv line.df
says 'dfoo: line.csv: is no file of df_save'
printf 'input X (m, 2)\ninput y (m, 1)\nparam w (2, 3)\nJ = mean((sum(X @ w, axis=1) - y)**2)\n' > other.df
try 1 --train line.csv --input X=a,b --load half.dfoo other.df
says 'dfoo: half.dfoo: w is (2 x 3), in the file (2 x 1)'
try 1 --train line.csv --input X=a,b --epochs 1 --save none/x.dfoo line.df
grep -q '^dfoo: none/x.dfoo: No such file or directory$' "$err" || fail "$ran: $(cat "$err")"
printf 'X0,X1,y\n1,x,3\n' > cell.csv
try 1 --train cell.csv line.df
says "dfoo: cell.csv:2:2: 'x' is not a number"
printf 'X1,X2,label\n1,2,0.5\n' > half.csv
try 1 --train half.csv classes.df
says 'dfoo: label: row 1: 0.5 is no whole number'
try 1 --train line.csv --input X=a,b --rate 1e10 line.df
grep -q 'not finite' "$err" || fail "$ran: $(cat "$err")"
printf 'param w (1)\nJ = sum(abs(w)) + sum(where(w < 0, 0.001 * w, 0.001 * w)) + 1e5 * sum(floor(w * 1000))\n' > kink.df
try 1 --check kink.df
try 2 --nonsense lecture.df
try 2 --save w.dfoo lecture.df
says 'dfoo: --save goes with --train FILE'
try 2 lecture.df bad.df
while read -r option value; do
    try 2 --"$option" "$value" lecture.df
    grep -q -- "--$option: '$value'" "$err" || fail "$ran: $(cat "$err")"
done <<'END'
epochs -1
epochs 1.5
rate x
rate 0
batch 0
threads 0
seed -1
optimiser best
input X
END
if [ -e /dev/full ]; then
    "$dfoo" lecture.df > /dev/full 2> "$err" && fail "a full disk goes unnoticed"
fi

# ---- size: 100 000 equations on a small stack
$AWK 'BEGIN {
    print "param w (2)"
    print "x0 = w"
    for (i = 1; i <= 100000; i++)
        printf "x%d = tanh(x%d) + x%d\n", i, i - 1, int(i / 2)
    print "J = sum(x100000)"
}' > long.df
(ulimit -s 256 && exec "$dfoo" --by x99999 long.df) > "$out" 2> "$err" || fail "100 000 equations: $(cat "$err")"
exit $failed
