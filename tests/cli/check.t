# check.t: a rule file is checked layer by layer, down to the values it rejects; what was left out is said.
$ sqlite3 legacy.db "create table orders (id integer primary key not null, status text, placed text, paid text, secret text); insert into orders values (1, 'new', '2024-05-06 07:08:09', 't', 'x'), (2, 'PICKED UP', '2024-05-06', 'yes', 'top'), (3, 'PICKED UP', 'soon', 'yes', 'x'), (4, 'Picked_up', null, 'f', 'x'), (5, 'TEST', null, 'no', 'top'), (6, 'b' || char(27) || '[31m', '2024-05-06 07:08:09Z', 'f', 'x')"
$ printf 'local STATE = { NEW = "OPEN", PICKED_UP = "SENT" }\nreturn migration { version = "v1", system = "s", entity "order" {\n source = { root = table "orders" { key = "id", types = { placed = instant, paid = boolean } } },\n fields = {\n  orderId = id { from = "id" },\n  state = enum { "OPEN", "SENT", from = "status", fold = upper, lookup = STATE },\n  placed = instant { from = "placed" },\n  paid = boolean { from = "paid", optional = true },\n  secret = text { from = "secret", mask = true, lookup = { x = "known" } } },\n skip_when = { ["a test"] = { from = "status", by = function(status) return status == "TEST" end } } } }\n' > rules/c1.lua
$ engine check rules/c1.lua --legacy sqlite:legacy.db
warning[E2103]: orders.secret: no mapping for a value; in 1 of 6 rows
  --> rules/c1.lua:9   order.secret
     |
   9 |   secret = text { from = "secret", mask = true, lookup = { x = "known" } } },
     |
   = record   order ["2"]
   = saw      "masked:69fc91bf"   1 row
   = why      no mapping for masked:69fc91bf; a run guesses nothing and keeps such rows in quarantine
help: in a new version, add   [masked:69fc91bf] = …,   to the lookup (line 9)

warning[E2107]: orders.placed: a moment that does not exist; in 1 of 6 rows
  --> rules/c1.lua:7   order.placed
     |
   7 |   placed = instant { from = "placed" },
     |
   = record   order ["2"]
   = saw      "2024-05-06"   1 row
   = why      "2024-05-06" in orders.placed is a date without a time of day; a run guesses nothing and keeps such rows in quarantine
help: a column of days is of type date

warning[E2107]: orders.placed: a moment that does not exist; in 1 of 6 rows
  --> rules/c1.lua:7   order.placed
     |
   7 |   placed = instant { from = "placed" },
     |
   = record   order ["1"]
   = saw      "2024-05-06 07:08:09"   1 row
   = why      "2024-05-06 07:08:09" in orders.placed has no offset from UTC, and the column no zone; a run guesses nothing and keeps such rows in quarantine
help: say what the column means: instant { zone = "UTC" }

warning[E2102]: orders.placed: a value that is not of its type; in 1 of 6 rows
  --> rules/c1.lua:7   order.placed
     |
   7 |   placed = instant { from = "placed" },
     |
   = record   order ["3"]
   = saw      "soon"   1 row
   = why      "soon" in orders.placed is not a time written as YYYY-MM-DD HH:MM:SS; a run guesses nothing and keeps such rows in quarantine
help: declare what legacy's column is in types, or convert it with by

warning[E2101]: orders.placed: a required value is missing; in 1 of 6 rows
  --> rules/c1.lua:7   order.placed
     |
   7 |   placed = instant { from = "placed" },
     |
   = record   order ["4"]
   = saw      NULL   1 row
   = why      orders.placed is NULL, and the field is required; a run guesses nothing and keeps such rows in quarantine
help: say optional = true, or decide on a default

warning[E2102]: orders.paid: a value that is not of its type; in 2 of 6 rows
  --> rules/c1.lua:8   order.paid
     |
   8 |   paid = boolean { from = "paid", optional = true },
     |
   = record   order ["2"]
   = saw      "yes"   2 rows
   = why      "yes" in orders.paid is none of t, f, true, false, 1, 0; a run guesses nothing and keeps such rows in quarantine
help: declare what legacy's column is in types, or convert it with by

warning[E2103]: orders.status: no mapping for a value; 2 of them, in 3 of 6 rows
  --> rules/c1.lua:6   order.state
     |
   6 |   state = enum { "OPEN", "SENT", from = "status", fold = upper, lookup = STATE },
     |
   = record   order ["2"]
   = saw      "PICKED UP"   2 rows, nearest "PICKED_UP"
   = saw      "B\u{1b}[31M"   1 row
   = why      no mapping for "PICKED UP"; a run guesses nothing and keeps such rows in quarantine
help: in a new version, add   ["PICKED UP"] = "SENT",   to STATE (line 1)

