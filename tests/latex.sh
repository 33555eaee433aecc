#!/bin/sh
# LaTeX takes what is printed as LaTeX: the two-layer network, as derived and simplified, and a graph for each operation.
# SPDX-License-Identifier: MIT
. "${srcdir:-.}/tests/lib.sh"
command -v pdflatex >/dev/null || skip "no pdflatex"
cd "$work" || exit
printf '%s\n' '\documentclass{article}' '\usepackage{amsmath,amssymb}' '\begin{document}' > head.tex
cat head.tex > try.tex
printf '%s\n' '$x$' '\end{document}' >> try.tex
pdflatex -interaction=nonstopmode -halt-on-error try.tex >/dev/null 2>&1 || skip "pdflatex lacks amsmath"

# takes NAME: the document of that name compiles.
takes() {
    pdflatex -interaction=nonstopmode -halt-on-error "$1.tex" > "$1.out" 2>&1 ||
        fail "LaTeX refuses $1.tex: $(grep -A 5 '^!' "$1.out")"
}

"$build/tools/ops_table" "$top/include/dfoo.h" --latex > ops.tex || fail "ops_table fails"
takes ops
{
    cat head.tex
    "$build/dfoo" --latex "$top/examples/two_layer.df"
    "$build/dfoo" --latex --raw "$top/examples/two_layer.df"
    printf '%s\n' '\end{document}'
} > net.tex
takes net
for line in 'dZ^{[2]} &= A^{[2]} - Y' 'dW^{[2]} &= \frac{1}{m} \, dZ^{[2]} A^{[1]T}' \
    'db^{[2]} &= \frac{1}{m} \, \sum_{i=1}^{m} dZ^{[2](i)}'; do
    grep -Fq "$line" net.tex || fail "net.tex has no line $line"
done
exit $failed
