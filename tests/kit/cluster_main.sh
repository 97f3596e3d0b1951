#!/bin/bash
# cluster_main.sh: one throw-away PostgreSQL cluster for programs that are no shell script.
#
#   tests/kit/cluster_main.sh start FOLDER [--while PID] [SETTING=VALUE…]     prints its superuser's URL
#   tests/kit/cluster_main.sh stop FOLDER                                     at once, and removes FOLDER
#
# It outlives this script; with --while it ends with the process PID, if nobody stops it before.
set -u
kit_trap=no

usage() {
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "$0" >&2
	exit 2
}

[ $# -ge 2 ] || usage
verb=$1 folder=$2
shift 2
if [ "${1:-}" = --while ]; then
	kit_owner=${2?} && shift 2
else
	kit_owner=1 # which never ends
fi
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

case $verb in
start)
	mkdir -p "$folder" && scratch=$(cd "$folder" && pwd) || exit 74
	cluster_start unit "$@" || { cluster_end_all; exit 69; }
	echo "$unit_URL"
	;;
stop)
	[ -d "$folder/pg" ] || { echo "cluster_main.sh: no cluster lies in $folder" >&2; exit 1; }
	scratch=$(cd "$folder" && pwd) && kit_find_server || exit 69
	kit_root=$scratch/pg
	cluster_end_all
	rm -rf "$scratch"
	;;
*) usage ;;
esac
