# moving.t: from a rule file and a legacy database to records, and what can be asked about them.
$ sample legacy.db 1000
$ engine check rules/v3.lua
version v3 of system legacy
  job: 11 fields from 3 sources, 2 decisions, 6 examples
  transform  FINGERPRINT…
  validation FINGERPRINT…
shape   passed
lint    passed
schema  skipped: no --legacy is given
values  skipped: no --legacy is given
sound by itself; --legacy URL checks it against the tables
$ engine check rules/v3.lua --legacy sqlite:legacy.db --skip values
version v3 of system legacy
  job: 11 fields from 3 sources, 2 decisions, 6 examples
  transform  FINGERPRINT…
  validation FINGERPRINT…
shape   passed
lint    passed
schema  passed
values  skipped: --skip says so
sound, and every table and column is there
$ engine test rules/v3.lua
ok - job: a delivered job
ok - job: a status nobody mapped
ok - job: an amount from the years of cents, and nobody's delivery
ok - job: promised on London's clocks
ok - job: promised for an hour that was not
ok - job: a test delivery
6 passed, 0 failed
$ engine check rules/v3.lua --legacy sqlite:legacy.db --skip values --json | jq -c '[.version, .faults]'
["v3",[]]
$ engine plan rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c '[.version, .scans, .warnings, (.entities[] | [.entity, .roots, .chunks, (.statements | length)])]'
["v3",false,0,["job",1000,1,7]]
$ test ! -e target.db
# merged, skipped and rejected are what sample-legacy put into its manifest.
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db
complete  run RUN, version v3, 0 s
job
  read                   1,000
  = merged                 967
  + unchanged                0
  + skipped                  3
  + rejected                30
  child rows            16,999
    orphans                  2
  in target                967
  digest       53abb14e2d3aee9c116daa15df17cc72

