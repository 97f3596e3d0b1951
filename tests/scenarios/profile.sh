#!/bin/bash
# profile.sh: engine profile against what sqlite3 and psql count, on real databases; and what it says of tables nobody may read.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"
. "$repository/tests/scenarios/lib_browser.sh"

need_data chinook/chinook.sqlite sakila-2005/data.sql

# table|column|rows|NULLs|different values, as the profile has them; of columns that have too many to be told apart no number
profiled() { # FILE
	jq -r '.tables[] | .table as $table | .rows as $rows | .columns[]
		| [$table, .column, $rows, .nulls, if .distinctIsExact then .distinct else "many" end] | map(tostring) | join("|")' "$1" | sort
}

# The same by the store's own tool. Of columns that the profile calls many, that they are.
counted() { # FILE COMMAND…: which runs the SQL that follows
	local file=$1 table column
	shift
	jq -r '.tables[] | .table as $table | .columns[] | [$table, .column] | @tsv' "$file" | while IFS=$'\t' read -r table column; do
		"$@" "select '$table', '$column', count(*), count(*) - count(\"$column\"),
			case when count(distinct cast(\"$column\" as text)) > 1000 then 'many' else cast(count(distinct cast(\"$column\" as text)) as text) end from \"$table\""
	done | sort
}

compare() { # FILE NAME COMMAND…
	local file=$1 name=$2
	shift 2
	profiled "$file" > profiled
	counted "$file" "$@" > counted
	[ -s profiled ] && diff counted profiled > differ
	report $? "$name: rows, NULLs and different values are what its own tool counts" differ
}

chinook=sqlite:$data/chinook/chinook.sqlite
"$engine" profile --legacy "$chinook" --json > chinook.json 2> chinook.err
report $? 'Chinook is looked at' chinook.err
compare chinook.json Chinook sqlite3 "$data/chinook/chinook.sqlite"
is 11 "$(jq '.tables | length' chinook.json)" 'all its tables'
is 0 "$(jq '[.tables[].findings[] | select(.finding == "lost-rows" or .finding == "unchecked-relation")] | length' chinook.json)" 'whose foreign keys hold'
is '["City"]' "$(jq -c '[.tables[] | select(.table == "Customer") | .findings[] | select(.finding == "padding") | .column]' chinook.json)" 'one city has a blank behind it'

"$engine" profile --legacy "$chinook" --json --full > full.json 2> full.err
cmp chinook.json full.json > differ 2>&1
report $? 'all of a small table is all of it, and twice is the same' differ

"$engine" profile Customer.Country --legacy "$chinook" > country.txt 2> country.err
report $? 'one column' country.err
is "$(sqlite3 "$data/chinook/chinook.sqlite" 'select Country, count(*) from Customer group by 1 order by 2 desc, 1' | tr '|' ' ')" \
	"$(sed -n 's/^    \([A-Z][A-Za-z ]*[A-Za-z]\) *\([0-9][0-9]*\)  .*/\1 \2/p' country.txt)" 'with every value and how often it is there'

"$engine" profile Custmer --legacy "$chinook" > none.txt 2> none.err
ended_with=$?
[ $ended_with -eq 2 ] && grep -q 'no table "Custmer"' none.err
report $? "a table that is not there ($ended_with)" none.err

# ---- what is broken is found ----
cp "$data/chinook/chinook.sqlite" broken.db
sqlite3 broken.db 'pragma foreign_keys = off; delete from Artist where ArtistId in (1, 90); delete from Customer where CustomerId = 5'
"$engine" profile --legacy sqlite:broken.db --json > broken.json 2> broken.err
is "$(sqlite3 broken.db 'select count(*) from Album where ArtistId not in (select ArtistId from Artist)') $(sqlite3 broken.db 'select count(*) from Invoice where CustomerId not in (select CustomerId from Customer)')" \
	"$(jq -r '[.tables[] | select(.table == "Album" or .table == "Invoice") | .findings[] | select(.finding == "lost-rows") | .rows] | join(" ")' broken.json)" \
	'rows whose foreign keys name nothing are counted'

# ---- gently ----
began=$(date +%s%3N)
"$engine" profile Track --legacy "$chinook" --rate 2000 > slow.txt 2> slow.err
report $? 'held to 2,000 rows a second' slow.err
took=$(($(date +%s%3N) - began))
[ $took -ge 1000 ] && grep -q 'held back for .* by --rate' slow.err
report $? "3,503 rows take more than a second, and it says why ($took ms)" slow.err
echo "return { legacy = '$chinook', throttle = { probe \"load\" { on = \"legacy\", sql = \"select nothing\", at_most = 1 } } }" > engine.lua
"$engine" profile Genre > probe.txt 2> probe.err
ended_with=$?
[ $ended_with -eq 78 ] && grep -q 'probe "load" does not run on legacy' probe.err
report $? "a probe that does not run refuses ($ended_with)" probe.err
rm engine.lua

# ---- on PostgreSQL, as its dump makes it ----
cluster_start shop fsync=off || exit 1
cluster_sql shop postgres 'create database sakila'
for file in schema data; do
	psql -X -q -h "$shop_SOCKET" -p "$shop_PORT" -U postgres -d sakila -f "$data/sakila-2005/$file.sql" > load.log 2>&1
done
"$engine" profile --legacy "$(cluster_url shop legacy_reader sakila)" --json > sakila.json 2> sakila.err
report $? 'Sakila is looked at' sakila.err
compare sakila.json Sakila cluster_sql shop sakila
is 15 "$(jq '[.tables[] | select(.table == "customer") | .findings[] | select(.finding == "disagreement") | .rows] | add' sakila.json)" \
	'two of its flags disagree in 15 customers'
! grep -q "$(cluster_sql shop sakila 'select password from staff limit 1')" sakila.json
report $? 'and no password is shown'

cluster_sql shop sakila 'create role blind login' 'grant select on all tables in schema public to blind' 'revoke all on table staff from blind, public, legacy_reader'
"$engine" profile --legacy "$(cluster_url shop blind sakila)" --json > blind.json 2> blind.err
is 4 $? 'a table that may not be read: not everything could be told'
is staff "$(jq -r '.tables[] | select(.fault != null) | .table' blind.json)" 'which one, is said'
jq '.tables[] | select(.table == "film")' sakila.json > film && jq '.tables[] | select(.table == "film")' blind.json | cmp -s film -
report $? 'and the others are looked at'

jq -r '.tables[].findings[].finding' chinook.json sakila.json | sort -u | while read -r name; do
	grep -q "\`$name\`" "$repository/docs/profile.md" || echo "$name"
done > differ
sed -n 's/^\t\t{ \(\.name = \)\{0,1\}"\([^"]*\)".*/\2/p' "$repository/engine/profile/finding_kinds.c" > kinds
while read -r name; do
	grep -q "\`$name\`" "$repository/docs/profile.md" || echo "$name"
done < kinds >> differ
[ "$(wc -l < kinds)" -gt 20 ] && ! [ -s differ ]
report $? 'every finding is explained in docs/profile.md' differ

# ---- a page ----
sqlite3 hostile.db "create table \"<b>t</b>\" (id integer primary key, \"<script>alert(1)</script>\" text);
	insert into \"<b>t</b>\" values (1, '<script>alert(2)</script>'), (2, '\"><img src=x onerror=alert(3)>'), (3, ''' onmouseover=alert(4) '), (4, char(8238) || 'x' || char(0) || char(27) || '[31m'),
		(5, '</style></title><script>document.title = \"ran\"</script><img src=http://127.0.0.1:9/x>')"
"$engine" profile --legacy sqlite:hostile.db --html page.html > html.out 2> html.err
report $? 'a page of hostile values' html.err
grep -oE '<[^>]*>' page.html | sed 's/<!--.*//' > tags
! grep -v -E '^</?(!doctype|html|head|meta|title|style|body|h1|h2|h3|p|nav|a|span|div|br|code|table|tr|th|td|i|details|summary)( |>)' tags > differ &&
	grep -q '&lt;script&gt;alert(2)&lt;/script&gt;' page.html
report $? 'shows them as text' differ
! grep -i -E ' on[a-z]+=|src=|href="[^#]|https?:' tags > differ && ! grep -q 'url(' page.html && grep -q "default-src 'none'" page.html
report $? 'and runs nothing, and asks for nothing from elsewhere' differ
! LC_ALL=C grep -q -P '\x1b|\xe2\x80\xae|\x00' page.html
report $? 'nor is anything in it that steers'
browser_is_inert page.html "$(sed -n 's/.*<title>\(.*\)<\/title>.*/\1/p' page.html | head -n 1)" 'a profile of hostile values'
is 600 "$(stat -c %a page.html)" 'it is its owner'"'"'s alone'
"$engine" profile --legacy sqlite:hostile.db --html /nowhere/page.html > html.out 2> html.err
is 69 $? 'a page that cannot be written is an error'
"$engine" profile --legacy sqlite:hostile.db --full --sample 10 > both.out 2> both.err
is 2 $? '--full and --sample contradict each other'
exit $failed
