#!/usr/bin/env bash
# Starts each example and types the commands of its documentation: examples/run.sh [EXAMPLE]...
#
# What follows `#` behind a command is checked: three digits are the status, the rest is a part of what is shown, or parts
# with `…` between them. A command that ends in `&` is looked at when the others are done. The names of the tokens,
# `$TOKEN` and so on, stand in the documentation in the order in which the tokens are printed; a curl command that is
# printed must get past the layer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

examples=("$@")
[ $# -gt 0 ] || mapfile -t examples < <(sed -nE 's/^    "([a-z-]+)",$/\1/p' Cargo.toml)

work=$(mktemp -d)
children=()
stop() {
    [ ${#children[@]} -eq 0 ] || kill "${children[@]}" 2>/dev/null || true
    # What the shell has to say about it is no news.
    wait 2>/dev/null || true
    children=()
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The program that `cargo run -q -p PACKAGE --bin NAME ARGUMENT…` runs; cargo would build it and what it needs once more,
# with the features of that package alone.
cargo() { "$target/debug/$6" "${@:7}"; }
export -f cargo

curl() { command curl --silent --show-error --noproxy '*' --max-time 20 --write-out '\n%{http_code}' "$@"; }

# Waits, at most a minute, until a command succeeds.
until_ok() {
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        if "$@"; then return 0; fi
        sleep 0.1
    done
    return 1
}

has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }
has_ended() { ! kill -0 "${children[-1]}" 2>/dev/null; }
has_lines_or_ended() { has_lines "$@" || has_ended; }

# shows FILE LINES: waits until the last child has written so many lines.
shows() { until_ok has_lines_or_ended "$@" && has_lines "$@"; }

# check COMMAND WANTED OUTPUT
check() {
    local text=$2 status=
    if [[ $text =~ ^([0-9]{3})( (.*))?$ ]]; then
        status=${BASH_REMATCH[1]} text=${BASH_REMATCH[3]}
    fi
    checks=$((checks + 1))
    if [ -z "$status" ] || [ "${3##*$'\n'}" = "$status" ]; then
        # shellcheck disable=SC2053
        if [[ $3 == *${text// … /*}* ]]; then return 0; fi
    fi
    printf '%s\n  wanted: %s\n  got: %s\n' "$1" "$2" "$3" >&2
    return 1
}

# The lines of the `sh` blocks in an example's documentation.
documented() { sed -nE '/^\/\/! ```sh$/,/^\/\/! ```$/{ /```/d; s/^\/\/! //p }' "$1/src/main.rs"; }

# The folder of what is built from a manifest.
target_of() {
    command cargo metadata --locked --no-deps --format-version 1 --manifest-path "$1" |
        sed -E 's/.*"target_directory":"([^"]*)".*/\1/'
}

# Starts the program, with the user and the client of an example whose users log in there.
start_program() {
    local program listen
    command cargo build --quiet --locked --manifest-path ../Cargo.toml
    program=$(target_of ../Cargo.toml)/debug/empress-auth
    export EMPRESS_DATABASE_URL=sqlite://$work/program.db
    "$program" serve --listen 127.0.0.1:0 >"$work/program" 2>"$work/program.log" &
    children+=($!)
    shows "$work/program" 1 || { cat "$work/program.log" >&2; return 1; }
    # The client's URL is registered before the client runs.
    listen=127.0.0.1:$(python3 -c 'import socket; s = socket.socket(); s.bind(("", 0)); print(s.getsockname()[1])')
    printf 'correct horse battery staple' | "$program" user create ada --password-stdin >"$work/user"
    "$program" client create Shop --redirect-uri "http://$listen/callback" --skip-consent >"$work/client"
    ISSUER=$(sed -n 's/^listening on //p' "$work/program")
    CLIENT_ID=$(sed -n 's/^client id *//p' "$work/client")
    CLIENT_SECRET=$(sed -n 's/^client secret *//p' "$work/client")
    export LISTEN=$listen ISSUER CLIENT_ID CLIENT_SECRET
}

run_example() {
    local example=$1 shown=$work/$1 issued=$work/$1.issued background=$work/$1.background line command wanted output later= later_wanted=
    local names tokens lines index address
    mapfile -t names < <(grep '^//!' "$example/src/main.rs" | grep -oE '\$\{?[A-Z]+' | tr -d '${' | awk '!seen[$0]++')

    touch "$shown" "$issued"
    export LISTEN=127.0.0.1:0
    unset ISSUER
    lines=${#names[@]}
    # The tokens of an example that only verifies are printed by the issuer that it names.
    if grep -q -e '--bin tiny-issuer' "$example/src/main.rs"; then
        "$target/debug/tiny-issuer" >"$issued" &
        children+=($!)
        shows "$issued" $((lines + 1)) || { echo "$example has no issuer" >&2; return 1; }
        ISSUER=$(sed -n 's/^ISSUER=//p' "$issued")
        export ISSUER
        lines=1
    elif grep -q '^//! CLIENT_ID=' "$example/src/main.rs"; then
        start_program || return 1
        lines=1
    fi
    DATABASE=$work/$example.db "$target/debug/$example" >>"$shown" &
    children+=($!)
    shows "$shown" "$lines" || { echo "$example does not start" >&2; return 1; }
    mapfile -t tokens < <(grep -hv '^ISSUER=' "$issued" "$shown" |
        sed -nE "s/.*(Token |Bearer |[A-Z]+=)([0-9A-Za-z_.-]+).*/\2/p")
    address=$(grep -oE -m 1 '127\.0\.0\.1:[0-9]+' "$shown" | head -n 1)
    # Not exported: a command that names none has none.
    [ ${#names[@]} -eq 0 ] || unset "${names[@]}"
    for index in "${!names[@]}"; do
        declare -g "${names[index]}=${tokens[index]}"
    done

    while IFS= read -r line; do
        [[ $line == curl\ * ]] || continue
        output=$(eval "$line")
        checks=$((checks + 1))
        case $output in *401 | *000) echo "$line: $output" >&2; return 1 ;; esac
    done <"$shown"

    while IFS= read -r line; do
        line=${line//127.0.0.1:3000/$address}
        line=${line//http:\/\/127.0.0.1:8000/${ISSUER-}}
        wanted=${line##*# } command=${line%%# *}
        if [ "$wanted" = "$line" ]; then
            eval "$line"
        elif [[ $command =~ \&\ *$ ]]; then
            later=${command%&*} later_wanted=$wanted
            (export "${names[@]}"; exec timeout 60 bash -c "$later") >"$background" 2>&1 &
            children+=($!)
            shows "$background" 1 || { cat "$background" >&2; return 1; }
        else
            # Cookies and the like are files of theirs.
            output=$(cd "$work" && eval "$command" 2>&1 | tr -d '\0') || true
            check "$command" "$wanted" "$output" || return 1
        fi
    done < <(documented "$example")

    if [ -n "$later" ]; then
        wait "${children[-1]}" || true
        check "$later" "$later_wanted" "$(cat "$background")" || return 1
    fi
}

command cargo build --quiet --locked --workspace
target=$(target_of Cargo.toml)
export target
passed=0 failed=0
for example in "${examples[@]}"; do
    checks=0
    if run_example "$example" && [ "$checks" -gt 0 ]; then
        passed=$((passed + 1))
        printf 'ok    %-18s %s commands\n' "$example" "$checks"
    else
        failed=$((failed + 1))
        printf 'FAIL  %s\n' "$example"
    fi
    stop
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
