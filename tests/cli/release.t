# release.t: a released version is fixed before it has written anything; rules.sum says so, and rules.parts what was edited.
$ sample legacy.db 1000
$ engine release rules/v3.lua --who ann | sed 1q
legacy v3 is released, and from now on fixed
$ sed -E 's/"20[0-9]{2}-[0-9]{2}-[0-9]{2}"/DAY/' rules/rules.sum
["legacy","v3","FINGERPRINT","FINGERPRINT",1,DAY,"ann"]
$ jq -r '[.[1], .[2]] | join(" ")' rules/rules.parts | sort | uniq -c | sed 's/^ *//'
1 v3 data
2 v3 file
20 v3 transform
7 v3 validation
$ ls rules | grep rules; stat -c '%a' rules/rules.sum
rules.parts
rules.sum
644
# Again, by somebody else: nothing changes.
$ cp rules/rules.sum before; engine release rules/v3.lua --who bob | sed -E 's/20[0-9]{2}-[0-9]{2}-[0-9]{2}/DAY/'; cmp before rules/rules.sum
legacy v3 was released on DAY by ann as it is; nothing was changed
$ engine release rules/v3.lua --json | jq -c '[.outcome, .version, .abi, .who]'
["unchanged","v3",1,"ann"]
# From another folder the lines are the same.
$ mkdir -p else/deep; cp -r rules else/deep/rules; rm else/deep/rules/rules.*; (cd else && engine release deep/rules/v3.lua --who ann --quiet); cmp rules/rules.parts else/deep/rules/rules.parts
$ engine check rules/v3.lua --quiet
# Comments, reasons and examples may change.
$ sed -i 's/any later touch moves/any touch moves/; s/"a delivered job"/"one delivered job"/; 1s/$/ -- and more/' rules/v3.lua; engine check rules/v3.lua --quiet; engine release rules/v3.lua --json | jq -r .outcome
unchanged
# A meaning may not: whoever asks, nothing is read of legacy and nothing written.
$ cp rules/v3.lua good.lua; sed -i 's/prefix = "tsk_"/prefix = "job_"/' rules/v3.lua
$ engine check rules/v3.lua 2>&1 | sed -E 's/20[0-9]{2}-[0-9]{2}-[0-9]{2}/DAY/'
error[E4003]: job.fields.jobId was changed after version v3 was released (DAY, ann)
  --> rules/v3.lua:59   job.fields.jobId
     |
  59 |       jobId       = id      { from = "del_id", prefix = "job_" },
     |
   = why      a released version is fixed; edited since: v3.lua (loaded by v3)
help: undo the edit, or make a new version of it:   engine init --from rules/v3.lua VERSION

shape   1 error
lint    passed
schema  skipped: no --legacy is given
values  skipped: no --legacy is given
engine: rules/v3.lua: job.fields.jobId was changed after version v3 was released (DAY, ann)
$ brief engine check rules/v3.lua > said; echo $?
3
$ engine check rules/v3.lua --json 2> said | jq -c '.version, [.faults[].code]'
null
["E4003"]
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db > said 2>&1; echo $?; ls target.db
3
ls: cannot access 'target.db': No such file or directory
[2]
$ engine plan rules/v3.lua --legacy sqlite:legacy.db > said 2>&1; echo $?; grep -c E4003 said
3
1
$ echo '{"root":{"del_id":"1"}}' | engine map rules/v3.lua 2> said; echo $?
3
$ cp rules/rules.sum before; engine release rules/v3.lua > said 2>&1; echo $?; cmp before rules/rules.sum
3
# Added and removed are named, too.
$ sed 's/actorId     = text    { from = "actor_id", optional = true },/actor = text { from = "actor_id", optional = true },/; s/"actorId"/"actor"/; s/actorId/actor/g' good.lua > rules/v3.lua
$ engine check rules/v3.lua 2>&1 | grep -E '^error' | sed -E 's/20[0-9]{2}-[0-9]{2}-[0-9]{2}/DAY/'
error[E4003]: job.fields.actorId was removed after version v3 was released (DAY, ann)
error[E4003]: job.fields.actor was added after version v3 was released (DAY, ann)
# The way on that it names.
$ engine init --from rules/v3.lua v4 --quiet && cp good.lua rules/v3.lua && brief engine check rules/v4.lua --quiet; engine check rules/v3.lua --quiet
# Another validation is said; to release it again writes it down.
$ sed -i 's/job.completedAt >= job.createdAt/job.completedAt > job.createdAt/' rules/v3.lua; engine check rules/v3.lua 2>&1 | grep -E '^warning|why' | sed -E 's/20[0-9]{2}-[0-9]{2}-[0-9]{2}/DAY/'
warning[E4004]: version v3 is validated otherwise than when it was released (DAY, ann)
   = why      evidence gathered under the released one does not count any more
