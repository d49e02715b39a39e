"""Six bits a sign in other alphabets than that of base64: of crypt and bcrypt, figures or small letters first, a line
of uuencode or xxencode without its frame.

Figures look alike in each of them, three by three, and like little else: that tells where one could be.
"""

from __future__ import annotations

import base64
import re
import string
from typing import NamedTuple

from proxy.core import plausible

_UPPER, _LOWER, _DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
_STANDARD = (_UPPER + _LOWER + _DIGITS + "+/").encode()
_MOST = 64
"""Signs before the place where figures were seen, and signs in all."""


class _Alphabet(NamedTuple):
    """`counted` says that a line begins with the number of its bytes."""

    letters: bytes
    counted: bool = False


_ALPHABETS = (
    _Alphabet(f"./{_DIGITS}{_UPPER}{_LOWER}".encode()),
    _Alphabet(f"./{_UPPER}{_LOWER}{_DIGITS}".encode()),
    _Alphabet(f"{_DIGITS}{_UPPER}{_LOWER}+/".encode()),
    _Alphabet(f"{_DIGITS}{_LOWER}{_UPPER}+/".encode()),
    _Alphabet(f"{_LOWER}{_UPPER}{_DIGITS}+/".encode()),
    _Alphabet(bytes(range(32, 96)), counted=True),
    _Alphabet(f"+-{_DIGITS}{_UPPER}{_LOWER}".encode(), counted=True),
)


def _one_of(letters: bytes) -> bytes:
    return b"[%b]" % b"".join(b"\\x%02x" % letter for letter in letters)


def _figures(letters: bytes) -> bytes:
    """Three figures in four signs, and the beginning of three more."""
    first, second = _one_of(letters[12:16]), _one_of(letters[3::16])
    third, fourth = _one_of(letters[0:40:4]), _one_of(letters[48:58])
    return b"%b%b%b%b%b%b%b" % (first, second, third, fourth, first, second, third)


_READ = tuple(
    (alphabet, re.compile(_figures(alphabet.letters)), re.compile(_one_of(alphabet.letters) + b"+"))
    for alphabet in _ALPHABETS
)
GATE = b"|".join(_figures(alphabet.letters) for alphabet in _ALPHABETS)
"""A Hyperscan expression of figures in one of them."""
_SEEN = 7


def read(text: bytes, at: int, floor: int) -> tuple[int, int, bytes] | None:
    """Where the word around a position begins and ends that holds an identifier in one of them, and what it says."""
    for alphabet, figures, run in _READ:
        if figures.fullmatch(text, max(at - _SEEN, 0), at):
            found = _word(text, at - _SEEN, floor, alphabet, run)
            if found is not None:
                return found
    return None


def _word(
    text: bytes, seen: int, floor: int, alphabet: _Alphabet, run: re.Pattern[bytes]
) -> tuple[int, int, bytes] | None:
    for start in range(seen, max(floor, seen - _MOST) - 1, -4):
        found = run.match(text, start, start + 4 * _MOST)
        if found is None:
            return None
        data = _decoded(found[0], alphabet.letters)
        if alphabet.counted and start > floor:
            data = data[: _value(text[start - 1], alphabet.letters)]
        proof = plausible.proof(data)
        if proof is not None:
            return start, found.end(), proof
    return None


def _value(sign: int, letters: bytes) -> int:
    return max(letters.find(bytes((sign,))), 0)


def _decoded(word: bytes, letters: bytes) -> bytes:
    plain = word.translate(bytes.maketrans(letters, _STANDARD))
    plain = plain[: len(plain) - (len(plain) % 4 == 1)]
    return base64.b64decode(plain + b"=" * (-len(plain) % 4))
