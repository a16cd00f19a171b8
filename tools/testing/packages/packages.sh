#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# packages.sh DIR: the Debian packages in DIR as a user has them, in a test machine
# whose files are forgotten: installed, built by dkms for the running kernel, used,
# removed, purged. What is left afterwards is told by the upper layer of the
# machine's root, which has every file that was written since it was started.
#
# Cases are called by name:
# shellcheck disable=SC2317

packages=(chimney-dkms chimctl chimney-dev)
debs=$1
kver=$(uname -r)
updates=/lib/modules/$kver/updates/dkms
upper=/run/rw/upper

export CHIMCTL=/usr/sbin/chimctl DEBIAN_FRONTEND=noninteractive
# shellcheck source=tools/testing/lib/ktap.sh
. "$(dirname "$0")/../lib/ktap.sh"
# shellcheck source=tools/testing/lib/data.sh
. "$(dirname "$0")/../lib/data.sh"
talk=$(cd "$(dirname "$0")/../lib" && pwd -P)/hosttalk.py
work=$(mktemp -d)

# What was compiled ahead, see scripts/deb-check. The kernel's makefile knows the first.
if [ -d "${CHIM_CCACHE:-}" ]; then
	export DEBIAN_KERNEL_USE_CCACHE=1 CCACHE_DIR=$CHIM_CCACHE CCACHE_READONLY=1
	export CCACHE_TEMPDIR=$work/ccache CCACHE_STATSLOG=$work/ccache.log LANG=C.UTF-8
	# Each header is read once, not once for each file that includes it.
	export CCACHE_INODECACHE=1
fi

# The machine's own modules cannot be written to either.
modules_overlay()
{
	mkdir -p /run/modules/upper /run/modules/work
	mount -t overlay -o "lowerdir=/lib/modules/$kver,upperdir=/run/modules/upper" \
		-o workdir=/run/modules/work overlay "/lib/modules/$kver"
}

# The kernel's headers, at their place, but in memory; see scripts/deb-check.
headers_near()
{
	local dir

	dir=$(readlink -f "/lib/modules/$kver/build") || return
	mount -t tmpfs headers "$dir" && mount -t tmpfs headers "${dir%-*}-common" &&
		tar -C / -xf "$CHIM_HEADERS"
}

# Every file written, apart from what dpkg, dkms and depmod keep for themselves, and what
# ccache counts.
written()
{
	(cd "$upper" && find . -path ".${CHIM_CCACHE:-/}" -prune -o ! -type d -print
	cd /run/modules/upper && find . ! -type d -printf "modules: %p\n") |
		grep -vE '^\./var/(lib/dpkg|log|cache)/|^\./var/lib/dkms/mok\.' |
		grep -vE '^modules: \./modules\.' | sort
}

quietly()
{
	"$@" >"$work/output" 2>&1 && return
	note "$* failed:"
	note "$(tail -n 30 "$work/output")"
	find /var/lib/dkms -name make.log -exec tail -n 30 {} \;
	return 1
}

# --- cases --------------------------------------------------------------------

