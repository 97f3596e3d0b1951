#!/bin/bash
# state.sh: what this machine remembers, its rules, and what the target's ledger says, damaged or put back as they were before:
# it is noticed, and the target is the truth. Rows 12 and 13 of the fault matrix.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/torture/lib_store.sh"

states=$(share 1600) rules=$(share 200) entries=$(share 200)

one_server
legacy_of 400
undisturbed --chunk 20
cp wanted.state/data.mdb stale.mdb
for _ in 1 2 3 4; do finish wanted --chunk 20; done
cp -r wanted.state kept
told=$("$engine" state show --json --state kept)

damage() { # FILE COUNT [STALE]: the folder damaged holds so many copies of it, damaged.txt what was done to each
	rm -rf damaged && mkdir damaged
	luajit "$repository/tests/torture/mutate.lua" "$1" damaged "$2" "$(between 1 1000000)" "${@:3}" > damaged.txt
}

# ---- the state folder ----

looked_at() { # N WHAT: either it is refused, or nothing is missing in it
	local seen status
	cp "damaged/$1" hurt/data.mdb
	seen=$("$engine" state show --json --state hurt 2> hurt.err)
	status=$?
	case $status in
	0) [ "$seen" = "$told" ] || echo "$2: taken for sound, but it says $seen" ;;
	65) [[ $(< hurt.err) = *'engine state rebuild'* ]] && noticed=$((noticed + 1)) || { echo "$2:"; cat hurt.err; } ;;
	*) echo "$2: ended with $status"; cat hurt.err ;;
	esac
}

damage kept/data.mdb "$states" stale.mdb
cp -r kept hurt
noticed=0 done_states=0
: > damage.log
while read -r what; do
	done_states=$((done_states + 1))
	looked_at $done_states "$what" >> damage.log
done < damaged.txt
[ ! -s damage.log ] && [ "$done_states" -eq "$states" ]
report $? "of $done_states damaged state folders $noticed are refused, the others tell the truth" damage.log
[ $noticed -ge $((states / 4)) ]
report $? 'the damage was such as to matter'

# What a run makes of it: it stops, or it does not need what is missing. Made again, it ends in the same.
moved() { # N WHAT
	local status
	rm -rf wanted.state && cp -r kept wanted.state && cp "damaged/$1" wanted.state/data.mdb
	go wanted --chunk 20
	finished
	status=$?
	if [ $status -eq 65 ]; then
		"$engine" state rebuild --target "$(target wanted)" --state wanted.state > rebuild.out 2>&1 ||
			{ echo "$2: cannot be made again"; cat rebuild.out; }
		rebuilt=$((rebuilt + 1))
		go wanted --chunk 20
		finished
		status=$?
	fi
	[ $status -eq 1 ] || { echo "$2: the run ended with $status"; cat wanted.err; }
	oracle wanted 0 0 > moved.oracle 2>&1
	[ ! -s moved.oracle ] || { echo "$2:"; cat moved.oracle; }
}

rebuilt=0 runs=0
: > damage.log
for ((i = 0; i < $(share 40); i++)); do
	n=$((1 + i * 17 % states)) runs=$((runs + 1))
	moved $n "$(sed -n ${n}p damaged.txt)" >> damage.log
done
[ ! -s damage.log ]
report $? "$runs of them met a run; $rebuilt were made again from the target: the same records" damage.log

# ---- rules and settings ----

# What is still a sound file and means the same may run, and finds its work done; whatever else it is must not write.
configured() { # FILE N
	local status
	rm -rf hurt && cp -r bench hurt && cp "damaged/$2" "hurt/$1"
	(cd hurt && timeout 60 "$engine" run --state ../wanted.state --json > ../hurt.json 2> ../hurt.err)
	status=$?
	case $status in
	0 | 1) [ "$(jq -r '.entities[] | .digest, .merged, .withdrawn' hurt.json | tr '\n' ' ')" = "$digest 0 0 " ] || cat hurt.json ;;
	2 | 3 | 65 | 69 | 77 | 78) [ -s hurt.err ] && refused=$((refused + 1)) || echo "ended with $status without a word" ;;
	*) echo "ended with $status" && cat hurt.err ;;
	esac
}

