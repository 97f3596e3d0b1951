# editing.sh: how long somebody who edits a rule file waits.
# figures: watch-milliseconds
#
# watch-milliseconds: from saving a rule file with fifty examples to the result of `engine test --watch`; the slowest of ENGINE_BENCH_SAVES (20).
set -euo pipefail
asked=("$@")
. scripts/bench.d/lib.bash

saves=${ENGINE_BENCH_SAVES:-20}
folder=$(mktemp -d)
watching=
trap '[ -z "$watching" ] || kill "$watching" 2> /dev/null; rm -rf "$folder"' EXIT
cp -r rules "$folder/rules"

with_examples() { # STATE: v3 with fifty examples that expect it
	sed '/^    examples = {/,$d' rules/v3.lua
	echo '    examples = {'
	for number in $(seq 50); do
		echo "      { 'delivery $number', given = { root = { del_id = 'B$number', status = 'created', created_ts = '2018-01-01 00:00:00'," \
			"updated_ts = '2018-01-01 00:00:00', amount = '0' } }, expect = { jobId = 'tsk_B$number', state = '$1' } },"
	done
	echo '    } } }'
}

with_examples CREATED > "$folder/passing.lua"
with_examples CREATE > "$folder/failing.lua"
cp "$folder/passing.lua" "$folder/rules/v9.lua"
"$ENGINE_BINARY" test "$folder/rules/v9.lua" --watch --quiet > "$folder/said" 2> "$folder/err" &
watching=$!
until [ "$(tail -n 1 "$folder/said")" = '50 passed, 0 failed' ]; do sleep 0.01; done

slowest=0
for ((save = 0; save < saves; save++)); do
	if ((save % 2)); then next=passing wanted='50 passed, 0 failed'; else next=failing wanted='0 passed, 50 failed'; fi
	cp "$folder/$next.lua" "$folder/rules/next"
	: > "$folder/said"
	began=$(date +%s%N)
	mv "$folder/rules/next" "$folder/rules/v9.lua"
	until [ "$(tail -n 1 "$folder/said" | tr -d '\0')" = "$wanted" ]; do sleep 0.002; done
	took=$((($(date +%s%N) - began) / 1000000))
	[ "$took" -le "$slowest" ] || slowest=$took
done
figure watch-milliseconds "$slowest" "ms from saving to the result of 50 examples, the slowest of $saves" 300 '<='
