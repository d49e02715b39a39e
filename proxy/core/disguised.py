"""Numbers that are not what they seem: masked differently twice, coded piece by piece, or named behind, not before."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from itertools import pairwise

from proxy.core import pieces, plausible
from proxy.core.pieces import Piece

_MASKED = re.compile(rb"(?<![0-9A-Za-z*])(?=[0-9A-Z()*]{0,19}\*\*)[0-9A-Z()*]{7,20}(?![0-9A-Za-z*])")
_BULLETS = (b"\xe2\x80\xa2", b"\xe2\x97\x8f", b"\xc2\xb7", b"\xef\xbc\x8a", b"#", b"?", b"_")
_STAR = ord("*")
_TEXT = re.compile(rb"[0-9A-Za-z()]{7,24}")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
IS = rb"\xe6\x98\xaf|\xe4\xb8\xba|\xe7\x82\xba|\xe4\xbf\x82|is|=|<-"
_INTRODUCED = re.compile(
    rb"(?<![0-9A-Za-z.])([A-Z]{0,2}[0-9]{6,18}[Xx]?(?:\([0-9A]\))?)(?:\r?\n| ?(?:%b) ?)([^0-9\s][^0-9\n]{1,60})$" % IS,
    re.MULTILINE,
)
_NEGATED = re.compile(rb"-[0-9]{2}(?:[,; ]{1,2}-[0-9]{2}){6,19}(?![0-9])")
_CODE = re.compile(rb"[0-9]+")
_ASCII = 0x80
_FEW = 8
_BEFORE, _MANY, _LONG = 48, 24, 96


def laid_over(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Two maskings of one number side by side, each showing what the other hides: the number, and the words before."""
    for bullet in _BULLETS:
        text = text.replace(bullet, b"*")
    if b"**" not in text.partition(b"**")[2].lstrip(b"*"):
        return  # most texts with a number masked have no other
    masked = [found for found, _ in zip(_MASKED.finditer(text), range(_MANY), strict=False)]
    for one, other in pairwise(masked):
        first, second = one[0], other[0]
        if len(first) != len(second):
            continue
        data = bytes(b if a == _STAR else a for a, b in zip(first, second, strict=True))
        again = bytes(a if b == _STAR else b for a, b in zip(first, second, strict=True))
        if data == again and _STAR not in data and (plausible.checked(data) or plausible.called(data)):
            start = one.start()
            yield data, text[max(text.rfind(b"\n", 0, start) + 1, start - _BEFORE) : start]


def decoded(at: int, text: bytes, most: int) -> Iterator[tuple[bytes, bytes]]:
    """Pieces of base64 or hexadecimal under one name, decoded one by one or together: the number, and the name."""
    by_key: dict[bytes, list[Piece]] = {}
    for part in pieces.coded(at, text, most):
        by_key.setdefault(part.key, []).append(part)
    if 1 < sum(map(len, by_key.values())) <= _FEW:
        by_key[b""] = [part for group in by_key.values() for part in group]
    for key, group in by_key.items():
        written = [part.value for part in group]
        if not 2 <= len(written) <= _MANY or sum(map(len, written)) > _LONG:
            continue
        for reading in (_of_base64, _of_hex):
            for data in (reading(b"".join(written)), b"".join(map(reading, written))):
                if _TEXT.fullmatch(data) and (plausible.checked(data) or plausible.called(data)):
                    yield data, b" ".join((key, pieces.opening(text)))


def introduced(text: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Numbers that are called what they are behind them: where one begins, the number, and the words."""
    for found, _ in zip(_INTRODUCED.finditer(text), range(_MANY), strict=False):
        if plausible.checked(found[1]) or plausible.called(found[1]):
            yield found.start(), found[1], found[2]


def negated(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Lists of character codes with a sign in front of each: the number, and the words before."""
    for found, _ in zip(_NEGATED.finditer(text), range(_MANY), strict=False):
        codes = [int(code) for code in _CODE.findall(found[0])]
        data = bytes(code for code in codes if code < _ASCII)
        if plausible.checked(data) or plausible.called(data):
            yield data, text[max(text.rfind(b"\n", 0, found.start()) + 1, found.start() - _BEFORE) : found.start()]


def _of_base64(written: bytes) -> bytes:
    try:
        bare = written.rstrip(b"=").translate(_TO_STANDARD)
        return base64.b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        return b"?"


def _of_hex(written: bytes) -> bytes:
    try:
        return binascii.unhexlify(written)
    except binascii.Error:
        return b"?"
