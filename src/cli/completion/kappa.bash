# Completion of kappa for bash: source <(kappa completion bash)
_kappa() {
    local line=${COMP_LINE:0:COMP_POINT} program=${COMP_WORDS[0]} found begun
    local -a words
    line=kappa${line#*"$program"} # from this command on: others may stand before it
    program=${program/#\~\//$HOME/}
    type -P "$program" >/dev/null || program=kappa
    # By spaces alone: bash also parts words at ':' and '=', which addresses and flags have.
    read -r -a words <<<"$line"
    if [[ $line == *[[:space:]] ]]; then words+=(""); fi
    begun=${words[${#words[@]} - 1]}
    found=$("$program" __complete "${words[@]:1}" 2>/dev/null | cut -f1)
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
