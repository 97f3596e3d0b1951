# corpora.sh: how rule files are met: long ones, broken ones, hostile ones. Measured by the tests' own scripts.
# figures: hostile-rule-files, hostile-overrun-ms, broken-rule-files, check-1000-lines-ms
set -euo pipefail
asked=("$@")
. scripts/bench.d/lib.bash

value() { # NAME, among the lines "NAME VALUE" on stdin
	awk -v name="$1" '$1 == name { print $2; found = 1 } END { exit !found }'
}

if wanted hostile-rule-files || wanted hostile-overrun-ms; then
	hostile=$(ENGINE_CONFIG=release bash tests/scenarios/hostile.sh --figures)
	held=$(value hostile-rule-files <<< "$hostile")
	# The sanitizers have nothing to say: what they find is a file that does not hold. Time and memory are theirs there.
	scripts/build sanitize engine >&2
	silent=$(ENGINE_CONFIG=sanitize ENGINE_BINARY=$ENGINE_BUILD/bin/sanitize/engine \
		ASAN_OPTIONS=abort_on_error=1:detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1 bash tests/scenarios/hostile.sh --figures | value hostile-rule-files)
	[ "$silent" -eq "$held" ] || echo "with sanitizers $silent of $held hold" >&2
	[ "$silent" -lt "$held" ] && held=$silent
	files=$(ls tests/hostile/[0-9]*.lua | wc -l)
	! wanted hostile-rule-files || figure hostile-rule-files "$held" 'of them hold' $((files > 80 ? files : 80)) '>='
	! wanted hostile-overrun-ms || figure hostile-overrun-ms "$(value hostile-overrun-ms <<< "$hostile")" 'ms beyond a budget' 200 '<='
fi
if wanted broken-rule-files; then
	figure broken-rule-files "$(bash tests/cli/broken.sh --figures | value broken-rule-files)" "% told in seven parts, at the right line" 100 '>='
fi
if wanted check-1000-lines-ms; then
	figure check-1000-lines-ms "$(bash tests/cli/thousand_lines.sh --figures | value check-1000-lines-ms)" ms 100 '<='
fi
