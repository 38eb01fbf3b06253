#!/bin/sh
# What a call costs over HTTP: token, lookup, run, captured output, durable ledger and log; at 1, 8 and 64 connections.
# Beside it what the same server does without a call, and what starting a Python per call would cost on this machine.
set -eu

cd "$(dirname "$0")/.."
program=$PWD/build/release/kappa
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT

"$program" serve --listen 127.0.0.1:0 --data "$work/data" --related.enabled false --log_level warning >"$work/out" 2>"$work/log" &
server=$!
until grep -q 'serves at' "$work/out"; do kill -0 "$server" && sleep 0.05; done
url=$(sed -n 's/.*serves at \([^ ]*\).*/\1/p' "$work/out")
idle_kb=$(awk '/VmRSS/ {print $2}' "/proc/$server/status")

export XDG_CONFIG_HOME="$work/config" KAPPA_SERVER="$url"
echo 'correct horse' | "$program" signup --username bench --password-stdin >"$work/setup"
echo 'correct horse' | "$program" login --username bench --password-stdin >>"$work/setup"
"$program" fn create hello examples/hello.py >>"$work/setup"
token=$(sed -n 's/.*"token":"\([^"]*\)".*/\1/p' "$work/config/kappa/credentials.json")
cat >"$work/post.lua" <<END
wrk.method = "POST"
wrk.body = '{"name": "world"}'
wrk.headers["Authorization"] = "Bearer $token"
wrk.headers["Content-Type"] = "application/json"
END


row() {
    awk -v name="$1" '/50%/ {p50 = $2} /99%/ {p99 = $2} /Requests\/sec/ {rps = $2} /Non-2xx/ {bad = $NF} /Socket errors/ {bad = $0}
        END {printf "%-34s %10.0f /s   p50 %9s   p99 %9s   %s\n", name, rps, p50, p99, bad == "" ? "" : "FAILED: " bad}' "$work/wrk"
}

for connections in 1 8 64; do
    wrk -t1 -c"$connections" -d5s --latency -s "$work/post.lua" "$url/functions/hello/invoke" >"$work/wrk"
    row "call, $connections connections"
done
wrk -t1 -c8 -d3s --latency -H "Authorization: Bearer $token" "$url/user/me" >"$work/wrk"
row "GET /user/me, 8 connections"

begin=$(date +%s%N)
for _ in 1 2 3 4 5 6 7 8 9 10; do
    /usr/bin/python3.11 -c 'import json, sys; sys.path.insert(0, "examples"); import hello; print(json.dumps(hello.main(name="world")))' >/dev/null 2>&1
done
end=$(date +%s%N)
echo "$begin $end" | awk '{printf "%-34s %10.0f /s   mean %6.1f ms\n", "a new python3.11 per call, 1 caller", 1e10 / ($2 - $1), ($2 - $1) / 1e7}'
echo "memory of the idle server: $((idle_kb / 1024)) MiB, its template: $(ps -o rss= --ppid "$server" | awk '{s += $1} END {print int(s / 1024)}') MiB"
