"""Which record a finding belongs to, read off the name of its place: an object, a row, a form is one person mostly."""

from __future__ import annotations

import re

_PLACE = re.compile(r"(.*?(?:\A|/)(?:json|ndjson|csv|text|sql|form|xml|html)):(.*)", re.DOTALL)
_FIELD = re.compile(r"(.*/multipart):.*/text", re.DOTALL)
_ROW = re.compile(r"(?:[0-9]+|[^/]*\[[0-9]+\])(?=/)")
_INNER = re.compile(r"(.*?#(?:[0-9]+|[^/#]*\[[0-9]+\]))/", re.DOTALL)
_STEP = re.compile(r"/[^/]*(?:/(?:0|[1-9][0-9]*))*\Z")
_ELEMENT = re.compile(r"/[^/]*\Z")
_FRONT = re.compile(r"(?:url:query|url|header|cookie|trailer)(?=[:#]|\Z)")


def record_of(part: str) -> str:
    """The record of the place that `part` names: a prefix of it that all places of the record share.

    Of JSON the object that holds the member (`body/json:/users/3/phones/0` → `body/json:/users/3`), of a table the row
    (`body/csv:2/手机` → `body/csv:2`), of SQL the row of values (`body/sql:users[2]/mobile` → `body/sql:users[2]`), of
    XML the parent element; all of a form, of the plain fields of a multipart body, of the header fields, of a text
    without tables. Asked again of a JSON or XML record, it answers with the record around that one.

    Total: a name that is built to look like another kind of place only moves the place to another record.
    """
    front = _FRONT.match(part)
    if front is not None:
        return front[0]
    field = _FIELD.fullmatch(part)
    if field is not None:
        return field[1]
    found = _PLACE.fullmatch(part)
    if found is None:
        return part
    container, path = found.groups()
    kind = container.rpartition("/")[2]
    if kind == "form":
        return container
    if kind in ("csv", "text", "sql"):
        row = _ROW.match(path)
        return f"{container}:{row[0]}" if row else part
    inner = _INNER.match(path)
    if inner is not None:
        return f"{container}:{inner[1]}"
    return f"{container}:{(_STEP if kind.endswith('json') else _ELEMENT).sub('', path.partition('#')[0])}"
