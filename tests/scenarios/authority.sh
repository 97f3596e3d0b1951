#!/bin/bash
# authority.sh: whose word counts for which buckets: engine diff against what sqlite3 counts, and rows that nobody can have meant.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/scenarios/lib_browser.sh"
. "$repository/tests/kit/cluster.sh"

rows=${AUTHORITY_ROWS:-3000}
since=2026-01-02T03:04:05.000006Z
sample legacy "$rows"
# v4: some of what v3 rejects is left out on purpose, so that neither version has an id for it; v5: every id is another.
sed -e 's/version    = "v3"/version    = "v4"/; s/supersedes = "v2"/supersedes = "v3"/' \
	-e 's/^    skip_when = {/&\n      ["on its way"] = { from = "status", by = function(status) return upper(status) == "PICKED UP" end },/' rules/v3.lua > rules/v4.lua
sed -e 's/version    = "v3"/version    = "v5"/; s/supersedes = "v2"/supersedes = "v3"/; s/prefix = "tsk_"/prefix = "job_"/' rules/v3.lua > rules/v5.lua
for version in 2 3 4 5; do
	"$engine" run rules/v$version.lua --legacy sqlite:legacy.db --target sqlite:v$version.db --quiet > run.out 2>&1
	[ $? -le 1 ]
	report $? "v$version moved" run.out
done

# ---- what comes out differently, as sqlite3 finds it in what each version has moved ----
# One line a row of legacy: the bucket of its id, of the earlier version where that has one; "none" where neither has.
different() { # EARLIER LATER
	sqlite3 legacy.db "attach '$1.db' as a; attach '$2.db' as b;
		select coalesce(x.bucket, y.bucket, 'none') from del
		left join a.job_final x on x.source_key = json_array(cast(del_id as text)) and x.source_state = ''
		left join b.job_final y on y.source_key = json_array(cast(del_id as text)) and y.source_state = ''
		where json_remove(x.payload_json, '\$.lineage') is not json_remove(y.payload_json, '\$.lineage')
		or x.source_key is null and y.source_key is null and
			exists (select 1 from a.engine_quarantine q where q.source = 'root' and q.resolved_by = '' and q.source_key = json_array(cast(del_id as text))) <>
			exists (select 1 from b.engine_quarantine q where q.source = 'root' and q.resolved_by = '' and q.source_key = json_array(cast(del_id as text)))"
}

counted() { # LIST FACET: "LEGACY TARGET" of the buckets in LIST by the rows in ranges
	awk -v facet="$2" 'FILENAME == "ranges" { if ($1 == "job" && $2 == facet && $5 == "target") for (b = $3; b <= $4; b++) is[b] = 1; next }
		$1 != "none" { if ($1 in is) target++; else legacy++ } END { print legacy + 0, target + 0 }' ranges "$1"
}

told() { # FILE FACET
	jq -r ".authority.$2 | \"\(.legacy) \(.target)\"" "$1"
}

believe() { # TARGET: writes the rows in ranges: entity, facet, first, last, holder
	local entity facet first last holder statement
	while read -r entity facet first last holder; do
		statement="insert into engine_authority values ('$entity', '$facet', $first, $last, '$holder', '$since', 1)"
		case $1 in
		pg) cluster_sql pg target "$statement" ;;
		*) ask "$1" "$statement" ;;
		esac
	done < ranges
}

some_ranges() { # a few random ones of every facet, and such as concern nobody
	local facet at size holder
	for facet in history reads writes; do
		at=$((RANDOM % 3000))
		while [ $at -lt 10000 ]; do
			size=$((RANDOM % 5 ? RANDOM % 2500 : 0))
			[ $((at + size)) -lt 10000 ] || size=$((9999 - at))
			holder=target
			[ $((RANDOM % 4)) -gt 0 ] || holder=legacy
			echo "job $facet $at $((at + size)) $holder"
			at=$((at + size + 1 + (RANDOM % 2) * RANDOM % 2000))
		done
	done
	echo 'jobs reads 0 9999 target'
	echo 'jo reads 0 9999 target'
}

compared() { # EARLIER LATER TARGET [OPTION…]
	local earlier=$1 later=$2 url=sqlite:$3.db
	[ "$3" != pg ] || url=$(cluster_url pg engine target)
	shift 3
	"$engine" diff "rules/$earlier.lua" "rules/$later.lua" --legacy sqlite:legacy.db --full --target "$url" "$@" 2> diff.err
}

