#!/bin/bash
# archive_damage.sh: whatever is done to the files of an archive, it is refused with the place named, or gives what it gave before.
#
# ARCHIVE_DAMAGES=N (300) single damages of every kind, each to a fresh copy of an archive of three segments, by ENGINE_TEST_SEED (12).
# Then those who know the format: what they change is found as long as one seal behind it is not theirs.
ENGINE_TEST_SEED=${ENGINE_TEST_SEED:-12}
. "$(dirname "$0")/lib.sh"
. "$repository/tests/scenarios/lib_segments.sh"

damages=${ARCHIVE_DAMAGES:-300}

# Rows enough for three segments, and few children: it is read hundreds of times.
sample legacy 6100
sqlite3 legacy.db 'delete from del_events where del_id % 40; delete from del_meta where del_id % 40 or length(v) > 1000'
cp legacy.db now.db
archive_range cold
archive_range cold
archive cold
report $? 'an archive of three segments' cold.err
is 3 "$(find cold -name '*.seal' | wc -l)" 'they are three'
# A stale copy and one of another legacy: of the same shape, with the same keys.
sqlite3 legacy.db "update del set status = 'CREATED' where del_id % 7 = 0"
archive_range stale
archive_range stale
archive stale
report $? 'and another of an older legacy' stale.err
cp now.db legacy.db

compare() { # in the folder with "cold": all of it, by both versions
	"$engine" diff "$scratch/rules/v2.lua" "$scratch/rules/v3.lua" --cold segment:cold --full --json > diff.json 2> diff.err
}
compare
is 1 $? 'what an undamaged archive gives'
cp diff.json wanted.json

# ---- single damages ----

random() { # LIMIT: into $drawn
	drawn=$(((RANDOM << 15 | RANDOM) % $1))
}

size_of() { # FILE
	stat -c %s "$1"
}

put_bytes() { # FILE OFFSET, bytes on stdin
	dd of="$1" bs=64k oflag=seek_bytes seek="$2" conv=notrunc status=none
}

flip_bit() { # FILE
	local at byte
	random "$(size_of "$1")"
	at=$drawn
	byte=$(od -An -tu1 -j "$at" -N 1 "$1")
	random 8
	printf '%b' "\\x$(printf %02x $((byte ^ 1 << drawn)))" | put_bytes "$1" "$at"
	what="$what, bit $drawn of byte $at"
}

cut_off() { # FILE
	random "$(size_of "$1")"
	truncate -s "$drawn" "$1"
	what="$what, cut off at $drawn"
}

zero_page() { # FILE: of 4 KiB, or what the file has of it; its length stays
	local size page
	size=$(size_of "$1")
	random $((size / 4096 + 1))
	page=$((drawn * 4096))
	head -c $((size - page < 4096 ? size - page : 4096)) /dev/zero | put_bytes "$1" "$page"
	what="$what, zeros from $page"
}

append() { # FILE: a whole frame of a line more, or a byte
	random 2
	if [ "$drawn" -eq 0 ]; then printf 'x' >> "$1"; else echo '{"entity":"job","root":{"del_id":"0"}}' | zstd -qc >> "$1"; fi
	what="$what, something behind it"
}

swap() { # FILE FILE
	mv "$1" swapped && mv "$2" "$1" && mv swapped "$2"
	what="$what, in the place of $2 and that in its"
}

replace() { # FILE
	cp "../stale/${1#cold/}" "$1"
	what="$what, from an older archive"
}

kinds=(jsonl.zst index seal)
ways=(flip_bit flip_bit flip_last cut_off zero_page append swap swap_all replace replace_all remove remove_all)

