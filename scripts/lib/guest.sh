# shellcheck shell=dash
#
# What the scripts in guest/ share; scripts/vm puts it into /lib of each guest. Each of
# them begins with
#
#   . "${0%/*}/../lib/guest.sh"
#
# after which --help prints the comment at its head, and anything else outside of a
# guest is refused.

# shellcheck disable=SC2034 # for those that source this
dir=/sys/kernel/debug/arena_cache
number=0
failed=0

case ${1-} in
-h | --help)
	sed -n '/^# usage/,/^$/s/^# \{0,1\}//p' "$0"
	exit
	;;
esac
if [ ! -e /.vm/command ]; then
	echo "${0##*/}: this runs in a guest of scripts/vm only; see $0 --help" >&2
	exit 2
fi

# Prints the head of KTAP. From here on the script ends with status 1 if a test fails, or
# if not NUMBER of them have run.
plan() { # NUMBER
	planned=$1
	trap finish EXIT
	echo "KTAP version 1"
	echo "1..$planned"
}

# shellcheck disable=SC2317 # the exit trap calls it
finish() {
	status=$?
	[ $number -eq "$planned" ] || echo "# $number of $planned tests have run"
	[ $failed -eq 0 ] && [ $number -eq "$planned" ] || status=1
	exit $status
}

result() { # STATUS NAME
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number $2"
	else
		echo "not ok $number $2"
		failed=1
	fi
}

skip() { # NAME REASON
	number=$((number + 1))
	echo "ok $number $1 # SKIP $2"
}

# Every line must be of a run that went well, or say why there was none.
raced() {
	awk '
		/^workload=/ && !/ status=ok/ && !/ status=n\/a reason=/ { bad++; print "# " $0 }
		/ status=ok/ { good++ }
		END { exit bad || !good }
	' $dir/bench/results
}

unload() {
	rmmod arena_cache && ! dmesg | grep 'arena_cache: .*\(lost\|live block\)'
}
