# corpora.sh: how rule files are met: long ones, broken ones, hostile ones. Measured by the tests' own scripts.
# figures: broken-rule-files, check-1000-lines-ms
set -euo pipefail
asked=("$@")
. scripts/bench.d/lib.bash

value() { # NAME, among the lines "NAME VALUE" on stdin
	awk -v name="$1" '$1 == name { print $2; found = 1 } END { exit !found }'
}

if wanted broken-rule-files; then
	figure broken-rule-files "$(bash tests/cli/broken.sh --figures | value broken-rule-files)" "% told in seven parts, at the right line" 100 '>='
fi
if wanted check-1000-lines-ms; then
	figure check-1000-lines-ms "$(bash tests/cli/thousand_lines.sh --figures | value check-1000-lines-ms)" ms 100 '<='
fi
