#!/bin/bash
# keyless.sh: a table without a key: equal rows are one record that says how many there are, and what the sqlite3 shell counts is what arrives.
. "$(dirname "$0")/lib.sh"

cat > rules/routes.lua << 'END'
return migration { version = "v1", system = "flights",
  entity "airline" {
    source = { root  = table "airlines" { key = "id" },
               calls = children "calls" { parent = "airline", key = "*" } },
    fields = { airlineId = id { from = "id", prefix = "air_" },
               calls     = list { from = "calls", each = { at = text { from = "at", optional = true }, times = integer { from = "copies" } } } } },
  entity "route" {
    source = { root    = table "routes" { key = "*", null = { "-" }, ignore = { no = "loader's number" } },
               carrier = reference "airlines" { key = "id", from = "airline_id", optional = true } },
    fields = { routeId   = id { from = "*", prefix = "rou_", hash = true },
               airlineId = ref "airline" { from = "carrier.id", optional = true },
               origin    = text { from = "src" },
               stops     = integer { from = "stops", optional = true },
               copies    = integer { from = "copies" } } } }
END

sqlite3 legacy.db "create table airlines(id integer primary key); create table calls(airline int, at text);
	create table routes(no integer, airline_id int, src text, dst text, stops);
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 40) insert into airlines select i from n;
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 9000)
		insert into routes select i, (i * 7) % 45, 'A' || (i * 31 % 60), 'B' || (i * 17 % 40), nullif(i % 3, 0) from n;
	insert into routes values (0, null, null, null, null), (0, 1, '-', '', 0), (1, 1, '', '-', 0), (0, 1, x'41', 'B', 1), (0, 1, 'A', 'B', 'one'), (5, 1, 'A', 'B', 'one');
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000) insert into calls select i % 42, nullif('t' || (i % 5), 't4') from n"

go() { # TARGET [OPTION…]
	local target=$1
	shift
	"$engine" run rules/routes.lua --legacy sqlite:legacy.db --target "sqlite:$target.db" --json "$@" > "$target.json" 2> "$target.err"
}
counts() { # TARGET: of the routes
	jq -c '.entities[1] | [.read, .merged, .unchanged, .rejected, .withdrawn]' "$1.json"
}
said() { # TARGET
	jq -c '[.entities[] | .count, .digest]' "$1.json"
}
copies_of() { # TARGET: every origin with its copies, as the records have them
	ask "$1" "select json_extract(payload_json, '\$.origin') || ' ' || coalesce(json_extract(payload_json, '\$.stops'), '') || ' ' || json_extract(payload_json, '\$.copies')
		from route_final where source_state = '' order by 1"
}

all='airline_id, src, dst, stops, typeof(src)'
distinct=$(sqlite3 legacy.db "select count(*) from (select distinct $all from routes)")
good=$(sqlite3 legacy.db "select count(*) from (select distinct $all from routes where typeof(src) = 'text' and src <> '-' and coalesce(stops, 0) <> 'one')")
go target
[ $? -eq 1 ] && [ "$(counts target)" = "[$distinct,$good,0,$((distinct - good)),0]" ] && [ "$distinct" -lt 9006 ]
report $? 'as many records as the shell counts different rows' target.err
agree rules/routes.lua sqlite:legacy.db sqlite:target.db 'and both sides agree'
is 2 "$(grep -c '^not declared: invariants of ' agree.out)" 'what the rule does not declare is said'
sqlite3 legacy.db "select src || ' ' || coalesce(stops, '') || ' ' || count(*) from routes where typeof(src) = 'text' and src <> '-' and coalesce(stops, 0) <> 'one'
	group by $all order by 1" > copies.expected
copies_of target | cmp -s - copies.expected
report $? 'each with as many copies' target.json
sqlite3 legacy.db "select airline || ' ' || coalesce(at, 'none') || ' ' || count(*) from calls join airlines on id = airline group by airline, at order by 1" > calls.expected
ask target "select substr(airline_id, 5) || ' ' || coalesce(json_extract(value, '\$.at'), 'none') || ' ' || json_extract(value, '\$.times')
	from airline_final, json_each(json_extract(payload_json, '\$.calls')) order by 1" | cmp -s - calls.expected
report $? 'and children are counted within their root' target.json
ask target "select count(*) from engine_quarantine where source = 'calls' and resolved_at is null" | grep -qx 10
report $? 'those of no root are in quarantine, one for all that are equal' target.json

go target --chunk 700
[ "$(counts target)" = "[$distinct,0,$good,$((distinct - good)),0]" ]
report $? 'a second run, in smaller chunks, writes nothing' target.json
said target > target.said
for way in '--workers 1 --chunk 5000' '--workers 8 --chunk 90'; do
	forget other
	# shellcheck disable=SC2086
	go other $way
	[ "$(said other)" = "$(cat target.said)" ]
	report $? "the same digest with $way" other.json
done

# ---- legacy goes on ----

sqlite3 legacy.db "insert into routes select * from routes where src = 'A31' and dst = 'B17' and airline_id = 7;
	delete from routes where airline_id = 14; vacuum"
gone=$(ask target "select count(*) from route_final where source_state = ''")
go target
stay=$(sqlite3 legacy.db "select count(*) from (select distinct $all from routes where typeof(src) = 'text' and src <> '-' and coalesce(stops, 0) <> 'one')")
[ "$(jq '.entities[1].withdrawn' target.json)" -eq $((gone - stay)) ] && [ "$gone" -gt "$stay" ] && [ "$(jq '.entities[1].merged' target.json)" -ge 1 ]
report $? 'rows that went are withdrawn, more copies are a change, and nothing else is' target.json
sqlite3 legacy.db "select src || ' ' || coalesce(stops, '') || ' ' || count(*) from routes where typeof(src) = 'text' and src <> '-' and coalesce(stops, 0) <> 'one'
	group by $all order by 1" > copies.expected
copies_of target | cmp -s - copies.expected
report $? 'and the copies are those of now' target.json

# ---- one row by what stands for its key ----

key=$(ask target "select substr(route_id, 5) from route_final where source_state = '' order by 1 limit 1")
"$engine" try rules/routes.lua "$key" --entity route --legacy sqlite:legacy.db > try.out 2> try.err
[ $? -eq 0 ] && grep -q "rou_$key" try.out
report $? 'engine try finds a row by it' try.err
sqlite3 legacy.db "update routes set stops = 1 where stops = 'one'"
go target
[ "$(ask target "select json_extract(payload_json, '\$.copies') from route_final where json_extract(payload_json, '\$.origin') = 'A' and source_state = ''")" = 2 ]
report $? 'a row that was mended is merged as the row it is now' target.json
open=$(ask target "select count(*) from engine_quarantine where entity = 'route' and resolved_at is null")
[ "$open" -eq "$(jq '.entities[1].rejected' target.json)" ]
report $? 'and what it was is no longer in quarantine' target.json

# ---- what cannot be told apart so ----

sqlite3 legacy.db 'create table sure(a text primary key, b text) without rowid'
cat > rules/sure.lua << 'END'
return migration { version = "v1", system = "flights", entity "sure" { source = { root = table "sure" { key = "*" } },
  fields = { sureId = id { from = "*", hash = true }, a = text { from = "a" }, b = text { from = "b" }, n = integer { from = "copies" } } } }
END
"$engine" check rules/sure.lua --legacy sqlite:legacy.db > sure.out 2>&1
[ $? -eq 78 ] && grep -q 'name its key' sure.out
report $? 'a table WITHOUT ROWID has a key, and is sent back for it' sure.out
exit $failed
