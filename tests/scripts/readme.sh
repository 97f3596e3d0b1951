#!/usr/bin/env bash
# readme.sh: the demo works, it moves what the sample's manifest says, and so do README.md's five minutes.
set -u
cd "$(dirname "$0")/../.." || exit 1
export ENGINE_BUILD="${ENGINE_BUILD:-$PWD/build}"
demo=$ENGINE_BUILD/demo
said=$(mktemp)
trap 'rm -f "$said"' EXIT
. tests/report.sh
unset ENGINE_LEGACY ENGINE_TARGET ENGINE_STATE ENGINE_COLD

ask() { sqlite3 -readonly "$demo/target.db" "$1"; }
planned() { jq "$1" "$demo/manifest.json"; }

scripts/demo 3000 > "$said" 2>&1
report $? 'the demo works' "$said"
[ $failed = 0 ] || exit 1
grep -q '"state": "COMPLETED"' "$said" && grep -q E2103 "$said"
report $? 'it shows a record, and why others are in quarantine' "$said"

[ "$(ask 'select count(*) from job_final')" -eq "$(planned .v3.merged)" ]
report $? 'what should be merged is merged' "$said"
[ "$(ask "select json_group_object(code, n) from (select code, count(*) as n from engine_quarantine group by code)" | jq -cS .)" = \
	"$(jq -cS '.v3.rejected_by_code + { E2302: .v3.orphans }' "$demo/manifest.json")" ]
report $? 'what should be in quarantine is there for the right reason, and nothing else' "$said"

# The two commands at the top stand in no fence; what is between ```sh and ``` is the tour, in order.
awk '/^```sh/ { on = 1; next } /^```/ { on = 0 } on' README.md | sed "s,build/demo,$demo,g" > "$demo/tour.sh"
bash -e -u -o pipefail "$demo/tour.sh" > "$said" 2>&1
report $? "README's five minutes work" "$said"
grep -q '"state": "IN_PROGRESS"' "$said" && [ "$(grep -c . "$demo/tour.sh")" -gt 10 ]
report $? 'and end with a record that was in quarantine before' "$said"
[ "$(ask 'select count(*) from job_final')" -gt "$(planned .v3.merged)" ]
report $? 'the new version brought more records' "$said"

exit $failed
