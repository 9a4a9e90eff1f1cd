# shellcheck shell=bash
#
# What the scripts that people type share. Each begins with
#
#   . "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
#
# after which --help as its first word prints the comment at its head, wrong_usage is
# one line and status 2, and a command that fails ends it.

set -euo pipefail
shopt -s inherit_errexit

lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
scripts=$(dirname "$lib")
# shellcheck disable=SC2034 # for those that source this
top=$(dirname "$scripts")

usage() {
	sed -n '/^# usage/,/^$/s/^# \{0,1\}//p' "$0"
}

say() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	say "$@"
	exit 1
}

# A script with another status for it sets that.
status_of_wrong_usage=2

wrong_usage() {
	say "$*; see $0 --help"
	exit "$status_of_wrong_usage"
}

# For loops over "$@" whose first word is an option.
needs_value() { # OPTION [VALUE]...
	[[ ${2-} ]] || wrong_usage "$1 needs a value"
}

needs_number() { # OPTION [VALUE]...
	[[ ${2-} =~ ^[1-9][0-9]{0,8}$ ]] || wrong_usage "$1 needs a number, not \"${2-}\""
}

is_option_or_nothing() { # [WORD]...
	[[ ${1:--} == -* ]]
}

# --- several runs at once in one checkout --------------------------------------

# Sets log to FILE, for this run alone until it claims another log or ends: to FILE-2,
# FILE-3 ... while other runs write to those before. Truncate it; do not replace it.
claim_log() { # FILE
	local n=1

	release_log
	log=$1
	mkdir -p "${log%/*}"
	until claim "$log"; do
		n=$((n + 1))
		log=$1-$n
	done
	((n == 1)) || say "another run writes to ${1#"$top/"}; this one writes to ${log#"$top/"}"
}

# Whether nobody else has it. The lock is an open file's, and so the children's, too.
claim() { # FILE
	exec {claimed}>>"$1"
	flock -n "$claimed" || { release_log; return 1; }
}

release_log() {
	[[ ! ${claimed-} ]] || exec {claimed}>&-
	claimed=
}

# One run at a time has DIRECTORY, until it ends; others wait.
hold() { # DIRECTORY
	local held

	mkdir -p "$1"
	exec {held}<"$1"
	flock -n "$held" || {
		say "waiting for another run, which has ${1#"$top/"}"
		flock "$held"
	}
}

# --- commands that end with the script ----------------------------------------

running=
scratch=

# Sets scratch, a directory that goes when the script ends.
make_scratch() {
	trap end EXIT
	scratch=$(mktemp -d)
}

# COMMAND in a process group of its own. A signal to this script ends all of the group;
# bash alone would wait for COMMAND first.
run() { # COMMAND...
	local status=0

	trap end EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	setsid setpriv --pdeathsig TERM "$@" </dev/null &
	running=$!
	wait "$running" || status=$?
	running=
	return "$status"
}

# FILTER, a function, reads what COMMAND prints. The status is COMMAND's, or, if that
# is 0, FILTER's.
run_into() { # FILTER COMMAND...
	local filter=$1 status=0 pipe reader
	shift

	exec {pipe}> >("$filter")
	reader=$!
	# COMMAND must not keep a second end of the pipe: FILTER would wait for it.
	{ run "$@"; } >&"$pipe" {pipe}>&- || status=$?
	exec {pipe}>&-
	wait "$reader" || status=$((status ? status : $?))
	return "$status"
}

# shellcheck disable=SC2317 # the exit trap calls it
end() {
	stop_running
	[[ ! $scratch ]] || rm -rf "$scratch"
}

# shellcheck disable=SC2317
stop_running() {
	[[ $running ]] || return 0
	kill -TERM -- "-$running" 2>/dev/null || return 0
	wait "$running" 2>/dev/null || true
}

case ${1-} in
-h | --help)
	usage
	exit
	;;
esac
