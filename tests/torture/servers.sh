#!/bin/bash
# servers.sh: servers that die in the middle of chunks and come back, and servers that refuse what they are asked.
. "$(dirname "$0")/lib.sh"

workers=3
start_servers log_line_prefix='%n '
legacy_of 4000
undisturbed --chunk 50 --workers $workers

# ---- row 3: crashes of either server, and its restart ----

now() { cluster_sql new postgres 'select extract(epoch from clock_timestamp())'; }

back_after() { # EPOCH: milliseconds until a chunk was passed, or nothing when that takes too long; the run may be over instead
	local round passed
	for round in $(seq 600); do
		passed=$(cluster_sql new struck "select ceil(extract(epoch from min(ended_at) - to_timestamp($1)) * 1000) from engine_pass where ended_at > to_timestamp($1)")
		[ -z "$passed" ] || { echo "$passed"; return; }
		kit_lives $pid || return 0
		sleep 0.05
	done
	echo "no chunk was passed within 30 s of a restart:" >> struck.log
	cat struck.err >> struck.log
}

faults=0 runs=0
: > backs
: > struck.log
wanted=$(share 100)
while [ $faults -lt "$wanted" ] && [ ! -s struck.log ]; do
	fresh struck
	go struck --chunk 50 --workers $workers --rate 4000
	runs=$((runs + 1)) mine=0
	until_passed struck 1 # whom a server has never let in, it may be at the wrong address: that ends at once
	while kit_lives $pid && [ $faults -lt "$wanted" ]; do
		cluster_restart "$([ $((faults % 2)) -eq 0 ] && echo new || echo old)" immediate
		up=$(now)
		kit_lives $pid || break # it was done already
		faults=$((faults + 1)) mine=$((mine + 1))
		back_after "$up" >> backs
		pause "$(between 1 300)"
	done
	finished
	status=$?
	[ $status -eq 1 ] || { echo "run $runs ended with $status:"; cat struck.err; } >> struck.log
	oracle struck $mine $workers >> struck.log 2>&1
done
[ ! -s struck.log ]
report $? "$faults crashes of servers in $runs runs, each of which came to its end by itself: all is the same" struck.log
[ "$(wc -l < backs)" -ge $((faults / 2)) ] && [ "$(worst < backs)" -le 30000 ]
report $? "chunks are passed again within 30 s ($(worst < backs) ms at worst of $(wc -l < backs))"
figure 3 'server crash and restart' $faults "$wanted" crashes worst_back_ms="$(worst < backs)" runs=$runs

# ---- row 21: SQLSTATEs at random, by statement and at COMMIT ----

states='40001 40P01 57P01 53300 08006 55P03 57014'

# One statement that writes records in so many fails, and one COMMIT; a sequence counts what is rolled back, too.
inject() { # TARGET ONE_IN
	cluster_sql new "$1" "
		create sequence tries; create sequence turns; create sequence faults minvalue 0 start 0;
		create function strike() returns void language plpgsql security definer as \$\$
		declare n bigint; states text[] := string_to_array('$states', ' ');
		begin
			if (hashint8(nextval('public.turns') + $seed) & 2147483647) % $2 = 0 then
				n := nextval('public.faults');
				raise exception 'injected' using errcode = states[1 + n % array_length(states, 1)];
			end if;
		end \$\$;
		create function strike_now() returns trigger language plpgsql security definer as \$\$ begin
			perform nextval('public.tries');
			perform public.strike();
			return null;
		end \$\$;
		create function strike_later() returns trigger language plpgsql security definer as \$\$ begin
			perform public.strike();
			return null;
		end \$\$;
		create trigger strike before insert or update on job_final for each statement execute function strike_now();
		create constraint trigger strike after insert on engine_pass deferrable initially deferred for each row execute function strike_later()"
}

begin_tables() { # TARGET: and nothing else
	fresh "$1"
	ENGINE_CRASH_AT=before-read:1 go "$1" --chunk 50 --workers $workers
	finished
}

