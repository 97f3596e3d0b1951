#!/bin/bash
# strata.sh: after every run engine_stratum has of each stratum the rows with the lowest sample hashes, as SQL finds them in everything that
# stands in the target and in legacy, whatever was changed, killed or taken again on the way.
#
# The hashes are those of xxHash's own code; the strata are found in the records as they are stored, in the quarantine, and in
# legacy for what was skipped.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"
. "$repository/tests/scenarios/lib_postgres.sh"

cat > hash.c << 'END'
#define XXH_INLINE_ALL
#include <stdio.h>
#include <string.h>
#include <xxhash.h>
int main(void) /* lines TEXT in, lines TEXT<tab>HASH out, the hash less 2^63 as a signed number */
{
	static char line[1 << 16];
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		printf("%s\t%lld\n", line, (long long)(XXH3_64bits(line, strlen(line)) ^ 1ULL << 63));
	}
	return 0;
}
END
cc -O1 -o hash hash.c || exit 1

# Of a database with record(entity, id, key, payload), rejected(entity, key, faults), skipped(entity, key, reason) and
# stratum(entity, stratum, hash, key): what differs from the law, one a line.
law() { # DATABASE
	sqlite3 -batch "$1" 'select id from record union select key from rejected union select key from skipped' | ./hash > hashes
	printf '%s\n' 'drop table if exists hashed;' 'create table hashed(text text primary key, hash integer);' '.mode ascii' \
		".separator \"\\t\" \"\\n\"" '.import hashes hashed' | sqlite3 -batch "$1"
	sqlite3 -batch "$1" "
		create temp table member as
		select entity, 'enum:state=' || json_extract(payload, '\$.state') as stratum, id as hashed, key from record where json_extract(payload, '\$.state') is not null
		union all select r.entity, 'decision:' || d.value, r.id, r.key from record r, json_each(r.payload, '\$.lineage.decisions') d
		union all select r.entity, 'year:' || f.key || '=' || substr(f.value, 1, 4), r.id, r.key from record r, json_each(r.payload) f
			where f.key in ('createdAt', 'updatedAt', 'completedAt', 'promisedAt', 'day') and f.type = 'text'
		union all select distinct r.entity, 'reject:' || json_extract(f.value, '\$.code'), r.key, r.key from rejected r, json_each(r.faults) f
		union all select entity, 'skip:' || reason, key, key from skipped;
		create temp table wanted as select entity, stratum, hash, key, rank() over (partition by entity, stratum order by hash, key) as place,
			count(*) over (partition by entity, stratum) as size from (select m.*, h.hash from member m join hashed h on h.text = m.hashed);
		create index temp.wanted_idx on wanted(entity, stratum, hash, key);
		create temp table bound as select entity, stratum, min(hash) as hash from stratum where key glob '#*' group by 1, 2;
		create temp table seen as select s.*, rank() over (partition by s.entity, s.stratum order by s.hash, s.key) as place
			from stratum s left join bound b on b.entity = s.entity and b.stratum = s.stratum
			where s.key not glob '#*' and (b.hash is null or s.hash < b.hash);
		create index temp.seen_idx on seen(entity, stratum, hash, key);
		select 'no strata at all' where (select count(*) from wanted) = 0;
		select 'missing', w.entity, w.stratum, w.key, w.place, w.size from wanted w where w.place <= 300
			and not exists (select 1 from seen s where (s.entity, s.stratum, s.hash, s.key, s.place) = (w.entity, w.stratum, w.hash, w.key, w.place));
		select 'not to be there', s.entity, s.stratum, s.key, s.place from seen s
			where not exists (select 1 from wanted w where (w.entity, w.stratum, w.hash, w.key, w.place) = (s.entity, s.stratum, s.hash, s.key, s.place));
		select 'not tidy', entity, stratum, count(*) from stratum group by entity, stratum having count(*) > 601 or sum(key glob '#*') > 1;" | head -n 20
}

# What the law asks for, of the rules v3.
collect() { # LEGACY TARGET
	rm -f "$2.law"
	sqlite3 -batch "$2.law" "attach '$2.db' as t; attach '$1.db' as l;
		create table record as select 'job' as entity, job_id as id, source_key as key, payload_json as payload from t.job_final where source_state = '';
		create table rejected as select entity, source_key as key, faults from t.engine_quarantine where resolved_by = '' and source = 'root';
		create table skipped as select 'job' as entity, '[\"' || del_id || '\"]' as key, 'test delivery' as reason from l.del
			where '[\"' || del_id || '\"]' not in (select key from record union all select key from rejected);
		create table stratum as select entity, stratum, hash, source_key as key from t.engine_stratum"
}
holds() { # LEGACY TARGET NAME
	collect "$1" "$2" && law "$2.law" > law.out 2>&1 && [ ! -s law.out ]
	report $? "$3" law.out
}
rows() { # TARGET: all that stands there, and where in the file
	ask "$1" "select rowid, * from engine_stratum order by 1"
}

