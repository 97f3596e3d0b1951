#!/bin/bash
# corruptions.sh: one cell each of thousands of records, of every type and in every way, and records that are gone, there twice and elsewhere:
# all are noticed, by every check that looks at values, in both stores, and located to id and field.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"

rows=${CORRUPTION_ROWS:-5040}

sqlite3 old.db "create table thing (id integer primary key, word text not null, hue text not null, made text not null, due text not null, price text not null,
		pieces integer not null, serial text not null, gift integer not null, extras text not null, scan blob not null, owner integer not null, city text not null, lot integer not null);
	create table step (thing integer not null, no integer not null, kind text not null, at text not null, primary key (thing, no));
	create table mark (thing integer not null, k text not null, v text not null, primary key (thing, k));
	with recursive n(i) as (select 1 union all select i + 1 from n where i < $rows)
	insert into thing select i, 'Wörd ' || i, iif(i % 2, 'red', 'green'), printf('20%02d-03-%02d 10:%02d:00', i % 20, 1 + i % 28, i % 60), printf('20%02d-05-%02d', i % 20, 1 + i % 28),
		printf('%d.%02d', i % 1000, i % 100), i * 3, printf('9007199254740%05d', i), i % 2, json_object('a', i, 'b', json_array(i, i + 1, 'x'), 'c', null), cast('scan ' || i as blob), i % 97, 'City ' || i, i % 40 from n;
	insert into step select id, no, 'kind ' || (id + no), made from thing, (select 1 as no union select 2 union select 3);
	insert into mark select id, k, 'value ' || id from thing, (select 'one' as k union select 'two')"
cat > thing.lua <<'LUA'
return migration { version = "v1", system = "things",
  authority = { history = { sample = { percent = 100, per_stratum = 10 } } },
  entity "owner" { source = { root = table "owner" { key = "id" } }, fields = { ownerId = id { from = "id", prefix = "own_" } } },
  entity "thing" {
    source = {
      root  = table "thing" { key = "id", types = { made = instant { zone = "UTC" }, due = date, price = decimal, pieces = int, gift = boolean, extras = json, scan = bytes, lot = int } },
      steps = children "step" { parent = "thing", key = "no", types = { at = instant { zone = "UTC" } } },
      marks = children "mark" { parent = "thing", key = "k" },
    },
    fields = {
      thingId = id { from = "id", prefix = "thg_" },
      word    = text { from = "word" },
      hue     = enum { "RED", "GREEN", from = "hue", fold = upper },
      made    = instant { from = "made" },
      due     = date { from = "due" },
      price   = decimal { 12, 2, from = "price" },
      pieces  = integer { from = "pieces" },
      serial  = bigint { from = "serial" },
      gift    = boolean { from = "gift" },
      extras  = json { from = "extras" },
      scan    = bytes { from = "scan" },
      ownerId = ref "owner" { from = "owner" },
      lot     = integer { from = "lot" },
      address = { city = text { from = "city" } },
      steps   = list { from = "steps", each = { kind = text { from = "kind" }, at = instant { from = "at" } } },
      marks   = map { from = "marks", key = function(m) return m.k end, value = function(m) return m.v end },
    },
    queries = { lots = {
      params  = { lot = sample "lot" { count = 1000 } },
      legacy  = [[ select id, word, hue, made, due, price, pieces, serial, gift, extras, scan, owner, city from thing where lot = :lot ]],
      target  = [[ select thingId as id, word, hue, made, due, price, pieces, serial, gift, extras, scan, ownerId as owner, "address.city" as city from thing where lot = :lot ]],
      columns = { id = field "thingId" { key = true }, word = field "word", hue = field "hue", made = field "made", due = field "due", price = field "price", pieces = field "pieces",
                  serial = field "serial", gift = field "gift", extras = field "extras", scan = field "scan", owner = field "ownerId", city = field "address.city" } } },
  } }
LUA
sqlite3 old.db 'create table owner (id integer primary key); with recursive n(i) as (select 0 union all select i + 1 from n where i < 96) insert into owner select i from n'
"$engine" check thing.lua --legacy sqlite:old.db > check.out 2>&1
report $? 'a rule of every type' check.out
"$engine" run thing.lua --legacy sqlite:old.db --target sqlite:new.db --quiet > run.out 2>&1
report $? 'moved' run.out
"$engine" verify thing.lua --legacy sqlite:old.db --target sqlite:new.db --unrecorded > verify.out 2>&1
report $? 'both agree' verify.out
cp new.db kept.db

