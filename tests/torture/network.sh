#!/bin/bash
# network.sh: connections that are cut at every message and at any byte, that swallow what they are given, and that are slow.
. "$(dirname "$0")/lib.sh"

workers=1
chunk=5
start_servers
legacy_of 1200
undisturbed --chunk $chunk --workers $workers

struck() { # PROXY: connections a fault has struck since the last reset
	local said
	said=$(kit_ask "$1" report)
	[[ $said =~ \"struck\":([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

through_proxies() { # PREFIX: two of them, PREFIX_old and PREFIX_new, for this shell's runs
	local old=$1_old_PORT new=$1_new_PORT
	proxy_start "$1_old" 127.0.0.1 "$old_PORT" && proxy_start "$1_new" 127.0.0.1 "$new_PORT" || return 1
	old_through=${!old} new_through=${!new}
}

# ---- row 4: cut, and cut again ----

# What two passes over two chunks are in messages and in bytes, on connections that a worker has just made.
measure_pass() {
	local name
	through_proxies measured
	fresh measured
	go measured --chunk $chunk --workers $workers --rate 50
	until_passed measured 4
	proxy_tell measured_old drop
	proxy_tell measured_new drop
	until_passed measured $(($(passes measured) + 2))
	for name in old new; do # the last that is open
		proxy_report measured_$name "[.connections[] | select(.open and .down.messages > 20)] | last | .up.messages, .down.messages, .up.bytes + .down.bytes" > messages.$name
	done
	kill -KILL $pid
	finished
	proxy_stop measured_old
	proxy_stop measured_new
}
(measure_pass) > measure.log 2>&1
mapfile -t old_messages < messages.old
mapfile -t new_messages < messages.new
[ ${#old_messages[@]} -eq 3 ] && [ ${#new_messages[@]} -eq 3 ] && [ "${new_messages[1]}" -gt 20 ]
report $? "two passes are ${old_messages[0]:-?} and ${old_messages[1]:-?} messages with legacy, ${new_messages[0]:-?} and ${new_messages[1]:-?} with the target" measure.log
[ $failed -eq 0 ] || torture_end

boundaries() { # SERVER DIRECTION MESSAGES: a line for each, FIN and RST in turn
	local at
	for ((at = 0; at <= $3; at++)); do
		echo "$1 cut $2 messages $at once"
	done | sed '0~2s/ once/ reset once/'
}
somewhere() { # COUNT: at any byte
	local i server most
	for ((i = 0; i < $1; i++)); do
		if [ $((i % 2)) -eq 0 ]; then server=new most=${new_messages[2]}; else server=old most=${old_messages[2]}; fi
		echo "$server cut both bytes $(between 0 "$most") $([ $((i % 4)) -lt 2 ] || echo reset) once"
	done
}
{
	boundaries old up "${old_messages[0]}"
	boundaries old down "${old_messages[1]}"
	boundaries new up "${new_messages[0]}"
	boundaries new down "${new_messages[1]}"
} > boundaries
every=$(wc -l < boundaries)
wanted_boundaries=$(share "$every") wanted_bytes=$(share 1000)
shuffle() { # by the seed
	local line
	while read -r line; do echo "$((RANDOM * 32768 + RANDOM)) $line"; done | sort -n | cut -d ' ' -f 2-
}
{
	shuffle < boundaries | head -n "$wanted_boundaries"
	somewhere "$wanted_bytes"
} > cuts.all
shuffle < cuts.all > cuts

arm_and_wait() { # LANE CUT…: until it has struck; 1 when the run was over before
	local proxy=$1_$2 before round
	shift 2
	before=$(struck "$proxy")
	proxy_tell "$proxy" "$*"
	for round in $(seq 1500); do
		[ "$(struck "$proxy")" -eq "$before" ] || return 0
		kit_lives $pid || break
		sleep 0.01
	done
	proxy_tell "$proxy" clear
	return 1
}

# Its share of the cuts, many to a run: each is told to the proxy while the engine waits after the one before, so that it
# strikes the connections that are made next.
lane() { # NUMBER LANES
	local name=lane$1 mine status at=0 cuts runs=0 tries=0
	mapfile -t cuts < <(awk -v mine="$1" -v lanes="$2" 'NR % lanes == mine % lanes' cuts)
	through_proxies "$name" || return 1
	while [ $at -lt ${#cuts[@]} ] && [ ! -s "$name.wrong" ]; do
		fresh $name
		proxy_tell ${name}_old reset
		proxy_tell ${name}_new reset
		go $name --chunk $chunk --workers $workers
		runs=$((runs + 1)) mine=1
		until_passed $name 2
		proxy_tell ${name}_old drop
		while [ $at -lt ${#cuts[@]} ]; do
			# shellcheck disable=SC2086
			if arm_and_wait $name ${cuts[at]}; then
				at=$((at + 1)) mine=$((mine + 1)) tries=0
			else
				tries=$((tries + 1))
				break
			fi
		done
		kit_lives $pid && [ $tries -gt 0 ] && echo "${cuts[at]} has struck nothing for 15 s" >> $name.wrong
		[ $tries -lt 4 ] || echo "${cuts[at]} struck nothing in $tries runs" >> $name.wrong
		finished
		status=$?
		[ $status -eq 1 ] || { echo "run $runs after $mine cuts, the last ${cuts[at - 1]:-}, ended with $status:"; cat $name.err; } >> $name.wrong
		oracle $name 0 $workers >> $name.wrong 2>&1
		echo "$runs $at" > $name.done
	done
}

# ---- row 5: slow, silent, half open ----

answer_ms=30000 # what a session waits for an answer

says_so() { # TARGET: milliseconds until the engine says that it waits for a store, from now; it may be over in a tenth of a second
	local began=$(milliseconds) said
	while [ $(($(milliseconds) - began)) -le $((answer_ms * 2)) ]; do
		said=$(grep '^{' "$1.err" | jq -r 'select(.msg | startswith("waiting for a store to come back: ")).ts' | head -n 1)
		if [ -n "$said" ]; then
			echo $(($(date -d "$said" +%s%3N) - began))
			return 0
		fi
		pause 500
	done
	echo $(($(milliseconds) - began))
	return 1
}

# One run, disturbed once. Writes KIND MILLISECONDS of what was waited for, and what was wrong.
stall() { # NUMBER KIND
	local name=stall$1 kind=$2 waited=0 status began at
	RANDOM=$((seed + $1))
	through_proxies "$name" || return 1
	fresh $name
	# So slow that it is not over before it is disturbed; then as fast as it can.
	go $name --chunk 50 --workers $workers --rate 60
	until_passed $name "$(between 2 4)"
	case $kind in
	hole-target) proxy_tell ${name}_new "hole both bytes 0 once" ;;
	hole-source) proxy_tell ${name}_old "hole both bytes 0 once" ;;
	half-open) # the server has ended the connection, and nobody has heard of it
		proxy_tell ${name}_new "hole down bytes 0 once"
		cluster_sql new postgres "select pg_terminate_backend(pid) from pg_stat_activity where datname = '$name' and state <> 'idle'" > /dev/null ;;
	cancel) # a read is given up, and the connection by which the server should hear of it is answered by nobody
		at=$(proxy_report ${name}_old '.connections | length')
		proxy_tell ${name}_old "hole both bytes 0 connection $((at + 2))" drop
		until_passed $name $(($(passes $name) + 1))
		[ "$(struck ${name}_old)" -eq 1 ] || echo 'cancel: nothing was struck' >> $name.wrong ;;
	half-close) proxy_tell ${name}_new "half-close down bytes 0 once" ;;
	slow) # every byte is late, but not so late that the network is gone
		proxy_tell ${name}_new "delay both $(between 100 700)"
		proxy_tell ${name}_old "delay both $(between 100 700)"
		pause 5000
		proxy_tell ${name}_new clear
		proxy_tell ${name}_old clear ;;
	too-slow) proxy_tell ${name}_new "delay down $(between 31000 60000)" ;;
	esac
	case $kind in
	slow | cancel) ;;
	half-close) waited=$(says_so $name) || : ;; # as the case may be, it ends a connection that nobody asks any more
	*) waited=$(says_so $name) || echo "$kind: nothing was said of it within $waited ms" >> $name.wrong ;;
	esac
	[ $kind != too-slow ] || proxy_tell ${name}_new clear drop
	"$engine" ctl rate off --state $name.state > /dev/null 2>&1
	began=$(milliseconds)
	finished
	status=$?
	[ $status -eq 1 ] || { echo "$kind: ended with $status:"; cat $name.err; } >> $name.wrong
	oracle $name 1 $workers >> $name.wrong 2>&1
	echo "$kind $waited $(($(milliseconds) - began))" > $name.done
}

