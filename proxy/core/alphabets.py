"""Letters to bytes, in the alphabets that have no sign of their own: numbers in base 58 and 62, base32 and its kin,
base45, basE91, the family of base85.

Each decoder takes a token and gives bytes, or raises ValueError or IndexError, or gives None: it is no such thing.
RFC 4648 (base32hex), RFC 9285 (base45), RFC 1924 and Adobe (base85), ZeroMQ RFC 32 (Z85).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

B58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
B58_FLICKR = B58[:9] + B58[33:] + B58[9:33]
B58_RIPPLE = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
B62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
B62_TURNED = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
B36 = B62[:36]
B45 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
B91 = b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,./:;<=>?@[]^_`{|}~"'
Z85 = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
B85 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
B32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
HEX32 = b"0123456789ABCDEFGHIJKLMNOPQRSTUV"
CROCKFORD = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ZOOKO = b"YBNDRFG8EJKMCPQXOT1UWISZA345H769"
_LONGEST = 1024
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){4,}")
_B64 = re.compile(rb"[A-Za-z0-9+/_-]{10,}={0,2}")
_B45_VALUES = {letter: at for at, letter in enumerate(B45)}
_B91_VALUES = {letter: at for at, letter in enumerate(B91)}

Decode = Callable[[bytes], bytes | None]


def octets(token: bytes) -> bytes:
    """What a token in hex or base64 stands for, in whichever alphabet of base64. Raises ValueError."""
    if _HEX.fullmatch(token):
        return bytes.fromhex(token.decode())
    if not _B64.fullmatch(token):
        raise ValueError
    letters = token.rstrip(b"=").translate(_URL_SAFE)
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))


def whole(alphabet: bytes) -> Callable[[bytes], int]:
    """A token as one whole number. Raises ValueError where a sign is none of the alphabet's."""
    base = len(alphabet)
    values = {letter: at for at, letter in enumerate(alphabet)}

    def read(token: bytes) -> int:
        number = 0
        for letter in token:
            if letter not in values:
                raise ValueError
            number = number * base + values[letter]
        return number

    return read


def number(alphabet: bytes) -> Decode:
    """A token as the bytes of one whole number, as Bitcoin addresses are written."""
    read = whole(alphabet)

    def decode(token: bytes) -> bytes | None:
        if len(token) > _LONGEST:
            return None
        value = read(token)
        return value.to_bytes((value.bit_length() + 7) // 8, "big")

    return decode


def digits36(token: bytes) -> bytes | None:
    """The bytes of a whole number in base 36, as programming languages write one: small letters or capitals."""
    return _NUMBER36(token.upper()) if token in (token.lower(), token.upper()) else None


_NUMBER36 = number(B36)


def base32(alphabet: bytes) -> Decode:
    """Five bits a letter; capitals or not."""
    table = bytes.maketrans(alphabet, B32)

    def decode(token: bytes) -> bytes | None:
        letters = token.upper().rstrip(b"=")
        if len(letters) % 8 in (1, 3, 6) or letters.translate(None, alphabet):
            return None
        padded = letters.translate(table) + b"A" * (-len(letters) % 8)
        return base64.b32decode(padded)[: len(letters) * 5 // 8]

    return decode


def base45(token: bytes) -> bytes | None:
    """Two bytes in three signs."""
    if len(token) % 3 == 1:
        return None
    out = bytearray()
    for at in range(0, len(token), 3):
        group = [_B45_VALUES[letter] for letter in token[at : at + 3]]
        value = sum(each * 45**place for place, each in enumerate(group))
        if value >> 8 * (len(group) - 1):
            return None
        out += value.to_bytes(len(group) - 1, "big")
    return bytes(out)


def base91(token: bytes) -> bytes | None:
    """Thirteen or fourteen bits in two signs."""
    out, bits, size, held = bytearray(), 0, 0, -1
    for letter in token:
        value = _B91_VALUES[letter]
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


def base85(token: bytes) -> bytes:
    """As git writes it."""
    return base64.b85decode(token)


def ascii85(token: bytes) -> bytes:
    """As btoa and PostScript do, with or without their frame."""
    return base64.a85decode(token, adobe=token.startswith(b"<~"))


def z85(token: bytes) -> bytes | None:
    """As ZeroMQ does."""
    if len(token) % 5:
        return None
    return base64.b85decode(token.translate(bytes.maketrans(Z85, B85)))
