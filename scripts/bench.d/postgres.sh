# postgres.sh: PostgreSQL to PostgreSQL, beside what psql, pgloader and pgcopydb need for the same rows on the same server.
# figures: postgres-vs-floor, postgres-vs-pgloader, postgres-vs-pgcopydb, postgres-engine-seconds, postgres-floor-seconds, postgres-pgloader-seconds, postgres-pgcopydb-seconds, postgres-cpu-per-record-us, postgres-cpu-plain-us, postgres-peak-mib, postgres-rerun-ratio, postgres-rerun-written, postgres-rerun-dirtied, postgres-rerun-wal-per-record, postgres-large-cost-ratio, postgres-large-peak-mib
#
# ENGINE_BENCH_ROWS (1000000) roots with three events and four attributes each; ENGINE_BENCH_ROUNDS (5) rounds: in each every
# contestant in turn, on one throw-away cluster as Debian configures it, after a checkpoint, into a database of its own
# that is made anew; each result is checked by count. ENGINE_BENCH_WORKERS (two a processor, its default) for the engine; the
# floor has two streams, pgcopydb its own four.
# ENGINE_BENCH_LARGE (10000000) roots for the large figures: about 10 GiB for legacy and as much for the target; in ENGINE_BENCH_LARGE_ROUNDS
# (3) rounds by turns with the usual number: what a core does in a second changes with the hour where others share the machine.
#
# The floor (postgres/floor.sh) is given records that are transformed already. pgloader and pgcopydb copy the three tables
# and transform nothing; scripts/setup bench installs them, and without them their figures are left out.
set -euo pipefail
asked=("$@")
. scripts/bench.d/lib.bash
own=scripts/bench.d/postgres
rows=${ENGINE_BENCH_ROWS:-1000000}
rounds=${ENGINE_BENCH_ROUNDS:-5}
workers=${ENGINE_BENCH_WORKERS:-$((2 * $(nproc)))}
large=${ENGINE_BENCH_LARGE:-10000000}
large_rounds=${ENGINE_BENCH_LARGE_ROUNDS:-3}
contestants=(floor pgloader pgcopydb engine)

scratch=$(mktemp -d "$(cd "$bench_folder" && pwd)/pg.XXXX")
trap 'rm -rf "$scratch"' EXIT
. tests/kit/cluster.sh
. "$own/measure.bash"

wanted_any() { # BEGINNING…: is a figure wanted whose name begins so?
	local name beginning
	for name in $(sed -n 's/^# figures: *//p' "$own.sh" | tr -d ,); do
		for beginning in "$@"; do
			case $name in "$beginning"*) ! wanted "$name" || return 0 ;; esac
		done
	done
	return 1
}

takes_part() { # CONTESTANT: is it wanted, and here?
	case $1 in
	engine) wanted_any postgres-vs postgres-engine postgres-cpu-per postgres-peak postgres-rerun ;;
	floor) wanted_any postgres-vs-floor postgres-floor ;;
	*) wanted_any "postgres-vs-$1" "postgres-$1" && command -v "$1" > /dev/null ;;
	esac
}

sql() { # DATABASE SQL…
	cluster_sql bench "$@"
}

fresh_database() { # NAME
	sql postgres 'set client_min_messages = warning' "drop database if exists $1 with (force)" "create database $1"
}

make_legacy() { # DATABASE ROWS
	echo "making a legacy database of $2 roots" >&2
	fresh_database "$1"
	psql -X -q -v ON_ERROR_STOP=1 -v roots="$2" -d "$1" -f "$own/legacy.sql" >&2
}

# ---- the contestants: what each needs, what it does, what must have come of it ----

ready_floor() {
	[ -d "$scratch/floor" ] || {
		mkdir -p "$scratch/floor/chunks"
		psql -X -q -v ON_ERROR_STOP=1 -d legacy -f "$own/payload.sql" | split -l 10000 -d -a 5 - "$scratch/floor/chunks/c"
	}
	fresh_database target
	psql -X -q -v ON_ERROR_STOP=1 -d target -f "$own/target.sql"
}
run_floor() { "$own/floor.sh" "$scratch/floor" "$rows"; }
check_floor() { same_count target job_final "$rows"; }

ready_pgloader() { fresh_database target; }
run_pgloader() { # with the 100000 rows that it reads ahead unasked it runs out of memory at this size
	pgloader --root-dir "$scratch/pgloader" --with 'prefetch rows = 10000' \
		"pgsql://postgres@127.0.0.1:$bench_PORT/legacy" "pgsql://postgres@127.0.0.1:$bench_PORT/target"
}
check_pgloader() { same_tables target; }