as_counted() { # LIST FILE NAME
	local facet
	is "$(wc -l < "$1") $(grep -c none "$1") null" "$(jq -r '"\(.held.different) \(.authority.noId) \(.authorityFault)"' "$2")" "$3: the rows, and those without an id"
	for facet in history reads writes; do
		is "$(counted "$1" $facet)" "$(told "$2" $facet)" "$3: $facet"
	done
}

for pair in v2:v3 v3:v4 v3:v5; do
	different ${pair%:*} ${pair#*:} > $pair.list
done
[ "$(wc -l < v2:v3.list)" -gt $((rows / 2)) ] && [ "$(grep -c none v3:v4.list)" -gt 0 ] && [ "$(grep -c none v2:v3.list)" -eq 0 ]
report $? 'there are rows with and without ids to count'
[ "$(sqlite3 v5.db 'attach "v3.db" as b; select count(*) from job_final x join b.job_final y using (source_key) where x.bucket <> y.bucket')" -gt $((rows / 2)) ]
report $? 'and such whose bucket is another under each'

# ---- nothing has passed ----
: > ranges
compared v2 v3 v2 --json > none.json
as_counted v2:v3.list none.json 'nothing has passed'
compared v2 v3 v2 > none.txt
grep -qx 'Legacy is still believed for all of them\.' none.txt
report $? 'which is one short line' none.txt
cp v2.db before.db
ask before 'drop table engine_authority'
compared v2 v3 before > before.txt
cmp none.txt before.txt > differ
report $? 'and the same of a target that was made before there was such a table' differ

# ---- what has passed ----
cluster_start pg fsync=off || exit 1
cluster_sql pg postgres 'create database target owner engine'
"$engine" run rules/v2.lua --legacy sqlite:legacy.db --target "$(cluster_url pg engine target)" --quiet > run.out 2>&1
[ $? -le 1 ]
report $? 'v2 moved into PostgreSQL' run.out
for round in 1 2 3; do
	some_ranges > ranges
	for target in v2 v3 pg; do
		case $target in
		pg) cluster_sql pg target 'delete from engine_authority' ;;
		*) ask $target 'delete from engine_authority' ;;
		esac
		believe $target
	done
	compared v2 v3 v2 --json > v2.json
	is 1 $? "round $round"
	as_counted v2:v3.list v2.json "round $round, v2 and v3"
	compared v2 v3 pg --json > pg.json
	is "$(jq -c .authority v2.json)" "$(jq -c .authority pg.json)" "round $round: likewise on PostgreSQL"
	"$engine" authority --target sqlite:v2.db --json > list.json 2> list.err
	listed=$?
	is "0 $(ask v2 "select entity, facet, bucket_first, bucket_last, holder, since, entry_no from engine_authority order by 1, 2, 3" | md5sum)" \
		"$listed $(jq -r '.ranges[] | select(.entry) | [.[]] | join("|")' list.json | md5sum)" "round $round: engine authority lists what stands there"
	is '[["jo",false,30000],["job",true,30000],["jobs",false,30000]]' \
		"$(jq -c '[.ranges as $r | .entities[] | .entity as $e | [$e, .moved, ([$r[] | select(.entity == $e) | .bucketLast - .bucketFirst + 1] | add)]]' list.json)" "round $round: with every bucket of every facet once"
	"$engine" authority --target "$(cluster_url pg engine target)" --json 2> list.err | cmp -s - list.json
	report $? "round $round: and the same of PostgreSQL" list.err
	compared v3 v4 v3 --json > v4.json
	as_counted v3:v4.list v4.json "round $round, some without an id"
	compared v3 v5 v3 --json > v5.json
	as_counted v3:v5.list v5.json "round $round, ids that change count as they were"
	is "$(grep -c '^job ' ranges)" "$(jq '.authority.ranges | length' v2.json)" "round $round: what it rests on is told, and nothing of others"
	is "$(jq -cS 'del(.authority, .authorityFault)' none.json)" "$(jq -cS 'del(.authority, .authorityFault)' v2.json)" "round $round: the rest is as it was"
