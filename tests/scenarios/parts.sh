#!/bin/bash
# parts.sh: two legacy tables make one kind of record: one table in the target, one line in the report, and nobody is mistaken for another.
. "$(dirname "$0")/lib.sh"

account() { # VERSION PREFIX_OF_MEMBERS
	cat << END
return migration { version = "$1", system = "drupal"${3:-},
  entity "account" { part = "users",
    source = { root = table "users" { key = "uid" } },
    fields = { accountId = id { from = "uid", prefix = "acc_" }, login = text { from = "name" } },
    skip_when = { ["the anonymous placeholder"] = { from = "uid", by = function(uid) return uid == "0" end } } },
  entity "account" { part = "members",
    source = { root = table "members" { key = "no" } },
    fields = { accountId = id { from = "no", prefix = "$2" }, login = text { from = "nick" } } } }
END
}
account v1 mem_ > rules/apart.lua
account v1 acc_ > rules/alike.lua

go() { # TARGET RULES [OPTION…]
	local target=$1 rules=$2
	shift 2
	"$engine" run "rules/$rules.lua" --legacy sqlite:legacy.db --target "sqlite:$target.db" --json "$@" > "$target.json" 2> "$target.err"
}
counts() { # TARGET: of the one entity
	jq -c '[(.entities | length), (.entities[0] | .entity, .read, .merged, .unchanged, .skipped, .rejected, .withdrawn, .count)]' "$1.json"
}
live() { # TARGET
	ask "$1" "select account_id, json_extract(payload_json, '\$.login'), source_part, source_key from account_final where source_state = '' order by 1"
}
said() { # TARGET
	jq -c '.entities[0] | [.count, .digest]' "$1.json"
}

sqlite3 legacy.db "create table users(uid integer primary key, name text); create table members(no integer primary key, nick text);
	with recursive n(i) as (select 0 union all select i + 1 from n where i < 999) insert into users select i, 'user ' || i from n;
	with recursive n(i) as (select 500 union all select i + 1 from n where i < 1499) insert into members select i, 'member ' || i from n"

"$engine" plan rules/apart.lua --legacy sqlite:legacy.db > plan.out 2>&1
[ "$(grep -o 'into .*' plan.out | sort -u)" = 'into account_final' ]
report $? 'the plan names the table that both go into' plan.out

# ---- ids that cannot meet ----

go apart apart --chunk 90
[ $? -eq 0 ] && [ "$(counts apart)" = '[1,"account",2000,1999,0,1,0,0,1999]' ] && [ "$(ask apart 'select count(*) from account_final')" -eq 1999 ]
report $? 'both tables become one kind of record' apart.err
go apart apart --chunk 35
[ "$(counts apart)" = '[1,"account",2000,0,1999,1,0,0,1999]' ]
report $? 'a second run, in smaller chunks, writes nothing' apart.json
live apart > apart.live
said apart > apart.said
for way in '--workers 1 --chunk 5000' '--workers 8 --chunk 13'; do
	forget other
	# shellcheck disable=SC2086
	go other apart $way
	live other | cmp -s - apart.live && [ "$(said other)" = "$(cat apart.said)" ]
	report $? "the same records and digest with $way" other.json
done
sqlite3 legacy.db "delete from users where uid = 700; update members set nick = 'renamed' where no = 701"
go apart apart
[ "$(counts apart)" = '[1,"account",1999,1,1997,1,0,1,1998]' ]
report $? 'a key that goes from one table is withdrawn, the same key of the other stays' apart.json
[ "$(ask apart "select group_concat(account_id || source_state, ' ') from (select * from account_final where source_key = '[\"700\"]' order by 1)")" = 'acc_700gone mem_700' ]
report $? 'each by its own part'
"$engine" status --target sqlite:apart.db --json > status.json
[ "$(jq -c '[.entities[] | .entity, .count]' status.json)" = '["account",1998]' ]
report $? 'status counts them together' status.json

# ---- ids that meet ----

go alike alike --chunk 50
[ $? -eq 1 ] && [ "$(jq -c '.entities[0] | [.read, .skipped, .rejected, .count]' alike.json)" = '[1999,1,998,1000]' ]
report $? 'an id that two parts claim is refused to both' alike.json
live alike > alike.live
ask alike "select entity, source_key, code from engine_quarantine where resolved_by = '' order by 1, 2" > alike.quarantine
for way in '--workers 1 --chunk 5000' '--workers 8 --chunk 7'; do
	forget other
	# shellcheck disable=SC2086
	go other alike $way
	live other | cmp -s - alike.live && [ "$(said other)" = "$(said alike)" ] &&
		ask other "select entity, source_key, code from engine_quarantine where resolved_by = '' order by 1, 2" | cmp -s - alike.quarantine
	report $? "whoever comes first: $way" other.json
done
"$engine" quarantine list --target sqlite:alike.db --entity account --json > list.json
[ "$(jq length list.json)" -eq 998 ] && [ "$("$engine" quarantine list --target sqlite:alike.db --entity account/users --json | jq length)" -eq 499 ]
report $? 'quarantine is listed by entity and by part'
"$engine" quarantine list --target sqlite:alike.db --entity account > list.txt && grep -q '998' list.txt
report $? 'and its kinds are counted over all parts' list.txt
sqlite3 legacy.db 'delete from members where no < 800'
go alike alike
forget other
go other alike
live other > other.live
[ "$(counts alike | jq '.[6]')" -eq 400 ] && live alike | cmp -s - other.live && [ "$(said other)" = "$(said alike)" ]
report $? 'an id goes to the part that is left' alike.json
"$engine" quarantine retry rules/alike.lua --legacy sqlite:legacy.db --target sqlite:alike.db --entity account --quiet
[ $? -eq 1 ] && live alike | cmp -s - other.live
report $? 'a retry changes nothing that a run would not'
# ---- cold: each part has segments of its own ----

"$engine" archive rules/apart.lua --legacy sqlite:legacy.db --cold segment:cold --json > archive.json 2> archive.err
report $? 'the rows of both parts are kept cold' archive.err
is "[[\"account/users\",$(sqlite3 legacy.db 'select count(*) from users')],[\"account/members\",$(sqlite3 legacy.db 'select count(*) from members')]]" \
	"$(jq -c '[.[] | [.entity, .rows]]' archive.json)" 'all of them'
forget warm
forget thawed
go warm apart
"$engine" run rules/apart.lua --legacy segment:cold --target sqlite:thawed.db --json > thawed.json 2> thawed.err
live warm > warm.live
live thawed | cmp -s - warm.live && [ "$(said thawed)" = "$(said warm)" ] && [ "$(wc -l < warm.live)" -gt 1000 ]
report $? 'and moved from there they are the same records' thawed.err
only() { # ENTITY WANTED
	"$engine" archive rules/apart.lua --legacy sqlite:legacy.db --cold "segment:only_${1##*/}" --entity "$1" --json > archive.json 2> archive.err
	is "0 $2" "$? $(jq -c 'map(.entity)' archive.json)" "--entity $1"
}
only account '["account/users","account/members"]'
only account/members '["account/members"]'
exit $failed
