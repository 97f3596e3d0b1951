#!/bin/bash
# decisions.sh: engine decisions: counts that are what sqlite3 counts in the records, what is open, what is overdue, and what is not counted.
. "$(dirname "$0")/lib.sh"

counted() { # [OPTION…]: as the engine counts
	"$engine" decisions --json "$@" 2> /dev/null | jq -S -c '.decisions | map({ key: .id, value: .records }) | from_entries'
}

in_records() { # as they stand in the records
	ask new "select json_group_object(value, n) from (select value, count(*) as n from job_final, json_each(payload_json, '\$.lineage.decisions')
		where source_state = '' group by value order by value)"
}

ends() { # STATUS NAME [OPTION…]
	local status=$1 name=$2
	shift 2
	"$engine" decisions "$@" > decisions.out 2>&1
	is "$status" $? "$name"
}

# Their reviews are due one day: not while this is tested.
sed -i 's/review_by = "[^"]*"/review_by = "9999-12-31"/' rules/v3.lua

sample old 5000 && "$engine" run rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --state state --chunk 500 > run.out 2> run.err
[ $? -le 1 ] && [ "$(ask new 'select count(*) from engine_chunk')" -ge 8 ]
report $? '5000 deliveries, moved in chunks' run.err

# ---- counts ----
is "$(jq -S -c .v3.decisions sample/manifest.json)" "$(counted --target sqlite:new.db)" 'each decision, as the manifest says'
is "$(in_records)" "$(counted --target sqlite:new.db)" 'and as sqlite3 counts in the records'
is "$(in_records)" "$(counted rules/v3.lua --target sqlite:new.db)" 'the same by the rule file'
"$engine" decisions --target sqlite:new.db --named 7 --json | jq -r '.decisions[] | .id as $id | .samples[] | [., $id] | join("|")' | sort > named
is 14 "$(wc -l < named)" 'seven records are named of each'
ask new "select job_id, value from job_final, json_each(payload_json, '\$.lineage.decisions')" | sort > resting
is '' "$(comm -23 named resting)" 'and rest on it'
"$engine" decisions --target sqlite:new.db --named 3 --json | jq -r '.decisions[] | .id as $id | .samples[] | [., $id] | join("|")' | sort | comm -23 - named > more
is '' "$(cat more)" 'fewer are among them'

# ---- what no count covers is said ----
cp new.db kept.db
cut=$(ask new "select sum(json_extract(strata, '\$.\"decision:completed_at\"')) from engine_chunk where chunk_no <> 3")
sqlite3 new.db 'update engine_chunk set rule_epoch = 0 where chunk_no = 3'
is "$cut" "$(counted --target sqlite:new.db | jq .completed_at)" 'a chunk that is due is in no count'
ends 0 'which is no finding' --target sqlite:new.db
grep -q '; 1 still due are in no count' decisions.out
report $? 'and is said' decisions.out
sqlite3 new.db "update engine_chunk set rule_epoch = 1, source_digest = ''"
"$engine" decisions --target sqlite:new.db | grep -q 'single rows were taken again since'
report $? 'rows that were taken again are said'
cp kept.db new.db
sed 's/version    = "v3"/version    = "v4"/; s/supersedes = "v2"/supersedes = "v3"/; s/PICKED_UP = "IN_PROGRESS",/& ["PICKED UP"] = "IN_PROGRESS",/' rules/v3.lua > rules/v4.lua
is '{"amount_in_cents":null,"completed_at":null}' "$(counted rules/v4.lua --target sqlite:new.db)" 'no count of a version that moved nothing'
ends 0 'which is no finding either' rules/v4.lua --target sqlite:new.db
grep -q 'not counted: the target was moved by v3' decisions.out
report $? 'and is said, too' decisions.out
sed 's/PICKED_UP = "IN_PROGRESS",/& ["PICKED UP"] = "IN_PROGRESS",/' rules/v3.lua > rules/v3b.lua
ends 0 'a version that was edited' rules/v3b.lua --target sqlite:new.db
grep -q 'moved by v3 as it was before it was edited' decisions.out
report $? 'has no counts' decisions.out
ends 0 'without a target' rules/v3.lua
ends 4 'with a target that is not there' rules/v3.lua --target sqlite:nothing.db
grep -q completed_at decisions.out && grep -q 'does not answer' decisions.out
report $? 'the rule is shown without counts' decisions.out
ends 2 'with neither'
ends 69 'with a target that is not there, and no rule' --target sqlite:nothing.db

# ---- open and overdue, by the day in UTC ----
sed "s/review_by = \"[^\"]*\"/review_by = \"$(date -u +%F)\"/" rules/v3.lua > rules/v6.lua
ends 0 'a review that is due today is not overdue' rules/v6.lua
sed "s/review_by = \"[^\"]*\"/review_by = \"$(date -u -d yesterday +%F)\"/" rules/v3.lua > rules/v6.lua
ends 1 'one that was due yesterday is' rules/v6.lua
is 2 "$(grep -c '^  .* overdue$' decisions.out)" 'each'
sed 's/options   = { cents /options   = { undecided = "nobody has said", cents /; s/choice    = "cents"/choice    = "undecided"/' rules/v3.lua > rules/v6.lua
ends 1 'what says undecided is open' rules/v6.lua
is 'amount_in_cents' "$(awk '/ open$/ { print $1 }' decisions.out)" 'that one'
for zone in Pacific/Kiritimati Pacific/Pago_Pago; do
	sed "s/review_by = \"[^\"]*\"/review_by = \"$(date -u +%F)\"/" rules/v3.lua > rules/v6.lua
	TZ=$zone "$engine" decisions rules/v6.lua > decisions.out 2>&1
	is 0 $? "the day does not depend on the clock of $zone"
done

# ---- status: those of the rule that the target keeps ----
is '{"all":2,"open":0,"overdue":0}' "$("$engine" status --target sqlite:new.db --json | jq -c '.decisions | .overdue = 0')" 'engine status counts them'
sqlite3 new.db "delete from engine_rule where path = 'v3.lua'"
is null "$("$engine" status --target sqlite:new.db --json | jq -c .decisions)" 'and says when it cannot'
exit "$failed"
