#!/usr/bin/env bash
# sample_legacy.sh: the sample's manifest says what stands in its rows, and the same seed says the same twice.
# v3's judgements are written here a second time, in SQL and from the rows alone.
set -u
cd "$(dirname "$0")/../.." || exit 1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

report() { # STATUS NAME
	if [ "$1" -eq 0 ]; then echo "ok - $2"; else echo "not ok - $2"; failed=1; fi
}

by_rows() { # DATABASE: the manifest's "v3", worked out from the rows
	sqlite3 -readonly -bail -batch -init /dev/null "$1" << 'SQL'
create temp view judged as
select d.del_id,
       d.delivery_ref like 'TEST-%' as skipped,
       upper(d.status) not in ('CREATED', 'ASSIGNED', 'PICKED_UP', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED', 'CANCELED', 'CANCELLED') as E2103,
       d.updated_ts is null or d.created_ts is null or d.amount is null as E2101,
       typeof(d.amount) = 'text' as E2102,
       typeof(d.amount) <> 'text' and abs(d.amount * 100 - round(d.amount * 100)) > 0.0001 as E2105,
       (select count(distinct lower(trim(k))) <> count(*) from del_meta m where m.del_id = d.del_id and v is not null) as E2110,
       upper(d.status) in ('DELIVERED', 'COMPLETED')
         and not exists (select 1 from del_events e where e.del_id = d.del_id and e.kind = 'delivered') as E2201,
       upper(d.status) in ('DELIVERED', 'COMPLETED')
         and (select at from del_events e where e.del_id = d.del_id and e.kind = 'delivered' order by seq desc limit 1) < d.created_ts as E2202
from del d;
create temp table answer as select *, E2101 + E2102 + E2103 + E2105 + E2110 + E2201 + coalesce(E2202, 0) as faults from judged;
select json_object(
  'merged', sum(skipped is not 1 and faults = 0),
  'skipped', sum(skipped is 1),
  'rejected', sum(skipped is not 1 and faults > 0),
  'rejected_by_code', json_object(
    'E2101', sum(skipped is not 1 and E2101), 'E2102', sum(skipped is not 1 and E2102), 'E2103', sum(skipped is not 1 and E2103),
    'E2105', sum(skipped is not 1 and E2105), 'E2110', sum(skipped is not 1 and E2110), 'E2201', sum(skipped is not 1 and E2201),
    'E2202', sum(skipped is not 1 and coalesce(E2202, 0))),
  'orphans', (select count(*) from del_events where del_id not in (select del_id from del))
           + (select count(*) from del_meta where del_id not in (select del_id from del))) from answer;
SQL
}

agrees() { # FOLDER: manifest and rows
	[ -n "$(by_rows "$1/legacy.db")" ] &&
		[ "$(jq -cS .v3 "$1/manifest.json")" = "$(by_rows "$1/legacy.db" | jq -cS .)" ]
}

complete() { # FOLDER: the sums add up and every kind is there
	jq -e '.rows == .v3.merged + .v3.skipped + .v3.rejected and .v3.rejected == ([.v3.rejected_by_code[]] | add)
		and all(.v3.rejected_by_code[]; . > 0) and .v3.skipped > 1 and .v3.orphans > 1' "$1/manifest.json" > /dev/null
}

dump() { sqlite3 -readonly "$1/legacy.db" .dump | cksum; }

for ids in integer text; do
	for rows in 100 101 5000; do
		for seed in 0 1 999999999; do
			at=$folder/$ids-$rows-$seed
			scripts/sample-legacy "$at" --rows $rows --seed $seed --ids $ids && agrees "$at" && complete "$at"
			report $? "the manifest says what the rows say: $rows rows, seed $seed, $ids ids"
		done
	done
done

scripts/sample-legacy "$folder/again" --rows 5000 --seed 1
[ "$(dump "$folder/again")" = "$(dump "$folder/integer-5000-1")" ]
report $? 'the same seed gives the same rows'
[ "$(dump "$folder/again")" != "$(dump "$folder/integer-5000-0")" ]
report $? 'another seed gives other rows'

[ "$(sqlite3 -readonly "$folder/again/legacy.db" 'select count(*) = 5000 * 3 from del_events where del_id in (select del_id from del)')" = 1 ] &&
	[ "$(sqlite3 -readonly "$folder/again/legacy.db" 'select count(*) = 5000 * 4 from del_meta where del_id in (select del_id from del)')" = 1 ]
report $? 'every delivery has three events and four attributes'

[ "$(sqlite3 -readonly "$folder/again/legacy.db" \
	"select count(*) from (select 1 from del where status = 'ASSIGNED' group by actor_id having count(*) > 1)")" = 0 ]
report $? 'no actor holds two open jobs'

refused() { # ARGUMENT…
	scripts/sample-legacy "$folder/refused" "$@" > "$folder/said" 2>&1
	[ $? -eq 2 ] && [ ! -e "$folder/refused" ]
}
refused --rows 99 && refused --rows 1e3 && refused --rows && refused --rows -5 && refused --seed 12345678901 &&
	refused --ids uuid && refused --row 100
report $? 'what it does not understand it refuses, and makes nothing'

exit $failed
