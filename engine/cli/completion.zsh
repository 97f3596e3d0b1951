
# Reads the words before the cursor: `command`, `verb`, and the `option` whose value comes next.
_engine_read() {
	local word
	for word in "${(@)words[2,CURRENT-1]}"; do
		if [[ -n $option ]]; then
			option=
		elif [[ $word == --*=* ]]; then
			:
		elif [[ $word == --* ]]; then
			value= option=$word
			_engine_option $word
			[[ -n $value ]] || option=
		elif [[ -z $command ]]; then
			command=$word
		elif [[ -z $verb ]]; then
			verb=$word
		fi
	done
}

_engine_value() { # of $option
	value= offered=()
	_engine_option $option
	case $value in
	CODE) compadd -a _engine_codes ;;
	DIR) _files -/ ;;
	FILE) _files ;;
	VERSION) _files -g '*.lua' ;;
	URL) if compset -P 'sqlite:'; then _files; else compadd -S '' -- sqlite: postgres://; fi ;;
	*) if (( $#offered )); then compadd -a offered; else _message $value; fi ;;
	esac
}

_engine() {
	local command= verb= option= value= takes=
	local -a verbs options offered
	options=("${(@)_engine_options}")
	_engine_read
	[[ -z $command ]] || _engine_command $command
	if [[ -n $option ]]; then
		_engine_value
	elif [[ $words[CURRENT] == --*=* ]]; then
		option=${words[CURRENT]%%=*}
		compset -P 1 '*='
		_engine_value
	elif [[ $words[CURRENT] == -* ]]; then
		_describe -o option options
	elif [[ -z $command ]]; then
		_describe command _engine_commands
	elif [[ -z $verb ]] && (( $#verbs )); then
		compadd -a verbs
	else
		case $takes in
		RULES) _files -g '*.lua' ;;
		CODE) compadd -M 'm:{e}={E}' -a _engine_codes ;;
		COMMAND) _describe command _engine_commands ;;
		esac
	fi
}

# Found in $fpath the file is the function itself; sourced, it has to be made known.
if [[ $funcstack[1] == _engine ]]; then _engine "$@"; else compdef _engine engine; fi
