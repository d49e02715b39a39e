"""Words of a catalogue, all in one Hyperscan pass over the folded text, however they are spaced and broken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

import hyperscan
import numpy as np

from detectors.api import Locate
from detectors.fold import Folded

_PIECE = re.compile(r"[0-9A-Za-z]+|[^\W_]")
_GAP = r"[\W_]{0,3}"
_BROKEN = r"\s{0,2}"
_BORDER = re.compile(rb"[0-9A-Za-z]")
_MOST = 200
_MOST_LOOKS = 100_000
_REST = 24  # letters beside a label in its line: a page's number, a date, a department
_LINE = 512
_OPENED = re.compile("(?:[:=<>(\\[{\"']|：|【|（|《|「|“)[ \"']*\\Z".encode())
_NAME = 16  # letters before the colon

type Said = dict[str, list[tuple[int, int]]]
"""Phrases and the stretches of a text (bytes) in which they stand."""


def letters(phrase: str) -> int:
    """How many letters and digits a phrase has."""
    return len("".join(_PIECE.findall(unicodedata.normalize("NFKC", phrase))))


def expression(phrase: str) -> str:
    """How a phrase may be written: any few signs between its words, spaces and line ends between its Han characters."""
    pieces = list(_PIECE.finditer(unicodedata.normalize("NFKC", phrase)))
    written = pieces[0][0] if pieces else ""
    for one, other in pairwise(pieces):
        close = one.end() == other.start() and not (one[0].isascii() or other[0].isascii())
        written += (_BROKEN if close else _GAP) + other[0]
    return written


class Phrases:
    """Phrases of letters, digits and Han characters, compiled. One thread at a time."""

    __slots__ = ("_database", "_expressions", "_literals", "_phrases")

    def __init__(self, phrases: Iterable[str]) -> None:
        by_literal: dict[bytes, list[str]] = {}
        for phrase in dict.fromkeys(phrases):
            by_literal.setdefault(Folded(phrase.encode()).data, []).append(phrase)
        by_literal.pop(b"", None)
        self._literals, self._phrases = tuple(by_literal), tuple(by_literal.values())
        self._expressions: dict[str, re.Pattern[str]] = {}
        self._database = None
        if by_literal:
            self._database = hyperscan.Database()
            self._database.compile(
                expressions=[b"".join(b"\\x%02x" % byte for byte in literal) for literal in by_literal],
                ids=list(range(len(by_literal))),
                flags=0,
            )

    def find(self, text: bytes, folded: Folded) -> Said:
        """The phrases in a text and where they stand, the first few hundred times each. `folded` is of that text."""
        ends: dict[int, list[int]] = {}
        if self._database is not None and folded.data:

            def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
                seen = ends.setdefault(number, [])
                if len(seen) < _MOST_LOOKS:
                    seen.append(end)

            self._database.scan(folded.data, match_event_handler=note)
        said: Said = {}
        for number, literal in enumerate(self._literals) if ends else ():
            if number not in ends:
                continue
            reached = np.array(ends[number])
            starts, stops = folded.byte_spans(reached - len(literal), reached - 1)
            for phrase in self._phrases[number]:
                spans = [
                    each for each in zip(starts.tolist(), stops.tolist(), strict=True) if self._is(phrase, text, *each)
                ]
                if spans:
                    said[phrase] = spans[:_MOST]
        return said

    def _is(self, phrase: str, text: bytes, start: int, end: int) -> bool:
        """Whether what folds to a phrase is written like it: no half words, no sentence ending in the middle."""
        written = text[start:end]
        if _BORDER.match(written[:1]) and _BORDER.match(text[start - 1 : start] if start else b""):
            return False
        if _BORDER.match(written[-1:]) and _BORDER.match(text[end : end + 1]):
            return False
        exact = self._expressions.get(phrase)
        if exact is None:
            exact = self._expressions[phrase] = re.compile(expression(phrase), re.IGNORECASE)
        return exact.fullmatch(unicodedata.normalize("NFKC", written.decode("utf-8", "replace"))) is not None


def is_heading(text: bytes, start: int, end: int, locate: Locate) -> bool:
    """Whether `start:end` stands out: in a short line or field (a heading, a mark, the head of a page), as the name of
    a field, or as what a name and a colon announce. In a sentence it does not.
    """
    field = locate([start])[0]
    low = max(field.start if field.start <= start else 0, text.rfind(b"\n", 0, start) + 1, start - _LINE)
    stop = text.find(b"\n", end, end + _LINE)
    high = min(field.end if field.end >= end else len(text), stop if stop >= 0 else end + _LINE)
    before, behind = Folded(text[low:start]).codes, Folded(text[end:high]).codes
    if len(before) + len(behind) <= _REST:
        return True
    return len(before) <= _NAME and _OPENED.search(text[low:start]) is not None
