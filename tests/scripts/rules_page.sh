#!/usr/bin/env bash
# rules_page.sh: docs/rules.md for data owners: its blocks are one rule file that loads and whose examples pass, it has every name of the
# language on it, and it is read in ten minutes.
set -u
cd "$(dirname "$0")/../.." || exit 1
page=docs/rules.md
engine=${ENGINE_BINARY:-build/bin/release/engine}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
. tests/report.sh

mkdir -p "$folder/tables"
printf 'country,zone,region\nGB,Europe/London,EMEA\nUS,America/New_York,AMER\n' > "$folder/tables/places.csv"
awk '/^```lua$/ { on = 1; next } /^```/ { on = 0 } on' $page > "$folder/shop.lua"
awk '/^```lua authority$/ { on = 1; next } /^```/ { on = 0 } on' $page > "$folder/authority.lua"
sqlite3 "$folder/old.db" "create table ord(ord_no text primary key, status text, country text, placed text, changed int, total text, gift text, due text,
		extras blob, address text, scan blob, cust_no int, batch int);
	create table ord_line(ord_no text, pos int, sku text, qty int, price text, primary key (ord_no, pos));
	create table line_note(ord_no text, pos int, n int, note text, primary key (ord_no, pos, n));
	create table cust(cust_no int primary key, name text); create table product(sku text primary key, title text);
	create table refund(ord_no text, day text, cents int); create table guest(mail text primary key); create table visit_log(page text, row_no int)"

"$engine" check "$folder/shop.lua" --legacy "sqlite:$folder/old.db" > "$folder/said" 2>&1
report $? 'the blocks of the page are one rule file that is sound and fits its tables' "$folder/said"
"$engine" test "$folder/shop.lua" > "$folder/said" 2>&1 && [ "$(grep -c '^ok' "$folder/said")" -eq 3 ]
report $? 'its examples pass' "$folder/said"

# Words, helpers and options as the loader knows them.
{
	sed -n 's/.*set "\([a-z_ ]*\)".*/\1/p' engine/rules/{sources,fields,check,evidence}.lua
	sed -n 's/^for word in next, set "\([a-z_ ]*\)".*/\1/p' engine/rules/prelude.lua
	grep -oh '{ "[a-z_]*", library_' engine/rules/library*.c | sed 's/{ "\(.*\)", library_/\1/'
	grep -oh '{ "[a-z_]*", math_' engine/rules/library.c | sed 's/{ "\(.*\)", math_/math.\1/'
} | tr -s ' ' '\n' | sort -u | grep . > "$folder/names"
missing=$(while read -r name; do grep -qw -- "$name" $page || echo "$name"; done < "$folder/names")
[ -z "$missing" ] && [ "$(grep -c . "$folder/names")" -gt 100 ]
report $? 'every name of the language stands on the page'
[ -z "$missing" ] || echo "$missing" | sed 's/^/    missing: /'

[ "$(tr -s '[:space:]' '\n' < $page | grep -c '[[:alnum:]]')" -le 2000 ] # brackets and = are no words
report $? 'it is read in ten minutes, at 200 words a minute'
exit $failed
