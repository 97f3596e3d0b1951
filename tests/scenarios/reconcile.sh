#!/bin/bash
# reconcile.sh: engine reconcile: every damage is on the worklist and no other record; moved again, the target is what an undamaged one is, and that
# is said to be no evidence.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"

rows=${RECONCILE_ROWS:-4000}
stores='--legacy sqlite:old.db --target sqlite:new.db'

reconcile() { # STATUS WORDS NAME [OPTION…]: it ends so, and says that
	local status=$1 words=$2 name=$3
	shift 3
	# shellcheck disable=SC2086
	"$engine" reconcile rules/v3.lua $stores "$@" > reconcile.out 2> reconcile.err
	local seen=$?
	[ "$seen" -eq "$status" ] && grep -qe "$words" reconcile.out reconcile.err
	report $? "$name ($seen)" <(cat reconcile.err; head -n 20 reconcile.out)
}
agreed() { # NAME
	agree rules/v3.lua sqlite:old.db sqlite:new.db "$1"
}
restore() {
	rm -rf new.db new.db-* new.db.state
	cp kept.db new.db && cp -r kept.state new.db.state
}
# Everything but when it was done, by whom, and how often; what was never legacy's is left out where it is withdrawn.
state() { # TARGET
	ask "$1" "
		select job_id, json_remove(payload_json, '\$.lineage.transformedAt'), transform_version, source_key, source_part, payload_digest_high,
		       payload_digest_low, source_digest_high, source_digest_low, chunk_no, bucket, source_state, source_deleted_at is null
		from job_final where job_id <> 'tsk_9999999' or source_state = '' order by job_id;
		select entity, source, source_key, ordinal, root_key, chunk_no, code, faults, source_row from engine_quarantine where resolved_by = '' order by 1, 2, 3, 4;
		select entity, chunk_no, lower_key, upper_key, rule_epoch, validation, \"read\", merged + unchanged, skipped, rejected, fenced, children, orphans, source_digest,
		       record_count, digest, strata from engine_chunk order by 1, 2;
		select entity, stratum, hash, source_key, chunk_no from engine_stratum order by 1, 2, 3, 4"
}
restored() { # NAME
	state new > state
	cmp -s state kept.state.dump
	report $? "$1" <(diff kept.state.dump state | head -n 6 | cut -c 1-300)
}

# A target with withdrawn records, rejects, orphans and several chunks.
sample old "$rows" && move old new --chunk $((rows / 8))
[ $? -le 1 ] && sqlite3 old.db "delete from del where del_id in (select del_id from del where delivery_ref not like 'TEST-%' order by del_id limit 5 offset 40)" && move old new
[ $? -le 1 ]
report $? "$rows deliveries, moved, and some withdrawn since" new.err
evidence() { # CHECK EVIDENCE WHY, one a line
	"$engine" ledger evidence --target sqlite:new.db --state new.db.state --json | jq -r '.[] | "\(.check) \(.evidence) \(.why)"'
}
# shellcheck disable=SC2086
"$engine" verify rules/v3.lua $stores --quiet > verify.out 2>&1
is 'stands' "$(evidence | cut -d ' ' -f 2 | sort -u)" 'both agree, which is evidence'
sqlite3 new.db 'pragma wal_checkpoint(truncate)' > checkpoint.out && cp new.db kept.db && cp -r new.db.state kept.state && state new > kept.state.dump
is 5 "$(ask new "select count(*) from job_final where source_state = 'gone'")" 'there are withdrawn records'
[ "$(ask new "select count(*) from engine_chunk")" -ge 8 ]
report $? 'and several chunks'

# ---- nothing differs ----
reconcile 0 '^nothing differs' 'nothing differs'
cmp -s new.db kept.db
report $? 'and nothing is written'
reconcile 0 '^nothing differs' 'nothing to move again' --apply
cmp -s new.db kept.db
report $? 'and nothing is written then either'

# A well-formed record that legacy never had, from a legacy that has it.
cp old.db more.db && sqlite3 more.db "attach 'new.db' as new; create temporary table one as select * from del where del_id = (select cast(source_key ->> '\$[0]' as integer) from new.job_final where source_state = '' limit 1);
	update one set del_id = 9999999, delivery_ref = 'D-9999999'; insert into del select * from one"