# ---- one cell of each record ----
# P is the payload. way: what is done; field: where a difference has to be told; q: a column of the query has it.
cat > ways.sql <<'SQL'
create temporary table way (way integer primary key, field text, q text, sql text);
insert into way (field, q, sql) values
	('word', 'word', 'json_set(P, ''$.word'', (P ->> ''$.word'') || '' '')'),
	('word', 'word', 'json_set(P, ''$.word'', replace(P ->> ''$.word'', ''ö'', ''o'' || char(776)))'),
	('word', 'word', 'json_set(P, ''$.word'', (P ->> ''$.word'') || char(8203))'),
	('word', 'word', 'json_set(P, ''$.word'', lower(P ->> ''$.word''))'),
	('word', 'word', 'json_set(P, ''$.word'', '''')'),
	('word', 'word', 'json_set(P, ''$.word'', null)'),
	('word', 'word', 'json_remove(P, ''$.word'')'),
	('word', 'word', 'json_set(P, ''$.word'', substr(P ->> ''$.word'', 2))'),
	('hue', 'hue', 'json_set(P, ''$.hue'', iif(P ->> ''$.hue'' = ''RED'', ''GREEN'', ''RED''))'),
	('hue', 'hue', 'json_set(P, ''$.hue'', lower(P ->> ''$.hue''))'),
	('hue', 'hue', 'json_set(P, ''$.hue'', null)'),
	('hue', 'hue', 'json_remove(P, ''$.hue'')'),
	('made', 'made', 'json_set(P, ''$.made'', replace(P ->> ''$.made'', ''.000000Z'', ''.000001Z''))'),
	('made', 'made', 'json_set(P, ''$.made'', replace(P ->> ''$.made'', ''T10:'', ''T11:''))'),
	('made', 'made', 'json_set(P, ''$.made'', ''19'' || substr(P ->> ''$.made'', 3))'),
	('made', 'made', 'json_remove(P, ''$.made'')'),
	('due', 'due', 'json_set(P, ''$.due'', date(P ->> ''$.due'', ''+1 day''))'),
	('due', 'due', 'json_set(P, ''$.due'', ''1970-01-01'')'),
	('due', 'due', 'json_set(P, ''$.due'', null)'),
	('price', 'price', 'json_set(P, ''$.price'', printf(''%.2f'', (P ->> ''$.price'') + 0.01))'),
	('price', 'price', 'json_set(P, ''$.price'', ''-'' || (P ->> ''$.price''))'),
	('price', 'price', 'json_set(P, ''$.price'', printf(''%.2f'', 10 * (P ->> ''$.price'') + 1))'),
	('price', '', 'json_set(P, ''$.price'', (P ->> ''$.price'') || ''0'')'),
	('price', '', 'json_set(P, ''$.price'', cast(P ->> ''$.price'' as real))'),
	('price', 'price', 'json_remove(P, ''$.price'')'),
	('pieces', 'pieces', 'json_set(P, ''$.pieces'', (P ->> ''$.pieces'') + 1)'),
	('pieces', 'pieces', 'json_set(P, ''$.pieces'', -(P ->> ''$.pieces''))'),
	('pieces', '', 'json_set(P, ''$.pieces'', cast(P ->> ''$.pieces'' as text))'),
	('pieces', 'pieces', 'json_set(P, ''$.pieces'', null)'),
	('serial', 'serial', 'json_set(P, ''$.serial'', cast((P ->> ''$.serial'') + 1 as text))'),
	('serial', 'serial', 'json_set(P, ''$.serial'', (P ->> ''$.serial'') || ''0'')'),
	('serial', '', 'json_set(P, ''$.serial'', cast(P ->> ''$.serial'' as integer))'),
	('gift', 'gift', 'json_set(P, ''$.gift'', json(iif(P ->> ''$.gift'', ''false'', ''true'')))'),
	('gift', 'gift', 'json_set(P, ''$.gift'', null)'),
	('extras', 'extras', 'json_set(P, ''$.extras.a'', (P ->> ''$.extras.a'') + 1)'),
	('extras', 'extras', 'json_set(P, ''$.extras.b[2]'', ''x '')'),
	('extras', 'extras', 'json_set(P, ''$.extras.b'', json_array(P ->> ''$.extras.b[1]'', P ->> ''$.extras.b[0]'', ''x''))'),
	('extras', 'extras', 'json_remove(P, ''$.extras.c'')'),
	('extras', 'extras', 'json_set(P, ''$.extras.a'', cast(P ->> ''$.extras.a'' as text))'),
	('extras', 'extras', 'json_set(P, ''$.extras.d'', 0)'),
	('scan', 'scan', 'json_set(P, ''$.scan'', ''d'' || substr(P ->> ''$.scan'', 2))'),
	('scan', 'scan', 'json_set(P, ''$.scan'', ''c2Nhbg=='')'),
	('scan', 'scan', 'json_set(P, ''$.scan'', '''')'),
	('ownerId', 'ownerId', 'json_set(P, ''$.ownerId'', (P ->> ''$.ownerId'') || ''9'')'),
	('ownerId', 'ownerId', 'json_remove(P, ''$.ownerId'')'),
	('lot', 'missing', 'json_set(P, ''$.lot'', (P ->> ''$.lot'') + 1000)'),
	('address', 'address.city', 'json_set(P, ''$.address.city'', ''York'')'),
	('address', 'address.city', 'json_remove(P, ''$.address'')'),
	('steps', '', 'json_set(P, ''$.steps[1].kind'', ''kind'')'),
	('steps', '', 'json_set(P, ''$.steps[2].at'', replace(P ->> ''$.steps[2].at'', ''T10:'', ''T09:''))'),
	('steps', '', 'json_remove(P, ''$.steps[0]'')'),
	('steps', '', 'json_insert(P, ''$.steps[#]'', json(P -> ''$.steps[2]''))'),
	('steps', '', 'json_set(P, ''$.steps[0]'', json(P -> ''$.steps[1]''), ''$.steps[1]'', json(P -> ''$.steps[0]''))'),
	('steps', '', 'json_remove(P, ''$.steps'')'),
	('marks', '', 'json_set(P, ''$.marks.one'', ''value'')'),
	('marks', '', 'json_remove(P, ''$.marks.two'')'),
	('marks', '', 'json_set(json_remove(P, ''$.marks.two''), ''$.marks.Two'', P ->> ''$.marks.two'')'),
	('thingId', 'missing', 'json_set(P, ''$.thingId'', (P ->> ''$.thingId'') || ''x'')'),
	('nobody', '', 'json_set(P, ''$.nobody'', 1)');
