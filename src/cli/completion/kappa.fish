# Completion of kappa for fish: kappa completion fish | source
complete -c kappa -a '(kappa __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
