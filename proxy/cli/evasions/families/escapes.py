"""Texts as the escapes of some language: markup, URLs, mail, JSON, programming languages."""

from __future__ import annotations

import html
import json
import quopri
import re
from collections.abc import Callable
from email.header import decode_header, make_header
from urllib.parse import quote, unquote

from proxy.cli.evasions.bases import b64
from proxy.cli.evasions.carriers import DOCUMENTS, FORM, JSON, MULTIPART, NESTED, TEXT
from proxy.cli.evasions.model import Family, Request, Technique
from proxy.cli.evasions.ways import Codec, Pack, packed, short, spelled

ESC = Family.ESCAPES


def each(pattern: str) -> Callable[[str], str]:
    """Every character as `pattern`, filled with its code."""
    return lambda text: "".join(pattern.format(ord(sign)) for sign in text)


def back(pattern: str, base: int = 16) -> Callable[[str], str]:
    """Every match's group read as a code."""
    found = re.compile(pattern)
    return lambda text: found.sub(lambda match: chr(int(match[1], base)), text)


def percent(text: str) -> str:
    """Every byte in percent-encoding."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _entities(text: str) -> str:
    return html.escape(text).replace("(", "&lpar;").replace(")", "&rpar;").replace(":", "&colon;")


def _some(codec: Callable[[str], str]) -> Callable[[str], str]:
    """Every other character escaped."""
    return lambda text: "".join(codec(sign) if at % 2 else sign for at, sign in enumerate(text))


def _words(text: str, coding: str) -> str:
    if coding == "B":
        return f"=?utf-8?B?{b64(text)}?="
    return "=?UTF-8?Q?" + "".join(f"={byte:02X}" for byte in text.encode()) + "?="


def _printable(text: str) -> str:
    return "".join(f"={byte:02X}" for byte in text.encode())


def _unprintable(text: str) -> str:
    return quopri.decodestring(text.encode()).decode()


def _extended(text: str) -> str:
    return f"UTF-8'zh'{percent(text)}"


_HAN, _WIDE = str.maketrans("0123456789", "零一二三四五六七八九"), {at: at + 0xFEE0 for at in range(0x30, 0x3A)}
_UNHAN, _UNWIDE = ({other: sign for sign, other in table.items()} for table in (_HAN, _WIDE))


def _puny(text: str) -> str:
    return "xn--" + text.translate(_HAN).encode("punycode").decode()


def _unpuny(text: str) -> str:
    return text.removeprefix("xn--").encode().decode("punycode").translate(_UNHAN)


def _puny_wide(text: str) -> str:
    return "xn--" + text.translate(_WIDE).encode("punycode").decode()


def _unpuny_wide(text: str) -> str:
    return text.removeprefix("xn--").encode().decode("punycode").translate(_UNWIDE)


def _utf8_octal(text: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in text.encode())


def _unoctal(text: str) -> str:
    return bytes(int(code, 8) for code in re.findall(r"\\([0-7]{3})", text)).decode()


def _utf8_hex(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def _unhex(text: str) -> str:
    return bytes(int(code, 16) for code in re.findall(r"\\x([0-9a-fA-F]{2})", text)).decode()


def _json_escaped(body: bytes, _: str) -> Request:
    return Request(_escaped(json.loads(body)).encode(), "application/json")


def _escaped(value: object) -> str:
    """JSON with every character of every string as an escape."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_escaped(key)}:{_escaped(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_escaped, value)) + "]"
    return '"' + each("\\u{:04x}")(value) + '"' if isinstance(value, str) else json.dumps(value)


def _charred(text: str) -> str:
    return "".join(f"\\u{{{ord(sign):x}}}" for sign in text)


def _bmp(text: str) -> bool:
    return all(ord(sign) < 0x10000 for sign in text)