move more stranger
is 1 "$(ask stranger "select count(*) from job_final where job_id = 'tsk_9999999' and source_state = ''")" 'a legacy that has a record more'

# ---- one damage of each kind, each of a record of its own ----
cat > damage.sql <<'SQL'
attach 'stranger.db' as other;
create temporary table victim as select row_number() over (order by bucket, job_id) as n, job_id, source_key, chunk_no from job_final where source_state = '';
create temporary table was as select * from job_final;
create temporary table done (name text);
create temporary view v as select n, job_id, source_key from victim;
update job_final set payload_json = json_set(payload_json, '$.state', 'LOST') where job_id = (select job_id from v where n = 1);
update job_final set payload_json = json_set(payload_json, '$.amount', null) where job_id = (select job_id from v where n = 2);
update job_final set payload_json = '{}' where job_id = (select job_id from v where n = 3);
update job_final set payload_json = '"N0B0DYSEES"' where job_id = (select job_id from v where n = 4);
update job_final set payload_digest_high = payload_digest_high + 1 where job_id = (select job_id from v where n = 5);
update job_final set source_digest_low = source_digest_low + 1 where job_id = (select job_id from v where n = 6);
update job_final set source_key = '["none"]' where job_id = (select job_id from v where n = 7);
update job_final set source_key = (select source_key from victim where chunk_no <> (select chunk_no from victim where n = 8) order by n desc limit 1) where job_id = (select job_id from v where n = 8);
update job_final set bucket = (bucket + 1) % 10000 where job_id = (select job_id from v where n = 9);
update job_final set source_state = 'gone', source_deleted_at = transformed_at where job_id = (select job_id from v where n = 10);
update job_final set source_state = 'x' where job_id = (select job_id from v where n = 11);
update job_final set source_deleted_at = transformed_at where job_id = (select job_id from v where n = 12);
delete from job_final where job_id = (select job_id from v where n = 13);
update job_final set payload_json = (select payload_json from was where was.job_id = case job_final.job_id when (select job_id from v where n = 14) then (select job_id from v where n = 15) else (select job_id from v where n = 14) end) where job_id in (select job_id from v where n in (14, 15));
update job_final set (payload_json, payload_digest_high, payload_digest_low, source_key, source_digest_high, source_digest_low) = (select payload_json, payload_digest_high, payload_digest_low, source_key, source_digest_high, source_digest_low from was where was.job_id = case job_final.job_id when (select job_id from v where n = 16) then (select job_id from v where n = 17) else (select job_id from v where n = 16) end) where job_id in (select job_id from v where n in (16, 17));
update job_final set chunk_no = (chunk_no + 1) % 8 where job_id = (select job_id from v where n = 18);
update job_final set chunk_no = 777 where job_id = (select job_id from v where n = 19);
update job_final set source_part = 'x' where job_id = (select job_id from v where n = 20);
update job_final set writer = 'nobody' where job_id = (select job_id from v where n = 21);
update job_final set transform_version = 'v9' where job_id = (select job_id from v where n = 22);
update job_final set transformed_at = '2020-01-01T00:00:00.000000Z' where job_id = (select job_id from v where n = 23);
update job_final set payload_json = json_set(payload_json, '$.lineage.sourceSystem', 'another') where job_id = (select job_id from v where n = 24);
insert into job_final select * from other.job_final where job_id = 'tsk_9999999';
update job_final set source_state = '', source_deleted_at = null where job_id = (select min(job_id) from was where source_state = 'gone');
insert into done select job_id from v where n <= 24 union select 'tsk_9999999' union select min(job_id) from was where source_state = 'gone';
create temporary table kept_back as select rowid as row, source_key, row_number() over (order by rowid) as n from engine_quarantine where source = 'root' and resolved_by = '';
delete from engine_quarantine where rowid = (select row from kept_back where n = 1);
update engine_quarantine set resolved_by = 'merged' where rowid = (select row from kept_back where n = 2);
insert into engine_quarantine select entity, source, '["9999998"]', ordinal, chunk_no, pass_no, run, rule_epoch, '["9999998"]', code, faults, source_row, opened_at, resolved_by, resolved_at from engine_quarantine where rowid = (select row from kept_back where n = 3);
insert into done select source_key from kept_back where n <= 2 union select '["9999998"]';
delete from engine_quarantine where rowid = (select min(rowid) from engine_quarantine where source <> 'root' and resolved_by = '');
update engine_chunk set merged = merged + 1 where chunk_no = 1;
update engine_chunk set "read" = "read" + 1, skipped = skipped + 1 where chunk_no = 2;
update engine_chunk set rejected = rejected + 1, merged = merged - 1 where chunk_no = 3;
update engine_chunk set children = children + 1, orphans = orphans + 1 where chunk_no = 4;
update engine_chunk set record_count = record_count + 1 where chunk_no = 5;
update engine_chunk set digest = '00000000000000000000000000000000' where chunk_no = 6;
.mode list
.once expected
select name from done;
SQL
damage() {
	restore && sqlite3 new.db < damage.sql 2> damage.err
	report $? "$(wc -l < expected) records and rows are damaged, and what six chunks say" damage.err
	LC_ALL=C sort -u -o expected expected
}
damage
reconcile 1 "^differs: $(wc -l < expected) records or rows, in [0-9]* chunks" 'as many differ' 
grep -q '^to move them again: engine reconcile rules/v3.lua --apply' reconcile.out
report $? 'and what to do is said'
cp new.db damaged.db
reconcile 1 '"verdict":"differs"' 'as a document' --json --all
cmp -s new.db damaged.db
report $? 'nothing is written'
jq -r '.causes[].of[] | .id // .key // empty' reconcile.out | LC_ALL=C sort -u > seen
cmp -s expected seen
report $? 'the worklist names what was damaged and nothing else' <(diff expected seen)
is "$(wc -l < expected)" "$(jq .differing reconcile.out)" 'and counts each once'
is 0 "$(jq '[.causes[] | select(.count != (.of | length))] | length' reconcile.out)" 'all are named with --all'
is "$(jq '[.causes[] | [.check, .entity, .kind, .field, .text]] | unique | length' reconcile.out)" "$(jq '.causes | length' reconcile.out)" 'each cause stands there once'

