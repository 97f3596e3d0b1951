# lib_store.sh: one server for both sides where it does not matter that they are two, and what is asked of it while a run runs.
# To be sourced after lib.sh.

one_server() { # [SETTING=VALUE…]: "old" and "new" are the same; legacy is a database of its own all the same
	cluster_start new fsync=off "$@" || exit 1
	old_PORT=$new_PORT old_SOCKET=$new_SOCKET
	legacy=$(cluster_url old legacy_reader legacy)
}

until_so() { # TENTHS COMMAND…: waits for it, so many tenths of a second at most
	local left=$1
	shift
	until "$@" 2> /dev/null; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.1
	done
}

has_passes() { # TARGET COUNT
	[ "$(cluster_sql new "$1" 'select count(*) from engine_pass')" -ge "$2" ]
}

is_running() { # is the run that go() began?
	kill -0 "$pid" 2> /dev/null
}

# What agrees() asks of one run, of several, each of which has its own time of transformation.
agrees_after_runs() { # TARGET NAME
	is "$wanted_stored $wanted_quarantined $wanted_seen" "$(stored "$1") $(quarantined "$1") $(seen "$1")" "$2: records, quarantine and sums are those of a run that nobody disturbs"
	is 0 "$(unbalanced "$1")" "$2: every count balances"
	"$engine" ledger verify --target "$(target "$1")" --state "$1.state" > ledger.out 2>&1
	report $? "$2: the ledger is intact" ledger.out
}
