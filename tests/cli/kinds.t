# kinds.t: many faults of one kind stand under one header, with the row that came first and how to see the others.
$ sqlite3 legacy.db "create table orders (id integer primary key not null, status text, a text, b text, c text, d text, e text, f text, g text, h text, i text, j text, k text); with recursive n(x) as (select 1 union all select x + 1 from n where x < 412) insert into orders select x, 'PICKED UP', 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 from n; create table notes (order_id integer not null, seq integer not null, kind text, primary key (order_id, seq))"
$ printf 'local STATE = { PICKED_UP = "OPEN" }\nreturn migration { version = "v1", system = "s", entity "job" {\n  source = { root = table "orders" { key = "id" }, notes = children "notes" { parent = "order_id", key = "seq" } },\n  fields = { jobId = id { from = "id" },\n    state = enum { "OPEN", from = "status", lookup = STATE },\n' > rule.lua
$ for field in a b c d e f g h i j k; do echo "    $field = text { from = \"$field\" },"; done >> rule.lua; printf '    notes = list { from = "notes", each = { kind = enum { "A", from = "kind" } } },\n  } } }\n' >> rule.lua
$ engine run rule.lua --legacy sqlite:legacy.db --target sqlite:target.db
complete  run RUN, version v1, 0 s
job
  read                     412
  = merged                   0
  + unchanged                0
  + skipped                  0
  + rejected               412
  child rows                 0
  in target                  0
  digest       00000000000000000000000000000000

error[E2103]: no mapping for "PICKED UP"
  --> rule.lua:5   job.state
     |
   5 |     state = enum { "OPEN", from = "status", lookup = STATE },
     |
   = record   job ["1"]   (first of 412; all: engine quarantine list --code E2103)
   = saw      "PICKED UP"
   = nearest  PICKED_UP
   = why      nothing was guessed; the record is kept in quarantine
help: in a new version, add   ["PICKED UP"] = "OPEN",   to STATE (line 1)

412 in quarantine: engine quarantine list
[1]
$ engine quarantine list --target sqlite:target.db
error[E2103]: no mapping for "PICKED UP"
  --> job.state   (rule line 5)
   = record   job ["1"]   (first of 412; all: engine quarantine list --code E2103)
   = saw      "PICKED UP"
   = why      nothing was guessed; the row is kept in quarantine
help: in a new version, add the value to the lookup

412 in quarantine; one row and all its faults: engine quarantine show KEY
$ engine quarantine list --target sqlite:target.db --code E2103 | grep -c '^job'
412
# Faults of child rows are one kind, whatever the row.
$ sqlite3 legacy.db "update orders set status = 'PICKED_UP'; insert into notes values (7, 1, 'B'), (7, 2, 'B'), (8, 1, 'A')"
$ engine try rule.lua 7 --legacy sqlite:legacy.db
job ["7"]
source {"root":{"a":"1","b":"1","c":"1","d":"1","e":"1","f":"1","g":"1","h":"1","i":"1","id":"7","j":"1","k":"1","status":"PICKED_UP"},"notes":[{"kind":"B","order_id":"7","seq":"1"},{"kind":"B","order_id":"7","seq":"2"}]}
rejected
error[E2104]: "B" of notes.kind is none of the enum's values
  --> rule.lua:17   job.notes[1].kind
     |
  17 |     notes = list { from = "notes", each = { kind = enum { "A", from = "kind" } } },
     |
   = record   ["7"]   (first of 2)
   = saw      "B"
   = nearest  A
   = why      nothing was guessed; the record is kept in quarantine
help: in a new version, add the value to the enum or map it to one

[1]
$ engine run rule.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet; engine quarantine list --target sqlite:target.db
error[E2104]: "B" of notes.kind is none of the enum's values
  --> job.notes   (rule line 17)
   = record   job ["7"]
   = saw      "B"
   = why      nothing was guessed; the row is kept in quarantine
help: in a new version, add the value to the enum or map it to one

1 in quarantine; one row and all its faults: engine quarantine show KEY
# Ten kinds are told, the others are counted.
$ for field in a b c d e f g h i j k; do sqlite3 legacy.db "update orders set $field = null where id = 100 + unicode('$field')"; done
$ engine run rule.lua --legacy sqlite:legacy.db --target sqlite:target.db | sed -n -e '/^error/p' -e '/^and/p' -e '$p'
error[E2101]: orders.a is NULL, and the field is required
error[E2101]: orders.b is NULL, and the field is required
error[E2101]: orders.c is NULL, and the field is required
error[E2101]: orders.d is NULL, and the field is required
error[E2101]: orders.e is NULL, and the field is required
error[E2101]: orders.f is NULL, and the field is required
error[E2101]: orders.g is NULL, and the field is required
error[E2101]: orders.h is NULL, and the field is required
error[E2101]: orders.i is NULL, and the field is required
error[E2101]: orders.j is NULL, and the field is required
and 2 more kinds of fault
12 in quarantine: engine quarantine list
$ engine quarantine list --target sqlite:target.db | grep -c '^error'
12
$ engine run rule.lua --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c '[.status, .entities[0].rejected]'
["complete",12]
# Nothing of a value reaches the terminal as it is.
$ sqlite3 legacy.db "update orders set a = cast(x'1b5b33316d' as text), status = cast(x'1b5d303b70776e656407' as text) where id = 9"
$ engine run rule.lua --legacy sqlite:legacy.db --target sqlite:target.db | grep -c "$(printf '\033')"
0
[1]
$ engine quarantine list --target sqlite:target.db | grep 'no mapping'
error[E2103]: no mapping for "\u{1b}]0;pwned\u{7}"
# Neither what a rule says of it, nor in characters that only some terminals obey: U+009B begins a sequence, U+202E turns text around.
$ sed 's/from = "a" }/from = "a", by = reject }/' rule.lua > says.lua
$ sqlite3 legacy.db "update orders set a = 'x' || char(155) || '2Jy' || char(8238) || 'z'|| char(0xe9), status = 'PICKED_UP' where id = 9"
$ engine try says.lua 9 --legacy sqlite:legacy.db | grep -E '^(source|error)' | cut -c 1-80
source {"root":{"a":"x\u009b2Jy\u202ezé","b":"1","c":"1","d":"1","e":"1","f":"1
error[E2201]: x\u009b2Jy\u202ezé
# A row counts once for each code it has, however many of its fields do.
$ sqlite3 legacy.db "update orders set a = null, b = null, c = null where id = 11"
$ engine run rule.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet
[1]
$ sqlite3 target.db "select rejected, strata ->> '$.reject:E2101' from engine_chunk"
13|12
$ sqlite3 legacy.db "delete from orders; delete from notes"
$ engine run rule.lua --legacy sqlite:legacy.db --target sqlite:target.db | tail -1
  digest       00000000000000000000000000000000
$ engine quarantine list --target sqlite:target.db
nothing is in quarantine
