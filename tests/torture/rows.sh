#!/bin/bash
# rows.sh: one row in a hundred (one in forty where there is little time) is poisoned, in forty ways: exactly those that cannot be right are in quarantine, each with its
# key, field and reason; no other row is touched; and once they are mended they alone are taken again. Row 16 of the fault matrix.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/torture/lib_store.sh"

# What a row is poisoned with, what must become of it ("merged", or code and field), and how.
poisons=(
	"invalid UTF-8|E2106 label|label = E'ab\\xffcd'"
	"UTF-8 that is cut off|E2106 label|label = E'ab\\xe2\\x82'"
	"UTF-8 that is longer than it need be|E2106 label|label = E'\\xc0\\xaf'"
	"a surrogate in UTF-8|E2106 label|label = E'\\xed\\xa0\\x80'"
	"beyond the last character|E2106 label|label = E'\\xf4\\x90\\x80\\x80'"
	"Latin-1|E2106 label|label = E'caf\\xe9'"
	"a text of 2 MB|E2109 label|label = repeat('x', 2000000)"
	"a text that is missing|E2101 label|label = null"
	"control characters|merged|label = E'\\x01\\x02\\x1b[31m\\x7f\\r\\n\\t'"
	"a text that turns its direction|merged|label = E'\\xe2\\x80\\xaeabc\\xe2\\x80\\xac'"
	"what is no character|merged|label = E'\\xef\\xbf\\xbe\\xef\\xbf\\xbf'"
	"the word NULL|merged|label = 'NULL'"
	"an empty text|merged|label = ''"
	"markup and a formula|merged|label = '=cmd()\"<script>alert(1)</script>%n%s'"
	"the end of a COPY|merged|label = E'\\\\\\\\.'"
	"a state that nobody mapped|E2104 state|state = 'lost'"
	"a decimal NaN|E2102 n|n = 'NaN'"
	"a decimal infinity|E2102 n|n = 'Infinity'"
	"a decimal minus infinity|E2102 n|n = '-Infinity'"
	"a decimal of 1000 digits|E2102 n|n = repeat('9', 1000)::numeric"
	"a decimal with a digit too many|E2105 n|n = 0.001"
	"a decimal with a thousand places|E2102 n|n = '1e-1000'::numeric"
	"a floating NaN|E2102 f|f = 'NaN'"
	"a floating infinity|E2102 f|f = 'Infinity'"
	"a floating number beyond all digits|E2102 f|f = 1e308"
	"a moment at infinity|E2107 at|at = 'infinity'"
	"a moment at minus infinity|E2107 at|at = '-infinity'"
	"a moment before Christ|E2107 at|at = '0044-03-15 12:00:00 BC'"
	"a moment in the year 294276|E2107 at|at = '294276-12-31 23:59:59'"
	"an instant at infinity|E2107 tz|tz = 'infinity'"
	"a day at infinity|E2107 d|d = 'infinity'"
	"a day before Christ|E2107 d|d = '0044-03-15 BC'"
	"a day in the year 5874897|E2107 d|d = '5874897-12-31'"
	"a lone surrogate in JSON|E2102 j|j = '{\"a\":\"\\ud800\"}'"
	"a NUL in JSON|E2106 j|j = '{\"a\":\"\\u0000\"}'"
	"a name twice in JSON|E2102 j|j = '{\"a\":1,\"a\":2}'"
	"JSON 10,000 deep|E2102 j|j = (repeat('[', 10000) || repeat(']', 10000))::json"
	"an array of 300,000|E2109 list|list = array_fill(12345, array[300000])"
	"2 MB of bytes|E2109 raw|raw = convert_to(repeat('x', 2000000), 'SQL_ASCII')"
	"an integer beyond 2^53|E2112 many|many = '9007199254740993'"
	"an integer with a space|E2102 many|many = ' 12'"
	"an integer of 400 digits|E2112 many|many = repeat('1', 400)"
)
# Time forbids it more than once.
[ "$torture_share" -lt 100 ] || poisons+=("a text of 100 MB|E2109 label|label = repeat('x', 100000000)")

