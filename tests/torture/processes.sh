#!/bin/bash
# processes.sh: engines that are killed, fall asleep past their lease, or run twice from a copied state folder.
. "$(dirname "$0")/lib.sh"

workers=2
status_of_kill=137
start_servers
legacy_of 10000
began=$(milliseconds)
undisturbed --chunk 50 --workers $workers
full=$(($(milliseconds) - began))

# ---- row 1: killed at random moments and in named places, and resumed ----

points='before-read after-read before-write after-write before-commit after-commit before-checkpoint after-checkpoint before-ledger after-ledger'
kills=0 at_random=0 runs=0 again=0
: > resumes
: > struck.log
declare -A hits
for name in $points; do hits[$name]=0; done

# From each start to its first pass, where it came so far before the next one.
note_resumes() { # TARGET
	[ -s started.at ] || return 0
	cluster_sql new "$1" "select ceil(extract(epoch from min(p.ended_at) - to_timestamp(at)) * 1000)
		from (select at, lead(at, 1, 1e11) over (order by at) as until from (values $(sed 's/.*/(&)/' started.at | paste -sd ,)) as t(at)) as s
		join engine_pass p on p.ended_at > to_timestamp(at) and p.ended_at < to_timestamp(until) group by at" >> resumes
}

begin_target() { # forgets what is known of the one before
	fresh struck
	mine=0
	: > started.at
	runs=$((runs + 1))
}

# One start of the engine that ends by SIGKILL, or to its end: 0, 1.
strike() { # NAME|random
	local name=$1 nth status
	[ $mine -eq 0 ] || date +%s.%N >> started.at
	if [ "$name" = random ]; then
		go struck --chunk 50 --workers $workers
		pause "$(between $((full / 20)) $((full / 4)))"
		kill -KILL $pid 2> /dev/null
	else
		nth=$(between 1 $([[ $name = *-ledger ]] && echo 2 || echo 15))
		ENGINE_CRASH_AT=$name:$nth go struck --chunk 50 --workers $workers
	fi
	finished
	status=$?
	if [ $status -eq $status_of_kill ]; then
		kills=$((kills + 1)) mine=$((mine + 1))
		return 0
	fi
	[ $status -eq 1 ] || { echo "struck at $name it ended with $status:"; cat struck.err; } >> struck.log
	return 1
}

# To the end and looked at; then the next target begins.
settle() {
	[ $mine -eq 0 ] || date +%s.%N >> started.at
	finish struck --chunk 50 --workers $workers || { echo "run $runs did not come to its end:"; cat struck.err; } >> struck.log
	oracle struck $mine $workers >> struck.log 2>&1
	note_resumes struck >> struck.log 2>&1
	again=$((again + $(passed_again struck)))
	begin_target
}

wanted=$(share 500) each=$(share 20)
begin_target
for name in $points; do
	for ((i = 0; hits[$name] < each && i < each * 4; i++)); do
		# Only where a run begins and ends the ledger is written.
		if [[ $name = *-ledger ]] && [ $((i % 4)) -eq 0 ] && [ $mine -gt 0 ]; then settle; fi
		if strike "$name"; then
			hits[$name]=$((hits[$name] + 1))
		else
			settle
		fi
		[ $mine -lt 20 ] || settle
	done
done
while [ $kills -lt "$wanted" ] && [ ! -s struck.log ]; do
	if strike random; then at_random=$((at_random + 1)); else settle; fi
	[ $mine -lt 20 ] || settle
done
settle
[ ! -s struck.log ]
report $? "killed $kills times, $at_random at random moments, in $runs runs: records, quarantine, sums and ledger are the same" struck.log
fewest=$(for name in $points; do echo "${hits[$name]}"; done | sort -n | head -n 1)
[ "$fewest" -ge "$each" ]
report $? "each of the named places was hit $each times ($(for name in $points; do printf '%s %s ' "$name" "${hits[$name]}"; done))"
# A tenth of it runs beside other tests, on a machine that is not its own.
most=$([ "$torture_share" -ge 100 ] && echo 2000 || echo 4000)
[ "$(worst < resumes)" -le "$most" ]
report $? "work goes on within $most ms of a kill ($(worst < resumes) ms)"
figure 1 'kill -9 anywhere' $kills "$wanted" kills worst_resume_ms="$(worst < resumes)" fewest_hits_of_a_place="$fewest" repeated_passes=$again

# ---- row 7: engines that sleep past their lease, and twins with the same name ----

# What is committed says for itself who wrote it, and by which right; the engine's own word is not asked.
watch_writes() { # TARGET
	cluster_sql new "$1" "
		create table audit (n bigserial, xid xid8, at timestamptz, who text, what text, shard bigint, owner text, epoch bigint,
			was_owner text, was_epoch bigint, was_until timestamptz);
		create function note() returns trigger language plpgsql security definer set search_path = public, pg_catalog as \$\$ begin
			if tg_table_name = 'engine_shard' then
				insert into audit values (default, pg_current_xact_id(), clock_timestamp(), current_setting('application_name'), 'shard',
					new.shard_no, new.owner, new.lease_epoch, old.owner, old.lease_epoch, old.lease_until);
			else
				insert into audit (xid, at, who, what) values (pg_current_xact_id(), clock_timestamp(), current_setting('application_name'), tg_table_name);
			end if;
			return null;
		end \$\$;
		create trigger watch after update on engine_shard for each row execute function note();
		create trigger watch after insert on engine_pass for each statement execute function note();
		create trigger watch after insert or update or delete on job_final for each statement execute function note();
		create trigger watch after insert or update or delete on engine_quarantine for each statement execute function note();
		create view claims as select n, shard, epoch, who, was_owner from audit where what = 'shard' and epoch = was_epoch + 1 and owner <> '';
		create view held as select *, (select c.who || '/' || c.epoch from claims c where c.shard = a.shard and c.n < a.n order by c.n desc limit 1) as claimed
			from audit a where what = 'shard' and owner <> '' and owner = was_owner and epoch = was_epoch and was_until > at;
		create view stale as select * from audit a where what <> 'shard' and not exists
			(select from held h where h.xid = a.xid and h.claimed = h.who || '/' || h.epoch)"
}

