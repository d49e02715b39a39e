"""Office documents, pages, mail and databases, written by hand as small as their readers take them."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable

from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, placed

DOC = Family.DOCUMENTS
_THEN = (2026, 11, 22, 10, 0, 0)
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = "application/vnd.openxmlformats-officedocument."
_XLSX, _DOCX, _PPTX = f"{_TYPES}spreadsheetml.sheet", f"{_TYPES}wordprocessingml.document", f"{_TYPES}presentationml.presentation"
_ODT = "application/vnd.oasis.opendocument.text"
Files = dict[str, str]
Ways = tuple[Callable[[Secret], Request], Callable[[Request], str]]


def archive(files: Files) -> bytes:
    """A ZIP archive of texts; the first is stored, as OpenDocument wants it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as held:
        for at, (name, text) in enumerate(files.items()):
            told = zipfile.ZipInfo(name, _THEN)
            told.compress_type = zipfile.ZIP_STORED if at == 0 else zipfile.ZIP_DEFLATED
            held.writestr(told, text)
    return out.getvalue()


def member(data: bytes, name: str) -> str:
    """A text of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        return held.read(name).decode()


def _relations(*targets: tuple[str, str]) -> str:
    rows = "".join(f'<Relationship Id="rId{at}" Type="{_OFFICE}/{kind}" Target="{target}"/>' for at, (kind, target) in enumerate(targets, 1))
    return f'<Relationships xmlns="{_RELATIONS}">{rows}</Relationships>'


def _types(main: str, kind: str, *parts: tuple[str, str]) -> str:
    rows = "".join(f'<Override PartName="/{name}" ContentType="{_TYPES}{each}+xml"/>' for name, each in ((main, kind), *parts))
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{rows}</Types>'
    )


def workbook(rows: str, *, state: str = "visible", shared: str = "", name: str = "Sheet1", more: Files | None = None) -> bytes:
    """An xlsx of one sheet, and an empty one before it where that sheet is hidden."""
    sheet = f'<worksheet xmlns="{_SHEETS}"><sheetData>{rows}</sheetData></worksheet>'
    hidden = "" if state == "visible" else '<sheet name="Empty" sheetId="2" r:id="rId2"/>'
    return archive({
        "[Content_Types].xml": _types("xl/workbook.xml", "spreadsheetml.sheet.main", ("xl/worksheets/sheet1.xml", "spreadsheetml.worksheet"), ("xl/worksheets/sheet2.xml", "spreadsheetml.worksheet"), ("xl/sharedStrings.xml", "spreadsheetml.sharedStrings")),
        "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{_SHEETS}" xmlns:r="{_OFFICE}"><sheets>{hidden}<sheet name="{name}" sheetId="1" state="{state}" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(("worksheet", "worksheets/sheet1.xml"), ("worksheet", "worksheets/sheet2.xml"), ("sharedStrings", "sharedStrings.xml")),
        "xl/worksheets/sheet1.xml": sheet,
        "xl/worksheets/sheet2.xml": f'<worksheet xmlns="{_SHEETS}"><sheetData/></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_SHEETS}">{shared}</sst>',
        **(more or {}),
    })  # fmt: skip


def letter(body: str, more: Files | None = None) -> bytes:
    """A docx."""
    return archive({
        "[Content_Types].xml": _types("word/document.xml", "wordprocessingml.document.main", ("word/header1.xml", "wordprocessingml.header"), ("word/comments.xml", "wordprocessingml.comments"), ("docProps/custom.xml", "custom-properties")),
        "_rels/.rels": _relations(("officeDocument", "word/document.xml"), ("custom-properties", "docProps/custom.xml")),
        "word/document.xml": f'<w:document xmlns:w="{_WORDS}"><w:body>{body}</w:body></w:document>',
        "word/_rels/document.xml.rels": _relations(("header", "header1.xml"), ("comments", "comments.xml")),
        **(more or {}),
    })  # fmt: skip


def _cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{html.escape(text)}</t></is></c>'


def _run(text: str, properties: str = "") -> str:
    return f"<w:r>{properties}<w:t xml:space=\"preserve\">{html.escape(text)}</w:t></w:r>"


def office(write: Callable[[Secret], bytes], name: str, content_type: str, tags: str = "") -> Ways:
    """A file whose part `name` the receiver reads, without markup; `tags` may say which markup to drop."""
    drop = re.compile(tags or "<[^>]*>")
    return (
        lambda secret: Request(write(secret), content_type),
        lambda request: html.unescape(drop.sub("", member(request.body, name))),
    )


def _table(secret: Secret, value: str) -> str:
    return f'<row r="1">{_cell("A1", "no")}{_cell("B1", secret.key)}</row><row r="2">{_cell("A2", "1")}{value}</row>'


def _shared(secret: Secret) -> bytes:
    strings = f"<si><t>{secret.key}</t></si><si><t>{html.escape(secret.value)}</t></si>"
    rows = '<row r="1"><c r="B1" t="s"><v>0</v></c></row><row r="2"><c r="B2" t="s"><v>1</v></c></row>'
    return workbook(rows, shared=strings)


def _rich(secret: Secret) -> bytes:
    half = len(secret.value) // 2
    runs = f"<r><t>{secret.value[:half]}</t></r><r><t>{secret.value[half:]}</t></r>"
    strings = f"<si><t>{secret.key}</t></si><si>{runs}</si>"
    rows = '<row r="1"><c r="B1" t="s"><v>0</v></c></row><row r="2"><c r="B2" t="s"><v>1</v></c></row>'
    return workbook(rows, shared=strings)


def _columns(secret: Secret) -> bytes:
    half = len(secret.value) // 2
    cells = _cell("B2", secret.value[:half]) + _cell("C2", secret.value[half:])
    return workbook(f'<row r="1">{_cell("B1", secret.key)}{_cell("C1", secret.key + "2")}</row><row r="2">{cells}</row>')


def _split(secret: Secret) -> bytes:
    runs = "".join(_run(secret.value[at : at + 5], "<w:rPr><w:b/></w:rPr>" if at % 2 else "") for at in range(0, len(secret.value), 5))
    return letter(f"<w:p>{_run(secret.label + ': ')}{runs}</w:p>")


def _paragraph(secret: Secret, properties: str = "") -> str:
    return f"<w:p>{_run(f'{secret.label}: {secret.value}', properties)}</w:p>"


def _deleted(secret: Secret) -> bytes:
    text = html.escape(f"{secret.label}: {secret.value}")
    return letter(f'<w:p><w:del w:id="1" w:author="a"><w:r><w:delText>{text}</w:delText></w:r></w:del>{_run("x")}</w:p>')


def _property(secret: Secret) -> bytes:
    space = "http://schemas.openxmlformats.org/officeDocument/2006"
    value = f'<vt:lpwstr>{html.escape(secret.value)}</vt:lpwstr>'
    return letter(_run("x").join(("<w:p>", "</w:p>")), {"docProps/custom.xml": f'<Properties xmlns="{space}/custom-properties" xmlns:vt="{space}/docPropsVTypes"><property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="2" name="{secret.key}">{value}</property></Properties>'})  # fmt: skip


def _slides(secret: Secret) -> bytes:
    a, p = "http://schemas.openxmlformats.org/drawingml/2006/main", "http://schemas.openxmlformats.org/presentationml/2006/main"
    text = f"<a:p><a:r><a:t>{secret.label}: {html.escape(secret.value)}</a:t></a:r></a:p>"
    shape = f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="t"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>{text}</p:txBody></p:sp>'
    return archive({
        "[Content_Types].xml": _types("ppt/presentation.xml", "presentationml.presentation.main", ("ppt/slides/slide1.xml", "presentationml.slide")),
        "_rels/.rels": _relations(("officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": f'<p:presentation xmlns:p="{p}" xmlns:r="{_OFFICE}"><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst></p:presentation>',
        "ppt/_rels/presentation.xml.rels": _relations(("slide", "slides/slide1.xml")),
        "ppt/slides/slide1.xml": f'<p:sld xmlns:p="{p}" xmlns:a="{a}"><p:cSld><p:spTree>{shape}</p:spTree></p:cSld></p:sld>',
    })  # fmt: skip


def _odt(secret: Secret) -> bytes:
    office_space, text = "urn:oasis:names:tc:opendocument:xmlns:office:1.0", "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    half = len(secret.value) // 2
    value = f"{secret.value[:half]}<text:span>{secret.value[half:]}</text:span>"
    return archive({
        "mimetype": _ODT,
        "META-INF/manifest.xml": f'<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry m:full-path="/" m:media-type="{_ODT}"/><m:file-entry m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>',
        "content.xml": f'<office:document-content xmlns:office="{office_space}" xmlns:text="{text}"><office:body><office:text><text:p>{secret.label}: {value}</text:p></office:text></office:body></office:document-content>',
    })  # fmt: skip


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "xlsx",
        DOC,
        "opens the workbook",
        [
            Place("inline string", *office(lambda s: workbook(_table(s, _cell("B2", s.value))), "xl/worksheets/sheet1.xml", _XLSX)),
            Place("shared string", *office(_shared, "xl/sharedStrings.xml", _XLSX)),
            Place("runs", *office(_rich, "xl/sharedStrings.xml", _XLSX)),
        ],
    ),
    placed(
        "hidden sheet",
        DOC,
        "shows the sheet, or reads the parts",
        [Place(state, *office(lambda s, state=state: workbook(_table(s, _cell("B2", s.value)), state=state), "xl/worksheets/sheet1.xml", _XLSX)) for state in ("hidden", "veryHidden")],  # type: ignore[misc]
    ),
    placed("number in a cell", DOC, "opens the workbook", [Place("number", *office(lambda s: workbook(_table(s, f'<c r="B2"><v>{s.value}</v></c>')), "xl/worksheets/sheet1.xml", _XLSX))], lambda s: s.value.isdecimal()),
    placed("halves in two cells", DOC, "joins the columns", [Place("columns", *office(_columns, "xl/worksheets/sheet1.xml", _XLSX, "<[^>]*>"))]),
    placed("formula", DOC, "opens the workbook", [Place("text", *office(lambda s: workbook(_table(s, f'<c r="B2" t="str"><f>"{s.value}"</f><v>x</v></c>')), "xl/worksheets/sheet1.xml", _XLSX))]),
    placed("name of a sheet", DOC, "reads the names", [Place("name", *office(lambda s: workbook("", name=f"{s.key} {s.value}"), "xl/workbook.xml", _XLSX, "$^"))]),
    placed("docx", DOC, "opens the document", [Place("paragraph", *office(lambda s: letter(_paragraph(s)), "word/document.xml", _DOCX)), Place("runs", *office(_split, "word/document.xml", _DOCX))]),
    placed("hidden and deleted text", DOC, "shows it, or reads the parts", [Place("hidden", *office(lambda s: letter(_paragraph(s, "<w:rPr><w:vanish/></w:rPr>")), "word/document.xml", _DOCX)), Place("deleted", *office(_deleted, "word/document.xml", _DOCX))]),
    placed(
        "margins of a docx",
        DOC,
        "opens the document, or reads the parts",
        [
            Place("header", *office(lambda s: letter("<w:p/>", {"word/header1.xml": f'<w:hdr xmlns:w="{_WORDS}">{_paragraph(s)}</w:hdr>'}), "word/header1.xml", _DOCX)),
            Place("comment", *office(lambda s: letter("<w:p/>", {"word/comments.xml": f'<w:comments xmlns:w="{_WORDS}"><w:comment w:id="0" w:author="a">{_paragraph(s)}</w:comment></w:comments>'}), "word/comments.xml", _DOCX)),
            Place("property", *office(_property, "docProps/custom.xml", _DOCX)),
            Place("part of nothing", *office(lambda s: letter("<w:p/>", {"word/media/x.txt": f"{s.key}: {s.value}"}), "word/media/x.txt", _DOCX, "$^")),
        ],
    ),
    placed("pptx", DOC, "opens the slides", [Place("slide", *office(_slides, "ppt/slides/slide1.xml", _PPTX))]),
    placed("OpenDocument", DOC, "opens the document", [Place("text", *office(_odt, "content.xml", _ODT))]),
)
