"""Puts one line into the table of long runs: record.py FILE PART CELL...; the part's older line gives way to it."""

import sys

HEADING = "## Long runs"
OPENING = f"""{HEADING}

Each by `make long PART=…`, which writes its line here; the last run of each.

| part | what came out | took | on |
| --- | --- | --- | --- |
"""

path, part, *cells = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    text, _, section = file.read().partition(HEADING)
rows = [row for row in section.splitlines()[6:] if row and not row.startswith(f"| {part} |")]
rows.append(f"| {' | '.join([part, *cells])} |")
with open(path, "w", encoding="utf-8") as file:
    file.write(text.rstrip() + "\n\n" + OPENING + "\n".join(sorted(rows)) + "\n")