damage() { # NUMBER: way and file by turns, place at random; says what in $what
	local way=${ways[$1 % ${#ways[@]}]} kind=${kinds[$1 / ${#ways[@]} % 3]} segment other
	RANDOM=$((seed + $1))
	random 3
	segment=cold/job-00000$((drawn + 1))
	random 2
	other=cold/job-00000$(((${segment: -1} + drawn) % 3 + 1))
	[ "$way" != flip_last ] || { segment=cold/job-000003 && kind=seal; }
	what="$way of $segment.$kind"
	case $way in
	flip_last) flip_bit "$segment.$kind" ;; # no seal behind it names it
	swap) swap "$segment.$kind" "$other.$kind" ;;
	swap_all) for kind in "${kinds[@]}"; do swap "$segment.$kind" "$other.$kind"; done ;;
	replace_all) for kind in "${kinds[@]}"; do replace "$segment.$kind"; done ;;
	remove) rm "$segment.$kind" ;;
	remove_all) rm "$segment".* ;;
	*) $way "$segment.$kind" ;;
	esac
}

# "refused", "same", or what is wrong. All that is refused names the segment's file, or the segment that is missing.
judge() { # STATUS
	case $1 in
	65 | 69)
		if grep -qE 'cold/job-00000[123]\.|segment [123] of job|archive of job in cold ends behind' diff.err; then echo refused; else echo "named nothing: $(cat diff.err)"; fi ;;
	1) if cmp -s diff.json ../wanted.json; then echo same; else echo 'ACCEPTED with another result'; fi ;;
	*) echo "ended with $1: $(cat diff.err)" ;;
	esac
}

lane() { # FIRST: every second damage from there on
	local i status
	mkdir "lane$1" && cd "lane$1" || return
	for ((i = $1; i < damages; i += 2)); do
		rm -rf cold && cp -r ../cold cold
		damage "$i"
		if diff -rq cold ../cold > /dev/null; then
			echo "$i undone $what"
			continue
		fi
		compare
		status=$?
		echo "$i $(judge $status) | $what | $(head -c 300 diff.err)"
	done
}

lane 0 > lane0.out 2>&1 &
lane 1 > lane1.out 2>&1 &
wait
sort -n lane0.out lane1.out > judged
[ "$(wc -l < judged)" -eq "$damages" ]
report $? "$damages damages were done" judged
grep -vE '^[0-9]+ (refused|same|undone) ' judged > wrong
[ ! -s wrong ]
report $? "$damages damages: $(grep -c '^[0-9]* refused' judged) refused with 65 or 69 and the file, $(grep -c '^[0-9]* same' judged) without any effect" wrong
# A file of zstd has a few bits that change nothing of what it holds; index and seal have none.
grep '^[0-9]* same' judged | grep -vE '(flip_bit|zero_page) of cold/job-00000.\.jsonl\.zst' > wrong
[ ! -s wrong ]
report $? 'without effect are only bits of the packed lines' wrong
[ "$(grep -c '^[0-9]* undone' judged)" -lt $((damages / 10)) ] && [ "$(grep -c '^[0-9]* refused' judged)" -gt $((damages * 8 / 10)) ]
report $? 'and nearly every one has an effect' judged

# ---- archived again ----
for file in cold/job-000002.jsonl.zst cold/job-000001.index; do
	for way in rm 'truncate -s 100'; do
		rm -rf lost && mkdir lost && cp -r cold lost
		(cd lost && $way $file)
		"$engine" archive rules/v3.lua --legacy sqlite:now.db --cold segment:lost/cold > lost.out 2> lost.err
		status=$?
		[ $status -eq 65 ] || [ $status -eq 69 ]
		report $? "an archive without all of $file is not called whole ($status)" lost.err
		grep -q "lost/$file" lost.err
		report $? 'and the file is named' lost.err
	done
done

