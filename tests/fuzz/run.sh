#!/usr/bin/env bash
# Fuzzes one target for some seconds: tests/fuzz/run.sh TARGET SECONDS; without arguments, names the targets.
# What was learnt stays in corpus/TARGET and is where the next run starts; what crashed lies in artifacts/TARGET.
set -euo pipefail
cd "$(dirname "$0")"

if [ $# -ne 2 ]; then
    for source in fuzz_targets/*.rs; do basename "$source" .rs; done
    exit 0
fi
target=$1 seconds=$2

# These are the flags `cargo fuzz --sanitizer none` sets, and all it needs: they work on stable. A host triple keeps
# them off build scripts.
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="-Cpasses=sancov-module"
for option in level=4 inline-8bit-counters pc-table trace-compares; do
    RUSTFLAGS+=" -Cllvm-args=-sanitizer-coverage-$option"
done
export RUSTFLAGS
cargo build --quiet --release --locked --target "$host" --target-dir target --bin "$target"

mkdir -p "corpus/$target" "artifacts/$target"
options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 -verbosity=0 -print_final_stats=1)
options+=(-artifact_prefix="artifacts/$target/")
if [ -f "dict/$target.dict" ]; then options+=(-dict="dict/$target.dict"); fi
echo "fuzz $target: $seconds s"
"target/$host/release/$target" "${options[@]}" "corpus/$target"
