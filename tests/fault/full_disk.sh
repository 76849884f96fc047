#!/bin/sh
# ctest: TIMEOUT=300 PLAIN
# A disk that fills while documents come: a clear fault, nothing lost, and the daemon goes on when there is room.
set -eu
. "$DUIZHANG_SOURCE/tests/fault/lib/fault.sh"
[ -n "${DUIZHANGD:-}" ] || { echo "there is no duizhangd"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/disk"
fault_tmpfs 4m "$scratch/disk" "$PYTHON" "$DUIZHANG_SOURCE/tests/fault/lib/full_disk.py" "$scratch"
