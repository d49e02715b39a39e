"""What testers from elsewhere tried: codings in other alphabets and groups, characters that stand for bits, numbers as
spreadsheets and programs leave them. Some of it is not seen through.
"""

from __future__ import annotations

import base64
import binascii
import pickle
import re
import string
import struct
import uuid
import zlib
from dataclasses import replace

from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, placed
from proxy.cli.evasions.ways import Codec, digits, spelled

_STANDARD = f"{string.ascii_uppercase}{string.ascii_lowercase}{string.digits}+/"
_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_UNSEEN = "\u200b\u200c"
_PICTURES = ("⬜⬛", "🔴🔵")
_VARIED = 0xE0100 - 16


def _resident(secret: Secret) -> bool:
    return secret.entity == "CN_RESIDENT_ID" and secret.digits


def _in_alphabet(name: str, letters: str) -> Codec:
    """Base64 with other letters."""
    there, back = str.maketrans(_STANDARD, letters), str.maketrans(letters, _STANDARD)

    def decode(text: str) -> str:
        plain = text.translate(back)
        return base64.b64decode(plain + "=" * (-len(plain) % 4)).decode()

    return Codec(
        name, lambda text: base64.b64encode(text.encode()).decode().rstrip("=").translate(there), decode, str.isascii
    )


def _uu(text: str) -> str:
    return binascii.b2a_uu(text.encode()).decode().rstrip("\n")


def _of_uu(text: str) -> str:
    return binascii.a2b_uu(text).decode()


def _pairs(text: str) -> str:
    """Two words alike as one and `double`."""
    return re.sub(
        r"(\d)(\1?)", lambda found: ("double " if found[2] else "") + _DIGITS[int(found[1])] + " ", text
    ).strip()


def _of_pairs(text: str) -> str:
    said = re.sub(r"double (\w+)", r"\1 \1", text).split()
    return "".join(str(_DIGITS.index(word)) for word in said)


def _bits(text: str, signs: str) -> str:
    return "".join(signs[int(bit)] for byte in text.encode() for bit in f"{byte:08b}")


def _of_bits(text: str, signs: str) -> str:
    bits = "".join(str(signs.index(sign)) for sign in text if sign in signs)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)).decode()


def _selectors(text: str) -> str:
    """A picture, and behind it a byte in each variation selector."""
    return "☺" + "".join(chr(_VARIED + byte) for byte in text.encode())


def _of_selectors(text: str) -> str:
    return bytes(ord(sign) - _VARIED for sign in text[1:]).decode()


def _coloured(text: str) -> str:
    return "".join(f"\x1b[3{at % 8}m{sign}\x1b[0m" for at, sign in enumerate(text))


