# here.awk -- makes dfoo/here.h of dfoo.h and sugar.h: the caller's file and line for every call that makes
# a node or a program. Calls on a const graph or node only look something up.
# SPDX-License-Identifier: MIT
BEGIN {
    print "/* dfoo/here.h -- generated from dfoo.h: errors name the caller's file and line"
    print " * SPDX-License-Identifier: MIT */"
    print "#ifndef DFOO_HERE_H"
    print "#define DFOO_HERE_H"
    print "#define DF_HERE(call) df__leave((df__enter(__FILE__, __LINE__), (call)))"
    print "#define DF_HERE_PROGRAM(call) df__leave_program((df__enter(__FILE__, __LINE__), (call)))"
}
match($0, /^(static inline )?df_(node|program) \*df_[a-z0-9_]+\(/) && !/\(const / {
    call = substr($0, RSTART, RLENGTH - 1)
    wrap = call ~ /df_program \*/ ? "DF_HERE_PROGRAM" : "DF_HERE"
    sub(/.*\*/, "", call)
    if (call !~ /^df__leave/)
        printf "#define %s(...) %s(%s(__VA_ARGS__))\n", call, wrap, call
}
END { print "#endif" }
