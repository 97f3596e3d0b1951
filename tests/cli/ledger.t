# ledger.t: what was decided and done stands in a chain; whoever changes it is told where.
$ sample legacy.db 1000
$ engine ledger verify --target sqlite:target.db
engine: opening sqlite:target.db: target.db does not exist
[69]
$ engine ledger prune --target sqlite:target.db
engine: usage: engine ledger list|verify|evidence
[2]
$ engine ledger verify
engine: which one? say --target, set ENGINE_TARGET, or name it in engine.lua
[2]
# a target that no run has seen
$ sqlite3 target.db 'create table other (a)'
$ engine ledger verify --target sqlite:target.db
there is nothing to verify: the ledger is empty
[4]
$ engine ledger verify --target sqlite:target.db --json
{"result":"nothing","entries":0,"head":null,"remembered":null,"reason":null,"breaks":[],"break_count":0}
[4]
$ engine ledger list --target sqlite:target.db
the ledger is empty
$ engine ledger list --target sqlite:target.db --json
[]
$ engine plan rules/v3.lua --legacy sqlite:legacy.db --ddl | grep -A9 engine_ledger
create table if not exists "engine_ledger" (
	"entry_no" INTEGER not null,
	"kind" TEXT not null,
	"at" TEXT not null,
	"who" TEXT not null,
	"body" TEXT not null,
	"previous" TEXT not null,
	"hash" TEXT not null,
	primary key ("entry_no")
);
$ engine plan rules/v3.lua --legacy sqlite:legacy.db --ddl | grep -A9 engine_authority
create table if not exists "engine_authority" (
	"entity" TEXT not null,
	"facet" TEXT not null,
	"bucket_first" INTEGER not null,
	"bucket_last" INTEGER not null,
	"holder" TEXT not null,
	"since" TEXT not null,
	"entry_no" INTEGER not null,
	primary key ("entity", "facet", "bucket_first")
);
# one run, and another one that registers nothing
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --chunk 100 --json > report.json
[1]
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --chunk 100 --json > again.json
[1]
$ engine ledger list --target sqlite:target.db
    1  HASH  TIME  WHO  rule-registered  version v3 for job (epoch 1), 2 files
    2  HASH  TIME  WHO  run-started      run RUN, version v3
    3  HASH  TIME  WHO  run-ended        run RUN complete: job 1000 read, 967 merged, 30 rejected
    4  HASH  TIME  WHO  run-started      run RUN, version v3
    5  HASH  TIME  WHO  run-ended        run RUN complete: job 1000 read, 0 merged, 30 rejected
$ engine ledger list --target sqlite:target.db --json | jq -c '.[0:3][] | .body | del(.run, .state, .transform, .validation, .transformed_at, .files[]?.sha256)'
{"entities":[{"entity":"job","epoch":1}],"files":[{"path":"v3.lua"},{"path":"authority.lua"}],"supersedes":"v2","system":"legacy","version":"v3"}
{"history":null,"kind":"run","resumed":false,"system":"legacy","version":"v3"}
{"entities":[{"children":16999,"digest":"53abb14e2d3aee9c116daa15df17cc72","entity":"job","fenced":0,"merged":967,"orphans":2,"read":1000,"records":967,"rejected":30,"skipped":3,"unchanged":0,"withdrawn":0}],"kind":"run","status":"complete"}
$ engine ledger list --target sqlite:target.db --json | jq -r '.[].at' | sort -c && engine ledger list --target sqlite:target.db --json | jq -r '.[].at' | grep -cE '^2[0-9-]{9}T[0-9:]{8}\.[0-9]{6}Z$'
5
$ engine ledger list --target sqlite:target.db --json | jq -r '.[].who' | sort -u | grep -c "^$(id -un)@$(uname -n)$"
1
$ engine ledger verify --target sqlite:target.db
intact  5 entries, the last with the hash FINGERPRINT
entry 5, the last that target.db.state has seen, is the one that it has seen
$ engine ledger verify --target sqlite:target.db --quiet
$ engine ledger verify --target sqlite:target.db --json
{"result":"intact","entries":5,"head":{"entry":5,"hash":"FINGERPRINT"},"remembered":{"entry":5,"hash":"FINGERPRINT"},"reason":null,"breaks":[],"break_count":0}
$ engine ledger verify --target sqlite:target.db --state nowhere
intact  5 entries, the last with the hash FINGERPRINT
no state folder remembers it: entries that were cut off at its end, or a ledger made anew, would look the same
$ engine state show --state target.db.state | grep ledger
facts        ledger               {"entry":5,"hash":"FINGERPRINT"}
# what a retry does, and a new version
$ engine quarantine retry rules/v3.lua 11 --legacy sqlite:legacy.db --target sqlite:target.db --json > /dev/null
[1]
$ sed -e 's/version    = "v3"/version    = "v4"/' -e 's/supersedes = "v2"/supersedes = "v3"/' rules/v3.lua > rules/v4.lua
$ engine run rules/v4.lua --legacy sqlite:legacy.db --target sqlite:target.db --json > /dev/null
[1]
$ engine ledger list --target sqlite:target.db | tail -n +6
    6  HASH  TIME  WHO  run-started      retry RUN, version v3
    7  HASH  TIME  WHO  run-ended        retry RUN complete: job 1 read, 0 merged, 1 rejected
    8  HASH  TIME  WHO  rule-registered  version v4 for job (epoch 2), 2 files
    9  HASH  TIME  WHO  run-started      run RUN, version v4
   10  HASH  TIME  WHO  run-ended        run RUN complete: job 1000 read, 0 merged, 30 rejected
