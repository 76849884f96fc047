#!/bin/sh
# Builds duizhang in every way it must build, runs every test, and ends with the line "N passed, N failed, N skipped".
#   sh tests/run.sh             everything, on a bare Debian 12 machine as root
#   sh tests/run.sh STEP…       some of: gcc clang asan tsan
# gcc runs every test; clang the unit and corpus tests, and lint; asan (address + undefined) the fuzzers, and all tests but
# the slow ones; tsan the threaded ones. Each build lies in build*/, its logs too (build.log, ctest.log).
# Environment: JOBS (default: processors), FUZZ_SECONDS (each fuzzer; default 5, under CI=true 20),
# CI=true (no Kafka broker is then a failure, not a skip), KAFKA_JARS (where the broker's jars are kept).
set -u
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
cd "$root" || exit 1
. tests/packages.sh

jobs=${JOBS:-$(nproc)}
if [ "${CI:-}" = true ]; then default_fuzz_seconds=20; else default_fuzz_seconds=5; fi
export FUZZ_SECONDS="${FUZZ_SECONDS:-$default_fuzz_seconds}"
passed=0 failed=0 skipped=0
scratch=$(mktemp -d) || exit 1
: >"$scratch/failures"
: >"$scratch/skips"

finish() {
	trap - EXIT
	if [ -s "$scratch/skips" ]; then
		printf '\nSKIPPED, so not shown to work here:\n'
		cat "$scratch/skips"
	fi
	if [ -s "$scratch/failures" ]; then
		printf '\nFAILED:\n'
		cat "$scratch/failures"
	fi
	rm -rf "$scratch"
	printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
	if [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]; then exit 0; else exit 1; fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() { # WHAT WHY
	failed=$((failed + 1))
	printf '  %s: %s\n' "$1" "$2" >>"$scratch/failures"
	printf '%s: FAILED: %s\n' "$1" "$2"
}

build() { # DIR CMAKE-ARGUMENT…
	dir=$1
	shift
	mkdir -p "$dir"
	launcher=$(command -v ccache || true)
	if cmake -S . -B "$dir" -G Ninja -DCMAKE_C_COMPILER_LAUNCHER="$launcher" "$@" >"$dir/build.log" 2>&1 &&
		cmake --build "$dir" -j "$jobs" >>"$dir/build.log" 2>&1; then
		passed=$((passed + 1))
		echo "$dir: built"
	else
		grep -v -e '^-- ' -e '^\[[0-9]*/[0-9]*\] [A-Z]' "$dir/build.log" | tail -n 60
		fail "$dir" "does not build ($dir/build.log)"
		return 1
	fi
}

check() { # DIR CTEST-ARGUMENT…
	dir=$1
	shift
	rm -f "$dir/junit.xml"
	ctest --test-dir "$dir" -j "$jobs" --output-on-failure --no-label-summary --no-tests=error --output-junit junit.xml "$@" 2>&1 |
		tee "$dir/ctest.log" |
		sed -u -e '/^Internal ctest changing/d' -e '/^Test project /d' -e '/^ *Start *[0-9]*: /d' -e '/^[0-9]*% tests passed/,$d' \
			-e '/^$/d' -e "s|^ *\([0-9]*/[0-9]*\) Test *#[0-9]*: |$dir \1 |"
	if counts=$(python3 tests/lib/junit_counts.py "$dir/junit.xml" "$dir" "$scratch/failures" "$scratch/skips"); then
		# shellcheck disable=SC2086 # three numbers
		set -- $counts
		passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
	else
		fail "$dir" "ctest gave no result ($dir/ctest.log)"
	fi
}

step_gcc() {
	build build -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=RelWithDebInfo || return
	check build
}

step_clang() {
	build build-clang -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo -DDUIZHANG_LINT=ON || return
	check build-clang -L '^(unit|fuzz|lint)$' -LE '^slow$'
}

step_asan() {
	build build-asan -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSANITIZE=address,undefined -DDUIZHANG_FUZZ=ON || return
	check build-asan -LE '^(slow|gate)$'
}

step_tsan() {
	build build-tsan -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSANITIZE=thread || return
	check build-tsan -L '^thread$' -LE '^slow$'
}

for step in "$@"; do
	case $step in
	gcc | clang | asan | tsan) ;;
	*) fail "$step" "is not a step; the steps are: gcc clang asan tsan"; exit ;;
	esac
done
packages_install build test || { fail packages "missing"; exit; }
[ $# -gt 0 ] || set -- gcc clang asan tsan
for step in "$@"; do
	step_"$step"
done
