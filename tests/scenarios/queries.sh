#!/bin/bash
# queries.sh: engine verify queries: both stores, asked what people ask, and everything that their answers can be.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"

rows=${QUERIES_ROWS:-3000}

# rules/NAME.lua: v3 with these queries, from stdin, and no others.
with_queries() { # NAME
	awk -v "queries=$(cat)" '/^    queries = \{/ { print "    queries = {"; print queries; print "    },"; inside = 1 }
		!inside { print } inside && /^    },/ { inside = 0 }' rules/v3.lua > "rules/$1.lua"
}
verify() { # STATUS WORDS NAME RULES [OPTION…]
	local status=$1 words=$2 name=$3 rules=$4
	shift 4
	"$engine" verify queries "rules/$rules.lua" --legacy sqlite:old.db --target sqlite:new.db --unrecorded "$@" > verify.out 2> verify.err
	local seen=$?
	[ "$seen" -eq "$status" ] && grep -qe "$words" verify.out verify.err
	report $? "$name ($seen)" <(cat verify.err; head -n 20 verify.out)
}
document() { # RULES [OPTION…]: as found.json; $status is how it ended
	local rules=$1
	shift
	"$engine" verify queries "rules/$rules.lua" --legacy sqlite:old.db --target sqlite:new.db --unrecorded --json --all "$@" > found.json 2> found.err
	status=$?
}
# Evidence belongs to the version that the chunks were last passed by.
pass_by() { # RULES
	"$engine" run "rules/$1.lua" --legacy sqlite:old.db --target sqlite:new.db > run.out 2>&1
	[ $? -le 1 ]
	report $? "passed by $1" run.out
}
remember() {
	sqlite3 new.db "pragma wal_checkpoint(truncate)" > wal.log && rm -rf kept.db kept.state && cp new.db kept.db && cp -r new.db.state kept.state
}
restore() {
	rm -rf new.db new.db-* new.db.state && cp kept.db new.db && cp -r kept.state new.db.state
}
found() { # JQ: of the check
	jq -r ".checks[0] | $1" found.json
}

sample old "$rows" && move old new
[ $? -le 1 ]
report $? "$rows deliveries, moved" new.err

# ---- the queries of v3 ----
document v3
is "0 agrees" "$status $(jq -r .verdict found.json)" 'both stores answer alike'
is 'actor_month audit_look_back refunds revenue' "$(found '.queries[].query' | xargs)" 'every query was asked'
is '0 0' "$(found '([.queries[] | .expected - .checked] | add), .skipped'  | xargs)" "$(found .checked) questions, every one"
is true "$(found '.queries[0].expected <= 200 and .queries[0].expected >= 150 and .queries[3].expected == 50')" 'as many as the rule says, the same words once'
jq -r '.checks[0].self_check[] | select(.claimed and .noticed != .done) | .damage' found.json > unnoticed
! [ -s unnoticed ]
report $? 'and every damage that was done to copies of answers was noticed' unnoticed
cp found.json first.json
document v3
is "$(jq -c 'del(.evidence)' first.json)" "$(jq -c 'del(.evidence)' found.json)" 'the same questions and answers again'
document v3 --seed another
[ "$(jq -c '[.checks[0].queries[].rows]' first.json)" != "$(jq -c '[.checks[0].queries[].rows]' found.json)" ]
report $? 'another seed asks for others'
"$engine" verify queries rules/v3.lua --target sqlite:new.db --unrecorded > verify.out 2>&1
[ $? -eq 4 ] && grep -q 'no --legacy is given' verify.out
report $? 'without legacy nobody can tell' verify.out

# ---- everything at once: a query that asks for all there is ----
with_queries all <<'LUA'
      everything = {
        legacy  = [[ select del_id as job, delivery_ref as delivery, status as state, amount, created_ts as created, actor_id as actor from del ]],
        target  = [[ select jobId as job, externalId as delivery, state, amount, createdAt as created, actorId as actor from job ]],
        columns = {
          job = field "jobId" { key = true }, delivery = field "externalId", state = field "state", amount = field "amount",
          created = field "createdAt", actor = field "actorId",
        },
      },
      steps = {
        legacy  = [[ select del_id as job, seq, kind from del_events ]],
        target  = [[ select h.id as job, h.kind from job_history h ]],
        columns = { job = field "jobId" { key = true }, kind = field "history.kind" { key = true } },
      },
