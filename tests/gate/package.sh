#!/bin/sh
# ctest: PLAIN
# cpack makes a Debian package with the right files, configuration files and dependencies.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$DUIZHANG_BUILD"
cpack -G DEB -B "$scratch" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
package=$(ls "$scratch"/duizhang_*.deb)
dpkg-deb --ctrl-tarfile "$package" | tar -xf - -C "$scratch"
dpkg-deb --fsys-tarfile "$package" | tar -xf - -C "$scratch"
failed=0
wants() { [ -e "$scratch$1" ] || { echo "the package lacks $1"; failed=1; }; }
for path in /usr/sbin/duizhangd /usr/bin/duizhang /usr/share/man/man8/duizhangd.8 /usr/share/man/man1/duizhang.1 \
	/etc/duizhang/duizhang.conf /lib/systemd/system/duizhangd.service /usr/lib/sysusers.d/duizhang.conf; do
	wants "$path"
done
grep -qx /etc/duizhang/duizhang.conf "$scratch/conffiles" || { echo "duizhang.conf is not a conffile"; failed=1; }
for library in librdkafka1 liblmdb0 libevent libjansson4 libutf8proc2; do
	grep -q "^Depends:.*$library" "$scratch/control" || { echo "the package does not depend on $library"; failed=1; }
done
for script in postinst prerm postrm; do
	sh -n "$scratch/$script" && [ -x "$scratch/$script" ] || { echo "$script is not a script"; failed=1; }
done
strays=$(dpkg-deb -c "$package" | awk '{print $6}' | grep -v -E '^\./($|(usr|etc|lib)/)' || true)
[ -z "$strays" ] || { echo "outside usr, etc, lib: $strays"; failed=1; }
exit "$failed"
