# lib.sh -- what the shell tests share: a directory of their own, and how to build against the library
# SPDX-License-Identifier: MIT
: "${srcdir:=.}" "${CC:=cc}" "${AWK:=awk}" "${NM:=nm}" "${MAKE:=make}" "${SANITIZE:=no}"
unset MAKEFLAGS MFLAGS MAKELEVEL
top=$(cd "$srcdir" && pwd)
build=$(pwd)
work=$build/tests/$(basename "$0" .sh).tmp
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
failed=0

# fail TEXT...: says what is wrong and goes on.
fail() {
    printf '%s\n' "$*"
    failed=1
}

skip() {
    echo "skipped: $*"
    exit 77
}

# Programs linked here cannot tell the thread sanitizer what orders OpenMP's threads (tsan.c): they get one.
[ "$SANITIZE" != thread ] || export OMP_NUM_THREADS=1

# link COMPILER ARGUMENTS...: compiles and links with the library of this build.
link() {
    compiler=$1
    shift
    [ "$SANITIZE" = no ] || set -- "-fsanitize=$SANITIZE" "$@"
    # shellcheck disable=SC2086 # a compiler may come with flags
    "$build/libtool" --silent --tag=CC --mode=link $compiler -g -I"$build/include" -I"$top/include" "$@" \
        "$build/libdfoo.la"
}

# declared HEADER...: the functions that these headers declare, sorted.
declared() {
    $AWK '/^[A-Za-z].*[ *]df_[a-z0-9_]+\(/ && !/^(typedef|static)/ {
        match($0, /[ *]df_[a-z0-9_]+\(/)
        print substr($0, RSTART + 1, RLENGTH - 2)
    }' "$@" | sort -u
}

# only_in A B TEXT: fails with each line of A that B lacks; both are sorted.
only_in() {
    comm -23 "$1" "$2" > "$work/only"
    while read -r line; do
        fail "$3: $line"
    done < "$work/only"
}
