#!/bin/bash
# watch.sh: engine verify --watch: damage is told while it watches, and its repair; newest passes come first; what is known survives a kill;
# runs beside it raise no alarm; it waits as it was told to, holds no snapshot, and outlives its connections.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"
. "$repository/tests/scenarios/lib_postgres.sh"

rows=${WATCH_ROWS:-6000}

# In the background, as process $watcher; a shell would pass on that SIGINT is ignored.
watch() { # NAME [WORD…]
	local name=$1
	shift
	env --default-signal=INT "$engine" verify --watch --json --all "$@" > "$name.out" 2> "$name.err" &
	watcher=$!
}
ask_to_stop() { # sets $status
	kill -INT "$watcher"
	wait "$watcher"
	status=$?
}
says() { # NAME FILTER: of what a watch has said so far
	jq -e -s "$2" "$1.out" > /dev/null 2>&1
}
rounds() { # NAME: that are over
	grep -c '^{"round"' "$1.out"
}
has_rounds() { # NAME COUNT
	[ "$(rounds "$1")" -ge "$2" ]
}

# What damage, repair and a run do is seen by a watch; whichever store it is.
try_store() { # NAME LEGACY-URL TARGET-URL; sql_of_NAME takes a statement on the target
	local name=$1 from=$2 to=$3 before id
	watch "$name" balance digests invariants "$rule" --legacy "$from" --target "$to" --budget 100 --rounds 100000 --unrecorded
	within 60 has_rounds "$name" 1 && says "$name" 'map(.verdict) | unique == ["agrees"]'
	report $? "$name: nothing is damaged" <(cat "$name".err; jq -c 'del(.checks)' "$name.out")
	"sql_of_$name" "create table kept as select * from job_final" > sql.out
	id=$("sql_of_$name" "select min(job_id) from job_final where source_state = ''")
	"sql_of_$name" "delete from job_final where job_id = '$id'" > sql.out
	before=$(rounds "$name")
	within 60 says "$name" "any(.difference == \"appeared\" and .kind == \"missing\" and .id == \"$id\")"
	report $? "$name: a record that is taken away is told ($took ms)" <(jq -c 'del(.checks)' "$name.out" | tail -n 3)
	[ "$(($(rounds "$name") - before))" -le 1 ]
	report $? "$name: in the round that it was taken away in, or the next"
	within 60 has_rounds "$name" $((before + 4))
	is '1 differs' "$(jq -r -s "([.[] | select(.difference == \"appeared\" and .id == \"$id\" and .check == \"balance\")] | length), ([.[] | select(.round)] | last | .verdict)" "$name.out" | xargs)" \
		"$name: once, while each round says that it differs"
	is 1 "$(jq -s '[.[] | select(.round)] | last | .differing_chunks' "$name.out")" "$name: of one chunk"
	is '1 1' "$("$engine" status --target "$to" --json | jq -r '.proven[0] | .differing, .chunks - .proven' | xargs)" "$name: which is what status says"
	"sql_of_$name" "insert into job_final select * from kept where job_id = '$id'" "drop table kept" > sql.out
	within 60 says "$name" "any(.difference == \"gone\" and .kind == \"missing\" and .id == \"$id\")"
	report $? "$name: that it is back is told, too ($took ms)" <(jq -c 'del(.checks)' "$name.out" | tail -n 3)
	before=$(rounds "$name")
	within 60 has_rounds "$name" $((before + 2))
	is 'true agrees' "$(jq -r -s '([.[] | select(.difference == "gone")] | length) == ([.[] | select(.difference == "appeared")] | length), ([.[] | select(.round)] | last | .verdict)' "$name.out" | xargs)" \
		"$name: whatever appeared is gone"
	ask_to_stop
	is 0 "$status" "$name: told to stop it ends by what it found"
	is '0 0' "$("$engine" status --target "$to" --json | jq -r '.proven[0] | .differing, .chunks - .proven' | xargs)" "$name: every chunk is proven"
	"$engine" verify "$rule" --legacy "$from" --target "$to" --unrecorded unchanged digests balance > verify.out 2>&1
	report $? "$name: as a single look finds" verify.out
}

sample old "$rows" && move old new --chunk 300
[ $? -le 1 ]
report $? "$rows deliveries, moved" new.err
rule=rules/v3.lua
sql_of_sqlite() {
	local statement
	for statement in "$@"; do sqlite3 -cmd '.timeout 10000' new.db "$statement" || return 1; done
}
try_store sqlite sqlite:old.db sqlite:new.db

# ---- the command line ----
for words in '--budget 5%' '--rounds 3' '--watch --budget 0%' '--watch --budget 101' '--watch --budget 5%%' '--watch --budget x' '--watch --html page.html' '--watch --rounds 0'; do
	"$engine" verify rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --unrecorded $words > usage.out 2>&1
	is 2 $? "refused: $words"
done
"$engine" verify digests rules/v3.lua --target sqlite:new.db --watch --rounds 2 --budget 0.5e1 > usage.out 2>&1
is 2 $? 'a share is written with digits and a point'

# ---- evidence, and what is kept ----
ask new "vacuum into 'kept.db'"
before=$(ask new "select count(*) from engine_ledger where kind = 'validated'")
"$engine" verify rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --watch --rounds 1 --budget 100% > round.out 2> round.err
is '0 agrees: 6 of 6 checks' "$? $(grep -o '^agrees: [0-9] of [0-9] checks' round.out)" 'all six checks, one round'
is 1 "$(($(ask new "select count(*) from engine_ledger where kind = 'validated'") - before))" 'leave one entry in the ledger'
chunks=$(ask new 'select count(*) from engine_chunk')
is "$chunks $chunks $chunks $chunks $chunks" "$(ask new "select count(*) from engine_proof where chunk_no >= 0 and verdict = 'agrees' and proven_at = looked_at group by check_name" | xargs)" \
	'and of every chunk by which checks it is proven'
is "$(sqlite3 old.db 'select count(*) from del') $(ask new 'select count(*) from job_final')" "$(ask new "select sum(checked) from engine_proof where check_name in ('balance', 'digests') group by check_name order by check_name" | xargs)" \
	'over as many rows and records as there are'
ask new "insert into engine_proof select entity, 9999, check_name, pass_no, rule_epoch, validation, verdict, checked, differences, proven_at, looked_at, why from engine_proof where chunk_no = 0"
"$engine" verify digests rules/v3.lua --target sqlite:new.db --watch --rounds 1 --budget 100% --unrecorded > round.out 2> round.err
is '0 0' "$? $(ask new 'select count(*) from engine_proof where chunk_no = 9999')" 'of a chunk that there is none of nothing is kept'
is 1 "$(($(ask new "select count(*) from engine_ledger where kind = 'validated'") - before))" 'with --unrecorded no entry is left'
"$engine" verify balance rules/v3.lua --target sqlite:new.db --watch --rounds 1 --budget 100% --unrecorded > round.out 2>&1
[ $? -eq 4 ] && grep -q 'no --legacy is given' round.out
report $? 'without legacy nobody can tell the balance' round.out
ask new "update job_final set bucket = bucket + 1 where job_id = (select min(job_id) from job_final)"
"$engine" verify digests rules/v3.lua --target sqlite:new.db --watch --rounds 2 --budget 100 --unrecorded > round.out 2>&1
is '1 1' "$? $(grep -c 'chunk .* bucket' round.out)" 'what differs is told once in two rounds, and is the exit status'
"$engine" verify digests rules/v3.lua --target sqlite:new.db --watch --rounds 1 --budget 100 --unrecorded --quiet > round.out 2>&1
[ $? -eq 1 ] && [ ! -s round.out ]
report $? 'quietly, too' round.out
rm -f new.db new.db-*
cp kept.db new.db

# ---- a target that cannot be written to ----
if [ "$(id -u)" -ne 0 ]; then
	cp new.db readonly.db && chmod a-w readonly.db
	"$engine" verify digests rules/v3.lua --target sqlite:readonly.db --watch --rounds 1 --budget 100 --unrecorded > round.out 2> round.err
	[ $? -eq 0 ] && grep -q 'in memory alone' round.err
	report $? 'where nothing can be written it watches all the same, and says so' round.err
fi

# ---- a throttle, and runs beside it ----
watch held_back balance rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --budget 100 --rate 20 --unrecorded
sleep 2
began=$(milliseconds)
ask_to_stop
took=$(($(milliseconds) - began))
[ "$status" -eq 4 ] && [ "$took" -le 1500 ] && [ "$(rounds held_back)" -eq 0 ]
report $? "held back by a throttle it still ends when it is told to ($took ms)" held_back.err
sqlite3 old.db 'pragma journal_mode = wal' > wal.out
watch beside balance digests sample invariants rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --budget 100 --rounds 100000 --unrecorded
for ((n = 0; n < 4; n++)); do
	for ((i = 0; i < 10; i++)); do
		sqlite3 -cmd '.timeout 10000' old.db "update del set amount = amount + 1 where del_id = $((1 + RANDOM % rows)); delete from del where del_id = $((1 + RANDOM % rows))"
	done
	move old new --chunk 300
	[ $? -le 1 ] || report 1 'a run beside a watch' new.err
done
before=$(rounds beside)
within 60 has_rounds beside $((before + 2))
is '0 agrees' "$(jq -s -r '([.[] | select(.difference)] | length), ([.[] | select(.round)] | last | .verdict)' beside.out | xargs)" \
	'beside writes and runs it sees nothing that differs, and agrees at last'
ask_to_stop

# ---- which chunk is next ----
looked="select chunk_no from engine_proof where check_name = 'digests' and chunk_no >= 0 order by looked_at"
"$engine" verify digests rules/v3.lua --target sqlite:new.db --watch --rounds 1 --budget 100 --unrecorded > round.out 2> round.err
ask new "$looked" > order.before
last_look=$(ask new "select max(looked_at) from engine_proof where check_name = 'digests'")
watch killed digests rules/v3.lua --target sqlite:new.db --budget 2 --unrecorded
enough() { [ "$(ask new "select count(*) from engine_proof where check_name = 'digests' and looked_at > '$last_look'")" -ge "$1" ]; }
within 60 enough 3
kill -KILL "$watcher"
{ wait "$watcher"; } 2> killed.log
done_before=$(ask new "select count(*) from engine_proof where check_name = 'digests' and looked_at > '$last_look'")
is "$(head -n "$done_before" order.before | xargs)" "$(ask new "select chunk_no from engine_proof where check_name = 'digests' and looked_at > '$last_look' order by looked_at" | xargs)" \
	"it goes on with what was looked at longest ago, and is killed after $done_before of $chunks"
watch again digests rules/v3.lua --target sqlite:new.db --budget 2 --unrecorded
within 60 enough $((done_before + 3))
is "$(sed -n "$((done_before + 1)),$((done_before + 3))p" order.before | xargs)" \
	"$(ask new "select chunk_no from engine_proof where check_name = 'digests' and looked_at > '$last_look' order by looked_at limit 3 offset $done_before" | xargs)" \
	'started again it goes on behind those'
# The chunk that was looked at last would be the last again; a run that changes a row of it makes it the next.
newest=$(ask new "select chunk_no from engine_proof where check_name = 'digests' order by looked_at desc limit 1")
key=$(ask new "select json_extract(source_key, '\$[0]') from job_final where chunk_no = $newest and source_state = '' limit 1")
sqlite3 old.db "update del set amount = amount + 1 where del_id = $key"
move old new --chunk 300
passed=$(ask new "select max(ended_at) from engine_pass where chunk_no = $newest")
was_looked() { [ "$(ask new "select count(*) from engine_proof where check_name = 'digests' and chunk_no = $newest and looked_at > '$passed'")" -eq 1 ]; }
within 60 was_looked
report $? "the chunk that a run has just changed is looked at ($took ms)" again.err
others=$(ask new "select count(*) from engine_proof o, engine_proof n where o.check_name = 'digests' and n.check_name = 'digests' and n.chunk_no = $newest and o.looked_at > '$passed' and o.looked_at < n.looked_at")
passed_later=$(ask new "select count(distinct chunk_no) from engine_pass where ended_at > '$passed'")
# What it looked at meanwhile, and one that goes on with the round.
[ "$others" -le 3 ]
report $? "before those that the run passed and did not change: after $others, of $passed_later that were passed later"
ask_to_stop
wanted=4
! has_rounds again 1 || wanted=0
is "$wanted" "$status" 'until it has been round once it could not tell'

# ---- another version ----
sed -e 's/version    = "v3"/version    = "v4"/; s/"COMPLETED", "CANCELED",$/"COMPLETED", "CANCELED", "LOST",/' rules/v3.lua > rules/v4.lua
"$engine" verify digests rules/v4.lua --target sqlite:new.db --watch --rounds 3 --budget 100 --unrecorded > round.out 2>&1
is '4 1' "$? $(grep -c '^why  *digests of job: the target is moved by v3' round.out)" 'a rule that is not the active one: could not tell, said once'

# ---- PostgreSQL ----
start_servers
load_legacy "$rows"
report $? 'a legacy of PostgreSQL' load.log
fresh target
rule=bench/rule.lua
"$engine" run "$rule" --legacy "$legacy" --target "$(target target)" --state target.state --chunk 300 > run.out 2> run.err
report $? "$rows rows are moved" run.err
sql_of_postgres() { cluster_sql new target "$@"; }
try_store postgres "$legacy" "$(target target)"

# A role that may only read watches all the same; nobody else is kept from anything by the table.
cluster_sql new target 'drop table engine_proof' 'grant select on all tables in schema public to legacy_reader'
"$engine" verify --watch --rounds 2 --budget 100 unchanged "$rule" --target "$(cluster_url new legacy_reader target)" > round.out 2> round.err
is '0 1' "$? $(grep -c 'in memory alone' round.err)" 'a role that may only read watches all the same, and it is said once'
is 2 "$(grep -c '^evidence  none' round.out)" 'and leaves no evidence'
is null "$("$engine" status --target "$(target target)" --json | jq -c .proven)" 'where nobody wrote down a proof there is none'
"$engine" verify --watch --rounds 1 --budget 100 unchanged "$rule" --target "$(target target)" --unrecorded > round.out 2>&1
cluster_sql new target 'revoke all on engine_proof from legacy_reader'
"$engine" status --target "$(cluster_url new legacy_reader target)" > status.out 2>&1
report $? 'status is there for a role that may not read what is proven' status.out

# No transaction is open while it waits, and none for longer than a look at a chunk.
watch held balance digests sample invariants "$rule" --legacy "$legacy" --target "$(target target)" --budget 5% --unrecorded
oldest=0
for ((i = 0; i < 60; i++)); do
	for server in old new; do
		age=$(cluster_sql $server postgres "select coalesce(max(extract(epoch from clock_timestamp() - xact_start) * 1000)::int, 0) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()")
		[ "$age" -le "$oldest" ] || oldest=$age
	done
	pause 50
done
[ "$oldest" -le 1000 ]
report $? "no snapshot is held: the oldest of 120 looks was $oldest ms"

# Servers go away and come back.
has_goneon() { grep -q 'goes on$' held.err; }
cluster_restart new immediate && cluster_restart old immediate
restarted=$(cluster_sql new target 'select clock_timestamp()')
went_on() { [ "$(cluster_sql new target "select count(*) from engine_proof where looked_at > '$restarted'")" -ge 4 ]; }
within 60 went_on
report $? "after both servers were started again it goes on ($took ms)" held.err
[ "$(grep -c interrupted held.err)" -ge 1 ] && has_goneon
report $? 'and says so' held.err
ask_to_stop
is '0' "$(jq -s '[.[] | select(.difference)] | length' held.out)" 'and has seen nothing that differs'

# While legacy goes on and runs catch up nothing differs; a single look agrees at last.
changes() {
	local i row
	for ((i = 0; i < 100; i++)); do
		row=$((1 + RANDOM % rows))
		case $((RANDOM % 3)) in
		0) echo "update del set status = 'DELIVERED', updated_ts = timestamp '2020-01-01' + interval '$i seconds' where del_id = $row;" ;;
		1) echo "delete from del_meta where del_id = $row; delete from del_events where del_id = $row; delete from del where del_id = $row;" ;;
		2) echo "insert into del values ($((rows + 1 + RANDOM)), 'NEW-$i', 'CREATED', '2020-01-01', '2020-01-02', 'drv-1', 1) on conflict do nothing;" ;;
		esac
	done
}
watch meanwhile balance digests sample invariants "$rule" --legacy "$legacy" --target "$(target target)" --budget 100 --rounds 100000 --unrecorded
for ((n = 0; n < 5; n++)); do
	changes | psql -X -q -h "$old_SOCKET" -p "$old_PORT" -U postgres -d legacy > changes.log 2>&1
	"$engine" run "$rule" --legacy "$legacy" --target "$(target target)" --state target.state --chunk 300 > run.out 2> run.err
done
before=$(rounds meanwhile)
within 120 has_rounds meanwhile $((before + 2))
is '0 agrees' "$(jq -s -r '([.[] | select(.difference)] | length), ([.[] | select(.round)] | last | .verdict)' meanwhile.out | xargs)" \
	"while rows were written and runs went on nothing differed; at last all agrees"
jq -c 'select(.difference)' meanwhile.out | head -n 3
ask_to_stop
is 0 "$status" 'and that is how it ends'
exit "$failed"
