#!/bin/bash
# verify_meanwhile.sh: legacy goes on while it is verified, and runs catch up: what is younger than the last pass is no difference, and what is
# damaged still is one.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"
. "$repository/tests/scenarios/lib_postgres.sh"

rows=${MEANWHILE_ROWS:-4000}
looks=${MEANWHILE_LOOKS:-6}

# The bench's rule with questions to ask.
sed -e 's/^    examples = {/    queries = {\n&/' bench/rule.lua | awk -v "queries=$(cat <<'LUA'
      by_actor = {
        params  = { actor = sample "actorId" { count = 8 } },
        legacy  = [[ select del_id as job, status as state, delivery_ref as delivery from del where actor_id = :actor ]],
        target  = [[ select jobId as job, state, externalId as delivery from job where actorId = :actor ]],
        columns = { job = field "jobId" { key = true }, state = field "state", delivery = field "externalId" },
      },
      ours = {
        legacy  = [[ select del_id as job, status as state, updated_ts as updated, actor_id as actor from del ]],
        target  = [[ select jobId as job, state, updatedAt as updated, actorId as actor from job ]],
        columns = { job = field "jobId" { key = true }, state = field "state", updated = field "updatedAt", actor = field "actorId" },
      },
    },
LUA
)" '{ print } /^    queries = \{/ { print queries }' > bench/asking.lua
cp rules/authority.lua bench/ 2> /dev/null

# Rows change, come and go, in transactions of their own.
changes() { # SECONDS: of statements, one a transaction
	local i row
	for ((i = 0; i < 400; i++)); do
		row=$((1 + RANDOM % rows))
		case $((RANDOM % 5)) in
		0) echo "update del set status = 'DELIVERED', updated_ts = timestamp '2020-01-01' + interval '$i seconds' where del_id = $row;" ;;
		1) echo "update del set actor_id = 'drv-$((RANDOM % 50))' where del_id = $row;" ;;
		2) echo "delete from del_meta where del_id = $row; delete from del_events where del_id = $row; delete from del where del_id = $row;" ;;
		3) echo "insert into del values ($((rows + 1 + RANDOM % rows)), 'NEW-$i', 'CREATED', '2020-01-01', '2020-01-02', 'drv-$((RANDOM % 50))', 1) on conflict do nothing;" ;;
		4) echo "update del_meta set v = 'v$i' where del_id = $row and k = 'notes';" ;;
		esac
	done
}
# Until the file is gone.
while_there() { # FILE COMMAND…
	local file=$1
	shift
	while [ -e "$file" ]; do
		"$@" > while.log 2>&1
	done
}
write_postgres() {
	changes | psql -X -q -h "$old_SOCKET" -p "$old_PORT" -U postgres -d legacy
}
write_sqlite() {
	changes | sed "s/'2020-01-01', '2020-01-02'/'2020-01-01 00:00:00', '2020-01-02 00:00:00'/; s/timestamp '2020-01-01' + interval '\([0-9]*\) seconds'/datetime('2020-01-01', '+\1 seconds')/" |
		while read -r statement; do
			sqlite3 -cmd '.timeout 5000' legacy.db "begin; $statement commit;"
		done
}
catch_up() {
	"$engine" run bench/asking.lua --legacy "$1" --target "$2" --state "$3" --rate 20000
	sleep 0.2
}

# While rows are written and runs catch up it never differs; when all is quiet and passed, it agrees; and what is damaged is named.
try_store() { # NAME LEGACY-URL TARGET-URL WRITER SQL…: what damages one record
	local name=$1 from=$2 to=$3 writer=$4 seen status agreed=0 lagged=0 wrong=0 writing catching
	shift 4
	"$engine" run bench/asking.lua --legacy "$from" --target "$to" --state "$name.state" > run.out 2> run.err
	report $? "$name: $rows rows are moved" run.err
	: > writing
	while_there writing "$writer" &
	writing=$!
	while_there writing catch_up "$from" "$to" "$name.state" &
	catching=$!
	for ((seen = 0; seen < looks; seen++)); do
		"$engine" verify bench/asking.lua --legacy "$from" --target "$to" --unrecorded --json --all > "look$seen.json" 2> look.err
		status=$?
		case $status in
		0) agreed=$((agreed + 1)) ;;
		4) lagged=$((lagged + 1)) ;;
		*) wrong=$((wrong + 1)) && cp "look$seen.json" wrong.json ;;
		esac
	done
	rm writing
	wait "$writing" "$catching"
	is 0 "$wrong" "$name: $looks looks while rows are written: $agreed agree, $lagged could not tell, none differs"
	[ "$wrong" -eq 0 ] || jq -c '.differences[]' wrong.json | head -n 3
	[ "$(cat look*.json | jq '[.checks[].lagging] | add' | paste -sd+ | bc)" -gt 0 ]
	report $? "$name: and something did lag meanwhile"
	# Strata that rows have left are filled again when a run begins.
	"$engine" run bench/asking.lua --legacy "$from" --target "$to" --state "$name.state" > run.out 2> run.err &&
		"$engine" run bench/asking.lua --legacy "$from" --target "$to" --state "$name.state" > run.out 2> run.err
	report $? "$name: the last of it is passed" <(cat run.err run.out)
	agree bench/asking.lua "$from" "$to" "$name: then both sides agree"
	"$@"
	"$engine" verify bench/asking.lua --legacy "$from" --target "$to" --unrecorded --json --all > damaged.json 2> look.err
	is '1 balance,digests,queries,unchanged' "$? $(jq -r '[.checks[] | select(.verdict == "differs") | .check] | unique | map(select(. != "sample")) | join(",")' damaged.json)" \
		"$name: and a record that is gone is missed"
}

