"""Gallery pages from docs/gallery/make.py: a card and a page for each function, without drawing anything."""

import ast
import re
import textwrap
from typing import NamedTuple

from generated_files import DOCS, remove_others, write

GALLERY = DOCS / "gallery"


class Picture(NamedTuple):
    name: str
    title: str
    caption: str
    code: str

    @property
    def file(self):
        return next(path.name for path in GALLERY.glob(f"{self.name}.*") if path.suffix in {".png", ".gif"})


def node_is_picture(node):
    return isinstance(node, ast.FunctionDef) and not node.name.startswith("_")


def source_between(source, first, last):
    return textwrap.dedent("\n".join(source.splitlines()[first.lineno - 1 : last.end_lineno]))


def code_to_paste(source, body):
    """Return the body of a function as code that runs outside it: `return figure` goes, `return f(x)` becomes `f(x)`."""
    if isinstance(body[-1], ast.Return) and isinstance(body[-1].value, ast.Name):
        body = body[:-1]
    code = source_between(source, body[0], body[-1])
    return re.sub(r"^return ", "", code, flags=re.MULTILINE)


def read_pictures(source):
    """Return the pictures of a script and the code they start from.

    Every public function is a picture: the first line of its docstring is the title, the rest the caption, the body
    the code. What stands before the first picture is the set-up.
    """
    module = ast.parse(source)
    pictures = []
    for node in module.body:
        if node_is_picture(node):
            title, _, caption = ast.get_docstring(node).partition("\n\n")
            code = code_to_paste(source, node.body[1:])
            pictures.append(Picture(node.name, title.rstrip("."), " ".join(caption.split()), code))
    start = next(i for i, node in enumerate(module.body) if isinstance(node, (ast.Import, ast.ImportFrom)))
    stop = next(i for i, node in enumerate(module.body) if node_is_picture(node))
    return pictures, source_between(source, module.body[start], module.body[stop - 1])


def picture_page(picture, setup_code):
    return f"""# {picture.title}

{picture.caption}

![{picture.title}]({picture.file})

```python
{picture.code}
```

:::{{dropdown}} Set-up: what the code starts from
```python
{setup_code}
```
:::
"""


def card(picture):
    return f""":::{{grid-item-card}} {picture.title}
:img-top: {picture.file}
:img-alt: {picture.title}
:link: {picture.name}
:link-type: doc

{picture.caption}
:::
"""


def make_gallery_pages(_app, _config):
    pictures, setup_code = read_pictures((GALLERY / "make.py").read_text(encoding="utf-8"))
    pages = {GALLERY / f"{picture.name}.md": picture_page(picture, setup_code) for picture in pictures}
    index = [
        "# Gallery\n",
        "Pictures of January 2022 in Kazakhstan, drawn from the case in the package. Select one for its code.\n",
        "```{toctree}\n:hidden:\n",
        *(picture.name for picture in pictures),
        "```\n",
        "::::{grid} 1 2 2 3\n:gutter: 3\n",
        *map(card, pictures),
        "::::\n",
    ]
    pages[GALLERY / "index.md"] = "\n".join(index)
    for path, text in pages.items():
        write(path, text)
    remove_others(GALLERY, "*.md", keep={*pages, GALLERY / "README.md"})


def setup(app):
    app.connect("config-inited", make_gallery_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
