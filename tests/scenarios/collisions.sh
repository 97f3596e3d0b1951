#!/bin/bash
# collisions.sh: two legacy keys that become one id are both refused, whoever came first; and when one goes, the other stays.
. "$(dirname "$0")/lib.sh"

cat > rules/fold.lua << 'END'
return migration { version = "f1", system = "fold",
  entity "account" {
    source = { root = table "account" { key = "code" } },
    fields = { accountId = id { from = "code", prefix = "acc_", fold = lower }, name = text { from = "name" } } } }
END

fold() { # TARGET [OPTION…]
	local target=$1
	shift
	"$engine" run rules/fold.lua --legacy sqlite:legacy.db --target "sqlite:$target.db" --json "$@" > "$target.json" 2> "$target.err"
}
live() { # TARGET: the live records
	sqlite3 "$1.db" "select account_id, source_key, json_extract(payload_json, '\$.name') from account_final where source_state = '' order by 1"
}
quarantined() {
	sqlite3 "$1.db" "select source_key, code from engine_quarantine where resolved_by = '' order by 1"
}

sqlite3 legacy.db "create table account(code text primary key not null, name text);
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 300) insert into account select printf('K%04d', i), 'upper ' || i from n;
	insert into account select lower(code), 'lower' from account where rowid % 10 = 0;
	insert into account select 'k' || substr(code, 2) || '-x', 'alone' from account where rowid % 50 = 0"

fold whole --workers 1 --chunk 100000
[ $? -eq 1 ] && [ "$(jq -c '.entities[0] | [.read, .rejected, .count]' whole.json)" = "[$(sqlite3 legacy.db 'select count(*) from account'),60,276]" ]
report $? 'both claimants of an id are rejected, and everybody else is merged' whole.json
live whole > whole.live
quarantined whole > whole.quarantine
[ "$(cut -d'|' -f2 whole.quarantine | sort -u)" = E2301 ] && [ "$(wc -l < whole.quarantine)" -eq 60 ]
report $? 'each is in quarantine, with the code of collisions' whole.quarantine

for way in '--workers 1 --chunk 1' '--workers 2 --chunk 7' '--workers 8 --chunk 3' '--workers 4 --chunk 50'; do
	# shellcheck disable=SC2086
	fold parts $way
	live parts > parts.live
	quarantined parts > parts.quarantine
	cmp -s whole.live parts.live && cmp -s whole.quarantine parts.quarantine &&
		[ "$(jq -r '.entities[0].digest' whole.json)" = "$(jq -r '.entities[0].digest' parts.json)" ]
	report $? "who comes first does not matter: $way" parts.err
	[ "$(sqlite3 parts.db 'select sum(read) = sum(merged + unchanged + skipped + rejected + fenced) from engine_chunk')" = 1 ]
	report $? "the balance holds in total: $way"
	[ "$way" = '--workers 4 --chunk 50' ] || forget parts
done

fold parts
[ "$(jq -c '.entities[0] | [.merged, .withdrawn, .rejected]' parts.json)" = '[0,0,60]' ]
report $? 'running again changes nothing' parts.json

# The lower-case half goes away: the others own their ids now.
sqlite3 legacy.db "delete from account where name = 'lower'"
fold parts
[ $? -eq 0 ] && [ "$(jq -c '.entities[0] | [.rejected, .count]' parts.json)" = '[0,306]' ]
report $? 'an id goes to the claimant that is left' parts.json
forget fresh
fold fresh --chunk 11
[ "$(live fresh)" = "$(live parts)" ] && [ "$(jq -r '.entities[0].digest' fresh.json)" = "$(jq -r '.entities[0].digest' parts.json)" ]
report $? 'and the target is the one a fresh run makes'

# A key that moves from one row to another within one run: swapped ids must not collide with their own past.
sqlite3 legacy.db "update account set code = 'moving' where code = 'K0001'; update account set code = 'K0001' where code = 'K0002'; update account set code = 'K0002' where code = 'moving'"
fold parts && [ "$(jq -c '.entities[0] | [.rejected, .count]' parts.json)" = '[0,306]' ]
report $? 'rows that swap their keys are merged again' parts.json

# Two rows come at once for an id that a third, in another chunk, has had for long.
sqlite3 legacy.db "insert into account values ('ZO001', 'owner')"
fold parts --chunk 20
sqlite3 legacy.db "insert into account values ('zO001', 'newcomer'), ('zo001', 'newcomer')"
fold parts --chunk 20
forget fresh
fold fresh
[ "$(live fresh)" = "$(live parts)" ] && [ "$(quarantined fresh)" = "$(quarantined parts)" ] &&
	[ "$(quarantined parts | grep -ci 'zo001')" -eq 3 ]
report $? 'two newcomers in one chunk are told apart from an owner in another' parts.json

# A claimant that goes while its chunk is cut, and leaves children behind.
cat > rules/fold.lua << 'END'
return migration { version = "f1", system = "fold",
  entity "account" {
    source = { root = table "account" { key = "code" }, note = children "note" { parent = "code", key = "n" } },
    fields = { accountId = id { from = "code", prefix = "acc_", fold = lower },
               notes = list { from = "note", each = { words = text { from = "words" } } } } } }
END
sqlite3 legacy.db "create table note(code text, n integer, words text, primary key (code, n));
	delete from account where code not glob 'K*';
	insert into account select 'q' || substr(code, 2), 'small' from account where code like 'K00_5';
	insert into account select 'Q' || substr(code, 2), 'large' from account where code like 'K00_5';
	insert into note select code, 1, 'of ' || code from account"
forget kept
fold kept --chunk 100000
sqlite3 legacy.db "delete from account where name = 'large'"
fold kept --chunk 3
forget fresh
fold fresh
[ "$(live fresh)" = "$(live kept)" ] && [ "$(quarantined fresh)" = "$(quarantined kept)" ] && [ "$(quarantined kept | grep -c E2302)" -eq 10 ]
report $? 'a claimant that goes leaves its children as orphans, once' kept.json
exit $failed