# ---- moved again ----
reconcile 0 "^moved $(wc -l < expected) records or rows again; 0 could not be" 'all are moved again' --apply
grep -q 'This is no evidence: it is a repair' reconcile.out && ! grep -q N0B0DYSEES reconcile.out
report $? 'which is said to be no evidence, and shows no value'
evidence > evidence.out
is 'stale stale stale' "$(cut -d ' ' -f 2 evidence.out | head -n 3 | xargs)" 'and what was proven before is stale'
[ "$(grep -c 'repair' evidence.out)" -ge 3 ]
report $? 'for that reason' evidence.out
restored 'the target is what it was, its counters, strata and quarantine, too'
agreed 'every check agrees'
reconcile 0 '^nothing differs' 'nothing differs any more' --apply
is 1 "$(ask new "select count(*) from engine_run where kind = 'repair'")" 'so nothing was moved another time'
move old new
is 0 "$(jq '[.entities[].merged] | add' new.json)" 'a run has nothing to write'
restored 'and leaves it so'
agreed 'and every check agrees'

# ---- the ledger says so ----
is "complete $(wc -l < expected) 0" "$(ask new "select body ->> 'status', body ->> 'repaired', body ->> 'left' from engine_ledger where kind = 'run-ended' and body ->> 'kind' = 'repair'" | tr '|' ' ')" 'the ledger says how many were repaired'
is repair "$(ask new "select body ->> 'kind' from engine_ledger where kind = 'run-started' order by entry_no desc limit 1 offset 1")" 'and that it began'
"$engine" ledger verify --target sqlite:new.db --state new.db.state > ledger.out 2>&1
is 0 $? 'its chain holds, and is the one the state folder knows'
"$engine" ledger list --target sqlite:new.db > ledger.out
grep -q 'run-ended .*repair.* repaired' ledger.out
report $? 'and is read by people' ledger.out
is "repair 0" "$(ask new "select p.kind, sum(\"read\" <> merged + unchanged + skipped + rejected + fenced) from engine_pass p join engine_run r on r.run = p.run where r.kind = 'repair' group by 1" | tr '|' ' ')" 'its passes are named so, and each balances'

