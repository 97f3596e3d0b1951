#!/bin/bash
# explain.sh: the examples that `engine explain` shows do what they say: one ends in its code and no other, the mended
# one in no fault at all; and docs/errors.md shows the same ones.
#
#   tests/cli/explain.sh [CODE…]
set -u
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
engine=${ENGINE_BINARY:-$repository/build/bin/${ENGINE_CONFIG:-release}/engine}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$repository/tests/report.sh"

mkdir "$scratch/bin"
ln -s "$engine" "$scratch/bin/engine"
PATH=$scratch/bin:$PATH
export LC_ALL=C
unset ENGINE_LEGACY ENGINE_TARGET ENGINE_STATE ENGINE_COLD

# Every code that a command ends in, wherever it says so: on stdout, on stderr, in quarantine.
codes_of() { # COMMAND; its status is left in ./status
	case $1 in
	engine\ run\ *) (eval "$1") > said 2>&1 ;;
	*) (eval "engine --json ${1#engine }") > said 2>&1 ;;
	esac
	echo $? > status
	case $1 in
	engine\ run\ *)
		[ ! -e target.db ] || engine quarantine list --target sqlite:target.db --json >> said 2>&1
		;;
	esac
	grep -oE '"code":"E[0-9]{4}"|^(error|warning)\[E[0-9]{4}\]' said | grep -oE 'E[0-9]{4}' | sort -u | tr '\n' ' '
}

play_part() { # CODE PART COMMAND FILE: do what one part of an example says
	local codes
	case $2 in
	legacy) sqlite3 -bail legacy.db < "$4" > said 2>&1 || report 1 "$1: $2" said ;;
	before | fails | fixed)
		[ ! -s "$4" ] || cp "$4" rule.lua
		codes=$(codes_of "$3")
		case $2 in
		fails) [ "$codes" = "$1 " ] && [ "$(cat status)" -ne 0 ] ;;
		*) [ -z "$codes" ] && [ "$(cat status)" -eq 0 ] ;;
		esac
		report $? "$1: $2: $3" said
		;;
	*) cp "$4" "$2" ;;
	esac
}

play() { # CODE
	local count i
	mkdir "$scratch/$1"
	cd "$scratch/$1" || exit 1
	engine explain "$1" --json > example.json
	count=$(jq '.example | length' example.json)
	jq -e '[.example[].part] | (map(select(. == "fails")) | length) == 1 and (map(select(. == "fixed")) | length) == 1' example.json > /dev/null
	report $? "$1: there is a failing and a mended example" example.json
	for i in $(seq 0 $((count - 1))); do
		jq -j ".example[$i].text" example.json > text
		play_part "$1" "$(jq -r ".example[$i].part" example.json)" "$(jq -r ".example[$i].command // \"\"" example.json)" text
	done
}

all=$(engine explain --json | jq -r '.[].code')
[ -n "$all" ] && [ "$all" = "$(sed -n 's/^FAULT_CODE(\(E[0-9]*\),.*/\1/p' "$repository/engine/model/fault_codes.def")" ]
report $? 'every code is explained'
ls "$repository/engine/model/fault_examples" | sed 's/\.txt$//' | diff - <(echo "$all" | sort) > "$scratch/why"
report $? 'and has an example, and no example has no code' "$scratch/why"
[ $# -gt 0 ] || "$repository/scripts/print-errors" "$engine" | diff "$repository/docs/errors.md" - > "$scratch/why"
report $? 'docs/errors.md is what scripts/print-errors prints' "$scratch/why"

# shellcheck disable=SC2086
for code in ${*:-$all}; do
	play "$code"
done
exit $failed
