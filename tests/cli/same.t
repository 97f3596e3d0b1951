# same.t: the same records, however they were made.
$ sample legacy.db 2000
$ move() { env $with engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:"$1".db --json --quiet "${@:2}" | jq -c '.entities[] | [.digest, .count, .rejected, .orphans]'; }; declare -f move > move.sh
$ . ./move.sh; move one --workers 1
["6c3b0eb73e68a697367813484781b7de",1953,44,3]
$ . ./move.sh; for n in 2 8; do move w$n --workers $n; done | sort -u
["6c3b0eb73e68a697367813484781b7de",1953,44,3]
$ . ./move.sh; for n in 7 333 5000; do move c$n --chunk $n --workers 2; done | sort -u
["6c3b0eb73e68a697367813484781b7de",1953,44,3]
$ . ./move.sh; for z in UTC Asia/Kathmandu America/St_Johns; do with=TZ=$z move z${z##*/}; done | sort -u
["6c3b0eb73e68a697367813484781b7de",1953,44,3]
$ . ./move.sh; for l in C C.UTF-8 tr_TR.UTF-8; do with=LC_ALL=$l move l$l; done | sort -u
["6c3b0eb73e68a697367813484781b7de",1953,44,3]
$ for t in w8 c7 c5000 zKathmandu ltr_TR.UTF-8; do sqlite3 $t.db "select job_id, json_remove(payload_json, '$.lineage.transformedAt'), source_digest_low from job_final order by 1" | md5sum; done | sort -u | wc -l
1
$ for t in one w8 c7 c333; do sqlite3 $t.db "select source, source_key, code, faults, source_row from engine_quarantine order by 1, 2, ordinal" | md5sum; done | sort -u | wc -l
1
