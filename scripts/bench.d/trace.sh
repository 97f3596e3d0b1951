# trace.sh: how long an auditor waits for where one record came from.
# figures: trace-milliseconds
#
# trace-milliseconds: engine trace of ENGINE_BENCH_TRACES (200) records among 10,000, SQLite to SQLite, each a process of its own: what one in a
# hundred exceeds. Each is asked twice; the bytes must be the same.
set -euo pipefail
asked=("$@")
. scripts/bench.d/lib.bash

traces=${ENGINE_BENCH_TRACES:-200}
legacy=$(sample 10000)
target=$(fresh trace)
engine_run "$legacy" "$target"
trace() { # ID
	"$ENGINE_BINARY" trace "$1" --legacy "sqlite:$legacy/legacy.db" --target "sqlite:$target/target.db" --json
}

sqlite3 "$target/target.db" "select job_id from job_final where source_deleted_at is null order by payload_digest_low, job_id limit $traces" > "$bench_folder/ids"
: > "$bench_folder/times"
while read -r id; do
	began=${EPOCHREALTIME/./}
	trace "$id" > "$bench_folder/traced"
	echo $((${EPOCHREALTIME/./} - began)) >> "$bench_folder/times"
	trace "$id" | cmp - "$bench_folder/traced" >&2
done < "$bench_folder/ids"
[ "$(wc -l < "$bench_folder/times")" -eq "$traces" ] || { echo "only $(wc -l < "$bench_folder/times") records were traced" >&2; exit 1; }
echo "median $(sort -n "$bench_folder/times" | sed -n "$((traces / 2))p") us" >&2
figure trace-milliseconds "$(calculate "$(sort -n "$bench_folder/times" | sed -n "$((traces * 99 / 100))p") / 1000")" "ms, of one in a hundred" 50 '<='
rm -f "$bench_folder"/{ids,times,traced}
