# settings.t: flags beat the environment, which beats engine.lua; nothing is switched off by being mistyped.
$ sample legacy.db 100
$ printf 'return { rules = "rules/v3.lua", legacy = "sqlite:legacy.db", target = env "WHERE_TO", state = "remembered", quarantine = 100 }\n' > engine.lua
$ brief engine run
engine: engine.lua: engine.lua:1: the environment variable WHERE_TO is not set
[78]
$ WHERE_TO=sqlite:one.db engine run --json | jq -c '[.status, .entities[0].merged]'
["complete",81]
$ test -e one.db && test -d remembered
$ WHERE_TO=sqlite:one.db ENGINE_TARGET=sqlite:two.db ENGINE_STATE=elsewhere engine run --quiet
$ test -e two.db && test -d elsewhere
$ WHERE_TO=sqlite:one.db ENGINE_TARGET=sqlite:two.db engine run --target sqlite:three.db --state third --quiet
$ test -e three.db && test -d third
$ printf 'return { wokers = 3 }\n' > engine.lua
$ brief engine run rules/v3.lua
engine: engine.lua: nobody knows the key 'wokers'; there are legacy target cold state rules workers rate bytes chunk quarantine throttle
[78]
$ printf 'return { workers = 1.5 }\n' > engine.lua
$ brief engine run rules/v3.lua
engine: engine.lua: workers is a whole number from 0
[78]
$ printf 'return os.getenv("HOME")\n' > engine.lua
$ brief engine run rules/v3.lua
engine: engine.lua: engine.lua:1: 'os' does not exist here; engine.lua is one table, with env "NAME" for secrets
[78]
$ printf 'while true do end\n' > engine.lua
$ brief engine run rules/v3.lua
engine: engine.lua: the budget of instructions is spent
[78]
$ printf 'return 7\n' > engine.lua
$ brief engine run rules/v3.lua
engine: engine.lua: engine.lua does not return a table
[78]
$ rm engine.lua
$ brief engine run rules/v3.lua --legacy mysql://localhost/x --target sqlite:four.db
engine: no driver for 'mysql:' in 'mysql://localhost/x': there are sqlite:PATH and postgres://…
[2]
$ brief engine run rules/v3.lua --legacy sqlite:legacy.db --target legacy.db
engine: 'legacy.db' is no database URL: write sqlite:PATH or postgres://…
[2]
$ brief engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:four.db --workers 0
engine: --workers takes a whole number from 1, not '0'
[2]
$ brief engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:four.db --rate fast
engine: --rate takes a whole number from 1, not 'fast'
[2]
$ brief engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:four.db --bytes 10X
engine: --bytes takes a whole number from 1, not '10X'
[2]
$ test ! -e four.db
