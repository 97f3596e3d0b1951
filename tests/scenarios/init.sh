#!/bin/bash
# init.sh: engine init on real databases: what it writes loads, its examples hold, no row is lost, and nothing personal stands in it.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"

need_data chinook/chinook.sqlite sakila-2005/data.sql
chinook=sqlite:$data/chinook/chinook.sqlite

begin() { # FOLDER ARGUMENTS…: engine init in a new folder
	local folder=$1
	shift
	mkdir "$folder"
	(cd "$folder" && "$engine" init "$@") > "$folder.out" 2> "$folder.err"
}

# What check says of a draft: open decisions, and nothing else.
check_draft() { # FOLDER NAME
	(cd "$1" && "$engine" check --json) > "$1.json" 2> /dev/null
	is '[]' "$(jq -c '[.faults[] | select(.code != "E1021" and (.code != "E2201" or (.field | startswith("undecided: ") | not)))]' "$1.json")" \
		"$2: nothing is wrong with it but what is open"
	(cd "$1" && "$engine" test) > "$1.test" 2> /dev/null
	report $? "$2: and its examples hold" "$1.test"
}

begin asked --legacy "$chinook"
is 2 $? 'times without an offset: which zone, has to be said'
grep -q 'Employee.BirthDate holds times without an offset: which clock wrote them? say --zone' asked.err && ! [ -e asked/rules ]
report $? 'it says of which column, and has written nothing' asked.err
begin wrong --legacy "$chinook" --zone Europe/Atlantis
[ $? -eq 2 ] && grep -q "'Europe/Atlantis' is not a time zone" wrong.err
report $? 'and it has to be one' wrong.err

begin shop --legacy "$chinook" --zone UTC
report $? 'Chinook, drafted' shop.err
check_draft shop Chinook
[ "$(grep -c '^ok ' shop.test)" -ge 27 ]
report $? 'three of each entity' shop.test

begin again --legacy "$chinook" --zone UTC
diff -r shop again > differ && diff shop.out again.out >> differ
report $? 'the same store gives the same bytes' differ
(cd shop && "$engine" init --legacy "$chinook" --zone UTC) > refused.out 2> refused.err
[ $? -eq 2 ] && diff -r shop again > differ
report $? 'what is there is not written over' refused.err
rm -r shop/types
(cd shop && "$engine" init --stubs --legacy "$chinook") > stubs.out 2> stubs.err && diff -r shop again > differ
report $? 'but what an editor needs is written again' differ