# ---- by one who knows the format ----
# Times of day and who did it are changed in one line; the frame keeps its length by a frame that zstd skips, so that nothing behind it moves.
repack() { # SEGMENT LINE: leaves the line in tampered.line; fails where the frame does not come out short enough
	local offset packed first gap
	read -r offset packed first < <(jq -r --argjson line "$2" '[.frames[] | {packed: .[0], lines: .[2]}] as $f | [range($f | length) as $i |
		{offset: ($f[:$i] | map(.packed) | add // 0), packed: $f[$i].packed, first: ($f[:$i] | map(.lines) | add // 0)}] | map(select(.first < $line)) | last | "\(.offset) \(.packed) \(.first)"' "$1.seal")
	tail -c +$((offset + 1)) "$1.jsonl.zst" | head -c "$packed" | zstd -dcq > frame
	sed -i "$(($2 - first)){s/ [0-9:]\{8\}\"/ 00:00:00\"/g;s/[0-9]\(\",\"amount\)/0\1/}" frame
	sed -n "$(($2 - first))p" frame > tampered.line
	zstd -q -f --ultra -22 --check frame -o frame.zst
	gap=$((packed - $(size_of frame.zst)))
	[ $gap -eq 0 ] || [ $gap -ge 8 ] || return 1
	[ $gap -eq 0 ] || { printf '\x50\x2a\x4d\x18%b\0\0' "$(printf '\\x%02x\\x%02x' $(((gap - 8) & 255)) $(((gap - 8) >> 8)))" && head -c $((gap - 8)) /dev/zero; } >> frame.zst
	put_bytes "$1.jsonl.zst" "$offset" < frame.zst
}

tamper() { # SEGMENT [LINE]: in a fresh copy; leaves the number in $line
	for ((line = ${2:-60}; line < 100; line++)); do
		rm -rf cold && cp -r "$scratch/cold" cold
		! repack "$1" $line || return 0
	done
	return 1
}

put_leaf() { # SEGMENT
	leaves tampered.line | sed 's/../\\x&/g' | { read -r leaf && printf '%b' "$leaf"; } | put_bytes "$1.index" $((48 + 32 * (line - 1)))
}

hash_of() { # FILE
	sha256sum < "$1" | head -c 64
}

reseal() { # SEGMENT: everything that a seal says of the files, and its own hash
	local lines root head
	lines=$(jq .lines "$1.seal")
	root=$(tail -c +49 "$1.index" | head -c $((32 * lines)) | od -An -v -tx1 -w32 | tr -d ' ' | merkle)
	head=$(jq -c --arg data "$(hash_of "$1.jsonl.zst")" --arg index "$(hash_of "$1.index")" --arg root "$root" \
		'del(.sha256) | .data.sha256 = $data | .index.sha256 = $index | .root = $root' "$1.seal")
	printf '%s' "${head%\}}" > "$1.seal"
	printf ',"sha256":"%s"}\n' "$(hash_of "$1.seal")" >> "$1.seal"
}

caught() { # WORDS NAME
	compare
	is "65 1" "$? $(grep -c -- "$1" diff.err)" "$2"
}

mkdir tampered && cd tampered || exit 1
for segment in cold/job-000001 cold/job-000002 cold/job-000003; do
	tamper $segment
	report $? "times in one line of $segment, packed anew"
	is '' "$(zstd -dcq $segment.jsonl.zst 2>&1 > unpacked)" 'which zstd takes'
	caught "line $line of $segment.jsonl.zst is not the one that was sealed" 'is found by its leaf, and the line is named'
	put_leaf $segment
	caught "$segment.index is damaged" 'with its leaf, by the hash of the index'
done
tamper cold/job-000002
put_leaf cold/job-000002
reseal cold/job-000002
caught 'cold/job-000003.seal names another seal before it' 'with the seal, by the seal behind it'
cp "$scratch"/cold/job-000002.* cold
reseal cold/job-000002
compare
is 1 $? 'the line as it was'
cmp -s ../wanted.json diff.json
report $? 'a seal that is made anew without any change is no damage' diff.err

# This is what nobody finds by looking at the folder; who has noted the hash that engine archive gives does.
tamper cold/job-000003
put_leaf cold/job-000003
reseal cold/job-000003
compare
is 1 $? 'who makes the last seal anew, or all of them from some seal on, is not found in the folder'
[ "$(hash_of cold/job-000003.seal)" != "$(jq -r '.[].seal' ../cold.json)" ]
report $? 'but by the hash of the last seal, which engine archive gave' diff.err

exit $failed
