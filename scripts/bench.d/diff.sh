# diff.sh: two versions of the rules over the same rows.
# figures: diff-seconds, diff-memory
#
# diff-seconds: 10,000 of ENGINE_BENCH_ROWS (1000000) roots with their children, under v2 and v3; the median of ENGINE_BENCH_ROUNDS (3).
# diff-memory: what comparing all of them takes at most, to what a tenth of them takes.
set -euo pipefail
asked=("$@")
. scripts/bench.d/lib.bash

rows=${ENGINE_BENCH_ROWS:-1000000}
rounds=${ENGINE_BENCH_ROUNDS:-3}

compare() { # LEGACY-FOLDER [OPTION…]: in a subshell of its own, so that the process seen is the engine; exit 1: they differ
	local legacy=$1
	shift
	exec "$ENGINE_BINARY" diff rules/v2.lua rules/v3.lua --legacy "sqlite:$legacy/legacy.db" --json "$@" > "$bench_folder/diff.json"
}

legacy=$(sample "$rows")
if wanted diff-seconds; then
	cat "$legacy/legacy.db" > /dev/null
	times=()
	for ((round = 0; round < rounds; round++)); do
		began=$(seconds_now)
		(compare "$legacy" --sample 10000) || [ $? -eq 1 ]
		times+=("$(calculate "$(seconds_now) - $began")")
	done
	compared=$(jq '.rows.entities[0].compared' "$bench_folder/diff.json")
	[ "$compared" = 10000 ] || { echo "compared $compared rows" >&2; exit 1; }
	figure diff-seconds "$(median "${times[@]}")" s 2 '<='
fi
if wanted diff-memory; then
	tenth=$(peak_mib compare "$(sample $((rows / 10)))" --full)
	whole=$(peak_mib compare "$legacy" --full)
	echo "a tenth $tenth MiB, all $whole MiB" >&2
	figure diff-memory "$(calculate "$whole / $tenth")" "times that of a tenth of the rows" 1.1 '<='
fi
rm -f "$bench_folder/diff.json"
