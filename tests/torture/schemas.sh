#!/bin/bash
# schemas.sh: legacy's tables are altered while a run reads them: it stops between two chunks and says what has changed, nothing
# is written with the new meaning, and once it is undone the run ends as if nothing had been. Row 17 of the fault matrix.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/torture/lib_store.sh"

roots=2000
one_server
cp "$repository/tests/torture/schemas.lua" .
rule=schemas.lua
cluster_sql old postgres 'create database legacy' && psql -X -q -h "$old_SOCKET" -p "$old_PORT" -U postgres -d legacy -v ON_ERROR_STOP=1 \
	-v roots=$roots -f "$repository/tests/torture/schemas.sql" > load.log 2>&1
report $? "a legacy database of $roots items" load.log
fresh wanted && go wanted --chunk 50 && finished
report $? 'a run that nobody disturbs' wanted.err
[ $failed = 0 ] || torture_end
wanted_stored=$(stored wanted) wanted_quarantined=$(quarantined wanted) wanted_seen=$(seen wanted)

# What is done, how it is undone, and what the run must say.
alterations=(
	'a column is dropped|alter table item drop column note|alter table item add column note text; update item i set note = k.note from item_kept k where k.id = i.id|column note is gone'
	'a column is added|alter table item add column extra text|alter table item drop column extra|column extra is new'
	'a column is renamed|alter table item rename column note to remark|alter table item rename column remark to note|column note is gone'
	'two columns change places|alter table item rename column name to n; alter table item rename column note to name; alter table item rename column n to note|alter table item rename column name to n; alter table item rename column note to name; alter table item rename column n to note|changed'
	'a decimal becomes text|alter table item alter amount type text|alter table item alter amount type numeric(12,2) using amount::numeric|column amount was'
	'a decimal loses a digit|alter table item alter amount type numeric(12,1)|alter table item alter amount type numeric(12,2); update item i set amount = k.amount from item_kept k where k.id = i.id|column amount was'
	"a moment gets a zone|alter table item alter created type timestamptz using created at time zone 'Asia/Tokyo'|alter table item alter created type timestamp using created at time zone 'Asia/Tokyo'|column created was"
	'the key becomes another number|alter table item alter id type numeric|alter table item alter id type bigint|column id was'
	'a table is renamed|alter table mark rename to marks|alter table marks rename to mark|mark'
	'a table is dropped|drop table kind|create table kind (code code primary key, label text not null); insert into kind select concat($$k$$, i), concat($$kind $$, i) from generate_series(0, 9) i|kind'
	'a table moves to another schema|alter table kind set schema elsewhere|alter table elsewhere.kind set schema public|kind'
	'the key loses its index|alter table item drop constraint item_pkey|alter table item add primary key (id)|unique index'
	'a view takes the place of a table|alter table item rename to item_base; create view item as select id, name, state, amount * 100 as amount, created, note, spot, kind from item_base|drop view item; alter table item_base rename to item|it is view now'
	"a label of an enum is renamed|alter type state rename value 'done' to 'closed'|alter type state rename value 'closed' to 'done'|type public.state has changed"
	"two labels of an enum change places|alter type state rename value 'done' to 'x'; alter type state rename value 'open' to 'done'; alter type state rename value 'x' to 'open'|alter type state rename value 'done' to 'x'; alter type state rename value 'open' to 'done'; alter type state rename value 'x' to 'open'|type public.state has changed"
	'a composite type gets an attribute|alter type spot add attribute side text|alter type spot drop attribute side|type public.spot has changed'
	'a partition is detached|alter table part detach partition part_high|alter table part attach partition part_high for values from (1000) to (2001)|part_high belongs to it no longer'
	'a child stops inheriting|alter table mark_old no inherit mark|alter table mark_old inherit mark|mark_old belongs to it no longer'
	'an inherited table gets a column|alter table mark add column w int|alter table mark drop column w|column w is new'
	'a table is guarded by rows|alter table item enable row level security|alter table item disable row level security|row-level security'
	'a table may not be read any more|revoke select on item from legacy_reader, pg_read_all_data; revoke pg_read_all_data from legacy_reader|grant pg_read_all_data to legacy_reader|permission denied'
)

