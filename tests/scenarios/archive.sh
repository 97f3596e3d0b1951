#!/bin/bash
# archive.sh: what legacy held stands in sealed segments: every row once, exactly, whoever stops or kills the engine; and who reads the
# segments gets what legacy gave. Counted, unpacked and hashed by sqlite3, psql, zstd, jq and sha256sum.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/scenarios/lib_segments.sh"
. "$repository/tests/kit/cluster.sh"
trap 'cluster_end_all; rm -rf "$scratch"' EXIT

ended() { # STATUS WORDS NAME FILE: the last command ended so, and said that
	local seen=$?
	[ $seen -eq "$1" ] && grep -q -- "$2" "$4"
	report $? "$3 ($seen)" "$4"
}

sample legacy 7000
here() { # SQL
	sqlite3 legacy.db "$1"
}
orphans=$(here 'select (select count(*) from del_events where del_id not in (select del_id from del)) + (select count(*) from del_meta where del_id not in (select del_id from del))')

# ---- everything, exactly ----
archive one
is 1 $? 'a value of 20 MB is kept only in part, which is a finding'
is "$(here 'select count(*) from del') $orphans 1 true" "$(jq -r '.[] | "\(.rows) \(.orphans) \(.cut) \(.whole)"' one.json)" 'rows and orphans are those that sqlite3 counts'
lines_of one > one.lines
is "$(jq '.[].rows + .[].orphans' one.json) $(wc -l < one.lines)" "$(wc -l < one.lines) $(jq .lines one/*.seal)" 'zstd gives as many lines'
is "$(jq '.[].bytes' one.json) $(jq '.[].packed_bytes' one.json)" "$(stat -c %s one.lines) $(stat -c %s one/job-000001.jsonl.zst)" 'and bytes as it says'

here "select json_array(cast(del_id as text), delivery_ref, status, created_ts, updated_ts, actor_id, cast(amount as text), cast(batch_no as text), promised_local)
	from del where delivery_ref is null or json_valid(json_quote(delivery_ref)) and hex(delivery_ref) not glob '*FF*' and instr(hex(delivery_ref), '00') = 0 order by cast(del_id as text)" | jq -c . > rows.wanted
jq -c 'select(.root and (.root.delivery_ref | type) != "object") | .root | [.del_id, .delivery_ref, .status, .created_ts, .updated_ts, .actor_id, .amount, .batch_no, .promised_local]' one.lines | LC_ALL=C sort > rows.seen
LC_ALL=C sort rows.wanted -o rows.wanted
diff rows.wanted rows.seen > differ
report $? 'every column of every root, NULLs too' differ
[ "$(wc -l < rows.seen)" -gt 6900 ]
report $? 'of nearly all rows' rows.seen

jq -r '.root | select(. and (.delivery_ref | type) == "object") | "\(.del_id) \(.delivery_ref.text)"' one.lines |
	while read -r id text; do echo "$id|$(base64 -d <<< "$text" | od -An -v -tx1 | tr -d ' \n' | tr a-f A-F)"; done | sort > odd.seen
here "select del_id, hex(delivery_ref) from del where hex(delivery_ref) glob '*FF*' or instr(hex(delivery_ref), '00') > 0" | sort > odd.wanted
[ -s odd.wanted ] && diff odd.wanted odd.seen > differ
report $? "what is no UTF-8 or has a NUL: $(wc -l < odd.wanted) rows, byte for byte" differ

