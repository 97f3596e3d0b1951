#!/bin/bash
# proxy.sh: the proxy disturbs exactly what it is told, and nothing else; seen by nc and psql, which are not ours.
. "$(dirname "$0")/lib.sh"
. "$repository/tests/kit/cluster.sh"
. "$repository/tests/kit/proxy.sh"

expect() { # NAME WANTED GOT
	[ "$3" = "$2" ] || printf 'not "%s" but "%s"\n' "$2" "$3" > expect.log
	[ "$3" = "$2" ]
	report $? "$1" expect.log
}
free_port() {
	local port
	while port=$((20000 + SRANDOM % 12000)); ! kit_is_free $port; do :; done
	echo $port
}

# ---- bytes, with nc on both sides ----

head -c 3000000 /dev/urandom > random
listen_with() { # FILE [OPTION…]: nc waits for one connection, sends FILE, keeps what comes in "heard"; sets $listening
	local file=$1
	shift
	timeout 20 nc "$@" -l 127.0.0.1 "$port" < "$file" > heard 2> /dev/null &
	listening=$!
	for _ in $(seq 100); do
		! grep -q "$(printf '0100007F:%04X 00000000:0000 0A' "$port")" /proc/net/tcp || break
		sleep 0.02
	done
}
talk() { # FILE [OPTION…]: nc sends FILE through the proxy, keeps what comes back in "answered"
	local file=$1
	shift
	timeout 10 nc "$@" 127.0.0.1 "$nc_PORT" < "$file" > answered 2> /dev/null
}
size() { stat -c %s "$1"; }
ms() { echo $(($(date +%s%N) / 1000000)); }

port=$(free_port)
proxy_start nc 127.0.0.1 "$port"
listen_with random -N
talk random -N
wait $listening
cmp random heard > expect.log 2>&1 && cmp random answered > expect.log 2>&1
report $? 'three megabytes pass unchanged in both directions at once' expect.log
expect 'and are counted' '{"struck":0,"connections":[3000000,3000000,false]}' \
	"$(proxy_report nc '{struck, connections: [.connections[] | .up.bytes, .down.bytes, .open]}')"

cut_up() { # N WORDS…: what the server hears when the client sends everything
	proxy_tell nc reset "cut up bytes $*"
	listen_with /dev/null -N
	talk random -N
	wait $listening
	expect "cut up bytes $*: so many arrive" "$1" "$(size heard)"
	cmp -s -n "$1" random heard
	report $? 'and they are the first'
	expect 'the rest of what was read is told apart' "[$1,1]" "$(proxy_report nc '[.connections[0].up.bytes, .struck]')"
}
cut_up 0
cut_up 1
cut_up 70001

# By RST, too, all of them reach the server's kernel, but nc does not read what lies there when it hears of a reset.
proxy_tell nc reset 'cut up bytes 70001 reset'
listen_with /dev/null -N
talk random -N
wait $listening
[ "$(size heard)" -le 70001 ] && cmp -s -n "$(size heard)" random heard && [ "$(proxy_report nc '[.connections[0].up.bytes, .struck]')" = '[70001,1]' ]
report $? 'cut up by RST: no more than so many arrive'

read_down() { # all that comes, as cat sees it, and its error
	exec 5<> "/dev/tcp/127.0.0.1/$nc_PORT"
	timeout 10 cat <&5 2> answered.err | cat > answered
	exec 5>&-
}
proxy_tell nc reset 'cut down bytes 50000'
listen_with random -N
read_down
wait $listening
expect 'cut down by FIN: the client sees the end after so many' '50000 0' "$(size answered) $(size answered.err)"
proxy_tell nc reset 'cut down bytes 50000 reset'
listen_with random -N
read_down
wait $listening
expect 'cut down by RST: the client sees a reset after so many' '50000 1' "$(size answered) $(grep -c 'Connection reset by peer' answered.err)"

proxy_tell nc reset 'cut both bytes 4000000'
listen_with random -N
talk random -N
wait $listening
expect 'cut both: the sum counts' '[4000000,1]' "$(proxy_report nc '[(.connections[0] | .up.bytes + .down.bytes), .struck]')"
# Who still talks to a closed socket is told so by RST, and nc does not read what lies there then.
[ $(($(size heard) + $(size answered))) -le 4000000 ] && cmp -s -n "$(size heard)" random heard && cmp -s -n "$(size answered)" random answered
report $? 'and no more than so many arrive, the first of each'

