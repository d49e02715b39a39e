"""Text reduced to what re-formatting leaves alone: its letters and digits, in lower case, nothing between them.

Line breaks of a PDF, hyphens at their ends, ligatures, Kangxi radicals, full-width forms, accents, tags, spaces and
punctuation are how a text is set; two settings of one text fold to the same. Compatibility forms are those of
Unicode Annex 15 (NFKC), case is folded as in the Unicode standard, chapter 3.13.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Offsets = NDArray[np.intp]

_MANY = 1
_LONGEST = 4
_PRIVATE, _PRIVATE_SIZE = 0xE000, 0x1900
_ASCII_KEPT = bytes(code for code in range(128) if chr(code).isalnum())
_ASCII_DROPPED = bytes(code for code in range(128) if code not in _ASCII_KEPT)
_ASCII = bytes(range(128))
_ASCII_LOWER = bytes(range(256)).lower()
_IS_ASCII_KEPT = np.isin(np.arange(256), list(_ASCII_KEPT))
_OPEN, _CLOSE, _SPACE = b"<> "
_LONGEST_TAG = 2048
_OWN = re.compile(rb"(?:\xe4[\xb8-\xbf][\x80-\xbf]|[\xe5-\xe9][\x80-\xbf]{2})*")
"""The unified ideographs, U+4E00 to U+9FFF: each folds to itself."""
_TAG_BEGINS = np.isin(np.arange(256), [code for code in range(128) if chr(code).isalpha() or chr(code) in "/!?"])


class _Table(NamedTuple):
    """What each character of the basic plane folds to: nothing (0), a character, or a row of several (`_MANY`)."""

    codes: NDArray[np.uint16]
    rows: NDArray[np.uint16]
    parts: NDArray[np.uint16]
    sizes: NDArray[np.intp]


class Folded:
    """The letters and digits of a UTF-8 text, and where in it they stand.

    `codes` holds a number a character (its code point; characters beyond the basic plane share numbers of the private
    use area); `data` is the same in UTF-8, three bytes for a Han character and one for an ASCII letter, which is about
    what each of them says. A byte that is no UTF-8 is dropped.
    """

    __slots__ = ("_codes", "_points", "_text", "data")

    def __init__(self, text: bytes) -> None:
        if b"</" in text:
            text = _without_tags(text)
        self._text = text
        self._codes: NDArray[np.uint8] | NDArray[np.uint16] | None = None
        self._points: NDArray[np.uint32] | None = None
        if _is_simple(text):
            self.data = text.translate(_ASCII_LOWER, _ASCII_DROPPED)
        else:
            self.data = self.codes.tobytes().decode("utf-16-le").encode()

    @property
    def codes(self) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """A number a character. Worked out when first asked for: of most texts the bytes are enough."""
        if self._codes is None:
            if self._text.isascii():
                self._codes = np.frombuffer(self.data, np.uint8)
            else:
                self._codes = _folded(self._written())
        return self._codes

    def _written(self) -> NDArray[np.uint32]:
        """The code points of a text that is not all ASCII."""
        if self._points is None:
            written = self._text.decode("utf-8", "surrogateescape").encode("utf-32-le", "surrogatepass")
            self._points = np.frombuffer(written, np.uint32)
        return self._points

    def spans(self, first: Offsets, last: Offsets) -> tuple[Offsets, Offsets]:
        """The stretches of the text (bytes) from characters `first` to characters `last` (inclusive) of `codes`."""
        if self._text.isascii():
            kept = np.flatnonzero(_IS_ASCII_KEPT[np.frombuffer(self._text, np.uint8)])
            return kept[first], kept[last] + 1
        points = self._written()
        source = self.origins()
        sizes = 1 + (points >= 0x80).astype(np.intp) + (points >= 0x800) + (points >= 0x10000)
        sizes[(points >= 0xDC80) & (points <= 0xDCFF)] = 1  # a byte that is no UTF-8
        ends = np.cumsum(sizes)
        return ends[source[first]] - sizes[source[first]], ends[source[last]]

    def origins(self) -> Offsets:
        """Which character of the text each of `codes` comes from: where that leaps, something was dropped."""
        if self._text.isascii():
            return np.flatnonzero(_IS_ASCII_KEPT[np.frombuffer(self._text, np.uint8)])
        points = self._written()
        codes = _single(points)
        many = np.flatnonzero(codes == _MANY)
        if not len(many):
            return np.flatnonzero(codes)
        sizes = (codes > 0).astype(np.intp)
        table = _table()
        sizes[many] = table.sizes[table.rows[points[many]]]
        return np.repeat(np.arange(len(codes)), sizes)

    def byte_spans(self, first: Offsets, last: Offsets) -> tuple[Offsets, Offsets]:
        """The same for bytes `first` to `last` (inclusive) of `data`; a character that is cut counts whole."""
        if self._text.isascii():
            return self.spans(first, last)
        character = np.repeat(
            np.arange(len(self.codes)), 1 + (self.codes >= 0x80).astype(np.intp) + (self.codes >= 0x800)
        )
        return self.spans(character[first], character[last])


def _is_simple(text: bytes) -> bool:
    """Whether a text is ASCII but for Han characters that fold to themselves, as most texts are."""
    if text.isascii():
        return True
    if _OWN.fullmatch(text.translate(None, _ASCII)) is None:
        return False
    try:
        text.decode()  # what is left of broken characters could pass for others
    except UnicodeDecodeError:
        return False
    return True


def _without_tags(text: bytes) -> bytes:
    """The text with spaces for tags: what follows one stays where it was. A tag is what stands between < and >, begins
    like one and holds neither.
    """
    raw = np.frombuffer(text, np.uint8)
    marks = np.flatnonzero((raw == _OPEN) | (raw == _CLOSE))
    tag = (raw[marks[:-1]] == _OPEN) & (raw[marks[1:]] == _CLOSE) & _TAG_BEGINS[raw[marks[:-1] + 1]]
    tag &= np.diff(marks) <= _LONGEST_TAG
    edges = np.zeros(len(raw) + 1, np.int8)
    edges[marks[:-1][tag]] = 1
    edges[marks[1:][tag] + 1] -= 1
    return np.where(np.cumsum(edges[:-1], dtype=np.int8) > 0, np.uint8(_SPACE), raw).tobytes()


def _single(points: NDArray[np.uint32]) -> NDArray[np.uint16]:
    """What each character folds to, `_MANY` for those that fold to several."""
    table = _table().codes
    if points.max() < len(table):
        return table[points]
    codes = table[np.minimum(points, len(table) - 1)]
    beyond = np.flatnonzero((points >= 0x20000) & (points < 0x40000))  # rarer Han characters: names have them
    codes[beyond] = _PRIVATE + points[beyond] % _PRIVATE_SIZE
    return codes


def _folded(points: NDArray[np.uint32]) -> NDArray[np.uint16]:
    codes = _single(points)
    many = np.flatnonzero(codes == _MANY)
    if len(many):
        table = _table()
        rows = table.rows[points[many]]
        parts, sizes = table.parts[rows], table.sizes[rows]
        codes[many] = parts[:, 0]
        further = (np.arange(_LONGEST) > 0) & (np.arange(_LONGEST) < sizes[:, None])
        codes = np.insert(codes, np.repeat(many + 1, sizes - 1), parts[further])
    return codes[codes > 0]


@cache
def _table() -> _Table:
    codes = np.zeros(0x10000, np.uint16)
    rows = np.zeros(0x10000, np.uint16)
    parts: list[list[int]] = []
    for point in range(0x10000):
        folded = _plain(chr(point))
        if len(folded) > 1:
            codes[point] = _MANY
            rows[point] = len(parts)
            parts.append([ord(part) for part in folded])
        elif folded:
            codes[point] = ord(folded)
    padded = np.zeros((len(parts), _LONGEST), np.uint16)
    for row, part in enumerate(parts):
        padded[row, : len(part)] = part
    return _Table(codes, rows, padded, np.array([len(part) for part in parts], np.intp))


def _plain(character: str) -> str:
    if character.isascii() and not character.isalnum():
        return ""
    apart = unicodedata.normalize("NFKD", character)
    # accents go, whether written as one character or two; other scripts keep theirs
    wide = apart if apart[:1].isascii() else unicodedata.normalize("NFKC", character)
    return "".join(part for part in wide.casefold() if part.isalnum() and part < "\U00010000")[:_LONGEST]
