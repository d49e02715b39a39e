"""Stretches of a text that are something else written in letters: base64, base32, hex, rows of character codes.

Hyperscan finds where one could begin: not by length alone, for words and hashes are long too, but by what text, and the
first bytes of the usual files, look like in each coding. Then it is decoded, and believed when the whole of it makes
sense. Codings: RFC 4648.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from proxy.core.errors import Unscannable
from proxy.core.formats import kinds
from proxy.core.message import Cause

_B64_ASCII = rb"[I-Za-f][C-HS-Xi-ny-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]"
_B64_HAN = rb"[56][I-LYZabo-r4-7][CGKOSWaeimquy26+-][A-Za-z0-9+/_-]"
_B64_DIGITS = rb"[MNO][DTjz][AEIMQUYcgk][w-z0-5]"
_B64_WIDE = rb"[MNO][AQgw]A[w-z0-5]AD[AEIMQUYcgk]A"
_B64_FILES = rb"H4sI|UEsDB|JVBERi|iVBORw0KGgo|/9j/4|N3q8ryc|Qlpo[MNO]|/Td6WFo|KLUv/|eJ[wxyz]|eNo|0M8R4KGx|e1xydGY"
_HEX_FILES = rb"1f8b08|504b0304|25504446|89504e47|ffd8ff|377abcaf|425a68|fd377a58|28b52ffd|789c|d0cf11e0"
_B32_DIGITS = rb"[GHgh][AEIMQUYaeimquy4][YZyz234][DTdt][ACEGIKMOQSacegikmoqs][MNOmno][BJRZbjrz][Q-Zq-z]"
_HEX_HAN = rb"[eE][4-9][89abAB][0-9a-fA-F][89abAB][0-9a-fA-F]"

GATES = (
    rb"%b[MNO][CDSTijyz]|(?:%b){2}|(?:3[0-9]){6}|%b" % (_B64_DIGITS, _B64_WIDE, _B32_DIGITS),
    rb"3[0-9][ :,-]3[0-9][ :,-]3[0-9][ :,-]3",
    rb"0x3[0-9], ?0x3[0-9], ?0x3",
    rb"[45][0-9], ?[45][0-9], ?[45][0-9], ?[45][0-9], ?[45][0-9]",
    rb"0011[01]{4} ?0011[01]{4} ?0011",
)
"""Hyperscan expressions of what could be the beginning of a coded stretch: digits, which little else looks like. How
they are put decides what they cost: a class repeated behind a class is a hundred times a literal."""
LONG = rb"[A-Za-z0-9]{20}"
"""Where so many letters stand in a row, there may be more; looking for it costs more than all the rest."""
LONG_GATES = (
    rb"[^A-Za-z0-9](?:(?:%b){2}|(?:%b){2}|(?:[2-7][0-9a-fA-F]){8})" % (_B64_ASCII, _B64_HAN),
    rb"[^A-Za-z0-9](?:%b|%b|%b)" % (_B64_FILES, _HEX_FILES, _HEX_FILES.upper()),
    rb"(?:%b){2}" % _HEX_HAN,
    rb"[A-Z2-7]{16}",
)
"""Text of other kinds, and files."""

_B64_RUN = re.compile(rb"[A-Za-z0-9+/_-]+(?:\r?\n[ \t]*[A-Za-z0-9+/_-]+)*={0,2}")
_HEX_RUN = re.compile(rb"[0-9A-Fa-f]{8,}(?:\r?\n[0-9A-Fa-f]{2,})*")
_B32_RUN = re.compile(rb"[A-Za-z2-7]{8,}={0,6}")
_NUMBERS = re.compile(
    rb"(?<![0-9A-Za-z])(?:(?:0[xX])?[0-9A-Fa-f]{2}([ :,;-] ?)(?:(?:0[xX])?[0-9A-Fa-f]{2}\1)+(?:0[xX])?[0-9A-Fa-f]{2}"
    rb"|[0-9]{2,3}([ ,;\\] ?)(?:[0-9]{2,3}\2)+[0-9]{2,3}|(?:[01]{8}[ ,]?){4,})"
)
_B64_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-")
_HEX_LETTERS = frozenset(b"0123456789abcdefABCDEF")
_B32_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567")
_PADS = b"+/_-"
_BACK = 64
"""How far back a stretch may begin before the place where its beginning was seen: a word in front of it, at most."""
_LEAST = 6
"""Bytes. Nothing to be found is shorter, but for passwords and the like."""
_MESSAGE = 12
_FILES = (
    b"\x1f\x8b\x08", b"PK\x03\x04", b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd", b"\xd0\xcf\x11\xe0", b"{\\rtf", b"SQLite f",
)  # fmt: skip
_UNREADABLE = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SAID = re.compile(rb"[\t\n\r -~]*")
_BASES = ((16, rb"(?:0[xX])?([0-9A-Fa-f]{2})"), (10, rb"([0-9]{2,3})"), (8, rb"([0-7]{2,3})"), (2, rb"([01]{8})"))
_PLAIN = bytes(each in b"\t\n\r" or 0x20 <= each < 0x7F for each in range(256))
_WRITTEN = {16: "02x", 10: "d", 8: "03o", 2: "08b"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch `start:end` of a text, what it decodes to, and how something else is written in its place."""

    start: int
    end: int
    coding: str
    data: bytes = field(repr=False)
    recode: Callable[[bytes], bytes] = field(repr=False)