faults=0 tries=0 passes=0 runs=0
: > refused.log
wanted=$(share 200)
while [ $((faults + runs)) -lt "$wanted" ] && [ ! -s refused.log ]; do
	begin_tables refused
	inject refused 8
	go refused --chunk 50 --workers $workers
	runs=$((runs + 1))
	pause "$(between 200 1500)"
	cluster_sql new postgres "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = 'refused'" > /dev/null 2>&1
	finished
	status=$?
	[ $status -eq 1 ] || { echo "run $runs ended with $status:"; cat refused.err; } >> refused.log
	count=$(cluster_sql new refused 'select last_value + is_called::int from faults')
	tries=$((tries + $(cluster_sql new refused 'select last_value from tries')))
	passes=$((passes + $(cluster_sql new refused 'select count(*) from engine_pass')))
	faults=$((faults + count))
	oracle refused $((count + 1)) $workers >> refused.log 2>&1
done
[ ! -s refused.log ]
report $? "$faults statements and commits that failed by $states, and all connections ended $runs times: all is the same" refused.log
# What fails is tried once more, and that is all.
budget=$((passes + faults + runs * workers))
[ $((tries * 10)) -le $((budget * 11)) ]
report $? "each failure is answered by one more try ($tries tries for $passes passes, $faults failures, $runs times no connection)"

# ---- row 21: an outage is no storm ----

# The most tries that the shortest waits allow: 0.05 s, then twice as long each time, 5 s at most.
tries_in() { # MILLISECONDS
	local wait=50 at=0 count=1
	while at=$((at + wait)); [ $at -le "$1" ]; do
		count=$((count + 1)) wait=$((wait * 2 > 5000 ? 5000 : wait * 2))
	done
	echo $count
}

refusals() { # PATTERN: moments at which the server refused, in milliseconds
	grep -h -E "^[0-9.]+ FATAL:.*$1" "$kit_root/new/server.log" | sed 's/^\([0-9]*\)\.\([0-9]*\) .*/\1\2/'
}

fresh outage
go outage --chunk 50 --workers $workers --rate 1500
for _ in $(seq 200); do
	[ "$(cluster_sql new outage 'select count(*) from engine_pass' 2> /dev/null || echo 0)" -lt 6 ] || break
	pause 20
done
cluster_sql new postgres 'alter role engine connection limit 0' > /dev/null
began=$(milliseconds)
cluster_sql new postgres "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'outage'" > /dev/null
pause 2000
"$engine" status --state outage.state > shown 2>&1
pause 8000
lasted=$(($(milliseconds) - began))
refusals 'too many connections for role' > attempts
cluster_sql new postgres 'alter role engine connection limit -1' > /dev/null
began=$(milliseconds)
finished
status=$?
closed=$(($(milliseconds) - began))
[ $status -eq 1 ] && oracle outage $workers $workers > outage.log 2>&1 && [ ! -s outage.log ]
report $? "an outage of $lasted ms ends, and so does the run ($status)" outage.log outage.err
most=$(($(tries_in $lasted) * 11 / 10))
[ "$(wc -l < attempts)" -ge 3 ] && [ "$(wc -l < attempts)" -le $most ]
report $? "$workers workers asked $(wc -l < attempts) times, at most $most" attempts
grep -q 'waiting for a store to come back' shown
report $? 'which engine status shows' shown
# Waits are 0.1 s, 0.2 s and so on, less up to a half. That one is less than 5 % off is a chance of one in ten; so several are asked for.
jitter=$(awk 'NR > 1 { gap = $1 - last; full = 100; while (full < gap * 0.98) full *= 2; off = 100 - 100 * gap / full; if (off > most) most = off } { last = $1 }
	END { printf "%d", most }' attempts)
[ "$jitter" -ge 5 ]
report $? "and not at fixed times ($jitter % off)"

# A store that lets everybody in and refuses all work is asked no more often.
begin_tables refusing
inject refusing 1
go refusing --chunk 50 --workers $workers
pause 4000
tried=$(cluster_sql new refusing 'select last_value from tries')
most=$(($(tries_in 4000) * 11 / 10 + workers)) # before they know of it all of them try
[ "$tried" -ge 3 ] && [ "$tried" -le $most ]
report $? "a store that refuses every chunk was tried $tried times in 4 s, at most $most"
kill -TERM $pid
finished
[ $? -eq 143 ]
report $? 'and a stop is heard meanwhile' refusing.err
figure 21 'retry storm' $((faults + runs)) "$wanted" faults tries=$tries budget=$budget attempts_in_outage="$(wc -l < attempts)" \
	attempts_of_refused_work="$tried" jitter_percent="$jitter" closed_ms=$closed

torture_end
