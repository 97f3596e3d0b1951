#!/bin/bash
# ctl.sh: a run that is told what to do while it runs: over its socket, by files beside it, by signals. Whatever it is told,
# what it moves is what an undisturbed run moves.
. "$(dirname "$0")/lib.sh"

pids=
trap 'for p in $pids; do kill -KILL "$p" 2> /dev/null; done; rm -rf "$scratch"' EXIT

begin() { # TARGET [OPTION…]
	local target=$1
	shift
	start legacy "$target" --chunk 200 "$@"
	pids="$pids $pid"
}

ctl() { # TARGET VERB…: its exit status; its words in ctl.out
	local target=$1
	shift
	"$engine" ctl "$@" --state "$target.db.state" > ctl.out 2>&1
}

say() { # TARGET LINE: as a person would with nc
	printf '%s\n' "$2" | timeout 5 nc -NU "$1.db.state/ctl.sock"
}

why() { # TARGET JQ-EXPRESSION
	"$engine" ctl why --state "$1.db.state" --json | jq -r "$2"
}

until_true() { # COMMAND…: for at most 10 s
	for _ in $(seq 200); do
		"$@" > /dev/null 2>&1 && return 0
		sleep 0.05
	done
	echo "never: $*"
	return 1
}

listens() { [ -S "$1.db.state/ctl.sock" ] && [ "$(why "$1" .ok)" = true ]; }
moved() { [ "$(why "$1" '.rows_done >= 600')" = true ]; }
at_rest() { [ "$(why "$1" '.paused and .workers_busy == 0')" = true ]; }
waits() { [ "$(why "$1" .reason)" = "$2" ]; } # TARGET REASON
beyond() { [ "$(why "$1" .rows_done)" -gt "$2" ]; } # TARGET ROWS
unpaused() { [ "$(why "$1" .paused)" = false ]; }
ended() { ! kill -0 "$pid"; }

under_way() { # TARGET [OPTION…]
	forget "$1"
	begin "$@" && until_true listens "$1" && until_true moved "$1"
}

# 1 because some rows are in quarantine.
completes() { # TARGET: as an undisturbed run would have
	finished
	local status=$?
	[ $status -eq 1 ] || { echo "ended with $status"; cat "$1.err"; return 1; }
	same "$1" wanted
}

stops_with() { # STATUS TARGET
	finished
	local status=$?
	[ $status -eq "$1" ] || { echo "ended with $status, not $1"; cat "$2.err"; return 1; }
	[ "$(jq -r .status "$2.json")" = stopped ] || { echo 'the report does not say that it stopped'; return 1; }
	[ ! -e "$2.db.state/ctl.sock" ] || { echo 'it left its socket'; return 1; }
	[ "$(ask "$2" "select count(*) from engine_shard where owner <> ''")" -eq 0 ] || { echo 'it left leases'; return 1; }
}

expect() { # STATUS PATTERN COMMAND…
	local wanted=$1 pattern=$2 status
	shift 2
	"$@"
	status=$?
	[ $status -eq "$wanted" ] || { echo "$*: $status, not $wanted"; cat ctl.out; return 1; }
	grep -qE "$pattern" ctl.out || { echo "$*: does not say $pattern"; cat ctl.out; return 1; }
}

sample legacy 12000
move legacy wanted --chunk 200
[ $? -eq 1 ]
report $? 'a run that nobody disturbs' wanted.err
dump wanted > wanted.dump

# ---- every verb over the socket ----

