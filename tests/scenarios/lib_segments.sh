# lib_segments.sh: archives, stopped and whole, and their hashes by tools that are not ours. To be sourced after lib.sh.

start_archive() { # DIR [OPTION…]: of legacy.db under $rule or v3, in the background, as process $pid
	local folder=$1
	shift
	env --default-signal=INT "$engine" archive "${rule:-rules/v3.lua}" --legacy "${legacy:-sqlite:legacy.db}" --cold "segment:$folder" --json "$@" \
		> "$folder.json" 2> "$folder.err" &
	pid=$!
}

archive() { # DIR [OPTION…]
	start_archive "$@"
	finished
}

has_lines() { # DIR: of a segment that is not sealed yet
	[ -n "$(find "$1" -name '*.part' -size +0 2> /dev/null)" ]
}

# Segments are large; a small one is what was read before somebody asked to stop: one range of 3,000 roots.
archive_range() { # DIR [SIGNAL]: one more segment; gives the engine's status
	start_archive "$1" --rate 100
	within 30 has_lines "$1" || { echo 'no line was archived'; cat "$1.err"; }
	kill "-${2:-TERM}" $pid
	finished
}

lines_of() { # DIR: of all segments, as zstd gives them
	zstd -dcq "$1"/*.jsonl.zst
}

files_of() { # DIR: what is in it, by hash; the lock is empty
	(cd "$1" && sha256sum -- *)
}

# ---- RFC 6962 by sha256sum alone ----

hashed() { # FOLDER of files 000000 …: their hashes, in order
	(cd "$1" && find . -type f -print0 | sort -z | xargs -0 -r sha256sum | cut -c 1-64)
}

leaves() { # FILE of lines: the leaf of each
	rm -rf leaves && mkdir leaves
	awk '{ file = sprintf("leaves/%06d", NR); printf "%c%s", 0, $0 > file; close(file) }' "$1"
	hashed leaves
}

# Each level is hashed at once; who is left over goes up as it is.
merkle() { # leaves on stdin, in hex
	local level nodes node i
	mapfile -t level < <(sed 's/../\\x&/g')
	while [ ${#level[@]} -gt 1 ]; do
		rm -rf nodes && mkdir nodes
		for ((i = 0; i + 1 < ${#level[@]}; i += 2)); do
			printf -v node '%06d' "$i"
			printf '%b' "\\x01${level[i]}${level[i + 1]}" > "nodes/$node"
		done
		nodes=()
		mapfile -t nodes < <(hashed nodes | sed 's/../\\x&/g')
		[ $((${#level[@]} % 2)) -eq 0 ] || nodes+=("${level[-1]}")
		level=("${nodes[@]}")
	done
	[ ${#level[@]} -gt 0 ] || level=("$(printf '' | sha256sum | cut -c 1-64)")
	echo "${level[0]//\\x/}"
}
