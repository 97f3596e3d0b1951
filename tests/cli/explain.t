# explain.t: what a code means; explain.sh executes the examples.
$ engine explain E2103
E2103: no mapping for a value

why   nothing was guessed; the row is kept in quarantine
help  in a new version, add the value to the lookup

rows
   | {"root":{"id":1,"status":"PICKED UP"}}

fails: engine map rule.lua < rows
 - | local STATE = { PICKED_UP = "OPEN", DELIVERED = "DONE" }
   |
   | return migration {
   |   version = "v1", system = "shop",
   |   entity "job" {
   |     source = { root = table "orders" { key = "id" } },
   |     fields = {
   |       jobId = id { from = "id" },
   |       state = enum { "OPEN", "DONE", from = "status", lookup = STATE },
   |     },
   |   },
   | }

fixed: engine map rule.lua < rows
 + | local STATE = { PICKED_UP = "OPEN", DELIVERED = "DONE", ["PICKED UP"] = "OPEN" }
   |
   | return migration {
   |   version = "v1", system = "shop",
   |   entity "job" {
   |     source = { root = table "orders" { key = "id" } },
   |     fields = {
   |       jobId = id { from = "id" },
   |       state = enum { "OPEN", "DONE", from = "status", lookup = STATE },
   |     },
   |   },
   | }
$ engine explain e2103 | cmp - <(engine explain 2103)
$ engine explain | sed -n '1,2p;$p'
E1001  the rule file is not valid Lua
E1002  an undefined name
E4006  a list of releases that cannot be relied on
$ engine explain --json | jq -c '[length, (map(select((.title | length) > 0 and (.why | length) > 0 and (.help | length) > 0)) | length) == length]'
[65,true]
$ engine explain E2103 --json | jq -c '[.code, .title, .why, .help, (.example | map([.part, .command, (.text | length > 0)]))]'
["E2103","no mapping for a value","nothing was guessed; the row is kept in quarantine","in a new version, add the value to the lookup",[["rows",null,true],["fails","engine map rule.lua < rows",true],["fixed","engine map rule.lua < rows",true]]]
$ engine explain E2199
engine: there is no code 'E2199'; near it are E2119, E2115, E2114; all: engine explain
[2]
$ engine explain foo
engine: there is no code 'foo'; all: engine explain
[2]
$ engine explain E2103 E2104
engine: engine explain does not know what to do with 'E2104'; usage: engine explain [CODE]
[2]
$ engine explain ''
engine: there is no code ''; all: engine explain
[2]
