#!/bin/bash
# distribution.sh: engine verify balance: how many records of each state, year and decision the rule makes of legacy, and how many the target
# has, by other people's counts; what somebody changed in n records shows as n less and n more.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"
. "$repository/tests/scenarios/lib_browser.sh"

rows=${DISTRIBUTION_ROWS:-4000}

balance() { # STATUS RULES LEGACY TARGET-URL [OPTION…]: its document in balance.json
	local status=$1 rules=$2 legacy=$3 target=$4
	shift 4
	"$engine" verify balance "$rules" --legacy "sqlite:$legacy.db" --target "$target" --unrecorded --json --all "$@" > balance.json 2> balance.err
	local seen=$?
	[ "$seen" -eq "$status" ] || { echo "ended with $seen, not $status"; jq -c 'del(.checks[].self_check)' balance.json; cat balance.err; } > balance.log
	[ "$seen" -eq "$status" ]
}
told() { # the balance of v3 over old and new
	local status=$1
	shift
	balance "$status" rules/v3.lua old sqlite:new.db "$@"
}
strata() { # SIDE: those that it has any of, by name
	jq -r ".checks[].distribution[] | select(.$1 > 0) | \"\\(.stratum) \\(.$1)\"" balance.json | LC_ALL=C sort
}
unlike() { # "enum:state=CANCELED 5 12": as the differences say
	jq -r '.differences[] | select(.kind == "stratum") | "\(.field) \(.legacy) \(.target)"' balance.json
}
same_lines() { # WANTED SEEN NAME: files
	[ -s "$1" ] && cmp -s "$1" "$2"
	report $? "$3" <(diff "$1" "$2")
}

# What live records say of themselves, by sqlite3.
by_sqlite() { # TARGET
	local field
	{
		ask "$1" "select 'enum:state=' || (payload_json ->> '\$.state'), count(*) from job_final where source_state = '' group by 1"
		for field in createdAt updatedAt completedAt promisedAt; do
			ask "$1" "select 'year:$field=' || substr(payload_json ->> '\$.$field', 1, 4), count(*) from job_final
				where source_state = '' and payload_json ->> '\$.$field' is not null group by 1"
		done
		ask "$1" "select 'decision:' || d.value, count(*) from job_final, json_each(payload_json, '\$.lineage.decisions') d where source_state = '' group by 1"
	} | tr '|' ' ' | LC_ALL=C sort
}

sample old "$rows" && move old new --chunk 500
[ $? -le 1 ]
report $? "$rows deliveries, moved" new.err
cp new.db kept.db

# ---- the same numbers as others count ----
told 0
report $? 'both sides agree' balance.log
strata target > seen
by_sqlite new > wanted
same_lines wanted seen 'the target has of each stratum what sqlite3 counts in the payloads'
strata legacy > seen
same_lines wanted seen 'and the rule makes as many of legacy'
# In legacy alone, where a year and a state are plain; what the rule keeps back or skips, sqlite3 is told by the keys.
sqlite3 old.db "attach 'new.db' as target; create temp view plain as select *, json_array(cast(del_id as text)) as key from del
		where coalesce(delivery_ref, '') not like 'TEST-%' and not exists (select 1 from target.engine_quarantine q where q.source = 'root' and q.resolved_by = '' and q.source_key = key);
	select 'year:createdAt=' || substr(created_ts, 1, 4), count(*) from plain group by 1;
	select 'year:updatedAt=' || substr(updated_ts, 1, 4), count(*) from plain group by 1;
	select 'decision:amount_in_cents', count(*) from plain where created_ts < '2013-01-01';
	select 'enum:state=' || case upper(status) when 'PICKED_UP' then 'IN_PROGRESS' when 'DELIVERED' then 'COMPLETED' when 'CANCELLED' then 'CANCELED' else upper(status) end, count(*)
		from plain group by 1;" | tr '|' ' ' | LC_ALL=C sort > wanted
