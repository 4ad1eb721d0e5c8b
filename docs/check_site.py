"""Check the built site and list its faults: `python docs/check_site.py build/docs/html` (part of `make docs`).

Nothing may be loaded from another host; every local link must lead to a file and a place in it; every public name has a
page; every reference to the library in a written page is resolved; every notebook shows a picture or a map.
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import protestspread as ps

OUTSIDE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
CSS_LOADS = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s]+)""")
LOADING = {
    ("audio", "src"), ("embed", "src"), ("iframe", "src"), ("img", "src"), ("input", "src"), ("link", "href"), ("object", "data"),
    ("script", "src"), ("source", "src"), ("track", "src"), ("video", "poster"), ("video", "src"), ("image", "href"), ("use", "href"),
}  # fmt: skip
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
NOT_LOADED = {"canonical", "next", "prev", "author", "license", "search", "index"}  # relations of <link>


class Page(HTMLParser):
    """What a page loads, links to, and offers as targets."""

    def __init__(self, html):
        super().__init__()
        self.loads, self.links, self.anchors, self.unresolved, self.pictures = [], [], set(), [], 0
        self._inside, self._stack, self._style = None, [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self.anchors.update(given[name] for name in ("id", "name") if name in given)
        for name, value in given.items():
            if (tag, name) in LOADING and not (tag == "link" and set(given.get("rel", "").split()) <= NOT_LOADED):
                self.loads.append(value)
            elif name == "srcset":
                self.loads += [part.split()[0] for part in value.split(",") if part.strip()]
            elif name == "srcdoc":
                self.loads += Page(value).loads
            elif name == "style":
                self.loads += CSS_LOADS.findall(value)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        classes = given.get("class", "").split()
        self.pictures += tag in {"img", "iframe", "video"} and any(is_output for _, is_output in self._stack)
        self._style = tag == "style"
        if tag not in VOID:
            self._stack.append((tag, "cell_output" in classes))
        if tag == "code" and {"xref", "py"} <= set(classes) and "a" not in (name for name, _ in self._stack):
            self._inside = ""

    def handle_endtag(self, tag):
        if any(name == tag for name, _ in self._stack):
            while self._stack.pop()[0] != tag:
                pass
        if tag == "code" and self._inside is not None:
            self.unresolved.append(self._inside)
            self._inside = None
        self._style = False

    def handle_data(self, data):
        if self._inside is not None:
            self._inside += data
        if self._style:
            self.loads += CSS_LOADS.findall(data)


def local_target(page, link):
    """Return the file and the fragment that a link leads to, or None for a link to another host or a mail address."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    return (file / "index.html" if file.is_dir() else file), unquote(parts.fragment)


def html_files(site):
    """Return the pages, without the templates that the theme puts among its static files."""
    return [path for path in sorted(site.rglob("*.html")) if "_static" not in path.relative_to(site).parts]


def faults_of_pages(site):
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in html_files(site)}
    for path, page in pages.items():
        name = path.relative_to(site).as_posix()
        for load in page.loads:
            if OUTSIDE.match(load):
                yield f"{name}: loads {load[:120]} from another host"
        for link in {*page.links, *(load for load in page.loads if not load.startswith(("data:", "#")))}:
            target = local_target(path, link)
            if target is None:
                continue
            file, fragment = target
            if not file.exists():
                yield f"{name}: {link} leads nowhere"
            elif fragment and file in pages and fragment not in pages[file].anchors:
                yield f"{name}: {link} leads to a place that is not on that page"
        if not name.startswith(("api/", "_modules/")):
            yield from (f"{name}: {reference} is not a public name" for reference in page.unresolved)
        if name.startswith("tutorials/") and name != "tutorials/index.html" and not page.pictures:
            yield f"{name}: no picture among the outputs of the notebook"


def faults_of_styles(site):
    for path in sorted(site.rglob("*.css")):
        for load in CSS_LOADS.findall(path.read_text(encoding="utf-8")):
            if OUTSIDE.match(load):
                yield f"{path.relative_to(site)}: loads {load} from another host"


def faults_of_api(site):
    listed = "".join(path.read_text(encoding="utf-8") for path in site.glob("api/*.html"))
    for name in ps.__all__:
        if f'id="protestspread.{name}' not in listed and not name.startswith("_"):
            yield f"api: no page for {name}"


def main():
    site = Path(sys.argv[1]).resolve()
    faults = [*faults_of_pages(site), *faults_of_styles(site), *faults_of_api(site)]
    print(*faults, sep="\n", end="\n" if faults else "")
    pages = len(html_files(site))
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) / 1e6
    print(f"{pages} pages, {size:.1f} MB, {len(faults)} faults")
    return 1 if faults or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
