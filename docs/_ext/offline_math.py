"""Equations as MathML, written when the site is built: no script, no fonts, no network."""

import re

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml


def mathml(formula, *, as_block):
    """Return MathML with upright Greek letters: many computers have no font with slanted ones."""
    return re.sub(
        r"<mi(?: class=\"capital-greek\")?>([\u0370-\u03ff])</mi>",
        r'<mi mathvariant="normal">\1</mi>',
        tex2mathml(formula, as_block=as_block),
    )


def visit_inline(translator, node):
    translator.body.append(mathml(node.astext(), as_block=False))
    raise nodes.SkipNode


def visit_block(translator, node):
    translator.body.append(translator.starttag(node, "div", CLASS="math notranslate nohighlight"))
    translator.body.append(mathml(node.astext(), as_block=True))
    if node["number"]:
        translator.body.append(f'<span class="eqno">({node["number"]})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append("</div>")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("offline", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
