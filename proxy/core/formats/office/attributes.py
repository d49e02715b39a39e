"""What attributes of XML hold: authors, addresses of links, descriptions of pictures, cached values of pivots.

Most attributes are measures, names of styles and numbers of revisions: those too short for a value, and those of the
very form of an identifier of the format, are left out; of fonts, which are called like people, those without a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import accumulate

import numpy as np

from proxy.core.formats.base import readable
from proxy.core.formats.office import xml_spans
from proxy.core.formats.office.strands import Name, Pieces, Strands
from proxy.core.formats.tabular import NUMBERED

Naming = Callable[[int], Name | None]
"""What the attribute at a position of the source is called, if that is known."""

_VALUE = re.compile(rb"=\s*(?:\"([^\"<]{8,}|[^\"<]*[ &\x80-\xff][^\"<]*)\"|'([^'<]{8,}|[^'<]*[ &\x80-\xff][^'<]*)')")
_ATTRIBUTE = re.compile(rb"(?:[^\s<>/=:\"']+:)?([^\s<>/=:\"']+)\s*\Z")
_TAG = re.compile(rb"<(?:[^\s<>/:]+:)?([^\s<>/]+)")
_LONGEST_NAME, _LONGEST_ID = 100, 38
_HEX = re.compile(rb"[0-9A-F]{8}|\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?")
_REVISIONS = re.compile(rb"rsid\w*|paraId|textId|durableId|uid|id|val", re.IGNORECASE)
_FONTS = frozenset((b"typeface", b"ascii", b"hAnsi", b"eastAsia", b"cs", b"font", b"asciiTheme", b"script", b"panose"))
_NUMBER = re.compile(rb"[0-9]{4}|@")
_REFERENCE = re.compile(rb"[A-Z]{1,3}[0-9]{1,7}")
_NAMING = re.compile(rb"[\s:](?:name|title|key|label|alias)\s*=\s*[\"']([^\"'<]{1,60})[\"']")
_SAYING = (b"author", b"initials", b"displayName", b"userId", b"lastModifiedBy", b"creator")


def read(
    source: bytes, stem: str, called: Naming | None = None, known: Callable[[int, int], bool] | None = None
) -> Strands:
    """The attribute values of a part, a line each. Names: `document/docPr@descr`; `called` may know better; `known`
    values are read elsewhere."""
    spans = [
        match.span(1) if match[1] is not None else match.span(2)
        for match in _VALUE.finditer(source)
        # an equals sign in running text begins no attribute
        if source.rfind(b">", 0, match.start()) < source.rfind(b"<", 0, match.start()) and not _formal(source, match)
    ]
    if known is not None:
        spans = [span for span in spans if not known(*span)]
    starts = [0, *accumulate(end - start + 1 for start, end in spans)][:-1]

    def pieces() -> Pieces:
        columns = np.array(spans, np.int64).reshape(-1, 2)
        return Pieces(np.array(starts, np.int64), columns[:, 0], columns[:, 1])

    def names(strands: Strands, start: int, _: int) -> Name:
        at = strands.source(start)
        return (called(at) if called else None) or by_element(source, at, stem)

    text = b"\n".join(source[start:end] for start, end in spans)
    return Strands(text, pieces, names, xml_spans.references_and_codes, starts)


def _formal(source: bytes, match: re.Match[bytes]) -> bool:
    """Whether a value is a font, the number of a revision, a GUID or the reference of a cell, by form and name."""
    value = match[1] or match[2]
    if not _NUMBER.search(xml_spans.plain(value)):
        return _attribute(source, match.start()) in _FONTS
    if len(value) > _LONGEST_ID:
        return False
    if _HEX.fullmatch(value):
        return len(value) > 8 or _REVISIONS.fullmatch(_attribute(source, match.start())) is not None
    return _REFERENCE.fullmatch(value) is not None and _attribute(source, match.start()) in (b"r", b"ref")


def _attribute(source: bytes, end: int) -> bytes:
    found = _ATTRIBUTE.search(source, max(0, end - _LONGEST_NAME), end)
    return found[1] if found else b""


def by_element(source: bytes, position: int, stem: str) -> Name:
    """What the attribute around a position is called: by what its element says of itself."""
    start = source.rfind(b"<", 0, position)
    end = source.find(b">", position)
    tag = _TAG.match(source, start)
    attribute = _attribute(source, source.rfind(b"=", 0, position))
    named = _NAMING.search(source, start, end)
    says = named[1] if named and not named.start(1) <= position <= named.end(1) else b""
    if attribute in _SAYING:
        says = attribute
    element = tag[1] if tag else b""
    path = "@".join(readable(b"" if NUMBERED.search(each) else each) for each in (element, attribute))
    return Name(xml_spans.plain(says), f"{stem}/{path}")