every_verb() {
	local before
	under_way verbs --workers 4 --rate 2000 || return 1
	[ "$(stat -c %a verbs.db.state/ctl.sock)" = 600 ] || { echo "mode $(stat -c %a verbs.db.state/ctl.sock)"; return 1; }
	until_true waits verbs 'held to --rate' || return 1
	expect 0 'paused by .*@.* since .*: legacy is slow' ctl verbs pause legacy is slow || return 1
	until_true at_rest verbs || return 1
	[ "$("$engine" status --target sqlite:verbs.db --json | jq -r '[.status, .phase, .pause.why] | join("|")')" = 'running|paused|legacy is slow' ] ||
		{ echo 'status does not say so'; "$engine" status --target sqlite:verbs.db; return 1; }
	[ "$(ask verbs "select count(*) from engine_shard where owner <> ''")" -eq 0 ] || { echo 'leases are kept'; return 1; }
	sqlite3 verbs.db 'begin exclusive; rollback' && sqlite3 legacy.db 'begin exclusive; rollback' || { echo 'a transaction is open'; return 1; }
	before=$(why verbs .rows_done)
	sleep 1
	[ "$(why verbs .rows_done)" = "$before" ] || { echo 'it went on'; return 1; }
	expect 0 'already paused .*: legacy is slow' ctl verbs pause another reason || return 1
	expect 0 '1 of 4 workers' ctl verbs workers 1 || return 1
	expect 2 'takes 1 to 4' ctl verbs workers 5 || return 1
	expect 0 'no limit on rows' ctl verbs rate off || return 1
	expect 0 'at most 400000 bytes/s' ctl verbs bytes 400k || return 1
	expect 0 '^resumed$' ctl verbs resume || return 1
	expect 0 'was not paused' ctl verbs resume || return 1
	until_true beyond verbs "$before" || return 1
	[ "$(why verbs '.workers_busy <= 1 and .bytes_limit == 400000 and .rate_limit == 0')" = true ] || { why verbs .; return 1; }
	expect 0 'no limit on bytes' ctl verbs bytes off || return 1
	expect 0 '4 of 4 workers' ctl verbs workers 4 || return 1
	completes verbs
}
every_verb > ctl.log 2>&1
report $? 'every verb does what it says, and the records are the same' ctl.log

plain_text() {
	under_way plain --workers 2 --rate 1000 || return 1
	say plain help | grep -q '^pause \[WHY\]: .* | resume: ' || return 1
	say plain 'pause by hand' | grep -q '^paused by .*: by hand' || return 1
	say plain 'json why' | jq -e '.ok and .paused and .why == "by hand" and .status == 0' || return 1
	printf 'rate 9\nfoo\nwhy\n' | timeout 5 nc -NU plain.db.state/ctl.sock > three.out
	[ "$(wc -l < three.out)" -eq 3 ] && sed -n 2p three.out | grep -q "^error: unknown command 'foo'" || { cat three.out; return 1; }
	printf 'resume' | timeout 5 nc -NU plain.db.state/ctl.sock | grep -q '^error: .*no end of line' || return 1
	[ "$(why plain .paused)" = true ] || { echo 'half a line was obeyed'; return 1; }
	say plain stop | grep -q '^stopping' || return 1
	stops_with 143 plain || return 1
	"$engine" status --target sqlite:plain.db | grep -q 'because: engine ctl stop by' || return 1
	ctl plain resume
	move legacy plain --chunk 200
	[ $? -eq 1 ] && same plain wanted
}
plain_text > ctl.log 2>&1
report $? 'nc is client enough; stop is SIGTERM' ctl.log

# ---- a pause outlives the run ----

restarted() { # SIGNAL STATUS
	under_way again --workers 2 --rate 1000 || return 1
	ctl again pause until Monday && until_true at_rest again || return 1
	kill "-$1" $pid
	finished
	[ $? -eq "$2" ] || { echo 'ended otherwise'; return 1; }
	expect 69 'no run is alive .* begins paused by .*: until Monday' ctl again why || return 1
	"$engine" status --target sqlite:again.db | grep -q 'the next run begins paused by .*: until Monday' || return 1
	"$engine" quarantine retry rules/v3.lua --legacy sqlite:legacy.db --target sqlite:again.db > ctl.out 2>&1
	[ $? -eq 75 ] && grep -q 'until Monday' ctl.out || { cat ctl.out; return 1; }
	"$engine" state rebuild --target sqlite:again.db || return 1
	begin again --workers 2 && until_true at_rest again || { cat again.err; return 1; }
	grep -q 'this run begins paused by .*: until Monday' again.err || { cat again.err; return 1; }
	[ "$(why again .why)" = 'until Monday' ] || return 1
	[ "$(ask again "select count(*) from engine_shard where owner <> ''")" -eq 0 ] || { echo 'it took leases'; return 1; }
	expect 0 resumed ctl again resume || return 1
	completes again
}
restarted TERM 143 > ctl.log 2>&1
report $? 'SIGTERM while paused gives 143, and the next run begins paused, says so, and is resumed' ctl.log
restarted KILL 137 > ctl.log 2>&1
report $? 'killed while paused: the socket that is left is replaced, and the next run begins paused' ctl.log

