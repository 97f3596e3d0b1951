#!/bin/bash
# diff.sh: engine diff against what sqlite3 counts and what the sample's manifest promises; mutants; a page of hostile values.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/scenarios/lib_browser.sh"
. "$repository/tests/kit/cluster.sh"

need_data chinook/chinook.sqlite sakila-2005/data.sql
chinook=$data/chinook/chinook.sqlite

# ---- what one edit changes in the rows of a real database, counted by its own tool ----
edited() { # NAME SED…: chinook/NAME.lua, the next version
	local name=$1
	shift
	sed -e 's/version = "v1"/version = "v2", supersedes = "v1"/' "$@" rules/chinook/v1.lua > "rules/chinook/$name.lua"
	! cmp -s rules/chinook/v1.lua "rules/chinook/$name.lua"
}

count() { # SQL
	sqlite3 "$chinook" "$1"
}

compared() { # NAME [OPTION…]: NAME.json, and how it ended
	local name=$1
	shift
	"$engine" diff rules/chinook/v1.lua "rules/chinook/$name.lua" --legacy "sqlite:$chinook" --json "$@" > "$name.json" 2> "$name.err"
}

outcome() { # NAME CLASS
	jq ".rows.entities[0].outcomes.$2.rows" "$1.json"
}

field() { # NAME FIELD
	jq "[.rows.entities[0].fields[] | select(.field == \"$2\") | .rows] | add // 0" "$1.json"
}

judged() { # CATEGORY NAME: and how many rows there are in all classes together
	is "$1 $(count 'select count(*) from Invoice')" "$(jq -r '"\(.category) \([.rows.entities[0].outcomes[].rows] | add)"' "$2.json")" "$2: $1, and every row in one class"
}

# Every e-mail is in small letters already, every company is not.
edited mail -e 's/, fold = lower }/ }/'
compared mail
is 1 $? 'an e-mail that is no longer folded: a difference in what is said'
is "$(count 'select count(*) from Invoice join Customer using (CustomerId) where Email = lower(Email)')" "$(outcome mail identical)" 'and in no record, as none has capitals'
is 'sale.fields.customerEmail' "$(jq -r '[.meaning.changed[].part] | join(" ")' mail.json)" 'one part is named'
judged identical mail

edited firm -e 's/from = "customer.Company", optional = true }/from = "customer.Company", optional = true, fold = upper }/'
compared firm
is "$(count 'select count(*) from Invoice join Customer using (CustomerId) where Company <> upper(Company)')" "$(field firm company)" 'companies that have small letters'
is "$(count 'select count(*) from Invoice join Customer using (CustomerId) where Company is null or Company = upper(Company)')" "$(outcome firm identical)" 'and no others'
judged breaking firm

edited city -e 's/city          = text    { from = "BillingCity", optional = true }/city = text { from = "BillingCity", optional = true, fold = trim }/'
compared city
is "$(count 'select count(*) from Invoice where BillingCity <> trim(BillingCity)')" "$(field city city)" 'cities with blanks around them'

edited cheap -e 's/^    invariants = {/    reject_when = { ["cheap"] = { from = "Total", by = function(total) return int(slice(total, 1, 1)) == 0 end } },\n&/' \
	-e 's/^    fields = {/    skip_when = { ["no state"] = { from = "BillingState", by = function(state) return state == nil end } },\n&/'
compared cheap
is "$(count 'select count(*) from Invoice where BillingState is null')" "$(outcome cheap newlySkipped)" 'newly skipped'
is "$(count 'select count(*) from Invoice where BillingState is not null and Total < 1')" "$(outcome cheap newlyRejected)" 'newly rejected'
judged breaking cheap

edited land -e 's/^      total         = /      land          = text    { from = "BillingCountry", optional = true },\n&/'
compared land
is "$(count 'select count(*) from Invoice where BillingCountry is not null')" "$(field land land)" 'a new optional field'
judged additive land

edited lines -e 's/unitPrice = decimal { 10, 2, from = "UnitPrice" }/unitPrice = decimal { 10, 2, from = "UnitPrice", by = function(p) if p > exact "1" then return p * exact "2" end return p end }/'
compared lines
is "$(count 'select count(distinct InvoiceId) from InvoiceLine where UnitPrice > 1')" "$(field lines 'lines[].unitPrice')" 'rows with a dear line, in the list'
is "$(count 'select count(*) from InvoiceLine where UnitPrice > 1')" "$(jq '.rows.entities[0].fields[0].rose' lines.json)" 'and how many lines'

