#!/bin/bash
# threads.sh: a machine that has no threads left for a run says so, and the run goes on where it has them again.
# alone: it counts what runs as nobody
. "$(dirname "$0")/lib.sh"

sample legacy 300
# Limits of this kind do not hold for root.
chown -R nobody . 2> /dev/null
chmod -R a+rX .
cp "$engine" ./engine
few() { # THREADS: run with no more processes and threads than these
	local as=()
	[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid=65534 --clear-groups)
	# Looking for leaks takes a process of its own.
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 "${as[@]}" prlimit --nproc="$1" ./engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --workers 3 --json > said 2> said.err
}

for threads in 1 2 3 4; do
	few $threads
	[ $? -eq 75 ] && grep -q 'starts' said.err
	report $? "with $threads in all it ends with 75" said.err
done
"$engine" run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --workers 3 --json > said 2> said.err
[ $? -eq 1 ] && [ "$(jq -r .status said)" = complete ]
report $? 'with as many as it likes it is done' said.err
exit $failed
