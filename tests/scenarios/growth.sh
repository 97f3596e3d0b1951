#!/bin/bash
# growth.sh: tables that grow, shrink and change between runs end as a fresh run would have them, whatever chunks they are cut into.
. "$(dirname "$0")/lib.sh"

sample legacy 3000 || { echo 'not ok - sample-legacy makes a legacy database'; exit 1; }

fresh_like() { # TARGET: does it hold what a run into an empty target would put there?
	forget fresh
	move legacy fresh --chunk 501
	sqlite3 "$1.db" "select job_id, json_remove(payload_json, '\$.lineage') from job_final where source_state = '' order by 1" > grown.live
	sqlite3 fresh.db "select job_id, json_remove(payload_json, '\$.lineage') from job_final where source_state = '' order by 1" > fresh.live
	cmp grown.live fresh.live &&
		[ "$(jq -c '.entities[0] | [.digest, .count, .rejected, .skipped, .orphans, .read]' "$1.json")" = \
		  "$(jq -c '.entities[0] | [.digest, .count, .rejected, .skipped, .orphans, .read]' fresh.json)" ]
}

move legacy target --chunk 3000 --workers 1
[ "$(jq '.entities[0].chunks' target.json)" -eq 1 ]
report $? 'a table may be one chunk' target.json

# A cut is committed before its parts are passed again: what they say of their records is so all the same.
ENGINE_CRASH_AT=before-checkpoint:1 move legacy target --chunk 700 --workers 1
[ $? -ne 0 ] && [ "$(ask target 'select count(*) from engine_chunk')" -gt 1 ]
report $? 'a run ends between a cut and the pass behind it' target.err
is "$(ask target "select chunk_no, count(*) from job_final where source_state = '' group by 1 order by 1" | xargs)" \
	"$(ask target 'select chunk_no, record_count from engine_chunk order by 1' | xargs)" 'each part counts the records it holds'
"$engine" verify digests rules/v3.lua --target sqlite:target.db --unrecorded > verify.out 2>&1
[ $? -ne 1 ] && grep -q 'digests  *job .*agrees' verify.out
report $? 'and nothing is taken for a difference' verify.out

# Cut into small chunks afterwards: records, quarantine and all move along, and nothing is written twice.
move legacy target --chunk 100 --workers 3
[ "$(jq -c '.entities[0] | [.merged, .withdrawn]' target.json)" = '[0,0]' ] && [ "$(jq '.entities[0].chunks' target.json)" -ge 15 ]
report $? 'cutting a chunk that was passed rewrites no record' target.json
fresh_like target > why 2>&1
report $? 'and changes nothing' why

# Growth at the end, in the middle and in front; rows that go, rows that change, a child that comes late.
sqlite3 legacy.db "
	insert into del select del_id + 100000, delivery_ref || 'b', status, created_ts, updated_ts, null, amount, batch_no, promised_local from del;
	insert into del_events select del_id + 100000, seq, kind, at from del_events;
	insert into del select -del_id, delivery_ref || 'c', 'CREATED', created_ts, created_ts, null, 1, 1, null from del where del_id < 500;
	delete from del where del_id % 17 = 0;
	update del set amount = amount + 1 where del_id % 31 = 0 and typeof(amount) <> 'text';
	update del_meta set v = v || '!' where del_id % 101 = 0 and k = 'vehicle';"
for chunk in 100 40 400; do
	move legacy target --chunk $chunk --workers 2
	fresh_like target > why 2>&1
	report $? "grown, shrunk and changed, with chunks of $chunk" why
	[ "$(ask target 'select sum(read) = sum(merged + unchanged + skipped + rejected + fenced) from engine_chunk')" = 1 ]
	report $? "the balance holds with chunks of $chunk"
done
[ "$(ask target "select count(*) > 100 and count(*) = count(source_deleted_at) from job_final where source_state = 'gone'")" = 1 ]
report $? 'what legacy no longer has is stamped, not deleted'

# Deliveries whose children were orphans arrive late.
sqlite3 legacy.db "insert into del select distinct del_id, 'LATE-' || del_id, 'CREATED', '2020-01-01 00:00:00', '2020-01-01 00:00:00', null, 5, 1, null
	from del_events e where not exists (select 1 from del d where d.del_id = e.del_id)"
move legacy target
fresh_like target > why 2>&1
report $? 'a root that comes late takes its children out of quarantine' why
[ "$(ask target "select count(*) from engine_quarantine where source = 'events' and resolved_by = ''")" -eq 0 ]
report $? 'their entries are closed'

# A chunk that does not fit in memory is cut; a root that alone does not fit is rejected by name.
sqlite3 legacy.db "
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000)
	insert into del_meta select (select del_id from del where status = 'CREATED' order by del_id limit 1), 'k' || i, hex(zeroblob(120)) from n;
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 20)
	insert into del_meta select del_id, 'big' || i, hex(zeroblob(50000)) from (select del_id from del where status = 'ASSIGNED' order by del_id limit 20), n"
move legacy target --chunk 4000
fresh_like target > why 2>&1
report $? 'rows too large for one chunk' why
[ "$(ask target "select count(*) from engine_quarantine where code = 'E2303' and resolved_by = ''")" -eq 1 ]
report $? 'one root does not fit, and says so' target.err

# What belongs to nobody and lies behind such a root is not lost with it.
sqlite3 legacy.db "
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000)
	insert into del_meta select (select max(del_id) from del), 'more' || i, hex(zeroblob(120)) from n;
	insert into del_meta select max(del_id) + 1, 'lost', 'x' from del"
move legacy target --chunk 4000
is 1 "$(ask target "select count(*) from engine_quarantine where source = 'meta' and code = 'E2302' and source_row like '%lost%' and resolved_by = ''")" \
	'a child of nobody behind a root that does not fit is in quarantine'
sqlite3 legacy.db "
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000)
	insert into del_meta select (select max(del_id) + 1 from del), 'none' || i, hex(zeroblob(120)) from n"
move legacy target --chunk 4000
[ $? -eq 65 ] && grep -q 'children without a root take more than 12 MiB' target.err
report $? 'more of them than fit stop the run, and it says so' target.err
exit $failed
