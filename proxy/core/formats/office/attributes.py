"""What attributes of XML hold: authors, addresses of links, descriptions of pictures, cached values of pivots.

Most attributes are measures, names of styles and numbers of revisions: those too short for a value, and those of the
very form of an identifier of the format, are left out; of fonts, which are called like people, those without a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

import numpy as np

from proxy.core.formats.base import readable
from proxy.core.formats.office import xml_spans
from proxy.core.formats.office.strands import Name, Pieces, Strands
from proxy.core.formats.tabular import NUMBERED

Naming = Callable[[int], Name | None]
"""What the attribute at a position of the source is called, if that is known."""

_VALUE = re.compile(rb"=\s*(?:\"([^\"<]{8,}|[^\"<]*[ &\x80-\xff][^\"<]*)\"|'([^'<]{8,}|[^'<]*[ &\x80-\xff][^'<]*)')")
_TAG = re.compile(rb"<(?:[^\s<>/:]+:)?([^\s<>/]+)")
_LONGEST_NAME, _LONGEST_ID, _LONGEST_TAG = 100, 38, 10_000
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
    return strands(source, [span for span in _spans(source) if known is None or not known(*span)], stem, called)


def strands(source: bytes, spans: Sequence[tuple[int, int]], stem: str, called: Naming | None = None) -> Strands:
    """Values of attributes at some spans of a part, which are in order, a line each."""
    begins, ends = np.fromiter(chain.from_iterable(spans), np.int64).reshape(-1, 2).T
    starts = np.cumsum(np.concatenate(([0], ends - begins + 1)))[:-1]

    def names(strands: Strands, start: int, _: int) -> Name:
        at = strands.source(start)
        return (called(at) if called else None) or by_element(source, at, stem)

    text = b"\n".join(source[start:end] for start, end in zip(begins.tolist(), ends.tolist(), strict=True))
    return Strands(text, lambda: Pieces(starts, begins, ends), names, xml_spans.references_and_codes, starts)


def _spans(source: bytes) -> Iterator[tuple[int, int]]:
    """Where the values are that may tell something. An equals sign in running text begins none."""
    looked, ends = 0, -1
    for match in _VALUE.finditer(source):
        start = match.start()
        tag = source.rfind(b"<", looked, start)
        if tag >= 0:
            ends = source.find(b">", tag)
        looked = start
        if start < ends and not _formal(source, match):
            yield match.span(1) if match[1] is not None else match.span(2)


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
    """The name before the equals sign at a position, without its prefix."""
    words = source[max(0, end - _LONGEST_NAME) : end].split()
    return words[-1].rpartition(b":")[2] if words else b""


def by_element(source: bytes, position: int, stem: str) -> Name:
    """What the attribute around a position is called: by what its element says of itself."""
    start = max(source.rfind(b"<", max(0, position - _LONGEST_TAG), position), 0)
    end = source.find(b">", position, start + _LONGEST_TAG)
    tag = _TAG.match(source, start)
    attribute = _attribute(source, source.rfind(b"=", start, position))
    named = _NAMING.search(source, start, end if end >= 0 else start + _LONGEST_TAG)
    says = named[1] if named and not named.start(1) <= position <= named.end(1) else b""
    if attribute in _SAYING:
        says = attribute
    element = tag[1] if tag else b""
    path = "@".join(readable(b"" if NUMBERED.search(each) else each) for each in (element, attribute))
    return Name(xml_spans.plain(says), f"{stem}/{path}")