LUA
sed -i 's/, seq, kind from del_events/, kind from del_events/' rules/all.lua
pass_by all
remember
document all
is '0 agrees' "$status $(jq -r .verdict found.json)" 'all rows of both'
live="select count(*) from job_final where source_state = ''"
is "$(sqlite3 old.db 'select count(*) from del')" "$(found '.queries[0].rows | add')" 'every row of legacy is accounted for'
is "$(($(sqlite3 old.db 'select count(*) from del') - $(ask new "$live")))" "$(found '.queries[0].rows.withheld')" 'withheld is what was skipped, or is in quarantine'
is "$(($(sqlite3 old.db 'select count(*) from del_events') - $(ask new "select sum(json_array_length(payload_json, '\$.history')) from job_final where source_state = ''")))" \
	"$(found '.queries[1].rows.withheld')" 'likewise of children, with those that have no root'
is 2 "$(found .checked)" 'two questions'
is 11 "$(found '[.self_check[] | select(.claimed and .done > 0 and .noticed == .done)] | length')" 'with every damage that is claimed to be noticed done and noticed'

awk -F ' *[|] *' '/^[|] damage/ { inside = 1; next } /^$/ { inside = 0 } inside && $2 !~ /^-/ { print $2 "|" $6 }' "$repository/docs/verify.md" > documented
found '.self_check[] | "\(.damage)|\(if .claimed then "yes" else "" end)"' > claimed
[ -s claimed ] && cmp -s documented claimed
report $? 'docs/verify.md says which damage to an answer is noticed' <(diff documented claimed)

# One cell each, in as many records: every one is named by id and field, and no other.
cat > damage.sql <<'SQL'
create temporary table damage (kind integer primary key, field text, value text);
insert into damage (field, value) values
	('state', '''CANCELED'' || '' '''), ('state', 'null'), ('externalId', 'coalesce(payload_json ->> ''externalId'', ''x'') || ''x'''), ('externalId', ''''''),
	('amount', 'printf(''%.2f'', (payload_json ->> ''amount'') + 0.01)'), ('amount', '''1000000.00'''),
	('createdAt', 'substr(payload_json ->> ''createdAt'', 1, 11) || printf(''%02d'', (substr(payload_json ->> ''createdAt'', 12, 2) + 1) % 24) || substr(payload_json ->> ''createdAt'', 14)'),
	('createdAt', 'substr(payload_json ->> ''createdAt'', 1, 25) || (1 - min(1, cast(substr(payload_json ->> ''createdAt'', 26, 1) as integer))) || ''Z'''),
	('actorId', '''nobody''');
create temporary table victim as select job_id, 1 + row_number() over (order by job_id) % (select count(*) from damage) as kind from job_final where source_state = '';
SQL
{
	cat damage.sql
	echo '.once damages.sql'
	echo "select printf('update job_final set payload_json = json_set(payload_json, ''\$.%s'', %s) where job_id in (select job_id from victim where kind = %d);', field, value, kind) from damage;"
	echo '.read damages.sql'
	echo '.once expected'
	echo "select job_id || ' ' || field from victim join damage using (kind) order by 1;"
} | sqlite3 new.db 2> damage.err
report $? "$(wc -l < expected) cells of records are damaged" damage.err
document all
is 1 $status 'that differs'
jq -r '.differences[] | .id + " " + (.field // .kind)' found.json | sort > seen
sort expected | cmp -s - seen
report $? 'every one is named by its id and field, and no other' <(sort expected | diff - seen | head)
is "$(wc -l < expected) 0" "$(found '.queries[0].rows | .value, .missing + .extra + .lagging + .raced' | xargs)" 'and counted'
is 0 "$(jq '[.differences[] | select(has("legacy") == has("target") and .legacy == .target)] | length' found.json)" 'both values are shown, and are two'
restore

