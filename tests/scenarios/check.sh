#!/bin/bash
# check.sh: engine check against values: its counts are what sqlite3 and psql count, and what a run then keeps in quarantine; and
# what could not be looked at is said.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"

need_data chinook/chinook.sqlite sakila-2005/data.sql

check() { # NAME RULES LEGACY [OPTION…]: NAME.json, NAME.err, NAME.status
	local name=$1 rules=$2 legacy=$3
	shift 3
	"$engine" check "$rules" --legacy "$legacy" --json "$@" > "$name.json" 2> "$name.err"
	echo $? > "$name.status"
}

# code|line of the rule|rows, as check found them: a row counts once for each place at which it fails
found() { # NAME
	jq -r '.faults[] | select(.layer == "values") | [.code, .line, .rows] | join("|")' "$1.json" | sort | add
}

# The same of what a run kept; `at` is the line where check tells a column that several fields read.
kept() { # TARGET NAME
	jq -c '[.faults[] | select(.layer == "values") | { code, line, also: [.alsoAt[].line] }]' "$2.json" > places.json
	ask "$1" "select faults from engine_quarantine where resolved_by = '' and code <> 'E2302'" |
		jq -r --slurpfile places places.json '[.[] | . as $fault
			| ($places[0] | map(select(.code == $fault.code and (.also | index($fault.rule_line)))) | .[0].line) as $told
			| [.code, $told // .rule_line]] | unique | .[] | [.[], 1] | join("|")' | sort | add
}

add() {
	awk -F '|' '{ sum[$1 "|" $2] += $3 } END { for (place in sum) print place "|" sum[place] }' | sort
}

# ---- the sample: everything that may be wrong with a delivery ----
sample legacy 6000
check sample rules/v3.lua sqlite:legacy.db --full
is 1 "$(cat sample.status)" 'values that are rejected are findings'
move legacy target
is "$(jq -c '.entities[0] | [.read, .skipped, .rejected]' target.json)" "$(jq -c '.looked[0] | [.read, .skipped, .rejected]' sample.json)" \
	'rows, skipped and rejected are those of a run'
found sample > found.txt
kept target sample > kept.txt
[ "$(wc -l < found.txt)" -gt 8 ] && diff kept.txt found.txt > differ
report $? 'every code at every line touches the rows that are then in quarantine' differ
unmapped="upper(status) not in ('CREATED', 'ASSIGNED', 'PICKED_UP', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED', 'CANCELED', 'CANCELLED')
	and status not in ('', '-', 'N/A') and coalesce(delivery_ref, '') not like 'TEST-%'"
is "$(ask legacy "select upper(status), count(*) from del where $unmapped group by 1 order by 2 desc, 1" | tr '|\n' ' ;')" \
	"$(jq -r '.faults[] | select(.code == "E2103") | .values[] | "\(.saw) \(.rows)"' sample.json | tr '\n' ';')" \
	'which statuses have no mapping, and in how many rows, as sqlite3 counts them'
is '["del","status"]' "$(jq -c '.faults[] | select(.code == "E2103") | [.table, .column]' sample.json)" 'of which column'
check again rules/v3.lua sqlite:legacy.db --full
cmp sample.json again.json > differ 2>&1
report $? 'the same rows give the same bytes' differ

# ---- a part of it ----
check part rules/v3.lua sqlite:legacy.db --sample 2000
jq -e '.looked[0] | .rows == 6000 and .read >= 2000 and .read < 6000' part.json > /dev/null
report $? 'of a sample it is said how large it is' part.json
check part2 rules/v3.lua sqlite:legacy.db --sample 2000
cmp part.json part2.json > differ 2>&1
report $? 'and the same sample is taken again' differ
began=$(milliseconds)
check slow rules/v3.lua sqlite:legacy.db --rate 3000 --sample 3000
took=$(($(milliseconds) - began))
[ $took -ge 700 ] && [ "$(jq ".looked[0].read" slow.json)" -ge 3000 ]
report $? "--rate holds ($took ms)"
echo "return { throttle = { probe \"load\" { on = \"legacy\", sql = \"select nothing\", at_most = 1 } } }" > engine.lua
check probe rules/v3.lua sqlite:legacy.db
grep -q 'probe "load" does not run on legacy' probe.err
is '78 untold' "$(cat probe.status) $(jq -r '.layers[] | select(.layer == "values") | .answer' probe.json)" 'a probe that does not run refuses'
rm engine.lua

# ---- Chinook: a lookup that knows some countries ----
cat > rules/country.lua << 'END'
local REGION = { ["United Kingdom"] = "EMEA", France = "EMEA", Germany = "EMEA", USA = "AMER", Canada = "AMER" }
return migration { version = "v1", system = "chinook",
  entity "customer" {
    source = { root = table "Customer" { key = "CustomerId", ignore = {
      Address = "-", City = "-", PostalCode = "-", Phone = "-", SupportRepId = "-", FirstName = "-", LastName = "-" } } },
    fields = { customerId = id { from = "CustomerId" },
               region = enum { "EMEA", "AMER", from = "Country", lookup = REGION },
               company = text { from = "Company" },
               fax = integer { from = "Fax", optional = true },
               state = text { from = "State", optional = true, mask = true, lookup = { CA = "California" } },
               mail = text { from = "Email" } } } }
END
chinook=sqlite:$data/chinook/chinook.sqlite
check chinook rules/country.lua "$chinook"
count() { sqlite3 -readonly "$data/chinook/chinook.sqlite" "$1" | tr '|\n' ' ;'; }
values() { jq -r --arg field "$1" '.faults[] | select(.field == $field) | .values[] | "\(.saw) \(.rows)"' chinook.json | tr '\n' ';'; }
is "$(count "select Country, count(*) from Customer where Country not in ('United Kingdom', 'France', 'Germany', 'USA', 'Canada')
	group by 1 order by 2 desc, 1")" "$(values region)" 'Chinook: countries without a mapping'
is "null $(count 'select count(*) from Customer where Company is null')" "$(values company)" 'customers without the company that is required'
is "$(count 'select Fax, count(*) from Customer where Fax is not null group by 1 order by 2 desc, 1')" "$(values fax)" 'faxes that are no integers'
is "$(count "select count(*) from Customer where State <> 'CA'")" \
	"$(jq -r '.faults[] | select(.field == "state") | .rows' chinook.json);" 'of a masked column the rows are counted'
sqlite3 -readonly "$data/chinook/chinook.sqlite" "select distinct State from Customer where State <> 'CA'" | grep -w -F -f - \
	<(jq -c '.faults[] | select(.field == "state")' chinook.json; grep -A 8 'Customer.State' chinook.err) > differ
[ ! -s differ ] && grep -q 'Customer.State' chinook.err
report $? 'and none of its values is shown' differ
"$engine" run rules/country.lua --legacy "$chinook" --target sqlite:shop.db --json > shop.json 2> shop.err
found chinook > found.txt
kept shop chinook > kept.txt
diff kept.txt found.txt > differ && [ "$(wc -l < found.txt)" -eq 4 ]
report $? 'and all of it is what a run keeps in quarantine' differ

# ---- Sakila on PostgreSQL: children, references, a table nobody may read ----
cluster_start shop fsync=off || exit 1
cluster_sql shop postgres 'create database sakila'
for file in schema data; do
	psql -X -q -h "$shop_SOCKET" -p "$shop_PORT" -U postgres -d sakila -f "$data/sakila-2005/$file.sql" > load.log 2>&1
done
cat > rules/film.lua << 'END'
return migration { version = "v1", system = "sakila",
  entity "film" {
    source = { root = query [[ select film_id, rating, language_id, rental_rate from film ]] {
                 key = "film_id", tables = "film", types = { rental_rate = decimal } },
               copies = children "inventory" { parent = "film_id", key = "inventory_id", ignore = { last_update = "-" } } },
    fields = { filmId = id { from = "film_id" },
               rating = enum { "ALL", "TEENS", from = "rating", lookup = { G = "ALL", ["PG-13"] = "TEENS" } },
               language = text { from = "language_id" },
               rate = decimal { 4, 1, from = "rental_rate" },
               copies = list { from = "copies", each = { store = enum { "FIRST", from = "store_id", lookup = { ["1"] = "FIRST" } } } } } },
  entity "staff" {
    source = { root = table "staff" { key = "staff_id", ignore = { first_name = "-", last_name = "-", address_id = "-", email = "-", store_id = "-",
                 active = "-", username = "-", password = "-", last_update = "-", picture = "-" } } },
    fields = { staffId = id { from = "staff_id" } } } }
END
check film rules/film.lua "$(cluster_url shop legacy_reader sakila)"
is 1 "$(cat film.status)" 'Sakila is looked at'
is "$(cluster_sql shop sakila "select rating, count(*) from film where rating not in ('G', 'PG-13') group by 1 order by 2 desc, 1")" \
	"$(jq -r '.faults[] | select(.field == "rating") | .values[] | "\(.saw)|\(.rows)"' film.json)" 'ratings without a mapping, of a query, as psql counts them'
is "$(cluster_sql shop sakila 'select count(*) from film where rental_rate * 10 <> trunc(rental_rate * 10)')" \
	"$(jq -r '.faults[] | select(.code == "E2105") | .rows' film.json)" 'rates with more digits than declared'
is "$(cluster_sql shop sakila 'select count(distinct film_id) from inventory where store_id <> 1')" \
	"$(jq -r '.faults[] | select(.code == "E2103" and .column == "store_id") | .rows' film.json)" 'films with a copy in a store that is not mapped'

cluster_sql shop sakila 'create role blind login' 'grant select on all tables in schema public to blind' 'revoke all on table staff from blind, public, legacy_reader'
check blind rules/film.lua "$(cluster_url shop blind sakila)"
is 4 "$(cat blind.status)" 'a table that may not be read: not everything could be told'
jq -r '.looked[] | select(.entity == "staff" and .rows == null) | .fault' blind.json | grep -q 'permission denied.* staff'
report $? 'and which one, is said' blind.json
jq '.faults[]' film.json > all && jq '.faults[]' blind.json | cmp -s all - && [ -s all ]
report $? 'and what there is to say of the others'
is '["values","untold",3]' "$(jq -c '.layers[] | select(.answer != "passed") | [.layer, .answer, .findings]' blind.json)" 'beside each other'
exit $failed