start_servers
load_legacy "$rows"
report $? 'a legacy of PostgreSQL' load.log
fresh target
take_postgres() {
	cluster_sql new target "delete from job_final where job_id = (select min(job_id) from job_final where source_state = '')"
}
try_store postgres "$legacy" "$(target target)" write_postgres take_postgres

sqlite3 legacy.db "
	create table del(del_id integer primary key, delivery_ref text not null, status text not null, created_ts text not null, updated_ts text not null, actor_id text, amount numeric);
	create table del_events(del_id integer not null, seq integer not null, kind text not null, at text not null, actor text, primary key (del_id, seq));
	create table del_meta(del_id integer not null, k text not null, v text, primary key (del_id, k));
	pragma journal_mode = wal;
	with recursive n(i) as (select 1 union all select i + 1 from n where i < $rows)
	insert into del select i, 'DLV-' || i, iif(i % 3, 'created', 'DELIVERED'), '2018-01-01 00:00:00', '2018-01-02 00:00:00', 'drv-' || (i % 50), 1 from n;
	insert into del_events select del_id, 1, 'created', created_ts, null from del;
	insert into del_meta select del_id, 'notes', 'v' from del" > load.log 2>&1
report $? 'a legacy of SQLite' load.log
take_sqlite() {
	ask target "delete from job_final where job_id = (select min(job_id) from job_final where source_state = '')"
}
try_store sqlite sqlite:legacy.db sqlite:target.db write_sqlite take_sqlite

# ---- rows that go to and fro: what deviated, was passed, and deviates again, is no difference either ----
sqlite3 flipping.db "
	create table del(del_id integer primary key, delivery_ref text not null, status text not null, created_ts text not null, updated_ts text not null, actor_id text, amount numeric);
	create table del_events(del_id integer not null, seq integer not null, kind text not null, at text not null, actor text, primary key (del_id, seq));
	create table del_meta(del_id integer not null, k text not null, v text, primary key (del_id, k));
	pragma journal_mode = wal;
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 500)
	insert into del select i, 'DLV-' || i, iif(i % 3, 'created', 'DELIVERED'), '2018-01-01 00:00:00', '2018-01-02 00:00:00', 'drv-' || (i % 5), 1 from n" > load.log 2>&1
flip_run() {
	"$engine" run bench/asking.lua --legacy sqlite:flipping.db --target sqlite:flipped.db --state flip.state --quiet > run.out 2> run.err
}
flip() {
	local turn
	for turn in 0 1; do
		sqlite3 -cmd '.timeout 5000' flipping.db "update del set actor_id = 'drv-' || ((del_id + $turn) % 5)"
		flip_run
	done
}
flip_run
report $? 'a legacy whose rows go to and fro' run.err
: > flipping
while_there flipping flip &
flipper=$!
wrong=0 lagged=0
for ((seen = 0; seen < looks * 10; seen++)); do
	"$engine" verify queries bench/asking.lua --legacy sqlite:flipping.db --target sqlite:flipped.db --unrecorded --json > look.json 2> look.err
	case $? in
	0) ;;
	4) lagged=$((lagged + 1)) ;;
	*) wrong=$((wrong + 1)) && cp look.json wrong.json ;;
	esac
done
rm flipping
wait "$flipper"
is 0 "$wrong" "none of $((looks * 10)) looks at queries differs or fails"
[ "$wrong" -eq 0 ] || jq -c '.differences[]' wrong.json | head -n 3
[ "$lagged" -gt 0 ] &&
	[ "$(sqlite3 flipped.db 'select count(*) from engine_run')" -gt 3 ]
report $? "and rows did go to and fro: $lagged looks could not tell" look.json
flip_run && agree bench/asking.lua sqlite:flipping.db sqlite:flipped.db 'when they rest both sides agree'
exit "$failed"
