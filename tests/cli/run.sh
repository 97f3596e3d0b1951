#!/bin/bash
# run.sh: the transcripts beside it, typed again: every command must say and return what stands there.
#
# A transcript NAME.t holds comments (#), commands ("$ …"), what they say on stdout and stderr, and "[STATUS]"
# where it is not 0. Each begins in an empty folder with the repository's rules and, as commands, `engine`,
# `sample NAME ROWS` and `brief COMMAND`, which leaves the explanations out. What differs between any two runs is
# made the same: see normalise.
#
#   tests/cli/run.sh [NAME…]             run them
#   tests/cli/run.sh --accept [NAME…]    write down what was said instead; to be read before it is kept
set -u
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
engine=${ENGINE_BINARY:-$repository/build/bin/${ENGINE_CONFIG:-release}/engine}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
accept=no
if [ "${1:-}" = --accept ]; then
	accept=yes
	shift
fi

mkdir "$scratch/bin"
ln -s "$engine" "$scratch/bin/engine"
cat > "$scratch/bin/sample" << END
#!/bin/sh
exec "$repository/scripts/sample-legacy" made --rows "\$2" > /dev/null && mv made/legacy.db "\$1"
END
sed -i 's/^exec //' "$scratch/bin/sample"
chmod +x "$scratch/bin/sample"

# What is wrong, where, and the last word; how it is explained is told elsewhere and may be told better.
cat > "$scratch/bin/brief" << 'END'
#!/bin/bash
"$@" 2>&1 | grep -E '^(error|warning|  -->|engine:)'
exit "${PIPESTATUS[0]}"
END
chmod +x "$scratch/bin/brief"

# Where upper("i") is not "I"; without the sources of locales it stays away and same.t proves less.
mkdir "$scratch/locale"
localedef -i tr_TR -f UTF-8 "$scratch/locale/tr_TR.UTF-8" > /dev/null 2>&1 || echo '# there is no Turkish locale here'

normalise() {
	sed -E \
		-e "s#$scratch/[a-z_]*/#/SCRATCH/#g" \
		-e 's/\b(run|legacy -> target) [0-9a-f]{12}\b/\1 RUN/g' \
		-e 's/"run":"[0-9a-f]{12}"/"run":"RUN"/g' \
		-e 's/"seconds":[0-9.e+-]+/"seconds":0/g' \
		-e 's/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/OWNER/g' \
		-e 's/\b[0-9a-f]{64}\b/FINGERPRINT/g' \
		-e 's/\b[0-9a-f]{16}…/FINGERPRINT…/g' \
		-e 's/ \([0-9a-f]{12}\)/ (FINGERPRINT)/g' \
		-e 's/, [0-9.]+ (s|ms|min)$/, 0 s/' \
		-e 's/[0-9]+ rows\/s/0 rows\/s/' \
		-e 's/last checkpoint .* ago/last checkpoint 0 s ago/' \
		-e 's/process [0-9]+/process PID/' \
		-e 's/^(decisions [0-9]+ open), [0-9]+ overdue/\1, N overdue/' \
		-e 's/^( *[0-9]+)  [0-9a-f]{12}  [0-9-]{10}T[0-9:]{8}Z  [^ ]+  /\1  HASH  TIME  WHO  /' \
		-e 's/\b(run-(started|ended)  +[a-z]+) [0-9a-f]{12}\b/\1 RUN/' \
		-e 's/ +$//'
}

type_in() { # COMMAND, in the present folder
	local status
	env -i PATH="$scratch/bin:$PATH" HOME="$PWD" LC_ALL=C TERM=dumb LOCPATH="$scratch/locale" ${ASAN_OPTIONS:+ASAN_OPTIONS="$ASAN_OPTIONS"} \
		bash -c "$1" > "$scratch/said" 2>&1 < /dev/null
	status=$?
	normalise < "$scratch/said"
	[ $status -eq 0 ] || echo "[$status]"
}

check() { # TRANSCRIPT COMMAND WANTED, in the present folder
	type_in "$2" > "$scratch/got"
	if printf '%s' "$3" | cmp -s - "$scratch/got"; then
		echo "ok - $1: $2"
	else
		echo "not ok - $1: $2"
		printf '%s' "$3" | diff -u --label wanted --label said - "$scratch/got" | sed 's/^/  /'
		failed=1
	fi
}

play() { # FILE
	local name line command='' wanted=''
	name=$(basename "$1" .t)
	mkdir "$scratch/$name"
	cd "$scratch/$name" || exit 1
	cp -r "$repository/rules" rules
	while IFS= read -r line; do
		case $line in
		'#'*) ;;
		'$ '*)
			[ -z "$command" ] || check "$name" "$command" "$wanted"
			command=${line#'$ '}
			wanted=''
			;;
		*) wanted+=$line$'\n' ;;
		esac
	done < "$1"
	[ -z "$command" ] || check "$name" "$command" "$wanted"
}

write_down() { # FILE
	local line
	mkdir "$scratch/accepting"
	cd "$scratch/accepting" || exit 1
	cp -r "$repository/rules" rules
	while IFS= read -r line; do
		case $line in
		'#'*) printf '%s\n' "$line" ;;
		'$ '*)
			printf '%s\n' "$line"
			type_in "${line#'$ '}"
			;;
		esac
	done < "$1" > "$scratch/written"
	cd "$here" && cp "$scratch/written" "$1" && rm -rf "$scratch/accepting"
}

[ $# -gt 0 ] || set -- "$here"/*.t
for file in "$@"; do
	case $file in */*) ;; *) file=$here/${file%.t}.t ;; esac
	if [ $accept = yes ]; then write_down "$file"; else play "$file"; fi
done
exit $failed
