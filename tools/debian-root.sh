#!/usr/bin/env bash
# Builds a Debian root for the tests of external machines (internal/acctest/machine): debian-root.sh FOLDER. Where it cannot,
# it prints the reason and exits with 0, and those tests are skipped.
set -euo pipefail
readonly target=$1 suite=bookworm
readonly packages=ca-certificates,chrony,curl,iproute2,nftables,openssh-server,procps,shellcheck,unattended-upgrades

without() {
	echo "No Debian root was built: $*. The tests of external machines will be skipped." >&2
	exit 0
}
[ "$(uname -s)" = Linux ] || without "this is not Linux"
[ "$(id -u)" -eq 0 ] || without "it needs root"
if ! command -v debootstrap >/dev/null; then
	command -v apt-get >/dev/null || without "there is neither debootstrap nor apt-get"
	{ apt-get -qq update && apt-get -qq -y install --no-install-recommends debootstrap; } >&2 || without "debootstrap cannot be installed"
fi
new=$(mktemp -d "$(dirname "$target")/debian-root.XXXXXX")
trap 'rm -rf "$new"' EXIT
chmod 0755 "$new"
echo "==> Building a Debian root, once: about 2 min" >&2
debootstrap --variant=minbase --include="$packages" "$suite" "$new" >"$new.log" 2>&1 || { tail -n 5 "$new.log" >&2; rm -f "$new.log"; without "debootstrap failed"; }
# debootstrap cannot configure its dependencies in the right order; apt can. No service of the root is started.
printf '#!/bin/sh\nexit 101\n' >"$new/usr/sbin/policy-rc.d" && chmod 0755 "$new/usr/sbin/policy-rc.d"
DEBIAN_FRONTEND=noninteractive chroot "$new" apt-get -qq -y install --no-install-recommends cloud-init >"$new.log" 2>&1 || { tail -n 5 "$new.log" >&2; rm -f "$new.log"; without "cloud-init cannot be installed in it"; }
rm -rf "$new.log" "$new"/var/cache/apt/archives/*.deb "$new"/var/lib/apt/lists/*
mv "$new" "$target"
