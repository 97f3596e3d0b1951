# authority.t: who is believed for which records, as the target says.
$ sample legacy.db 200
$ engine authority
engine: which one? say --target, set ENGINE_TARGET, or name it in engine.lua
[2]
$ engine authority --target sqlite:target.db
engine: opening sqlite:target.db: target.db does not exist
[69]
$ engine authority now --target sqlite:target.db
engine: engine authority does not know what to do with 'now'; usage: engine authority
[2]
$ engine help authority
usage: engine authority

who is believed for which records, legacy or the target, and since when

It only lists what engine_authority of the target says: for each entity's history, reads and
writes which buckets of ids are whose. What no row speaks of is legacy's. To pass authority will
be a matter of this command, too; today nothing does.

options
  --target URL              the store taking over, as such a URL
  --json                    the result as one JSON document on stdout
  --quiet                   no progress, no balance sheet: errors only
  --color auto|always|never by itself where a terminal shows colours; NO_COLOR is heeded
  --help                    how to use this command
  --version                 the version of the engine

exit status
  0    it is told, whoever is believed
  65   the target says what cannot be meant; nothing of it is believed or told
# a target that no run has seen, and one that nobody has passed anything to
$ sqlite3 target.db 'create table other (a)'
$ engine authority --target sqlite:target.db
nothing was moved into this target yet: legacy is believed for everything
$ engine authority --target sqlite:target.db --json
{"entities":[],"ranges":[]}
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet
[1]
$ engine authority --target sqlite:target.db
legacy is believed for everything
job: legacy, for all of it
$ engine authority --target sqlite:target.db --json | jq -c '.entities, .ranges[]'
[{"entity":"job","moved":true}]
{"entity":"job","facet":"history","bucketFirst":0,"bucketLast":9999,"holder":"legacy","since":null,"entry":null}
{"entity":"job","facet":"reads","bucketFirst":0,"bucketLast":9999,"holder":"legacy","since":null,"entry":null}
{"entity":"job","facet":"writes","bucketFirst":0,"bucketLast":9999,"holder":"legacy","since":null,"entry":null}
# some of it has passed
$ sqlite3 target.db "insert into engine_authority values ('job', 'history', 0, 9999, 'target', '2026-01-02T03:04:05.000006Z', 4), ('job', 'reads', 7, 7, 'target', '2026-01-03T00:00:00.000000Z', 5), ('job', 'reads', 500, 2499, 'legacy', '2026-01-04T00:00:00.000000Z', 6), ('jbo', 'reads', 0, 4999, 'target', '2026-01-04T00:00:00.000000Z', 7)"
$ engine authority --target sqlite:target.db
the target is believed for some of it
jbo: nothing of it was moved into this target
  history  0–9999     legacy
  reads    0–4999     target  since 2026-01-04T00:00:00Z, entry 7 of the ledger
           5000–9999  legacy
  writes   0–9999     legacy
job
  history  0–9999     target  since 2026-01-02T03:04:05Z, entry 4 of the ledger
  reads    0–6        legacy
           7          target  since 2026-01-03T00:00:00Z, entry 5 of the ledger
           8–499      legacy
           500–2499   legacy  since 2026-01-04T00:00:00Z, entry 6 of the ledger
           2500–9999  legacy
  writes   0–9999     legacy
$ engine authority --target sqlite:target.db --json | jq -c '.entities, .ranges[]'
[{"entity":"jbo","moved":false},{"entity":"job","moved":true}]
{"entity":"jbo","facet":"history","bucketFirst":0,"bucketLast":9999,"holder":"legacy","since":null,"entry":null}
{"entity":"jbo","facet":"reads","bucketFirst":0,"bucketLast":4999,"holder":"target","since":"2026-01-04T00:00:00.000000Z","entry":7}
{"entity":"jbo","facet":"reads","bucketFirst":5000,"bucketLast":9999,"holder":"legacy","since":null,"entry":null}
{"entity":"jbo","facet":"writes","bucketFirst":0,"bucketLast":9999,"holder":"legacy","since":null,"entry":null}
{"entity":"job","facet":"history","bucketFirst":0,"bucketLast":9999,"holder":"target","since":"2026-01-02T03:04:05.000006Z","entry":4}
{"entity":"job","facet":"reads","bucketFirst":0,"bucketLast":6,"holder":"legacy","since":null,"entry":null}
{"entity":"job","facet":"reads","bucketFirst":7,"bucketLast":7,"holder":"target","since":"2026-01-03T00:00:00.000000Z","entry":5}
{"entity":"job","facet":"reads","bucketFirst":8,"bucketLast":499,"holder":"legacy","since":null,"entry":null}
{"entity":"job","facet":"reads","bucketFirst":500,"bucketLast":2499,"holder":"legacy","since":"2026-01-04T00:00:00.000000Z","entry":6}
{"entity":"job","facet":"reads","bucketFirst":2500,"bucketLast":9999,"holder":"legacy","since":null,"entry":null}
{"entity":"job","facet":"writes","bucketFirst":0,"bucketLast":9999,"holder":"legacy","since":null,"entry":null}
$ engine authority --target sqlite:target.db --quiet
# and all of it
$ sqlite3 target.db "delete from engine_authority; insert into engine_authority select 'job', value, 0, 9999, 'target', '2026-01-02T03:04:05.000006Z', 4 from json_each('[\"history\",\"reads\",\"writes\"]')"
$ engine authority --target sqlite:target.db
the target is believed for everything
job
  history  0–9999     target  since 2026-01-02T03:04:05Z, entry 4 of the ledger
  reads    0–9999     target  since 2026-01-02T03:04:05Z, entry 4 of the ledger
  writes   0–9999     target  since 2026-01-02T03:04:05Z, entry 4 of the ledger
# what cannot be meant is believed of nobody, and steers nothing
$ sqlite3 target.db "insert into engine_authority values ('a' || char(27) || '[2J', 'reads', 1, 2, 'target', '2026-01-02T03:04:05.000006Z', 1)"
$ engine authority --target sqlite:target.db
the target is believed for some of it
a\x1b[2J: nothing of it was moved into this target
  history  0–9999     legacy
  reads    0          legacy
           1–2        target  since 2026-01-02T03:04:05Z, entry 1 of the ledger
           3–9999     legacy
  writes   0–9999     legacy
job
  history  0–9999     target  since 2026-01-02T03:04:05Z, entry 4 of the ledger
  reads    0–9999     target  since 2026-01-02T03:04:05Z, entry 4 of the ledger
  writes   0–9999     target  since 2026-01-02T03:04:05Z, entry 4 of the ledger
$ sqlite3 target.db "update engine_authority set facet = 'b' || char(27) || '[2J' || char(10) where bucket_first = 1"
$ engine authority --target sqlite:target.db
engine: engine_authority: the row of "a\x1b[2J", "b\x1b[2J\x0a", buckets 1 to 2: there is no such facet
[65]
$ engine authority --target sqlite:target.db --json
engine: engine_authority: the row of "a\x1b[2J", "b\x1b[2J\x0a", buckets 1 to 2: there is no such facet
[65]