sample legacy 12000 || exit 1

# ---- the same, whoever does it in which pieces ----
for way in '--workers 1 --chunk 100000' '--workers 4 --chunk 77'; do
	# shellcheck disable=SC2086
	move legacy whole $way
	holds legacy whole "the lowest of each stratum: $way"
	[ "$way" = '--workers 4 --chunk 77' ] || forget whole
done
[ "$(ask whole "select count(distinct stratum) from engine_stratum where source_key like '#%'")" -ge 5 ] &&
	[ "$(ask whole "select count(*) from engine_stratum where stratum like 'year:completedAt=%' and chunk_no >= 0")" -ge 1000 ]
report $? 'some strata are larger than what is kept of them, and years are among them'
is "$(sqlite3 whole.law "select count(*) from skipped")" "$(ask whole "select sum(j.value) from engine_chunk c, json_each(c.strata) j where j.key = 'skip:test delivery'")" \
	'the chunks count what their strata hold'
is 0 "$(ask whole "select count(*) from engine_stratum s join engine_chunk c on c.entity = s.entity and c.chunk_no = s.chunk_no
	where not exists (select 1 from json_each(c.strata) j where j.key = s.stratum)")" 'each row is of a chunk that has its stratum'

# ---- nothing changed ----
rows whole > before.rows
move legacy whole --workers 4 --chunk 77
rows whole | cmp -s before.rows -
report $? 'a run over an unchanged legacy writes no row of a stratum'

# ---- killed, and gone on with ----
for round in 1 2 3; do
	start legacy killed --workers 3 --chunk 150
	pause $((RANDOM % 250 + 30))
	kill -9 "$pid" 2> /dev/null
	finished
done
move legacy killed --workers 2 --chunk 150
holds legacy killed 'killed and resumed'

# ---- rows that go, come, and change their strata ----
for round in 1 2; do
	sqlite3 legacy.db "delete from del where del_id % 23 = $round;
		delete from del_events where del_id not in (select del_id from del); delete from del_meta where del_id not in (select del_id from del);
		update del set status = 'assigned' where status = 'ON_HOLD';
		update del set status = case status when 'created' then 'assigned' else 'created' end where del_id % 7 = $round and status in ('created', 'assigned');
		update del set status = 'ON_HOLD' where del_id % 97 = $round;
		insert into del select del_id + 1000000 * $round, delivery_ref, status, created_ts, updated_ts, actor_id, amount, batch_no, promised_local from del
			where del_id % 11 = $round and del_id < 1000000 and status in ('created', 'assigned')" > sql.err 2>&1
	[ ! -s sql.err ] || { report 1 'legacy changes' sql.err; exit 1; }
	move legacy whole --workers 3 --chunk $((RANDOM % 400 + 50))
	holds legacy whole "after changes, round $round"
done

# ---- quarantine, taken again ----
held=$(ask whole "select count(*) from engine_stratum where stratum = 'reject:E2103'")
sqlite3 legacy.db "update del set status = 'assigned' where status = 'ON_HOLD'"
"$engine" quarantine retry rules/v3.lua --legacy sqlite:legacy.db --target sqlite:whole.db --json > retry.json 2> retry.err
[ "$(ask whole "select count(*) from engine_stratum where stratum = 'reject:E2103'")" -lt "$held" ]
report $? 'a row that was merged is not among the rejected ones any more' retry.err
holds legacy whole 'after the quarantine was taken again'

# ---- a stratum that most rows leave ----
sqlite3 legacy.db "update del set status = 'created' where upper(status) = 'ASSIGNED' and del_id % 8 <> 0"
move legacy whole --workers 2 --chunk 200
is 1 "$(ask whole "select count(*) from engine_stratum b where b.stratum = 'enum:state=ASSIGNED' and b.source_key like '#%' and 300 >
	(select count(*) from engine_stratum s where s.stratum = b.stratum and s.hash < b.hash)")" 'too few are left, and the bound says that there are more'
move legacy whole --workers 2 --chunk 200
holds legacy whole 'the next run looks for the others'
rows whole > before.rows
move legacy whole --workers 2 --chunk 200
rows whole | cmp -s before.rows -
report $? 'and the one after it has nothing to do' whole.json
sqlite3 whole.db "delete from engine_stratum where stratum in ('reject:E2103', 'year:createdAt=2015')"
move legacy whole --workers 2 --chunk 200
holds legacy whole 'what somebody has removed is found again'

