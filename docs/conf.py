"""Configuration of the documentation site: `make docs`."""

import os
import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_ext"))

from generated_files import outputs_folder

import protestspread

OUTPUTS = outputs_folder()
os.environ["TQDM_DISABLE"] = "1"  # a progress bar would be stored in a page as a dead widget
os.environ.pop("MPLBACKEND", None)  # with "agg" the notebooks would show no figures

project = "protestspread"
author = "The protestspread developers"
copyright = "The protestspread developers"  # noqa: A001
release = version = protestspread.__version__
root_doc = "index"
exclude_patterns = ["_*", "gallery/README.md"]
templates_path = ["_templates"]
extensions = [
    # in docs/_ext
    "api_pages",
    "gallery_pages",
    "notebook_pages",
    "landing_map",
    "offline_math",
    "parameter_types",
    # installed
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
]

# pages
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
html_math_renderer = "offline"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# API pages
default_role = "py:obj"  # `knox_test` in a docstring becomes a link
toc_object_entries = False
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "none"  # types stand with the parameters: see parameter_types
autosummary_generate = True
autosummary_ignore_module_all = False
numpydoc_class_members_toctree = False
numpydoc_show_class_members = False  # _templates/autosummary/class.rst lists them

# notebooks: executed once for each state of the code and the data; an error stops the build
nb_execution_mode = "cache"
nb_execution_cache_path = str(OUTPUTS / "notebooks")
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_execution_timeout = 300
nb_merge_streams = True
nb_ipywidgets_js = {}  # no scripts from other hosts
suppress_warnings = ["mystnb.unknown_mime_type"]

# HTML
html_theme = "pydata_sphinx_theme"
html_title = "protestspread"
html_static_path = ["_static"]
html_extra_path = [str(OUTPUTS / "extra")]
html_favicon = "_static/favicon.svg"
html_css_files = ["site.css"]
html_js_files = [("accessible_names.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_context = {"default_mode": "auto"}
html_sidebars = {"index": [], "getting_started": [], "any_country": []}
html_theme_options = {
    "logo": {"text": "protestspread"},
    "navbar_align": "left",
    "navbar_persistent": ["search_link"],
    "header_links_before_dropdown": 7,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
