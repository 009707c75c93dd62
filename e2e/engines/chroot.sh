#!/usr/bin/env bash
# e2e/engines/chroot.sh SUITE PACKAGE...
# Prints the path of a folder that holds a Debian of that suite with these
# packages: engines that the Debian of this machine does not have, or not as
# new. FLOWC_E2E_ROOT takes it.
#
# It is made once, in about two minutes, with the packages of the mirror that
# apt has here (DEBIAN_MIRROR names another), and kept below
# ${XDG_CACHE_HOME:-$HOME/.cache}/flowc-ci. It gets its name when it is complete,
# so an interrupted run leaves nothing that a later one takes for complete.
# Needs debootstrap, and root or sudo; fails without them.
set -euo pipefail

if [ $# -lt 2 ]; then
	sed -n '2,5s/^# //p' "$0" >&2
	exit 2
fi
suite=$1
shift

fail() {
	echo "chroot.sh: no Debian $suite with $packages: $1" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

packages=$(printf '%s\n' "$@" | sort -u | paste -sd' ')
cache=${XDG_CACHE_HOME:-$HOME/.cache}/flowc-ci
root=$cache/debian-$suite-$(sha256sum <<<"$packages" | cut -c1-12)
if [ -d "$root" ]; then
	echo "$root"
	exit
fi

PATH=$PATH:/usr/sbin:/sbin
command -v debootstrap >/dev/null || fail "debootstrap is not installed (apt-get install debootstrap)"
as_root unshare --mount true || fail "it needs root, or sudo without a password, and mount namespaces"
# shellcheck disable=SC2016
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(ORIGIN) $(SITE)' 'Created-By: Packages' |
	awk '$1 == "Debian" && $2 !~ /security/ { print $2; exit }')}
[ -n "$mirror" ] || fail "apt has no mirror of Debian here; DEBIAN_MIRROR can name one"
# debootstrap does not read apt's configuration
eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
[ -z "${http_proxy:-}" ] || export http_proxy

mkdir -p "$cache"
exec 9>"$root.lock"
flock 9
if [ -d "$root" ]; then
	echo "$root"
	exit
fi

echo "chroot.sh: making a Debian $suite with $packages, once" >&2
# The mounts of the installation end with its mount namespace, whatever ends it.
# Debian's signatures are verified, but not how old they are: apt-get update
# would refuse the index of a mirror that stands still, and debootstrap's will do.
# shellcheck disable=SC2016,SC2086
as_root env http_proxy="${http_proxy:-}" unshare --mount --propagation private bash -euc '
	new=$1 suite=$2 mirror=$3
	shift 3
	rm -rf "$new"
	debootstrap --variant=minbase --include=ca-certificates "$suite" "$new" "$mirror" sid
	mount -t proc proc "$new/proc"
	export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
	chroot "$new" apt-get install -qq -y --no-install-recommends "$@"
	chroot "$new" apt-get clean
' bash "$root.new" "$suite" "$mirror" $packages >"$root.log" 2>&1 || {
	as_root rm -rf "$root.new"
	tail -n 20 "$root.log" >&2
	fail "debootstrap or apt-get failed; see $root.log"
}
as_root mv -T "$root.new" "$root"
echo "$root"
