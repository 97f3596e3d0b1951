#!/bin/bash
# sources.sh: roots and children that are no plain tables: moved, found unchanged, changed in one row.
. "$(dirname "$0")/lib.sh"

run() { # RULES: into target.db, whose report is run.json
	"$engine" run "$1" --legacy sqlite:legacy.db --target sqlite:target.db --chunk 3 --json > run.json 2> run.err
}

counts() { # ENTITY
	jq -r --arg entity "$1" '.entities[] | select(.entity == $entity) | [.read, .merged, .unchanged, .skipped, .rejected, .orphans] | join(" ")' run.json
}

expect() { # ENTITY COUNTS NAME
	local seen
	seen=$(counts "$1")
	[ "$seen" = "$2" ]
	report $? "$3 (read merged unchanged skipped rejected orphans: $seen, not $2)" run.err
}

# ---- queries ----

sqlite3 legacy.db <<'END'
create table del (del_id integer primary key, ref text);
create table del_v2 (del_id integer primary key, reference text);
create table del_events (del_id integer, seq integer, kind text, primary key (del_id, seq));
insert into del select value, 'r' || value from generate_series(1, 9);
insert into del_v2 select value, 'new' || value from generate_series(10, 20);
insert into del_events select 1 + value % 20, value, 'k' || value from generate_series(1, 60);
END
cat > query.lua <<'END'
return migration { version = "v1", system = "legacy",
  entity "job" {
    source = {
      root = query [[
        select del_id, ref, 1 as edition from del
        union all select del_id, reference, 2 from del_v2
      ]] { key = "del_id", tables = { "del", "del_v2" } },
      events = query [[ select del_id, seq, upper(kind) as kind from del_events where kind <> 'k7' ]]
               { parent = "del_id", key = "seq", tables = "del_events", types = { seq = int } },
    },
    fields = {
      jobId   = id { from = "del_id", prefix = "j_" },
      ref     = text { from = "ref" },
      edition = integer { from = "edition" },
      history = list { from = "events", each = { seq = integer { from = "seq" }, kind = text { from = "kind" } } },
    },
  },
}
END
"$engine" plan query.lua --legacy sqlite:legacy.db > plan.out 2> plan.err
[ $? -eq 0 ] && grep -q 'every statement is served by an index: yes' plan.out && grep -q 'of a query it is looked for' plan.out
report $? 'the plan says which indexes serve a query' plan.out
sed 's/select del_id, ref, 1/select del_id + 0 as del_id, ref, 1/' query.lua > scan.lua
"$engine" plan scan.lua --legacy sqlite:legacy.db > plan.out 2> plan.err
grep -q 'every statement is served by an index: NO' plan.out && grep -q 'NO INDEX: every chunk scans' plan.out
report $? 'and that none does' plan.out
run query.lua
[ $? -eq 0 ]
report $? 'a query is moved' run.err
expect job '20 20 0 0 0 0' 'every row of it'
[ "$(sqlite3 target.db "select payload_json ->> '$.ref', payload_json ->> '$.lineage.sourceTables', json_array_length(payload_json, '$.history') from job_final where job_id = 'j_12'")" = 'new12|["del","del_v2","del_events"]|3' ]
report $? 'lineage names what tables names'
run query.lua
expect job '20 0 20 0 0 0' 'and nothing of it again'
sqlite3 legacy.db "update del_v2 set reference = 'changed' where del_id = 12"
run query.lua
expect job '20 1 19 0 0 0' 'but what changed'
"$engine" try query.lua 12 --legacy sqlite:legacy.db --json > try.json 2> try.err
[ "$(jq -r '.[0].record.ref' try.json)" = changed ]
report $? 'one key can be tried' try.err
sqlite3 legacy.db "insert into del values (12, 'twice')"
run query.lua
[ $? -eq 1 ]
report $? 'a key that comes twice is a finding' run.err
expect job '21 0 19 0 2 0' 'both rows of it are rejected'
[ "$(sqlite3 target.db "select group_concat(code || source_key, ' ') from engine_quarantine where resolved_by = ''")" = 'E2304["12"] E2304["12"]' ] &&
	[ "$(sqlite3 target.db "select source_state from job_final where job_id = 'j_12'")" != '' ]
report $? 'quarantined by name, and the record is withdrawn'
run query.lua
expect job '21 0 19 0 2 0' 'and are the same the next time'
[ "$(sqlite3 target.db "select count(*) from engine_quarantine")" = 2 ]
report $? 'without new entries'
sqlite3 legacy.db "delete from del where del_id = 12"
run query.lua
expect job '20 1 19 0 0 0' 'with one of them gone the other is merged'
sqlite3 legacy.db "create table odd (del_id, ref text, edition); insert into odd values (null, 'x', 3)"
sed 's/union all select del_id, reference, 2 from del_v2/& union all select * from odd/; s/"del_v2" }/"del_v2", "odd" }/' query.lua > null.lua
"$engine" run null.lua --legacy sqlite:legacy.db --target sqlite:other.db > null.out 2> null.err
[ $? -eq 78 ] && grep -q 'root.del_id is NULL in some rows' null.err
report $? 'a key that is NULL stops it' null.err
sed 's/select del_id, ref, 1/selekt del_id, ref, 1/' query.lua > wrong.lua
"$engine" check wrong.lua --legacy sqlite:legacy.db > wrong.out 2> wrong.err
[ $? -eq 78 ] && grep -q 'error\[E1206\].*near "selekt": syntax error' wrong.err && grep -q 'wrong.lua:7' wrong.err
report $? 'check names what is wrong with a query, and where it stands' wrong.err

