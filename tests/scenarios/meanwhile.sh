#!/bin/bash
# meanwhile.sh: what others do while a run is at work: look at it, start another, change the tables of legacy.
. "$(dirname "$0")/lib.sh"

wait_for_passes() { # TARGET: until some of it is done
	for _ in $(seq 200); do
		[ "$(ask "$1" 'select count(*) from engine_pass' 2> /dev/null || echo 0)" -lt 2 ] || return 0
		sleep 0.05
	done
	return 1
}

sample legacy 10000
move legacy wanted --chunk 200
[ $? -eq 1 ]
report $? 'a run that nobody disturbs' wanted.err
dump wanted > wanted.dump

# ---- looking on, and a second engine ----

start legacy target --chunk 200 --rate 1200
wait_for_passes target
"$engine" status --target sqlite:target.db --json > status.json 2> status.err
[ $? -eq 0 ] && [ "$(jq -r .status status.json)" = running ]
report $? 'status says that it is running' status.err
"$engine" state show --target sqlite:target.db > state.out 2> state.err && grep -q '^checkpoints' state.out
report $? 'the state folder can be looked at' state.err
"$engine" run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db > second.out 2> second.err
[ $? -eq 75 ] && grep -q "process $pid" second.err
report $? 'a second engine is told to come back, and who is there' second.err
"$engine" state rebuild --target sqlite:target.db > second.out 2> second.err
[ $? -eq 75 ]
report $? 'the state folder is not rebuilt under it' second.err
"$engine" run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --state elsewhere > second.out 2> second.err
second=$?
finished
first=$?
# Both may have had a part in it, each at the time of its own run.
move legacy target --chunk 200
[ $? -eq 1 ] && dump target > target.dump && cmp target.dump wanted.dump > same.log
report $? "another engine with a state folder of its own does no harm (the two ended with $first and $second)" same.log

# ---- the tables of legacy change ----

change() { # SQL: while it runs
	forget changed
	cp legacy.db changing.db
	start changing changed --chunk 200 --rate 3000
	wait_for_passes changed
	sqlite3 -cmd '.timeout 5000' changing.db "$1" || return 1
	finished
}

status() { # TARGET: how it stands, what for, and whether it is known when something was last committed
	"$engine" status --target "sqlite:$1.db" --json | jq -r '[.status, .phase, .reason, .checkpoint_age_s != null and .checkpoint_age_s < 60] | join("|")' | tee status.out
}

change 'alter table del rename column actor_id to driver_id'
[ $? -eq 65 ]
report $? 'a column of legacy that is renamed under the run stops it with 65' changed.err
status changed | grep -q '^stopped|failed|.*actor_id.*|true$'
report $? 'and status says why' status.out
change 'drop table del_meta'
[ $? -eq 65 ]
report $? 'a table of legacy that is dropped under the run stops it with 65' changed.err
cp legacy.db changing.db
move changing changed --chunk 200
[ $? -eq 1 ] && same changed wanted > same.log
report $? 'with the old table back it goes on to the same end' same.log


# ---- it is told to stop, or killed ----

start legacy ended --chunk 200 --rate 3000
wait_for_passes ended
kill -TERM "$pid"
finished
[ $? -eq 143 ] && [ "$(status ended)" = 'stopped|stopped|a signal; run again to resume|true' ]
report $? 'after a signal status says that it was stopped' status.out
forget ended
start legacy ended --chunk 200 --rate 3000
wait_for_passes ended
kill -KILL "$pid"
finished
[ "$(status ended)" = 'stopped|interrupted|the process is gone; run again to resume|true' ]
report $? 'after a kill status says that nobody is there' status.out
move legacy ended
[ "$(status ended)" = 'complete|done||true' ] && same ended wanted > same.log
report $? 'and after it was resumed, that it is done' status.out

exit $failed