# Records that are gone, that are two, that changed places.
gone=$(ask new "select job_id from job_final where source_state = '' order by job_id limit 1 offset 7")
ask new "delete from job_final where job_id = '$gone'"
document all
is "1 missing $gone missing $gone" "$status $(jq -r '[.differences[] | .kind + " " + .id] | unique_by(.) | .[0], .[0]' found.json | xargs)" 'a record that is gone is missing, in both answers'
restore
ask new "insert into job_final select job_id || 'x', json_set(payload_json, '\$.jobId', job_id || 'x'), transformed_at, transform_version, source_key, source_part, payload_digest_high, payload_digest_low, source_digest_high, source_digest_low, chunk_no, bucket, source_state, source_deleted_at, writer from job_final where job_id = '$gone'"
document all
is "1 extra ${gone}x" "$status $(jq -r '.differences[0] | .kind, .row.job' found.json | xargs)" 'a record too many is extra'
restore
other=$(ask new "select job_id from job_final where source_state = '' and payload_json ->> 'state' <> (select payload_json ->> 'state' from job_final where job_id = '$gone') order by job_id limit 1")
ask new "create temporary table two as select job_id, payload_json as payload from job_final where job_id in ('$gone', '$other');
	update job_final set payload_json = json_set((select payload from two where two.job_id <> job_final.job_id), '\$.jobId', job_id) where job_id in ('$gone', '$other')"
document all
is "1 $(printf '%s\n' "$gone" "$other" | sort | xargs)" "$status $(jq -r '[.differences[] | select(.kind == "value") | .id] | unique | .[]' found.json | sort | xargs)" 'records that changed places are both named'
restore

# ---- what is no difference, and no agreement either ----
cp old.db was.db
sqlite3 old.db "update del set actor_id = 'drv-x' where del_id = (select min(del_id) from del where upper(status) = 'CREATED' and coalesce(delivery_ref, '') not like 'TEST-%')"
verify 4 'legacy has changed since some of its chunks were passed' 'a row that changed since it was passed is no difference' all
document all
is '1 0 1' "$(found '.queries[0].rows.lagging, .differences, .lagging' | xargs)" 'but lags, and is counted'
sqlite3 old.db "delete from del where del_id = (select max(del_id) from del where upper(status) = 'CREATED' and coalesce(delivery_ref, '') not like 'TEST-%')"
verify 4 'legacy has changed since some of its chunks were passed' 'nor one that was deleted since' all
pass_by all
verify 0 '^agrees' 'until they are passed' all
cp was.db old.db
restore