ready_pgcopydb() {
	fresh_database target
	rm -rf "$scratch/pgcopydb"
}
run_pgcopydb() {
	pgcopydb clone --dir "$scratch/pgcopydb" --source "$(cluster_url bench postgres legacy)" --target "$(cluster_url bench postgres target)"
}
check_pgcopydb() { same_tables target; }

ready_engine() {
	fresh_database target
	rm -rf "$scratch/state"
}
run_engine() { engine_over rule legacy; }
check_engine() { engine_moved "$rows"; }

engine_over() { # RULE DATABASE
	"$ENGINE_BINARY" run "$own/$1.lua" --legacy "$(cluster_url bench postgres "$2")" --target "$(cluster_url bench postgres target)" \
		--state "$scratch/state" --workers "$workers" --json --quiet > "$scratch/run.json"
}

engine_moved() { # ROWS: says it of itself, and the target holds them
	[ "$(jq '.entities[0].merged' "$scratch/run.json")" = "$1" ] || { echo "the engine says: $(cat "$scratch/run.json")"; return 1; }
	same_count target job_final "$1"
}

same_count() { # DATABASE TABLE ROWS
	local count
	count=$(sql "$1" "select count(*) from $2") && [ "$count" = "$3" ] || { echo "$2 of $1 holds $count rows, not $3"; return 1; }
}

same_tables() { # DATABASE
	same_count "$1" del "$rows" && same_count "$1" del_events $((rows * 3)) && same_count "$1" del_meta $((rows * 4))
}

# ---- rounds ----

declare -A failed=() walls=() client_cpu=() server_cpu=() peaks=() # by contestant; lists of seconds, of MiB

take_turn() { # NAME: measures it once; one that fails is out, and why is kept
	local name=$1
	if "ready_$name" > "$scratch/log" 2>&1 && sql postgres checkpoint && measure "run_$name" > "$scratch/log" 2>&1 && "check_$name" >> "$scratch/log" 2>&1; then
		note "$name"
	else
		failed[$name]=$(tail -n 3 "$scratch/log")
		echo "$name failed: ${failed[$name]}" >&2
	fi
}

note() { # NAME: what measure() found
	echo "$1 took $measured_wall s" >&2
	walls[$1]+=" $measured_wall" client_cpu[$1]+=" $measured_cpu" server_cpu[$1]+=" $measured_server" peaks[$1]+=" $measured_mib"
}

written=0 dirtied=0 wal_bytes=()
take_rerun() { # over what the engine has just moved and nobody changed; whatever proves that nothing was written
	local before after touched
	sql postgres checkpoint
	before=$(row_changes target job_final)
	wal_begin
	measure run_engine > "$scratch/log" 2>&1 || { failed[again]=$(tail -n 3 "$scratch/log"); return 0; }
	wal_end
	after=$(row_changes target job_final)
	[ "$(jq '.entities[0] | .unchanged' "$scratch/run.json")" = "$rows" ] ||
		{ failed[again]="the engine says: $(cat "$scratch/run.json")"; return 0; }
	written=$((written + $(jq '.entities[0] | .merged + .withdrawn' "$scratch/run.json") + after - before))
	touched=$(wal_touches target job_final 2> "$scratch/log") || { failed[again]=$(cat "$scratch/log"); return 0; }
	dirtied=$((dirtied + touched))
	wal_bytes+=("$(wal_size)")
	note again
}

of() { # LIST-NAME CONTESTANT: the median; nothing when there is none
	local -n lists=$1
	# shellcheck disable=SC2086
	[ -z "${lists[$2]:-}" ] || median ${lists[$2]}
}

print_table() {
	local name
	printf '%-10s %10s %14s %14s %10s   %s\n' "$rows roots" 'wall s' 'client CPU s' 'server CPU s' 'peak MiB' 'wall of each round' >&2
	for name in "${contestants[@]}" again plain beside large; do
		if [ -n "${failed[$name]:-}" ]; then
			printf '%-10s failed: %s\n' "$name" "$(head -n 1 <<< "${failed[$name]}")" >&2
		elif [ -n "${walls[$name]:-}" ]; then
			printf '%-10s %10s %14s %14s %10s  %s\n' "$name" "$(of walls "$name")" "$(of client_cpu "$name")" "$(of server_cpu "$name")" \
				"$(of peaks "$name")" "${walls[$name]}" >&2
		elif [ "$name" != engine ] && [ "$name" != floor ] && [[ " ${contestants[*]} " == *" $name "* ]] && ! command -v "$name" > /dev/null; then
			printf '%-10s not installed\n' "$name" >&2
		fi
	done
}

