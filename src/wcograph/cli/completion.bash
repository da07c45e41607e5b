_wcograph() {
    local IFS=$'\n'
    COMPREPLY=($(wcograph completion line -- "$COMP_LINE" "$COMP_POINT" "$COMP_WORDBREAKS" 2>/dev/null))
}
complete -o default -F _wcograph wcograph
