#!/bin/bash
# load.sh: legacy says that it is loaded and that it is not; runs step back and come back in time, and do not swing. And what a
# run costs those who ask legacy for single rows meanwhile. Row 20 of the fault matrix.
# alone: it measures how fast a run follows
. "$(dirname "$0")/lib.sh"
. "$repository/tests/torture/lib_store.sh"

excursions=$(share 20) at_once=5 rate=200
one_server
roots=$((torture_share < 100 ? 12000 : 60000))
legacy_of $roots
cluster_sql old legacy 'create table load (no int primary key, value float8); insert into load select i, 0.2 from generate_series(1, 100) i'

moved() { # TARGET: rows that passed
	cluster_sql new "$1" 'select coalesce(sum(read), 0) from engine_pass' 2> /dev/null || echo 0
}

load_is() { # NO VALUE
	cluster_sql old legacy "update load set value = $2 where no = $1"
}

speed() { # TARGET: rows a second, of the next second
	local before began
	before=$(moved "$1") began=$(milliseconds)
	sleep 1
	echo $((($(moved "$1") - before) * 1000 / ($(milliseconds) - began)))
}

is_slower() { # TARGET: a second's rows after a step back; the second itself is not counted
	[ "$(speed "$1")" -le $((rate * 65 / 100)) ]
}

is_at_speed() {
	[ "$(speed "$1")" -ge $((rate * 80 / 100)) ]
}

# The target's server notes when each chunk was done: how many ms after the moment $2 the first second began in which so many
# rows were moved. Nothing when there is none.
first_second() { # TARGET MOMENT UNTIL COMPARISON
	cluster_sql new "$1" "select round(extract(epoch from min(t) - '$2') * 1000) from (select ended_at as t, sum(read) over (order by ended_at range between current row and '1 second' following) as rows
		from engine_pass) as s where t >= '$2' and t <= '$3' and rows $4"
}

now() { # as the server has it
	cluster_sql new postgres 'select clock_timestamp()'
}

# A run of its own, whose load comes and goes once: prints how many ms it took to react and to recover, and how often it fell
# back though nothing was wrong any more.
excursion() { # NO
	local no=$1 came went swings=0 i
	mkdir -p "run$no" && cd "run$no" || return 1
	ln -s ../bench bench
	echo "return { throttle = { probe \"load\" { on = \"legacy\", sql = \"select value from load where no = $no\", at_most = 1 } } }" > engine.lua
	fresh "t$no" && go "t$no" --chunk 20 --workers 2 --rate $rate
	within 15 is_at_speed "t$no" || { echo "run $no: never at speed"; cat "t$no.err"; kill -INT "$pid"; return 1; }
	load_is "$no" 1.5
	came=$(now)
	within 8 is_slower "t$no" || { echo "run $no: does not step back"; kill -INT "$pid"; return 1; }
	load_is "$no" 0.2
	went=$(now)
	within 20 is_at_speed "t$no" || { echo "run $no: does not come back"; kill -INT "$pid"; return 1; }
	for i in 1 2 3; do ! is_slower "t$no" || swings=$((swings + 1)); done
	kill -INT "$pid"
	finished
	[ $? -eq 130 ] || { echo "run $no:"; cat "t$no.err"; }
	echo "$(first_second "t$no" "$came" "$went" "<= $((rate * 65 / 100))") $(first_second "t$no" "$went" infinity ">= $((rate * 80 / 100))") $swings"
}

: > excursions.log
for ((first = 1; first <= excursions; first += at_once)); do
	waiting=()
	for ((no = first; no < first + at_once && no <= excursions; no++)); do
		(trap - EXIT; excursion "$no" > "excursion.$no" 2>&1) &
		waiting+=($!)
	done
	wait "${waiting[@]}"
done
seen=0 slowest_reaction=0 slowest_recovery=0 swings=0
for ((no = 1; no <= excursions; no++)); do
	read -r reacted recovered swung rest < "excursion.$no"
	[[ "$reacted $recovered $swung $rest" =~ ^[0-9]+\ [0-9]+\ [0-9]+\ $ ]] || { cat "excursion.$no" >> excursions.log; continue; }
	seen=$((seen + 1)) swings=$((swings + swung))
	[ "$reacted" -le $slowest_reaction ] || slowest_reaction=$reacted
	[ "$recovered" -le $slowest_recovery ] || slowest_recovery=$recovered
