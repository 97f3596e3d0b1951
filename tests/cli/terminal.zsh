# terminal.zsh: types lines, each followed by a tab and a return, into a shell in a terminal of its own, in the present folder, where
# the completions lie as bash.sh and _engine. Prints what the shell then called `engine` with, a line each; the file `said` is left.
#
#   zsh -f terminal.zsh bash|zsh LINE…
zmodload zsh/zpty zsh/zselect
setopt no_unset
said=$PWD/said
: > $said
engine="engine() { printf '%s\\n' \"\$*\" >> $said; }"

await() { # LINES: until so many were said; what the terminal shows is read away, or its shell would wait
	local shown i
	for i in {1..500}; do
		while zpty -r -t terminal shown; do :; done
		(( $(wc -l < $said) < $1 )) || return 0
		zselect -t 2 || :
	done
	return 1
}

case $1 in
bash)
	zpty terminal 'TERM=dumb bash --norc --noprofile -i'
	zpty -w terminal "$engine; . ./bash.sh; engine ready"
	;;
zsh)
	zpty terminal 'TERM=dumb zsh -f -i'
	zpty -w terminal "$engine; fpath=(\$PWD \$fpath); autoload -U compinit; compinit -u -D; engine ready"
	;;
esac
shift
count=1
await $count || { echo 'the shell does not come up'; exit 1 }
for line; do
	zpty -w -n terminal $line$'\t'
	zselect -t 30 || :
	zpty -w -n terminal $'\r'
	await $((++count)) || { echo "nothing came of: $line"; exit 1 }
done
zpty -d terminal
tail -n +2 $said
