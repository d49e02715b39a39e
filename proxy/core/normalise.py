"""Text as a person reads it: the many ways one character is encoded, drawn or hidden, made one.

NFKC (Unicode Annex 15) restricted to what identifiers and labels are written with, the invisible characters of
Unicode chapter 23 removed, and Chinese numerals in a row read as digits. Everything is a `View`, so that what is
found is redacted in the original bytes.
"""

from __future__ import annotations

import re
import unicodedata

from proxy.core.text import View

_NUMERALS = {
    **dict.fromkeys("〇零洞", "0"), **dict.fromkeys("一壹幺弌", "1"), **dict.fromkeys("二贰貳弐弍两", "2"),
    **dict.fromkeys("三叁參弎", "3"), **dict.fromkeys("四肆", "4"), **dict.fromkeys("五伍", "5"),
    **dict.fromkeys("六陆陸", "6"), **dict.fromkeys("七柒拐", "7"), **dict.fromkeys("八捌", "8"),
    **dict.fromkeys("九玖勾", "9"),
}  # fmt: skip
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
_INVISIBLE = _CONTROLS + (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\u0300-\u036f\u20d0-\u20f0\U000e0001\U000e0020-\U000e007f\U000e0100-\U000e01ef"
)
_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_DASHES = "\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
_DRAWN = (  # superscripts, subscripts, digits and letters in circles and brackets, full-width digits and letters
    "\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089\u2460-\u2473\u2474-\u249b\u24b6-\u24ea\u24eb-\u24ff\u2776-\u2793"
    "\u3021-\u3029\u3220-\u3228\u3280-\u3288\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\U0001f130-\U0001f149"
)
_LETTERS = {  # letters that Unicode has no plain form for: negative, in flags
    0x1F150: "A", 0x1F170: "A", 0x1F1E6: "A",
}  # fmt: skip
_PLAIN_LETTERS = {chr(first + at): chr(ord(letter) + at) for first, letter in _LETTERS.items() for at in range(26)}
# ATTACK: tags are ASCII that nobody sees, and models read it with its blanks and colons
_PLAIN_LETTERS |= {chr(0xE0000 + code): chr(code) for code in range(0x20, 0x7F)}
_PLAIN_LETTERS |= {"\U0001f10b": "0", "\U0001f10c": "0"}  # sans-serif, in rings
# Suzhou numerals, in brackets, in circles; Ethiopic, counting rods, mahjong tiles, days of telegrams
_FROM_ONE = (0x3021, 0x3220, 0x3280, 0x1369, 0x1D360, 0x1F007, 0x33E0)
_HAN_DRAWN = {chr(first + at): str(at + 1) for first in _FROM_ONE for at in range(9)}
_LOOK_ALIKE = {
    written: plain
    for alphabet, plains in (
        ("АВЕЅІЈКМНОРСТХУҮ", "ABESIJKMHOPCTXYY"),
        ("авеѕіјкмнорстхуү", "ABESIJKMHOPCTXYY"),
        ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ", "ABEZHIKMNOPTYXCJ"),
        ("ԚԜԌҺ", "QWGH"),
        ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "ABCDEFGHIJKLMNOPRSTUVWYZ"),
        ("ᎪᏴᏟᎬᏀᎻᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᏃ", "ABCEGHJKLMPRSTVWZ"),
        ("ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "BPDTGKJCZFMNLSRVHWXYAEIOU"),
    )
    for written, plain in zip(alphabet, plains, strict=True)
}
_SIGNS = "\uff03\uff08\uff09\uff0b\uff0e\uff0f\uff20\uff3f\u3014\u3015\ufe59\ufe5a\ufe6b"
_MATH = "\U0001d400-\U0001d7ff\U0001f100-\U0001f10a"
_OTHER_DIGITS = "".join(filter(str.isdecimal, map(chr, range(0x80, 0x1FC00))))
_SINGLE = (
    _INVISIBLE + _SPACES + _DASHES + _DRAWN + _SIGNS + _MATH + _OTHER_DIGITS + "".join((*_PLAIN_LETTERS, *_HAN_DRAWN))
)
_IN_A_ROW = "".join(_NUMERALS)
_RUN = 7


