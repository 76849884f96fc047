#!/bin/sh
# ctest: TIMEOUT=300
# duizhang on a broker: topics missing and made, documents sent in chunks, and the daemon's output the same as from a
# directory.
set -eu
. "$DUIZHANG_SOURCE/tests/kafka/lib/kafka.sh"
[ -n "${DUIZHANG:-}" ] || { echo "skipped: there is no duizhang"; exit 77; }
kafka_require cli

fail() {
	echo "$*" >&2
	exit 1
}

expect() { # STATUS COMMAND…
	wanted=$1
	shift
	status=0
	"$@" >"$KAFKA_SCRATCH/out" 2>"$KAFKA_SCRATCH/err" || status=$?
	[ "$status" -eq "$wanted" ] || { cat "$KAFKA_SCRATCH/out" "$KAFKA_SCRATCH/err"; fail "$*: exit status $status, not $wanted"; }
}

example=$DUIZHANG_SOURCE/tests/examples/county-a
mkdir -m 700 "$KAFKA_SCRATCH/ledger" "$KAFKA_SCRATCH/run"
cat >"$KAFKA_SCRATCH/conf" <<END
[kafka]
bootstrap.servers = $KAFKA_BOOTSTRAP
group.id = $KAFKA_GROUP
intake.topic = ${KAFKA_PREFIX}intake.v1
output.prefix = $KAFKA_PREFIX
[ledger]
directory = $KAFKA_SCRATCH/ledger
[campaign]
automatic = no
[send]
county = 532929
[http]
listen =
END
tool="$DUIZHANG -c $KAFKA_SCRATCH/conf"

# Topics: all missing, made, as they should be; made again, nothing changes.
expect 1 $tool topics
[ "$(grep -c missing "$KAFKA_SCRATCH/out")" -eq 8 ] || fail "not every topic is missing"
grep -q "topics --create" "$KAFKA_SCRATCH/err" || fail "no remedy"
expect 2 $tool topics --partitions 4
expect 0 $tool topics --create --partitions 4
expect 0 $tool topics --create
[ "$(grep -c "as it should be" "$KAFKA_SCRATCH/out")" -eq 8 ] || fail "not every topic is as it should be"
expect 0 $tool --json topics
grep -q '"topic":"'"$KAFKA_PREFIX"'followup-tasks.v1","exists":true,"as_it_should_be":true,"partitions":4,"cleanup.policy":{"is":"compact"' \
	"$KAFKA_SCRATCH/out" || fail "topics as JSON"

# Documents: in chunks, all to the county's partition. (Chunks with malformed headers are refused one by one.)
find "$example/intake" -type f ! -name '*.headers' | LC_ALL=C sort | while read -r document; do
	chunk=200
	! grep -q utf8mb4 "$document.headers" 2>/dev/null || chunk=900
	expect 0 $tool --json send --chunk $chunk "$document"
	cat "$KAFKA_SCRATCH/out" >>"$KAFKA_SCRATCH/sent"
done
"$PYTHON" - "$KAFKA_SCRATCH/sent" <<'END'
import json, sys
sent = [json.loads(line) for line in open(sys.argv[1])]
assert sum(one["chunks"] == -(-one["bytes"] // 200) > 1 for one in sent) > 10
assert len({one["partition"] for one in sent}) == 1
offsets = [one["offset"] for one in sent]
assert offsets == sorted(offsets) and offsets[-1] == sum(one["chunks"] for one in sent) - 1
END

# The daemon publishes what it publishes from a directory.
cp -r "$example/." "$KAFKA_SCRATCH/run/"
chmod 700 "$KAFKA_SCRATCH/run/ledger"
cp "$example/ledger/pseudonym.key" "$KAFKA_SCRATCH/ledger/"
chmod 600 "$KAFKA_SCRATCH/run/ledger/pseudonym.key" "$KAFKA_SCRATCH/ledger/pseudonym.key"
expect 0 "$DUIZHANGD" -c /dev/null --directory "$KAFKA_SCRATCH/run" --once
expect 0 "$DUIZHANGD" -c "$KAFKA_SCRATCH/conf" --once
"$PYTHON" "$kafka_lib/topics.py" compare --bootstrap "$KAFKA_BOOTSTRAP" --prefix "$KAFKA_PREFIX" "$KAFKA_SCRATCH/run/output" ||
	fail "the topics differ from the directory's"
expect 0 $tool --json tasks
cp "$KAFKA_SCRATCH/out" "$KAFKA_SCRATCH/tasks"
expect 0 "$DUIZHANG" -c /dev/null --directory "$KAFKA_SCRATCH/run" --json tasks
cmp "$KAFKA_SCRATCH/out" "$KAFKA_SCRATCH/tasks" || fail "tasks differ"
echo "topics, send, tasks: as they should be"
