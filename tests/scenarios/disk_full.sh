#!/bin/bash
# disk_full.sh: wherever the disk fills up, a run says so, loses nothing, and goes on when there is room.
#
# The room is limited by the size a file may have (which also stops the state folder) and, where mounting is
# permitted, by small file systems of which the target or the state folder is alone on one.
. "$(dirname "$0")/lib.sh"
trap '' XFSZ # the limit is an error of write(), not the end of the program
trap 'umount "$scratch/small" 2> /dev/null; rm -rf "$scratch"' EXIT

sample legacy 3000
move legacy wanted --chunk 200
[ $? -eq 1 ]
report $? 'a run with room' wanted.err
dump wanted > wanted.dump

refused() { # STATUS: did it say that there is no room?
	[ "$1" -eq 74 ] || { echo "ended with $1, not 74"; cat squeezed.err; return 1; }
	grep -qiE 'full|space|too large|I/O|exceeded' squeezed.err || { echo 'no word about room'; cat squeezed.err; return 1; }
}

goes_on() { # TARGET [OPTION…]
	local target=$1
	shift
	move legacy "$target" --chunk 200 "$@"
	[ $? -eq 1 ] || { echo 'did not go on'; cat "$target.err"; return 1; }
	dump "$target" > "$target.dump"
	cmp -s "$target.dump" wanted.dump || { echo 'not the same'; diff "$target.dump" wanted.dump | head -n 5 | cut -c 1-300; return 1; }
	[ "$(jq -r '.entities[].digest' "$target.json")" = "$(jq -r '.entities[].digest' wanted.json)" ]
}

# What it says goes through a pipe: files of ours must not need the room that is missing.
squeeze() { # KIB|unlimited TARGET [OPTION…]
	local kib=$1 target=$2
	shift 2
	(
		ulimit -f "$kib"
		exec "$engine" run rules/v3.lua --legacy sqlite:legacy.db --target "sqlite:$target.db" --chunk 200 --quiet "$@" 2>&1
	) | cat > squeezed.err
	return "${PIPESTATUS[0]}"
}

limited() { # KIB: files may be so large
	local status
	forget limited
	squeeze "$1" limited
	status=$?
	[ $status -eq 1 ] && return # there was enough
	stopped=$((stopped + 1))
	refused $status && goes_on limited
}

stopped=0
: > disk.log
for size in 0 1 4 8 12 16 20 24 32 48 64 96 128 160 192 256 320 400 500 640 800 1000 1280 1600 2000 4000 8000; do
	limited $size > one.log 2>&1 || { echo "at $size KiB"; cat one.log; } >> disk.log
done
[ ! -s disk.log ]
report $? "stopped $stopped times by the size of a file" disk.log
[ $stopped -ge 10 ]
report $? 'the sizes were small enough to matter' disk.log

on_small() { # KIB WHAT: the target or the state folder is alone on a file system of that size
	local status state target=limited
	forget limited
	mount -t tmpfs -o "size=$1k" tmpfs small || return 1
	state=$scratch/limited.db.state
	[ "$2" = state ] && state=$scratch/small/state
	[ "$2" = target ] && target=small/limited
	rm -rf "$scratch/limited.db.state" "$scratch"/limited.*
	squeeze unlimited "$target" --state "$state"
	status=$?
	if [ $status -ne 1 ]; then
		stopped=$((stopped + 1))
		mount -o remount,size=64m small
		refused $status && goes_on "$target" --state "$state"
		status=$?
	else
		status=0
	fi
	umount small
	rm -rf "$scratch"/limited*
	return $status
}

mkdir small
if mount -t tmpfs -o size=64k tmpfs small 2> /dev/null; then
	umount small
	for what in target state; do
		stopped=0
		: > disk.log
		for size in 16 32 64 128 256 512 1024 2048; do
			on_small $size $what > one.log 2>&1 || { echo "$what on $size KiB"; cat one.log; } >> disk.log
		done
		[ ! -s disk.log ] && [ $stopped -ge 1 ]
		report $? "the $what alone on a full disk, $stopped times" disk.log
	done
else
	echo '# no small file systems: mounting is not permitted here; the size of files was limited instead'
fi

exit $failed