# ---- what no check but the sample sees is not blessed by a repair beside it ----
restore
sqlite3 new.db "create temporary table two as select job_id from job_final where source_state = '' and chunk_no = 3 and json_array_length(payload_json, '\$.lineage.decisions') > 0 limit 2;
	update job_final set payload_json = json_set(payload_json, '\$.state', 'LOST') where job_id = (select min(job_id) from two);
	update job_final set payload_json = json_remove(payload_json, '\$.lineage.decisions[0]') where job_id = (select max(job_id) from two)"
reconcile 0 '^moved 1 record or row again' 'one record is named' --apply
restored 'and one beside it is made again that nobody had named'
"$engine" verify sample --percent 100 rules/v3.lua $stores --unrecorded > verify.out
is 0 $? 'a sample of all agrees'
restore
sqlite3 new.db "update job_final set payload_json = json_remove(payload_json, '\$.lineage.decisions[0]') where chunk_no in (2, 4) and json_array_length(payload_json, '\$.lineage.decisions') > 0"
reconcile 1 'differs: 0 records or rows, in 2 chunks, of [12] cause' 'chunks of which only the store knows that they were touched'
reconcile 0 '^moved 0 records or rows again; 0 could not be' 'are moved again, too' --apply
restored 'and are what they were'

# ---- what cannot be made again ----
restore
gone=$(ask new "select max(job_id) from job_final where source_state = 'gone'")
live=$(ask new "select max(job_id) from job_final where source_state = ''")
sqlite3 new.db "update job_final set payload_json = json_set(payload_json, '\$.state', 'LOST') where job_id in ('$gone', '$live')"
reconcile 1 '^moved 1 record or row again; 1 could not be' 'a withdrawn record is left' --apply
grep -q "^left  job chunk [0-9]* $gone key .*put its row back from a backup" reconcile.out
report $? 'and what to do is said' reconcile.out
is '1 1' "$(ask new "select body ->> 'repaired', body ->> 'left' from engine_ledger where kind = 'run-ended' order by entry_no desc limit 1" | tr '|' ' ')" 'so says the ledger'
reconcile 1 '^moved 0 records or rows again; 1 could not be' 'it stays left' --apply
sqlite3 new.db "attach 'kept.db' as kept; update job_final set payload_json = (select payload_json from kept.job_final as k where k.job_id = '$gone') where job_id = '$gone'"
restored 'put back by hand it is what it was'
reconcile 0 '^moved 0 records or rows again; 0 could not be' 'by somebody, which is repaired, too' --apply
restored 'and stays what it was'
agreed 'everything agrees'
restore
sqlite3 new.db "update job_final set job_id = 'tsk_other' where job_id = '$live'"
reconcile 1 '^moved 1 record or row again; 1 could not be' 'a record under another id is made again under its own' --apply
is "$live|" "$(ask new "select job_id, source_state from job_final where job_id = '$live'")" 'there it is'
is 'replaced' "$(ask new "select source_state from job_final where job_id = 'tsk_other'")" 'the other is withdrawn, and left'
restore
sqlite3 new.db "attach 'stranger.db' as other; insert into job_final select * from other.job_final where job_id = 'tsk_9999999'; update job_final set chunk_no = 777 where job_id = 'tsk_9999999'"
"$engine" verify balance rules/v3.lua $stores --unrecorded > verify.out
if [ $? -eq 1 ]; then
	reconcile 1 '0 records or rows again; 1 could not be' 'a stranger of no chunk is left' --apply
	grep -q '^left  job chunk 777 tsk_9999999 .*no chunk accounts for it' reconcile.out
	report $? 'and why' reconcile.out
fi

