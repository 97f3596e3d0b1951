#!/bin/bash
# dvd.sh: a real DVD shop in three editions, by rules that share what their rows mean: what its README counts comes out as
# decisions, rejects and broken invariants, exactly.
#
# The data is not part of the repository; see need_data in lib.sh.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"

need_data sakila-2005/data.sql

# The rows of one table of a dump, as tab-separated lines; partitions are rows of their table.
rows_of() { # DUMP TABLE
	awk -v table="$2" '/^COPY / { name = $2; sub(/^public\./, "", name); sub(/_p20[0-9_]*$/, "", name); inside = name == table; next }
		/^\\\.$/ { inside = 0 } inside' "$1"
}

load() { # EDITION DUMP
	local table
	sqlite3 "$1.db" "
		create table customer(customer_id integer primary key, store_id integer, first_name text, last_name text, email text,
			address_id integer, activebool text, create_date text, last_update text, active integer);
		create table film(film_id integer primary key, title text, description text, release_year integer, language_id integer,
			original_language_id integer, rental_duration integer, rental_rate numeric(4,2), length integer,
			replacement_cost numeric(5,2), rating text, last_update text, special_features text, fulltext text);
		create table inventory(inventory_id integer primary key, film_id integer, store_id integer, last_update text);
		create table payment(payment_id integer primary key, customer_id integer, staff_id integer, rental_id integer,
			amount numeric(5,2), payment_date text);
		create table rental(rental_id integer primary key, rental_date text, inventory_id integer, customer_id integer,
			return_date text, staff_id integer, last_update text);
		create index payment_rental on payment(rental_id)"
	for table in customer film inventory payment rental; do
		rows_of "$2" $table > $table.tsv
		printf '.mode ascii\n.separator "\\t" "\\n"\n.import %s.tsv %s\n' $table $table | sqlite3 "$1.db" || return 1
	done
	sqlite3 "$1.db" "update rental set return_date = null where return_date = '\\N'; update customer set email = null where email = '\\N'"
}

shop() { # EDITION [OPTION…]
	local edition=$1
	shift
	"$engine" run "rules/dvd/$edition.lua" --legacy "sqlite:$edition.db" --target "sqlite:$edition-target.db" --json "$@" \
		> "$edition.json" 2> "$edition.err"
}
counts() { # EDITION ENTITY
	jq -c --arg entity "$2" '.entities[] | select(.entity == $entity) | [.read, .merged, .rejected, .children, .orphans, .count]' "$1.json"
}
touched() { # EDITION ENTITY DECISION: how many records rest on it
	ask "$1-target" "select count(*) from $2_final, json_each(payload_json, '\$.lineage.decisions') where source_state = '' and value = '$3'"
}

# What the data's README counts, as engine verify finds it: rows of legacy's answers, every one accounted for on the other side.
inconsistencies() { # RULES LEGACY-URL TARGET-URL: how many rows each query of the auditors found
	"$engine" verify queries "$1" --legacy "$2" --target "$3" --unrecorded --json > queries.json 2> queries.err
	jq -c '[.verdict, (.checks[].queries[] | select(.query | IN("gone", "paid_again", "paid_by_others", "paid_nothing", "still_out", "paid_early")) |
		"\(.query) \(.rows | add)")]' queries.json
}
known() { # EDITION LEGACY-URL TARGET-URL STORE
	local others=5 again=1 early='"paid_early 14665",'
	[ "$1" != sakila-2005 ] || { others=4 again=2; }
	[ "$1" = pagila-2022 ] || early=''
	is "[\"agrees\",\"gone 15\",\"paid_again $again\",\"paid_by_others $others\",$early\"paid_nothing 24\",\"still_out 183\"]" \
		"$(inconsistencies "rules/dvd/$1.lua" "$2" "$3")" "$1: every inconsistency that is known is found, as often as it is there ($4)"
}

load sakila-2005 "$data/sakila-2005/data.sql" && load pagila-2007 "$data/pagila-2007/data.sql" && load pagila-2022 "$data/pagila-2022/pagila.sql"
report $? 'the three dumps are loaded'
for edition in sakila-2005 pagila-2007 pagila-2022; do
	"$engine" test rules/dvd/$edition.lua > test.out 2>&1
	report $? "$edition: the examples hold" test.out
	"$engine" check rules/dvd/$edition.lua --legacy sqlite:$edition.db --skip values > check.out 2>&1 && ! grep -q warning check.out
	report $? "$edition: every column is accounted for" check.out
	shop $edition
	echo $? > $edition.status
	is '[599,599,0,0,0,599]' "$(counts $edition customer)" "$edition: every customer is moved"
	is 15 "$(touched $edition customer customer_active)" "$edition: customers whose flags disagree"
	agree rules/dvd/$edition.lua sqlite:$edition.db sqlite:$edition-target.db "$edition: both sides agree"
	known $edition sqlite:$edition.db sqlite:$edition-target.db SQLite
done

# What the data's README counts, of editions in which nothing is rejected.
for edition in sakila-2005 pagila-2007; do
	is 0 "$(cat $edition.status)" "$edition: a run without a reject"
	is '[16044,16044,0,16049,0,16044]' "$(counts $edition rental)" "$edition: 16,044 rentals with 16,049 payments"
	is 183 "$(ask $edition-target "select count(*) from rental_final where json_extract(payload_json, '\$.returnedAt') is null")" \
		"$edition: open rentals"