proxy_tell nc reset 'half-close down bytes 1000'
listen_with random
talk random -N
wait $listening
expect 'half-close down: the client sees the end, and all it says arrives' '3000000 1000' "$(size heard) $(size answered)"

proxy_tell nc reset 'hole up bytes 1000'
listen_with /dev/null
(sleep 0.5; cat random; sleep 1) | timeout 10 nc 127.0.0.1 "$nc_PORT" > answered &
talker=$!
for _ in $(seq 100); do
	[ "$(proxy_report nc '.connections[0].up.swallowed')" != 2999000 ] || break
	sleep 0.05
done
expect 'hole up: the rest is swallowed' '1000 2999000' "$(size heard) $(proxy_report nc '.connections[0].up.swallowed')"
sleep 1.5
kill -0 $listening && [ "$(proxy_report nc '.connections[0].open')" = true ]
report $? 'and the server waits, also when the client has ended'
proxy_tell nc drop
wait $listening
report $? 'until all connections are dropped'
kill $talker 2> /dev/null
wait $talker 2> /dev/null

proxy_tell nc reset 'hole both bytes 0'
listen_with random
talk random -w 1
expect 'hole both at 0: accepted, and nothing arrives anywhere' '0 0' "$(size heard) $(size answered)"
kill $listening 2> /dev/null
wait $listening 2> /dev/null

head -c 50000 random > some
proxy_tell nc reset 'rate up 50000'
listen_with /dev/null -N
began=$(ms)
talk some -N
wait $listening
took=$(($(ms) - began))
[ $took -ge 850 ] && [ $took -le 5000 ] && cmp -s some heard
report $? "a rate of 50000 bytes a second takes about a second for 50000 ($took ms)"
proxy_tell nc reset 'delay up 400'
listen_with /dev/null -N
began=$(ms)
talk some -N
wait $listening
took=$(($(ms) - began))
[ $took -ge 400 ] && [ $took -le 3000 ] && cmp -s some heard
report $? "a delay of 400 ms delays by that, once for all that came together ($took ms)"

proxy_tell nc reset refuse
! nc -v -z 127.0.0.1 "$nc_PORT" > expect.log 2>&1 && grep -q refused expect.log
report $? 'refuse: the kernel says so' expect.log
proxy_tell nc accept
! kit_is_free "$nc_PORT"
report $? 'accept: it listens again'

# The first byte of a server that agrees to encrypt; what follows are no messages.
proxy_tell nc reset
mkfifo agrees
rm -f heard
(
	while [ ! -s heard ]; do sleep 0.02; done
	printf Sabcdefghijk
) > agrees &
listen_with agrees -N
(
	printf '\0\0\0\10\4\322\26\57hidden'
	sleep 1
) | timeout 10 nc -N 127.0.0.1 "$nc_PORT" > answered
wait $listening
expect 'where encryption begins, messages are no longer counted, which is said' '[1,true,1,true]' \
	"$(proxy_report nc '[.connections[0] | .up.messages, .up.opaque, .down.messages, .down.opaque]')"

for command in 'cut' 'cut up' 'cut up bytes' 'cut up bytes x' 'cut up bytes -1' 'cut up letters 3' 'cut sideways bytes 3' 'cut up bytes 3 often' \
	'hole up bytes 3 reset' 'delay up' 'delay up 1 2' 'drop it' 'cut up bytes 3 connection 0' 'cut up bytes 99999999999999999999' ''; do
	case $(kit_ask nc "$command") in 'error: '*) ;; *) echo "understood: $command" ;; esac
done > expect.log
[ ! -s expect.log ]
report $? 'a command that is no command is refused' expect.log
"$kit_proxy" 127.0.0.1 5432 'cut up' > expect.log 2>&1 < /dev/null
expect 'at the start, too' 2 $?
proxy_stop nc
expect 'it ends with its input' 0 $?

# ---- messages, with psql and a server ----