# ---- records stay, or go, as the rule says ----
for how in keep remove; do
	sed "s/^  entity \"job\" {\$/&\n    on_delete = \"$how\",/; s/^      actorId .*optional = true/&, mask = true/" rules/v3.lua > "rules/$how.lua"
	rm -rf how.db how.db-* how.state
	cp old.db was.db
	# shellcheck disable=SC2086
	how_stores='--legacy sqlite:old.db --target sqlite:how.db'
	"$engine" run "rules/$how.lua" $how_stores --state how.state --chunk $((rows / 8)) --quiet 2> how.err
	[ $? -le 1 ]
	report $? "on_delete = \"$how\"" how.err
	kept=$(ask how "select max(cast(source_key ->> '\$[0]' as integer)) from job_final where source_state = ''")
	sqlite3 old.db "delete from del where del_id = $kept"
	"$engine" run "rules/$how.lua" $how_stores --state how.state --quiet 2> how.err
	dump how > wanted
	sqlite3 how.db "update job_final set source_key = '[\"none\"]' where job_id = (select job_id from job_final where chunk_no = 2 order by job_id limit 1);
		update job_final set source_key = (select max(source_key) from job_final where chunk_no = 4) where job_id = (select job_id from job_final where chunk_no = 3 order by job_id limit 1);
		update job_final set chunk_no = 6 where job_id = (select min(job_id) from job_final where chunk_no = 5)"
	sqlite3 how.db "update job_final set payload_json = json_set(payload_json, '\$.actorId', 'N0B0DYSEES') where job_id = (select max(job_id) from job_final where chunk_no = 1 and source_state = '')"
	"$engine" reconcile "rules/$how.lua" $how_stores --json --all > how.json 2>&1
	"$engine" reconcile "rules/$how.lua" $how_stores --state how.state --apply > how.out 2>&1
	is 0 $? "damaged keys where what legacy loses is to $how"
	dump how > seen
	cmp -s wanted seen
	report $? 'are made again' <(diff wanted seen | head -n 4 | cut -c 1-200; head -n 20 how.out)
	grep -q '"field":"actorId"' how.json && ! grep -e N0B0DYSEES -e drv- how.json how.out > shown
	report $? 'and what is masked is not shown' shown
	agree "rules/$how.lua" sqlite:old.db sqlite:how.db 'and both agree'
	if [ $how = keep ]; then
		sqlite3 how.db "update job_final set bucket = (bucket + 1) % 10000 where job_id = 'tsk_$kept'"
		"$engine" reconcile "rules/$how.lua" $how_stores --state how.state --apply > how.out 2>&1
		[ $? -eq 1 ] && grep -q "^left .* tsk_$kept .*the rule keeps such records" how.out
		report $? 'of a record that stays without legacy none is made' how.out
		is '' "$(ask how "select source_state from job_final where job_id = 'tsk_$kept'")" 'and it stays'
	fi
	cp was.db old.db
done

# ---- it dies on the way ----
for point in before-checkpoint:2 after-checkpoint:2 after-checkpoint:5; do
	damage
	ENGINE_CRASH_AT=$point "$engine" reconcile rules/v3.lua $stores --apply > reconcile.out 2> reconcile.err
	[ $? -gt 128 ] && [ "$(ask new "select count(*) from engine_pass where kind = 'repair'")" -ge 2 ]
	report $? "killed at $point" reconcile.err
	reconcile 0 'again; 0 could not be' 'and once more' --apply
	restored 'it is what it was'
	agreed 'and agrees'
done
damage
"$engine" reconcile rules/v3.lua $stores --apply --rate $((rows / 8)) > reconcile.out 2> reconcile.err &
pid=$!
within 20 eval '[ "$(ask new "select count(*) from engine_pass where kind = '"'repair'"'" 2> /dev/null)" -ge 1 ]'
kill -TERM $pid
finished
is 143 $? 'told to stop it stops behind a chunk'
is 'stopped|stopped' "$(ask new "select (select status from engine_run where kind = 'repair'), (select body ->> 'status' from engine_ledger order by entry_no desc limit 1)")" 'and says so'
grep -q 'not come to: reconcile again' reconcile.out
report $? 'what it did not come to is left' reconcile.out
reconcile 0 'again; 0 could not be' 'and once more' --apply
restored 'it is what it was'

# ---- beside a run ----
damage
"$engine" run rules/v3.lua $stores --rate $((rows / 8)) --quiet > run.out 2>&1 &
pid=$!
within 20 eval '[ -n "$(ask new "select 1 from engine_shard where owner <> '"''"' limit 1" 2> /dev/null)" ]'
reconcile 75 'another engine\|held by a running engine' 'while a run has the state folder it is refused' --apply
reconcile 75 'held by a running engine' 'or a shard of it, from another machine' --apply --state elsewhere
finished
[ $? -le 1 ]
report $? 'the run is not harmed' run.out
reconcile 0 'again; 0 could not be' 'then it is moved again' --apply
restored 'and is what it was'
agreed 'and agrees'

