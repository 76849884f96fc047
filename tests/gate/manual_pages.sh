#!/bin/sh
# The manual pages are sound mdoc, and name every section and key of the example configuration and every verb.
set -eu
cd "$DUIZHANG_SOURCE/daemon"
mandoc -T lint -W warning duizhangd.8 duizhang.1
missing=0
for word in $(sed -n -e 's/^\(\[[a-z]*\]\).*/\1/p' -e 's/^\([a-z_.]*\) *=.*/\1/p' duizhang.conf.example | sort -u); do
	grep -qF "$word" duizhangd.8 || { echo "duizhangd.8 does not name $word"; missing=1; }
done
exit "$missing"