grep -F -f <(cut -d ' ' -f 1 wanted | sed 's/=.*/=/' | sort -u) <(strata legacy) > seen
same_lines wanted seen 'which is what sqlite3 counts in legacy, where it is plain'
is "$rows" "$(jq '.checks[].distributed' balance.json)" 'of all its rows'
"$engine" verify balance rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --unrecorded > balance.out
grep -q "^strata    job: $(wc -l < <(by_sqlite new)), legacy by the rule and target have as many records in each\$" balance.out
report $? 'people are told in a line' balance.out

# ---- somebody changes the state of some records ----
sqlite3 new.db "update job_final set payload_json = json_set(payload_json, '\$.state', 'CANCELED') where job_id in
	(select job_id from job_final where payload_json ->> '\$.state' = 'CREATED' and source_state = '' order by job_id limit 7)"
told 1
report $? 'seven states are turned: that differs' balance.log
canceled=$(jq '.checks[].distribution[] | select(.stratum == "enum:state=CANCELED") | .legacy' balance.json)
created=$(jq '.checks[].distribution[] | select(.stratum == "enum:state=CREATED") | .legacy' balance.json)
printf '%s\n' "enum:state=CANCELED $canceled $((canceled + 7))" "enum:state=CREATED $created $((created - 7))" > wanted
unlike > seen
same_lines wanted seen 'by seven less and seven more, and in nothing else'
is 2 "$(jq .checks[].differences balance.json)" 'every key still ended as it should'
"$engine" verify balance rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --unrecorded > balance.out
grep -q "not as many records in 2\$" balance.out && grep -q "^ *enum:state=CREATED: $(printf "%'d" "$created" | tr -d ,) in legacy" <(tr -d , < balance.out)
report $? 'people are told which' balance.out
# A record of one chunk for one of another: as many altogether.
cp kept.db new.db
sqlite3 new.db "create temp table pick as select * from (select job_id, chunk_no from job_final where payload_json ->> '\$.state' = 'CREATED' order by chunk_no, job_id limit 1)
		union all select * from (select job_id, chunk_no from job_final where payload_json ->> '\$.state' = 'CANCELED' order by chunk_no desc, job_id limit 1);
	update job_final set payload_json = json_set(payload_json, '\$.state', case payload_json ->> '\$.state' when 'CREATED' then 'CANCELED' else 'CREATED' end) where job_id in (select job_id from pick)"
told 1
is "enum:state=CANCELED $canceled $canceled enum:state=CREATED $created $created" "$(unlike | xargs)" 'one turned here and one there, as many altogether: said'

# ---- what no rule makes ----
cp kept.db new.db
evil='<script>document.title="ran"</script><img src=http://127.0.0.1:9/x onerror="document.title=1">'
pick() { ask new "select job_id from job_final where source_state = '' and payload_json ->> '\$.state' = 'ASSIGNED' and payload_json ->> '\$.createdAt' like '2015%' order by job_id limit 1 offset $1"; }
sqlite3 new.db "update job_final set payload_json = json_set(payload_json, '\$.state', '$evil') where job_id = '$(pick 0)';
	update job_final set payload_json = json_set(payload_json, '\$.createdAt', '2015-02-30T00:00:00.000000Z') where job_id = '$(pick 1)';
	update job_final set payload_json = json_set(payload_json, '\$.lineage.decisions', json('[\"made_up\"]')) where job_id = '$(pick 2)';
	update job_final set payload_json = json_remove(payload_json, '\$.state') where job_id = '$(pick 3)';
	update job_final set payload_json = json_set(payload_json, '\$.lineage.decisions', 7) where job_id = '$(pick 4)'"
told 1 --html page.html
assigned=$(jq '.checks[].distribution[] | select(.stratum == "enum:state=ASSIGNED") | .legacy' balance.json)
year=$(jq '.checks[].distribution[] | select(.stratum == "year:createdAt=2015") | .legacy' balance.json)
printf '%s\n' 'decision:made_up 0 1' 'decision:not a list 0 1' "enum:state=$evil 0 1" "enum:state=ASSIGNED $assigned $((assigned - 2))" \
	"year:createdAt=2015 $year $((year - 1))" 'year:createdAt=not an instant 0 1' | LC_ALL=C sort > wanted
unlike | LC_ALL=C sort > seen
same_lines wanted seen 'a state, a moment and a decision that no rule has are strata of their own'

