_wcograph() {
    local line value
    local -a values
    for line in "${(@f)$(wcograph completion words -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
        [[ -n "$line" ]] || continue
        value="${line%%$'\t'*}"
        value="${value//\\/\\\\}"
        values+=("${value//:/\\:}:${line#*$'\t'}")
    done
    if (( ${#values} )); then
        _describe wcograph values -M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}'
    else
        _files
    fi
}
compdef _wcograph wcograph
