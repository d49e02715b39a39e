"""Codings in alphabets, frames and groups of their own."""

from __future__ import annotations

import base64
import binascii
import pickle
import re
import string
import uuid

from proxy.cli.evasions.model import Family, Technique
from proxy.cli.evasions.ways import Codec, resident, spelled, twice

_STANDARD = f"{string.ascii_uppercase}{string.ascii_lowercase}{string.digits}+/"


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


def _quoted_words(text: str) -> str:
    """RFC 2047, a word for each half."""
    halves = text[: len(text) // 2], text[len(text) // 2 :]
    return " ".join(f"=?utf-8?B?{base64.b64encode(half.encode()).decode()}?=" for half in halves)


def _of_quoted_words(text: str) -> str:
    return "".join(base64.b64decode(found).decode() for found in re.findall(r"\?B\?([^?]*)\?=", text))


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
        fits=resident,
        records=False,
    ),
    spelled(
        "a line of uuencode without its frame",
        Family.ENCODINGS,
        "adds the frame",
        twice(Codec("uuencode", _uu, _of_uu, str.isascii)),
        fits=resident,
        records=False,
    ),
    spelled(
        "hex as a key or an address",
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
        fits=resident,
        records=False,
    ),
    spelled(
        "encoded words of a mail's head",
        Family.ENCODINGS,
        "reads them together",
        twice(Codec("RFC 2047", _quoted_words, _of_quoted_words, str.isascii)),
        fits=resident,
        records=False,
    ),
    spelled(
        "bytes of a pickle in base64",
        Family.BINARY,
        "opens it",
        twice(
            Codec(
                "pickle",
                lambda t: base64.b64encode(pickle.dumps({"x": t})).decode(),
                lambda t: str(pickle.loads(base64.b64decode(t))["x"]),  # noqa: S301 - what was written above
            )
        ),
        fits=resident,
        records=False,
    ),
    spelled(
        "bits of seven",
        Family.ENCODINGS,
        "parts them by seven",
        twice(
            Codec(
                "seven",
                lambda t: "".join(f"{ord(sign):07b}" for sign in t),
                lambda t: "".join(chr(int(t[at : at + 7], 2)) for at in range(0, len(t), 7)),
                str.isascii,
            )
        ),
        fits=resident,
        records=False,
    ),
)
