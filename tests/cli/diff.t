# diff.t: engine diff: what two versions say differently, and what that does to the same rows.
$ sed -e 's/version    = "v3"/version    = "v4"/; s/supersedes = "v2"/supersedes = "v3"/; s/PICKED_UP = "IN_PROGRESS",/& ["PICKED UP"] = "IN_PROGRESS",/; s/owner     = "deliveries"/owner     = "dispatch"/' rules/v3.lua > rules/v4.lua
$ sed -e 's/version    = "v3"/version    = "v5"/; s/supersedes = "v2"/supersedes = "v3"/; s/fold = upper, //; s/created_ts < IN_CENTS_UNTIL end/created_ts <= IN_CENTS_UNTIL end/; s/min(id)/max(id)/' rules/v3.lua > rules/v5.lua
$ engine diff rules/v3.lua rules/v3.lua
rules/v3.lua v3 (FINGERPRINT) → rules/v3.lua v3 (FINGERPRINT)

MEANING
  = 27 parts unchanged, proven by fingerprint

identical: all that makes a record has the same fingerprint
$ engine diff rules/v3.lua rules/v4.lua
rules/v3.lua v3 (FINGERPRINT) → rules/v4.lua v4 (FINGERPRINT)

MEANING
  ~ job.fields.state
      lookup["PICKED UP"]: – → "IN_PROGRESS"
  = 26 parts unchanged, proven by fingerprint
  who and why, which is no meaning:
    job.decisions.completed_at
      owner: "deliveries" → "dispatch"

additive: what is said changed only by what is new
Judged by what the rules say alone: no rows were compared; --legacy, --cold or --rows names them.
[1]
$ engine diff rules/v3.lua rules/v5.lua
rules/v3.lua v3 (FINGERPRINT) → rules/v5.lua v5 (FINGERPRINT)

MEANING
  ~ job.decisions.amount_in_cents
      touches.by: …created_ts < IN_CENTS_UNTIL end → …created_ts <= IN_CENTS_UNTIL end
  ~ job.fields.state
      fold: upper → –
  ~ job.invariants.one open job per actor   (validation)
      …    select min(id) from job where state = 'ASSIGNED' group… → …    select max(id) from job where state = 'ASSIGNED' group…
  = 24 parts unchanged, proven by fingerprint

breaking: what is said changed by more than what is new (job.decisions.amount_in_cents)
Judged by what the rules say alone: no rows were compared; --legacy, --cold or --rows names them.
[1]
$ sample legacy.db 2000
$ engine diff rules/v3.lua rules/v4.lua --legacy sqlite:legacy.db
rules/v3.lua v3 (FINGERPRINT) → rules/v4.lua v4 (FINGERPRINT)
rows from sqlite:legacy.db

MEANING
  ~ job.fields.state
      lookup["PICKED UP"]: – → "IN_PROGRESS"
  = 26 parts unchanged, proven by fingerprint
  who and why, which is no meaning:
    job.decisions.completed_at
      owner: "deliveries" → "dispatch"

ROWS of job: all 2,000 rows
  identical          1,953   97.65 %
  newly mapped       2   0.10 %
        E2103 job.state → record   2  e.g. ["1722"] ["74"]
        E2103 state "PICKED UP" → "IN_PROGRESS"   2  e.g. ["1722"] ["74"]
  rejected by both   42   2.10 %
  skipped by both    3   0.15 %

Every row of legacy; what is read at once is one snapshot of legacy, and a row that moved between both versions' reads was read again.

additive: records gained fields, or rows that were rejected are mapped
[1]
$ engine diff rules/v3.lua rules/v5.lua --legacy sqlite:legacy.db --sample 300 --seed audit
rules/v3.lua v3 (FINGERPRINT) → rules/v5.lua v5 (FINGERPRINT)
rows from sqlite:legacy.db

MEANING
  ~ job.decisions.amount_in_cents
      touches.by: …created_ts < IN_CENTS_UNTIL end → …created_ts <= IN_CENTS_UNTIL end
  ~ job.fields.state
      fold: upper → –
  ~ job.invariants.one open job per actor   (validation)
      …    select min(id) from job where state = 'ASSIGNED' group… → …    select max(id) from job where state = 'ASSIGNED' group…
  = 24 parts unchanged, proven by fingerprint

