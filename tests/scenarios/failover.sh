#!/bin/bash
# failover.sh: legacy fails over, with what it had committed last lost on the way; nobody writes from a history that was not
# accepted, and once it is, the target ends as a fresh migration from the new primary does.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"

. "$repository/tests/scenarios/lib_postgres.sh"
go() { # LEGACY-URL TARGET STATE [OPTION…]: in the background, as process $pid
	local legacy=$1 target=$2 state=$3
	shift 3
	env --default-signal=INT "$engine" run bench/rule.lua --legacy "$legacy" --target "$(cluster_url new engine "$target")" --state "$state.state" --json "$@" \
		> "$state.json" 2> "$state.err" &
	pid=$!
}
accept() { # LEGACY-URL TARGET STATE [OPTION…]
	local legacy=$1 target=$2 state=$3
	shift 3
	"$engine" state accept-timeline --legacy "$legacy" --target "$(cluster_url new engine "$target")" --state "$state.state" "$@" > accept.out 2> accept.err
}
catch_up() { # STANDBY OF: it has replayed what is committed there
	local lsn
	lsn=$(cluster_sql "$2" postgres 'select pg_current_wal_lsn()')
	for _ in $(seq 200); do
		[ "$(cluster_sql "$1" postgres "select pg_last_wal_replay_lsn() >= '$lsn'")" != t ] || return 0
		sleep 0.05
	done
	return 1
}

cluster_start one fsync=off && cluster_start new fsync=off || exit 1
cluster_sql one postgres 'create database legacy' && psql -X -q -h "$one_SOCKET" -p "$one_PORT" -U postgres -d legacy -v ON_ERROR_STOP=1 -v roots=4000 \
	-f bench/legacy.sql > load.log 2>&1
report $? 'a legacy database of 4,000 roots' load.log
cluster_standby two one fsync=off hot_standby_feedback=off max_standby_streaming_delay=0 > load.log 2>&1
report $? 'and a standby' load.log
old=$(cluster_url one legacy_reader legacy) promoted=$(cluster_url two legacy_reader legacy)
both="postgres://legacy_reader@127.0.0.1:$one_PORT,127.0.0.1:$two_PORT/legacy"

# ---- a standby is legacy as good as its primary ----
catch_up two one
fresh refused && go "$promoted" refused refused && finished
ended 77 'grant pg_read_all_stats' 'a standby whose timeline may not be seen is not read' refused.err
cluster_sql one legacy 'grant pg_read_all_stats to legacy_reader' && catch_up two one
fresh wanted && go "$old" wanted wanted && finished
report $? 'a run from the primary' wanted.err
disturbed() { # a run while dead rows that the standby still reads are cleaned away by its primary, again and again
	fresh standby && go "$promoted" standby standby --chunk 100 --rate 4000
	while kill -0 $pid 2> /dev/null; do cluster_sql one legacy 'update del set del_id = del_id where del_id % 40 = 0' 'vacuum del' > /dev/null; done
	finished
}
# Whether it is in the way of a read is chance.
for _ in $(seq 10); do
	disturbed || break
	canceled=$(cluster_sql two legacy 'select sum(confl_snapshot + confl_lock + confl_bufferpin) from pg_stat_database_conflicts')
	[ "$canceled" -eq 0 ] || break
done
[ "$(jq -r .status standby.json)" = complete ]
report $? 'a run from a standby that cancels what is in its way' standby.err
is "$(digest_of wanted)" "$(digest_of standby)" 'leaves what the primary does'
[ "${canceled:-0}" -gt 0 ]
report $? "it was in the way ($canceled times)"
go "$old" standby standby && finished
report $? 'from standby to primary is no failover' standby.err
is '{"system":true,"timeline":1}' "$(cluster_sql new standby "select json_build_object('system', legacy_system = '$(cluster_sql one postgres 'select system_identifier from pg_control_system()')', 'timeline', legacy_timeline) from engine_entity" | tr -d ' ')" \
	'what is accepted stands in the target'
accept "$promoted" standby standby --json
ended 0 '"changed":false' 'accepting what is accepted changes nothing' accept.out

# ---- it fails over while runs run; the last commits are not replicated ----
fresh stopped && go "$old" stopped stopped --chunk 200 && finished
report $? 'a run that has ended before' stopped.err
fresh during && go "$both" during during --chunk 200 --rate 300 --workers 2
running=$pid
fresh split && go "$old" split asleep --chunk 200 --rate 300 --workers 1
sleeper=$pid
fresh below && go "$promoted" below below --chunk 200 --rate 300 --workers 1
below=$pid
until_passed during 3 $running && until_passed split 2 $sleeper && until_passed below 1 $below
report $? 'runs are on their way' await.log
kill -STOP $sleeper
run=$(cluster_sql new during 'select run from engine_run')
is "engine:$run:1 engine:$run:2 engine:$run:main" "$(cluster_sql new postgres "select string_agg(distinct application_name, ' ' order by application_name)
	from pg_stat_activity where datname = 'during' and application_name like 'engine%'")" 'whose connections they are, the target shows'
is 0 "$(cluster_sql one postgres "select count(*) from pg_stat_activity where usename = 'legacy_reader' and application_name !~ '^engine:[0-9a-f]{12}:(main|count|[0-9])$'")" \
	'and legacy, too'
"$engine" status --target "$(cluster_url new engine during)" --state during.state --json > status.json
jq -e --arg who "$(id -un)@$(uname -n):$running" --arg run "$run" '.holders | length > 0 and all(.entity == "job" and .who == $who and .run == $run and .lease_s > 0 and .lease_s <= 30)' \
	status.json > /dev/null
