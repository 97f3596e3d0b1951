#!/bin/bash
# verify.sh: engine verify: agreement where both sides agree, by other people's counts too, and every damage noticed, by id and field.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"
. "$repository/tests/scenarios/lib_browser.sh"

rows=${VERIFY_ROWS:-10000}

both_sides='balance digests sample'
verify() { # STATUS WORDS NAME [WORD…]: it ends so, and its text says that
	local status=$1 words=$2 name=$3
	shift 3
	case $* in *balance* | *unchanged* | *digests* | *sample* | *invariants*) ;; *) set -- $both_sides "$@" ;; esac
	"$engine" verify rules/v3.lua "$@" --target sqlite:new.db --unrecorded > verify.out 2> verify.err
	local seen=$?
	[ "$seen" -eq "$status" ] && grep -qe "$words" verify.out verify.err
	report $? "$name ($seen)" <(cat verify.err; head -n 20 verify.out)
}
both() { verify "$@" --legacy sqlite:old.db; }

sample old "$rows" && move old new
[ $? -le 1 ]
report $? "$rows deliveries, moved" new.err
cp new.db kept.db

# ---- agreement, and the numbers of it as sqlite3 finds them ----
both 0 '^agrees: 4 of 4 checks' 'nothing was damaged'
"$engine" verify $both_sides rules/v3.lua --target sqlite:new.db --legacy sqlite:old.db --json --unrecorded > agrees.json
is "agrees agrees agrees agrees agrees" "$(jq -r '.verdict, .checks[].verdict' agrees.json | xargs)" 'so says the document'
is "$(sqlite3 old.db 'select count(*) from del')" "$(jq '.checks[] | select(.check == "balance") | .checked' agrees.json)" 'every row of legacy was checked'
is "$(ask new 'select count(*) from job_final')" "$(jq '.checks[] | select(.check == "digests") | .checked' agrees.json)" 'and every record'
is "$(ask new "select count(*) from job_final where source_state = ''; select count(*) from engine_quarantine where source = 'root' and resolved_by = ''; select count(*) from engine_quarantine where source <> 'root' and resolved_by = ''" | xargs)" \
	"$(jq -r '.checks[] | select(.check == "balance") | .legacy | .merged, .rejected, .orphans' agrees.json | xargs)" 'merged, rejected and orphans are what sqlite3 counts in the target'
is "$(sqlite3 old.db "select count(*) from del where delivery_ref like 'TEST-%'; select (select count(*) from del_events) + (select count(*) from del_meta)" | xargs)" \
	"$(jq -r '.checks[] | select(.check == "balance") | .legacy | .skipped, .children + .orphans' agrees.json | xargs)" 'skipped and children what it counts in legacy'
jq -r '.checks[] | .check as $c | .self_check[] | select(.claimed) | select(.done == 0 or .noticed != .done) | "\($c): \(.damage)"' agrees.json > unnoticed
! [ -s unnoticed ] && [ "$(jq '[.checks[].self_check[] | select(.claimed)] | length' agrees.json)" -eq 28 ]
report $? 'each check has noticed every damage that it claims to notice, done to copies' unnoticed
is 'balance 12 digests 1 sample 1' "$(jq -r '.checks[] | select(.check != "unchanged") | "\(.check) \([.self_check[] | select(.claimed | not)] | length)"' agrees.json | xargs)" 'and claims no more than it has shown'
is 0 "$(jq '[.checks[] | select(.check == "digests") | .self_check[] | select(.damage == "a decision that lineage forgot") | .noticed] | add' agrees.json)" 'what digests cannot see it does not see'
cmp -s new.db kept.db
report $? 'the target is not written to'
"$engine" verify $both_sides --target sqlite:new.db --legacy sqlite:old.db --unrecorded > verify.out
is 'agrees' "$(head -n 1 verify.out | cut -d : -f 1)" 'by the version that the target keeps, without a rule file'

sed -n 's/^| \([a-z].*[a-z]\) | \(yes\)* *| \(yes\)* *| \(yes\)* *| \(yes\)* *|$/\1|\2|\3|\4/p' "$repository/docs/verify.md" | grep -v '^damage|' > documented
jq -r '[.checks[] | select(.check != "unchanged") | [.self_check[] | {damage, claimed}]] | transpose[] | [.[0].damage] + [.[] | if .claimed then "yes" else "" end] | join("|")' agrees.json > claimed
[ -s claimed ] && cmp -s documented claimed
report $? 'docs/verify.md says which check notices which damage' <(diff documented claimed)