TECHNIQUES: tuple[Technique, ...] = (
    spelled(
        "percent-encoding",
        ESC,
        "unquotes once",
        [
            Codec("every byte", percent, unquote),
            Codec("every other", _some(percent), unquote),
        ],
    ),
    spelled(
        "percent-encoding twice",
        ESC,
        "unquotes twice",
        [
            Codec("twice", lambda t: quote(percent(t), safe=""), lambda text: unquote(unquote(text))),
            Codec("thrice", lambda t: quote(quote(percent(t))), lambda text: unquote(unquote(unquote(text)))),
        ],
    ),
    spelled("percent-u", ESC, "JavaScript's unescape()", [Codec("%uXXXX", each("%u{:04X}"), back("%u(....)"), _bmp)]),
    spelled(
        "numeric character references",
        ESC,
        "html.unescape",
        [
            Codec("decimal", each("&#{};"), html.unescape),
            Codec("hexadecimal", each("&#x{:X};"), html.unescape),
            Codec("padded", each("&#{:07d};"), html.unescape),
            Codec("without semicolon", each("&#{:05d}"), html.unescape, lambda text: text.isascii()),
            Codec("every other", _some(each("&#{};")), html.unescape, lambda text: "&" not in text),
        ],
    ),
    spelled("named references", ESC, "html.unescape", [Codec("brackets and colon", _entities, html.unescape)]),
    spelled(
        "character references twice",
        ESC,
        "html.unescape, twice",
        [
            Codec("&amp;#", each("&amp;#{};"), lambda text: html.unescape(html.unescape(text))),
            Codec("all twice", lambda t: each("&#{};")(each("&#{};")(t)), lambda t: html.unescape(html.unescape(t))),
        ],
        carriers=(JSON, TEXT, FORM, MULTIPART),
    ),
    packed(
        "JSON escapes",
        ESC,
        "a JSON parser",
        [Pack("\\u in strings", _json_escaped, lambda request: request.body)],
        carriers=(JSON, NESTED),
    ),
    spelled(
        "\\u escapes as text",
        ESC,
        "unescapes as Java, C# or JSON would",
        [
            Codec("\\u0034", each("\\u{:04x}"), back(r"\\u(....)"), _bmp),
            Codec("\\u{34}", _charred, back(r"\\u\{([0-9a-f]+)\}")),
            Codec("u0034", each("u{:04X}"), back("u([0-9A-F]{4})"), _bmp),
            Codec("U+0034", lambda text: each("U+{:04X} ")(text).strip(), back(r"U\+([0-9A-F]{4,6}) ?"), _bmp),
        ],
        fits=short,
    ),
    spelled(
        "escaped twice in JSON",
        ESC,
        "parses a JSON string in a JSON string",
        [Codec("\\\\u0034", each("\\u{:04x}"), back(r"\\u(....)"), _bmp)],
        carriers=(JSON, NESTED),
    ),
    spelled("\\x escapes", ESC, "unescapes as C, Python or PHP would", [Codec("\\x34", _utf8_hex, _unhex)]),
    spelled("octal escapes", ESC, "unescapes as a shell or C would", [Codec("\\064", _utf8_octal, _unoctal)]),
    spelled(
        "CSS escapes",
        ESC,
        "unescapes as CSS",
        [
            Codec("six digits", each("\\{:06x}"), back(r"\\([0-9a-f]{6})")),
            Codec("with space", each("\\{:x} "), back(r"\\([0-9a-f]+) ")),
        ],
        fits=short,
        carriers=DOCUMENTS,
    ),
    spelled(
        "quoted-printable",
        ESC,
        "decodes quoted-printable",
        [
            Codec("every byte", _printable, _unprintable),
            Codec("every other", _some(_printable), _unprintable, lambda text: "=" not in text),
            Codec(
                "soft line breaks",
                lambda text: "=\n".join(_printable(text)[at : at + 12] for at in range(0, len(_printable(text)), 12)),
                _unprintable,
            ),
        ],
        carriers=(TEXT, JSON, MULTIPART),
    ),
    spelled(
        "encoded words",
        ESC,
        "decodes RFC 2047",
        [
            Codec("B", lambda text: _words(text, "B"), lambda text: str(make_header(decode_header(text)))),
            Codec("Q", lambda text: _words(text, "Q"), lambda text: str(make_header(decode_header(text)))),
        ],
    ),
    spelled(
        "extended parameter",
        ESC,
        "decodes RFC 8187",
        [Codec("UTF-8''", _extended, lambda text: unquote(text.split("'")[2]))],
    ),
    spelled(
        "punycode",
        ESC,
        "decodes RFC 3492",
        [
            Codec("of Chinese numerals", _puny, _unpuny, str.isascii),
            Codec("of full-width digits", _puny_wide, _unpuny_wide, str.isascii),
        ],
        fits=short,
        records=False,
    ),
    spelled(
        "character codes",
        ESC,
        "chr() of each number",
        [
            Codec(
                "decimal", lambda t: " ".join(str(ord(c)) for c in t), lambda t: "".join(chr(int(n)) for n in t.split())
            ),
            Codec(
                "commas",
                lambda t: ",".join(str(ord(c)) for c in t),
                lambda t: "".join(chr(int(n)) for n in t.split(",")),
            ),
            Codec(
                "octal",
                lambda t: " ".join(f"{ord(c):o}" for c in t),
                lambda t: "".join(chr(int(n, 8)) for n in t.split()),
            ),
            Codec(
                "padded",
                each("{:03d}"),
                lambda t: "".join(chr(int(t[at : at + 3])) for at in range(0, len(t), 3)),
                str.isascii,
            ),
        ],
        fits=short,
    ),
    spelled(
        "bits",
        ESC,
        "eight bits a character",
        [
            Codec(
                "spaced",
                lambda t: " ".join(f"{b:08b}" for b in t.encode()),
                lambda t: bytes(int(n, 2) for n in t.split()).decode(),
            ),
            Codec(
                "run together",
                lambda t: "".join(f"{b:08b}" for b in t.encode()),
                lambda t: bytes(int(t[at : at + 8], 2) for at in range(0, len(t), 8)).decode(),
            ),
        ],
        fits=short,
    ),
    spelled(
        "backslash before every character",
        ESC,
        "drops backslashes, as a shell or Markdown does",
        [Codec("each", lambda t: "".join("\\" + c for c in t), lambda t: re.sub(r"\\(.)", r"\1", t, flags=re.DOTALL))],
        fits=short,
        carriers=(TEXT, MULTIPART, FORM, JSON),
    ),
)
