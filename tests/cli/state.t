# state.t: the state folder is a copy: what is wrong with it is noticed, and it is made again from the target.
$ sample legacy.db 1000
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --chunk 100 --json > first.json
[1]
$ cp -r target.db.state kept; cp target.db kept.db
# damaged
$ head -c 9000 kept/data.mdb > target.db.state/data.mdb
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db
engine: state folder target.db.state is damaged; `engine state rebuild` makes it again from the target: data.mdb ends at byte 16384, before 20480
[65]
$ engine status --target sqlite:target.db > /dev/null
engine: state folder target.db.state is damaged; `engine state rebuild` makes it again from the target: data.mdb ends at byte 16384, before 20480
[65]
$ engine state rebuild --target sqlite:target.db
target.db.state was made again from the target: 10 checkpoints, 3 ledger entries
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c '.entities[0] | [.merged, .unchanged, .digest]'
[0,967,"53abb14e2d3aee9c116daa15df17cc72"]
$ jq -c '.entities[0].digest' first.json
"53abb14e2d3aee9c116daa15df17cc72"
# no state folder at all
$ mkdir foreign; echo dear > foreign/letter
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --state foreign
engine: foreign is no state folder: it holds "letter"
[65]
$ ls foreign
letter
$ echo x > file; engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --state file
engine: state folder file is not a folder
[65]
# of another migration
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:other.db --json > /dev/null
[1]
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --state other.db.state
engine: state folder other.db.state belongs to another migration (legacy -> target RUN, not legacy -> target RUN); name another folder with --state
[65]
# the state folder is lost, or older than the target: the target knows
$ rm -r target.db.state
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --chunk 100 --json | jq -c '.entities[0] | [.merged, .unchanged]'
[0,967]
$ rm -r target.db.state; cp -r kept target.db.state
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --chunk 100 --json | jq -c '.entities[0] | [.merged, .unchanged]'
[0,967]
# the target is older than the state folder: that is never overruled in silence
$ cp target.db now.db; sqlite3 target.db 'update engine_chunk set pass_no = 1'
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --chunk 100
engine: the state folder remembers pass 4 of chunk 0 of job, the target knows 1: the target was restored from an older copy, or is another one. Nothing was written. If the target is right, `engine state rebuild` makes the folder again from it
[65]
$ cp now.db target.db
$ cp kept.db target.db
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --chunk 100
engine: the ledger of the target is not what this machine remembers: entry 9: the ledger ends before it; the state folder has seen entry 9, FINGERPRINT. The target was restored from an older copy, was changed, or is another one. Nothing was written. `engine ledger verify` says more; if the target is right, `engine state rebuild` makes the folder again from it
[65]
$ engine state rebuild --target sqlite:target.db
target.db.state was made again from the target: 10 checkpoints, 3 ledger entries
the ledger is not what was written or seen; from now on this is all that is remembered of it
entry 4: the ledger ends before it; the state folder has seen entry 9, FINGERPRINT
[1]
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --chunk 100 --json | jq -c '.entities[0] | [.merged, .unchanged]'
[0,967]
# legacy is not what the rules say
$ sqlite3 legacy.db 'alter table del drop column actor_id'
$ brief engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db
error[E1202]: table "del" has no column "actor_id"
  --> rules/v3.lua:72   job.actorId
engine: rules/v3.lua: 1 error, first at line 72: table "del" has no column "actor_id"
[78]
# the target is gone: the state folder still answers
$ rm target.db
$ engine status --target sqlite:target.db
complete  run RUN, version v3
phase done; 2 workers, 0 rows/s
last checkpoint 0 s ago
the target does not answer (opening sqlite:target.db: target.db does not exist); this is what the state folder remembers
[4]
