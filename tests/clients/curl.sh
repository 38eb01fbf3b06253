#!/bin/sh
# The whole workflow by curl.
# usage: with_server.sh PROGRAM sh curl.sh
set -eu

# ask WORD... - curl with the token; what is 400 or more ends the test, by name
ask() { curl -sS --fail-with-body --max-time 20 -H "Authorization: Bearer $token" "$@"; }
# says TEXT - what was read holds it
says() {
    read -r said || true
    case $said in *"$1"*) ;; *)
        echo "FAILED: expected $1 in: $said" >&2
        exit 1
        ;;
    esac
}
token=none
ask --json '{"username": "ada", "password": "correct horse"}' "$KAPPA_SERVER/signup/" | says '"ok"'
token=$(ask --json '{"username": "ada", "password": "correct horse"}' "$KAPPA_SERVER/login/" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
ask "$KAPPA_SERVER/user/me" | says '"ada"'
ask --json '{"name": "hello", "code": "def main(*, name):\n    print(name)\n    return {\"message\": name}\n"}' "$KAPPA_SERVER/functions/" | says '"created":true'
ask --get --data-urlencode 'name=two words & more' "$KAPPA_SERVER/functions/hello" | says '"message": "two words & more"'
# A body this large makes curl wait for 100 Continue; it does not wait in vain.
{ printf '{"name": "' && head -c 2000000 /dev/zero | tr '\0' x && printf '"}'; } >large.json.$$
begin=$(date +%s%N)
ask --json @large.json.$$ -H 'Expect: 100-continue' "$KAPPA_SERVER/functions/hello/invoke" | cut -c 1-200 | says '"status":"executed"'
rm large.json.$$
[ $(($(date +%s%N) - begin)) -lt 900000000 ] || { echo "FAILED: curl waited for 100 Continue in vain" >&2 && exit 1; }
ask --compressed "$KAPPA_SERVER/functions/hello/logs/?limit=5" | says '"logs":['
ask --head "$KAPPA_SERVER/bill/" | says 'HTTP/1.1 200'
ask "$KAPPA_SERVER/bill/" | says '"hello":2'
ask -X DELETE "$KAPPA_SERVER/functions/hello" | says null
status=$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "$KAPPA_SERVER/functions/hello?name=x")
[ "$status" = 404 ] || { echo "FAILED: deleted, but answers $status" >&2 && exit 1; }
