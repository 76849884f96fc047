#!/bin/sh
# ctest: TIMEOUT=600
# The Kafka transport through its interface: what it reads, publishes, and does when others or time interfere.
set -eu
. "$DUIZHANG_SOURCE/tests/kafka/lib/kafka.sh"
kafka_require transport
"$DUIZHANG_BUILD/tests/kafka_test_transport" "$@"
