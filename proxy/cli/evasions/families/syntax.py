"""Comments, attributes, literals: the corners of pages and markup."""

from __future__ import annotations

import re

from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, placed

SYN = Family.SYNTAX
_HTML, _XML, _SVG = "text/html; charset=utf-8", "application/xml", "image/svg+xml"
_HOLE = re.compile("«(v|key|label|a|b)»")


def filled(form: str, secret: Secret) -> str:
    """«v» the value, «a» and «b» its halves, «key» and «label» what it is."""
    half = len(secret.value) // 2
    words = {
        "v": secret.value,
        "key": secret.key,
        "label": secret.label,
        "a": secret.value[:half],
        "b": secret.value[half:],
    }
    return _HOLE.sub(lambda hole: words[hole[1]], form)


def framed(name: str, content_type: str, form: str) -> Place:
    """The value as it stands inside something else; the receiver looks for it there."""
    return Place(
        name, lambda secret: Request(filled(form, secret).encode(), content_type), lambda request: request.text
    )


def halved(name: str, content_type: str, form: str, between: str) -> Place:
    """The value in two pieces; the receiver's program joins them, as if `between` were not there."""
    whole = form.replace("«v»", f"«a»{between}«b»")
    return Place(
        name,
        lambda secret: Request(filled(whole, secret).encode(), content_type),
        lambda request: request.text.replace(between, ""),
    )


def _page(inner: str) -> str:
    return f"<!DOCTYPE html><html><head><title>t</title></head><body><p>Hello</p>{inner}</body></html>"


def _svg(inner: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{inner}</svg>'


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "HTML comment",
        SYN,
        "reads the source of the page",
        [
            framed("comment", _HTML, _page("<!-- «key»: «v» -->")),
            framed("conditional", _HTML, _page("<!--[if IE]>«key»: «v»<![endif]-->")),
        ],
    ),
    placed(
        "HTML attribute",
        SYN,
        "reads the source of the page",
        [
            framed("data-", _HTML, _page('<i data-«key»="«v»">x</i>')),
            framed("title", _HTML, _page('<a href="#" title="«label»: «v»">x</a>')),
            framed("hidden input", _HTML, _page('<input type="hidden" name="«key»" value="«v»">')),
            framed("unquoted", _HTML, _page("<input name=«key» value=«v»>")),
            framed("link", _HTML, _page('<a href="https://example.com/?«key»=«v»">x</a>')),
        ],
    ),
    placed(
        "hidden in a page",
        SYN,
        "reads the source of the page",
        [
            framed("script", _HTML, _page('<script>var «key» = "«v»";</script>')),
            framed("JSON-LD", _HTML, _page('<script type="application/ld+json">{"«key»":"«v»"}</script>')),
            framed("template", _HTML, _page("<template>«label»: «v»</template>")),
            framed("style", _HTML, _page("<style>/* «key»: «v» */</style>")),
            framed("invisible", _HTML, _page('<div style="font-size:0">«label»：«v»</div>')),
        ],
    ),
    placed(
        "halves in a page",
        SYN,
        "shows the page",
        [
            halved("bold", _HTML, _page("<p>«label»: «v»</p>"), "<b></b>"),
            halved("comment", _HTML, _page("<p>«label»: «v»</p>"), "<!-- x -->"),
            halved("inline", _HTML, _page("<p>«label»: <u>«v»</u></p>"), "</u><u>"),
        ],
    ),
    placed(
        "XML comment, instruction, CDATA",
        SYN,
        "reads the source",
        [
            framed("comment", _XML, "<r><!-- «key»: «v» --></r>"),
            framed("instruction", _XML, "<?app «key»=«v»?><r/>"),
            framed("CDATA", _XML, "<r><«key»><![CDATA[«v»]]></«key»></r>"),
            framed("attribute", _XML, "<r «key»='«v»'/>"),
            framed("namespace", _XML, '<r xmlns:x="urn:«key»:«v»"/>'),
        ],
    ),
    placed(
        "halves in XML",
        SYN,
        "an XML parser",
        [
            halved("two CDATA", _XML, "<r><«key»><![CDATA[«v»]]></«key»></r>", "]]><![CDATA["),
            halved("comment", _XML, "<r><«key»>«v»</«key»></r>", "<!---->"),
            halved("instruction", _XML, "<r><«key»>«v»</«key»></r>", "<?x?>"),
        ],
    ),
    placed(
        "XML entity",
        SYN,
        "an XML parser that expands entities",
        [
            framed("whole", _XML, '<!DOCTYPE r [<!ENTITY e "«v»">]><r><«key»>&e;</«key»></r>'),
            Place(
                "halves",
                lambda s: Request(
                    filled('<!DOCTYPE r [<!ENTITY a "«a»"><!ENTITY b "«b»">]><r><«key»>&a;&b;</«key»></r>', s).encode(),
                    _XML,
                ),
                lambda request: "".join(re.findall(r'ENTITY . "([^"]*)"', request.text)),
            ),
        ],
    ),
    placed(
        "SVG",
        SYN,
        "shows the picture, or reads its source",
        [
            framed("title", _SVG, _svg("<title>«label» «v»</title>")),
            framed("desc", _SVG, _svg("<desc>«key»: «v»</desc>")),
            framed("text", _SVG, _svg('<text y="9">«label»：«v»</text>')),
            halved("tspan", _SVG, _svg("<text>«label»: <tspan>«v»</tspan></text>"), "</tspan><tspan>"),
            framed("metadata", _SVG, _svg("<metadata><«key»>«v»</«key»></metadata>")),
        ],
    ),
    placed(
        "CSS",
        SYN,
        "reads the style sheet",
        [
            framed("content", "text/css", 'p::after { content: "«key»: «v»"; }'),
            framed("comment", "text/css", "p { color: red; } /* «key»: «v» */"),
            framed("property", "text/css", ":root { --«key»: «v»; }"),
        ],
    ),
    placed(
        "Markdown, LaTeX, wiki text",
        SYN,
        "reads the source",
        [
            framed("table", "text/markdown", "| «key» | city |\n| --- | --- |\n| «v» | Macau |\n"),
            framed("link title", "text/markdown", '[x](https://example.com "«label»: «v»")\n'),
            framed("reference", "text/markdown", "[//]: # («key» «v»)\n"),
            halved("emphasis", "text/markdown", "«label»: **«v»**\n", "****"),
            framed("LaTeX comment", "application/x-tex", "% «key»: «v»\n\\begin{document}x\\end{document}\n"),
            halved("LaTeX groups", "application/x-tex", "\\begin{document}«label»: «v»\\end{document}\n", "{}"),
        ],
    ),
)