# ---- the page ----
grep -oE '<[^>]*>' page.html > tags
! grep -v -E '^</?(!doctype|html|head|meta|title|style|body|h1|h2|h3|p|span|div|code|table|tr|th|td)( |>)' tags > differ
report $? 'the page shows hostile values as text' differ
browser_is_inert page.html 'Do legacy and target mean the same?' 'the page'
[ "$(grep -c '<h3>By state</h3>' page.html)" -eq 1 ] && [ "$(grep -c '<h3>By year of createdAt</h3>' page.html)" -eq 1 ] &&
	[ "$(grep -c 'class="pair"' page.html)" -eq "$(jq '.checks[].distribution | length' balance.json)" ]
report $? 'and has two bars for each stratum'
grep -F 'ASSIGNED</td>' page.html | grep -q "k3.*$(printf '%.2f' "$(jq -n "100 * ($assigned - 2) / $assigned")") %.*-2"
report $? 'with what share of legacy the target has'

# ---- more of them than anybody reads ----
cp kept.db new.db
sqlite3 new.db "with some as (select job_id, row_number() over (order by job_id) as n from job_final where source_state = '')
	update job_final set payload_json = json_set(payload_json, '\$.state', printf('STRANGE %03d', 1000 - n)) from some where some.job_id = job_final.job_id and n <= 250"
told 1
ask new "select payload_json ->> '\$.state' from job_final where payload_json ->> '\$.state' like 'STRANGE%' order by 1 limit 100" | sed 's/.*/enum:state=& 0 1/' > wanted
unlike | grep STRANGE > seen
same_lines wanted seen 'of 250 strange states the first hundred have their names'
is 'enum:state=… 0 150' "$(unlike | grep …)" 'and the others are one'

# ---- what cannot be told ----
cp kept.db new.db
sqlite3 old.db "update del set amount = '1.25' where del_id = (select max(del_id) from del)"
told 4
report $? 'legacy has gone on in one chunk: nobody can tell' balance.log
is '' "$(unlike)" 'which is no difference'
[ "$(jq '.checks[] | .distributed < .expected and .distributed > 0' balance.json)" = true ]
report $? 'and it is said how many rows were counted' balance.json
"$engine" verify balance rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --unrecorded > balance.out
grep -q '^strata .* have as many records in each, of the [0-9,]* rows that could be told$' balance.out
report $? 'to people, too' balance.out
move old new
cp new.db kept.db
sqlite3 new.db "update job_final set payload_json = 'no JSON' where job_id = '$(pick 0)'"
told 4
[ "$(jq -r '.checks[].why | startswith("by state, year and decision: ")' balance.json)" = true ] && [ -z "$(unlike)" ]
report $? 'a payload that is no JSON: of its chunk nobody can tell' balance.json
cp kept.db new.db

# ---- records that left ----
sqlite3 old.db 'delete from del where del_id in (select del_id from del order by del_id limit 20 offset 100)'
move old new
told 0
by_sqlite new > wanted
strata target > seen
same_lines wanted seen 'withdrawn records are of no stratum'

# ---- records that no chunk has ----
cp new.db kept.db
planted="create temp table planted as select * from job_final where source_state = '' order by job_id limit 1;
	update planted set job_id = 'planted_above', chunk_no = 5000; insert into job_final select * from planted;
	update planted set job_id = 'planted_below', chunk_no = -9223372036854775807 - 1; insert into job_final select * from planted;
	update planted set job_id = 'planted_twin'; insert into job_final select * from planted;
	update planted set job_id = 'planted_gone', source_state = 'gone'; insert into job_final select * from planted;
	update planted set job_id = 'planted_part', source_state = '', source_part = 'elsewhere', chunk_no = 0; insert into job_final select * from planted;
	create temp table shut as select * from engine_quarantine where resolved_by = '' order by source_key limit 1;
	update shut set source_key = 'shut_above', chunk_no = 5001; insert into engine_quarantine select * from shut;
	update shut set source_key = 'shut_below', chunk_no = -2; insert into engine_quarantine select * from shut;
	update shut set source_key = 'shut_before', resolved_by = 'gone'; insert into engine_quarantine select * from shut;"
