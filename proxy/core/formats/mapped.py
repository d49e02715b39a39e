"""Bytes that are no text as they stand, and are one once every byte has been changed back: by a key, by its bits turned
round, without the junk between, seven bits at a time, in another charset.

No table of keys is tried. Figures stay side by side under any such change, and figures in a row tell the key: six bytes
or more, no further apart than nine. What comes out must be text from end to end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np

from proxy.core import charsets
from proxy.core.formats.binary.octets import readable

_LARGEST, _LARGEST_TEXT, _SHORT = 1 << 16, 1 << 12, 1 << 10
"""Bytes of what is tried, of what is read in several charsets, and of short messages."""
_SHORTEST = 7
_ROW, _LONGEST = 6, 40
"""Figures side by side; of so many no text is made, but files are."""
_RUNS = 8
"""Rows of figures that are asked for keys."""
_MOST = 24
_FEW_FIGURES = re.compile(rb"(?:[0-9][^0-9]{0,2}){6}")
_HAN = re.compile(rb"[\xe3-\xe9][\x80-\xbf]{2}|[\x80-\xff]")
_OVERLONG = re.compile(rb"[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}")
_SHIFTING: tuple[str, ...] = ("iso2022_jp_2", "iso2022_kr", "hz")
"""Charsets in which a sign announces characters of two bytes (RFC 1468, 1554, 1557 and 1843)."""
_UTF_7 = re.compile(rb"\+[0-9A-Za-z+/]{5,}-")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HEAD, _LIKELY, _SAMPLE = 64, 16, 1024
"""Bytes that are looked at before all, of a text that is none by chance, and of one whose characters are judged."""
_FIGURES, _MARKED = b"0123456789", b"1"
_ASCII_FIGURES, _HIGH_FIGURES = (
    bytes(_MARKED[0] if first <= byte < first + 10 else byte if byte != _MARKED[0] else 0 for byte in range(256))
    for first in (0x30, 0xB0)
)
_LETTERS = b"abcdefghijklmnopqrstuvwxyz"
_RARE = b"!#$%&'*;<=>?@[\\]^`|~"
_FRONTS = (b"\xc0", b"\xe0\x80", b"\xf0\x80\x80")
_SEVEN = bytes(range(0x80)) * 2
_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_NIBBLES = bytes((byte & 15) << 4 | byte >> 4 for byte in range(256))


class Reading(NamedTuple):
    """A text in UTF-8, and how the bytes were written; `doubtful` where there may be others, as likely."""

    written: str
    text: bytes
    doubtful: bool = True


def readings(data: bytes, charset: str | None) -> Iterator[Reading]:
    """The texts that bytes which are none may stand for, besides what they are in a `charset`."""
    if _SHORTEST <= len(data) <= _LARGEST:
        seen = {data}
        for reading in _readings(data, charset):
            if reading.text not in seen and not _figured(reading.text, row=_LONGEST) and readable(reading.text):
                seen.add(reading.text)
                yield reading
                if len(seen) > _MOST:
                    return


def shifts(data: bytes) -> bool:
    """Whether there may be such signs: to look for one byte takes a tenth of looking for two."""
    return b"\x1b" in data or b"~" in data or b"+" in data


def shifted(data: bytes) -> Iterator[Reading]:
    """The same of ASCII in which signs shift to another character set and back."""
    if len(data) <= _LARGEST and data.isascii():
        names = _SHIFTING if b"\x1b$" in data or b"~{" in data else ()
        names = (*names, "utf-7") if _UTF_7.search(data) else names
        yield from (each for each in _in_charsets(data, names) if each.text != data)


def _readings(data: bytes, known: str | None) -> Iterator[Reading]:
    whole = known in charsets.EASTERN and charsets.decodes(data, known)
    for name, change in _CHANGES[:-_STRIDED] if whole else _CHANGES:  # of four bytes of GB18030 two may be figures
        text = change(data)
        if _figured(text):
            yield Reading(name, text, len(text) < _LIKELY)
    yield from _keyed(data)
    if len(data) <= _LARGEST_TEXT and _FEW_FIGURES.search(data):
        yield from _in_charsets(data, (each for each in charsets.EASTERN if each != known))


def _in_charsets(data: bytes, names: Iterable[str]) -> Iterator[Reading]:
    for charset in names:
        text = charsets.everyday(data, charset)
        if text is not None:
            yield Reading(charset, text)


def _keyed(data: bytes) -> Iterator[Reading]:
    """With one byte taken from all of them, or laid over them."""
    tried: set[tuple[int, int]] = set()
    for row in chain(_rows(data, 0), _rows(data, 0x80)):
        keys = {(row[0] - figure & 0xFF, 0) for figure in _FIGURES}
        keys |= {(0, row[0] & 0xF0 ^ at) for at in range(0x30, 0x40)}
        for key in sorted(keys - tried - {(0, 0)}):
            tried.add(key)
            table = _table(*key)
            if row.translate(table).isdigit() and not _CONTROL.search(data[:_HEAD].translate(table)):
                text = data.translate(table)
                if readable(text):
                    yield Reading("xor" if key[1] else "shift", text, not (_is_everyday(text) or _is_prose(text)))


@lru_cache(maxsize=1024)
def _table(added: int, laid: int) -> bytes:
    return bytes((byte - added & 0xFF) ^ laid for byte in range(256))


def _is_everyday(text: bytes) -> bool:
    """Whether a text is in everyday Chinese: under any other key its characters are rare ones."""
    written = text[:_SAMPLE].decode("utf-8", "ignore")
    return not written.isascii() and any(charsets.told(written.encode(han, "replace"), han) for han in charsets.HAN)


def _is_prose(text: bytes) -> bool:
    """Whether a text is letters, figures and what stands between words. What is measured has its values side by side:
    it cannot have blanks and letters without the signs that lie between their codes."""
    size, plain = len(text), text.translate(None, _RARE)
    letters = len(plain) - len(plain.translate(None, _LETTERS))
    return size >= _LIKELY and text.isascii() and (size - len(plain)) * 10 <= size and letters * 5 >= size


def _rows(data: bytes, offset: int) -> Iterator[bytes]:
    """Six bytes that may be figures under some key, a few times. All of one kind are none: files are full of zeros."""
    raw = np.frombuffer(data, np.uint8) + np.uint8(offset)  # figures may lie on both sides of nought
    size = len(raw) - _ROW + 1
    high = low = raw[:size]
    for at in range(1, _ROW):
        window = raw[at : at + size]
        high, low = np.maximum(high, window), np.minimum(low, window)
    begins = np.flatnonzero((high - low <= 9) | (high >> 4 == low >> 4))
    runs = np.split(begins, np.flatnonzero(np.diff(begins) > 1) + 1) if len(begins) else []
    # the longest first: letters of one kind stand side by side, too, but not so many
    longest = sorted(runs, key=len, reverse=True)[:_RUNS]
    begun = dict.fromkeys(int(run[at]) for run in longest for at in (len(run) // 2, -1, 0))
    yield from (row for row in (data[begin : begin + _ROW] for begin in begun) if len(set(row)) > 2)


def _figured(data: bytes, figures: bytes = _ASCII_FIGURES, row: int = _ROW) -> bool:
    """Whether figures stand in a row: an expression takes fifty times as long to tell."""
    return data.translate(figures).find(_MARKED * row) >= 0


def _seven_bits(data: bytes) -> bytes:
    """Characters of seven bits in a row, as short messages have them (3GPP TS 23.038, section 6.1.2.1)."""
    if len(data) > _SHORT:
        return b""
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
    sevens = bits[: len(bits) // 7 * 7].reshape(-1, 7)
    return np.packbits(sevens, axis=1, bitorder="little").tobytes().rstrip(b"\0")


def _overlong(data: bytes) -> bytes:
    """ATTACK: more bytes for a character than it needs, which old decoders read and checks do not."""
    marked = data.translate(_HIGH_FIGURES)
    if all(marked.find((front + _MARKED) * 3) < 0 for front in _FRONTS):
        return b""
    return _OVERLONG.sub(lambda found: chr(_scalar(found[0])).encode("utf-8", "replace"), data)


def _scalar(written: bytes) -> int:
    code = written[0] & (0x3F >> (len(written) - 1))
    for byte in written[1:]:
        code = code << 6 | byte & 0x3F
    return code


def _low(data: bytes) -> bytes:
    return data.translate(_SEVEN) if _figured(data, _HIGH_FIGURES) else b""


def _low_but_han(data: bytes) -> bytes:
    """With the highest bit off all bytes but those of Chinese characters."""
    if not _figured(data, _HIGH_FIGURES):
        return b""
    return _HAN.sub(lambda found: found[0] if len(found[0]) > 1 else found[0].translate(_SEVEN), data)


def _odd(data: bytes) -> bytes:
    """Characters of two bytes behind one that is none."""
    if b"\0" not in data or not (_figured(data[::2]) or _figured(data[1::2])):
        return b""
    charset = charsets.detect(data[1:], None)
    return charsets.read(data[1:], charset).text if charset and charset.startswith("utf-16") else b""


_CHANGES: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("overlong", _overlong),
    ("high bit", _low),
    ("high bit", _low_but_han),
    ("bits reversed", lambda data: data.translate(_BITS)),
    ("half-bytes swapped", lambda data: data.translate(_NIBBLES)),
    ("reversed", lambda data: data[::-1]),
    ("utf-16", _odd),
    ("7-bit", _seven_bits),
    *(
        (f"every {step}", lambda data, step=step, first=first: data[first::step])
        for step in (2, 3, 4)
        for first in range(min(step, 2))
    ),
)
_STRIDED = 6
"""The last of them leave bytes out."""
