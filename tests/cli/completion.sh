#!/bin/bash
# completion.sh: the words that bash and zsh offer, asked of the shells themselves; and the pages that are printed from the same tables.
set -u
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
engine=${ENGINE_BINARY:-$repository/build/bin/${ENGINE_CONFIG:-release}/engine}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$repository/tests/report.sh"
export LC_ALL=C
unset ENGINE_LEGACY ENGINE_TARGET ENGINE_STATE ENGINE_COLD
mkdir "$scratch/bin" "$scratch/at" "$scratch/at/rules"
ln -s "$engine" "$scratch/bin/engine"
PATH=$scratch/bin:$PATH
cd "$scratch/at" || exit 1
: > v1.lua
: > notes.txt
: > old.db
: > 'rules/v 2.lua'

# ---- the pages ----

for page in 'markdown commands.md' 'man engine.1'; do
	"$repository/scripts/print-commands" "${page% *}" "$engine" | diff "$repository/docs/${page#* }" - > "$scratch/why"
	report $? "docs/${page#* } is what scripts/print-commands prints" "$scratch/why"
done
mandoc -T lint "$repository/docs/engine.1" > "$scratch/why" 2>&1 && [ ! -s "$scratch/why" ]
report $? 'mandoc finds nothing about the man page' "$scratch/why"
lexgrog "$repository/docs/engine.1" > "$scratch/why" 2>&1
report $? 'whatis finds its name' "$scratch/why"
man -l --warnings=w "$repository/docs/engine.1" 2> "$scratch/why" > "$scratch/page" && [ ! -s "$scratch/why" ]
report $? 'man shows it without a warning' "$scratch/why"
! grep -nP '[^\x00-\x7f]' "$repository/docs/engine.1" > "$scratch/why"
report $? 'there is nothing in it that an old terminal could not show' "$scratch/why"
# What man shows, without blanks, hyphens and line ends: every usage and every summary is there, whatever its signs.
shown() { sed -e 's/…/.../g' | tr -d '[:space:]\255-' | sed -e "s/\xe2\x80\x90//g; s/\xe2\x80\x99/'/g; s/\xe2\x88\x92//g"; }
shown < "$scratch/page" > "$scratch/flat"
engine help --json | jq -r '.commands[] | "engine \(.usage)", .summary[1:]' | while read -r line; do
	grep -qF -- "$(printf '%s' "$line" | shown)" "$scratch/flat" || echo "$line"
done > "$scratch/why"
[ ! -s "$scratch/why" ]
report $? 'every command and what it does stands in it' "$scratch/why"

# ---- words ----

engine completion bash > bash.sh && bash -n bash.sh > "$scratch/why" 2>&1
report $? 'bash reads it' "$scratch/why"
engine completion zsh > _engine && zsh -n _engine > "$scratch/why" 2>&1
report $? 'zsh reads it' "$scratch/why"
engine completion fish > "$scratch/why" 2>&1
[ $? -eq 2 ] && grep -q 'usage: engine completion bash|zsh' "$scratch/why"
report $? 'another shell is told which there are' "$scratch/why"

offered() { # WORD…: what bash offers for the last of them
	bash --norc -c '. ./bash.sh; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _engine; [ ${#COMPREPLY[@]} -eq 0 ] || printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$@" 2>&1 | sort | tr '\n' '|'
}

offers() { # WANTED WORD…
	local wanted=$1
	shift
	offered "$@" > "$scratch/got"
	printf '%s' "$wanted" | diff - "$scratch/got" > "$scratch/why"
	report $? "bash: $* <TAB>" "$scratch/why"
}

json() { engine help --json | jq -r "$1" | sort | tr '\n' '|'; }

offers "$(json '.commands[].command')" engine ''
offers 'plan|profile|' engine p
offers 'rebuild|' engine state r
offers 'bash|zsh|' engine completion ''
offers "$(json '.commands[].command')" engine help ''
offers "$(engine explain --json | jq -r '.[].code' | tr '\n' '|')" engine explain ''
offers 'E2401|' engine explain e240
offers 'rules|v1.lua|' engine init --from ''
offers 'rules|v1.lua|' engine check ''
offers 'rules/v 2.lua|' engine run rules/
offers 'list|retry|show|' engine quarantine --target sqlite : old.db ''
offers 'rules|v1.lua|' engine quarantine retry ''
offers 'always|auto|never|' engine run --color ''
offers 'always|auto|' engine run --color = a
offers 'durable|' engine run --stage =
offers 'rules|' engine status --state ''
offers 'E2103|' engine quarantine list --code E2103
offers 'postgres://|sqlite:|' engine run --legacy ''
offers 'old.db|' engine run --legacy sqlite : o
offers 'rules|v1.lua|' engine run --legacy sqlite : old.db --quiet ''
offers '' engine run --workers ''
offers '' engine nonsense ''
for command in $(engine help --json | jq -r '.commands[].command'); do
	[ "$(offered engine "$command" --)" = "$(json ".commands[] | select(.command == \"$command\") | .options[].option")" ]
	report $? "bash: engine $command -- <TAB>"
done

# The same in terminals, where the shells cut the line themselves.
cat > "$scratch/typed" << 'END'
engine quar
engine check v
engine run --color=al
engine run --legacy sqlite:ol
engine explain e2302
engine state --target sqlite:old.db acc
engine run --legacy=sqlite:old.db --stage d
engine run rules/
END
cat > "$scratch/wanted" << 'END'
quarantine
check v1.lua
run --color=always
run --legacy sqlite:old.db
explain E2302
state --target sqlite:old.db accept-timeline
run --legacy=sqlite:old.db --stage durable
run rules/v 2.lua
END
mapfile -t lines < "$scratch/typed"
for shell in bash zsh; do
	zsh -f "$here/terminal.zsh" $shell "${lines[@]}" 2>&1 | diff "$scratch/wanted" - > "$scratch/why"
	report $? "$shell, in a terminal, makes whole what is typed" "$scratch/why"
done
exit $failed
