# rules.sh: source rows a second through a rule, bytes and digest included.
# figures: rules-rows-per-second, rules-two-workers
set -euo pipefail
asked=("$@")
. scripts/bench.d/lib.bash

scripts/build release bench_rules
bench=$ENGINE_BUILD/bin/release/bench_rules
ones=() ratios=()
for _ in 1 2 3 4 5 6 7 8 9; do
	read -r one digest <<< "$("$bench" tests/bench/shape.lua 1 1)"
	read -r two again <<< "$("$bench" tests/bench/shape.lua 2 1)"
	[ "$digest" = "$again" ] || { echo "two threads made other records than one" >&2; exit 1; }
	ones+=("$one") ratios+=("$(calculate "$two / $one")")
done
echo "one worker ${ones[*]}   two against one ${ratios[*]}" >&2
one=$(median "${ones[@]}")
! wanted rules-rows-per-second || figure rules-rows-per-second "$one" rows/s 250000 '>='
! wanted rules-two-workers || figure rules-two-workers "$(median "${ratios[@]}")" "times one worker" 1.9 '>='
