#!/bin/sh
# ctest: PLAIN
# The helpers that kill and fill disks do so.
set -eu
. "$DUIZHANG_SOURCE/tests/fault/lib/fault.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "$1"; exit 1; }

[ "$(fault_random seed 1 1000)" = "$(fault_random seed 1 1000)" ] || fail "the same seed gives other numbers"
[ "$(for n in 1 2 3 4 5 6 7 8; do fault_random seed $n 1000; done | sort -u | wc -l)" -gt 4 ] || fail "numbers of one seed are alike"
for n in 1 2 3 4 5 6 7 8; do
	[ "$(fault_random seed $n 3)" -lt 3 ] || fail "a number is not below its limit"
done

fault_kill_after 50 sleep 30 || fail "sleep was not killed"
if fault_kill_after 500 sh -c 'exit 5'; then fail "a process that had ended counts as killed"; fi
[ "$fault_status" -eq 5 ] || fail "the status of a process that had ended is lost"

mkdir "$scratch/disk"
status=0
fault_tmpfs 1m "$scratch/disk" sh -c 'head -c 2000000 /dev/zero >"$0/big"' "$scratch/disk" 2>"$scratch/error" || status=$?
[ "$status" -ne 77 ] || exit 77
[ "$status" -ne 0 ] || fail "2 MB went into a disk of 1 MB"
grep -q 'No space left' "$scratch/error" || fail "the disk was not full but: $(cat "$scratch/error")"
[ -z "$(ls "$scratch/disk")" ] || fail "the small disk is seen outside"
fault_tmpfs 1m "$scratch/disk" sh -c 'head -c 500000 /dev/zero >"$0/small"' "$scratch/disk" || fail "0.5 MB does not go into 1 MB"
