#!/bin/bash
# manifest.sh: v3 makes of a messy legacy what its manifest says, to the row: for many seeds, any number of workers, any locale, any zone.
#
# MANIFEST_SEEDS=N (default 20) sets how many databases are made.
. "$(dirname "$0")/lib.sh"

mkdir locale
localedef -i tr_TR -f UTF-8 locale/tr_TR.UTF-8 > /dev/null 2>&1 || echo '# there is no Turkish locale here'
export LOCPATH=$scratch/locale

planned() { # what sample-legacy says must become of it
	jq -cS '.v3' sample/manifest.json
}

found() { # TARGET: the same, as the target has it; a record or a row in quarantine counts once, under the code it is kept by
	jq -c '.entities[0] | { merged: .count, skipped, rejected, orphans }' "$1.json" > counted
	sqlite3 "$1.db" "
		select json_object('rejected_by_code', (select json_group_object(code, n) from
		         (select code, count(*) as n from engine_quarantine where resolved_by = '' and code <> 'E2302' group by code)));
		select json_object('in_quarantine', (select count(*) from engine_quarantine where resolved_by = '' and code = 'E2302'));
		select json_object('decisions', (select json_group_object(value, n) from
		         (select value, count(*) as n from job_final, json_each(payload_json, '\$.lineage.decisions')
		          where source_state = '' group by value)));" >> counted
	jq -cS -s 'add | if .orphans == .in_quarantine then del(.in_quarantine) else . end' counted
}

one_code() { # TARGET: does each row in quarantine have one reason to be there, however many fields it spoils?
	[ "$(sqlite3 "$1.db" "select count(*) from engine_quarantine where resolved_by = '' and
		(select count(distinct json_extract(value, '\$.code')) <> 1 or max(json_extract(value, '\$.code')) <> code from json_each(faults))")" = 0 ]
}

holds() { # TARGET OPTION…: run it and compare; as $with says
	local target=$1
	shift
	forget "$target"
	# shellcheck disable=SC2086
	env $with "$engine" run rules/v3.lua --legacy sqlite:legacy.db --target "sqlite:$target.db" --json "$@" > "$target.json" 2> "$target.err"
	[ $? -eq 1 ] || { echo "$with $*: no findings, or it failed"; cat "$target.err"; return 1; }
	[ "$(found "$target")" = "$(planned)" ] || { echo "$with $*:"; found "$target"; echo 'but planned was'; planned; return 1; }
	one_code "$target" || { echo "$with $*: a row has several codes"; return 1; }
}

agree() { # one legacy, every way of running it: the plan, and the same records and quarantine
	local n=0 zone locale workers
	with='' holds first --workers 1 || return 1
	dump first > first.dump
	for zone in UTC Asia/Kathmandu America/St_Johns; do
		for locale in C tr_TR.UTF-8; do
			n=$((n + 1))
			case $n in 1 | 4 | 5) workers=8 ;; *) workers=1 ;; esac # either with either
			with="TZ=$zone LC_ALL=$locale" holds other --workers $workers --chunk $((n * 60)) || return 1
			same other first || { echo "$with is not the same"; return 1; }
		done
	done
}

seeds=${MANIFEST_SEEDS:-20}
: > agree.log
for ((number = 0; number < seeds; number++)); do
	ids=integer
	[ $((number % 2)) -eq 0 ] || ids=text
	"$repository/scripts/sample-legacy" sample --rows 300 --seed $((seed + number)) --ids $ids > sample.log 2>&1 &&
		mv sample/legacy.db legacy.db && agree > one.log 2>&1 || { echo "seed $((seed + number)), $ids ids"; cat sample.log one.log; } >> agree.log
done
[ ! -s agree.log ]
report $? "what $seeds manifests say is what is in the target, whoever runs it where" agree.log

# The last one, row by row.
[ "$(ask first "select count(*) from job_final where json_extract(payload_json, '\$.actorId') in ('', '-', 'N/A')")" -eq 0 ]
report $? 'no record has an actor that means nobody'
[ "$(ask first "select max(json_array_length(payload_json, '\$.history')) from job_final")" -eq 10000 ]
report $? 'ten thousand events arrive in one record'
[ "$(ask first "select count(*) from job_final where cast(substr(source_key, 4) as integer) > 9007199254740992")" -eq \
	"$(jq .mess.id_above_2_53 sample/manifest.json)" ]
report $? 'an id that no double holds keeps its digits'
exit $failed