# ---- how far legacy may be ahead ----
sed 's/approvals = 1 }/approvals = 1, max_lag = "1h" }/' rules/authority.lua > rules/patient.lua
sed 's/require "authority"/require "patient"/' rules/all.lua > rules/waiting.lua
pass_by waiting
sqlite3 old.db "update del set actor_id = 'drv-x' where del_id = (select min(del_id) from del where upper(status) = 'CREATED' and coalesce(delivery_ref, '') not like 'TEST-%')"
verify 0 '^agrees' 'a row that changed within max_lag is no reason to doubt the others' waiting
document waiting
is '1 1' "$(found '.queries[0].rows.lagging, .lagging' | xargs)" 'and is counted'
[ "$(found '.lag_s')" -le 3600 ]
report $? 'with how long ago it may be'
sqlite3 old.db "delete from del where del_id = (select max(del_id) from del where upper(status) = 'CREATED' and coalesce(delivery_ref, '') not like 'TEST-%')"
for lagging in balance:1 sample:2; do # that who drove it is another one now is no affair of the balance
	check=${lagging%:*} lagging=${lagging#*:}
	"$engine" verify $check rules/waiting.lua --percent 100 --legacy sqlite:old.db --target sqlite:new.db --unrecorded --json > found.json 2> found.err
	is "0 agrees $lagging true" "$? $(found ".verdict, .lagging, .expected == .checked + $lagging" | xargs)" "likewise of $check"
done
ask new "update engine_pass set ended_at = '2020-01-01T00:00:00.000000Z'"
for check in balance sample queries; do
	"$engine" verify $check rules/waiting.lua --percent 100 --legacy sqlite:old.db --target sqlite:new.db --unrecorded > verify.out 2> verify.err
	[ $? -eq 4 ] && grep -q 's ago, and max_lag is 3600 s' verify.out
	report $? "beyond it nobody can tell: $check" verify.out
done
cp was.db old.db
restore

# ---- order ----
with_queries ordered <<'LUA'
      latest = {
        legacy  = [[ select del_id as job, created_ts as created from del where coalesce(delivery_ref, '') not like 'TEST-%' and upper(status) = 'CREATED' order by created_ts, del_id ]],
        target  = [[ select jobId as job, createdAt as created from job where state = 'CREATED' order by createdAt, jobId ]],
        columns = { job = field "jobId" { key = true }, created = field "createdAt" },
        order   = "declared",
      },
LUA
pass_by ordered
verify 0 '^agrees' 'rows in the order that is declared' ordered
sed 's/order by createdAt, jobId ]]/order by createdAt desc, jobId ]]/' rules/ordered.lua > rules/backwards.lua
pass_by backwards
verify 1 'have another order, which is part of them' 'in another one they differ' backwards
sed 's/order   = "declared"/order   = "ignored"/' rules/backwards.lua > rules/unordered.lua
verify 4 'some of its chunks were not passed by this version yet' 'by a version that has passed nothing nobody can tell which rows it withholds' unordered
pass_by unordered
verify 0 'order only' 'unless nobody minds: then they are counted' unordered

# ---- tolerances ----
tolerant() { # EXPIRES AMOUNT: what the target answers is as much off
	with_queries tolerant <<LUA
      money = {
        legacy  = [[ select del_id as job, amount, created_ts as created from del where coalesce(delivery_ref, '') not like 'TEST-%' and upper(status) = 'CREATED' ]],
        target  = [[ select jobId as job, amount + $2 as amount, createdAt as created from job where state = 'CREATED' ]],
        columns = { job = field "jobId" { key = true }, created = field "createdAt",
                    amount = field "amount" { tolerance = absolute "0.01" { because = "legacy rounds half up", owner = "billing", expires = "$1" } } },
      },
LUA
	pass_by tolerant
}
tolerant 2999-01-01 0.005
document tolerant
is "0 agrees" "$status $(jq -r .verdict found.json)" 'within what somebody answers for it agrees'
created=$(ask new "select count(*) from job_final where source_state = '' and payload_json ->> 'state' = 'CREATED'")
is "$created $created $created" "$(found '.tolerated, .queries[0].tolerated, .queries[0].rows.tolerated' | xargs)" 'and each use is counted'
tolerant 2999-01-01 0.02
document tolerant
is "1 $created" "$status $(found .differences)" 'beyond it differs'
tolerant 2020-01-01 0.005
verify 4 'the tolerance of amount (0.01, for which billing answers) expired on 2020-01-01' 'one that has expired is nobody'"'"'s word any more' tolerant
pass_by all

# ---- what cannot be asked ----
cannot() { # WORDS NAME LEGACY TARGET: of a query with these statements nobody can tell
	with_queries broken <<LUA
      broken = {
        params  = { ref = sample "externalId" { count = 5 } },
        legacy  = [[ $3 ]],
        target  = [[ $4 ]],
        columns = { job = field "jobId" { key = true } },
      },
LUA
	verify 4 "$1" "$2" broken
}
cannot 'query broken: asking legacy: .*no such column: no_such' 'a query that fails on legacy' 'select no_such as job from del where delivery_ref = :ref' 'select jobId as job from job where externalId = :ref'
cannot 'query broken: asking the target: .*no such column: no_such' 'on the target' 'select del_id as job from del where delivery_ref = :ref' 'select no_such as job from job where externalId = :ref'
cannot 'neither store has a row to answer with' 'where nobody has an answer' "select del_id as job from del where delivery_ref = 'none' || :ref" "select jobId as job from job where externalId = 'none' || :ref"
cannot 'more than 8 MiB' 'where the answer is too large to be compared' "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000) select del_id as job from n, (select min(del_id) as del_id from del where delivery_ref <> :ref)" 'select jobId as job from job where externalId = :ref'
sed -i 's/sample "externalId" { count = 5 }/sample "promisedAt" { count = 5 }/' rules/broken.lua
sqlite3 old.db "update del set promised_local = null"
"$engine" run rules/broken.lua --legacy sqlite:old.db --target sqlite:empty.db > run.out 2>&1
"$engine" verify queries rules/broken.lua --legacy sqlite:old.db --target sqlite:empty.db --unrecorded > verify.out 2>&1
[ $? -eq 4 ] && grep -q 'its parameters are empty' verify.out
report $? 'where no record has what is to be asked with' verify.out
cp was.db old.db

# ---- answers that join two lists of children, and that keep rows without a partner ----
sqlite3 shop.db "create table purchase (id integer primary key, town text); create table line (purchase integer, no integer, item text, primary key (purchase, no));
	create table note (purchase integer, no integer, word text, primary key (purchase, no));
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 600) insert into purchase select i, iif(i % 10, 'York', 'TEST') from n;
	insert into line select id, no, 'item ' || ((id + no) % 7) from purchase, (select 1 as no union select 2 union select 3) where id % 4;
	insert into note select id, no, 'word ' || ((id * no) % 5) from purchase, (select 1 as no union select 2) where id % 3;
	insert into line values (9999, 1, 'item of nobody')"
