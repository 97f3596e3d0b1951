#!/bin/bash
# trace.sh: engine trace: records made again by the rule that the target keeps, and everything that keeps one from being called identical.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"

rows=${TRACE_ROWS:-10000}
traced=200

trace() { # STATUS WORDS NAME ID [OPTION…]: it ends so, and its text says that
	local status=$1 words=$2 name=$3
	shift 3
	"$engine" trace "$@" --legacy sqlite:old.db --target sqlite:new.db > trace.out 2>&1
	local seen=$?
	[ "$seen" -eq "$status" ] && grep -qe "$words" trace.out
	report $? "$name ($seen)" trace.out
}

sample old "$rows" && "$engine" run rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --state state > run.out 2> run.err
[ $? -le 1 ]
report $? "$rows deliveries, moved by v3" run.err
cp new.db kept.db

# ---- any record, against what the target's own tools say of it ----
ask new "select job_id from job_final order by random() limit $traced" > ids
began=$(date +%s%N)
while read -r id; do
	from=$(date +%s%N)
	"$engine" trace "$id" --legacy sqlite:old.db --target sqlite:new.db --json || echo "$id ended with $?" >> trace.log
	echo $((($(date +%s%N) - from) / 100000)) >> times
done < ids > traces.json
is '' "$(cat trace.log 2> /dev/null)" 'each can be traced'
is "$traced identical" "$(jq -r .reproduced traces.json | uniq -c | xargs)" "$traced records are made again, and are identical"
echo "# $(sort -n times | awk '{ t[NR] = $1 / 10 } END { printf "median %.1f ms, p99 %.1f ms, slowest %.1f ms", t[int(NR * .5)], t[int(NR * .99)], t[NR] }'), with what it takes to start a process"
jq -S -c '{ id, fields: (.fields | map(select(.value != null) | { key: .field, value }) | from_entries) }' traces.json | sort > said
ask new "select json_object('id', job_id, 'fields', json_remove(payload_json, '\$.lineage')) from job_final" | jq -S -c 'select(.id | IN($ids[]))' --slurpfile ids <(jq -R . ids) | sort > stored
cmp -s said stored
report $? 'every field as sqlite3 finds it in payload_json' <(diff said stored | head -n 4)
jq -r '[.id, .run, .chunk, (.decisions | map(.id) | join(","))] | join("|")' traces.json | sort > said
ask new "select job_id, writer, chunk_no, (select coalesce(group_concat(value), '') from json_each(payload_json, '\$.lineage.decisions')) from job_final" | grep -F -w -f ids | sort > stored
is "$traced" "$(comm -12 said stored | wc -l)" 'and run, chunk and decisions'
is "$(ask new "select transform from engine_run")" "$(jq -r .fingerprint traces.json | uniq)" 'the fingerprint is the run'"'"'s'
is "$(ask new "select text_hash from engine_rule order by path" | xargs)" "$(head -n 1 traces.json | jq -r '.rule.texts | sort_by(.path)[].hash' | xargs)" 'the texts are those of engine_rule'

