# report.sh: how every test that is a script says what it found. To be sourced; ends are told by `exit $failed`.
failed=0

report() { # STATUS NAME [FILE]: one test; the end of FILE is shown when it failed
	if [ "$1" -eq 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		[ -z "${3:-}" ] || tail -n 100 "$3" | sed 's/^/  /'
		failed=1
	fi
}
