# lib.sh: what the parts of the torture share: how many faults, how to count them, and what must be true afterwards. To be
# sourced; a part ends with `torture_end`.
#
# TORTURE_SHARE is the percentage of the faults that a whole torture has (default 10); ENGINE_TEST_SEED replays the random
# choices of a run that printed it.
. "$(dirname "${BASH_SOURCE[0]}")/../scenarios/lib.sh"
. "$repository/tests/kit/cluster.sh"
. "$repository/tests/kit/proxy.sh"
. "$repository/tests/scenarios/lib_postgres.sh"
torture_share=${TORTURE_SHARE:-10}
case $torture_share in
'' | *[!0-9]* | 0) echo "not ok - TORTURE_SHARE is \"$torture_share\", not a percentage from 1"; exit 1 ;;
esac
torture_failed=0

share() { # FAULTS OF A WHOLE TORTURE: how many it is now; at least 1
	local now=$((($1 * torture_share + 99) / 100))
	echo $((now > 0 ? now : 1))
}

between() { # FIRST LAST: a number, by the seed
	echo $(($1 + (RANDOM * 32768 + RANDOM) % ($2 - $1 + 1)))
}

# A row of the matrix: the last line about it. It has failed when there were fewer faults than there should have been, or when
# any test since the last figure did. Further words are figures: worst_resume_ms=812.
figure() { # ROW WHAT FAULTS WANTED UNIT [KEY=VALUE…]
	local row=$1 what=$2 faults=$3 wanted=$4 unit=$5 result
	shift 5
	[ "$faults" -ge "$wanted" ]
	report $? "row $row: $what: $faults of $wanted $unit"
	result=$([ $failed = 0 ] && echo ok || echo failed)
	echo "figure: row=$row what=\"$what\" faults=$faults wanted=$wanted unit=$unit result=$result${*:+ $*}"
	torture_failed=$((torture_failed | failed))
	failed=0
}

torture_end() {
	exit $((torture_failed | failed))
}

worst() { # of numbers, one a line; 0 when there is none
	sort -n | tail -n 1 | grep . || echo 0
}

# ---- PostgreSQL to PostgreSQL ----

# Some rows are nothing the rule knows: quarantine is part of what must be the same.
legacy_of() { # ROOTS
	load_legacy "$1" && cluster_sql old legacy "update del set status = 'LOST' where del_id % 97 = 5" 'vacuum analyze del'
	report $? "a legacy database of $1 roots" load.log
}

finish() { # TARGET [OPTION…]: to the end; 1 because some rows are in quarantine
	go "$@"
	finished
	[ $? -eq 1 ]
}

quarantined() { # TARGET: what is open there and why
	cluster_sql new "$1" "select md5(string_agg(concat_ws(' ', entity, source, source_key, ordinal, root_key, code, faults, source_row), E'\n'
		order by entity, source, source_key, ordinal)), count(*) from engine_quarantine where resolved_by = ''"
}

undisturbed() { # [OPTION…]: what everything else is compared with
	fresh wanted && finish wanted "$@"
	report $? 'a run that nobody disturbs' wanted.err
	wanted_stored=$(stored wanted) wanted_quarantined=$(quarantined wanted) wanted_seen=$(seen wanted)
	[ "${wanted_stored##*|}" -gt 0 ] && [ "${wanted_quarantined##*|}" -gt 0 ]
	report $? "it leaves records and quarantine ($wanted_stored, $wanted_quarantined)"
}

unbalanced() { # TARGET: passes and chunks whose counts do not add up
	cluster_sql new "$1" "select (select count(*) from engine_pass where read <> merged + unchanged + skipped + rejected + fenced)
		+ (select count(*) from engine_chunk where read <> merged + unchanged + skipped + rejected + fenced)
		+ (select count(*) from engine_chunk c where record_count <> (select count(*) from job_final f where f.chunk_no = c.chunk_no and f.source_state = ''))"
}

# What is wrong with a target that was disturbed and came to its end; silent when nothing is. The last run's sums count
# only where a report was written.
oracle() { # TARGET FAULTS WORKERS
	local again
	[ "$(stored "$1")" = "$wanted_stored" ] || echo "$1: the records are not the same: $(stored "$1"), not $wanted_stored"
	[ "$(quarantined "$1")" = "$wanted_quarantined" ] || echo "$1: the quarantine is not the same: $(quarantined "$1"), not $wanted_quarantined"
	[ "$(seen "$1")" = "$wanted_seen" ] || echo "$1: the report is not the same: $(seen "$1"), not $wanted_seen"
	[ "$(unbalanced "$1")" = 0 ] || echo "$1: $(unbalanced "$1") counts do not balance"
	[ "$(cluster_sql new "$1" 'select count(distinct transformed_at) from job_final')" = 1 ] || echo "$1: a resumed run took another time of transformation"
	again=$(passed_again "$1")
	[ "$again" -le $(($2 * $3)) ] || echo "$1: $again passes too many after $2 faults to $3 workers"
	"$engine" ledger verify --target "$(new_through='' target "$1")" --state "$1.state" > "$1.ledger" 2>&1 || { echo "$1: its ledger:"; cat "$1.ledger"; }
}

agrees() { # TARGET FAULTS WORKERS NAME: one test
	oracle "$1" "$2" "$3" > "$1.oracle" 2>&1
	[ ! -s "$1.oracle" ]
	report $? "$4: records, quarantine, sums and ledger are those of a run that nobody disturbs" "$1.oracle"
}