# ---- rows that legacy loses meanwhile ----
cp old.db was.db
damage
sed -n 's/^tsk_\([0-9]*\)$/\1/p; s/^\["\([0-9]*\)"\]$/\1/p' expected > spared
: > deleting
while [ -e deleting ]; do
	sqlite3 -cmd '.timeout 5000' old.db "delete from del where del_id = (select del_id from del where del_id not in ($(paste -s -d , spared)) order by random() limit 1)"
done > /dev/null 2>&1 &
deleting=$!
"$engine" reconcile rules/v3.lua $stores --apply > reconcile.out 2> reconcile.err
seen=$?
sleep 0.5
rm deleting
wait $deleting
grep '^left' reconcile.out | grep -v 'no chunk accounts for it: where legacy has a row of it, `engine run` moves it' > left
[ $seen -eq 0 ] || [ $seen -eq 4 ] || { [ $seen -eq 1 ] && ! [ -s left ]; }
report $? "repaired while rows go ($seen)" <(cat reconcile.err; head reconcile.out)
move old new
[ $? -le 1 ]
report $? 'a run follows' new.err
agreed 'and every check agrees'
is 0 "$(sqlite3 new.db "attach 'old.db' as old; select count(*) from job_final where source_state = '' and cast(source_key ->> '\$[0]' as integer) not in (select del_id from old.del)")" 'no record is left of a row that is gone, as sqlite3 counts'
cp was.db old.db
restore
sqlite3 new.db "update job_final set payload_json = json_set(payload_json, '\$.state', 'LOST') where job_id = '$live'"
sqlite3 old.db "delete from del where del_id = ${live#tsk_}"
reconcile 1 '^moved 0 records or rows again; 1 could not be' 'a damaged record whose row is gone' --apply
is gone "$(ask new "select source_state from job_final where job_id = '$live'")" 'is withdrawn'
cp was.db old.db

# ---- what it needs, and what it does not do ----
restore
sqlite3 new.db "update job_final set bucket = (bucket + 1) % 10000 where job_id = '$live'"
cp new.db damaged.db
"$engine" reconcile rules/v3.lua --target sqlite:new.db --apply > reconcile.out 2>&1
is 2 $? 'without legacy nothing is moved again'
grep -q -- --legacy reconcile.out
report $? 'and that is what it asks for' reconcile.out
"$engine" reconcile $stores --apply > reconcile.out 2>&1
is 2 $? 'nor without a rule file'
"$engine" reconcile $stores > reconcile.out 2>&1
is 1 $? 'looking needs none'
"$engine" reconcile --target sqlite:new.db > reconcile.out 2>&1
[ $? -eq 1 ] && grep -q 'could not tell  balance of job: no --legacy is given' reconcile.out && grep -q "$live" reconcile.out
report $? 'nor a legacy, of which then nobody can tell' reconcile.out
sed -e 's/version    = "v3"/version    = "v4"/; s/supersedes = "v2"/supersedes = "v3"/; s/"COMPLETED", "CANCELED",$/"COMPLETED", "CANCELED", "LOST",/' rules/v3.lua > rules/v4.lua
"$engine" reconcile rules/v4.lua $stores --apply > reconcile.out 2>&1
[ $? -eq 4 ] && grep -q 'the target is moved by v3' reconcile.out
report $? 'by another version than the one that moved it nobody can tell' reconcile.out
cmp -s new.db damaged.db
report $? 'and nothing is written by any of these'
"$engine" ctl pause 'we wait' --state new.db.state > ctl.out 2>&1
reconcile 75 'we wait' 'it heeds a pause' --apply
"$engine" ctl resume --state new.db.state > ctl.out 2>&1
reconcile 0 '^moved 1 ' 'until that ends' --apply

# ---- counters that do not add up, and somebody else comes first ----
restore
sqlite3 new.db 'update engine_chunk set merged = merged + 1'
"$engine" quarantine retry rules/v3.lua $stores > retry.out 2>&1
[ $? -eq 65 ] && grep -q 'does not add up' retry.out
report $? 'a retry says so' retry.out
move old new
[ $? -le 1 ]
report $? 'a run derives them again' new.err
restored 'and they are what they were'

