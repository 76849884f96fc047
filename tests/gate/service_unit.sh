#!/bin/sh
# systemd accepts the unit, and rates it as exposed at most 1.5 of 10.
set -eu
systemctl --version >/dev/null 2>&1 || { echo "systemd is not here"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# `verify` wants the program to be there; its path does not matter.
sed 's|^ExecStart=/usr/sbin/duizhangd|ExecStart=/bin/true|; /^Documentation=/d' "$DUIZHANG_SOURCE/daemon/duizhangd.service" >"$scratch/duizhangd.service"
complaints=$(systemd-analyze verify --man=no "$scratch/duizhangd.service" 2>&1 | grep duizhangd || true)
[ -z "$complaints" ] || { echo "$complaints"; exit 1; }
systemd-analyze security --offline=true --threshold=15 "$scratch/duizhangd.service" >"$scratch/report" 2>&1 || {
	grep '^✗' "$scratch/report"
	tail -n 1 "$scratch/report"
	exit 1
}
tail -n 1 "$scratch/report"