def _tree(ranges: str) -> dict[int, dict[bytes, list[int]]]:
    """The characters of a class that are not ASCII: by their first byte in UTF-8 those between, and by these the
    last."""
    tree: dict[int, dict[bytes, list[int]]] = {}
    codes: set[int] = set()
    for begin, end in re.findall("(.)(?:-(.))?", ranges, re.DOTALL):
        codes.update(range(ord(begin), ord(end or begin) + 1))
    for code in sorted(code for code in codes if code >= 0x80):
        lead, *middle, last = chr(code).encode("utf-8", "surrogatepass")
        tree.setdefault(lead, {}).setdefault(bytes(middle), []).append(last)
    return tree


def _behind_lead(middles: dict[bytes, list[int]]) -> bytes:
    by_last: dict[bytes, list[bytes]] = {}
    for middle, lasts in middles.items():
        by_last.setdefault(_hex(bytes(lasts)), []).append(_hex(middle))
    return b"|".join(b"(?:%b)[%b]" % (b"|".join(group), lasts) for lasts, group in by_last.items())


def _hex(raw: bytes) -> bytes:
    return b"".join(b"\\x%02x" % byte for byte in raw)


# a letter of another script that looks like one of ours is one where an identifier's number follows it
_ALIKE = b"(?:%b)" % b"|".join(_hex(character.encode()) for character in _LOOK_ALIKE)
ALIKE_GATE = _ALIKE + b"[0-9A-Z]?[ .-]?[0-9]{5}"
# ATTACK: a megabyte of them is one stretch, not a million
_CONTROL = _CONTROLS.encode("unicode_escape")
_CHARACTERS = {_hex(bytes((lead,))): _behind_lead(middles) for lead, middles in _tree(_SINGLE).items()}
ONE = b"|".join((b"[%b]+" % _CONTROL, *(b"%b(?:%b)" % each for each in _CHARACTERS.items())))
_NUMERAL = b"(?:%b)" % b"|".join(_hex(character.encode()) for character in _IN_A_ROW)
# 一三八零零一三八零零零, 一三八 零零一三 八零零零, 1506015四四四二: groups of three numerals or more, and digits beside
# but sixteen figures or more are a number of their own: 第一二三 440106199003072170
_ROW = b"(?:(?<![0-9])[0-9]{1,15}+[ -]?)?%b{3,}+(?:[ -]?(?:[0-9]{1,15}+(?![0-9])|%b{3,}+))*+" % (_NUMERAL, _NUMERAL)
ROW_GATE = b"%b{3}[ -]?(?:%b|[0-9]){3}|[0-9]{3}[ -]?%b{3}" % (_NUMERAL, _NUMERAL, _NUMERAL)
# ATTACK: what stands between an override and its end is shown from its end
_OVERRIDE, _TO_END = b"\xe2", b'\x80\xae[^\n]{1,120}?(?:\xe2\x80\xac|(?=["<&\n])|\\Z)'
_TURNED = _OVERRIDE + _TO_END
_TAG = rb"\xf3\xa0[\x80\x81][\x80-\xbf]"
# tags in a row are letters that nobody sees, and so are letters of flags; one tag, one flag stands between figures
_FLAG = rb"(?:\xf0\x9f\x87[\xa6-\xbf]){2}"
_BETWEEN = rb"[0-9A-Za-z(]%b(?=[0-9A-Za-z(])|[0-9]%b(?=[0-9(])|(?<=[A-Za-z][0-9]{5})[0-9]\xe2\x91[\xb4-\xbc]" % (
    _TAG,
    _FLAG,
)
_SINGLES = re.compile(b"%b|%b|%b" % (_TURNED, _BETWEEN, ONE))
_BETWEEN_HAS = (b"\xf3\xa0", b"\xf0\x9f\x87", b"\xe2\x91")
# the same of a text that has none of these, and ten times as fast: all that begins nothing is passed over in one step
_SINGLES_ALONE = re.compile(
    b"[%b%b](?:(?<=%b)%b|(?<=[%b])[%b]*+|%b)"
    % (
        _CONTROL,
        b"".join(_CHARACTERS),
        _OVERRIDE,
        _TO_END,
        _CONTROL,
        _CONTROL,
        b"|".join(b"(?<=%b)(?:%b)" % each for each in _CHARACTERS.items()),
    )
)
_ROWS_AND_SINGLES = re.compile(
    b"%b|%b|%b|%b|%b(?=(?:%b)?[0-9A-Z]?[ .-]?[0-9]{5})" % (_TURNED, _BETWEEN, _ROW, ONE, _ALIKE, _ALIKE)
)
_FIRST_FLAG = "\U0001f1e6"
_BRACKETED = frozenset(map(chr, range(0x2474, 0x247D)))
_MIRROR = str.maketrans("()[]<>{}", ")(][><}{")
_INVISIBLE_RE = re.compile(f"[{_INVISIBLE}]")
_SPACE_RE = re.compile(f"[{_SPACES}]")
_DASH_RE = re.compile(f"[{_DASHES}]")