$ engine check rules/v3.lua --quiet 2> said; echo $?
1
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db > /dev/null 2> said; echo $?; grep -c E4004 said
1
1
$ engine release rules/v3.lua --who bob | sed 1q; engine check rules/v3.lua --quiet; jq -r '.[6]' rules/rules.sum
legacy v3 has another validation now: what was proven before does not count any more
bob
# A module is named with every released version that loads it, of whatever system.
$ sed 's/^local STATE = {/local STATE = require "states"; local OLD = {/; s/"v3"/"v5"/; s/"v2"/"v3"/' good.lua > rules/v5.lua; sed -n '/^local STATE/,/^}/p' good.lua | sed 's/local STATE =/return/' > rules/states.lua
$ sed 's/"v5"/"v6"/; s/supersedes = "v3"/supersedes = "v5"/; s/prefix = "tsk_"/prefix = "job_"/' rules/v5.lua > rules/v6.lua; sed 's/system     = "legacy"/system = "another"/' rules/v6.lua > rules/v7.lua
$ for v in 5 6 7; do engine release rules/v$v.lua --quiet; done; sed -i 's/CANCELLED   = "CANCELED"/CANCELLED   = "CREATED"/' rules/states.lua
$ engine check rules/v6.lua 2>&1 | grep -E '^error|= why' | sed -E 's/\(20.*\)$/(DAY, WHO)/'
error[E4003]: job.fields.state was changed after version v6 was released (DAY, WHO)
   = why      a released version is fixed; edited since: states.lua (loaded by another v6, v5, v6)
# Released on two branches, merged by git line by line.
$ mkdir -p g/rules; cp good.lua g/rules/v3.lua; cp rules/authority.lua g/rules; cd g; git init -q .; git config user.name ann; git config user.email ann@example.com; printf 'rules.sum merge=union\nrules.parts merge=union\n' > .gitattributes; engine release rules/v3.lua --who ann --quiet; git add .; git commit -qm v3; git checkout -qb one
$ cd g; engine init --from v3 v4 --quiet; sed -i 's/tsk_/job_/' rules/v4.lua; engine release rules/v4.lua --who bob --quiet; git add .; git commit -qm v4; git checkout -q -; engine init --from v3 v5 --quiet; engine release rules/v5.lua --who eve --quiet; git add .; git commit -qm v5; git merge -q one -m both > said 2>&1
$ cd g; for v in 3 4 5; do engine check rules/v$v.lua --quiet; done; jq -r '.[1] + " " + .[6]' rules/rules.sum | sort
v3 ann
v4 bob
v5 eve
$ cd g; sed -i 's/job_/jobs_/' rules/v4.lua; brief engine check rules/v4.lua | sed -E 's/\(20.*\)$/(DAY, WHO)/'
error[E4003]: job.fields.jobId was changed after version v4 was released (DAY, WHO)
  --> rules/v4.lua:59   job.fields.jobId
engine: rules/v4.lua: job.fields.jobId was changed after version v4 was released (DAY, WHO)
# Without its parts an edit is refused as well.
$ mv rules/rules.parts parts; engine check rules/v6.lua 2>&1 | sed -E 's/\(20.*\) and/(DAY, WHO) and/'; mv parts rules/rules.parts
error[E4003]: version v6 was released (DAY, WHO) and was changed since; rules.parts does not hold what was released, so nobody can tell what
  --> rules/v6.lua   v6
   = why      a released version is fixed, and others rely on it
help: take rules.parts and the rule file from version control

shape   1 error
lint    passed
schema  skipped: no --legacy is given
values  skipped: no --legacy is given
engine: rules/v6.lua: version v6 was released (DAY, WHO) and was changed since; rules.parts does not hold what was released, so nobody can tell what
$ echo '["legacy","v6"]' >> rules/rules.parts; brief engine check rules/v6.lua; sed -i '$d' rules/rules.parts
error[E4006]: not a line of six members: [system, version, kind, name, value, file]
  --> rules/rules.parts:124
engine: rules/v6.lua: rules/rules.parts:124: not a line of six members: [system, version, kind, name, value, file]
# What cannot be relied on is an error with its line.
$ echo '<<<<<<< ours' >> rules/rules.sum; brief engine check rules/v5.lua | sed 's/byte .*/byte …/'
error[E4006]: invalid JSON at byte …
  --> rules/rules.sum:5
engine: rules/v5.lua: rules/rules.sum:5: invalid JSON at byte …
$ sed -i '$d' rules/rules.sum; head -1 rules/rules.sum >> rules/rules.sum; brief engine run rules/v5.lua --legacy sqlite:legacy.db --target sqlite:other.db
error[E4006]: line 1 has the release of version v6 already
  --> rules/rules.sum:5
engine: rules/v5.lua: rules/rules.sum:5: line 1 has the release of version v6 already
[78]
$ sed -i '$d' rules/rules.sum; sed -i '1s/,1,/,2,/' rules/rules.sum; brief engine check rules/v7.lua; sed -i '1s/,2,/,1,/' rules/rules.sum
error[E4005]: version v6 was released for rule ABI 2; this engine speaks ABI 1 and may understand it differently
  --> rules/v7.lua   v6
engine: rules/v7.lua: version v6 was released for rule ABI 2; this engine speaks ABI 1 and may understand it differently
# Also of a file that this engine cannot even load.
$ sed -i '1s/,1,/,2,/' rules/rules.sum; sed -i 's/optional = true/optinal = true/' rules/v7.lua; brief engine check rules/v7.lua
error[E4005]: version v6 was released for rule ABI 2; this engine speaks ABI 1 and may understand it differently
  --> rules/v7.lua   v6
engine: version v6 was released for rule ABI 2; this engine speaks ABI 1 and may understand it differently
[3]
$ engine release rules/v5.lua --who "$(printf 'a\nb')"
engine: --who takes a name of at most 200 bytes in one line
[2]
$ rm rules/rules.sum; brief engine check rules/v6.lua --quiet
