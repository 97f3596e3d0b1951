# versions.t: later versions rewrite what they change; a version that has written is fixed.
$ sample legacy.db 1000
$ engine run rules/v1.lua --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c '.version, (.entities[] | [.read, .merged, .unchanged, .skipped, .rejected])'
"v1"
[1000,484,0,0,516]
$ engine run rules/v2.lua --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c '.version, (.entities[] | [.read, .merged, .unchanged, .skipped, .rejected, .withdrawn])'
"v2"
[1000,855,0,3,142,6]
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c '.version, (.entities[] | [.read, .merged, .unchanged, .skipped, .rejected, .withdrawn])'
"v3"
[1000,967,0,3,30,7]
# An older version does not come back.
$ brief engine run rules/v2.lua --legacy sqlite:legacy.db --target sqlite:target.db
error[E4002]: version v2 of job does not follow v3, which is active
  --> rules/v2.lua   job
engine: rules/v2.lua: version v2 may not be run: version v2 of job does not follow v3, which is active
[3]
# v4 maps one more status and changes nothing else.
$ sed -e 's/"v3"/"v4"/; s/supersedes = "v2"/supersedes = "v3"/; s/CREATED   = "CREATED",/CREATED   = "CREATED", ["PICKED UP"] = "IN_PROGRESS",/' rules/v3.lua > rules/v4.lua
$ sqlite3 target.db "select job_id, payload_json, transformed_at from job_final order by 1" > before
$ engine run rules/v4.lua --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c '.version, (.entities[] | [.read, .merged, .unchanged, .skipped, .rejected, .withdrawn])'
"v4"
[1000,1,967,3,29,0]
$ sqlite3 target.db "select job_id, payload_json, transformed_at from job_final order by 1" | diff before - | grep -c '^[<>]'
1
$ sqlite3 target.db "select transform_version, count(*) from job_final where source_state = '' group by 1 order by 1"
v3|967
v4|1
# Comments and reasons may change; what a field means may not.
$ sed -i 's/any later touch moves updated_ts/a later touch may move updated_ts/' rules/v4.lua
$ engine run rules/v4.lua --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c '.status'
"complete"
# An invariant is no part of what a field means: edited, it is run on every record again.
$ sed -i 's/job.completedAt >= job.createdAt/job.amount < decimal "500"/' rules/v4.lua
$ engine run rules/v4.lua --legacy sqlite:legacy.db --target sqlite:target.db --json | jq -c '.entities[] | [.read, .merged, .unchanged, .skipped, .rejected, .withdrawn]'
[1000,0,752,3,245,216]
$ sed -i 's/prefix = "tsk_"/prefix = "job_"/' rules/v4.lua
$ brief engine run rules/v4.lua --legacy sqlite:legacy.db --target sqlite:target.db
error[E4001]: job.fields.jobId was changed after version v4 had written records
  --> rules/v4.lua:59   job.fields.jobId
engine: rules/v4.lua: version v4 may not be run: job.fields.jobId was changed after version v4 had written records
[3]
$ engine run rules/v4.lua --legacy sqlite:legacy.db --target sqlite:target.db 2>&1 | grep '= why'
   = why      a version that has written is fixed; edited since: v4.lua (loaded by v4)
# A module that was edited is named with every version that loads it.
$ sed 's/"v3"/"v4"/; s/supersedes = "v2"/supersedes = "v3"/; s/^local STATE = {/local STATE = require "states"; local OLD = {/' rules/v3.lua > rules/v4.lua
$ sed -n '/^local STATE/,/^}/p' rules/v3.lua | sed 's/local STATE =/return/' > rules/states.lua
$ rm -r target.db target.db.state; engine run rules/v4.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet
[1]
$ sed 's/"v4"/"v5"/; s/supersedes = "v3"/supersedes = "v4"/; s/prefix = "tsk_"/prefix = "job_"/' rules/v4.lua > rules/v5.lua; engine run rules/v5.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet
[1]
$ sed -i 's/CANCELLED   = "CANCELED"/CANCELLED   = "CREATED"/' rules/states.lua
$ engine run rules/v5.lua --legacy sqlite:legacy.db --target sqlite:target.db 2>&1 | grep -E '^error|= why'
error[E4001]: job.fields.state was changed after version v5 had written records
   = why      a version that has written is fixed; edited since: states.lua (loaded by v4, v5)
# A copy that says the same registers no text again that it shares; who loads it is known all the same.
$ rm -r target.db target.db.state; cp rules/v3.lua keep.lua; sed 's/^local STATE = {/local STATE = require "states"; local OLD = {/' keep.lua > rules/v3.lua; engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet
[1]
$ rm rules/v4.lua; engine init --from v3 v4 --quiet; sqlite3 legacy.db "update del set amount = '7' where del_id = '$(sqlite3 target.db "select substr(min(job_id), 5) from job_final where source_state = ''")'"; engine run rules/v4.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet
[1]
$ sqlite3 target.db "select path, version from engine_rule order by 1, 2; select first_write <> '', version from engine_entity"
authority.lua|v3
states.lua|v3
v3.lua|v3
v4.lua|v4
1|v4
$ sed -i 's/CANCELLED   = "CREATED"/CANCELLED   = "ASSIGNED"/' rules/states.lua
$ engine run rules/v4.lua --legacy sqlite:legacy.db --target sqlite:target.db 2>&1 | grep -E '^error|= why'
error[E4001]: job.fields.state was changed after version v4 had written records
   = why      a version that has written is fixed; edited since: states.lua (loaded by v3, v4)
# The text of every file that was used is kept, byte for byte: also after a comment changed, and for a retry.
$ sed -i 's/CANCELLED   = "ASSIGNED"/CANCELLED   = "CREATED"/' rules/states.lua; echo '-- more' >> rules/states.lua; engine quarantine retry rules/v4.lua --legacy sqlite:legacy.db --target sqlite:target.db --quiet; sqlite3 target.db "select path, count(*), count(distinct text_hash) from engine_rule group by 1 order by 1"
authority.lua|1|1
states.lua|2|2
v3.lua|1|1
v4.lua|1|1
$ for path in states.lua v4.lua authority.lua; do sqlite3 target.db "select writefile('kept', text) from engine_rule where path = '$path' order by registered_at desc limit 1" > said; cmp kept rules/$path; done
