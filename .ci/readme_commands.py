"""Prints, as one shell script, the `sh` blocks of a document that follow a line `<!-- ci -->` or `<!-- ci: serve -->`.

What a reader is told to type is then what CI runs: python3 .ci/readme_commands.py README.md | bash -euo pipefail

A block that serves runs in the background, with a database and a port of its own, until the others are done. What stands behind
two blanks and `# ` has to be a part of what the command prints. Nothing is built with `--release`, which takes minutes and shows
no more.
"""

import re
import shlex
import socket
import sys

SERVE = """\
scratch=$(mktemp -d)
export EMPRESS_LISTEN=127.0.0.1:{port} EMPRESS_DATABASE_URL=sqlite://$scratch/empress-auth.db no_proxy='*'
{command} >"$scratch/out" &
server=$!
trap 'kill $server; wait $server || true; rm -rf "$scratch"' EXIT
(set +x; until grep -q '^listening on ' "$scratch/out"; do kill -0 $server; sleep 0.1; done)
"""

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]


def as_run_here(block):
    block = block.replace("cargo run --release", "cargo run --quiet --locked")
    block = block.replace("target/release/", '"${CARGO_TARGET_DIR:-target}"/debug/')
    return block.replace("127.0.0.1:8000", f"127.0.0.1:{port}")


def checked(line):
    command, mark, expected = line.partition("  # ")
    if not mark:
        return line
    return f"output=$({command.rstrip()}); [[ $output == *{shlex.quote(expected)}* ]]"


def script(kind, block):
    block = as_run_here(block)
    if kind == "serve":
        return SERVE.format(port=port, command=block.strip())
    return "\n".join(map(checked, block.splitlines()))


text = open(sys.argv[1], encoding="utf-8").read()
blocks = re.findall(r"^<!-- ci(?:: (serve))? -->\n+```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
if len(blocks) != text.count("<!-- ci"):
    sys.exit(f"{sys.argv[1]}: a `<!-- ci … -->` is not followed by a ```sh block")
print(f"{sys.argv[1]}: {len(blocks)} blocks of commands", file=sys.stderr)
print("set -x")
print("\n".join(script(kind, block) for kind, block in blocks))