ROWS of job: 300 of 2,000 rows
  identical          109   36.33 %   about 727 of all (621 to 839)
  newly rejected     179   59.67 %   about 1,193 of all (1,080 to 1,302)
        record → E2103 job.state   179  e.g. ["747"] ["164"] ["1849"]
  rejected by both   11   3.67 %   about 73 of all (41 to 129)
        E2202 job.invariants.completion does not precede creation → E2103 job.state   2  e.g. ["483"] ["1772"]
        E2201 job.completedAt → E2103 job.state   1  e.g. ["1227"]
  skipped by both    1   0.33 %   about 7 of all (1 to 38)

The rows whose keys have the lowest hashes under the seed "audit"; what is read at once is one snapshot of legacy, and a row that moved between both versions' reads was read again. Numbers of all rows are estimates, with the interval that holds them in 95 of 100 samples (Wilson).

breaking: rows are rejected, skipped or no longer skipped that were not
[1]
$ engine diff rules/v3.lua rules/v4.lua --legacy sqlite:legacy.db --target sqlite:nowhere.db --quiet --markdown comment.md --html page.html
[1]
$ sed 's,^,| ,' comment.md
| ## rules&#47;v3&#46;lua → rules&#47;v4&#46;lua: additive
|
| additive&#58; records gained fields, or rows that were rejected are mapped
|
| ### Meaning
|
| - <code>job&#46;fields&#46;state</code> changed
|   - <code>lookup&#91;&#34;PICKED UP&#34;&#93;</code> <code>–</code> → <code>&#34;IN&#95;PROGRESS&#34;</code>
| - 26 parts unchanged, proven by fingerprint
| - <code>job&#46;decisions&#46;completed&#95;at</code> changed in who and why, which is no meaning
|   - <code>owner</code> <code>&#34;deliveries&#34;</code> → <code>&#34;dispatch&#34;</code>
|
| ### Rows of job: all 2,000 rows
|
| | | rows | share | of all | such as |
| |---|--:|--:|---|---|
| | **identical** | 1,953 | 97.65 % |  |  |
| | **newly mapped** | 2 | 0.10 % |  | <code>E2103 state &#34;PICKED UP&#34;</code> → <code>&#34;IN&#95;PROGRESS&#34;</code> 2, e.g. <code>&#91;&#34;1722&#34;&#93;</code> |
| | **rejected by both** | 42 | 2.10 % |  |  |
| | **skipped by both** | 3 | 0.15 % |  |  |
|
| Every row of legacy&#59; what is read at once is one snapshot of legacy, and a row that moved between both versions&#39; reads was read again&#46;
|
| It is not known what the target holds&#58; opening sqlite&#58;nowhere&#46;db&#58; nowhere&#46;db does not exist
$ engine diff rules/v3.lua rules/v4.lua --legacy sqlite:legacy.db --json | jq -c '[.category, .proven, .part, (.meaning.changed | map([.part, .change, .additive])), .rows.entities[0].outcomes.newlyMapped.rows]'
["additive",true,null,[["job.fields.state","changed",true]],2]
# A validation of another kind is no other record.
$ sed -e 's/min(id)/max(id)/' rules/v3.lua > rules/v6.lua
$ engine diff rules/v3.lua rules/v6.lua --legacy sqlite:legacy.db
rules/v3.lua v3 (FINGERPRINT) → rules/v6.lua v3 (FINGERPRINT)

MEANING
  ~ job.invariants.one open job per actor   (validation)
      …    select min(id) from job where state = 'ASSIGNED' group… → …    select max(id) from job where state = 'ASSIGNED' group…
  = 26 parts unchanged, proven by fingerprint

identical: all that makes a record has the same fingerprint
What is proven of records changed: evidence gathered under the earlier version no longer counts.
[1]
# A sample in which nothing differs is no proof; every row is.
$ sed -e 's/return done and done.at or/return (done and done.at) or/' rules/v3.lua > rules/v7.lua
$ engine diff rules/v3.lua rules/v7.lua --legacy sqlite:legacy.db --sample 100 | tail -n 2
breaking: what is said may change records, and the rows compared do not prove that it changes none (job.fields.completedAt)
Of job no difference was seen, in the sample: up to 3.00 % of its rows may still differ (rule of three, 95 %); --full reads them all.
$ engine diff rules/v3.lua rules/v7.lua --legacy sqlite:legacy.db --full | tail -n 1
identical: every record is the same under both
# What the target holds of what comes out differently, and for which buckets it is believed.
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet
[1]
$ engine diff rules/v3.lua rules/v5.lua --legacy sqlite:legacy.db --full --target sqlite:target.db | grep -A2 'held by the target'
1,194 of the 1,194 rows that come out differently are held by the target now: 1,194 written by v3.
Legacy is still believed for all of them.