# ---- evidence ----
"$engine" verify $both_sides rules/v3.lua --target sqlite:new.db --legacy sqlite:old.db --json > recorded.json
body=$(ask new "select body from engine_ledger where kind = 'validated' order by entry_no desc limit 1")
is "$(jq -c '[.verdict, (.checks | map([.check, .expected, .checked, .differences]))]' recorded.json)" "$(jq -c '[.verdict, (.checks | map([.check, .expected, .checked, .differences]))]' <<< "$body")" 'what was found stands in the ledger'
is "$(jq -r .evidence.hash recorded.json)" "$(ask new 'select hash from engine_ledger order by entry_no desc limit 1')" 'and the document names the entry'
is "$(ask new "select count(*) from job_final where source_state = ''; select sum(pass_no) from engine_chunk" | xargs)" "$(jq -r '.entities[0] | .records, .passes' <<< "$body" | xargs)" 'with what there was to be proven'
is '[0,9999]' "$(jq -c '.entities[0].buckets' <<< "$body")" 'in every bucket'
"$engine" ledger verify --target sqlite:new.db > ledger.out 2>&1 || [ $? -eq 4 ]
grep -q intact ledger.out || grep -q 'chain holds\|nobody' ledger.out
report $? 'the chain holds' ledger.out
"$engine" ledger list --target sqlite:new.db | grep -q 'validated .*agrees by v3: balance of job .* checked, 0 differences'
report $? 'and is read by people'
cp kept.db new.db

# ---- what was not checked is no agreement ----
sqlite3 other.db 'create table other (a)'
"$engine" verify rules/v3.lua --legacy sqlite:old.db --target sqlite:other.db > verify.out 2>&1
[ $? -eq 65 ] && grep -q 'nothing was moved into this target yet' verify.out
report $? 'a database that nothing was moved into' verify.out
verify 4 'no --legacy is given' 'without legacy nobody can tell the balance'
verify 0 '^agrees: 2 of 2 checks (unchanged, digests)' 'the digests alone need none' digests
grep -q '^not asked for: balance, sample, invariants, queries$' verify.out
report $? 'what was not asked for is said' verify.out
verify 69 'nowhere.db' 'a legacy that is away' --legacy sqlite:nowhere.db
sed -e 's/version    = "v3"/version    = "v4"/; s/"COMPLETED", "CANCELED",$/"COMPLETED", "CANCELED", "LOST",/' rules/v3.lua > rules/v4.lua
"$engine" verify rules/v4.lua --target sqlite:new.db --legacy sqlite:old.db > verify.out 2>&1
[ $? -eq 4 ] && grep -q 'the target is moved by v3 (' verify.out
report $? 'by another version than the one that moved it' verify.out
"$engine" verify rules/v3.lua nothing --target sqlite:new.db > verify.out 2>&1
is 2 $? 'a check that there is none'
"$engine" verify rules/v3.lua --entity nobody --target sqlite:new.db > verify.out 2>&1
is 2 $? 'an entity that there is none'
sqlite3 empty.db "$(sqlite3 old.db .schema | grep -v sqlite_)"
"$engine" run rules/v3.lua --legacy sqlite:empty.db --target sqlite:none.db --state none.state > run.out 2>&1
"$engine" verify rules/v3.lua --legacy sqlite:empty.db --target sqlite:none.db > verify.out 2>&1
[ $? -eq 4 ] && grep -q 'there was nothing to check' verify.out
report $? 'of nothing nobody can tell' verify.out
cp rules/authority.lua authority.kept
sed -i 's/approvals = 1 }/approvals = 1, empty = { "job" } }/' rules/authority.lua
"$engine" run rules/v3.lua --legacy sqlite:empty.db --target sqlite:none.db --state none.state > run.out 2>&1
"$engine" verify rules/v3.lua --legacy sqlite:empty.db --target sqlite:none.db > verify.out 2>&1
[ $? -eq 0 ] && grep -q '^agrees: 6 of 6' verify.out
report $? 'unless the policy says that it may be empty' verify.out
sqlite3 empty.db "insert into del (del_id, status, created_ts, updated_ts, amount) values (1, 'created', '2020-01-01 00:00:00', '2020-01-01 00:00:00', '1')"
"$engine" verify balance rules/v3.lua --legacy sqlite:empty.db --target sqlite:none.db > verify.out 2>&1
[ $? -eq 4 ] && grep -q 'legacy has changed since' verify.out
report $? 'and it is not taken for empty when it is not' verify.out
mv authority.kept rules/authority.lua

