"""Codings with no sign of their own: base85 and its kin, base58, base45, base64 of what is packed or turned.

Only in short texts, where every long token can be tried: what comes out must be text from end to end, which chance does
not make of sixteen letters. RFC 4648 (base32hex), RFC 9285 (base45), RFC 1924 and Adobe (base85), ZeroMQ RFC 32 (Z85).
"""

from __future__ import annotations

import base64
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import brotli

from proxy.core.coded import Stretch
from proxy.core.errors import Unscannable
from proxy.core.message import Cause

GATES = (
    rb"[0-9][A-Z][a-z]|[0-9][a-z][A-Z]|[A-Z][0-9][a-z]|[a-z][0-9][A-Z]|[a-z][A-Z][0-9]|[A-Z][a-z][0-9]",
    rb"[0-9][A-SU-Y][0-9]|[A-Z][0-9][A-Z]|[0-9][A-Z][A-Z][0-9]|[A-Z][a-z][A-Z][a-z]",
    rb"[g-z][0-9][a-z]|[a-z][0-9][g-z]|[0-9][g-z][0-9]",
    rb"[!#$%&(*+;<>?@^`{|}~=][A-Za-z0-9][!#$%&(*+;<>?@^`{|}~=]|[!#$%&(*+;<>?@^`{|}~=]{2}[A-Za-z0-9]",
    rb"[0-9a-f]{22}|[0-9A-F]{22}|0x[0-9A-Fa-f]{9}|0o[0-7]{11}",
)
"""Hyperscan expressions of letters, figures and signs that change as in no language."""
MOST = 4096
"""Bytes of a text whose tokens are tried."""
_TRIED = 24
"""Tokens of a text."""
_WIDEST = 2048
_LEAST = 7
_SHORTEST = 9
_UNPACKED = 1 << 16
_TOKEN = re.compile(rb"<~[!-u\sz]{8,}?~>|[!#-&(-+./:-@^-~0-9A-Za-z_-]{10,}={0,2}")
_TOKEN_SIGNS = re.compile(rb"[!#-&(-+./:-@^-~0-9A-Za-z_-]*")
_LINE = re.compile(rb"[^\r\n]*")
_PLAIN = re.compile(rb"(?:[\t\n\r -~]|[\xc2-\xdf][\x80-\xbf]|[\xe3-\xe9][\x80-\xbf]{2})*")
_PACKED = (b"\x1f\x8b\x08", b"PK\x03\x04", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"BZh9")
_FIGURES = re.compile(rb"[0-9]")
_B64 = re.compile(rb"[A-Za-z0-9+/_-]{10,}={0,2}")
_LITERAL = re.compile(rb"0[xX][0-9A-Fa-f]{7,16}|0[oO][0-7]{9,22}")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){8,}")
_ALNUM = re.compile(rb"[0-9A-Za-z]{9,}")
_B58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_B62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_B62_TURNED = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_B45 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_B91 = b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,./:;<=>?@[]^_`{|}~"'
_Z85 = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_STANDARD_85 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_STANDARD_32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_OTHER_32 = (
    _STANDARD_32,
    b"0123456789ABCDEFGHIJKLMNOPQRSTUV",
    b"0123456789ABCDEFGHJKMNPQRSTVWXYZ",
    b"YBNDRFG8EJKMCPQXOT1UWISZA345H769",
)


def stretches(text: bytes, ends: Iterable[int], field: Callable[[int], tuple[int, int]]) -> Iterator[Stretch]:
    """The words of a short text that decode to text, given positions in those that could; `field` tells where the
    value around a position begins and ends. None of them is written back: a change is refused."""
    reached = tried = 0
    for end in ends:
        if end <= reached:
            continue
        tried += 1
        if tried > _TRIED:
            return
        token, others = _candidates(text, end, field)
        reached = token[1]
        for start, stop in (token, *others):
            found = _decoded(text[start:stop])
            if found is not None:
                yield Stretch(start, stop, *found, _refuse)
                reached = stop
                break


def _candidates(
    text: bytes, at: int, field: Callable[[int], tuple[int, int]]
) -> tuple[tuple[int, int], list[tuple[int, int]]]:
    """What stands around a position: the word, the value, the rest of its line."""
    front = _TOKEN_SIGNS.match(text[:at][::-1])
    start = at - (front.end() if front else 0)
    behind = _TOKEN_SIGNS.match(text, at)
    first, last = field(at - 1)
    start = max(start, first if first < at else 0)
    token = (start, min(behind.end() if behind else at, last if last >= at else len(text)))
    line = _LINE.match(text, at)
    said = max(text.rfind(b": ", first, at) + 2, text.rfind(b"\n", first, at) + 1, first)
    last = min(last, len(text))
    others = {(first, last): None, (said, min(line.end() if line else last, last)): None}
    return token, [
        each for each in others if each != token and each[0] < at <= each[1] and each[1] - each[0] <= _WIDEST
    ]


def _decoded(token: bytes) -> tuple[str, bytes] | None:
    if len(token) < _SHORTEST or token.isalpha() or token.isdigit():
        return None
    for name, decode in _WAYS:
        data = decode(token)
        if data is not None:
            return name, data
    return None


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
        except (ValueError, zlib.error, brotli.error, IndexError, OverflowError):
            return None

    return attempt


def _octets(token: bytes) -> bytes:
    """What a token in base64 stands for, in whichever alphabet. Raises ValueError."""
    if _HEX.fullmatch(token):
        return bytes.fromhex(token.decode())
    if not _B64.fullmatch(token):
        raise ValueError
    letters = token.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))


def _again(token: bytes) -> bytes:
    """Base64 of base64, or of a text."""
    data = _octets(token)
    for _ in range(3):
        if not _B64.fullmatch(data) or data.isdigit():
            break
        data = _octets(data)
    return data


def _inflated(token: bytes) -> bytes | None:
    data = _octets(token)
    for way in (_deflated, brotli.decompress):
        try:
            return way(data)
        except (zlib.error, brotli.error):
            continue
    return None


def _deflated(data: bytes) -> bytes:
    stream = zlib.decompressobj(-15)
    found = stream.decompress(data, _UNPACKED)
    if not stream.eof:
        raise zlib.error
    return found


def _turned(token: bytes) -> bytes:
    """Base64 written backwards."""
    return _octets(token[::-1])


def _xored(token: bytes) -> bytes | None:
    """Base64 or hex of a text with one byte added to all of it. Figures stay alike in their upper halves, which tells
    what was added there."""
    data = _octets(token)
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


def _literal(token: bytes) -> bytes | None:
    """A number as programs write it in base 16 or 8, in figures."""
    if not _LITERAL.fullmatch(token):
        return None
    return b"%d" % int(token, 0)


def _number(alphabet: bytes) -> Callable[[bytes], bytes | None]:
    """A token as one number in some base."""
    values = {letter: at for at, letter in enumerate(alphabet)}

    def decode(token: bytes) -> bytes | None:
        if not _ALNUM.fullmatch(token) or len(token) > 512:
            return None
        number = 0
        for letter in token:
            if letter not in values:
                return None
            number = number * len(alphabet) + values[letter]
        return number.to_bytes((number.bit_length() + 7) // 8, "big")

    return decode


def _base85(token: bytes) -> bytes:
    return base64.b85decode(token)


def _ascii85(token: bytes) -> bytes:
    return base64.a85decode(token, adobe=token.startswith(b"<~"))


def _z85(token: bytes) -> bytes | None:
    if len(token) % 5 or token.translate(None, _Z85):
        return None
    return base64.b85decode(token.translate(bytes.maketrans(_Z85, _STANDARD_85)))


def _base32(alphabet: bytes) -> Callable[[bytes], bytes | None]:
    table = bytes.maketrans(alphabet, _STANDARD_32)

    def decode(token: bytes) -> bytes | None:
        letters = token.upper().rstrip(b"=")
        if letters.translate(None, alphabet):
            return None
        whole = letters.translate(table) + b"A" * (-len(letters) % 8)
        return base64.b32decode(whole)[: len(letters) * 5 // 8]

    return decode


def _base45(token: bytes) -> bytes | None:
    if token.translate(None, _B45) or len(token) % 3 == 1:
        return None
    out = bytearray()
    for at in range(0, len(token), 3):
        group = [_B45.index(letter) for letter in token[at : at + 3]]
        number = sum(value * 45**place for place, value in enumerate(group))
        out += number.to_bytes(len(group) - 1, "big")
    return bytes(out)


def _base91(token: bytes) -> bytes | None:
    if token.translate(None, _B91):
        return None
    out, bits, size, held = bytearray(), 0, 0, -1
    for letter in token:
        value = _B91.index(letter)
        if held < 0:
            held = value
            continue
        held += value * 91
        bits |= held << size
        size += 13 if held & 8191 > 88 else 14
        held = -1
        while size > 7:
            out.append(bits & 255)
            bits, size = bits >> 8, size - 8
    if held >= 0:
        out.append((bits | held << size) & 255)
    return bytes(out)


_WAYS: tuple[tuple[str, Callable[[bytes], bytes | None]], ...] = tuple(
    (name, _tried(decode))
    for name, decode in (
        ("number", _literal),
        ("ascii85", _ascii85),
        ("base85", _base85),
        ("z85", _z85),
        *(("base32", _base32(alphabet)) for alphabet in _OTHER_32),
        ("base58", _number(_B58)),
        ("base62", _number(_B62)),
        ("base62", _number(_B62_TURNED)),
        ("base45", _base45),
        ("base91", _base91),
        ("base64", _again),
        ("packed", _inflated),
        ("turned", _turned),
        ("xor", _xored),
    )
)
