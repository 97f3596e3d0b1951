#!/bin/bash
# clocks.sh: the clocks of the engine and of the servers jump, stand still and run at another speed while a run runs: what it
# writes is the same, and so is how fast. Row 14 of the fault matrix.
#
# libfaketime is told to leave the monotonic clock alone: no machine sets that.
# alone: it measures how fast a run is
. "$(dirname "$0")/lib.sh"
. "$repository/tests/torture/lib_store.sh"

for faketime in /usr/lib/*/faketime/libfaketimeMT.so.1; do :; done
[ -r "$faketime" ]
report $? 'libfaketime is here; scripts/setup installs it'
[ -r "$faketime" ] || torture_end

jumps=$(share 30) spacing_ms=700 roots=1200
rate=$((roots * 1000 / (jumps * spacing_ms + 1500)))
clocks=(+3600 -3600 +315360000 -315360000 '2026-03-01 12:00:00' '@2024-03-31 00:59:58' '@2024-10-27 01:59:58' '@2038-01-19 03:14:06' '+3600 x2' '-3600 x0.5'
	'@2000-01-01 00:00:00' '@1999-12-31 23:59:59' '2016-12-31 23:59:59')

clocked() { # FILE CLOCK COMMAND: makes FILE, which is COMMAND by the wall clock that the file CLOCK holds
	printf '#!/bin/sh\nLD_PRELOAD=%s FAKETIME_TIMESTAMP_FILE=%s FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 exec %s "$@"\n' \
		"$faketime" "$scratch/$2" "$3" > "$1" && chmod a+rx "$1"
}

set_clock() { # CLOCK TO: at once, never half
	printf '%s\n' "$2" > "$1.new" && chmod a+r "$1.new" && mv "$1.new" "$1"
}

set_clock server +0
set_clock machine +0
chmod a+x "$scratch"
one_server
legacy_of $roots
clocked postgres server "$kit_bin/postgres" && cluster_stop new &&
	kit_server new "$kit_bin/pg_ctl" start -w -p "$scratch/postgres" -D "$kit_root/new/data" -l "$kit_root/new/server.log"
report $? 'a server with a clock of its own' "$kit_root/new/server.log"
clocked engine machine "$engine"
clocked day machine 'date -u +%F'
undisturbed --chunk 50

set_clock machine '2001-02-03 04:05:06'
[ "$(./day)" = 2001-02-03 ]
report $? 'the clock of a process can be set'
set_clock server '2001-02-03 04:05:06'
[ "$(cluster_sql new postgres "select to_char(clock_timestamp(), 'YYYY-MM-DD')")" = 2001-02-03 ]
report $? "and so can the server's"
set_clock machine +0
set_clock server +0

moved() { # rows that passed
	cluster_sql new clocks 'select coalesce(sum(read), 0) from engine_pass'
}

made=0
jump() { # CLOCK…
	local clock to=${clocks[RANDOM % ${#clocks[@]}]}
	for clock in "$@"; do set_clock "$clock" "$to"; done
	echo "$*: $to" >> clocks.log
	pause $spacing_ms
	! is_running || made=$((made + 1))
}

# Where the server's clock jumps a lease may be lost and its chunk read again, which counts as rows; so how fast it goes is
# measured while the engine's jumps alone.
fresh clocks
engine=$scratch/engine
TZ=Europe/London go clocks --chunk 10 --workers 2 --rate $rate
until_so 100 has_passes clocks 10
began=$(milliseconds) before=$(moved)
for ((i = 0; i <= jumps / 2; i++)); do jump machine; done
seen_rate=$((($(moved) - before) * 1000 / ($(milliseconds) - began)))
for ((; i < jumps; i++)); do
	if [ $((RANDOM % 2)) -eq 0 ]; then jump server; else jump server machine; fi
done
finished
[ $? -eq 1 ]
report $? 'a run whose clocks jump comes to its end' clocks.err
[ $seen_rate -ge $((rate * 9 / 10)) ] && [ $seen_rate -le $((rate * 11 / 10)) ]
report $? "it went at $seen_rate rows/s of $rate" clocks.log
agrees clocks $made 2 "$made jumps"

# ---- time zones of the engine and of the server, some at an hour that the clocks there repeat or skip ----

zones=(UTC Europe/London America/New_York Asia/Kolkata Australia/Lord_Howe Pacific/Apia America/Caracas :no/such/zone CET-1CEST,M3.5.0,M10.5.0/3)
zone_count=$(share 30)
: > zones.log
for ((i = 0; i < zone_count; i++)); do
	zone=${zones[RANDOM % ${#zones[@]}]} server=${zones[RANDOM % 7]} to=${clocks[RANDOM % ${#clocks[@]}]}
	cluster_sql new postgres "alter system set timezone = '$server'" 'select pg_reload_conf()' > /dev/null
	set_clock machine "$to"
	fresh zone
	TZ=$zone go zone --chunk 500
	finished
	[ $? -eq 1 ] || { echo "TZ=$zone, the server in $server, $to:"; cat zone.err; } >> zones.log
	[ "$(stored zone)" = "$wanted_stored" ] && [ "$(quarantined zone)" = "$wanted_quarantined" ] ||
		echo "TZ=$zone, the server in $server, $to: not the same" >> zones.log
done
[ ! -s zones.log ]
report $? "$zone_count time zones: the same" zones.log

figure 14 'jumps of clocks' $made "$jumps" jumps zones=$zone_count rate=$rate seen_rate=$seen_rate
torture_end