# In the background, as process ${running[NAME]}.
begin() { # NAME STATE
	env --default-signal=INT "$engine" run bench/rule.lua --legacy "$legacy" --target "$(target shared)?application_name=$1" --state "$2" \
		--chunk 50 --workers $workers --rate 1500 --json > "$1.json" 2> "$1.err" &
	running[$1]=$!
}

lives() { # NAME
	[ -n "${running[$1]:-}" ] && kit_lives "${running[$1]}"
}

expire() { # NAME: its leases, as if half a minute had passed; one that is just being extended is not to be had
	cluster_sql new shared "update engine_shard set lease_until = clock_timestamp() - interval '1 ms' where shard_no in
		(select shard_no from engine_shard where owner <> '' and shard_no in
			(select shard from (select distinct on (shard) shard, who from claims order by shard, n desc) c where who = '$1') for update skip locked)"
}

taken_over() { # from whoever has slept
	cluster_sql new shared "select count(*) from claims where was_owner <> ''"
}

both_write() { # or so it should be
	local round
	for round in $(seq 100); do
		[ "$(cluster_sql new shared "select count(distinct who) from audit where what = 'engine_pass'")" -lt 2 ] || return 0
		sleep 0.02
	done
}

asleep() { # NAME: until others have what it had, or there is nothing left to have
	local name=$1 before round
	before=$(taken_over)
	kill -STOP "${running[$name]}"
	# Once it is left to the clock: the others come far meanwhile. Where there is little time, that one may be of no use.
	if [ $slept -eq 0 ] && { [ "$torture_share" -ge 100 ] || [ $faults -eq 0 ]; }; then sleep 31; else expire "$name" || return 1; fi
	for round in $(seq 40); do
		[ "$(taken_over)" -le "$before" ] || break
		sleep 0.05
	done
	kill -CONT "${running[$name]}"
	[ "$round" -eq 40 ] || slept=$((slept + 1))
}

twin() { # OF: an engine with the same name, as when the machine was copied while it ran
	local number=$((twins + 1))
	kill -STOP "${running[$1]}"
	cp -r "$1.state" "twin$number.state"
	kill -CONT "${running[$1]}"
	! lives "twin$twins" || { kill -KILL "${running[twin$twins]}"; wait "${running[twin$twins]}" 2> /dev/null; }
	twins=$number
	begin "twin$twins" "twin$twins.state"
}

ended() { # NAME: as it should
	local status
	wait "${running[$1]}" 2> /dev/null
	status=$?
	[ $status -eq 1 ] || { echo "$1 ended with $status"; cat "$1.err"; } >> stale.log
}

declare -A running
slept=0 twins=0 faults=0 handed=0 stale=0 written=0
: > stale.log
wanted=$(share 100)
# A sleep that nobody made use of is none.
while [ $((slept + twins)) -lt "$wanted" ] && [ $faults -lt $((wanted * 5)) ] && [ ! -s stale.log ]; do
	fresh shared && rm -rf one.state two.state twin*.state
	ENGINE_CRASH_AT=before-read:1 begin one one.state # makes the tables
	wait "${running[one]}" 2> /dev/null
	watch_writes shared > stale.log 2>&1
	begin one one.state
	begin two two.state
	both_write
	mine=0
	while lives one && lives two && [ $((slept + twins)) -lt "$wanted" ]; do
		name=$([ $((RANDOM % 2)) -eq 0 ] && echo one || echo two)
		if [ $((faults % 2)) -eq 0 ]; then asleep "$name"; else twin "$name"; fi
		faults=$((faults + 1)) mine=$((mine + 1))
		pause "$(between 10 200)"
	done
	ended one
	ended two
	[ $twins -eq 0 ] || ! lives "twin$twins" || ended "twin$twins"
	cp -r one.state shared.state
	finish shared --chunk 50 --workers $workers || { echo 'the last run did not come to its end:'; cat shared.err; } >> stale.log
	oracle shared $mine $((workers * 3)) >> stale.log 2>&1
	stale=$((stale + $(cluster_sql new shared 'select count(*) from stale')))
	written=$((written + $(cluster_sql new shared "select count(*) from audit where what = 'job_final'")))
	handed=$((handed + $(taken_over)))
done
[ ! -s stale.log ]
report $? "$slept engines slept past their lease and $twins twins ran: records, quarantine, sums and ledger are the same" stale.log
[ "$stale" -eq 0 ] && [ "$written" -gt 0 ]
report $? "of $written transactions that wrote records, $stale were of one who did not hold the shard"
[ "$handed" -gt 0 ]
report $? "shards went from one hand to another $handed times"
figure 7 'duplicate worker, sleep past the lease' $((slept + twins)) "$wanted" faults slept=$slept twins=$twins stale_writes="$stale" taken_over="$handed"

torture_end
