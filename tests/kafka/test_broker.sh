#!/bin/sh
# ctest: TIMEOUT=180 PLAIN
# The broker that all Kafka tests trust: keeps what it acknowledged over kill -9, answers on the same port, can be
# frozen, is gone after `with`; what it holds can be compared with files.
set -eu
. "$DUIZHANG_SOURCE/tests/kafka/lib/kafka.sh"
kafka_require_own

# Within: the part that runs against its own broker.
if [ "${1:-}" = within ]; then
	scratch=$(dirname "$KAFKA_BROKER_DIR")
	topic=pension.test.v1
	kafka_broker tool TopicCommand --bootstrap-server "$KAFKA_BOOTSTRAP" --create --topic $topic --partitions 3 >/dev/null
	# A key of several parts, one repeated, a tombstone.
	printf 'b\t{"n":1}\na/x\t{"n":2}\nb\t{"n":3}\n' | kcat -P -q -b "$KAFKA_BOOTSTRAP" -t $topic -K '	' -X acks=all
	printf 'd\t' | kcat -P -q -Z -b "$KAFKA_BOOTSTRAP" -t $topic -K '	' -X acks=all
	cat >"$scratch/wanted" <<-'END'
	{"key":"a/x","value":{"n":2}}
	{"key":"b","value":{"n":1}}
	{"key":"b","value":{"n":3}}
	{"key":"d","value":null}
	END
	kafka_read $topic | diff "$scratch/wanted" -
	# Bytes of any kind.
	kafka_broker tool TopicCommand --bootstrap-server "$KAFKA_BOOTSTRAP" --create --topic pension.rejects.v1 --partitions 1 >/dev/null
	printf 'a\377\n\0{}' >"$scratch/bytes"
	kcat -P -q -b "$KAFKA_BOOTSTRAP" -t pension.rejects.v1 -k c -X acks=all "$scratch/bytes"
	[ "$(kafka_read pension.rejects.v1)" = '{"key":"c","value":"Yf8KAHt9"}' ] || { echo "bytes come back otherwise"; exit 1; }

	kafka_broker kill "$KAFKA_BROKER_DIR"
	! kcat -L -b "$KAFKA_BOOTSTRAP" -m 1 >/dev/null 2>&1 || { echo "a killed broker answers"; exit 1; }
	again=$(kafka_broker start "$KAFKA_BROKER_DIR")
	[ "$again" = "$KAFKA_BOOTSTRAP" ] || { echo "the broker came back at $again, not $KAFKA_BOOTSTRAP"; exit 1; }
	kafka_read $topic | diff "$scratch/wanted" -

	kafka_broker freeze "$KAFKA_BROKER_DIR"
	! kcat -L -b "$KAFKA_BOOTSTRAP" -m 1 >/dev/null 2>&1 || { echo "a frozen broker answers"; exit 1; }
	kafka_broker thaw "$KAFKA_BROKER_DIR"
	kafka_read $topic | diff "$scratch/wanted" -

	# The comparison of topics with a directory's output sees what is equal and what is not.
	mkdir "$scratch/output"
	sort -r "$scratch/wanted" | sed -e '/"n":[13]/d' >"$scratch/output/pension.test.v1.jsonl"
	sed -n '/"n":[13]/p' "$scratch/wanted" >>"$scratch/output/pension.test.v1.jsonl"
	"$PYTHON" "$kafka_lib/topics.py" compare --bootstrap "$KAFKA_BOOTSTRAP" --prefix pension. "$scratch/output"
	sed -i 's/"n":3/"n":4/' "$scratch/output/pension.test.v1.jsonl"
	! "$PYTHON" "$kafka_lib/topics.py" compare --bootstrap "$KAFKA_BOOTSTRAP" --prefix pension. "$scratch/output" >/dev/null ||
		{ echo "a difference is not seen"; exit 1; }
	sed -i '$d' "$scratch/output/pension.test.v1.jsonl"
	! "$PYTHON" "$kafka_lib/topics.py" compare --bootstrap "$KAFKA_BOOTSTRAP" --prefix pension. "$scratch/output" >/dev/null ||
		{ echo "a missing record is not seen"; exit 1; }
	exit 0
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
kafka_broker with "$scratch/broker" sh "$0" within
[ ! -e "$scratch/broker/pid" ] || { echo "the broker outlives its command"; exit 1; }
# Whatever happens: also when the command fails.
! kafka_broker with "$scratch/broker" false || { echo "the command's failure is lost"; exit 1; }
[ ! -e "$scratch/broker/pid" ] || { echo "the broker outlives a failing command"; exit 1; }
