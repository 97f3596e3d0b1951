#!/bin/bash
# crash.sh: killed anywhere and resumed, a run ends exactly as if nothing had happened.
#
# CRASH_KILLS=N (default 200) sets how many times it is killed at a random moment.
. "$(dirname "$0")/lib.sh"

kills_wanted=${CRASH_KILLS:-200}
workers=2
status_of_kill=137

# 1 because some rows are in quarantine.
finish() { # LEGACY TARGET [OPTION…]: run to the end without being disturbed
	move "$@"
	[ $? -eq 1 ]
}

# ---- random moments ----

sample large 20000
began=$(milliseconds)
finish large wanted --chunk 500 --workers $workers
report $? 'a run that nobody disturbs' wanted.err
full=$(($(milliseconds) - began))
dump wanted > wanted.dump

kills=0 runs=0 again=0
: > random.log
while [ $kills -lt "$kills_wanted" ]; do
	forget random
	runs=$((runs + 1)) mine=0
	while :; do
		start large random --chunk 500 --workers $workers
		pause $((full / 40 + RANDOM % (full / 3 + 1)))
		[ $kills -ge "$kills_wanted" ] || kill -KILL $pid 2> /dev/null
		finished
		status=$?
		[ $status -eq $status_of_kill ] || break
		kills=$((kills + 1)) mine=$((mine + 1))
	done
	[ $status -eq 1 ] || { echo "run $runs after $mine kills ended with $status" && cat random.err; } >> random.log
	same random wanted >> random.log || echo "run $runs after $mine kills is not the same" >> random.log
	[ "$(repeated random)" -le $((mine * workers)) ] ||
		echo "run $runs: $mine kills, but $(repeated random) passes too many" >> random.log
	again=$((again + $(repeated random)))
	[ ! -s random.log ] || break
done
[ ! -s random.log ]
report $? "killed at $kills random moments in $runs runs ($again passes taken again): the same records and quarantine" random.log

# ---- named places ----

sample small 2000
finish small small-wanted --chunk 100 --workers $workers
report $? 'a small run that nobody disturbs' small-wanted.err
dump small-wanted > small-wanted.dump

crash_at() { # NAME N: killed there once, then resumed
	forget named
	ENGINE_CRASH_AT=$1:$2 move small named --chunk 100 --workers $workers
	local status=$?
	[ $status -eq $status_of_kill ] || { echo "$1:$2 ended with $status"; cat named.err; return 1; }
	finish small named --chunk 100 --workers $workers || { echo "$1:$2 did not resume"; cat named.err; return 1; }
	same named small-wanted || { echo "$1:$2 is not the same"; return 1; }
	[ "$(repeated named)" -le $workers ] || { echo "$1:$2: $(repeated named) passes too many"; return 1; }
}

crash_often() { # NAME: killed there again and again, as far as that gets
	local n
	forget named
	for n in 9 8 7 6 9 8 7 6 9 8 7 6 9 8 7 6 9 8 7 6; do
		ENGINE_CRASH_AT=$1:$n move small named --chunk 100 --workers $workers
		case $? in
		"$status_of_kill") ;;
		1) break ;;
		*) echo "$1:$n failed"; cat named.err; return 1 ;;
		esac
	done
	finish small named --chunk 100 --workers $workers || { echo "$1 did not resume"; cat named.err; return 1; }
	# Where it got to its end already, the last run was another one and found nothing to do.
	dump named > named.dump
	cmp -s named.dump small-wanted.dump || { echo "$1 again and again is not the same"; diff named.dump small-wanted.dump | head -n 5 | cut -c 1-300; return 1; }
}

for name in before-read after-read before-write after-write before-commit after-commit before-checkpoint after-checkpoint; do
	: > named.log
	for n in 1 2 3 5 8 12; do
		crash_at $name $n >> named.log 2>&1 || break
	done
	[ ! -s named.log ]
	report $? "killed at $name and resumed" named.log
	crash_often $name > named.log 2>&1
	report $? "killed at $name again and again" named.log
done

# ---- asked to stop ----

stop_with() { # SIGNAL STATUS
	local status run
	forget stopped
	start large stopped --chunk 200 --workers $workers --rate 10000
	for _ in $(seq 100); do # until some of it is done
		pause 50
		[ "$(ask stopped 'select count(*) from engine_pass' 2> /dev/null || echo 0)" -lt 3 ] || break
	done
	kill "-$1" $pid
	finished
	status=$?
	[ $status -eq "$2" ] || { echo "$1 gave $status, not $2"; cat stopped.err; return 1; }
	[ "$(jq -r .status stopped.json)" = stopped ] || { echo 'the report does not say that it stopped'; return 1; }
	run=$(jq -r .run stopped.json)
	finish large stopped --chunk 200 --workers $workers || { echo 'it did not resume'; cat stopped.err; return 1; }
	[ "$(jq -r .run stopped.json)" = "$run" ] || { echo 'another run was begun'; return 1; }
	[ "$(repeated stopped)" -eq 0 ] || { echo 'after a clean stop work was done again'; return 1; }
	same stopped wanted
}
stop_with TERM 143 > stop.log 2>&1
report $? 'SIGTERM: the chunk is finished, 143, and the same run goes on later' stop.log
stop_with INT 130 > stop.log 2>&1
report $? 'SIGINT: the chunk is finished, 130, and the same run goes on later' stop.log

exit $failed