# ---- another version ----
sed -e 's/\(version *= \)"v3"/\1"v4"/' -e 's/\(supersedes *= \)"v2"/\1"v3"/' -e 's/PICKED_UP *= "IN_PROGRESS"/PICKED_UP = "ASSIGNED"/' rules/v3.lua > rules/v4.lua
"$engine" run rules/v4.lua --legacy sqlite:legacy.db --target sqlite:whole.db --json --chunk 300 > v4.json 2> v4.err
holds legacy whole 'under another version'
is 2 "$(ask whole "select group_concat(distinct rule_epoch) from engine_stratum where chunk_no >= 0")" 'and every row says that it was derived by it'

# ---- an entity in parts, and what a rule says while it runs ----
cat > rules/parts.lua << 'END'
return migration { version = "p1", system = "parts",
  entity "account" { part = "users",
    source = { root = table "users" { key = "uid", types = { born = date } } },
    fields = { accountId = id { from = "uid", prefix = "acc_" }, day = date { from = "born", optional = true } } },
  entity "account" { part = "members",
    source = { root = table "members" { key = "no" } },
    fields = { accountId = id { from = "no", prefix = "mem_" },
               day = date { optional = true, from = "no", by = function(no)
                 if ends(no, "7") then skip("row " .. no) end
                 return nil end } } } }
END
sqlite3 parts_legacy.db "create table users(uid integer primary key, born text); create table members(no integer primary key);
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
		insert into users select i, case when i % 5 > 0 then printf('%04d-05-06', case when i % 3 > 0 then 1999 else 1 + i end) end from n;
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000) insert into members select i from n"
parts_moved() { # [OPTION…]
	forget parts
	"$engine" run rules/parts.lua --legacy sqlite:parts_legacy.db --target sqlite:parts.db --json "$@" > parts.json 2> parts.err
}
parts_moved --chunk 250 && sqlite3 -batch parts.law "attach 'parts.db' as t; attach 'parts_legacy.db' as l;
	create table record as select 'account/' || source_part as entity, account_id as id, source_key as key, payload_json as payload from t.account_final where source_state = '';
	create table rejected as select entity, source_key as key, faults from t.engine_quarantine where resolved_by = '' and source = 'root';
	create table skipped as select 'account/members' as entity, '[\"' || no || '\"]' as key, 'row ' || no as reason from l.members where no % 10 = 7;
	create table stratum as select entity, stratum, hash, source_key as key from t.engine_stratum" && law parts.law > law.out 2>&1 && [ ! -s law.out ]
report $? 'each part has the lowest of its own; years from 0001 on' law.out
parts_moved --chunk 100000
is '101|200|300' "$(ask parts "select count(distinct stratum), sum(stratum = 'skip:…'), count(*) from engine_stratum where entity = 'account/members' and stratum like 'skip:%'")" \
	'of reasons that a rule makes of its rows the first hundred are told apart in a chunk'

# ---- PostgreSQL, and workers that write at the same time ----
start_servers && load_legacy 6000 && fresh pg && go pg --workers 4 --chunk 200 && finished
report $? 'a run from PostgreSQL to PostgreSQL' pg.err
collect_pg() {
	cluster_sql new pg "copy (select 'job', job_id, source_key, payload_json from job_final where source_state = '') to stdout (format csv)" > record.csv &&
		cluster_sql new pg "copy (select entity, stratum, hash, source_key from engine_stratum) to stdout (format csv)" > stratum.csv &&
		rm -f pg.law && printf '%s\n' 'create table record(entity, id, key, payload); create table rejected(entity, key, faults); create table skipped(entity, key, reason);' \
		'create table stratum(entity, stratum, hash integer, key);' '.import --csv record.csv record' '.import --csv stratum.csv stratum' | sqlite3 -batch pg.law
}
collect_pg && law pg.law > law.out 2>&1 && [ ! -s law.out ]
report $? 'the lowest of each stratum, with four workers' law.out
cluster_sql old legacy "delete from del where del_id % 9 = 1" "update del set status = 'delivered' where del_id % 9 = 2" > sql.err 2>&1
go pg --workers 4 --chunk 90
finished
collect_pg && law pg.law > law.out 2>&1 && [ ! -s law.out ]
report $? 'and after changes, in other chunks' law.out
is 0 "$(cluster_sql new postgres "select deadlocks from pg_stat_database where datname = 'pg'")" 'and nobody met in a deadlock'

exit $failed
