# lib.bash: what the groups of figures share; they source it. Needs $ENGINE_BUILD and $ENGINE_BINARY.

bench_folder=${ENGINE_BENCH_DIR:-$ENGINE_BUILD/bench}
mkdir -p "$bench_folder"

wanted() { # NAME: was this figure asked for? No arguments ask for all.
	[ ${#asked[@]} -eq 0 ] && return 0
	local name
	for name in "${asked[@]}"; do [ "$name" = "$1" ] && return 0; done
	return 1
}

figure() { # NAME VALUE UNIT TARGET COMPARISON: one JSON line; COMPARISON is <= or >=
	luajit - "$@" <<- 'LUA'
		local name, value, unit, target, comparison = arg[1], tonumber(arg[2]), arg[3], tonumber(arg[4]), arg[5]
		local holds = comparison == "<=" and value <= target or comparison == ">=" and value >= target
		print(string.format('{"name":"%s","value":%s,"unit":"%s","target":"%s %s","holds":%s}',
		                    name, arg[2], unit, comparison, arg[4], tostring(holds)))
	LUA
}

measured() { # NAME VALUE UNIT: one JSON line for what has no target
	printf '{"name":"%s","value":%s,"unit":"%s","target":null,"holds":null}\n' "$@"
}

median() { # NUMBER…
	printf '%s\n' "$@" | sort -g | sed -n "$((($# + 1) / 2))p"
}

calculate() { # EXPRESSION: as Lua has it, three digits
	luajit -e "print(string.format('%.3f', $1))"
}

seconds_now() {
	date +%s.%N
}

sample() { # ROWS: the folder with a legacy database of so many roots, made once by each version of the script
	local folder=$bench_folder/legacy-$1
	if ! [ "$folder/manifest.json" -nt scripts/sample-legacy ]; then
		echo "making a legacy database of $1 roots" >&2
		rm -rf "$folder"
		scripts/sample-legacy "$folder" --rows "$1" --seed 1 >&2
	fi
	printf '%s\n' "$folder"
}

engine_run() { # LEGACY-FOLDER TARGET-FOLDER [OPTION…]: a run of v3 into it; exit 1 (rejects) is as it should be
	local legacy=$1 target=$2
	shift 2
	"$ENGINE_BINARY" run rules/v3.lua --legacy "sqlite:$legacy/legacy.db" --target "sqlite:$target/target.db" \
		--state "$target/state" --json --quiet "$@" > "$target/run.json" || [ $? -eq 1 ]
}

fresh() { # NAME: an empty folder for a target
	rm -rf "${bench_folder:?}/$1"
	mkdir -p "$bench_folder/$1"
	printf '%s\n' "$bench_folder/$1"
}

# The largest resident size of a command in MiB, read while it runs; the kernel keeps the peak.
peak_mib() { # COMMAND…
	local peak=0 now
	"$@" &
	local pid=$!
	while now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2> /dev/null) && [ -n "$now" ]; do
		peak=$now
		sleep 0.02
	done
	wait "$pid" || [ $? -eq 1 ]
	calculate "$peak / 1024"
}
