#!/usr/bin/env bash
# Holds the instructions of one request to bounds, in a target folder of its own: nothing else may be built with the
# stand-in for the hash. Says so and passes where valgrind is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if ! command -v valgrind >/dev/null; then
  echo "instructions: NOT COUNTED, valgrind is missing: apt-get install valgrind"
  exit 0
fi
target=${CARGO_TARGET_DIR:-target}/instr
RUSTFLAGS="${RUSTFLAGS:-} --cfg empress_bench" CARGO_TARGET_DIR=$target \
  cargo build --quiet --release --locked --package empress-auth-counts --bin instructions
"$target/release/instructions"
