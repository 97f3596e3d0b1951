#!/bin/bash
# chinook.sh: a real database nobody here wrote: every invoice becomes a sale, and money stays exact.
#
# The data is not part of the repository; see need_data in lib.sh.
. "$(dirname "$0")/lib.sh"

need_data chinook/chinook.sqlite
cp "$data/chinook/chinook.sqlite" legacy.db
chmod u+w legacy.db

sell() { # TARGET [OPTION…]
	local target=$1
	shift
	"$engine" run rules/chinook/v1.lua --legacy sqlite:legacy.db --target "sqlite:$target.db" --json "$@" > "$target.json" 2> "$target.err"
}

"$engine" check rules/chinook/v1.lua --legacy sqlite:legacy.db > check.out 2>&1
report $? 'every column of the invoices and their lines is accounted for' check.out
"$engine" test rules/chinook/v1.lua > test.out 2>&1
report $? 'the examples of the rule hold' test.out

sell one --workers 1
report $? 'all invoices are moved' one.err
counts=$(jq -c '.entities[0] | [.read, .merged, .rejected, .skipped, .children, .orphans, .count]' one.json)
[ "$counts" = '[412,412,0,0,2240,0,412]' ]
report $? "412 invoices with 2,240 lines are 412 sales ($counts)"

# What sqlite3 says of the same database, by its own arithmetic.
wrong=$(sqlite3 legacy.db 'select count(*) from Invoice i where Total <>
	(select sum(UnitPrice * Quantity) from InvoiceLine l where l.InvoiceId = i.InvoiceId)')
[ "$wrong" -eq 56 ]
report $? "in floating point 56 invoices disagree with their own lines ($wrong); the rule's invariant found none"
legacy_cents=$(sqlite3 legacy.db 'select sum(cast(round(Total * 100) as integer)) from Invoice')
target_cents=$(sqlite3 one.db "select sum(cast(replace(json_extract(payload_json, '\$.total'), '.', '') as integer)) from sale_final")
[ "$legacy_cents" = "$target_cents" ]
report $? "the totals add up to the same cents ($legacy_cents and $target_cents)"
lines=$(sqlite3 one.db "select count(*) from sale_final, json_each(payload_json, '\$.lines')")
[ "$lines" -eq 2240 ]
report $? "every line is in its sale ($lines)"
sqlite3 -separator '|' legacy.db "select i.InvoiceId, c.Email, t.Name from InvoiceLine l join Invoice i using (InvoiceId)
	join Customer c using (CustomerId) join Track t using (TrackId) order by l.InvoiceLineId" | tr '[:upper:]' '[:lower:]' > legacy.names
sqlite3 -separator '|' one.db "select substr(sale_id, 5), json_extract(payload_json, '\$.customerEmail'), json_extract(line.value, '\$.title')
	from sale_final, json_each(payload_json, '\$.lines') line order by cast(json_extract(line.value, '\$.lineId') as integer)" |
	tr '[:upper:]' '[:lower:]' > target.names
cmp legacy.names target.names > names.out 2>&1
report $? 'every line has the customer and the track a join in legacy gives it' names.out

for way in '--workers 2 --chunk 7' '--workers 8 --chunk 1' '--workers 3 --chunk 100000'; do
	# shellcheck disable=SC2086
	sell two $way && [ "$(jq -r '.entities[0].digest' one.json)" = "$(jq -r '.entities[0].digest' two.json)" ]
	report $? "the digest is the same with $way" two.err
	forget two
done

# The rows as JSON lines, as sqlite3 writes them, through the filter: the same bytes, but for what only a run can say.
sqlite3 legacy.db "select json_object(
	'root', (select json_object('InvoiceId', InvoiceId, 'CustomerId', CustomerId, 'InvoiceDate', InvoiceDate, 'BillingAddress', BillingAddress,
		'BillingCity', BillingCity, 'BillingState', BillingState, 'BillingCountry', BillingCountry,
		'BillingPostalCode', BillingPostalCode, 'Total', Total)),
	'lines', (select json_group_array(json_object('InvoiceLineId', InvoiceLineId, 'TrackId', TrackId, 'UnitPrice', UnitPrice,
		'Quantity', Quantity)) from InvoiceLine l where l.InvoiceId = i.InvoiceId),
	'customer', (select json_object('FirstName', FirstName, 'LastName', LastName, 'Email', Email, 'Company', Company) from Customer c
		where c.CustomerId = i.CustomerId),
	'track', (select json_group_array(json_object('TrackId', t.TrackId, 'Name', Name, 'Composer', Composer)) from InvoiceLine l
		join Track t using (TrackId) where l.InvoiceId = i.InvoiceId))
	from Invoice i" > rows
"$engine" map rules/chinook/v1.lua < rows 2> map.err | LC_ALL=C sort > mapped
sqlite3 one.db 'select payload_json from sale_final' | sed -E 's/"sourceDigest":"[0-9a-f]*",//; s/,"transformedAt":"[^"]*"//' |
	LC_ALL=C sort > stored
[ "$(wc -l < mapped)" -eq 412 ] && cmp stored mapped >> map.err 2>&1
report $? 'map makes of the rows, byte for byte, what the run stored' map.err
"$engine" try rules/chinook/v1.lua 7 --legacy sqlite:legacy.db --json | jq -c '.[0].source' | "$engine" map rules/chinook/v1.lua --quiet > seventh &&
	grep -qxFf seventh stored
report $? 'and of a row that try shows' seventh

# Kept cold: the same records of the same rows, and lines that are map's.
"$engine" archive rules/chinook/v1.lua --legacy sqlite:legacy.db --cold segment:cold --quiet 2> archive.err &&
	"$engine" run rules/chinook/v1.lua --legacy segment:cold --target sqlite:thawed.db --quiet 2>> archive.err
report $? 'its rows are kept cold, and moved from there' archive.err
made() { # TARGET: every record and the row it was made of
	ask "$1" 'select sale_id, payload_digest_high, payload_digest_low, source_digest_high, source_digest_low from sale_final order by 1'
}
made one > made.one
made thawed > made.thawed
cmp made.one made.thawed > differ 2>&1 && [ "$(wc -l < made.one)" -eq 412 ]
report $? 'the same records of the same rows' differ
zstd -dcq cold/sale-*.jsonl.zst | "$engine" map rules/chinook/v1.lua 2> map.err | LC_ALL=C sort > mapped
cmp stored mapped > differ 2>&1
report $? 'and map makes the same of the lines' differ

sqlite3 legacy.db "update InvoiceLine set Quantity = Quantity + 1 where InvoiceLineId = 100"
sell one
[ $? -eq 1 ] && [ "$(jq -c '.entities[0] | [.merged, .unchanged, .rejected, .withdrawn, .count]' one.json)" = '[0,411,1,1,411]' ]
report $? 'a line that no longer adds up withdraws its sale, and nothing else' one.json
code=$("$engine" quarantine list --target sqlite:one.db --json | jq -r '.[] | .faults[].code')
[ "$code" = E2202 ]
report $? "and the invariant is the reason ($code)"
agree rules/chinook/v1.lua sqlite:legacy.db sqlite:one.db 'both sides agree, the withdrawn sale and the reject included'
exit $failed