# ---- once with a server ----
cluster_start pg fsync=off && cluster_sql pg postgres 'create database target owner engine' && cluster_sql pg target 'grant all on schema public to engine'
target=$(cluster_url pg engine target)
sample small 2000 && "$engine" run rules/v3.lua --legacy sqlite:small.db --target "$target" --state pg.state --chunk 250 > run.out 2> run.err
[ $? -le 1 ]
report $? 'moved to PostgreSQL' run.err
everything="select md5(string_agg(concat_ws(' ', job_id, payload_json #- '{lineage,transformedAt}', transform_version, source_key, payload_digest_high, payload_digest_low, source_digest_high,
	source_digest_low, chunk_no, bucket, source_state, source_deleted_at), E'\n' order by job_id)), count(*) from job_final; select md5(string_agg(concat_ws(' ', entity, source, source_key, ordinal, root_key, code, faults, source_row), E'\n'
	order by entity, source, source_key, ordinal)) from engine_quarantine where resolved_by = ''; select md5(string_agg(concat_ws(' ', chunk_no, \"read\", merged + unchanged, skipped, rejected, children, orphans, source_digest, record_count, digest), E'\n' order by chunk_no)) from engine_chunk"
cluster_sql pg target "$everything" > wanted
cluster_sql pg target "create temporary table v as select row_number() over (order by bucket, job_id) as n, job_id from job_final where source_state = '';
	create temporary table was as select * from job_final;
	update job_final set payload_json = jsonb_set(payload_json, '{state}', '\"LOST\"') where job_id = (select job_id from v where n = 1);
	update job_final set payload_digest_low = payload_digest_low # 1 where job_id = (select job_id from v where n = 2);
	update job_final set source_key = '[\"none\"]' where job_id = (select job_id from v where n = 3);
	update job_final set bucket = (bucket + 1) % 10000 where job_id = (select job_id from v where n = 4);
	update job_final set source_state = 'gone', source_deleted_at = now() where job_id = (select job_id from v where n = 5);
	delete from job_final where job_id = (select job_id from v where n = 6);
	update job_final f set payload_json = w.payload_json from was w where f.job_id in (select job_id from v where n in (7, 8)) and w.job_id in (select job_id from v where n in (7, 8)) and w.job_id <> f.job_id;
	update job_final set chunk_no = (chunk_no + 1) % 8 where job_id = (select job_id from v where n = 9);
	delete from engine_quarantine where ctid = (select ctid from engine_quarantine where source = 'root' order by source_key limit 1);
	update engine_chunk set merged = merged + 1, \"read\" = \"read\" + 1 where chunk_no = 1;
	create table expected as select job_id from v where n <= 9"
agree_there() { # NAME: but for a question that is SQLite's
	"$engine" verify balance unchanged digests sample invariants rules/v3.lua --legacy sqlite:small.db --target "$target" --unrecorded > agree.out 2>&1
	report $? "$1" agree.out
}
"$engine" reconcile rules/v3.lua --legacy sqlite:small.db --target "$target" --state pg.state --json --all > reconcile.out 2> reconcile.err
is 1 $? 'damaged there'
jq -r '.causes[].of[] | .id // empty' reconcile.out | LC_ALL=C sort -u > seen
cluster_sql pg target 'select job_id from expected' | LC_ALL=C sort > expected
cmp -s expected seen && [ "$(jq .differing reconcile.out)" -eq 10 ]
report $? 'the same are named' <(diff expected seen; cat reconcile.err)
"$engine" reconcile rules/v3.lua --legacy sqlite:small.db --target "$target" --state pg.state --apply > reconcile.out 2> reconcile.err
[ $? -eq 0 ] && grep -q '^moved 10 records or rows again; 0 could not be' reconcile.out
report $? 'and moved again' <(cat reconcile.err reconcile.out)
cluster_sql pg target "$everything" > seen
cmp -s wanted seen
report $? 'they are what they were' <(diff wanted seen)
agree_there 'and every check agrees'
"$engine" run rules/v3.lua --legacy sqlite:small.db --target "$target" --state pg.state --quiet 2> run.err
agree_there 'likewise behind a run'
cluster_sql pg target "$everything" > seen
cmp -s wanted seen
report $? 'which leaves them so' <(diff wanted seen)
exit "$failed"