version v1 of system s
  order: 5 fields from 1 sources, 0 decisions, 0 examples
  transform  FINGERPRINT…
  validation FINGERPRINT…
shape   passed
lint    passed
schema  passed
values  7 findings
        order: 6 rows, 5 rejected, 1 skipped
sound, with 7 findings
[1]
$ engine check rules/c1.lua --legacy sqlite:legacy.db --json 2> /dev/null | jq -c '.layers[] | [.layer, .answer, .findings, .why]'
["shape","passed",0,null]
["lint","passed",0,null]
["schema","passed",0,null]
["values","findings",7,null]
$ engine check rules/c1.lua --legacy sqlite:legacy.db --json 2> /dev/null | jq -c '(.looked[] | [.entity, .rows, .read, .skipped, .rejected]), (.faults[] | [.layer, .code, .table, .column, .rows, .of, [.values[] | [.saw, .rows]]])'
["order",6,6,1,5]
["values","E2103","orders","status",3,6,[["PICKED UP",2],["B\u001b[31M",1]]]
["values","E2102","orders","paid",2,6,[["yes",2]]]
["values","E2101","orders","placed",1,6,[[null,1]]]
["values","E2102","orders","placed",1,6,[["soon",1]]]
["values","E2107","orders","placed",1,6,[["2024-05-06 07:08:09",1]]]
["values","E2107","orders","placed",1,6,[["2024-05-06",1]]]
["values","E2103","orders","secret",1,6,[["masked:69fc91bf",1]]]
# What nobody asked is said, and is no agreement.
$ engine check rules/c1.lua --legacy sqlite:legacy.db --skip values
version v1 of system s
  order: 5 fields from 1 sources, 0 decisions, 0 examples
  transform  FINGERPRINT…
  validation FINGERPRINT…
shape   passed
lint    passed
schema  passed
values  skipped: --skip says so
sound, and every table and column is there
$ engine check rules/c1.lua --legacy sqlite:legacy.db --skip schema,lint
version v1 of system s
  order: 5 fields from 1 sources, 0 decisions, 0 examples
  transform  FINGERPRINT…
  validation FINGERPRINT…
shape   passed
lint    skipped: --skip says so
schema  skipped: --skip says so
values  skipped: rows are read by what the schema says
sound by itself
$ engine check rules/c1.lua --offline | tail -n 5
shape   passed
lint    passed
schema  skipped: --offline says so
values  skipped: --offline says so
sound by itself; --legacy URL checks it against the tables
$ engine check rules/c1.lua --skip shape
engine: shape cannot be skipped: of a file that is not read nothing can be said
[2]
$ engine check rules/c1.lua --skip tables
engine: --skip takes lint, schema and values, with commas between them, not 'tables'
[2]
$ engine check rules/c1.lua --full --sample 3 --legacy sqlite:legacy.db
engine: --full looks at all rows, --sample at some: only one of them
[2]
# Of no rows nothing is learnt.
$ sqlite3 empty.db "create table orders (id integer primary key not null, status text, placed text, paid text, secret text)"
$ engine check rules/c1.lua --legacy sqlite:empty.db | tail -n 6
shape   passed
lint    passed
schema  passed
values  skipped: legacy has no rows
        order: 0 rows, 0 rejected, 0 skipped
sound, and every table and column is there
# A store that is not there is no answer either.
$ engine check rules/c1.lua --legacy sqlite:missing.db
shape   passed
lint    passed
schema  could not tell: opening sqlite:missing.db: missing.db does not exist
values  could not tell: legacy could not be reached
engine: opening sqlite:missing.db: missing.db does not exist
[69]
# What a rule may lose without a word.
$ sed -i -e 's/from = "id" }/from = "id", fold = lower }/' -e 's/optional = true }/by = function(paid) return paid or false end }/' rules/c1.lua
$ engine check rules/c1.lua --offline
warning[E1302]: fold = lower makes one id of "A1" and "a1"
  --> rules/c1.lua:5   order.orderId
     |
   5 |   orderId = id { from = "id", fold = lower },
     |
   = why      all keys that meet in one id are rejected (E2301), and an id the target does not hold cannot be asked from legacy
help: leave the fold out, or name the decision that takes this: decision = "…"

warning[E1301]: false stands in where there is no value, and no decision says so
  --> rules/c1.lua:8   order.paid
     |
   8 |   paid = boolean { from = "paid", by = function(paid) return paid or false end },
     |
   = why      the record does not say that nothing was there; what stands there instead is a guess unless somebody decided it
help: let it be nil and say optional = true, or name who decided: decision = "…"

version v1 of system s
  order: 5 fields from 1 sources, 0 decisions, 0 examples
  transform  FINGERPRINT…
  validation FINGERPRINT…
shape   passed
lint    2 findings
schema  skipped: --offline says so
values  skipped: --offline says so
sound, with 2 findings; --legacy URL checks it against the tables
[1]
