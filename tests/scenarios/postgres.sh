#!/bin/bash
# postgres.sh: PostgreSQL to PostgreSQL by the real engine, with real servers that die: whatever happens on the way, what stands
# in the target is what an undisturbed run leaves.
#
# POSTGRES_FAULTS=N (default 12) sets how many times something is killed.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"
. "$repository/tests/scenarios/lib_postgres.sh"

faults=${POSTGRES_FAULTS:-12}

refused() { # STATUS WORDS NAME OPTION…: the engine ends so, and says that
	local status=$1 words=$2 name=$3
	shift 3
	"$engine" run bench/rule.lua --state refused.state "$@" > refused.out 2> refused.err
	local seen=$?
	[ "$seen" -eq "$status" ] && grep -q -- "$words" refused.err
	report $? "$name ($seen)" refused.err
	! grep -q -F -e "$cluster_secret" -e "$(jq -rn --arg text "$cluster_secret" '$text | @uri')" refused.err refused.out
	report $? "$name: no password is shown" refused.err
}

start_servers && load_legacy 20000
report $? 'a legacy database of 20,000 roots' load.log

# ---- undisturbed ----
fresh wanted && go wanted && finished
report $? 'a run that nobody disturbs' wanted.err
is 'complete 20000 20000 0 20000 ' "$(seen wanted | sed 's/[0-9a-f]\{32\} $//')" 'every root is moved'
wanted=$(stored wanted)

"$engine" plan bench/rule.lua --legacy "$legacy" --target "$(cluster_url new engine wanted)" > plan.out 2>&1
! grep -q 'NO INDEX' plan.out && grep -q 'index: del_pkey' plan.out
report $? 'legacy is read by its indexes alone' plan.out

wal=$(cluster_sql new wanted 'select pg_current_wal_lsn()')
go wanted && finished
is 'complete 20000 20000 0 20000' "$(seen wanted | cut -d ' ' -f 1-5)" 'a second run finds nothing to do'
is 0 "$(jq '[.entities[].merged] | add' wanted.json)" 'and writes no record'
is "0 0" "$(cluster_sql new wanted "select n_tup_upd, n_tup_del from pg_stat_user_tables where relname = 'job_final'" | tr '|' ' ')" 'and dirties none'
bytes=$(cluster_sql new wanted "select pg_current_wal_lsn() - '$wal'::pg_lsn")
[ "$bytes" -lt 200000 ] # not even a lock on each row
report $? "and its log is small ($bytes bytes)"

# ---- two engines share one migration ----
fresh shared && go shared --chunk 200
first=$pid
"$engine" run bench/rule.lua --legacy "$legacy" --target "$(cluster_url new engine shared)" --state other.state --chunk 200 --json > other.json 2> other.err
report $? 'a second engine beside the first' other.err
wait $first
report $? 'and the first ends as well' shared.err
is "$wanted" "$(stored shared)" 'two engines leave what one leaves'
is "2" "$(cluster_sql new shared "select count(distinct split_part(owner, '/', 1)) from engine_pass")" 'and both had a part in it'

# ---- servers and engines that die ----
fresh struck && go struck --chunk 250 --rate 3000
hits=0
for ((i = 0; i < faults; i++)); do
	sleep 0.$((RANDOM % 5 + 2))
	! kill -0 $pid 2> /dev/null || hits=$((hits + 1))
	case $((i % 4)) in
	0) cluster_restart new immediate ;;
	1) cluster_restart old immediate ;;
	2) kill -KILL $pid 2> /dev/null; finished; go struck --chunk 250 --rate 3000 ;;
	3) cluster_sql new postgres "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'struck'" > /dev/null ;;
	esac
done
finished
report $? "a run struck $faults times comes to its end" struck.err
[ $hits -gt $((faults / 2)) ]
report $? "most of it while it ran ($hits of $faults)"
is "$wanted" "$(stored struck)" 'and leaves what nobody disturbed'
is "$(seen wanted | cut -d ' ' -f 5-)" "$(seen struck | cut -d ' ' -f 5-)" 'with the same digest'
again=$(passed_again struck)
[ "$again" -le $((faults * 2)) ]
report $? "at most one chunk a fault and worker was done again ($again)"
"$engine" ledger verify --target "$(cluster_url new engine struck)" --state struck.state > ledger.out 2>&1
report $? 'its ledger is intact' ledger.out

# ---- one that sleeps past its lease can write nothing ----
fresh asleep && go asleep --chunk 200 --workers 1
for _ in $(seq 200); do
	[ "$(cluster_sql new asleep 'select count(*) from engine_pass' 2> /dev/null || echo 0)" -le 3 ] || break
	sleep 0.05
done
kill -STOP $pid
cluster_sql new asleep "update engine_shard set lease_until = clock_timestamp() - interval '1 second' where owner <> ''"
sleeper=$pid
before=$(cluster_sql new asleep 'select count(*) from engine_pass')
[ "$before" -gt 0 ] && [ "$before" -lt 90 ]
report $? "an engine falls asleep in the middle, after $before passes of 100"
"$engine" run bench/rule.lua --legacy "$legacy" --target "$(cluster_url new engine asleep)" --state awake.state --chunk 200 --json > awake.json 2> awake.err
report $? 'another engine takes over from one that hangs' awake.err
kill -CONT $sleeper
wait $sleeper
report $? 'which finds nothing left to do' asleep.err
is "$wanted" "$(stored asleep)" 'and has spoilt nothing'
is 0 "$(cluster_sql new asleep 'select count(*) from (select chunk_no, count(*) from engine_pass group by chunk_no, run having count(*) > 1) as twice')" \
	"no chunk was passed twice ($before passes before it fell asleep)"

# ---- what cannot be ----
good=$(cluster_url new engine wanted)
cluster_sql old legacy 'create role nobody login' 'revoke all on all tables in schema public from nobody'
refused 77 'del' 'a role that may not read' --legacy "$(cluster_url old nobody legacy)" --target "$good"
cluster_sql new wanted 'create role guest login' 'grant select on all tables in schema public to guest'
refused 77 'permission denied' 'a target that may not be written' --legacy "$legacy" --target "$(cluster_url new guest wanted)"
refused 77 'read-only' 'a target that is read-only' --legacy "$legacy" --target "$good?options=-cdefault_transaction_read_only%3Don"
refused 78 'sslmode' 'an sslmode that does not exist' --legacy "$legacy?sslmode=sometimes" --target "$good"
refused 69 'SSL' 'an sslmode that the server does not do' --legacy "$legacy?sslmode=require" --target "$good"
refused 69 'nowhere' 'a database that does not exist' --legacy "$(cluster_url old legacy_reader nowhere)" --target "$good"
refused 69 'refused' 'a server that is not there' --legacy "postgres://legacy_reader@127.0.0.1:1/legacy" --target "$good"
refused 77 'password' 'a wrong password' --legacy "postgres://secret_reader:wrong-$(jq -rn --arg text "$cluster_secret" '$text | @uri')@127.0.0.1:$old_PORT/legacy" --target "$good"
refused 2 'one store' 'legacy for its own target' --legacy "$legacy" --target "$legacy"
refused 2 'one store' 'legacy for its own target by another name' --legacy "$legacy" --target "postgresql://postgres@localhost:$old_PORT/legacy?application_name=x"
cluster_sql old legacy 'alter table del drop constraint del_pkey'
refused 78 'del' 'a table without a unique not-null key' --legacy "$legacy" --target "$good"
exit $failed
