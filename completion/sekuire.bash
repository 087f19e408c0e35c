# bash completion for sekuire

_sekuire_commands='@BASH_COMMANDS@'

# The options of the command $1.
_sekuire_options() {
    case $1 in
@BASH_OPTIONS@
    esac
}

# What the value of the option $2 of the command $1 is: file, text or words to choose from; nothing if it takes none.
_sekuire_value() {
    case "$1 $2" in
@BASH_VALUES@
    esac
}

# What the first operand of the command $1 may be.
_sekuire_operands() {
    case $1 in
@BASH_OPERANDS@
    esac
}

# Fills COMPREPLY with those of the words $1 that begin with the current word.
_sekuire_words() {
    COMPREPLY=($(compgen -W "$1" -- "$2"))
}

_sekuire_files() {
    local IFS=$'\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$1"))
}

_sekuire() {
    local cur=${COMP_WORDS[COMP_CWORD]} command='' whole='' option='' operands=0 i word kind
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == = && -n $option ]]; then
            continue # --option = value: bash splits there
        elif [[ -n $option && ${COMP_WORDS[i - 1]} == = ]]; then
            option=''
        elif [[ $word == -* ]]; then
            option=$word
            # One without a value takes no word after it.
            [[ -n $(_sekuire_value "$command" "$word") || ${COMP_WORDS[i + 1]} == = ]] || option=''
        elif [[ -n $option ]]; then
            option=''
        elif [[ -z $whole ]]; then
            command+=${command:+ }$word
            if grep -qxF -- "$command" <<<"$_sekuire_commands"; then whole=yes; fi
        else
            operands=$((operands + 1))
        fi
    done
    [[ $cur != = ]] || cur=''
    if [[ -n $option ]]; then
        kind=$(_sekuire_value "$command" "$option")
        case $kind in
        file) _sekuire_files "$cur" ;;
        text) ;;
        '') _sekuire_words 'true false' "$cur" ;;
        *) _sekuire_words "$kind" "$cur" ;;
        esac
    elif [[ $cur == -* ]]; then
        _sekuire_words "$(_sekuire_options "$command")" "$cur"
    elif [[ -z $whole ]]; then
        # The words that follow these in some command's name.
        _sekuire_words "$(while read -r word; do
            if [[ -z $command ]]; then echo "${word%% *}"
            elif [[ $word == "$command "* ]]; then echo "${word#"$command "}"
            fi
        done <<<"$_sekuire_commands" | sort -u)" "$cur"
    else
        case $command in
        @FILE_COMMANDS@) _sekuire_files "$cur" ;;
        *)
            kind=''
            [[ $operands -gt 0 ]] || kind=$(_sekuire_operands "$command")
            _sekuire_words "${kind:-$(_sekuire_options "$command")}" "$cur"
            ;;
        esac
    fi
}

complete -F _sekuire sekuire
