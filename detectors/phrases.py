"""Words of a catalogue, all in one Hyperscan pass over a text, however their parts are spaced."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

import hyperscan

from detectors.api import Locate
from detectors.fold import Folded

_SIGN = (
    rb"[^0-9A-Za-z\x80-\xff]|\xc2[\x80-\xbf]|\xe2[\x80-\x9f][\x80-\xbf]|\xe3\x80[\x80-\xbf]|\xef[\xbc\xbd][\x80-\xbf]"
)
_GAP = b"(?:%b){0,3}" % _SIGN
_SPACED = rb"[ \t\r\n]{0,2}"
_PIECE = re.compile(r"[0-9A-Za-z]+|[^\W_]")
_MOST = 200
_REST = 24  # letters beside a label in its line: a page's number, a date, a department
_LINE = 512
_OPENED = re.compile("(?:[:=<>(\\[{\"']|：|【|（|《|「|“)[ \"']*\\Z".encode())
_NAME = 16  # letters before the colon


def letters(phrase: str) -> int:
    """How many letters and digits a phrase has."""
    return len("".join(_PIECE.findall(unicodedata.normalize("NFKC", phrase))))


def expression(phrase: str) -> bytes:
    """A phrase as an expression over UTF-8, without its borders: any space or punctuation between its words, line ends
    between its Han characters. Letters match in either case where it is compiled so."""
    pieces = list(_PIECE.finditer(unicodedata.normalize("NFKC", phrase)))
    written = b""
    for before, piece in zip([None, *pieces], pieces, strict=False):
        if before is not None:
            close = before.end() == piece.start() and not (before[0].isascii() or piece[0].isascii())
            written += _SPACED if close else _GAP
        written += (
            b"".join(b"\\x%02x" % byte for byte in piece[0].encode()) if not piece[0].isascii() else piece[0].encode()
        )
    return written


def _ends(phrase: str) -> tuple[bool, bool]:
    pieces = _PIECE.findall(unicodedata.normalize("NFKC", phrase))
    return pieces[0].isascii(), pieces[-1].isascii()


class Phrases:
    """Phrases of letters, digits and Han characters, compiled. `decimals` asks in how many places numbers are given."""

    __slots__ = ("_database", "_decimals", "_exact", "_phrases")

    def __init__(self, phrases: Iterable[str], decimals: Iterable[int] = ()) -> None:
        self._phrases = tuple(dict.fromkeys(phrases))
        self._decimals = tuple(sorted(set(decimals)))
        self._exact: dict[str, re.Pattern[bytes]] = {}
        expressions: list[bytes] = []
        for phrase in self._phrases:
            core = expression(phrase)
            first, last = _ends(phrase)
            self._exact[phrase] = re.compile(
                (b"(?<![0-9A-Za-z])" if first else b"") + core + (b"(?![0-9A-Za-z])" if last else b""), re.IGNORECASE
            )
            # an underscore is a letter to \b, and a border here
            expressions.append((rb"(?:\b|_)" if first else b"") + core + (rb"(?:\b|_)" if last else b""))
        expressions += [rb"[0-9]\.[0-9]{%d}" % places for places in self._decimals]
        self._database = None
        if expressions:
            self._database = hyperscan.Database()
            self._database.compile(
                expressions=expressions,
                ids=list(range(len(expressions))),
                flags=[hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_CASELESS] * len(expressions),
            )

    def said(self, text: bytes) -> frozenset[str | int]:
        """Which phrases a normalised UTF-8 text has, and which numbers of decimals."""
        found: set[int] = set()
        if self._database is not None and text:
            self._database.scan(text, match_event_handler=lambda number, *_: found.add(number))
        known: tuple[str | int, ...] = (*self._phrases, *self._decimals)
        return frozenset(known[number] for number in found)

    def spans(self, phrase: str, text: bytes) -> Iterator[tuple[int, int]]:
        """Where a phrase stands, the first few hundred times."""
        for _, match in zip(range(_MOST), self._exact[phrase].finditer(text), strict=False):
            yield match.span()


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
