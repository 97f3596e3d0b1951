# lib.sh: legacy databases, runs of the real engine, and what they left in the target. To be sourced.
set -u
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
engine=${ENGINE_BINARY:-$repository/build/bin/${ENGINE_CONFIG:-release}/engine}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$repository/tests/report.sh"
unset ENGINE_LEGACY ENGINE_TARGET ENGINE_COLD ENGINE_STATE ENGINE_CRASH_AT
seed=${ENGINE_TEST_SEED:-$(($(date +%s) % 32768))}
echo "seed: ENGINE_TEST_SEED=$seed"
RANDOM=$seed
cp -r "$repository/rules" "$scratch/rules"
cd "$scratch" || exit 1

milliseconds() {
	echo $(($(date +%s%N) / 1000000))
}

# Until it holds, for so many seconds; leaves in $took how many milliseconds it was.
within() { # SECONDS COMMAND…
	local began limit=$(($1 * 1000))
	began=$(milliseconds)
	shift
	until "$@"; do
		took=$(($(milliseconds) - began))
		[ "$took" -le "$limit" ] || return 1
		sleep 0.1
	done
	took=$(($(milliseconds) - began))
}

pause() { # MILLISECONDS
	sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
}

is() { # WANTED SEEN NAME: one test
	[ "$1" = "$2" ] || printf 'not "%s" but "%s"\n' "$1" "$2" > is.log
	[ "$1" = "$2" ]
	report $? "$3" is.log
}

# The folder $data, which is no part of the repository: ENGINE_TEST_DATA, or ../shared/data beside it. Without it nothing
# can be tested, which is said and counts as a failure unless ENGINE_TEST_DATA=none says that it is meant.
need_data() { # FILE: one that must be there
	local name
	name=$(basename "$0" .sh)
	data=${ENGINE_TEST_DATA:-$repository/../shared/data}
	if [ "$data" = none ]; then
		echo "ok - $name: left out, as ENGINE_TEST_DATA=none asks"
		exit 0
	fi
	if [ ! -r "$data/$1" ]; then
		echo "not ok - $name: there is no $data/$1; set ENGINE_TEST_DATA to where it lies, or to none"
		exit 1
	fi
}

sample() { # NAME ROWS: the legacy database NAME.db
	"$repository/scripts/sample-legacy" "$scratch/sample" --rows "$2" --seed 7 > sample.log 2>&1 &&
		mv "$scratch/sample/legacy.db" "$1.db"
}

start() { # LEGACY TARGET [OPTION…]: in the background, as process $pid; a shell would pass on that SIGINT is ignored
	local legacy=$1 target=$2
	shift 2
	env --default-signal=INT "$engine" run rules/v3.lua --legacy "sqlite:$legacy.db" --target "sqlite:$target.db" --json "$@" \
		> "$target.json" 2> "$target.err" &
	pid=$!
}

finished() { # its status, without the shell's own words about it
	wait "$pid" 2> /dev/null
}

move() { # LEGACY TARGET [OPTION…]
	start "$@"
	finished
}

forget() { # TARGET
	rm -rf "$1".db "$1".db-* "$1".db.state "$1".json "$1".err
}

# Every check there is, and all of them agree.
agree() { # RULES LEGACY-URL TARGET-URL NAME
	"$engine" verify "$1" --legacy "$2" --target "$3" --unrecorded > agree.out 2>&1 && grep -q '^agrees' agree.out
	report $? "$4" agree.out
}

# When it was done is the run's, and chunks may be cut elsewhere; all else of a record must not differ.
dump() { # TARGET: everything of every record, and what is in quarantine and why
	sqlite3 "$1.db" "
		select job_id, json_remove(payload_json, '\$.lineage.transformedAt'), transform_version, source_key,
		       payload_digest_high, payload_digest_low, source_digest_high, source_digest_low, bucket,
		       source_state, source_deleted_at
		from job_final order by job_id;
		select entity, source, source_key, ordinal, root_key, code, faults, source_row
		from engine_quarantine where resolved_by = '' order by 1, 2, 3, 4;"
}

digest() { # TARGET: as the last run reported it
	jq -r '.status, (.entities[] | .digest, .count, .rejected, .skipped, .orphans)' "$1.json" | tr '\n' ' '
}

ask() { # TARGET SQL
	sqlite3 "$1.db" "$2"
}

# The passes of each run, less its chunks: how often work that was done was done again. One that was killed
# after its end is followed by another run, which looks at everything once.
repeated_passes='select sum(passes - chunks) from (select count(*) as passes, count(distinct chunk_no) as chunks from engine_pass group by run) as r'

repeated() { # TARGET
	ask "$1" "$repeated_passes"
}

same() { # TARGET WANTED: the same records, quarantine and digest? Says what is not, on stdout.
	dump "$1" > "$1.dump"
	[ "$(digest "$1")" = "$(digest "$2")" ] || { echo "report: $(digest "$1"), not $(digest "$2")"; return 1; }
	cmp -s "$1.dump" "$2.dump" || { diff "$1.dump" "$2.dump" | head -n 5 | cut -c 1-300; return 1; }
	[ "$(ask "$1" 'select count(distinct transformed_at) from job_final')" -eq 1 ] ||
		{ echo 'a resumed run took another time of transformation'; return 1; }
}
