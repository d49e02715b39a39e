"""Which charset bytes are in, the text as UTF-8, and the way back to the bytes.

The sender chooses the label, so the label is only a hint: bytes that are valid UTF-8 are read as UTF-8 whatever they
are called, a charset that does not fit is not believed, and between GB18030 and Big5-HKSCS, which decode nearly
anything, the one whose characters are the everyday ones wins. Labels: WHATWG Encoding Standard, section 4.2.
"""

from __future__ import annotations

import codecs
import re

from proxy.core.transcoded import Text

SUBSTITUTE = "\x1a"
"""What a byte that is no UTF-8 reads as: ASCII SUB, made for this; one byte for one byte, so that offsets stay true."""

_GB, _BIG5 = "gb18030", "big5hkscs"
HAN = (_GB, _BIG5)
"""The charsets of Chinese."""
_WESTERN = ("latin-1", "cp1252")

_LABELS = {
    label: codec
    for codec, labels in {
        _GB: "gb18030 gbk gb2312 gb-2312 gb-2312-80 x-gbk cp936 ms936 936 windows-936 euc-cn iso-ir-58 csgb2312",
        _BIG5: "big5 big5-hkscs big5hkscs cn-big5 x-x-big5 csbig5 cp950 windows-950 big5-eten",
        "utf-16": "utf-16 utf16 utf-16le utf-16be utf-16-le utf-16-be utf16le utf16be ucs-2 iso-10646-ucs-2 csunicode",
        "utf-32": "utf-32 utf32 utf-32le utf-32be ucs-4 iso-10646-ucs-4",
        "utf-7": "utf-7 utf7 unicode-1-1-utf-7 csunicode11utf7",
        "latin-1": "iso-8859-1 iso8859-1 latin1 latin-1 l1 iso-ir-100 cp819 ibm819",
        "cp1252": "windows-1252 cp1252 x-cp1252",
        "shift_jis": "shift-jis sjis x-sjis ms-kanji windows-31j ms932 cp932",
        "euc_jp": "euc-jp x-euc-jp cseucpkdfmtjapanese",
        "cp949": "euc-kr ks-c-5601-1987 ksc5601 korean windows-949 cp949 uhc",
        "koi8_r": "koi8-r koi8 koi",
        "iso8859_15": "iso-8859-15 iso8859-15 latin9 l9",
        "cp874": "tis-620 windows-874 iso-8859-11",
    }.items()
    for label in labels.split()
} | {f"windows-{page}": f"cp{page}" for page in (1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258)}