# ---- lists below lists ----

rm -rf legacy.db target.db*
sqlite3 legacy.db <<'END'
create table del (del_id integer primary key);
create table del_events (event_id integer primary key, del_id integer, kind text);
create index by_del on del_events (del_id);
create table event_notes (event_id integer, n integer, text text, primary key (event_id, n));
create table note_marks (del_id integer, event_id integer, n integer, mark text, primary key (event_id, n, mark));
create table note_reads (event_id integer, n integer, reader text, primary key (event_id, n, reader));
insert into del select value from generate_series(1, 20);
insert into del_events select value, 1 + value % 20, 'k' || value from generate_series(1, 60);
insert into event_notes select 1 + value / 3, value % 3, 't' || value from generate_series(1, 150);
insert into note_marks select del_id, event_id, n, 'm' || n from event_notes join del_events using (event_id) where n > 0;
insert into note_reads select event_id, n, 'r' from event_notes where n = 2;
insert into event_notes values (999, 1, 'no such event');
insert into del_events values (100, 77, 'no such del');
insert into event_notes values (100, 1, 'below an orphan');
insert into note_reads values (100, 1, 'r'), (998, 1, 'r');
END
cat > deep.lua <<'END'
return migration { version = "v1", system = "legacy",
  entity "job" {
    source = {
      root   = table "del" { key = "del_id" },
      events = children "del_events" { parent = "del_id", key = "event_id" },
      notes  = children "event_notes" { of = "events", parent = "event_id", key = "n" },
      marks  = children "note_marks" { of = "notes", parent = { event_id = "event_id", n = "n" }, key = "mark",
                                       ignore = { del_id = "the event says it" } },
      reads  = children "note_reads" { of = "notes", parent = { "event_id", "n" }, key = "reader" },
    },
    fields = {
      jobId   = id { from = "del_id", prefix = "j_" },
      history = list { from = "events", each = {
        kind  = text { from = "kind" },
        notes = list { from = "notes", each = {
          text  = text { from = "text" },
          marks = list { from = "marks", each = { mark = text { from = "mark" } } },
          reads = integer { from = "reads", by = function(reads) return #reads end } } } } },
      noteCount = integer { from = "notes", by = function(notes) return #notes end },
    },
  },
}
END
"$engine" check deep.lua --legacy sqlite:legacy.db > deep.out 2> deep.err
report $? 'lists below lists are checked against their tables' deep.err
"$engine" plan deep.lua --legacy sqlite:legacy.db > plan.out 2> plan.err
grep -q 'every statement is served by an index: yes' plan.out
report $? 'the plan says which indexes lead to them' plan.out
sqlite3 legacy.db 'drop index by_del'
"$engine" plan deep.lua --legacy sqlite:legacy.db > plan.out 2> plan.err
grep -q 'every statement is served by an index: NO' plan.out
report $? 'and that one is missing' plan.out
sqlite3 legacy.db 'create index by_del on del_events (del_id)'
run deep.lua
expect job '20 20 0 0 0 5' 'a row below a row below a row is moved with its root'
[ "$(sqlite3 target.db "select json_extract(payload_json, '$.noteCount'), json_extract(payload_json, '$.history') from job_final where job_id = 'j_3'" | sha256sum)" = \
	"$(sqlite3 legacy.db "select (select count(*) from event_notes join del_events using (event_id) where del_id = 3), (select json_group_array(json_object('kind', kind, 'notes', (select json_group_array(json_object('marks', (select json_group_array(json_object('mark', mark)) from note_marks m where m.event_id = s.event_id and m.n = s.n), 'reads', (select count(*) from note_reads r where r.event_id = s.event_id and r.n = s.n), 'text', text)) from (select * from event_notes o where o.event_id = e.event_id order by n) s))) from (select * from del_events where del_id = 3 order by event_id) e)" | sha256sum)" ]
report $? 'each note stands below its event'
[ "$(sqlite3 target.db "select group_concat(source || source_key, ' ') from (select * from engine_quarantine order by 2, 3)")" = 'events["77","100"] notes["100","1"] notes["999","1"] reads["100","1","r"] reads["998","1","r"]' ]
report $? 'what hangs below nothing is in quarantine'
run deep.lua
expect job '20 0 20 0 0 5' 'and nothing of it again'
sqlite3 legacy.db "update note_marks set mark = 'other' where event_id = 22 and n = 1"
run deep.lua
expect job '20 1 19 0 0 5' 'but the root of the mark that changed'
"$engine" try deep.lua 3 --legacy sqlite:legacy.db --json > try.json 2> try.err
[ "$(jq -c '.[0].record.history[1].notes[0].marks' try.json)" = '[]' ] && [ "$(jq -c '.[0].record.history[1].notes[1].marks' try.json)" = '[{"mark":"other"}]' ]
report $? 'one key can be tried' try.json

exit $failed
