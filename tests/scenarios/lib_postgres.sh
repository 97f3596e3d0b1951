# lib_postgres.sh: PostgreSQL to PostgreSQL: the servers old and new, runs between them, and what they left. To be sourced
# after lib.sh and tests/kit/cluster.sh.
#
# A run reaches its servers by $legacy and "$(target TARGET)"; where a proxy stands between, $old_through and $new_through
# are its ports; $rule is another rule file than the bench's.
cp -r "$repository/scripts/bench.d/postgres" bench

start_servers() { # [SETTING=VALUE…]: what a machine that loses power would lose is another test's
	cluster_start old fsync=off "$@" && cluster_start new fsync=off "$@" || exit 1
	legacy=$(cluster_url old legacy_reader legacy)
}

load_legacy() { # ROOTS
	cluster_sql old postgres 'create database legacy' && psql -X -q -h "$old_SOCKET" -p "$old_PORT" -U postgres -d legacy \
		-v ON_ERROR_STOP=1 -v roots="$1" -f bench/legacy.sql > load.log 2>&1
}

target() { # TARGET: its URL
	local new_PORT=${new_through:-$new_PORT}
	cluster_url new engine "$1"
}

go() { # TARGET [OPTION…]: in the background, as process $pid
	local target=$1 old_PORT=${old_through:-$old_PORT}
	shift
	env --default-signal=INT "$engine" run "${rule:-bench/rule.lua}" --legacy "$(cluster_url old legacy_reader legacy)" --target "$(target "$target")" \
		--state "$target.state" --json "$@" > "$target.json" 2> "$target.err" &
	pid=$!
}

fresh() { # TARGET: an empty database, and nothing remembered of it
	cluster_sql new postgres 'set client_min_messages = warning' "drop database if exists $1 with (force)" "create database $1 owner engine" &&
		cluster_sql new "$1" 'grant all on schema public to engine' && rm -rf "$1.state"
}

seen() { # TARGET: what its last run says
	jq -r '.status, (.entities[] | .read, .merged + .unchanged, .rejected, .count, .digest)' "$1.json" | tr '\n' ' '
}

stored() { # TARGET: everything of every record but when it was done
	cluster_sql new "$1" "select md5(string_agg(concat_ws(' ', job_id, payload_json #- '{lineage,transformedAt}', source_key, payload_digest_high,
		payload_digest_low, source_digest_high, source_digest_low, bucket, source_state), E'\n' order by job_id)), count(*) from job_final"
}

passed_again() { # TARGET: how often work that was done was done again
	cluster_sql new "$1" "$repeated_passes"
}

digest_of() { # TARGET: what its last run says of the records
	jq -r '.status, (.entities[] | .count, .digest)' "$1.json" | tr '\n' ' '
}

live() { # TARGET: every record that counts, but when it was done
	cluster_sql new "$1" "select count(*), md5(string_agg(concat_ws(' ', job_id, payload_json #- '{lineage,transformedAt}', source_key, payload_digest_high,
		payload_digest_low, source_digest_high, source_digest_low, bucket), E'\n' order by job_id)) from job_final where source_state = ''"
}

ended() { # STATUS WORDS NAME FILE: the last command ended so, and said that
	local seen=$?
	[ $seen -eq "$1" ] && grep -q -- "$2" "$4"
	report $? "$3 ($seen)" "$4"
}

passes() { # TARGET
	cluster_sql new "$1" 'select count(*) from engine_pass' 2> /dev/null || echo 0
}

until_passed() { # TARGET PASSES [PID]: by the run that is that process, or $pid; if not, await.log says how far it came
	local round
	for round in $(seq 300); do
		[ "$(passes "$1")" -lt "$2" ] || return 0
		kit_lives "${3:-$pid}" || break
		pause 20
	done
	echo "$1: $(passes "$1") passes, not $2" > await.log
	return 1
}