_EBCDIC_LABELS = {
    label: codec
    for codec, labels in {
        "cp037": "ibm037 cp037 ibm-037 ebcdic-cp-us csibm037 ibm1047 cp1047 ibm-1047 ebcdic",
        "cp500": "ibm500 cp500 ibm-500 ebcdic-cp-be ebcdic-cp-ch csibm500",
        "cp1140": "ibm1140 cp1140 ibm-1140 ibm01140 ccsid01140",
    }.items()
    for label in labels.split()
}
"""Code pages in which ASCII is not ASCII: believed only of bytes that look so."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like the next one
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (b"\x84\x31\x95\x33", _GB),
)

_EBCDIC_USUAL = bytes(
    {*b"\x05\x0d\x15\x25", *"\n {}[]()\"':;,./?!@#$%&*+-_=<>|".encode("cp037"), *"[]!".encode("cp500")}
    | {each for each in range(0x81, 0xFA) if chr(each) and bytes((each,)).decode("cp037").isascii()}
)
_EBCDIC_FIGURES = bytes(range(0xF0, 0xFA))
_EBCDIC_LEAST = 12
_EBCDIC_XML = "<?xml".encode("cp037")
"""XML 1.0 appendix F.1. Letters, digits and brackets of markup are the same in every EBCDIC of the West."""

# A character of two bytes or four, in the classes that tell the charsets apart. Everyday: GB 2312 signs and level 1
# (by frequency of use) and Big5 signs and level 1; then level 2; the rest is rare in real text.
_CHARACTERS = {
    _GB: re.compile(
        rb"([\xa1-\xa3\xb0-\xd7][\xa1-\xfe])|([\xd8-\xf7][\xa1-\xfe])"
        rb"|[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]|[\x81-\xfe][\x40-\x7e\x80-\xfe]|[\x80-\xff]"
    ),
    _BIG5: re.compile(
        rb"([\xa1-\xa3\xa4-\xc6][\x40-\x7e\xa1-\xfe])|([\xc9-\xf9][\x40-\x7e\xa1-\xfe])"
        rb"|[\x87-\xfe][\x40-\x7e\xa1-\xfe]|[\x80-\xff]"
    ),
}
EASTERN = ("gb18030", "big5hkscs", "shift_jis", "euc_jp", "euc_kr")
"""The charsets of this region and of its neighbours, in which characters take two bytes."""
_NEIGHBOURS = EASTERN[2:]
_EVERYDAY = re.compile(
    "[\t\n\r\x1a -~\xa0\xb7\u2010-\u203f\u2500-\u25ff\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3"
    "\uff00-\uff60\uffe0-\uffef]*"
)
"""Signs of the West, Han, kana in full width, Hangul."""
_LEAST = 3
_PLAUSIBLE = 0.6
_CERTAIN = 0.9
_SAMPLE = 1024

_HIGH = re.compile(rb"[\x80-\xff]")
_THREE_BYTES = re.compile(rb"[\xe0-\xf4]")
_LONE = re.compile("[\udc80-\udcff]")
_SEVEN_BITS = bytes(range(0x80))
_ASCII = bytes(range(1, 0x80))
_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\n\v\f\r\x1a\x1b"})
# The upper byte of a UTF-16 unit in text of this region: Latin, general and CJK signs, Han, full-width forms.
_UPPER = bytes((0x00, 0x20, 0x30, *range(0x4E, 0xA0), 0xFF))


def detect(body: bytes, declared: str | None) -> str | None:
    """The Python codec to `read` the body with, or None where it is not text.

    `declared` is a charset parameter as it came. Total: never raises. A BOM is not part of the name.
    """
    label = declared.strip("\"' \t").lower().replace("_", "-") if declared else ""
    name = _LABELS.get(label)
    if name == "utf-7" and _is_utf7(body):
        return name
    if body.startswith(_EBCDIC_XML):
        return "cp037"
    zero = b"\0" in body
    if not zero and body.isascii():
        return "utf-8"
    valid = decodes(body, "utf-8")
    if valid and not zero:
        return _legacy_by_chance(body, name) or "utf-8"
    if not valid and _is_ebcdic(body, told=label in _EBCDIC_LABELS):
        return _EBCDIC_LABELS.get(label) or ("cp500" if b"\x4a" in body and b"\xba" not in body else "cp037")
    if valid and len(body) & 1 and not _by_bom(body):  # ATTACK: a zero between any two characters is no UTF-16
        return "utf-8"
    wide = _by_bom(body) or _wide(body, name)
    if wide or valid:
        return wide or "utf-8"
    if len(body) - len(body.translate(None, _CONTROLS)) > 4 + len(body) // 50:
        return None
    return _legacy(body, name)


def plain(body: bytes, charset: str) -> bool:
    """Whether bytes are the UTF-8 they would be `read` as."""
    if charset != "utf-8":
        return False
    return body.isascii() or (not body.startswith(codecs.BOM_UTF8) and decodes(body, charset))


def read(body: bytes, charset: str) -> Text:
    """The body as UTF-8, without its BOM. Total: what does not decode is substituted and the text marked damaged."""
    skip = next((len(bom) for bom, codec in _BOMS if codec == charset and body.startswith(bom)), 0)
    data = body[skip:] if skip else body
    if charset == "utf-8":
        if data.isascii() or decodes(data, "utf-8"):
            return Text(data, body, skip, charset, damaged=False)
        escaped = _LONE.sub(SUBSTITUTE, data.decode("utf-8", "surrogateescape"))
        return Text(escaped.encode(), body, skip, charset, damaged=True)
    damaged = not decodes(data, charset)
    return Text(data.decode(charset, "replace").encode("utf-8", "replace"), body, skip, charset, damaged=damaged)


def decodes(body: bytes, charset: str) -> bool:
    """Whether bytes are valid in a codec of Python's."""
    try:
        body.decode(charset)
    except UnicodeDecodeError:
        return False
    return True


def everyday(body: bytes, charset: str) -> bytes | None:
    """The body in UTF-8, if it is everyday text in a charset."""
    try:
        text = body.decode(charset)
    except UnicodeDecodeError:
        return None
    return text.encode() if _EVERYDAY.fullmatch(text) else None


def told(body: bytes, han: str) -> bytes | None:
    """The body in UTF-8, if nothing but Chinese in one of its charsets has such characters."""
    sample = _sample(body)
    return everyday(body, han) if len(sample) > _LEAST and _score(sample, han) >= _CERTAIN else None


