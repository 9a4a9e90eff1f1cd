# shellcheck shell=bash disable=SC2034,SC2154
#
# What scripts do with a flavour of scripts/kernel; sourced after common.sh.

# Sets FLAVOUR, KDIR, ARCH, CC, RELEASE, IMAGE and LLVM; makes the kernel if need be.
# If that fails, scripts/kernel has said why.
read_flavour() { # FLAVOUR
	local directory

	directory=$("$scripts/kernel" "$1") || return
	LLVM=
	# shellcheck disable=SC1091 # written by scripts/kernel
	. "$directory/arena_cache.flavour"
}

needs_flavour() { # WORD
	grep -qxF -e "$1" < <("$scripts/kernel" --list) ||
		wrong_usage "no flavour \"$1\", of scripts/kernel --list"
}

# Into build/FLAVOUR; the kernel comes first, as it has more to say if it fails.
build_modules() { # FLAVOUR
	run "$scripts/kernel" "$1" >/dev/null && run make -s -C "$top" "modules-$1" >/dev/null
}
