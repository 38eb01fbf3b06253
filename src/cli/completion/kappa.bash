# Completion of kappa for bash: source <(kappa completion bash)
_kappa() {
    local line=${COMP_LINE:0:COMP_POINT} found begun
    local -a words
    # By spaces alone: bash also parts words at ':' and '=', which addresses and flags have.
    read -r -a words <<<"$line"
    if [[ $line == *[[:space:]] ]]; then words+=(""); fi
    begun=${words[${#words[@]} - 1]}
    found=$("${words[0]}" __complete "${words[@]:1}" 2>/dev/null | cut -f1)
    if [[ $found == @files ]]; then
        compopt -o default
        return
    fi
    mapfile -t COMPREPLY <<<"$found"
    [[ -n $found ]] || COMPREPLY=()
    # What bash takes for the last word is what stands behind them.
    COMPREPLY=("${COMPREPLY[@]#"${begun%"${begun##*[:=]}"}"}")
}
complete -F _kappa kappa
