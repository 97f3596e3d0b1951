#!/bin/bash
# processes.sh: engines that are killed, fall asleep past their lease, or run twice from a copied state folder.
. "$(dirname "$0")/lib.sh"

workers=2
status_of_kill=137
start_servers
legacy_of 4000
began=$(milliseconds)
undisturbed --chunk 50 --workers $workers
full=$(($(milliseconds) - began))

# ---- row 1: killed at random moments and in named places, and resumed ----

points='before-read after-read before-write after-write before-commit after-commit before-checkpoint after-checkpoint before-ledger after-ledger'
kills=0 at_random=0 runs=0 again=0
: > resumes
: > struck.log
declare -A hits
for name in $points; do hits[$name]=0; done

# What stands in the target says when work was done again after the kill at the line's first moment.
note_resumes() { # TARGET
	local killed
	[ -s resumed.at ] || return 0
	cluster_sql new "$1" "select ceil(extract(epoch from (select min(ended_at) from engine_pass where ended_at > to_timestamp(at)) - to_timestamp(at)) * 1000)
		from (values $(sed 's/.*/(&)/' resumed.at | paste -sd ,)) as t(at) where exists (select from engine_pass where ended_at > to_timestamp(at))" >> resumes
}

begin_target() { # forgets what is known of the one before
	fresh struck
	mine=0
	: > resumed.at
	runs=$((runs + 1))
}

# One start of the engine that ends by SIGKILL, or to its end: 0, 1.
strike() { # NAME|random
	local name=$1 nth status
	if [ "$name" = random ]; then
		go struck --chunk 50 --workers $workers
		pause "$(between $((full / 20)) $((full * 2 / 3)))"
		kill -KILL $pid 2> /dev/null
	else
		nth=$(between 1 $([[ $name = *-ledger ]] && echo 2 || echo 40))
		ENGINE_CRASH_AT=$name:$nth go struck --chunk 50 --workers $workers
	fi
	finished
	status=$?
	if [ $status -eq $status_of_kill ]; then
		kills=$((kills + 1)) mine=$((mine + 1))
		date +%s.%N >> resumed.at
		return 0
	fi
	[ $status -eq 1 ] || { echo "struck at $name it ended with $status:"; cat struck.err; } >> struck.log
	return 1
}

# To the end and looked at; then the next target begins.
settle() {
	finish struck --chunk 50 --workers $workers || { echo "run $runs did not come to its end:"; cat struck.err; } >> struck.log
	oracle struck $mine $workers >> struck.log 2>&1
	note_resumes struck >> struck.log 2>&1
	again=$((again + $(passed_again struck)))
	begin_target
}

wanted=$(share 500) each=$(share 20)
begin_target
for name in $points; do
	for ((i = 0; hits[$name] < each && i < each * 4; i++)); do
		# Only where a run begins and ends the ledger is written.
		if [[ $name = *-ledger ]] && [ $((i % 4)) -eq 0 ] && [ $mine -gt 0 ]; then settle; fi
		if strike "$name"; then
			hits[$name]=$((hits[$name] + 1))
		else
			settle
		fi
		[ $mine -lt 20 ] || settle
	done
done
while [ $kills -lt "$wanted" ] && [ ! -s struck.log ]; do
	if strike random; then at_random=$((at_random + 1)); else settle; fi
	[ $mine -lt 20 ] || settle
done
settle
[ ! -s struck.log ]
report $? "killed $kills times, $at_random at random moments, in $runs runs: records, quarantine, sums and ledger are the same" struck.log
fewest=$(for name in $points; do echo "${hits[$name]}"; done | sort -n | head -n 1)
[ "$fewest" -ge "$each" ]
report $? "each of the named places was hit $each times ($(for name in $points; do printf '%s %s ' "$name" "${hits[$name]}"; done))"
[ "$(worst < resumes)" -le 2000 ]
report $? "work goes on within 2 s of a kill ($(worst < resumes) ms)"
figure 1 'kill -9 anywhere' $kills "$wanted" kills worst_resume_ms="$(worst < resumes)" fewest_hits_of_a_place="$fewest" repeated_passes=$again

torture_end
