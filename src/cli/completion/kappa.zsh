#compdef kappa
# Completion of kappa for zsh: source <(kappa completion zsh), behind compinit
_kappa() {
    local line
    local -a found
    for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ -n $line ]] && found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    if ((${#found})); then _describe kappa found; else _files; fi
}
compdef _kappa kappa
