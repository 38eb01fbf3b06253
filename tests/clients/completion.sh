#!/bin/bash
# What a Tab offers in bash: the script that kappa prints, fed with lines as bash would feed it.
# usage: with_server.sh PROGRAM bash completion.sh PROGRAM
set -eu
PATH=$(dirname "$1"):$PATH
HOME=$(mktemp -d)
export HOME
trap 'rm -rf "$HOME"' EXIT
printf 'correct horse\n' | kappa signup --username ada --password-stdin >/dev/null
printf 'correct horse\n' | kappa login --username ada --password-stdin >/dev/null
printf 'def main(*, name, greeting="Hi"): pass' | kappa fn create hello - >/dev/null
kappa fn create hollow - <<<'def main(): pass' >/dev/null

# shellcheck source=/dev/null
source <(kappa completion bash)
compopt() { COMPREPLY=("files"); } # outside of a real completion bash refuses it

# offers LINE EXPECTED... - what the line's end is completed with
offers() {
    local program=kappa
    [[ $1 == *bin/kappa* ]] && program="~/bin/kappa"
    COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=() COMP_WORDS=("$program")
    shift
    _kappa
    [[ "${COMPREPLY[*]}" == "$*" ]] || {
        echo "FAILED: '$COMP_LINE' offers '${COMPREPLY[*]}', expected '$*'" >&2
        exit 1
    }
}
offers "kappa fn cr" create
offers "kappa fn show h" hello hollow
offers "kappa fn show hello " # there is nothing behind a name, files least of all
offers "kappa --server $KAPPA_SERVER fn show he" hello
offers "kappa --server=$KAPPA_SERVER fn show he" hello
offers "kappa exec list --fn=ho" hollow
offers "kappa exec list --verdict o" ok out_of_memory
offers "kappa -o j" json
offers "kappa --output=j" json
offers "kappa bill --month -o c" csv # a value that may be left out takes no flag for it
offers "kappa bill --month --d" --daily
offers "kappa budget s" show set
offers "kappa fn execute hello --" --name --greeting
offers "kappa fn execute hello --name "
offers "kappa fn create new " files
offers "kappa invoke hello -f " files
offers "kappa help fn de" delete
offers "kappa help exit" exit-codes
offers "kappa serve --runner.time" --runner.timeout_ms
offers "kappa config check --http.socket" --http.socket_mode
offers "kappa profile use d" default
mkdir "$HOME/bin" && ln -s "$(command -v kappa)" "$HOME/bin/kappa"
# shellcheck disable=SC2088  # as it is typed
offers "~/bin/kappa fn cr" create
offers "time kappa fn cr" create
offers "kappa -oj" # a value behind its flag is not completed, and nothing breaks
offers "kappa nonsense "
offers "kappa --server http://127.0.0.1:1 fn show h"
