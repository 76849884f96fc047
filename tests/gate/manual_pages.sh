#!/bin/sh
# ctest: PLAIN
# The manual pages are sound mdoc, and name every section and key of the example configuration, every option of
# duizhangd, every verb of duizhang and every option of those.
set -eu
cd "$DUIZHANG_SOURCE/daemon"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
wants() { # PAGE TEXT
	grep -qF -e "$2" "$1" || echo "$1 does not name $2" >>"$scratch/missing"
}
wants_options() { # PAGE, and a usage text
	for option in $(grep -o -e '--[a-z][a-z-]*' | sort -u); do
		wants "$1" "Fl -${option#--}"
	done
}

mandoc -T lint -W warning duizhangd.8 duizhang.1
for word in $(sed -n -e 's/^\(\[[a-z]*\]\).*/\1/p' -e 's/^\([a-z_.]*\) *=.*/\1/p' duizhang.conf.example | sort -u); do
	wants duizhangd.8 "$word"
done
"$DUIZHANGD" --help | sed -e 's/-c, --config/-c/' -e '/--help, --version/d' | wants_options duizhangd.8
verbs=$("$DUIZHANG" --help | awk '/^  [a-z][a-z-]*  / { print $1 } /^Options/ { exit }')
[ "$(echo "$verbs" | wc -w)" -gt 3 ] || { echo "duizhang --help is not understood here"; exit 1; }
for verb in $verbs; do
	wants duizhang.1 "Cm $verb"
	"$DUIZHANG" "$verb" --help | sed '/^Options of every verb/,$d' | wants_options duizhang.1
done
[ ! -e "$scratch/missing" ] || { sort -u "$scratch/missing"; exit 1; }
