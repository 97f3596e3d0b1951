# archive.t: engine archive: legacy's rows into sealed segments, and what is said of segments that are not as they were.
$ sample legacy.db 1000
$ engine archive rules/v3.lua --legacy sqlite:legacy.db
engine: which one? say --cold, set ENGINE_COLD, or name it in engine.lua
[2]
$ engine archive rules/v3.lua --cold segment:cold
engine: which one? say --legacy, set ENGINE_LEGACY, or name it in engine.lua
[2]
$ engine archive rules/v3.lua --legacy sqlite:legacy.db --cold sqlite:cold.db
engine: 'sqlite:' cannot be cold; write segment:DIR
[78]
$ engine archive rules/v3.lua --legacy sqlite:legacy.db --cold cold
engine: 'cold' is no folder for segments: write segment:DIR
[2]
$ engine archive rules/v3.lua --legacy sqlite:legacy.db --cold segment:
engine: opening segment:: write segment:DIR, a folder
[2]
$ engine archive rules/v3.lua --legacy sqlite:legacy.db --cold segment:cold --entity nothing
engine: rules/v3.lua has no entity "nothing"
[2]
$ engine diff rules/v2.lua rules/v3.lua --cold segment:cold
engine: opening segment:cold: there are no segments in cold; engine archive --cold segment:cold makes them
[69]
$ engine archive rules/v3.lua --legacy sqlite:legacy.db --cold segment:cold | sed -E 's/[0-9.]+ kB for/A kB for/'
job  1,000 rows and 2 orphans
  1 segment, A kB for 1.4 MB
  seal FINGERPRINT
  1 value above 1 MiB kept only in part: size, hash and the first 4 KiB
$ engine archive rules/v3.lua --legacy sqlite:legacy.db --cold segment:cold | sed -E 's/[0-9.]+ kB for/A kB for/'
job  1,000 rows and 2 orphans, all of them sealed before
  1 segment, A kB for 1.4 MB
  seal FINGERPRINT
  1 value above 1 MiB kept only in part: size, hash and the first 4 KiB
$ engine archive rules/v3.lua --legacy sqlite:legacy.db --cold segment:cold --json | jq -c '.[] | del(.packed_bytes)'
{"entity":"job","whole":true,"upper":null,"rows":1000,"orphans":2,"new_rows":0,"cut":1,"segments":1,"bytes":1407145,"seal":"FINGERPRINT"}
$ ls cold
job-000001.index
job-000001.jsonl.zst
job-000001.seal
lock
$ zstd -dcq cold/job-000001.jsonl.zst | jq -c 'select(.root.del_id == "7")'
{"entity":"job","root":{"del_id":"7","delivery_ref":"DLV-000000007","status":"CANCELLED","created_ts":"2011-02-08 06:55:43","updated_ts":"2011-03-07 22:51:26","actor_id":"drv-1431","amount":"1211","batch_no":"0","promised_local":"2011-02-09 19:55:43"},"events":[{"del_id":"7","seq":"1","kind":"created","at":"2011-02-08 06:57:26"},{"del_id":"7","seq":"2","kind":"assigned","at":"2011-02-08 07:00:26"},{"del_id":"7","seq":"3","kind":"cancelled","at":"2011-02-08 07:05:26"}],"meta":[{"del_id":"7","k":" Region ","v":"us-east-1"},{"del_id":"7","k":"Priority","v":"2"},{"del_id":"7","k":"notes","v":"leave at door 7  "},{"del_id":"7","k":"vehicle","v":"van"}]}
$ zstd -dcq cold/job-000001.jsonl.zst | grep -v '"orphan":' | engine map rules/v3.lua --quiet 2> /dev/null | jq -c 'select(.jobId == "tsk_7") | [.state, .amount]'
["CANCELED","12.11"]
$ jq -c '[.format, .entity, .number, .lower, .upper, .rows, .orphans, .about.version, [.sources[] | .name, .columns]]' cold/job-000001.seal
["engine segment 1","job",1,null,null,1000,2,"v3",["root",["del_id","delivery_ref","status","created_ts","updated_ts","actor_id","amount","batch_no","promised_local"],"events",["del_id","seq","kind","at"],"meta",["del_id","k","v"]]]
$ engine diff rules/v2.lua rules/v3.lua --cold segment:cold --json | jq -c '[.category, .rows.source, (.rows.entities[0] | .total, .compared, .whole)]'
["breaking","segment:cold",1000,1000,true]
$ engine diff rules/v2.lua rules/v3.lua --cold segment:cold | grep 'Every row'
Every row that was archived, as sealed.
$ engine diff rules/v2.lua rules/v3.lua --cold segment:cold --sample 10 | grep lowest
The rows whose keys have the lowest hashes (--seed TEXT takes others), as sealed. Numbers of all rows are estimates, with the interval that holds them in 95 of 100 samples (Wilson).
$ engine diff rules/v2.lua rules/v3.lua --cold segment:cold --legacy sqlite:legacy.db
engine: rows come from --legacy, --cold or --rows: only one of them
[2]
# A rule that reads what was not archived is told so.
$ sed 's/"del_meta"/"del_tags"/; s/version    = "v3"/version    = "v9"/' rules/v3.lua > rules/v9.lua; brief engine diff rules/v3.lua rules/v9.lua --cold segment:cold
error[E1201]: there is no table "del_tags"
  --> rules/v9.lua:28   job.source.meta
