#!/bin/bash
# clusters.sh: the clusters that tests are given are what they say, do what they are told, and are gone afterwards.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"

ask_as() { # ROLE SQL
	psql -X -A -t -q "$(cluster_url one "$1" postgres)" -c "$2"
}
expect() { # NAME WANTED GOT
	[ "$3" = "$2" ] || printf 'not "%s" but "%s"\n' "$2" "$3" > expect.log
	[ "$3" = "$2" ]
	report $? "$1" expect.log
}

cluster_start one work_mem=5MB search_path='"$user", public, other' > start.log 2>&1
report $? 'a cluster starts' start.log
[ $failed = 0 ] || exit 1
expect 'it is UTF8, C.UTF-8, UTC, durable, and has the settings asked for' 'UTF8 C.UTF-8 UTC on 5MB "$user", public, other' \
	"$(cluster_sql one postgres "select concat_ws(' ', current_setting('server_encoding'), datcollate, current_setting('TimeZone'),
		current_setting('fsync'), current_setting('work_mem'), current_setting('search_path'))
		from pg_database where datname = current_database()")"
expect 'by its socket as well as by TCP' "$one_PORT" "$(psql -X -A -t -h "$one_SOCKET" -p "$one_PORT" -U engine -d postgres -c 'show port')"
expect 'its URL is the superuser' on "$(psql -X -A -t "$one_URL" -c 'show is_superuser')"

cluster_sql one postgres 'create table t(i int)' 'insert into t values (7)'
expect 'the reader reads' 7 "$(ask_as legacy_reader 'select i from t')"
! ask_as legacy_reader 'insert into t values (8)' > expect.log 2>&1 && grep -q 'permission denied' expect.log
report $? 'and does not write' expect.log
ask_as engine 'create database mine' > expect.log 2>&1
report $? 'the engine may make databases' expect.log
expect 'who has a password comes in with it' secret_reader "$(ask_as secret_reader 'select current_user')"
! PGPASSWORD=wrong psql -X "$(cluster_url one engine postgres | sed s/engine/secret_reader/)" -c 'select 1' > expect.log 2>&1 &&
	grep -q 'password authentication failed' expect.log
report $? 'and not with another' expect.log

# ---- what may happen to a server ----

pid=$(cluster_pid one)
cluster_restart one > expect.log 2>&1 && [ "$(cluster_pid one)" != "$pid" ] && [ "$(cluster_sql one postgres 'select i from t')" = 7 ]
report $? 'restarted, it is another process at the same port with the same rows' expect.log
cluster_sql one postgres 'insert into t values (8)'
cluster_crash one && cluster_up one && [ "$(cluster_sql one postgres 'select sum(i) from t')" = 15 ] &&
	grep -q 'not properly shut down' "$kit_root/one/server.log"
report $? 'crashed, it recovers what was committed'

cluster_standby two one > expect.log 2>&1
report $? 'a standby starts' expect.log
expect 'it is one' t "$(cluster_sql two postgres 'select pg_is_in_recovery()')"
cluster_sql one postgres 'insert into t values (9)'
for _ in $(seq 100); do
	[ "$(cluster_sql two postgres 'select sum(i) from t')" != 24 ] || break
	sleep 0.05
done
expect 'and follows' 24 "$(cluster_sql two postgres 'select sum(i) from t')"
cluster_promote two && cluster_sql two postgres 'insert into t values (10)' checkpoint
expect 'promoted it writes, on another timeline of the same system' "f 2 t" "$(cluster_sql two postgres "select concat_ws(' ', pg_is_in_recovery(),
	(select timeline_id from pg_control_checkpoint()), system_identifier = $(cluster_sql one postgres 'select system_identifier from pg_control_system()'))
	from pg_control_system()")"
cluster_start three fsync=off
expect 'another cluster is another system' 2 \
	"$(for name in one three; do cluster_sql $name postgres 'select system_identifier from pg_control_system()'; done | sort -u | wc -l)"
pid=$(cluster_pid three)
cluster_drop three
expect 'one that is dropped is gone' 'no no' "$([ -e "$kit_root/three" ] && echo yes || echo no) $(kit_lives "$pid" && echo yes || echo no)"

# ---- nothing is left ----

# A test of its own that starts a cluster, says its process, and waits. What it must not leave: process and folder.
cat > other.sh << END
scratch=\$(mktemp -d "$scratch/other.XXXXXX")
trap 'rm -rf "\$scratch"' EXIT
. "$repository/tests/kit/cluster.sh"
cluster_start mine fsync=off
[ "\$1" != stopped ] || kill -STOP "\$(cluster_pid mine)"
echo "\$(cluster_pid mine)" > said
[ "\$1" != exit ] || exit 5
sleep 60 &
wait \$!
END
left() { # HOW WANTED-STATUS [SIGNAL]: what is left after it ended so
	local server status
	rm -f said
	bash other.sh "$1" > other.log 2>&1 &
	for _ in $(seq 200); do
		[ ! -s said ] || break
		sleep 0.05
	done
	server=$(cat said) || return 1
	[ -z "${3:-}" ] || kill "-$3" $!
	wait $! 2> /dev/null
	status=$?
	for _ in $(seq 100); do
		kit_lives "$server" || ls -d "$scratch"/other.*/pg > /dev/null 2>&1 || break
		sleep 0.05
	done
	[ $status -eq "$2" ] || { echo "it ended with $status"; return 1; }
	! kit_lives "$server" || { echo "the server $server lives"; cat "/proc/$server/status"; return 1; }
	! ls -d "$scratch"/other.*/pg 2> /dev/null
}
ends() { # NAME HOW WANTED-STATUS [SIGNAL]
	left "${@:2}" > expect.log 2>&1
	report $? "$1" expect.log
}
ends 'no server outlives a test that ends by itself' exit 5
ends 'nor one that is asked to end' wait 143 TERM
ends 'nor one whose terminal is gone' wait 129 HUP
ends 'nor one that is killed' wait 137 KILL
ends 'nor when the server itself is stopped' stopped 143 TERM

url=$("$repository/tests/kit/cluster_main.sh" start "$scratch/unit" --while $$ fsync=off)
expect 'a program is given a cluster by URL' off "$(psql -X -A -t "$url" -c 'show fsync')"
pid=$(head -n 1 "$scratch/unit/pg/unit/data/postmaster.pid")
"$repository/tests/kit/cluster_main.sh" stop "$scratch/unit"
expect 'and it ends when told' 'no no' "$([ -e "$scratch/unit" ] && echo yes || echo no) $(kit_lives "$pid" && echo yes || echo no)"

exit $failed