records() { # TARGET: a line for each, but when it was made
	cluster_sql new "$1" "select job_id, md5((payload_json #- '{lineage,transformedAt}')::text) from job_final" 2> /dev/null | LC_ALL=C sort
}

legacy_does() { # SQL
	psql -X -q -h "$old_SOCKET" -p "$old_PORT" -U postgres -d legacy -v ON_ERROR_STOP=1 -c "$1" > sql.out 2>&1
}

unlike() { # TARGET: records that an undisturbed run does not leave
	records "$1" > altered.records
	LC_ALL=C comm -23 altered.records wanted.records
}

altered() { # INDEX: what of it is not as it should be; silent when all is
	local what change undo words status round by_then
	IFS='|' read -r what change undo words <<< "${alterations[$1]}"
	# A run that has read its last chunk by then never sees it: once more, at most twice. It has passed no chunk since but those
	# that its two workers were at.
	for round in 1 2 3; do
		go altered --chunk 10 --rate 1500 --workers 2
		until_passed altered $(($(passes altered) + 3)) || { echo "$what: the run does not move"; cat await.log altered.err; }
		legacy_does "$change" || { echo "$what:"; cat sql.out; }
		by_then=$(passes altered)
		finished
		status=$?
		[ $status -gt 1 ] || [ $(($(passes altered) - by_then)) -le 2 ] || echo "$what: $(($(passes altered) - by_then)) chunks were passed behind it, and nothing was said"
		[ -z "$(unlike altered)" ] || { echo "$what: written with the new meaning:"; unlike altered | head -n 3; }
		legacy_does "$undo" || { echo "$what, undone:"; cat sql.out; }
		[ $status -le 1 ] && [ $round -lt 3 ] || break
	done
	case $status in
	65 | 77)
		interrupted=$((interrupted + 1))
		grep -q -- "$words" altered.err || { echo "$what: not in these words:"; cat altered.err; }
		;;
	*) echo "$what: ended with $status"; cat altered.err ;;
	esac
}

records wanted > wanted.records
wanted_count=$(share 20)
mapfile -t chosen < <(seq 0 $((${#alterations[@]} - 1)) | shuf --random-source=<(yes "$seed"))
[ "$wanted_count" -ge ${#chosen[@]} ] || chosen=("${chosen[@]:0:wanted_count}")

# One migration, taken up again after each.
fresh altered
interrupted=0
: > altered.log
for index in "${chosen[@]}"; do
	altered "$index" >> altered.log 2>&1
	[ ! -s altered.log ] || break
done
[ ! -s altered.log ]
report $? "$interrupted alterations stopped the run between two chunks, and nothing was written by the new meaning" altered.log
go altered --chunk 10
finished
report $? 'undone, the run comes to its end' altered.err
agrees altered "$interrupted" 2 'all of it undone'
figure 17 'alterations of legacy' "$interrupted" "$wanted_count" alterations

# ---- what is no change of meaning ----

harmless=(
	"a partition is attached|alter table part attach partition part_more for values from (2001) to (3000)|alter table part detach partition part_more"
	"statistics, a comment, an index|analyze; comment on column item.name is 'x'; create index on item (name); alter table item alter note set statistics 7|"
)
for harm in "${harmless[@]}"; do
	IFS='|' read -r what change undo <<< "$harm"
	fresh altered
	go altered --chunk 20 --rate 4000
	until_so 100 has_passes altered 5
	legacy_does "$change" && is_running
	report $? "$what: while it runs" sql.out
	finished
	[ $? -le 1 ] && [ "$(stored altered)" = "$wanted_stored" ]
	report $? "$what: the run goes on, and the records are the same" altered.err
	[ -z "$undo" ] || legacy_does "$undo"
done
torture_end
