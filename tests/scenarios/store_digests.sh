#!/bin/bash
# store_digests.sh: what engine_chunk says of a chunk's rows, by the store's own digest, is true whenever anybody looks: after every
# kind of pass, where an engine was killed, and of rows that went from one chunk to another. And it says so where they were changed.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"
. "$repository/tests/scenarios/lib_postgres.sh"

tool=$(dirname "$engine")/tool_digests
status_of_kill=137

asked() { # URL: every chunk afresh, in asked.out
	"$tool" "$1" > asked.out 2> asked.err
}
holds() { # TARGET NAME: everything is as it is recorded
	asked "sqlite:$1.db"
	report $? "$2: every digest holds" asked.out
}
no_lie() { # TARGET: nothing is recorded that is not so; what is unknown is no lie
	asked "sqlite:$1.db"
	[ $? -le 1 ] && ! grep -E ' (differs|homeless)' asked.out
}
recorded() { # TARGET
	ask "$1" 'select entity, chunk_no, store_digest from engine_chunk order by 1, 2'
}

# ---- a run, and a look at it ----

sample small 1200
move small kept --chunk 100 --workers 2
[ "$(grep -c '' <<< "$(recorded kept)")" -gt 8 ]
report $? 'a run leaves chunks' kept.err
holds kept 'a run'
[ "$(recorded kept | grep -vc '|sqlite-1:[0-9a-f]\{32\}$')" -eq 0 ] && [ "$(recorded kept | cut -d '|' -f 3 | sort -u | grep -c '')" -gt 8 ]
report $? 'each is recorded by name, and they are not one'

recorded kept > kept.before
move small kept --chunk 100
cmp -s kept.before <(recorded kept)
report $? 'a second run records nothing anew'
holds kept 'a second run'

# ---- somebody else's hand ----

found() { # NAME SQL: seen in one chunk, and not mended by a run that has nothing to write there
	forget touched
	sqlite3 kept.db ".backup touched.db" && cp -r kept.db.state touched.db.state
	sqlite3 touched.db "$2"
	asked sqlite:touched.db
	[ $? -eq 1 ] && [ "$(grep -c ' differs ' asked.out)" -eq 1 ]
	report $? "$1 is seen in its chunk" asked.out
	move small touched --chunk 100
	asked sqlite:touched.db
	[ $? -eq 1 ] && [ "$(grep -c ' differs ' asked.out)" -eq 1 ]
	report $? "$1: and a run over it does not hide it" asked.out
}
one="(select min(job_id) from job_final where source_state = '')"
found 'a record whose lineage was changed' "update job_final set payload_json = json_set(payload_json, '\$.lineage.transformVersion', 'v9') where job_id = $one"
found 'a space behind a record' "update job_final set payload_json = payload_json || ' ' where job_id = $one"
found 'another version' "update job_final set transform_version = 'v9' where job_id = $one"
found 'another writer' "update job_final set writer = '' where job_id = $one"
found 'a moment by a microsecond' "update job_final set transformed_at = '2001-02-03T04:05:06.000001Z' where job_id = $one"
found 'a moment where there was none' "update job_final set source_deleted_at = transformed_at where job_id = $one"

# ---- what passes write ----

ids=$(sqlite3 small.db "select group_concat(name) from pragma_table_info('del') where name <> 'del_id'")
sqlite3 small.db "delete from del where del_id % 20 = 1; update del set delivery_ref = 'again' where del_id % 7 = 2"
for i in 3 50; do
	sqlite3 small.db "insert into del (del_id, $ids) select (select max(del_id) from del) + row_number() over (), $ids from del where del_id % $i = 0"
done
move small kept --chunk 100
[ "$(jq '.entities[0] | .merged > 100 and .unchanged > 100 and .withdrawn > 30' kept.json)" = true ]
report $? 'rows come, change and go' kept.json
holds kept 'rows that came, changed and went'

sqlite3 kept.db "update engine_chunk set store_digest = '' where chunk_no % 2 = 0"
move small kept --chunk 100
holds kept 'a run over chunks of which none was known'

move small kept --chunk 17
[ "$(ask kept 'select count(*) from engine_chunk')" -gt 60 ]
report $? 'chunks are cut' kept.err
holds kept 'chunks that were cut'

sqlite3 small.db 'delete from del where del_id % 3 = 0'
forget staged
move small staged --chunk 100 --workers 2 --stage=durable
holds staged 'through a stage'
sqlite3 small.db "update del set delivery_ref = 'staged' where del_id % 5 = 2"
move small staged --chunk 100 --workers 2 --stage=durable
[ "$(jq '.entities[0].merged > 50' staged.json)" = true ]
report $? 'again through a stage' staged.json
holds staged 'again through a stage'