# ---- one cell each, in as many records: every one is named by id and field, and no other ----
# Each row of damage(kind, field, sql) is done to every n-th live record, so that each damages others.
cat > damage.sql <<'SQL'
create temporary table damage (kind integer primary key, field text, path text, value text);
insert into damage (field, path, value) values
	('state', '$.state', '''LOST'''), ('state', '$.state', 'null'), ('state', '$.state', 'json_extract(payload_json, ''$.state'') || '' '''),
	('externalId', '$.externalId', ''''''), ('externalId', '$.externalId', 'coalesce(json_extract(payload_json, ''$.externalId''), ''x'') || '' '''),
	('createdAt', '$.createdAt', 'replace(json_extract(payload_json, ''$.createdAt''), ''T'', '' '')'),
	('createdAt', '$.createdAt', 'substr(json_extract(payload_json, ''$.createdAt''), 1, 25) || (1 - min(1, cast(substr(json_extract(payload_json, ''$.createdAt''), 26, 1) as integer))) || ''Z'''),
	('updatedAt', '$.updatedAt', 'substr(json_extract(payload_json, ''$.updatedAt''), 1, 11) || printf(''%02d'', (substr(json_extract(payload_json, ''$.updatedAt''), 12, 2) + 1) % 24) || substr(json_extract(payload_json, ''$.updatedAt''), 14)'),
	('amount', '$.amount', 'substr(json_extract(payload_json, ''$.amount''), 1, length(json_extract(payload_json, ''$.amount'')) - 1) || ((substr(json_extract(payload_json, ''$.amount''), -1) + 1) % 10)'),
	('amount', '$.amount', 'json_extract(payload_json, ''$.amount'') || ''0'''), ('amount', '$.amount', 'json_extract(payload_json, ''$.amount'') + 0.0'),
	('actorId', '$.actorId', '''nobody'''), ('actorId', '$.actorId', 'null'),
	('attributes', '$.attributes.region', '''nowhere'''), ('attributes', '$.attributes.none', '''x'''),
	('history', '$.history[0].kind', '''lost'''), ('history', '$.history[#]', 'json(''{"kind":"created"}'')'),
	('secret', '$.secret', '''x''');
create temporary table victim as select job_id, 1 + row_number() over (order by job_id) % (select count(*) from damage) as kind from job_final where source_state = '' and payload_json ->> '$.history[0].kind' is not 'lost';
SQL
{
	cat damage.sql
	echo '.mode list'
	echo '.once damages.sql'
	echo "select printf('update job_final set payload_json = json_set(payload_json, ''%s'', %s) where job_id in (select job_id from victim where kind = %d);', path, value, kind) from damage;"
	echo '.read damages.sql'
	echo '.once expected'
	echo "select job_id || ' ' || field from victim join damage using (kind) order by 1;"
} | sqlite3 new.db 2> damage.err
report $? "$(wc -l < expected) cells of records are damaged" damage.err
"$engine" verify digests rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --json --all > damaged.json 2> verify.err
is 1 $? 'that differs'
jq -r '.differences[] | select(.check == "digests") | .id + " " + (.field // .text)' damaged.json | sort > seen
sort expected | cmp -s - seen
report $? 'every one is named by its id and field, and no other' <(sort expected | diff - seen | head)
"$engine" verify unchanged rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --json --all --unrecorded > damaged.json 2> verify.err
jq -r '.differences[] | .id + " " + (.field // .text)' damaged.json | sort > seen
sort expected | cmp -s - seen
report $? 'likewise where the store itself said which chunks to look at' <(sort expected | diff - seen | head)
[ "$(wc -l < expected)" -ge $((rows * 9 / 10)) ]
report $? "there were $(wc -l < expected)"
is 0 "$(jq '[.differences[] | select(has("legacy") == has("target") and .legacy == .target)] | length' damaged.json)" 'both values are shown, and are two'
is null "$(jq -r '.differences[] | select(.field == "secret") | .legacy' damaged.json | sort -u)" 'what the rule does not make is not shown by value' 
! grep -q '"target":"x"' damaged.json
report $? 'nor is what nobody said may be seen'

"$engine" verify sample --percent 100 rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --json --all > damaged.json 2> verify.err
is 1 $? 'a sample of all of them differs'
jq -r '.differences[] | .id + " " + .field' damaged.json | sort > seen
sort expected | cmp -s - seen
report $? 'and names the same' <(sort expected | diff - seen | head)

