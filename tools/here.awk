# here.awk -- makes dfoo/here.h of dfoo.h and sugar.h: the caller's file and line for every call that makes
# a node or a program, or says whether it went well. Calls that give a node of a const graph only look it up. And a
# list of the calls that make a node, with what they take, for df_parse.
# SPDX-License-Identifier: MIT
BEGIN {
    not_written = "^df_(input|param|state|name|update|group_list|parse)$"  # in a text: declarations and equations
    print "/* dfoo/here.h -- generated from dfoo.h: errors name the caller's file and line"
    print " * SPDX-License-Identifier: MIT */"
    print "#ifndef DFOO_HERE_H"
    print "#define DFOO_HERE_H"
    print "#define DF_HERE(call) df__leave((df__enter(__FILE__, __LINE__), (call)))"
    print "#define DF_HERE_PROGRAM(call) df__leave_program((df__enter(__FILE__, __LINE__), (call)))"
}
match($0, /^(static inline )?df_(node|program) \*df_[a-z0-9_]+\(/) && !/\(const df_graph/ {
    call = substr($0, RSTART, RLENGTH - 1)
    wrap = call ~ /df_program \*/ ? "DF_HERE_PROGRAM" : "DF_HERE"
    sub(/.*\*/, "", call)
    if (call !~ /^df__leave/)
        printf "#define %s(...) %s(%s(__VA_ARGS__))\n", call, wrap, call
    takes = $0
    if (call !~ /^df__/ && call !~ not_written && sub(/^df_node \*df_[a-z0-9_]+\(/, "", takes) && sub(/\);.*/, "", takes))
        list = list entry(call, takes)
}
# What is wrong with a file has a place of its own.
match($0, /^(DF_MUST )?bool df_[a-z0-9_]+\(/) && !/bool df_(read_|write_|print_|save|load)/ {
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
# X(7, df_softmax, "ni", "z, axis", (a[0].n, a[1].i)): a letter for each argument, and what it goes by in a text, which
# of a window is four names; nothing if an argument has no text.
function entry(call, takes,    n, p, k, at, letter, letters, names, args, gap) {
    n = split(takes, p, ", ")
    for (k = 1; k <= n; k++) {
        letter = p[k] ~ /\[/ ? "" : \
                 p[k] ~ /^df_node \*[A-Za-z]/ && p[k] !~ /^df_node \*const/ ? "n" : p[k] ~ /^double [^*]/ ? "k" : \
                 p[k] == "int n" && p[k + 1] ~ /^const int \*/ ? "x" : \
                 p[k] ~ /^df_node \*const \*/ && p[k + 1] == "int n" ? "l" : \
                 p[k] ~ /^int [^*]/ ? "i" : p[k] ~ /^int64_t [^*]/ ? "c" : p[k] ~ /^df_dims [^*]/ ? "s" : \
                 p[k] ~ /^bool [^*]/ ? "b" : p[k] ~ /^df_graph \*/ ? "g" : p[k] ~ /^df_window / ? "w" : \
                 p[k] ~ /^const char \*/ ? "t" : ""
        if (!letter)
            return ""
        args = args gap (letter == "x" ? "a[" at + 0 "].x.n, a[" at + 0 "].x.axis" : \
                         letter == "l" ? "a[" at + 0 "].l.x, a[" at + 0 "].l.n" : "a[" at + 0 "]." letter)
        if (letter == "x")
            k++
        sub(/.*[ *]/, "", p[k])
        names = names gap (letter == "w" ? "stride, padding, dilation, groups" : p[k])
        if (letter == "l")
            k++
        letters = letters letter
        at++
        gap = ", "
    }
    return sprintf(" \\\n    X(%d, %s, \"%s\", \"%s\", (%s))", ++entries, call, letters, names, args)
}
