# fish completion for sekuire

# The words so far that are no options.
function __sekuire_words
    string match -v -- '-*' (commandline -opc)[2..-1]
end

# Are they exactly these?
function __sekuire_at
    test "$(string join ' ' -- (__sekuire_words))" = "$argv"
end

# Are these the first of them?
function __sekuire_in
    string match -q -- "$argv *" (string join ' ' -- (__sekuire_words))' '
end

# Is the command's name whole?
function __sekuire_in_any
    for name in @NAME_LIST@
        __sekuire_in $name; and return 0
    end
    return 1
end

complete -c sekuire -f
@FISH_LINES@
