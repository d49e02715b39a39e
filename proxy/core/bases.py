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

import brotli

from proxy.core import alphabets, ciphers, spoken
from proxy.core.coded import Stretch
from proxy.core.errors import Unscannable
from proxy.core.message import Cause

GATES = (
    rb"[0-9][A-Z][a-z]|[0-9][a-z][A-Z]|[A-Z][0-9][a-z]|[a-z][0-9][A-Z]|[a-z][A-Z][0-9]|[A-Z][a-z][0-9]",
    rb"[0-9][A-SU-Y][0-9]|[A-Z][0-9]{1,2}[A-Z]|[0-9][A-Z][A-Z][0-9]|[A-Z][a-z][A-Z][a-z]",
    rb"[g-z][0-9][a-z]|[a-z][0-9][g-z]|[0-9][g-z][0-9]|[0-9][a-z]{7}",
    (
        rb"[!#$%&(*+;<>?@^`{|}~=][A-Za-z0-9][!#$%&(*+;<>?@^`{|}~=]|[!#$%&(*+;<>?@^`{|}~=]{2}[A-Za-z0-9]"
        rb"|[!#$%&(*+;<>?@^`{|}~=][A-Za-z0-9]{2}:"
    ),
    rb"[0-9a-f]{16}|[0-9A-F]{16}|0x[0-9A-Fa-f]{6}|0o[0-7]{9}|[01]{24}|[a-z2-7]{16}",
    *ciphers.GATES,
)
"""Hyperscan expressions of letters, figures and signs that change as in no language."""
MOST = 4096
"""Bytes of a text whose tokens are tried."""
NUMBER = "number"
"""The coding of what is a number only if its name or its own signs say so."""
_TRIED = 48
"""Stretches of a text."""
_WIDEST = 2048
_LEAST = 7
_SHORTEST = 9
_UNPACKED = 1 << 16
_TOKEN_SIGNS = re.compile(rb"[!#-&(-+./:-@^-~0-9A-Za-z_-]*")
_LINE = re.compile(rb"[^\r\n]*")
_PREFIX = re.compile(rb"[\w.-]{1,24}[:#|=.]")
_PLAIN = re.compile(rb"(?:[\t\n\r -~]|[\xc2-\xdf][\x80-\xbf]|[\xe3-\xe9\xef][\x80-\xbf]{2}|\xf0\x9d[\x80-\xbf]{2})*")
_PACKED = (b"\x1f\x8b\x08", b"PK\x03\x04", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"BZh9")
_FIGURES = re.compile(rb"[0-9]|\xef\xbc[\x90-\x99]|\xd9[\xa0-\xa9]|\xf0\x9d\x9f[\x80-\xbf]|" + spoken.HAN)
_B64 = re.compile(rb"[A-Za-z0-9+/_-]{10,}={0,2}")
_HEX = re.compile(rb"(?:[0-9a-f]{2}){8,}|(?:[0-9A-F]{2}){8,}")
_PREFIXED = re.compile(rb"0(?:[xX][0-9A-Fa-f]{6,16}|[oO][0-7]{8,22}|[bB][01]{24,64})")
_BINARY = re.compile(rb"[01]{24,64}")
_RESIDENT = re.compile(rb"[1-9][0-9]{5}(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]{5}")
_NAMED = re.compile(rb"1[3-9][0-9]{9}|[2-9][0-9]{7}|[3-6][0-9]{15}|62[0-9]{17}")


def stretches(text: bytes, ends: Iterable[int], field: Callable[[int], tuple[int, int]]) -> Iterator[Stretch]:
    """The words of a short text that decode to text, given positions in those that could; `field` tells where the
    value around a position begins and ends. None of them is written back: a change is refused."""
    reached = 0
    known: set[tuple[int, int]] = set()
    for end in ends:
        if end <= reached:
            continue
        first, last = field(end - 1)
        if not first < end <= last:  # over the edge of two
            continue
        token, others = _candidates(text, end, first, min(last, len(text)))
        reached = max(token[1], end)
        for span in (token, *others):
            if span in known:
                continue
            known.add(span)
            if len(known) > _TRIED:
                return
            found = _decoded(text[slice(*span)].replace(b'""', b'"'))
            if found is not None:
                yield Stretch(*span, *found, _refuse, doubtful=found[0] == NUMBER)
                reached = max(span[1], reached)
                break


def _candidates(text: bytes, at: int, first: int, last: int) -> tuple[tuple[int, int], list[tuple[int, int]]]:
    """What stands around a position: the word, the word without its label, the value, the rest of its line."""
    front = _TOKEN_SIGNS.match(text[first:at][::-1])
    behind = _TOKEN_SIGNS.match(text, at, last)
    token = (at - (front.end() if front else 0), behind.end() if behind else at)
    prefix = _PREFIX.match(text, *token)
    line = _LINE.match(text, at)
    said = max(text.rfind(b": ", first, at) + 2, text.rfind(b"\n", first, at) + 1, first)
    others = [(prefix.end(), token[1])] if prefix else []
    others += [(first, last), (said, min(line.end() if line else last, last))]
    others.append((text.rfind(b"\n", 0, at) + 1, line.end() if line else last))
    return token, [each for each in others if each != token and each[0] < at <= each[1] <= each[0] + _WIDEST]


def _decoded(token: bytes) -> tuple[str, bytes] | None:
    if len(token) >= _SHORTEST and not token.isdigit():
        ways = _HEX_WAYS if _HEX.fullmatch(token) else _WAYS
        for name, letters, decode in ways:
            if letters is not None and token.translate(None, letters):
                continue
            data = decode(token)
            if data is not None:
                return name, data
    numbers = _numbers(token)
    return (NUMBER, numbers) if numbers else None


def _refuse(_: bytes) -> bytes:
    raise Unscannable(Cause.REWRITE)


def _text(data: bytes | None) -> bytes | None:
    """Bytes that are text from end to end, with figures in it, or nothing."""
    if data is None or len(data) < _LEAST:
        return None
    if data.startswith(_PACKED):
        return data
    plain = _PLAIN.match(data)
    whole = plain is not None and plain.end() == len(data)
    return data if whole and len(_FIGURES.findall(data)) >= _LEAST else None


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
    for way in (_deflated, brotli.decompress):
        try:
            return way(data)
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


def _turned(token: bytes) -> bytes:
    """Base64 written backwards."""
    return alphabets.octets(token[::-1])


def _xored(token: bytes) -> bytes | None:
    """Base64 or hex of a text with one byte added to all of it. Figures stay alike in their upper halves, which tells
    what was added there."""
    data = alphabets.octets(token)
    halves = Counter(each >> 4 for each in data)
    shown = [
        plain
        for half, count in halves.items()
        if count >= _LEAST
        for low in range(16)
        if (key := (half ^ 3) << 4 | low) and _text(plain := data.translate(_KEYS[key]))
    ]
    return b"\n".join(shown)  # several keys may make sense; all are read


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


_FIGURED = alphabets.B62
_SIGNED = b"+/_=-"
_LETTERED = alphabets.B62 + _SIGNED


def _either(capitals: bytes) -> bytes:
    return capitals + capitals.lower() + b"="


_WAYS: tuple[tuple[str, bytes | None, Callable[[bytes], bytes | None]], ...] = tuple(
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
_HEX_WAYS = tuple(way for way in _WAYS if way[0] in {"base64", "packed", "turned", "xor"})
