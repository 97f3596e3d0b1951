# map.t: engine map is a filter: rows in, records out, what is not a record told on stderr.
$ echo '{"root":{"del_id":"A1","status":"delivered","created_ts":"2018-01-01 00:00:00","updated_ts":"2018-03-01 09:00:00","amount":12.5},"events":[{"seq":1,"kind":"delivered","at":"2018-01-01 00:05:00"}],"meta":[{"k":" Region ","v":"eu-west-1 "}]}' > good
$ echo '{"root":{"del_id":"A2","status":"ON_HOLD","created_ts":"2018-01-01 00:00:00","updated_ts":"2018-01-01 00:00:00","amount":0}}' > bad
$ echo '{"root":{"del_id":"A3","delivery_ref":"TEST-9","status":"created"}}' > test
$ engine map rules/v3.lua < good
{"amount":"12.50","attributes":{"region":"eu-west-1"},"completedAt":"2018-01-01T00:05:00.000000Z","createdAt":"2018-01-01T00:00:00.000000Z","history":[{"at":"2018-01-01T00:05:00.000000Z","kind":"delivered"}],"jobId":"tsk_A1","lineage":{"decisions":["completed_at"],"sourcePrimaryKeys":{"del_id":"A1"},"sourceSystem":"legacy","sourceTables":["del","del_events","del_meta"],"transformVersion":"v3"},"state":"COMPLETED","updatedAt":"2018-03-01T09:00:00.000000Z"}
records 1, skipped 0, rejected 0
# A number is its text; the rest is text, null, true and false.
$ jq -c '.root.amount = "12.5" | .root.actor_id = null' good | engine map rules/v3.lua 2> /dev/null | cmp - <(engine map rules/v3.lua < good 2> /dev/null)
$ echo '{"root":{"del_id":1,"status":"created","created_ts":"2018-01-01 00:00:00","updated_ts":"2018-01-01 00:00:00","amount":0.30,"actor_id":12345678901234567890.10}}' | engine map rules/v3.lua 2> /dev/null | jq -c '[.amount, .actorId]'
["0.30","12345678901234567890.10"]
$ cat good bad test bad good | engine map rules/v3.lua > out
line 2: job ["A2"] rejected: E2103 job.state: no mapping for "ON_HOLD"
line 3: job ["A3"] skipped: test delivery
line 4: job ["A2"] rejected: E2103 job.state: no mapping for "ON_HOLD"