def _quoted_words(text: str) -> str:
    """RFC 2047, a word for each half."""
    halves = text[: len(text) // 2], text[len(text) // 2 :]
    return " ".join(f"=?utf-8?B?{base64.b64encode(half.encode()).decode()}?=" for half in halves)


def _of_quoted_words(text: str) -> str:
    return "".join(base64.b64decode(found).decode() for found in re.findall(r"\?B\?([^?]*)\?=", text))


def _calls(opening: str, closing: str, between: str) -> Codec:
    return Codec(
        f"{opening}52{closing}",
        lambda text: between.join(f"{opening}{ord(sign)}{closing}" for sign in text),
        lambda text: "".join(chr(int(code)) for code in re.findall(r"\d+", text)),
        str.isascii,
    )


def _asked(secret: Secret) -> Request:
    labels = (*(secret.value[at : at + 6].encode() for at in range(0, len(secret.value), 6)), b"example", b"com")
    name = b"".join(bytes((len(label),)) + label for label in labels)
    wire = struct.pack(">6H", 0, 0x100, 1, 0, 0, 0) + name + b"\0\0\x10\0\1"
    return Request(
        path=b"/dns-query?dns=" + base64.urlsafe_b64encode(wire).rstrip(b"="), method="GET", host="dns.example.com"
    )


def _of_asked(request: Request) -> str:
    wire = base64.urlsafe_b64decode(request.path.partition(b"dns=")[2] + b"==")
    return "".join(re.findall(r"[0-9]{6}", wire.decode("latin-1")))


def _chunk(secret: Secret) -> Request:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
    points = chunk(b"IDAT", zlib.compress((b"\0" + b"\xff" * 8) * 8))
    own = chunk(b"prVt", secret.value.encode())
    return Request(b"\x89PNG\r\n\x1a\n" + head + own + points + chunk(b"IEND", b""), "image/png")


def _parameters(secret: Secret) -> Request:
    third = len(secret.value) // 3
    pieces = secret.value[:third], secret.value[third : 2 * third], secret.value[2 * third :]
    said = "; ".join(f'filename*{at}="{piece}"' for at, piece in enumerate(pieces))
    return Request(b"hello", "text/plain", ((b"Content-Disposition", f"attachment; {said}".encode()),))


def _array(secret: Secret) -> Request:
    query = "&".join(f"d[{at}]={sign}" for at, sign in enumerate(secret.value))
    return Request(path=f"/t?{query}".encode(), method="GET")


def _of_array(request: Request) -> str:
    return "".join(re.findall(r"=([^&]*)", request.path.decode()))


def _tallied(text: str) -> str:
    return " ".join("|" * int(sign) or "-" for sign in text)


def _twice(*codecs: Codec) -> tuple[Codec, ...]:
    """Each in one carrier, and in the next."""
    return tuple(codec._replace(name=f"{codec.name}{more}") for codec in codecs for more in ("", ", once more"))


def _both(place: Place) -> tuple[Place, ...]:
    """With the method that is usual there, and with another."""
    return place, place._replace(
        name=f"{place.name}, PUT", send=lambda secret: replace(place.send(secret), method="PUT")
    )


TECHNIQUES: tuple[Technique, ...] = (
    spelled(
        "base64 in other alphabets",
        Family.ENCODINGS,
        "knows the alphabet: crypt, bcrypt, figures or small letters first",
        [
            _in_alphabet("crypt", f"./{string.digits}{string.ascii_uppercase}{string.ascii_lowercase}"),
            _in_alphabet("bcrypt", f"./{string.ascii_uppercase}{string.ascii_lowercase}{string.digits}"),
            _in_alphabet("figures first", f"{string.digits}{string.ascii_uppercase}{string.ascii_lowercase}+/"),
            _in_alphabet("small letters first", f"{string.ascii_lowercase}{string.ascii_uppercase}{string.digits}+/"),
        ],
        fits=_resident,
        records=False,
    ),
    spelled(
        "a line of uuencode without its frame",
        Family.ENCODINGS,
        "adds the frame",
        _twice(Codec("uuencode", _uu, _of_uu, str.isascii)),
        fits=_resident,
        records=False,
    ),
    spelled(
        "hex as a key, an address, colours",
        Family.ENCODINGS,
        "takes the signs out",
        [
            Codec(
                "UUID",
                lambda t: f"{uuid.UUID(bytes=t[:16].encode())} {t[16:].encode().hex()}",
                lambda t: bytes.fromhex(t.replace("-", "")).decode(),
                lambda t: t.isascii() and len(t) > 16,
            ),
            Codec(
                "IPv6",
                lambda t: t.encode().hex(":", -2),
                lambda t: bytes.fromhex(t.replace(":", "")).decode(),
                str.isascii,
            ),
        ],
        fits=_resident,
        records=False,
    ),
    spelled(
        "encoded words of a mail's head",
        Family.ENCODINGS,
        "reads them together",
        _twice(Codec("RFC 2047", _quoted_words, _of_quoted_words, str.isascii)),
        fits=_resident,
        records=False,
    ),
    spelled(
        "bytes of a pickle in base64",
        Family.BINARY,
        "opens it",
        _twice(
            Codec(
                "pickle",
                lambda t: base64.b64encode(pickle.dumps({"x": t})).decode(),
                lambda t: str(pickle.loads(base64.b64decode(t))["x"]),  # noqa: S301 - what was written above
            )
        ),
        fits=_resident,
        records=False,
    ),
    spelled(
        "bits in pairs of pictures",
        Family.ENCODINGS,
        "reads one as nought, the other as one",
        [
            Codec(signs, lambda t, signs=signs: _bits(t, signs), lambda t, signs=signs: _of_bits(t, signs))  # type: ignore[misc]
            for signs in _PICTURES
        ],
        fits=digits,
    ),
    spelled(
        "bits in invisible characters",
        Family.SEPARATORS,
        "reads one of them as one, the other as zero",
        _twice(
            Codec("zero-width", lambda t: "ok" + _bits(t, _UNSEEN), lambda t: _of_bits(t.removeprefix("ok"), _UNSEEN))
        ),
        fits=digits,
    ),
    spelled(
        "bytes in variation selectors",
        Family.SEPARATORS,
        "reads which of the 256 each is",
        _twice(Codec("selectors", _selectors, _of_selectors)),
        fits=digits,
    ),
    spelled(
        "colours of a terminal",
        Family.SEPARATORS,
        "shows it on a terminal",
        _twice(Codec("ANSI", _coloured, lambda t: re.sub(r"\x1b\[\d+m", "", t))),
        fits=_resident,
        records=False,
    ),
    spelled(
        "double and triple",
        Family.DIGITS,
        "writes the digits down",
        _twice(Codec("English", _pairs, _of_pairs)),
        fits=_resident,
        records=False,
    ),
    spelled(
        "calls for characters in a string",
        Family.SYNTAX,
        "runs it",
        [_calls("Chr(", ")", " & "), _calls("[char]", "", "+"), _calls("chr(", ")", "+")],
        fits=_resident,
        records=False,
    ),
    placed(
        "DNS over HTTPS, in base64", Family.TRANSPORT, "answers it", _both(Place("GET", _asked, _of_asked)), _resident
    ),
    placed(
        "chunk of one's own in a picture",
        Family.DOCUMENTS,
        "reads the chunk",
        _both(Place("PNG", _chunk, lambda request: request.body.partition(b"prVt")[2][:18].decode())),
        _resident,
    ),
    placed(
        "a parameter in sections",
        Family.SPLITTING,
        "joins them, as RFC 2231 has it",
        _both(
            Place(
                "file name",
                _parameters,
                lambda request: "".join(re.findall(r'="(.*?)"', request.header(b"content-disposition"))),
            )
        ),
        _resident,
    ),
    placed(
        "elements of a query's array",
        Family.SPLITTING,
        "joins them",
        _both(Place("query", _array, _of_array)),
        _resident,
    ),
    spelled(
        "tally marks",
        Family.DIGITS,
        "counts them",
        _twice(Codec("strokes", _tallied, lambda t: "".join(str(each.count("|")) for each in t.split()))),
        fits=_resident,
        records=False,
    ),
    spelled(
        "every digit twice",
        Family.DIGITS,
        "takes every second",
        _twice(Codec("doubled", lambda t: "".join(sign * 2 for sign in t), lambda t: t[::2])),
        fits=_resident,
        records=False,
    ),
    spelled(
        "a sum",
        Family.SYNTAX,
        "works it out",
        _twice(Codec("plus", lambda t: f"{int(t) - 4711} + 4711", lambda t: str(sum(map(int, t.split(" + ")))))),
        fits=_resident,
        records=False,
    ),
    spelled(
        "bits of seven",
        Family.ENCODINGS,
        "parts them by seven",
        _twice(
            Codec(
                "seven",
                lambda t: "".join(f"{ord(sign):07b}" for sign in t),
                lambda t: "".join(chr(int(t[at : at + 7], 2)) for at in range(0, len(t), 7)),
                str.isascii,
            )
        ),
        fits=_resident,
        records=False,
    ),
)
