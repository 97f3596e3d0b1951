#!/bin/bash
# floor.sh: what PostgreSQL itself needs to read legacy chunk by chunk, and to stage and merge records that somebody else
# has transformed already: two streams of psql; no transformation, no digests, no checkpoints.
#
#   floor.sh FOLDER ROWS      FOLDER/chunks holds what payload.sql gives, 10000 records a file; databases legacy and target
set -euo pipefail
folder=$1 rows=$2 chunk=10000
last=$(((rows + chunk - 1) / chunk - 1))

stream() { # FIRST: every second chunk from this one on
	local i
	{
		echo 'create temp table stage (job_id text, payload_json jsonb not null, transformed_at timestamptz not null) on commit delete rows;'
		for i in $(seq "$1" 2 $last); do
			echo 'begin;'
			printf "\\\\copy stage from '%s/chunks/c%05d'\n" "$folder" "$i"
			echo 'insert into job_final select * from stage on conflict (job_id) do update
				set payload_json = excluded.payload_json, transformed_at = excluded.transformed_at
				where job_final.payload_json is distinct from excluded.payload_json;'
			echo 'commit;'
		done
	} > "$folder/write.$1.sql"
	for i in $(seq "$1" 2 $last); do
		local range="del_id > $((i * chunk)) and del_id <= $((i * chunk + chunk))"
		echo 'begin isolation level repeatable read read only;'
		echo "copy (select * from del where $range order by del_id) to stdout;"
		echo "copy (select * from del_events where $range order by del_id, seq) to stdout;"
		echo "copy (select * from del_meta where $range order by del_id, k) to stdout;"
		echo 'commit;'
	done > "$folder/read.$1.sql"
	psql -X -v ON_ERROR_STOP=1 -q -d legacy -f "$folder/read.$1.sql" > /dev/null
	psql -X -v ON_ERROR_STOP=1 -q -d target -f "$folder/write.$1.sql"
}

stream 0 &
one=$!
stream 1 &
two=$!
wait $one
wait $two