"$engine" diff rules/chinook/v1.lua rules/chinook/v1.lua --legacy "sqlite:$chinook" > same.txt 2> same.err
is 0 $? 'a version beside itself: nothing'
sed -e 's/^      total /      -- a note\n&/' -e 's/owner     = "sales"/owner     = "somebody"/' rules/chinook/v1.lua > rules/chinook/note.lua
"$engine" diff rules/chinook/v1.lua rules/chinook/note.lua > note.txt 2> note.err
is 0 $? 'nor do a comment and another owner make a difference'
grep -q 'owner: "sales" → "somebody"' note.txt
report $? 'but who it is is told' note.txt

# ---- another decision, by modules of another name, on PostgreSQL ----
cp -r rules/dvd rules/dvd2
mv rules/dvd2/shared rules/dvd2/common
sed -i -e 's/require "shared\./require "common./' -e 's/version = "v1"/version = "v2", supersedes = "v1"/' rules/dvd2/sakila-2005.lua
sed -i -e 's/choice    = "active"/choice    = "activebool"/' -e 's/from = "active", lookup = { \["1"\] = true, \["0"\] = false }/from = "activebool"/' rules/dvd2/common/customer.lua
cluster_start shop fsync=off || exit 1
cluster_sql shop postgres 'create database sakila'
for file in schema data; do
	psql -X -q -h "$shop_SOCKET" -p "$shop_PORT" -U postgres -d sakila -f "$data/sakila-2005/$file.sql" > load.log 2>&1
done
"$engine" diff rules/dvd/sakila-2005.lua rules/dvd2/sakila-2005.lua --legacy "$(cluster_url shop legacy_reader sakila)" --json > dvd.json 2> dvd.err
is 1 $? 'Sakila by another decision'
is 'customer.decisions.customer_active customer.fields.active' "$(jq -r '[.meaning.changed[].part] | join(" ")' dvd.json)" 'which is named, with the field that rests on it'
is "$(cluster_sql shop sakila "select count(*) from customer where (active = 1) <> activebool")" \
	"$(jq '.rows.entities[] | select(.entity == "customer") | .outcomes.changed.rows' dvd.json)" 'changes the customers whose flags disagree'
is "$(cluster_sql shop sakila 'select count(*) from rental') 10000 0" \
	"$(jq -r '.rows.entities[] | select(.entity == "rental") | "\(.total) \(.outcomes.identical.rows) \(.outcomes.changed.rows)"' dvd.json)" 'and of as many rentals as are looked at none'
is 'shared/customer.lua common/customer.lua shared/rental.lua common/rental.lua' "$(jq -r '[.meaning.modules[] | .before, .after] | join(" ")' dvd.json)" \
	'modules that have another name are told'

# ---- v2 and v3 of the sample, whose manifest counts what v3 makes of it ----
sample legacy 3000
manifest() { jq ".v3.$1" sample/manifest.json; }
"$engine" diff rules/v2.lua rules/v3.lua --legacy sqlite:legacy.db --full --json > full.json 2> full.err
is 1 $? 'v2 and v3 differ'
o='.rows.entities[0].outcomes'
is "$(manifest merged)" "$(jq "[$o.identical, $o.changed, $o.newlyMapped, $o.noLongerSkipped | .rows] | add" full.json)" 'records under v3 are as many as it merges'
is "$(manifest rejected)" "$(jq "[$o.newlyRejected, $o.bothRejected | .rows] | add" full.json)" 'and rejects'
is "$(manifest skipped)" "$(jq "[$o.newlySkipped, $o.bothSkipped | .rows] | add" full.json)" 'and what it skips'
"$engine" run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:v3.db --json --quiet > run.json 2> run.err
sed -e 's/version    = "v3"/version    = "v4"/; s/supersedes = "v2"/supersedes = "v3"/; s/ASSIGNED  = "ASSIGNED",/ASSIGNED  = "CREATED",/' rules/v3.lua > rules/v4.lua
"$engine" diff rules/v3.lua rules/v4.lua --legacy sqlite:legacy.db --full --json > flipped.json 2> flipped.err
is "$(ask v3 "select count(*) from job_final where json_extract(payload_json, '\$.state') = 'ASSIGNED'")" \
	"$(jq '.rows.entities[0].fields[] | select(.field == "state") | .transitions[] | select(.before == "\"ASSIGNED\"" and .after == "\"CREATED\"") | .count' flipped.json)" \
	'a mapping flipped changes as many records as a run made of it'