for table in events:seq,kind,at meta:k,v; do
	columns=${table#*:}
	here "select json_array(cast(del_id as text), cast(${columns//,/ as text), cast(} as text)) from del_${table%:*} where length(${columns##*,}) < 1000000 or ${columns##*,} is null" | jq -c . | LC_ALL=C sort > rows.wanted
	jq -c ".${table%:*}[]?, .orphan.${table%:*}? // empty | select((.${columns##*,} | type) != \"object\") | [.del_id, .${columns//,/, .}]" one.lines | LC_ALL=C sort > rows.seen
	[ -s rows.wanted ] && diff rows.wanted rows.seen > differ
	report $? "every row of del_${table%:*}, orphans too" differ
done
cut=$(jq -c '.meta[]? | .v | select(type == "object")' one.lines)
is "$(here 'select length(v), substr(v, 1, 4096) from del_meta where length(v) > 1000000' | head -c 9) $(here 'select v from del_meta where length(v) > 1000000' | head -c 20000000 | sha256sum | head -c 32)" \
	"$(jq -r .bytes <<< "$cut")| $(jq -r .digest <<< "$cut")" 'a value that is cut: how long it is, and the hash of all of it'

# ---- sealed ----
is "$(sha256sum < one/job-000001.jsonl.zst | head -c 64) $(sha256sum < one/job-000001.index | head -c 64)" "$(jq -r '"\(.data.sha256) \(.index.sha256)"' one/*.seal)" 'the hashes in the seal are those of the files'
is "$(head -c -78 one/job-000001.seal | sha256sum | head -c 64)" "$(jq -r .sha256 one/*.seal)" 'and its own is of all that stands in front of it'
is "$(sha256sum < one/job-000001.seal | head -c 64)" "$(jq -r '.[].seal' one.json)" 'by which it is called'
leaves one.lines > one.leaves
is "$(merkle < one.leaves)" "$(jq -r .root one/*.seal)" 'the root of the Merkle tree, by sha256sum alone'
is "$(head -c $((48 + 32 * 7008)) one/job-000001.index | tail -c +49 | od -An -v -tx1 -w32 | tr -d ' ' | sha256sum)" "$(sha256sum < one.leaves)" 'the leaves in the index likewise'

archive two
is "$(files_of one)" "$(files_of two)" 'into another folder: the same bytes in every file'
before=$(files_of one)
archive one
is "1 $before" "$? $(files_of one)" 'into the same folder again: nothing changes, nor is forgotten what was cut'

# ---- as legacy ----
cold() { # DIR TARGET: a run from segments
	"$engine" run rules/v3.lua --legacy "segment:$1" --target "sqlite:$2.db" --json > "$2.json" 2> "$2.err"
}
move legacy wanted
is 1 $? 'a run from legacy'
dump wanted > wanted.dump
cold one from_one
is 1 $? 'a run from segments'
same from_one wanted > differ
report $? 'the same records, digests and quarantine' differ

# ---- stopped ----
archive_range parts TERM
is 143 $? 'SIGTERM'
is '3000 false 1' "$(jq -r '.[] | "\(.rows) \(.whole) \(.segments)"' parts.json)" 'what was read is sealed'
"$engine" run rules/v3.lua --legacy segment:parts --target sqlite:none.db > none.out 2> none.err
ended 65 'run engine archive again' 'a part is not taken for the whole' none.err
first=$(files_of parts)
began=$(milliseconds)
archive_range parts INT
is 130 $? 'SIGINT'
[ $(($(milliseconds) - began)) -lt 10000 ]
report $? 'it does not wait for the throttle first' parts.err
archive parts
is '1 7000 true 3 1' "$? $(jq -r '.[] | "\(.rows) \(.whole) \(.segments) \(.cut)"' parts.json)" 'the same command goes on to the end'
is "$first" "$(files_of parts | grep -F "$(cut -c 67- <<< "$first")")" 'what was sealed stays as it was'
lines_of parts | cmp - one.lines > differ
report $? 'together they are the lines of one archive' differ
chain=0000000000000000000000000000000000000000000000000000000000000000
for segment in 1 2 3; do
	is "$chain" "$(jq -r .previous parts/job-00000$segment.seal)" "segment $segment names the seal before it"
	chain=$(sha256sum < parts/job-00000$segment.seal | head -c 64)
	zstd -dcq parts/job-00000$segment.jsonl.zst > part.lines
	leaves part.lines > part.leaves
	is "$(merkle < part.leaves)" "$(jq -r .root parts/job-00000$segment.seal)" "the root of segment $segment"
done
is "$(jq -c .upper parts/job-000001.seal) $(jq -c .upper parts/job-000002.seal) null" "$(jq -c .lower parts/job-000002.seal) $(jq -c .lower parts/job-000003.seal) $(jq -c .upper parts/job-000003.seal)" \
	'they begin where the one before ends, and the last one ends nowhere'
cold parts from_parts
same from_parts wanted > differ
report $? 'and a run from them is that from one' differ

# ---- killed ----
for point in before-append:1 after-append:1 before-append:2 after-append:2 before-read:2 before-seal:1 after-seal:1; do
	rm -rf killed
	archive_range killed
	first=$(files_of killed)
	ENGINE_CRASH_AT=$point archive killed
	status=$?
	(cd killed && sha256sum -c --quiet <<< "$first") > differ 2>&1
	kept=$?
	archive killed
	ends=$?
	lines_of killed | cmp - one.lines >> differ 2>&1
	equal=$?
	is "137 0 1 0 $(wc -l < one.lines)" "$status $kept $ends $equal $(cat killed/*.seal | jq -s 'map(.lines) | add')" "killed at $point: it goes on, every line once"
	is '' "$(find killed -name '*.part')" 'and leaves nothing behind'
done
for round in 1 2 3; do
	rm -rf killed
	start_archive killed
	pause $((RANDOM % 200))
	kill -9 $pid 2> /dev/null
	finished
	archive killed
	ends=$?
	lines_of killed | cmp - one.lines > differ 2>&1
	is '1 0' "$ends $?" "killed anywhere, $round: likewise"
done

# ---- two at once, others ----
start_archive both --rate 100
within 30 has_lines both
other=$pid
(archive both)
ended 75 'another engine is archiving into both' 'a second engine is sent away' both.err
kill -TERM "$other"
wait "$other" 2> /dev/null
archive both
lines_of both | cmp - one.lines > differ 2>&1
report $? 'the first one is not disturbed' differ

before=$(files_of parts)
rule=rules/v2.lua archive parts
ended 65 'archive into another folder' 'rules that read other sources do not go on here' parts.err
cp legacy.db other.db
sqlite3 other.db 'alter table del add column extra text'
legacy=sqlite:other.db archive parts
ended 65 'archive into another folder' 'nor does a table of another shape' parts.err
is "$before" "$(files_of parts)" 'nothing was changed'

# ---- no permission, no room ----
# Root may write everywhere, so somebody else tries.
nobody=()
[ "$(id -u)" -ne 0 ] || nobody=(setpriv --reuid 65534 --clear-groups)
chmod a+x . && mkdir locked && chmod 555 locked
"${nobody[@]}" "$engine" archive rules/v3.lua --legacy sqlite:legacy.db --cold segment:locked/in > locked.err 2>&1
ended 77 'locked/in' 'a folder that may not be made' locked.err
"${nobody[@]}" "$engine" archive rules/v3.lua --legacy sqlite:legacy.db --cold segment:locked > locked.err 2>&1
ended 77 'locked' 'a folder that may not be written' locked.err
if [ ${#nobody[@]} -gt 0 ]; then
	cp -r one unread && chmod 755 unread
	"${nobody[@]}" "$engine" diff rules/v2.lua rules/v3.lua --cold segment:unread > locked.err 2>&1
	ended 77 'unread/job-000001.seal' 'segments that may not be read' locked.err
fi
trap '' XFSZ # the limit is an error of write(), not the end of the program
for kib in 0 4 64 300 500; do
	rm -rf full
	(
		ulimit -f $kib
		exec "$engine" archive rules/v3.lua --legacy sqlite:legacy.db --cold segment:full --json 2>&1
	) | cat > full.err
	is "74 0" "${PIPESTATUS[0]} $(find full -name '*.seal' | wc -l)" "no room for more than $kib KiB a file: an error, and nothing is sealed"
	grep -qiE 'large|space|full' full.err
	report $? 'which says so' full.err
done
archive full
lines_of full | cmp - one.lines > differ 2>&1
report $? 'with room it goes on' differ
trap - XFSZ

same_records() { # TARGET WANTED TABLE: whatever the table is called
	local each="select json_remove(payload_json, '\$.lineage.transformedAt'), source_key, payload_digest_high, payload_digest_low, source_digest_high, source_digest_low from $3 order by 2"
	[ "$(ask "$1" "select count(*) from $3")" -gt 0 ] && [ "$(digest "$1")" = "$(digest "$2")" ] || return 1
	diff <(ask "$1" "$each") <(ask "$2" "$each")
}

# ---- odd values, and a table with none ----
sqlite3 odd.db "create table thing (id text primary key not null, b blob, t text, n numeric) without rowid;
	insert into thing values ('a', x'', '', 0), ('b', x'00ff0a0d22', null, 1.5), ('c', null, '{\"text\":\"YQ==\"}', -9007199254740993), ('d', x'7b7d', '\\x41', null),
		('e', 'text in it', char(10, 13, 9, 34, 92, 0x7f, 0x2028), 1e300), ('f\"\\', zeroblob(100000), cast(x'c3' as text), 0.1), ('{\"text\":\"Zg==\"}', 1, cast(x'610062' as text), 'no number'), ('', x'01', 'ü', 2);
	create table empty (id integer primary key, v text)"
cat > odd.lua <<'LUA'
return migration { version = "v1", system = "odd",
  entity "thing" { source = { root = table "thing" { key = "id", types = { b = bytes }, ignore = { n = "odd" } } },
    fields = { thingId = id { from = "id", prefix = "t_" }, b = bytes { from = "b", optional = true }, t = text { from = "t", optional = true } } },
  entity "empty" { source = { root = table "empty" { key = "id" } }, fields = { emptyId = id { from = "id" }, v = text { from = "v", optional = true } } } }
LUA
rule=odd.lua legacy=sqlite:odd.db archive odd
is '0 thing 8 empty 0' "$? $(jq -r '.[] | "\(.entity) \(.rows)"' odd.json | tr '\n' ' ' | sed 's/ $//')" 'values of every kind, and no rows at all'
sqlite3 odd.db "select hex(id), iif(b is null, 'null', hex(b)), iif(t is null, 'null', hex(t)) from thing" | sort > odd.wanted
bytes() { # a value as cell_json.h says it, as hex
	jq -r 'if type == "object" then .text // .base64 elif . == null then "null" else @base64 end' <<< "$1" | { read -r text; [ "$text" = null ] && echo null || base64 -d <<< "$text" | od -An -v -tx1 | tr -d ' \n' | tr a-f A-F; }
}
lines_of odd | jq -c 'select(.entity == "thing") | .root' | while read -r row; do
	echo "$(bytes "$(jq -c .id <<< "$row")")|$(bytes "$(jq -c .b <<< "$row")")|$(bytes "$(jq -c .t <<< "$row")")"
done | sort > odd.seen
[ "$(wc -l < odd.wanted)" -eq 8 ] && diff odd.wanted odd.seen > differ
report $? 'byte for byte' differ
for from in sqlite:odd.db segment:odd; do
	"$engine" run odd.lua --legacy $from --target "sqlite:odd_${from%%:*}.db" --json > "odd_${from%%:*}.json" 2> "odd_${from%%:*}.err"
done
same_records odd_segment odd_sqlite thing_final > differ 2>&1
report $? 'and the same records from the segments' differ

# ---- PostgreSQL ----
cluster_start shop fsync=off || exit 1
cluster_sql shop postgres 'create database legacy'
cluster_sql shop legacy "create table account (id bigint primary key, name text, opened timestamptz, amount numeric(12,2), extra jsonb, seal bytea, tags text[]);
	insert into account select i, case when i % 7 > 0 then 'Nämé ' || i end, '2020-01-01 00:00:00.123456+02'::timestamptz + i * interval '1 hour', i / 8.0, jsonb_build_object('i', i, 'a', array[i, null]),
		decode(md5(i::text), 'hex'), array['x', i::text, null] from generate_series(1, 4000) i;
	create table move (account bigint, no int, at timestamp, primary key (account, no));
	insert into move select i % 4100, i, timestamp '2021-02-03 04:05:06' + i * interval '1 second' from generate_series(1, 8000) i" > sql.out
cat > account.lua <<'LUA'
return migration { version = "v1", system = "shop",
  entity "account" {
    source = { root = table "account" { key = "id", types = { opened = instant, amount = decimal, seal = bytes, extra = json }, ignore = { tags = "unused" } },
               moves = children "move" { parent = "account", key = "no", types = { at = instant { zone = "UTC" } } } },
    fields = { accountId = id { from = "id", prefix = "acc_" }, name = text { from = "name", optional = true }, opened = instant { from = "opened" },
               amount = decimal { 12, 2, from = "amount" }, extra = json { from = "extra" }, seal = bytes { from = "seal" },
               moves = list { from = "moves", each = { at = instant { from = "at" } } } } } }
LUA
shop=$(cluster_url shop legacy_reader legacy)
rule=account.lua legacy=$shop archive shop
status=$?
is "0 4000 $(cluster_sql shop legacy 'select count(*) from move where account not in (select id from account)')" "$status $(jq -r '.[] | "\(.rows) \(.orphans)"' shop.json)" 'PostgreSQL: rows and orphans are those that psql counts'
cluster_sql shop legacy "select json_build_array(id::text, name, amount::text, encode(seal, 'hex'), (select count(*) from move where account = id)) from account" | jq -c . | sort > rows.wanted
lines_of shop | jq -r 'select(.root) | "\(.root.seal.base64 // "")\t\([.root.id, .root.name, .root.amount, "", (.moves | length)] | @json)"' | while IFS=$'\t' read -r seal row; do
	printf '%s\t%s\n' "$(base64 -d <<< "$seal" | od -An -v -tx1 | tr -d ' \n')" "$row"
done | jq -Rc 'split("\t") | .[0] as $seal | .[1] | fromjson | .[3] = $seal' | sort > rows.seen
[ "$(wc -l < rows.wanted)" -eq 4000 ] && diff rows.wanted rows.seen > differ
report $? 'every row, with its bytea and as many children' differ
for from in "$shop" segment:shop; do
	"$engine" run account.lua --legacy "$from" --target "sqlite:shop_${from%%:*}.db" --json > "shop_${from%%:*}.json" 2> "shop_${from%%:*}.err"
done
same_records shop_segment shop_postgres account_final > differ 2>&1
report $? 'and the same records from the segments' differ
is 4000 "$(ask shop_segment 'select count(*) from account_final')" 'all of them'

cluster_start twin fsync=off || exit 1
cluster_sql twin postgres 'create database legacy'
pg_dump -h "$shop_SOCKET" -p "$shop_PORT" -U postgres legacy | psql -X -q -h "$twin_SOCKET" -p "$twin_PORT" -U postgres -d legacy > load.log 2>&1
before=$(files_of shop)
rule=account.lua legacy=$(cluster_url twin legacy_reader legacy) archive shop
ended 65 'of another legacy' 'another server with the same rows is another legacy' shop.err
is "$before" "$(files_of shop)" 'and changes nothing'

exit $failed