error[E2103]: no mapping for "ON_HOLD"
  --> rules/v3.lua:61   job.state
     |
  61 |       state       = enum    { "CREATED", "ASSIGNED", "IN_PROGRESS", "COMPLETED", "CANCELED",
     |
   = record   job ["101"]   (first of 6; all: engine quarantine list --code E2103)
   = saw      "ON_HOLD"
   = why      nothing was guessed; the record is kept in quarantine
help: in a new version, add   ["ON_HOLD"] = …,   to STATE (line 3)

error[E2106]: del.delivery_ref is not valid UTF-8 without NUL at byte 5
  --> rules/v3.lua:86   job.skip_when.test delivery
     |
  86 | ["test delivery"] = { from = "delivery_ref", by = function(delivery_ref) return starts(delivery_ref…
     |
   = record   job ["3"]   (first of 4; all: engine quarantine list --code E2106)
   = saw      x'444c562dff33'
   = why      nothing was guessed; the record is kept in quarantine
help: mend it in legacy

error[E2107]: "2018-03-00 00:00:00" in del.created_ts is a date without its month or day
  --> rules/v3.lua:74   job.amount
     |
  74 | amount      = decimal { 12, 2, from = { "amount", "created_ts" }, decision = "amount_in_cents",
     |
   = record   job ["22"]   (first of 3; all: engine quarantine list --code E2107)
   = saw      "2018-03-00 00:00:00"
   = why      nothing was guessed; the record is kept in quarantine
help: decide in a new version what such a value means

error[E2105]: a number that does not fit decimal { 12, 2 } with all its digits
  --> rules/v3.lua:74   job.amount
     |
  74 | amount      = decimal { 12, 2, from = { "amount", "created_ts" }, decision = "amount_in_cents",
     |
   = record   job ["352"]   (first of 3; all: engine quarantine list --code E2105)
   = saw      "12.345"
   = why      nothing was guessed; the record is kept in quarantine
help: declare more digits

error[E2202]: "completion does not precede creation" does not hold
  --> rules/v3.lua:90   job.invariants.completion does not precede creation
     |
  90 |       ["completion does not precede creation"] = function(job)
     |
   = record   job ["38"]   (first of 3; all: engine quarantine list --code E2202)
   = why      nothing was guessed; the record is kept in quarantine
help: look at the row, then mend legacy or the rule in a new version

error[E2108]: "2018-10-28 01:30:00" in del.promised_local is a local time the clocks showed twice
  --> rules/v3.lua:73   job.promisedAt
     |
  73 |       promisedAt  = instant { from = "promised_local", optional = true },
     |
   = record   job ["69"]   (first of 3; all: engine quarantine list --code E2108)
   = saw      "2018-10-28 01:30:00"
   = why      nothing was guessed; the record is kept in quarantine
help: say which is meant: ambiguous = "earlier" or "later"

error[E2101]: del.updated_ts is NULL, and the field is required
  --> rules/v3.lua:64   job.updatedAt
     |
  64 |       updatedAt   = instant { from = "updated_ts" },
     |
   = record   job ["11"]   (first of 2; all: engine quarantine list --code E2101)
   = saw      NULL
   = why      nothing was guessed; the record is kept in quarantine
help: say optional = true, or decide on a default

error[E2110]: two rows have the key "region"
  --> rules/v3.lua:79   job.attributes
     |
  79 |       attributes  = map     { from = "meta",
     |
   = record   job ["19"]   (first of 2; all: engine quarantine list --code E2110)
   = saw      "region"
   = why      nothing was guessed; the record is kept in quarantine
help: decide in a new version which one stands

error[E2102]: "12,50" in del.amount is no decimal number of at most 38 digits
  --> rules/v3.lua:74   job.amount
     |
  74 | amount      = decimal { 12, 2, from = { "amount", "created_ts" }, decision = "amount_in_cents",
     |
   = record   job ["700"]   (first of 2; all: engine quarantine list --code E2102)
   = saw      "12,50"
   = why      nothing was guessed; the record is kept in quarantine
help: declare what legacy's column is in types, or convert it with by

error[E2302]: a row of del_events names a row of del that does not exist
  --> rules/v3.lua:26   job.events
     |
  26 | events = children "del_events" { parent = "del_id", key = "seq",          -- unique within its pare…
     |
   = record   job.events ["51","1"]
   = saw      "[\"51\"]"
   = why      a row that belongs to nothing cannot be part of a record
help: find its root in legacy, or remove it there

and 3 more kinds of fault

32 in quarantine: engine quarantine list
[1]
$ jq -c .v3 made/manifest.json
{"merged":967,"skipped":3,"rejected":30,"rejected_by_code":{"E2101":2,"E2102":2,"E2103":6,"E2105":3,"E2106":4,"E2107":3,"E2108":3,"E2109":1,"E2110":2,"E2201":1,"E2202":3},"orphans":2,"decisions":{"amount_in_cents":115,"completed_at":216}}
$ sqlite3 target.db "select sum(merged), sum(skipped), sum(rejected), sum(orphans) from engine_pass"
967|3|30|2
# A second run reads everything and writes nothing.
$ sqlite3 target.db "select job_id, payload_json, transformed_at from job_final order by 1" > first
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db
complete  run RUN, version v3, 0 s
job
  read                   1,000
  = merged                   0
  + unchanged              967
  + skipped                  3
  + rejected                30
  child rows            16,999
    orphans                  2
  in target                967
  digest       53abb14e2d3aee9c116daa15df17cc72

error[E2103]: no mapping for "ON_HOLD"
  --> rules/v3.lua:61   job.state
     |
  61 |       state       = enum    { "CREATED", "ASSIGNED", "IN_PROGRESS", "COMPLETED", "CANCELED",
     |
   = record   job ["101"]   (first of 6; all: engine quarantine list --code E2103)
   = saw      "ON_HOLD"
   = why      nothing was guessed; the record is kept in quarantine
help: in a new version, add   ["ON_HOLD"] = …,   to STATE (line 3)

error[E2106]: del.delivery_ref is not valid UTF-8 without NUL at byte 5
  --> rules/v3.lua:86   job.skip_when.test delivery
     |
  86 | ["test delivery"] = { from = "delivery_ref", by = function(delivery_ref) return starts(delivery_ref…
     |
   = record   job ["3"]   (first of 4; all: engine quarantine list --code E2106)
   = saw      x'444c562dff33'
   = why      nothing was guessed; the record is kept in quarantine
help: mend it in legacy

error[E2107]: "2018-03-00 00:00:00" in del.created_ts is a date without its month or day
  --> rules/v3.lua:74   job.amount
     |
  74 | amount      = decimal { 12, 2, from = { "amount", "created_ts" }, decision = "amount_in_cents",
     |
   = record   job ["22"]   (first of 3; all: engine quarantine list --code E2107)
   = saw      "2018-03-00 00:00:00"
   = why      nothing was guessed; the record is kept in quarantine
help: decide in a new version what such a value means

error[E2105]: a number that does not fit decimal { 12, 2 } with all its digits
  --> rules/v3.lua:74   job.amount
     |
  74 | amount      = decimal { 12, 2, from = { "amount", "created_ts" }, decision = "amount_in_cents",
     |
   = record   job ["352"]   (first of 3; all: engine quarantine list --code E2105)
   = saw      "12.345"
   = why      nothing was guessed; the record is kept in quarantine
help: declare more digits

error[E2202]: "completion does not precede creation" does not hold
  --> rules/v3.lua:90   job.invariants.completion does not precede creation
     |
  90 |       ["completion does not precede creation"] = function(job)
     |
   = record   job ["38"]   (first of 3; all: engine quarantine list --code E2202)
   = why      nothing was guessed; the record is kept in quarantine
help: look at the row, then mend legacy or the rule in a new version

error[E2108]: "2018-10-28 01:30:00" in del.promised_local is a local time the clocks showed twice
  --> rules/v3.lua:73   job.promisedAt
     |
  73 |       promisedAt  = instant { from = "promised_local", optional = true },
     |
   = record   job ["69"]   (first of 3; all: engine quarantine list --code E2108)
   = saw      "2018-10-28 01:30:00"
   = why      nothing was guessed; the record is kept in quarantine
help: say which is meant: ambiguous = "earlier" or "later"

error[E2101]: del.updated_ts is NULL, and the field is required
  --> rules/v3.lua:64   job.updatedAt
     |
  64 |       updatedAt   = instant { from = "updated_ts" },
     |
   = record   job ["11"]   (first of 2; all: engine quarantine list --code E2101)
   = saw      NULL
   = why      nothing was guessed; the record is kept in quarantine
help: say optional = true, or decide on a default

error[E2110]: two rows have the key "region"
  --> rules/v3.lua:79   job.attributes
     |
  79 |       attributes  = map     { from = "meta",
     |
   = record   job ["19"]   (first of 2; all: engine quarantine list --code E2110)
   = saw      "region"
   = why      nothing was guessed; the record is kept in quarantine
help: decide in a new version which one stands

error[E2102]: "12,50" in del.amount is no decimal number of at most 38 digits
  --> rules/v3.lua:74   job.amount
     |
  74 | amount      = decimal { 12, 2, from = { "amount", "created_ts" }, decision = "amount_in_cents",
     |
   = record   job ["700"]   (first of 2; all: engine quarantine list --code E2102)
   = saw      "12,50"
   = why      nothing was guessed; the record is kept in quarantine
help: declare what legacy's column is in types, or convert it with by

error[E2302]: a row of del_events names a row of del that does not exist
  --> rules/v3.lua:26   job.events
     |
  26 | events = children "del_events" { parent = "del_id", key = "seq",          -- unique within its pare…
     |
   = record   job.events ["51","1"]
   = saw      "[\"51\"]"
   = why      a row that belongs to nothing cannot be part of a record
help: find its root in legacy, or remove it there

and 3 more kinds of fault

32 in quarantine: engine quarantine list
[1]
$ sqlite3 target.db "select job_id, payload_json, transformed_at from job_final order by 1" | cmp - first
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --json
{"run":"RUN","version":"v3","fingerprint":"FINGERPRINT","status":"complete","entities":[{"entity":"job","read":1000,"merged":0,"unchanged":967,"skipped":3,"rejected":30,"fenced":0,"withdrawn":0,"children":16999,"orphans":2,"chunks":1,"chunks_due":0,"count":967,"digest":"53abb14e2d3aee9c116daa15df17cc72"}],"pauses":[],"seconds":0}
[1]
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet
[1]
$ engine status --target sqlite:target.db
complete  run RUN, version v3, 0 s
job
  read                   1,000
  = merged                   0
  + unchanged              967
  + skipped                  3
  + rejected                30
  child rows            16,999
    orphans                  2
  in target                967
  digest       53abb14e2d3aee9c116daa15df17cc72
32 in quarantine: engine quarantine list
decisions 0 open, N overdue: engine decisions
phase done; 2 workers, 0 rows/s
last checkpoint 0 s ago
$ engine status --target sqlite:target.db --json | jq -c 'keys'
["checkpoint_age_s","decisions","entities","fingerprint","holders","pause","pauses","phase","proven","rate","reason","run","seconds","status","target_answers","version","workers"]
$ engine state show --target sqlite:target.db | sed -n 1,3p
target.db.state
belongs to legacy -> target RUN
owner OWNER
$ engine state show --target sqlite:target.db --json | jq -c '[.[] | .table] | unique'
["about","checkpoints","facts"]
$ engine quarantine list --target sqlite:target.db --json | jq length
32
$ engine quarantine list --target sqlite:target.db --json | jq -c '[.[] | .faults[0].code] | group_by(.) | map([.[0], length])'
[["E2101",2],["E2102",2],["E2103",6],["E2105",3],["E2106",4],["E2107",3],["E2108",3],["E2109",1],["E2110",2],["E2201",1],["E2202",3],["E2302",2]]
$ engine quarantine list --target sqlite:target.db --code E2103
job ["101"]
  E2103  no mapping for "ON_HOLD"   state  (rule line 61)
job ["147"]
  E2103  no mapping for "DELIVERED "   state  (rule line 61)
job ["30"]
  E2103  no mapping for "DELIVERED "   state  (rule line 61)
job ["58"]
  E2103  no mapping for "DELIVERD"   state  (rule line 61)
job ["74"]
  E2103  no mapping for "PICKED UP"   state  (rule line 61)
job ["878"]
  E2103  no mapping for "DELIVERD"   state  (rule line 61)
$ engine quarantine show 1000000 --target sqlite:target.db > /dev/null
engine: the key ["1000000"] is not in quarantine
[65]
# A row that is mended is taken again.
$ sqlite3 legacy.db "update del set status = 'created' where status = 'ON_HOLD' and delivery_ref not like 'TEST-%'"
$ engine quarantine retry rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c '.status'
"complete"
$ engine quarantine list --target sqlite:target.db --json | jq length
31
$ sqlite3 target.db "select source_key, code from engine_quarantine where resolved_by <> '' order by 1"
["101"]|E2103
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c '.entities[] | [.read, .merged, .unchanged, .skipped, .rejected]'
[1000,0,968,3,29]
$ engine try rules/v3.lua 1 --legacy sqlite:legacy.db --json | jq -c '.[0] | [.entity, .key, .outcome, .record.jobId]'
["job",["1"],"record","tsk_1"]
$ engine try rules/v3.lua 51 --legacy sqlite:legacy.db
engine: legacy has no row with the key ["51"]
[65]
# The row in quarantine is the row as it is now, though its faults are the same.
$ sqlite3 legacy.db "update del set actor_id = 'somebody else' where del_id = 74"
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet
[1]
$ engine quarantine list --target sqlite:target.db --json | jq -c '.[] | select(.key == ["74"]) | .source.root.actor_id'
"somebody else"
# A retry says what stays, also what no key leads to.
$ engine quarantine retry rules/v3.lua 1000000 --legacy sqlite:legacy.db --target sqlite:target.db
engine: nothing of the key ["1000000"] is in quarantine
[65]
$ engine quarantine retry rules/v3.lua 74 --legacy sqlite:legacy.db --target sqlite:target.db
complete  run RUN, version v3, 0 s
job
  read                       1
  = merged                   0
  + unchanged                0
  + skipped                  0
  + rejected                 1
  child rows                 7
  in target                968
  digest       e7c500b3e8b37d6379be393e0ea8bfdc

error[E2103]: no mapping for "PICKED UP"
  --> rules/v3.lua:61   job.state
     |
  61 |       state       = enum    { "CREATED", "ASSIGNED", "IN_PROGRESS", "COMPLETED", "CANCELED",
     |
   = record   job ["74"]
   = saw      "PICKED UP"
   = nearest  PICKED_UP
   = why      nothing was guessed; the record is kept in quarantine
help: in a new version, add   ["PICKED UP"] = "IN_PROGRESS",   to STATE (line 3)

1 in quarantine: engine quarantine list
[1]
$ sqlite3 legacy.db "create table plain as select * from del_meta; drop table del_meta; alter table plain rename to del_meta; create index parent on del_meta(del_id); insert into del_meta values (null, 'lost', 'x')"
$ brief engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db
warning[E1204]: no unique index of "del_meta" lies within its key
  --> rules/v3.lua:28   job.source.meta
error[E2103]: no mapping for "DELIVERED "
  --> rules/v3.lua:61   job.state
error[E2106]: del.delivery_ref is not valid UTF-8 without NUL at byte 5
  --> rules/v3.lua:86   job.skip_when.test delivery
error[E2107]: "2018-03-00 00:00:00" in del.created_ts is a date without its month or day
  --> rules/v3.lua:74   job.amount
error[E2105]: a number that does not fit decimal { 12, 2 } with all its digits
  --> rules/v3.lua:74   job.amount
error[E2202]: "completion does not precede creation" does not hold
  --> rules/v3.lua:90   job.invariants.completion does not precede creation
error[E2108]: "2018-10-28 01:30:00" in del.promised_local is a local time the clocks showed twice
  --> rules/v3.lua:73   job.promisedAt
error[E2302]: a row of del_meta names a row of del that does not exist
  --> rules/v3.lua:28   job.meta
error[E2101]: del.updated_ts is NULL, and the field is required
  --> rules/v3.lua:64   job.updatedAt
error[E2110]: two rows have the key "region"
  --> rules/v3.lua:79   job.attributes
error[E2102]: "12,50" in del.amount is no decimal number of at most 38 digits
  --> rules/v3.lua:74   job.amount
[1]
$ sqlite3 target.db "select count(*), sum(root_key = '') from engine_quarantine where resolved_by = ''"
32|1
$ engine quarantine retry rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --entity job 2> /dev/null | tail -1
32 in quarantine: engine quarantine list
$ engine quarantine retry rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet
[1]