# ---- twice is the same bytes, and the working copy is nobody's business ----
id=$(ask new "select job_id from job_final where payload_json like '%\"COMPLETED\"%' order by 1 limit 1")
key=${id#tsk_}
trace 0 "^$id: reproduced identical, written by v3 in run [0-9a-f]\{12\} chunk [0-9]*$" 'the first line is the answer' "$id"
cp trace.out first.out
echo 'return nothing' > rules/v3.lua && rm rules/authority.lua
trace 0 identical 'without the rule files' "$id"
cmp -s trace.out first.out
report $? 'the same bytes' trace.out
cp "$repository/rules/v3.lua" "$repository/rules/authority.lua" rules/

# ---- legacy is not what it was ----
sqlite3 old.db "update del set actor_id = 'somebody else' where del_id = $key"
trace 1 'has changed since' 'a cell of legacy changed' "$id"
grep -q '^differs   actorId: target ".*", derived "somebody else"' trace.out
report $? 'which field, and both values' trace.out
is 1 "$(grep -c '^differs' trace.out)" 'and no other'
sqlite3 old.db "update del set batch_no = 'loaded again' where del_id = $key - 1"
sqlite3 old.db "update del set status = 'WHAT' where del_id = $key"
trace 1 'rejects the row: E2103' 'a row that the rule now rejects' "$id"
sqlite3 old.db "delete from del where del_id = $key"
trace 4 'legacy has no row with the key' 'a row that is gone' "$id"
grep -q '^  state  *"COMPLETED"' trace.out
report $? 'what the target says is shown all the same' trace.out
other=$(grep -vx "$id" ids | sed -n 1p)
"$engine" trace "$other" --target sqlite:new.db > trace.out 2>&1
is 4 $? 'without legacy'
"$engine" trace "$other" --target sqlite:new.db --legacy sqlite:nothing.db > trace.out 2>&1
is 4 $? 'with a legacy that is not there'

# ---- the target is not what it was ----
broken() { # SQL: of another copy of the target
	cp kept.db new.db && sqlite3 new.db "$1"
}
broken "update job_final set payload_json = json_set(payload_json, '\$.state', 'LOST') where job_id = '$other'"
trace 1 '^differs   state: target "LOST"' 'a value changed in the target' "$other"
grep -q '^edited ' trace.out
report $? 'that it is not what was merged' trace.out
broken "update job_final set payload_json = json_set(payload_json, '\$.secret', 'hunter2') where job_id = '$other'"
trace 1 '^differs   secret: target "masked:' 'a member added to the record' "$other"
! grep -q hunter2 trace.out
report $? 'no value of it is shown' trace.out
broken "update job_final set payload_json = json_set(payload_json, '\$.lineage.decisions', json('[\"amount_in_cents\",\"nobody\"]')) where job_id = '$other'"
trace 1 '^differs   lineage.decisions' 'a lineage that was changed' "$other"
broken "update job_final set payload_json = '{\"state\":1.5,\"state\":2}' where job_id = '$other'"
trace 1 '^differs   payload_json' 'a payload that is none' "$other"
broken "update job_final set source_digest_high = 1 where job_id = '$other'"
trace 1 '^differs   source_digest' 'a column beside it' "$other"
broken "update job_final set source_key = (select source_key from job_final where job_id = '$(sed -n 5p ids)') where job_id = '$other'"
trace 1 '^differs   id: ' 'a record that is said to be of another key' "$other"
broken "update job_final set source_key = 'x' || char(27) || '\"' where job_id = '$other'"
trace 4 '^why ' 'a key that is none' "$other"
! grep -q "$(printf '\033')" trace.out && "$engine" trace "$other" --target sqlite:new.db --legacy sqlite:old.db --json | jq -e '.source.key | contains("x")' > jq.out 2>&1
report $? 'is shown harmlessly, and as JSON' jq.out
broken "update job_final set writer = 'nobody' where job_id = '$other'"
trace 4 'engine_run has no run' 'a run that is not there' "$other"
broken "update job_final set source_state = 'gone', source_deleted_at = transformed_at, writer = 'another' where job_id = '$other'"
trace 0 '^withdrawn gone' 'a record that was withdrawn says so' "$other"
broken "delete from engine_rule where path = 'v3.lua'"
trace 4 'keeps no rule file\|authority' 'without the text of its rule' "$other"
broken "delete from engine_rule where path = 'authority.lua'"
trace 4 'not among those that were kept' 'without the text of a module' "$other"
broken "update engine_rule set text = replace(text, 'DELIVERED = \"COMPLETED\"', 'DELIVERED = \"CANCELED\"') where path = 'v3.lua'"
trace 4 'was changed: its hash is' 'with a text that was changed' "$other"
text=$(ask kept "select text from engine_rule where path = 'v3.lua'" | sed 's/DELIVERED = "COMPLETED"/DELIVERED = "CANCELED"/')
broken "update engine_rule set text = '${text//\'/\'\'}', text_hash = '$(printf %s "$text" | sha256sum | cut -d ' ' -f 1)' where path = 'v3.lua'"
trace 4 'has the fingerprint' 'with a text and a hash that were changed' "$other"
broken "delete from engine_run"
trace 4 'engine_run has no run' 'without any run' "$other"
cp kept.db new.db
trace 65 'the target has no record tsk_none' 'a record that is not there' tsk_none

# ---- another version ----
trace 4 'keeps no text of a version v2' 'a version the target never saw' "$other" --at-version v2
sed -e 's/version    = "v3"/version    = "v4"/; s/supersedes = "v2"/supersedes = "v3"/; s/"COMPLETED", "CANCELED",$/"DONE", "CANCELED",/; s/= "COMPLETED",/= "DONE",/g; s/"COMPLETED"/"DONE"/g' \
	rules/v3.lua > rules/v4.lua
"$engine" run rules/v4.lua --legacy sqlite:old.db --target sqlite:new.db --state state > run.out 2> run.err
[ $? -le 1 ]
report $? 'moved on to v4' run.err
done=$(ask new "select job_id from job_final where payload_json like '%\"DONE\"%' order by 1 limit 1")
same=$(ask new "select job_id from job_final where transform_version = 'v3' and source_state = '' order by 1 limit 1")
trace 0 'reproduced identical, written by v4' 'what v4 wrote' "$done"
trace 1 'reproduced differs by v3, written by v4' 'v3 says otherwise' "$done" --at-version v3
is 'differs   state: target "DONE", derived "COMPLETED"' "$(grep '^differs ' trace.out)" 'in the field that changed'
trace 0 'reproduced identical, written by v3' 'what v4 left as v3 wrote it' "$same"
trace 0 'reproduced identical by v4, written by v3' 'is the same by both' "$same" --at-version v4
trace 4 '^withdrawn gone' 'what legacy lost is withdrawn' "$id"

# ---- what is masked stays hidden, also where the mask came after the record ----
sqlite3 people.db "create table person (id integer primary key not null, mail text, town text); insert into person values (1, 'ann@x.org', 'Leeds'), (2, 'bob@y.org', 'York')"
person() { # MASK
	cat > people.lua <<LUA
return migration { version = "v1", system = "people", entity "person" {
  source = { root = table "person" { key = "id" } },
  fields = { personId = id { from = "id" }, mail = text { from = "mail"$1 }, town = text { from = "town" } } } }
LUA
	"$engine" run people.lua --legacy sqlite:people.db --target sqlite:found.db --state people.state > run.out 2> run.err
}
person ''
report $? 'people, moved without a mask' run.err
person ', mask = true'
report $? 'and again with one: no record is written anew' run.err
sqlite3 found.db "update person_final set payload_json = json_set(payload_json, '\$.mail', 'eve@z.org') where person_id = '1'"
for format in --quiet --json; do
	"$engine" trace 1 --legacy sqlite:people.db --target sqlite:found.db $format > trace.out 2>&1
	[ $? -eq 1 ] && grep -q 'Leeds' trace.out && [ "$(grep -o 'masked:[0-9a-f]*' trace.out | sort -u | wc -l)" -eq 2 ] && ! grep -q '@' trace.out
	report $? "a masked value that was changed, $format" trace.out
done

# ---- what only the tables say: whose column a name is, and what tells rows without a key apart ----
sqlite3 same.db "
	create table person (id integer primary key not null, town text, mail text);
	create table visit (person integer not null, no integer not null, town text, primary key (person, no));
	create table remark (person integer not null, line text);
	insert into person values (1, 'Leeds', 'ann@x.org'), (2, 'York', null);
	insert into visit values (1, 1, 'Hull'), (1, 2, 'Bath'), (2, 1, null);
	insert into remark values (1, 'late'), (1, 'late'), (1, null)"
made_again() { # NAME SOURCE FIELD: the rule, with that beside its root
	cat > same.lua <<LUA
return migration { version = "v1", system = "people", entity "person" {
  source = { root = table "person" { key = "id", ignore = { mail = "not wanted" } }, $2 },
  fields = { personId = id { from = "id" }, home = text { from = "town" }, $3 } } }
LUA
	rm -rf told.db* same.state
	"$engine" run same.lua --legacy sqlite:same.db --target sqlite:told.db --state same.state > trace.out 2>&1
	report $? "$1" trace.out
	for id in 1 2; do
		"$engine" trace "$id" --legacy sqlite:same.db --target sqlite:told.db > trace.out 2>&1
		is "$id: reproduced identical" "$(head -n 1 trace.out | cut -d , -f 1)" "person $id of them is made again"
	done
}
visits='visits = children "visit" { key = { "person", "no" }, parent = "person" }'
made_again 'a column of the child that the root has, too' "$visits" \
	'places = list { from = "visits", each = { no = integer { from = "no" }, town = text { from = "town", optional = true } } }'
is '2 Hull Bath' "$(ask told "select count(*) from person_final; select value ->> 'town' from person_final, json_each(payload_json, '\$.places') where person_id = '1'" | xargs)" 'it is the child that was asked'
made_again 'a function that names what is no column' "$visits" \
	'left = integer { from = "visits", by = function(visits) local left = 0 for _, visit in ipairs(visits) do if visit.town then left = left + 1 end end return left + ({ nothing = 0 }).nothing end }'
made_again 'rows without a key' 'remarks = children "remark" { key = "*", parent = "person" }' \
	'remarks = list { from = "remarks", each = { line = text { from = "line", optional = true }, copies = integer { from = "copies" } } }'

# ---- once with a server ----
cluster_start pg fsync=off && cluster_sql pg postgres 'create database target owner engine' && cluster_sql pg target 'grant all on schema public to engine'
target=$(cluster_url pg engine target)
sample small 500 && "$engine" run rules/v3.lua --legacy sqlite:small.db --target "$target" --state pg.state > run.out 2> run.err
[ $? -le 1 ]
report $? 'moved to PostgreSQL' run.err
cluster_sql pg target "select job_id from job_final order by md5(job_id) limit 20" > ids
while read -r id; do
	"$engine" trace "$id" --legacy sqlite:small.db --target "$target" --json
done < ids > traces.json
is '20 identical' "$(jq -r .reproduced traces.json | uniq -c | xargs)" 'records of PostgreSQL are made again'
one=$(head -n 1 ids)
cluster_sql pg target "update job_final set payload_json = jsonb_set(payload_json, '{state}', '\"LOST\"') where job_id = '$one'"
"$engine" trace "$one" --legacy sqlite:small.db --target "$target" > trace.out 2>&1
[ $? -eq 1 ] && grep -q '^differs   state: target "LOST"' trace.out
report $? 'one that was changed is not' trace.out
exit "$failed"
