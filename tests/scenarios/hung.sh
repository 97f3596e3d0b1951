#!/bin/bash
# hung.sh: an engine that hangs while the target reads what it sends, with everything that its transaction has locked. No timeout of
# the server ends that: a COPY takes no note of any. Whoever comes next ends it, and goes on.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"
. "$repository/tests/scenarios/lib_postgres.sh"

copying="select count(*) from pg_stat_activity where datname = 'hung' and usename = 'engine' and state = 'active' and wait_event = 'ClientRead'"

hang() { # until it hangs within a COPY; false when the run ended before
	local round
	for round in $(seq 300); do
		kill -STOP $pid || return 1
		pause 5
		[ "$(cluster_sql new hung "$copying")" -eq 0 ] || return 0
		kill -CONT $pid
		pause 3
	done
	return 1
}

start_servers && load_legacy 20000
report $? 'a legacy database of 20,000 roots' load.log
fresh wanted && go wanted && finished
report $? 'a run that nobody disturbs' wanted.err
wanted=$(stored wanted)

fresh hung && go hung --chunk 500 --workers 1 && until_passed hung 3 && hang
report $? 'an engine hangs while it sends records' hung.err
hung=$pid
began=$SECONDS
"$engine" run bench/rule.lua --legacy "$legacy" --target "$(target hung)" --state other.state --chunk 500 --json > other.json 2> other.err
report $? "another one goes on, after $((SECONDS - began)) s" other.err
grep -q 'ended the session engine:' other.err
report $? 'and says whose session it ended' other.err
is "$wanted" "$(stored hung)" 'it leaves what nobody disturbed'
kill -CONT $hung
wait $hung
report $? 'it wakes, and finds nothing left to do' hung.err
is "$wanted" "$(stored hung)" 'and has spoilt nothing'
exit $failed