is "job.fields.state 1" "$(jq -r '"\([.meaning.changed[].part] | join(" ")) \(.rows.entities[0].fields | length)"' flipped.json)" 'in that field alone'

for kind in json txt; do
	option=$([ $kind = json ] && echo --json || echo --color=never)
	for time in one two; do
		"$engine" diff rules/v2.lua rules/v3.lua --legacy sqlite:legacy.db --sample 500 "$option" --html $time.html --markdown $time.md > $time.$kind 2> again.err
	done
	cmp one.$kind two.$kind > differ && cmp one.html two.html >> differ && cmp one.md two.md >> differ
	report $? "the same command gives the same bytes again ($kind, page, comment)" differ
done
is '500 3000' "$(jq -r '.rows.entities[0] | "\(.compared) \(.total)"' one.json)" 'a sample is of as many rows as were asked for'
"$engine" diff rules/v2.lua rules/v3.lua --legacy sqlite:legacy.db --sample 500 --seed other --json > other.json 2> other.err
! cmp -s one.json other.json
report $? 'another seed takes other rows'
jq -e "$o.changed.rows as \$n | input | $o.changed.ofAll | .low <= \$n and \$n <= .high" full.json one.json > differ
report $? 'what there is lies within what the sample says' differ

# ---- rows that are given instead of read ----
sqlite3 legacy.db "select json_object('root', json_object('del_id', del_id, 'delivery_ref', delivery_ref, 'status', status, 'created_ts', created_ts,
		'updated_ts', updated_ts, 'actor_id', actor_id, 'amount', amount, 'promised_local', promised_local),
		'events', (select json_group_array(json_object('seq', seq, 'kind', kind, 'at', at)) from del_events e where e.del_id = del.del_id),
		'meta', (select json_group_array(json_object('k', k, 'v', v)) from del_meta m where m.del_id = del.del_id))
	from del where del_id not in (select del_id from del_meta where length(v) > 1000) and coalesce(hex(delivery_ref), '') not glob '*[89A-F]?*'
	and instr(hex(coalesce(delivery_ref, '')), '00') = 0 order by del_id limit 400" > rows.jsonl 2> rows.err
"$engine" diff rules/v2.lua rules/v3.lua --rows rows.jsonl --json > given.json 2> given.err
is 1 $? 'rows as JSON lines are compared'
sed 's/return done and done.at or/return (done and done.at) or/; s/"v3"/"v7"/' rules/v3.lua > rules/v7.lua
"$engine" diff rules/v3.lua rules/v7.lua --rows rows.jsonl --json > v7.json 2> v7.err
is '1 false breaking' "$? $(jq -r '"\(.proven) \(.category)"' v7.json)" 'that none of them differs proves nothing of others'
is "$(wc -l < rows.jsonl)" "$(jq "[$o[].rows] | add" given.json)" 'every one of them'
"$engine" diff rules/v2.lua rules/v3.lua --rows - --json < rows.jsonl 2> given.err | jq .rows.entities > stdin.json
jq .rows.entities given.json | cmp - stdin.json > differ
report $? 'from standard input, too' differ
echo '{"root":{"del_id":1,"stauts":"x"}}' | "$engine" diff rules/v2.lua rules/v3.lua --rows - > bad.out 2> bad.err
is 65 $? 'a column that neither version knows is refused'
grep -q 'line 1: version v2: root has a column "stauts"' bad.err
report $? 'by its name' bad.err
"$engine" diff rules/v2.lua rules/v3.lua --rows segment:cold > cold.out 2> cold.err
is 2 $? 'cold segments cannot be read yet'