$ sqlite3 target.db "insert into engine_authority values ('job', 'history', 0, 9999, 'target', '2026-01-02T03:04:05.000006Z', 2), ('job', 'reads', 0, 99, 'target', '2026-01-02T03:04:05.000006Z', 3)"
$ engine diff rules/v3.lua rules/v5.lua --legacy sqlite:legacy.db --full --target sqlite:target.db | grep -A2 'held by the target'
1,194 of the 1,194 rows that come out differently are held by the target now: 1,194 written by v3.
1,194 of the 1,194 rows that come out differently are believed as they stand in the target already (history: buckets 0–9999); 14 are answered by the target already (reads: buckets 0–99). Legacy is still believed for the writes of all of them.

$ engine diff rules/v3.lua rules/v5.lua --legacy sqlite:legacy.db --full --target sqlite:target.db --json | jq -c '[.held, .heldFault, .authority, .authorityFault]'
[{"different":1194,"notHeld":0,"versions":[{"version":"v3","live":1194,"withdrawn":0}],"otherVersions":0},null,{"history":{"legacy":0,"target":1194},"reads":{"legacy":1180,"target":14},"writes":{"legacy":1194,"target":0},"noId":0,"ranges":[{"entity":"job","facet":"history","bucketFirst":0,"bucketLast":9999,"holder":"target","since":"2026-01-02T03:04:05.000006Z","entry":2},{"entity":"job","facet":"reads","bucketFirst":0,"bucketLast":99,"holder":"target","since":"2026-01-02T03:04:05.000006Z","entry":3}]},null]
$ sqlite3 target.db "update engine_authority set bucket_first = 50, bucket_last = 40 where facet = 'reads'"
$ engine diff rules/v3.lua rules/v5.lua --legacy sqlite:legacy.db --full --target sqlite:target.db | grep -A2 'held by the target'
1,194 of the 1,194 rows that come out differently are held by the target now: 1,194 written by v3.
It is not known who is believed: engine_authority: the row of "job", "reads", buckets 50 to 40: the range is upside down

$ engine diff rules/v3.lua rules/v5.lua --legacy sqlite:legacy.db --full --target sqlite:target.db --json | jq -c '[.held, .heldFault, .authority, .authorityFault]'
[{"different":1194,"notHeld":0,"versions":[{"version":"v3","live":1194,"withdrawn":0}],"otherVersions":0},null,null,"engine_authority: the row of \"job\", \"reads\", buckets 50 to 40: the range is upside down"]
# What cannot be done is said.
$ engine diff rules/v3.lua
engine: which two rule files? usage: engine diff A B
[2]
$ engine diff rules/v3.lua rules/v4.lua rules/v5.lua
engine: a third rule file: 'rules/v5.lua'
[2]
$ engine diff rules/v3.lua rules/v4.lua --legacy sqlite:legacy.db --full --sample 5
engine: --full looks at all rows, --sample at some: only one of them
[2]
$ engine diff rules/v3.lua rules/v4.lua --rows segment:cold
engine: --rows takes a file of JSON lines; write --cold segment:cold
[2]
$ engine diff rules/v3.lua rules/v4.lua --rows rows --full
engine: all rows of --rows are compared: leave out --full, --sample, --seed and --entity
[2]
$ engine diff rules/v3.lua rules/v4.lua --rows rows
engine: rows: No such file or directory
[69]
$ engine diff rules/v3.lua rules/v4.lua --legacy sqlite:legacy.db --entity jib
engine: neither version has an entity "jib"
[2]
$ echo 'return migration {' > broken.lua
$ brief engine diff rules/v3.lua broken.lua
error[E1001]: the "{" in this line is never closed
  --> broken.lua:1
engine: broken.lua: 1 error, first at line 1: the "{" in this line is never closed
[78]
