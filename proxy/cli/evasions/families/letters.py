"""Text documents and slides, written by hand as small as their readers take them."""

from __future__ import annotations

import html
from collections.abc import Callable

from proxy.cli.evasions.families.documents import DOC, OFFICE, Files, archive, office, relations, types
from proxy.cli.evasions.model import Place, Secret, Technique, placed

_WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006"
_OPEN = "urn:oasis:names:tc:opendocument:xmlns"
_TYPES = "application/vnd.openxmlformats-officedocument."
_DOCX, _PPTX = f"{_TYPES}wordprocessingml.document", f"{_TYPES}presentationml.presentation"
_ODT = "application/vnd.oasis.opendocument.text"
_DOCUMENT = "word/document.xml"


_BESIDE = {  # part of the package: its type, and its relationship to the document
    "word/header1.xml": ("wordprocessingml.header", "header header1.xml"),
    "word/comments.xml": ("wordprocessingml.comments", "comments comments.xml"),
}
_CUSTOM = "docProps/custom.xml"


def letter(body: str, more: Files | None = None) -> bytes:
    """A docx."""
    more = more or {}
    known = {name: told for name, told in _BESIDE.items() if name in more}
    custom = [f"{_CUSTOM} custom-properties"] if _CUSTOM in more else []
    return archive(
        {
            "[Content_Types].xml": types(
                f"{_DOCUMENT} wordprocessingml.document.main",
                *(f"{name} {kind}" for name, (kind, _) in known.items()),
                *custom,
            ),
            "_rels/.rels": relations(f"officeDocument {_DOCUMENT}", *(f"custom-properties {_CUSTOM}" for _ in custom)),
            _DOCUMENT: f'<w:document xmlns:w="{_WORDS}"><w:body>{body}</w:body></w:document>',
            "word/_rels/document.xml.rels": relations(*(relation for _, relation in known.values())),
            **more,
        }
    )


def _page(name: str, write: Callable[[Secret], bytes], part: str = _DOCUMENT, markup: str = "<[^>]*>") -> Place:
    return Place(name, *office(write, part, _DOCX, markup))


def _beside(name: str, part: str, text: Callable[[Secret], str], markup: str = "<[^>]*>") -> Place:
    """In another part of the package; the document itself says nothing."""
    return _page(name, lambda secret: letter("<w:p/>", {part: text(secret)}), part, markup)


def _run(text: str, properties: str = "", tag: str = "t") -> str:
    return f'<w:r>{properties}<w:{tag} xml:space="preserve">{html.escape(text)}</w:{tag}></w:r>'


def _paragraph(secret: Secret, properties: str = "") -> str:
    return f"<w:p>{_run(f'{secret.label}: {secret.value}', properties)}</w:p>"


def _split(secret: Secret) -> bytes:
    pieces = (secret.value[at : at + 5] for at in range(0, len(secret.value), 5))
    runs = "".join(_run(piece, "<w:rPr><w:b/></w:rPr>" if at % 2 else "") for at, piece in enumerate(pieces))
    return letter(f"<w:p>{_run(secret.label + ': ')}{runs}</w:p>")


def _deleted(secret: Secret) -> bytes:
    # before it was deleted the number stood before a blank: glued to a letter it would not be known unhidden either
    gone = _run(f"{secret.label}: {secret.value}", tag="delText")
    return letter(f'<w:p><w:del w:id="1" w:author="a">{gone}</w:del>{_run(" x")}</w:p>')


def _comment(secret: Secret) -> str:
    comment = f'<w:comment w:id="0" w:author="a">{_paragraph(secret)}</w:comment>'
    return f'<w:comments xmlns:w="{_WORDS}">{comment}</w:comments>'


def _property(secret: Secret) -> str:
    value = f"<vt:lpwstr>{html.escape(secret.value)}</vt:lpwstr>"
    told = f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="2" name="{secret.key}">{value}</property>'
    spaces = f'xmlns="{_PROPERTIES}/custom-properties" xmlns:vt="{_PROPERTIES}/docPropsVTypes"'
    return f"<Properties {spaces}>{told}</Properties>"


def _slides(secret: Secret) -> bytes:
    text = f"<a:p><a:r><a:t>{secret.label}: {html.escape(secret.value)}</a:t></a:r></a:p>"
    head = '<p:nvSpPr><p:cNvPr id="2" name="t"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/>'
    tree = f"<p:spTree><p:sp>{head}<p:txBody><a:bodyPr/>{text}</p:txBody></p:sp></p:spTree>"
    listed = '<p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst>'
    return archive(
        {
            "[Content_Types].xml": types(
                "ppt/presentation.xml presentationml.presentation.main", "ppt/slides/slide1.xml presentationml.slide"
            ),
            "_rels/.rels": relations("officeDocument ppt/presentation.xml"),
            "ppt/presentation.xml": f'<p:presentation xmlns:p="{_SLIDES}" xmlns:r="{OFFICE}">{listed}</p:presentation>',
            "ppt/_rels/presentation.xml.rels": relations("slide slides/slide1.xml"),
            "ppt/slides/slide1.xml": f'<p:sld xmlns:p="{_SLIDES}" xmlns:a="{_DRAWING}"><p:cSld>{tree}</p:cSld></p:sld>',
        }
    )


def _odt(secret: Secret) -> bytes:
    half = len(secret.value) // 2
    value = f"{secret.value[:half]}<text:span>{secret.value[half:]}</text:span>"
    entries = "".join(
        f'<m:file-entry m:full-path="{path}" m:media-type="{kind}"/>'
        for path, kind in (("/", _ODT), ("content.xml", "text/xml"))
    )
    spaces = f'xmlns:office="{_OPEN}:office:1.0" xmlns:text="{_OPEN}:text:1.0"'
    body = f"<office:body><office:text><text:p>{secret.label}: {value}</text:p></office:text></office:body>"
    return archive(
        {
            "mimetype": _ODT,
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="{_OPEN}:manifest:1.0">{entries}</m:manifest>',
            "content.xml": f"<office:document-content {spaces}>{body}</office:document-content>",
        }
    )


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "docx",
        DOC,
        "opens the document",
        [_page("paragraph", lambda s: letter(_paragraph(s))), _page("runs", _split)],
    ),
    placed(
        "hidden and deleted text",
        DOC,
        "shows it, or reads the parts",
        [
            _page("hidden", lambda s: letter(_paragraph(s, "<w:rPr><w:vanish/></w:rPr>"))),
            _page("deleted", _deleted),
        ],
    ),
    placed(
        "margins of a docx",
        DOC,
        "opens the document, or reads the parts",
        [
            _beside("header", "word/header1.xml", lambda s: f'<w:hdr xmlns:w="{_WORDS}">{_paragraph(s)}</w:hdr>'),
            _beside("comment", "word/comments.xml", _comment),
            _beside("property", _CUSTOM, _property),
            _beside("part of nothing", "word/media/x.txt", lambda s: f"{s.key}: {s.value}", "$^"),
        ],
    ),
    placed("pptx", DOC, "opens the slides", [Place("slide", *office(_slides, "ppt/slides/slide1.xml", _PPTX))]),
    placed("OpenDocument", DOC, "opens the document", [Place("text", *office(_odt, "content.xml", _ODT))]),
)