strays() { jq -r '.differences[] | select(.kind == "extra") | "\(.id // .key) \(if .chunk < -9e18 then "lowest" else .chunk end)"' balance.json | LC_ALL=C sort | xargs; }
sqlite3 new.db "$planted"
told 1
is 'planted_above 5000 planted_below lowest planted_part 0 planted_twin lowest shut_above 5001 shut_below -2' "$(strays)" 'live records of a chunk or a part that nobody knows are extra, by id, and open rows of quarantine by key'
is '' "$(unlike)" 'and of no stratum'
cp kept.db new.db
# A number that is left out between two chunks, as if one had been taken away.
sqlite3 new.db "update engine_chunk set chunk_no = 900 where chunk_no = (select max(chunk_no) from engine_chunk)"
told 1
hidden=$(ask kept "select count(*) from job_final where source_state = '' and chunk_no = (select max(chunk_no) from engine_chunk)")
hidden=$((hidden + $(ask kept "select count(*) from engine_quarantine where resolved_by = '' and chunk_no = (select max(chunk_no) from engine_chunk)")))
is "$hidden" "$(jq '[.differences[] | select(.kind == "extra")] | length' balance.json)" 'so are those of a chunk that is left out between others'
cp kept.db new.db

# ---- a rule of another kind: parts, a date, a masked state, records that stay ----
sqlite3 parts.db "create table users(uid integer primary key, kind text, born text); create table members(no integer primary key, kind text, born text);
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 300) insert into users select i, substr('AB', i % 2 + 1, 1), (1950 + i % 40) || '-02-03' from n;
	insert into members select uid, kind, born from users where uid <= 100"
cat > parts.lua << 'END'
local function account(part, key, prefix)
  return entity "account" { part = part, on_delete = "keep",
    source = { root = table(part) { key = key, types = { born = date } } },
    fields = { accountId = id { from = key, prefix = prefix }, kind = enum { "A", "B", from = "kind" }, born = date { from = "born", mask = true }, seen = date { from = "born" },
               hidden = enum { "A", "B", from = "kind", mask = true } } }
end
return migration { version = "v1", system = "old", account("users", "uid", "u_"), account("members", "no", "m_") }
END
"$engine" run parts.lua --legacy sqlite:parts.db --target sqlite:parts-new.db --chunk 40 > parts.out 2> parts.err
report $? 'two parts of one entity, moved' parts.err
parts() { # STATUS [OPTION…]
	balance "$1" parts.lua parts sqlite:parts-new.db
}
parts 0
report $? 'both agree' balance.log
for part in users members; do
	{
		ask parts-new "select 'enum:kind=' || (payload_json ->> '\$.kind'), count(*) from account_final where source_part = '$part' group by 1"
		ask parts-new "select 'year:seen=' || substr(payload_json ->> '\$.seen', 1, 4), count(*) from account_final where source_part = '$part' group by 1"
	} | tr '|' ' ' | LC_ALL=C sort > wanted
	jq -r --arg part "account/$part" '.checks[] | select(.entity == $part) | .distribution[] | "\(.stratum) \(.target)"' balance.json > seen
	same_lines wanted seen "$part are counted by themselves"
done
cp parts-new.db parts-kept.db
sqlite3 parts.db 'delete from users where uid between 10 and 60'
"$engine" run parts.lua --legacy sqlite:parts.db --target sqlite:parts-new.db > parts.out 2> parts.err
parts 0
report $? 'records that stay without legacy are of no stratum' balance.log
is 300 "$(ask parts-new "select count(*) from account_final where source_part = 'users' and source_state = ''")" 'though they are there'
sqlite3 parts-new.db "update account_final set payload_json = json_set(payload_json, '\$.kind', 'C', '\$.seen', '1950-02-03T', '\$.hidden', 'a secret', '\$.born', '1850-02-03') where account_id = 'u_100'"
parts 1
printf '%s\n' 'enum:kind=A 124 123' 'enum:kind=C 0 1' 'year:seen=1970 6 5' 'year:seen=not a date 0 1' > wanted
unlike > seen
same_lines wanted seen 'a kind and a date that are none, in one of them'
! grep -q -e 'a secret' -e 1850 -e 'enum:hidden' -e 'year:born' balance.json
report $? 'masked fields make no strata' balance.json

