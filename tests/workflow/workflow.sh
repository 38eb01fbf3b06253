#!/bin/sh
# The golden workflow: the real program, typed into a real terminal (tmux), against a real server, from sign-up to delete.
# What the terminal then shows must equal workflow.txt, but for ids and times. KAPPA_BLESS=1 writes that file anew.
# With "apart" the server is six processes, started from config/split/, the one that users ask first and data last.
# usage: workflow.sh PROGRAM SOURCE_FOLDER [apart]
set -eu

program=$1
source=$2
apart=${3:-}
golden=$source/tests/workflow/workflow.txt
command -v tmux >/dev/null || {
    echo "SKIPPED: tmux is not installed"
    exit 77
}

work=$(mktemp -d)
socket=kappa-workflow-$$
servers=
cleanup() {
    tmux -L "$socket" kill-server 2>/dev/null || true
    # shellcheck disable=SC2086
    [ -z "$servers" ] || kill $servers 2>/dev/null || true
    # shellcheck disable=SC2086
    [ -z "$servers" ] || wait $servers 2>/dev/null || true  # what they still write must not be in the way of rm
    rm -rf "$work"
}
trap cleanup EXIT

# serve NAME FLAG... - starts a process that tells on $work/NAME.out where it is
serve() {
    name=$1
    shift
    (cd "$work" && exec "$program" serve "$@") >"$work/$name.out" 2>>"$work/log" &
    servers="$servers $!"
}
# start_part NAME FLAG... - the process of config/split/NAME.toml, its places on sockets
start_part() {
    name=$1
    shift
    places=$(sed -nE -e '/^\[modules\./{s/.*\.(.*)\]/\1/;h}' \
        -e '/^(url|expose) =/{s/ .*//;G;s/(.*)\n(.*)/--modules.\2.\1 unix:\2.sock/p}' "$source/config/split/$name.toml" |
        sed "s#unix:#unix:$work/#")
    # shellcheck disable=SC2086
    serve "$name" --config "$source/config/split/$name.toml" $places "$@"
}
if [ -n "$apart" ]; then
    start_part kappa --listen 127.0.0.1:0 --related.enabled false
    for part in runner logs fn_logs fn_code data; do start_part $part; done
else
    serve kappa --listen 127.0.0.1:0 --data "$work/data" --related.enabled false
fi

# until_true COMMAND... - waits at most 20 s
until_true() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        if [ $tries -gt 400 ]; then
            echo "waited in vain for: $*" >&2
            screen >&2
            cat "$work/log" >&2
            exit 1
        fi
        sleep 0.05
    done
}
serves() { [ "$(cat "$work"/*.out | grep -c 'serves at')" = "$(echo "$servers" | wc -w)" ]; }
until_true serves
url=$(sed -n 's/.*serves at \([^ ]*\).*/\1/p' "$work/kappa.out")

mkdir "$work/bin"
ln -s "$program" "$work/bin/kappa"
terminal() { tmux -L "$socket" "$@"; }
screen() { terminal capture-pane -p -S - | sed 's/ *$//' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'; }
terminal -f /dev/null new-session -d -x 160 -y 50 \
    "env PATH='$work/bin:$PATH' XDG_CONFIG_HOME='$work/config' KAPPA_SERVER='$url' PS1='$ ' HOME='$work' sh"
cd_to="cd $source/examples"

# at_prompt N - the shell has asked for a command for the Nth time, and nothing is behind its prompt
at_prompt() { [ "$(screen | grep -c '^\$')" = "$1" ] && screen | tail -n 1 | grep -q '^\$$'; }
shows() { screen | tail -n 1 | grep -q "$1"; }
prompts=1
enter() {
    until_true at_prompt $prompts
    terminal send-keys -l "$1"
    terminal send-keys Enter
    prompts=$((prompts + 1))
}
answer() {
    until_true shows "$1"
    terminal send-keys -l "$2"
    terminal send-keys Enter
}

enter "$cd_to"
enter "clear"
until_true at_prompt 1
prompts=1
enter "kappa signup"
answer '^Username:' ada
answer '^Password:' 'correct horse'
answer '^Password again:' 'correct horse'
enter "kappa login"
answer '^Username:' ada
answer '^Password:' 'correct horse'
enter "kappa fn create hello hello.py"
enter "kappa fn execute hello --name world"
enter "kappa fn execute hello --name Kappa --greeting 'Good morning'"
until_true at_prompt $prompts
id=$(screen | sed -n 's/.*kappa logs exec \([0-9a-f-]*\).*/\1/p' | tail -n 1)
enter "kappa logs exec $id"
enter "kappa logs fn hello"
enter "kappa bill"
enter "kappa fn delete hello"
answer '^Delete function' y
enter "kappa fn execute hello --name world"
enter "kappa bill"
until_true at_prompt $prompts

screen | sed -E -e 's/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/EXECUTION/g' \
    -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+\+00:00/TIME/g' >"$work/shown"
[ -z "${KAPPA_BLESS:-}" ] || cp "$work/shown" "$golden"
diff -u "$golden" "$work/shown"