"$engine" quarantine list --target sqlite:kept.db > quarantine.out 2>&1
[ "$(ask kept "select count(*) from engine_quarantine where resolved_by = ''")" -gt 0 ]
report $? 'something is in quarantine' quarantine.out
sqlite3 small.db "update del set $(sqlite3 small.db "select group_concat(name || ' = (select ' || name || ' from del where del_id = 2)') from pragma_table_info('del') where name <> 'del_id'")
	where del_id in (select json_extract(value, '\$[0]') from json_each('$(ask kept "select json_group_array(json(source_key)) from engine_quarantine where resolved_by = '' and source = 'root'")'))"
"$engine" quarantine retry rules/v3.lua --legacy sqlite:small.db --target sqlite:kept.db --json > retry.json 2> retry.err
[ "$(ask kept "select count(*) > 0 from engine_pass where kind = 'keys'")" = 1 ]
report $? 'keys are taken again' retry.err
holds kept 'keys that were taken again'

# ---- killed ----

: > kill.log
for name in before-write after-write before-commit after-commit before-checkpoint; do
	for n in 2 5 9 11; do
		forget killed
		ENGINE_CRASH_AT=$name:$n move small killed --chunk 100 --workers 2
		[ $? -eq $status_of_kill ] || echo "$name:$n: was not killed" >> kill.log
		if [ "$(ask killed 'select count(*) from engine_chunk' 2> /dev/null || echo 0)" -gt 0 ]; then
			no_lie killed >> kill.log || echo "$name:$n: after it was killed" >> kill.log
		fi
		# A cut, and killed again behind it.
		ENGINE_CRASH_AT=$name:$((n + 20)) move small killed --chunk 20 --workers 2
		no_lie killed >> kill.log || echo "$name:$n: after it was killed twice" >> kill.log
		move small killed --chunk 20 --workers 2
		asked sqlite:killed.db || { echo "$name:$n: after it was resumed"; grep -v same asked.out; } >> kill.log
	done
done
[ ! -s kill.log ]
report $? 'killed anywhere, nothing is recorded that is not so, and resumed, all of it' kill.log

# ---- ids that go from chunk to chunk ----

cat > rules/fold.lua << 'END'
return migration { version = "f1", system = "fold",
  entity "account" {
    source = { root = table "account" { key = "code" } },
    fields = { accountId = id { from = "code", prefix = "acc_", fold = lower }, name = text { from = "name" } } } }
END
fold() { # TARGET [OPTION…]
	local target=$1
	shift
	"$engine" run rules/fold.lua --legacy sqlite:legacy.db --target "sqlite:$target.db" --json "$@" > "$target.json" 2> "$target.err"
}
sqlite3 legacy.db "create table account(code text primary key not null, name text);
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 300) insert into account select printf('K%04d', i), 'upper ' || i from n;
	insert into account select lower(code), 'lower' from account where rowid % 10 = 0"
fold folded --chunk 7 --workers 4
holds folded 'ids that collide'
sqlite3 legacy.db "delete from account where name = 'lower'"
fold folded
holds folded 'ids that go to who is left'
[ "$(ask folded 'select count(distinct store_digest) from engine_chunk')" -gt 20 ]
report $? 'there are many chunks'
for round in 1 2; do # small letters stand behind large ones: a chunk gives rows to one behind it, and back
	for to in lower upper; do
		sqlite3 legacy.db "update account set code = $to(code) where rowid % 3 = $round"
		fold folded --workers $((round * 2 - 1))
		[ "$(ask folded "select count(*) from account_final where source_state = '' and substr(source_key, 3, 1) = 'k'")" -eq $([ $to = lower ] && echo 100 || echo 0) ]
		report $? "ids go over to keys in $to case" folded.err
		holds folded "and the rows to the chunks of these, round $round"
	done
done

# ---- parts ----

account() { # VERSION PREFIX_OF_MEMBERS
	cat << END
return migration { version = "$1", system = "drupal",
  entity "account" { part = "users",
    source = { root = table "users" { key = "uid" } },
    fields = { accountId = id { from = "uid", prefix = "acc_" }, login = text { from = "name" } } },
  entity "account" { part = "members",
    source = { root = table "members" { key = "no" } },
    fields = { accountId = id { from = "no", prefix = "$2" }, login = text { from = "nick" } } } }
END
}
account v1 acc_ > rules/alike.lua
parts() { # [OPTION…]
	"$engine" run rules/alike.lua --legacy sqlite:parts-legacy.db --target sqlite:parts.db --json "$@" > parts.json 2> parts.err
}
sqlite3 parts-legacy.db "create table users(uid integer primary key, name text); create table members(no integer primary key, nick text);
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 500) insert into users select i, 'user ' || i from n;
	with recursive n(i) as (select 400 union all select i + 1 from n where i < 900) insert into members select i, 'member ' || i from n"
