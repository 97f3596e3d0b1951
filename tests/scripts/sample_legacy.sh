#!/usr/bin/env bash
# sample_legacy.sh: the sample's manifest says what stands in its rows, and the same seed says the same twice.
# v3's judgements are written here a second time, in SQL and from the rows alone.
set -u
cd "$(dirname "$0")/../.." || exit 1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
. tests/report.sh

by_rows() { # DATABASE: the manifest's "mess" and "v3", worked out from the rows
	sqlite3 -readonly -bail -batch -init /dev/null "$1" << 'SQL'
create temp view looked_at as
select *, upper(status) in ('DELIVERED', 'COMPLETED') as completed,
       upper(status) not in ('CREATED', 'ASSIGNED', 'PICKED_UP', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED', 'CANCELED', 'CANCELLED') as unmapped,
       coalesce(substr(cast(delivery_ref as blob), 1, 5) = cast('TEST-' as blob), 0) as test,
       coalesce(instr(cast(delivery_ref as blob), x'ff') > 0, 0) as no_utf8,
       coalesce(instr(cast(delivery_ref as blob), x'00') > 0, 0) as has_nul,
       substr(created_ts, 1, 10) = '0000-00-00' as zero,
       substr(created_ts, 1, 10) <> '0000-00-00' and (substr(created_ts, 6, 2) = '00' or substr(created_ts, 9, 2) = '00') as partial,
       substr(created_ts, 1, 4) between '2011' and '2012' as cents,
       typeof(amount) = 'text' as comma,
       typeof(amount) <> 'text' and abs(amount * 100 - round(amount * 100)) > 0.0001 as precise,
       -- London's clocks go forward and back at one in the morning of the last Sunday of March and October (at two, summer time)
       coalesce(substr(promised_local, 12, 2) = '01' and date(promised_local) = date(substr(promised_local, 1, 4) || '-03-25', 'weekday 0'), 0) as skipped_hour,
       coalesce(substr(promised_local, 12, 2) = '01' and date(promised_local) = date(substr(promised_local, 1, 4) || '-10-25', 'weekday 0'), 0) as repeated_hour,
       (select count(distinct lower(trim(k))) <> count(*) from del_meta m where m.del_id = d.del_id and v is not null) as folds,
       exists (select 1 from del_meta m where m.del_id = d.del_id and length(v) > 1048576) as giant,
       (select count(*) from del_events e where e.del_id = d.del_id) as children,
       (select max(at) from del_events e where e.del_id = d.del_id and kind = 'delivered') as delivered,
       exists (select 1 from del o where o.del_id in (upper(d.del_id), lower(d.del_id)) and o.del_id <> d.del_id) as other_case
from del d;
create temp table judged as
select *, updated_ts is null as E2101, comma as E2102, unmapped as E2103, precise as E2105, no_utf8 or has_nul as E2106,
       zero or partial as E2107, skipped_hour or repeated_hour as E2108, giant as E2109, folds as E2110,
       completed and delivered is null as E2201,
       not zero and not partial and completed and delivered is not null and delivered < created_ts as E2202
from looked_at;
create temp table answer as
select *, not test and not faults as merged, not test and faults > 0 as rejected, test as skipped
from (select *, E2101 + E2102 + E2103 + E2105 + E2106 + E2107 + E2108 + E2109 + E2110 + E2201 + E2202 as faults from judged);
create temp table orphan as
select (select count(*) from del_events where del_id not in (select del_id from del))
     + (select count(*) from del_meta where del_id not in (select del_id from del)) as n;
select json_object(
  'mess', json_object(
    'test_delivery', sum(test and not unmapped), 'test_and_unmapped', sum(test and unmapped),
    'status_unmapped', sum(not test and status = 'ON_HOLD'), 'status_spaced', sum(status = 'PICKED UP'),
    'status_misspelt', sum(status = 'DELIVERD'), 'status_trailing_space', sum(status <> rtrim(status)),
    'status_mixed_case', sum(status <> upper(status) and status <> lower(status)),
    'completed_without_delivery', sum(E2201), 'attributes_fold', sum(folds), 'amount_comma', sum(comma), 'amount_precise', sum(precise),
    'delivered_before_created', sum(E2202), 'updated_missing', sum(E2101), 'invalid_utf8', sum(no_utf8), 'nul', sum(has_nul),
    'zero_date', sum(zero), 'partial_date', sum(partial), 'local_time_skipped', sum(skipped_hour), 'local_time_repeated', sum(repeated_hour),
    'actor_empty', sum(actor_id is ''), 'actor_na', sum(actor_id is 'N/A'), 'actor_dash', sum(actor_id is '-'),
    'id_above_2_53', sum(cast(ltrim(del_id, 'Aa') as integer) > 9007199254740992), 'id_differs_in_case', sum(other_case) / 2,
    'many_children', sum(children >= 10000), 'giant_value', sum(giant), 'amount_in_cents', sum(cents), 'orphans', (select n from orphan)),
  'v3', json_object(
    'merged', sum(merged), 'skipped', sum(skipped), 'rejected', sum(rejected),
    'rejected_by_code', json_object(
      'E2101', sum(rejected and E2101), 'E2102', sum(rejected and E2102), 'E2103', sum(rejected and E2103), 'E2105', sum(rejected and E2105),
      'E2106', sum(rejected and E2106), 'E2107', sum(rejected and E2107), 'E2108', sum(rejected and E2108), 'E2109', sum(rejected and E2109),
      'E2110', sum(rejected and E2110), 'E2201', sum(rejected and E2201), 'E2202', sum(rejected and E2202)),
    'orphans', (select n from orphan),
    'decisions', json_object('amount_in_cents', sum(merged and cents), 'completed_at', sum(merged and completed)))) from answer;
SQL
}

agrees() { # FOLDER: manifest and rows
	local counted
	counted=$(by_rows "$1/legacy.db" | jq -cS .) && [ -n "$counted" ] && [ "$(jq -cS '{ mess, v3 }' "$1/manifest.json")" = "$counted" ]
}

complete() { # FOLDER IDS: the sums add up, every kind is there, and those that cannot be there are not
	jq -e --arg ids "$2" '.rows == .v3.merged + .v3.skipped + .v3.rejected and .v3.rejected == ([.v3.rejected_by_code[]] | add)
		and all(.v3.rejected_by_code[]; . > 0) and .v3.skipped > 1 and .v3.orphans > 1 and all(.v3.decisions[]; . > 0)
		and all(.mess | del(.id_differs_in_case)[]; . > 0) and .mess.many_children == 1 and .mess.giant_value == 1
		and (.mess.id_differs_in_case > 0) == ($ids == "text")' "$1/manifest.json" > /dev/null
}

# Not .dump, which ends a text at its NUL.
dump() { cksum < "$1/legacy.db"; }

for ids in integer text; do
	for rows in 100 101 5000; do
		for seed in 0 1 22 999999999; do
			at=$folder/$ids-$rows-$seed
			scripts/sample-legacy "$at" --rows $rows --seed $seed --ids $ids && agrees "$at" && complete "$at" $ids
			report $? "the manifest says what the rows say: $rows rows, seed $seed, $ids ids"
		done
	done
done

scripts/sample-legacy "$folder/again" --rows 5000 --seed 1
[ "$(dump "$folder/again")" = "$(dump "$folder/integer-5000-1")" ]
report $? 'the same seed gives the same rows'
[ "$(dump "$folder/again")" != "$(dump "$folder/integer-5000-0")" ]
report $? 'another seed gives other rows'

[ "$(sqlite3 -readonly "$folder/again/legacy.db" 'select count(*) = 5000 * 3 + 9997 from del_events where del_id in (select del_id from del)')" = 1 ] &&
	[ "$(sqlite3 -readonly "$folder/again/legacy.db" 'select count(*) = 5000 * 4 from del_meta where del_id in (select del_id from del)')" = 1 ]
report $? 'every delivery has three events, one of them 10,000, and four attributes'

[ "$(sqlite3 -readonly "$folder/again/legacy.db" 'select max(length(v)) from del_meta')" = 20000000 ]
report $? 'one attribute has twenty million bytes'

[ "$(sqlite3 -readonly "$folder/again/legacy.db" "select min(created_ts) < '2011-01-03' and max(created_ts) > '2025-12-20' from del where created_ts > '0001'")" = 1 ] &&
	[ "$(sqlite3 -readonly "$folder/text-100-1/legacy.db" "select min(created_ts) < '2011-03' and max(created_ts) > '2025-10' from del where created_ts > '0001'")" = 1 ]
report $? 'they were created over fifteen years, however many they are'

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
