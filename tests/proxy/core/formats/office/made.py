"""Office documents for tests: packages by hand, byte for byte, and a writer of compound files."""

from __future__ import annotations

import io
import struct
import zipfile
from html import escape
from itertools import pairwise

from proxy.core.message import Operator
from tests.proxy.core.gate import LOGGING, Redact, engine, forwarded, inspected, message

ID, MASK = "440106199003072170", "440106********2170"
PHONE, PHONE_MASK = "13800138000", "138****8000"
GATE = engine(Redact({"CN_RESIDENT_ID": Operator.MASK, "CN_MOBILE": Operator.MASK}))

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/sharedStrings.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)


def archive(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in members.items() if isinstance(members, dict) else members:
            file.writestr(name, content.encode() if isinstance(content, str) else content)
    return out.getvalue()


def members(data):
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def relations(*entries):
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/relationships/{kind}" Target="{escape(target)}"{more}/>'
        for number, (kind, target, more) in enumerate(entries, 1)
    )
    return f'<Relationships xmlns="{RELATIONS}">{listed}</Relationships>'


def package(extra):
    return archive({"[Content_Types].xml": TYPES, **extra})


def workbook(rows, shared="", more=None, *, title="客户", behind="", prefix=""):
    """A workbook of one sheet: `rows` is what stands in sheetData, `shared` what stands in the shared strings."""
    colon = f"{prefix}:" if prefix else ""
    space = f'xmlns:{prefix}="{MAIN}"' if prefix else f'xmlns="{MAIN}"'
    return package(
        {
            "_rels/.rels": relations(("officeDocument", "xl/workbook.xml", "")),
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}/relationships"><sheets>'
            f'<sheet name="{title}" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(
                ("worksheet", "worksheets/sheet1.xml", ""), ("sharedStrings", "sharedStrings.xml", "")
            ),
            "xl/worksheets/sheet1.xml": f"<{colon}worksheet {space}><{colon}sheetData>{rows}</{colon}sheetData>{behind}"
            f"</{colon}worksheet>",
            "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{shared}</sst>',
            **(more or {}),
        }
    )


def document(body, more=None):
    """A Word document: `body` is what stands in w:body."""
    return package(
        {
            "_rels/.rels": relations(("officeDocument", "word/document.xml", "")),
            "word/document.xml": f'<?xml version="1.0" encoding="UTF-8"?>\n<w:document xmlns:w="{WORD}">'
            f"<w:body>{body}</w:body></w:document>",
            **(more or {}),
        }
    )


def runs(*texts, tag="w:t"):
    return "".join(f"<w:r><w:rPr><w:b/></w:rPr><{tag}>{text}</{tag}></w:r>" for text in texts)


def places(data, entity="CN_RESIDENT_ID"):
    """The parts in which an entity is found."""
    found = inspected(LOGGING, message(data)).findings
    return [finding.part.removeprefix("body/") for finding in found if finding.entity == entity]


def redacted(data, *, gate=GATE, originals=(ID, PHONE)):
    """The document as it leaves: clean on a second look, and without the originals in any member."""
    new = forwarded(message(data), gate).body
    if data[:2] == b"PK":
        for content in members(new).values():
            for original in originals:
                assert original.encode() not in content
                assert original.encode("utf-16-le") not in content
    return new


def changed(before, after):
    """The members that differ; all others are the same bytes."""
    old, new = members(before), members(after)
    assert list(old) == list(new)
    return {name for name in old if old[name] != new[name]}


def compound(streams):
    """A compound file (MS-CFB) of streams by path; none in the short sectors of small streams."""
    storages = sorted({path[:depth] for path in streams for depth in range(1, len(path))}, key=len)
    entries = [((), 5, b""), *((path, 1, b"") for path in storages)]
    entries += [(path, 2, data) for path, data in streams.items()]
    numbers = {path: number for number, (path, kind, _) in enumerate(entries)}
    children = {path: [each for each in numbers if each and each[:-1] == path] for path in numbers}
    sectors, table = [], []

    def chain(data):
        first = len(sectors)
        count = max(-(-len(data) // 512), 1)
        sectors.extend(data[at * 512 : (at + 1) * 512].ljust(512, b"\0") for at in range(count))
        table.extend([*range(first + 1, first + count), 0xFFFFFFFE])
        return first

    starts = {path: chain(data) for path, kind, data in entries if kind == 2}
    directory = b""
    siblings = {}
    for kids in children.values():
        for left, right in pairwise(kids):
            siblings[left] = numbers[right]
    for path, kind, data in entries:
        name = (path[-1] if path else "Root Entry").encode("utf-16-le") + b"\0\0"
        kids = children.get(path, [])
        directory += struct.pack(
            "<64sHBBIII16sIQQIII", name.ljust(64, b"\0"), len(name), kind, 1, 0xFFFFFFFF,
            siblings.get(path, 0xFFFFFFFF), numbers[kids[0]] if kids else 0xFFFFFFFF, b"", 0, 0, 0,
            starts.get(path, 0xFFFFFFFE), len(data), 0,
        )  # fmt: skip
    first_directory = chain(directory.ljust(-(-len(directory) // 512) * 512, b"\0"))
    count = -(-(len(table) + 8) // 127)
    allocation = [len(sectors) + at for at in range(count)]
    table += [0xFFFFFFFD] * count
    sectors += [b""] * count
    raw = struct.pack(f"<{len(table)}I", *table).ljust(count * 512, b"\xff")
    for at, sector in enumerate(allocation):
        sectors[sector] = raw[at * 512 : (at + 1) * 512]
    head = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, 0, count,
        first_directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0,
    )  # fmt: skip
    named = allocation + [0xFFFFFFFF] * (109 - count)
    return head + struct.pack("<109I", *named) + b"".join(sectors)