parts --chunk 30
holds parts 'an entity in parts, some of whose ids two of them claim'
for way in 'members select uid' 'users select no'; do # rows that go from one part to the other take their ids along
	from=$([ "${way%% *}" = members ] && echo users || echo members)
	key=${way##* }
	sqlite3 parts-legacy.db "insert or ignore into $way, 'moved' from $from where $key % 4 = 1; delete from $from where $key % 4 = 1"
	parts
	holds parts "ids that go over to ${way%% *}"
done

# ---- PostgreSQL: the same, and by SQL that stands here ----

# Of every chunk that is not what this says of it.
wrong="
	with image as (
		select chunk_no, concat('v,', source_deleted_at is null, ',', transformed_at, ',', payload_digest_high, ',', payload_digest_low, ',',
			source_digest_high, ',', source_digest_low, ',', chunk_no, ',', bucket, ',', source_deleted_at || ',',
			octet_length(job_id), ',', octet_length(transform_version), ',', octet_length(source_key), ',', octet_length(source_part), ',',
			octet_length(source_state), ',', octet_length(writer), ',', job_id, ',', transform_version, ',', source_key, ',', source_part, ',',
			source_state, ',', writer, ',', payload_json, ',') as t
		from job_final
	), total as (
		select chunk_no, sum(hashtextextended(t, 1)) as n from image group by chunk_no
	), known as (
		select chunk_no, (select sum(('x' || '0' || substr(split_part(store_digest, ':', 2), i, 1))::bit(8)::int * 16::numeric ^ (32 - i)) from generate_series(1, 32) i) as n
		from engine_chunk where store_digest like 'postgres-2:%'
	)
	select c.chunk_no from engine_chunk c left join known k using (chunk_no) left join total t using (chunk_no)
	where k.n is null or k.n <> mod(mod(coalesce(t.n, 0), 2::numeric ^ 128) + 2::numeric ^ 128, 2::numeric ^ 128)"

holds_there() { # TARGET NAME
	asked "$(target "$1")"
	report $? "$2: every digest holds" asked.out
	cluster_sql new "$1" 'set timezone = utc' "$wrong" > wrong.out 2>&1
	[ ! -s wrong.out ]
	report $? "$2: by SQL of this test, too" wrong.out
}
start_servers && load_legacy 6000
report $? 'servers' load.log
fresh there && go there --chunk 500 --workers 4 && finished
holds_there there 'a run'
[ "$(cluster_sql new there 'select count(distinct store_digest) from engine_chunk')" -ge 10 ]
report $? 'there are chunks'
cluster_sql old legacy "update del set delivery_ref = 'again' where del_id % 7 = 2" 'delete from del where del_id % 20 = 1' > change.log 2>&1
go there --chunk 500 --workers 4 && finished
[ "$(jq '.entities[0] | .merged > 500 and .withdrawn > 200' there.json)" = true ]
report $? 'rows change and go' there.json
holds_there there 'rows that changed and went'

# Somebody who, like a pass, has locked the chunk and takes a row out of it, and commits while a pass over it is at its end.
cluster_sql new there "begin; select 1 from engine_chunk where chunk_no = 3 for update;
	update job_final set chunk_no = 9999 where job_id = (select min(job_id) from job_final where chunk_no = 3 and source_state <> '');
	select pg_sleep(4); commit" > taken.log 2>&1 &
taker=$!
pause 1000
cluster_sql old legacy "update del set delivery_ref = 'raced' where del_id % 7 = 3" > change.log 2>&1
go there --workers 2 && finished
wait $taker
is 1 "$(cluster_sql new there 'select count(*) from job_final where chunk_no = 9999')" 'a row was taken out of a chunk meanwhile'
asked "$(target there)"
grep -q '^job 3 same ' asked.out && ! grep -q ' differs ' asked.out
report $? 'what is recorded of it is of what both have left' asked.out
cluster_sql new there 'delete from job_final where chunk_no = 9999' > taken.log 2>&1

cluster_sql new there "update job_final set payload_json = jsonb_set(payload_json, '{lineage,transformVersion}', '\"v9\"') where job_id = (select min(job_id) from job_final where source_state = '')"
asked "$(target there)"
[ $? -eq 1 ] && [ "$(grep -c ' differs ' asked.out)" -eq 1 ] && [ "$(cluster_sql new there 'set timezone = utc' "$wrong" | grep -c '')" -eq 1 ]
report $? 'a record whose lineage was changed is seen' asked.out

# Ids that wander between chunks whose passes go on at one time.
cluster_sql old legacy "create table account(code text primary key, name text); grant select on account to legacy_reader;
	insert into account select case when i % 2 = 0 then 'K' else 'k' end || lpad(i::text, 5, '0'), 'name ' || i from generate_series(1, 3000) i" > account.log 2>&1
rule=rules/fold.lua
fresh folded && go folded --chunk 100 --workers 4 && finished
report $? 'accounts' folded.err
cat account.log >> folded.err
holds_there_folded() { # NAME
	asked "$(target folded)"
	report $? "$1: every digest holds" asked.out
}
holds_there_folded 'accounts'
for round in 1 2 3 4; do
	cluster_sql old legacy "update account set code = case when code < 'a' then lower(code) else upper(code) end where substr(code, 2)::int % 4 = $((round % 4)) or substr(code, 2)::int % 6 = 1" > account.log 2>&1
	go folded --workers 4 && finished
	report $? "round $round" folded.err
	holds_there_folded "ids that wander between chunks at one time, round $round"
done
exit $failed