# ---- a sample is a part, the same for everybody ----
cp kept.db new.db
sampled() { # OPTION…
	"$engine" verify sample rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --json "$@" | jq -c '.checks[0] | [.verdict, .checked, .expected, .confidence.of]'
}
# xxhsum's XXH3 takes no seed; that sample_hash() is XXH3_64 with one is tested beside it. A share holds what a smaller one does.
chosen=$(sampled --percent 5 | jq '.[3]')
[ "$chosen" -ge $((rows * 4 / 100)) ] && [ "$chosen" -le $((rows * 6 / 100)) ]
report $? "of $rows rows 5 % are $chosen"
is "$(sampled --percent 5)" "$(sampled --percent 5)" 'the same again'
is "$(sampled --percent 5 --seed x)" "$(sampled --percent 5 --seed x)" 'likewise with another seed'
[ "$(sampled --percent 5 --seed x)" != "$(sampled --percent 5 --seed y)" ]
report $? 'which makes it another sample'
is "$(($(ask new "select count(*) from job_final where source_state = ''") + $(ask new "select count(*) from engine_quarantine where source = 'root' and resolved_by = ''")))" "$(sampled --percent 100 | jq '.[3]')" 'all of it are records and rejects'
sqlite3 new.db "update job_final set payload_json = json_remove(payload_json, '\$.lineage.decisions[0]')"
both 1 'lineage.decisions: are not the decisions' 'decisions that lineage forgot' sample
both 1 'no record shows which' 'and the store knows that somebody touched them' unchanged
is agrees "$("$engine" verify digests rules/v3.lua --target sqlite:new.db --unrecorded --json | jq -r '.checks[] | select(.check == "digests") | .verdict')" 'the records themselves do not show it'
cp kept.db new.db
"$engine" verify sample rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --json --unrecorded --percent 0.0001 --per-stratum 300 > strata.json
jq -r '.checks[0].strata[] | select(.stratum | startswith("enum:")) | "\(.stratum)|\(.rows)"' strata.json > seen
ask new "with n as (select payload_json ->> '\$.state' as state, count(*) as n from job_final where source_state = '' group by 1) select 'enum:state=' || state || '|' || min(300, n) from n order by 1" > wanted
cmp -s wanted seen
report $? 'of each state 300 are looked at, or all there are' <(diff wanted seen)
is "$(sqlite3 old.db "select count(*) from del where delivery_ref like 'TEST-%'")" "$(jq '.checks[0].strata[] | select(.stratum == "skip:test delivery") | .rows' strata.json)" 'what is skipped is looked at, too'
is "$(ask new "select count(distinct source_key) from engine_quarantine where source = 'root' and resolved_by = '' and faults like '%E2103%'")" "$(jq '.checks[0].strata[] | select(.stratum == "reject:E2103") | .rows' strata.json)" 'and what is rejected'
sqlite3 new.db "insert into engine_stratum select entity, stratum, hash, '#', -1, rule_epoch from engine_stratum where stratum = 'enum:state=CREATED' order by hash limit 1 offset 20"
both 4 'of the stratum enum:state=CREATED only 2[01] rows are known' 'a stratum of which fewer are known' sample
sqlite3 new.db 'delete from engine_stratum'
both 4 'no stratum was kept of it' 'a target that keeps none' sample
cp kept.db new.db
cp old.db was.db
sqlite3 old.db "update del set actor_id = 'drv-x' where del_id = (select min(del_id) from del)"
both 4 'legacy has changed since' 'a row that changed since is no difference' sample --percent 100
is 1 "$("$engine" verify sample --percent 100 rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --json | jq '.checks[0].lagging')" 'one, and no other of its chunk'
cp was.db old.db
for wrong in 0 101 -1 x 1e2 '' 1,5; do
	"$engine" verify sample rules/v3.lua --percent "$wrong" --target sqlite:new.db > verify.out 2>&1
	is 2 $? "a share of '$wrong'"
done

# ---- what the rule says of every record ----
awk '/"one open job per actor"/ { inside = 1 } !inside { print } /]],/ { inside = 0 }' rules/v3.lua > rules/lua.lua
invariants() { # STATUS WORDS NAME
	"$engine" verify invariants rules/lua.lua --target sqlite:new.db --unrecorded > verify.out 2> verify.err
	local seen=$?
	[ "$seen" -eq "$1" ] && grep -qe "$2" verify.out
	report $? "$3 ($seen)" <(cat verify.err verify.out)
}
cp kept.db new.db
invariants 0 '^agrees: 1 of 1 check (invariants)' 'every record keeps them'
is "$(ask new "select count(*) from job_final where source_state = ''")" "$(awk '$1 == "invariants" { gsub(",", ""); print $4 }' verify.out)" 'every live one was asked'
sqlite3 new.db "update job_final set payload_json = json_set(payload_json, '\$.completedAt', '1999-01-01T00:00:00.000000Z') where payload_json ->> '\$.completedAt' is not null"
invariants 1 '^broken .*completion does not precede creation' 'one that is broken is named, with the record'
is "$(ask new "select count(*) from job_final where source_state = '' and payload_json ->> '\$.completedAt' is not null")" \
	"$("$engine" verify invariants rules/lua.lua --target sqlite:new.db --unrecorded --json | jq '.checks[0].differences')" 'and all of them are counted'
cp kept.db new.db
sqlite3 new.db "update job_final set payload_json = json_set(payload_json, '\$.createdAt', 7) where job_id = 'tsk_1'"
invariants 4 '^why .*tsk_1: ' 'of a record that is none nobody can tell, and it is named'
cp kept.db new.db

