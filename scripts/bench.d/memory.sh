# memory.sh: the largest resident size of a run, at two sizes of table.
# figures: memory-small-mib, memory-large-mib, memory-growth
#
# ENGINE_BENCH_LARGE (10000000) roots take about 5 GiB for legacy, twice that for the target, and ten minutes.
set -euo pipefail
asked=("$@")
. scripts/bench.d/lib.bash

peak_of() { # ROWS
	local legacy target
	legacy=$(sample "$1")
	target=$(fresh memory)
	peak_mib engine_exec "$legacy" "$target"
	rm -rf "$target"
}
engine_exec() { # in a subshell of its own, so that the process seen is the engine
	exec "$ENGINE_BINARY" run rules/v3.lua --legacy "sqlite:$1/legacy.db" --target "sqlite:$2/target.db" \
		--state "$2/state" --json --quiet > "$2/run.json"
}

small=$(peak_of 100000)
large=$(peak_of "${ENGINE_BENCH_LARGE:-10000000}")
! wanted memory-small-mib || figure memory-small-mib "$small" MiB 64 '<='
! wanted memory-large-mib || figure memory-large-mib "$large" MiB 64 '<='
! wanted memory-growth || figure memory-growth "$(calculate "$large / $small")" "times the small one" 1.1 '<='