# ---- while a run goes on ----
forget new
sample old "$rows"
move old new --chunk 100
passes() { sqlite3 -cmd '.timeout 10000' new.db 'select count(*) from engine_pass'; }
before=$(passes)
(
	while [ ! -e enough ]; do
		sqlite3 -cmd '.timeout 10000' old.db "update del set status = case upper(status) when 'CREATED' then 'ASSIGNED' when 'ASSIGNED' then 'CREATED' else status end where del_id % 7 = abs(random()) % 7"
		"$engine" run rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --quiet > moving.out 2> moving.err
	done
) &
moving=$!
alarms=0 untold=0 agreed=0
for _ in $(seq 200); do
	"$engine" verify balance rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --unrecorded --json > balance.json 2> balance.err
	case $? in
	0) agreed=$((agreed + 1)) ;;
	4) untold=$((untold + 1)) ;;
	*) alarms=$((alarms + 1)) && cat balance.json balance.err > alarm.json ;;
	esac
	during=$(($(passes) - before))
	[ "$during" -lt "${DISTRIBUTION_PASSES:-200}" ] || break
done
touch enough
wait "$moving"
is 0 "$alarms" "no false alarm while a run goes on ($during passes; $agreed times both agreed, $untold times nobody could tell)"
[ "$during" -ge "${DISTRIBUTION_PASSES:-200}" ]
report $? 'and it did go on' moving.err
move old new
told 0
report $? 'and once it is done, both agree' balance.log

# ---- with a server ----
cluster_start pg fsync=off && cluster_sql pg postgres 'create database target owner engine' && cluster_sql pg target 'grant all on schema public to engine'
target=$(cluster_url pg engine target)
"$engine" run rules/v3.lua --legacy sqlite:old.db --target "$target" --state pg.state --chunk 700 > run.out 2> run.err
[ $? -le 1 ]
report $? 'moved to PostgreSQL' run.err
by_psql() {
	local field
	{
		cluster_sql pg target "select 'enum:state=' || (payload_json ->> 'state') || ' ' || count(*) from job_final where source_state = '' group by payload_json ->> 'state'"
		for field in createdAt updatedAt completedAt promisedAt; do
			cluster_sql pg target "select 'year:$field=' || left(payload_json ->> '$field', 4) || ' ' || count(*) from job_final
				where source_state = '' and payload_json ? '$field' group by left(payload_json ->> '$field', 4)"
		done
		cluster_sql pg target "select 'decision:' || d || ' ' || count(*) from job_final, jsonb_array_elements_text(payload_json -> 'lineage' -> 'decisions') d where source_state = '' group by d"
	} | LC_ALL=C sort
}
balance 0 rules/v3.lua old "$target"
report $? 'both agree there' balance.log
by_psql > wanted
strata target > seen
same_lines wanted seen 'and of each stratum there are as many as psql counts'
cluster_sql pg target "update job_final set payload_json = jsonb_set(payload_json, '{state}', '\"CANCELED\"') where job_id in (select job_id from job_final where payload_json ->> 'state' = 'COMPLETED' and source_state = '' limit 5);
	update job_final set payload_json = jsonb_set(payload_json, '{updatedAt}', '\"infinity\"') where job_id = (select max(job_id) from job_final where source_state = '')" > /dev/null
balance 1 rules/v3.lua old "$target"
by_psql > wanted
strata target | sed 's/not an instant/infi/' | LC_ALL=C sort > seen
same_lines wanted seen 'also of what was changed'
is '-5 -1 1 5' "$(jq -r '.differences[] | .target - .legacy' balance.json | sort -n | xargs)" 'by five less and five more, and a moment that is none'
cluster_sql pg target "$planted" > planted.log 2>&1
balance 1 rules/v3.lua old "$target"
is 'planted_above 5000 planted_below lowest planted_part 0 planted_twin lowest shut_above 5001 shut_below -2' "$(strays)" 'and live records of a chunk or a part that nobody knows'

exit $failed