# a run that fails says so, and one that is refused has not begun
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet > said 2>&1; echo $?
3
$ sqlite3 target.db "update engine_chunk set digest = 'none'"
$ engine run rules/v4.lua --legacy sqlite:legacy.db --target sqlite:target.db --workers 1 --quiet
engine: engine_chunk 0 holds a digest that is none: 'none'
[65]
$ engine ledger list --target sqlite:target.db | tail -n +11
   11  HASH  TIME  WHO  run-started      run RUN, version v4
   12  HASH  TIME  WHO  run-ended        run RUN failed with 65
$ engine ledger verify --target sqlite:target.db --json | jq -c '[.result, .entries]'
["intact",12]
# changed by hand
$ cp target.db kept.db
$ sqlite3 target.db "update engine_ledger set body = replace(body, '967', '968') where entry_no = 3"
$ engine ledger verify --target sqlite:target.db
broken  12 entries, the last with the hash FINGERPRINT
entry 3: its hash is not that of its contents
[1]
$ engine ledger verify --target sqlite:target.db --json | jq -c '[.result, .breaks[]]'
["broken",{"entry":3,"what":"hash","text":"its hash is not that of its contents"}]
$ cp kept.db target.db; sqlite3 target.db "delete from engine_ledger where entry_no between 4 and 5"
$ engine ledger verify --target sqlite:target.db
broken  10 entries, the last with the hash FINGERPRINT
entry 4: entries 4 to 5 are missing
[1]
$ cp kept.db target.db; sqlite3 target.db "update engine_ledger set body = x'7b7d' where entry_no = 2"
$ engine ledger verify --target sqlite:target.db
broken  1 entry, the last with the hash FINGERPRINT
entry 2: what stands there cannot be read: reading the ledger: selecting from engine_ledger: column body holds a value of another type
[1]
$ engine ledger list --target sqlite:target.db > /dev/null
engine: reading the ledger: selecting from engine_ledger: column body holds a value of another type
[65]
# what is in it cannot steer a terminal, and a body that is none is shown as it is
$ cp kept.db target.db; sqlite3 target.db "update engine_ledger set kind = 'a' || char(27) || '[2J', body = '{' || char(10) where entry_no = 1"
$ engine ledger list --target sqlite:target.db | head -n 1
    1  HASH  TIME  WHO  a\x1b[2J         {\x0a
$ engine ledger list --target sqlite:target.db --json | jq -c '.[0] | [.kind, .body]'
["a\u001b[2J","{\n"]
# cut off at the end: only who has seen it knows
$ cp kept.db target.db; sqlite3 target.db "delete from engine_ledger where entry_no > 10"
$ engine ledger verify --target sqlite:target.db --state nowhere
intact  10 entries, the last with the hash FINGERPRINT
no state folder remembers it: entries that were cut off at its end, or a ledger made anew, would look the same
$ engine ledger verify --target sqlite:target.db
broken  10 entries, the last with the hash FINGERPRINT
entry 11: the ledger ends before it; the state folder has seen entry 12, FINGERPRINT
[1]
$ engine run rules/v4.lua --legacy sqlite:legacy.db --target sqlite:target.db
engine: the ledger of the target is not what this machine remembers: entry 12: the ledger ends before it; the state folder has seen entry 12, FINGERPRINT. The target was restored from an older copy, was changed, or is another one. Nothing was written. `engine ledger verify` says more; if the target is right, `engine state rebuild` makes the folder again from it
[65]
$ engine state rebuild --target sqlite:target.db
engine: rebuilding the state folder: engine_chunk 0 of job is damaged
[65]
$ engine ledger verify --target sqlite:target.db
broken  10 entries, the last with the hash FINGERPRINT
entry 11: the ledger ends before it; the state folder has seen entry 12, FINGERPRINT
[1]
$ cp kept.db target.db; sqlite3 target.db "delete from engine_ledger where entry_no > 10; update engine_chunk set digest = '$(jq -r '.entities[0].digest' report.json)'"
$ engine state rebuild --target sqlite:target.db
target.db.state was made again from the target: 10 checkpoints, 10 ledger entries
the ledger is not what was written or seen; from now on this is all that is remembered of it
entry 11: the ledger ends before it; the state folder has seen entry 12, FINGERPRINT
[1]
$ engine ledger verify --target sqlite:target.db
intact  10 entries, the last with the hash FINGERPRINT
entry 10, the last that target.db.state has seen, is the one that it has seen
# what was seen cannot be asked: that is no agreement
$ cp -r target.db.state broken; head -c 9000 target.db.state/data.mdb > broken/data.mdb
$ engine ledger verify --target sqlite:target.db --state broken
unknown  10 entries, the last with the hash FINGERPRINT
what this machine remembers of it could not be compared: state folder broken is damaged; `engine state rebuild` makes it again from the target: data.mdb ends at byte 9000, before 12288
[4]
$ engine ledger verify --target sqlite:target.db --state broken --json | jq -c '[.result, .remembered]'
["unknown",null]
# no database at all
$ echo 'no database, and long enough to be none: SQLite reads a hundred bytes before it says so, and these are more' > text.db
$ engine ledger verify --target sqlite:text.db
engine: opening sqlite:text.db: text.db is not a SQLite database, or it is encrypted
[69]
