# history.t: which history of legacy is believed, where a store tells none; failover.sh has servers that tell one.
$ sample legacy.db 1000
$ engine state accept-timeline --target sqlite:target.db
engine: which one? say --legacy, set ENGINE_LEGACY, or name it in engine.lua
[2]
$ engine state accept-timeline --legacy sqlite:legacy.db --target sqlite:target.db
engine: opening sqlite:target.db: target.db does not exist
[69]
$ ls target.db
ls: cannot access 'target.db': No such file or directory
[2]
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --chunk 300 --quiet
[1]
$ engine state accept-timeline --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c 'del(.since)'
{"changed":false,"from":null,"to":null,"chunks_due":0,"entry":null}
$ engine state accept-timeline --legacy sqlite:legacy.db --target sqlite:target.db | sed 's/since [^ ]*Z/since TIME/'
legacy is what it was: a store that tells no history, accepted since TIME; nothing was changed
# as if it had been moved from a server that told one
$ sqlite3 target.db "update engine_entity set legacy_system = '7710663192668886990', legacy_timeline = 3"
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db > said 2>&1; echo $?; sed 's/since [^ ]*Z/since TIME/' said
65
engine: legacy sqlite:legacy.db is not what it was: it is a store that tells no history; what was moved came from system 7710663192668886990, timeline 3, accepted since TIME. It has failed over, was restored, or is another one. Nothing of it was written. If it is to be believed, `engine state accept-timeline` makes every chunk due again, and the next run heals what differs
$ engine quarantine retry rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db > said 2>&1; echo $?; sed 's/since [^ ]*Z/since TIME/' said
65
engine: legacy sqlite:legacy.db is not what it was: it is a store that tells no history; what was moved came from system 7710663192668886990, timeline 3, accepted since TIME. It has failed over, was restored, or is another one. Nothing of it was written. If it is to be believed, `engine state accept-timeline` makes every chunk due again, and the next run heals what differs
# not while somebody else is at work
$ sqlite3 target.db "update engine_shard set owner = 'OTHER/123456789abc/2/ann@box:77', lease_until = '9999-01-01T00:00:00.000000Z' where shard_no = 0"
$ engine state accept-timeline --legacy sqlite:legacy.db --target sqlite:target.db 2>&1 | sed 's/for [0-9]* s/for N s/'
engine: a run is alive: shard 0 of job is held by ann@box:77 for N s more. Stop it first (`engine ctl stop` where it runs); what is held by one that is gone is free when that time is over
$ engine status --target sqlite:target.db | grep held | sed 's/for .* more/for N s more/'
shard 0 of job is held by ann@box:77, worker 2, for N s more
$ engine status --target sqlite:target.db --json | jq -c '.holders[] | del(.lease_s)'
{"entity":"job","shard":0,"who":"ann@box:77","run":"RUN","worker":"2"}
$ sqlite3 target.db "update engine_shard set owner = 'what' || char(27) || '[31m'"; engine status --target sqlite:target.db | grep held | sed 's/for .* more/for N s more/'
shard 0 of job is held by what\x1b[31m, for N s more
$ sqlite3 target.db "update engine_shard set owner = '', lease_until = '1970-01-01T00:00:00.000000Z'"
# accepted, everything is due again, and stays what it was
$ engine state accept-timeline --legacy sqlite:legacy.db --target sqlite:target.db | sed 's/since [^ ]*Z/since TIME/'
legacy was system 7710663192668886990, timeline 3, accepted since TIME
   it is now a store that tells no history, which is accepted
4 chunks are due again; the next run heals what differs (ledger entry 4)
$ engine ledger list --target sqlite:target.db | tail -n 1
    4  HASH  TIME  WHO  timeline-accepted  from system 7710663192668886990 timeline 3 to a store that tells no history, 4 chunks due again
$ engine ledger list --target sqlite:target.db --json | jq -c '.[-1].body'
{"chunks_due":4,"from":{"system":"7710663192668886990","timeline":3},"to":null}
$ engine status --target sqlite:target.db | grep due
4 chunks are due again: another history of legacy was accepted since; run again
decisions 0 open, N overdue: engine decisions
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c '.entities[0] | [.merged, .unchanged, .chunks_due, .digest]'
[0,967,0,"53abb14e2d3aee9c116daa15df17cc72"]
$ engine ledger verify --target sqlite:target.db | cut -c 1-6
intact
entry
# what is in the table is not believed blindly
$ sqlite3 target.db "insert into engine_entity select 'other', version, transform, validation, rule_epoch, '', activated_at, '8', 1, legacy_since from engine_entity"
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db
engine: reading which history of legacy is accepted: selecting from engine_entity: engine_entity names two histories of legacy at once: somebody has changed it
[65]
$ sqlite3 target.db "update engine_entity set legacy_system = printf('%050d', 7)"
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db
engine: reading which history of legacy is accepted: selecting from engine_entity: engine_entity names a legacy that is none
[65]
