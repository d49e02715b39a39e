r"""Characters written as numbers where nothing asks for it: `%34`, `&#52;`, `\x34`, `\u0034`, `\064`, `=34`;
integers with an exponent; signs that colour a terminal, characters that stand for bits, and Chinese that a program took
for Western.

What a format itself escapes is resolved by its syntax. This is for what is escaped once more, or in a text that has no
escapes: somebody who pastes such a line into a browser, a shell or an editor reads the number. Percent signs and equals
signs mean something else in most places, so that one alone is left as it is unless it stands between digits.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator

from proxy.core import hidden, misread, throughout
from proxy.core.text import View

_H = b"[0-9A-Fa-f]"


def _character(sign: bytes) -> bytes:
    """One character of UTF-8, each byte but the first behind a sign."""
    rest = b"%b[89abAB]%b" % (sign, _H)
    return b"(?:[0-7]%b|[cdCD]%b%b|[eE]%b(?:%b){2}|[fF]%b(?:%b){3})" % (_H, _H, rest, _H, rest, _H, rest)


def _everyday(sign: bytes) -> bytes:
    """What stands behind a sign, where three bytes of ASCII are so written side by side, with one character between
    them at most: no value is written so by chance."""
    byte = b"(?:[2-7]%b|0[9AaDd])" % _H
    one, gap = sign + byte, b"(?:[^%b\\s]|=\\r?\\n)?" % sign
    gaps = (b"", b"[^%b\\s]" % sign, *((b"=\\n", b"=\\r\\n") if sign == b"=" else ()))
    behind = b"|".join(b"(?<=%b)" % (one + between + one) for between in gaps)
    before = b"|".join(b"(?<=%b)" % (one + first + one + second + one) for first in gaps for second in gaps)
    return b"%b(?:(?=(?:%b%b){2})|(?:%b)(?=%b%b)|%b)" % (byte, gap, one, behind, gap, one, before)


_HAN = b"[eE][3-9]%b[89abAB]%b%b[89abAB]%b"
_OCTAL = rb"(?:3[0-3][0-7]|34[0-7]\\2[0-7]{2}|35[0-7]\\2[0-7]{2}|36[0-4](?:\\2[0-7]{2}){2})\\2[0-7]{2}"

# each begins with its sign: looking for one byte costs a tenth of looking for several
_PATTERNS = tuple(
    map(
        re.compile,
        (
            b"%%(?:(?:25)+(?=%b{2}|u%b{4})|%b(?=%%%b{2})|(?<=%%%b%b%%)%b|(?<=[0-9A-Za-z]%%)3[0-9](?=[0-9A-Za-z])"
            b"|u%b{4}|%b|%b|(?<=[0-9A-Za-z]{6}%%)(?:2[BbFf]|3[Dd])|2[Bb](?=[0-9]{3})|(?<=[0-9]%%)20(?=[0-9]{4})"
            b"|(?<=[0-9]%%)28(?=[0-9Aa]%%29)|(?<=%%28[0-9Aa]%%)29)"
            % (
                _H,
                _H,
                _character(b"%"),
                _H,
                _H,
                _H,
                _character(b"%"),
                _H,
                _HAN % (b"%", _H, b"%", _H),
                _everyday(b"%"),
            ),
            (
                rb"&(?:#(?:0{0,8}[0-9]{2,7}|[xX]0{0,8}[0-9A-Fa-f]{1,6});?"
                rb"|(?:amp|lt|gt|quot|apos|nbsp|colon|semi|lpar|rpar|num|comma|period|hyphen|dash|sol|plus|lowbar);)"
            ),
            rb"\\(?:x%b|x\{[0-9A-Fa-f]{1,6}\}|u(?:[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|[0-9A-Fa-f]{4}|\{[0-9A-Fa-f]{1,6}\})"
            rb"|U[0-9A-Fa-f]{8}|N\{U\+[0-9A-Fa-f]{1,6}\}|N\{[A-Z][A-Z -]{2,40}\}"
            rb"|00[2-7][0-9A-Fa-f](?=\\00[2-7])|(?<=\\00[2-7][0-9A-Fa-f]\\)00[2-7][0-9A-Fa-f]"
            rb"|'[2-7][0-9A-Fa-f](?=\\'[2-7])|(?<=\\'[2-7][0-9A-Fa-f]\\)'[2-7][0-9A-Fa-f]"
            rb"|(?:06[5-9]\\)?0(?:4[0189]|5[0-7])(?:\\0(?:4[0189]|5[0-7])){6,20}"
            rb"|(?:1[0-3][0-7]\\)?[67][0-7](?:\\(?:[67][0-7]|5[01])(?![0-7])){6,20}"
            rb"|00[0-9A-Fa-f]{4} ?|[01][0-7]{2}(?=\\[0-3][0-7]{2})|(?<=\\[0-3][0-7]{2}\\)[01][0-7]{2}"
            rb"|%b|0{0,4}3[0-9](?![0-9A-Fa-f])[ ]?"
            rb"|[0-9A-Fa-f]{1,5} (?=\\[0-9A-Fa-f]{1,5} )"
            rb"|(?:(?<=\\[0-9A-Fa-f]{2} \\)|(?<=\\[0-9A-Fa-f]{4} \\))[0-9A-Fa-f]{1,5} )"
            % (_character(rb"\\x"), _OCTAL),
            b"=(?:%b(?=(?:=[0-9A-F]{2}){2})|(?<=(?:=[0-9A-F]{2}){2}=)%b|%b|(?<==[2-9A-F][0-9A-F]=)\\r?\\n"
            b"|(?:(?<=[0-9]=)\\r?\\n(?=[0-9])|(?<=[\\x80-\\xff]=)\\r?\\n(?=[0-9A-Z]))|%b)"
            % (_character(b"="), _character(b"="), _HAN % (b"=", _H, b"=", _H), _everyday(b"=")),
            b"u%b{4}(?=u%b{4})|(?<=u%b{4})u%b{4}" % ((_H,) * 4),
            b"[uU]\\+%b{4,6}(?:[ ,;]{1,2}(?=[uU]\\+))?" % _H,
            rb"\\(?:(?=(?:[^\\\x80-\xff]|[\xe3-\xe9]..)\\)|(?<=\\[ -\[\]-~]\\)|(?<=\\[\xe3-\xe9]..\\))",
            rb"xn--[0-9A-Za-z()-]{4,200}",
            rb"\.(?<=[1-9].)(?<![0-9A-Za-z.]..)[0-9]{5,18}[eE]\+?[0-9]{1,2}(?![0-9A-Za-z.])",
            rb"\x1b\[[0-9;?]{0,16}[A-Za-z]",
            hidden.RUN,
            rb"\^\^[2-7]%b(?=\^\^[2-7])|(?<=\^\^[2-7]%b)\^\^[2-7]%b" % ((_H,) * 3),
            throughout.RUN,
            misread.RUN,
        ),
    )
)
GATES = (
    (
        rb"%(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])(?:%|[0-9A-Za-z])|%[eE][3-9]%[89abAB]|%25[2-7eE]|%u[0-9A-Fa-f]{4}%"
        rb"|%2[BF]|[0-9]%(?:28[0-9Aa]%29|20[0-9]{4})|%[cdCD][0-9A-Fa-f]%[89abAB]|"
        + throughout.GATES[throughout.PERCENT]
    ),
    rb"&(?:#[0-9xX]|amp;#|amp;amp;|lpar;|rpar;|colon;|comma;|period;|hyphen;|dash;)",
    (
        rb"\\(?:x\{?[2-7]|u[0-9A-Fa-f]{2}|u\{[0-9A-Fa-f]|U0|[01][0-7]{2}\\|3[0-7][0-7]\\|0{0,4}3[0-9][^0-9A-Fa-f]"
        rb"|0000[2-7]|N\{[A-Z]|'3[0-9]\\'3|0[45][0-9]\\0[45][0-9]\\0[45]"
        rb"|[67][0-7]\\[67][0-7]\\[67][0-7]\\[67]|[2-7][0-9A-Fa-f] \\[2-7])"
    ),
    rb"(?:=[3-7EF][0-9A-F]){3}|=[2-7][0-9A-F][0-9A-Za-z]=[2-7][0-9A-F][^=]=|=E[3-9]=[89AB]|[0-9]=\r?\n[0-9]",
    rb"u00[2-7][0-9A-Fa-f]u00",
    rb"U\+[0-9A-F]{4}[ ,]?U\+",
    rb"\\[0-9]\\[0-9]\\[0-9]\\[0-9(]",
    rb"xn--",
    rb"\.[0-9]{5,18}[eE]\+?[0-9]",
    rb"\x1b\[",
    hidden.GATE,
    rb"\^\^3[0-9]\^\^3[0-9]|" + throughout.GATES[throughout.CARET],
    throughout.SHIFT_GATE,
)
"""Hyperscan expressions of what could be such a character, a family each; where none matches nothing is to be read."""
OF_BYTES = (0, 3, 11, 12)
"""The families of signs with a byte in hex behind each, and of UTF-7."""
_SHIFTED = len(GATES) - 1
MISREAD = len(GATES)
"""The family that has none, for `misread.shown` tells it."""
FAMILIES = range(len(_PATTERNS))
_IN_A_NAME = re.compile(rb"[^0-9A-Za-z_ /:;,()\[\]'\"-]|[uU]%b{4}|xn--" % _H)
"""What an escape in a name has of: most names are nothing but words."""
_LONGEST_NUMBER = 19
_PRINTABLE = re.compile(rb"[\t\n\r -~]|[\xc2-\xf4][\x80-\xbf]{1,3}")


def _decode(match: re.Match[bytes]) -> bytes:
    written = match[0]
    meant = _meaning(written)
    # a byte that is no character on its own (half of one, a control) says that this was no text
    return meant if _PRINTABLE.sub(b"", meant) == b"" else written


def _meaning(written: bytes) -> bytes:
    match written[:1]:
        case b"%" if written[1:2] == b"u":
            return _unicode(written[2:])
        case b"%" if written[1:] == b"25" * (len(written) // 2):
            return b"%"
        case b"%":
            return bytes.fromhex(written.replace(b"%", b"").decode())
        case b"=" | b"^":
            return bytes.fromhex(written.translate(None, b"=^").strip().decode())
        case b"u" | b"U":
            return _unicode(written[1:].strip(b"+ ,;"))
        case b"x":
            return _punycode(written[4:])
        case b"&":
            return html.unescape(written.decode() + ("" if written.endswith(b";") else ";")).encode("utf-8", "replace")
        case b".":
            return _integer(written)
        case b"\\":
            return _behind_backslash(written)
    return misread.meaning(written) if written[0] in misread.FIRST else hidden.meaning(written)


def _integer(written: bytes) -> bytes:
    """A number of one figure and an exponent, all of its figures told: what is behind the first in `1.3800138e10`."""
    figures, _, exponent = written[1:].lower().partition(b"e")
    noughts = int(exponent) - len(figures)
    whole = noughts >= 0 and 1 + len(figures) + noughts <= _LONGEST_NUMBER
    return figures + b"0" * noughts if whole else written


def _behind_backslash(written: bytes) -> bytes:
    kind, rest = written[1:2], written[2:]
    if not kind:
        return b""
    if kind == b"x" and rest[:1] == b"{":
        return _unicode(rest)
    if kind == b"'":
        return bytes.fromhex(rest.decode())
    if kind == b"x":
        return bytes.fromhex(written.replace(b"\\x", b"").decode())
    if kind in b"uU":
        return _unicode(rest)
    if kind == b"N":
        return _unicode(rest.replace(b"U+", b"")) if rest[1:3] == b"U+" else _called(rest[1:-1].decode())
    if written.count(b"\\") > 6 and kind == b"0":
        # no figure in octal begins with a nought
        return bytes(int(each) for each in written[1:].split(b"\\"))
    if written.count(b"\\") > 1:
        return bytes(int(each, 8) & 0xFF for each in written[1:].split(b"\\"))
    digits = written[1:].strip()
    return bytes((int(digits, 8),)) if len(digits) == 3 and written[-1:] != b" " else _unicode(digits)


def _called(name: str) -> bytes:
    """A character by its name; the escape itself where there is none of it."""
    try:
        return unicodedata.lookup(name).encode()
    except KeyError:
        return b"\\N{%b}" % name.encode()


def _punycode(letters: bytes) -> bytes:
    try:
        return letters.decode("punycode").encode()
    except (UnicodeError, OverflowError, ValueError):
        return b"xn--" + letters


def _unicode(rest: bytes) -> bytes:
    if rest.count(b"\\u"):
        return bytes.fromhex(rest.replace(b"\\u", b"").decode()).decode("utf-16-be", "replace").encode()
    code = int(rest.strip(b"{}"), 16)
    return chr(code).encode("utf-8", "replace") if code < 0x110000 else b""


def read(text: bytes, families: Iterable[int]) -> list[View]:
    """The layers through which a text with escapes of some families is read, innermost first; none where they mean
    nothing."""
    layers: list[View] = []
    for family in families:
        for view in _views(text, family):
            if view.text != text:
                layers.append(view)
                text = view.text
    return layers


def said(name: bytes) -> bytes:
    """What something is called, whatever it is escaped with."""
    layers = read(name, FAMILIES) if _IN_A_NAME.search(name) else ()
    return layers[-1].text if layers else name


def _views(text: bytes, family: int) -> Iterator[View]:
    if family == _SHIFTED:
        yield throughout.shifted(text)
        return
    whole = b""
    for view in throughout.views(text, family) if family in throughout.FAMILIES else ():
        whole = view.text
        yield view
    if not whole or whole == text:  # else the words that are left are those of another round
        yield View(text, _PATTERNS[family], _decode)
