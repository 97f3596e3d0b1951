#!/bin/bash
# restored.sh: the target is set back to a backup while a migration runs, between its runs, and under a run; the engine says so and
# writes nothing, and doing what it says leads to where an undisturbed run does.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"

. "$repository/tests/scenarios/lib_postgres.sh"
go() { # TARGET STATE [OPTION…]: in the background, as process $pid
	local target=$1 state=$2
	shift 2
	env --default-signal=INT "$engine" run bench/rule.lua --legacy "$legacy" --target "$(cluster_url new engine "$target")" --state "$state.state" --json "$@" \
		> "$state.json" 2> "$state.err" &
	pid=$!
}
stands() { # TARGET: all that a run could have written
	local table
	for table in engine_entity engine_run engine_shard engine_chunk engine_pass engine_stratum engine_quarantine engine_collision engine_ledger engine_authority job_final; do
		cluster_sql new "$1" "select '$table', count(*), md5(string_agg(t::text, E'\n' order by t::text collate \"C\")) from $table as t"
	done
}
recovers() { # TARGET NAME: as it was told to, to what an undisturbed run leaves
	"$engine" state rebuild --target "$(cluster_url new engine "$1")" --state "$1.state" > rebuild.out 2>&1
	local status=$?
	[ $status -le 1 ]
	report $? "$2: the folder is made again ($status)" rebuild.out
	go "$1" "$1" --chunk 200 && finished
	report $? "$2: and the run goes on" "$1.err"
	is "$(digest_of wanted)" "$(digest_of "$1")" "$2: to the digest of an undisturbed run"
	is "$wanted" "$(live "$1")" "$2: record by record"
	"$engine" ledger verify --target "$(cluster_url new engine "$1")" --state "$1.state" > ledger.out 2>&1
	report $? "$2: with a ledger that holds" ledger.out
}
refuses() { # TARGET WORDS NAME: every command that would write, and none does
	local before
	before=$(stands "$1")
	go "$1" "$1" && finished
	ended 65 "$2" "$3: a run refuses" "$1.err"
	grep -q 'restored from an older copy.*Nothing was written.*engine state rebuild' "$1.err"
	report $? "$3: and says what may have been, and what to do" "$1.err"
	"$engine" quarantine retry bench/rule.lua --legacy "$legacy" --target "$(cluster_url new engine "$1")" --state "$1.state" > retry.out 2> retry.err
	ended 65 "$2" "$3: so does a retry" retry.err
	is "$before" "$(stands "$1")" "$3: and nothing is written"
}

cluster_start old fsync=off && cluster_start new fsync=off || exit 1
legacy=$(cluster_url old legacy_reader legacy)
cluster_sql old postgres 'create database legacy' && psql -X -q -h "$old_SOCKET" -p "$old_PORT" -U postgres -d legacy -v ON_ERROR_STOP=1 -v roots=4000 \
	-f bench/legacy.sql > load.log 2>&1
report $? 'a legacy database of 4,000 roots' load.log
fresh wanted && go wanted wanted && finished
report $? 'a run that nobody disturbs' wanted.err
wanted=$(live wanted)

# ---- backed up in the middle of three runs: one is killed, one stopped, one goes on ----
for name in killed stopped under; do fresh $name; done
go killed killed --chunk 200 --rate 300
killed=$pid
go stopped stopped --chunk 200 --rate 300
stopped=$pid
go under under --chunk 200 --rate 300
under=$pid
until_passed killed 3 $killed && until_passed stopped 3 $stopped && until_passed under 2 $under
report $? 'three runs are on their way' await.log
cluster_backup new middle
report $? 'the target is backed up'
until_passed killed $(($(passes killed) + 2)) $killed && until_passed stopped $(($(passes stopped) + 2)) $stopped &&
	until_passed under $(($(passes under) + 2)) $under
report $? 'they go on' await.log
kill -KILL $killed
kill -TERM $stopped
wait $killed 2> /dev/null
wait $stopped 2> /dev/null
kill -0 $under
report $? 'and two of them end'
cluster_restore new middle
report $? 'the target is set back'
wait $under 2> /dev/null
ended 65 'the state folder remembers pass' 'the run that was connected notices' under.err
grep -q 'restored from an older copy.*engine state rebuild' under.err
report $? 'and says what to do' under.err
seen=$(stands under)
cluster_restore new middle
is "$seen" "$(stands under)" 'it wrote nothing into what was set back'
refuses killed 'the state folder remembers pass' 'after one that was killed'
refuses stopped 'the ledger of the target is not what this machine remembers' 'after one that was stopped'
refuses under 'the state folder remembers pass' 'after one that was connected'
for name in killed stopped under; do recovers $name "set back, $name"; done

# ---- backed up when it was complete ----
cluster_backup new complete
cluster_sql old legacy "update del set delivery_ref = 'NEW-' || del_id where del_id % 10 = 0" 'delete from del where del_id % 97 = 0' \
	'delete from del_events where del_id % 97 = 0' 'delete from del_meta where del_id % 97 = 0'
go wanted wanted && finished
go killed killed && finished
report $? 'legacy changes, and is moved again' killed.err
wanted=$(live wanted)
mv wanted.json later.json
cluster_restore new complete
report $? 'the target is set back to what was complete before'
mv later.json wanted.json
refuses killed 'the ledger of the target is not what this machine remembers' 'after a complete one'
recovers killed 'set back to a complete one'
exit $failed