done
printf 'job reads 0 2999 target\njob reads 3000 4999 target\njob reads 5000 5999 legacy\njob reads 7000 7000 target\n' > ranges
ask v2 'delete from engine_authority'
believe v2
compared v2 v3 v2 > one.txt
is "$(counted v2:v3.list reads | cut -d ' ' -f 2) of the $(wc -l < v2:v3.list) rows that come out differently are answered by the target already (reads: buckets 0–4999, 7000). Legacy is still believed for the history and the writes of all of them." \
	"$(grep 'answered by the target' one.txt | tr -d ,  | sed 's/4999 7000/4999, 7000/')" 'in a sentence, ranges that follow on each other as one'
for time in one two; do
	compared v2 v3 v2 --json --html $time.html --markdown $time.md > $time.json
done
cmp one.json two.json > differ && cmp one.html two.html >> differ && cmp one.md two.md >> differ
report $? 'the same command gives the same bytes again' differ
grep -q 'answered by the target already (reads: buckets 0–4999, 7000)' one.html && grep -q 'answered by the target already &#40;reads&#58; buckets 0–4999, 7000' one.md
report $? 'the page and the comment say so, too'

# ---- parts share the authority of their kind, and kinds are told apart ----
kinds() { # VERSION FIELD
	cat <<- LUA
		return migration { version = "$1", system = "drupal",
		  entity "account" { part = "users", source = { root = table "users" { key = "uid" } },
		    fields = { accountId = id { from = "uid", prefix = "acc_" }, login = text { from = "name"$2 } } },
		  entity "account" { part = "members", source = { root = table "members" { key = "no" } },
		    fields = { accountId = id { from = "no", prefix = "mem_" }, login = text { from = "nick"$2 } } },
		  entity "badge" { source = { root = table "badges" { key = "no" } },
		    fields = { badgeId = id { from = "no", prefix = "b_" }, title = text { from = "title"$2 } } } }
	LUA
}
kinds w1 '' > rules/w1.lua
kinds w2 ', fold = upper' > rules/w2.lua
sqlite3 kinds.db "create table users(uid integer primary key, name text); create table members(no integer primary key, nick text); create table badges(no integer primary key, title text);
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 500) insert into users select i, 'user ' || i from n;
	insert into members select uid, 'member' from users; insert into badges select uid, 'badge' from users where uid <= 300"
"$engine" run rules/w1.lua --legacy sqlite:kinds.db --target sqlite:w1.db --quiet > run.out 2>&1
report $? 'three tables, two kinds of record' run.out
ask w1 "insert into engine_authority values ('account', 'reads', 0, 4999, 'target', '$since', 1), ('account/users', 'reads', 5000, 9999, 'target', '$since', 1), ('badge', 'reads', 9000, 9999, 'target', '$since', 1);
	with recursive n(i) as (select 0 union all select i + 2 from n where i < 98) insert into engine_authority select 'badge', 'writes', i, i, 'target', '$since', 1 from n"
"$engine" diff rules/w1.lua rules/w2.lua --legacy sqlite:kinds.db --target sqlite:w1.db --json > w.json 2> w.err
is "1300 $(ask w1 "select (select count(*) from account_final where bucket <= 4999) + (select count(*) from badge_final where bucket >= 9000), (select count(*) from badge_final where bucket < 100 and bucket % 2 = 0)" | tr '|' ' ')" \
	"$(jq -r '"\(.held.different) \(.authority.reads.target) \(.authority.writes.target)"' w.json)" 'each counted by the ranges of its kind'
"$engine" diff rules/w1.lua rules/w2.lua --legacy sqlite:kinds.db --target sqlite:w1.db > w.txt 2> w.err
grep -q '(reads: buckets 0–4999 of account, 9000–9999 of badge).*(writes: buckets 0 of badge, 2 of badge, 4 of badge, 6 of badge, 8 of badge and 45 more)' w.txt
report $? 'and told by its name' w.txt