attempt() { # PORT OPTIONS: milliseconds until a run whose legacy is there has given up
	local began=$(milliseconds) old_PORT=$1
	"$engine" run bench/rule.lua --legacy "$(cluster_url old legacy_reader legacy)$2" --target "$(target unanswered)" --state unanswered.state > unanswered.log 2>&1
	echo "$? $(($(milliseconds) - began))"
}

# A server that takes the connection and says nothing: for as long as the URL says. What an engine needs to start is not its.
unanswered() { # SECONDS
	local refused status waited
	through_proxies unanswered || return 1
	proxy_tell unanswered_old "hole both bytes 0"
	refused=$(attempt 1 '')
	read -r status waited <<< "$(attempt "$unanswered_old_PORT" "?connect_timeout=$1")"
	echo "connect $((waited - ${refused#* })) 0" > unanswered.done
	[ "$status" -eq 69 ] && grep -q "has not let us in for $1 s" unanswered.log || { echo "status $status:"; cat unanswered.log; } > unanswered.wrong
}

kinds=(hole-target half-open hole-source cancel half-close slow too-slow)
wanted_stalls=$(share 50)
(
	unanswered 3 &
	for ((i = 1; i < wanted_stalls; i++)); do
		stall $i "${kinds[(i - 1) % ${#kinds[@]}]}" &
		[ $((i % 12)) -ne 0 ] || wait
	done
	wait
) > stalls.log 2>&1 &
stalls=$!

