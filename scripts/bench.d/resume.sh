# resume.sh: how soon a killed run goes on, and how much it repeats.
# figures: resume-seconds, resume-repeated-chunks
#
# Killed at random moments; resumed means: the first pass of the new process is committed. A chunk is repeated when the
# new process reads rows that the dead one had read and not committed; that is seen as reads beyond what is left.
set -euo pipefail
asked=("$@")
. scripts/bench.d/lib.bash

rows=${ENGINE_BENCH_ROWS:-1000000}
workers=2
legacy=$(sample "$rows")
target=$(fresh resume)
slowest=0
passes() { sqlite3 -cmd '.timeout 5000' "$target/target.db" 'select count(*) from engine_pass' 2> /dev/null || echo 0; }
RANDOM=1
start() {
	"$ENGINE_BINARY" run rules/v3.lua --legacy "sqlite:$legacy/legacy.db" --target "sqlite:$target/target.db" \
		--state "$target/state" --workers $workers --json --quiet > "$target/run.json" &
	pid=$!
}
start
for _ in 1 2 3 4 5 6; do
	sleep "0.$((RANDOM % 600 + 300))"
	kill -9 "$pid" 2> /dev/null || break
	wait "$pid" 2> /dev/null || :
	before=$(passes)
	began=$(seconds_now)
	start
	while [ "$(passes)" -le "$before" ] && kill -0 "$pid" 2> /dev/null; do sleep 0.01; done
	took=$(calculate "$(seconds_now) - $began")
	slowest=$(calculate "math.max($slowest, $took)")
done
wait "$pid" || [ $? -eq 1 ]
# Every chunk was passed once in the run: nothing that was committed was done again.
again=$(sqlite3 "$target/target.db" 'select count(*) - count(distinct chunk_no) from engine_pass')
[ "$(jq .entities[0].merged "$target/run.json")" = "$(jq .v3.merged "$legacy/manifest.json")" ] || { echo 'rows are missing' >&2; exit 1; }
rm -rf "$target"
! wanted resume-seconds || figure resume-seconds "$slowest" s 1 '<='
! wanted resume-repeated-chunks || figure resume-repeated-chunks "$again" "committed chunks passed again" 0 '<='
