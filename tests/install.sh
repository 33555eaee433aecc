#!/bin/sh
# make install, a program built by pkg-config alone, make uninstall: nothing is left.
# SPDX-License-Identifier: MIT
. "${srcdir:-.}/tests/lib.sh"
[ "$SANITIZE" = no ] || skip "sanitized libraries are not for installing"

$MAKE -s --no-print-directory install DESTDIR="$work/root" > "$work/log" 2>&1 ||
    { cat "$work/log"; fail "make install"; }
pc=$(find "$work/root" -name dfoo.pc)
PKG_CONFIG_PATH=$(dirname "$pc"):$PKG_CONFIG_PATH
PKG_CONFIG_SYSROOT_DIR=$work/root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
: "${PKG_CONFIG:=pkg-config}"

cat > "$work/t.c" <<'END'
#include <dfoo.h>
#include <dfoo/op.h>
int main(void)
{
    df_graph *g = df_graph_new(DF_FLOAT32);
    df_node *x = df_param(g, "x", df_shape(2)), *J = df_dot(x, x);
    df_program *p = df_compile(g, J);
    bool ok = df_set(x, (double[]){ 3, 4 }, 2) && df_run(p) && df_value(p, J) == 25;
    df_graph_free(g);
    return !ok || df_version() != DF_VERSION;
}
END
# shellcheck disable=SC2046,SC2086 # flags are words
$CC -o "$work/t" "$work/t.c" $($PKG_CONFIG --cflags --libs dfoo) || fail "does not build by pkg-config"
LD_LIBRARY_PATH=$($PKG_CONFIG --variable=libdir dfoo) && export LD_LIBRARY_PATH
case $LD_LIBRARY_PATH in "$work"*) ;; *) LD_LIBRARY_PATH=$work/root$LD_LIBRARY_PATH ;; esac
"$work/t" || fail "the program built by pkg-config fails"

version=$($AWK '$2 == "DF_VERSION" { printf "%d.%d.%d", $3 / 10000, $3 / 100 % 100, $3 % 100 }' \
    "$top/include/dfoo.h")
[ "$($PKG_CONFIG --modversion dfoo)" = "$version" ] || fail "dfoo.pc and DF_VERSION ($version) differ"

$MAKE -s --no-print-directory uninstall DESTDIR="$work/root" > "$work/log" 2>&1 ||
    { cat "$work/log"; fail "make uninstall"; }
left=$(find "$work/root" ! -type d)
[ -z "$left" ] || fail "make uninstall leaves $left"
exit $failed