# of a sample, where the policy says so
sed 's/invariants = "all"/invariants = "sampled"/' rules/authority.lua > authority.sampled && cp rules/authority.lua authority.kept
sampled() { # STATUS WORDS NAME [WORD…]
	cp authority.sampled rules/authority.lua
	"$engine" verify invariants rules/lua.lua --target sqlite:new.db --unrecorded "${@:4}" > verify.out 2> verify.err
	local seen=$?
	"$engine" verify invariants rules/lua.lua --target sqlite:new.db --unrecorded --all --json "${@:4}" > sampled.json 2>&1
	cp authority.kept rules/authority.lua
	[ "$seen" -eq "$1" ] && grep -qe "$2" verify.out
	report $? "$3 ($seen)" <(cat verify.err verify.out)
}
grep -q sampled authority.sampled
report $? 'the policy asks for a sample' authority.sampled
live=$(ask new "select count(*) from job_final where source_state = ''")
sampled 0 '^sample  *invariants of job: none of the ' 'a sample of the records, and what it shows' --percent 10 --per-stratum 5
jq -e --argjson live "$live" '.checks[0] | .expected == .checked and .expected < $live / 2 and .confidence.of <= .expected
	and (.confidence.of | . > $live * 0.08 and . < $live * 0.12) and .confidence.wrong_at_most * .confidence.of == 3' sampled.json > verify.out
report $? 'about a tenth of them by the share, more of strata' sampled.json
sampled 0 '^agrees' 'all of them, where that is the share' --percent 100
is "$live" "$(jq '.checks[0].expected' sampled.json)" 'then every live one was asked'
sqlite3 new.db "update job_final set payload_json = json_set(payload_json, '\$.completedAt', '1999-01-01T00:00:00.000000Z') where payload_json ->> '\$.completedAt' is not null"
completed=$(ask new "select count(*) from job_final where source_state = '' and payload_json ->> '\$.completedAt' is not null")
sampled 1 '^broken .*completion does not precede creation' 'broken ones of the sample are named' --percent 100
is "$completed" "$(jq '.checks[0].differences' sampled.json)" 'of all of them all'
sampled 1 '^broken ' 'of a part a part' --percent 10 --per-stratum 1
jq -e --argjson all "$completed" '.checks[0] | .differences > 0 and .differences < $all / 5 and .confidence == null' sampled.json > verify.out
report $? 'and nothing is said of those that nobody asked' sampled.json
sampled 1 '^broken ' 'chunk by chunk, too' --percent 10 --per-stratum 1 --watch --rounds 1 --budget 100
is "$(jq -s 'map(select(.checks)) | .[0].checks[0] | "\(.expected) \(.differences)"' sampled.json)" \
	"$(cp authority.sampled rules/authority.lua; "$engine" verify invariants rules/lua.lua --target sqlite:new.db --unrecorded --json --percent 10 --per-stratum 1 | jq '.checks[0] | "\(.expected) \(.differences)"'; cp authority.kept rules/authority.lua)" 'which finds as many'
cp kept.db new.db
sed -i 's/per_stratum = 300/&, rate = 0.002/' authority.sampled
sampled 4 '^why .*cannot show that at most 0.002 of all are wrong' 'a sample that is too small for what is asked: nobody can tell' --percent 10
sampled 0 '^agrees' 'one that is large enough' --percent 50

open_jobs() { # what the rule's own statement asks, by sqlite3
	ask new "select min(job_id) from job_final where source_state = '' and payload_json ->> '\$.state' = 'ASSIGNED' group by payload_json ->> '\$.actorId' having count(*) > 1" | sort
}
sqlite3 new.db "update job_final set payload_json = json_set(payload_json, '\$.actorId', 'drv-' || bucket % 50) where payload_json ->> '\$.state' = 'ASSIGNED'"
"$engine" verify invariants rules/v3.lua --target sqlite:new.db --unrecorded --json --all > broken.json 2> verify.err
is 1 $? 'actors with more than one open job'
jq -r '.differences[] | select(.text == "one open job per actor") | .id' broken.json | sort > seen
open_jobs > wanted
[ -s wanted ] && cmp -s wanted seen
report $? "the $(wc -l < wanted) that SQL names are those that sqlite3 finds" <(diff wanted seen | head -n 5)
sqlite3 new.db "update job_final set payload_json = json_set(payload_json, '\$.actorId', 'one-' || job_id) where payload_json ->> '\$.state' = 'ASSIGNED'"
verify 0 '^agrees' 'without them every invariant holds' invariants
sed 's/group by actorId having/group by nobody having/' rules/v3.lua > rules/sql.lua
"$engine" verify invariants rules/sql.lua --target sqlite:new.db --unrecorded > verify.out 2> verify.err
[ $? -eq 4 ] && grep -q '^why .*one open job per actor.*nobody' verify.out
report $? 'a statement that cannot be asked: nobody can tell, and why' verify.out
cp kept.db new.db