report $? 'status shows who holds which shard, and for how long' status.json

# What only the old primary has said, in chunks that are read now and later: changed, new and gone.
cluster_sql two postgres "alter system set primary_conninfo = ''" 'select pg_reload_conf()' > /dev/null
for _ in $(seq 100); do
	[ "$(cluster_sql one postgres 'select count(*) from pg_stat_replication')" != 0 ] || break
	sleep 0.02
done
cluster_sql one legacy "update del set delivery_ref = 'LOST-' || del_id where del_id % 10 = 0" 'delete from del where del_id % 97 = 0' \
	"insert into del select del_id + 1000000, 'LOST', status, created_ts, updated_ts from del where del_id % 100 = 1"
until_passed during $(($(passes during) + 3)) $running
report $? 'the run reads what never arrives at the standby' await.log
lost=$(cluster_sql new during "select count(*) from job_final where payload_json ->> 'externalId' like 'LOST%'")
[ "$lost" -gt 0 ]
report $? "and moves some of it ($lost records)"
accept "$old" during during
ended 75 "process $running" 'nothing is accepted while a run is alive' accept.err
cluster_crash one && cluster_promote two
report $? 'the primary dies, the standby is promoted'
wait $running 2> /dev/null
ended 65 'timeline 2' 'the run that follows ends' during.err
grep -q 'timeline 1, accepted since 20.*engine state accept-timeline' during.err
report $? 'and says what was accepted, since when, and what to do' during.err
wait $below 2> /dev/null
ended 65 'timeline 2' 'and so does the one that reads on what was the standby' below.err
kept=$(live during) before=$(passes during)
go "$both" during during && finished
ended 65 'timeline 2' 'another run refuses to begin' during.err
"$engine" quarantine retry bench/rule.lua --legacy "$both" --target "$(cluster_url new engine during)" --state during.state > retry.out 2> retry.err
ended 65 'timeline 2' 'and so does a retry' retry.err
is "$kept $before" "$(live during) $(passes during)" 'and nothing was written'

# ---- accepted ----
fresh after && go "$promoted" after after && finished
report $? 'a fresh migration from the new primary' after.err
accept "$both" during during
ended 0 'timeline 2, which is accepted' 'somebody accepts it' accept.out
due=$(cluster_sql new during "select count(*) from engine_chunk where run = ''")
is "$(cluster_sql new during 'select count(*) from engine_chunk')" "$due" 'every chunk is due again'
"$engine" ledger list --target "$(cluster_url new engine during)" --json | jq -c '.[] | select(.kind == "timeline-accepted") | [.body.from.timeline, .body.to.timeline, .body.chunks_due > 0]' > ledger.json
is '[1,2,true]' "$(cat ledger.json)" 'which stands in the ledger'
go "$both" during during --chunk 200 && finished
report $? 'the run goes on' during.err
is "$(digest_of after)" "$(digest_of during)" 'and ends as a fresh migration does'
is "$(live after)" "$(live during)" 'record by record'
is "$run" "$(jq -r .run during.json)" 'and is still the same run'
"$engine" ledger verify --target "$(cluster_url new engine during)" --state during.state > ledger.out 2>&1
report $? 'its ledger is intact' ledger.out

# ---- it has failed over while nothing ran ----
go "$promoted" stopped stopped && finished
ended 65 'timeline 2' 'a complete migration notices with the next run' stopped.err
accept "$promoted" stopped stopped --json
ended 0 '"changed":true' 'and goes on when that is accepted' accept.out
"$engine" status --target "$(cluster_url new engine stopped)" --state stopped.state > status.out
grep -q 'due again: another history of legacy was accepted since' status.out
report $? 'what it had completed no longer counts, says status' status.out
go "$promoted" stopped stopped && finished
is "$(digest_of after)" "$(digest_of stopped)" 'and it heals'
is "$(live after)" "$(live stopped)" 'record by record'

# ---- two primaries live ----
cluster_up one
is '1 2' "$(cluster_sql one postgres 'select timeline_id from pg_control_checkpoint()') $(cluster_sql two postgres checkpoint 'select timeline_id from pg_control_checkpoint()')" \
	'the old primary comes back, as if nothing had happened'
go "$promoted" split awake && finished
ended 65 'timeline 2' 'an engine on the new one may not write beside one on the old' awake.err
accept "$promoted" split awake
ended 75 'is held by' 'nor is it accepted while that one has leases' accept.err
cluster_sql new split "update engine_shard set lease_until = clock_timestamp() - interval '1 second' where owner <> ''"
accept "$promoted" split awake
report $? 'only when they have run out' accept.err
go "$promoted" split awake --chunk 200 --rate 3000
until_passed split $(($(passes split) + 3))
kill -CONT $sleeper
wait $sleeper 2> /dev/null
ended 65 'this migration accepts system [0-9]*, timeline 2' 'then the one on the old primary wakes up and is refused' asleep.err
finished # awake
report $? 'the other ends well' awake.err
is "$(live after)" "$(live split)" 'and what it leaves is of the new primary alone'
go "$old" split asleep && finished
ended 65 'it is system [0-9]*, timeline 1' 'back to the old timeline is a change, too' asleep.err
cluster_sql new postgres 'create database legacy' && psql -X -q -h "$new_SOCKET" -p "$new_PORT" -U postgres -d legacy -v roots=100 -f bench/legacy.sql > load.log 2>&1
go "$(cluster_url new legacy_reader legacy)" split awake && finished
ended 65 'timeline 1; what was moved' 'and so is another system' awake.err
exit $failed
