#!/bin/sh
# Starts and stops the one broker that the tests labelled kafka share in a run of ctest.
#   fixture.sh start | stop     in the folder KAFKA_BROKER_DIR; with KAFKA_BOOTSTRAP set that broker is used instead
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ -z "${KAFKA_BOOTSTRAP:-}" ] || { echo "the broker at $KAFKA_BOOTSTRAP is used"; exit 0; }
case $1 in
start)
	sh "$here/broker.sh" kill "$KAFKA_BROKER_DIR"
	rm -rf "$KAFKA_BROKER_DIR"
	mkdir -p "$KAFKA_BROKER_DIR"
	status=0
	sh "$here/broker.sh" start "$KAFKA_BROKER_DIR" 2>"$KAFKA_BROKER_DIR/error" || status=$?
	cat "$KAFKA_BROKER_DIR/error"
	[ $status -eq 69 ] || exit $status
	mv "$KAFKA_BROKER_DIR/error" "$KAFKA_BROKER_DIR/absent"
	echo "NO KAFKA BROKER: nothing labelled kafka is tested"
	[ "${CI:-}" != true ] || exit 1
	exit 77 ;;
stop)
	sh "$here/broker.sh" stop "$KAFKA_BROKER_DIR"
	rm -rf "$KAFKA_BROKER_DIR/log" ;;
*)
	echo "fixture.sh start | stop" >&2
	exit 2 ;;
esac