# ---- no row is lost, and every value arrives ----
(cd shop && "$engine" run --target sqlite:target.db --quiet) > run.out 2> run.err
is 1 $? 'the draft moves what nobody has to decide about'
is 1 "$(cd shop && "$engine" quarantine list --target sqlite:target.db --json | jq '[.[] | select(.faults[0].field == "undecided: mediaTypeId_disagreement")] | length')" 'one track waits for a decision'
for pair in album:Album artist:Artist customer:Customer employee:Employee genre:Genre invoice:Invoice mediaType:MediaType playlist:Playlist; do
	is "$(sqlite3 "$data/chinook/chinook.sqlite" "select count(*) from ${pair#*:}")" \
		"$(sqlite3 shop/target.db "select count(*) from ${pair%:*}_final")" "as many ${pair%:*} records as there are rows"
done
is "$(sqlite3 "$data/chinook/chinook.sqlite" 'select count(*) - 1 from Track')" "$(sqlite3 shop/target.db 'select count(*) from track_final')" 'and all tracks but this one'
sqlite3 "$data/chinook/chinook.sqlite" "select InvoiceId, printf('%.2f', Total), BillingCity, coalesce(BillingState, '-'), count(*), printf('%.2f', sum(l.UnitPrice))
	from Invoice join InvoiceLine l using (InvoiceId) group by 1 order by 1" > wanted
sqlite3 shop/target.db "select substr(invoice_id, 9), json_extract(payload_json, '\$.total'), json_extract(payload_json, '\$.billingCity'), coalesce(json_extract(payload_json, '\$.billingState'), '-'),
	(select count(*) from json_each(payload_json, '\$.line')), (select printf('%.2f', sum(json_extract(value, '\$.unitPrice'))) from json_each(payload_json, '\$.line'))
	from invoice_final order by cast(substr(invoice_id, 9) as integer)" > had 2> had.err
[ -s had ] && diff wanted had > differ
report $? 'invoices with their lines say what the rows say' differ

# ---- nothing personal, nothing secret ----
sqlite3 "$data/chinook/chinook.sqlite" "select Email from Customer union select Phone from Customer where Phone is not null union select Address from Customer union select LastName from Customer where length(LastName) > 5" > personal
grep -r -F -n -f personal shop/rules shop/types shop/engine.lua > differ
[ $? -eq 1 ] && [ "$(wc -l < personal)" -gt 100 ]
report $? 'no mail, number, address or name of a customer stands in it' differ

# ---- some tables, and a URL with a password ----
begin some Invoice --legacy "$chinook" --zone UTC
is 'invoice InvoiceLine' "$(sed -n 's/^ *entity "\(.*\)" {.*/\1/p' some/rules/v1.lua) $(sed -n 's/.*children "\(.*\)" {.*/\1/p' some/rules/v1.lua)" \
	'one table by its name, with what hangs on it'
check_draft some 'that one'

cluster_start shop fsync=off || exit 1
cluster_sql shop postgres 'create database sakila'
for file in schema data; do
	psql -X -q -h "$shop_SOCKET" -p "$shop_PORT" -U postgres -d sakila -f "$data/sakila-2005/$file.sql" > load.log 2>&1
done
cluster_sql shop sakila 'delete from payment where payment_id > 300' # it has no key here, and is walked again for each chunk
cluster_sql shop sakila "alter role legacy_reader password 'not to be seen'"
url=$(cluster_url shop legacy_reader sakila)
begin sakila --legacy "${url/legacy_reader@/legacy_reader:not%20to%20be%20seen@}" --zone UTC
report $? 'Sakila, drafted' sakila.err
! grep -r -q 'not.*to.*be.*seen' sakila sakila.out sakila.err && grep -q -- '-- legacy = env "LEGACY_URL"' sakila/engine.lua
report $? 'the password of the URL is nowhere' sakila/engine.lua
! grep -r -q "$(cluster_sql shop sakila 'select password from staff limit 1')" sakila
report $? 'nor is one of the staff'
ENGINE_LEGACY=$url check_draft sakila Sakila
grep -q 'activebool_disagreement' sakila/rules/v1/customer.lua && grep -q '^help: choose one' <(cd sakila && "$engine" check --offline 2>&1)
report $? 'what two of its flags disagree about is an open decision'

# ---- hostile names and values ----
sqlite3 hostile.db "create table \"]] os.exit() --\" (\"end\" integer primary key, \"a.b\" text, \"\"\"; os.exit() --\" text, \"line
break\" text, status text);
	insert into \"]] os.exit() --\" with recursive n(i) as (select 1 union all select i + 1 from n where i < 60)
	select i, 'x', 'v' || i, 'w' || i, case i % 3 when 0 then '\"]=os.exit(), [\"' when 1 then '\\' else 'a' || char(10) || '} os.exit() --' || char(8238, 27) end from n"
begin hostile --legacy "sqlite:$PWD/hostile.db"
report $? 'a store of hostile names and values' hostile.err
check_draft hostile 'hostile'
! LC_ALL=C grep -r -q -P '\x1b|\xe2\x80\xae' hostile
report $? 'nothing in it steers a terminal'
is 60 "$(cd hostile && "$engine" run --target sqlite:target.db --json 2> /dev/null | jq '[.entities[].merged] | add')" 'and all of it arrives'
for file in hostile/types/*.d.lua hostile/rules/*.lua; do
	luajit -bl "$file" > /dev/null 2>> differ || echo "$file" >> differ
done
! [ -s differ ]
report $? 'every file is Lua' differ

sqlite3 empty.db 'create table t (id integer primary key, name text)'
begin empty --legacy "sqlite:$PWD/empty.db"
report $? 'a table without rows' empty.err
(cd empty && "$engine" check) > empty.out 2> empty.err
report $? 'its draft is sound' empty.err
sqlite3 none.db 'vacuum'
begin none --legacy "sqlite:$PWD/none.db"
[ $? -eq 65 ] && grep -q 'no table that could be read' none.err
report $? 'a store without tables' none.err

# ---- the stubs say what the language says ----
grep -ohE 'set \[\[[^]]*\]\]|set "[a-z_ ]*"' "$repository"/engine/rules/{fields,sources,check,evidence}.lua | sed 's/^set//' | tr -cs 'a-z_' '\n' | sort -u | grep -v '^$' > options
while read -r option; do
	grep -qE "(@field|@alias|function|\{|,) *$option\??[ (:]" "$repository/engine/draft/engine.d.lua" || echo "$option"
done < options > differ
! [ -s differ ] && [ "$(wc -l < options)" -gt 40 ]
report $? 'every option of the language is in engine.d.lua' differ
sed -n 's/^function \([a-z_]*\).*/\1/p' "$repository/engine/draft/engine.d.lua" | sort > stubbed
{
	echo 'return migration { version = "v1", system = "s", entity "e" { source = { root = table "t" { key = "id" } }, fields = { eId = id { from = "id" }, name = text { from = "name", by = function(name)'
	sed 's/.*/local _ = &/' stubbed
	echo 'local _ = no_such_word'
	echo 'return name end } } } }'
} > words.lua
"$engine" check words.lua --json 2> /dev/null | jq -r '.faults[] | select(.code == "E1002" or .code == "E1010") | .message' > differ
[ "$(cat differ)" = "undefined name 'no_such_word'" ] && [ "$(wc -l < stubbed)" -gt 50 ]
report $? 'every word of engine.d.lua is one of the language' differ
{
	sed -n '/^## What a function may use/,/^## /p' "$repository/docs/rules.md" | sed -n 's/^|[^|]*|\(.*\)|$/\1/p'
} | grep -oE '`[^`]*`' | tr -d '`' | tr ' ' '\n' | grep -E '^[a-z_]+$' | sort -u > documented
comm -23 documented stubbed > differ
! [ -s differ ] && [ "$(wc -l < documented)" -gt 30 ]
report $? 'and every helper that docs/rules.md names is in it' differ
exit $failed