without_run() {
	forget alone
	expect 69 'no run was ever started' ctl alone pause || return 1
	[ ! -e alone.db.state ] || { echo 'a folder was made'; return 1; }
	under_way alone --rate 1000 && kill -KILL $pid
	finished
	expect 69 'the next one begins paused by .*: night' ctl alone pause night || return 1
	"$engine" ctl pause again --state alone.db.state --json | jq -e '.written == "state" and (.alive | not) and .status == 69' || return 1
	expect 69 'nothing was done|begins paused' ctl alone rate 5 || return 1
	expect 69 'unpaused' ctl alone resume || return 1
	move legacy alone --chunk 200
	[ $? -eq 1 ] && same alone wanted
}
without_run > ctl.log 2>&1
report $? 'without a run pause and resume are noted for the next one' ctl.log

# ---- files, for when nobody answers ----

by_file() {
	under_way file --workers 2 --rate 1000 || return 1
	printf 'disk\nswap\033[2J' > file.db.state/pause
	until_true at_rest file || return 1
	[ "$(why file .why)" = 'disk swap?[2J' ] || { why file .; return 1; }
	[ "$(why file .who)" = "$(id -un)@$(hostname)" ] || { why file .who; return 1; }
	rm file.db.state/pause
	until_true unpaused file || return 1
	mkfifo file.db.state/pause
	until_true at_rest file || { echo 'a pipe is no pause'; return 1; }
	expect 0 resumed ctl file resume || return 1
	[ ! -e file.db.state/pause ] || { echo 'resume left the file'; return 1; }
	echo enough > file.db.state/stop
	stops_with 143 file || return 1
	[ ! -e file.db.state/stop ] || { echo 'the file stayed'; return 1; }
	grep -q 'stopped by the file .*: enough' file.err || { cat file.err; return 1; }
	touch file.db.state/pause
	begin file && until_true at_rest file && rm file.db.state/pause || return 1
	completes file
}
by_file > ctl.log 2>&1
report $? 'the files pause and stop are heeded, by whoever wrote them' ctl.log

deaf() { # a run that does not answer: it stands still, then its socket is gone
	under_way deaf --workers 2 --rate 1000 || return 1
	kill -STOP $pid
	expect 69 'nobody answers .*the file "pause" is in its state folder' ctl deaf pause hung || { kill -CONT $pid; return 1; }
	kill -CONT $pid
	until_true at_rest deaf || return 1
	[ "$(why deaf .why)" = hung ] || { why deaf .; return 1; }
	rm deaf.db.state/ctl.sock
	expect 69 'nobody answers .*the file "pause" is not in' ctl deaf resume || return 1
	expect 69 'nothing was done' ctl deaf rate 5 || return 1
	"$engine" ctl stop --state deaf.db.state --json | jq -e '.alive and .written == "stop"' || return 1
	stops_with 143 deaf
}
deaf > ctl.log 2>&1
report $? 'where a run does not answer, ctl leaves the files and says so' ctl.log