shop() { # STATUS WORDS NAME COLUMNS LEGACY TARGET
	cat > shop.lua <<LUA
return migration { version = "v1", system = "shop", entity "purchase" {
  source = { root = table "purchase" { key = "id" }, line = children "line" { key = "no", parent = "purchase" }, note = children "note" { key = "no", parent = "purchase" } },
  fields = { purchaseId = id { from = "id" }, town = text { from = "town" }, lines = list { from = "line", each = { item = text { from = "item" } } },
             notes = list { from = "note", each = { word = text { from = "word" } } } },
  skip_when = { ["a test"] = { from = "town", by = function(town) return town == "TEST" end } },
  queries = { asked = { legacy = [[ $5 ]], target = [[ $6 ]], columns = { $4 } } } } }
LUA
	[ -e shop.damaged ] || "$engine" run shop.lua --legacy sqlite:shop.db --target sqlite:shop-new.db --state shop.state --quiet > run.out 2>&1
	"$engine" verify queries shop.lua --legacy sqlite:shop.db --target sqlite:shop-new.db --unrecorded --all --json > found.json 2> found.err
	local seen=$?
	"$engine" verify queries shop.lua --legacy sqlite:shop.db --target sqlite:shop-new.db --unrecorded > verify.out 2>&1
	[ "$seen" -eq "$1" ] && grep -qe "$2" verify.out
	report $? "$3 ($seen)" <(cat found.err verify.out run.out)
}
identified='id = field "purchaseId" { key = true }, item = field "lines.item" { key = true }, word = field "notes.word" { key = true }'
pairs='select p.id, l.item, n.word from purchase p join line l on l.purchase = p.id join note n on n.purchase = p.id'
pairs_there='select p.purchaseId as id, l.item, n.word from purchase p join purchase_lines l on l.id = p.id join purchase_notes n on n.id = p.id'
shop 0 '^agrees' 'an answer that joins two lists' "$identified" "$pairs" "$pairs_there"
is "$(sqlite3 shop.db "select count(*) from ($pairs where town = 'TEST')")" "$(found '.queries[0].rows.withheld')" 'what of it is withheld sqlite3 counts, too'
all_pairs="${pairs//join/left join}"
shop 0 '^agrees' 'one that keeps rows without a partner' "$identified" "$all_pairs" "${pairs_there//join/left join}"
is "$(sqlite3 shop.db "select count(*) from ($all_pairs where town = 'TEST')")" "$(found '.queries[0].rows.withheld')" 'likewise'
shop 0 '^agrees' 'and the children of nobody' 'id = field "purchaseId", item = field "lines.item" { key = true }' 'select p.id, l.item from line l left join purchase p on p.id = l.purchase' 'select p.purchaseId as id, l.item from purchase_lines l left join purchase p on p.id = l.id'
is "$(sqlite3 shop.db "select count(*) from line left join purchase on id = purchase where coalesce(town, 'TEST') = 'TEST'")" "$(found '.queries[0].rows.withheld')" 'likewise'
shop 0 '^agrees' 'the first one again' "$identified" "$pairs" "$pairs_there"
cp shop-new.db shop-kept.db
lost=$(sqlite3 shop-new.db "select purchase_id from purchase_final where source_state = '' and payload_json like '%item%' and payload_json like '%word%' order by random() limit 1") && : > shop.damaged
sqlite3 shop-new.db "delete from purchase_final where purchase_id = '$lost'"
shop 1 '^missing ' 'a record that is gone is missed in such an answer' "$identified" "$pairs" "$pairs_there"
is "$(sqlite3 shop.db "select count(*) from ($pairs where p.id = $lost)") $lost" "$(found .differences) $(jq -r '[.differences[].id] | unique | join(" ")' found.json)" 'all its rows, by its id'
rm -f shop-new.db-* shop.damaged && cp shop-kept.db shop-new.db && rm -rf shop.state
unidentified='item = field "lines.item" { key = true }, word = field "notes.word" { key = true }'
shop 0 '^agrees' 'rows that many hold, where the answer has all of them' "$unidentified" "${pairs/p.id, /}" "${pairs_there/p.purchaseId as id, /}"
cp shop-new.db shop-kept.db && : > shop.damaged
sqlite3 shop-new.db "delete from purchase_final where purchase_id = '$lost'"
shop 1 '^missing ' 'a record that is gone is missed there, too' "$unidentified" "${pairs/p.id, /}" "${pairs_there/p.purchaseId as id, /}"
is null "$(jq -r '[.differences[].id] | unique | join(" ") | if . == "" then null else . end' found.json)" 'and nobody is named who may be another'
rm -f shop-new.db-* shop.damaged && cp shop-kept.db shop-new.db && rm -rf shop.state
some='where cast(p.id as integer) % 4 = 0 or cast(p.id as integer) % 7 = 0'
shop 4 'a column of the record.s id would tell' 'of some of them nobody knows whose they are' "$unidentified" "${pairs/p.id, /} $some" "${pairs_there/p.purchaseId as id, /} $some"
shop 0 '^agrees' 'which an id tells' "$identified" "$pairs $some" "$pairs_there $some"
pass_by all 2> verify.err

