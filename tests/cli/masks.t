# masks.t: a masked value reaches the target, and nothing that people or files of reports are shown.
$ sqlite3 legacy.db "create table person (id integer primary key, name text, email text, born text); insert into person values (1, 'Ann', 'ann@example.org', '1980-01-31'), (2, 'Bob', 'bob@example.org', 'S3CR3T'), (3, 'Cid', 'S3CR3T', null)"
$ printf 'return migration { version = "p1", system = "crm", entity "person" {\n source = { root = table "person" { key = "id", types = { born = date } } },\n fields = {\n  personId = id { from = "id", prefix = "p_" },\n  name = text { from = "name" },\n  contact = { email = text { from = "email", mask = true, by = function(email) return contains(email, "@") and email or reject("no @ in " .. email) end } },\n  born = date { from = "born", optional = true, mask = true } } } }\n' > rules/p1.lua
$ engine check rules/p1.lua --legacy sqlite:legacy.db
warning[E2102]: person.born: a value that is not of its type; in 1 of 3 rows
  --> rules/p1.lua:7   person.born
     |
   7 |   born = date { from = "born", optional = true, mask = true } } } }
     |
   = record   person ["2"]
   = saw      "masked:e504096c"   1 row
   = why      masked:e504096c in person.born is not a date written as YYYY-MM-DD; a run guesses nothing and keeps such rows in quarantine
help: declare what legacy's column is in types, or convert it with by

warning[E2201]: person.contact.email: rejected by the rule; in 1 of 3 rows
  --> rules/p1.lua:6   person.contact.email
     |
   6 | contact = { email = text { from = "email", mask = true, by = function(email) return contains(email,…
     |
   = record   person ["3"]
   = saw      what the rule says here is masked (masked:8dd358e4)   1 row
   = why      nothing is guessed: a run keeps such rows in quarantine
help: look at the row: engine quarantine show KEY

version p1 of system crm
  person: 4 fields from 1 sources, 0 decisions, 0 examples
  transform  FINGERPRINT…
  validation FINGERPRINT…
shape   passed
lint    passed
schema  passed
values  2 findings
        person: 3 rows, 2 rejected, 0 skipped
sound, with 2 findings
[1]
$ engine try rules/p1.lua 1 --legacy sqlite:legacy.db
person ["1"]
source {"root":{"born":"masked:e44f6092","email":"masked:642b0f6e","id":"1","name":"Ann"}}
record {"born":"masked:e44f6092","contact":{"email":"masked:642b0f6e"},"name":"Ann","personId":"p_1"}
  born           "masked:e44f6092"
                 date from born "masked:e44f6092"; rules/p1.lua:7
  contact        {"email":"masked:642b0f6e"}
                 object from email "masked:642b0f6e"; rules/p1.lua:6
  name           "Ann"
                 text from name "Ann"; rules/p1.lua:5
  personId       "p_1"
                 id from id "1"; rules/p1.lua:4
$ engine try rules/p1.lua 1 --legacy sqlite:legacy.db --json | jq -c '.[0] | [.record, .source]'
[{"born":"masked:e44f6092","contact":{"email":"masked:642b0f6e"},"name":"Ann","personId":"p_1"},{"root":{"born":"masked:e44f6092","email":"masked:642b0f6e","id":"1","name":"Ann"}}]
$ engine try rules/p1.lua 2 --legacy sqlite:legacy.db
person ["2"]
source {"root":{"born":"masked:e504096c","email":"masked:16949cc4","id":"2","name":"Bob"}}
rejected
error[E2102]: masked:e504096c in person.born is not a date written as YYYY-MM-DD
  --> rules/p1.lua:7   person.born
     |
   7 |   born = date { from = "born", optional = true, mask = true } } } }
     |
   = record   ["2"]
   = saw      "masked:e504096c"
   = why      nothing was guessed; the record is kept in quarantine
help: declare what legacy's column is in types, or convert it with by

[1]
$ engine try rules/p1.lua 3 --legacy sqlite:legacy.db --json
[{"entity":"person","key":["3"],"outcome":"reject","source":{"root":{"born":null,"email":"masked:e504096c","id":"3","name":"Cid"}},"record":null,"reason":null,"faults":[{"field":"contact","code":"E2201","rule_line":6,"saw":null,"message":"what the rule says here is masked (masked:8dd358e4)"}],"fields":[]}]
[1]
$ engine run rules/p1.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet
[1]
$ sqlite3 target.db "select json_remove(payload_json, '$.lineage') from person_final"
{"born":"1980-01-31","contact":{"email":"ann@example.org"},"name":"Ann","personId":"p_1"}
$ sqlite3 target.db "select * from engine_quarantine" | grep -c S3CR3T
0
[1]
$ sqlite3 target.db "select code, faults, source_row from engine_quarantine order by source_key"
E2102|[{"field":"born","code":"E2102","rule_line":7,"saw":"masked:e504096c","message":"masked:e504096c in person.born is not a date written as YYYY-MM-DD"}]|{"root":{"born":"masked:e504096c","email":"masked:16949cc4","id":"2","name":"Bob"}}
E2201|[{"field":"contact","code":"E2201","rule_line":6,"saw":null,"message":"what the rule says here is masked (masked:8dd358e4)"}]|{"root":{"born":null,"email":"masked:e504096c","id":"3","name":"Cid"}}
$ engine quarantine list --target sqlite:target.db --json | grep -c S3CR3T
0
[1]
$ grep -rl S3CR3T target.db target.db.state
[1]
