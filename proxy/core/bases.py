"""Words of short texts that are something else in an alphabet with no sign of its own: base85 and its kin, base58,
base45, numbers in another base, base64 of what is packed or turned.

Only in short texts, where every long token can be tried: what comes out must be text from end to end, which chance does
not make of sixteen letters. A number has no such shape; it counts where it proves itself, or where its name says so.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import batched

import brotli

from proxy.core import alphabets, ciphers, der, plausible, spoken
from proxy.core.coded import Stretch
from proxy.core.errors import Unscannable
from proxy.core.message import Cause

_MIXED = (
    rb"[0-9][A-Z][a-z]|[0-9][a-z][A-Z]|[A-Z][0-9][a-z]|[a-z][0-9][A-Z]|[a-z][A-Z][0-9]|[A-Z][a-z][0-9]",
    rb"[0-9][A-SU-Y][0-9]|[A-Z][0-9]{1,2}[A-Z]|[0-9][A-Z][A-Z][0-9]|[A-Z][a-z][A-Z][a-z]",
    rb"[g-z][0-9][a-z]|[a-z][0-9][g-z]|[0-9][g-z][0-9]|[0-9][a-z]{7}",
)
_SIGNED = (
    rb"[!#$%&(*+;<>?@^`{|}~=][A-Za-z0-9][!#$%&(*+;<>?@^`{|}~=]|[!#$%&(*+;<>?@^`{|}~=]{2}[A-Za-z0-9]"
    rb"|[!#$%&(*+;<>?@^`{|}~=][A-Za-z0-9]{2}:"
)
_HEXADECIMAL = rb"[0-9a-f]{16}|[0-9A-F]{16}|0x[0-9A-Fa-f]{6}|0o[0-7]{9}|[01]{24}|[a-z2-7]{16}|[A-Z2-7]{16}"
_OTHER = (
    rb"[0-9A-Fa-f]3[0-9][.,;|/_]3[0-9]{2}[0-9A-Fa-f]|3[0-9][.|/_]3[0-9][.|/_]3[0-9]"
    rb"|[MNO][DTjz][AEIMQUYcgk][0-9A-Za-z]{1,9}\t"
)
GATES: tuple[tuple[tuple[bytes, ...], tuple[bytes, ...]], ...] = (
    ((), _MIXED),
    ((), (_OTHER, *ciphers.WORD_GATES)),
    ((rb"[!#$%&(*+;<>?@^`{|}~=][A-Za-z0-9]{0,2}[!#$%&(*+;<>?@^`{|}~=:]",), (_SIGNED,)),
    (
        (rb"[0-9A-Za-z|]{16}", rb"0[xo][0-9A-Fa-f]{6}", rb"[!@#$%^&*()]{17}"),
        (_HEXADECIMAL, *ciphers.VALUE_GATES),
    ),
)
"""Hyperscan expressions of letters, figures and signs that change as in no language; before those that cost most, what
a text that has any of them must have. Each group is a database of its own: together they cost twice as much."""
MOST = 4096
"""Bytes of a text whose tokens are tried."""
NUMBER = "number"
"""The coding of what is a number only if its name or its own signs say so."""
_TRIED = 48
"""Stretches of a text."""
_WIDEST = 2048
_LEAST = 7
_SHORTEST = 9
_DIGITS = 28
"""From so many digits on they could be hex."""
_UNPACKED = 1 << 16
_TOKEN_SIGNS = re.compile(rb"[!#-&(-+./:-@^-~0-9A-Za-z_-]*")
_LINE = re.compile(rb"[^\r\n]*")
_MASKS = (b"***", b"###", b"xxx", b"XXX", b"___", b"...", b"---")
_FIGURES_ALONE = re.compile(rb"([0-9]*)[\",:;{}\[\]]")
_PREFIX = re.compile(rb"[\w.-]{1,24}[:#|=.]")
_PLAIN = re.compile(rb"(?:[\t\n\r -~]|[\xc2-\xdf][\x80-\xbf]|[\xe3-\xe9\xef][\x80-\xbf]{2}|\xf0\x9d[\x80-\xbf]{2})*")
USUAL = re.compile(rb"[\s0-9A-Za-z{}\":,().@+=/_\x80-\xff-]*")
"""Text without the signs that chance brings."""
_PACKED = (b"\x1f\x8b\x08", b"PK\x03\x04", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"BZh9")
_PACKED_ID = 9
"""Bytes of a resident ID in packed decimal."""
_SEPARATORS = b" \t\r\n.,:;|_"
_SEPARATED = re.compile(rb"[0-9A-Za-z+/=-]{1,64}(?:[ \t\r\n.,:;|_]{1,2}[0-9A-Za-z+/=-]{1,64})+")
_FIGURES = re.compile(rb"[0-9]|\xef\xbc[\x90-\x99]|\xd9[\xa0-\xa9]|\xf0\x9d\x9f[\x80-\xbf]|" + spoken.HAN)
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_B64 = re.compile(rb"[A-Za-z0-9+/_-]{10,}={0,2}")
_HEX = re.compile(rb"(?:[0-9a-f]{2}){8,}|(?:[0-9A-F]{2}){8,}")
_PREFIXED = re.compile(rb"0(?:[xX][0-9A-Fa-f]{6,16}|[oO][0-7]{8,22}|[bB][01]{24,64})")
_BINARY = re.compile(rb"[01]{24,64}")
_RESIDENT = re.compile(rb"[1-9][0-9]{5}(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]{5}")
_NAMED = re.compile(rb"1[3-9][0-9]{9}|[2-9][0-9]{7}|[3-6][0-9]{15}|62[0-9]{17}")


_Span = tuple[int, int]
_Way = tuple[str, bytes, Callable[[bytes], bytes | None]]
"""What a coding is called, its letters, and how it is read."""


def stretches(text: bytes, ends: Iterable[int], field: Callable[[int], tuple[int, int]]) -> Iterator[Stretch]:
    """The words of a short text that decode to text, given positions in those that could; `field` tells where the
    value around a position begins and ends. None of them is written back: a change is refused."""
    reached = 0
    known: set[tuple[int, int]] = set()
    for end in ends:
        if end <= reached or text[end - 4 : end - 1] in _MASKS:
            continue
        if number := _is_number(text, end):
            reached = number
            continue
        spans = _quoted(text, end) or _candidates(text, end, *field(end - 1))
        reached = max(spans[0][1], end) if spans else reached
        for span in spans:
            if span in known:
                continue
            known.add(span)
            if len(known) > _TRIED:
                return
            found = list(_decoded(text[slice(*span)].replace(b'""', b'"')))
            for coding, data in found:
                yield Stretch(*span, coding, data, _refuse, doubtful=coding == NUMBER)
            if found:
                reached = max(span[1], reached)
                break


def _is_number(text: bytes, at: int) -> int:
    """Where the number around a position ends that is a field's only value: it is what it is, and most are by far."""
    front = _FIGURES_ALONE.match(text[max(at - _DIGITS, 0) : at][::-1])
    behind = _FIGURES_ALONE.match(text, at)
    if front is None or behind is None:
        return 0
    start, end = at - front.end(1), behind.end(1)
    return end if end - start < _DIGITS and text[start:end].translate(None, b"01") else 0


