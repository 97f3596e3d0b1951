#!/usr/bin/env bash
# readme.sh: the demo works, it moves what the sample's manifest says, and so do README.md's five minutes.
set -u
cd "$(dirname "$0")/../.." || exit 1
export ENGINE_BUILD="${ENGINE_BUILD:-$PWD/build}"
demo=$ENGINE_BUILD/demo
said=$(mktemp)
trap 'rm -f "$said"' EXIT
failed=0
unset ENGINE_LEGACY ENGINE_TARGET ENGINE_STATE ENGINE_COLD

report() { # STATUS NAME: one test; what was said is shown when it failed
	if [ "$1" -eq 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		sed 's/^/  /' "$said"
		failed=1
	fi
}
ask() { sqlite3 -readonly "$demo/target.db" "$1"; }
planned() { jq "$1" "$demo/manifest.json"; }

scripts/demo 3000 > "$said" 2>&1
report $? 'the demo works'
[ $failed = 0 ] || exit 1
grep -q '"state": "COMPLETED"' "$said" && grep -q E2103 "$said"
report $? 'it shows a record, and why others are in quarantine'

[ "$(ask 'select count(*) from job_final')" -eq "$(planned .v3.merged)" ]
report $? 'what should be merged is merged'
[ "$(ask "select json_group_object(code, n) from (select code, count(*) as n from engine_quarantine group by code)" | jq -cS .)" = \
	"$(jq -cS '.v3.rejected_by_code + { E2302: .v3.orphans }' "$demo/manifest.json")" ]
report $? 'what should be in quarantine is there for the right reason, and nothing else'

# The two commands at the top stand in no fence; what is between ```sh and ``` is the tour, in order.
awk '/^```sh/ { on = 1; next } /^```/ { on = 0 } on' README.md | sed "s,build/demo,$demo,g" > "$demo/tour.sh"
bash -e -u -o pipefail "$demo/tour.sh" > "$said" 2>&1
report $? "README's five minutes work"
grep -q '"state": "IN_PROGRESS"' "$said" && [ "$(grep -c . "$demo/tour.sh")" -gt 10 ]
report $? 'and end with a record that was in quarantine before'
[ "$(ask 'select count(*) from job_final')" -gt "$(planned .v3.merged)" ]
report $? 'the new version brought more records'

exit $failed
