# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# The Debian packages of the project, and how to install those that are missing. To be sourced.

# To build and to run.
build_packages=(
	autoconf automake gcc libc6-dev linux-libc-dev make pkg-config
	libcap-ng-dev libgraphviz-dev libjansson-dev libndpi-dev libpcap-dev libseccomp-dev libsqlite3-dev
	libxxhash-dev libyaml-dev libzstd-dev zlib1g-dev
)

# To test.
# shellcheck disable=SC2034
test_packages=(
	clang cmark-gfm libclang-rt-14-dev libcmocka-dev mandoc python3 python3-jsonschema python3-yaml
	shellcheck xz-utils zsh
	curl ethtool iproute2 nftables openssl socat systemd tcpdump tcpreplay
	chromium chromium-driver python3-selenium
)

# install_packages PACKAGE...: says what is missing and installs it, as root or with sudo.
install_packages() {
	local package missing=() as_root=()
	for package in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] ||
			missing+=("$package")
	done
	[ ${#missing[@]} -eq 0 ] && return 0
	if ! command -v apt-get > /dev/null; then
		echo "These packages are missing, under their Debian names, and apt-get is not here:" >&2
		echo "  ${missing[*]}" >&2
		return 1
	fi
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo > /dev/null || {
			echo "Missing packages: ${missing[*]}" >&2
			echo "Install them as root, or run this as root." >&2
			return 1
		}
		as_root=(sudo)
	fi
	echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
	"${as_root[@]}" apt-get update -q
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
		"${missing[@]}"
}

# run_quietly LOG COMMAND...: shows the end of the log only when the command fails.
run_quietly() {
	local log=$1
	shift
	if ! "$@" > "$log" 2>&1; then
		echo "failed: $*" >&2
		tail -n 40 "$log" >&2
		echo "(all of it: $log)" >&2
		return 1
	fi
}