kinds=${#poisons[@]}
rows=$((kinds * (torture_share < 100 ? 40 : 100)))
one_server
cp "$repository/tests/torture/rows.lua" .
rule=rows.lua
cluster_sql old postgres "create database legacy encoding 'SQL_ASCII' locale 'C' template template0" &&
	psql -X -q -h "$old_SOCKET" -p "$old_PORT" -U postgres -d legacy -v ON_ERROR_STOP=1 -v rows=$rows \
		-f "$repository/tests/torture/rows.sql" > load.log 2>&1
report $? "a legacy database of $rows rows" load.log
fresh wanted && go wanted && finished
report $? 'a run while all is well' wanted.err
[ $failed = 0 ] || torture_end
wanted_stored=$(stored wanted) wanted_quarantined=$(quarantined wanted) wanted_seen=$(seen wanted)

# ---- poisoned ----

mapfile -t ids < <(seq 2 $rows | shuf --random-source=<(yes "$seed") | head -n $kinds)
merged=0
for ((i = 0; i < kinds; i++)); do
	IFS='|' read -r what outcome change <<< "${poisons[i]}"
	change=${poisons[i]#*|*|}
	echo "update item set $change where id = ${ids[i]};"
	if [ "$outcome" = merged ]; then
		merged=$((merged + 1))
		echo "${ids[i]}" >> merged.ids
	else
		echo "[\"${ids[i]}\"] $outcome" >> wanted.rejects
	fi
done > poison.sql
psql -X -q -h "$old_SOCKET" -p "$old_PORT" -U postgres -d legacy -v ON_ERROR_STOP=1 -f poison.sql > load.log 2>&1
report $? "$kinds of them are poisoned" load.log
fresh poisoned && go poisoned && finished
[ $? -eq 1 ]
report $? 'the run comes to its end' poisoned.err
cluster_sql new poisoned "select concat(source_key, ' ', string_agg(concat(f ->> 'code', ' ', f ->> 'field'), ','))
	from engine_quarantine, jsonb_array_elements(faults::jsonb) f where resolved_by = '' group by source_key" |
	LC_ALL=C sort > seen.rejects
LC_ALL=C sort wanted.rejects -o wanted.rejects
diff wanted.rejects seen.rejects > rejects.diff
report $? "each that cannot be right is in quarantine, with its key, field and reason" rejects.diff
labels() { # hex of them, so that no terminal and no locale has a say
	while read -r id; do echo "select encode(convert_to($1, '$3'), 'hex') from $2 where $4 = '$5$id';"; done < merged.ids > labels.sql
}

# What only looks dangerous is a record, byte for byte.
labels "label" item SQL_ASCII id '' && psql -X -q -A -t -h "$old_SOCKET" -p "$old_PORT" -U postgres -d legacy -v ON_ERROR_STOP=1 -f labels.sql > labels.legacy
labels "payload_json ->> 'label'" job_final UTF8 job_id i_ &&
	psql -X -q -A -t -h "$new_SOCKET" -p "$new_PORT" -U postgres -d poisoned -v ON_ERROR_STOP=1 -f labels.sql > labels.target
[ -s labels.legacy ] && cmp labels.legacy labels.target > cmp.out 2>&1
report $? "$(wc -l < labels.legacy) that only look dangerous are records, byte for byte" cmp.out

others() { # TARGET: every record of rows that nobody poisoned
	cluster_sql new "$1" "select md5(string_agg(concat_ws(' ', job_id, payload_json #- '{lineage,transformedAt}', payload_digest_high, payload_digest_low), E'\n'
		order by job_id)), count(*) from job_final where not (source_key = any(array[$(printf "'[\"%s\"]'," "${ids[@]}")'']))"
}
[ "$(others wanted)" = "$(others poisoned)" ] && [ "$(others wanted | cut -d '|' -f 2)" -eq $((rows - kinds)) ]
report $? 'no other row is touched'
[ "$(unbalanced poisoned)" = 0 ]
report $? 'every count balances'

# ---- mended ----

cluster_sql old legacy 'update item i set (label, state, n, f, at, tz, d, j, raw, list, span, many) = (select k.label, k.state, k.n, k.f, k.at, k.tz, k.d, k.j, k.raw,
	k.list, k.span, k.many from item_kept k where k.id = i.id)' "delete from note where item_id = 1"
"$engine" quarantine retry rows.lua --legacy "$legacy" --target "$(target poisoned)" --state poisoned.state --json > retry.json 2> retry.err
report $? 'what was in quarantine is taken again' retry.err
is $((kinds - merged)) "$(jq '[.entities[].read] | add' retry.json)" 'and nothing else is read'
[ "$(cluster_sql new poisoned "select jsonb_array_length(payload_json -> 'notes') from job_final where job_id = 'i_1'")" = 2 ]
report $? 'a row that has changed meanwhile is not taken along'
is 0 "$(cluster_sql new poisoned "select count(*) from engine_quarantine where resolved_by = ''")" 'nothing is left in quarantine'
cluster_sql old legacy "insert into note select * from note_kept where item_id = 1"
go poisoned && finished
report $? 'a run after it' poisoned.err
agrees_after_runs poisoned 'all of it mended'
figure 16 'kinds of poisoned rows' $kinds 40 kinds rows=$rows rejected=$((kinds - merged)) merged=$merged
torture_end
