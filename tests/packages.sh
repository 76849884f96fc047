# The Debian 12 packages that duizhang needs, and how missing ones are installed; sourced, not run.
#   packages_install build         what the programs are built from (fixtures/demo.sh)
#   packages_install build test    and what their tests use besides (tests/run.sh)
# Returns 0 when every package is there. apt-get runs only when one is missing, never asks and prints only its failure.
# shellcheck shell=sh

packages_build='gcc libc6-dev cmake ninja-build pkg-config python3
	libevent-dev librdkafka-dev libxml2-dev zlib1g-dev liblmdb-dev libjansson-dev libinih-dev libssl-dev libutf8proc-dev'

# clang and friends for the second compiler, sanitizers, fuzzers and lint; kcat, maven and Java for the broker.
packages_test='libcmocka-dev clang libclang-rt-14-dev clang-tidy clang-format cppcheck
	python3-jsonschema kcat maven default-jre-headless procps util-linux strace mandoc systemd dpkg-dev file'

# Prints those of the packages named that are not installed.
packages_missing() {
	for package in "$@"; do
		case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
		installed) ;;
		*) printf '%s ' "$package" ;;
		esac
	done
}

packages_install() {
	wanted=
	for group in "$@"; do
		case $group in
		build) wanted="$wanted $packages_build" ;;
		test) wanted="$wanted $packages_test" ;;
		*) echo "packages_install: no such group: $group" >&2; return 2 ;;
		esac
	done
	command -v dpkg-query >/dev/null || { echo "This machine is not Debian; these packages are needed:" $wanted >&2; return 1; }
	# shellcheck disable=SC2086 # words are packages
	missing=$(packages_missing $wanted)
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		echo "Packages are missing and only root can install them. As root: apt-get install -y $missing" >&2
		return 1
	fi
	echo "Installing Debian packages: $missing"
	packages_log=$(mktemp)
	# shellcheck disable=SC2086
	if packages_apt update >"$packages_log" 2>&1 && packages_apt install $missing >>"$packages_log" 2>&1; then
		rm -f "$packages_log"
		return 0
	fi
	tail -n 20 "$packages_log" >&2
	echo "apt-get could not install the packages (is the machine offline?). Its output: $packages_log" >&2
	return 1
}

packages_apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
		-o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Acquire::Retries=2 "$@" </dev/null
}
