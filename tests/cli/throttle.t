# throttle.t: the signals that slow a run down: what is wrong with them is said before anything is moved.
$ sample legacy.db 100
$ sqlite3 legacy.db 'create table lag(seconds); insert into lag values (0.2)'
$ printf 'return { rules = "rules/v3.lua", legacy = "sqlite:legacy.db", target = "sqlite:target.db", quarantine = 100,\n  throttle = { %%s } }\n' > form
$ printf "$(cat form)" 'probe "replica lag" { on = "legacy", sql = "select seconds from lag", at_most = 1.5 }, probe "rejects" { on = "target", sql = "select count(*) from engine_quarantine", at_most = 1e6 }, read_latency { at_most = 60 }, commit_latency { at_most = 60 }' > engine.lua
$ engine run --json | jq -c '[.status, .pauses]'
["complete",[]]
$ engine status --json | jq -c '.pauses'
[]
# a probe that does not run
$ printf "$(cat form)" 'probe "replica lag" { on = "legacy", sql = "select seconds from nowhere", at_most = 1.5 }' > engine.lua
$ brief engine run --target sqlite:other.db
engine: throttle in engine.lua: probe "replica lag" does not run on legacy: no such table: nowhere
[78]
$ test ! -e other.db
$ printf "$(cat form)" 'probe "replica lag" { on = "target", sql = "select max(job_id) from job_final", at_most = 1.5 }' > engine.lua
$ brief engine run
engine: throttle in engine.lua: probe "replica lag" does not run on target: what it gives is no number; a probe gives one row with one number
[78]
$ printf "$(cat form)" 'probe "replica lag" { on = "legacy", sql = "select null", at_most = 1.5 }' > engine.lua
$ brief engine run
engine: throttle in engine.lua: probe "replica lag" does not run on legacy: it gives NULL; a probe gives one row with one number
[78]
$ printf "$(cat form)" 'probe "replica lag" { on = "legacy", sql = "delete from lag", at_most = 1.5 }' > engine.lua
$ brief engine run
engine: throttle in engine.lua: probe "replica lag" does not run on legacy: a probe only selects
[78]
$ printf "$(cat form)" 'probe "replica lag" { on = "legacy", sql = "select 1; select 2", at_most = 1.5 }' > engine.lua
$ brief engine run
engine: throttle in engine.lua: probe "replica lag" does not run on legacy: it is more than one statement
[78]
$ printf "$(cat form)" 'probe "slow" { on = "legacy", sql = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n", at_most = 1.5 }' > engine.lua
$ brief engine run
engine: throttle in engine.lua: probe "slow" does not run on legacy: it takes longer than 1 s
[75]
# a signal that is not what it should be
$ printf "$(cat form)" 'probe "replica lag" { on = "cold", sql = "select 1", at_most = 1.5 }' > engine.lua
$ brief engine run
engine: engine.lua: engine.lua:2: probe "replica lag" needs its store: on = "legacy" or on = "target", not "cold"
[78]
$ printf "$(cat form)" 'probe "replica lag" { sql = "select 1", at_most = 1.5 }' > engine.lua
$ brief engine run
engine: engine.lua: engine.lua:2: probe "replica lag" needs its store: on = "legacy" or on = "target"
[78]
$ printf "$(cat form)" 'probe "replica lag" { on = "legacy", at_most = 1.5 }' > engine.lua
$ brief engine run
engine: engine.lua: engine.lua:2: probe "replica lag" needs its statement: sql = "select …"
[78]
$ printf "$(cat form)" 'probe "replica lag" { on = "legacy", sql = "select 1" }' > engine.lua
$ brief engine run
engine: engine.lua: engine.lua:2: "replica lag" needs its limit: at_most = a number above 0
[78]
$ printf "$(cat form)" 'probe "replica lag" { on = "legacy", sql = "select 1", at_most = -1 }' > engine.lua
$ brief engine run
engine: engine.lua: engine.lua:2: "replica lag" needs its limit: at_most = a number above 0
[78]
$ printf "$(cat form)" 'probe "replica lag" { on = "legacy", sql = "select 1", at_most = 1/0 }' > engine.lua
$ brief engine run
engine: engine.lua: engine.lua:2: "replica lag" needs its limit: at_most = a number above 0
[78]
$ printf "$(cat form)" 'probe "replica lag" { on = "legacy", sql = "select 1", atmost = 1 }' > engine.lua
$ brief engine run
engine: engine.lua: engine.lua:2: probe "replica lag" has on, sql and at_most, and nothing beside it, not 'atmost'
[78]
$ printf "$(cat form)" 'read_latency { on = "legacy", at_most = 1 }' > engine.lua
$ brief engine run
engine: engine.lua: engine.lua:2: the signal "read_latency" has at_most, and nothing beside it, not 'on'
[78]
$ printf "$(cat form)" 'probe "lag" { on = "legacy", sql = "select 1", at_most = 1 }, probe "lag" { on = "target", sql = "select 1", at_most = 2 }' > engine.lua
$ brief engine run
engine: engine.lua: engine.lua:2: two signals are named "lag"
[78]
$ printf "$(cat form)" 'read_latency { at_most = 1 }, read_latency { at_most = 2 }' > engine.lua
$ brief engine run
engine: engine.lua: engine.lua:2: two signals are named "read_latency"
[78]
$ printf "$(cat form)" 'probe "" { on = "legacy", sql = "select 1", at_most = 1 }' > engine.lua
$ brief engine run
engine: engine.lua: engine.lua:2: a probe has a name: probe "replica lag" { … }, of at most 60 printable ASCII characters without quotes
[78]
$ printf "$(cat form)" 'probe "lag\n" { on = "legacy", sql = "select 1", at_most = 1 }' > engine.lua
$ brief engine run
engine: engine.lua: engine.lua:2: a probe has a name: probe "replica lag" { … }, of at most 60 printable ASCII characters without quotes
[78]
$ printf "$(cat form)" 'probe "lag"' > engine.lua
$ brief engine run
engine: engine.lua: entry 1 of throttle is no signal: write probe "name" { on = …, sql = …, at_most = … }, read_latency { at_most = … } or commit_latency { at_most = … }
[78]
$ printf "$(cat form)" 'probe { on = "legacy", sql = "select 1", at_most = 1 }' > engine.lua
$ brief engine run
engine: engine.lua: engine.lua:2: a probe has a name: probe "replica lag" { … }, of at most 60 printable ASCII characters without quotes
[78]
$ printf "$(cat form)" '{ on = "legacy", sql = "select 1", at_most = 1 }' > engine.lua
$ brief engine run
engine: engine.lua: entry 1 of throttle is no signal: write probe "name" { on = …, sql = …, at_most = … }, read_latency { at_most = … } or commit_latency { at_most = … }
[78]
$ printf "$(cat form)" 'lag = probe "lag" { on = "legacy", sql = "select 1", at_most = 1 }' > engine.lua
$ brief engine run
engine: engine.lua: throttle is a list: its entries have no names, and none is left out
[78]
$ echo 'local lag = probe "lag" { on = "legacy", sql = "select 1", at_most = 1 } return { throttle = { lag, lag } }' > engine.lua
$ brief engine run
engine: engine.lua: throttle has the signal "lag" twice
[78]
$ echo 'local lag = probe "lag" { on = "legacy", sql = "select 1", at_most = 1 } return { workers = 1 }' > engine.lua
$ brief engine run
engine: engine.lua: the signal "lag" stands outside of throttle = { … }
[78]
$ echo 'return { throttle = 7 }' > engine.lua
$ brief engine run
engine: engine.lua: throttle is a list of signals, not a number
[78]
$ echo 'return { throttle = {} }' > engine.lua
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c .status
"complete"