def _is_utf7(body: bytes) -> bool:
    # No server of today reads UTF-7, so the label may be there to make `+8613800138000` read as a shift sequence:
    # it is believed only where everything it brings out is everyday text.
    if b"+" not in body or not body.isascii() or not decodes(body, "utf-7"):
        return False
    text = body.decode("utf-7")
    high = "".join(re.findall(r"[^\x00-\x7f]+", text)).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return not high or any(_score(high.encode(han, "replace"), han) == 1 for han in HAN)


def _is_ebcdic(body: bytes, *, told: bool) -> bool:
    """Whether all but a few bytes are letters, figures and signs there. Of Chinese in any charset half are not."""
    sample = body[: 4 * _SAMPLE]
    stray = len(sample.translate(None, _EBCDIC_USUAL))
    if told:
        return stray * 4 < len(sample)
    figures = len(sample) - len(sample.translate(None, _EBCDIC_FIGURES))
    return len(sample) >= _EBCDIC_LEAST and figures >= 6 and stray * 50 <= len(sample)


def _legacy_by_chance(body: bytes, name: str | None) -> str | None:
    # A few Han characters of GB18030 can be valid UTF-8 by chance, but only as Cyrillic-like pairs of bytes.
    if name not in HAN or _THREE_BYTES.search(body):
        return None
    return name if decodes(body, name) and _score(_sample(body), name) >= _PLAUSIBLE else None


def _by_bom(body: bytes) -> str | None:
    for bom, charset in _BOMS:
        if body.startswith(bom):
            rest = body[len(bom) :]
            if charset == "utf-8" or (decodes(rest, charset) and (charset == _GB or _dense(rest))):
                return charset
    return None


def _dense(body: bytes) -> bool:
    # ASCII called UTF-16, by mark or label, decodes as Han without an error while its receiver reads the digits. In
    # real UTF-16 about half the bytes of Latin text are zero and about half of those of Han text are not ASCII.
    return len(body.translate(None, _ASCII)) * 4 >= len(body)


def _wide(body: bytes, name: str | None) -> str | None:
    """UTF-16 or UTF-32 without a mark, told by where the zeros and the upper bytes of its units lie."""
    if len(body) % 4 == 0 and body.count(0) * 2 >= len(body):
        for charset in ("utf-32-le", "utf-32-be"):
            if decodes(body, charset):
                return charset
    if not _dense(body):
        return None
    best = None
    for charset, lower, upper in (("utf-16-le", body[::2], body[1::2]), ("utf-16-be", body[1::2], body[::2])):
        share = 1 - len(upper.translate(None, _UPPER)) / (len(upper) or 1)
        zeros = upper.count(0) - 4 * lower.count(0)
        believed = share >= 0.5 if name == "utf-16" else share >= 0.9 and zeros > 0
        if believed and (best is None or (share, zeros) > best[:2]):
            best = (share, zeros, charset)
    return best[2] if best else None


def _legacy(body: bytes, name: str | None) -> str:
    """The charset of text that is not valid UTF-8, nor UTF-16."""
    sample = _sample(body)
    # What the label says weighs as much as a tenth of the characters: it decides where nothing else does.
    scores = {han: _score(sample, han) + (0.1 if han == name else 0) for han in HAN}
    ranked = sorted(HAN, key=scores.__getitem__, reverse=True)
    other = name is not None and name not in HAN and name not in _WESTERN and not name.startswith("utf")
    for han in ranked:
        if (han == name or scores[han] >= (_CERTAIN if other else _PLAUSIBLE)) and decodes(body, han):
            return han
    if other and name and decodes(body, name):
        return name
    if name is None:
        for neighbour in _NEIGHBOURS:
            if everyday(body, neighbour):
                return neighbour
    high = len(sample.translate(None, _SEVEN_BITS))
    stray = len(_LONE.findall(sample.decode("utf-8", "surrogateescape")))
    if stray * 2 <= high:
        return "utf-8"
    if name in _WESTERN and decodes(body, name):
        return name
    return ranked[0] if scores[ranked[0]] >= _PLAUSIBLE else "utf-8"


def _sample(body: bytes) -> bytes:
    first = _HIGH.search(body)
    return body[first.start() : first.start() + _SAMPLE] if first else b""


def _score(sample: bytes, han: str) -> float:
    """How everyday the characters of a sample are that begins at a character's start, in [0, 1]."""
    found = _CHARACTERS[han].findall(sample)
    everyday = sum(1 for common, _ in found if common)
    second = sum(1 for _, level2 in found if level2)
    return (everyday + 0.4 * second) / (len(found) or 1)