no_socket() { # something else has its place
	forget taken
	under_way taken --rate 1000 && kill -TERM $pid
	finished
	echo mine > taken.db.state/ctl.sock
	begin taken --rate 1000 && until_true grep -q 'there is no control socket' taken.err || return 1
	touch taken.db.state/stop
	until_true ended
	finished
	[ "$(cat taken.db.state/ctl.sock)" = mine ] || { echo 'it was removed'; return 1; }
	[ ! -e taken.db.state/stop ]
}
no_socket > ctl.log 2>&1
report $? 'a file in the place of the socket stays, costs the socket alone, and is said' ctl.log

far_away() {
	local far
	far=$(printf 'd%.0s' $(seq 60))/$(printf 'e%.0s' $(seq 60))
	mkdir -p "$far"
	under_way() { :; }
	forget far
	begin far --rate 1000 --state "$far/state" && until_true test -S "$far/state/ctl.sock" || return 1
	"$engine" ctl why --state "$far/state" | grep -q 'rows' && "$engine" ctl stop --state "$PWD/$far/state" | grep -q stopping || return 1
	finished
	[ $? -eq 143 ]
}
(far_away) > ctl.log 2>&1
report $? 'a folder with a name longer than a socket may have' ctl.log

# ---- others ----

take_over() {
	under_way first --workers 2 --rate 1000 || return 1
	ctl first pause maintenance here && until_true at_rest first || return 1
	"$engine" run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:first.db --state other.state --chunk 200 --quiet > other.out 2>&1
	[ $? -eq 1 ] || { cat other.out; return 1; }
	[ "$(ask first "select status from engine_run where kind = 'run'")" = complete ] || { echo 'the other did not finish it'; return 1; }
	ctl first resume
	completes first
}
take_over > ctl.log 2>&1
report $? 'while one engine is paused another takes over and finishes' ctl.log

hostile() {
	local i clients=
	under_way hostile --workers 2 --rate 1000 || return 1
	for i in $(seq 40); do
		sleep 30 | nc -U hostile.db.state/ctl.sock > /dev/null & clients="$clients $!"
		{ printf 'pau'; sleep 30; } | nc -U hostile.db.state/ctl.sock > /dev/null & clients="$clients $!"
	done
	yes why | timeout 3 nc -U hostile.db.state/ctl.sock > /dev/null & clients="$clients $!"
	yes 'json why' | timeout 3 nc -U hostile.db.state/ctl.sock | sleep 3 & clients="$clients $!"
	head -c 100000 /dev/zero | tr '\0' x | timeout 5 nc -NU hostile.db.state/ctl.sock > long.out
	head -c 5000 /dev/urandom | timeout 5 nc -NU hostile.db.state/ctl.sock > noise.out
	expect 0 'paused by' timeout 2 "$engine" ctl pause --state hostile.db.state > ctl.out || { cat ctl.out; return 1; }
	grep -q '^error: a command is at most 1024 bytes' long.out || { echo 'a long line'; head -c 300 long.out; return 1; }
	[ "$(find /proc/$pid/fd | wc -l)" -lt 60 ] || { echo 'descriptors leak'; return 1; }
	expect 0 'resumed' timeout 2 "$engine" ctl resume --state hostile.db.state > ctl.out || return 1
	ctl hostile rate off
	# shellcheck disable=SC2086
	kill $clients 2> /dev/null
	completes hostile
}
hostile > ctl.log 2>&1
report $? 'clients that say nothing, half a line, too much or noise cost nobody else an answer' ctl.log

stranger() {
	under_way stranger --rate 1000 || return 1
	chmod 755 "$scratch"
	cp "$engine" "$scratch/engine" && chmod 755 "$scratch/engine"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$scratch/engine" ctl pause --state "$scratch/stranger.db.state" > ctl.out 2>&1
	[ $? -eq 77 ] || { echo 'the folder'; cat ctl.out; return 1; }
	chmod 755 stranger.db.state
	setpriv --reuid=65534 --regid=65534 --clear-groups "$scratch/engine" ctl pause --state "$scratch/stranger.db.state" > ctl.out 2>&1
	[ $? -eq 77 ] || { echo 'the mode of the socket'; cat ctl.out; return 1; }
	chmod 666 stranger.db.state/ctl.sock
	echo pause | setpriv --reuid=65534 --regid=65534 --clear-groups timeout 5 nc -NU "$scratch/stranger.db.state/ctl.sock" | grep -q '^error: not permitted' || return 1
	[ "$(why stranger .paused)" = false ] || return 1
	ctl stranger stop
	stops_with 143 stranger
}
if [ "$(id -u)" -eq 0 ]; then
	stranger > ctl.log 2>&1
	report $? 'another user is refused: by the folder, by the mode of the socket, by the kernel' ctl.log
