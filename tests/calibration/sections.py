"""Write sections of docs/calibration.md; each calibration script writes its own."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "calibration.md"


def write_section(name, text):
    """Replace the section between the comments with its name, or append it."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    begin, end = f"<!-- {name}: written by tests/calibration/{name}.py -->", f"<!-- end of {name} -->"
    part = f"{begin}\n{text.strip()}\n{end}\n"
    found = re.compile(re.escape(begin) + ".*?" + re.escape(end) + "\n", re.DOTALL)
    page = found.sub(lambda _: part, page) if found.search(page) else f"{page.rstrip()}\n\n{part}" if page else part
    PAGE.write_text(page, encoding="utf-8")


def table(head, rows):
    """Return a Markdown table with right-aligned numbers."""
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])
