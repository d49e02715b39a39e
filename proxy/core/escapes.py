r"""Characters written as numbers where nothing asks for it: `%34`, `&#52;`, `\x34`, `\u0034`, `\064`, `=34`.

What a format itself escapes is resolved by its syntax. This is for what is escaped once more, or in a text that has no
escapes: somebody who pastes such a line into a browser, a shell or an editor reads the number. Percent signs and equals
signs mean something else in most places, so that one alone is left as it is unless it stands between digits.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from proxy.core.text import Layer, View

_H = b"[0-9A-Fa-f]"


def _character(sign: bytes) -> bytes:
    """One character of UTF-8, each byte but the first behind a sign."""
    rest = b"%b[89abAB]%b" % (sign, _H)
    return b"(?:[0-7]%b|[cdCD]%b%b|[eE]%b(?:%b){2}|[fF]%b(?:%b){3})" % (_H, _H, rest, _H, rest, _H, rest)


# each begins with its sign: looking for one byte costs a tenth of looking for several
_PATTERNS = tuple(
    map(
        re.compile,
        (
            b"%%(?:25(?=(?:25)*[2-7]%b)|%b(?=%%%b{2})|(?<=%%%b%b%%)%b|(?<=[0-9A-Za-z]%%)3[0-9](?=[0-9A-Za-z]))"
            % (_H, _character(b"%"), _H, _H, _H, _character(b"%")),
            rb"&(?:#(?:0{0,8}[0-9]{2,7}|[xX]0{0,8}[0-9A-Fa-f]{2,6});?|(?:amp|lt|gt|quot|apos|nbsp|colon|lpar|rpar|num);)",
            rb"\\(?:x%b|u(?:[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|[0-9A-Fa-f]{4}|\{[0-9A-Fa-f]{1,6}\})"
            rb"|U[0-9A-Fa-f]{8}|[01][0-7]{2}(?=\\[0-3][0-7]{2})|(?<=\\[0-3][0-7]{2}\\)[01][0-7]{2}"
            rb"|[23][0-7]{2}(?:\\[23][0-7]{2}){1,3}|0{0,4}3[0-9](?![0-9A-Fa-f])[ ]?)" % _character(rb"\\x"),
            b"=(?:%b(?=(?:=[0-9A-F]{2}){2})|(?<=(?:=[0-9A-F]{2}){2}=)%b)" % (_character(b"="), _character(b"=")),
        ),
    )
)
GATES = (
    rb"%(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])(?:%|[0-9A-Za-z])|%[eE][3-9]%[89abAB]|%25[2-7]",
    rb"&(?:#[0-9xX]|amp;#|amp;amp;)",
    rb"\\(?:x[2-7]|u[0-9A-Fa-f]{2}|u\{[0-9A-Fa-f]|U0|[01][0-7]{2}\\|3[0-7][0-7]\\|0{0,4}3[0-9][^0-9A-Fa-f])",
    rb"(?:=[3-7EF][0-9A-F]){3}",
)
"""Hyperscan expressions of what could be such a character, a family each; where none matches nothing is to be read."""
_PRINTABLE = re.compile(rb"[\t\n\r -~]|[\xc2-\xf4][\x80-\xbf]{1,3}")


def _decode(match: re.Match[bytes]) -> bytes:
    written = match[0]
    meant = _meaning(written)
    # a byte that is no character on its own (half of one, a control) says that this was no text
    return meant if _PRINTABLE.sub(b"", meant) == b"" else written


def _meaning(written: bytes) -> bytes:
    match written[:1]:
        case b"%":
            return bytes.fromhex(written.replace(b"%", b"").decode())
        case b"=":
            return bytes.fromhex(written.replace(b"=", b"").decode())
        case b"&":
            return html.unescape(written.decode() + ("" if written.endswith(b";") else ";")).encode("utf-8", "replace")
    kind, rest = written[1:2], written[2:]
    if kind == b"x":
        return bytes.fromhex(written.replace(b"\\x", b"").decode())
    if kind in b"uU":
        return _unicode(rest)
    if written.count(b"\\") > 1:
        return bytes(int(each, 8) & 0xFF for each in written[1:].split(b"\\"))
    digits = written[1:].strip()
    return bytes((int(digits, 8 if len(digits) == 3 else 16),))


def _unicode(rest: bytes) -> bytes:
    if rest.count(b"\\u"):
        return bytes.fromhex(rest.replace(b"\\u", b"").decode()).decode("utf-16-be", "replace").encode()
    code = int(rest.strip(b"{}"), 16)
    return chr(code).encode("utf-8", "replace") if code < 0x110000 else b""


def read(text: bytes, families: Iterable[int]) -> list[Layer]:
    """The layers through which a text with escapes of some families is read, innermost first; none where they mean
    nothing."""
    layers: list[Layer] = []
    for family in families:
        view = View(text, _PATTERNS[family], _decode)
        if view.text != text:
            layers.append(view)
            text = view.text
    return layers
