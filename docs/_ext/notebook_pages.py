"""Copy the notebooks into the site: the first heading is the title, links to docs/ are made to fit their new place."""

import json

from generated_files import DOCS, ROOT, remove_others, write


def copy_notebooks(_app, _config):
    pages = set()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = [line.replace("](../docs/", "](../") for line in cell["source"]]
        page = DOCS / "tutorials" / path.name
        write(page, json.dumps(notebook, ensure_ascii=False, indent=1) + "\n")
        pages.add(page)
    remove_others(DOCS / "tutorials", "*.ipynb", keep=pages)


def setup(app):
    app.connect("config-inited", copy_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
