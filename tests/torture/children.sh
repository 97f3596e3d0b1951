#!/bin/bash
# children.sh: children without a root, roots without children, children that come late, a hundred thousand children of one
# root, rows that point at themselves and at each other: what the rule declares happens, and is counted. Row 18 of the fault matrix.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/torture/lib_store.sh"

faults=$(share 30)
each=$(((faults + 5) / 6)) # of six kinds
many=100000 fewer=20000 # children of the last root and of the one before; the last one never fits in memory
roots=$((200 + 10 * each))
cp "$repository/tests/torture/children.lua" .
rule=children.lua

# Of every kind $each: roots 1 to $each have no children and that is well, the next are skipped for it, the next rejected; then
# come one that points at itself, and pairs that point at each other. Beyond the last root are lines of nobody.
cat > rows.sql << END
create table item (id bigint primary key not null, name text, above bigint);
create table line (item_id bigint not null, seq int not null, amount numeric(12,2), primary key (item_id, seq));
create table note (item_id bigint not null, seq int not null, n int not null, note text, primary key (item_id, seq, n));
insert into item with recursive g(i) as (select 1 union all select i + 1 from g where i < $roots)
  select i, case when i <= $each then 'plain ' when i <= 2 * $each then 'empty ' when i <= 3 * $each then 'bare ' else 'item ' end || i,
         case when i <= 3 * $each then null when i <= 4 * $each then i when i <= 6 * $each then 10 * $each + 1 - i else null end from g;
insert into line with recursive g(i) as (select 3 * $each + 1 union all select i + 1 from g where i < $roots + $each) select i, 1, 1.50 from g where i <> $roots and i <> $roots - 1;
insert into line with recursive g(i) as (select 1 union all select i + 1 from g where i < $many) select $roots, i, 0.01 from g;
insert into line select $roots - 1, seq, amount from line where item_id = $roots and seq <= $fewer;
insert into note select item_id, seq, 1, 'note' from line where item_id < $roots - 1 or item_id > $roots;
END

one_server
sqlite3 -bail legacy.db < rows.sql > load.log 2>&1 && cluster_sql old postgres 'create database legacy' &&
	psql -X -q -h "$old_SOCKET" -p "$old_PORT" -U postgres -d legacy -v ON_ERROR_STOP=1 -f rows.sql -c 'vacuum analyze' >> load.log 2>&1
report $? "the same $roots roots in SQLite and in PostgreSQL, one of them with $many children" load.log

counted() { # FILE: read, live, skipped, rejected, orphans, children
	jq -r '.entities[] | [.read, .merged + .unchanged, .skipped, .rejected, .orphans, .children] | join(" ")' "$1"
}
orphans=$((2 * each)) # a line of nobody, and its note

"$engine" run children.lua --legacy sqlite:legacy.db --target sqlite:target.db --state sqlite.state --chunk 20 --json > sqlite.json 2> sqlite.err
fresh wanted && go wanted --chunk 20 && finished
[ $? -eq 1 ]
report $? 'a run on PostgreSQL' wanted.err
is "$roots $((roots - 2 * each - 1)) $each $((each + 1)) $orphans" "$(counted wanted.json | cut -d ' ' -f 1-5)" 'what has no children is kept, skipped or rejected, as declared; orphans are counted'
is "$(counted sqlite.json)" "$(counted wanted.json)" 'SQLite counts the same'
is "$(jq -r '.entities[].digest' sqlite.json)" "$(jq -r '.entities[].digest' wanted.json)" 'and gives the same digest'
is "$each|$each" "$(cluster_sql new wanted "select count(*) filter (where source = 'lines'), count(*) filter (where source = 'notes') from engine_quarantine where code = 'E2302'")" \
	'each orphan is in quarantine by the table it stands in'
is "$each" "$(cluster_sql new wanted "select count(*) from engine_quarantine where code = 'E2201'")" 'and each root that must have children'
sum_of() { # ROOT: children, total
	cluster_sql new wanted "select payload_json ->> 'count', payload_json ->> 'total' from job_final where job_id = 'i_$1'"
}
is "$fewer|200.00" "$(sum_of $((roots - 1)))" "$fewer children of one root are one record"
is "[\"$roots\"]" "$(cluster_sql new wanted "select source_key from engine_quarantine where code = 'E2303'")" "$many are too many, and named; who comes behind them is read all the same"
is "$each" "$(cluster_sql new wanted "select count(*) from job_final where payload_json ->> 'above' = payload_json ->> 'name'")" 'who points at itself is resolved once'
is "$((2 * each))" "$(cluster_sql new wanted "select count(*) from job_final a join job_final b on a.payload_json ->> 'above' = b.payload_json ->> 'name' and b.payload_json ->> 'above' = a.payload_json ->> 'name' and a.job_id <> b.job_id")" 'and so are those that point at each other'

# ---- children that come late, roots that come late ----

cluster_sql old legacy "insert into line select i, 9, 2 from generate_series(1, $((3 * each))) i" \
	"insert into item select i, 'late', null from generate_series($((roots + 1)), $((roots + each))) i" \
	"delete from line where item_id = $roots and seq > $fewer"
go wanted --chunk 20 && finished
report $? 'after they came, nothing is left in quarantine' wanted.err
is "$fewer|200.00" "$(sum_of "$roots")" 'nor is the one that had too many'
is "$((roots + each)) $((roots + each)) 0 0 0" "$(counted wanted.json | cut -d ' ' -f 1-5)" 'what waited for its children or its root is a record now'
is $((3 * each)) "$(cluster_sql new wanted "select count(*) from job_final where payload_json ->> 'total' = '2.00'")" 'with the children that came late'
fresh again && go again --chunk 33 && finished
is "$(jq -r '.entities[].digest' again.json)" "$(jq -r '.entities[].digest' wanted.json)" 'as if they had always been there'
"$engine" ledger verify --target "$(target wanted)" --state wanted.state > ledger.out 2>&1
report $? 'the ledger is intact' ledger.out
is 0 "$(unbalanced wanted)" 'and every count balances'
figure 18 'children and roots that do not fit' $((6 * each)) "$faults" cases orphans=$orphans children_of_one=$many
torture_end
