#!/bin/sh
# A real Apache Kafka broker for tests: one KRaft node on loopback, its state in a folder.
#   broker.sh jars                    fetch the jars, once; print their folder
#   broker.sh start DIR               format DIR if it is new, start, wait until it answers; print host:port
#   broker.sh stop DIR                SIGTERM, wait until it is gone
#   broker.sh kill DIR                SIGKILL; `start DIR` again recovers, on the same port
#   broker.sh freeze DIR | thaw DIR   SIGSTOP, SIGCONT
#   broker.sh tool CLASS ARGUMENT…    an org.apache.kafka.tools class: tool TopicCommand --bootstrap-server … --list
#   broker.sh with DIR COMMAND…       start, run COMMAND with KAFKA_BOOTSTRAP set, stop whatever happens
# Environment: KAFKA_JARS (folder of the jars), KAFKA_HEAP (512m), KAFKA_PROPERTIES (further server.properties lines of a
# new DIR, such as log.dirs=…), KAFKA_MAX_SECONDS (3600: a forgotten broker is killed after that).
# Exit: 0 done; 69 there can be no broker here (no Java, no jars); 1 anything else.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

die() { # STATUS MESSAGE
	echo "broker.sh: $2" >&2
	exit "$1"
}

jars_folder() {
	version=$(sed -n 's|.*<kafka.version>\(.*\)</kafka.version>.*|\1|p' "$here/pom.xml")
	echo "${KAFKA_JARS:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/duizhang-kafka-$version}"
}

# The folder appears by rename, so that it is whole or absent; the lock lets one of several fetch.
fetch_jars() {
	command -v java >/dev/null || die 69 "no java (package default-jre-headless)"
	jars=$(jars_folder)
	[ ! -d "$jars" ] || return 0
	command -v mvn >/dev/null || die 69 "no mvn (package maven) to fetch the jars with"
	mkdir -p "$(dirname "$jars")"
	(
		flock 9
		[ ! -d "$jars" ] || exit 0
		rm -rf "$jars.part"
		mvn -q -B -Dstyle.color=never -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
			-DoutputDirectory="$jars.part" </dev/null >"$jars.log" 2>&1 || { grep -m 2 ERROR "$jars.log" >&2; exit 1; }
		mv "$jars.part" "$jars"
	) 9>"$jars.lock" || die 69 "the jars could not be fetched ($jars.log)"
}

java_options() {
	echo "-Xms${KAFKA_HEAP:-512m} -Xmx${KAFKA_HEAP:-512m} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.apache.logging.log4j.level=${1:-INFO}"
}

free_ports() { # COUNT
	python3 -c '
import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(s.getsockname()[1] for s in sockets))' "$1"
}

properties() { # DIR PORT CONTROLLER-PORT
	cat <<-EOF
	process.roles=broker,controller
	node.id=1
	listeners=PLAINTEXT://127.0.0.1:$2,CONTROLLER://127.0.0.1:$3
	advertised.listeners=PLAINTEXT://127.0.0.1:$2
	controller.listener.names=CONTROLLER
	controller.quorum.bootstrap.servers=127.0.0.1:$3
	log.dirs=$1/log
	num.network.threads=2
	num.io.threads=4
	auto.create.topics.enable=false
	offsets.topic.num.partitions=4
	offsets.topic.replication.factor=1
	transaction.state.log.num.partitions=4
	transaction.state.log.replication.factor=1
	transaction.state.log.min.isr=1
	transaction.abort.timed.out.transaction.cleanup.interval.ms=500
	group.initial.rebalance.delay.ms=0
	group.min.session.timeout.ms=1000
	broker.heartbeat.interval.ms=500
	broker.session.timeout.ms=2000
	EOF
	printf '%s\n' "${KAFKA_PROPERTIES:-}"
}

format() { # DIR
	# shellcheck disable=SC2046 # two numbers
	set -- "$1" $(free_ports 2)
	properties "$1" "$2" "$3" >"$1/server.properties"
	cluster=$(head -c 16 /dev/urandom | base64 | tr '+/' 'pl' | cut -c 1-22)
	# shellcheck disable=SC2046
	java $(java_options WARN) -cp "$jars/*" kafka.tools.StorageTool format --standalone --cluster-id "$cluster" \
		--config "$1/server.properties" >"$1/format.out" 2>&1 </dev/null || die 1 "format failed: $(tail -n 1 "$1/format.out")"
	echo "127.0.0.1:$2" >"$1/bootstrap"
}

alive() { # DIR
	[ -e "$1/pid" ] && kill -0 "$(cat "$1/pid")" 2>/dev/null
}

start() { # DIR [RUNNER…]
	fetch_jars
	mkdir -p "$1"
	dir=$(cd "$1" && pwd)
	shift
	! alive "$dir" || die 1 "it runs already"
	[ -e "$dir/bootstrap" ] || format "$dir"
	[ ! -e "$dir/server.out" ] || cat "$dir/server.out" >>"$dir/server.log"
	rm -f "$dir/pid"
	# shellcheck disable=SC2046,SC2016 # options are words; the inner shell expands
	setsid "$@" timeout -s KILL "${KAFKA_MAX_SECONDS:-3600}" sh -c 'echo $$ >"$0"; exec "$@"' "$dir/pid" \
		java $(java_options) -cp "$jars/*" kafka.Kafka "$dir/server.properties" >"$dir/server.out" 2>&1 </dev/null &
	bootstrap=$(cat "$dir/bootstrap")
	tries=0
	until grep -q 'Kafka Server started' "$dir/server.out" && kcat -L -b "$bootstrap" -m 2 >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -le 20 ] || alive "$dir" || die 1 "it ended: $(tail -n 3 "$dir/server.out")"
		[ $tries -lt 600 ] || die 1 "it does not answer: $(tail -n 3 "$dir/server.out")"
		sleep 0.1
	done
	echo "$bootstrap"
}

end() { # DIR SIGNAL
	[ -e "$1/pid" ] || return 0
	pid=$(cat "$1/pid")
	kill -CONT "$pid" 2>/dev/null || return 0
	kill "-$2" "$pid" 2>/dev/null || return 0
	while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
	rm -f "$1/pid"
}

with_broker() { # DIR COMMAND…
	trap 'status=$?; trap - EXIT; end "$broker_dir" TERM; exit $status' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	broker_dir=$1
	shift
	# The kernel ends the broker should even this shell be killed.
	start "$broker_dir" setpriv --pdeathsig KILL >/dev/null
	KAFKA_BOOTSTRAP=$(cat "$broker_dir/bootstrap") KAFKA_BROKER_DIR=$broker_dir "$@"
}

command=${1:-}
[ $# -eq 0 ] || shift
case $command in
jars) fetch_jars; echo "$jars" ;;
start) start "${1:?DIR}" ;;
stop) end "${1:?DIR}" TERM ;;
kill) end "${1:?DIR}" KILL ;;
freeze) kill -STOP "$(cat "${1:?DIR}/pid")" ;;
thaw) kill -CONT "$(cat "${1:?DIR}/pid")" ;;
tool)
	class=${1:?CLASS}
	shift
	fetch_jars
	# shellcheck disable=SC2046
	exec java $(java_options WARN) -cp "$jars/*" "org.apache.kafka.tools.$class" "$@" ;;
with) with_broker "$@" ;;
*)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
	exit 2 ;;
esac
