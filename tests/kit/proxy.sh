# proxy.sh: connections that are disturbed on purpose (proxy.c has the commands). To be sourced by bash.
#
#   proxy_start NAME HOST PORT [COMMAND…]   sets NAME_PORT, where it listens on 127.0.0.1
#   proxy_tell NAME COMMAND…                each must be understood
#   proxy_report NAME [FILTER]              what has passed, through jq
#   proxy_stop NAME
#
# Needs $scratch, and $engine or ENGINE_BINARY to lie beside. A proxy ends with the shell that started it, however that ended.
kit_proxy=$(dirname "${engine:-${ENGINE_BINARY:-$(dirname "${BASH_SOURCE[0]}")/../../build/bin/release/engine}}")/kit_proxy
declare -A kit_to kit_from kit_pid

proxy_start() {
	local name=$1 to from word port
	shift
	[ -x "$kit_proxy" ] || { echo "proxy.sh: there is no $kit_proxy; scripts/build makes it" >&2; return 1; }
	rm -f "$scratch/$name.to" "$scratch/$name.from"
	mkfifo "$scratch/$name.to" "$scratch/$name.from" || return 1
	exec {to}<> "$scratch/$name.to" {from}<> "$scratch/$name.from"
	# The subshell forgets what would keep its own input from ending.
	(
		exec < "$scratch/$name.to" > "$scratch/$name.from"
		for fd in "$to" "$from" "${kit_to[@]}" "${kit_from[@]}"; do eval "exec $fd>&-"; done
		exec "$kit_proxy" "$@"
	) 2> "$scratch/$name.proxy.err" &
	kit_pid[$name]=$! kit_to[$name]=$to kit_from[$name]=$from
	read -r -t 10 -u "$from" word port && [ "$word" = listening ] ||
		{ echo "proxy.sh: $name does not listen: $(cat "$scratch/$name.proxy.err")" >&2; return 1; }
	printf -v "${name}_PORT" %s "$port"
}

kit_ask() { # NAME COMMAND: its answer
	local said
	echo "$2" >&"${kit_to[$1]}"
	read -r -t 10 -u "${kit_from[$1]}" said || { echo "proxy.sh: $1 does not answer: $(cat "$scratch/$1.proxy.err")" >&2; return 1; }
	printf '%s\n' "$said"
}

proxy_tell() {
	local name=$1 command said
	shift
	for command in "$@"; do
		said=$(kit_ask "$name" "$command") && [ "$said" = ok ] || { echo "proxy.sh: $name: $command: $said" >&2; return 1; }
	done
}

proxy_report() {
	kit_ask "$1" report | jq -c "${2:-.}"
}

proxy_stop() {
	local to=${kit_to[$1]} from=${kit_from[$1]}
	exec {to}>&- {from}>&-
	wait "${kit_pid[$1]}"
	unset "kit_to[$1]" "kit_from[$1]" "kit_pid[$1]"
}