done
[ ! -s excursions.log ]
report $? "$seen times a load came and went" excursions.log
[ $slowest_reaction -le 2000 ]
report $? "the slowest stepped back within 2 s ($slowest_reaction ms)"
[ $slowest_recovery -le 10000 ]
report $? "the slowest came back within 10 s ($slowest_recovery ms)"
[ $swings -eq 0 ]
report $? "none fell back when nothing was wrong ($swings)"

# ---- what people feel who ask legacy for single rows ----

# A machine is quick in one second and slow in the next, whoever is to blame. So one run, held back as far as it goes, is told to
# pause and to resume by turns. Where there is little time it is measured and not judged, and the run must not end before.
if [ "$torture_share" -lt 100 ]; then turns=6 settling=1 limit=(--rate 400); else turns=480 settling=20 limit=(); fi
printf '\\set id random(1, %d)\nselect * from del where del_id = :id;\n' $roots > point.sql

told() { # pause|resume AS: from now on
	"$engine" ctl "$1" --state held.state > ctl.out 2>&1 || cat ctl.out >> beside.log
	echo "$(date +%s%6N) $2" >> turns
}

note_stolen() { # about 20 times a second
	local cpu user nice system idle iowait irq softirq stolen rest
	while read -r cpu user nice system idle iowait irq softirq stolen rest < /proc/stat; do
		echo "$(date +%s%6N) $stolen"
		sleep 0.05
	done
}

: > beside.log
: > turns
echo 'return { throttle = { read_latency { at_most = 0.0001 } } }' > engine.lua
fresh held && go held --chunk 50 --workers 2 "${limit[@]}"
until_so 50 has_passes held 3
sleep $settling
"$kit_bin/pgbench" -n -h "$old_SOCKET" -p "$old_PORT" -U postgres -c 2 -R 1000 -T $((turns + turns / 10 + 2)) -f point.sql -l --log-prefix=point.log legacy > pgbench.out 2>&1 &
asking=$! before=$(passes held)
note_stolen > stolen &
noting=$!
for ((i = 0; i < turns; i += 2)); do
	told pause alone
	sleep 1
	told resume beside
	sleep 1
done
told pause over
is_running || echo 'the run ended before it was measured' >> beside.log
[ "$(passes held)" -gt "$before" ] || echo 'the run did nothing meanwhile' >> beside.log
wait $asking
report $? 'point selects were asked' pgbench.out
kill $noting
kill -INT "$pid" 2> /dev/null
finished
rm engine.lua
read -r alone beside low high < <(luajit "$repository/tests/torture/p99.lua" turns stolen point.log.* 2>> beside.log)
[ -n "$high" ] && [ ! -s beside.log ]
report $? 'while the run paused and went on' beside.log
at_most_a_tenth() { awk -v change="$1" 'BEGIN { exit !(change <= 10) }'; }
if [ "$torture_share" -lt 100 ]; then
	verdict=not-judged
elif at_most_a_tenth "$high"; then
	verdict=holds
elif at_most_a_tenth "$low"; then
	verdict=could-not-tell
else
	verdict=fails
fi
# Where all is asked for, that it cannot be told is no success.
if [ "$torture_share" -ge 100 ]; then
	echo "alone $alone us, beside a run that is held back $beside us: changed by $low to $high %" > beside.log
	[ $verdict = holds ]
	report $? "the p99 of point selects changes by at most a tenth beside a run that is held back ($verdict)" beside.log
fi
figure 20 'loads that come and go' $seen "$excursions" excursions slowest_reaction_ms=$slowest_reaction slowest_recovery_ms=$slowest_recovery \
	swings=$swings p99_alone_us="$alone" p99_beside_us="$beside" p99_change_percent="$low..$high" p99_change=$verdict
torture_end