lanes=4
for ((i = 0; i < lanes; i++)); do
	(RANDOM=$((seed + i)) && lane $i $lanes) > lane$i.log 2>&1 &
	lane_pids[i]=$!
done
for pid in "${lane_pids[@]}"; do wait $pid; done
cat lane?.wrong > cuts.wrong 2> /dev/null
cat lane?.log >> cuts.wrong
cut=$(awk '{ sum += $2 } END { print sum + 0 }' lane?.done) runs=$(awk '{ sum += $1 } END { print sum + 0 }' lane?.done)
[ ! -s cuts.wrong ]
report $? "$cut connections cut in $runs runs: records, quarantine, sums and ledger are the same, and no chunk was passed twice" cuts.wrong
figure 4 'connection cut before, during, after COMMIT' "$cut" $((wanted_boundaries + wanted_bytes)) cuts boundaries_in_all="$every" runs="$runs" double_apply=0

wait $stalls
cat stall*.wrong unanswered.wrong > stalls.wrong 2> /dev/null
cat stalls.log >> stalls.wrong
[ ! -s stalls.wrong ]
report $? 'runs whose network is silent, slow or half open come to their end, and all is the same' stalls.wrong
waited=$(awk '$1 ~ /hole|half-open|too-slow/ { print $2 }' stall*.done | worst)
[ "$waited" -le $((answer_ms * 11 / 10)) ]
report $? "silence is noticed after $waited ms, at most $((answer_ms * 11 / 10))"
connected=$(awk '{ print $2 }' unanswered.done)
[ "$connected" -le 3300 ]
report $? "a server that does not let us in is given up after $connected ms, at most 3300"
figure 5 'slow, silent and half-open network' "$(cat stall*.done unanswered.done | wc -l)" "$wanted_stalls" faults worst_silence_ms="$waited" \
	configured_ms=$answer_ms worst_connect_ms="$connected" configured_connect_ms=3000

torture_end