create table victim as select thing_id as id, payload_json as was, 1 + row_number() over (order by payload_digest_low, thing_id) % (select count(*) from way) as way from thing_final;
alter table victim add column field text;
alter table victim add column q text;
update victim set (field, q) = (select field, q from way where way.way = victim.way);
SQL
{
	cat ways.sql
	echo '.once damage.sql'
	echo "select 'update thing_final set payload_json = ' || replace(sql, 'P', 'payload_json') || ' where thing_id in (select id from victim where way = ' || way || ');' from way;"
	echo '.read damage.sql'
	echo "select id from victim join thing_final on thing_id = id where was = payload_json;"
} | sqlite3 new.db > untouched 2> damage.err
! [ -s damage.err ] && ! [ -s untouched ]
report $? "$(sqlite3 new.db 'select count(*) || " cells are damaged, in " || count(distinct way) || " ways, of " || count(distinct field) || " fields" from victim')" <(cat damage.err; head -n 3 untouched)
sqlite3 new.db "select id || ' ' || field from victim" | LC_ALL=C sort > cells
sqlite3 new.db "select id || ' ' || q from victim where q <> '' union all select id || 'x extra' from victim where field = 'thingId'" | LC_ALL=C sort > asked
sqlite3 new.db "select id from victim" | LC_ALL=C sort > ids

# A field of an object, list or map is told by its path.
located() { # CHECK: of it, one line a difference
	jq -r --arg check "$1" '.differences[] | select(.check == $check) | (.id // .row.id // "") + " " + (.field // .kind)' found.json
}
all_are_located() { # TARGET NAME
	"$engine" verify thing.lua --entity thing --legacy sqlite:old.db --target "$1" --unrecorded --json --all > found.json 2> found.err
	is 1 $? "$2: that differs"
	local check
	for check in digests sample; do
		located $check | sed -e 's/^\([^ ]* [^.[]*\).*/\1/' -e 's/thing_id$/thingId/' | LC_ALL=C sort -u > seen
		cmp -s cells seen
		report $? "$2: $check names every one by its id and field, and no other" <(diff cells seen | head -n 12)
	done
	located queries | LC_ALL=C sort -u > seen
	cmp -s asked seen
	report $? "$2: queries those $(wc -l < asked) whose meaning changed in one of its columns" <(diff asked seen | head -n 12)
	is 0 "$(jq '[.differences[] | select(has("legacy") and has("target") and .legacy == .target)] | length' found.json)" "$2: with two values that are two"
	"$engine" verify unchanged thing.lua --entity thing --target "$1" --unrecorded --json --all > found.json 2> found.err
	located unchanged | sed -n 's/^\([^ ][^ ]*\) .*/\1/p' | LC_ALL=C sort -u > seen
	cmp -s ids seen
	report $? "$2: unchanged names every record" <(diff ids seen | head -n 12)
}
all_are_located sqlite:new.db sqlite

