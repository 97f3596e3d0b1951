#!/bin/bash
# environments.sh: the same rows under any locale, time zone, number of workers, size of chunks and pair of stores give the same
# digest. Row 15 of the fault matrix. (A rule's tables are hashed anew by each process; rules are never compiled, so there is no
# switch for that.)
. "$(dirname "$0")/lib.sh"
. "$repository/tests/torture/lib_store.sh"

roots=150
one_server
cp "$repository/tests/torture/environments.lua" .
awk -v roots=$roots -f "$repository/tests/torture/environments.awk" > rows.sql
sqlite3 -bail legacy.db < rows.sql > load.log 2>&1 && cluster_sql old postgres 'create database legacy' &&
	psql -X -q -h "$old_SOCKET" -p "$old_PORT" -U postgres -d legacy -v ON_ERROR_STOP=1 -f rows.sql >> load.log 2>&1
report $? "the same $roots roots in SQLite and in PostgreSQL" load.log

locales=(C C.UTF-8 POSIX no_SUCH)
mkdir locale
for name in tr_TR $([ "$torture_share" -lt 100 ] || echo de_DE hi_IN lt_LT); do
	localedef -i $name -f UTF-8 "locale/$name.UTF-8" > localedef.log 2>&1 && locales+=($name.UTF-8 $name.UTF-8)
done
[ ${#locales[@]} -ge 6 ]
report $? 'there is a Turkish locale' localedef.log
zones=(UTC Europe/London America/New_York Australia/Lord_Howe Asia/Kathmandu Pacific/Kiritimati :none)
chunks=(7 30 100 1000)
sessions=('' 'PGDATESTYLE=German' 'PGTZ=Asia/Tokyo' 'PGCLIENTENCODING=LATIN1' 'PGOPTIONS=-cextra_float_digits=0 -cbytea_output=escape' 'PGOPTIONS=-cIntervalStyle=sql_standard')

pick() { # WORD…: one of them
	shift $((RANDOM % $#))
	printf '%s\n' "$1"
}

results() { # of a run's report: what the rows have become; nothing of how
	jq -r '.status, (.entities[] | .entity, .read, .merged, .rejected, .skipped, .orphans, .count, .digest)' one.json | tr '\n' ' '
}

moved_by() { # FROM TO [NAME=VALUE…] -- [OPTION…]: prints what it gives
	local from=sqlite:legacy.db to=sqlite:one.db names=()
	[ "$1" = sqlite ] || from=$legacy
	[ "$2" = sqlite ] || { fresh one && to=$(target one); }
	shift 2
	while [ "$1" != -- ]; do names+=("$1") && shift; done
	shift
	rm -rf one.db one.db-* one.state
	env LOCPATH="$scratch/locale" "${names[@]}" "$engine" run environments.lua --legacy "$from" --target "$to" --state one.state --json "$@" \
		> one.json 2> one.err
	status=$?
	results
}

combinations=$(share 64) done_combinations=0
first=$(moved_by sqlite sqlite -- --workers 1)
[ "$(cut -d ' ' -f 1-3 <<< "$first")" = "complete job $roots" ]
report $? "a first run: $first" one.err
quarantine=$(sqlite3 one.db "select entity, source_key, code, faults from engine_quarantine order by 1, 2" | md5sum)
: > combinations.log
for ((i = 0; i < combinations; i++)); do
	pair=$((i % 4))
	from=$([ $((pair / 2)) = 0 ] && echo sqlite || echo postgres) to=$([ $((pair % 2)) = 0 ] && echo postgres || echo sqlite)
	words=("LC_ALL=$(pick "${locales[@]}")" "TZ=$(pick "${zones[@]}")" "$(pick "${sessions[@]}")")
	[ -n "${words[2]}" ] || unset 'words[2]'
	options=(--workers $((1 + RANDOM % 8)) --chunk "$(pick "${chunks[@]}")")
	seen=$(moved_by $from $to "${words[@]}" -- "${options[@]}")
	[ "$seen" = "$first" ] || { echo "$from to $to, ${words[*]}, ${options[*]}: $seen"; cat one.err; } >> combinations.log
	if [ $to = postgres ]; then
		rejects=$(cluster_sql new one "select entity, source_key, code, faults from engine_quarantine order by entity collate \"C\", source_key collate \"C\"" | md5sum)
	else
		rejects=$(sqlite3 one.db "select entity, source_key, code, faults from engine_quarantine order by 1, 2" | md5sum)
	fi
	[ "$rejects" = "$quarantine" ] || echo "$from to $to, ${words[*]}, ${options[*]}: another quarantine" >> combinations.log
	done_combinations=$((done_combinations + 1))
done
[ ! -s combinations.log ]
report $? "$done_combinations combinations of stores, locales, zones, workers and chunks: one digest" combinations.log
figure 15 'environments' $done_combinations "$combinations" combinations
torture_end
