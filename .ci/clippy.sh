#!/usr/bin/env bash
# Clippy with warnings denied: the workspace with default and with all features, then each crate without any feature
# and with each alone, so that none leans on another by accident.
set -euo pipefail

clippy() {
    echo "clippy $*"
    cargo clippy --quiet --locked --all-targets "$@" -- -D warnings
}

clippy --workspace
clippy --workspace --all-features
for manifest in empress-auth-*/Cargo.toml; do
    crate=$(dirname "$manifest")
    features=$(sed -n '/^\[features\]/,/^\[/s/^\([a-z][a-z0-9_-]*\) *=.*/\1/p' "$manifest")
    clippy --package "$crate" --no-default-features
    for feature in $features; do
        if [ "$feature" = default ]; then continue; fi
        clippy --package "$crate" --no-default-features --features "$feature"
    done
done
