#!/bin/sh
# The public headers compile alone, without a warning, as C11 and as C++11 (vector.h, of which kernels are made, is C);
# a C++ program runs.
# SPDX-License-Identifier: MIT
. "${srcdir:-.}/tests/lib.sh"

# alone LANGUAGE HEADERS COMPILER...
alone() {
    language=$1
    headers=$2
    shift 2
    for header in $headers; do
        for option in -DDF_HERE_TOO -DDF_NO_HERE; do
            printf "#include <%s>\ntypedef int nothing;\n" "$header" |
                "$@" -x "$language" "$option" -Wall -Wextra -pedantic -Werror -I"$build/include" \
                    -I"$top/include" -fsyntax-only - || fail "$header does not compile as $*"
        done
    done
}

# shellcheck disable=SC2086 # a compiler may come with flags
alone c "dfoo.h dfoo/begin.h dfoo/op.h dfoo/vector.h" $CC -std=c11
[ -n "$CXX" ] || { [ "$failed" = 0 ] && skip "no C++ compiler"; exit 1; }
alone c++ "dfoo.h dfoo/begin.h dfoo/op.h" "$CXX" -std=c++11

cat > "$work/t.cc" <<'END'
#include <cstring>
#include <dfoo.h>
int main()
{
    df_graph *g = df_graph_new(DF_FLOAT64);
    df_node *(*f)(df_node *, df_node *) = df_mul;
    df_node *x = df_param(g, "x", df_shape(3));
    df_node *J = df_sum(f(x, df_add(x, df_num(g, 1))));
    const double v[] = { 1, 2, 3 };
    df_program *p = df_compile(g, J, df_d(J, x));
    if (!df_set(x, v, 3) || !df_run(p) || df_value(p, J) != 20)
        return 1;
    df_name(J, "twice"), df_name(x, "twice");
#line 31 "net.cc"
    df_add(x, df_num(g, 0)), df_compile(g, df_matmul(x, x));
    bool named = df_graph_status(g) != DF_OK;
    df_graph_free(g);
    return !named;
}
END
link "$CXX" -std=c++11 -Wall -Wextra -pedantic -Werror -o "$work/t" "$work/t.cc" && "$work/t" ||
    fail "a C++ program fails"
exit $failed