engine: rules/v9.lua: 1 error, first at line 28: there is no table "del_tags"
[78]
# Other tables, another folder.
$ sqlite3 legacy.db 'alter table del add column later text'; engine archive rules/v3.lua --legacy sqlite:legacy.db --cold segment:cold
warning[E1203]: column "later" of "del" is neither used nor ignored
  --> rules/v3.lua:21   job.source.root
     |
  21 |       root   = table    "del"        { key    = "del_id",
     |
   = why      what nobody accounts for is lost without a word
help: use it, or add   later = "why",   to ignore

engine: archiving job: preparing to archive job: cold holds job as other rules read it, or legacy's tables have changed since: archive into another folder
[65]
# Damaged, cut off, missing, renamed: nothing of it is believed.
$ cp -R cold bad; printf X | dd of=bad/job-000001.jsonl.zst bs=1 seek=5000 conv=notrunc status=none; engine diff rules/v2.lua rules/v3.lua --cold segment:bad
engine: comparing job: reading keys of job from legacy: reading single keys of legacy: line 52 of segment 1: bad/job-000001.jsonl.zst is damaged between lines 52 and 100 (bytes 4218 to 8387): Restored data doesn't match checksum; take it from a copy
[65]
$ rm -r bad; cp -R cold bad; truncate -s 9999 bad/job-000001.index; engine diff rules/v2.lua rules/v3.lua --cold segment:bad
engine: preparing to read del: bad/job-000001.index has 9999 bytes; 63059 were sealed: take it from a copy
[65]
$ rm bad/job-000001.index; engine diff rules/v2.lua rules/v3.lua --cold segment:bad
engine: preparing to read del: opening bad/job-000001.index: No such file or directory
[69]
$ mv bad/job-000001.seal bad/job-000002.seal; engine diff rules/v2.lua rules/v3.lua --cold segment:bad
engine: opening segment:bad: bad/job-000002.seal is the seal of segment 1 of job: it was renamed
[65]
$ echo '{"format":"engine segment 1"}' > bad/job-000002.seal; engine diff rules/v2.lua rules/v3.lua --cold segment:bad
engine: opening segment:bad: bad/job-000002.seal: it is damaged: its bytes are not those that were written; take it from a copy
[65]
$ rm bad/*.seal; engine diff rules/v2.lua rules/v3.lua --cold segment:bad
engine: opening segment:bad: there are no segments in bad; engine archive --cold segment:bad makes them
[69]