# ---- records that are gone, that are there twice, that changed places ----
cp new.db damaged.db && rm -f new.db-* && cp kept.db new.db
columns=$(sqlite3 new.db "select group_concat(name, ', ') from pragma_table_info('thing_final') where name <> 'thing_id'")
sqlite3 new.db "select thing_id from thing_final order by payload_digest_low, thing_id limit 1200" | awk '
	NR <= 300 { what = "gone" } NR > 300 && NR <= 600 { what = "twice" } NR > 600 { what = "moved" }
	what != "moved" { print $1 "," what ","; next }
	NR % 2 { first = $1; next }
	{ print first "," what "," $1; print $1 "," what "," first }' > chosen.csv
displace() { # SET: of a payload P its own thingId I again
	echo 'create temporary table chosen (id text primary key, what text, other text);'
	awk -F , '{ printf "insert into chosen values (%c%s%c, %c%s%c, %c%s%c);\n", 39, $1, 39, 39, $2, 39, 39, $3, 39 }' chosen.csv
	echo "create temporary table was as select thing_id as id, payload_json as payload from thing_final;
		delete from thing_final where thing_id in (select id from chosen where what = 'gone');
		insert into thing_final (thing_id, $columns) select thing_id || 'x', $columns from thing_final where thing_id in (select id from chosen where what = 'twice');
		update thing_final set payload_json = (select $1 from was join chosen on was.id = chosen.other where chosen.id = thing_final.thing_id) where thing_id in (select id from chosen where what = 'moved');"
}
all_are_named() { # TARGET NAME
	"$engine" verify thing.lua --entity thing --legacy sqlite:old.db --target "$1" --unrecorded --json --all > found.json 2> found.err
	is 1 $? "$2: that differs"
	local check
	for check in 'balance gone|twice' 'digests moved|twice' 'sample gone|moved|twice' 'queries gone|moved|twice'; do
		set -- "$1" "$2" $check
		awk -F , -v what="^($4)\$" '$2 ~ what { print $1 }' chosen.csv | LC_ALL=C sort > wanted
		located "$3" | sed -n 's/^\([^ ]*[0-9]\)x* .*/\1/p' | LC_ALL=C sort -u > named
		cmp -s wanted named
		report $? "$2: $3 names all $(wc -l < wanted) that are ${4//|/, }, and no other" <(diff wanted named | head -n 12)
	done
}
displace "json_set(was.payload, '\$.thingId', thing_final.thing_id)" | sqlite3 new.db 2> damage.err
report $? '300 records gone, 300 twice, 600 in places of others' damage.err
all_are_named sqlite:new.db sqlite
"$engine" verify sample thing.lua --entity thing --legacy sqlite:old.db --target sqlite:new.db --unrecorded --percent 0.01 --per-stratum 1 > verify.out 2>&1
[ $? -eq 1 ] && grep -qE '^count .*(were merged|do not add up)' verify.out
report $? 'a sample that chose none of those that are gone says that some are' verify.out

# ---- the same in the other store ----
cluster_start pg fsync=off && cluster_sql pg postgres 'create database target owner engine' && cluster_sql pg target 'grant all on schema public to engine'
target=$(cluster_url pg engine target)
in_target() { # its standard input is SQL
	psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$pg_SOCKET" -p "$pg_PORT" -U postgres -d target
}
"$engine" run thing.lua --legacy sqlite:old.db --target "$target" --state pg.state --quiet > run.out 2>&1
report $? 'moved to PostgreSQL' run.out
sqlite3 -csv damaged.db 'select thing_id, payload_json from thing_final' > damaged.csv
in_target > damage.err 2>&1 <<'SQL'
create table kept as select * from thing_final;
create table damaged (id text primary key, payload jsonb);
\copy damaged from damaged.csv csv
update thing_final set payload_json = payload || jsonb_build_object('lineage', payload_json -> 'lineage') from damaged where id = thing_id;
SQL
report $? 'and damaged alike' damage.err
all_are_located "$target" postgres
{
	echo 'delete from thing_final; insert into thing_final select * from kept;'
	displace "jsonb_set(was.payload, '{thingId}', to_jsonb(thing_final.thing_id))"
} | in_target > damage.err 2>&1
report $? 'records gone, twice and elsewhere there' damage.err
all_are_named "$target" postgres
exit "$failed"
