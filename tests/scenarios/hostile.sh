#!/bin/bash
# hostile.sh: the rule files in tests/hostile, as attackers would leave them, run by the real engine.
#
# The mark in the second line says how a file ends: "--! E1010" while it is loaded; "--! row E2204" with one row of twenty in
# quarantine, "--! all E2203" with all of them; "--! test E2401" with an example that does not hold; "--! held" with a record for each
# row; "any" where only the following counts. "|" is "or". What holds for every file, whatever it tries:
#   it ends by itself, with a status that is documented, and nobody sees a traceback ·
#   it takes no more than its budget, 2 s of CPU, and 200 ms, and no more memory than its 24 MiB and a tenth; a run has two of both,
#   because it derives a row that is rejected again, in a Lua state of its own, to say what was seen; so has an example ·
#   it opens nothing outside its folder, makes no file, and shows nothing of what it may not see ·
#   rows that are not its victim become the same records as without it, and the same twice
# Files NAME.make.lua print the rule file: those are large. What is opened is seen by strace; not in the other builds, where the
# sanitizers open things of their own.
#
#   tests/scenarios/hostile.sh [NAME…]     as tests; NAME: the beginnings of files
#   tests/scenarios/hostile.sh --figures   prints "hostile-rule-files HELD" and "hostile-overrun-ms MS"
set -u
export LC_ALL=C
repository=$(cd "$(dirname "$0")/../.." && pwd)
config=${ENGINE_CONFIG:-release}
engine=${ENGINE_BINARY:-$repository/build/bin/$config/engine}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset ENGINE_LEGACY ENGINE_TARGET ENGINE_COLD ENGINE_STATE
canary=CANARY-7f3a91
export engine scratch repository config canary SECRET="$canary-environment"
BUDGET_MS=2000 OVERRUN_MS=200 MEMORY_KIB=$((24 * 1024 * 11 / 10)) SECONDS_MAX=30
[ "$config" = release ] || SECONDS_MAX=300
export BUDGET_MS OVERRUN_MS MEMORY_KIB SECONDS_MAX
strace=
if [ "$config" = release ]; then
	strace=$(command -v strace) || { echo 'not ok - strace is not there: scripts/setup'; exit 1; }
fi
export strace

make_legacy() {
	sqlite3 "$scratch/legacy.db" <<- 'SQL'
		create table item (id integer primary key, a text not null, b text, doc text, wide text, php text, php2 text);
		create table kid (id integer not null, seq integer not null, c text, primary key (id, seq));
		create table calm (id integer primary key, a text not null);
		with recursive n(i) as (select 1 union all select i + 1 from n where i < 20)
			insert into item (id, a, b) select i, 'fine ' || i, replace(hex(zeroblob(50000)), '0', 'a') from n;
		insert into kid (id, seq, c) select id, 1, 'fine' from item union all select id, 2, 'also' from item;
		insert into calm select id, 'calm ' || id from item;
		update item set a = 'bad', doc = replace(hex(zeroblob(100000)), '00', '[') || replace(hex(zeroblob(100000)), '00', ']'),
			php = replace(hex(zeroblob(40000)), '00', 'a:1:{i:0;') || 'O:8:"stdClass":0:{}' || replace(hex(zeroblob(40000)), '00', '}'),
			php2 = 'a:4000000000:{i:0;s:4000000000:"x";}' where id = 7;
		update item set wide = '{"k":0' || replace(hex(zeroblob(100000)), '00', ',"k":1') || '}' where id = 7;
		update kid set c = 'bad' where id = 7 and seq = 2;
	SQL
	cp "$scratch/legacy.db" "$scratch/without.db"
	sqlite3 "$scratch/without.db" 'delete from item where id = 7; delete from kid where id = 7'
}

# A folder of its own, with what lies in wait inside and outside.
prepare() { # NAME FILE
	local folder=$scratch/work/$1
	mkdir -p "$folder/rules/tables" "$folder/rules/folder.lua" "$folder/outside"
	printf 'return { secret = "%s" }\n' "$canary" > "$folder/outside/secret.lua"
	printf 'name,secret\nx,%s\n' "$canary" > "$folder/outside/secret.csv"
	cp "$folder/outside/secret.csv" "$folder/rules/.secret.csv"
	ln -s ../outside/secret.lua "$folder/rules/linked.lua"
	ln -s ../outside "$folder/rules/away"
	ln -s ../../outside/secret.csv "$folder/rules/tables/linked.csv"
	ln -s /dev/zero "$folder/rules/tables/zero.csv"
	mkfifo "$folder/rules/pipe.lua" "$folder/rules/tables/pipe.csv"
	cp "$repository"/tests/hostile/{selfish,ping,pong}.lua "$folder/rules/"
	case $2 in
	*.make.lua) (cd "$folder/rules" && luajit "$2" > rule.lua) ;;
	*) cp "$2" "$folder/rules/rule.lua" ;;
	esac
	cd "$folder" || exit 70
	find . | sort > "$scratch/work/$1.before"
}

