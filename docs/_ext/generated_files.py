"""Where generated files go, and when they must be made again."""

import hashlib
import shutil
from pathlib import Path

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
BUILD = ROOT / "build/docs"


def write(path, text):
    """Write a page only if it changed, so that Sphinx reads again only what is new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def remove_others(folder, pattern, keep):
    """Remove pages of an earlier build whose source was renamed or removed."""
    for path in folder.glob(pattern):
        if path not in keep:
            path.unlink()


def outputs_folder():
    """Return the folder for what the library computed: outputs of notebooks and the map.

    Its name is a hash of the code and the data. When either changes, everything is computed again.
    """
    digest = hashlib.sha256()
    for folder in (ROOT / "src", ROOT / "data"):
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    current = BUILD / f"outputs-{digest.hexdigest()[:12]}"
    for old in BUILD.glob("outputs-*"):
        if old != current:
            shutil.rmtree(old)
    current.mkdir(parents=True, exist_ok=True)
    return current