digest=${wanted_seen% }
digest=${digest##* }
"$engine" state rebuild --target "$(target wanted)" --state wanted.state > rebuild.out
report $? 'the state folder is made again once more' rebuild.out
printf 'return { rules = "rule.lua", legacy = "%s", target = "%s", rate = 90000000, chunk = 200, workers = 2 }\n' "$legacy" "$(target wanted)" \
	> bench/engine.lua
refused=0 done_rules=0
: > damage.log
for file in rule.lua rule.lua engine.lua authority.lua; do
	damage bench/$file $(((rules + 3) / 4))
	n=0
	while read -r what; do
		n=$((n + 1)) done_rules=$((done_rules + 1))
		configured $file $n > configured.out 2>&1
		[ ! -s configured.out ] || echo "$file, $what: $(cat configured.out)" >> damage.log
	done < damaged.txt
done
rm bench/engine.lua
[ ! -s damage.log ]
report $? "of $done_rules damaged rule and settings files $refused are refused, the others mean the same" damage.log
[ $refused -ge $((rules / 4)) ]
report $? 'the damage was such as to matter'
agrees wanted 0 0 'and nothing was written by them'

# ---- the ledger in the target ----

columns=(entry_no kind at who body previous hash)

# Sets $what, an accident of one entry, and $sql, which makes it happen.
draw_accident() {
	local entry=$((1 + RANDOM % last)) other=$((1 + RANDOM % last)) column=${columns[RANDOM % 7]} bit=$((RANDOM % 7)) place=$RANDOM
	[ $other -ne $entry ] || other=$((entry % last + 1))
	case $((RANDOM % 7)) in
	0 | 1) # of a number one that makes it a larger number; of a text one that leaves it a text
		what="bit $bit of $column of entry $entry"
		sql="update engine_ledger set $column = overlay($column placing chr(greatest(1, ascii(substr($column, 1 + $place % length($column), 1)) # (1 << $bit)))
			from 1 + $place % length($column) for 1) where entry_no = $entry"
		[ "$column" != entry_no ] || sql="update engine_ledger set entry_no = entry_no # (1 << ($bit + 16)) where entry_no = $entry"
		;;
	2) what="entry $entry is taken out" sql="delete from engine_ledger where entry_no = $entry" ;;
	3) what="all from entry $entry on are taken out" sql="delete from engine_ledger where entry_no >= $entry" ;;
	4)
		what="the bodies of $entry and $other are exchanged"
		sql="update engine_ledger as a set body = b.body from ledger_kept as b where (a.entry_no, b.entry_no) in (($entry, $other), ($other, $entry))"
		;;
	5)
		what="entry $entry once more at the end"
		sql="insert into engine_ledger select $last + 1, kind, at, who, body, previous, hash from ledger_kept where entry_no = $entry"
		;;
	6)
		what="$column of entry $entry is empty" sql="update engine_ledger set $column = '' where entry_no = $entry"
		[ "$column" != entry_no ] || sql="update engine_ledger set entry_no = 0 where entry_no = $entry"
		;;
	esac
}

is_found() { # is what $sql did; $different is how many rows it changed
	different=$(cluster_sql new wanted "begin; truncate engine_ledger; insert into engine_ledger select * from ledger_kept; $sql; commit" \
		'select count(*) from (table engine_ledger except table ledger_kept union all (table ledger_kept except table engine_ledger)) as d') || return 1
	[ "$different" -gt 0 ] || return 0
	"$engine" ledger verify --target "$(target wanted)" --state wanted.state
	[ $? -eq 1 ]
}

cluster_sql new wanted 'create table ledger_kept as select * from engine_ledger'
last=$(cluster_sql new wanted 'select max(entry_no) from engine_ledger')
found=0 unchanged=0
: > damage.log
while [ $found -lt "$entries" ]; do
	draw_accident
	is_found > verify.out 2>&1 || { echo "$what:"; cat verify.out; } >> damage.log
	[ ! -s damage.log ] || break
	if [ "$different" -eq 0 ]; then unchanged=$((unchanged + 1)); continue; fi # two bodies may be the same
	grep -q '^entry [0-9]*:' verify.out || { echo "$what: found, but not where"; cat verify.out; } >> damage.log
	found=$((found + 1))
done
[ ! -s damage.log ]
report $? "$found changes of the ledger are found ($unchanged changed nothing)" damage.log
cluster_sql new wanted 'truncate engine_ledger' 'insert into engine_ledger select * from ledger_kept'
agrees wanted 0 0 'with the ledger as it was'

figure 12 'damaged state, rules and ledger' $((done_states + done_rules + found)) $((states + rules + entries)) mutations \
	states=$done_states states_refused=$noticed rules=$done_rules rules_refused=$refused ledger=$found runs=$runs rebuilt=$rebuilt

# ---- an older copy of the state folder put back ----

rollbacks=$(share 50)
fresh back && mkdir older
: > rollback.log
go back --chunk 20
until_so 100 test -s back.state/data.mdb && until_so 100 has_passes back 1
kill -KILL $pid 2> /dev/null
finished
cp -r back.state older/0
put_back=0 killed=0

put_back() { # STEP [OPTION…]
	rm -rf back.state && cp -r older/"$1" back.state
	put_back=$((put_back + 1))
	shift
	go back --chunk 20 "$@"
}

for ((i = 1; i <= rollbacks; i++)); do
	cluster_sql old legacy "update del set status = case status when 'created' then 'ASSIGNED' else 'created' end where del_id % $rollbacks = $i - 1 and status <> 'LOST'"
	which=$((RANDOM % i))
	# Every second one is killed on its way, and goes on with a folder that knows nothing of it.
	if [ $((i % 2)) -eq 1 ]; then
		put_back $which --rate 1000
		until_so 100 has_passes back $(($(passes back) + 3))
		! kill -KILL $pid 2> /dev/null || killed=$((killed + 1))
		finished
		cp -r back.state older/$i
	fi
	put_back $which
	finished
	[ $? -eq 1 ] || { echo "with the folder of step $which, in step $i:"; cat back.err; } >> rollback.log
	[ -d older/$i ] || cp -r back.state older/$i
	# It was noticed: what is remembered now is what the target knows, chunk by chunk.
	"$engine" state show --json --state back.state |
		jq -r '.[] | select(.table == "checkpoints") | .value | [.chunk, .pass, .records, .digest] | map(tostring) | join("|")' > remembered
	cluster_sql new back 'select chunk_no, pass_no, record_count, digest from engine_chunk order by chunk_no' > known
	cmp -s remembered known || { echo "step $i: the folder of step $which is still believed"; diff remembered known | head -n 4; } >> rollback.log
done
[ ! -s rollback.log ]
report $? "$put_back older state folders put back ($killed runs killed with them): the target is believed" rollback.log
undisturbed --chunk 20
agrees_after_runs back 'in the end'
figure 13 'older state folders put back' $put_back "$rollbacks" rollbacks killed=$killed
torture_end