done
others=$(ask sakila-2005-target "select count(*) from rental_final r, json_each(r.payload_json, '\$.payments') p
	where json_extract(p.value, '\$.payerId') <> json_extract(r.payload_json, '\$.customerId')")
is 4 "$others" 'sakila-2005: payments of somebody else'
others=$(ask pagila-2007-target "select count(*) from rental_final r, json_each(r.payload_json, '\$.payments') p
	where json_extract(p.value, '\$.payerId') <> json_extract(r.payload_json, '\$.customerId')")
is 5 "$others" 'pagila-2007: payments of somebody else'
is 2 "$(touched sakila-2005 rental paid_twice)" 'sakila-2005: rentals with more than one payment'
is 1 "$(touched pagila-2007 rental paid_twice)" 'pagila-2007: rentals with more than one payment'
for edition in sakila-2005 pagila-2007; do
	zeros=$(ask $edition-target "select count(*) from rental_final r, json_each(r.payload_json, '\$.payments') p where json_extract(p.value, '\$.amount') = '0.00'")
	is 24 "$zeros" "$edition: payments of zero"
done

# In the edition of 2022 payments precede their rentals: every such rental breaks an invariant, and is named.
is 1 "$(cat pagila-2022.status)" 'pagila-2022: rejects are findings'
early=$(sqlite3 pagila-2022.db 'select count(*), count(distinct rental_id) from payment p join rental r using (rental_id) where p.payment_date < r.rental_date')
is '14665' "${early%|*}" 'pagila-2022: payments that precede their rental, as sqlite3 counts them'
broken=$(ask pagila-2022-target "select count(*) from engine_quarantine where resolved_by = '' and code = 'E2202' and source = 'root' and faults like '%precede%'")
is "${early#*|}" "$broken" 'pagila-2022: their rentals break the invariant'
"$engine" check rules/dvd/pagila-2022.lua --legacy sqlite:pagila-2022.db --json > check.json 2> check.err
is "[16044,$broken,$broken]" "$(jq -c '[(.looked[] | select(.entity == "rental") | .rows, .rejected), (.faults[] | .rows)]' check.json)" \
	'pagila-2022: which a check had said'
is "[16044,$((16044 - broken)),$broken,16049,0,$((16044 - broken))]" "$(counts pagila-2022 rental)" 'pagila-2022: and nothing else is rejected'

# The local times of 2005 and the offsets of 2022 are the same moments, all but the year.
sqlite3 pagila-2022.db "select 'ren_' || rental_id, substr(rental_date, 5, 6) || 'T' || substr(rental_date, 12, 8) || '.000000Z' from rental
	where rental_date like '%+00' order by 1" > offsets
ask sakila-2005-target "select rental_id, substr(json_extract(payload_json, '\$.rentedAt'), 5) from rental_final order by 1" > moments
cmp offsets moments > differ 2>&1 && [ "$(wc -l < moments)" -eq 16044 ]
report $? 'all 16,044 rentals of 2005 agree with the offsets of 2022' differ

# The same shops in PostgreSQL, as their dumps make them: the same records, whatever the store.
cluster_start shop fsync=off || exit 1
in_postgres() { # EDITION FILE…
	local edition=$1 file
	shift
	cluster_sql shop postgres "create database \"$edition\"" "create database \"$edition-target\" owner engine"
	for file in "$@"; do
		psql -X -q -h "$shop_SOCKET" -p "$shop_PORT" -U postgres -d "$edition" -f "$file" > load.log 2>&1
	done
	"$engine" run "rules/dvd/$edition.lua" --legacy "$(cluster_url shop legacy_reader "$edition")" \
		--target "$(cluster_url shop postgres "$edition-target")" --state "$edition.state" --json > "$edition-pg.json" 2> "$edition-pg.err"
}
told() { # FILE: counts and digests by entity
	jq -c '[.entities[] | [.entity, .read, .merged, .rejected, .children, .orphans, .count, .digest]]' "$1"
}
in_postgres sakila-2005 "$data"/sakila-2005/{schema,data}.sql
in_postgres pagila-2007 "$data"/pagila-2007/{schema,data}.sql
in_postgres pagila-2022 "$data/pagila-2022/pagila.sql"
for edition in sakila-2005 pagila-2007 pagila-2022; do
	is "$(told $edition.json)" "$(told $edition-pg.json)" "$edition: PostgreSQL gives the digests and counts that SQLite gives"
	agree "rules/dvd/$edition.lua" "$(cluster_url shop legacy_reader "$edition")" "$(cluster_url shop postgres "$edition-target")" "$edition: both sides agree there, too"
	known $edition "$(cluster_url shop legacy_reader "$edition")" "$(cluster_url shop postgres "$edition-target")" PostgreSQL
done

# Kept cold, with all that PostgreSQL has types for, they give the same records once more, and every row that sqlite3 counts.
for edition in sakila-2005 pagila-2007 pagila-2022; do
	"$engine" archive "rules/dvd/$edition.lua" --legacy "$(cluster_url shop legacy_reader "$edition")" --cold "segment:$edition-cold" --json \
		> archive.json 2> archive.err
	report $? "$edition: archived" archive.err
	is '[["customer",599,0,true],["rental",16044,0,true]]' "$(jq -c '[.[] | [.entity, .rows, .orphans, .whole]]' archive.json)" "$edition: every row is kept"
	"$engine" run "rules/dvd/$edition.lua" --legacy "segment:$edition-cold" --target "sqlite:$edition-again.db" --json > "$edition-cold.json" 2> cold.err
	is "$(told $edition.json)" "$(told "$edition-cold.json")" "$edition: segments give the digests and counts that both stores give"
done
exit $failed
