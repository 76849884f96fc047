#!/bin/sh
# What compilers do not say: clang-tidy (.clang-tidy), cppcheck, clang-format (.clang-format) over every C file.
#   sh tests/lint.sh [tidy] [cppcheck] [format]     default: all three
# A wrong format is mended by: clang-format -i FILE…
# Environment: DUIZHANG_BUILD (a build made with clang, for its compile_commands.json; default build-clang), JOBS.
set -eu
cd "$(dirname "$0")/.."
build=${DUIZHANG_BUILD:-build-clang}
jobs=${JOBS:-$(nproc)}
failed=0

lint_tidy() {
	# The tool lists each command and counts what it leaves out; only findings are of interest.
	run-clang-tidy -quiet -j "$jobs" -p "$build" "$PWD/(parsers|consumers|daemon|tests)/.*\\.c\$" >"$build/clang-tidy.log" 2>&1 ||
		tidy_failed=1
	sed -e 's/\x1b\[[0-9;]*m//g' -e '/^clang-tidy/d' -e '/^[0-9]* warnings* /d' -e '/^Suppressed /d' -e '/^Use -header-filter/d' \
		"$build/clang-tidy.log"
	[ -z "${tidy_failed:-}" ]
}

# Findings that cppcheck calls inconclusive stay off. A line is silenced in place, by a comment that says why.
lint_cppcheck() {
	cppcheck -q -j "$jobs" --project="$build/compile_commands.json" --enable=warning,performance,portability --inline-suppr \
		--std=c11 "-Djson_array_foreach(array,at,value)=while(at=1,value=array)" --error-exitcode=1 --template='{file}:{line}: {message} [{id}]' \
		--suppress=missingIncludeSystem --suppress=unmatchedSuppression
}

lint_format() {
	find parsers consumers daemon tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
}

[ $# -gt 0 ] || set -- tidy cppcheck format
[ -e "$build/compile_commands.json" ] || { echo "$build is not built: cmake -S . -B $build -DCMAKE_C_COMPILER=clang" >&2; exit 2; }
for what in "$@"; do
	case $what in
	tidy | cppcheck | format) "lint_$what" || { echo "$what: findings"; failed=1; } ;;
	*) echo "lint.sh [tidy] [cppcheck] [format]" >&2; exit 2 ;;
	esac
done
exit $failed