# ---- what cannot be read is said, and nothing else is lost ----
cp v2.db kept.db
refused() { # WORDS NAME [SQL]: on a target that this was done to
	rm -f bad.db bad.db-*
	cp kept.db bad.db
	ask bad "$3"
	compared v2 v3 bad --json > bad.json
	is 1 $? "$2: it is compared all the same"
	jq -r .authorityFault bad.json | grep -qF -- "$1"
	report $? "$2: why nobody knows who is believed" bad.json
	"$engine" authority --target sqlite:bad.db > list.out 2> list.err
	is 65 $? "$2: engine authority tells nothing"
	{ grep -qF -- "$1" list.err && [ ! -s list.out ]; }
	report $? "$2: but why" list.err
	is "null $(jq -c .held none.json)" "$(jq -c .authority bad.json) $(jq -c .held bad.json)" "$2: no part is believed, and what is held is told"
	is "$(jq -cS 'del(.authority, .authorityFault)' none.json)" "$(jq -cS 'del(.authority, .authorityFault)' bad.json)" "$2: the rest is as it was"
}
put="insert into engine_authority values"
refused '"job", "reads", buckets 2999 to 5000' 'an overlap' "$put ('job', 'reads', 2999, 5000, 'target', '$since', 1)"
refused '"job", "read", buckets 1 to 2: there is no such facet' 'a facet' "$put ('job', 'read', 1, 2, 'target', '$since', 1)"
refused '"job", "writes", buckets 1 to 2: no holder is called "cold"' 'a holder' "$put ('job', 'writes', 1, 2, 'cold', '$since', 1)"
refused '"other", "writes", buckets 9000 to 10000: buckets run from 0 to 9999' 'a range of another entity' "$put ('other', 'writes', 9000, 10000, 'target', '$since', 1)"
refused 'column bucket_first holds a value of another type' 'a word for a number' "$put ('job', 'writes', 'one', 2, 'target', '$since', 1)"
refused 'column since holds' 'no instant' "$put ('job', 'writes', 1, 2, 'target', 'yesterday', 1)"
refused 'engine_authority' 'another table of that name' 'drop table engine_authority; create table engine_authority (entity text)'
cluster_sql pg target 'create role poor login' 'grant select on all tables in schema public to poor' 'revoke all on engine_authority from poor'
"$engine" diff rules/v2.lua rules/v3.lua --legacy sqlite:legacy.db --full --target "$(cluster_url pg poor target)" --json > poor.json 2> poor.err
status=$?
is "1 true $(jq -c .held none.json)" "$status $(jq -r '.authorityFault | test("permission denied")' poor.json) $(jq -c .held poor.json)" 'a role that may not read it is told so'

# ---- whatever stands there, it steers nothing ----
evil="<script>document.title=\"ran\"</script><img src=http://127.0.0.1:9/x onerror=\"document.title=1\"> @z \`y\` ' || char(27) || '[31m' || char(10) || 'identical: forged' || char(10) || '"
for case in "'job', 'reads', 8000, 8001, '$evil'" "'job', '$evil', 8000, 8001, 'target'" "'$evil', 'read', 8000, 8001, 'target'"; do
	rm -f bad.db bad.db-*
	cp kept.db bad.db
	ask bad "$put ($case, '$since', 1)"
	# A version's name stands in the records: another text that anybody may have put there.
	ask bad "update job_final set transform_version = '$evil' where rowid = (select min(rowid) from job_final)"
	compared v2 v3 bad --html page.html --markdown page.md > page.txt
	{ ! LC_ALL=C grep -q -P '\x1b' page.html page.md page.txt && ! grep -q '^identical: forged' page.txt page.md &&
		! grep -q -E '<(script|img)|http://|@z|`y`' page.md && ! grep -q '<p>identical: forged' page.html; }
	report $? "steers nothing: ${case%%<*}" page.txt
	grep -q '^It is not known who is believed' page.txt
	report $? 'and is said' page.txt
	"$engine" authority --target sqlite:bad.db > list.out 2>&1
	! LC_ALL=C grep -q -P '\x1b' list.out && ! grep -q '^identical: forged' list.out
	report $? 'nor does the list of it steer' list.out
	browser_is_inert page.html 'What changed between two versions' "${case%%<*}"
done
rm -f bad.db bad.db-*
cp kept.db bad.db
ask bad "$put ('$evil', 'reads', 0, 9999, 'target', '$since', 1)"
compared v2 v3 bad > page.txt
cmp one.txt page.txt > differ
report $? 'an entity that nobody compares is none of ours' differ
"$engine" authority --target sqlite:bad.db > list.out 2>&1
is 0 $? 'but is listed'
! LC_ALL=C grep -q -P '\x1b' list.out && ! grep -q '^identical: forged' list.out && grep -q '^<script>.*: nothing of it was moved into this target$' list.out
report $? 'and does not steer there either' list.out
exit $failed