def _quoted(text: bytes, at: int) -> list[_Span]:
    """The word around a position that stands in quotes, as most do: then it is all of the value. And that without its
    label. Nothing where it stands otherwise."""
    front = _TOKEN_SIGNS.match(text[max(at - _WIDEST, 0) : at][::-1])
    behind = _TOKEN_SIGNS.match(text, at)
    start, end = at - (front.end() if front else 0), behind.end() if behind else at
    if not start or text[start - 1] not in b"\"'" or text[end : end + 1] != text[start - 1 : start]:
        return []
    prefix = _PREFIX.match(text, start, end)
    return [(start, end), (prefix.end(), end)] if prefix and prefix.end() < at else [(start, end)]


def _candidates(text: bytes, at: int, first: int, last: int) -> list[_Span]:
    """What stands around a position in a value: the word, the word without its label, the value, the rest of its
    line. Nothing where it lies over the edge of two values."""
    if not first < at <= last:
        return []
    last = min(last, len(text))
    front = _TOKEN_SIGNS.match(text[first:at][::-1])
    behind = _TOKEN_SIGNS.match(text, at, last)
    token = (at - (front.end() if front else 0), behind.end() if behind else at)
    prefix = _PREFIX.match(text, *token)
    line = _LINE.match(text, at)
    said = max(text.rfind(b": ", first, at) + 2, text.rfind(b"\n", first, at) + 1, first)
    others = [(prefix.end(), token[1])] if prefix else []
    others += [(first, last), (said, min(line.end() if line else last, last))]
    others.append((text.rfind(b"\n", 0, at) + 1, line.end() if line else last))
    return [token, *(each for each in others if each != token and each[0] < at <= each[1] <= each[0] + _WIDEST)]


def _decoded(token: bytes) -> Iterator[tuple[str, bytes]]:
    """All that a token may say: it may make sense in several ways."""
    if _SEPARATED.fullmatch(token):
        together = token.translate(None, _SEPARATORS)
        yield from _read(together, _HEX_WAYS if _HEX.fullmatch(together) else _PLAIN_WAYS)
    if not token.isdigit() or len(token) >= _DIGITS:
        if token.isdigit() and (data := _BYTES(token)):
            yield "base10", data
        yield from _read(token, _HEX_WAYS if _HEX.fullmatch(token) else _WAYS)
    numbers = _numbers(token)
    if numbers:
        yield NUMBER, numbers


