"""All that a word may say in the alphabets of `bases`.

What comes out must be text from end to end, which chance does not make of sixteen letters. A number has no such shape;
it counts where it proves itself, or where its name says so.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import batched

import brotli

from proxy.core import alphabets, der, keyed, plausible, radix, spoken

_LEAST = 7
_SHORTEST = 9
DIGITS = 28
"""From so many digits on they could be hex."""
_UNPACKED = 1 << 16
_PLAIN = re.compile(rb"(?:[\t\n\r -~]|[\xc2-\xdf][\x80-\xbf]|[\xe3-\xe9\xef][\x80-\xbf]{2}|\xf0\x9d[\x80-\xbf]{2})*")
_WRITTEN = re.compile(
    rb"(?:[\t\n\r -~]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}"
    rb"|\xf0[\x9d-\x9f][\x80-\xbf]{2}|\xf3\xa0[\x80-\xbf]{2})*"
)
"""The same with all that may be a figure in some script."""
_LONG, _SEVERAL = 20, 16
"""Bytes that are a text by no chance, whatever they say; readings under different keys."""
_USED = re.compile(rb"[0-9A-Za-z ]|[\xe4-\xe9\xef][\x80-\xbf]{2}")
"""What most texts consist of."""
USUAL = re.compile(rb"[\s0-9A-Za-z{}\":,().@+=/_\x80-\xff-]*")
"""Text without the signs that chance brings."""
_PACKED = (b"\x1f\x8b\x08", b"PK\x03\x04", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"BZh9", b"\x5d\0\0\x80\0")
_PACKED_ID = 9
"""Bytes of a resident ID in packed decimal."""
_SEPARATORS = b" \t\r\n.,:;|_"
_SEPARATED = re.compile(rb"[0-9A-Za-z+/=-]{1,64}(?:[ \t\r\n.,:;|_]{1,2}[0-9A-Za-z+/=-]{1,64})+")
_APART_SIGN = re.compile(rb"[^0-9A-Za-z+/=]")
_PIECES = 3
_LETTERS_OF_HEX = re.compile(rb"(?:[a-p]{2}){8,}|(?:[A-P]{2}){8,}")
"""Hex in the first letters of the alphabet, as NetBIOS writes names (RFC 1001 section 14.1)."""
_FIGURES = re.compile(rb"[0-9]|\xef\xbc[\x90-\x99]|\xd9[\xa0-\xa9]|\xf0\x9d\x9f[\x80-\xbf]|" + spoken.HAN_DIGITS)
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_B64 = re.compile(rb"[A-Za-z0-9+/_-]{10,}={0,2}")
_HEX = re.compile(rb"(?:[0-9a-f]{2}){8,}|(?:[0-9A-F]{2}){8,}")
_SIGNS, _APART = 18, 4
"""Of a resident ID, and how far apart they are looked for."""
NUMBER = "number"
"""The coding of what is a number only if its name or its own signs say so."""

_Way = tuple[str, bytes, Callable[[bytes], bytes | None]]
"""What a coding is called, its letters, and how it is read."""


def readings(token: bytes) -> Iterator[tuple[str, bytes]]:
    """All that a token may say: it may make sense in several ways."""
    together = token.translate(None, _SEPARATORS) if _SEPARATED.fullmatch(token) else _evenly(token)
    if together:
        yield from _read(together, _HEX_WAYS if _HEX.fullmatch(together) else _PLAIN_WAYS)
    printed = token.translate(_ROT47)
    if _B64.fullmatch(printed) and not (printed.isdigit() or _B64.fullmatch(token)):
        yield from _read(printed, _HEX_WAYS if _HEX.fullmatch(printed) else _PLAIN_WAYS)
    if _LETTERS_OF_HEX.fullmatch(token):
        yield from _read(token.lower().translate(_SIXTEEN), _HEX_WAYS)
    if not token.isdigit() or len(token) >= DIGITS:
        for read in _IN_FIGURES if token.isdigit() else ():
            if data := read(token):
                yield "base10", data
        yield from _read(token, _HEX_WAYS if _HEX.fullmatch(token) else _WAYS)
    if number := _spaced(token):
        yield "spaced", number
    numbers = radix.numbers(token)
    if numbers:
        yield NUMBER, numbers


def _evenly(token: bytes) -> bytes:
    """A token without the sign that stands behind every so many letters."""
    sign = _APART_SIGN.search(token)
    pieces = token.split(sign[0]) if sign else []
    width = len(pieces[0]) if len(pieces) >= _PIECES else 0
    if width < 2 or len(pieces[-1]) > width or any(len(piece) != width for piece in pieces[:-1]):
        return b""
    return b"".join(pieces)


def _spaced(token: bytes) -> bytes | None:
    """The resident ID of which every second, third or fourth sign is one: told several times over, or amid others."""
    apart = len(token) // _SIGNS
    if not 2 <= apart <= _APART or len(token) % _SIGNS:
        return None
    rows = (token[first::apart] for first in range(apart))
    return next(filter(plausible.proved, rows), None)


def _read(token: bytes, ways: Iterable[_Way]) -> Iterator[tuple[str, bytes]]:
    if len(token) >= _SHORTEST:
        for name, letters, decode in ways:
            if token.translate(None, letters):
                continue
            data = decode(token)
            if data is not None:
                yield name, data


def _text(data: bytes | None) -> bytes | None:
    """Bytes that are text from end to end, with figures in it, or nothing."""
    if data is None or len(data) < _LEAST:
        return None
    if data.startswith(_PACKED):
        return data
    if data[:1] in {b"\x30", b"\x31"} and (inside := der.strings(data)):
        return inside
    if data.startswith(_ZLIB):
        data = _deflated(data)
    long = len(data) >= _LONG and b"\0" not in data  # nearly all pairs of bytes are a character of UTF-16
    if b"\0" in data:
        data = _narrow(data)
    if not (_WRITTEN if long else _PLAIN).fullmatch(data):
        return _halves(data)
    told = long or len(_FIGURES.findall(data)) >= _LEAST or plausible.proof(data) is not None
    return data if told and not _repeats(data) else None


def _repeats(data: bytes) -> bool:
    """Whether so few bytes come again and again that they hold nothing.

    ATTACK: under any key such a row is such a row, which may be read in as many ways as the first, and so on.
    """
    return len(data) > 2 * _LEAST and any(data[period:] == data[:-period] for period in range(1, _LEAST))


def _halves(data: bytes) -> bytes | None:
    """A resident ID with a figure in each half of a byte, in either order (packed decimal; telephones swap them)."""
    figures = data.hex()
    if len(data) != _PACKED_ID or not figures.isdigit():
        return None
    written = (figures, "".join(two + one for one, two in batched(figures, 2)))
    return next((each.encode() for each in written if plausible.checked(each.encode())), None)


def _narrow(data: bytes) -> bytes:
    """UTF-16 or UTF-32 in UTF-8. Raises UnicodeDecodeError."""
    if len(data) % 4 == 0 and not (any(data[::4]) and any(data[3::4])):
        return data.decode("utf-32-be" if data[0] == 0 else "utf-32-le").encode("utf-8", "replace")
    codec = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-16-be" if data[0] == 0 else "utf-16-le"
    return data[: len(data) & ~1].decode(codec).encode("utf-8", "replace")


def _tried(decode: Callable[[bytes], bytes | None]) -> Callable[[bytes], bytes | None]:
    def attempt(token: bytes) -> bytes | None:
        try:
            return _text(decode(token))
        except (ValueError, zlib.error, brotli.error, LookupError, OverflowError):
            return None

    return attempt


def _codes(token: bytes) -> bytes | None:
    """Three figures a byte."""
    return bytes(int(token[at : at + 3]) for at in range(0, len(token), 3)) if len(token) % 3 == 0 else None


def _again(token: bytes) -> bytes:
    """Base64 of base64, or of a text."""
    data = alphabets.octets(token)
    for _ in range(3):
        if not _B64.fullmatch(data) or data.isdigit():
            break
        data = alphabets.octets(data)
    return data


def _inflated(token: bytes) -> bytes | None:
    data = alphabets.octets(token)
    for way in (_deflated, brotli.decompress):  # either may take the other's bytes for its own
        try:
            if found := _text(way(data)):
                return found
        except (zlib.error, brotli.error):
            continue
    return None


def _deflated(data: bytes) -> bytes:
    """Raises zlib.error, for what is cut as well."""
    stream = zlib.decompressobj(15 if data[:1] == b"\x78" else -15)
    found = stream.decompress(data, _UNPACKED)
    if not stream.eof:
        raise zlib.error
    return found


def _turned(token: bytes) -> bytes | None:
    """Base64 or hex written backwards, with small letters for capitals, by rot13, with half-bytes swapped; or the
    bytes backwards."""
    swapped = b"".join(token[at : at + 2][::-1] for at in range(0, len(token), 2)) if _HEX.fullmatch(token) else b""
    for other in (token[::-1], token.swapcase(), token.translate(_ROT13), swapped, b""):
        try:
            found = _text(alphabets.octets(other) if other else _packed(alphabets.octets(token)[::-1]))
        except ValueError:
            continue
        if found:
            return found
    return None


def _keyed(token: bytes) -> bytes | None:
    """Base64 or hex of a text under a key of one byte."""
    data = alphabets.octets(token)
    if _WRITTEN.fullmatch(data) and (len(data) >= _LONG or USUAL.fullmatch(data)) and _text(data):
        return None
    shown = [plain for each in keyed.readings(data, _WRITTEN) if (plain := _text(each)) and _is_usual(plain)]
    shown.sort(key=lambda plain: len(_USED.sub(b"", plain)) / len(plain))
    return b"\n".join(shown[:_SEVERAL])  # several keys may make sense; all are read


def _is_usual(plain: bytes) -> bool:
    return USUAL.fullmatch(plain) is not None or len(_FIGURES.findall(plain)) >= _LEAST


def _packed(data: bytes) -> bytes | None:
    return data if data.startswith((*_PACKED, *_ZLIB)) else None


_ROT13 = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", b"NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm"
)
_PRINTED = bytes(range(33, 127))
_ROT47 = bytes.maketrans(_PRINTED, _PRINTED[47:] + _PRINTED[:47])
_SIXTEEN = bytes.maketrans(b"abcdefghijklmnop", b"0123456789abcdef")
_LETTERED = alphabets.B62 + b"+/_=-"


def _either(capitals: bytes) -> bytes:
    return capitals + capitals.lower() + b"="


_WAYS: tuple[_Way, ...] = tuple(
    (name, letters, _tried(decode))
    for name, letters, decode in (
        ("base64", _LETTERED, _again),
        *(
            ("base32", _either(alphabet), alphabets.base32(alphabet))
            for alphabet in (alphabets.B32, alphabets.HEX32, alphabets.CROCKFORD, alphabets.ZOOKO)
        ),
        *(
            ("base58", alphabet, alphabets.number(alphabet))
            for alphabet in (alphabets.B58, alphabets.B58_FLICKR, alphabets.B58_RIPPLE)
        ),
        ("base36", alphabets.B36 + alphabets.B36.lower(), alphabets.digits36),
        ("base62", alphabets.B62, alphabets.number(alphabets.B62)),
        ("base62", alphabets.B62, alphabets.number(alphabets.B62_TURNED)),
        ("base45", alphabets.B45, alphabets.base45),
        ("packed", _LETTERED, _inflated),
        ("turned", _LETTERED, _turned),
        ("keyed", _LETTERED, _keyed),
        ("ascii85", bytes(range(33, 118)) + b"z~\t\n\r ", alphabets.ascii85),
        ("base85", alphabets.B85, alphabets.base85),
        ("z85", alphabets.Z85, alphabets.z85),
        ("base91", alphabets.B91, alphabets.base91),
    )
)
_IN_FIGURES = (_tried(alphabets.number(b"0123456789")), _tried(_codes))
_HEX_WAYS = tuple(way for way in _WAYS if way[0] in {"base64", "packed", "turned", "keyed"})
_PLAIN_WAYS = tuple(way for way in _WAYS if way[0] in {"base64", "base32", "packed", "turned"})
from_base64 = _tried(_again)
"""The text that a token says in base64; None where it says none."""
