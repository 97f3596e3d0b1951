# refusals.t: bad input is named, and nothing is touched.
$ sample legacy.db 100
$ echo 'return migration {' > broken.lua
$ brief engine run broken.lua --legacy sqlite:legacy.db --target sqlite:target.db
error[E1001]: the "{" in this line is never closed
  --> broken.lua:1
engine: broken.lua: 1 error, first at line 1: the "{" in this line is never closed
[78]
$ echo 'os.exit(0)' > escapes.lua
$ brief engine run escapes.lua --legacy sqlite:legacy.db --target sqlite:target.db
error[E1010]: 'os' is not for rules
  --> escapes.lua:1
engine: escapes.lua: 1 error, first at line 1: 'os' is not for rules
[78]
$ sed 's/"delivery_ref", optional/"delivery_reff", optional/' rules/v3.lua > rules/column.lua
$ brief engine run rules/column.lua --legacy sqlite:legacy.db --target sqlite:target.db
error[E1202]: table "del" has no column "delivery_reff"
  --> rules/column.lua:60   job.externalId
engine: rules/column.lua: 1 error, first at line 60: table "del" has no column "delivery_reff"
[78]
$ engine check rules/column.lua --legacy sqlite:legacy.db --json 2> /dev/null | jq -c '.faults[] | [.code, .where, .nearest]'
["E1202","job.externalId","delivery_ref"]
$ sed 's/optional = true/optinal = true/' rules/v3.lua > rules/option.lua
$ engine run rules/option.lua --legacy sqlite:legacy.db --target sqlite:target.db > option.out 2>&1
[78]
$ grep -c 'optinal' option.out
9
$ brief engine run missing.lua --legacy sqlite:legacy.db --target sqlite:target.db
error[E1015]: opening missing.lua: No such file or directory
  --> missing.lua
engine: missing.lua: 1 error: opening missing.lua: No such file or directory
[78]
$ engine run rules/v3.lua --legacy sqlite:missing.db --target sqlite:target.db
engine: opening sqlite:missing.db: missing.db does not exist
[69]
$ head -c 5000 /dev/zero | tr '\0' x > noise.db
$ engine run rules/v3.lua --legacy sqlite:noise.db --target sqlite:target.db
engine: opening sqlite:noise.db: noise.db is not a SQLite database, or it is encrypted
[69]
$ mkdir folder.db
$ engine run rules/v3.lua --legacy sqlite:folder.db --target sqlite:target.db
engine: opening sqlite:folder.db: folder.db is a folder, not a database
[69]
$ ls -d target.db* missing.db* 2> /dev/null
[2]
# legacy is never written into, by whatever name
$ ln -s legacy.db link.db; sha256sum legacy.db > before
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:./link.db
engine: legacy and target are one store, sqlite:./link.db: nothing is ever written into legacy; name another target
[2]
$ engine quarantine retry rules/v3.lua --legacy sqlite:link.db --target sqlite:legacy.db
engine: legacy and target are one store, sqlite:legacy.db: nothing is ever written into legacy; name another target
[2]
$ sha256sum --check before; ls -d legacy.db?* link.db?*
legacy.db: OK
ls: cannot access 'legacy.db?*': No such file or directory
ls: cannot access 'link.db?*': No such file or directory
[2]
# the command line
$ engine run rules/v3.lua --legacy mysql://x/y --target sqlite:target.db
engine: no driver for 'mysql:' in 'mysql://x/y': there are sqlite:PATH and postgres://…
[2]
$ engine run rules/v3.lua --target sqlite:target.db
engine: which one? say --legacy, set ENGINE_LEGACY, or name it in engine.lua
[2]
$ engine run --legacy sqlite:legacy.db --target sqlite:target.db
engine: which rule file? usage: engine run [RULES]
[2]
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --workers 0
engine: --workers takes a whole number from 1, not '0'
[2]
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --rate fast
engine: --rate takes a whole number from 1, not 'fast'
[2]
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --stage=fast
engine: --stage takes durable, not 'fast'; without it records go straight into the final table
[2]
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --stage=
engine: --stage has an empty value
[2]
$ engine quarantine retry rules/v3.lua --stage=durable
engine: engine quarantine takes no --stage; see: engine help quarantine
[2]
$ engine run rules/v3.lua --lagacy sqlite:legacy.db --target sqlite:target.db
engine: unknown option '--lagacy'; did you mean '--legacy'?
[2]
$ engine rnu rules/v3.lua
engine: unknown command 'rnu'; did you mean 'run'?
[2]
$ engine status --workers 2
engine: engine status takes no --workers; see: engine help status
[2]
# What could not be said is no finding.
$ sqlite3 more.db "create table orders (id integer primary key not null, status text, unread text)"
$ printf 'return migration { version = "v1", system = "s", entity "job" { source = { root = table "orders" { key = "id" } }, fields = { jobId = id { from = "id" }, status = text { from = "status" } } } }' > more.lua
$ engine check more.lua --legacy sqlite:more.db > /dev/null 2>&1
[1]
$ engine check more.lua --legacy sqlite:more.db --quiet > /dev/null
[1]
$ engine check more.lua --legacy sqlite:more.db --quiet --json > /dev/full
engine: writing to standard output: No space left on device
[74]
$ engine doctor --legacy sqlite:missing.db > /dev/full
engine: writing to standard output: No space left on device
[74]
$ engine state explode --target sqlite:target.db
engine: usage: engine state show|rebuild|accept-timeline
[2]
$ engine > /dev/null
[2]
$ engine --version
engine 0.1
$ ls -d target.db* 2> /dev/null
[2]
# what turns the direction of writing, or the terminal, is shown and does nothing
$ printf 'local m = require "a\\27[2J"\nlocal n = "\xe2\x80\xae" + nothing\n' > names.lua
$ brief engine check names.lua | cat -v
error[E1008]: require "a\u{1b}[2J": not the name of a module
  --> names.lua:1
error[E1002]: undefined name 'nothing'
  --> names.lua:2
engine: names.lua: 2 errors, first at line 1: require "a\u{1b}[2J": not the name of a module
