#!/bin/bash
# broken.sh: tests/broken/whole.lua, broken in one way by each of the .diff beside it, and what its owner is told.
#
# A mark says which fault comes first: "--! E1002" stands on the broken line, "--! E1001 line 12" where no comment can stand
# there, "--! E1016 line 3 of tables/x.csv" when another file is to blame; "nearest WORD" is what must be offered.
# Every fault of a rule file has seven parts, in the text and in the JSON:
#   its code · what is wrong · file and line · entity and field, where the line belongs to one · the line itself ·
#   why it matters · what to do
# Nobody is shown a Lua traceback, the name of a Lua chunk, or a path they did not write. E12xx are checked against a
# legacy database, E24xx are said by `engine test`, all others by `engine check` without one.
#
#   tests/cli/broken.sh               as tests
#   tests/cli/broken.sh --figures     prints "broken-rule-files PERCENT COUNT"; what is wrong goes to stderr
set -u
export LC_ALL=C
repository=$(cd "$(dirname "$0")/../.." && pwd)
engine=${ENGINE_BINARY:-$repository/build/bin/${ENGINE_CONFIG:-release}/engine}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset ENGINE_LEGACY ENGINE_TARGET ENGINE_COLD ENGINE_STATE
cp -r "$repository/tests/broken" "$scratch/broken"
"$repository/scripts/sample-legacy" "$scratch/sample" --rows 100 --seed 1 > "$scratch/said" || exit 70
cd "$scratch/broken" || exit 70

for edit in [0-9]*.diff; do
	patch -s -o "${edit%.diff}.lua" whole.lua "$edit" || exit 70
done

read_mark() { # FILE: sets code, line, file, nearest
	local mark pattern='--! (E[0-9]{4})( line ([0-9]+))?( of ([^ ]+))?( nearest (.*))?$'
	mark=$(grep -a -n -E -- "$pattern" "$1") && [[ $mark =~ ^([0-9]+): ]] || return 1
	line=${BASH_REMATCH[1]}
	[[ $mark =~ $pattern ]]
	code=${BASH_REMATCH[1]} line=${BASH_REMATCH[3]:-$line} file=${BASH_REMATCH[5]:-$1} nearest=${BASH_REMATCH[7]}
}

say() { # RULE-FILE [OPTION…]: both outputs in "said"
	local rules=$1 verb=check where=(--offline)
	shift
	case $code in
	E12??) where=(--legacy "sqlite:$scratch/sample/legacy.db") ;;
	E24??) verb=test where=() ;;
	esac
	"$engine" $verb "$rules" "${where[@]}" "$@" > "$scratch/out" 2> "$scratch/said"
	status=$?
	[ "$verb" = check ] || cat "$scratch/out" >> "$scratch/said"
}

wants_place() { # does the line belong to an entity? What does not parse belongs to nothing yet.
	local entity
	[ "$code" != E1001 ] && [ "$file" = "$1" ] || return 1
	entity=$(grep -a -n 'entity "' "$1" | head -n 1 | cut -d : -f 1)
	[ -n "$entity" ] && [ "$line" -gt "$entity" ]
}

complain() {
	echo "$*"
	faults=$((faults + 1))
}

has() { # WHAT PATTERN
	grep -q -a -E -- "$2" "$scratch/said" || complain "no $1"
}

check_text() { # RULE-FILE
	local place='' text
	say "$1"
	case $code in
	E1203 | E13?? | E24??) [ $status -eq 1 ] || complain "ended with $status, not 1" ;;
	*) [ $status -eq 78 ] || complain "ended with $status, not 78" ;;
	esac
	! wants_place "$1" || place='   [^ ].*'
	has 'code with what is wrong' "^(error|warning)\[$code\]: ."
	has 'file and line' "^  --> ${file//./\\.}:$line$place"
	text=$(sed -n "${line}p" "$file" | sed -e 's/^[ \t]*//' | cut -c 1-30)
	grep -a -E "^ *$line \| " "$scratch/said" | grep -q -a -F -- "${text:0:12}" || complain 'not the text of the line'
	has 'reason' '^   = why      .'
	has 'remedy' '^help: .'
	[ -z "$nearest" ] || has "nearest $nearest" "^   = nearest  $nearest\$"
	! grep -a -q -i -E 'traceback|\[string|\[C\]|prelude|stack|upvalue|userdata|cdata|lua_|bad argument' "$scratch/said" ||
		complain 'something of the inside is shown'
	! grep -a -q -E "(^|[ \"'])/[a-z]" <(sed -E "/^ *[0-9]+ \|/d" "$scratch/said") || complain 'an absolute path is shown'
}

# The first of them is the one that is marked.
check_json() { # RULE-FILE
	say "$1" --json
	jq -e --arg code "$code" --arg file "$file" --argjson line "$line" --arg nearest "$nearest" \
		'(if type == "array" then map(.differences[]) else .faults end)[0]
		| .code == $code and .file == $file and .line == $line and (.message | length) > 0 and (.why | length) > 0
		and (.help | length) > 0 and ($nearest == "" or .nearest == $nearest)' "$scratch/out" > /dev/null ||
		complain "the first fault in JSON is not $code at $file:$line with all its parts: $(head -c 600 "$scratch/out")"
	! wants_place "$1" || jq -e '(if type == "array" then map(.differences[]) else .faults end)[0].where | length > 0' \
		"$scratch/out" > /dev/null || complain 'no place in JSON'
}

check() { # RULE-FILE: what is wrong with what its owner is told
	faults=0
	read_mark "$1" || { echo 'no mark'; return 1; }
	check_text "$1"
	[ $faults -eq 0 ] || cat "$scratch/said"
	check_json "$1"
	"$engine" explain "$code" > "$scratch/out" 2>&1 || complain "engine explain does not know $code"
	[ $faults -eq 0 ]
}

if [ "${1:-}" != --figures ]; then
	"$engine" check whole.lua --offline > "$scratch/said" 2>&1 && "$engine" test whole.lua >> "$scratch/said" 2>&1 ||
		{ echo 'not ok - without an edit it is sound'; sed 's/^/  /' "$scratch/said"; exit 1; }
	echo 'ok - without an edit it is sound'
fi
count=0 held=0
for rules in [0-9]*.lua; do
	count=$((count + 1))
	if check "$rules" > "$scratch/log"; then
		held=$((held + 1))
		[ "${1:-}" = --figures ] || echo "ok - $rules"
	elif [ "${1:-}" = --figures ]; then
		sed "s/^/$rules: /" "$scratch/log" >&2
	else
		echo "not ok - $rules"
		sed 's/^/  /' "$scratch/log"
	fi
done
if [ "${1:-}" = --figures ]; then
	echo "broken-rule-files $((count < 60 ? 0 : held * 100 / count)) $count"
	exit
fi
[ $count -ge 60 ] && echo "ok - $count broken rule files" || { echo 'not ok - at least 60 broken rule files'; exit 1; }
[ $held -eq $count ]
