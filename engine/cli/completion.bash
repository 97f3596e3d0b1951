
# Reads the words before the cursor: `command`, `verb`, and the `option` whose value comes next. bash cuts them at '=' and ':'.
_engine_read() {
	local i word is_joined=
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [ -n "$is_joined" ]; then
			is_joined=
		elif [ "$word" = : ]; then
			is_joined=yes
		elif [ "$word" = = ]; then
			:
		elif [ -n "$option" ]; then
			option=
		elif [[ $word == --* ]]; then
			value= option=$word
			_engine_option "$word"
			[ -n "$value" ] || option=
		elif [ -z "$command" ]; then
			command=$word
		elif [ -z "$verb" ]; then
			verb=$word
		fi
	done
}

_engine_offer() { # WORDS
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}

_engine_files() { # KIND
	compopt -o filenames 2> /dev/null
	case $1 in
	DIR) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
	RULES) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -X '!*.lua' -- "$current"; compgen -d -- "$current") ;;
	*) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
	esac
}

_engine_value() { # of $option
	value= words=
	_engine_option "$option"
	case $value in
	CODE) _engine_offer "$_engine_codes" ;;
	DIR | FILE) _engine_files "$value" ;;
	VERSION) _engine_files RULES ;;
	URL) compopt -o nospace 2> /dev/null; _engine_offer 'sqlite: postgres://' ;;
	*) _engine_offer "$words" ;;
	esac
}

_engine() {
	local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= verb= option=
	local verbs= options=$_engine_options takes= value= words= offered=
	COMPREPLY=()
	_engine_read
	if [ "$current" = : ]; then
		before=: current=
	elif [ "$current" = = ]; then
		current=
	fi
	[ -z "$command" ] || _engine_command "$command"
	if [ "$before" = : ]; then
		_engine_files FILE
	elif [ -n "$option" ]; then
		_engine_value
	elif [[ $current == -* ]]; then
		_engine_offer "$options"
	elif [ -z "$command" ]; then
		_engine_offer "$_engine_commands"
	else
		[ -n "$verb" ] || offered=$verbs
		case $takes in
		CODE) current=${current^^} offered=$_engine_codes ;;
		COMMAND) offered=$_engine_commands ;;
		esac
		_engine_offer "$offered"
		[ "$takes" != RULES ] || [ -n "$offered" ] || _engine_files RULES
	fi
}

complete -F _engine engine