def stretches(text: bytes, ends: Sequence[int]) -> Iterator[Stretch]:
    """The coded stretches of a text, given where Hyperscan saw one begin; none overlaps another."""
    reached = 0
    for end in ends:
        if end <= reached:
            continue
        for read in (_base64, _hexadecimal, _numbers, _base32):
            found = read(text, end, reached)
            if found is not None:
                reached = found.end
                yield found
                break


def _begins(text: bytes, at: int, floor: int, letters: frozenset[int], unit: int) -> list[int]:
    """Where a run may begin: at its first letter, behind a sign that parts words, or where whole units end at a
    position."""
    low = max(floor, at - _BACK)
    start = at
    while start > low and text[start - 1] in letters:
        start -= 1
    parted = [each + 1 for each in range(start, at - unit) if text[each] in _PADS] if letters is _B64_LETTERS else []
    fitting = start + (at - start) % unit
    return [*dict.fromkeys((start, *reversed(parted), fitting))]


def _sense(data: bytes) -> bool:
    """Whether bytes are a text or the beginning of a file."""
    if len(data) < _LEAST:
        return False
    if data.startswith(_FILES) or (data[:1] == b"\x78" and _inflates(data)):
        return True
    if _UNREADABLE.search(data):
        return _is_wide(data) or (len(data) >= _MESSAGE and kinds.guess(data) is not None)
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_wide(data: bytes) -> bool:
    low, high = data[::2], data[1::2]
    return (not any(high) and _said(low) == len(low)) or (not any(low) and _said(high) == len(high))


def _inflates(data: bytes) -> bool:
    try:
        return bool(zlib.decompressobj().decompress(data[:256], 64))
    except zlib.error:
        return False


def _said(data: bytes) -> int:
    """How many bytes at the beginning are plain text."""
    found = _SAID.match(data)
    return found.end() if found else 0


def _base64(text: bytes, at: int, floor: int) -> Stretch | None:
    begins = _begins(text, at, floor, _B64_LETTERS, 4)
    for start in begins:
        run = _B64_RUN.match(text, start)
        if run is None:
            continue
        data = _from_base64(run[0])
        if _sense(data):
            return Stretch(start, run.end(), "base64", data, lambda new, like=run[0]: _to_base64(new, like))  # type: ignore[misc]
    # a word stands before it or behind it that is none of it, without a sign between
    return _amidst(text, at, begins[-1]) or _amidst(text, at, begins[-1] + 2)