# ---- the columns beside it, and lineage ----
damaged() { # FIELD SQL: one record $id; the field that is named is that one
	cp kept.db new.db
	id=$(ask new "select job_id from job_final where source_state = '' order by job_id limit 1 offset $((RANDOM % 1000))")
	sqlite3 new.db "update job_final set ${2//ID/$id} where job_id = '$id'"
	"$engine" verify digests rules/v3.lua --target sqlite:new.db --json --all > damaged.json 2> verify.err
	local status=$?
	jq -r '.differences[] | select(.id != null) | .id + " " + (.field // "")' damaged.json | sort > seen
	[ "$status" -eq 1 ] && grep -qxF "$id $1" seen && [ "$(cut -d ' ' -f 1 seen | sort -u | wc -l)" -eq 1 ]
	report $? "$1: $2" seen
}
for column in $(ask kept "select name from pragma_table_info('job_final') where name not in ('job_id', 'payload_json', 'chunk_no', 'source_part')"); do
	case $column in
	*digest*) damaged "lineage.sourceDigest" "source_digest_low = source_digest_low + 1" ;;
	bucket) damaged bucket 'bucket = bucket + 1' ;;
	transformed_at) damaged transformed_at "transformed_at = '2001' || substr(transformed_at, 5)" ;;
	source_deleted_at) damaged source_deleted_at 'source_deleted_at = transformed_at' ;;
	source_key) damaged lineage.sourcePrimaryKeys "source_key = '[\"x\"]'" ;;
	transform_version) damaged lineage.transformVersion "transform_version = 'v2'" ;;
	*) damaged "$column" "$column = $column || 'x'" ;;
	esac
done
damaged job_id "payload_json = json_set(payload_json, '\$.jobId', 'tsk_other')"
for member in sourceSystem transformVersion transformedAt sourceDigest; do
	damaged "lineage.$member" "payload_json = json_set(payload_json, '\$.lineage.$member', 'x')"
done
damaged lineage.sourceTables "payload_json = json_remove(payload_json, '\$.lineage.sourceTables[1]')"
damaged lineage.sourcePrimaryKeys "payload_json = json_set(payload_json, '\$.lineage.sourcePrimaryKeys.del_id', 'x')"
damaged lineage.decisions "payload_json = json_set(payload_json, '\$.lineage.decisions[0]', 'x')"
damaged lineage "payload_json = json_remove(payload_json, '\$.lineage')"
damaged '' "payload_json = 'no JSON'"
damaged '' "payload_json = '[]'"
damaged '' "payload_digest_high = payload_digest_high + 1"

# ---- rows that are gone, came, or changed places ----
broken() { # SQL STATUS WORDS NAME
	cp kept.db new.db
	sqlite3 new.db "$1"
	both "$2" "$3" "$4"
}
one=$(ask kept "select job_id from job_final where source_state = '' order by job_id limit 1 offset $((RANDOM % 1000))")
other=$(ask kept "select job_id from job_final where source_state = '' and job_id > '$one' limit 1")
broken "delete from job_final where job_id = '$one'" 1 "^missing .* $one " 'a record that is gone is named'
grep -q '^count .* live records, and ' verify.out
report $? 'and the chunk it is missing of' verify.out
broken "insert into job_final select 'tsk_twice', payload_json, transformed_at, transform_version, source_key, source_part, payload_digest_high, payload_digest_low, source_digest_high, source_digest_low, chunk_no, bucket, source_state, source_deleted_at, writer from job_final where job_id = '$one'" \
	1 '^extra .*another live record is of the same key' 'a record that is there twice'
broken "insert into job_final select 'tsk_none', payload_json, transformed_at, transform_version, '[\"none\"]', source_part, payload_digest_high, payload_digest_low, source_digest_high, source_digest_low, chunk_no, bucket, source_state, source_deleted_at, writer from job_final where job_id = '$one'" \
	1 '^extra .* tsk_none .*legacy has no row' 'a record of no row'
swap() { # COLUMNS: two records change them, each of the other's value
	local set=
	for column in $1; do set="$set${set:+, }$column = (select $column from was where was.job_id = case job_final.job_id when '$one' then '$other' else '$one' end)"; done
	echo "create temporary table was as select * from job_final; update job_final set $set where job_id in ('$one', '$other')"
}
broken "$(swap 'payload_json')" 1 "^value .* $one " 'two records that changed their payloads'
broken "$(swap 'payload_json payload_digest_high payload_digest_low source_key source_digest_high source_digest_low')" 1 "^value .* $one .*is not the id that the record says" 'two that changed everything but their ids'
broken "update job_final set chunk_no = chunk_no + 1 where job_id = '$one'" 1 "^missing .* $one " 'one that stands in another chunk'
broken "update job_final set source_part = 'x' where job_id = '$one'" 1 "^missing .* $one " 'one that is of another part'
broken "update job_final set source_state = 'gone', source_deleted_at = transformed_at where job_id = '$one'" 1 "^missing .* $one " 'one that is withdrawn, and legacy has it'
broken "delete from engine_quarantine where rowid = (select min(rowid) from engine_quarantine where source = 'root')" 1 '^missing .*is not in quarantine' 'a reject that nobody kept'
broken "update engine_quarantine set resolved_by = 'merged' where rowid = (select max(rowid) from engine_quarantine where source = 'root')" 1 '^missing .*is not in quarantine' 'one that was closed'
broken "insert into engine_quarantine select entity, source, '[\"none\"]', ordinal, chunk_no, pass_no, run, rule_epoch, root_key, code, faults, source_row, opened_at, resolved_by, resolved_at from engine_quarantine where source = 'root' limit 1" 1 '^extra .*is in quarantine, and legacy has no row' 'a reject of no row'
broken "delete from engine_quarantine where rowid = (select min(rowid) from engine_quarantine where source <> 'root')" 1 '^count .*children without a root' 'a child without a root that nobody kept'
for column in read merged skipped rejected fenced children orphans; do
	broken "update engine_chunk set \"$column\" = \"$column\" + 1 where chunk_no = 1" 1 "^count .*chunk 1 $column: engine_chunk says" "a chunk that says otherwise of $column"
