#compdef kappa
# Completion of kappa for zsh: source <(kappa completion zsh), behind compinit
_kappa() {
    local line
    local -a found
    for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ $line == @files* ]] && _files && return
        [[ -n $line ]] && found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    ((${#found})) && _describe kappa found
}
compdef _kappa kappa
