"""Types of parameters from annotations, and links for types and DOIs; docstrings need to state neither."""

import inspect
import re

from api_pages import all_names, find
from numpy.typing import ArrayLike
from numpydoc.xref import DEFAULT_LINKS
from sphinx.util.inspect import signature
from sphinx.util.typing import stringify_annotation

SECTIONS = {"Parameters", "Other Parameters", "Attributes"}
DOI = re.compile(r"\bdoi:(10\.\d{4,9}/\S*[^\s,;.)])")
QUOTED = re.compile(r"""('[^']*'|"[^"]*")""")


def short(annotation):
    """Write an annotation without module names: ``GeoDataFrame | None``."""
    if annotation is ArrayLike:
        return "array-like"
    text = annotation if isinstance(annotation, str) else stringify_annotation(annotation, "smart")
    parts = QUOTED.split(text)
    parts[::2] = [re.sub(r"~?\b(?:\w+\.)+(?=\w)", "", part) for part in parts[::2]]
    text = re.sub(r"ndarray\[tuple\[.*?\], dtype\[(\w+)\]\]", r"ndarray[\1]", "".join(parts))
    text = text.replace("ndarray[Any]", "ndarray")
    return re.sub(r"Literal\[([^\]]*)\]", r"{\1}", text)


def annotations(what, obj):
    """Return name -> annotation of what a docstring may list."""
    found = {}
    if what in {"class", "exception"}:
        for base in reversed(inspect.getmro(obj)):
            found |= vars(base).get("__annotations__", {})
    if what in {"function", "method", "class", "exception"}:
        try:
            parameters = signature(obj).parameters
        except (TypeError, ValueError):
            return found
        found |= {name: p.annotation for name, p in parameters.items() if p.annotation is not p.empty}
    return found


def link_doi(match):
    """Link a DOI; a closing bracket belongs to it only if it was opened inside."""
    doi, rest = match[1], ""
    while doi.endswith(")") and doi.count(")") > doi.count("("):
        doi, rest = doi[:-1], ")" + rest
    target = doi.replace("<", "%3C").replace(">", "%3E")
    shown = doi.replace("<", "\\<").replace(">", "\\>")
    return f"`doi:{shown} <https://doi.org/{target}>`__{rest}"


def complete_docstring(_app, what, _name, obj, _options, lines):
    types = annotations(what, obj)
    inside = False
    for i, line in enumerate(lines):
        following = lines[i + 1].strip() if i + 1 < len(lines) else ""
        if following and set(following) == {"-"}:
            inside = line.strip() in SECTIONS
        elif inside and line and not line.startswith((" ", "-")) and " : " not in line:
            names = [name.lstrip("*") for name in re.split(r",\s*", line.strip())]
            kinds = list(dict.fromkeys(short(types[name]) for name in names if name in types))
            if kinds:
                lines[i] = f"{line} : {' or '.join(kinds)}"
        lines[i] = DOI.sub(link_doi, lines[i])


def link_public_classes(_app, config):
    """Let numpydoc link the types that have a page here, and leave all others as words: they need another site."""
    classes = {name for name in all_names() if inspect.isclass(find(name))}
    config.numpydoc_xref_param_type = True
    config.numpydoc_xref_ignore = "all"
    config.numpydoc_xref_aliases = {word: word for word in DEFAULT_LINKS} | {
        name.rpartition(".")[2]: f"protestspread.{name}" for name in classes
    }


def setup(app):
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("config-inited", link_public_classes)
    app.connect("autodoc-process-docstring", complete_docstring, priority=400)  # numpydoc follows at 500
    return {"parallel_read_safe": True, "parallel_write_safe": True}
