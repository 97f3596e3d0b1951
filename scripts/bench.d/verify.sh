# verify.sh: what proving costs, beside what the store's own tools need to look at the same records.
# figures: verify-unchanged-ratio, verify-digests-ratio, verify-sample-seconds, verify-sample-read, verify-peak-mib, verify-false-alarms, verify-balance-seconds
#
# ENGINE_BENCH_ROWS (1000000) roots of the sample, moved by v3 into a throw-away PostgreSQL cluster as Debian configures it; nothing is shared
# out among its processes (max_parallel_workers_per_gather = 0), nor among the engine's. The medians of ENGINE_BENCH_ROUNDS (3), by turns.
# verify-unchanged-ratio: engine verify unchanged, to select bit_xor(hashtextextended(job_id || payload_json::text, 0)) over the same table.
# verify-digests-ratio: every record read back and made canonical, to copy job_final to stdout.
# verify-sample-seconds: a sample of 1 %; verify-sample-read: legacy rows it read, to 1 % of them and 300 a stratum.
# verify-false-alarms: differences that all checks together tell of clean records. verify-peak-mib: the most that any of them took.
set -euo pipefail
asked=("$@")
. scripts/bench.d/lib.bash
rows=${ENGINE_BENCH_ROWS:-1000000}
rounds=${ENGINE_BENCH_ROUNDS:-3}

scratch=$(mktemp -d "$(cd "$bench_folder" && pwd)/verify.XXXX")
trap 'rm -rf "$scratch"' EXIT
. tests/kit/cluster.sh
cluster_start bench max_parallel_workers_per_gather=0 > /dev/null
cluster_sql bench postgres 'create database target owner engine' >&2
cluster_sql bench target 'grant all on schema public to engine' >&2
target=$(cluster_url bench engine target)
legacy=$(sample "$rows")
"$ENGINE_BINARY" run rules/v3.lua --legacy "sqlite:$legacy/legacy.db" --target "$target" --state "$scratch/state" --quiet || [ $? -eq 1 ]
cluster_sql bench postgres checkpoint 'vacuum analyze' >&2

verify() { # CHECK…: its report in $scratch/verify.json
	"$ENGINE_BINARY" verify "$@" rules/v3.lua --legacy "sqlite:$legacy/legacy.db" --target "$target" --unrecorded --json > "$scratch/verify.json" ||
		{ jq -c 'del(.checks[].self_check)' "$scratch/verify.json" >&2; return 1; }
}
verify_in_place() { exec "$ENGINE_BINARY" verify balance digests sample rules/v3.lua --legacy "sqlite:$legacy/legacy.db" --target "$target" --unrecorded --json > "$scratch/verify.json"; }
xor() { cluster_sql bench target 'select bit_xor(hashtextextended(job_id || payload_json::text, 0)) from job_final' > /dev/null; }
copy() { cluster_sql bench target 'copy job_final to stdout' > /dev/null; }
digests_alone() { # both statements less the one that the store makes by itself
	verify digests
}
seconds_of() { # COMMAND…
	local began
	began=$(seconds_now)
	"$@" >&2
	calculate "$(seconds_now) - $began"
}

xors=() unchanged=() copies=() digests=()
for ((round = 0; round < rounds; round++)); do
	xors+=("$(seconds_of xor)")
	unchanged+=("$(seconds_of verify unchanged)")
	copies+=("$(seconds_of copy)")
	digests+=("$(seconds_of digests_alone)")
done
store=$(median "${unchanged[@]}")
echo "bit_xor $(median "${xors[@]}") s, unchanged $store s, copy $(median "${copies[@]}") s, unchanged and digests $(median "${digests[@]}") s" >&2
! wanted verify-unchanged-ratio || figure verify-unchanged-ratio "$(calculate "$store / $(median "${xors[@]}")")" "times bit_xor(hashtextextended(…))" 1.5 '<='
! wanted verify-digests-ratio || figure verify-digests-ratio "$(calculate "($(median "${digests[@]}") - $store) / $(median "${copies[@]}")")" "times copy job_final to stdout" 1.5 '<='
if wanted verify-sample-seconds || wanted verify-sample-read; then
	took=$(seconds_of verify sample --percent 1)
	read_rows=$(jq '.checks[0].checked' "$scratch/verify.json")
	floors=$(jq '[.checks[0].strata[].rows] | add' "$scratch/verify.json")
	echo "$read_rows rows read, $floors of strata" >&2
	! wanted verify-sample-seconds || figure verify-sample-seconds "$took" s 10 '<='
	! wanted verify-sample-read || figure verify-sample-read "$(calculate "$read_rows / ($rows * 0.01 + $floors)")" "of 1 % and the floors of the strata" 1.02 '<='
fi
! wanted verify-balance-seconds || measured verify-balance-seconds "$(seconds_of verify balance)" s
if wanted verify-peak-mib || wanted verify-false-alarms; then
	peak=$(peak_mib verify_in_place)
	! wanted verify-peak-mib || figure verify-peak-mib "$peak" MiB 64 '<='
	alarms=$(jq '[.checks[].differences] | add' "$scratch/verify.json")
	[ "$(jq -r .verdict "$scratch/verify.json")" = agrees ] || { jq -c 'del(.checks[].self_check)' "$scratch/verify.json" >&2; exit 1; }
	! wanted verify-false-alarms || figure verify-false-alarms "$alarms" "of $rows roots" 0 '<='
fi
