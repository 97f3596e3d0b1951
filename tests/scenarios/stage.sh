#!/bin/bash
# stage.sh: --stage=durable commits a chunk's records into a table of their own before they are merged. It changes nothing in what a
# run leaves: not where it is killed around it, nor where ids collide, nor where a run goes on with or without it.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"

status_of_kill=137
staged=--stage=durable

staged_rows() { # TARGET
	ask "$1" 'select count(*) from job_stage'
}
clean() { # TARGET WANTED: the same, and nothing is staged any more; says what is not
	same "$1" "$2" && { [ "$(staged_rows "$1")" = 0 ] || { echo "$(staged_rows "$1") rows are still staged"; return 1; }; }
}
ends() { # STATUS COMMAND…
	local wanted=$1
	shift
	"$@"
	local status=$?
	[ $status -eq "$wanted" ] || { echo "$* ended with $status, not $wanted"; cat ./*.err | tail -n 3; return 1; }
}

# ---- undisturbed ----

sample small 1200
ends 1 move small wanted --chunk 100
report $? 'a run without it'
dump wanted > wanted.dump
[ "$(ask wanted "select count(*) from sqlite_master where name = 'job_stage'")" = 0 ]
report $? 'without --stage there is no stage'
ends 1 move small through --chunk 100 --workers 2 $staged > through.log 2>&1 && clean through wanted > through.log 2>&1
report $? 'staged: the same records, quarantine and digest, and the stage is empty' through.log
[ "$(jq -r '.entities[0] | .read, .merged, .skipped, .rejected, .withdrawn' through.json)" = "$(jq -r '.entities[0] | .read, .merged, .skipped, .rejected, .withdrawn' wanted.json)" ]
report $? 'and the same counts' through.json

# ---- changes: new, changed and gone rows among those that are known ----

sqlite3 small.db "delete from del where del_id % 20 = 1; update del set delivery_ref = 'again' where del_id % 7 = 2"
ids=$(sqlite3 small.db "select group_concat(name) from pragma_table_info('del') where name <> 'del_id'")
for i in 3 50; do # few new ones in known chunks, and many behind them
	sqlite3 small.db "insert into del (del_id, $ids) select (select max(del_id) from del) + row_number() over (), $ids from del where del_id % $i = 0"
done
ends 1 move small wanted --chunk 100 > changed.log 2>&1 && ends 1 move small through --chunk 100 $staged >> changed.log 2>&1
dump wanted > wanted.all; dump through > through.all
changes() { jq -c '.entities[0] | [.read, .merged, .unchanged, .skipped, .rejected, .withdrawn, .count, .digest]' "$1.json"; }
withdrawn() { ask "$1" "select job_id, source_state from job_final where source_state <> '' order by 1"; }
{ [ "$(changes wanted)" = "$(changes through)" ] && [ "$(withdrawn wanted)" = "$(withdrawn through)" ] && [ "$(staged_rows through)" = 0 ]; } ||
	{ changes wanted; changes through; } >> changed.log
[ ! -s changed.log ]
report $? 'rows that came, changed and went are merged as without it' changed.log
[ "$(jq '.entities[0] | .merged > 100 and .unchanged > 100 and .withdrawn > 30' through.json)" = true ]
report $? 'and there were many of each' through.json

# ---- killed, and resumed with it or without ----

sample few 400
few() { # TARGET [OPTION…]
	local target=$1
	shift
	move few "$target" --chunk 50 --workers 2 "$@"
}
ends 1 few undisturbed
dump undisturbed > undisturbed.dump
crash_at() { # PLACE:N OPTION_BEFORE OPTION_BEHIND: killed there, then resumed
	forget named
	# shellcheck disable=SC2086
	{
		ENGINE_CRASH_AT=$1 ends $status_of_kill few named $2 &&
			left=$(staged_rows named 2> /dev/null || echo 0) && ends 1 few named $3 && clean named undisturbed
	} || echo "killed at $1, with '$2' and then '$3'"
}
: > killed.log
for place in before-stage:1 after-stage:1 after-stage:6 before-write:60 after-write:61 before-commit:20; do
	crash_at $place $staged $staged >> killed.log 2>&1
done
[ ! -s killed.log ]
report $? 'killed around the stage and resumed' killed.log
crash_at after-stage:4 $staged '' > killed.log 2>&1
[ ! -s killed.log ] && [ "$left" -gt 0 ]
report $? "what a kill left in the stage ($left rows) is gone after a run without it" killed.log
crash_at after-commit:20 '' $staged > killed.log 2>&1
[ ! -s killed.log ]
report $? 'a run that was begun without it goes on with it' killed.log

# ---- what is not as it should be ----

sqlite3 other.db 'create table job_stage (id integer primary key); insert into job_stage values (1)'
ends 1 few other > other.log 2>&1 && [ "$(ask other 'select * from job_stage')" = 1 ]
report $? 'a table of that name that is somebody else'"'"'s is left alone' other.log
ends 65 few other $staged > other.log 2>&1 && grep -q 'making table job_stage' other.err
report $? 'and refused where a stage is asked for' other.err

"$engine" plan rules/v3.lua --legacy sqlite:few.db --ddl | grep -q job_stage
[ $? -eq 1 ]
report $? 'plan --ddl prints what every run makes'
"$engine" plan rules/v3.lua --legacy sqlite:few.db --ddl $staged | sqlite3 eaten.db
few_records() { # the keys of two records of one chunk
	ask undisturbed 'select source_key from job_final where chunk_no = (select max(chunk_no) - 2 from job_final) limit 2'
}
{ read -r eaten && read -r beside; } < <(few_records)
sqlite3 eaten.db "create trigger eater after insert on job_stage when new.source_key = '$eaten' begin delete from job_stage where source_key = new.source_key; end"
ends 65 few eaten $staged > eaten.log 2>&1 && grep -q 'job_stage gave [0-9]* records of this chunk where [0-9]* were staged' eaten.err
report $? 'a record that vanishes from the stage stops the run' eaten.err
[ "$(staged_rows eaten)" -gt 0 ] && [ "$(ask eaten "select count(*) from job_final where source_key in ('$eaten', '$beside')")" = 0 ]
report $? 'and nothing of its chunk is merged'
# As if another engine had taken over meanwhile: the lease is over when the count is found short.
sqlite3 eaten.db "create trigger late before insert on job_final when new.source_key = '$beside'
	begin update engine_shard set lease_until = '1970-01-01T00:00:00.000000Z' where owner <> ''; end"
start few eaten --chunk 50 $staged
sleep 1.5
kill -0 $pid && sqlite3 -cmd '.timeout 5000' eaten.db 'drop trigger eater; drop trigger late' "update engine_shard set lease_until = '1970-01-01T00:00:00.000000Z'" &&
	{ finished; [ $? -eq 1 ]; } && clean eaten undisturbed > eaten.log 2>&1
report $? 'one whose lease ran out is no such record: the chunk is taken again' eaten.err

# ---- another version, which changes some of the records ----

sed -e 's/version    = "v3"/version    = "v4"/' -e 's/supersedes = "v2"/supersedes = "v3"/' -e 's/PICKED_UP = "IN_PROGRESS",/& ["PICKED UP"] = "IN_PROGRESS",/' rules/v3.lua > rules/v4.lua
next() { # TARGET [OPTION…]
	local target=$1
	shift
	"$engine" run rules/v4.lua --legacy sqlite:few.db --target "sqlite:$target.db" --json "$@" > "$target.json" 2> "$target.err"
}
{
	ends 1 next undisturbed && ENGINE_CRASH_AT=after-stage:5 ends $status_of_kill next named $staged && ends 1 next named $staged
} > next.log 2> shell.log
{ [ "$(changes undisturbed)" = "$(changes named)" ] && dump undisturbed > undisturbed.dump && dump named > named.dump && cmp -s undisturbed.dump named.dump &&
	[ "$(staged_rows named)" = 0 ]; } || { changes undisturbed; changes named; } >> next.log
[ ! -s next.log ] && [ "$(jq '.entities[0] | .merged > 0 and .unchanged > 50' named.json)" = true ]
report $? 'another version merges what it changes, and quarantined rows arrive' next.log
"$engine" quarantine retry rules/v4.lua --legacy sqlite:few.db --target sqlite:named.db > retry.log 2>&1
[ $? -le 1 ] && dump named > named.again && cmp -s named.dump named.again
report $? 'quarantine retry works beside it' retry.log

# ---- ids that several keys claim ----

cat > rules/fold.lua << 'END'
return migration { version = "f1", system = "fold",
  entity "account" {
    source = { root = table "account" { key = "code" } },
    fields = { accountId = id { from = "code", prefix = "acc_", fold = lower }, name = text { from = "name" } } } }
END
sqlite3 fold.db "create table account(code text primary key not null, name text);
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 300) insert into account select printf('K%04d', i), 'upper ' || i from n;
	insert into account select lower(code), 'lower' from account where rowid % 10 = 0"
fold() { # TARGET [OPTION…]
	local target=$1
	shift
	"$engine" run rules/fold.lua --legacy sqlite:fold.db --target "sqlite:$target.db" --json "$@" > "$target.json" 2> "$target.err"
}
accounts() { ask "$1" "select account_id, source_key, json_extract(payload_json, '\$.name') from account_final where source_state = '' order by 1;
	select source_key, code from engine_quarantine where resolved_by = '' order by 1"; }
both() { # NAME: with and without it
	fold plain --chunk 100000 --workers 1
	fold folded --chunk 7 --workers 4 $staged
	[ "$(accounts plain)" = "$(accounts folded)" ] && [ "$(jq -r '.entities[0] | .digest, .rejected' plain.json)" = "$(jq -r '.entities[0] | .digest, .rejected' folded.json)" ] &&
		[ "$(ask folded 'select count(*) from account_stage')" = 0 ]
	report $? "$1" folded.err
}
both 'claimants of one id are refused as without it'
sqlite3 fold.db "delete from account where name = 'lower'; insert into account values ('ZO001', 'owner')"
both 'and the one that is left gets it'
sqlite3 fold.db "insert into account values ('zO001', 'newcomer'), ('zo001', 'newcomer')"
both 'two newcomers in one chunk, and an owner in another'

# ---- into PostgreSQL ----

cluster_start new fsync=off || exit 1
go() { # DATABASE [OPTION…]: in the background, as process $pid
	local target=$1
	shift
	"$engine" run rules/v3.lua --legacy sqlite:few.db --target "$(cluster_url new engine "$target")" --state "${state:-$target.state}" \
		--chunk 20 --workers 2 --json "$@" > "$target.json" 2> "$target.err" &
	pid=$!
}
stored() { # DATABASE: everything of every record but when it was done, and what is in quarantine
	cluster_sql new "$1" "select md5(string_agg(concat_ws(' ', job_id, payload_json #- '{lineage,transformedAt}', source_key, payload_digest_high,
		payload_digest_low, source_digest_high, source_digest_low, bucket, source_state), E'\n' order by job_id)), count(*) from job_final;
		select md5(string_agg(concat_ws(' ', source_key, code, source_row), E'\n' order by source, source_key, ordinal)), count(*)
		from engine_quarantine where resolved_by = ''"
}
left() { # DATABASE: how many rows are staged
	cluster_sql new "$1" 'select count(*) from job_stage'
}
until_staged() { # DATABASE: until a chunk is staged and the merge of it waits, which a lock on job_final makes it do
	for _ in $(seq 200); do
		[ "$(left "$1" 2> /dev/null || echo 0)" -eq 0 ] || return 0
		sleep 0.05
	done
	return 1
}
hold() { # DATABASE: nobody writes into job_final until the pipe $holder says rollback
	coproc keeper { exec "$kit_bin/psql" -X -q -A -t -h "$new_SOCKET" -p "$new_PORT" -U postgres -d "$1" 2>&1; }
	holder=${keeper[1]}
	echo 'set idle_in_transaction_session_timeout = 20000; begin; lock table job_final in exclusive mode; select 1;' >&"$holder"
	read -r -t 10 <&"${keeper[0]}"
}
for name in plain staged killed shared; do
	cluster_sql new postgres "create database $name owner engine"
	cluster_sql new $name 'grant all on schema public to engine'
done
go plain; finished
wanted=$(stored plain)
go staged $staged; finished
[ "$(stored staged)" = "$wanted" ] && [ "$(changes plain)" = "$(changes staged)" ] && [ "$(left staged)" -eq 0 ]
report $? 'PostgreSQL: the same records, quarantine, counts and digest, and the stage is empty' staged.err

ENGINE_CRASH_AT=after-stage:4 go killed $staged; finished
[ $? -eq $status_of_kill ] && [ "$(left killed)" -gt 0 ]
report $? 'PostgreSQL: killed when a chunk is staged' killed.err
go killed $staged --rate 400
sleep 0.4
cluster_restart new immediate
kill -0 $pid; report $? 'PostgreSQL: the server dies while the run goes on'
finished
[ $? -eq 1 ] && [ "$(stored killed)" = "$wanted" ] && [ "$(left killed)" -eq 0 ] && [ "$(jq -r '.entities[0].digest' killed.json)" = "$(jq -r '.entities[0].digest' plain.json)" ]
report $? 'PostgreSQL: and it ends as if nobody had died' killed.err

"$engine" plan rules/v3.lua --legacy sqlite:few.db --target "$(cluster_url new engine shared)" --ddl $staged > shared.sql &&
	"$kit_bin/psql" -X -q -v ON_ERROR_STOP=1 "$(cluster_url new engine shared)" -f shared.sql && hold shared
go shared $staged
first=$pid
until_staged shared && kill -STOP $first
report $? 'PostgreSQL: an engine falls asleep between staging a chunk and merging it' shared.err
cluster_sql new shared "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'shared' and usename = 'engine'" \
	"update engine_shard set lease_until = '1970-01-01' where owner <> ''" > /dev/null
echo 'rollback; \q' >&"$holder"
state=second.state go shared; finished
[ $? -eq 1 ] && [ "$(stored shared)" = "$wanted" ] && [ "$(left shared)" -eq 0 ]
report $? 'PostgreSQL: another takes over, without a stage of its own, and leaves nothing in that one' shared.err
kill -CONT $first
pid=$first finished
[ $? -eq 1 ] && [ "$(stored shared)" = "$wanted" ] && [ "$(left shared)" -eq 0 ]
report $? 'PostgreSQL: and the first one spoils nothing when it wakes' shared.err
exit $failed