measured() { # NAME ARGUMENT…: the engine; what it said is in NAME.out and NAME.err, what it took in status, cpu, wall, rss
	local name=$1
	shift
	read -r status cpu wall rss <<< "$(luajit "$repository/tests/hostile/measure.lua" "$name.out" "$name.err" "$SECONDS_MAX" "$engine" "$@")"
}

run() { # NAME [LEGACY]: into a fresh target
	measured "$1" run rules/rule.lua --legacy "sqlite:$scratch/${2:-legacy}.db" --target "sqlite:$1.db" --state "$1.state" --workers 1 --json
}

complain() {
	echo "$*"
	faults=$((faults + 1))
}

fits_mark() { # ENDING
	[[ "|${mark#* }|" == *"|$1|"* || $mark == *any* ]]
}

check_costs() { # WHAT BUDGETS CPU CPU-WITHOUT PEAK PEAK-WITHOUT
	local over=$(($3 - $4 - $2 * BUDGET_MS)) more=$(($5 - $6))
	[ $over -le "$worst" ] || worst=$over
	[ "$config" = release ] || return
	[ $over -le "$OVERRUN_MS" ] || complain "$1: $3 ms of CPU; without it $4: $over beyond the budget"
	[ $more -le $(($2 * MEMORY_KIB)) ] || complain "$1: $5 KiB; without it $6"
}

check_ending() { # WHAT NAME
	[ "$status" -lt 128 ] && [ "$status" -ne 70 ] || complain "$1: ended with $status: $(tail -n 3 "$2.err" | cut -c 1-300)"
	case $status in 0 | 1 | 3 | 4 | 65 | 69 | 75 | 78) ;; *) complain "$1: $status is no status of $1: $(tail -n 3 "$2.err" | cut -c 1-300)" ;; esac
	! grep -a -q -i -E 'traceback|\[string |\[C\]|prelude:|ERROR: (Address|Leak)Sanitizer|runtime error:' "$2.out" "$2.err" ||
		complain "$1: a traceback, or a sanitizer's report: $(grep -a -i -E 'traceback|\[C\]|ERROR:|runtime error' "$2.err" | head -n 2)"
	! grep -a -q -P '[\x00-\x08\x0b-\x1f\x7f]' "$2.out" "$2.err" || complain "$1: a control character reaches the terminal"
	! grep -a -q "$canary" "$2.out" "$2.err" || complain "$1: shows what it may not see"
	[ "$(cat "$2.out" "$2.err" | wc -c)" -le 1000000 ] || complain "$1: says $(cat "$2.out" "$2.err" | wc -c) bytes"
}

ask() { # TARGET SQL
	sqlite3 "$1.db" "$2" 2> /dev/null
}

# What is in the target when nothing is wrong with it but its own rows.
check_target() { # TARGET
	local merged rejected codes
	merged=$(ask "$1" "select count(*) from item_final where source_state = '' or source_state is null or source_state = 'present'")
	rejected=$(ask "$1" "select count(distinct source_key) from engine_quarantine where entity = 'item'")
	codes=$(ask "$1" "select distinct code from engine_quarantine where entity = 'item'" | tr '\n' '|')
	codes=${codes%|}
	[ "$(jq -r '.entities[] | select(.entity == "calm") | .digest, .merged' "$1.out" | tr '\n' ' ')" = "$calm" ] ||
		complain "the neighbour is another: $(jq -c '.entities[]' "$1.out" | head -c 300)"
	jq -e '.entities[] | select(.entity == "item")' "$1.out" > /dev/null || return
	[ "$(ask "$1" "select count(*) from item_final where json_extract(payload_json, '\$.a') = 'fine ' || substr(json_extract(payload_json, '\$.itemId'), 3)")" = \
		"$((merged < 20 ? merged : 19))" ] || complain 'other rows are not what they were'
	case $mark in
	held*) [ "$merged" = 20 ] || complain "$merged merged, $rejected rejected: $codes" ;;
	row*) [ "$merged $rejected" = '19 1' ] || { fits_mark merged && [ "$merged" = 20 ]; } || complain "$merged merged, $rejected rejected: $codes"
		[ "$merged" = 20 ] || fits_mark "$codes" || complain "rejected with $codes" ;;
	all*) [ "$merged $rejected" = '0 20' ] || complain "$merged merged, $rejected rejected: $codes"
		fits_mark "$codes" || complain "rejected with $codes" ;;
	esac
}

