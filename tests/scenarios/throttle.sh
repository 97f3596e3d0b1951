#!/bin/bash
# throttle.sh: a probe says that legacy is loaded, that it is not, and nothing at all; the run follows, and loses nothing.
# alone: it measures how fast a run follows
. "$(dirname "$0")/lib.sh"

rate=1000

moved() { # TARGET: rows that passed
	ask "$1" 'select coalesce(sum(read), 0) from engine_pass' 2> /dev/null || echo 0
}

speed() { # TARGET: rows a second, of the next second
	local before
	before=$(moved "$1")
	sleep 1
	echo $(($(moved "$1") - before))
}

legacy() { # SQL by the hand that owns it
	sqlite3 -cmd '.timeout 5000' legacy.db "$1"
}

reason() { # TARGET: why it waits now
	"$engine" status --target "sqlite:$1.db" --json | jq -r '.reason // ""'
}

is_slower() { # a second's rows after a step back; the second itself is not counted
	[ "$(speed held)" -le $((rate * 65 / 100)) ]
}

is_at_speed() {
	[ "$(speed held)" -ge $((rate * 85 / 100)) ]
}

is_without_value() {
	reason held | grep -q '^"load" gives no value: no such table: load$'
}

sample legacy 60000
legacy 'create table load(value); insert into load values (0.2)'
move legacy wanted
[ $? -eq 1 ]
report $? 'a run that nothing holds back' wanted.err
dump wanted > wanted.dump

cat > engine.lua << 'END'
return { throttle = { probe "load" { on = "legacy", sql = "select value from load", at_most = 1 } } }
END
start legacy held --chunk 50 --workers 2 --rate "$rate"
within 10 is_at_speed
report $? "far below its limit the signal costs nothing" held.err

# ---- a load that comes and goes ----

legacy 'update load set value = 1.5'
# Two seconds to react, and one in which the speed is measured.
within 3 is_slower
report $? "beyond the limit it goes at half the speed or less within 2 s, measured for one (${took:-?} ms)" held.err
legacy 'update load set value = 0.2'
within 11 is_at_speed
report $? "when the load is gone it is back within 10 s, measured for one (${took:-?} ms)" held.err

# ---- a probe that fails ----

legacy 'alter table load rename to elsewhere'
sleep 10
is_without_value
[ $? -ne 0 ] && is_at_speed
report $? 'a probe that has failed for 10 s is waited for' held.err
within 7 is_without_value
report $? 'after 15 s the run pauses and says why' held.err
before=$(moved held)
sleep 2
[ "$(moved held)" -eq "$before" ]
report $? 'while it pauses nothing is moved' held.err
legacy 'alter table elsewhere rename to load'
within 3 is_at_speed
report $? "it goes on when the probe gives a value (${took:-?} ms)" held.err
"$engine" status --target sqlite:held.db --json > status.json
jq -e '[.pauses[] | select(.reason == "\"load\" gives no value") | .count == 1 and .seconds > 1.5 and .seconds < 10] == [true]' status.json > /dev/null &&
	jq -e '[.pauses[] | select(.reason == "held back by \"load\"") | .count >= 1 and .seconds > 0.5] == [true]' status.json > /dev/null
report $? 'each pause is counted by its reason, with its time' status.json

# ---- the end is the same ----

kill -INT "$pid"
finished
[ $? -eq 130 ]
report $? 'it stops when it is told to' held.err
move legacy held --workers 2
[ $? -eq 1 ] && same held wanted > same.log
report $? 'and ends in the same records as the run that nothing held back' same.log

# ---- told to stop while it pauses ----

legacy 'update load set value = 0.2'
start legacy stopped --chunk 50 --rate "$rate"
pausing=$pid
within 10 [ -s stopped.db ]
legacy 'alter table load rename to elsewhere'
is_pausing() {
	reason stopped | grep -q 'gives no value'
}
within 20 is_pausing
before=$(moved stopped)
began=$(milliseconds)
kill -INT "$pausing"
finished
[ $? -eq 130 ] && [ $(($(milliseconds) - began)) -lt 3000 ] && [ "$(moved stopped)" -eq "$before" ]
report $? 'a run that pauses stops at once, and moves nothing more' stopped.err
legacy 'alter table elsewhere rename to load'

# ---- what the workers measure ----

for signal in read_latency commit_latency; do
	echo "return { throttle = { $signal { at_most = 1e-9 } } }" > engine.lua
	forget slow
	sample small 600
	move small slow --chunk 50 --rate 300
	[ $? -eq 1 ] && jq -e "[.pauses[] | select(.reason == \"held back by \\\"$signal\\\"\")] | length == 1" slow.json > /dev/null
	report $? "$signal beyond its limit holds a run back, and lets it end" slow.err
done
