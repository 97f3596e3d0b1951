# trace.t: engine trace: where a record came from, and whether its rule still makes it.
$ sample legacy.db 1000
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet
[1]
$ engine trace tsk_7 --legacy sqlite:legacy.db --target sqlite:target.db | sed -E 's/made [^,]*/made MOMENT/'
tsk_7: reproduced identical, written by v3 in run RUN chunk 0
rule      v3 FINGERPRINT, from engine_rule: v3.lua (FINGERPRINT), authority.lua (FINGERPRINT)
record    job ["7"], made MOMENT, pass 1, legacy at {"schema_version":3,"data_version":1}
source    {"root":{"actor_id":"drv-1431","amount":"1211","created_ts":"2011-02-08 06:55:43","del_id":"7","delivery_ref":"DLV-000000007","promised_local":"2011-02-09 19:55:43","status":"CANCELLED","updated_ts":"2011-03-07 22:51:26"},"events":[{"at":"2011-02-08 06:57:26","del_id":"7","kind":"created","seq":"1"},{"at":"2011-02-08 07:00:26","del_id":"7","kind":"assigned","seq":"2"},{"at":"2011-02-08 07:05:26","del_id":"7","kind":"cancelled","seq":"3"}],"meta":[{"del_id":"7","k":" Region ","v":"us-east-1"},{"del_id":"7","k":"Priority","v":"2"},{"del_id":"7","k":"notes","v":"leave at door 7  "},{"del_id":"7","k":"vehicle","v":"van"}]}
decision  amount_in_cents: cents; Until the end of 2012 no amount has a decimal point. What do they count? Owner billing
  actorId        "drv-1431"
                 text from actor_id "drv-1431"; v3.lua:72
  amount         "12.11"
                 decimal from amount "1211", created_ts "2011-02-08 06:55:43"; decision amount_in_cents: cents; v3.lua:74
  attributes     {"notes":"leave at door 7","priority":"2","region":"us-east-1","vehicle":"van"}
                 map from meta (4 rows); v3.lua:79
  completedAt    (absent)
                 instant from field state "CANCELED", events (3 rows); decision completed_at: delivered; v3.lua:65
  createdAt      "2011-02-08T06:55:43.000000Z"
                 instant from created_ts "2011-02-08 06:55:43"; v3.lua:63
  externalId     "DLV-000000007"
                 text from delivery_ref "DLV-000000007"; v3.lua:60
  history        [{"at":"2011-02-08T06:57:26.000000Z","kind":"created"},{"at":"2011-02-08T07:00:26.000000Z","kind":"assigned"},{"at":"2011-02-08T07:05:26.000000Z","kind":"cancelled"}]
                 list from events (3 rows); v3.lua:82
  jobId          "tsk_7"
                 id from del_id "7"; v3.lua:59
  promisedAt     "2011-02-09T19:55:43.000000Z"
                 instant from promised_local "2011-02-09 19:55:43"; v3.lua:73
  state          "CANCELED"
                 enum from status "CANCELLED"; v3.lua:61
  updatedAt      "2011-03-07T22:51:26.000000Z"
                 instant from updated_ts "2011-03-07 22:51:26"; v3.lua:64
$ engine trace tsk_7 --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c 'keys_unsorted, [.id, .version, .chunk, .reproduced, .differences], .source.key, .fields[0], .decisions[0].choice'
["id","entity","version","fingerprint","source","fields","decisions","run","chunk","pass","transformed_at","withdrawn","withdrawn_at","rule","reproduced","why","digest","edited","differences","differences_untold"]
["tsk_7","v3",0,"identical",[]]
["7"]
{"field":"actorId","type":"text","value":"drv-1431","from":[{"name":"actor_id","value":"drv-1431"}],"decisions":[],"rule":{"file":"v3.lua","line":72}}
"cents"
# The working copy is not asked.
$ rm -r rules && engine trace tsk_7 --legacy sqlite:legacy.db --target sqlite:target.db | head -n 1
tsk_7: reproduced identical, written by v3 in run RUN chunk 0
$ sqlite3 legacy.db "update del set actor_id = 'x' || char(27) || '[2J' where del_id = 7"
$ engine trace tsk_7 --legacy sqlite:legacy.db --target sqlite:target.db | sed -E 's/made [^,]*/made MOMENT/' | head -n 5; exit ${PIPESTATUS[0]}
tsk_7: reproduced differs, written by v3 in run RUN chunk 0
legacy    has changed since it was merged: what differs may be that
differs   actorId: target "drv-1431", derived "x\u001b[2J"
rule      v3 FINGERPRINT, from engine_rule: v3.lua (FINGERPRINT), authority.lua (FINGERPRINT)
record    job ["7"], made MOMENT, pass 1, legacy at {"schema_version":3,"data_version":1}
[1]
$ sqlite3 target.db "update job_final set payload_json = json_set(payload_json, '$.state', 'LOST') where job_id = 'tsk_9'"
$ engine trace tsk_9 --legacy sqlite:legacy.db --target sqlite:target.db | head -n 3; exit ${PIPESTATUS[0]}
tsk_9: reproduced differs, written by v3 in run RUN chunk 0
edited    payload_json is not what was merged: its digest in the target is another
differs   state: target "LOST", derived "CANCELED"
[1]
$ engine trace tsk_9 --target sqlite:target.db | head -n 3; exit ${PIPESTATUS[0]}
tsk_9: could not tell, written by v3 in run RUN chunk 0
why       no --legacy is given, so its row was not read
edited    payload_json is not what was merged: its digest in the target is another
[4]
$ sqlite3 target.db "update engine_rule set text = text || ' '"
$ engine trace tsk_7 --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c '[.reproduced, .why, .fields]'
["could not tell","the text of authority.lua in engine_rule was changed: its hash is FINGERPRINT…, not FINGERPRINT…",[]]
$ engine trace tsk_0 --target sqlite:target.db
engine: the target has no record tsk_0
[65]
$ engine trace
engine: which record? usage: engine trace ID
[2]
$ engine trace tsk_7 --at-version v9 --target sqlite:target.db | head -n 2; exit ${PIPESTATUS[0]}
tsk_7: could not tell, written by v3 in run RUN chunk 0
why       engine_rule keeps no text of a version v9
[4]
$ engine trace tsk_7 --entity account --target sqlite:target.db
engine: the target has no record tsk_7 of account
[65]
