# cluster.sh: throw-away PostgreSQL clusters for tests. To be sourced by bash, after what sets a trap of its own.
#
#   cluster_start NAME [SETTING=VALUE…]        a new cluster; sets NAME_PORT, NAME_SOCKET (a folder), NAME_URL (its superuser)
#   cluster_standby NAME OF [SETTING=VALUE…]   a streaming standby of the cluster OF; the same variables
#   cluster_stop NAME [fast|immediate]         keeps its data; cluster_up NAME starts it again at the same port
#   cluster_restart NAME [fast|immediate]
#   cluster_crash NAME                         as if the machine had died, but for what the kernel still writes
#   cluster_promote NAME                       makes a standby a primary; its timeline rises
#   cluster_backup NAME COPY                   keeps a copy of its data as they are now, by pg_basebackup
#   cluster_restore NAME COPY                  makes its data the copy's again, also while it runs; its timeline stays
#   cluster_drop NAME                          stops it and forgets its data
#   cluster_sql NAME DATABASE SQL…             as superuser; rows unaligned, without a header
#   cluster_url NAME ROLE DATABASE             a URL over TCP; that of secret_reader carries its password
#
# Every cluster is UTF8 and C.UTF-8, in UTC, and listens on 127.0.0.1 and a socket of its own. fsync is on unless
# fsync=off is asked for. Roles: postgres (superuser); engine (may create databases) and legacy_reader (reads everything)
# come in without a password; secret_reader must give $cluster_secret over TCP and by socket.
#
# Data lie below $scratch, which is made when the test has none. All ends with the test: by its EXIT trap, and by a
# guardian where the test was killed.
cluster_secret='s3cret:/?#[@]% &ü'
kit_owner=${kit_owner:-$$}
kit_bin=

kit_find_server() { # sets $kit_bin and $kit_as, the words that make a command the server's user's
	local folder
	for folder in "$(pg_config --bindir 2> /dev/null)" /usr/lib/postgresql/*/bin; do
		[ ! -x "$folder/initdb" ] || kit_bin=$folder
	done
	[ -n "$kit_bin" ] || { echo 'cluster.sh: no initdb here; scripts/setup installs PostgreSQL' >&2; return 1; }
	kit_as=()
	[ "$(id -u)" -ne 0 ] || kit_as=(setpriv --reuid postgres --regid postgres --clear-groups)
	PATH=$kit_bin:$PATH # before the wrapper of Debian, which looks for clusters of its own
}

kit_folder() { # makes $kit_root, which the server's user may enter
	[ -n "${scratch:-}" ] || { scratch=$(mktemp -d) && kit_own_scratch=$scratch; }
	kit_root=$scratch/pg
	[ ! -d "$kit_root" ] || return 0
	chmod a+x "$scratch" && mkdir "$kit_root" || return 1
	[ ${#kit_as[@]} -eq 0 ] || chown postgres "$kit_root"
	# A path longer than the kernel takes for a socket fails in words that name no reason.
	[ ${#kit_root} -le 70 ] || { echo "cluster.sh: $kit_root is too long for a socket in it; set TMPDIR to a shorter one" >&2; return 1; }
	"${kit_as[@]}" test -w "$kit_root" ||
		{ echo "cluster.sh: the user postgres cannot get at $kit_root; set TMPDIR to a folder that others may enter" >&2; return 1; }
	kit_guard
}

# Everything but the first three: a pipe that a server or the guardian held open would never end for who reads it.
kit_close_others() {
	local fd
	for fd in /proc/"$BASHPID"/fd/*; do
		fd=${fd##*/}
		[ "$fd" -le 2 ] || [ ! -e "/proc/$BASHPID/fd/$fd" ] || eval "exec $fd>&-"
	done
}