summary() { # TARGET
	jq -c '[.entities[] | .digest, .count, .rejected, .skipped]' "$1.out"
	ask "$1" 'select entity, source_key, code, faults from engine_quarantine order by 1, 2, 3'
}

# Everything that was opened, outside of what a program needs to start and of the rule's own folder.
opened() { # NAMES ARGUMENT…: the engine's; one line a name, into the file
	local names=$1
	shift
	"$strace" -f --seccomp-bpf -o trace -e trace=file,network,process -- "$engine" "$@" > /dev/null 2>&1
	grep -q '"rules/rule.lua"' trace || complain "$1: strace saw nothing: $(head -n 3 trace)"
	grep -E '(open|openat|execve|socket|connect|mkdir|unlink|rename|fork|vfork)\(' trace |
		grep -vE 'ENOENT|"(/proc/self|/etc/ld|/lib|/usr/lib|/usr/share/zoneinfo|/sys/)|"rules(/|")' |
		grep -vF "$PWD/rules/" | sed -e "s|$PWD|.|g" -e 's/^[0-9]* *//' -e 's/(AT_FDCWD, /(/' -e 's/([0-9]*, /(/' -e 's/[,)].*//' | sort -u > "$names"
	rm -f trace
}

check_opened() { # check|run ARGUMENT…: the engine's; no more than for the innocent
	opened names "$@"
	comm -23 names "$scratch/opened.$1" > more
	! [ -s more ] || complain "$1 opens: $(head -n 3 more)"
	rm -f names more
}

check_left() { # NAME: the files that are there now
	find . | grep -vE '^\./(c|r1|r2|s|t|x)\.|^\./.*\.db' | sort > "$scratch/work/$1.after"
	cmp -s "$scratch/work/$1.before" "$scratch/work/$1.after" || complain "files: $(diff "$scratch/work/$1.before" "$scratch/work/$1.after" | head -n 3)"
	! grep -r -a -q "$canary" --include='r*' --exclude-dir=rules --exclude-dir=outside . || complain 'what it may not see is in the target'
	! [ -e /tmp/created-by-a-rule ] || complain 'a file in /tmp'
}

check_row_run() { # NAME
	local first without=$run_cpu peak
	run r1
	check_ending run r1
	first=$cpu peak=$rss
	if [ $((cpu - run_cpu - 2 * BUDGET_MS)) -gt "$OVERRUN_MS" ]; then # the machine has neighbours: once more
		run t
		rm -rf t.*
		cpu=$((cpu < first ? cpu : first))
		# What the rule costs to load has a budget of its own, and is not of the row.
		if [[ $mark == row* ]]; then
			first=$cpu
			run t without
			rm -rf t.*
			without=$((cpu > run_cpu ? cpu : run_cpu)) cpu=$first
		fi
	fi
	check_costs run 2 "$cpu" "$without" "$peak" "$run_rss"
	[ -s r1.out ] && [ "$status" -le 1 ] || { [ $status -eq 78 ] && [ "$mark" = any ] || complain "run: ended with $status: $(tail -n 2 r1.err | cut -c 1-300)"; return; }
	check_target r1
	[ "$first" -le 1500 ] || return # what the clock ended takes long, and is not held to be the same
	run r2
	[ "$(summary r1)" = "$(summary r2)" ] || complain "another run, another target: $(summary r1 | head -c 300) $(summary r2 | head -c 300)"
}

