# sqlite.sh: SQLite to SQLite against the sqlite3 shell doing the same, and running again over what was moved.
# figures: sqlite-wall-ratio, sqlite-engine-seconds, sqlite-shell-seconds, rerun-writes, rerun-ratio
#
# The shell transforms in SQL and is the floor: it writes no lineage and no digests, keeps no quarantine and no checkpoints,
# and commits once.
# ENGINE_BENCH_ROWS (1000000) roots with three events and four attributes each; ENGINE_BENCH_ROUNDS (3) rounds, interleaved.
set -euo pipefail
asked=("$@")
. scripts/bench.d/lib.bash

rows=${ENGINE_BENCH_ROWS:-1000000}
rounds=${ENGINE_BENCH_ROUNDS:-3}
legacy=$(sample "$rows")

shell_run() { # LEGACY-FOLDER TARGET-FOLDER
	{
		printf "attach 'file:%s/legacy.db?mode=ro' as legacy;\n" "$1"
		cat <<- 'SQL'
			create table job_final (job_id text primary key, payload_json text not null, transformed_at text not null, chunk_no integer not null);
			create index job_final_chunk_no_idx on job_final (chunk_no);
			insert into job_final
			select 'tsk_' || d.del_id,
			       json_object('actorId', case when d.actor_id not in ('', '-', 'N/A') then d.actor_id end,
			         'amount', printf('%.2f', case when d.created_ts < '2013-01-01' then d.amount / 100.0 else d.amount end),
			         'attributes', (select json_group_object(lower(trim(m.k)), trim(m.v)) from legacy.del_meta m where m.del_id = d.del_id),
			         'completedAt', case when upper(d.status) in ('DELIVERED', 'COMPLETED') then d.updated_ts end,
			         'createdAt', d.created_ts, 'externalId', d.delivery_ref,
			         'history', (select json_group_array(json_object('at', e.at, 'kind', e.kind)) from legacy.del_events e where e.del_id = d.del_id),
			         'jobId', 'tsk_' || d.del_id,
			         -- London is an hour ahead from the last Sunday of March to that of October
			         'promisedAt', datetime(d.promised_local, case when d.promised_local
			             between date(substr(d.promised_local, 1, 4) || '-03-25', 'weekday 0') || ' 02'
			             and date(substr(d.promised_local, 1, 4) || '-10-25', 'weekday 0') || ' 02' then '-1 hour' else '+0 hours' end),
			         'state', case upper(d.status) when 'CREATED' then 'CREATED' when 'ASSIGNED' then 'ASSIGNED'
			           when 'PICKED_UP' then 'IN_PROGRESS' when 'IN_PROGRESS' then 'IN_PROGRESS'
			           when 'DELIVERED' then 'COMPLETED' when 'COMPLETED' then 'COMPLETED' else 'CANCELED' end,
			         'updatedAt', d.updated_ts),
			       strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), d.del_id / 2000
			from legacy.del d;
		SQL
	} | sqlite3 -batch -bail -init /dev/null "$2/target.db" > "$2/shell.log"
}

timed() { # COMMAND…: seconds of wall time
	local began ended
	began=$(seconds_now)
	"$@"
	ended=$(seconds_now)
	calculate "$ended - $began"
}

engines=() shells=() reruns=() written=0
cat "$legacy/legacy.db" > /dev/null
for ((round = 0; round < rounds; round++)); do
	target=$(fresh shell)
	shells+=("$(timed shell_run "$legacy" "$target")")
	rm -rf "$target"
	target=$(fresh engine)
	engines+=("$(timed engine_run "$legacy" "$target")")
	moved=$(jq '.entities[0] | .merged' "$target/run.json")
	expected=$(jq .v3.merged "$legacy/manifest.json")
	[ "$moved" = "$expected" ] || { echo "merged $moved of $expected" >&2; exit 1; }
	before=$(jq -r '.entities[0].digest' "$target/run.json")
	reruns+=("$(timed engine_run "$legacy" "$target")")
	written=$((written + $(jq '.entities[0] | .merged + .withdrawn' "$target/run.json")))
	[ "$before" = "$(jq -r '.entities[0].digest' "$target/run.json")" ] || { echo "the digest changed" >&2; exit 1; }
	rm -rf "$target"
done
echo "engine ${engines[*]}   shell ${shells[*]}   again ${reruns[*]}" >&2
engine=$(median "${engines[@]}")
shell=$(median "${shells[@]}")
! wanted sqlite-engine-seconds || figure sqlite-engine-seconds "$engine" s 1000 '<='
! wanted sqlite-shell-seconds || figure sqlite-shell-seconds "$shell" s 1000 '<='
! wanted sqlite-wall-ratio || figure sqlite-wall-ratio "$(calculate "$engine / $shell")" "times the sqlite3 shell" 1.5 '<='
! wanted rerun-writes || figure rerun-writes "$written" "records" 0 '<='
! wanted rerun-ratio || figure rerun-ratio "$(calculate "$(median "${reruns[@]}") / $engine")" "of the first run" 0.6 '<='
