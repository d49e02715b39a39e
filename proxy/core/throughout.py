"""Codings that leave most letters as they are, in words that are written in them from end to end: `%E8A123456%287%29`,
`=E8=BA=AB`, `+jqtO/YvBU/c-`.

One `%28` means nothing: `escapes` asks for neighbours that are coded, too. But where every percent sign of a word has
two hex digits behind it, and there are several, all of them are what they seem (RFC 3986). The same holds of equals
signs (RFC 2045), and a run of UTF-7 tells by what it says (RFC 2152; RFC 3501 for the names of mailboxes).
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import lru_cache
from operator import itemgetter
from urllib.parse import unquote_to_bytes

from proxy.core.sense import is_wide
from proxy.core.text import View

_H = rb"[0-9A-Fa-f]"
_LETTER = rb"[0-9A-Za-z._~!*'()+-]"
_EQUALS_LETTER = rb"[^=\s&;,\"'<>?\\]"


def _words(sign: bytes) -> re.Pattern[bytes]:
    return re.compile(
        rb"(?<!%b)(?<!%b)%b*+(?:%b%b{2}%b*+){3,}+(?!%b)" % (_LETTER, sign, _LETTER, sign, _H, _LETTER, sign)
    )


_EQUALS_WORDS = re.compile(
    rb"(?<!%b)(?<!=)%b*+(?:=[0-9A-F]{2}%b*+(?:=\r?\n%b*+)?+){3,}+(?!=)" % ((_EQUALS_LETTER,) * 4)
)


def _codes(sign: bytes) -> re.Pattern[bytes]:
    """Characters of UTF-8, each byte of them behind a sign."""
    broken = b"(?:=\\r?\\n)?" if sign == b"=" else b""
    more = b"%b%b[89abAB]%b" % (broken, sign, _H)
    other = b"=\\r?\\n" if broken else b"%b(?:25)+(?=%b{2})" % (sign, _H)
    character = b"%b(?:[eE]%b(?:%b){2}|[fF]%b(?:%b){3}|[cdCD]%b%b|%b{2})"
    return re.compile(other + b"|" + character % (sign, _H, more, _H, more, _H, more, _H))


PERCENT, EQUALS, CARET = 0, 3, 11
_SIGNS = {
    PERCENT: (_words(b"%"), _codes(b"%")),
    EQUALS: (_EQUALS_WORDS, _codes(b"=")),
    CARET: (_words(rb"\^"), _codes(rb"\^")),
}
FAMILIES = frozenset(_SIGNS)
GATES = {
    PERCENT: rb"(?:%(?:2[0189A-Ea-e]|3[BCDEbcde]|[4-7][0-9A-Fa-f]|0[AaDd])[0-9A-Za-z]{0,3}){3}",
    CARET: rb"\^3[0-9]\^3[0-9]|\^[eE][3-9]\^[89abAB]",
}
"""Hyperscan expressions of what else could be such a word, by the family of `escapes` that it belongs to."""
SHIFT_GATE = rb"[+&][0-9A-Za-z+/,]{8,2000}-"
"""The same of UTF-7."""
RUN = rb"(?<![0-9A-Za-z+/,&])[0-9A-Za-z+/,&]{9,}+-"
"""What may end with a run of UTF-7."""
_SHIFTED = re.compile(RUN)
_NO_TEXT = frozenset(("Cc", "Cn", "Co", "Cs"))
_FEWEST = 4
_DRAWN = (0x2800, 0x28FF)
_EVERYDAY = re.compile("[\t\n\r -~\xa0-\u024f\u2000-\u203f\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]")


def views(text: bytes, family: int) -> Iterator[View]:
    """A text as it reads without the codes of a family, where words are written in them throughout: in UTF-16, and
    what is left in UTF-8."""
    words, codes = _SIGNS[family]
    spans = [found.span() for found in words.finditer(text)]
    if not spans:
        return
    if family == PERCENT:
        wide = View(text, words, _wide)
        if wide.text != text:
            yield wide
            return
    yield View(text, codes, _inside(spans))


def _wide(match: re.Match[bytes]) -> bytes:
    data = unquote_to_bytes(match[0])
    if not is_wide(data):
        return match[0]
    return data.decode("utf-16-le" if data[1] == 0 or data[-1] == 0 else "utf-16-be").encode("utf-8", "replace")


def _inside(spans: list[tuple[int, int]]) -> Callable[[re.Match[bytes]], bytes]:
    def decode(match: re.Match[bytes]) -> bytes:
        start, end = match.span()
        at = bisect_right(spans, start, key=itemgetter(0)) - 1
        return _meaning(match[0]) if at >= 0 and end <= spans[at][1] else match[0]

    return decode


@lru_cache(maxsize=1024)
def _meaning(written: bytes) -> bytes:
    """What one character stands for; the code itself where it is none that stands in texts."""
    codes = written.translate(None, b"%=^\r\n")
    if len(codes) > 2 and codes == b"25" * (len(codes) // 2):
        return written[:1]  # the sign itself, which was coded again and again
    try:
        meant = bytes.fromhex(codes.decode())
        if any(sign not in "\t\n\r" and unicodedata.category(sign) in _NO_TEXT for sign in meant.decode()):
            return written
    except UnicodeDecodeError:
        return written
    return meant


def shifted(text: bytes) -> View:
    """A text as it reads without its runs of UTF-7."""
    return View(text, _SHIFTED, _unshifted)


def _unshifted(match: re.Match[bytes]) -> bytes:
    written = match[0]
    for sign, alphabet in ((b"+", b"+/"), (b"&", b"+,")):
        front, shift, run = written[:-1].partition(sign)
        if shift and (meant := _of_units(run, alphabet)):
            return front + meant.encode()
    return written


def _of_units(run: bytes, alphabet: bytes) -> str:
    """The characters of a run, if so few are everyday ones by no chance; else nothing."""
    if len(run) % 8 not in {0, 3, 6}:
        return ""
    try:
        data = base64.b64decode(run + b"=" * (-len(run) % 4), altchars=alphabet, validate=True)
        meant = data[: len(data) & ~1].decode("utf-16-be")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    if len(data) % 2 and data[-1]:
        return ""
    usual = all(_EVERYDAY.match(sign) or _is_figure(sign) for sign in meant)
    return meant if usual and (len(meant) >= _FEWEST or meant.isascii()) else ""


def _is_figure(sign: str) -> bool:
    return unicodedata.category(sign) in {"Nd", "Nl", "No", "Cf", "Mn"} or _DRAWN[0] <= ord(sign) <= _DRAWN[1]
