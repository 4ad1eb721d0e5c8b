"""API pages from the package's stub: each comment line there opens a section, each import names a public object."""

import ast
import functools
import inspect
import re

from generated_files import DOCS, ROOT, remove_others, write

import protestspread as ps

STUB = ROOT / "src/protestspread/__init__.pyi"


def read_sections(stub):
    """Return the public names of a stub by section, in its order."""
    comments = {n: line[2:].strip() for n, line in enumerate(stub.splitlines(), 1) if line.startswith("# ")}
    sections = {}
    for node in ast.parse(stub).body:
        if isinstance(node, ast.ImportFrom):
            title = comments[max(n for n in comments if n < node.lineno)]
            sections.setdefault(title, []).extend(alias.asname or alias.name for alias in node.names)
    return sections


def expand_modules(names):
    """Replace a public module by its own public names, written with a dot."""
    for name in names:
        value = getattr(ps, name)
        if inspect.ismodule(value):
            public = getattr(value, "__all__", None) or [n for n in vars(value) if not n.startswith("_")]
            yield from (f"{name}.{member}" for member in public)
        else:
            yield name


def find(name):
    """Return the public object of a name, which may hold a dot."""
    return functools.reduce(getattr, name.split("."), ps)


def section_page(title, names):
    listed = [name for name in names if callable(find(name))]
    page = [f"# {title}", "", "```{eval-rst}", ".. currentmodule:: protestspread", ""]
    page += [".. autosummary::", "   :toctree: .", "   :nosignatures:", "", *(f"   {name}" for name in listed)]
    for name in names:
        if name not in listed:
            page += ["", f".. autodata:: {name}", "   :no-value:"]
    return "\n".join([*page, "```", ""])


def make_api_pages(_app, _config):
    folder = DOCS / "api"
    pages, lists = {}, []
    for heading, names in read_sections(STUB.read_text(encoding="utf-8")).items():
        title = heading[0].upper() + heading[1:]
        slug = re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
        expanded = list(expand_modules(names))
        pages[folder / f"{slug}.md"] = section_page(title, expanded)
        links = ", ".join(f"{{py:obj}}`~protestspread.{name}`" for name in expanded)
        lists.append((slug, f"## [{title}]({slug}.md)\n\n{links}\n"))
    index = [
        "# API reference\n",
        "All public functions and classes, grouped by purpose. Use them as `ps.name` after `import protestspread as ps`.\n",
        "```{toctree}\n:hidden:\n",
        *(slug for slug, _ in lists),
        "```\n",
        *(text for _, text in lists),
    ]
    pages[folder / "index.md"] = "\n".join(index)
    for path, text in pages.items():
        write(path, text)
    remove_others(folder, "*.md", keep=pages)
    # autosummary writes one page per name and would leave those of names that are gone
    remove_others(folder, "*.rst", keep={folder / f"protestspread.{name}.rst" for name in all_names()})


def all_names():
    sections = read_sections(STUB.read_text(encoding="utf-8"))
    return [name for names in sections.values() for name in expand_modules(names)]


def setup(app):
    # At "builder-inited" Sphinx has already listed its files, and autosummary would miss the new ones.
    app.connect("config-inited", make_api_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
