#!/usr/bin/env bash
# e2e/haproxy/other.sh SUITE
# Prints the path of a program that is the HAProxy of another Debian, with the
# libraries of that: forky has 3.2. It is made once, as e2e/engines/chroot.sh
# makes it, and HAPROXY takes it.
set -euo pipefail
if [ $# != 1 ]; then
	sed -n '2,5s/^# //p' "$0" >&2
	exit 2
fi
root=$("$(dirname "$0")/../engines/chroot.sh" "$1" haproxy)
libraries=$(cd "$root/usr/lib" && printf '%s\n' "$PWD"/*-linux-gnu | head -n 1)
cat >"$root.haproxy" <<END
#!/bin/sh
exec $(printf '%s\n' "$libraries"/ld-linux*.so.* | head -n 1) --library-path $libraries $root/usr/sbin/haproxy "\$@"
END
chmod +x "$root.haproxy"
echo "$root.haproxy"
