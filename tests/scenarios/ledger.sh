#!/bin/bash
# ledger.sh: the ledger of a real target: recomputed by sha256sum, changed by sqlite3 in every column, killed around every append.
. "$(dirname "$0")/lib.sh"

sample legacy 1000
move legacy target --chunk 200
move legacy target --chunk 200
cp target.db kept.db
entries=$(ask target 'select count(*) from engine_ledger')

verify() { # TARGET: its status; what it says is in said.json
	"$engine" ledger verify --target "sqlite:$1.db" --json > said.json 2> said.err
}

# ---- by somebody else's hand ----

# The bytes that engine/ledger/ledger.h describes, by the sqlite3 shell alone.
put_bytes() { # TARGET ENTRY
	ask "$1" "
		select 'engine ledger 1' || char(10) || (
			select group_concat(name || ' ' || length(cast(value as blob)) || ':' || value || char(10), '') from (
				select 'entry_no' as name, cast(entry_no as text) as value from engine_ledger where entry_no = $2
				union all select 'kind', kind from engine_ledger where entry_no = $2
				union all select 'at', at from engine_ledger where entry_no = $2
				union all select 'who', who from engine_ledger where entry_no = $2
				union all select 'body', body from engine_ledger where entry_no = $2
				union all select 'previous', previous from engine_ledger where entry_no = $2))" |
		head -c -1 # the shell's own line end
}

recompute() { # TARGET: is every hash what sha256sum makes of the entry, and does every entry name the one before?
	local no hash wanted previous
	previous=$(printf '0%.0s' $(seq 64))
	for no in $(seq "$(ask "$1" 'select max(entry_no) from engine_ledger')"); do
		[ "$(ask "$1" "select previous from engine_ledger where entry_no = $no")" = "$previous" ] ||
			{ echo "entry $no names another one"; return 1; }
		hash=$(put_bytes "$1" "$no" | sha256sum | cut -c 1-64)
		wanted=$(ask "$1" "select hash from engine_ledger where entry_no = $no")
		[ "$hash" = "$wanted" ] || { echo "entry $no: $hash, not $wanted"; return 1; }
		previous=$hash
	done
	verify "$1" && [ "$(jq -r .head.hash said.json)" = "$previous" ] ||
		{ echo 'engine ledger verify says something else'; cat said.json said.err; return 1; }
}
[ "$entries" -eq 5 ] && recompute target > recompute.log 2>&1
report $? 'sha256sum makes the same chain of what sqlite3 reads' recompute.log

# As docs/ledger.md tells an auditor to.
awk '/^n=2$/ { on = 1 } /^```$/ { on = 0 } on' "$repository/docs/ledger.md" > recipe.sh
sh recipe.sh > recipe.out 2>&1
[ "$(cut -c 1-64 recipe.out | sort -u | grep -cE '^[0-9a-f]{64}$')" -eq 1 ] && [ "$(wc -l < recipe.out)" -eq 2 ]
report $? "docs/ledger.md's own commands give the stored hash" recipe.out

# ---- changed ----

tampered() { # ENTRY WHAT SQL: is it found, and found there?
	cp kept.db target.db
	ask target "$3" || { echo "sqlite3 refused: $3"; return 1; }
	verify target
	[ $? -eq 1 ] || { echo "$2 of entry $1 was not found"; cat said.json said.err; return 1; }
	[ "$(jq -r .result said.json)" = broken ] || { echo "$2 of entry $1: $(jq -r .result said.json)"; return 1; }
	[ "$(jq -r ".breaks | map(select(.entry == $1)) | length" said.json)" -ge 1 ] ||
		{ echo "$2 of entry $1 was found elsewhere"; cat said.json; return 1; }
}

: > tampered.log
tried=0
for no in $(seq "$entries"); do
	for column in kind at who body previous hash; do
		for change in "$column || ' '" "substr($column, 2)" "''" "replace($column, substr($column, 5, 1), '~')" "x'00'" \
			"substr($column, 1, 3) || char(0) || substr($column, 4)" "upper($column) || 'é'"; do
			tried=$((tried + 1))
			tampered "$no" "$column = $change" "update engine_ledger set $column = $change where entry_no = $no" >> tampered.log 2>&1
		done
	done
	tampered "$no" 'another number' "update engine_ledger set entry_no = 99 where entry_no = $no" >> tampered.log 2>&1
	tampered "$no" 'deletion' "delete from engine_ledger where entry_no = $no" >> tampered.log 2>&1
	tried=$((tried + 2))
