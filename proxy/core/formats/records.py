"""Which record a finding belongs to, read off the name of its place: an object, a row, a form is one person mostly."""

from __future__ import annotations

import re

_PLACE = re.compile(
    r"(.*?(?:\A|/)(?:json|ndjson|msgpack|cbor|bson|avro|protobuf|csv|text|sql|sqlite|parquet|arrow|form|image|xml|html))"
    r":(.*)",
    re.DOTALL,
)
_OBJECTS = frozenset(("json", "ndjson", "msgpack", "cbor", "bson", "avro"))
_TABLES = frozenset(("csv", "text", "sql", "sqlite", "parquet", "arrow"))
_SHEET = re.compile(r"(.*(?:\A|/)[^/]*!)[A-Z]{1,3}([0-9]+)(?:#[^/]*)?", re.DOTALL)
_PAGE = re.compile(r"(.*(?:/row\[[0-9]+\](?=/cell\[)|/pdf:(?:revision\[-[0-9]+\]/)?page\[[0-9]+\]))", re.DOTALL)
_FIELD = re.compile(r"(.*/multipart):.*/text", re.DOTALL)
_ROW = re.compile(r"(?:[0-9]+|[^/]*\[[0-9]+\])(?=/)")
_INNER = re.compile(r"(.*?#(?:[0-9]+|[^/#]*\[[0-9]+\]))/", re.DOTALL)
_STEP = re.compile(r"/[^/]*(?:/(?:0|[1-9][0-9]*))*\Z")
_FIELDS = re.compile(r"(?:/[0-9]+\{[0-9]+\}(?:/2(?:\[[0-9]+\])?)?)?/[0-9]+(?:\[[0-9]+\])?\Z")
_ELEMENT = re.compile(r"/[^/]*\Z")
_FRONT = re.compile(r"(?:url:query|url|header|cookie|trailer)(?=[:#]|\Z)")


def record_of(part: str) -> str:
    """The record of the place that `part` names: what all places of the record share of their names.

    Of JSON and its binary kin the object that holds the member (`body/json:/users/3/phones/0` → `body/json:/users/3`),
    of a table the row (`body/csv:2/手机` → `body/csv:2`; of a sheet `a.xlsx/Sheet1!B3` → `a.xlsx/Sheet1!3`), of SQL the
    row of values (`body/sql:users[2]/mobile` → `body/sql:users[2]`), of XML the parent element, of Protocol Buffers the
    message, with the entries of its maps; all of a form, of a page, of a picture, of the plain fields of a multipart
    body, of the header fields, of a text without tables. Asked again of a JSON or XML record, it answers with the
    record around that one.

    Total: a name that is built to look like another kind of place only moves the place to another record.
    """
    front = _FRONT.match(part)
    if front is not None:
        return front[0]
    field = _FIELD.fullmatch(part)
    if field is not None:
        return field[1]
    sheet = _SHEET.fullmatch(part)
    if sheet is not None:
        return f"{sheet[1]}{sheet[2]}"
    page = _PAGE.match(part)
    if page is not None:
        return page[1]
    found = _PLACE.fullmatch(part)
    if found is None:
        return part
    container, path = found.groups()
    kind = container.rpartition("/")[2]
    if kind in ("form", "image"):
        return container
    if kind in _TABLES:
        row = _ROW.match(path)
        return f"{container}:{row[0]}" if row else part
    if kind == "protobuf":
        return f"{container}:{_FIELDS.sub('', path)}"
    inner = _INNER.match(path)
    if inner is not None:
        return f"{container}:{inner[1]}"
    return f"{container}:{(_STEP if kind in _OBJECTS else _ELEMENT).sub('', path.partition('#')[0])}"