else
	echo 'ok - another user is refused: left out, for want of another user (run as root)'
fi

# ---- signals ----

signalled() { # TARGET SIGNAL STATUS: it goes on later
	local began
	began=$(date +%s%N)
	kill "-$2" $pid
	stops_with "$3" "$1" || return 1
	[ $((($(date +%s%N) - began) / 1000000)) -lt 3000 ] || { echo 'it took its time'; return 1; }
	move legacy "$1" --chunk 200
	[ $? -eq 1 ] && same "$1" wanted
}

throttled() {
	under_way slow --workers 3 --rate 1000 || return 1
	ctl slow rate 100
	sleep 0.5
	signalled slow TERM 143
}
throttled > ctl.log 2>&1
report $? 'SIGTERM while held to a rate' ctl.log

waiting() { # another engine holds every shard that is left, and does not let go
	under_way shards --workers 2 --rate 1000 || return 1
	ctl shards pause && until_true at_rest shards || return 1
	ask shards "update engine_shard set owner = 'elsewhere', lease_until = 4000000000000000" || return 1
	ctl shards resume
	until_true waits shards 'waiting for shards another engine holds' || { why shards .; return 1; }
	expect 0 '^waiting for [0-9.]+ s: waiting for shards another engine holds' ctl shards why || return 1
	kill -TERM $pid
	finished
	[ $? -eq 143 ] || { cat shards.err; return 1; }
	ask shards "update engine_shard set owner = '', lease_until = 0"
	move legacy shards --chunk 200
	[ $? -eq 1 ] && same shards wanted
}
waiting > ctl.log 2>&1
report $? 'SIGTERM while waiting for shards of another engine' ctl.log

twice() {
	under_way twice --workers 2 --rate 1000 || return 1
	kill -STOP $pid
	kill -INT $pid
	kill -CONT $pid
	stops_with 130 twice || return 1
	begin twice --rate 1000 && until_true listens twice || return 1
	ctl twice stop
	kill -TERM $pid 2> /dev/null
	finished
	[ $? -eq 143 ]
}
twice > ctl.log 2>&1
report $? 'SIGINT gives 130; a signal after ctl stop does not break it off' ctl.log

# ---- the service manager ----

service() {
	timeout 60 nc -lkuU "$scratch/notify" > notified 2> /dev/null & listener=$!
	pids="$pids $listener"
	until_true test -S "$scratch/notify" || return 1
	forget told
	NOTIFY_SOCKET=$scratch/notify WATCHDOG_USEC=1000000 begin told --rate 3000
	until_true listens told && until_true moved told && ctl told pause for the manager && sleep 1.2 && ctl told resume || return 1
	finished
	sleep 0.3
	kill $listener
	tr '\n' ' ' < notified | grep -q 'READY=1.*WATCHDOG=1.*STOPPING=1' || { cat notified; return 1; }
	grep -aq 'STATUS=moving .*workers' notified && grep -aq 'paused: somebody asked for it' notified || { cat notified; return 1; }
	[ "$(grep -ao 'READY=1' notified | wc -l)" -eq 1 ] && [ "$(grep -ao 'WATCHDOG=1' notified | wc -l)" -ge 4 ]
}
service > ctl.log 2>&1
report $? 'the service manager hears that it is ready, what it does, that it lives, and that it ends' ctl.log

exit $failed