error[E2103]: no mapping for "ON_HOLD"
  --> rules/v3.lua:61   job.state
     |
  61 |       state       = enum    { "CREATED", "ASSIGNED", "IN_PROGRESS", "COMPLETED", "CANCELED",
     |
   = record   job ["A2"], line 2   (first of 2)
   = saw      "ON_HOLD"
   = why      nothing was guessed; the record is kept in quarantine
help: in a new version, add   ["ON_HOLD"] = …,   to STATE (line 3)

records 2, skipped 1, rejected 2
[1]
$ wc -l < out
2
$ cat good bad test | engine map rules/v3.lua --json > out
{"line":2,"entity":"job","key":["A2"],"outcome":"reject","faults":[{"field":"state","code":"E2103","rule_line":61,"saw":"ON_HOLD","message":"no mapping for \"ON_HOLD\""}]}
{"line":3,"entity":"job","key":["A3"],"outcome":"skip","reason":"test delivery"}
[1]
$ cat good bad test | engine map rules/v3.lua --json 2>&1 > out | jq -c '[.line, .entity, .key, .outcome, .reason, (.faults // [] | map([.field, .code, .rule_line, .saw, .message]))]'
[2,"job",["A2"],"reject",null,[["state","E2103",61,"ON_HOLD","no mapping for \"ON_HOLD\""]]]
[3,"job",["A3"],"skip","test delivery",[]]
$ cat good test | engine map rules/v3.lua --quiet > /dev/null
$ engine map rules/v3.lua < /dev/null
records 0, skipped 0, rejected 0
# What is no source row stops it, and what came before has its answer.
$ (cat good; echo 'nonsense'; cat good) | engine map rules/v3.lua --quiet | jq -r .jobId
engine: line 2: invalid JSON at byte 1: a value was expected
tsk_A1
$ (cat good; echo 'nonsense'; cat good) | engine map rules/v3.lua --quiet > /dev/null
engine: line 2: invalid JSON at byte 1: a value was expected
[65]
$ (echo; cat good) | engine map rules/v3.lua
engine: line 1: invalid JSON at byte 0: ends too early
[65]
$ echo '[]' | engine map rules/v3.lua
engine: line 1: it is no object: {"root":{…},…}
[65]
$ echo '{"root":{"status":"created"}}' | engine map rules/v3.lua
engine: line 1: root has no del_id, which is its key
[65]
$ echo '{"root":{"del_id":"1","statsu":"created"}}' | engine map rules/v3.lua
engine: line 1: root has a column "statsu" that the rule does not read; it reads actor_id, amount, created_ts, del_id, delivery_ref, promised_local, status, updated_ts
[65]
$ echo '{"root":{"del_id":"1","batch_no":7,"delivery_ref":"TEST-1"}}' | engine map rules/v3.lua --quiet
$ echo '{"root":{"del_id":"1"},"event":[]}' | engine map rules/v3.lua
engine: line 1: "event" is no source of job; there are root, events, meta
[65]
$ echo '{"root":{"del_id":"1","status":["created"]}}' | engine map rules/v3.lua
engine: line 1: root.status is no value: text, a number, true, false, null or {"base64":"…"}
[65]
$ echo '{"root":{"del_id":"1"},"events":{"seq":"1"}}' | engine map rules/v3.lua
engine: line 1: events is no list of rows
[65]
$ echo '{"root":{"del_id":"1"},"events":[{"del_id":"2","seq":"1"}]}' | engine map rules/v3.lua
engine: line 1: events[1].del_id is not the key of root: it is no child of it
[65]
$ echo '{"root":{"del_id":"1","del_id":"2"}}' | engine map rules/v3.lua
engine: line 1: invalid JSON before byte 35: the name "del_id" stands twice in an object
[65]
$ echo '{"entity":"jop","root":{"del_id":"1"}}' | engine map rules/v3.lua
engine: line 1: there is no entity "jop"; there are job
[65]
$ printf '{"root":{"del_id":"\377"}}' | engine map rules/v3.lua
engine: line 1: invalid JSON at byte 19: not valid UTF-8
[65]
$ (printf '{"root":{"del_id":"'; head -c 17000000 /dev/zero | tr '\0' x; echo '"}}') | engine map rules/v3.lua
engine: line 1 is longer than 16 MiB
[65]
$ (printf '{"root":{"del_id":"1","status":"created","actor_id":"'; head -c 1100000 /dev/zero | tr '\0' x; echo '"}}') | engine map rules/v3.lua --json 2>&1 | jq -c '.faults[] | select(.field == "actorId") | .code'
"E2109"
$ sed 's/system /sytsem /' rules/v3.lua > rules/broken.lua; brief engine map rules/broken.lua < good
error[E1003]: no option "sytsem"
  --> rules/broken.lua:16   migration
engine: rules/broken.lua: 1 error, first at line 16: no option "sytsem"
[78]
# A line has its answer before the next one is asked for.
$ mkfifo in out2; (engine map rules/v3.lua < in > out2 &) ; exec 3> in 4< out2; cat good >&3; read -r -t 10 answer <&4; echo "$answer" | jq -r .jobId; cat good >&3; read -r -t 10 answer <&4; echo "$answer" | jq -r .jobId; exec 3>&-; cat <&4
tsk_A1
tsk_A1
records 2, skipped 0, rejected 0
# Whoever listens may stop: no word, and the status of every tool.
$ for i in $(seq 3000); do cat good; done | engine map rules/v3.lua --quiet | head -1 | jq -r .jobId
tsk_A1
$ (for i in $(seq 3000); do cat good; done | engine map rules/v3.lua --quiet; echo $? > status) | head -1 > /dev/null; cat status
141
# Two entities: a line says which.
$ printf 'return migration { version = "v1", system = "s",\n  entity "one" { source = { root = table "t" { key = "id" } }, fields = { oneId = id { from = "id", prefix = "o" } } },\n  entity "two" { source = { root = table "t" { key = "id" } }, fields = { twoId = id { from = "id", prefix = "t" } } } }\n' > rules/two.lua
$ printf '{"entity":"two","root":{"id":"1"}}\n{"entity":"one","root":{"id":"1"}}\n' | engine map rules/two.lua
{"lineage":{"decisions":[],"sourcePrimaryKeys":{"id":"1"},"sourceSystem":"s","sourceTables":["t"],"transformVersion":"v1"},"twoId":"t1"}
{"lineage":{"decisions":[],"sourcePrimaryKeys":{"id":"1"},"sourceSystem":"s","sourceTables":["t"],"transformVersion":"v1"},"oneId":"o1"}
records 2, skipped 0, rejected 0
$ echo '{"root":{"id":"1"}}' | engine map rules/two.lua
engine: line 1: it does not say its "entity", one of one, two
[65]
# References: one row that need not say its key, or a list to look rows up in.
$ echo '{"root":{"InvoiceId":1,"CustomerId":2,"InvoiceDate":"2021-01-01 00:00:00","Total":0.99},"lines":[{"InvoiceLineId":1,"TrackId":4,"UnitPrice":0.99,"Quantity":1}],"customer":{"FirstName":"L","LastName":"K","Email":"L@X","Fax":"1"},"track":[null,{"TrackId":4,"Name":"R"},{"TrackId":5,"Name":"S"},{"TrackId":4,"Name":"R"}]}' > sale
$ engine map rules/chinook/v1.lua < sale | jq -c '[.customerName, .lines[0].title]'
records 1, skipped 0, rejected 0
["L K","R"]
$ jq -c '.customer.CustomerId = 3' sale | engine map rules/chinook/v1.lua
engine: line 1: customer is a row that no root.CustomerId points at
[65]
$ jq -c '.track[3].Name = "T"' sale | engine map rules/chinook/v1.lua
engine: line 1: track has two rows with one key that differ in Name
[65]
$ jq -c 'del(.track[1].TrackId)' sale | engine map rules/chinook/v1.lua
engine: line 1: a row of track does not say its key TrackId
[65]
$ jq -c 'del(.customer)' sale | engine map rules/chinook/v1.lua --json 2>&1 | jq -c '.faults[].code'
"E2111"
# What a run stores is what map prints, byte for byte, but for what only a run can say.
$ sample legacy.db 1000
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet
[1]
# What JSON cannot hold, or no line, is left out: texts that are not UTF-8, and the value of 20 MB.
$ sqlite3 legacy.db "select json_object('root', json_object('del_id', del_id, 'delivery_ref', delivery_ref, 'status', status, 'created_ts', created_ts, 'updated_ts', updated_ts, 'actor_id', actor_id, 'amount', amount, 'promised_local', promised_local), 'events', (select json_group_array(json_object('seq', seq, 'kind', kind, 'at', at)) from del_events e where e.del_id = del.del_id), 'meta', (select json_group_array(json_object('k', k, 'v', v)) from del_meta m where m.del_id = del.del_id)) from del where ifnull(hex(delivery_ref) not like '%FF%' and hex(delivery_ref) not like '%00%', 1) and del_id not in (select del_id from del_meta where length(v) > 1000000)" > rows
$ engine map rules/v3.lua --json < rows 2> said | sort > mapped
$ sqlite3 target.db "select payload_json from job_final" | sed -E 's/"sourceDigest":"[0-9a-f]*",//; s/,"transformedAt":"[^"]*"//' | sort | cmp - mapped && wc -l < mapped
967
$ jq -r '[.outcome, .key[0], (.faults // [] | map(.code) | join(" "))] | join(" ")' said | sort | sha256sum > ours; engine quarantine list --target sqlite:target.db --json | jq -r '.[] | select(.of == "root" and ([.faults[].code] | contains(["E2106"]) or contains(["E2109"]) | not)) | ["reject", .key[0], (.faults | map(.code) | join(" "))] | join(" ")' > theirs; jq -r 'select(.outcome == "skip") | "skip \(.key[0]) "' said >> theirs; sort theirs | sha256sum | cmp - ours
# What many child rows have stands once on their root's line.
$ echo '{"root":{"del_id":"1","status":"created","created_ts":"2018-01-01 00:00:00","updated_ts":"2018-01-01 00:00:00","amount":"1"},"events":[{"seq":1},{"seq":2},{"seq":3,"kind":"x","at":"2018-01-01 00:00:00"}]}' | engine map rules/v3.lua --quiet
line 1: job ["1"] rejected: E2101 job.history[1].at: del_events.at is NULL, and the field is required (and 1 more like it); E2101 job.history[1].kind: del_events.kind is NULL, and the field is required (and 1 more like it)
[1]
