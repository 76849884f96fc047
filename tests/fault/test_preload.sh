#!/bin/sh
# ctest: PLAIN
# The preloaded library counts calls, and fails the one asked for: once, for good, with the error asked for, on the
# files asked for, or kills there.
set -eu
. "$DUIZHANG_SOURCE/tests/fault/lib/fault.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
victim=$DUIZHANG_BUILD/tests/fault_victim

expect() { # WHAT WANTED
	found=$(tr '\n' ' ' <"$scratch/out")
	[ "$found" = "$2 " ] || { echo "$1: wanted: $2; found: $found"; exit 1; }
}
expect_counters() { # WHAT COUNTED MADE
	[ "$fault_counted/$fault_made" = "$2/$3" ] || { echo "$1: $fault_counted calls, $fault_made faults; wanted $2, $3"; exit 1; }
}

for row in write:ENOSPC pwrite:ENOSPC pwritev:ENOSPC fdatasync:EIO fsync:EIO ftruncate:ENOSPC open:EMFILE openat:EMFILE \
	rename:ENOSPC malloc:ENOMEM; do
	call=${row%:*} error=${row#*:}
	# The victim itself writes its results and opens two things; a path of its own leaves those out.
	case $call in
	open | openat) path=opened ;;
	malloc) path= ;;
	*) path=file ;;
	esac
	fault_preload $call "$path" 0 0 '' "$victim" $call "$scratch" >"$scratch/out"
	expect "$call counted" "done done done done done"
	expect_counters "$call counted" 5 0
	fault_preload $call "$path" 3 0 '' "$victim" $call "$scratch" >"$scratch/out"
	expect "$call fails once" "done done $error done done"
	expect_counters "$call fails once" 5 1
	fault_preload $call "$path" 3 1 '' "$victim" $call "$scratch" >"$scratch/out"
	expect "$call fails for good" "done done $error $error $error"
	fault_preload $call "$path" 2 0 EACCES "$victim" $call "$scratch" >"$scratch/out"
	expect "$call fails with EACCES" "done EACCES done done done"
	if fault_preload $call "$path" 4 0 SIGKILL "$victim" $call "$scratch" >"$scratch/out" 2>/dev/null || [ $fault_status -ne 137 ]; then
		echo "$call does not kill"
		exit 1
	fi
	expect "$call kills" "done done done"
	expect_counters "$call kills" 4 1
done
fault_preload write,fsync file 1 1 EIO "$victim" fsync "$scratch" >"$scratch/out"
expect "the second of two calls" "EIO EIO EIO EIO EIO"
fault_preload fsync elsewhere 1 1 EIO "$victim" fsync "$scratch" >"$scratch/out"
expect "another file" "done done done done done"
expect_counters "another file" 0 0
! fault_preload fsync '' 1 0 ENONSENSE true 2>/dev/null || { echo "an unknown error is taken"; exit 1; }
