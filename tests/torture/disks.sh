#!/bin/bash
# disks.sh: the disk of the state folder, of the target's tables and of the target's log are full, again and again a little
# later: each time it is said, nothing is lost, and the run goes on when there is room. Row 8 of the fault matrix.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/torture/lib_store.sh"
trap 'cluster_end_all; umount "$scratch"/small_* 2> /dev/null; rm -rf "$scratch"' EXIT

step=64      # KiB
segment=1024 # KiB of the server's log; with Debian's 16 MiB the steps would be too large to meet more than the first write

small() { # NAME KIB [SERVER]: a file system of its own; the server's, if so asked
	local options=size=$2k
	[ -z "${3:-}" ] || options=$options,uid=$(id -u postgres),gid=$(id -g postgres),mode=700
	mkdir -p "small_$1" && mount -t tmpfs -o "$options" tmpfs "small_$1"
}

room() { # NAME KIB
	mount -o "remount,size=$2k" "small_$1"
}

if ! small probe $step 2> /dev/null; then
	# Where nobody may mount this row cannot be tested, which is no pass.
	[ "${ENGINE_TEST_MOUNT:-}" = none ]
	report $? 'small file systems can be mounted (ENGINE_TEST_MOUNT=none says that they are not meant to be)'
	torture_end
fi
umount small_probe

one_server wal_level=replica
legacy_of 2000
undisturbed --chunk 25

# ---- the state folder and the target's tables ----

said() { # TARGET STATUS: 74 or 75, and why
	case $2 in 74 | 75) ;; *) echo "ended with $2"; cat "$1.err"; return 1 ;; esac
	grep -qiE 'full|space|too large|I/O' "$1.err" || { echo 'no word about room'; cat "$1.err"; return 1; }
}

readable() { # TARGET: what is remembered can be looked at, if there was room for any of it
	[ ! -e "$1.state/format" ] || "$engine" state show --state "$1.state" > show.out 2>&1 || { echo 'the state cannot be read'; cat show.out; return 1; }
}

server_is_up() {
	cluster_sql new postgres 'select 1' > /dev/null
}

# One that cannot write its log ends, and starts again where it can.
raise() { # NAME OF WHAT WAS FULL
	local left
	for ((left = 300; left > 0; left--)); do
		! server_is_up 2> /dev/null || return 0
		if [ "$(cat "/proc/$(cluster_pid new 2> /dev/null)/comm" 2> /dev/null)" = postgres ]; then
			sleep 0.1
		elif ! cluster_up new > up.log 2>&1; then
			kib=$((kib + segment))
			room "$1" $kib
		fi
	done
	cat up.log
	return 1
}

# One migration is taken up again and again, each time with a little more room, until there is enough.
squeezed() { # NAME FIRST STEP: with so many KiB at first; sets $faults and $kib
	local status
	faults=0 kib=$2
	: > squeezed.log
	while [ $kib -lt 12000 ]; do
		go "$1" --chunk 25 --quiet
		finished
		status=$?
		[ $status -ne 1 ] || break
		faults=$((faults + 1))
		{ said "$1" $status && readable "$1"; } > one.log 2>&1 || { echo "at $kib KiB:"; cat one.log; } >> squeezed.log
		[ ! -s squeezed.log ] || break
		kib=$((kib + $3))
		room "$1" $kib
		raise "$1" >> squeezed.log
		# What was rolled back is cleared away before long by the server itself, which this does not wait for.
		cluster_sql new "$1" vacuum 2> /dev/null
	done
	[ ! -s squeezed.log ] && [ $status -eq 1 ]
	report $? "$1: the disk was full $faults times, up to $kib KiB" squeezed.log
	# What looks at the result once more writes as well.
	room "$1" $((kib + 16384))
	finish "$1" --chunk 25
	agrees "$1" $faults 8 "$1"
}

# As many steps as the share asks for lie between nothing and what the last one needs.
every=$((step * 100 / torture_share))
small state $((step / 4 + RANDOM % 64)) && fresh state && ln -s "$scratch/small_state" state.state
squeezed state $step $step
state_faults=$faults
[ $faults -ge 1 ]
report $? 'the state folder did not fit at first'

small tables $step server
cluster_sql new postgres "create tablespace small location '$scratch/small_tables'" 'grant create on tablespace small to engine'
fresh tables && cluster_sql new postgres 'alter database tables set default_tablespace = small'
squeezed tables $step $every
tables_faults=$faults

# ---- the log of the target's server: a server without room for it ends ----

fresh log && cluster_stop new && kit_server new "$kit_bin/pg_resetwal" --wal-segsize=1 -D "$kit_root/new/data" &&
	small log $((2 * segment)) server && cp -a "$kit_root/new/data/pg_wal/." small_log/ && rm -r "$kit_root/new/data/pg_wal" &&
	ln -s "$scratch/small_log" "$kit_root/new/data/pg_wal" && cluster_up new
report $? 'the log of the target is alone on a small disk' "$kit_root/new/server.log"
# Nothing of it may be thrown away, so it grows.
cluster_sql new postgres "select pg_create_physical_replication_slot('holds', true)" > /dev/null
squeezed log $((2 * segment)) $((every > segment ? segment : every))
log_faults=$faults
[ $log_faults -ge 1 ]
report $? 'the log did not fit at first'

figure 8 'no room for state, tables or log' $((state_faults + tables_faults + log_faults)) "$(share 40)" steps \
	state=$state_faults tables=$tables_faults log=$log_faults
torture_end