def _read(token: bytes, ways: Iterable[_Way]) -> Iterator[tuple[str, bytes]]:
    if len(token) >= _SHORTEST:
        for name, letters, decode in ways:
            if token.translate(None, letters):
                continue
            data = decode(token)
            if data is not None:
                yield name, data


def _refuse(_: bytes) -> bytes:
    raise Unscannable(Cause.REWRITE)


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
    if b"\0" in data:
        data = _narrow(data)
    plain = _PLAIN.match(data)
    if plain is None or plain.end() != len(data):
        return _halves(data)
    return data if len(_FIGURES.findall(data)) >= _LEAST else None


def _halves(data: bytes) -> bytes | None:
    """A resident ID with a figure in each half of a byte, in either order (packed decimal; telephones swap them)."""
    figures = data.hex()
    if len(data) != _PACKED_ID or not figures.isdigit():
        return None
    written = (figures, "".join(two + one for one, two in batched(figures, 2)))
    return next((each.encode() for each in written if plausible.checked(each.encode())), None)


def _narrow(data: bytes) -> bytes:
    """UTF-16 in UTF-8. Raises UnicodeDecodeError."""
    codec = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-16-be" if data[0] == 0 else "utf-16-le"
    return data[: len(data) & ~1].decode(codec).encode("utf-8", "replace")


def _tried(decode: Callable[[bytes], bytes | None]) -> Callable[[bytes], bytes | None]:
    def attempt(token: bytes) -> bytes | None:
        try:
            return _text(decode(token))
        except (ValueError, zlib.error, brotli.error, LookupError, OverflowError):
            return None

    return attempt


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
    for other in (token[::-1], token.swapcase(), token.translate(_ROT13), swapped):
        try:
            found = _text(alphabets.octets(other))
        except ValueError:
            continue
        if found:
            return found
    return None


def _xored(token: bytes) -> bytes | None:
    """Base64 or hex of a text with one byte added to all of it. Figures stay alike in their upper halves, which tells
    what was added there."""
    data = alphabets.octets(token)
    if USUAL.fullmatch(data) and _text(data):
        return None
    halves = Counter(each >> 4 for each in data)
    shown = [
        plain
        for half, count in halves.items()
        if count >= _LEAST
        for low in range(16)
        if (key := (half ^ 3) << 4 | low) and _text(plain := data.translate(_KEYS[key]))
    ]
    return b"\n".join(shown)  # several keys may make sense; all are read


_ROT13 = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", b"NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm"
)
_KEYS = tuple(bytes(each ^ key for each in range(256)) for key in range(256))
_WHOLE = tuple(map(alphabets.whole, (alphabets.B36, alphabets.B62, alphabets.B62_TURNED, alphabets.B58)))


def _numbers(token: bytes) -> bytes:
    """What a token says as a number in another base, in figures, a line each, where they could be found."""
    values: list[int] = []
    if _PREFIXED.fullmatch(token):
        values = [int(token, 0)]
    elif _BINARY.fullmatch(token):
        values = [int(token, 2)]
    elif 5 <= len(token) <= 15 and token.isalnum() and token.isascii():
        if not token.translate(None, b"0123456789abcdefABCDEF"):
            values.append(int(token, 16))
        if len(token) <= 13 and (token == token.lower() or token == token.upper()):
            values.append(int(token, 36))
        if len(token) <= 11:
            for read in _WHOLE[1:]:
                try:
                    values.append(read(token))
                except ValueError:
                    continue
    figures = {b"%d" % value for value in values}
    return b"\n".join(sorted(each for each in figures if _RESIDENT.fullmatch(each) or _NAMED.fullmatch(each)))


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
        ("base58", alphabets.B58, alphabets.number(alphabets.B58)),
        ("base62", alphabets.B62, alphabets.number(alphabets.B62)),
        ("base62", alphabets.B62, alphabets.number(alphabets.B62_TURNED)),
        ("base45", alphabets.B45, alphabets.base45),
        ("packed", _LETTERED, _inflated),
        ("turned", _LETTERED, _turned),
        ("xor", _LETTERED, _xored),
        ("ascii85", bytes(range(33, 118)) + b"z~\t\n\r ", alphabets.ascii85),
        ("base85", alphabets.B85, alphabets.base85),
        ("z85", alphabets.Z85, alphabets.z85),
        ("base91", alphabets.B91, alphabets.base91),
    )
)
_BYTES = _tried(alphabets.number(b"0123456789"))
_HEX_WAYS = tuple(way for way in _WAYS if way[0] in {"base64", "packed", "turned", "xor"})
_PLAIN_WAYS = tuple(way for way in _WAYS if way[0] in {"base64", "base32", "packed", "turned"})
