"""Workbooks, written by hand as small as their readers take them."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable

from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, Way, placed
from proxy.cli.evasions.ways import digits

DOC = Family.DOCUMENTS
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPES = "application/vnd.openxmlformats-"
_XLSX = f"{_TYPES}officedocument.spreadsheetml.sheet"
_SHEET = "xl/worksheets/sheet1.xml"
_STRINGS = "xl/sharedStrings.xml"
_THEN = (2026, 11, 22, 10, 0, 0)
Files = dict[str, str]


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


def relations(*targets: str) -> str:
    """A part's relationships, `kind target` each."""
    pairs = enumerate((each.split() for each in targets), 1)
    rows = (f'<Relationship Id="rId{at}" Type="{OFFICE}/{kind}" Target="{to}"/>' for at, (kind, to) in pairs)
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(rows)}</Relationships>'


def types(*parts: str) -> str:
    """The content types of a package, `name type` each."""
    pairs = (each.split() for each in parts)
    rows = (f'<Override PartName="/{name}" ContentType="{_TYPES}officedocument.{kind}+xml"/>' for name, kind in pairs)
    return (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="rels" ContentType="{_TYPES}package.relationships+xml"/>{"".join(rows)}</Types>'
    )


def workbook(rows: str, *, state: str = "visible", shared: str = "", name: str = "Sheet1") -> bytes:
    """An xlsx of one sheet, and an empty one before it where that sheet is hidden."""
    empty = "" if state == "visible" else '<sheet name="Empty" sheetId="2" r:id="rId2"/>'
    sheets = f'{empty}<sheet name="{name}" sheetId="1" state="{state}" r:id="rId1"/>'
    return archive(
        {
            "[Content_Types].xml": types(
                "xl/workbook.xml spreadsheetml.sheet.main",
                f"{_SHEET} spreadsheetml.worksheet",
                "xl/worksheets/sheet2.xml spreadsheetml.worksheet",
                f"{_STRINGS} spreadsheetml.sharedStrings",
            ),
            "_rels/.rels": relations("officeDocument xl/workbook.xml"),
            "xl/workbook.xml": f'<workbook xmlns="{_SHEETS}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(
                "worksheet worksheets/sheet1.xml", "worksheet worksheets/sheet2.xml", "sharedStrings sharedStrings.xml"
            ),
            _SHEET: f'<worksheet xmlns="{_SHEETS}"><sheetData>{rows}</sheetData></worksheet>',
            "xl/worksheets/sheet2.xml": f'<worksheet xmlns="{_SHEETS}"><sheetData/></worksheet>',
            _STRINGS: f'<sst xmlns="{_SHEETS}">{shared}</sst>',
        }
    )


def office(write: Callable[[Secret], bytes], name: str, content_type: str, markup: str = "<[^>]*>") -> Way:
    """A file whose part `name` the receiver reads, without its markup."""
    drop = re.compile(markup)
    return (
        lambda secret: Request(write(secret), content_type),
        lambda request: html.unescape(drop.sub("", member(request.body, name))),
    )


def _book(name: str, write: Callable[[Secret], bytes], part: str = _SHEET) -> Place:
    return Place(name, *office(write, part, _XLSX))


def _cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{html.escape(text)}</t></is></c>'


def _table(secret: Secret, value: str) -> str:
    return f'<row r="1">{_cell("A1", "no")}{_cell("B1", secret.key)}</row><row r="2">{_cell("A2", "1")}{value}</row>'


def _sheet(secret: Secret, state: str = "visible") -> bytes:
    return workbook(_table(secret, _cell("B2", secret.value)), state=state)


def _shared(secret: Secret, value: str) -> bytes:
    rows = '<row r="1"><c r="B1" t="s"><v>0</v></c></row><row r="2"><c r="B2" t="s"><v>1</v></c></row>'
    return workbook(rows, shared=f"<si><t>{secret.key}</t></si><si>{value}</si>")


def _runs(secret: Secret) -> str:
    half = len(secret.value) // 2
    return f"<r><t>{secret.value[:half]}</t></r><r><t>{secret.value[half:]}</t></r>"


def _columns(secret: Secret) -> bytes:
    half = len(secret.value) // 2
    headings = _cell("B1", secret.key) + _cell("C1", secret.key + "2")
    cells = _cell("B2", secret.value[:half]) + _cell("C2", secret.value[half:])
    return workbook(f'<row r="1">{headings}</row><row r="2">{cells}</row>')


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "xlsx",
        DOC,
        "opens the workbook",
        [
            _book("inline string", _sheet),
            _book("shared string", lambda s: _shared(s, f"<t>{html.escape(s.value)}</t>"), _STRINGS),
            _book("runs", lambda s: _shared(s, _runs(s)), _STRINGS),
        ],
    ),
    placed(
        "hidden sheet",
        DOC,
        "shows the sheet, or reads the parts",
        [
            _book("hidden", lambda secret: _sheet(secret, "hidden")),
            _book("very hidden", lambda secret: _sheet(secret, "veryHidden")),
        ],
    ),
    placed(
        "number in a cell",
        DOC,
        "opens the workbook",
        [_book("number", lambda s: workbook(_table(s, f'<c r="B2"><v>{s.value}</v></c>')))],
        digits,
    ),
    placed("halves in two cells", DOC, "joins the columns", [_book("columns", _columns)]),
    placed(
        "formula",
        DOC,
        "opens the workbook",
        [_book("text", lambda s: workbook(_table(s, f'<c r="B2" t="str"><f>"{s.value}"</f><v>x</v></c>')))],
    ),
    placed(
        "name of a sheet",
        DOC,
        "reads the names",
        [Place("name", *office(lambda s: workbook("", name=f"{s.key} {s.value}"), "xl/workbook.xml", _XLSX, "$^"))],
    ),
)