# Outlives a test that was killed and then ends what it left.
kit_guard() {
	(
		kit_close_others
		# shellcheck disable=SC2016
		exec setsid bash -c '
			tail --pid="$1" -s 0.3 -f /dev/null
			for file in "$2"/*/data/postmaster.pid; do
				[ -e "$file" ] || continue
				pid=$(head -n 1 "$file")
				[ "$(cat "/proc/$pid/comm")" != postgres ] || kill -QUIT "$pid"
			done
			sleep 1
			rm -rf "$2" $3' guardian "$kit_owner" "$kit_root" "${kit_own_scratch:-}" < /dev/null > /dev/null 2>&1
	) &
	disown
}

kit_server() { # NAME COMMAND…: as the server's user, in the cluster's folder; what it says goes to the log "kit"
	local name=$1
	shift
	(kit_close_others && cd "$kit_root/$name" && "${kit_as[@]}" "$@" < /dev/null >> "$kit_root/$name/kit.log" 2>&1) ||
		{ tail -n 20 "$kit_root/$name/kit.log" "$kit_root/$name/server.log" >&2; return 1; }
}

kit_is_free() { # PORT: does nobody listen there?
	! (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null
}

kit_lives() { # PID: not so one that ended and that nobody has asked about yet
	local state
	state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2> /dev/null)
	[ "${state:-Z}" != Z ]
}

kit_settings() { # NAME PORT [SETTING=VALUE…]: what its data's postgresql.conf includes
	local name=$1 port=$2 setting
	shift 2
	{
		printf "port = %s\nunix_socket_directories = '%s'\n" "$port" "$kit_root/$name/s"
		printf "listen_addresses = '127.0.0.1'\ntimezone = 'UTC'\nlog_timezone = 'UTC'\n"
		for setting in "$@"; do printf "%s = '%s'\n" "${setting%%=*}" "${setting#*=}"; done
	} > "$kit_root/$name/settings.conf"
}

kit_make() { # NAME: its empty folder
	case $1 in
	'' | *[!a-z0-9_]* | [0-9]*) echo "cluster.sh: \"$1\" is no name; a to z, digits and _" >&2; return 1 ;;
	esac
	[ -n "$kit_bin" ] || kit_find_server || return 1
	kit_folder || return 1
	[ ! -e "$kit_root/$1" ] || { echo "cluster.sh: there is a cluster $1 already" >&2; return 1; }
	mkdir -p "$kit_root/$1/s" && : > "$kit_root/$1/kit.log" && : > "$kit_root/$1/server.log" || return 1
	[ ${#kit_as[@]} -eq 0 ] || chown -R postgres "$kit_root/$1"
}

kit_init() { # NAME: data of its own; not a copy, which would have the same system identifier
	local data=$kit_root/$1/data
	kit_server "$1" "$kit_bin/initdb" --no-sync -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 || return 1
	cat > "$data/pg_hba.conf" <<- 'HBA'
		local all         secret_reader              scram-sha-256
		host  all         secret_reader 127.0.0.1/32 scram-sha-256
		local all         all                        trust
		host  all         all           127.0.0.1/32 trust
		local replication all                        trust
		host  replication all           127.0.0.1/32 trust
	HBA
	echo "include '../settings.conf'" >> "$data/postgresql.conf"
}

kit_roles() { # NAME
	cluster_sql "$1" postgres "
		create role engine login createdb;
		create role legacy_reader login in role pg_read_all_data;
		create role secret_reader login in role pg_read_all_data password '$cluster_secret'" > /dev/null
}

# Two tests may choose the same port at once; the one that comes late takes another.
kit_first_start() { # NAME [SETTING=VALUE…]
	local name=$1 port
	shift
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		port=$((20000 + SRANDOM % 12000)) # below those that the kernel gives to clients
		kit_is_free "$port" || continue
		kit_settings "$name" "$port" "$@"
		if cluster_up "$name" 2> "$kit_root/$name/up.log"; then
			printf -v "${name}_PORT" %s "$port"
			printf -v "${name}_SOCKET" %s "$kit_root/$name/s"
			printf -v "${name}_URL" %s "$(cluster_url "$name" postgres postgres)"
			export "${name?}_PORT" "${name?}_SOCKET" "${name?}_URL"
			return 0
		fi
		grep -q 'could not bind' "$kit_root/$name/server.log" || break
	done
	cat "$kit_root/$name/up.log" >&2
	return 1
}

cluster_start() {
	kit_make "$1" && kit_init "$1" && kit_first_start "$@" && kit_roles "$1" && return 0
	echo "cluster.sh: the cluster $1 does not start" >&2
	return 1
}

cluster_standby() { # NAME OF [SETTING=VALUE…]
	local name=$1 of=$2 port socket
	shift 2
	port=${of}_PORT socket=${of}_SOCKET
	kit_make "$name" &&
		kit_server "$name" "$kit_bin/pg_basebackup" -h "${!socket}" -p "${!port}" -U postgres -D "$kit_root/$name/data" \
			-X stream -c fast --no-sync -R &&
		kit_first_start "$name" "$@" && return 0
	echo "cluster.sh: the standby $name of $of does not start" >&2
	return 1
}

cluster_up() { # NAME
	kit_server "$1" "$kit_bin/pg_ctl" start -w -t 60 -D "$kit_root/$1/data" -l "$kit_root/$1/server.log"
}

cluster_stop() { # NAME [fast|immediate]
	local pid
	pid=$(cluster_pid "$1") && kit_server "$1" "$kit_bin/pg_ctl" stop -w -t 60 -D "$kit_root/$1/data" -m "${2:-fast}" || return 1
	# pg_ctl waits for the file that names the process; what comes after it is short.
	while kit_lives "$pid"; do sleep 0.01; done
}

cluster_restart() { # NAME [fast|immediate]
	cluster_stop "$@" && cluster_up "$1"
}

cluster_crash() { # NAME
	cluster_stop "$1" immediate
}

cluster_promote() { # NAME
	kit_server "$1" "$kit_bin/pg_ctl" promote -w -t 60 -D "$kit_root/$1/data"
}

cluster_backup() { # NAME COPY
	local socket=${1}_SOCKET port=${1}_PORT
	kit_server "$1" rm -rf "$kit_root/$1/$2" &&
		kit_server "$1" "$kit_bin/pg_basebackup" -h "${!socket}" -p "${!port}" -U postgres -D "$kit_root/$1/$2" -X stream -c fast --no-sync
}

cluster_restore() { # NAME COPY
	[ ! -e "$kit_root/$1/data/postmaster.pid" ] || cluster_stop "$1" immediate || return 1
	kit_server "$1" rm -rf "$kit_root/$1/data" && kit_server "$1" cp -a "$kit_root/$1/$2" "$kit_root/$1/data" && cluster_up "$1"
}

cluster_drop() { # NAME
	[ ! -e "$kit_root/$1/data/postmaster.pid" ] || cluster_stop "$1" immediate || return 1
	rm -rf "${kit_root:?}/$1"
}

cluster_pid() { # NAME: the process that all others of the cluster come from
	head -n 1 "$kit_root/$1/data/postmaster.pid"
}

cluster_sql() { # NAME DATABASE SQL…
	local socket=${1}_SOCKET port=${1}_PORT database=$2 commands=() command
	shift 2
	for command in "$@"; do commands+=(-c "$command"); done
	"$kit_bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "${!socket}" -p "${!port}" -U postgres -d "$database" "${commands[@]}"
}

cluster_url() { # NAME ROLE DATABASE
	local port=${1}_PORT password=
	[ "$2" != secret_reader ] || password=:$(jq -rn --arg text "$cluster_secret" '$text | @uri')
	printf 'postgres://%s%s@127.0.0.1:%s/%s\n' "$2" "$password" "${!port}" "$3"
}

cluster_end_all() { # whatever state they are in; a test that asks how they end is over
	local folder pid
	[ -n "${kit_root:-}" ] || return 0
	for folder in "$kit_root"/*/; do
		[ -e "$folder/data/postmaster.pid" ] || continue
		pid=$(head -n 1 "$folder/data/postmaster.pid")
		[ "$(cat "/proc/$pid/comm" 2> /dev/null)" = postgres ] || continue
		kill -CONT "$pid"
		cluster_stop "$(basename "$folder")" immediate || kill -KILL "$pid"
	done
	rm -rf "$kit_root" ${kit_own_scratch:+"$kit_own_scratch"}
}

# Before what the test had set for its end, which may remove the folder they stand in. A signal ends bash without it
# unless the signal is caught.
kit_trap() {
	local before
	before=$(trap -p EXIT)
	eval "set -- ${before:-trap -- : EXIT}"
	# shellcheck disable=SC2064
	trap "cluster_end_all; $3" EXIT
	[ -n "$(trap -p TERM)" ] || trap 'exit 143' TERM
	[ -n "$(trap -p INT)" ] || trap 'exit 130' INT
	[ -n "$(trap -p HUP)" ] || trap 'exit 129' HUP
}
[ "${kit_trap:-yes}" = no ] || kit_trap
