# here.awk -- makes dfoo/here.h of dfoo.h and sugar.h: the caller's file and line for every call that makes
# a node or a program, or says whether it went well. Calls that give a node of a const graph only look it up. And a
# list of the calls that make a node, with what they take, for df_parse.
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
    takes = $0
    if (call !~ /^df__/ && sub(/^df_node \*df_[a-z0-9_]+\(/, "", takes) && sub(/\);.*/, "", takes))
        list = list entry(call, takes)
}
# What is wrong with a file has a place of its own.
match($0, /^(DF_MUST )?bool df_[a-z0-9_]+\(/) && !/bool df_(read|write|print)_/ {
    call = substr($0, RSTART, RLENGTH - 1)
    wrap = call ~ /^DF_MUST/ ? "df__leave_must" : "df__leave_bool"
    sub(/.*bool /, "", call)
    if (call !~ /^df__/)
        printf "#define %s(...) %s((df__enter(__FILE__, __LINE__), %s(__VA_ARGS__)))\n", call, wrap, call
}
END {
    print "#define DF__CALLS(X)" list
    print "#endif"
}
# X(7, df_softmax, "ni", "z, axis", (a[0].n, a[1].i)): a letter for each parameter; nothing if one has no text.
function entry(call, takes,    n, p, k, letter, letters, names, args, gap) {
    n = split(takes, p, ", ")
    for (k = 1; k <= n; k++) {
        letter = p[k] ~ /^df_node \*[A-Za-z]/ && p[k] !~ /^df_node \*const/ ? "n" : p[k] ~ /^double [^*]/ ? "k" : \
                 p[k] ~ /^int [^*]/ ? "i" : p[k] ~ /^int64_t [^*]/ ? "c" : p[k] ~ /^df_dims [^*]/ ? "s" : \
                 p[k] ~ /^bool [^*]/ ? "b" : p[k] ~ /^df_graph \*/ ? "g" : ""
        if (!letter || p[k] ~ /\[/)
            return ""
        sub(/.*[ *]/, "", p[k])
        letters = letters letter
        names = names gap p[k]
        args = args gap "a[" (k - 1) "]." letter
        gap = ", "
    }
    return sprintf(" \\\n    X(%d, %s, \"%s\", \"%s\", (%s))", ++entries, call, letters, names, args)
}
