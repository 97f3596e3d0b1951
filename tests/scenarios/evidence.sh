#!/bin/bash
# evidence.sh: engine ledger evidence: what was proven stands until something happens that it does not cover, and merges name what is to be proven again.
. "$(dirname "$0")/lib.sh"

sample old 2000 && move old new --chunk 300
[ $? -le 1 ]
report $? 'deliveries, moved' new.err

rule=rules/v3.lua
run() {
	"$engine" run "$rule" --legacy sqlite:old.db --target sqlite:new.db "$@" > run.out 2> run.err
	[ $? -le 1 ]
}
prove() { # CHECK…
	"$engine" verify "$@" --legacy sqlite:old.db --target sqlite:new.db --json > proof.json 2> proof.err
}
evidence() {
	"$engine" ledger evidence --target sqlite:new.db --json > evidence.json 2> evidence.err
	status=$?
}
kinds() { # of each check: what became of its evidence
	jq -r '.[] | "\(.check) \(.evidence)"' evidence.json | xargs
}
stale() { # WORDS NAME: all of it is, for that reason
	evidence
	is "4 stale" "$status $(jq -r '[.[] | select(.check != "queries") | .evidence] | unique | .[]' evidence.json | xargs)" "$2"
	jq -r '.[] | select(.check != "queries") | .why' evidence.json | grep -qv "$1"
	[ $? -eq 1 ]
	report $? "$2: it says why" evidence.json
}

evidence
is '4 balance none unchanged none digests none sample none invariants none queries none' "$status $(kinds)" 'nobody has proven anything'
prove balance digests
evidence
is '4 balance stands unchanged stands digests stands sample none invariants none queries none' "$status $(kinds)" 'what was proven stands, and what was not is said'
prove balance unchanged digests sample invariants
evidence
is '0' "$(jq '[.[] | select(.check != "queries") | .written] | add' evidence.json)" 'nothing was written since'
"$engine" ledger evidence --target sqlite:new.db > text.out 2>&1
[ "$(grep -c '^stands' text.out)" -eq 5 ] && grep -q '^none *queries *job: nobody has proven it' text.out
report $? 'and is read by people' text.out

# ---- merges name what is to be proven again ----
run
evidence
is '0 0' "$(jq '.[] | select(.check == "balance") | .written, (.ids | length)' evidence.json | xargs)" 'a run that writes nothing leaves all of it proven'
sqlite3 old.db "update del set updated_ts = '2024-01-01 00:00:00' where del_id % 97 = 3"
run
evidence
ask new "select job_id from job_final where source_state = '' and payload_json ->> 'updatedAt' = '2024-01-01T00:00:00.000000Z' order by 1" > written
jq -r '.[] | select(.check == "balance") | .ids[]' evidence.json | sort > seen
[ -s written ] && sort written | cmp -s - seen
report $? "a run that wrote $(wc -l < written) records leaves the rest proven, and names these" <(sort written | diff - seen | head -n 5)
is 4 "$status" 'which is not all of it'
sqlite3 old.db "delete from del where del_id = (select max(del_id) from del where upper(status) = 'CREATED' and coalesce(delivery_ref, '') not like 'TEST-%')"
run
evidence
is "$(($(wc -l < written) + 1))" "$(jq '.[] | select(.check == "balance") | .written' evidence.json)" 'a record that was withdrawn is one of them'
run --chunk 60
sqlite3 old.db "update del set updated_ts = '2024-01-02 00:00:00' where del_id = 400"
run --chunk 60
evidence
jq -e '.[] | select(.check == "balance") | .ids | index("tsk_400") != null' evidence.json > /dev/null
report $? 'also one of a chunk that was cut since' evidence.json
prove balance unchanged digests sample invariants
evidence
is '0' "$(jq '[.[] | select(.check != "queries") | .written] | add' evidence.json)" 'proven again, it stands for all of them'

# ---- what makes it stale by itself ----
remember() {
	sqlite3 new.db "pragma wal_checkpoint(truncate)" > wal.log && rm -rf kept.db kept.state && cp new.db kept.db && cp -r new.db.state kept.state
}
restore() {
	rm -rf new.db new.db-* new.db.state && cp kept.db new.db && cp -r kept.state new.db.state
}
remember
ask new "update job_final set payload_json = json_set(payload_json, '$.amount', '0.00') where job_id = 'tsk_400'"
prove unchanged
stale 'has found differences since' 'a change that no merge made, once it is seen'
restore
ask new "update job_final set payload_json = json_set(payload_json, '$.amount', '0.00') where job_id = 'tsk_400'"
"$engine" reconcile rules/v3.lua --legacy sqlite:old.db --target sqlite:new.db --apply > reconcile.out 2>&1
stale 'a repair is no proof' 'a repair'
prove balance unchanged digests sample invariants
evidence
is 'stands' "$(jq -r '[.[] | select(.check != "queries") | .evidence] | unique | .[]' evidence.json)" 'until all of it is proven again'
restore
sed -i 's/absolute "0.01"/absolute "0.02"/' rules/v3.lua
run
report $? 'the rule tolerates more' run.err
stale 'asks for something else since' 'a tolerance that is wider'
sed -i 's/absolute "0.02"/absolute "0.01"/' rules/v3.lua
restore
sed -e 's/version    = "v3"/version    = "v4"/; s/supersedes = "v2"/supersedes = "v3"/; s/prefix = "tsk_"/prefix = "job_"/' rules/v3.lua > rules/v4.lua
rule=rules/v4.lua
run
report $? 'another version' run.err
rule=rules/v3.lua
stale 'rule epoch' 'another rule epoch'
restore
sed -i 's/fresh = "24h"/fresh = "1s"/' rules/authority.lua
run
report $? 'the policy wants fresh evidence' run.err
prove balance unchanged digests sample invariants
sleep 1.2
stale 'it is older than 1s' 'evidence that is not fresh any more'
sed -i 's/fresh = "1s"/fresh = "24h"/' rules/authority.lua
restore
ask new "update engine_chunk set pass_no = 0 where chunk_no = 3"
stale 'nobody has passed' 'a chunk that was never passed'
restore
ask new "update engine_ledger set body = replace(body, '\"agrees\"', '\"differs\"') where kind = 'validated'"
evidence
[ "$status" -eq 65 ] && grep -q 'the ledger is broken' evidence.err
report $? 'a ledger that somebody has changed is nobody'"'"'s word' evidence.err
exit "$failed"
