#!/usr/bin/env bash
# replay.sh: every seed, and every input that once broke something, goes through its fuzz target once.
set -u
cd "$(dirname "$0")/../.." || exit 1
programs=${ENGINE_BUILD:-build}/bin/${ENGINE_CONFIG:-release}
said=$(mktemp)
trap 'rm -f "$said"' EXIT
failed=0

for file in $(grep -l '^int LLVMFuzzerTestOneInput' tests/fuzz/*.c); do
	target=$(basename "$file" .c)
	folders=
	for folder in tests/fuzz/corpus/"$target" tests/fuzz/regression/"$target"; do
		[ ! -d "$folder" ] || folders="$folders $folder"
	done
	# shellcheck disable=SC2086
	if [ -z "$folders" ]; then
		echo "not ok - $target has no seeds in tests/fuzz/corpus/$target"
		failed=1
	elif "$programs/fuzz_$target" $folders > "$said" 2>&1; then
		echo "ok - $target: $(wc -l < "$said") inputs hold its laws"
	else
		echo "not ok - $target: the last input named here did not come back"
		tail -n 30 "$said" | sed 's/^/  /'
		failed=1
	fi
done
exit $failed
