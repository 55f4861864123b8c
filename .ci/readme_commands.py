"""Prints, as one shell script, the `sh` blocks of a document that follow a line `<!-- ci -->`.

What a reader is told to type is then what CI runs: python3 .ci/readme_commands.py README.md | bash -euo pipefail
"""

import re
import sys

text = open(sys.argv[1], encoding="utf-8").read()
blocks = re.findall(r"^<!-- ci -->\n+```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
if len(blocks) != text.count("<!-- ci -->"):
    sys.exit(f"{sys.argv[1]}: a `<!-- ci -->` is not followed by a ```sh block")
print(f"{sys.argv[1]}: {len(blocks)} blocks of commands", file=sys.stderr)
print("set -x")
print("\n".join(blocks))
