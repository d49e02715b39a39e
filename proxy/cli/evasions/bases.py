"""Alphabets: base64 and base16 as lenient receivers read them, and those the standard library has none of."""

from __future__ import annotations

import base64
import re
import string

BASE36 = string.digits + string.ascii_lowercase
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_BASE45 = string.digits + string.ascii_uppercase + " $%*+-./:"
_BASE91 = string.ascii_uppercase + string.ascii_lowercase + string.digits + '!#$%&()*+,./:;<=>?@[]^_`{|}~"'
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RFC4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_ZBASE32 = "ybndrfg8ejkmcpqxot1uwisza345h769"


def number(value: int, alphabet: str) -> str:
    """A whole number in the base of an alphabet."""
    signs = ""
    while value:
        value, rest = divmod(value, len(alphabet))
        signs = alphabet[rest] + signs
    return signs or alphabet[0]


def value_of(signs: str, alphabet: str) -> int:
    """What `number` made."""
    value = 0
    for sign in signs:
        value = value * len(alphabet) + alphabet.index(sign)
    return value


def to_base(text: str, alphabet: str) -> str:
    """Bytes as one big number, as Bitcoin addresses do: a leading zero byte is a leading first sign."""
    data = text.encode()
    zeros = len(data) - len(data.lstrip(b"\0"))
    return alphabet[0] * zeros + (number(int.from_bytes(data), alphabet) if data.strip(b"\0") else "")


def from_base(signs: str, alphabet: str) -> str:
    """What `to_base` made."""
    zeros = len(signs) - len(signs.lstrip(alphabet[0]))
    value = value_of(signs, alphabet)
    return (bytes(zeros) + value.to_bytes((value.bit_length() + 7) // 8)).decode()


def to_base45(text: str) -> str:
    """RFC 9285: two bytes are three signs, little end first."""
    data = text.encode()
    out = ""
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        value = int.from_bytes(pair)
        for _ in range(len(pair) + 1):
            value, rest = divmod(value, 45)
            out += _BASE45[rest]
    return out


def from_base45(signs: str) -> str:
    """What `to_base45` made."""
    data = b""
    for at in range(0, len(signs), 3):
        group = signs[at : at + 3]
        value = sum(_BASE45.index(sign) * 45**place for place, sign in enumerate(group))
        data += value.to_bytes(len(group) - 1)
    return data.decode()


def to_base91(text: str) -> str:
    """basE91: thirteen or fourteen bits are two signs."""
    out, held, bits = "", 0, 0
    for byte in text.encode():
        held |= byte << bits
        bits += 8
        if bits > 13:
            value, taken = (held & 8191, 13) if held & 8191 > 88 else (held & 16383, 14)
            held, bits = held >> taken, bits - taken
            out += _BASE91[value % 91] + _BASE91[value // 91]
    if bits:
        out += _BASE91[held % 91] + (_BASE91[held // 91] if bits > 7 or held > 90 else "")
    return out


def from_base91(signs: str) -> str:
    """What `to_base91` made."""
    out, held, bits, first = bytearray(), 0, 0, -1
    for sign in signs:
        if first < 0:
            first = _BASE91.index(sign)
            continue
        value = first + _BASE91.index(sign) * 91
        held |= value << bits
        bits += 13 if value & 8191 > 88 else 14
        first = -1
        while bits > 7:
            out.append(held & 255)
            held, bits = held >> 8, bits - 8
    if first >= 0:
        out.append((held | first << bits) & 255)
    return bytes(out).decode()


def to_base32(text: str, alphabet: str = _CROCKFORD) -> str:
    """RFC 4648 with other signs."""
    plain = base64.b32encode(text.encode()).decode().rstrip("=")
    return plain.translate(str.maketrans(_RFC4648, alphabet))


def from_base32(signs: str, alphabet: str = _CROCKFORD) -> str:
    """What `to_base32` made."""
    plain = signs.translate(str.maketrans(alphabet, _RFC4648))
    return base64.b32decode(plain + "=" * (-len(plain) % 8)).decode()


def to_zbase32(text: str) -> str:
    """Zooko's alphabet."""
    return to_base32(text, _ZBASE32)


def from_zbase32(signs: str) -> str:
    """What `to_zbase32` made."""
    return from_base32(signs, _ZBASE32)


def b64(text: str) -> str:
    """Standard base64."""
    return base64.b64encode(text.encode()).decode()


def un64(text: str) -> str:
    """Base64 as lenient receivers read it: either alphabet, any white space, with or without padding."""
    signs = re.sub(r"[^A-Za-z0-9+/]", "", text.replace("-", "+").replace("_", "/"))
    return base64.b64decode(signs + "=" * (-len(signs) % 4)).decode()


def url64(text: str) -> str:
    """Base64 in the URL-safe alphabet."""
    return base64.urlsafe_b64encode(text.encode()).decode()


def unhex(text: str) -> str:
    """Base16 among anything that is none of its signs, with 0x and a backslash before x taken out."""
    return bytes.fromhex(re.sub(r"0x|\\x|[^0-9A-Fa-f]", "", text)).decode()