done
broken "delete from engine_chunk where chunk_no = 2" 4 'belong to no chunk' 'a chunk that is not there'
broken "update engine_chunk set pass_no = 0 where chunk_no = 2" 4 'were never passed' 'a chunk that was never passed'
broken "update engine_chunk set rule_epoch = 0 where chunk_no = 2" 4 'were not passed by this version yet' 'one that another version passed'

broken "update engine_chunk set store_digest = 'postgres-1:' || substr(store_digest, 10) where chunk_no = 1" 4 'made another way' 'a digest that was made another way'
broken "update engine_chunk set store_digest = '' where chunk_no = 1" 4 'was not recorded' 'a digest that nobody recorded'
broken "update job_final set transformed_at = 'x' where job_id = '$one'" 1 "column transformed_at holds 'x', which is no instant" 'a moment that is none'

# ---- records that an older version wrote, and a newer one left as they were ----
cp kept.db new.db
cp -r new.db.state kept.state 2> /dev/null
sed -e 's/version    = "v3"/version    = "v5"/; s/supersedes = "v2"/supersedes = "v3"/; s/"COMPLETED", "CANCELED",$/"DONE", "CANCELED",/; s/= "COMPLETED",/= "DONE",/g; s/"COMPLETED"/"DONE"/g' -e "s/state = 'COMPLETED'/state = 'DONE'/" rules/v3.lua > rules/v5.lua
"$engine" run rules/v5.lua --legacy sqlite:old.db --target sqlite:new.db --state new.db.state --quiet 2> run.err
[ $? -le 1 ] && [ "$(ask new 'select count(distinct transform_version) from job_final')" -eq 2 ]
report $? 'moved on to another version, which changes some records' run.err
"$engine" verify rules/v5.lua --legacy sqlite:old.db --target sqlite:new.db --unrecorded > verify.out 2>&1
[ $? -eq 0 ] && grep -q '^agrees: 6 of 6' verify.out
report $? 'agrees by it' verify.out
rm -rf new.db.state && mv kept.state new.db.state

broken 'update job_final set bucket = bucket + 1' 1 'no sound record was found to try the check on' 'where no record is sound nobody knows what a check would notice'

# ---- legacy goes on ----
cp kept.db new.db
cp old.db was.db
sqlite3 old.db "update del set actor_id = 'drv-x' where del_id = (select min(del_id) from del)"
both 4 'legacy has changed since' 'what changed after it was moved is no difference, and no agreement'
verify 0 '^agrees' 'the records are what was merged all the same' digests --legacy sqlite:old.db
move old new
both 0 '^agrees' 'after another run both agree'
sqlite3 old.db "delete from del where del_id = (select max(del_id) from del)"
both 4 'legacy has changed since' 'a row that is gone'
move old new
both 0 '^agrees' 'is withdrawn by another run, and both agree'
cp was.db old.db

# ---- more than fits in memory ----
sqlite3 large.db "create table person (id integer primary key not null, town text); create table visit (person integer not null, no integer not null, town text, primary key (person, no));
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 500) insert into person select i, 'Leeds' from n;
	insert into visit select id, 1, 'York' from person"
cat > large.lua <<'LUA'
return migration { version = "v1", system = "people", entity "person" {
  source = { root = table "person" { key = "id" }, visits = children "visit" { key = "no", parent = "person" } },
  fields = { personId = id { from = "id" }, home = text { from = "town" }, places = list { from = "visits", each = { town = text { from = "town" } } } } } }
LUA
enlarge() {
	"$engine" run large.lua --legacy sqlite:large.db --target sqlite:large-new.db --state large.state > run.out 2>&1
}
large() { # STATUS WORDS NAME
	"$engine" verify large.lua --legacy sqlite:large.db --target sqlite:large-new.db --unrecorded > verify.out 2>&1
	local seen=$?
	[ "$seen" -eq "$1" ] && grep -qe "$2" verify.out
	report $? "$3 ($seen)" verify.out
}
enlarge
large 0 '^agrees' '500 people'
sqlite3 large.db "with recursive n(i) as (select 2 union all select i + 1 from n where i < 3000) insert into visit select 7, i, hex(randomblob(3000)) from n"
large 4 'no longer fit in memory' 'one of them has outgrown memory since: nobody can tell of the chunk'
enlarge
is E2303 "$(sqlite3 large-new.db "select code from engine_quarantine where resolved_by = ''")" 'another run keeps it back'
large 0 '^agrees' 'and both agree, the giant included'
is 1 "$("$engine" verify balance large.lua --legacy sqlite:large.db --target sqlite:large-new.db --unrecorded --json | jq '.checks[0].legacy.rejected')" 'which is counted'