# ---- what the target holds ----
"$engine" run rules/v2.lua --legacy sqlite:legacy.db --target sqlite:held.db --json --quiet > run.json 2> run.err
"$engine" diff rules/v2.lua rules/v3.lua --legacy sqlite:legacy.db --full --target sqlite:held.db --json > held.json 2> held.err
is "$(ask held "select count(*) from job_final where source_state = ''")" "$(jq '.held.versions[] | select(.version == "v2") | .live' held.json)" 'records that v2 wrote are held'
is "$(jq "[$o.changed, $o.newlyRejected, $o.newlyMapped, $o.newlySkipped, $o.noLongerSkipped | .rows] | add" full.json)" "$(jq .held.different held.json)" 'of all that come out differently'

# ---- gently ----
began=$(milliseconds)
"$engine" diff rules/v2.lua rules/v3.lua --legacy sqlite:legacy.db --full --rate 2500 > slow.out 2> slow.err
took=$(($(milliseconds) - began))
[ $took -ge 800 ] && grep -q 'held back for .* by --rate' slow.err
report $? "3,000 rows at 2,500 a second take a while, and it says why ($took ms)" slow.err

# ---- mutants ----
luajit "$repository/tests/scenarios/mutants.lua" "$engine" "$scratch" rules/v3.lua rules/chinook/v1.lua > mutants.log 2>&1
tail -n 1 mutants.log | awk '{ exit !($2 - $6 >= 200 && $6 >= 10 && $4 == 0) }'
report $? "of every mutant its part is named, and no other ($(tail -n 1 mutants.log))" mutants.log

# ---- a page, with hostile values wherever one can stand ----
evil_rule() { # VERSION
	cat <<- LUA
		local EVIL = [==[<script>document.title="ran"</script><img src=http://127.0.0.1:9/x onerror="document.title=1">' | @z \`y\` ]==]
		  .. "\\27[31m\\226\\128\\174$1"
		return migration { version = "$1", system = EVIL, entity "sale" {
		  source = { root  = table "Invoice" { key = "InvoiceId", null = { EVIL }, ignore = { BillingState = EVIL } },
		             lines = children "InvoiceLine" { parent = "InvoiceId", key = "InvoiceLineId" } },
		  decisions = { d = { question = EVIL, options = { a = EVIL }, choice = "a", because = EVIL, owner = EVIL, decided = "2026-01-02" } },
		  fields = { saleId = id { from = "InvoiceId" },
		             city   = text { from = "BillingCity", optional = true, decision = "d", by = function(c) return EVIL end },
		             land   = enum { "ok", EVIL, from = "BillingCountry", lookup = { [EVIL] = EVIL }, patterns = { ["."] = "ok" } },
		             tags   = map { from = "lines", key = function(l) return slice(EVIL, 1, 60) .. l.InvoiceLineId end, value = function() return EVIL end } },
		  skip_when   = { [EVIL] = { from = "InvoiceId", by = function(i) return ends(i, "$1") end } },
		  reject_when = { [EVIL] = { from = "InvoiceId", by = function(i) return ends(i, "0") and i < "$1" end } },
		  invariants  = { [EVIL] = function(sale) return true end },
		} }
	LUA
}
evil_rule 2 > rules/chinook/evil2.lua
evil_rule 3 > rules/chinook/evil.lua
"$engine" diff rules/chinook/evil2.lua rules/chinook/evil.lua --legacy "sqlite:$chinook" --html page.html --markdown page.md > evil.txt 2> evil.err
is 1 $? 'a page of hostile values'
grep -oE '<[^>]*>' page.html > tags
! grep -v -E '^</?(!doctype|html|head|meta|title|style|body|h1|h2|h3|p|nav|a|span|div|br|code|table|tr|th|td|i|details|summary)( |>)' tags > differ &&
	[ "$(grep -c '&lt;script&gt;' page.html)" -ge 4 ]
report $? 'shows them as text' differ
! grep -i -E ' on[a-z]+=|src=|href="[^#]|https?:' tags > differ && ! grep -q 'url(' page.html && grep -q "default-src 'none'" page.html
report $? 'and runs nothing, and asks for nothing from elsewhere' differ
! LC_ALL=C grep -q -P '\x1b|\xe2\x80\xae|\x00' page.html page.md evil.txt
report $? 'nor does anything in it steer'
! grep -q -E '<(script|img)|http://|@z|`y`' page.md
report $? 'a comment of them is text, too' page.md
browser_is_inert page.html 'What changed between two versions' 'a page of hostile values'
exit $failed
