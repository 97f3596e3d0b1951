#!/bin/bash
# observed.sh: engine verify queries --observed: the questions that real clients ask a real server, and a file's, against what a version
# declares; what cannot be told is never covered.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"

# ---- a version with two queries, and a legacy that is asked ----
queries() { # [WORDS]: rules/asked.lua declares these
	cat > rules/asked.lua <<- LUA
		return migration {
		  version = "v1",
		  system  = "legacy",
		  entity "job" {
		    source = {
		      root   = table "del" { key = "del_id" },
		      events = children "del_events" { parent = "del_id", key = "seq", types = { seq = int } },
		    },
		    fields = {
		      jobId   = id   { from = "del_id" },
		      state   = text { from = "status" },
		      actorId = text { from = "actor_id", optional = true },
		      history = list { from = "events", each = { kind = text { from = "kind" } } },
		    },
		    queries = {
		      $1
		    },
		  },
		}
	LUA
}
query() { # NAME LEGACY
	echo "$1 = { params = { actor = sample \"actorId\" { count = 9 } }, legacy = [[ $2 ]], target = [[ select id as job from job where actorId = :actor ]],
		columns = { job = field \"jobId\" { key = true } } },"
}
by_actor=$(query by_actor "SELECT d.del_id AS job -- of the dispute desk
	FROM del d WHERE d.actor_id = :actor AND d.status IN ('done', 'lost')")
with_events=$(query with_events 'select d.del_id as job from del d join del_events e on e.del_id = d.del_id where d.actor_id = :actor')
queries "$by_actor $with_events"

observed() { # STATUS WORDS NAME [WORD…]: it ends so, and its text says that
	local status=$1 words=$2 name=$3
	shift 3
	"$engine" verify queries rules/asked.lua "$@" > observed.out 2> observed.err
	local seen=$?
	[ "$seen" -eq "$status" ] && grep -qe "$words" observed.out observed.err
	report $? "$name ($seen)" <(cat observed.err; head -n 20 observed.out)
}

# ---- files ----
cat > covered.sql <<'SQL'
begin;
/* by hand */ select d.del_id as job from DEL d where d.actor_id='a;b' and d.status in ($1,$2,$3,$4);
select d.del_id as job from del d where d.actor_id = ? and d.status in (null) ;
update del set status = 'done' where del_id = 7;
commit
SQL
observed 0 '^covered: 1 of 1 shape, 100 % of calls: each that is asked is a query of v1$' 'a file of SQL, all of it covered' --observed covered.sql
grep -q '3 statements that are no questions (3 calls)$' observed.out && grep -q '^declared, and nobody was seen asking: with_events$' observed.out
report $? 'what is no question, and what nobody asks, is said' observed.out

awk 'BEGIN {
	print "{\"query\":\"select d.del_id as job from del d where d.actor_id = $1 and d.status in ($2)\",\"calls\":99990}"
	print ""
	print "{\"calls\":9,\"userid\":10,\"query\":\"select count(*) from public.del\"}"
	print "{\"query\":\"select e.kind from del_events e, del d where d.del_id = e.del_id\"}"
	print "{\"query\":\"select 1\"}"
}' > logged.jsonl
observed 1 '^not covered: 2 of 3 shapes (0.01 % of calls) are asked and no query of v1 covers them$' 'JSON lines, two of three not covered' --observed logged.jsonl
grep -q 'seen in logged.jsonl: 1 of 3 shapes, 99.99 % of calls, covered, 1 shape of other tables (1 call)$' observed.out
report $? 'and 99.99 % is not 100 %' observed.out
"$engine" verify queries rules/asked.lua --observed logged.jsonl --json > observed.json
is 'not-covered 3 100000 1 99990 1' "$(jq -r '.verdict, .asked.shapes, .asked.calls, .covered.shapes, .covered.calls, .other_tables.shapes' observed.json | xargs)" \
	'the document counts the same'
is 'by_actor with_events' "$(jq -r '.questions[] | select(.is_of_sources and .covered_by == null) | .nearest.query' observed.json | xargs)" 'and names the query that asks the same tables'
is "$(jq -s 'map(.calls // 1) | add' logged.jsonl)" "$(jq '[.questions[].calls] | add' observed.json)" 'no call is lost'
observed 1 '^not covered: 2 of 3' 'from standard input' --observed - < logged.jsonl
cp logged.jsonl pg_stat_statements
observed 1 '^not covered: 2 of 3' 'a file of that name is named by its path' --observed ./pg_stat_statements
seq 300000 | sed 's/.*/select d.del_id as job from del d where d.actor_id = &;/' > many.sql
echo 'select status from del' >> many.sql
/usr/bin/time -q -f %M -o many.kib "$engine" verify queries rules/asked.lua --observed many.sql > observed.out 2> observed.err
is '1 300,001' "$? $(awk '/^not covered/ { found = 1 } END { if (found) printf "300,001" }' observed.out)" 'a file of 300,001 statements'
[ "$(cat many.kib)" -lt 100000 ]
report $? "in little memory ($(cat many.kib) KiB)" many.kib

# ---- no answer ----
: > empty.sql
observed 4 '^could not tell: no question was seen$' 'an empty file' --observed empty.sql
echo 'select 1; select * from other' > elsewhere.sql
observed 4 '^could not tell: no question about a table of the rule' 'questions of other tables' --observed elsewhere.sql
echo '{"query":"<insufficient privilege>","calls":3}' | cat - <(head -n 1 logged.jsonl) > hidden.jsonl
observed 4 '^could not tell: the text of 1 statement (3 calls) is not shown' 'a text that was hidden where the file was made' --observed hidden.jsonl
queries ''
observed 1 '^not covered: 1 of 1 shape (100 % of calls)' 'a version that declares nothing' --observed covered.sql
observed 4 '^could not tell: no question was seen' 'and nothing observed' --observed empty.sql
queries "$by_actor $with_events"

# ---- hostile files ----
refused() { # WORDS NAME FILE
	observed 65 "$1" "$2" --observed "$3"
}
head -c 300000 /dev/urandom > random.bin
refused 'random.bin: line [0-9]*: ' 'random bytes' random.bin
printf 'select 1;\nselect \0 2;\n' > nul.sql
refused 'nul.sql: line 2: it has a NUL in it' 'a NUL' nul.sql
printf 'select 1;\n\nselect \xff;\n' > latin.sql
refused 'latin.sql: line 3: it is not UTF-8' 'no UTF-8' latin.sql
printf 'Dear colleague,\nplease find below; yours' > letter.txt
refused 'letter.txt: line 1: no statement of SQL begins so' 'no SQL at all' letter.txt
printf "select 1;\nselect 'a\n;\n" > open.sql
refused 'open.sql: line 2: a statement does not end' 'a quote that is open' open.sql
head -c 30000000 < <(yes 'a,' | tr -d '\n') > endless.sql
refused 'endless.sql: line 1: a statement is longer than 4 MiB' 'an endless line' endless.sql
{ printf '{"query":"'; head -c 30000000 /dev/zero | tr '\0' x; } > endless.jsonl
refused 'endless.jsonl: .*line 1 is longer than 16 MiB' 'an endless line of JSON' endless.jsonl
/usr/bin/time -q -f %M -o zero.kib timeout 20 "$engine" verify queries rules/asked.lua --observed /dev/zero > observed.out 2> observed.err
[ $? -eq 65 ] && [ "$(cat zero.kib)" -lt 100000 ]
report $? "a file without an end, in little memory ($(cat zero.kib) KiB)" observed.err
for line in '{"query":1}' '{"query":"select 1","calls":0}' '{"query":"select 1","calls":1.5}' '{"query":"select 1","calls":-1}' \
	'{"query":"select 1","calls":99999999999999999999}' '{"query":"select 1","calls":"2"}' '{"text":"select 1"}' '{"query":"a\u0000"}' '{"query":"select 1"' '[]'; do
	{ echo '{"query":"select 1"}'; echo "$line"; } > line.jsonl
	refused 'line.jsonl: line 2: ' "the line $line" line.jsonl
done
for i in 1 2 3 4 5 6 7 8 9 10 11; do echo '{"query":"select 1 from del","calls":999999999999999999}'; done > sum.jsonl
refused 'sum.jsonl: line 10: the calls add up to more than can be counted' 'more calls than there are numbers' sum.jsonl
observed 69 'nowhere.sql' 'a file that is not there' --observed nowhere.sql

# ---- words ----
"$engine" verify digests rules/asked.lua --observed covered.sql > observed.out 2> observed.err
is 2 $? '--observed goes with queries'
"$engine" verify queries rules/asked.lua --observed covered.sql --html page.html > observed.out 2> observed.err
is 2 $? 'and makes no page'
observed 2 'has no entity' 'an entity that there is none' --observed covered.sql --entity nobody
sqlite3 old.db 'create table del (del_id)'
observed 2 'legacy is sqlite, which does not keep the statements' 'a legacy that keeps no statements' --observed pg_stat_statements --legacy sqlite:old.db
observed 2 'ENGINE_LEGACY' 'and none at all' --observed pg_stat_statements
echo 'select d.del_id as job from [del] d where d.actor_id = @actor' > lite.sql
observed 1 '^not covered: 1 of 1 shape' 'statements in the words of SQLite' --observed lite.sql --legacy sqlite:old.db

# ---- the version that the target keeps ----
sample small 100 && move small kept
"$engine" verify queries --target sqlite:kept.db --observed covered.sql > observed.out 2> observed.err
[ $? -eq 1 ] && grep -q '^not covered: 1 of 1 shape .* no query of v3 covers them$' observed.out
report $? 'without a rule file the version is that of the target' <(cat observed.err observed.out)
"$engine" verify queries --observed covered.sql > observed.out 2> observed.err
is 2 $? 'and without either there is none'

# ---- a real server ----
cluster_start bare fsync=off
report $? 'a server that keeps no statements'
cluster_sql bare postgres 'create database legacy'
observed 4 '^could not tell: legacy.s database has no pg_stat_statements: `create extension' 'no extension' --observed pg_stat_statements \
	--legacy "$(cluster_url bare legacy_reader legacy)"
observed 4 '^could not tell: the server does not load pg_stat_statements: add it to shared_preload_libraries' 'not loaded, seen by who may see settings' \
	--observed pg_stat_statements --legacy "$(cluster_url bare postgres legacy)"
cluster_sql bare legacy 'create extension pg_stat_statements'
observed 4 '^could not tell: legacy does not show it: pg_stat_statements must be loaded' 'an extension that is not loaded' --observed pg_stat_statements \
	--legacy "$(cluster_url bare legacy_reader legacy)"
cluster_stop bare

cluster_start old fsync=off shared_preload_libraries=pg_stat_statements
report $? 'a server that does'
cluster_sql old postgres 'create database legacy' 'create role shop login in role pg_read_all_data'
cluster_sql old legacy 'create schema stats' 'create extension pg_stat_statements schema stats' \
	"create table del (del_id bigint primary key, status text, actor_id text, at date)" "create table del_events (del_id bigint, seq int, kind text)" \
	"insert into del select i, 'done', i % 5 from generate_series(1, 100) i" 'create table other (a int)' 'grant insert, update on all tables in schema public to shop'
legacy=$(cluster_url old legacy_reader legacy)
shop() { # SQL…: what a program of theirs asks
	psql -X -q -A -t "$(cluster_url old shop legacy)" > shop.out 2>&1
}
reset() { cluster_sql old legacy 'select stats.pg_stat_statements_reset()' > /dev/null; }
reset
for actor in 1 2 3; do
	shop <<- SQL
		SELECT d.del_id as job FROM del d WHERE d.actor_id = '$actor' AND d.status IN ('done', 'it''s', 'x$actor');
		prepare by_actor (text) as select d.del_id as job from del d where d.actor_id = \$1 and d.status in (\$2, 'b');
		execute by_actor('$actor', 'a'); execute by_actor('$actor', 'c');
		update del set status = 'done' where del_id = $actor; set work_mem = '5MB'; begin; insert into del values ($actor + 1000); rollback;
		select a from other where a = $actor;
	SQL
done
observed 4 '^could not tell: the text of [0-9]* statements' 'a role that may not see what others ask' --observed pg_stat_statements --legacy "$legacy"
grep -q 'grant pg_read_all_stats to' observed.out
report $? 'what to grant is said' observed.out
cluster_sql old postgres 'grant pg_read_all_stats to legacy_reader' "alter role legacy_reader set pg_stat_statements.track = 'none'"
reset
for actor in 1 2 3; do
	shop <<- SQL
		SELECT d.del_id as job FROM del d WHERE d.actor_id = '$actor' AND d.status IN ('done', 'it''s', 'x$actor');
		prepare by_actor (text) as select d.del_id as job from del d where d.actor_id = \$1 and d.status in (\$2, 'b');
		execute by_actor('$actor', 'a'); execute by_actor('$actor', 'c');
		update del set status = 'done' where del_id = $actor; set work_mem = '5MB'; begin; insert into del values ($actor + 1000); rollback;
		select a from other where a = $actor;
	SQL
done
observed 0 '^covered: 1 of 1 shape, 100 % of calls' 'clients ask what is declared, with literals and prepared' --observed pg_stat_statements --legacy "$legacy"
"$engine" verify queries rules/asked.lua --observed pg_stat_statements --legacy "$legacy" --json > observed.json
is "$(cluster_sql old legacy "select sum(calls) from stats.pg_stat_statements where query ~ 'd\\.actor_id' and query !~ 'stats'")" "$(jq .asked.calls observed.json)" "the calls are the server's own count"
is 9 "$(jq .asked.calls observed.json)" 'and the nine that were made'
is 'other' "$(jq -r '.questions[] | select(.is_of_sources | not) | .tables[] | select(. == "other")' observed.json)" 'a question of another table is listed as such'
is with_events "$(jq -r '.unseen[].query' observed.json)" 'a query that nobody asks is a hint'
jq -e '.since and .forgotten == 0 and .hidden.statements == 0' observed.json > /dev/null
report $? 'since when, and that nothing was forgotten' observed.json

shop <<- 'SQL'
	select d.del_id, -- all of it
		d.status from del d where d.at > date '2020-01-01' and d.del_id <> -5 and d.actor_id is not null and true limit 10;
	select d.del_id, d.status from del d where d.at > date '2021-01-01' and d.del_id <> -6 and d.actor_id is not null and false limit 20;
	select count(*) from "del_events" where kind = any (array['a', 'b']) and seq between 1 and -2;
	select e'it\'s', $$x$$, null, 1e3 from del where actor_id in ('a', 'b');
SQL
observed 1 '^not covered: 3 of 4 shapes (30.77 % of calls)' 'what is not declared is found' --observed pg_stat_statements --legacy "$legacy"
"$engine" verify queries rules/asked.lua --observed pg_stat_statements --legacy "$legacy" --json > observed.json
# What the server keeps without literals, and what the client sent, are one shape.
cat > sent.sql <<- 'SQL'
	select d.del_id, d.status from del d where d.at > date '2020-01-01' and d.del_id <> -5 and d.actor_id is not null and true limit 10;
	select count(*) from "del_events" where kind = any (array['a', 'b']) and seq between 1 and -2;
	select e'it\'s', $$x$$, null, 1e3 from del where actor_id in ('a', 'b');
SQL
"$engine" verify queries rules/asked.lua --observed sent.sql --json > sent.json
is "$(jq -r '.questions[].shape' sent.json | sort)" "$(jq -r '.questions[] | select(.is_of_sources and .covered_by == null) | .shape' observed.json | sort)" \
	'the shape of what the server keeps is that of what was sent'

cluster_sql old legacy 'drop extension pg_stat_statements' "create extension pg_stat_statements schema stats version '1.8'"
reset
shop <<< "select d.del_id as job from del d where d.actor_id = 'x' and d.status in ('a', 'b')"
observed 4 '^could not tell: whether legacy forgot statements' 'an extension that does not say what it forgot' --observed pg_stat_statements --legacy "$legacy"
cluster_sql old legacy 'alter extension pg_stat_statements update'
observed 0 '^covered: 1 of 1 shape' 'and one that does' --observed pg_stat_statements --legacy "$legacy"

# ---- the role that asks ----
cluster_sql old postgres "alter role legacy_reader reset pg_stat_statements.track"
reset
psql -X -q "$legacy" -c 'select status from del limit 1' > /dev/null
observed 1 '^1 of those not covered were asked by the role that --legacy names alone' 'questions of the role that reads legacy are told apart' \
	--observed pg_stat_statements --legacy "$legacy"
cluster_sql old postgres "alter database legacy set pg_stat_statements.track = 'none'"
reset
observed 4 '^could not tell: legacy is told to keep no statements' 'a database that keeps none' --observed pg_stat_statements --legacy "$legacy"
cluster_sql old postgres 'alter database legacy reset pg_stat_statements.track'
cluster_stop old && echo 'pg_stat_statements.max = 100' >> "$kit_root/old/settings.conf" && cluster_up old
reset
for i in $(seq 150); do echo "select $(seq -s , "$i"); select d.del_id as job from del d where d.actor_id = '1' and d.status in ('a');"; done | shop
observed 4 '^could not tell: legacy forgot statements [0-9]* times for want of room' 'a server that forgot some' --observed pg_stat_statements --legacy "$legacy"
exit "$failed"
