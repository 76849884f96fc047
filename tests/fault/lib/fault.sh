# For tests in which things die: processes, calls, disks; sourced, not run.
# shellcheck shell=sh

# fault_random SEED NUMBER LIMIT: the NUMBERth value below LIMIT of the seed's sequence, the same on every machine.
fault_random() {
	printf '%s/%s' "$1" "$2" | sha256sum | awk -v limit="$3" '{
		value = 0
		for (i = 1; i <= 12; i++)
			value = value * 16 + index("0123456789abcdef", substr($1, i, 1)) - 1
		printf "%d\n", value % limit
	}'
}

# fault_kill_after MS COMMAND…: SIGKILL after so many milliseconds. 0 if that killed it; 1 if it had ended by itself,
# fault_status being its status.
fault_kill_after() {
	fault_ms=$1
	shift
	"$@" &
	fault_pid=$!
	sleep "$(printf '%d.%03d' $((fault_ms / 1000)) $((fault_ms % 1000)))"
	kill -KILL "$fault_pid" 2>/dev/null || true
	fault_status=0
	wait "$fault_pid" || fault_status=$?
	[ "$fault_status" -eq 137 ]
}

# fault_preload CALLS PATH AT FOREVER ERRNO COMMAND…: COMMAND with the faults that fault_preload.c describes; PATH and
# ERRNO may be empty. Its status is fault_status too, the counters are fault_counted and fault_made.
fault_preload() {
	fault_counters=$(mktemp)
	fault_calls=$1 fault_path=$2 fault_at=$3 fault_forever=$4 fault_errno=$5
	shift 5
	fault_status=0
	env LD_PRELOAD="$DUIZHANG_BUILD/tests/libfault_preload.so" FAULT_CALL="$fault_calls" FAULT_PATH="$fault_path" \
		FAULT_AT="$fault_at" FAULT_FOREVER="$fault_forever" FAULT_ERRNO="$fault_errno" \
		FAULT_COUNT_FILE="$fault_counters" "$@" || fault_status=$?
	# shellcheck disable=SC2046 # two numbers
	set -- $(od -An -t u8 "$fault_counters")
	rm -f "$fault_counters"
	fault_counted=${1:-0} fault_made=${2:-0}
	return "$fault_status"
}

# fault_tmpfs SIZE DIR COMMAND…: COMMAND with a file system of that size (4m) at DIR, of this process alone. Where that
# is not permitted the test is skipped.
fault_tmpfs() {
	unshare -m true 2>/dev/null || { echo "no mount namespace here (unshare -m is not permitted)"; exit 77; }
	fault_size=$1 fault_folder=$2
	shift 2
	# shellcheck disable=SC2016 # the inner shell expands
	unshare -m sh -c 'mount -t tmpfs -o "size=$0,mode=0700" tmpfs "$1" && shift && exec "$@"' \
		"$fault_size" "$fault_folder" "$@"
}