def _meaning(written: bytes) -> bytes:
    text = written.decode("utf-8", "replace")
    if text[0] == "\u202e":
        return _turned(text)
    if _INVISIBLE_RE.match(text) and text not in _PLAIN_LETTERS:
        return b""
    if len(text) > 1:
        if text[0].isascii() and (text[1] >= _FIRST_FLAG or text[1] in _BRACKETED):
            return _behind(text)
        digits = "".join(_NUMERALS.get(character, character) for character in text)
        return digits.encode() if sum(map(str.isdigit, digits)) >= _RUN else written
    if _SPACE_RE.match(text):
        return b" "
    if _DASH_RE.match(text):
        return b"-"
    known = _PLAIN_LETTERS.get(text) or _HAN_DRAWN.get(text) or _LOOK_ALIKE.get(text)
    if known is not None:
        return known.encode()
    if text in "〔〕":
        return b"(" if text == "〔" else b")"
    plain = unicodedata.normalize("NFKC", text)
    if plain.isdigit() and not plain.isascii():
        return str(unicodedata.digit(plain)).encode()
    return plain.strip("().").encode() if plain.strip("().").isdigit() else plain.encode()


def _behind(text: str) -> bytes:
    """A character, and behind it a tag, a flag or a digit in brackets that is a check digit."""
    return f"{text[0]}({unicodedata.digit(text[1])})".encode() if text[1] in _BRACKETED else text[0].encode()


def _turned(text: str) -> bytes:
    plain = _SINGLES.sub(_decode, text.strip("\u202e\u202c").encode()).decode("utf-8", "replace")[::-1]
    return (plain.translate(_MIRROR) if plain.find(")") < plain.find("(") else plain).encode()


class _Meanings(dict[bytes, bytes]):
    """Remembers the few thousand characters there are; runs of numerals are worked out each time."""

    def __missing__(self, written: bytes) -> bytes:
        meaning = _meaning(written)
        if len(written) <= 4:
            self[written] = meaning
        return meaning


_MEANINGS = _Meanings()


def _decode(match: re.Match[bytes]) -> bytes:
    return _MEANINGS[match.group()]


def normalise(text: bytes, *, rows: bool = True) -> View | None:
    """A view of UTF-8 `text` with look-alikes made plain, or None where it has none. `rows` says that there may be
    numerals in a row, which `ROW_GATE` tells."""
    between = any(sign[:1] in text and sign in text for sign in _BETWEEN_HAS)
    singles = _SINGLES if between else _SINGLES_ALONE
    view = View(text, _ROWS_AND_SINGLES if rows else singles, _decode)
    return None if view.text == text else view
