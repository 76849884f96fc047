# For the tests that speak to a broker; sourced, not run.
#   kafka_require NAME    the run's shared broker: sets KAFKA_BOOTSTRAP and, of this test alone, KAFKA_PREFIX (what
#                         its topics' names begin with), KAFKA_GROUP and KAFKA_SCRATCH (a folder, removed at exit)
#   kafka_require_own     only makes sure that there can be a broker, for tests that start, kill or freeze their own
#   kafka_broker ARG…     broker.sh
#   kafka_read TOPIC…     topics.py read: what a topic holds, read_committed
# With no broker to be had the test is skipped, loudly; under CI=true it fails.
# shellcheck shell=sh

kafka_lib=$DUIZHANG_SOURCE/tests/kafka/lib

kafka_broker() {
	sh "$kafka_lib/broker.sh" "$@"
}

kafka_read() {
	"$PYTHON" "$kafka_lib/topics.py" read --bootstrap "$KAFKA_BOOTSTRAP" "$@"
}

kafka_absent() { # REASON
	echo "no Kafka broker: $1"
	[ "${CI:-}" != true ] || exit 1
	exit 77
}

kafka_require_own() {
	kafka_reason=$(kafka_broker jars 2>&1 >/dev/null) || kafka_absent "$kafka_reason"
}

kafka_require() { # NAME
	if [ -z "${KAFKA_BOOTSTRAP:-}" ]; then
		[ -e "$KAFKA_BROKER_DIR/bootstrap" ] || kafka_absent "$(cat "$KAFKA_BROKER_DIR/absent" 2>/dev/null || echo "none was started")"
		KAFKA_BOOTSTRAP=$(cat "$KAFKA_BROKER_DIR/bootstrap")
	fi
	KAFKA_PREFIX=$1-$$.
	KAFKA_GROUP=$1-$$
	KAFKA_SCRATCH=$(mktemp -d)
	trap 'rm -rf "$KAFKA_SCRATCH"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	export KAFKA_BOOTSTRAP KAFKA_PREFIX KAFKA_GROUP KAFKA_SCRATCH
}
