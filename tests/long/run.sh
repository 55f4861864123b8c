#!/usr/bin/env bash
# Runs one long part, at most an hour: tests/long/run.sh PART; without an argument, names the parts.
#
# A part is one command, run slice by slice; one that was stopped goes on with the slice that it was in, if nothing was
# committed meanwhile. The result becomes a line of "Long runs" in docs/BENCHMARKS.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

tests() { cargo test --quiet --release --locked "$@" -- --nocapture --include-ignored; }
core() { tests --package empress-auth-core --features testing --test core "$@"; }
program() { tests --package empress-auth-server --test program "$@"; }
oauth() { tests --package empress-auth-oauth --features testing --test memory "$@"; }
long() { tests --package empress-auth-tests --all-features --test long "$@"; }

case ${1-} in
races)
    slices=20
    slice() {
        export EMPRESS_RACES=500
        core one_of_sixteen
        core cancellation::
        core flights::
        oauth one_of_sixteen
        tests --package empress-auth-server --test end_to_end races::
    }
    figures="10,000 rounds of every race, in memory and over sockets, calls interrupted or not: every promise held"
    ;;
history)
    slices=5
    slice() { EMPRESS_OPERATIONS=200000 long history::no; }
    figures="1,000,000 operations: no accept after a revocation, no reject before one"
    ;;
differential)
    slices=1
    slice() {
        EMPRESS_DIFFERENTIAL=1000000 tests --package empress-auth-tests --all-features --test differential
    }
    figures="1,000,000 tokens: whatever we accept jsonwebtoken, joserfc and PyJWT accept; what we refuse alone is listed"
    ;;
load)
    slices=1
    slice() { EMPRESS_LOAD_SECONDS=120 long load::; }
    ;;
soak)
    slices=1
    slice() { EMPRESS_SOAK_SECONDS=3600 long soak::; }
    ;;
timing)
    slices=1
    slice() {
        export EMPRESS_TIMING_SAMPLES=$state.samples
        # On one core, which is what tells most.
        if command -v taskset >/dev/null; then taskset --pid --cpu-list 0 $BASHPID >/dev/null; fi
        long timing::
    }
    ;;
sweep)
    slices=1
    slice() {
        EMPRESS_SWEPT=1000000 tests --package empress-auth-sql --all-features --lib look_ups_go_on
    }
    ;;
slow)
    slices=1
    slice() { EMPRESS_SLOW_SECONDS=120 program slow_clients::others; }
    ;;
stop)
    slices=1
    slice() { EMPRESS_STOP_ROUNDS=100 program stopping::no_request; }
    ;;
kill)
    slices=20
    slice() {
        EMPRESS_KILL_ROUNDS=500 tests --package empress-auth-server --test end_to_end kill::
    }
    figures="10,000 kills of the program at work, at random moments: nothing lost, nothing back, nothing half done"
    ;;
powercut)
    slices=1
    slice() { cargo run --quiet --release --locked --package empress-auth-powercut -- 1000; }
    figures="1,000 cuts of the power while the store writes: nothing lost, nothing half done"
    ;;
fuzz-?*)
    slices=6
    slice() { tests/fuzz/run.sh "${part#fuzz-}" 300; }
    figures="30 min: no crash"
    ;;
*)
    printf '%s\n' races history differential load soak timing sweep slow stop kill powercut
    tests/fuzz/run.sh | sed 's/^/fuzz-/'
    if [ $# -eq 0 ]; then exit 0; else exit 2; fi
    ;;
esac
part=$1

folder=${CARGO_TARGET_DIR:-target}/long
mkdir -p "$folder"
state=$(realpath "$folder")/$part
commit=$(git rev-parse --short HEAD)
read -r at finished seconds 2>/dev/null <"$state" || at=
if [ "$at" != "$commit" ]; then
    finished=0 seconds=0
    rm -f "$state.samples"
fi

while [ "$finished" -lt "$slices" ]; do
    echo "long: $part, slice $((finished + 1)) of $slices"
    started=$SECONDS
    slice | tee "$state.out"
    finished=$((finished + 1)) seconds=$((seconds + SECONDS - started))
    echo "$commit $finished $seconds" >"$state"
done

figures=${figures:-$(sed -n 's/.*FIGURES: //p' "$state.out")}
python3 tests/long/record.py docs/BENCHMARKS.md "$part" "$figures" "$seconds s" "$(date -u +%Y-%m-%d), $commit"
rm -f "$state" "$state.out" "$state.samples"
