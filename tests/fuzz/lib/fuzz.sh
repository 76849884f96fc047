#!/bin/sh
# Runs libFuzzer programs of a build made with DUIZHANG_FUZZ=ON.
#   fuzz.sh run BUILD X          fuzz target X for FUZZ_SECONDS (default 5), or FUZZ_RUNS executions if that is set
#   fuzz.sh minimise BUILD X     put into tests/corpus/X what the build found that its seeds do not reach
# What a run finds stays in BUILD/fuzz/X (inputs that reach new code) and BUILD/fuzz/X-… (inputs that fail).
# An input that takes over 10 s, an allocation over 256 MiB, a leak or a crash is a failure.
set -eu
verb=$1 build=$2 name=$3
tests=$(cd "$(dirname "$0")/../.." && pwd)
found=$build/fuzz/$name
mkdir -p "$found"
case $verb in
run)
	set -- -timeout=10 -malloc_limit_mb=256 -rss_limit_mb=2048 -print_final_stats=1 "-artifact_prefix=$found-"
	[ ! -e "$tests/fuzz/$name.dict" ] || set -- "$@" "-dict=$tests/fuzz/$name.dict"
	if [ -n "${FUZZ_RUNS:-}" ]; then
		set -- "$@" "-runs=$FUZZ_RUNS"
	else
		set -- "$@" "-max_total_time=${FUZZ_SECONDS:-5}"
	fi
	log=$build/fuzz/$name.log
	if "$build/tests/fuzz_$name" "$@" "$found" "$tests/corpus/$name" >"$log" 2>&1 </dev/null; then
		grep '^stat::number_of_executed_units' "$log"
	else
		tail -n 60 "$log"
		exit 1
	fi ;;
minimise)
	mkdir -p "$tests/corpus/$name"
	"$build/tests/fuzz_$name" -merge=1 "$tests/corpus/$name" "$found" ;;
*)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
	exit 2 ;;
esac
