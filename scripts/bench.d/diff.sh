# diff.sh: two versions of the rules over the same rows.
# figures: diff-seconds, diff-cold-seconds, diff-memory
#
# diff-seconds: 10,000 of ENGINE_BENCH_ROWS (1000000) roots with their children, under v2 and v3; the median of ENGINE_BENCH_ROUNDS (3).
# diff-cold-seconds: the same from cold segments of them, which it archives first; archiving is said on stderr.
# diff-memory: what comparing all of them takes at most, to what a tenth of them takes.
set -euo pipefail
asked=("$@")
. scripts/bench.d/lib.bash

rows=${ENGINE_BENCH_ROWS:-1000000}
rounds=${ENGINE_BENCH_ROUNDS:-3}

compare_rows() { # OPTION…: in a subshell of its own, so that the process seen is the engine; exit 1: they differ
	exec "$ENGINE_BINARY" diff rules/v2.lua rules/v3.lua --json "$@" > "$bench_folder/diff.json"
}
compare() { # LEGACY-FOLDER [OPTION…]
	local legacy=$1
	shift
	compare_rows --legacy "sqlite:$legacy/legacy.db" "$@"
}
measure_sample() { # FIGURE OPTION…
	local name=$1 times=() began compared
	shift
	for ((round = 0; round < rounds; round++)); do
		began=$(seconds_now)
		(compare_rows "$@" --sample 10000) || [ $? -eq 1 ]
		times+=("$(calculate "$(seconds_now) - $began")")
	done
	compared=$(jq '.rows.entities[0].compared' "$bench_folder/diff.json")
	[ "$compared" = 10000 ] || { echo "compared $compared rows" >&2; exit 1; }
	figure "$name" "$(median "${times[@]}")" s 2 '<='
}

legacy=$(sample "$rows")
if wanted diff-seconds; then
	cat "$legacy/legacy.db" > /dev/null
	measure_sample diff-seconds --legacy "sqlite:$legacy/legacy.db"
fi
if wanted diff-cold-seconds; then
	cold=$(mktemp -d "$bench_folder/cold.XXXXXX")
	trap 'rm -rf "$cold"' EXIT
	began=$(seconds_now)
	"$ENGINE_BINARY" archive rules/v3.lua --legacy "sqlite:$legacy/legacy.db" --cold "segment:$cold" >&2 || [ $? -eq 1 ]
	echo "archived $rows rows in $(calculate "$(seconds_now) - $began") s" >&2
	measure_sample diff-cold-seconds --cold "segment:$cold"
fi
if wanted diff-memory; then
	tenth=$(peak_mib compare "$(sample $((rows / 10)))" --full)
	whole=$(peak_mib compare "$legacy" --full)
	echo "a tenth $tenth MiB, all $whole MiB" >&2
	figure diff-memory "$(calculate "$whole / $tenth")" "times that of a tenth of the rows" 1.1 '<='
fi
rm -f "$bench_folder/diff.json"
