# reference.awk -- makes doc/reference.md of dfoo.h: each of its parts, its calls and their text
# SPDX-License-Identifier: MIT
BEGIN {
    print "# Reference\n"
    print "<!-- Written by tools/reference.awk of include/dfoo.h: `make doc`. -->\n"
    print "All of `dfoo.h`, in its order. How it goes together: [manual.md](manual.md); what operations print, and their"
    print "derivatives: [ops.md](ops.md)."
}

# Names of calls as code, and nothing else that Markdown would take for its own.
function prose(s,    to) {
    while (match(s, /`[^`]*`|(df|DF)_[A-Za-z0-9_]+|[*_<|\\]/)) {
        token = substr(s, RSTART, RLENGTH)
        to = to substr(s, 1, RSTART - 1) (token ~ /^`/ ? token : RLENGTH > 1 ? "`" token "`" : "\\" token)
        s = substr(s, RSTART + RLENGTH)
    }
    return to s
}

# A line of a comment without what makes it one.
function bare(s) {
    sub(/^\/\* */, "", s)
    sub(/^ \* ?/, "", s)
    sub(/ *\*\/ *$/, "", s)
    return s
}

# A few declarations stand above their text, a table of them below.
function put_block(    code_block, text_block) {
    code_block = code == "" ? "" : "\n```c\n" code "```\n"
    text_block = text == "" ? "" : "\n" text
    printf "%s", (lines > 4 ? text_block code_block : code_block text_block)
    code = text = ""
    lines = 0
}

# The head of the file: prose, code further in, and paragraphs that begin with a word and a point.
NR == 1 { head = 1; next }
head {
    line = bare($0)
    code_line = line ~ /^    /
    if (code_line != inside)
        print code_line ? "\n```c" : "```"
    inside = code_line
    if (code_line)
        print substr(line, 5)
    else if (match(line, /^[A-Z][a-z]+\.  /))
        print "\n**" substr(line, 1, RLENGTH - 2) "** " prose(substr(line, RLENGTH + 1))
    else if (line != "" && line !~ /SPDX/) {
        sub(/^ +/, "", line)
        print (said++ ? "" : "\n") prose(line)
    }
    head = !/\*\/$/
    next
}

/^\/\* ---- / {
    put_block()
    line = bare($0)
    gsub(/^-+ | -+$/, "", line)
    printf "\n## %s\n", line
    on = 1
    next
}
/^#define df_[a-z_]*\(\.\.\.\)/ { sub(/\.\.\.\).*/, "...)") }
!on || /^$/ || /^DF_(BEGIN|END)/ || /^#(include|ifndef|endif)/ || /d[fF]__|DF__|df_dims_9/ { next }

# Text above declarations.
inside || /^\/\*/ {
    if (!inside)
        put_block()
    line = bare($0)
    text = text prose(line) "\n"
    inside = !/\*\/$/
    next
}

# Declarations, with the text beside them.
{
    code = code $0 "\n"
    lines++
}
END { put_block() }