def _amidst(text: bytes, at: int, begin: int) -> Stretch | None:
    """The whole units around a position that are plain text."""
    run = _B64_RUN.match(text, begin)
    if run is None or begin >= at:
        return None
    data = _from_base64(run[0])
    first = _clear(data, (at - begin) // 4 * 3, 3)
    data = data[first : first + _said(data[first:])]
    start = begin + first // 3 * 4
    if len(data) < _LEAST + 3 or b"\n" in text[begin:start]:
        return None
    end = min(_behind(text, start, len(data) // 3 * 4), run.end())
    return Stretch(start, end, "base64", data[: len(data) // 3 * 3], _whole_groups)


def _clear(data: bytes, known: int, unit: int) -> int:
    """From which whole unit on all bytes before a known one are plain text."""
    first = known
    while first and _PLAIN[data[first - 1]]:
        first -= 1
    return first + -first % unit


def _behind(text: bytes, start: int, letters: int) -> int:
    """Where so many letters end, line breaks not counted."""
    while letters:
        letters -= text[start] in _B64_LETTERS
        start += 1
    return start


def _from_base64(run: bytes) -> bytes:
    letters = b"".join(run.rstrip(b"=").split()).translate(bytes.maketrans(b"-_", b"+/"))
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))


def _to_base64(data: bytes, like: bytes) -> bytes:
    """The data in the alphabet, the line length and the padding of a run."""
    coded = base64.urlsafe_b64encode(data) if b"-" in like or b"_" in like else base64.b64encode(data)
    lines = like.split(b"\n")
    if len(lines) > 1:
        width, line_end = len(lines[0].rstrip(b"\r")), b"\r\n" if lines[0].endswith(b"\r") else b"\n"
        coded = line_end.join(coded[at : at + width] for at in range(0, len(coded), width))
    padded = like.endswith(b"=") or sum(each in _B64_LETTERS for each in like) % 4 == 0
    return coded if padded else coded.rstrip(b"=")


def _whole_groups(data: bytes) -> bytes:
    if len(data) % 3:
        raise Unscannable(Cause.REWRITE)  # what follows would shift
    return base64.b64encode(data)


def _hexadecimal(text: bytes, at: int, floor: int) -> Stretch | None:
    begins = _begins(text, at, floor, _HEX_LETTERS, 2)
    run = _HEX_RUN.match(text, begins[-1])
    if run is None:
        return None
    letters = b"".join(run[0].split())
    data, start = bytes.fromhex(letters[: len(letters) & ~1].decode()), run.start()
    end = run.end() - (len(letters) & 1)
    if not _sense(data):
        first = _clear(data, (at - start) // 2, 1)
        data = data[first : first + _said(data[first:])]
        start += 2 * first
        end = start + 2 * len(data)
        if len(data) < _LEAST or b"\n" in run[0]:
            return None
    upper = letters.upper() == letters
    return Stretch(start, end, "hex", data, lambda new: new.hex().upper().encode() if upper else new.hex().encode())


def _base32(text: bytes, at: int, floor: int) -> Stretch | None:
    for start in _begins(text, at, floor, _B32_LETTERS, 8):
        run = _B32_RUN.match(text, start)
        if run is None:
            continue
        letters = run[0].rstrip(b"=")
        whole = letters + b"A" * (-len(letters) % 8)
        data = base64.b32decode(whole, casefold=True)[: len(letters) * 5 // 8]
        if not _sense(data):
            head = _said(data) // 5
            if head < 2:
                continue
            return Stretch(start, start + head * 8, "base32", data[: head * 5], _no_way)
        return Stretch(start, run.end(), "base32", data, lambda new, like=run[0]: _to_base32(new, like))  # type: ignore[misc]
    return None


def _to_base32(data: bytes, like: bytes) -> bytes:
    coded = base64.b32encode(data)
    coded = coded if like.endswith(b"=") else coded.rstrip(b"=")
    return coded.lower() if like == like.lower() else coded


def _no_way(_: bytes) -> bytes:
    raise Unscannable(Cause.REWRITE)


def _numbers(text: bytes, at: int, floor: int) -> Stretch | None:
    """A row of character codes: `34 34 30`, `0x34,0x34`, `[52, 52, 48]`, `00110100 00110100`."""
    tries = (_NUMBERS.match(text, start) for start in range(max(floor, at - _BACK), at))
    run = next((each for each in tries if each is not None and each.end() >= at - 1), None)
    if run is None:
        return None
    best: tuple[int, bytes, int] | None = None
    for base, pattern in _BASES:
        codes = [int(each, base) for each in re.findall(pattern, run[0])]
        if len(codes) < _LEAST or max(codes) > 0x7E or not _sense(data := bytes(codes)):
            continue
        rank = sum(chr(each).isalnum() + chr(each).isdigit() for each in codes)
        if rank * 2 > len(codes) and (best is None or rank > best[0]):
            best = (rank, data, base)
    if best is None:
        return None
    _, data, base = best
    return Stretch(run.start(), run.end(), "codes", data, lambda new: _to_numbers(new, base, run[0]))


def _to_numbers(data: bytes, base: int, like: bytes) -> bytes:
    prefix = b"0x" if like[:2].lower() == b"0x" else b""
    sign = re.search(rb"[ :,;\\-]+", like)
    between = sign[0] if sign else b""
    return between.join(prefix + format(each, _WRITTEN[base]).encode() for each in data)
