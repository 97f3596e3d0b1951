# measure.bash: what a command and the server cost, and what the server's log of changes says. To be sourced by
# postgres.sh, which has started the cluster "bench".

tree_of() { # PID: it and all that come from it
	local child children
	printf '%s ' "$1"
	read -r children 2> /dev/null < "/proc/$1/task/$1/children" || :
	for child in ${children:-}; do tree_of "$child"; done
}

# Seconds of CPU of the server: of the processes that live, and of those that ended, which the first of them keeps.
server_seconds() {
	local pid postmaster stat ticks=0
	postmaster=$(cluster_pid bench)
	for pid in $(tree_of "$postmaster"); do
		stat=$(cat "/proc/$pid/stat" 2> /dev/null) || continue
		read -ra stat <<< "${stat##*) }"
		ticks=$((ticks + stat[11] + stat[12]))
		[ "$pid" != "$postmaster" ] || ticks=$((ticks + stat[13] + stat[14]))
	done
	calculate "$ticks / $(getconf CLK_TCK)"
}

# The most that the processes below PID had in memory, in KiB, by the peak that the kernel keeps for each: the sum over those
# that lived at the same time, looked at twenty times a second.
watch_memory() { # PID FILE
	local pid sum peak=0 files
	while kill -0 "$1" 2> /dev/null; do
		files=()
		for pid in $(tree_of "$1"); do
			[ "$pid" = "$1" ] || files+=("/proc/$pid/status") # not the shell that waits for it
		done
		sum=$(cat /dev/null "${files[@]}" 2> /dev/null | awk '/^VmHWM:/ { sum += $2 } END { print sum + 0 }') || :
		[ "$sum" -le $peak ] || peak=$sum
		sleep 0.05
	done
	echo "$peak" > "$2"
}

# Sets measured_wall, measured_cpu (of the command and all it waited for), measured_server: seconds; measured_mib.
measure() { # COMMAND…
	local before pid watcher status=0 user system TIMEFORMAT='%3R %3U %3S'
	before=$(server_seconds)
	# The command is no child of this shell, whose own work must not count; its words go where ours go.
	(
		exec 3>&1 4>&2
		{ time "$@" < /dev/null >&3 2>&4 3>&- 4>&-; } 2> "$scratch/time"
	) &
	pid=$!
	watch_memory $pid "$scratch/memory" &
	watcher=$!
	wait $pid || status=$?
	wait $watcher
	read -r measured_wall user system < "$scratch/time"
	sleep 0.2 # until the server's processes have ended and were counted
	measured_cpu=$(calculate "$user + $system")
	measured_server=$(calculate "$(server_seconds) - $before")
	measured_mib=$(calculate "$(cat "$scratch/memory") / 1024")
	return $status
}

row_changes() { # DATABASE TABLE: rows ever inserted, updated and deleted there
	sql "$1" "select pg_stat_force_next_flush()" "select n_tup_ins + n_tup_upd + n_tup_del from pg_stat_user_tables where relname = '$2'" | tail -n 1
}

wal_begin() { wal_first=$(sql postgres 'select pg_current_wal_insert_lsn()'); }
wal_end() { wal_last=$(sql postgres "select pg_logical_emit_message(true, 'bench', 'so that there is one record')"); }
wal_size() { sql postgres "select '$wal_last'::pg_lsn - '$wal_first'::pg_lsn"; }

# Inserts, updates, deletes and locks of rows of one table between the two; vacuum has records of another kind.
wal_touches() { # DATABASE TABLE
	local relation
	relation=$(sql "$1" "select case when reltablespace = 0 then dattablespace else reltablespace end || '/' || d.oid || '/' || pg_relation_filenode(c.oid)
		from pg_class c, pg_database d where c.oid = '$2'::regclass and d.datname = current_database()") || return 1
	pg_waldump -p "$kit_root/bench/data/pg_wal" -s "$wal_first" -e "$wal_last" --rmgr=Heap --relation="$relation" > "$scratch/touches" || return 1
	wc -l < "$scratch/touches"
}