# ---- a page for managers and auditors, of hostile values ----
cp kept.db new.db
evil='<script>document.title="ran"</script><img src=http://127.0.0.1:9/x onerror="document.title=1">'
sqlite3 new.db "update job_final set payload_json = json_set(payload_json, '\$.actorId', '$evil', '\$.$evil', '$evil') where job_id = '$one'; update job_final set source_key = json_array('$evil'), writer = '$evil' where job_id = '$other'; insert into engine_stratum select entity, 'enum:state=' || '$evil', hash, source_key, chunk_no, rule_epoch from engine_stratum limit 1"
both 1 '^differs' 'a page of hostile values' --html page.html
grep -oE '<[^>]*>' page.html > tags
! grep -v -E '^</?(!doctype|html|head|meta|title|style|body|h1|h2|h3|p|span|div|code|table|tr|th|td)( |>)' tags > differ && [ "$(grep -c '&lt;script&gt;' page.html)" -ge 3 ]
report $? 'shows them as text' differ
! grep -i -E ' on[a-z]+=|src=|href=|https?:' tags > differ && grep -q "default-src 'none'" page.html
report $? 'and runs nothing, and asks for nothing' differ
browser_is_inert page.html 'Do legacy and target mean the same?' 'the page'
cp kept.db new.db
both 0 '^agrees' 'a page of an agreement' --html page.html
is "$(jq '[.checks[].self_check[] | select(.claimed) | .noticed] | add' agrees.json)" "$(grep -oE '<td>yes, [0-9]+ of [0-9]+' page.html | awk '{ n += $2 } END { print n }')" 'its matrix shows what was tried'
grep -q 'By state' page.html && grep -q 'By year' page.html && [ "$(grep -c 'class="bar"' page.html)" -ge 80 ]
report $? 'and what was looked at by state and by year'

# ---- once with a server ----
cluster_start pg fsync=off && cluster_sql pg postgres 'create database target owner engine' && cluster_sql pg target 'grant all on schema public to engine'
target=$(cluster_url pg engine target)
sample small 2000 && "$engine" run rules/v3.lua --legacy sqlite:small.db --target "$target" --state pg.state > run.out 2> run.err
[ $? -le 1 ]
report $? 'moved to PostgreSQL' run.err
"$engine" verify $both_sides rules/v3.lua --legacy sqlite:small.db --target "$target" > verify.out 2>&1
is 0 $? 'both agree there'
cluster_sql pg target 'create role auditor login; grant usage on schema public to auditor; grant select on all tables in schema public to auditor'
"$engine" verify $both_sides rules/v3.lua --legacy sqlite:small.db --target "$(cluster_url pg auditor target)" > verify.out 2>&1
[ $? -eq 0 ] && grep -q '^agrees' verify.out && grep -q '^evidence  none: .*permission denied' verify.out
report $? 'who may only read learns the same, and leaves no evidence' verify.out
first=$(cluster_sql pg target "select min(job_id) from job_final")
last=$(cluster_sql pg target "select max(job_id) from job_final")
cluster_sql pg target "update job_final set payload_json = jsonb_set(payload_json, '{amount}', to_jsonb((payload_json ->> 'amount')::numeric)) where job_id = '$first'; update job_final set payload_json = jsonb_set(payload_json, '{state}', '\"LOST\"') where job_id = '$last'"
"$engine" verify digests rules/v3.lua --legacy sqlite:small.db --target "$target" --json > damaged.json 2>&1
is "$first amount $last state" "$(jq -r '.differences[] | select(.check == "digests") | .id + " " + .field' damaged.json | sort | xargs)" 'a number for a text, and another value, are named'
cluster_sql pg target "update job_final set payload_json = jsonb_set(payload_json, '{actorId}', to_jsonb('drv-' || bucket % 5)) where payload_json ->> 'state' = 'ASSIGNED'"
"$engine" verify invariants rules/v3.lua --target "$target" --unrecorded --json --all > broken.json 2>&1
jq -r '.differences[] | select(.text == "one open job per actor") | .id' broken.json | LC_ALL=C sort > seen
cluster_sql pg target "select min(job_id) from job_final where source_state = '' and payload_json ->> 'state' = 'ASSIGNED' group by payload_json ->> 'actorId' having count(*) > 1" | LC_ALL=C sort > wanted
[ -s wanted ] && cmp -s wanted seen
report $? "an invariant in SQL names the $(wc -l < wanted) that psql finds" <(diff wanted seen | head -n 5)
exit "$failed"
