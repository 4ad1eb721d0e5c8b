"""docs/calibration.md in parts, each written by the script that measured it."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "calibration.md"


def write_section(name, text):
    """Put a section in its place, between comments that bear its name; a new one goes to the end."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    begin, end = f"<!-- {name}: written by tests/calibration/{name}.py -->", f"<!-- end of {name} -->"
    part = f"{begin}\n{text.strip()}\n{end}\n"
    found = re.compile(re.escape(begin) + ".*?" + re.escape(end) + "\n", re.DOTALL)
    page = found.sub(lambda _: part, page) if found.search(page) else f"{page.rstrip()}\n\n{part}" if page else part
    PAGE.write_text(page, encoding="utf-8")


def table(head, rows):
    """Return a table in Markdown, numbers to the right."""
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])
