# init.t: a new version is a copy of another one that says the same; nothing but its names differs.
$ engine init --from v3 v4
rules/v4.lua is version v4, which supersedes v3 and says the same so far
$ diff rules/v3.lua rules/v4.lua
14,15c14,15
<   version    = "v3",
<   supersedes = "v2",
---
>   version    = "v4",
>   supersedes = "v3",
[1]
$ [ "$(engine check rules/v3.lua --json | jq -c '[.transform, .validation]')" = "$(engine check rules/v4.lua --json | jq -c '[.transform, .validation]')" ] && engine check rules/v4.lua --json | jq -r .version
v4
# Nothing is written over.
$ cp rules/v4.lua before; engine init --from v3 v4
engine: rules/v4.lua exists already; nothing was written
[2]
$ cmp before rules/v4.lua; mkdir rules/v5; engine init --from v3 v5; ls rules/v5.lua
engine: rules/v5 exists already; nothing was written
ls: cannot access 'rules/v5.lua': No such file or directory
[2]
$ ln -s nowhere rules/v6.lua; engine init --from v3 v6
engine: rules/v6.lua exists already; nothing was written
[2]
# The first version supersedes none: its copy does.
$ engine init --from v1 w1 --quiet; diff rules/v1.lua rules/w1.lua
11c11,12
<   version   = "v1",
---
>   version   = "w1",
>   supersedes = "v1",
[1]
# With modules and tables of its own; those that are shared stay shared.
$ mkdir -p m/a1/deep m/shared; cp rules/authority.lua m; printf 'NEW,OPEN\n' | sed '1i was,is' > m/a1/states.csv
$ printf 'return { was = function(x) return x end }\n' > m/shared/words.lua
$ printf -- '-- require "a1.job" stays as it is in a comment\nlocal note = [[ require "a1.job" ]]\nreturn migration { version = "a1", system = "s", authority = require "authority", require "a1.job", require("a1.deep.other") }\n' > m/a1.lua
$ printf -- 'local STATE = csv "a1/states.csv" { key = "was", value = "is" }\nlocal words = require "shared.words"\nreturn entity "job" { source = { root = table "t" { key = "id" } }, fields = { jobId = id { from = "id" },\n  state = enum { "OPEN", from = "state", lookup = STATE } } }\n' > m/a1/job.lua
$ printf -- "return entity 'other' { source = { root = table 'u' { key = 'id' } }, fields = { otherId = id { from = 'id' } } }" > m/a1/deep/other.lua
$ chmod 750 m/a1 m/a1/deep; chmod 640 m/a1/job.lua; engine init --from m/a1.lua a2
m/a2.lua is version a2, which supersedes a1 and says the same so far
  with m/a2
  with m/a2/job.lua
  with m/a2/deep
  with m/a2/deep/other.lua
  with m/a2/states.csv
$ diff m/a1.lua m/a2.lua; diff -r m/a1 m/a2
3c3
< return migration { version = "a1", system = "s", authority = require "authority", require "a1.job", require("a1.deep.other") }
---
> return migration { version = "a2", supersedes = "a1", system = "s", authority = require "authority", require "a2.job", require("a2.deep.other") }
diff -r m/a1/job.lua m/a2/job.lua
1c1
< local STATE = csv "a1/states.csv" { key = "was", value = "is" }
---
> local STATE = csv "a2/states.csv" { key = "was", value = "is" }
[1]
$ stat -c '%a %n' m/a2 m/a2/deep m/a2/job.lua m/a2/deep/other.lua
750 m/a2
750 m/a2/deep
640 m/a2/job.lua
644 m/a2/deep/other.lua
$ engine check m/a2.lua --json | jq -c '.version, (.faults | map(.code))'
"a2"
[]
$ engine init --from m/a1 a3 --json | jq -c .
{"version":"a3","supersedes":"a1","rules":"m/a3.lua","made":["m/a3","m/a3/job.lua","m/a3/deep","m/a3/deep/other.lua","m/a3/states.csv","m/a3.lua"]}
# What cannot be done leaves nothing behind.
$ engine init --from m/a1 'a.4'
engine: 'a.4' cannot name a version and its file: letters, digits, _ and -, the first a letter or a digit
[2]
$ engine init --from m/a1 ../a4
engine: '../a4' cannot name a version and its file: letters, digits, _ and -, the first a letter or a digit
[2]
$ engine init --from nothing v9
error[E1015]: opening rules/nothing.lua: No such file or directory
  --> rules/nothing.lua
   = why      without it there is no rule
help: check the path, and that the file may be read

engine: rules/nothing.lua: 1 error: opening rules/nothing.lua: No such file or directory
[78]
$ engine init
engine: rules/v1.lua is there already and is not written over; --stubs writes only what an editor needs
[2]
$ engine init --from v3
engine: which new version? engine init --from v3 NEW
[2]
$ sed 's/version = "a1"/version = "a" .. 1/' m/a1.lua > m/a9.lua; engine init --from m/a9 a10; ls -d m/a10*
engine: m/a9.lua: line 3: version is not a plain text, so it cannot be replaced: copy by hand
ls: cannot access 'm/a10*': No such file or directory
[2]
$ cp -r m/a1 m/b1; sed 's/version = "a1"/version = "b" .. 1/; s/"a1[.]/"b1./g' m/a1.lua > m/b1.lua; sed -i 's/a1/b1/' m/b1/job.lua; engine init --from m/b1 b2; ls m | grep b2
engine: m/b1.lua: line 3: version is not a plain text, so it cannot be replaced: copy by hand
[1]
$ sed 's/optional = true/optinal = true/' rules/v3.lua > rules/bad.lua; brief engine init --from bad v9; ls rules/v9.lua
error[E1003]: no option "optinal"
  --> rules/bad.lua:60   job.externalId
error[E1003]: no option "optinal"
  --> rules/bad.lua:65   job.completedAt
error[E1003]: no option "optinal"
  --> rules/bad.lua:72   job.actorId
error[E1003]: no option "optinal"
  --> rules/bad.lua:73   job.promisedAt
engine: rules/bad.lua: 4 errors, first at line 60: no option "optinal"
ls: cannot access 'rules/v9.lua': No such file or directory
[2]
# engine.lua says where rules are.
$ echo 'return { rules = "m/a1.lua" }' > engine.lua; engine init --from a1 a5 --quiet; ls m/a5.lua
m/a5.lua
