# Completion of kappa for fish: kappa completion fish | source
function __kappa_complete
    set -l found (kappa __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
    if test "$found" = @files
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $found
    end
end
complete -c kappa -f -a '(__kappa_complete)'