installs()
{
	local name suffix start=$SECONDS

	# As the kernel's own are, so dkms packs what it builds.
	suffix=$(modinfo -n veth) && suffix=${suffix##*/veth} || return
	quietly dpkg --force-unsafe-io -i "$debs"/chimney-dkms_*.deb \
		"$debs"/chimctl_*.deb "$debs"/chimney-dev_*.deb || return
	note "installed in $((SECONDS - start)) s;" \
		"compiled ahead: $(grep -c '_cache_hit$' "$work/ccache.log")," \
		"compiled: $(grep -c '^cache_miss$' "$work/ccache.log")"
	for name in chimney chimney_ndis chimney_host; do
		[ -f "$updates/$name$suffix" ] ||
			ktap_fail_case "no $updates/$name$suffix"
		expect "path of $name" "$(modinfo -n "$name")" \
			"$updates/$name$suffix"
	done
	grep -q installed <(dkms status chimney -k "$kver") ||
		ktap_fail_case "$(dkms status)"
	grep -qx "alias tcp-ulp-chimney chimney_host" \
		"/lib/modules/$kver/modules.alias" || ktap_fail_case "no alias"
	grep -qx "options chimney_host unprivileged=0 bypass_rules=0" \
		<(modprobe -c) ||
		ktap_fail_case "no defaults"
	expect "completion" "$(bash -c '. "$0" && complete -p chimctl' \
		/usr/share/bash-completion/completions/chimctl)" \
		"complete -F _chimctl chimctl"
	expect_ok man -w 7 chimney
	expect_ok man -w 8 chimctl
}

unloaded()
{
	[ ! -d /sys/module/chimney_host ] || rmmod chimney_host 2>/dev/null
}

# offload: a socket asks for the ULP; nobody has loaded the module.
offload()
{
	local pid

	# The last socket may still be on its way out.
	wait_until 60 unloaded || return
	ip netns exec far "$talk" peer "${far_addr[4]}" "$data_port" 100000 100000 \
		>"$work/peer" 2>&1 </dev/null &
	pid=$!
	wait_until 60 grep -q listening "$work/peer" || return
	ns near "$talk" run "${far_addr[4]}" "$data_port" 100000 100000 ulp \
		>"$work/run" 2>&1 </dev/null
	wait "$pid" || note "$(cat "$work/peer")"
	grep -q '"moves": 1' "$work/run" || ktap_fail_case "$(cat "$work/run")"
	[ -d /sys/module/chimney_host ]
}

unprivileged()
{
	cat /sys/module/chimney_host/parameters/unprivileged
}

# By its alias, with the parameters of the package's file.
loads_and_offloads()
{
	ns_add near far && data_links && data_resolve || return
	quietly modprobe chimney && data_adapter_add || return
	offload || return
	expect "policy" "$(unprivileged)" N
	sed -i s/unprivileged=0/unprivileged=1/ /etc/modprobe.d/chimney.conf
	offload || return
	expect "policy as configured" "$(unprivileged)" Y
}

# As the package's README.Debian says.
client_builds()
{
	local dir=$work/client header link

	link=/var/lib/dkms/chimney/kernel-$kver-$(uname -m)
	mkdir "$dir" && cd "$dir" || return
	cp /usr/share/doc/chimney-dev/examples/example-client.c .
	cat >Kbuild <<-'EOT'
	ccflags-y := -I/usr/src/chimney-dev/include
	ccflags-y += -I/usr/src/chimney-dev/include/ndis
	obj-m := example-client.o
	EOT
	quietly make -C "/lib/modules/$kver/build" M="$dir" modules \
		KBUILD_EXTRA_SYMBOLS="$link/Module.symvers" || return
	ip link add x0 type veth && ip link set x0 up || return
	expect_ok chimctl adapter add x0
	expect_ok insmod example-client.ko dev=x0
	expect_ok rmmod example_client
	expect_ok chimctl adapter del x0
	for header in /usr/include/linux/chimney*.h; do
		expect_ok gcc -Wall -Werror -fsyntax-only "$header"
	done
	cd / && ip link del x0
}

# A socket that is in use does not keep the module, and with it goes what only it needs.
unloads()
{
	local far near

	wait_until 60 unloaded && quietly modprobe chimney_host || return
	ip netns exec far "$talk" peer "${far_addr[4]}" "$data_port" 0 1 nofin \
		>"$work/peer" 2>&1 </dev/null &
	far=$!
	wait_until 60 grep -q listening "$work/peer" || return
	ip netns exec near "$talk" run "${far_addr[4]}" "$data_port" 0 1 ulp nofin \
		>"$work/run" 2>&1 </dev/null &
	near=$!
	wait_until 60 grep -q offloaded "$work/run" || return
	expect_error modprobe -r chimney_host
	drain 1
	expect_ok modprobe -r chimney_host
	kill "$near" "$far"
	[ ! -d /sys/module/chimney_host ] && [ ! -d /sys/module/chimney ]
}

removes()
{
	ns_del_all || return
	# The root is nobody's.
	dpkg -L "${packages[@]}" | grep -vxF /. | sort -u >"$work/list"
	quietly dpkg --force-unsafe-io -r "${packages[@]}" || return
	expect "modules" "$(find "/lib/modules/$kver/" -name 'chimney*')" ""
	expect "dkms" "$(dkms status chimney)" ""
	expect_error modinfo chimney
	[ -f /etc/modprobe.d/chimney.conf ] ||
		ktap_fail_case "what was configured is gone"
}

nothing_left()
{
	local path

	quietly dpkg --force-unsafe-io -P "${packages[@]}" || return
	expect "files" "$(written)" "$(cat "$work/before")"
	while read -r path; do
		[ -e "$path" ] || continue
		dpkg -S "$path" >/dev/null 2>&1 || ktap_fail_case "left: $path"
	done <"$work/list"
	expect "packages" "$(dpkg-query -W -f '${db:Status-Abbrev}' \
		"${packages[@]}" 2>/dev/null)" ""
	[ ! -e /var/lib/dkms/chimney ] || ktap_fail_case "dkms has it"
	grep -l chimney "/lib/modules/$kver"/modules.* && ktap_fail_case "still named"
	[ ! -e /sys/module/chimney ]
}

modules_overlay || exit
[ -z "${CHIM_HEADERS:-}" ] || headers_near || exit
written >"$work/before"
ktap_run installs loads_and_offloads client_builds unloads removes nothing_left