cluster_start db fsync=off > start.log 2>&1
report $? 'a server' start.log
cluster_sql db postgres 'create table t(i int)'
proxy_start pg 127.0.0.1 "$db_PORT"
through() { # SQL
	PGGSSENCMODE=disable PGSSLMODE=prefer PGCONNECT_TIMEOUT=5 timeout 10 psql -X -A -t -q -h 127.0.0.1 -p "$pg_PORT" -U postgres -d postgres -c "$1"
}
expect 'psql works through it' "$(seq 200000)" "$(through 'select generate_series(1, 200000)')"
# A request for encryption, the startup message, the query, the end; and a row is a message.
proxy_tell pg reset
through 'select generate_series(1, 10)' > /dev/null
through 'select generate_series(1, 1010)' > /dev/null
expect 'messages are counted' '[4,4,1000]' "$(proxy_report pg '[.connections[0].up.messages, .connections[1].up.messages, .connections[1].down.messages - .connections[0].down.messages]')"
whole=$(proxy_report pg '.connections[0].down.messages')
proxy_tell pg reset 'rate both 20000'
through 'select generate_series(1, 10)' > /dev/null
expect 'and also when they come in pieces' "[4,$whole]" "$(proxy_report pg '[.connections[0] | .up.messages, .down.messages]')"

# The end of an insert, at every boundary: what psql is told and what the table holds.
proxy_tell pg reset
through 'insert into t values (1)'
whole=$(proxy_report pg '.connections[0].down.messages')
: > expect.log
for ((k = 0; k < whole; k++)); do
	for how in '' reset; do
		proxy_tell pg reset "cut down messages $k $how"
		through 'insert into t values (1)' 2> psql.err && echo "$k $how: psql noticed nothing" >> expect.log
		[ "$(proxy_report pg '[.connections[0].down.messages, .struck]')" = "[$k,1]" ] || echo "$k $how: $(proxy_report pg)" >> expect.log
	done
done
[ ! -s expect.log ]
report $? "cut after every one of $whole messages of the server, psql notices every time" expect.log
: > expect.log
for ((k = 0; k < 4; k++)); do
	cluster_sql db postgres 'truncate t'
	proxy_tell pg reset "cut up messages $k reset"
	through 'insert into t values (1)' 2> psql.err
	for _ in $(seq 20); do # a backend whose client is gone may still be at work
		rows=$(cluster_sql db postgres 'select count(*) from t')
		[ "$rows" -lt 1 ] || break
		sleep 0.02
	done
	[ "$rows" -eq $((k >= 3)) ] || echo "$k: $rows rows, $(cat psql.err)" >> expect.log
done
[ ! -s expect.log ]
report $? 'cut after every message of the client, the row is there exactly when the query arrived' expect.log

proxy_tell pg reset 'cut down messages 3 once'
through 'select 1' > expect.log 2>&1
expect 'once: the first connection is cut, the next is not' '2 1' "$? $(through 'select 1')"
proxy_tell pg reset 'cut down messages 3 connection 2'
expect 'connection 2: only that one' '1|lost|1' "$(through 'select 1')|$(through 'select 1' 2> /dev/null || echo lost)|$(through 'select 1')"
proxy_tell pg reset 'hole down messages 10'
timeout 2 psql -X -h 127.0.0.1 -p "$pg_PORT" -U postgres -d postgres -c 'select 1' > expect.log 2>&1
expect 'hole down: psql waits until it is killed' 124 $?
proxy_tell pg reset 'half-close up messages 4'
PGSSLMODE=prefer psql -X -A -t -q -h 127.0.0.1 -p "$pg_PORT" -U postgres -d postgres -c begin -c 'select pg_sleep(0.3), 7' > expect.log 2>&1
expect 'half-close up: the client still gets its answer' '|7' "$(cat expect.log)"
for _ in $(seq 100); do
	! grep -q 'unexpected EOF on client connection with an open transaction' "$kit_root/db/server.log" || break
	sleep 0.02
done
grep -q 'unexpected EOF on client connection with an open transaction' "$kit_root/db/server.log"
report $? 'and the server has seen the end' "$kit_root/db/server.log"
proxy_tell pg reset 'delay both 100'
began=$(ms)
through 'select 1' > /dev/null
[ $(($(ms) - began)) -ge 500 ]
report $? 'a delay of 100 ms each way makes three round trips more than half a second'
proxy_tell pg reset
cluster_crash db
through 'select 1' > expect.log 2>&1
expect 'no server behind it: the client is cut off, and that is counted' '2 1' "$? $(proxy_report pg .unreachable)"
proxy_stop pg

exit $failed
