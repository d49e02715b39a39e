"""Names in a text that stand for what is written elsewhere in it, and the signs that glue them together: `$A$B`,
`a + b`, `*anchor`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

QUOTE = rb"(?:\"\"|''|['\"`])"
OPERATOR = rb"(?:\|\||\.\.|\+\+|<>|[+.&~^])"
"""What literals stand in, and what joins them."""
FEWEST = 7
"""Characters in all names together; nothing to be found is shorter."""
_NAMED = re.compile(
    rb"(?<![\w.])(?:([A-Za-z_]\w{0,30})[ \t]{0,8}(?::=|=)[ \t]{0,8}|#define[ \t]+(\w{1,30})[ \t]+|&(\w{1,30})[ \t]+"
    rb"|\\(?:def|newcommand|renewcommand)\{?\\([A-Za-z]{1,30})\}?\{)(?:(['\"`])([0-9A-Za-z()]{2,24})\5"
    rb"|([0-9A-Z][0-9()]{1,23})(?=[\s;}&]|\Z))"
)
_FIGURE = re.compile(rb"[0-9]")
_KNOWN = 64
"""Names of a text that are followed."""
_REFERENCE = re.compile(rb"(\$\{?|#\{|\{|%|\*|@|\\)?(?<![\w.])([A-Za-z_]\w{0,30})(?![\w(\[.]|[ \t]{0,8}:?=)(\}?%?)")
GLUE = re.compile(rb"[ \t]{0,4}(?:%b|(,))?[ \t]{0,4}(?:%b)?" % (OPERATOR, QUOTE))
"""What may stand between two names, or a name and a literal, that are joined."""
_GLUE_BEFORE = re.compile(rb"%b[ \t]{0,4}(?:%b)?[ \t]{0,4}\Z" % (QUOTE, OPERATOR))
_PIECE = re.compile(rb"[0-9(]")
_CALLED = re.compile(rb"(?i)(?:concat\w*|join|strcat|cat|paste0?|format|printf?|%)[ \t]{0,4}[(\[]{1,2}[^\n()]{0,30}\Z")


class Mark(NamedTuple):
    """A stretch that reads as something else: as nothing, as what stands at `home`, or as what stands nowhere."""

    start: int
    end: int
    text: bytes = b""
    home: int | None = None


class _Name(NamedTuple):
    text: bytes
    home: int
    end: int


class _Operand(NamedTuple):
    """A name where it stands for its value; `marked` where a sign says that it does."""

    start: int
    end: int
    value: _Name
    marked: bool


def references(source: bytes, ends: Sequence[int]) -> Iterator[Mark]:
    """Where names stand for what they were given elsewhere, and the signs between two of them."""
    known = _names(source, ends)
    if sum(len(name.text) for name in known.values()) < FEWEST:
        return
    operands: list[_Operand] = []
    for found in _REFERENCE.finditer(source):
        value = known.get(found[2])
        if value is not None and found.start() >= value.end:
            operands.append(_Operand(*found.span(), value, bool(found[1])))
    for at, operand in enumerate(operands):
        following = operands[at + 1].start if at + 1 < len(operands) else -1
        previous = operands[at - 1].end if at else 0
        before, behind = _glue_before(source, previous, operand.start), _glue_behind(source, operand.end, following)
        if operand.marked or before is not None or behind is not None:
            if before is not None and before > previous:
                yield Mark(before, operand.start)
            yield Mark(operand.start, operand.end, operand.value.text, operand.value.home)
            if behind is not None and behind > operand.end:
                yield Mark(operand.end, behind)


def _glue_behind(source: bytes, end: int, following: int) -> int | None:
    """Where the next operand begins, a name (at `following`, if any does) or a literal of figures, if something joins
    it."""
    glue = GLUE.match(source, end, min(end + 12, len(source)))
    listed = source[following : following + 1] == b"*" and source[end : end + 1] == b","  # aliases of YAML in a list
    if glue is None or (glue[1] and not listed and not _CALLED.search(source, max(0, end - 80), end)):
        return None
    if glue.end() == following:
        return following
    quoted = source[glue.end() - 1 : glue.end()] in (b"'", b'"', b"`") and glue.end() > end + 1
    return glue.end() if quoted and _PIECE.match(source, glue.end()) else None


def _glue_before(source: bytes, previous: int, start: int) -> int | None:
    """Where a literal or a name before ends, if something joins it."""
    if previous and _glue_behind(source, previous, start) == start:
        return previous
    glue = _GLUE_BEFORE.search(source, max(previous, start - 12), start)
    return glue.start() if glue is not None and _PIECE.match(source, glue.start() - 1) else None


def _names(source: bytes, ends: Sequence[int]) -> Mapping[bytes, _Name]:
    """Short values that look like pieces of a number, by what they are assigned to."""
    known: dict[bytes, _Name] = {}
    reached = 0
    for end in ends:
        if end <= reached or len(known) >= _KNOWN:
            continue
        for found in _NAMED.finditer(source, max(reached, end - 100), end + 1):
            reached = found.end()
            group = 6 if found[6] is not None else 7
            if _FIGURE.search(found[group]):
                name = found[1] or found[2] or found[3] or found[4]
                known.setdefault(name, _Name(found[group], found.start(group), reached))
    return known
