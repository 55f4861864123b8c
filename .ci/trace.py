"""Is each row of docs/rows.md tested where it says? A row is `| id | words | files |`.

Fails when a file is not there, is no test or does not name the id; when an id stands twice; and when a row that names no
file gives no reason (`— because …`).
"""

import pathlib
import re
import sys

LIST = pathlib.Path("docs/rows.md")
TESTS = re.compile(r"#\[(cfg\()?(tokio::)?(test|ignore)|pub(\(crate\))? (async )?fn ")


def names(row, text):
    return re.search(rf"(?<![\w-]){re.escape(row)}(?![\w-]|\.\d)", text)


faults, seen, tested = [], set(), 0
for line in LIST.read_text(encoding="utf-8").splitlines():
    cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
    if not line.startswith("| ") or cells[0] in ("row", "---"):
        continue
    if len(cells) != 3:
        sys.exit(f"{LIST}: not three cells: {line}")
    row, _, files = cells
    if row in seen:
        faults.append(f"{row} stands twice")
    seen.add(row)
    if files.startswith("— "):
        continue
    tested += 1
    for file in map(pathlib.Path, re.findall(r"`(.+?)`", files) or ["(none)"]):
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        if not TESTS.search(text):
            faults.append(f"{row}: {file} is no test")
        elif not names(row, text):
            faults.append(f"{row}: {file} does not name it")
for fault in faults:
    print(f"{LIST}: {fault}", file=sys.stderr)
print(f"{LIST}: {len(seen)} rows, {tested} with a test")
sys.exit(bool(faults))