done
[ ! -s tampered.log ]
report $? "$tried changes by sqlite3, in every column of every entry, are found where they are" tampered.log

# Without the primary key nothing keeps two entries from having one number.
tampered 3 'a second one' "
	create table copy as select * from engine_ledger; drop table engine_ledger; alter table copy rename to engine_ledger;
	insert into engine_ledger select 3, kind, at, who, '{}', previous, hash from engine_ledger where entry_no = 3" > twice.log 2>&1
report $? 'a second entry of one number is found' twice.log

cp kept.db target.db
ask target 'drop table engine_ledger'
verify target
[ $? -eq 1 ] && [ "$(jq -c '[.result, .breaks[0].what, .breaks[0].entry]' said.json)" = '["broken","cut-off",1]' ]
report $? 'a ledger that is gone is missed by who has seen it' said.json
cp kept.db target.db

# ---- killed ----

whole() { # TARGET: one chain, and every start has its end or was resumed
	verify "$1" || { echo "broken: $(cat said.json said.err)"; return 1; }
	"$engine" ledger list --target "sqlite:$1.db" --json > list.json
	[ "$(jq '[.[] | select(.kind == "rule-registered")] | length' list.json)" -eq 1 ] || { echo 'registered more than once, or never'; return 1; }
	[ "$(jq -r '.[-1].body.status' list.json)" = complete ] || { echo 'does not end with the end'; return 1; }
	[ "$(jq -c '[.[] | select(.kind == "run-started" and .body.resumed == false) | .body.run] | sort' list.json)" = \
		"$(jq -c '[.[] | select(.kind == "run-ended" and .body.status == "complete") | .body.run] | sort' list.json)" ] ||
		{ echo 'starts and ends do not belong together'; cat list.json; return 1; }
	[ "$(ask "$1" "select count(*) from engine_run where status = 'complete'")" -eq \
		"$(jq '[.[] | select(.kind == "run-ended" and .body.status == "complete")] | length' list.json)" ] ||
		{ echo 'engine_run says something else'; return 1; }
}

killed_at() { # NAME N: killed there, then resumed
	forget killed
	ENGINE_CRASH_AT=$1:$2 move legacy killed --chunk 200
	[ $? -eq 137 ] || { echo "$1:$2 was not reached"; return 1; }
	move legacy killed --chunk 200
	[ $? -eq 1 ] || { echo "$1:$2 did not resume"; cat killed.err; return 1; }
	whole killed || { echo "$1:$2"; return 1; }
}
for name in before-ledger after-ledger; do
	: > killed.log
	for n in 1 2 3; do
		killed_at $name $n >> killed.log 2>&1
	done
	[ ! -s killed.log ]
	report $? "killed $name and resumed" killed.log
done
: > killed.log
for n in 1 2 3 4 5 6; do
	killed_at after-commit $n >> killed.log 2>&1
done
[ ! -s killed.log ]
report $? 'killed after a commit, before the state folder has seen it' killed.log

# ---- stopped, failed, at the same time ----

sample large 20000
start large stopped --chunk 200 --rate 10000
for _ in $(seq 100); do
	sleep 0.05
	[ "$(ask stopped 'select count(*) from engine_pass' 2> /dev/null || echo 0)" -lt 3 ] || break
done
kill -TERM $pid
finished
"$engine" ledger list --target sqlite:stopped.db --json > list.json
[ "$(jq -c '.[-1].body | [.status, (.entities[0].read > 0)]' list.json)" = '["stopped",true]' ] && verify stopped
report $? 'a run that was stopped says so, and what it had counted' list.json
move large stopped --chunk 200
"$engine" ledger list --target sqlite:stopped.db --json > list.json
[ "$(jq -c '[.[] | select(.kind != "rule-registered") | [.kind, .body.resumed, .body.status]]' list.json)" = \
	'[["run-started",false,null],["run-ended",null,"stopped"],["run-started",true,null],["run-ended",null,"complete"]]' ] && verify stopped
report $? 'and that it goes on' list.json

# Two engines with state folders of their own take turns in one target and one ledger.
forget both
move legacy both --chunk 100
for round in 1 2 3; do
	start legacy both --chunk 100 --state "first.state"
	first=$pid
	start legacy both --chunk 100 --state "second.state"
	finished
	wait "$first" 2> /dev/null
done
"$engine" ledger list --target sqlite:both.db --json > list.json
[ "$(jq '[.[] | select(.kind == "run-started")] | length' list.json)" -ge 7 ] && verify both && recompute both > both.log 2>&1
report $? 'two engines at once make one chain' both.log

exit $failed