# ---- what may not be seen ----
sed 's/externalId  = text    { from = "delivery_ref", optional = true }/externalId  = text    { from = "delivery_ref", optional = true, mask = true }/' rules/v3.lua > rules/masked.lua
pass_by masked
ask new "update job_final set payload_json = json_set(payload_json, '\$.externalId', 'SECRET-' || job_id, '\$.amount', '77.77')"
"$engine" verify queries rules/masked.lua --legacy sqlite:old.db --target sqlite:new.db --unrecorded --json --all > found.json 2> found.err
! grep -q 'SECRET-\|REF-' found.json && grep -q masked: found.json
report $? 'masked values are shown nowhere' <(grep -o '.\{20\}SECRET-.\{20\}\|.\{20\}REF-.\{20\}' found.json | head -n 3)

# ---- a page of queries that somebody hostile named, about values that somebody hostile wrote ----
. "$repository/tests/scenarios/lib_browser.sh"
evil='<script>document.title="ran"</script><img src=http://127.0.0.1:9/x onerror="document.title=1">'
shop 0 '^agrees' 'moved once more' "$identified" "$pairs" "$pairs_there"
sed -i "s|queries = { asked = {|queries = { ['$evil'] = { why = '$evil', |" shop.lua
"$engine" run shop.lua --legacy sqlite:shop.db --target sqlite:shop-new.db --state shop.state --quiet > run.out 2>&1
sqlite3 shop-new.db "update purchase_final set payload_json = json_set(payload_json, '\$.purchaseId', '$evil', '\$.lines[0].item', '$evil') where purchase_id in ('1', '2', '5')"
"$engine" verify queries shop.lua --legacy sqlite:shop.db --target sqlite:shop-new.db --unrecorded --all --html page.html > verify.out 2>&1
is 1 $? 'hostile names and values differ'
! grep -qF "$evil" page.html && [ "$(grep -c '&lt;script&gt;' page.html)" -ge 3 ]
report $? 'and are shown as text' verify.out
browser_is_inert page.html 'Do legacy and target mean the same?' 'the page'

exit "$failed"
