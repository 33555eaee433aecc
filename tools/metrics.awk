# metrics.awk -- sizes of functions, files and lines, then what is out of bounds.
# SPDX-License-Identifier: MIT
function note(text) { notes = notes "  " text "\n" }
function end_file() {
    if (!file)
        return
    lines_of[++files] = lines
    if (lines > 400)
        note(file ": " lines " lines")
    if (wide)
        note(file ": " wide " lines over 100 columns")
    all_wide += wide
}
function sort(list, n,   i, j, v) {
    for (i = 2; i <= n; i++) {
        v = list[i]
        for (j = i - 1; j > 0 && list[j] > v; j--)
            list[j + 1] = list[j]
        list[j + 1] = v
    }
}
function summary(what, list, n) {
    sort(list, n)
    printf "%s: %d, median %d lines, 90 %% at most %d, longest %d\n", \
        what, n, list[int((n + 1) / 2)], list[int((9 * n + 9) / 10)], list[n]
}
FNR == 1 { end_file(); file = FILENAME; start = wide = 0 }
{ lines = FNR }
length($0) > 100 { wide++ }
/^\{/ { start = FNR }
/^\}/ && start {
    size[++functions] = FNR - start + 1
    if (FNR - start >= 80)
        note(file ":" start ": a function of " FNR - start + 1 " lines")
    start = 0
}
END {
    end_file()
    summary("functions", size, functions)
    summary("files", lines_of, files)
    printf "lines over 100 columns: %d\n%s", all_wide, notes
}