# FIGURE VALUE UNIT TARGET COMPARISON; a value that nobody measured is none
figure_of() { ! wanted "$1" || [ -z "$2" ] || figure "$@"; }
ratio_of() { # LIST-NAME ONE OTHER
	local one other
	one=$(of "$1" "$2") other=$(of "$1" "$3")
	[ -z "$one" ] || [ -z "$other" ] || calculate "$one / $other"
}
us_a_record() { # CONTESTANT
	local cpu
	cpu=$(of client_cpu "$1")
	[ -z "$cpu" ] || calculate "$cpu * 1e6 / $rows"
}

cluster_start bench
export PGHOST=127.0.0.1 PGPORT=$bench_PORT PGUSER=postgres
make_legacy legacy "$rows"
for ((round = 0; round < rounds; round++)); do
	for name in "${contestants[@]}"; do
		[ -z "${failed[$name]:-}" ] && takes_part "$name" || continue
		take_turn "$name"
		[ "$name" != engine ] || [ -n "${failed[engine]:-}" ] || ! wanted_any postgres-rerun || take_rerun
	done
done

run_plain() { engine_over plain legacy; }
ready_plain() { ready_engine; }
check_plain() { check_engine; }
run_beside() { run_engine; }
ready_beside() { ready_engine; }
check_beside() { check_engine; }
run_large() { engine_over rule legacy_large; }
ready_large() { ready_engine; }
check_large() { engine_moved "$large"; }
if [ -z "${failed[engine]:-}" ] && wanted postgres-cpu-plain-us; then
	take_turn plain
fi
if [ -z "${failed[engine]:-}" ] && wanted_any postgres-large; then
	make_legacy legacy_large "$large"
	for ((round = 0; round < large_rounds; round++)); do
		for name in beside large; do
			[ -n "${failed[$name]:-}" ] || take_turn $name
		done
	done
fi
print_table

figure_of postgres-vs-floor "$(ratio_of walls engine floor)" "times the floor" 1.15 '<='
figure_of postgres-vs-pgloader "$(ratio_of walls engine pgloader)" "times pgloader" 0.4 '<='
figure_of postgres-vs-pgcopydb "$(ratio_of walls engine pgcopydb)" "times pgcopydb's clone" 1.4 '<='
for name in "${contestants[@]}"; do
	wanted "postgres-$name-seconds" && [ -n "${walls[$name]:-}" ] || continue
	measured "postgres-$name-seconds" "$(of walls "$name")" s
	measured "postgres-$name-client-cpu" "$(of client_cpu "$name")" s
	measured "postgres-$name-server-cpu" "$(of server_cpu "$name")" s
	measured "postgres-$name-peak" "$(of peaks "$name")" MiB
done
figure_of postgres-cpu-per-record-us "$(us_a_record engine)" "us of the engine's CPU" 9 '<='
figure_of postgres-cpu-plain-us "$(us_a_record plain)" "us of the engine's CPU, no function in the rule" 4 '<='
figure_of postgres-peak-mib "$(of peaks engine)" MiB $((64 + 8 * workers)) '<='
if [ -n "${walls[again]:-}" ]; then
	figure_of postgres-rerun-ratio "$(ratio_of walls again engine)" "of the first run" 0.45 '<='
	figure_of postgres-rerun-written "$written" "records, by the report and by pg_stat_user_tables" 0 '<='
	figure_of postgres-rerun-dirtied "$dirtied" "changes and locks of rows, by the WAL" 0 '<='
	figure_of postgres-rerun-wal-per-record "$(calculate "$(median "${wal_bytes[@]}") / $rows")" "bytes of WAL" 8 '<='
fi
if [ -n "${walls[large]:-}" ]; then
	figure_of postgres-large-cost-ratio "$(calculate "($(of client_cpu large) + $(of server_cpu large)) / $large /
		(($(of client_cpu beside) + $(of server_cpu beside)) / $rows)")" "times the core-seconds a row" 1.1 '<='
	figure_of postgres-large-peak-mib "$(of peaks large)" MiB $((64 + 8 * workers)) '<='
fi
[ ${#failed[@]} -eq 0 ]
