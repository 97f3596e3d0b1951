# watch.t: what verify --watch says; scenarios/watch.sh says what it notices.
$ sample legacy.db 1000
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --chunk 300 --quiet
[1]
$ engine status --target sqlite:target.db | grep proven
[1]
$ engine verify --watch --rounds 1 --budget 100% balance digests rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db | sed -E 's/ in .* is .* old$/ in A; the oldest proof is B old/; s/, [0-9a-f]{12}…$/, HASH/'
agrees: 3 of 3 checks (balance, unchanged, digests) by v3 4a6a5c03fd39…
round     1: 4 chunks in A; the oldest proof is B old
evidence  entry 4 of the target's ledger, HASH
$ engine status --target sqlite:target.db | grep proven | sed 's/oldest .* ago/oldest A ago/'
proven    job: 4 of 4 chunks, the oldest A ago
# told once, and the whole of what there is to be told
$ sqlite3 target.db "update job_final set source_key = '[\"0\"]' where job_id = 'tsk_500'"
$ engine verify --watch --rounds 2 --budget 100 digests rules/v3.lua --target sqlite:target.db --unrecorded | sed -E 's/ in .* s; / in A; /; s/is .* old$/is B old/'
count     job chunk 1: a row was changed since it was merged; digests says which, where a record shows it
value     job chunk 1 tsk_500 key ["0"] lineage.sourcePrimaryKeys: is not what the column source_key says
differs: 2 of 2 checks (unchanged, digests) by v3 4a6a5c03fd39…
round     1: 4 chunks in A; 1 differs; the oldest proof is B old
evidence  none: --unrecorded says so
differs: 2 of 2 checks (unchanged, digests) by v3 4a6a5c03fd39…
round     2: 4 chunks in A; 1 differs; the oldest proof is B old
evidence  none: --unrecorded says so
$ engine status --target sqlite:target.db | grep proven | sed 's/oldest .* ago/oldest A ago/'
proven    job: 3 of 4 chunks, the oldest A ago; 1 differs: engine verify
$ engine status --target sqlite:target.db --json | jq -c '.proven[] | .oldest_proof |= type'
{"entity":"job","chunks":4,"proven":3,"differing":1,"whole_differs":false,"oldest_proof":"string"}
$ engine verify --watch --rounds 1 --budget 100 --json digests rules/v3.lua --target sqlite:target.db --unrecorded | jq -c 'if .round then [.round, .verdict, .chunks, .differing_chunks, .no_evidence] else . end'
{"difference":"appeared","check":"unchanged","kind":"count","entity":"job","chunk":1,"id":null,"key":null,"field":null,"text":"a row was changed since it was merged; digests says which, where a record shows it"}
{"difference":"appeared","check":"digests","kind":"value","entity":"job","chunk":1,"id":"tsk_500","key":"[\"0\"]","field":"lineage.sourcePrimaryKeys","text":"is not what the column source_key says"}
[1,"differs",4,1,"--unrecorded says so"]
# refused
$ engine verify --budget 5% rules/v3.lua --target sqlite:target.db
engine: --budget and --rounds are of a watch: add --watch
[2]
$ engine verify --rounds 2 rules/v3.lua --target sqlite:target.db
engine: --budget and --rounds are of a watch: add --watch
[2]
$ engine verify --watch --budget 200% rules/v3.lua --target sqlite:target.db
engine: --budget takes a share above 0 and up to 100, such as 5%, not '200%'
[2]
$ engine verify --watch --html page.html rules/v3.lua --target sqlite:target.db
engine: --watch takes neither --html nor --observed
[2]
$ engine check --budget 5% rules/v3.lua
engine: engine check takes no --budget; see: engine help check
[2]