check_file() { # NAME
	local codes budgets=1
	measured c check rules/rule.lua --legacy "sqlite:$scratch/legacy.db"
	check_ending check c
	# Where it is rows that cost, check derives them as a run does: a budget for loading, and one for a row.
	[[ $mark != row* ]] || budgets=2
	check_costs check $budgets "$cpu" "$check_cpu" "$rss" "$check_rss"
	[ -z "$strace" ] || check_opened check rules/rule.lua --legacy "sqlite:$scratch/legacy.db"
	if [ "$status" -eq 78 ]; then
		codes=$(grep -a -o -E '^error\[E[0-9]+\]' c.err | sort -u | grep -o 'E[0-9]*' | tr '\n' ' ')
		[[ $mark == any ]] || [[ " ${codes}" =~ \ (${mark#* })\  ]] || complain "refused with $codes, not $mark"
		[ -n "$codes" ] || complain 'refused without a code'
	else
		case $mark in E*) [[ $mark == *held* ]] || complain "was loaded: $status" ;; esac
		check_row_run "$1"
		[ -z "$strace" ] || check_opened run rules/rule.lua --legacy "sqlite:$scratch/legacy.db" --target sqlite:s.db --state s.state --workers 1
		if grep -q 'examples = {' rules/rule.lua; then
			measured x test rules/rule.lua
			check_ending test x
			check_costs test 2 "$cpu" "$check_cpu" "$rss" "$check_rss"
			[[ $mark != 'test E2401' ]] || [ "$status" -eq 1 ] || complain "test: ended with $status"
		fi
	fi
	check_left "$1"
}

one() { # FILE: a process of its own
	local name
	name=$(basename "$1" .lua)
	name=${name%.make}
	mark=$(sed -n 's/^--! //p' "$1")
	faults=0 worst=0
	read -r check_cpu check_rss run_cpu run_rss < "$scratch/innocent"
	calm=$(cat "$scratch/calm")
	prepare "$name" "$1"
	check_file "$name" > "$scratch/results/$name.log"
	[ -n "$mark" ] || complain 'no mark' >> "$scratch/results/$name.log"
	echo "$faults $worst $name" > "$scratch/results/$name"
	rm -rf "$scratch/work/$name"
}

innocent() { # the least of three
	prepare innocent "$repository/tests/hostile/innocent.lua"
	for _ in 1 2 3; do
		measured c check rules/rule.lua --legacy "sqlite:$scratch/legacy.db"
		[ "$status" -eq 0 ] || [ "$status" -eq 1 ] || { cat c.err; exit 70; }
		check_cpu=$((${check_cpu:-cpu} < cpu ? check_cpu : cpu)) check_rss=$rss
		rm -rf r1.*
		run r1
		[ "$status" -eq 0 ] || { cat r1.err; exit 70; }
		run_cpu=$((${run_cpu:-cpu} < cpu ? run_cpu : cpu)) run_rss=$rss
	done
	echo "$check_cpu $check_rss $run_cpu $run_rss" > "$scratch/innocent"
	jq -r '.entities[] | select(.entity == "calm") | .digest, .merged' r1.out | tr '\n' ' ' > "$scratch/calm"
	[ -n "$strace" ] || return 0
	opened "$scratch/opened.check" check rules/rule.lua --legacy "sqlite:$scratch/legacy.db"
	opened "$scratch/opened.run" run rules/rule.lua --legacy "sqlite:$scratch/legacy.db" --target sqlite:s.db --state s.state --workers 1
	[ -s "$scratch/opened.run" ]
}

mkdir "$scratch/work" "$scratch/results"
make_legacy
(innocent) || exit 70
export -f prepare measured run complain fits_mark check_costs check_ending ask check_target summary opened check_opened check_left check_row_run check_file one
figures=no
if [ "${1:-}" = --figures ]; then
	figures=yes
	shift
fi
count_min=1
[ $# -gt 0 ] || { set -- '' && count_min=80; }
for begins in "$@"; do
	ls "$repository"/tests/hostile/"$begins"*.lua
done | grep -E '/[0-9]{3}-[^/]*$' | sort -u | xargs -P 2 -I '{}' bash -c 'one {}'

count=0 held=0 worst=0 worst_name=
for result in "$scratch"/results/*; do
	case $result in *.log) continue ;; esac
	read -r faults over name < "$result"
	count=$((count + 1))
	[ "$over" -le "$worst" ] || worst=$over worst_name=$name
	if [ "$faults" -eq 0 ]; then
		held=$((held + 1))
		[ $figures = yes ] || echo "ok - $name"
	elif [ $figures = yes ]; then
		sed "s/^/$name: /" "$result.log" >&2
	else
		echo "not ok - $name"
		sed 's/^/  /' "$result.log"
	fi
done
if [ $figures = yes ]; then
	echo "hostile-rule-files $held of $count"
	echo "hostile-overrun-ms $worst"
	exit
fi
echo "# $count hostile rule files, at most $worst ms beyond a budget (${worst_name:-none})"
[ "$count" -ge "$count_min" ] && [ $held -eq "$count" ]
