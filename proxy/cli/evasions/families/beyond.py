"""What nobody who reads one message at a time, and holds no key, can see. Shown, and not counted."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from proxy.cli.evasions.carriers import DOCUMENTS
from proxy.cli.evasions.families.disguises import SHORTENED, TIMES
from proxy.cli.evasions.families.layout import UNLABELLED
from proxy.cli.evasions.model import Case, Family, Place, Request, Secret, Technique, placed
from proxy.cli.evasions.ways import Codec, digits, short, spelled

_KEY = hashlib.sha256(b"agreed between sender and receiver").digest()
_NONCE = b"twelve bytes"
_ALPHABET = "".join(random.Random(7).sample("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 64))  # noqa: S311
_STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_THERE, _BACK = str.maketrans(_STANDARD, _ALPHABET), str.maketrans(_ALPHABET, _STANDARD)
_WORDS = ("apple", "river", "stone", "cloud", "maple", "tiger", "ocean", "piano", "lemon", "sugar")
_SHARED = 730_518_264_905_317_628


def _sealed(text: str) -> str:
    return base64.b64encode(AESGCM(_KEY).encrypt(_NONCE, text.encode(), None)).decode()


def _opened(text: str) -> str:
    return AESGCM(_KEY).decrypt(_NONCE, base64.b64decode(text), None).decode()


def _padded(data: bytes) -> bytes:
    """Xor with a pad as long as the text."""
    pad = b"".join(hashlib.sha256(_KEY + bytes((at,))).digest() for at in range(len(data) // 32 + 1))
    return bytes(a ^ b for a, b in zip(data, pad, strict=False))


def _bits(text: str) -> str:
    return "".join(f"{byte:08b}" for byte in text.encode())


def _unbits(bits: str) -> str:
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) - 7, 8)).decode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _picture(secret: Secret) -> Request:
    """The lowest bit of each grey point is a bit of the text; the rest is a gradient."""
    bits = _bits(secret.value.ljust(24))
    rows = [bytes((0, *(((at * 3 + row) & 0xFE) | int(bits[at]) for at in range(len(bits))))) for row in range(4)]
    head = struct.pack(">IIBBBBB", len(bits), len(rows), 8, 0, 0, 0, 0)
    data = _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(b"".join(rows))) + _chunk(b"IEND", b"")
    return Request(b"\x89PNG\r\n\x1a\n" + data, "image/png")


def _unpicture(request: Request) -> str:
    at = request.body.index(b"IDAT")
    size = int.from_bytes(request.body[at - 4 : at])
    row = zlib.decompress(request.body[at + 4 : at + 4 + size])[1:193]
    return _unbits("".join(str(point & 1) for point in row))


def _spaces(secret: Secret) -> Request:
    """A space or a tab at the end of each line."""
    lines = [f"line {at} of the minutes{' ' if bit == '0' else chr(9)}" for at, bit in enumerate(_bits(secret.value))]
    return Request("\n".join(lines).encode(), "text/plain")


def _unspaces(request: Request) -> str:
    return _unbits("".join("1" if line.endswith("\t") else "0" for line in request.text.split("\n")))


def _cased(text: str) -> str:
    """Bits in the case of letters."""
    letters = "thequickbrownfoxjumpsoverthelazydog" * (len(_bits(text)) // 35 + 1)
    return "".join(a.upper() if bit == "1" else a for a, bit in zip(letters, _bits(text), strict=False))


def _uncased(text: str) -> str:
    return _unbits("".join("1" if sign.isupper() else "0" for sign in text))


def _worded(text: str) -> str:
    return " ".join(_WORDS[int(sign)] for sign in text)


def _unworded(text: str) -> str:
    return "".join(str(_WORDS.index(word)) for word in text.split())


def _acrostic(secret: Secret) -> Request:
    """As many words in each line as the digit says."""
    lines = [" ".join(["word"] * (int(sign) + 1)) for sign in secret.value]
    return Request("\n".join(lines).encode(), "text/plain")


def _ordered(secret: Secret) -> Request:
    """Which order the keys stand in."""
    rows = []
    for sign in secret.value:
        keys = [f"k{(at + int(sign)) % 10}" for at in range(10)]
        rows.append(dict.fromkeys(keys, 0))
    return Request(json.dumps(rows).encode(), "application/json")


def _several(cut: Callable[[str], Sequence[str]]) -> Callable[[Sequence[Secret]], Iterator[Case]]:
    def make(secrets: Sequence[Secret]) -> Iterator[Case]:
        for secret in filter(digits, secrets):
            sent = tuple(
                Request(json.dumps({"seq": at, "v": piece}).encode(), "application/json")
                for at, piece in enumerate(cut(secret.value))
            )
            yield Case("in order", secret, sent, lambda got: "".join(json.loads(each.body)["v"] for each in got))

    return make


def _none(_: Sequence[Secret]) -> Iterator[Case]:
    return iter(())


TECHNIQUES: tuple[Technique, ...] = (
    spelled(
        "AES",
        Family.BEYOND,
        "holds the key",
        [Codec("GCM in base64", _sealed, _opened)],
        beyond="without the key it is noise, and so is much that leaves rightly",
    ),
    spelled(
        "one-time pad",
        Family.BEYOND,
        "holds the pad",
        [Codec("hex", lambda t: _padded(t.encode()).hex(), lambda t: _padded(bytes.fromhex(t)).decode())],
        beyond="without the pad it is noise",
    ),
    spelled(
        "an alphabet of one's own",
        Family.BEYOND,
        "holds the alphabet",
        [
            Codec(
                "base64, shuffled",
                lambda t: base64.b64encode(t.encode()).decode().translate(_THERE),
                lambda t: base64.b64decode(t.translate(_BACK)).decode(),
            )
        ],
        beyond="there are more alphabets than can be tried",
    ),
    spelled(
        "code words",
        Family.BEYOND,
        "holds the list of words",
        [Codec("ten words", _worded, _unworded)],
        fits=digits,
        records=False,
        beyond="any word may stand for any digit",
    ),
    spelled(
        "difference from an agreed number",
        Family.BEYOND,
        "adds the agreed number",
        [Codec("18 digits", lambda t: str(int(t) - _SHARED), lambda t: str(int(t) + _SHARED))],
        fits=digits,
        records=False,
        beyond="a key in other words",
    ),
    spelled(
        "bits in the case of letters",
        Family.BEYOND,
        "reads capitals as ones",
        [Codec("pangram", _cased, _uncased)],
        fits=short,
        beyond="any two ways of writing the same can stand for bits",
        carriers=DOCUMENTS,
    ),
    placed(
        "bits at the ends of lines",
        Family.BEYOND,
        "reads a tab as one, a space as zero",
        [Place("white space", _spaces, _unspaces)],
        beyond="any two signs can stand for bits",
    ),
    placed(
        "bits in the points of a picture",
        Family.BEYOND,
        "reads the lowest bit of each point",
        [Place("PNG", _picture, _unpicture)],
        beyond="it looks like the noise of any photograph",
    ),
    placed(
        "words a line",
        Family.BEYOND,
        "counts the words of each line",
        [Place("text", _acrostic, lambda r: "".join(str(len(line.split()) - 1) for line in r.text.split("\n")))],
        digits,
        beyond="anything that can be counted can stand for a digit",
    ),
    placed(
        "order of fields",
        Family.BEYOND,
        "reads which key comes first",
        [Place("JSON", _ordered, lambda r: "".join(next(iter(row))[1] for row in json.loads(r.body)))],
        digits,
        beyond="any order can stand for a digit",
    ),
    Technique(
        "one digit a request",
        Family.BEYOND,
        "keeps the digits in order",
        _several(list),
        "no single message holds anything",
    ),
    Technique(
        "halves in two requests",
        Family.BEYOND,
        "joins the two",
        _several(lambda text: (text[:9], text[9:])),
        "no single message holds anything",
    ),
    UNLABELLED,
    SHORTENED,
    TIMES,
    Technique(
        "time between requests", Family.BEYOND, "measures it", _none, "the gate sees messages, not pauses; not tried"
    ),
    Technique("speech, film", Family.BEYOND, "listens, watches", _none, "nothing here hears or sees film; not tried"),
)
