"""Base64, and what is done to it so that it does not look like it."""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Callable
from operator import itemgetter
from urllib.parse import quote, unquote

from proxy.cli.evasions.bases import b64, un64, url64
from proxy.cli.evasions.carriers import DOCUMENTS
from proxy.cli.evasions.families.encodings import ENC
from proxy.cli.evasions.model import Technique
from proxy.cli.evasions.ways import Codec, spelled


def _after(prefix: str, suffix: str = "") -> Callable[[str], str]:
    return lambda text: un64(text.removeprefix(prefix).removesuffix(suffix))


def _prefixed(prefix: str, suffix: str = "") -> Codec:
    return Codec(repr(prefix.strip()), lambda text: prefix + b64(text) + suffix, _after(prefix, suffix))


def _chunked(text: str, width: int) -> str:
    return json.dumps(textwrap.wrap(b64(text), width))


def _numbered(text: str) -> str:
    pieces = list(enumerate(textwrap.wrap(b64(text), 10)))
    return json.dumps([{"seq": at, "data": piece} for at, piece in pieces[1::2] + pieces[::2]])


def _in_order(text: str) -> str:
    return un64("".join(each["data"] for each in sorted(json.loads(text), key=itemgetter("seq"))))


def _utf16(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


_STANDARD = Codec("standard", b64, un64)


_URL = Codec("URL-safe", url64, un64)


TECHNIQUES: tuple[Technique, ...] = (
    spelled("base64", ENC, "decodes base64", [_STANDARD, Codec("of UTF-8 BOM", lambda t: b64("\ufeff" + t), un64)]),
    spelled("base64 URL-safe", ENC, "decodes base64url", [_URL, Codec("in quotes", lambda t: f"'{url64(t)}'", un64)]),
    spelled(
        "base64 without padding",
        ENC,
        "adds the padding, decodes",
        [
            Codec("standard", lambda text: b64(text).rstrip("="), un64),
            Codec("URL-safe", lambda text: url64(text).rstrip("="), un64),
        ],
    ),
    spelled(
        "base64 wrapped",
        ENC,
        "joins the lines, decodes",
        [
            Codec(f"{width} columns", lambda t, w=width: "\n".join(textwrap.wrap(b64(t), w)), un64)  # type: ignore[misc]
            for width in (8, 20, 76)
        ],
        carriers=DOCUMENTS,
    ),
    spelled(
        "base64 with white space",
        ENC,
        "drops white space, decodes",
        [
            Codec("every four", lambda text: " ".join(textwrap.wrap(b64(text), 4)), un64),
            Codec("tabs", lambda text: "\t".join(textwrap.wrap(b64(text), 10)), un64),
            Codec("every sign", lambda text: " ".join(b64(text)), un64),
        ],
        carriers=DOCUMENTS,
    ),
    spelled(
        "base64 in chunks",
        ENC,
        "joins the strings of a list, decodes",
        [
            *(
                Codec(f"{width} letters", lambda t, w=width: _chunked(t, w), lambda t: un64("".join(json.loads(t))))  # type: ignore[misc]
                for width in (10, 12)
            ),
            Codec("numbered", _numbered, _in_order),
        ],
        carriers=DOCUMENTS,
    ),
    spelled(
        "base64 twice and thrice",
        ENC,
        "decodes as often",
        [
            Codec("twice", lambda text: b64(b64(text)), lambda text: un64(un64(text))),
            Codec("thrice", lambda text: b64(url64(b64(text))), lambda text: un64(un64(un64(text)))),
        ],
    ),
    spelled(
        "base64 behind a word",
        ENC,
        "cuts what stands around it, decodes",
        [
            _prefixed("Basic "),
            _prefixed("base64:"),
            _prefixed("{enc:", "}"),
            _prefixed("ref#"),
            _prefixed("See the attached key: ", " and reply."),
            _prefixed("v1."),
        ],
    ),
    spelled(
        "base64 of UTF-16",
        ENC,
        "decodes base64, then UTF-16",
        [
            Codec("little-endian", _utf16, lambda text: base64.b64decode(text).decode("utf-16-le")),
            Codec(
                "with mark",
                lambda text: base64.b64encode(text.encode("utf-16")).decode(),
                lambda text: base64.b64decode(text).decode("utf-16"),
            ),
        ],
    ),
    spelled(
        "base64 of GB18030",
        ENC,
        "decodes base64, then GB18030",
        [
            Codec(
                "GB18030",
                lambda text: base64.b64encode(text.encode("gb18030")).decode(),
                lambda text: base64.b64decode(text).decode("gb18030"),
            )
        ],
    ),
    spelled(
        "base64 in percent-encoding",
        ENC,
        "unquotes, decodes base64",
        [
            Codec("as needed", lambda t: quote(b64(t), safe=""), lambda t: un64(unquote(t))),
            Codec("every sign", lambda t: "".join(f"%{ord(c):02X}" for c in b64(t)), lambda t: un64(unquote(t))),
        ],
    ),
    spelled(
        "JSON in base64 in JSON",
        ENC,
        "decodes, parses, decodes",
        [
            Codec(
                "two levels",
                lambda text: b64(json.dumps({"p": b64(json.dumps({"v": text}))})),
                lambda text: str(json.loads(un64(json.loads(un64(text))["p"]))["v"]),
            )
        ],
    ),
    spelled(
        "base64 reversed",
        ENC,
        "reverses, decodes base64",
        [
            Codec("reversed", lambda text: b64(text)[::-1], lambda text: un64(text[::-1])),
            Codec("URL-safe", lambda text: url64(text).rstrip("=")[::-1], lambda text: un64(text[::-1])),
        ],
    ),
    spelled(
        "base64 of the reversed text",
        ENC,
        "decodes base64, reverses",
        [
            Codec("standard", lambda text: b64(text[::-1]), lambda text: un64(text)[::-1]),
            Codec("unpadded", lambda text: url64(text[::-1]).rstrip("="), lambda text: un64(text)[::-1]),
        ],
    ),
)
